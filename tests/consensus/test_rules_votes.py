"""Rules R1 to R4: what is admitted, what a slot keeps, what a certificate does. Spec: consensus.md 2.5, 2.10."""

from __future__ import annotations

from dataclasses import replace

import pytest
from one_core import EPOCH_ID, GENESIS, OneCore, Peers, make_setup, signature

from datadeed_consensus import effects as fx
from datadeed_consensus import messages as wire
from datadeed_consensus.admission import CERTIFICATES_AHEAD, EVIDENCE_PER_MEMBER_MAX, VOTES_AHEAD
from datadeed_consensus.guard import Kind
from datadeed_consensus.votes import Certificate, Evidence, Offence, Statement, Vote

BLOCK = GENESIS.child(b"a")
OTHER = GENESIS.child(b"b")


def nullify(view: int) -> Statement:
    return Statement(Kind.NULLIFY, view)


def evidence_rows(core: OneCore) -> list[bytes]:
    return [key for key in core.rows if key.startswith(b"e")]


# R1


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff" * 40, b"\x93\x02", b"\x9f" + bytes(2000)])
def test_r1_hostile_bytes_are_counted_and_never_raise(data: bytes) -> None:
    core = OneCore().start()
    core.given(fx.Message(1, data))
    assert core.core.penalties == (0, 1, 0, 0)


def test_r1_a_message_of_another_epoch_or_from_nobody_is_dropped_without_blame() -> None:
    core = OneCore().start()
    vote = wire.VoteMessage(core.peers.sign(nullify(1), 1))
    core.given(fx.Message(1, wire.encode_message(bytes(32), vote)))
    for stranger in (-1, 0, 4):
        core.given(fx.Message(stranger, b"junk"))
    assert core.core.penalties == (0, 0, 0, 0)
    assert core.core.view == 1


def test_r1_votes_count_from_above_final_to_sixteen_ahead() -> None:
    core = OneCore().start()
    for view, counts in ((1 + VOTES_AHEAD, True), (2 + VOTES_AHEAD, False)):
        core.forget()
        core.hear_votes(nullify(view), 1, 2, 3)
        assert bool(core.sent(wire.Certificates)) == counts
    core = OneCore().start()
    core.finalize(BLOCK, 1, 0)
    core.forget()
    core.hear_votes(nullify(1), 1, 2, 3)
    assert not core.sent(wire.Certificates)
    assert core.core.penalties == (0, 0, 0, 0), "stale and early is no fault"


def test_r1_certificates_count_up_to_256_ahead_and_finalizations_at_any_view() -> None:
    core = OneCore().start()
    core.hear_certificates(core.peers.nullification(1 + CERTIFICATES_AHEAD), core.peers.nullification(500))
    assert [each.certificates[0].statement.view for each in core.sent(wire.Certificates)] == [1 + CERTIFICATES_AHEAD]
    core.hear_certificates(core.peers.finalization(BLOCK, 10**6, 0))
    assert core.core.view == 10**6 + 1


def test_r1_a_bad_signature_is_dropped_and_counted() -> None:
    core = OneCore().start()
    core.hear(1, wire.VoteMessage(Vote(nullify(1), 1, bytes(64))))
    good = core.peers.nullification(1)
    bad = Certificate.of([*good.votes()[:2], Vote(good.statement, 3, bytes(64))], 4)
    core.hear_certificates(bad, peer=2)
    assert core.core.penalties == (0, 1, 1, 0)
    assert core.core.view == 1
    core.hear_votes(nullify(1), 1)
    assert not core.sent(wire.Certificates)


def test_r1_a_vote_is_accepted_only_from_its_signer() -> None:
    core = OneCore().start()
    core.hear(1, wire.VoteMessage(core.peers.sign(nullify(1), 2)))
    assert core.core.penalties == (0, 1, 0, 0)


def test_r1_a_peer_that_makes_us_check_without_end_is_not_heard_for_a_while() -> None:
    core = OneCore().start()
    for salt in range(8_010):
        core.hear(1, wire.VoteMessage(Vote(nullify(1), 1, signature(b"%d" % salt, b""))))
    spent = core.core.penalties[1]
    assert spent == 8_000
    notarize = core.peers.notarize(BLOCK, 1, 0)
    core.hear_votes(notarize, 1, 2, 3)
    assert core.core.view == 1, "its own good vote is not heard either"
    core.pass_ms(1_000)
    core.hear_votes(notarize, 1)
    assert core.core.view == 2


# R2


