"""A subject's history as JSON: every entry that touched it, in log order, a page at a time."""

from __future__ import annotations

from typing import Final

from datadeed_ledger.encoding import Json, decode, time_text
from datadeed_ledger.entry import Entry
from datadeed_ledger.evidence.codecs import readable
from datadeed_ledger.header import Header
from datadeed_node.api.asking import as_of
from datadeed_node.api.intake import number
from datadeed_node.api.turns import Turn
from datadeed_node.snapshot import Snapshot

HISTORY_MAX: Final = 500  # entries in one answer; `from` goes on
HISTORY_BYTES_MAX: Final = 256 * 1024  # of entries, the last one beyond: spelling them as JSON takes a few milliseconds


async def history(snapshot: Snapshot, subject: str, first: str) -> dict[str, Json]:
    """What touched `subject` from the position `first` on. Raises Malformed."""
    begin, turn = number(first, "from"), Turn()
    indexes = snapshot.subject_events(subject)
    entries: list[Json] = []
    room = HISTORY_BYTES_MAX
    for index in indexes[begin : begin + HISTORY_MAX]:
        data = snapshot.leaf(index)
        entries.append(_told(snapshot, index, data))
        room -= len(data)
        if room < 0:
            break
        await turn.rest()
    return {"as_of": as_of(snapshot), "count": len(indexes), "from": begin, "entries": entries}


def _told(snapshot: Snapshot, index: int, data: bytes) -> Json:
    entry = Entry.parse(data)
    header = Header.parse(snapshot.header_at(snapshot.block_height_of(index)))
    return {
        "index": index,
        "height": header.height,
        "time": time_text(header.time_ms),
        "entry_id": entry.entry_id.hex(),
        "kind": entry.kind,
        "body": readable(decode(entry.body_bytes, bytes_max=len(entry.body_bytes))),
    }
