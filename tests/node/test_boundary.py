"""The checkpoint that ends an epoch: signed and proven under its own roster, and kept before any later is published."""

from __future__ import annotations

from pathlib import Path

import pytest
from following_rosters import JOINING, amend_roster, following, joining, secret
from institutions import Institutions, key
from seats import Seat, deliver

from datadeed_ledger.chain import Executed
from datadeed_ledger.checkpoint import Checkpoint, SignedCheckpoint, cosign, sign_checkpoint, verify_checkpoint
from datadeed_ledger.errors import Malformed
from datadeed_ledger.header import Header
from datadeed_ledger.notes import Note, SignatureLine
from datadeed_ledger.roster import Roster
from datadeed_node import layout
from datadeed_node.clock import Clock
from datadeed_node.cosigner_messages import AskBoundary, Boundary, Cosignature, parse_message
from datadeed_node.database import StoreDamaged


class LateClock(Clock):
    """An hour behind, until it is set right."""

    late_ms = 3_600_000

    def utc_ms(self) -> int:
        return super().utc_ms() - self.late_ms


class Change:
    """Four institutions before a block in which one joins, the last leaves and the first gets new keys."""

    def __init__(self, folder: Path) -> None:
        self.four = Institutions(folder)
        self.first = self.four.genesis.roster
        court, self.exchange, self.office, notary = self.names = self.four.names
        self.second = following(self.first, joins=(joining(self.four),), leaves=(notary,), rekeyed=(court,))
        self.seats = [Seat(self.four, name) for name in self.names]
        self.court, self.notary = self.seats[0], self.seats[3]
        self.boundary = self.court.build(amend_roster(self.four, self.first, self.second))
        self.size = self.boundary.tip.log_size

    def commit(self, executed: Executed | None = None) -> Executed:
        """The boundary at all seats, or another block."""
        executed = executed or self.boundary
        for seat in self.seats:
            seat.commit(executed)
        return executed

    def forget(self) -> None:
        """What was sent is lost on the way."""
        for seat in self.seats:
            seat.sent.clear()

    def kept(self, seat: Seat) -> SignedCheckpoint:
        """The boundary that this seat keeps, as a judge reads it."""
        change = seat.store.roster_change(2)
        assert change is not None
        assert change.index == self.boundary.tip.header.first
        return verify_checkpoint(change.checkpoint, self.first, self.boundary.tip.header)

    def cosignature(self, name: str, roster: Roster, root: bytes | None = None) -> Cosignature:
        """A good cosignature of the boundary, or of another root of its size, with the key of this roster."""
        member, tip = roster.by_name(name), self.boundary.tip
        assert member is not None
        checkpoint = Checkpoint(tip.header.origin, tip.log_size, root or tip.frontier.root)
        time_s = tip.header.time_ms // 1000 + 1
        line = cosign(checkpoint, member.cosign, secret("cosign", name, member.cosign.public_key), time_s)
        return Cosignature(checkpoint.size, checkpoint.root, line.signature)

    def note(self, roster: Roster, *names: str, root: bytes | None = None, log: bool = True) -> bytes:
        """A checkpoint of the boundary's size that these have cosigned with the keys of this roster."""
        tip, first = self.boundary.tip, roster.by_name(names[0])
        assert first is not None
        checkpoint = Checkpoint(tip.header.origin, tip.log_size, root or tip.frontier.root)
        lines = []
        if log:
            lines = [sign_checkpoint(checkpoint, first.log, secret("log", names[0], first.log.public_key))]
        for name in names:
            member, word = roster.by_name(name), self.cosignature(name, roster, root)
            assert member is not None
            lines.append(SignatureLine(member.cosign.name, member.cosign.key_id, word.signed))
        return Note(checkpoint.body, tuple(lines)).to_bytes()


@pytest.fixture
def change(tmp_path: Path) -> Change:
    return Change(tmp_path)


def cosigned(seat: Seat) -> list[int]:
    """The sizes of the cosignatures that wait to be delivered, in order."""
    words = (parse_message(payload) for _, payload in seat.sent)
    return [word.size for word in words if isinstance(word, Cosignature)]


def headers(seat: Seat) -> list[tuple[int, Header]]:
    return [(each.size, each.tip.header) for each in seat.published]


