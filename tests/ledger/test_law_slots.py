"""The law of slots, sentence by sentence: what stands in a slot, what it bars, what closes it, and its approval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from registerkit import COURT, HOUR_MS, OFFICE, RegisterKit, pid, shares

from datadeed_ledger.entry import Entry
from datadeed_ledger.records import Pledge

ALICE, BOB, BANK = pid("alice"), pid("bob"), pid("bank")
Maker = Callable[[RegisterKit, bytes], Entry]

ONE_SLOT: dict[str, Maker] = {
    "change": lambda kit, right: kit.change_entry(right),
    "transfer": lambda kit, right: kit.transfer_entry(right, shares(BOB)),
    "pledge": lambda kit, right: kit.pledge_entry(right, BANK),
    "cancel": lambda kit, right: kit.cancel_entry(right),
}
BARRED: dict[str, Maker] = ONE_SLOT | {"license": lambda kit, right: kit.license_entry(right, BOB)}
EVERY_REQUEST: dict[str, Maker] = ONE_SLOT | {"renew": lambda kit, right: kit.renew_entry(right)}


@pytest.fixture
def kit() -> RegisterKit:
    """In which a renewal may be requested throughout the term."""
    kit = RegisterKit()
    kit.rules = replace(kit.rules, renewal_due_days=2000)
    kit.enrol("alice", "bob", "bank")
    return kit


@pytest.fixture
def right(kit: RegisterKit) -> bytes:
    """Registered on 2026-12-08, until 2029-12-08."""
    return kit.registered(ALICE)


# --- what a slot bars ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ONE_SLOT)
@pytest.mark.parametrize("second", BARRED)
def test_while_the_slot_is_taken_every_other_such_request_and_license_is_refused(
    kit: RegisterKit, right: bytes, first: str, second: str
) -> None:
    kit.record(ONE_SLOT[first](kit, right))
    assert kit.refusal(BARRED[second](kit, right)).number == 603


@pytest.mark.parametrize("first", ONE_SLOT)
def test_the_slot_for_renew_is_another(kit: RegisterKit, right: bytes, first: str) -> None:
    renewal = kit.record(kit.renew_entry(right))
    request = kit.record(ONE_SLOT[first](kit, right))
    assert [(item.id, item.kind) for item in kit.right(right).pending] == [(renewal, "renew"), (request, first)]


def test_a_renewal_bars_no_licence(kit: RegisterKit, right: bytes) -> None:
    kit.record(kit.renew_entry(right))
    kit.licensed(right, BOB)


@pytest.mark.parametrize("taken_by", EVERY_REQUEST)
def test_acts_of_court_and_registrar_are_not_refused_while_a_slot_is_taken(
    kit: RegisterKit, right: bytes, taken_by: str
) -> None:
    request = kit.record(EVERY_REQUEST[taken_by](kit, right))
    freeze = kit.frozen(right)
    kit.record(kit.renew_freeze_entry(right, freeze))
    kit.record(kit.unfreeze_entry(right, freeze))
    kit.record(kit.note_dispute_entry(right))
    assert [item.id for item in kit.right(right).pending] == [request]
    kit.record(kit.revoke_entry(right))


def test_the_end_of_a_licence_and_the_release_of_a_pledge_need_no_slot(kit: RegisterKit, right: bytes) -> None:
    kit.pledged(right, BANK)
    licence = kit.licensed(right, BOB, by=(ALICE, BOB, BANK))
    kit.record(kit.change_entry(right))
    kit.record(kit.end_license_entry(right, licence, (BOB,)))
    kit.record(kit.release_pledge_entry(right, BANK))
    assert kit.right(right).pledge is None


# --- what closes it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EVERY_REQUEST)
@pytest.mark.parametrize(("days", "stands"), [(90, True), (91, False)])
def test_a_request_lapses_after_request_max_days(
    kit: RegisterKit, right: bytes, kind: str, days: int, stands: bool
) -> None:
    request = kit.record(EVERY_REQUEST[kind](kit, right))
    (pending,) = kit.right(right).pending
    assert (pending.id, pending.kind, pending.lapses) == (request, kind, kit.day(90))
    kit.go_to(kit.day(days))
    approval = kit.approve_entry(right, request)
    if stands:
        assert kit.refusal(EVERY_REQUEST[kind](kit, right)).number in (603, 609)
        kit.record(approval)
    else:
        assert kit.refusal(approval).number == 801
        kit.record(EVERY_REQUEST[kind](kit, right))


def test_a_later_rule_set_moves_no_lapse(kit: RegisterKit, right: bytes) -> None:
    request = kit.record(kit.change_entry(right))
    kit.rules = replace(kit.rules, request_max_days=1)
    kit.go_to(kit.day(90))
    kit.record(kit.approve_entry(right, request))


def test_whoever_takes_a_slot_replaces_what_lapsed_in_it_and_leaves_the_other(kit: RegisterKit, right: bytes) -> None:
    kit.record(kit.change_entry(right))
    renewal = kit.record(kit.renew_entry(right))
    kit.rules = replace(kit.rules, request_max_days=200)
    kit.go_to(kit.day(91))
    pledge = kit.record(kit.pledge_entry(right, BANK))
    assert [item.id for item in kit.right(right).pending] == [renewal, pledge]
    again = kit.record(kit.renew_entry(right))
    assert [item.id for item in kit.right(right).pending] == [pledge, again]


@pytest.mark.parametrize("kind", EVERY_REQUEST)
@pytest.mark.parametrize("how", ["rejected", "withdrawn"])
def test_a_request_that_is_rejected_or_withdrawn_frees_its_slot(
    kit: RegisterKit, right: bytes, kind: str, how: str
) -> None:
    entry = EVERY_REQUEST[kind](kit, right)
    request, before = kit.record(entry), kit.right(right)
    closing = (
        kit.reject_entry(right, request) if how == "rejected" else kit.withdraw_entry(right, request, entry.body.by)
    )
    kit.record(closing)
    after = kit.right(right)
    assert after == replace(before, pending=(), events=after.events)
    assert kit.refusal(kit.approve_entry(right, request)).number == 801
    kit.record(EVERY_REQUEST[kind](kit, right))


def test_the_end_of_the_right_closes_what_is_pending(kit: RegisterKit, right: bytes) -> None:
    renewal = kit.record(kit.renew_entry(right))
    kit.record(kit.approve_entry(right, kit.record(kit.cancel_entry(right))))
    assert kit.right(right).pending == ()
    assert kit.refusal(kit.approve_entry(right, renewal)).number == 801


def test_an_enforcement_closes_what_is_pending(kit: RegisterKit, right: bytes) -> None:
    renewal = kit.record(kit.renew_entry(right))
    request = kit.transfer(right, BOB)
    kit.record(kit.enforce_transfer_entry(right, shares(BANK)))
    for closed in (renewal, request):
        assert kit.refusal(kit.approve_entry(right, closed)).number == 801


# --- what an approval does -------------------------------------------------------------------------------------------


def approved(kit: RegisterKit, right: bytes, entry: Entry) -> bytes:
    request = kit.record(entry)
    kit.record(kit.approve_entry(right, request))
    assert kit.right(right).pending == ()
    return request


def test_an_approved_change_puts_the_request_s_description_in_force(kit: RegisterKit, right: bytes) -> None:
    before = kit.right(right)
    change = approved(kit, right, kit.change_entry(right))
    after = kit.right(right)
    assert after == replace(before, description=change, events=after.events)
    approved(kit, right, kit.change_entry(right, industry="66"))  # and the next is measured by it


def test_a_change_is_measured_by_the_agreement_s_end_of_record(kit: RegisterKit) -> None:
    right = kit.registered(ALICE, number=2, agreement_end="2028-01-01")
    approved(kit, right, kit.renew_entry(right, agreement_end="2029-01-01"))
    assert kit.refusal(kit.change_entry(right, agreement_end="2028-01-01")).number == 605
    kit.record(kit.change_entry(right, agreement_end="2029-01-01"))


def test_an_approved_pledge_is_of_record_under_its_request_s_id(kit: RegisterKit, right: bytes) -> None:
    due = kit.day(365)
    pledge = approved(kit, right, kit.pledge_entry(right, BANK))
    assert kit.right(right).pledge == Pledge(pledge, BANK, due)


def test_a_pledge_is_released_at_once_by_the_pledgee_or_a_court(kit: RegisterKit, right: bytes) -> None:
    for by in (BANK, COURT):
        kit.pledged(right, BANK)
        kit.record(kit.release_pledge_entry(right, by))
        assert kit.right(right).pledge is None


def test_the_day_on_which_a_debt_is_due_changes_nothing(kit: RegisterKit, right: bytes) -> None:
    kit.pledged(right, BANK)
    kit.go_to("2029-12-08")
    assert kit.refusal(kit.transfer_entry(right, shares(BOB))).number == 109
    kit.record(kit.transfer_entry(right, shares(BOB), by=(ALICE, BOB, BANK)))


def test_a_co_holder_may_be_the_pledgee(kit: RegisterKit) -> None:
    right = kit.registered(ALICE, BOB, number=2)
    kit.pledged(right, BOB)


def test_an_approval_may_give_a_new_certificate_number(kit: RegisterKit, right: bytes) -> None:
    request = kit.record(kit.renew_entry(right))
    kit.record(kit.approve_entry(right, request, certificate_no="11000000000000077"))
    assert kit.right(right).certificate_no == "11000000000000077"


# --- what an approval judges again -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ONE_SLOT)
def test_a_freeze_between_request_and_approval_wins(kit: RegisterKit, right: bytes, kind: str) -> None:
    request = kit.record(ONE_SLOT[kind](kit, right))
    freeze = kit.frozen(right)
    assert kit.refusal(kit.approve_entry(right, request)).number == 602
    kit.record(kit.unfreeze_entry(right, freeze))
    kit.record(kit.approve_entry(right, request))


def test_a_freeze_cannot_touch_what_was_approved_before_it(kit: RegisterKit, right: bytes) -> None:
    approved(kit, right, kit.transfer_entry(right, shares(BOB)))
    kit.frozen(right)
    assert kit.right(right).parties == {BOB}


def test_a_dispute_noted_in_between_bars_a_pledge_and_no_change(kit: RegisterKit, right: bytes) -> None:
    pledge = kit.record(kit.pledge_entry(right, BANK))
    kit.record(kit.note_dispute_entry(right))
    assert kit.refusal(kit.approve_entry(right, pledge)).number == 612
    kit.record(kit.reject_entry(right, pledge))
    approved(kit, right, kit.change_entry(right))


def test_a_code_that_a_later_rule_set_does_not_list_is_refused_at_the_approval(kit: RegisterKit, right: bytes) -> None:
    request = kit.record(kit.cancel_entry(right, reason="other"))
    kit.rules = replace(kit.rules, reasons={**kit.rules.reasons, "cancel": frozenset({"source_ended"})})
    assert kit.refusal(kit.approve_entry(right, request)).number == 111


def test_an_approval_asks_for_those_who_would_have_to_sign_now_and_for_no_more(kit: RegisterKit, right: bytes) -> None:
    licence = kit.licensed(right, BOB, type="exclusive")
    request = kit.record(kit.cancel_entry(right, by=(ALICE, BOB)))
    kit.record(kit.end_license_entry(right, licence, (BOB,)))
    kit.record(kit.approve_entry(right, request))


def test_an_exclusive_licensee_whose_licence_has_lapsed_or_ended_has_no_say_in_a_cancellation(
    kit: RegisterKit, right: bytes
) -> None:
    kit.licensed(right, BOB, type="exclusive", end=kit.day(1))
    kit.go_to(kit.day(2))
    kit.record(kit.cancel_entry(right))


def test_who_was_suspended_in_between_bars_the_approval(kit: RegisterKit, right: bytes) -> None:
    request = kit.record(kit.pledge_entry(right, BANK))
    kit.record(kit.suspend_entry(BANK))
    assert kit.refusal(kit.approve_entry(right, request)).number == 107
    kit.record(kit.reinstate_entry(BANK))
    kit.record(kit.approve_entry(right, request))


def test_an_approval_does_not_judge_expiry_and_signatures_again(kit: RegisterKit, right: bytes) -> None:
    request = kit.record(kit.change_entry(right))
    kit.now_ms += 40 * 24 * HOUR_MS
    kit.record(kit.approve_entry(right, request))


# --- what a freeze refuses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BARRED)
def test_a_freeze_refuses_change_transfer_license_pledge_and_cancel(kit: RegisterKit, right: bytes, kind: str) -> None:
    kit.frozen(right)
    assert kit.refusal(BARRED[kind](kit, right)).number == 602


def test_a_freeze_refuses_the_withdrawal_of_the_application_and_no_other(kit: RegisterKit, right: bytes) -> None:
    application, request = kit.published(ALICE), kit.transfer(right, BOB)
    objection = kit.record(kit.object_entry(application, BOB))
    for frozen in (application, right):
        kit.frozen(frozen)
    assert kit.refusal(kit.withdraw_entry(application, application, (ALICE,))).number == 803
    kit.record(kit.withdraw_entry(application, objection, (BOB,)))
    kit.record(kit.withdraw_entry(right, request, (ALICE, BOB)))


NOT_HINDERED: dict[str, Callable[[RegisterKit, bytes, Any], Entry]] = {
    "renew": lambda kit, right, _: kit.renew_entry(right),
    "end_license": lambda kit, right, licence: kit.end_license_entry(right, licence, (BOB,)),
    "release_pledge": lambda kit, right, _: kit.release_pledge_entry(right, BANK),
    "reject": lambda kit, right, _: kit.reject_entry(right, kit.right(right).pending[0].id),
    "revoke": lambda kit, right, _: kit.revoke_entry(right, by=OFFICE),
}


@pytest.mark.parametrize("kind", NOT_HINDERED)
def test_a_freeze_does_not_refuse_the_others(kit: RegisterKit, right: bytes, kind: str) -> None:
    licence = kit.licensed(right, BOB)
    kit.pledged(right, BANK)
    kit.record(kit.change_entry(right))
    kit.frozen(right)
    kit.record(NOT_HINDERED[kind](kit, right, licence))


def test_a_renewal_is_approved_under_a_freeze(kit: RegisterKit, right: bytes) -> None:
    kit.frozen(right)
    approved(kit, right, kit.renew_entry(right))
    assert kit.right(right).until == "2032-12-08"
