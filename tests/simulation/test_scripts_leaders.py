"""Lying leaders, one named script each: the ledger stays whole and goes on. Spec: consensus.md section 5 C, "Leader".

The observer judges safety after every step of every script; the asserts here say what the script itself must show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from simulation.blocks import GENESIS, ToyBlock, root_after
from simulation.cluster import Cluster, leader_at
from simulation.liars import Equivocator, Flooder, LateLeader, Liar, Puppet, Withholder, WrongLeader, said_of
from simulation.statements import FINALIZE, NOTARIZE, NULLIFY, Said

from datadeed_consensus.guard import Kind
from datadeed_consensus.messages import Certificates, Proposal, VoteMessage
from datadeed_consensus.votes import Certificate, Vote

SEED = 7
MINUTE_MS = 60_000


def with_liar(liar: type[Liar], members: int = 4) -> tuple[Cluster, Liar]:
    """A started cluster in which the leader of view 1 is this liar."""
    place = leader_at(1, members, SEED)
    cluster = Cluster(members, SEED, {place: (liar,)}).start()
    seat = cluster.seats[place]
    assert isinstance(seat, liar)
    return cluster, seat


def work(cluster: Cluster, rounds: int, every_ms: int = 300) -> None:
    """Entries trickle in at one honest member."""
    for _ in range(rounds):
        cluster.submit(next(member.seat for member in cluster.honest if member.alive))
        cluster.run(every_ms)


def entry_blocks(cluster: Cluster) -> int:
    return cluster.observer.counts["commits with entries"]


# --- with a core that is twisted -------------------------------------------------------------------------------------


def test_1_a_leader_that_equivocates_to_halves_is_convicted_and_stops_nothing() -> None:
    cluster, liar = with_liar(Equivocator)
    work(cluster, 100)
    assert entry_blocks(cluster) >= 20
    assert len(liar.lied_in) >= 5
    # Both votes went to everybody in time: all of its equivocations must be on record (I13).
    assert liar.lied_in <= {view for view, member in cluster.observer.evidence if member == liar.index}


def test_2_a_body_withheld_after_its_notarization_is_fetched_from_those_who_voted() -> None:
    cluster, liar = with_liar(Withholder)
    cluster.submit(cluster.honest[0].seat)
    cluster.run(5_000)
    said = cluster.observer.finalized(1)
    assert liar.lies >= 1
    assert said is not None, "the liar's block was shown to a quorum less one and finalized"
    assert all(member.application.height >= said.height for member in cluster.honest)
    work(cluster, 60)
    assert entry_blocks(cluster) >= 10


def test_3_a_proposal_at_the_last_moment_to_exactly_f_plus_1_only_costs_its_view() -> None:
    cluster, liar = with_liar(LateLeader)
    work(cluster, 200)
    assert liar.lies >= 3
    assert entry_blocks(cluster) >= 9
    assert len(set(cluster.heights())) <= 2


def test_7_wrong_blocks_of_every_kind_are_never_notarized() -> None:
    cluster, liar = with_liar(WrongLeader)
    work(cluster, 400)
    assert liar.lies >= 6
    assert entry_blocks(cluster) >= 20
    assert not [view for view in range(1, cluster.view) if _by(cluster, liar, view)]


def _by(cluster: Cluster, liar: Liar, view: int) -> bool:
    said = cluster.observer.notarized(view)
    return said is not None and leader_at(view, 4, SEED) == liar.index


def test_11a_a_flood_of_proposals_is_one_execution_a_view() -> None:
    cluster, liar = with_liar(Flooder)
    work(cluster, 100)
    assert liar.lies >= 3
    assert entry_blocks(cluster) >= 20
    for member in cluster.honest:
        assert member.executions <= 2 * cluster.view


# --- with a puppet ---------------------------------------------------------------------------------------------------


def puppet_of(view: int, down: int = 0) -> tuple[Cluster, Puppet]:
    """Four members; the puppet leads `view`, and `down` honest members are not started."""
    place = leader_at(view, 4, SEED)
    cluster = Cluster(4, SEED, {place: (Puppet,)})
    cluster.weather.delay_ms = (25, 25)
    for seat in [*cluster.honest[: 3 - down], *(each for each in cluster.seats if not each.honest)]:
        cluster.member_start(seat.seat)
    puppet = cluster.seats[place]
    assert isinstance(puppet, Puppet)
    return cluster, puppet


def votes_heard(puppet: Puppet, kind: Kind, view: int) -> list[Vote]:
    found: dict[int, Vote] = {}
    for _, message in puppet.heard:
        vote = message.vote if isinstance(message, (VoteMessage, Proposal)) else None
        if vote is not None and (vote.statement.kind, vote.statement.view) == (kind, view):
            found[vote.signer] = vote
    return list(found.values())


def first_view_notarized_only() -> tuple[Cluster, Puppet, Certificate, ToyBlock]:
    """View 1 is notarized with the puppet's help and, for want of its finalize vote, not final; it leads view 2."""
    cluster, puppet = puppet_of(2, down=1)
    cluster.submit(cluster.honest[0].seat)
    assert cluster.run(1_000, lambda: len(votes_heard(puppet, Kind.NOTARIZE, 1)) == 2)
    votes = votes_heard(puppet, Kind.NOTARIZE, 1)
    own = puppet.vote(said_of(votes[0].statement))
    puppet.tell_all(VoteMessage(own))
    assert cluster.run(1_000, lambda: min(m.running.view for m in cluster.honest[:2]) == 2)
    assert cluster.observer.finalized(1) is None
    parent = cluster.observer.blocks[votes[0].statement.block_hash]
    return cluster, puppet, Certificate.of([*votes, own], 4), parent


