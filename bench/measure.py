"""The three measurements: entries a second, latency at a steady rate, proofs a second.

An entry counts when it is final on all four nodes, by each node's own counter; a node whose counter of signature checks
is below the entries that it recorded has not done its work, and the bench says so. Busy is honoured: what a node turned
away is sent again after the time that it asked for.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import SystemRandom

from bench.connection import Connection
from bench.entries import Signed
from datadeed_ledger.checkpoint import parse_tlog_proof, verify_checkpoint
from datadeed_ledger.encoding import encode
from datadeed_ledger.merkle import leaf_hash
from datadeed_ledger.roster import Roster

BATCH = 100
# Handed in and not final yet: enough for full blocks, far below what a node's pool holds.
WINDOW = 4_000
RETRY_AFTER_S = 1.0
PROOF_CONNECTIONS = 16
PROOFS_CHECKED = 100
LOOK_S = 0.2  # an exposition costs a node a millisecond

Ports = Sequence[int]


@dataclass(frozen=True, slots=True)
class Throughput:
    """entries: final on all four nodes within `seconds`; busy: turned away and sent again."""

    entries: int
    seconds: float
    busy: int

    @property
    def per_s(self) -> float:
        return self.entries / self.seconds


async def counters(port: int) -> dict[str, float]:
    """A node's counters and gauges without labels."""
    async with Connection("127.0.0.1", port) as connection:
        _, body = await connection.get("/metrics")
    rows = (line.split() for line in body.decode().splitlines() if not line.startswith("#") and "{" not in line)
    return {name: float(value) for name, value in rows}


async def recorded_everywhere(ports: Ports) -> int:
    """How many entries every node has recorded since it started: the smallest of their counters."""
    found = await asyncio.gather(*(counters(port) for port in ports))
    return int(min(each["datadeed_entries_committed_total"] for each in found))


class Load:
    """Hands in entries in batches to all nodes in turn, as fast as they become final, WINDOW ahead at most."""

    def __init__(self, ports: Ports, entries: Sequence[Signed]) -> None:
        self._ports = ports
        self._waiting = deque(entries)
        self._handed_in = 0
        self._final = 0
        self._final_before = 0
        self._stopping = False
        self._looked = asyncio.Event()
        self.busy = 0

    async def run(self, warm_up_s: float, seconds: float) -> Throughput:
        """Load for warm_up_s + seconds, counting in the latter; then wait until nothing that was taken in is open."""
        self._final_before = await recorded_everywhere(self._ports)
        async with asyncio.TaskGroup() as tasks:
            senders = [tasks.create_task(self._send(port)) for port in self._ports]
            watcher = tasks.create_task(self._watch())
            await asyncio.sleep(warm_up_s)
            begun, begun_s = await recorded_everywhere(self._ports), time.monotonic()
            await asyncio.sleep(seconds)
            ended, ended_s = await recorded_everywhere(self._ports), time.monotonic()
            self._stopping = True
            await asyncio.gather(*senders)
            while self._final < self._handed_in:
                await self._looked.wait()
            watcher.cancel()
        assert self._waiting, "the load ran out of entries; the figure would be too low: prepare more"
        return Throughput(ended - begun, ended_s - begun_s, self.busy)

    async def run_all(self) -> None:
        """Hand in everything and wait until it is final."""
        self._final_before = await recorded_everywhere(self._ports)
        total = len(self._waiting)
        async with asyncio.TaskGroup() as tasks:
            watcher = tasks.create_task(self._watch())
            senders = [tasks.create_task(self._send(port)) for port in self._ports]
            while self._final < total:
                await self._looked.wait()
            self._stopping = True
            await asyncio.gather(*senders)
            watcher.cancel()

    @property
    def unsent(self) -> list[Signed]:
        return list(self._waiting)

    async def _watch(self) -> None:
        while True:
            self._final = await recorded_everywhere(self._ports) - self._final_before
            self._looked.set()
            self._looked.clear()
            await asyncio.sleep(LOOK_S)

    async def _send(self, port: int) -> None:
        async with Connection("127.0.0.1", port) as connection:
            while not self._stopping:
                if not self._waiting or self._handed_in - self._final + BATCH > WINDOW:
                    await self._looked.wait()
                    continue
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                self._handed_in += len(batch)
                refused = await _handed_in(connection, batch)
                if refused:
                    self.busy += len(refused)
                    self._handed_in -= len(refused)
                    self._waiting.extend(refused)
                    await asyncio.sleep(RETRY_AFTER_S)


