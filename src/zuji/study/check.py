"""Check what the parts of a study say together; each check is a pure function from the study to findings.

An error stops a calculation; a warning limits what the result can be used for; a note informs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from zuji.finding import Finding, in_order
from zuji.study.check_balance import mass_balances, waste_counted_twice
from zuji.study.check_chain import reserved_ids, stages_in_chain
from zuji.study.check_electricity import (
    instruments_claim_too_much,
    instruments_generated_outside,
    instruments_twice,
    meters_overlap,
    meters_used_twice,
)
from zuji.study.check_links import (
    bom_loops,
    dangling_references,
    duplicates,
    lines_with_origin_and_parts,
    lines_without_origin,
    processes_nobody_takes,
    same_products,
    unknown_evidence,
)
from zuji.study.check_suppliers import supplier_totals
from zuji.study.check_values import (
    date_order,
    efficiencies,
    missing_data,
    negative_amounts,
    not_positive,
    periods_outside,
    recovery_sums,
    reference_flows,
    shares,
)
from zuji.study.model import Study

CHECKS: tuple[Callable[[Study], Iterator[Finding]], ...] = (
    reserved_ids,
    duplicates,
    dangling_references,
    unknown_evidence,
    bom_loops,
    same_products,
    lines_without_origin,
    lines_with_origin_and_parts,
    processes_nobody_takes,
    reference_flows,
    negative_amounts,
    not_positive,
    shares,
    recovery_sums,
    efficiencies,
    missing_data,
    date_order,
    periods_outside,
    supplier_totals,
    meters_overlap,
    meters_used_twice,
    instruments_twice,
    instruments_claim_too_much,
    instruments_generated_outside,
    mass_balances,
    waste_counted_twice,
    stages_in_chain,
)


def check_study(study: Study) -> tuple[Finding, ...]:
    """Everything that the checks find, errors first; the study is not changed and no file is read."""
    return in_order(finding for check in CHECKS for finding in check(study))
