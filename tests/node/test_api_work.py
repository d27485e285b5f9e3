"""`/register/work`: each list holds what awaits somebody as of the checkpoint, and nothing that time has closed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from institutions import HOUR_MS, run
from told_register import OFFICE_NAME, ServedRegister, ToldRegister, served_register, six, snapshot_of, tell

from datadeed_node.api import work_routes
from datadeed_node.api.work_routes import Filters
from datadeed_node.register_rows import Work
from datadeed_node.store import Store

LISTS = ["applications", "corrections", "windows", "requests", "freezes", "objections", "renewals"]


async def items(node: ServedRegister, name: str, query: str = "") -> list[Any]:
    answer = await node.get(f"/register/work?list={name}&{query}")
    assert list(answer["lists"]) == [name]
    found: list[Any] = answer["lists"][name]["items"]
    return found


def brief(found: list[Any]) -> list[tuple[str, str, str | None]]:
    return [(each["id"], each["kind"], each["due"]) for each in found]


def test_every_list_holds_what_awaits_somebody_and_nothing_else(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            kit = node.kit
            alice, bob = kit.enrol("alice", "bob")
            title, other = kit.registered(alice, number=1), kit.registered(bob, number=2)
            examining, correcting = kit.application(alice), kit.correcting(bob)
            window = kit.published(alice)
            objection = kit.record(kit.object_entry(window, bob))
            transfer = kit.transfer(title, bob)
            freeze = kit.frozen(other, months=1)
            queued = kit.frozen(other, months=2)
            await node.catch_up()
            answer = await node.get("/register/work")
            assert answer["today"] == "2026-12-23"
            assert list(answer["lists"]) == LISTS
            assert all(page["next"] is None for page in answer["lists"].values())
            told = {name: brief(page["items"]) for name, page in answer["lists"].items()}
            due = {right: kit.right(right).due for right in (correcting, window)}
            assert told == {
                "applications": [(examining.hex(), "application", None)],
                "corrections": [(correcting.hex(), "correction", due[correcting])],
                "windows": [(window.hex(), "window", due[window])],
                "requests": [(transfer.hex(), "transfer", kit.day(90))],
                "freezes": [(freeze.hex(), "freeze", "2027-01-23"), (queued.hex(), "queued_freeze", "2027-03-24")],
                "objections": [(objection.hex(), "objection", due[window])],
                "renewals": [],
            }
            (request,) = answer["lists"]["requests"]["items"]
            office = node.institutions.genesis.roster.members[0]
            assert request["recorded"].startswith("2026-12-23T04:00:")
            del request["recorded"]
            assert request == {
                "right": title.hex(),
                "id": transfer.hex(),
                "kind": "transfer",
                "index": node.node.store.entry_index(transfer),
                "status": "registered",
                "due": kit.day(90),
                "due_over": False,
                "registrar": {"id": office.member_id.hex(), "name": OFFICE_NAME},
                "court": None,
                "holders": [{"party": alice.hex(), "share": 10_000}],
                "parties": sorted([alice.hex(), bob.hex()]),
                "ground": None,
                "open_objections": 0,
            }
            (objected,) = answer["lists"]["objections"]["items"]
            assert (objected["parties"], objected["ground"]) == ([bob.hex()], "prior_right")
            assert answer["lists"]["freezes"]["items"][0]["court"]["name"] == OFFICE_NAME

    run(main())


def test_what_time_has_closed_leaves_the_lists_without_an_entry(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            kit = node.kit
            alice, bob = kit.enrol("alice", "bob")
            right = kit.registered(alice)
            kit.transfer(right, bob)
            first, second = kit.frozen(right, months=1), kit.frozen(right, months=1)
            kit.correcting(bob)
            window = kit.published(bob)
            await node.catch_up()
            due = kit.right(window).due
            assert [each["due_over"] for each in await items(node, "windows")] == [False]
            await node.go_to("2027-01-08")
            assert [each["kind"] for each in await items(node, "freezes")] == ["freeze", "queued_freeze"]
            await node.go_to("2027-01-09")
            assert brief(await items(node, "freezes")) == [(second.hex(), "freeze", "2027-02-09")]
            assert first.hex() not in str(await items(node, "freezes"))
            assert await items(node, "corrections") == [], "the due day is missed: deemed withdrawn"
            assert [(each["due"], each["due_over"]) for each in await items(node, "windows")] == [(due, True)]
            await node.go_to("2027-03-08")
            assert len(await items(node, "requests")) == 1
            await node.go_to("2027-03-09")
            assert await items(node, "requests") == []
            assert await items(node, "freezes") == []

    run(main())


def test_a_renewal_is_due_until_it_is_requested_decided_or_too_late(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            kit = node.kit
            (alice,) = kit.enrol("alice")
            asked, missed = kit.registered(alice, number=1), kit.registered(alice, number=2)
            await node.catch_up()
            assert kit.right(missed).until == "2029-12-23"
            await node.go_to("2029-06-25")
            assert brief(await items(node, "renewals")) == [(asked.hex(), "renewal", "2029-12-08")]
            kit.record(kit.renew_entry(asked))
            await node.catch_up()
            assert await items(node, "renewals") == []
            assert [each["kind"] for each in await items(node, "requests")] == ["renew"]
            await node.go_to("2029-12-23")
            assert brief(await items(node, "renewals")) == [(missed.hex(), "renewal", "2029-12-23")]
            await node.go_to("2029-12-24")
            assert await items(node, "renewals") == []

    run(main())


def test_where_the_rules_allow_a_late_renewal_an_expired_right_is_listed_until_then(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            kit = node.kit
            (alice,) = kit.enrol("alice")
            kit.record(kit.amend_entry(effective=kit.now_ms + HOUR_MS, late_renewal_days=10))
            right = kit.registered(alice)
            for date, listed in (("2029-12-08", True), ("2029-12-18", True), ("2029-12-19", False)):
                await node.go_to(date)
                found = await items(node, "renewals")
                assert [each["right"] for each in found] == ([right.hex()] if listed else [])
                status = (await node.get(f"/rights/{right.hex()}"))["view"]["status"]
                assert status == ("registered" if date == "2029-12-08" else "expired")

    run(main())


def test_a_correction_is_listed_as_long_as_it_may_be_filed(tmp_path: Path) -> None:
    """To the end of the due day and 900 seconds of grace."""

    async def main() -> None:
        async with served_register(tmp_path) as node:
            (alice,) = node.kit.enrol("alice")
            right = node.kit.correcting(alice)
            await node.catch_up()
            assert node.kit.right(right).due == "2026-12-07"
            await node.go_to("2026-12-08", hour=0)
            assert brief(await items(node, "corrections")) == [(right.hex(), "correction", "2026-12-07")]
            assert len(await items(node, "corrections", "within_days=0")) == 1, (
                "the day that is over comes before today"
            )
            await node.go_to("2026-12-08", hour=1)
            assert await items(node, "corrections") == []

    run(main())


def test_lists_are_narrowed_to_an_institution_and_to_what_is_due_soon(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            kit = node.kit
            (alice,) = kit.enrol("alice")
            for months in (1, 2):
                kit.frozen(kit.application(alice), months=months)
            await node.catch_up()
            assert len(await items(node, "freezes", "within_days=30")) == 1
            assert len(await items(node, "freezes", "within_days=29")) == 0
            assert len(await items(node, "freezes", "within_days=61")) == 2
            assert len(await items(node, "freezes", f"court={OFFICE_NAME}")) == 2
            assert len(await items(node, "applications")) == 2
            assert len(await items(node, "applications", f"registrar={OFFICE_NAME}")) == 2
            assert await items(node, "applications", f"court={OFFICE_NAME}") == []
            assert await items(node, "applications", "within_days=30") == [], "nobody has to decide by a day"

    run(main())


def test_another_institutions_work_is_not_listed(tmp_path: Path) -> None:
    """With six institutions, of which none runs: the lists as the route makes them."""

    async def main() -> None:
        kit = ToldRegister(six())
        (alice,) = kit.enrol("alice")
        court, other_court = (kit.roster.by_name(f"{name}.example.cn") for name in ("court", "other-court"))
        office, other_office = (kit.roster.by_name(f"{name}.example.cn") for name in ("ip-office", "other-office"))
        assert court is not None
        assert other_court is not None
        assert office is not None
        assert other_office is not None
        own = kit.application(alice)
        others = kit.record(kit.apply_entry([alice], [kit.deposit(alice)], registrar=other_office.member_id))
        first, queued = kit.frozen(own, court.member_id, 1), kit.frozen(own, other_court.member_id, 1)
        store = Store.open(tmp_path, six())
        list(tell(store, kit.told))

        async def listed(work: Work, registrar: Any = None, court: Any = None) -> list[str]:
            filters = Filters(registrar and registrar.member_id, court and court.member_id, None)
            lists = work_routes.Lists(snapshot_of(store), filters, store.tip.header.time_ms)
            page: Any = await lists.page(work, None, 100)
            return [each["id"] for each in page["items"]]

        assert await listed(Work.applications) == [own.hex(), others.hex()]
        assert await listed(Work.applications, registrar=office) == [own.hex()]
        assert await listed(Work.applications, registrar=other_office) == [others.hex()]
        assert await listed(Work.freezes) == [first.hex(), queued.hex()]
        assert await listed(Work.freezes, court=court) == [first.hex()]
        assert await listed(Work.freezes, court=other_court) == [queued.hex()]
        assert await listed(Work.freezes, registrar=other_office) == []

    run(main())


def test_pages_of_a_list_go_on_inside_a_right_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            kit = node.kit
            names = ["alice", *(f"objector {at}" for at in range(5))]
            alice, *objectors = kit.enrol(*names)
            windows = [kit.published(alice) for _ in range(3)]
            objections = {kit.record(kit.object_entry(window, by)).hex() for window in windows[1:] for by in objectors}
            await node.catch_up()
            for looked_max in (2_000, 1):
                monkeypatch.setattr(work_routes, "ROWS_LOOKED_MAX", looked_max)
                found: list[str] = []
                after = ""
                while True:
                    answer = await node.get(f"/register/work?list=objections&limit=3{after}")
                    page = answer["lists"]["objections"]
                    assert len(page["items"]) <= 3
                    found += [each["id"] for each in page["items"]]
                    if page["next"] is None:
                        break
                    after = f"&after={page['next']}"
                assert len(found) == 10
                assert set(found) == objections

    run(main())


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("list=everything", "list: one of applications"),
        ("after=" + "0" * 88, "say which"),
        ("list=windows&after=00", "after: not a cursor"),
        ("registrar=nobody.example.cn", "registrar: no member is or was called"),
        ("court=nobody.example.cn", "court: no member is or was called"),
        ("within_days=36601", "within_days: at most"),
        ("within_days=-1", "within_days"),
        ("limit=0", "limit"),
    ],
)
def test_a_list_asked_for_in_another_spelling_is_malformed(tmp_path: Path, query: str, wrong: str) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            node.kit.enrol("alice")
            await node.catch_up()
            problem = await node.get(f"/register/work?{query}", 400)
            assert wrong in problem["detail"]

    run(main())
