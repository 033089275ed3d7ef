"""The findings about grids, their data and their factors, ZJ600 to ZJ649."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

NEGATIVE_GENERATION = define(
    "ZJ600",
    Severity.ERROR,
    what=N_("{name} generates {value} MWh in {hour}: generation cannot be negative"),
    why=N_("a negative value is consumption (pumping, charging, station use); as generation it makes factors negative"),
    mend=N_("enter it as charge of a store, or as load; let net generation begin at 0"),
)
NEGATIVE_FLOW = define(
    "ZJ601",
    Severity.ERROR,
    what=N_("{series} of {name} is {value} MWh in {hour}: it cannot be negative"),
    why=N_("a flow the other way is a flow of the opposite link; the sign would turn its carbon round"),
    mend=N_("enter it in the opposite direction with a positive value"),
)
GAIN = define(
    "ZJ602",
    Severity.ERROR,
    what=N_("{name} receives {received} MWh in {hour} but only {sent} MWh were sent"),
    why=N_("no line makes energy; carbon would be spread over energy that nobody generated"),
    mend=N_("check both meters, or reconcile the data (zuji grid trace --reconcile)"),
)
STORE_DRY = define(
    "ZJ603",
    Severity.ERROR,
    what=N_("store {name} gives {drawn} MWh from its stock in {hour} but holds {level} MWh"),
    why=N_("what leaves a stock must have entered it, else its carbon is not known"),
    mend=N_("check efficiencies and the opening stock; leave 'opening_mwh' empty for the smallest one that fits"),
)
BAD_EFFICIENCY = define(
    "ZJ604",
    Severity.ERROR,
    what=N_("store {name} has the efficiency {value}"),
    why=N_("an efficiency is a share above 0 and at most 1"),
    mend=N_("write 0.92 for 92 %"),
)
OVERDRAWN = define(
    "ZJ605",
    Severity.WARNING,
    what=N_("{zone} sends and charges {missing} MWh more than it has in {hour} ({count} periods in all)"),
    why=N_("its consumption would be negative; factors stand, but emissions do not add up there"),
    mend=N_("check its flows, or reconcile the data (zuji grid trace --reconcile)"),
)
LOAD_DIFFERS = define(
    "ZJ606",
    Severity.WARNING,
    what=N_(
        "the load of {zone} in {hour} is {load} MWh, its balance gives {balance} ({count} periods differ by over 1 %)"
    ),
    why=N_("generation + imports − exports − charging must equal load; the trace uses the balance"),
    mend=N_("reconcile the data (zuji grid trace --reconcile), or mend the series that is wrong"),
)
MISSING_VALUES = define(
    "ZJ607",
    Severity.WARNING,
    what=N_("{series} of {name} has no value in {count} of {total} periods, first in {hour}"),
    why=N_("missing is not zero: the zone, and all that it feeds, has no factor then"),
    mend=N_("supply the values, or mark estimates as such in 'quality'"),
)
NO_FACTOR = define(
    "ZJ608",
    Severity.ERROR,
    what=N_("there is no {gas} factor for {technology} in {zone}"),
    why=N_("generation without a factor would count as free of emissions"),
    mend=N_("add a line to factors.csv for this technology (zone * for all zones); 0 where it emits nothing"),
)
SCOPE_MIXED = define(
    "ZJ609",
    Severity.ERROR,
    what=N_("{gas} has direct factors for some technologies and life-cycle factors for others"),
    why=N_("a sum over both is neither a direct nor a life-cycle figure"),
    mend=N_("give every technology a factor of the same scope; both scopes may stand beside each other"),
)
UNKNOWN_ID = define(
    "ZJ610",
    Severity.ERROR,
    what=N_("there is no {kind} '{name}'"),
    why=N_("its energy would vanish from the balance"),
    mend=N_("declare it in {file}, or write one that is there; nearest: {nearest}"),
)
BAD_VALUE = define(
    "ZJ611",
    Severity.ERROR,
    what=N_("'{value}' is not a number of {series}"),
    why=N_("a value that cannot be read is not zero"),
    mend=N_("write digits with a decimal point, or leave the cell empty where the value is missing"),
)
BAD_TIME = define(
    "ZJ612",
    Severity.ERROR,
    what=N_("'{value}' is not a time: {problem}"),
    why=N_("an energy in the wrong hour meets the wrong mix"),
    mend=N_("write 2024-07-01T13:00, with an offset (+08:00, Z) or in the time zone of grid.yaml"),
)
NO_SUCH_HOUR = define(
    "ZJ613",
    Severity.ERROR,
    what=N_("{value} does not exist in {zone}: the clock was put forward"),
    why=N_("the day has 23 hours; a 24th would be counted somewhere else"),
    mend=N_("remove the row, or write times in UTC or with their offset"),
)
HOUR_ONCE = define(
    "ZJ614",
    Severity.ERROR,
    what=N_("{value} stands once in {zone} but the clock was put back: the hour comes twice"),
    why=N_("the day has 25 hours; one of them would be lost"),
    mend=N_("give both hours in their order, or write times in UTC or with their offset"),
)
DUPLICATE = define(
    "ZJ615",
    Severity.ERROR,
    what=N_("{name} has a second value for {hour}; the first stands in line {first}"),
    why=N_("one of the two would be counted twice or lost"),
    mend=N_("keep one of them"),
)
PART_OF_HOUR = define(
    "ZJ616",
    Severity.WARNING,
    what=N_("{name} has {found} of {expected} values for {hour}"),
    why=N_("a sum of some quarters is not the hour; the hour is taken as missing"),
    mend=N_("supply the missing values"),
)
OFF_GRID_TIME = define(
    "ZJ617",
    Severity.ERROR,
    what=N_("{value} does not fall on a step of {step} minutes"),
    why=N_("the value belongs to no period"),
    mend=N_("check 'step' in grid.yaml and the minutes of the time"),
)
BAD_COLUMNS = define(
    "ZJ618",
    Severity.ERROR,
    what=N_("the table lacks the column {columns}"),
    why=N_("columns are found by their name"),
    mend=N_("name the columns as in docs/grid.md; found: {found}"),
)
BAD_ROW = define(
    "ZJ619",
    Severity.ERROR,
    what=N_("the row cannot be read: {problem}"),
    why=N_("a shifted field puts a number under a wrong name"),
    mend=N_("add or remove a comma, or quote the field that contains one"),
)
BAD_UNIT = define(
    "ZJ620",
    Severity.ERROR,
    what=N_("'{unit}' is not a unit of {kind}"),
    why=N_("MW and MWh differ by the length of the period, kWh and MWh by a thousand"),
    mend=N_("write one of: {choices}"),
)
BAD_FIELD = define(
    "ZJ621",
    Severity.ERROR,
    what=N_("'{value}' is not a {field}"),
    why=N_("the value decides how the row is read"),
    mend=N_("write one of: {choices}"),
)
NOT_VALID_THEN = define(
    "ZJ622",
    Severity.ERROR,
    what=N_("{zone} has values in {hour} but is valid only from {valid_from} to {valid_to}"),
    why=N_("zones split and merge; a figure for a zone that was not there means another area"),
    mend=N_("use the zone that was there then, or mend its dates"),
)
REPORTS_DIFFER = define(
    "ZJ623",
    Severity.NOTE,
    what=N_("{first} and {second} report their exchange differently in {count} hours, by up to {worst} MWh ({hour})"),
    why=N_("both meter the same lines; the mean of the two reports is used"),
    mend=N_("settle the difference with both operators, or give one the greater weight"),
)
NEGATIVE_TO_ZERO = define(
    "ZJ624",
    Severity.WARNING,
    what=N_("{name} was negative in {count} periods, {value} MWh in all: taken as station use, generation set to 0"),
    why=N_("net generation below nothing is consumption; as generation it would make factors negative"),
    mend=N_("enter pumping and charging as a store where that is what it is"),
)
MORE = define(
    "ZJ625",
    Severity.NOTE,
    what=N_("{count} more findings {code} in this file"),
    why=N_("only the first are listed"),
    mend=N_("mend those first: the rest usually has the same cause"),
)
NO_GRID = define(
    "ZJ626",
    Severity.ERROR,
    what=N_("the folder holds no readable {file}"),
    why=N_("without it the grid is not known"),
    mend=N_("write it as docs/grid.md says, or start from 'zuji grid example DIR'"),
)
NO_ZONE_DATABASE = define(
    "ZJ627",
    Severity.ERROR,
    what=N_("the time zone '{zone}' is not known on this machine"),
    why=N_("local times cannot be placed without it"),
    mend=N_("write a fixed offset such as UTC+8, or an IANA name with the time-zone database installed"),
)
OWN_LINK = define(
    "ZJ628",
    Severity.ERROR,
    what=N_("the link '{name}' joins {zone} to itself"),
    why=N_("a zone does not import from itself"),
    mend=N_("remove it, or name the other zone"),
)
REUSED_ID = define(
    "ZJ629",
    Severity.ERROR,
    what=N_("the {kind} '{name}' stands twice"),
    why=N_("one of the two would be lost"),
    mend=N_("give each an id of its own"),
)
FACTOR_ORDER = define(
    "ZJ640",
    Severity.ERROR,
    what=N_("{where} {year}: {lower} ({lower_value}) must not exceed {upper} ({upper_value})"),
    why=N_("the average lies below the average without traded non-fossil power, and that below fossil power alone"),
    mend=N_("check both figures against the notice"),
)
FACTOR_OUTSIDE = define(
    "ZJ641",
    Severity.WARNING,
    what=N_("{region} {year}: {value} lies outside its provinces, {low} to {high}"),
    why=N_("a regional average lies between the lowest and the highest of its provinces"),
    mend=N_("check the figures against the notice, and which province belongs to which grid"),
)
LIFECYCLE_BELOW_DIRECT = define(
    "ZJ642",
    Severity.ERROR,
    what=N_("{where} {year}: the life-cycle factor {lifecycle} is below the direct factor {direct}"),
    why=N_("a life cycle holds the direct emissions and more; one of the two carries a wrong label"),
    mend=N_("check scope and year of both figures"),
)
FACTOR_JUMP = define(
    "ZJ643",
    Severity.NOTE,
    what=N_("{where}: {before} in {year_before}, {value} in {year}, a change of {change}"),
    why=N_("where water is the main source, dry and wet years differ; an old factor is then the largest error"),
    mend=N_("use the factor of the year of consumption"),
)
PACKAGE_CHANGED = define(
    "ZJ644",
    Severity.ERROR,
    what=N_("the package {package} has the digest {found}, {expected} was recorded"),
    why=N_("an official figure never changes its value under the same notice number"),
    mend=N_("install zuji again; a correction by the authority is a package of its own"),
)
DIRECT_IN_FOOTPRINT = define(
    "ZJ645",
    Severity.ERROR,
    what=N_("'{factor}' is a direct factor: a product footprint refuses it"),
    why=N_("it leaves out fuel supply, plants and losses: 15 % low for China in 2023 (0.5306 against 0.6205)"),
    mend=N_("take a life-cycle factor, for example {instead}"),
)
MARGINAL_REFUSED = define(
    "ZJ646",
    Severity.ERROR,
    what=N_("'{factor}' is a marginal factor: neither a footprint nor an inventory takes it"),
    why=N_("it says what a change causes, not what a consumer's electricity emitted; it serves avoided emissions only"),
    mend=N_("take an average factor; report avoided emissions in an account of their own"),
)
LIFECYCLE_IN_SCOPE_2 = define(
    "ZJ647",
    Severity.ERROR,
    what=N_("'{factor}' is a life-cycle factor: Scope 2 refuses it"),
    why=N_("Scope 2 counts the emissions of generation; upstream and losses belong to Scope 3 category 3"),
    mend=N_("take a direct factor, for example {instead}"),
)
RULES_MIXED = define(
    "ZJ648",
    Severity.ERROR,
    what=N_("factors under different rules are mixed in one account: {rules}"),
    why=N_("rules share emissions out differently; their figures do not add up to what was emitted"),
    mend=N_("use one rule for all, and name it"),
)
REPORTS_OUTSIDE = define(
    "ZJ630",
    Severity.WARNING,
    what=N_("flows with areas that are not in the generation table are left out: {areas}"),
    why=N_("what comes from there has no origin that could be traced; imports from there are missing in the balance"),
    mend=N_("add the areas' generation, or keep in mind that figures at the border are those without these flows"),
)
NOT_REDISTRIBUTABLE = define(
    "ZJ631",
    Severity.WARNING,
    what=N_("{file} may not be passed on, or nobody said that it may: {licence}"),
    why=N_("figures that are worked out from it may fall under its licence"),
    mend=N_("state 'redistribute' in grid.yaml under sources, and ask the publisher where it is not yes"),
)
HOURS_WITHOUT_FACTOR = define(
    "ZJ632",
    Severity.WARNING,
    what=N_("{hours} hours of '{zone}' with {percent} % of the import have no traced factor and take '{id}'"),
    why=N_("the statement speaks for the whole year, and two ways of sharing emissions out stand in one line"),
    mend=N_("trace the grid for the whole year, and mend the hours without a figure"),
)
SYNTHETIC_FACTORS = define(
    "ZJ633",
    Severity.WARNING,
    what=N_("the traced factors of '{zone}' are synthetic: an example, not a real grid"),
    why=N_("a statement with made-up factors proves nothing"),
    mend=N_("trace a grid of published data"),
)
DOUBLE_HOURS = define(
    "ZJ634",
    Severity.ERROR,
    what=N_("the traces give {hours} hours of '{zone}' twice"),
    why=N_("an hour has one factor in an account"),
    mend=N_("name traces that share no hour"),
)
NO_SUCH_ZONE = define(
    "ZJ635",
    Severity.ERROR,
    what=N_("the trace has no zone '{zone}'; it has {known}"),
    why=N_("the factor of a site is that of the zone in which it takes its electricity"),
    mend=N_("name the zone with --grid-zone"),
)
NO_HOUR = define(
    "ZJ636",
    Severity.ERROR,
    what=N_("no hour of the year has a traced factor of '{zone}'"),
    why=N_("the trace is of another time, or has no figure for this zone"),
    mend=N_("trace the grid for the year of the statement"),
)
