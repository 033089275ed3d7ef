"""openLCA JSON-LD: one JSON document per process, flow, property, unit group, parameter, method and product system.

Format: olca-schema (GreenDelta), in the names of openLCA 2 and, where they differ, of openLCA 1. Documents are told
apart by their `@type`; amounts are in the unit that the exchange names.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from zuji.background.importers import codes, format_codes, olca_links
from zuji.background.importers.files import Source
from zuji.background.importers.formats import Part, grouped
from zuji.background.importers.jsons import JsonError, document, first, mapping, number, objects, text
from zuji.background.importers.olca_shared import Shared, gather, uncertainty
from zuji.background.importers.options import Options
from zuji.background.importers.records import (
    Batch,
    DatasetRecord,
    ExchangeRecord,
    FlowRecord,
    Kind,
    MethodRecord,
    Uncertainty,
)
from zuji.background.importers.sniff import any_starts
from zuji.background.importers.units import conversion
from zuji.finding import Place

TITLE = "openLCA JSON-LD"
TEXT = 600
READ = ("processes", "lcia_categories")
NEVER = ("actors", "categories", "dq_systems", "currencies", "social_indicators", "projects", "results", "epds", "bin")
_METHODS = {"mass": "PHYSICAL_ALLOCATION", "economic": "ECONOMIC_ALLOCATION"}


def recognises(source: Source) -> bool:
    typed = ('"@type":"', '"@type": "')
    return any_starts(source, (".json",), *(mark + name for mark in typed for name in olca_links.TYPES))


def _folder(name: str) -> str:
    return PurePosixPath(name).parent.name.lower()


def _documents(source: Source) -> list[str]:
    return [n for n in source.members if n.lower().endswith(".json") and _folder(n) not in NEVER]


def parts(source: Source) -> list[Part]:
    names = _documents(source)
    sorted_in = {_folder(n) for n in names} & {*READ, *olca_links.FOLDERS}
    wanted = [n for n in names if _folder(n) in READ or (not sorted_in and _folder(n) not in olca_links.FOLDERS)]
    return grouped([(name, source.size(name)) for name in wanted], target=8 * 1024**2)


def prepare(source: Source, options: Options) -> Shared:
    return gather(source, [n for n in _documents(source) if _folder(n) not in READ])


def parse(source: Source, part: Part, shared: Shared, options: Options) -> Iterator[Batch]:
    for name in part[1]:
        batch = Batch()
        try:
            for value in olca_links.each(document(source, name)):
                match text(value.get("@type")):
                    case "Process":
                        _Process(value, name, shared, options, batch).read()
                    case "ImpactCategory":
                        _category(value, name, shared, batch)
        except JsonError as error:
            batch.findings.append(error.finding)
        yield batch


@dataclass(slots=True)
class _Process:
    value: Mapping[str, Any]
    file: str
    shared: Shared
    options: Options
    batch: Batch
    by_id: dict[str, ExchangeRecord] = field(default_factory=dict)

    def read(self) -> None:
        value = self.value
        id = text(value.get("@id"))
        if not id:
            self.batch.findings.append(codes.MISSING_FIELD(Place(self.file, 1), dataset=self.file, field="@id"))
            return
        about = mapping(value.get("processDocumentation"))
        record = DatasetRecord(
            id=id,
            name=text(value.get("name")) or id,
            name_zh=olca_links.chinese(text(value.get("name"))),
            geography=self._place(value.get("location")),
            year=_years(about),
            technology=text(about.get("technologyDescription"))[:TEXT],
            boundary="",
            category=olca_links.category(value),
            citation=self._citation(about),
            licence=text(first(about, "accessRestrictions", "restrictionsDescription"))[:TEXT],
            notes=text(value.get("description"))[:TEXT],
            terminated=text(value.get("processType")) == "LCI_RESULT",
            file=self.file,
            line=1,
        )
        for entry in objects(value.get("parameters")):
            record.parameters.append(olca_links.parameter(entry))
        for entry in objects(value.get("exchanges")):
            exchange = self._exchange(entry, record)
            if exchange is not None:
                record.exchanges.append(exchange)
        self._allocate(record)
        if objects(value.get("impactResults")):
            self._ignore("openLCA impact results of processes")
        self.batch.datasets.append(record)

    def _ignore(self, feature: str) -> None:
        self.batch.ignored[feature] = self.batch.ignored.get(feature, 0) + 1

    def _place(self, location: Any) -> str:
        place = mapping(location)
        return self.shared.locations.get(text(place.get("@id"))) or text(place.get("name"))

    def _citation(self, about: Mapping[str, Any]) -> str:
        named = [mapping(first(about, "dataSetOwner", "dataOwner")), mapping(about.get("publication"))]
        named += objects(about.get("sources"))
        return "; ".join(dict.fromkeys(text(one.get("name")) for one in named if text(one.get("name"))))[:TEXT]

    def _exchange(self, entry: Mapping[str, Any], record: DatasetRecord) -> ExchangeRecord | None:
        reference = mapping(entry.get("flow"))
        key = text(reference.get("@id"))
        if not key:
            place = Place(self.file, 1)
            self.batch.findings.append(codes.MISSING_FIELD(place, dataset=record.name, field="exchange.flow.@id"))
            return None
        flow = self.shared.flows.get(key)
        if flow is None:
            unit = text(reference.get("refUnit"))
            kind = text(reference.get("flowType"))
            flow = FlowRecord(key, text(reference.get("name")), unit=unit, elementary=kind == "ELEMENTARY_FLOW")
            flow = replace(flow, compartment="/".join(olca_links.path(reference)))
            self._ignore("openLCA flows without their document")
        kind = self.shared.types.get(key) or text(reference.get("flowType"))
        self.batch.flows.setdefault(key, flow)
        step, unit = self.shared.amount_unit(flow, entry)
        amount, formula = number(entry.get("amount")), text(entry.get("amountFormula"))
        if formula:
            # openLCA evaluates formulas when it calculates; the stored amount is that of the last opening.
            amount = math.nan
        is_input = bool(first(entry, "isInput", "input"))
        is_avoided = bool(first(entry, "isAvoidedProduct", "avoidedProduct"))
        is_reference = bool(first(entry, "isQuantitativeReference", "quantitativeReference"))
        role, sign, treats = _role(kind, is_input, is_avoided, is_reference)
        factor = step * sign
        internal = text(entry.get("internalId"))
        provider = text(mapping(entry.get("defaultProvider")).get("@id"))
        if role in (Kind.INPUT, Kind.WASTE, Kind.AVOIDED):
            provider = self._linked(record, internal, key, flow.name, provider)
        exchange = ExchangeRecord(
            role,
            key,
            amount * factor,
            unit,
            provider=provider if role not in (Kind.PRODUCT, Kind.EMISSION, Kind.RESOURCE) else "",
            location=self._place(entry.get("location")) or flow.location,
            formula=formula if not formula or factor == 1 else f"({factor!r})*({formula})",
            uncertainty=_scaled(uncertainty(entry.get("uncertainty"), self.batch.ignored), factor),
            line=1,
            treats=treats,
        )
        if role is Kind.PRODUCT:
            exchange.properties = self._properties(entry, flow, unit, amount * factor)
            if is_reference:
                record.reference = key
        if internal and role is not Kind.PRODUCT:
            self.by_id[internal] = exchange
        return exchange

    def _linked(self, record: DatasetRecord, internal: str, flow: str, name: str, default: str) -> str:
        """The provider that the product systems say, else the default provider."""
        links = self.shared.links.get((record.id, internal), ()) or self.shared.links.get((record.id, f"|{flow}"), ())
        if len(links) > 1:
            place = Place(self.file, 1)
            self.batch.findings.append(format_codes.LINKS_DIFFER(place, dataset=record.name, flow=name or flow))
            return default
        return links[0] if links else default

    def _properties(self, entry: Mapping[str, Any], flow: FlowRecord, unit: str, amount: float) -> dict[str, float]:
        found: dict[str, float] = {}
        cost = number(entry.get("costValue"))
        if math.isfinite(cost) and math.isfinite(amount) and amount:
            found["price"] = cost / amount
        mass = conversion(unit, "kg")
        if mass is None and "kg" in flow.factors and flow.unit == unit and flow.factors["kg"]:
            mass = 1 / flow.factors["kg"]
        return found if mass is None else {**found, "mass": mass}

    def _allocate(self, record: DatasetRecord) -> None:
        """Shares by the default method of the process, else by the one that the user asks for."""
        made = {line.flow for line in record.exchanges if line.kind is Kind.PRODUCT}
        if len(made) < 2:
            return
        method = text(self.value.get("defaultAllocationMethod"))
        if method in ("", "NO_ALLOCATION", "USE_DEFAULT_ALLOCATION"):
            method = _METHODS.get(self.options.allocation, "")
        shares: dict[str, float] = {}
        for entry in objects(self.value.get("allocationFactors")):
            if text(entry.get("allocationType")) != method:
                continue
            product, value = text(mapping(entry.get("product")).get("@id")), number(entry.get("value"))
            if product not in made or not math.isfinite(value):
                continue
            if text(entry.get("formula")):
                self._ignore("openLCA formulas of allocation factors (their stored values are used)")
            if method != "CAUSAL_ALLOCATION":
                shares[product] = value
                continue
            exchange = self.by_id.get(text(mapping(entry.get("exchange")).get("internalId")))
            if exchange is not None and exchange.kind is not Kind.PRODUCT:
                exchange.shares = {**(exchange.shares or {}), product: value}
        record.shares = shares or None


def _role(kind: str, is_input: bool, is_avoided: bool, is_reference: bool) -> tuple[Kind, float, bool]:
    """(kind, sign, whether the dataset takes it in as waste)."""
    if kind == "ELEMENTARY_FLOW":
        return (Kind.RESOURCE if is_input else Kind.EMISSION), 1.0, False
    if is_reference:
        return Kind.PRODUCT, 1.0, is_input
    if kind == "WASTE_FLOW":
        if is_avoided:
            return Kind.WASTE, -1.0, False
        return (Kind.PRODUCT, 1.0, True) if is_input else (Kind.WASTE, 1.0, False)
    if is_avoided:
        return Kind.AVOIDED, 1.0, False
    return (Kind.INPUT if is_input else Kind.PRODUCT), 1.0, False


def _scaled(given: Uncertainty | None, factor: float) -> Uncertainty | None:
    if given is None or factor == 1:
        return given
    low, high = sorted((given.minimum * factor, given.maximum * factor))
    if given.kind == 2:
        return replace(given, loc=given.loc + math.log(abs(factor)), minimum=low, maximum=high)
    return replace(given, loc=given.loc * factor, scale=given.scale * abs(factor), minimum=low, maximum=high)


def _years(about: Mapping[str, Any]) -> str:
    found = [text(about.get(name))[:4] for name in ("validFrom", "validUntil")]
    return "-".join(dict.fromkeys(year for year in found if year))


def _category(value: Mapping[str, Any], file: str, shared: Shared, batch: Batch) -> None:
    id = text(value.get("@id")) or file
    record = MethodRecord(
        id=id,
        method=shared.methods.get(id, "") or olca_links.category(value),
        category=text(value.get("name")) or id,
        unit=text(first(value, "refUnit", "referenceUnitName")),
        file=file,
        line=1,
    )
    for entry in objects(first(value, "impactFactors")):
        reference = mapping(entry.get("flow"))
        key, amount = text(reference.get("@id")), number(entry.get("value"))
        if not key or not math.isfinite(amount):
            shown: dict[str, Any] = {
                "value": text(entry.get("value")) or "–",
                "flow": text(reference.get("name")) or "?",
            }
            batch.findings.append(codes.BAD_AMOUNT(Place(file, 1), dataset=record.category, **shown))
            continue
        if text(entry.get("formula")):
            feature = "openLCA formulas of characterisation factors (their stored values are used)"
            batch.ignored[feature] = batch.ignored.get(feature, 0) + 1
        step, unit = shared.amount_unit(shared.flows.get(key, FlowRecord(key)), entry)
        place = mapping(entry.get("location"))
        where = shared.locations.get(text(place.get("@id"))) or text(place.get("name"))
        record.factors.append((key, amount / step, unit, where))
    batch.methods.append(record)
