"""Routes of a scenario: `bom.graphite.route=natural` names a way of making, and the background the dataset for it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from zuji.background.model import Background, Dataset, LifecycleDataset
from zuji.errors import UnitError, ZujiError
from zuji.footprint.scenario_address import DATASET, target, targets
from zuji.i18n import N_, tr
from zuji.quantity import Unit, conversion_factor, parse_unit
from zuji.study.model import Study

ROUTE, OF_DATASET = ".route", ".dataset"
SHOWN = 5
NO_PRODUCT = N_(
    "{address}: of '{id}' no product is known that is made in several ways; products with routes, nearest: {products}; "
    "name a dataset with '{instead}' instead"
)
NO_ROUTE = N_("{address}: there is no route '{value}' of {product}; there are: {routes}")
SEVERAL = N_("{address}: several datasets are {value} {product}: {ids}; name one of them with '{instead}'")


class RouteError(ZujiError):
    """A route that the background does not have, or of which it has several datasets."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The address of the dataset that a route stands for, and the dataset."""

    address: str
    dataset: str


def chosen(study: Study, background: Background, address: str, value: str) -> Chosen | None:
    """The dataset that `value` stands for at an address `….route`; None where the address is none of a route.

    Datasets of the study come before links (`flow:…`, the stated choice of the starter set) and those before single
    factors. Raises RouteError for a place whose product has no routes, for an unknown route, and where the first of
    these kinds has several datasets.
    """
    if not address.endswith(ROUTE):
        return None
    instead = address.removesuffix(ROUTE) + OF_DATASET
    place = target(study, instead)
    if place is None or place.kind != DATASET:
        return None
    now = background.datasets.get(str(place.now or ""))
    if now is None or not now.product:
        name = now.name.en if now is not None else str(place.now or "")
        like = difflib.get_close_matches(name, sorted(products_with_routes(background)), n=SHOWN, cutoff=0.0)
        products = ", ".join(like)
        raise RouteError(
            tr(NO_PRODUCT, address=address, id=place.now or "-", products=products or "-", instead=instead)
        )
    there = _datasets(background, now.product, place.unit)
    if value not in there:
        known = ", ".join(sorted(there)) or "-"
        raise RouteError(tr(NO_ROUTE, address=address, value=value, product=now.product, routes=known))
    first = min(_rank(dataset) for dataset in there[value])
    best = [dataset.id for dataset in there[value] if _rank(dataset) == first]
    if len(best) > 1:
        ids = ", ".join(sorted(dataset.id for dataset in there[value]))
        raise RouteError(tr(SEVERAL, address=address, value=value, product=now.product, ids=ids, instead=instead))
    return Chosen(instead, best[0])


def route_addresses(study: Study, background: Background) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every address of a route that the study has, with the routes that may stand there."""
    for address, place in targets(study):
        if place.kind != DATASET or not address.endswith(OF_DATASET):
            continue
        now = background.datasets.get(str(place.now or ""))
        if now is not None and now.product:
            routes = tuple(sorted(_datasets(background, now.product, place.unit)))
            if routes:
                yield address.removesuffix(OF_DATASET) + ROUTE, routes


def products_with_routes(background: Background) -> set[str]:
    """The products of which the background has more than one route."""
    routes: dict[str, set[str]] = {}
    for dataset in background.datasets.values():
        if dataset.product and dataset.route:
            routes.setdefault(dataset.product, set()).add(dataset.route)
    return {product for product, known in routes.items() if len(known) > 1}


def _datasets(background: Background, product: str, unit: Unit | None) -> Mapping[str, list[Dataset]]:
    """The life-cycle datasets of a product by route, with a figure and a unit that fits."""
    found: dict[str, list[Dataset]] = {}
    for dataset in background.datasets.values():
        usable = isinstance(dataset, LifecycleDataset) and not dataset.missing
        if usable and dataset.product == product and dataset.route and _fits(dataset, unit):
            found.setdefault(dataset.route, []).append(dataset)
    return found


def _fits(dataset: Dataset, unit: Unit | None) -> bool:
    if unit is None:
        return True
    try:
        conversion_factor(parse_unit(dataset.unit), unit)
    except UnitError:
        return False
    return True


def _rank(dataset: Dataset) -> int:
    if dataset.collection == "study":
        return 0
    return 1 if dataset.id.startswith("flow:") else 2
