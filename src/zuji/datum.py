"""The words that study and background share: bilingual texts, kinds of data, ratings, origin of carbon, periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from zuji.i18n import tr_in


class Origin(StrEnum):
    """Where the carbon of an emission comes from; `unspecified` where the source does not split it."""

    FOSSIL = "fossil"
    BIOGENIC = "biogenic"
    LAND_USE = "land_use"
    AVIATION = "aviation"
    UNSPECIFIED = "unspecified"
    LAND_MANAGEMENT = "land_management"
    """CO2 that recurring land management releases."""
    LAND_REMOVAL = "land_removal"
    """CO2 that land management keeps in soil and standing biomass."""
    CAPTURED_FOSSIL = "captured_fossil"
    """CO2 of fossil origin that is captured and stored underground."""
    CAPTURED_BIOGENIC = "captured_biogenic"
    """CO2 of biogenic origin that is captured and stored underground (BECCS)."""
    TECHNOLOGICAL_REMOVAL = "technological_removal"
    """CO2 that is taken from the air by a plant and stored (DACCS)."""
    PRODUCT_STORAGE = "product_storage"
    """CO2 whose biogenic carbon stays in the product."""


REMOVALS = frozenset(
    {
        Origin.LAND_REMOVAL,
        Origin.CAPTURED_FOSSIL,
        Origin.CAPTURED_BIOGENIC,
        Origin.TECHNOLOGICAL_REMOVAL,
        Origin.PRODUCT_STORAGE,
    }
)
"""Origins of amounts that are taken away or kept back: never above zero."""


class Kind(StrEnum):
    """How an activity datum came to be known; the first two are primary data."""

    MEASURED = "measured"
    CALCULATED = "calculated"
    SUPPLIER = "supplier"
    ESTIMATED = "estimated"
    SECONDARY = "secondary"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class LocalText:
    """A name or sentence in Chinese and English; an empty language falls back to the other."""

    zh: str = ""
    en: str = ""

    def pick(self, lang: str) -> str:
        """The text in `lang` ('zh' or 'en'), or in the other language where that one is empty."""
        return (self.zh or self.en) if lang == "zh" else (self.en or self.zh)

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)


def localised(message: str) -> LocalText:
    """A message of the catalogues as a text in both languages."""
    return LocalText(tr_in("zh", message), tr_in("en", message))


@dataclass(frozen=True, slots=True)
class DataQuality:
    """Data-quality ratings from 1 (best) to 5 (worst); None where nobody rated the criterion."""

    technology: float | None = None
    geography: float | None = None
    time: float | None = None
    precision: float | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A span of whole days; `start` and `end` both belong to it."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Number of days, both ends included."""
        return (self.end - self.start).days + 1

    def holds(self, other: Period) -> bool:
        """Whether `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Period) -> bool:
        """Whether the two share a day."""
        return self.start <= other.end and other.start <= self.end

    def __str__(self) -> str:
        return f"{self.start.isoformat()}/{self.end.isoformat()}"
