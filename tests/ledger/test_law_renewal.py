"""The law of renewal in time, sentence by sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from registerkit import RegisterKit, pid, shares

ALICE, BOB, BANK = pid("alice"), pid("bob"), pid("bank")


@pytest.fixture
def kit() -> RegisterKit:
    kit = RegisterKit()
    kit.enrol("alice", "bob", "bank")
    return kit


def on_its_last_day(kit: RegisterKit, **described: object) -> bytes:
    """A right of alice's; registered on 2026-12-08, it is 2029-12-08."""
    right = kit.registered(ALICE, **described)
    kit.go_to("2029-12-08")
    return right


def renewing(kit: RegisterKit) -> tuple[bytes, bytes]:
    """A right whose renewal was recorded on its last day, and the request."""
    right = on_its_last_day(kit)
    return right, kit.record(kit.renew_entry(right))


# --- while it is pending ---------------------------------------------------------------------------------------------


def test_a_renewal_recorded_by_the_last_day_keeps_the_right_valid_until_it_is_approved(kit: RegisterKit) -> None:
    right, request = renewing(kit)
    assert not kit.seen(right).renewal_pending  # its last day itself is not past
    kit.go_to("2030-03-08")
    assert (kit.seen(right).status, kit.seen(right).renewal_pending) == ("registered", True)
    kit.record(kit.approve_entry(right, request))
    seen, record = kit.seen(right), kit.right(right)
    assert (seen.status, seen.renewal_pending, record.until) == ("registered", False, "2032-12-08")
    assert record.announced_on == "2026-12-08"


@pytest.mark.parametrize("how", ["rejected", "withdrawn", "lapsed"])
def test_a_renewal_that_is_rejected_withdrawn_or_lapses_leaves_the_right_expired(kit: RegisterKit, how: str) -> None:
    right, request = renewing(kit)
    kit.go_to("2030-03-08")
    if how == "rejected":
        kit.record(kit.reject_entry(right, request))
    elif how == "withdrawn":
        kit.record(kit.withdraw_entry(right, request, (ALICE,)))
    else:
        kit.go_to("2030-03-09")
    assert (kit.seen(right).status, kit.seen(right).renewal_pending) == ("expired", False)
    assert kit.right(right).until == "2029-12-08"
    assert kit.refusal(kit.approve_entry(right, request)).number == 801


def test_a_right_whose_renewal_is_pending_is_transferred_pledged_and_changed_like_a_valid_one(kit: RegisterKit) -> None:
    right, renewal = renewing(kit)
    kit.go_to("2029-12-20")
    kit.pledged(right, BANK)
    request = kit.record(kit.transfer_entry(right, shares(BOB), by=(ALICE, BOB, BANK)))
    kit.record(kit.approve_entry(right, request))
    assert kit.refusal(kit.approve_entry(right, renewal)).number == 802  # the new holder did not ask for it


def test_while_its_renewal_is_pending_a_right_cannot_be_licensed_beyond_its_last_day(kit: RegisterKit) -> None:
    right, _ = renewing(kit)
    kit.licensed(right, BOB, end="2029-12-08")
    kit.go_to("2029-12-09")
    assert kit.refusal(kit.license_entry(right, BOB, end="2029-12-09")).number == 704


def test_no_second_renewal_is_recorded_beside_the_first_also_after_the_last_day(kit: RegisterKit) -> None:
    right, _ = renewing(kit)
    kit.go_to("2029-12-20")
    assert kit.refusal(kit.renew_entry(right)).number == 609


def test_a_renewal_lets_another_follow_once_it_is_decided(kit: RegisterKit) -> None:
    right, request = renewing(kit)
    kit.record(kit.reject_entry(right, request))
    second = kit.record(kit.renew_entry(right))
    kit.go_to("2029-12-31")
    kit.record(kit.approve_entry(right, second))


def test_a_dispute_and_a_freeze_hinder_no_renewal(kit: RegisterKit) -> None:
    right = on_its_last_day(kit)
    kit.frozen(right)
    kit.record(kit.note_dispute_entry(right))
    request = kit.record(kit.renew_entry(right))
    kit.go_to("2029-12-31")
    kit.record(kit.approve_entry(right, request))


