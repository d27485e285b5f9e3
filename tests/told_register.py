"""A register's story, told in memory and then to a real store or a real node: the same entries at the same times.

`ToldRegister` is the register in memory for a given ledger; it keeps what it recorded, each entry with its time. What
it holds at the end is what a store or a node must hold that was told the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from institutions import EVERY_ROLE, Institutions
from registerkit import (
    COURT,
    EXCHANGE,
    HOUR_MS,
    MONDAY_NOON_MS,
    NOTARY,
    OFFICE,
    ORIGIN,
    OTHER_COURT,
    OTHER_OFFICE,
    RegisterKit,
    check_signature,
    key,
    roster,
    shares,
)
from served_node import QUICK, Served

from datadeed_ledger import chain
from datadeed_ledger.chain import Executed
from datadeed_ledger.entry import Entry
from datadeed_ledger.roster import Genesis
from datadeed_ledger.rules import RuleSet, shipped
from datadeed_node.api.app import NodeApi
from datadeed_node.api.server import ApiServer, listen
from datadeed_node.clock import Clock
from datadeed_node.snapshot import Moment, Snapshot
from datadeed_node.store import Store

FOUNDED_MS = MONDAY_NOON_MS - HOUR_MS
OFFICE_NAME = "ip-office.example.cn"
INSTITUTIONS = (COURT, EXCHANGE, NOTARY, OFFICE, OTHER_COURT, OTHER_OFFICE)


def six(**changed: Any) -> Genesis:
    """A ledger of the six institutions of registerkit, which nobody runs. changed: what differs in its rules."""
    return Genesis.of(ORIGIN, FOUNDED_MS, {}, {}, shipped("beijing-2023") | changed, roster())


class ToldRegister(RegisterKit):
    """A register in memory of the ledger that `genesis` founds. told: (time in ms, entry) of all it has recorded."""

    def __init__(self, genesis: Genesis) -> None:
        super().__init__(RuleSet.from_json(genesis.rules), genesis.time_ms)
        self.now_ms += HOUR_MS
        self.ledger, self.roster = genesis.fingerprint, genesis.roster
        self.told: list[tuple[int, Entry]] = []
        self.keys = {member.member_id: key(f"office {member.name}") for member in genesis.roster.members}

    def entry(self, kind: str, by: Iterable[bytes], data: Mapping[str, Any], **changed: Any) -> Entry:
        """Where the ledger has one institution alone, it acts for all."""
        alone = len(self.roster.members) == 1
        acting = {OFFICE if alone and signer in INSTITUTIONS else signer for signer in by}
        return super().entry(kind, acting, data, **changed)

    def record(self, entry: Entry) -> bytes:
        recorded = super().record(entry)
        self.told.append((self.now_ms, entry))
        return recorded


# --- to a store ------------------------------------------------------------------------------------------------------


def tell(store: Store, told: Sequence[tuple[int, Entry]]) -> Iterator[Executed]:
    """Commit each entry in a block of its own, of its time or just after the block before."""
    for time_ms, entry in told:
        yield commit(store, max(time_ms, store.tip.header.time_ms + 1), entry)


def commit(store: Store, time_ms: int, *entries: Entry) -> Executed:
    built = chain.build(store.tip, store, entries, time_ms, 2000, check_signature)
    assert built.left_out == (), built.left_out
    store.prepare(built.executed, store.tip.height + 1, b"certificate").write()
    store.adopt(built.executed)
    return built.executed


def snapshot_of(store: Store) -> Snapshot:
    """The store's tip as if it were published."""
    return Snapshot(Moment(store), b"no checkpoint")


# --- to a node -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetClock(Clock):
    """A world's clock that is set by hand, forward only, and runs on from there."""

    ahead_ms: list[int] = field(default_factory=lambda: [0])

    def utc_ms(self) -> int:
        return Clock.utc_ms(self) + self.ahead_ms[0]

    def go_to(self, now_ms: int) -> None:
        self.ahead_ms[0] += max(0, now_ms - self.utc_ms())


