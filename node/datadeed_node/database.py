"""LevelDB behind a small typed interface: bytes under keys, ordered scans, snapshots, and one synced batch at a time.

Two packages offer the same binding (plyvel up to Python 3.11, plyvel-next after); this is the only place that knows.
With its default options LevelDB can lose blocks silently, so every checksum is verified and paranoid checks are on;
what even those miss is found by the node's own check of its chain (store_check.py). A write that fails is never tried
again here: the caller ends the process. Left out: what the keys mean (layout.py).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Protocol

BLOOM_BITS = 10  # a miss costs 0.5 µs instead of a read; one in a hundred misses reads for nothing
CACHE_BYTES = 16 * 1024 * 1024  # uncompressed blocks; recent leaves and index blocks
OPEN_FILES_MAX = 256  # tables of 2 MiB each; stays far below usual limits on descriptors


def _binding() -> Any:
    try:
        return importlib.import_module("plyvel")
    except ModuleNotFoundError:
        return importlib.import_module("plyvel_next")


_leveldb = _binding()
LevelError: type[Exception] = _leveldb.Error


class StoreDamaged(Exception):
    """The store does not hold what it must; the message says where and what to do."""


class StoreForeign(Exception):
    """The store is another ledger's or another version's; nothing is wrong with it, it only does not belong here."""


class StoreLocked(Exception):
    """Another process has this store open."""


class Readable(Protocol):
    """A store or a snapshot of it."""

    get: Callable[[bytes], bytes | None]

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """Rows with start <= key < stop, in key order."""
        ...

    def keys(self, start: bytes, stop: bytes) -> Iterator[bytes]: ...


class _Rows:
    """Reading, with checksums verified, from a database or a snapshot of it."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.get: Callable[[bytes], bytes | None] = partial(source.get, verify_checksums=True)

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        rows: Iterator[tuple[bytes, bytes]] = self._source.iterator(
            start=start, stop=stop, reverse=reverse, verify_checksums=True
        )
        return rows

    def keys(self, start: bytes, stop: bytes) -> Iterator[bytes]:
        keys: Iterator[bytes] = self._source.iterator(
            start=start, stop=stop, include_value=False, verify_checksums=True
        )
        return keys


class DatabaseSnapshot(_Rows):
    """The rows of one moment. Freed with the last reference to it, so a reader never loses it underfoot."""


class Batch:
    """Rows that become durable together or not at all. Fill it on the loop; only `write` may run in a thread."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch
        self.put: Callable[[bytes, bytes], None] = batch.put
        self.delete: Callable[[bytes], None] = batch.delete

    def write(self) -> None:
        """Write and sync. Raises an OSError or a LevelDB error; the process must end then."""
        self._batch.write()


class Database(_Rows):
    """One open LevelDB folder, locked against every other process."""

    def __init__(self, folder: Path, *, write_buffer_bytes: int, create: bool = True) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._database = _leveldb.DB(
                str(folder),
                create_if_missing=create,
                paranoid_checks=True,
                write_buffer_size=write_buffer_bytes,
                max_open_files=OPEN_FILES_MAX,
                lru_cache_size=CACHE_BYTES,
                bloom_filter_bits=BLOOM_BITS,
            )
        except LevelError as error:
            if "lock" in str(error).lower():
                raise StoreLocked(f"{folder} is open in another process; stop that one first") from error
            raise StoreDamaged(f"LevelDB cannot open {folder}: {error}") from error
        super().__init__(self._database)

    def batch(self) -> Batch:
        """An empty batch whose write is synced."""
        return Batch(self._database.write_batch(sync=True))

    def snapshot(self) -> DatabaseSnapshot:
        return DatabaseSnapshot(self._database.snapshot())

    def close(self) -> None:
        """Close and unlock; snapshots may not be read afterwards."""
        self._database.close()
