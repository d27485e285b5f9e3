"""Rule sets for amendments: the shipped ones with other numbers, another calendar, other lists."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

NUMBERS: Mapping[str, tuple[int, ...]] = {
    "correction_working_days": (0, 3, 10, 20),
    "dispute_days": (0, 30, 365),
    "disputes_max": (1, 2, 100),
    "filing_grace_s": (900, 900, 900, 7200),  # another one than the founding rules' is refused
    "freeze_max_months": (1, 6, 36),
    "freezes_max": (1, 2, 3, 100),
    "late_renewal_days": (0, 0, 30, 180),
    "licences_max": (3, 30, 1000),
    "objections_max": (1, 2, 1000),
    "publicity_working_days": (0, 1, 10, 15),
    "renewal_due_days": (0, 60, 180, 2000),
    "request_max_days": (0, 7, 90, 400),
    "term_years": (1, 3, 5),
}
CALENDAR_FROM, CALENDAR_TO = date(2023, 1, 1), date(2045, 12, 31)


def amended(chance: random.Random, rules: Mapping[str, Any]) -> dict[str, Any]:
    """`rules` with some of its numbers, and sometimes its calendar or lists, changed."""
    found = dict(rules)
    for name in chance.sample(sorted(NUMBERS), chance.randint(1, 5)):
        found[name] = chance.choice(NUMBERS[name])
    if chance.random() < 0.8:
        found["calendar"] = a_calendar(chance)
    if chance.random() < 0.3:
        found["formats"] = sorted({*rules["formats"], f"format_{chance.randrange(5)}"})
    if chance.random() < 0.05:
        found["uses"] = found["uses"][:-1]
    if chance.random() < 0.05:
        found["regime"] = "nda_data_property"
    return found


def a_calendar(chance: random.Random) -> dict[str, Any]:
    """A holiday week and some odd days in most months, and a last covered day that may come soon."""
    days = (CALENDAR_TO - CALENDAR_FROM).days
    holidays = {CALENDAR_FROM + timedelta(days=chance.randrange(days)) for _ in range(60)}
    for _ in range(12):
        first = CALENDAR_FROM + timedelta(days=chance.randrange(days))
        holidays |= {first + timedelta(days=ahead) for ahead in range(chance.randint(2, 9))}
    workdays = {CALENDAR_FROM + timedelta(days=chance.randrange(days)) for _ in range(80)} - holidays
    return {
        "covered_until": chance.choice((date(2030, 6, 30), CALENDAR_TO, CALENDAR_TO, CALENDAR_TO)).isoformat(),
        "holidays": sorted(when.isoformat() for when in holidays),
        "workdays": sorted(when.isoformat() for when in workdays),
    }
