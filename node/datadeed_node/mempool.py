"""Entries that wait to be recorded: checked at the door, bounded in count and bytes, dropped when they cannot pass.

The door judges an entry against the *committed* state with the same rules as a block does, as a courtesy: an entry that
depends on one still waiting (a deposit by a party whose `enrol` is not final yet) is refused until that one is final.
The law is spoken again when a block is built. Here an entry is parsed once, its signatures are verified once
(signatures.py), and both are handed on to the blocks that carry it. What the rules refuse when this node builds is
dropped, and so is what has expired. Where a roster comes into force, what waits is judged again.
Left out: gossip (gossip.py) and who submits (node.py).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeVar

from datadeed_ledger.admission import validate
from datadeed_ledger.chain import Executed
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Busy, DatadeedError
from datadeed_ledger.merkle import leaf_hash
from datadeed_ledger.refusals import refused
from datadeed_ledger.state import Context
from datadeed_node.clock import Clock
from datadeed_node.metrics import Metrics
from datadeed_node.signatures import Signatures
from datadeed_node.store import Store

EXPIRED = 102  # the rule that says so; it is stated again where an entry is dropped for it
DROPPED_REMEMBERED_MAX = 4096  # reasons kept for those who wait or ask
PROPOSED_REMEMBERED_MAX = 4096  # parsed entries of the proposals in hand, dropped at the next commit
RECORDED_REMEMBERED_MAX = 16_384  # leaf hashes, 2 MB: some seconds of a busy ledger


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond either: Busy."""

    entries_max: int
    bytes_max: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """One entry in the pool. since_ms: monotonic time of its admission here."""

    entry: Entry
    since_ms: int


Origin = Literal["api", "gossip"]
Key = TypeVar("Key")
Value = TypeVar("Value")


def _remember(table: dict[Key, Value], key: Key, value: Value, count_max: int) -> None:
    """Put `key` into a table that forgets its oldest beyond `count_max`."""
    if len(table) >= count_max:
        del table[next(iter(table))]
    table[key] = value