class ServedRegister(Served):
    """A node that was told a story, at the times of the story."""

    clock: SetClock
    kit: ToldRegister

    async def catch_up(self) -> None:
        """Tell the node what the register has recorded since."""
        while self.kit.told:
            time_ms, entry = self.kit.told.pop(0)
            self.clock.go_to(time_ms)
            answer = await self.post(entry, "/entries?wait=true")
            assert answer.status_code == 200, answer.text

    async def go_to(self, date: str, *, hour: int = 12) -> None:
        """Publish a checkpoint of that time."""
        await self.catch_up()
        self.kit.go_to(date, hour=hour)
        self.kit.deposit(OFFICE)
        await self.catch_up()

    async def get(self, path: str, status: int = 200) -> Any:
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text
        return answer.json()


@asynccontextmanager
async def served_register(folder: Path, rules: str = "beijing-2023") -> AsyncIterator[ServedRegister]:
    """One institution with every role, its node, and an empty register on a Monday at noon."""
    institutions = Institutions(
        folder, consensus=QUICK, roles={OFFICE_NAME: EVERY_ROLE}, founded_ms=FOUNDED_MS, rules=rules
    )
    clock = SetClock(MONDAY_NOON_MS - Clock().utc_ms())
    node = institutions.node(0, clock)
    await node.start()
    server = ApiServer(NodeApi(node), listen("127.0.0.1", 0))
    server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=20) as client:
            served = ServedRegister(institutions, node, server, client)
            served.clock, served.kit = clock, ToldRegister(institutions.genesis)
            yield served
    finally:
        await server.stop()
        await node.stop()


# --- a long story ----------------------------------------------------------------------------------------------------


def a_long_story(kit: ToldRegister) -> dict[str, bytes]:
    """Every kind that changes a right, on a handful of rights; the ids of what is told of."""
    alice, bob, carol, bank = kit.enrol("alice", "bob", "carol", "bank")
    title = kit.registered(alice, bob, number=1, industry="65")
    pledged = kit.registered(bob, number=2)
    ids = {"corrected": kit.correcting(alice), "objected": kit.published(alice), "left": kit.correcting(bob)}
    kit.record(kit.correct_entry(ids["corrected"]))
    ids["objection"] = kit.record(kit.object_entry(ids["objected"], carol))
    kit.record(kit.object_entry(ids["objected"], bank))
    kit.record(kit.decide_entry(ids["objected"], ids["objection"], "dismissed"))
    ids["examining"] = kit.application(carol, industry="54")
    ids["title"], ids["pledged"] = title, pledged
    ids["licence"] = kit.licensed(ids["title"], carol)
    ids["freeze"] = kit.frozen(ids["title"], months=1)
    ids["queued"] = kit.frozen(ids["title"], OTHER_COURT, months=2)
    kit.record(kit.note_dispute_entry(ids["title"]))
    kit.go_to(kit.day(45))
    kit.record(kit.renew_freeze_entry(ids["title"], ids["queued"], OTHER_COURT, months=3))
    kit.record(kit.unfreeze_entry(ids["title"], ids["queued"], OTHER_COURT))
    ids["transfer"] = kit.transfer(ids["title"], carol)
    kit.record(kit.approve_entry(ids["title"], ids["transfer"]))
    kit.pledged(ids["pledged"], bank)
    frozen = kit.frozen(ids["pledged"])
    kit.record(kit.enforce_transfer_entry(ids["pledged"], shares(bank), ends_pledge=True))
    kit.record(kit.revoke_entry(ids["title"]))
    kit.record(kit.correct_record_entry(ids["title"], kit.told[-1][1].entry_id, status="registered"))
    change = kit.record(kit.change_entry(ids["title"], industry="01"))
    kit.record(kit.approve_entry(ids["title"], change))
    cancel = kit.record(kit.cancel_entry(ids["pledged"]))
    kit.record(kit.approve_entry(ids["pledged"], cancel))
    ids["asset"] = kit.asset(carol, ids["title"])
    kit.record(kit.record_contract_entry(carol, bob, asset=ids["asset"], right=ids["title"]))
    return ids | {"ended_freeze": frozen, "alice": alice, "bob": bob, "carol": carol, "bank": bank}
