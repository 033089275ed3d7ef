"""Scenario files: named lists of changes, each with its reason; a scenario may build on another one.

    zuji_scenarios: 1
    scenarios:
      green-cells:
        name: {zh: 绿电电芯, en: Cells made with green power}
        changes:
          - {set: electricity.grid.CN, to: cn-cf-2023-wind, reason: offer of the grid company}
      green-cells-longer-life:
        based_on: green-cells
        changes:
          - {set: service_life.cycles, to: 6000 cycle, reason: test report of the cell}
    ranges:
      - {set: use.round_trip_efficiency, low: 0.85, high: 0.92, reason: data sheets of three inverters}

Values are written as with `zuji what-if --set`: an amount with its unit, `-10 %`, the id of a dataset, a choice.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zuji.datum import LocalText
from zuji.finding import Place
from zuji.footprint.scenario import Scenario
from zuji.footprint.scenario_patch import Patch, ScenarioError
from zuji.footprint.scenario_tornado import Range, split
from zuji.i18n import N_, tr
from zuji.reading import Document, read_yaml

FORMAT = "zuji_scenarios"
NOT_A_FILE = N_("the file must begin with '{format}: 1'")
UNKNOWN_KEY = N_("the key '{key}' is not known here; there are: {known}")
NO_VALUE = N_("the key '{key}' is missing")
NOT_A_LIST = N_("a list is needed here")
NOT_A_MAPPING = N_("a mapping (key: value) is needed here")
NO_BASE = N_("it builds on the scenario '{base}', which is not in this file; nearest: {near}")
LOOP = N_("the scenarios build on each other in a loop: {loop}")
TWICE = N_("'{address}' stands twice in one scenario")
NO_SCENARIO = N_("there is no scenario '{name}' in {file}; there are: {known}")


@dataclass(frozen=True)
class ScenarioFile:
    """The scenarios and ranges of a file."""

    file: str
    scenarios: Mapping[str, Scenario]
    """With the changes of the scenarios that they build on; a later change of one place replaces the earlier."""
    ranges: tuple[Range, ...]

    def scenario(self, name: str) -> Scenario:
        """The scenario with this name; raises ScenarioError naming those that are there."""
        if name not in self.scenarios:
            raise ScenarioError(tr(NO_SCENARIO, name=name, file=self.file, known=", ".join(self.scenarios) or "—"))
        return self.scenarios[name]


def read_scenarios(path: Path) -> ScenarioFile:
    """The scenarios in a YAML file; raises ScenarioError with every problem of the file, each with its line."""
    reader = _Reader(read_yaml(path))
    return reader.file()


class _Reader:
    """Reads one file and collects its problems."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[str] = [f"{f.place}: {f.what()}" for f in document.findings]

    def file(self) -> ScenarioFile:
        data = self.document.data
        if not self.problems and str(data.get(FORMAT)) != "1":
            self.problem((), NOT_A_FILE, format=FORMAT)
        self._refuse_problems()
        self.known(data, (), {FORMAT, "scenarios", "ranges"})
        own: dict[str, tuple[Scenario, str]] = {}
        for id, body in self.mapping(data.get("scenarios"), ("scenarios",)).items():
            own[id] = self.scenario(id, self.mapping(body, ("scenarios", id)))
        ranges = tuple(
            found
            for i, row in enumerate(self.rows(data.get("ranges"), ("ranges",)))
            if (found := self.range(row, ("ranges", i))) is not None
        )
        scenarios = {id: Scenario(id, self.inherited(id, own, ()), scenario.name) for id, (scenario, _) in own.items()}
        self._refuse_problems()
        return ScenarioFile(self.document.file, scenarios, ranges)

    def _refuse_problems(self) -> None:
        if self.problems:
            raise ScenarioError("\n".join(dict.fromkeys(self.problems)))

    def problem(self, path: tuple[str | int, ...], message: str, **params: object) -> None:
        self.problems.append(f"{self.place(path)}: {tr(message, **params)}")

    def place(self, path: tuple[str | int, ...]) -> Place:
        return self.document.place_of(path)

    def known(self, body: Mapping[str, Any], path: tuple[str | int, ...], keys: Collection[str]) -> None:
        for key in body:
            if key not in keys:
                self.problem((*path, key), UNKNOWN_KEY, key=key, known=", ".join(sorted(keys)))

    def mapping(self, body: Any, path: tuple[str | int, ...]) -> Mapping[str, Any]:
        if body is None or isinstance(body, Mapping):
            return body or {}
        self.problem(path, NOT_A_MAPPING)
        return {}

    def rows(self, body: Any, path: tuple[str | int, ...]) -> list[Any]:
        if body is None or isinstance(body, list):
            return body or []
        self.problem(path, NOT_A_LIST)
        return []

    def text(self, body: Mapping[str, Any], key: str, path: tuple[str | int, ...]) -> str:
        found = body.get(key)
        if found is None or isinstance(found, (list, Mapping)) or not str(found).strip():
            self.problem(path, NO_VALUE, key=key)
            return ""
        return str(found).strip()

    def scenario(self, id: str, body: Mapping[str, Any]) -> tuple[Scenario, str]:
        path = ("scenarios", id)
        self.known(body, path, {"name", "based_on", "changes"})
        patches: dict[str, Patch] = {}
        for i, row in enumerate(self.rows(body.get("changes"), (*path, "changes"))):
            here = (*path, "changes", i)
            entry = self.mapping(row, here)
            self.known(entry, here, {"set", "to", "reason"})
            address, value, reason = (self.text(entry, key, here) for key in ("set", "to", "reason"))
            if address in patches:
                self.problem(here, TWICE, address=address)
            patches[address] = Patch(address, value, reason, self.place(here))
        name = body.get("name")
        shown = LocalText(str(name.get("zh", "")), str(name.get("en", ""))) if isinstance(name, Mapping) else None
        label = shown or LocalText(str(name), str(name)) if name else LocalText()
        return Scenario(id, tuple(patches.values()), label), str(body.get("based_on") or "")

    def inherited(self, id: str, own: Mapping[str, tuple[Scenario, str]], below: tuple[str, ...]) -> tuple[Patch, ...]:
        if id in below:
            self.problem(("scenarios", id), LOOP, loop=" → ".join((*below[below.index(id) :], id)))
            return ()
        scenario, base = own[id]
        if base and base not in own:
            near = ", ".join(difflib.get_close_matches(base, list(own), n=3, cutoff=0.4) or list(own))
            self.problem(("scenarios", id, "based_on"), NO_BASE, base=base, near=near)
            return scenario.patches
        earlier = self.inherited(base, own, (*below, id)) if base else ()
        merged = {patch.address: patch for patch in (*earlier, *scenario.patches)}
        return tuple(merged.values())

    def range(self, row: Any, path: tuple[str | int, ...]) -> Range | None:
        entry = self.mapping(row, path)
        self.known(entry, path, {"set", "low", "high", "reason"})
        address, low, high, reason = (self.text(entry, key, path) for key in ("set", "low", "high", "reason"))
        if not (address and low and high):
            return None
        try:
            return split(address, f"{low}..{high}", reason)
        except ScenarioError as error:
            self.problems.append(f"{self.place(path)}: {error}")
            return None
