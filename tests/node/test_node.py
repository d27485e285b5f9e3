"""Whole nodes in one process over real sockets and LevelDB: from a submitted entry to a proof, and failures."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from cluster_in_process import Cluster
from institutions import Institutions, run, soon, until

from datadeed_ledger.checkpoint import verify_checkpoint
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Busy, DatadeedError, Malformed, Refused
from datadeed_ledger.merkle import inclusion_path, leaf_hash, verify_inclusion
from datadeed_node import layout
from datadeed_node.clock import Clock
from datadeed_node.node import Node


async def proven(node: Node, entry: Entry) -> int:
    return await node.wait_proven(entry.entry_id, 20)


def check_proof(node: Node, entry: Entry, index: int) -> None:
    """What a judge would do with the node's published state."""
    snapshot = node.published()
    assert snapshot is not None
    checkpoint = verify_checkpoint(snapshot.checkpoint, node.genesis.roster, snapshot.tip.header).checkpoint
    path = inclusion_path(index, checkpoint.size, snapshot.hash)
    verify_inclusion(index, checkpoint.size, leaf_hash(entry.data), path, checkpoint.root)


def test_one_institution_alone_records_and_proves(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path, 1).running() as cluster:
            node, entry = cluster.nodes[0], cluster.institutions.enrol(1)
            await node.submit(entry.data)
            check_proof(node, entry, await proven(node, entry))

    run(main())


def test_four_institutions_record_an_entry_and_each_proves_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path).running() as cluster:
            entry = cluster.institutions.enrol(1)
            await cluster.nodes[2].submit(entry.data)
            indexes = {await proven(node, entry) for node in cluster.nodes.values()}
            assert len(indexes) == 1
            await cluster.level()
            for node in cluster.nodes.values():
                check_proof(node, entry, indexes.copy().pop())
            cluster.assert_agreement()

    run(main())


def test_entries_through_every_door_are_recorded_once_in_one_order(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path).running() as cluster:
            await cluster.nodes[0].submit(cluster.institutions.enrol(1).data)
            await cluster.recorded(cluster.institutions.enrol(1))
            entries = [cluster.institutions.deposit(number, party=1) for number in range(400)]
            for at in range(0, 400, 50):
                for node in (cluster.nodes[at % 4], cluster.nodes[(at + 1) % 4]):
                    results = await node.submit_batch([entry.data for entry in entries[at : at + 50]])
                    assert all(isinstance(result, Entry) for result in results)
            await cluster.recorded(*entries)
            await cluster.level()
            cluster.assert_agreement()
            leaves = [data for _, data in cluster.nodes[0].store.leaves(0, cluster.nodes[0].store.tip.log_size)]
            assert {leaves.count(entry.data) for entry in entries} == {1}
            for node in cluster.nodes.values():
                checks = node.metrics.registry.get_sample_value("datadeed_signature_checks_total")
                assert checks is not None
                assert 401 <= checks <= 403 + 5, "each signature is verified once a node; the key proof is one more"

    run(main())


def test_a_node_that_was_away_catches_up_with_a_history_of_many_blocks(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path).running(0, 1, 2) as cluster:
            node = cluster.nodes[0]
            for number in range(100):
                entry = cluster.institutions.deposit(number)
                await node.submit(entry.data)
                await soon(proven(node, entry))
            begun_s = time.monotonic()
            late = await cluster.start(3)
            await until(lambda: late.store.tip.height >= node.store.tip.height, "level with the others")
            assert time.monotonic() - begun_s < 10
            assert late.store.entry_index(entry.entry_id) is not None
            await cluster.level()
            cluster.assert_agreement()

    run(main(), deadline_s=120)


