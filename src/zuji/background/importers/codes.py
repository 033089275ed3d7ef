"""The findings about imported databases, ZJ800 to ZJ839."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

UNREADABLE_FILE = define(
    "ZJ800",
    Severity.ERROR,
    what=N_("the file cannot be read: {problem}"),
    why=N_("a database of which a part is missing gives other results than the whole one"),
    mend=N_("get the file again from its publisher, and check its size"),
)
XML_SYNTAX = define(
    "ZJ801",
    Severity.ERROR,
    what=N_("this is not well-formed XML: {problem}"),
    why=N_("the file is cut short, damaged or in another encoding than it says"),
    mend=N_("get the file again from its publisher"),
)
XML_DOCTYPE = define(
    "ZJ802",
    Severity.ERROR,
    what=N_("the file declares entities or a document type"),
    why=N_("these can fetch other files or grow without bound; no format of this field needs them"),
    mend=N_("remove the <!DOCTYPE …> declaration; be wary of where the file came from"),
)
UNSAFE_NAME = define(
    "ZJ803",
    Severity.ERROR,
    what=N_("the archive names a file outside of it: {name}"),
    why=N_("such an archive was made to overwrite files of whoever unpacks it"),
    mend=N_("do not use this archive; get it from its publisher"),
)
LINK_SKIPPED = define(
    "ZJ804",
    Severity.WARNING,
    what=N_("{name} is a symbolic link and was not read"),
    why=N_("a link can point to any file of this machine"),
    mend=N_("put a copy of the file in its place if it belongs to the database"),
)
TOO_LARGE = define(
    "ZJ805",
    Severity.ERROR,
    what=N_("{what} has {size} bytes, more than the {limit} that are read"),
    why=N_("a file of this size would fill the memory"),
    mend=N_("split the database, or check that the file is what it should be"),
)
BOMB = define(
    "ZJ806",
    Severity.ERROR,
    what=N_("{name} would unpack to {ratio} times its size"),
    why=N_("no real database is packed that tightly; it would fill disk and memory"),
    mend=N_("do not use this archive; get it from its publisher"),
)
DUPLICATE = define(
    "ZJ807",
    Severity.ERROR,
    what=N_("the dataset '{dataset}' occurs twice, first in {first}"),
    why=N_("one of the two would replace the other silently"),
    mend=N_("remove one of them; often two versions of a dataset lie in one folder"),
)
MISSING_FIELD = define(
    "ZJ808",
    Severity.ERROR,
    what=N_("'{dataset}' lacks {field}"),
    why=N_("without it the dataset cannot be used"),
    mend=N_("complete the dataset in the tool it comes from, and export it again"),
)
BAD_AMOUNT = define(
    "ZJ809",
    Severity.ERROR,
    what=N_("'{dataset}': the amount '{value}' of {flow} is not a usable number"),
    why=N_("a missing value is not zero, and infinity is not an amount"),
    mend=N_("correct the amount in the tool the database comes from"),
)
HUGE_AMOUNT = define(
    "ZJ810",
    Severity.ERROR,
    what=N_("'{dataset}': the amount {value} of {flow} is beyond every real process"),
    why=N_("it would overflow in the calculation, or drown every other amount"),
    mend=N_("correct the amount in the tool the database comes from"),
)
UNKNOWN_UNIT = define(
    "ZJ811",
    Severity.WARNING,
    what=N_("the unit '{unit}' is not known; {count} exchanges use it"),
    why=N_("amounts in it convert to nothing but itself"),
    mend=N_("nothing, if provider and consumer use the same unit; else state the amounts in a known one"),
)
UNIT_MISMATCH = define(
    "ZJ812",
    Severity.ERROR,
    what=N_("'{dataset}' takes {flow} in {unit}, which is delivered in {expected}"),
    why=N_("the two units measure different things; the exchange stays unlinked"),
    mend=N_("correct one of the two units, or add the conversion to the flow"),
)
UNLINKED = define(
    "ZJ813",
    Severity.WARNING,
    what=N_("'{dataset}': nobody delivers {flow}; nearest: {nearest}"),
    why=N_("what is not found would count as zero; every dataset that takes from it is a gap"),
    mend=N_("import the database that delivers it together with this one, or mend the link"),
)
UNLINKED_MORE = define(
    "ZJ814",
    Severity.WARNING,
    what=N_("{count} further exchanges are not linked ({flows} different flows)"),
    why=N_("what is not found would count as zero; every dataset that takes from it is a gap"),
    mend=N_(
        "zuji data info NAME --json lists all of them; import the database that delivers them together with this one"
    ),
)
UNMATCHED_GAS = define(
    "ZJ815",
    Severity.WARNING,
    what=N_("the emission '{flow}' ({compartment}) looks like a greenhouse gas but matches none of the table"),
    why=N_("without a warming potential it does not count towards climate change"),
    mend=N_("check its name, CAS number and formula: {count} exchanges emit it"),
)
OTHER_EMISSIONS = define(
    "ZJ816",
    Severity.NOTE,
    what=N_("{count} kinds of emissions to air match no greenhouse gas, such as {examples}"),
    why=N_("they do not count towards climate change; other impact categories of the database keep them"),
    mend=N_("zuji data info NAME --json lists all of them; report one that is a greenhouse gas"),
)
GAS_ASSUMED = define(
    "ZJ817",
    Severity.WARNING,
    what=N_("the emission '{flow}' is read as '{gas}'"),
    why=N_("its name leaves the origin of the carbon open, and origins count differently"),
    mend=N_("check the origin in the database; {count} exchanges emit it"),
)
UNBALANCED = define(
    "ZJ818",
    Severity.NOTE,
    what=N_("{count} datasets deliver clearly more mass than they take in, such as {examples}"),
    why=N_("a missing input or a wrong amount shows itself so; water and air are often left out on purpose"),
    mend=N_("compare the inputs of these datasets with their source"),
)
LOOP = define(
    "ZJ819",
    Severity.ERROR,
    what=N_("the datasets take from each other as much as they deliver, or more: {datasets}"),
    why=N_("no amount of production leaves anything over, so nothing can be calculated"),
    mend=N_("correct the amounts in the loop"),
)
NOT_ALLOCATED = define(
    "ZJ820",
    Severity.WARNING,
    what=N_("'{dataset}' has {count} products and says no allocation"),
    why=N_("its burdens cannot be given to one product by guessing; it is a gap in this import"),
    mend=N_("take the allocated version of the database, or import with --allocation mass or economic"),
)
BAD_SHARES = define(
    "ZJ821",
    Severity.ERROR,
    what=N_("'{dataset}': the allocation shares add up to {sum}, not to 1"),
    why=N_("burdens would be lost or counted twice"),
    mend=N_("correct the shares in the tool the database comes from"),
)
BAD_FORMULA = define(
    "ZJ822",
    Severity.ERROR,
    what=N_("'{dataset}': the formula '{formula}' cannot be evaluated: {problem}"),
    why=N_("the amount depends on it"),
    mend=N_("correct the formula in the tool the database comes from"),
)
FORMULA_DIFFERS = define(
    "ZJ823",
    Severity.WARNING,
    what=N_("'{dataset}': the formula '{formula}' gives {found}, the file states {stated}"),
    why=N_("one of the two is out of date; the stated amount is used"),
    mend=N_("recalculate the dataset in the tool it comes from"),
)
FORMULA_UNCHECKED = define(
    "ZJ824",
    Severity.NOTE,
    what=N_("{count} formulas could not be compared with their stated amounts, such as '{formula}': {problem}"),
    why=N_("the stated amounts are used"),
    mend=N_("nothing; the amounts were calculated by the tool the database comes from"),
)
BAD_UNCERTAINTY = define(
    "ZJ825",
    Severity.WARNING,
    what=N_("{count} uncertainty distributions cannot be used, such as {example} of '{dataset}'"),
    why=N_("their parameters contradict each other; the amounts are taken as exact in Monte Carlo"),
    mend=N_("correct the parameters in the tool the database comes from"),
)
IGNORED = define(
    "ZJ826",
    Severity.NOTE,
    what=N_("not imported: {feature} ({count} times)"),
    why=N_("this part of the format does not enter a calculation here"),
    mend=N_("docs/data-import.md says what of each format is read"),
)
NO_REFERENCE = define(
    "ZJ827",
    Severity.ERROR,
    what=N_("'{dataset}' delivers nothing: no reference product with an amount"),
    why=N_("everything is divided by the reference amount"),
    mend=N_("state the reference product and its amount in the tool the database comes from"),
)
UNKNOWN_FLOW = define(
    "ZJ828",
    Severity.WARNING,
    what=N_("{count} exchanges name flows that the database does not hold, such as {flow}"),
    why=N_("name, unit and compartment of such a flow are not known"),
    mend=N_("export the database together with its flows"),
)
SEVERAL_PROVIDERS = define(
    "ZJ829",
    Severity.WARNING,
    what=N_("'{dataset}': several datasets deliver {flow}: {nearest}"),
    why=N_("the file does not say which one is meant, and a guess would be silent"),
    mend=N_("choose the provider in the tool the database comes from, and export it again"),
)
UNKNOWN_FORMAT = define(
    "ZJ830",
    Severity.ERROR,
    what=N_("no importer recognises this: {found}"),
    why=N_("the formats that are read are: {known}"),
    mend=N_("export the database in one of them, and give the zip or folder itself"),
)
NO_DATASETS = define(
    "ZJ831",
    Severity.ERROR,
    what=N_("there is no dataset in it"),
    why=N_("nothing would be imported"),
    mend=N_("check that this is the whole database and not a part of its master data"),
)
FACTOR_FLOW = define(
    "ZJ832",
    Severity.NOTE,
    what=N_("{count} characterisation factors are for flows that no dataset emits"),
    why=N_("they change no result of this database"),
    mend=N_("nothing"),
)
MORE_LIKE_THIS = define(
    "ZJ833",
    Severity.WARNING,
    what=N_("{count} further findings {code} are not shown"),
    why=N_("the first ones show the pattern"),
    mend=N_("mend the pattern, then import again to see the rest"),
)
WRONG_FORMAT = define(
    "ZJ834",
    Severity.WARNING,
    what=N_("the file is {found}, not {expected}, and was not read"),
    why=N_("its name or folder promises another format"),
    mend=N_("import it by itself"),
)
STORED_UNKNOWN = define(
    "ZJ835",
    Severity.ERROR,
    what=N_("no stored background is called '{name}'; there are: {known}"),
    why=N_("the datasets that the study takes from it are not there"),
    mend=N_("import it with zuji data import FILE --name {name}, or correct the name in study.yaml"),
)
STORED_BROKEN = define(
    "ZJ836",
    Severity.ERROR,
    what=N_("the stored background '{name}' cannot be used: {problem}"),
    why=N_("a result from damaged data would be wrong without a sign"),
    mend=N_("remove it with zuji data remove {name}, and import it again"),
)
STORED_TWICE = define(
    "ZJ837",
    Severity.WARNING,
    what=N_("the dataset '{dataset}' of the stored background {name} is also in {other}"),
    why=N_("one id means one dataset; that of {other} is used"),
    mend=N_("remove one of the two, or give the study's own dataset another id"),
)
UNKNOWN_LOCATION_FACTOR = define(
    "ZJ838",
    Severity.NOTE,
    what=N_("{count} characterisation factors hold for one place only and are not used"),
    why=N_("exchanges of an inventory seldom say the place of an emission"),
    mend=N_("nothing; the factor without place is used"),
)
DIRECTION = define(
    "ZJ839",
    Severity.WARNING,
    what=N_("{count} exchanges have the direction against their flow, such as {flow} in '{dataset}'"),
    why=N_("an emission as an input, or a resource as an output, counts with the opposite sign"),
    mend=N_("check the direction in the database; often the wrong flow was chosen"),
)
