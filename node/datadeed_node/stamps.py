"""The time-stamps that this node keeps: rows that no replay of the log can make, and so saved when a store is rebuilt.

    y  u64 log size     canonical MessagePack [signed checkpoint, time-stamp response], both as they are in packs

A row is written once it was read as what it must be (`read_stamp`), at most one a size, and never changed.
Left out: asking an authority for them (stamping.py). Spec: docs/spec/evidence.md section 8; docs/spec/node.md.
"""

from __future__ import annotations

from datadeed_ledger.encoding import decode, encode
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence.timestamps import Stamp
from datadeed_ledger.notes import NOTE_BYTES_MAX
from datadeed_ledger.timestamp_token import RESPONSE_BYTES_MAX
from datadeed_node import layout
from datadeed_node.database import Readable

ROW_BYTES_MAX = NOTE_BYTES_MAX + RESPONSE_BYTES_MAX + 64


class Stamps:
    """Reading the rows, always as they are now: a token comes after the block that it covers."""

    def __init__(self, rows: Readable) -> None:
        self._rows = rows

    def after(self, index: int) -> Stamp | None:
        """The stamp over the smallest checkpoint that covers this leaf."""
        found = next(self._rows.scan(layout.stamp_key(index + 1), layout.after(b"y")), None)
        return None if found is None else stamp_of_row(*found)

    def has(self, size: int) -> bool:
        """Whether the checkpoint of this size is stamped."""
        return self._rows.get(layout.stamp_key(size)) is not None


def row_of_stamp(stamp: Stamp) -> tuple[bytes, bytes]:
    return layout.stamp_key(stamp.size), encode([stamp.note, stamp.response])


def stamp_of_row(key: bytes, value: bytes) -> Stamp:
    """The stamp that a row spells. Raises Malformed; what it says, `read_stamp` tells."""
    match decode(value, bytes_max=ROW_BYTES_MAX):
        case [bytes(note), bytes(response)]:
            return Stamp(layout.number_of(key[1:]), note, response)
    raise Malformed("a time-stamp's row is not a checkpoint and a response")
