"""Files made to do harm, and damaged ones: a clear error, bounded memory, nothing written outside."""

from __future__ import annotations

import os
import struct
import sys
import zipfile
from pathlib import Path

import pytest

from zuji.background.importers import files
from zuji.background.importers.files import open_source
from zuji.background.importers.run import RefusedError
from zuji.background.store.library import Library
from zuji.errors import UnreadableError

from .building import CO2, Spold, es1, es1_dataset, es1_exchange, read, said, spolds, zipped

LAUGHS = "".join(f'<!ENTITY l{i} "{("&l" + str(i - 1) + ";") * 10}">' for i in range(1, 12))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'


def _with_head(head: str) -> bytes:
    return Spold("a").emits(CO2, 1).xml.replace('<?xml version="1.0" encoding="utf-8"?>', head).encode()


@pytest.mark.parametrize(
    "head",
    [BOMB, '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
     '<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://example.org/x.dtd">'],
    ids=["laughs", "file", "network"],
)  # fmt: skip
def test_entities_are_refused(tmp_path: Path, head: str) -> None:
    """Entities are never expanded or fetched; a document type is refused as such, whatever the options say."""
    data = _with_head(head).replace(b">a<", b">&l9;<" if "l9" in head else b">a<")
    imported = read(zipped(tmp_path / "db.zip", {"a.spold": data, "b.spold": Spold("b").xml}))
    assert "ZJ802" in said(imported)
    assert imported.refused_by(accept_gaps=True)


def test_entities_in_a_stream(tmp_path: Path) -> None:
    """The streaming reader of EcoSpold 1 refuses them as well."""
    text = es1(es1_dataset(1, "a", es1_exchange(1, "a", 1, "outputGroup>0")))
    (tmp_path / "a.xml").write_text(BOMB + text.partition("?>")[2], encoding="utf-8")
    assert "ZJ802" in said(read(tmp_path / "a.xml"))


@pytest.mark.parametrize(
    "name", ["../../evil.spold", "/etc/evil.spold", "C:\\evil.spold", "a/../../b.spold", "..\\x.spold"]
)
def test_names_that_leave_the_archive(tmp_path: Path, name: str) -> None:
    """Nothing is unpacked, and an archive with such a name is refused."""
    before = sorted(p for p in tmp_path.parent.rglob("*") if "evil" in p.name)
    path = zipped(tmp_path / "db.zip", {"a.spold": Spold("a").xml, name: Spold("b").xml})
    imported = read(path)
    assert "ZJ803" in said(imported)
    with pytest.raises(RefusedError):
        imported.commit(Library(tmp_path / "data"), "x", accept_gaps=True)
    assert not (tmp_path / "data").exists()
    assert sorted(p for p in tmp_path.parent.rglob("*") if "evil" in p.name) == before


