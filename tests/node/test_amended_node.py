"""Amended rules in a node: they outlive a restart, reach who catches up, and an entry as long as they may be passes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cluster_in_process import Cluster
from institutions import Institutions, key, run
from served_node import served

from datadeed_ledger import chain
from datadeed_ledger.block import Block
from datadeed_ledger.chain import Executed
from datadeed_ledger.encoding import encode, jcs
from datadeed_ledger.entry import ENTRY_BYTES_MAX, ORDINARY_BYTES_MAX, Entry
from datadeed_ledger.errors import Refused
from datadeed_ledger.events import DOCUMENT_BYTES_MAX
from datadeed_ledger.keys import verify
from datadeed_ledger.register import Register
from datadeed_ledger.rules import shipped
from datadeed_ledger.tiles import parse_entry_bundle
from datadeed_node import layout
from datadeed_node.clock import Clock
from datadeed_node.config import Config
from datadeed_node.database import StoreDamaged
from datadeed_node.gossip import FRAME_FILL_BYTES, frames
from datadeed_node.mempool import Limits, Mempool
from datadeed_node.metrics import Metrics
from datadeed_node.signatures import Signatures
from datadeed_node.snapshot import Moment, Snapshot
from datadeed_node.store import Store
from datadeed_node.store_check import check_store
from datadeed_node.verify_store import verify_store


def check_signature(public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
    verify(public_key, message, signature)


def amendment(institutions: Institutions, number: int, effective: int, *, short: int = 0, **fields: Any) -> Entry:
    """The founding rules with other `fields`, signed by a quorum. short: leaves out so many of the members."""
    roster = institutions.genesis.roster
    signers = {each.member_id: key(f"office {each.name}") for each in roster.members[: roster.quorum - short]}
    data = {"rules": jcs(shipped("demo-fast") | fields), "effective": effective}
    return institutions.entry("amend_rules", signers, data, number)


def long_formats() -> list[str]:
    """A list of formats that makes the rules as long as an entry takes, but for a few bytes."""
    room = (DOCUMENT_BYTES_MAX - len(jcs(shipped("demo-fast")))) // 35
    formats = shipped("demo-fast")["formats"]
    assert isinstance(formats, list)
    return sorted([*map(str, formats), *(f"x{at:031}" for at in range(room))])


def commit(store: Store, *entries: Entry) -> Executed:
    tip = store.tip
    built = chain.build(tip, store, entries, tip.header.time_ms + 1000, 2000, check_signature)
    assert built.left_out == ()
    adopt(store, built.executed)
    return built.executed


def adopt(store: Store, executed: Executed) -> None:
    store.prepare(executed, executed.tip.height, b"certificate").write()
    store.adopt(executed)


@pytest.fixture
def four(tmp_path: Path) -> Institutions:
    return Institutions(tmp_path)


def uses_at(store: Store | Snapshot, time_ms: int) -> set[str]:
    founding = shipped("demo-fast")["uses"]
    assert isinstance(founding, list)
    return set(store.rules_at(time_ms).uses - set(map(str, founding)))


def with_uses(*codes: str) -> dict[str, Any]:
    founding = shipped("demo-fast")["uses"]
    assert isinstance(founding, list)
    return {"uses": sorted([*map(str, founding), *codes])}


def amended(four: Institutions, folder: Path) -> tuple[Store, list[int]]:
    """A store with two amendments; the times of founding, of the first in force, and of the second, still to come."""
    store = Store.open(folder, four.genesis)
    times = [four.founded_ms, four.founded_ms + 2000, four.founded_ms + 60_000]
    commit(store, four.enrol(1))
    commit(store, amendment(four, 2, times[1], **with_uses("benchmark")))
    commit(store, amendment(four, 3, times[2], **with_uses("benchmark", "escrow")))
    return store, times


EXPECTED: list[set[str]] = [set(), {"benchmark"}, {"benchmark", "escrow"}]


def test_rules_in_force_are_the_same_after_a_restart(four: Institutions, tmp_path: Path) -> None:
    store, times = amended(four, tmp_path / "data")
    record = Register(store).rules()
    assert [uses_at(store, time_ms) for time_ms in times] == EXPECTED
    assert [uses_at(store, time_ms - 1) for time_ms in times[1:]] == EXPECTED[:2]
    store.close()

    again = Store.open(tmp_path / "data", four.genesis)
    check_store(again)
    assert Register(again).rules() == record
    assert [uses_at(again, time_ms) for time_ms in times] == EXPECTED
    with pytest.raises(AssertionError):
        commit(again, amendment(four, 4, times[2], **with_uses("benchmark")))  # drops a code of the last version
    commit(again, amendment(four, 5, times[2], **with_uses("benchmark", "escrow", "teaching")))


def test_who_catches_up_comes_to_the_same_rules(four: Institutions, tmp_path: Path) -> None:
    store, times = amended(four, tmp_path / "data")
    behind = Store.open(tmp_path / "behind", four.genesis)
    for height in range(1, store.tip.height + 1):
        block = Block.parse(store.block_at(height))
        adopt(behind, chain.check(behind.tip, behind, block, check_signature))
    assert behind.tip == store.tip
    assert [uses_at(behind, time_ms) for time_ms in times] == EXPECTED


def test_a_snapshot_keeps_the_rules_of_its_moment(four: Institutions, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data", four.genesis)
    commit(store, four.enrol(1))
    before = Snapshot(Moment(store), b"checkpoint")
    effective = store.tip.header.time_ms + 1000
    commit(store, amendment(four, 2, effective, **with_uses("benchmark")))
    after = Snapshot(Moment(store), b"checkpoint")
    assert [uses_at(each, effective) for each in (before, after, store)] == [set(), {"benchmark"}, {"benchmark"}]


def test_a_store_whose_rules_are_not_where_the_record_says_is_damaged(four: Institutions, tmp_path: Path) -> None:
    store, _ = amended(four, tmp_path / "data")
    other = store.entry_index(four.enrol(1).entry_id)
    assert other is not None
    batch = store.batch()
    batch.put(layout.event_key("rules", 1), layout.shortest(other))
    batch.write()
    store.close()
    again = Store.open(tmp_path / "data", four.genesis)
    with pytest.raises(StoreDamaged, match="version 3 of the rules is not found"):
        check_store(again)


def test_institutions_agree_on_amended_rules_and_a_late_one_comes_to_them(tmp_path: Path) -> None:
    async def main() -> None:
        cluster = Cluster(tmp_path)
        four, clock = cluster.institutions, Clock()
        async with cluster.running(0, 1, 2):
            formats = long_formats()
            amended = amendment(four, 1, clock.utc_ms() + 60_000, formats=formats)
            assert len(amended.data) > DOCUMENT_BYTES_MAX - 100
            await cluster.nodes[0].submit(amended.data)
            await cluster.recorded(amended)
            late = await cluster.start(3)
            await cluster.recorded(amended)
            effective = amended.body.data["effective"]
            assert late.store.rules_at(effective).formats == frozenset(formats)
            assert late.store.rules_at(effective - 1) == cluster.nodes[0].store.rules_at(effective - 1)
            await cluster.level()
            cluster.assert_agreement()

    run(main())


# --- long entries ----------------------------------------------------------------------------------------------------


def test_the_pool_takes_a_long_entry_and_every_block_has_room_for_it(four: Institutions, tmp_path: Path) -> None:
    store, metrics = Store.open(tmp_path / "data", four.genesis), Metrics()
    pool = Mempool(
        store,
        Signatures(metrics),
        metrics,
        Clock(),
        Limits(100, 1 << 20),
        changed=lambda _: None,
        dropped=lambda *_: None,
    )
    entry = amendment(four, 1, Clock().utc_ms() + 60_000, formats=long_formats())
    assert ENTRY_BYTES_MAX - 4096 < len(entry.data) <= ENTRY_BYTES_MAX
    pool.admit(entry.data, "gossip")
    smallest = next(each.ge for each in Config.model_fields["block_bytes_max"].metadata if hasattr(each, "ge"))
    assert smallest >= ENTRY_BYTES_MAX
    assert pool.candidates(1, smallest) == [entry]
    assert ENTRY_BYTES_MAX <= FRAME_FILL_BYTES
    assert len(list(frames([entry.data] * 3))) == 1
    with pytest.raises(Refused, match="109"):
        pool.admit(amendment(four, 2, Clock().utc_ms() + 60_000, short=1).data, "api")


def test_a_long_amendment_goes_through_the_door_the_log_and_verification(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            entry = amendment(node.institutions, 1, Clock().utc_ms() + 60_000, formats=long_formats())
            assert len(entry.data) > DOCUMENT_BYTES_MAX - 100
            answer = await node.post(entry, "/entries?wait=true")
            assert answer.status_code == 200, answer.text
            index = answer.json()["index"]
            size = (await node.client.get("/checkpoint")).text.split("\n")[1]
            bundle = (await node.client.get(f"/tile/entries/000.p/{size}")).content
            assert parse_entry_bundle(bundle)[index] == entry.data
            shown = (await node.client.get(f"/entries/{entry.entry_id.hex()}")).json()
            assert shown["body"]["data"]["rules"] == entry.body.data["rules"].hex()

            body = replace(node.deposit().body, data=dict(node.deposit().body.data) | {"media_type": "x" * 16_000})
            refused = await node.post(encode([body.to_bytes(), [bytes(64)]]))
            assert (refused.status_code, refused.json()["kind"]) == (400, "malformed")
            assert f"at most {ORDINARY_BYTES_MAX} are allowed for an entry of the kind deposit" in refused.text
            assert (await node.post(bytes(ENTRY_BYTES_MAX + 1))).status_code == 413
        institutions = node.institutions
        found = verify_store(institutions.config(0), institutions.genesis, lambda *_: None)
        assert found.entries == 1

    run(main())
