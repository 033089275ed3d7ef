"""Matching the lines of a study: what needs a dataset, what there is to choose from, and what was accepted before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from zuji.background.match import codes
from zuji.background.match.index import Candidate, Entry, Index, Reason, Wanted
from zuji.background.match.mapping import Accepted
from zuji.background.match.mapping import Entry as Match
from zuji.background.match.reasons import text_of
from zuji.background.match.terms import cas_numbers
from zuji.background.model import Dataset
from zuji.background.store.datasets import category_of
from zuji.background.store.layout import columns
from zuji.background.store.library import Library, UnknownBackgroundError
from zuji.background.store.stored import StoredDataset
from zuji.datum import LocalText
from zuji.errors import UnreadableError
from zuji.finding import Finding, Place
from zuji.footprint.backgrounds import background_of
from zuji.study.model import BomLine, Exchange, Plant, Provider, ProviderKind, Role, Study, UnitProcess
from zuji.study.node import hint

OPEN = (ProviderKind.NONE, ProviderKind.DATASET, ProviderKind.SUPPLIER)
THINGS = ("material", "process", "water", "fuel")
ROLES = {
    Role.MATERIAL: THINGS,
    Role.AUXILIARY: THINGS,
    Role.PRODUCT: THINGS,
    Role.ENERGY: ("electricity", "heat", "fuel"),
    Role.TRANSPORT: ("transport",),
    Role.WASTE: ("waste",),
}
PROXY_RATING = 4
"""Technology rating of a proxy: 4 of 5, related processes or materials (pedigree matrix, Weidema & Wesnæs 1996)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the bill of materials or an exchange of a process that a dataset may stand for."""

    id: str
    wanted: Wanted
    name: LocalText
    provider: Provider
    place: Place
    exchange: int | None = None
    """Its position in the process; None for a line of the bill of materials."""


@dataclass(frozen=True)
class Matched:
    """Candidates of every line, best first, with the findings of backgrounds and mappings."""

    lines: tuple[Line, ...]
    candidates: tuple[tuple[Candidate, ...], ...]
    index: Index
    findings: tuple[Finding, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, int]:
        """Position by line id, and by item or exchange id where that is the only one."""
        found = {line.id: i for i, line in enumerate(self.lines)}
        short: dict[str, list[int]] = {}
        for i, line in enumerate(self.lines):
            for name in {line.id.partition(".")[2], re.split(r"[.>]", line.id)[-1]}:
                short.setdefault(name, []).append(i)
        return {name: places[0] for name, places in short.items() if len(places) == 1} | found


def lines_of(study: Study, *, every: bool = False) -> tuple[Line, ...]:
    """The lines without an origin; with `every` those too that name a dataset or a supplier's footprint."""
    return tuple(
        line for line in (*_bom(study), *_exchanges(study)) if every or line.provider.kind is ProviderKind.NONE
    )


def _bom(study: Study) -> Iterator[Line]:
    made = {process.produces for process in study.processes.values()} | {line.parent for line in study.bom}
    items = [line.item for line in study.bom]
    for line in study.bom:
        if line.provider.kind in OPEN and line.item not in made and not line.cut_off:
            id = f"bom.{line.item if items.count(line.item) == 1 else line.id}"
            about = (study.product.chemistry, line.component_group.value)
            yield Line(id, _wanted(study, id, line, line.parent, about, THINGS), line.name, line.provider, line.place)


def _exchanges(study: Study) -> Iterator[Line]:
    for process in study.processes.values():
        for i, exchange in enumerate(process.exchanges):
            if exchange.provider.kind not in OPEN or exchange.role is Role.EMISSION or exchange.cut_off:
                continue
            id = f"process.{process.id}.{exchange.id}"
            about = (study.product.chemistry, process.technology)
            kinds = ROLES.get(exchange.role, ())
            wanted = _wanted(study, id, exchange, process.produces, about, kinds)
            found = re.fullmatch(r"exchanges\[(\d+)\].*", exchange.place.path)
            yield Line(id, wanted, exchange.name, exchange.provider, exchange.place, int(found[1]) if found else i)


def _wanted(
    study: Study, id: str, line: BomLine | Exchange, made: str, about: Iterable[str], kinds: tuple[str, ...]
) -> Wanted:
    own = line.item if isinstance(line, BomLine) else line.id
    names = tuple(name for name in (line.name.zh, line.name.en) if name) or (own,)
    notes = (line.amount.note, line.amount.source, line.material)
    plant = _plant(study, made)
    return Wanted(
        id=id,
        names=names,
        unit=line.amount.unit.symbol,
        geography=(plant.region or plant.country) if plant else _only_country(study),
        year=study.reporting_period.end.year,
        technology=tuple(text for text in about if text and text != "none"),
        categories=kinds,
        cas=tuple(dict.fromkeys(number for text in notes for number in cas_numbers(text))),
    )


