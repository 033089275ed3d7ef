"""Data quality of a result held against the limits of its rulebook: company data, secondary datasets, stand-ins."""

from __future__ import annotations

import math
from collections.abc import Iterator

from zuji.datum import LocalText
from zuji.finding import Finding
from zuji.footprint import lint_codes as codes
from zuji.footprint.lint_walk import listed
from zuji.footprint.model import Contribution, Footprint
from zuji.footprint.quality import MOST_RELEVANT, criteria_of, most_relevant, rating, rating_of, source_of
from zuji.rulebooks.parameters import Parameter
from zuji.study.model import ProviderKind

CRITERION_NAMES = {
    "technology": LocalText("技术 TeR", "technology TeR"),
    "geography": LocalText("地理 GeR", "geography GeR"),
    "time": LocalText("时间 TiR", "time TiR"),
    "precision": LocalText("精度 P", "precision P"),
}
MEAN = LocalText("平均 DQR", "mean DQR")


def most_relevant_are_rated(footprint: Footprint) -> Iterator[Finding]:
    """Where the rulebook limits ratings: how much of its most relevant processes nobody has rated."""
    members = _relevant(footprint)
    criteria = criteria_of(footprint.system)
    limits = [id for id in footprint.system.parameters if id.startswith("data_quality.") and id.endswith("maximum")]
    if not members or not criteria or not limits:
        return
    total = math.fsum(abs(line.value) for line in members)
    bare = [line for line in members if rating_of(rating(footprint.system, line), criteria) is None]
    if bare and total:
        largest = sorted(bare, key=lambda line: (-abs(line.value), line.activity, line.line))
        yield codes.NOT_RATED(
            footprint.system.study.product.place, clause=_clause(footprint),
            share=f"{math.fsum(abs(line.value) for line in bare) / total:.0%}",
            criteria=_said(CRITERION_NAMES[name] for name in criteria), list=listed(map(source_of, largest)),
        )  # fmt: skip


def ratings_within_limits(footprint: Footprint) -> Iterator[Finding]:
    """The most relevant processes keep the limits: own processes those of company data, others those of datasets.

    A process that the company runs (situation 1 of PEF) or a supplier's footprint (situation 2) is company-specific; a
    dataset (situation 3) is secondary.
    """
    system = footprint.system
    criteria = criteria_of(system)
    seen: set[str] = set()
    for line in _relevant(footprint):
        source = source_of(line)
        if source in seen or not criteria:
            continue
        seen.add(source)
        quality = rating(system, line)
        mean = rating_of(quality, criteria)
        info = system.lines[line.activity, line.line]
        limit = _limit(footprint, _is_company(line), "maximum")
        if limit is not None and mean is not None and mean > float(limit.number):
            yield codes.RATING_ABOVE(info.place, clause=limit.clause, source=source, criterion=MEAN,
                                     rating=f"{mean:.3g}", limit=limit.text)  # fmt: skip
        if not _is_company(line):
            continue
        for name in criteria:
            bound = _limit(footprint, True, "precision" if name == "precision" else "other")
            value = getattr(quality, name)
            if bound is not None and value is not None and value > float(bound.number):
                yield codes.RATING_ABOVE(info.place, clause=bound.clause, source=source, limit=bound.text,
                                         criterion=CRITERION_NAMES[name], rating=f"{value:.3g}")  # fmt: skip


def stand_ins_within_limit(footprint: Footprint) -> Iterator[Finding]:
    """No more of the result rests on stand-ins than the rulebook allows."""
    system = footprint.system
    limit = system.parameters.get("data_quality.stand_in_share")
    total = math.fsum(abs(line.value) for line in footprint.lines)
    if limit is None or not total:
        return
    sizes: dict[str, float] = {}
    for line in footprint.lines:
        dataset = system.background.datasets.get(line.provider)
        if dataset is not None and dataset.proxy:
            sizes[line.provider] = sizes.get(line.provider, 0.0) + abs(line.value)
    share = math.fsum(sizes.values()) / total
    if share > float(limit.number):
        yield codes.STAND_INS_ABOVE(
            system.study.product.place, clause=limit.clause, share=f"{share:.1%}",
            limit=f"{float(limit.number):.0%}", list=listed(sorted(sizes, key=lambda id: (-sizes[id], id))),
        )  # fmt: skip


def _relevant(footprint: Footprint) -> list[Contribution]:
    share = footprint.system.parameters.get(MOST_RELEVANT)
    return most_relevant(footprint.lines, float(share.number)) if share is not None else []


def _limit(footprint: Footprint, company: bool, name: str) -> Parameter | None:
    return footprint.system.parameters.get(f"data_quality.{'company' if company else 'secondary'}.{name}")


def _is_company(line: Contribution) -> bool:
    return line.provider_kind in (ProviderKind.GAS.value, ProviderKind.SUPPLIER.value)


def _clause(footprint: Footprint) -> str:
    return str(footprint.system.book.main.get("data_quality", {}).get("clause", ""))


def _said(words: Iterator[LocalText]) -> LocalText:
    members = list(words)
    return LocalText("、".join(w.zh for w in members), ", ".join(w.en for w in members))
