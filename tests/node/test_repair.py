"""A damaged store is found at start and named; what it still proves is kept; a lost vote table never votes again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from altered_rows import BUFFER, put_row, row_of
from institutions import Institutions

from datadeed_ledger import chain
from datadeed_ledger.errors import Malformed
from datadeed_ledger.merkle import leaf_hash
from datadeed_ledger.records import Party
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.statemap import subject_key
from datadeed_node import layout, store_check
from datadeed_node.database import StoreDamaged
from datadeed_node.metrics import Metrics
from datadeed_node.repair import rebuild
from datadeed_node.signatures import Signatures
from datadeed_node.starts import count_start
from datadeed_node.store import Store
from datadeed_node.store_check import check_store


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
    before = row_of(folder, key)
    assert before is not None
    put_row(folder, key, change(before))


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


FIRST, SECOND, THIRD = b"1" * 32, b"2" * 32, b"3" * 32  # vote keys that rosters give this node one after the other


def started(
    four: Institutions, folder: Path, *, damaged: bool = False, key: bytes = FIRST, known: tuple[bytes, ...] = (FIRST,)
) -> bool:
    """Start once, and say whether this key may vote. known: what the rosters in the store give this node."""
    store = Store.open(folder, four.genesis)
    try:
        return count_start(four.folder / "starts", store, known, damaged=damaged).begin(key)
    finally:
        store.close()


def test_a_new_node_votes_and_goes_on_voting(four: Institutions, folder: Path) -> None:
    assert [started(four, folder) for _ in range(3)] == [True] * 3


def test_an_empty_database_in_place_of_the_right_one_votes_under_a_new_key_alone(
    four: Institutions, folder: Path
) -> None:
    assert started(four, folder)
    shutil.rmtree(folder)
    assert [started(four, folder) for _ in range(3)] == [False] * 3
    assert [started(four, folder, key=SECOND) for _ in range(2)] == [True] * 2
    assert not started(four, folder), "the first key stays silent, whatever roster names it again"


def test_an_empty_database_is_silent_under_every_key_of_the_lost_one_although_its_rosters_name_only_the_first(
    four: Institutions, folder: Path
) -> None:
    """It will walk through the epochs in which the node voted under the second key, and must not vote there again."""
    assert started(four, folder)
    assert started(four, folder, key=SECOND, known=(FIRST, SECOND))
    shutil.rmtree(folder)
    assert not started(four, folder)
    assert not started(four, folder, key=SECOND)
    assert started(four, folder, key=THIRD)
    shutil.rmtree(folder)
    assert not started(four, folder, key=THIRD)


def test_without_the_file_of_starts_every_key_of_the_rosters_is_silent(four: Institutions, folder: Path) -> None:
    assert started(four, folder, key=SECOND, known=(FIRST, SECOND))
    (four.folder / "starts").unlink()
    assert not started(four, folder, key=SECOND, known=(FIRST, SECOND))
    assert not started(four, folder, known=(FIRST, SECOND))
    assert started(four, folder, key=THIRD, known=(FIRST, SECOND, THIRD))


def test_the_key_is_in_the_file_before_it_may_vote(four: Institutions, folder: Path) -> None:
    assert started(four, folder)
    assert (four.folder / "starts").read_text(encoding="ascii") == f"1\n{FIRST.hex()}\n"


@pytest.mark.parametrize("text", ["", "x\n", "1\nff\n", "1\n" + "g" * 64 + "\n", "\xff\n"])
def test_a_file_of_starts_that_is_none_is_said_to_be_none(four: Institutions, folder: Path, text: str) -> None:
    (four.folder / "starts").write_text(text, encoding="latin-1")
    with pytest.raises(Malformed, match="count of this node's starts"):
        started(four, folder)


@pytest.mark.parametrize("epoch", [0, 1])
def test_a_count_as_it_was_written_before_rosters_could_change_is_read(
    four: Institutions, folder: Path, epoch: int
) -> None:
    (four.folder / "starts").write_text("3\n", encoding="ascii")
    store = Store.open(folder, four.genesis)
    batch = store.batch()
    batch.put(layout.STARTS, layout.u64(3) + layout.u64(epoch))
    batch.write()
    store.close()
    assert started(four, folder) == (epoch == 0)
    assert started(four, folder) == (epoch == 0)
    assert started(four, folder, key=SECOND)


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
    batch.put(layout.STARTS, layout.u64(3))
    batch.write()
    store.close()
    assert started(four, folder)
