"""`/rules`: which rule set is in force as of the checkpoint, what it says, and which were of record or are to come."""

from __future__ import annotations

from pathlib import Path

from institutions import run
from told_register import served_register

from datadeed_ledger.encoding import jcs, sha256
from datadeed_ledger.rules import shipped


def test_rule_sets_are_told_with_their_texts_and_the_one_in_force(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            kit = node.kit
            (alice,) = kit.enrol("alice")
            await node.catch_up()
            founding = await node.get("/rules")
            assert (founding["in_force"], founding["version"]) == (1, 1)
            assert founding["rules"] == shipped("beijing-2023")
            (only,) = founding["versions"]
            assert only["hash"] == sha256(jcs(founding["rules"])).hex()
            assert only["in_force"] is True

            day_ms = 86_400_000
            effective = kit.now_ms + day_ms
            kit.record(kit.amend_entry(effective=effective, publicity_working_days=3))
            await node.catch_up()
            pending = await node.get("/rules")
            assert (pending["in_force"], [each["in_force"] for each in pending["versions"]]) == (1, [True, False])
            assert pending["versions"][1]["effective"] == "2026-11-24T04:00:00.000Z"
            told = await node.get("/rules?version=2")
            assert (told["in_force"], told["version"], told["rules"]["publicity_working_days"]) == (1, 2, 3)
            assert sha256(jcs(told["rules"])).hex() == told["versions"][1]["hash"]
            await node.go_to("2026-11-25")
            now = await node.get("/rules")
            assert (now["in_force"], now["rules"]["publicity_working_days"]) == (2, 3)
            right = kit.published(alice)
            await node.catch_up()
            assert (await node.get(f"/rights/{right.hex()}"))["record"]["due"] == "2026-11-30"
            for version in ("0", "3"):
                assert "the newest is 2" in (await node.get(f"/rules?version={version}", 404))["detail"]
            assert (await node.get("/rules?version=two", 400))["kind"] == "malformed"

    run(main())


def test_every_route_about_the_register_is_described_in_both_languages(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            document = await node.get("/openapi.json")
            described = {
                path: operation["description"]
                for path, methods in document["paths"].items()
                for operation in methods.values()
                if set(operation["tags"]) & {"register", "evidence"}
            }
            assert len(described) == 14
            for path, text in described.items():
                assert any("\u4e00" <= letter <= "\u9fff" for letter in text), f"{path}: no Chinese"
                assert any(letter.isascii() and letter.isalpha() for letter in text), f"{path}: no English"
            page = (await node.client.get("/docs")).text
            assert "待办清单" in page

    run(main())
