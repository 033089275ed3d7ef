"""A skeleton study in a folder of its own, and how to spoil it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from zuji.finding import Finding, Severity
from zuji.study.model import Study
from zuji.study.new import write_skeleton
from zuji.study.open import Opened, open_study


@dataclass(frozen=True)
class Folder:
    """A study folder that a test may change."""

    path: Path

    def write(self, file: str, text: str | bytes) -> None:
        target = self.path / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))

    def text(self, file: str) -> str:
        return (self.path / file).read_text(encoding="utf-8")

    def change(self, file: str, old: str, new: str) -> int:
        """Replace the only occurrence of `old`; returns the line on which it stands."""
        text = self.text(file)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        self.write(file, text.replace(old, new))
        return text[: text.index(old)].count("\n") + 1

    def append(self, file: str, line: str) -> int:
        """Add a line at the end; returns its number."""
        text = self.text(file)
        self.write(file, text + line + "\n")
        return text.count("\n") + 1

    def open(self) -> Opened:
        return open_study(self.path)

    def study(self) -> Study:
        study = self.open().study
        assert study is not None
        return study

    def found(self, code: str) -> list[Finding]:
        return [finding for finding in self.open().findings if finding.code == code]

    def one(self, code: str) -> Finding:
        """The only finding of that code."""
        found = self.found(code)
        assert len(found) == 1, [(f.code, str(f.place), f.what("en")) for f in self.open().findings]
        return found[0]

    def only(self, code: str) -> Finding:
        """The only finding above a note, and of that code."""
        loud = [finding for finding in self.open().findings if finding.severity is not Severity.NOTE]
        assert [finding.code for finding in loud] == [code], [(f.code, str(f.place), f.what("en")) for f in loud]
        return loud[0]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "study"
    write_skeleton(path)
    return Folder(path)
