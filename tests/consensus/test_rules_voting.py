"""Rules R7 to R12 and the time window: what gets a vote, what gets a view nullified, what gets delivered.

Spec: consensus.md sections 2.5 and 2.9.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from one_core import GENESIS, UTC_MS, Block, OneCore

from datadeed_consensus import effects as fx
from datadeed_consensus import messages as wire
from datadeed_consensus.admission import VOTES_AHEAD
from datadeed_consensus.guard import Kind
from datadeed_consensus.proposals import fault_in
from datadeed_consensus.votes import Certificate, Statement, Vote

BLOCK = GENESIS.child(b"a")


def follower(**changes: object) -> OneCore:
    """A member that does not lead views 1 to 3."""
    return OneCore(OneCore().peers.members.leader(4), **changes).start()


# R7


def test_r7_a_proposal_comes_from_its_leader_with_the_leaders_notarize_vote() -> None:
    core = follower()
    good = core.peers.proposal(BLOCK, 1)
    leader = core.peers.members.leader(1)
    (other,) = [peer for peer in core.others if peer not in (leader, core.peers.members.leader(2))]
    core.hear(other, good)
    core.hear(other, replace(good, vote=core.peers.sign(good.vote.statement, other)))
    core.hear(leader, replace(good, vote=core.peers.sign(Statement(Kind.NULLIFY, 1), leader)))
    assert not core.did(fx.Execute)
    assert core.core.penalties[other] == 2
    assert core.core.penalties[leader] == 1
    core.propose(good)
    assert core.votes(Kind.NOTARIZE, 1)


def test_r7_a_second_proposal_of_a_view_is_evidence_and_is_never_executed() -> None:
    core = follower(answering=False)
    core.propose(core.peers.proposal(BLOCK, 1))
    for content in (b"b", b"c", b"d"):
        core.propose(core.peers.proposal(GENESIS.child(content), 1))
    assert [effect.digest for effect in core.did(fx.Execute)] == [BLOCK.digest]
    assert len(core.did(fx.RecordEvidence)) == 1


def test_r7_the_same_proposal_again_changes_nothing() -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 1))
    core.forget()
    core.propose(core.peers.proposal(BLOCK, 1))
    assert {type(effect) for effect in core.effects} == {fx.Wake}


def test_r7_a_proposal_ahead_is_held_and_its_certificates_may_move_the_view_to_it() -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 3))
    assert core.core.view == 3
    assert core.votes(Kind.NOTARIZE, 3)
    core = follower()
    parent = core.peers.notarization(BLOCK, 2, 0)
    core.propose(core.peers.proposal(BLOCK.child(), 3, parent))
    assert core.core.view == 1, "a hole is never jumped"
    assert not core.did(fx.Execute)
    core.hear_certificates(core.peers.nullification(1))
    assert core.core.view == 3
    core.propose(core.peers.proposal(BLOCK, 2))
    assert core.votes(Kind.NOTARIZE, 3), "held until the view and the parent's body were there"


def test_r7_a_proposal_too_far_ahead_or_too_late_gets_no_vote() -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 2 + VOTES_AHEAD))
    assert core.core.view == 1
    core.enter(3)
    core.propose(core.peers.proposal(BLOCK, 1))
    assert not core.votes(Kind.NOTARIZE)


def test_r7_a_late_proposal_of_a_notarized_block_still_brings_its_body() -> None:
    core = follower()
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    core.propose(core.peers.proposal(BLOCK, 1))
    assert core.votes(Kind.FINALIZE, 1)


# R8: deterministic faults, each nullified now


def fault_of(name: str, core: OneCore) -> wire.Proposal:
    peers, leader = core.peers, core.peers.members.leader(3)
    parent, other = peers.notarization(BLOCK, 1, 0), peers.notarization(GENESIS.child(b"other"), 1, 0)
    block = BLOCK.child()
    good = peers.proposal(block, 3, parent)
    said = good.vote.statement

    def signed(**changes: object) -> Vote:
        return peers.sign(replace(said, **changes), leader)

    def of(changed: Block, proof: Certificate | None = parent) -> wire.Proposal:
        return peers.proposal(changed, 3, proof)

    return {
        "a vote for another hash": lambda: replace(good, vote=signed(block_hash=BLOCK.digest)),
        "a vote for another height": lambda: replace(good, vote=signed(height=3)),
        "a vote that ends the epoch": lambda: replace(good, vote=signed(ends_epoch=True)),
        "a block that ends the epoch": lambda: of(replace(block, ends_epoch=True)),
        "slack above 128 s": lambda: of(replace(block, slack_ms=128_001)),
        "no nullifications": lambda: replace(good, nullifications=()),
        "another view's nullification": lambda: replace(good, nullifications=(peers.nullification(1),)),
        "a notarization for a nullification": lambda: replace(good, nullifications=(peers.notarization(BLOCK, 2, 0),)),
        "no parent certificate": lambda: replace(good, parent=None),
        "a parent certificate for another view": lambda: replace(good, parent=peers.notarization(BLOCK, 2, 0)),
        "a parent certificate for another block": lambda: replace(good, parent=other),
        "a nullification for a parent": lambda: replace(good, parent=peers.nullification(1)),
        "entries on a merely notarized parent": lambda: of(BLOCK.child(b"entries")),
        "a lying height": lambda: of(replace(block, height=3)),
        "a time that does not rise": lambda: of(BLOCK.child(later_ms=0)),
        "a parent certificate on an epoch's first block": lambda: replace(
            good, vote=signed(parent_view=0), nullifications=(peers.nullification(1), peers.nullification(2))
        ),
        "a forged nullification": lambda: replace(good, nullifications=(forged(peers.nullification(2)),)),
        "a forged parent certificate": lambda: replace(good, parent=forged(parent)),
        "contents that do not execute": lambda: peers.proposal(GENESIS.child(b"bad"), 3),
        "a first block that does not follow genesis": lambda: peers.proposal(replace(BLOCK, height=2), 3),
        "a first block on another genesis": lambda: peers.proposal(replace(BLOCK, parent=bytes(32)), 3),
    }[name]()


def forged(certificate: Certificate) -> Certificate:
    votes = certificate.votes()
    return Certificate.of([*votes[:-1], replace(votes[-1], signature=bytes(64))], 4)


FAULTS = [
    "a vote for another hash",
    "a vote for another height",
    "a vote that ends the epoch",
    "a block that ends the epoch",
    "slack above 128 s",
    "no nullifications",
    "another view's nullification",
    "a notarization for a nullification",
    "no parent certificate",
    "a parent certificate for another view",
    "a parent certificate for another block",
    "a nullification for a parent",
    "entries on a merely notarized parent",
    "a lying height",
    "a time that does not rise",
    "a parent certificate on an epoch's first block",
    "a forged nullification",
    "a forged parent certificate",
    "contents that do not execute",
    "a first block that does not follow genesis",
    "a first block on another genesis",
]


@pytest.mark.parametrize("name", FAULTS)
def test_r8_a_faulty_proposal_is_nullified_now_and_never_voted_for(name: str) -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 1))
    core.hear_certificates(core.peers.nullification(1))
    if "forged" not in name:  # what is held already is not verified again
        core.hear_certificates(core.peers.notarization(BLOCK, 1, 0), core.peers.nullification(2))
    core.propose(fault_of(name, core))
    core.hear_certificates(core.peers.nullification(2))
    assert core.core.view == 3
    assert core.alarms() == ["invalid-proposal"]
    assert not core.votes(Kind.NOTARIZE, 3)
    assert core.votes(Kind.NULLIFY, 3)


def test_r8_the_sound_proposal_that_the_faults_were_made_from_gets_the_vote() -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 1))
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    core.propose(core.peers.proposal(BLOCK.child(), 3, core.peers.notarization(BLOCK, 1, 0)))
    assert core.votes(Kind.NOTARIZE, 3)
    assert not core.alarms()


def test_r8_a_proposal_below_the_final_block_is_a_fault() -> None:
    core = follower()
    core.finalize(BLOCK, 1, 0)
    core.propose(core.peers.proposal(GENESIS.child(b"beside"), 2, skipped=[core.peers.nullification(1)]))
    assert core.votes(Kind.NULLIFY, 2)


def test_r8_a_proposal_beside_the_final_block_is_a_fault() -> None:
    core = follower()
    core.finalize(BLOCK, 1, 0)
    beside = GENESIS.child(b"beside")
    core.propose(core.peers.proposal(beside.child(), 2, core.peers.notarization(beside, 1, 0)))
    assert core.votes(Kind.NULLIFY, 2)


def test_r8_entries_on_a_final_parent_bring_its_finalization_and_get_the_vote() -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 1))
    core.propose(core.peers.proposal(BLOCK.child(b"more"), 2, core.peers.finalization(BLOCK, 1, 0)))
    assert core.chain[-1] == BLOCK, "the proposal itself made its parent final"
    assert core.votes(Kind.NOTARIZE, 2)


@pytest.mark.parametrize("view", [140, 300])
def test_r8_nullifications_older_than_the_newest_128_are_asked_for_and_waited_for(view: int) -> None:
    core = follower()
    view = next(each for each in range(view, view + 9) if core.peers.members.leader(each) != core.own)
    early = core.peers.notarization(GENESIS.child(b"early"), 5, 0)
    skipped = [core.peers.nullification(each) for each in range(1, view)]
    core.hear_certificates(*skipped[:4], early, *skipped[5:100])
    for first in range(100, view, 100):
        core.hear_certificates(*skipped[first : first + 100])
    assert core.core.view == view
    core.propose(core.peers.proposal(BLOCK, view, skipped=skipped[-128:]))
    leader = core.peers.members.leader(view)
    assert core.sent(wire.GetCertificates, to=leader) == [wire.GetCertificates(5, 6)]
    assert not core.votes(Kind.NOTARIZE)
    core.pass_ms(200)
    assert len(core.sent(wire.GetCertificates, to=leader)) == 2, "asked again"
    core.hear_certificates(skipped[4], peer=leader)
    assert core.votes(Kind.NOTARIZE, view)


def test_a_structural_check_is_pure() -> None:
    core = follower()
    proposal = core.peers.proposal(BLOCK, 1)
    meta = core.setup.read_meta(BLOCK.data)
    assert fault_in(proposal, meta, 128_000) == ""
    assert "slack" in fault_in(proposal, replace(meta, slack_ms=-1), 128_000)


# R8, 2.9: local conditions are waited for


def test_a_block_ahead_of_the_clock_is_voted_for_when_its_time_has_come() -> None:
    core = follower()
    core.propose(core.peers.proposal(replace(BLOCK, time_ms=UTC_MS + 900), 1))
    core.pass_ms(399)
    assert not core.votes(Kind.NOTARIZE)
    core.pass_ms(1)
    assert core.votes(Kind.NOTARIZE)
    assert not core.alarms()


@pytest.mark.parametrize(("age_ms", "slack_ms", "accepted"), [(2_000, 2_000, True), (2_001, 2_000, False)])
def test_a_block_may_be_as_old_as_its_slack(age_ms: int, slack_ms: int, accepted: bool) -> None:
    core = follower()
    core.chain[0] = GENESIS
    old = replace(BLOCK, time_ms=UTC_MS, slack_ms=slack_ms)
    core.utc_ms += age_ms
    core.propose(core.peers.proposal(old, 1))
    assert bool(core.votes(Kind.NOTARIZE)) == accepted
    assert not core.votes(Kind.NULLIFY), "the clock is no fault"
    core.given(fx.WorkPending(True))
    core.pass_ms(2_400)
    assert core.votes(Kind.NULLIFY), "but in the end the view is given up"


@pytest.mark.parametrize(("slack_ms", "accepted"), [(4_000, True), (4_001, False), (128_000, False)])
def test_slack_beyond_what_the_gap_excuses_gets_no_vote(slack_ms: int, accepted: bool) -> None:
    core = follower()
    core.propose(core.peers.proposal(replace(BLOCK, slack_ms=slack_ms), 1))
    assert bool(core.votes(Kind.NOTARIZE)) == accepted


def test_after_failed_rounds_worse_slack_is_accepted() -> None:
    core = follower()
    view = next(view for view in range(5, 12) if core.peers.members.leader(view) != core.own)
    core.enter(view)
    core.propose(core.peers.proposal(replace(BLOCK, slack_ms=2_000 << ((view - 1) // 2 + 1)), view))
    assert core.votes(Kind.NOTARIZE, view)


def test_the_clock_is_never_asked_once_a_certificate_exists() -> None:
    """ava #292."""
    core = follower()
    ahead = replace(BLOCK, time_ms=UTC_MS + 3_600_000)
    core.propose(core.peers.proposal(ahead, 1))
    core.hear_certificates(core.peers.notarization(ahead, 1, 0), core.peers.finalization(ahead, 1, 0))
    assert core.chain[-1] == ahead


