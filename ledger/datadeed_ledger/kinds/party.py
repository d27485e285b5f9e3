"""Who takes part: enrol and update_party."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from datadeed_ledger.entry import key_proof_message
from datadeed_ledger.events import Enrol, UpdateParty
from datadeed_ledger.keys import is_valid
from datadeed_ledger.kinds.common import INSTITUTION, members_with, put
from datadeed_ledger.kinds.row import Case, Row, Signers, SignerSets, precondition
from datadeed_ledger.records import NO_EVENTS, KeyUse, Party
from datadeed_ledger.refusals import refused
from datadeed_ledger.state import Overlay

Keyed = Enrol | UpdateParty


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
def party_is_enrolled(case: Case[UpdateParty]) -> None:
    if case.register.party(case.data["party"]) is None:
        raise refused(205, party=case.data["party"].hex())


def party_of(case: Case[UpdateParty]) -> Party:
    party = case.register.party(case.data["party"])
    assert party is not None, "party_is_enrolled comes first"
    return party


def _update_signers(case: Case[UpdateParty]) -> SignerSets:
    """The party with its old key; the enrolling institution too if an identity seal changes; it alone to recover."""
    party, own = party_of(case), frozenset((case.data["party"],))
    member = case.context.roster.by_id(party.enrolled_by)
    keepers = members_with(case.context.roster, "registrar") if member is None else (frozenset((party.enrolled_by,)),)
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

ROWS: Final = (ENROL, UPDATE_PARTY)
