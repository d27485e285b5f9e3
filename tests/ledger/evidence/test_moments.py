"""A right as of any time: what stood then, from a complete history; and what of it was replaced or ended since."""

from __future__ import annotations

import json
from typing import Any

import pytest
from docket import Docket
from registerkit import ALL, COURT, OFFICE, OTHER_COURT, pid, shares

from datadeed_ledger.calendar_days import DAY_MS
from datadeed_ledger.evidence import (
    NotProven,
    Outcome,
    Report,
    StateAt,
    Superseded,
    absence_pack,
    entry_pack,
    title_pack,
    verify_pack,
)
from datadeed_ledger.records import Holder

ALICE, BOB, CAROL = (pid(name) for name in ("alice", "bob", "carol"))


def registered() -> tuple[Docket, bytes]:
    docket = Docket()
    docket.enrol("alice", "bob", "carol")
    return docket, docket.registered(ALICE)


def report(docket: Docket, right: bytes, at: int | None = None) -> Report:
    return verify_pack(title_pack(docket.archive(), right), docket.ledger, at=at)


def as_of(docket: Docket, right: bytes, at: int) -> StateAt:
    state = report(docket, right, at).state_at
    assert state is not None
    return state


def replaced(docket: Docket, right: bytes) -> list[Superseded]:
    return list(report(docket, right).superseded)


# --- as of T ---------------------------------------------------------------------------------------------------------


def test_a_right_passes_through_its_statuses() -> None:
    docket = Docket()
    docket.enrol("alice")
    before = docket.now_ms
    right = docket.application(ALICE)
    applied = docket.now_ms
    docket.go_to(docket.day(1))
    docket.record(docket.publish_entry(right))
    published = docket.now_ms
    docket.go_to(docket.day(15))
    docket.record(docket.register_entry(right))
    registered = docket.now_ms
    docket.go_to(docket.day(4 * 366))
    docket.deposit(ALICE)
    moments = (before, applied, published - 1, published, registered, docket.now_ms)
    statuses = [as_of(docket, right, at).status for at in moments]
    assert statuses == [None, "examining", "examining", "publicity", "registered", "expired"]
    assert [as_of(docket, right, at).entries for at in moments] == [0, 1, 1, 2, 3, 3]
    nothing = as_of(docket, right, before)
    assert (nothing.holders, nothing.licences, nothing.record) == ((), (), None)


def test_the_holder_of_record_is_the_one_of_that_time() -> None:
    docket, right = registered()
    requested_ms = docket.now_ms
    request = docket.transfer(right, BOB)
    docket.go_to(docket.day(3))
    docket.record(docket.approve_entry(right, request))
    approved_ms = docket.now_ms
    docket.go_to(docket.day(3))
    docket.deposit(ALICE)
    assert as_of(docket, right, requested_ms).pending == ()
    pending = as_of(docket, right, approved_ms - 1)
    assert (pending.holders, [item.id for item in pending.pending]) == ((Holder(ALICE, ALL),), [request])
    assert as_of(docket, right, approved_ms).holders == (Holder(BOB, ALL),)
    assert as_of(docket, right, approved_ms).pending == ()


def test_licences_stand_before_their_start_and_are_in_force_from_it() -> None:
    docket, right = registered()
    start, end = docket.day(10), docket.day(20)
    licence = docket.licensed(right, BOB, start=start, end=end)
    recorded_ms = docket.now_ms
    docket.go_to(docket.day(40))
    docket.deposit(ALICE)
    seen = {
        days: [(each.licence.id, each.stands, each.in_force) for each in state.licences]
        for days, state in ((days, as_of(docket, right, recorded_ms + days * DAY_MS)) for days in (0, 10, 20, 21))
    }
    assert seen == {
        0: [(licence, True, False)],
        10: [(licence, True, True)],
        20: [(licence, True, True)],
        21: [(licence, False, False)],
    }


def test_a_queued_freeze_takes_effect_when_the_one_before_it_has_run_out() -> None:
    docket, right = registered()
    first = docket.frozen(right, months=1)
    second = docket.frozen(right, by=OTHER_COURT, months=2)
    frozen_ms = docket.now_ms
    docket.go_to(docket.day(200))
    docket.deposit(ALICE)
    queue = [[freeze.id for freeze in as_of(docket, right, frozen_ms + days * DAY_MS).freezes] for days in (0, 40, 150)]
    assert queue == [[first, second], [second], []]
    now, waiting = as_of(docket, right, frozen_ms).freezes
    assert now.until is not None
    assert (waiting.since, waiting.until) == (None, None)


def test_a_pledge_a_dispute_and_a_renewal_are_told_as_they_stood() -> None:
    docket, right = registered()
    pledge = docket.pledged(right, BOB)
    docket.record(docket.note_dispute_entry(right, by=COURT))
    noted = as_of(docket, right, docket.now_ms)
    assert noted.pledge is not None
    assert (noted.pledge.id, noted.pledge.pledgee) == (pledge, BOB)
    assert [dispute.by for dispute in noted.disputes] == [COURT]
    until = docket.right(right).until
    assert until is not None
    docket.go_to(until)
    renewal = docket.record(docket.renew_entry(right, by=[ALICE]))
    docket.go_to(docket.day(1))
    docket.deposit(ALICE)
    late = as_of(docket, right, docket.now_ms)
    assert (late.status, late.renewal_pending, [item.id for item in late.pending]) == ("registered", True, [renewal])
    assert late.disputes == ()  # a year is long over


