"""`/register/work`: what awaits a registrar or a court, list by list, in order of the day by which it does.

Each list is a range of the store's rows of open work; the record and its view decide whether the row still means
anything as of the checkpoint, because time closes things without an entry. Spec: docs/spec/node.md section 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from datadeed_ledger.calendar_days import day_of, day_text, parse_day
from datadeed_ledger.encoding import Json
from datadeed_ledger.entry import PARTY_ID_BYTES, Entry
from datadeed_ledger.errors import Malformed
from datadeed_ledger.records import Right
from datadeed_ledger.register import Register
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.view import RightView, view
from datadeed_node import layout
from datadeed_node.api.asking import (
    AfterQuery,
    LimitQuery,
    as_of,
    cursor_in,
    holders_shown,
    institution,
    limit_in,
    recorded_at,
)
from datadeed_node.api.intake import number
from datadeed_node.api.proofs import published
from datadeed_node.api.turns import Gate, Turn
from datadeed_node.node import Node
from datadeed_node.register_rows import Work, day_key, last_days
from datadeed_node.snapshot import Snapshot

ROWS_LOOKED_MAX: Final = 2_000  # in one list of one answer
WITHIN_DAYS_MAX: Final = 36_600
ROW_BYTES: Final = 12  # day and opening
CURSOR_BYTES: Final = ROW_BYTES + 32  # and the item's id
ROW_DONE: Final = b"\xff" * 32  # in place of an id: nothing of the row is left
_NAMES: Final = ", ".join(Work.__members__)
_KIND_OF: Final = {Work.applications: "application", Work.corrections: "correction", Work.windows: "window"}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do about a right. id: the entry that it is about; due: day, counted from 1970."""

    id: bytes
    kind: str
    due: int | None
    court: bytes | None = None
    by: bytes | None = None  # the party that objects
    ground: str | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which items are wanted. registrar, court: member ids."""

    registrar: bytes | None
    court: bytes | None
    within_days: int | None

    def want(self, right: Right, item: Item) -> bool:
        if self.registrar is not None and right.registrar != self.registrar:
            return False
        return self.court is None or item.court == self.court


class WorkRoutes:
    """One node's route about open work."""

    def __init__(self, node: Node, gate: Gate) -> None:
        self._node = node
        self._gate = gate
        self.router = APIRouter(tags=["register"])
        self.router.add_api_route("/register/work", self.work)

    async def work(
        self,
        of: Annotated[str | None, Query(alias="list", description=f"{_NAMES}; else all. 清单")] = None,
        registrar: Annotated[str | None, Query(description="a member's name: its rights only. 登记机构")] = None,
        court: Annotated[str | None, Query(description="a member's name: its freezes only. 法院")] = None,
        within_days: Annotated[str | None, Query(description="due within so many days from today. 到期天数")] = None,
        after: AfterQuery = None,
        limit: LimitQuery = None,
    ) -> Response:
        """Open work as of the checkpoint: applications, corrections, windows, requests, freezes, objections, renewals.
        待办清单：待审申请、待补正、公示中、待核准请求、保全、异议、待续展。"""
        if of is None and after is not None:
            raise Malformed("after: a cursor is of one list; say which")
        if of is not None and of not in Work.__members__:
            raise Malformed(f"list: one of {_NAMES} is expected")
        place, count = cursor_in(after, CURSOR_BYTES), limit_in(limit)
        snapshot = published(self._node)
        filters = Filters(
            _member(snapshot, registrar, "registrar"), _member(snapshot, court, "court"), _within(within_days)
        )
        lists = Lists(snapshot, filters, snapshot.tip.header.time_ms)
        wanted = [Work[of]] if of is not None else list(Work)
        async with self._gate.entered():
            pages = {work.name: await lists.page(work, place, count) for work in wanted}
        return JSONResponse({"as_of": as_of(snapshot), "today": day_text(lists.today), "lists": pages})


