"""Our snapshots as the datapackages of bw2calc, so that peers calculate on the same matrices in the same run."""

from __future__ import annotations

from typing import Any

import numpy as np

from zuji.engine.snapshot import Exchanges, Snapshot

MISSING = "not installed: `python3 run.py bench` installs the peers"


def datapackage(snapshot: Snapshot, factors: Any, *, distributions: bool = False) -> Any:
    """Technosphere, biosphere and one method; with `distributions` the lognormal ones of the snapshot as well."""
    import bw_processing as bwp

    package = bwp.create_datapackage()
    n = len(snapshot.activities)
    for name, block, offset in (("technosphere", snapshot.technosphere, 0), ("biosphere", snapshot.biosphere, n)):
        indices = np.empty(len(block), dtype=bwp.INDICES_DTYPE)
        indices["row"] = block.row.astype(np.int64) + offset
        indices["col"] = block.column
        given: dict[str, Any] = {"flip_array": np.asarray(block.sign < 0)}
        if distributions:
            given["distributions_array"] = _distributions(block, bwp.UNCERTAINTY_DTYPE)
        package.add_persistent_vector(
            matrix=f"{name}_matrix", name=name, indices_array=indices, data_array=np.array(block.value), **given
        )
    used = np.flatnonzero(factors)
    indices = np.empty(len(used), dtype=bwp.INDICES_DTYPE)
    indices["row"] = used + n
    indices["col"] = 0
    package.add_persistent_vector(
        matrix="characterization_matrix", name="method", indices_array=indices, data_array=np.array(factors[used])
    )
    return package


def _distributions(block: Exchanges, dtype: Any) -> Any:
    made = np.zeros(len(block), dtype=dtype)
    made["uncertainty_type"] = np.maximum(block.distribution, 1)
    for name in ("loc", "scale", "shape", "minimum", "maximum"):
        made[name] = getattr(block, name)
    certain = made["uncertainty_type"] == 1
    made["loc"][certain] = block.value[certain]
    made["negative"] = block.value < 0
    return made
