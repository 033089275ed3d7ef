"""Make a dossier with every kind of proof, to be kept as a fixture: python -m tests.dossier.make_fixture FILE."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from zuji.dossier.freeze import Choices, freeze
from zuji.dossier.log import append, audit, entry_of, init_log
from zuji.dossier.manifest import digest_of
from zuji.dossier.prove import STAMPS, added, imprint, logged, signed
from zuji.dossier.read import open_dossier
from zuji.dossier.review_events import Events, new_event
from zuji.dossier.stamp import request, token_of
from zuji.dossier.statement import issued

from .conftest import AT, footprints_of, write_study
from .people import Authority, Person


def made(folder: Path) -> bytes:
    """A dossier that was signed, stamped, logged, reviewed and stated on."""
    company, verifier = Person.of("Chen Hua", "CellCo", "company"), Person.of("Li Wei", "Certifier", "verifier")
    footprints = footprints_of(write_study(folder / "study"), "iso-14067")
    data = freeze(footprints, Choices(keep_home=frozenset({"bill"})))
    data = signed(open_dossier(data), company.key, company.card, at=AT)
    dossier = open_dossier(data)
    token = token_of(Authority(AT).answer(request(imprint(dossier, 1), 1)))
    dossier = open_dossier(added(dossier, STAMPS, ".tst", token))
    init_log(folder / "log", "example.org/log", company.key)
    append(folder / "log", entry_of(digest_of(b"another")), company.key)
    append(folder / "log", entry_of(dossier.digest), company.key)
    dossier = open_dossier(logged(dossier, audit(folder / "log")))
    totals = {result.rulebook: result.summary["total"] for result in dossier.results}
    body = {"round": 1, "level": "limited", "materiality": 0.05, "totals": totals}
    events = new_event(Events(()), "open", body, verifier.key, verifier.card, dossier=dossier.digest, at=AT)
    return issued(
        dossier, events, verifier.key, verifier.card, level="limited", opinion="unmodified", scope="cradle to grave",
        criteria=["iso-14067"], text="Nothing has come to our attention.", at=AT,
    )  # fmt: skip


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        Path(sys.argv[1]).write_bytes(made(Path(name)))
