"""Exceptions for programmers; problems in data are `zuji.finding.Finding` values instead.

ZujiError
├── UnitError            a unit text that cannot be read, or units that do not convert (also a ValueError)
├── UnreadableError      a file or folder that cannot be opened or decoded at all (exit code 3)
├── RulebookError        a rulebook folder that contradicts itself (two exceptions that hold at once, …)
├── FormulaError         an expression outside the small formula language, or a name without a value
├── AddressError         an address that names no number of a footprint
└── EngineError          a product system that cannot be solved
    ├── UnlinkedError    an exchange whose provider is not in the system
    ├── SingularError    processes that form a loop without net output
    └── UncharacterisedError   a flow for which the method has no factor, met where one is demanded
"""

from __future__ import annotations

from collections.abc import Sequence


class ZujiError(Exception):
    """Base of every exception that zuji raises on purpose."""


class UnitError(ZujiError, ValueError):
    """A unit text cannot be read, or two units do not convert into each other."""


class UnreadableError(ZujiError, OSError):
    """A file or folder cannot be opened or decoded at all."""


class RulebookError(ZujiError):
    """A rulebook folder contradicts itself or lacks something that it must have."""


class FormulaError(ZujiError):
    """An expression is outside the formula language, or one of its names has no value."""


class AddressError(ZujiError, KeyError):
    """An address names no number of this footprint; `nearest` lists addresses that do."""

    def __init__(self, address: str, nearest: Sequence[str] = ()) -> None:
        super().__init__(address)
        self.address = address
        self.nearest = tuple(nearest)

    def __str__(self) -> str:
        return self.address


class EngineError(ZujiError):
    """A product system cannot be solved; `culprits` holds the ids of the processes to look at."""

    def __init__(self, message: str, culprits: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.culprits = tuple(culprits)


class UnlinkedError(EngineError):
    """An exchange names a provider that is not in the system."""


class SingularError(EngineError):
    """The processes in `culprits` form a loop that leaves no net output."""


class UncharacterisedError(EngineError):
    """The flows in `culprits` have no characterisation factor in the method."""
