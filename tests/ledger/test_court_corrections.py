"""Corrections of the record: each sentence of the specification on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from registerkit import COURT, OFFICE, OTHER_COURT, OTHER_OFFICE, ROLES, RegisterKit, pid, roster, shares

from datadeed_ledger.entry import Entry
from datadeed_ledger.records import Freeze, NumberUse
from datadeed_ledger.register import Register
from datadeed_ledger.statemap import subject_key
from datadeed_ledger.view import licence_stands

ALICE, BOB, CAROL, BANK = pid("alice"), pid("bob"), pid("carol"), pid("bank")
NEW_NUMBER = "11000000000000009"


@pytest.fixture
def kit() -> RegisterKit:
    kit = RegisterKit()
    kit.enrol("alice", "bob", "carol", "bank")
    return kit


@pytest.fixture
def right(kit: RegisterKit) -> bytes:
    """Alice's, registered on 2026-12-08 until 2029-12-08."""
    return kit.registered(ALICE)


def description(kit: RegisterKit, right: bytes, **changed: Any) -> dict[str, Any]:
    """The description in force, but for what is changed."""
    entry = Entry.parse(kit.state.leaf(kit.state.indexes[kit.right(right).description]))
    before: dict[str, Any] = entry.body.data["description"]
    return before | changed


def cancelled(kit: RegisterKit, right: bytes) -> bytes:
    return kit.record(kit.approve_entry(right, kit.record(kit.cancel_entry(right, by=None))))


# --- who signs, field by field ---------------------------------------------------------------------------------------


def test_the_registrar_alone_corrects_a_description_and_a_certificate_number(kit: RegisterKit, right: bytes) -> None:
    changed = description(kit, right, industry="65", personal_data=True)
    entry = kit.correct_record_entry(right, by=(OFFICE,), description=changed, certificate_no=NEW_NUMBER)
    kit.record(entry)
    record = kit.right(right)
    assert (record.description, record.certificate_no) == (entry.entry_id, NEW_NUMBER)
    assert record.agreement_end is None


FIELDS: dict[str, Any] = {
    "holders": shares(BOB),
    "until": "2029-12-01",
}


@pytest.mark.parametrize("field", FIELDS)
def test_the_registrar_alone_corrects_nothing_else(kit: RegisterKit, right: bytes, field: str) -> None:
    assert kit.refusal(kit.correct_record_entry(right, by=(OFFICE,), **{field: FIELDS[field]})).number == 109


def test_the_registrar_alone_does_not_undo_a_revocation(kit: RegisterKit, right: bytes) -> None:
    wrong = kit.record(kit.revoke_entry(right))
    assert kit.refusal(kit.correct_record_entry(right, wrong, by=(OFFICE,), status="registered")).number == 109


@pytest.mark.parametrize("field", ["deposits", "agreement_end"])
def test_the_registrar_alone_corrects_no_deposits_and_no_agreement_end(
    kit: RegisterKit, right: bytes, field: str
) -> None:
    value = [{"deposit": kit.deposit(ALICE), "item": None}] if field == "deposits" else "2030-01-01"
    changed = description(kit, right, **{field: value})
    assert kit.refusal(kit.correct_record_entry(right, by=(OFFICE,), description=changed)).number == 109
    kit.record(kit.correct_record_entry(right, by=(OFFICE, ALICE), description=changed))


def test_a_description_is_held_against_the_one_in_force_also_after_a_correction(kit: RegisterKit, right: bytes) -> None:
    moved = description(kit, right, deposits=[{"deposit": kit.deposit(ALICE), "item": None}])
    kit.record(kit.correct_record_entry(right, description=moved))
    kit.record(kit.correct_record_entry(right, by=(OFFICE,), description=moved | {"industry": "65"}))


def test_the_agreement_end_that_a_renewal_set_is_the_one_to_keep(kit: RegisterKit) -> None:
    right = kit.registered(ALICE, sources=["by_agreement"], agreement_end="2028-06-30")
    kit.go_to("2028-06-01")
    kit.record(kit.approve_entry(right, kit.record(kit.renew_entry(right, agreement_end="2030-06-30"))))
    old = description(kit, right)
    assert old["agreement_end"] == "2028-06-30"
    assert kit.refusal(kit.correct_record_entry(right, by=(OFFICE,), description=old)).number == 109
    kit.record(kit.correct_record_entry(right, by=(OFFICE,), description=old | {"agreement_end": "2030-06-30"}))
    assert kit.right(right).agreement_end == "2030-06-30"


