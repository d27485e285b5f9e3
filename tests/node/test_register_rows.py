"""The register's lists in the store: they say what the records say, come with the block, and no fault is missed."""

from __future__ import annotations

from pathlib import Path

import pytest
from altered_rows import BUFFER, put_row
from institutions import Institutions, run
from registerkit import OFFICE, check_signature
from told_register import ToldRegister, a_long_story, commit, served_register, six, snapshot_of, tell

from datadeed_ledger import chain
from datadeed_ledger.calendar_days import parse_day
from datadeed_ledger.encoding import decode
from datadeed_ledger.records import OWN, Right
from datadeed_ledger.register import Register
from datadeed_node import layout
from datadeed_node.database import Database, StoreDamaged, StoreForeign
from datadeed_node.fault import Fault
from datadeed_node.register_rows import (
    Work,
    by_holder,
    by_industry,
    by_stage,
    day_key,
    industry_in,
    lasting_rows,
    standing_rows,
)
from datadeed_node.store import Store
from datadeed_node.store_check import check_store
from datadeed_node.verify_store import verify_store

Rows = dict[bytes, bytes]


def rows_of(store: Store) -> Rows:
    """Every row of the register's lists."""
    readable = store.snapshot()
    return {key: value for first in (b"q", b"w") for key, value in readable.scan(first, layout.after(first))}


def rights_in(store: Store) -> list[Right]:
    """Every right on record, found without any list."""
    rights = []
    for key, record in store.snapshot().scan(b"r", layout.after(b"r")):
        match decode(record, bytes_max=len(record)):
            case {"subject": str(subject)} if subject.startswith("right/") and key[33] == OWN:
                rights.append(Right.from_bytes(record))
    return rights


def from_the_records(store: Store) -> tuple[Rows, Rows]:
    """The rows that stay and those that follow, as every record alone gives them."""
    register = Register(store)

    def industry_of(description: bytes) -> str:
        entry = register.entry(description)
        assert entry is not None
        return industry_in(entry)

    lasting, standing = Rows(), Rows()
    for right in rights_in(store):
        opened = store.entry_index(right.right_id)
        assert opened is not None
        lasting |= dict.fromkeys(lasting_rows(right, opened, industry_of), right.right_id)
        standing |= dict.fromkeys(standing_rows(right, opened), right.right_id)
    return lasting, standing


def test_the_rows_are_those_of_the_records_after_every_block(tmp_path: Path) -> None:
    kit = ToldRegister(six())
    ids = a_long_story(kit)
    store, ever = Store.open(tmp_path, six()), Rows()
    for _ in tell(store, kit.told):
        lasting, standing = from_the_records(store)
        ever |= lasting
        assert rows_of(store) == ever | standing
    assert len(rights_in(store)) == 6
    assert by_holder(ids["alice"]) + layout.u64(store.entry_index(ids["title"]) or 0) in ever, "she held it once"
    assert ever != lasting, "the story has a holder that held no longer"


def test_many_entries_in_one_block_leave_the_rows_that_one_by_one_leave(tmp_path: Path) -> None:
    kit = ToldRegister(six())
    alice, bob = kit.enrol("alice", "bob")
    right = kit.published(alice)
    objection = kit.record(kit.object_entry(right, bob))
    kit.record(kit.decide_entry(right, objection, "upheld"))
    kit.record(kit.publish_entry(right))
    kit.frozen(right)
    *entries, freeze = (entry for _, entry in kit.told)
    store = Store.open(tmp_path, six())
    commit(store, kit.now_ms, *entries)
    commit(store, kit.now_ms + 1, freeze)  # by a court, so it would have come first
    lasting, standing = from_the_records(store)
    assert rows_of(store) == lasting | standing
    opened = store.entry_index(right)
    assert opened is not None
    due = day_key(parse_day(kit.right(right).due or ""))
    assert layout.work_list(Work.windows) + due + layout.u64(opened) in standing
    assert not any(key.startswith(layout.work_list(Work.objections)) for key in standing)


def test_lists_are_read_in_order_from_any_place(tmp_path: Path) -> None:
    genesis = six(industries=["5", "54"])
    kit = ToldRegister(genesis)
    (alice,) = kit.enrol("alice")
    rights = [kit.application(alice, industry="54" if at % 2 else "5") for at in range(5)]
    store = Store.open(tmp_path, genesis)
    list(tell(store, kit.told))
    snapshot = snapshot_of(store)
    held = list(snapshot.listed(by_holder(alice)))
    assert [right for _, right in held] == rights
    assert list(snapshot.listed(by_holder(alice), held[1][0] + b"\0", held[4][0])) == held[2:4]
    assert [right for _, right in snapshot.listed(by_industry("5"))] == rights[::2], "54 begins with 5 and is not 5"
    assert [right for _, right in snapshot.listed(by_stage("examining"))] == rights


