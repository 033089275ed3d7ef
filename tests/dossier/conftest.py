"""A small study with evidence, its dossier, and people with keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path

import pytest

from zuji.dossier.freeze import freeze
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate
from zuji.footprint.lint import linted
from zuji.footprint.model import Footprint
from zuji.i18n import set_language
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study

from ..rulebooks.building import StudyFolder, datum
from .people import Person

DAY = date(2026, 1, 1)
AT = datetime(2026, 1, 2, 8, 0, tzinfo=timezone.utc)  # noqa: UP017


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ZUJI_LANG", "en")
    set_language(None)
    yield
    set_language(None)


def write_study(folder: Path) -> Path:
    """A cabinet of two materials, one of them with evidence, made with metered electricity and used for years."""
    study = StudyFolder(folder)
    study.background("steel", 2, "kgCO2e/kg").background("copper", "4.5", "kgCO2e/kg")
    study.electricity("grid", "0.6")
    study.part("frame", 400, "kg", dataset="steel", evidence="bill")
    for item, mass in (("door", 120), ("rails", 90), ("feet", 60), ("screws", 30)):
        study.part(item, mass, "kg", dataset="steel")
    study.part("bars", 300, "kg", dataset="copper")
    made = {"id": "power", "role": "energy", "electricity": "works", "amount": datum(90, "kWh", evidence=["meter"])}
    study.process("assembly", [made], produces="thing")
    study.meter("main", 9000)
    study.head["service_life"] = {"mode": "repeated_cycling", "cycles": datum(5000, "cycle"), "years": datum(15, "a")}
    study.write()
    rows = ["id,file,sha256,title_zh,title_en"]
    (folder / "evidence").mkdir(exist_ok=True)
    for id, file, text in (("meter", "meter.txt", "1200 kWh\n"), ("bill", "bill.pdf", "confidential\n")):
        (folder / "evidence" / file).write_bytes(text.encode())
        rows.append(f"{id},{file},{hashlib.sha256(text.encode()).hexdigest()},{id},{id}")
    (folder / "evidence" / "index.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def footprints_of(folder: Path, *books: str) -> list[Footprint]:
    study = open_study(folder).study
    assert study is not None
    background, own = background_of(study)
    return [linted(calculate(study, open_book(book), on=DAY, background=background), own) for book in books]


@pytest.fixture(scope="session")
def study_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read by many tests and changed by none."""
    return write_study(tmp_path_factory.mktemp("dossier") / "study")


@pytest.fixture(scope="session")
def footprints(study_folder: Path) -> list[Footprint]:
    return footprints_of(study_folder, "iso-14067", "eu-cfb-ind")


@pytest.fixture(scope="session")
def frozen(footprints: list[Footprint]) -> bytes:
    """The dossier of two rulebooks with all evidence."""
    return freeze(footprints)


@pytest.fixture(scope="session")
def small(footprints: list[Footprint]) -> bytes:
    """The dossier of one rulebook."""
    return freeze(footprints[:1])


@pytest.fixture(scope="session")
def verifier() -> Person:
    return Person.of("Li Wei", "Certifier", "verifier")


@pytest.fixture(scope="session")
def company() -> Person:
    return Person.of("Chen Hua", "CellCo", "company")
