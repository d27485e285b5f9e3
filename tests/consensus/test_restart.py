"""A restarted member is the same member, and one that may have forgotten a vote never votes. Spec: consensus.md 2.8."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from one_core import GENESIS, OneCore, make_setup

from datadeed_consensus import effects as fx
from datadeed_consensus import messages as wire
from datadeed_consensus.guard import Kind
from datadeed_consensus.votes import Statement

BLOCK = GENESIS.child(b"a")
WORK = fx.WorkPending(True)


def follower(**changes: object) -> OneCore:
    return OneCore(OneCore().peers.members.leader(4), **changes).start()


def status(cur: int = 1) -> wire.Status:
    return wire.Status(cur, 0, bytes(32), 0, 1, bytes(wire.HAVE_BYTES))


def test_a_new_member_leaves_a_sentinel_before_it_says_anything() -> None:
    core = OneCore()
    effects = core.given(fx.Start())
    assert isinstance(effects[0], fx.Persist)
    assert [key[:1] for key, _ in effects[0].puts] == [b"s"]
    assert core.core.is_voting


@pytest.mark.parametrize("kind", [Kind.NOTARIZE, Kind.NULLIFY, Kind.FINALIZE])
def test_own_votes_come_back_bind_and_are_the_very_same(kind: Kind) -> None:
    core = follower()
    if kind is Kind.NULLIFY:
        core.given(WORK)
        core.pass_ms(1_800)
    else:
        core.propose(core.peers.proposal(BLOCK, 1))
        if kind is Kind.FINALIZE:
            core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    (vote,) = core.votes(kind, 1)
    signed: list[bytes] = []
    setup = replace(core.setup, sign=lambda message: signed.append(message) or bytes(64))
    core.restart(setup=setup)
    core.hear(0, status())
    assert vote in [message.vote for message in core.sent(wire.VoteMessage, to=0)]
    other = GENESIS.child(b"other")
    core.propose(core.peers.proposal(other, 1))
    core.pass_ms(1_000)
    assert not signed, "nothing is signed a second time, and nothing else in that view"


def test_all_crash_after_nullifying_and_their_votes_still_count() -> None:
    """commonware #4275: the own vote is one of the quorum again."""
    core = follower()
    core.given(WORK)
    core.pass_ms(1_800)
    core.restart()
    first, second = core.others[:2]
    core.hear_votes(Statement(Kind.NULLIFY, 1), first, second)
    assert core.core.view == 2


def test_the_open_view_is_rebuilt_from_all_certificates() -> None:
    """ava #328: not from the last record."""
    core = follower()
    core.hear_certificates(core.peers.nullification(3), core.peers.nullification(1), core.peers.nullification(2))
    core.hear_certificates(core.peers.nullification(6))
    core.restart()
    assert core.core.view == 4
    core.hear_certificates(core.peers.nullification(4), core.peers.nullification(5))
    assert core.core.view == 7


def test_a_held_body_is_executed_anew_before_it_is_finalized() -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 1))
    core.restart()
    assert not core.did(fx.Execute)
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    assert [effect.digest for effect in core.did(fx.Execute)] == [BLOCK.digest]
    assert core.votes(Kind.FINALIZE, 1)


def test_a_leader_that_crashed_before_its_proposal_left_sends_it_again() -> None:
    core = OneCore(OneCore().peers.members.leader(1)).start()
    core.given(WORK)
    (proposal,) = core.sent(wire.Proposal)
    core.restart()
    core.hear(0, status())
    assert core.sent(wire.Proposal, to=0) == [proposal]
    core.given(WORK)
    assert not core.did(fx.Build), "it leads with that block or with none"


def test_a_restarted_member_with_nothing_to_do_has_its_timers() -> None:
    core = follower()
    core.given(WORK)
    core.pass_ms(1_800)
    core.hear_certificates(core.peers.nullification(1))
    core.restart()
    core.given(WORK)
    core.pass_ms(1_800)
    assert core.votes(Kind.NULLIFY, 2)


