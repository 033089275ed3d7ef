"""Signatures against the published vectors, and keys on disk: encrypted, opened, revoked, trusted."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jws
from joserfc.jwk import OKPKey

from zuji.dossier import der, keys
from zuji.dossier.jws import SignatureError, attached, detached, sign, verified
from zuji.dossier.keys import KeyProblem
from zuji.dossier.trust import add_trust, read_trust
from zuji.errors import UnreadableError

from .conftest import AT
from .people import Person

SECRET = "correct horse battery"

# RFC 8032 §7.1, tests 1 to 3: secret key, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]
# RFC 8037, appendix A: the key of RFC 8032 test 1 as JWK, its thumbprint, and a signature.
JWK = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
COMPACT = (
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4"
    "iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_the_signatures_of_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    """The Ed25519 that signs dossiers gives public key and signature of the vectors."""
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    assert key.public_key().public_bytes_raw().hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature


def test_the_signature_of_rfc_8037() -> None:
    """The JWS that signs dossiers gives thumbprint and compact form of the vectors."""
    key = OKPKey.import_key(JWK)
    assert key.thumbprint() == THUMBPRINT
    # The vector carries the older name of the algorithm, which the package takes only when told so.
    with pytest.warns(match="deprecated"):
        made = jws.serialize_compact({"alg": "EdDSA"}, b"Example of Ed25519 signing", key, algorithms=["EdDSA"])
    assert made == COMPACT


def test_a_card_has_the_thumbprint_of_the_vectors() -> None:
    """The thumbprint of a card is that of RFC 8037, A.3."""
    card = keys.Card("x", "", "author", "", {name: JWK[name] for name in ("crv", "kty", "x")})
    assert card.thumbprint == THUMBPRINT


def test_a_signature_says_what_was_signed(company: Person) -> None:
    """What comes out is what went in, with the thumbprint of the key; attached and detached."""
    payload = {"b": 1, "a": ["x", 0.1]}
    compact = sign(payload, company.key, kind="test+jws")
    found = verified(compact, kind="test+jws")
    assert found.payload == payload
    assert found.thumbprint == company.card.thumbprint
    short = detached(compact)
    assert ".." in short
    assert attached(short, b'{"a":["x",0.1],"b":1}') == compact
    with pytest.raises(SignatureError):
        verified(attached(short, b'{"a":["x",0.1],"b":2}'), kind="test+jws")


def test_a_changed_signature_does_not_hold(company: Person, verifier: Person) -> None:
    """Another kind, another key, a changed part, or a text that is none is refused."""
    compact = sign({"a": 1}, company.key, kind="test+jws")
    head, body, signature = compact.split(".")
    other = sign({"a": 1}, verifier.key, kind="test+jws").split(".")
    wrong = [
        f"{head}.{body}.{other[2]}", f"{other[0]}.{body}.{signature}", f"{head}.{body[:-1]}A.{signature}", "", "a.b.c",
        f"{head}.{body}", f"{head}.{body}.", f"é.{body}.{signature}", "." * 10,
    ]  # fmt: skip
    for text in wrong:
        with pytest.raises(SignatureError):
            verified(text, kind="test+jws")
    with pytest.raises(SignatureError, match="kind"):
        verified(compact, kind="other+jws")


def test_no_signature_without_an_algorithm(company: Person) -> None:
    """A header with the algorithm none or a shared secret is refused."""
    import base64
    import json

    for algorithm in ("none", "HS256"):
        header = {"alg": algorithm, "typ": "test+jws", "jwk": company.card.jwk, "kid": company.card.thumbprint}
        parts = [base64.urlsafe_b64encode(json.dumps(h).encode()).rstrip(b"=").decode() for h in (header, {"a": 1})]
        with pytest.raises(SignatureError):
            verified(f"{parts[0]}.{parts[1]}.AAAA", kind="test+jws")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One key that no test revokes."""
    path = tmp_path_factory.mktemp("keys")
    keys.new_key(path, "own", SECRET, person="Chen", organisation="CellCo", role="company", at=AT)
    return path


