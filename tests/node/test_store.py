"""The store: what is committed is read back, whole or not at all; what is not this ledger's is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from institutions import Institutions

from datadeed_ledger import chain
from datadeed_ledger.block import Block
from datadeed_ledger.chain import Executed
from datadeed_ledger.entry import Entry
from datadeed_ledger.keys import verify
from datadeed_ledger.merkle import Frontier, inclusion_path, leaf_hash, verify_inclusion
from datadeed_ledger.records import Party
from datadeed_ledger.statemap import subject_key
from datadeed_node import layout
from datadeed_node.database import Database, StoreDamaged, StoreForeign, StoreLocked
from datadeed_node.snapshot import Moment, Snapshot
from datadeed_node.store import Store


def check_signature(public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
    verify(public_key, message, signature)


def commit(store: Store, *entries: Entry, certificate: bytes = b"certificate") -> Executed:
    tip = store.tip
    built = chain.build(tip, store, entries, tip.header.time_ms + 1, 2000, check_signature)
    assert built.left_out == ()
    store.prepare(built.executed, tip.height + 1, certificate).write()
    store.adopt(built.executed)
    return built.executed


@pytest.fixture
def four(tmp_path: Path) -> Institutions:
    return Institutions(tmp_path)


def filled(four: Institutions, folder: Path) -> Store:
    """A store of 20 blocks with 1 to 3 entries each."""
    store = Store.open(folder, four.genesis)
    commit(store, four.enrol(1))
    number = 100
    for height in range(2, 20):
        entries = [four.deposit(number + at, party=1) for at in range(height % 4)]
        number += len(entries)
        commit(store, *entries)
    return store


def test_an_empty_folder_is_founded_with_the_genesis_block(four: Institutions, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data", four.genesis)
    assert (store.tip.height, store.tip.log_size) == (0, 1)
    assert store.leaf(0) == store.tip.header_bytes == store.header_at(0)


def test_everything_that_was_committed_is_there_after_opening_again(four: Institutions, tmp_path: Path) -> None:
    store = filled(four, tmp_path / "data")
    leaves = [data for _, data in store.leaves(0, store.tip.log_size)]
    tip, root = store.tip, store.state_map.root
    store.close()

    again = Store.open(tmp_path / "data", four.genesis)
    assert again.tip == tip
    assert again.state_map.root == root
    assert [data for _, data in again.leaves(0, tip.log_size)] == leaves
    assert Frontier.EMPTY.extend(map(leaf_hash, leaves)) == again.tip.frontier
    for height in range(tip.height + 1):
        block = Block.parse(again.block_at(height))
        assert block.header.height == height
        assert again.height_of(block.digest) == height
        assert again.finality(height).view == height
        for index in range(block.header.first, block.header.log_size):
            assert again.block_height_of(index) == height
        for index, data in enumerate(block.entries, block.header.first):
            assert again.entry_index(Entry.parse(data).entry_id) == index


def test_every_leaf_has_a_path_to_the_root_from_stored_and_recomputed_nodes(four: Institutions, tmp_path: Path) -> None:
    store = filled(four, tmp_path / "data")
    size, root = store.tip.log_size, store.tip.frontier.root
    for index in range(size):
        path = inclusion_path(index, size, store.hash)
        verify_inclusion(index, size, leaf_hash(store.leaf(index)), path, root)


def test_a_party_has_its_record_its_events_and_their_frontier(four: Institutions, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data", four.genesis)
    commit(store, four.enrol(1), four.enrol(2))
    subject = Party.subject_of(four.party(2)[0])
    record = store.record(subject_key(subject))
    assert record is not None
    assert list(store.subject_events(subject)) == [2]
    assert store.events_frontier(subject).root == Party.from_bytes(record).events.root
    assert list(store.records_under(subject_key(subject)[:32])) == [(subject_key(subject), record)]


def test_a_snapshot_stays_at_its_moment_while_blocks_go_on(four: Institutions, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data", four.genesis)
    commit(store, four.enrol(1))
    snapshot = Snapshot(Moment(store), b"a checkpoint")
    first, late = subject_key(Party.subject_of(four.party(1)[0])), subject_key(Party.subject_of(four.party(2)[0]))
    commit(store, four.enrol(2))
    assert snapshot.record(late) is None
    assert store.record(late) is not None
    root = snapshot.tip.header.state_root
    assert root != store.tip.header.state_root
    for prefix in (first, late, first[:32], late[:33]):
        snapshot.map_proof(prefix).verify(root, prefix)
    assert snapshot.size == 3


def test_a_batch_that_was_not_written_leaves_no_trace(four: Institutions, tmp_path: Path) -> None:
    store = filled(four, tmp_path / "data")
    tip = store.tip
    built = chain.build(tip, store, [four.deposit(1)], tip.header.time_ms + 1, 2000, check_signature)
    batch = store.prepare(built.executed, 99, b"")
    store.add_consensus_rows(batch, [(b"floor", b"moved")], [])
    store.close()
    again = Store.open(tmp_path / "data", four.genesis)
    assert again.tip == tip
    assert again.consensus_rows() == {}
    assert again.height_of(built.executed.block.digest) is None


def test_a_block_is_read_only_after_it_was_adopted(four: Institutions, tmp_path: Path) -> None:
    """The writer's thread makes it durable while others read: they must not see two blocks mixed."""
    store = filled(four, tmp_path / "data")
    tip, entry = store.tip, four.deposit(1)
    built = chain.build(tip, store, [entry], tip.header.time_ms + 1, 2000, check_signature)
    store.prepare(built.executed, 99, b"").write()
    assert store.entry_index(entry.entry_id) is None
    assert store.height_of(built.executed.block.digest) is None
    store.adopt(built.executed)
    assert store.entry_index(entry.entry_id) == tip.log_size


