"""Institutions that only cosign: each a store and a cosigner, and a table over which their messages go by hand."""

from __future__ import annotations

from collections.abc import Sequence

from following_rosters import secret
from institutions import Institutions

from datadeed_ledger import chain
from datadeed_ledger.chain import Executed
from datadeed_ledger.entry import Entry
from datadeed_ledger.roster import Roster
from datadeed_node.clock import Clock
from datadeed_node.cosigner import Cosigner, CosignerKeys
from datadeed_node.metrics import Metrics
from datadeed_node.signatures import Signatures
from datadeed_node.snapshot import Snapshot
from datadeed_node.store import Store


class Seat:
    """One institution's store and cosigner; what it sends waits until the test delivers it."""

    def __init__(self, four: Institutions, name: str, clock: Clock | None = None) -> None:
        self.name = name
        self.four = four
        self.metrics = Metrics()
        self.store = Store.open(four.folder / name / "data", four.genesis)
        self.sent: list[tuple[str | None, bytes]] = []
        self.published: list[Snapshot] = []
        self.cosigner = Cosigner(
            self.store,
            name,
            self._keys,
            clock or Clock(),
            self.metrics,
            send=lambda peer, payload: self.sent.append((peer, payload)),
            published=self.published.append,
        )

    def _keys(self, roster: Roster) -> CosignerKeys:
        member = roster.by_name(self.name)
        assert member is not None, "nobody else is asked for keys"
        return CosignerKeys(
            secret("cosign", self.name, member.cosign.public_key), secret("log", self.name, member.log.public_key)
        )

    def commit(self, executed: Executed, *, cosigned: bool = True, certificate: bytes = b"x") -> None:
        batch = self.store.prepare(executed, executed.tip.height, certificate)
        if cosigned:
            self.cosigner.sign(executed.tip, batch)
        batch.write()
        self.store.adopt(executed)
        if cosigned:
            self.cosigner.committed()

    def keep(self) -> bool:
        """What a node does once a second: make durable what is owed; whether anything was."""
        batch = self.store.batch()
        owed = self.cosigner.unsigned()
        if self.cosigner.sign(self.store.tip, batch):
            batch.write()
        self.cosigner.committed()
        return owed

    def build(self, *entries: Entry) -> Executed:
        tip = self.store.tip
        check = Signatures(self.metrics).check
        made = chain.build(tip, self.store, entries, tip.header.time_ms + 1, 2000, check)
        assert made.left_out == ()
        return made.executed

    def restarted(self, clock: Clock | None = None) -> Seat:
        """The same institution in a new process, which has begun as a node does."""
        self.store.close()
        again = Seat(self.four, self.name, clock)
        again.keep()
        return again


def deliver(seats: Sequence[Seat], *receivers: str) -> None:
    """Everything that was sent reaches `receivers` (all, if none is named), and no one else."""
    for seat in seats:
        sent, seat.sent = seat.sent, []
        for peer, payload in sent:
            for other in seats:
                if other is not seat and peer in (None, other.name) and (not receivers or other.name in receivers):
                    other.cosigner.received(seat.name, payload)