def test_a_vote_waits_for_the_parents_body_and_execution() -> None:
    core = follower(answering=False)
    parent = core.peers.notarization(BLOCK, 1, 0)
    core.propose(core.peers.proposal(BLOCK.child(), 2, parent))
    assert not core.did(fx.Execute)
    core.propose(core.peers.proposal(BLOCK, 1))
    assert [each.digest for each in core.did(fx.Execute)] == [BLOCK.digest]
    core.given(core.executed(BLOCK))
    assert [each.digest for each in core.did(fx.Execute)] == [BLOCK.digest, BLOCK.child().digest]
    assert not core.votes(Kind.NOTARIZE)
    core.given(core.executed(BLOCK.child()))
    assert core.votes(Kind.NOTARIZE, 2)


# R9, R10, R11


def test_r9_the_body_is_durable_with_the_vote_and_before_it_is_sent() -> None:
    core = follower(answering=False)
    core.propose(core.peers.proposal(BLOCK, 1))
    effects = core.given(core.executed(BLOCK))
    assert isinstance(effects[0], fx.Persist)
    assert sorted(key[:1] for key, _ in effects[0].puts) == [b"b", b"v"]
    assert core.votes(Kind.NOTARIZE, 1)


def test_r9_no_vote_in_a_view_that_was_left_or_nullified_while_the_block_ran() -> None:
    core = follower(answering=False)
    core.propose(core.peers.proposal(BLOCK, 1))
    core.pass_ms(2_400)
    assert core.votes(Kind.NULLIFY, 1)
    core.given(core.executed(BLOCK))
    assert not core.votes(Kind.NOTARIZE)
    core = follower(answering=False)
    core.propose(core.peers.proposal(BLOCK, 1))
    core.enter(2)
    core.given(core.executed(BLOCK))
    assert not core.votes(Kind.NOTARIZE)


