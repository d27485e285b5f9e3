"""The law of a right's end, sentence by sentence: what ends it, in which precedence, and what ends with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from registerkit import COURT, OFFICE, RegisterKit, pid, shares

from datadeed_ledger.entry import Entry
from datadeed_ledger.view import licence_stands

ALICE, BOB, BANK = pid("alice"), pid("bob"), pid("bank")


@pytest.fixture
def kit() -> RegisterKit:
    kit = RegisterKit()
    kit.enrol("alice", "bob", "bank")
    return kit


def laden(kit: RegisterKit) -> tuple[bytes, bytes]:
    """A right of alice's with a pledge, a standing licence and a freeze; and the licence."""
    right = kit.registered(ALICE)
    licence = kit.licensed(right, BOB, end="2029-12-08")
    kit.pledged(right, BANK)
    return right, licence


def end(kit: RegisterKit, right: bytes, how: str) -> None:
    if how == "expired":
        kit.go_to("2029-12-09")
    elif how == "revoked":
        kit.record(kit.revoke_entry(right))
    else:
        request = kit.record(kit.cancel_entry(right, by=(ALICE, BANK)))
        kit.record(kit.approve_entry(right, request))


def acts(kit: RegisterKit, right: bytes) -> list[Entry]:
    return [
        kit.transfer_entry(right, shares(BOB), by=(ALICE, BOB, BANK)),
        kit.license_entry(right, BOB, by=(ALICE, BOB, BANK), end=kit.today),
        kit.change_entry(right),
        kit.cancel_entry(right, by=(ALICE, BANK)),
        kit.pledge_entry(right, BOB),
    ]


def test_expiry_is_computed_and_never_an_entry(kit: RegisterKit) -> None:
    right, _ = laden(kit)
    before = dict(kit.state.records)
    kit.go_to("2029-12-09")
    assert kit.seen(right).status == "expired"
    assert kit.right(right).stage == "registered"
    assert kit.state.records == before


def test_a_cancelled_right_says_so_and_when(kit: RegisterKit) -> None:
    right, _ = laden(kit)
    before = kit.right(right)
    end(kit, right, "cancelled")
    after = kit.right(right)
    assert (after.stage, after.ended_at, after.pending) == ("cancelled", kit.now_ms, ())
    # All else stays in the record: what ends with the right is computed, and is back if the end was wrong.
    assert after == replace(before, stage="cancelled", ended_at=kit.now_ms, events=after.events)


@pytest.mark.parametrize("how", ["expired", "cancelled", "revoked"])
def test_with_a_right_end_its_licences_pledge_freezes_and_requests(kit: RegisterKit, how: str) -> None:
    right, licence_id = laden(kit)
    if how != "cancelled":  # which neither a freeze nor another request would allow
        kit.record(kit.change_entry(right))
        kit.frozen(right, months=36)
    licence = kit.licence(right, licence_id)
    assert licence is not None
    assert licence_stands(licence, kit.seen(right))
    end(kit, right, how)
    seen = kit.seen(right)
    assert seen.status == how
    assert (seen.pledge, seen.freeze, seen.pending) == (None, None, ())
    assert not licence_stands(licence, seen)
    assert kit.refusal(kit.release_pledge_entry(right, BANK)).number == 613
    assert kit.refusal(kit.end_license_entry(right, licence_id, (COURT,))).number == 701
    for entry in acts(kit, right):
        assert kit.refusal(entry).number == 601
    assert kit.refusal(kit.renew_entry(right)).number == 607


def test_cancelled_comes_before_expired(kit: RegisterKit) -> None:
    right, _ = laden(kit)
    end(kit, right, "cancelled")
    end(kit, right, "expired")
    assert kit.seen(right).status == "cancelled"


@pytest.mark.parametrize("first", ["expired", "cancelled"])
def test_revoked_comes_before_all_others(kit: RegisterKit, first: str) -> None:
    right, _ = laden(kit)
    end(kit, right, first)
    end(kit, right, "revoked")
    kit.go_to("2030-01-01")
    assert kit.seen(right).status == "revoked"


def test_a_pledge_never_lapses_by_time(kit: RegisterKit) -> None:
    right, _ = laden(kit)
    for _ in range(3):
        until = kit.right(right).until
        assert until is not None
        kit.go_to(until)
        assert kit.right(right).pledge == kit.seen(right).pledge is not None
        kit.record(kit.approve_entry(right, kit.record(kit.renew_entry(right))))


def test_a_cancellation_waits_for_the_registrar(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    request = kit.record(kit.cancel_entry(right))
    assert kit.seen(right).valid
    assert kit.refusal(kit.approve_entry(right, request, by=COURT)).number == 109
    kit.record(kit.approve_entry(right, request, by=OFFICE))
    assert kit.seen(right).ended


def test_the_numbers_of_a_right_that_has_ended_are_used_for_ever(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    kit.record(kit.approve_entry(right, kit.record(kit.cancel_entry(right))))
    second = kit.published(ALICE)
    kit.go_to(kit.day(15))
    assert kit.refusal(kit.register_entry(second, number=1)).number == 507
    kit.record(kit.register_entry(second, number=2))