def test_r2_the_first_vote_stays_and_a_repeated_one_is_not_verified_again() -> None:
    checked: list[bytes] = []

    def verify(key: bytes, message: bytes, signed: bytes) -> bool:
        checked.append(message)
        return signed == signature(key, message)

    core = OneCore(setup=replace(make_setup(), verify=verify)).start()
    core.hear_votes(nullify(1), 1, 1, 1)
    assert len(checked) == 1
    core.hear_certificates(core.peers.certificate(nullify(1), (1, 2, 3)))
    assert len(checked) == 3, "the certificate's vote of member 1 was verified before"


def pairs(peers: Peers) -> list[tuple[Offence, Statement, Statement]]:
    one, other = peers.notarize(BLOCK, 1, 0), peers.notarize(OTHER, 1, 0)
    final, final_other = one.of_kind(Kind.FINALIZE), other.of_kind(Kind.FINALIZE)
    return [
        (Offence.DOUBLE_NOTARIZE, one, other),
        (Offence.DOUBLE_FINALIZE, final, final_other),
        (Offence.NULLIFY_FINALIZE, nullify(1), final),
        (Offence.NULLIFY_FINALIZE, final, nullify(1)),
        (Offence.NOTARIZE_FINALIZE_MISMATCH, one, final_other),
    ]


@pytest.mark.parametrize("case", range(5))
def test_r2_two_conflicting_votes_become_evidence_that_is_durable_told_and_kept_once(case: int) -> None:
    core = OneCore().start()
    offence, first, second = pairs(core.peers)[case]
    core.hear_votes(first, 2)
    core.hear_votes(second, 2)
    core.hear_votes(second, 2)
    assert len(core.did(fx.RecordEvidence)) == len(core.sent(wire.EvidenceMessage)) == len(evidence_rows(core)) == 1
    record = core.did(fx.RecordEvidence)[0]
    assert record.key in core.rows
    found = Evidence.parse(record.evidence, 4, 1, EPOCH_ID)
    assert (found.offence, found.first.signer) == (offence, 2)
    assert core.peers.members.all_hold([found.first])
    assert core.peers.members.all_hold([found.second])


def test_r2_cross_kind_conflicts_count_in_both_places_and_a_second_of_a_kind_in_none() -> None:
    core = OneCore().start()
    core.hear_votes(core.peers.notarize(BLOCK, 1, 0), 2)
    core.hear_votes(core.peers.notarize(OTHER, 1, 0), 2)
    core.hear_votes(core.peers.notarize(OTHER, 1, 0), 1, 3)
    assert core.core.view == 1, "member 2 counts for the first block only"
    core.hear_votes(core.peers.notarize(BLOCK, 1, 0).of_kind(Kind.FINALIZE), 2)
    core.hear_votes(nullify(1), 1, 2, 3)
    assert core.core.view == 2, "its nullify counts beside its finalize"
    assert len(evidence_rows(core)) == 2


def test_r2_a_forged_conflict_is_no_evidence() -> None:
    core = OneCore().start()
    core.hear_votes(core.peers.notarize(BLOCK, 1, 0), 2)
    core.hear(2, wire.VoteMessage(Vote(core.peers.notarize(OTHER, 1, 0), 2, bytes(64))))
    assert not evidence_rows(core)
    assert core.core.penalties == (0, 0, 1, 0)


def test_evidence_in_a_certificate_is_found_too() -> None:
    core = OneCore().start()
    core.hear_votes(core.peers.notarize(BLOCK, 1, 0), 2)
    core.hear_certificates(core.peers.certificate(core.peers.notarize(OTHER, 1, 0), (1, 2, 3)))
    assert len(evidence_rows(core)) == 1


def test_a_late_second_vote_is_still_evidence_where_the_first_was_seen() -> None:
    core = OneCore().start()
    core.hear_votes(core.peers.notarize(BLOCK, 1, 0), 2)
    core.enter(3)
    core.hear_votes(core.peers.notarize(OTHER, 1, 0), 2)
    assert len(evidence_rows(core)) == 1


def evidence_of(peers: Peers, view: int, signer: int = 2) -> Evidence:
    pair = [peers.sign(peers.notarize(block, view, 0), signer) for block in (BLOCK, OTHER)]
    evidence = Evidence.of(*pair)
    assert evidence is not None
    return evidence


def test_evidence_that_a_peer_passes_on_is_verified_kept_and_passed_on_once() -> None:
    core = OneCore().start()
    message = wire.EvidenceMessage(evidence_of(core.peers, 7).to_bytes(1, EPOCH_ID))
    core.hear(1, message)
    core.hear(3, message)
    assert core.sent(wire.EvidenceMessage) == [message]
    assert len(evidence_rows(core)) == 1
    core.restart().hear(1, message)
    assert not core.sent(wire.EvidenceMessage), "it remembers after a restart"