def test_r10_without_a_proposal_a_view_is_given_up_after_t_prop_and_with_one_after_t_view() -> None:
    core = follower()
    core.given(fx.WorkPending(True))
    core.pass_ms(1_799)
    assert not core.votes(Kind.NULLIFY)
    core.pass_ms(1)
    assert core.votes(Kind.NULLIFY, 1)
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 1))
    core.pass_ms(2_399)
    assert not core.votes(Kind.NULLIFY)
    core.pass_ms(1)
    assert core.votes(Kind.NULLIFY, 1), "after its notarize vote"
    assert core.votes(Kind.NOTARIZE, 1)


def test_r10_a_leader_that_nullifies_its_own_view_is_followed_at_once() -> None:
    core = follower()
    core.hear_votes(Statement(Kind.NULLIFY, 1), core.peers.members.leader(1))
    assert core.votes(Kind.NULLIFY, 1)


def test_r10_one_nullify_vote_is_made_and_said_again_with_every_status_until_the_view_is_over() -> None:
    core = follower()
    core.given(fx.WorkPending(True))
    core.pass_ms(1_800)
    core.forget()
    core.pass_ms(3_000)
    assert len(core.votes(Kind.NULLIFY, 1)) == len(core.sent(wire.Status)) == 3
    assert len(set(core.votes(Kind.NULLIFY, 1))) == 1
    core.hear_certificates(core.peers.nullification(1))
    core.given(fx.WorkPending(False))
    core.forget()
    core.pass_ms(3_000)
    assert not core.votes(Kind.NULLIFY, 1)


