"""The sections of the viewer, each a function of what is shown and the language."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from zuji.datum import LocalText
from zuji.i18n import N_, tr_in
from zuji.numbers import percent, percent_of, significant
from zuji.report import chapters_inventory, parts
from zuji.report.blocks import Grid, Paragraph
from zuji.report.charts import of_comparison, of_flows, of_footprint
from zuji.report.source import Source
from zuji.report.viewer.html import chart, details, grid, joined, rendered, tree

if TYPE_CHECKING:
    from zuji.report.viewer.page import Shown

UNIT = "kg CO2e"
TOP = 15


def _each(shown: Shown, lang: str, body: Any) -> str:
    """The same under every rulebook, each with its heading."""
    return "".join(
        f"<h3>{escape(source.label(source.book['title'], lang))}</h3>{body(result, source)}"
        for result, source in shown.sources
    )


def summary(shown: Shown, lang: str) -> str:
    """The main figure under every rulebook, and what limits its use."""
    figures = "".join(rendered(parts.main_figure(source, lang)) for _, source in shown.sources)
    rows = tuple(
        (
            source.label(source.book["title"], lang),
            source.footprint["rulebook"]["version"],
            significant(source.footprint["total"]),
            _or_dash(source.footprint["per_kWh_capacity"]),
            percent(source.footprint["primary_data_share"]),
        )
        for _, source in shown.sources
    )
    head = (
        tr_in(lang, "Rulebook"), tr_in(lang, "Version"), tr_in(lang, "kg CO2e per product"),
        tr_in(lang, "kg CO2e/kWh rated"),
        tr_in(lang, "Primary data share"),
    )  # fmt: skip
    table = grid(Grid(tr_in(lang, "One inventory under every rulebook"), head, rows, figures_from=2))
    boxes = "".join(joined(parts.cautions(source, lang)) for _, source in shown.sources)
    return f'<div class="figures">{figures}</div>{boxes}{table}'


def _or_dash(value: float | None) -> str:
    return "—" if value is None else significant(value)


def stages(shown: Shown, lang: str) -> str:
    """All rulebooks side by side, then each as a table."""
    documents = [source.footprint for _, source in shown.sources]
    names = [LocalText(source.book["id"], source.book["id"]) for _, source in shown.sources]
    drawn = chart(of_footprint.stages(documents, names), lang)
    return drawn + _each(shown, lang, lambda _, source: _stage_table(source, lang))


def _stage_table(source: Source, lang: str) -> str:
    total = source.footprint["total"]
    rows = [
        (source.label(s["name"], lang), significant(s["value"]), percent_of(s["value"], total), s["clause"] or "—")
        for s in source.footprint["stages"]
    ]
    rows.append((tr_in(lang, "total"), significant(total), percent_of(total, total), ""))
    head = (tr_in(lang, "Stage"), UNIT, tr_in(lang, "Share"), tr_in(lang, "Clause"))
    return grid(Grid("", head, tuple(rows), total=True))


def hotspots(shown: Shown, lang: str) -> str:
    """The treemap and the largest lines of the first rulebook; the others as tables."""

    def body(_: Any, source: Source) -> str:
        groups = {id: parts.group_name(id) for id in {line["component_group"] for line in source.footprint["lines"]}}
        drawn = chart(of_footprint.hotspots(source.footprint, groups), lang)
        rows = tuple(
            (
                source.label(line["name"], lang),
                parts.group_name(line["component_group"]).pick(lang),
                significant(line["value"]),
                percent_of(line["value"], source.footprint["total"]),
            )
            for line in source.hotspots()[:TOP]
        )
        head = (tr_in(lang, "Exchange"), tr_in(lang, "Component group"), UNIT, tr_in(lang, "Share"))
        return drawn + grid(Grid(tr_in(lang, "The largest lines"), head, rows, figures_from=2))

    return _each(shown, lang, body)


def flows(shown: Shown, lang: str) -> str:
    """A Sankey diagram per rulebook, with the share that its own nodes show."""

    def body(_: Any, source: Source) -> str:
        drawn = of_flows.flows(source.footprint, parts.group_name)
        text = N_(
            "The named lines show {share} of the result; the rest of a component group is the part of its bar that no "
            "line feeds."
        )
        note = tr_in(lang, text, share=percent(drawn.coverage))
        return chart(drawn, lang) + rendered(Paragraph(note))

    return _each(shown, lang, body)


def rulebooks(shown: Shown, lang: str) -> str:
    """Waterfalls from the first rulebook to every other one, each cause with its sentence."""
    if not shown.comparisons:
        reason = shown.not_compared or tr_in(lang, "the dossier holds one rulebook")
        return rendered(Paragraph(tr_in(lang, "There is no comparison: {reason}.", reason=reason)))
    found = []
    for comparison in shown.comparisons:
        rows = tuple(
            (bar.name.pick(lang), bar.sentence.pick(lang), ("+" if bar.value > 0 else "") + significant(bar.value))
            for bar in comparison.product.bars
            if bar.value
        )
        head = (tr_in(lang, "Cause"), tr_in(lang, "In words"), UNIT)
        title = f"{comparison.label_a} → {comparison.label_b}"
        if not rows:
            same = tr_in(lang, "No difference: both give {total} kg CO2e per product.",
                         total=significant(comparison.product.a))  # fmt: skip
            found.append(f"<h3>{escape(title)}</h3>{rendered(Paragraph(same))}")
            continue
        difference = significant(comparison.product.difference)
        caption = tr_in(lang, "The bars add up to the difference of {value} kg CO2e.", value=difference)
        widths = grid(Grid(caption, head, rows, figures_from=2))
        found.append(f"<h3>{escape(title)}</h3>{chart(of_comparison.waterfall(comparison), lang)}{widths}")
    return "".join(found)


def electricity(shown: Shown, lang: str) -> str:
    """What every rulebook did with the electricity."""
    return _each(shown, lang, lambda _, source: joined(chapters_inventory.electricity(source, lang)[1:]))


def lines(shown: Shown, lang: str) -> str:
    """Every line with the tree behind its number, down to datum, dataset, parameter and clause."""

    def body(result: Any, source: Source) -> str:
        trees = result.explain(lang)
        known = {str(item["id"]): (str(item["file"]), str(item["sha256"])[:12]) for item in shown.dossier.evidence}
        items = []
        for line in source.hotspots():
            address = f"line/{line['activity'].replace('/', '%2F')}/{line['line']}"
            found = trees.get(address)
            inside = f"<p><code>{escape(address)}</code></p>"
            if found:
                inside += _evidence_links(found, known, lang) + f'<ul class="tree">{tree(found)}</ul>'
            label = f"{source.label(line['name'], lang)} · {parts.group_name(line['component_group']).pick(lang)}"
            items.append(details(label, f"{significant(line['value'])} {UNIT}", inside))
        total = f"{significant(source.footprint['total'])} {UNIT}"
        return details(tr_in(lang, "{count} lines", count=len(items)), total, "".join(items))

    return _each(shown, lang, body)


def evidence_of_tree(tree: Mapping[str, Any], known: Mapping[str, tuple[str, str]]) -> list[str]:
    """Ids of the evidence files in an explain tree: a node notes their file and the first digits of their SHA-256."""
    found: list[str] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        notes = " ".join(str(note) for note in node.get("notes", ()))
        found += [id for id, (file, digest) in known.items() if digest and file in notes and digest in notes]
        waiting += reversed(node.get("children", ()))
    return list(dict.fromkeys(found))


def _evidence_links(tree: Mapping[str, Any], known: Mapping[str, tuple[str, str]], lang: str) -> str:
    ids = evidence_of_tree(tree, known)
    if not ids:
        return ""
    links = ", ".join(f'<a href="#{lang}-evidence-{escape(quote(id), quote=True)}">{escape(id)}</a>' for id in ids)
    return f'<p class="links">{escape(tr_in(lang, "Evidence"))}: {links}</p>'


def parameters(shown: Shown, lang: str) -> str:
    """The rules that decided and the parameters that they used, under each rulebook."""
    return _each(shown, lang, lambda _, source: joined(chapters_inventory.allocation(source, lang)[1:]))


def evidence(shown: Shown, lang: str) -> str:
    """The evidence files with their digests; whether each is in the dossier or stays with its owner."""
    dossier, source = shown.dossier, shown.sources[0][1]
    rows = tuple(
        (
            str(item["id"]),
            source.label(item.get("title"), lang) or str(item.get("file", "")),
            tr_in(lang, "in the dossier") if item.get("member") else tr_in(lang, "kept by its owner, digest only"),
            str(item["sha256"]),
        )
        for item in dossier.evidence
    )
    if not rows:
        return rendered(Paragraph(tr_in(lang, "The study names no evidence file.")))
    head = (tr_in(lang, "Evidence"), tr_in(lang, "Title"), tr_in(lang, "Where it is"), "SHA-256")
    ids = tuple(f"{lang}-evidence-{quote(row[0])}" for row in rows)
    return grid(Grid("", head, rows, figures_from=9), ids)


ORDER = {"error": 0, "warning": 1, "note": 2}
SEVERITIES = {"error": N_("error"), "warning": N_("warning"), "note": N_("note")}


def findings(shown: Shown, lang: str) -> str:
    """What the check found under each rulebook: what, why, how to mend."""

    def body(_: Any, source: Source) -> str:
        items: dict[str, list[str]] = {}
        for found in source.footprint["findings"]:
            severity = str(found["severity"])
            word = escape(tr_in(lang, SEVERITIES.get(severity, severity)))
            tag = f'<span class="tag {escape(severity)}">{word}</span>'
            place = found.get("place") or {}
            where = " ".join(str(place[key]) for key in ("file", "line", "path") if place.get(key))
            reasons = [source.label(found.get(key), lang) for key in ("why", "mend")]
            why = "".join(f'<span class="note">{escape(reason)}</span>' for reason in reasons if reason)
            code = escape(str(found.get("label") or found["code"]))
            items.setdefault(severity, []).append(
                f"<li>{tag} <b>{code}</b> {escape(source.label(found['what'], lang))}{why}"
                f'<span class="note"><code>{escape(where)}</code> {escape(str(found.get("clause", "")))}</span></li>'
            )
        if not items:
            return f"<p>{escape(tr_in(lang, 'none'))}</p>"
        # Errors stand open; the many warnings and notes behind a toggle that says how many they are.
        made = []
        for severity, listed in sorted(items.items(), key=lambda item: ORDER.get(item[0], len(ORDER))):
            body = '<ul class="tree">' + "".join(listed) + "</ul>"
            word = tr_in(lang, SEVERITIES.get(severity, severity))
            made.append(body if severity == "error" else details(word, str(len(listed)), body))
        return "".join(made)

    return _each(shown, lang, body)
