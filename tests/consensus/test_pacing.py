"""Idle pacing and the silent-leader hint: what arms a view, what parks it again. Spec: consensus.md 2.7, R14."""

from __future__ import annotations

from one_core import GENESIS, OneCore

from datadeed_consensus import effects as fx
from datadeed_consensus import messages as wire
from datadeed_consensus.guard import Kind
from datadeed_consensus.votes import Statement

BLOCK = GENESIS.child(b"a")
T_PROP, T_VIEW, T_TAIL, T_IDLE = 1_800, 2_400, 600, 60_000


def follower() -> OneCore:
    return OneCore(OneCore().peers.members.leader(4)).start()


def first_nullify_ms(core: OneCore, limit_ms: int, view: int = 1) -> int | None:
    for waited in range(0, limit_ms, 100):
        if core.votes(Kind.NULLIFY, view):
            return waited
        core.pass_ms(100)
    return None


def test_a_view_without_work_is_parked_until_the_heartbeat() -> None:
    core = follower()
    assert first_nullify_ms(core, T_IDLE) is None
    assert first_nullify_ms(core, T_PROP + 200) == T_PROP, "counted from when the heartbeat armed it"


def test_work_arms_and_its_disappearance_parks_again() -> None:
    core = follower()
    core.given(fx.WorkPending(True))
    core.pass_ms(1_000)
    core.given(fx.WorkPending(False))
    assert first_nullify_ms(core, 5_000) is None
    core.given(fx.WorkPending(True))
    assert first_nullify_ms(core, 5_000) == T_PROP, "the time-out starts anew"


def test_saying_work_again_does_not_move_the_time_out() -> None:
    """A level, not an edge (tendermint #3199)."""
    core = follower()
    for _ in range(18):
        core.given(fx.WorkPending(True))
        assert not core.votes(Kind.NULLIFY)
        core.pass_ms(100)
    assert core.votes(Kind.NULLIFY)


def test_work_that_came_before_a_view_began_arms_it_too() -> None:
    core = follower()
    core.given(fx.WorkPending(True))
    core.hear_certificates(core.peers.nullification(1))
    assert first_nullify_ms(core, 5_000, view=2) == T_PROP


def test_a_proposal_arms() -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 1))
    assert first_nullify_ms(core, 5_000) == T_VIEW


def test_f_plus_one_nullify_votes_arm_and_f_do_not() -> None:
    core = follower()
    first, second = [peer for peer in core.others if peer != core.peers.members.leader(1)]
    core.hear_votes(Statement(Kind.NULLIFY, 1), first)
    assert first_nullify_ms(core, 5_000) is None
    core.hear_votes(Statement(Kind.NULLIFY, 1), second)
    assert first_nullify_ms(core, 5_000) == T_PROP


def test_entries_notarized_and_not_final_are_not_left_behind() -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 1))
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    assert first_nullify_ms(core, 5_000, view=2) == T_TAIL + T_PROP


def test_a_tail_below_an_empty_block_arms_too() -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 1))
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    core.propose(core.peers.proposal(BLOCK.child(), 2, core.peers.notarization(BLOCK, 1, 0)))
    core.hear_certificates(core.peers.notarization(BLOCK.child(), 2, 1))
    assert first_nullify_ms(core, 5_000, view=3) == T_TAIL + T_PROP * 3 // 2


def test_an_empty_tail_and_a_final_block_arm_nothing() -> None:
    core = follower()
    empty = GENESIS.child()
    core.propose(core.peers.proposal(empty, 1))
    core.hear_certificates(core.peers.notarization(empty, 1, 0))
    assert first_nullify_ms(core, 10_000, view=2) is None
    core = follower()
    core.finalize(BLOCK, 1, 0)
    assert first_nullify_ms(core, 10_000, view=2) is None


def test_a_tail_whose_body_is_missing_arms_once_it_is_here() -> None:
    core = follower()
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    assert first_nullify_ms(core, 5_000, view=2) is None
    core.propose(core.peers.proposal(BLOCK, 1))
    assert first_nullify_ms(core, 5_000, view=2) is not None


def test_a_leader_with_a_tail_makes_one_empty_block() -> None:
    core = OneCore(OneCore().peers.members.leader(2)).start()
    core.propose(core.peers.proposal(BLOCK, 1))
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    core.pass_ms(T_TAIL - 1)
    assert not core.did(fx.Build)
    core.pass_ms(1)
    assert [(order.empty, order.parent) for order in core.did(fx.Build)] == [(True, BLOCK.digest)]


def test_an_idle_ledger_says_its_status_every_five_seconds_and_nothing_else() -> None:
    core = follower()
    core.finalize(BLOCK, 1, 0)
    core.pass_ms(5_000)
    core.forget()
    core.pass_ms(50_000)
    assert len(core.sent(wire.Status)) == 10
    assert {type(effect) for effect in core.effects} == {fx.Broadcast, fx.Wake}
    assert len(core.did(fx.Broadcast)) == 10


def test_an_unfinished_ledger_says_its_status_every_second() -> None:
    core = follower()
    core.given(fx.WorkPending(True))
    core.pass_ms(5_000)
    core.forget()
    core.pass_ms(10_000)
    assert len(core.sent(wire.Status)) == 10


# R14


def lonely(core: OneCore, silent: int, duration_ms: int) -> None:
    """Everybody but one peer says something every second."""
    for _ in range(0, duration_ms, 1_000):
        for peer in core.others:
            if peer != silent:
                core.hear(peer, wire.GetBlock(bytes(32)))
        core.pass_ms(1_000)


def test_r14_a_leader_silent_for_ten_views_is_not_waited_for_while_there_is_work() -> None:
    core = follower()
    leader = core.peers.members.leader(1)
    lonely(core, leader, 24_000)
    assert not core.votes(Kind.NULLIFY), "without work nobody is in a hurry"
    core.given(fx.WorkPending(True))
    assert core.votes(Kind.NULLIFY, 1)
    assert not core.alarms(), "a hint, not an accusation"


def test_r14_a_leader_that_says_anything_is_waited_for_again() -> None:
    core = follower()
    leader = core.peers.members.leader(1)
    lonely(core, leader, 24_000)
    core.hear(leader, wire.GetBlock(bytes(32)))
    core.given(fx.WorkPending(True))
    assert not core.votes(Kind.NULLIFY)


def test_r14_where_fewer_than_a_quorum_is_heard_it_may_be_the_own_link() -> None:
    core = follower()
    core.pass_ms(24_000)
    core.hear(core.peers.members.leader(2), wire.GetBlock(bytes(32)))
    core.given(fx.WorkPending(True))
    assert not core.votes(Kind.NULLIFY)


def test_r14_a_proposal_of_a_silent_leader_is_voted_for() -> None:
    core = follower()
    lonely(core, core.peers.members.leader(1), 24_000)
    core.propose(core.peers.proposal(BLOCK, 1))
    assert not core.votes(Kind.NULLIFY)
