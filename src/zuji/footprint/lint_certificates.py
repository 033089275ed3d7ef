"""Certificates of electricity: retired in time, not from storage, not twice, in the market of the plant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from zuji.finding import Finding
from zuji.footprint import lint_codes as codes
from zuji.footprint.model import Footprint
from zuji.rulebooks.codes import INSTRUMENT_FAILS

MONTHS = 18
"""How long after the reporting period a certificate may be retired; chosen by zuji, no rulebook says so."""
STORAGE = re.compile(r"storage|battery|pumped|储能|蓄能|抽水", re.IGNORECASE)


def months_after(day: date, months: int) -> date:
    """The first day that is more than `months` months after `day`."""
    index = day.year * 12 + day.month + months  # the month after the one that still counts
    return date(index // 12, index % 12 + 1, 1)


def retired_in_time(footprint: Footprint) -> Iterator[Finding]:
    """Certificates are retired, after generation began and within 18 months after the reporting period."""
    study = footprint.system.study
    told = _told(footprint)
    too_late = months_after(study.reporting_period.end, MONTHS)
    for one in study.instruments:
        if one.retired_on is None:
            if str(one.place) not in told:
                yield codes.NOT_RETIRED(one.place, id=one.id)
        elif one.retired_on < one.generated.start:
            yield codes.RETIRED_EARLY(one.place, id=one.id, day=one.retired_on, start=one.generated.start)
        elif one.retired_on >= too_late:
            yield codes.RETIRED_LATE(one.place, id=one.id, day=one.retired_on, months=MONTHS)


def not_from_storage(footprint: Footprint) -> Iterator[Finding]:
    """The generator of a certificate is no storage."""
    for one in footprint.system.study.instruments:
        dataset = footprint.system.background.datasets.get(one.dataset)
        names = f"{one.dataset} {dataset.name.en} {dataset.name.zh} {dataset.technology}" if dataset else one.dataset
        if STORAGE.search(names):
            yield codes.FROM_STORAGE(one.place, id=one.id, dataset=one.dataset)


def ids_differ(footprint: Footprint) -> Iterator[Finding]:
    """Two certificates whose ids differ only in case, spaces or signs are probably one (equal ids are ZJ258)."""
    first: dict[str, int] = {}
    rows = footprint.system.study.instruments
    for i, one in enumerate(rows):
        other = rows[first.setdefault(re.sub(r"[\W_]", "", one.id).casefold(), i)]
        if other.id != one.id:
            yield codes.IDS_ALIKE(
                one.place, first=other.id, first_plant=other.plant, second=one.id, second_plant=one.plant
            )


def of_the_market(footprint: Footprint) -> Iterator[Finding]:
    """A certificate is of the country of its plant; where the rulebook says so itself, nothing is repeated."""
    told = _told(footprint)
    for one in footprint.system.study.instruments:
        site = footprint.system.study.plants.get(one.plant)
        if site is not None and one.country != site.country and str(one.place) not in told:
            yield codes.OTHER_COUNTRY(one.place, id=one.id, country=one.country, plant=one.plant, site=site.country)


def _told(footprint: Footprint) -> set[str]:
    """Places whose certificate already fails a criterion of the rulebook."""
    return {str(f.place) for f in footprint.system.findings if f.code == INSTRUMENT_FAILS.code}
