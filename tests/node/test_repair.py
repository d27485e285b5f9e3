"""A damaged store is found at start and named; what it still proves is kept; a lost vote table never votes again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from institutions import Institutions

from datadeed_ledger import chain
from datadeed_ledger.merkle import leaf_hash
from datadeed_ledger.records import Party
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.statemap import subject_key
from datadeed_node import layout, store_check
from datadeed_node.database import Database, StoreDamaged
from datadeed_node.metrics import Metrics
from datadeed_node.repair import rebuild
from datadeed_node.signatures import Signatures
from datadeed_node.starts import may_vote
from datadeed_node.store import Store
from datadeed_node.store_check import check_store

BUFFER = 4 << 20


@pytest.fixture
def four(tmp_path: Path) -> Institutions:
    return Institutions(tmp_path)


@pytest.fixture
def folder(four: Institutions) -> Path:
    """A closed store of 30 blocks, every third with a certificate, and 30 entries."""
    folder = four.folder / "data"
    store = Store.open(folder, four.genesis)
    check = Signatures(Metrics()).check
    for height in range(1, 31):
        entries = (
            [four.enrol(1)] if height == 1 else [four.deposit(height * 10 + at, party=1) for at in range(height % 3)]
        )
        tip = store.tip
        built = chain.build(tip, store, entries, tip.header.time_ms + 1, 2000, check)
        assert built.left_out == ()
        store.prepare(built.executed, height, b"certificate" if height % 3 == 0 else b"").write()
        store.adopt(built.executed)
    batch = store.batch()
    batch.put(layout.COSIGNED, b"own word")
    batch.write()
    check_store(store)
    store.close()
    return folder


def altered(folder: Path, key: bytes, change: Callable[[bytes], bytes | None]) -> None:
    database = Database(folder, write_buffer_bytes=BUFFER)
    before = database.get(key)
    assert before is not None
    after = change(before)
    batch = database.batch()
    if after is None:
        batch.delete(key)
    else:
        batch.put(key, after)
    batch.write()
    database.close()


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


def lost(data: bytes) -> None:
    del data


def key_of_party(four: Institutions) -> bytes:
    return subject_key(Party.subject_of(four.party(1)[0]))


DAMAGES: dict[str, tuple[Callable[[Institutions], bytes], Callable[[bytes], bytes | None], str]] = {
    "an entry altered": (lambda four: layout.leaf_key(1), flipped, "names other entries"),
    "an entry lost": (lambda four: layout.leaf_key(5), lost, "log entry 5 is missing"),
    "a header altered": (lambda four: layout.leaf_key(2), flipped, "row of the store|parent"),
    "the newest entry altered": (
        lambda four: layout.leaf_key(58),
        flipped,
        "names other entries|does not have the root",
    ),
    "a tree node altered": (lambda four: layout.node_key(3, 2), flipped, "tree node 3/2|root"),
    "a tree node lost": (lambda four: layout.node_key(4, 0), lost, "tree node 4/0 is missing"),
    "a height lost": (lambda four: layout.height_key(17), lost, "block 17"),
    "an entry id lost": (lambda four: layout.entry_key(four.deposit(20, party=1).entry_id), lost, "by its id"),
    "an entry id moved": (lambda four: layout.entry_key(four.enrol(1).entry_id), lambda _: b"\x09", "by its id"),
    "a record altered": (lambda four: layout.record_key(key_of_party(four)), flipped, "state bucket|row"),
    "a record lost": (lambda four: layout.record_key(key_of_party(four)), lost, "state bucket"),
    "a frontier lost": (lambda four: b"f" + key_of_party(four)[:32], lost, "events of party"),
    "an event lost": (lambda four: b"e" + key_of_party(four)[:32] + bytes(4), lost, "events of party"),
    "a block id lost": (
        lambda four: layout.digest_key(
            chain.genesis_block(four.genesis, RuleSet.from_json(four.genesis.rules)).tip.digest
        ),
        lost,
        "not found by its id",
    ),
}


def open_checked(four: Institutions, folder: Path) -> None:
    store = Store.open(folder, four.genesis)
    try:
        check_store(store)
    finally:
        store.close()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_value_altered_in_the_store_is_found_at_start(four: Institutions, folder: Path, damage: str) -> None:
    key_of, change, message = DAMAGES[damage]
    altered(folder, key_of(four), change)
    with pytest.raises(StoreDamaged, match=message):
        open_checked(four, folder)


def test_a_large_store_is_checked_at_spread_points(
    four: Institutions, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_check, "PROBES", 7)
    store = Store.open(folder, four.genesis)
    check_store(store)
    assert list(store_check._spread(61))[-1] == 60
    assert len(list(store_check._spread(61))) == 8
    store.close()


def test_a_rebuilt_store_keeps_what_is_proven_and_the_damaged_one_beside(four: Institutions, folder: Path) -> None:
    store = Store.open(folder, four.genesis)
    index_20 = store.header_index(20)
    hashes = [leaf_hash(data) for _, data in store.leaves(0, store.header_index(18) + 1)]
    store.close()
    altered(folder, layout.leaf_key(index_20 - 1), flipped)
    kept = rebuild(folder, four.genesis, write_buffer_bytes=BUFFER)
    assert kept.is_dir()
    store = Store.open(folder, four.genesis)
    check_store(store)
    assert store.tip.height == 18, "the last certified block before the fault"
    assert [leaf_hash(data) for _, data in store.leaves(0, store.tip.log_size)] == hashes
    assert store.cosigned() == b"own word"
    assert store.consensus_rows() == {}
    store.close()


def test_a_store_that_leveldb_cannot_open_is_replaced_by_an_empty_one(four: Institutions, folder: Path) -> None:
    (folder / "CURRENT").write_bytes(b"MANIFEST-999999\n")
    with pytest.raises(StoreDamaged, match="cannot open"):
        Store.open(folder, four.genesis)
    kept = rebuild(folder, four.genesis, write_buffer_bytes=BUFFER)
    assert (kept / "CURRENT").is_file()
    store = Store.open(folder, four.genesis)
    assert store.tip.height == 0
    store.close()


# --- may this database vote? ------------------------------------------------------------------------------------------


def started(four: Institutions, folder: Path, *, damaged: bool = False, epoch: int = 1) -> bool:
    store = Store.open(folder, four.genesis)
    try:
        return may_vote(four.folder / "starts", store, epoch, damaged=damaged)
    finally:
        store.close()


def test_a_new_node_votes_and_goes_on_voting(four: Institutions, folder: Path) -> None:
    assert [started(four, folder) for _ in range(3)] == [True] * 3


def test_an_empty_database_in_place_of_the_right_one_does_not_vote_in_this_epoch(
    four: Institutions, folder: Path
) -> None:
    assert started(four, folder)
    shutil.rmtree(folder)
    assert [started(four, folder) for _ in range(3)] == [False] * 3
    assert started(four, folder, epoch=2)


def test_a_database_from_a_backup_does_not_vote_in_this_epoch(four: Institutions, folder: Path) -> None:
    assert started(four, folder)
    backup = folder.with_name("backup")
    shutil.copytree(folder, backup)
    assert started(four, folder)
    shutil.rmtree(folder)
    backup.rename(folder)
    assert [started(four, folder) for _ in range(2)] == [False] * 2


def test_a_damaged_store_does_not_vote_in_this_epoch(four: Institutions, folder: Path) -> None:
    assert started(four, folder)
    assert not started(four, folder, damaged=True)
    assert not started(four, folder)


def test_a_crash_between_the_two_counts_costs_nothing(four: Institutions, folder: Path) -> None:
    assert started(four, folder)
    (four.folder / "starts").write_text("2 begun\n", encoding="ascii")  # the file was ahead when the power went
    assert started(four, folder)
    (four.folder / "starts").write_text("3 begun\n", encoding="ascii")
    store = Store.open(folder, four.genesis)
    batch = store.batch()
    batch.put(layout.STARTS, layout.u64(3) + layout.u64(0))
    batch.write()
    store.close()
    assert started(four, folder)
