"""Findings of the ledger, its import and the matching: ZJ650 to ZJ689. L1 to L13 are the ledger's invariants."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

READING_TWICE = define(
    "ZJ650",
    _E,
    what=N_("L1: '{device}' already has a reading of {quantity} for {hour}, recorded by {event}"),
    why=N_("one meter gives one reading per hour; a second one would count the same kWh again"),
    mend=N_("correct the earlier reading with 'reverse' and a replacement, or leave this row out"),
)
OVER_ISSUE = define(
    "ZJ651",
    _E,
    what=N_("L2: certificates of '{device}' would stand for {issued} Wh of {start} to {end}; metered: {metered} Wh"),
    why=N_("a certificate stands for electricity that was generated and metered"),
    mend=N_("record the meter readings first, or issue less"),
)
IDENTITY_TWICE = define(
    "ZJ652",
    _E,
    what=N_("L3: the identity '{id}' is already used by {event}"),
    why=N_("a certificate, its registry number and a cancellation exist once, across all schemes"),
    mend=N_("use the registry's own identity; the same record must not be entered twice"),
)
TWO_SCHEMES = define(
    "ZJ653",
    _E,
    what=N_("L3: hours of '{device}' from {start} to {end} are already in the scheme '{other}' with '{certificate}'"),
    why=N_("the attribute of one kWh can be issued once: not as GEC and as I-REC, GO or emission credit as well"),
    mend=N_("issue in one scheme only"),
)
NOT_OWNER = define(
    "ZJ654",
    _E,
    what=N_("L4: '{by}' does not own '{certificate}'; its owner is '{owner}'"),
    why=N_("only the owner may transfer, split or cancel a certificate"),
    mend=N_("let the owner act, or record the transfer first"),
)
NOT_LIVE = define(
    "ZJ655",
    _E,
    what=N_("L4: '{certificate}' is {state}"),
    why=N_("what was cancelled, split, withdrawn or has expired cannot be used again"),
    mend=N_("name a live certificate"),
)
NOT_TRADABLE = define(
    "ZJ656",
    _E,
    what=N_("L5: '{certificate}' is not tradable: {reason}"),
    why=N_("a non-tradable certificate moves only together with its electricity"),
    mend=N_("record 'with_energy' where the electricity went to the same party; otherwise leave it with its owner"),
)
SOLD_TWICE = define(
    "ZJ657",
    _E,
    what=N_("L5: '{certificate}' was already sold {count} times; the scheme '{scheme}' allows {allowed}"),
    why=N_("a certificate of this kind may not be resold"),
    mend=N_("let the present owner cancel it"),
)
MORE_THAN_LEFT = define(
    "ZJ658",
    _E,
    what=N_("L6: {asked} Wh of '{certificate}' are asked for, {left} Wh are left"),
    why=N_("nobody can use more of a certificate than is left of it"),
    mend=N_("lower the amount, or name another certificate"),
)
ABOVE_LOAD = define(
    "ZJ659",
    _E,
    what=N_("L6: claims of '{site}' ({part}) would be {claimed} Wh from {start} to {end}, its load was {load} Wh"),
    why=N_("nobody can use more renewable electricity than was used at all"),
    mend=N_("record the load first, or claim less"),
)
RULE = define(
    "ZJ660",
    _E,
    what=N_("L7: '{certificate}' cannot be claimed by '{site}': {reason}"),
    why=N_("vintage, market, scheme and technology of a certificate must fit the load that it is claimed for"),
    mend=N_("use a certificate that fits"),
)
EXPIRED = define(
    "ZJ661",
    _E,
    what=N_("L8: '{certificate}' expired on {day}"),
    why=N_("an expired certificate has gone back to the residual mix of its year"),
    mend=N_("use a valid certificate; record 'expire' for what is left of this one"),
)
NOT_EXPIRED = define(
    "ZJ662",
    _E,
    what=N_("L8: '{certificate}' does not expire before {day}"),
    why=N_("a certificate can be taken out early only by its issuer, as withdrawn"),
    mend=N_("wait, or record 'withdraw'"),
)
STORAGE_OUTPUT = define(
    "ZJ663",
    _E,
    what=N_("L10: '{device}' would put out {out} Wh by {hour}; {charged} Wh were charged with certificates before"),
    why=N_("out of storage comes at most its efficiency times what was charged, later than it was charged"),
    mend=N_("cancel certificates for the charging first, or issue less; the loss belongs to nobody"),
)
STORAGE_NOT_ALLOWED = define(
    "ZJ664",
    _E,
    what=N_("L10: the scheme '{scheme}' issues nothing for storage such as '{device}'"),
    why=N_("what comes out of storage was generated, and may have been certified, before"),
    mend=N_("use a scheme that tracks storage, or claim the charged electricity at the storage"),
)
PRODUCT_SPLIT = define(
    "ZJ665",
    _E,
    what=N_("L12: products would claim {claimed} Wh of the cancellation '{cancellation}', which holds {cancelled} Wh"),
    why=N_("what is claimed by the products of a site is together at most what was cancelled for it"),
    mend=N_("lower the amounts of the products"),
)
PRODUCT_TWICE = define(
    "ZJ666",
    _E,
    what=N_("L12: '{product}' already claims from the cancellation '{cancellation}', by {event}"),
    why=N_("a cancellation can be claimed once for a product"),
    mend=N_("reverse the earlier split if it was wrong"),
)
PRODUCT_LOAD = define(
    "ZJ667",
    _E,
    what=N_("L12: '{product}' would claim {claimed} Wh at '{site}' for a consumption of {load} Wh; {reason}"),
    why=N_("a product cannot claim more than it used, and the products of a site not more than the site used"),
    mend=N_("correct 'load_wh' or the claimed amounts"),
)
UNBALANCED = define(
    "ZJ668",
    _E,
    what=N_("L13: the totals do not balance for {whose}: issued and received {inside} Wh, accounted for {outside} Wh"),
    why=N_("what was issued is live, cancelled, expired or withdrawn, and nothing else"),
    mend=N_("this is a defect of the ledger file or of the program: keep the file and report it"),
)
REVERSAL_BREAKS = define(
    "ZJ669",
    _E,
    what=N_("event {event} cannot be reversed: without it {dependent} would fail: {problem}"),
    why=N_("later events rest on it"),
    mend=N_("reverse the later event first, or give a replacement that carries it"),
)
REVERSAL_TARGET = define(
    "ZJ670",
    _E,
    what=N_("event {event} cannot be reversed: {reason}"),
    why=N_("a reversal names one earlier event that still counts"),
    mend=N_("name the number of that event; a wrong reversal is mended by recording the event again"),
)
CHAIN_BROKEN = define(
    "ZJ671",
    _E,
    what=N_("event {event} was altered: {problem}"),
    why=N_("each event carries the hash of the one before; a change of any byte shows"),
    mend=N_("restore the file from a copy whose head is known; what follows this event cannot be trusted"),
)
HEAD_DIFFERS = define(
    "ZJ672",
    _E,
    what=N_("the ledger does not hold the head {wanted}; it ends at event {event} with {found}"),
    why=N_("events at the end were taken away, or the head belongs to another ledger"),
    mend=N_("restore the file from a complete copy"),
)
UNKNOWN = define(
    "ZJ673",
    _E,
    what=N_("there is no {what} '{id}' in the ledger{hint}"),
    why=N_("events refer only to what the ledger holds"),
    mend=N_("record it first, or correct the name"),
)
FORM = define(
    "ZJ674",
    _E,
    what=N_("the event cannot be read: {problem}"),
    why=N_("what is not understood must not enter a ledger that nothing is removed from"),
    mend=N_("correct the field; docs/power.md lists the fields of each event"),
)
DEVICE_DIFFERS = define(
    "ZJ675",
    _E,
    what=N_("'{device}' is already described by {event}, with another {field}: '{old}', here '{value}'"),
    why=N_("certificates rest on what the ledger says about a device"),
    mend=N_("correct the row, or reverse the earlier event with a replacement"),
)
SCHEME_REFUSES = define(
    "ZJ676",
    _E,
    what=N_("the scheme '{scheme}' issues no such certificate: {reason} ({rule})"),
    why=N_("what a scheme does not allow, its registry will not hold"),
    mend=N_("check scheme, device and amount"),
)
ROW = define(
    "ZJ677",
    _E,
    what=N_("the row cannot be read: {problem}"),
    why=N_("a reading in a wrong place or unit would be counted as if it were right"),
    mend=N_("correct the cell; docs/power.md describes the columns"),
)
NO_PROFILE = define(
    "ZJ678",
    _E,
    what=N_("the reading of '{device}' spans {hours} hours and names no profile"),
    why=N_("the ledger keeps hours; how a longer reading is spread over them must be said"),
    mend=N_("name a profile (flat, or one of your profile file); the hours are then marked estimated"),
)
HOUR_MISSING = define(
    "ZJ679",
    _E,
    what=N_("local time: {problem}"),
    why=N_("at the change to and from daylight saving an hour is missing or double"),
    mend=N_("give the time with its offset, for example 2024-10-27T02:00+01:00"),
)
NOTHING_METERED = define(
    "ZJ680",
    _E,
    what=N_("'{site}' has no load in {year}"),
    why=N_("without consumption there is nothing to match"),
    mend=N_("import the meter readings of the site, or check its name: {known}"),
)
SPREAD_ESTIMATED = define(
    "ZJ681",
    _W,
    what=N_("{percent} % of the matched certificates are spread over hours by an estimated profile"),
    why=N_("the hourly share is then an estimate and no proof"),
    mend=N_("record the hourly generation of the devices"),
)
LOAD_ESTIMATED = define(
    "ZJ682",
    _W,
    what=N_("{percent} % of the load of '{site}' is spread over hours by a profile and not metered by the hour"),
    why=N_("the hourly share is then an estimate and no proof"),
    mend=N_("record hourly meter readings"),
)
NOT_ELIGIBLE = define(
    "ZJ683",
    _W,
    what=N_("'{certificate}' ({energy} Wh) does not count: {reason}"),
    why=N_("only certificates that fit the load may lower the market-based result"),
    mend=N_("replace it by one that fits"),
)
FACTOR_KIND = define(
    "ZJ684",
    _E,
    what=N_("'{id}' cannot serve as {use}: {reason}"),
    why=N_("scope and basis of a factor decide what it may be used for"),
    mend=N_("name a factor of electricity; 'zuji data search electricity -g CN' lists them"),
)
NO_CERTIFICATE_FACTOR = define(
    "ZJ685",
    _W,
    what=N_("no direct factor is known for '{technology}' of '{certificate}'; the residual factor is taken"),
    why=N_("burning plants emit; taking zero would be a guess"),
    mend=N_("give the factor of the device with --factor"),
)
STALE_TABLES = define(
    "ZJ686",
    _E,
    what=N_("{file} is not what the ledger says: {problem}"),
    why=N_("the study would claim something else than was cancelled"),
    mend=N_("write the tables again: zuji power study"),
)
NO_PRODUCT_CLAIM = define(
    "ZJ687",
    _E,
    what=N_("'{product}' claims nothing at '{site}' in {period}, while other products do"),
    why=N_("certificates of a site that are split by product count for these products only"),
    mend=N_("record the split for this product, with 'load_wh', or study the product without certificates"),
)
COVERAGE = define(
    "ZJ688",
    _W,
    what=N_("'{site}' has readings for {hours} of {all} hours of {year}"),
    why=N_("a statement speaks for the whole year; what is missing is not zero"),
    mend=N_("record the missing readings"),
)
FACTOR_YEAR = define(
    "ZJ689",
    _W,
    what=N_("the factor '{id}' (--{use}) is of {found}, the statement is for {year}"),
    why=N_("the mix of a grid changes from year to year, where there is much hydropower by a quarter"),
    mend=N_("name the factor of the year once it is published, with --{use}"),
)
