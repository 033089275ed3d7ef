"""The commands from freezing to the statement, as people type them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from zuji.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("ZUJI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ZUJI_PASSPHRASE", "correct horse battery")
    monkeypatch.setattr("zuji.dossier.keys.COST", 2**10)

    def ran(*arguments: str | Path) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        seen = capfd.readouterr()
        assert "Traceback" not in seen.out + seen.err
        return code, seen.out, seen.err

    return ran


@pytest.fixture
def dossier(run: Run, study_folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / "x.zuji"
    code, out, err = run(
        "freeze", study_folder, "-r", "iso-14067", "--on", "2026-01-01", "-o", path, "--keep-home", "bill"
    )
    assert code == 0, err
    assert "bill" in out
    return path


def test_the_whole_way(run: Run, dossier: Path, tmp_path: Path) -> None:
    """Freeze, sign, log, review, state, verify: each step says what it did, and the end holds and is trusted."""
    log, review = tmp_path / "log", tmp_path / "x.review"
    assert run("key", "new", "co", "--person", "Chen", "--role", "company")[0] == 0
    assert run("key", "new", "li", "--person", "Li Wei", "--role", "verifier")[0] == 0
    assert "Chen" in run("sign", dossier, "--key", "co")[1]
    assert run("log", "init", log, "--origin", "example.org/log", "--key", "co")[0] == 0
    assert "entry 0" in run("log", "append", log, dossier, "--key", "co")[1]
    assert run("key", "trust", log / "log.vkey")[0] == 0
    assert "1 earlier checkpoints agree" in run("log", "audit", log, dossier)[1]
    assert run("log", "prove", log, dossier)[0] == 0
    assert "round 1" in run("review", "open", dossier, "--key", "li")[1]
    assert "seed 7" in run("review", "sample", dossier, "--seed", "7", "-n", "3", "--key", "li")[1]
    code, out, _ = run(
        "review", "find", dossier, "-a", "total", "-t", "Why?", "-k", "li", "--kind", "corrective_action"
    )
    assert code == 0
    name = out.strip()
    common = ("--scope", "cradle to gate", "-t", "fine", "-k", "li")
    code, _, err = run("review", "statement", dossier, "--opinion", "unmodified", *common)
    assert code == 1
    assert name in err
    code, _, err = run("review", "close", review, name, "-k", "li")
    assert code == 1
    assert "open" in err
    assert "answered" in run("review", "answer", review, name, "-t", "Because", "-k", "co")[1]
    assert "closed" in run("review", "close", review, name, "-k", "li")[1]
    assert "1 raised, 0 open" in run("review", "show", review)[1]
    assert json.loads(run("review", "show", review, "--json")[1])["findings"][0]["status"] == "closed"
    assert run("review", "merge", review, review, "-o", tmp_path / "merged.review")[0] == 0
    assert (tmp_path / "merged.review").read_bytes() == review.read_bytes()
    assert run("review", "statement", dossier, "--opinion", "unmodified", *common)[0] == 0
    code, out, _ = run("verify", dossier)
    assert code == 0
    assert "reasonable assurance, unmodified opinion" in out
    assert out.rstrip().endswith("HOLDS")
    found = json.loads(run("verify", dossier, "--json")[1])
    assert found["holds"]
    assert all(one["trusted"] for one in (*found["signatures"], *found["logs"]))
    assert "Li Wei" in run("key", "show")[1]
    assert run("key", "revoke", "co", "--reason", "lost")[0] == 0
    code, out, _ = run("verify", dossier)
    assert code == 1
    assert "ZJ723" in out


def test_a_changed_dossier_fails(run: Run, dossier: Path) -> None:
    """Exit code 1 and the member, for people and as JSON."""
    data = bytearray(dossier.read_bytes())
    data[200] ^= 1
    dossier.write_bytes(bytes(data))
    code, out, _ = run("verify", dossier)
    assert code == 1
    assert "README.md" in out
    assert "DOES NOT HOLD" in out
    code, out, _ = run("verify", dossier, "--json")
    assert code == 1
    assert json.loads(out)["findings"][0]["code"] == "ZJ701"


def test_a_next_version_and_its_difference(run: Run, dossier: Path, study_folder: Path, tmp_path: Path) -> None:
    """A version that names the one before it, with the same inputs: the difference says so."""
    new = tmp_path / "y.zuji"
    assert run("freeze", study_folder, "-r", "iso-14067", "--on", "2026-01-01", "-o", new, "--after", dossier)[0] == 0
    code, out, _ = run("diff", dossier, new)
    assert code == 0
    assert "B names A" in out
    assert json.loads(run("diff", dossier, new, "--json")[1])["follows"] is True


def test_wrong_use_ends_with_a_sentence(
    run: Run, dossier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown keys, addresses, roles, files and passphrases are told with what is there, and change nothing."""
    before = dossier.read_bytes()
    assert run("sign", dossier, "--key", "none")[0] == 1
    assert run("key", "new", "li", "--person", "Li", "--role", "king")[0] == 1
    assert run("key", "new", "li", "--person", "Li", "--role", "verifier")[0] == 0
    assert run("verify", tmp_path / "none.zuji")[0] == 3
    assert run("verify")[0] == 2
    assert run("stamp", dossier)[0] == 2
    assert run("review", "find", dossier, "-a", "total", "-t", "x", "-k", "li")[0] == 3
    assert run("review", "open", dossier, "-k", "li", "--level", "some")[0] == 2
    assert run("review", "open", dossier, "-k", "li")[0] == 0
    code, _, err = run("review", "find", dossier, "-a", "totl", "-t", "x", "-k", "li")
    assert code == 2
    assert "total" in err
    assert run("review", "open", dossier, "-k", "li")[0] == 1
    assert run("log", "audit", tmp_path / "nolog")[0] == 3
    monkeypatch.setenv("ZUJI_PASSPHRASE", "wrong passphrase")
    code, _, err = run("sign", dossier, "--key", "li")
    assert code == 1
    assert "passphrase" in err
    monkeypatch.delenv("ZUJI_PASSPHRASE")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    assert "--passphrase-file" in run("sign", dossier, "--key", "li")[2]
    assert dossier.read_bytes() == before


