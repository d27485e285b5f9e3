"""Claims about requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from registerkit import COURT, OFFICE, RegisterKit, pid, shares

from claims import claim
from claims.standing import freeze, pending_change
from datadeed_ledger.entry import Entry
from datadeed_ledger.records import Dispute, Pending, Pledge


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


# --- change ----------------------------------------------------------------------------------------------------------


@claim("change", "right_exists", 501)
def change_of_nothing(kit: RegisterKit, passes: bool) -> Entry:
    return of_nothing(kit, kit.change_entry(alice_s(kit)), passes)


@claim("change", "signers", 109)
def changed_by_one_of_two(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.change_entry(kit.registered(alice, bob), by=(alice, bob) if passes else (bob,))


@claim("change", "right_is_valid", 601)
def change_of_an_application(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.change_entry(kit.registered(alice) if passes else kit.published(alice))


@claim("change", "right_is_not_frozen", 602)
def change_of_a_frozen_right(kit: RegisterKit, passes: bool) -> Entry:
    return kit.change_entry(frozen_unless(kit, passes))


@claim("change", "slot_is_free", 603)
def change_beside_a_transfer(kit: RegisterKit, passes: bool) -> Entry:
    return kit.change_entry(taken_unless(kit, passes))


@claim("change", "description_codes_are_listed", 111)
def changed_industry(kit: RegisterKit, passes: bool) -> Entry:
    return kit.change_entry(alice_s(kit), industry="97" if passes else "98")


@claim("change", "agreement_end_is_stated", 404)
def changed_to_an_agreement_without_end(kit: RegisterKit, passes: bool) -> Entry:
    sources = ["self_collected"] if passes else ["self_collected", "by_agreement"]
    return kit.change_entry(alice_s(kit), sources=sources)


@claim("change", "agreement_end_is_kept", 605)
def changed_agreement_end(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.registered(alice, agreement_end="2029-01-01")
    return kit.change_entry(right, agreement_end="2029-01-01" if passes else "2029-01-02")


@claim("change", "deposits_are_kept", 606)
def changed_deposits(kit: RegisterKit, passes: bool) -> Entry:
    right = alice_s(kit)
    other = [{"deposit": kit.deposit(pid("alice")), "item": None}]
    return kit.change_entry(right) if passes else kit.change_entry(right, deposits=other)


@claim("change", "deposits_are_kept", 606)
def changed_back_to_the_deposits_before_a_correction(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    first = [{"deposit": kit.deposit(alice), "item": None}]
    right = kit.application(alice, deposits=first)
    kit.record(kit.request_correction_entry(right))
    kit.record(kit.correct_entry(right))
    kit.record(kit.publish_entry(right))
    kit.go_to(kit.day(15))
    kit.record(kit.register_entry(right))
    return kit.change_entry(right) if passes else kit.change_entry(right, deposits=first)


# --- renew -----------------------------------------------------------------------------------------------------------


def ending(kit: RegisterKit, **described: Any) -> bytes:
    """A right of alice's on its last day, 2029-12-08."""
    (alice,) = kit.enrol("alice")
    right = kit.registered(alice, **described)
    kit.go_to("2029-12-08")
    return right


@claim("renew", "right_exists", 501)
def renewal_of_nothing(kit: RegisterKit, passes: bool) -> Entry:
    return of_nothing(kit, kit.renew_entry(ending(kit)), passes)


@claim("renew", "signers", 109)
def renewed_by_the_registrar(kit: RegisterKit, passes: bool) -> Entry:
    right = ending(kit)
    return kit.renew_entry(right, by=(pid("alice"),) if passes else (OFFICE,))


@claim("renew", "right_can_be_renewed", 607)
def renewed_a_day_late(kit: RegisterKit, passes: bool) -> Entry:
    right = ending(kit)
    kit.go_to(kit.day(0 if passes else 1))
    return kit.renew_entry(right)


@claim("renew", "right_can_be_renewed", 607)
def renewed_later_than_late_renewals_may_be(kit: RegisterKit, passes: bool) -> Entry:
    right = ending(kit)
    kit.rules = replace(kit.rules, late_renewal_days=30)
    kit.go_to(kit.day(30 if passes else 31))
    return kit.renew_entry(right)


