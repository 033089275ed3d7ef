"""The storage file becomes a `StorageProduct`; whatever is wrong is a finding at its line. See docs/storage.md."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from zuji.electricity.storage import codes
from zuji.electricity.storage.parameters import (
    TOLERANCE,
    Auxiliaries,
    Effect,
    Margins,
    Metering,
    Plan,
    Replacement,
    Series,
    StorageProduct,
    number,
)
from zuji.electricity.storage.points import COMPONENTS, Component, Point
from zuji.electricity.storage.said import said
from zuji.finding import Finding, has_errors, in_order
from zuji.reading import read_yaml
from zuji.study import codes as study_codes
from zuji.study.amount import CYCLES, ENERGY, POWER_USE, SHARE, YEARS, Expect, Log, shown
from zuji.study.model import Datum
from zuji.study.node import Node
from zuji.study.read_datum import UNREAD

FORMAT = "1"
CO2E_MASS = Expect(("co2e",), "kgCO2e")


@dataclass(frozen=True, slots=True)
class Opened:
    """A storage file: the product, or None where errors forbid one, and every finding."""

    product: StorageProduct | None
    findings: tuple[Finding, ...]


def open_storage(path: Path) -> Opened:
    """Read a storage file; whatever is wrong is a finding at its line."""
    document = read_yaml(path)
    if has_errors(document.findings):
        return Opened(None, in_order(document.findings))
    log = Log()
    product = _Reader(Node.of_document(document, log)).product()
    found = in_order((*document.findings, *log.closed()))
    return Opened(None if has_errors(found) else product, found)


class _Reader:
    """One storage file, asked field by field."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.data: dict[str, Datum] = {}

    def product(self) -> StorageProduct:
        node = self.node
        if node.need("zuji_storage") and node.text("zuji_storage") != FORMAT:
            found = shown(node.text("zuji_storage"))
            node.log.add(study_codes.FORMAT_VERSION(node.place("zuji_storage"), found=found, known=FORMAT))
        energy = self._datum(node, "energy", ENERGY, "kWh", "positive", needed=True)
        components = self._components(node.child("components"))
        made = StorageProduct(
            id=node.id(),
            name=node.local("name"),
            energy=energy,
            depth=self._datum(node, "depth_of_discharge", SHARE, "1", "share", 1.0),
            cycles=self._datum(node, "cycles_per_year", CYCLES, "cycle", "positive", needed=True),
            years=self._years(node),
            fade=self._datum(node, "fade_per_year", SHARE, "1", "not_negative", 0.0),
            round_trip=self._datum(node, "round_trip", SHARE, "1", "share", needed=True),
            point=self._point(node, "round_trip_at"),
            auxiliaries=node.choice("auxiliaries", Auxiliaries, Auxiliaries.APART),
            efficiency_fade=self._datum(node, "efficiency_fade_per_year", SHARE, "1", "not_negative", 0.0),
            components=components,
            auxiliary_share=self._datum(node, "auxiliary_share", SHARE, "1", "not_negative", 0.0),
            standby=self._datum(node, "standby", POWER_USE, "kWh/a", "not_negative", 0.0),
            replacements=self._replacements(node),
            metering=self._metering(node.child("telemetry")) if node.has("telemetry") else None,
            factors=self._series(node.child("factors")) if node.has("factors") else None,
            margins=self._margins(node.child("marginal")) if node.has("marginal") else None,
            effect=self._effect(node.child("avoided")) if node.has("avoided") else Effect(),
            plan=self._plan(node.child("dispatch"), energy) if node.has("dispatch") else None,
            data=self.data,
            place=node.place(),
        )  # fmt: skip
        if made.auxiliaries is Auxiliaries.INSIDE and (made.auxiliary_share or made.standby):
            self._bad(node, "auxiliaries", made.auxiliaries.value, "twice")
        node.finish()
        return made

    def _bad(self, node: Node, key: str, value: object, reason: str) -> None:
        node.log.add(codes.BAD_VALUE(node.place(key), field=key, value=value, problem=said(reason)))

    def _datum(
        self, node: Node, key: str, expect: Expect, unit: str, rule: str = "", default: float = math.nan, *,
        needed: bool = False,
    ) -> float:  # fmt: skip
        datum = node.needed(key, expect) if needed else node.datum(key, expect)
        if datum is None:
            return default
        self.data.setdefault(key, datum)
        value = number(datum, unit, default)
        if needed and datum.missing:
            if datum.missing != UNREAD:
                self._bad(node, key, datum.missing, "needed")
            return value
        wrong = {"share": not 0 < value <= 1, "positive": value <= 0, "not_negative": value < 0}
        if wrong.get(rule, False):
            self._bad(node, key, f"{datum.number} {datum.unit}", rule)
        return value

    def _point(self, node: Node, key: str) -> Point:
        node.need(key)
        return node.choice(key, Point, Point.AC_TERMINAL)

    def _years(self, node: Node) -> int:
        years = self._datum(node, "years", YEARS, "a", "positive", needed=True)
        if math.isfinite(years) and years != round(years):
            self._bad(node, "years", years, "whole_years")
        return round(years) if math.isfinite(years) else 0

    def _components(self, node: Node) -> dict[str, Component]:
        found = {}
        for name in COMPONENTS:
            if node.has(name):
                inner = node.child(name)
                ways = [self._datum(inner, way, SHARE, "1", "share", needed=True) for way in ("charge", "discharge")]
                inner.finish()
                found[name] = Component(*ways)
        node.finish()
        return found

    def _replacements(self, node: Node) -> tuple[Replacement, ...]:
        found = []
        for one in node.children("replacements"):
            year = one.text("year") if one.need("year") else ""
            if not year.isdigit() or int(year) < 2:
                self._bad(one, "year", year or "-", "second_year")
                continue
            found.append(Replacement(int(year), one.needed("footprint", CO2E_MASS)))
            one.finish()
        return tuple(sorted(found, key=lambda r: r.year))

    def _series(self, node: Node, *, finish: bool = True) -> Series:
        step = node.text("step", "60")
        if not step.isdigit() or int(step) == 0 or 60 % int(step):
            self._bad(node, "step", step, "step")
            step = "60"
        made = Series(
            node.text("file") if node.need("file") else "",
            node.text("time_zone", "UTC"),
            node.word("time_label", ("start", "end"), "start") == "end",
            int(step),
            node.place(),
        )
        if finish:
            node.finish()
        return made

    def _metering(self, node: Node) -> Metering:
        made = Metering(
            self._series(node, finish=False),
            self._point(node, "metered_at"),
            node.text("unit", "kWh"),
            node.text("state_unit", "kWh"),
            node.word("state_at", ("start", "end"), "end") == "end",
            self._datum(node, "tolerance", SHARE, "1", "share", TOLERANCE),
        )
        node.finish()
        return made

    def _margins(self, node: Node) -> Margins:
        series = self._series(node, finish=False) if node.has("file") else None
        if series is None:
            node.need("operating")
        made = Margins(
            series, node.text("operating"), node.text("build"),
            self._datum(node, "operating_weight", SHARE, "1", "not_negative", 0.5 if node.has("build") else 1.0),
        )  # fmt: skip
        if not 0 <= made.weight <= 1:
            self._bad(node, "operating_weight", made.weight, "share")
        node.finish()
        return made

    def _effect(self, node: Node) -> Effect:
        made = Effect(
            node.word("baseline", ("none", "pv"), "pv"),
            node.datum("solution_lifecycle", CO2E_MASS),
            self._datum(node, "meter_sd", SHARE, "1", "not_negative", 0.01),
            max(round(self._datum(node, "years", YEARS, "a", "positive", 1.0)), 1),
            self._datum(node, "marginal_decline_per_year", SHARE, "1", "not_negative", 0.0),
        )
        node.finish()
        return made

    def _plan(self, node: Node, energy: float) -> Plan:
        def level(key: str, default: float | None) -> float | None:
            datum = node.datum(key, Expect(("energy", "1"), "kWh"))
            if datum is None or datum.missing:
                return default
            share = datum.unit.dimension == "1"
            return number(datum, "1") * energy if share else number(datum, "kWh")

        def power(key: str, *, needed: bool = False) -> float | None:
            if not needed and not node.has(key):
                return None
            return self._datum(node, key, POWER_USE, "kW", "not_negative", needed=needed)

        charge = power("charge_power", needed=True)
        made = Plan(
            self._series(node, finish=False),
            charge_power=charge or 0.0,
            discharge_power=power("discharge_power", needed=True) or 0.0,
            minimum=level("minimum_state", 0.0) or 0.0,
            maximum=level("maximum_state", energy) or 0.0,
            start=level("start_state", None),
            end=level("end_state", None),
            import_limit=power("import_limit"),
            export_limit=power("export_limit"),
            wear=float(node.text("degradation_cost", "0")) if _is_number(node.text("degradation_cost", "0")) else -1.0,
            currency=node.text("currency", "CNY"),
            basis=node.word("carbon_basis", ("marginal", "consumption", "production", "residual"), "")
            if node.need("carbon_basis")
            else "",
            point=self._point(node, "at"),
            unit=node.text("unit", "kWh"),
            price_per=node.text("price_per", "kWh"),
            factor_unit=node.text("factor_unit", "kg/kWh"),
            place=node.place(),
        )
        if made.wear < 0:
            self._bad(node, "degradation_cost", node.text("degradation_cost"), "not_negative")
        if made.minimum > made.maximum:
            self._bad(node, "minimum_state", made.minimum, "inverted")
        for key, value in (("start_state", made.start), ("end_state", made.end)):
            if value is not None and not made.minimum <= value <= made.maximum:
                self._bad(node, key, f"{value:g} kWh", "outside")
        node.finish()
        return made


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
