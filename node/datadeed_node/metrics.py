"""What a node counts, for Prometheus; a registry of its own, so that several nodes may run in one process.

Counters are told by whoever does the work. Gauges that merely repeat a value kept elsewhere are set when somebody reads
(`exposition`), not on every change.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_LATENCY_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_STATM = Path("/proc/self/statm")


class Metrics:
    """One node's figures. Names begin with `datadeed_`; times are in seconds and sizes in bytes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.before_exposition: Callable[[], None] = lambda: None
        self.height = self._gauge("height", "Height of the newest committed block")
        self.log_size = self._gauge("log_size", "Leaves of the committed log")
        self.published_size = self._gauge("published_size", "Leaves under the published checkpoint")
        self.epoch = self._gauge("epoch", "Epoch that this node is in: the version of the roster in force")
        self.view = self._gauge("view", "Consensus view that this node is in")
        self.final_view = self._gauge("final_view", "Highest view that is final here")
        self.links_up = self._gauge("links_up", "Other institutions connected now")
        self.mempool_entries = self._gauge("mempool_entries", "Entries that wait to be recorded")
        self.mempool_bytes = self._gauge("mempool_bytes", "Bytes of the entries that wait")
        self.resident_bytes = self._gauge("resident_bytes", "Memory of this process")
        self.resident_bytes_max = self._gauge("resident_bytes_max", "Highest memory of this process so far")
        self.signature_checks = self._counter("signature_checks", "Entry signatures verified; repeats cost nothing")
        self.entries_committed = self._counter("entries_committed", "Entries recorded since this process started")
        self.blocks_committed = self._counter("blocks_committed", "Blocks committed since this process started")
        self.entries_admitted = self._counter("entries_admitted", "Entries taken in", "origin")
        self.entries_refused = self._counter("entries_refused", "Entries not taken in", "reason")
        self.links_refused = self._counter("links_refused", "Connections refused: stranger, other ledger, garbage")
        self.link_bytes = self._counter("link_bytes", "Bytes on links that have ended", "peer", "direction")
        self.frames_dropped = self._counter("frames_dropped", "Frames that found a full queue", "peer", "channel")
        self.evidence = self._counter("evidence", "Proofs that a member voted twice")
        self.timestamps = self._counter("timestamps", "Time-stamp requests by how they ended", "authority", "outcome")
        self.stamped_size = self._gauge("stamped_size", "Leaves under the newest checkpoint stamped since the start")
        self.alarms = self._counter("alarms", "Alarms of the consensus core", "name")
        self.commit_latency = self._histogram("commit_latency_seconds", "Admission here until committed here")
        self.proof_latency = self._histogram("proof_latency_seconds", "Committed here until checkpoint published")
        self.persist_time = self._histogram("persist_seconds", "One synced write")
        self.execute_time = self._histogram("execute_seconds", "Executing or building one block")

    def exposition(self) -> bytes:
        """The text that Prometheus reads."""
        self.before_exposition()
        self.resident_bytes.set(_resident_bytes())
        self.resident_bytes_max.set(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
        return generate_latest(self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"datadeed_{name}", text, registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"datadeed_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str) -> Histogram:
        return Histogram(f"datadeed_{name}", text, buckets=_LATENCY_S, registry=self.registry)


def _resident_bytes() -> int:
    if not _STATM.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return int(_STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