def test_evidence_with_a_forged_vote_is_dropped_and_its_bearer_blamed() -> None:
    core = OneCore().start()
    true = evidence_of(core.peers, 7)
    for forged in (
        Evidence(true.offence, Vote(true.first.statement, 2, bytes(64)), true.second),
        Evidence(true.offence, true.first, Vote(true.second.statement, 2, bytes(64))),
    ):
        if forged == Evidence.of(forged.first, forged.second):
            core.hear(1, wire.EvidenceMessage(forged.to_bytes(1, EPOCH_ID)))
    core.hear(1, wire.EvidenceMessage(b"nothing"))
    assert core.core.penalties[1] >= 2
    assert not evidence_rows(core)


def test_the_evidence_kept_of_one_member_is_bounded() -> None:
    core = OneCore().start()
    for view in range(1, EVIDENCE_PER_MEMBER_MAX + 20):
        core.hear(1, wire.EvidenceMessage(evidence_of(core.peers, view).to_bytes(1, EPOCH_ID)))
    assert len(evidence_rows(core)) == EVIDENCE_PER_MEMBER_MAX


# R3


def test_r3_a_quorum_of_votes_becomes_a_certificate_that_is_kept_and_told_once() -> None:
    core = OneCore().start()
    core.hear_votes(nullify(1), 1, 2)
    assert core.core.view == 1
    core.hear_votes(nullify(1), 3)
    assert [each.certificates[0].signers for each in core.sent(wire.Certificates)] == [(1, 2, 3)]
    assert core.core.view == 2
    core.hear_certificates(core.peers.nullification(1))
    assert len(core.sent(wire.Certificates)) == 1


def test_r3_four_of_five_are_needed_where_f_is_one() -> None:
    core = OneCore(size=5).start()
    core.hear_votes(core.peers.notarize(BLOCK, 1, 0), 1, 2, 3)
    assert core.core.view == 1
    core.hear_votes(core.peers.notarize(BLOCK, 1, 0), 4)
    assert core.core.view == 2


def test_r3_certificates_are_durable_before_they_are_told() -> None:
    core = OneCore().start()
    effects = core.hear_certificates(core.peers.nullification(1))
    kinds = [type(effect) for effect in effects]
    assert kinds.index(fx.Persist) < kinds.index(fx.Broadcast)


CONTRADICTIONS = {
    "two notarizations": (Kind.NOTARIZE, BLOCK, Kind.NOTARIZE, OTHER),
    "two finalizations": (Kind.FINALIZE, BLOCK, Kind.FINALIZE, OTHER),
    "nullified and finalized": (Kind.NULLIFY, BLOCK, Kind.FINALIZE, BLOCK),
    "finalized and nullified": (Kind.FINALIZE, BLOCK, Kind.NULLIFY, BLOCK),
    "another one finalized": (Kind.NOTARIZE, BLOCK, Kind.FINALIZE, OTHER),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_r3_certificates_that_contradict_each_other_stop_the_vote_and_stay_on_disk(name: str) -> None:
    core = OneCore().start()
    certificates = []
    for kind, block in zip(CONTRADICTIONS[name][::2], CONTRADICTIONS[name][1::2], strict=True):
        statement = nullify(1) if kind is Kind.NULLIFY else core.peers.notarize(block, 1, 0).of_kind(kind)
        certificates.append(core.peers.certificate(statement, (1, 2, 3)))
    core.hear_certificates(*certificates)
    assert core.alarms() == ["safety"]
    assert core.did(fx.Alarm)[0].halt
    assert not core.core.is_voting
    assert sum(key.startswith(b"c") for key in core.rows) == 2
    core.restart()
    assert "safety" in core.alarms(), "a restart finds both again"
    assert not core.core.is_voting


def test_r3_a_nullification_of_a_notarized_view_is_no_contradiction() -> None:
    core = OneCore().start()
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0), core.peers.nullification(1))
    assert not core.alarms()
    assert core.core.view == 2


# R4


def test_r4_views_are_left_one_by_one_and_a_hole_is_never_jumped() -> None:
    core = OneCore().start()
    core.hear_certificates(core.peers.nullification(2), core.peers.nullification(3))
    assert core.core.view == 1
    core.hear_certificates(core.peers.nullification(1))
    assert core.core.view == 4


def test_r4_a_notarization_advances_a_member_that_nullified_and_lacks_the_block() -> None:
    """commonware #2695."""
    core = OneCore().start()
    core.given(fx.WorkPending(True))
    core.pass_ms(2_000)
    assert core.votes(Kind.NULLIFY, 1)
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    assert core.core.view == 2


def test_r4_a_finalization_advances_before_its_block_is_here() -> None:
    core = OneCore().start()
    core.hear_certificates(core.peers.finalization(BLOCK, 5, 0))
    assert (core.core.view, core.core.final_view) == (6, 0)
