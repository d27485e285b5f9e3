"""Claims about changes of the roster."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from registerkit import COURT, NOTARY, ORIGIN, RegisterKit, key, member, member_id, pid

from claims import claim
from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.notes import LOG_TYPE, VerifierKey
from datadeed_ledger.roster import Member, Roster

JOINING = "university.example.cn"


def joining(kit: RegisterKit, name: str = JOINING, **changed: Any) -> Member:
    """An institution that is no member yet; the kit can sign as it."""
    kit.office_key(f"office {name}")
    return replace(member(name, ("supervisor",)), **changed)


def members(kit: RegisterKit, count: int) -> list[bytes]:
    return [each.member_id for each in kit.roster.members][:count]


def with_vote(kit: RegisterKit, label: str) -> Roster:
    """The notary's vote key is another."""
    return kit.next_roster(changed={"notary.example.cn": {"vote": key(label).public_key}})


@claim("amend_roster", "signers", 109)
def one_fewer_than_a_quorum_of_present_members(kit: RegisterKit, passes: bool) -> Entry:
    """The joining member signs too, and does not count."""
    following = kit.next_roster(joining=[joining(kit)])
    short = members(kit, kit.roster.quorum - (0 if passes else 1))
    return kit.roster_entry(following, [*short, member_id(JOINING)])


@claim("amend_roster", "signers", 109)
def without_a_member_that_joins(kit: RegisterKit, passes: bool) -> Entry:
    following = kit.next_roster(joining=[joining(kit)])
    return kit.roster_entry(following, [*members(kit, kit.roster.size), *([member_id(JOINING)] if passes else [])])


@claim("amend_roster", "signers", 109)
def without_a_member_that_has_a_new_vote_key(kit: RegisterKit, passes: bool) -> Entry:
    others = [each for each in members(kit, kit.roster.size) if each != NOTARY]
    return kit.roster_entry(with_vote(kit, "new vote key"), [*others, *([NOTARY] if passes else [])])


@claim("amend_roster", "signers", 109)
def without_a_member_that_has_a_new_pin(kit: RegisterKit, passes: bool) -> Entry:
    others = [each for each in members(kit, kit.roster.size) if each != NOTARY]
    following = kit.next_roster(changed={"notary.example.cn": {"tls": sha256(b"another certificate")}})
    return kit.roster_entry(following, [*others, *([NOTARY] if passes else [])])


@claim("amend_roster", "signers", 109)
def with_a_party_among_them(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    everybody = members(kit, kit.roster.size)
    return kit.roster_entry(by=everybody if passes else [*everybody, pid("alice")])


@claim("amend_roster", "signers", 109)
def by_the_court_alone(kit: RegisterKit, passes: bool) -> Entry:
    return kit.roster_entry(by=members(kit, kit.roster.size) if passes else [COURT])


@claim("amend_roster", "roster_can_be_read", 981)
def no_roster(kit: RegisterKit, passes: bool) -> Entry:
    following = with_vote(kit, "new vote key")
    return kit.roster_entry(following, document=following.document if passes else b" " + following.document)


@claim("amend_roster", "roster_can_be_read", 981)
def without_a_court(kit: RegisterKit, passes: bool) -> Entry:
    following = kit.next_roster(changed={"notary.example.cn": {"title_en": "Notary"}})
    document = following.document if passes else following.document.replace(b'"court"', b'"supervisor"')
    return kit.roster_entry(following, document=document)


@claim("amend_roster", "roster_can_be_read", 981)
def with_log_keys_of_another_ledger(kit: RegisterKit, passes: bool) -> Entry:
    name = ORIGIN if passes else "another.example.cn/log"
    log = VerifierKey(name, LOG_TYPE, key("new log key").public_key)
    following = kit.next_roster(changed={"notary.example.cn": {"log": log}})
    return kit.roster_entry(following, members(kit, kit.roster.size))


@claim("amend_roster", "roster_holds_no_personal_data", 110)
def a_person_in_a_title(kit: RegisterKit, passes: bool) -> Entry:
    title = "The notary" if passes else "Ask notary@example.cn"
    return kit.roster_entry(kit.next_roster(changed={"notary.example.cn": {"title_en": title}}))


@claim("amend_roster", "version_follows", 982)
def a_version_is_left_out(kit: RegisterKit, passes: bool) -> Entry:
    return kit.roster_entry(kit.next_roster(version=2 if passes else 3))


@claim("amend_roster", "version_follows", 982)
def the_present_version_again(kit: RegisterKit, passes: bool) -> Entry:
    return kit.roster_entry(kit.next_roster(version=2 if passes else 1))


@claim("amend_roster", "members_are_enough", 983)
def fewer_than_four(kit: RegisterKit, passes: bool) -> Entry:
    """Of four members one goes; that another comes makes the difference."""
    kit.roster = kit.next_roster(leaving=["exchange.example.cn", "other-court.example.cn"], version=1)
    comes = [joining(kit)] if passes else []
    return kit.roster_entry(kit.next_roster(leaving=["notary.example.cn"], joining=comes))


@claim("amend_roster", "most_members_can_be_reached", 984)
def two_leave_at_once(kit: RegisterKit, passes: bool) -> Entry:
    leaving = ["other-court.example.cn", "exchange.example.cn"]
    return kit.roster_entry(kit.next_roster(leaving=leaving[: 1 if passes else 2]))


@claim("amend_roster", "most_members_can_be_reached", 984)
def one_leaves_and_one_has_another_pin(kit: RegisterKit, passes: bool) -> Entry:
    changed = {} if passes else {"notary.example.cn": {"tls": sha256(b"another certificate")}}
    return kit.roster_entry(kit.next_roster(leaving=["other-court.example.cn"], changed=changed))


@claim("amend_roster", "keys_keep_their_meaning", 985)
def the_office_key_votes(kit: RegisterKit, passes: bool) -> Entry:
    """The office key is new, and the old one would vote."""
    before = kit.roster.members[3]
    office = kit.office_key("new office key").public_key
    vote = key("new vote key").public_key if passes else before.office
    return kit.roster_entry(
        kit.next_roster(changed={before.name: {"office": office, "vote": vote}}), [*members(kit, kit.roster.size)]
    )


@claim("amend_roster", "keys_keep_their_meaning", 985)
def the_key_of_one_who_leaves_comes_back(kit: RegisterKit, passes: bool) -> Entry:
    leaver = kit.roster.members[0]
    vote = key("new vote key").public_key if passes else leaver.vote
    return kit.roster_entry(kit.next_roster(leaving=[leaver.name], joining=[joining(kit, vote=vote)]))


@claim("amend_roster", "keys_keep_their_meaning", 985)
def two_members_with_one_pin(kit: RegisterKit, passes: bool) -> Entry:
    second = joining(kit, "second.example.cn", **({} if passes else {"tls": sha256(JOINING.encode())}))
    return kit.roster_entry(kit.next_roster(joining=[joining(kit), second]))


@claim("amend_roster", "keys_are_no_party_s", 986)
def a_party_s_key_votes(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    label = "new vote key" if passes else "party alice"
    return kit.roster_entry(with_vote(kit, label))
