"""Bad input over HTTP against four real nodes: each is told what is wrong, and nothing ever stalls the ledger."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from typing import Any

import httpx
import msgpack
import pytest
from institutions import run
from real_cluster import assert_stores_agree, office_key, running, status_of, verified

from datadeed import HeldKey
from datadeed_ledger.encoding import encode
from datadeed_ledger.entry import Body, Entry
from datadeed_ledger.keys import ENTRY_TAG
from datadeed_node.demo.processes import Nodes

MSGPACK = {"content-type": "application/msgpack"}
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Four running nodes; when all tests are done they agree and each store is whole."""
    with running(tmp_path_factory.mktemp("bad-input")) as found:
        yield found
        found.wait(found.are_level, "all nodes are level", 60)
        assert set(found.stop().values()) == {0}
        assert_stores_agree(found)
        for node in found.nodes:
            verified(node)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def deposit_data(**changed: Any) -> dict[str, Any]:
    return {
        "digest": os.urandom(32),
        "algorithm": "sha-256",
        "scope": "full",
        "size_bytes": 1,
        "media_type": "text/plain",
        "formed_at": None,
        "file_name": os.urandom(32),
        "description": os.urandom(32),
        **changed,
    }


def body_value(nodes: Nodes, held: HeldKey, **changed: Any) -> dict[str, Any]:
    """A deposit's body as a map, with some of it changed."""
    return {
        "v": 1,
        "ledger": nodes.genesis.fingerprint,
        "kind": "deposit",
        "by": [held.signer_id],
        "nonce": os.urandom(16),
        "expires": now_ms() + HOUR_MS,
        "data": deposit_data(),
        **changed,
    }


def signed(value: dict[str, Any], held: HeldKey, *more: bytes) -> bytes:
    """An entry of any body at all, validly signed."""
    body = encode(value)
    return encode([body, [held.key.sign(ENTRY_TAG + body), *more]])


def good(nodes: Nodes, held: HeldKey) -> Entry:
    body = Body(
        nodes.genesis.fingerprint, "deposit", (held.signer_id,), os.urandom(16), now_ms() + HOUR_MS, deposit_data()
    )
    return Entry.build(body, {held.signer_id: held.key})


def odd_entries(nodes: Nodes, held: HeldKey) -> dict[str, tuple[bytes, int, str]]:
    """By name: bytes, and the status and kind that they must be answered with."""
    whole = good(nodes, held).data
    other = office_key(nodes, nodes["notary"])
    loose = msgpack.packb(msgpack.unpackb(whole), use_bin_type=False)

    def data(**changed: Any) -> bytes:
        return signed(body_value(nodes, held, data=deposit_data(**changed)), held)

    def body(**changed: Any) -> bytes:
        return signed(body_value(nodes, held, **changed), held)

    missing = deposit_data()
    del missing["scope"]
    return {
        "truncated": (whole[:-1], 400, "malformed"),
        "truncated to nothing": (b"", 400, "malformed"),
        "one byte more": (whole + b"\x00", 400, "malformed"),
        "oversized": (bytes(60 * 1024 + 1), 413, "too-large"),
        "oversized for its kind": (data(media_type="a/" + "b" * 17_000), 400, "malformed"),
        "oversized inside": (data(media_type="a/" + "b" * 15_000), 400, "malformed"),
        "not canonical": (loose, 400, "malformed"),
        "map keys in another order": (
            encode([msgpack.packb(body_value(nodes, held)), [bytes(64)]]),
            400,
            "malformed",
        ),
        "wrong ledger": (body(ledger=os.urandom(32)), 409, "refused"),
        "unknown kind": (body(kind="grant"), 400, "malformed"),
        "unknown version": (body(v=2), 400, "malformed"),
        "missing field": (body(data=missing), 400, "malformed"),
        "extra field": (data(note="x"), 400, "malformed"),
        "wrong type": (data(size_bytes="1"), 400, "malformed"),
        "negative": (data(size_bytes=-1), 400, "malformed"),
        "beyond u64": (data(formed_at=2**63), 400, "malformed"),
        "no signer": (body(by=[]), 400, "malformed"),
        "the same signer twice": (body(by=[held.signer_id, held.signer_id]), 400, "malformed"),
        "unknown signer": (body(by=[os.urandom(16)]), 409, "refused"),
        "unknown member": (body(by=[os.urandom(32)]), 409, "refused"),
        "another's signature": (body(by=[other.signer_id]), 409, "refused"),
        "missing signature": (
            encode([encode(body_value(nodes, held, by=sorted([held.signer_id, other.signer_id]))), [bytes(64)]]),
            400,
            "malformed",
        ),
        "one signature too many": (signed(body_value(nodes, held), held, bytes(64)), 400, "malformed"),
        "a signature of zeros": (encode([encode(body_value(nodes, held)), [bytes(64)]]), 409, "refused"),
        "expired": (body(expires=now_ms() - 1), 409, "refused"),
        "expires too late": (body(expires=now_ms() + 31 * 24 * HOUR_MS), 409, "refused"),
        "never expires": (body(expires=2**64 - 1), 409, "refused"),
        "identity number in clear": (data(media_type="a/11010519491231002x"), 409, "refused"),
        "on a right that is not there": (body(kind="publish", data={"right": bytes(32)}), 409, "refused"),
        "a role that it does not have": (
            body(kind="notarize", data={"deposit": bytes(32), "item": None, "record_number": bytes(32)}),
            409,
            "refused",
        ),
    }


