"""The statement as one HTML file in Chinese and English: no script, no network, the four lines apart."""

from __future__ import annotations

from html import escape
from typing import Protocol

import numpy as np

from zuji.electricity.ledger.hours import moment_of, zone
from zuji.electricity.matching.statement import LINES, Statement
from zuji.i18n import N_, tr_in
from zuji.numbers import percent, significant

ATTRIBUTIONS = {
    "own_factor": N_("own generation"),
    "instrument_factor": N_("contract factor"),
    "national_average": N_("national average"),
    "residual_mix": N_("residual mix"),
}
STYLE = """
:root{color-scheme:light}
body{font:16px/1.5 system-ui,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;margin:0 auto;max-width:58rem;
padding:1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.1rem;margin:1.5rem 0 .4rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}.claim{font-weight:600;padding:.6rem;border:1px solid #555}.small{color:#444;font-size:.85rem;
overflow-wrap:anywhere}
input.lang{position:absolute;opacity:0}label.lang{display:inline-block;padding:.2rem .8rem;border:1px solid #555;
cursor:pointer}input.lang:focus-visible+label{outline:3px solid #06c}
input.lang:checked+label{background:#234;color:#fff}
body:has(#zh:checked) main.en,body:has(#en:checked) main.zh{display:none}
@media print{input.lang,label.lang{display:none}}
"""
CELL, LEFT, TOP = 13, 62, 20


class _Text(Protocol):
    """A message in the language of the part, escaped."""

    def __call__(self, message: str, **params: object) -> str: ...


def page(found: Statement) -> str:
    """The page of a statement; the same statement gives the same bytes."""
    title = escape(f"{found.site} {found.year}")
    return (
        '<!DOCTYPE html>\n<html lang="zh">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}: {tr_in('zh', TITLE)} / {tr_in('en', TITLE)}</title>\n"
        f"<style>{STYLE}</style>\n</head>\n<body>\n"
        '<nav aria-label="语言 / Language">\n'
        f"{_choice('zh', '中文', ' checked')}{_choice('en', 'English', '')}</nav>\n"
        f"{_body(found, 'zh')}{_body(found, 'en')}</body>\n</html>\n"
    )


TITLE = N_("Electricity statement")
CONSUMED = N_("Consumption {total} MWh: {grid} from the grid, {own} own generation.")
FOUR = N_("Four lines, never mixed")
HOURLY = N_("Hour by hour")
SUPPLIES = N_("Certificates and own generation")
BASIS = N_("Basis")
LIMITS = N_("What limits this statement")
BY_MONTH = N_("By month")


def _choice(lang: str, name: str, checked: str) -> str:
    box = f'<input class="lang" type="radio" name="lang" id="{lang}"{checked}>'
    return f'{box}<label class="lang" for="{lang}" lang="{lang}">{name}</label>\n'


def _body(found: Statement, lang: str) -> str:
    def t(message: str, **params: object) -> str:
        return escape(tr_in(lang, message, **params))

    account = found.account
    parts = [
        f'<main class="{lang}" lang="{lang}">\n<h1>{t(TITLE)}: {escape(found.site)} {found.year}</h1>\n',
        f"<p>{t(CONSUMED, **_energies(found))}</p>\n",
        f"<h2>{t(FOUR)}</h2>\n{_lines(found, t)}",
        f'<p class="claim">{escape(found.claim.pick(lang))}</p>\n',
        f"<h2>{t(HOURLY)}</h2>\n<p>",
        t(
            N_("Carbon-free and claimed: {annual} by the year, {hourly} by the hour; 24/7 CFE score {cfe}."),
            annual=percent(account.annual_share),
            hourly=percent(account.hourly_share),
            cfe=percent(account.cfe),
        ),
        f"</p>\n{_heat_map(found, t)}",
        f"<h2>{t(SUPPLIES)}</h2>\n{_supplies(found, t)}",
        _counted(found, t),
        f"<h2>{t(BASIS)}</h2>\n{_basis(found, t)}",
        _findings(found, lang, t),
        "</main>\n",
    ]
    return "".join(parts)


def _energies(found: Statement) -> dict[str, str]:
    account = found.account
    named = {"total": account.consumption, "grid": account.grid, "own": account.own}
    return {name: f"{wh / 1e6:,.1f}" for name, wh in named.items()}


def _table(heads: list[str], rows: list[list[str]], words: int = 1) -> str:
    def cell(tag: str, i: int, text: str) -> str:
        return f'<{tag} class="n">{text}</{tag}>' if i >= words else f"<{tag}>{text}</{tag}>"

    head = "".join(cell("th", i, text) for i, text in enumerate(heads))
    body = "".join(f"<tr>{''.join(cell('td', i, c) for i, c in enumerate(row))}</tr>\n" for row in rows)
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"
    return f'<div class="scroll" tabindex="0">{table}</div>\n'


def _lines(found: Statement, t: _Text) -> str:
    account = found.account
    shares = {
        "location_based": f"{significant(found.location.value)} kg CO2e/kWh",
        "market_based_annual": percent(account.annual_share),
        "market_based_hourly": percent(account.hourly_share),
        "offsets": escape(", ".join(one.id for one in found.offsets)) or "–",
    }
    rows = [[t(LINES[name]), f"{value / 1000:,.1f}", shares[name]] for name, value in found.lines.items()]
    return _table([t(N_("Line")), "t CO2e", t(N_("Factor or share"))], rows)