def test_with_one_of_four_gone_entries_are_final_in_time_and_it_comes_back(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path).running() as cluster:
            for victim in range(4):
                await cluster.crash(victim)
                door = cluster.nodes[(victim + 1) % 4]
                entry = cluster.institutions.deposit(victim)
                begun_s = time.monotonic()
                await door.submit(entry.data)
                await soon(proven(door, entry))
                assert time.monotonic() - begun_s < 5
                await cluster.start(victim)
                await cluster.recorded(entry, deadline_s=10)
            await cluster.level()
            cluster.assert_agreement()

    run(main(), deadline_s=120)


def test_with_two_of_four_gone_nothing_is_acknowledged_and_work_resumes_when_one_returns(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path).running() as cluster:
            await cluster.crash(1)
            await cluster.crash(2)
            entry = cluster.institutions.deposit(1)
            await cluster.nodes[0].submit(entry.data)
            with pytest.raises(TimeoutError):
                await cluster.nodes[0].wait_proven(entry.entry_id, 1.5)
            assert all(node.store.entry_index(entry.entry_id) is None for node in cluster.nodes.values())
            await cluster.start(1)
            await cluster.recorded(entry)
            await cluster.start(2)
            await cluster.recorded(entry)
            await cluster.level()
            cluster.assert_agreement()

    run(main(), deadline_s=120)


def test_all_restart_at_once_and_go_on_where_they_were(tmp_path: Path) -> None:
    async def main() -> None:
        cluster = Cluster(tmp_path)
        async with cluster.running():
            first = cluster.institutions.deposit(1)
            await cluster.nodes[0].submit(first.data)
            await cluster.recorded(first)
            for at in range(4):
                await cluster.crash(at)
            for at in range(4):
                node = await cluster.start(at)
                assert node.may_vote
            second = cluster.institutions.deposit(2)
            await cluster.nodes[3].submit(second.data)
            await cluster.recorded(first, second)
            await cluster.level()
            cluster.assert_agreement()

    run(main())


def test_a_node_with_a_damaged_store_is_made_whole_by_the_others_and_votes_no_more(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path).running() as cluster:
            entries = [cluster.institutions.deposit(number) for number in range(20)]
            for entry in entries:
                await cluster.nodes[0].submit(entry.data)
                await cluster.recorded(entry)
            await cluster.level()
            victim = cluster.nodes[3]
            index = victim.store.entry_index(entries[7].entry_id)
            assert index is not None
            batch = victim.store.batch()
            batch.delete(layout.leaf_key(index))
            batch.write()
            await cluster.crash(3)
            again = await cluster.start(3)
            assert not again.may_vote
            await cluster.recorded(*entries)
            last = cluster.institutions.deposit(99)
            await again.submit(last.data)
            await cluster.recorded(last)
            await cluster.level()
            cluster.assert_agreement()
            assert again.store.leaf(index) == entries[7].data

    run(main())


def test_a_hundred_at_a_time_until_busy_and_all_are_accepted_on_retry(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path, mempool_entries_max=300).running() as cluster:
            node = cluster.nodes[0]
            entries = [cluster.institutions.deposit(number) for number in range(1500)]
            left, busy = list(entries), 0
            while left:
                results = await node.submit_batch([entry.data for entry in left])
                assert all(isinstance(result, Entry | Busy) for result in results)
                left = [entry for entry, result in zip(left, results, strict=True) if isinstance(result, Busy)]
                busy += len(left)
                await asyncio.sleep(0.02)
            assert busy > 0
            await cluster.recorded(*entries)
            cluster.assert_agreement()

    run(main())


def test_bad_entries_are_refused_at_the_door_and_good_ones_go_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path).running() as cluster:
            node, institutions = cluster.nodes[1], cluster.institutions
            stranger = Institutions(tmp_path / "other").deposit(1)
            good = institutions.deposit(1)
            for data, kind in (
                (b"", Malformed),
                (good.data[:-1], Malformed),
                (good.data + b"\x00", Malformed),
                (bytes(100_000), Malformed),
                (stranger.data, Refused),
                (institutions.deposit(2, party=5).data, Refused),
            ):
                with pytest.raises(kind):
                    await node.submit(data)
            results = await node.submit_batch([b"", good.data, stranger.data])
            assert [type(result) for result in results] == [Malformed, Entry, Refused]
            await cluster.recorded(good)
            assert await node.submit(good.data) == good, "a recorded entry may be submitted again"
            with pytest.raises(Refused):
                await node.submit(stranger.data)

    run(main())


