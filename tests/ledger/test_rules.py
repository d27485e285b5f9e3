"""Rule sets are data, read strictly; days, months and working days are pure arithmetic."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger.calendar_days import (
    DAY_MAX,
    DAY_MS,
    OFFSET_MS,
    Calendar,
    add_days,
    add_months,
    add_years,
    day_of,
    day_text,
    parse_day,
)
from datadeed_ledger.encoding import jcs, parse_jcs, parse_time, sha256
from datadeed_ledger.errors import Malformed
from datadeed_ledger.rules import SHIPPED, RuleSet, shipped

BEIJING = shipped("beijing-2023")


def changed(**fields: Any) -> dict[str, Any]:
    return copy.deepcopy(BEIJING) | fields


# --- rule sets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_set_is_canonical_json_that_fits_into_a_genesis_document(name: str) -> None:
    rules, value = RuleSet.load(name), shipped(name)
    assert rules.name == name
    assert rules.digest == sha256(jcs(value))
    assert parse_jcs(jcs(value), bytes_max=56 * 1024) == value


def test_the_demonstration_s_rules_say_that_they_are_no_law() -> None:
    rules = RuleSet.load("demo-fast")
    assert "demonstration" in rules.about_en
    assert "not law" in rules.about_en
    assert "演示" in rules.about_zh
    assert (rules.publicity_working_days, rules.filing_grace_s) == (0, 0)


def test_beijing_s_rules_have_its_periods() -> None:
    rules = RuleSet.load("beijing-2023")
    assert (rules.publicity_working_days, rules.term_years, rules.regime) == (10, 3, "cnipa_data_ip")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_place_has_one_spelling(name: str) -> None:
    territories = RuleSet.load(name).territories
    provinces = {code for code in territories if code.startswith("CN-")}
    assert len(provinces) == 34
    assert len(territories - provinces) == 249 - 4
    assert all(len(code) == 2 and code.isupper() for code in territories - provinces)
    assert territories.isdisjoint({"CN", "HK", "MO", "TW"})
    assert {"CN-11", "CN-71", "CN-81", "CN-82", "US", "DE"} <= territories


def test_industries_are_the_97_divisions() -> None:
    assert RuleSet.load("beijing-2023").industries == {f"{number:02}" for number in range(1, 98)}


def test_no_other_set_is_shipped() -> None:
    with pytest.raises(Malformed, match="shipped are beijing-2023, demo-fast"):
        RuleSet.load("../secrets")


@pytest.mark.parametrize("name", sorted(BEIJING))
def test_a_set_without_one_of_its_fields_is_malformed(name: str) -> None:
    rules = changed()
    del rules[name]
    with pytest.raises(Malformed, match=rf"rules: missing \['{name}'\]"):
        RuleSet.from_json(rules)


BREAKS: list[tuple[str, Any]] = [
    ("surplus", 1),
    ("name", "Beijing"),
    ("name", 7),
    ("regime", ""),
    ("about", {"en": "x"}),
    ("about", {"en": "", "zh": "x"}),
    ("about", {"en": "x", "zh": 5}),
    ("about", {"en": "x" * 2001, "zh": "x"}),
    ("calendar", []),
    ("calendar", {"covered_until": "2027-12-31", "holidays": []}),
    ("calendar", {"covered_until": "2027-02-30", "holidays": [], "workdays": []}),
    ("calendar", {"covered_until": "20271231", "holidays": [], "workdays": []}),
    ("calendar", {"covered_until": 20271231, "holidays": [], "workdays": []}),
    ("calendar", {"covered_until": "2027-12-31", "holidays": {}, "workdays": []}),
    ("calendar", {"covered_until": "2027-12-31", "holidays": ["2027-01-02", "2027-01-01"], "workdays": []}),
    ("calendar", {"covered_until": "2027-12-31", "holidays": ["2027-01-01"], "workdays": ["2027-01-01"]}),
    ("filing_grace_s", -1),
    ("filing_grace_s", 86_401),
    ("filing_grace_s", True),
    ("freeze_max_months", 0),
    ("licences_max", 0),
    ("publicity_working_days", 367),
    ("publicity_working_days", "10"),
    ("request_max_days", 36_601),
    ("term_years", 0),
    ("term_years", 101),
    ("industries", []),
    ("industries", "01"),
    ("industries", ["02", "01"]),
    ("industries", ["01", "01"]),
    ("industries", ["*"]),
    ("territories", ["CN 11"]),
    ("uses", [1]),
    ("formats", ["x" * 33]),
    ("reasons", {}),
    ("reasons", {"end_license": ["other"], "other": ["other"]}),
    ("grounds", {"reject": []}),
    ("formats", [f"{at:032}" for at in range(2000)]),
]


@pytest.mark.parametrize(("name", "value"), BREAKS)
def test_a_set_with_a_field_out_of_bounds_is_malformed(name: str, value: Any) -> None:
    with pytest.raises(Malformed, match=r"^rules"):
        RuleSet.from_json(changed(**{name: value}))


@pytest.mark.parametrize("value", [None, [], "rules", 7])
def test_a_set_is_an_object(value: Any) -> None:
    with pytest.raises(Malformed, match="an object is expected"):
        RuleSet.from_json(value)


# --- days, months, years ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("2026-11-22T15:59:59.999Z", "2026-11-22"),
        ("2026-11-22T16:00:00.000Z", "2026-11-23"),
        ("1970-01-01T00:00:00.000Z", "1970-01-01"),
        ("9999-12-31T15:59:59.999Z", "9999-12-31"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31"),
    ],
)
def test_a_day_begins_at_midnight_in_beijing(time: str, day: str) -> None:
    assert day_text(day_of(parse_time(time))) == day


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-12-07", 36, "2029-12-07"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-08-31", 1, "2026-09-30"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-12-15", 0, "2026-12-15"),
        ("9996-12-31", 36, "9999-12-31"),
        ("9999-12-30", 0, "9999-12-30"),
        ("9999-11-30", 2, "9999-12-31"),
        ("9999-12-31", 1200, "9999-12-31"),
    ],
)
def test_months_end_on_the_corresponding_day_or_the_month_s_last(start: str, months: int, end: str) -> None:
    assert day_text(add_months(parse_day(start), months)) == end


def test_the_starting_day_does_not_count_and_nothing_ends_after_the_year_9999() -> None:
    assert day_text(add_days(parse_day("2026-12-08"), 90)) == "2027-03-08"
    assert add_days(DAY_MAX, 1) == DAY_MAX
    assert add_years(DAY_MAX, 100) == DAY_MAX
    assert day_text(day_of(2**64)) == "9999-12-31"


@given(st.dates(), st.integers(0, 2400))
def test_months_agree_with_a_count_by_hand(start: date, months: int) -> None:
    ended = date.fromisoformat(day_text(add_months(parse_day(start.isoformat()), months)))
    index = start.year * 12 + start.month - 1 + months
    if index // 12 > 9999:
        assert ended == date.max
        return
    assert (ended.year, ended.month - 1) == divmod(index, 12)
    assert ended.day == start.day or (ended.day < start.day and (ended + timedelta(1)).day == 1)


@given(st.integers(0, 253402300799999))
def test_a_moment_lies_within_its_day(time_ms: int) -> None:
    begins = day_of(time_ms) * DAY_MS - OFFSET_MS
    assert begins <= time_ms < begins + DAY_MS or day_of(time_ms) == DAY_MAX


# --- working days ----------------------------------------------------------------------------------------------------


def calendar(holidays: str = "", workdays: str = "", until: str = "2027-12-31") -> Calendar:
    def days(text: str) -> frozenset[int]:
        return frozenset(parse_day(item) for item in text.split())

    return Calendar(parse_day(until), days(holidays), days(workdays))


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-22", 10, "2026-12-04"),  # from a Sunday
        ("2026-11-23", 10, "2026-12-07"),  # from a Monday
        ("2026-11-27", 1, "2026-11-30"),  # a Friday's next working day
        ("2026-11-28", 1, "2026-11-30"),
        ("2026-11-23", 0, "2026-11-22"),  # no days: over before the day itself
    ],
)
def test_working_days_count_from_the_next_day(start: str, count: int, end: str) -> None:
    found = calendar().period_end(parse_day(start), count)
    assert found is not None
    assert day_text(found) == end


def test_holidays_are_left_out_and_make_up_days_count() -> None:
    year_end = calendar(holidays="2026-12-31 2027-01-01", workdays="2027-01-02")
    found = year_end.period_end(parse_day("2026-12-30"), 2)
    assert found is not None
    assert day_text(found) == "2027-01-04"  # Saturday the 2nd is worked, the 3rd is a Sunday


@pytest.mark.parametrize(
    ("start", "count", "covered"),
    [("2027-12-30", 1, True), ("2027-12-31", 1, False), ("2028-01-01", 0, True), ("2028-01-02", 0, False)],
)
def test_nothing_is_counted_beyond_the_calendar(start: str, count: int, covered: bool) -> None:
    assert (calendar().period_end(parse_day(start), count) is not None) == covered


def test_a_calendar_of_nothing_but_holidays_ends() -> None:
    every = " ".join((date(2026, 1, 1) + timedelta(at)).isoformat() for at in range(730))
    assert calendar(holidays=every).period_end(parse_day("2026-01-01"), 366) is None
    assert calendar(until="9999-12-31").period_end(DAY_MAX, 1) is None


@given(st.dates(date(2020, 1, 1), date(2027, 1, 1)), st.integers(1, 60), st.sets(st.integers(0, 400)))
def test_a_period_has_exactly_its_working_days(start: date, count: int, free: set[int]) -> None:
    first = parse_day(start.isoformat())
    holidays = frozenset(first + at for at in free)
    own = Calendar(parse_day("2030-01-01"), holidays, frozenset())
    end = own.period_end(first, count)
    assert end is not None
    worked = [
        day
        for day in range(first + 1, end + 1)
        if date.fromordinal(day + date(1970, 1, 1).toordinal()).weekday() < 5 and day not in holidays
    ]
    assert len(worked) == count
    assert worked[-1] == end


Function = Callable[[int, int], int]


@pytest.mark.parametrize("add", [add_days, add_months, add_years])
def test_a_later_start_never_ends_earlier(add: Function) -> None:
    start = parse_day("2027-12-15")
    ends = [add(start + at, 5) for at in range(800)]
    assert ends == sorted(ends)
