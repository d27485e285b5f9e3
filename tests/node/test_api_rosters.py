"""A served node tells its rosters and proves each: over real sockets, from a ledger whose members change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from cluster_in_process import Cluster
from institutions import run
from served_node import Served, served
from succession import Succession

from datadeed import AsyncLedger, Ledger
from datadeed.rosters import read_step
from datadeed_ledger.errors import Unproven
from datadeed_ledger.evidence.container import read_container, write_container
from datadeed_ledger.evidence.names import ROSTER_STEP
from datadeed_ledger.evidence.rosters import Rosters
from datadeed_ledger.header import Header
from datadeed_ledger.roster import Roster
from datadeed_node.api.app import NodeApi
from datadeed_node.api.server import ApiServer, listen
from datadeed_node.node import Node

IMMUTABLE = "public, max-age=31536000, immutable"


async def amended(node: Served, succession: Succession, title: str) -> Roster:
    """The one institution has another title from the next block on, and there is a block under it."""
    await node.recorded(succession.change(replace(succession.member(0), title_en=title)))
    await node.recorded(node.deposit())
    return succession.roster


async def told(node: Served, path: str, status: int = 200) -> httpx.Response:
    answer = await node.client.get(path)
    assert answer.status_code == status, answer.text
    return answer


def test_a_ledger_under_its_founding_roster_has_that_one_alone(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(node.deposit())
            first = node.institutions.genesis.roster
            (row,) = (await told(node, "/rosters")).json()
            assert row == {
                "version": 1,
                "digest": first.digest.hex(),
                "height": 0,
                "log_size": 0,
                "members": [member.name for member in first.members],
            }
            assert (await told(node, "/rosters/1")).content == first.document
            for path in ("0", "2", "0/evidence", "1/evidence", "2/evidence"):
                answer = await told(node, f"/rosters/{path}", 404)
                assert answer.json()["kind"] == "not-found"
                assert "cache-control" not in answer.headers, "what is not there yet may come"
            for path in ("/rosters/x", "/rosters/-1", "/rosters/02/evidence", "/rosters/1.0"):
                assert (await told(node, path, 400)).json()["kind"] == "malformed", path

    run(main())


def test_each_later_roster_is_served_with_what_proves_it_and_since_when_it_governs(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(node.deposit())
            succession = Succession(node.institutions)
            entry = succession.change(replace(succession.member(0), title_en="Renamed once"))
            await node.recorded(entry)
            boundary = node.node.store.entry_index(entry.entry_id)
            assert boundary is not None
            assert len((await told(node, "/rosters")).json()) == 1, "no block stands under it yet"
            await told(node, "/rosters/2/evidence", 404)
            await node.recorded(node.deposit())
            await amended(node, succession, "Renamed twice")
            rows = (await told(node, "/rosters")).json()
            assert [row["version"] for row in rows] == [1, 2, 3]
            assert rows[1]["log_size"] == boundary + 2
            walked = Rosters.founded(node.institutions.genesis)
            for row in rows[1:]:
                version = row["version"]
                answer = await told(node, f"/rosters/{version}/evidence")
                assert answer.headers["cache-control"] == IMMUTABLE
                assert answer.headers["content-type"] == "application/zip"
                assert tuple(read_container(answer.content)) == ROSTER_STEP
                walked = walked.follow(read_step(version, answer.content))
                found = walked.in_force[-1]
                document = await told(node, f"/rosters/{version}")
                assert document.content == found.roster.document
                assert document.headers["cache-control"] == IMMUTABLE
                assert (row["height"], row["log_size"]) == (found.height, found.log_size)
                assert (row["digest"], row["members"]) == (found.roster.digest.hex(), [node.node.name])
                header = Header.parse((await told(node, f"/headers/{row['height']}")).content)
                assert (header.roster_version, header.first) == (version, row["log_size"]), "its first block"
            assert walked.newest == succession.roster
            assert (await told(node, "/rosters")).headers["cache-control"] == "no-cache"

    run(main())


def test_the_sdk_walks_the_rosters_of_a_real_node(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path / "node") as node:
            await node.recorded(node.deposit())
            url, fingerprint = f"http://127.0.0.1:{node.port}", node.institutions.genesis.fingerprint.hex()
            home = tmp_path / "home"
            async with await AsyncLedger.connect(url, fingerprint, home=home) as sleeping:
                succession = Succession(node.institutions)
                await amended(node, succession, "Renamed once")
                second = await amended(node, succession, "Renamed twice")
                assert (await sleeping.checkpoint()).header.roster_version == 3
                assert sleeping.roster == second
                entry = node.deposit()
                receipt = await sleeping.wait(entry)
                assert (await sleeping.prove(receipt.entry_id)).report.rosters[-1].version == 3

            def from_nothing() -> Roster:
                with Ledger.connect(url, fingerprint, home=tmp_path / "other") as book:
                    return book.roster

            assert await asyncio.to_thread(from_nothing) == second

    run(main())


def test_the_sdk_follows_a_ledger_from_the_node_of_an_institution_that_leaves_to_the_others(tmp_path: Path) -> None:
    """Four nodes over real sockets; the client knows one of them, which then is no member's any more."""

    async def main() -> None:
        cluster = Cluster(tmp_path / "nodes")
        succession = Succession(cluster.institutions)
        async with cluster.running(), AsyncExitStack() as servers:
            stays, leaves = [await servers.enter_async_context(api_of(cluster.nodes[at])) for at in (STAYING, LEAVING)]
            fingerprint = cluster.institutions.genesis.fingerprint.hex()
            book = await AsyncLedger.connect(leaves, fingerprint, home=tmp_path / "home", patience_s=30)
            await servers.enter_async_context(book)
            addresses = {STAYING: stays, LEAVING: leaves}
            moved = [replace(succession.member(at), api=url) for at, url in addresses.items()]
            await book.wait(succession.change(*moved))
            await book.wait(cluster.institutions.deposit(1))
            assert book.roster == succession.roster
            assert book.node_urls == (leaves, NOWHERE, stays)
            joining = succession.joining("university.example.cn", "supervisor")
            change = succession.change(joining, without=[LEAVING])
            assert (await book.wait(change)).block.ends_epoch
            receipt = await book.wait(cluster.institutions.deposit(2))
            assert receipt.head.header.roster_version == 3
            assert book.roster == succession.roster
            assert leaves not in book.node_urls, "the node of whoever left is asked no more"
            gone = cluster.nodes[LEAVING].published()
            assert gone is not None
            assert gone.tip.header.ends_epoch, "it goes on serving the log up to the change"
            assert (await book.prove(receipt.entry_id)).report.rosters[-1].version == 3

    run(main())


