"""Forged, replayed and hollow certificates, and peers that answer with rubbish. Spec: consensus.md section 5 C."""

from __future__ import annotations

import pytest
from simulation.cluster import Cluster, leader_at
from simulation.liars import PageForger, Puppet, StatusLiar, said_of
from simulation.memory import deep_bytes
from simulation.signatures import forged
from simulation.statements import NULLIFY, Said, statement_bytes
from simulation.test_scripts_leaders import SEED, entry_blocks, on, puppet_of, votes_heard, with_liar, work

from datadeed_consensus.guard import Kind
from datadeed_consensus.messages import BlockMessage, Certificates, VoteMessage, encode_message
from datadeed_consensus.messages import Status as StatusMessage
from datadeed_consensus.votes import Certificate
from datadeed_ledger.encoding import Decoded, decode, encode

CERTIFICATES_TYPE = 3  # message type


def hollow(cluster: Cluster, puppet: Puppet, how: str) -> bytes:
    """A message with a certificate that nullifies view 1 and, in one way, does not."""
    said = Said(NULLIFY, 1)
    epoch_id = cluster.epoch_id
    if how == "of another epoch":
        epoch_id = bytes(32)
    own = cluster.keyring.sign(puppet.index, statement_bytes(epoch_id, cluster.epoch, said))
    honest = [member.index for member in cluster.honest]
    shapes: dict[str, tuple[list[int], list[bytes]]] = {
        "of one signer repeated": ([puppet.index], [own, own, own]),
        "with one signature under three names": ([puppet.index, *honest[:2]], [own, own, own]),
        "of f+1 signers": ([puppet.index, honest[0]], [own, forged(1)]),
        "with invented signatures": ([puppet.index, *honest[:2]], [own, forged(1), forged(2)]),
        "with a signer out of range": ([puppet.index, honest[0], 6], [own, forged(1), forged(2)]),
        "without signers": ([], []),
        "of another epoch": ([puppet.index, *honest[:2]], [own, own, own]),
        "with too few signatures": ([puppet.index, *honest[:2]], [own, own]),
    }
    signers, signatures = shapes[how]
    bitmap = bytearray(1)
    for signer in signers:
        bitmap[0] |= 0x80 >> signer
    certificate = encode([[2, 1], bytes(bitmap), b"".join(signatures)])
    return encode([CERTIFICATES_TYPE, cluster.epoch_id, [certificate]])


HOLLOW = (
    "of one signer repeated",
    "with one signature under three names",
    "of f+1 signers",
    "with invented signatures",
    "with a signer out of range",
    "without signers",
    "of another epoch",
    "with too few signatures",
)


@pytest.mark.parametrize("how", HOLLOW)
def test_12_a_hollow_certificate_moves_nobody(how: str) -> None:
    cluster, puppet = puppet_of(3)
    data = hollow(cluster, puppet, how)
    for member in cluster.honest:
        cluster.post(puppet.seat, member.index, data)
    cluster.run(500)
    assert [member.running.view for member in cluster.honest] == [1, 1, 1]
    assert not any(data[-64:] in value for member in cluster.honest for value in member.disk.rows.values())
    work(cluster, 30)
    assert entry_blocks(cluster) >= 3, "and the ledger goes on"


def test_12_bytes_that_are_no_message_move_nobody() -> None:
    cluster, puppet = puppet_of(3)
    good = encode_message(cluster.epoch_id, StatusMessage(1, 0, bytes(32), 0, 1, bytes(24)))
    broken = [good[:cut] for cut in range(len(good))] + [good + b"\x00", b"", b"\xc1", b"\xdd\xff\xff\xff\xff"]
    broken += [bytes([good[0], kind]) + good[2:] for kind in range(256) if kind != good[1]]
    for data in broken:
        for member in cluster.honest:
            cluster.post(puppet.seat, member.index, data)
    cluster.run(500)
    assert [member.running.view for member in cluster.honest] == [1, 1, 1]
    work(cluster, 30)
    assert entry_blocks(cluster) >= 3


def test_13_traffic_of_another_chain_with_the_same_members_is_worthless() -> None:
    """Everything ever said in one ledger, replayed from its true senders into another."""
    one, two = Cluster(4, 5), Cluster(4, 5, chain="another chain")
    heard: list[tuple[int, int, bytes]] = []

    def listen(source: int, target: int, data: bytes) -> bool:
        heard.append((source, target, data))
        return True

    one.passes = listen
    one.start()
    two.start()
    work(one, 20)
    assert entry_blocks(one) >= 5
    before = [dict(member.disk.rows) for member in two.honest]
    for source, target, data in heard:
        two.seats[target].hear(source, data)
    two.run(500)
    assert [member.running.view for member in two.honest] == [1] * 4
    assert [member.disk.rows for member in two.honest] == before


