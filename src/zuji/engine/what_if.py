"""What if an activity took less, or from somebody else: a rank-1 update instead of a new solve (Sherman–Morrison)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from zuji.engine.contributions import Supply
from zuji.engine.system import System
from zuji.errors import SingularError

Floats = npt.NDArray[np.float64]


class WhatIf:
    """Changes to the inputs and emissions of one activity; the only solve is done when it is made."""

    def __init__(self, system: System, supply: Supply, consumer: int) -> None:
        unit = np.zeros(system.plan.size)
        unit[system.plan.position[consumer]] = 1.0
        solution, _ = system.adjoint(unit)
        self.supply = supply
        self.consumer = consumer
        self.drawn = np.empty_like(solution)
        """(n,): how much each activity draws from the consumer in all, per unit of reference flow."""
        self.drawn[system.plan.order] = solution

    def changed(self, change: Mapping[int, float], direct: float = 0.0) -> Floats:
        """The scores of every activity, (n,), after the consumer takes `change[i]` more from each activity i and emits
        `direct` more, all per unit of its reference flow.

        With u the change, y' = y + w·(u·y + direct) / (1 − u·w), where Mᵀ·w is the unit vector of the consumer.
        Raises SingularError when the changed loop leaves no net output.
        """
        suppliers = np.fromiter(change, np.int64, len(change))
        amounts = np.fromiter(change.values(), np.float64, len(change))
        left = 1.0 - float(amounts @ self.drawn[suppliers])
        if left <= 1e-12:
            raise SingularError("with this change the activity takes as much as it delivers, or more")
        more = float(amounts @ self.supply.values[suppliers]) + direct
        return np.asarray(self.supply.values + self.drawn * (more / left))

    def substituted(self, supplier: int, other: int, ratio: float = 1.0) -> Floats:
        """The scores, (n,), when the consumer takes `ratio` of `other` instead of each unit of `supplier`."""
        matrix = self.supply.taken
        span = slice(int(matrix.indptr[self.consumer]), int(matrix.indptr[self.consumer + 1]))
        amount = float(matrix.data[span][matrix.indices[span] == supplier].sum())
        change = {supplier: -amount}
        change[other] = change.get(other, 0.0) + ratio * amount
        return self.changed(change)