def _plant(study: Study, item: str) -> Plant | None:
    """The plant of the process that makes `item`, or of what it goes into."""
    makers: dict[str, UnitProcess] = {process.produces: process for process in study.processes.values()}
    parents = {line.item: line.parent for line in study.bom}
    seen: set[str] = set()
    while item and item not in seen:
        seen.add(item)
        process = makers.get(item)
        if process is not None and process.plant in study.plants:
            return study.plants[process.plant]
        item = parents.get(item, "")
    return None


def _only_country(study: Study) -> str:
    countries = {plant.country for plant in study.plants.values()}
    return countries.pop() if len(countries) == 1 else ""


def entries_of(study: Study) -> tuple[list[Entry], tuple[Finding, ...]]:
    """Every dataset that the study may name: starter set, its own, its suppliers', stored backgrounds that it names."""
    background, findings = background_of(study)
    entries = [_entry(dataset) for dataset in background.datasets.values() if not _is_stored(dataset)]
    known = {entry.id for entry in entries}
    library = Library()
    for name in study.backgrounds:
        try:
            stored = library.open(name)
            rows = stored.query(f"SELECT {', '.join(columns('dataset'))} FROM dataset ORDER BY i")
        except (UnknownBackgroundError, UnreadableError):
            continue  # background_of has said so
        incomplete = stored.array("incomplete")
        for row in rows:
            dataset = StoredDataset(*row)
            if dataset.id not in known:
                known.add(dataset.id)
                entries.append(_stored_entry(dataset, name, bool(incomplete[dataset.i])))
    return entries, findings


def _is_stored(dataset: Dataset) -> bool:
    return dataset.collection.startswith("sha256:")


def _entry(dataset: Dataset) -> Entry:
    return Entry(
        id=dataset.id,
        names=tuple(dict.fromkeys(name for name in (dataset.name.zh, dataset.name.en) if name)),
        unit=dataset.unit,
        geography=dataset.geography,
        year=dataset.year,
        category=dataset.category.value,
        technology=dataset.technology,
        missing=dataset.missing,
        proxy=dataset.proxy,
        direct_only=dataset.scope == "direct",
        collection=dataset.collection.partition("/")[0],
    )


def _stored_entry(dataset: StoredDataset, name: str, is_incomplete: bool) -> Entry:
    from zuji.background.importers.records import DIRECT_ONLY

    return Entry(
        id=dataset.id,
        names=tuple(dict.fromkeys(text for text in (dataset.name_zh, dataset.name, dataset.product) if text)),
        unit=dataset.study_unit or dataset.unit,
        geography=dataset.geography,
        year=dataset.year,
        category=category_of(dataset).value,
        technology=dataset.technology,
        missing=dataset.missing or ("incomplete" if is_incomplete else "" if dataset.study_unit else "unit"),
        direct_only=dataset.boundary == DIRECT_ONLY,
        collection=name,
    )


def match(
    study: Study, accepted: Accepted | None = None, *, every: bool = False, limit: int = 5, only: Sequence[str] = ()
) -> Matched:
    """Candidates for the lines of a study; what was accepted before stands first and says so."""
    entries, findings = entries_of(study)
    index = Index(entries)
    lines = lines_of(study, every=every)
    if only:
        lines = tuple(line for line in lines if line.id in only or line.id.partition(".")[2] in only)
    known = accepted or Accepted()
    said = [*findings, *known.findings]
    found = index.candidates([line.wanted for line in lines], limit)
    ranked = []
    for line, candidates in zip(lines, found, strict=True):
        first, problems = _accepted_first(index, line, candidates, known)
        said += problems
        ranked.append(tuple(first[:limit]))
        if not first:
            said.append(codes.NOTHING_FOUND(line.place, line=line.id))
    return Matched(lines, tuple(ranked), index, tuple(said))


