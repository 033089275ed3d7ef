"""Links from a study to datasets: exact conversion to the dataset's unit, and findings for what does not link."""

from __future__ import annotations

import difflib
from dataclasses import replace

from zuji.background.model import Category, Dataset, DirectDataset
from zuji.background.starter import doubts_of
from zuji.background.stoichiometry import check_precursor
from zuji.datum import REMOVALS, LocalText
from zuji.finding import Place, Severity
from zuji.quantity import conversion_factor, parse_unit
from zuji.rulebooks import codes
from zuji.rulebooks.context import Context
from zuji.rulebooks.derivation import Conversion, Term
from zuji.study.model import Datum


def report_no_dataset(context: Context, id: str, place: Place) -> None:
    """Report that there is no dataset `id`, with the nearest ids."""
    near = difflib.get_close_matches(id, list(context.background.datasets), n=3, cutoff=0.5)
    context.report(codes.NO_DATASET, place, id=id, nearest=f" (→ {', '.join(near)})" if near else "")


def linked(context: Context, id: str, place: Place, *, electricity: bool = False) -> Dataset | None:
    """The dataset, after reporting what a user must know of it; None with a finding when it cannot be used."""
    dataset = context.dataset(id)
    if dataset is None:
        report_no_dataset(context, id, place)
        return None
    if isinstance(dataset, DirectDataset):
        if electricity or dataset.category is Category.ELECTRICITY:
            context.report(codes.DIRECT_ONLY, place, id=id)
            return None
        context.report(codes.DIRECT_FUEL, place, id=id)
    for one in dataset.interventions:
        if one.origin in REMOVALS and one.amount > 0:
            context.report(codes.REMOVAL_ABOVE_ZERO, place, id=id, amount=f"{one.amount:g}", category=one.origin.value)
    if dataset.proxy:
        context.report(codes.PROXY, place, id=id, proxy=dataset.proxy)
    # A doubt belongs to the dataset: its own place makes it one finding, however many lines take from it.
    context.findings += [replace(doubt, severity=Severity.NOTE) for doubt in doubts_of(id)]
    context.findings += [replace(doubt, place=place) for doubt in check_precursor(dataset, context.background)]
    if dataset.source.redistribute in ("no", "unclear"):
        context.report(codes.NOT_REDISTRIBUTABLE, place, id=id, licence=dataset.source.licence or "?")
    return dataset


def conversion(context: Context, datum: Datum, dataset: Dataset, place: Place) -> Term | None:
    """The term that converts the datum's unit to the dataset's; None with a finding when the dimensions differ."""
    target = parse_unit(dataset.unit)
    if datum.unit.dimension != target.dimension:
        context.report(codes.DATASET_UNIT, place, amount=datum.number or "?", unit=datum.unit.symbol,
                       id=dataset.id, dataset_unit=dataset.unit)  # fmt: skip
        return None
    factor = conversion_factor(datum.unit, target)
    step = Conversion(datum.unit, target, factor)
    return Term("conversion", factor, f"{target}/{datum.unit}", LocalText("单位换算", "unit conversion"), step)
