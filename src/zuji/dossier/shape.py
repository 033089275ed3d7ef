"""What the documents of a dossier have to hold, as patterns that are compared with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zuji.dossier.standalone import FORMAT, HEAD, Problem, problem
from zuji.i18n import N_

NUMBER = (int, float)
TEXTS = {"zh?": str, "en?": str}
DIGESTS = {"study": str, "background": str, "rulebook": str}

# A pattern is a type, a tuple of types, a literal text, a list with the pattern of every member, or a mapping of keys
# ("key?" may be missing; "*" stands for every other key).
HEAD_PATTERN: Any = {
    "format": FORMAT,
    "study": {"id": str, "name": TEXTS, "digest": str},
    "product": {"id": str, "*": object},
    "frozen_on": str,
    "results": [
        {
            "folder": str, "rulebook": str, "title": TEXTS, "version": str, "status": str, "on": str, "total": NUMBER,
            "unit": "kgCO2e per product", "per_functional_unit": (*NUMBER, type(None)),
            "functional_unit": {"name": TEXTS, "unit": str, "clause": str}, "digests": DIGESTS,
        }
    ],
    "withheld": {"datasets": [str], "evidence": [str]},
    "software": {"name": str, "version": str, "code": str, "dependencies": {"*": str}, "lock": str},
    "licence": str,
    "predecessor?": str,
}  # fmt: skip
EVIDENCE_PATTERN: Any = [{"id": str, "file": str, "sha256": str, "title": TEXTS, "member?": str}]
DATASETS_PATTERN: Any = [{"id": str, "scope": str, "category": str, "unit": str, "*": object}]
PART: Any = {"id": str, "name": TEXTS, "value": NUMBER, "*": object}
FOOTPRINT_PATTERN: Any = {
    "format": "zuji-footprint/1",
    "total": NUMBER,
    "per_functional_unit": (*NUMBER, type(None)),
    "digests": DIGESTS,
    "functional_unit": {"name": TEXTS, "unit": str, "*": object},
    "rulebook": {"id": str, "version": str, "*": object},
    "stages": [PART],
    "origins": [PART],
    "lines": [
        {
            "activity": str,
            "line": str,
            "stage": str,
            "value": NUMBER,
            "by_origin?": {"*": NUMBER},
            "apart?": {"*": NUMBER},
            "*": object,
        }
    ],
    "parameters": [{"*": object}],
    "findings": [{"code": str, "severity": str, "what": TEXTS, "params": {"*": str}, "*": object}],
    "*": object,
}
EXPLAIN_PATTERN: Any = {"*": {"*": object}}
RECORD_PATTERN: Any = {
    "demand": {"*": object},
    "activities": {"*": {"output": object, "inputs?": [list], "emissions?": [list]}},
    "background": {"*": {"output": object, "inputs?": [list], "emissions?": [list]}},
    "flows": {"*": {"factor": (*NUMBER, str, type(None)), "category": str}},
}
PLAIN_PATTERN: Any = {"total": str, "by_category": {"*": str}, "scaling": {"*": str}, "lines": [list], "*": object}
BOOK_PATTERN: Any = {"book": {"*": object}, "parameters": {"*": {"*": object}}, "rules": {"*": object}, "*": object}


def problems_of(documents: Mapping[str, Any]) -> Iterator[Problem]:
    """What is missing or of another shape, one problem for each document."""
    wanted: dict[str, Any] = {
        HEAD: HEAD_PATTERN,
        "study/study.json": {"*": object},
        "background/datasets.json": DATASETS_PATTERN,
        "evidence/index.json": EVIDENCE_PATTERN,
    }
    head = documents.get(HEAD)
    if mismatch(HEAD_PATTERN, head) is None and head is not None:
        for result in head["results"]:
            folder = result["folder"]
            wanted |= {
                f"{folder}/footprint.json": FOOTPRINT_PATTERN,
                f"{folder}/record.json": RECORD_PATTERN,
                f"{folder}/plain.json": PLAIN_PATTERN,
                f"{folder}/rulebook.json": BOOK_PATTERN,
                f"{folder}/explain.json": EXPLAIN_PATTERN,
            }
    for name, pattern in wanted.items():
        if name not in documents:
            yield Problem("missing", name, N_("is not in the dossier"))
        elif (wrong := mismatch(pattern, documents[name])) is not None:
            yield problem("shape", name, N_("{wrong} is not as the format demands"), wrong=wrong)


def mismatch(pattern: Any, value: Any, path: str = "$") -> str | None:
    """The first key path at which `value` does not have the shape of `pattern`, None when it fits."""
    if isinstance(pattern, (type, tuple)):
        fits = isinstance(value, pattern) and not (isinstance(value, bool) and pattern in (int, NUMBER))
        return None if fits else path
    if isinstance(pattern, str):
        return None if value == pattern else path
    if isinstance(pattern, list):
        if not isinstance(value, list):
            return path
        return next((p for i, v in enumerate(value) if (p := mismatch(pattern[0], v, f"{path}[{i}]"))), None)
    if not isinstance(value, dict):
        return path
    named = {key.rstrip("?"): inner for key, inner in pattern.items() if key != "*"}
    lacking = [key for key in pattern if key != "*" and not key.endswith("?") and key not in value]
    if lacking:
        return f"{path}.{lacking[0]}"
    for key, inner in value.items():
        if key not in named and "*" not in pattern:
            return f"{path}.{key}"
        wrong = mismatch(named.get(key, pattern.get("*")), inner, f"{path}.{key}")
        if wrong is not None:
            return wrong
    return None
