"""Time stamps by RFC 3161: the request, the answer of a time-stamping authority, and whether it holds.

A stamp says that a digest was there at a time. It is a CMS SignedData (RFC 5652) whose content is a TSTInfo.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zuji.dossier import der
from zuji.dossier.chain import ordered_chain
from zuji.dossier.der import DerError, Value
from zuji.dossier.reason import Reason
from zuji.errors import ZujiError
from zuji.i18n import N_, tr

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SHA256, SHA384, SHA512 = "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3"
HASHES = {SHA256: "sha256", SHA384: "sha384", SHA512: "sha512"}
SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE = ("1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47")
GRANTED = (0, 1)
LONGEST = 2**20
CONTEXT_0, CONTEXT_1 = 0xA0, 0xA1
SECONDS = 30
"""How long an authority may take to answer."""


class StampError(Reason):
    """A time stamp that does not hold; the message says why."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a valid time stamp says."""

    time: datetime
    authority: str
    policy: str
    chain: tuple[Certificate, ...]
    """From the certificate of the authority to the last that came along."""


def request(digest: bytes, nonce: int) -> bytes:
    """A TimeStampReq for a SHA-256 digest that asks for the certificate of the authority."""
    imprint = der.sequence(der.sequence(der.oid(SHA256), der.tlv(der.NULL, b"")), der.octets(digest))
    return der.sequence(der.integer(1), imprint, der.integer(nonce), der.tlv(1, b"\xff"))


def ask(url: str, digest: bytes, nonce: int) -> bytes:
    """The token of the authority at `url` for a SHA-256 digest; raises ZujiError when it does not answer with one."""
    import http.client
    from urllib.request import Request, urlopen

    if not url.startswith(("http://", "https://")):
        raise ZujiError(tr("the address of a time-stamping authority begins with http:// or https://"))
    asked = Request(url, request(digest, nonce), {"Content-Type": "application/timestamp-query"})
    try:
        with urlopen(asked, timeout=SECONDS) as answer:
            data = answer.read(LONGEST + 1)
    except (OSError, http.client.HTTPException) as error:
        raise ZujiError(tr("{url} did not answer: {problem}", url=url, problem=error)) from error
    try:
        token = token_of(data)
        check_token(token, digest, nonce)
    except StampError as error:
        raise ZujiError(tr("{url} gave no usable time stamp: {problem}", url=url, problem=error)) from error
    return token


def token_of(response: bytes) -> bytes:
    """The token in a TimeStampResp; raises StampError when the authority refuses or answers something else."""
    try:
        parts = der.parse(response[: LONGEST + 1]).expect(der.SEQUENCE).children
        status = parts[0].children[0].number
        if status not in GRANTED:
            raise StampError(N_("the authority refused with status {status}"), status=status)
        return parts[1].expect(der.SEQUENCE).raw
    except (DerError, IndexError) as error:
        raise StampError(N_("the answer is not a time stamp ({problem})"), problem=error) from None


def check_token(token: bytes, digest: bytes, nonce: int | None = None) -> Stamp:
    """What the token says, after checking imprint, nonce, digest and signature; whom to trust is not decided here."""
    try:
        return _checked(token, digest, nonce)
    except StampError:
        raise
    except Exception as error:  # the library raises many kinds on broken certificates, not only ValueError
        raise StampError("{problem}", problem=str(error)[:200] or type(error).__name__) from None


