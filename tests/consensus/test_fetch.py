"""Rules R13 and R16: missing bodies and pages of the chain, asked of those who signed. Spec: consensus.md 2.5, 2.12."""

from __future__ import annotations

from itertools import pairwise

import pytest
from one_core import EPOCH_ID, GENESIS, Block, OneCore

from datadeed_consensus import effects as fx
from datadeed_consensus import messages as wire
from datadeed_consensus.guard import Kind

BLOCK = GENESIS.child(b"a")


def follower(**changes: object) -> OneCore:
    return OneCore(OneCore().peers.members.leader(4), **changes).start()


def asked(core: OneCore, kind: type[wire.GetBlock] | type[wire.GetRange]) -> list[tuple[int, wire.Message]]:
    found: list[tuple[int, wire.Message]] = []
    for effect in core.did(fx.Send):
        message = wire.decode_message(effect.data, EPOCH_ID, core.peers.size)
        if isinstance(message, kind):
            found.append((effect.peer, message))
    return found


def chain_of(length: int) -> list[Block]:
    blocks = [BLOCK]
    while len(blocks) < length:
        blocks.append(blocks[-1].child(b"%d" % len(blocks)))
    return blocks


# R13


def test_r13_a_missing_body_is_asked_of_the_signers_in_turn_with_back_off() -> None:
    core = follower()
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    core.pass_ms(49)
    assert not asked(core, wire.GetBlock), "it may be on its way"
    times = []
    for _ in range(4_000):
        before = len(asked(core, wire.GetBlock))
        core.pass_ms(50)
        times += [core.now_ms] * (len(asked(core, wire.GetBlock)) - before)
    intervals = [later - earlier for earlier, later in pairwise(times)]
    assert intervals[:9] == [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000]
    assert set(intervals[8:]) == {30_000}
    peers = [peer for peer, _ in asked(core, wire.GetBlock)]
    assert set(peers) == set(core.others)
    assert all(earlier != later for earlier, later in pairwise(peers))


def test_r13_a_body_is_taken_only_from_a_peer_that_was_asked_for_it() -> None:
    core = follower(answering=False)
    core.hear(core.others[0], wire.BlockMessage(BLOCK.data))
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    core.pass_ms(50)
    ((peer, _),) = asked(core, wire.GetBlock)
    stranger = next(each for each in core.others if each != peer)
    core.hear(stranger, wire.BlockMessage(BLOCK.data))
    core.hear(peer, wire.BlockMessage(GENESIS.child(b"another").data))
    assert not core.did(fx.Execute)
    core.hear(peer, wire.BlockMessage(BLOCK.data))
    assert core.did(fx.Execute)
    core.pass_ms(60_000)
    assert len(asked(core, wire.GetBlock)) == 1


def test_r13_a_body_that_is_no_block_is_counted_against_its_sender() -> None:
    core = follower()
    core.hear(2, wire.BlockMessage(b"junk"))
    assert core.core.penalties[2] == 1


def test_r13_missing_ancestors_are_asked_for_one_after_the_other() -> None:
    core = follower()
    child = BLOCK.child()
    core.hear_certificates(core.peers.nullification(1), core.peers.notarization(child, 2, 1))
    core.pass_ms(50)
    core.hear(asked(core, wire.GetBlock)[0][0], wire.BlockMessage(child.data))
    core.pass_ms(50)
    peer, request = asked(core, wire.GetBlock)[1]
    assert request == wire.GetBlock(BLOCK.digest)
    core.hear(peer, wire.BlockMessage(BLOCK.data))
    assert [each.digest for each in core.did(fx.Execute)] == [BLOCK.digest, child.digest]
    assert core.votes(Kind.FINALIZE, 2)


def test_r13_few_requests_are_out_at_a_time() -> None:
    core = follower()
    blocks = [GENESIS.child(b"%d" % view) for view in range(1, 15)]
    notarizations = [core.peers.notarization(block, view, 0) for view, block in enumerate(blocks, start=1)]
    core.hear_certificates(*notarizations)
    core.pass_ms(60)
    assert len(asked(core, wire.GetBlock)) == 8


