"""Rules R5, R6: on what a leader builds, when, and with which proof. Spec: consensus.md section 2.5, D1 to D3."""

from __future__ import annotations

import pytest
from one_core import GENESIS, UTC_MS, Block, OneCore, read_meta

from datadeed_consensus import effects as fx
from datadeed_consensus import messages as wire
from datadeed_consensus.guard import Kind
from datadeed_consensus.votes import Statement

WORK = fx.WorkPending(True)


def leader_of(view: int, **changes: object) -> OneCore:
    """The member that leads `view`, entering it next; every view below is nullified."""
    own = OneCore().peers.members.leader(view)
    return OneCore(own, **changes).start()


def proposals(core: OneCore) -> list[wire.Proposal]:
    return core.sent(wire.Proposal)


def notarized_parent(core: OneCore, block: Block, view: int) -> None:
    """`block` becomes notarized in `view`, held and executed, and not final."""
    core.propose(core.peers.proposal(block, view))
    core.hear_certificates(core.peers.notarization(block, view, 0))


def test_r6_with_work_and_a_final_parent_a_leader_proposes_at_once() -> None:
    core = leader_of(1)
    core.given(WORK)
    (proposal,) = proposals(core)
    (order,) = core.did(fx.Build)
    assert (order.view, order.parent, order.empty) == (1, GENESIS.digest, False)
    assert proposal.parent is None
    assert proposal.nullifications == ()
    assert proposal.vote.statement == core.peers.notarize(core.build(order), 1, 0)
    assert core.peers.members.all_hold([proposal.vote])


def test_r6_the_own_vote_and_block_are_durable_before_the_proposal_is_sent() -> None:
    core = leader_of(1)
    effects = core.given(WORK)
    at = next(index for index, effect in enumerate(effects) if isinstance(effect, fx.Broadcast))
    written = [key for effect in effects[:at] if isinstance(effect, fx.Persist) for key, _ in effect.puts]
    assert sorted(key[:1] for key in written) == [b"p", b"v"]


def test_r6_only_the_leader_proposes_and_only_when_armed() -> None:
    for own in range(4):
        core = OneCore(own).start()
        core.pass_ms(10_000)
        assert not core.did(fx.Build), "parked"
        core.given(WORK)
        assert bool(core.did(fx.Build)) == (core.peers.members.leader(1) == own)


def test_r6_one_order_is_out_at_a_time_and_an_answer_for_another_view_is_dropped() -> None:
    core = leader_of(1, answering=False)
    core.given(WORK)
    core.given(WORK, fx.Tick())
    (order,) = core.did(fx.Build)
    core.given(fx.Built(7, core.build(order).data))
    core.enter(2)
    core.forget()
    core.given(fx.Built(1, core.build(order).data), fx.Built(1, core.build(order).data))
    assert not core.did(fx.Execute)
    assert not core.votes(Kind.NOTARIZE)


def test_r6_a_leader_checks_its_own_block_like_any_other_before_it_votes() -> None:
    """cometbft #5204."""
    core = leader_of(1)
    core.content = b"bad"
    core.given(WORK)
    assert len(core.did(fx.Execute)) == 1
    assert not proposals(core)
    assert core.alarms() == ["invalid-proposal"]
    assert core.votes(Kind.NULLIFY, 1)


@pytest.mark.parametrize(
    "case", ["nothing", "junk", "another parent", "another time", "another height", "an empty end"]
)
def test_r6_a_leader_that_gets_no_block_as_ordered_gives_its_view_up(case: str) -> None:
    core = leader_of(1, answering=False)
    core.given(WORK)
    (order,) = core.did(fx.Build)
    good = core.build(order)
    answers = {
        "nothing": None,
        "junk": b"junk",
        "another parent": Block(1, bytes(32), good.time_ms, b"x").data,
        "another time": Block(1, good.parent, good.time_ms + 1, b"x").data,
        "another height": Block(2, good.parent, good.time_ms, b"x").data,
        "an empty end": Block(1, good.parent, good.time_ms, ends_epoch=True).data,
    }
    core.given(fx.Built(1, answers[case]))
    assert core.votes(Kind.NULLIFY, 1)
    assert core.alarms() == ["not-built"]


