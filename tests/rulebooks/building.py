"""Small study folders, rulebook folders and cases for the tests of rulebooks and footprints."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from zuji.background.model import Background
from zuji.background.reading import read_background_file
from zuji.finding import Finding, Severity
from zuji.footprint.calculate import calculate, check_with_plain_engine
from zuji.footprint.model import Footprint
from zuji.rulebooks.book import Book, open_book
from zuji.study.model import Study
from zuji.study.open import open_study

DAY = date(2025, 6, 30)
"""A day on which every rulebook of the package has a version."""
CASES = Path(__file__).parent.parent / "cases"
BOOKS = ("iso-14067", "gbt-24067", "eu-cfb-ind")


def case(name: str) -> dict[str, Any]:
    """The reference case `tests/cases/<name>.yaml`."""
    found: dict[str, Any] = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


class _WithoutAliases(yaml.SafeDumper):
    """Anchors are not read by zuji: what stands twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def as_yaml(document: Any) -> str:
    return yaml.dump(document, Dumper=_WithoutAliases, allow_unicode=True, sort_keys=False)


def datum(value: float | str, unit: str = "1", kind: str = "measured", **more: Any) -> dict[str, Any]:
    """A datum as YAML, with everything that a check could ask for."""
    return {"value": value, "unit": unit, "kind": kind, "source": "test", **more}


class StudyFolder:
    """A study of one product `thing` (1 t, 100 kWh) in plant `works`, written file by file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.head: dict[str, Any] = {
            "zuji": 1,
            "id": "test",
            "reporting_period": {"start": "2024-01-01", "end": "2024-12-31"},
            "product": {
                "id": "thing",
                "name": {"zh": "产品", "en": "Thing"},
                "category": "industrial-storage",
                "mass": datum(1, "t"),
                "rated_energy": datum(100, "kWh"),
                "usable_energy": datum(100, "kWh"),
            },
            "plants": [{"id": "works", "country": "CN"}],
        }
        self.tables: dict[str, list[dict[str, Any]]] = {}
        self.documents: dict[str, dict[str, Any]] = {}

    def background(self, id: str, value: float | str, unit: str, **more: Any) -> StudyFolder:
        """A dataset of the study's own: `value` in `unit` (kgCO2e/…)."""
        row = {"id": id, "name_en": id, "category": "material", "value": value, "unit": unit, "gwp_set": "AR6"}
        return self.row("background.csv", **{**row, "source": "test", "redistribute": "yes", **more})

    def electricity(self, id: str, value: float | str, **more: Any) -> StudyFolder:
        return self.background(id, value, "kgCO2e/kWh", category="electricity", **more)

    def row(self, file: str, **values: Any) -> StudyFolder:
        self.tables.setdefault(file, []).append(values)
        return self

    def part(self, item: str, amount: float | str, unit: str, **more: Any) -> StudyFolder:
        """A row of bom.csv, straight into the product."""
        given = {"item": item, "parent": "thing", "amount": amount, "unit": unit, "kind": "measured", "source": "test"}
        return self.row("bom.csv", **{**given, **more})

    def meter(self, meter: str, amount: float, supply: str = "grid", **more: Any) -> StudyFolder:
        given = {
            **{"meter": meter, "point": meter, "plant": "works", "start": "2024-01-01", "end": "2024-12-31"},
            **{"amount": amount, "unit": "kWh", "supply": supply, "kind": "measured", "source": "test"},
        }
        return self.row("electricity.csv", **{**given, **more})

    def instrument(self, id: str, amount: float, dataset: str, **more: Any) -> StudyFolder:
        given = {
            **{"id": id, "type": "gec", "plant": "works", "amount": amount, "unit": "kWh", "dataset": dataset},
            **{"country": "CN", "generated_start": "2024-03-01", "generated_end": "2024-09-30"},
            **{"retired_on": "2024-12-01", "beneficiary": "the works", "kind": "measured", "source": "test"},
        }
        return self.row("instruments.csv", **{**given, **more})

    def process(self, id: str, exchanges: Iterable[Mapping[str, Any]], **more: Any) -> StudyFolder:
        given = {"id": id, "reference_flow": datum(1, "item"), "plant": "works", "exchanges": list(exchanges)}
        self.documents[f"processes/{id.replace('/', '_')}.yaml"] = {**given, **more}
        return self

    def end_of_life(self, **document: Any) -> StudyFolder:
        self.documents["end_of_life.yaml"] = document
        return self

    def choose(self, **choices: str) -> StudyFolder:
        """Choices of study.yaml; `__` stands for a dot."""
        self.head.setdefault("choices", {}).update({key.replace("__", "."): v for key, v in choices.items()})
        return self

    def write(self) -> Path:
        """The folder with all its files."""
        for name, document in {"study.yaml": self.head, **self.documents}.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(as_yaml(document), encoding="utf-8")
        for name, rows in self.tables.items():
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with (self.path / name).open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns)
                writer.writeheader()
                writer.writerows(rows)
        return self.path

    def study(self) -> Study:
        found = open_study(self.write()).study
        assert found is not None
        return found

    def own_background(self) -> Background:
        """The study's own datasets without the starter set, which the engine would have to prepare each time."""
        file = self.path / "background.csv"
        return read_background_file(file) if file.is_file() else Background.of("none", ())

    def footprint(self, book: str | Book, on: date = DAY, *, starter: bool = False) -> Footprint:
        """The footprint under `book`, which both engines must agree on; `starter`: above the whole background."""
        opened = open_book(book) if isinstance(book, str) else book
        study = self.study()
        found = calculate(study, opened, on=on, background=None if starter else self.own_background())
        assert check_with_plain_engine(found) <= 1e-9
        return found