def test_r13_a_peer_without_a_link_is_asked_only_if_there_is_no_other() -> None:
    core = follower()
    up = core.others[1]
    core.given(*(fx.PeerDown(peer) for peer in core.others if peer != up))
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    core.pass_ms(700)
    assert {peer for peer, _ in asked(core, wire.GetBlock)} == {up}
    core.given(fx.PeerDown(up))
    core.pass_ms(10_000)
    assert len({peer for peer, _ in asked(core, wire.GetBlock)}) == 3


def test_r13_a_block_that_is_held_is_served_and_another_is_the_drivers() -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 1))
    core.forget()
    core.hear(2, wire.GetBlock(BLOCK.digest), wire.GetBlock(GENESIS.digest))
    assert core.sent(wire.BlockMessage, to=2) == [wire.BlockMessage(BLOCK.data)]
    assert core.did(fx.ServeBlock) == [fx.ServeBlock(2, GENESIS.digest, core.setup.epoch_id)]


def test_serving_is_bounded_by_peer() -> None:
    core = follower()
    core.finalize(BLOCK, 1, 0)
    for _ in range(200):
        core.hear(2, wire.GetBlock(bytes(32)), wire.GetRange(1, 1_000))
    assert len(core.did(fx.ServeBlock)) + len(core.did(fx.ServeRange)) == 100
    core.hear(0, wire.GetRange(1, 1_000))
    assert core.did(fx.ServeRange)[-1] == fx.ServeRange(0, 1, 1_000, core.setup.epoch_id)
    core.pass_ms(1_000)
    core.forget()
    core.hear(2, *[wire.GetBlock(bytes(32))] * 80)
    assert len(core.did(fx.ServeBlock)) == 50


def test_a_range_above_the_committed_height_is_not_served() -> None:
    core = follower()
    core.finalize(BLOCK, 1, 0)
    core.hear(2, wire.GetRange(2, 1_000))
    assert not core.did(fx.ServeRange)


# R16


def test_r16_a_verified_finalization_further_up_brings_pages_until_level() -> None:
    core = follower()
    blocks = chain_of(10)
    core.hear_certificates(core.peers.finalization(blocks[9], 30, 29), peer=2)
    ((peer, request),) = asked(core, wire.GetRange)
    assert request == wire.GetRange(1, wire.RANGE_BYTES_MAX)
    page = wire.Range(tuple(block.data for block in blocks[:6]), core.peers.finalization(blocks[5], 20, 19))
    core.hear(peer, page)
    assert core.core.final_height == 6
    assert core.core.final_view == 20
    assert [bool(each.certificate) for each in core.delivered] == [False] * 5 + [True]
    peer, request = asked(core, wire.GetRange)[-1]
    assert request == wire.GetRange(7, wire.RANGE_BYTES_MAX)
    core.hear(peer, wire.Range(tuple(block.data for block in blocks[6:]), core.peers.finalization(blocks[9], 30, 29)))
    assert (core.core.final_height, core.core.final_view) == (10, 30)
    core.pass_ms(10_000)
    assert len(asked(core, wire.GetRange)) == 2


def test_r16_entries_are_executed_one_block_at_a_time_on_committed_state() -> None:
    core = follower(answering=False)
    blocks = chain_of(3)
    finalization = core.peers.finalization(blocks[2], 30, 29)
    core.hear_certificates(finalization)
    ((peer, _),) = asked(core, wire.GetRange)
    core.hear(peer, wire.Range(tuple(block.data for block in blocks), finalization))
    for number, block in enumerate(blocks, start=1):
        assert len(core.did(fx.Execute)) == number
        core.given(core.executed(block))
        assert core.core.final_height == number


def test_r16_one_missing_block_is_asked_for_by_digest() -> None:
    core = follower()
    core.hear_certificates(core.peers.finalization(BLOCK, 1, 0))
    core.pass_ms(50)
    assert not asked(core, wire.GetRange)
    ((peer, request),) = asked(core, wire.GetBlock)
    assert request == wire.GetBlock(BLOCK.digest)
    core.hear(peer, wire.BlockMessage(BLOCK.data))
    assert core.chain[-1] == BLOCK


BAD_PAGES = [
    "not from the floor",
    "a hole",
    "another last block",
    "a forged finalization",
    "a stale finalization",
    "junk",
]


