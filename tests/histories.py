"""Histories for every judge: in each of the first one rule is broken; the last holds nearly every kind of event.

A judge of evidence packs replays the rules over a history. That two judges do it alike is tried on these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from docket import Docket
from registerkit import COURT, EXCHANGE, NOTARY, OFFICE, OTHER_COURT, OTHER_OFFICE, key, pid, shares

from datadeed_ledger.entry import Entry

ALICE, BOB, CAROL = (pid(name) for name in ("alice", "bob", "carol"))


def opened(**fields: Any) -> Docket:
    """A register with three parties."""
    docket = Docket(**fields)
    docket.enrol("alice", "bob", "carol")
    return docket


def registered(**fields: Any) -> tuple[Docket, bytes]:
    """Alice's right, registered just now."""
    docket = opened(**fields)
    return docket, docket.registered(ALICE)


# --- one rule broken -------------------------------------------------------------------------------------------------

Story = Callable[[], tuple[Docket, bytes, Entry]]
"""A register, a right in it, and an entry that the rules refuse now"""


def a_transfer_of_a_frozen_right() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    docket.frozen(right)
    return docket, right, docket.transfer_entry(right, shares(BOB))


def an_approval_that_a_freeze_beat() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    request = docket.transfer(right, BOB)
    docket.frozen(right)
    return docket, right, docket.approve_entry(right, request)


def a_transfer_while_another_is_pending() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    docket.transfer(right, BOB)
    return docket, right, docket.transfer_entry(right, shares(CAROL))


def a_licence_against_an_exclusive_one() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    docket.licensed(right, BOB, type="exclusive")
    return docket, right, docket.license_entry(right, CAROL)


def a_licence_that_outlives_the_right() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    return docket, right, docket.license_entry(right, BOB, end="2040-01-01")


def a_renewal_after_the_last_day() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    until = docket.right(right).until
    assert until is not None
    docket.go_to(until)
    docket.go_to(docket.day(1))
    return docket, right, docket.renew_entry(right)


def a_transfer_that_the_holder_did_not_sign() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    return docket, right, docket.transfer_entry(right, shares(BOB), by=[BOB])


def a_publication_by_another_registrar() -> tuple[Docket, bytes, Entry]:
    docket = opened()
    right = docket.application(ALICE)
    return docket, right, docket.publish_entry(right, by=OTHER_OFFICE)


def a_registration_in_the_window() -> tuple[Docket, bytes, Entry]:
    docket = opened()
    right = docket.published(ALICE)
    return docket, right, docket.register_entry(right)


def a_registration_with_an_open_objection() -> tuple[Docket, bytes, Entry]:
    docket = opened()
    right = docket.published(ALICE)
    docket.record(docket.object_entry(right, BOB))
    docket.go_to(docket.day(15))
    return docket, right, docket.register_entry(right)


def a_correction_after_the_due_day() -> tuple[Docket, bytes, Entry]:
    docket = opened()
    right = docket.correcting(ALICE)
    kept = docket.deposit(ALICE)
    docket.go_to(docket.day(60))
    return docket, right, docket.correct_entry(right, deposits=[{"deposit": kept, "item": None}])


def an_approval_of_what_was_withdrawn() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    request = docket.transfer(right, BOB)
    docket.record(docket.withdraw_entry(right, request, (ALICE, BOB)))
    return docket, right, docket.approve_entry(right, request)


def an_act_of_a_suspended_party() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    docket.record(docket.entry("suspend", (OFFICE,), {"party": BOB, "reason": "other"}))
    return docket, right, docket.license_entry(right, BOB)


def an_entry_that_had_expired() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    entry = docket.license_entry(right, BOB)
    docket.now_ms = entry.body.expires_ms + 1
    return docket, right, entry


def a_reason_of_no_list() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    return docket, right, docket.cancel_entry(right, reason="because")


def another_court_s_freeze_lifted() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    freeze = docket.frozen(right)
    return docket, right, docket.unfreeze_entry(right, freeze, by=OTHER_COURT)


