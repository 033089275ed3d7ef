"""Verification: what holds, and what whoever mends every digest after a change still cannot hide."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zuji.canonical import canonical_bytes
from zuji.dossier.container import packed, verifier_digest, verifier_source
from zuji.dossier.read import open_dossier
from zuji.dossier.verify import verify
from zuji.errors import UnreadableError

from .conftest import AT
from .people import codes_of, edited, rebuilt

FOLDER = "results/iso-14067"
FIXTURES = Path(__file__).parent / "fixtures"


def test_a_fresh_dossier_holds(frozen: bytes) -> None:
    """All results agree with the plain engine, are calculated alike again, and no check finds anything else."""
    found = verify(frozen, at=AT)
    assert found.holds
    assert [agreed.rulebook for agreed in found.agreements] == ["iso-14067", "eu-cfb-ind"]
    assert all(agreed.difference < 1e-12 for agreed in found.agreements)
    assert all(one.here == pytest.approx(one.frozen, rel=1e-12) for one in found.recalculated)
    assert {finding.code for finding in found.findings} == {"ZJ720"}


def test_a_file_that_is_not_there() -> None:
    """A missing file is unreadable, not wrong."""
    with pytest.raises(UnreadableError):
        verify(Path("nowhere.zuji"), at=AT)


def _total(files: dict[str, bytes]) -> None:
    edited(files, f"{FOLDER}/footprint.json", lambda d: d.update(total=d["total"] * 0.9))
    edited(files, "dossier.json", lambda d: d["results"][0].update(total=d["results"][0]["total"] * 0.9))


def _line(files: dict[str, bytes]) -> None:
    def edit(document: Any) -> None:
        line = max(document["lines"], key=lambda one: one["value"])
        line["value"] *= 1.001

    edited(files, f"{FOLDER}/footprint.json", edit)


def _record(files: dict[str, bytes]) -> None:
    def edit(document: Any) -> None:
        activity = next(a for a in document["background"].values() if a["emissions"])
        activity["emissions"][0][2] = "1/7"

    edited(files, f"{FOLDER}/record.json", edit)


def _amount(text: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        edited(files, f"{FOLDER}/record.json", lambda d: d["demand"].update({"life-cycle": text}))

    return change


def _edit(name: str, edit: Callable[[Any], Any]) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        edited(files, name, edit)

    return change


def _index(files: dict[str, bytes]) -> None:
    edited(files, "evidence/index.json", lambda d: d[0].update(sha256="0" * 64))


def _swap(files: dict[str, bytes]) -> None:
    name = next(name for name in files if name.startswith("evidence/files/"))
    files[name] = b"another bill"


def _drop(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.pop(name) and None


CHANGES: dict[str, tuple[Callable[[dict[str, bytes]], None], set[str]]] = {
    "a smaller total": (_total, {"ZJ707"}),
    "a larger line": (_line, {"ZJ707"}),
    "another factor": (_record, {"ZJ707"}),
    "an amount that fills the memory": (_amount("1e999999999"), {"ZJ705"}),
    "an amount that is none": (_amount("many"), {"ZJ705"}),
    "another study": (_edit("study/study.json", lambda d: d["product"].update(model="X")), {"ZJ701", "ZJ708"}),
    "a study with an unknown key": (_edit("study/study.json", lambda d: d.update(more=1)), {"ZJ705"}),
    "a study with a wrong unit": (
        _edit("study/study.json", lambda d: d["product"]["mass"].update(unit="?")),
        {"ZJ705"},
    ),
    "another rulebook": (_edit(f"{FOLDER}/rulebook.json", lambda d: d["book"].update(issuer="X")), {"ZJ708"}),
    "another version": (_edit("dossier.json", lambda d: d["results"][0].update(version="X")), {"ZJ707"}),
    "another format": (_edit("dossier.json", lambda d: d.update(format="zuji-dossier/9")), {"ZJ705"}),
    "a head of another shape": (_edit("dossier.json", lambda d: d.update(results=[1])), {"ZJ705"}),
    "no software": (_edit("dossier.json", lambda d: d.pop("software")), {"ZJ705"}),
    "a text for a number": (_edit(f"{FOLDER}/footprint.json", lambda d: d.update(total="1e999999999")), {"ZJ705"}),
    "another exact result": (_edit(f"{FOLDER}/plain.json", lambda d: d.update(total="1")), {"ZJ707"}),
    "a dataset of another shape": (_edit("background/datasets.json", lambda d: d[0].update(scope="x")), {"ZJ705"}),
    "other evidence in the index": (_index, {"ZJ710"}),
    "another evidence file": (_swap, {"ZJ710"}),
    "no verifier": (_drop("verify.py"), {"ZJ702"}),
    "no study": (_drop("study/study.json"), {"ZJ702"}),
    "no record": (_drop(f"{FOLDER}/record.json"), {"ZJ702"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_under_mended_digests_is_found(name: str, small: bytes) -> None:
    """Whoever changes one document and mends container, manifest and seal leaves documents that contradict others."""
    change, expected = CHANGES[name]
    found = verify(rebuilt(small, change), at=AT, recalculate=False)
    assert not found.holds
    assert expected <= codes_of(found.findings), [str(f.what()) for f in found.findings]


ODD: tuple[Any, ...] = (None, 0, -1, 1.5, "", "1e9999", "1/0", [], {}, [1], {"a": 1}, True, [[]], [{}], 2**53)


def _nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from _nodes(one, (*path, key))


def test_odd_documents_crash_nothing(small: bytes) -> None:
    """A value anywhere in any document may be removed or become something else: verification ends with a verdict.

    The digests are mended each time, so that the document itself is what is judged.
    """
    dossier = open_dossier(small)
    names = [n for n in dossier.members if n.endswith(".json") and not n.startswith(("proof/", "ro-", "background/"))]
    names.remove(f"{FOLDER}/explain.json")
    draw = random.Random(23)
    for _ in range(150):
        name = draw.choice(names)
        before = dossier.read(name)
        document = json.loads(before)
        path = draw.choice([path for path in _nodes(document) if path])
        parent = document
        for key in path[:-1]:
            parent = parent[key]
        if draw.random() < 0.3:
            del parent[path[-1]]
        else:
            parent[path[-1]] = draw.choice(ODD)
        after = canonical_bytes(document)
        changed = rebuilt(dossier, lambda files, name=name, after=after: files.update({name: after}))  # type: ignore[misc]
        found = verify(changed, at=AT, recalculate=False)
        # What nothing else repeats (the words of a finding, a licence text) may say anything; a crash it may not be.
        assert found.holds or found.findings


def test_a_removed_finding_is_noticed(small: bytes) -> None:
    """Findings cut from a footprint come back when the checks run again."""
    changed = rebuilt(small, _edit(f"{FOLDER}/footprint.json", lambda d: d.update(findings=[])))
    assert "ZJ715" in codes_of(verify(changed, at=AT).findings, "warning")


def test_other_software_is_named(small: bytes) -> None:
    """A dossier of other code is verified, and the difference named."""
    changed = rebuilt(small, _edit("dossier.json", lambda d: d["software"].update(code="sha256:0", version="0.0.9")))
    found = verify(changed, at=AT)
    assert found.holds
    note = next(f for f in found.findings if f.code == "ZJ716")
    assert "0.0.9" in note.what()


def test_a_result_that_cannot_be_calculated_anew(small: bytes) -> None:
    """A rulebook that this version cannot read leaves a warning, not an error: the plain engine has agreed."""

    def change(files: dict[str, bytes]) -> None:
        edited(files, f"{FOLDER}/rulebook.json", lambda d: d["book"].pop("stages"))
        from zuji.canonical import digest

        new = digest(json.loads(files[f"{FOLDER}/rulebook.json"]))
        edited(files, f"{FOLDER}/footprint.json", lambda d: d["digests"].update(rulebook=new))
        edited(files, "dossier.json", lambda d: d["results"][0]["digests"].update(rulebook=new))

    found = verify(rebuilt(small, change), at=AT)
    assert found.holds
    assert found.recalculated[0].here is None
    assert "ZJ714" in codes_of(found.findings, "warning")


@pytest.fixture(scope="module")
def verifier_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("verifier") / "verify.py"
    path.write_bytes(verifier_source())
    return path


def alone(verifier: Path, dossier: Path) -> tuple[int, str]:
    """The stand-alone verifier in a Python that sees no installed package."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", str(verifier), str(dossier)], capture_output=True, check=False, timeout=60
    )
    assert b"Traceback" not in ran.stderr
    return ran.returncode, ran.stdout.decode("utf-8")


