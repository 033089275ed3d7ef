"""The store: names and digests, all or nothing, tampering, differences, search."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from zuji.background.importers.options import Options
from zuji.background.importers.progress import CancelledError, Progress
from zuji.background.importers.run import RefusedError, import_database
from zuji.background.store import library as library_module
from zuji.background.store.diff import compare
from zuji.background.store.finding_datasets import search_stored
from zuji.background.store.library import Library, UnknownBackgroundError, data_folder
from zuji.errors import UnreadableError, ZujiError

from ..importers.building import CO2, Spold, read, spolds


def _tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "data")


def _import(tmp_path: Path, library: Library, name: str, *datasets: Spold) -> str:
    return read(spolds(tmp_path / f"db {name}", *datasets)).commit(library, name)


def test_a_name_points_to_a_digest(tmp_path: Path, library: Library) -> None:
    """The same content under two names is stored once; the digest, its start and the name open it."""
    a = _import(tmp_path, library, "a", Spold("x").emits(CO2, 1))
    b = _import(tmp_path, library, "乙", Spold("x").emits(CO2, 1))
    assert a == b
    assert [n.name for n in library.names()] == ["a", "乙"]
    for name in ("a", "乙", a, a[7:19]):
        assert library.open(name).digest == a
    library.remove("a")
    assert library.open("乙").problems() == []
    library.remove("乙")
    with pytest.raises(UnknownBackgroundError):
        library.open(a)


def test_the_digest_covers_what_changes_results(tmp_path: Path, library: Library) -> None:
    """Another amount, licence or system model is another digest; the place of the files is not part of it."""
    folder = spolds(tmp_path / "db", Spold("x").emits(CO2, 1))
    other = spolds(tmp_path / "db2", Spold("x").emits(CO2, 1))
    changed = spolds(tmp_path / "db3", Spold("x").emits(CO2, 1.0000001))
    digests = [read(f, **o).commit(library, "n") for f, o in (
        (folder, {}), (other, {}), (changed, {}), (folder, {"licence": "L"}), (folder,
        {"system_model": "APOS"}))]  # fmt: skip
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4
    # Studies may name the digest: what the name pointed to before stays under a name of its own.
    assert library.open("n").digest == digests[-1]
    assert library.open(digests[0]).problems() == []
    assert {named.name for named in library.names()} == {"n", *(f"n-{d[7:15]}" for d in digests[1:-1])}


@pytest.mark.parametrize("moment", ["write", "replace", "point"])
def test_a_failed_commit_leaves_the_store_as_it_was(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Whatever fails while storing, every file of the store is the same as before."""
    _import(tmp_path, library, "a", Spold("x").emits(CO2, 1))
    before = _tree(library.root)
    imported = read(spolds(tmp_path / "db", Spold("y").emits(CO2, 2)))

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    if moment == "write":
        monkeypatch.setattr(library_module, "write", fail)
    elif moment == "replace":
        monkeypatch.setattr(library_module.os, "replace", fail)
    else:
        monkeypatch.setattr(Library, "_point", fail)
    with pytest.raises(OSError, match="no space"):
        imported.commit(library, "a")
    monkeypatch.undo()
    assert _tree(library.root) == before
    assert library.open("a").dataset(0).name == "x"


def test_a_refused_import_stores_nothing(tmp_path: Path, library: Library) -> None:
    """Errors forbid the commit unless gaps are accepted."""
    imported = read(spolds(tmp_path / "db", Spold("x").emits(CO2, "NaN")))
    with pytest.raises(RefusedError):
        imported.commit(library, "a")
    assert not library.root.exists()


def test_cancelled(tmp_path: Path, library: Library) -> None:
    """The callback sees rate and rest, and stops the import by returning False."""
    folder = spolds(tmp_path / "db", Spold("x").emits(CO2, 1))
    seen: list[Progress] = []

    def report(progress: Progress) -> bool:
        seen.append(progress)
        return progress.step == "read"

    with pytest.raises(CancelledError):
        import_database(folder, Options(workers=1), report)
    assert [p.step for p in seen] == ["read", "link"]
    assert (seen[0].done, seen[0].datasets) == (seen[0].total, 1)
    assert not library.root.exists()


@pytest.mark.parametrize("name", ["", "../x", "a/b", "sha256:0", "CON", "a" * 90, ".hidden", "a."])
def test_names_that_cannot_be(tmp_path: Path, library: Library, name: str) -> None:
    """A name is a file name on every system, and never a path."""
    imported = read(spolds(tmp_path / "db", Spold("x").emits(CO2, 1)))
    with pytest.raises(ZujiError):
        imported.commit(library, name)


