"""Signatures, time stamps and log proofs on a dossier: who is believed, and what is found when they do not hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from zuji.dossier.container import packed
from zuji.dossier.log import append, audit, entry_of, init_log
from zuji.dossier.manifest import digest_of, seal
from zuji.dossier.merkle import ProofError
from zuji.dossier.prove import SIGNATURES, STAMPS, added, imprint, logged, signed, stamped
from zuji.dossier.read import open_dossier
from zuji.dossier.stamp import StampError, check_token, request, token_of
from zuji.dossier.standalone import MANIFEST, SEAL
from zuji.dossier.trust import Revocation, Trust
from zuji.dossier.verify import Verification
from zuji.dossier.verify import verify as verify_all
from zuji.errors import ZujiError

from .conftest import AT
from .people import Authority, Person, certificate, codes_of, edited, rebuilt, trusting

HOUR = timedelta(hours=1)


def verify(data: bytes, trust: Trust | None = None, at: datetime = AT) -> Verification:
    return verify_all(data, trust or Trust(), at=at, recalculate=False)


@pytest.fixture
def by_company(small: bytes, company: Person) -> bytes:
    return signed(open_dossier(small), company.key, company.card, at=AT)


@pytest.fixture
def by_both(by_company: bytes, verifier: Person) -> bytes:
    return signed(open_dossier(by_company), verifier.key, verifier.card, at=AT)


def test_several_people_sign(by_both: bytes, company: Person, verifier: Person, small: bytes) -> None:
    """Each signer is listed with name, role and thumbprint, and is trusted where the card is; nothing frozen moves."""
    found = verify(by_both, trusting(company, verifier))
    assert found.holds
    assert not codes_of(found.findings, "warning")
    assert [(s.name, s.role, s.trusted) for s in found.proofs.signatures] == [
        ("Chen Hua", "company", True),
        ("Li Wei", "verifier", True),
    ]
    assert open_dossier(by_both).digest == open_dossier(small).digest


def test_an_unknown_signer_is_a_warning(by_both: bytes, company: Person) -> None:
    """A signature by a key that is not trusted holds, and says so."""
    found = verify(by_both, trusting(company))
    assert found.holds
    assert [f.shown("en")["name"] for f in found.findings if f.code == "ZJ722"] == ["Li Wei"]


def test_nobody_signed(small: bytes) -> None:
    """A dossier without signature says so."""
    assert "ZJ720" in codes_of(verify(small).findings, "warning")


def test_a_signature_does_not_move_to_another_dossier(by_company: bytes, frozen: bytes) -> None:
    """The signature of one dossier is refused in another."""
    path, _ = open_dossier(by_company).proofs[0]
    moved = added(open_dossier(frozen), SIGNATURES, ".jws", open_dossier(by_company).read(path))
    assert codes_of(verify(moved).findings) == {"ZJ721"}


def test_a_changed_dossier_loses_its_signature(by_company: bytes) -> None:
    """Whoever changes a document and mends all digests leaves a signature for another dossier."""
    changed = rebuilt(by_company, lambda files: edited(files, "dossier.json", lambda d: d.update(licence="free")))
    found = verify(changed)
    assert codes_of(found.findings) == {"ZJ721"}
    assert "another dossier" in next(f.what() for f in found.findings if f.code == "ZJ721")


def test_an_earlier_signature_cannot_be_taken_out(by_both: bytes) -> None:
    """Without the first signature the second, which names it, does not hold; nor with the two swapped."""
    dossier = open_dossier(by_both)
    first, second = (path for path, _ in dossier.proofs)
    files = {name: data for name, data in dossier.files().items() if name != first}
    files[SEAL] = seal(digest_of(files[MANIFEST]), dossier.proofs[1:])
    assert codes_of(verify(packed(files)).findings) == {"ZJ721"}
    swapped = {**dossier.files(), first: dossier.read(second), second: dossier.read(first)}
    (a, b), (c, d) = dossier.proofs
    swapped[SEAL] = seal(digest_of(swapped[MANIFEST]), [(a, d), (c, b)])
    assert "ZJ721" in codes_of(verify(packed(swapped)).findings)


def test_a_name_that_is_not_the_cards(small: bytes, company: Person) -> None:
    """A trusted key that signs under another name is found."""
    from dataclasses import replace

    forged = signed(open_dossier(small), company.key, replace(company.card, name="Li Wei"), at=AT)
    assert codes_of(verify(forged, trusting(company)).findings) == {"ZJ721"}


def test_junk_among_the_proofs(small: bytes) -> None:
    """A proof of an unknown kind, and one that is no signature, are found and crash nothing."""
    dossier = open_dossier(small)
    assert codes_of(verify(added(dossier, "proof/other/", ".x", b"1")).findings) == {"ZJ703"}
    for junk in (b"", b"\xff\xfe", b"a.b.c", b"{}"):
        assert codes_of(verify(added(dossier, SIGNATURES, ".jws", junk)).findings) == {"ZJ721"}
        assert codes_of(verify(added(dossier, STAMPS, ".tst", junk)).findings) == {"ZJ730"}
        assert codes_of(verify(added(dossier, "proof/log/", ".tlog-proof", junk)).findings) == {"ZJ735"}
        assert codes_of(verify(added(dossier, "proof/log/", ".consistency", junk)).findings) == {"ZJ735"}


def revoking(company: Person, when: datetime) -> dict[str, Revocation]:
    return {company.card.thumbprint: Revocation(company.card.thumbprint, when, "laptop stolen")}


def test_a_revoked_key(by_company: bytes, company: Person) -> None:
    """A signature whose time nobody proves falls with its key, whatever day the signer wrote."""
    trust = trusting(company, revocations=revoking(company, AT + HOUR))
    found = verify(by_company, trust)
    assert codes_of(found.findings) == {"ZJ723"}
    assert "laptop stolen" in next(f.what() for f in found.findings if f.code == "ZJ723")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(AT + HOUR)


@pytest.fixture(scope="module")
def url(authority: Authority) -> Iterator[str]:
    with authority.serving() as address:
        yield address


@pytest.fixture
def with_stamp(by_company: bytes, url: str) -> bytes:
    return stamped(open_dossier(by_company), url)


def test_a_stamp_proves_the_time(with_stamp: bytes, authority: Authority, company: Person) -> None:
    """Under a trusted root the signature before the stamp is known to be older, and survives a later revocation."""
    trust = trusting(company, roots=(authority.root,))
    found = verify(with_stamp, trust)
    assert found.holds
    assert [(s.time, s.trusted) for s in found.proofs.stamps] == [(AT + HOUR, True)]
    assert found.proofs.signatures[0].proved == AT + HOUR
    later = trusting(company, roots=(authority.root,), revocations=revoking(company, AT + 2 * HOUR))
    assert verify(with_stamp, later).holds
    earlier = trusting(company, roots=(authority.root,), revocations=revoking(company, AT))
    assert codes_of(verify(with_stamp, earlier).findings) == {"ZJ723"}
    no_root = trusting(company, revocations=revoking(company, AT + 2 * HOUR))
    assert codes_of(verify(with_stamp, no_root).findings) == {"ZJ723"}


def test_a_stamp_of_an_unknown_authority(with_stamp: bytes, company: Person) -> None:
    """It is shown, marked as not trusted, and proves nothing."""
    found = verify(with_stamp, trusting(company))
    assert found.holds
    assert "ZJ731" in codes_of(found.findings, "warning")
    assert found.proofs.signatures[0].proved is None


@pytest.mark.parametrize("spoil", ["digest", "nonce", "signature", "name"])
def test_a_wrong_answer_is_not_taken(spoil: str, by_company: bytes) -> None:
    """An authority that answers for another digest or nonce, or whose signature does not hold, is refused."""
    with Authority(AT, spoil=spoil).serving() as address, pytest.raises(ZujiError, match="no usable time stamp"):
        stamped(open_dossier(by_company), address)


def test_an_authority_that_refuses(by_company: bytes) -> None:
    """A refusal, a certificate for something else, no server and another address end with a sentence."""
    with Authority(AT, status=2).serving() as address, pytest.raises(ZujiError, match="status 2"):
        stamped(open_dossier(by_company), address)
    with Authority(AT, stamping=False).serving() as address, pytest.raises(ZujiError, match="not for time stamping"):
        stamped(open_dossier(by_company), address)
    with pytest.raises(ZujiError, match="did not answer"):
        stamped(open_dossier(by_company), "http://127.0.0.1:9/")
    with pytest.raises(ZujiError, match="http"):
        stamped(open_dossier(by_company), "file:///etc/passwd")


def test_every_changed_byte_of_a_stamp_is_found(authority: Authority) -> None:
    """A token with one changed byte does not hold, says other things, or is not read; it never crashes."""
    digest = bytes(range(32))
    token = token_of(authority.answer(request(digest, 99)))
    good = check_token(token, digest, 99)
    kept = 0
    for position in range(len(token)):
        spoilt = token[:position] + bytes([token[position] ^ 4]) + token[position + 1 :]
        try:
            found = check_token(spoilt, digest, 99)
        except StampError:
            continue
        # Outside what is signed: the version of a structure, or an identifier that nothing depends on.
        assert (found.time, found.authority) == (good.time, good.authority)
        kept += 1
    assert kept < len(token) / 10


def test_a_stamp_outlives_its_seal_only_as_a_whole(with_stamp: bytes) -> None:
    """The stamp is for the proofs before it: its imprint is that of the seal of then."""
    dossier = open_dossier(with_stamp)
    token = dossier.read(dossier.proofs[1][0])
    assert check_token(token, imprint(dossier, 1)).time == AT + HOUR
    with pytest.raises(StampError, match="another digest"):
        check_token(token, imprint(dossier, 2))


class Issuer:
    """A root that certifies people."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root = certificate(self.key, "Trust root", start=AT - timedelta(days=100), ca=True, days=3000)

    def certify(self, person: Person, *, days: int = 365, key: object = None) -> bytes:
        issuer: tuple[x509.Certificate, object] = (self.root, self.key)
        one = certificate(key or person.key, person.card.name, issuer=issuer, start=AT - timedelta(days=1), days=days)
        return one.public_bytes(Encoding.DER)


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


