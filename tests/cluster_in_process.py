"""Several nodes in one process over real sockets, TLS and LevelDB, with a recorder of all that peers receive."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from institutions import DEADLINE_S, Institutions, until

from datadeed_consensus import effects as fx
from datadeed_consensus.guard import Kind
from datadeed_consensus.messages import Proposal, VoteMessage, decode_message
from datadeed_consensus.votes import Vote
from datadeed_ledger.entry import Entry
from datadeed_node.clock import Clock
from datadeed_node.node import Node
from datadeed_node.terms import Term
from datadeed_node.wire import Channel

# Short time-outs, so that a dead leader costs a fraction of a second; the defaults are for a whole country.
QUICK = {"delta_ms": 50, "budget_ms": 100, "status_ms": 200, "status_idle_ms": 500}


class Crash(Exception):
    """The process is gone: raised where an effect would be performed."""


class Recorder:
    """Every vote that any node received from its signer, across restarts: it sits on the wire, not in the node."""

    def __init__(self) -> None:
        self.votes: dict[tuple[int, str, int], set[Vote]] = defaultdict(set)
        self.messages = 0

    def hear(self, sender: str, payload: bytes, term: Term) -> None:
        """What a node in this term was sent; votes of another epoch than its own are not counted."""
        self.messages += 1
        place = term.place(sender)
        message = decode_message(payload, term.epoch_id, term.roster.size)
        if isinstance(message, VoteMessage | Proposal) and message.vote.signer == place:
            self.votes[term.roster.version, sender, message.vote.statement.view].add(message.vote)

    def conflicts(self) -> list[tuple[int, str, int, list[Vote]]]:
        """(epoch, member, view, votes) of every pair that the guard forbids, by rules written here again."""
        found = []
        for (epoch, sender, view), votes in self.votes.items():
            statements = {vote.statement for vote in votes}
            notarized = {each.block_hash for each in statements if each.kind is Kind.NOTARIZE}
            finalized = {each.block_hash for each in statements if each.kind is Kind.FINALIZE}
            nullified = any(each.kind is Kind.NULLIFY for each in statements)
            forbidden = (
                len(notarized) > 1
                or len(finalized) > 1
                or (nullified and finalized)
                or (finalized and notarized and finalized != notarized)
            )
            if forbidden:
                found.append((epoch, sender, view, sorted(votes, key=repr)))
        return found


class Cluster:
    """The nodes of one ledger; any of them may be crashed and started again."""

    def __init__(self, folder: Path, size: int = 4, consensus: dict[str, Any] | None = None, **config: Any) -> None:
        self.institutions = Institutions(folder, size, {**QUICK, **(consensus or {})}, **config)
        self.recorder = Recorder()
        self.nodes: dict[int, Node] = {}
        self.size = size

    async def start(self, at: int, *, before: Callable[[Node], None] | None = None, clock: Clock | None = None) -> Node:
        node = self.institutions.node(at, clock)
        deliver = node._received

        def received(peer: str, channel: Channel, payload: bytes) -> None:
            if channel is Channel.CONSENSUS:
                self.recorder.hear(peer, payload, node._driver.term)
            deliver(peer, channel, payload)

        node._received = received
        if before is not None:
            before(node)
        await node.start()
        self.nodes[at] = node
        return node

    async def crash(self, at: int) -> None:
        """End a node as SIGKILL would: nothing more is done, nothing more is written, its connections break."""
        node = self.nodes.pop(at)
        node._running = False
        for task in node._tasks:
            task.cancel()
        await asyncio.gather(*node._tasks, return_exceptions=True)
        for link in list(node._links._all):
            link.drop("crash")
        await node._links.stop()
        node._writer.close()
        node.store.close()

    @asynccontextmanager
    async def running(self, *which: int) -> AsyncIterator[Cluster]:
        for at in which or range(self.size):
            await self.start(at)
        async with self.running_now():
            yield self

    @asynccontextmanager
    async def running_now(self) -> AsyncIterator[Cluster]:
        """Stop whatever runs in the end."""
        try:
            yield self
        finally:
            await asyncio.gather(*(node.stop() for node in self.nodes.values()))

    async def recorded(self, *entries: Entry, deadline_s: float = DEADLINE_S) -> None:
        """All running nodes have these entries in their logs."""
        await until(
            lambda: all(
                node.store.entry_index(entry.entry_id) is not None for node in self.nodes.values() for entry in entries
            ),
            "recorded everywhere",
            deadline_s=deadline_s,
        )

    async def level(self) -> None:
        """All running nodes stand on the same block, published."""

        def same() -> bool:
            tips = {node.store.tip.digest for node in self.nodes.values()}
            sizes = {0 if (found := node.published()) is None else found.size for node in self.nodes.values()}
            return len(tips) == 1 and sizes == {next(iter(self.nodes.values())).store.tip.log_size}

        await until(same, "level")

    def assert_agreement(self) -> None:
        """Leaves, headers and map roots are byte-identical at the common height, and no vote contradicts another."""
        stores = [node.store for node in self.nodes.values()]
        common = min(store.tip.height for store in stores)
        size = stores[0].header_index(common) + 1
        logs = [list(store.leaves(0, size)) for store in stores]
        assert all(log == logs[0] for log in logs)
        assert self.recorder.conflicts() == []


def count_effects(node: Node, crash_before: int, counted: Callable[[int, fx.Effect], None] | None = None) -> None:
    """Make a node that is not started yet crash in place of its effect number `crash_before` (from 1)."""
    join = node._join

    def joined() -> None:
        join()
        perform, done = node._driver.perform, 0

        async def performed(effect: fx.Effect) -> None:
            nonlocal done
            done += 1
            if counted is not None:
                counted(done, effect)
            if done == crash_before:
                node._running = False
                raise Crash(type(effect).__name__)
            await perform(effect)

        node._driver.perform = performed

    node._join = joined
