"""The seam between the pure core and the world: crashes between any two effects, and the order of disk and network."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest
from cluster_in_process import Cluster, count_effects
from institutions import run, soon, until

from datadeed_consensus import effects as fx
from datadeed_consensus.messages import Proposal, VoteMessage, decode_message
from datadeed_ledger.entry import Entry
from datadeed_node.database import Batch
from datadeed_node.node import Node
from datadeed_node.store_check import check_store
from datadeed_node.wire import Channel


def test_alone_a_crash_between_any_two_effects_leaves_this_block_or_the_one_before(tmp_path: Path) -> None:
    """The effects of one member are the same in every run, so the sweep meets each of them."""

    async def record_one(folder: Path, crash_before: int) -> list[str]:
        """Crash once, start again, record the entry; the effects up to the crash."""
        cluster = Cluster(folder, 1)
        entry, names = cluster.institutions.enrol(1), []
        node = await cluster.start(
            0,
            before=lambda node: count_effects(
                node, crash_before, lambda _, effect: names.append(type(effect).__name__)
            ),
        )
        await node.submit(entry.data)
        await until(
            lambda: not node._running or node.store.entry_index(entry.entry_id) is not None, "a crash or a block"
        )
        crashed = not node._running
        await cluster.crash(0)
        again = await cluster.start(0)
        check_store(again.store)
        assert again.may_vote
        await again.submit(entry.data)
        await soon(again.wait_proven(entry.entry_id, 10))
        leaves = [data for _, data in again.store.leaves(0, again.store.tip.log_size)]
        assert leaves.count(entry.data) == 1
        await again.stop()
        return names if crashed else []

    async def main() -> None:
        met: set[str] = set()
        for crash_before in range(1, 200):
            names = await record_one(tmp_path / str(crash_before), crash_before)
            if not names:
                break
            met.add(names[-1])
        else:
            pytest.fail("one entry takes fewer than 200 effects")
        assert {"Persist", "Build", "Execute", "Deliver", "Wake"} <= met
        assert crash_before > 8

    run(main(), deadline_s=120)


async def start_to_crash(cluster: Cluster, crash_before: int, names: set[str]) -> Node:
    """Start the fourth node so that it crashes in place of this effect, whose name is then in `names`."""

    def counted(done: int, effect: fx.Effect) -> None:
        if done == crash_before:
            names.add(type(effect).__name__)

    return await cluster.start(3, before=lambda node: count_effects(node, crash_before, counted))


async def crashed_or_recorded(node: Node, entry: Entry) -> None:
    await until(
        lambda: not node._running or node.store.entry_index(entry.entry_id) is not None,
        "crashed, or recorded here too",
    )


def test_no_node_ever_emits_conflicting_votes_across_crashes_between_any_two_effects(tmp_path: Path) -> None:
    async def main() -> None:
        cluster = Cluster(tmp_path)
        names: set[str] = set()
        async with cluster.running(0, 1, 2):
            number = 0
            for crash_before in range(1, 81):
                victim = await start_to_crash(cluster, crash_before, names)
                while victim._running:
                    number += 1
                    entry = cluster.institutions.deposit(number)
                    await cluster.nodes[number % 3].submit(entry.data)
                    await crashed_or_recorded(victim, entry)
                await cluster.crash(3)
            node = await cluster.start(3)
            assert node.may_vote
            await cluster.level()
            cluster.assert_agreement()
            assert {"Persist", "Broadcast", "Execute", "Deliver", "Wake"} <= names
            victim_name = cluster.institutions.names[3]
            voted = {view for _, sender, view in cluster.recorder.votes if sender == victim_name}
            assert len(voted) > 8, "the victim voted between its crashes"

    run(main(), deadline_s=180)


def watch_order(node: Node, wrong: list[str]) -> None:
    """Write down every own vote that leaves this node before LevelDB holds it."""
    join = node._join

    def joined() -> None:
        join()
        driver, links, broadcast, send = node._driver, node._links, node._links.broadcast, node._links.send

        def check(channel: Channel, payload: bytes) -> None:
            if channel is not Channel.CONSENSUS:
                return
            term = driver.term
            message = decode_message(payload, term.epoch_id, term.roster.size)
            if isinstance(message, VoteMessage | Proposal):
                vote = message.vote
                rows = node.store.consensus_rows()
                held = any(vote.signature in row for row in rows.values())
                if not held and vote.statement.view > term.core.final_view:
                    wrong.append(f"{vote.statement.kind.name} of view {vote.statement.view}")

        def checked_broadcast(channel: Channel, payload: bytes, peers: Collection[str] | None = None) -> None:
            check(channel, payload)
            broadcast(channel, payload, peers)

        def checked_send(peer: str, channel: Channel, payload: bytes) -> None:
            check(channel, payload)
            send(peer, channel, payload)

        links.broadcast, links.send = checked_broadcast, checked_send

    node._join = joined


async def traffic(cluster: Cluster, count: int) -> None:
    for number in range(count):
        entry = cluster.institutions.deposit(number)
        await cluster.nodes[number % 4].submit(entry.data)
        await cluster.recorded(entry)


def test_nothing_is_sent_before_its_persist_is_durable(tmp_path: Path) -> None:
    async def main() -> None:
        wrong: list[str] = []
        cluster = Cluster(tmp_path)
        for at in range(4):
            await cluster.start(at, before=lambda node: watch_order(node, wrong))
        async with cluster.running_now():
            await traffic(cluster, 20)
        assert wrong == []

    run(main())


def test_a_driver_that_would_send_first_is_caught_by_that_check(tmp_path: Path) -> None:
    def hasty(node: Node) -> None:
        watch_order(node, wrong)
        join = node._join

        def joined() -> None:
            join()
            perform = node._driver.perform

            async def performed(effect: fx.Effect) -> None:
                if not isinstance(effect, fx.Persist):
                    await perform(effect)

            node._driver.perform = performed

        node._join = joined

    wrong: list[str] = []

    async def main() -> None:
        cluster = Cluster(tmp_path)
        for at in range(4):
            await cluster.start(at, before=hasty)
        async with cluster.running_now():
            await traffic(cluster, 1)
        assert wrong

    run(main())


def test_after_a_failed_write_nothing_more_leaves_the_node_and_its_process_ends(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path).running() as cluster:
            victim, ended, sent = cluster.nodes[2], [], []
            await traffic(cluster, 1)
            broadcast = victim._links.broadcast

            def failing(batch: Batch) -> None:
                raise OSError("no space left on device")

            def counted(channel: Channel, payload: bytes, peers: Collection[str] | None = None) -> None:
                if ended and channel is Channel.CONSENSUS:
                    sent.append(payload)
                broadcast(channel, payload, peers)

            victim._writer._abort = ended.append
            victim._links.broadcast = counted
            with pytest.MonkeyPatch.context() as patch:
                store_batch = victim.store.batch

                class Full:
                    def __init__(self) -> None:
                        self.put = self.delete = store_batch().put

                    def write(self) -> None:
                        raise OSError("no space left on device")

                patch.setattr(victim.store, "batch", Full)
                patch.setattr(victim.store, "add_consensus_rows", lambda *_: None)
                await cluster.nodes[0].submit(cluster.institutions.deposit(50).data)
                await until(lambda: ended, "the process was ended")
            assert ended == ["no space left on device"]
            await soon(victim.stopped())
            assert sent == []
            del cluster.nodes[2]
            await traffic_of(cluster, 51)

    async def traffic_of(cluster: Cluster, number: int) -> None:
        entry = cluster.institutions.deposit(number)
        await cluster.nodes[0].submit(entry.data)
        await cluster.recorded(entry)

    run(main())
