"""Stores of tests are thrown away: they need not be forced onto the disk, which takes most of the time of a commit."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _no_fsync() -> Iterator[None]:
    real = os.fsync
    os.fsync = lambda handle: None  # type: ignore[assignment]
    yield
    os.fsync = real
