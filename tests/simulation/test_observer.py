"""The observer itself: it must cry at every broken promise, or the campaigns prove nothing."""

from __future__ import annotations

import pytest
from simulation.blocks import GENESIS, ToyBlock, root_after
from simulation.observer import Observer, Violation
from simulation.signatures import Keyring
from simulation.statements import FINALIZE, NOTARIZE, NULLIFY, Said, read_statement, statement_bytes

EPOCH = (bytes(range(32)), 1)
FIRST = ToyBlock(1, GENESIS.digest, GENESIS.time_ms + 1_000, 2_000, root_after(GENESIS.root, (1,)), (1,))
OTHER = FIRST.varied(1)


class Stage:
    """Four members whose words reach an observer as a test directs."""

    def __init__(self, liars: tuple[int, ...] = ()) -> None:
        self.keyring = Keyring(1, 4)
        self.observer = Observer(self.keyring, 4, EPOCH, liars)
        self.valid = self.observer.blocks
        self.observer.block(FIRST)
        self.observer.block(OTHER)

    def sign(self, member: int, said: Said, utc_ms: int = FIRST.time_ms) -> bytes:
        statement = statement_bytes(*EPOCH, said)
        self.observer.signed(member, statement, utc_ms, self.valid)
        return self.keyring.sign(member, statement)

    def vote(self, member: int, said: Said) -> bytes:
        """Signed and kept."""
        signature = self.sign(member, said)
        self.observer.kept(member, member, [b"row " + signature])
        return signature

    def votes(self, members: range, said: Said) -> bytes:
        return b"".join(self.vote(member, said) for member in members)


def said(kind: int, block: ToyBlock = FIRST, view: int = 1, parent_view: int = 0) -> Said:
    return Said(kind, view, block.height, parent_view, False, block.digest)


def test_an_orderly_view_is_no_violation() -> None:
    stage = Stage()
    stage.votes(range(3), said(NOTARIZE))
    certificate = stage.votes(range(3), said(FINALIZE))
    for seat in range(4):
        stage.observer.delivered(seat, FIRST.digest, 1, FIRST.root, certificate)
    assert stage.observer.counts["commits"] == 1


def test_i1_another_block_at_a_delivered_height() -> None:
    stage = Stage()
    stage.votes(range(3), said(NOTARIZE))
    certificate = stage.votes(range(3), said(FINALIZE))
    stage.observer.delivered(0, FIRST.digest, 1, FIRST.root, certificate)
    with pytest.raises(Violation, match="I1"):
        stage.observer.delivered(1, OTHER.digest, 1, OTHER.root, certificate)


def test_i1_a_finalized_block_beside_the_finalized_chain() -> None:
    stage = Stage(liars=(0, 1, 2))
    stage.votes(range(3), said(NOTARIZE))
    stage.votes(range(3), said(FINALIZE))
    stage.votes(range(3), said(NOTARIZE, OTHER, view=2))
    with pytest.raises(Violation, match="I1"):
        stage.votes(range(3), said(FINALIZE, OTHER, view=2))


def test_i8_time_that_falls() -> None:
    stage = Stage(liars=(0, 1, 2))
    early = ToyBlock(1, GENESIS.digest, GENESIS.time_ms, 2_000, GENESIS.root)
    stage.observer.block(early)
    stage.votes(range(3), said(NOTARIZE, early))
    with pytest.raises(Violation, match="I8"):
        stage.votes(range(3), said(FINALIZE, early))


def test_i2_two_notarized_blocks() -> None:
    stage = Stage(liars=(0, 1))
    stage.votes(range(3), said(NOTARIZE))
    stage.vote(0, said(NOTARIZE, OTHER))
    stage.vote(1, said(NOTARIZE, OTHER))
    with pytest.raises(Violation, match="I2"):
        stage.vote(3, said(NOTARIZE, OTHER))


def test_i3_finalized_and_nullified() -> None:
    stage = Stage(liars=(0, 1))
    stage.votes(range(3), said(NOTARIZE))
    stage.votes(range(3), said(FINALIZE))
    stage.vote(0, Said(NULLIFY, 1))
    stage.vote(1, Said(NULLIFY, 1))
    with pytest.raises(Violation, match="I3"):
        stage.vote(3, Said(NULLIFY, 1))


def test_i4_finalized_without_notarization() -> None:
    stage = Stage()
    with pytest.raises(Violation, match="I4"):
        stage.votes(range(3), said(FINALIZE))


def test_i5_a_certificate_of_too_few() -> None:
    stage = Stage()
    stage.votes(range(3), said(NOTARIZE))
    certificate = stage.votes(range(3), said(FINALIZE))
    with pytest.raises(Violation, match="I5"):
        stage.observer.delivered(0, FIRST.digest, 1, FIRST.root, certificate[:128] + certificate[:64])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (said(NOTARIZE), said(NOTARIZE, OTHER)),
        (said(FINALIZE), said(FINALIZE, OTHER)),
        (Said(NULLIFY, 1), said(FINALIZE)),
        (said(NOTARIZE), said(FINALIZE, OTHER)),
    ],
)
def test_i6_conflicting_votes_of_an_honest_member(first: Said, second: Said) -> None:
    for one, other in ((first, second), (second, first)):
        stage = Stage()
        stage.vote(2, one)
        with pytest.raises(Violation, match="I6"):
            stage.vote(2, other)


