"""Committed state in memory, for tests: what a node keeps in its store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from datadeed_ledger.merkle import Frontier
from datadeed_ledger.state import StateChanges


class MemoryState:
    """Committed state in dictionaries. Satisfies `StateReader`."""

    def __init__(self) -> None:
        self.records: dict[bytes, bytes] = {}
        self.indexes: dict[bytes, int] = {}
        self.leaves: dict[int, bytes] = {}
        self.frontiers: dict[str, Frontier] = {}
        self.events: dict[str, list[int]] = {}

    def record(self, key: bytes) -> bytes | None:
        return self.records.get(key)

    def records_under(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        return sorted(item for item in self.records.items() if item[0].startswith(prefix))

    def entry_index(self, entry_id: bytes) -> int | None:
        return self.indexes.get(entry_id)

    def leaf(self, index: int) -> bytes:
        return self.leaves[index]

    def events_frontier(self, subject: str) -> Frontier:
        return self.frontiers.get(subject, Frontier.EMPTY)

    def event_index(self, subject: str, position: int) -> int:
        return self.events[subject][position]

    def commit(self, changes: StateChanges, leaves: Mapping[int, bytes]) -> None:
        for at, record in changes.records.items():
            if record is None:
                self.records.pop(at, None)
            else:
                self.records[at] = record
        self.frontiers.update(changes.frontiers)
        for subject, _, index in changes.touched:
            self.events.setdefault(subject, []).append(index)
        self.indexes.update(changes.entries)
        self.leaves.update(leaves)
