"""The loop doctor: why a technosphere cannot be solved, or not be trusted, with the process and exchange to look at.

Databases that were linked by name are singular as a rule. So the diagnosis does not need a solvable system: it works on
whatever part of production can be matched, and names everything that it finds, not the first fault only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from zuji.engine import codes
from zuji.engine.matching import Matching, match_production
from zuji.engine.snapshot import Snapshot
from zuji.engine.spectrum import BELOW_ONE, SINGULAR, gain, nearest_to_singular
from zuji.finding import Code, Finding, Place, Severity

Array = npt.NDArray[Any]
NAMED = 5
"""Activities that a finding about a loop names; all members are in `Problem.activities`."""
LISTED = 100
"""Problems of one kind that are listed one by one."""
ROUNDING = 1e-14
"""Own use within this of all that is made is all of it: 0.4 − 0.1 − 0.1 − 0.2 leaves 1e-17."""


@dataclass(frozen=True)
class Problem:
    """One problem: its finding, the activities that it concerns, and the uid of the exchange to look at, if any."""

    finding: Finding
    activities: tuple[str, ...]
    uid: int | None

    @property
    def code(self) -> str:
        """The code of the finding."""
        return self.finding.code

    @property
    def fatal(self) -> bool:
        """Whether the system cannot be solved."""
        return self.finding.severity.value == "error"


def diagnose(snapshot: Snapshot, matching: Matching | None = None, place: str = "") -> tuple[Problem, ...]:
    """Every problem of the technosphere, in the order in which they are best mended; empty when it can be solved.

    `place` is the file or database that the findings name.
    """
    matched = match_production(snapshot) if matching is None else matching
    doctor = _Doctor(snapshot, matched, place)
    doctor.production()
    doctor.loops()
    return tuple(doctor.problems)


class _Doctor:
    def __init__(self, snapshot: Snapshot, matched: Matching, place: str) -> None:
        self.snapshot = snapshot
        self.block = snapshot.technosphere
        self.matched = matched
        self.place = place
        self.problems: list[Problem] = []
        self.names = snapshot.activity_labels.get("name")

    def name(self, activity: int) -> str:
        id = self.snapshot.activities[int(activity)]
        named = self.names[int(activity)] if self.names is not None else ""
        return f"{named} ({id})" if named and named != id else id

    def exchange(self, k: int | None) -> str:
        if k is None:
            return "—"
        source = int(self.block.source[k])
        return self.snapshot.sources[source] if source >= 0 else f"uid {int(self.block.uid[k])}"

    def add(self, code: Code, activities: list[int], k: int | None, /, **params: Any) -> None:
        finding = code(Place(self.place), exchange=self.exchange(k), **params)
        ids = tuple(self.snapshot.activities[i] for i in activities)
        self.problems.append(Problem(finding, ids, None if k is None else int(self.block.uid[k])))

    # -- production

    def production(self) -> None:
        snapshot, block, matched = self.snapshot, self.block, self.matched
        if not snapshot.square:
            self.add(codes.NOT_SQUARE, [], None, products=len(snapshot.products), activities=len(snapshot.activities))
        flagged = np.flatnonzero(np.asarray(block.production))
        cells = np.unique(np.stack([block.row[flagged], block.column[flagged]]), axis=1)
        for product in np.flatnonzero(np.bincount(cells[0], minlength=len(snapshot.products)) > 1)[:LISTED]:
            makers = cells[1][cells[0] == product].tolist()
            spare = next((j for j in makers if matched.activity_of[product] != j), makers[-1])
            k = int(flagged[(block.row[flagged] == product) & (block.column[flagged] == spare)][0])
            shown = ", ".join(self.name(j) for j in makers[:NAMED])
            self.add(
                codes.TWO_PRODUCERS, makers, k, name=snapshot.products[int(product)], count=len(makers), producers=shown
            )
        for activity in np.flatnonzero(np.bincount(cells[1], minlength=len(snapshot.activities)) > 1)[:LISTED]:
            made = cells[0][cells[1] == activity].tolist()
            spare = next((p for p in made if matched.product_of[activity] != p), made[-1])
            k = int(flagged[(block.row[flagged] == spare) & (block.column[flagged] == activity)][0])
            shown = ", ".join(snapshot.products[p] for p in made[:NAMED])
            self.add(codes.TWO_PRODUCTS, [int(activity)], k, name=self.name(activity), count=len(made), products=shown)
        for product in np.flatnonzero(matched.activity_of < 0)[:LISTED]:
            users = np.flatnonzero(block.row == product)
            user = int(users[0]) if len(users) else None
            first = self.name(int(block.column[users[0]])) if len(users) else "—"
            takers = [int(block.column[u]) for u in users]
            self.add(
                codes.NO_PRODUCER,
                takers,
                user,
                name=snapshot.products[int(product)],
                consumers=len(users),
                consumer=first,
            )
        for activity in np.flatnonzero(matched.product_of < 0)[:LISTED]:
            own = np.flatnonzero(block.column == activity)
            self.add(codes.NO_PRODUCT, [int(activity)], int(own[0]) if len(own) else None, name=self.name(activity))

    # -- loops

    def loops(self) -> None:
        block, matched = self.block, self.matched
        n = len(self.snapshot.activities)
        reference = matched.reference
        made = np.bincount(block.column[reference], weights=block.signed[reference], minlength=n)
        for activity in np.flatnonzero((made == 0) & (matched.product_of >= 0))[:LISTED]:
            own = np.flatnonzero(reference & (block.column == activity))
            self.add(codes.ZERO_REFERENCE, [int(activity)], int(own[0]) if len(own) else None, name=self.name(activity))
        supplier = matched.activity_of[block.row]
        consumer = block.column.astype(np.int64)
        usable = ~reference & (supplier >= 0) & (made[consumer] != 0)
        usable[usable] = made[supplier[usable]] != 0
        edges = np.flatnonzero(usable)
        supplier, consumer = supplier[edges], consumer[edges]
        taken = -block.signed[edges] * np.sign(made[supplier]) / np.abs(made[consumer])
        self._waste(edges, supplier, consumer, taken, made)
        matrix = sparse.csc_array((taken, (supplier, consumer)), shape=(n, n))
        matrix.sum_duplicates()
        own_use = matrix.diagonal()
        wasteful = own_use >= 1 - ROUNDING
        for activity in np.flatnonzero(wasteful)[:LISTED]:
            own = np.flatnonzero((supplier == activity) & (consumer == activity))
            k = int(edges[own[np.argmax(taken[own])]])
            self.add(codes.SELF_USE, [int(activity)], k, name=self.name(activity), amount=f"{own_use[activity]:.4g}")
        # What uses itself up is named once; its loops are judged without it.
        matrix.setdiag(np.where(wasteful, 0.0, own_use))
        matrix.eliminate_zeros()
        _, label = csgraph.connected_components(matrix, directed=True, connection="strong")
        sizes = np.bincount(label, minlength=1)
        order = np.argsort(label, kind="stable")
        ends = np.cumsum(sizes)
        members = [np.sort(order[ends[c] - sizes[c] : ends[c]]) for c in np.flatnonzero(sizes > 1)]
        for group in sorted(members, key=lambda m: (-len(m), int(m[0]))):
            self._loop(group, matrix, edges, supplier, consumer, taken)

    def _waste(self, edges: Array, supplier: Array, consumer: Array, taken: Array, made: Array) -> None:
        wrong = np.flatnonzero((made[supplier] < 0) & (taken < 0) & (supplier != consumer))
        for e in wrong[np.argsort(taken[wrong], kind="stable")][:LISTED]:
            self.add(
                codes.WASTE_SIGN,
                [int(consumer[e]), int(supplier[e])],
                int(edges[e]),
                consumer=self.name(consumer[e]),
                supplier=self.name(supplier[e]),
                taken=f"{-taken[e]:.4g}",
            )

    def _loop(
        self, group: Array, matrix: sparse.csc_array, edges: Array, supplier: Array, consumer: Array, taken: Array
    ) -> None:
        part = matrix[:, group].tocsr()[group].tocsc()
        judged = judge(part)
        if judged is None:
            return
        code, severity, size, strength, weight = judged
        inside = np.full(matrix.shape[0], -1)
        inside[group] = np.arange(len(group))
        among = np.flatnonzero((inside[supplier] >= 0) & (inside[consumer] >= 0) & (supplier != consumer))
        share = np.abs(weight[0][inside[supplier[among]]] * taken[among] * weight[1][inside[consumer[among]]])
        e = int(among[int(np.argmax(share))])
        strongest = group[np.lexsort((group, -strength))]
        self.add(
            code,
            strongest.tolist(),
            int(edges[e]),
            severity=severity,
            count=len(group),
            amount=f"{size:.4g}",
            names=", ".join(self.name(j) for j in strongest[:NAMED]),
            consumer=self.name(consumer[e]),
            supplier=self.name(supplier[e]),
            taken=f"{taken[e]:.4g}",
        )


def judge(part: sparse.csc_array) -> tuple[Code, Severity, float, Array, tuple[Array, Array]] | None:
    """None for a loop that is fine, else (finding, severity, size, strength of each member, left and right vectors).

    Without credits the gain must be below one; with credits no eigenvalue of I − T may be zero, and a gain of one or
    more without them is a warning. A loop whose gain is below one even when its credits count as inputs is fine
    without looking further.
    """
    credits = bool((part.data < 0).any())
    found = gain(sparse.csc_array(abs(part)))
    if found.below_one:
        return None
    if not credits:
        strength = found.left * found.right
        return codes.GAIN, Severity.ERROR, max(found.lower, 1 - BELOW_ONE), strength, (found.left, found.right)
    size, right, left = nearest_to_singular(part)
    if size < SINGULAR:
        return codes.SINGULAR, Severity.ERROR, size, left * right, (left, right)
    found = gain(sparse.csc_array(part.maximum(0)))
    if found.below_one:
        return None
    return (
        codes.GAIN,
        Severity.WARNING,
        max(found.lower, 1 - BELOW_ONE),
        found.left * found.right,
        (found.left, found.right),
    )