# --- proven, kept, and only then what follows ------------------------------------------------------------------------


def test_the_boundary_is_proven_under_its_own_roster_and_kept(change: Change) -> None:
    change.commit()
    deliver(change.seats)
    for seat in change.seats:
        assert [each.size for each in seat.published][-1] == change.size
        assert seat.store.roster_change(2) is None
        assert seat.keep()
        proven = change.kept(seat)
        assert list(proven.cosigners) == change.names
        assert proven.log_signers == (seat.name,)
        assert seat.cosigner.unproven == ()
        assert not seat.keep(), "nothing is owed any more"


def test_this_node_s_word_on_the_boundary_stays_in_the_store_until_it_is_proven(change: Change) -> None:
    change.commit()
    ((_, word),) = change.court.sent
    assert change.court.store.boundaries.own(2) == word
    deliver(change.seats)
    change.court.keep()
    assert change.court.store.boundaries.own(2) is None


def test_nothing_is_published_under_the_next_roster_before_its_boundary_is_kept(change: Change) -> None:
    change.commit()
    change.forget()
    after = change.commit(change.court.build()).tip
    deliver(change.seats)
    court = change.court
    assert court.published == []
    assert court.cosigner.unproven == (2,)
    for seat in change.seats:
        seat.cosigner.peer_up(court.name)
    deliver(change.seats, court.name)
    assert headers(court) == [(change.size, change.boundary.tip.header)] * 2, "the boundary, with one more line"
    court.keep()
    assert headers(court)[2:] == [(after.log_size, after.header)]
    last = court.published[-1]
    assert last.roster == change.second
    told = last.roster_change(2)
    assert told is not None
    verify_checkpoint(told.checkpoint, change.first, change.boundary.tip.header)
    verify_checkpoint(last.checkpoint, change.second, after.header)


def test_what_is_durable_counts_as_kept_and_not_what_is_only_gathered(change: Change) -> None:
    """A node that dies after the quorum and before the write has published nothing that rests on it."""
    change.commit()
    deliver(change.seats)
    after = change.court.build()
    change.commit(after)
    deliver(change.seats)
    court = change.court
    kept = court.store.roster_change(2)
    assert kept is not None, "the next block's batch carries it"
    sizes = [each.size for each in court.published]
    assert sizes == sorted(sizes)
    assert sizes[-1] == after.tip.log_size


def test_a_member_that_leaves_signs_the_boundary_and_nothing_after_it(change: Change) -> None:
    change.commit()
    change.commit(change.court.build())
    assert cosigned(change.notary) == [change.size]
    assert cosigned(change.court)[0] == change.size
    assert len(cosigned(change.court)) == 2


def test_two_changes_in_a_row_are_kept_each_under_its_own_roster(change: Change) -> None:
    change.commit()
    third = following(change.second, rekeyed=(change.exchange,))
    second = change.commit(change.court.build(amend_roster(change.four, change.second, third, 9_000_001)))
    newest = change.commit(change.court.build())
    joiner = Seat(change.four, JOINING)
    change.seats.append(joiner)
    for block in (change.boundary, second, newest):
        joiner.commit(block)
    for _ in range(3):
        deliver(change.seats)
        for seat in change.seats:
            seat.keep()
    court = change.court
    change.kept(court)
    told = court.store.roster_change(3)
    assert told is not None
    verify_checkpoint(told.checkpoint, change.second, second.tip.header)
    assert court.published[-1].size == newest.tip.log_size
    assert court.published[-1].rosters == (change.first, change.second, third)
    sizes = [each.size for each in court.published]
    assert sizes == sorted(sizes)
    assert {change.size, second.tip.log_size} <= set(sizes)


# --- catching up, joining ---------------------------------------------------------------------------------------------


def test_who_catches_up_signs_the_boundary_and_the_newest(change: Change) -> None:
    late = change.seats.pop(2)
    before = change.court.build()
    change.seats[0].commit(before)
    boundary = change.seats[0].build(amend_roster(change.four, change.first, change.second))
    for block in (boundary, *range(2)):
        change.seats[0].commit(block if isinstance(block, Executed) else change.seats[0].build())
    first = change.seats[0].store
    late.commit(before, cosigned=False)
    late.commit(boundary)
    between, newest = (late.build(), None)
    late.commit(between, cosigned=False)
    newest = late.build()
    late.commit(newest)
    assert cosigned(late) == [boundary.tip.log_size, newest.tip.log_size]
    assert newest.tip == first.tip