def _checked(token: bytes, digest: bytes, nonce: int | None) -> Stamp:
    if len(token) > LONGEST:
        raise StampError(N_("it is too long"))
    outer = der.parse(token).expect(der.SEQUENCE).children
    if outer[0].dotted != SIGNED_DATA:
        raise StampError(N_("it is not signed data"))
    signed = outer[1].expect(CONTEXT_0).children[0].expect(der.SEQUENCE).children
    content = signed[2].children
    if content[0].dotted != TST_INFO:
        raise StampError(N_("what is signed is not a time stamp"))
    info_bytes = content[1].expect(CONTEXT_0).children[0].expect(der.OCTETS).content
    certificates = _certificates(signed)
    (signer,) = signed[-1].expect(der.SET).children
    certificate = _signed_by(signer, info_bytes, certificates)
    info = der.parse(info_bytes).expect(der.SEQUENCE).children
    imprint = info[2].children
    if imprint[0].children[0].dotted != SHA256 or imprint[1].expect(der.OCTETS).content != digest:
        raise StampError(N_("it is for another digest"))
    stated = [part.number for part in info[5:] if part.tag == der.INTEGER]
    if nonce is not None and stated != [nonce]:
        raise StampError(N_("its nonce is another one than was asked for"))
    chain = ordered_chain(certificate, certificates)
    return Stamp(info[4].time, certificate.subject.rfc4514_string(), info[1].dotted, chain)


def _certificates(signed: Sequence[Value]) -> list[Certificate]:
    from cryptography import x509

    found = next((part for part in signed[3:-1] if part.tag == CONTEXT_0), None)
    if found is None:
        raise StampError(N_("the certificate of the authority is not in it"))
    return [x509.load_der_x509_certificate(one.raw) for one in found.children]


def _signed_by(signer: Value, info: bytes, certificates: Sequence[Certificate]) -> Certificate:
    from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound
    from cryptography.x509.oid import ExtendedKeyUsageOID

    parts = signer.children
    name, serial = parts[1].expect(der.SEQUENCE).children
    certificate = next(
        (one for one in certificates if one.serial_number == serial.number and one.issuer.public_bytes() == name.raw),
        None,
    )
    if certificate is None:
        raise StampError(N_("the certificate of its signer is not in it"))
    hash_name = HASHES.get(parts[2].children[0].dotted)
    attributes = parts[3].expect(CONTEXT_0)
    by_kind = {one.children[0].dotted: one.children[1].children for one in attributes.children}
    if hash_name is None or set(by_kind) < {CONTENT_TYPE, MESSAGE_DIGEST}:
        raise StampError(N_("its signature is of an unknown kind"))
    if by_kind[CONTENT_TYPE][0].dotted != TST_INFO:
        raise StampError(N_("its signature is for other content"))
    if by_kind[MESSAGE_DIGEST][0].expect(der.OCTETS).content != hashlib.new(hash_name, info).digest():
        raise StampError(N_("its content was changed"))
    if not any(kind in by_kind for kind in SIGNING_CERTIFICATE):
        raise StampError(N_("its signature does not name the certificate (RFC 3161 §2.4.2)"))
    _check_names(by_kind, certificate)
    try:
        usage = certificate.extensions.get_extension_for_class(ExtendedKeyUsage)
    except ExtensionNotFound:
        raise StampError(N_("the certificate is not for time stamping")) from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise StampError(N_("the certificate is not for time stamping only (RFC 3161 §2.3)"))
    # What is signed is the SET OF, not the context tag that it carries inside the signer (RFC 5652 §5.4).
    _check_signature(certificate, parts[5].expect(der.OCTETS).content, der.tlv(der.SET, attributes.content), hash_name)
    return certificate


def _check_names(by_kind: dict[str, tuple[Value, ...]], certificate: Certificate) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    raw = certificate.public_bytes(Encoding.DER)
    for kind, default in zip(SIGNING_CERTIFICATE, ("sha1", "sha256"), strict=True):
        if kind not in by_kind:
            continue
        first = by_kind[kind][0].children[0].children[0].children
        name = default if first[0].tag == der.OCTETS else HASHES.get(first[0].children[0].dotted, "")
        stated = next(part for part in first if part.tag == der.OCTETS).content
        if not name or hashlib.new(name, raw).digest() != stated:
            raise StampError(N_("its signature names another certificate"))


def _check_signature(certificate: Certificate, signature: bytes, data: bytes, hash_name: str) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

    kinds: dict[str, Any] = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), kinds[hash_name])
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(kinds[hash_name]))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, data)
        else:
            raise StampError(N_("its key is of an unknown kind"))
    except InvalidSignature:
        raise StampError(N_("the signature of the authority does not hold")) from None
