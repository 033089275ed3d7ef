"""EcoSpold 2: one dataset a file as a rule, links by `activityLinkId`, amounts with uncertainty and formulas.

Format: EcoSpold v2 data documentation, ecoinvent centre (field numbers in comments). Fields are read by their local
names, so that every minor version of the namespace passes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from zuji.background.importers import codes
from zuji.background.importers.files import Source
from zuji.background.importers.formats import Part, grouped
from zuji.background.importers.options import Options
from zuji.background.importers.records import (
    Batch,
    DatasetRecord,
    Distribution,
    ExchangeRecord,
    FlowRecord,
    Kind,
    ParameterRecord,
    Uncertainty,
)
from zuji.background.importers.sniff import any_starts, start_of
from zuji.background.importers.units import conversion
from zuji.background.importers.xml import (
    XmlError,
    document,
    elements,
    every,
    first,
    line_of,
    local,
    localised,
    number,
    text,
)
from zuji.finding import Place

if TYPE_CHECKING:
    from lxml.etree import _Element

TITLE = "EcoSpold 2"
NAMESPACE = "EcoSpold02"
DATASETS = ("activityDataset", "childActivityDataset")
SUFFIXES = (".spold", ".xml")
WHOLE = 32 * 1024**2
"""Files up to this size [B] are parsed at once, which is faster; larger ones are streamed."""
TEXT = 600
"""Characters of a comment that are kept."""


def recognises(source: Source) -> bool:
    return any_starts(source, SUFFIXES, NAMESPACE)


def parts(source: Source) -> list[Part]:
    spold = [name for name in source.members if name.lower().endswith(".spold")]
    names = spold or [n for n in source.members if n.lower().endswith(".xml") and "masterdata" not in n.lower()]
    return grouped([(name, source.size(name)) for name in names])


def prepare(source: Source, options: Options) -> None:
    return None


def parse(source: Source, part: Part, shared: object, options: Options) -> Iterator[Batch]:
    reader = _Reader()
    for name in part[1]:
        batch = Batch()
        reader.batch = batch
        try:
            _read_file(source, name, reader)
        except XmlError as error:
            batch.findings.append(error.finding)
        yield batch


def _read_file(source: Source, name: str, reader: _Reader) -> None:
    if source.size(name) <= WHOLE:
        root = document(source, name)
        found = [element for element in root if local(element) in DATASETS]
        if local(root) in DATASETS:
            found = [root]
        if not found:
            _say_other(source, name, root, reader.batch)
        for element in found:
            reader.dataset(element, name)
        return
    stream = elements(source, name, DATASETS)
    root = next(stream)
    count = 0
    for element in stream:
        reader.dataset(element, name)
        count += 1
    if not count:
        _say_other(source, name, root, reader.batch)


def _say_other(source: Source, name: str, root: _Element, batch: Batch) -> None:
    if NAMESPACE in root.tag:
        batch.ignored["EcoSpold 2 master data"] = batch.ignored.get("EcoSpold 2 master data", 0) + 1
        return
    found = "EcoSpold 1" if "EcoSpold01" in start_of(source, name) else f"<{local(root)}>"
    batch.findings.append(codes.WRONG_FORMAT(Place(name), found=found, expected=TITLE))


class _Reader:
    """Reads datasets; flows and units are read once each and remembered over the files of a part."""

    def __init__(self) -> None:
        self.batch = Batch()
        self._known: set[str] = set()
        self._units: dict[str, str] = {}

    def dataset(self, element: _Element, file: str) -> None:
        description = first(element, "activityDescription")
        activity = first(description, "activity")
        id = (activity.get("id") or "") if activity is not None else ""
        line = line_of(element)
        if activity is None or not id:
            self.batch.findings.append(codes.MISSING_FIELD(Place(file, line), dataset=file, field="activity/@id"))
            return
        name, name_zh = localised(activity, "activityName")
        model, _ = localised(first(element, "modellingAndValidation", "representativeness"), "systemModelName")
        period = first(description, "timePeriod")
        technology = first(description, "technology")
        record = DatasetRecord(
            id=id,
            name=name,
            name_zh=name_zh,
            geography=localised(first(description, "geography"), "shortname")[0],
            year=_years(period),
            technology=_texts(first(technology, "comment"))[:TEXT],
            system_model=model,
            category=self._category(description),
            citation=_citation(element),
            notes=_texts(first(activity, "generalComment"))[:TEXT],
            provider_keys=(id,),
            # Allocated and linked versions carry the formulas of the unallocated one.
            formulas_hold=not model or "undefined" in model.lower(),
            file=file,
            line=line,
        )
        flow_data = first(element, "flowData")
        for child in list(flow_data) if flow_data is not None else []:
            match local(child):
                case "intermediateExchange":
                    self._intermediate(child, record)
                case "elementaryExchange":
                    self._elementary(child, record)
                case "parameter":
                    record.parameters.append(_parameter(child))
                case "impactIndicator":
                    self._ignore("EcoSpold 2 impact results of datasets")
        record.reference = next(
            (
                e.flow
                for e in record.exchanges
                if e.kind is Kind.PRODUCT and e.amount != 0 and e.variable != _BY_PRODUCT
            ),
            record.reference,
        )
        for line_ in record.exchanges:
            line_.variable = "" if line_.variable == _BY_PRODUCT else line_.variable
        record.id = f"{id}_{record.reference}" if record.reference else id
        self.batch.datasets.append(record)

    def _ignore(self, feature: str) -> None:
        self.batch.ignored[feature] = self.batch.ignored.get(feature, 0) + 1

    def _category(self, description: _Element | None) -> str:
        found = [localised(c, "classificationValue")[0] for c in every(description, "classification")]
        return "; ".join(value for value in found if value)[:TEXT]

    def _unit(self, element: _Element) -> str:
        id = element.get("unitId") or ""
        if id and id in self._units:
            return self._units[id]
        name = localised(element, "unitName")[0]
        if id:
            self._units[id] = name
        return name

    def _intermediate(self, element: _Element, record: DatasetRecord) -> None:
        key = element.get("intermediateExchangeId") or ""
        unit = self._unit(element)
        groups = _groups(element)
        if not key:
            self._no_id(element, record, "intermediateExchangeId")
            return
        amount = number(element.get("amount"))
        kind = Kind.INPUT if "inputGroup" in groups else Kind.PRODUCT
        by_product = groups.get("outputGroup") != "0"
        if kind is Kind.PRODUCT and by_product:
            if amount == 0:
                return  # the place of a co-product that allocation or a cut-off took out
            if groups.get("outputGroup") == "3" or self._is_waste(element):
                kind = Kind.WASTE
        if kind is Kind.PRODUCT and not by_product and not record.reference:
            record.reference = key
        exchange = ExchangeRecord(
            kind,
            key,
            amount,
            unit,
            provider=(element.get("activityLinkId") or "") if kind is not Kind.PRODUCT else "",
            formula=element.get("mathematicalRelation") or "",
            variable=_BY_PRODUCT if kind is Kind.PRODUCT and by_product else element.get("variableName") or "",
            uncertainty=self._uncertainty(element, amount),
            line=line_of(element),
        )
        if kind is Kind.PRODUCT:
            exchange.properties = _properties(element)
        record.exchanges.append(exchange)
        self._flow(element, key, unit, elementary=False)

    def _is_waste(self, element: _Element) -> bool:
        return any(
            localised(c, "classificationSystem")[0] == "By-product classification"
            and localised(c, "classificationValue")[0].lower() == "waste"
            for c in every(element, "classification")
        )

    def _elementary(self, element: _Element, record: DatasetRecord) -> None:
        key = element.get("elementaryExchangeId") or ""
        unit = self._unit(element)
        if not key:
            self._no_id(element, record, "elementaryExchangeId")
            return
        amount = number(element.get("amount"))
        kind = Kind.RESOURCE if "inputGroup" in _groups(element) else Kind.EMISSION
        record.exchanges.append(
            ExchangeRecord(
                kind,
                key,
                amount,
                unit,
                formula=element.get("mathematicalRelation") or "",
                variable=element.get("variableName") or "",
                uncertainty=self._uncertainty(element, amount),
                line=line_of(element),
            )
        )
        self._flow(element, key, unit, elementary=True)

    def _no_id(self, element: _Element, record: DatasetRecord, field: str) -> None:
        place = Place(record.file, line_of(element))
        self.batch.findings.append(codes.MISSING_FIELD(place, dataset=record.name or record.id, field=f"@{field}"))

    def _flow(self, element: _Element, key: str, unit: str, *, elementary: bool) -> None:
        if key in self._known:
            return
        self._known.add(key)
        name, name_zh = localised(element, "name")
        compartment = first(element, "compartment")
        self.batch.flows[key] = FlowRecord(
            key,
            name=name,
            name_zh=name_zh,
            unit=unit if elementary else "",
            elementary=elementary,
            compartment=localised(compartment, "compartment")[0],
            subcompartment=localised(compartment, "subcompartment")[0],
            cas=element.get("casNumber") or "",
            formula=element.get("formula") or "",
            synonyms=tuple(text(s) for s in every(element, "synonym") if text(s))[:10],
        )

    def _uncertainty(self, element: _Element, amount: float) -> Uncertainty | None:
        holder = first(element, "uncertainty")
        if holder is None:
            return None
        for child in holder:
            kind = local(child)
            if kind in ("lognormal", "normal"):
                variance = self._variance(holder, child, logarithmic=kind == "lognormal")
                scale = math.sqrt(variance) if variance >= 0 else math.nan
                if kind == "normal":
                    return Uncertainty(Distribution.NORMAL, amount, scale)
                # mu is that of the unallocated amount: the stated amount is the geometric mean here.
                loc = math.log(abs(amount)) if amount else math.nan
                return Uncertainty(Distribution.LOGNORMAL, loc, scale)
            if kind == "triangular":
                low, high = number(child.get("minValue")), number(child.get("maxValue"))
                return Uncertainty(Distribution.TRIANGULAR, number(child.get("mostLikelyValue")), math.nan, low, high)
            if kind == "uniform":
                low, high = number(child.get("minValue")), number(child.get("maxValue"))
                return Uncertainty(Distribution.UNIFORM, minimum=low, maximum=high)
            if kind == "beta":
                mode = number(child.get("mostFrequentValue") or child.get("mostLikelyValue"))
                low, high = number(child.get("minValue")), number(child.get("maxValue"))
                return Uncertainty(Distribution.BETA_PERT, mode, math.nan, low, high)
            if kind == "gamma":
                start = number(child.get("minValue") or "0")
                shape, scale = number(child.get("shape")), number(child.get("scale"))
                return Uncertainty(Distribution.GAMMA, shape, scale, start)
            if kind in ("binomial", "undefined"):
                self._ignore(f"EcoSpold 2 uncertainty '{kind}'")
        return None

    def _variance(self, holder: _Element, given: _Element, *, logarithmic: bool) -> float:
        """The stated variance with pedigree, else the basic one, of a logarithm widened by the scores."""
        stated = number(given.get("varianceWithPedigreeUncertainty"))
        if not math.isnan(stated):
            return stated
        basic = number(given.get("variance"))
        scores = first(holder, "pedigreeMatrix")
        if scores is None:
            return basic
        if not logarithmic:
            self._ignore("EcoSpold 2 pedigree scores of a normal distribution")
            return basic
        return basic + pedigree_variance({name: scores.get(name) for name in PEDIGREE})


PEDIGREE: Mapping[str, tuple[float, ...]] = {
    "reliability": (0, 0.0006, 0.002, 0.008, 0.04),
    "completeness": (0, 0.0001, 0.0006, 0.002, 0.008),
    "temporalCorrelation": (0, 0.0002, 0.002, 0.008, 0.04),
    "geographicalCorrelation": (0, 2.5e-5, 0.0001, 0.0006, 0.002),
    "furtherTechnologyCorrelation": (0, 0.0006, 0.008, 0.04, 0.12),
}
"""Variances of the logarithm that scores 1 to 5 add: Weidema et al. 2013, ecoinvent quality guideline, table 10.5."""


def pedigree_variance(scores: Mapping[Any, Any]) -> float:
    """The variance of the logarithm [1] that pedigree scores add; a score that is none of 1 to 5 adds nothing."""
    found = 0.0
    for name, added in PEDIGREE.items():
        score = str(scores.get(name, ""))
        found += added[int(score) - 1] if score in ("1", "2", "3", "4", "5") else 0.0
    return found


_BY_PRODUCT = "\0by-product"


def _groups(element: _Element) -> dict[str, str]:
    # The group is the last child as a rule.
    for child in reversed(element):
        name = local(child)
        if name in ("inputGroup", "outputGroup"):
            return {name: text(child)}
    return {}


def _properties(element: _Element) -> dict[str, float]:
    found: dict[str, float] = {}
    for child in every(element, "property"):
        name, unit = localised(child, "name")[0], localised(child, "unitName")[0]
        amount = number(child.get("amount"))
        if math.isnan(amount):
            continue
        if name == "price":
            found["price"] = amount
        elif name in ("wet mass", "dry mass"):
            mass = amount * (conversion(unit, "kg") or 1.0)
            found["mass"] = mass if name == "wet mass" else found.get("mass", mass)
    return found


def _parameter(element: _Element) -> ParameterRecord:
    return ParameterRecord(
        name=element.get("variableName") or element.get("parameterId") or "",
        amount=number(element.get("amount")),
        formula=element.get("mathematicalRelation") or "",
        unit=localised(element, "unitName")[0],
        line=line_of(element),
    )


def _years(period: _Element | None) -> str:
    if period is None:
        return ""
    start, end = (period.get("startDate") or "")[:4], (period.get("endDate") or "")[:4]
    return start if start == end or not end else f"{start}-{end}" if start else end


def _texts(holder: _Element | None) -> str:
    return (
        " ".join(text(child) for child in holder if local(child) == "text" and text(child))
        if holder is not None
        else ""
    )


def _citation(element: _Element) -> str:
    published = first(element, "administrativeInformation", "dataGeneratorAndPublication")
    if published is None:
        return ""
    who = published.get("publishedSourceFirstAuthor") or published.get("personName") or ""
    return ", ".join(part for part in (who, published.get("publishedSourceYear") or "") if part)
