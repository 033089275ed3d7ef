"""Primary data share and data-quality rating of a result, by the formula of each rulebook.

What differs between rulebooks stands in dated parameters: which ratings count (`data_quality.rates`), over how much of
the result (`data_quality.most_relevant_share`), what weighs in the primary data share (`primary_data_share.weights`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from zuji.datum import DataQuality, LocalText
from zuji.errors import RulebookError
from zuji.footprint.model import Contribution, Quality
from zuji.rulebooks.product_system import ProductSystem
from zuji.rulebooks.strategies.characterisation import BIOGENIC_UPTAKE
from zuji.study.model import ProviderKind

CRITERIA = ("technology", "geography", "time", "precision")
LEVELS = (
    LocalText("优", "excellent"),
    LocalText("很好", "very good"),
    LocalText("良", "good"),
    LocalText("可", "fair"),
    LocalText("差", "poor"),
)
FACTOR, BOTH, EITHER = RATES = ("factor", "both", "activity_or_factor")
"""The dataset's rating before that of its line; the mean of both; that of the line before the dataset's."""
ABSOLUTE, WITHOUT_UPTAKE, EMISSIONS = WEIGHTS = ("absolute", "without_uptake", "emissions")
"""Every contribution by its size; the same without the uptake of biogenic CO2; burdens alone, without credits too."""
MOST_RELEVANT = "data_quality.most_relevant_share"


def primary_data_share(parts: Sequence[tuple[float, float]]) -> float:
    """The share of primary data in the sum of (kg CO2e, share of primary data) pairs [1]; credits count by their size.

    PACT data exchange protocol, primaryDataShare: Σ(PCF·PDS) / ΣPCF.
    """
    weight = math.fsum(abs(value) for value, _ in parts)
    return math.fsum(abs(value) * share for value, share in parts) / weight if weight else 0.0


def weighted_rating(parts: Sequence[tuple[float, float]]) -> float | None:
    """The mean of (kg CO2e, rating) pairs weighted by contribution; None when nothing is rated.

    Recommendation (EU) 2021/2279, Annex I, section 4.6.5: each criterion is a contribution-weighted mean.
    """
    weight = math.fsum(abs(value) for value, _ in parts)
    return math.fsum(abs(value) * rating for value, rating in parts) / weight if weight else None


def data_quality(
    parts: Sequence[tuple[float, DataQuality]], criteria: Sequence[str], limits: Sequence[float] = ()
) -> Quality:
    """The rating of each criterion, their mean and its level, and the share of the parts that carry all ratings.

    `limits` are the upper ends of the first levels, best first; without them there is no level.
    """
    total = math.fsum(abs(value) for value, _ in parts)
    ratings: dict[str, float] = {}
    for name in criteria:
        rated = [(value, getattr(q, name)) for value, q in parts if getattr(q, name) is not None]
        mean = weighted_rating(rated)
        if mean is not None:
            ratings[name] = mean
    complete = [abs(value) for value, q in parts if all(getattr(q, name) is not None for name in criteria)]
    share = math.fsum(complete) / total if total else 0.0
    rating = math.fsum(ratings.values()) / len(ratings) if len(ratings) == len(criteria) and criteria else None
    level = LEVELS[sum(rating > limit for limit in limits)] if rating is not None and limits else LocalText()
    return Quality(ratings, rating, share, level)


def rating_of(quality: DataQuality, criteria: Sequence[str]) -> float | None:
    """The mean of the criteria of one dataset or datum; None where one of them is not rated."""
    values = [getattr(quality, name) for name in criteria]
    return math.fsum(values) / len(values) if values and None not in values else None


def source_of(line: Contribution) -> str:
    """What stands behind a line as one process: its dataset or supplier, else the process of the study that emits."""
    return line.activity if line.provider_kind == ProviderKind.GAS.value else line.provider


def most_relevant(lines: Iterable[Contribution], share: float) -> list[Contribution]:
    """The lines of the processes that together make `share` [1] of the sum of sizes, the largest processes first.

    A process is a dataset, a supplier or the emissions of one process of the study, with all its lines.
    """
    members = list(lines)
    sizes: dict[str, float] = {}
    for line in members:
        sizes[source_of(line)] = sizes.get(source_of(line), 0.0) + abs(line.value)
    wanted = share * math.fsum(sizes.values()) * (1 - 1e-12)
    chosen: set[str] = set()
    reached = 0.0
    for source in sorted(sizes, key=lambda one: (-sizes[one], one)):
        if reached >= wanted:
            break
        chosen.add(source)
        reached += sizes[source]
    return [line for line in members if source_of(line) in chosen]


def criteria_of(system: ProductSystem) -> list[str]:
    """The criteria that the rulebook rates; none where it has no formula."""
    return list(system.book.main.get("data_quality", {}).get("criteria", []))


def quality_of(system: ProductSystem, lines: Sequence[Contribution]) -> Quality:
    """The data-quality rating of a result by the rulebook's formula, over its most relevant processes."""
    share = system.parameters.get(MOST_RELEVANT)
    limits = system.parameters.get("data_quality.levels")
    members = most_relevant(lines, float(share.number)) if share is not None else list(lines)
    bounds = [float(limit) for limit in limits.value] if limits is not None and isinstance(limits.value, tuple) else []
    return data_quality([(line.value, rating(system, line)) for line in members], criteria_of(system), bounds)


