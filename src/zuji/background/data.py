"""The files of `starter/` as rows; they are our own and tested, so they are read without findings."""

from __future__ import annotations

import csv
from importlib import resources
from typing import Any

import yaml

FOLDER = "starter"


def text_of(name: str) -> str:
    """The text of one file of the starter set."""
    return resources.files("zuji.background").joinpath(FOLDER, name).read_text(encoding="utf-8")


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one CSV file of the starter set, texts by column."""
    return list(csv.DictReader(text_of(name).splitlines()))


def document_of(name: str) -> dict[str, Any]:
    """The mapping in one YAML file of the starter set."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader is not in every build of PyYAML
    loaded: dict[str, Any] = yaml.load(text_of(name), Loader=loader)
    return loaded
