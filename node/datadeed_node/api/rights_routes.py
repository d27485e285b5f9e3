"""Routes about rights: which there are, and one of them with its history, now or at an earlier time.

A right is shown as its record says and as the moment asked about makes it (`view`): never as what it "is". At an
earlier time both are those of then: the record is folded from the history (past.py). A list reads one index of the
store and asks each record for the rest, so one answer looks at a bounded number of rows and may hold few of them.
Spec: docs/spec/node.md section 5.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Annotated, Final, get_args

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from datadeed_ledger.calendar_days import day_text, parse_day
from datadeed_ledger.encoding import Json, Value
from datadeed_ledger.entry import PARTY_ID_BYTES, Entry
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence.codecs import readable
from datadeed_ledger.records import Right
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.schema import value_of
from datadeed_ledger.statemap import subject_key
from datadeed_ledger.view import RightView, Status, licence_in_force, licence_stands, view
from datadeed_node import layout
from datadeed_node.api.asking import (
    AfterQuery,
    AskedTime,
    AtQuery,
    FirstQuery,
    LimitQuery,
    as_of,
    cursor_in,
    holders_shown,
    institution,
    limit_in,
    recorded_at,
)
from datadeed_node.api.history import history
from datadeed_node.api.intake import day, id_in_path
from datadeed_node.api.problems import NotFound
from datadeed_node.api.proofs import published
from datadeed_node.api.turns import Gate, Turn
from datadeed_node.node import Node
from datadeed_node.past import Fold, Standing, standing_now
from datadeed_node.register_rows import by_holder, by_industry, by_stage, day_key, industry_in, opened_in
from datadeed_node.snapshot import Snapshot

RIGHT_BYTES: Final = 32
ROWS_LOOKED_MAX: Final = 2_000  # in one answer: a tenth of a second of work, in slices
ENTRIES_FOLDED_MAX: Final = 2_000  # in one answer about an earlier time; each costs as much as recording it did
_STAGES_OF: Final = {"deemed_withdrawn": ("correcting",), "expired": ("registered", "expired")}
Row = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Question:
    """Which rights are asked for. first, last: days of announcement."""

    holder: bytes | None
    status: str | None
    industry: str | None
    first: int | None
    last: int | None

    @property
    def by_announcement(self) -> bool:
        return self.holder is None and (self.first is not None or self.last is not None)

    def rows(self, snapshot: Snapshot, time: AskedTime, after: bytes | None) -> Iterator[Row]:
        """(place, right id) of the rights that may be meant, from the narrowest list there is, after a place."""
        start = b"" if after is None else after + b"\0"
        if self.by_announcement:
            first = b"" if self.first is None else day_key(self.first)
            stop = None if self.last is None else day_key(self.last + 1)
            yield from snapshot.listed(layout.rights_list(b"d"), max(start, first), stop)
            return
        scans = [snapshot.listed(prefix, start, layout.u64(time.stop)) for prefix in self._lists(time)]
        yield from heapq.merge(*scans)

    def _lists(self, time: AskedTime) -> list[bytes]:
        if self.holder is not None:
            return [by_holder(self.holder)]
        if self.industry is not None:
            return [by_industry(self.industry)]
        if self.status is not None and time.text is None:
            return [by_stage(stage) for stage in _STAGES_OF.get(self.status, (self.status,))]
        return [layout.rights_list(b"a")]

    def means(self, right: Right, seen: RightView, industry: str) -> bool:
        announced = None if right.announced_on is None else parse_day(right.announced_on)
        in_time = announced is not None or (self.first is None and self.last is None)
        return (
            (self.holder is None or self.holder in right.parties)
            and (self.status is None or self.status == seen.status)
            and (self.industry is None or self.industry == industry)
            and in_time
            and (announced is None or self.first is None or self.first <= announced)
            and (announced is None or self.last is None or announced <= self.last)
        )


class RightsRoutes:
    """One node's routes under /rights."""

    def __init__(self, node: Node, gate: Gate) -> None:
        self._node = node
        self._gate = gate
        self.router = APIRouter(tags=["register"])
        self.router.add_api_route("/rights", self.rights)
        self.router.add_api_route("/rights/{right_id}", self.right)
        self.router.add_api_route("/rights/{right_id}/history", self.history)

    async def rights(
        self,
        holder: Annotated[str | None, Query(description="a party's pseudonym: holder of record. 登记主体")] = None,
        status: Annotated[str | None, Query(description="a status of the view, like registered. 状态")] = None,
        industry: Annotated[str | None, Query(description="a code of the rule set's list. 行业代码")] = None,
        first: Annotated[
            str | None, Query(alias="from", description="announced on this day or later. 公告日起")
        ] = None,
        last: Annotated[str | None, Query(alias="until", description="announced by this day. 公告日止")] = None,
        at: AtQuery = None,
        after: AfterQuery = None,
        limit: LimitQuery = None,
    ) -> Response:
        """Rights by holder of record, status, industry and day of announcement, as of the checkpoint or of `at`.
        按登记主体、状态、行业、公告日查询权利；可查询过去某一时刻的状态。"""
        question = _question(holder, status, industry, first, last)
        snapshot, count = published(self._node), limit_in(limit)
        time = AskedTime.of(snapshot, at)
        place = cursor_in(after, 12 if question.by_announcement else 8)
        search = _Search(snapshot, question, time, snapshot.rules_at(time.time_ms))
        async with self._gate.entered():
            found, following = await search.page(place, count)
        return JSONResponse({"as_of": as_of(snapshot), "at": time.text, "next": following, "rights": found})

    async def right(self, right_id: str, at: AtQuery = None) -> Response:
        """A right's record, its licences and objections, and what time has made of it, as of the checkpoint or of `at`.
        权利的登记记录、许可、异议及其在该时刻的状态。"""
        snapshot = published(self._node)
        wanted = recorded_right(snapshot, right_id)
        time = AskedTime.of(snapshot, at)
        async with self._gate.entered():
            standing, _ = await standing_at(snapshot, wanted, time, Turn())
        if standing is None:
            raise NotFound(f"nothing had opened the right {right_id} by {time.text}")
        seen = view(standing.right, time.time_ms, snapshot.rules_at(time.time_ms))
        return JSONResponse(
            {
                "as_of": as_of(snapshot),
                "at": time.text,
                "right": right_id,
                "record": readable(value_of(standing.right)),
                "view": _shown(seen),
                "licences": [
                    {
                        **_object(readable(value_of(licence))),
                        "stands": licence_stands(licence, seen),
                        "in_force": licence_in_force(licence, seen),
                    }
                    for licence in standing.licences
                ],
                "objections": [readable(value_of(objection)) for objection in standing.objections],
            }
        )

    async def history(self, right_id: str, first: FirstQuery = "0") -> Response:
        """Every entry that touched the right, in log order; the record's `events` proves that none is missing.
        该权利的全部条目，按账本顺序；记录中的 events 可证明无遗漏。"""
        snapshot = published(self._node)
        subject = Right.subject_of(recorded_right(snapshot, right_id))
        async with self._gate.entered():
            return JSONResponse({"right": right_id, **await history(snapshot, subject, first)})