@pytest.mark.parametrize("what", ["array", "cut", "table", "manifest", "gone"])
def test_tampering_is_found(tmp_path: Path, library: Library, what: str) -> None:
    """A changed amount, a cut array, a changed name, a changed manifest or a missing file: verify says it."""
    _import(tmp_path, library, "a", Spold("x").takes("y", 1), Spold("y").emits(CO2, 1))
    folder = library.open("a").folder
    if what == "array":
        values = np.load(folder / "bio_amount.npy")
        np.save(folder / "bio_amount.npy", values * 2)
    elif what == "cut":
        (folder / "bio_amount.npy").write_bytes((folder / "bio_amount.npy").read_bytes()[:-4])
    elif what == "gone":
        (folder / "bio_amount.npy").unlink()
    elif what == "table":
        import sqlite3

        connection = sqlite3.connect(folder / "tables.sqlite")
        connection.execute("UPDATE dataset SET name = 'z'")
        connection.commit()
        connection.close()
    else:
        text = (folder / "manifest.json").read_text(encoding="utf-8")
        (folder / "manifest.json").write_text(text.replace('"licence":""', '"licence":"free"'), encoding="utf-8")
    assert library.open("a").problems()


def test_a_damaged_background_is_stored_again(tmp_path: Path, library: Library) -> None:
    """Importing the same database again mends it."""
    digest = _import(tmp_path, library, "a", Spold("y").emits(CO2, 1))
    (library.open("a").folder / "bio_amount.npy").unlink()
    assert _import(tmp_path, library, "a", Spold("y").emits(CO2, 1)) == digest
    assert library.open("a").problems() == []


def test_another_format_of_the_store_is_refused(tmp_path: Path, library: Library) -> None:
    """A store of another version is not read as if it were of this one."""
    _import(tmp_path, library, "a", Spold("y").emits(CO2, 1))
    manifest = library.open("a").folder / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"format":1', '"format":99'), encoding="utf-8")
    with pytest.raises(UnreadableError):
        library.open("a")


def test_differences(tmp_path: Path, library: Library) -> None:
    """Added, removed, changed amounts, changed metadata: each dataset in its group, whatever the order of files."""
    keep, moved = Spold("keep").emits(CO2, 1), Spold("moved", place="CN").emits(CO2, 1)
    _import(tmp_path, library, "a", keep, moved, Spold("old"), Spold("amount").emits(CO2, 1))
    moved = Spold("moved", place="DE").emits(CO2, 1)
    _import(tmp_path, library, "b", keep, moved, Spold("new"), Spold("amount").emits(CO2, 2))
    found = compare(library.open("a"), library.open("b"))
    names = [[library.open(n).dataset(library.open(n).index_of(i) or 0).name for i in ids] for n, ids in (
        ("b", found.added), ("a", found.removed), ("a", found.changed), ("b", found.renamed))]  # fmt: skip
    assert names == [["new"], ["old"], ["amount"], ["moved"]]
    assert found.same == 1


def test_search(tmp_path: Path, library: Library) -> None:
    """English and Chinese words, synonyms, geography and unit; the exact and short names first."""
    datasets = [
        Spold("electricity production, hard coal", "electricity, high voltage", unit="kWh", place="CN-GD"),
        Spold("market for electricity", "electricity, low voltage", unit="kWh", place="DE"),
        Spold("market for steel", "steel", place="CN"),
    ]
    _import(tmp_path, library, "a", *datasets)
    stored = library.open("a")

    def names(words: str, **filters: str) -> list[str]:
        return [hit.dataset.name for hit in search_stored(stored, words, **filters)]  # type: ignore[arg-type]

    assert set(names("electricity")) == {datasets[0].name, datasets[1].name}
    assert names("电力", geography="CN") == [datasets[0].name]
    assert names("market", unit="kg") == ["market for steel"]
    assert names("electricity steel") == []
    assert len(names("")) == 3
    assert names(datasets[2].id) == ["market for steel"]


def test_opening_reads_next_to_nothing(tmp_path: Path, library: Library) -> None:
    """Arrays are maps of the files, read when touched, and cannot be written."""
    _import(tmp_path, library, "a", Spold("y").emits(CO2, 1))
    stored = library.open("a")
    assert isinstance(stored.array("bio_amount"), np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        stored.array("bio_amount")[0] = 2
    with pytest.raises(KeyError):
        stored.dataset(99)


def test_what_killed_imports_left_is_swept(tmp_path: Path, library: Library) -> None:
    """A building folder of yesterday is removed by the next import, one of now is left alone."""
    import os

    for name in ("building-old", "building-now"):
        (library.root / name).mkdir(parents=True)
    yesterday = time.time() - 2 * 86400
    os.utime(library.root / "building-old", (yesterday, yesterday))
    _import(tmp_path, library, "a", Spold("y").emits(CO2, 1))
    assert not (library.root / "building-old").exists()
    assert (library.root / "building-now").exists()


def test_the_folder_is_the_users() -> None:
    """ZUJI_DATA decides, else the platform's folder for application data."""
    assert data_folder({"ZUJI_DATA": "/x"}) == Path("/x")
    assert data_folder({"XDG_DATA_HOME": "/y", "LOCALAPPDATA": "/y"}).name == "zuji"
