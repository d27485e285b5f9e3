"""The one task that feeds the consensus core and performs its effects, strictly in order.

The core decides, the driver does: `Persist` and `Deliver` are barriers, durable before anything that comes after them;
inputs queue meanwhile. A block is built and executed inside its effect, on the committed state as it is at that place
in the order, and answered as the next input. When the core says halt, the driver stops and the node with it.
When the core says that its epoch has ended, the next term begins on the block that ended it (terms.py): its core is
told which links are up and whether work waits, and gets no answer that the one before it still waited for.
Peers are names here; each term knows which signer that is. Who is none in its epoch is not heard, but led on to the end
of the epoch that it is in.
Left out: the rules of voting (the consensus room), what a block does (execution.py).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

import structlog

from datadeed_consensus import effects as fx
from datadeed_consensus.allowance import Allowance
from datadeed_consensus.messages import GetBlock, GetRange, Status, decode_request
from datadeed_consensus.rows import evidence_in
from datadeed_ledger.chain import Executed
from datadeed_ledger.errors import Malformed
from datadeed_node.clock import Clock
from datadeed_node.cosigner import Cosigner
from datadeed_node.epochs import Epochs
from datadeed_node.execution import Execution
from datadeed_node.metrics import Metrics
from datadeed_node.store import Row, Store
from datadeed_node.terms import Term
from datadeed_node.writer import Writer

log = structlog.get_logger(__name__)

# A peer's messages that wait here; beyond, its link is not read until half of them are done.
WAITING_BYTES_MAX = 16 * 1024 * 1024
MESSAGE_OVERHEAD_BYTES = 256  # what Python keeps beside a message's bytes, so that many small ones count too
STEPS_A_TURN = 32  # then links and API get their turn, also when nothing here has to wait
# Blocks delivered in one step: the last ones are cosigned each; before them this node is only catching up.
COSIGNED_OF_A_STEP = 2
# To all that have no place in this epoch together; a page of blocks is the most that one answer takes.
ANSWERS_PER_SECOND, ANSWERS_BURST = 20, 40
VOTES_LOST = "votes-lost"  # the core's alarm: it follows, and votes no more under this key
# What a person does about the core's alarms that stop a node.
NEXT_STEPS = {
    "safety": (
        "keep this folder as it is and compare checkpoints and evidence with the other institutions; "
        "do not start the node again before it is understood which members signed both"
    ),
    "divergence": (
        "run `datadeed-node verify DIR`: where it names a fault, check the disk and start again, the store is rebuilt; "
        "where it finds none, compare this program's version with the other institutions'"
    ),
}


@dataclass(frozen=True, slots=True)
class CosignNow:
    """Not the core's: sign the newest block if this node still owes its word on it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One consensus message, of a member or of somebody who was one."""

    peer: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Linked:
    """A link came up or went down."""

    peer: str
    up: bool


Given = fx.Input | CosignNow | Heard | Linked
# What belongs to the core that it was meant for, and says nothing to the one of the next epoch.
OF_ONE_CORE = (fx.Start, fx.Executed, fx.Built, fx.WorkPending, fx.Tick)


class Outside(Protocol):
    """What the driver does to the world beside the store."""

    def send(self, peer: str, data: bytes) -> None:
        """One consensus message to one peer."""
        ...

    def broadcast(self, peers: Collection[str], data: bytes) -> None:
        """One consensus message to all of these."""
        ...

    def hold(self, peer: str, *, held: bool) -> None:
        """Stop or go on reading from a peer."""
        ...

    def committed(self, executed: Executed) -> None:
        """A block is durable and the store stands on it."""
        ...

    def silenced(self) -> Row | None:
        """The present vote key may vote no more: the row that makes this durable, if there is such a key."""
        ...


