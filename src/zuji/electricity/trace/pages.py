"""The pages of a published trace: plain HTML in Chinese and English, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from zuji.electricity.trace.void import REASONS, Void
from zuji.i18n import N_, tr_in

if TYPE_CHECKING:
    from zuji.electricity.trace.publish import ZoneData
    from zuji.electricity.trace.run import Trace

STYLE = """\
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2rem auto;max-width:70rem;
padding:0 1rem;color:#1a1a1a;background:#fff}table{border-collapse:collapse;width:100%}
th,td{padding:.25rem .6rem;text-align:left;
border-bottom:1px solid #ddd}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.warn{background:#fff3cd;
border:1px solid #b58900;padding:.6rem}code{font-size:.85em;overflow-wrap:anywhere}
a{color:#0b5394}:target{background:#fff3cd}
"""
ASSUMED = N_(
    "* part of the errors behind this interval is assumed, since nobody stated them; the share of the variance stands "
    "in the JSON as assumed_error_share"
)
SYNTHETIC = N_("These figures are synthetic: an example, not a real grid.")


def both(message: str, /, **params: object) -> str:
    """A message in Chinese and English, each marked with its language."""
    zh, en = tr_in("zh", message, **params), tr_in("en", message, **params)
    return f'<span lang="zh">{escape(zh)}</span> <span lang="en">{escape(en)}</span>'


def _page(title: str, body: str, synthetic: bool) -> str:
    warning = f'<p class="warn">{both(SYNTHETIC)}</p>' if synthetic else ""
    return (
        '<!doctype html>\n<html lang="zh">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{warning}{body}</main>\n"
        "</body>\n</html>\n"
    )


def _head(trace: Trace, g: int) -> str:
    gas = trace.balance.labels.gases[g]
    rows = (
        (both(N_("Rule")), f"<code>{escape(trace.rule.id)}</code>"),
        (both(N_("Gas and scope")), escape(f"{gas.name}, {gas.scope}")),
        (both(N_("Digest of the trace")), f"<code>{escape(trace.digest)}</code>"),
        (both(N_("Time zone")), escape(trace.balance.time_zone)),
    )
    return "<dl>\n" + "".join(f"<dt>{a}</dt><dd>{b}</dd>\n" for a, b in rows) + "</dl>\n"


def _number(value: float) -> str:
    return "—" if value != value else f"{value:.2f}"


def _table(headings: list[tuple[str, bool]], rows: list[str]) -> str:
    head = "".join(f'<th scope="col"{" class=n" if n else ""}>{text}</th>' for text, n in headings)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n" + "".join(rows) + "</tbody>\n</table>\n"


def index(trace: Trace, data: list[ZoneData], g: int) -> str:
    """The first page: every zone with its mean, and the whole trace's account."""
    labels = trace.balance.labels
    mean, used = trace.mean(g), np.nansum(trace.consumption, axis=0)
    rows = []
    for i, zone in enumerate(data):
        name = labels.zones[i].name
        shown = f"{name.zh} {name.en}".strip() or zone.id
        rows.append(
            f'<tr><th scope="row"><a href="zones/{zone.slug}/index.html">{escape(zone.id)}</a></th>'
            f'<td>{escape(shown)}</td><td class="n">{_number(float(mean[i]))}</td>'
            f'<td class="n">{used[i]:,.0f}</td></tr>\n'
        )
    headings = [(both(N_("Zone")), False), (both(N_("Name")), False), (both(N_("Mean factor [kg/MWh]")), True),
                (both(N_("Consumption [MWh]")), True)]  # fmt: skip
    documents = "".join(
        f"<li><code>{escape(d.file)}</code> {escape(d.publisher)} {escape(d.licence)} "
        f"<code>{escape(d.sha256)}</code></li>\n"
        for d in trace.balance.documents
    )
    emitted, gap = float(trace.emissions[g]), float(trace.imbalance[g])
    account = both(
        N_("emitted {emitted} t, accounted for with a difference of {gap} t"),
        emitted=f"{emitted / 1000:,.1f}",
        gap=f"{gap / 1000:,.3f}",
    )
    body = (
        f"<h1>{both(N_('Electricity factors traced to their generators'))}</h1>\n<p>{escape(trace.balance.id)}</p>\n"
        f"{_head(trace, g)}<p>{account}</p>\n{_table(headings, rows)}"
        f"<h2>{both(N_('Sources'))}</h2>\n<ul>\n{documents}</ul>\n"
        f'<p><a href="data/factors.csv">factors.csv</a> · <a href="manifest.json">manifest.json</a></p>\n'
    )
    return _page(f"{trace.balance.id} {trace.rule.id}", body, trace.balance.synthetic)


def zone_pages(trace: Trace, zone: ZoneData, g: int) -> Iterator[tuple[str, str]]:
    """The pages of a zone: one with its months, one per month with every period, each with an address of its own."""
    from zuji.electricity.trace.publish import origins_of

    synthetic = trace.balance.synthetic
    months = [(m, [t for t, _ in group]) for m, group in groupby(enumerate(zone.times), key=lambda item: item[1][:7])]
    rows = []
    for month, periods in months:
        values = zone.value[periods]
        known = values[~np.isnan(values)]
        low, mean, high = (known.min(), known.mean(), known.max()) if known.size else (np.nan,) * 3
        cells = "".join(f'<td class="n">{_number(float(v))}</td>' for v in (low, mean, high))
        missing = f'<td class="n">{len(periods) - known.size}</td>'
        rows.append(f'<tr><th scope="row"><a href="{month}.html">{month}</a></th>{cells}{missing}</tr>\n')
    headings = [(both(N_("Month")), False), (both(N_("lowest")), True), (both(N_("mean of the periods")), True),
                (both(N_("highest")), True), (both(N_("without a figure")), True)]  # fmt: skip
    back = (
        f'<p><a href="../../index.html">{both(N_("all zones"))}</a> · '
        f'<a href="../../data/{zone.slug}.json">JSON</a></p>\n'
    )
    title = f"<h1>{escape(zone.id)}</h1>\n"
    body = f"{title}{back}{_head(trace, g)}{_table(headings, rows)}"
    yield f"zones/{zone.slug}/index.html", _page(f"{zone.id}", body, synthetic)
    headings = [(both(N_("Start")), False), (both(N_("Factor [kg/MWh]")), True), (both(N_("95 % interval")), True),
                (both(N_("Origin (MWh generated per MWh)")), False), (both(N_("Source rows")), False)]  # fmt: skip
    slug_of = {z.id: True for z in trace.balance.labels.zones}
    for month, periods in months:
        rows = []
        for t in periods:
            value = float(zone.value[t])
            if value != value:
                reason = both(REASONS[Void[zone.reason[t].upper()]])
                shown, interval, origin = "—", "", reason
            else:
                shown = f"{value:.2f}"
                interval = "" if zone.upper[t] != zone.upper[t] else f"{zone.lower[t]:.1f}–{zone.upper[t]:.1f}"
                interval += "*" if zone.assumed[t] > 0 else ""
                origin = ", ".join(
                    f"{escape(id) if id in slug_of else both(N_('opening stock'))} {share:.3f}"
                    for id, share in origins_of(trace, zone, t)
                )
            time = zone.times[t]
            rows.append(
                f'<tr id="{time}"><th scope="row"><a href="#{time}">{time}</a></th><td class="n">{shown}</td>'
                f'<td class="n">{interval}</td><td>{origin}</td><td><code>{escape(zone.rows[t])}</code></td></tr>\n'
            )
        up = f'<p><a href="index.html">{escape(zone.id)}</a></p>\n'
        note = f"<p>{both(ASSUMED)}</p>\n" if (zone.assumed[periods] > 0).any() else ""
        body = f"<h1>{escape(zone.id)} {month}</h1>\n{up}{_head(trace, g)}{_table(headings, rows)}{note}"
        yield f"zones/{zone.slug}/{month}.html", _page(f"{zone.id} {month}", body, synthetic)