@dataclass(frozen=True, slots=True)
class _Search:
    """One list of rights as of one time."""

    snapshot: Snapshot
    question: Question
    time: AskedTime
    rules: RuleSet

    async def page(self, after: bytes | None, limit: int) -> tuple[list[Json], str | None]:
        """What was found after a place, and the place to go on from."""
        found: list[Json] = []
        looked, folded, place, turn = 0, 0, "", Turn()
        for rest, right in self.question.rows(self.snapshot, self.time, after):
            if len(found) == limit or looked == ROWS_LOOKED_MAX or folded >= ENTRIES_FOLDED_MAX:
                return found, place
            looked, place = looked + 1, rest.hex()
            if opened_in(rest) < self.time.stop:
                standing, entries = await standing_at(self.snapshot, right, self.time, turn)
                folded += entries
                found += [] if standing is None else self._shown(standing.right, opened_in(rest))
            await turn.rest()
        return found, None

    def _shown(self, right: Right, opened: int) -> list[Json]:
        """The right, if it is meant."""
        seen = view(right, self.time.time_ms, self.rules)
        industry = self._industry(right)
        if not self.question.means(right, seen, industry):
            return []
        return [
            {
                "right": right.right_id.hex(),
                "index": opened,
                "opened": recorded_at(self.snapshot, opened),
                "stage": right.stage,
                "status": seen.status,
                "valid": seen.valid,
                "renewal_pending": seen.renewal_pending,
                "registrar": institution(self.snapshot.roster, right.registrar),
                "holders": holders_shown(right.holders),
                "industry": industry,
                "registration_no": right.registration_no,
                "certificate_no": right.certificate_no,
                "announced_on": right.announced_on,
                "until": right.until,
                "pledged": seen.pledge is not None,
                "frozen": seen.freeze is not None,
                "disputed": bool(seen.disputes),
                "pending": [request.kind for request in seen.pending],
                "open_objections": right.open_objections,
                "licences_ever": right.licences_ever,
                "events": right.events.count,
            }
        ]

    def _industry(self, right: Right) -> str:
        index = self.snapshot.entry_index(right.description)
        assert index is not None, "a description was set by a recorded entry"
        return industry_in(Entry.parse(self.snapshot.leaf(index)))


