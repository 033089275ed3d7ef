"""Freezing: the same bytes each time, evidence and datasets as chosen, and nothing frozen that would not verify."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from zuji.canonical import digest
from zuji.dossier.freeze import Choices, FreezeError, freeze
from zuji.dossier.read import open_dossier
from zuji.dossier.standalone import as_fraction, exact_text
from zuji.dossier.verify import verify
from zuji.errors import ZujiError
from zuji.footprint.explain import addresses
from zuji.footprint.model import Footprint

from .conftest import AT, footprints_of, write_study

SCRIPT = """
import hashlib, sys
from datetime import date
from pathlib import Path
from zuji.dossier.freeze import freeze
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate
from zuji.footprint.lint import linted
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study
study = open_study(Path(sys.argv[1])).study
background, own = background_of(study)
footprint = linted(calculate(study, open_book("iso-14067"), on=date(2026, 1, 1), background=background), own)
print(hashlib.sha256(freeze([footprint])).hexdigest())
"""


def test_the_same_bytes_in_other_processes(study_folder: Path) -> None:
    """Two processes with other time zones, languages, encodings and hash seeds freeze the same bytes."""
    settings = [
        {"TZ": "UTC", "LANG": "C", "PYTHONHASHSEED": "1", "ZUJI_LANG": "en"},
        {"TZ": "Asia/Shanghai", "LC_ALL": "zh_CN.GBK", "PYTHONHASHSEED": "2", "ZUJI_LANG": "zh", "PYTHONUTF8": "0"},
    ]
    running = []
    for setting in settings:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHON", "ZUJI_", "TZ"))}
        environment = {**kept, "PYTHONPATH": os.pathsep.join(sys.path), **setting}
        command = [sys.executable, "-c", SCRIPT, str(study_folder)]
        running.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE))
    outputs = [process.communicate(timeout=120)[0] for process in running]
    assert outputs[0] == outputs[1]
    assert len(outputs[0].strip()) == 64


def test_twice_is_once(footprints: list[Footprint], small: bytes) -> None:
    """Freezing the same footprint again gives the same bytes."""
    assert freeze(footprints[:1]) == small


def test_everything_is_inside(frozen: bytes, footprints: list[Footprint]) -> None:
    """Study, rulebooks, footprints, trees for every address and evidence are in the dossier as they were."""
    dossier = open_dossier(frozen)
    study = footprints[0].system.study
    assert digest(dossier.documents["study/study.json"]) == study.digest
    assert dossier.study == type(study)(**{**vars(dossier.study)})
    assert dossier.study.digest == study.digest
    for footprint, result in zip(footprints, dossier.results, strict=True):
        assert result.rulebook == footprint.system.book.id
        assert result.footprint == json.loads(footprint.json)
        assert digest(result.document("rulebook")) == footprint.system.book.digest
        assert result.explain("en")["total"]["value"] == footprint.total
        for lang in ("zh", "en"):
            assert set(result.explain(lang)) == set(addresses(footprint))
        assert result.explain("zh")["total"]["label"] != result.explain("en")["total"]["label"]
    assert {entry["id"]: dossier.read(entry["member"]) for entry in dossier.evidence} == {
        "meter": b"1200 kWh\n",
        "bill": b"confidential\n",
    }


def test_evidence_stays_home(footprints: list[Footprint]) -> None:
    """Evidence that is kept at home is named by its digest; its bytes are nowhere in the file, the rest is inside."""
    data = freeze(footprints[:1], Choices(keep_home=frozenset({"bill"})))
    assert b"confidential" not in data
    assert b"1200 kWh" in data
    found = verify(data, at=AT)
    assert found.holds
    assert [(f.code, f.shown("en")["ids"]) for f in found.findings if f.code == "ZJ711"] == [("ZJ711", "bill")]
    assert b"1200 kWh" not in freeze(footprints[:1], Choices(no_evidence=True))


def test_unknown_evidence_is_refused(footprints: list[Footprint]) -> None:
    """A name that is no evidence would leave a confidential file in by mistake: it is refused."""
    with pytest.raises(ZujiError, match="bil"):
        freeze(footprints[:1], Choices(keep_home=frozenset({"bil"})))


def test_changed_evidence_is_not_frozen(tmp_path: Path) -> None:
    """Evidence that is gone or changed since the study was read stops the freezing and names file and mend."""
    folder = write_study(tmp_path / "study")
    footprints = footprints_of(folder, "iso-14067")
    (folder / "evidence" / "meter.txt").write_text("other")
    (folder / "evidence" / "bill.pdf").unlink()
    with pytest.raises(FreezeError) as caught:
        freeze(footprints)
    assert [finding.code for finding in caught.value.findings] == ["ZJ712", "ZJ712"]
    assert "--keep-home meter" in caught.value.findings[1].mend()


def test_what_does_not_belong_together(footprints: list[Footprint], tmp_path: Path) -> None:
    """Nothing, one rulebook twice, or two studies do not make one dossier."""
    with pytest.raises(ZujiError, match="at least one"):
        freeze([])
    with pytest.raises(ZujiError, match="each rulebook once"):
        freeze([footprints[0], footprints[0]])


def with_licensed_dataset(folder: Path) -> Path:
    """The study with one dataset that may not be passed on: copper, 4.5 kg CO2e/kg."""
    write_study(folder)
    path = folder / "background.csv"
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    for row in rows:
        row["redistribute"] = "no" if row["id"] == "copper" else row["redistribute"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_a_licensed_dataset_stays_out(tmp_path: Path) -> None:
    """A dataset that may not be passed on is there by digest and score; the result is the same and still recomputes."""
    footprints = footprints_of(with_licensed_dataset(tmp_path / "study"), "iso-14067")
    assert any(line.provider == "copper" for line in footprints[0].lines)
    data = freeze(footprints)
    dossier = open_dossier(data)
    kept = next(document for document in dossier.datasets if document["id"] == "copper")
    assert kept["digest"] == digest(footprints[0].system.background["copper"].as_dict())
    assert "interventions" not in kept
    # One kilogram of it is stated to have 4.5 kg CO2e, so the score is exactly that.
    assert {as_fraction(text) for text in kept["scores"]["iso-14067"].values()} == {as_fraction("4.5")}
    found = verify(data, at=AT)
    assert found.holds
    assert found.agreements[0].difference < 1e-12
    assert found.recalculated[0].here == pytest.approx(footprints[0].total, rel=1e-12)
    assert "ZJ717" in {finding.code for finding in found.findings}
    shown = open_dossier(freeze(footprints, Choices(disclose=frozenset({"copper"}))))
    assert "interventions" in next(d for d in shown.datasets if d["id"] == "copper")


def test_a_version_names_the_one_before(footprints: list[Footprint], small: bytes) -> None:
    """The predecessor is the digest of the other manifest."""
    before = open_dossier(small)
    after = open_dossier(freeze(footprints[:1], Choices(predecessor=before.digest)))
    assert after.predecessor == before.digest != after.digest


def test_long_fractions_keep_their_beginning() -> None:
    """A fraction of thousands of digits is written to 50 digits, others exactly."""
    from fractions import Fraction

    long = Fraction(10**2000 + 7, 3**2000)
    text = exact_text(long)
    assert text.startswith("~")
    assert len(text) < 70
    assert abs(as_fraction(text) / long - 1) < Fraction(1, 10**48)
    assert exact_text(Fraction(-1, 3)) == "-1/3"
    assert as_fraction(exact_text(-long)) == -as_fraction(text)
