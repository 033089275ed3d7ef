"""Every kind of finding that a study can give: ZJ201 to ZJ239 in reading, from ZJ240 in checking."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

# --- reading: documents and keys -------------------------------------------------------------------

NOT_A_STUDY = define(
    "ZJ201",
    _E,
    what=N_("the folder has no study.yaml"),
    why=N_("study.yaml says what the product is; without it the other files belong to nothing"),
    mend=N_("check the folder name, or write a first study with 'zuji new'"),
)
FORMAT_VERSION = define(
    "ZJ202",
    _E,
    what=N_("the format version is '{found}'; this zuji reads version {known}"),
    why=N_("in another version the same key may mean something else"),
    mend=N_("write 'zuji: {known}', or use the zuji that wrote this study"),
)
REQUIRED = define(
    "ZJ203",
    _E,
    what=N_("'{key}' is not given"),
    why=N_("the study cannot be calculated without it"),
    mend=N_("add '{key}'; if a number is not known, say so with its reason: {{missing: \"…\"}}"),
)
UNKNOWN_KEY = define(
    "ZJ204",
    _W,
    what=N_("'{key}' is not a name that is read here{hint}"),
    why=N_("what stands there does not enter the study"),
    mend=N_("correct the name, or put the text into 'note'; the names are listed in docs/study.md"),
)
SHAPE = define(
    "ZJ205",
    _E,
    what=N_("'{key}' must be {expected}, here it is {found}"),
    why=N_("the value cannot be taken from a different form without guessing"),
    mend=N_("write it in the form that docs/study.md shows for '{key}'"),
)
CHOICE = define(
    "ZJ206",
    _E,
    what=N_("'{value}' is not a value of '{key}'{hint}"),
    why=N_("only these words have a meaning here: {known}"),
    mend=N_("choose one of these words"),
)
DATE = define(
    "ZJ207",
    _E,
    what=N_("'{value}' cannot be read as a date"),
    why=N_("without its dates a datum belongs to no period"),
    mend=N_("write year-month-day, for example 2025-12-31, 2025/12/31 or 2025年12月31日"),
)
DUPLICATE = define(
    "ZJ208",
    _E,
    what=N_("'{id}' is given twice; the first is at {first}"),
    why=N_("one of the two would be lost, or counted twice"),
    mend=N_("remove one of them, or give it an id of its own"),
)
COLUMN_MISSING = define(
    "ZJ209",
    _E,
    what=N_("the table has no column '{key}' ({chinese})"),
    why=N_("no row can be read without it"),
    mend=N_("add the column; if the first row has it under another name, use one of these"),
)
UNUSED_FILE = define(
    "ZJ210",
    _N,
    what=N_("this file is not part of a study and is not read{hint}"),
    why=N_("nothing in it enters the footprint"),
    mend=N_("rename it if it should be read, or move it elsewhere"),
)
ID_FORM = define(
    "ZJ211",
    _E,
    what=N_("'{value}' cannot be an id"),
    why=N_("ids are used in addresses, tables and file names"),
    mend=N_("use letters of any script, digits and . _ - : / without spaces, commas, quotes or >"),
)
COUNTRY = define(
    "ZJ212",
    _E,
    what=N_("'{value}' is not a two-letter country code"),
    why=N_("the country decides which electricity and which rules apply"),
    mend=N_("write the ISO 3166-1 code in capitals, for example CN, DE, NO"),
)
PRODUCT_FORM = define(
    "ZJ213",
    _E,
    what=N_("study.yaml cannot be used as a whole: {keys}"),
    why=N_("without these the study has no subject or no year"),
    mend=N_("correct these keys first; the other findings were collected as far as possible"),
)

# --- reading: data ---------------------------------------------------------------------------------

NUMBER = define(
    "ZJ215",
    _E,
    what=N_("'{value}' cannot be read as a number"),
    why=N_("a number that is guessed is worse than one that is missing"),
    mend=N_("write digits with a decimal point, for example 1200.5, then the unit"),
)
COMMA = define(
    "ZJ216",
    _E,
    what=N_("the comma in '{value}' may be a decimal comma or a thousands separator"),
    why=N_("the two readings differ by a factor of a thousand"),
    mend=N_("write the number with a decimal point and without separators"),
)
NOT_FINITE = define(
    "ZJ217",
    _E,
    what=N_("'{value}' is not a finite number that can be calculated with"),
    why=N_("it would make every sum that it enters meaningless"),
    mend=N_("correct it; if the number is not known, leave it out and give the reason under 'missing'"),
)
UNIT = define(
    "ZJ218",
    _E,
    what=N_("'{unit}' cannot be read as a unit{hint}"),
    why=N_("a number without a known unit cannot be used"),
    mend=N_("use a unit from the list in docs/study.md, for example kg, t, kWh, MJ, tkm, m3, item"),
)
NO_UNIT = define(
    "ZJ219",
    _E,
    what=N_("'{value}' has no unit"),
    why=N_("kg and t, or kWh and MWh, differ by a factor of a thousand"),
    mend=N_("add the unit: expected is {expected}"),
)
CO2_UNIT = define(
    "ZJ214",
    _E,
    what=N_("'{unit}' is a mass of the gas CO2, not of CO2-equivalent"),
    why=N_("the two are different things as soon as another gas is in it"),
    mend=N_("name the gas and write kg, or write kgCO2e for CO2-equivalent"),
)
TWO_UNITS = define(
    "ZJ220",
    _E,
    what=N_("the number says '{first}' and its unit field says '{second}'"),
    why=N_("only one of the two can be right"),
    mend=N_("keep the unit in one place"),
)
DIMENSION = define(
    "ZJ221",
    _E,
    what=N_("'{value}' is {found}; expected is {expected}"),
    why=N_("a value of another kind cannot be converted"),
    mend=N_("check the unit, or whether the value stands in the wrong field"),
)
NO_KIND = define(
    "ZJ222",
    _N,
    what=N_("{count} data in this file do not say how they were obtained and count as estimated"),
    why=N_("only measured and calculated data count as primary data"),
    mend=N_("add 'kind' (measured, calculated, supplier, estimated, secondary, assumed) where you know it"),
)
VALUE_AND_MISSING = define(
    "ZJ223",
    _E,
    what=N_("the datum has the value '{value}' and says that it is missing"),
    why=N_("it is one or the other"),
    mend=N_("remove 'missing', or the value"),
)
RATING = define(
    "ZJ224",
    _E,
    what=N_("the data-quality rating '{value}' is not between 1 (best) and 5 (worst)"),
    why=N_("ratings are averaged; one outside the scale shifts them all"),
    mend=N_("give a number from 1 to 5, or leave it out"),
)
UNCERTAINTY = define(
    "ZJ225",
    _E,
    what=N_("the uncertainty cannot be read: {problem}"),
    why=N_("an uncertainty that is read wrongly gives a false confidence"),
    mend=N_("name a distribution ({known}) and its numbers loc, scale, shape, minimum, maximum"),
)
TWO_PROVIDERS = define(
    "ZJ226",
    _E,
    what=N_("more than one origin is named: {found}"),
    why=N_("the amount would be counted twice, or one origin ignored"),
    mend=N_("keep one; split the amount into two lines if both deliver"),
)
NO_PROVIDER = define(
    "ZJ227",
    _E,
    what=N_("'{id}' does not say where it comes from"),
    why=N_("its emissions would silently be zero"),
    mend=N_("name a dataset, process or supplier, or give the reason for leaving it out under 'cut_off'"),
)
NO_ROLE = define(
    "ZJ228",
    _E,
    what=N_("'{id}' does not say what it is to the process"),
    why=N_("balances and rules treat materials, auxiliaries, energy, transport and waste differently"),
    mend=N_("add 'role': material, energy, auxiliary, transport or waste"),
)
FRACTION = define(
    "ZJ229",
    _E,
    what=N_("'{key}' is {value}, outside {low} to {high}"),
    why=N_("it is a share of a whole"),
    mend=N_("give it as a share (0.05) or in percent (5 %)"),
)

# --- reading: evidence and suppliers ---------------------------------------------------------------

EVIDENCE_MISSING = define(
    "ZJ230",
    _W,
    what=N_("the evidence file '{file}' is not there"),
    why=N_("data that refer to '{id}' cannot be proved"),
    mend=N_("put the file back, or correct its name in evidence/index.csv"),
)
EVIDENCE_CHANGED = define(
    "ZJ231",
    _W,
    what=N_("the evidence file '{file}' has changed: its SHA-256 is {found}…, the index says {listed}…"),
    why=N_("the data were taken from another version of this file"),
    mend=N_("check the data against the new file, then write its SHA-256 into the index: {full}"),
)
EVIDENCE_OUTSIDE = define(
    "ZJ232",
    _E,
    what=N_("the evidence file '{file}' lies outside the study folder"),
    why=N_("a study must be complete in itself, and must not reach other files of this machine"),
    mend=N_("copy the file into the folder evidence/ and name it there"),
)
EVIDENCE_NO_DIGEST = define(
    "ZJ233",
    _W,
    what=N_("the evidence file '{file}' is listed without its SHA-256"),
    why=N_("nobody would notice if the file changed"),
    mend=N_("write this into the index: {full}"),
)
EVIDENCE_UNLISTED = define(
    "ZJ234",
    _N,
    what=N_("this file is not listed in evidence/index.csv"),
    why=N_("no datum can refer to it"),
    mend=N_("add a row with an id, the file name and its SHA-256"),
)
JSON_SYNTAX = define(
    "ZJ235",
    _E,
    what=N_("JSON syntax error: {problem}"),
    why=N_("nothing of this file can be read"),
    mend=N_("ask the supplier to send the file again, or mend the line"),
)
SUPPLIER_IGNORED = define(
    "ZJ236",
    _N,
    what=N_("{count} fields of this footprint are not used: {keys}"),
    why=N_("the calculation does not need them; the file stays as it was sent"),
    mend=N_("nothing to do"),
)
DECLARED_UNIT = define(
    "ZJ237",
    _E,
    what=N_("'{value}' is not a declared unit of PACT{hint}"),
    why=N_("the footprint is given per declared unit"),
    mend=N_("ask the supplier for one of: {known}"),
)
GWP_SET = define(
    "ZJ238",
    _W,
    what=N_("the footprint does not say under which IPCC factors it was calculated"),
    why=N_("methane and other gases weigh differently in AR4, AR5 and AR6"),
    mend=N_("ask the supplier; the field is pcf.ipccCharacterizationFactors"),
)
PRIMARY_SHARE = define(
    "ZJ239",
    _W,
    what=N_("the primary data share is '{value}'; PACT wants percent, so it is read as {value} %"),
    why=N_("some systems send a fraction instead, which would be a hundred times more"),
    mend=N_("ask the supplier which of the two was meant"),
)

# --- checking --------------------------------------------------------------------------------------

UNKNOWN_REFERENCE = define(
    "ZJ240",
    _E,
    what=N_("'{id}' is referred to as {what}, but the study has none of that id{hint}"),
    why=N_("what cannot be found cannot be counted"),
    mend=N_("correct the id, or add what it refers to in {file}"),
)
UNKNOWN_EVIDENCE = define(
    "ZJ241",
    _W,
    what=N_("the evidence '{id}' is not in evidence/index.csv{hint}"),
    why=N_("the datum cannot be proved"),
    mend=N_("add the file to the index, or correct the id"),
)
BOM_LOOP = define(
    "ZJ242",
    _E,
    what=N_("the bill of materials runs in a circle: {loop}"),
    why=N_("an item that contains itself has no finite mass"),
    mend=N_("correct one of the parents in bom.csv"),
)
SAME_PRODUCT = define(
    "ZJ243",
    _E,
    what=N_("'{item}' is produced by two processes: '{first}' and '{second}'"),
    why=N_("it is not clear which of them delivers"),
    mend=N_("give the products different ids, or make one mixing process that takes from both"),
)
REFERENCE_FLOW = define(
    "ZJ244",
    _E,
    what=N_("the reference flow of the process '{id}' is {found}"),
    why=N_("everything the process takes is divided by it"),
    mend=N_("give the produced amount to which the exchanges belong; it must be more than zero"),
)
NEGATIVE = define(
    "ZJ245",
    _E,
    what=N_("the amount of '{id}' is negative: {value}"),
    why=N_("a negative input is a credit, and credits need a reason"),
    mend=N_("correct the sign; if a credit is meant, explain it in 'note'"),
)
MISSING = define(
    "ZJ246",
    _W,
    what=N_("'{id}' is missing: {reason}"),
    why=N_("missing is not zero: every result that needs it stays open"),
    mend=N_("find the value, or cut it off with a reason where the rules allow it"),
)
PERIOD_OUTSIDE = define(
    "ZJ247",
    _W,
    what=N_("'{id}' covers {period}, which is not inside the reporting period {reporting}"),
    why=N_("a footprint speaks for its reporting period"),
    mend=N_("use data of the reporting period, or explain in the report why these stand for it"),
)
DATE_ORDER = define(
    "ZJ248",
    _E,
    what=N_("the period of '{id}' ends ({end}) before it starts ({start})"),
    why=N_("it holds no day"),
    mend=N_("exchange the two dates, or correct one"),
)
MASS_BALANCE = define(
    "ZJ249",
    _W,
    what=N_("the masses of '{id}' do not balance: {inside} kg in, {outside} kg out, off by {gap} kg ({percent} %)"),
    why=N_("more than {tolerance} % off: a material, a waste or a unit is probably wrong"),
    mend=N_("compare with the production records; add what is not listed, or correct the amount"),
)
NO_MASS_BALANCE = define(
    "ZJ250",
    _N,
    what=N_("the masses of '{id}' cannot be balanced: no mass for {items}"),
    why=N_("a mass balance is the surest way to find a wrong amount"),
    mend=N_("give the mass of one unit under 'mass'"),
)
METERS_OVERLAP = define(
    "ZJ251",
    _E,
    what=N_("the supply point '{point}' is counted twice from {start} to {end}: {first} and {second}"),
    why=N_("the same kWh would be counted twice"),
    mend=N_("correct the dates; give meters that measure different supplies different points"),
)
OVERCLAIMED = define(
    "ZJ252",
    _E,
    what=N_(
        "certificates and contracts claim {claimed} kWh for the plant '{plant}', which took {metered} kWh from the grid"
    ),
    why=N_("nobody can use more renewable grid electricity than was used at all"),
    mend=N_("correct the amounts, or the plant of the instruments: {ids}"),
)
GENERATED_OUTSIDE = define(
    "ZJ253",
    _W,
    what=N_("the instrument '{id}' was generated in {period}, outside the reporting period {reporting}"),
    why=N_("most rules accept certificates only near the time of the consumption"),
    mend=N_("use certificates of the reporting period, or check what the rulebook allows"),
)
SHARE = define(
    "ZJ254",
    _E,
    what=N_("'{id}' is {value}, outside 0 to 1"),
    why=N_("it is a share of a whole"),
    mend=N_("give a share between 0 and 1, or a percentage with its sign: 5 %"),
)
RECOVERY_SUM = define(
    "ZJ255",
    _E,
    what=N_(
        "of '{id}' {recycling} is recycled and {recovery} burned with energy recovery: together {total}, more than 1"
    ),
    why=N_("the same kilogram cannot go both ways"),
    mend=N_("lower the recycling rate R2 or the energy recovery rate R3"),
)
EFFICIENCY = define(
    "ZJ256",
    _E,
    what=N_("the efficiency '{id}' is {value}; it must be more than 0 and at most 1"),
    why=N_("losses are computed by dividing by it"),
    mend=N_("give a share such as 0.88, or a percentage with its sign: 88 %"),
)
NO_ORIGIN = define(
    "ZJ257",
    _E,
    what=N_("'{item}' in '{parent}' does not say where it comes from, and nothing in the study makes it"),
    why=N_("its emissions would silently be zero"),
    mend=N_(
        "name a dataset, process or supplier, add its parts with '{item}' as parent, or give a reason under cut_off"
    ),
)
INSTRUMENT_TWICE = define(
    "ZJ258",
    _E,
    what=N_("the instrument '{id}' is listed twice: {first} and {second}"),
    why=N_("a certificate counts once"),
    mend=N_("remove one of the rows"),
)
SUPPLIER_PERIOD = define(
    "ZJ259",
    _W,
    what=N_("the footprint '{id}' of the supplier is for {period} and shares no day with {reporting}"),
    why=N_("the supplier's production may have changed since"),
    mend=N_("ask the supplier for a footprint of the reporting period"),
)
NOT_POSITIVE = define(
    "ZJ260",
    _E,
    what=N_("'{id}' is {value}; it must be more than zero"),
    why=N_("results are divided by it"),
    mend=N_("correct the number"),
)
COUNTED_TWICE = define(
    "ZJ261",
    _E,
    what=N_("the meter '{meter}' is used by '{first}' and by '{second}'"),
    why=N_("the same kWh would be counted twice"),
    mend=N_("give each process its own meter, or state the split amounts instead of the meter"),
)
ELSEWHERE_TWICE = define(
    "ZJ262",
    _E,
    what=N_("'{id}' uses the name of something that every study has"),
    why=N_("'{id}' is the process that carries the product through transport, use and end of life"),
    mend=N_("choose another id"),
)
ORIGIN_AND_PARTS = define(
    "ZJ263",
    _E,
    what=N_("'{item}' says who delivers it ({provider}) and has parts of its own, the first at {first}"),
    why=N_("only one of the two is counted: the parts would vanish, or the delivery would count twice"),
    mend=N_("remove the origin and keep the parts, or remove the parts; split the item if both are true"),
)
NEGATIVE_NOTED = define(
    "ZJ264",
    _W,
    what=N_("the amount of '{id}' is negative: {value}; its note says: {note}"),
    why=N_("a negative input is a credit: it lowers the footprint, and most rules allow few credits"),
    mend=N_("check that the rulebook allows this credit; the note goes into the report"),
)
FOSSIL_UPTAKE = define(
    "ZJ265",
    _E,
    what=N_("'{id}' takes up {value} of '{gas}'"),
    why=N_("only carbon dioxide of biogenic origin is taken up from the air by what becomes a product"),
    mend=N_("correct the sign; for an uptake by plants name the gas 'CO2 biogenic'"),
)
PACT_2 = define(
    "ZJ266",
    _N,
    what=N_("the footprint has the form of PACT 2 and is read per one declared unit; not used: {left}"),
    why=N_("in PACT 2 all emissions are per one unit, and its quality ratings have another scale"),
    mend=N_("nothing to do; ask the supplier for PACT 3 when the ratings are needed"),
)
PACT_MIXED = define(
    "ZJ267",
    _E,
    what=N_("the footprint mixes PACT 2 and PACT 3: {old} beside {new} = {amount}"),
    why=N_("PACT 2 is per one unit and PACT 3 per declared amount; the two readings differ by that factor"),
    mend=N_("ask the supplier for one form, and its specVersion"),
)
SUPPLIER_NEGATIVE = define(
    "ZJ268",
    _E,
    what=N_("'{key}' of the supplier's footprint '{id}' is negative: {value}"),
    why=N_("without biogenic uptake no footprint and no part of it is below zero; credits do not belong in it"),
    mend=N_("ask the supplier for a footprint that excludes uptake and credits"),
)
SUPPLIER_PARTS = define(
    "ZJ269",
    _W,
    what=N_("the parts of the supplier's footprint '{id}' are together {parts}, its total is {total}"),
    why=N_(
        "parts beyond the total mean a removal or credit inside it, or an error; the difference is kept as negative"
    ),
    mend=N_("ask the supplier what was subtracted"),
)
AVIATION_BEYOND_FOSSIL = define(
    "ZJ270",
    _W,
    what=N_("the supplier's footprint '{id}' has {aviation} of aviation, but only {fossil} of fossil emissions"),
    why=N_("aircraft burn fossil fuel: PACT shows their emissions apart, as a part of the fossil ones"),
    mend=N_("ask the supplier; until then aviation is counted beside the fossil emissions"),
)
NOT_TAKEN = define(
    "ZJ271",
    _W,
    what=N_("nothing that leads to the product takes from the process '{id}'"),
    why=N_("what it needs and emits is not in the footprint"),
    mend=N_("name it as 'process' where it delivers, let it produce an item of bom.csv, or remove it"),
)
WASTE_TWICE = define(
    "ZJ272",
    _W,
    what=N_("'{id}': scrap shares of {scrap} kg and waste lines of {waste} kg, but only {left} kg do not go on"),
    why=N_("a scrap share is treated by the end-of-life formula, a waste line by its dataset: the loss counts twice"),
    mend=N_("keep the scrap share, or the waste line with its treatment, for the same loss"),
)
RESERVED_ID = define(
    "ZJ273",
    _E,
    what=N_("the id '{id}' is kept for the life cycle of the whole product"),
    why=N_("every study has an unwritten process of that name, which takes the product through its life"),
    mend=N_("name it otherwise"),
)
STAGE_IN_CHAIN = define(
    "ZJ274",
    _W,
    what=N_("'{id}' has the stage '{stage}', but it makes what goes into the product: {chain}"),
    why=N_("a rulebook that leaves that stage out leaves out all materials that come through this process as well"),
    mend=N_("give it the stage raw_material or production; use, transport and end of life have lines of their own"),
)
REMOVAL_SIGN = define(
    "ZJ290",
    _E,
    what=N_("'{id}' has the origin '{origin}' and is above zero: {value}"),
    why=N_("what is captured, removed or kept back is a negative amount; the release of it has another origin"),
    mend=N_("give the amount with a minus sign, or the origin of the emission"),
)
REMOVAL_GAS = define(
    "ZJ291",
    _E,
    what=N_("'{id}' has the origin '{origin}', but its gas is '{gas}'"),
    why=N_("only carbon dioxide is captured, removed from the air or kept in a product"),
    mend=N_("name the gas 'CO2 fossil' or 'CO2 biogenic', or correct the origin"),
)
