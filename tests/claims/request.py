"""Claims about requests."""

from __future__ import annotations

from registerkit import RegisterKit, pid, shares

from claims import claim
from claims.standing import freeze, pending_change
from datadeed_ledger.entry import Entry
from datadeed_ledger.records import Pending, Pledge


@claim("transfer", "right_exists", 501)
def transfer_of_nothing(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    return kit.transfer_entry(right, shares(bob)) if passes else moved(kit, right, bytes(32))


def moved(kit: RegisterKit, right: bytes, to: bytes) -> Entry:
    """A transfer whose data names another right."""
    entry = kit.transfer_entry(right, shares(pid("bob")))
    return kit.entry("transfer", entry.body.by, entry.body.data | {"right": to})


@claim("transfer", "signers", 109)
def without_the_next_holder(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.transfer_entry(kit.registered(alice), shares(bob), by=(alice, bob) if passes else (alice,))


@claim("transfer", "signers", 109)
def transfer_without_the_pledgee(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob, bank = kit.enrol("alice", "bob", "bank")
    right = kit.registered(alice)
    kit.change_right(right, pledge=Pledge(bytes(32), bank, "2027-01-01"))
    return kit.transfer_entry(right, shares(bob), by=(alice, bob, bank) if passes else (alice, bob))


@claim("transfer", "right_is_valid", 601)
def transfer_of_an_expired_right(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    kit.go_to("2029-12-08" if passes else "2029-12-09")
    return kit.transfer_entry(right, shares(bob))


@claim("transfer", "right_is_not_frozen", 602)
def transfer_of_a_frozen_right(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    if not passes:
        kit.change_right(right, freezes=(freeze(kit),))
    return kit.transfer_entry(right, shares(bob))


@claim("transfer", "slot_is_free", 603)
def transfer_beside_a_change(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    kit.change_right(right, pending=(pending_change(kit, -1 if passes else 0),))
    return kit.transfer_entry(right, shares(bob))


@claim("transfer", "slot_is_free", 603)
def transfer_beside_a_renewal(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    renewal = Pending(b"r" * 32, "renew", kit.day(9))
    kit.change_right(right, pending=(renewal,) if passes else (renewal, pending_change(kit, 9)))
    return kit.transfer_entry(right, shares(bob))


@claim("transfer", "holders_would_change", 604)
def transfer_to_oneself(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.transfer_entry(kit.registered(alice), shares(bob if passes else alice))
