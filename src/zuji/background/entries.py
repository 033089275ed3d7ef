"""What the CSV and the YAML form of a dataset have in common: fields with places become one dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zuji.background.codes import NO_CITATION, NO_FIGURE, REQUIRED
from zuji.background.fields import Reader, origin_of
from zuji.background.gwp import GWP_SETS
from zuji.background.model import (
    UNRATED,
    Category,
    DataQuality,
    Dataset,
    DirectDataset,
    Input,
    Intervention,
    LifecycleDataset,
    LocalText,
    Origin,
    Source,
)
from zuji.errors import UnitError
from zuji.finding import Place, Severity
from zuji.quantity import parse_unit

SCOPES = ("lifecycle", "direct")
REDISTRIBUTE = ("yes", "yes-share-alike", "no", "unclear")
CONFIDENCE = ("seen", "derived", "memory", "assumed")
KINDS = ("published", "derived", "converted", "assumed", "measured", "definition")
TEXTS = ("geography", "year", "technology", "product", "route", "system_model", "boundary", "notes", "proxy")


@dataclass(frozen=True)
class Entry:
    """Some fields with the way to their places; `field` of a finding is the name that the user typed."""

    values: Mapping[str, Any]
    place_of: Callable[[str], Place]
    reader: Reader

    def text(self, field: str) -> str:
        return self.reader.text(self.values.get(field), field, self.place_of(field))

    def required(self, field: str) -> str:
        return self.reader.required(self.values.get(field), field, self.place_of(field))

    def number(self, field: str) -> float | None:
        return self.reader.number(self.values[field], self.place_of(field))

    def has(self, field: str) -> bool:
        return self.values.get(field) not in (None, "")

    def chosen(self, field: str, choices: Sequence[str], default: str) -> str:
        """One of `choices`, `default` where the field is empty or wrong (then with a finding)."""
        given = self.text(field)
        if not given:
            return default
        return self.reader.choice(given, choices, field, self.place_of(field)) or default

    def known(self, names: Iterable[str]) -> None:
        given = [name for name in self.values if name]
        self.reader.known_fields(given, tuple(names), {name: self.place_of(name) for name in given})

    def origin(self, gas: str) -> Origin:
        """The origin typed, else the one that the gas has by its name."""
        given = self.text("origin")
        found = self.reader.member(given, Origin, "origin", self.place_of("origin")) if given else None
        return found or origin_of(gas)

    def gwp_set(self) -> str:
        return self.chosen("gwp_set", GWP_SETS, "")

    def source(self, citation_field: str, dataset_id: str) -> Source:
        """The source; no citation is an error."""
        citation = self.text(citation_field)
        if not citation:
            self.reader.findings.append(NO_CITATION(self.place_of(citation_field), dataset=dataset_id))
        return Source(
            citation,
            self.text("locator"),
            self.text("licence"),
            self.chosen("redistribute", REDISTRIBUTE, "unclear"),
            self.chosen("confidence", CONFIDENCE, ""),
            self.chosen("kind", KINDS, ""),
        )


@dataclass(frozen=True)
class Figures:
    """What a dataset emits and takes per `amount` `unit`."""

    unit: str
    amount: float = 1.0
    interventions: tuple[Intervention, ...] = ()
    inputs: tuple[Input, ...] = ()


def build(
    entry: Entry,
    name: LocalText,
    source: Source,
    figures: Figures,
    place: Place,
    *,
    wrong_before: int,
    figure_field: str,
    quality: DataQuality = UNRATED,
) -> Dataset:
    """The dataset of `entry`; after an error since `wrong_before` it keeps no figures, only the reason."""
    reader, dataset_id = entry.reader, entry.text("id")
    if not name.zh and not name.en:
        field = "name_zh" if figure_field == "value" else "name"
        reader.findings.append(REQUIRED(entry.place_of(field), field=field))
    category = _category(entry, figures.unit)
    kind = DirectDataset if entry.chosen("scope", SCOPES, "lifecycle") == "direct" else LifecycleDataset
    missing = entry.text("missing")
    share = 0.0
    if entry.has("primary_share"):
        given = entry.values["primary_share"]
        share = reader.between(given, 0, 1, "primary_share", entry.place_of("primary_share")) or 0.0
    texts = {field: entry.text(field) for field in TEXTS}
    has_figure = bool(figures.interventions or figures.inputs)
    errors = [f for f in reader.findings[wrong_before:] if f.severity is Severity.ERROR]
    if errors:
        missing = f"see {errors[0].code} at {errors[0].place}"
        figures = Figures(figures.unit)
    elif not has_figure and not missing:
        reader.findings.append(NO_FIGURE(entry.place_of(figure_field), dataset=dataset_id))
        missing = f"no figure at {place}"
    return kind(
        id=dataset_id,
        name=name,
        category=category,
        unit=figures.unit,
        amount=figures.amount,
        interventions=figures.interventions,
        inputs=figures.inputs,
        source=source,
        missing=missing,
        data_quality=quality,
        primary_share=share,
        collection="study",
        place=place,
        **texts,
    )


def _category(entry: Entry, unit: str) -> Category:
    """The category typed; without one, transport per tkm and material for all that is not energy."""
    given, place = entry.text("category"), entry.place_of("category")
    if given:
        return entry.reader.member(given, Category, "category", place) or Category.MATERIAL
    try:
        dimension = parse_unit(unit).dimension
    except UnitError:
        dimension = ""
    if dimension == "energy":
        # Electricity, heat and fuel all come per kWh or MJ, and the rules treat them differently.
        entry.reader.findings.append(REQUIRED(place, field="category"))
    return Category.TRANSPORT if dimension == parse_unit("tkm").dimension else Category.MATERIAL