# --- the new last day ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of_record", "stated", "until", "kept"),
    [
        (None, None, "2032-12-08", None),
        ("2031-01-01", None, "2031-01-01", "2031-01-01"),
        ("2031-01-01", "2032-06-30", "2032-06-30", "2032-06-30"),
        ("2031-01-01", "2040-01-01", "2032-12-08", "2040-01-01"),
        ("2031-01-01", "2030-06-30", "2030-06-30", "2030-06-30"),
        (None, "2030-06-30", "2030-06-30", "2030-06-30"),
    ],
)
def test_the_new_last_day_is_the_earlier_of_old_plus_term_and_the_agreement_s_end(
    kit: RegisterKit, of_record: str | None, stated: str | None, until: str, kept: str | None
) -> None:
    right = on_its_last_day(kit, agreement_end=of_record)
    request = kit.record(kit.renew_entry(right, agreement_end=stated))
    assert kit.right(right).until == "2029-12-08"
    kit.record(kit.approve_entry(right, request))
    assert (kit.right(right).until, kit.right(right).agreement_end) == (until, kept)


@pytest.mark.parametrize("stated", ["2029-12-07", "2029-12-08"])
def test_a_new_last_day_that_is_not_later_is_refused(kit: RegisterKit, stated: str) -> None:
    assert kit.refusal(kit.renew_entry(on_its_last_day(kit), agreement_end=stated)).number == 610


def test_the_new_term_counts_from_the_old_last_day_whenever_it_is_asked_for_and_approved(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    kit.go_to("2029-06-11")
    request = kit.record(kit.renew_entry(right))
    kit.go_to("2029-07-01")
    kit.record(kit.approve_entry(right, request))
    assert kit.right(right).until == "2032-12-08"


def test_a_right_can_be_renewed_again(kit: RegisterKit) -> None:
    right, request = renewing(kit)
    kit.record(kit.approve_entry(right, request))
    assert kit.refusal(kit.renew_entry(right)).number == 608
    kit.go_to("2032-12-08")
    second = kit.record(kit.renew_entry(right))
    kit.record(kit.approve_entry(right, second))
    assert kit.right(right).until == "2035-12-08"


def test_the_term_is_that_of_the_approval_s_rules(kit: RegisterKit) -> None:
    right, request = renewing(kit)
    kit.rules = replace(kit.rules, term_years=1)
    kit.record(kit.approve_entry(right, request))
    assert kit.right(right).until == "2030-12-08"


def test_a_renewal_does_not_lengthen_licences(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    licence = kit.licensed(right, BOB, end="2029-12-08")
    kit.go_to("2029-12-08")
    before = kit.licence(right, licence)
    kit.record(kit.approve_entry(right, kit.record(kit.renew_entry(right))))
    assert kit.licence(right, licence) == before
    kit.go_to("2029-12-09")
    assert kit.refusal(kit.end_license_entry(right, licence, (BOB,))).number == 701


# --- late renewals ---------------------------------------------------------------------------------------------------


def test_by_default_no_renewal_is_late(kit: RegisterKit) -> None:
    right = on_its_last_day(kit)
    assert kit.rules.late_renewal_days == 0
    kit.go_to("2029-12-09")
    assert kit.refusal(kit.renew_entry(right)).number == 607


def test_a_late_renewal_makes_the_right_valid_again_with_its_pledge_and_freeze_and_without_its_requests(
    kit: RegisterKit,
) -> None:
    kit.rules = replace(kit.rules, late_renewal_days=30)
    right = on_its_last_day(kit)
    pledge = kit.pledged(right, BANK)
    kit.record(kit.change_entry(right))
    freeze = kit.frozen(right)
    kit.go_to("2030-01-07")
    seen = kit.seen(right)
    assert (seen.status, seen.pledge, seen.freeze, seen.pending) == ("expired", None, None, ())
    request = kit.record(kit.renew_entry(right))
    seen = kit.seen(right)
    assert (seen.status, seen.renewal_pending) == ("registered", True)
    assert [item.id for item in (seen.pledge, seen.freeze, *seen.pending) if item] == [pledge, freeze, request]
    kit.go_to("2030-02-01")
    kit.record(kit.approve_entry(right, request))
    assert (kit.seen(right).status, kit.right(right).until) == ("registered", "2032-12-08")


def test_a_late_renewal_that_is_rejected_leaves_the_right_expired(kit: RegisterKit) -> None:
    kit.rules = replace(kit.rules, late_renewal_days=30)
    right = on_its_last_day(kit)
    kit.go_to("2030-01-07")
    request = kit.record(kit.renew_entry(right))
    kit.record(kit.reject_entry(right, request))
    assert kit.seen(right).status == "expired"


def test_a_request_that_ended_with_the_right_does_not_come_back_with_a_late_renewal(kit: RegisterKit) -> None:
    kit.rules = replace(kit.rules, late_renewal_days=30)
    right = on_its_last_day(kit)
    request = kit.transfer(right, BOB)
    kit.go_to("2030-01-07")
    kit.record(kit.renew_entry(right))
    assert [item.kind for item in kit.seen(right).pending] == ["renew"]
    assert kit.refusal(kit.approve_entry(right, request)).number == 801
