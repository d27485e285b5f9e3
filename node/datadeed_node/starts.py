"""Whether this node's database is the one that it voted with last: the same count of starts in a file and in the store.

A vote table that is lost, rebuilt or restored from a backup would let one key vote twice. An empty or older database
in place of the right one shows no damage by itself, so every start is counted twice: first in a file beside the
database, then in the database. Where they differ, and where the store was found damaged, every vote key that may have
been used with it is silent from then on, in this epoch and in all that follow: the node replicates, serves and
cosigns, and votes again where a roster gives it a key that it has never voted with (`amend_roster`). So is a key whose
votes the consensus core finds missing: its own rows say so for the present epoch and the next, not for all.
Which keys it has voted with stands in the file too, a line each, written before the first vote: the rosters of an empty
store cannot tell. A whole folder that is restored is not found out here: its file is as old as its database. Keep keys
and data apart in backups. Spec: docs/spec/consensus.md 2.8.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from datadeed_ledger.encoding import decimal, from_hex
from datadeed_ledger.errors import Malformed
from datadeed_node import layout
from datadeed_node.store import Row, Store

log = structlog.get_logger(__name__)

BEGUN = " begun"  # the file runs ahead of the database between two writes
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Told:
    """What the file says. used: the vote keys with which this node may have voted, the oldest first."""

    count: int
    is_begun: bool
    used: tuple[bytes, ...]


class Voting:
    """Which vote keys of this node may vote from this start on."""

    def __init__(self, file: Path, told: _Told, silent: tuple[bytes, ...]) -> None:
        self._file = file
        self._told = told
        self._silent = silent

    def is_silent(self, key: bytes) -> bool:
        """Whether votes under this key may have been lost."""
        return key in self._silent

    def begin(self, key: bytes) -> bool:
        """Whether this node may vote under this key; then it is written down as used, durably, before this returns."""
        if key in self._silent:
            return False
        if key not in self._told.used:
            self._told = _Told(self._told.count, False, (*self._told.used, key))
            _write(self._file, self._told)
        return True

    def silence(self, key: bytes) -> Row:
        """Votes under this key were lost: it may vote no more, in any epoch. Gives the row that makes this durable."""
        self._silent = tuple(dict.fromkeys((*self._silent, key)))
        return _row(self._told.count, self._silent)


def _row(count: int, silent: Iterable[bytes]) -> Row:
    return layout.STARTS, layout.u64(count) + b"".join(silent)


def count_start(file: Path, store: Store, own_keys: Iterable[bytes], *, damaged: bool) -> Voting:
    """Count this start, durably, and find out which vote keys are silent. Raises Malformed where the file is not ours.

    own_keys: every vote key that the rosters in the store give this node.
    """
    told, own_keys = _read(file), tuple(own_keys)
    counted, kept = _parse(store.starts(), own_keys)
    known = counted == told.count or (told.is_begun and counted == told.count - 1)
    silent = dict.fromkeys(kept)
    if damaged or not known:
        log.critical(
            "this node votes no more under its present vote key",
            reason="its store was damaged" if damaged else "its store is not the one that it voted with last",
            next_step="it replicates; to vote again give it a new vote key through an amend_roster entry",
        )
        silent |= dict.fromkeys((*told.used, *own_keys))
    count = max(told.count, counted) + 1
    _write(file, _Told(count, True, told.used))
    batch = store.batch()
    batch.put(*_row(count, silent))
    batch.write()
    now = _Told(count, False, told.used)
    _write(file, now)
    return Voting(file, now, tuple(silent))


def _parse(row: bytes | None, own_keys: tuple[bytes, ...]) -> tuple[int, tuple[bytes, ...]]:
    """The count and the silent keys that the store holds."""
    if row is None:
        return 0, ()
    count, rest = layout.number_of(row[:8]), row[8:]
    if len(rest) == 8:  # written before rosters could change: the epoch in which this node may not vote, or 0
        return count, own_keys if any(rest) else ()
    return count, tuple(rest[at : at + KEY_BYTES] for at in range(0, len(rest), KEY_BYTES))


def _read(file: Path) -> _Told:
    if not file.exists():
        return _Told(0, False, ())
    first, *lines = file.read_text(encoding="ascii", errors="replace").removesuffix("\n").split("\n")
    try:
        used = tuple(from_hex(line, length=KEY_BYTES) for line in lines)
        return _Told(decimal(first.removesuffix(BEGUN)), first.endswith(BEGUN), used)
    except Malformed as error:
        raise Malformed(f"{file} does not hold the count of this node's starts; restore it or move it away") from error


def _write(file: Path, told: _Told) -> None:
    """Replace the file whole and durably."""
    lines = [f"{told.count}{BEGUN if told.is_begun else ''}", *(key.hex() for key in told.used)]
    partial = file.with_suffix(".partial")
    with partial.open("w", encoding="ascii") as stream:
        stream.write("\n".join(lines) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
