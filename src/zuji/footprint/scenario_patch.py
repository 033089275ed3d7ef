"""One change to a study: an address, what is to stand there, and the reason; checked before anything is calculated."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from zuji.background.model import Background, DirectDataset
from zuji.datum import Kind, LocalText, localised
from zuji.errors import UnitError, ZujiError
from zuji.finding import NOWHERE, Finding, Place, has_errors
from zuji.footprint.scenario_address import AMOUNT, COUNTRY, DATASET, Target, target, targets
from zuji.footprint.scenario_route import OF_DATASET, ROUTE, RouteError, chosen
from zuji.i18n import N_, tr
from zuji.quantity import conversion_factor, parse_unit
from zuji.rulebooks.book import open_book
from zuji.study.amount import Log, read_amount
from zuji.study.check import check_study
from zuji.study.inventory import decimal_text
from zuji.study.model import Datum, Study

RELATIVE = re.compile(r"\s*([+\-−]\s*\d+(?:\.\d+)?)\s*[%％]\s*")
BARE = re.compile(r"\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*")
SOURCE = "what-if"
NO_EQUALS = N_("write ADDRESS=VALUE, not '{text}'")
NO_ADDRESS = N_("nothing in the study has the address '{address}'; nearest: {near}")
NOTHING_THERE = N_("{address} has no number in this study, so it cannot change by {value}")
NO_DATASET = N_("{address}: there is no dataset '{id}'; nearest: {near}")
DIRECT = N_("{address}: '{id}' holds direct emissions only; a footprint needs a life-cycle factor")
OTHER_UNIT = N_("{address}: '{id}' is per {dataset_unit}, but what is needed here is in {unit}")
NOT_A_CHOICE = N_("{address} must be one of {known}, not '{value}'")
NOT_A_COUNTRY = N_("{address}: write the country as two capital letters, for example CN, not '{value}'")
UNREADABLE = N_("{address} = {value}: {problem}")
TWICE = N_("{address} is changed twice; one of the two would be lost")
NEW_ERROR = N_("with these changes the study has an error: {problem} ({place})")


RULEBOOKS_OWN = N_("what the rulebook takes")
NOT_STATED = N_("not stated")
NO_MIX_OF_YEAR = N_("there is no average mix {value}; there are: {there}")
COUNTRY_YEAR = re.compile(r"([A-Z]{2})-(\d{4})")


class ScenarioError(ZujiError):
    """A change to a study that cannot be made: an unknown address or dataset, a wrong unit, one place changed twice."""


@dataclass(frozen=True, slots=True)
class Patch:
    """`value` is to stand at `address`, for the reason given."""

    address: str
    value: str
    """An amount with its unit, a change such as `-10 %`, the id of a dataset, or a choice."""
    reason: str = ""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Patched:
    """A study with one change, and what stood and stands there in words."""

    study: Study
    old: LocalText
    new: str


def patch_of(text: str) -> Patch:
    """The patch that `ADDRESS=VALUE` says; raises ScenarioError for a text without both."""
    address, equals, value = text.partition("=")
    if not equals or not address.strip() or not value.strip():
        raise ScenarioError(tr(NO_EQUALS, text=text))
    return Patch(address.strip(), value.strip())


def patched(study: Study, background: Background, patch: Patch) -> Patched:
    """The study with the patch; raises ScenarioError naming the nearest address, dataset or unit."""
    asked = patch
    patch = _on_route(study, background, _of_year(background, patch))
    place = target(study, patch.address)
    if place is None:
        known = [address for address, _ in targets(study)]
        near = difflib.get_close_matches(patch.address, known, n=3, cutoff=0.5) or known[:3]
        raise ScenarioError(_at(patch, tr(NO_ADDRESS, address=patch.address, near=", ".join(near))))
    if place.kind == AMOUNT:
        datum = _datum(place, patch)
        return Patched(place.put(datum), _old(place, patch.address), _shown(datum))
    if place.kind == DATASET:
        _check_dataset(study, background, place, patch)
    else:
        _check_text(place, patch)
    new = patch.value if patch is asked or not asked.address.endswith(ROUTE) else f"{asked.value} ({patch.value})"
    return Patched(place.put(patch.value), _old(place, patch.address), new)


def _on_route(study: Study, background: Background, patch: Patch) -> Patch:
    """`bom.graphite.route=natural` as the patch of the line's dataset to the one of that route."""
    try:
        found = chosen(study, background, patch.address, patch.value)
    except RouteError as error:
        raise ScenarioError(_at(patch, str(error))) from error
    return patch if found is None else replace(patch, address=found.address, value=found.dataset)


def _of_year(background: Background, patch: Patch) -> Patch:
    """`electricity.grid=CN-2023` as the patch of that country's average mix to the factor of that year."""
    match = COUNTRY_YEAR.fullmatch(patch.value)
    if patch.address != "electricity.grid" or match is None:
        return patch
    country, year = match.groups()
    known = mixes_by_year(background, country)
    if year not in known:
        there = ", ".join(f"{country}-{one}" for one in sorted(known)) or "-"
        raise ScenarioError(_at(patch, tr(NO_MIX_OF_YEAR, value=patch.value, there=there)))
    return replace(patch, address=f"electricity.grid.{country}", value=known[year])


