"""The one thread that writes: it does nothing but LevelDB's synced write, one batch after the other.

A batch is filled on the loop, because a thread that runs Python beside a busy loop waits for the interpreter's lock
again and again. A write that fails is not tried again: what is on disk is then unknown, and the process ends at once
so that nothing is sent that rests on it; the next start finds out from the disk itself.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from datadeed_node.database import Batch, LevelError
from datadeed_node.metrics import Metrics

log = structlog.get_logger(__name__)

EXIT_IO_ERROR = 74  # sysexits.h EX_IOERR


def end_process(reason: str) -> None:
    """Stop now, without unwinding: no clean-up may touch a disk that has just failed."""
    log.critical("write failed", reason=reason, next_step="check the disk, then start the node again")
    os._exit(EXIT_IO_ERROR)


class Writer:
    """Synced writes, in the order in which they were asked for."""

    def __init__(self, metrics: Metrics, abort: Callable[[str], None] = end_process) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store-writer")
        self._metrics = metrics
        self._abort = abort

    async def write(self, batch: Batch) -> None:
        """Return when `batch` is durable."""
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        try:
            await loop.run_in_executor(self._executor, batch.write)
        except (OSError, LevelError) as error:
            self._abort(str(error))
            raise
        self._metrics.persist_time.observe(loop.time() - begun_s)

    def close(self) -> None:
        """Wait for the write that is under way."""
        self._executor.shutdown(wait=True)
