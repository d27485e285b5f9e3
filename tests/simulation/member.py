"""One simulated member: the driver's duties around a real consensus core, with a disk that can lose and a fuse.

Effects are performed strictly in order; while a write is under way inputs queue. A lit fuse kills the member between
any two effects: what was not yet performed is lost, as is a write that had begun. Contract: effects.py.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulation.blocks import CHANGE, ToyBlock, read_meta
from simulation.disk import Committed, Disk
from simulation.observer import demand
from simulation.rosters import Epoch

from datadeed_consensus import effects as fx
from datadeed_consensus.core import BlockMeta, Core, Setup
from datadeed_consensus.messages import RANGE_BLOCKS_MAX, encode_block, encode_end, encode_range

if TYPE_CHECKING:
    from simulation.cluster import Cluster

ENTRIES_A_BLOCK = 5
GOSSIP_MS = 500  # entries are offered again until they are recorded
TICKS_AT_ONCE_MAX = 20  # more wake-ups in one millisecond mean a core that never sleeps
_RANK: dict[type[fx.Effect], int] = {
    fx.Persist: 0,
    fx.Deliver: 1,
    fx.Send: 2,
    fx.Broadcast: 2,
    fx.ServeBlock: 2,
    fx.ServeRange: 2,
    fx.ServeEnd: 2,
    fx.EpochEnded: 3,
    fx.Wake: 4,
}


class Member:
    """An honest member at one seat. `index` is its place in the first roster; twins are two seats of one index."""

    honest = True

    def __init__(self, cluster: Cluster, seat: int, index: int) -> None:
        self.cluster = cluster
        self.seat = seat
        self.index = index
        self.disk = Disk()
        self.application = self.disk.application()
        self.mempool: set[int] = set()
        self.core: Core | None = None
        self.epoch_of_core = cluster.epochs[0]
        self.drift_ms = 0  # of its UTC clock
        self.fuse: int | None = None  # effects that it will still perform
        self.build_fails_permille = 0
        self.verifications = 0  # signature checks that its core asked for
        self.executions = 0  # blocks that its core asked to execute
        self.alarms: list[fx.Alarm] = []
        self._valid: set[bytes] = set()  # blocks executed in this life
        self._life = 0  # counts starts; what was scheduled in another life is void
        self._mono_base_ms = 0
        self._inputs: deque[fx.Input] = deque()
        self._effects: deque[fx.Effect] = deque()
        self._writing = False
        self._wake_ms: int | None = None
        self._ticks_at = (0, 0)  # (simulated time, ticks at that time)
        self._said_pending = False
        self._gossiping = False
        self._answered_ms = 0  # when the last of the answers that are under way will come

    # --- life ---------------------------------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        return self.core is not None

    @property
    def running(self) -> Core:
        assert self.core is not None, f"seat {self.seat} is down"
        return self.core

    @property
    def epoch(self) -> Epoch:
        """Of the next block on its own chain."""
        return self.cluster.epochs[self.application.epoch - 1]

    def start(self) -> None:
        """From what the disk holds; everything else of the former life is gone."""
        self._life += 1
        self._mono_base_ms = self.cluster.random.randrange(1 << 40)
        self.application = self.disk.application()
        self.core = Core(self._setup(), self.disk.floor(), dict(self.disk.rows))
        self._said_pending = False
        self._gossiping = False
        self._valid = set()
        self.feed(fx.Start())
        if self.honest and self.alive and not self._writing:
            self.cluster.observer.restarted(self.seat, self.running)
        self.say_pending()

    def crash(self) -> None:
        self.core = None
        self.fuse = None
        self.mempool = set()
        self._inputs.clear()
        self._effects.clear()
        self._writing = False
        self._wake_ms = None

    def _setup(self) -> Setup:
        cluster, epoch = self.cluster, self.epoch
        self.epoch_of_core = epoch
        return Setup(
            epoch=epoch.number,
            epoch_id=epoch.epoch_id,
            vote_keys=epoch.keys,
            own=epoch.place(self.index),
            parameters=cluster.parameters,
            read_meta=self._read_meta,
            sign=self._sign,
            verify=self._verify,
            is_new=self._life == 1,
        )

    def _next_epoch(self) -> None:
        """The old core is gone, and with it all that was asked of it or for it; the next one begins where it ended."""
        self._life += 1
        self._effects.clear()
        self._inputs.clear()
        self._wake_ms = None
        self._said_pending = self._gossiping = False
        self.core = Core(self._setup(), self.disk.floor(), dict(self.disk.rows))
        self._inputs.append(fx.Start())
        if self.cluster.announce_links:
            for other in self.cluster.seats:
                place = self.epoch.place(other.index)
                if other.alive and other.index != self.index and place is not None:
                    self._inputs.append(fx.PeerUp(place))
        life = self._life
        self.cluster.after(0, lambda: self.learn(()) if life == self._life else None)

    def _read_meta(self, data: bytes) -> BlockMeta:
        meta = read_meta(data)
        if meta.digest not in self.cluster.observer.blocks:
            self.cluster.observer.block(ToyBlock.parse(data))
        return meta

    def _sign(self, statement: bytes) -> bytes:
        self.cluster.observer.signed(self.index, statement, self.utc_ms, self._valid)
        epoch = self.epoch_of_core
        place = epoch.place(self.index)
        assert place is not None, "who is no member votes"
        return self.cluster.keyring.sign(self.index, statement, epoch.keys[place])

    def _verify(self, public_key: bytes, message: bytes, signature: bytes) -> bool:
        self.verifications += 1
        return self.cluster.keyring.verify(public_key, message, signature)

    @property
    def mono_ms(self) -> int:
        return self._mono_base_ms + self.cluster.now_ms

    @property
    def utc_ms(self) -> int:
        return self.cluster.utc_ms + self.drift_ms

    # --- inputs -------------------------------------------------------------------------------------------------------

    def feed(self, given: fx.Input) -> None:
        if self.alive:
            if isinstance(given, fx.Executed) and given.ok:
                self._valid.add(given.digest)
            self._inputs.append(given)
            self._pump()

    def hear(self, peer: int, data: bytes) -> None:
        """A consensus message has arrived from a member; from who is none in its own epoch nothing is read."""
        place = self.epoch_of_core.place(peer)
        if place is not None:
            self.feed(fx.Message(place, data))

    def link(self, peer: int, *, is_up: bool) -> None:
        place = self.epoch_of_core.place(peer)
        if place is not None:
            self.feed(fx.PeerUp(place) if is_up else fx.PeerDown(place))

    def learn(self, entries: Iterable[int]) -> None:
        """Entries from a depositor or from gossip."""
        if self.alive:
            self.mempool.update(entry for entry in entries if entry not in self.application.recorded)
            self.say_pending()
            if self.mempool and not self._gossiping:
                self._gossiping = True
                self._gossip(self._life)

    def _gossip(self, life: int) -> None:
        if life != self._life:
            return
        self._gossiping = bool(self.mempool)
        if self._gossiping:
            self.cluster.gossip(self)
            self.cluster.after(GOSSIP_MS, lambda: self._gossip(life))

    def say_pending(self) -> None:
        pending = bool(self.mempool)
        if self.alive and pending != self._said_pending:
            self._said_pending = pending
            self.feed(fx.WorkPending(pending))

    def _say_pending_again(self) -> None:
        """After a delivery of entries; a driver should repeat the level then, but need not."""
        if self.cluster.repeats_pending:
            self._said_pending = not self.mempool
        self.say_pending()

    def _answer(self, delay_ms: int, given: fx.Input) -> None:
        """To a Build or Execute: in the order of asking, and in no other life."""
        life = self._life
        self._answered_ms = max(self._answered_ms, self.cluster.now_ms + delay_ms)
        self.cluster.after(
            self._answered_ms - self.cluster.now_ms, lambda: self.feed(given) if life == self._life else None
        )

    # --- steps --------------------------------------------------------------------------------------------------------

    def _pump(self) -> None:
        while self.alive and not self._writing:
            if self._effects:
                self._one_effect()
            elif self._inputs:
                self._one_step(self._inputs.popleft())
            else:
                return

    def _one_step(self, given: fx.Input) -> None:
        effects = self.running.step(self.mono_ms, self.utc_ms, given)
        self.cluster.steps += 1
        self.cluster.note(self.seat, given)
        self._check_order(effects)
        self._effects.extend(effects)

    def _check_order(self, effects: tuple[fx.Effect, ...]) -> None:
        ranks = [_RANK[type(effect)] for effect in effects if type(effect) in _RANK]
        demand(ranks == sorted(ranks), f"contract: effects out of order: {[type(each) for each in effects]}")
        demand(ranks.count(0) <= 1, "contract: two Persist effects in one step")
        demand(bool(effects) and type(effects[-1]) is fx.Wake, "contract: the last effect is not Wake")
        demand(ranks.count(_RANK[fx.Wake]) == 1, "contract: two Wake effects in one step")

    def _one_effect(self) -> None:
        if self.fuse is not None:
            if self.fuse == 0:
                self.cluster.member_crashed(self.seat)
                return
            self.fuse -= 1
        effect = self._effects.popleft()
        if isinstance(effect, (fx.Persist, fx.Deliver)):
            self._begin_write(effect)
        else:
            self.cluster.note(self.seat, effect)
            self._perform(effect)
        is_quiet = self.alive and not self._effects and not self._writing
        if self.honest and is_quiet and not self.running.has_ended:
            self.cluster.observer.stepped(self.seat, self.running)

    def _begin_write(self, effect: fx.Persist | fx.Deliver) -> None:
        delay_ms = self.cluster.disk_delay_ms(self.seat)
        if delay_ms == 0:
            self._finish_write(effect)
            return
        self._writing = True
        life = self._life

        def done() -> None:
            if life == self._life and self.alive:
                self._writing = False
                self._finish_write(effect)
                self._pump()

        self.cluster.after(delay_ms, done)

    def _finish_write(self, effect: fx.Persist | fx.Deliver) -> None:
        committed = None
        if isinstance(effect, fx.Deliver):
            demand(effect.height == self.application.height + 1, "contract: a delivered height does not follow")
            epoch = self.epoch.number
            self.application.deliver(effect.digest, ToyBlock.parse(effect.block))
            block = ToyBlock.parse(effect.block)
            committed = Committed(effect.block, effect.digest, effect.view, effect.certificate, epoch, block.ends_epoch)
        deleted = self.disk.write(effect.puts, effect.deletes, committed)
        if self.honest:
            self.cluster.observer.kept(self.seat, self.index, (value for _, value in effect.puts))
        if isinstance(effect, fx.Deliver):
            self._delivered(effect)
        if self.honest:
            self.cluster.observer.dropped(self.seat, self.index, deleted)

    def _delivered(self, effect: fx.Deliver) -> None:
        application = self.application
        if self.honest:
            self.cluster.observer.delivered(
                self.seat, effect.digest, effect.height, application.root, effect.certificate
            )
        self.cluster.note(self.seat, effect)
        recorded = ToyBlock.parse(effect.block).entries
        if recorded:
            self.mempool.difference_update(recorded)
            life = self._life  # said after this step, as the driver's mempool does
            self.cluster.after(0, lambda: self._say_pending_again() if life == self._life else None)

    # --- effects ------------------------------------------------------------------------------------------------------

    def _perform(self, effect: fx.Effect) -> None:
        match effect:
            case fx.Send(peer, data):
                self.emit((peer,), data)
            case fx.Broadcast(data):
                members = self.epoch_of_core.members
                self.emit([at for at, member in enumerate(members) if member != self.index], data)
            case fx.Build():
                self._build(effect)
            case fx.Execute(digest, block, _):
                self.executions += 1
                reason = self.application.execute(digest, ToyBlock.parse(block))
                self._answer(self.cluster.execute_delay_ms(), fx.Executed(digest, not reason, reason))
            case fx.ServeBlock(peer, digest, epoch_id):
                block_bytes = self.disk.block_of(digest)
                if block_bytes is not None:
                    self.emit((peer,), encode_block(epoch_id, block_bytes))
            case fx.ServeRange(peer, from_height, bytes_max, epoch_id):
                epoch = self.cluster.epoch_with(epoch_id)
                page = epoch and self.disk.page(from_height, RANGE_BLOCKS_MAX, bytes_max, epoch.number)
                if page is not None:
                    self.emit((peer,), encode_range(epoch_id, *page))
            case fx.ServeEnd(peer, epoch_id):
                epoch = self.cluster.epoch_with(epoch_id)
                end = epoch and self.disk.end_of(epoch.number)
                if end is not None:
                    self.emit((peer,), encode_end(epoch_id, end.certificate))
            case fx.EpochEnded():
                self._next_epoch()
            case fx.RecordEvidence(_, evidence):
                if self.honest:
                    self.cluster.observer.accused(evidence)
            case fx.Alarm():
                self._alarm(effect)
            case fx.Wake(at_mono_ms):
                self._set_wake(at_mono_ms)

    def emit(self, peers: Iterable[int], data: bytes) -> None:
        """Let a message out to these members of the roster."""
        if self.honest:
            self.cluster.observer.sent(self.seat, self.index, data)
        for peer in peers:
            self.cluster.post(self.seat, self.epoch_of_core.members[peer], data)

    def _build(self, effect: fx.Build) -> None:
        delay_ms = self.cluster.execute_delay_ms()
        if self.cluster.random.randrange(1000) < self.build_fails_permille:
            self._answer(delay_ms, fx.Built(effect.view, None))
            return
        change = CHANGE + self.application.epoch
        first = [change] if change in self.mempool else sorted(self.mempool)[:ENTRIES_A_BLOCK]
        entries = [] if effect.empty else first
        height = self.cluster.observer.blocks[effect.parent].height + 1
        block = self.application.build(effect.parent, height, effect.time_ms, effect.slack_ms, entries)
        self.cluster.observer.block(block)
        self._answer(delay_ms, fx.Built(effect.view, block.to_bytes()))

    def _alarm(self, alarm: fx.Alarm) -> None:
        self.alarms.append(alarm)
        if alarm.halt and self.honest:
            demand(self.cluster.halts_expected, f"seat {self.seat} halted: {alarm.name}: {alarm.text}")
            self.crash()

    def _set_wake(self, at_mono_ms: int | None) -> None:
        at_ms = None if at_mono_ms is None else max(at_mono_ms - self._mono_base_ms, self.cluster.now_ms)
        if at_ms == self._wake_ms:
            return
        self._wake_ms = at_ms
        if at_ms is not None:
            life = self._life
            self.cluster.after(at_ms - self.cluster.now_ms, lambda: self._tick(life, at_ms))

    def _tick(self, life: int, at_ms: int) -> None:
        if life != self._life or at_ms != self._wake_ms:
            return
        self._wake_ms = None
        at, ticks = self._ticks_at
        self._ticks_at = (at_ms, ticks + 1 if at == at_ms else 1)
        demand(self._ticks_at[1] <= TICKS_AT_ONCE_MAX, f"contract: seat {self.seat} never sleeps")
        self.feed(fx.Tick())
