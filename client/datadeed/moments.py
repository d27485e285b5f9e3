"""A moment as people write it: RFC 3339, or a date, which means the end of that day at +08:00."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from datadeed_ledger.calendar_days import DAY_MS, OFFSET_MS, parse_day
from datadeed_ledger.encoding import TIME_MS_MAX
from datadeed_ledger.errors import Malformed

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(text: str | int) -> int:
    """Milliseconds since 1970. text: RFC 3339 with an offset, a date, or the milliseconds. Raises `Malformed`."""
    if isinstance(text, int):
        return _within(text, str(text))
    if _DATE.fullmatch(text):
        return _within((_day(text) + 1) * DAY_MS - OFFSET_MS - 1, text)
    if not _TIME.fullmatch(text):
        raise _no_moment(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _no_moment(text) from None
    return _within((moment - _EPOCH) // timedelta(milliseconds=1), text)


def _day(text: str) -> int:
    try:
        return parse_day(text)
    except ValueError:
        raise _no_moment(text) from None


def _within(time_ms: int, text: str) -> int:
    if not 0 <= time_ms <= TIME_MS_MAX:
        raise _no_moment(text)
    return time_ms


def _no_moment(text: str) -> Malformed:
    return Malformed(
        f"{text[:40]!r} is no moment: 2026-11-22T04:12:09Z, or a date like 2026-11-22, which means its end"
    )
