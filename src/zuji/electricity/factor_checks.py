"""Whether official factors agree with each other: order, regions and provinces, scopes, one year and the next."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from zuji.electricity.factors import Basis, DirectFactor, GridFactor, LifecycleFactor, Registry, package_digest
from zuji.electricity.trace import codes
from zuji.finding import Finding, in_order

REGIONS = {
    "CN-grid-N": ("CN-BJ", "CN-TJ", "CN-HE", "CN-SX", "CN-SD", "CN-NM"),
    "CN-grid-NE": ("CN-LN", "CN-JL", "CN-HL", "CN-NM"),
    "CN-grid-E": ("CN-SH", "CN-JS", "CN-ZJ", "CN-AH", "CN-FJ"),
    "CN-grid-C": ("CN-JX", "CN-HA", "CN-HB", "CN-HN"),
    "CN-grid-NW": ("CN-SN", "CN-GS", "CN-QH", "CN-NX", "CN-XJ"),
    "CN-grid-S": ("CN-GD", "CN-GX", "CN-HI", "CN-GZ", "CN-YN"),
    "CN-grid-SW": ("CN-CQ", "CN-SC"),
}
"""The provinces of each regional grid. Inner Mongolia is split between N and NE; Tibet (SW) has no published figure."""
JUMP = 0.10
"""Change from one year to the next that is worth a note: hydro provinces move by 10 to 25 %."""


def traded_share(registry: Registry, country: str, year: str) -> float:
    """The share of non-fossil electricity sold on the market: 1 − average / average without it [1].

    Both factors put the same emissions over the generation with and without that electricity. Raises KeyError where
    one of them is not there.
    """
    average, rest = _national(registry, country, year)
    if average is None or rest is None:
        raise KeyError(f"{country} {year}")
    return 1 - average.value / rest.value


def _national(registry: Registry, country: str, year: str) -> tuple[GridFactor | None, GridFactor | None]:
    found = registry.find(scope="direct", geography=country, period=year, technology="")
    average = next((f for f in found if f.basis is Basis.CONSUMPTION and f.package), None)
    return average, next((f for f in found if f.basis is Basis.RESIDUAL), None)


def check_factors(registry: Registry) -> tuple[Finding, ...]:
    """Every contradiction between the official factors, and packages whose values were changed."""
    return in_order(
        [*_packages(registry), *_order(registry), *_regions(registry), *_scopes(registry), *_jumps(registry)]
    )


def _packages(registry: Registry) -> list[Finding]:
    found = []
    for package in registry.packages:
        digest = package_digest(registry.of_package(package.id))
        if digest != package.digest:
            found.append(codes.PACKAGE_CHANGED(package=package.id, found=digest, expected=package.digest))
    return found


def _order(registry: Registry) -> list[Finding]:
    found = []
    direct = [f for f in registry.factors if isinstance(f, DirectFactor)]
    for average in (f for f in direct if f.basis is Basis.CONSUMPTION and f.package and "-" not in f.geography):
        same = [f for f in direct if (f.geography, f.period) == (average.geography, average.period)]
        chain = [
            average,
            *(f for f in same if f.basis is Basis.RESIDUAL),
            *(f for f in same if f.technology == "fossil"),
        ]
        for lower, upper in pairwise(chain):
            if lower.value > upper.value:
                found.append(
                    codes.FACTOR_ORDER(
                        upper.place, where=average.geography, year=average.period, lower=lower.id,
                        lower_value=lower.value, upper=upper.id, upper_value=upper.value,
                    )
                )  # fmt: skip
    return found


def _regions(registry: Registry) -> list[Finding]:
    found = []
    value = {(f.geography, f.period): f for f in registry.factors if isinstance(f, DirectFactor) and f.package}
    for (place, year), region in value.items():
        provinces = [value[p, year].value for p in REGIONS.get(place, ()) if (p, year) in value]
        if provinces and not min(provinces) <= region.value <= max(provinces):
            found.append(
                codes.FACTOR_OUTSIDE(
                    region.place, region=place, year=year, value=region.value, low=min(provinces), high=max(provinces)
                )
            )
    return found


def _scopes(registry: Registry) -> list[Finding]:
    found = []
    for factor in registry.factors:
        if not isinstance(factor, LifecycleFactor) or factor.technology or not factor.package:
            continue
        direct, _ = _national(registry, factor.geography, factor.period)
        if direct is not None and factor.value < direct.value:
            found.append(
                codes.LIFECYCLE_BELOW_DIRECT(
                    factor.place,
                    where=factor.geography,
                    year=factor.period,
                    lifecycle=factor.value,
                    direct=direct.value,
                )
            )
    return found


def _jumps(registry: Registry) -> list[Finding]:
    series: dict[tuple[str, str, str], list[GridFactor]] = defaultdict(list)
    for factor in registry.factors:
        if factor.package and factor.period.isdigit():
            series[factor.geography, factor.basis.value, f"{factor.scope} {factor.technology}"].append(factor)
    found = []
    for members in series.values():
        ordered = sorted(members, key=lambda f: f.period)
        for before, after in pairwise(ordered):
            change = after.value / before.value - 1 if before.value else 0.0
            if abs(change) > JUMP:
                found.append(
                    codes.FACTOR_JUMP(
                        after.place, where=f"{after.geography} {after.technology}".strip(),
                        before=before.value, year_before=before.period,
                        value=after.value, year=after.period, change=f"{change:+.1%}",
                    )
                )  # fmt: skip
    return found