async def _handed_in(connection: Connection, batch: Sequence[Signed]) -> list[Signed]:
    """Hand in a batch; those that the node was too busy for."""
    status, body = await connection.post("/entries/batch", encode([each.data for each in batch]))
    if status == 503:
        return list(batch)
    assert status == 200, (status, body[:300])
    results = json.loads(body)
    wrong = [each for each in results if each["status"] not in ("pending", "recorded", "busy")]
    assert not wrong, wrong[0]
    return [each for each, result in zip(batch, results, strict=True) if result["status"] == "busy"]


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the moment at which an entry was due to be sent until it was final on all four nodes."""

    p50_ms: float
    p99_ms: float
    count: int


async def latency(ports: Ports, entries: Sequence[Signed], per_s: float) -> Latency:
    """Single entries at fixed moments, whatever comes back (open loop), to the nodes in turn."""
    due: dict[str, float] = {}
    final: dict[str, list[float]] = {each.entry_id.hex(): [] for each in entries}
    seen_all = [asyncio.Event() for _ in ports]
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(Connection("127.0.0.1", port)) for port in ports]
        readers = [await stream.lines("/events") for stream in streams]
        senders = [await stack.enter_async_context(Connection("127.0.0.1", port)) for port in ports for _ in range(8)]
        free: asyncio.Queue[Connection] = asyncio.Queue()
        # Interleaved, so that neighbours in time go to different nodes.
        for at in range(8):
            for node in range(len(ports)):
                free.put_nowait(senders[node * 8 + at])
        listeners = [
            asyncio.create_task(_listen(reader, final, seen)) for reader, seen in zip(readers, seen_all, strict=True)
        ]
        begun_s = time.monotonic() + 0.1
        async with asyncio.TaskGroup() as tasks:
            for at, entry in enumerate(entries):
                moment = begun_s + at / per_s
                await asyncio.sleep(max(0.0, moment - time.monotonic()))
                due[entry.entry_id.hex()] = moment
                tasks.create_task(_post_one(free, entry))
        await asyncio.gather(*(seen.wait() for seen in seen_all))
        for listener in listeners:
            listener.cancel()
    taken_ms = sorted(1000 * (max(times) - due[name]) for name, times in final.items())
    return Latency(taken_ms[len(taken_ms) // 2], taken_ms[len(taken_ms) * 99 // 100], len(taken_ms))


async def _listen(reader: asyncio.StreamReader, final: dict[str, list[float]], seen_all: asyncio.Event) -> None:
    """Note when one node tells of each entry, until it has told of all."""
    left = len(final)
    while left and (line := await reader.readline()):
        if line.startswith(b"data: "):
            times = final.get(json.loads(line[6:])["entry_id"])
            if times is not None:
                times.append(time.monotonic())
                left -= 1
    seen_all.set()


async def _post_one(free: asyncio.Queue[Connection], entry: Signed) -> None:
    connection = await free.get()
    status, body = await connection.post("/entries", entry.data)
    assert status in (200, 202), (status, body[:300])
    free.put_nowait(connection)


async def proofs_per_s(port: int, entries: Sequence[Signed], roster: Roster, seconds: float) -> float:
    """tlog-proofs of random entries from one node over HTTP; some of them are verified afterwards."""
    chance, ended_s = SystemRandom(), time.monotonic() + seconds
    kept: list[tuple[Signed, bytes]] = []

    async def ask() -> int:
        count = 0
        async with Connection("127.0.0.1", port) as connection:
            while time.monotonic() < ended_s:
                entry = chance.choice(entries)
                status, body = await connection.get(f"/entries/{entry.entry_id.hex()}/tlog-proof")
                assert status == 200, (status, body[:300])
                count += 1
                if count % 100 == 1:
                    kept.append((entry, body))
        return count

    begun_s = time.monotonic()
    total = sum(await asyncio.gather(*(ask() for _ in range(PROOF_CONNECTIONS))))
    taken_s = time.monotonic() - begun_s
    for entry, body in kept[:PROOFS_CHECKED]:
        proof = parse_tlog_proof(body)
        verify_checkpoint(proof.note, roster, None)
        proof.verify(leaf_hash(entry.data), proof.checkpoint)
    return total / taken_s
