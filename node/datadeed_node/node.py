"""One institution's node: what it consists of, how its parts are joined, and what the API may ask of it.

Everything runs on one loop in one process; the only other thread does synced writes. The parts know nothing of each
other beyond what is handed to them here. When a part fails or the core says halt, the node stops whole and `stopped`
says why. Left out: HTTP (api), commands (cli), what is true (ledger) and in which order (consensus).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import structlog

from datadeed_ledger.chain import Executed
from datadeed_ledger.encoding import Json
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Busy, DatadeedError, Malformed, Refused
from datadeed_ledger.header import HEADER_FIRST_BYTE
from datadeed_ledger.roster import Genesis, Member, Roster
from datadeed_node import layout
from datadeed_node.clock import Clock
from datadeed_node.config import Config
from datadeed_node.cosigner import Cosigner, CosignerKeys
from datadeed_node.driver import Driver
from datadeed_node.epochs import Epochs
from datadeed_node.execution import Execution, Packing
from datadeed_node.gossip import Gossip
from datadeed_node.interpreter import settle
from datadeed_node.links import Certificate, Identity, Links, PeerStatus
from datadeed_node.mempool import Limits, Mempool
from datadeed_node.metrics import Metrics
from datadeed_node.mistakes import Mistake
from datadeed_node.newest_roster import newest_known
from datadeed_node.opening import open_store, read_genesis
from datadeed_node.signatures import Signatures
from datadeed_node.snapshot import Snapshot
from datadeed_node.stamping import Stamping, authorities_of
from datadeed_node.store import Row
from datadeed_node.terms import Own, Term, Terms
from datadeed_node.waiters import Waiters
from datadeed_node.wire import Channel
from datadeed_node.writer import Writer

log = structlog.get_logger(__name__)

KEEP_S = 1.0  # between rounds of cosigning housekeeping
CATCH_UP_S = 2.0  # how long a refused entry waits for a block that others have and this node has not
SLICE_S = 0.003  # entries are judged for so long between two turns of the loop: a few dozen with their signatures
NOT_A_MEMBER = "this node is not a member of the roster in force; send the same bytes to one that is"
EVENTS_SLICE = 256  # leaves read between two turns of the loop


class Node:
    """One node: `load`, then `start`, then everything else."""

    def __init__(self, config: Config, genesis: Genesis, *, clock: Clock | None = None) -> None:
        """Raises Malformed where the keys in the node's folder cannot be read."""
        self.config = config
        self.genesis = genesis
        self.name = config.name
        self.metrics = Metrics()
        self._authorities = authorities_of(config)
        self._own = Own(config)
        self._clock = clock or Clock()
        self._waiters = Waiters()
        self._tasks: list[asyncio.Task[None]] = []
        self._running = False
        self._saved = b""

    @classmethod
    def load(cls, folder: Path) -> Node:
        """The node in `folder`, not started: its settings, genesis and keys. Raises Malformed."""
        config = Config.load(folder)
        genesis = read_genesis(config)
        return cls(config, genesis)

    # --- life --------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the store, listen, dial, and take part. Raises what open_store raises, OSError, Mistake."""
        if not __debug__:
            raise Mistake(
                "this program's invariants are assertions, and -O or PYTHONOPTIMIZE has taken them out",
                "start the node without -O and without PYTHONOPTIMIZE",
            )
        self._stopped: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._next_commit = asyncio.Event()
        settle()
        self.store, self._voting = open_store(self.config, self.genesis)
        self._join()
        self.metrics.before_exposition = self._gauges
        try:
            await self._links.start(self.config.peer_host, self.config.peer_port)
        except OSError:
            self.store.close()
            raise
        self._running = True
        for name, work in (
            ("driver", self._drive()),
            ("admit gossip", self._gossip.admit()),
            ("tell again", self._gossip.tell_again()),
            ("housekeeping", self._keep()),
        ):
            self._watch(name, work)
        if self._authorities:
            stamping = Stamping(self.store, self._writer, self.metrics, published=self.published)
            self._watch("time-stamps", stamping.run(self._authorities))
        self._driver.cosign_now()
        log.info("node started", height=self.store.tip.height, peer_port=self.peer_port)

    async def stop(self, reason: str = "") -> None:
        """Stop taking part, let what is under way become durable, close. Stopping twice is fine."""
        if not self._running:
            return
        self._running = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._links.stop()
        self._writer.close()
        self._save_published()
        self.store.close()
        if not self._stopped.done():
            self._stopped.set_result(reason)
        log.info("node stopped", reason=reason)

    async def stopped(self) -> str:
        """Wait until the node has stopped: empty where it was asked to, else why it stopped by itself."""
        return await asyncio.shield(self._stopped)

    @property
    def peer_port(self) -> int:
        """The port on which other institutions are heard."""
        return self._links.port

    @property
    def may_vote(self) -> bool:
        """Whether this node votes in this epoch: a member with its vote key, and no vote of that key is missing."""
        return self._driver.term.core.is_voting

    @property
    def member(self) -> Member | None:
        """This node's institution as the newest roster that names it does; None before one has."""
        members = (roster.by_name(self.name) for roster in reversed(self.store.rosters))
        return next((member for member in members if member is not None), None)

    @property
    def is_member(self) -> bool:
        """Whether the roster in force names this node."""
        return self._driver.term.member is not None

    # --- entries -----------------------------------------------------------------------------------------------------

    async def submit(self, data: bytes) -> Entry:
        """Take one entry in. Raises Malformed, Refused or Busy. What waits or is recorded already is fine."""
        try:
            return self._take(data)
        except Refused:
            if not self._cosigner.is_behind:
                raise
        await self._catch_up()
        return self._take(data)

    async def submit_batch(self, items: Sequence[bytes]) -> list[Entry | DatadeedError]:
        """Take several in, a result for each in order; the loop has its turn between slices."""
        results: list[Entry | DatadeedError] = []
        end_s = monotonic() + SLICE_S
        for data in items:
            try:
                results.append(self._take(data))
            except DatadeedError as error:
                results.append(error)
            if monotonic() > end_s:
                await asyncio.sleep(0)
                end_s = monotonic() + SLICE_S
        return results

    def pending(self, entry_id: bytes) -> Entry | None:
        """The entry if it waits here to be recorded."""
        return self._mempool.get(entry_id)

    async def wait_proven(self, entry_id: bytes, timeout_s: float) -> int:
        """The entry's log index, once the published checkpoint covers it.

        Raises TimeoutError, or what the rules said where it left the pool unrecorded.
        """
        snapshot = self.published()
        proven = None if snapshot is None else snapshot.entry_index(entry_id)
        if proven is not None:
            return proven
        index = self.store.entry_index(entry_id)
        error = self._mempool.reason_dropped(entry_id)
        if index is None and error is not None:
            raise error
        return await asyncio.wait_for(self._waiters.wait(entry_id, index), timeout_s)

    def _take(self, data: bytes) -> Entry:
        if not self._running:
            raise Busy("this node is stopping; send the same bytes to another")
        if not self.is_member:
            raise Busy(NOT_A_MEMBER)
        entry, is_new = self._mempool.admit(data, "api")
        if is_new:
            self._gossip.tell(data)
        return entry

    async def _catch_up(self) -> None:
        """Wait until this node has committed what the others say they have, or for CATCH_UP_S."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + CATCH_UP_S
        while self._cosigner.is_behind and loop.time() < end_s:
            try:
                await asyncio.wait_for(self._next_commit.wait(), end_s - loop.time())
            except TimeoutError:
                return

    # --- what is recorded --------------------------------------------------------------------------------------------

    def published(self) -> Snapshot | None:
        """The ledger under the newest published checkpoint; None before the first."""
        return self._cosigner.snapshot

    async def events(self, first: int) -> AsyncIterator[tuple[int, bytes]]:
        """(log index, entry bytes) of every committed entry from index `first` on, for as long as the node runs."""
        index = first
        while self._running:
            arrived = self._next_commit
            stop = min(self.store.tip.log_size, index + EVENTS_SLICE)
            for at, data in self.store.leaves(index, stop) if index < stop else ():
                if not data.startswith(HEADER_FIRST_BYTE):
                    yield at, data
            index = max(index, stop)
            if index < self.store.tip.log_size:
                await asyncio.sleep(0)
            else:
                await arrived.wait()

    def status(self) -> dict[str, Json]:
        """What an operator looks at first."""
        snapshot, tip, term = self.published(), self.store.tip, self._driver.term
        return {
            "name": self.name,
            "fingerprint": self.genesis.fingerprint.hex(),
            "height": tip.height,
            "log_size": tip.log_size,
            "block_id": tip.digest.hex(),
            "block_time_ms": tip.header.time_ms,
            "state_root": tip.header.state_root.hex(),
            "published_size": 0 if snapshot is None else snapshot.size,
            "view": term.core.view,
            "final_view": term.core.final_view,
            "mempool_entries": len(self._mempool),
            "mempool_bytes": self._mempool.waiting_bytes,
            "may_vote": self.may_vote,
            "evidence": len(self._driver.evidence),
            "roster_version": self.store.roster.version,
            "is_member": self.is_member,
            "unproven_rosters": list(self._cosigner.unproven),
            "peers": [
                {"name": each.name, "connected": each.connected, "is_member": each.is_member} for each in self.peers()
            ],
        }

    def peers(self) -> list[PeerStatus]:
        """The links to the other institutions."""
        return self._links.peers()

    # --- joining the parts -------------------------------------------------------------------------------------------

    def _join(self) -> None:
        store, metrics, clock, config = self.store, self.metrics, self._clock, self.config
        self._writer = Writer(metrics)
        signatures = Signatures(metrics)
        self._mempool = Mempool(
            store,
            signatures,
            metrics,
            clock,
            Limits(config.mempool_entries_max, config.mempool_bytes_max),
            changed=self._work,
            dropped=self._waiters.dropped,
        )
        packing = Packing(config.block_entries_max, config.block_bytes_max)
        self._execution = Execution(store, self._mempool, signatures, metrics, packing)
        self._links = Links(
            Identity(self.name, self.genesis.fingerprint, self._own.certificate(store.rosters)),
            metrics,
            queue_bytes_max=config.link_queue_bytes_max,
            received=self._received,
            changed=self._peer_changed,
        )
        self._gossip = Gossip(self._mempool, metrics, send=self._sender(Channel.ENTRIES), drop=self._links.drop)
        self._cosigner = Cosigner(
            store,
            self.name,
            self._cosigner_keys,
            clock,
            metrics,
            send=self._sender(Channel.COSIGNATURES),
            published=self._on_published,
        )
        epochs = Epochs(store)
        self._terms = Terms(store, epochs, self._own, self._voting, self._execution.read_meta)
        self._driver = Driver(
            self._begin_term,
            epochs,
            store,
            self._execution,
            self._cosigner,
            self._writer,
            self,
            clock,
            metrics,
        )

    def _begin_term(self) -> Term:
        """For the driver: everything that hangs on the roster goes over to the one in force now."""
        rosters = self.store.rosters
        ahead = newest_known(self.config.newest_roster_file, rosters[-1], self.genesis.origin)
        self._own.read_again()
        self._show(self._own.certificate(rosters if ahead is None else (*rosters, ahead)))
        self._links.expect(rosters[-1], rosters[-2] if len(rosters) > 1 else None, ahead)
        self._gossip.roster_changed()
        term = self._terms.begin()
        if term.member is None and len(self._mempool):
            self._mempool.give_up(Busy(NOT_A_MEMBER))
        log.info("epoch begins", roster=term.roster.version, member=term.member is not None)
        return term

    def _show(self, certificate: Certificate) -> None:
        try:
            self._links.show(certificate)
        except (OSError, ssl.SSLError) as error:
            log.critical("certificate not taken", reason=str(error), next_step="check tls/ and next-tls/, and restart")

    def _sender(self, channel: Channel) -> Callable[[str | None, bytes], None]:
        def send(peer: str | None, payload: bytes) -> None:
            if peer is None:
                self._links.broadcast(channel, payload)
            else:
                self._links.send(peer, channel, payload)

        return send

    def _cosigner_keys(self, roster: Roster) -> CosignerKeys | None:
        keys = self._own.keys(roster)
        return None if keys.cosign is None or keys.log is None else CosignerKeys(keys.cosign, keys.log)

    # --- what the parts tell -----------------------------------------------------------------------------------------

    def send(self, peer: str, data: bytes) -> None:
        """For the driver: one consensus message to one peer."""
        self._links.send(peer, Channel.CONSENSUS, data)

    def broadcast(self, peers: Collection[str], data: bytes) -> None:
        """For the driver: one consensus message to all of these."""
        self._links.broadcast(Channel.CONSENSUS, data, peers)

    def hold(self, peer: str, *, held: bool) -> None:
        """For the driver: stop or go on reading from a peer."""
        self._links.hold(peer, held=held)

    def committed(self, executed: Executed) -> None:
        """For the driver: a block is durable and the store stands on it."""
        header = executed.tip.header
        self._mempool.committed(executed)
        self._gossip.committed()
        self._waiters.committed(header.first, executed.entries)
        self.metrics.entries_committed.inc(len(executed.entries))
        self.metrics.blocks_committed.inc()
        self._next_commit.set()
        self._next_commit = asyncio.Event()

    def silenced(self) -> Row | None:
        """For the driver: the present vote key may vote no more."""
        member = self._driver.term.member
        return None if member is None else self._voting.silence(member.vote)

    def _work(self, pending: bool) -> None:
        self._driver.work(pending)

    def _received(self, peer: str, channel: Channel, payload: bytes) -> None:
        if channel is Channel.CONSENSUS:
            self._driver.message(peer, payload)
        elif channel is Channel.ENTRIES:
            if self.is_member:
                self._gossip.received(peer, payload)
        elif channel is Channel.COSIGNATURES:
            try:
                self._cosigner.received(peer, payload)
            except Malformed as error:
                self._links.drop(peer, str(error))

    def _peer_changed(self, peer: str, up: bool) -> None:
        self._driver.peer(peer, up=up)
        if up:
            self._gossip.peer_up(peer)
            self._cosigner.peer_up(peer)

    def _on_published(self, snapshot: Snapshot) -> None:
        self._waiters.published(snapshot.size)
        if self._cosigner.unproven:
            self._driver.cosign_now()  # a boundary that is proven becomes durable, and what waits for it follows

    # --- tasks -------------------------------------------------------------------------------------------------------

    def _watch(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.append(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A part that ends while the node runs takes the node with it."""
        if not self._running or task.cancelled():
            return
        error = task.exception()
        reason = self._driver.halted or f"{task.get_name()} failed: {error!r}"
        log.critical("node stops", reason=reason, exc_info=error)
        self._stopping = asyncio.get_running_loop().create_task(self.stop(reason))

    async def _drive(self) -> None:
        await self._driver.run()

    async def _keep(self) -> None:
        """Once a second: owed cosignatures, lost ones, and the published checkpoint to disk."""
        while True:
            await asyncio.sleep(KEEP_S)
            if self._cosigner.unsigned():
                self._driver.cosign_now()
            self._cosigner.ask()
            snapshot = self.published()
            if snapshot is not None and snapshot.checkpoint != self._saved:
                batch = self.store.batch()
                batch.put(layout.PUBLISHED, snapshot.checkpoint)
                await self._writer.write(batch)
                self._saved = snapshot.checkpoint

    def _save_published(self) -> None:
        snapshot = self.published()
        if snapshot is not None and snapshot.checkpoint != self._saved:
            batch = self.store.batch()
            batch.put(layout.PUBLISHED, snapshot.checkpoint)
            batch.write()

    def _gauges(self) -> None:
        metrics, tip, snapshot = self.metrics, self.store.tip, self.published()
        metrics.height.set(tip.height)
        metrics.log_size.set(tip.log_size)
        metrics.published_size.set(0 if snapshot is None else snapshot.size)
        metrics.epoch.set(self._driver.term.roster.version)
        metrics.view.set(self._driver.term.core.view)
        metrics.final_view.set(self._driver.term.core.final_view)
        metrics.mempool_entries.set(len(self._mempool))
        metrics.mempool_bytes.set(self._mempool.waiting_bytes)
