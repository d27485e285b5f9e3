"""The model's own calendar: datetime.date and plain JSON rules, nothing of the ledger's arithmetic.

Slow on purpose: months are counted by looking at the calendar, working days by walking over it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

BEIJING = timezone(timedelta(hours=8))
LAST = date.max
Rules = Mapping[str, Any]  # a rule set as its JSON object


def day(ms: int) -> date:
    """The date of a moment at +08:00."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).astimezone(BEIJING).date()


def start_of(when: date) -> int:
    """The first millisecond of a date at +08:00."""
    since = datetime(when.year, when.month, when.day, tzinfo=BEIJING) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(milliseconds=1)


def later(when: date, days: int) -> date:
    return LAST if days > (LAST - when).days else when + timedelta(days=days)


def months_later(when: date, months: int) -> date:
    """The corresponding day, else the month's last."""
    year, month = divmod(when.year * 12 + when.month - 1 + months, 12)
    if year > LAST.year:
        return LAST
    return date(year, month + 1, min(when.day, monthrange(year, month + 1)[1]))


def years_later(when: date, years: int) -> date:
    return months_later(when, 12 * years)


def is_working_day(when: date, rules: Rules) -> bool:
    text, calendar = when.isoformat(), rules["calendar"]
    if text in calendar["workdays"]:
        return True
    return when.isoweekday() <= 5 and text not in calendar["holidays"]


def working_days_later(when: date, count: int, rules: Rules) -> date | None:
    """The last day of a period of `count` working days that begins tomorrow; None if the calendar does not reach."""
    end = when - timedelta(days=1) if count == 0 else when
    for _ in range(count):
        end += timedelta(days=1)
        while not is_working_day(end, rules):
            end += timedelta(days=1)
    return None if end.isoformat() > rules["calendar"]["covered_until"] else end
