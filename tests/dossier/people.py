"""People with keys and certificates, a time-stamping authority, and dossiers put together again after a change."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from zuji.canonical import canonical_bytes
from zuji.dossier import der, stamp
from zuji.dossier.container import packed
from zuji.dossier.keys import Card
from zuji.dossier.manifest import digest_of, seal
from zuji.dossier.read import Dossier, open_dossier
from zuji.dossier.standalone import MANIFEST, SEAL
from zuji.dossier.trust import Trust


@dataclass(frozen=True)
class Person:
    key: Ed25519PrivateKey
    card: Card

    @classmethod
    def of(cls, name: str, organisation: str, role: str) -> Person:
        key = Ed25519PrivateKey.generate()
        x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
        jwk = {"crv": "Ed25519", "kty": "OKP", "x": x}
        return cls(key, Card(name, organisation, role, "2026-01-01T00:00:00+00:00", jwk))


def trusting(*people: Person, **more: Any) -> Trust:
    return Trust(cards={p.card.thumbprint: p.card for p in people}, **more)


def rebuilt(dossier: Dossier | bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The dossier as somebody leaves it who changes members and then mends container, manifest and seal."""
    opened = open_dossier(dossier) if isinstance(dossier, bytes) else dossier
    files = opened.files()
    change(files)
    document = json.loads(files[MANIFEST])
    head, root = document["@graph"][:2]
    known = {entity["@id"]: entity for entity in document["@graph"][2:]}
    inside = sorted(name for name in files if name != MANIFEST and not name.startswith("proof/"))
    described = []
    for name in inside:
        entity = known.get(name, {"@type": "File", "encodingFormat": "application/octet-stream", "name": name})
        data = files[name]
        described.append({**entity, "@id": name, "contentSize": str(len(data)), "sha256": _sha(data)})
    root["hasPart"] = [{"@id": name} for name in inside]
    files[MANIFEST] = canonical_bytes({**document, "@graph": [head, root, *described]})
    proofs = [(path, _sha(files[path])) for path, _ in opened.proofs if path in files]
    files[SEAL] = seal(digest_of(files[MANIFEST]), proofs)
    return packed(files)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def edited(files: dict[str, bytes], name: str, edit: Callable[[Any], None]) -> None:
    """Change one JSON document in place."""
    document = json.loads(files[name])
    edit(document)
    files[name] = canonical_bytes(document)


def certificate(
    key: Any,
    subject: str,
    *,
    issuer: tuple[x509.Certificate, Any] | None = None,
    start: datetime,
    days: int = 365,
    ca: bool = False,
    stamping: bool = False,
) -> x509.Certificate:
    """A certificate for the public half of `key`, by `issuer` or by itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    signer = issuer[1] if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer[0].subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
    )
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if stamping:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(signer, None if isinstance(signer, Ed25519PrivateKey) else hashes.SHA256())


@dataclass
class Authority:
    """A time-stamping authority with its own root, built by hand from DER (RFC 3161, RFC 5652)."""

    now: datetime
    stamping: bool = True
    status: int = 0
    spoil: str = ""

    def __post_init__(self) -> None:
        start = self.now - timedelta(days=10)
        self.root_key, self.key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = certificate(self.root_key, "Test root", start=start, ca=True)
        issuer = (self.root, self.root_key)
        self.certificate = certificate(self.key, "Test TSA", issuer=issuer, start=start, stamping=self.stamping)

    def answer(self, request: bytes) -> bytes:
        status = der.sequence(der.integer(self.status))
        if self.status > 1:
            return der.sequence(status)
        asked = der.parse(request).children
        digest, nonce = asked[1].children[1].content, asked[2].number
        return der.sequence(status, self.token(digest, nonce))

    def token(self, digest: bytes, nonce: int) -> bytes:
        algorithm = der.sequence(der.oid(stamp.SHA256))
        if self.spoil == "digest":
            digest = bytes(32)
        info = der.sequence(
            der.integer(1),
            der.oid("1.3.6.1.4.1.99999.1"),
            der.sequence(algorithm, der.octets(digest)),
            der.integer(7),
            der.tlv(der.GENERAL, self.now.astimezone(timezone.utc).strftime("%Y%m%d%H%M%SZ").encode()),  # noqa: UP017
            der.integer(nonce + (self.spoil == "nonce")),
        )
        raw = self.certificate.public_bytes(Encoding.DER)
        named = hashlib.sha256(raw if self.spoil != "name" else b"").digest()
        attributes = [
            der.sequence(der.oid(stamp.CONTENT_TYPE), der.set_of(der.oid(stamp.TST_INFO))),
            der.sequence(der.oid(stamp.MESSAGE_DIGEST), der.set_of(der.octets(hashlib.sha256(info).digest()))),
            der.sequence(
                der.oid(stamp.SIGNING_CERTIFICATE[1]),
                der.set_of(der.sequence(der.sequence(der.sequence(der.octets(named))))),
            ),
        ]
        signed = der.set_of(*attributes)
        signature = self.key.sign(signed if self.spoil != "signature" else b"other", ec.ECDSA(hashes.SHA256()))
        issuer = der.sequence(self.certificate.issuer.public_bytes(), der.integer(self.certificate.serial_number))
        signer = der.sequence(
            der.integer(1),
            issuer,
            algorithm,
            der.tlv(stamp.CONTEXT_0, der.parse(signed).content),
            der.sequence(der.oid("1.2.840.10045.4.3.2")),
            der.octets(signature),
        )
        content = der.sequence(
            der.integer(3),
            der.set_of(algorithm),
            der.sequence(der.oid(stamp.TST_INFO), der.tlv(stamp.CONTEXT_0, der.octets(info))),
            der.tlv(stamp.CONTEXT_0, raw),
            der.set_of(signer),
        )
        return der.sequence(der.oid(stamp.SIGNED_DATA), der.tlv(stamp.CONTEXT_0, content))

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The authority at an address of this machine."""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *values: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def codes_of(findings: Any, severity: str = "error") -> set[str]:
    return {finding.code for finding in findings if finding.severity.value == severity}
