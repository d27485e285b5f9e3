"""The law of examination, sentence by sentence: corrections, objections, publicity again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from registerkit import COURT, OFFICE, RegisterKit, pid

from datadeed_ledger.records import Objection, objection_key
from datadeed_ledger.register import Register

ALICE, BOB, CAROL, DORA = pid("alice"), pid("bob"), pid("carol"), pid("dora")


@pytest.fixture
def kit() -> RegisterKit:
    kit = RegisterKit()  # Monday 2026-11-23, noon
    kit.enrol("alice", "bob", "carol", "dora")
    return kit


def objected(kit: RegisterKit, right: bytes, *parties: bytes) -> list[bytes]:
    return [kit.record(kit.object_entry(right, party)) for party in parties]


def open_objections(kit: RegisterKit, right: bytes) -> set[bytes]:
    """Those of record; the right counts them."""
    found = {objection.id for objection in Register(kit.state).objections(right)}
    assert kit.right(right).open_objections == len(found)
    return found


# --- correction ------------------------------------------------------------------------------------------------------


def test_a_correction_request_stores_its_due_day_once(kit: RegisterKit) -> None:
    right = kit.correcting(ALICE)
    assert (kit.right(right).stage, kit.right(right).due) == ("correcting", "2026-12-07")
    kit.rules = replace(kit.rules, correction_working_days=1)
    kit.go_to("2026-12-07")
    kit.record(kit.correct_entry(right))  # a later rule set never moves a due day


def test_a_correction_request_voids_the_publicity_and_closes_its_objections(kit: RegisterKit) -> None:
    right = kit.published(ALICE)
    objected(kit, right, BOB, CAROL)
    kit.go_to("2026-12-09")  # also when the window is over
    kit.record(kit.request_correction_entry(right))
    assert open_objections(kit, right) == set()
    kit.record(kit.correct_entry(right))
    assert kit.refusal(kit.register_entry(right)).number == 504
    kit.record(kit.publish_entry(right))
    assert kit.right(right).due == "2026-12-23"


def test_the_time_to_correct_owes_nothing_to_the_window_it_voids(kit: RegisterKit) -> None:
    kit.rules = replace(kit.rules, publicity_working_days=30)
    right = kit.published(ALICE)
    kit.record(kit.request_correction_entry(right))
    assert kit.right(right).due == "2026-12-07"


def test_a_correction_in_time_brings_the_description_in_force_and_its_agreement_s_end(kit: RegisterKit) -> None:
    right = kit.correcting(ALICE)
    correction = kit.record(kit.correct_entry(right, sources=["by_agreement"], agreement_end="2027-06-30"))
    record = kit.right(right)
    assert (record.stage, record.due, record.description) == ("examining", None, correction)
    kit.record(kit.publish_entry(right))
    kit.go_to(kit.day(15))
    kit.record(kit.register_entry(right))
    assert kit.right(right).until == "2027-06-30"


def test_repeating_a_correction_request_sets_a_later_end(kit: RegisterKit) -> None:
    right = kit.correcting(ALICE)
    kit.go_to("2026-12-07")
    kit.record(kit.request_correction_entry(right, reasons=["deposit_missing", "source_not_shown"]))
    assert kit.right(right).due == "2026-12-21"


def test_repeating_a_correction_request_never_sets_an_earlier_end(kit: RegisterKit) -> None:
    right = kit.correcting(ALICE)
    kit.rules = replace(kit.rules, correction_working_days=1)
    kit.record(kit.request_correction_entry(right))
    assert kit.right(right).due == "2026-12-07"


def test_a_missed_due_day_is_a_withdrawal_that_is_computed_and_final(kit: RegisterKit) -> None:
    right = kit.correcting(ALICE)
    before = dict(kit.state.records)
    kit.go_to("2026-12-08")
    assert kit.seen(right).status == "deemed_withdrawn"
    assert kit.state.records == before  # nobody recorded it
    for entry, number in (
        (kit.request_correction_entry(right), 406),
        (kit.publish_entry(right), 502),
        (kit.withdraw_entry(right, right, (ALICE,)), 801),
        (kit.reject_entry(right, right), 801),
        (kit.correct_entry(right), 408),
    ):
        assert kit.refusal(entry).number == number


def test_an_application_can_be_corrected_more_than_once(kit: RegisterKit) -> None:
    right = kit.correcting(ALICE)
    kit.record(kit.correct_entry(right))
    kit.record(kit.request_correction_entry(right))
    second = kit.record(kit.correct_entry(right))
    assert kit.right(right).description == second


def test_a_freeze_hinders_neither_correction_nor_publication(kit: RegisterKit) -> None:
    right = kit.application(ALICE)
    kit.frozen(right)
    kit.record(kit.request_correction_entry(right))
    kit.record(kit.correct_entry(right))
    kit.record(kit.publish_entry(right))


# --- publicity -------------------------------------------------------------------------------------------------------


def test_publishing_again_keeps_open_objections(kit: RegisterKit) -> None:
    right = kit.published(ALICE)
    (objection,) = objected(kit, right, BOB)
    kit.go_to("2026-11-30")
    kit.record(kit.publish_entry(right))
    assert open_objections(kit, right) == {objection}


def test_publishing_again_never_shortens_a_window_that_is_open(kit: RegisterKit) -> None:
    right = kit.published(ALICE)
    kit.rules = replace(kit.rules, publicity_working_days=1)
    kit.record(kit.publish_entry(right))
    assert kit.right(right).due == "2026-12-07"


# --- objections ------------------------------------------------------------------------------------------------------


def test_an_objection_is_a_record_of_its_own_that_the_right_counts(kit: RegisterKit) -> None:
    right = kit.published(ALICE)
    (objection,) = objected(kit, right, BOB)
    subject = kit.right(right).subject
    stored = kit.state.records[objection_key(subject, objection)]
    assert Objection.from_bytes(stored) == Objection(subject, objection, BOB, "prior_right")
    assert open_objections(kit, right) == {objection}


def test_an_upheld_objection_voids_the_publicity_and_with_it_every_other(kit: RegisterKit) -> None:
    right = kit.published(ALICE)
    first, _ = objected(kit, right, BOB, CAROL)
    kit.record(kit.decide_entry(right, first, "upheld"))
    assert (kit.right(right).stage, kit.right(right).due) == ("examining", None)
    assert open_objections(kit, right) == set()
    kit.go_to("2026-12-09")
    assert kit.refusal(kit.register_entry(right)).number == 504
    kit.record(kit.publish_entry(right))
    objected(kit, right, BOB, CAROL)  # against the new publicity


def test_a_dismissed_objection_leaves_the_window_and_the_others(kit: RegisterKit) -> None:
    right = kit.published(ALICE)
    first, second = objected(kit, right, BOB, CAROL)
    kit.record(kit.decide_entry(right, first, "dismissed"))
    assert (kit.right(right).stage, kit.right(right).due) == ("publicity", "2026-12-07")
    assert open_objections(kit, right) == {second}


@pytest.mark.parametrize("ended_by", ["dismissal", "withdrawal"])
def test_an_objection_is_decided_or_withdrawn_also_after_the_window_and_registration_waits(
    kit: RegisterKit, ended_by: str
) -> None:
    right = kit.published(ALICE)
    (objection,) = objected(kit, right, BOB)
    kit.go_to("2026-12-20")
    assert kit.refusal(kit.register_entry(right)).number == 506
    if ended_by == "dismissal":
        kit.record(kit.decide_entry(right, objection, "dismissed"))
    else:
        kit.record(kit.withdraw_entry(right, objection, (BOB,)))
    assert open_objections(kit, right) == set()
    kit.record(kit.register_entry(right))


@pytest.mark.parametrize("closed_by", ["rejection", "withdrawal"])
def test_with_an_application_its_objections_are_closed(kit: RegisterKit, closed_by: str) -> None:
    right = kit.published(ALICE)
    (objection, _) = objected(kit, right, BOB, CAROL)
    if closed_by == "rejection":
        kit.record(kit.reject_entry(right, right))
    else:
        kit.record(kit.withdraw_entry(right, right, (ALICE,)))
    assert open_objections(kit, right) == set()
    assert kit.refusal(kit.decide_entry(right, objection, "dismissed")).number == 512


def test_one_party_may_object_to_many_applications(kit: RegisterKit) -> None:
    for right in (kit.published(ALICE), kit.published(CAROL, DORA)):
        objected(kit, right, BOB)


def test_the_objections_to_another_application_stay(kit: RegisterKit) -> None:
    first, second = kit.published(ALICE), kit.published(CAROL)
    (objection,) = objected(kit, second, BOB)
    objected(kit, first, BOB)
    kit.record(kit.request_correction_entry(first))
    assert open_objections(kit, second) == {objection}


def test_any_registrar_decides_if_the_competent_one_has_left_and_no_court_does(kit: RegisterKit) -> None:
    right = kit.published(ALICE)
    (objection,) = objected(kit, right, BOB)
    assert kit.refusal(kit.decide_entry(right, objection, "upheld", by=COURT)).number == 109
    kit.record(kit.decide_entry(right, objection, "upheld", by=OFFICE))
