"""Real nodes whose members change: every node proves the beginning of each roster, and what they stored verifies."""

from __future__ import annotations

from pathlib import Path

from cluster_in_process import Cluster
from institutions import run, until
from succession import Succession

from datadeed_ledger.checkpoint import verify_checkpoint
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import root_at
from datadeed_node.node import Node
from datadeed_node.verify_store import verify_store


def published_order(node: Node) -> list[tuple[int, int]]:
    """Fills with (size, version of the roster) of all that the node publishes from now on."""
    order: list[tuple[int, int]] = []
    tell = node._cosigner._published

    def published(snapshot: object) -> None:
        found = node.published()
        assert found is snapshot
        assert found is not None
        order.append((found.size, found.roster.version))
        assert all(found.roster_change(version) for version in range(2, found.roster.version + 1))
        tell(found)

    node._cosigner._published = published
    return order


def assert_proven(node: Node, version: int) -> None:
    """The roster's beginning, as this node keeps it, proves itself under the roster before."""
    change = node.store.roster_change(version)
    assert change is not None
    header = Header.parse(node.store.leaf(change.index + 1))
    assert (header.index, header.next_roster_version) == (change.index + 1, version)
    signed = verify_checkpoint(change.checkpoint, node.store.rosters[version - 2], header)
    assert signed.checkpoint.root == root_at(header.log_size, node.store.hash)


def test_every_node_proves_each_roster_and_its_store_verifies(tmp_path: Path) -> None:
    """One joins, one leaves, one gets new keys; one sleeps through it; all start again afterwards."""

    async def main() -> None:
        cluster = Cluster(tmp_path)
        succession, institutions = Succession(cluster.institutions), cluster.institutions

        async def deposit(number: int) -> None:
            entry = institutions.deposit(number)
            await cluster.nodes[0].submit(entry.data)
            await cluster.nodes[0].wait_proven(entry.entry_id, 20)

        async with cluster.running():
            orders = [published_order(node) for node in cluster.nodes.values()]
            await deposit(1)
            joining = succession.joining("university.example.cn", "supervisor")
            await cluster.start(4)
            await cluster.nodes[0].submit(succession.change(joining, without=[3]).data)
            await until(lambda: all(node.store.roster.version == 2 for node in cluster.nodes.values()), "roster 2")
            await deposit(2)
            await until(lambda: all(not node.status()["unproven_rosters"] for node in cluster.nodes.values()), "proven")
            await cluster.crash(1)
            rekeyed = succession.rekeyed(2, "cosign", "log")
            await cluster.nodes[0].submit(succession.change(rekeyed).data)
            await deposit(3)
            await cluster.start(1)
            running = [cluster.nodes[at] for at in (0, 1, 2, 4)]
            await until(lambda: all(node.store.roster.version == 3 for node in running), "roster 3")
            await deposit(4)
            await until(lambda: all(not node.status()["unproven_rosters"] for node in running), "proven")
            newest = cluster.nodes[0].published()
            assert newest is not None
            await until(
                lambda: all((found := node.published()) and found.size == newest.size for node in running), "published"
            )
            for node in running:
                for version in (2, 3):
                    assert_proven(node, version)
            assert_proven(cluster.nodes[3], 2)
            for order in orders:
                assert order == sorted(order), "sizes grow, and rosters with them"
            boundary = cluster.nodes[0].store.roster_change(2)
            assert boundary is not None
            assert (boundary.index + 2, 1) in orders[0], "the boundary is published too"
        found = [verify_store(institutions.config(at), institutions.genesis, lambda *_: None) for at in range(5)]
        assert all(each.published_size for each in found)
        cluster.nodes.clear()
        async with cluster.running(0, 1, 2, 4):
            await deposit(5)

    run(main())
