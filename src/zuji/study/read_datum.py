"""A datum is read from a short text (`12.5 kg`), a number, or a mapping; what is wrong becomes a finding."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from zuji.datum import DataQuality, Kind, Period
from zuji.finding import Place
from zuji.quantity import Unit
from zuji.study import codes
from zuji.study.amount import Expect, Log, plain_number, read_amount, read_unit, shown
from zuji.study.model import Datum, Uncertainty
from zuji.study.read_date import period_of
from zuji.study.words import value_of

UNREAD = "unread"
"""The reason of a datum that stands in the study but could not be read; its finding says why."""

DISTRIBUTIONS = (
    "none", "lognormal", "normal", "uniform", "triangular", "pert", "beta", "gamma", "weibull", "bernoulli",
    "discrete_uniform",
)  # fmt: skip
PARAMETERS = ("loc", "scale", "shape", "minimum", "maximum")
RATINGS = ("technology", "geography", "time", "precision")
KINDS = tuple(Kind)
MAPPING_KEYS = (
    "value", "unit", "kind", "source", "evidence", "period", "data_quality", "uncertainty", "note", "missing",
)  # fmt: skip

PlaceOf = Callable[[str], Place]


def unread(expect: Expect, place: Place) -> Datum:
    """The datum that stands for one that could not be read."""
    return Datum(number="", unit=expect.unit, missing=UNREAD, place=place)


def read_datum(form: Any, place_of: PlaceOf, expect: Expect, log: Log) -> Datum:
    """The datum in `form`; one that cannot be read is missing with the reason `UNREAD`, and has a finding."""
    if isinstance(form, Mapping):
        return _from_mapping(form, place_of, expect, log)
    place = place_of("")
    log.note_without_kind(place)
    read = read_amount(form, "", place, place, expect, log)
    return Datum(number=read[0], unit=read[1], place=place) if read else unread(expect, place)


def _from_mapping(form: Mapping[str, Any], place_of: PlaceOf, expect: Expect, log: Log) -> Datum:
    place = place_of("value") if "value" in form else place_of("")
    fields = _fields(form, place_of, log)
    reason = _text(form.get("missing"))
    if reason:
        if _text(form.get("value")):
            log.add(codes.VALUE_AND_MISSING(place, value=_text(form["value"])))
            return unread(expect, place)
        unit = _unit_of_missing(form, place_of, expect, log)
        return Datum(number="", unit=unit, missing=reason, place=place_of("missing"), **fields)
    if form.get("value") is None:
        log.add(codes.REQUIRED(place, key="value"))
        return unread(expect, place)
    if not form.get("kind"):
        log.note_without_kind(place)
    read = read_amount(form["value"], _text(form.get("unit")), place, place_of("unit"), expect, log)
    return Datum(number=read[0], unit=read[1], place=place, **fields) if read else unread(expect, place)


def _unit_of_missing(form: Mapping[str, Any], place_of: PlaceOf, expect: Expect, log: Log) -> Unit:
    text = _text(form.get("unit"))
    unit = read_unit(text, place_of("unit"), log) if text else None
    return unit if unit is not None and expect.takes(unit.dimension) else expect.unit


def _fields(form: Mapping[str, Any], place_of: PlaceOf, log: Log) -> dict[str, Any]:
    return {
        "kind": _kind(_text(form.get("kind")), place_of("kind"), log),
        "source": _text(form.get("source")),
        "evidence": words_in(form.get("evidence")),
        "period": _period(form.get("period"), place_of, log),
        "data_quality": _ratings(form.get("data_quality"), place_of, log),
        "uncertainty": _uncertainty(form.get("uncertainty"), place_of, log),
        "note": _text(form.get("note")),
    }


def _kind(text: str, place: Place, log: Log) -> Kind:
    if not text:
        return Kind.ESTIMATED
    word = value_of(text, KINDS)
    if not word:
        log.add(codes.CHOICE(place, value=text, key="kind", hint="", known=", ".join(KINDS)))
        return Kind.ESTIMATED
    return Kind(word)


def _period(form: Any, place_of: PlaceOf, log: Log) -> Period | None:
    if form is None or form in ("", {}):
        return None
    if isinstance(form, Mapping):
        start, end = _text(form.get("start")), _text(form.get("end"))
        return period_of(start, end, place_of("period"), log.findings)
    return period_of(_text(form), "", place_of("period"), log.findings)


def _ratings(form: Any, place_of: PlaceOf, log: Log) -> DataQuality:
    if not form:
        return DataQuality()
    if not isinstance(form, Mapping):
        _shape(place_of("data_quality"), "data_quality", form, log)
        return DataQuality()
    found = {key: _rating(form.get(key), place_of("data_quality"), log) for key in RATINGS}
    return DataQuality(**found)


def _rating(value: Any, place: Place, log: Log) -> float | None:
    if value is None or value == "":
        return None
    rating = plain_number(value)
    if rating is None or not 1 <= rating <= 5:
        log.add(codes.RATING(place, value=shown(value)))
        return None
    return rating


def _uncertainty(form: Any, place_of: PlaceOf, log: Log) -> Uncertainty | None:
    if not form:
        return None
    place, known = place_of("uncertainty"), ", ".join(DISTRIBUTIONS)
    if not isinstance(form, Mapping):
        _shape(place, "uncertainty", form, log)
        return None
    name = _text(form.get("distribution")).lower()
    if name not in DISTRIBUTIONS:
        log.add(codes.UNCERTAINTY(place, problem=f"distribution '{shown(name)}'", known=known))
        return None
    numbers = {key: plain_number(value) for key, value in form.items() if key != "distribution"}
    bad = [key for key, value in numbers.items() if value is None or key not in PARAMETERS]
    if bad:
        log.add(codes.UNCERTAINTY(place, problem=", ".join(f"{k}: {shown(form[k])}" for k in bad), known=known))
        return None
    return Uncertainty(name, tuple(sorted((k, v) for k, v in numbers.items() if v is not None)))


def _shape(place: Place, key: str, found: Any, log: Log) -> None:
    log.add(codes.SHAPE(place, key=key, expected="{…}", found=shown(found)))


def words_in(form: Any) -> tuple[str, ...]:
    """The ids in a list, or in a text where they are parted by spaces, commas or semicolons."""
    if isinstance(form, (list, tuple)):
        return tuple(_text(part) for part in form if _text(part))
    return tuple(part for part in re.split(r"[\s,;，；、]+", _text(form)) if part)


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, (Mapping, list)) else str(value).strip()
