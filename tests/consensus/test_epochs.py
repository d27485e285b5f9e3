"""The end of an epoch: one last block, proposed again until it is final, and the next epoch that stands on it.

Spec: consensus.md R15, 2.8, 2.11.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from one_core import GENESIS, Block, OneCore, signature

from datadeed_consensus import effects as fx
from datadeed_consensus import messages as wire
from datadeed_consensus.core import Core, Floor, Setup
from datadeed_consensus.guard import Kind
from datadeed_consensus.members import Members
from datadeed_consensus.votes import Vote
from datadeed_ledger.encoding import sha256

LAST = replace(GENESIS.child(b"another roster"), ends_epoch=True)
WORK = fx.WorkPending(True)
OTHER_ID = sha256(b"another epoch")


def follower(after: int = 4) -> OneCore:
    """A member that does not lead the first views."""
    return OneCore(OneCore().peers.members.leader(after)).start()


def ended() -> OneCore:
    """The last block is final here."""
    core = follower()
    core.finalize(LAST, 1, 0)
    return core


def next_setup(core: OneCore, **changed: object) -> Setup:
    return replace(core.setup, epoch=2, epoch_id=OTHER_ID, is_new=False, **changed)


def next_core(core: OneCore, setup: Setup, rows: dict[bytes, bytes] | None = None) -> tuple[Core, list[fx.Effect]]:
    tip = core.chain[-1]
    floor = Floor(tip.height, tip.digest, tip.time_ms, 0, b"")
    fresh = Core(setup, floor, dict(core.rows if rows is None else rows))
    return fresh, list(fresh.step(core.now_ms, core.utc_ms, fx.Start()))


# --- the last block --------------------------------------------------------------------------------------------------


def test_the_epoch_is_over_when_its_last_block_is_delivered() -> None:
    core = ended()
    assert core.effects[-2:] == [fx.EpochEnded(1, LAST.digest), fx.Wake(None)]
    assert core.delivered[-1].certificate, "its own finalization, as no other block of the epoch can prove it"
    assert core.core.has_ended
    assert not core.core.is_voting


def test_after_its_end_a_core_does_nothing_more() -> None:
    core = ended()
    core.forget()
    core.given(WORK, fx.Tick(), fx.PeerUp(core.others[0]), fx.Built(2, None), fx.Executed(LAST.digest, True))
    core.propose(core.peers.proposal(LAST.child(), 2, core.peers.finalization(LAST, 1, 0)))
    assert {type(effect) for effect in core.effects} == {fx.Wake}


def test_what_ends_the_epoch_is_told_to_all_before_the_core_is_gone() -> None:
    core = ended()
    told = [each for message in core.sent(wire.Certificates) for each in message.certificates]
    assert core.peers.finalization(LAST, 1, 0) in told


# --- R15 -------------------------------------------------------------------------------------------------------------


def notarized_only(core: OneCore) -> None:
    core.propose(core.peers.proposal(LAST, 1))
    core.hear_certificates(core.peers.notarization(LAST, 1, 0))
    core.forget()


def test_r15_a_leader_proposes_the_last_block_again_and_no_other() -> None:
    core = OneCore(OneCore().peers.members.leader(2)).start()
    notarized_only(core)
    core.given(WORK)
    core.pass_ms(700)
    (proposal,) = core.sent(wire.Proposal)
    assert proposal.block == LAST.data
    assert proposal.parent == core.peers.notarization(LAST, 1, 0)
    said = proposal.vote.statement
    assert (said.view, said.parent_view, said.height, said.ends_epoch) == (2, 1, 1, True)
    assert not core.did(fx.Build)


def test_r15_the_last_block_proposed_again_gets_a_vote_without_another_execution() -> None:
    core = follower()
    notarized_only(core)
    core.propose(core.peers.proposal(LAST, 2, core.peers.notarization(LAST, 1, 0)))
    assert core.votes(Kind.NOTARIZE, 2)
    assert not core.did(fx.Execute)


def test_r15_its_time_is_not_judged_again() -> None:
    core = follower()
    notarized_only(core)
    core.utc_ms += 3_600_000
    core.propose(core.peers.proposal(LAST, 2, core.peers.notarization(LAST, 1, 0)))
    assert core.votes(Kind.NOTARIZE, 2)


def test_r15_it_is_final_in_whatever_view_it_is_finalized() -> None:
    core = follower()
    notarized_only(core)
    core.propose(core.peers.proposal(LAST, 2, core.peers.notarization(LAST, 1, 0)))
    core.hear_certificates(core.peers.notarization(LAST, 2, 1), core.peers.finalization(LAST, 2, 1))
    assert core.did(fx.EpochEnded) == [fx.EpochEnded(1, LAST.digest)]


@pytest.mark.parametrize(
    "block",
    [LAST.child(), LAST.child(b"entries"), replace(LAST, content=b"yet another roster"), GENESIS.child(b"a sibling")],
    ids=["an empty child", "a child with entries", "another last block", "a sibling"],
)
def test_r15_nothing_else_stands_on_the_last_block(block: Block) -> None:
    core = follower()
    notarized_only(core)
    core.propose(core.peers.proposal(block, 2, core.peers.notarization(LAST, 1, 0)))
    assert core.votes(Kind.NULLIFY, 2)
    assert not core.votes(Kind.NOTARIZE, 2)
    assert core.alarms() == ["invalid-proposal"]


def test_r15_a_leader_restarted_after_its_vote_sends_the_very_same_proposal() -> None:
    core = OneCore(OneCore().peers.members.leader(2)).start()
    notarized_only(core)
    core.given(WORK)
    core.pass_ms(700)
    (proposal,) = core.sent(wire.Proposal)
    core.restart()
    core.pass_ms(1_000)
    core.hear(core.others[0], wire.Status(2, 0, bytes(32), 0, 1, bytes(wire.HAVE_BYTES)))
    assert core.sent(wire.Proposal, to=core.others[0]) == [proposal]


def test_an_empty_block_ends_no_epoch() -> None:
    core = follower()
    core.propose(core.peers.proposal(replace(LAST, content=b""), 1))
    assert core.votes(Kind.NULLIFY, 1)


# --- the next epoch --------------------------------------------------------------------------------------------------


def test_the_next_epoch_begins_in_view_1_and_the_ended_one_s_rows_go_with_its_first() -> None:
    core = ended()
    before = set(core.rows)
    assert before, "the ended epoch's sentinel at least is there until the next one's is"
    fresh, effects = next_core(core, next_setup(core))
    assert (fresh.view, fresh.final_view, fresh.final_height) == (1, 0, 1)
    assert fresh.is_voting
    assert isinstance(effects[0], fx.Persist)
    assert set(effects[0].deletes) == before
    assert [key[:9] for key, _ in effects[0].puts] == [b"s" + (2).to_bytes(8, "big")]


def test_evidence_of_ended_epochs_is_kept() -> None:
    core = follower()
    offender = core.others[0]
    for block in (GENESIS.child(b"one"), GENESIS.child(b"two")):
        core.hear_votes(core.peers.notarize(block, 1, 0), offender)
    core.finalize(LAST, core.core.view, 0)
    kept = {key for key in core.rows if key[:1] == b"e"}
    assert kept
    _, effects = next_core(core, next_setup(core))
    assert isinstance(effects[0], fx.Persist)
    assert not kept & set(effects[0].deletes)


@pytest.mark.parametrize("case", ["no rows", "another block", "a damaged sentinel", "rows of a later epoch"])
def test_without_the_ended_epoch_s_sentinel_at_that_block_votes_may_be_lost(case: str) -> None:
    core = ended()
    rows = dict(core.rows)
    if case == "no rows":
        rows = {}
    elif case == "another block":
        core.chain.append(LAST.child())
    elif case == "a damaged sentinel":
        rows = {key: value[:-1] + bytes([value[-1] ^ 1]) for key, value in rows.items()}
    else:
        rows[b"s" + (3).to_bytes(8, "big")] = bytes(40)
    fresh, effects = next_core(core, next_setup(core), rows)
    assert not fresh.is_voting
    assert [each.name for each in effects if isinstance(each, fx.Alarm)] == ["votes-lost"]


def silenced() -> OneCore:
    """Its vote table was lost in the epoch that then ended."""
    core = follower()
    core.restart(rows={b"x" * 9: b""}, setup=replace(core.setup, is_new=False))
    assert not core.core.is_voting
    core.rows.pop(b"x" * 9)
    core.finalize(LAST, 1, 0)
    return core


def test_who_lost_its_votes_stays_silent_under_the_same_key_and_votes_under_a_new_one() -> None:
    core = silenced()
    fresh, _ = next_core(core, next_setup(core))
    assert not fresh.is_voting
    keys = list(core.setup.vote_keys)
    assert core.own is not None
    keys[core.own] = sha256(b"a new vote key")
    fresh, _ = next_core(core, next_setup(core, vote_keys=tuple(keys)))
    assert fresh.is_voting


def test_who_was_no_member_votes_from_the_epoch_on_in_which_it_is_one() -> None:
    outside = OneCore(None).start()
    outside.finalize(LAST, 1, 0)
    assert outside.did(fx.EpochEnded)
    fresh, _ = next_core(outside, next_setup(outside, own=2))
    assert fresh.is_voting


# --- those who are behind --------------------------------------------------------------------------------------------


def asked(core: OneCore, *messages: wire.Message) -> list[fx.Effect]:
    given = [fx.Message(core.others[0], wire.encode_message(OTHER_ID, message)) for message in messages]
    return [effect for effect in core.given(*given) if not isinstance(effect, fx.Wake)]


def test_who_speaks_of_another_epoch_is_led_to_its_end() -> None:
    core = follower()
    peer = core.others[0]
    status = wire.Status(1, 0, bytes(32), 0, 1, bytes(wire.HAVE_BYTES))
    assert asked(core, status) == [fx.ServeEnd(peer, OTHER_ID)]
    assert asked(core, wire.GetBlock(bytes(32))) == [fx.ServeBlock(peer, bytes(32), OTHER_ID)]
    assert asked(core, wire.GetRange(7, 900)) == [fx.ServeRange(peer, 7, 900, OTHER_ID)]
    assert core.core.penalties == (0, 0, 0, 0)


def test_votes_and_certificates_of_another_epoch_are_dropped_without_blame() -> None:
    core = follower()
    certificate = core.peers.nullification(1)
    vote = core.peers.sign(certificate.statement, core.others[0])
    assert asked(core, wire.VoteMessage(vote), wire.Certificates((certificate,))) == []
    assert core.core.penalties == (0, 0, 0, 0)


def test_who_asks_of_another_epoch_without_end_is_not_answered_without_end() -> None:
    core = follower()
    answered = asked(core, *(wire.GetBlock(bytes(32)) for _ in range(300)))
    assert len(answered) == 100


def test_who_is_behind_learns_of_the_end_and_asks_for_the_last_block() -> None:
    core = follower()
    certificate = core.peers.finalization(LAST, 9, 0)
    end = wire.encode_end(core.setup.epoch_id, certificate.data)
    core.given(fx.Message(core.others[0], end))
    core.pass_ms(100)
    asked_for = [message for peer in core.others for message in core.sent(wire.GetBlock, to=peer)]
    assert asked_for == [wire.GetBlock(LAST.digest)]
    peer = next(peer for peer in core.others if core.sent(wire.GetBlock, to=peer))
    core.hear(peer, wire.BlockMessage(LAST.data))
    assert core.did(fx.EpochEnded)


def test_17_the_key_that_a_member_had_before_the_change_signs_nothing_after_it() -> None:
    core = ended()
    other = core.others[0]
    keys = [sha256(b"a new vote key") if at == other else key for at, key in enumerate(core.setup.vote_keys)]
    setup = next_setup(core, vote_keys=tuple(keys))
    fresh, _ = next_core(core, setup)
    said = core.peers.nullification(1).statement
    message = Members(setup).message(said)
    for key, blamed in ((core.setup.vote_keys[other], 1), (keys[other], 1)):
        vote = Vote(said, other, signature(key, message))
        data = wire.encode_message(OTHER_ID, wire.VoteMessage(vote))
        fresh.step(core.now_ms, core.utc_ms, fx.Message(other, data))
        assert fresh.penalties[other] == blamed, "the old key's signature is nobody's, the new one's is the member's"