def test_the_stand_alone_verifier_agrees(frozen: bytes, verifier_file: Path, tmp_path: Path) -> None:
    """It needs no package, prints the same digest and totals, and says that it is the one in the dossier."""
    path = tmp_path / "x.zuji"
    path.write_bytes(frozen)
    code, out = alone(verifier_file, path)
    found = verify(path, at=AT)
    assert code == 0
    assert found.dossier is not None
    assert found.dossier.digest in out
    assert f"sha256:{verifier_digest()}  the same as in the dossier" in out
    for agreed in found.agreements:
        assert f"{agreed.rulebook}: {round(agreed.total, 6)} kg CO2e" in out
    assert out.rstrip().endswith("HOLDS 通过")


@pytest.mark.parametrize(
    "name",
    [
        "a smaller total", "another factor", "an amount that fills the memory", "another evidence file", "no record",
        "a text for a number", "another format",
    ],
)  # fmt: skip
def test_the_stand_alone_verifier_finds_changes(name: str, small: bytes, verifier_file: Path, tmp_path: Path) -> None:
    """It refuses or fails what `zuji verify` fails, without a traceback."""
    path = tmp_path / "x.zuji"
    path.write_bytes(rebuilt(small, CHANGES[name][0]))
    code, out = alone(verifier_file, path)
    assert code == 1
    assert "WRONG" in out or "REFUSED" in out


