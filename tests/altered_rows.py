"""Altering a store behind its node's back, one row at a time."""

from __future__ import annotations

from pathlib import Path

from datadeed_node.database import Database

BUFFER = 4 << 20


def put_row(folder: Path, key: bytes, value: bytes | None) -> None:
    """Alter, add or (None) delete one row of a store that nobody has open."""
    database = Database(folder, write_buffer_bytes=BUFFER)
    batch = database.batch()
    if value is None:
        batch.delete(key)
    else:
        batch.put(key, value)
    batch.write()
    database.close()


def row_of(folder: Path, key: bytes) -> bytes | None:
    """One row of a store that nobody has open."""
    database = Database(folder, write_buffer_bytes=BUFFER)
    value = database.get(key)
    database.close()
    return value
