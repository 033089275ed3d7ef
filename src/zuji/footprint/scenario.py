"""What if: a study with some of its data changed, compared with the study as it is, one bar for each change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from zuji.background.model import Background
from zuji.datum import LocalText
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate
from zuji.footprint.compare import cautions, not_per_functional_unit
from zuji.footprint.compare_model import DATA, FUNCTIONAL_UNIT, PRODUCT, Basis, Comparison, MovedLine
from zuji.footprint.compare_points import Points, Words, waterfall
from zuji.footprint.compare_shapley import Coalition
from zuji.footprint.compare_words import SAID_PATCH, fill, sentence, shown_unit
from zuji.footprint.model import Footprint
from zuji.footprint.scenario_patch import Patch, Patched, ScenarioError, all_patched, new_errors, patched
from zuji.footprint.stored import with_stored
from zuji.i18n import N_, tr
from zuji.rulebooks.book import Book
from zuji.study.model import Study

MOST_PATCHES = 8
"""Up to so many changes each bar is a Shapley value (2^8 calculations); beyond, they are switched one after another."""
SEQUENTIAL = N_(
    "more than {most} changes: each bar is the effect of its change in the order given, so that what two changes do "
    "together stands with the later one"
)
NOT_CALCULABLE = N_("with these changes the footprint has errors: {problems}")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named list of changes."""

    id: str
    patches: tuple[Patch, ...]
    name: LocalText = LocalText()


def what_if(
    study: Study,
    patches: Sequence[Patch],
    book: Book,
    *,
    on: date,
    background: Background | None = None,
    label: str = "what-if",
) -> Comparison:
    """The study as it is (A) against the study with all patches (B) under one rulebook.

    Raises ScenarioError for a patch that cannot be made and for a study that can no longer be calculated.
    """
    if background is None:
        background, _ = background_of(study)
    background = with_stored(study, background, (patch.value for patch in patches))
    changes = _changes(study, background, patches)
    players = tuple(changes)

    def calculated(coalition: Coalition) -> tuple[Footprint, None]:
        chosen = [patch for patch in patches if patch.address in coalition]
        return calculate(_quick(study, background, chosen), book, on=on, background=background), None

    a = calculate(study, book, on=on, background=background)
    b = calculate(all_patched(study, background, patches), book, on=on, background=background)
    _refuse_new_errors(a, b)
    points = Points(players, a, b, calculated)
    sequential = len(players) > MOST_PATCHES
    unit = b.system.functional_unit.unit
    reasons = {patch.address: patch.reason for patch in patches}

    def describe(address: str, per: str, value: float, scale: float, lines: tuple[MovedLine, ...]) -> Words:
        change = changes[address]
        factor, shown = shown_unit(per, f"kgCO2e/{unit}", scale)
        old, new = change.old, LocalText(change.new, change.new)
        said = fill(SAID_PATCH, address=address, old=old, new=new)
        rests = Basis(id=address, a=old, b=new, reason=reasons[address])
        return DATA, LocalText(address, address), (rests,), sentence(said, value, lines, factor, shown)

    per_product = waterfall(PRODUCT, "kgCO2e", players, points, describe, sequential=sequential)
    assert per_product is not None
    names = (study.id, label)
    refused = not_per_functional_unit(a, b, names)
    per_unit = None
    if not refused:
        per_unit = waterfall(FUNCTIONAL_UNIT, f"kgCO2e/{unit}", players, points, describe, sequential=sequential)
    seen = {bar.id for w in (per_product, per_unit) if w is not None for bar in w.bars}
    notes = (fill(SEQUENTIAL, most=MOST_PATCHES),) if sequential else ()
    return Comparison(
        a=a, b=b, label_a=names[0], label_b=names[1], product=per_product, functional_unit=per_unit,
        not_per_functional_unit=refused, without_effect=tuple(p for p in players if p not in seen),
        cautions=(*notes, *cautions((a, b), names)), method="sequential" if sequential else "shapley",
    )  # fmt: skip


def _changes(study: Study, background: Background, patches: Sequence[Patch]) -> dict[str, Patched]:
    changes = {patch.address: patched(study, background, patch) for patch in patches}
    if len(changes) < len(patches):
        all_patched(study, background, patches)  # says which one is there twice
    return changes


def _quick(study: Study, background: Background, patches: Sequence[Patch]) -> Study:
    # Between the two ends only the figures count: the checks run once, on the study with all patches.
    for patch in patches:
        study = patched(study, background, patch).study
    vars(study)["digest"] = "sha256:in-between"  # half of the time of a calculation, for a study that nobody sees
    return study


def _refuse_new_errors(a: Footprint, b: Footprint) -> None:
    errors = new_errors(a.findings, b.findings)
    if errors:
        raise ScenarioError(tr(NOT_CALCULABLE, problems="; ".join(dict.fromkeys(f.what() for f in errors))))
