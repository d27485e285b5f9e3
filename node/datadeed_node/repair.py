"""Making a damaged store whole again: keep what can be proven from its own leaves, fetch the rest from the others.

The blocks of the damaged store are replayed from the founding one, through the same checks as a stranger's blocks, into
a new store, up to the first that cannot be read or does not follow; the last of them that carries a certificate is the
new tip. The damaged folder is kept beside, renamed. Because the same database may have lost votes, the node votes no
more in this epoch (starts.py); it replicates, and catches up like any node that was away.
Spec: docs/spec/consensus.md 2.8.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec

import structlog

from datadeed_ledger.block import Block
from datadeed_ledger.chain import check
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import DatadeedError
from datadeed_ledger.evidence.timestamps import read_stamp
from datadeed_ledger.header import Header
from datadeed_ledger.keys import verify
from datadeed_ledger.roster import Genesis
from datadeed_node import layout
from datadeed_node.database import Database, LevelError, StoreDamaged
from datadeed_node.roster_rows import require_boundary
from datadeed_node.rows import Finality, LedgerRows
from datadeed_node.stamps import stamp_of_row
from datadeed_node.store import Store

log = structlog.get_logger(__name__)

P = ParamSpec("P")


def rebuild(folder: Path, genesis: Genesis, *, write_buffer_bytes: int) -> Path:
    """Replace the damaged store in `folder` by what can be saved of it; where the damaged one is kept now."""
    kept, fresh = _unused(folder, "damaged"), folder.with_name(folder.name + ".rebuilding")
    if fresh.exists():
        shutil.rmtree(fresh)
    store = Store.open(fresh, genesis, write_buffer_bytes=write_buffer_bytes)
    try:
        _save(folder, store, write_buffer_bytes)
        log.warning("store rebuilt", height=store.tip.height, damaged_store=str(kept))
    finally:
        store.close()
    folder.rename(kept)
    fresh.rename(folder)
    return kept


def _save(folder: Path, store: Store, write_buffer_bytes: int) -> None:
    """Replay into `store` what the damaged one in `folder` still proves."""
    try:
        database = Database(folder, write_buffer_bytes=write_buffer_bytes, create=False)
    except StoreDamaged as error:
        log.warning("nothing can be saved", reason=str(error))
        return
    rows = LedgerRows(database)
    try:
        last = _last_certified(rows)
        for block, finality in _blocks(rows, store.tip.height + 1, last):
            executed = check(store.tip, store, block, _check_signature)
            store.prepare(executed, finality.view, finality.certificate).write()
            store.adopt(executed)
    except (StoreDamaged, DatadeedError, LevelError) as error:
        log.warning("saved up to the first fault", height=store.tip.height, reason=str(error))
    try:
        _copy_own_word(database, store)
    except LevelError as error:
        log.warning("own newest cosignature is lost", reason=str(error))
    database.close()


def _last_certified(rows: LedgerRows) -> int:
    """The height up to which every block can be read, stepped back to one that carries a certificate."""
    last, height = 0, 1
    try:
        while True:
            block = Block.parse(rows.block_at(height))
            if block.header.height != height:
                break
            if rows.finality(height).certificate:
                last = height
            height += 1
    except (StoreDamaged, DatadeedError, LevelError) as error:
        log.info("first fault of the damaged store", height=height, reason=str(error))
    return last


def _blocks(rows: LedgerRows, first: int, last: int) -> Iterator[tuple[Block, Finality]]:
    for height in range(first, last + 1):
        yield Block.parse(rows.block_at(height)), rows.finality(height)


def _copy_own_word(database: Database, store: Store) -> None:
    """What no replay makes again: this node's own cosignatures, so that it never gives a second word; and of boundary
    checkpoints and time-stamps those that still hold under the rosters of the saved log.
    """
    batch = store.batch()
    row = database.get(layout.COSIGNED)
    if row is not None:
        batch.put(layout.COSIGNED, row)
    for key, value in database.scan(layout.own_boundary_key(0), layout.after(b"o")):
        batch.put(key, value)
    for key, value in database.scan(layout.boundary_key(0), layout.after(b"z")):
        if _still_holds(require_boundary, store, store.rosters, layout.number_of(key[1:]), value):
            batch.put(key, value)
    for key, value in database.scan(layout.stamp_key(0), layout.after(b"y")):
        if _still_holds(_require_stamp, store, key, value):
            batch.put(key, value)
    batch.write()


def _require_stamp(store: Store, key: bytes, value: bytes) -> None:
    stamp = stamp_of_row(key, value)
    read_stamp(stamp, store.roster_of(Header.parse(store.leaf(stamp.size - 1))))


def _still_holds(require: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Whether a signed row holds; one that does not, or that the saved log does not reach, can be made again."""
    try:
        require(*args, **kwargs)
    except (DatadeedError, StoreDamaged) as error:
        log.warning("a signed row is lost", reason=str(error))
        return False
    return True


def _check_signature(public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
    del entry
    verify(public_key, message, signature)


def _unused(folder: Path, word: str) -> Path:
    number = 1
    while (path := folder.with_name(f"{folder.name}.{word}-{number}")).exists():
        number += 1
    return path
