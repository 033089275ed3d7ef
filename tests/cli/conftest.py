"""The command line in this process, with its output and exit code, and the study folders that the tests give it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from zuji.cli import main
from zuji.i18n import set_language
from zuji.study.new import write_skeleton


@dataclass(frozen=True)
class Ran:
    """What one command wrote and how it ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ZUJI_LANG", "en")
    set_language(None)
    yield
    set_language(None)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run `zuji ARGUMENTS` in this process; no run may show a traceback."""

    def ran(*arguments: str | Path) -> Ran:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        seen = capfd.readouterr()
        assert "Traceback" not in seen.out + seen.err
        return Ran(code, seen.out, seen.err)

    return ran


@pytest.fixture
def spawn() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run `zuji ARGUMENTS` in a process of its own, with changes to the environment."""

    def spawned(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHON", "ZUJI_"))}
        kept |= {"PYTHONPATH": os.pathsep.join(sys.path), "LANG": "C.UTF-8"} | environment
        command = [sys.executable, "-m", "zuji", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, env=kept, check=False, timeout=120)

    return spawned


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """The skeleton study in a folder that the test may change."""
    write_skeleton(tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture(scope="session")
def calculable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The skeleton study, read by many tests and changed by none."""
    folder = tmp_path_factory.mktemp("cli") / "study"
    write_skeleton(folder)
    return folder
