"""One member's node with its API on a real socket, in the test's own loop."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from institutions import Institutions, until

from datadeed_ledger.entry import Entry
from datadeed_node.api.app import NodeApi
from datadeed_node.api.server import ApiServer, listen
from datadeed_node.node import Node

MSGPACK = {"content-type": "application/msgpack"}
QUICK = {"delta_ms": 50, "budget_ms": 100, "status_ms": 200, "status_idle_ms": 500}


class Served:
    """The node, a client of its API, and entries that it accepts."""

    def __init__(self, institutions: Institutions, node: Node, server: ApiServer, client: httpx.AsyncClient) -> None:
        self.institutions = institutions
        self.node = node
        self.server = server
        self.client = client
        self._numbers = itertools.count(1)

    @property
    def port(self) -> int:
        return self.server.port

    def deposit(self, **changed: Any) -> Entry:
        """A new deposit by the one member."""
        return self.institutions.deposit(next(self._numbers), **changed)

    async def post(self, entry: Entry | bytes, path: str = "/entries") -> httpx.Response:
        data = entry.data if isinstance(entry, Entry) else entry
        return await self.client.post(path, content=data, headers=MSGPACK)

    async def recorded(self, *entries: Entry) -> None:
        """Submit these and wait until all are proven."""
        for entry in entries:
            await self.post(entry)

        def proven() -> bool:
            snapshot = self.node.published()
            return snapshot is not None and all(snapshot.entry_index(each.entry_id) is not None for each in entries)

        await until(proven, "entries proven")


@asynccontextmanager
async def served(folder: Path, **config: Any) -> AsyncIterator[Served]:
    institutions = Institutions(folder, 1, QUICK, **config)
    node = institutions.node(0)
    await node.start()
    server = ApiServer(NodeApi(node), listen("127.0.0.1", 0))
    server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=20) as client:
            yield Served(institutions, node, server, client)
    finally:
        await server.stop()
        await node.stop()
