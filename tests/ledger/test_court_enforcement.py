"""Enforcement transfers and revocations: each sentence of the specification on them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from registerkit import (
    COURT,
    OFFICE,
    OTHER_COURT,
    OTHER_OFFICE,
    ROLES,
    RegisterKit,
    pid,
    roster,
    shares,
)

from datadeed_ledger.records import Holder

ALICE, BOB, CAROL, DORA, BANK = pid("alice"), pid("bob"), pid("carol"), pid("dora"), pid("bank")


@pytest.fixture
def kit() -> RegisterKit:
    kit = RegisterKit()
    kit.enrol("alice", "bob", "carol", "dora", "bank")
    return kit


@pytest.fixture
def right(kit: RegisterKit) -> bytes:
    """Alice's, registered on 2026-12-08 until 2029-12-08."""
    return kit.registered(ALICE)


def without(*names: str) -> dict[str, tuple[str, ...]]:
    return {name: roles for name, roles in ROLES.items() if name not in names}


def enforce(kit: RegisterKit, right: bytes, *after: bytes, **changed: object) -> bytes:
    return kit.record(kit.enforce_transfer_entry(right, shares(*after), **changed))


# --- enforce_transfer: who signs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "signs"),
    [
        ((COURT,), True),
        ((COURT, OTHER_COURT), True),
        ((OTHER_COURT,), False),
        ((COURT, OFFICE), False),
        ((COURT, ALICE), False),
        ((OFFICE,), False),
    ],
)
def test_the_court_whose_freeze_ranks_first_enforces_or_another_with_its_co_signature(
    kit: RegisterKit, right: bytes, by: tuple[bytes, ...], signs: bool
) -> None:
    kit.frozen(right, COURT)
    kit.frozen(right, OTHER_COURT)
    entry = kit.enforce_transfer_entry(right, shares(BOB), by=by)
    if signs:
        kit.record(entry)
    else:
        assert kit.refusal(entry).number == 109


def test_the_court_that_ranks_first_is_the_one_whose_freeze_is_in_effect_now(kit: RegisterKit, right: bytes) -> None:
    kit.frozen(right, COURT, months=1)
    kit.frozen(right, OTHER_COURT)
    kit.go_to("2027-01-09")  # the first has lapsed
    assert kit.refusal(kit.enforce_transfer_entry(right, shares(BOB), by=(COURT,))).number == 109
    enforce(kit, right, BOB, by=(OTHER_COURT,))


@pytest.mark.parametrize("court", [COURT, OTHER_COURT])
def test_any_one_court_enforces_if_no_freeze_stands(kit: RegisterKit, right: bytes, court: bytes) -> None:
    assert kit.refusal(kit.enforce_transfer_entry(right, shares(BOB), by=(COURT, OTHER_COURT))).number == 109
    enforce(kit, right, BOB, by=(court,))


def test_any_court_enforces_if_the_first_has_left(kit: RegisterKit, right: bytes) -> None:
    kit.frozen(right, COURT)
    kit.roster = roster(without("court.example.cn"), version=2)
    enforce(kit, right, BOB, by=(OTHER_COURT,))


def test_the_next_holders_do_not_sign_but_must_be_enrolled(kit: RegisterKit, right: bytes) -> None:
    assert kit.refusal(kit.enforce_transfer_entry(right, shares(pid("nobody")))).number == 205
    enforce(kit, right, BOB)


def test_enforcement_stops_at_no_suspension(kit: RegisterKit, right: bytes) -> None:
    for party in (ALICE, BOB):
        kit.record(kit.suspend_entry(party))
    enforce(kit, right, BOB)
    assert kit.right(right).parties == {BOB}


# --- enforce_transfer: what it does ----------------------------------------------------------------------------------


def test_the_complete_next_holders_are_the_holders_of_record_at_once(kit: RegisterKit, right: bytes) -> None:
    after = [{"party": party, "share": share} for party, share in sorted([(BOB, 2500), (CAROL, 7500)])]
    kit.record(kit.enforce_transfer_entry(right, after))
    assert kit.right(right).holders == tuple(Holder(item["party"], item["share"]) for item in after)


def test_holders_may_change_in_their_shares_alone_but_not_in_nothing(kit: RegisterKit) -> None:
    right = kit.registered(ALICE, BOB)
    assert kit.refusal(kit.enforce_transfer_entry(right, shares(ALICE, BOB))).number == 604
    after = [{"party": party, "share": 5000} for party in sorted([ALICE, BOB])]
    kit.record(kit.enforce_transfer_entry(right, after))
    assert {holder.share for holder in kit.right(right).holders} == {5000}


def test_all_freezes_end_the_queued_ones_too(kit: RegisterKit, right: bytes) -> None:
    for court in (COURT, OTHER_COURT, COURT):
        kit.frozen(right, court)
    enforce(kit, right, BOB)
    assert kit.right(right).freezes == ()
    kit.transfer(right, CAROL)


