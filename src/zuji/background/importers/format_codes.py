"""The findings about openLCA, SimaPro, Brightway and factor lists, ZJ840 to ZJ849."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

JSON_SYNTAX = define(
    "ZJ840",
    Severity.ERROR,
    what=N_("this is not readable JSON: {problem}"),
    why=N_("the file is cut short, damaged or nested beyond what any database needs"),
    mend=N_("export the database again"),
)
BAD_ROW = define(
    "ZJ841",
    Severity.ERROR,
    what=N_("the row cannot be read: {problem}"),
    why=N_("what it states would be missing from the result"),
    mend=N_("correct the row in the tool the file comes from, and export it again"),
)
BAD_ARRAY = define(
    "ZJ842",
    Severity.ERROR,
    what=N_("the resource '{resource}' cannot be used: {problem}"),
    why=N_("a matrix of which a part is missing gives other results than the whole one"),
    mend=N_("write the datapackage again with bw_processing"),
)
LINKS_DIFFER = define(
    "ZJ843",
    Severity.WARNING,
    what=N_("the product systems of the file link '{flow}' of '{dataset}' to different providers"),
    why=N_("one dataset has one provider for an exchange; the default provider of the dataset is used"),
    mend=N_("export one product system alone"),
)
NO_COLUMN = define(
    "ZJ844",
    Severity.ERROR,
    what=N_("no column is known to hold the {field}; the columns are: {columns}"),
    why=N_("a factor list needs a name, a value and a unit"),
    mend=N_("say which column it is: --columns {field}=HEADER"),
)
COLUMNS_READ = define(
    "ZJ845",
    Severity.NOTE,
    what=N_("the columns are read as {columns}; not read: {others}"),
    why=N_("headers of factor lists follow no standard"),
    mend=N_("correct it with --columns FIELD=HEADER,…; what is said once is remembered for files with these headers"),
)
SCOPE_UNKNOWN = define(
    "ZJ846",
    Severity.ERROR,
    what=N_(
        "the electricity factor '{dataset}' does not say whether it covers the life cycle or only direct emissions"
    ),
    why=N_("the two differ by the upstream emissions and the grid losses; the factor is left out"),
    mend=N_("add a column 'scope' with lifecycle or direct, or import with --scope when one answer holds for all"),
)
SCOPE_ASSUMED = define(
    "ZJ847",
    Severity.WARNING,
    what=N_("{count} factors do not say whether they cover the life cycle, such as '{example}'"),
    why=N_("they are read as life-cycle factors; a direct factor would leave out everything upstream"),
    mend=N_("add a column 'scope' with lifecycle or direct, or import with --scope"),
)
GWP_SET_UNSTATED = define(
    "ZJ848",
    Severity.NOTE,
    what=N_("{count} factors do not say by which warming potentials their CO2e was calculated, such as '{example}'"),
    why=N_("a rulebook that demands one set cannot restate them"),
    mend=N_("add a column 'gwp_set' (AR4, AR5, AR6, EF3.1), or import with --gwp-set when one set holds for all"),
)
FACTOR_UNIT = define(
    "ZJ849",
    Severity.ERROR,
    what=N_("'{dataset}': '{unit}' is no unit of a factor"),
    why=N_("a factor is a mass of CO2e per unit of a product, such as kgCO2e/kWh"),
    mend=N_("write the unit in full in the unit column"),
)
