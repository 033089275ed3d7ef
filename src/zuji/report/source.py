"""What a report rests on: the canonical documents of one footprint, fresh from a calculation or out of a dossier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from zuji.datum import LocalText
from zuji.dossier.read import Result
from zuji.footprint.model import Footprint
from zuji.i18n import N_, tr_in

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """One footprint as documents; every text of them exists in both languages."""

    footprint: Document
    """`zuji-footprint/1`"""
    study: Document
    """The study as a canonical document."""
    book: Document
    """`{id, title, issuer, note}` of the rulebook's version."""
    datasets: Mapping[str, Document]
    """The datasets that the footprint takes from, by id."""
    dossier: str = ""
    """Digest of the dossier that it was read from; '' for a footprint that is not frozen."""

    @property
    def day(self) -> date:
        """The day whose rules hold."""
        return date.fromisoformat(self.footprint["rulebook"]["on"])

    @property
    def amount(self) -> float | None:
        """Functional units per product; None where the study does not declare its service life."""
        amount = self.footprint["functional_unit"]["amount_per_product"]
        return None if amount is None else float(amount)

    def label(self, document: Any, lang: str) -> str:
        """The text of a `{zh, en}` document in `lang`."""
        return LocalText(document.get("zh", ""), document.get("en", "")).pick(lang) if document else ""

    def hotspots(self) -> list[Document]:
        """The contribution lines, largest first."""
        return sorted(self.footprint["lines"], key=lambda line: (-abs(line["value"]), line["activity"], line["line"]))

    def errors(self) -> list[Document]:
        """Findings that make the figures unusable."""
        return [finding for finding in self.footprint["findings"] if finding["severity"] == "error"]

    def warnings(self) -> list[Document]:
        """Findings that limit what the figures may be used for."""
        return [finding for finding in self.footprint["findings"] if finding["severity"] == "warning"]


def source_of(footprint: Footprint) -> Source:
    """The documents of a calculated footprint."""
    system = footprint.system
    used = {line.provider for line in footprint.lines} | {row.dataset for row in footprint.electricity}
    return Source(
        footprint=footprint.document,
        study=system.study.document,
        book={
            "id": system.book.id,
            "title": {"zh": system.book.title.zh, "en": system.book.title.en},
            "issuer": str(system.book.document["book"].get("issuer", "")),
            "note": {"zh": system.version.note.zh, "en": system.version.note.en},
        },
        datasets={id: system.background[id].as_dict() for id in sorted(used) if id in system.background},
    )


STATUS = {
    "in force": N_("rulebook in force"),
    "draft": N_("rulebook is a draft"),
    "pilot": N_("rulebook of a pilot scheme"),
    "withdrawn": N_("rulebook is withdrawn"),
}


def marks(source: Source, lang: str) -> tuple[str, ...]:
    """What has to stand on every page: draft or withdrawn rules, unverified parameters, gaps, errors."""
    document = source.footprint
    found = []
    if source.errors() or not document["usable"]:
        found.append(tr_in(lang, "not usable: errors in the data"))
    if not document["complete"]:
        found.append(tr_in(lang, "incomplete"))
    status = document["rulebook"]["status"]
    if status != "in force":
        found.append(tr_in(lang, STATUS[status]))
    if document["unverified"]:
        found.append(tr_in(lang, "{count} parameters and rules unverified", count=len(document["unverified"])))
    return tuple(found)


def source_of_result(result: Result) -> Source:
    """The documents of one result of a dossier, as they were frozen."""
    frozen = result.document("rulebook")["book"]
    version: Document = next(
        (v for v in frozen.get("versions", ()) if v["id"] == result.footprint["rulebook"]["version"]), {}
    )
    used = {line["provider"] for line in result.footprint["lines"]}
    used |= {row["dataset"] for row in result.footprint["electricity"]}
    return Source(
        footprint=result.footprint,
        study=result.dossier.documents["study/study.json"],
        book={
            "id": result.rulebook,
            "title": result.summary["title"],
            "issuer": str(frozen.get("issuer", "")),
            "note": version.get("note", {}),
        },
        datasets={d["id"]: d for d in result.dossier.datasets if d["id"] in used},
        dossier=result.dossier.digest,
    )
