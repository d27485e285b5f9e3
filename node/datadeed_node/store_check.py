"""The node's look at its own store before it takes part: is the chain whole, and is the state the one that it names?

LevelDB can lose whole tables without a word. What is checked at every start: every height has its header, each named by
the next; the newest blocks entirely (entries, tree, indexes); then points spread over the whole log and state, all of
them where the log is small. A table of LevelDB holds thousands of neighbouring rows, so a lost one is met.
What a careful reader of everything would find besides is `datadeed-node verify`'s (verify_store.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from datadeed_ledger.block import Block
from datadeed_ledger.checkpoint import Checkpoint
from datadeed_ledger.encoding import decode, sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import DatadeedError
from datadeed_ledger.header import HEADER_FIRST_BYTE, Header
from datadeed_ledger.merkle import frontier_at, new_nodes
from datadeed_ledger.notes import Note
from datadeed_ledger.records import Right
from datadeed_ledger.register import Register
from datadeed_ledger.rulebook import amendment_index
from datadeed_ledger.statemap import StateMap
from datadeed_node import layout
from datadeed_node.database import LevelError, StoreDamaged
from datadeed_node.digest_rows import deposited_digest
from datadeed_node.register_rows import RIGHT_SUBJECT, standing_rows
from datadeed_node.roster_rows import require_boundary
from datadeed_node.store import Store
from datadeed_node.store_names import name_of_row

NEWEST_BLOCKS = 64  # checked entirely
PROBES = 20_000  # leaves, headers and state buckets each: well under a second, also of a large store


def check_store(store: Store) -> None:
    """Raise StoreDamaged, naming what is wrong, unless the store is what its newest header says."""
    try:
        _check_heights(store)
        _check_newest(store)
        _check_leaves(store)
        _check_state(store)
        _check_rules(store)
        _check_boundaries(store)
    except (DatadeedError, LevelError) as error:
        raise StoreDamaged(f"a row of the store cannot be read as what it must be: {error}") from error


def _check_heights(store: Store) -> None:
    """Every height has its row, every header row its height; sampled headers name the one before."""
    tip, index, expected = store.tip.height, -1, 0
    for height, found in store.heights():
        if height != expected or found <= index:
            raise StoreDamaged(f"block {expected} does not follow block {expected - 1} in the store")
        expected, index = height + 1, found
    if expected != tip + 1:
        raise StoreDamaged(f"the store names block {tip} as its newest and lists {expected} blocks")
    for height in _spread(tip + 1):
        header_bytes = store.header_at(height)
        header, digest = Header.parse(header_bytes), sha256(header_bytes)
        if header.height != height or header.index != store.header_index(height):
            raise StoreDamaged(f"the header of block {height} says that it is block {header.height}")
        if height and header.previous != sha256(store.header_at(height - 1)):
            raise StoreDamaged(f"block {height} does not name the stored block {height - 1} as its parent")
        if store.height_of(digest) != height or store.block_height_of(header.index) != height:
            raise StoreDamaged(f"block {height} is not found by its id or by its place in the log")


def _check_newest(store: Store) -> None:
    """The newest blocks from their entries up: digest, tree, stored nodes, entry index."""
    tip = store.tip.height
    for height in range(max(0, tip - NEWEST_BLOCKS + 1), tip + 1):
        block = Block.parse(store.block_at(height))
        header = block.header
        before = frontier_at(header.first, store.hash)
        if before.extend(block.leaf_hashes[:-1]).root != header.tree_root:
            raise StoreDamaged(f"the log up to block {height} does not have the root that its header names")
        for level, index, value in new_nodes(before, block.leaf_hashes):
            if level >= layout.NODE_LEVEL_MIN and store.hash(level, index) != value:
                raise StoreDamaged(f"tree node {level}/{index} is not the hash of what is below it")
        for index, data in enumerate(block.entries, header.first):
            _check_entry(store, index, data)


def _check_leaves(store: Store) -> None:
    for index in _spread(store.tip.log_size):
        data = store.leaf(index)
        if not data.startswith(HEADER_FIRST_BYTE):
            _check_entry(store, index, data)
        for level in range(layout.NODE_LEVEL_MIN, store.tip.log_size.bit_length()):
            if (index >> level) + 1 << level <= store.tip.log_size:
                store.hash(level, index >> level)


def _check_entry(store: Store, index: int, data: bytes) -> None:
    entry = Entry.parse(data)
    if store.entry_index(entry.entry_id) != index:
        raise StoreDamaged(f"log entry {index} is not found by its id")
    digest = deposited_digest(entry)
    if digest is not None and not store.is_listed(layout.deposit_key(digest, index)):
        raise StoreDamaged(f"the deposit at log entry {index} is not found by its digest")


def _check_state(store: Store) -> None:
    """Sampled buckets hash to what the state's root is made of, and their subjects have their events."""
    buckets = list(store.state_map.bucket_hashes())
    for at in _spread(len(buckets)):
        bucket, expected = buckets[at]
        pairs = dict(store.read_bucket(bucket))
        found = StateMap().update(pairs, lambda _: ()).dirty.get(bucket) if pairs else None
        if found != expected:
            raise StoreDamaged(f"the records of state bucket {bucket:#06x} do not have the hash that was stored")
        for key in pairs:
            _check_events(store, key)


def _check_events(store: Store, key: bytes) -> None:
    record = store.record(key)
    assert record is not None, "its bucket was just read"
    match decode(record, bytes_max=len(record)):
        case {"subject": str(subject), "events": {"count": int(count), "root": bytes(root)}}:
            frontier = store.events_frontier(subject)
            if frontier.size != count or frontier.root != root or len(store.subject_events(subject)) != count:
                raise StoreDamaged(f"the events of {subject} are not those that its record counts")
            if subject.startswith(RIGHT_SUBJECT):
                _check_lists(store, Right.from_bytes(record))


def _check_lists(store: Store, right: Right) -> None:
    """The right stands in the lists in which its record says that it does."""
    opened = store.entry_index(right.right_id)
    if opened is None:
        raise StoreDamaged(f"the entry that opened {right.subject} is not found by its id")
    for row in standing_rows(right, opened):
        if not store.is_listed(row):
            raise StoreDamaged(f"{name_of_row(row, right.right_id)} is missing in the store")


def _check_rules(store: Store) -> None:
    """The text of every rule set of record is where the store will look for it."""
    for version in Register(store).rules().versions[1:]:
        document = Entry.parse(store.leaf(amendment_index(store, version))).body.data.get("rules", b"")
        if sha256(document) != version.hash:
            raise StoreDamaged(f"version {version.version} of the rules is not found by its place in their history")


def _check_boundaries(store: Store) -> None:
    """What proves the beginning of a roster is there for each under which something was published, and holds.

    The rosters themselves are read and held against the headers when a store is opened.
    """
    note = store.published()
    size = 0 if note is None else Checkpoint.parse(Note.parse(note).body).size
    published = Header.parse(store.leaf(size - 1)).roster_version if 0 < size <= store.tip.log_size else 1
    for roster in store.rosters[1:]:
        checkpoint = store.boundaries.checkpoint(roster.version)
        if checkpoint is not None:
            require_boundary(store, store.rosters, roster.version, checkpoint)
        elif roster.version <= published:
            raise StoreDamaged(f"the checkpoint that proves the beginning of roster {roster.version} is missing")


def _spread(count: int) -> Iterator[int]:
    """0 to below `count`, or PROBES of them evenly spread, the last one always."""
    if count <= PROBES:
        yield from range(count)
        return
    for probe in range(PROBES):
        yield probe * count // PROBES
    yield count - 1
