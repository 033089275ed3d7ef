"""What a report says, block by block, free of layout: the same blocks become PDF pages and HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered heading; level 1 for a chapter."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; `small` for remarks."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short texts."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Labels and what they stand for, in two columns."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; columns from `figures_from` on hold figures and are aligned right, `widths` are relative."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures_from: int = 1
    widths: tuple[float, ...] = ()
    total: bool = False
    """Whether the last row is a total."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as SVG with its caption and a text for those who cannot see it."""

    svg: str
    caption: str
    alt: str
    width: float = 1.0
    """Share of the text width."""


@dataclass(frozen=True, slots=True)
class Callout:
    """A boxed remark: `warning` for what limits the use of the report, `fact` for the main figure."""

    kind: str
    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """The main figure of a page: value, unit and what it says."""

    value: str
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""


Block = Heading | Paragraph | Bullets | Pairs | Grid | Picture | Callout | Figure | PageBreak


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report in one language. `marks` stand on every page: draft, unverified, incomplete."""

    lang: str
    title: str
    subtitle: str
    marks: tuple[str, ...] = ()
    footer: str = ""
    contents: bool = False
    """Whether a table of contents follows the title."""
    numbered: bool = True
    """Whether headings are numbered."""
    blocks: tuple[Block, ...] = field(default=())


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain JSON data; every block names its kind."""
    head = {f.name: getattr(report, f.name) for f in fields(report) if f.name != "blocks"}
    return {**head, "marks": list(report.marks), "blocks": [_block(block) for block in report.blocks]}


def _block(block: Block) -> dict[str, Any]:
    return {"kind": type(block).__name__, **{_renamed(f.name): getattr(block, f.name) for f in fields(block)}}


def _renamed(name: str) -> str:
    return "style" if name == "kind" else name


def texts(report: Report) -> Iterator[str]:
    """Every text of the report that is drawn with its font."""
    yield from (report.title, report.subtitle, report.footer, *report.marks)
    for block in report.blocks:
        for f in fields(block):
            if f.name != "svg":
                yield from _strings(getattr(block, f.name))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _strings(item)
