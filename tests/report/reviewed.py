"""A dossier that three rounds of review led to: findings in every state, signatures, a log, and a statement on it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.dossier.conftest import AT, footprints_of, write_study
from tests.dossier.people import Person

from zuji.dossier.freeze import freeze
from zuji.dossier.log import append, audit, entry_of, init_log
from zuji.dossier.prove import logged, signed
from zuji.dossier.read import Dossier, open_dossier
from zuji.dossier.review_events import Events, new_event
from zuji.dossier.statement import issued

COMPANY, VERIFIER = Person.of("陈华 Chen Hua", "CellCo", "company"), Person.of("Li Wei", "Certifier", "verifier")


def reviewed_dossier(folder: Path) -> Dossier:
    """Three versions of one study, each with its round; the third one carries review and statement."""
    versions = []
    for number, mass in enumerate(("400", "380", "370"), 1):
        study = write_study(folder / f"study{number}")
        bom = study / "bom.csv"
        bom.write_text(bom.read_text("utf-8").replace(",400,", f",{mass},"), encoding="utf-8", newline="\n")
        versions.append(open_dossier(freeze(footprints_of(study, "iso-14067"))))
    clock = AT
    events = Events(())

    def entry(who: Person, action: str, dossier: Dossier, **body: object) -> str:
        nonlocal clock, events
        clock += timedelta(hours=7)
        events = new_event(events, action, body, who.key, who.card, dossier=dossier.digest, at=clock)
        return events.events[-1].id

    def opened(number: int) -> None:
        dossier = versions[number - 1]
        totals = {result.rulebook: result.summary["total"] for result in dossier.results}
        entry(VERIFIER, "open", dossier, round=number, level="reasonable", materiality=0.05, totals=totals)

    def raised(number: int, kind: str, address: str, text: str) -> str:
        dossier = versions[number - 1]
        return entry(VERIFIER, "find", dossier, kind=kind, address=address, rulebook="iso-14067", text=text)

    opened(1)
    first = raised(1, "corrective_action", "line/assembly/frame", "Which scale weighed the frame? 用哪台秤称量？")
    second = raised(1, "clarification", "line/assembly/power", "Period of the meter reading?")
    entry(COMPANY, "answer", versions[0], finding=first, text="Scale 4; 380 kg, see bill 17")
    entry(COMPANY, "answer", versions[0], finding=second, text="Calendar year 2024")
    entry(VERIFIER, "accept", versions[0], finding=second, text="Bill seen")
    entry(VERIFIER, "close", versions[0], finding=second)
    opened(2)
    entry(VERIFIER, "reopen", versions[1], finding=first, text="Bill 17 says 370 kg")
    raised(2, "observation", "total", "Rate the datasets of the supplier next year.")
    entry(COMPANY, "answer", versions[1], finding=first, text="Corrected to 370 kg <net>")
    opened(3)
    entry(VERIFIER, "accept", versions[2], finding=first, text="Corrected in the third version")
    data = signed(versions[2], COMPANY.key, COMPANY.card, at=AT)
    init_log(folder / "log", "example.org/log", COMPANY.key)
    append(folder / "log", entry_of(versions[2].digest), COMPANY.key)
    dossier = open_dossier(logged(open_dossier(data), audit(folder / "log")))
    return open_dossier(
        issued(
            dossier, events, VERIFIER.key, VERIFIER.card, level="reasonable", opinion="qualified",
            scope="Cradle to grave, plant works, 2024", criteria=["iso-14067"], at=clock,
            text="In our opinion the carbon footprint is fairly stated, except for the rating of the data.",
        )
    )  # fmt: skip
