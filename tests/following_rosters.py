"""Rosters that follow the founding one of `Institutions`: who joins, leaves or gets new keys, and the entry for it."""

from __future__ import annotations

from dataclasses import replace

from institutions import Institutions, key

from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.kinds.succession import with_new_keys
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, VerifierKey
from datadeed_ledger.roster import Member, Roster

JOINING = "university.example.cn"
SECOND = " 2"  # the label of a member's key ends so after it was rotated


def following(
    present: Roster, *, joins: tuple[Member, ...] = (), leaves: tuple[str, ...] = (), rekeyed: tuple[str, ...] = ()
) -> Roster:
    """The roster after `present`; whoever is rekeyed has new keys for everything but TLS."""
    members = [
        second_keys(member) if member.name in rekeyed else member
        for member in present.members
        if member.name not in leaves
    ]
    return Roster.of(present.version + 1, sorted([*members, *joins], key=lambda member: member.name))


def joining(four: Institutions, name: str = JOINING) -> Member:
    """An institution that was not there at the founding, with its folder and keys."""
    return four.institution(name, ("supervisor",))


def second_keys(member: Member) -> Member:
    name = member.name
    return replace(
        member,
        vote=key(f"vote {name}{SECOND}").public_key,
        office=key(f"office {name}{SECOND}").public_key,
        cosign=VerifierKey(name, COSIGNATURE_TYPE, key(f"cosign {name}{SECOND}").public_key),
        log=VerifierKey(member.log.name, LOG_TYPE, key(f"log {name}{SECOND}").public_key),
    )


def secret(purpose: str, name: str, public_key: bytes) -> SigningKey:
    """The secret key of this member and purpose that belongs to `public_key`."""
    found = (key(f"{purpose} {name}{suffix}") for suffix in ("", SECOND))
    return next(each for each in found if each.public_key == public_key)


def amend_roster(four: Institutions, present: Roster, new: Roster, number: int = 9_000_000) -> Entry:
    """The entry that puts `new` in place of `present`, by all present members and all with new keys."""
    signers = {member.member_id: member for member in present.members}
    for member_id in with_new_keys(present, new) - set(signers):
        member = new.by_id(member_id)
        assert member is not None
        signers[member_id] = member
    keys = {each: secret("office", member.name, member.office) for each, member in signers.items()}
    assert all(sha256(member.name.encode()) == each for each, member in signers.items())
    return four.entry("amend_roster", keys, {"roster": new.document}, number)
