"""A right as it stood at an earlier time: its entries up to then, folded through the same effects as when recorded.

Whether an entry was permitted was decided when it was recorded and is not asked again; what it changed is what its
kind's effect changes, so nothing is kept beside the log for this. The fold starts where nothing of the right exists
yet, and reads everything else (parties, deposits, assets) from the snapshot, which only has more of it.
Left out: what time makes of the result (the ledger's view). Spec: docs/spec/events.md, "Time".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from datadeed_ledger.entry import Entry
from datadeed_ledger.header import Header
from datadeed_ledger.kinds.row import Case
from datadeed_ledger.kinds.table import KINDS
from datadeed_ledger.merkle import Frontier, leaf_hash
from datadeed_ledger.records import Events, Licence, Objection, Right
from datadeed_ledger.register import Register
from datadeed_ledger.state import SUBJECT_BYTES, Context, Overlay
from datadeed_ledger.statemap import subject_prefix
from datadeed_node.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Standing:
    """What is recorded of one right at one time. licences: those that no entry had ended; objections: the open ones."""

    right: Right
    licences: tuple[Licence, ...]
    objections: tuple[Objection, ...]


def standing_now(snapshot: Snapshot, right: bytes) -> Standing | None:
    """What is recorded as of the snapshot; None where nothing has opened the right."""
    return _standing(Register(snapshot), right)


def height_at(snapshot: Snapshot, time_ms: int) -> int | None:
    """The last block of `time_ms` or before; None where the ledger was not founded by then."""
    low, high = -1, snapshot.tip.height
    while low < high:
        middle = (low + high + 1) // 2
        if Header.parse(snapshot.header_at(middle)).time_ms <= time_ms:
            low = middle
        else:
            high = middle - 1
    return None if low < 0 else low


class Fold:
    """The state of one right after all entries below log index `stop`: run `steps` to the end, then ask `standing`."""

    def __init__(self, snapshot: Snapshot, right: bytes, stop: int) -> None:
        self._snapshot = snapshot
        self._right = right
        self._overlay = Overlay(_Without(snapshot, subject_prefix(Right.subject_of(right))))
        indexes = snapshot.subject_events(Right.subject_of(right))
        self._indexes = [index for index in indexes if index < stop]
        self._later = len(indexes) - len(self._indexes)
        self._frontier = Frontier.EMPTY

    @property
    def count(self) -> int:
        """How many entries are folded."""
        return len(self._indexes)

    @property
    def is_whole(self) -> bool:
        """Whether nothing touched the right since: then what is recorded now is the answer."""
        return self._later == 0

    def steps(self) -> Iterator[None]:
        """One entry a step, so that whoever runs it can do something else between."""
        for index in self._indexes:
            entry = Entry.parse(self._snapshot.leaf(index))
            case: Case[Any] = Case(entry, entry.body.data, Register(self._overlay), self._context(index))
            KINDS[entry.kind].effect(case, self._overlay)
            self._overlay.note_entry(entry, index)
            self._frontier = self._frontier.append(leaf_hash(index.to_bytes(8, "big") + leaf_hash(entry.data)))
            yield

    def standing(self) -> Standing | None:
        """What was recorded then; None where nothing had opened the right."""
        found = _standing(Register(self._overlay), self._right)
        if found is None:
            return None
        return replace(found, right=replace(found.right, events=Events.of(self._frontier)))

    def _context(self, index: int) -> Context:
        """What stood around the entry in its block. The rules are those of the record before the block."""
        snapshot = self._snapshot
        header = Header.parse(snapshot.header_at(snapshot.block_height_of(index)))
        rules = snapshot.rules_before(header)
        return Context(header.ledger, header.height, header.time_ms, snapshot.roster_of(header), rules)


class _Without:
    """A snapshot that has no record of one subject. Satisfies `StateReader`."""

    def __init__(self, snapshot: Snapshot, subject: bytes) -> None:
        self._snapshot = snapshot
        self._subject = subject
        self.entry_index = snapshot.entry_index
        self.leaf = snapshot.leaf
        self.events_frontier = snapshot.events_frontier
        self.event_index = snapshot.event_index

    def record(self, key: bytes) -> bytes | None:
        return None if key[:SUBJECT_BYTES] == self._subject else self._snapshot.record(key)

    def records_under(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        return () if prefix[:SUBJECT_BYTES] == self._subject else self._snapshot.records_under(prefix)


def _standing(register: Register, right: bytes) -> Standing | None:
    found = register.right(right)
    if found is None:
        return None
    return Standing(found, tuple(register.licences(right)), tuple(register.objections(right)))
