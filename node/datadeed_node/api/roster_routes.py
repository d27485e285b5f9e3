"""Routes about the institutions: every roster up to the one in force, and what proves each under the one before it.

A roster never changes, nor does what proves it, so both may be cached for ever. Whoever follows the ledger walks from
the founding roster, which the fingerprint vouches for. Spec: docs/spec/http.md; docs/spec/evidence.md section 11.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from datadeed_ledger.encoding import Json
from datadeed_ledger.evidence.container import write_container
from datadeed_ledger.evidence.succession import roster_step
from datadeed_ledger.roster import Roster
from datadeed_node.api.intake import number
from datadeed_node.api.log_routes import IMMUTABLE, NEVER_STORED
from datadeed_node.api.problems import NotFound
from datadeed_node.api.proofs import published
from datadeed_node.node import Node
from datadeed_node.roster_rows import boundary_header
from datadeed_node.snapshot import Snapshot


class RosterRoutes:
    """One node's routes about rosters, as of its published checkpoint."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.router = APIRouter(tags=["log"])
        self.router.add_api_route("/rosters", self.rosters)
        self.router.add_api_route("/rosters/{version}", self.roster)
        self.router.add_api_route("/rosters/{version}/evidence", self.evidence)

    async def rosters(self) -> Response:
        """Every roster up to the one under which the published checkpoint is proven; each with the height of its first
        block and the leaves of the log before it. 历版成员名册。"""
        snapshot = published(self._node)
        return JSONResponse([_told(snapshot, roster) for roster in snapshot.rosters], headers=NEVER_STORED)

    async def roster(self, version: str) -> Response:
        """One roster, exactly as it is hashed (JCS). 某一版成员名册。"""
        snapshot, wanted = published(self._node), number(version, "version")
        if not 1 <= wanted <= snapshot.roster.version:
            raise _unknown(snapshot, wanted)
        return Response(snapshot.rosters[wanted - 1].document, media_type="application/json", headers=IMMUTABLE)

    async def evidence(self, version: str) -> Response:
        """What proves a roster to whoever knows the one before (zip, stored): the entry, its block's header and the
        checkpoint that ends with it. The founding roster has none. 成员变更的证明。"""
        snapshot, wanted = published(self._node), number(version, "version")
        change = snapshot.roster_change(wanted)
        if change is None:
            raise _unknown(snapshot, wanted)
        zipped = write_container(roster_step(snapshot, change).items())
        headers = {"content-disposition": f'attachment; filename="roster-{wanted}.zip"', **IMMUTABLE}
        return Response(zipped, media_type="application/zip", headers=headers)


def _told(snapshot: Snapshot, roster: Roster) -> Json:
    boundary = None if roster.version == 1 else boundary_header(snapshot, roster.version)
    return {
        "version": roster.version,
        "digest": roster.digest.hex(),
        "height": 0 if boundary is None else boundary.height + 1,
        "log_size": 0 if boundary is None else boundary.log_size,
        "members": [member.name for member in roster.members],
    }


def _unknown(snapshot: Snapshot, version: int) -> NotFound:
    newest = snapshot.roster.version
    if version == 1:
        return NotFound("roster 1 is in the founding document; nothing but the fingerprint proves it")
    return NotFound(f"the published log knows the rosters 1 to {newest}, not {version}")