def test_the_floor_comes_back_with_its_view_and_certificate() -> None:
    core = follower()
    certificate = core.finalize(BLOCK, 1, 0)
    core.restart()
    assert (core.core.final_view, core.core.final_height) == (1, 1)
    core.hear(0, status())
    assert certificate in core.sent(wire.Certificates, to=0)[0].certificates


def test_rows_at_or_below_the_floor_go_and_others_stay() -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 1))
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    core.hear_certificates(core.peers.nullification(2))
    core.hear_certificates(core.peers.finalization(BLOCK, 1, 0))
    views = {int.from_bytes(key[9:17], "big") for key in core.rows if key[:1] in (b"v", b"b")}
    assert not views
    assert any(int.from_bytes(key[9:17], "big") == 2 for key in core.rows if key[:1] == b"c")
    core.restart()
    assert core.core.view == 3


def test_a_crash_between_two_deliveries_of_one_step_leaves_a_provable_member() -> None:
    core = follower()
    child = BLOCK.child()
    notarization = core.peers.notarization(BLOCK, 1, 0)
    core.propose(core.peers.proposal(BLOCK, 1))
    core.propose(core.peers.proposal(child, 2, notarization))
    core.hear_certificates(core.peers.notarization(child, 2, 1))
    rows = dict(core.rows)
    finalization = core.peers.finalization(child, 2, 1)
    core.hear_certificates(finalization)
    first, _ = core.delivered
    rows.update(first.puts)
    core.chain, core.delivered = core.chain[:2], [first]
    core.restart(rows)
    assert (core.core.final_height, core.core.final_view, core.core.is_voting) == (2, 2, True)
    assert core.chain[-1] == child, "the finalization was durable with the first of the two"


# Lost votes


def without(letter: bytes) -> Callable[[dict[bytes, bytes]], dict[bytes, bytes]]:
    return lambda rows: {key: value for key, value in rows.items() if not key.startswith(letter)}


def flipped(rows: dict[bytes, bytes]) -> dict[bytes, bytes]:
    key = next(key for key in rows if key.startswith(b"v"))
    return {**rows, key: bytes([rows[key][0] ^ 1]) + rows[key][1:]}


def moved(rows: dict[bytes, bytes]) -> dict[bytes, bytes]:
    key = next(key for key in rows if key.startswith(b"v"))
    other = key[:9] + (9).to_bytes(8, "big") + key[17:]
    return {other: rows[key], **{each: value for each, value in rows.items() if each != key}}


DAMAGES: dict[str, Callable[[dict[bytes, bytes]], dict[bytes, bytes]]] = {
    "no sentinel": without(b"s"),
    "a flipped bit": flipped,
    "a row under another key": moved,
    "an unknown row": lambda rows: {**rows, **unknown(rows)},
    "a cut row": lambda rows: {key: value[:5] for key, value in rows.items()},
}


def unknown(rows: dict[bytes, bytes]) -> dict[bytes, bytes]:
    key = b"q" + next(iter(rows))[1:9] + bytes(8)
    return {key: b"payload" + hashlib.sha256(key + b"payload").digest()[:8]}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_vote_table_follows_without_voting_for_the_rest_of_the_epoch(name: str) -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 1))
    for _ in range(2):
        core.restart(DAMAGES[name](core.rows))
        assert core.alarms() == ["votes-lost"]
        assert not core.did(fx.Alarm)[0].halt
        assert not core.core.is_voting
        core.propose(core.peers.proposal(GENESIS.child(b"other"), 1))
        core.given(WORK)
        core.pass_ms(5_000)
        assert not core.sent(wire.VoteMessage)
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0), core.peers.finalization(BLOCK, 1, 0))
    core.pass_ms(100)
    asked = next((peer for peer in core.others if core.sent(wire.GetBlock, to=peer)), None)
    if asked is not None:
        core.hear(asked, wire.BlockMessage(BLOCK.data))
    assert core.chain[-1] == BLOCK, "it follows"