def test_who_joins_takes_the_boundary_whole_and_then_publishes_itself(change: Change) -> None:
    change.commit()
    deliver(change.seats)
    for seat in change.seats:
        seat.keep()
    joiner = Seat(change.four, JOINING)
    joiner.commit(change.boundary)
    assert cosigned(joiner) == []
    assert not joiner.cosigner.unsigned()
    joiner.cosigner.peer_up(change.exchange)
    deliver([joiner, *change.seats])
    deliver([joiner, *change.seats])
    assert [each.size for each in joiner.published] == [change.size]
    after = change.court.build()
    change.commit(after)
    joiner.commit(after)
    deliver([joiner, *change.seats])
    proven = change.kept(joiner)
    assert proven.log_signers == (change.exchange,)
    newest = joiner.published[-1]
    signed = verify_checkpoint(newest.checkpoint, change.second, after.tip.header)
    assert signed.log_signers == (JOINING,)
    assert change.notary.name not in signed.cosigners


def test_a_question_for_the_boundary_gets_the_whole_or_else_this_node_s_word(change: Change) -> None:
    change.commit()
    change.forget()
    court, ask = change.court, AskBoundary(2).to_bytes()
    court.cosigner.received(JOINING, ask)
    ((peer, word),) = court.sent
    assert peer == JOINING
    assert word == court.store.boundaries.own(2)
    for seat in change.seats:
        seat.cosigner.peer_up(court.name)
    deliver(change.seats, court.name)
    court.keep()
    court.sent.clear()
    court.cosigner.received(JOINING, ask)
    court.cosigner.received(JOINING, AskBoundary(3).to_bytes())
    assert court.sent == [(JOINING, Boundary(2, court.store.boundaries.checkpoint(2) or b"").to_bytes())]


