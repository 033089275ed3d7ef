"""Every kind of finding that reading a workbook can give beside those of a study: ZJ850 to ZJ879."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

SHEET_MISSING = define(
    "ZJ850",
    _E,
    what=N_("the workbook has no sheet '{sheet}'"),
    why=N_("the product and its period stand there; without them the other sheets belong to nothing"),
    mend=N_("start from 'zuji workbook', or give the sheet its name back"),
)
SHEET_UNKNOWN = define(
    "ZJ851",
    _N,
    what=N_("the sheet '{sheet}' is not part of the study and is not read{hint}"),
    why=N_("nothing in it enters the footprint"),
    mend=N_("rename it if it should be read; else leave it, it is kept as it is"),
)
SHEET_RENAMED = define(
    "ZJ852",
    _N,
    what=N_("the sheet '{sheet}' is read as '{known}', by its headers"),
    why=N_("the name is not the one of the template"),
    mend=N_("nothing to do, if that is what it holds"),
)
HEADER_MISSING = define(
    "ZJ853",
    _E,
    what=N_("no header row is found among the first {rows} rows"),
    why=N_("columns are found by their name, wherever they stand"),
    mend=N_("write the headers into one row: {needed}"),
)
COLUMN_UNKNOWN = define(
    "ZJ854",
    _N,
    what=N_("the column '{column}' is not read{hint}"),
    why=N_("its name is not one of this sheet; your own columns may stay"),
    mend=N_("rename it if it should be read"),
)
COLUMN_TWICE = define(
    "ZJ855",
    _E,
    what=N_("the column '{column}' stands twice, first in {first}"),
    why=N_("one of the two would be lost silently"),
    mend=N_("keep one of them, or rename the other"),
)
COLUMN_ABSENT = define(
    "ZJ856",
    _E,
    what=N_("the sheet has no column '{column}'{hint}"),
    why=N_("no row can be read without it"),
    mend=N_("add the column, or give it its name back"),
)
CELL_ERROR = define(
    "ZJ857",
    _E,
    what=N_("the cell shows the error {error}"),
    why=N_("a formula in it refers to something that is gone or cannot be calculated"),
    mend=N_("mend the formula, or write the value"),
)
FORMULA_EMPTY = define(
    "ZJ858",
    _E,
    what=N_("the formula {formula} has no stored result"),
    why=N_("the workbook was saved by a program that does not calculate; the value is not in the file"),
    mend=N_("open it in Excel, WPS or LibreOffice, let it calculate, save, and read it again"),
)
MERGED = define(
    "ZJ859",
    _E,
    what=N_("the cells {range} are merged over numbers or over several columns"),
    why=N_("it is not known whether the value holds for each row or for all together"),
    mend=N_("unmerge the cells and write each value into its own cell"),
)
MERGED_FILLED = define(
    "ZJ860",
    _N,
    what=N_("the merged cells {range} are read as '{value}' in each row"),
    why=N_("a merged cell holds its text only in the first row"),
    mend=N_("nothing to do, if each of these rows means it"),
)
DATE_FOR_NUMBER = define(
    "ZJ861",
    _E,
    what=N_("a number is expected, the cell holds the date {value}"),
    why=N_("spreadsheets turn texts such as 3-5 or 1/2 into dates; the number that was typed is gone"),
    mend=N_("set the format of the cell to 'number' and type the number again"),
)
DATE_FOR_TEXT = define(
    "ZJ862",
    _W,
    what=N_("the cell holds the date {value} where a name or id is expected"),
    why=N_("spreadsheets turn ids such as 2-3 into dates; the text that was typed is gone"),
    mend=N_("set the format of the cell to 'text' and type it again"),
)
DATE_SERIAL = define(
    "ZJ863",
    _N,
    what=N_("the number {value} is read as the date {date}"),
    why=N_("spreadsheets count dates in days; the cell has lost its date format"),
    mend=N_("nothing to do, if that is the day"),
)
LONG_NUMBER = define(
    "ZJ864",
    _W,
    what=N_("the id {value} is stored as a number of more than 15 digits"),
    why=N_("spreadsheets keep 15 digits; the last ones have become zeros"),
    mend=N_("set the format of the cell to 'text' and type the id again"),
)
ORPHAN = define(
    "ZJ865",
    _E,
    what=N_("the row belongs to {part} '{id}', which no sheet lists{hint}"),
    why=N_("what belongs to nothing cannot be counted"),
    mend=N_("correct the id, or add a row for it in the sheet '{sheet}'"),
)
UNKNOWN_PROPERTY = define(
    "ZJ866",
    _E,
    what=N_("'{value}' is not a property of {part}{hint}"),
    why=N_("the value would not enter the study; known are: {known}"),
    mend=N_("choose one of these words"),
)
TEMPLATE_VERSION = define(
    "ZJ867",
    _W,
    what=N_("the workbook was written for template version {found}; this zuji reads version {known}"),
    why=N_("a column may have changed its meaning"),
    mend=N_("compare the result with the study it came from, or write the workbook again"),
)
PERCENT_TWICE = define(
    "ZJ868",
    _E,
    what=N_("the cell shows {shown}, its unit column says %; the file holds {value}"),
    why=N_("the cell is formatted as percent: with the unit % the value would be a hundred times too small"),
    mend=N_("write 1 into the unit column, or give the cell the format 'general' and type the percent number"),
)
FIELD_UNKNOWN = define(
    "ZJ869",
    _W,
    what=N_("'{key}' is not a field of this sheet{hint}"),
    why=N_("what stands in its row does not enter the study"),
    mend=N_("give the key back its name; rows of your own may start with #"),
)
FIELD_TWICE = define(
    "ZJ870",
    _E,
    what=N_("the field '{key}' stands twice; the first is in {first}"),
    why=N_("one of the two would be lost silently"),
    mend=N_("keep one of them"),
)
ATTACHMENT = define(
    "ZJ871",
    _W,
    what=N_("the stored file '{file}' is damaged: its SHA-256 does not fit"),
    why=N_("footprints of suppliers are kept byte by byte, so that their signatures and digests hold"),
    mend=N_("write the workbook again from the study, or add the supplier's file to the folder suppliers/"),
)
HIDDEN_ROWS = define(
    "ZJ872",
    _N,
    what=N_("{count} hidden rows are read like the others"),
    why=N_("a filter hides rows, it does not take them out of the study"),
    mend=N_("delete rows that should not count, or start their first cell with #"),
)
