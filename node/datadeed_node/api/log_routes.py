"""Routes about the log, as any C2SP tool follows it: checkpoint, tiles, consistency, headers; and the state's proofs.

Everything is served from the snapshot under the published checkpoint; what never changes says so to caches.
"""

from __future__ import annotations

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from datadeed_ledger.encoding import from_hex, to_b64
from datadeed_ledger.errors import Busy, Malformed
from datadeed_ledger.merkle import consistency_path
from datadeed_ledger.statemap import KEY_BYTES
from datadeed_ledger.tiles import Tile, entry_bundle, hash_tile
from datadeed_node.api.intake import number
from datadeed_node.api.problems import NotFound
from datadeed_node.api.proofs import published
from datadeed_node.node import Node

IMMUTABLE = {"cache-control": "public, max-age=31536000, immutable"}
NEVER_STORED = {"cache-control": "no-cache"}
PREFIX_BYTES_MIN = 32  # one subject; a shorter prefix would list other people's records by the thousand


class LogRoutes:
    """One node's routes about the log."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.router = APIRouter(tags=["log"])
        self.router.add_api_route("/checkpoint", self.checkpoint)
        self.router.add_api_route("/tile/{path:path}", self.tile)
        self.router.add_api_route("/consistency", self.consistency)
        self.router.add_api_route("/headers/{height}", self.header)
        self.router.add_api_route("/map-proof", self.map_proof)
        self.router.add_api_route("/genesis", self.genesis)
        self.router.add_api_route("/roster", self.roster)

    async def checkpoint(self) -> Response:
        """The newest checkpoint that a quorum cosigned: a C2SP signed note."""
        return Response(published(self._node).checkpoint, media_type="text/plain", headers=NEVER_STORED)

    async def tile(self, path: str) -> Response:
        """A C2SP tlog-tile: tile/<L>/<N>[.p/<W>] or tile/entries/<N>[.p/<W>]."""
        try:
            tile = Tile.parse(f"tile/{path}")
        except Malformed as error:
            raise NotFound(str(error)) from error
        snapshot = published(self._node)
        if not tile.is_in(snapshot.size):
            raise NotFound(f"the published log of {snapshot.size} leaves does not have this tile")
        data = entry_bundle(tile, snapshot.leaf) if tile.level is None else hash_tile(tile, snapshot.hash)
        return Response(data, media_type="application/octet-stream", headers=IMMUTABLE)

    async def consistency(
        self,
        older: str = Query(alias="from", description="the smaller log size, at least 1"),
        newer: str = Query(alias="to", description="the larger log size, at most the published one"),
    ) -> Response:
        """The RFC 6962 proof that the log of the larger size extends that of the smaller: its hashes, in base64."""
        first, second = number(older, "from"), number(newer, "to")
        if not 1 <= first <= second:
            raise Malformed("from is at least 1 and at most to")
        snapshot = published(self._node)
        if second > snapshot.size:
            raise Busy(f"this node has published {snapshot.size} leaves so far; ask again, or another node")
        path = consistency_path(first, second, snapshot.hash)
        return JSONResponse({"from": first, "to": second, "path": [to_b64(each) for each in path]}, headers=IMMUTABLE)

    async def header(self, height: str) -> Response:
        """A block's header, exactly the bytes of its leaf."""
        wanted = number(height, "height")
        snapshot = published(self._node)
        if wanted > snapshot.tip.height:
            raise NotFound(f"the published log ends with block {snapshot.tip.height}")
        return Response(snapshot.header_at(wanted), media_type="text/plain", headers=IMMUTABLE)

    async def map_proof(self, prefix: str = Query(description="32 to 65 bytes in hex")) -> Response:
        """The proof of every record under a prefix of the state map, or that there is none (datadeed-map-proof/v1)."""
        wanted = from_hex(prefix)
        if not PREFIX_BYTES_MIN <= len(wanted) <= KEY_BYTES:
            raise Malformed(f"a prefix is {PREFIX_BYTES_MIN} to {KEY_BYTES} bytes: a subject's records, or one of them")
        snapshot = published(self._node)
        headers = {**NEVER_STORED, "datadeed-log-size": str(snapshot.size)}
        return Response(snapshot.map_proof(wanted).to_text(), media_type="text/plain", headers=headers)

    async def genesis(self) -> Response:
        """The founding document, exactly; its SHA-256 is the ledger's fingerprint."""
        return Response(self._node.genesis.document, media_type="application/json", headers=IMMUTABLE)

    async def roster(self) -> Response:
        """The roster in force, exactly as it is hashed (JCS)."""
        return Response(self._node.store.roster.document, media_type="application/json", headers=NEVER_STORED)
