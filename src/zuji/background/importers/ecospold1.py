"""EcoSpold 1: many datasets a file, exchanges named by name, place, unit and category; impact methods as well.

Format: EcoSpold v1 data documentation (Frischknecht et al. 2007, field numbers in comments). Processes name what they
take by name, location, unit and the infrastructure flag; elementary flows by name, category and subcategory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
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
    MethodRecord,
    Uncertainty,
)
from zuji.background.importers.sniff import any_starts, start_of
from zuji.background.importers.xml import XmlError, elements, every, first, line_of, local, number, text
from zuji.finding import Place

if TYPE_CHECKING:
    from lxml.etree import _Element

TITLE = "EcoSpold 1"
NAMESPACES = ("EcoSpold01", "EcoSpold01Impact")
SUFFIXES = (".xml", ".spold")
TEXT = 600
WITHIN = 64
"""Datasets after which a batch is handed over: the memory of a large file stays bounded."""


def recognises(source: Source) -> bool:
    return any_starts(source, SUFFIXES, "EcoSpold01")


def parts(source: Source) -> list[Part]:
    return grouped([(name, source.size(name)) for name in source.members if name.lower().endswith(SUFFIXES)])


def prepare(source: Source, options: Options) -> None:
    return None


def parse(source: Source, part: Part, shared: object, options: Options) -> Iterator[Batch]:
    for name in part[1]:
        batch = Batch()
        try:
            stream = elements(source, name, ("dataset",))
            root = next(stream)
            if local(root) != "ecoSpold" or "EcoSpold01" not in root.tag:
                found = "EcoSpold 2" if "EcoSpold02" in start_of(source, name) else f"<{local(root)}>"
                batch.findings.append(codes.WRONG_FORMAT(Place(name), found=found, expected=TITLE))
                yield batch
                continue
            is_method = "EcoSpold01Impact" in root.tag
            for element in stream:
                (_method if is_method else _dataset)(element, name, batch)
                if len(batch.datasets) >= WITHIN:
                    yield batch
                    batch = Batch()
        except XmlError as error:
            batch.findings.append(error.finding)
        yield batch


def product_key(name: str, location: str, unit: str, infrastructure: str) -> str:
    """How the format tells products apart."""
    return "|".join((name, location, unit, "1" if infrastructure == "true" else "0"))


def _elementary_key(name: str, category: str, subcategory: str, unit: str) -> str:
    return "|".join((name, category, subcategory, unit))


def _dataset(element: _Element, file: str, batch: Batch) -> None:
    information = first(element, "metaInformation", "processInformation")
    function = first(information, "referenceFunction")
    line = line_of(element)
    label = element.get("number") or ""
    if function is None or not (function.get("name") or ""):
        batch.findings.append(
            codes.MISSING_FIELD(Place(file, line), dataset=label or "?", field="referenceFunction/@name")
        )
        return
    geography = first(information, "geography")
    location = (geography.get("location") or "") if geography is not None else ""
    name, unit = function.get("name") or "", function.get("unit") or ""
    infrastructure = function.get("infrastructureProcess") or "false"
    technology = first(information, "technology")
    local_name = (function.get("localName") or "").strip()
    record = DatasetRecord(
        id=f"ecospold1-{label}" if label else product_key(name, location, unit, infrastructure),
        name=name,
        name_zh=local_name if any("\u4e00" <= c <= "\u9fff" for c in local_name) else "",
        geography=location,
        year=_years(first(information, "timePeriod")),
        technology=(technology.get("text") or "")[:TEXT] if technology is not None else "",
        category="/".join(part for part in (function.get("category") or "", function.get("subCategory") or "") if part),
        citation=_citation(element),
        notes=(function.get("generalComment") or "")[:TEXT],
        terminated=_is_result(first(information, "dataSetInformation")),
        provider_keys=(label,) if label else (),
        file=file,
        line=line,
    )
    flow_data = first(element, "flowData")
    numbers: dict[str, str] = {}
    products: dict[str, str] = {}
    lines: list[tuple[str, ExchangeRecord]] = []
    for child in every(flow_data, "exchange"):
        exchange = _exchange(child, record, location, batch)
        if exchange is None:
            continue
        exchange_number = child.get("number") or ""
        lines.append((exchange_number, exchange))
        numbers[exchange_number] = exchange.flow
        if exchange.kind is Kind.PRODUCT:
            products[exchange_number] = exchange.flow
    record.exchanges = [exchange for _, exchange in lines]
    _shares(flow_data, lines, products, batch)
    wanted = product_key(name, location, unit, infrastructure)
    made = [exchange for exchange in record.exchanges if exchange.kind is Kind.PRODUCT]
    named = next((e.flow for e in made if e.flow == wanted), "")
    if not made:
        # Inventory results often leave the product out of their exchanges: the reference function states it.
        amount = number(function.get("amount"))
        record.exchanges.append(ExchangeRecord(Kind.PRODUCT, wanted, amount, unit, line=line_of(function)))
        batch.flows.setdefault(wanted, FlowRecord(wanted, name=name, location=location))
        named = wanted
    record.reference = named or (made[0].flow if len(made) == 1 else "")
    batch.datasets.append(record)


def _exchange(child: _Element, record: DatasetRecord, location: str, batch: Batch) -> ExchangeRecord | None:
    place = Place(record.file, line_of(child))
    group = next(((local(g), text(g)) for g in child if local(g) in ("inputGroup", "outputGroup")), ("", ""))
    name, unit = (child.get("name") or "").strip(), child.get("unit") or ""
    if not name or not group[0]:
        field = "exchange/@name" if not name else "inputGroup or outputGroup"
        batch.findings.append(codes.MISSING_FIELD(place, dataset=record.name, field=field))
        return None
    amount = number(child.get("meanValue"))
    elementary = group[1] == "4"
    if elementary:
        kind = Kind.RESOURCE if group[0] == "inputGroup" else Kind.EMISSION
        category, subcategory = child.get("category") or "", child.get("subCategory") or ""
        key = _elementary_key(name, category, subcategory, unit)
        if key not in batch.flows:
            batch.flows[key] = FlowRecord(
                key,
                name=name,
                unit=unit,
                elementary=True,
                compartment=category,
                subcompartment=subcategory,
                cas=child.get("CASNumber") or "",
                formula=(child.get("formula") or "").removeprefix("0"),
            )
        place_of = ""
    else:
        # outputGroup 0 reference, 1 included avoided product system, 2 co-product, 3 waste to treatment
        kinds = {"0": Kind.PRODUCT, "1": Kind.AVOIDED, "2": Kind.PRODUCT, "3": Kind.WASTE}
        kind = Kind.INPUT if group[0] == "inputGroup" else kinds.get(group[1], Kind.PRODUCT)
        place_of = child.get("location") or (location if kind is Kind.PRODUCT else "")
        key = product_key(name, place_of, unit, child.get("infrastructureProcess") or "false")
        if key not in batch.flows:
            cas = child.get("CASNumber") or ""
            batch.flows[key] = FlowRecord(key, name=name, location=place_of, cas=cas)
        if kind is Kind.WASTE:
            # The treatment dataset delivers a service of this name; the format has no other sign of it.
            kind = Kind.INPUT
    return ExchangeRecord(
        kind,
        key,
        amount,
        unit,
        location=place_of,
        uncertainty=_uncertainty(child, amount, batch),
        line=line_of(child),
    )


def _uncertainty(child: _Element, amount: float, batch: Batch) -> Uncertainty | None:
    kind = child.get("uncertaintyType") or ""
    spread = number(child.get("standardDeviation95"))
    low, high = number(child.get("minValue")), number(child.get("maxValue"))
    if kind == "1":
        # The square of the geometric standard deviation covers 95 % of the values.
        if not spread > 0 or not amount:
            return None
        scale = math.log(math.sqrt(spread))
        return Uncertainty(Distribution.LOGNORMAL, math.log(abs(amount)), scale) if scale > 0 else None
    if kind == "2":
        return Uncertainty(Distribution.NORMAL, amount, spread / 2) if spread > 0 else None
    if kind == "3":
        mode = number(child.get("mostLikelyValue"))
        return Uncertainty(Distribution.TRIANGULAR, amount if math.isnan(mode) else mode, math.nan, low, high)
    if kind == "4":
        return Uncertainty(Distribution.UNIFORM, minimum=low, maximum=high)
    if kind not in ("", "0"):
        feature = f"EcoSpold 1 uncertainty type {kind}"
        batch.ignored[feature] = batch.ignored.get(feature, 0) + 1
    return None


def _shares(
    flow_data: _Element | None, lines: list[tuple[str, ExchangeRecord]], products: dict[str, str], batch: Batch
) -> None:
    """Allocation fractions in percent, by co-product and exchange number."""
    by_number = dict(lines)
    for child in every(flow_data, "allocation"):
        product = products.get(child.get("referenceToCoProduct") or "")
        fraction = number(child.get("fraction"))
        if product is None or math.isnan(fraction):
            continue
        for target in every(child, "referenceToInputOutput"):
            exchange = by_number.get(text(target))
            if exchange is None or exchange.kind is Kind.PRODUCT:
                continue
            exchange.shares = {**(exchange.shares or {}), product: fraction / 100}


def _method(element: _Element, file: str, batch: Batch) -> None:
    """One impact category: the reference function names it, its exchanges are factors."""
    function = first(element, "metaInformation", "processInformation", "referenceFunction")
    if function is None:
        place = Place(file, line_of(element))
        batch.findings.append(
            codes.MISSING_FIELD(place, dataset=element.get("number") or "?", field="referenceFunction")
        )
        return
    names = (function.get("subCategory") or "", function.get("name") or "")
    record = MethodRecord(
        id=f"ecospold1-{element.get('number') or function.get('name') or ''}",
        method=function.get("category") or "",
        category=" / ".join(part for part in names if part),
        unit=function.get("unit") or "",
        file=file,
        line=line_of(element),
    )
    for child in every(first(element, "flowData"), "exchange"):
        unit = child.get("unit") or ""
        key = _elementary_key(
            (child.get("name") or "").strip(), child.get("category") or "", child.get("subCategory") or "", unit
        )
        amount = number(child.get("meanValue"))
        if math.isnan(amount):
            place = Place(file, line_of(child))
            shown: dict[str, Any] = {"value": child.get("meanValue") or "", "flow": child.get("name") or "?"}
            batch.findings.append(codes.BAD_AMOUNT(place, dataset=record.category, **shown))
            continue
        record.factors.append((key, amount, unit, ""))
    batch.methods.append(record)


def _years(period: _Element | None) -> str:
    if period is None:
        return ""
    found = [text(first(period, name))[:4] for name in ("startYear", "endYear")]
    found = [part or text(first(period, name))[:4] for part, name in zip(found, ("startDate", "endDate"), strict=True)]
    return "-".join(dict.fromkeys(part for part in found if part))


def _is_result(information: _Element | None) -> bool:
    # type 2 is an inventory result (system terminated)
    return information is not None and information.get("type") == "2"


def _citation(element: _Element) -> str:
    source = first(element, "metaInformation", "modellingAndValidation", "source")
    if source is None:
        return ""
    parts = (source.get("firstAuthor") or "", source.get("year") or "", source.get("title") or "")
    return ", ".join(part for part in parts if part)
