"""Gossip: what is new is told to all, what waits is told again, and a flood costs bounded memory."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from institutions import Institutions, run, until

from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import DatadeedError
from datadeed_node import gossip as gossip_module
from datadeed_node.clock import Clock
from datadeed_node.gossip import FRAME_FILL_BYTES, Gossip, frames
from datadeed_node.mempool import Limits, Mempool
from datadeed_node.metrics import Metrics
from datadeed_node.signatures import Signatures
from datadeed_node.store import Store
from datadeed_node.wire import ENTRIES_FRAME_BYTES_MAX, decode_entries, encode_entries


class Bench:
    """One node's gossip; what it sends and whom it drops is written down."""

    def __init__(self, folder: Path, entries_max: int = 1000) -> None:
        self.four = Institutions(folder)
        self.metrics = Metrics()
        self.dropped: list[tuple[bytes, DatadeedError]] = []
        self.pool = Mempool(
            Store.open(folder / "data", self.four.genesis),
            Signatures(self.metrics),
            self.metrics,
            Clock(),
            Limits(entries_max, 1 << 24),
            changed=lambda _: None,
            dropped=lambda entry_id, error: self.dropped.append((entry_id, error)),
        )
        self.sent: list[tuple[str | None, list[bytes]]] = []
        self.links_ended: list[str] = []
        self.gossip = Gossip(
            self.pool,
            self.metrics,
            send=lambda peer, payload: self.sent.append((peer, decode_entries(payload))),
            drop=lambda peer, _: self.links_ended.append(peer),
        )

    def deposits(self, count: int) -> list[Entry]:
        """By a member, so that nobody has to be enrolled."""
        return [self.four.deposit(number) for number in range(count)]


