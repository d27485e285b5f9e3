"""Claims about enforcement transfers and revocations."""

from __future__ import annotations

from registerkit import COURT, EXCHANGE, OFFICE, OTHER_COURT, OTHER_OFFICE, RegisterKit, pid, shares

from claims import claim
from datadeed_ledger.entry import Entry
from datadeed_ledger.records import Pledge


def a_right(kit: RegisterKit) -> bytes:
    """Alice's; bob is enrolled too."""
    kit.enrol("alice", "bob")
    return kit.registered(pid("alice"))


def to_bob(kit: RegisterKit, right: bytes, by: bytes = COURT) -> Entry:
    return kit.enforce_transfer_entry(right, shares(pid("bob")), by=(by,))


@claim("enforce_transfer", "right_exists", 501)
def enforce_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return to_bob(kit, right if passes else bytes(32))


@claim("enforce_transfer", "signers", 109)
def enforce_behind_another_court(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    kit.frozen(right, COURT)
    kit.frozen(right, OTHER_COURT)
    return to_bob(kit, right, COURT if passes else OTHER_COURT)


@claim("enforce_transfer", "signers", 109)
def enforce_by_no_court(kit: RegisterKit, passes: bool) -> Entry:
    return to_bob(kit, a_right(kit), OTHER_COURT if passes else OFFICE)


@claim("enforce_transfer", "right_is_valid", 601)
def enforce_on_an_application(kit: RegisterKit, passes: bool) -> Entry:
    alice, _ = kit.enrol("alice", "bob")
    return to_bob(kit, kit.registered(alice) if passes else kit.application(alice))


@claim("enforce_transfer", "next_holders_are_enrolled", 205)
def enforce_to_nobody(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.enforce_transfer_entry(right, shares(pid("bob"), pid("alice" if passes else "nobody")))


@claim("enforce_transfer", "holders_would_differ", 604)
def enforce_what_is(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.enforce_transfer_entry(right, shares(pid("bob" if passes else "alice")))


@claim("enforce_transfer", "ended_licences_stand", 701)
def enforce_against_no_licence(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    licence = kit.licensed(right, pid("bob"))
    return kit.enforce_transfer_entry(right, shares(pid("bob")), ends=[licence if passes else right])


@claim("enforce_transfer", "ended_licences_stand", 701)
def enforce_against_a_lapsed_licence(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    licence = kit.licensed(right, pid("bob"))
    kit.go_to(kit.day(365 if passes else 366))
    return kit.enforce_transfer_entry(right, shares(pid("bob")), ends=[licence])


@claim("enforce_transfer", "ended_pledge_stands", 850)
def enforce_against_no_pledge(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    kit.change_right(right, pledge=Pledge(bytes(32), pid("bob"), "2027-01-01") if passes else None)
    return kit.enforce_transfer_entry(right, shares(pid("bob")), ends_pledge=True)


@claim("revoke", "right_exists", 501)
def revoke_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.revoke_entry(right if passes else bytes(32))


@claim("revoke", "signers", 109)
def revoke_by_another_registrar(kit: RegisterKit, passes: bool) -> Entry:
    return kit.revoke_entry(a_right(kit), by=OFFICE if passes else OTHER_OFFICE)


@claim("revoke", "signers", 109)
def revoke_by_no_court(kit: RegisterKit, passes: bool) -> Entry:
    return kit.revoke_entry(a_right(kit), by=OTHER_COURT if passes else EXCHANGE)


@claim("revoke", "right_was_registered", 851)
def revoke_an_application(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.revoke_entry(kit.registered(alice) if passes else kit.published(alice))


@claim("revoke", "right_is_not_revoked", 852)
def revoke_twice(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    if not passes:
        kit.record(kit.revoke_entry(right))
    return kit.revoke_entry(right, by=COURT)


@claim("revoke", "revocation_ground_is_listed", 111)
def revoke_on_no_ground(kit: RegisterKit, passes: bool) -> Entry:
    return kit.revoke_entry(a_right(kit), ground="other" if passes else "whim")
