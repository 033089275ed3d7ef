"""What the terminal shows of a dossier: what was frozen, what a verification found, keys, differences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zuji.cli import tables
from zuji.dossier.diff import Difference
from zuji.dossier.keys import ROLES, Card
from zuji.dossier.read import Dossier
from zuji.dossier.statement import LEVELS, OPINIONS
from zuji.dossier.trust import Trust
from zuji.dossier.verify import Verification
from zuji.dossier.verify_proofs import Signature
from zuji.i18n import N_, pick, tr
from zuji.numbers import significant

MOST_CHANGES = 60
DOCUMENTS = {"study": N_("study"), "datasets": N_("datasets"), "evidence": N_("evidence")}


def _table(*columns: str, right: Sequence[int] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i in right else "left", overflow="fold")
    return table


def frozen(path: Path, dossier: Dossier, size: int) -> RenderableType:
    """A frozen dossier in short: digest, results, what stays at home."""
    table = _table(tr("Rulebook"), tr("Version"), tr("kg CO2e per product"), right=(2,))
    for result in dossier.results:
        table.add_row(result.rulebook, str(result.summary["version"]), significant(float(result.summary["total"])))
    lines: list[RenderableType] = [
        Text(
            tr(
                "wrote {file}: {size} kB, {count} members",
                file=path,
                size=f"{size / 1000:,.0f}",
                count=len(dossier.members),
            )
        ),
        Text(dossier.digest, style="dim"),
        table,
    ]
    home = [entry["id"] for entry in dossier.evidence if "member" not in entry]
    inside = [entry["id"] for entry in dossier.evidence if "member" in entry]
    if inside:
        lines.append(Text(tr("evidence inside: {ids}", ids=", ".join(inside))))
    if home:
        lines.append(Text(tr("evidence that stays at home, by digest only: {ids}", ids=", ".join(home))))
    kept = [str(document["id"]) for document in dossier.datasets if "withheld" in document]
    if kept:
        lines.append(Text(tr("datasets by digest and score only, for their licence: {ids}", ids=", ".join(kept))))
    lines.append(Text(tr("next: zuji sign {file} --key NAME   then: zuji verify {file}", file=path), style="dim"))
    return Group(*lines)


def verification(found: Verification, *, notes: bool) -> RenderableType:
    """What holds, who vouches for it, what is wrong where, and the verdict."""
    parts: list[RenderableType] = []
    if found.dossier is not None:
        parts += _head(found.dossier)
        parts.append(_results(found))
        if found.proofs.signatures or found.proofs.stamps or found.proofs.logs:
            parts.append(_proofs(found))
    if found.findings:
        parts.append(tables.findings([(finding, []) for finding in found.findings], show_notes=notes, limit=20))
    good, bad = (tr("HOLDS"), "bold green"), (tr("DOES NOT HOLD"), "bold red")
    word, style = good if found.holds else bad
    parts.append(Text(f"{found.path}: {word}" if found.path else word, style=style))
    return Group(*parts)


def _head(dossier: Dossier) -> list[RenderableType]:
    product = pick(dossier.head["product"].get("name", {})) or str(dossier.head["product"]["id"])
    count = tr("{count} members, every digest holds", count=len(dossier.members))
    lines = [
        Text(f"{product} · {dossier.head['study']['id']} · {dossier.head['frozen_on']}", style="bold"),
        Text(dossier.digest, style="dim"),
        Text(count),
    ]
    if dossier.predecessor:
        lines.append(Text(tr("follows {digest}", digest=dossier.predecessor), style="dim"))
    return [*lines]


def _results(found: Verification) -> Table:
    table = _table(
        tr("Rulebook"), tr("kg CO2e per product"), tr("plain engine, from the record"),
        tr("this version, from the study"), right=(1,),
    )  # fmt: skip
    again = {one.rulebook: one for one in found.recalculated}
    for agreed in found.agreements:
        other = again.get(agreed.rulebook)
        anew = "—" if other is None else tr("cannot") if other.here is None else significant(other.here, 6)
        agrees = tr("agrees, {difference}", difference=f"{agreed.difference:.1e}")
        table.add_row(agreed.rulebook, significant(agreed.total, 6), agrees, anew)
    return table


def _proofs(found: Verification) -> Table:
    table = _table(tr("Proof"), tr("By"), tr("When"), tr("Trusted"))
    yes, no = tr("yes"), tr("no")
    for one in found.proofs.signatures:
        who = f"{one.name}, {one.organisation}" if one.organisation else one.name
        when = one.signed.isoformat()
        if one.proved is not None:
            when += "\n" + tr("proved before {time}", time=one.proved.isoformat())
        table.add_row(_kind(one), f"{who}\n{one.certified or one.thumbprint}", when, yes if one.trusted else no)
    for seen in found.proofs.stamps:
        table.add_row(tr("time stamp"), seen.authority, seen.time.isoformat(), yes if seen.trusted else no)
    for log in found.proofs.logs:
        place = tr("entry {index} of {size}", index=log.index, size=log.size)
        table.add_row(tr("log"), log.origin, place, yes if log.trusted else no)
    return table


def _kind(one: Signature) -> str:
    if one.statement is None:
        return tr("signature, {role}", role=tr(ROLES[one.role]))
    level, opinion = tr(LEVELS[str(one.statement["level"])]), tr(OPINIONS[str(one.statement["opinion"])])
    title = tr("verification statement")
    return f"{title}\n{level}, {opinion}"


def document(found: Verification) -> dict[str, Any]:
    """A verification for JSON."""
    return {
        "file": found.path,
        "holds": found.holds,
        "dossier": found.dossier.digest if found.dossier is not None else None,
        "agreements": [
            {"rulebook": a.rulebook, "total": a.total, "difference": a.difference} for a in found.agreements
        ],
        "recalculated": [
            {"rulebook": r.rulebook, "frozen": r.frozen, "here": r.here} for r in found.recalculated
        ],
        "signatures": [
            {
                "member": s.member, "name": s.name, "organisation": s.organisation, "role": s.role,
                "thumbprint": s.thumbprint, "signed": s.signed.isoformat(),
                "proved": s.proved.isoformat() if s.proved else None, "trusted": s.trusted, "certified": s.certified,
                "statement": s.statement,
            }
            for s in found.proofs.signatures
        ],
        "stamps": [
            {"member": s.member, "time": s.time.isoformat(), "authority": s.authority, "trusted": s.trusted}
            for s in found.proofs.stamps
        ],
        "logs": [
            {"member": s.member, "origin": s.origin, "index": s.index, "size": s.size, "trusted": s.trusted}
            for s in found.proofs.logs
        ],
        "findings": [finding.as_dict() for finding in found.findings],
    }  # fmt: skip


def keys(own: Sequence[tuple[str, Card, bool]], trust: Trust) -> RenderableType:
    """One's own keys, and whom one trusts."""
    table = _table(tr("Key"), tr("Held by"), tr("Role"), tr("Thumbprint"), tr("Status"))
    mine = set()
    for name, card, revoked in own:
        mine.add(card.thumbprint)
        held = ", ".join(filter(None, (card.name, card.organisation)))
        table.add_row(name, held, tr(ROLES[card.role]), card.thumbprint, tr("revoked") if revoked else tr("own"))
    for thumbprint, card in trust.cards.items():
        if thumbprint not in mine:
            held = ", ".join(filter(None, (card.name, card.organisation)))
            status = tr("revoked") if thumbprint in trust.revocations else tr("trusted")
            table.add_row("—", held, tr(ROLES[card.role]), thumbprint, status)
    for root in trust.roots:
        table.add_row("—", root.subject.rfc4514_string(), tr("root certificate"), "—", tr("trusted"))
    for log in trust.logs.values():
        table.add_row("—", log.name, tr("log"), log.key_hash.hex(), tr("trusted"))
    return table if table.row_count else Text(tr("no keys; zuji key new makes one"))