@pytest.mark.parametrize("name", BAD_PAGES)
def test_r16_a_page_that_does_not_prove_itself_is_dropped(name: str) -> None:
    core = follower()
    first = core.finalize(BLOCK, 1, 0)
    blocks = chain_of(5)
    good = core.peers.finalization(blocks[4], 9, 8)
    core.hear_certificates(good)
    ((peer, _),) = asked(core, wire.GetRange)
    data = [block.data for block in blocks]
    other = core.peers.finalization(blocks[3], 8, 7)
    forged = core.peers.certificate(other.statement, (0, 1, 2)).votes()
    votes = [vote.__class__(vote.statement, vote.signer, bytes(64)) for vote in forged]
    pages = {
        "not from the floor": wire.Range(tuple(data), good),
        "a hole": wire.Range((data[1], data[3], data[4]), good),
        "another last block": wire.Range(tuple(data[1:4]), good),
        "a forged finalization": wire.Range(tuple(data[1:4]), good.__class__.of(votes, 4)),
        "a stale finalization": wire.Range((data[0],), first),
        "junk": wire.Range((b"junk",), good),
    }
    core.hear(peer, pages[name])
    assert core.core.final_height == 1
    assert core.core.penalties[peer] == 1
    core.hear(peer, wire.Range(tuple(data[1:]), good))
    assert core.core.final_height == 5, "the peer is still good for the truth"


def test_r16_a_page_nobody_asked_for_is_dropped() -> None:
    core = follower()
    blocks = chain_of(3)
    page = wire.Range(tuple(block.data for block in blocks), core.peers.finalization(blocks[2], 9, 8))
    core.hear(2, page)
    assert core.core.final_height == 0
    core.hear_certificates(core.peers.finalization(blocks[2], 9, 8))
    ((peer, _),) = asked(core, wire.GetRange)
    core.hear(next(each for each in core.others if each != peer), page)
    assert core.core.final_height == 0


def test_r16_a_page_that_is_not_answered_is_asked_of_another() -> None:
    core = follower()
    core.hear_certificates(core.peers.finalization(chain_of(3)[2], 9, 8))
    core.pass_ms(700)
    peers = [peer for peer, _ in asked(core, wire.GetRange)]
    assert len(peers) == 3
    assert len(set(peers)) == 3


def test_r16_while_behind_the_open_view_is_followed_and_may_be_nullified_but_not_notarized() -> None:
    core = follower()
    blocks = chain_of(3)
    finalization = core.peers.finalization(blocks[2], 9, 8)
    core.hear_certificates(finalization)
    assert core.core.view == 10
    core.propose(core.peers.proposal(blocks[2].child(b"x"), 10, finalization))
    assert not core.votes(Kind.NOTARIZE)
    core.pass_ms(20_000)
    assert core.votes(Kind.NULLIFY, 10)


def test_r16_after_catching_up_the_waiting_proposal_gets_its_vote() -> None:
    """ava #332: nothing has to be armed by hand."""
    core = follower()
    blocks = chain_of(3)
    finalization = core.peers.finalization(blocks[2], 8, 7)
    core.hear_certificates(finalization)
    view = next(each for each in range(9, 15) if core.peers.members.leader(each) != core.own)
    core.propose(core.peers.proposal(blocks[2].child(b"x"), view, finalization))
    ((peer, _),) = asked(core, wire.GetRange)
    core.hear(peer, wire.Range(tuple(block.data for block in blocks), finalization))
    assert core.votes(Kind.NOTARIZE, view)


def test_r16_what_a_lagging_member_keeps_is_bounded() -> None:
    core = follower()
    blocks = chain_of(400)
    parent = None
    for view, block in enumerate(blocks, start=1):
        if view > 1 and core.peers.members.leader(view) != core.own:
            core.propose(core.peers.proposal(block, view, parent))
        parent = core.peers.finalization(block, view, view - 1)
        core.hear_certificates(core.peers.notarization(block, view, view - 1), parent)
    replica = core.core._replica
    assert core.core.final_height == 0, "the first body never came"
    assert len(replica.blocks._held) <= 64 + 4
    assert len(replica.tally._views) <= 16
    ((peer, _), *_) = asked(core, wire.GetRange)
    assert parent is not None
    for first in range(0, 400, 64):
        page = blocks[first : first + 64]
        last = len(blocks[: first + 64])
        peer = asked(core, wire.GetRange)[-1][0]
        core.hear(
            peer, wire.Range(tuple(each.data for each in page), core.peers.finalization(page[-1], last, last - 1))
        )
    assert core.core.final_height == 400
