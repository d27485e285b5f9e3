"""100,000 entries at once: most of them are told to come back, and all are recorded, on every node, once."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from pathlib import Path

import httpx
import pytest
from institutions import run
from real_cluster import assert_stores_agree, office_key, running, status_of

from datadeed import HeldKey
from datadeed_ledger.encoding import encode
from datadeed_ledger.entry import Body
from datadeed_ledger.keys import ENTRY_TAG
from datadeed_node.demo.processes import Nodes

pytestmark = pytest.mark.xdist_group("one at a time")  # much work or little time; watched by the clock

MSGPACK = {"content-type": "application/msgpack"}
ENTRIES = 100_000
BATCH = 1_000
CONCURRENT = 8
RETRY_S = 2.0  # at least what Retry-After asks for; a client that comes back at once only costs work
RECORDED_WITHIN_S = 400.0


def deposits(nodes: Nodes, held: HeldKey, count: int) -> list[bytes]:
    """Signed deposits, each with its own nonce and digest."""
    expires_ms = time.time_ns() // 1_000_000 + 3_600_000
    data = {
        "algorithm": "sha-256",
        "scope": "full",
        "size_bytes": 1,
        "media_type": "text/plain",
        "formed_at": None,
        "file_name": os.urandom(32),
        "description": os.urandom(32),
    }
    found = []
    for _ in range(count):
        given = {**data, "digest": os.urandom(32)}
        body = Body(nodes.genesis.fingerprint, "deposit", (held.signer_id,), os.urandom(16), expires_ms, given)
        body_bytes = body.to_bytes()
        found.append(encode([body_bytes, [held.key.sign(ENTRY_TAG + body_bytes)]]))
    return found


@pytest.mark.timeout(900)
def test_a_hundred_thousand_entries_at_once_meet_busy_and_are_all_accepted_on_retry(tmp_path: Path) -> None:
    busy = 0
    with running(tmp_path) as nodes:
        waiting = deque(deposits(nodes, office_key(nodes, nodes["court"]), ENTRIES))

        async def send(client: httpx.AsyncClient, url: str) -> None:
            nonlocal busy
            while waiting:
                batch = [waiting.popleft() for _ in range(min(BATCH, len(waiting)))]
                answer = await client.post(url, content=encode(batch), headers=MSGPACK)
                statuses = [each["status"] for each in answer.json()]
                assert set(statuses) <= {"pending", "recorded", "busy"}, set(statuses)
                again = [data for data, status in zip(batch, statuses, strict=True) if status == "busy"]
                if again:
                    busy += len(again)
                    waiting.extend(again)
                    await asyncio.sleep(RETRY_S)

        async def main() -> None:
            urls = [f"{nodes.nodes[at % 4].api}/entries/batch" for at in range(CONCURRENT)]
            async with httpx.AsyncClient(timeout=120) as client:
                await asyncio.gather(*(send(client, url) for url in urls))

        run(main(), deadline_s=RECORDED_WITHIN_S)
        assert busy > 0, "a bounded pool must turn some of so many away"
        nodes.wait(
            lambda: all(
                found["log_size"] > ENTRIES and found["mempool_entries"] == 0
                for found in (status_of(node) for node in nodes.nodes)
            ),
            "every entry is recorded on every node",
            RECORDED_WITHIN_S,
        )
        nodes.wait(nodes.are_level, "all nodes are level", 60)
        assert set(nodes.stop().values()) == {0}
        assert assert_stores_agree(nodes) == ENTRIES, "each is recorded once"