@claim("renew", "right_can_be_renewed", 607)
def renewal_of_a_cancelled_right(kit: RegisterKit, passes: bool) -> Entry:
    right = ending(kit)
    if not passes:
        kit.record(kit.approve_entry(right, kit.record(kit.cancel_entry(right))))
    return kit.renew_entry(right)


@claim("renew", "renewal_has_begun", 608)
def renewed_too_early(kit: RegisterKit, passes: bool) -> Entry:
    right = ending(kit)
    kit.go_to("2029-06-11" if passes else "2029-06-10")  # 180 days before the last day
    return kit.renew_entry(right)


@claim("renew", "no_renewal_is_pending", 609)
def renewed_twice(kit: RegisterKit, passes: bool) -> Entry:
    right = ending(kit)
    first = kit.record(kit.renew_entry(right))
    if passes:
        kit.record(kit.withdraw_entry(right, first, (pid("alice"),)))
    return kit.renew_entry(right)


@claim("renew", "right_would_last_longer", 610)
def renewed_for_no_longer(kit: RegisterKit, passes: bool) -> Entry:
    right = ending(kit, agreement_end="2029-12-08")
    return kit.renew_entry(right, agreement_end="2029-12-09" if passes else None)


# --- cancel ----------------------------------------------------------------------------------------------------------


@claim("cancel", "right_exists", 501)
def cancellation_of_nothing(kit: RegisterKit, passes: bool) -> Entry:
    return of_nothing(kit, kit.cancel_entry(alice_s(kit)), passes)


@claim("cancel", "signers", 109)
def cancelled_without_the_pledgee(kit: RegisterKit, passes: bool) -> Entry:
    right = alice_s(kit)
    (bank,) = kit.enrol("bank")
    kit.pledged(right, bank)
    return kit.cancel_entry(right, by=(pid("alice"), bank) if passes else (pid("alice"),))


@claim("cancel", "signers", 109)
def cancelled_without_an_exclusive_licensee(kit: RegisterKit, passes: bool) -> Entry:
    right = alice_s(kit)
    (bob,) = kit.enrol("bob")
    kit.licensed(right, bob, type="exclusive", start=kit.day(9), end=kit.day(9))  # it stands before its start
    return kit.cancel_entry(right, by=(pid("alice"), bob) if passes else (pid("alice"),))


@claim("cancel", "signers", 109)
def cancelled_with_a_sole_licensee_who_has_no_say(kit: RegisterKit, passes: bool) -> Entry:
    right = alice_s(kit)
    (bob,) = kit.enrol("bob")
    kit.licensed(right, bob, type="sole")
    return kit.cancel_entry(right, by=(pid("alice"),) if passes else (pid("alice"), bob))


@claim("cancel", "right_is_valid", 601)
def cancellation_of_an_expired_right(kit: RegisterKit, passes: bool) -> Entry:
    right = ending(kit)
    kit.go_to(kit.day(0 if passes else 1))
    return kit.cancel_entry(right)


@claim("cancel", "right_is_not_frozen", 602)
def cancellation_of_a_frozen_right(kit: RegisterKit, passes: bool) -> Entry:
    return kit.cancel_entry(frozen_unless(kit, passes))


@claim("cancel", "slot_is_free", 603)
def cancellation_beside_a_transfer(kit: RegisterKit, passes: bool) -> Entry:
    return kit.cancel_entry(taken_unless(kit, passes))


@claim("cancel", "cancel_reason_is_listed", 111)
def cancellation_for_no_reason(kit: RegisterKit, passes: bool) -> Entry:
    return kit.cancel_entry(alice_s(kit), reason="no_longer_used" if passes else "whim")


# --- pledge and release_pledge ---------------------------------------------------------------------------------------


@claim("pledge", "right_exists", 501)
def pledge_of_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right = alice_s(kit)
    return of_nothing(kit, kit.pledge_entry(right, *kit.enrol("bank")), passes)


@claim("pledge", "signers", 109)
def pledged_without_the_pledgee(kit: RegisterKit, passes: bool) -> Entry:
    right = alice_s(kit)
    (bank,) = kit.enrol("bank")
    return kit.pledge_entry(right, bank, by=(pid("alice"), bank) if passes else (pid("alice"),))


