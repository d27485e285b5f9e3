"""Days, months, years and working days, as pure functions of whole numbers.

A day is the count of days since 1970-01-01 by the constant offset +08:00: no clock, no time-zone database. Every
function here is total: what would end after 9999-12-31, the last date that text can spell, ends on it.
Left out: which days are holidays; a rule set's calendar says so. Spec: docs/spec/events.md, "Time".
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date
from typing import Final

OFFSET_MS: Final = 28_800_000  # +08:00, all year
DAY_MS: Final = 86_400_000
_ORDINAL_1970: Final = date(1970, 1, 1).toordinal()
DAY_MAX: Final = date.max.toordinal() - _ORDINAL_1970  # 9999-12-31
_SATURDAY: Final = 5


def day_of(time_ms: int) -> int:
    """The day on which the moment `time_ms` (milliseconds since 1970) falls."""
    return min((time_ms + OFFSET_MS) // DAY_MS, DAY_MAX)


def day_text(day: int) -> str:
    """YYYY-MM-DD"""
    return _date(day).isoformat()


def parse_day(text: str) -> int:
    """The day of a YYYY-MM-DD that a schema has already accepted."""
    return date.fromisoformat(text).toordinal() - _ORDINAL_1970


def add_days(day: int, count: int) -> int:
    """The last day of a period of `count` days: the starting day does not count (Civil Code 201)."""
    return min(day + count, DAY_MAX)


def add_months(day: int, count: int) -> int:
    """The corresponding day `count` months later, else that month's last day (Civil Code 202)."""
    start = _date(day)
    month = start.year * 12 + start.month - 1 + count
    year, month = divmod(month, 12)
    if year > date.max.year:
        return DAY_MAX
    return min(_day(year, month + 1, 1) + start.day - 1, _month_end(year, month + 1))


def add_years(day: int, count: int) -> int:
    """The corresponding day `count` years later, else the month's last day: 29 February ends on the 28th."""
    return add_months(day, 12 * count)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are working days: Monday to Friday, less holidays, plus make-up workdays.

    covered_until: the last day that the data speaks of; nothing may be counted beyond it.
    """

    covered_until: int
    holidays: Set[int]
    workdays: Set[int]

    def is_working(self, day: int) -> bool:
        weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
        return day in self.workdays or (weekday < _SATURDAY and day not in self.holidays)

    def period_end(self, day: int, count: int) -> int | None:
        """The `count`-th working day after `day` (the day before it, if 0), or None beyond the calendar."""
        end = day if count else day - 1
        for _ in range(count):
            end += 1
            while end <= self.covered_until and not self.is_working(end):
                end += 1
        return end if end <= self.covered_until else None


def _date(day: int) -> date:
    return date.fromordinal(min(day, DAY_MAX) + _ORDINAL_1970)


def _day(year: int, month: int, day: int) -> int:
    return date(year, month, day).toordinal() - _ORDINAL_1970


def _month_end(year: int, month: int) -> int:
    if month == 12:  # so that December 9999 needs no month after it
        return _day(year, 12, 31)
    return _day(year, month + 1, 1) - 1
