"""Random weather from a seed: chaos, then healing. Every seed is a whole run; every failure is a command.

Chaos switches whole classes of trouble on or off (loss, delay, duplication, walls, crashes, slow disks, clocks, liars,
work), so that rare combinations occur. In the second phase a random quorum of honest members is healed and must
finalize three blocks with entries within a bound; then everybody is healed and must come level.

    PYTHONPATH=tests .venv/bin/python -m simulation.swarm SEED [SEED_END]

Spec: docs/spec/consensus.md section 5 B.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from simulation.cluster import Cluster
from simulation.liars import CAST, Liar
from simulation.observer import demand

VIEWS_MIN = 30
CHAOS_MS_MIN = 45_000
CHAOS_MS_MAX = 6 * 60_000
STORM_MS = 1_500  # between two changes of the weather
HEALED_BLOCKS = 3

SIZES = (4, 4, 4, 4, 4, 4, 5, 5, 6, 7)
DELAYS_MS = ((1, 5), (25, 50), (25, 50), (5, 300), (100, 900), (600, 1_200))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Which classes of trouble a seed has; zero and false mean none."""

    loss_permille: int
    duplicate_permille: int
    delay_ms: tuple[int, int]
    tail: bool
    walls: bool
    crashes: bool
    crash_all: bool
    slow_disks: bool
    slow_execution: bool
    clocks: bool
    silent_links: bool
    silent_drivers: bool
    failing_builds: bool
    work: str  # none, trickle, burst
    liars: tuple[type[Liar], ...]

    @classmethod
    def of(cls, random: Random, faults: int) -> Trouble:
        def often(permille: int) -> bool:
            return random.randrange(1000) < permille

        liars = random.randrange(faults + 1) if often(700) else 0
        return cls(
            loss_permille=random.choice((10, 50, 200, 400)) if often(500) else 0,
            duplicate_permille=random.choice((20, 200)) if often(400) else 0,
            delay_ms=random.choice(DELAYS_MS),
            tail=often(300),
            walls=often(500),
            crashes=often(500),
            crash_all=often(150),
            slow_disks=often(300),
            slow_execution=often(300),
            clocks=often(300),
            silent_links=often(200),
            silent_drivers=often(200),
            failing_builds=often(100),
            work=random.choice(("none", "trickle", "trickle", "burst")),
            liars=tuple(random.choice(CAST) for _ in range(liars)),
        )


@dataclass(frozen=True, slots=True)
class Report:
    seed: int
    members: int
    views: int
    trace: str
    counts: Counter[str]


