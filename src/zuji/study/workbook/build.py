"""Rows of the sheets as the documents and tables that `zuji.study.open.assemble` reads, each value with its cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zuji.finding import Place
from zuji.reading import Document, Row, Table
from zuji.study import codes as study_codes
from zuji.study.amount import Log, shown
from zuji.study.forms import MATERIAL_TEXTS
from zuji.study.node import hint
from zuji.study.open import END_OF_LIFE, STUDY, Sources
from zuji.study.read_datum import RATINGS
from zuji.study.read_study import FORMAT
from zuji.study.workbook import codes, layout
from zuji.study.workbook.cells import parse_uncertainty
from zuji.study.workbook.flatten import RENAMED
from zuji.study.workbook.layout import FIELDS, Hold
from zuji.study.workbook.matrix import Line, Read

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Sheeted(Document):
    """A document made of rows: each value knows its cell."""

    places: Mapping[Path, Place] = field(default_factory=dict)

    def place_of(self, path: Sequence[str | int] = ()) -> Place:
        """The cell of the value at `path`, or of the nearest enclosing value that has one."""
        key = tuple(path)
        while key and key not in self.places:
            key = key[:-1]
        return self.places.get(key, Place(self.file))


class Draft:
    """A document that is being put together."""

    def __init__(self, file: str, start: Place) -> None:
        self.file = file
        self.data: dict[str, Any] = {}
        self.places: dict[Path, Place] = {(): start}

    def put(self, path: Path, value: Any, place: Place) -> None:
        """Set a value; the mappings on the way to it are made."""
        if value in ("", None):
            return
        inner: Any = self.data
        for depth, part in enumerate(path[:-1], 1):
            inner = inner[int(part)] if isinstance(inner, list) else inner.setdefault(part, {})
            self.places.setdefault(path[:depth], place)
        inner[path[-1]] = value
        self.places[path] = place

    def member(self, path: Path, place: Place) -> Path:
        """Add an empty mapping to the list at `path`; returns its path."""
        inner: Any = self.data
        for part in path[:-1]:
            inner = inner[int(part)] if isinstance(inner, list) else inner.setdefault(part, {})
        members = inner.setdefault(path[-1], [])
        members.append({})
        here = (*path, len(members) - 1)
        self.places.setdefault(path, place)
        self.places[here] = place
        return here

    def texts(self, path: Path, line: Line, keys: Mapping[str, str] | Sequence[str]) -> None:
        """Set texts: the names of the document's keys, by column where the two differ."""
        named = keys if isinstance(keys, Mapping) else {key: key for key in keys}
        for column, key in named.items():
            self.put((*path, *key.split(".")), line.get(column), line.place(column))

    def document(self) -> Sheeted:
        return Sheeted(self.data, self.file, places=self.places)


_NAME = {"name_zh": "name.zh", "name_en": "name.en"}
_EXCHANGE = {
    "id": "id", **_NAME, "role": "role", "dataset": "dataset", "from_process": "process", "supplier": "supplier",
    "electricity": "electricity", "gas": "gas", "meters": "meters", "origin": "origin", "stage": "stage",
    "component_group": "component_group", "material": "material", "cut_off": "cut_off", "country": "country",
}  # fmt: skip
_PROCESS = {
    "id": "id", **_NAME, "produces": "produces", "plant": "plant", "stage": "stage",
    "component_group": "component_group", "process_start": "period.start", "process_end": "period.end",
    "technology": "technology",
}  # fmt: skip
_CO_PRODUCT = {"id": "id", **_NAME, "substitute": "substitutes.dataset", "substitute_reason": "substitutes.reason"}


def put_datum(draft: Draft, path: Path, line: Line, log: Log, value: str = "amount", unit: str = "unit") -> None:
    """The datum of a row; `value` and `unit` name its columns."""
    if not line.get(value) and not line.get("missing"):
        return
    draft.places.setdefault(path, line.place(value))
    draft.put((*path, "value"), line.get(value), line.place(value))
    draft.put((*path, "unit"), line.get(unit), line.place(unit))
    draft.texts(path, line, ("kind", "source", "evidence", "note", "missing"))
    draft.texts(path, line, {"period_start": "period.start", "period_end": "period.end"})
    draft.texts(path, line, {f"dq_{name}": f"data_quality.{name}" for name in RATINGS})
    if text := line.get("uncertainty"):
        found = parse_uncertainty(text)
        if found is None:
            known = "name=number"
            log.add(study_codes.UNCERTAINTY(line.place("uncertainty"), problem=shown(text), known=known))
        for key, one in (found or {}).items():
            draft.put((*path, "uncertainty", key), one, line.place("uncertainty"))


