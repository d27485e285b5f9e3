"""The queue of freezes, their renewal and release: each sentence of the specification on them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerkit import COURT, HOUR_MS, MONDAY_NOON_MS, OTHER_COURT, ROLES, RegisterKit, pid, roster, shares

from datadeed_ledger.calendar_days import parse_day
from datadeed_ledger.records import Freeze
from datadeed_ledger.view import begun, standing_freezes, view

ALICE, BOB = pid("alice"), pid("bob")


@pytest.fixture
def kit() -> RegisterKit:
    kit = RegisterKit()
    kit.enrol("alice", "bob")
    return kit


@pytest.fixture
def right(kit: RegisterKit) -> bytes:
    """Alice's, registered on 2026-12-08 until 2029-12-08."""
    return kit.registered(ALICE)


def effective(kit: RegisterKit, right: bytes) -> bytes | None:
    """The freeze in effect now."""
    found = kit.seen(right).freeze
    return None if found is None else found.id


def without(*names: str) -> dict[str, tuple[str, ...]]:
    return {name: roles for name, roles in ROLES.items() if name not in names}


# --- the queue -------------------------------------------------------------------------------------------------------


def test_a_freeze_behind_another_queues_without_days_of_its_own(kit: RegisterKit, right: bytes) -> None:
    first, queued = kit.frozen(right, months=1), kit.frozen(right, OTHER_COURT, months=3)
    assert kit.right(right).freezes == (
        Freeze(first, COURT, kit.now_ms, "2027-01-08", 1),
        Freeze(queued, OTHER_COURT, None, None, 3),
    )
    assert [item.id for item in kit.seen(right).freezes] == [first, queued]


def test_one_court_may_queue_behind_itself(kit: RegisterKit, right: bytes) -> None:
    kit.frozen(right)
    queued = kit.frozen(right)
    assert kit.right(right).freezes[1].id == queued


def test_when_the_first_lapses_the_next_takes_effect_on_the_day_after_and_its_whole_term_runs_from_then(
    kit: RegisterKit, right: bytes
) -> None:
    kit.frozen(right, months=1)
    queued = kit.frozen(right, OTHER_COURT, months=3)
    record = kit.right(right)
    kit.go_to("2027-01-09", hour=0)
    assert kit.seen(right).freeze == Freeze(queued, OTHER_COURT, kit.now_ms, "2027-04-09", 3)
    kit.go_to("2027-04-09", hour=23)
    assert effective(kit, right) == queued
    kit.go_to("2027-04-10", hour=0)
    assert effective(kit, right) is None
    assert kit.right(right) == record  # nothing is swept


def test_when_the_first_is_released_the_next_takes_effect_at_once_and_its_whole_term_runs_from_today(
    kit: RegisterKit, right: bytes
) -> None:
    first, queued = kit.frozen(right, months=1), kit.frozen(right, OTHER_COURT, months=3)
    kit.go_to("2026-12-20", hour=15)
    kit.record(kit.unfreeze_entry(right, first))
    assert kit.right(right).freezes == (Freeze(queued, OTHER_COURT, kit.now_ms, "2027-03-20", 3),)
    assert kit.refusal(kit.transfer_entry(right, shares(BOB))).number == 602


def test_a_release_of_the_first_leaves_the_rest_of_the_queue_waiting(kit: RegisterKit, right: bytes) -> None:
    first, second, third = kit.frozen(right), kit.frozen(right, OTHER_COURT), kit.frozen(right, months=2)
    kit.record(kit.unfreeze_entry(right, first))
    assert [(item.id, item.since) for item in kit.right(right).freezes] == [(second, kit.now_ms), (third, None)]


def test_the_queue_is_in_ledger_order_over_many_lapses_without_an_entry(kit: RegisterKit, right: bytes) -> None:
    freezes = [kit.frozen(right, court, months) for court, months in ((COURT, 1), (OTHER_COURT, 2), (COURT, 3))]
    seen = {}
    for date in ("2027-01-08", "2027-01-09", "2027-03-09", "2027-03-10", "2027-06-10", "2027-06-11"):
        kit.go_to(date)
        seen[date] = effective(kit, right)
    assert list(seen.values()) == [freezes[0], freezes[1], freezes[1], freezes[2], freezes[2], None]


def test_a_promotion_by_time_is_written_out_when_an_entry_changes_the_queue(kit: RegisterKit, right: bytes) -> None:
    kit.frozen(right, months=1)
    promoted = kit.frozen(right, OTHER_COURT, months=3)
    kit.go_to("2027-01-09", hour=0)
    midnight = kit.now_ms
    kit.go_to("2027-02-01")
    third = kit.frozen(right, months=1)
    assert kit.right(right).freezes == (
        Freeze(promoted, OTHER_COURT, midnight, "2027-04-09", 3),
        Freeze(third, COURT, None, None, 1),
    )


def test_an_entry_that_leaves_the_queue_alone_writes_nothing_out(kit: RegisterKit, right: bytes) -> None:
    kit.frozen(right, months=1)
    kit.frozen(right, OTHER_COURT, months=3)
    before = kit.right(right).freezes
    kit.go_to("2027-02-01")
    kit.record(kit.note_dispute_entry(right))
    assert kit.right(right).freezes == before


def test_writing_a_promotion_out_changes_no_day_of_the_queue(kit: RegisterKit, right: bytes) -> None:
    kit.frozen(right, months=1)
    kit.frozen(right, OTHER_COURT, months=3)
    untouched = kit.right(right)
    kit.go_to("2027-02-01")
    fourth = kit.frozen(right, months=1)
    kit.record(kit.unfreeze_entry(right, fourth))
    written = kit.right(right)
    for hours in range(0, 24 * 90, 7):
        time_ms = kit.now_ms + hours * HOUR_MS
        assert view(written, time_ms, kit.rules).freeze == view(untouched, time_ms, kit.rules).freeze