def difference(found: Difference) -> RenderableType:
    """Every input that differs, and whether one dossier follows the other."""
    follows = (
        tr("B names A as the version before it") if found.follows else tr("B does not name A as the version before it")
    )
    table = _table(tr("Document"), tr("Value"), "A", "B")
    for change in found.changes[:MOST_CHANGES]:
        first, _, rest = change.document.partition(" ")
        shown = tr(DOCUMENTS[first]) if first in DOCUMENTS else tr("rulebook {id}", id=rest)
        table.add_row(shown, change.path, change.a, change.b)
    parts: list[RenderableType] = [Text(follows, style="dim")]
    parts.append(table if found.changes else Text(tr("the inputs are the same")))
    if len(found.changes) > MOST_CHANGES:
        more = len(found.changes) - MOST_CHANGES
        parts.append(Text(tr("… and {count} more (--json shows all)", count=more), style="dim"))
    for name, books in (("A", found.only_a), ("B", found.only_b)):
        if books:
            parts.append(Text(tr("only in {name}: {books}", name=name, books=", ".join(books))))
    return Group(*parts)


def difference_document(found: Difference) -> dict[str, Any]:
    """A difference for JSON."""
    return {
        "a": found.a.digest,
        "b": found.b.digest,
        "follows": found.follows,
        "changes": [{"document": c.document, "path": c.path, "a": c.a, "b": c.b} for c in found.changes],
        "comparisons": {book: comparison.document for book, comparison in found.comparisons.items()},
        "only_a": list(found.only_a),
        "only_b": list(found.only_b),
    }
