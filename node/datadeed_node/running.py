"""`datadeed-node run`: a node and its API in one process on one loop, until a signal or until the node stops itself.

Stopping begins with the API, so that whoever asks gets an answer, and ends with the store. A node that stops by itself
(a broken invariant, a disk that fails, a divergence) makes the command fail with its reason.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from pathlib import Path

import structlog
import uvloop

from datadeed_node import log as node_log
from datadeed_node.api.app import NodeApi
from datadeed_node.api.server import ApiServer, listen
from datadeed_node.mistakes import Mistake
from datadeed_node.node import Node

log = structlog.get_logger(__name__)


def run(folder: Path) -> None:
    """Run the node in `folder`. Raises Malformed, Mistake, StoreLocked, StoreForeign, OSError."""
    node = Node.load(folder)
    node_log.configure(node.config.log_level, node=node.name)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        reason = runner.run(_serve(node))
    if reason:
        raise Mistake(
            f"the node stopped itself: {reason}",
            "read its log; after a divergence or a failing disk do not restart before the cause is known",
        )


async def _serve(node: Node) -> str:
    """Serve until asked to stop; why the node stopped by itself, or nothing."""
    listener = _bound(node.config.api_host, node.config.api_port)
    try:
        await node.start()
    except OSError as error:
        listener.close()
        peer = f"{node.config.peer_host}:{node.config.peer_port}"
        raise Mistake(f"the node cannot listen on {peer}: {error}", "free that port, or change node.toml") from error
    server = ApiServer(NodeApi(node), listener)
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    server.start()
    log.info("api listens", host=node.config.api_host, port=server.port)
    stopped = loop.create_task(node.stopped())
    waiting = loop.create_task(asked.wait())
    await asyncio.wait((stopped, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    await server.stop()
    await node.stop()
    return await stopped


def _bound(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        raise Mistake(
            f"the API cannot listen on {host}:{port}: {error}",
            "stop what uses that port, or change api_host and api_port in node.toml",
        ) from error
