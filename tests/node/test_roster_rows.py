"""Rosters in the store: read by its row from the log, in force from the next block on, the same after opening again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from following_rosters import amend_roster, following, joining
from institutions import Institutions

from datadeed_ledger import chain
from datadeed_ledger.chain import Executed
from datadeed_ledger.entry import Entry
from datadeed_ledger.evidence.reader import RosterChange
from datadeed_ledger.keys import verify
from datadeed_ledger.roster import Roster
from datadeed_node import layout
from datadeed_node.database import Batch, Database, StoreDamaged
from datadeed_node.roster_rows import boundary_header
from datadeed_node.snapshot import Moment, Snapshot
from datadeed_node.store import Store


def check_signature(public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
    verify(public_key, message, signature)


def built(store: Store, *entries: Entry) -> Executed:
    tip = store.tip
    made = chain.build(tip, store, entries, tip.header.time_ms + 1, 2000, check_signature)
    assert made.left_out == ()
    return made.executed


def prepared(store: Store, executed: Executed) -> Batch:
    return store.prepare(executed, executed.tip.height, b"certificate")


def commit(store: Store, *entries: Entry) -> Executed:
    executed = built(store, *entries)
    prepared(store, executed).write()
    store.adopt(executed)
    return executed


class Three:
    """A store whose roster changed twice: a fifth member joined at height 3, two got new keys at height 6."""

    def __init__(self, folder: Path) -> None:
        self.four = four = Institutions(folder)
        self.folder = folder / "data"
        self.store = Store.open(self.folder, four.genesis)
        self.first = four.genesis.roster
        self.second = following(self.first, joins=(joining(four),))
        self.third = following(self.second, rekeyed=tuple(four.names[:2]))
        commit(self.store, four.enrol(1))
        commit(self.store, four.deposit(2, party=1))
        self.boundary = commit(self.store, amend_roster(four, self.first, self.second))
        commit(self.store)
        commit(self.store, four.deposit(3, party=1))
        commit(self.store, amend_roster(four, self.second, self.third, 9_000_001))
        commit(self.store, four.deposit(4, party=1))

    @property
    def rosters(self) -> tuple[Roster, ...]:
        return self.first, self.second, self.third

    def reopened(self) -> Store:
        self.store.close()
        self.store = Store.open(self.folder, self.four.genesis)
        return self.store


@pytest.fixture
def three(tmp_path: Path) -> Three:
    return Three(tmp_path)


@pytest.mark.parametrize("again", [False, True], ids=["as it is committed", "after opening again"])
def test_each_block_stands_under_the_roster_that_its_header_names(three: Three, again: bool) -> None:
    store = three.reopened() if again else three.store
    assert store.rosters == three.rosters
    assert store.roster == three.third
    under = [store.roster_at(height).version for height in range(store.tip.height + 1)]
    assert under == [1, 1, 1, 1, 2, 2, 2, 3]
    assert boundary_header(store, 2) == three.boundary.tip.header
    assert store.roster_of(three.boundary.tip.header) == three.first


def test_the_next_block_s_entries_are_judged_under_the_next_roster(three: Three) -> None:
    fourth = following(three.third, leaves=(three.four.names[3],))
    commit(three.store, amend_roster(three.four, three.third, fourth, 9_000_002))
    assert three.reopened().rosters == (*three.rosters, fourth)


def test_a_crash_leaves_the_roster_with_its_block_or_neither(tmp_path: Path) -> None:
    four = Institutions(tmp_path)
    second = following(four.genesis.roster, joins=(joining(four),))
    store = Store.open(tmp_path / "data", four.genesis)
    boundary = built(store, amend_roster(four, four.genesis.roster, second))
    batch = prepared(store, boundary)
    assert store.rosters == (four.genesis.roster,)
    store.close()  # before the batch is written: the block and its roster are lost together
    store = Store.open(tmp_path / "data", four.genesis)
    assert (store.tip.height, store.rosters) == (0, (four.genesis.roster,))
    del batch
    prepared(store, boundary).write()
    assert store.rosters == (four.genesis.roster,), "nobody reads it before it is adopted"
    store.close()  # written, and the process ended before it was adopted
    store = Store.open(tmp_path / "data", four.genesis)
    assert (store.tip.height, store.rosters) == (1, (four.genesis.roster, second))
    store.close()


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


DAMAGES: dict[str, tuple[Callable[[Three], bytes], Callable[[Three, bytes], bytes | None], str]] = {
    "a row lost": (lambda _: layout.roster_key(2), lambda *_: None, "the row of roster 2 is missing"),
    "the newest row lost": (lambda _: layout.roster_key(3), lambda *_: None, "the row of roster 3 is missing"),
    "a row that leads elsewhere": (lambda _: layout.roster_key(2), lambda *_: layout.u64(1), "ends no epoch"),
    "a row that leads out of the log": (lambda _: layout.roster_key(2), lambda *_: b"\xff" * 8, "out of the log"),
    "a row that leads behind the log": (lambda _: layout.roster_key(2), lambda *_: layout.u64(1000), "is missing"),
    "a row that leads before an entry": (lambda _: layout.roster_key(2), lambda *_: layout.u64(2), "no header"),
    "two rows alike": (
        lambda _: layout.roster_key(3),
        lambda three, _: layout.u64(three.boundary.tip.header.first),
        "roster 3 is not the one",
    ),
    "the entry altered": (
        lambda three: layout.leaf_key(three.boundary.tip.header.first),
        lambda _, data: data.replace(b"supervisor", b"supervisoR"),
        "roster 2 cannot be read",
    ),
    "another document in the entry": (
        lambda three: layout.leaf_key(three.boundary.tip.header.first),
        lambda _, data: data.replace(b"http://127.0.0.1:1", b"http://127.0.0.1:2"),
        "roster 2 is not the one that block 3 names",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_roster_is_found_when_the_store_is_opened(three: Three, damage: str) -> None:
    key_of, change, message = DAMAGES[damage]
    key = key_of(three)
    three.store.close()
    database = Database(three.folder, write_buffer_bytes=4 << 20)
    before = database.get(key)
    assert before is not None
    after, batch = change(three, before), database.batch()
    if after is None:
        batch.delete(key)
    else:
        assert after != before
        batch.put(key, after)
    batch.write()
    database.close()
    with pytest.raises(StoreDamaged, match=message):
        Store.open(three.folder, three.four.genesis)


# --- what a reader is told -------------------------------------------------------------------------------------------


def keep(store: Store, version: int, checkpoint: bytes) -> None:
    batch = store.batch()
    batch.put(layout.boundary_key(version), checkpoint)
    batch.write()


def test_a_change_of_the_roster_is_told_when_its_checkpoint_is_kept(three: Three) -> None:
    store = three.store
    assert store.roster_change(2) is None
    keep(store, 2, b"a checkpoint")
    assert store.roster_change(2) == RosterChange(2, three.boundary.tip.header.first, b"a checkpoint")
    assert [store.roster_change(version) for version in (0, 1, 3, 4)] == [None] * 4


def test_a_snapshot_tells_what_its_last_header_names_also_if_the_checkpoint_came_later(tmp_path: Path) -> None:
    four = Institutions(tmp_path)
    store = Store.open(tmp_path / "data", four.genesis)
    second = following(four.genesis.roster, joins=(joining(four),))
    boundary = commit(store, amend_roster(four, four.genesis.roster, second))
    at_boundary = Snapshot(Moment(store), b"a checkpoint")
    commit(store)
    after = Snapshot(Moment(store), b"a checkpoint")
    assert (at_boundary.roster, at_boundary.rosters) == (four.genesis.roster, (four.genesis.roster,))
    assert (after.roster, after.rosters) == (second, (four.genesis.roster, second))
    assert after.roster_of(boundary.tip.header) == four.genesis.roster
    assert at_boundary.roster_change(2) is None, "no block up to there stands under it"
    with pytest.raises(StoreDamaged, match="beginning of roster 2"):
        after.roster_change(2)
    keep(store, 2, b"the boundary")
    assert after.roster_change(2) == RosterChange(2, boundary.tip.header.first, b"the boundary")
    assert (after.roster_change(1), after.roster_change(3)) == (None, None)
    store.close()
