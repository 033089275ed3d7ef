"""The findings about matching a study's lines to datasets, ZJ336 to ZJ349."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

MAPPING_FORM = define(
    "ZJ336",
    Severity.ERROR,
    what=N_("the mapping file cannot be used: {problem}"),
    why=N_("accepted matches that are not read would be asked again, or accepted otherwise"),
    mend=N_("correct the entry, or take the file away and accept the matches again"),
)
MAPPING_CONFLICT = define(
    "ZJ337",
    Severity.WARNING,
    what=N_("the mappings name two datasets for {name}: '{first}' ({where}) and '{second}'"),
    why=N_("one name must mean one dataset in all studies of a company, or its products cannot be compared"),
    mend=N_("remove one of the two entries from the mapping files; until then neither is proposed first"),
)
MAPPING_UNKNOWN = define(
    "ZJ338",
    Severity.WARNING,
    what=N_("the mapping names the dataset '{dataset}' for {name}, which no opened background has"),
    why=N_("an accepted match is proposed only while its dataset is there"),
    mend=N_("open the background that has it (study.yaml: background), or accept another dataset"),
)
UNKNOWN_LINE = define(
    "ZJ339",
    Severity.ERROR,
    what=N_("there is no line '{line}' to match{hint}"),
    why=N_("a match is written only where it was asked for"),
    mend=N_("take the line's name from the table of 'zuji match'"),
)
UNKNOWN_DATASET = define(
    "ZJ340",
    Severity.ERROR,
    what=N_("no opened background has the dataset '{dataset}'{hint}"),
    why=N_("a study that names a dataset that is not there cannot be calculated"),
    mend=N_("take the id from the table, or open the background that has it"),
)
UNIT_MISFIT = define(
    "ZJ341",
    Severity.ERROR,
    what=N_("the line '{line}' is in {unit}, the dataset '{dataset}' in {other}; nothing converts one to the other"),
    why=N_("the amount of the line could not be calculated"),
    mend=N_("choose a dataset in another unit, or give the amount of the line in {other}"),
)
NO_PLACE = define(
    "ZJ342",
    Severity.ERROR,
    what=N_("the dataset of the line '{line}' cannot be written here: {problem}"),
    why=N_("a file is changed only where its text can be found again exactly"),
    mend=N_("write 'dataset: {dataset}' there by hand"),
)
NOTHING_FOUND = define(
    "ZJ343",
    Severity.NOTE,
    what=N_("no dataset was found for the line '{line}'"),
    why=N_("no opened background speaks of what its name says"),
    mend=N_("import a database that has it, ask the supplier for a footprint, or name the line otherwise"),
)
ACCEPTED_PROXY = define(
    "ZJ344",
    Severity.WARNING,
    what=N_("'{dataset}' is another product than '{line}': it is a proxy, with technology rating {rating}"),
    why=N_("a proxy of the same class lowers the data quality of the result"),
    mend=N_("look for a dataset of the product itself"),
)