def on(parent: ToyBlock, entries: tuple[int, ...] = (), *, time_ms: int, slack_ms: int = 2_000) -> ToyBlock:
    """A well-made block on `parent`."""
    root = root_after(parent.root, entries)
    return ToyBlock(parent.height + 1, parent.digest, time_ms, slack_ms, root, entries)


def propose(
    puppet: Puppet, view: int, block: ToyBlock, parent: Certificate | None, nullified: tuple[Certificate, ...] = ()
) -> None:
    puppet.cluster.observer.block(block)
    parent_view = 0 if parent is None else parent.statement.view
    vote = puppet.vote(Said(NOTARIZE, view, block.height, parent_view, block.ends_epoch, block.digest))
    puppet.tell_all(Proposal(block.to_bytes(), parent, nullified, vote))


def honest_said(cluster: Cluster, view: int, kind: int) -> int:
    """How many honest members said this kind of thing in a view."""
    return sum(any(said.kind == kind for said in cluster.observer.said(m.index, view)) for m in cluster.honest)


REFUSED_AT_ONCE_MS = 200  # a proposal's way, its execution, and no waiting for any timer


def test_4_skipping_a_view_without_its_nullification_is_refused_at_once() -> None:
    cluster, puppet, _, _ = first_view_notarized_only()
    propose(puppet, 2, on(GENESIS, time_ms=cluster.utc_ms), None)
    cluster.run(REFUSED_AT_ONCE_MS)
    assert honest_said(cluster, 2, NOTARIZE) == 0
    assert honest_said(cluster, 2, NULLIFY) == 2


def test_5_a_parent_below_the_final_block_is_refused_at_once() -> None:
    cluster, puppet = puppet_of(2)
    cluster.submit(cluster.honest[0].seat)
    assert cluster.run(1_000, lambda: min(cluster.heights()) == 1)
    cluster.submit(cluster.honest[0].seat)
    propose(puppet, 2, on(GENESIS, time_ms=cluster.utc_ms), None)
    cluster.run(REFUSED_AT_ONCE_MS)
    assert honest_said(cluster, 2, NOTARIZE) == 0
    assert honest_said(cluster, 2, NULLIFY) == 3


def test_5_a_parent_other_than_the_certified_one_is_refused_at_once() -> None:
    cluster, puppet, parent_certificate, parent = first_view_notarized_only()
    stranger = parent.varied(5)
    propose(puppet, 2, on(stranger, time_ms=cluster.utc_ms), parent_certificate)
    cluster.run(REFUSED_AT_ONCE_MS)
    assert honest_said(cluster, 2, NOTARIZE) == 0
    assert honest_said(cluster, 2, NULLIFY) == 2


def test_6_entries_on_a_merely_notarized_parent_are_refused_at_once() -> None:
    cluster, puppet, parent_certificate, parent = first_view_notarized_only()
    propose(puppet, 2, on(parent, (900,), time_ms=cluster.utc_ms), parent_certificate)
    cluster.run(REFUSED_AT_ONCE_MS)
    assert honest_said(cluster, 2, NOTARIZE) == 0
    assert honest_said(cluster, 2, NULLIFY) == 2


def test_6_an_empty_block_on_a_merely_notarized_parent_is_welcome() -> None:
    cluster, puppet, parent_certificate, parent = first_view_notarized_only()
    propose(puppet, 2, on(parent, time_ms=cluster.utc_ms), parent_certificate)
    cluster.run(REFUSED_AT_ONCE_MS)
    assert honest_said(cluster, 2, NOTARIZE) == 2


WRONG_HEADERS: dict[str, Callable[[ToyBlock], ToyBlock]] = {
    "a height too high": lambda block: replace(block, height=2),
    "another parent": lambda block: replace(block, parent=bytes(32)),
    "the time of the parent": lambda block: replace(block, time_ms=GENESIS.time_ms),
    "a slack beyond all": lambda block: replace(block, slack_ms=128_001),
    "an empty block that ends the epoch": lambda block: replace(block, ends_epoch=True, entries=(), root=GENESIS.root),
}


@pytest.mark.parametrize("wrong", WRONG_HEADERS)
def test_7_a_header_that_can_never_be_right_is_refused_at_once(wrong: str) -> None:
    cluster, puppet = puppet_of(1)
    cluster.submit(cluster.honest[0].seat)
    cluster.run(100)
    propose(puppet, 1, WRONG_HEADERS[wrong](on(GENESIS, (900,), time_ms=cluster.utc_ms)), None)
    cluster.run(REFUSED_AT_ONCE_MS)
    assert honest_said(cluster, 1, NOTARIZE) == 0
    assert honest_said(cluster, 1, NULLIFY) == 3