def test_only_the_licences_named_end_and_with_them_their_sublicences(kit: RegisterKit, right: bytes) -> None:
    ended = kit.licensed(right, CAROL, sublicensing=True)
    under = kit.licensed(right, DORA, parent=ended, by=(CAROL, DORA))
    kept = kit.licensed(right, BOB, sublicensing=True)
    under_kept = kit.licensed(right, DORA, parent=kept, by=(BOB, DORA))
    enforce(kit, right, BOB, ends=[ended])
    assert [kit.licence(right, licence) is None for licence in (ended, under, kept, under_kept)] == [
        True,
        True,
        False,
        False,
    ]
    assert kit.right(right).licences_ever == 4


def test_a_sublicence_may_be_named_alone(kit: RegisterKit, right: bytes) -> None:
    parent = kit.licensed(right, CAROL, sublicensing=True)
    under = kit.licensed(right, DORA, parent=parent, by=(CAROL, DORA))
    enforce(kit, right, BOB, ends=[under])
    assert kit.licence(right, parent) is not None
    assert kit.licence(right, under) is None


@pytest.mark.parametrize("ends", [False, True])
def test_the_pledge_ends_only_if_said(kit: RegisterKit, right: bytes, ends: bool) -> None:
    kit.pledged(right, BANK)
    enforce(kit, right, BOB, ends_pledge=ends)
    assert (kit.right(right).pledge is None) == ends


def test_a_pledge_that_goes_along_still_binds(kit: RegisterKit, right: bytes) -> None:
    kit.pledged(right, BANK)
    enforce(kit, right, BOB)
    assert kit.refusal(kit.transfer_entry(right, shares(CAROL), by=(BOB, CAROL))).number == 109


def test_what_is_pending_is_closed_in_both_slots(kit: RegisterKit, right: bytes) -> None:
    kit.go_to("2029-12-01")
    requests = [kit.record(kit.renew_entry(right)), kit.transfer(right, CAROL)]
    enforce(kit, right, BOB)
    assert kit.right(right).pending == ()
    for request in requests:
        assert kit.refusal(kit.approve_entry(right, request)).number == 801
    kit.record(kit.renew_entry(right))  # the new holder renews in time


def test_a_right_that_only_a_pending_renewal_kept_valid_expires_with_the_enforcement(
    kit: RegisterKit, right: bytes
) -> None:
    kit.go_to("2029-12-08")
    kit.record(kit.renew_entry(right))
    kit.go_to("2029-12-09")
    assert kit.seen(right).renewal_pending
    enforce(kit, right, BOB)
    assert kit.seen(right).status == "expired"


def test_notes_of_disputes_stay(kit: RegisterKit, right: bytes) -> None:
    kit.record(kit.note_dispute_entry(right))
    enforce(kit, right, BOB)
    assert len(kit.right(right).disputes) == 1


# --- revoke ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [OFFICE, COURT, OTHER_COURT])
def test_the_registrar_or_a_court_revokes_and_the_record_stays_marked(
    kit: RegisterKit, right: bytes, by: bytes
) -> None:
    before = kit.right(right)
    kit.record(kit.revoke_entry(right, by=by))
    after = kit.right(right)
    assert (after.stage, after.ended_at) == ("revoked", kit.now_ms)
    assert replace(after, stage=before.stage, ended_at=None, events=before.events) == before


def test_if_the_registrar_has_left_any_registrar_revokes(kit: RegisterKit, right: bytes) -> None:
    kit.roster = roster(without("ip-office.example.cn"), version=2)
    kit.record(kit.revoke_entry(right, by=OTHER_OFFICE))


def test_a_right_is_revoked_also_if_it_has_expired(kit: RegisterKit, right: bytes) -> None:
    kit.go_to("2030-01-01")
    assert kit.seen(right).status == "expired"
    kit.record(kit.revoke_entry(right))
    assert kit.seen(right).status == "revoked"


def test_revoked_ranks_before_cancelled_and_cancelled_before_expired(kit: RegisterKit, right: bytes) -> None:
    kit.record(kit.approve_entry(right, kit.record(kit.cancel_entry(right))))
    kit.go_to("2030-01-01")
    assert kit.seen(right).status == "cancelled"
    kit.record(kit.revoke_entry(right))
    assert kit.seen(right).status == "revoked"


def test_with_a_revocation_what_is_pending_is_closed(kit: RegisterKit, right: bytes) -> None:
    request = kit.transfer(right, BOB)
    kit.record(kit.revoke_entry(right))
    assert kit.right(right).pending == ()
    assert kit.refusal(kit.approve_entry(right, request)).number == 801


def test_with_a_right_end_its_licences_pledge_and_freezes_though_the_records_keep_them(
    kit: RegisterKit, right: bytes
) -> None:
    licence = kit.licensed(right, BOB)
    kit.pledged(right, BANK)
    kit.frozen(right)
    kit.record(kit.revoke_entry(right))
    seen = kit.seen(right)
    assert (seen.pledge, seen.freezes, seen.pending) == (None, (), ())
    assert kit.refusal(kit.end_license_entry(right, licence, (BOB,))).number == 701
    assert kit.licence(right, licence) is not None
    assert kit.right(right).pledge is not None
