"""State as the rules see it: a reader's interface, an overlay that is discarded or committed whole, and the context.

The overlay keeps an undo log, so that one refused candidate among thousands leaves no trace and costs what it wrote.
Left out: storage (the node's) and hashing of the map (statemap.py). Spec: docs/spec/ledger.md section 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from datadeed_ledger.calendar_days import day_of
from datadeed_ledger.entry import Entry
from datadeed_ledger.merkle import Frontier, leaf_hash
from datadeed_ledger.roster import Roster
from datadeed_ledger.rules import RuleSet

SUBJECT_BYTES: Final = 32  # the part of a map key that names the subject
_ABSENT: Final = object()


class OutOfReach(Exception):
    """A reader that holds only a part of the ledger was asked about the rest; a node's reader never raises it."""


class StateReader(Protocol):
    """What the rules may ask of the ledger as it stood after one block."""

    def record(self, key: bytes) -> bytes | None:
        """The record under this 65-byte key of the state map."""
        ...

    def records_under(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        """Every (key, record) whose key starts with `prefix` of at least 32 bytes, in key order."""
        ...

    def entry_index(self, entry_id: bytes) -> int | None:
        """The log index of a recorded entry."""
        ...

    def leaf(self, index: int) -> bytes:
        """The leaf data at a log index below the log's size."""
        ...

    def events_frontier(self, subject: str) -> Frontier:
        """The frontier of the subject's events tree; `Frontier.EMPTY` if nothing touched it."""
        ...

    def event_index(self, subject: str, position: int) -> int:
        """The log index of the entry at this position, from 0, of the subject's events, which has so many."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around an entry when it is judged: the block's height, time, roster and rules."""

    ledger: bytes  # the fingerprint, 32 bytes
    height: int
    time_ms: int
    roster: Roster
    rules: RuleSet

    @property
    def today(self) -> int:
        """The day of the block's time."""
        return day_of(self.time_ms)


CheckSignature = Callable[[bytes, bytes, bytes, Entry], None]
"""(public key, message, signature, entry) -> None, or raises `Unproven`; a node passes one that remembers."""


@dataclass(frozen=True, slots=True)
class StateChanges:
    """All that one block changes: to be written in one batch with it."""

    records: Mapping[bytes, bytes | None]  # by map key; None removes
    frontiers: Mapping[str, Frontier]  # by subject, after the block
    touched: tuple[tuple[str, int, int], ...]  # subject, position in its events, log index
    entries: tuple[tuple[bytes, int], ...]  # entry id, log index

    @classmethod
    def none(cls) -> StateChanges:
        """Those of an empty block."""
        return cls({}, {}, (), ())


@dataclass(frozen=True, slots=True)
class Savepoint:
    """A moment of an overlay, to roll back to."""

    writes: int
    touches: int


@dataclass(slots=True)
class Overlay:
    """A state and what was changed on top of it. Satisfies `StateReader`."""

    base: StateReader
    # Two levels, subject then key, so that a prefix is found without looking through the whole block's changes.
    _records: dict[bytes, dict[bytes, bytes | None]] = field(default_factory=dict)
    _frontiers: dict[str, Frontier] = field(default_factory=dict)
    _touched: list[tuple[str, int, int]] = field(default_factory=list)
    _entries: dict[bytes, int] = field(default_factory=dict)
    _leaves: dict[int, bytes] = field(default_factory=dict)
    _base_under: dict[bytes, dict[bytes, bytes]] = field(default_factory=dict)  # what the base said, by prefix
    _undo: list[tuple[dict[Any, Any], Any, Any]] = field(default_factory=list)

    def record(self, key: bytes) -> bytes | None:
        changed = self._records.get(key[:SUBJECT_BYTES])
        if changed is not None and key in changed:
            return changed[key]
        return self.base.record(key)

    def records_under(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        assert len(prefix) >= SUBJECT_BYTES, "a prefix names at least one subject"
        under = self._base_under.get(prefix)
        if under is None:
            under = self._base_under[prefix] = dict(self.base.records_under(prefix))
        changed = self._records.get(prefix[:SUBJECT_BYTES])
        if not changed:
            return under.items()
        merged: dict[bytes, bytes | None] = {**under}
        merged.update((key, record) for key, record in changed.items() if key.startswith(prefix))
        return [(key, record) for key, record in sorted(merged.items()) if record is not None]

    def entry_index(self, entry_id: bytes) -> int | None:
        index = self._entries.get(entry_id)
        return self.base.entry_index(entry_id) if index is None else index

    def leaf(self, index: int) -> bytes:
        data = self._leaves.get(index)
        return self.base.leaf(index) if data is None else data

    def events_frontier(self, subject: str) -> Frontier:
        frontier = self._frontiers.get(subject)
        return self.base.events_frontier(subject) if frontier is None else frontier

    def event_index(self, subject: str, position: int) -> int:
        for own, at, index in self._touched:
            if (own, at) == (subject, position):
                return index
        return self.base.event_index(subject, position)

    def put(self, key: bytes, record: bytes | None) -> None:
        """Set the record under `key`; None removes it."""
        self._set(self._records.setdefault(key[:SUBJECT_BYTES], {}), key, record)

    def touch(self, subject: str, index: int, leaf: bytes) -> Frontier:
        """Append the entry at `index` to the subject's events. leaf: LEAF(entry). Returns the new frontier."""
        before = self.events_frontier(subject)
        after = before.append(leaf_hash(index.to_bytes(8, "big") + leaf))
        self._set(self._frontiers, subject, after)
        self._touched.append((subject, before.size, index))
        return after

    def note_entry(self, entry: Entry, index: int) -> None:
        """The entry is recorded at this log index."""
        self._set(self._entries, entry.entry_id, index)
        self._set(self._leaves, index, entry.data)

    def savepoint(self) -> Savepoint:
        return Savepoint(len(self._undo), len(self._touched))

    def rollback(self, to: Savepoint) -> None:
        """Forget everything since `to`."""
        while len(self._undo) > to.writes:
            table, key, before = self._undo.pop()
            if before is _ABSENT:
                del table[key]
            else:
                table[key] = before
        del self._touched[to.touches :]

    def changes(self) -> StateChanges:
        """What was changed so far, on top of the base."""
        records = {key: record for changed in self._records.values() for key, record in changed.items()}
        return StateChanges(records, dict(self._frontiers), tuple(self._touched), tuple(self._entries.items()))

    def _set(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        self._undo.append((table, key, table.get(key, _ABSENT)))
        table[key] = value
