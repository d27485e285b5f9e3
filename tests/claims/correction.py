"""Claims about corrections of the record."""

from __future__ import annotations

from registerkit import COURT, OFFICE, OTHER_OFFICE, RegisterKit, pid, shares

from claims import claim
from datadeed_ledger.entry import Entry

ALICE, BOB, BANK = pid("alice"), pid("bob"), pid("bank")


def a_right(kit: RegisterKit, **described: object) -> bytes:
    """Alice's, registered on 2026-12-08 until 2029-12-08; bob and the bank are enrolled too."""
    kit.enrol("alice", "bob", "bank")
    return kit.registered(ALICE, **described)


def described(kit: RegisterKit, right: bytes, **changed: object) -> dict[str, object]:
    """The description of the application, but for what is changed."""
    entry = kit.state.leaves[kit.state.indexes[right]]
    before: dict[str, object] = Entry.parse(entry).body.data["description"]
    return before | changed


@claim("correct_record", "right_exists", 501)
def correct_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.correct_record_entry(right if passes else bytes(32), right, until="2029-12-01")


@claim("correct_record", "target_is_of_this_right_s_history", 901)
def correct_what_never_was(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.correct_record_entry(right, right if passes else bytes([1] * 32), until="2029-12-01")


@claim("correct_record", "target_is_of_this_right_s_history", 901)
def correct_the_effect_of_another_right_s_entry(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    other = kit.registered(ALICE, number=2)
    note = kit.record(kit.note_dispute_entry(right if passes else other))
    return kit.correct_record_entry(right, note, until="2029-12-01")


@claim("correct_record", "deposit_is_recorded", 301)
def correct_to_a_deposit_that_is_none(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    listed = [{"deposit": kit.deposit(ALICE) if passes else bytes(32), "item": None}]
    return kit.correct_record_entry(right, description=described(kit, right, deposits=listed))


@claim("correct_record", "it_is_a_deposit", 302)
def correct_to_an_entry_that_is_no_deposit(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    listed = [{"deposit": kit.batch(ALICE) if passes else right, "item": None}]
    return kit.correct_record_entry(right, description=described(kit, right, deposits=listed))


@claim("correct_record", "one_file_has_no_items", 303)
def correct_to_an_item_of_one_file(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    listed = [{"deposit": kit.deposit(ALICE), "item": None if passes else 0}]
    return kit.correct_record_entry(right, description=described(kit, right, deposits=listed))


@claim("correct_record", "item_is_in_the_batch", 304)
def correct_to_an_item_beyond(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    listed = [{"deposit": kit.batch(ALICE, count=5), "item": 4 if passes else 5}]
    return kit.correct_record_entry(right, description=described(kit, right, deposits=listed))


@claim("correct_record", "signers", 109)
def correct_a_certificate_by_another_registrar(kit: RegisterKit, passes: bool) -> Entry:
    by = OFFICE if passes else OTHER_OFFICE
    return kit.correct_record_entry(a_right(kit), by=(by,), certificate_no="11000000000000009")


@claim("correct_record", "signers", 109)
def correct_deposits_by_the_registrar_alone(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    listed = [{"deposit": kit.deposit(ALICE), "item": None}]
    changed = {"personal_data": True} if passes else {"deposits": listed}
    return kit.correct_record_entry(right, by=(OFFICE,), description=described(kit, right, **changed))


@claim("correct_record", "signers", 109)
def correct_the_agreement_s_end_by_the_registrar_alone(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    changed = {} if passes else {"agreement_end": "2031-01-01"}
    return kit.correct_record_entry(right, by=(OFFICE,), description=described(kit, right, **changed))


@claim("correct_record", "signers", 109)
def correct_holders_without_one_of_them(kit: RegisterKit, passes: bool) -> Entry:
    by = (OFFICE, ALICE, BOB) if passes else (OFFICE, BOB)
    return kit.correct_record_entry(a_right(kit), by=by, holders=shares(BOB))


@claim("correct_record", "signers", 109)
def correct_holders_without_the_registrar(kit: RegisterKit, passes: bool) -> Entry:
    by = (OFFICE, ALICE, BOB) if passes else (ALICE, BOB)
    return kit.correct_record_entry(a_right(kit), by=by, holders=shares(BOB))


@claim("correct_record", "right_was_registered", 851)
def correct_an_application(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    right = kit.registered(ALICE) if passes else kit.application(ALICE)
    return kit.correct_record_entry(right, description=described(kit, right))


@claim("correct_record", "something_is_corrected", 902)
def correct_no_field(kit: RegisterKit, passes: bool) -> Entry:
    return kit.correct_record_entry(a_right(kit), until="2029-12-01" if passes else None)


@claim("correct_record", "a_frozen_record_is_a_court_s_to_correct", 602)
def correct_holders_past_a_freeze(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    kit.frozen(right)
    return kit.correct_record_entry(right, by=(COURT,) if passes else (OFFICE, ALICE, BOB), holders=shares(BOB))


@claim("correct_record", "an_end_by_an_entry_is_undone", 904)
def set_a_valid_right_back(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    if passes:
        kit.record(kit.revoke_entry(right))
    return kit.correct_record_entry(right, status="registered")


@claim("correct_record", "next_holders_are_enrolled", 205)
def correct_holders_to_nobody(kit: RegisterKit, passes: bool) -> Entry:
    return kit.correct_record_entry(a_right(kit), holders=shares(BOB if passes else pid("nobody")))


@claim("correct_record", "corrected_fields_differ", 903)
def correct_holders_to_the_same(kit: RegisterKit, passes: bool) -> Entry:
    return kit.correct_record_entry(a_right(kit), holders=shares(BOB if passes else ALICE))


@claim("correct_record", "corrected_fields_differ", 903)
def correct_the_last_day_to_the_same(kit: RegisterKit, passes: bool) -> Entry:
    return kit.correct_record_entry(a_right(kit), until="2029-12-07" if passes else "2029-12-08")


@claim("correct_record", "corrected_codes_are_listed", 111)
def correct_for_no_reason(kit: RegisterKit, passes: bool) -> Entry:
    return kit.correct_record_entry(a_right(kit), until="2029-12-01", reason="other" if passes else "whim")


@claim("correct_record", "corrected_codes_are_listed", 111)
def correct_to_no_format(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.correct_record_entry(right, description=described(kit, right, data_format="csv" if passes else "cvs"))


@claim("correct_record", "corrected_codes_are_listed", 111)
def correct_to_no_industry(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.correct_record_entry(right, description=described(kit, right, industry="65" if passes else "00"))


@claim("correct_record", "corrected_agreement_end_is_stated", 404)
def correct_the_sources_alone(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    end = "2031-01-01" if passes else None
    changed = described(kit, right, sources=["by_agreement"], agreement_end=end)
    return kit.correct_record_entry(right, description=changed)


@claim("correct_record", "corrected_last_day_is_within_bounds", 905)
def correct_to_more_than_one_term_more(kit: RegisterKit, passes: bool) -> Entry:
    return kit.correct_record_entry(a_right(kit), until="2032-12-08" if passes else "2032-12-09")


@claim("correct_record", "corrected_last_day_is_within_bounds", 905)
def correct_to_before_the_announcement(kit: RegisterKit, passes: bool) -> Entry:
    return kit.correct_record_entry(a_right(kit), until="2026-12-08" if passes else "2026-12-07")


@claim("correct_record", "last_day_is_within_the_agreement", 906)
def correct_past_the_agreement_s_end(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit, sources=["by_agreement"], agreement_end="2028-06-30")
    return kit.correct_record_entry(right, until="2028-06-29" if passes else "2028-07-01")


@claim("correct_record", "last_day_is_within_the_agreement", 906)
def correct_the_agreement_s_end_alone(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    changed = described(kit, right, agreement_end="2028-06-30")
    return kit.correct_record_entry(right, description=changed, until="2028-06-30" if passes else None)


@claim("correct_record", "number_is_new", 507)
def correct_to_a_used_number(kit: RegisterKit, passes: bool) -> Entry:
    number = "11000000000000009" if passes else "11000000000000001"
    return kit.correct_record_entry(a_right(kit), by=(OFFICE,), certificate_no=number)
