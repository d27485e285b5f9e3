"""The web pages of a served node: what they show, in which language, escaped, and what they say where there is none."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import httpx
import pytest
from institutions import Institutions, run
from registerkit import COURT, OFFICE, OTHER_COURT
from served_node import QUICK, served
from told_register import ServedRegister, ToldRegister, a_long_story, served_register, six, snapshot_of, tell

from datadeed.judge_page import verify_page, verify_page_digest
from datadeed.kind_words import KIND_WORDS, field_words
from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Unproven
from datadeed_ledger.events import SCHEMAS
from datadeed_ledger.records import RequestKind
from datadeed_ledger.roster import Member
from datadeed_ledger.view import Status
from datadeed_node import layout
from datadeed_node.api.app import NodeApi
from datadeed_node.api.asking import AskedTime
from datadeed_node.api.server import ApiServer, listen
from datadeed_node.api.turns import Turn
from datadeed_node.node import Node
from datadeed_node.pages import register_view, routes, searching, title_chain
from datadeed_node.pages.entry_view import data_facts
from datadeed_node.pages.pieces import Teller
from datadeed_node.pages.right_view import RightPage, right_page
from datadeed_node.pages.words import PAGE_WORDS, VALUE_WORDS, Speech
from datadeed_node.snapshot import Snapshot
from datadeed_node.store import Store

ZH = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"}
EN = {"accept-language": "en-GB,en;q=0.9"}
PAGES = Path(routes.__file__).parent


async def shown(node: ServedRegister, path: str, status: int = 200, headers: dict[str, str] = EN) -> str:
    """The page as text."""
    answer = await node.client.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def plain(page: str) -> str:
    """What a reader sees, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_every_page_of_a_long_story_is_shown_in_both_languages(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            ids = a_long_story(node.kit)
            told = [entry for _, entry in node.kit.told]
            await node.catch_up()
            right, asset, party = ids["title"].hex(), ids["asset"].hex(), ids["carol"].hex()
            for headers, language, registered in ((ZH, "zh-CN", "已登记"), (EN, "en", "registered")):
                overview = await shown(node, "/", headers=headers)
                assert f'<html lang="{language}">' in overview
                assert node.institutions.genesis.fingerprint.hex() in overview
                assert verify_page_digest() in overview
                assert f"/ui/entries/{told[-1].entry_id.hex()}" in overview
                page = plain(await shown(node, f"/ui/rights/{right}", headers=headers))
                assert registered in page
                assert "2026BJ0000000001" in page
                page = await shown(node, f"/ui/assets/{asset}", headers=headers)
                assert f'href="/ui/rights/{right}"' in page
                page = await shown(node, f"/ui/parties/{party}", headers=headers)
                assert f'href="/ui/rights/{right}"' in page
                page = plain(await shown(node, "/ui/checkpoint", headers=headers))
                assert node.institutions.genesis.roster.members[0].name in page
                for entry in told:
                    page = plain(await shown(node, f"/ui/entries/{entry.entry_id.hex()}", headers=headers))
                    words = KIND_WORDS[entry.kind]
                    assert (words.zh if headers is ZH else words.en) in page
            for page_of in (overview, page):
                assert "owner" not in page_of.lower().replace("ownership", "")

    run(main())


def test_the_chain_of_title_tells_each_entry_with_what_it_changed(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            alice, bob = node.kit.enrol("alice", "bob")
            right = node.kit.registered(alice)
            first = node.kit.frozen(right, months=1)
            node.kit.frozen(right, OTHER_COURT, months=2)
            await node.go_to(node.kit.day(70))
            transfer = node.kit.transfer(node.kit.registered(bob, number=2), alice)
            await node.catch_up()
            page = await shown(node, f"/ui/rights/{right.hex()}")
            events = re.findall(
                r'<li class="[^"]*" value="(\d+)">\s*<h3><span class="number">\d+</span> ([^<]*) <', page
            )
            assert [kind for _, kind in events] == [
                KIND_WORDS[kind].en for kind in ("apply", "publish", "register", "freeze", "freeze")
            ]
            assert "Status being examined → ; in its publicity period" in plain(page)
            bars = re.findall(r'<tr class="(\w+)"><th scope="row"><span class="lane">([^<]*)</span>', page)
            assert bars == [
                ("title", "Applicants"), ("title", "Holders of record"), ("court", "Freeze"), ("waiting", "Freeze"),
                ("court", "Freeze"),
            ], "the queued freeze took effect by time alone"  # fmt: skip
            assert f"/ui/entries/{first.hex()}" in page
            assert f"/rights/{right.hex()}/evidence" in page
            asked = await node.client.get(f"/entries/{transfer.hex()}")
            page = plain(await shown(node, f"/ui/rights/{asked.json()['body']['data']['right']}"))
            assert "Pending request + transfer until" in page

    run(main())


def every_drawing(folder: Path, kit: ToldRegister) -> tuple[Snapshot, set[str]]:
    """Draw every right of a story at several times, each bar within its time; the statuses that were met."""
    store = Store.open(folder, six())
    list(tell(store, kit.told))
    snapshot, statuses = snapshot_of(store), set()
    for _, right in snapshot.listed(layout.rights_list(b"a")):
        for at in (None, "2026-12-10", "2027-01-20", "2027-03-20", "2028-01-01"):
            page = drawn(snapshot, right, at)
            if page is None:
                continue
            statuses.add(page.status)
            assert len(page.events or ()) == page.count
            for bar in page.bars:
                x, width = float(bar.x[:-1]), float(bar.width[:-1])
                assert (x >= 0, width > 0, x + width <= 100.01) == (True, True, True)
                assert bar.start.full <= bar.end.full <= page.end.full, "spelled for machines, time is in order"
            assert next(bar for bar in page.bars if bar.topic == "title").start.full == page.start.full
    return snapshot, statuses


def test_every_right_of_a_long_story_is_drawn_within_its_time(tmp_path: Path) -> None:
    kit = ToldRegister(six())
    a_long_story(kit)
    kit.go_to("2030-06-01")
    kit.deposit(OFFICE)
    _, statuses = every_drawing(tmp_path, kit)
    assert statuses == {"已登记", "已届满", "公示中", "审查中", "视为撤回", "已注销"}


def test_what_lies_on_a_right_is_drawn_until_an_entry_or_time_ends_it(tmp_path: Path) -> None:
    kit = ToldRegister(six())
    alice, bank = kit.enrol("alice", "bank")
    revoked, frozen = kit.registered(alice, number=1), kit.registered(alice, number=2)
    kit.pledged(revoked, bank)
    kit.record(kit.object_entry(kit.published(alice), bank))
    for court in (COURT, OTHER_COURT, COURT):
        kit.frozen(frozen, court, months=1)
    kit.frozen(revoked, months=1)
    kit.record(kit.revoke_entry(revoked))
    kit.go_to("2030-06-01")
    kit.deposit(OFFICE)
    snapshot, statuses = every_drawing(tmp_path, kit)
    assert statuses >= {"已撤销", "已届满", "公示中"}
    queue = drawn(snapshot, frozen, "2027-02-10")
    assert queue is not None
    freezes = [(bar.topic, bar.still) for bar in queue.bars if bar.label == "保全"]
    assert freezes == [("court", False), ("waiting", False), ("waiting", True), ("court", True)]
    for right in (revoked, frozen):
        over = drawn(snapshot, right, None)
        assert over is not None
        assert not any(bar.still for bar in over.bars), "with the right ended all that lay on it"


def drawn(snapshot: Snapshot, right: bytes, at: str | None) -> RightPage | None:
    """The page's content, in Chinese."""
    time = AskedTime.of(snapshot, at)
    return asyncio.run(right_page(snapshot, right, time, 0, Teller(Speech("zh"), snapshot.rosters), Turn()))


def test_entries_with_items_documents_and_flags_are_told_whole(tmp_path: Path) -> None:
    kit = ToldRegister(six())
    (alice,) = kit.enrol("alice")
    batch = kit.batch(alice, count=5)
    notarized = kit.notarize_entry(batch, item=3)
    entries = [notarized, kit.amend_entry(publicity_working_days=3)]
    teller = Teller(Speech("en"), (six().roster,))
    told = {
        fact.label: [piece.text for piece in fact.values] for entry in entries for fact in data_facts(entry, teller)
    }
    assert told[field_words("notarize", "item").en] == ["3"]
    (rules,) = told[field_words("amend_rules", "rules").en]
    assert re.fullmatch(r"\d+ bytes, SHA-256 [0-9a-f]{64}", rules)


def test_a_transfer_marks_the_change_of_the_holder_of_record(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            alice, bob = node.kit.enrol("alice", "bob")
            right = node.kit.registered(alice)
            node.kit.record(node.kit.approve_entry(right, node.kit.transfer(right, bob)))
            await node.catch_up()
            page = await shown(node, f"/ui/rights/{right.hex()}")
            assert page.count("Holder of record changed") == 1
            assert f"Holders of record {alice.hex()[:12]}… (100%) → ; {bob.hex()[:12]}… (100%)" in plain(page)
            party = plain(await shown(node, f"/ui/parties/{alice.hex()}"))
            assert "Rights that it held before" in party

    run(main())


def test_a_right_as_of_an_earlier_day(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            (alice,) = node.kit.enrol("alice")
            right = node.kit.application(alice)
            await node.go_to("2026-11-25")
            node.kit.record(node.kit.publish_entry(right))
            await node.catch_up()
            page = plain(await shown(node, f"/ui/rights/{right.hex()}?at=2026-11-24"))
            assert "being examined Right" in page
            assert "State as of 2026-11-24T15:59:59.999Z" in page
            assert "in its publicity period Right" in plain(await shown(node, f"/ui/rights/{right.hex()}"))
            assert "Nothing had opened" in await shown(node, f"/ui/rights/{right.hex()}?at=2026-11-23T03:30:00.000Z")
            late = await shown(node, f"/ui/rights/{right.hex()}?at=2030-01-01", 422, ZH)
            assert "尚无法判定" in late
            assert "晚于最新已证明区块" in late
            assert "cannot be read" in await shown(node, f"/ui/rights/{right.hex()}?at=tomorrow", 400)
            assert "cannot be read" in await shown(node, f"/ui/rights/{right.hex()}?from=-1", 400)

    run(main())


def test_long_lists_say_that_they_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_view, "HISTORY_SHOWN", 1)
    monkeypatch.setattr(register_view, "RIGHTS_SHOWN", 1)
    monkeypatch.setattr(searching, "DEPOSITS_SHOWN", 1)
    monkeypatch.setattr("datadeed_node.pages.right_view.SHOWN_MAX", 2)

    async def main() -> None:
        async with served_register(tmp_path) as node:
            (alice,) = node.kit.enrol("alice")
            right = node.kit.registered(alice)
            node.kit.application(alice)
            asset = node.kit.asset(alice, right)
            node.kit.record(node.kit.delist_asset_entry(asset))
            digest = sha256(b"often")
            for _ in range(3):
                node.kit.record(node.kit.deposit_entry(alice, digest=digest))
            await node.catch_up()
            assert "The first 1 of 2" in await shown(node, f"/ui/assets/{asset.hex()}")
            assert "The first 1; /rights" in await shown(node, f"/ui/parties/{alice.hex()}")
            assert "Only the first 1" in await shown(node, f"/ui/search?q={digest.hex()}")
            first = await shown(node, f"/ui/rights/{right.hex()}")
            assert ('rel="next" href="?from=2"' in first, 'rel="prev"' in first) == (True, False)
            second = await shown(node, f"/ui/rights/{right.hex()}?from=2")
            assert 'rel="prev" href="?from=0"' in second
            assert '<li class="title" value="3">' in second
            monkeypatch.setattr(title_chain, "FOLDED_MAX", 1)
            assert "draws no chain of title" in await shown(node, f"/ui/rights/{right.hex()}")

    run(main())


# --- search ----------------------------------------------------------------------------------------------------------


def test_everything_is_found_by_its_names(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            (alice,) = node.kit.enrol("alice")
            right = node.kit.registered(alice)
            asset = node.kit.asset(alice, right)
            deposit = node.kit.deposit_entry(alice, digest=sha256(b"a file"))
            node.kit.record(deposit)
            await node.catch_up()
            key = node.kit.party(alice).public_key.hex()
            for query, target in (
                (right.hex(), f"/ui/rights/{right.hex()}"),
                (f"right/{right.hex()}", f"/ui/entries/{right.hex()}"),
                (asset.hex(), f"/ui/assets/{asset.hex()}"),
                (alice.hex(), f"/ui/parties/{alice.hex()}"),
                (key, f"/ui/parties/{alice.hex()}"),
                ("2026BJ0000000001", f"/ui/rights/{right.hex()}"),
                ("2026bj0000000001", f"/ui/rights/{right.hex()}"),
                ("11000000000000001", f"/ui/rights/{right.hex()}"),
                (sha256(b"a file").hex(), f"/ui/entries/{deposit.entry_id.hex()}"),
                (f"SHA-256:{sha256(b'a file').hex().upper()}", f"/ui/entries/{deposit.entry_id.hex()}"),
                (str(node.node.store.entry_index(asset)), f"/ui/entries/{asset.hex()}"),
            ):
                answer = await node.client.get("/ui/search", params={"q": query}, headers=EN)
                assert f'href="{target}"' in answer.text, query

    run(main())


def test_what_is_not_there_is_said_and_its_absence_can_be_proven(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            await node.go_to("2026-11-23")
            for query, absence in (("f" * 64, "right/" + "f" * 64), ("2026BJ0000000009", "number/2026BJ0000000009")):
                page = await shown(node, f"/ui/search?q={query}")
                assert "Nothing found" in page
                assert f'href="/absence?subject={absence}"' in page
                assert (await node.client.get(f"/absence?subject={absence}")).status_code == 200
            for query in ("e" * 32, "999999", "0", "no such thing", "%00%0a%e2%80%ae"):
                assert "Nothing found" in await shown(node, f"/ui/search?q={query}")
            assert "none of the forms" in await shown(node, "/ui/search?q=no+such+thing")
            assert 'id="found"' not in await shown(node, "/ui/search?q=+")

    run(main())


# --- what is wrong ---------------------------------------------------------------------------------------------------


def test_a_name_that_is_not_there_is_a_page_that_says_so(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            await node.go_to("2026-11-23")
            for path in (
                f"/ui/entries/{'0' * 64}", "/ui/entries/zz", f"/ui/rights/{'0' * 64}", f"/ui/assets/{'0' * 64}",
                f"/ui/parties/{'0' * 32}", "/ui/static/none.js", "/ui/static/hashing.py", "/ui/", "/ui/a/b",
            ):  # fmt: skip
                assert "Nothing here has this name" in await shown(node, path, 404)
                assert "此处没有该名称的内容" in await shown(node, path, 404, ZH)
            for path in ("/entries/zz", "/nothing"):
                assert (await node.client.get(path)).headers["content-type"] == "application/problem+json"
            browser = EN | {"accept": "text/html,application/xhtml+xml"}
            assert "Nothing here has this name" in await shown(node, "/nothing", 404, browser)

    run(main())


def test_before_the_first_checkpoint_the_overview_says_so_and_other_pages_ask_for_patience(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            monkeypatch.setattr(node.node, "published", lambda: None)
            answer = await node.client.get("/", headers=EN)
            assert answer.status_code == 200
            assert "No checkpoint is published yet" in answer.text
            assert "Nothing is recorded yet" in answer.text
            for path in ("/ui/checkpoint", "/ui/search?q=1", f"/ui/rights/{'0' * 64}"):
                answer = await node.client.get(path, headers=EN)
                assert (answer.status_code, "No answer yet" in answer.text) == (503, True)
                assert int(answer.headers["retry-after"]) > 0

    run(main())


def test_a_node_that_is_alone_says_that_the_others_are_not_connected(tmp_path: Path) -> None:
    async def main() -> None:
        institutions = Institutions(tmp_path, 4, QUICK)
        node = institutions.node(0)
        await node.start()
        server = ApiServer(NodeApi(node), listen("127.0.0.1", 0))
        server.start()
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", headers=EN) as client:
                page = plain((await client.get("/")).text)
        finally:
            await server.stop()
            await node.stop()
        assert page.count("not connected") == 3
        assert page.count("this node") >= 1
        assert page.count("not this one") == 4
        assert "No checkpoint is published yet" in page

    run(main())


def test_what_this_node_cannot_prove_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unproven(node: Node) -> Snapshot:
        raise Unproven("checkpoint", "no quorum signed it")

    monkeypatch.setattr(routes, "published", unproven)

    async def main() -> None:
        async with served(tmp_path) as node:
            answer = await node.client.get("/ui/checkpoint", headers=EN)
            assert (answer.status_code, "This node cannot prove it" in answer.text) == (500, True)
            assert "no quorum signed it" in answer.text

    run(main())


# --- language, escaping, headers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "zh-CN"), ("fr", "zh-CN"), ("en", "en"), ("zh-TW", "zh-CN"), ("fr,en;q=0.4", "en"),
        ("en;q=0.2,zh;q=0.8", "zh-CN"), ("EN-us", "en"), ("en;q=x", "zh-CN"), ("en;q=0", "zh-CN"), ("en;v=1", "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_browsers_unless_switched(tmp_path: Path, accepted: str, language: str) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            answer = await node.client.get("/ui/search", headers={"accept-language": accepted})
            assert f'<html lang="{language}">' in answer.text
            assert answer.headers["content-language"] == language
            assert answer.headers["vary"] == "accept-language, cookie"

    run(main())


def test_a_switch_is_remembered_and_keeps_the_question(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            await node.go_to("2026-11-23")
            page = await shown(node, "/ui/search?q=a%26b&lang=zh")
            assert '<html lang="zh-CN">' in page
            assert 'href="/ui/search?q=a%26b&amp;lang=en"' in page
            assert '<html lang="zh-CN">' in await shown(node, "/"), "the cookie counts before the browser"
            answer = await node.client.get("/?lang=en", headers=ZH)
            assert '<html lang="en">' in answer.text
            assert "HttpOnly" in answer.headers["set-cookie"]
            assert "set-cookie" not in (await node.client.get("/?lang=xx")).headers

    run(main())


def test_text_from_outside_is_escaped_and_shows_its_hidden_marks(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            await node.go_to("2026-11-23")
            hostile = '"><script>alert(1)</script>\u202e\u0007{{ 7*7 }}'
            answer = await node.client.get("/ui/search", params={"q": hostile, "x": hostile}, headers=EN)
            assert "<script>alert" not in answer.text
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
            assert ("\u202e" in answer.text, "\\u202e\\u0007" in answer.text) == (False, True)
            assert "49" not in answer.text.partition("alert")[2][:60]
            answer = await node.client.get("/ui/%3Cimg%20src=x%3E%E2%80%AE", headers=EN)
            assert answer.status_code == 404
            assert ("<img" in answer.text, "\u202e" in answer.text) == (False, False)

    run(main())


def test_an_institutions_title_cannot_write_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Institutions, "institution", _hostile(Institutions.institution))

    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(node.deposit())
            for path in ("/", "/ui/checkpoint"):
                text = (await node.client.get(path)).text
                assert ("<i>" in text, "&lt;i&gt;" in text) == (False, True)

    run(main())


def _hostile(made: Any) -> Any:
    def member(self: Institutions, name: str, roles: tuple[str, ...]) -> Member:
        found: Member = made(self, name, roles)
        object.__setattr__(found, "title_zh", "<i>法院")
        return found

    return member


def test_pages_allow_nothing_but_this_node_and_bring_no_script_inside(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            ids = a_long_story(node.kit)
            await node.catch_up()
            paths = ["/", "/ui/checkpoint", "/ui/search", "/ui/none", f"/ui/rights/{ids['title'].hex()}"]
            for path in paths:
                answer = await node.client.get(path)
                policy = answer.headers["content-security-policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert not re.search(r"<script(?![^>]* src=)|<style| style=|\son\w+=|https?://", answer.text), path
                for address in set(re.findall(r'(?:src|href)="(/ui/static/[^"]*)"', answer.text)):
                    file = await node.client.get(address)
                    assert (file.status_code, "immutable" in file.headers["cache-control"]) == (200, True)

    run(main())


def test_the_offline_page_is_served_exactly_with_its_digest(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            answer = await node.client.get("/verify")
            assert answer.content == verify_page()
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            digest = await node.client.get("/verify.sha256")
            assert digest.text == f"{verify_page_digest()}  verify.html\n"
            assert verify_page_digest() in (await node.client.get("/")).text
            assert not [
                path for path in NodeApi(node.node).app.openapi()["paths"] if path.startswith(("/ui", "/verify"))
            ]

    run(main())


# --- the catalogue ---------------------------------------------------------------------------------------------------


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (*PAGES.glob("*.py"), *PAGES.glob("templates/*.html"))
        if path.name != "words.py"
    )
    used = set(re.findall(r"""["'](\w+)["']""", sources))
    used |= {f"{name}_hint" for name in used}
    assert sorted(set(PAGE_WORDS) - used) == []
    for name in re.findall(r'\bsay\("(\w+)"|\bspeech\("(\w+)"', sources):
        assert (name[0] or name[1]) in PAGE_WORDS
    for words in (*PAGE_WORDS.values(), *VALUE_WORDS.values()):
        assert words.en
        assert words.zh


def test_every_value_of_a_closed_list_of_the_format_has_its_word() -> None:
    values = {value for schema in SCHEMAS.values() for value in _literals(schema)}
    values |= {*get_args(Status), *get_args(RequestKind), "listed", "delisted"}
    assert values - set(VALUE_WORDS) == set()


def _literals(hint: Any) -> Iterator[str]:
    if get_origin(hint) is Literal:
        yield from (value for value in get_args(hint) if isinstance(value, str))
    nested = get_type_hints(hint).values() if hasattr(hint, "__required_keys__") else get_args(hint)
    for each in nested if get_origin(hint) is not Literal else ():
        yield from _literals(each)
