"""The term base: what a name in Chinese or English speaks of, whatever words it uses for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

import yaml

from zuji.background.match.formulas import composition

SUBSTANCE, PART, FORM, QUALIFIER = "substance", "part", "form", "qualifier"
KINDS = (SUBSTANCE, PART, FORM, QUALIFIER)
CJK = "\u3400-\u9fff"
CHANGES_MEANING = frozenset(
    "氟氯溴碘氧氢硫硝磷硅硼碳亚偏焦高过次一二三四五六七八十单多聚甲乙丙丁戊己苯代氰胺酰酸双合基"
)
"""Characters before (or, for acids, after) a short term that make another substance of it."""
_WORD = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
_CAS = re.compile(r"(?<![\d-])(\d{2,7})-(\d{2})-(\d)(?![\d-])")
_SPELLINGS = (("sulph", "sulf"), ("aluminum", "aluminium"), ("fibre", "fiber"), ("moulding", "molding"))


@dataclass(frozen=True, slots=True)
class Term:
    """One thing with all its names; `related` things of the same class may stand in for it, as proxies."""

    id: str
    kind: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    related: str = ""
    broader: str = ""
    cas: str = ""
    formula: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text says: terms it names, and the words that are no terms."""

    terms: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    """Terms in brackets, or after words such as 'from' and 'for': what it is made of, or made for."""
    words: tuple[str, ...] = ()
    cas: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ()
    """Compositions that no term has, in Hill order."""

    @property
    def is_empty(self) -> bool:
        return not (self.terms or self.aside or self.words or self.cas or self.formulas)


