"""A served node in a thread of its own, for programs that block; with keys and commands of its offices and parties."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
import uvloop
from served_node import Served, served


@contextmanager
def serving_in_thread(folder: Path) -> Iterator[Served]:
    """One institution with every role; its node serves until the block ends."""
    nodes: list[Served] = []
    failures: list[BaseException] = []
    started = threading.Event()
    loop = uvloop.new_event_loop()
    ending = asyncio.Event()

    async def serve() -> None:
        try:
            async with served(folder) as node:
                nodes.append(node)
                started.set()
                await ending.wait()
        except BaseException as failure:
            failures.append(failure)
            started.set()
            raise

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run, daemon=True)
    # The node's log would stand between what a command prints.
    with structlog.testing.capture_logs():
        thread.start()
        try:
            assert started.wait(30), "the node did not start"
            assert not failures, failures
            yield nodes[0]
        finally:
            if nodes:
                loop.call_soon_threadsafe(ending.set)
            thread.join(30)
