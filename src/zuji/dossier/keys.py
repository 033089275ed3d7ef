"""Signing keys on disk: an encrypted private key, a card that others may have, a revocation, a certificate.

In the folder of keys, NAME has `NAME.pem` (PKCS #8, encrypted with AES-256 under a passphrase by scrypt, RFC 7914),
`NAME.json` (the card: public key, person, organisation, role), `NAME.revoked` once it is revoked, and `NAME.crt` where
somebody certifies it.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zuji.canonical import canonical_bytes
from zuji.dossier import der
from zuji.dossier.container import write_whole
from zuji.dossier.jws import sign
from zuji.dossier.standalone import Refused, parse
from zuji.errors import ZujiError
from zuji.i18n import N_, tr

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

CARD_FORMAT, REVOCATION_KIND = "zuji-key/1", "zuji-revocation+jws"
ROLES = {
    "author": N_("author"),
    "company": N_("company"),
    "verifier": N_("verifier"),
    "certification_body": N_("certification body"),
}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
SHORTEST = 8
"""Characters of a passphrase."""
COST, BLOCK, PARALLEL = 2**14, 8, 5
"""Parameters of scrypt: 16 MiB of memory, five times over, for each guess; OpenSSL allows no more than 32 MiB."""


class KeyProblem(ZujiError):  # noqa: N818
    """A key cannot be made, found, opened or used; the message says why."""


@dataclass(frozen=True, slots=True)
class Card:
    """What others may know of a key."""

    name: str
    """Person or office that holds it."""
    organisation: str
    role: str
    created: str
    jwk: dict[str, str]

    @property
    def thumbprint(self) -> str:
        """The JWK thumbprint (RFC 7638)."""
        from joserfc.jwk import OKPKey

        return OKPKey.import_key(dict(self.jwk)).thumbprint()

    def document(self) -> dict[str, Any]:
        """The card as a document."""
        return {
            "format": CARD_FORMAT, "name": self.name, "organisation": self.organisation, "role": self.role,
            "created": self.created, "jwk": self.jwk, "thumbprint": self.thumbprint,
        }  # fmt: skip


def card_of(data: bytes) -> Card:
    """The card in a document; raises KeyProblem for another document, or when its thumbprint is not that of its key."""
    try:
        body = parse(data.strip(), "card")
        if body["format"] != CARD_FORMAT or set(body["jwk"]) != {"crv", "kty", "x"} or body["role"] not in ROLES:
            raise ValueError
        card = Card(str(body["name"]), str(body["organisation"]), body["role"], str(body["created"]), body["jwk"])
        if card.thumbprint != body["thumbprint"]:
            raise ValueError
        return card
    except (Refused, KeyError, TypeError, ValueError):
        raise KeyProblem(tr("this is not the card of a key")) from None


def home() -> Path:
    """The folder of keys and of what is trusted: ZUJI_HOME, else `.zuji` in the user's home."""
    return Path(os.environ.get("ZUJI_HOME") or Path.home() / ".zuji")


def new_key(
    folder: Path, name: str, passphrase: str, *, person: str, organisation: str, role: str, at: datetime
) -> Card:
    """Make a key of this name; raises KeyProblem when the name is taken or the passphrase too short."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not NAME.fullmatch(name):
        raise KeyProblem(tr("the name of a key has letters, digits, dots and hyphens"))
    if role not in ROLES:
        raise KeyProblem(tr("the role is one of: {roles}", roles=", ".join(ROLES)))
    if len(passphrase) < SHORTEST:
        raise KeyProblem(tr("the passphrase has at least {count} characters", count=SHORTEST))
    if (folder / f"{name}.pem").exists():
        raise KeyProblem(tr("there is a key of the name {name}; revoke it and take another name", name=name))
    key = Ed25519PrivateKey.generate()
    x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode("ascii")
    card = Card(person, organisation, role, at.isoformat(), {"crv": "Ed25519", "kty": "OKP", "x": x})
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.pem"
    # Made readable for its owner only before anything is in it; Windows has its own rights and ignores the mode.
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    path.write_bytes(encrypted(key, passphrase))
    write_whole(folder / f"{name}.json", canonical_bytes(card.document()) + b"\n")
    return card


def encrypted(key: Ed25519PrivateKey, passphrase: str) -> bytes:
    """The key as PEM: PKCS #8 EncryptedPrivateKeyInfo with PBES2, scrypt (RFC 7914 §7) and AES-256-CBC."""
    from cryptography.hazmat.primitives import padding
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    salt, iv = secrets.token_bytes(16), secrets.token_bytes(16)
    secret = Scrypt(salt=salt, length=32, n=COST, r=BLOCK, p=PARALLEL).derive(passphrase.encode("utf-8"))
    padder = padding.PKCS7(128).padder()
    inner = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    closed = encryptor.update(padder.update(inner) + padder.finalize()) + encryptor.finalize()
    kdf = der.sequence(
        der.oid("1.3.6.1.4.1.11591.4.11"),
        der.sequence(der.octets(salt), der.integer(COST), der.integer(BLOCK), der.integer(PARALLEL)),
    )
    scheme = der.sequence(der.oid("2.16.840.1.101.3.4.1.42"), der.octets(iv))
    algorithm = der.sequence(der.oid("1.2.840.113549.1.5.13"), der.sequence(kdf, scheme))
    body = base64.encodebytes(der.sequence(algorithm, der.octets(closed))).replace(b"\n", b"")
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    return b"\n".join([b"-----BEGIN ENCRYPTED PRIVATE KEY-----", *lines, b"-----END ENCRYPTED PRIVATE KEY-----", b""])


