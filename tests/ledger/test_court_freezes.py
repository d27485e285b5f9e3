"""Freezes: what they refuse and when they take effect, each sentence of the specification on it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from registerkit import (
    COURT,
    OFFICE,
    OTHER_COURT,
    RegisterKit,
    pid,
    shares,
)

from datadeed_ledger.entry import Entry
from datadeed_ledger.records import Freeze

ALICE, BOB, CAROL, BANK = pid("alice"), pid("bob"), pid("carol"), pid("bank")


@pytest.fixture
def kit() -> RegisterKit:
    kit = RegisterKit()
    kit.enrol("alice", "bob", "carol", "bank")
    return kit


@pytest.fixture
def right(kit: RegisterKit) -> bytes:
    """Alice's, registered on 2026-12-08 until 2029-12-08."""
    return kit.registered(ALICE)


def effective(kit: RegisterKit, right: bytes) -> bytes | None:
    """The freeze in effect now."""
    found = kit.seen(right).freeze
    return None if found is None else found.id


# --- a freeze against a request --------------------------------------------------------------------------------------


def test_a_freeze_beats_a_transfer_that_was_requested_but_not_yet_approved(kit: RegisterKit, right: bytes) -> None:
    request = kit.transfer(right, BOB)
    freeze = kit.frozen(right)
    assert kit.refusal(kit.approve_entry(right, request)).number == 602
    assert kit.right(right).parties == {ALICE}
    kit.record(kit.unfreeze_entry(right, freeze))
    kit.record(kit.approve_entry(right, request))  # the request still stood
    assert kit.right(right).parties == {BOB}


def test_a_freeze_cannot_touch_a_transfer_that_was_approved(kit: RegisterKit, right: bytes) -> None:
    kit.record(kit.approve_entry(right, kit.transfer(right, BOB)))
    kit.frozen(right)
    assert kit.right(right).parties == {BOB}
    assert kit.refusal(kit.transfer_entry(right, shares(CAROL))).number == 602  # but it holds the new holder


def test_of_a_freeze_and_an_approval_in_one_block_the_first_in_the_log_wins(kit: RegisterKit, right: bytes) -> None:
    request, now = kit.transfer(right, BOB), kit.now_ms
    approval = kit.approve_entry(right, request)
    kit.record(approval)
    kit.frozen(right)
    assert kit.now_ms == now
    assert (kit.right(right).parties, kit.seen(right).freeze is None) == ({BOB}, False)


# --- what a freeze refuses, and what it does not ---------------------------------------------------------------------

Act = Callable[[RegisterKit, bytes], Entry]