def test_consensus_rows_come_and_go_with_the_block(four: Institutions, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data", four.genesis)
    batch = store.batch()
    store.add_consensus_rows(batch, [(b"a", b"1"), (b"b", b"2"), (b"\xff\xff", b"3")], [])
    batch.write()
    built = chain.build(store.tip, store, [], store.tip.header.time_ms + 1, 2000, check_signature)
    batch = store.prepare(built.executed, 1, b"")
    store.add_consensus_rows(batch, [(b"b", b"4")], [b"a"])
    batch.write()
    store.close()
    again = Store.open(tmp_path / "data", four.genesis)
    assert again.tip.height == 1
    assert again.consensus_rows() == {b"b": b"4", b"\xff\xff": b"3"}


def test_a_second_process_cannot_open_the_store(four: Institutions, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data", four.genesis)
    with pytest.raises(StoreLocked, match="another process"):
        Store.open(tmp_path / "data", four.genesis)
    store.close()
    Store.open(tmp_path / "data", four.genesis).close()


def test_the_store_of_another_ledger_is_refused(four: Institutions, tmp_path: Path) -> None:
    Store.open(tmp_path / "data", four.genesis).close()
    with pytest.raises(StoreForeign, match="another ledger"):
        Store.open(tmp_path / "data", Institutions(tmp_path / "other").genesis)


@pytest.mark.parametrize("key", [layout.META, layout.TIP])
def test_a_store_without_its_own_rows_is_damaged_and_never_founded_again(
    four: Institutions, tmp_path: Path, key: bytes
) -> None:
    filled(four, tmp_path / "data").close()
    database = Database(tmp_path / "data", write_buffer_bytes=4 << 20)
    batch = database.batch()
    batch.delete(key)
    batch.write()
    database.close()
    with pytest.raises(StoreDamaged, match="lost the row"):
        Store.open(tmp_path / "data", four.genesis)


def test_a_gap_in_the_leaves_is_named(four: Institutions, tmp_path: Path) -> None:
    store = filled(four, tmp_path / "data")
    batch = store.batch()
    batch.delete(layout.leaf_key(7))
    batch.write()
    store.close()
    store = Store.open(tmp_path / "data", four.genesis)
    with pytest.raises(StoreDamaged, match="log entry 7 is missing"):
        list(store.leaves(0, store.tip.log_size))
    with pytest.raises(StoreDamaged, match="log entry 7 is missing"):
        store.hash(0, 7)
