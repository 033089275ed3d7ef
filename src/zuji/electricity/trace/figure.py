"""The mean factor of a zone as a typed factor, with the trace as its source."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from zuji.background.model import Source
from zuji.datum import LocalText
from zuji.electricity.factors import Basis, DirectFactor, GridFactor, LifecycleFactor
from zuji.electricity.trace.rule import Coupling
from zuji.errors import ZujiError
from zuji.i18n import tr

if TYPE_CHECKING:
    from zuji.electricity.trace.run import Trace


class NoFigureError(ZujiError):
    """A zone has no figure in any period."""


def factor_of(trace: Trace, zone: str, gas: str = "") -> GridFactor:
    """The consumption-weighted mean of a zone [kg/kWh]; production only gives the basis production.

    Raises KeyError for an unknown zone or gas, NoFigureError where no period has a figure.
    """
    balance, labels = trace.balance, trace.balance.labels
    z, g = labels.zone(zone), labels.gas(gas) if gas else 0
    mean = float(trace.mean(g)[z])
    if math.isnan(mean):
        raise NoFigureError(tr("{zone} has no factor in any period", zone=zone))
    first = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=int(balance.hours[0]))
    last = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=int(balance.hours[-1]) + balance.step)
    deviation = None
    if trace.rule.coupling is Coupling.DIRECT:
        deviation = math.sqrt(math.fsum(meter.effect**2 for meter in trace.meters(zone, g))) / 1000
    label = labels.gases[g]
    kind = LifecycleFactor if label.scope == "lifecycle" else DirectFactor
    licences = sorted({document.licence for document in balance.documents if document.licence})
    free = bool(balance.documents) and all(d.redistribute in ("yes", "yes-share-alike") for d in balance.documents)
    name = labels.zones[z].name
    period = f"{first:%Y-%m-%dT%HZ}/{last:%Y-%m-%dT%HZ}"
    # Kilograms per MWh over a thousand are kilograms per kWh.
    return kind(
        id=f"{balance.id or 'grid'}:{zone}:{label.id}:{trace.rule.id}",
        name=LocalText(f"{name.pick('zh') or zone} 追溯因子", f"{name.pick('en') or zone}, traced factor"),
        value=mean / 1000,
        gas={"CO2": "CO2 fossil"}.get(label.name, label.name),
        basis=Basis.PRODUCTION if trace.rule.coupling is Coupling.PRODUCTION else Basis.CONSUMPTION,
        geography=zone,
        period=period,
        rule=trace.rule.id,
        boundary="synthetic example, not a real grid" if balance.synthetic else "",
        deviation=deviation,
        verified=not balance.synthetic,
        source=Source(
            citation=", ".join(sorted({d.publisher for d in balance.documents if d.publisher})) or balance.id or "-",
            locator=trace.digest,
            licence="; ".join(licences),
            redistribute="yes" if free else "unclear",
            confidence="derived",
            kind="derived",
        ),
    )
