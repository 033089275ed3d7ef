"""Freeze footprints of one study into a dossier: all that they rest on, in one file with the same bytes each time."""

from __future__ import annotations

import contextvars
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from zuji.background.model import CO2E, Dataset
from zuji.canonical import canonical_bytes, digest, plain
from zuji.dossier import codes
from zuji.dossier.bilingual import bilingual
from zuji.dossier.container import packed, verifier_source
from zuji.dossier.manifest import digest_of, manifest, seal
from zuji.dossier.readme import readme
from zuji.dossier.software import software
from zuji.dossier.standalone import FORMAT, HEAD, MANIFEST, SEAL, VERIFIER, reperformed
from zuji.dossier.used import frozen_record, used_datasets, withheld
from zuji.errors import ZujiError
from zuji.finding import Finding, Place
from zuji.footprint.explain import addresses, as_dict, explain
from zuji.footprint.model import Footprint
from zuji.i18n import set_language, tr
from zuji.study.model import Evidence, Study
from zuji.study.read_evidence import sha256_of

CONFIDENTIAL = (
    "All rights reserved by the maker of the product unless it states otherwise 除产品制造商另有说明外，保留所有权利"
)


class FreezeError(ZujiError):
    """The study cannot be frozen as asked; `findings` say why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(finding.what() for finding in findings))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the author decides when freezing."""

    keep_home: frozenset[str] = frozenset()
    """Evidence by id that is named by its SHA-256 only."""
    no_evidence: bool = False
    """Whether all evidence stays at home."""
    disclose: frozenset[str] = frozenset()
    """Datasets by id whose owner agrees to pass them on, whatever their licence says."""
    licence: str = CONFIDENTIAL
    predecessor: str = ""
    """Digest of the manifest of the version before this one."""


def freeze(footprints: Sequence[Footprint], choices: Choices | None = None) -> bytes:
    """The dossier of `footprints`, which are of one study on one day, as the bytes of a `.zuji` file.

    Same footprints, choices and software give the same bytes. Raises FreezeError for evidence that is not there, and
    ZujiError for footprints that do not belong together or are not usable.
    """
    wanted = choices or Choices()
    study = _checked(footprints)
    datasets = used_datasets(footprints)
    kept_back = withheld(datasets, wanted.disclose)
    files: dict[str, bytes] = {"study/study.json": canonical_bytes(study.document)}
    scores: dict[str, dict[str, Mapping[str, str]]] = {}
    results: list[dict[str, Any]] = []
    for footprint in footprints:
        frozen = frozen_record(footprint, kept_back)
        for id, values in frozen.scores.items():
            scores.setdefault(id, {})[footprint.system.book.id] = values
        folder = f"results/{_slug(footprint.system.book.id)}"
        files |= _result(folder, footprint, frozen.record)
        results.append(_summary(folder, footprint))
    files["background/datasets.json"] = canonical_bytes(
        [_dataset(dataset, id in kept_back, scores.get(id, {})) for id, dataset in datasets.items()]
    )
    evidence, home = _evidence(study, wanted)
    files |= evidence
    files[HEAD] = canonical_bytes(_head(footprints, results, sorted(kept_back), home, wanted))
    files[VERIFIER] = verifier_source()
    files["README.md"] = readme(footprints)
    day = footprints[0].system.day.isoformat()
    name = study.product.name.en or study.product.name.zh or study.product.id
    files[MANIFEST] = manifest(
        files, name=f"Carbon footprint of {name} 碳足迹档案", day=day, licence=wanted.licence,
        description=f"Frozen study {study.id} with its results under {', '.join(r['rulebook'] for r in results)}",
    )  # fmt: skip
    files[SEAL] = seal(digest_of(files[MANIFEST]), ())
    return packed(files)


def _checked(footprints: Sequence[Footprint]) -> Study:
    if not footprints:
        raise ZujiError(tr("name at least one rulebook to freeze"))
    first = footprints[0].system
    ids = [footprint.system.book.id for footprint in footprints]
    same = all(f.system.study.digest == first.study.digest and f.system.day == first.day for f in footprints)
    if not same or len({_slug(id) for id in ids}) != len(ids):
        raise ZujiError(tr("one dossier holds one study on one day, each rulebook once"))
    for footprint in footprints:
        if not footprint.usable:
            raise ZujiError(
                tr("the footprint under {book} has errors and cannot be frozen", book=footprint.system.book.id)
            )
    return first.study


def _slug(id: str) -> str:
    shown = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in id).strip(".-")
    return (shown or "book")[:80]


