"""Cosigning: published at a quorum and not before, one root a size for ever, the same word again after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from institutions import Institutions, key
from seats import Seat, deliver

from datadeed_ledger.chain import Executed
from datadeed_ledger.checkpoint import Checkpoint, cosign, verify_checkpoint
from datadeed_ledger.errors import Malformed
from datadeed_node.clock import Clock
from datadeed_node.cosigner_messages import Ask, AskBoundary, Boundary, Cosignature, parse_message
from datadeed_node.database import StoreDamaged


class Table:
    """Four seats at one table."""

    def __init__(self, folder: Path) -> None:
        self.four = Institutions(folder)
        self.seats = [Seat(self.four, name) for name in self.four.names]

    def commit(self) -> Executed:
        executed = self.seats[0].build()
        for seat in self.seats:
            seat.commit(executed)
        return executed

    def deliver(self, *receivers: int) -> None:
        """Everything that was sent reaches `receivers` (all, if none is named), and no one else."""
        deliver(self.seats, *(self.four.names[at] for at in receivers))


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path)


def test_a_checkpoint_is_published_when_a_quorum_has_cosigned_and_not_before(table: Table) -> None:
    executed = table.commit()
    first = table.seats[0]
    for at, count in ((1, 0), (2, 1), (3, 2)):
        (_, payload), table.seats[at].sent = table.seats[at].sent[0], []
        first.cosigner.received(table.seats[at].name, payload)
        assert len(first.published) == count
    snapshot = first.cosigner.snapshot
    assert snapshot is not None
    assert snapshot.size == executed.tip.log_size
    proven = verify_checkpoint(snapshot.checkpoint, table.four.genesis.roster, executed.tip.header)
    assert list(proven.cosigners) == table.four.names
    assert proven.log_signers == (table.four.names[0],)


def test_a_late_cosignature_makes_a_new_note_and_leaves_the_old_one_as_it_was(table: Table) -> None:
    table.commit()
    table.deliver(0)
    before, after = table.seats[0].published
    assert before.checkpoint.count("\n— ".encode()) == 4
    assert after.checkpoint.count("\n— ".encode()) == 5
    assert before.size == after.size


def test_a_cosignature_that_is_ahead_of_this_node_counts_when_the_block_is_here(table: Table) -> None:
    executed = table.seats[1].build()
    for seat in table.seats[1:]:
        seat.commit(executed)
    table.deliver(0)
    first = table.seats[0]
    assert first.cosigner.is_behind
    assert first.published == []
    first.commit(executed)
    assert not first.cosigner.is_behind
    assert first.published[-1].size == executed.tip.log_size


def test_one_member_alone_cannot_make_a_node_believe_that_it_is_behind(table: Table) -> None:
    lie = Cosignature(2**50, bytes(32), bytes(72)).to_bytes()
    table.seats[0].cosigner.received(table.seats[1].name, lie)
    assert not table.seats[0].cosigner.is_behind
    table.seats[0].cosigner.received(table.seats[2].name, lie)
    assert table.seats[0].cosigner.is_behind


def test_each_size_is_signed_once_and_never_a_smaller_one_later(table: Table) -> None:
    seat = table.seats[0]
    executed = table.commit()
    assert not seat.cosigner.sign(executed.tip, seat.store.batch())
    assert not seat.cosigner.sign(seat.store.tip, seat.store.batch())


def test_after_a_restart_the_same_signature_is_served_again(table: Table) -> None:
    table.commit()
    ((_, before),) = table.seats[1].sent
    table.seats[1].store.close()
    again = Seat(table.four, table.four.names[1], Clock(offset_ms=5000))
    assert not again.cosigner.sign(again.store.tip, again.store.batch())
    again.cosigner.committed()
    again.cosigner.peer_up(table.seats[0].name)
    assert [payload for _, payload in again.sent] == [before, before]


def test_a_node_that_signed_another_log_than_it_has_stops(table: Table) -> None:
    seat = table.seats[0]
    executed = table.commit()
    batch = seat.store.batch()
    batch.put(b"k", Cosignature(executed.tip.log_size, bytes(32), bytes(72)).to_bytes())
    batch.write()
    seat.store.close()
    again = Seat(table.four, table.four.names[0])
    with pytest.raises(StoreDamaged, match="signed another log"):
        again.cosigner.sign(again.build().tip, again.store.batch())


def test_a_node_that_signed_more_than_it_has_stays_silent_until_it_is_past_it(table: Table) -> None:
    seat = table.seats[0]
    executed = table.commit()
    signed = executed.tip.log_size + 1
    batch = seat.store.batch()
    batch.put(b"k", Cosignature(signed, bytes(32), bytes(72)).to_bytes())
    batch.write()
    seat.store.close()
    again = Seat(table.four, table.four.names[0])
    again.cosigner.received(table.seats[1].name, Ask(1).to_bytes())
    assert again.sent == []
    assert not again.cosigner.sign(again.build().tip, again.store.batch())


def test_what_was_lost_is_asked_for_and_given_again(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datadeed_node.cosigner.ASK_S", 0)
    executed = table.commit()
    for seat in table.seats:
        seat.sent.clear()
    table.seats[0].cosigner.ask()
    table.deliver()
    table.deliver(0)
    snapshot = table.seats[0].cosigner.snapshot
    assert snapshot is not None
    assert snapshot.size == executed.tip.log_size
    assert len(snapshot.checkpoint.splitlines()) == 4 + 5


def test_a_bad_cosignature_ends_its_senders_link_and_does_no_harm(table: Table) -> None:
    executed = table.commit()
    tip = executed.tip
    first = table.seats[0]
    bad = Cosignature(tip.log_size, tip.frontier.root, bytes(72)).to_bytes()
    for at in (1, 2, 3):
        with pytest.raises(Malformed, match="did not make"):
            first.cosigner.received(table.seats[at].name, bad)
    assert first.published == []
    table.deliver(0)
    assert first.published[-1].size == tip.log_size


def test_another_root_for_one_size_raises_the_fork_alarm_and_does_not_count(table: Table) -> None:
    executed = table.commit()
    liar = table.seats[3]
    liar.sent.clear()
    other = liar.build().tip.frontier.root
    name = table.four.names[3]
    line = cosign(
        Checkpoint(executed.tip.header.origin, executed.tip.log_size, other),
        table.four.genesis.roster.members[3].cosign,
        key(f"cosign {name}"),
        1_800_000_000,
    )
    first = table.seats[0]
    for _ in range(3):
        first.cosigner.received(name, Cosignature(executed.tip.log_size, other, line.signature).to_bytes())
    alarms = first.metrics.registry.get_sample_value("datadeed_alarms_total", {"name": "fork"})
    assert alarms == 1
    assert first.published == []


def test_a_clock_that_is_behind_the_block_keeps_this_node_from_signing_too_early(table: Table) -> None:
    table.seats[0].store.close()
    slow = Seat(table.four, table.four.names[0], Clock(offset_ms=-3_600_000))
    executed = table.seats[1].build()
    assert not slow.cosigner.sign(executed.tip, slow.store.batch())
    slow.commit(executed)
    assert slow.sent == []


def test_memory_stays_bounded_while_nothing_can_be_published(table: Table) -> None:
    seat = table.seats[0]
    for _ in range(100):
        seat.commit(seat.build())
        far = Cosignature(seat.store.tip.log_size + 1000, bytes(32), bytes(72)).to_bytes()
        seat.cosigner.received(table.seats[1].name, far)
    assert len(seat.cosigner._open._by_size) <= 64
    assert all(len(waiting) <= 64 for waiting in seat.cosigner._ahead.values())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x90",
        Ask(1).to_bytes() + b"\x00",
        b"\x92\x02\x00",
        b"\x94\x01\x01\xc4\x00\xc4\x00",
        AskBoundary(1).to_bytes(),
        Boundary(1, b"note").to_bytes(),
        Boundary(2, bytes(32 * 1024)).to_bytes(),
    ],
)
def test_what_is_no_message_of_cosigners_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_message(data)


def test_cosigners_whose_time_lies_before_the_block_make_no_checkpoint_until_enough_do_not(table: Table) -> None:
    """What is published must be what a judge accepts: the lower median counts."""
    executed = table.commit()
    first, tip = table.seats[0], executed.tip
    checkpoint = Checkpoint(tip.header.origin, tip.log_size, tip.frontier.root)
    early_s = (tip.header.time_ms - tip.header.slack_ms) // 1000 - 10
    for at in (2, 3):
        name = table.four.names[at]
        line = cosign(checkpoint, table.four.genesis.roster.members[at].cosign, key(f"cosign {name}"), early_s)
        first.cosigner.received(name, Cosignature(tip.log_size, tip.frontier.root, line.signature).to_bytes())
    assert first.published == []
    ((_, payload),) = table.seats[1].sent
    first.cosigner.received(table.seats[1].name, payload)
    assert first.published == [], "of four times the second smallest is early too"
