"""The findings of a calculated footprint and of what its documents say together (ZJ5…)."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

SUM_DIFFERS = define(
    "ZJ501", ERROR,
    what=N_("the {parts} add up to {sum} kg CO2e, but the total is {total} kg CO2e"),
    why=N_("the parts of a footprint add up to its total, within 1e-9 of the largest of them"),
    mend=N_("this is a fault of zuji and not of the study: please report it, and do not use the result"),
)  # fmt: skip
MATERIALS_LACK = define(
    "ZJ502", ERROR,
    what=N_("the bill of materials accounts for {found} of {mass} kg of the product ({percent} %)"),
    why=N_("below {limit} % a file is forgotten or a part is not linked, and the result would be far too small"),
    mend=N_("add the missing parts to bom.csv or to the processes, or correct the mass of the product"),
)  # fmt: skip
MATERIALS_UNKNOWN = define(
    "ZJ503", WARNING,
    what=N_("only {found} of {mass} kg of the product ({percent} %) have a known mass; without mass: {items}"),
    why=N_("below {limit} % nobody can tell whether a part is forgotten"),
    mend=N_("give the mass of one unit in the column 'mass'"),
)  # fmt: skip
CHAIN_LEFT_OUT = define(
    "ZJ504", ERROR,
    what=N_("{left_out} of {mass} kg of the product are left out under {book}, by their stage ({stages}): {lines}"),
    why=N_("materials of the product belong to the stages raw_material or production; the result would be too small"),
    mend=N_("correct 'stage' of these processes or exchanges"),
)  # fmt: skip
OUTSIDE_BAND = define(
    "ZJ505", WARNING,
    what=N_("cradle to gate: {figure} kg CO2e/kWh; published for {chemistry}: {low} to {high} ({sources}){remarks}"),
    why=N_("a figure outside what others found has a special reason, or an error"),
    mend=N_("check the largest lines (kg CO2e/kWh), or write the reason into the report: {largest}"),
)  # fmt: skip
INSIDE_BAND = define(
    "ZJ506", NOTE,
    what=N_("cradle to gate: {figure} kg CO2e/kWh; published for {chemistry}: {low} to {high} ({sources}){remarks}"),
    why=N_("the figure is inside what others found; that does not prove it"),
    mend=N_("nothing to mend"),
)  # fmt: skip
CELL_ENERGY = define(
    "ZJ507", WARNING,
    what=N_(
        "cells and electrodes take {figure} kWh per kWh ({electricity} electricity, {heat} fuels and heat) in "
        "{processes}; published: {low} to {high} ({sources})"
    ),
    why=N_("too little: a dry room, drying or formation is missing; too much: an energy is counted twice"),
    mend=N_("compare with the meters of the cell plant over the year, divided by the kWh of cells made"),
)  # fmt: skip
CELL_ENERGY_FITS = define(
    "ZJ508", NOTE,
    what=N_(
        "cells and electrodes take {figure} kWh per kWh ({electricity} electricity, {heat} fuels and heat) in "
        "{processes}; published: {low} to {high} ({sources})"
    ),
    why=N_("the figure is inside what others found; that does not prove it"),
    mend=N_("nothing to mend"),
)  # fmt: skip
MINERAL_OFF = define(
    "ZJ509", WARNING,
    what=N_("{mineral}: {figure} kg per kWh, but {published} for {chemistry} ({source}): more than {factor} times off"),
    why=N_("a battery of a given chemistry needs about the same minerals per kWh"),
    mend=N_("check the amounts, units and hydrates of: {lines}"),
)  # fmt: skip
MINERALS_FIT = define(
    "ZJ510", NOTE,
    what=N_("minerals per kWh within {factor} times of those published for {chemistry} ({source}): {minerals}"),
    why=N_("a battery of a given chemistry needs about the same minerals per kWh"),
    mend=N_("nothing to mend"),
)  # fmt: skip
OLD = define(
    "ZJ515", WARNING,
    what=N_("{share} of the result rests on datasets more than {years} years older than the reporting period: {list}"),
    why=N_("technology and electricity have changed since; only datasets above {each} of the result are looked at"),
    mend=N_("ask the supplier for a footprint, or choose a newer dataset"),
)  # fmt: skip
ELSEWHERE = define(
    "ZJ516", WARNING,
    what=N_("{share} of the result rests on datasets of another country than that of the plant: {list}"),
    why=N_("electricity and routes differ by country; only datasets above {each} of the result are looked at"),
    mend=N_("choose a dataset of the country where it is made, or say why the material comes from there"),
)  # fmt: skip
STAND_INS = define(
    "ZJ517", WARNING,
    what=N_("{share} of the result rests on stand-ins: {list}"),
    why=N_("a stand-in is not the thing itself; only datasets above {each} of the result are looked at"),
    mend=N_("ask the supplier for the footprint of the real material"),
)  # fmt: skip
ELEMENTS_LACK = define(
    "ZJ520", WARNING,
    what=N_("'{process}': more of an element leaves with the product than goes in (in / out): {elements}"),
    why=N_("no process makes an element; {tolerance} % are tolerated; the product counts as {product}"),
    mend=N_("check amounts and hydrates of: {lines}"),
)  # fmt: skip
ELEMENT_UNKNOWN = define(
    "ZJ521", NOTE,
    what=N_("'{process}': the balance of {element} cannot be made, the composition of these is not known: {lines}"),
    why=N_("they may hold the {wanted} kg of the product, of which {found} kg are found"),
    mend=N_("name them by formula or common name, for example Li2CO3 or NiSO4·6H2O"),
)  # fmt: skip
NMP_LOST = define(
    "ZJ525", WARNING,
    what=N_("'{process}': {amount} kg NMP are {percent} % of the electrode, neither recovered nor burnt nor emitted"),
    why=N_("plants recover most of the solvent; above {limit} % the gross input was entered, not the make-up"),
    mend=N_("enter the make-up, or add the recovered solvent as waste or co-product and the rest as emission"),
)  # fmt: skip
HEAT_TWICE = define(
    "ZJ526", WARNING,
    what=N_(
        "heat or fuel stands in {electrodes} and again in {cells}; together with electricity {figure} kWh per kWh, "
        "published is up to {high}"
    ),
    why=N_("drying heat may stand in the coating, in the cell, or split over both, but not in full in both"),
    mend=N_("compare both with the gas and steam meters; where each holds all of it, take it out of one"),
)  # fmt: skip
PLANT_WITHOUT_ENERGY = define(
    "ZJ527", WARNING,
    what=N_("the plant '{plant}' takes no energy at all: {processes}"),
    why=N_("no plant runs without electricity"),
    mend=N_("add the electricity and fuels of the plant to its processes"),
)  # fmt: skip
PROCESS_WITHOUT_ENERGY = define(
    "ZJ528", WARNING,
    what=N_("processes with a plant but without energy: {processes}"),
    why=N_("their energy is forgotten, or counted in another process of the plant"),
    mend=N_("add the energy, or state 0 kWh with a note that says where it is counted"),
)  # fmt: skip
METERS_EMPTY = define(
    "ZJ529", WARNING,
    what=N_("the meters of '{plant}' read zero in the reporting period, but these take electricity: {processes}"),
    why=N_("meters and processes of one plant must agree"),
    mend=N_("check the readings of electricity.csv, or name the plant that delivers the electricity"),
)  # fmt: skip
RETIRED_LATE = define(
    "ZJ530", WARNING,
    what=N_("the instrument '{id}' was retired on {day}, more than {months} months after the reporting period"),
    why=N_("a certificate retired so late usually belongs to a later claim; the limit of {months} months is zuji's"),
    mend=N_("check the retirement statement, and use a certificate of the period"),
)  # fmt: skip
NOT_RETIRED = define(
    "ZJ531", WARNING,
    what=N_("the instrument '{id}' is not retired"),
    why=N_("until it is retired it can be sold and claimed again"),
    mend=N_("retire it for this plant and period, and enter the day in 'retired_on'"),
)  # fmt: skip
RETIRED_EARLY = define(
    "ZJ532", WARNING,
    what=N_("the instrument '{id}' was retired on {day}, before its generation began on {start}"),
    why=N_("what is not yet generated cannot be retired"),
    mend=N_("correct the dates after the certificate"),
)  # fmt: skip
FROM_STORAGE = define(
    "ZJ533", WARNING,
    what=N_("the generator of the instrument '{id}' is a storage: {dataset}"),
    why=N_("storage gives back electricity that somebody else generated; it makes no attribute of its own"),
    mend=N_("name the generator that charged it, with its own certificate"),
)  # fmt: skip
IDS_ALIKE = define(
    "ZJ534", WARNING,
    what=N_("the instruments '{first}' ({first_plant}) and '{second}' ({second_plant}) differ in spelling only"),
    why=N_("a certificate counts once, in one plant"),
    mend=N_("check both against the register, and remove the one that is listed twice"),
)  # fmt: skip
OTHER_COUNTRY = define(
    "ZJ535", WARNING,
    what=N_("the instrument '{id}' is of {country}, the plant '{plant}' stands in {site}"),
    why=N_("a certificate counts in the electricity market in which it was issued"),
    mend=N_("use certificates of the country of the plant"),
)  # fmt: skip
R1_AVERAGE = define(
    "ZJ540", WARNING,
    what=N_("the recycled content R1 = {value} of '{material}' is {kind}, not that of the supply chain"),
    why=N_("the Circular Footprint Formula takes R1 from the company or its application, else 0: no market averages"),
    mend=N_("prove R1 by data of the supplier, or enter 0"),
)  # fmt: skip
GROUPS_LACK = define(
    "ZJ541", WARNING,
    what=N_("{book} demands company data of parts that the study does not show: {groups}"),
    why=N_("a part without any line is forgotten, or hidden in a dataset of the whole cell"),
    mend=N_("list the parts of the cell with their component group"),
)  # fmt: skip
USABLE_ABOVE_RATED = define(
    "ZJ550", WARNING,
    what=N_("the usable energy ({usable} kWh) is more than the rated energy ({rated} kWh)"),
    why=N_("what the user can take from a battery is at most what it holds; the functional unit would be too large"),
    mend=N_("compare both with the data sheet: they may be exchanged, or one is of the cells and one of the system"),
)  # fmt: skip
DELIVERS_TOO_MUCH = define(
    "ZJ551", WARNING,
    what=N_("the functional unit counts {delivered} kWh over the life, but {cycles} cycles of {rated} kWh give {most}"),
    why=N_("no battery delivers more than its rated energy in a full cycle; the result per kWh would be too small"),
    mend=N_("check usable energy, cycles and mean capacity, and the cycles a year of the rulebook"),
)  # fmt: skip
PERIOD_NOT_A_YEAR = define(
    "ZJ552", WARNING,
    what=N_("the reporting period has {days} days ({period})"),
    why=N_("seasons, stops and stocks even out over twelve months; other periods need a reason"),
    mend=N_("take one whole year, or say in the report why the period stands for a year"),
)  # fmt: skip
PERIOD_IN_FUTURE = define(
    "ZJ553", WARNING,
    what=N_("the reporting period ends on {end}, after the day of the calculation ({day})"),
    why=N_("what has not happened yet cannot be measured; such a footprint is a forecast"),
    mend=N_("correct the period, or state the footprint as prospective"),
)  # fmt: skip
METER_GAP = define(
    "ZJ554", WARNING,
    what=N_("no readings of the supply point '{point}' in '{plant}' for {days} days of the reporting period: {gaps}"),
    why=N_("energy that was not read is not counted"),
    mend=N_("add the missing readings to electricity.csv, or state 0 kWh where nothing was taken"),
)  # fmt: skip
METER_OVERDRAWN = define(
    "ZJ555", WARNING,
    what=N_("the meter '{meter}' reads {metered} kWh, but the exchanges that name it take {taken} kWh: {exchanges}"),
    why=N_("a meter cannot have measured more than it shows; {tolerance} % are tolerated"),
    mend=N_("check the amounts against the reading; both must be of the same output"),
)  # fmt: skip
METER_REST = define(
    "ZJ556", NOTE,
    what=N_("{percent} % of the meter '{meter}' ({rest} of {metered} kWh) are in none of the exchanges that name it"),
    why=N_("energy of the plant that no process takes is missing from every product; {tolerance} % are tolerated"),
    mend=N_("assign the rest (lighting, dry room, compressors, offices), or say that it serves other products"),
)  # fmt: skip
ENERGY_FROM_NOTHING = define(
    "ZJ557", WARNING,
    what=N_("'{process}' gives {out} kWh of energy and takes {inside} kWh ({percent} %)"),
    why=N_("no boiler, turbine or heat exchanger gives more than it takes; {tolerance} % are tolerated"),
    mend=N_("check units and heating values (MJ, kWh, lower or upper); name a heat pump or chiller in 'technology'"),
)  # fmt: skip
ENERGY_LOST = define(
    "ZJ558", WARNING,
    what=N_("'{process}' gives {out} kWh of energy and takes {inside} kWh ({percent} %)"),
    why=N_("less than {least} % is unusual even for old plants; an output is forgotten, or an input counted twice"),
    mend=N_("check units, and list what else it delivers as co-product"),
)  # fmt: skip
ENERGY_OPEN = define(
    "ZJ559", NOTE,
    what=N_("the energy balance of '{process}' cannot be made: {inputs} are not given as energy"),
    why=N_("without a heating value nobody sees whether the output fits the input"),
    mend=N_("give fuels in kWh or MJ, with the heating value in the note"),
)  # fmt: skip
AIR_TOO_CHEAP = define(
    "ZJ560", WARNING,
    what=N_("'{process}' makes compressed air with {figure} kWh per standard cubic metre"),
    why=N_("compression to {bar} bar (absolute) takes at least {least} kWh/m³ even without any loss"),
    mend=N_("check volume (standard, not compressed) and electricity of the compressors"),
)  # fmt: skip
NOT_RATED = define(
    "ZJ545", NOTE,
    what=N_("{share} of the most relevant processes have no rating of {criteria}: {list}"),
    why=N_("the rulebook rates the processes that carry most of the result and limits their ratings"),
    mend=N_("rate them: columns dq_… of the study's data, 'data_quality' of its datasets, or the supplier's ratings"),
)  # fmt: skip
RATING_ABOVE = define(
    "ZJ546", WARNING,
    what=N_("'{source}', one of the most relevant processes: {criterion} is {rating}, the limit is {limit}"),
    why=N_("data of that quality may not carry a relevant part of the result (1 is best, 5 worst)"),
    mend=N_("take newer data, or data closer to technology and place; measure what makes company data uncertain"),
)  # fmt: skip
STAND_INS_ABOVE = define(
    "ZJ547", WARNING,
    what=N_("{share} of the result rest on stand-ins, the limit is {limit}: {list}"),
    why=N_("a stand-in is not the thing itself; the rulebook allows it for a small part only"),
    mend=N_("ask the suppliers of the largest of them for footprints, or find a dataset of the thing itself"),
)  # fmt: skip
