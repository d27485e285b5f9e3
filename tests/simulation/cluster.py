"""A whole ledger in one thread: real consensus cores, a simulated world, one event queue, one seed.

Time is an integer of milliseconds that moves from event to event; nothing waits. All chance comes from one random
generator in a fixed order, so one seed gives one run, byte for byte: `trace` proves it. What may go wrong is set from
outside (weather, disks, clocks, crashes); what must not go wrong is the observer's. Spec: section 5 B.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from random import Random

from simulation.blocks import CHANGE, GENESIS_TIME_MS
from simulation.member import Member
from simulation.network import Weather
from simulation.observer import Observer
from simulation.rosters import Epoch
from simulation.signatures import Keyring

from datadeed_consensus import effects as fx
from datadeed_consensus.parameters import Parameters

EPOCH = 1

Passes = Callable[[int, int, bytes], bool]  # (from seat, to seat, message): whether a message may pass

Cast = Callable[["Cluster", int, int], Member]


def epoch_id_of(seed: int, chain: str = "one chain") -> bytes:
    return hashlib.sha256(b"simulated epoch %d of %s" % (seed, chain.encode())).digest()


def leader_at(view: int, members: int, seed: int) -> int:
    """Who leads a view in the cluster of this seed, by the formula of section 2.1."""
    epoch_id = epoch_id_of(seed)
    order = sorted(range(members), key=lambda each: _order_key(epoch_id, Keyring(seed, members).public[each]))
    return order[view % members]


def _order_key(epoch_id: bytes, public_key: bytes) -> bytes:
    return hashlib.sha256(epoch_id + public_key).digest()


class Cluster:
    """`cast` gives the class of each member that is not honest, by roster index; twins get two seats.

    first: how many of the members are in the first roster; the others may join later.
    """

    def __init__(
        self,
        members: int,
        seed: int,
        cast: Mapping[int, Sequence[Cast]] | None = None,
        parameters: Parameters | None = None,
        chain: str = "one chain",
        first: int | None = None,
    ) -> None:
        self.random = Random(seed)
        self.now_ms = 0
        self.epoch = EPOCH
        self.epoch_id = epoch_id_of(seed, chain)
        self.parameters = parameters or Parameters()
        self.keyring = Keyring(seed, members)
        self.weather = Weather()
        self.passes: Passes = lambda source, target, data: True
        self.disk_ms = (0, 0)
        self.slow_disks: set[int] = set()  # seats whose writes take time
        self.execute_ms = (0, 5)
        self.announce_links = True  # say PeerUp and PeerDown
        self.repeats_pending = True  # say WorkPending again after entries were delivered
        self.halts_expected = False
        self.steps = 0
        self.messages = 0
        self.crashes = 0
        self._queue: list[tuple[int, int, Callable[[], object]]] = []
        self._serial = 0
        self._trace = hashlib.blake2b(digest_size=16)
        self._entries = 0
        cast = cast or {}
        size = members if first is None else first
        self.observer = Observer(self.keyring, size, (self.epoch_id, self.epoch), cast)
        self.epochs = [Epoch(EPOCH, self.epoch_id, tuple(range(size)), self.keyring.public[:size])]
        self._key_serials = [0] * members
        self.seats: list[Member] = []
        self._seats_of: dict[int, list[Member]] = {index: [] for index in range(members)}
        for index in range(members):
            for make in cast.get(index, (Member,)):
                seat = make(self, len(self.seats), index)
                self.seats.append(seat)
                self._seats_of[index].append(seat)
        self.honest = [seat for seat in self.seats if seat.honest]

    # --- time ---------------------------------------------------------------------------------------------------------

    @property
    def utc_ms(self) -> int:
        return GENESIS_TIME_MS + 1_000_000 + self.now_ms

    def after(self, delay_ms: int, act: Callable[[], object]) -> None:
        self._serial += 1
        heapq.heappush(self._queue, (self.now_ms + delay_ms, self._serial, act))

    def run(self, for_ms: int, until: Callable[[], bool] = lambda: False) -> bool:
        """Let `for_ms` pass, or less if `until` comes true first; says whether it did."""
        end_ms = self.now_ms + for_ms
        while not until():
            if not self._queue or self._queue[0][0] > end_ms:
                self.now_ms = end_ms
                return until()
            self.now_ms, _, act = heapq.heappop(self._queue)
            act()
        return True

    # --- members ------------------------------------------------------------------------------------------------------

    def start(self) -> Cluster:
        for member in self.seats:
            self.member_start(member.seat)
        return self

    def member_start(self, seat: int) -> None:
        member = self.seats[seat]
        assert not member.alive
        member.start()
        if self.announce_links:
            for other in self.seats:
                if other.alive and other.index != member.index:
                    other.link(member.index, is_up=True)
                    member.link(other.index, is_up=True)

    def member_crashed(self, seat: int) -> None:
        """Now, wherever the member is in its effects."""
        member = self.seats[seat]
        if not member.alive:
            return
        member.crash()
        self.crashes += 1
        if self.announce_links:
            for other in self.seats:
                if other.alive and other.index != member.index:
                    self.after(self.random.randrange(200), partial(other.link, member.index, is_up=False))

    def others(self, index: int) -> list[int]:
        return [each for each in self._seats_of if each != index]

    def disk_delay_ms(self, seat: int) -> int:
        least, most = self.disk_ms
        if seat in self.slow_disks:
            least, most = max(least, 5), max(most, 100)
        return least + self.random.randrange(most - least + 1) if most else 0

    def execute_delay_ms(self) -> int:
        least, most = self.execute_ms
        return least + self.random.randrange(most - least + 1)

    # --- messages -----------------------------------------------------------------------------------------------------

    def post(self, source: int, peer: int, data: bytes) -> None:
        """From a seat to a member of the roster (all its seats)."""
        index = self.seats[source].index
        for target in self._seats_of[peer]:
            if not self.passes(source, target.seat, data):
                continue
            for delay_ms in self.weather.arrivals_ms(source, target.seat, self.random):
                self.messages += 1
                self.after(delay_ms, partial(target.hear, index, data))

    def submit(self, seat: int, entries: int = 1) -> None:
        """A depositor gives new entries to one member, which gossips them until they are recorded."""
        first = self._entries
        self._entries += entries
        self.seats[seat].learn(range(first, self._entries))

    def change(self, members: Sequence[int], rotated: Collection[int] = ()) -> Epoch:
        """The next roster, with new vote keys for some; it is in force once the present members record it."""
        for member in rotated:
            self._key_serials[member] += 1
        before = self.epochs[-1]
        number, ordered = before.number + 1, tuple(sorted(members))
        keys = tuple(self.keyring.another(member, self._key_serials[member]) for member in ordered)
        epoch_id = hashlib.sha256(before.epoch_id + b"".join(keys)).digest()
        epoch = Epoch(number, epoch_id, ordered, keys)
        self.epochs.append(epoch)
        self.observer.epoch_begins(epoch_id, number, len(ordered))
        self.propose_change()
        return epoch

    def propose_change(self) -> None:
        """Its entry is given to every member that is up and has not recorded it."""
        for seat in self.honest:
            seat.learn([CHANGE + self.epochs[-1].number - 1])

    def epoch_with(self, epoch_id: bytes) -> Epoch | None:
        return next((each for each in self.epochs if each.epoch_id == epoch_id), None)

    def gossip(self, source: Member) -> None:
        """Offer what waits at this member to all who lack some of it."""
        entries = frozenset(source.mempool)
        for target in self.seats:
            if target is not source and target.alive and not entries <= target.mempool:
                for delay_ms in self.weather.arrivals_ms(source.seat, target.seat, self.random):
                    self.after(delay_ms, partial(target.learn, entries))

    # --- what was done ------------------------------------------------------------------------------------------------

    def note(self, seat: int, what: fx.Input | fx.Effect) -> None:
        """One line of the trace."""
        data = getattr(what, "data", b"") or getattr(what, "digest", b"")
        self._trace.update(b"%d %d %s " % (self.now_ms, seat, type(what).__name__.encode()) + data)

    @property
    def trace(self) -> str:
        return self._trace.hexdigest()

    @property
    def view(self) -> int:
        """The highest view that an honest member is in."""
        return max((seat.running.view for seat in self.honest if seat.alive), default=0)

    def heights(self) -> list[int]:
        """Delivered heights of the honest members, alive or not."""
        return [seat.application.height for seat in self.honest]
