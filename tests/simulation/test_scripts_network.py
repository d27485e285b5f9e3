"""Splits, storms, slowness and loss, one named script each. Spec: consensus.md sections 4 and 5 C, "Network"."""

from __future__ import annotations

from simulation.blocks import GENESIS, ToyBlock
from simulation.cluster import Cluster, leader_at
from simulation.liars import Puppet, said_of
from simulation.statements import NOTARIZE, NULLIFY, Said
from simulation.test_scripts_leaders import SEED, entry_blocks, on, puppet_of, votes_heard, work

from datadeed_consensus.guard import Kind
from datadeed_consensus.messages import Certificates, Proposal, VoteMessage, decode_message
from datadeed_consensus.votes import Certificate


def test_16_halves_that_hold_opposite_certificates_of_two_views_come_together() -> None:
    """View 1 notarized for one and nullified for two members, view 2 the reverse; then the liar falls silent."""
    cluster, puppet = puppet_of(1)
    honest = cluster.honest
    second_leader = next(member for member in honest if member.index == leader_at(2, 4, SEED))
    one = next(member for member in honest if member is not second_leader)
    two = [member for member in honest if member is not one]
    helper = next(member for member in two if member is not second_leader)
    honest_seats = {member.seat for member in honest}
    open_links: set[tuple[int, int]] = set()
    cluster.passes = lambda source, target, _: not {source, target} <= honest_seats or (source, target) in open_links
    cluster.submit(one.seat)
    for member in two:
        member.learn(one.mempool)

    block = on(GENESIS, time_ms=cluster.utc_ms)
    _propose_to(puppet, block, [one.index, helper.index])
    assert cluster.run(1_000, lambda: len(votes_heard(puppet, Kind.NOTARIZE, 1)) == 2)
    notarize = votes_heard(puppet, Kind.NOTARIZE, 1)
    _hand(puppet, [one.index], Certificate.of([*notarize, puppet.vote(said_of(notarize[0].statement))], 4))
    assert cluster.run(30_000, lambda: len(votes_heard(puppet, Kind.NULLIFY, 1)) == 2)
    nullify = votes_heard(puppet, Kind.NULLIFY, 1)
    open_links.add((second_leader.seat, helper.seat))  # it will propose view 2 to the helper alone
    _hand(puppet, [m.index for m in two], Certificate.of([*nullify, puppet.vote(Said(NULLIFY, 1))], 4))

    assert cluster.run(30_000, lambda: len(votes_heard(puppet, Kind.NOTARIZE, 2)) == 2)
    open_links.clear()
    assert cluster.run(60_000, lambda: len(votes_heard(puppet, Kind.NULLIFY, 2)) == 3)
    votes = [v for v in votes_heard(puppet, Kind.NULLIFY, 2) if v.signer != second_leader.index]
    _hand(puppet, [one.index], Certificate.of([*votes, puppet.vote(Said(NULLIFY, 2))], 4))
    notarize = votes_heard(puppet, Kind.NOTARIZE, 2)
    own = puppet.vote(said_of(notarize[0].statement))
    _hand(puppet, [m.index for m in two], Certificate.of([*notarize, own], 4))
    assert cluster.run(1_000, lambda: [member.running.view for member in honest] == [3, 3, 3])

    cluster.passes = lambda source, target, _: puppet.seat not in (source, target)
    before = entry_blocks(cluster)
    for _ in range(120):
        cluster.submit(one.seat)
        cluster.run(1_000, lambda: entry_blocks(cluster) >= before + 3)
    assert entry_blocks(cluster) >= before + 3


def _propose_to(puppet: Puppet, block: ToyBlock, peers: list[int]) -> None:
    puppet.cluster.observer.block(block)
    vote = puppet.vote(Said(NOTARIZE, 1, block.height, 0, False, block.digest))
    puppet.tell(peers, Proposal(block.to_bytes(), None, (), vote))


def _hand(puppet: Puppet, peers: list[int], certificate: Certificate) -> None:
    puppet.tell(peers, Certificates((certificate,)))