def rating(system: ProductSystem, line: Contribution) -> DataQuality:
    """The ratings of one line: of its dataset, its activity datum, or both, as the rulebook says.

    Raises RulebookError when the parameter `data_quality.rates` says none of these.
    """
    own = system.lines[line.activity, line.line].datum.data_quality
    dataset = system.background.datasets.get(line.provider)
    theirs = dataset.data_quality if dataset is not None else DataQuality()
    rates = _choice(system, "data_quality.rates", RATES, EITHER)
    if line.provider_kind == ProviderKind.GAS.value:
        return own
    return DataQuality(**{name: _joined(getattr(own, name), getattr(theirs, name), rates) for name in CRITERIA})


def _joined(own: float | None, theirs: float | None, rates: str) -> float | None:
    if rates == FACTOR:
        return theirs if theirs is not None else own
    if rates == BOTH and own is not None and theirs is not None:
        return (own + theirs) / 2
    return own if own is not None else theirs


def primary_share_of(system: ProductSystem, lines: Sequence[Contribution]) -> float:
    """The primary data share of a result by the rulebook's weights; 0 for a forecast where the rulebook says so.

    A footprint is a forecast when its reporting period begins after the day of the calculation. Raises RulebookError
    when the parameter `primary_data_share.weights` names no way to weigh.
    """
    forecast = system.parameters.get("primary_data_share.prospective")
    if forecast is not None and system.study.reporting_period.start > system.day:
        return float(forecast.number)
    weights = _choice(system, "primary_data_share.weights", WEIGHTS, ABSOLUTE)
    return primary_data_share([(_weight(line, weights), primary(system, line)) for line in lines])


def _weight(line: Contribution, weights: str) -> float:
    if weights == ABSOLUTE:
        return line.value
    burdens: Mapping[str, float] = {o: v for o, v in line.by_origin.items() if o != BIOGENIC_UPTAKE}
    value = math.fsum(burdens.values())
    return value if weights == WITHOUT_UPTAKE else max(value, 0.0)


def primary(system: ProductSystem, line: Contribution) -> float:
    """The share of primary data in one line [1]: measured emissions wholly, a dataset by what it states."""
    if line.provider_kind == ProviderKind.GAS.value:
        return 1.0 if line.kind in ("measured", "calculated") else 0.0
    dataset = system.background.datasets.get(line.provider)
    return dataset.primary_share if dataset is not None else 0.0


def _choice(system: ProductSystem, id: str, known: Sequence[str], default: str) -> str:
    parameter = system.parameters.get(id)
    if parameter is None:
        return default
    if parameter.text not in known:
        raise RulebookError(f"{system.book.id}: {id} is {parameter.text}; there are {', '.join(known)}")
    return parameter.text
