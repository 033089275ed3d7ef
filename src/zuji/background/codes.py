"""The findings about background data, ZJ301 to ZJ349."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

UNKNOWN_UNIT = define(
    "ZJ301",
    Severity.ERROR,
    what=N_("the unit '{unit}' cannot be read"),
    why=N_("a figure without its unit says nothing"),
    mend=N_("write a known unit, such as kgCO2e/kWh, kgCO2e/kg or kgCO2e/tkm; nearest: {nearest}"),
)
WRONG_DIMENSION = define(
    "ZJ302",
    Severity.ERROR,
    what=N_("'{unit}' is not a mass of CO2-equivalent, or of a gas, per reference unit"),
    why=N_("a factor says how much is emitted per kWh, kg, tkm …"),
    mend=N_("write kgCO2e per reference unit (kgCO2e/kWh), or name the gas and write kg (kg/kWh)"),
)
UNKNOWN_GAS = define(
    "ZJ303",
    Severity.ERROR,
    what=N_("the gas '{gas}' is not known"),
    why=N_("a gas without a warming potential would vanish from the footprint"),
    mend=N_("write a gas of the table; nearest: {nearest}"),
)
BAD_NUMBER = define(
    "ZJ304",
    Severity.ERROR,
    what=N_("'{value}' is not a finite number"),
    why=N_("a missing value is not zero, and infinity is not a factor"),
    mend=N_("write digits with a decimal point, or leave it empty and say why in 'missing'"),
)
DUPLICATE_ID = define(
    "ZJ305",
    Severity.ERROR,
    what=N_("the id '{dataset}' was already used at {first}"),
    why=N_("one of the two would replace the other silently"),
    mend=N_("give each dataset an id of its own"),
)
NO_CITATION = define(
    "ZJ306",
    Severity.ERROR,
    what=N_("'{dataset}' names no source"),
    why=N_("no figure without origin: a verifier asks for it first"),
    mend=N_("fill in who published the figure and where, in 'source'"),
)
UNKNOWN_CHOICE = define(
    "ZJ307",
    Severity.ERROR,
    what=N_("'{value}' is not a known {field}"),
    why=N_("the rules treat each {field} differently"),
    mend=N_("write one of: {choices}; nearest: {nearest}"),
)
REQUIRED = define(
    "ZJ308",
    Severity.ERROR,
    what=N_("'{field}' is missing"),
    why=N_("a dataset needs it to be used"),
    mend=N_("fill in '{field}'"),
)
UNKNOWN_FIELD = define(
    "ZJ309",
    Severity.WARNING,
    what=N_("the field '{field}' is not read"),
    why=N_("a misspelt field would be lost silently"),
    mend=N_("rename or remove it; nearest: {nearest}"),
)
DANGLING_INPUT = define(
    "ZJ310",
    Severity.ERROR,
    what=N_("'{dataset}' takes '{input}', which is in no background"),
    why=N_("what is not found would count as zero"),
    mend=N_("write the id of a dataset that exists; nearest: {nearest}"),
)
INPUT_UNIT = define(
    "ZJ311",
    Severity.ERROR,
    what=N_("'{dataset}' takes '{input}' in {unit}, which is delivered in {expected}"),
    why=N_("the two units measure different things"),
    mend=N_("state the amount in {expected}, or choose a dataset per {unit}"),
)
NO_FIGURE = define(
    "ZJ312",
    Severity.ERROR,
    what=N_("'{dataset}' has neither a figure nor a reason why there is none"),
    why=N_("a missing value is not zero"),
    mend=N_("fill in a value, interventions or inputs, or say in 'missing' why there is no figure"),
)
DIRECT_ELECTRICITY = define(
    "ZJ313",
    Severity.ERROR,
    what=N_("'{dataset}' covers the life cycle but takes the direct-only electricity factor '{input}'"),
    why=N_("a CO2 factor of generation leaves out fuel supply and plants; it is for scope 2 only"),
    mend=N_("take a life-cycle electricity factor, such as the footprint factor of the year"),
)
GAS_AS_UNIT = define(
    "ZJ315",
    Severity.ERROR,
    what=N_("'{unit}' is a mass of the gas CO2, not of CO2-equivalent"),
    why=N_("the two differ by methane, nitrous oxide and other gases"),
    mend=N_("write CO2 fossil into 'gas' and kg into the unit, or kgCO2e if the source counts all gases"),
)
WRONG_TYPE = define(
    "ZJ316",
    Severity.ERROR,
    what=N_("'{field}' must be {expected}, not {found}"),
    why=N_("the value cannot be used as it is"),
    mend=N_("write {expected}"),
)
OUT_OF_RANGE = define(
    "ZJ318",
    Severity.ERROR,
    what=N_("'{field}' is {value}, outside {low} to {high}"),
    why=N_("the value has no meaning outside this range"),
    mend=N_("write a number from {low} to {high}"),
)
NOT_POSITIVE = define(
    "ZJ319",
    Severity.ERROR,
    what=N_("the reference amount is {value}, it must be greater than zero"),
    why=N_("everything is divided by it"),
    mend=N_("write the amount that the dataset delivers"),
)
GAS_ASSUMED = define(
    "ZJ320",
    Severity.NOTE,
    what=N_("the gas '{gas}' is read as '{read}'"),
    why=N_("the name alone leaves origin or isomer open, and they can count differently"),
    mend=N_("write '{read}', or the gas that is meant"),
)
# The same placeholders must stand in both languages; `:.0` shows nothing of the other language's text.
DOUBT = define(
    "ZJ330",
    Severity.WARNING,
    what=N_("data-quality doubt about '{dataset}': {doubt_en}{doubt_zh:.0}"),
    why=N_("seen when the figure was transcribed ({source})"),
    mend=N_("check it against the source, or use plant or supplier data instead"),
)
SULFATES_SWAPPED = define(
    "ZJ331",
    Severity.WARNING,
    what=N_("'{dataset}': {first} and {second} sulfate look swapped (found {found}, name says {expected})"),
    why=N_("the metals of a precursor are in the ratio that its name states; exchanged, they fit"),
    mend=N_("exchange the two amounts after a look into the source"),
)
SULFATES_OFF = define(
    "ZJ332",
    Severity.WARNING,
    what=N_("'{dataset}': the metals are in the ratio {found}, the name says {expected}"),
    why=N_("the metals of a precursor are in the ratio that its name states"),
    mend=N_("check amounts and hydrates of the sulfates"),
)
SUPPLIER_IS_DATASET = define(
    "ZJ333",
    Severity.ERROR,
    what=N_("the supplier's footprint '{id}' has the id of a dataset: {dataset}"),
    why=N_("one of the two would replace the other silently, everywhere it is used"),
    mend=N_("give the supplier's footprint another id, in its file and where it is referred to"),
)
REPLACES_STARTER = define(
    "ZJ334",
    Severity.WARNING,
    what=N_("the study's own dataset '{id}' ({own}) replaces that of the starter set ({starter})"),
    why=N_("every dataset and process that takes '{id}' now takes the study's own value"),
    mend=N_("give it an id of its own and name that where it is meant; keep it only to replace the value everywhere"),
)
FOREGROUND_IS_DATASET = define(
    "ZJ335",
    Severity.ERROR,
    what=N_("'{id}' is a process or assembly of the study and also a dataset or supplier's footprint: {dataset}"),
    why=N_("one id means one thing; here the dataset could be counted in place of the process"),
    mend=N_("give the process or assembly another id"),
)
