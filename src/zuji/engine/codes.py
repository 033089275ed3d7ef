"""The findings of the diagnosis of a technosphere (ZJ900–ZJ929)."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

ERROR, WARNING = Severity.ERROR, Severity.WARNING

NOT_SQUARE = define(
    "ZJ900", ERROR,
    what=N_("the database has {products} products but {activities} activities"),
    why=N_("every product needs exactly one activity that makes it; otherwise the system has no answer or many"),
    mend=N_("allocate activities with several products, and keep one supplier of each product: see the other findings"),
)  # fmt: skip
NO_PRODUCER = define(
    "ZJ901", ERROR,
    what=N_("no activity makes {name}; {consumers} take it, first {consumer}"),
    why=N_("what nobody makes has no footprint, so everything that takes it has none either"),
    mend=N_("add an activity that makes it, or link the exchange {exchange} to a supplier that is there"),
)  # fmt: skip
NO_PRODUCT = define(
    "ZJ902", ERROR,
    what=N_("{name} makes no product of its own"),
    why=N_("an activity without a reference flow cannot be scaled"),
    mend=N_("mark its reference flow, or remove the activity (exchange {exchange})"),
)  # fmt: skip
TWO_PRODUCERS = define(
    "ZJ903", ERROR,
    what=N_("{name} is the reference flow of {count} activities: {producers}"),
    why=N_("it is not said from which of them a consumer takes"),
    mend=N_("make a market that mixes them, or remove all but one (exchange {exchange})"),
)  # fmt: skip
TWO_PRODUCTS = define(
    "ZJ904", ERROR,
    what=N_("{name} has {count} reference flows: {products}"),
    why=N_("an activity with several products has to be allocated or expanded before it can be solved"),
    mend=N_("allocate it by the rulebook's rule, or mark one reference flow (exchange {exchange})"),
)  # fmt: skip
ZERO_REFERENCE = define(
    "ZJ905", ERROR,
    what=N_("the reference flow of {name} is zero"),
    why=N_("amounts per unit of it would be infinite"),
    mend=N_("correct the amount of the exchange {exchange}"),
)  # fmt: skip
SELF_USE = define(
    "ZJ906", ERROR,
    what=N_("{name} takes {amount} of its own product for each unit that it makes"),
    why=N_("an activity that uses up all that it makes delivers nothing"),
    mend=N_("correct the amount or the supplier of the exchange {exchange}; often a market was linked to itself"),
)  # fmt: skip
GAIN = define(
    "ZJ907", ERROR,
    what=N_("a loop of {count} activities takes at least {amount} of what it delivers; strongest: {names}"),
    why=N_("a loop that takes as much as it delivers, or more, has no net output, and scores would be negative"),
    mend=N_("look first at the exchange {exchange}: {consumer} takes {taken} of {supplier} per unit (a wrong unit?)"),
)  # fmt: skip
SINGULAR = define(
    "ZJ908", ERROR,
    what=N_("a loop of {count} activities with credits leaves no net output; strongest: {names}"),
    why=N_("credits cancel what the loop delivers, so the system has no unique answer"),
    mend=N_("look first at the exchange {exchange}: {consumer} takes {taken} of {supplier} per unit"),
)  # fmt: skip
WASTE_SIGN = define(
    "ZJ909", WARNING,
    what=N_("{consumer} takes waste from the treatment {supplier} instead of handing waste over ({taken} per unit)"),
    why=N_("the treatment of waste then counts as a credit"),
    mend=N_("turn the sign of the exchange {exchange}, or that of the reference flow of the treatment"),
)  # fmt: skip
