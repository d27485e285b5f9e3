"""Deposits found by digest: the rows of a store, the look at a start, and `verify`."""

from __future__ import annotations

from pathlib import Path

import pytest
from institutions import Institutions, run
from registerkit import OFFICE
from served_node import served
from told_register import ToldRegister, six, tell

from datadeed_ledger.encoding import sha256
from datadeed_node import layout
from datadeed_node.database import Database, StoreDamaged
from datadeed_node.fault import Fault
from datadeed_node.store import Store
from datadeed_node.store_check import check_store
from datadeed_node.verify_store import verify_store

BUFFER = 1024 * 1024


def quiet(step: str, done: int, total: int) -> None:
    del step, done, total


def test_every_deposit_and_batch_is_found_by_its_digest_in_order_and_nothing_else(tmp_path: Path) -> None:
    kit = ToldRegister(six())
    (alice,) = kit.enrol("alice")
    entries = [
        kit.deposit_entry(alice, digest=sha256(b"one")),
        kit.deposit_entry(OFFICE, digest=sha256(b"two")),
        kit.deposit_entry(OFFICE, digest=sha256(b"one")),
        kit.batch_entry(alice, root=b"\xff" * 32),
    ]
    for entry in entries:
        kit.record(entry)
    store = Store.open(tmp_path, six())
    list(tell(store, kit.told))
    places = [store.entry_index(entry.entry_id) for entry in entries]
    assert list(store.deposits(sha256(b"one"))) == [places[0], places[2]]
    assert list(store.deposits(sha256(b"two"))) == [places[1]]
    assert list(store.deposits(b"\xff" * 32)) == [places[3]]
    assert list(store.deposits(alice + alice)) == []
    check_store(store)
    batch = store.batch()
    batch.delete(layout.deposit_key(sha256(b"two"), places[1] or 0))
    batch.write()
    store.close()
    with pytest.raises(StoreDamaged, match="is not found by its digest"):
        check_store(Store.open(tmp_path, six()))


def test_verify_names_the_row_that_was_lost_or_added(tmp_path: Path) -> None:
    async def story() -> tuple[bytes, Institutions]:
        async with served(tmp_path) as node:
            deposit = node.deposit()
            await node.recorded(node.institutions.enrol(1), deposit)
            return deposit.body.data["digest"], node.institutions

    digest, institutions = run(story())
    config, genesis = institutions.config(0), institutions.genesis
    assert verify_store(config, genesis, quiet).height > 0
    database = Database(config.data_folder, write_buffer_bytes=BUFFER)
    ((key, _),) = database.scan(b"g", b"h")
    batch = database.batch()
    batch.delete(key)
    batch.write()
    database.close()
    with pytest.raises(Fault, match=f"the row that finds the deposit of {digest.hex()} is missing") as found:
        verify_store(config, genesis, quiet)
    assert found.value.key == key.hex()
    assert found.value.entry == layout.number_of(key[-8:])