def test_a_queued_freeze_can_be_released_and_nothing_else_moves(kit: RegisterKit, right: bytes) -> None:
    kit.frozen(right, months=1)
    queued = kit.frozen(right, OTHER_COURT)
    kit.frozen(right)
    before = kit.right(right).freezes
    kit.record(kit.unfreeze_entry(right, queued, by=OTHER_COURT))
    assert kit.right(right).freezes == (before[0], before[2])


def test_a_freeze_that_finds_only_lapsed_ones_takes_effect_now(kit: RegisterKit, right: bytes) -> None:
    kit.frozen(right, months=1)
    kit.go_to("2027-01-09")
    freeze = kit.frozen(right, OTHER_COURT, months=1)
    assert kit.right(right).freezes == (Freeze(freeze, OTHER_COURT, kit.now_ms, "2027-02-09", 1),)


def test_freezes_that_stand_are_bounded_by_the_rule_set(kit: RegisterKit, right: bytes) -> None:
    kit.rules = replace(kit.rules, freezes_max=3)
    for _ in range(3):
        kit.frozen(right, months=1)
    assert kit.refusal(kit.freeze_entry(right)).number == 653
    kit.go_to("2027-01-09")  # one has lapsed
    kit.frozen(right)
    assert len(kit.right(right).freezes) == 3


# --- renewal and release ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("months", "until"), [(12, "2027-12-20"), (1, "2027-06-08")])
def test_a_renewal_sets_the_last_day_to_the_later_of_the_old_one_and_today_and_the_months(
    kit: RegisterKit, right: bytes, months: int, until: str
) -> None:
    freeze, since = kit.frozen(right, months=6), kit.now_ms
    kit.go_to("2026-12-20")
    kit.record(kit.renew_freeze_entry(right, freeze, months=months))
    assert kit.right(right).freezes == (Freeze(freeze, COURT, since, until, 6),)


def test_only_the_freeze_in_effect_can_be_renewed_also_one_that_time_has_promoted(
    kit: RegisterKit, right: bytes
) -> None:
    kit.frozen(right, months=1)
    queued = kit.frozen(right, OTHER_COURT, months=1)
    entry = kit.renew_freeze_entry(right, queued, by=OTHER_COURT)
    assert kit.refusal(entry).number == 652
    kit.go_to("2027-01-20")
    kit.record(kit.renew_freeze_entry(right, queued, by=OTHER_COURT, months=6))
    assert kit.right(right).freezes[0].until == "2027-07-20"


def test_a_renewal_keeps_the_queue_waiting(kit: RegisterKit, right: bytes) -> None:
    first = kit.frozen(right, months=1)
    kit.frozen(right, OTHER_COURT, months=1)
    kit.record(kit.renew_freeze_entry(right, first, months=6))
    kit.go_to("2027-06-08")
    assert effective(kit, right) == first


def test_a_term_is_bounded_by_the_rule_set_in_force_when_it_is_recorded(kit: RegisterKit, right: bytes) -> None:
    freeze = kit.frozen(right, months=36)
    kit.rules = replace(kit.rules, freeze_max_months=12)
    assert kit.seen(right).freeze == kit.right(right).freezes[0]  # no later rule shortens it
    assert kit.refusal(kit.renew_freeze_entry(right, freeze, months=13)).number == 650


@pytest.mark.parametrize("roles", [without("court.example.cn"), ROLES | {"court.example.cn": ("supervisor",)}])
def test_if_the_issuing_court_has_left_any_court_renews_and_releases(
    kit: RegisterKit, right: bytes, roles: dict[str, tuple[str, ...]]
) -> None:
    freeze = kit.frozen(right)
    assert kit.refusal(kit.unfreeze_entry(right, freeze, by=OTHER_COURT)).number == 109
    kit.roster = roster(roles, version=2)
    kit.record(kit.renew_freeze_entry(right, freeze, by=OTHER_COURT))
    kit.record(kit.unfreeze_entry(right, freeze, by=OTHER_COURT))
    assert kit.right(right).freezes == ()


# --- written out or not ----------------------------------------------------------------------------------------------

FIRST_DAY = parse_day("2026-12-08")
QUEUES = st.lists(st.integers(1, 40), min_size=1, max_size=5).map(
    lambda terms: (
        begun(Freeze(bytes(32), COURT, None, None, terms[0]), MONDAY_NOON_MS),
        *(Freeze(bytes([at]) * 32, OTHER_COURT, None, None, months) for at, months in enumerate(terms[1:], 1)),
    )
)


@given(QUEUES, st.integers(0, 6000), st.integers(0, 6000))
def test_what_a_queue_comes_to_does_not_depend_on_whether_it_was_written_out_in_between(
    queue: tuple[Freeze, ...], sooner: int, later: int
) -> None:
    between, at_last = sorted((FIRST_DAY + sooner, FIRST_DAY + later))
    assert standing_freezes(standing_freezes(queue, between), at_last) == standing_freezes(queue, at_last)


@given(QUEUES)
def test_from_the_first_day_of_a_queue_to_its_last_one_freeze_is_in_effect_and_then_none(
    queue: tuple[Freeze, ...],
) -> None:
    day, order = FIRST_DAY, []
    while (standing := standing_freezes(queue, day)) != ():
        assert standing[0].until is not None
        order.append(standing[0].id)
        last = parse_day(standing[0].until)
        assert standing_freezes(queue, last)[0] == standing[0]
        assert last >= day
        day = last + 1
    assert order == [freeze.id for freeze in queue]
