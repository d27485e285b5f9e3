"""Rosters change and the ledger goes on: one chain over all epochs, whatever crashes, sleeps, joins or leaves.

Spec: consensus.md R15, 2.8, 2.11, section 5 B and F.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context

import pytest
from simulation.campaign import Chunks, started, summary, whole
from simulation.cluster import Cluster
from simulation.epoch_swarm import run_epoch_seed, run_epoch_seeds
from simulation.member import Member

from datadeed_consensus.guard import Kind
from datadeed_consensus.messages import VoteMessage, decode_message

SEEDS = 24
CHUNK = 4
SOAK_SEEDS = 2_000
SOAK_CHUNK = 20
MUST_OCCUR = ("commits with entries", "nullifications", "crashes", "partitions", "epochs crossed", "proposed again")
SEED = 7
SWEPT = 60  # effects

# --- the swarm -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chunks() -> Iterator[Chunks]:
    """All seeds of the test, under way at once."""
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        yield started(pool, run_epoch_seeds, SEEDS, CHUNK)


def _demand_all(total: Counter[str]) -> None:
    print(f"\nepochs: {summary(total)}")
    missing = [name for name in MUST_OCCUR if not total[name]]
    assert not missing, f"the campaign never saw {missing}"


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_seed_parts_the_chain_or_strands_a_member(first: int, chunks: Chunks) -> None:
    assert chunks[first].result()["seeds"] == CHUNK


def test_the_epochs_saw_every_kind_of_trouble(chunks: Chunks) -> None:
    total: Counter[str] = Counter()
    for chunk in chunks.values():
        total.update(chunk.result())
    _demand_all(total)


@pytest.mark.soak
@pytest.mark.timeout(24 * 3600)
def test_no_seed_of_the_long_campaign_over_epochs_breaks_a_promise() -> None:
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        total = whole(started(pool, run_epoch_seeds, SOAK_SEEDS, SOAK_CHUNK), SOAK_SEEDS)
    assert total["seeds"] == SOAK_SEEDS
    _demand_all(total)


def test_one_seed_over_epochs_is_one_run() -> None:
    assert run_epoch_seed(3) == run_epoch_seed(3)


# --- scripts ---------------------------------------------------------------------------------------------------------


def founded(members: int = 4, spare: int = 1) -> Cluster:
    """A block with an entry is final at every member of the first roster."""
    cluster = Cluster(members + spare, SEED, first=members).start()
    cluster.submit(0)
    assert cluster.run(10_000, lambda: cluster.heights()[0] >= 1)
    return cluster


def level(cluster: Cluster, epoch: int, entries: int = 1, within_ms: int = 120_000) -> bool:
    """The roster of `epoch` is in force, and its members record new entries under it."""
    members = [seat for seat in cluster.seats if seat.index in cluster.epochs[epoch - 1].members]
    reached = cluster.run(within_ms, lambda: all(seat.application.epoch == epoch for seat in members))
    heights = [seat.application.height for seat in members]
    cluster.submit(members[0].seat, entries)
    return reached and cluster.run(within_ms, lambda: min(seat.application.height for seat in members) > max(heights))


def test_a_member_joins_and_another_leaves() -> None:
    cluster = founded()
    cluster.change([0, 1, 2, 4])
    assert level(cluster, 2)
    joined, left = cluster.seats[4], cluster.seats[3]
    assert joined.running.is_voting
    assert not left.running.is_voting
    assert cluster.observer.counts["epochs crossed"] == 5, "the one that left records the block that ends its epoch too"


def test_keys_change_in_the_hands_of_the_same_members() -> None:
    cluster = founded(spare=0)
    cluster.change([0, 1, 2, 3], rotated=[0, 1, 2, 3])
    assert level(cluster, 2)
    assert not set(cluster.epochs[0].keys) & set(cluster.epochs[1].keys)
    assert all(seat.running.is_voting for seat in cluster.seats)


def test_the_roster_grows_and_shrinks_one_by_one_over_many_epochs() -> None:
    cluster = founded(spare=3)
    for epoch, members in enumerate((5, 6, 7, 6, 5, 4), 2):
        cluster.change(range(members))
        assert level(cluster, epoch), f"epoch {epoch}"


def without_finalize_votes(cluster: Cluster, views: range) -> None:
    """Of these views of the first epoch no finalize vote arrives; so they are left without a finalization."""

    def passes(source: int, target: int, data: bytes) -> bool:
        message = decode_message(data, cluster.epoch_id, len(cluster.epochs[0].members))
        vote = message.vote.statement if isinstance(message, VoteMessage) else None
        return vote is None or vote.kind is not Kind.FINALIZE or vote.view not in views

    cluster.passes = passes


def test_r15_the_last_block_is_proposed_again_by_one_leader_after_the_other_until_it_is_final() -> None:
    cluster = founded()
    view = cluster.view
    without_finalize_votes(cluster, range(view, view + 4))
    cluster.change([0, 1, 2, 3, 4])
    assert level(cluster, 2)
    ends = [said for said in (cluster.observer.notarized(at) for at in range(1, 40)) if said and said.ends_epoch]
    assert len(ends) > 1
    assert len({said.block for said in ends}) == 1
    assert all(later.parent_view == earlier.view for earlier, later in pairwise(ends))


def test_who_slept_through_several_epochs_walks_through_all_of_them() -> None:
    cluster = founded(spare=2)
    cluster.member_crashed(3)
    for epoch, members in enumerate(([0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5], [0, 1, 3, 4, 5]), 2):
        cluster.change(members, rotated=[0])
        awake = [seat for seat in cluster.seats if seat.index in members and seat.index != 3]
        assert cluster.run(120_000, lambda awake=awake, epoch=epoch: all(s.application.epoch == epoch for s in awake))  # type: ignore[misc]
        cluster.submit(0, 5)
        cluster.run(5_000)
    cluster.member_start(3)
    assert level(cluster, 4)
    assert cluster.seats[3].running.is_voting


def test_who_joins_starts_from_genesis_and_walks_through_all_epochs() -> None:
    cluster = Cluster(5, SEED, first=4)
    for seat in range(4):
        cluster.member_start(seat)
    for epoch in (2, 3):
        cluster.change(range(4), rotated=[epoch])
        cluster.run(20_000, lambda: min(cluster.heights()[:4]) >= 2)
    cluster.change(range(5))
    cluster.run(20_000)
    cluster.member_start(4)
    assert level(cluster, 4)


def test_an_honest_quorum_of_the_old_roster_alone_ends_the_epoch() -> None:
    """f of the old members are down, and with them one that leaves; the new roster has its quorum without them."""
    cluster = founded()
    cluster.member_crashed(3)
    cluster.change([0, 1, 2, 4])
    assert level(cluster, 2)


# --- crashes around the end ------------------------------------------------------------------------------------------


def change_with_fuses(fuses: dict[int, int]) -> Cluster:
    """Members 0 to 3 become 0, 1, 2, 4; those with fuses crash on the way and come back."""
    cluster = founded()
    for seat, fuse in fuses.items():
        cluster.seats[seat].fuse = fuse
    cluster.change([0, 1, 2, 4], rotated=[1])
    for _ in range(120):
        cluster.run(1_000)
        for seat in cluster.seats:
            if not seat.alive:
                cluster.member_start(seat.seat)
        cluster.propose_change()
        if all(cluster.seats[at].application.epoch == 2 for at in (0, 1, 2, 4)):
            break
    for seat in cluster.seats:
        seat.fuse = None
    return cluster


def test_the_sweep_reaches_over_the_end_of_the_epoch() -> None:
    """Within the effects that are swept, seat 0 delivers the last block and starts the next core."""
    cluster = founded()
    cluster.seats[0].fuse = SWEPT
    cluster.change([0, 1, 2, 4], rotated=[1])
    assert cluster.run(60_000, lambda: cluster.seats[0].epoch_of_core.number == 2 or not cluster.seats[0].alive)
    assert cluster.seats[0].alive
    assert (cluster.seats[0].fuse or 0) > 5


def is_sound(cluster: Cluster) -> bool:
    silent = [seat.index for seat in cluster.seats for alarm in seat.alarms if alarm.name == "votes-lost"]
    return not silent and level(cluster, 2)


@pytest.mark.parametrize("first", range(0, SWEPT, 10))
def test_a_member_that_crashes_at_any_effect_around_the_end_is_the_same_member_after_it(first: int) -> None:
    for fuse in range(first, first + 10):
        assert is_sound(change_with_fuses({0: fuse})), f"fuse {fuse}"


@pytest.mark.parametrize("first", range(0, SWEPT, 10))
def test_all_crash_at_once_at_any_effect_around_the_end_and_the_next_epoch_begins(first: int) -> None:
    for fuse in range(first, first + 10):
        assert is_sound(change_with_fuses(dict.fromkeys(range(5), fuse))), f"fuse {fuse}"


def test_the_last_block_is_final_and_no_next_epoch_was_opened_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody crashes right after the write of the last block: the chain alone says which epoch it is."""
    cluster = founded()
    cluster.change([0, 1, 2, 4], rotated=[0])
    with monkeypatch.context() as patch:
        patch.setattr(Member, "_next_epoch", lambda seat: seat.cluster.member_crashed(seat.seat))
        assert cluster.run(60_000, lambda: not any(seat.alive for seat in cluster.seats[:4]))
    assert {seat.application.epoch for seat in cluster.seats[:4]} == {2}
    for seat in cluster.seats[:4]:
        cluster.member_start(seat.seat)
    assert is_sound(cluster)