def test_the_stand_alone_verifier_refuses_other_files(verifier_file: Path, tmp_path: Path) -> None:
    """A flipped byte, another file and no file end with a sentence."""
    path = tmp_path / "x.zuji"
    path.write_bytes(b"PK\3\4 no dossier")
    assert alone(verifier_file, path)[0] == 1
    assert alone(verifier_file, tmp_path / "none")[0] == 2


def test_no_name_is_defined_twice_in_the_stand_alone_verifier() -> None:
    """The two sources that it is put together from do not hide each other's functions, and it imports no package."""
    import ast

    tree = ast.parse(verifier_source())
    names = Counter(n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef)))
    assert [name for name, count in names.items() if count > 1] == []
    modules = {n.module.partition(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    modules |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert modules <= sys.stdlib_module_names


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.zuji")), ids=lambda path: path.stem)
def test_old_dossiers_verify_for_ever(path: Path, verifier_file: Path, tmp_path: Path) -> None:
    """A dossier of an earlier version holds, its proofs too, and its own verifier and that of today agree."""
    found = verify(path, at=AT)
    assert found.holds, [f.what() for f in found.findings]
    assert found.agreements
    assert all(agreed.difference < 1e-9 for agreed in found.agreements)
    assert len(found.proofs.signatures) == 2
    assert found.proofs.logs
    assert found.proofs.stamps
    assert alone(verifier_file, path)[0] == 0
    assert found.dossier is not None
    own = tmp_path / "own.py"
    own.write_bytes(found.dossier.read("verify.py"))
    assert alone(own, path)[0] == 0


def test_there_is_an_old_dossier() -> None:
    """At least the first version is kept."""
    assert (FIXTURES / "first.zuji").is_file()


def test_reading_again_notices_a_change(small: bytes, tmp_path: Path) -> None:
    """A member that changes on disk after the dossier was opened is not handed out."""
    path = tmp_path / "x.zuji"
    path.write_bytes(small)
    dossier = open_dossier(path)
    data = bytearray(small)
    data[dossier.members["README.md"].start] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(UnreadableError, match="SHA-256"):
        dossier.read("README.md")


def test_packing_again_changes_nothing(small: bytes) -> None:
    """The files of a dossier give the dossier."""
    assert packed(open_dossier(small).files()) == small
