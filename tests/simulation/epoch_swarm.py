"""Random weather over changing rosters: members join, leave and get new keys in the middle of all trouble.

As in `swarm`, chaos comes first and healing after it: then whoever is a member of the last roster must come level,
over as many ends of epochs as it slept through, and go on together. All members are honest here.

    PYTHONPATH=tests .venv/bin/python -m simulation.epoch_swarm SEED [SEED_END]

Spec: docs/spec/consensus.md sections 2.11 and 5 B.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from random import Random

from simulation.cluster import Cluster
from simulation.observer import demand
from simulation.swarm import HEALED_BLOCKS, STORM_MS, Run, Trouble

CHAOS_MS = 90_000
CALM_MS = 20 * 60_000  # in which everybody must be level; backed-off views take a minute each
FIRST_ROWS_MS = 1_000  # whoever was never on disk before it crashed has a lost table, not a new one
SPARE = 2  # seats that are no members at first
QUIET_CHANGES = 2  # after healing


class EpochRun(Run):
    """One seed from start to end."""

    def __init__(self, seed: int) -> None:
        random = self.random = Random(seed)
        first = random.choice((4, 4, 4, 5, 6, 7))
        self.trouble = Trouble.of(random, 0)
        self.seed = seed
        self.cluster = Cluster(first + SPARE, random.randrange(1 << 30), first=first)
        self.partitions = 0
        self._set_weather()
        self.sleeper = random.randrange(first) if random.randrange(2) else None

    def run(self) -> Counter[str]:
        cluster = self.cluster
        cluster.start()
        cluster.run(FIRST_ROWS_MS)
        if self.sleeper is not None:
            cluster.member_crashed(self.sleeper)
        while cluster.now_ms < CHAOS_MS:
            cluster.run(self.random.randrange(STORM_MS))
            self._turn()
            if self.random.randrange(5) == 0:
                self.change_roster()
        self.heal()
        for _ in range(QUIET_CHANGES):
            self.change_roster()
            self.come_level()
        alarms = {alarm.name for seat in cluster.seats for alarm in seat.alarms}
        demand("votes-lost" not in alarms, "2.8: a member thinks that it lost votes")
        counts = cluster.observer.counts.copy()
        counts["crashes"], counts["partitions"] = cluster.crashes, self.partitions
        counts["epochs"] = len(cluster.epochs)
        counts["steps"] = cluster.steps
        return counts

    def _start(self, seat: int) -> None:
        if seat != self.sleeper:
            super()._start(seat)

    @property
    def is_pending(self) -> bool:
        """Whether the last change is not final yet."""
        blocks, chain = self.cluster.observer.blocks, self.cluster.observer.chain
        return sum(blocks[digest].ends_epoch for digest in chain) + 1 < len(self.cluster.epochs)

    def change_roster(self) -> None:
        """Another roster: at most f of its members leave, some join, some get new keys."""
        cluster, random = self.cluster, self.random
        if self.is_pending:
            cluster.propose_change()
            return
        present = cluster.epochs[-1].members
        most = max(1, (len(present) - 1) // 3)
        leaving = set(random.sample(present, random.randrange(most + 1)))
        absent = [seat.index for seat in cluster.seats if seat.index not in present]
        joining = random.sample(absent, random.randrange(len(absent) + 1))
        members = [each for each in present if each not in leaving] + joining
        if len(members) < 4:
            members += sorted(leaving)[: 4 - len(members)]
        cluster.change(members, [each for each in members if random.randrange(4) == 0])

    def heal(self) -> None:
        cluster = self.cluster
        self._good_weather()
        cluster.weather.clear()
        self.sleeper = None
        for member in cluster.seats:
            member.fuse = None
            if not member.alive:
                self._start(member.seat)
        self.come_level()

    def come_level(self) -> None:
        """All members of the last roster record the change and some entries after it."""
        cluster = self.cluster
        cluster.propose_change()
        members = [seat for seat in cluster.seats if seat.index in cluster.epochs[-1].members]
        level = max(seat.application.height for seat in members)
        before = sum(1 for digest in cluster.observer.chain if cluster.observer.blocks[digest].entries)

        def is_level() -> bool:
            blocks, chain = cluster.observer.blocks, cluster.observer.chain
            least = min(seat.application.height for seat in members)
            after = sum(1 for digest in chain[: least + 1] if blocks[digest].entries)
            return not self.is_pending and least > level and after >= before + HEALED_BLOCKS

        everybody = [seat.seat for seat in members]
        claim = f"convergence over {len(cluster.epochs)} epochs: heights were {cluster.heights()}"
        self._work_until(everybody, CALM_MS, is_level, claim)


def run_epoch_seed(seed: int) -> Counter[str]:
    """The whole run of one seed; what it raises carries the command that repeats it."""
    run = EpochRun(seed)
    try:
        return run.run()
    except Exception as failure:
        command = f"PYTHONPATH=tests .venv/bin/python -m simulation.epoch_swarm {seed}"
        failure.add_note(f"at {run.cluster.now_ms} ms of {run.trouble}\nreplay: {command}")
        raise


def run_epoch_seeds(seeds: Iterable[int]) -> Counter[str]:
    """The added counts of some seeds."""
    total: Counter[str] = Counter()
    for seed in seeds:
        total.update(run_epoch_seed(seed))
        total["seeds"] += 1
    return total


def main(arguments: list[str]) -> int:
    first = int(arguments[0])
    end = int(arguments[1]) if len(arguments) > 1 else first + 1
    for seed in range(first, end):
        print(f"seed {seed}: {dict(run_epoch_seed(seed))}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
