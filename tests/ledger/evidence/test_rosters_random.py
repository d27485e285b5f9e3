"""Ledgers whose members change at random: every pack of them passes, and stands under the roster of its place."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from epochs import change_entry, roster_of, rotated, step_of
from evidencekit import FINGERPRINT, GENESIS, SECRETS, Ledger, Pen, member

from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.evidence import Rosters, entry_pack, verify_pack
from datadeed_ledger.kinds.succession import MEMBERS_MIN, with_new_keys
from datadeed_ledger.roster import Member, Roster

CHANGES = 8
SPARE_ROLES = ("exchange", "notary", "supervisor")


def kept(chance: random.Random, present: Roster) -> Iterator[Member]:
    """The present members: one may be gone, some have other keys, some another role; a court and a registrar stay."""
    leaver = chance.choice(present.members) if present.size > MEMBERS_MIN and chance.random() < 0.5 else None
    for each in present.members:
        spare = not {"court", "registrar"} & set(each.roles)
        if each is leaver and spare:
            continue
        changed = rotated(each, f"{present.version}") if chance.random() < 0.3 else each
        yield replace(changed, roles=(chance.choice(SPARE_ROLES),)) if spare and chance.random() < 0.3 else changed


def following(chance: random.Random, present: Roster) -> Roster:
    """A roster that may come after this one."""
    joining = [member(f"joined-{present.version}.cn", chance.choice(SPARE_ROLES))] if chance.random() < 0.6 else []
    return roster_of(present.version + 1, [*kept(chance, present), *joining])


def told_at_random(chance: random.Random) -> tuple[Ledger, list[tuple[Entry, int]]]:
    """A ledger with its deposits, each with the version of the roster under which it was recorded."""
    ledger, deposits = Ledger(), list[tuple[Entry, int]]()
    pen = Pen(ledger)
    for _ in range(CHANGES):
        for _ in range(chance.randrange(3)):
            depositor = chance.choice(ledger.roster.members)
            pen.keys[depositor.member_id] = SECRETS[depositor.office]
            entry = pen.deposit(depositor.member_id, chance.randbytes(4))
            ledger.add(entry)
            deposits.append((entry, ledger.roster.version))
        present, after = ledger.roster, following(chance, ledger.roster)
        quorum = chance.sample([each.member_id for each in present.members], present.quorum)
        ledger.add(change := change_entry(pen, present, after, {*quorum, *with_new_keys(present, after)}))
        deposits.append((change, present.version))
        if chance.random() < 0.5:
            ledger.add()
    return ledger, deposits


@pytest.mark.parametrize("seed", range(6))
def test_every_entry_of_a_ledger_with_many_rosters_is_proven_under_its_own(seed: int) -> None:
    ledger, deposits = told_at_random(random.Random(seed))
    newest = ledger.tip.header.roster_version
    rosters = Rosters.founded(GENESIS)
    for version in range(2, newest + 1):
        rosters = rosters.follow(step_of(ledger, ledger.changes[version]))
    for entry, version in deposits:
        report = verify_pack(entry_pack(ledger, entry.entry_id), FINGERPRINT, known=rosters)
        (facts,) = report.entries
        assert (facts.roster, len(report.rosters)) == (version, newest)
        names = {each.name for each in rosters.in_force[version - 1].roster.members}
        if entry.kind == "deposit":
            assert facts.signers[0].institution is not None
            assert facts.signers[0].institution.name in names
            assert sha256(facts.signers[0].institution.name.encode()) == entry.body.by[0]
