"""Every kind of finding that reading a foreign bill of materials can give: ZJ880 to ZJ887."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

MAPPED_COLUMN_GONE = define(
    "ZJ880",
    _E,
    what=N_("the mapping takes '{field}' from the column '{column}', which the sheet does not have"),
    why=N_("the export has changed; a value from another column would be wrong silently"),
    mend=N_("correct the mapping file, or delete it to get a new proposal"),
)
LEVEL = define(
    "ZJ881",
    _E,
    what=N_("'{value}' cannot be read as a level"),
    why=N_("the level says which position the row belongs to"),
    mend=N_("write 1, 2, 3, or .1, ..2, ...3, or 1, 1.1, 1.1.1"),
)
LEVEL_JUMP = define(
    "ZJ882",
    _W,
    what=N_("the level goes from {above} to {level}"),
    why=N_("a level in between is missing; the row is put under the last position above it"),
    mend=N_("check whether a row was deleted or filtered out"),
)
NO_PRODUCT = define(
    "ZJ883",
    _E,
    what=N_("no row says which product this is the bill of materials of"),
    why=N_("the first level needs a parent"),
    mend=N_("name it with --product, or add a row of level 0"),
)
ZERO_PARENT = define(
    "ZJ884",
    _E,
    what=N_("'{item}' belongs to '{parent}', whose total amount is zero"),
    why=N_("the amount per parent cannot be calculated from a total"),
    mend=N_("correct the total amount of the parent"),
)
BOM_UNIT = define(
    "ZJ885",
    _W,
    what=N_("the unit '{value}' of '{item}' is not known; it is written as 'item'"),
    why=N_("kg and pieces must not be confused"),
    mend=N_("correct the unit in bom.csv, or in the export"),
)
ADDED = define(
    "ZJ886",
    _N,
    what=N_("'{item}' stands several times under '{parent}'; the amounts are added"),
    why=N_("an item stands once under a parent"),
    mend=N_("nothing to do, if all of them are needed"),
)
NO_BOM = define(
    "ZJ887",
    _E,
    what=N_("no sheet looks like a bill of materials"),
    why=N_("a column for the item, one for the level or the parent and one for the quantity are needed: {needed}"),
    mend=N_("name the columns so, or write a mapping file by hand"),
)