def sources_of(sheets: Mapping[str, Read], file: str, log: Log) -> Sources:
    """The documents and tables of the study; findings for rows that belong to nothing."""
    lines = {id: read.lines for id, read in sheets.items()}
    head = Draft(STUDY, sheets["product"].place(file, 0))
    end = Draft(END_OF_LIFE, _start(sheets, file, "activities", "materials", "product"))
    _fields(head, end, lines.get("product", ()), log)
    for line in lines.get("plants", ()):
        here = head.member(("plants",), line.place())
        head.texts(here, line, {"id": "id", **_NAME, "country": "country", "region": "region", "address": "address"})
    for line in lines.get("choices", ()):
        head.places.setdefault(("choices",), line.place())
        head.data.setdefault("choices", {})[line.get("key")] = line.get("value")
        head.places["choices", line.get("key")] = line.place("value")
    processes = _processes(lines, log)
    _activities(end, lines, log)
    _materials(end, lines, log)
    _further(processes, end, lines.get("data", ()), log)
    documents: dict[str, Document] = {STUDY: head.document()}
    if end.data:
        documents[END_OF_LIFE] = end.document()
    documents |= {draft.file: draft.document() for draft in processes}
    return Sources(documents=documents, tables=dict(_tables(sheets, file)))


def _start(sheets: Mapping[str, Read], file: str, *ids: str) -> Place:
    return next((sheets[id].place(file, sheets[id].header_row) for id in ids if id in sheets), Place(file))


def _fields(head: Draft, end: Draft, lines: Sequence[Line], log: Log) -> None:
    head.put(("zuji",), FORMAT, head.places[()])
    seen: dict[str, Place] = {}
    for line in reversed(lines):
        for start in ("product", "service_life", "use"):
            if line.get("key").startswith(f"{start}."):
                head.places[(start,)] = line.place("key")
    for line in lines:
        key, place = line.get("key"), line.place("key")
        if key not in FIELDS:
            if line.get("value"):
                log.add(codes.FIELD_UNKNOWN(place, key=shown(key), hint=hint(key, FIELDS)))
            continue
        if key in seen:
            log.add(codes.FIELD_TWICE(place, key=key, first=seen[key].path))
            continue
        seen[key] = place
        draft = end if key.startswith("end_of_life.") else head
        path: Path = tuple(key.removeprefix("end_of_life.").split("."))
        if FIELDS[key][2] is Hold.DATUM:
            put_datum(draft, path, line, log, "value")
        else:
            draft.put(path, line.get("value"), line.place("value"))


def _processes(lines: Mapping[str, Sequence[Line]], log: Log) -> list[Draft]:
    drafts: list[Draft] = []
    for line in lines.get("processes", ()):
        draft = Draft(f"processes/{line.row:06d}.yaml", line.place())
        draft.texts((), line, _PROCESS)
        put_datum(draft, ("reference_flow",), line, log)
        drafts.append(draft)
    by_id = _first(drafts)
    for line in lines.get("exchanges", ()):
        owner = _owner(by_id, line, log)
        if owner is not None:
            _put_exchange(owner, ("exchanges",), line, log)
    for line in lines.get("co_products", ()):
        owner = _owner(by_id, line, log)
        if owner is not None:
            here = owner.member(("co_products",), line.place())
            owner.texts(here, line, _CO_PRODUCT)
            put_datum(owner, (*here, "amount"), line, log)
    return drafts


def _first(drafts: Sequence[Draft]) -> dict[str, Draft]:
    found: dict[str, Draft] = {}
    for draft in drafts:
        found.setdefault(str(draft.data.get("id", "")), draft)
    return found


def _owner(by_id: Mapping[str, Draft], line: Line, log: Log) -> Draft | None:
    id = line.get("process")
    if id and id in by_id:
        return by_id[id]
    sheet = layout.PROCESSES.name
    log.add(codes.ORPHAN(line.place("process"), part="process", id=shown(id), hint=hint(id, by_id), sheet=sheet))
    return None


def _put_exchange(draft: Draft, path: Path, line: Line, log: Log) -> None:
    here = draft.member(path, line.place())
    draft.texts(here, line, _EXCHANGE)
    put_datum(draft, (*here, "amount"), line, log)
    for key in ("scrap", "mass"):
        if line.get(key):
            put_datum(draft, (*here, key), line, log, key, f"{key}_unit")


def _activities(end: Draft, lines: Mapping[str, Sequence[Line]], log: Log) -> None:
    for line in lines.get("activities", ()):
        _put_exchange(end, ("activities",), line, log)


def _materials(end: Draft, lines: Mapping[str, Sequence[Line]], log: Log) -> None:
    for line in lines.get("materials", ()):
        id = line.get("id")
        if ("materials", id) in end.places:
            first = end.places["materials", id]
            log.add(study_codes.DUPLICATE(line.place("id"), id=shown(id), first=first))
            continue
        end.data.setdefault("materials", {}).setdefault(id, {})
        end.places.setdefault(("materials",), line.place())
        end.places["materials", id] = line.place("id")
        end.texts(("materials", id), line, {**_NAME, **{key: key for key in MATERIAL_TEXTS}})


