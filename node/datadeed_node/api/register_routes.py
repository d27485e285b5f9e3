"""Routes about what else the register holds: assets, parties, rule sets; as of the published checkpoint.

These answers are this node's word, in a readable form; whoever needs more takes a pack. Rights have their own module.
Spec: docs/spec/node.md section 5.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from datadeed_ledger.encoding import Json, Value, decode, jcs, parse_jcs, time_text
from datadeed_ledger.entry import PARTY_ID_BYTES, Entry
from datadeed_ledger.evidence.codecs import readable
from datadeed_ledger.records import RECORD_BYTES_MAX, Asset, Party, Version
from datadeed_ledger.register import Register
from datadeed_ledger.rulebook import amendment_index
from datadeed_ledger.rules import RULES_BYTES_MAX
from datadeed_ledger.statemap import subject_key
from datadeed_node.api.asking import FirstQuery, as_of
from datadeed_node.api.history import history
from datadeed_node.api.intake import id_in_path, number
from datadeed_node.api.problems import NotFound
from datadeed_node.api.proofs import published
from datadeed_node.api.turns import Gate
from datadeed_node.node import Node
from datadeed_node.snapshot import Snapshot

ASSET_BYTES: Final = 32


class RegisterRoutes:
    """One node's routes under /assets, /parties and /rules."""

    def __init__(self, node: Node, gate: Gate) -> None:
        self._node = node
        self._gate = gate
        self.router = APIRouter(tags=["register"])
        self.router.add_api_route("/assets/{asset_id}", self.asset)
        self.router.add_api_route("/assets/{asset_id}/history", self.history)
        self.router.add_api_route("/parties/{party_id}", self.party)
        self.router.add_api_route("/rules", self.rules)

    async def asset(self, asset_id: str) -> Response:
        """A data asset's record. 数据资产的登记记录。"""
        snapshot = published(self._node)
        record = _record(snapshot, asset_subject(snapshot, asset_id))
        return JSONResponse({"as_of": as_of(snapshot), "asset": asset_id, "record": record})

    async def history(self, asset_id: str, first: FirstQuery = "0") -> Response:
        """Every entry that touched the asset, in log order; the record's `events` proves that none is missing.
        该资产的全部条目，按账本顺序；记录中的 events 可证明无遗漏。"""
        snapshot = published(self._node)
        subject = asset_subject(snapshot, asset_id)
        async with self._gate.entered():
            return JSONResponse({"asset": asset_id, **await history(snapshot, subject, first)})

    async def party(self, party_id: str) -> Response:
        """An enrolled party's record. 主体的入册记录。"""
        wanted = id_in_path(party_id, PARTY_ID_BYTES, "a party's pseudonym")
        snapshot = published(self._node)
        subject = Party.subject_of(wanted)
        if snapshot.record(subject_key(subject)) is None:
            raise NotFound(f"no party {party_id} is enrolled on this ledger")
        return JSONResponse({"as_of": as_of(snapshot), "party": party_id, "record": _record(snapshot, subject)})

    async def rules(
        self,
        version: Annotated[str | None, Query(description="a version of record; else the one in force. 版本号")] = None,
    ) -> Response:
        """The rule set in force as of the checkpoint, or another version of record, and the list of all versions.
        该时刻有效的规则集（或指定版本）及全部版本。"""
        snapshot = published(self._node)
        rules = Register(snapshot).rules()
        in_force = rules.in_force(snapshot.tip.header.time_ms)
        shown = in_force if version is None else _version(rules.versions, number(version, "version"))
        return JSONResponse(
            {
                "as_of": as_of(snapshot),
                "in_force": in_force.version,
                "versions": [
                    {
                        "version": each.version,
                        "effective": time_text(each.effective),
                        "hash": each.hash.hex(),
                        "in_force": each == in_force,
                    }
                    for each in rules.versions
                ],
                "version": shown.version,
                "rules": _text_of(snapshot, shown),
            }
        )


def asset_subject(snapshot: Snapshot, asset_id: str) -> str:
    """The subject of an asset that is on this ledger. Raises NotFound."""
    subject = Asset.subject_of(id_in_path(asset_id, ASSET_BYTES, "an asset's id"))
    if snapshot.record(subject_key(subject)) is None:
        raise NotFound(f"no asset {asset_id} is on this ledger")
    return subject


def _record(snapshot: Snapshot, subject: str) -> Json:
    """The readable twin of a record that is there."""
    record = snapshot.record(subject_key(subject))
    assert record is not None, "asked for before"
    value: Value = decode(record, bytes_max=RECORD_BYTES_MAX)
    return readable(value)


def _version(versions: tuple[Version, ...], wanted: int) -> Version:
    """The version of record with this number. Raises NotFound."""
    for version in versions:
        if version.version == wanted:
            return version
    raise NotFound(f"version {wanted} of the rules is not of record; the newest is {versions[-1].version}")


def _text_of(snapshot: Snapshot, version: Version) -> Json:
    """The rule set's object: of the founding document, or of the entry that set the version."""
    if version == Register(snapshot).rules().versions[0]:
        return parse_jcs(jcs(snapshot.genesis.rules), bytes_max=RULES_BYTES_MAX)
    entry = Entry.parse(snapshot.leaf(amendment_index(snapshot, version)))
    return parse_jcs(entry.body.data["rules"], bytes_max=RULES_BYTES_MAX)
