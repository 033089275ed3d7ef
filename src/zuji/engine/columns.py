"""A system of activities as columns of arrays: who takes how much from whom, and who emits what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from zuji.errors import EngineError, UnlinkedError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


def number(value: object) -> float:
    """The float nearest to a number, a decimal text or a fraction text of a record; EngineError for anything else."""
    try:
        if isinstance(value, (str, int, float, Fraction)) and not isinstance(value, bool):
            found = float(Fraction(value))
            if math.isfinite(found):
                return found
    except (ValueError, ZeroDivisionError, OverflowError):
        pass
    raise EngineError(f"{value!r} is not a finite number")


@dataclass(frozen=True, eq=False)
class Columns:
    """Activities in a fixed order; links with provider -1 go to `outside`, an activity of another system."""

    ids: tuple[str, ...]
    output: Floats
    """Reference flow per run [unit of the activity's product]."""
    link_consumer: Ints
    link_provider: Ints
    link_amount: Floats
    link_ids: tuple[str, ...]
    outside: tuple[str, ...]
    """Provider id of each link whose provider is not among `ids`, '' for the others."""
    emission_activity: Ints
    emission_flow: Ints
    emission_amount: Floats
    emission_ids: tuple[str, ...]
    flows: tuple[str, ...]

    @property
    def matrix(self) -> sparse.csc_array:
        """M with M[j, j] = output_j and M[j, i] = -amount that j takes from i, so M·scores = direct emissions."""
        inside = self.link_provider >= 0
        n = len(self.ids)
        rows = np.concatenate([np.arange(n), self.link_consumer[inside]])
        columns = np.concatenate([np.arange(n), self.link_provider[inside]])
        values = np.concatenate([self.output, -self.link_amount[inside]])
        matrix = sparse.csc_array((values, (rows, columns)), shape=(n, n))
        delivered = matrix.diagonal()
        # 0.4 - 0.1 - 0.1 - 0.2 leaves 1e-17: an activity that uses up what it makes must show a true zero.
        delivered[np.abs(delivered) <= 1e-14 * self.output] = 0.0
        matrix.setdiag(delivered)
        matrix.eliminate_zeros()
        return matrix

    def direct(self, factors: Floats) -> Floats:
        """Direct emissions of each activity per run [kg CO2e], shape (activities, categories)."""
        result = np.zeros((len(self.ids), factors.shape[1]))
        np.add.at(result, self.emission_activity, self.emission_amount[:, None] * factors[self.emission_flow])
        return result


def from_activities(
    activities: Mapping[str, Mapping[str, Any]], flows: Sequence[str], elsewhere: Mapping[str, Any] | None = None
) -> Columns:
    """The columns of a record's activities.

    Raises UnlinkedError for a provider or flow that is in neither `activities` nor `elsewhere`, EngineError for a
    reference flow that is not positive and for a line id that one activity has twice.
    """
    ids = tuple(activities)
    index = {id: i for i, id in enumerate(ids)}
    flow_index = {flow: i for i, flow in enumerate(flows)}
    output: list[float] = []
    links: list[tuple[int, int, float, str, str]] = []
    emissions: list[tuple[int, int, float, str]] = []
    for j, id in enumerate(ids):
        activity = activities[id]
        output.append(number(activity["output"]))
        if not output[-1] > 0:
            raise EngineError(f"the reference flow of {id} is not positive", [id])
        seen: set[str] = set()
        for line, provider, amount in activity.get("inputs", ()):
            if provider not in index and (elsewhere is None or provider not in elsewhere):
                raise UnlinkedError(f"{id}: line {line} takes from {provider}, which is not in the system", [id])
            inside = index.get(provider, -1)
            links.append((j, inside, number(amount), line, provider if inside < 0 else ""))
            _once(seen, id, line)
        for line, flow, amount in activity.get("emissions", ()):
            if flow not in flow_index:
                raise UnlinkedError(f"{id}: line {line} emits {flow}, which is not among the flows", [id])
            emissions.append((j, flow_index[flow], number(amount), line))
            _once(seen, id, line)
    return Columns(
        ids=ids,
        output=np.array(output, dtype=np.float64),
        link_consumer=np.array([link[0] for link in links], dtype=np.intp),
        link_provider=np.array([link[1] for link in links], dtype=np.intp),
        link_amount=np.array([link[2] for link in links], dtype=np.float64),
        link_ids=tuple(link[3] for link in links),
        outside=tuple(link[4] for link in links),
        emission_activity=np.array([e[0] for e in emissions], dtype=np.intp),
        emission_flow=np.array([e[1] for e in emissions], dtype=np.intp),
        emission_amount=np.array([e[2] for e in emissions], dtype=np.float64),
        emission_ids=tuple(e[3] for e in emissions),
        flows=tuple(flows),
    )


def _once(seen: set[str], activity: str, line: str) -> None:
    if line in seen:
        raise EngineError(f"{activity} has the line {line} twice", [activity])
    seen.add(line)
