"""The shipped calendars against well-known days of 2023 to 2027, and periods that run over them.

The days are written here a second time, from the announcements of the State Council's General Office; weekday holidays
and worked weekends of whole years are counted, so that a day too many shows as well.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from registerkit import HOUR_MS, RegisterKit

from datadeed_ledger.calendar_days import DAY_MS, OFFSET_MS, day_of, day_text, parse_day
from datadeed_ledger.encoding import parse_time
from datadeed_ledger.rules import RuleSet

BEIJING = RuleSet.load("beijing-2023").calendar

WORKED_WEEKENDS = {
    2023: "2023-01-28 2023-01-29 2023-04-23 2023-05-06 2023-06-25 2023-10-07 2023-10-08",
    2024: "2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12",
    2025: "2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11",
    2026: "2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10",
}
FREE = {
    "2023-01-02": "New Year",
    "2023-01-23 2023-01-24 2023-01-25 2023-01-26 2023-01-27": "Spring Festival",
    "2023-09-29 2023-10-02 2023-10-06": "Mid-Autumn and National Day",
    "2024-02-12 2024-02-16": "Spring Festival",
    "2024-09-16 2024-09-17": "Mid-Autumn",
    "2025-01-28 2025-02-04": "Spring Festival",
    "2025-05-01 2025-05-02 2025-05-05": "Labour Day",
    "2025-10-01 2025-10-08": "National Day and Mid-Autumn",
    "2026-01-01 2026-01-02": "New Year",
    "2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-02-23": "Spring Festival",
    "2026-04-06": "Qingming",
    "2026-05-01 2026-05-04 2026-05-05": "Labour Day",
    "2026-06-19": "Dragon Boat",
    "2026-09-25": "Mid-Autumn",
    "2026-10-01 2026-10-02 2026-10-05 2026-10-06 2026-10-07": "National Day",
}
WORKED = "2024-02-09 2023-12-29 2025-01-27 2026-02-13 2026-02-24 2026-09-30 2026-10-08 2026-12-31"


@pytest.mark.parametrize("year", WORKED_WEEKENDS)
def test_the_weekends_that_are_worked_are_those_announced(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(at) for at in range(366)]
    worked = [
        day.isoformat()
        for day in days
        if day.year == year and day.weekday() >= 5 and BEIJING.is_working(parse_day(day.isoformat()))
    ]
    assert worked == WORKED_WEEKENDS[year].split()


@pytest.mark.parametrize("days", FREE, ids=FREE.values())
def test_these_weekdays_are_free(days: str) -> None:
    for day in days.split():
        assert date.fromisoformat(day).weekday() < 5
        assert not BEIJING.is_working(parse_day(day)), day


@pytest.mark.parametrize("day", WORKED.split())
def test_these_days_beside_holidays_are_worked(day: str) -> None:
    assert BEIJING.is_working(parse_day(day))


@pytest.mark.parametrize(("year", "count"), [(2023, 249), (2024, 251), (2025, 248), (2026, 248)])
def test_a_year_has_as_many_working_days_as_were_announced(year: int, count: int) -> None:
    first, end = parse_day(f"{year}-01-01"), parse_day(f"{year + 1}-01-01")
    assert sum(BEIJING.is_working(day) for day in range(first, end)) == count


def test_no_day_is_stated_that_is_so_anyhow() -> None:
    assert all((day + 3) % 7 < 5 for day in BEIJING.holidays)
    assert all((day + 3) % 7 >= 5 for day in BEIJING.workdays)
    assert max(BEIJING.holidays | BEIJING.workdays) <= BEIJING.covered_until


def test_the_demonstration_knows_no_holidays_and_says_so() -> None:
    rules = RuleSet.load("demo-fast")
    assert not rules.calendar.holidays | rules.calendar.workdays
    assert "every Monday to Friday is a working day" in rules.about_en


def test_2027_has_no_worked_weekend_until_it_is_announced() -> None:
    rules = RuleSet.load("beijing-2023")
    first, end = parse_day("2027-01-01"), parse_day("2028-01-01")
    assert not [day for day in range(first, end) if day in rules.calendar.workdays]
    assert not rules.calendar.is_working(first)
    assert "2027" in rules.about_en
    assert "2027" in rules.about_zh
    assert day_text(rules.calendar.covered_until) == "2027-12-31"


# --- periods ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "due"),
    [
        ("2026-09-24", "2026-10-15"),  # Mid-Autumn and National Day inside, Saturday 10 October worked
        ("2026-09-30", "2026-10-20"),
        ("2026-02-12", "2026-03-04"),  # Spring Festival; Saturdays 14 and 28 February worked
        ("2023-09-28", "2023-10-18"),
        ("2024-02-08", "2024-02-28"),
        ("2025-01-24", "2025-02-13"),
    ],
)
def test_ten_working_days_of_publicity_run_over_the_holidays(published: str, due: str) -> None:
    found = BEIJING.period_end(parse_day(published), 10)
    assert found is not None
    by_hand, left = parse_day(published), 10
    while left:
        by_hand += 1
        left -= BEIJING.is_working(by_hand)
    assert (day_text(found), day_text(by_hand)) == (due, due)


def published_on(kit: RegisterKit, day: str) -> bytes:
    kit.go_to(day)
    (alice,) = kit.enrol("alice")
    return kit.published(alice)


def test_an_objection_window_over_national_day_is_open_until_the_last_second_of_grace() -> None:
    kit = RegisterKit()
    right = published_on(kit, "2026-09-24")
    assert kit.right(right).due == "2026-10-15"
    kit.now_ms = parse_time("2026-10-15T16:14:59.999Z")
    assert not kit.seen(right).due_over
    assert kit.refusal(kit.register_entry(right)).number == 505
    bob, carol = kit.enrol("bob", "carol")
    objection = kit.record(kit.object_entry(right, bob))
    kit.record(kit.decide_entry(right, objection, "dismissed"))
    late = kit.object_entry(right, carol)
    kit.now_ms += 1
    assert kit.seen(right).due_over
    assert kit.refusal(late).number == 508
    kit.record(kit.register_entry(right))
    assert kit.right(right).announced_on == "2026-10-16"


def test_a_window_beyond_the_calendar_is_refused_until_the_rules_are_amended() -> None:
    kit = RegisterKit()
    kit.go_to("2027-12-20")
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    refusal = kit.refusal(kit.publish_entry(right))
    assert (refusal.number, "2027-12-31" in refusal.en) == (503, True)
    calendar = {"covered_until": "2028-12-31", "holidays": ["2028-01-03"], "workdays": []}
    kit.record(kit.amend_entry(calendar=calendar, effective=kit.now_ms + HOUR_MS))
    assert kit.refusal(kit.publish_entry(right)).number == 503
    kit.now_ms += HOUR_MS
    kit.record(kit.publish_entry(right))
    assert kit.right(right).due == "2028-01-04"


def test_a_day_ends_with_its_last_millisecond_in_beijing() -> None:
    kit = RegisterKit()
    right = published_on(kit, "2026-11-23")
    kit.go_to(kit.day(15))
    kit.record(kit.register_entry(right))
    until = kit.right(right).until
    assert until == "2029-12-08"
    end_ms = (parse_day(until) + 1) * DAY_MS - OFFSET_MS
    for now_ms, today, valid in ((end_ms - 1, "2029-12-08", True), (end_ms, "2029-12-09", False)):
        kit.now_ms = now_ms
        assert (day_text(day_of(now_ms)), kit.seen(right).valid) == (today, valid)
    assert parse_time("2029-12-08T16:00:00.000Z") == end_ms