def _result(folder: str, footprint: Footprint, record: Mapping[str, Any]) -> dict[str, bytes]:
    raw = canonical_bytes(record)
    files = {
        f"{folder}/footprint.json": footprint.json,
        f"{folder}/record.json": raw,
        # Solved from the bytes that are frozen, not from what they were written from.
        f"{folder}/plain.json": canonical_bytes(reperformed(json.loads(raw))),
        f"{folder}/rulebook.json": canonical_bytes(footprint.system.book.document),
    }
    zh, en = (contextvars.copy_context().run(_explained, footprint, lang) for lang in ("zh", "en"))
    files[f"{folder}/explain.json"] = canonical_bytes(bilingual(zh, en))
    return files


def _explained(footprint: Footprint, lang: str) -> dict[str, Any]:
    set_language(lang)
    trees: dict[str, Any] = {}
    for address in addresses(footprint):
        trees[address] = as_dict(explain(footprint, address, shallow=True))
    return trees


def _summary(folder: str, footprint: Footprint) -> dict[str, Any]:
    system = footprint.system
    unit = system.functional_unit
    return {
        "folder": folder,
        "rulebook": system.book.id,
        "title": plain(system.book.title),
        "version": system.version.id,
        "status": system.version.status,
        "on": system.day.isoformat(),
        "total": footprint.total,
        "unit": "kgCO2e per product",
        "per_functional_unit": footprint.per_functional_unit,
        "functional_unit": {"name": plain(unit.name), "unit": unit.unit, "clause": unit.clause},
        "digests": dict(footprint.digests),
    }


def _dataset(dataset: Dataset, kept_back: bool, scores: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    document = dataset.as_dict()
    if not kept_back:
        return document
    shown = ("id", "name", "scope", "category", "unit", "geography", "year", "boundary", "source", "missing", "proxy")
    return {
        **{key: document[key] for key in shown if key in document},
        "withheld": f"licence: {dataset.source.licence or dataset.source.redistribute}",
        "gwp_sets": sorted({one.gwp_set for one in dataset.interventions if one.gas == CO2E}),
        "digest": digest(document),
        "scores": {book: dict(values) for book, values in scores.items()},
    }


def _evidence(study: Study, choices: Choices) -> tuple[dict[str, bytes], list[str]]:
    unknown = sorted(choices.keep_home - study.evidence.keys())
    if unknown:
        known = ", ".join(study.evidence) or "-"
        raise ZujiError(tr("the study has no evidence {id}; it has: {known}", id=unknown[0], known=known))
    files: dict[str, bytes] = {}
    index: list[dict[str, Any]] = []
    findings: list[Finding] = []
    home: list[str] = []
    for id, evidence in sorted(study.evidence.items()):
        entry = {"id": id, "file": evidence.file, "sha256": evidence.sha256, "title": plain(evidence.title)}
        if choices.no_evidence or id in choices.keep_home or not study.folder:
            home.append(id)
        else:
            data = _contents(study, evidence)
            if isinstance(data, Finding):
                findings.append(data)
                continue
            suffix = "".join(c for c in Path(evidence.file).suffix.lower() if c.isascii() and (c.isalnum() or c == "."))
            entry["member"] = f"evidence/files/{evidence.sha256}{suffix[:12]}"
            files[entry["member"]] = data
        index.append(entry)
    if findings:
        raise FreezeError(findings)
    files["evidence/index.json"] = canonical_bytes(index)
    return files, home


def _contents(study: Study, evidence: Evidence) -> bytes | Finding:
    path = Path(study.folder) / evidence.file
    place = evidence.place if str(evidence.place) else Place("evidence/index.csv")

    def unusable(problem: str) -> Finding:
        return codes.EVIDENCE_UNUSABLE(place, id=evidence.id, file=evidence.file, problem=problem)

    if not path.resolve().is_relative_to(Path(study.folder).resolve()):
        return unusable(tr("lies outside the study"))
    found = sha256_of(path)
    if found is None:
        return unusable(tr("is not there"))
    if found != evidence.sha256:
        return unusable(tr("is another file than the index says"))
    return path.read_bytes()


def _head(
    footprints: Sequence[Footprint],
    results: Sequence[Mapping[str, Any]],
    kept_back: Iterable[str],
    home: Sequence[str],
    choices: Choices,
) -> dict[str, Any]:
    study = footprints[0].system.study
    day: date = footprints[0].system.day
    head: dict[str, Any] = {
        "format": FORMAT,
        "study": {"id": study.id, "name": plain(study.name), "digest": study.digest},
        "product": plain(study.product),
        "frozen_on": day.isoformat(),
        "results": list(results),
        "withheld": {"datasets": list(kept_back), "evidence": list(home)},
        "software": software(),
        "licence": choices.licence,
    }
    if choices.predecessor:
        head["predecessor"] = choices.predecessor
    return head
