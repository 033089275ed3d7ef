"""Open a dossier to read it: documents, results, trees, evidence, and footprints restored for further work.

    dossier = open_dossier(Path("x.zuji"))
    dossier.results[0].footprint["total"]
    dossier.results[0].explain("zh")["total"]

Opening checks the container, every digest and the canonical form; `zuji.dossier.verify` checks the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from zuji.background.model import Background
from zuji.datum import LocalText
from zuji.dossier import codes, standalone
from zuji.dossier.bilingual import in_language
from zuji.dossier.manifest import seal_digest
from zuji.dossier.restore import ShapeError, book_of, dataset_of, study_of
from zuji.dossier.standalone import HEAD, MANIFEST, SEAL, Member, Problem, Refused
from zuji.errors import UnreadableError, ZujiError
from zuji.finding import Code, Finding, Place
from zuji.footprint.model import Footprint
from zuji.i18n import N_, tr, tr_in
from zuji.study.model import Study

KINDS: Mapping[str, Code] = {
    "container": codes.NOT_A_DOSSIER,
    "name": codes.NOT_A_DOSSIER,
    "digest": codes.MEMBER_CHANGED,
    "missing": codes.MEMBER_MISSING,
    "unlisted": codes.MEMBER_UNLISTED,
    "json": codes.NOT_CANONICAL,
    "shape": codes.WRONG_SHAPE,
    "limit": codes.TOO_LARGE,
    "result": codes.RESULT_DIFFERS,
    "evidence": codes.EVIDENCE_DIFFERS,
}


class DossierError(UnreadableError):
    """A file is no dossier, or one that was changed; `findings` name what and where."""

    def __init__(self, path: str, findings: Sequence[Finding]) -> None:
        shown = "; ".join(f"{finding.place} {finding.what()}".strip() for finding in findings[:3])
        super().__init__(f"{path}: {shown}")
        self.findings = tuple(findings)


def finding_of(problem: Problem) -> Finding:
    """A problem of the stand-alone verifier as a finding whose place is the member."""
    values = dict(problem.values)
    said = LocalText(tr_in("zh", problem.message, **values), tr_in("en", problem.message, **values))
    return KINDS[problem.kind](Place(problem.member), problem=said)


@dataclass(frozen=True)
class Result:
    """One rulebook's result in a dossier; documents are JSON values as `docs/dossier.md` describes them."""

    dossier: Dossier
    summary: Mapping[str, Any]
    """What dossier.json says of it: rulebook, version, on, total, per_functional_unit, digests, folder."""

    @property
    def rulebook(self) -> str:
        """Id of the rulebook."""
        return str(self.summary["rulebook"])

    def document(self, name: str) -> Any:
        """One document of the result's folder: footprint, record, plain, rulebook or explain."""
        return self.dossier.documents[f"{self.summary['folder']}/{name}.json"]

    @property
    def footprint(self) -> Mapping[str, Any]:
        """The frozen footprint: total, stages, lines, electricity, findings, parameters [kg CO2e per product]."""
        found: Mapping[str, Any] = self.document("footprint")
        return found

    def explain(self, lang: str) -> Mapping[str, Any]:
        """Address → tree (label, value, unit, formula, notes, children) in `zh` or `en`."""
        found: Mapping[str, Any] = in_language(self.document("explain"), lang)
        return found

    @cached_property
    def restored(self) -> Footprint:
        """The footprint calculated anew by the installed Zuji from the frozen study, datasets and rulebook.

        Raises ZujiError or ShapeError where the installed version cannot.
        """
        from datetime import date

        from zuji.footprint.calculate import calculate
        from zuji.footprint.lint import linted

        id = self.rulebook
        datasets = [dataset_of(document, id) for document in self.dossier.datasets]
        book = book_of(self.document("rulebook"), id)
        day = date.fromisoformat(str(self.summary["on"]))
        return linted(calculate(self.dossier.study, book, on=day, background=Background.of("dossier", datasets)))


