"""Building and executing blocks: each once, kept until it matters no more, and paced by what the machine can do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from institutions import Institutions, run

from datadeed_ledger.block import Block
from datadeed_ledger.errors import Malformed
from datadeed_node.clock import Clock
from datadeed_node.execution import PACE_ENTRIES_MIN, Execution, Pace, Packing
from datadeed_node.mempool import Limits, Mempool
from datadeed_node.metrics import Metrics
from datadeed_node.signatures import Signatures
from datadeed_node.store import Store


class Side:
    """One node's execution over its own store."""

    def __init__(self, four: Institutions, at: int, entries_max: int = 1000) -> None:
        self.metrics = Metrics()
        signatures = Signatures(self.metrics)
        self.store = Store.open(four.folder / four.names[at] / "data", four.genesis)
        self.pool = Mempool(
            self.store,
            signatures,
            self.metrics,
            Clock(),
            Limits(10_000, 1 << 24),
            changed=lambda _: None,
            dropped=lambda *_: None,
        )
        self.execution = Execution(self.store, self.pool, signatures, self.metrics, Packing(entries_max, 1 << 20))

    def build(self, parent: bytes, *, empty: bool = False, after_ms: int = 1) -> tuple[bytes, bytes]:
        """The digest and the bytes of a new block."""
        time_ms = self.store.tip.header.time_ms + after_ms
        data = self.execution.build(parent, empty=empty, time_ms=time_ms, slack_ms=2000, within_s=10)
        return self.execution.read_meta(data).digest, data

    def commit(self, digest: bytes) -> None:
        executed = self.execution.executed(digest)
        self.store.prepare(executed, executed.tip.height, b"x").write()
        self.store.adopt(executed)
        self.execution.committed(digest)


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Side, Side]:
    four = Institutions(tmp_path)
    first, second = Side(four, 0), Side(four, 1)
    for number in range(120):
        first.pool.admit(four.deposit(number).data, "api")
    return first, second


def test_what_one_node_builds_another_executes_to_the_same_state(sides: tuple[Side, Side]) -> None:
    first, second = sides
    tip = first.store.tip.digest
    digest, data = first.build(tip)
    assert run(second.execution.execute(digest, data, tip)) == ""
    for side in sides:
        side.commit(digest)
    assert first.store.tip == second.store.tip
    assert first.store.state_map.root == second.store.state_map.root
    assert first.store.tip.log_size == 122


def test_a_block_that_this_node_built_is_not_executed_again(sides: tuple[Side, Side]) -> None:
    first, _ = sides
    digest, data = first.build(first.store.tip.digest)
    before = first.execution.executed(digest)
    assert run(first.execution.execute(digest, data, first.store.tip.digest)) == ""
    assert first.execution.executed(digest) is before


def test_an_empty_block_stands_on_one_that_is_not_committed_yet(sides: tuple[Side, Side]) -> None:
    first, second = sides
    tip = first.store.tip.digest
    full, full_data = first.build(tip)
    empty, empty_data = first.build(full, empty=True, after_ms=2)
    assert run(second.execution.execute(full, full_data, tip)) == ""
    assert run(second.execution.execute(empty, empty_data, full)) == ""
    for digest in (full, empty):
        second.commit(digest)
    assert second.store.tip.height == 2


def test_a_commit_forgets_what_does_not_stand_on_it(sides: tuple[Side, Side]) -> None:
    first, _ = sides
    tip = first.store.tip.digest
    rival, _ = first.build(tip, after_ms=5)
    taken, _ = first.build(tip, after_ms=6)
    child, _ = first.build(taken, empty=True, after_ms=7)
    first.commit(taken)
    assert first.execution.executed(child).tip.height == 2
    with pytest.raises(KeyError):
        first.execution.executed(rival)


def test_an_invalid_block_is_answered_with_the_reason_and_changes_nothing(sides: tuple[Side, Side]) -> None:
    first, second = sides
    tip = first.store.tip
    digest, data = first.build(tip.digest)
    header = Block.parse(data).header_bytes
    for right, wrong in (
        (b"\nfirst 1\n", b"\nfirst 2\n"),
        (b"\nheight 1\n", b"\nheight 2\n"),
        (b"\nstate mpt1 ", b"\nstate mpt2 "),
    ):
        bad = data.replace(header, header.replace(right, wrong))
        assert run(second.execution.execute(digest, bad, tip.digest)) != ""
    assert second.store.tip == tip
    with pytest.raises(KeyError):
        second.execution.executed(digest)


@pytest.mark.parametrize("data", [b"", b"\x92", b"\x92\xc4\x00\x90"])
def test_bytes_that_are_no_block_are_malformed(sides: tuple[Side, Side], data: bytes) -> None:
    with pytest.raises(Malformed):
        sides[0].execution.read_meta(data)


def test_entries_that_a_proposal_brings_first_are_verified_in_slices(sides: tuple[Side, Side]) -> None:
    first, second = sides
    digest, data = first.build(first.store.tip.digest)

    async def main() -> int:
        turns = 0
        work = asyncio.create_task(second.execution.execute(digest, data, first.store.tip.digest))
        while not work.done():
            turns += 1
            await asyncio.sleep(0)
        assert work.result() == ""
        return turns

    assert run(main()) >= 3
    checks = second.metrics.registry.get_sample_value("datadeed_signature_checks_total")
    assert checks == 120


def test_a_slow_machine_packs_fewer_entries_and_a_fast_one_more() -> None:
    pace = Pace()
    for _ in range(20):
        pace.note(1000, 1.0)
    slow = pace.entries_in(0.15)
    for _ in range(20):
        pace.note(1000, 0.05)
    fast = pace.entries_in(0.15)
    assert 140 <= slow <= 160
    assert 2700 <= fast <= 3000
    pace.note(1, 10.0)
    assert pace.entries_in(0.15) == fast, "a block of one entry says nothing of entries"
    assert pace.entries_in(0) == PACE_ENTRIES_MIN
