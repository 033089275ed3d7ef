"""The findings of freezing and verifying a dossier (ZJ700 to ZJ739) and of a review (ZJ740 to ZJ749)."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

NOT_A_DOSSIER = define(
    "ZJ700", ERROR,
    what=N_("this is not a whole dossier: {problem}"),
    why=N_("a dossier has one form only, byte by byte; any other file was changed, cut off or made by something else"),
    mend=N_("ask the sender for the file again, and compare its SHA-256 with theirs"),
)  # fmt: skip
MEMBER_CHANGED = define(
    "ZJ701", ERROR,
    what=N_("{problem}"),
    why=N_("a member was changed after the dossier was frozen"),
    mend=N_("ask the sender for the file again; a correction is frozen as a version of its own"),
)  # fmt: skip
MEMBER_MISSING = define(
    "ZJ702", ERROR,
    what=N_("{problem}"),
    why=N_("a member was taken out after the dossier was frozen"),
    mend=N_("ask the sender for the file again"),
)  # fmt: skip
MEMBER_UNLISTED = define(
    "ZJ703", ERROR,
    what=N_("{problem}"),
    why=N_("what neither the manifest nor the seal names was put in later, and nobody answers for it"),
    mend=N_("ask the sender for the file again; add signatures and statements with zuji only"),
)  # fmt: skip
NOT_CANONICAL = define(
    "ZJ704", ERROR,
    what=N_("{problem}"),
    why=N_("a document of a dossier has one text only (RFC 8785), so that its digest says what it says"),
    mend=N_("ask the sender for the file again"),
)  # fmt: skip
WRONG_SHAPE = define(
    "ZJ705", ERROR,
    what=N_("{problem}"),
    why=N_("a document that does not say what its format demands cannot be verified"),
    mend=N_("if a later version of Zuji made the dossier, verify it with that version; else ask the sender"),
)  # fmt: skip
TOO_LARGE = define(
    "ZJ706", ERROR,
    what=N_("refused: {problem}"),
    why=N_("no honest dossier is like this; the file might be made to exhaust this machine"),
    mend=N_("do not trust the file; ask the sender for another"),
)  # fmt: skip
RESULT_DIFFERS = define(
    "ZJ707", ERROR,
    what=N_("{problem}"),
    why=N_("the plain engine recomputes every result from the frozen record; the two must agree to 1e-9"),
    mend=N_("do not use the result; ask the author to freeze the study again"),
)  # fmt: skip
DIGEST_DIFFERS = define(
    "ZJ708", ERROR,
    what=N_("the digest of the {document} is {found}, but the result {rulebook} was made from {stated}"),
    why=N_("the result in the dossier does not belong to the inputs in the dossier"),
    mend=N_("do not use the result; ask the author to freeze the study again"),
)  # fmt: skip
EVIDENCE_DIFFERS = define(
    "ZJ710", ERROR,
    what=N_("{problem}"),
    why=N_("evidence is named by its SHA-256; another file proves something else"),
    mend=N_("ask the author for the file that the index names"),
)  # fmt: skip
EVIDENCE_AT_HOME = define(
    "ZJ711", NOTE,
    what=N_("{count} evidence files stay with their owner and are named by their SHA-256 only: {ids}"),
    why=N_("the author chose so; what such a file says can be seen only where it is kept"),
    mend=N_("ask to see the file and compare its SHA-256 with the index"),
)  # fmt: skip
EVIDENCE_UNUSABLE = define(
    "ZJ712", ERROR,
    what=N_("the evidence {id} cannot be frozen: {file} {problem}"),
    why=N_("a dossier with evidence that is not the listed file would fail its own verification"),
    mend=N_("put the file in place and correct evidence/index.csv, or keep it at home with --keep-home {id}"),
)  # fmt: skip
RECALCULATED_OTHERWISE = define(
    "ZJ713", WARNING,
    what=N_("zuji {version} calculates {value} kg CO2e from the frozen study under {rulebook}; frozen: {frozen}"),
    why=N_("the frozen result holds for the version that made it; a later one may read rules or data otherwise"),
    mend=N_("compare the change log of the two versions before quoting a difference"),
)  # fmt: skip
NOT_RECALCULATED = define(
    "ZJ714", WARNING,
    what=N_("this version of Zuji cannot calculate {rulebook} from the frozen study: {problem}"),
    why=N_("the plain engine has recomputed the result from the record; how the record follows was not tested"),
    mend=N_("verify with zuji {version}, which made the dossier"),
)  # fmt: skip
CHECKS_DIFFER = define(
    "ZJ715", WARNING,
    what=N_("the checks of {rulebook} were run again: {more} findings are not in the dossier ({codes_more}), {less} frozen ones were not found again ({codes_less})"),  # noqa: E501
    why=N_("either the rules or checks of the two versions differ, or findings were changed"),
    mend=N_("read the findings of both; with the same version of Zuji this must not happen"),
)  # fmt: skip
OTHER_SOFTWARE = define(
    "ZJ716", NOTE,
    what=N_("made with zuji {made} ({code_made}), verified with zuji {here} ({code_here})"),
    why=N_("the two differ in code or rules, so calculating anew may give another result"),
    mend=N_("nothing to mend; the plain engine recomputes the frozen record in every version"),
)  # fmt: skip
DATASETS_WITHHELD = define(
    "ZJ717", NOTE,
    what=N_("{count} datasets are in the dossier by digest and score only, since their licence forbids more: {ids}"),
    why=N_("what is behind such a score can be seen only with a licence of one's own"),
    mend=N_("compare the digest with one's own copy of the dataset, or ask the owner and freeze with --disclose"),
)  # fmt: skip
OTHER_VERIFIER = define(
    "ZJ718", NOTE,
    what=N_("verify.py in the dossier is not the one of this version"),
    why=N_("a dossier of another version holds another one; run only a verifier that you took from a source you trust"),
    mend=N_("zuji verify --write-verifier FILE writes the one of this version"),
)  # fmt: skip
UNSIGNED = define(
    "ZJ720", WARNING,
    what=N_("nobody has signed the dossier"),
    why=N_("digests show that nothing was changed by accident; only a signature shows who answers for it"),
    mend=N_("zuji sign FILE --key NAME, or compare the digest of the manifest with one received from elsewhere"),
)  # fmt: skip
SIGNATURE_INVALID = define(
    "ZJ721", ERROR,
    what=N_("the signature does not hold: {problem}"),
    why=N_("either the signature or what it signs was changed, or another key made it"),
    mend=N_("do not rely on it; ask the signer"),
)  # fmt: skip
SIGNER_UNKNOWN = define(
    "ZJ722", WARNING,
    what=N_("{name} ({role}) signed with the key {thumbprint}, which is not among the trusted keys"),
    why=N_("the signature holds, but anybody can make a key and write any name"),
    mend=N_("compare the thumbprint with the signer over another channel, then zuji key trust FILE"),
)  # fmt: skip
KEY_REVOKED = define(
    "ZJ723", ERROR,
    what=N_("{name} revoked the key {thumbprint} on {revoked}: {reason}"),
    why=N_("no trusted time stamp shows that the signature is older than the revocation"),
    mend=N_("ask the signer to sign again with a key that is valid"),
)  # fmt: skip
CERTIFICATE_EXPIRED = define(
    "ZJ724", ERROR,
    what=N_("the certificate of {name} is valid from {start} to {end}, not on {day}"),
    why=N_("outside that time nobody vouches for the key, unless a time stamp shows an earlier signature"),
    mend=N_("ask the signer to sign again with a valid certificate, and to have signatures time-stamped"),
)  # fmt: skip
CERTIFICATE_INVALID = define(
    "ZJ725", ERROR,
    what=N_("the certificate of {name} does not hold: {problem}"),
    why=N_("a certificate ties a name to a key only when it is for that key and its issuer has signed it"),
    mend=N_("ask the signer for the right certificate"),
)  # fmt: skip
CERTIFICATE_UNTRUSTED = define(
    "ZJ726", WARNING,
    what=N_("the certificate of {name} ends at {issuer}, which is not among the trusted roots"),
    why=N_("the chain is whole, but nobody whom you trust vouches for its end"),
    mend=N_("get the root certificate from its issuer, then zuji key trust FILE"),
)  # fmt: skip
STAMP_INVALID = define(
    "ZJ730", ERROR,
    what=N_("the time stamp does not hold: {problem}"),
    why=N_("it proves nothing about when the dossier was there"),
    mend=N_("have the dossier stamped again with zuji stamp"),
)  # fmt: skip
STAMP_UNTRUSTED = define(
    "ZJ731", WARNING,
    what=N_("the time stamp of {time} is by {authority}, which is not among the trusted roots"),
    why=N_("the stamp holds, but anybody can run a time-stamping authority"),
    mend=N_("get the root certificate of the authority, then zuji key trust FILE"),
)  # fmt: skip
LOG_PROOF_INVALID = define(
    "ZJ735", ERROR,
    what=N_("the proof of the log {origin} does not hold: {problem}"),
    why=N_("the log does not hold this dossier, or it has shown different histories"),
    mend=N_("ask the keeper of the log; zuji log audit tests the whole log"),
)  # fmt: skip
LOG_UNKNOWN = define(
    "ZJ736", WARNING,
    what=N_("the log {origin} signs with the key {key}, which is not among the trusted keys"),
    why=N_("the proof holds, but anybody can keep a log"),
    mend=N_("get the verifier key from the keeper of the log, then zuji key trust FILE"),
)  # fmt: skip
EVENT_INVALID = define(
    "ZJ740", ERROR,
    what=N_("an entry of the review does not hold: {problem}"),
    why=N_("the entries are signed and name the ones before them; this one was changed, or its file is damaged"),
    mend=N_("merge with the file of another participant: what they have is not lost"),
)  # fmt: skip
EVENT_PARENT_MISSING = define(
    "ZJ741", ERROR,
    what=N_("an entry by {name} names an earlier entry {parent} that is not in the file"),
    why=N_("an entry was taken out of the review"),
    mend=N_("merge with the file of another participant: zuji review merge"),
)  # fmt: skip
EVENT_WITHOUT_EFFECT = define(
    "ZJ742", WARNING,
    what=N_("the entry '{action}' by {name} on finding {finding} has no effect: {problem}"),
    why=N_("two people worked at the same time, or the role does not allow it; nothing was lost"),
    mend=N_("read the finding and, where needed, write the entry again"),
)  # fmt: skip
OTHER_DOSSIER = define(
    "ZJ743", ERROR,
    what=N_("the review knows no round for this dossier ({digest})"),
    why=N_("findings are tied to numbers of one frozen version"),
    mend=N_("start a round for it: zuji review open"),
)  # fmt: skip
STATEMENT_DIFFERS = define(
    "ZJ744", ERROR,
    what=N_("the verification statement does not hold: {problem}"),
    why=N_("a statement is signed by a verifier and names the dossier, its results and the review"),
    mend=N_("ask the verifier to issue it again"),
)  # fmt: skip
