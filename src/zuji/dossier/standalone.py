"""Verify a Zuji dossier with nothing but Python 3.10 or later:  python verify.py x.zuji

Reads the container byte by byte, holds every member against its SHA-256, and recomputes every result exactly from
the frozen record with the plain engine below. Signatures, time stamps and log proofs need `zuji verify`: this file
counts them and checks that none was removed or changed.

What it cannot know: whether the dossier as a whole was made anew. Compare the printed digest of the manifest with one
that you had from elsewhere, or check the signatures.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

from zuji.engine.plain import solve

FORMAT = "zuji-dossier/1"
SEAL_FORMAT = "zuji-seal/1"
MANIFEST, SEAL, HEAD, VERIFIER = "ro-crate-metadata.json", "proof/seal.json", "dossier.json", "verify.py"
PROOF = "proof/"
TOLERANCE = Fraction(1, 10**9)
"""The main engine works with floats: its numbers may differ by this much of the largest line."""

# What no honest dossier exceeds; a file that does is refused before memory is spent on it.
MOST_BYTES, MOST_MEMBERS, MOST_JSON, MOST_DEPTH, MOST_DIGITS = 2**31 - 1, 20_000, 64 * 2**20, 64, 1000
MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError, RecursionError)
"""What Python raises over a document whose insides are not of the form that is expected."""
NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}){0,5}")
RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
AMOUNT = re.compile(r"-?\d{1,4000}(?:/\d{1,4000}|(?:\.\d{1,1000})?(?:[eE][+-]?\d{1,3})?)")


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it should be: its kind, the member that it is about, and what is wrong."""

    kind: str
    member: str
    message: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """What is wrong, in English."""
        return self.message.format(**dict(self.values))

    def __str__(self) -> str:
        return f"{self.member}: {self.text}" if self.member else self.text


def problem(kind: str, member: str, message: str, **values: object) -> Problem:
    """A problem whose message has values."""
    return Problem(kind, member, message, tuple((name, str(value)) for name, value in values.items()))


def N_(message: str) -> str:
    """The message itself; the name marks it for those who translate."""
    return message


