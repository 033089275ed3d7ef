"""Walk over every datum of a study with a name that people recognise."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from zuji.finding import Finding
from zuji.quantity import Unit
from zuji.study.model import Datum, Study


def data_of(study: Study) -> Iterator[tuple[str, Datum]]:
    """Every datum of the study, named by its record's id and field, for example `pack.steel-scrap.amount`."""
    for part in dataclasses.fields(study):
        yield from _data(getattr(study, part.name), "" if part.name in _UNNAMED else part.name)


_UNNAMED = ("bom", "processes", "meters", "instruments", "transport", "suppliers", "plants", "evidence")
_LISTS = ("exchanges", "co_products", "activities", "materials")


def _data(value: object, name: str) -> Iterator[tuple[str, Datum]]:
    if isinstance(value, Datum):
        yield name, value
    elif isinstance(value, (str, int, float, Unit, Finding)) or value is None:
        return
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _data(member, _joined(name, member))
    elif isinstance(value, tuple):
        for member in value:
            yield from _data(member, _joined(name, member))
    elif dataclasses.is_dataclass(value):
        for part in dataclasses.fields(value):
            if part.name not in ("place", "unit"):
                inner = name if part.name in _LISTS else f"{name}.{part.name}".strip(".")
                yield from _data(getattr(value, part.name), inner)


def _joined(name: str, record: object) -> str:
    id = getattr(record, "id", None) or getattr(record, "meter", "")
    return f"{name}.{id}".strip(".")