def test_i7_sent_before_it_is_durable() -> None:
    stage = Stage()
    signature = stage.sign(2, said(NOTARIZE))
    with pytest.raises(Violation, match="I7"):
        stage.observer.sent(2, 2, b"message " + signature)
    stage.observer.kept(2, 2, [signature])
    stage.observer.sent(2, 2, b"message " + signature)


def test_24_a_row_deleted_above_the_final_view() -> None:
    stage = Stage()
    stage.votes(range(3), said(NOTARIZE))
    certificate = stage.votes(range(3), said(FINALIZE))
    row = stage.vote(3, said(NOTARIZE))
    with pytest.raises(Violation, match=r"2\.4"):
        stage.observer.dropped(3, 3, [row])
    stage.observer.delivered(3, FIRST.digest, 1, FIRST.root, certificate)
    stage.observer.dropped(3, 3, [row])


def test_r11_a_vote_for_a_block_that_was_not_executed() -> None:
    stage = Stage()
    stage.valid = {}
    for kind in (NOTARIZE, FINALIZE):
        with pytest.raises(Violation, match="R11"):
            stage.sign(0, said(kind))
    stage.sign(0, Said(NULLIFY, 1))


def test_i8_a_view_that_falls() -> None:
    class Shown:
        def __init__(self, view: int, final_view: int) -> None:
            self.view, self.final_view, self.final_height = view, final_view, 0

    stage = Stage()
    stage.observer.stepped(0, Shown(5, 2))
    with pytest.raises(Violation, match="I8"):
        stage.observer.stepped(0, Shown(4, 2))
    with pytest.raises(Violation, match="I8"):
        stage.observer.restarted(0, Shown(5, 1))


def test_i9_another_root() -> None:
    stage = Stage()
    stage.votes(range(3), said(NOTARIZE))
    certificate = stage.votes(range(3), said(FINALIZE))
    stage.observer.delivered(0, FIRST.digest, 1, FIRST.root, certificate)
    with pytest.raises(Violation, match="I9"):
        stage.observer.delivered(1, FIRST.digest, 1, bytes(32), certificate)


def test_i12_an_honest_member_accused() -> None:
    stage = Stage(liars=(1,))
    pair = stage.sign(1, said(NOTARIZE)) + stage.sign(1, said(NOTARIZE, OTHER))
    stage.observer.accused(pair)
    innocent = stage.vote(2, said(NOTARIZE)) + stage.vote(2, Said(NULLIFY, 1))
    with pytest.raises(Violation, match="I12"):
        stage.observer.accused(innocent)


def test_d1_a_vote_above_an_open_view() -> None:
    stage = Stage()
    with pytest.raises(Violation, match="D1"):
        stage.vote(0, Said(NULLIFY, 2))


def test_r8_a_gap_that_is_not_nullified() -> None:
    stage = Stage()
    stage.votes(range(3), said(NOTARIZE))
    with pytest.raises(Violation, match="R8"):
        stage.vote(0, said(NOTARIZE, OTHER, view=2))


def test_d3_entries_on_a_parent_that_is_not_final() -> None:
    stage = Stage()
    stage.votes(range(3), said(NOTARIZE))
    second = ToyBlock(2, FIRST.digest, FIRST.time_ms + 1, 2_000, bytes(32), (2,))
    stage.observer.block(second)
    with pytest.raises(Violation, match="D3"):
        stage.vote(0, said(NOTARIZE, second, view=2, parent_view=1))


@pytest.mark.parametrize("off_ms", [-501, 2_001])
def test_29_a_vote_for_a_block_outside_of_the_window(off_ms: int) -> None:
    stage = Stage()
    with pytest.raises(Violation, match=r"2\.9"):
        stage.sign(0, said(NOTARIZE), utc_ms=FIRST.time_ms + off_ms)


def test_statements_are_the_bytes_of_the_specification() -> None:
    block = bytes(range(32, 64))
    full = statement_bytes(*EPOCH, Said(FINALIZE, 7, 6, 5, True, block))
    head = b"datadeed/vote/v1\n" + b"\x03" + bytes(range(32)) + (1).to_bytes(8, "big") + (7).to_bytes(8, "big")
    assert full == head + (6).to_bytes(8, "big") + (5).to_bytes(8, "big") + b"\x01" + block
    assert statement_bytes(*EPOCH, Said(NULLIFY, 7)) == head.replace(b"\n\x03", b"\n\x02")
    for data in (full, statement_bytes(*EPOCH, Said(NULLIFY, 7))):
        assert statement_bytes(*EPOCH, read_statement(data, *EPOCH)) == data
        with pytest.raises(AssertionError):
            read_statement(data + b"\x00", *EPOCH)
