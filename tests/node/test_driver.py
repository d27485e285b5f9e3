"""The driver where an epoch ends, with scripted cores: what the next core hears, in which order, and from whom."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from institutions import Institutions, run, until
from one_core import GENESIS, OneCore
from succession import Succession

from datadeed_consensus import effects as fx
from datadeed_consensus.core import Core
from datadeed_ledger.chain import Executed
from datadeed_ledger.roster import Roster
from datadeed_node.clock import Clock
from datadeed_node.cosigner import Cosigner
from datadeed_node.driver import Driver
from datadeed_node.epochs import Epochs
from datadeed_node.execution import Execution, Packing
from datadeed_node.mempool import Limits, Mempool
from datadeed_node.metrics import Metrics
from datadeed_node.signatures import Signatures
from datadeed_node.store import Store
from datadeed_node.terms import Term
from datadeed_node.writer import Writer

LAST = b"the last message of the epoch"


class Scripted(Core):
    """Writes down its inputs; at one message its epoch ends, and it still asks for a block that nobody will want."""

    def __init__(self) -> None:
        self.heard: list[fx.Input] = []

    def step(self, now_mono_ms: int, now_utc_ms: int, given: fx.Input) -> tuple[fx.Effect, ...]:
        del now_mono_ms, now_utc_ms
        self.heard.append(given)
        if not isinstance(given, fx.Message) or given.data != LAST:
            return (fx.Wake(None),)
        bad = fx.Execute(bytes(32), b"no block", bytes(32))
        return bad, fx.Send(given.peer, b"to one"), fx.Broadcast(b"to all"), fx.EpochEnded(1, bytes(32)), fx.Wake(0)


class Bench:
    """A driver over a real store, whose terms have scripted cores. It is what stands around the driver too."""

    def __init__(self, folder: Path) -> None:
        self.four = Institutions(folder)
        succession = Succession(self.four)
        succession.joining("a-first.example.cn", "notary")
        founding = succession.roster
        succession.change(self.four.members[4], without=[3])
        self.cores = [Scripted(), Scripted()]
        self.terms = [
            self._term(roster, core) for roster, core in zip((founding, succession.roster), self.cores, strict=True)
        ]
        self.sent: list[tuple[str | frozenset[str], bytes]] = []
        self.store = Store.open(folder / "data", self.four.genesis)
        self.driver = self.started(Metrics())

    def started(self, metrics: Metrics) -> Driver:
        """A driver over what the store holds now."""
        clock = Clock()
        signatures, limits = Signatures(metrics), Limits(100, 1 << 20)
        pool = Mempool(self.store, signatures, metrics, clock, limits, changed=lambda _: None, dropped=lambda *_: None)
        following = iter(self.terms)
        return Driver(
            lambda: next(following),
            Epochs(self.store),
            self.store,
            Execution(self.store, pool, signatures, metrics, Packing(100, 1 << 20)),
            Cosigner(
                self.store,
                self.four.names[0],
                lambda _: None,
                clock,
                metrics,
                send=lambda *_: None,
                published=lambda _: None,
            ),
            Writer(metrics),
            self,
            clock,
            metrics,
        )

    def _term(self, roster: Roster, core: Core) -> Term:
        own = self.four.names[0]
        others = frozenset(member.name for member in roster.members) - {own}
        return Term(core, roster, bytes(32), own, roster.by_name(own), others)

    def send(self, peer: str, data: bytes) -> None:
        self.sent.append((peer, data))

    def broadcast(self, peers: Collection[str], data: bytes) -> None:
        self.sent.append((frozenset(peers), data))

    def hold(self, peer: str, *, held: bool) -> None:
        raise AssertionError(f"so little is never held: {peer} {held}")

    def silenced(self) -> None:
        raise AssertionError("no votes are lost here")

    def committed(self, executed: Executed) -> None:
        raise AssertionError(f"nothing is delivered here: {executed}")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.store.close()


def test_the_next_core_hears_of_links_and_work_and_then_what_waits_each_from_its_new_place(bench: Bench) -> None:
    """Founding places: court 0 (this node), exchange 1, ip-office 2, notary 3. Then a-first 0, court 1, and so on."""
    _, exchange, office, notary, joining = bench.four.names

    async def main() -> None:
        driver = bench.driver
        for peer in (exchange, notary, joining):
            driver.peer(peer, up=True)
        driver.peer(office, up=True)
        driver.peer(office, up=False)
        driver.work(True)
        driver.message(office, LAST)
        driver.message(exchange, b"waits")
        driver.message(notary, b"of who left")
        driver.message(joining, b"of who joined")
        driving = asyncio.create_task(driver.run())
        await until(lambda: fx.Message(0, b"of who joined") in bench.cores[1].heard, "all is heard")
        driving.cancel()

    run(main())
    assert bench.cores[0].heard == [
        fx.Start(),
        fx.PeerUp(1),
        fx.PeerUp(3),
        fx.PeerUp(2),
        fx.PeerDown(2),
        fx.WorkPending(True),
        fx.Message(2, LAST),
    ]
    assert [given for given in bench.cores[1].heard if not isinstance(given, fx.Tick)] == [
        fx.Start(),
        fx.PeerUp(0),
        fx.PeerUp(2),
        fx.WorkPending(True),
        fx.Message(2, b"waits"),
        fx.Message(0, b"of who joined"),
    ], "no answer that the first core waited for, and nothing of who has left"
    assert bench.sent == [(office, b"to one"), (frozenset((exchange, office, notary)), b"to all")]
    assert bench.driver.term is bench.terms[1]


def test_evidence_of_double_votes_is_known_after_a_restart(bench: Bench) -> None:
    core = OneCore().start()
    core.hear_votes(core.peers.notarize(GENESIS.child(b"a"), 1, 0), 2)
    core.hear_votes(core.peers.notarize(GENESIS.child(b"b"), 1, 0), 2)
    (record,) = core.did(fx.RecordEvidence)
    batch = bench.store.batch()
    bench.store.add_consensus_rows(batch, core.rows.items(), ())
    damaged = b"e" + bytes(19)
    bench.store.add_consensus_rows(batch, [(damaged, b"no checksum")], ())
    batch.write()
    metrics = Metrics()
    assert bench.started(metrics).evidence == {record.key: record.evidence}
    assert b"datadeed_evidence_total 1.0" in metrics.exposition()
