"""The background as the record's `background` and `flows`: exact amounts in the providers' units, gaps made visible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from zuji.background.model import Background, Dataset, Intervention
from zuji.errors import UnitError
from zuji.quantity import conversion_factor, parse_unit
from zuji.rulebooks.strategies.characterisation import MISSING, flow_of
from zuji.study.inventory import decimal_text


@dataclass(frozen=True)
class BackgroundRecord:
    """Activities and the interventions behind every flow; the same for every rulebook."""

    activities: Mapping[str, Mapping[str, Any]]
    flows: Mapping[str, Intervention]
    gaps: Mapping[str, str]
    """Flow of a gap → dataset that it stands for."""


def background_record(background: Background) -> BackgroundRecord:
    """The record of all datasets. A dataset without a factor, or whose input does not link, emits a flow that no
    method characterises, so whatever uses it is reported as incomplete instead of counting as zero."""
    flows: dict[str, Intervention] = {}
    gaps: dict[str, str] = {}
    activities = {id: _activity(background, d, flows, gaps) for id, d in sorted(background.datasets.items())}
    return BackgroundRecord(activities, flows, gaps)


def _activity(
    background: Background, dataset: Dataset, flows: dict[str, Intervention], gaps: dict[str, str]
) -> Mapping[str, Any]:
    inputs: list[list[object]] = []
    emissions: list[list[object]] = []
    broken: list[str] = [dataset.id] if dataset.missing else []
    for i, taken in enumerate(dataset.inputs):
        provider = background.datasets.get(taken.dataset)
        try:
            factor = conversion_factor(parse_unit(taken.unit), parse_unit(provider.unit)) if provider else None
        except UnitError:
            factor = None
        if factor is None:
            broken.append(taken.dataset)
        else:
            inputs.append([f"input {i}", taken.dataset, decimal_text(Fraction(repr(taken.amount)) * factor)])
    for i, intervention in enumerate(dataset.interventions):
        flow = flow_of(intervention)
        flows.setdefault(flow, intervention)
        emissions.append([f"emission {i}", flow, repr(intervention.amount)])
    for i, id in enumerate(broken):
        flow = f"{MISSING}:{id}"
        gaps[flow] = id
        emissions.append([f"gap {i}", flow, "1"])
    return {"output": repr(dataset.amount), "inputs": inputs, "emissions": emissions}
