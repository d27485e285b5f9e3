"""A ledger at rest: few blocks, no missed wake-up, no tail left behind. Spec: consensus.md section 2.7."""

from __future__ import annotations

import pytest
from simulation.cluster import Cluster
from simulation.test_scripts_leaders import entry_blocks, work

from datadeed_consensus.guard import Kind
from datadeed_consensus.messages import Proposal, VoteMessage, decode_message
from datadeed_consensus.votes import Statement


def test_three_idle_minutes_are_at_most_four_blocks() -> None:
    cluster = Cluster(4, 41).start()
    cluster.run(180_000)
    assert min(cluster.heights()) >= 1
    assert max(cluster.heights()) <= 4


def test_idle_hours_are_at_most_one_view_a_minute() -> None:
    """I14: views ≤ time / T_idle and a constant."""
    cluster = Cluster(4, 42).start()
    work(cluster, 5)
    views = cluster.view
    cluster.run(3 * 3_600_000)
    assert cluster.view - views <= 3 * 60 + 5
    assert cluster.view - views >= 3 * 60 // 3, "heartbeats never stop"


def test_what_was_entered_last_becomes_final_though_nothing_follows() -> None:
    cluster = Cluster(4, 43).start()
    for _ in range(30):
        cluster.submit(0)
        assert cluster.run(2_000, lambda: not any(member.mempool for member in cluster.seats))
        cluster.run(3_000)


def test_a_tail_is_finalized_by_one_empty_block_without_waiting_for_the_heartbeat() -> None:
    """View 1 is notarized with entries that only its leader knows of, and every member has given it up: it cannot
    become final by itself."""
    cluster = Cluster(4, 47)

    def passes(source: int, target: int, data: bytes) -> bool:
        message = decode_message(data, cluster.epoch_id, 4)
        if cluster.now_ms < 5_000:
            return isinstance(message, Proposal)
        return not (isinstance(message, VoteMessage) and message.vote.statement == Statement(Kind.NULLIFY, 1))

    cluster.passes = passes
    cluster.start()
    leader = cluster.seats[cluster.seats[0].running.leader]
    leader.mempool.add(7_000)
    leader.say_pending()
    cluster.run(5_000)
    assert cluster.observer.nullified(1)
    assert cluster.run(10_000, lambda: min(cluster.heights()) >= 2)
    first, second = (cluster.observer.blocks[cluster.observer.chain[height]].entries for height in (1, 2))
    assert (first, second) == ((7_000,), ())


@pytest.mark.parametrize("rest_ms", [*range(1_000, 1_060, 7), 59_990, 60_000, 60_010, 90_000, 119_999, 120_000])
def test_work_after_a_rest_is_final_within_half_a_second(rest_ms: int) -> None:
    cluster = Cluster(4, 44).start()
    work(cluster, 3)
    cluster.run(5_000)
    cluster.run(rest_ms)
    cluster.submit(rest_ms % 4, 5)
    assert cluster.run(500, lambda: not any(member.mempool for member in cluster.seats))


def test_work_at_one_member_alone_is_final_within_a_cycle() -> None:
    """Entries that are not gossiped wait for their holder to lead, not for ever."""
    cluster = Cluster(4, 45).start()
    cluster.run(5_000)
    holder = cluster.seats[2]
    holder.mempool.add(5_000)
    holder.say_pending()
    assert cluster.run(5 * 60_000, lambda: entry_blocks(cluster) == 1)


def test_work_known_only_at_the_moment_of_a_new_view_arms_it() -> None:
    """The level is asked in every step: work said before the view began counts as work in it."""
    cluster = Cluster(4, 46).start()
    for member in cluster.seats:
        member.learn(range(100, 140))  # many blocks' worth, said once
    assert cluster.run(10_000, lambda: not any(member.mempool for member in cluster.seats))
    assert entry_blocks(cluster) >= 8