def test_the_state_as_of_the_checkpoint_is_told_without_a_question() -> None:
    docket, right = registered()
    told = report(docket, right)
    assert told.state is not None
    assert (told.state.time_ms, told.state.status) == (told.checkpoint.header_time_ms, "registered")
    assert told.state_at is None
    assert {step.name: step.ok for step in told.steps}["time"] is None


def test_a_time_after_the_newest_header_cannot_be_decided() -> None:
    docket, right = registered()
    pack = title_pack(docket.archive(), right)
    newest = verify_pack(pack, docket.ledger).checkpoint.header_time_ms
    assert verify_pack(pack, docket.ledger, at=newest).state_at is not None
    with pytest.raises(NotProven, match="after the newest proven header") as failure:
        verify_pack(pack, docket.ledger, at=newest + 1)
    assert (failure.value.step, failure.value.outcome) == ("time", Outcome.CANNOT_DECIDE)


def test_only_a_whole_history_tells_a_state_at_a_time() -> None:
    docket, right = registered()
    never = "right/" + 64 * "e"
    packs: list[tuple[bytes, dict[str, Any]]] = [
        (entry_pack(docket.archive(), right), {}),
        (absence_pack(docket.archive(), never), {"ask": never}),
    ]
    for pack, question in packs:
        with pytest.raises(NotProven, match="only a pack with the whole history") as failure:
            verify_pack(pack, docket.ledger, at=docket.now_ms, **question)
        assert failure.value.outcome is Outcome.CANNOT_DECIDE


def test_no_line_of_the_step_says_is() -> None:
    docket, right = registered()
    (step,) = (step for step in report(docket, right, docket.now_ms).steps if step.name == "time")
    assert "As of 2026-" in step.en
    assert "截至 2026-" in step.zh
    assert " is " not in step.en.partition("As of")[2]


# --- what was superseded or corrected --------------------------------------------------------------------------------


def test_an_approved_transfer_supersedes_the_holders() -> None:
    docket, right = registered()
    request = docket.transfer(right, BOB)
    docket.record(docket.approve_entry(right, request))
    (only,) = replaced(docket, right)
    assert (only.what, only.id, only.kind, only.corrected) == ("holders", b"", "approve", False)
    assert only.was == [{"party": ALICE.hex(), "share": "10000"}]
    assert only.became == [{"party": BOB.hex(), "share": "10000"}]
    first, *_ = docket.touched[f"right/{right.hex()}"]
    assert (only.since, only.by) == (first, 2 * len(docket.log) - 1)


def test_a_correction_is_told_as_one_and_changes_nothing_backwards() -> None:
    docket, right = registered()
    request = docket.transfer(right, BOB)
    approval = docket.record(docket.approve_entry(right, request))
    wrong_ms = docket.now_ms
    docket.record(docket.correct_record_entry(right, approval, holders=shares(ALICE)))
    corrected = replaced(docket, right)[-1]
    assert (corrected.what, corrected.kind, corrected.corrected) == ("holders", "correct_record", True)
    assert corrected.since == docket.state.indexes[approval]
    assert as_of(docket, right, wrong_ms).holders == (Holder(BOB, ALL),)


def test_an_undone_revocation_is_told() -> None:
    docket, right = registered()
    revocation = docket.record(docket.revoke_entry(right))
    docket.record(docket.correct_record_entry(right, revocation, status="registered"))
    stage = [each for each in replaced(docket, right) if each.what == "stage"]
    assert [(each.was, each.became, each.corrected) for each in stage] == [("revoked", "registered", True)]


def test_what_an_entry_ended_is_told_with_its_id() -> None:
    docket, right = registered()
    licence = docket.licensed(right, BOB)
    docket.record(docket.end_license_entry(right, licence, [BOB]))
    freeze = docket.frozen(right)
    docket.record(docket.renew_freeze_entry(right, freeze, months=12))
    docket.record(docket.unfreeze_entry(right, freeze))
    dispute = docket.record(docket.note_dispute_entry(right))
    docket.record(docket.end_dispute_entry(right, dispute))
    request = docket.transfer(right, BOB)
    docket.record(docket.reject_entry(right, request))
    told = [(each.what, each.id, each.kind, each.became is None) for each in replaced(docket, right)]
    assert told == [
        ("licence", licence, "end_license", True),
        ("freeze", freeze, "renew_freeze", False),
        ("freeze", freeze, "unfreeze", True),
        ("dispute", dispute, "end_dispute", True),
        ("request", request, "reject", True),
    ]


def test_an_objection_that_was_decided_is_told() -> None:
    docket = Docket()
    docket.enrol("alice", "bob")
    right = docket.published(ALICE)
    objection = docket.record(docket.object_entry(right, BOB))
    docket.record(docket.decide_entry(right, objection, "dismissed"))
    (only,) = replaced(docket, right)
    assert (only.what, only.id, only.kind) == ("objection", objection, "decide_objection")


def test_what_time_ended_is_not_called_superseded() -> None:
    docket, right = registered()
    docket.frozen(right, months=1)
    docket.record(docket.note_dispute_entry(right))
    docket.go_to(docket.day(500))
    docket.frozen(right)
    docket.record(docket.note_dispute_entry(right, by=OFFICE))
    assert replaced(docket, right) == []


def test_the_findings_are_plain_json() -> None:
    docket, right = registered()
    docket.licensed(right, BOB)
    docket.frozen(right)
    plain = json.loads(json.dumps(report(docket, right, docket.now_ms).to_json()))
    state = plain["state_at"]
    assert (state["status"], state["holders"]) == ("registered", [{"party": ALICE.hex(), "share": 10000}])
    assert state["freezes"][0]["court"] == COURT.hex()
    assert state["licences"][0]["licence"]["licensee"] == BOB.hex()
    assert state["record"]["stage"] == "registered"