def test_a_certificate_vouches(small: bytes, company: Person, issuer: Issuer) -> None:
    """Under a trusted root a certified signer is trusted without a card; under none it is a warning."""
    data = signed(open_dossier(small), company.key, company.card, at=AT, certificates=[issuer.certify(company)])
    found = verify(data, Trust(roots=(issuer.root,)))
    assert found.holds
    assert found.proofs.signatures[0].trusted
    assert found.proofs.signatures[0].certified == "CN=Chen Hua"
    assert {"ZJ722", "ZJ726"} <= codes_of(verify(data).findings, "warning")


def test_an_expired_certificate(small: bytes, company: Person, issuer: Issuer, url: str, authority: Authority) -> None:
    """After its end a certificate vouches for nothing, unless a trusted stamp shows that the signature is older."""
    certified = [issuer.certify(company, days=30)]
    data = signed(open_dossier(small), company.key, company.card, at=AT, certificates=certified)
    late = AT + timedelta(days=2000)
    assert verify(data, Trust(roots=(issuer.root,))).holds
    found = verify(data, Trust(roots=(issuer.root,)), at=late)
    assert codes_of(found.findings) == {"ZJ724"}
    shown = next(f.what() for f in found.findings if f.code == "ZJ724")
    assert "2026-01-01" in shown
    assert "2026-01-31" in shown
    with_stamp = stamped(open_dossier(data), url)
    assert verify(with_stamp, Trust(roots=(issuer.root, authority.root)), at=late).holds


