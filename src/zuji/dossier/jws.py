"""Statements signed as JSON Web Signatures (RFC 7515) with Ed25519 (RFC 8037, RFC 9864), the public key inside.

The key is named by its JWK thumbprint (RFC 7638). Whether the key belongs to anybody is not decided here.
"""

from __future__ import annotations

import base64
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from zuji.canonical import canonical_bytes
from zuji.dossier.reason import Reason
from zuji.dossier.standalone import Refused, parse
from zuji.i18n import N_

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from joserfc.jws import JWSRegistry

ALGORITHMS = ("Ed25519", "EdDSA")
"""Written: the first; read: both, since the older name of the same algorithm is still common."""
LONGEST = 2**20


class SignatureError(Reason):
    """A signature that does not hold; the message says why."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a valid signature says: the statement, and the key that made it."""

    payload: Mapping[str, Any]
    jwk: Mapping[str, str]
    thumbprint: str
    certificates: tuple[bytes, ...]
    """DER certificates from the signer's to the last that came along."""


def sign(payload: Mapping[str, Any], key: Ed25519PrivateKey, *, kind: str, certificates: Sequence[bytes] = ()) -> str:
    """The compact signature of the canonical form of `payload`; `kind` is its media type without `application/`."""
    from joserfc import jws
    from joserfc.jwk import OKPKey

    private = OKPKey.import_key(key)
    header: dict[str, Any] = {
        "alg": ALGORITHMS[0],
        "typ": kind,
        "kid": private.thumbprint(),
        "jwk": private.as_dict(private=False),
    }
    header["jwk"] = {name: header["jwk"][name] for name in ("crv", "kty", "x")}
    if certificates:
        header["x5c"] = [base64.b64encode(certificate).decode("ascii") for certificate in certificates]
    return jws.serialize_compact(header, canonical_bytes(payload), private, registry=_registry())


@lru_cache(maxsize=1)
def _registry() -> JWSRegistry:
    from joserfc.jws import JWSRegistry

    registry = JWSRegistry(algorithms=list(ALGORITHMS))
    # A header with a chain of certificates, and a sample of many lines, are longer than the library's usual tokens.
    registry.max_header_length, registry.max_payload_length = 2**16, LONGEST
    return registry


def verified(compact: str, *, kind: str) -> Signed:
    """What is signed, after checking the signature with the key inside; raises SignatureError."""
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import OKPKey

    if len(compact) > LONGEST or not compact.isascii():
        raise SignatureError(N_("it is not a compact JSON Web Signature"))
    try:
        header = jws.extract_compact(compact.encode("ascii"), registry=_registry()).headers()
        if header.get("alg") not in ALGORITHMS or header.get("typ") != kind:
            raise SignatureError(N_("it is not of the kind {kind}"), kind=kind)
        jwk = header["jwk"]
        if set(jwk) != {"crv", "kty", "x"} or jwk["crv"] != "Ed25519":
            raise SignatureError(N_("its key is not a public Ed25519 key"))
        public = OKPKey.import_key(dict(jwk))
        if public.thumbprint() != header.get("kid"):
            raise SignatureError(N_("the thumbprint in its header is not that of its key"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the older name of the algorithm is read on purpose
            payload = jws.deserialize_compact(compact, public, registry=_registry()).payload
        certificates = tuple(base64.b64decode(text, validate=True) for text in header.get("x5c", ()))
    except SignatureError:
        raise
    except (JoseError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise SignatureError("{problem}", problem=str(error)[:200] or type(error).__name__) from None
    try:
        statement = parse(payload, "payload")
    except Refused as refused:
        raise SignatureError("{problem}", problem=str(refused)) from None
    if not isinstance(statement, dict):
        raise SignatureError(N_("what it signs is not a statement"))
    return Signed(statement, dict(jwk), str(header["kid"]), certificates)


def detached(compact: str) -> str:
    """The signature without its payload, for a payload that travels apart (RFC 7515, appendix F)."""
    header, _, signature = compact.split(".")
    return f"{header}..{signature}"


def attached(compact: str, payload: bytes) -> str:
    """A detached signature put together with its payload again."""
    header, empty, signature = compact.split(".")
    if empty:
        raise SignatureError(N_("it is not detached"))
    return f"{header}.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode('ascii')}.{signature}"
