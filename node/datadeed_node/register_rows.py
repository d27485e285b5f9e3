"""The register's lists as rows of the store: what one block adds to them and takes from them, and how they are read.

    rights       every right in order of opening: all, by holder, by industry, by stage of the record, by announcement
    open work    rights that await somebody, in order of the day by which they do

A row holds the right's id and nothing else: whoever lists reads the record and asks the view, because time changes
what a right is without an entry. Rows of holders and industries stay for ever (the state at an earlier time is asked
about too), the others follow the record. All are a pure function of the log, made from one block's changes and the
records before it, and written in the block's own batch; `verify` makes them again.
Left out: what is told of a right (api), what time makes of it (the ledger's view). Spec: docs/spec/node.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, get_args

from datadeed_ledger.calendar_days import DAY_MAX, add_months, parse_day
from datadeed_ledger.chain import Executed
from datadeed_ledger.entry import Entry
from datadeed_ledger.records import Freeze, Right, Stage
from datadeed_ledger.state import StateChanges, StateReader
from datadeed_ledger.statemap import subject_key
from datadeed_ledger.view import OPEN_APPLICATION
from datadeed_node import layout

RIGHT_SUBJECT: Final = "right/"
INDUSTRY_BYTES: Final = 32  # codes have 1 to 32 characters
OPENED_BYTES: Final = 8
NO_DAY: Final = 0  # of work that nobody has to do by a day
STAGES: Final[tuple[str, ...]] = get_args(Stage)
_YEAR_ONE: Final = 1 - parse_day("0001-01-01")  # so that every date that text can spell is a number above NO_DAY

IndustryOf = Callable[[bytes], str]
"""The industry in the description that the entry with this id set"""


class Work(IntEnum):
    """The lists of open work; the number is the row's."""

    applications = 1
    corrections = 2
    windows = 3
    requests = 4
    freezes = 5
    objections = 6
    renewals = 7


_STAGE_WORK: Final = {"examining": Work.applications, "correcting": Work.corrections, "publicity": Work.windows}


# --- what a right's record stands under ------------------------------------------------------------------------------


def lasting_rows(right: Right, opened: int, industry_of: IndustryOf, before: Right | None = None) -> Iterator[bytes]:
    """Keys that stay: the right stood under them at the end of a block. before: its record then; only what is new."""
    if before is None:
        yield layout.rights_list(b"a") + layout.u64(opened)
    if before is None or before.holders != right.holders:
        for holder in right.holders:
            yield by_holder(holder.party) + layout.u64(opened)
    if before is None or before.description != right.description:
        yield by_industry(industry_of(right.description)) + layout.u64(opened)
    if right.announced_on is not None and (before is None or before.announced_on != right.announced_on):
        yield layout.rights_list(b"d") + day_key(parse_day(right.announced_on)) + layout.u64(opened)


def standing_rows(right: Right, opened: int) -> Iterator[bytes]:
    """Keys that follow the record."""
    yield by_stage(right.stage) + layout.u64(opened)
    for work, day in _work(right):
        yield layout.work_list(work) + day + layout.u64(opened)


def _work(right: Right) -> Iterator[tuple[Work, bytes]]:
    """What awaits somebody, each with its day."""
    if right.stage not in OPEN_APPLICATION and right.stage != "registered":
        return
    due = layout.u32(NO_DAY) if right.due is None else day_key(parse_day(right.due))
    if right.stage in _STAGE_WORK:
        yield _STAGE_WORK[right.stage], due
    if right.open_objections:
        yield Work.objections, due
    for request in right.pending:
        yield Work.requests, day_key(parse_day(request.lapses))
    for _, last_day in last_days(right.freezes):
        yield Work.freezes, day_key(last_day)
    if right.stage == "registered" and right.until is not None:
        yield Work.renewals, day_key(parse_day(right.until))


def last_days(freezes: Sequence[Freeze]) -> Iterator[tuple[Freeze, int]]:
    """Each freeze of a queue with its last day, if no entry comes between: it begins when the one before has ended.

    The first of a queue has its days; were it without, it would never end here, and no block would stop for that.
    """
    start: int | None = None
    for freeze in freezes:
        last_day = DAY_MAX
        if freeze.until is not None:
            last_day = parse_day(freeze.until)
        elif start is not None:
            last_day = add_months(start, freeze.months)
        yield freeze, last_day
        start = last_day + 1


def day_key(day: int) -> bytes:
    """A day (counted from 1970) so that byte order is the order of days."""
    return layout.u32(day + _YEAR_ONE)


def by_holder(party: bytes) -> bytes:
    return layout.rights_list(b"h", party)


def by_industry(code: str) -> bytes:
    return layout.rights_list(b"i", code.encode("ascii").ljust(INDUSTRY_BYTES, b"\0"))


def by_stage(stage: str) -> bytes:
    return layout.rights_list(b"s", bytes((STAGES.index(stage),)))


# --- what a block changes --------------------------------------------------------------------------------------------


def register_rows(before: StateReader, executed: Executed) -> Iterator[tuple[bytes, bytes | None]]:
    """(key, value) of every row that the block sets; value None: removes. before: the state that it stands on."""
    subjects = [subject for subject in executed.changes.frontiers if subject.startswith(RIGHT_SUBJECT)]
    if subjects:
        entries = {entry.entry_id: entry for entry in executed.entries}
        block = _Block(before, executed.changes, dict(executed.changes.entries), entries)
        for subject in subjects:
            yield from block.changes_of(subject)


@dataclass(frozen=True, slots=True)
class _Block:
    """One block's changes on the state before it."""

    before: StateReader
    changes: StateChanges
    indexes: Mapping[bytes, int]  # of its entries, by id
    entries: Mapping[bytes, Entry]

    def changes_of(self, subject: str) -> Iterator[tuple[bytes, bytes | None]]:
        """Rows of one right that an entry of the block touched."""
        key = subject_key(subject)
        record, record_before = self.changes.records[key], self.before.record(key)
        assert record is not None, "the record of a right is never removed"
        right = Right.from_bytes(record)
        opened = self._opened(right.right_id)
        right_before = None if record_before is None else Right.from_bytes(record_before)
        stood = set() if right_before is None else set(standing_rows(right_before, opened))
        standing = set(standing_rows(right, opened))
        lasting = lasting_rows(right, opened, self._industry_of, right_before)
        for row in sorted(stood - standing):
            yield row, None
        for row in (*lasting, *sorted(standing - stood)):
            yield row, right.right_id

    def _opened(self, right: bytes) -> int:
        index = self.before.entry_index(right)
        return self.indexes[right] if index is None else index

    def _industry_of(self, description: bytes) -> str:
        index = self.before.entry_index(description)
        entry = self.entries[description] if index is None else Entry.parse(self.before.leaf(index))
        return industry_in(entry)


def industry_in(entry: Entry) -> str:
    """The industry in the description that this entry set."""
    industry: str = entry.body.data["description"]["industry"]
    return industry


def opened_in(rest: bytes) -> int:
    """The log index of the entry that opened the right, from the end of any list's key."""
    return layout.number_of(rest[-OPENED_BYTES:])
