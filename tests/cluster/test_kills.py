"""SIGKILL at random moments with entries flowing: nothing that was acknowledged is lost, and the ledger goes on."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import httpx
import pytest
from flowing import Acknowledged, Flow, flowing
from real_cluster import assert_stores_agree, is_level, ledger, running, status_of, verified

from datadeed import Busy
from datadeed_node.demo.processes import NodeProcess, Nodes

pytestmark = pytest.mark.xdist_group("one at a time")  # much work or little time; watched by the clock

FINAL_WITHIN_S = 5.0
LEVEL_WITHIN_S = 10.0
KILLS = 5
KILLS_SOAK = int(os.environ.get("DATADEED_KILLS", "50"))
SEED = int(os.environ.get("DATADEED_SEED", "1"))


def kill_and_return(nodes: Nodes, victim: NodeProcess, flow: Flow) -> tuple[float, float]:
    """(seconds until an entry made after the kill was final, seconds from its start until the node was level)."""
    victim.kill()
    killed_s = time.monotonic()
    final_s = flow.wait_for_one_after(killed_s, FINAL_WITHIN_S)
    victim.start()
    level_s = nodes.wait(lambda: is_level(nodes, victim), f"{victim.name} is level", LEVEL_WITHIN_S)
    return final_s, level_s


def assert_recorded(node: NodeProcess, acknowledged: Sequence[Acknowledged]) -> None:
    with httpx.Client(base_url=node.api, timeout=20) as client:
        for each in acknowledged:
            found = client.get(f"/entries/{each.receipt.entry_id.hex()}").json()
            assert (found["status"], found["index"]) == ("recorded", each.receipt.index), node.name


def campaign(folder: Path, kills: int, seed: int) -> None:
    chance, pause = Random(seed), threading.Event()
    slowest_final_s = slowest_level_s = 0.0
    with running(folder) as nodes:
        with flowing(nodes, folder) as flow:
            for _ in range(kills):
                pause.wait(chance.uniform(0.2, 2.0))
                final_s, level_s = kill_and_return(nodes, chance.choice(nodes.nodes), flow)
                slowest_final_s, slowest_level_s = max(slowest_final_s, final_s), max(slowest_level_s, level_s)
        nodes.wait(nodes.are_level, "all nodes are level", 30)
        for node in nodes.nodes:
            assert_recorded(node, flow.acknowledged)
        codes = nodes.stop()
        assert set(codes.values()) == {0}, codes
        assert_stores_agree(nodes)
        for node in nodes.nodes:
            verified(node)
    print(
        f"seed {seed}: {kills} kills, {len(flow.acknowledged)} entries acknowledged, none lost; "
        f"final within {slowest_final_s:.2f} s, level within {slowest_level_s:.2f} s"
    )


def test_five_kills_at_random_moments_lose_nothing_and_stop_nothing(tmp_path: Path) -> None:
    campaign(tmp_path, KILLS, SEED)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_many_kills_at_random_moments_lose_nothing_and_stop_nothing(tmp_path: Path) -> None:
    campaign(tmp_path, KILLS_SOAK, SEED)


def test_without_two_of_four_nothing_is_acknowledged_nothing_is_harmed_and_work_resumes(tmp_path: Path) -> None:
    with running(tmp_path) as nodes:
        with ledger(nodes, tmp_path / "home") as book:
            before = book.deposit(b"before", file_name="before")
        nodes.wait(nodes.are_level, "all nodes are level", 30)
        first, second, *left = nodes["exchange"], nodes["notary"], nodes["court"], nodes["ip-office"]
        first.kill()
        second.kill()
        sizes = [status_of(node)["published_size"] for node in left]
        with ledger(nodes, tmp_path / "home", patience_s=3) as book, pytest.raises(Busy):
            book.deposit(b"while two are away", file_name="while two are away")
        assert [status_of(node)["published_size"] for node in left] == sizes
        first.start()
        with ledger(nodes, tmp_path / "home") as book:
            after = book.deposit(b"after one returned", file_name="after one returned")
            assert book.receipt(before.entry_id).index == before.index
            assert after.index > before.index
        second.start()
        nodes.wait(nodes.are_level, "all nodes are level", 60)
        nodes.stop()
        assert_stores_agree(nodes)
        for node in nodes.nodes:
            verified(node)
