"""An import from file to store: recognise, read, link, check, summarise; only `commit` changes anything on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from zuji.background.importers import codes
from zuji.background.importers.assemble import assemble
from zuji.background.importers.columns import Chunk, merged
from zuji.background.importers.files import Source, open_source
from zuji.background.importers.formats import FORMATS, format_of
from zuji.background.importers.options import Options
from zuji.background.importers.parsing import parse_all
from zuji.background.importers.progress import Meter, Report
from zuji.background.importers.summary import Summary, listed
from zuji.background.store.library import Library
from zuji.background.store.write import Content
from zuji.errors import UnreadableError, ZujiError
from zuji.finding import Finding, Place

NEVER_ACCEPTED = ("ZJ802", "ZJ803", "ZJ805", "ZJ806", "ZJ830", "ZJ831")
"""Signs of an archive that was made to do harm, or of no database at all: no option lets these through."""


class RefusedError(ZujiError):
    """The import has errors, so nothing was stored; the findings are in the summary."""


@dataclass(frozen=True)
class Imported:
    """A database that was read and linked, ready to be stored; `content` is None when nothing could be read."""

    path: Path
    summary: Summary
    content: Content | None

    def refused_by(self, accept_gaps: bool) -> tuple[Finding, ...]:
        """The findings that forbid storing it."""
        errors = tuple(f for f in self.summary.findings if f.severity == "error")
        if not accept_gaps:
            return errors
        return tuple(f for f in errors if f.code in NEVER_ACCEPTED)

    def commit(
        self, library: Library, name: str, *, accept_gaps: bool = False, check: Callable[[], None] | None = None
    ) -> str:
        """Store it under `name`, all or nothing; the digest. Raises RefusedError while there are errors.

        With `accept_gaps`, datasets that cannot be used are stored as gaps, which show in every result that meets them.
        """
        if self.content is None or self.refused_by(accept_gaps):
            raise RefusedError("the import has errors; nothing was stored")
        today = date.today().isoformat()
        return library.commit(self.content, name, file=self.path.name, imported=today, check=check)


def import_database(path: Path, options: Options, report: Report | None = None) -> Imported:
    """Read the database at `path` (a zip, a folder or one file); nothing is stored yet.

    Problems of the data are findings of the summary. Raises UnreadableError when `path` cannot be opened at all and
    CancelledError when `report` returns False.
    """
    source = open_source(path)
    try:
        name = options.format or _recognised(source)
        if not name:
            found = ", ".join(source.members[:3]) or "–"
            known = ", ".join(format_of(one).TITLE for one in FORMATS)
            return _nothing(path, "", source, codes.UNKNOWN_FORMAT(Place(path.name), found=found, known=known))
        return _read(source, name, options, report)
    finally:
        source.close()


def _recognised(source: Source) -> str:
    for name in FORMATS:
        try:
            if format_of(name).recognises(source):
                return name
        except UnreadableError:
            continue
    return ""


def _nothing(path: Path, title: str, source: Source, *findings: Finding) -> Imported:
    said = listed([*source.findings, *findings])
    return Imported(path, Summary(format=title, files=len(source.members), findings=said), None)


def _read(source: Source, name: str, options: Options, report: Report | None) -> Imported:
    form = format_of(name)
    parts = form.parts(source)
    first = form.prepared(source) if hasattr(form, "prepared") else 0
    meter = Meter(report, first + sum(weight for weight, _ in parts))
    source.watch = meter.watch
    shared = form.prepare(source, options)
    whole: Chunk = merged(parse_all(source, name, parts, shared, options, meter))
    whole.findings[:0] = [*source.findings, *getattr(shared, "findings", ())]
    whole.parameters[:0] = [(-1, parameter) for parameter in getattr(shared, "parameters", ())]
    if not whole.heads and not whole.methods:
        return _nothing(source.path, form.TITLE, source, *whole.findings[len(source.findings) :],
                        codes.NO_DATASETS(Place(source.path.name)))  # fmt: skip
    meter.tell("link")
    content, summary = assemble(whole, options, form.TITLE, len(source.members))
    return Imported(source.path, summary, content)
