"""The application: every route of a node, and what is answered where one raises.

FastAPI describes the routes (OpenAPI at /openapi.json, a page at /docs); the routes themselves take raw requests and
give raw responses, because validating models costs more than the work. Its telemetry hooks are switched off: a node
tells nobody anything but over /metrics and its own log.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from datadeed_ledger.errors import DatadeedError
from datadeed_node.api.entries import EntryRoutes
from datadeed_node.api.guide import docs_page
from datadeed_node.api.log_routes import LogRoutes
from datadeed_node.api.operation import OperationRoutes
from datadeed_node.api.pack_routes import PackRoutes
from datadeed_node.api.problems import (
    BadTransfer,
    NoAnswer,
    NotFound,
    on_bad_request,
    on_bad_transfer,
    on_damage,
    on_datadeed_error,
    on_http_exception,
    on_no_answer,
    on_not_found,
)
from datadeed_node.api.register_routes import RegisterRoutes
from datadeed_node.api.rights_routes import RightsRoutes
from datadeed_node.api.roster_routes import RosterRoutes
from datadeed_node.api.stream import EventRoutes
from datadeed_node.api.turns import Gate
from datadeed_node.api.work_routes import WorkRoutes
from datadeed_node.database import LevelError, StoreDamaged
from datadeed_node.node import Node
from datadeed_node.pages.routes import PageRoutes

# Versions before 0.165 have no such hooks and ignore this.
_OPTIONS: dict[str, Any] = {
    "telemetry": dict.fromkeys(("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False)
}
QUESTIONS_AT_ONCE = 4  # each takes its slice in every turn of the loop
QUESTIONS_ASKED = 64
_DOCS_POLICY = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}


class NodeApi:
    """A node's application. app: for an ASGI server; close: before that server is told to stop."""

    def __init__(self, node: Node) -> None:
        self._events = EventRoutes(node)
        member = node.member
        titles = "no member yet" if member is None else f"{member.title_en} {member.title_zh}"
        self.app = FastAPI(
            title=f"datadeed node {node.name}",
            description=f"{titles} · ledger {node.genesis.origin} · fingerprint {node.genesis.fingerprint.hex()}",
            version="1",
            docs_url=None,
            redoc_url=None,
            exception_handlers={
                DatadeedError: on_datadeed_error,
                NotFound: on_not_found,
                NoAnswer: on_no_answer,
                BadTransfer: on_bad_transfer,
                HTTPException: self._on_http_exception,
                RequestValidationError: on_bad_request,
                StoreDamaged: on_damage,
                LevelError: on_damage,
            },
            **_OPTIONS,
        )
        gate = Gate("questions about the register", at_once_max=QUESTIONS_AT_ONCE, asked_max=QUESTIONS_ASKED)
        self._pages = PageRoutes(node, gate)
        for routes in (
            EntryRoutes(node),
            RightsRoutes(node, gate),
            RegisterRoutes(node, gate),
            WorkRoutes(node, gate),
            PackRoutes(node),
            LogRoutes(node),
            RosterRoutes(node),
            self._events,
            OperationRoutes(node),
            self._pages,
        ):
            self.app.include_router(routes.router)
        self.app.add_api_route("/docs", self._docs, include_in_schema=False)

    def close(self) -> None:
        """End the streams that would otherwise keep the server from stopping."""
        self._events.close()

    async def _on_http_exception(self, request: Request, error: Exception) -> Response:
        """An address that names nothing: a page for a browser, a problem document for everybody else."""
        is_lost = isinstance(error, HTTPException) and error.status_code == HTTPStatus.NOT_FOUND
        if is_lost and "text/html" in request.headers.get("accept", ""):
            return await self._pages.nothing(request)
        return await on_http_exception(request, error)

    async def _docs(self, _: Request) -> Response:
        return HTMLResponse(docs_page(self.app.openapi()), headers=_DOCS_POLICY)
