"""Lying voters, one named script each. Spec: consensus.md section 5 C, "Voter"."""

from __future__ import annotations

from simulation.cluster import Cluster
from simulation.liars import FinalizeWithholder, Framer, Nuller, Puppet, Silent, VoteForEverything, said_of
from simulation.memory import deep_bytes
from simulation.signatures import forged
from simulation.statements import FINALIZE, NOTARIZE, NULLIFY, Said
from simulation.test_scripts_leaders import entry_blocks, puppet_of, with_liar, work

from datadeed_consensus.guard import Kind
from datadeed_consensus.messages import Certificates, VoteMessage
from datadeed_consensus.votes import Certificate, Statement, Vote


def test_8_a_vote_for_everything_is_convicted_and_stops_nothing() -> None:
    cluster, liar = with_liar(VoteForEverything)
    work(cluster, 100)
    assert entry_blocks(cluster) >= 20
    accused = {view for view, member in cluster.observer.evidence if member == liar.index}
    assert len(accused) >= 20


def test_10_withheld_finalize_votes_stop_nothing() -> None:
    cluster, liar = with_liar(FinalizeWithholder)
    work(cluster, 100)
    assert liar.lies >= 20
    assert entry_blocks(cluster) >= 20


def test_a_silent_member_costs_only_its_own_views() -> None:
    cluster, _ = with_liar(Silent)
    work(cluster, 200)
    assert entry_blocks(cluster) >= 15


def test_a_leader_silent_for_long_is_not_waited_for() -> None:
    """R14: with work waiting its views are given up at once, after T_silent of silence."""
    cluster, _ = with_liar(Silent)
    work(cluster, 40, every_ms=1_000)
    before = entry_blocks(cluster)
    work(cluster, 200, every_ms=100)
    assert entry_blocks(cluster) - before >= 45


def test_a_member_that_nullifies_everything_stops_nothing() -> None:
    cluster, liar = with_liar(Nuller)
    work(cluster, 100)
    assert liar.lies >= 20
    assert entry_blocks(cluster) >= 20


def test_11b_votes_far_ahead_and_old_certificates_cost_neither_memory_nor_checks() -> None:
    cluster, puppet = puppet_of(1)
    work(cluster, 60)
    victim = cluster.honest[0]
    old = _first_certificate(puppet)
    checks, memory = victim.verifications, deep_bytes(victim.running)
    rows = len(victim.disk.rows)
    for view in range(victim.running.view + 300, victim.running.view + 3_300):
        puppet.tell([victim.index], VoteMessage(puppet.vote(Said(NULLIFY, view))), Certificates((old,)))
    cluster.run(1_000)
    assert victim.verifications - checks <= 300
    assert deep_bytes(victim.running) <= memory + 100_000
    assert len(victim.disk.rows) <= rows + 30


def _first_certificate(puppet: Puppet) -> Certificate:
    for _, message in puppet.heard:
        if isinstance(message, Certificates):
            return message.certificates[0]
    raise AssertionError("a puppet on the wire hears certificates")


def test_14_a_bad_signature_after_a_good_one_displaces_nothing() -> None:
    """The verified vote stays in its slot, and the certificate made of it convinces everybody (I5)."""
    cluster, puppet = puppet_of(3)
    cluster.submit(cluster.honest[0].seat)
    poisoned: set[Said] = set()

    def poison() -> bool:
        for _, message in puppet.heard:
            if isinstance(message, VoteMessage):
                said = said_of(message.vote.statement)
                if said not in poisoned:
                    poisoned.add(said)
                    good = puppet.vote(said)
                    puppet.tell_all(VoteMessage(good))
                    puppet.tell_all(VoteMessage(Vote(good.statement, puppet.index, forged(len(poisoned)))))
        return False

    cluster.member_crashed(cluster.honest[2].seat)  # so that the puppet's votes are needed
    for _ in range(20):
        cluster.submit(cluster.honest[0].seat)
        cluster.run(500, poison)
    assert len(poisoned) >= 10
    assert entry_blocks(cluster) >= 2


def test_14_a_vote_with_an_invented_signature_does_not_count() -> None:
    cluster, puppet = puppet_of(1, down=1)
    cluster.submit(cluster.honest[0].seat)
    for salt in range(20):
        puppet.tell_all(VoteMessage(Vote(Statement(Kind.NULLIFY, 1), puppet.index, forged(salt))))
        cluster.run(500)
    assert [member.running.view for member in cluster.honest[:2]] == [1, 1]
    puppet.tell_all(VoteMessage(puppet.vote(Said(NULLIFY, 1))))
    cluster.run(500)
    assert [member.running.view for member in cluster.honest[:2]] == [2, 2]


def test_18_honest_names_under_spliced_votes_frame_nobody() -> None:
    cluster, liar = with_liar(Framer)
    work(cluster, 100)
    assert liar.lies >= 50
    assert entry_blocks(cluster) >= 20
    assert not cluster.observer.evidence


def test_13_every_way_to_contradict_oneself_is_put_on_record() -> None:
    """The four offences, each by direct votes in the current view (I13)."""
    for first, second in (
        (Said(NOTARIZE, 1, 1, 0, False, bytes([1]) * 32), Said(NOTARIZE, 1, 1, 0, False, bytes([2]) * 32)),
        (Said(FINALIZE, 1, 1, 0, False, bytes([1]) * 32), Said(FINALIZE, 1, 1, 0, False, bytes([2]) * 32)),
        (Said(NULLIFY, 1), Said(FINALIZE, 1, 1, 0, False, bytes([1]) * 32)),
        (Said(NOTARIZE, 1, 1, 0, False, bytes([1]) * 32), Said(FINALIZE, 1, 1, 0, False, bytes([2]) * 32)),
    ):
        for pair in ((first, second), (second, first)):
            cluster, puppet = puppet_of(3)
            puppet.tell_all(*(VoteMessage(puppet.vote(said)) for said in pair))
            cluster.run(200)
            assert (1, puppet.index) in cluster.observer.evidence, pair


def test_13_what_an_honest_member_may_say_twice_is_no_offence() -> None:
    block = Said(NOTARIZE, 1, 1, 0, False, bytes([1]) * 32)
    for pair in ((block, Said(NULLIFY, 1)), (block, block.of_kind(FINALIZE)), (block, block)):
        cluster, puppet = puppet_of(3)
        puppet.tell_all(*(VoteMessage(puppet.vote(said)) for said in pair))
        cluster.run(200)
        assert not cluster.observer.evidence, pair


def test_memory_is_bounded_while_nothing_becomes_final() -> None:
    """Two of four members are gone: views cannot move, and hours of it cost nothing (I11)."""
    cluster = Cluster(4, 3).start()
    work(cluster, 20)
    for member in cluster.honest[2:]:
        cluster.member_crashed(member.seat)
    cluster.submit(0)
    cluster.run(60_000)
    memory = deep_bytes(cluster.seats[0].running)
    cluster.run(3_600_000)
    assert deep_bytes(cluster.seats[0].running) <= memory + 20_000