def test_every_odd_entry_is_told_what_is_wrong_and_never_recorded(nodes: Nodes) -> None:
    held = office_key(nodes, nodes["court"])
    for number, (name, (data, status, kind)) in enumerate(odd_entries(nodes, held).items()):
        node = nodes.nodes[number % 4]
        answer = httpx.post(f"{node.api}/entries", content=data, headers=MSGPACK, timeout=20)
        problem = answer.json()
        assert (answer.status_code, problem.get("kind")) == (status, kind), (name, problem)
        assert problem["detail"], name
        assert problem["next"], name
    final = httpx.post(
        f"{nodes.nodes[0].api}/entries?wait=true", content=good(nodes, held).data, headers=MSGPACK, timeout=20
    )
    assert final.status_code == 200
    log = [status_of(node)["log_size"] for node in nodes.nodes]
    assert max(log) < 20, "only the good entry and the blocks' headers are on the ledger"


def test_a_replayed_entry_is_the_same_entry_recorded_once(nodes: Nodes) -> None:
    entry = good(nodes, office_key(nodes, nodes["court"]))
    indexes = set()
    for _ in range(3):
        for node in nodes.nodes:
            answer = httpx.post(f"{node.api}/entries?wait=true", content=entry.data, headers=MSGPACK, timeout=20)
            assert answer.status_code == 200
            indexes.add(answer.json()["index"])
    assert len(indexes) == 1


def test_slow_clients_at_every_node_do_not_hold_up_the_ledger(nodes: Nodes) -> None:
    head = b"POST /entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/msgpack\r\ncontent-length: 9999\r\n\r\n"

    async def main() -> None:
        ports = [int(node.api.rpartition(":")[2]) for node in nodes.nodes]
        slow = [await asyncio.open_connection("127.0.0.1", port) for port in ports for _ in range(100)]
        for at, (_, writer) in enumerate(slow):
            writer.write(head + b"x" if at % 2 else head[: 1 + at % 60])
        entry = good(nodes, office_key(nodes, nodes["court"]))
        async with httpx.AsyncClient(timeout=20) as client:
            url = f"http://127.0.0.1:{ports[0]}/entries?wait=true"
            assert (await client.post(url, content=entry.data, headers=MSGPACK)).status_code == 200
        for _, writer in slow:
            writer.close()

    run(main())