@lru_cache(maxsize=1)
def terms() -> Mapping[str, Term]:
    """The term base by id."""
    text = resources.files("zuji.background").joinpath("match", "terms.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = {}
    for entry in yaml.load(text, Loader=loader)["terms"]:
        found[entry["id"]] = Term(
            entry["id"], entry.get("kind", SUBSTANCE), tuple(entry["zh"]), tuple(entry["en"]), entry.get("class", ""),
            entry.get("broader", ""), entry.get("cas", ""), entry.get("formula", ""), entry.get("source", ""),
        )  # fmt: skip
    return MappingProxyType(found)


def word(text: str) -> str:
    """One Latin word as it is compared: lower case, one spelling, singular."""
    plain = text.casefold()
    for other, one in _SPELLINGS:
        plain = plain.replace(other, one)
    is_plural = len(plain) > 3 and plain.endswith("s") and not plain.endswith(("ss", "us", "is", "as", "gas"))
    return plain[:-1] if is_plural else plain


def words(text: str) -> list[str]:
    """Latin words and runs of Chinese characters in their order, half width."""
    plain = unicodedata.normalize("NFKC", text)
    return [found if re.match(f"[{CJK}]", found) else word(found) for found in _WORD.findall(plain)]


def valid_cas(number: str) -> bool:
    """Whether the last digit is the check digit: the sum of the others, each times its place from the right, mod 10."""
    digits = [int(d) for d in reversed(number.replace("-", ""))]
    return sum(i * d for i, d in enumerate(digits)) % 10 == digits[0]


def cas_numbers(text: str) -> tuple[str, ...]:
    """The CAS numbers in a text, without leading zeros; what has a wrong check digit is none."""
    found = (f"{a.lstrip('0')}-{b}-{c}" for a, b, c in _CAS.findall(text))
    return tuple(dict.fromkeys(number for number in found if valid_cas(number)))


@lru_cache(maxsize=1)
def _latin() -> Mapping[str, list[tuple[tuple[str, ...], str]]]:
    """First word → phrases with their term, longest first."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for term in terms().values():
        for name in term.en:
            phrase = tuple(words(name))
            found.setdefault(phrase[0], []).append((phrase, term.id))
    return {first: sorted(phrases, key=lambda p: (-len(p[0]), p)) for first, phrases in found.items()}


@lru_cache(maxsize=1)
def _chinese() -> Mapping[str, list[tuple[str, str]]]:
    """First character → names with their term, longest first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for term in terms().values():
        for name in term.zh:
            plain = "".join(words(name)) if re.search(rf"[^{CJK}]", name) else name
            found.setdefault(plain[0], []).append((plain, term.id))
    return {first: sorted(names, key=lambda n: (-len(n[0]), n)) for first, names in found.items()}


@lru_cache(maxsize=1)
def _by_number() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """CAS number → term, and composition → term where only one has it."""
    cas = {term.cas: term.id for term in terms().values() if term.cas}
    formulas: dict[str, str] = {}
    for term in terms().values():
        if term.formula and (key := composition(term.formula)):
            formulas[key] = term.id
    return cas, formulas


def term_of_cas(number: str) -> str:
    """The id of the term with this CAS number, '' where none has it."""
    return _by_number()[0].get(number, "")


# What stands behind these words is not the thing itself.
_ASIDE = re.compile(r"\b(?:from|via|for|with|without|using|by|based on|made of|including|excluding)\b", re.IGNORECASE)
_LEAD = re.compile(r"^\s*(?:market (?:group )?for|production of|supply of)\s+", re.IGNORECASE)
_BRACKETS = re.compile(r"[（(\[【]([^（()\[\]【】）]*)[)）\]】]")


@lru_cache(maxsize=65536)
def read(text: str) -> Reading:
    """What `text` says; the same reading for all spellings of one name."""
    cas = cas_numbers(text)
    plain = _LEAD.sub("", _CAS.sub(" ", unicodedata.normalize("NFKC", text)))
    inside = " ; ".join(_BRACKETS.findall(plain))
    main = _BRACKETS.sub(" ", plain)
    cut = _ASIDE.search(main)
    if cut is not None and cut.start() > 0:
        main, inside = main[: cut.start()], f"{main[cut.end() :]} ; {inside}"
    found, rest, unknown = _parsed(main)
    aside, more, others = _parsed(inside)
    numbered = [_by_number()[0][number] for number in cas if number in _by_number()[0]]
    if not found and aside and not rest:
        found, aside = aside, []
    first = list(dict.fromkeys([*found, *numbered]))
    return Reading(
        tuple(first), tuple(term for term in dict.fromkeys(aside) if term not in first),
        tuple(dict.fromkeys([*rest, *(() if first else more)])), cas, tuple(dict.fromkeys([*unknown, *others])),
    )  # fmt: skip


def _parsed(text: str) -> tuple[list[str], list[str], list[str]]:
    """Terms, other words and unknown compositions of a text."""
    found: list[str] = []
    rest: list[str] = []
    unknown: list[str] = []
    pieces = _WORD.findall(text)
    latin = [piece if re.match(f"[{CJK}]", piece) else word(piece) for piece in pieces]
    i = 0
    while i < len(pieces):
        if re.match(f"[{CJK}]", pieces[i]):
            # A number or letters beside Chinese may belong to the name: 三元811, N-甲基吡咯烷酮.
            joined = pieces[i] + (latin[i + 1] if i + 1 < len(pieces) and latin[i + 1].isdigit() else "")
            for kind, value in _chinese_parts(joined):
                (found if kind else rest).append(value)
            i += 2 if joined != pieces[i] else 1
            continue
        for phrase, id in _latin().get(latin[i], ()):
            if tuple(latin[i : i + len(phrase)]) == phrase:
                found.append(id)
                i += len(phrase)
                break
        else:
            key = composition(pieces[i])
            known = _by_number()[1].get(key, "") if key else ""
            if known:
                found.append(known)
            elif key:
                unknown.append(key)
            else:
                rest.append(latin[i])
            i += 1
    return found, rest, unknown


def _chinese_parts(text: str) -> Iterator[tuple[bool, str]]:
    """(True, term) and (False, pair of characters) of a run of Chinese, the longest names first."""
    i, left = 0, ""
    while i < len(text):
        for name, id in _chinese().get(text[i], ()):
            if text.startswith(name, i) and not _is_inside(text, i, name):
                yield from ((False, pair) for pair in _pairs(left))
                yield True, id
                i, left = i + len(name), ""
                break
        else:
            left, i = left + text[i], i + 1
    yield from ((False, pair) for pair in _pairs(left))


def _is_inside(text: str, i: int, name: str) -> bool:
    """Whether the name is only a part of another substance's: 甲烷 of 二氟甲烷, 锂 of an unknown 某酸锂."""
    before = text[i - 1] if i else ""
    after = text[i + len(name) : i + len(name) + 1]
    return (before in CHANGES_MEANING and before != "") or (after in ("酸", "化") and len(name) <= 2)


def _pairs(text: str) -> Iterator[str]:
    if text.isascii():
        yield from (part for part in [text] if part)
    else:
        yield from (text[k : k + 2] for k in range(max(1, len(text) - 1)))
