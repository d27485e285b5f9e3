"""The data of every kind of entry: which fields it has, and of which types. One `TypedDict` a kind.

What the fields mean, who must sign and what must hold are the rows of kinds/table.py; here is only what the
bytes alone can decide, so that `Entry.parse` needs no ledger. Every key is present and none other; optional values are
nil.
Spec: docs/spec/events.md, "Kinds".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypedDict

from datadeed_ledger.schema import (
    U32,
    U32_MAX,
    U64,
    Atoms,
    Code,
    Date,
    Digest,
    Document,
    Id,
    Items,
    Mid,
    Ms,
    Pid,
    PublicKey,
    Reader,
    Seal,
    Signature,
    Text,
    Whole,
    distinct,
    holders,
    reader,
)

MONTHS_MAX: Final = 1200  # what a rule set may allow at most; far beyond any court's term
ENDS_MAX: Final = 64  # licences that one enforcement ends
DOCUMENT_BYTES_MAX: Final = 56 * 1024  # leaves room for the signatures of 31 members in an entry of 60 KiB

PartyType = Literal["enterprise", "public_body", "person", "member"]
RegistrationNo = Annotated[str, Text(r"[0-9A-Z]{16}", "a registration number of 16 digits or capitals")]
CertificateNo = Annotated[str, Text(r"[0-9]{17}", "a certificate number of 17 digits")]
MediaType = Annotated[
    str,
    Text(
        r"(?=.{3,100}$)[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*",
        "a lower-case type/subtype, 3 to 100 characters",
    ),
]


class Enrol(TypedDict):
    party: Pid
    public_key: PublicKey
    key_proof: Signature
    party_type: PartyType
    name: Seal
    credit_code: Seal


class UpdateParty(TypedDict):
    party: Pid
    public_key: PublicKey
    key_proof: Signature
    reason: Literal["rotation", "recovery", "renaming", "succession"]
    name: Seal
    credit_code: Seal


class Suspend(TypedDict):
    party: Pid
    reason: Code


class Reinstate(TypedDict):
    party: Pid
    reason: Code


class Deposit(TypedDict):
    digest: Digest
    algorithm: Literal["sha-256"]
    scope: Literal["full", "sample", "manifest"]
    size_bytes: U64
    media_type: MediaType
    formed_at: Ms | None  # a claim, never checked
    file_name: Seal
    description: Seal


class DepositBatch(TypedDict):
    root: Digest
    algorithm: Literal["sha-256"]
    count: Annotated[int, Whole(1, U32_MAX)]
    formed_at: Ms | None
    description: Seal


class Notarize(TypedDict):
    deposit: Id
    item: U32 | None
    record_number: Seal


class Holder(TypedDict):
    party: Pid
    share: Annotated[int, Whole(0, 10_000)]


Holders = Annotated[list[Holder], Items(1, 32, holders)]


class DepositRef(TypedDict):
    deposit: Id
    item: U32 | None


class Description(TypedDict):
    object_name: Seal
    scenario: Seal
    structure: Seal
    algorithm_rules: Seal
    source_contract: Seal
    sample: Seal
    intended_use: Seal
    industry: Code
    sources: Annotated[list[Literal["self_collected", "by_agreement", "public_authorised"]], Items(1, 3, distinct)]
    personal_data: bool
    data_format: Code
    size_bytes: U64
    record_count: U64 | None
    update_frequency: Literal["none", "realtime", "daily", "weekly", "monthly", "quarterly", "yearly", "irregular"]
    agreement_end: Date | None
    deposits: Annotated[list[DepositRef], Items(1, 16, distinct)]


class Apply(TypedDict):
    regime: Code
    registrar: Mid
    applicants: Holders
    description: Description


class ImportRight(Apply):
    registration_no: RegistrationNo
    certificate_no: CertificateNo
    announced_on: Date
    until: Date


class OnRight(TypedDict):
    """What every later entry about a right has: the field that alone decides which entries touched it."""

    right: Id


class RequestCorrection(OnRight):
    reasons: Annotated[list[Code], Items(1, 16, distinct)]


class Correct(OnRight):
    description: Description  # the complete next one


class Publish(OnRight):
    pass


class Object(OnRight):
    ground: Code
    evidence: Seal


class DecideObjection(OnRight):
    objection: Id
    outcome: Literal["upheld", "dismissed"]
    reasons: Seal


class Register(OnRight):
    registration_no: RegistrationNo
    certificate_no: CertificateNo


class Change(OnRight):
    description: Description  # the complete next one; agreement_end and deposits stay


class Renew(OnRight):
    agreement_end: Date | None
    authorisation: Seal


class Cancel(OnRight):
    reason: Code


class License(OnRight):
    parent: Id | None
    licensee: Pid
    type: Literal["exclusive", "sole", "ordinary"]
    territory: Atoms
    industry: Atoms
    use: Atoms
    start: Date
    end: Date
    sublicensing: bool
    fee: Seal
    contract: Seal


class EndLicense(OnRight):
    license: Id
    reason: Code


class Transfer(OnRight):
    holders_after: Holders
    price: Seal
    contract: Seal


class PledgeRight(OnRight):
    pledgee: Pid
    debt_due: Date  # information only: a pledge never lapses by time
    debt_amount: Seal
    contract: Seal


class ReleasePledge(OnRight):
    reason: Code


class Approve(OnRight):
    request: Id
    certificate_no: CertificateNo | None


class Reject(OnRight):
    request: Id  # the right itself: the application is refused
    ground: Code


class Withdraw(OnRight):
    target: Id  # application (the right itself), request or objection


class NoteDispute(OnRight):
    case_no: Seal


class EndDispute(OnRight):
    dispute: Id


class FreezeRight(OnRight):
    months: Annotated[int, Whole(1, MONTHS_MAX)]  # the rule set's freeze_max_months is asked by the rules
    ruling_no: Seal
    notice_no: Seal


class RenewFreeze(OnRight):
    freeze: Id
    months: Annotated[int, Whole(1, MONTHS_MAX)]
    ruling_no: Seal
    notice_no: Seal


class Unfreeze(OnRight):
    freeze: Id
    ruling_no: Seal


class EnforceTransfer(OnRight):
    holders_after: Holders
    ends: Annotated[list[Id], Items(0, ENDS_MAX, distinct)]  # standing licences that end with it
    ends_pledge: bool
    ruling_no: Seal


class Revoke(OnRight):
    ground: Code
    judgment_no: Seal


class CorrectRecord(OnRight):
    target: Id  # the entry whose effect is put right
    description: Description | None
    certificate_no: CertificateNo | None
    holders: Holders | None
    until: Date | None
    status: Literal["registered"] | None  # a wrong cancel or revoke is undone
    reason: Code
    ruling_no: Seal


class RegisterAsset(TypedDict):
    right: Id | None
    party: Pid
    industry: Code
    category: Code
    deposits: Annotated[list[DepositRef], Items(0, 16, distinct)]
    product_name: Seal
    valuation: Seal


class DelistAsset(TypedDict):
    asset: Id
    reason: Code


class RecordContract(TypedDict):
    asset: Id | None
    right: Id | None
    seller: Pid
    buyer: Pid
    subject_matter: Literal["data_set", "api_service", "report", "model", "licence"]
    start: Date
    end: Date
    amount: Seal
    contract: Seal


class AmendRules(TypedDict):
    rules: Annotated[bytes, Document(DOCUMENT_BYTES_MAX)]  # the whole next rule set, RFC 8785 JSON
    effective: Ms  # the first moment of a block that it governs


class AmendRoster(TypedDict):
    roster: Annotated[bytes, Document(DOCUMENT_BYTES_MAX)]  # the whole next roster document


SCHEMAS: Final[Mapping[str, Any]] = {
    "enrol": Enrol,
    "update_party": UpdateParty,
    "suspend": Suspend,
    "reinstate": Reinstate,
    "deposit": Deposit,
    "deposit_batch": DepositBatch,
    "notarize": Notarize,
    "apply": Apply,
    "import_right": ImportRight,
    "publish": Publish,
    "register": Register,
    "request_correction": RequestCorrection,
    "correct": Correct,
    "object": Object,
    "decide_objection": DecideObjection,
    "license": License,
    "end_license": EndLicense,
    "transfer": Transfer,
    "change": Change,
    "renew": Renew,
    "cancel": Cancel,
    "pledge": PledgeRight,
    "release_pledge": ReleasePledge,
    "approve": Approve,
    "reject": Reject,
    "withdraw": Withdraw,
    "note_dispute": NoteDispute,
    "end_dispute": EndDispute,
    "freeze": FreezeRight,
    "renew_freeze": RenewFreeze,
    "unfreeze": Unfreeze,
    "enforce_transfer": EnforceTransfer,
    "revoke": Revoke,
    "correct_record": CorrectRecord,
    "register_asset": RegisterAsset,
    "delist_asset": DelistAsset,
    "record_contract": RecordContract,
    "amend_rules": AmendRules,
    "amend_roster": AmendRoster,
}

READERS: Final[Mapping[str, Reader]] = {kind: reader(schema) for kind, schema in SCHEMAS.items()}
