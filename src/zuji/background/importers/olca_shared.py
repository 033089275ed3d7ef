"""What every openLCA process needs to know of the other documents: units, flows, places, parameters, links."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from zuji.background.importers import olca_links
from zuji.background.importers.files import Source
from zuji.background.importers.jsons import JsonError, document, first, mapping, number, objects, text
from zuji.background.importers.records import Distribution, FlowRecord, ParameterRecord, Uncertainty
from zuji.background.importers.unit_table import UnitTable
from zuji.background.importers.units import conversion, is_known
from zuji.finding import Finding


@dataclass(slots=True)
class Shared:
    """Flows, units and the rest by their ids."""

    flows: dict[str, FlowRecord] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    """Flow → ELEMENTARY_FLOW, PRODUCT_FLOW, WASTE_FLOW"""
    units: UnitTable = field(default_factory=UnitTable)
    unit_names: dict[str, str] = field(default_factory=dict)
    """Unit → its name, for names that two groups define differently"""
    of_unit: dict[str, float] = field(default_factory=dict)
    """Unit → how many of the reference unit of its group it is"""
    others: dict[tuple[str, str], float] = field(default_factory=dict)
    """(flow, property that is not its reference) → how many reference units one of that property is"""
    locations: dict[str, str] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)
    """Impact category → its method"""
    links: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    parameters: tuple[ParameterRecord, ...] = ()
    findings: list[Finding] = field(default_factory=list)

    def amount_unit(self, flow: FlowRecord, entry: Mapping[str, Any]) -> tuple[float, str]:
        """(factor, unit) for an amount of an exchange or characterisation factor, which names unit and property."""
        unit = mapping(entry.get("unit"))
        id, name = text(unit.get("@id")), text(unit.get("name"))
        other = self.others.get((flow.key, text(mapping(entry.get("flowProperty")).get("@id"))))
        if other is not None and 0 < self.of_unit.get(id, math.nan) * other < math.inf:
            # Two properties may share their unit (lower and upper heating value), so the unit alone decides nothing.
            return self.of_unit[id] * other, flow.unit
        if id not in self.of_unit:
            return 1.0, name or flow.unit
        factor, found = self.units.normal(id)
        return factor, self.unit_names.get(found, found)


def gather(source: Source, names: Iterable[str]) -> Shared:
    """Everything that processes refer to, from the documents `names`; what is damaged is in the findings."""
    shared = Shared()
    groups: dict[str, str] = {}
    properties: list[Mapping[str, Any]] = []
    flows: list[Mapping[str, Any]] = []
    parameters: list[ParameterRecord] = []
    for name in names:
        try:
            values = list(olca_links.each(document(source, name)))
        except JsonError as error:
            shared.findings.append(error.finding)
            continue
        for value in values:
            id = text(value.get("@id"))
            match text(value.get("@type")):
                case "UnitGroup":
                    groups[id] = _unit_group(value, shared)
                case "FlowProperty":
                    properties.append(value)
                case "Flow" if id:
                    flows.append(_slim(value))
                case "Location":
                    shared.locations[id] = text(value.get("code")) or text(value.get("name"))
                case "Parameter":
                    parameters.append(olca_links.parameter(value))
                case "ImpactMethod":
                    for one in objects(value.get("impactCategories")):
                        shared.methods[text(one.get("@id"))] = text(value.get("name"))
                case "ProductSystem":
                    for key, provider in olca_links.links_of(value):
                        known = shared.links.get(key, ())
                        shared.links[key] = known if provider in known else (*known, provider)
    units_of = {text(p.get("@id")): groups.get(text(mapping(p.get("unitGroup")).get("@id")), "") for p in properties}
    for value in flows:
        flow = _flow(value, units_of, shared)
        shared.flows[flow.key] = flow
        shared.types[flow.key] = text(value.get("flowType"))
    shared.parameters = tuple(p for p in parameters if p.name)
    return shared


_KEPT = (
    "@id", "name", "flowType", "cas", "formula", "synonyms", "flowProperties", "category", "categoryPath", "location",
)  # fmt: skip


def _slim(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in _KEPT if name in value}


def _unit_group(value: Mapping[str, Any], shared: Shared) -> str:
    """The name of the reference unit; every unit of the group gets its factor."""
    units = objects(value.get("units"))
    marked = [one for one in units if first(one, "isRefUnit", "isReferenceUnit", "referenceUnit")]
    marked = marked or [one for one in units if number(one.get("conversionFactor")) == 1]
    reference = text(marked[0].get("name")) if marked else ""
    base = number(marked[0].get("conversionFactor")) if marked else math.nan
    for one in units:
        id, name = text(one.get("@id")), text(one.get("name"))
        factor = number(one.get("conversionFactor")) / base if base else math.nan
        # The same name may be another unit in another group, so units go by their id here.
        shared.unit_names[id] = name
        if is_known(name) and (known := conversion(name, reference)) is not None and math.isfinite(factor):
            if abs(known - factor) > 0.01 * abs(factor):
                shared.units.defined[id] = (reference, factor)
        elif name != reference:
            shared.units.defined[id] = (reference, factor)
        shared.of_unit[id] = factor
    return reference


def _flow(value: Mapping[str, Any], units_of: Mapping[str, str], shared: Shared) -> FlowRecord:
    unit, others = "", {}
    entries = objects(value.get("flowProperties"))
    marked = [e for e in entries if first(e, "isRefFlowProperty", "referenceFlowProperty")] or entries[:1]
    base = number(marked[0].get("conversionFactor")) if marked else math.nan
    for entry in entries:
        property = text(mapping(entry.get("flowProperty")).get("@id"))
        own = units_of.get(property, "")
        factor = number(entry.get("conversionFactor"))
        if marked and entry is marked[0]:
            unit = own
        elif own and factor > 0 and base > 0 and math.isfinite(base / factor):
            others[own] = shared.others[text(value.get("@id")), property] = base / factor
    path = olca_links.path(value)
    place = mapping(value.get("location"))
    elementary = text(value.get("flowType")) == "ELEMENTARY_FLOW"
    name = text(value.get("name"))
    return FlowRecord(
        text(value.get("@id")),
        name=name,
        name_zh=olca_links.chinese(name),
        unit=unit,
        elementary=elementary,
        compartment="/".join(path[:-1]) if len(path) > 1 else "".join(path),
        subcompartment=path[-1] if len(path) > 1 else "",
        cas=text(value.get("cas")),
        formula=text(value.get("formula")),
        synonyms=tuple(s.strip() for s in text(value.get("synonyms")).split(";") if s.strip())[:20],
        factors=others,
        location=shared.locations.get(text(place.get("@id"))) or text(place.get("name")),
    )


def uncertainty(value: Any, ignored: MutableMapping[str, int]) -> Uncertainty | None:
    """The distribution of an exchange; formulas of its parameters are counted as ignored."""
    given = mapping(value)
    if not given:
        return None
    if any(name.endswith("Formula") and text(given[name]) for name in given):
        feature = "openLCA formulas of distributions (their stored values are used)"
        ignored[feature] = ignored.get(feature, 0) + 1
    mean, deviation = number(first(given, "mean")), number(first(given, "sd", "standardDeviation"))
    low, high = number(given.get("minimum")), number(given.get("maximum"))
    match text(given.get("distributionType")):
        case "LOG_NORMAL_DISTRIBUTION":
            middle, spread = number(first(given, "geomMean")), number(first(given, "geomSd"))
            if not (middle > 0 and spread >= 1):
                return Uncertainty(Distribution.LOGNORMAL)
            return Uncertainty(Distribution.LOGNORMAL, math.log(middle), math.log(spread))
        case "NORMAL_DISTRIBUTION":
            return Uncertainty(Distribution.NORMAL, mean, deviation)
        case "TRIANGLE_DISTRIBUTION":
            return Uncertainty(Distribution.TRIANGULAR, number(given.get("mode")), math.nan, low, high)
        case "UNIFORM_DISTRIBUTION":
            return Uncertainty(Distribution.UNIFORM, minimum=low, maximum=high)
    return None
