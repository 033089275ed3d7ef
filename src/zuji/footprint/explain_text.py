"""The words of an explanation: what a datum, parameter, decision, dataset or evidence file says of its own origin."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from zuji.background.gwp import GwpFactor
from zuji.background.model import Dataset
from zuji.canonical import digest
from zuji.datum import LocalText
from zuji.finding import Severity
from zuji.i18n import N_, language, tr
from zuji.rulebooks.derivation import short
from zuji.rulebooks.parameters import Parameter
from zuji.rulebooks.rule import Decision
from zuji.study.model import Datum, Evidence, Study, SupplierFootprint

Notes = tuple[str, ...]

SHORT_DIGEST = 12
DIGESTS = {"study": N_("study"), "background": N_("background"), "rulebook": N_("rulebook")}
KINDS = {
    "measured": N_("measured"),
    "calculated": N_("calculated"),
    "supplier": N_("supplier"),
    "estimated": N_("estimated"),
    "secondary": N_("secondary"),
    "assumed": N_("assumed"),
}
SEVERITIES = {Severity.ERROR: N_("error"), Severity.WARNING: N_("warning"), Severity.NOTE: N_("note")}


def say(text: LocalText) -> str:
    """A bilingual text in the language of this context."""
    return text.pick(language())


def number(value: float | None) -> str:
    """A number with six significant digits; '?' for none."""
    return "?" if value is None else short(Fraction(value))


def fraction(value: Fraction) -> str:
    """An exact number as a whole number or a fraction."""
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def place_notes(place: object) -> Notes:
    """Where it was read, or nothing."""
    return (str(place),) if str(place) else ()


def datum_notes(datum: Datum) -> Notes:
    """Kind, place, period, source and note of a datum; its evidence stands below it."""
    period = tr("period {period}", period=datum.period) if datum.period is not None else ""
    notes = (period, datum.source, datum.note)
    return (tr("{kind} datum", kind=tr(KINDS[datum.kind.value])), *place_notes(datum.place), *filter(None, notes))


def evidence_of(study: Study, reference: str) -> tuple[Evidence | None, str]:
    """The evidence that `id` or `id#locator` refers to, and the locator: `p3` is page 3, anything else is as typed."""
    if reference in study.evidence:
        return study.evidence[reference], ""
    id, _, locator = reference.partition("#")
    return study.evidence.get(id), locator


def evidence_notes(evidence: Evidence | None, locator: str) -> Notes:
    """File, short SHA-256, page and title of an evidence file, and where the index lists it."""
    if evidence is None:
        return (tr("not listed in evidence/index.csv"), *_locator(locator))
    known = tr("SHA-256 {digest}", digest=short_digest(evidence.sha256)) if evidence.sha256 else tr("no SHA-256")
    title = (say(evidence.title),) if evidence.title else ()
    return (tr("file {file}", file=evidence.file), known, *_locator(locator), *title, *place_notes(evidence.place))


def _locator(locator: str) -> Notes:
    if not locator:
        return ()
    page = locator.removeprefix("p")
    shown = tr("page {page}", page=page) if page != locator and page[:1].isdigit() else locator
    return (shown,)


def short_digest(text: str) -> str:
    """The first digits of a SHA-256, as findings show them."""
    return text.removeprefix("sha256:")[:SHORT_DIGEST]


def parameter_notes(parameter: Parameter) -> Notes:
    """Date, clause, source and verification of a parameter."""
    since = tr("parameter {id}, since {day}", id=parameter.id, day=parameter.valid_from.isoformat())
    notes = (since, parameter.clause, parameter.source, _verified(parameter.verified, parameter.verify_with))
    return tuple(filter(None, notes))


def decision_notes(decision: Decision) -> Notes:
    """What a rule decided and under which condition, why, and which clause says so."""
    when = f"{decision.rule}: {decision.value}" + (f" ({decision.when})" if decision.when else "")
    verified = _verified(decision.verified, decision.verify_with)
    return tuple(filter(None, (when, say(decision.reason), decision.clause, decision.source, verified)))


def _verified(verified: bool, verify_with: LocalText) -> str:
    return tr("verified") if verified else tr("not verified: {text}", text=say(verify_with))


def factor_notes(origin: GwpFactor | Parameter | None) -> Notes:
    """Where a global warming potential comes from."""
    match origin:
        case GwpFactor():
            notes = [f"{origin.gwp_set}: {origin.citation}", origin.locator, origin.note]
            if origin.is_stand_in:
                notes.insert(0, tr("stand-in: the factor of {gas}", gas=origin.uses))
            return tuple(filter(None, notes))
        case Parameter():
            return parameter_notes(origin)
    return (tr("stated as CO2e"),)


def dataset_notes(dataset: Dataset, supplier: SupplierFootprint | None) -> Notes:
    """Gap, place in the world, year, boundary, source, collection with digest, licence; of a supplier also its file."""
    source = dataset.source
    notes = (
        tr("no factor: {reason}", reason=dataset.missing) if dataset.missing else "",
        ", ".join(filter(None, (dataset.geography, dataset.year, dataset.boundary))),
        *(_supplier_notes(supplier) if supplier is not None else (source.citation, source.locator)),
        tr("collection {collection}, dataset SHA-256 {digest}", collection=dataset.collection or "-",
           digest=_digest(dataset)),
        tr("licence: {licence}", licence=source.licence) if source.licence and supplier is None else "",
        dataset.proxy,
    )  # fmt: skip
    return (*filter(None, notes), *place_notes(dataset.place))


def _supplier_notes(supplier: SupplierFootprint) -> Notes:
    company = supplier.company or supplier.id
    digest = short_digest(supplier.sha256) or "?"
    return (
        tr("footprint received from {company}, period {period}", company=company, period=supplier.period),
        tr("file {file}, SHA-256 {digest}", file=supplier.place.file or "?", digest=digest),
    )


def source_notes(dataset: Dataset) -> Notes:
    """Who says so and where, for what stands below its dataset."""
    notes = (dataset.source.citation, dataset.source.locator, *place_notes(dataset.place))
    return tuple(filter(None, notes)) or (dataset.id,)


@lru_cache(maxsize=4096)
def _digest(dataset: Dataset) -> str:
    return short_digest(digest(dataset.as_dict()))