def part_of(footprint: Footprint, kind: str, id: str) -> float:
    """The value of one stage, origin, component group or plant; 0 where there is none."""
    parts = {"stage": footprint.stages, "origin": footprint.origins, "group": footprint.groups}[kind]
    return next((part.value for part in parts if part.id == id), 0.0)


def found(footprint: Footprint, code: str) -> list[Finding]:
    return [finding for finding in footprint.findings if finding.code == code]


def errors(footprint: Footprint) -> list[str]:
    """Codes of the findings that stop a calculation, without plausibility (ZJ5…): figures are made up."""
    codes = [finding.code for finding in footprint.findings if finding.severity is Severity.ERROR]
    return sorted(code for code in codes if not code.startswith("ZJ5"))


STAGES = ("raw_material", "production", "distribution", "use", "end_of_life")


def decision(value: str, **more: Any) -> dict[str, Any]:
    return {"value": value, "clause": "1", "source": "test", "verified": True, **more}


class BookFolder:
    """A rulebook folder that loads as it stands; a test changes it and writes it."""

    def __init__(self, path: Path, **main: Any) -> None:
        self.path = path
        self.main: dict[str, Any] = {
            "id": path.name,
            "title": {"zh": "测试", "en": "Test"},
            "issuer": "test",
            "versions": [{"id": "1", "valid_from": "2020-01-01", "valid_to": None, "status": "in force"}],
            "stages": [{"id": stage, "name": {"zh": stage, "en": stage}, "clause": "1"} for stage in STAGES],
            "assign": {stage: stage for stage in STAGES},
            "strategies": {
                "functional_unit": {
                    "strategy": "from_service_life",
                    "rule": "functional_unit",
                    "formulas": {"piece": {"expression": "items", "unit": "item", "name": {"zh": "件", "en": "piece"}}},
                },
                "boundary": {"strategy": "stages"},
                "cut_off": {"strategy": "justified", "clause": "1"},
                "electricity": {"strategy": "by_class", "rule": "electricity"},
                "characterisation": {"strategy": "gwp100"},
                "end_of_life": {"strategy": "formula", "rule": "end_of_life"},
                "allocation": {"strategy": "study_choice", "rule": "allocation", "default": "mass"},
            },
            **main,
        }
        self.parameters: dict[str, Any] = {
            "functional_unit.items": self.parameter(1, "item"),
            "characterisation.gwp_set": self.parameter("AR6", "set"),
        }
        classes = {"source_class": ["on_site", "direct_line", "instrument", "grid"]}
        self.rules: dict[str, Any] = {
            "functional_unit": {
                "facts": {"mode": ["repeated_cycling", "on_demand", "vehicle", "none"]},
                "base": decision("piece"),
            },
            "electricity": {
                "facts": {**classes, "certificate_sold": [True, False], "criteria_met": [True, False]},
                "base": decision("national_average"),
            },
            "end_of_life": {"facts": {"choice": ["none", "cut_off", "substitution"]}, "base": decision("cut_off")},
            "allocation": {"facts": {"choice": ["mass", "economic"]}, "base": decision("mass")},
        }

    @staticmethod
    def parameter(value: Any, unit: str = "1", **more: Any) -> dict[str, Any]:
        entry = {"value": value, "clause": "1", "source": "test", "verified": True, **more}
        return {"description": "test", "unit": unit, "values": {"2020-01-01": entry}}

    def except_when(self, rule: str, when: str, value: str) -> BookFolder:
        self.rules[rule].setdefault("exceptions", []).append(decision(value, when=when))
        return self

    def write(self) -> Path:
        files = {"book.yaml": self.main, "parameters/all.yaml": self.parameters, "rules/all.yaml": self.rules}
        for name, document in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(as_yaml(document), encoding="utf-8")
        return self.path

    def open(self) -> Book:
        """The book, opened by the path of its folder."""
        return open_book(str(self.write()))


def extending(path: Path, parent: str, **main: Any) -> BookFolder:
    """A folder that only says what it adds to the book `parent`."""
    folder = BookFolder(path)
    folder.main = {"id": path.name, "extends": parent, **main}
    folder.parameters, folder.rules = {}, {}
    return folder
