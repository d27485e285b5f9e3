"""Entries that flow into a cluster of real processes while something happens to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from real_cluster import ledger

from datadeed import Receipt
from datadeed_node.demo.processes import Nodes

WRITERS = 3


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A receipt that the client has verified. begun_s: when its entry was made."""

    begun_s: float
    receipt: Receipt


@dataclass(slots=True)
class Flow:
    """Entries that flow from several clients, each handing in the next when it holds the receipt of the last."""

    stopping: threading.Event = field(default_factory=threading.Event)
    news: threading.Condition = field(default_factory=threading.Condition)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)

    def write(self, nodes: Nodes, home: Path, name: str) -> None:
        """One client, until it is told to stop."""
        try:
            with ledger(nodes, home) as book:
                number = 0
                while not self.stopping.is_set():
                    begun_s = time.monotonic()
                    receipt = book.deposit(f"{name} {number}".encode(), file_name=f"{name}-{number}")
                    number += 1
                    with self.news:
                        self.acknowledged.append(Acknowledged(begun_s, receipt))
                        self.news.notify_all()
        except BaseException as failure:
            self.failures.append(failure)
            raise

    def wait_for_one_after(self, moment_s: float, within_s: float) -> float:
        """Seconds from `moment_s` until an entry that was made after it is acknowledged."""
        with self.news:
            there = self.news.wait_for(
                lambda: any(each.begun_s > moment_s for each in self.acknowledged), timeout=within_s
            )
        assert there, f"no entry became final within {within_s} s"
        return time.monotonic() - moment_s


@contextmanager
def flowing(nodes: Nodes, folder: Path, writers: int = WRITERS) -> Iterator[Flow]:
    """Clients that write until the block ends; they know these nodes, and fail the test where one of theirs fails."""
    flow = Flow()
    threads = [
        threading.Thread(target=flow.write, args=(nodes, folder / f"home-{at}", f"writer-{at}"))
        for at in range(writers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield flow
    finally:
        flow.stopping.set()
        for thread in threads:
            thread.join(90)
    assert not flow.failures, flow.failures
    assert not any(thread.is_alive() for thread in threads)
