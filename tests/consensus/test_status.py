"""D5: members say what they hold and send each other what is lacking. Spec: consensus.md sections 2.2, 2.5, 2.12."""

from __future__ import annotations

import pytest
from one_core import GENESIS, OneCore

from datadeed_consensus import effects as fx
from datadeed_consensus import messages as wire
from datadeed_consensus.guard import Kind
from datadeed_consensus.status import PUSH_BYTES_MAX
from datadeed_consensus.votes import Certificate, Statement

BLOCK = GENESIS.child(b"a")
NOTHING = bytes(wire.HAVE_BYTES)


def follower() -> OneCore:
    return OneCore(OneCore().peers.members.leader(4)).start()


def status(cur: int = 1, final_view: int = 0, height: int = 0, first: int = 1, have: bytes = NOTHING) -> wire.Status:
    return wire.Status(cur, height, bytes(32), final_view, first, have)


def having(*bits: tuple[int, Kind], first: int = 1) -> bytes:
    """The spec's bitmap, written another way: one string of 192 digits."""
    digits = ["0"] * 192
    for view, kind in bits:
        digits[3 * (view - first) + int(kind) - 1] = "1"
    return int("".join(digits), 2).to_bytes(24, "big")


def pushed(core: OneCore, peer: int) -> list[Certificate]:
    return [each for message in core.sent(wire.Certificates, to=peer) for each in message.certificates]


def pushed_votes(core: OneCore, peer: int) -> list[Statement]:
    return [message.vote.statement for message in core.sent(wire.VoteMessage, to=peer)]


def test_a_member_says_its_status_at_start_and_to_every_peer_whose_link_comes_up() -> None:
    core = OneCore(2)
    core.start()
    assert len(core.sent(wire.Status)) == 1
    core.given(fx.PeerUp(3))
    assert core.sent(wire.Status, to=3) == core.sent(wire.Status)


def test_a_status_names_what_is_held_in_three_bits_a_view() -> None:
    core = follower()
    core.finalize(BLOCK, 1, 0)
    child = BLOCK.child()
    core.hear_certificates(
        core.peers.notarization(child, 2, 1), core.peers.nullification(2), core.peers.nullification(4)
    )
    core.hear_certificates(core.peers.finalization(child.child(), 5, 2))
    core.forget()
    core.given(fx.PeerUp(0))
    (said,) = core.sent(wire.Status, to=0)
    assert (said.cur, said.final_height, said.final_hash, said.final_view, said.first_view) == (
        6,
        1,
        BLOCK.digest,
        1,
        2,
    )
    assert said.have == having((5, Kind.FINALIZE), first=2), "below a finalization nothing else matters any more"


def test_what_a_peer_lacks_is_sent_and_what_it_has_is_not() -> None:
    core = follower()
    notarization, nullification = core.peers.notarization(BLOCK, 1, 0), core.peers.nullification(1)
    later = core.peers.nullification(2)
    core.hear_certificates(notarization, nullification, later)
    core.forget()
    core.hear(0, status(have=having((1, Kind.NOTARIZE))))
    assert pushed(core, 0) == [nullification, later]
    core.forget()
    core.hear(2, status(cur=3, have=having((1, Kind.NOTARIZE), (1, Kind.NULLIFY), (2, Kind.NULLIFY))))
    assert not pushed(core, 2)


def test_a_peer_whose_final_block_is_older_gets_the_newest_finalization_first() -> None:
    core = follower()
    final = core.finalize(BLOCK, 1, 0)
    nullification = core.peers.nullification(2)
    core.hear_certificates(nullification)
    core.forget()
    core.hear(0, status())
    assert pushed(core, 0) == [final, nullification]


def test_a_finalization_whose_block_is_still_missing_is_passed_on_too() -> None:
    core = follower()
    finalization = core.peers.finalization(BLOCK, 7, 0)
    core.hear_certificates(finalization)
    core.forget()
    core.hear(0, status())
    assert pushed(core, 0) == [finalization]
    core.forget()
    core.hear(2, status(cur=8, final_view=7, height=1, first=8))
    assert not pushed(core, 2)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (status(), [Kind.NOTARIZE, Kind.FINALIZE]),
        (status(have=having((1, Kind.NOTARIZE))), [Kind.FINALIZE]),
        (status(cur=2, have=having((1, Kind.NULLIFY))), [Kind.FINALIZE]),
        (status(cur=2, have=having((1, Kind.NOTARIZE), (1, Kind.FINALIZE))), []),
        (status(cur=2, final_view=1, height=1, first=2), []),
    ],
)
def test_own_stored_votes_are_sent_again_where_they_may_still_count(said: wire.Status, expected: list[Kind]) -> None:
    core = follower()
    core.propose(core.peers.proposal(BLOCK, 1))
    core.hear_certificates(core.peers.notarization(BLOCK, 1, 0))
    core.forget()
    core.hear(0, said)
    assert [statement.kind for statement in pushed_votes(core, 0)] == expected


