"""Whatever stands in the files, opening gives findings or a study; nothing but an unreadable folder raises."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zuji.finding import Finding
from zuji.study.new import skeleton_files
from zuji.study.open import Opened, open_study

FOOTPRINT = {
    "id": "s1",
    "pcf": {
        "declaredUnitOfMeasurement": "kilogram",
        "declaredUnitAmount": "1",
        "pcfExcludingBiogenicUptake": "1.5",
        "referencePeriodStart": "2025-01-01",
        "referencePeriodEnd": "2025-12-31",
        "ipccCharacterizationFactors": ["AR5"],
        "dqi": {"technologicalDQR": "1"},
    },
}
FILES = {name: text.encode() for name, text in skeleton_files() if name.endswith((".csv", ".yaml"))}
FILES["suppliers/s1.json"] = json.dumps(FOOTPRINT, indent=1).encode()
NASTY = (
    b"1e400",
    b"-1e-400",
    b"9" * 5000,
    b"NaN",
    b"-.inf",
    b"1e308",
    b"2025-02-30",
    b"9999-12-31",
    b"0000-00-00",
    b"\x00",
    b"\xff\xfe",
    b"[[[[",
    b"{{{{",
    b"'",
    b'"',
    b"null",
    b"~",
    b"true",
    b"&a",
    b"*a",
    b"!!python/object:x",
    b"\xe2\x80\xae",
    "１２".encode(),
    "½".encode(),
    "²".encode(),
    "度".encode("gb18030"),
    b"kg**3**3**3",
    b"kg/kg/kg",
    b"%",
    b"- - - -",
    b": :",
    b"{a: {a: {a: 1}}}",
    b"1/0",
    b"0",
    b"-1",
    b"\r",
    b"\n",
    b"\t",
    b",,,,",
    b";",
    b"1,5",
    b"{}",
    b"[]",
    b"__import__('os')",
)


def opened(files: dict[str, bytes]) -> Opened:
    with tempfile.TemporaryDirectory() as name:
        for file, content in files.items():
            path = Path(name) / file
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        return open_study(Path(name))


def holds(result: Opened) -> None:
    assert result.study is not None or any(finding.severity == "error" for finding in result.findings)
    for finding in result.findings:
        assert isinstance(finding, Finding)
        for lang in ("zh", "en"):
            assert finding.what(lang) and finding.why(lang) and finding.mend(lang)  # noqa: PT018
        assert finding.place.file
    if result.study is not None:
        assert result.study.digest.startswith("sha256:")
        json.dumps([finding.as_dict() for finding in result.findings])


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, bytes]:
    files = dict(FILES)
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(sorted(files)))
        files[name] = draw(spoilt_bytes(files[name]))
    return files


@st.composite
def spoilt_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    lines = content.split(b"\n")
    i = draw(st.integers(0, len(lines) - 1))
    at = draw(st.integers(0, len(content)))
    how = draw(st.sampled_from(["flip", "cut", "delete", "repeat", "swap", "number", "insert", "empty", "columns"]))
    if how == "flip" and content:
        at = min(at, len(content) - 1)
        return content[:at] + bytes([content[at] ^ (1 << draw(st.integers(0, 7)))]) + content[at + 1 :]
    if how == "cut":
        return content[:at]
    if how == "delete":
        return b"\n".join(lines[:i] + lines[i + 1 :])
    if how == "repeat":
        return b"\n".join(lines[: i + 1] + lines[i:])
    if how == "swap":
        j = draw(st.integers(0, len(lines) - 1))
        lines[i], lines[j] = lines[j], lines[i]
        return b"\n".join(lines)
    if how == "columns":
        return b"\n".join(b",".join(reversed(line.split(b","))) if n == i else line for n, line in enumerate(lines))
    nasty = draw(st.sampled_from(NASTY))
    if how == "number":
        starts = [n for n, byte in enumerate(content) if chr(byte).isdigit()] or [0]
        at = draw(st.sampled_from(starts))
        return content[:at] + nasty + content[at + 1 :]
    return content[:at] + nasty + content[at:] if how == "insert" else b""


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(spoilt())
def test_spoilt_files_give_findings_or_a_study(files: dict[str, bytes]) -> None:
    """Flipped bytes, lost lines, swapped columns and absurd numbers never raise."""
    holds(opened(files))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.binary(max_size=300))
def test_any_bytes(name: str, content: bytes) -> None:
    """A file of arbitrary bytes never raises."""
    holds(opened(FILES | {name: content}))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(["12 kg", "2025"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "unit", "id", "x"]), inner),
    max_leaves=8,
)
KEYS = ("id", "zuji", "product", "plants", "use", "choices", "reporting_period", "name", "exchanges", "materials")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["study.yaml", "end_of_life.yaml", "processes/pack.yaml", "suppliers/s1.json"]),
       st.dictionaries(st.sampled_from(KEYS), VALUES))  # fmt: skip
def test_any_structure(name: str, body: dict[str, object]) -> None:
    """A document of any shape never raises: JSON is YAML."""
    holds(opened(FILES | {name: json.dumps(body).encode()}))


@pytest.mark.parametrize("file", sorted(FILES))
@pytest.mark.parametrize("nasty", NASTY)
def test_nasty_text_in_every_place(file: str, nasty: bytes) -> None:
    """Each nasty text in the middle of each file gives findings or a study."""
    lines = FILES[file].split(b"\n")
    for part in (b": ", b","):
        where = max(range(len(lines)), key=lambda n: lines[n].count(part))
        if part in lines[where]:
            head, _, tail = lines[where].partition(part)
            spoilt_lines = [*lines[:where], head + part + nasty + tail[1:], *lines[where + 1 :]]
            holds(opened(FILES | {file: b"\n".join(spoilt_lines)}))