def test_a_block_that_was_not_written_leaves_none_of_its_rows(tmp_path: Path) -> None:
    kit = ToldRegister(six())
    (alice,) = kit.enrol("alice")
    kit.application(alice)
    store = Store.open(tmp_path, six())
    list(tell(store, kit.told))
    before = rows_of(store)
    time_ms, entry = kit.now_ms + 1000, kit.apply_entry([alice], [kit.deposit(alice)])
    commit(store, time_ms, kit.told[-1][1])
    built = chain.build(store.tip, store, [entry], time_ms + 1, 2000, check_signature)
    store.prepare(built.executed, 99, b"")  # the process dies here
    store.close()
    again = Store.open(tmp_path, six())
    check_store(again)
    assert rows_of(again) == before
    commit(again, time_ms + 1, entry)
    lasting, standing = from_the_records(again)
    assert rows_of(again) == lasting | standing


def test_a_block_that_was_written_when_the_process_died_is_there_with_all_its_rows(tmp_path: Path) -> None:
    kit = ToldRegister(six())
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)
    store = Store.open(tmp_path, six())
    *told, (time_ms, publish) = kit.told
    list(tell(store, told))
    built = chain.build(store.tip, store, [publish], max(time_ms, store.tip.header.time_ms + 1), 2000, check_signature)
    store.prepare(built.executed, 99, b"certificate").write()
    assert list(store.listed(by_stage("publicity"))) == [], "nobody reads it before it is adopted"
    store.close()  # the process dies here
    again = Store.open(tmp_path, six())
    check_store(again)
    lasting, standing = from_the_records(again)
    assert rows_of(again) == lasting | standing
    assert [found for _, found in again.listed(by_stage("publicity"))] == [right]
    assert list(again.listed(by_stage("examining"))) == []


@pytest.mark.parametrize("lost", ["stage", "work"])
def test_a_list_that_lost_a_right_is_found_at_the_start(tmp_path: Path, lost: str) -> None:
    kit = ToldRegister(six())
    (alice,) = kit.enrol("alice")
    right = kit.correcting(alice)
    store = Store.open(tmp_path, six())
    list(tell(store, kit.told))
    prefix = by_stage("correcting") if lost == "stage" else layout.work_list(Work.corrections)
    ((rest, listed),) = store.listed(prefix)
    assert listed == right
    batch = store.batch()
    batch.delete(prefix + rest)
    batch.write()
    store.close()
    with pytest.raises(StoreDamaged, match=f"lists the right {right.hex()}.*missing"):
        check_store(Store.open(tmp_path, six()))


def test_a_store_without_the_lists_is_told_apart_by_its_format(tmp_path: Path) -> None:
    Store.open(tmp_path, six()).close()
    database = Database(tmp_path, write_buffer_bytes=BUFFER)
    batch = database.batch()
    batch.put(layout.META, b"datadeed-store/v1\n" + six().fingerprint)
    batch.write()
    database.close()
    with pytest.raises(StoreForeign, match="written in the format datadeed-store/v1, this program's is"):
        Store.open(tmp_path, six())


# --- datadeed-node verify --------------------------------------------------------------------------------------------


def lists_of(folder: Path) -> list[tuple[bytes, bytes]]:
    database = Database(folder, write_buffer_bytes=BUFFER)
    rows = [row for first in (b"q", b"w") for row in database.scan(first, layout.after(first))]
    database.close()
    return rows


def quiet(step: str, done: int, total: int) -> None:
    del step, done, total


def test_verify_makes_the_lists_again_and_names_the_row_that_was_lost_added_or_altered(tmp_path: Path) -> None:
    async def story() -> tuple[bytes, Institutions]:
        async with served_register(tmp_path) as node:
            alice, bob = node.kit.enrol("alice", "bob")
            right = node.kit.registered(alice)
            node.kit.transfer(right, bob)
            node.kit.frozen(node.kit.published(bob))
            node.kit.application(alice)
            await node.catch_up()
            return right, node.institutions

    right, institutions = run(story())
    config, genesis = institutions.config(0), institutions.genesis
    assert verify_store(config, genesis, quiet).height > 0
    rows = lists_of(config.data_folder)
    of_each_list = {key[:2]: (key, value) for key, value in rows}
    assert len(of_each_list) == 10, "five lists of rights, five of work"
    for at, (key, value) in enumerate(of_each_list.values()):
        lost = at % 2 == 0
        put_row(config.data_folder, key, None if lost else value[:-1] + bytes((value[-1] ^ 1,)))
        with pytest.raises(Fault, match="is missing" if lost else "was altered") as found:
            verify_store(config, genesis, quiet)
        assert found.value.key == key.hex()
        assert f"lists the right {value.hex()}" in found.value.what
        put_row(config.data_folder, key, value)
    opened = next(key[-8:] for key, value in rows if value == right)
    for key in (by_holder(OFFICE[:16]) + opened, layout.work_list(Work.renewals) + day_key(1) + opened):
        put_row(config.data_folder, key, right)
        with pytest.raises(Fault, match="was added") as found:
            verify_store(config, genesis, quiet)
        assert found.value.key == key.hex()
        put_row(config.data_folder, key, None)
    assert verify_store(config, genesis, quiet).rows > len(rows)
