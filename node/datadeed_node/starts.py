"""Whether this node's database is the one that it voted with last: the same count of starts in a file and in the store.

A vote table that is lost, rebuilt or restored from a backup would let one key vote twice. An empty or older database
in place of the right one shows no damage by itself, so every start is counted twice: first in a file beside the
database, then in the database. Where they differ, and where the store was found damaged, the node votes no more in
this epoch: it replicates, serves and cosigns, and votes again under a new key (`amend_roster`).
A whole folder that is restored is not found out here: its file is as old as its database. Keep keys and data apart in
backups. Spec: docs/spec/consensus.md 2.8.
"""

from __future__ import annotations

import os
from pathlib import Path

import structlog

from datadeed_ledger.encoding import decimal
from datadeed_ledger.errors import Malformed
from datadeed_node import layout
from datadeed_node.store import Store

log = structlog.get_logger(__name__)

BEGUN = " begun"  # the file runs ahead of the database between two writes


def may_vote(file: Path, store: Store, epoch: int, *, damaged: bool) -> bool:
    """Count this start, and say whether this database may vote in `epoch`. Durable before it returns."""
    told, begun = _read(file)
    counted = store.starts()
    known = counted == told or (begun and counted == told - 1)
    if damaged or not known:
        log.critical(
            "this node votes no more in this epoch",
            reason="its store was damaged" if damaged else "its store is not the one that it voted with last",
            next_step="it replicates; to vote again give it a new vote key through an amend_roster entry",
        )
    silent = damaged or not known or store.silent_in() == epoch
    count = max(told, counted) + 1
    _write(file, f"{count}{BEGUN}\n")
    batch = store.batch()
    batch.put(layout.STARTS, layout.u64(count) + layout.u64(epoch if silent else 0))
    batch.write()
    _write(file, f"{count}\n")
    return not silent


def _read(file: Path) -> tuple[int, bool]:
    """The count in the file, and whether a start was only begun."""
    if not file.exists():
        return 0, False
    text = file.read_text(encoding="ascii").removesuffix("\n")
    try:
        return decimal(text.removesuffix(BEGUN)), text.endswith(BEGUN)
    except Malformed as error:
        raise Malformed(f"{file} does not hold the count of this node's starts; restore it or move it away") from error


def _write(file: Path, text: str) -> None:
    """Replace the file whole and durably."""
    partial = file.with_suffix(".partial")
    with partial.open("w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