def test_a_lost_boundary_is_asked_for_again(change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datadeed_node.cosigner.ASK_S", 0)
    change.commit()
    change.forget()
    change.commit(change.court.build())
    change.forget()
    change.court.cosigner.ask()
    deliver(change.seats)
    deliver(change.seats)
    change.court.keep()
    assert list(change.kept(change.court).cosigners) == change.names


# --- early, late, of the wrong roster, forged -------------------------------------------------------------------------


def test_a_word_on_the_boundary_that_comes_before_the_block_counts_with_it(change: Change) -> None:
    late = change.court
    for seat in change.seats[1:]:
        seat.commit(change.boundary)
    deliver(change.seats, late.name)
    assert late.published == []
    late.commit(change.boundary)
    assert [each.size for each in late.published][-1] == change.size


def test_a_word_on_the_boundary_counts_also_when_this_node_stands_in_the_next_epoch(change: Change) -> None:
    change.commit()
    words = [seat.sent.pop() for seat in change.seats]
    change.commit(change.court.build())
    for seat, (_, word) in zip(change.seats[1:], words[1:], strict=True):
        change.court.cosigner.received(seat.name, word)
    change.court.keep()
    assert list(change.kept(change.court).cosigners) == change.names


def test_a_word_on_the_boundary_with_a_key_of_the_next_roster_is_refused(change: Change) -> None:
    change.commit()
    exchange = change.seats[1].cosigner
    with pytest.raises(Malformed, match="did not make"):
        exchange.received(change.names[0], change.cosignature(change.names[0], change.second).to_bytes())
    exchange.received(change.names[0], change.cosignature(change.names[0], change.first).to_bytes())


def test_a_word_on_the_boundary_by_who_only_joins_with_it_is_refused(change: Change) -> None:
    change.commit()
    with pytest.raises(Malformed, match="no member of roster 1"):
        change.court.cosigner.received(JOINING, change.cosignature(JOINING, change.second).to_bytes())


def test_a_word_on_the_next_epoch_by_who_left_is_refused(change: Change) -> None:
    change.commit()
    after = change.commit(change.court.build()).tip
    notary = change.first.by_name(change.notary.name)
    assert notary is not None
    checkpoint = Checkpoint(after.header.origin, after.log_size, after.frontier.root)
    line = cosign(checkpoint, notary.cosign, key(f"cosign {notary.name}"), after.header.time_ms // 1000 + 1)
    word = Cosignature(after.log_size, after.frontier.root, line.signature)
    with pytest.raises(Malformed, match="no member of roster 2"):
        change.court.cosigner.received(notary.name, word.to_bytes())


def test_a_boundary_that_is_not_proven_under_the_roster_before_is_refused(change: Change) -> None:
    change.commit()
    change.forget()
    court = change.court.cosigner
    forged = {
        "too few": change.note(change.first, *change.names[1:3]),
        "no log line": change.note(change.first, *change.names[:3], log=False),
        "by the next roster": change.note(change.second, *(member.name for member in change.second.members)),
        "no note": b"no note",
    }
    for note in forged.values():
        with pytest.raises(Malformed):
            court.received(change.exchange, Boundary(2, note).to_bytes())
    assert court.unproven == (2,)
    assert change.court.published == []
    court.received(change.exchange, Boundary(2, change.note(change.first, *change.names[:3])).to_bytes())
    assert change.court.keep()
    assert court.unproven == ()


def test_a_boundary_of_another_size_is_refused(change: Change) -> None:
    genesis = change.court.store.tip
    change.commit()
    checkpoint = Checkpoint(genesis.header.origin, genesis.log_size, genesis.frontier.root)
    members = change.first.members
    time_s = genesis.header.time_ms // 1000 + 1
    lines = [sign_checkpoint(checkpoint, members[0].log, key(f"log {members[0].name}"))]
    lines += [cosign(checkpoint, each.cosign, key(f"cosign {each.name}"), time_s) for each in members]
    note = Note(checkpoint.body, tuple(lines)).to_bytes()
    with pytest.raises(Malformed, match="last leaf"):
        change.court.cosigner.received(change.exchange, Boundary(2, note).to_bytes())


def test_lines_of_strangers_in_a_boundary_are_not_kept(change: Change) -> None:
    change.commit()
    note = Note.parse(change.note(change.first, *change.names[1:]))
    stranger = SignatureLine("stranger.example.cn", b"1234", bytes(72))
    padded = Note(note.body, (stranger, *note.lines, *note.lines)).to_bytes()
    change.court.cosigner.received(change.exchange, Boundary(2, padded).to_bytes())
    change.court.keep()
    told = change.court.store.roster_change(2)
    assert told is not None
    assert len(Note.parse(told.checkpoint).lines) == 2 + 4, "its own log line and the sender's, and every cosignature"
    assert b"stranger" not in told.checkpoint


def test_a_boundary_of_a_roster_that_is_not_here_yet_is_passed_over(change: Change) -> None:
    note = change.note(change.first, *change.names)
    for version in (2, 3, 2**63):
        change.court.cosigner.received(change.exchange, Boundary(version, note).to_bytes())
    change.commit()
    assert change.court.cosigner.unproven == (2,)


def test_a_quorum_that_signed_another_boundary_raises_the_fork_alarm(change: Change) -> None:
    change.commit()
    other = change.note(change.first, *change.names, root=bytes(32))
    for _ in range(2):
        change.court.cosigner.received(change.exchange, Boundary(2, other).to_bytes())
    alarms = change.court.metrics.registry.get_sample_value("datadeed_alarms_total", {"name": "fork"})
    assert alarms == 1
    assert not change.court.keep()
    assert change.court.cosigner.unproven == (2,)


def test_what_was_told_by_who_left_two_rosters_ago_is_forgotten(change: Change) -> None:
    court, far = change.court, Cosignature(2**40, bytes(32), bytes(72)).to_bytes()
    for peer in (change.exchange, change.notary.name):
        court.cosigner.received(peer, far)
    change.commit()
    assert change.notary.name in court.cosigner._ahead, "it is linked for one epoch more"
    third = following(change.second, rekeyed=(change.office,))
    court.commit(court.build(amend_roster(change.four, change.second, third, 9_000_001)))
    assert set(court.cosigner._ahead) == set(court.cosigner._newest_of) == {change.exchange}


# --- restarts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("blocks_after", [0, 1], ids=["at the boundary", "a block further"])
def test_a_quorum_is_reached_after_a_restart_of_all(change: Change, blocks_after: int) -> None:
    change.commit()
    words = [seat.store.boundaries.own(2) for seat in change.seats]
    for _ in range(blocks_after):
        change.commit(change.court.build())
    change.seats = [seat.restarted() for seat in change.seats]
    change.forget()
    for seat in change.seats:
        for other in change.names:
            if other != seat.name:
                seat.cosigner.peer_up(other)
    assert [seat.store.boundaries.own(2) for seat in change.seats] == words, "the same words again"
    deliver(change.seats)
    for seat in change.seats:
        assert seat.keep()
        assert list(change.kept(seat).cosigners) == change.names


def test_a_boundary_that_was_gathered_and_not_written_is_gathered_again(change: Change) -> None:
    change.commit()
    deliver(change.seats)
    for seat in change.seats[1:]:
        seat.keep()
    court = change.seats[0] = change.court.restarted()
    assert court.store.roster_change(2) is None
    court.cosigner.peer_up(change.exchange)
    deliver(change.seats)
    deliver(change.seats)
    assert court.keep()
    change.kept(court)


def test_a_node_that_restarts_at_a_boundary_publishes_it_from_its_store(change: Change) -> None:
    """Whoever left stays there, and the others are further: nobody signs it again for it."""
    change.commit()
    deliver(change.seats)
    change.notary.keep()
    again = change.notary.restarted()
    assert [each.size for each in again.published] == [change.size]
    proven = verify_checkpoint(again.published[0].checkpoint, change.first, change.boundary.tip.header)
    assert again.name in proven.log_signers
    assert not again.cosigner.unsigned()


def test_a_boundary_that_was_too_early_to_sign_is_signed_before_anything_later(change: Change) -> None:
    change.court.store.close()
    slow = Seat(change.four, change.names[0], Clock(offset_ms=-3_600_000))
    slow.commit(change.boundary)
    after = slow.build()
    slow.commit(after)
    assert cosigned(slow) == []
    assert slow.cosigner.unsigned()
    again = slow.restarted()
    assert cosigned(again) == [change.size, after.tip.log_size]
    for seat in change.seats[1:3]:
        seat.commit(change.boundary)
    change.seats[0] = again
    deliver(change.seats, again.name)
    again.keep()
    assert change.names[0] in change.kept(again).cosigners


def test_a_boundary_is_never_signed_after_a_larger_size(change: Change) -> None:
    """Where the row of its own word is lost, the node goes without: the others' words are enough."""
    change.commit()
    after = change.commit(change.court.build()).tip
    batch = change.court.store.batch()
    batch.delete(layout.own_boundary_key(2))
    batch.write()
    again = change.court.restarted()
    assert cosigned(again) == [after.log_size], "the same word as before, and no smaller one"


def test_a_boundary_that_is_proven_before_this_node_may_sign_it_leaves_no_word_behind(
    change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    change.court.store.close()
    slow = Seat(change.four, change.names[0], LateClock())
    slow.commit(change.boundary)
    slow.cosigner.received(change.exchange, Boundary(2, change.note(change.first, *change.names[1:])).to_bytes())
    monkeypatch.setattr(LateClock, "late_ms", 0)
    slow.keep()
    assert cosigned(slow) == [change.size]
    assert slow.store.boundaries.own(2) is None
    assert slow.cosigner.unproven == ()


def test_a_boundary_is_gathered_for_as_long_as_it_takes(change: Change) -> None:
    change.commit()
    words = [(seat.name, seat.sent.pop()[1]) for seat in change.seats]
    for _ in range(70):
        change.court.commit(change.court.build())
    for name, word in words[1:]:
        change.court.cosigner.received(name, word)
    change.court.keep()
    assert list(change.kept(change.court).cosigners) == change.names


@pytest.mark.parametrize(
    "row", [b"garbage", AskBoundary(2).to_bytes(), Cosignature(3, bytes(32), bytes(72)).to_bytes()]
)
def test_a_damaged_row_of_its_own_word_is_named(change: Change, row: bytes) -> None:
    change.commit()
    batch = change.court.store.batch()
    batch.put(layout.own_boundary_key(2), row)
    batch.write()
    change.court.store.close()
    with pytest.raises(StoreDamaged, match="own"):
        Seat(change.four, change.names[0])
