"""Findings of applying a rulebook to a study (ZJ4…)."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

NO_DATASET = define(
    "ZJ401", ERROR,
    what=N_("there is no dataset '{id}'{nearest}"),
    why=N_("without a factor the line would count as zero"),
    mend=N_("search with 'zuji data search', or put the dataset with its source into background.csv of the study"),
)  # fmt: skip
DATASET_UNIT = define(
    "ZJ402", ERROR,
    what=N_("{amount} {unit} cannot be taken from '{id}', whose reference flow is in {dataset_unit}"),
    why=N_("the dimensions differ, so there is no conversion"),
    mend=N_("give the amount in {dataset_unit}, or choose a dataset per {unit}"),
)  # fmt: skip
DIRECT_ONLY = define(
    "ZJ403", ERROR,
    what=N_("'{id}' counts direct emissions only and is refused as electricity of a product footprint"),
    why=N_("a product footprint needs the life cycle of the electricity: fuel supply, plants, losses"),
    mend=N_("use a life-cycle factor; for China 'cn-cf-2024-national' and the technologies beside it"),
)  # fmt: skip
DIRECT_FUEL = define(
    "ZJ404", WARNING,
    what=N_("'{id}' counts direct emissions only; the supply chain of what is burnt or driven is not in it"),
    why=N_("a product footprint counts extraction, refining and transport of fuels as well"),
    mend=N_("add a line for the supply of the fuel, or use a dataset with supply"),
)  # fmt: skip
GAP = define(
    "ZJ405", WARNING,
    what=N_("no factor is known for '{flow}': the line counts without it, the result is incomplete"),
    why=N_("missing is not zero: {reason}"),
    mend=N_("bring a factor with its source in background.csv of the study"),
)  # fmt: skip
MISSING_DATUM = define(
    "ZJ406", WARNING,
    what=N_("the amount of '{exchange}' is missing: the line is not counted, the result is incomplete"),
    why=N_("missing is not zero: {reason}"),
    mend=N_("get the amount, or an estimate with its reason"),
)  # fmt: skip
NOT_CHARACTERISED = define(
    "ZJ407", WARNING,
    what=N_("the gas '{gas}' has no factor in {gwp_set}: it is not counted, the result is incomplete"),
    why=N_("a gas without a factor is reported, never counted as zero"),
    mend=N_("state the gas that is meant, or report it separately"),
)  # fmt: skip
GWP_SET = define(
    "ZJ408", WARNING,
    what=N_("{share} of the result rests on CO2e factors under {found}, the rulebook asks {wanted}: {datasets}"),
    why=N_("without the single gases a factor cannot be restated; it is used as published"),
    mend=N_("prefer datasets that give the gases, or the same factor under {wanted}"),
)  # fmt: skip
NO_METERS = define(
    "ZJ409", NOTE,
    what=N_("no meter readings for the plant '{plant}': all its electricity is taken as grid electricity"),
    why=N_("shares of on-site generation and direct lines come from meters"),
    mend=N_("add readings to electricity.csv"),
)  # fmt: skip
INSTRUMENT_IGNORED = define(
    "ZJ410", NOTE,
    what=N_("{instrument}: {energy} are not counted under {book}; these kWh take {treatment}"),
    why=N_("{reason}"),
    mend=N_("nothing to mend: the rulebooks differ here"),
)  # fmt: skip
INSTRUMENT_FAILS = define(
    "ZJ411", WARNING,
    what=N_("{instrument} fails a quality criterion: {criteria}"),
    why=N_("a certificate or contract counts only when it meets every criterion of the rulebook"),
    mend=N_("retire the certificate for this plant and period, or take it out"),
)  # fmt: skip
NO_RESIDUAL_MIX = define(
    "ZJ412", NOTE,
    what=N_("no residual mix is known for {country}: the remaining grid electricity takes the average mix '{dataset}'"),
    why=N_("the average may count kWh twice that others have claimed with certificates"),
    mend=N_("name a published residual mix with 'choices: residual_mix.{country}' in study.yaml"),
)  # fmt: skip
NO_AVERAGE_MIX = define(
    "ZJ413", ERROR,
    what=N_("no life-cycle average electricity mix is known for {country} in {year}"),
    why=N_("without a factor the electricity would count as zero"),
    mend=N_("name a dataset with 'choices: average_mix.{country}' in study.yaml"),
)  # fmt: skip
NO_SUPPLY_FACTOR = define(
    "ZJ414", ERROR,
    what=N_("the {supply} electricity of meter '{meter}' has no dataset"),
    why=N_("its own life-cycle factor is needed"),
    mend=N_("name the technology's dataset in the column 'dataset' of electricity.csv"),
)  # fmt: skip
NO_SERVICE_LIFE = define(
    "ZJ415", WARNING,
    what=N_("no service life is declared: {lacking}; the result is given per product only"),
    why=N_("the functional unit of {book} is the energy delivered over the service life"),
    mend=N_("declare service_life in study.yaml"),
)  # fmt: skip
CUT_OFF = define(
    "ZJ416", WARNING,
    what=N_("{share} of the mass of '{process}' is cut off, more than the {limit} that {book} allows"),
    why=N_("what is left out must stay small"),
    mend=N_("model the largest of the lines that are cut off: {lines}"),
)  # fmt: skip
CUT_OFF_NOTE = define(
    "ZJ417", NOTE,
    what=N_("'{line}' ({mass}) is cut off: {reason}"),
    why=N_("what is left out is listed with its mass"),
    mend=N_("nothing to mend while the sum stays below the limit of the rulebook"),
)  # fmt: skip
A_RANGE = define(
    "ZJ418", ERROR,
    what=N_("the allocation factor A = {value} of '{material}' is outside {low} to {high}"),
    why=N_("the Circular Footprint Formula allows no value outside this range"),
    mend=N_("take the value of the rulebook's table"),
)  # fmt: skip
NO_END_OF_LIFE = define(
    "ZJ419", WARNING,
    what=N_("{mass} of '{process}' has no end of life: {lines}"),
    why=N_("the rulebook counts the end of life of every material; these lines count without it"),
    mend=N_("name the material in bom.csv and describe it in end_of_life.yaml, or add the material 'default' there"),
)  # fmt: skip
NO_EOL_DATASET = define(
    "ZJ420", WARNING,
    what=N_("'{material}' needs a dataset for {variable}: the term is not counted"),
    why=N_("the term '{expression}' of the end-of-life formula is not zero"),
    mend=N_("name it as '{field}' in end_of_life.yaml"),
)  # fmt: skip
NO_USE = define(
    "ZJ421", NOTE,
    what=N_("the use stage is not described, so this is a partial footprint without use"),
    why=N_("{book} counts the use stage of a complete life cycle"),
    mend=N_("describe 'use' in study.yaml, or declare the boundary cradle-to-gate"),
)  # fmt: skip
ALLOCATION = define(
    "ZJ422", ERROR,
    what=N_("'{process}' has co-products, but {lacking} is missing for allocation by {method}"),
    why=N_("the burden must be shared by a stated rule"),
    mend=N_("give it for the reference product and every co-product"),
)  # fmt: skip
ALLOCATED = define(
    "ZJ423", NOTE,
    what=N_("'{process}': {share} of its burden is given to the reference product, by {method}"),
    why=N_("{reason}"),
    mend=N_("avoid allocation by dividing the process where you can"),
)  # fmt: skip
NOT_REDISTRIBUTABLE = define(
    "ZJ424", NOTE,
    what=N_("'{id}' must not be passed on ({licence})"),
    why=N_("licensed inventories stay with the licensee"),
    mend=N_("exports carry its id and score only"),
)  # fmt: skip
PROXY = define(
    "ZJ425", NOTE,
    what=N_("'{id}' is a stand-in: {proxy}"),
    why=N_("a stand-in is not the thing itself; data quality suffers"),
    mend=N_("ask the supplier for the footprint of the real material"),
)  # fmt: skip
SECONDARY_WHERE_PRIMARY = define(
    "ZJ426", WARNING,
    what=N_("{count} amounts of '{process}' are {kinds}, company-specific data is demanded: {exchanges}"),
    why=N_("activity data of this process may not be defaults or assumptions"),
    mend=N_("measure them, or take them from the books of the plant"),
)  # fmt: skip
STAGE_EMPTY = define(
    "ZJ427", WARNING,
    what=N_("the stage '{stage}' has no data, but {book} counts it"),
    why=N_("an empty stage counts as zero and makes the result too small"),
    mend=N_("describe it in the study"),
)  # fmt: skip
PLANT_MISSING = define(
    "ZJ428", ERROR,
    what=N_("the electricity of '{exchange}' names neither a plant nor a country"),
    why=N_("the mix depends on where it is consumed"),
    mend=N_("name the plant"),
)  # fmt: skip
OUT_OF_SCOPE = define(
    "ZJ432", WARNING,
    what=N_("{book} is written for {known}, the product is '{category}'"),
    why=N_("a rulebook says nothing about products outside its scope"),
    mend=N_("take the rulebook for this product, or mend 'category' in study.yaml"),
)  # fmt: skip
UNATTRIBUTED_ELECTRICITY = define(
    "ZJ434", ERROR,
    what=N_("'{exchange}' takes the electricity dataset '{id}' directly in the plant '{plant}'"),
    why=N_("which factor a plant's electricity takes is decided by the rulebook from meters and certificates"),
    mend=N_("write 'electricity: {plant}', and put meters and certificates into electricity.csv and instruments.csv"),
)  # fmt: skip
CHOSEN_ELECTRICITY = define(
    "ZJ435", WARNING,
    what=N_("'{exchange}' takes the electricity dataset '{id}', chosen by the study and not by the rulebook"),
    why=N_("a process without a plant has no meters that could show where its electricity comes from"),
    mend=N_("name the plant of the process and write 'electricity: …', or say in the note why this factor is right"),
)  # fmt: skip
OTHER_COUNTRY = define(
    "ZJ436", ERROR,
    what=N_("the electricity of '{exchange}' names the country {found}, its plant '{plant}' stands in {wanted}"),
    why=N_("a kWh takes the mix of the country where it is consumed"),
    mend=N_("take the country out, or name the plant where the process runs"),
)  # fmt: skip
NOT_ELECTRICITY = define(
    "ZJ437", WARNING,
    what=N_("'{id}' is named as the source of electricity, but it is a dataset of the kind '{category}'"),
    why=N_("a factor for something else makes electricity look better or worse than it is"),
    mend=N_("name a dataset of the category electricity"),
)  # fmt: skip
MORE_THAN_METERED = define(
    "ZJ438", ERROR,
    what=N_("one product takes {taken} kWh in the plant '{plant}', its meters read {metered} kWh in the whole period"),
    why=N_("certificates and own generation would cover energy that was never metered"),
    mend=N_("check the amounts and reference flows of the processes, and the readings in electricity.csv"),
)  # fmt: skip
RECYCLED_OWN = define(
    "ZJ439", ERROR,
    what=N_("'{exchange}' is made by an own process, and its material '{material}' states a recycled content"),
    why=N_("the formula weighs recycled against virgin datasets; an own process has its inputs for that"),
    mend=N_("state the recycled input in the process that makes it, and no recycled content here"),
)  # fmt: skip
MATERIAL_TWICE = define(
    "ZJ460", ERROR,
    what=N_("the material '{material}' of '{exchange}' is named again for '{inner}' inside '{process}'"),
    why=N_("its end of life, and its credit, would be counted twice"),
    mend=N_("name the material at one level only"),
)  # fmt: skip
MUCH_CUT_OFF = define(
    "ZJ461", WARNING,
    what=N_("{share} of the mass of '{process}' is cut off: {lines}"),
    why=N_("the rulebook states no number here, but what is left out must not matter for the result"),
    mend=N_("model the largest of these lines, or show that they do not matter"),
)  # fmt: skip
UNTREATED_WASTE = define(
    "ZJ462", NOTE,
    what=N_("the waste '{exchange}' names no treatment and counts nothing"),
    why=N_("its treatment or disposal is not in the result"),
    mend=N_("name the dataset of its treatment, or say in the note why there is none"),
)  # fmt: skip
OWN_AVERAGE = define(
    "ZJ433", WARNING,
    what=N_("the study names '{dataset}' as the average mix of {country} itself"),
    why=N_("it takes the place of the factor that the rulebook's parameters name"),
    mend=N_("remove 'choices: average_mix.{country}' to take the published average"),
)  # fmt: skip
UNKNOWN_CHOICE = define(
    "ZJ431", ERROR,
    what=N_("the study chooses '{choice}' for '{key}', the rulebook {book} knows: {known}"),
    why=N_("a choice that the rulebook does not know decides nothing"),
    mend=N_("take one of the known values in 'choices' of study.yaml"),
)  # fmt: skip
NO_MASS = define(
    "ZJ430", WARNING,
    what=N_("the mass of '{exchange}' is not known: its end of life is not counted"),
    why=N_("the end of life of a material is counted by its mass"),
    mend=N_("give the mass of one unit in the column 'mass'"),
)  # fmt: skip
USE_WITHOUT_LIFE = define(
    "ZJ429", WARNING,
    what=N_("the use stage cannot be counted: {lacking}"),
    why=N_("its losses follow from the energy delivered over the service life"),
    mend=N_("declare service_life in study.yaml"),
)  # fmt: skip
WASTE_CO_PRODUCT = define(
    "ZJ440", NOTE,
    what=N_("'{co_product}' of '{process}' has a net value of {price}: it is waste and takes no burden"),
    why=N_("what nobody pays for is waste; its treatment, where there is any, stays with the process"),
    mend=N_("nothing to mend if the price is right; model its treatment as an exchange of the process"),
)  # fmt: skip
REFERENCE_WITHOUT_VALUE = define(
    "ZJ441", ERROR,
    what=N_("the reference product of '{process}' has a price of {price}, but its co-products are worth something"),
    why=N_("what nobody pays for is waste and can carry no burden; the process is run for its co-products"),
    mend=N_("make the valuable output the reference product, or mend the price"),
)  # fmt: skip
YEARLY_PRICES = define(
    "ZJ442", ERROR,
    what=N_("the yearly prices of '{id}' have no mean: {problem}"),
    why=N_("a mean needs one price for each year, all in one currency and per one unit"),
    mend=N_("give every price of the list its year as 'period', once, in the unit of the others"),
)  # fmt: skip
SUBSTITUTE = define(
    "ZJ443", ERROR,
    what=N_("what '{co_product}' of '{process}' substitutes cannot be credited: {problem}"),
    why=N_("system expansion needs a well-known, dedicated and dominant alternative, and how much of it is avoided"),
    mend=N_("complete 'substitutes' (dataset, share or amount, reason), or take it out and allocate"),
)  # fmt: skip
NO_SUBSTITUTE = define(
    "ZJ444", ERROR,
    what=N_("'{process}' is to be expanded, but its co-product '{co_product}' says nothing that it substitutes"),
    why=N_("system expansion credits the avoided burden of a named alternative"),
    mend=N_("name it in 'substitutes' of the co-product, or choose another allocation for the process"),
)  # fmt: skip
SUBSTITUTE_IGNORED = define(
    "ZJ445", NOTE,
    what=N_("what '{co_product}' of '{process}' substitutes is not credited under {book}, it is allocated"),
    why=N_("{reason}"),
    mend=N_("nothing to mend: the rulebooks, or the study's own choice, differ here"),
)  # fmt: skip
NOT_JUSTIFIED = define(
    "ZJ446", WARNING,
    what=N_("the study chooses allocation by {method} for '{process}' without saying why"),
    why=N_("{book} allows it only with a justification"),
    mend=N_("say in 'choices: allocation_reason' of study.yaml why no earlier way serves"),
)  # fmt: skip
CREDITED = define(
    "ZJ447", NOTE,
    what=N_("'{co_product}' of '{process}' replaces '{dataset}': the avoided burden is credited"),
    why=N_("system expansion; the study's reason: {reason}"),
    mend=N_("keep the proof that the alternative is dedicated and dominant"),
)  # fmt: skip
PHYSICAL_QUANTITY = define(
    "ZJ448", ERROR,
    what=N_("the outputs of '{process}' share no physical quantity: {found}"),
    why=N_("shares need one quantity above zero, of one dimension, for every output"),
    mend=N_("state 'physical' of the process and of every co-product in one kind of unit"),
)  # fmt: skip
QUALITY_PRICES = define(
    "ZJ449", ERROR,
    what=N_("the quality ratio {variable} of '{material}' cannot be taken from prices: {problem}"),
    why=N_("it is the price of the secondary over that of the primary material, both at the point of substitution"),
    mend=N_("give both prices in one currency and per one unit, or 'quality_in' and 'quality_out' instead"),
)  # fmt: skip
DEFAULT_UNKNOWN = define(
    "ZJ454", ERROR,
    what=N_("the study asks for the default '{default}', there are: {known}"),
    why=N_("a word that names no default fills nothing"),
    mend=N_("mend 'choices: defaults' in study.yaml"),
)  # fmt: skip
DEFAULT_NOT_ALLOWED = define(
    "ZJ450", WARNING,
    what=N_("the study asks for the default '{default}', the rulebook {book} knows: {known}"),
    why=N_("a default may only stand in where the rulebook allows it"),
    mend=N_("give own data, or take it out of 'choices: defaults' in study.yaml"),
)  # fmt: skip
DEFAULT_USED = define(
    "ZJ451", NOTE,
    what=N_("{stage} is a default of the rulebook: {lines}"),
    why=N_("defaults are secondary data, here with stand-ins for the licensed datasets"),
    mend=N_("give own data; it takes the place of the default"),
)  # fmt: skip
DEFAULT_NOT_ASKED = define(
    "ZJ452", NOTE,
    what=N_("the study says nothing of {stage}; {book} has a default for it"),
    why=N_("a default is never filled in unasked"),
    mend=N_("give own data, or add '{default}' to 'choices: defaults' in study.yaml"),
)  # fmt: skip
DEFAULT_LACKS = define(
    "ZJ453", ERROR,
    what=N_("the default for {stage} cannot be chosen: {lacking} is missing or not known"),
    why=N_("the default depends on it"),
    mend=N_("give it in study.yaml; countries as two letters of ISO 3166-1"),
)  # fmt: skip
CUT_OFF_IN_ALL = define(
    "ZJ470", WARNING,
    what=N_("{share} of the whole system is cut off by {measure}, more than the {limit} that {book} allows in all"),
    why=N_("the limit holds for everything that is left out together, not line by line"),
    mend=N_("model the largest of the lines that are cut off: {lines}"),
)  # fmt: skip
CUT_OFF_UNMEASURED = define(
    "ZJ471", WARNING,
    what=N_("the significance of {count} lines that are cut off is not known: {lines}"),
    why=N_("the limit is a share of the footprint, and what nobody estimates cannot be held against it"),
    mend=N_("name a dataset and an amount for each line; it stays cut off and is measured"),
)  # fmt: skip
MISSING_MASS = define(
    "ZJ472", NOTE,
    what=N_("{mass} cut off in '{process}' ({lines}) count as more of '{input}'"),
    why=N_("the rulebook adds missing mass to the input with the largest footprint per kg"),
    mend=N_("model the lines that are cut off; each then counts as what it is"),
)  # fmt: skip
MISSING_MASS_LEFT = define(
    "ZJ473", WARNING,
    what=N_("what is cut off in '{process}' cannot be added to another input: {lines}"),
    why=N_("the rulebook asks for the missing mass to be counted, which needs its mass and a bought input by mass"),
    mend=N_("give 'mass' of one unit, or model the lines"),
)  # fmt: skip
REFUSED_CATEGORY = define(
    "ZJ474", WARNING,
    what=N_("{amount} kgCO2e of {category} are not accepted by {book} and count in no total"),
    why=N_("{reason}"),
    mend=N_("nothing to mend in the study; report it where the rulebook lets you, outside the footprint"),
)  # fmt: skip
SEPARATE_CATEGORY = define(
    "ZJ475", NOTE,
    what=N_("{amount} kgCO2e of {category} are reported separately and are not in the headline total of {book}"),
    why=N_("{reason}"),
    mend=N_("nothing to mend; the figure stands beside the total"),
)  # fmt: skip
COMPANY_DATA_LACKS = define(
    "ZJ490", WARNING,
    what=N_("{book} demands company data of: {process}; the study does not show it"),
    why=N_("a part that nobody sees is forgotten, or hidden in a dataset of the whole cell or pack"),
    mend=N_("add its process or its lines with the component group {groups}, or the footprint of its supplier"),
)  # fmt: skip
COMPANY_DATA_BOUGHT = define(
    "ZJ491", WARNING,
    what=N_("{book} demands company data of: {process}; the study takes a dataset: {lines}"),
    why=N_("a dataset is the average of other makers, and this process carries much of the result"),
    mend=N_("ask its maker for the footprint and name it as supplier, or model the process with its own data"),
)  # fmt: skip
COMPANY_DATA_WEAK = define(
    "ZJ492", WARNING,
    what=N_("{book} demands company data of: {process}; {count} amounts are {kinds}: {exchanges}"),
    why=N_("activity data of this process may not be defaults or assumptions"),
    mend=N_("measure them, or take them from the books of the plant; set 'kind' and 'source' accordingly"),
)  # fmt: skip
REGIONAL_RESIDUAL = define(
    "ZJ493", NOTE,
    what=N_("no residual mix is known for {country}: the rest of the grid electricity takes '{dataset}' of {region}"),
    why=N_("it is the next step that {book} names"),
    mend=N_("name a published residual mix of the country with 'choices: residual_mix.{country}' in study.yaml"),
)  # fmt: skip
REMOVAL_ABOVE_ZERO = define(
    "ZJ476", ERROR,
    what=N_("the dataset '{id}' states {amount} kg of {category} above zero"),
    why=N_("what is captured, removed or kept back is below zero; as it stands it would count as an emission"),
    mend=N_("correct the sign in the dataset, or the origin of the emission"),
)  # fmt: skip
UNPROVED_RECOVERY = define(
    "ZJ494", WARNING,
    what=N_("the {field} of '{material}' is {value} by the study's own data, without evidence"),
    why=N_("{book} takes own data of recycling only with evidence, else its defaults"),
    mend=N_("name the evidence of the recycler (statement, mass balance), or take the value of the rulebook"),
)  # fmt: skip