class Refused(Exception):  # noqa: N818
    """The file is not a dossier that can be looked into at all."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True)
class Member:
    """A file inside the container: where its bytes begin, how many there are, and their SHA-256."""

    name: str
    start: int
    size: int
    crc: int
    sha256: str


# --- The container: a ZIP file without compression in exactly one form, so that every byte of it has one right value.

LOCAL, CENTRAL, END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
VERSION, MADE_BY, STORED, NO_TIME, FIRST_DAY, MODE = 20, 3 << 8 | 20, 0, 0, 0x21, 0o100644 << 16


def local_header(name: str, crc: int, size: int) -> bytes:
    """What stands before the bytes of a member: no compression, no flags, 1980-01-01 00:00."""
    title = name.encode("ascii")
    return LOCAL.pack(b"PK\3\4", VERSION, 0, STORED, NO_TIME, FIRST_DAY, crc, size, size, len(title), 0) + title


def directory(members: Iterable[Member]) -> bytes:
    """The end of the container: it follows from the members without any freedom."""
    parts, start, count = [], 0, 0
    for member in members:
        title = member.name.encode("ascii")
        fixed = (b"PK\1\2", MADE_BY, VERSION, 0, STORED, NO_TIME, FIRST_DAY, member.crc, member.size, member.size)
        parts.append(CENTRAL.pack(*fixed, len(title), 0, 0, 0, 0, MODE, start) + title)
        start, count = member.start + member.size, count + 1
    body = b"".join(parts)
    return body + END.pack(b"PK\5\6", 0, 0, count, count, len(body), start, 0)


def scan(stream: BinaryIO, problems: list[Problem]) -> dict[str, Member]:
    """The members in their order; raises Refused where the container is not in its one form."""
    length = stream.seek(0, 2)
    if length > MOST_BYTES:
        raise Refused(problem("limit", "", N_("{length} bytes, more than {most}"), length=length, most=MOST_BYTES))
    members: dict[str, Member] = {}
    position, last = 0, ""
    while True:
        stream.seek(position)
        fixed = stream.read(LOCAL.size)
        if fixed[:4] == b"PK\1\2" and members:
            break
        if len(fixed) < LOCAL.size or fixed[:4] != b"PK\3\4":
            raise Refused(
                problem(
                    "container",
                    last,
                    N_("no member begins at byte {position}, after {last}"),
                    position=position,
                    last=last or "-",
                )
            )
        values = LOCAL.unpack(fixed)
        title = stream.read(min(values[9], 1000))
        name = title.decode("ascii", "replace")
        if not safe_name(name):
            raise Refused(
                problem(
                    "name",
                    last,
                    N_("a member after {last} has a name that is not allowed: {bad}"),
                    last=last or "-",
                    bad=repr(name[:100]),
                )
            )
        crc, size = values[6], values[8]
        if local_header(name, crc, size) != fixed + title:
            raise Refused(
                Problem("container", name, N_("its header is not that of an uncompressed member of a dossier"))
            )
        if name <= last:
            if name in members:
                raise Refused(Problem("container", name, N_("is there twice")))
            text = N_("stands after {last}: the members are not in order")
            raise Refused(problem("container", name, text, last=last))
        start = position + len(fixed) + len(title)
        if start + size > length:
            raise Refused(Problem("container", name, N_("is cut off")))
        if len(members) >= MOST_MEMBERS:
            raise Refused(problem("limit", name, N_("more than {most} members"), most=MOST_MEMBERS))
        found, sha256 = digests(stream, size)
        if found != crc:
            problems.append(Problem("digest", name, N_("its bytes do not match the checksum of the container")))
        members[name] = Member(name, start, size, crc, sha256)
        position, last = start + size, name
    stream.seek(position)
    expected = directory(members.values())
    if stream.read(len(expected) + 1) != expected:
        raise Refused(
            problem("container", "", N_("the directory after {last} is not the one that the members give"), last=last)
        )
    return members


def safe_name(name: str) -> bool:
    """Whether a name can be a file on every system and stays inside its folder."""
    return bool(NAME.fullmatch(name)) and not any(RESERVED.fullmatch(p) or p.endswith(".") for p in name.split("/"))


def digests(stream: BinaryIO, size: int) -> tuple[int, str]:
    """CRC-32 and SHA-256 of the next `size` bytes."""
    crc, sha = 0, hashlib.sha256()
    while size > 0 and (part := stream.read(min(size, 2**20))):
        crc, size = zlib.crc32(part, crc), size - len(part)
        sha.update(part)
    return crc, sha.hexdigest()


def read_member(stream: BinaryIO, member: Member) -> bytes:
    """The bytes of a member that is held in memory."""
    if member.size > MOST_JSON:
        raise Refused(
            problem("limit", member.name, N_("{size} bytes, more than {most}"), size=member.size, most=MOST_JSON)
        )
    stream.seek(member.start)
    return stream.read(member.size)


# --- JSON in its canonical form (RFC 8785): one document, one text.


def shown_number(value: float) -> str:
    """A number as ECMAScript writes it, which is what RFC 8785 asks for."""
    if value == 0:
        return "0"
    mantissa, _, power = repr(abs(value)).partition("e")
    whole, _, part = mantissa.partition(".")
    digits, point = whole + ("" if part == "0" else part), len(whole) + int(power or 0)
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.lstrip("0").rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        text = digits + "0" * (point - count)
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        text = digits[0] + ("." + digits[1:] if count > 1 else "") + f"e{point - 1:+d}"
    return "-" + text if value < 0 else text


def canonical(value: Any) -> bytes:
    """The one text of a JSON value; raises ValueError for what has none."""
    parts: list[str] = []
    _write(value, parts.append)
    return "".join(parts).encode("utf-8")


def _write(value: Any, put: Any) -> None:
    if isinstance(value, str):
        put(json.dumps(value, ensure_ascii=False))
    elif value is None or isinstance(value, bool):
        put({None: "null", True: "true", False: "false"}[value])
    elif isinstance(value, int) and abs(value) < 2**53:
        put(str(value))
    elif isinstance(value, (int, float)):
        put(shown_number(float(value)))
    elif isinstance(value, list):
        put("[")
        for i, item in enumerate(value):
            if i:
                put(",")
            _write(item, put)
        put("]")
    else:
        put("{")
        for i, key in enumerate(sorted(value, key=lambda text: text.encode("utf-16-be"))):
            put(("," if i else "") + json.dumps(key, ensure_ascii=False) + ":")
            _write(value[key], put)
        put("}")


def parse(data: bytes, member: str) -> Any:
    """The value of a document in canonical form; raises Refused for any other text, and for one that nests too deep."""
    if len(data) > MOST_JSON:
        raise Refused(
            problem("limit", member, N_("{size} bytes of JSON, more than {most}"), size=len(data), most=MOST_JSON)
        )
    if nesting(data) > MOST_DEPTH:
        raise Refused(problem("limit", member, N_("nests deeper than {most} levels"), most=MOST_DEPTH))
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_constant, parse_int=_whole)
        same = canonical(value) == data
    except (ValueError, RecursionError, OverflowError) as error:
        raise Refused(problem("json", member, N_("is not JSON: {problem}"), problem=str(error)[:200])) from None
    if not same:
        raise Refused(Problem("json", member, N_("is not in canonical form (RFC 8785)")))
    return value


def _whole(text: str) -> float:
    return int(text) if len(text) < 17 else float(text)


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number of JSON")


def nesting(data: bytes) -> int:
    """How deep brackets and braces outside strings nest."""
    depth = most = 0
    # One pass over structure only: the loop sees brackets, whatever the strings hold.
    for found in re.finditer(rb'"(?:[^"\\]|\\.)*"?|[\[{]+|[\]}]+', data, re.DOTALL):
        first = data[found.start()]
        if first in b"[{":
            depth += found.end() - found.start()
            most = max(most, depth)
        elif first in b"]}":
            depth -= found.end() - found.start()
    return most


# --- Digests: the manifest names every member outside proof/, the seal names the manifest and every member of proof/.


def files_of(manifest: Any) -> dict[str, tuple[str, int]]:
    """SHA-256 and size of every file that the manifest names; raises Refused for a manifest of another shape."""
    try:
        files: dict[str, tuple[str, int]] = {}
        for entity in manifest["@graph"]:
            if entity["@type"] == "File":
                if entity["@id"] in files:
                    raise Refused(problem("shape", MANIFEST, N_("names {name} twice"), name=f"{entity['@id']!r:.100}"))
                files[str(entity["@id"])] = (str(entity["sha256"]), int(entity["contentSize"]))
        root = next(entity for entity in manifest["@graph"] if entity["@id"] == "./")
        parts = [part["@id"] for part in root["hasPart"]]
    except (KeyError, TypeError, ValueError, StopIteration, AttributeError):
        raise Refused(Problem("shape", MANIFEST, N_("is not the manifest of a dossier"))) from None
    if parts != sorted(files):
        raise Refused(Problem("shape", MANIFEST, N_("the parts of the root are not the files that it describes")))
    return files


def sealed_of(seal: Any) -> list[tuple[str, str]]:
    """Path and SHA-256 of every proof, in the order in which they were added; raises Refused for another shape."""
    try:
        if seal["format"] != SEAL_FORMAT or set(seal) != {"format", "manifest", "proofs"}:
            raise KeyError
        found = [(str(p["path"]), str(p["sha256"])) for p in seal["proofs"] if set(p) == {"path", "sha256"}]
        if len(found) != len(seal["proofs"]) or len({path for path, _ in found}) != len(found):
            raise KeyError
        return found
    except (KeyError, TypeError, AttributeError):
        raise Refused(Problem("shape", SEAL, N_("is not the seal of a dossier"))) from None


def check_members(members: Mapping[str, Member], manifest: Any, seal: Any) -> Iterator[Problem]:
    """Every member against the digest that the manifest or the seal gives for it, and every digest against a member."""
    listed = files_of(manifest)
    sealed = dict(sealed_of(seal))
    if seal["manifest"] != "sha256:" + members[MANIFEST].sha256:
        yield Problem("digest", MANIFEST, N_("its SHA-256 is not the one in the seal"))
    for name, (sha256, size) in listed.items():
        if name not in members:
            yield Problem("missing", name, N_("is named in the manifest and not there"))
        elif (members[name].sha256, members[name].size) != (sha256, size):
            yield Problem("digest", name, N_("its SHA-256 is not the one in the manifest"))
    for name, sha256 in sealed.items():
        if not name.startswith(PROOF) or name == SEAL:
            yield problem("shape", SEAL, N_("names {name} as a proof"), name=f"{name!r:.100}")
        elif name not in members:
            yield Problem("missing", name, N_("is named in the seal and not there"))
        elif members[name].sha256 != sha256:
            yield Problem("digest", name, N_("its SHA-256 is not the one in the seal"))
    for name in members:
        if name not in (MANIFEST, SEAL) and name not in (sealed if name.startswith(PROOF) else listed):
            yield Problem("unlisted", name, N_("is there and named nowhere"))


# --- Results: recomputed from the frozen record with fractions, and held against what the dossier says.


def exact_text(value: Fraction) -> str:
    """A fraction as a text; one of more than 1000 digits is written to 50 significant digits after a `~`."""
    if value.numerator.bit_length() + value.denominator.bit_length() <= MOST_DIGITS * 3:
        return str(value)
    power = 0
    size = value.numerator.bit_length() - value.denominator.bit_length()
    power = 50 - int(size * 0.30103)
    scaled = round(value * Fraction(10) ** power)
    digits = str(abs(scaled))
    rounded = round(Fraction(abs(scaled), 10 ** max(len(digits) - 50, 0)))
    power -= max(len(digits) - 50, 0)
    return f"~{'-' if value < 0 else ''}{rounded}e{-power}"


def check_amounts(record: Any) -> None:
    """Raises ValueError for an amount that is not a number of usual length: `1e999999999` would fill the memory."""
    amounts: list[Any] = list(record["demand"].values())
    for part in ("activities", "background"):
        for activity in record[part].values():
            amounts.append(activity["output"])
            amounts += [entry[2] for kind in ("inputs", "emissions") for entry in activity.get(kind, ())]
    amounts += [flow["factor"] for flow in record["flows"].values() if flow["factor"] is not None]
    for amount in amounts:
        if isinstance(amount, bool) or not isinstance(amount, (int, float, str)):
            raise ValueError(f"{amount!r:.100} is not an amount")
        if isinstance(amount, str) and not AMOUNT.fullmatch(amount):
            raise ValueError(f"{amount[:100]!r} is not an amount")


def reperformed(record: Any) -> dict[str, Any]:
    """The result of the plain engine as a document: exact total, categories, runs and lines [kg CO2e per product]."""
    check_amounts(record)
    result = solve(record)
    return {
        "total": exact_text(result.total),
        "by_category": {key: exact_text(value) for key, value in result.by_category.items()},
        "scaling": {name: exact_text(value) for name, value in result.scaling.items()},
        "lines": sorted(
            [activity, line, {key: exact_text(value) for key, value in values.items()}]
            for activity, line, values in result.lines
        ),
        "uncharacterised": sorted(list(gap) for gap in result.uncharacterised),
    }


def as_fraction(text: str) -> Fraction:
    """What `exact_text` has written."""
    return Fraction(text.removeprefix("~"))


def agreement(plain: Any, footprint: Any) -> float:
    """The largest difference between the exact result and the footprint's own, relative to the largest line.

    Every line is compared by category; of these the footprint's `by_origin` count in its total and stages, and those
    that its rulebook reports beside the total stand in `apart`.
    """
    _check_numbers(footprint)
    exact = {(activity, line): values for activity, line, values in plain["lines"]}
    stated = {(line["activity"], line["line"]): line for line in footprint["lines"]}
    differences, scale, total = [Fraction(0)], Fraction(1, 10**12), Fraction(0)
    stages: dict[str, Fraction] = {part["id"]: Fraction(0) for part in footprint["stages"]}
    for key in exact.keys() | stated.keys():
        values = {category: as_fraction(text) for category, text in exact.get(key, {}).items()}
        line = stated.get(key, {})
        counted, apart = line.get("by_origin", {}), line.get("apart", {})
        for category in values.keys() | counted.keys() | apart.keys():
            shown = Fraction(counted.get(category, 0)) + Fraction(apart.get(category, 0))
            differences.append(values.get(category, Fraction(0)) - shown)
            scale = max(scale, abs(values.get(category, Fraction(0))))
        inside = sum((value for category, value in values.items() if category in counted), Fraction(0))
        differences.append(inside - Fraction(line.get("value", 0)))
        total += inside
        if key in stated:
            stages[line["stage"]] += inside
    differences += [stages[part["id"]] - Fraction(part["value"]) for part in footprint["stages"]]
    differences.append(total - Fraction(footprint["total"]))
    amount, per = footprint["functional_unit"].get("amount_per_product"), footprint["per_functional_unit"]
    if per is not None and amount:
        differences.append(total - Fraction(per) * Fraction(amount))
    return float(max(abs(difference) for difference in differences) / scale)


def _check_numbers(footprint: Any) -> None:
    numbers = [footprint["total"], footprint["per_functional_unit"] or 0]
    numbers += [footprint["functional_unit"].get("amount_per_product") or 0]
    numbers += [part["value"] for part in footprint["stages"]]
    for line in footprint["lines"]:
        numbers += [line["value"], *line.get("by_origin", {}).values(), *line.get("apart", {}).values()]
    for value in numbers:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{value!r:.100} is not a number")


@dataclass(frozen=True)
class Agreement:
    """How far the exact result and the frozen footprint of one rulebook lie apart, relative to the largest line."""

    rulebook: str
    total: float
    difference: float


def check_results(documents: Mapping[str, Any], problems: list[Problem]) -> list[Agreement]:
    """Every result of the dossier recomputed from its record; what does not agree becomes a problem."""
    found: list[Agreement] = []
    for result in documents[HEAD]["results"]:
        folder = result["folder"]
        names = {kind: f"{folder}/{kind}.json" for kind in ("record", "plain", "footprint")}
        try:
            plain = reperformed(documents[names["record"]])
            if plain != documents[names["plain"]]:
                problems.append(Problem("result", names["plain"], N_("the plain engine gets another result")))
            footprint = documents[names["footprint"]]
            if any(footprint[key] != result[key] for key in ("total", "per_functional_unit")):
                problems.append(
                    problem("result", HEAD, N_("states another result than {name}"), name=names["footprint"])
                )
            difference = agreement(plain, footprint)
            if not difference <= TOLERANCE:
                text = N_("differs from the plain engine by {difference} of its largest line")
                problems.append(problem("result", names["footprint"], text, difference=f"{difference:.1e}"))
            found.append(Agreement(result["rulebook"], footprint["total"], difference))
        except MALFORMED as error:
            problems.append(problem("shape", folder, N_("cannot be recomputed: {problem}"), problem=str(error)[:200]))
    return found


@dataclass(frozen=True)
class Opened:
    """A dossier as it was read: its members and the values of its JSON documents."""

    members: Mapping[str, Member]
    documents: Mapping[str, Any]
    problems: tuple[Problem, ...]


def read_dossier(stream: BinaryIO) -> Opened:
    """Members, digests and documents of a dossier; raises Refused where it cannot be looked into."""
    problems: list[Problem] = []
    members = scan(stream, problems)
    for name in (MANIFEST, SEAL, HEAD):
        if name not in members:
            problems.append(Problem("missing", name, N_("is not there; this is not a dossier or not a whole one")))
    if problems:
        # The checksum has named the member; nothing is concluded from changed bytes.
        return Opened(members, {}, tuple(problems))
    manifest, seal = (parse(read_member(stream, members[name]), name) for name in (MANIFEST, SEAL))
    problems += check_members(members, manifest, seal)
    if problems:
        return Opened(members, {MANIFEST: manifest, SEAL: seal}, tuple(problems))
    documents = {MANIFEST: manifest, SEAL: seal}
    for name, member in members.items():
        if name.endswith(".json") and not name.startswith("evidence/files/") and name not in documents:
            documents[name] = parse(read_member(stream, member), name)
    head = documents[HEAD]
    if not isinstance(head, dict) or head.get("format") != FORMAT or not isinstance(head.get("results"), list):
        raise Refused(problem("shape", HEAD, N_("is not of the format {format}"), format=FORMAT))
    return Opened(members, documents, tuple(problems))


def check_evidence(documents: Mapping[str, Any], members: Mapping[str, Member], problems: list[Problem]) -> int:
    """Every evidence file that is in the dossier has the SHA-256 of the index; the number of those that stay home."""
    try:
        for entry in documents["evidence/index.json"]:
            name = entry.get("member")
            if name is not None and (name not in members or members[name].sha256 != entry["sha256"]):
                problems.append(Problem("evidence", str(name), N_("is not the file that the index of evidence names")))
        return sum(1 for entry in documents["evidence/index.json"] if "member" not in entry)
    except (KeyError, TypeError, AttributeError):
        problems.append(Problem("shape", "evidence/index.json", N_("is not an index of evidence")))
        return 0


def main(arguments: list[str]) -> int:
    """Print what holds and what does not; 0 when everything holds, 1 when not, 2 for wrong usage."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python verify.py x.zuji", file=sys.stderr)
        return 2
    try:
        own = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
        with open(arguments[0], "rb") as stream:
            found = read_dossier(stream)
    except Refused as refused:
        print(f"REFUSED 拒绝  {refused.problem}")
        return 1
    except OSError as error:
        print(f"{arguments[0]}: {error.strerror}", file=sys.stderr)
        return 2
    problems, agreements, away = list(found.problems), [], 0
    if not problems:
        agreements = check_results(found.documents, problems)
        away = check_evidence(found.documents, found.members, problems)
    print(f"manifest 清单  sha256:{found.members[MANIFEST].sha256}" if MANIFEST in found.members else "no manifest")
    shipped = found.members.get(VERIFIER)
    same = (
        "the same as in the dossier 与档案内一致" if shipped and shipped.sha256 == own else "not the one in the dossier"
    )
    print(f"verifier 核验程序  sha256:{own}  {same}")
    for agreed in agreements:
        shown = f"{math.floor(agreed.total * 10**6 + 0.5) / 10**6}"
        print(f"{agreed.rulebook}: {shown} kg CO2e per product; largest difference {agreed.difference:.1e}")
    if away:
        print(f"evidence that stays with its owner, by SHA-256 only 仅以摘要列出的证据: {away}")
    proofs = sum(1 for name in found.members if name.startswith(PROOF)) - 1
    print(f"proofs (signatures, stamps, log) not checked here 此处未检验的签名等: {max(proofs, 0)}")
    for problem in problems:
        print(f"WRONG 不符  {problem}")
    print("FAILED 未通过" if problems else "HOLDS 通过")
    return 1 if problems else 0


if __name__ == "__main__":
    for _stream in (sys.stdout, sys.stderr):
        if hasattr(_stream, "reconfigure"):
            _stream.reconfigure(encoding="utf-8", errors="replace")
    raise SystemExit(main(sys.argv[1:]))