class Mempool:
    """The pool of one node.

    changed: is told whether work waits, whenever that may have changed. dropped: which entry left unrecorded, and why.
    """

    def __init__(
        self,
        store: Store,
        signatures: Signatures,
        metrics: Metrics,
        clock: Clock,
        limits: Limits,
        *,
        changed: Callable[[bool], None],
        dropped: Callable[[bytes, DatadeedError], None],
    ) -> None:
        self._store = store
        self._signatures = signatures
        self._metrics = metrics
        self._clock = clock
        self._limits = limits
        self._changed = changed
        self._told_dropped = dropped
        self._admitted = {origin: metrics.entries_admitted.labels(origin) for origin in ("api", "gossip")}
        self._by_id: dict[bytes, Waiting] = {}
        self._by_data: dict[bytes, Entry] = {}
        self._bytes = 0
        self._expiring: list[tuple[int, bytes]] = []
        self._dropped: dict[bytes, DatadeedError] = {}
        self._proposed: dict[bytes, Entry] = {}
        self._recorded: dict[bytes, None] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def waiting_bytes(self) -> int:
        """Of all entries that wait."""
        return self._bytes

    # --- the door ----------------------------------------------------------------------------------------------------

    def admit(self, data: bytes, origin: Origin) -> tuple[Entry, bool]:
        """The entry that `data` spells, and whether it is new here; one that waits or is recorded already is neither.

        origin: where it came from, for the counters. Raises Malformed, Busy or Refused.
        """
        try:
            return self._admit(data, origin)
        except DatadeedError as error:
            self._metrics.entries_refused.labels(type(error).__name__.lower()).inc()
            raise

    def _admit(self, data: bytes, origin: Origin) -> tuple[Entry, bool]:
        known = self._by_data.get(data)
        if known is not None:
            return known, False
        entry = Entry.parse(data)
        waiting = self._by_id.get(entry.entry_id)
        if waiting is not None:
            return waiting.entry, False  # the same body is the same entry, with whatever valid signatures
        if self._store.entry_index(entry.entry_id) is not None:
            return entry, False
        full = len(self._by_id) >= self._limits.entries_max
        if full or self._bytes + len(data) > self._limits.bytes_max:
            raise Busy("too many entries wait to be recorded; nothing was accepted, send the same bytes again")
        self.validate(entry)
        self._dropped.pop(entry.entry_id, None)
        self._by_id[entry.entry_id] = Waiting(entry, self._clock.mono_ms())
        self._by_data[entry.data] = entry
        self._bytes += len(data)
        heapq.heappush(self._expiring, (entry.body.expires_ms, entry.entry_id))
        self._admitted[origin].inc()
        if len(self._by_id) == 1:
            self._changed(True)
        return entry, True

    def validate(self, entry: Entry) -> None:
        """Raise Refused unless the rules would permit `entry` in a block on the committed state now."""
        tip = self._store.tip.header
        time_ms = max(self._clock.utc_ms(), tip.time_ms + 1)
        context = Context(tip.ledger, tip.height + 1, time_ms, self._store.roster, self._store.rules_at(time_ms))
        validate(entry, self._store, context, self._signatures.check)

    # --- for blocks --------------------------------------------------------------------------------------------------

    def parse(self, data: bytes) -> Entry:
        """As Entry.parse, but what waits here is not parsed again. Raises Malformed."""
        known = self._by_data.get(data) or self._proposed.get(data)
        return Entry.parse(data) if known is None else known

    def knows(self, data: bytes) -> bool:
        """Whether these bytes were judged here and wait."""
        return data in self._by_data

    def learn(self, data: bytes) -> None:
        """Parse and verify an entry that a proposal brought first. Says nothing: the block's check does."""
        try:
            entry = Entry.parse(data)
            self.validate(entry)
        except DatadeedError:
            self._metrics.entries_refused.labels("proposed").inc()
            return
        _remember(self._proposed, data, entry, PROPOSED_REMEMBERED_MAX)

    def was_recorded(self, data: bytes) -> bool:
        """Whether these bytes were recorded lately: gossip that comes after its block costs one hash."""
        return leaf_hash(data) in self._recorded

    def candidates(self, count_max: int, bytes_max: int) -> list[Entry]:
        """The entries that have waited longest, as many as a block takes."""
        taken: list[Entry] = []
        room = bytes_max
        for waiting in islice(self._by_id.values(), count_max):
            room -= len(waiting.entry.data)
            if room < 0:
                break
            taken.append(waiting.entry)
        return taken

    def left_out(self, entries: Iterable[tuple[Entry, DatadeedError]]) -> None:
        """The rules refuse these on the committed state: they leave, and whoever waits for them learns why."""
        for entry, error in entries:
            self._drop(entry.entry_id, error)
        self._changed(bool(self._by_id))

    def committed(self, executed: Executed) -> None:
        """A block is committed: its entries leave, and so does what has expired by its time."""
        now_ms, time_ms = self._clock.mono_ms(), executed.tip.header.time_ms
        self._proposed.clear()
        for entry, leaf in zip(executed.entries, executed.leaf_hashes, strict=False):
            _remember(self._recorded, leaf, None, RECORDED_REMEMBERED_MAX)
            waiting = self._remove(entry.entry_id)
            if waiting is not None:
                self._metrics.commit_latency.observe((now_ms - waiting.since_ms) / 1000)
        while self._expiring and self._expiring[0][0] < time_ms:
            expires_ms, entry_id = heapq.heappop(self._expiring)
            if entry_id in self._by_id:
                self._drop(entry_id, refused(EXPIRED, expires=expires_ms))
        if len(self._expiring) > 2 * self._limits.entries_max:
            self._expiring = sorted((each.entry.body.expires_ms, entry_id) for entry_id, each in self._by_id.items())
        self._changed(bool(self._by_id))

    def judge_again(self, entry_id: bytes) -> None:
        """Drop a waiting entry if the rules refuse it now: it was judged under a roster that is no more in force."""
        waiting = self._by_id.get(entry_id)
        if waiting is None:
            return
        try:
            self.validate(waiting.entry)
        except DatadeedError as error:
            self.left_out([(waiting.entry, error)])

    def give_up(self, error: DatadeedError) -> None:
        """Nothing that waits will be recorded by this node's doing: all of it leaves, and whoever waits learns why."""
        self.left_out([(waiting.entry, error) for waiting in list(self._by_id.values())])

    # --- looking -----------------------------------------------------------------------------------------------------

    def get(self, entry_id: bytes) -> Entry | None:
        """The entry if it waits."""
        waiting = self._by_id.get(entry_id)
        return None if waiting is None else waiting.entry

    def reason_dropped(self, entry_id: bytes) -> DatadeedError | None:
        """Why an entry that waited here left unrecorded."""
        return self._dropped.get(entry_id)

    def oldest(self, count_max: int, before_ms: int) -> list[bytes]:
        """The bytes of the entries that wait longest, of those admitted before `before_ms` on the monotonic clock."""
        found = islice(self._by_id.values(), count_max)
        return [each.entry.data for each in found if each.since_ms < before_ms]

    def ids(self) -> list[bytes]:
        """The ids of every entry that waits, the oldest first."""
        return list(self._by_id)

    def all(self) -> list[bytes]:
        """The bytes of every entry that waits, the oldest first."""
        return list(self._by_data)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _remove(self, entry_id: bytes) -> Waiting | None:
        waiting = self._by_id.pop(entry_id, None)
        if waiting is not None:
            del self._by_data[waiting.entry.data]
            self._bytes -= len(waiting.entry.data)
        return waiting

    def _drop(self, entry_id: bytes, error: DatadeedError) -> None:
        if self._remove(entry_id) is not None:
            _remember(self._dropped, entry_id, error, DROPPED_REMEMBERED_MAX)
            self._metrics.entries_refused.labels("dropped").inc()
            self._told_dropped(entry_id, error)