def _supplies(found: Statement, t: _Text) -> str:
    words = (N_("Supply"), N_("Scheme"), N_("Vintage"), N_("Hours"))
    heads = [*words, N_("Energy [MWh]"), N_("by the year"), N_("by the hour")]
    rows = [
        [
            escape(one.id),
            escape(one.scheme),
            escape(one.vintage or "–"),
            t(N_("metered") if one.method == "metered" else N_("estimated")),
            *(f"{wh / 1e6:,.1f}" for wh in (one.energy, one.used_annual, one.used_hourly)),
        ]
        for one in found.account.lines
    ]
    return _table([t(head) for head in heads], rows, words=4)


def _counted(found: Statement, t: _Text) -> str:
    if not found.counted:
        return ""
    rows = [
        [
            escape(one.rulebook),
            "; ".join(f"{escape(id)}: {t(ATTRIBUTIONS[way])} {significant(f, 3)}" for id, _, way, f in one.parts),
            significant(one.factor),
        ]
        for one in found.counted
    ]
    title = t(N_("Counted by rulebook (life-cycle factors) [kg CO2e/kWh]"))
    return f"<h2>{title}</h2>\n" + _table([t(N_("Rulebook")), t(N_("What it does")), t(N_("Mean"))], rows, words=2)


def _basis(found: Statement, t: _Text) -> str:
    rows = [
        [t(N_("location factor")), f"{significant(found.location.value)} {escape(_origin(found.location))}"],
        [
            t(N_("residual factor of the unmatched part")),
            f"{significant(found.residual.value)} {escape(_origin(found.residual))}",
        ],
        *_traced(found, t),
        [t(N_("market boundary")), escape(", ".join(found.markets) or "–")],
        [t(N_("hours of the load from a profile")), percent(found.estimated_load)],
        [t(N_("certificates spread by a profile")), percent(found.estimated_supply)],
        [t(N_("rules of schemes not verified against their text")), escape(", ".join(found.unverified)) or "–"],
        [t(N_("ledger")), f"{escape(found.ledger)}, {escape(found.head)}"],
    ]
    body = "".join(f'<tr><th scope="row">{name}</th><td class="small">{value}</td></tr>\n' for name, value in rows)
    return f'<div class="scroll" tabindex="0"><table><tbody>\n{body}</tbody></table></div>\n'


def _traced(found: Statement, t: _Text) -> list[list[str]]:
    if found.located is None:
        return []
    traced = found.located.traced
    digests = escape(", ".join(traced.digests))
    return [[t(N_("location factor by the hour: rule, trace")), f"{escape(traced.rule)}, {digests}"]]


def _origin(factor: object) -> str:
    return f"kg CO2e/kWh: {getattr(factor, 'id', '')}, {getattr(factor, 'source', '')}"


def _findings(found: Statement, lang: str, t: _Text) -> str:
    if not found.findings:
        return ""
    items = "".join(f"<li>{escape(one.label)}: {escape(one.what(lang))}</li>\n" for one in found.findings)
    return f"<h2>{t(LIMITS)}</h2>\n<ul>\n{items}</ul>\n"


def _heat_map(found: Statement, t: _Text) -> str:
    """Share of the load that is covered, by month and hour of the day, as an inline drawing and in words."""
    tz = zone(found.timezone)
    moments = [moment_of(found.start + i, tz) for i in range(len(found.account.load))]
    keys = np.array([(m.month - 1) * 24 + m.hour for m in moments])
    load = np.bincount(keys, found.account.load, 288).reshape(12, 24)
    covered = np.bincount(keys, found.account.covered, 288).reshape(12, 24)
    share = np.divide(covered, load, out=np.zeros_like(load), where=load > 0)
    cells = [
        f'<rect x="{LEFT + hour * CELL * 2}" y="{TOP + month * CELL}" width="{CELL * 2 - 1}" height="{CELL - 1}" '
        f'fill="{_colour(share[month, hour])}"><title>{month + 1} / {hour:02d}:00: {percent(share[month, hour], 0)}'
        "</title></rect>"
        for month in range(12)
        for hour in range(24)
    ]
    months = [f'<text x="{LEFT - 6}" y="{TOP + (i + 0.8) * CELL}" text-anchor="end">{i + 1}</text>' for i in range(12)]
    hours = [f'<text x="{LEFT + h * CELL * 2}" y="{TOP - 5}">{h:02d}</text>' for h in range(0, 24, 3)]
    caption = t(N_("Covered share by month (rows) and hour of the day (columns): white 0 %, dark 100 %"))
    by_month = ", ".join(
        f"{i + 1}: {percent(c.sum() / total.sum() if total.sum() else 0.0, 0)}"
        for i, (c, total) in enumerate(zip(covered, load, strict=True))
    )
    width, height = LEFT + 24 * CELL * 2, TOP + 12 * CELL + 4
    return (
        f'<div class="scroll" tabindex="0"><svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{caption}" font-size="10">{"".join((*months, *hours, *cells))}</svg></div>\n'
        f'<p class="small">{caption}. {t(BY_MONTH)}: {by_month}</p>\n'
    )


def _colour(share: float) -> str:
    # From near white to dark green; the lightness alone tells, also in print.
    low, high = (238, 243, 238), (12, 74, 46)
    mixed = [round(a + (b - a) * min(max(share, 0.0), 1.0)) for a, b in zip(low, high, strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*mixed)