@pytest.mark.parametrize("court", [COURT, OTHER_COURT])
def test_a_court_corrects_everything_alone(kit: RegisterKit, right: bytes, court: bytes) -> None:
    wrong = kit.record(kit.revoke_entry(right))
    entry = kit.correct_record_entry(
        right,
        wrong,
        by=(court,),
        description=description(kit, right, agreement_end="2030-06-30"),
        certificate_no=NEW_NUMBER,
        holders=shares(BOB, CAROL),
        until="2030-06-30",
        status="registered",
        reason="court_judgment",
    )
    kit.record(entry)
    record = kit.right(right)
    assert (record.stage, record.ended_at, record.until) == ("registered", None, "2030-06-30")
    assert (record.parties, record.certificate_no) == ({BOB, CAROL}, NEW_NUMBER)
    assert (record.description, record.agreement_end) == (entry.entry_id, "2030-06-30")


@pytest.mark.parametrize(
    ("by", "signs"),
    [
        ((OFFICE, ALICE, BOB, BANK), True),
        ((OFFICE, ALICE, BOB), False),
        ((OFFICE, ALICE, BANK), False),
        ((OFFICE, BOB, BANK), False),
        ((ALICE, BOB, BANK), False),
        ((OTHER_OFFICE, ALICE, BOB, BANK), False),
        ((COURT, ALICE, BOB, BANK), False),
    ],
)
def test_without_a_court_all_holders_before_and_after_and_the_pledgee_sign_with_the_registrar(
    kit: RegisterKit, right: bytes, by: tuple[bytes, ...], signs: bool
) -> None:
    kit.pledged(right, BANK)
    entry = kit.correct_record_entry(right, by=by, holders=shares(BOB))
    if signs:
        kit.record(entry)
    else:
        assert kit.refusal(entry).number == 109


def test_if_the_registrar_has_left_any_registrar_corrects(kit: RegisterKit, right: bytes) -> None:
    kit.roster = roster({name: roles for name, roles in ROLES.items() if name != "ip-office.example.cn"}, version=2)
    kit.record(kit.correct_record_entry(right, by=(OTHER_OFFICE,), certificate_no=NEW_NUMBER))
    kit.record(kit.correct_record_entry(right, by=(OTHER_OFFICE, ALICE), until="2029-12-01"))


def test_a_correction_is_no_way_around_a_freeze(kit: RegisterKit, right: bytes) -> None:
    kit.frozen(right)
    for field, value in FIELDS.items():
        by = (OFFICE, ALICE, BOB) if field == "holders" else (OFFICE, ALICE)
        assert kit.refusal(kit.correct_record_entry(right, by=by, **{field: value})).number == 602
    kit.record(kit.correct_record_entry(right, by=(OTHER_COURT,), **FIELDS))
    assert kit.seen(right).freeze is not None  # and it ends none
    kit.record(kit.correct_record_entry(right, by=(OFFICE,), certificate_no=NEW_NUMBER))


# --- forward only ----------------------------------------------------------------------------------------------------


def test_what_was_done_before_stays_done(kit: RegisterKit, right: bytes) -> None:
    kit.record(kit.approve_entry(right, kit.transfer(right, BOB)))
    licence = kit.licensed(right, CAROL)
    before = kit.right(right)
    kit.record(kit.correct_record_entry(right, holders=shares(ALICE), reason="wrong_transfer"))
    after = kit.right(right)
    assert (after.parties, after.events.count) == ({ALICE}, before.events.count + 1)
    assert kit.licence(right, licence) is not None
    assert kit.refusal(kit.transfer_entry(right, shares(CAROL), by=(BOB, CAROL))).number == 109


def test_a_wrong_transfer_is_undone_by_holders_and_closes_what_is_pending(kit: RegisterKit, right: bytes) -> None:
    wrong = kit.record(kit.approve_entry(right, kit.transfer(right, BOB)))
    pending = kit.transfer(right, CAROL)
    kit.record(kit.correct_record_entry(right, wrong, holders=shares(ALICE), reason="wrong_transfer"))
    assert (kit.right(right).parties, kit.right(right).pending) == ({ALICE}, ())
    assert kit.refusal(kit.approve_entry(right, pending)).number == 801


def test_other_corrections_leave_what_is_pending(kit: RegisterKit, right: bytes) -> None:
    request = kit.transfer(right, BOB)
    kit.record(kit.correct_record_entry(right, certificate_no=NEW_NUMBER, until="2029-12-01"))
    kit.record(kit.approve_entry(right, request))


