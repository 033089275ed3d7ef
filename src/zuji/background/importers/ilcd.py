"""ILCD 1.1: processes, flows, flow properties, unit groups, sources and LCIA methods, each in a file of its own.

Format: ILCD Handbook, data set documentation (JRC). Amounts are in the reference unit of the flow's reference property.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from zuji.background.importers import codes
from zuji.background.importers.epd_codes import EPD_MODULES
from zuji.background.importers.files import Source
from zuji.background.importers.formats import Part, grouped
from zuji.background.importers.gases import known_uuid
from zuji.background.importers.options import Options
from zuji.background.importers.records import (
    Batch,
    DatasetRecord,
    Distribution,
    ExchangeRecord,
    FlowRecord,
    Kind,
    MethodRecord,
    ParameterRecord,
    Uncertainty,
)
from zuji.background.importers.sniff import any_starts
from zuji.background.importers.xml import XmlError, document, every, first, line_of, local, localised, number, text
from zuji.finding import Finding, Place

if TYPE_CHECKING:
    from lxml.etree import _Element

TITLE = "ILCD"
NAMESPACE = "lca.jrc.it/ILCD"
TEXT = 600
FOLDERS = {
    "processes": "processDataSet", "flows": "flowDataSet", "flowproperties": "flowPropertyDataSet",
    "unitgroups": "unitGroupDataSet", "sources": "sourceDataSet", "lciamethods": "LCIAMethodDataSet",
    "contacts": "contactDataSet", "external_docs": "", "lifecyclemodels": "lifeCycleModelDataSet",
}  # fmt: skip


@dataclass(slots=True)
class Shared:
    """What every process needs: flows with their units, by UUID; sources by UUID."""

    flows: dict[str, FlowRecord] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    """UUID of a flow → elementary, product, waste"""
    property_units: dict[str, str] = field(default_factory=dict)
    """UUID of a flow property → its reference unit"""
    sources: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    parameters: tuple[ParameterRecord, ...] = ()


def recognises(source: Source) -> bool:
    return any_starts(source, (".xml",), NAMESPACE)


def _folder(name: str) -> str:
    return PurePosixPath(name).parent.name.lower()


def _members(source: Source, folder: str) -> list[str]:
    """The XML files of one kind: by the name of their folder; files elsewhere are looked at one by one."""
    found = []
    for name in source.members:
        if name.lower().endswith(".xml"):
            own = _folder(name)
            if own == folder or (own not in FOLDERS and FOLDERS[folder]):
                found.append(name)
    return found


def prepared(source: Source) -> int:
    """Size [B] of the files that `prepare` reads, each as often as it looks at it."""
    folders = ("unitgroups", "flowproperties", "sources", "flows")
    return sum(source.size(name) for folder in folders for name in _members(source, folder))


def parts(source: Source) -> list[Part]:
    names = [*_members(source, "processes"), *(n for n in source.members if _folder(n) == "lciamethods")]
    return grouped([(name, source.size(name)) for name in dict.fromkeys(names)], target=8 * 1024**2)


def prepare(source: Source, options: Options) -> Shared:
    shared = Shared()
    unit_groups: dict[str, str] = {}
    for root, _ in _documents(source, "unitgroups", shared):
        id, name = _unit_group(root)
        unit_groups[id] = name
    for root, _ in _documents(source, "flowproperties", shared):
        group = first(root, "flowPropertiesInformation", "quantitativeReference", "referenceToReferenceUnitGroup")
        if group is not None:
            unit = unit_groups.get(group.get("refObjectId") or "", "")
            shared.property_units[_uuid(root, "flowPropertiesInformation")] = unit or _unit_in_words(group)
    for root, _ in _documents(source, "sources", shared):
        information = first(root, "sourceInformation", "dataSetInformation")
        words = text(first(information, "sourceCitation")) or localised(information, "shortName")[0]
        shared.sources[_uuid(root, "sourceInformation")] = words
    for root, _ in _documents(source, "flows", shared):
        flow, kind = _flow(root, shared.property_units)
        if flow.key:
            shared.flows[flow.key] = flow
            shared.types[flow.key] = kind
    return shared


def _documents(source: Source, folder: str, shared: Shared) -> Iterator[tuple[_Element, str]]:
    for name in _members(source, folder):
        source.watch(source.size(name))
        try:
            root = document(source, name)
        except XmlError as error:
            if _folder(name) == folder:
                shared.findings.append(error.finding)
            continue
        if local(root) == FOLDERS[folder]:
            yield root, name


def parse(source: Source, part: Part, shared: Shared, options: Options) -> Iterator[Batch]:
    for name in part[1]:
        batch = Batch()
        try:
            root = document(source, name)
            match local(root):
                case "processDataSet":
                    _process(root, name, shared, batch)
                case "LCIAMethodDataSet":
                    _method(root, name, shared, batch)
                case "lifeCycleModelDataSet":
                    batch.ignored["ILCD life cycle models"] = 1
                case other if _folder(name) == "processes":
                    batch.findings.append(codes.WRONG_FORMAT(Place(name), found=f"<{other}>", expected=TITLE))
        except XmlError as error:
            batch.findings.append(error.finding)
        yield batch


def _uuid(root: _Element, information: str) -> str:
    return text(first(root, information, "dataSetInformation", "UUID")).lower()


def _unit_group(root: _Element) -> tuple[str, str]:
    reference = text(first(root, "unitGroupInformation", "quantitativeReference", "referenceToReferenceUnit"))
    for unit in every(first(root, "units"), "unit"):
        if (unit.get("dataSetInternalID") or "") == reference:
            return _uuid(root, "unitGroupInformation"), text(first(unit, "name"))
    return _uuid(root, "unitGroupInformation"), ""


_GROUPS = {"units of mass": "kg", "units of energy": "MJ", "units of volume": "m3", "units of items": "Item(s)",
           "units of area": "m2", "units of length": "m", "units of radioactivity": "kBq",
           "units of area*time": "m2*a", "units of volume*time": "m3*a", "units of mass*length": "t*km"}  # fmt: skip
"""Reference units of the ILCD reference unit groups, for exports that leave the unit groups out."""


def _unit_in_words(reference: _Element) -> str:
    return _GROUPS.get(localised(reference, "shortDescription")[0].lower(), "")


_PROPERTIES = {
    "93a60a56-a3c8-11da-a746-0800200b9a66": "kg", "93a60a56-a3c8-17da-a746-0800200c9a66": "kBq",
    "93a60a56-a3c8-19da-a746-0800200c9a66": "m2", "93a60a56-a3c8-21da-a746-0800200c9a66": "m2*a",
    "93a60a56-a3c8-22da-a746-0800200c9a66": "m3",
}  # fmt: skip
"""Reference units of the ILCD reference flow properties (mass, radioactivity, area, area by time, volume), for exports
that leave the properties out; as in the GLAD mapping to EF 3.1."""


def _flow(root: _Element, units: dict[str, str]) -> tuple[FlowRecord, str]:
    information = first(root, "flowInformation", "dataSetInformation")
    name, name_zh = localised(first(information, "name"), "baseName")
    kind = text(first(root, "modellingAndValidation", "LCIMethod", "typeOfDataSet")).lower()
    kind = kind or text(first(root, "modellingAndValidation", "LCIMethodAndAllocation", "typeOfDataSet")).lower()
    categories = [
        text(c)
        for c in every(first(information, "classificationInformation", "elementaryFlowCategorization"), "category")
    ]
    reference = text(first(root, "flowInformation", "quantitativeReference", "referenceToReferenceFlowProperty"))
    unit, others = "", {}
    for entry in every(first(root, "flowProperties"), "flowProperty"):
        target = first(entry, "referenceToFlowPropertyDataSet")
        id = (target.get("refObjectId") or "").lower() if target is not None else ""
        own = units.get(id) or _PROPERTIES.get(id, "")
        if (entry.get("dataSetInternalID") or "") == reference:
            unit = own
        elif own and (value := number(text(first(entry, "meanValue")))) > 0:
            others[own] = 1 / value
    synonyms = localised(information, "synonyms")[0]
    flow = FlowRecord(
        _uuid(root, "flowInformation"),
        name=name,
        name_zh=name_zh,
        unit=unit,
        elementary="elementary" in kind,
        compartment="/".join(categories[:2]),
        subcompartment=categories[2] if len(categories) > 2 else "",
        cas=text(first(information, "CASNumber")),
        formula=text(first(information, "sumFormula")),
        synonyms=tuple(s.strip() for s in synonyms.split(";") if s.strip())[:20],
        factors=others,
    )
    return flow, "elementary" if flow.elementary else "waste" if "waste" in kind else "product"


def _process(root: _Element, file: str, shared: Shared, batch: Batch) -> None:
    information = first(root, "processInformation")
    about = first(information, "dataSetInformation")
    id = _uuid(root, "processInformation")
    if not id:
        batch.findings.append(codes.MISSING_FIELD(Place(file, 1), dataset=file, field="UUID"))
        return
    name, name_zh = _name(first(about, "name"))
    quantitative = first(information, "quantitativeReference")
    references = [text(r) for r in every(quantitative, "referenceToReferenceFlow")]
    place = first(information, "geography", "locationOfOperationSupplyOrProduction")
    method = first(root, "modellingAndValidation", "LCIMethodAndAllocation")
    modules = _modules(root, text(first(method, "typeOfDataSet")))
    if modules is not None:
        batch.findings.append(EPD_MODULES(Place(file, line_of(root)), dataset=name or id, modules=modules))
        return
    published = first(root, "administrativeInformation", "publicationAndOwnership")
    record = DatasetRecord(
        id=id,
        name=name or id,
        name_zh=name_zh,
        geography=(place.get("location") or "") if place is not None else "",
        year="-".join(
            dict.fromkeys(
                part
                for part in (text(first(information, "time", n)) for n in ("referenceYear", "dataSetValidUntil"))
                if part
            )
        ),
        technology=localised(first(information, "technology"), "technologyDescriptionAndIncludedProcesses")[0][:TEXT],
        system_model=text(first(method, "LCIMethodPrinciple")),
        category=_category(about),
        citation=_citation(root, published, shared),
        licence=_licence(published),
        notes=localised(about, "generalComment")[0][:TEXT],
        terminated=text(first(method, "typeOfDataSet")).lower() == "lci result",
        parameters=list(map(_parameter, every(first(information, "mathematicalRelations"), "variableParameter"))),
        file=file,
        line=line_of(root),
    )
    by_id: dict[str, ExchangeRecord] = {}
    entries = every(first(root, "exchanges"), "exchange")
    for entry in entries:
        internal = entry.get("dataSetInternalID") or ""
        exchange = _exchange(entry, internal in references, record, shared, batch)
        if exchange is not None:
            record.exchanges.append(exchange)
            by_id[internal] = exchange
    _shares(entries, by_id)
    record.reference = next((by_id[r].flow for r in references if r in by_id), "")
    if first(root, "LCIAResults") is not None:
        batch.ignored["ILCD LCIA results of processes"] = batch.ignored.get("ILCD LCIA results of processes", 0) + 1
    batch.datasets.append(record)


def _modules(root: _Element, kind: str) -> str | None:
    """The modules of an ILCD+EPD data set in their order (`A1-A3, C3, D`); None for an ordinary process."""
    found: dict[str, None] = {}
    for amount in root.iter("{*}amount"):
        for name, value in amount.attrib.items():
            if str(name).rpartition("}")[2] == "module" and value:
                found[str(value)] = None
    if not found and kind.lower() != "epd":
        return None
    return ", ".join(found) or "–"


def _name(element: _Element | None) -> tuple[str, str]:
    parts = [
        localised(element, part)
        for part in ("baseName", "treatmentStandardsRoutes", "mixAndLocationTypes", "functionalUnitFlowProperties")
    ]
    return "; ".join(p[0] for p in parts if p[0]), "; ".join(p[1] for p in parts if p[1])


def _category(about: _Element | None) -> str:
    classes = every(first(about, "classificationInformation", "classification"), "class")
    return "/".join(text(c) for c in classes if text(c))


def _citation(root: _Element, published: _Element | None, shared: Shared) -> str:
    owner = localised(first(published, "referenceToOwnershipOfDataSet"), "shortDescription")[0]
    treatment = first(root, "modellingAndValidation", "dataSourcesTreatmentAndRepresentativeness")
    sources = [
        shared.sources.get((r.get("refObjectId") or "").lower(), "") or localised(r, "shortDescription")[0]
        for r in every(treatment, "referenceToDataSource")
    ]
    return "; ".join(dict.fromkeys(part for part in (owner, *sources) if part))[:TEXT]


def _licence(published: _Element | None) -> str:
    kind = text(first(published, "licenseType"))
    return (kind or localised(published, "accessRestrictions")[0])[:TEXT]


def _parameter(element: _Element) -> ParameterRecord:
    formula = text(first(element, "formula"))
    return ParameterRecord(
        name=element.get("name") or "",
        amount=number(text(first(element, "meanValue"))) if not formula else math.nan,
        formula=formula,
        line=line_of(element),
    )


def _exchange(
    entry: _Element, is_reference: bool, record: DatasetRecord, shared: Shared, batch: Batch
) -> ExchangeRecord | None:
    line = line_of(entry)
    reference = first(entry, "referenceToFlowDataSet")
    key = (reference.get("refObjectId") or "").lower() if reference is not None else ""
    if not key:
        place = Place(record.file, line)
        batch.findings.append(codes.MISSING_FIELD(place, dataset=record.name, field="referenceToFlowDataSet"))
        return None
    flow = shared.flows.get(key)
    is_input = text(first(entry, "exchangeDirection")).lower() == "input"
    if flow is None:
        name, name_zh = localised(reference, "shortDescription")
        # Without its flow data set only a known greenhouse gas is an elementary flow for sure.
        elementary = known_uuid(key) or (not is_input and not is_reference)
        kind = "elementary" if elementary else "product"
        unit = "kg" if known_uuid(key) else ""
        batch.flows.setdefault(key, FlowRecord(key, name=name, name_zh=name_zh, unit=unit, elementary=elementary))
        batch.ignored["ILCD flows without their data set"] = (
            batch.ignored.get("ILCD flows without their data set", 0) + 1
        )
    else:
        kind, unit = shared.types[key], flow.unit
        batch.flows.setdefault(key, flow)
    mean, result = number(text(first(entry, "meanAmount"))), number(text(first(entry, "resultingAmount")))
    variable = text(first(entry, "referenceToVariable"))
    formula = f"({mean!r})*({variable})" if variable and math.isfinite(mean) else ""
    amount = result if math.isfinite(result) or formula else mean
    return ExchangeRecord(
        _kind(kind, is_input, is_reference),
        key,
        amount,
        unit,
        location=text(first(entry, "location")),
        formula=formula,
        uncertainty=_uncertainty(entry, amount, batch),
        line=line,
        treats=is_reference and is_input and kind != "elementary",
    )


def _kind(kind: str, is_input: bool, is_reference: bool) -> Kind:
    if is_reference:
        return Kind.PRODUCT
    if kind == "elementary":
        return Kind.RESOURCE if is_input else Kind.EMISSION
    if is_input:
        return Kind.INPUT
    return Kind.WASTE if kind == "waste" else Kind.PRODUCT


def _uncertainty(entry: _Element, amount: float, batch: Batch) -> Uncertainty | None:
    kind = text(first(entry, "uncertaintyDistributionType")).lower()
    if not kind or kind == "undefined":
        return None
    low, high = number(text(first(entry, "minimumAmount"))), number(text(first(entry, "maximumAmount")))
    if kind == "log-normal" and amount:
        # For a lognormal the field is the square of the geometric standard deviation.
        spread = number(text(first(entry, "relativeStandardDeviation95In")))
        if spread > 1:
            return Uncertainty(Distribution.LOGNORMAL, math.log(abs(amount)), math.log(math.sqrt(spread)))
        return None
    if kind == "triangular":
        return Uncertainty(Distribution.TRIANGULAR, amount, math.nan, low, high)
    if kind == "uniform":
        return Uncertainty(Distribution.UNIFORM, minimum=low, maximum=high)
    feature = f"ILCD uncertainty '{kind[:20]}'"
    batch.ignored[feature] = batch.ignored.get(feature, 0) + 1
    return None


def _shares(entries: list[_Element], by_id: dict[str, ExchangeRecord]) -> None:
    for entry in entries:
        exchange = by_id.get(entry.get("dataSetInternalID") or "")
        if exchange is None or exchange.kind is Kind.PRODUCT:
            continue
        for share in every(first(entry, "allocations"), "allocation"):
            product = by_id.get(share.get("internalReferenceToCoProduct") or "")
            fraction = number(share.get("allocatedFraction"))
            if product is not None and math.isfinite(fraction):
                exchange.shares = {**(exchange.shares or {}), product.flow: fraction / 100}


def _method(root: _Element, file: str, shared: Shared, batch: Batch) -> None:
    about = first(root, "LCIAMethodInformation", "dataSetInformation")
    quantity = first(root, "LCIAMethodInformation", "quantitativeReference", "referenceQuantity")
    id = (quantity.get("refObjectId") or "").lower() if quantity is not None else ""
    names = [text(n) for n in every(about, "impactCategory")]
    record = MethodRecord(
        id=_uuid(root, "LCIAMethodInformation") or file,
        method=", ".join(text(n) for n in every(about, "methodology")) or localised(about, "name")[0],
        category=localised(about, "name")[0] or ", ".join(names),
        unit=shared.property_units.get(id) or localised(quantity, "shortDescription")[0],
        file=file,
        line=line_of(root),
    )
    for factor in every(first(root, "characterisationFactors"), "factor"):
        reference = first(factor, "referenceToFlowDataSet")
        key = (reference.get("refObjectId") or "").lower() if reference is not None else ""
        amount = number(text(first(factor, "meanValue")))
        place = text(first(factor, "location"))
        if key and math.isfinite(amount):
            record.factors.append((key, amount, "", place))
        else:
            shown: dict[str, Any] = {"value": text(first(factor, "meanValue")) or "–", "flow": key or "?"}
            batch.findings.append(codes.BAD_AMOUNT(Place(file, line_of(factor)), dataset=record.category, **shown))
    batch.methods.append(record)
