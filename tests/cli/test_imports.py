"""`zuji data import` and its siblings: what is printed, stored, refused, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..background.importers.building import CH4, CO2, Spold, es1, es1_dataset, es1_exchange, spolds, zipped
from .conftest import Run


@pytest.fixture(autouse=True)
def _store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZUJI_DATA", str(tmp_path / "data"))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return spolds(
        tmp_path / "db",
        Spold("steel").takes("coke", 2).emits(CO2, 0.25),
        Spold("coke", place="CN").emits(CO2, 0.5).emits(CH4, 0.01),
    )


def test_import_list_search_show(run: Run, database: Path) -> None:
    """An imported database is listed, found by word and place, and one dataset shows its gases and licence."""
    ran = run("data", "import", str(database), "--name", "mine", "--licence", "closed", "--system-model", "cut-off")
    assert ran.code == 0
    assert "stored as mine: sha256:" in ran.out
    assert "background: mine" in ran.out
    assert "cut-off" in run("data", "list").out
    found = run("data", "search", "coke", "-g", "CN", "-b", "mine", "--json")
    assert [hit["name"] for hit in json.loads(found.out)] == ["coke"]
    assert run("data", "search", "coke", "--unit", "kWh", "-b", "mine").code == 1
    shown = run("data", "show", Spold("steel").id)
    assert shown.code == 0
    assert "closed" in shown.out
    assert "1.25" in shown.out


def test_search_joins_starter_and_stored(run: Run, database: Path) -> None:
    """Without --background both are searched, each under its heading."""
    run("data", "import", str(database), "--name", "mine")
    ran = run("data", "search", "steel")
    assert "flow:steel" in ran.out
    assert Spold("steel").id in ran.out


def test_errors_refuse_and_gaps_are_accepted(run: Run, tmp_path: Path) -> None:
    """An amount that is no number refuses the import; --accept-gaps stores the dataset as a gap."""
    folder = spolds(tmp_path / "bad", Spold("a").emits(CO2, "NaN"))
    ran = run("data", "import", str(folder), "--name", "bad")
    assert ran.code == 1
    assert "ZJ809" in ran.out
    assert "--accept-gaps" in ran.out
    assert "bad" not in run("data", "list").out.replace("background", "")
    ran = run("data", "import", str(folder), "--name", "bad", "--accept-gaps")
    assert ran.code == 0
    assert "gap" in run("data", "search", "a", "-b", "bad").out


def test_json_has_every_number(run: Run, database: Path) -> None:
    """The summary for programs: counts, findings, digest; a trial stores nothing."""
    ran = run("data", "import", str(database), "--name", "mine", "--dry-run", "--json")
    summary = json.loads(ran.out)
    assert (summary["datasets"], summary["linked"], summary["gas_flows"], summary["digest"]) == (2, 1, 2, "")
    assert "no background is stored" in run("data", "list").out
    digest = json.loads(run("data", "import", str(database), "--name", "mine", "--json").out)["digest"]
    assert json.loads(run("data", "list", "--json").out)[0]["digest"] == digest


def test_diff_verify_remove(run: Run, database: Path, tmp_path: Path) -> None:
    """Differences end with 1, a tampered file is found, a removed name is gone."""
    run("data", "import", str(database), "--name", "a")
    other = spolds(
        tmp_path / "db2", Spold("steel").takes("coke", 3), Spold("coke", place="CN").emits(CO2, 0.5).emits(CH4, 0.01)
    )
    run("data", "import", str(other), "--name", "b")
    ran = run("data", "diff", "a", "b", "--json")
    assert ran.code == 1
    assert json.loads(ran.out)["changed"] == [Spold("steel").id]
    assert run("data", "diff", "a", "a").code == 0
    assert run("data", "verify").code == 0
    next((tmp_path / "data").rglob("bio_amount.npy")).write_bytes(b"")
    assert run("data", "verify").code == 1
    assert run("data", "remove", "a").code == 0
    assert run("data", "remove", "a").code == 2
    assert run("data", "info", "a").code == 2


def test_one_damaged_background_hides_no_other(run: Run, database: Path, tmp_path: Path) -> None:
    """A search says which background it could not look into, and goes on."""
    digest = json.loads(run("data", "import", str(database), "--name", "a", "--json").out)["digest"]
    run("data", "import", str(spolds(tmp_path / "db2", Spold("coke oven"))), "--name", "b")
    (tmp_path / "data" / "backgrounds" / "objects" / digest[7:] / "tables.sqlite").write_bytes(b"broken" * 99)
    ran = run("data", "search", "coke")
    assert "coke oven" in ran.out
    assert "a was not searched" in ran.err
    assert run("data", "search", "coke", "-b", "a").code == 3
    assert run("data", "verify").code == 1


def test_info_repeats_the_findings(run: Run, tmp_path: Path) -> None:
    """What the import said can be read later, with what is not linked."""
    folder = spolds(tmp_path / "db", Spold("a").takes("nowhere", 1))
    run("data", "import", str(folder), "--name", "a")
    ran = run("data", "info", "a")
    assert "nowhere" in ran.out
    assert "ZJ813" in ran.out
    assert json.loads(run("data", "info", "a", "--json").out)["unlinked"] == [["nowhere", 1]]


def test_impacts_of_other_categories(run: Run, tmp_path: Path) -> None:
    """A method that came with the database gives its result beside the gases."""
    more = 'category="air" CASNumber="000124-38-9"'
    emission = es1_exchange(2, "Carbon dioxide, fossil", 2, "outputGroup>4", more=more)
    database = es1(es1_dataset(1, "a", es1_exchange(1, "a", 1, "outputGroup>0") + emission))
    factor = es1_exchange(1, "Carbon dioxide, fossil", 21, "inputGroup>4", more=more)
    method = es1(es1_dataset(9, "oddity", factor, unit="points"), namespace="EcoSpold01Impact")
    path = zipped(tmp_path / "db.zip", {"a.xml": database, "m.xml": method})
    assert run("data", "import", str(path), "--name", "a").code == 0
    assert "42" in run("data", "show", "ecospold1-1").out
    assert json.loads(run("data", "show", "ecospold1-1", "--json").out)["impacts"][0]["value"] == 42


@pytest.mark.parametrize(
    "arguments",
    [
        ["--name", "a/b"],
        ["--name", "a", "--redistribute", "maybe"],
        ["--name", "a", "--format", "docx"],
        ["--name", "a", "--allocation", "x"],
    ],
)
def test_wrong_usage(run: Run, database: Path, arguments: list[str]) -> None:
    """Names that are no file name and unknown words end with a sentence."""
    ran = run("data", "import", str(database), *arguments)
    assert ran.code in (1, 2)
    assert "Traceback" not in ran.said


def test_what_cannot_be_read(run: Run, tmp_path: Path) -> None:
    """A missing file ends with 3, a file of another kind with 1 and the formats that are read."""
    assert run("data", "import", str(tmp_path / "absent"), "--name", "a").code == 3
    (tmp_path / "a.txt").write_text("hello", encoding="utf-8")
    ran = run("data", "import", str(tmp_path / "a.txt"), "--name", "a")
    assert ran.code == 1
    assert "EcoSpold 2" in ran.out


def test_chinese(run: Run, database: Path) -> None:
    """The summary has no figure less in Chinese."""
    ran = run("--lang", "zh", "data", "import", str(database), "--name", "甲")
    assert ran.code == 0
    assert "sha256:" in ran.out
