"""Verify a dossier: digests and form, results recomputed, proofs checked, and the footprint calculated anew.

What is decided here is whether the file holds together and who vouches for it. Whether the study is true is for people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from zuji.canonical import digest
from zuji.dossier import codes
from zuji.dossier.container import verifier_digest
from zuji.dossier.read import Dossier, DossierError, Result, finding_of, open_dossier
from zuji.dossier.restore import ShapeError, dataset_of
from zuji.dossier.software import software
from zuji.dossier.standalone import HEAD, VERIFIER, Agreement, Problem, check_evidence, check_results, problem
from zuji.dossier.trust import NOBODY, Trust
from zuji.dossier.verify_proofs import Proofs, check_proofs
from zuji.errors import ZujiError
from zuji.finding import Finding, Place, has_errors, in_order
from zuji.i18n import N_
from zuji.study.check import check_study

SHOWN = 8
"""Ids that a finding names."""
CLOSE = 1e-9
READING = ("ZJ0", "ZJ1", "ZJ2", "ZJ3")
"""Findings of reading files and datasets: they belong to the files, which are not in the dossier."""
NO_PROOFS = Proofs()
SHORT = 19
"""Characters of a digest that tell it apart: `sha256:` and twelve digits."""


@dataclass(frozen=True, slots=True)
class Recalculated:
    """The total of one rulebook as it was frozen and as the installed Zuji calculates it [kg CO2e per product]."""

    rulebook: str
    frozen: float
    here: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found out about a dossier."""

    path: str
    dossier: Dossier | None
    """None where the file could not be looked into."""
    findings: tuple[Finding, ...]
    agreements: tuple[Agreement, ...] = ()
    """The plain engine's exact results against the frozen ones."""
    recalculated: tuple[Recalculated, ...] = ()
    proofs: Proofs = NO_PROOFS

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong; what is not trusted or stays at home is a warning or a note."""
        return not has_errors(self.findings)


def verify(source: Path | bytes, trust: Trust = NOBODY, *, at: datetime, recalculate: bool = True) -> Verification:
    """Everything that can be found out about a dossier from the file alone; certificates are judged as of `at`.

    Raises UnreadableError only where there is no file.
    """
    path = "" if isinstance(source, bytes) else str(source)
    try:
        dossier = open_dossier(source)
    except DossierError as error:
        return Verification(path=path, dossier=None, findings=error.findings)
    problems: list[Problem] = []
    agreements = check_results(dossier.documents, problems)
    check_evidence(dossier.documents, dossier.members, problems)
    findings = [finding_of(problem) for problem in problems]
    findings += _inputs(dossier)
    proofs = check_proofs(dossier, trust, at)
    findings += proofs.findings
    findings += _remarks(dossier)
    recalculated: list[Recalculated] = []
    if recalculate and not has_errors(findings):
        for result in dossier.results:
            recalculated.append(_recalculated(result, findings))
    return Verification(
        path=path,
        dossier=dossier,
        findings=in_order(findings),
        agreements=tuple(agreements),
        recalculated=tuple(recalculated),
        proofs=proofs,
    )


def _inputs(dossier: Dossier) -> Iterator[Finding]:
    """Whether the results were made from the study and the rulebooks in the dossier."""
    study = dossier.documents["study/study.json"]
    found = digest(study)
    try:
        restored = dossier.study
        evidence = {(e.id, e.file, e.sha256) for e in restored.evidence.values()}
        if evidence != {(e["id"], e["file"], e["sha256"]) for e in dossier.evidence}:
            text = N_("does not name the evidence that the study names")
            yield finding_of(Problem("evidence", "evidence/index.json", text))
    except (ShapeError, RecursionError) as error:
        yield finding_of(problem("shape", "study/study.json", "{problem}", problem=str(error)[:200]))
    if dossier.head["study"]["digest"] != found:
        text = N_("states another digest of the study than study/study.json has")
        yield finding_of(Problem("digest", HEAD, text))
    for result in dossier.results:
        stated, book = result.summary["digests"], result.document("rulebook")
        for name, here, place in (
            ("study", found, "study/study.json"),
            ("rulebook", digest(book), f"{result.summary['folder']}/rulebook.json"),
        ):
            if stated[name] != here:
                yield codes.DIGEST_DIFFERS(
                    Place(place),
                    document=name,
                    found=here[:SHORT],
                    stated=stated[name][:SHORT],
                    rulebook=result.rulebook,
                )
        footprint, summary = result.footprint, result.summary
        same = footprint["digests"] == stated and footprint["rulebook"]["id"] == result.rulebook
        if not same or footprint["rulebook"]["version"] != summary["version"]:
            text = N_("says something else of {rulebook} than its footprint")
            yield finding_of(problem("result", HEAD, text, rulebook=result.rulebook))
    yield from _datasets(dossier)


def _datasets(dossier: Dossier) -> Iterator[Finding]:
    for document in dossier.datasets:
        try:
            for result in dossier.results[:1]:
                dataset_of(document, result.rulebook)
        except (ShapeError, ValueError, KeyError, TypeError, AttributeError) as error:
            yield finding_of(
                problem("shape", "background/datasets.json", "{problem}", problem=f"{document['id']}: {error}"[:200])
            )


def _remarks(dossier: Dossier) -> Iterator[Finding]:
    home = [entry["id"] for entry in dossier.evidence if "member" not in entry]
    if home:
        yield codes.EVIDENCE_AT_HOME(Place("evidence/index.json"), count=len(home), ids=_listed(home))
    kept_back = [str(document["id"]) for document in dossier.datasets if "withheld" in document]
    if kept_back:
        place = Place("background/datasets.json")
        yield codes.DATASETS_WITHHELD(place, count=len(kept_back), ids=_listed(kept_back))
    made, here = dossier.head["software"], software()
    if made["code"] != here["code"]:
        yield codes.OTHER_SOFTWARE(
            Place(HEAD), made=made["version"], code_made=made["code"][:SHORT], here=here["version"],
            code_here=here["code"][:SHORT],
        )  # fmt: skip
    if VERIFIER not in dossier.members:
        yield finding_of(Problem("missing", VERIFIER, N_("is not in the dossier")))
    elif dossier.members[VERIFIER].sha256 != verifier_digest():
        yield codes.OTHER_VERIFIER(Place(VERIFIER))


def _listed(ids: Iterable[str]) -> str:
    names = list(ids)
    return ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")


def _recalculated(result: Result, findings: list[Finding]) -> Recalculated:
    frozen = float(result.summary["total"])
    place = Place(f"{result.summary['folder']}/footprint.json")
    version = result.dossier.head["software"]["version"]
    try:
        footprint = result.restored
    # Frozen documents of another version may lack anything that this version takes for granted.
    except (ZujiError, ShapeError, ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
        problem = f"{type(error).__name__}: {error}"[:200]
        findings.append(codes.NOT_RECALCULATED(place, rulebook=result.rulebook, problem=problem, version=version))
        return Recalculated(result.rulebook, frozen, None)
    scale = max((abs(line.value) for line in footprint.lines), default=abs(frozen)) or 1.0
    if abs(footprint.total - frozen) > CLOSE * scale:
        findings.append(
            codes.RECALCULATED_OTHERWISE(
                place, version=software()["version"], rulebook=result.rulebook, value=f"{footprint.total:.6g}",
                frozen=f"{frozen:.6g}",
            )
        )  # fmt: skip
    here = [f.as_dict() for f in in_order((*footprint.findings, *check_study(footprint.system.study)))]
    more, less = _differing(result, here)
    if more or less:
        findings.append(
            codes.CHECKS_DIFFER(
                place, rulebook=result.rulebook, more=sum(more.values()), codes_more=_listed(sorted(more)) or "-",
                less=sum(less.values()), codes_less=_listed(sorted(less)) or "-",
            )
        )  # fmt: skip
    return Recalculated(result.rulebook, frozen, footprint.total)


def _differing(result: Result, here: list[dict[str, Any]]) -> tuple[Counter[str], Counter[str]]:
    # Places are not frozen with the study, so findings that differ in nothing else count once. Where datasets were
    # kept back, a finding may name fewer of them: then the codes are compared, not the words.
    whole = not any("withheld" in document for document in result.dossier.datasets)

    def told(found: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
        kept = (f for f in found if not f["code"].startswith(READING))
        return {(f["code"], str(sorted(f["params"].items())) if whole else "") for f in kept}

    frozen, again = told(result.footprint["findings"]), told(here)
    return Counter(code for code, _ in again - frozen), Counter(code for code, _ in frozen - again)