def test_a_pending_request_is_no_hindrance(kit: RegisterKit, right: bytes) -> None:
    kit.transfer(right, BOB)
    kit.record(kit.correct_record_entry(right, by=(OFFICE,), certificate_no=NEW_NUMBER))


def test_the_old_certificate_number_stays_used(kit: RegisterKit, right: bytes) -> None:
    old = kit.right(right).certificate_no
    assert old is not None
    kit.record(kit.correct_record_entry(right, by=(OFFICE,), certificate_no=NEW_NUMBER))
    for number in (old, NEW_NUMBER):
        stored = kit.state.record(subject_key(NumberUse.subject_of(number)))
        assert stored is not None
        assert NumberUse.from_bytes(stored).right == right
        refused = kit.correct_record_entry(right, by=(OFFICE,), certificate_no=number)
        assert kit.refusal(refused).number == 507


def test_a_later_change_keeps_the_deposits_of_the_corrected_description(kit: RegisterKit, right: bytes) -> None:
    moved = [{"deposit": kit.deposit(BOB), "item": None}]
    kit.record(kit.correct_record_entry(right, description=description(kit, right, deposits=moved)))
    kit.record(kit.approve_entry(right, kit.record(kit.change_entry(right))))
    assert description(kit, right)["deposits"] == moved


# --- a wrong end is undone -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["revoke", "cancel"])
def test_a_wrong_revocation_or_cancellation_is_undone_and_what_still_stands_stands_again(
    kit: RegisterKit, right: bytes, end: str
) -> None:
    short = kit.licensed(right, BOB, end="2027-01-31")
    long = kit.licensed(right, BOB, end="2028-01-31")
    kit.pledged(right, BANK)
    note = kit.record(kit.note_dispute_entry(right))
    if end == "revoke":
        wrong = kit.record(kit.revoke_entry(right))
    else:
        request = kit.record(kit.cancel_entry(right, by=(ALICE, BANK)))
        wrong = kit.record(kit.approve_entry(right, request))
    assert kit.seen(right).ended
    kit.go_to("2027-03-01")
    kit.record(kit.correct_record_entry(right, wrong, status="registered"))
    seen = kit.seen(right)
    assert (seen.status, seen.pledge) == ("registered", kit.right(right).pledge)
    assert seen.pledge is not None
    assert [item.id for item in seen.disputes] == [note]
    standing = {licence.id: licence_stands(licence, seen) for licence in Register(kit.state).licences(right)}
    assert standing == {short: False, long: True}


def test_the_queue_of_freezes_stands_again_as_if_its_days_had_run_on(kit: RegisterKit, right: bytes) -> None:
    kit.frozen(right, months=1)
    queued = kit.frozen(right, OTHER_COURT, months=3)
    wrong = kit.record(kit.revoke_entry(right))
    kit.go_to("2027-02-01")
    assert kit.seen(right).freeze is None
    kit.record(kit.correct_record_entry(right, wrong, status="registered"))
    freeze = kit.seen(right).freeze
    assert isinstance(freeze, Freeze)
    assert (freeze.id, freeze.until) == (queued, "2027-04-09")
    assert kit.refusal(kit.transfer_entry(right, shares(BOB))).number == 602


def test_requests_do_not_come_back(kit: RegisterKit, right: bytes) -> None:
    request = kit.transfer(right, BOB)
    wrong = kit.record(kit.revoke_entry(right))
    kit.record(kit.correct_record_entry(right, wrong, status="registered"))
    assert kit.seen(right).pending == ()
    assert kit.refusal(kit.approve_entry(right, request)).number == 801


def test_an_expiry_is_undone_by_a_later_last_day_and_its_requests_do_not_come_back(
    kit: RegisterKit, right: bytes
) -> None:
    kit.pledged(right, BANK)
    kit.go_to("2029-12-08")
    request = kit.record(kit.transfer_entry(right, shares(BOB), by=(ALICE, BOB, BANK)))
    kit.go_to("2029-12-20")
    assert (kit.seen(right).status, kit.seen(right).pledge) == ("expired", None)
    kit.record(kit.correct_record_entry(right, until="2030-12-08"))
    seen = kit.seen(right)
    assert (seen.status, seen.pending) == ("registered", ())
    assert seen.pledge is not None  # it never lapses by time
    assert kit.refusal(kit.approve_entry(right, request)).number == 801