def mixes_by_year(background: Background, country: str) -> dict[str, str]:
    """The average mixes of a country that the rulebooks name, by year: dated parameters, else the Ember figure."""
    history = open_book("iso-14067").parameters.history
    dated = history.get(f"electricity.average_mix.{country}", ())
    if dated:
        return {str(day.year): parameter.text for day, parameter in dated if parameter is not None}
    codes = [parameter.text for _, parameter in history.get(f"country.{country}", ()) if parameter is not None]
    found = [background.datasets.get(f"ember-{code}") for code in codes]
    return {dataset.year: dataset.id for dataset in found if dataset is not None}


def all_patched(study: Study, background: Background, patches: Sequence[Patch]) -> Study:
    """The study with all patches; raises ScenarioError when two change one place or when the checks find new errors."""
    seen: set[str] = set()
    changed = study
    for patch in patches:
        # A route is another way to name the dataset of the same line.
        same = patch.address.removesuffix(ROUTE) + OF_DATASET if patch.address.endswith(ROUTE) else patch.address
        if same in seen:
            raise ScenarioError(_at(patch, tr(TWICE, address=patch.address)))
        seen.add(same)
        changed = patched(changed, background, patch).study
    found = [finding for finding in check_study(changed) if finding not in study.findings]
    errors = new_errors(study.findings, found)
    if errors:
        raise ScenarioError("\n".join(tr(NEW_ERROR, problem=finding.what(), place=finding.place) for finding in errors))
    return replace(changed, findings=(*study.findings, *found))


def new_errors(before: Iterable[Finding], after: Iterable[Finding]) -> list[Finding]:
    """The errors in `after` that were not there before; one that only shows other numbers is not new."""
    known = {(finding.code, finding.place) for finding in before}
    return [f for f in after if has_errors([f]) and (f.code, f.place) not in known]


def _at(patch: Patch, message: str) -> str:
    return f"{patch.place}: {message}" if str(patch.place) else message


def _old(place: Target, address: str) -> LocalText:
    if isinstance(place.now, Datum) and not place.now.missing:
        return LocalText(_shown(place.now), _shown(place.now))
    if isinstance(place.now, str) and place.now:
        return LocalText(place.now, place.now)
    return localised(RULEBOOKS_OWN if address.startswith(("electricity.", "choices.")) else NOT_STATED)


def _shown(datum: Datum) -> str:
    number = f"{float(datum.exact):.10g}" if "/" in datum.number else datum.number
    return f"{number} {datum.unit.symbol if datum.unit.symbol != '1' else ''}".strip()


def _datum(place: Target, patch: Patch) -> Datum:
    now = place.now if isinstance(place.now, Datum) else None
    relative = RELATIVE.fullmatch(patch.value)
    if relative is not None:
        if now is None or now.missing:
            raise ScenarioError(_at(patch, tr(NOTHING_THERE, address=patch.address, value=patch.value)))
        change = Fraction(relative[1].replace("−", "-").replace(" ", "")) / 100
        number, unit = decimal_text(now.exact * (1 + change)), now.unit
    else:
        log = Log()
        read = read_amount(patch.value, "", patch.place, patch.place, place.expect, log)
        if read is None:
            problem = "; ".join(finding.what() for finding in log.findings)
            raise ScenarioError(_at(patch, tr(UNREADABLE, address=patch.address, value=patch.value, problem=problem)))
        number, unit = read
    base = now or Datum(number=number, unit=unit, place=patch.place)
    return replace(base, number=number, unit=unit, kind=Kind.ASSUMED, missing="", source=SOURCE, evidence=(),
                   uncertainty=None, note=patch.reason)  # fmt: skip


def _check_dataset(study: Study, background: Background, place: Target, patch: Patch) -> None:
    found = background.datasets.get(patch.value)
    if found is None:
        near = difflib.get_close_matches(patch.value, [*background.datasets, *study.suppliers], n=3, cutoff=0.4)
        message = tr(NO_DATASET, address=patch.address, id=patch.value, near=", ".join(near) or "—")
        raise ScenarioError(_at(patch, message))
    if isinstance(found, DirectDataset) and patch.address.startswith(("electricity.", "use.", "instrument.")):
        raise ScenarioError(_at(patch, tr(DIRECT, address=patch.address, id=patch.value)))
    if place.unit is None:
        return
    try:
        conversion_factor(parse_unit(found.unit), place.unit)
    except UnitError as error:
        message = tr(OTHER_UNIT, address=patch.address, id=patch.value, dataset_unit=found.unit, unit=place.unit)
        raise ScenarioError(_at(patch, message)) from error


def _check_text(place: Target, patch: Patch) -> None:
    if place.choices and patch.value not in place.choices:
        known = ", ".join(place.choices)
        raise ScenarioError(_at(patch, tr(NOT_A_CHOICE, address=patch.address, known=known, value=patch.value)))
    if patch.address.endswith(".country") and not COUNTRY.fullmatch(patch.value):
        raise ScenarioError(_at(patch, tr(NOT_A_COUNTRY, address=patch.address, value=patch.value)))