def test_an_own_nullify_is_sent_again_to_one_that_is_still_in_that_view() -> None:
    core = follower()
    core.given(fx.WorkPending(True))
    core.pass_ms(1_800)
    core.forget()
    core.hear(0, status())
    assert pushed_votes(core, 0) == [Statement(Kind.NULLIFY, 1)]
    core.forget()
    core.hear(0, status(cur=2, have=having((1, Kind.NOTARIZE))))
    assert pushed_votes(core, 0) == []


def test_an_own_proposal_is_sent_again_but_not_while_the_first_copy_may_be_on_its_way() -> None:
    core = OneCore(OneCore().peers.members.leader(1)).start()
    core.given(fx.WorkPending(True))
    (proposal,) = core.sent(wire.Proposal)
    core.pass_ms(299)
    core.hear(0, status())
    assert not core.sent(wire.Proposal, to=0)
    core.pass_ms(1)
    core.hear(0, status())
    assert core.sent(wire.Proposal, to=0) == [proposal]


def test_a_peer_that_claims_more_is_shown_what_is_lacking_here() -> None:
    core = follower()
    for claim in (status(final_view=9, cur=10, height=3), status(height=2)):
        core.forget()
        core.hear(0, claim)
        assert len(core.sent(wire.Status, to=0)) == 1
    core.forget()
    core.hear(2, status())
    assert not core.sent(wire.Status, to=2), "two level members do not answer each other for ever"


def test_a_lie_about_height_changes_nothing_else() -> None:
    """cometbft #6031: a Status is a hint, never a proof."""
    core = follower()
    core.hear(0, wire.Status(2**60, 2**60, bytes(32), 2**60, 2**60, b"\xff" * wire.HAVE_BYTES))
    assert (core.core.view, core.core.final_view, core.core.final_height) == (1, 0, 0)
    core.propose(core.peers.proposal(BLOCK, 1))
    assert core.votes(Kind.NOTARIZE, 1)


def test_certificates_of_views_that_a_peer_has_left_are_asked_for_page_by_page() -> None:
    core = follower()
    core.hear(0, status(cur=200))
    assert core.sent(wire.GetCertificates, to=0) == [wire.GetCertificates(1, 65)]
    core.hear_certificates(*(core.peers.nullification(view) for view in range(1, 65)), peer=0)
    assert core.sent(wire.GetCertificates, to=0)[-1] == wire.GetCertificates(65, 129)
    core.hear_certificates(core.peers.nullification(64), peer=0)
    assert len(core.sent(wire.GetCertificates, to=0)) == 2, "an answer that moves nothing brings no new request"
    core.hear(0, status(cur=200))
    assert len(core.sent(wire.GetCertificates, to=0)) == 3


def test_one_view_ahead_is_no_reason_to_ask() -> None:
    core = follower()
    core.hear(0, status(cur=2))
    assert not core.sent(wire.GetCertificates, to=0)


def test_certificates_that_are_asked_for_are_given() -> None:
    core = follower()
    held = [core.peers.nullification(1), core.peers.notarization(BLOCK, 2, 0), core.peers.nullification(2)]
    core.hear_certificates(*held)
    core.forget()
    core.hear(0, wire.GetCertificates(1, 65))
    assert pushed(core, 0) == [held[0], held[1], held[2]]
    core.forget()
    core.hear(0, wire.GetCertificates(3, 4))
    assert not core.sent(wire.Certificates, to=0)


def test_what_one_peer_is_sent_is_bounded_by_the_second() -> None:
    core = follower()
    for first in range(1, 257, 64):
        core.hear_certificates(*(core.peers.nullification(view) for view in range(first, first + 64)))
    core.forget()
    for _ in range(100):
        core.hear(0, status(), wire.GetCertificates(1, 65))
    size = sum(len(effect.data) for effect in core.did(fx.Send) if effect.peer == 0)
    assert PUSH_BYTES_MAX < size < 2 * PUSH_BYTES_MAX
    core.forget()
    core.pass_ms(1_000)
    core.forget()
    core.hear(0, status())
    assert pushed(core, 0), "a second later there is room again"


def test_a_long_unfinalized_span_is_said_page_by_page() -> None:
    core = follower()
    for first in range(1, 400, 100):
        core.hear_certificates(*(core.peers.nullification(view) for view in range(first, first + 100)))
    core.forget()
    core.pass_ms(40_000)
    said = core.sent(wire.Status)
    assert {each.final_view for each in said} == {0}
    starts = [each.first_view for each in said]
    assert starts.count(401 - 48) >= len(starts) // 2
    covered = {view for start in starts for view in range(start, start + 64)}
    assert covered >= set(range(1, 401)), "in time every view is said"


def test_evidence_and_certificates_are_told_once_and_status_is_the_only_repetition() -> None:
    core = follower()
    core.hear_certificates(core.peers.nullification(1))
    core.forget()
    core.pass_ms(5_000)
    assert {type(message) for message in core.sent(object)} == {wire.Status}
