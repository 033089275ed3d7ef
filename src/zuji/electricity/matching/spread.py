"""Certificates over hours: exact where they are issued by the hour, else by the device's own meter or a profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zuji.electricity.ledger.hours import Wh, spread
from zuji.electricity.ledger.model import Certificate, DeviceKind
from zuji.electricity.ledger.state import State


@dataclass(frozen=True, eq=False)
class Hourly:
    """Wh by hour from `start` on, and how they came to be: `metered`, or `estimated` by a profile."""

    start: int
    wh: Wh
    method: str

    def window(self, start: int, end: int) -> Wh:
        """The hours [start, end); zero outside."""
        found = np.zeros(end - start, np.int64)
        low, high = max(start, self.start), min(end, self.start + len(self.wh))
        if low < high:
            found[low - start : high - start] = self.wh[low - self.start : high - self.start]
        return found


def is_metered(state: State, device: str, quantity: str, start: int, end: int) -> bool:
    """Whether every hour of [start, end) was read from a meter by the hour: not estimated, not spread by a profile."""
    covered = 0
    for first, last, _, quality, profile in state.readings.get((device, quantity), ()):
        shared = min(last, end) - max(first, start)
        if shared > 0 and not profile and quality in ("measured", "settled"):
            covered += shared
    return covered == end - start


def by_hour(state: State, certificate: Certificate, wh: Wh, first: int = 0) -> Hourly:
    """`wh` [Wh per slot, from slot `first` on] of a certificate over the hours in which it was generated.

    Slots of one hour stay as they are. Longer ones follow the device's meter, which makes them `metered` where that
    was read by the hour and `estimated` where its hours come from a profile; without readings they are spread evenly
    and `estimated`. Integer Wh, each slot keeps its sum.
    """
    start = certificate.start + first * certificate.slot
    if certificate.slot == 1:
        return Hourly(start, wh, "metered")
    device = state.devices[certificate.device]
    quantity = "discharge" if device.kind is DeviceKind.STORAGE else "generation"
    end = start + len(wh) * certificate.slot
    weights, known = state.series_of(device.id, quantity).window(start, end)
    rows = weights.reshape(len(wh), certificate.slot)
    hours = [spread(int(one), row) if one else row * 0 for one, row in zip(wh, rows, strict=True)]
    exact = bool(known.all()) and is_metered(state, device.id, quantity, start, end)
    return Hourly(start, np.concatenate(hours), "metered" if exact else "estimated")
