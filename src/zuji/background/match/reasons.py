"""The reasons of a score in words of both languages."""

from __future__ import annotations

from zuji.background.match.index import Reason
from zuji.background.match.terms import terms
from zuji.i18n import N_, language, tr_in

WORDS = {
    "accepted": N_("accepted before ({who})"),
    "accepted otherwise": N_("accepted before, as one of several ({who})"),
    "cas": N_("same CAS number {cas}"),
    "terms": N_("same: {terms}"),
    "words": N_("same words: {words}"),
    "lacking": N_("its name lacks: {terms}"),
    "more": N_("its name has more: {terms}"),
    "proxy": N_("another product of the same class ({terms} for {wanted})"),
    "unit": N_("unit fits ({unit})"),
    "unit factor": "1 {unit} = {factor} {other}",
    "unit misfit": N_("unit does not fit ({unit} and {other})"),
    "place": N_("from {place}, where the plant is"),
    "place near": N_("from {place}, which includes or is near {wanted}"),
    "place unknown": N_("place not stated"),
    "place far": N_("from {place}, not {wanted}"),
    "year": N_("of {year}"),
    "technology": N_("technology fits"),
    "other kind": N_("another kind of dataset"),
    "direct": N_("direct emissions only"),
    "gap": N_("has no figure"),
    "stand-in": N_("the dataset is a stand-in: {proxy}"),
}


def text_of(reason: Reason, lang: str | None = None) -> str:
    """The reason as a sentence part in `lang`."""
    spoken = lang or language()
    values = {key: _named(value, spoken) if key in ("terms", "wanted") else value for key, value in reason.values}
    return tr_in(spoken, WORDS[reason.key], **values)


def _named(ids: str, lang: str) -> str:
    found = [terms()[id] for id in ids.split() if id in terms()]
    if not found:
        return ids or "?"
    return ("、" if lang == "zh" else ", ").join((term.zh if lang == "zh" else term.en)[0] for term in found)
