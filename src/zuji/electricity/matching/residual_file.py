"""The input of a residual mix as CSV: source, production, issued, expired, external (share of the external mix)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from zuji.electricity.ledger import codes
from zuji.electricity.ledger.cells import columns_known
from zuji.electricity.ledger.words import said
from zuji.finding import Finding
from zuji.i18n import N_
from zuji.reading import read_csv
from zuji.study.amount import plain_number

COLUMNS = ("source", "production", "issued", "expired", "external", "note")
AMOUNTS = ("production", "issued", "expired", "external")


@dataclass
class Sources:
    """Amounts by source; those that a row leaves empty are not there."""

    production: dict[str, float] = field(default_factory=dict)
    issued: dict[str, float] = field(default_factory=dict)
    expired: dict[str, float] = field(default_factory=dict)
    external: dict[str, float] = field(default_factory=dict)


def read_sources(path: Path) -> tuple[Sources, tuple[Finding, ...]]:
    """The amounts by source, and a finding for every cell that is no number or negative."""
    table = read_csv(path, path.name)
    findings = [*table.findings, *columns_known(table, path.name, COLUMNS, ("source", "production"))]
    found = Sources()
    for row in table.rows:
        source = row.get("source")
        if not source or source in found.production:
            findings.append(
                codes.ROW(
                    row.place.at(column="source"), problem=said(N_("'{source}' is empty or there twice"), source=source)
                )
            )
            continue
        found.production[source] = 0.0
        for column in AMOUNTS:
            text = row.get(column)
            value = plain_number(text) if text else None
            if text and (value is None or value < 0):
                findings.append(
                    codes.ROW(
                        row.place.at(column=column), problem=said(N_("'{text}' is no number, or negative"), text=text)
                    )
                )
            elif value is not None:
                getattr(found, column)[source] = value
    return found, tuple(findings)
