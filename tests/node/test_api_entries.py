"""Routes about entries: what is taken in, what is answered, and that it can be proven."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from institutions import run
from served_node import MSGPACK, Served, served

from datadeed.receipts import Known, verify_receipt
from datadeed_ledger.checkpoint import parse_tlog_proof, verify_checkpoint
from datadeed_ledger.encoding import encode, from_b64
from datadeed_ledger.entry import Entry
from datadeed_ledger.evidence import verify_pack
from datadeed_ledger.merkle import leaf_hash


def known(node: Served) -> Known:
    return Known.founded(node.institutions.genesis)


def test_an_entry_is_pending_then_recorded_and_its_receipt_is_proven(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            entry = node.deposit()
            first = await node.post(entry)
            assert first.status_code == 202
            assert first.json() == {"entry_id": entry.entry_id.hex(), "status": "pending"}
            final = await node.post(entry, "/entries?wait=true")
            assert final.status_code == 200
            receipt = verify_receipt(known(node), entry, final.json())
            again = await node.post(entry)
            assert (again.status_code, again.json()["status"]) == (200, "recorded")
            assert again.json()["index"] == receipt.index

    run(main())


def test_what_was_recorded_is_given_back_by_its_id(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            entry = node.deposit()
            await node.recorded(entry)
            found = (await node.client.get(f"/entries/{entry.entry_id.hex()}")).json()
            assert from_b64(found["entry"]) == entry.data
            assert found["status"] == "recorded"
            assert found["body"]["kind"] == "deposit"
            assert node.node.store.leaf(found["index"]) == entry.data
            receipt = (await node.client.get(f"/entries/{entry.entry_id.hex()}/receipt")).json()
            assert verify_receipt(known(node), entry, receipt).index == found["index"]

    run(main())


def test_a_tlog_proof_climbs_to_its_checkpoint(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            entries = [node.deposit() for _ in range(20)]
            await node.recorded(*entries)
            for entry in entries:
                answer = await node.client.get(f"/entries/{entry.entry_id.hex()}/tlog-proof")
                proof = parse_tlog_proof(answer.content)
                proof.verify(leaf_hash(entry.data), proof.checkpoint)
                verify_checkpoint(proof.note, node.institutions.genesis.roster, None)

    run(main())


def test_an_evidence_pack_is_a_zip_that_a_judge_accepts(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            entry = node.deposit()
            await node.recorded(entry)
            answer = await node.client.get(f"/entries/{entry.entry_id.hex()}/evidence")
            assert answer.headers["content-type"] == "application/zip"
            verify_pack(answer.content, node.institutions.genesis.fingerprint, ask=f"entry/{entry.entry_id.hex()}")

    run(main())


def test_a_batch_is_answered_entry_by_entry_in_order(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            good, other = node.deposit(), node.deposit()
            bad_signature = Entry.parse(encode([other.body_bytes, [bytes(64)]]))
            batch = [good.data, b"\xc0", bad_signature.data, other.data]
            answer = await node.post(encode(batch), "/entries/batch")
            assert answer.status_code == 200
            found = answer.json()
            assert [each["status"] for each in found] == ["pending", "malformed", "refused", "pending"]
            assert found[0]["entry_id"] == good.entry_id.hex()
            assert found[1]["entry_id"] is None
            assert found[2]["problem"]["rule"] == 108
            await node.recorded(good, other)

    run(main())


def test_a_refusal_names_its_rule_and_what_would_pass_in_both_languages(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            answer = await node.post(node.deposit(expires_ms=1))
            assert answer.status_code == 409
            assert answer.headers["content-type"] == "application/problem+json"
            problem = answer.json()
            assert (problem["kind"], problem["rule"], problem["status"]) == ("refused", 102, 409)
            assert problem["detail"] != problem["detail_zh"]
            assert problem["next"]

    run(main())


def test_what_is_not_there_is_404_under_any_spelling(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(node.deposit())
            for name in ("ab" * 32, "AB" * 32, "ab" * 31, "x", "ab" * 33):
                for path in ("", "/receipt", "/tlog-proof", "/evidence"):
                    answer = await node.client.get(f"/entries/{name}{path}")
                    assert (answer.status_code, answer.json()["kind"]) == (404, "not-found"), (name, path)

    run(main())


def test_a_full_pool_is_busy_and_takes_the_same_bytes_later(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, mempool_entries_max=5) as node:
            entries = [node.deposit() for _ in range(60)]
            left = entries
            saw_busy = False
            for _ in range(200):
                answer = await node.post(encode([entry.data for entry in left]), "/entries/batch")
                results = answer.json()
                saw_busy = saw_busy or any(each["status"] == "busy" for each in results)
                left = [entry for entry, each in zip(left, results, strict=True) if each["status"] == "busy"]
                if not left:
                    break
                await asyncio.sleep(0.01)
            assert saw_busy
            assert left == []
            await node.recorded(*entries)

    run(main())


def test_busy_over_http_is_503_with_retry_after(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path, mempool_bytes_max=1024 * 1024) as node:
            node.node._mempool._bytes = 1024 * 1024  # as full as it gets
            answer = await node.post(node.deposit())
            assert answer.status_code == 503
            assert answer.json()["kind"] == "busy"
            assert int(answer.headers["retry-after"]) >= 1

    run(main())


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[:-1],
    "trailing byte": lambda data: data + b"\x00",
    "empty": lambda data: b"",
    "garbage": lambda data: b"\xff" * 100,
    "array of the wrong length": lambda data: encode([data]),
    "not canonical": lambda data: b"\xdc\x00\x02" + data[1:],
    "a map": lambda data: encode({"a": 1}),
    "too deep": lambda data: b"\x91" * 100 + b"\xc0",
}


def test_bytes_that_are_no_entry_are_400_and_change_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            before = node.node.store.tip.log_size
            for name, spoil in SPOILT.items():
                answer = await node.post(spoil(node.deposit().data))
                assert (answer.status_code, answer.json()["kind"]) == (400, "malformed"), name
            assert len(node.node._mempool) == 0
            assert node.node.store.tip.log_size == before

    run(main())


def test_another_type_of_body_is_415(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            for content_type in ("application/json", "text/plain", "", "multipart/form-data; boundary=x"):
                answer = await node.client.post(
                    "/entries", content=node.deposit().data, headers={"content-type": content_type}
                )
                assert (answer.status_code, answer.json()["kind"]) == (415, "wrong-type"), content_type

    run(main())


def test_a_query_of_the_wrong_type_is_400_as_a_problem_document(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            answer = await node.client.post("/entries?wait=perhaps", content=b"x", headers=MSGPACK)
            assert (answer.status_code, answer.json()["kind"]) == (400, "malformed")

    run(main())


def test_a_batch_that_is_no_list_of_bytes_is_400(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            for body in (encode([]), encode(["text"]), encode({"a": 1}), encode([b"x"] * 1001), b""):
                answer = await node.post(body, "/entries/batch")
                assert (answer.status_code, answer.json()["kind"]) == (400, "malformed")

    run(main())
