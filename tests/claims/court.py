"""Claims about notes of disputes and about freezes."""

from __future__ import annotations

from dataclasses import replace

from registerkit import COURT, EXCHANGE, NOTARY, OFFICE, OTHER_COURT, OTHER_OFFICE, RegisterKit

from claims import claim
from datadeed_ledger.entry import Entry


def a_right(kit: RegisterKit) -> bytes:
    return kit.registered(*kit.enrol("alice"))


def allow(kit: RegisterKit, **numbers: int) -> None:
    """The rule set's bounds are these."""
    kit.rules = replace(kit.rules, **numbers)


@claim("note_dispute", "right_exists", 501)
def note_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.note_dispute_entry(right if passes else bytes(32))


@claim("note_dispute", "signers", 109)
def note_by_another_registrar(kit: RegisterKit, passes: bool) -> Entry:
    return kit.note_dispute_entry(a_right(kit), by=OFFICE if passes else OTHER_OFFICE)


@claim("note_dispute", "disputes_are_few_enough", 655)
def note_one_too_many(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    allow(kit, disputes_max=2 if passes else 1)
    kit.record(kit.note_dispute_entry(right))
    return kit.note_dispute_entry(right)


@claim("note_dispute", "disputes_are_few_enough", 655)
def note_when_another_has_lapsed(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    allow(kit, disputes_max=1)
    kit.record(kit.note_dispute_entry(right))
    kit.go_to(kit.day(366 if passes else 365))
    return kit.note_dispute_entry(right)


@claim("end_dispute", "right_exists", 501)
def end_note_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    dispute = kit.record(kit.note_dispute_entry(right))
    return kit.end_dispute_entry(right if passes else bytes(32), dispute)


@claim("end_dispute", "dispute_to_end_stands", 656)
def end_a_note_twice(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    dispute = kit.record(kit.note_dispute_entry(right))
    if not passes:
        kit.record(kit.end_dispute_entry(right, dispute))
    return kit.end_dispute_entry(right, dispute)


@claim("end_dispute", "dispute_to_end_stands", 656)
def end_a_lapsed_note(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    dispute = kit.record(kit.note_dispute_entry(right))
    kit.go_to(kit.day(365 if passes else 366))
    return kit.end_dispute_entry(right, dispute)


@claim("end_dispute", "signers", 109)
def end_note_by_another(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    dispute = kit.record(kit.note_dispute_entry(right, by=OFFICE))
    return kit.end_dispute_entry(right, dispute, by=OFFICE if passes else NOTARY)


@claim("freeze", "right_exists", 501)
def freeze_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.freeze_entry(right if passes else bytes(32))


@claim("freeze", "signers", 109)
def freeze_by_no_court(kit: RegisterKit, passes: bool) -> Entry:
    return kit.freeze_entry(a_right(kit), by=COURT if passes else EXCHANGE)


@claim("freeze", "freeze_is_short_enough", 650)
def freeze_for_too_long(kit: RegisterKit, passes: bool) -> Entry:
    return kit.freeze_entry(a_right(kit), months=36 if passes else 37)


@claim("freeze", "right_has_not_ended", 654)
def freeze_an_expired_right(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    kit.go_to("2029-12-08" if passes else "2029-12-09")
    return kit.freeze_entry(right)


@claim("freeze", "right_has_not_ended", 654)
def freeze_a_withdrawn_application(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    if not passes:
        kit.record(kit.withdraw_entry(right, right, (alice,)))
    return kit.freeze_entry(right)


@claim("freeze", "freezes_are_few_enough", 653)
def freeze_once_too_often(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    allow(kit, freezes_max=3 if passes else 2)
    kit.frozen(right)
    kit.frozen(right, OTHER_COURT)
    return kit.freeze_entry(right)


@claim("freeze", "freezes_are_few_enough", 653)
def freeze_when_another_has_lapsed(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    allow(kit, freezes_max=1)
    kit.frozen(right, months=1)
    kit.go_to("2027-01-09" if passes else "2027-01-08")
    return kit.freeze_entry(right)


@claim("renew_freeze", "right_exists", 501)
def renew_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    freeze = kit.frozen(right)
    return kit.renew_freeze_entry(right if passes else bytes(32), freeze)


@claim("renew_freeze", "freeze_stands", 651)
def renew_a_lapsed_freeze(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    freeze = kit.frozen(right, months=1)
    kit.go_to("2027-01-08" if passes else "2027-01-09")
    return kit.renew_freeze_entry(right, freeze)


@claim("renew_freeze", "signers", 109)
def renew_by_another_court(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.renew_freeze_entry(right, kit.frozen(right), by=COURT if passes else OTHER_COURT)


@claim("renew_freeze", "freeze_is_short_enough", 650)
def renew_for_too_long(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.renew_freeze_entry(right, kit.frozen(right), months=36 if passes else 37)


@claim("renew_freeze", "freeze_is_in_effect", 652)
def renew_a_queued_freeze(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    first, queued = kit.frozen(right), kit.frozen(right)
    return kit.renew_freeze_entry(right, first if passes else queued)


@claim("unfreeze", "right_exists", 501)
def unfreeze_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    freeze = kit.frozen(right)
    return kit.unfreeze_entry(right if passes else bytes(32), freeze)


@claim("unfreeze", "freeze_stands", 651)
def unfreeze_twice(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    freeze = kit.frozen(right)
    if not passes:
        kit.record(kit.unfreeze_entry(right, freeze))
    return kit.unfreeze_entry(right, freeze)


@claim("unfreeze", "freeze_stands", 651)
def unfreeze_what_stands_on_another_right(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right, other = kit.registered(alice, number=1), kit.registered(alice, number=2)
    freeze = kit.frozen(right)
    return kit.unfreeze_entry(right if passes else other, freeze)


@claim("unfreeze", "signers", 109)
def unfreeze_by_another_court(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.unfreeze_entry(right, kit.frozen(right), by=COURT if passes else OTHER_COURT)
