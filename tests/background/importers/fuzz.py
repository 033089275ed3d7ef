"""A long run of `test_mutations` for one format: `python -m pytest tests/background/importers/fuzz.py -s`.

`ZUJI_FUZZ_FORMAT` names the format, `ZUJI_FUZZ_MINUTES` how long. It prints the number of examples at the end; what it
finds fails with the smallest changes that show it. Not collected by a plain run: its name does not start with `test_`.
"""

from __future__ import annotations

import os
import time

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from . import test_mutations

ROUND = 500
"""Examples between two looks at the clock; each round has a seed of its own."""


def test_for_minutes() -> None:
    """No example of any round gives a traceback or an unsound store."""
    name = os.environ.get("ZUJI_FUZZ_FORMAT", "ecospold2")
    ends = time.monotonic() + 60 * float(os.environ.get("ZUJI_FUZZ_MINUTES", "10"))
    check = test_mutations.test_mutations.hypothesis.inner_test  # type: ignore[attr-defined]
    count, number = 0, 0
    while time.monotonic() < ends:

        def one(changes: list[tuple[str, float, float, bytes, int]], which: float) -> None:
            nonlocal count
            count += 1
            check(name, changes, which)

        changes = st.lists(test_mutations.change, min_size=1, max_size=4)
        run = given(changes=changes, which=st.floats(0, 1, exclude_max=True))(one)
        loose = settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        seed(number)(loose(run))()
        number += 1
        print(f"{name}: {count} examples in {number} rounds", flush=True)