def test_r6_an_empty_order_answered_with_entries_is_not_as_ordered() -> None:
    core = leader_of(2, answering=False)
    block = GENESIS.child(b"a")
    core.propose(core.peers.proposal(block, 1))
    core.given(core.executed(block))
    core.hear_certificates(core.peers.notarization(block, 1, 0))
    core.given(WORK)
    core.pass_ms(600)
    (order,) = core.did(fx.Build)
    assert order.empty
    core.given(fx.Built(2, Block(2, order.parent, order.time_ms, b"entries").data))
    assert core.alarms() == ["not-built"]


def test_r6_the_time_of_a_block_is_now_or_just_after_its_parents() -> None:
    core = leader_of(1)
    core.given(WORK)
    assert core.did(fx.Build)[0].time_ms == UTC_MS
    ahead = Block(1, GENESIS.digest, UTC_MS + 200, b"a")
    core = leader_of(2)
    core.finalize(ahead, 1, 0)
    core.given(WORK)
    core.pass_ms(20)
    assert core.did(fx.Build)[-1].time_ms == ahead.time_ms + 1, "200 ms ahead is within half of D_future"


def test_r6_a_leader_waits_until_its_clock_is_past_the_parents_time_less_half_of_d_future() -> None:
    ahead = Block(1, GENESIS.digest, UTC_MS + 450, b"a")
    core = leader_of(2)
    core.finalize(ahead, 1, 0)
    core.given(WORK)
    core.pass_ms(200)
    assert not core.did(fx.Build)
    core.pass_ms(1)
    assert core.did(fx.Build)


def test_r6_blocks_are_at_least_20_ms_apart_counted_from_when_the_parent_was_first_seen() -> None:
    core = leader_of(2)
    block = GENESIS.child(b"a", later_ms=500)
    core.propose(core.peers.proposal(block, 1))
    core.given(WORK)
    core.pass_ms(12)
    certificates = core.peers.notarization(block, 1, 0), core.peers.finalization(block, 1, 0)
    core.hear_certificates(*certificates)
    core.given(WORK)
    assert not core.did(fx.Build)
    core.pass_ms(7)
    assert not core.did(fx.Build)
    core.pass_ms(1)
    assert core.did(fx.Build)[0].parent == block.digest


def test_r6_an_idle_ledger_proposes_without_any_delay() -> None:
    core = leader_of(2)
    core.finalize(GENESIS.child(b"a"), 1, 0)
    core.pass_ms(20_000)
    core.given(WORK)
    assert len(proposals(core)) == 1


# D3: the gate


def test_d3_with_work_on_a_merely_notarized_parent_a_leader_waits_and_then_proposes_an_empty_block() -> None:
    core = leader_of(2)
    block = GENESIS.child(b"a")
    core.given(WORK)
    notarized_parent(core, block, 1)
    core.pass_ms(599)
    assert not core.did(fx.Build)
    core.pass_ms(1)
    assert [(order.parent, order.empty) for order in core.did(fx.Build)] == [(block.digest, True)]
    (proposal,) = proposals(core)
    assert proposal.parent is not None
    assert proposal.parent.statement.kind is Kind.NOTARIZE


def test_d3_when_the_parent_becomes_final_in_time_entries_are_proposed_with_its_finalization() -> None:
    core = leader_of(2)
    block = GENESIS.child(b"a")
    core.given(WORK)
    notarized_parent(core, block, 1)
    core.pass_ms(100)
    core.hear_certificates(core.peers.finalization(block, 1, 0))
    core.given(WORK)
    assert [(order.parent, order.empty) for order in core.did(fx.Build)] == [(block.digest, False)]
    parent = proposals(core)[0].parent
    assert parent is not None
    assert parent.statement.kind is Kind.FINALIZE


