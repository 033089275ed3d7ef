"""The findings of a portfolio (ZJ95…, ZJ96…)."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

COLUMN_MISSING = define(
    "ZJ950", ERROR,
    what=N_("the table has no column '{column}'; it has: {columns}"),
    why=N_("without it no row can be read"),
    mend=N_("name the columns variant (or item), line, amount and, where units differ, unit"),
)  # fmt: skip
ROW_SHAPE = define(
    "ZJ951", ERROR,
    what=N_("the row has {found} fields, the header has {expected}: {text}"),
    why=N_("a shifted field puts a number under a wrong name, so the row is not read"),
    mend=N_("add or remove a comma, or quote the field that contains one"),
)  # fmt: skip
NOT_A_NUMBER = define(
    "ZJ952", ERROR,
    what=N_("{owner}: the amount '{text}' is not a finite number"),
    why=N_("a product with a line that cannot be read gets no result, not a smaller one"),
    mend=N_("write a plain number such as 1.5 or 2e-3"),
)  # fmt: skip
UNKNOWN_LINE = define(
    "ZJ953", ERROR,
    what=N_("{owner}: there is no dataset, item or process '{line}'; nearest: {near}"),
    why=N_("a product with a line that nobody can score gets no result, not a smaller one"),
    mend=N_("write the id of a dataset (zuji data search), of an item, or of a process of --study"),
)  # fmt: skip
WRONG_UNIT = define(
    "ZJ954", ERROR,
    what=N_("{owner}: '{line}' is counted in {expected}, which '{unit}' does not convert to"),
    why=N_("an amount in another unit would count wrongly"),
    mend=N_("give the amount in {expected}, or in a unit that converts to it"),
)  # fmt: skip
COMES_AGAIN = define(
    "ZJ955", ERROR,
    what=N_("the rows of {owner} do not stand together: they begin at line {first} and again here"),
    why=N_("rows are read in blocks; a product that comes twice would be counted as two"),
    mend=N_("sort the table by its first column"),
)  # fmt: skip
EMPTY_NAME = define(
    "ZJ956", ERROR,
    what=N_("the row names no {column}"),
    why=N_("its amount belongs to nothing, so it is not counted"),
    mend=N_("fill the column, or delete the row"),
)  # fmt: skip
ITEM_LOOP = define(
    "ZJ957", ERROR,
    what=N_("these items take each other in a loop: {items}"),
    why=N_("a bill of materials in levels has no loop; what takes from them cannot be worked out"),
    mend=N_("remove the line that leads back; real loops belong into the processes of a study"),
)  # fmt: skip
ITEM_TWICE = define(
    "ZJ958", ERROR,
    what=N_("the item '{item}' has the id of a dataset or process"),
    why=N_("a line with this id could mean either of the two"),
    mend=N_("give the item another id"),
)  # fmt: skip
STUDY_FAILED = define(
    "ZJ959", ERROR,
    what=N_("{study} was not calculated under {book}: {problem}"),
    why=N_("the other studies of the portfolio stand; this one has no result"),
    mend=N_("run zuji check {study} -r {book}"),
)  # fmt: skip
NO_STUDIES = define(
    "ZJ960", ERROR,
    what=N_("no folder in {folder} has a study.yaml"),
    why=N_("there is nothing to calculate"),
    mend=N_("name a folder whose subfolders are studies, or a table (.csv, .parquet, .arrow)"),
)  # fmt: skip
SPREAD_ASSUMED = define(
    "ZJ961", WARNING,
    what=N_("the spread of {assumed} of the {all} datasets taken is assumed: secondary data, pedigree, not verified"),
    why=N_("an assumed spread shows which products differ, but the interval that it gives is not that of a product"),
    mend=N_("rate the datasets, or take them from a stored background that states its uncertainty"),
)  # fmt: skip
LINES_FIXED = define(
    "ZJ962", NOTE,
    what=N_("amounts of lines and of the study's processes do not vary; only the background does"),
    why=N_("the samples show what the background leaves open, not what the factory does not know"),
    mend=N_("for one product with all its uncertainties: zuji uncertainty STUDY"),
)  # fmt: skip
NOTHING_VARIES = define(
    "ZJ963", WARNING,
    what=N_("the stored background {name} states no uncertainty; its datasets do not vary in the samples"),
    why=N_("an interval of zero width would say that everything is known exactly"),
    mend=N_("import a version of the database with uncertainty"),
)  # fmt: skip
MORE_ROWS = define(
    "ZJ964", ERROR,
    what=N_("{count} more rows have problems that are not listed one by one"),
    why=N_("after {limit} the list would only repeat itself"),
    mend=N_("mend the listed ones and run it again"),
)  # fmt: skip
EMPTY_TABLE = define(
    "ZJ965", ERROR,
    what=N_("the table has no rows"),
    why=N_("there is nothing to calculate"),
    mend=N_("write one row for each line of each variant: variant,line,amount"),
)  # fmt: skip