def test_20_one_gone_and_a_restart_storm_of_another_harm_nothing_and_the_rest_resumes() -> None:
    cluster = Cluster(4, 20).start()
    work(cluster, 10)
    cluster.member_crashed(0)
    storm = cluster.seats[1]
    for round_ in range(80):
        if storm.alive:
            storm.fuse = round_ % 13
        else:
            cluster.member_start(1)
        cluster.submit(2)
        cluster.run(137)
    before = entry_blocks(cluster)
    storm.fuse = None
    if not storm.alive:
        cluster.member_start(1)
    for _ in range(60):
        cluster.submit(2)
        cluster.run(1_000, lambda: entry_blocks(cluster) >= before + 3)
    assert entry_blocks(cluster) >= before + 3
    cluster.member_start(0)
    assert cluster.run(60_000, lambda: cluster.seats[0].application.height >= cluster.seats[2].application.height)


def test_a_network_far_slower_than_configured_still_finalizes() -> None:
    """Time-outs grow while nothing becomes final, until an honest leader's view is long enough."""
    cluster = Cluster(4, 21)
    cluster.weather.delay_ms = (2_500, 2_600)
    cluster.start()
    cluster.submit(0)
    for _ in range(600):
        cluster.submit(0)
        cluster.run(1_000, lambda: min(cluster.heights()) >= 2)
    assert min(cluster.heights()) >= 2


def test_votes_lost_once_are_said_again() -> None:
    """Every message of the first three seconds is lost, the votes to give up view 1 too: only Status brings them."""
    cluster = Cluster(4, 22)
    cluster.passes = lambda source, target, data: cluster.now_ms > 3_000
    cluster.start()
    for member in cluster.seats:
        member.learn([1_000])
    assert cluster.run(15_000, lambda: min(cluster.heights()) >= 1)


def test_finalize_votes_lost_once_are_said_again() -> None:
    """The heartbeat's finalize votes are lost. Nothing else would make it final before the next heartbeat."""
    cluster = Cluster(4, 27)

    def passes(source: int, target: int, data: bytes) -> bool:
        message = decode_message(data, cluster.epoch_id, 4)
        is_finalize = isinstance(message, VoteMessage) and message.vote.statement.kind is Kind.FINALIZE
        return not is_finalize or cluster.now_ms > 61_000

    cluster.passes = passes
    cluster.start()
    cluster.run(61_000)
    assert max(cluster.heights()) == 0
    assert cluster.observer.notarized(1) is not None
    cluster.run(5_000)
    assert min(cluster.heights()) == 1


def test_certificates_lost_once_are_handed_out_again() -> None:
    """One member hears nothing for a while, then the ledger rests: the newest block reaches it all the same."""
    cluster = Cluster(4, 23).start()
    cluster.weather.isolate(3, 4)
    work(cluster, 20)
    height = cluster.seats[0].application.height
    assert height >= 5
    cluster.run(10_000)
    cluster.weather.clear()
    assert cluster.run(15_000, lambda: cluster.seats[3].application.height >= height)


def test_a_member_cut_off_for_a_hundred_blocks_comes_level() -> None:
    cluster = Cluster(4, 24).start()
    cluster.weather.isolate(1, 4)
    while cluster.seats[0].application.height < 100:
        work(cluster, 10)
        assert cluster.now_ms < 600_000
    height = cluster.seats[0].application.height
    cluster.weather.clear()
    assert cluster.run(30_000, lambda: cluster.seats[1].application.height >= height)


def test_a_block_that_arrives_by_two_ways_is_delivered_once() -> None:
    cluster = Cluster(4, 25)
    cluster.weather.duplicate_permille = 1000
    cluster.start()
    work(cluster, 50)
    assert entry_blocks(cluster) >= 20


def test_two_of_four_gone_stop_everything_and_one_return_resumes_it() -> None:
    cluster = Cluster(4, 26).start()
    work(cluster, 10)
    for seat in (2, 3):
        cluster.member_crashed(seat)
    cluster.run(1_000)
    before = entry_blocks(cluster)
    work(cluster, 60, every_ms=1_000)
    assert entry_blocks(cluster) == before
    cluster.member_start(2)
    assert cluster.run(120_000, lambda: entry_blocks(cluster) > before)


def test_an_idle_member_among_lost_wake_ups_is_woken_by_f_plus_1_others() -> None:
    """Work is known to two of four only, and none of them leads: their nullify votes arm the rest."""
    cluster = Cluster(4, SEED)
    leader = leader_at(1, 4, SEED)
    cluster.start()
    cluster.run(2_000)
    knowing = [member for member in cluster.seats if member.index != leader][:2]
    for member in knowing:
        member.mempool.add(1_000)  # not by `learn`: it is never gossiped
        member.say_pending()
    assert cluster.run(10_000, lambda: min(cluster.heights()) >= 1)
