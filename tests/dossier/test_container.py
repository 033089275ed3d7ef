"""The container has one form; everything else is refused with the reason, and without spending memory on it."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zuji.dossier import standalone
from zuji.dossier.container import packed
from zuji.dossier.read import DossierError, open_dossier
from zuji.dossier.standalone import Refused, scan
from zuji.errors import ZujiError

FILES = {"b.txt": b"two", "a.txt": b"one", "sub/c.bin": bytes(range(256))}


def scanned(data: bytes) -> list[str]:
    return list(scan(io.BytesIO(data), []))


def test_any_zip_program_reads_it() -> None:
    """The standard library's own reader finds the members and their contents, uncompressed and in order."""
    with zipfile.ZipFile(io.BytesIO(packed(FILES))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert archive.namelist() == sorted(FILES)
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?", fullmatch=True), st.binary(max_size=50), max_size=6))
def test_what_is_packed_is_scanned(files: dict[str, bytes]) -> None:
    """A container of any members is read back with their names in order, and only that container."""
    data = packed(files)
    if files:
        assert scanned(data) == sorted(files)
        for spoilt in (data + b"\0", b"\0" + data, data[:-1], data[1:]):
            with pytest.raises(Refused):
                scanned(spoilt)


def _zip(names: list[str], method: int = zipfile.ZIP_STORED, data: bytes = b"x") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name in names:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.create_system, info.external_attr = method, 3, 0o100644 << 16
            archive.writestr(info, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "a/../../x",
        "/etc/x",
        "a//b",
        "C:x",
        "a\\b",
        ".hidden",
        "a/./b",
        "con",
        "sub/NUL.txt",
        "x.",
        "é",
        "a b",
        "",
    ],
)
def test_names_that_leave_the_folder_are_refused(name: str) -> None:
    """Names with dots, drives, backslashes, or that some system cannot hold are refused when read and when written."""
    with pytest.raises((Refused, ZujiError)):
        packed({name: b""})
    with pytest.raises(Refused):
        scanned(_zip([name]))


def test_a_bomb_is_refused() -> None:
    """Compressed members are refused by their header; nothing is unpacked."""
    bomb = _zip(["a.json"], zipfile.ZIP_DEFLATED, bytes(10**6))
    assert len(bomb) < 3000
    with pytest.raises(Refused, match="not that of an uncompressed member"):
        scanned(bomb)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused() -> None:
    """Two members of one name are refused."""
    twice = packed({"a": b"1"})[:32] * 2
    with pytest.raises(Refused, match="is there twice"):
        scanned(twice)
    with pytest.raises(Refused):
        scanned(_zip(["a", "a"]))


def test_members_out_of_order_are_refused() -> None:
    """Members in another order are refused, and the one that stands wrong is named."""
    one, other = packed({"a": b"1"}), packed({"b": b"2"})
    with pytest.raises(Refused, match=r"a: stands after b"):
        scanned(other[:32] + one[:32])


@pytest.mark.parametrize("offset", [4, 6, 8, 10, 12, 28])
def test_headers_have_one_form(offset: int) -> None:
    """Version, flags (encryption), method, time, day and extra field of a header have one value only."""
    data = bytearray(packed({"a.txt": b"one"}))
    data[offset] ^= 1
    with pytest.raises(Refused):
        scanned(bytes(data))


def test_a_link_is_refused() -> None:
    """A member whose attributes make it a symbolic link is refused."""
    data = packed({"a.txt": b"/etc/passwd"})
    start = data.index(b"PK\1\2") + 38
    link = data[:start] + struct.pack("<I", 0o120777 << 16) + data[start + 4 :]
    with pytest.raises(Refused, match=r"the directory after a\.txt"):
        scanned(link)


def test_a_size_beyond_the_file_is_refused() -> None:
    """A header that promises more bytes than there are is refused before any are read."""
    data = bytearray(packed({"a.txt": b"one"}))
    data[18:26] = struct.pack("<II", 2**31, 2**31)
    with pytest.raises(Refused, match="cut off"):
        scanned(bytes(data))


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, numbers of members and documents above the limits are refused, when read and when written."""
    data = packed(FILES)
    monkeypatch.setattr(standalone, "MOST_MEMBERS", 2)
    with pytest.raises(Refused, match="more than 2 members"):
        scanned(data)
    with pytest.raises(ZujiError, match="evidence"):
        packed(FILES)
    monkeypatch.setattr(standalone, "MOST_BYTES", 100)
    with pytest.raises(Refused, match="more than 100"):
        scanned(data)
    monkeypatch.setattr(standalone, "MOST_JSON", 3)
    with pytest.raises(Refused, match="more than 3"):
        standalone.parse(b'"abc"', "x")


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\5\6" + bytes(18), b"not a zip", bytes(1000), _zip(["a.txt"])])
def test_other_files_are_no_dossiers(data: bytes) -> None:
    """Any other file is refused with a finding of the dossier's family."""
    with pytest.raises(DossierError) as caught:
        open_dossier(data)
    assert {finding.code[:4] for finding in caught.value.findings} == {"ZJ70"}
    assert all(finding.what() and finding.mend() for finding in caught.value.findings)
