"""The findings about storage in use, its telemetry and its dispatch, ZJ690 to ZJ699."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

NOT_CONVERTIBLE = define(
    "ZJ690",
    Severity.ERROR,
    what=N_("the round-trip efficiency is known at '{known}', wanted at '{wanted}': '{component}' is not stated"),
    why=N_("between two measuring points lie losses; without them the two figures cannot be compared"),
    mend=N_("state charge and discharge efficiency of '{component}' under components, or use the point of measurement"),
)
BALANCE_OPEN = define(
    "ZJ691",
    Severity.WARNING,
    what=N_("{span}: {residual} kWh ({share}) are open: in {charged}, out {discharged}, state {change}, lost {losses}"),
    why=N_("energy in = energy out + losses + change of state; one of the meters or the stated losses is wrong"),
    mend=N_("check meters, measuring points, units and the stated efficiency; the tolerance is {tolerance}"),
)
MISSING_HOURS = define(
    "ZJ692",
    Severity.WARNING,
    what=N_("'{series}' has no value in {count} of {total} hours, first in {hour}"),
    why=N_("a missing hour is not zero: it is left out, and what was left out is said"),
    mend=N_("supply the readings; keep in mind that figures are of the hours that are there"),
)
NO_FACTOR = define(
    "ZJ693",
    Severity.WARNING,
    what=N_("{energy} kWh in {count} hours have no factor, first in {hour}"),
    why=N_("their emissions are unknown, not zero; the result rests on the other hours"),
    mend=N_("supply hourly factors for the whole time"),
)
BAD_VALUE = define(
    "ZJ694",
    Severity.ERROR,
    what=N_("{field} is {value}: {problem}"),
    why=N_("a store cannot work so; the result would mean nothing"),
    mend=N_("check the value and its unit"),
)
INFEASIBLE = define(
    "ZJ695",
    Severity.ERROR,
    what=N_("no schedule fits: '{constraint}' is short of {amount} kWh in {count} hours, first in {hour}"),
    why=N_("the constraints contradict each other; this is the least by which they would have to give way"),
    mend=N_("relax that constraint, or check load, generation and the state at both ends"),
)
STALE_USE = define(
    "ZJ696",
    Severity.ERROR,
    what=N_("{field} of the study is {found}, the storage file gives {wanted}"),
    why=N_("the study's use stage no longer says what was measured or stated"),
    mend=N_("run zuji storage study again without --check"),
)
WRONG_FACTORS = define(
    "ZJ697",
    Severity.ERROR,
    what=N_("'{source}' holds {found} factors, {wanted} ones are needed"),
    why=N_("average factors share out what was emitted, marginal ones say what a change causes"),
    mend=N_("state scope and basis in the columns of the file as they are, and take a file of the right kind"),
)
ADVERSE = define(
    "ZJ698",
    Severity.WARNING,
    what=N_("the system effect is adverse: {effect} kg CO2e more than in the baseline"),
    why=N_("losses and charging in hours with high marginal emissions outweigh what the discharge replaces"),
    mend=N_("report it as it is; zuji storage dispatch shows what a least-carbon schedule would change"),
)
AVERAGE_SIGNAL = define(
    "ZJ699",
    Severity.WARNING,
    what=N_("the carbon signal is an average one: the saving is an indication only"),
    why=N_("a schedule changes marginal generation; the sign of the effect can be the opposite"),
    mend=N_("take an hourly marginal factor where there is one (basis marginal)"),
)