def test_a_key_is_encrypted_at_rest(folder: Path) -> None:
    """The file is PKCS #8 with scrypt and AES, for its owner only; it opens with the passphrase and no other."""
    pem = (folder / "own.pem").read_bytes()
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    opened = load_pem_private_key(pem, SECRET.encode())
    assert isinstance(opened, Ed25519PrivateKey)
    assert opened.private_bytes_raw() not in pem
    assert keys.open_key(folder, "own", SECRET).private_bytes_raw() == opened.private_bytes_raw()
    with pytest.raises(KeyProblem, match="wrong passphrase"):
        keys.open_key(folder, "own", SECRET + "x")
    if sys.platform != "win32":
        assert stat.S_IMODE((folder / "own.pem").stat().st_mode) == 0o600


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_another_program_opens_the_key(folder: Path) -> None:
    """OpenSSL reads the key file and names scrypt in it."""
    path = str(folder / "own.pem")
    ran = subprocess.run(["openssl", "asn1parse", "-in", path], capture_output=True, check=True)
    assert b":scrypt" in ran.stdout
    shown = ["openssl", "pkey", "-in", path, "-passin", f"pass:{SECRET}", "-text", "-noout"]
    assert b"ED25519" in subprocess.run(shown, capture_output=True, check=True).stdout.upper()


@pytest.mark.parametrize(
    ("name", "secret", "role", "said"),
    [("own", SECRET, "author", "there is a key"), ("a/b", SECRET, "author", "letters"),
     ("x", "short", "author", "8 char"), ("x", SECRET, "king", "one of")],
)  # fmt: skip
def test_a_key_that_cannot_be_made(folder: Path, name: str, secret: str, role: str, said: str) -> None:
    """A taken name, a name with a slash, a short passphrase and an unknown role are refused, and nothing is written."""
    with pytest.raises(KeyProblem, match=said):
        keys.new_key(folder, name, secret, person="x", organisation="", role=role, at=AT)
    assert keys.names(folder) == ["own"]


def test_a_key_that_is_not_there(folder: Path) -> None:
    """The error names the keys that are there."""
    with pytest.raises(KeyProblem, match="own"):
        keys.read_card(folder, "none")


def test_a_revoked_key_signs_nothing(tmp_path: Path) -> None:
    """After its revocation a key does not open, and who trusts it learns of the revocation from its file."""
    own, trust = tmp_path / "keys", tmp_path / "trust"
    card = keys.new_key(own, "k", SECRET, person="Chen", organisation="", role="author", at=AT)
    add_trust(trust, own / "k.json")
    assert read_trust(trust).cards == {card.thumbprint: card}
    path = keys.revoke(own, "k", SECRET, reason="lost", at=AT)
    with pytest.raises(KeyProblem, match="revoked"):
        keys.open_key(own, "k", SECRET)
    add_trust(trust, path)
    assert read_trust(trust).revocations[card.thumbprint].reason == "lost"


def test_what_is_trusted_must_be_readable(tmp_path: Path, folder: Path) -> None:
    """A file that is none of the four kinds is refused; a damaged one in the folder is an error, not a gap."""
    (tmp_path / "x.txt").write_text("hello")
    with pytest.raises(UnreadableError, match="no card"):
        add_trust(tmp_path / "trust", tmp_path / "x.txt")
    path = add_trust(tmp_path / "trust", folder / "own.json")
    path.write_bytes(path.read_bytes().replace(b"Chen", b"Chan"))
    assert next(iter(read_trust(tmp_path / "trust").cards.values())).name == "Chan"
    path.write_bytes(path.read_bytes().replace(b'"thumbprint":"', b'"thumbprint":"x'))
    with pytest.raises(UnreadableError):
        read_trust(tmp_path / "trust")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x30\x05\x02\x01",
        b"\x1f\x01\x00",
        b"\x30\x84\xff",
        b"\x02\x01\x01\x00",
    ],
)
def test_broken_der_is_refused(data: bytes) -> None:
    """Cut, indefinite and trailing values are refused."""
    with pytest.raises(der.DerError):
        der.parse(data)


def test_der_of_known_values() -> None:
    """Lengths, integers and object identifiers are written as X.690 §8 shows them."""
    assert der.integer(127).hex() == "02017f"
    assert der.integer(128).hex() == "02020080"
    assert der.oid("1.2.840.113549").hex() == "06062a864886f70d"
    assert der.parse(der.oid("2.16.840.1.101.3.4.2.1")).dotted == "2.16.840.1.101.3.4.2.1"
    assert der.tlv(4, bytes(200))[:3].hex() == "0481c8"
    assert der.parse(der.integer(2**64 + 1)).number == 2**64 + 1