class Run:
    """One seed from start to end."""

    def __init__(self, seed: int) -> None:
        random = self.random = Random(seed)
        members = random.choice(SIZES)
        faults = (members - 1) // 3
        self.trouble = Trouble.of(random, faults)
        places = random.sample(range(members), len(self.trouble.liars))
        cast = {place: (liar,) for place, liar in zip(places, self.trouble.liars, strict=True)}
        self.seed = seed
        self.cluster = Cluster(members, random.randrange(1 << 30), cast)
        self.partitions = 0
        self._set_weather()

    def _set_weather(self) -> None:
        cluster, trouble, random = self.cluster, self.trouble, self.random
        weather = cluster.weather
        weather.loss_permille = trouble.loss_permille
        weather.duplicate_permille = trouble.duplicate_permille
        weather.delay_ms, weather.tail = trouble.delay_ms, trouble.tail
        cluster.announce_links = not trouble.silent_links
        cluster.repeats_pending = not trouble.silent_drivers
        if trouble.slow_disks:
            cluster.slow_disks = {random.randrange(len(cluster.seats))}
            cluster.disk_ms = random.choice(((0, 0), (1, 20)))
        if trouble.slow_execution:
            cluster.execute_ms = (0, random.choice((50, 200, 600)))
        for member in cluster.seats:
            member.drift_ms = random.randrange(-40, 41) if trouble.clocks else 0
            member.build_fails_permille = 100 if trouble.failing_builds else 0
        if trouble.clocks and not trouble.liars:  # one honest member's clock is plainly wrong
            cluster.seats[random.randrange(len(cluster.seats))].drift_ms = random.choice((-5_000, 2_000, 3_600_000))

    # --- the phases ---------------------------------------------------------------------------------------------------

    def whole(self) -> Report:
        self.cluster.start()
        self.chaos()
        core = self.heal_a_quorum()
        self.heal_everybody(core)
        self.reach(VIEWS_MIN)
        counts = self.cluster.observer.counts.copy()
        counts["crashes"] = self.cluster.crashes
        counts["partitions"] = self.partitions
        counts["equivocations"] = sum(
            seat.lies for seat in self.cluster.seats if isinstance(seat, Liar) and _equivocates(seat)
        )
        counts["steps"], counts["messages"] = self.cluster.steps, self.cluster.messages
        counts["views"] = self.cluster.view
        return Report(self.seed, len(self.cluster.seats), self.cluster.view, self.cluster.trace, counts)

    def chaos(self) -> None:
        """Until enough views have passed; where nothing can move, until time is up."""
        cluster = self.cluster
        while cluster.now_ms < CHAOS_MS_MIN or (cluster.view < VIEWS_MIN and cluster.now_ms < CHAOS_MS_MAX):
            cluster.run(self.random.randrange(STORM_MS))
            self._turn()

    def _turn(self) -> None:
        """One change of the weather, of each kind that this seed has."""
        cluster, random, trouble = self.cluster, self.random, self.trouble
        seats = range(len(cluster.seats))
        if trouble.work != "none" and random.randrange(2):
            entries = random.randrange(20) if trouble.work == "burst" else 1
            up = [seat.seat for seat in cluster.honest if seat.alive]
            if entries and up:
                cluster.submit(random.choice(up), entries)
        if trouble.walls and random.randrange(4) == 0:
            self._walls()
        if trouble.crashes and random.randrange(6) == 0:
            cluster.seats[random.choice(seats)].fuse = random.randrange(12)
        if trouble.crash_all and random.randrange(20) == 0:
            for member in cluster.seats:
                member.fuse = random.randrange(6)
        for member in cluster.seats:
            if not member.alive and random.randrange(5) == 0:
                self._start(member.seat)

    def _start(self, seat: int) -> None:
        if type(self.cluster.seats[seat]).__name__ != "Puppet":
            self.cluster.member_start(seat)

    def _walls(self) -> None:
        random, weather = self.random, self.cluster.weather
        seats = list(range(len(self.cluster.seats)))
        choice = random.randrange(4)
        if choice == 0:
            weather.clear()
        elif choice == 1:  # two sides
            random.shuffle(seats)
            at = random.randrange(1, len(seats))
            weather.split(seats[:at], seats[at:])
            self.partitions += 1
        elif choice == 2:  # one way between two
            weather.wall(*random.sample(seats, 2))
            self.partitions += 1
        else:
            weather.isolate(random.choice(seats), len(seats))
            self.partitions += 1

    def heal_a_quorum(self) -> list[int]:
        """A random quorum of honest members gets a good network; whoever is not in it stays cut off."""
        cluster, random = self.cluster, self.random
        honest = [seat.seat for seat in cluster.honest]
        size = random.randrange(cluster.observer.quorum, len(honest) + 1)
        core = sorted(random.sample(honest, size))
        liars = [seat.seat for seat in cluster.seats if not seat.honest]
        self._good_weather()
        cluster.weather.split([*core, *liars], [seat for seat in honest if seat not in core])
        for seat in [*core, *liars]:
            cluster.seats[seat].fuse = None
            if not cluster.seats[seat].alive:
                self._start(seat)
        before = self._entry_blocks(core)
        self._work_until(
            core,
            self._bound_ms(core),
            lambda: self._entry_blocks(core) >= before + HEALED_BLOCKS,
            f"liveness: {core} did not finalize {HEALED_BLOCKS} blocks with entries",
        )
        return core

    def _good_weather(self) -> None:
        weather = self.cluster.weather
        weather.loss_permille = weather.duplicate_permille = 0
        weather.delay_ms, weather.tail = (5, 50), False
        self.cluster.execute_ms, self.cluster.disk_ms = (0, 20), (0, 2)
        self.cluster.slow_disks = set()
        for member in self.cluster.seats:
            member.build_fails_permille = 0
            if abs(member.drift_ms) > 100:
                member.drift_ms = 0

    def _bound_ms(self, core: Iterable[int]) -> int:
        """20 view time-outs as backed off by now, and one more pair of backed-off rounds to get there."""
        parameters, seats = self.cluster.parameters, self.cluster.seats
        gaps = [seats[seat].running.view - seats[seat].running.final_view for seat in core]
        faults = (len(seats) - 1) // 3
        rounds = min(max(gaps) // (faults + 1) + 2, 64)
        grown: int = parameters.view_ms * 3**rounds // 2**rounds
        return 20 * min(grown, parameters.backoff_max_ms)

    def _entry_blocks(self, core: Iterable[int]) -> int:
        """The least, over the core, of finalized blocks with entries."""
        blocks, chain = self.cluster.observer.blocks, self.cluster.observer.chain
        least = min(self.cluster.seats[seat].application.height for seat in core)
        return sum(1 for digest in chain[: least + 1] if blocks[digest].entries)

    def _work_until(self, seats: list[int], bound_ms: int, done: Callable[[], bool], claim: str) -> None:
        cluster = self.cluster
        end_ms = cluster.now_ms + bound_ms
        while not done():
            demand(cluster.now_ms < end_ms, f"{claim} within {bound_ms} ms")
            cluster.submit(seats[0])
            cluster.run(1_000, done)

    def heal_everybody(self, core: list[int]) -> None:
        """All links and members are well: all honest members come level and go on together."""
        cluster = self.cluster
        cluster.weather.clear()
        for member in cluster.seats:
            member.fuse = None
            if not member.alive:
                self._start(member.seat)
        level = max(cluster.heights())
        everybody = [seat.seat for seat in cluster.honest]
        self._work_until(
            everybody,
            self._bound_ms(everybody),
            lambda: min(cluster.heights()) > level,
            f"convergence: heights are {cluster.heights()}",
        )

    def reach(self, views: int) -> None:
        """A healthy ledger goes on until the run is long enough."""
        cluster = self.cluster
        everybody = [seat.seat for seat in cluster.honest]
        self._work_until(everybody, 20 * 60_000, lambda: cluster.view >= views, f"view {views} was not reached")


def _equivocates(seat: Liar) -> bool:
    return type(seat).__name__ in ("Equivocator", "VoteForEverything", "Flooder")


def replay_command(seed: int) -> str:
    return f"PYTHONPATH=tests .venv/bin/python -m simulation.swarm {seed}"


def run_seed(seed: int) -> Report:
    """The whole run of one seed; what it raises carries the command that repeats it."""
    run = Run(seed)
    try:
        return run.whole()
    except Exception as failure:
        failure.add_note(f"at {run.cluster.now_ms} ms of {run.trouble}\nreplay: {replay_command(seed)}")
        raise


def run_seeds(seeds: Iterable[int]) -> Counter[str]:
    """The added counts of some seeds."""
    total: Counter[str] = Counter()
    for seed in seeds:
        report = run_seed(seed)
        demand(report.views >= VIEWS_MIN, f"seed {seed} ended in view {report.views}")
        total.update(report.counts)
        total["seeds"] += 1
    return total


def main(arguments: list[str]) -> int:
    first = int(arguments[0])
    end = int(arguments[1]) if len(arguments) > 1 else first + 1
    for seed in range(first, end):
        report = run_seed(seed)
        print(f"seed {seed}: n={report.members} trace {report.trace} {dict(report.counts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