REFUSED: dict[str, Act] = {
    "change": lambda kit, right: kit.change_entry(right),
    "transfer": lambda kit, right: kit.transfer_entry(right, shares(BOB)),
    "license": lambda kit, right: kit.license_entry(right, BOB),
    "pledge": lambda kit, right: kit.pledge_entry(right, BANK),
    "cancel": lambda kit, right: kit.cancel_entry(right),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_freeze_refuses(kit: RegisterKit, right: bytes, kind: str) -> None:
    freeze = kit.frozen(right)
    assert kit.refusal(REFUSED[kind](kit, right)).number == 602
    kit.record(kit.unfreeze_entry(right, freeze))
    kit.record(REFUSED[kind](kit, right))


@pytest.mark.parametrize("kind", ["change", "transfer", "pledge", "cancel"])
def test_a_freeze_refuses_the_approval_of_a_request_that_came_before_it(
    kit: RegisterKit, right: bytes, kind: str
) -> None:
    request = kit.record(REFUSED[kind](kit, right))
    kit.frozen(right)
    assert kit.refusal(kit.approve_entry(right, request)).number == 602


def test_a_freeze_refuses_also_what_concerns_one_co_holder_s_part_alone(kit: RegisterKit) -> None:
    right = kit.registered(ALICE, BOB)
    kit.record(kit.approve_entry(right, kit.record(kit.transfer_entry(right, parts((ALICE, 6000), (BOB, 4000))))))
    kit.frozen(right)
    assert kit.refusal(kit.transfer_entry(right, parts((ALICE, 6000), (CAROL, 4000)))).number == 602


def parts(*held: tuple[bytes, int]) -> list[dict[str, object]]:
    return [{"party": party, "share": share} for party, share in sorted(held)]


def test_a_freeze_refuses_the_withdrawal_of_the_application(kit: RegisterKit) -> None:
    right = kit.application(ALICE)
    kit.frozen(right)
    assert kit.refusal(kit.withdraw_entry(right, right, (ALICE,))).number == 803


def test_a_freeze_does_not_refuse_the_withdrawal_of_a_request(kit: RegisterKit, right: bytes) -> None:
    request = kit.transfer(right, BOB)
    kit.frozen(right)
    kit.record(kit.withdraw_entry(right, request, (ALICE, BOB)))


def test_a_freeze_does_not_refuse_renew_nor_its_approval(kit: RegisterKit, right: bytes) -> None:
    kit.go_to("2029-12-01")
    kit.frozen(right)
    kit.record(kit.approve_entry(right, kit.record(kit.renew_entry(right))))
    assert kit.right(right).until == "2032-12-08"


def test_a_freeze_does_not_refuse_end_license(kit: RegisterKit, right: bytes) -> None:
    licence = kit.licensed(right, BOB)
    kit.frozen(right)
    kit.record(kit.end_license_entry(right, licence, (BOB,)))


def test_a_freeze_does_not_refuse_release_pledge(kit: RegisterKit, right: bytes) -> None:
    kit.pledged(right, BANK)
    kit.frozen(right)
    kit.record(kit.release_pledge_entry(right, BANK))
    assert kit.right(right).pledge is None


def test_a_freeze_does_not_refuse_correct_publish_object_or_register(kit: RegisterKit) -> None:
    right = kit.application(ALICE)
    freeze = kit.frozen(right)
    kit.record(kit.request_correction_entry(right))
    kit.record(kit.correct_entry(right))
    kit.record(kit.publish_entry(right))
    objection = kit.record(kit.object_entry(right, BOB))
    kit.record(kit.decide_entry(right, objection, "dismissed"))
    kit.go_to(kit.day(15))
    kit.record(kit.register_entry(right))
    assert (kit.seen(right).status, effective(kit, right)) == ("registered", freeze)


def test_a_freeze_does_not_refuse_the_rejection_of_an_application_or_a_request(kit: RegisterKit, right: bytes) -> None:
    request, application = kit.transfer(right, BOB), kit.application(BOB)
    for frozen, what in ((right, request), (application, application)):
        kit.frozen(frozen)
        kit.record(kit.reject_entry(frozen, what))
    assert kit.seen(application).status == "rejected"


@pytest.mark.parametrize("by", [OFFICE, OTHER_COURT])
def test_a_freeze_does_not_refuse_revoke(kit: RegisterKit, right: bytes, by: bytes) -> None:
    kit.frozen(right)
    kit.record(kit.revoke_entry(right, by=by))
    assert kit.seen(right).status == "revoked"


def test_a_queued_freeze_alone_refuses_nothing_once_it_is_released_with_the_first(
    kit: RegisterKit, right: bytes
) -> None:
    first, queued = kit.frozen(right), kit.frozen(right, OTHER_COURT)
    kit.record(kit.unfreeze_entry(right, queued, by=OTHER_COURT))
    kit.record(kit.unfreeze_entry(right, first))
    kit.transfer(right, BOB)


# --- taking effect ---------------------------------------------------------------------------------------------------


def test_a_freeze_takes_effect_now_if_none_stands_and_its_term_runs_from_today(kit: RegisterKit, right: bytes) -> None:
    freeze = kit.frozen(right, months=2)
    assert kit.right(right).freezes == (Freeze(freeze, COURT, kit.now_ms, "2027-02-08", 2),)


def test_a_term_ends_on_the_corresponding_day_or_at_the_month_s_end_and_not_on_a_later_working_day(
    kit: RegisterKit, right: bytes
) -> None:
    kit.go_to("2026-12-31")
    kit.frozen(right, months=2)
    assert kit.right(right).freezes[0].until == "2027-02-28"  # a Sunday


@pytest.mark.parametrize(("date", "frozen"), [("2027-01-08", True), ("2027-01-09", False)])
def test_a_freeze_lapses_by_itself_after_its_last_day(kit: RegisterKit, right: bytes, date: str, frozen: bool) -> None:
    freeze = kit.frozen(right, months=1)
    kit.go_to(date, hour=23)
    assert effective(kit, right) == (freeze if frozen else None)
    entry = kit.transfer_entry(right, shares(BOB))
    if frozen:
        assert kit.refusal(entry).number == 602
    else:
        kit.record(entry)


def test_an_application_can_be_frozen_in_each_of_its_stages(kit: RegisterKit) -> None:
    examining, correcting, published = kit.application(ALICE), kit.correcting(BOB), kit.published(CAROL)
    for right in (examining, correcting, published):
        freeze = kit.frozen(right)
        assert effective(kit, right) == freeze


def test_a_right_that_has_ended_cannot_be_frozen(kit: RegisterKit, right: bytes) -> None:
    kit.record(kit.revoke_entry(right))
    refusal = kit.refusal(kit.freeze_entry(right))
    assert refusal.number == 654
    assert "revoked" in refusal.en


def test_a_suspended_holder_s_right_can_be_frozen(kit: RegisterKit, right: bytes) -> None:
    kit.record(kit.suspend_entry(ALICE))
    kit.frozen(right)
    assert kit.seen(right).freeze is not None


# --- the end of a right ----------------------------------------------------------------------------------------------


def test_with_a_right_end_its_freezes_so_that_none_is_left_to_renew_or_release(kit: RegisterKit, right: bytes) -> None:
    freeze = kit.frozen(right, months=36)
    kit.record(kit.revoke_entry(right))
    assert kit.seen(right).freezes == ()
    for entry in (kit.renew_freeze_entry(right, freeze), kit.unfreeze_entry(right, freeze)):
        assert kit.refusal(entry).number == 651


def test_with_the_expiry_of_a_right_end_its_freezes(kit: RegisterKit, right: bytes) -> None:
    kit.go_to("2029-12-08")
    kit.frozen(right, months=36)
    kit.go_to("2029-12-09")
    assert (kit.seen(right).status, kit.seen(right).freeze) == ("expired", None)
