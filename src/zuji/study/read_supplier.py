"""suppliers/*.json: footprints as suppliers send them, in the words of PACT 3; the file is never changed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from zuji.datum import DataQuality, Kind, LocalText, Period
from zuji.finding import Place
from zuji.quantity import Unit, parse_unit
from zuji.reading import MAX_BYTES, key_path
from zuji.study import codes
from zuji.study.amount import Log, plain_number, shown, split_number
from zuji.study.model import Datum, SupplierFootprint
from zuji.study.node import Node, hint
from zuji.study.read_date import date_span

DECLARED_UNITS = {
    "liter": "L",
    "kilogram": "kg",
    "cubic meter": "m3",
    "kilowatt hour": "kWh",
    "megajoule": "MJ",
    "ton kilometer": "tkm",
    "square meter": "m2",
    "piece": "item",
    "hour": "h",
}
FOSSIL = ("fossilGhgEmissions",)
LAND_USE = ("landUseChangeGhgEmissions", "landUseChangeEmissions", "dLucGhgEmissions")
BIOGENIC = ("biogenicNonCO2Emissions",)
AVIATION = ("aircraftGhgEmissions",)
LAND_MANAGEMENT = ("landManagementBiogenicCO2Emissions",)
UPTAKE = ("biogenicCO2Uptake",)
LAND_REMOVAL = ("landManagementBiogenicCO2Removals",)
CAPTURED = ("ccsTechnologicalCO2Capture",)
TECHNOLOGICAL = ("technologicalCO2Removals",)
TOTAL = ("pcfExcludingBiogenicUptake", "pcfExcludingBiogenic", "pCfExcludingBiogenic")
RATINGS = {
    "technology": ("technologicalDQR", "technology"),
    "geography": ("geographicalDQR", "geography"),
    "time": ("temporalDQR", "time"),
    "precision": ("precisionDQR", "precision"),
}
TOTAL_2 = ("pCfExcludingBiogenic", "pcfExcludingBiogenic")
ONLY_IN_2 = ("unitaryProductAmount", "declaredUnit", *TOTAL_2, "dLucGhgEmissions")
GWP_SETS = ("ipccCharacterizationFactors", "ipccCharacterizationFactorsSources", "characterizationFactors")
_KGCO2E = parse_unit("kgCO2e")
_USED = (
    "id companyName productName productNameCompany productDescription pcf "
    "declaredUnitOfMeasurement declaredUnit declaredUnitAmount unitaryProductAmount "
    "referencePeriodStart referencePeriodEnd specVersion geographyCountry geographyCountrySubdivision "
    "geographyRegionOrSubregion boundary primaryDataShare dqi dataQualityRating"
)


def read_supplier(raw: bytes, file: str, log: Log) -> SupplierFootprint | None:
    """The footprint in a JSON file; None, with findings, when it cannot be used."""
    data = _parsed(raw, file, log)
    if data is None:
        return None
    node = Node(data, lambda path: Place(file, 0, key_path(path)), log)
    before = len(log.findings)
    footprint = _footprint(node, hashlib.sha256(raw).hexdigest())
    _note_ignored(node, file, log)
    return footprint if footprint or len(log.findings) > before else None


def _parsed(raw: bytes, file: str, log: Log) -> Mapping[str, Any] | None:
    if len(raw) > MAX_BYTES:
        log.add(codes.JSON_SYNTAX(Place(file), problem=f"{len(raw)} bytes"))
        return None
    try:
        # Decimals stay as typed: 0.10 is not turned into a float and back.
        data = json.loads(raw.decode("utf-8-sig"), parse_float=str, parse_int=str, parse_constant=str)
    except json.JSONDecodeError as error:
        log.add(codes.JSON_SYNTAX(Place(file, error.lineno), problem=error.msg))
        return None
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        log.add(codes.JSON_SYNTAX(Place(file, 1), problem=type(error).__name__))
        return None
    if not isinstance(data, dict):
        log.add(codes.SHAPE(Place(file, 1), key=file, expected="{…}", found=shown(data)))
        return None
    return data


def _footprint(node: Node, sha256: str) -> SupplierFootprint | None:
    id, pcf = node.id(), node.child("pcf")
    node.need("pcf")
    unit = _declared_unit(pcf)
    is_version_2 = _is_version_2(node, pcf)
    # In PACT 2 everything is per one unit: unitaryProductAmount is the size of the product, not a divisor.
    amount = None if is_version_2 else _decimal(pcf, ("declaredUnitAmount",), unit or parse_unit("1"))
    if not is_version_2:
        _refuse_mixed(pcf, amount)
    total = _decimal(pcf, TOTAL, _KGCO2E, required=True)
    period = _period(pcf)
    if not id or unit is None or period is None or total is None:
        return None
    one = Datum(number="1", unit=unit, kind=Kind.SUPPLIER, place=pcf.place("declaredUnitAmount"))
    return SupplierFootprint(
        id=id,
        name=_name(node),
        company=node.text("companyName"),
        unit=unit.symbol,
        amount=amount or one,
        fossil=_decimal(pcf, FOSSIL, _KGCO2E),
        biogenic=_decimal(pcf, BIOGENIC, _KGCO2E),
        land_use=_decimal(pcf, LAND_USE, _KGCO2E),
        aviation=_decimal(pcf, AVIATION, _KGCO2E),
        land_management=_decimal(pcf, LAND_MANAGEMENT, _KGCO2E),
        uptake=_decimal(pcf, UPTAKE, _KGCO2E),
        land_removal=_decimal(pcf, LAND_REMOVAL, _KGCO2E),
        captured=_decimal(pcf, CAPTURED, _KGCO2E),
        technological_removal=_below_zero(_decimal(pcf, TECHNOLOGICAL, _KGCO2E)),
        total=total,
        gwp_set=_gwp_set(pcf),
        period=period,
        geography=pcf.text("geographyCountrySubdivision")
        or pcf.text("geographyCountry")
        or pcf.text("geographyRegionOrSubregion"),
        boundary=pcf.text("boundary", "cradle-to-gate"),
        primary_share=_primary_share(pcf),
        data_quality=DataQuality() if is_version_2 else _ratings(pcf),
        sha256=sha256,
        place=Place(node.place().file),
    )


def _is_version_2(node: Node, pcf: Node) -> bool:
    """Whether the footprint is in the words of PACT 2; what of it is not read is told in a note."""
    version = node.text("specVersion")
    found = [key for key in ONLY_IN_2 if pcf.has(key)]
    if version.startswith("3") or pcf.has("declaredUnitAmount") or not (found or version.startswith(("1.", "2."))):
        return False
    left = [f"{key} = {shown(pcf.text(key))}" for key in ("unitaryProductAmount",) if pcf.has(key)]
    left += [key for key in ("dqi", "dataQualityRating") if pcf.has(key)]
    place = pcf.place(found[0] if found else "declaredUnitOfMeasurement")
    pcf.log.add(codes.PACT_2(place, left=", ".join(left) or "–"))
    return True


def _refuse_mixed(pcf: Node, amount: Datum | None) -> None:
    # The total of one form beside the amount of the other: which of the two readings holds is not known.
    total = next((key for key in TOTAL if pcf.has(key)), "")
    sizes = {"declaredUnitAmount": amount}
    if "declaredUnitAmount" not in pcf.data and pcf.has("unitaryProductAmount"):
        sizes = {"unitaryProductAmount": _decimal(pcf, ("unitaryProductAmount",), parse_unit("1"))}
    for key, size in sizes.items():
        is_old = (total in TOTAL_2) != (key == "unitaryProductAmount")
        if total and is_old and size is not None and size.exact != 1:
            old, new = (total, key) if total in TOTAL_2 else (key, total)
            pcf.log.add(codes.PACT_MIXED(pcf.place(key), old=old, new=new, amount=size.number))


def _name(node: Node) -> LocalText:
    for key in ("productName", "productNameCompany", "productDescription"):
        name = node.local(key)
        if name:
            return name
    return LocalText()


def _declared_unit(pcf: Node) -> Unit | None:
    key = "declaredUnitOfMeasurement" if pcf.has("declaredUnitOfMeasurement") else "declaredUnit"
    if not pcf.has(key):
        pcf.need("declaredUnitOfMeasurement")
        return None
    text = pcf.text(key)
    symbol = DECLARED_UNITS.get(text.lower().replace("_", " "), "")
    if not symbol:
        known = ", ".join(DECLARED_UNITS)
        place = pcf.place(key)
        pcf.log.add(codes.DECLARED_UNIT(place, value=shown(text), hint=hint(text, DECLARED_UNITS), known=known))
        return None
    return parse_unit(symbol)


def _decimal(pcf: Node, names: tuple[str, ...], unit: Unit, *, required: bool = False) -> Datum | None:
    key = next((name for name in names if pcf.has(name)), "")
    if not key:
        if required:
            pcf.need(names[0])
        return None
    place = pcf.place(key)
    split = split_number(pcf.text(key), place, pcf.log)
    if split is None:
        return None
    if split[1]:
        pcf.log.add(codes.NUMBER(place, value=shown(pcf.text(key))))
        return None
    return Datum(number=split[0], unit=unit, kind=Kind.SUPPLIER, place=place)


def _below_zero(datum: Datum | None) -> Datum | None:
    # The schema of PACT 3.0 asks for this one removal above zero, its formulas add it like all others: the sign of
    # what is removed is minus either way.
    if datum is None or datum.missing or datum.exact <= 0:
        return datum
    return replace(datum, number=f"-{datum.number.lstrip('+')}")


def _period(pcf: Node) -> Period | None:
    spans = []
    for key in ("referencePeriodStart", "referencePeriodEnd"):
        text = pcf.text(key) if pcf.need(key) else ""
        span = date_span(text) if text else None
        if text and span is None:
            pcf.log.add(codes.DATE(pcf.place(key), value=shown(text)))
        spans.append(span)
    start, end = spans
    return Period(start.start, end.end) if start and end else None


def _gwp_set(pcf: Node) -> str:
    value = next((pcf.data[key] for key in GWP_SETS if pcf.data.get(key)), None)
    named = value if isinstance(value, list) else [value]
    sets = sorted(str(one) for one in named if re.fullmatch(r"AR\d+", str(one)))
    if len(sets) != 1:
        pcf.log.add(codes.GWP_SET(pcf.place("ipccCharacterizationFactors")))
        return ""
    return sets[0]


def _primary_share(pcf: Node) -> float:
    if not pcf.has("primaryDataShare"):
        return 0.0
    place, text = pcf.place("primaryDataShare"), pcf.text("primaryDataShare")
    share = plain_number(text)
    if share is None or not 0 <= share <= 100:
        pcf.log.add(codes.FRACTION(place, key="primaryDataShare", value=shown(text), low="0 %", high="100 %"))
        return 0.0
    if 0 < share <= 1:
        pcf.log.add(codes.PRIMARY_SHARE(place, value=shown(text)))
    return share / 100


def _ratings(pcf: Node) -> DataQuality:
    key = "dqi" if pcf.has("dqi") else "dataQualityRating"
    if not pcf.has(key):
        return DataQuality()
    dqi = pcf.child(key)
    found: dict[str, float | None] = {}
    for rating, names in RATINGS.items():
        name = next((one for one in names if dqi.has(one)), "")
        value = plain_number(dqi.text(name)) if name else None
        if name and (value is None or not 1 <= value <= 5):
            dqi.log.add(codes.RATING(dqi.place(name), value=shown(dqi.text(name))))
            value = None
        found[rating] = value
    return DataQuality(**found)


def _note_ignored(node: Node, file: str, log: Log) -> None:
    pcf = node.data.get("pcf")
    inner = pcf if isinstance(pcf, Mapping) else {}
    removed = {*LAND_MANAGEMENT, *UPTAKE, *LAND_REMOVAL, *CAPTURED, *TECHNOLOGICAL}
    used = {*FOSSIL, *LAND_USE, *BIOGENIC, *AVIATION, *removed, *TOTAL, *GWP_SETS, *_USED.split()}
    extra = [str(key) for key in node.data if key not in used] + [f"pcf.{key}" for key in inner if key not in used]
    if extra:
        log.add(codes.SUPPLIER_IGNORED(Place(file), count=len(extra), keys=shown(", ".join(sorted(extra)))))