def test_r10_time_outs_back_off_while_nothing_becomes_final_and_reset_only_when_something_does() -> None:
    core = follower()
    core.given(fx.WorkPending(True))
    gaps = {}
    for view in range(1, 8):
        waited = 0
        while not core.votes(Kind.NULLIFY, view):
            core.pass_ms(100)
            waited += 100
        gaps[view] = waited
        if core.peers.members.leader(view) == core.own:
            del gaps[view]
        core.hear_certificates(core.peers.nullification(view))
    assert {view: gaps[view] for view in (1, 2, 3, 5, 6, 7)} == {1: 1800, 2: 1800, 3: 2700, 5: 4100, 6: 4100, 7: 6100}


def test_r11_a_notarized_and_executed_block_is_finalized_even_in_a_view_left_long_ago() -> None:
    core = follower()
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    core.hear_certificates(core.peers.nullification(2), core.peers.nullification(3))
    assert core.core.view == 4
    core.propose(core.peers.proposal(BLOCK, 1))
    assert core.votes(Kind.FINALIZE, 1)


def test_r11_no_finalize_after_an_own_nullify_or_for_another_block_than_the_own_notarize() -> None:
    core = follower()
    core.given(fx.WorkPending(True))
    core.pass_ms(1_800)
    core.propose(core.peers.proposal(BLOCK, 1))
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    assert not core.votes(Kind.FINALIZE)
    core = follower()
    other = GENESIS.child(b"other")
    core.propose(core.peers.proposal(other, 1))
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    core.given(fx.WorkPending(True))
    core.pass_ms(50)
    asked = next(peer for peer in core.others if core.sent(wire.GetBlock, to=peer))
    core.hear(asked, wire.BlockMessage(BLOCK.data))
    assert not core.votes(Kind.FINALIZE)


