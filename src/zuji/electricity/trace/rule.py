"""The choices behind a traced figure: coupling, who bears losses, storage, netting; all stand in every figure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from zuji.i18n import N_, tr


class Coupling(StrEnum):
    """How the origin of electricity follows its flow.

    `direct`: every zone mixes all that enters it (proportional sharing, Bialek 1996). `aggregated`: a zone serves its
    own load first, only the surplus travels (Hörsch et al. 2018). `first_tier`: imports at the production intensity
    of the neighbour; conserves nothing, for comparison. `production`: no imports at all.
    """

    DIRECT = "direct"
    AGGREGATED = "aggregated"
    FIRST_TIER = "first_tier"
    PRODUCTION = "production"


class Losses(StrEnum):
    """Who bears the loss of a line: the receiver takes all that was sent, or the sender counts it as load."""

    RECEIVER = "receiver"
    SENDER = "sender"


class Storage(StrEnum):
    """What a discharge carries: the average of the stock, the oldest charge first, or a stated figure."""

    STOCK = "stock"
    FIFO = "fifo"
    STATIC = "static"


NAMES = {
    Coupling.DIRECT: N_("direct coupling"),
    Coupling.AGGREGATED: N_("aggregated coupling"),
    Coupling.FIRST_TIER: N_("first tier"),
    Coupling.PRODUCTION: N_("production only"),
    Losses.RECEIVER: N_("losses at the receiver"),
    Losses.SENDER: N_("losses at the sender"),
    Storage.STOCK: N_("storage as stock average"),
    Storage.FIFO: N_("storage first in, first out"),
    Storage.STATIC: N_("storage at a stated factor"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One choice each; two figures under different rules must not be added or compared without saying so."""

    coupling: Coupling = Coupling.DIRECT
    losses: Losses = Losses.RECEIVER
    storage: Storage = Storage.STOCK
    netted: bool = False
    """Whether the two directions of a pair were netted inside a period before tracing."""

    @property
    def id(self) -> str:
        """The rule as one word, for example `direct.receiver.stock` or `direct.receiver.stock.netted`."""
        parts = [self.coupling.value, self.losses.value, self.storage.value, *(["netted"] if self.netted else [])]
        return ".".join(parts)

    def text(self) -> str:
        """The rule as people say it, in the language of this run."""
        parts = [tr(NAMES[self.coupling]), tr(NAMES[self.losses]), tr(NAMES[self.storage])]
        parts.append(tr("opposite flows netted") if self.netted else tr("opposite flows not netted"))
        return tr(", ").join(parts)

    @classmethod
    def of(cls, id: str) -> Rule:
        """The rule that `id` names; raises ValueError for any other text."""
        parts = id.split(".")
        if len(parts) not in (3, 4) or parts[3:] not in ([], ["netted"]):
            raise ValueError(f"not a rule: {id}")
        return cls(Coupling(parts[0]), Losses(parts[1]), Storage(parts[2]), len(parts) == 4)
