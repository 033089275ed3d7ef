"""A study folder to fill."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..rulebooks.building import StudyFolder


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path / "study")
