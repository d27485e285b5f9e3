"""Routes that hand out proofs: each pack verifies offline and answers what was asked, or it is said why not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from institutions import run
from told_register import ServedRegister, a_long_story, served_register

from datadeed.judge_page import verify_page, verify_page_digest
from datadeed_ledger.encoding import parse_time
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence import PackKind, Report, verify_pack
from datadeed_ledger.evidence.container import read_container
from datadeed_node.api import pack_routes


async def pack(node: ServedRegister, path: str, ask: str) -> Report:
    answer = await node.client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="evidence-')
    return verify_pack(answer.content, node.institutions.genesis.fingerprint, ask=ask)


async def story(node: ServedRegister) -> dict[str, bytes]:
    kit = node.kit
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    plain = kit.registered(bob, number=2)
    licence = kit.licensed(right, bob, end=kit.day(10))
    asset = kit.asset(alice, right)
    window = kit.published(bob)
    objection = kit.record(kit.object_entry(window, alice))
    await node.catch_up()
    return {
        "alice": alice, "right": right, "plain": plain, "licence": licence, "asset": asset, "window": window,
        "objection": objection,
    }  # fmt: skip


def test_packs_of_rights_assets_and_entries_verify_offline(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            ids = await story(node)
            right, asset = ids["right"].hex(), ids["asset"].hex()
            assert (await pack(node, f"/rights/{right}/evidence", f"right/{right}")).kind is PackKind.TITLE
            assert (await pack(node, f"/assets/{asset}/evidence", f"asset/{asset}")).kind is PackKind.ASSET
            assert (await pack(node, f"/entries/{asset}/evidence", f"entry/{asset}")).kind is PackKind.ENTRY
            for path in ("/rights/", "/assets/", "/entries/"):
                problem = await node.get(f"{path}{'0' * 64}/evidence", 404)
                assert problem["kind"] == "not-found"

    run(main())


def test_an_absence_is_proven_where_nothing_is_and_refused_where_something_is(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            ids = await story(node)
            right, plain, window = ids["right"].hex(), ids["plain"].hex(), ids["window"].hex()
            for subject in (f"right/{'0' * 64}", f"party/{'0' * 32}", "number/2026BJ0000000009", f"asset/{right}"):
                report = await pack(node, f"/absence?subject={subject}", subject)
                assert report.kind is PackKind.ABSENCE
            for path, ask in (
                (f"/absence?subject=right/{plain}&kind=licence", f"right/{plain}/licence"),
                (f"/absence?subject=right/{plain}&kind=objection", f"right/{plain}/objection"),
            ):
                assert (await pack(node, path, ask)).kind is PackKind.ABSENCE
            for query in (
                f"right/{right}",
                f"right/{right}&kind=licence",
                f"right/{window}&kind=objection",
                "number/2026BJ0000000001",
            ):
                problem = await node.get(f"/absence?subject={query}", 409)
                assert problem["kind"] == "present"
                assert "已有" in problem["detail_zh"]
            await node.go_to("2027-02-01")
            lapsed = await pack(node, f"/absence?subject=right/{right}&kind=licence", f"right/{right}/licence")
            assert lapsed.kind is PackKind.ABSENCE, "a licence past its last day stands no more"

    run(main())


def test_what_stands_is_proven_without_its_history(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            ids = await story(node)
            for subject in (f"party/{ids['alice'].hex()}", f"right/{ids['right'].hex()}", "rules"):
                report = await pack(node, f"/presence?subject={subject}", subject)
                assert report.kind is PackKind.PRESENCE
            problem = await node.get(f"/presence?subject=party/{'0' * 32}", 404)
            assert "/absence proves it" in problem["detail"]

    run(main())


@pytest.mark.parametrize(
    "query",
    ["/absence", "/absence?subject=right/00", "/absence?subject=register", "/absence?subject=rules&kind=licence",
     f"/absence?subject=entry/{'0' * 64}", f"/absence?subject=right/{'0' * 64}&kind=pledge", "/presence?subject=x"],
)  # fmt: skip
def test_a_subject_in_another_spelling_is_malformed(tmp_path: Path, query: str) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            node.kit.enrol("alice")
            await node.catch_up()
            assert (await node.get(query, 400))["kind"] == "malformed"

    run(main())


def test_the_whole_register_is_exported_and_nothing_is_missing(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            await story(node)
            report = await pack(node, "/register/export", "register")
            assert report.kind is PackKind.EXPORT

    run(main())


def test_an_export_that_outgrows_a_pack_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: Any) -> Any:
        raise Malformed("the parts have more than 67108864 bytes together")

    async def main() -> None:
        async with served_register(tmp_path) as node:
            node.kit.enrol("alice")
            await node.catch_up()
            monkeypatch.setattr(pack_routes, "export_parts", too_large)
            problem = await node.get("/register/export", 422)
            assert problem["kind"] == "outgrown"
            assert "67108864" in problem["detail"]

    run(main())


def test_one_export_is_built_and_one_waits(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            await story(node)
            answers = await asyncio.gather(*(node.client.get("/register/export") for _ in range(4)))
            assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503]
            refused = next(answer for answer in answers if answer.status_code == 503)
            assert refused.headers["retry-after"]
            assert "exports" in refused.json()["detail"]

    run(main())


def test_what_a_node_tells_of_an_earlier_time_is_what_the_judge_finds_in_the_pack(tmp_path: Path) -> None:
    """The node folds the history's effects; the judge replays the rules over it: two ways to one state."""

    async def main() -> None:
        async with served_register(tmp_path) as node:
            ids = a_long_story(node.kit)
            await node.catch_up()
            fingerprint, compared = node.institutions.genesis.fingerprint, 0
            for name in ("title", "pledged", "objected", "left"):
                right = ids[name].hex()
                data = (await node.client.get(f"/rights/{right}/evidence")).content
                for day in ("2026-11-23", "2026-12-08", "2026-12-23", "2027-01-23", "2027-02-05"):
                    answer = await node.client.get(f"/rights/{right}?at={day}T04:00:30.000Z")
                    if answer.status_code == 404:
                        continue
                    told = answer.json()
                    at = parse_time(told["at"])
                    found = verify_pack(data, fingerprint, ask=f"right/{right}", at=at).state_at
                    assert found is not None
                    assert (told["record"], told["view"]["status"]) == (found.record, found.status)
                    assert told["view"]["renewal_due"] == found.renewal_due
                    assert len(told["licences"]) == len(found.licences)
                    compared += 1
            assert compared >= 12

    run(main())


def test_every_pack_brings_the_offline_page_and_names_its_digest(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            (alice,) = node.kit.enrol("alice")
            right = node.kit.application(alice)
            await node.catch_up()
            for path in (
                f"/entries/{right.hex()}/evidence",
                f"/rights/{right.hex()}/evidence",
                f"/absence?subject=right/{'0' * 64}",
                f"/presence?subject=party/{alice.hex()}",
                "/register/export",
            ):
                pack = await node.client.get(path)
                parts = read_container(pack.content)
                assert list(parts)[:2] == ["README.txt", "verify.html"], path
                assert parts["verify.html"] == verify_page()
                assert f"\n{verify_page_digest()}\n" in parts["README.txt"].decode()

    run(main())