def an_enforcement_past_the_first_freeze() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    docket.frozen(right)
    return docket, right, docket.enforce_transfer_entry(right, shares(BOB), by=[OTHER_COURT])


def a_second_pledge() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    docket.pledged(right, BOB)
    return docket, right, docket.pledge_entry(right, CAROL)


def a_revocation_of_what_was_revoked() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    docket.record(docket.revoke_entry(right))
    return docket, right, docket.revoke_entry(right)


def an_application_without_a_deposit_of_its_own() -> tuple[Docket, bytes, Entry]:
    docket = opened()
    entry = docket.apply_entry([ALICE], [docket.deposit(BOB)])
    return docket, entry.entry_id, entry


def an_asset_on_a_frozen_right() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    docket.frozen(right)
    return docket, right, docket.register_asset_entry(ALICE, right)


def a_contract_of_a_stranger() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    return docket, right, docket.record_contract_entry(BOB, CAROL, right=right)


def a_correction_by_the_registrar_alone() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    return docket, right, docket.correct_record_entry(right, by=[OFFICE], holders=shares(BOB))


def a_correction_of_another_right_s_entry() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    other = docket.registered(BOB, number=2)
    return docket, right, docket.correct_record_entry(right, other, until="2029-01-01")


def an_amendment_below_the_quorum() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    return docket, right, docket.amend_entry(by=[COURT, OFFICE])


def a_key_that_the_party_had_before() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    docket.record(docket.update_entry(ALICE, [ALICE], key("alice 2")))
    docket.keys[ALICE] = key("alice 2")
    return docket, right, docket.update_entry(ALICE, [ALICE], key("party alice"))


def with_roles(docket: Docket, **roles: tuple[str, ...]) -> None:
    """A change of the roster: the members `<name>.example.cn`, _ for -, have these roles from the next block on."""
    changed = {f"{name.replace('_', '-')}.example.cn": {"roles": each} for name, each in roles.items()}
    docket.record(docket.roster_entry(docket.next_roster(changed=changed)))


def an_approval_by_who_is_no_registrar_any_more() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    with_roles(docket, ip_office=("supervisor",))
    return docket, right, docket.approve_entry(right, docket.transfer(right, BOB))


def an_approval_by_another_registrar_when_the_first_is_back() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    with_roles(docket, ip_office=("supervisor",))
    with_roles(docket, ip_office=("registrar",))
    request = docket.transfer(right, BOB)
    return docket, right, docket.approve_entry(right, request, by=OTHER_OFFICE)


def a_freeze_by_who_is_no_court_any_more() -> tuple[Docket, bytes, Entry]:
    docket, right = registered()
    with_roles(docket, other_court=("notary",))
    return docket, right, docket.freeze_entry(right, OTHER_COURT)


BROKEN: dict[Story, int] = {
    a_transfer_of_a_frozen_right: 602,
    an_approval_that_a_freeze_beat: 602,
    a_transfer_while_another_is_pending: 603,
    a_licence_against_an_exclusive_one: 705,
    a_licence_that_outlives_the_right: 704,
    a_renewal_after_the_last_day: 607,
    a_transfer_that_the_holder_did_not_sign: 109,
    a_publication_by_another_registrar: 109,
    a_registration_in_the_window: 505,
    a_registration_with_an_open_objection: 506,
    a_correction_after_the_due_day: 408,
    an_approval_of_what_was_withdrawn: 801,
    an_act_of_a_suspended_party: 107,
    an_entry_that_had_expired: 102,
    a_reason_of_no_list: 111,
    another_court_s_freeze_lifted: 109,
    an_enforcement_past_the_first_freeze: 109,
    a_second_pledge: 611,
    a_revocation_of_what_was_revoked: 852,
    an_application_without_a_deposit_of_its_own: 403,
    an_asset_on_a_frozen_right: 602,
    a_contract_of_a_stranger: 919,
    a_correction_by_the_registrar_alone: 109,
    a_correction_of_another_right_s_entry: 901,
    an_amendment_below_the_quorum: 109,
    a_key_that_the_party_had_before: 202,
    an_approval_by_who_is_no_registrar_any_more: 109,
    an_approval_by_another_registrar_when_the_first_is_back: 109,
    a_freeze_by_who_is_no_court_any_more: 109,
}