def test_who_waits_for_an_entry_that_can_pass_no_more_is_told_why(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path).running() as cluster:
            institutions, node = cluster.institutions, cluster.nodes[0]
            first = institutions.enrol(1)
            office, office_key = institutions.office("registrar")
            rival = institutions.entry("enrol", {office.member_id: office_key}, dict(first.body.data), 2)
            results = await asyncio.gather(
                *(node.submit_batch([first.data, rival.data]) for node in cluster.nodes.values())
            )
            assert all(isinstance(each, Entry) for result in results for each in result)
            outcomes: list[int | DatadeedError] = []
            for entry in (first, rival):
                try:
                    outcomes.append(await node.wait_proven(entry.entry_id, 10))
                except Refused as error:
                    outcomes.append(error)
            assert sorted(type(each).__name__ for each in outcomes) == ["Refused", "int"]

    run(main())


def test_events_can_be_read_from_any_index_and_go_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path, 1).running() as cluster:
            node = cluster.nodes[0]
            entries = [cluster.institutions.deposit(number) for number in range(6)]
            seen: list[tuple[int, bytes]] = []

            async def follow(first: int, count: int) -> None:
                async for event in node.events(first):
                    seen.append(event)
                    if len(seen) == count:
                        return

            following = asyncio.create_task(follow(0, 6))
            for entry in entries:
                await node.submit(entry.data)
                await proven(node, entry)
            await soon(following)
            assert [data for _, data in seen] == [entry.data for entry in entries]
            assert [node.store.entry_index(entry.entry_id) for entry in entries] == [index for index, _ in seen]
            third = seen[2][0]
            seen.clear()
            await soon(follow(third, 4))
            assert seen[0] == (third, entries[2].data)

    run(main())


def test_an_idle_ledger_stays_quiet_and_wakes_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path).running() as cluster:
            entry = cluster.institutions.deposit(1)
            await cluster.nodes[0].submit(entry.data)
            await cluster.recorded(entry)
            await asyncio.sleep(1.0)
            height = cluster.nodes[0].store.tip.height
            await asyncio.sleep(2.0)
            assert cluster.nodes[0].store.tip.height == height
            entries = [cluster.institutions.deposit(number) for number in range(2, 102)]
            begun_s = time.monotonic()
            await cluster.nodes[1].submit_batch([entry.data for entry in entries])
            await cluster.recorded(*entries)
            assert time.monotonic() - begun_s < 0.5

    run(main())


def test_clocks_that_are_off_within_the_slack_do_no_harm(tmp_path: Path) -> None:
    async def main() -> None:
        cluster = Cluster(tmp_path)
        for at, offset_ms in enumerate((0, 300, -300, 150)):
            await cluster.start(at, clock=Clock(offset_ms))
        for number in range(8):
            entry = cluster.institutions.deposit(number)
            await cluster.nodes[number % 4].submit(entry.data)
            await cluster.recorded(entry)
        await cluster.level()
        cluster.assert_agreement()
        await asyncio.gather(*(node.stop() for node in cluster.nodes.values()))

    run(main())


def test_stopping_is_graceful_and_says_why_when_it_was_not_asked_for(tmp_path: Path) -> None:
    async def main() -> None:
        cluster = Cluster(tmp_path, 1)
        node = await cluster.start(0)
        await node.stop()
        await node.stop()
        assert await node.stopped() == ""
        with pytest.raises(Busy):
            await node.submit(cluster.institutions.deposit(1).data)
        node = await cluster.start(0)
        node._driver.halted = "test: a reason"
        node._driver.cosign_now()
        assert "a reason" in await soon(node.stopped())

    run(main())
