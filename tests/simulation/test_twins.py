"""Twins: one identity runs twice, the network is split anew in each of the first views, then it is whole.

Two honest programs with one key are a liar that no script has thought of. Every split of the five seats in two, for
every view, for every place of the twins in the order of leaders: 4 * 16 ** views cases. After the scripted views the
ledger must go on; whatever the twins signed twice, nobody else is accused. Spec: consensus.md section 5 C, "Twins".
"""

from __future__ import annotations

from random import Random

import pytest
from simulation.cluster import Cluster, leader_at
from simulation.member import Member

SEED = 3
SEATS = 5
SPLITS = 2 ** (SEATS - 1)
SAMPLE = 96
BLOCKS_AFTER = 3
SPLIT_MS_MAX = 20_000  # a view that no side can end by itself ends with the splits


class Twin(Member):
    """A whole honest member that happens not to be alone."""

    honest = False


def cases(views: int) -> int:
    count: int = 4 * SPLITS**views
    return count


def play(case: int, views: int) -> Cluster:
    """One case by its number: the twins' place first, then a split for each view."""
    case, place = divmod(case, 4)
    splits: list[int] = []
    for _ in range(views):
        case, split = divmod(case, SPLITS)
        splits.append(split)
    cluster = Cluster(4, SEED, {leader_at(place + 1, 4, SEED): (Twin, Twin)})
    assert len(cluster.seats) == SEATS

    def passes(source: int, target: int, data: bytes) -> bool:
        core = cluster.seats[source].core
        if core is None or core.view > views or cluster.now_ms > SPLIT_MS_MAX:
            return True
        # bit i is the side of seat i; the last seat is always on side 0
        split = splits[core.view - 1]
        return (split >> source & 1) == (split >> target & 1)

    cluster.passes = passes
    cluster.start()
    for _ in range(240):
        cluster.submit(cluster.honest[0].seat)
        cluster.run(1_000)
        if cluster.view > views and _blocks_everywhere(cluster) >= BLOCKS_AFTER:
            break
    return cluster


def _blocks_everywhere(cluster: Cluster) -> int:
    least = min(cluster.heights())
    return sum(bool(cluster.observer.blocks[digest].entries) for digest in cluster.observer.chain[1 : least + 1])


def judge(case: int, views: int) -> None:
    cluster = play(case, views)
    assert _blocks_everywhere(cluster) >= BLOCKS_AFTER, f"case {case} of {views} views is stuck in view {cluster.view}"


@pytest.mark.parametrize("first", range(0, SAMPLE, 12))
def test_no_sampled_pair_of_twins_forks_or_stops_two_views(first: int) -> None:
    sample = Random(SEED).sample(range(cases(2)), SAMPLE)
    for case in sample[first : first + 12]:
        judge(case, 2)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("place", range(4))
def test_no_pair_of_twins_forks_or_stops_two_views(place: int) -> None:
    for case in range(place, cases(2), 4):
        judge(case, 2)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_sampled_pair_of_twins_forks_or_stops_three_views() -> None:
    for case in Random(SEED + 1).sample(range(cases(3)), 3_000):
        judge(case, 3)