def test_7_a_wrong_state_root_is_refused_at_once() -> None:
    cluster, puppet = puppet_of(1)
    cluster.submit(cluster.honest[0].seat)
    cluster.run(100)
    propose(puppet, 1, replace(on(GENESIS, (900,), time_ms=cluster.utc_ms), root=bytes(32)), None)
    cluster.run(REFUSED_AT_ONCE_MS)
    assert honest_said(cluster, 1, NOTARIZE) == 0
    assert honest_said(cluster, 1, NULLIFY) == 3


@pytest.mark.parametrize(("ahead_ms", "votes"), [(450, 3), (3_600_000, 0)])
def test_7_a_block_from_the_far_future_is_not_notarized(ahead_ms: int, votes: int) -> None:
    cluster, puppet = puppet_of(1)
    cluster.submit(cluster.honest[0].seat)
    cluster.run(100)
    propose(puppet, 1, on(GENESIS, time_ms=cluster.utc_ms + ahead_ms), None)
    cluster.run(REFUSED_AT_ONCE_MS)
    assert honest_said(cluster, 1, NOTARIZE) == votes
    assert honest_said(cluster, 1, NULLIFY) == 0, "a clock is no proof of a lie"


def test_7_a_block_slightly_too_early_is_notarized_when_its_time_comes() -> None:
    cluster, puppet = puppet_of(1)
    cluster.submit(cluster.honest[0].seat)
    cluster.run(100)
    propose(puppet, 1, on(GENESIS, time_ms=cluster.utc_ms + 900), None)
    cluster.run(REFUSED_AT_ONCE_MS)
    assert honest_said(cluster, 1, NOTARIZE) == 0
    cluster.run(500)
    assert honest_said(cluster, 1, NOTARIZE) == 3


@pytest.mark.parametrize(("slack_ms", "votes"), [(2_000, 0), (4_000, 3), (8_000, 0)])
def test_7_the_slowest_legal_time_is_a_block_as_old_as_the_slack_that_the_gap_allows(slack_ms: int, votes: int) -> None:
    cluster, puppet = puppet_of(1)
    cluster.submit(cluster.honest[0].seat)
    cluster.run(100)
    propose(puppet, 1, on(GENESIS, time_ms=cluster.utc_ms - 3_900, slack_ms=slack_ms), None)
    cluster.run(REFUSED_AT_ONCE_MS)
    assert honest_said(cluster, 1, NOTARIZE) == votes


def test_9_a_leader_that_nullifies_its_own_good_block_only_loses_its_view() -> None:
    cluster, puppet = puppet_of(1)
    cluster.submit(cluster.honest[0].seat)
    cluster.run(100)
    puppet.tell_all(VoteMessage(puppet.vote(Said(NULLIFY, 1))))
    cluster.run(REFUSED_AT_ONCE_MS)
    assert honest_said(cluster, 1, NULLIFY) == 3, "nobody waits for a leader that has given up"
    propose(puppet, 1, on(GENESIS, time_ms=cluster.utc_ms), None)
    work(cluster, 60)
    assert entry_blocks(cluster) >= 10
    assert not cluster.observer.evidence, "giving up after proposing is no offence"


def test_3_a_proposal_shown_to_one_member_alone_is_given_up_by_that_one_too() -> None:
    cluster, puppet = puppet_of(1)
    only = cluster.honest[0]
    block = on(GENESIS, time_ms=cluster.utc_ms)
    cluster.observer.block(block)
    vote = puppet.vote(Said(NOTARIZE, 1, 1, 0, False, block.digest))
    puppet.tell([only.index], Proposal(block.to_bytes(), None, (), vote))
    cluster.submit(only.seat)
    assert cluster.run(5_000, lambda: cluster.observer.nullified(1))


def test_a_notarization_counts_whoever_brings_it_and_whatever_was_voted() -> None:
    """Members that nullified a view still advance on its notarization (commonware #2695)."""
    cluster, puppet = puppet_of(1)
    block = on(GENESIS, time_ms=cluster.utc_ms)
    cluster.submit(cluster.honest[0].seat)
    propose(puppet, 1, block, None)
    late = cluster.honest[2]
    cluster.weather.isolate(late.seat, 4)
    assert cluster.run(5_000, lambda: cluster.observer.nullified(1) or len(votes_heard(puppet, Kind.NOTARIZE, 1)) == 2)
    cluster.run(10_000, lambda: any(said.kind == NULLIFY for said in cluster.observer.said(late.index, 1)))
    assert any(said.kind == NULLIFY for said in cluster.observer.said(late.index, 1))
    votes = votes_heard(puppet, Kind.NOTARIZE, 1)
    own = puppet.vote(said_of(votes[0].statement))
    cluster.weather.clear()
    puppet.tell([late.index], Certificates((Certificate.of([*votes, own], 4),)))
    assert cluster.run(200, lambda: late.running.view >= 2)
    assert not any(said.kind == FINALIZE for said in cluster.observer.said(late.index, 1))
