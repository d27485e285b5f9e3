"""Claims about an application while it is examined."""

from __future__ import annotations

from dataclasses import replace

from registerkit import COURT, NOTARY, OFFICE, OTHER_OFFICE, RegisterKit, pid

from claims import claim
from datadeed_ledger.entry import Entry

# --- request_correction ----------------------------------------------------------------------------------------------


@claim("request_correction", "right_exists", 501)
def correction_of_nothing(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    return kit.request_correction_entry(right if passes else bytes(32))


@claim("request_correction", "signers", 109)
def correction_requested_by_another_registrar(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.request_correction_entry(kit.application(alice), by=OFFICE if passes else OTHER_OFFICE)


@claim("request_correction", "application_can_be_corrected", 406)
def correction_of_what_is_registered(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.request_correction_entry(kit.published(alice) if passes else kit.registered(alice))


@claim("request_correction", "application_can_be_corrected", 406)
def correction_requested_again(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.correcting(alice)  # on Monday 2026-11-23: ten working days end on Monday 2026-12-07
    kit.go_to("2026-12-07" if passes else "2026-12-08")
    return kit.request_correction_entry(right)


@claim("request_correction", "calendar_covers_the_correction", 407)
def correction_beyond_the_calendar(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    kit.go_to("2027-12-17" if passes else "2027-12-20")  # covered until Friday 2027-12-31
    return kit.request_correction_entry(right)


@claim("request_correction", "correction_reasons_are_listed", 111)
def correction_for_no_reason(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    reasons = ("deposit_missing", "other" if passes else "whim")
    return kit.request_correction_entry(kit.application(alice), reasons=reasons)


# --- correct ---------------------------------------------------------------------------------------------------------


@claim("correct", "right_exists", 501)
def correct_nothing(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    entry = kit.correct_entry(kit.correcting(alice))
    return entry if passes else kit.entry("correct", (alice,), entry.body.data | {"right": bytes(32)})


@claim("correct", "signers", 109)
def corrected_by_one_of_two(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.correct_entry(kit.correcting(alice, bob), by=(alice, bob) if passes else (alice,))


@claim("correct", "deposit_is_recorded", 301)
def corrected_without_deposit(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.correcting(alice)
    return corrected_with(kit, right, kit.deposit(alice) if passes else bytes(32))


@claim("correct", "it_is_a_deposit", 302)
def corrected_with_an_enrolment(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right, enrolment = kit.correcting(alice), kit.record(kit.enrol_entry("bob"))
    return corrected_with(kit, right, kit.deposit(alice) if passes else enrolment)


@claim("correct", "one_file_has_no_items", 303)
def corrected_with_an_item_of_one_file(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return corrected_with(kit, kit.correcting(alice), kit.deposit(alice), item=None if passes else 0)


@claim("correct", "item_is_in_the_batch", 304)
def corrected_with_an_item_beyond(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return corrected_with(kit, kit.correcting(alice), kit.batch(alice, count=3), item=2 if passes else 3)


@claim("correct", "correction_is_asked_for", 408)
def correct_unasked(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.correct_entry(kit.correcting(alice) if passes else kit.application(alice))


@claim("correct", "correction_is_asked_for", 408)
def correct_after_the_grace(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.correcting(alice)
    kit.go_to("2026-12-08", hour=0)
    kit.now_ms += 900_000 - (1 if passes else 0)  # 900 s after midnight
    return kit.correct_entry(right)


@claim("correct", "description_codes_are_listed", 111)
def corrected_industry(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.correct_entry(kit.correcting(alice), industry="97" if passes else "98")


@claim("correct", "a_deposit_is_the_applicant_s_or_a_notary_s", 403)
def corrected_with_a_stranger_s_deposit(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return corrected_with(kit, kit.correcting(alice), kit.deposit(NOTARY if passes else bob))


@claim("correct", "agreement_end_is_stated", 404)
def corrected_agreement_without_end(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    end = kit.day(1) if passes else None
    return kit.correct_entry(kit.correcting(alice), sources=["by_agreement"], agreement_end=end)


@claim("correct", "agreement_ends_after_today", 405)
def corrected_agreement_ends_today(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.correct_entry(kit.correcting(alice), agreement_end=kit.day(1 if passes else 0))


def corrected_with(kit: RegisterKit, right: bytes, deposit: bytes, item: int | None = None) -> Entry:
    return kit.correct_entry(right, deposits=[{"deposit": deposit, "item": item}])


# --- object ----------------------------------------------------------------------------------------------------------


@claim("object", "right_exists", 501)
def object_to_nothing(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.published(alice)
    return kit.object_entry(right if passes else bytes(32), bob)


@claim("object", "signers", 109)
def objection_by_an_institution(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.object_entry(kit.published(alice), bob if passes else COURT)


@claim("object", "signers", 109)
def objection_by_two(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob, carol = kit.enrol("alice", "bob", "carol")
    entry = kit.object_entry(kit.published(alice), bob)
    return entry if passes else kit.entry("object", (bob, carol), entry.body.data)


@claim("object", "window_is_open", 508)
def object_before_publication(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.object_entry(kit.published(alice) if passes else kit.application(alice), bob)


@claim("object", "window_is_open", 508)
def object_after_the_grace(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.published(alice)  # until 2026-12-07
    kit.go_to("2026-12-08", hour=0)
    kit.now_ms += 900_000 - (1 if passes else 0)  # 900 s after midnight
    return kit.object_entry(right, bob)


@claim("object", "objector_is_no_applicant", 509)
def object_to_the_own_application(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob, carol = kit.enrol("alice", "bob", "carol")
    return kit.object_entry(kit.published(alice, bob), carol if passes else bob)


@claim("object", "objector_has_no_other_open", 510)
def object_twice(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.published(alice)
    first = kit.record(kit.object_entry(right, bob))
    if passes:
        kit.record(kit.decide_entry(right, first, "dismissed"))
    return kit.object_entry(right, bob)


@claim("object", "objections_are_few_enough", 511)
def object_as_one_of_too_many(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob, carol = kit.enrol("alice", "bob", "carol")
    right = kit.published(alice)
    kit.record(kit.object_entry(right, bob))
    kit.rules = replace(kit.rules, objections_max=2 if passes else 1)
    return kit.object_entry(right, carol)


@claim("object", "objection_ground_is_listed", 111)
def object_on_no_ground(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.object_entry(kit.published(alice), bob, ground="trade_secret" if passes else "whim")


# --- decide_objection ------------------------------------------------------------------------------------------------


def objected(kit: RegisterKit) -> tuple[bytes, bytes]:
    """An application of alice's in publicity and bob's objection to it."""
    alice, bob = kit.enrol("alice", "bob")
    right = kit.published(alice)
    return right, kit.record(kit.object_entry(right, bob))


@claim("decide_objection", "right_exists", 501)
def decide_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right, objection = objected(kit)
    return kit.decide_entry(right if passes else bytes(32), objection, "dismissed")


@claim("decide_objection", "objection_is_open", 512)
def decide_what_was_decided(kit: RegisterKit, passes: bool) -> Entry:
    right, objection = objected(kit)
    if not passes:
        kit.record(kit.decide_entry(right, objection, "dismissed"))
    return kit.decide_entry(right, objection, "upheld")


@claim("decide_objection", "objection_is_open", 512)
def decide_an_objection_to_another_application(kit: RegisterKit, passes: bool) -> Entry:
    right, objection = objected(kit)
    return kit.decide_entry(right if passes else kit.published(pid("alice")), objection, "dismissed")


@claim("decide_objection", "signers", 109)
def decided_by_a_court(kit: RegisterKit, passes: bool) -> Entry:
    right, objection = objected(kit)
    return kit.decide_entry(right, objection, "upheld", by=OFFICE if passes else COURT)
