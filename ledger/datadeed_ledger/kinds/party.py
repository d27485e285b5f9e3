"""Who takes part: enrol, update_party, suspend and reinstate."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from datadeed_ledger.entry import key_proof_message
from datadeed_ledger.events import Enrol, Reinstate, Suspend, UpdateParty
from datadeed_ledger.keys import is_valid
from datadeed_ledger.kinds.common import INSTITUTION, listed, members_with, put
from datadeed_ledger.kinds.row import Case, Row, Signers, SignerSets, precondition
from datadeed_ledger.records import NO_EVENTS, KeyUse, Party
from datadeed_ledger.refusals import refused
from datadeed_ledger.state import Overlay

Keyed = Enrol | UpdateParty
OfParty = UpdateParty | Suspend | Reinstate


@precondition(201)
def party_id_is_new(case: Case[Enrol]) -> None:
    if case.register.party(case.data["party"]) is not None:
        raise refused(201)


@precondition(202)
def key_is_new(case: Case[Keyed]) -> None:
    """Also when a name changes: every update brings a key that nobody had, so that no signature has two readings."""
    if case.register.key_used(case.data["public_key"]):
        raise refused(202)


@precondition(203)
def key_is_no_institution_s(case: Case[Keyed]) -> None:
    """One key, one meaning."""
    for member in case.context.roster.members:
        if case.data["public_key"] in (member.vote, member.office, member.cosign.public_key, member.log.public_key):
            raise refused(203)


@precondition(204)
def key_is_possessed(case: Case[Keyed]) -> None:
    message = key_proof_message(case.context.ledger, case.data["party"], case.data["public_key"])
    if not is_valid(case.data["public_key"], message, case.data["key_proof"]):
        raise refused(204)


@precondition(205)
def party_is_enrolled(case: Case[OfParty]) -> None:
    if case.register.party(case.data["party"]) is None:
        raise refused(205, party=case.data["party"].hex())


def party_of(case: Case[OfParty]) -> Party:
    party = case.register.party(case.data["party"])
    assert party is not None, "party_is_enrolled comes first"
    return party


def _keepers(case: Case[OfParty]) -> SignerSets:
    """The enrolling institution alone; any registrar, if it has left."""
    roster, keeper = case.context.roster, party_of(case).enrolled_by
    return members_with(roster, "registrar") if roster.by_id(keeper) is None else (frozenset((keeper,)),)


def _update_signers(case: Case[UpdateParty]) -> SignerSets:
    """The party with its old key; the enrolling institution too if an identity seal changes; it alone to recover."""
    party, own, keepers = party_of(case), frozenset((case.data["party"],)), _keepers(case)
    if case.data["reason"] == "recovery":
        return keepers
    together = tuple(own | keeper for keeper in keepers)
    same_identity = (case.data["name"], case.data["credit_code"]) == (party.name, party.credit_code)
    return (own, *together) if same_identity else together


def _enrol(case: Case[Enrol], overlay: Overlay) -> None:
    data = case.data
    party = Party(
        subject=Party.subject_of(data["party"]),
        party_type=data["party_type"],
        enrolled_by=case.entry.body.by[0],
        public_key=data["public_key"],
        name=data["name"],
        credit_code=data["credit_code"],
        suspended_by=(),
        events=NO_EVENTS,
    )
    put(overlay, party)
    put(overlay, KeyUse(KeyUse.subject_of(data["public_key"]), data["party"]))


def _update(case: Case[UpdateParty], overlay: Overlay) -> None:
    data = case.data
    put(
        overlay,
        replace(party_of(case), public_key=data["public_key"], name=data["name"], credit_code=data["credit_code"]),
    )
    put(overlay, KeyUse(KeyUse.subject_of(data["public_key"]), data["party"]))


# --- suspend and reinstate -------------------------------------------------------------------------------------------


def _suspenders(case: Case[Suspend | Reinstate]) -> SignerSets:
    return (*_keepers(case), *members_with(case.context.roster, "court"))


@precondition(206)
def signer_has_not_suspended_it(case: Case[Suspend]) -> None:
    if case.entry.body.by[0] in party_of(case).suspended_by:
        raise refused(206)


@precondition(111)
def suspension_reason_is_listed(case: Case[Suspend]) -> None:
    listed("reason", case.data["reason"], case.context.rules.reasons["suspend"])


@precondition(207)
def a_suspension_can_be_lifted(case: Case[Reinstate]) -> None:
    if not _lifted(case):
        raise refused(207)


@precondition(111)
def reinstatement_reason_is_listed(case: Case[Reinstate]) -> None:
    listed("reason", case.data["reason"], case.context.rules.reasons["reinstate"])


def _lifted(case: Case[Reinstate]) -> frozenset[bytes]:
    """The signer's own suspension; who has none lifts those of institutions that can no longer lift them."""
    suspended_by = frozenset(party_of(case).suspended_by)
    able = frozenset().union(*_suspenders(case))
    return suspended_by & case.by or suspended_by - able


def _suspend(case: Case[Suspend], overlay: Overlay) -> None:
    party = party_of(case)
    put(overlay, replace(party, suspended_by=tuple(sorted({*party.suspended_by, *case.by}))))


def _reinstate(case: Case[Reinstate], overlay: Overlay) -> None:
    party, lifted = party_of(case), _lifted(case)
    put(overlay, replace(party, suspended_by=tuple(one for one in party.suspended_by if one not in lifted)))


ENROL: Final = Row[Enrol](
    kind="enrol",
    zh="主体入册",
    finds=(),
    signers=INSTITUTION,
    preconditions=(party_id_is_new, key_is_new, key_is_no_institution_s, key_is_possessed),
    effect=_enrol,
    effect_en="the party is enrolled by the signing institution, under this key",
)

UPDATE_PARTY: Final = Row[UpdateParty](
    kind="update_party",
    zh="主体变更",
    finds=(party_is_enrolled,),
    signers=Signers(
        "the party with its old key, and the enrolling institution (any registrar if it has left) if an identity seal "
        "changes; that institution alone for a recovery",
        "主体（以原密钥）；身份密封字段变化的，另加入册机构（已退出的由任一登记机构）；密钥恢复由该机构单独签名",
        _update_signers,
    ),
    preconditions=(key_is_new, key_is_no_institution_s, key_is_possessed),
    effect=_update,
    effect_en="key and identity seals are replaced, from the next entry on",
)

_SUSPENDER: Final = Signers[Suspend | Reinstate](
    "the enrolling institution (any registrar if it has left), or a court",
    "入册机构（已退出的由任一登记机构），或法院",
    _suspenders,
)

SUSPEND: Final = Row[Suspend](
    kind="suspend",
    zh="停用",
    finds=(party_is_enrolled,),
    signers=_SUSPENDER,
    preconditions=(signer_has_not_suspended_it, suspension_reason_is_listed),
    effect=_suspend,
    effect_en="the signer joins those who suspend the party; while there is one, the party's entries are refused",
)

REINSTATE: Final = Row[Reinstate](
    kind="reinstate",
    zh="恢复",
    finds=(party_is_enrolled,),
    signers=_SUSPENDER,
    preconditions=(a_suspension_can_be_lifted, reinstatement_reason_is_listed),
    effect=_reinstate,
    effect_en="the signer's own suspension is lifted, and no other's",
)

ROWS: Final = (ENROL, UPDATE_PARTY, SUSPEND, REINSTATE)