def read_card(folder: Path, name: str) -> Card:
    """The card of a key of one's own; raises KeyProblem naming the keys that are there."""
    path = folder / f"{name}.json"
    if not NAME.fullmatch(name) or not path.is_file():
        known = ", ".join(names(folder)) or "-"
        raise KeyProblem(
            tr("there is no key {name} in {folder}; there are: {known}", name=name, folder=folder, known=known)
        )
    return card_of(path.read_bytes())


def names(folder: Path) -> list[str]:
    """The names of one's own keys."""
    return sorted(path.stem for path in folder.glob("*.pem")) if folder.is_dir() else []


def open_key(folder: Path, name: str, passphrase: str) -> Ed25519PrivateKey:
    """The private key; raises KeyProblem for a wrong passphrase, a damaged file, or a key that is revoked."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    card = read_card(folder, name)
    if (folder / f"{name}.revoked").exists():
        raise KeyProblem(tr("the key {name} is revoked", name=name))
    try:
        key = load_pem_private_key((folder / f"{name}.pem").read_bytes(), passphrase.encode("utf-8"))
    except (ValueError, TypeError):
        raise KeyProblem(tr("the key {name} does not open: wrong passphrase or damaged file", name=name)) from None
    x = base64.urlsafe_b64decode(card.jwk["x"] + "==")
    if not isinstance(key, Ed25519PrivateKey) or key.public_key().public_bytes_raw() != x:
        raise KeyProblem(tr("the card of {name} belongs to another key", name=name))
    return key


def revoke(folder: Path, name: str, passphrase: str, *, reason: str, at: datetime) -> Path:
    """Revoke a key for ever: a statement signed by the key itself, to be given to everybody who trusts it."""
    card = read_card(folder, name)
    key = open_key(folder, name, passphrase)
    payload = {
        "format": "zuji-revocation/1",
        "thumbprint": card.thumbprint,
        "revoked": at.isoformat(),
        "reason": reason,
    }
    path = folder / f"{name}.revoked"
    write_whole(path, sign(payload, key, kind=REVOCATION_KIND).encode("ascii") + b"\n")
    return path


def attach_certificate(folder: Path, name: str, pem: bytes) -> None:
    """Keep the certificates (PEM, the signer's first) that vouch for a key; raises KeyProblem for another key's."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    card = read_card(folder, name)
    try:
        chain = x509.load_pem_x509_certificates(pem)
        raw = chain[0].public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    except ValueError:
        raise KeyProblem(tr("the file holds no certificate for an Ed25519 key")) from None
    if base64.urlsafe_b64decode(card.jwk["x"] + "==") != raw:
        raise KeyProblem(tr("the certificate is for another key than {name}", name=name))
    write_whole(folder / f"{name}.crt", b"".join(one.public_bytes(Encoding.PEM) for one in chain))


def certificates(folder: Path, name: str) -> tuple[bytes, ...]:
    """The DER certificates of a key of one's own, none where nobody certifies it."""
    path = folder / f"{name}.crt"
    if not path.is_file():
        return ()
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    return tuple(one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(path.read_bytes()))
