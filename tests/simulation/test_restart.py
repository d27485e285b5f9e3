"""Crashes between any two effects, and what a member knows when it comes back. Spec: consensus.md sections 2.8, 5 F."""

from __future__ import annotations

import pytest
from simulation.blocks import GENESIS
from simulation.cluster import Cluster, leader_at
from simulation.liars import said_of
from simulation.statements import FINALIZE, NOTARIZE, NULLIFY
from simulation.test_scripts_leaders import (
    SEED,
    entry_blocks,
    first_view_notarized_only,
    honest_said,
    on,
    propose,
    puppet_of,
    votes_heard,
    work,
)

from datadeed_consensus.guard import Kind
from datadeed_consensus.messages import VoteMessage

SWEEP_VIEWS = 10


def effects_of(seed: int) -> int:
    """How many effects seat 0 performs in the canonical run."""
    cluster = canonical(seed, {})
    assert cluster.view >= SWEEP_VIEWS
    return 1_000_000 - (cluster.seats[0].fuse or 0)


def canonical(seed: int, fuses: dict[int, int]) -> Cluster:
    """Ten views with work; the members with fuses crash on the way and come back a second later."""
    cluster = Cluster(4, seed).start()
    cluster.seats[0].fuse = 1_000_000
    for seat, fuse in fuses.items():
        cluster.seats[seat].fuse = fuse
    for _ in range(200):
        up = [member for member in cluster.seats if member.alive]
        if up:
            cluster.submit(up[0].seat)
        cluster.run(250, lambda: cluster.view >= SWEEP_VIEWS)
        if cluster.view >= SWEEP_VIEWS and all(member.alive for member in cluster.seats):
            break
        for member in cluster.seats:
            if not member.alive and cluster.random.randrange(4) == 0:
                cluster.member_start(member.seat)
    return cluster


def resumed(cluster: Cluster) -> bool:
    """Everybody is back and the ledger goes on."""
    for member in cluster.seats:
        member.fuse = None
        if not member.alive:
            cluster.member_start(member.seat)
    height = max(cluster.heights())
    for _ in range(120):
        cluster.submit(0)
        if cluster.run(1_000, lambda: min(cluster.heights()) > height):
            return True
    return False


def sweep(seed: int, step: int, seats: tuple[int, ...]) -> int:
    points = range(0, effects_of(seed), step)
    for point in points:
        cluster = canonical(seed, dict.fromkeys(seats, point))
        assert cluster.crashes >= len(seats), f"seed {seed}: no crash at effect {point}"
        assert resumed(cluster), f"seed {seed}: crash of {seats} at effect {point}"
    return len(points)


def test_a_crash_of_one_between_any_two_effects_harms_nothing() -> None:
    assert sweep(31, 12, (0,)) >= 15


def test_a_crash_of_all_between_any_two_effects_harms_nothing() -> None:
    assert sweep(32, 12, (0, 1, 2, 3)) >= 15


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_every_single_crash_point_of_three_runs_harms_nothing() -> None:
    points = sum(sweep(seed, 1, seats) for seed in (31, 32, 33) for seats in ((0,), (0, 1, 2, 3)))
    assert points > 1_000


# --- what must not be forgotten --------------------------------------------------------------------------------------


def test_a_member_that_voted_and_crashed_does_not_vote_for_another_block_in_that_view() -> None:
    cluster, puppet = puppet_of(1)
    victim = cluster.honest[0]
    block = on(GENESIS, time_ms=cluster.utc_ms)
    propose(puppet, 1, block, None)
    assert cluster.run(500, lambda: any(vote.signer == victim.index for vote in votes_heard(puppet, Kind.NOTARIZE, 1)))
    # Nobody but the puppet may hear the first vote, or view 1 is over before the second chance.
    cluster, puppet = puppet_of(1)
    victim = cluster.honest[0]
    cluster.passes = lambda source, target, data: puppet.seat in (source, target)
    propose(puppet, 1, on(GENESIS, time_ms=cluster.utc_ms), None)
    assert cluster.run(500, lambda: honest_said(cluster, 1, NOTARIZE) == 3)
    for member in cluster.honest:
        cluster.member_crashed(member.seat)
    for member in cluster.honest:
        cluster.member_start(member.seat)
    propose(puppet, 1, on(GENESIS, time_ms=cluster.utc_ms).varied(2), None)
    cluster.run(1_000)
    blocks = {said.block for m in cluster.honest for said in cluster.observer.said(m.index, 1) if said.kind == NOTARIZE}
    assert len(blocks) == 1
    assert victim.running.view == 1