# --- no rule broken --------------------------------------------------------------------------------------------------


def every_kind_of_event() -> tuple[Docket, bytes]:
    """One right through nearly all that can happen to one, and the parties and rules on the way."""
    docket = opened()
    docket.record(docket.notarize_entry(docket.batch(NOTARY)))
    right = docket.correcting(ALICE)
    docket.record(docket.correct_entry(right))
    docket.record(docket.publish_entry(right))
    objection = docket.record(docket.object_entry(right, BOB))
    docket.record(docket.decide_entry(right, objection, "dismissed"))
    docket.go_to(docket.day(20))
    docket.record(docket.register_entry(right))
    dispute = docket.record(docket.note_dispute_entry(right))
    docket.record(docket.end_dispute_entry(right, dispute))
    docket.pledged(right, BOB)
    docket.record(docket.release_pledge_entry(right, BOB))
    docket.record(docket.reject_entry(right, docket.record(docket.change_entry(right))))
    docket.record(docket.approve_entry(right, docket.record(docket.change_entry(right))))
    docket.record(docket.withdraw_entry(right, docket.transfer(right, CAROL), (ALICE, CAROL)))
    docket.record(docket.end_license_entry(right, docket.licensed(right, BOB), [BOB]))
    docket.record(docket.record_contract_entry(ALICE, BOB, asset=docket.asset(ALICE, right), right=right))
    freeze = docket.frozen(right)
    docket.record(docket.renew_freeze_entry(right, freeze, months=9))
    docket.frozen(right, by=OTHER_COURT)
    docket.record(docket.unfreeze_entry(right, freeze))
    docket.record(docket.enforce_transfer_entry(right, shares(CAROL), by=[OTHER_COURT]))
    docket.record(docket.amend_entry(request_max_days=30, effective=docket.now_ms + 1))
    docket.record(docket.entry("suspend", (OFFICE,), {"party": BOB, "reason": "other"}))
    docket.record(docket.entry("reinstate", (OFFICE,), {"party": BOB, "reason": "other"}))
    docket.record(docket.update_entry(CAROL, [CAROL], key("carol 2")))
    docket.keys[CAROL] = key("carol 2")
    until = docket.right(right).until
    assert until is not None
    docket.go_to(until)
    docket.record(docket.approve_entry(right, docket.record(docket.renew_entry(right))))
    cancelled = docket.record(docket.approve_entry(right, docket.record(docket.cancel_entry(right))))
    docket.record(docket.correct_record_entry(right, cancelled, status="registered"))
    docket.record(docket.revoke_entry(right))
    return docket, right


def changed_roles() -> tuple[Docket, bytes]:
    """A right through three rosters: under the second its registrar is none and a court is an exchange; then back."""
    docket, right = registered()
    with_roles(docket, ip_office=("supervisor",), other_court=("exchange",), exchange=("court",))
    with docket.in_one_block():  # who was a court, and will be, is none here
        docket.record(docket.license_entry(right, CAROL))
        docket.record(docket.record_contract_entry(ALICE, BOB, right=right, by=[OTHER_COURT, ALICE, BOB]))
    docket.record(docket.approve_entry(right, docket.transfer(right, BOB), by=OTHER_OFFICE))
    docket.frozen(right, by=EXCHANGE)
    with_roles(docket, ip_office=("registrar",), other_court=("court",), exchange=("exchange",))
    docket.frozen(right, by=OTHER_COURT)
    return docket, right


def a_court_of_its_time_behind_others() -> tuple[Docket, bytes]:
    """Who is a court under the second roster alone stands behind a party's entry in one block."""
    docket, right = registered()
    with_roles(docket, exchange=("court",), other_court=("exchange",))
    with docket.in_one_block():
        docket.record(docket.license_entry(right, CAROL))
        docket.record(docket.freeze_entry(right, EXCHANGE))
    with_roles(docket, exchange=("exchange",))
    return docket, right
