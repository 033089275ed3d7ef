"""The tables of a study: bom.csv, electricity.csv, instruments.csv, transport.csv."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import TypeVar

from zuji.datum import Period
from zuji.finding import Place
from zuji.reading import Table
from zuji.study import codes
from zuji.study.amount import ANY, DISTANCE, ENERGY, MASS, MASS_IN_KG, SHARE, Log
from zuji.study.model import (
    BomLine,
    ComponentGroup,
    Instrument,
    InstrumentType,
    MeterReading,
    Provider,
    ProviderKind,
    Stage,
    Supply,
    TransportLeg,
)
from zuji.study.read_date import moment
from zuji.study.read_study import check_country
from zuji.study.row import RATING_COLUMNS, RowNode, columns_of

Record = TypeVar("Record")

_PROOF = ("kind", "source", "evidence", "note", "period_start", "period_end", *RATING_COLUMNS, "missing")


@dataclass(frozen=True, slots=True)
class Form:
    """Which columns a table may have and which it needs."""

    columns: tuple[str, ...]
    needed: tuple[str, ...]

    @classmethod
    def of(cls, columns: str, *, needed: str) -> Form:
        """The form with these columns and those of every table of data."""
        return cls((*columns.split(), *_PROOF), tuple(needed.split()))


BOM = Form.of(
    "item parent name_zh name_en component_group amount unit dataset process supplier  material scrap mass cut_off",
    needed="item parent amount unit",
)
ELECTRICITY = Form.of(
    "meter point plant process start end amount unit supply dataset certificate_sold",
    needed="meter plant start end amount unit",
)
INSTRUMENTS = Form.of(
    "id type plant process amount unit dataset country generated_start generated_end  retired_on beneficiary",
    needed="id type plant amount unit dataset country generated_start generated_end",
)
TRANSPORT = Form.of(
    "id name_zh name_en stage mass mass_unit distance distance_unit dataset start end",
    needed="id distance distance_unit dataset",
)


def _rows(
    table: Table, form: Form, file: str, read: Callable[[RowNode], Record | None], log: Log
) -> tuple[Record, ...]:
    if not table.columns:
        return ()
    typed = columns_of(table.columns, form.columns, form.needed, Place(file, 1), log)
    if not typed.keys() >= set(form.needed):
        return ()
    found = (read(RowNode(row, typed, log)) for row in table.rows)
    return tuple(record for record in found if record is not None)


def read_bom(table: Table, file: str, log: Log) -> tuple[BomLine, ...]:
    """The lines of the bill of materials; a row without item or parent is left out, with its finding."""
    return _rows(table, BOM, file, _bom_line, log)


def _bom_line(node: RowNode) -> BomLine | None:
    line = BomLine(
        item=node.id("item"),
        parent=node.id("parent"),
        name=node.named(),
        component_group=node.choice("component_group", ComponentGroup, ComponentGroup.NONE),
        amount=node.quantity("amount", "unit", ANY),
        provider=_provider(node, ("dataset", "process", "supplier")),
        material=node.text("material"),
        scrap=node.quantity_if_given("scrap", "", SHARE),
        mass=node.quantity_if_given("mass", "", MASS_IN_KG),
        cut_off=node.text("cut_off"),
        place=node.place(),
    )
    return line if line.item and line.parent else None


def _provider(node: RowNode, keys: Sequence[str]) -> Provider:
    found = [key for key in keys if node.has(key)]
    if len(found) > 1:
        node.log.add(codes.TWO_PROVIDERS(node.place(found[1]), found=", ".join(found)))
    return Provider(ProviderKind(found[0]), node.text(found[0])) if found else Provider(ProviderKind.NONE)


def read_electricity(table: Table, file: str, log: Log) -> tuple[MeterReading, ...]:
    """The meter readings; a row without meter or dates is left out, with its finding."""
    return _rows(table, ELECTRICITY, file, _meter, log)


def _span(node: RowNode, start: str, end: str) -> Period | None:
    if not (node.need(start) and node.need(end)):
        return None
    first, last = node.date(start), node.date(end)
    return Period(first, last) if first and last else None


def _meter(node: RowNode) -> MeterReading | None:
    meter, period = node.id("meter"), _span(node, "start", "end")
    energy = node.quantity("amount", "unit", ENERGY)
    plant = node.id("plant")
    supply = node.choice("supply", Supply, Supply.GRID)
    sold = node.flag("certificate_sold")
    if not meter or period is None:
        return None
    start, end = moment(node.text("start")), moment(node.text("end"))
    if end is not None and end.time() == time() and end.date() == period.end and period.start < period.end:
        period = Period(period.start, period.end - timedelta(days=1))  # midnight ends the day before
    return MeterReading(
        start=start,
        end=end,
        meter=meter,
        point=node.text("point", meter),
        plant=plant,
        process=node.text("process"),
        period=period,
        energy=energy,
        supply=supply,
        dataset=node.text("dataset"),
        certificate_sold=sold,
        place=node.place(),
    )


def read_instruments(table: Table, file: str, log: Log) -> tuple[Instrument, ...]:
    """The certificates and contracts; a row without id, type or dates is left out, with its finding."""
    return _rows(table, INSTRUMENTS, file, _instrument, log)


def _instrument(node: RowNode) -> Instrument | None:
    id, plant = node.id(), node.id("plant")
    type = node.choice("type", InstrumentType, InstrumentType.GEC) if node.need("type") else None
    generated = _span(node, "generated_start", "generated_end")
    energy = node.quantity("amount", "unit", ENERGY)
    check_country(node, "country", node.text("country"))
    node.need("dataset")
    retired_on = node.date("retired_on")
    if not id or type is None or generated is None:
        return None
    return Instrument(
        id=id,
        type=type,
        plant=plant,
        process=node.text("process"),
        energy=energy,
        dataset=node.text("dataset"),
        country=node.text("country"),
        generated=generated,
        retired_on=retired_on,
        beneficiary=node.text("beneficiary"),
        place=node.place(),
    )


def read_transport(table: Table, file: str, log: Log) -> tuple[TransportLeg, ...]:
    """The transport legs; a row without id is left out, with its finding."""
    return _rows(table, TRANSPORT, file, _leg, log)


def _leg(node: RowNode) -> TransportLeg | None:
    id = node.id()
    node.need("dataset")
    leg = TransportLeg(
        id=id,
        name=node.named(),
        stage=node.choice("stage", Stage, Stage.DISTRIBUTION),
        mass=node.quantity_if_given("mass", "mass_unit", MASS),
        distance=node.quantity("distance", "distance_unit", DISTANCE),
        dataset=node.text("dataset"),
        start=node.text("start"),
        end=node.text("end"),
        place=node.place(),
    )
    return leg if id else None