def test_entries_of_one_turn_leave_in_one_frame_to_all(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        entries = [entry.data for entry in bench.deposits(20)]
        for entry in entries:
            bench.gossip.tell(entry)
        assert bench.sent == []
        await asyncio.sleep(0)
        assert bench.sent == [(None, entries)]

    run(main())


def test_many_entries_are_cut_into_frames_that_their_channel_takes() -> None:
    entries = [bytes((number % 251,)) * 60_000 for number in range(50)]
    payloads = list(frames(entries))
    assert all(len(payload) <= ENTRIES_FRAME_BYTES_MAX for payload in payloads)
    assert [entry for payload in payloads for entry in decode_entries(payload)] == entries
    assert len(payloads) <= 60_000 * 50 // (FRAME_FILL_BYTES // 2) + 1


def test_what_a_peer_tells_comes_in_slice_by_slice_while_the_loop_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        entries = [entry.data for entry in bench.deposits(400)]
        admitting = asyncio.create_task(bench.gossip.admit())
        bench.gossip.received("notary.example.cn", encode_entries(entries))
        sizes = set()
        while len(bench.pool) < 400:
            sizes.add(len(bench.pool))
            await asyncio.sleep(0)
        assert len(sizes) > 3, "the loop had its turn between slices"
        assert bench.pool.all() == entries
        assert bench.sent == [], "what came by gossip is not told on: its first node tells everybody"
        admitting.cancel()

    run(main())


def test_a_peer_that_comes_up_is_told_everything_that_waits(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    entries = bench.deposits(30)
    for entry in entries:
        bench.pool.admit(entry.data, "api")
    bench.gossip.peer_up("notary.example.cn")
    assert bench.sent == [("notary.example.cn", [entry.data for entry in entries])]


def test_what_has_waited_long_is_told_again_a_little_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gossip_module, "AGAIN_S", 0.05)
    monkeypatch.setattr(gossip_module, "AGAIN_ENTRIES", 5)

    async def main() -> None:
        bench = Bench(tmp_path)
        entries = [entry.data for entry in bench.deposits(10)]
        for entry in entries:
            bench.pool.admit(entry, "api")
        telling = asyncio.create_task(bench.gossip.tell_again())
        await until(lambda: len(bench.sent) >= 2, "told again twice")
        assert bench.sent[1] == (None, entries[:5])
        telling.cancel()

    run(main())


def test_an_entry_that_is_refused_too_early_is_judged_again_after_the_next_block(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        admitting = asyncio.create_task(bench.gossip.admit())
        early = bench.four.deposit(1, party=1)
        bench.gossip.received("exchange.example.cn", encode_entries([early.data, bench.four.enrol(1).data]))
        await until(lambda: len(bench.pool) == 1, "the enrolment is in")
        refused = bench.metrics.registry.get_sample_value
        assert refused("datadeed_entries_refused_total", {"reason": "refused"}) == 1
        bench.gossip.committed()
        await until(
            lambda: refused("datadeed_entries_refused_total", {"reason": "refused"}) == 2, "it was judged again"
        )
        assert bench.links_ended == [], "a peer may be ahead of us; that is no fault"
        admitting.cancel()

    run(main())


def test_where_a_roster_follows_everything_that_waits_is_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        judged: list[bytes] = []
        judge_again = bench.pool.judge_again

        def counted(entry_id: bytes) -> None:
            judged.append(entry_id)
            judge_again(entry_id)

        monkeypatch.setattr(bench.pool, "judge_again", counted)
        entries = bench.deposits(300)
        for entry in entries:
            bench.pool.admit(entry.data, "api")
        admitting = asyncio.create_task(bench.gossip.admit())
        bench.gossip.roster_changed()
        await until(lambda: len(judged) == 300, "all are judged")
        assert judged == [entry.entry_id for entry in entries]
        assert len(bench.pool) == 300
        admitting.cancel()

    run(main())


@pytest.mark.parametrize(("bound", "fits"), [("EARLY_MAX", 3), ("EARLY_BYTES_MAX", 3)])
def test_what_is_kept_for_later_is_bounded_in_count_and_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, fits: int
) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        early = [bench.four.deposit(number, party=1).data for number in range(5)]
        monkeypatch.setattr(gossip_module, bound, fits if bound == "EARLY_MAX" else sum(map(len, early[:fits])))
        admitting = asyncio.create_task(bench.gossip.admit())

        def refused() -> float:
            counted = bench.metrics.registry.get_sample_value("datadeed_entries_refused_total", {"reason": "refused"})
            return counted or 0.0

        bench.gossip.received("exchange.example.cn", encode_entries(early))
        await until(lambda: refused() == 5, "all are judged")
        bench.gossip.committed()
        await until(lambda: refused() == 5 + fits, "those that were kept are judged again")
        bench.gossip.committed()
        await until(lambda: refused() == 5 + 2 * fits, "and again: what was kept before counts no more")
        admitting.cancel()

    run(main())


@pytest.mark.parametrize("payload", [b"", b"\x01", b"\x91\x01", encode_entries([b"no entry"])])
def test_who_passes_on_what_no_honest_node_would_is_dropped(tmp_path: Path, payload: bytes) -> None:
    async def main() -> None:
        bench = Bench(tmp_path)
        admitting = asyncio.create_task(bench.gossip.admit())
        bench.gossip.received("notary.example.cn", payload)
        await until(lambda: bench.links_ended == ["notary.example.cn"], "its link ended")
        admitting.cancel()

    run(main())


def test_a_flood_is_dropped_beyond_a_bound_and_does_not_pile_up(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(tmp_path, entries_max=10)
        payload = encode_entries([bytes(60_000)] * 4)
        for _ in range(100):
            bench.gossip.received("exchange.example.cn", payload)
        assert bench.gossip._incoming_bytes <= gossip_module.INCOMING_BYTES_MAX
        refused = bench.metrics.registry.get_sample_value("datadeed_entries_refused_total", {"reason": "backlog"})
        assert refused is not None
        assert refused > 0

    run(main())