def test_the_verifier_is_written(run: Run, tmp_path: Path) -> None:
    """The stand-alone verifier comes out of the package with its digest."""
    code, out, _ = run("verify", "--write-verifier", tmp_path / "verify.py")
    assert code == 0
    assert "sha256:" in out
    assert b"def solve(" in (tmp_path / "verify.py").read_bytes()


def test_freezing_again_never_takes_proofs_away(run: Run, dossier: Path, study_folder: Path, tmp_path: Path) -> None:
    """A signed dossier and a foreign file stay byte by byte; --force replaces; without proofs nothing can be lost."""
    again = ("freeze", study_folder, "-r", "iso-14067", "--on", "2026-01-01", "-o")
    assert run(*again, dossier, "--keep-home", "bill")[0] == 0
    assert run("key", "new", "again", "--person", "A")[0] == 0
    assert run("sign", dossier, "--key", "again")[0] == 0
    signed = dossier.read_bytes()
    code, _, err = run(*again, dossier)
    assert (code, "holds 1 proofs" in err, "--after" in err, "--force" in err) == (2, True, True, True)
    assert dossier.read_bytes() == signed
    notes = tmp_path / "notes.zuji"
    notes.write_text("mine", "utf-8")
    code, _, err = run(*again, notes)
    assert (code, "no whole dossier; --force" in err) == (2, True)
    assert notes.read_text("utf-8") == "mine"
    code, _, err = run(*again, tmp_path / "nowhere" / "x.zuji")
    assert (code, "there is no folder" in err) == (2, True)
    assert run(*again, dossier, "--force")[0] == 0
    assert len(dossier.read_bytes()) < len(signed)