class Lists:
    """The lists of one answer."""

    def __init__(self, snapshot: Snapshot, filters: Filters, time_ms: int) -> None:
        self._snapshot = snapshot
        self._register = Register(snapshot)
        self._filters = filters
        self._time_ms = time_ms
        self._rules: RuleSet = snapshot.rules_at(time_ms)
        self.today = day_of(time_ms)

    async def page(self, work: Work, after: bytes | None, limit: int) -> Json:
        """What is to do after a place, and the place to go on from."""
        found: list[Json] = []
        looked, place, turn = 0, b"", Turn()
        for row, right_id in self._rows(work, after):
            if looked == ROWS_LOOKED_MAX:
                return {"next": place.hex(), "items": found}
            looked += 1
            right = self._register.right(right_id)
            assert right is not None, "a row lists a right that has a record"
            seen = view(right, self._time_ms, self._rules)
            for item in sorted(self._items(work, row, right, seen), key=lambda item: item.id):
                if after is not None and row + item.id <= after:
                    continue
                if len(found) == limit:
                    return {"next": place.hex(), "items": found}
                if self._filters.want(right, item):
                    found.append(self._shown(work, item, right, seen))
                place = row + item.id
            place = row + ROW_DONE
            await turn.rest()
        return {"next": None, "items": found}

    def _rows(self, work: Work, after: bytes | None) -> Iterator[tuple[bytes, bytes]]:
        """Rows that may still mean something, from the one on in which the place `after` is."""
        filters = self._filters
        if (filters.court is not None and work is not Work.freezes) or (
            filters.within_days is not None and work is Work.applications
        ):
            return iter(())
        first, last = self._days(work)
        begin = b"" if first is None else day_key(first)
        if filters.within_days is not None:
            latest = self.today + filters.within_days
            last = latest if last is None else min(last, latest)
        stop = None if last is None else day_key(last + 1)
        start = b"" if after is None else after[:ROW_BYTES]
        if after is not None and after.endswith(ROW_DONE):
            start += b"\0"
        return self._snapshot.listed(layout.work_list(work), max(begin, start), stop)

    def _days(self, work: Work) -> tuple[int | None, int | None]:
        """First and last day of the rows that are open: what is earlier has lapsed, what is later is not due."""
        match work:
            case Work.corrections:
                return day_of(self._time_ms - 1000 * self._rules.filing_grace_s), None
            case Work.requests | Work.freezes:
                return self.today, None
            case Work.renewals:
                return self.today - self._rules.late_renewal_days, self.today + self._rules.renewal_due_days
        return None, None

    def _items(self, work: Work, row: bytes, right: Right, seen: RightView) -> Iterator[Item]:
        """What the row stands for as of now."""
        due = None if right.due is None else parse_day(right.due)
        match work:
            case Work.applications | Work.corrections | Work.windows:
                if not seen.ended:
                    yield Item(right.right_id, _KIND_OF[work], due)
            case Work.renewals:
                if seen.renewal_due and right.until is not None:
                    yield Item(right.right_id, "renewal", parse_day(right.until))
            case Work.objections:
                for objection in self._register.objections(right.right_id):
                    yield Item(objection.id, "objection", due, by=objection.by, ground=objection.ground)
            case Work.requests:
                for request in seen.pending:
                    if _is_of(row, parse_day(request.lapses)):
                        yield Item(request.id, request.kind, parse_day(request.lapses))
            case Work.freezes:
                yield from _freezes(row, right, seen)

    def _shown(self, work: Work, item: Item, right: Right, seen: RightView) -> Json:
        snapshot = self._snapshot
        index = snapshot.entry_index(item.id)
        assert index is not None, "what is to do was recorded"
        roster = snapshot.roster
        return {
            "right": right.right_id.hex(),
            "id": item.id.hex(),
            "kind": item.kind,
            "index": index,
            "recorded": recorded_at(snapshot, index),
            "status": seen.status,
            "due": None if item.due is None else day_text(item.due),
            "due_over": seen.due_over,
            "registrar": institution(roster, right.registrar),
            "court": None if item.court is None else institution(roster, item.court),
            "holders": holders_shown(right.holders),
            "parties": [party.hex() for party in self._parties(work, item, index, right)],
            "ground": item.ground,
            "open_objections": right.open_objections,
        }

    def _parties(self, work: Work, item: Item, index: int, right: Right) -> list[bytes]:
        if item.by is not None:
            return [item.by]
        if work is Work.requests:
            by = Entry.parse(self._snapshot.leaf(index)).body.by
            return [signer for signer in by if len(signer) == PARTY_ID_BYTES]
        return sorted(right.parties)


def _freezes(row: bytes, right: Right, seen: RightView) -> Iterator[Item]:
    """The freezes whose last day is the row's and that have not run out."""
    standing = {freeze.id for freeze in seen.freezes}
    in_effect = None if seen.freeze is None else seen.freeze.id
    for freeze, last_day in last_days(right.freezes):
        if freeze.id in standing and _is_of(row, last_day):
            kind = "freeze" if freeze.id == in_effect else "queued_freeze"
            yield Item(freeze.id, kind, last_day, court=freeze.court)


def _is_of(row: bytes, day: int) -> bool:
    return row.startswith(day_key(day))


def _member(snapshot: Snapshot, name: str | None, what: str) -> bytes | None:
    """The id of the institution with this name: a member now or before. Raises Malformed."""
    if name is None:
        return None
    for roster in snapshot.rosters:
        if (member := roster.by_name(name)) is not None:
            return member.member_id
    raise Malformed(f"{what}: no member is or was called {name[:80]!r}; /rosters lists them")


def _within(text: str | None) -> int | None:
    if text is None:
        return None
    found = number(text, "within_days")
    if found > WITHIN_DAYS_MAX:
        raise Malformed(f"within_days: at most {WITHIN_DAYS_MAX}")
    return found
