"""The law of suspension, sentence by sentence."""

from __future__ import annotations

import pytest
from registerkit import COURT, OFFICE, OTHER_COURT, OTHER_OFFICE, ROLES, RegisterKit, pid, roster, shares

ALICE, BOB = pid("alice"), pid("bob")


@pytest.fixture
def kit() -> RegisterKit:
    kit = RegisterKit()
    kit.enrol("alice", "bob")
    return kit


def leave(kit: RegisterKit, *names: str) -> None:
    """The next roster has these members no more."""
    kit.roster = roster({name: roles for name, roles in ROLES.items() if name not in names}, version=2)


def test_suspension_is_a_set_of_institutions_and_each_lifts_only_its_own(kit: RegisterKit) -> None:
    for by in (OFFICE, COURT, OTHER_COURT):
        kit.record(kit.suspend_entry(ALICE, by=by))
    assert kit.party(ALICE).suspended_by == tuple(sorted((OFFICE, COURT, OTHER_COURT)))
    kit.record(kit.reinstate_entry(ALICE, by=COURT))
    assert kit.party(ALICE).suspended_by == tuple(sorted((OFFICE, OTHER_COURT)))
    kit.record(kit.reinstate_entry(ALICE, by=OFFICE))
    assert kit.refusal(kit.deposit_entry(ALICE)).number == 107
    kit.record(kit.reinstate_entry(ALICE, by=OTHER_COURT))
    kit.deposit(ALICE)


def test_a_suspended_party_s_entries_are_refused_also_where_it_signs_with_others(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    kit.record(kit.suspend_entry(BOB))
    assert kit.refusal(kit.transfer_entry(right, shares(BOB))).number == 107
    kit.record(kit.reinstate_entry(BOB))
    kit.transfer(right, BOB)


def test_a_suspension_stops_no_court_and_no_registrar(kit: RegisterKit) -> None:
    right, application = kit.registered(ALICE), kit.application(ALICE)
    kit.record(kit.suspend_entry(ALICE))
    kit.frozen(right)
    kit.record(kit.publish_entry(application))
    kit.record(kit.enforce_transfer_entry(right, shares(BOB)))
    assert kit.right(right).parties == {BOB}


def test_a_suspension_stops_no_clock(kit: RegisterKit) -> None:
    right, application = kit.registered(ALICE), kit.correcting(ALICE)
    request = kit.transfer(right, BOB)
    kit.record(kit.suspend_entry(ALICE))
    kit.go_to(kit.day(91))
    assert kit.seen(right).pending == ()
    assert kit.seen(application).status == "deemed_withdrawn"
    assert kit.refusal(kit.approve_entry(right, request)).number == 801


def test_if_the_enrolling_institution_has_left_any_registrar_suspends_and_reinstates(kit: RegisterKit) -> None:
    assert kit.refusal(kit.suspend_entry(ALICE, by=OTHER_OFFICE)).number == 109
    leave(kit, "ip-office.example.cn")
    kit.record(kit.suspend_entry(ALICE, by=OTHER_OFFICE))
    kit.record(kit.reinstate_entry(ALICE, by=OTHER_OFFICE))
    kit.deposit(ALICE)


@pytest.mark.parametrize("by", [OTHER_OFFICE, COURT])
def test_what_an_institution_that_has_left_suspended_is_lifted_by_who_has_none_of_its_own(
    kit: RegisterKit, by: bytes
) -> None:
    for suspender in (OFFICE, OTHER_COURT):
        kit.record(kit.suspend_entry(ALICE, by=suspender))
    leave(kit, "ip-office.example.cn")
    kit.record(kit.reinstate_entry(ALICE, by=by))
    assert kit.party(ALICE).suspended_by == (OTHER_COURT,)
    assert kit.refusal(kit.reinstate_entry(ALICE, by=by)).number == 207


def test_who_lifts_its_own_suspension_leaves_that_of_one_that_has_left(kit: RegisterKit) -> None:
    for suspender in (OTHER_COURT, COURT):
        kit.record(kit.suspend_entry(ALICE, by=suspender))
    leave(kit, "other-court.example.cn")
    kit.record(kit.reinstate_entry(ALICE, by=COURT))
    assert kit.party(ALICE).suspended_by == (OTHER_COURT,)
    kit.record(kit.reinstate_entry(ALICE, by=COURT))
    assert kit.party(ALICE).suspended_by == ()


def test_a_suspension_joins_the_party_s_history(kit: RegisterKit) -> None:
    kit.record(kit.suspend_entry(ALICE))
    kit.record(kit.reinstate_entry(ALICE))
    assert kit.party(ALICE).events.count == 3
