"""Routes about the log and the register: what any C2SP tool needs to follow the ledger, and what a person reads."""

from __future__ import annotations

from pathlib import Path

from institutions import run
from served_node import served

from datadeed_ledger.checkpoint import verify_checkpoint
from datadeed_ledger.encoding import from_b64, sha256
from datadeed_ledger.header import HEADER_FIRST_BYTE, Header
from datadeed_ledger.merkle import leaf_hash, tree_root, verify_consistency
from datadeed_ledger.records import Party
from datadeed_ledger.statemap import MapProof, subject_key, subject_prefix
from datadeed_ledger.tiles import parse_entry_bundle

IMMUTABLE = "public, max-age=31536000, immutable"


def test_checkpoint_tiles_and_headers_are_one_log(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(*[node.deposit() for _ in range(300)])
            note = (await node.client.get("/checkpoint")).content
            size = verify_checkpoint(note, node.institutions.genesis.roster, None).checkpoint.size
            leaves: list[bytes] = []
            for tile in range((size + 255) // 256):
                width = min(256, size - 256 * tile)
                name = f"{tile:03d}" + ("" if width == 256 else f".p/{width}")
                bundle = await node.client.get(f"/tile/entries/{name}")
                assert bundle.headers["cache-control"] == IMMUTABLE
                leaves += parse_entry_bundle(bundle.content)
                hashes = await node.client.get(f"/tile/0/{name}")
                assert hashes.content == b"".join(leaf_hash(leaf) for leaf in leaves[256 * tile :])
            signed = verify_checkpoint(note, node.institutions.genesis.roster, Header.parse(leaves[-1]))
            assert tree_root([leaf_hash(leaf) for leaf in leaves]) == signed.checkpoint.root
            headers = [leaf for leaf in leaves if leaf.startswith(HEADER_FIRST_BYTE)]
            for height, header in enumerate(headers):
                answer = await node.client.get(f"/headers/{height}")
                assert (answer.content, answer.headers["cache-control"]) == (header, IMMUTABLE)

    run(main())


def test_tiles_that_do_not_exist_are_404(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(node.deposit())
            for path in ("0/000", "0/001", "entries/000", "7/000", "0/000.p/0", "0/00", "0/x000/000", "a/000", ""):
                answer = await node.client.get(f"/tile/{path}")
                assert (answer.status_code, answer.json()["kind"]) == (404, "not-found"), path

    run(main())


def test_every_two_sizes_are_consistent_and_a_size_not_published_is_busy(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(*[node.deposit() for _ in range(5)])
            size = node.node.published().size
            roots = [tree_root([leaf_hash(node.node.store.leaf(at)) for at in range(end)]) for end in range(size + 1)]
            for older in range(1, size + 1):
                answer = (await node.client.get(f"/consistency?from={older}&to={size}")).json()
                path = [from_b64(each) for each in answer["path"]]
                verify_consistency(older, size, path, roots[older], roots[size])
            behind = await node.client.get("/consistency?from=1&to=1000000")
            assert (behind.status_code, behind.json()["kind"]) == (503, "busy")
            for query in (
                "from=0&to=1",
                "from=3&to=2",
                "from=01&to=2",
                "from=1",
                "to=2",
                "from=-1&to=2",
                "from=x&to=2",
            ):
                answer = await node.client.get(f"/consistency?{query}")
                assert (answer.status_code, answer.json()["kind"]) == (400, "malformed"), query

    run(main())


def test_map_proofs_hold_for_what_is_there_and_for_what_is_not(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            enrol = node.institutions.enrol(1)
            await node.recorded(enrol)
            subject = Party.subject_of(node.institutions.party(1)[0])
            for asked, pairs in ((subject, 1), (Party.subject_of(bytes(16)), 0)):
                prefix = subject_prefix(asked)
                answer = await node.client.get(f"/map-proof?prefix={prefix.hex()}")
                proof = MapProof.parse(answer.content)
                height = node.node.store.block_height_of(int(answer.headers["datadeed-log-size"]) - 1)
                header = Header.parse((await node.client.get(f"/headers/{height}")).content)
                proof.verify(header.state_root, prefix)
                assert len(proof.pairs) == pairs
            whole = await node.client.get(f"/map-proof?prefix={subject_key(subject).hex()}")
            assert MapProof.parse(whole.content).pairs[0][0] == subject_key(subject)
            for prefix in ("", "00", "00" * 31, "00" * 66, "xx", "0"):
                answer = await node.client.get(f"/map-proof?prefix={prefix}")
                assert (answer.status_code, answer.json()["kind"]) == (400, "malformed"), prefix

    run(main())


def test_genesis_and_roster_are_served_exactly(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            genesis = node.institutions.genesis
            answer = await node.client.get("/genesis")
            assert answer.content == genesis.document
            assert sha256(answer.content) == genesis.fingerprint
            assert (await node.client.get("/roster")).content == genesis.roster.document

    run(main())


def test_a_party_is_shown_as_its_record_says(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(node.institutions.enrol(1))
            party, key = node.institutions.party(1)
            found = (await node.client.get(f"/parties/{party.hex()}")).json()
            assert found["record"]["public_key"] == key.public_key.hex()
            assert found["as_of"]["log_size"] <= node.node.store.tip.log_size
            missing = await node.client.get(f"/parties/{bytes(16).hex()}")
            assert (missing.status_code, missing.json()["kind"]) == (404, "not-found")

    run(main())


def test_a_right_that_nobody_applied_for_is_404_everywhere(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(node.deposit())
            for path in ("", "/history", "/evidence"):
                for name in (bytes(32).hex(), "00", "x" * 64):
                    answer = await node.client.get(f"/rights/{name}{path}")
                    assert (answer.status_code, answer.json()["kind"]) == (404, "not-found"), (name, path)

    run(main())


def test_health_status_metrics_and_docs_answer(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(node.deposit())
            health = (await node.client.get("/health")).json()
            assert (health["ready"], health["quorum"]) == (True, 1)
            status = (await node.client.get("/status")).json()
            assert status["fingerprint"] == node.institutions.genesis.fingerprint.hex()
            metrics = (await node.client.get("/metrics")).text
            counted = next(line for line in metrics.splitlines() if line.startswith("datadeed_signature_checks_total"))
            assert float(counted.split()[1]) == 1
            paths = (await node.client.get("/openapi.json")).json()["paths"]
            assert {"/entries", "/entries/batch", "/events", "/tile/{path}", "/rights/{right_id}/history"} <= set(paths)
            docs = await node.client.get("/docs")
            assert all(path in docs.text for path in paths)

    run(main())


def test_the_docs_page_loads_nothing_from_anywhere(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            docs = await node.client.get("/docs")
            assert "http" not in docs.text.replace("http://127.0.0.1", "")
            assert "<script" not in docs.text
            assert docs.headers["content-security-policy"].startswith("default-src 'none'")

    run(main())


def test_unknown_routes_and_methods_are_problem_documents(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            unknown = await node.client.get("/nothing/here")
            assert (unknown.status_code, unknown.json()["kind"]) == (404, "not-found")
            wrong = await node.client.delete("/entries")
            assert (wrong.status_code, wrong.json()["kind"]) == (405, "wrong-method")
            assert wrong.headers["allow"] == "POST"

    run(main())