def test_a_certificate_for_another_key(small: bytes, company: Person, verifier: Person, issuer: Issuer) -> None:
    """A certificate that is for another key, or that its issuer did not sign, is an error."""
    foreign = [issuer.certify(company, key=verifier.key)]
    data = signed(open_dossier(small), company.key, company.card, at=AT, certificates=foreign)
    assert codes_of(verify(data, Trust(roots=(issuer.root,))).findings) == {"ZJ725"}
    impostor = Issuer()
    chain = [impostor.certify(company), issuer.root.public_bytes(Encoding.DER)]
    data = signed(open_dossier(small), company.key, company.card, at=AT, certificates=chain)
    assert codes_of(verify(data, Trust(roots=(issuer.root,))).findings) == {"ZJ725"}


def test_the_log_holds_the_dossier(by_company: bytes, frozen: bytes, company: Person, tmp_path: Path) -> None:
    """The proof leads from the dossier to the signed checkpoint; a later one is tied to the earlier one."""
    key = init_log(tmp_path / "log", "example.org/log", company.key)
    append(tmp_path / "log", entry_of(open_dossier(by_company).digest), company.key)
    once = logged(open_dossier(by_company), audit(tmp_path / "log"))
    assert logged(open_dossier(once), audit(tmp_path / "log")) == once
    append(tmp_path / "log", entry_of(open_dossier(frozen).digest), company.key)
    twice = logged(open_dossier(once), audit(tmp_path / "log"))
    trust = trusting(company, logs={key.name: key})
    found = verify(twice, trust)
    assert found.holds
    assert [(seen.size, seen.index, seen.trusted) for seen in found.proofs.logs] == [(1, 0, True), (2, 0, True)]
    assert len(open_dossier(twice).proofs) == 4
    assert "ZJ736" in codes_of(verify(twice, trusting(company)).findings, "warning")


def test_a_log_that_does_not_hold_it(
    small: bytes, frozen: bytes, company: Person, verifier: Person, tmp_path: Path
) -> None:
    """A proof for another dossier, under another key or of a rewritten log is found."""
    key = init_log(tmp_path / "log", "example.org/log", company.key)
    append(tmp_path / "log", entry_of(open_dossier(small).digest), company.key)
    log = audit(tmp_path / "log")
    with pytest.raises(ProofError, match="not in the log"):
        logged(open_dossier(frozen), log)
    good = logged(open_dossier(small), log)
    proof = open_dossier(good).read(open_dossier(good).proofs[0][0])
    moved = added(open_dossier(frozen), "proof/log/", ".tlog-proof", proof)
    assert codes_of(verify(moved).findings) == {"ZJ735"}
    other = init_log(tmp_path / "other", "example.org/log", verifier.key)
    assert codes_of(verify(good, Trust(logs={other.name: other})).findings) == {"ZJ735"}
    assert verify(good, Trust(logs={key.name: key})).holds
    # The keeper begins anew with the same key: the dossier's own earlier proof contradicts the log.
    init_log(tmp_path / "new", "example.org/log", company.key)
    for digest in ("sha256:1", "sha256:2", open_dossier(small).digest):
        append(tmp_path / "new", entry_of(digest), company.key)
    with pytest.raises(ProofError):
        logged(open_dossier(good), audit(tmp_path / "new"))
