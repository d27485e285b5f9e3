"""What time alone does to a right: each sentence of the specification's section on time, at its boundary."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerkit import COURT, MONDAY_NOON_MS, OTHER_COURT, RegisterKit, pid

from datadeed_ledger.calendar_days import DAY_MS, OFFSET_MS, parse_day
from datadeed_ledger.records import Dispute, Freeze, Licence, Pending, Pledge, Right
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.view import licence_in_force, licence_stands, standing_freezes, view

RULES = RuleSet.load("beijing-2023")
ID = b"i" * 32


def a_right(**changed: Any) -> Right:
    """Registered on 2026-12-08, until 2029-12-08, unless changed."""
    kit = RegisterKit()
    kit.enrol("alice", "bob")
    return replace(kit.right(kit.registered(pid("alice"))), **changed)


REGISTERED = a_right()
APPLICATION = replace(REGISTERED, stage="examining", until=None, announced_on=None)


def at(date: str, *, after_midnight_ms: int = 12 * 3_600_000) -> int:
    return parse_day(date) * DAY_MS - OFFSET_MS + after_midnight_ms


def pending(kind: Any = "transfer", lapses: str = "2027-03-08") -> Pending:
    return Pending(ID, kind, lapses)


@pytest.mark.parametrize(("date", "status"), [("2029-12-08", "registered"), ("2029-12-09", "expired")])
def test_a_right_is_valid_until_the_end_of_its_last_day(date: str, status: str) -> None:
    seen = view(REGISTERED, at(date), RULES)
    assert (seen.status, seen.valid, seen.ended) == (status, status == "registered", status == "expired")


def test_until_a_day_holds_to_its_last_millisecond_in_beijing() -> None:
    midnight = at("2029-12-09", after_midnight_ms=0)
    assert view(REGISTERED, midnight - 1, RULES).valid
    assert not view(REGISTERED, midnight, RULES).valid


@pytest.mark.parametrize(
    ("date", "status", "renewing"),
    [
        ("2029-12-08", "registered", False),
        ("2029-12-09", "registered", True),
        ("2030-02-01", "registered", True),
        ("2030-02-02", "expired", False),
    ],
)
def test_a_renewal_in_time_keeps_a_right_valid_until_the_renewal_lapses(date: str, status: str, renewing: bool) -> None:
    seen = view(replace(REGISTERED, pending=(pending("renew", "2030-02-01"),)), at(date), RULES)
    assert (seen.status, seen.renewal_pending) == (status, renewing)


def test_no_other_request_keeps_a_right_valid() -> None:
    seen = view(replace(REGISTERED, pending=(pending("change", "2030-02-01"),)), at("2029-12-09"), RULES)
    assert seen.status == "expired"


@pytest.mark.parametrize(
    ("date", "due"),
    [("2029-06-10", False), ("2029-06-11", True), ("2029-12-08", True), ("2029-12-09", False)],
)
def test_a_renewal_is_due_from_the_rule_set_s_days_before_the_last_until_it(date: str, due: bool) -> None:
    assert RULES.renewal_due_days == 180
    assert view(REGISTERED, at(date), RULES).renewal_due == due


@pytest.mark.parametrize(("date", "due"), [("2029-12-09", True), ("2029-12-18", True), ("2029-12-19", False)])
def test_a_rule_set_may_allow_late_renewals(date: str, due: bool) -> None:
    seen = view(REGISTERED, at(date), replace(RULES, late_renewal_days=10))
    assert (seen.status, seen.renewal_due) == ("expired", due)


def test_no_renewal_is_due_while_one_is_pending_or_after_an_end_by_an_entry_or_before_registration() -> None:
    for changed in ({"pending": (pending("renew", "2030-02-01"),)}, {"stage": "cancelled"}):
        assert not view(replace(REGISTERED, **changed), at("2029-12-08"), RULES).renewal_due
    assert not view(APPLICATION, at("2029-12-08"), RULES).renewal_due


@pytest.mark.parametrize("stage", ["rejected", "withdrawn", "cancelled", "revoked", "expired"])
def test_an_end_by_an_entry_stays_whatever_the_time(stage: Any) -> None:
    for date in ("2026-12-08", "2029-12-09"):
        seen = view(replace(REGISTERED, stage=stage), at(date), RULES)
        assert (seen.status, seen.ended) == (stage, True)


def test_with_a_right_end_its_pledge_freezes_and_requests() -> None:
    freeze, pledge = Freeze(ID, COURT, 0, "2099-01-01", 36), Pledge(ID, pid("bank"), "2099-01-01")
    record = replace(REGISTERED, pledge=pledge, freezes=(freeze,), pending=(pending(lapses="2099-01-01"),))
    seen = view(record, at("2029-12-08"), RULES)
    assert (seen.pledge, seen.freeze, seen.pending) == (pledge, freeze, record.pending)
    seen = view(record, at("2029-12-09"), RULES)
    assert (seen.pledge, seen.freeze, seen.pending) == (None, None, ())


@pytest.mark.parametrize(("date", "stands"), [("2027-03-08", True), ("2027-03-09", False)])
def test_a_request_and_a_dispute_stand_until_their_day(date: str, stands: bool) -> None:
    dispute = Dispute(ID, COURT, "2027-03-08")
    seen = view(replace(REGISTERED, pending=(pending(),), disputes=(dispute,)), at(date), RULES)
    assert seen.pending == ((pending(),) if stands else ())
    assert seen.disputes == ((dispute,) if stands else ())


@pytest.mark.parametrize(
    ("after_midnight_ms", "status", "over"),
    [(0, "correcting", False), (899_999, "correcting", False), (900_000, "deemed_withdrawn", True)],
)
def test_a_missed_correction_is_a_withdrawal_once_the_grace_is_over(
    after_midnight_ms: int, status: str, over: bool
) -> None:
    record = replace(APPLICATION, stage="correcting", due="2026-12-07")
    seen = view(record, at("2026-12-08", after_midnight_ms=after_midnight_ms), RULES)
    assert (seen.status, seen.due_over, seen.ended) == (status, over, over)


def test_a_publicity_window_that_is_over_ends_nothing() -> None:
    seen = view(replace(APPLICATION, stage="publicity", due="2026-12-07"), at("2026-12-09"), RULES)
    assert (seen.status, seen.due_over, seen.ended) == ("publicity", True, False)


@pytest.mark.parametrize(
    ("date", "after_midnight_ms", "is_open"),
    [("2026-12-07", 0, True), ("2026-12-08", 899_999, True), ("2026-12-08", 900_000, False)],
)
def test_objections_may_be_filed_until_the_grace_of_the_window_s_last_day(
    date: str, after_midnight_ms: int, is_open: bool
) -> None:
    record = replace(APPLICATION, stage="publicity", due="2026-12-07")
    assert view(record, at(date, after_midnight_ms=after_midnight_ms), RULES).window_open == is_open
    assert not view(replace(record, stage="examining", due=None), at(date), RULES).window_open


def test_a_pledge_never_lapses_by_time() -> None:
    record = replace(REGISTERED, pledge=Pledge(ID, pid("bank"), "2027-01-01"))
    assert view(record, at("2029-12-08"), RULES).pledge == record.pledge


@pytest.mark.parametrize(
    ("date", "court"),
    [
        ("2026-12-08", COURT),
        ("2027-01-31", COURT),
        ("2027-02-01", OTHER_COURT),  # the queue moves on the day after
        ("2027-03-01", OTHER_COURT),  # one month from 2027-02-01
        ("2027-03-02", None),
    ],
)
def test_a_queued_freeze_takes_effect_when_the_one_before_it_ends(date: str, court: bytes | None) -> None:
    queue = (Freeze(ID, COURT, 0, "2027-01-31", 2), Freeze(bytes(32), OTHER_COURT, None, None, 1))
    found = next(iter(standing_freezes(queue, parse_day(date))), None)
    assert (found and found.court) == court
    assert found is None or found.until in ("2027-01-31", "2027-03-01")


def a_licence(**changed: Any) -> Licence:
    licence = Licence(
        subject=REGISTERED.subject,
        id=ID,
        parent=None,
        licensee=pid("bob"),
        type="ordinary",
        territory=("*",),
        industry=("*",),
        use=("*",),
        start="2027-01-10",
        end="2027-01-20",
        sublicensing=False,
    )
    return replace(licence, **changed)


@pytest.mark.parametrize(
    ("date", "stands", "in_force"),
    [
        ("2026-12-08", True, False),
        ("2027-01-09", True, False),
        ("2027-01-10", True, True),
        ("2027-01-20", True, True),
        ("2027-01-21", False, False),
    ],
)
def test_a_licence_stands_before_its_start_and_is_in_force_from_it(date: str, stands: bool, in_force: bool) -> None:
    seen = view(REGISTERED, at(date), RULES)
    assert licence_stands(a_licence(), seen) == stands
    assert licence_in_force(a_licence(), seen) == in_force


def test_with_a_right_end_its_licences() -> None:
    cancelled = view(replace(REGISTERED, stage="cancelled"), at("2027-01-15"), RULES)
    assert not licence_stands(a_licence(), cancelled)
    assert not licence_in_force(a_licence(), cancelled)


DATES = st.none() | st.dates().map(lambda day: day.isoformat())


@given(
    st.sampled_from(["examining", "correcting", "publicity", "registered", "revoked"]),
    DATES,
    DATES,
    st.lists(st.builds(Freeze, st.just(ID), st.just(COURT), st.none(), DATES, st.integers(0, 2**32 - 1)), max_size=4),
    st.integers(0, 2**64 - 1),
)
def test_every_record_has_a_view_at_every_time(
    stage: Any, due: str | None, until: str | None, freezes: list[Freeze], time_ms: int
) -> None:
    record = replace(REGISTERED, stage=stage, due=due, until=until, freezes=tuple(freezes))
    seen = view(record, time_ms, RULES)
    assert not (seen.valid and seen.ended)
    assert view(Right.from_bytes(record.to_bytes()), time_ms, RULES) == seen


def test_an_hour_of_a_monday_is_what_the_kit_says() -> None:
    assert at("2026-11-23") == MONDAY_NOON_MS