def test_r11_a_notarized_block_that_does_not_execute_here_halts_this_member() -> None:
    core = follower()
    bad = GENESIS.child(b"bad")
    core.propose(core.peers.proposal(bad, 1))
    core.hear_certificates(core.peers.notarization(bad, 1, 0))
    assert core.alarms() == ["invalid-proposal", "divergence"]
    assert not core.core.is_voting
    core.forget()
    core.hear_certificates(core.peers.finalization(bad, 1, 0))
    core.given(fx.WorkPending(True))
    core.pass_ms(5_000)
    assert not core.did(fx.Deliver)
    assert not core.votes(Kind.NULLIFY)
    assert core.alarms() == [], "said once"


def test_r12_a_final_block_that_does_not_execute_here_halts_too() -> None:
    core = follower()
    bad = GENESIS.child(b"bad")
    core.hear_certificates(core.peers.finalization(bad, 1, 0))
    core.pass_ms(50)
    asked = next(peer for peer in core.others if core.sent(wire.GetBlock, to=peer))
    core.hear(asked, wire.BlockMessage(bad.data))
    assert core.alarms() == ["divergence"]
    assert core.did(fx.Alarm)[0].halt
    assert not core.delivered


# R12


def test_r12_a_final_block_brings_its_ancestors_in_order_with_one_certificate() -> None:
    core = follower()
    tail = [BLOCK, BLOCK.child(), BLOCK.child().child()]
    parent: Certificate | None = None
    for view, block in enumerate(tail, start=1):
        if core.peers.members.leader(view) != core.own:
            core.propose(core.peers.proposal(block, view, parent))
        parent = core.peers.notarization(block, view, view - 1)
        core.hear_certificates(parent)
    assert not core.delivered
    effects = core.hear_certificates(core.peers.finalization(tail[2], 3, 2))
    assert core.chain[1:] == tail
    assert [(each.height, each.view, bool(each.certificate)) for each in core.delivered] == [
        (1, 0, False),
        (2, 0, False),
        (3, 3, True),
    ]
    assert [type(effect) for effect in effects[:3]] == [fx.Deliver] * 3
    assert core.delivered[0].puts, "what must be durable rides in the first delivery"
    assert all(key[:1] in (b"s", b"c", b"v") for key in core.rows), "bodies and votes at or below final are deleted"


def test_r12_nothing_is_delivered_before_it_is_executed() -> None:
    core = follower(answering=False)
    core.propose(core.peers.proposal(BLOCK, 1))
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0), core.peers.finalization(BLOCK, 1, 0))
    assert not core.delivered
    assert core.core.view == 2
    core.given(core.executed(BLOCK))
    assert core.chain[-1] == BLOCK


def test_r12_what_does_not_descend_from_the_final_block_is_dropped_and_late_answers_ignored() -> None:
    core = follower(answering=False)
    loser = GENESIS.child(b"loser")
    core.propose(core.peers.proposal(loser, 1))
    core.hear_certificates(core.peers.nullification(1))
    core.propose(core.peers.proposal(BLOCK, 2))
    core.given(core.executed(BLOCK))
    core.hear_certificates(core.peers.notarization(BLOCK, 2, 0), core.peers.finalization(BLOCK, 2, 0))
    assert core.chain[-1] == BLOCK
    core.forget()
    core.given(fx.Executed(loser.digest, False, "its parent is gone"))
    core.hear(core.others[0], wire.GetBlock(loser.digest))
    assert core.did(fx.ServeBlock), "it is not held any more"
    assert not core.alarms()


def test_r12_a_finalization_beside_the_committed_chain_halts() -> None:
    core = follower()
    core.finalize(BLOCK, 1, 0)
    beside = GENESIS.child(b"beside").child(b"more")
    core.hear_certificates(core.peers.finalization(beside, 3, 2))
    core.pass_ms(50)
    asked = next(peer for peer in core.others if core.sent(wire.GetBlock, to=peer))
    core.hear(asked, wire.BlockMessage(beside.data))
    assert core.alarms() == ["safety"]
    assert core.chain[-1] == BLOCK


def test_r12_the_floor_and_its_certificate_are_in_the_blocks_own_batch() -> None:
    core = follower()
    certificate = core.finalize(BLOCK, 1, 0)
    (delivery,) = core.delivered
    assert delivery.certificate == certificate.data
    sentinel = [value for key, value in delivery.puts if key.startswith(b"s")]
    assert len(sentinel) == 1
    assert BLOCK.digest in sentinel[0]
    assert certificate.data in sentinel[0]