def test_all_crash_after_nullifying_and_before_saying_so_and_the_view_still_ends() -> None:
    """Own votes come back from the disk into the own slots (commonware #4275)."""
    cluster, _ = puppet_of(1)
    cluster.passes = lambda source, target, data: cluster.now_ms > 10_000
    for member in cluster.honest:
        member.learn([1_000])
    assert cluster.run(9_000, lambda: honest_said(cluster, 1, NULLIFY) == 3)
    for member in cluster.honest:
        cluster.member_crashed(member.seat)
    cluster.run(10_001 - cluster.now_ms)
    for member in cluster.honest:
        cluster.member_start(member.seat)
    assert cluster.run(5_000, lambda: min(member.running.view for member in cluster.honest) >= 2)


def test_all_crash_after_notarizing_and_the_view_is_still_notarized_or_given_up() -> None:
    cluster, puppet = puppet_of(1)
    cluster.passes = lambda source, target, data: puppet.seat in (source, target) or cluster.now_ms > 10_000
    propose(puppet, 1, on(GENESIS, time_ms=cluster.utc_ms), None)
    assert cluster.run(500, lambda: honest_said(cluster, 1, NOTARIZE) == 3)
    for member in cluster.honest:
        cluster.member_crashed(member.seat)
    cluster.run(10_001 - cluster.now_ms)
    for member in cluster.honest:
        cluster.member_start(member.seat)
    assert cluster.run(20_000, lambda: min(cluster.heights()) >= 1 or cluster.observer.nullified(1))


def test_a_member_comes_back_in_the_view_that_its_votes_show() -> None:
    """The view is rebuilt from all certificates on the disk, not from the last record (ava PR#328)."""
    cluster, _ = puppet_of(1)
    cluster.submit(cluster.honest[0].seat)
    assert cluster.run(10_000, lambda: honest_said(cluster, 2, NOTARIZE) >= 1)
    voter = next(m for m in cluster.honest if cluster.observer.said(m.index, 2))
    for member in cluster.honest:
        cluster.member_crashed(member.seat)
    cluster.member_start(voter.seat)
    assert voter.running.view == 2


def test_a_vote_above_the_final_view_outlives_a_delivery_and_a_crash() -> None:
    """View 2 has a vote when view 1 becomes final; what is deleted then must not be that vote."""
    cluster, puppet, parent_certificate, parent = first_view_notarized_only()
    propose(puppet, 2, on(parent, time_ms=cluster.utc_ms), parent_certificate)
    cluster.run(200)
    assert honest_said(cluster, 2, NOTARIZE) == 2
    puppet.tell_all(VoteMessage(puppet.vote(said_of(parent_certificate.statement).of_kind(FINALIZE))))
    cluster.run(200)
    assert [member.application.height for member in cluster.honest[:2]] == [1, 1]
    for member in cluster.honest[:2]:
        cluster.member_crashed(member.seat)
        cluster.member_start(member.seat)
    propose(puppet, 2, on(parent, time_ms=cluster.utc_ms).varied(1), parent_certificate)
    cluster.run(500)
    voted = {said.block for m in cluster.honest for said in cluster.observer.said(m.index, 2) if said.kind == NOTARIZE}
    assert len(voted) == 1


def test_a_lost_vote_table_is_told_from_a_new_one_and_its_member_votes_no_more() -> None:
    cluster = Cluster(4, 33).start()
    work(cluster, 10)
    victim = cluster.seats[2]
    cluster.member_crashed(2)
    cluster.run(500)
    said = {view: cluster.observer.said(2, view) for view in range(1, 200)}
    victim.disk.rows.clear()
    cluster.member_start(2)
    assert any(alarm for alarm in victim.alarms), "a person must know"
    work(cluster, 60)
    assert {view: cluster.observer.said(2, view) for view in range(1, 200)} == said
    assert victim.alive
    assert victim.application.height >= cluster.seats[0].application.height - 2, "it follows without voting"
    assert entry_blocks(cluster) >= 20


def test_a_member_that_was_gone_for_long_takes_part_again() -> None:
    cluster = Cluster(4, 34).start()
    work(cluster, 5)
    cluster.member_crashed(1)
    work(cluster, 80, every_ms=200)
    height = cluster.seats[0].application.height
    cluster.member_start(1)
    assert cluster.run(20_000, lambda: cluster.seats[1].application.height >= height)
    cluster.member_crashed(0)
    before = entry_blocks(cluster)
    work(cluster, 60)
    assert entry_blocks(cluster) >= before + 5, "with another gone its votes are needed"


def test_leader_at_agrees_with_the_core() -> None:
    """The scripts aim at leaders by their own formula; it must be the product's."""
    cluster = Cluster(4, SEED).start()
    for member in cluster.seats:
        assert member.running.leader == leader_at(member.running.view, 4, SEED)