def test_after_a_delivery_an_old_word_of_work_is_doubted_for_5_ms() -> None:
    """Or every burst of entries would be followed by an empty block."""
    core = leader_of(2)
    core.given(WORK)
    core.pass_ms(30)
    core.finalize(GENESIS.child(b"a"), 1, 0)
    core.pass_ms(4)
    assert not core.did(fx.Build)
    core.pass_ms(30)
    assert core.did(fx.Build), "it was not taken back"
    core = leader_of(2)
    core.given(WORK)
    core.pass_ms(30)
    core.finalize(GENESIS.child(b"a"), 1, 0)
    core.given(fx.WorkPending(False))
    core.pass_ms(30_000)
    assert not core.did(fx.Build)


# R5: the base


def test_r5_the_base_is_the_highest_notarized_block_and_the_proposal_proves_the_gap() -> None:
    core = leader_of(4)
    block = GENESIS.child(b"a")
    notarized_parent(core, block, 1)
    core.enter(4)
    core.given(WORK)
    core.pass_ms(600)
    (proposal,) = proposals(core)
    assert proposal.parent == core.peers.notarization(block, 1, 0)
    assert [each.statement for each in proposal.nullifications] == [Statement(Kind.NULLIFY, view) for view in (2, 3)]


def test_r5_a_missing_notarized_block_is_fetched_and_a_lower_base_used_only_if_its_view_is_nullified_too() -> None:
    core = leader_of(2)
    block = GENESIS.child(b"a")
    core.hear_certificates(core.peers.notarization(block, 1, 0))
    core.given(WORK)
    core.pass_ms(700)
    assert not core.did(fx.Build)
    assert any(core.sent(wire.GetBlock, to=peer) for peer in core.others)
    core.hear_certificates(core.peers.nullification(1))
    assert [order.parent for order in core.did(fx.Build)] == [GENESIS.digest]


def test_r5_a_notarized_block_that_is_being_executed_is_waited_for() -> None:
    core = leader_of(2, answering=False)
    block = GENESIS.child(b"a")
    core.propose(core.peers.proposal(block, 1))
    core.hear_certificates(core.peers.notarization(block, 1, 0), core.peers.nullification(1))
    core.given(WORK)
    assert not core.did(fx.Build)
    core.given(core.executed(block))
    core.pass_ms(600)
    assert [order.parent for order in core.did(fx.Build)] == [block.digest]


def test_r5_nothing_is_built_beside_a_finalization_that_is_not_committed_yet() -> None:
    core = leader_of(2)
    core.hear_certificates(core.peers.finalization(GENESIS.child(b"a"), 1, 0))
    core.given(WORK)
    core.pass_ms(1_000)
    assert not core.did(fx.Build)


def test_d2_a_gap_of_more_than_128_views_is_proven_by_the_newest_128() -> None:
    view = next(view for view in range(200, 300) if OneCore().peers.members.leader(view) == 0)
    core = OneCore(0).start()
    core.hear_certificates(*(core.peers.nullification(each) for each in range(1, 150)))
    core.hear_certificates(*(core.peers.nullification(each) for each in range(150, view)))
    core.given(WORK)
    (proposal,) = proposals(core)
    assert [each.statement.view for each in proposal.nullifications] == list(range(view - 128, view))


def test_an_own_proposal_comes_back_from_the_wire_as_it_was() -> None:
    core = leader_of(1)
    core.given(WORK)
    (proposal,) = proposals(core)
    assert read_meta(proposal.block).digest == proposal.vote.statement.block_hash


def test_a_lone_member_finalizes_its_own_blocks() -> None:
    """n = 1, f = 0, q = 1; only in tests."""
    core = OneCore(0, size=1).start()
    for number in range(1, 4):
        core.content = b"entry %d" % number
        core.given(WORK)
        core.given(fx.WorkPending(False))
        core.pass_ms(30)
    assert [block.content for block in core.chain[1:]] == [b"entry 1", b"entry 2", b"entry 3"]
