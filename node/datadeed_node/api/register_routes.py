"""Routes about the register: what is recorded of a right or a party, as of the published checkpoint.

These answers are this node's word, in a readable form; whoever needs more takes the evidence pack. A right is shown as
its record says and as the moment of the checkpoint's header makes it (`view`): never as what it "is".
"""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from datadeed_ledger.calendar_days import day_text
from datadeed_ledger.encoding import Json, Value, decode, time_text
from datadeed_ledger.entry import ENTRY_BYTES_MAX, PARTY_ID_BYTES, Entry
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence.codecs import readable
from datadeed_ledger.header import Header
from datadeed_ledger.records import LICENCE, RECORD_BYTES_MAX, Licence, Party, Right
from datadeed_ledger.schema import value_of
from datadeed_ledger.statemap import subject_key, subject_prefix
from datadeed_ledger.view import RightView, licence_in_force, licence_stands, view
from datadeed_node.api.evidence import Evidence
from datadeed_node.api.intake import id_in_path, number
from datadeed_node.api.problems import NotFound
from datadeed_node.api.proofs import published
from datadeed_node.node import Node
from datadeed_node.snapshot import Snapshot

HISTORY_MAX: Final = 500  # entries in one answer; `from` goes on
RIGHT_BYTES: Final = 32


class RegisterRoutes:
    """One node's routes under /rights and /parties."""

    def __init__(self, node: Node, evidence: Evidence) -> None:
        self._node = node
        self._evidence = evidence
        self.router = APIRouter(tags=["register"])
        self.router.add_api_route("/rights/{right_id}", self.right)
        self.router.add_api_route("/rights/{right_id}/history", self.history)
        self.router.add_api_route("/rights/{right_id}/evidence", self.evidence)
        self.router.add_api_route("/parties/{party_id}", self.party)

    async def right(self, right_id: str) -> Response:
        """A right's record, its standing licences, and what time has made of it as of the checkpoint's header."""
        snapshot = published(self._node)
        right = _right(snapshot, right_id)
        time_ms = snapshot.tip.header.time_ms
        seen = view(right, time_ms, snapshot.rules_at(time_ms))
        licences = [
            Licence.from_bytes(record) for _, record in snapshot.records_under(subject_prefix(right.subject, LICENCE))
        ]
        return JSONResponse(
            {
                "as_of": _as_of(snapshot),
                "right": right_id,
                "record": readable(value_of(right)),
                "view": _shown(seen),
                "licences": [
                    {
                        **_object(readable(value_of(licence))),
                        "stands": licence_stands(licence, seen),
                        "in_force": licence_in_force(licence, seen),
                    }
                    for licence in licences
                ],
            }
        )

    async def history(
        self, right_id: str, first: str = Query("0", alias="from", description="position in the history, from 0")
    ) -> Response:
        """Every entry that touched the right, in log order; the record's `events` proves that none is missing."""
        snapshot = published(self._node)
        right = _right(snapshot, right_id)
        begin = number(first, "from")
        indexes = snapshot.subject_events(right.subject)
        shown = indexes[begin : begin + HISTORY_MAX]
        return JSONResponse(
            {
                "as_of": _as_of(snapshot),
                "right": right_id,
                "count": len(indexes),
                "from": begin,
                "entries": [_recorded(snapshot, index) for index in shown],
            }
        )

    async def evidence(self, right_id: str) -> Response:
        """The right's title pack (zip), verified by this node before it is handed out."""
        snapshot = published(self._node)
        return await self._evidence.of_right(snapshot, _right(snapshot, right_id).right_id)

    async def party(self, party_id: str) -> Response:
        """An enrolled party's record."""
        wanted = id_in_path(party_id, PARTY_ID_BYTES, "a party's pseudonym")
        snapshot = published(self._node)
        record = snapshot.record(subject_key(Party.subject_of(wanted)))
        if record is None:
            raise NotFound(f"no party {party_id} is enrolled on this ledger")
        value = decode(record, bytes_max=RECORD_BYTES_MAX)
        return JSONResponse({"as_of": _as_of(snapshot), "party": party_id, "record": readable(value)})


def _right(snapshot: Snapshot, right_id: str) -> Right:
    wanted = id_in_path(right_id, RIGHT_BYTES, "a right's id")
    record = snapshot.record(subject_key(Right.subject_of(wanted)))
    if record is None:
        raise NotFound(f"no right {right_id} is on this ledger")
    return Right.from_bytes(record)


def _as_of(snapshot: Snapshot) -> Json:
    header = snapshot.tip.header
    return {"log_size": snapshot.size, "height": header.height, "time": time_text(header.time_ms)}


def _recorded(snapshot: Snapshot, index: int) -> Json:
    entry = Entry.parse(snapshot.leaf(index))
    header = Header.parse(snapshot.header_at(snapshot.block_height_of(index)))
    return {
        "index": index,
        "height": header.height,
        "time": time_text(header.time_ms),
        "entry_id": entry.entry_id.hex(),
        "kind": entry.kind,
        "body": readable(decode(entry.body_bytes, bytes_max=ENTRY_BYTES_MAX)),
    }


def _shown(seen: RightView) -> Json:
    """A view as JSON: records as their readable twins, days as dates."""
    shown: dict[str, Json] = {"valid": seen.valid, "ended": seen.ended}
    for field in fields(seen):
        value = getattr(seen, field.name)
        shown[field.name] = day_text(value) if field.name == "today" else readable(_plain(value))
    return shown


def _plain(value: object) -> Value:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, tuple):
        return [value_of(item) for item in value]
    return value_of(value)


def _object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise Malformed("a record is a map")
    return value