def test_damage_is_remembered_when_the_table_looks_whole_again() -> None:
    core = follower()
    core.restart({})
    assert core.core.is_voting, "at genesis without rows it is new"
    core.finalize(BLOCK, 1, 0)
    core.restart({})
    assert not core.core.is_voting
    core.restart()
    assert core.alarms() == ["votes-lost"]
    assert not core.core.is_voting


def test_a_member_that_had_rows_before_is_not_new_without_them() -> None:
    core = OneCore(setup=replace(make_setup(), is_new=False)).start()
    assert core.alarms() == ["votes-lost"]
    assert not core.core.is_voting


def test_a_chain_that_does_not_end_where_the_vote_table_says_may_have_lost_votes_too() -> None:
    core = follower()
    core.finalize(BLOCK, 1, 0)
    core.chain.pop()
    core.restart()
    assert core.alarms() == ["votes-lost"]
    assert not core.core.is_voting


def test_rows_of_another_key_or_ledger_are_not_ones_own() -> None:
    core = follower()
    core.restart(setup=replace(core.setup, epoch_id=bytes(32)))
    assert core.alarms() == ["votes-lost"]


def test_rows_of_another_epoch_are_left_alone() -> None:
    core = follower()
    core.hear_certificates(core.peers.nullification(1))
    other = OneCore(core.own, setup=replace(core.setup, epoch=2, epoch_id=b"\x02" * 32))
    other.restart(core.rows)
    assert other.core.is_voting
    assert other.core.view == 1


def test_a_backup_that_was_restored_is_found_out_by_its_own_later_vote() -> None:
    core = follower()
    backup = dict(core.rows)
    core.propose(core.peers.proposal(BLOCK, 1))
    (vote,) = core.votes(Kind.NOTARIZE, 1)
    core.restart(backup)
    assert core.core.is_voting
    certificate = core.peers.certificate(vote.statement, (vote.signer, *core.others[:2]))
    core.hear_certificates(certificate)
    assert core.alarms() == ["votes-lost"]
    assert not core.votes(Kind.FINALIZE)
    core.restart()
    assert not core.core.is_voting


def test_one_that_only_follows_never_votes_and_needs_no_alarm() -> None:
    core = OneCore(None).start()
    core.given(WORK)
    core.propose(core.peers.proposal(BLOCK, 1))
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0), core.peers.finalization(BLOCK, 1, 0))
    core.pass_ms(70_000)
    assert core.chain[-1] == BLOCK
    assert not core.alarms()
    assert not core.sent(wire.VoteMessage)
    core.restart()
    assert not core.alarms()
    assert core.core.final_view == 1


def test_the_same_inputs_give_the_same_effects() -> None:
    def run() -> list[fx.Effect]:
        core = follower()
        core.given(WORK)
        core.finalize(BLOCK, 1, 0)
        core.enter(4)
        core.pass_ms(9_000)
        core.hear(0, status())
        return core.effects

    assert run() == run()


def test_every_message_twice_changes_nothing() -> None:
    once, twice = follower(), follower()
    for core, times in ((once, 1), (twice, 2)):
        parent = core.peers.finalization(BLOCK, 1, 0)
        messages: list[tuple[int, wire.Message]] = [
            (core.peers.members.leader(1), core.peers.proposal(BLOCK, 1)),
            (0, wire.Certificates((core.peers.notarization(BLOCK, 1, 0), parent))),
            (core.peers.members.leader(2), core.peers.proposal(BLOCK.child(b"b"), 2, parent)),
        ]
        for peer, message in messages:
            for _ in range(times):
                core.hear(peer, message)
    assert once.rows == twice.rows
    assert once.chain == twice.chain
    done = [[effect for effect in core.effects if not isinstance(effect, fx.Wake)] for core in (once, twice)]
    assert done[0] == done[1]
    assert len(done[0]) > 5
