"""Notes of disputes: each sentence of the specification on them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from registerkit import (
    COURT,
    EXCHANGE,
    NOTARY,
    OFFICE,
    OTHER_COURT,
    OTHER_OFFICE,
    ROLES,
    RegisterKit,
    key,
    member_id,
    pid,
    roster,
)

from datadeed_ledger.records import Dispute

ALICE, BOB, BANK = pid("alice"), pid("bob"), pid("bank")
SUPERVISOR, OTHER_SUPERVISOR = member_id("supervisor.example.cn"), member_id("other-supervisor.example.cn")


@pytest.fixture
def kit() -> RegisterKit:
    kit = RegisterKit()
    kit.enrol("alice", "bob", "bank")
    return kit


@pytest.fixture
def right(kit: RegisterKit) -> bytes:
    """Alice's, registered on 2026-12-08 until 2029-12-08."""
    return kit.registered(ALICE)


def with_supervisors(kit: RegisterKit) -> None:
    roles = ROLES | {"supervisor.example.cn": ("supervisor",), "other-supervisor.example.cn": ("supervisor",)}
    kit.roster = roster(roles, version=2)
    kit.keys |= {member_id(name): key(f"office {name}") for name in roles}


@pytest.mark.parametrize("by", [COURT, OTHER_COURT, SUPERVISOR, OFFICE])
def test_a_court_a_supervisor_or_the_registrar_notes_a_dispute(kit: RegisterKit, right: bytes, by: bytes) -> None:
    with_supervisors(kit)
    note = kit.record(kit.note_dispute_entry(right, by=by))
    assert kit.seen(right).disputes == (Dispute(note, by, "2027-12-08"),)


@pytest.mark.parametrize("by", [NOTARY, EXCHANGE, OTHER_OFFICE, ALICE])
def test_nobody_else_notes_a_dispute(kit: RegisterKit, right: bytes, by: bytes) -> None:
    assert kit.refusal(kit.note_dispute_entry(right, by=by)).number == 109


def test_a_note_stands_for_the_rule_set_s_term(kit: RegisterKit, right: bytes) -> None:
    kit.record(kit.note_dispute_entry(right))
    assert kit.rules.dispute_days == 365
    kit.go_to("2027-12-08", hour=23)
    assert len(kit.seen(right).disputes) == 1
    kit.go_to("2027-12-09", hour=0)
    assert kit.seen(right).disputes == ()


def test_lapsed_notes_leave_the_record_when_an_entry_changes_the_list(kit: RegisterKit, right: bytes) -> None:
    kit.record(kit.note_dispute_entry(right))
    kit.go_to("2027-12-09")
    assert len(kit.right(right).disputes) == 1
    note = kit.record(kit.note_dispute_entry(right))
    assert [item.id for item in kit.right(right).disputes] == [note]


@pytest.mark.parametrize(
    ("by", "ends"), [(SUPERVISOR, True), (COURT, True), (OTHER_COURT, True), (OTHER_SUPERVISOR, False), (OFFICE, False)]
)
def test_the_noter_or_a_court_ends_it(kit: RegisterKit, right: bytes, by: bytes, ends: bool) -> None:
    with_supervisors(kit)
    note = kit.record(kit.note_dispute_entry(right, by=SUPERVISOR))
    entry = kit.end_dispute_entry(right, note, by=by)
    if ends:
        kit.record(entry)
        assert kit.right(right).disputes == ()
    else:
        assert kit.refusal(entry).number == 109


def test_several_notes_stand_side_by_side_and_end_one_by_one(kit: RegisterKit, right: bytes) -> None:
    notes = [kit.record(kit.note_dispute_entry(right, by=by)) for by in (COURT, OFFICE, COURT)]
    kit.record(kit.end_dispute_entry(right, notes[1], by=OFFICE))
    assert [item.id for item in kit.right(right).disputes] == [notes[0], notes[2]]


def test_a_note_hinders_a_pledge_and_nothing_else(kit: RegisterKit, right: bytes) -> None:
    note = kit.record(kit.note_dispute_entry(right))
    assert kit.refusal(kit.pledge_entry(right, BANK)).number == 612
    kit.licensed(right, BOB)
    kit.record(kit.approve_entry(right, kit.record(kit.change_entry(right))))
    kit.record(kit.approve_entry(right, kit.transfer(right, BOB)))
    kit.record(kit.end_dispute_entry(right, note))
    kit.record(kit.pledge_entry(right, BANK))


def test_an_application_and_an_ended_right_can_be_disputed(kit: RegisterKit, right: bytes) -> None:
    application = kit.published(BOB)
    kit.record(kit.revoke_entry(right))
    for disputed in (application, right):
        note = kit.record(kit.note_dispute_entry(disputed))
        assert [item.id for item in kit.seen(disputed).disputes] == [note]


def test_notes_that_stand_are_bounded_by_the_rule_set(kit: RegisterKit, right: bytes) -> None:
    kit.rules = replace(kit.rules, disputes_max=2)
    for by in (COURT, OFFICE):
        kit.record(kit.note_dispute_entry(right, by=by))
    assert kit.refusal(kit.note_dispute_entry(right)).number == 655
