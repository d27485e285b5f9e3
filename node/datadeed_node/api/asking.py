"""What questions about the register have in common: a time asked about, a page of a list, and how answers name things.

A time is decidable only if the published checkpoint's header is not earlier: what a later block will say of it nobody
can know yet. A cursor is the place of the last row that was looked at. Spec: docs/spec/node.md section 5.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Query

from datadeed_ledger.calendar_days import DAY_MS, OFFSET_MS
from datadeed_ledger.encoding import Json, from_hex, parse_time, time_text
from datadeed_ledger.errors import Malformed
from datadeed_ledger.header import Header
from datadeed_ledger.records import Holder
from datadeed_ledger.roster import Roster
from datadeed_node.api.intake import day, number
from datadeed_node.api.problems import NoAnswer, NotFound
from datadeed_node.past import height_at
from datadeed_node.snapshot import Snapshot

LIMIT_MAX: Final = 200
LIMIT: Final = 100

AtQuery = Annotated[
    str | None, Query(description="a time like 2026-11-22T04:12:09.104Z, or a day: its end. 时刻，或某日（当日终了）")
]
AfterQuery = Annotated[str | None, Query(description="`next` of the page before. 上一页的 next")]
FirstQuery = Annotated[str, Query(alias="from", description="position in the history, from 0. 起始位置")]
LimitQuery = Annotated[str | None, Query(description=f"1 to {LIMIT_MAX}, else {LIMIT}. 每页条数")]


@dataclass(frozen=True, slots=True)
class AskedTime:
    """A moment up to the checkpoint's. stop: log entries below this index are of it or before; None in `text`: now."""

    time_ms: int
    stop: int
    text: str | None

    @classmethod
    def of(cls, snapshot: Snapshot, text: str | None) -> AskedTime:
        """The time that a query asks about. Raises Malformed, NotFound before the founding, NoAnswer if undecided."""
        newest = snapshot.tip.header
        if text is None:
            return cls(newest.time_ms, snapshot.size, None)
        time_ms = time_in(text)
        if time_ms > newest.time_ms:
            raise NoAnswer.undecided(time_text(time_ms), time_text(newest.time_ms))
        height = height_at(snapshot, time_ms)
        if height is None:
            raise NotFound(f"this ledger was founded after {time_text(time_ms)}")
        return cls(time_ms, Header.parse(snapshot.header_at(height)).log_size, time_text(time_ms))


def time_in(text: str) -> int:
    """A time, or the last millisecond of a day at +08:00. Raises Malformed."""
    if len(text) == len("2026-11-22"):
        return (day(text, "at") + 1) * DAY_MS - OFFSET_MS - 1
    return parse_time(text)


def limit_in(text: str | None) -> int:
    """How many items a page has. Raises Malformed."""
    found = LIMIT if text is None else number(text, "limit")
    if not 1 <= found <= LIMIT_MAX:
        raise Malformed(f"limit: 1 to {LIMIT_MAX} is expected")
    return found


def cursor_in(text: str | None, length: int) -> bytes | None:
    """The place that a cursor of `length` bytes names. Raises Malformed, also for one of another list."""
    try:
        return None if text is None else from_hex(text, length=length)
    except Malformed as error:
        raise Malformed("after: not a cursor of this list") from error


def as_of(snapshot: Snapshot) -> Json:
    """Which moment an answer is of."""
    header = snapshot.tip.header
    return {"log_size": snapshot.size, "height": header.height, "time": time_text(header.time_ms)}


def recorded_at(snapshot: Snapshot, index: int) -> str:
    """The time of the block that recorded this log entry."""
    return time_text(Header.parse(snapshot.header_at(snapshot.block_height_of(index))).time_ms)


def institution(roster: Roster, member_id: bytes) -> Json:
    member = roster.by_id(member_id)
    return {"id": member_id.hex(), "name": None if member is None else member.name}


def holders_shown(holders: Iterable[Holder]) -> Json:
    return [{"party": holder.party.hex(), "share": holder.share} for holder in holders]
