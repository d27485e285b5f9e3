"""Routes for whoever operates the node: health, status, metrics. Nothing here is secret and nothing here is proven."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from datadeed_node.node import Node

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class OperationRoutes:
    """One node's routes about itself."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.router = APIRouter(tags=["operation"])
        self.router.add_api_route("/health", self.health)
        self.router.add_api_route("/status", self.status)
        self.router.add_api_route("/metrics", self.metrics)

    async def health(self) -> Response:
        """200 while the process serves. `ready`: a quorum is connected and a checkpoint is published."""
        connected = int(self._node.is_member) + sum(peer.connected and peer.is_member for peer in self._node.peers())
        quorum = self._node.store.roster.quorum
        ready = connected >= quorum and self._node.published() is not None
        return JSONResponse(
            {"status": "ok" if ready else "waiting", "ready": ready, "connected": connected, "quorum": quorum}
        )

    async def status(self) -> Response:
        """What an operator looks at first: height, sizes, view, links, what waits."""
        return JSONResponse(self._node.status())

    async def metrics(self) -> Response:
        """Counters and gauges for Prometheus."""
        return Response(self._node.metrics.exposition(), media_type=METRICS_TYPE)
