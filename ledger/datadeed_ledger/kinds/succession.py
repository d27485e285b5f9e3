"""What changes the members themselves: amend_roster.

The next roster travels whole in the entry, and the block that records it is the last of its epoch (chain.py). Those who
sign: enough of the present members to speak for all, and everybody whose keys are new, so that nobody is given an
office or a key without a word of its own. A member new to the roster signs under the office key that the document
gives it; a present member under its present one. What present members did under rosters before this one is not asked.
Spec: docs/spec/ledger.md section 6, docs/spec/consensus.md section 2.11.
"""

from __future__ import annotations

from typing import Final

from datadeed_ledger.entry import AMEND_ROSTER as KIND
from datadeed_ledger.errors import Malformed
from datadeed_ledger.events import AmendRoster
from datadeed_ledger.kinds.general import looks_personal
from datadeed_ledger.kinds.offices import next_roster, roster_of
from datadeed_ledger.kinds.row import Case, Row, Signers, SignerSets, no_effect, precondition
from datadeed_ledger.refusals import refused
from datadeed_ledger.roster import Member, Roster, faults_max

MEMBERS_MIN: Final = 4  # with fewer no member may fail; a ledger of fewer, for tests, may stay so


def _next(case: Case[AmendRoster]) -> Roster:
    following = roster_of(case)
    assert following is not None, "roster_can_be_read comes first"
    return following


def keys_of(member: Member) -> dict[str, bytes]:
    """A member's keys by their purpose; for TLS it is the pin."""
    return {
        "cosign": member.cosign.public_key,
        "log": member.log.public_key,
        "office": member.office,
        "tls": member.tls,
        "vote": member.vote,
    }


def with_new_keys(present: Roster, following: Roster) -> frozenset[bytes]:
    """The ids of the members of `following` that have a key which the present roster does not give them."""
    return frozenset(
        member.member_id
        for member in following.members
        if (before := present.by_id(member.member_id)) is None or keys_of(before) != keys_of(member)
    )


def _quorum_and_new(case: Case[AmendRoster]) -> SignerSets:
    """Whoever signed, if they are those: the sets that would do are too many to list."""
    present, by = case.context.roster, case.by
    members = frozenset(member.member_id for member in present.members)
    new = with_new_keys(present, _next(case))
    return (by,) if new <= by <= members | new and len(by & members) >= present.quorum else ()


@precondition(981)
def roster_can_be_read(case: Case[AmendRoster]) -> None:
    try:
        next_roster(case.data["roster"], case.context.roster)
    except Malformed as error:
        raise refused(981, reason=str(error)) from error


@precondition(110)
def roster_holds_no_personal_data(case: Case[AmendRoster]) -> None:
    for member in _next(case).members:
        if any(looks_personal(text) for text in (member.title_en, member.title_zh, member.api, member.peer)):
            raise refused(110, field=f"roster, {member.name}")


@precondition(982)
def version_follows(case: Case[AmendRoster]) -> None:
    expected = case.context.roster.version + 1
    if _next(case).version != expected:
        raise refused(982, version=_next(case).version, expected=expected)


@precondition(983)
def members_are_enough(case: Case[AmendRoster]) -> None:
    least = min(MEMBERS_MIN, case.context.roster.size)
    if _next(case).size < least:
        raise refused(983, count=_next(case).size, least=least)


@precondition(984)
def most_members_can_be_reached(case: Case[AmendRoster]) -> None:
    """Whoever slept through the change knows the present roster alone, and is led on by those who are still in it."""
    present, following = case.context.roster, _next(case)
    found = {member.member_id: member.tls for member in following.members}
    lost = sum(1 for member in present.members if found.get(member.member_id) != member.tls)
    if lost > max(1, faults_max(present.size)):
        raise refused(984, count=lost, most=max(1, faults_max(present.size)))


@precondition(985)
def keys_keep_their_meaning(case: Case[AmendRoster]) -> None:
    """A key that the present roster gives a member for a purpose serves no other member and no other purpose."""
    meanings = {
        key: (member.name, purpose)
        for member in case.context.roster.members
        for purpose, key in keys_of(member).items()
    }
    for member in _next(case).members:
        for purpose, key in keys_of(member).items():
            if meanings.setdefault(key, (member.name, purpose)) != (member.name, purpose):
                raise refused(985, member=member.name, purpose=purpose)


@precondition(986)
def keys_are_no_party_s(case: Case[AmendRoster]) -> None:
    for member in _next(case).members:
        for purpose, key in keys_of(member).items():
            if case.register.key_used(key):
                raise refused(986, member=member.name, purpose=purpose)


AMEND_ROSTER: Final = Row[AmendRoster](
    kind=KIND,
    zh="成员变更",
    finds=(roster_can_be_read,),
    signers=Signers(
        "at least a quorum of the roster's members and every member with a new key, and nobody else",
        "名册成员中达到法定数的任意机构及持有新密钥的全部机构，且无其他签名人",
        _quorum_and_new,
    ),
    preconditions=(
        roster_holds_no_personal_data,
        version_follows,
        members_are_enough,
        most_members_can_be_reached,
        keys_keep_their_meaning,
        keys_are_no_party_s,
    ),
    effect=no_effect,
    effect_en="the block that records it, alone in it, ends the epoch; the roster governs from the next block on",
)

ROWS: Final = (AMEND_ROSTER,)
