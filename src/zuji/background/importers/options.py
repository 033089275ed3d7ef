"""What the user of an import decides."""

from __future__ import annotations

from dataclasses import dataclass

ALLOCATIONS = ("given", "mass", "economic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Choices of one import; all of them go into the digest of the result except `workers`."""

    system_model: str = ""
    """System model of the database in words, such as `cut-off`; '' takes what the files say."""
    licence: str = ""
    redistribute: str = "unclear"
    """yes | yes-share-alike | no | unclear"""
    citation: str = ""
    allocation: str = "given"
    """How datasets with several products and no shares are divided: given (not at all), mass, economic."""
    scope: str = ""
    """Factor lists: what factors cover that do not say it: lifecycle, direct, or '' for unknown."""
    gwp_set: str = ""
    """Factor lists: the warming potentials of CO2e values that do not say it: AR4, AR5, AR6, EF3.1 or ''."""
    columns: tuple[tuple[str, str], ...] = ()
    """Factor lists: (field, header) for columns that are not recognised."""
    remembered: str = ""
    """Factor lists: file of columns that were given before."""
    format: str = ""
    """Name of the format; '' recognises it."""
    workers: int = 0
    """Processes that parse; 0 takes as many as the machine has, up to four."""
