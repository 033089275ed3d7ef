"""The manifest of a dossier, an RO-Crate 1.2 document with every member and its SHA-256; and the seal of proofs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from zuji.canonical import canonical_bytes
from zuji.dossier.standalone import MANIFEST, PROOF, SEAL, SEAL_FORMAT

CONTEXT = ["https://w3id.org/ro/crate/1.2/context", {"sha256": "https://schema.org/sha256"}]
PROFILE = "https://w3id.org/ro/crate/1.2"
TYPES = {
    "json": "application/json",
    "md": "text/markdown",
    "py": "text/x-python",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "png": "image/png",
    "jpg": "image/jpeg",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def manifest(files: Mapping[str, bytes], *, name: str, description: str, day: str, licence: str) -> bytes:
    """The canonical RO-Crate document that describes `files`, in the order of their names."""
    described = [_file(path, files[path]) for path in sorted(files)]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": name,
        "description": description,
        "datePublished": day,
        "license": licence,
        "hasPart": [{"@id": entity["@id"]} for entity in described],
    }
    head = {
        "@id": MANIFEST,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": PROFILE},
    }
    return canonical_bytes({"@context": CONTEXT, "@graph": [head, root, *described]})


def _file(path: str, data: bytes) -> dict[str, Any]:
    return {
        "@id": path,
        "@type": "File",
        "name": path.rpartition("/")[2],
        "contentSize": str(len(data)),
        "encodingFormat": TYPES.get(path.rpartition(".")[2].lower(), "application/octet-stream"),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def seal(manifest_digest: str, proofs: Sequence[tuple[str, str]]) -> bytes:
    """The canonical seal: the digest of the manifest, and path and SHA-256 of each proof in the order of adding."""
    listed = [{"path": path, "sha256": sha256} for path, sha256 in proofs]
    return canonical_bytes({"format": SEAL_FORMAT, "manifest": manifest_digest, "proofs": listed})


def digest_of(data: bytes) -> str:
    """`sha256:` and the hexadecimal SHA-256 of bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def seal_digest(manifest_digest: str, proofs: Sequence[tuple[str, str]]) -> str:
    """The digest of the seal as it stood with these proofs: what the next proof refers to."""
    return digest_of(seal(manifest_digest, proofs))


def with_proof(
    files: Mapping[str, bytes], sealed: Sequence[tuple[str, str]], path: str, data: bytes
) -> dict[str, bytes]:
    """The files of a dossier with one more proof under its seal."""
    assert path.startswith(PROOF)
    added = [*sealed, (path, hashlib.sha256(data).hexdigest())]
    return {**files, path: data, SEAL: seal(digest_of(files[MANIFEST]), added)}