NOWHERE = "http://127.0.0.1:1"  # the address of every founding member
STAYING, LEAVING = 0, 3


@asynccontextmanager
async def api_of(node: Node) -> AsyncIterator[str]:
    """The address at which this node's API is served meanwhile."""
    server = ApiServer(NodeApi(node), listen("127.0.0.1", 0))
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        await server.stop()


def test_evidence_of_another_ledger_s_change_proves_nothing_here(tmp_path: Path) -> None:
    """The same institution, the same change of its title; only the founding documents differ."""

    async def evidence(folder: Path) -> tuple[Rosters, bytes]:
        async with served(folder) as node:
            await amended(node, Succession(node.institutions), "Renamed")
            return Rosters.founded(node.institutions.genesis), (await told(node, "/rosters/2/evidence")).content

    async def main() -> None:
        here, own = await evidence(tmp_path / "here")
        _, foreign = await evidence(tmp_path / "there")
        assert here.follow(read_step(2, own)).newest.version == 2
        with pytest.raises(Unproven, match=r"rosters/2/"):
            here.follow(read_step(2, foreign))
        mixed = {**read_container(own), "checkpoint": read_container(foreign)["checkpoint"]}
        with pytest.raises(Unproven, match=r"rosters/2/header\.tlog-proof"):
            here.follow(read_step(2, write_container(mixed.items())))

    run(main())
