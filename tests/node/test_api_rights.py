"""Routes about rights: which there are by holder, status, industry, time; one of them, now and at an earlier time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from institutions import run
from told_register import ServedRegister, a_long_story, served_register

from datadeed_ledger.encoding import time_text
from datadeed_ledger.evidence.codecs import readable
from datadeed_ledger.schema import value_of
from datadeed_node.api import rights_routes

NOON = "T04:00:00.000Z"


async def listed(node: ServedRegister, query: str = "") -> list[str]:
    """The ids of the rights that a query lists, all pages."""
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        answer = await node.get(f"/rights?{query}" + (f"&after={after}" if after else ""))
        found += [each["right"] for each in answer["rights"]]
        after = answer["next"]
    return found


async def three_rights(node: ServedRegister) -> tuple[list[str], list[bytes]]:
    """Alice's, announced on 8 December; Bob's, on the 23rd; an application of both. Their ids, and the parties."""
    kit = node.kit
    alice, bob = kit.enrol("alice", "bob")
    rights = [kit.registered(alice, number=1, industry="54"), kit.registered(bob, number=2, industry="65")]
    rights.append(kit.application(alice, bob, industry="54"))
    await node.catch_up()
    return [right.hex() for right in rights], [alice, bob]


def test_rights_are_listed_by_holder_status_industry_and_day_of_announcement(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            (first, second, third), (alice, bob) = await three_rights(node)
            assert await listed(node) == [first, second, third]
            assert await listed(node, f"holder={alice.hex()}") == [first, third]
            assert await listed(node, f"holder={bob.hex()}&status=registered") == [second]
            assert await listed(node, "status=examining") == [third]
            assert await listed(node, "industry=54") == [first, third]
            assert await listed(node, "industry=54&status=registered") == [first]
            assert await listed(node, "from=2026-12-09") == [second]
            assert await listed(node, "until=2026-12-08") == [first]
            assert await listed(node, "from=2026-12-08&until=2026-12-23") == [first, second]
            assert await listed(node, f"holder={bob.hex()}&until=2026-12-22") == []
            assert await listed(node, f"holder={'0' * 32}") == []
            assert await listed(node, "status=revoked") == []

    run(main())


def test_what_is_told_of_a_listed_right(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            (first, _, _), (alice, bob) = await three_rights(node)
            right = bytes.fromhex(first)
            node.kit.pledged(right, bob)
            node.kit.frozen(right)
            node.kit.record(node.kit.note_dispute_entry(right))
            await node.catch_up()
            answer = await node.get(f"/rights?status=registered&industry=54&holder={alice.hex()}")
            index = node.node.store.entry_index(right)
            assert index is not None
            assert answer["as_of"]["time"] == time_text(node.node.store.tip.header.time_ms)
            assert answer["at"] is None
            assert answer["next"] is None
            (told,) = answer["rights"]
            assert told.pop("opened").startswith("2026-11-23T04:00:")
            office = node.institutions.genesis.roster.members[0]
            assert told == {
                "right": first,
                "index": index,
                "stage": "registered",
                "status": "registered",
                "valid": True,
                "renewal_pending": False,
                "registrar": {"id": office.member_id.hex(), "name": office.name},
                "holders": [{"party": alice.hex(), "share": 10_000}],
                "industry": "54",
                "registration_no": "2026BJ0000000001",
                "certificate_no": "11000000000000001",
                "announced_on": "2026-12-08",
                "until": "2029-12-08",
                "pledged": True,
                "frozen": True,
                "disputed": True,
                "pending": [],
                "open_objections": 0,
                "licences_ever": 0,
                "events": node.kit.right(right).events.count,
            }

    run(main())


def test_pages_go_on_where_they_ended_whatever_is_recorded_in_between(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            (alice,) = node.kit.enrol("alice")
            rights = [node.kit.application(alice).hex() for _ in range(5)]
            await node.catch_up()
            for query in ("", "status=examining", f"holder={alice.hex()}", "industry=64"):
                first = await node.get(f"/rights?{query}&limit=2")
                assert [each["right"] for each in first["rights"]] == rights[:2]
                rights.append(node.kit.application(alice).hex())
                await node.catch_up()
                rest = await node.get(f"/rights?{query}&after={first['next']}")
                assert [each["right"] for each in rest["rights"]] == rights[2:]
                assert rest["next"] is None

    run(main())


def test_an_answer_looks_at_a_bounded_number_of_rows_and_says_where_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            (alice,) = node.kit.enrol("alice")
            rights = [node.kit.application(alice, industry="54" if at == 4 else "64") for at in range(5)]
            await node.catch_up()
            monkeypatch.setattr(rights_routes, "ROWS_LOOKED_MAX", 2)
            first = await node.get(f"/rights?industry=54&holder={alice.hex()}")
            assert first["rights"] == []
            assert first["next"] is not None
            assert await listed(node, f"industry=54&holder={alice.hex()}") == [rights[4].hex()]

    run(main())


def test_a_deemed_withdrawal_and_an_expiry_are_found_although_no_entry_says_so(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            kit = node.kit
            (alice,) = kit.enrol("alice")
            missed, right = kit.correcting(alice).hex(), kit.registered(alice).hex()
            await node.catch_up()
            assert await listed(node, "status=deemed_withdrawn") == [missed]
            assert await listed(node, "status=correcting") == []
            assert await listed(node, "status=expired") == []
            await node.go_to("2029-12-08")
            assert await listed(node, "status=registered") == [right]
            await node.go_to("2029-12-09")
            assert await listed(node, "status=expired") == [right]
            assert await listed(node, "status=registered") == []
            assert await listed(node, f"status=registered&at=2029-12-08{NOON}") == [right]
            assert await listed(node, "status=correcting&at=2026-11-23") == [missed]

    run(main())


def test_a_right_at_an_earlier_time_is_the_record_of_then_seen_then(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            kit = node.kit
            alice, bob = kit.enrol("alice", "bob")
            right = kit.registered(alice)
            path = f"/rights/{right.hex()}"
            stood: list[tuple[str, Any]] = []

            async def note() -> None:
                await node.catch_up()
                time = time_text(node.node.store.tip.header.time_ms)
                now = await node.get(path)
                stood.append((time, now))
                assert now["as_of"]["time"] == time

            await note()
            freeze = kit.frozen(right, months=1)
            await note()
            kit.go_to("2027-02-01")
            transfer = kit.transfer(right, bob)
            await note()
            kit.record(kit.approve_entry(right, transfer))
            await note()
            for time, now in stood:
                then = await node.get(f"{path}?at={time}")
                assert then["at"] == time
                assert [then[name] for name in ("record", "view", "licences", "objections")] == [
                    now[name] for name in ("record", "view", "licences", "objections")
                ]
            frozen = await node.get(f"{path}?at=2026-12-31")
            assert frozen["at"] == "2026-12-31T15:59:59.999Z", "a day is meant to its end at +08:00"
            assert frozen["view"]["freeze"]["id"] == freeze.hex()
            lapsed = await node.get(f"{path}?at=2027-01-31")
            assert lapsed["record"]["freezes"][0]["id"] == freeze.hex()
            assert lapsed["view"]["freeze"] is None
            assert lapsed["record"]["holders"] == [{"party": alice.hex(), "share": "10000"}]
            assert await listed(node, f"holder={alice.hex()}&at=2027-01-31") == [right.hex()]
            assert await listed(node, f"holder={alice.hex()}") == []
            assert await listed(node, f"holder={bob.hex()}&at=2027-01-31") == []
            assert await listed(node, f"holder={bob.hex()}") == [right.hex()]
            newest = (await node.get(path))["record"]
            assert newest["holders"] == readable([value_of(holder) for holder in kit.right(right).holders])

    run(main())


def test_a_time_after_the_newest_proven_block_cannot_be_decided(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            (alice,) = node.kit.enrol("alice")
            right = node.kit.application(alice).hex()
            await node.catch_up()
            for path in (f"/rights/{right}?at=2026-11-24", f"/rights?at=2099-01-01{NOON}"):
                problem = await node.get(path, 422)
                assert problem["kind"] == "cannot-decide"
                assert "later than" in problem["detail"]
                assert "无法判定" in problem["detail_zh"]
            problem = await node.get(f"/rights/{right}?at=2026-11-22", 404)
            assert "founded after" in problem["detail"]
            problem = await node.get(f"/rights/{right}?at=2026-11-23T03:30:00.000Z", 404)
            assert "nothing had opened" in problem["detail"]

    run(main())


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("status=valid", "status: one of examining"),
        ("from=2026-02-30", "from: a date that exists"),
        ("until=20261130", "until: a date that exists"),
        ("limit=0", "limit: 1 to 200"),
        ("limit=201", "limit: 1 to 200"),
        ("limit=ten", "limit"),
        ("after=00", "after: not a cursor"),
        ("from=2026-11-23&after=0000000000000001", "after: not a cursor of this list"),
        ("industry=" + "5" * 33, "industry: a code"),
        ("at=yesterday", "not a time like"),
        ("at=2026-11-3x", "at: a date that exists"),
    ],
)
def test_a_question_in_another_spelling_is_malformed(tmp_path: Path, query: str, wrong: str) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            node.kit.enrol("alice")
            await node.catch_up()
            problem = await node.get(f"/rights?{query}", 400)
            assert problem["kind"] == "malformed"
            assert wrong in problem["detail"]

    run(main())


def test_a_long_story_is_told_to_a_node_and_its_rights_are_what_the_story_made_them(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            ids = a_long_story(node.kit)
            await node.catch_up()
            answer = await node.get("/rights")
            assert len(answer["rights"]) == 6
            for told in answer["rights"]:
                right = bytes.fromhex(told["right"])
                kept = node.kit.right(right)
                assert (told["stage"], told["status"]) == (kept.stage, node.kit.seen(right).status)
                assert told["events"] == kept.events.count
                one = await node.get(f"/rights/{told['right']}")
                assert len(one["licences"]) == sum(1 for _ in node.kit.state.records_under(kept.key[:32] + b"\x01"))
                history = await node.get(f"/rights/{told['right']}/history")
                assert history["count"] == kept.events.count
            asset = await node.get(f"/assets/{ids['asset'].hex()}")
            assert asset["record"]["contracts"] == "1"
            told = await node.get(f"/assets/{ids['asset'].hex()}/history?from=1")
            assert [each["kind"] for each in told["entries"]] == ["record_contract"]
            assert (told["count"], told["from"], told["asset"]) == (2, 1, ids["asset"].hex())
            title = ids["title"].hex()
            for query, meant in (
                ("industry=65", False),
                ("industry=01", True),
                ("industry=65&at=2026-12-30", True),
                ("industry=01&at=2026-12-30", False),
                (f"holder={ids['alice'].hex()}&at=2026-12-30", True),
                (f"holder={ids['alice'].hex()}", False),
                ("status=registered&from=2026-12-01&at=2026-12-08", True),
                ("status=registered&from=2026-12-01&at=2026-12-07", False),
            ):
                assert (title in await listed(node, query)) is meant, query
            party = await node.get(f"/parties/{ids['alice'].hex()}")
            assert party["record"]["party_type"] == "enterprise"
            for path in (f"/assets/{'0' * 64}", f"/parties/{'0' * 32}", f"/rights/{'0' * 64}", "/assets/00"):
                assert (await node.get(path, 404))["kind"] == "not-found"

    run(main())
