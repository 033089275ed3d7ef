"""The one place that imports numba: whether compiled kernels are there, and the decorator that makes them.

`ZUJI_ENGINE=reference` in the environment turns them off: every kernel has a NumPy/SciPy reference that does the same.
Nothing is compiled or imported before the first call of a kernel.
"""

from __future__ import annotations

import functools
import importlib.util
import os
from collections.abc import Callable
from typing import Any

VARIABLE = "ZUJI_ENGINE"
REFERENCE = "reference"


def available() -> bool:
    """Whether compiled kernels run: numba is installed and the environment does not ask for the reference."""
    return os.environ.get(VARIABLE, "") != REFERENCE and _installed()


@functools.cache
def _installed() -> bool:
    return importlib.util.find_spec("numba") is not None


def kernel(*, parallel: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator: the function compiled by numba at its first call, without the GIL, cached on disk where possible.

    No fused multiply-add and no reordering of sums: the same operations give the same bits on any CPU.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*arguments: Any) -> Any:
            return _compiled(function, parallel)(*arguments)

        return call

    return decorate


@functools.cache
def _compiled(function: Callable[..., Any], parallel: bool) -> Callable[..., Any]:
    import numba

    try:
        made = numba.njit(nogil=True, cache=True, parallel=parallel, error_model="numpy")(function)
    except RuntimeError:  # no folder to cache in
        made = numba.njit(nogil=True, parallel=parallel, error_model="numpy")(function)
    compiled: Callable[..., Any] = made
    return compiled