def test_13_a_replayed_message_with_only_its_epoch_id_changed_is_worthless() -> None:
    one, two = Cluster(4, 5), Cluster(4, 5, chain="another chain")
    heard: list[tuple[int, int, bytes]] = []

    def listen(source: int, target: int, data: bytes) -> bool:
        heard.append((source, target, data))
        return True

    one.passes = listen
    one.start()
    two.start()
    work(one, 5)
    for source, target, data in heard:
        items = decode(data, bytes_max=1 << 20)
        assert isinstance(items, list)
        changed: list[Decoded] = [items[0], two.epoch_id, *items[2:]]
        two.seats[target].hear(source, encode(changed))
    two.run(500)
    assert max(member.running.final_height for member in two.honest) == 0
    assert two.observer.counts["nullifications"] == two.observer.counts["commits"] == 0


def test_15_lies_in_status_and_rubbish_for_answers_keep_nobody_from_catching_up() -> None:
    cluster, liar = with_liar(StatusLiar)
    late = cluster.honest[2]
    work(cluster, 5)
    cluster.member_crashed(late.seat)
    cluster.run(100)
    cluster.weather.delay_ms = (5, 10)
    for _ in range(20):  # the liar must vote while one is away, and it does: only its answers are lies
        cluster.submit(cluster.honest[0].seat)
        cluster.run(300)
    level = min(cluster.honest[0].application.height, cluster.honest[1].application.height)
    assert level >= 5
    cluster.member_start(late.seat)
    assert cluster.run(60_000, lambda: late.application.height >= level)
    assert liar.lies >= 3


def test_1_three_of_five_are_no_quorum() -> None:
    """q = n - f = 4 at n = 5: with 2f + 1 = 3 two disjoint majorities could fork (commonware PR#733)."""
    cluster = Cluster(5, 8)
    for seat in (0, 1, 2):
        cluster.member_start(seat)
    work(cluster, 60)
    assert [cluster.seats[seat].running.view for seat in (0, 1, 2)] == [1, 1, 1]
    cluster.member_start(3)
    work(cluster, 60)
    assert entry_blocks(cluster) >= 3


def test_15_a_page_of_other_blocks_under_a_true_certificate_is_not_believed() -> None:
    cluster, liar = with_liar(PageForger)
    late = cluster.honest[2]
    cluster.weather.isolate(late.seat, 4)
    work(cluster, 30)
    level = cluster.honest[0].application.height
    assert level >= 5
    cluster.weather.walls = {wall for wall in cluster.weather.walls if liar.seat not in wall}
    cluster.run(10_000)
    assert liar.lies >= 1
    assert late.application.height == 0
    cluster.weather.clear()
    assert cluster.run(60_000, lambda: late.application.height >= level)


def test_15_blocks_that_nobody_asked_for_are_dropped() -> None:
    cluster, puppet = puppet_of(1)
    work(cluster, 20)
    victim = cluster.honest[0]
    memory = deep_bytes(victim.running)
    tip = cluster.observer.blocks[victim.application.tip]
    for salt in range(3_000):
        block = on(tip, time_ms=cluster.utc_ms).varied(salt)
        puppet.tell([victim.index], BlockMessage(block.to_bytes()))
    cluster.run(200)
    assert deep_bytes(victim.running) <= memory + 100_000


def test_4_a_certificate_of_a_later_view_opens_no_hole() -> None:
    """D1: a member that hears of view 2 first stays in view 1 until it can prove that view too."""
    cluster, puppet = puppet_of(3)
    late = next(member for member in cluster.honest if member.index == leader_at(4, 4, SEED))
    cluster.passes = lambda source, target, data: late.seat not in (source, target)
    certificates: dict[int, Certificate] = {}
    for view in (1, 2):
        cluster.submit(next(member.seat for member in cluster.honest if member is not late))
        cluster.run(1_000)
        votes = votes_heard(puppet, Kind.NOTARIZE, view)
        assert len(votes) == 2
        own = puppet.vote(said_of(votes[0].statement))
        certificates[view] = Certificate.of([*votes, own], 4)
        puppet.tell_all(VoteMessage(own))
    cluster.passes = lambda source, target, data: (source, target) == (puppet.seat, late.seat)
    puppet.tell([late.index], Certificates((certificates[2],)))
    cluster.run(100)
    assert late.running.view == 1
    puppet.tell([late.index], Certificates((certificates[1],)))
    cluster.run(100)
    assert late.running.view == 3