def test_a_right_set_back_after_its_last_day_is_expired(kit: RegisterKit, right: bytes) -> None:
    wrong = cancelled(kit, right)
    kit.go_to("2029-12-09")
    kit.record(kit.correct_record_entry(right, wrong, status="registered"))
    assert kit.seen(right).status == "expired"


def test_a_right_that_was_cancelled_and_then_revoked_is_set_back_to_registered_at_once(
    kit: RegisterKit, right: bytes
) -> None:
    cancelled(kit, right)
    wrong = kit.record(kit.revoke_entry(right))
    kit.record(kit.correct_record_entry(right, wrong, status="registered"))
    assert kit.seen(right).status == "registered"


def test_only_an_end_by_cancel_or_revoke_is_undone_by_status(kit: RegisterKit, right: bytes) -> None:
    entry = kit.correct_record_entry(right, status="registered")
    assert kit.refusal(entry).number == 904
    kit.go_to("2029-12-09")
    refusal = kit.refusal(kit.correct_record_entry(right, status="registered"))
    assert refusal.number == 904
    assert "expired" in refusal.en


def test_the_record_of_an_ended_right_can_be_corrected_and_stays_ended(kit: RegisterKit, right: bytes) -> None:
    kit.record(kit.revoke_entry(right))
    kit.record(kit.correct_record_entry(right, by=(OFFICE,), certificate_no=NEW_NUMBER))
    assert (kit.seen(right).status, kit.right(right).certificate_no) == ("revoked", NEW_NUMBER)


def test_an_imported_right_can_be_corrected(kit: RegisterKit) -> None:
    right = kit.record(kit.import_entry([ALICE]))
    changed = description(kit, right, industry="65")
    kit.record(kit.correct_record_entry(right, by=(OFFICE,), description=changed))
    assert description(kit, right)["industry"] == "65"


# --- the last day ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("until", "passes"),
    [("2026-12-07", False), ("2026-12-08", True), ("2032-12-08", True), ("2032-12-09", False)],
)
def test_a_last_day_lies_between_the_announcement_and_one_term_after_the_old_one(
    kit: RegisterKit, right: bytes, until: str, passes: bool
) -> None:
    entry = kit.correct_record_entry(right, until=until)
    if passes:
        kit.record(entry)
        assert kit.right(right).until == until
    else:
        assert kit.refusal(entry).number == 905


def test_last_day_and_agreement_end_are_held_against_each_other_as_they_will_stand(kit: RegisterKit) -> None:
    right = kit.registered(ALICE, sources=["by_agreement"], agreement_end="2028-06-30")
    assert kit.right(right).until == "2028-06-30"
    later = description(kit, right, agreement_end="2029-06-30")
    assert kit.refusal(kit.correct_record_entry(right, until="2029-06-30")).number == 906
    kit.record(kit.correct_record_entry(right, description=later, until="2029-06-30"))
    sooner = description(kit, right, agreement_end="2027-06-30")
    assert kit.refusal(kit.correct_record_entry(right, description=sooner)).number == 906
    kit.record(kit.correct_record_entry(right, description=sooner, until="2027-06-30"))
    assert (kit.right(right).until, kit.right(right).agreement_end) == ("2027-06-30", "2027-06-30")


def test_a_right_cut_short_ends_its_licences_with_it(kit: RegisterKit, right: bytes) -> None:
    licence = kit.licensed(right, BOB, end="2029-12-08")
    kit.record(kit.correct_record_entry(right, until="2027-06-30"))
    kit.go_to("2027-07-01")
    found = kit.licence(right, licence)
    assert found is not None
    assert not licence_stands(found, kit.seen(right))


# --- the target ------------------------------------------------------------------------------------------------------


def test_the_target_is_any_entry_of_the_right_s_history_the_application_included(
    kit: RegisterKit, right: bytes
) -> None:
    note = kit.record(kit.note_dispute_entry(right))
    for target, until in ((right, "2029-12-01"), (note, "2029-12-02")):
        kit.record(kit.correct_record_entry(right, target, until=until))


def test_a_correction_joins_the_history_and_changes_only_what_it_states(kit: RegisterKit, right: bytes) -> None:
    before = kit.right(right)
    kit.record(kit.correct_record_entry(right, until="2029-12-01"))
    after = kit.right(right)
    assert after.events.count == before.events.count + 1
    assert replace(after, until=before.until, events=before.events) == before