def test_zip_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member that unpacks to hundreds of times its size is not opened."""
    monkeypatch.setattr(files, "RATIO_FROM", 1 << 20)
    path = zipped(tmp_path / "db.zip", {"a.spold": Spold("a").xml, "b.spold": b" " * (8 << 20)})
    imported = read(path)
    assert "ZJ806" in said(imported)
    assert imported.refused_by(accept_gaps=True)


def test_zip_that_lies_about_its_size(tmp_path: Path) -> None:
    """A member with more data than announced is an error, not more memory."""
    path = tmp_path / "db.zip"
    zipped(path, {"a.spold": Spold("a").xml})
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, 100)  # uncompressed size in the central directory
    path.write_bytes(bytes(data))
    imported = read(path)
    assert {"ZJ800", "ZJ801"} & set(said(imported))


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a privilege there")
def test_symbolic_links_are_not_followed(tmp_path: Path) -> None:
    """In folders and zips alike."""
    outside = tmp_path / "outside.spold"
    outside.write_text(Spold("secret").xml, encoding="utf-8")
    folder = spolds(tmp_path / "db", Spold("a"))
    (folder / "link.spold").symlink_to(outside)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    imported = read(folder)
    assert imported.summary.datasets == 1
    assert said(imported).count("ZJ804") == 2
    entry = zipfile.ZipInfo("link.spold")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "db.zip", "w") as archive:
        archive.writestr("a.spold", Spold("a").xml)
        archive.writestr(entry, str(outside))
    imported = read(tmp_path / "db.zip")
    assert imported.summary.datasets == 1
    assert "ZJ804" in said(imported)


@pytest.mark.parametrize(
    "amount", ["1e308", "-1e308", "NaN", "inf", "-Infinity", "1e999", "", "1,5", "0x10", "1_000", "kg"]
)
def test_amounts_that_are_none(tmp_path: Path, amount: str) -> None:
    """Huge and unreadable amounts are errors at their line; with --accept-gaps the dataset is a gap."""
    imported = read(spolds(tmp_path / "db", Spold("a").emits(CO2, amount), Spold("b").takes("a", 1)))
    assert {"ZJ809", "ZJ810"} & set(said(imported))
    assert imported.summary.has_errors
    finding = next(f for f in imported.summary.findings if f.code in ("ZJ809", "ZJ810"))
    assert finding.place.line > 1
    library = Library(tmp_path / "data")
    imported.commit(library, "x", accept_gaps=True)
    assert imported.summary.incomplete == 2
    assert library.open("x").array("incomplete").tolist() == [1, 1]


def test_reference_of_zero(tmp_path: Path) -> None:
    """Everything is divided by it."""
    imported = read(spolds(tmp_path / "db", Spold("a", output=0.0), Spold("b")))
    assert "ZJ827" in said(imported)


def test_truncated_and_broken_files(tmp_path: Path) -> None:
    """Each broken file has its own finding with name and line; the others are still read."""
    folder = spolds(tmp_path / "db", Spold("ok"))
    whole = Spold("cut").xml
    (folder / "cut.spold").write_text(whole[: len(whole) // 2], encoding="utf-8")
    (folder / "latin.spold").write_bytes(whole.replace("cut", "caf\u00e9").encode("latin-1"))
    (folder / "empty.spold").write_bytes(b"")
    (folder / "binary.spold").write_bytes(os.urandom(300))
    (folder / "encoding.spold").write_text(whole.replace("utf-8", "no-such-encoding"), encoding="utf-8")
    imported = read(folder)
    assert imported.summary.datasets == 1
    places = {f.place.file for f in imported.summary.findings if f.code == "ZJ801"}
    assert places == {"cut.spold", "latin.spold", "empty.spold", "binary.spold", "encoding.spold"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "gb18030"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    """The XML declaration decides, as it should."""
    text = Spold("电解液").emits(CO2, 1).xml.replace("utf-8", encoding.removesuffix("-sig"))
    (tmp_path / "a.spold").write_bytes(text.encode(encoding))
    imported = read(tmp_path / "a.spold", format="ecospold2")
    assert imported.content is not None
    assert imported.content.tables["dataset"][0][1] == "电解液"


@pytest.mark.parametrize("size", [0, 10, 200, 600])
def test_truncated_zip(tmp_path: Path, size: int) -> None:
    """A zip that is cut short cannot be opened, and says so."""
    path = zipped(tmp_path / "db.zip", {f"{i}.spold": Spold(str(i)).xml for i in range(5)})
    path.write_bytes(path.read_bytes()[:size])
    try:
        has_errors = read(path).summary.has_errors
    except UnreadableError:
        has_errors = True
    assert has_errors


def test_damaged_member(tmp_path: Path) -> None:
    """A wrong checksum is found, since the whole member is read."""
    path = zipped(tmp_path / "db.zip", {"a.spold": Spold("a").xml, "b.spold": Spold("b").xml})
    data = bytearray(path.read_bytes())
    data[data.find(b"a.spold") + 40] ^= 0xFF
    path.write_bytes(bytes(data))
    assert {"ZJ800", "ZJ801"} & set(said(read(path)))


def test_what_is_no_database(tmp_path: Path) -> None:
    """Other files, empty folders and foreign archives name the formats that are read."""
    (tmp_path / "a.txt").write_text("hello", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(30))
    for name in ("a.txt", "empty"):
        assert said(read(tmp_path / name)) == ["ZJ830"]
    with pytest.raises(UnreadableError, match="7z"):
        read(tmp_path / "a.7z")
    with pytest.raises(UnreadableError):
        read(tmp_path / "absent")


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    """libxml2 stops at 256 levels."""
    deep = "<x>" * 5000 + "</x>" * 5000
    (tmp_path / "a.spold").write_text(Spold("a").raw(deep).xml, encoding="utf-8")
    assert "ZJ801" in said(read(tmp_path / "a.spold"))


def test_one_dataset_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream whose dataset does not end is stopped at the limit."""
    from zuji.background.importers import xml

    monkeypatch.setattr(xml, "MAX_ELEMENT", 200_000)
    exchanges = "".join(es1_exchange(i, f"flow {i}", 1, "inputGroup>5") for i in range(5000))
    (tmp_path / "a.xml").write_text(es1(es1_dataset(1, "a", exchanges)), encoding="utf-8")
    assert "ZJ800" in said(read(tmp_path / "a.xml"))


def test_loops(tmp_path: Path) -> None:
    """a takes 2 b and b takes 0.5 a: nothing is left over. The loop is named, and cut when gaps are accepted."""
    folder = spolds(tmp_path / "db", Spold("a").takes("b", 2), Spold("b").takes("a", 0.5), Spold("c").takes("c", 1.5),
                    Spold("d").takes("a", 0.1))  # fmt: skip
    imported = read(folder)
    assert said(imported).count("ZJ819") == 2
    assert len(imported.summary.loops) == 2
    imported.commit(Library(tmp_path / "data"), "x", accept_gaps=True)
    assert imported.summary.incomplete == 4


def test_open_source_closes(tmp_path: Path) -> None:
    """A zip can be removed after its import on every system."""
    path = zipped(tmp_path / "db.zip", {"a.spold": Spold("a").xml})
    source = open_source(path)
    source.close()
    read(path)
    path.unlink()