async def standing_at(snapshot: Snapshot, right: bytes, time: AskedTime, turn: Turn) -> tuple[Standing | None, int]:
    """What was recorded of the right at that time, if anything was, and how many entries had to be folded for it."""
    if time.text is None:
        return standing_now(snapshot, right), 0
    fold = Fold(snapshot, right, time.stop)
    if fold.is_whole:
        return standing_now(snapshot, right), 0
    for _ in fold.steps():
        await turn.rest()
    return fold.standing(), fold.count


def _question(
    holder: str | None, status: str | None, industry: str | None, first: str | None, last: str | None
) -> Question:
    if status is not None and status not in get_args(Status):
        raise Malformed(f"status: one of {', '.join(get_args(Status))} is expected")
    if industry is not None and (not industry.isascii() or not 1 <= len(industry) <= 32):
        raise Malformed("industry: a code of 1 to 32 characters is expected")
    return Question(
        holder=None if holder is None else id_in_path(holder, PARTY_ID_BYTES, "a party's pseudonym"),
        status=status,
        industry=industry,
        first=None if first is None else day(first, "from"),
        last=None if last is None else day(last, "until"),
    )


def recorded_right(snapshot: Snapshot, right_id: str) -> bytes:
    """The id of a right that is on this ledger. Raises NotFound."""
    wanted = id_in_path(right_id, RIGHT_BYTES, "a right's id")
    if snapshot.record(subject_key(Right.subject_of(wanted))) is None:
        raise NotFound(f"no right {right_id} is on this ledger")
    return wanted


def _shown(seen: RightView) -> Json:
    """A view as JSON: records as their readable twins, days as dates."""
    shown: dict[str, Json] = {"valid": seen.valid, "ended": seen.ended}
    for field in fields(seen):
        value = getattr(seen, field.name)
        shown[field.name] = day_text(value) if field.name == "today" else readable(_plain(value))
    return {**shown, "freeze": readable(_plain(seen.freeze)), "window_open": seen.window_open}


def _plain(value: object) -> Value:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, tuple):
        return [value_of(item) for item in value]
    return value_of(value)


def _object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise Malformed("a record is a map")
    return value
