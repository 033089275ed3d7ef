"""What each rulebook counts of a plant's electricity: the same meters and instruments, asked of the book's own rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from zuji.background.gwp import gwp_table
from zuji.background.model import Background
from zuji.datum import LocalText, Period
from zuji.electricity.matching.statement import Counted
from zuji.electricity.study_tables import ELECTRICITY, INSTRUMENTS, StudyTables
from zuji.finding import Finding, in_order
from zuji.footprint.calculate import background_score
from zuji.quantity import parse_unit
from zuji.reading import parse_csv
from zuji.rulebooks.book import Book
from zuji.rulebooks.context import Context
from zuji.rulebooks.product_system import ProductSystem
from zuji.rulebooks.strategies.electricity import electricity_shares
from zuji.rulebooks.strategies.functional_unit import functional_unit
from zuji.study.amount import Log
from zuji.study.model import Datum, Plant, Product, Study
from zuji.study.read_tables import read_electricity, read_instruments

_NONE = Datum(number="", unit=parse_unit("kWh"), missing="no product")


def study_of(tables: StudyTables, period: Period, plants: Mapping[str, str]) -> tuple[Study, tuple[Finding, ...]]:
    """A study of nothing but the electricity in `tables`; `plants` maps ids to countries."""
    log = Log()
    meters = read_electricity(parse_csv(tables.text(ELECTRICITY, ""), ELECTRICITY), ELECTRICITY, log)
    instruments = read_instruments(parse_csv(tables.text(INSTRUMENTS, ""), INSTRUMENTS), INSTRUMENTS, log)
    product = Product(
        id="electricity", name=LocalText("电力", "electricity"), category="industrial", mass=_NONE, rated_energy=_NONE,
        usable_energy=_NONE,
    )  # fmt: skip
    study = Study(
        id="electricity",
        reporting_period=period,
        product=product,
        plants={id: Plant(id=id, country=country) for id, country in plants.items()},
        meters=meters,
        instruments=instruments,
    )
    return study, log.closed()


def counted(
    study: Study, plant: str, book: Book, on: date, background: Background
) -> tuple[Counted | None, tuple[Finding, ...]]:
    """The mean life-cycle factor [kg CO2e/kWh] of a plant's electricity under `book`, part by part.

    None where a part has no factor; the findings say why. Raises RulebookError when the book has no version that day.
    """
    context = Context(study, background, gwp_table(), book, book.version(on), on)
    shares = electricity_shares(context, plant, "", "", study.plants[plant].place)
    system = ProductSystem(
        study=study, background=background, book=book, version=context.version, day=on, activities={}, demand={},
        processes={}, lines={}, links={}, flows={}, functional_unit=functional_unit(Context(
            study, background, gwp_table(), book, context.version, on,
        )), excluded=(), parameters={}, decisions=(), findings=(),
    )  # fmt: skip
    findings = in_order(context.findings)
    total = sum(share.share.value for share in shares)
    if not shares or total != 1:
        return None, findings
    parts = tuple(
        (share.id, float(share.energy or 0), share.attribution, background_score(system, share.dataset))
        for share in shares
    )
    mean = sum(float(share.share.value) * part[3] for share, part in zip(shares, parts, strict=True))
    return Counted(book.id, mean, parts), findings
