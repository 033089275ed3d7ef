"""What the terminal shows of a review: rounds side by side, findings with their status, a sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zuji.dossier.review import KINDS, STATUSES, Review
from zuji.dossier.sampling import MATERIAL, Plan
from zuji.dossier.statement import LEVELS
from zuji.finding import Finding
from zuji.i18n import pick, tr
from zuji.numbers import percent, significant


def _table(*columns: str, right: Sequence[int] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i in right else "left", overflow="fold")
    return table


def state(review: Review) -> RenderableType:
    """Rounds side by side, then every finding with what was said last."""
    return Group(_rounds(review), Text(), _findings(review))


def _rounds(review: Review) -> RenderableType:
    if not review.rounds:
        return Text(tr("no rounds yet; zuji review open starts one"))
    heads = [tr("Round {number}", number=one.number) for one in review.rounds]
    table = _table("", *heads, right=range(1, len(heads) + 1))
    table.add_row(tr("dossier"), *(one.dossier[7:19] for one in review.rounds))
    table.add_row(tr("level"), *(tr(LEVELS[one.level]) if one.level in LEVELS else "—" for one in review.rounds))
    table.add_row(tr("materiality"), *(percent(one.materiality) for one in review.rounds))
    books = list(dict.fromkeys(book for one in review.rounds for book in one.totals))
    for book in books:
        cells, before = [], None
        for one in review.rounds:
            total = one.totals.get(book)
            moved = f"  {percent(total / before - 1):>8}" if total is not None and before else ""
            cells.append(f"{significant(total)}{moved}" if total is not None else "—")
            before = total if total is not None else before
        table.add_row(f"{book} [kg CO2e]", *cells)
    for kind, name in KINDS.items():
        counted = []
        for one in review.rounds:
            raised = [f for f in review.findings.values() if f.kind == kind and f.round == one.number]
            left = sum(1 for f in raised if f.status not in ("accepted", "closed"))
            counted.append(tr("{count} raised, {left} open", count=len(raised), left=left))
        table.add_row(tr(name), *counted)
    return table


def _findings(review: Review) -> RenderableType:
    if not review.findings:
        return Text(tr("no findings"))
    table = _table(tr("Finding"), tr("Round"), tr("Address"), tr("Status"), tr("Last word"), right=(1,))
    for finding in sorted(review.findings.values(), key=lambda f: (f.round, f.kind, f.id)):
        last = finding.history[-1]
        said = str(last.body.get("text", "")) or finding.text
        table.add_row(
            finding.label, str(finding.round), f"{finding.rulebook} {finding.address}", tr(STATUSES[finding.status]),
            f"{last.name}: {said}",
        )  # fmt: skip
    return table


def plan(found: Plan) -> RenderableType:
    """The sample, largest risk first."""
    title = tr(
        "{book}: {count} of {population} lines, {covered} of the footprint; seed {seed}", book=found.rulebook,
        count=len(found.items), population=found.population, covered=percent(found.covered), seed=found.seed,
    )  # fmt: skip
    table = _table(
        tr("Line"), tr("Address"), tr("kg CO2e"), tr("Share"), tr("Quality"), tr("Change"), tr("Risk"), tr("Why"),
        right=(2, 3, 4, 5, 6),
    )  # fmt: skip
    for item in found.items:
        why = tr("above the threshold") if item.reason == MATERIAL else tr("drawn")
        table.add_row(
            pick(item.name) or "—", item.address, significant(item.value), percent(item.share),
            significant(item.quality, 2), percent(item.change, 0), significant(item.risk, 2), why,
        )  # fmt: skip
    return Group(Text(title, style="bold"), table)


def document(review: Review, problems: Sequence[Finding]) -> dict[str, Any]:
    """The state of a review for JSON."""
    return {
        "rounds": [
            {"round": one.number, "dossier": one.dossier, "level": one.level, "materiality": one.materiality,
             "totals": dict(one.totals), "by": one.by}
            for one in review.rounds
        ],
        "findings": [
            {"id": f.id, "label": f.label, "kind": f.kind, "rulebook": f.rulebook, "address": f.address,
             "dossier": f.dossier, "round": f.round, "status": f.status, "text": f.text,
             "history": [
                 {"action": e.action, "name": e.name, "organisation": e.organisation, "role": e.role,
                  "at": e.at.isoformat(), "text": str(e.body.get("text", "")), "key": e.thumbprint}
                 for e in f.history
             ]}
            for f in review.findings.values()
        ],
        "samples": [{"by": e.name, "at": e.at.isoformat(), "plan": e.body} for e in review.samples],
        "problems": [finding.as_dict() for finding in problems],
    }  # fmt: skip