class Driver:
    """The consensus side of one node."""

    def __init__(
        self,
        begin: Callable[[], Term],
        epochs: Epochs,
        store: Store,
        execution: Execution,
        cosigner: Cosigner,
        writer: Writer,
        outside: Outside,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._begin = begin
        self._epochs = epochs
        self._store = store
        self._execution = execution
        self._cosigner = cosigner
        self._writer = writer
        self._outside = outside
        self._clock = clock
        self._metrics = metrics
        self._inputs: deque[Given] = deque()
        self._arrived = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._waiting_bytes: dict[str, int] = {}
        self._held: set[str] = set()
        self._up: set[str] = set()
        self._pending = False
        self._delivers_left = 0
        self._ended = False
        self._answers = Allowance(1, ANSWERS_PER_SECOND, ANSWERS_BURST)
        self.halted = ""
        self.evidence = evidence_in(store.consensus_rows())
        metrics.evidence.inc(len(self.evidence))
        self.term = begin()

    # --- inputs ------------------------------------------------------------------------------------------------------

    def message(self, peer: str, data: bytes) -> None:
        """One consensus message from an authenticated peer."""
        waiting = self._waiting_bytes.get(peer, 0) + len(data) + MESSAGE_OVERHEAD_BYTES
        self._waiting_bytes[peer] = waiting
        if waiting > WAITING_BYTES_MAX and peer not in self._held:
            self._held.add(peer)
            self._outside.hold(peer, held=True)
        self._give(Heard(peer, data))

    def peer(self, peer: str, *, up: bool) -> None:
        self._held.discard(peer)
        self._give(Linked(peer, up))

    def work(self, pending: bool) -> None:
        """Whether entries wait; repeating it costs nothing."""
        if pending != self._pending:
            self._pending = pending
            self._give(fx.WorkPending(pending))

    def cosign_now(self) -> None:
        self._give(CosignNow())

    def _give(self, given: Given) -> None:
        self._inputs.append(given)
        self._arrived.set()

    # --- the loop ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until the core says halt (`halted` says why) or the task is cancelled."""
        self._inputs.appendleft(fx.Start())
        try:
            steps = 0
            while not self.halted:
                if not self._inputs:
                    self._arrived.clear()
                    await self._arrived.wait()
                await self._one(self._inputs.popleft())
                steps += 1
                if steps % STEPS_A_TURN == 0:
                    await asyncio.sleep(0)
        finally:
            if self._timer is not None:
                self._timer.cancel()

    async def _one(self, given: Given) -> None:
        if isinstance(given, CosignNow):
            await self._cosign_tip()
            return
        known = self._for_core(given)
        if known is None:
            if isinstance(given, Heard):
                await self._lead_on(given.peer, given.data)
            return
        effects = self.term.core.step(self._clock.mono_ms(), self._clock.utc_ms(), known)
        self._delivers_left = sum(isinstance(effect, fx.Deliver) for effect in effects)
        for effect in effects:
            await self.perform(effect)
        if self._ended:
            self._next_term()

    def _for_core(self, given: fx.Input | Heard | Linked) -> fx.Input | None:
        """The input as the core of this epoch takes it; None where it has no place for that peer."""
        match given:
            case Heard(peer, data):
                self._taken(peer, len(data) + MESSAGE_OVERHEAD_BYTES)
                place = self.term.place(peer)
                return None if place is None else fx.Message(place, data)
            case Linked(peer, up):
                (self._up.add if up else self._up.discard)(peer)
                place = self.term.place(peer)
                if place is None:
                    return None
                return fx.PeerUp(place) if up else fx.PeerDown(place)
        return given

    async def _lead_on(self, peer: str, data: bytes) -> None:
        """Who has no place in this epoch may still be in the one before: answer as the core would (2.11.3)."""
        try:
            found = decode_request(data)
        except Malformed:
            return
        if found is None or not self._answers.spend(0, 1, self._clock.mono_ms()):
            return
        epoch_id, asked = found
        match asked:
            case Status():
                answer = self._epochs.end(epoch_id)
            case GetBlock(digest):
                answer = self._epochs.block(digest, epoch_id)
            case GetRange(from_height, bytes_max):
                answer = await self._epochs.page(from_height, bytes_max, epoch_id)
        if answer is not None:
            self._outside.send(peer, answer)

    def _next_term(self) -> None:
        """The epoch has ended: what waits is for the core of the next one, after what that core must know first."""
        self._ended = False
        self.term = self._begin()
        waiting = [given for given in self._inputs if not isinstance(given, OF_ONE_CORE)]
        links = [Linked(peer, up=True) for peer in sorted(self._up)]
        self._inputs = deque([fx.Start(), *links, fx.WorkPending(self._pending), *waiting])

    def _taken(self, peer: str, size: int) -> None:
        waiting = self._waiting_bytes[peer] = self._waiting_bytes[peer] - size
        if peer in self._held and waiting < WAITING_BYTES_MAX // 2:
            self._held.discard(peer)
            self._outside.hold(peer, held=False)

    # --- effects -----------------------------------------------------------------------------------------------------

    async def perform(self, effect: fx.Effect) -> None:
        """Do one effect; what must be durable is, when this returns."""
        match effect:
            case fx.Persist(puts, deletes):
                batch = self._store.batch()
                self._store.add_consensus_rows(batch, puts, deletes)
                await self._writer.write(batch)
            case fx.Send(peer, data):
                self._send(peer, data)
            case fx.Broadcast(data):
                self._outside.broadcast(self.term.others, data)
            case fx.Build():
                self._build(effect)
            case fx.Execute(digest, block, parent):
                reason = await self._execution.execute(digest, block, parent)
                self._answer(fx.Executed(digest, not reason, reason))
            case fx.ServeBlock(peer, digest, epoch_id):
                self._send(peer, self._epochs.block(digest, epoch_id))
            case fx.ServeRange(peer, from_height, bytes_max, epoch_id):
                self._send(peer, await self._epochs.page(from_height, bytes_max, epoch_id))
            case fx.ServeEnd(peer, epoch_id):
                self._send(peer, self._epochs.end(epoch_id))
            case fx.EpochEnded():
                self._ended = True
            case fx.RecordEvidence(key, evidence):
                self._metrics.evidence.inc()
                self.evidence[key] = evidence
                log.error("a member voted twice", key=key.hex(), evidence=evidence.hex())
            case fx.Alarm(name, text, halt):
                self._alarm(name, text, halt=halt)
                if name == VOTES_LOST:
                    await self._silence()
            case fx.Wake(at_mono_ms):
                self._wake(at_mono_ms)
            case fx.Deliver():
                is_newest = self._delivers_left <= COSIGNED_OF_A_STEP
                self._delivers_left -= 1
                await self._deliver(effect, is_newest=is_newest)

    def _send(self, place: int, data: bytes | None) -> None:
        """To this signer, if there is anything to send."""
        if data is not None:
            self._outside.send(self.term.name(place), data)

    def _answer(self, given: fx.Input) -> None:
        self._inputs.appendleft(given)

    def _build(self, effect: fx.Build) -> None:
        # Half of the time, so that members on slower machines execute it in time as well.
        within_s = max(0, effect.deadline_mono_ms - self._clock.mono_ms()) / 2000
        data = self._execution.build(
            effect.parent, empty=effect.empty, time_ms=effect.time_ms, slack_ms=effect.slack_ms, within_s=within_s
        )
        self._answer(fx.Built(effect.view, data))

    async def _deliver(self, effect: fx.Deliver, *, is_newest: bool) -> None:
        executed = self._execution.executed(effect.digest)
        assert executed.tip.height == effect.height, "consensus and the header agree on the height"
        # Where an epoch ends every member's word is needed for good: it proves the next roster.
        cosigned = is_newest or executed.next_roster is not None
        batch = self._store.prepare(executed, effect.view, effect.certificate)
        self._store.add_consensus_rows(batch, effect.puts, effect.deletes)
        if cosigned:
            self._cosigner.sign(executed.tip, batch)
        await self._writer.write(batch)
        self._store.adopt(executed)
        self._execution.committed(effect.digest)
        self._outside.committed(executed)
        if cosigned:
            self._cosigner.committed()

    async def _cosign_tip(self) -> None:
        batch = self._store.batch()
        if self._cosigner.sign(self._store.tip, batch):
            await self._writer.write(batch)
        self._cosigner.committed()

    def _alarm(self, name: str, text: str, *, halt: bool) -> None:
        self._metrics.alarms.labels(name).inc()
        next_step = NEXT_STEPS.get(name, "tell the other institutions' operators")
        log.critical("alarm", name=name, text=text, halt=halt, next_step=next_step)
        if halt:
            self.halted = f"{name}: {text}. Next: {next_step}"

    async def _silence(self) -> None:
        """The vote key of this epoch may never vote again, also in epochs that the core's rows do not reach."""
        row = self._outside.silenced()
        if row is not None:
            batch = self._store.batch()
            batch.put(*row)
            await self._writer.write(batch)

    def _wake(self, at_mono_ms: int | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if at_mono_ms is not None:
            delay_s = max(0, at_mono_ms - self._clock.mono_ms()) / 1000
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._give(fx.Tick())