def _accepted_first(
    index: Index, line: Line, candidates: list[Candidate], accepted: Accepted
) -> tuple[list[Candidate], list[Finding]]:
    before = accepted.of(line.wanted)
    front, findings = [], []
    for entry in before:
        candidate = next((c for c in candidates if c.entry.id == entry.dataset), None)
        candidate = candidate or index.of(line.wanted, entry.dataset)
        if candidate is None:
            findings.append(codes.MAPPING_UNKNOWN(entry.place, dataset=entry.dataset, name=entry.name))
            continue
        who = ", ".join(part for part in (entry.by, entry.on, entry.why) if part) or "–"
        reason = Reason("accepted" if len(before) == 1 else "accepted otherwise", (("who", who),))
        marked = replace(candidate, is_proxy=candidate.is_proxy or entry.proxy, reasons=(reason, *candidate.reasons))
        front.append(marked)
    ids = {one.entry.id for one in front}
    rest = [one for one in candidates if one.entry.id not in ids]
    if len(before) == 1:
        return [*front, *rest], findings
    # Of contradicting entries none stands first for being accepted.
    return sorted([*front, *rest], key=lambda one: (-one.score, one.entry.id)), findings


def was_accepted(candidate: Candidate) -> bool:
    """Whether a mapping, and no other mapping otherwise, has accepted the candidate before."""
    return any(reason.key == "accepted" for reason in candidate.reasons)


@dataclass(frozen=True, slots=True)
class Choice:
    """One match that is to be written."""

    line: Line
    candidate: Candidate


def chosen(matched: Matched, wishes: Sequence[tuple[str, str]]) -> tuple[list[Choice], list[Finding]]:
    """The matches that `wishes` (line, dataset) ask for; what cannot be is a finding."""
    choices: dict[str, Choice] = {}
    findings: list[Finding] = []
    for wish, dataset in wishes:
        i = matched.by_id.get(wish)
        if i is None:
            findings.append(codes.UNKNOWN_LINE(line=wish, hint=hint(wish, list(matched.by_id))))
            continue
        line = matched.lines[i]
        candidate = next((c for c in matched.candidates[i] if c.entry.id == dataset), None)
        candidate = candidate or matched.index.of(line.wanted, dataset)
        if candidate is None:
            known = [entry.id for entry in matched.index.entries]
            findings.append(codes.UNKNOWN_DATASET(line.place, dataset=dataset, hint=hint(dataset, known)))
        elif candidate.factor is None:
            unit, other = line.wanted.unit, candidate.entry.unit
            findings.append(codes.UNIT_MISFIT(line.place, line=line.id, unit=unit, dataset=dataset, other=other))
        else:
            choices[line.id] = Choice(line, candidate)
    for choice in choices.values():
        if choice.candidate.is_proxy:
            id = choice.candidate.entry.id
            findings.append(
                codes.ACCEPTED_PROXY(choice.line.place, dataset=id, line=choice.line.id, rating=PROXY_RATING)
            )
    return list(choices.values()), findings


def best(matched: Matched, least: float) -> list[Choice]:
    """For each line its first candidate where that scores `least` or was accepted before, fits and has a figure.

    A proxy is among them only where it was accepted before.
    """
    found = []
    for line, candidates in zip(matched.lines, matched.candidates, strict=True):
        first = candidates[0] if candidates else None
        if first is None or first.factor is None or first.entry.missing:
            continue
        if was_accepted(first) or (first.score >= least and not first.is_proxy):
            found.append(Choice(line, first))
    return found


def document(matched: Matched) -> dict[str, Any]:
    """Everything for JSON, reasons in both languages."""
    return {
        "lines": [
            {
                "id": line.id,
                "name": {"zh": line.name.zh, "en": line.name.en},
                "unit": line.wanted.unit,
                "geography": line.wanted.geography,
                "provider": {"kind": line.provider.kind.value, "id": line.provider.id},
                "place": line.place.as_dict(),
                "candidates": [candidate_document(candidate) for candidate in candidates],
            }
            for line, candidates in zip(matched.lines, matched.candidates, strict=True)
        ],
        "findings": [finding.as_dict() for finding in matched.findings],
    }


def candidate_document(candidate: Candidate) -> dict[str, Any]:
    """One candidate for JSON."""
    entry = candidate.entry
    return {
        "dataset": entry.id,
        "names": list(entry.names),
        "source": entry.collection,
        "geography": entry.geography,
        "year": entry.year,
        "unit": entry.unit,
        "score": candidate.score,
        "proxy": candidate.is_proxy,
        "accepted_before": was_accepted(candidate),
        "factor": None if candidate.factor is None else float(candidate.factor),
        "reasons": [
            {"key": reason.key, "zh": text_of(reason, "zh"), "en": text_of(reason, "en")}
            for reason in candidate.reasons
        ],
    }


def remembered(choice: Choice, by: str, on: str, why: str) -> Match:
    """The entry of the mapping file for an accepted match."""
    from zuji.background.match.mapping import entry_of

    entry = choice.candidate.entry
    return entry_of(
        choice.line.wanted, entry.id, entry.collection, proxy=choice.candidate.is_proxy, by=by, on=on, why=why
    )