@claim("pledge", "right_is_valid", 601)
def pledge_of_an_expired_right(kit: RegisterKit, passes: bool) -> Entry:
    right = ending(kit)
    kit.go_to(kit.day(0 if passes else 1))
    return kit.pledge_entry(right, *kit.enrol("bank"))


@claim("pledge", "right_is_not_frozen", 602)
def pledge_of_a_frozen_right(kit: RegisterKit, passes: bool) -> Entry:
    right = frozen_unless(kit, passes)
    return kit.pledge_entry(right, *kit.enrol("bank"))


@claim("pledge", "slot_is_free", 603)
def pledge_beside_a_transfer(kit: RegisterKit, passes: bool) -> Entry:
    right = taken_unless(kit, passes)
    return kit.pledge_entry(right, *kit.enrol("bank"))


@claim("pledge", "no_pledge_stands", 611)
def pledged_twice(kit: RegisterKit, passes: bool) -> Entry:
    right = alice_s(kit)
    bank, fund = kit.enrol("bank", "fund")
    kit.pledged(right, bank)
    if passes:
        kit.record(kit.release_pledge_entry(right, bank))
    return kit.pledge_entry(right, fund, by=(pid("alice"), fund))


@claim("pledge", "no_dispute_is_noted", 612)
def pledge_of_a_disputed_right(kit: RegisterKit, passes: bool) -> Entry:
    right = alice_s(kit)
    kit.change_right(right, disputes=(Dispute(bytes(32), COURT, kit.day(-1 if passes else 0)),))
    return kit.pledge_entry(right, *kit.enrol("bank"))


def pledged_to_a_bank(kit: RegisterKit) -> tuple[bytes, bytes]:
    right = alice_s(kit)
    (bank,) = kit.enrol("bank")
    kit.pledged(right, bank)
    return right, bank


@claim("release_pledge", "right_exists", 501)
def release_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right, bank = pledged_to_a_bank(kit)
    return kit.release_pledge_entry(right if passes else bytes(32), bank)


@claim("release_pledge", "a_pledge_stands", 613)
def released_twice(kit: RegisterKit, passes: bool) -> Entry:
    right, bank = pledged_to_a_bank(kit)
    if not passes:
        kit.record(kit.release_pledge_entry(right, COURT))
    return kit.release_pledge_entry(right, bank)


@claim("release_pledge", "a_pledge_stands", 613)
def released_after_the_right_ended(kit: RegisterKit, passes: bool) -> Entry:
    right, bank = pledged_to_a_bank(kit)
    kit.go_to("2029-12-08" if passes else "2029-12-09")
    return kit.release_pledge_entry(right, bank)


@claim("release_pledge", "signers", 109)
def released_by_the_holder(kit: RegisterKit, passes: bool) -> Entry:
    right, _ = pledged_to_a_bank(kit)
    return kit.release_pledge_entry(right, COURT if passes else pid("alice"))


@claim("release_pledge", "release_reason_is_listed", 111)
def released_for_no_reason(kit: RegisterKit, passes: bool) -> Entry:
    right, bank = pledged_to_a_bank(kit)
    return kit.release_pledge_entry(right, bank, reason="agreement" if passes else "whim")


# --- what several of these need --------------------------------------------------------------------------------------


def alice_s(kit: RegisterKit) -> bytes:
    """A right of alice's, registered just now."""
    return kit.registered(*kit.enrol("alice"))


def frozen_unless(kit: RegisterKit, passes: bool) -> bytes:
    right = alice_s(kit)
    if not passes:
        kit.change_right(right, freezes=(freeze(kit),))
    return right


def taken_unless(kit: RegisterKit, passes: bool) -> bytes:
    """A right whose slot is taken by a transfer; or was, until it was withdrawn."""
    right = alice_s(kit)
    (bob,) = kit.enrol("bob")
    request = kit.transfer(right, bob)
    if passes:
        kit.record(kit.withdraw_entry(right, request, (pid("alice"), bob)))
    return right


def of_nothing(kit: RegisterKit, entry: Entry, passes: bool) -> Entry:
    """The entry, or the same about a right that was never recorded."""
    if passes:
        return entry
    return kit.entry(entry.kind, entry.body.by, entry.body.data | {"right": bytes(32)})