@dataclass(frozen=True)
class Dossier:
    """A dossier whose digests hold. Nothing here depends on the file once it is open, but `read` and `files`."""

    path: str
    source: Path | bytes
    members: Mapping[str, Member]
    documents: Mapping[str, Any]
    """Every JSON document by member name, but those among the evidence files."""

    @property
    def digest(self) -> str:
        """`sha256:` and the SHA-256 of the manifest: the identity of the frozen content, whatever proofs are added."""
        return f"sha256:{self.members[MANIFEST].sha256}"

    @property
    def head(self) -> Mapping[str, Any]:
        """dossier.json"""
        found: Mapping[str, Any] = self.documents[HEAD]
        return found

    @property
    def predecessor(self) -> str:
        """Digest of the version before this one, '' for a first one."""
        return str(self.head.get("predecessor", ""))

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """The results in the order in which they were frozen."""
        return tuple(Result(self, summary) for summary in self.head["results"])

    def result(self, rulebook: str) -> Result:
        """The result under one rulebook; raises ZujiError naming those that are there."""
        found = next((result for result in self.results if result.rulebook == rulebook), None)
        if found is None:
            known = ", ".join(result.rulebook for result in self.results)
            raise ZujiError(tr("the dossier has no result under {book}; it has: {known}", book=rulebook, known=known))
        return found

    @cached_property
    def study(self) -> Study:
        """The study restored from its document, without places; raises ShapeError for a document of another shape."""
        return study_of(self.documents["study/study.json"])

    @property
    def datasets(self) -> Sequence[Mapping[str, Any]]:
        """The frozen datasets; one that was kept back has `withheld`, `digest` and `scores` by rulebook."""
        found: Sequence[Mapping[str, Any]] = self.documents["background/datasets.json"]
        return found

    @property
    def evidence(self) -> Sequence[Mapping[str, Any]]:
        """The index of evidence: id, file, sha256, title, and `member` for a file that is in the dossier."""
        found: Sequence[Mapping[str, Any]] = self.documents["evidence/index.json"]
        return found

    @cached_property
    def proofs(self) -> tuple[tuple[str, str], ...]:
        """Path and SHA-256 of every proof in the order in which they were added."""
        return tuple(standalone.sealed_of(self.documents[SEAL]))

    def seal_before(self, count: int) -> str:
        """The digest of the seal when it held the first `count` proofs."""
        return seal_digest(self.digest, self.proofs[:count])

    def read(self, name: str) -> bytes:
        """The bytes of a member, held against its SHA-256 once more; raises DossierError when the file has changed."""
        member = self.members[name]
        with self._stream() as stream:
            stream.seek(member.start)
            data = stream.read(member.size)
        if hashlib.sha256(data).hexdigest() != member.sha256:
            changed = finding_of(Problem("digest", name, N_("its SHA-256 is not the one in the manifest")))
            raise DossierError(self.path, [changed])
        return data

    def files(self) -> dict[str, bytes]:
        """All members in memory, to write the dossier again with one more proof."""
        return {name: self.read(name) for name in self.members}

    def _stream(self) -> BinaryIO:
        return BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")


def open_dossier(source: Path | bytes) -> Dossier:
    """The dossier in a file, or in memory; raises DossierError (an UnreadableError) naming what is wrong with it."""
    path = "" if isinstance(source, bytes) else str(source)
    try:
        with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream:
            found = standalone.read_dossier(stream)
    except Refused as refused:
        raise DossierError(path, [finding_of(refused.problem)]) from None
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or error}") from error
    if found.problems:
        raise DossierError(path, [finding_of(problem) for problem in found.problems])
    dossier = Dossier(path, source, found.members, found.documents)
    check_shape(dossier)
    return dossier


def check_shape(dossier: Dossier) -> None:
    """Raise DossierError where a document that every reader relies on is missing or of another shape."""
    from zuji.dossier.shape import problems_of

    problems = list(problems_of(dossier.documents))
    if problems:
        raise DossierError(dossier.path, [finding_of(problem) for problem in problems])


__all__ = ["Dossier", "DossierError", "Result", "ShapeError", "finding_of", "open_dossier"]
