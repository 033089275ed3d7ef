"""What an import found: counts before and after linking, and all findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from zuji.background.importers import codes
from zuji.finding import Finding, Severity, in_order

LISTED = 2000
"""Findings of one code that a summary lists; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts of one import."""

    format: str
    files: int
    records: int = 0
    """Datasets in the files, before co-products were parted."""
    datasets: int = 0
    exchanges: int = 0
    technosphere: int = 0
    biosphere: int = 0
    linked: int = 0
    unlinked: int = 0
    unlinked_flows: tuple[tuple[str, int], ...] = ()
    """(flow, exchanges), most frequent first"""
    flows: int = 0
    gas_flows: int = 0
    other_air_flows: tuple[str, ...] = ()
    gaps: int = 0
    """Datasets that are a gap themselves: not allocated, or with an amount that is no number."""
    incomplete: int = 0
    """Datasets with a gap or an unlinked exchange anywhere upstream."""
    unbalanced: int = 0
    loops: tuple[tuple[str, ...], ...] = ()
    """Ids of datasets that leave nothing over, loop by loop."""
    uncertain: int = 0
    """Exchanges with a distribution."""
    formulas: int = 0
    parameters: int = 0
    methods: int = 0
    factors: int = 0
    findings: tuple[Finding, ...] = field(default=())
    digest: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The summary for JSON."""
        shown = {key: value for key, value in asdict(self).items() if key != "findings"}
        return {**shown, "findings": [finding.as_dict() for finding in self.findings]}

    @property
    def has_errors(self) -> bool:
        """Whether a finding is an error: the import is refused unless the user accepts gaps."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def listed(findings: Iterable[Finding], most: int = LISTED) -> tuple[Finding, ...]:
    """The findings in order, `most` of each code, and how many further ones there are."""
    kept: list[Finding] = []
    count: Counter[str] = Counter()
    for finding in in_order(findings):
        count[finding.code] += 1
        if count[finding.code] <= most:
            kept.append(finding)
    more = [codes.MORE_LIKE_THIS(code=code, count=n - most) for code, n in sorted(count.items()) if n > most]
    return (*kept, *more)