def _further(processes: Sequence[Draft], end: Draft, lines: Sequence[Line], log: Log) -> None:
    by_id = _first(processes)
    for line in lines:
        part, name = line.get("part"), line.get("property")
        known = layout.DATA_OF.get(part)
        if known is None:
            near = hint(part, layout.PARTS)
            where, listed = line.place("part"), ", ".join(layout.PARTS)
            log.add(study_codes.CHOICE(where, value=shown(part), key="part", hint=near, known=listed))
            continue
        if name not in known:
            near, listed = hint(name, known), ", ".join(known)
            log.add(codes.UNKNOWN_PROPERTY(
                line.place("property"), value=shown(name), part=part, hint=near, known=listed
            ))  # fmt: skip
            continue
        draft, path = _target(part, line, by_id, end, name, log)
        if draft is None:
            continue
        if name == "price_of_year":
            here = draft.member((*path, "price"), line.place())
            put_datum(draft, here, line, log)
        elif ((*path, *name.split(".")) in draft.places) and draft.places[(*path, *name.split("."))] != line.place():
            first = draft.places[(*path, *name.split("."))]
            log.add(study_codes.DUPLICATE(line.place("property"), id=f"{line.get('id')}.{name}", first=first))
        else:
            put_datum(draft, (*path, *name.split(".")), line, log)


def _target(
    part: str,
    line: Line,
    by_id: Mapping[str, Draft],
    end: Draft,
    name: str,
    log: Log,
) -> tuple[Draft | None, Path]:
    """The document and the path inside it that a row of further data belongs to."""
    id = line.get("id")
    if part == "process":
        if id in by_id:
            return by_id[id], ()
        return _orphan(part, line, by_id, layout.PROCESSES.name, log)
    if part == "material":
        known = end.data.get("materials", {})
        return (end, ("materials", id)) if id in known else _orphan(part, line, known, layout.MATERIALS.name, log)
    key, sheet = {
        "exchange": ("exchanges", layout.EXCHANGES.name),
        "co_product": ("co_products", layout.CO_PRODUCTS.name),
        "activity": ("activities", layout.ACTIVITIES.name),
    }[part]
    draft = end if part == "activity" else _owner(by_id, line, log)
    if draft is None:
        return None, ()
    members = draft.data.get(key, [])
    # Of several exchanges with one id (an error of its own) each takes its own rows in their order.
    places = [index for index, member in enumerate(members) if member.get("id") == id]
    if not places:
        return _orphan(part, line, [str(one.get("id", "")) for one in members], sheet, log)
    free = [index for index in places if name not in members[index]]
    return draft, (key, free[0] if free else places[0])


def _orphan(part: str, line: Line, known: Any, sheet: str, log: Log) -> tuple[None, Path]:
    id = line.get("id")
    log.add(codes.ORPHAN(line.place("id"), part=part, id=shown(id), hint=hint(id, list(known)), sheet=sheet))
    return None, ()


_FILES = {
    "bom": "bom.csv",
    "electricity": "electricity.csv",
    "instruments": "instruments.csv",
    "transport": "transport.csv",
    "evidence": "evidence/index.csv",
}
TABLE_OF = {file: id for id, file in _FILES.items()}
_UNIT_BESIDE = {"bom": ("scrap", "mass")}
MARK = "#"
"""Between file and sheet in the place of a row that has no cell yet: `study.xlsx#物料清单 BOM`."""


def _tables(sheets: Mapping[str, Read], file: str) -> Iterator[tuple[str, Table]]:
    for id, target in _FILES.items():
        read = sheets.get(id)
        if read is None or not read.columns or not read.lines:
            continue
        renamed = RENAMED.get(id, {})
        back = {new: old for old, new in renamed.items()}
        beside = _UNIT_BESIDE.get(id, ())
        dropped = {f"{key}_unit" for key in beside}
        columns = [back.get(key, key) for key in read.columns if key not in dropped]
        optional = ("unit", "distance_unit") if id != "evidence" else ()
        columns += [key for key in optional if key not in columns and _may_have(id, key)]
        rows = []
        for line in read.lines:
            values = {back.get(key, key): text for key, text in line.values.items() if key not in dropped}
            for key in beside:
                if key in values and line.get(f"{key}_unit"):
                    values[key] = f"{values[key]} {line.get(f'{key}_unit')}"
            rows.append(Row(values, Place(f"{file}{MARK}{read.name}", line.row + 1)))
        yield target, Table(tuple(columns), tuple(rows))


def _may_have(id: str, key: str) -> bool:
    return key == ("distance_unit" if id == "transport" else "unit")
