"""Claims about what becomes of an application or a request."""

from __future__ import annotations

from dataclasses import replace

from registerkit import COURT, OFFICE, OTHER_OFFICE, RegisterKit, pid

from claims import claim
from claims.examination import objected
from claims.standing import freeze
from datadeed_ledger.entry import Entry
from datadeed_ledger.records import Pledge


def requested(kit: RegisterKit) -> tuple[bytes, bytes]:
    """A right of alice's and its pending transfer to bob."""
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    return right, kit.transfer(right, bob)


@claim("approve", "right_exists", 501)
def approve_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.approve_entry(right if passes else bytes(32), request)


@claim("approve", "request_is_pending", 801)
def approve_no_request(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.approve_entry(right, request if passes else bytes(32))


@claim("approve", "request_is_pending", 801)
def approve_an_application(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    application = kit.application(pid("alice"))
    return kit.approve_entry(right, request) if passes else kit.approve_entry(application, application)


@claim("approve", "request_is_pending", 801)
def approve_a_lapsed_request(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    kit.go_to(kit.day(90 if passes else 91))
    return kit.approve_entry(right, request)


@claim("approve", "request_is_pending", 801)
def approve_after_the_end(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    kit.go_to("2029-12-08")
    request = kit.transfer(right, bob)
    kit.go_to("2029-12-08" if passes else "2029-12-09")
    return kit.approve_entry(right, request)


@claim("approve", "signers", 109)
def approve_by_another_registrar(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.approve_entry(right, request, by=OFFICE if passes else OTHER_OFFICE)


@claim("approve", "request_signers_would_do_now", 802)
def approve_past_a_new_pledgee(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    kit.enrol("bank")
    pledgee = pid("alice" if passes else "bank")
    kit.change_right(right, pledge=Pledge(bytes(32), pledgee, "2027-01-01"))
    return kit.approve_entry(right, request)


@claim("approve", "request_signers_are_not_suspended_now", 107)
def approve_for_a_suspended_party(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    kit.put(replace(kit.party(pid("bob")), suspended_by=() if passes else (COURT,)))
    return kit.approve_entry(right, request)


@claim("approve", "request_passes_now", 602)
def approve_past_a_freeze(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    if not passes:
        kit.change_right(right, freezes=(freeze(kit),))
    return kit.approve_entry(right, request)


@claim("approve", "request_passes_now", 604)
def approve_what_has_come_about(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    if not passes:  # as a court's enforcement would, had it not closed the request
        after = kit.right(kit.registered(pid("bob"), number=2)).holders
        kit.change_right(right, holders=after)
    return kit.approve_entry(right, request)


@claim("approve", "number_is_new", 507)
def approve_with_a_used_number(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    number = "11000000000000002" if passes else "11000000000000001"
    return kit.approve_entry(right, request, certificate_no=number)


@claim("reject", "right_exists", 501)
def reject_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.reject_entry(right if passes else bytes(32), request)


@claim("reject", "rejected_is_pending", 801)
def reject_a_registered_right(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice) if passes else kit.registered(alice)
    return kit.reject_entry(right, right)


@claim("reject", "rejected_is_pending", 801)
def reject_what_was_decided(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    if not passes:
        kit.record(kit.approve_entry(right, request))
    return kit.reject_entry(right, request)


@claim("reject", "signers", 109)
def reject_by_a_court(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.reject_entry(right, request, by=OFFICE if passes else COURT)


@claim("reject", "ground_is_listed", 111)
def reject_on_no_ground(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.reject_entry(right, request, ground="other" if passes else "whim")


@claim("withdraw", "right_exists", 501)
def withdraw_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.withdraw_entry(right if passes else bytes(32), request, (pid("alice"), pid("bob")))


@claim("withdraw", "withdrawn_is_pending", 801)
def withdraw_what_was_decided(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    if not passes:
        kit.record(kit.reject_entry(right, request))
    return kit.withdraw_entry(right, request, (pid("alice"), pid("bob")))


@claim("withdraw", "withdrawn_is_pending", 801)
def withdraw_after_a_missed_due_day(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    kit.change_right(right, stage="correcting", due=kit.day(0 if passes else -1))
    return kit.withdraw_entry(right, right, (alice,))


@claim("withdraw", "withdrawn_is_pending", 801)
def withdraw_an_objection_that_was_decided(kit: RegisterKit, passes: bool) -> Entry:
    right, objection = objected(kit)
    if not passes:
        kit.record(kit.decide_entry(right, objection, "dismissed"))
    return kit.withdraw_entry(right, objection, (pid("bob"),))


@claim("withdraw", "signers", 109)
def withdraw_another_s_objection(kit: RegisterKit, passes: bool) -> Entry:
    right, objection = objected(kit)
    return kit.withdraw_entry(right, objection, (pid("bob" if passes else "alice"),))


@claim("withdraw", "signers", 109)
def withdraw_by_one_of_two(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    by = (pid("alice"), pid("bob"))
    return kit.withdraw_entry(right, request, by if passes else by[:1])


@claim("withdraw", "application_is_not_frozen", 803)
def withdraw_a_frozen_application(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    if not passes:
        kit.change_right(right, freezes=(freeze(kit),))
    return kit.withdraw_entry(right, right, (alice,))
