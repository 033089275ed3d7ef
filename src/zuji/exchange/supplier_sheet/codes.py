"""Every kind of finding that a supplier's answer can give: ZJ888 to ZJ899."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

NOT_AN_ANSWER = define(
    "ZJ888",
    _E,
    what=N_("the workbook is not an answer to a supplier request"),
    why=N_("the hidden sheet that says what was asked is missing"),
    mend=N_("ask the supplier to fill in the workbook that 'zuji supplier request' wrote"),
)
OTHER_STUDY = define(
    "ZJ889",
    _E,
    what=N_("the request was written for the study '{found}', not for '{study}'"),
    why=N_("the answer would be linked to the wrong product"),
    mend=N_("name the right study with --study"),
)
LINE_GONE = define(
    "ZJ890",
    _E,
    what=N_("the study has no line '{line}' any more{hint}"),
    why=N_("there is nothing to link the footprint to"),
    mend=N_("write the request again, or give the line its id back"),
)
NOT_ANSWERED = define(
    "ZJ891",
    _E,
    what=N_("'{field}' is not filled in"),
    why=N_("the footprint cannot be used without it"),
    mend=N_("fill in the cell; everything marked * is needed"),
)
NOTHING_STATED = define(
    "ZJ892",
    _E,
    what=N_("neither a total, nor the totals of the stages, nor an inventory is filled in"),
    why=N_("there is nothing to calculate with"),
    mend=N_("fill in one of the parts A, B or C; a partial answer is welcome"),
)
OTHER_UNIT = define(
    "ZJ893",
    _E,
    what=N_("the footprint is per {found}; the line is counted in {expected}"),
    why=N_("the two cannot be converted without knowing more about the product"),
    mend=N_("state the footprint per {expected}, or ask for the mass of one piece and change the line"),
)
STAGE_SUM = define(
    "ZJ894",
    _W,
    what=N_("the stages add up to {sum} kg CO2e, the total says {total} kg CO2e"),
    why=N_("one of the figures is wrong, or a stage is missing; the total is used"),
    mend=N_("ask the supplier which of the two holds"),
)
NO_RATINGS = define(
    "ZJ895",
    _N,
    what=N_("the supplier does not rate the data"),
    why=N_("the line counts without data-quality ratings"),
    mend=N_("rate them yourself from what the supplier says about technology, place, time and precision"),
)
INVENTORY_ONLY = define(
    "ZJ896",
    _W,
    what=N_("the answer is an inventory of {count} rows without a total; the line is not linked yet"),
    why=N_("its rows must be matched to datasets first; that is not done silently"),
    mend=N_("match the rows in {file}, move it into processes/ and name the process in the line"),
)
ROLE = define(
    "ZJ897",
    _E,
    what=N_("'{value}' is not a kind of flow{hint}"),
    why=N_("the row cannot be counted; known are: {known}"),
    mend=N_("choose one of the list"),
)
