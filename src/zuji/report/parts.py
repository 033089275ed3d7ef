"""What several reports say in the same words: the main figure, cautions, stages, data of the study."""

from __future__ import annotations

from zuji.datum import LocalText, localised
from zuji.i18n import N_, tr_in
from zuji.numbers import significant
from zuji.report.blocks import Block, Callout, Figure, Picture
from zuji.report.charts import of_footprint
from zuji.report.charts.svg import svg
from zuji.report.source import Document, Source, marks
from zuji.study.words import name_of


def main_figure(source: Source, lang: str) -> Figure:
    """The result per functional unit, or per product where the study declares no service life."""
    document = source.footprint
    name = source.label(document["functional_unit"]["name"], lang)
    if document["per_functional_unit"] is None:
        text = tr_in(lang, "per product; the service life that the functional unit needs is not declared")
        return Figure(significant(document["total"]), "kg CO2e", text)
    # One unit under every rulebook, so that figures side by side can be compared; the digits are the rulebook's.
    value = str(document["reported"]["value"]) if document["reported"] else significant(document["per_functional_unit"])
    unit = f"kg CO2e/{document['functional_unit']['unit']}"
    return Figure(value, unit, tr_in(lang, "per functional unit: {name}", name=name))


def cautions(source: Source, lang: str) -> list[Block]:
    """What limits the use of the figures, as one box; nothing when there is nothing."""
    found = list(marks(source, lang))
    if not found:
        return []
    text = tr_in(
        lang,
        "The result was calculated following {title}. It is no statement of conformity while these points are open.",
        title=source.label(source.book["title"], lang),
    )  # fmt: skip
    return [Callout("warning", text, tuple(found))]


def footer(source: Source, lang: str) -> str:
    """Product, rulebook with version and day, digest of the study, and of the dossier where it comes from one."""
    rules = source.footprint["rulebook"]
    digest = short_digest(source.footprint["digests"]["study"])
    said = tr_in(
        lang, "{study} · {book} {version}, rules of {day} · study {digest}",
        study=source.footprint["study"]["id"], book=rules["id"], version=rules["version"], day=rules["on"],
        digest=digest,
    )  # fmt: skip
    frozen = tr_in(lang, "dossier {digest}", digest=short_digest(source.dossier)) if source.dossier else ""
    return f"{said} · {frozen}" if frozen else said


def short_digest(digest: str) -> str:
    """The first twelve digits of a `sha256:` digest."""
    return digest.partition(":")[2][:12]


def chart_of_stages(source: Source, lang: str) -> Picture:
    """The stages of the footprint as one stacked bar."""
    chart = of_footprint.stages([source.footprint], [LocalText(source.book["id"], source.book["id"])])
    caption = tr_in(lang, "Carbon footprint by life-cycle stage [kg CO2e per product]")
    alt = "; ".join(
        f"{source.label(s['name'], lang)} {significant(s['value'])} kg CO2e" for s in source.footprint["stages"]
    )
    return Picture(svg(chart, lang), caption, alt)


def with_unit(value: float | None, unit: str) -> str:
    """The value with its unit, a dash for none."""
    return "—" if value is None else f"{significant(value)} {unit}"


def datum_text(datum: Document | None, lang: str) -> str:
    """A datum of the study as number, unit and kind, or why it is missing."""
    if not datum:
        return "—"
    if datum.get("missing"):
        return tr_in(lang, "missing: {reason}", reason=datum["missing"])
    return f"{datum['number']} {datum['unit']} ({name_of(datum['kind']).pick(lang)})"


def period_text(period: Document, lang: str) -> str:
    """The period in words."""
    return tr_in(lang, "{start} to {end}", start=period["start"], end=period["end"])


def stage_name(id: str) -> LocalText:
    """A life-cycle stage of any rulebook in words."""
    return of_footprint.STAGES.get(of_footprint.canonical_stage(id)) or name_of(id)


def group_name(id: str) -> LocalText:
    """A component group in words."""
    return localised(N_("without component group")) if id in ("", "none") else name_of(id)
