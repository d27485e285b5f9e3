"""The pages of a served node in a real Chromium: two languages, two widths, nothing asked of anybody else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import structlog
import uvloop
from told_register import ServedRegister, a_long_story, served_register

from datadeed.judge_page import verify_page_digest
from datadeed_ledger.encoding import sha256

FILE = b"a file that stays in the browser\n" * 200_000  # two pieces of the hash's
NEW_TITLE = {"zh-CN": "更名后的数据登记机构", "en": "The office under its new title"}
WORDS = {
    "zh-CN": {"live": "实时更新中", "lost": "实时更新已中断", "none": "未找到", "registered": "已登记"},
    "en": {"live": "Live", "lost": "Live updates are lost", "none": "Nothing found", "registered": "registered"},
}


class Told:
    """A node that serves in a thread of its own, told a long story; entries can be told to it meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._loop = uvloop.new_event_loop()
        self._folder = folder
        self._ready: Future[ServedRegister] = Future()
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._node = self._ready.result(60)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(30)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._node.port}"

    def deposit(self, digest: bytes) -> str:
        """Record one more deposit; its id."""

        async def told() -> str:
            kit = self._node.kit
            entry = kit.record(kit.deposit_entry(self.ids["alice"], digest=digest))
            await self._node.catch_up()
            return entry.hex()

        return asyncio.run_coroutine_threadsafe(told(), self._loop).result(30)

    def _run(self) -> None:
        async def serve() -> None:
            async with served_register(self._folder) as node:
                self.ids = a_long_story(node.kit)
                await node.catch_up()
                await amended(node)
                self._ready.set_result(node)
                await self._ending.wait()

        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(serve())


async def amended(node: ServedRegister) -> None:
    """The one institution is called otherwise, and has another office key, from the next block on."""
    kit, key = node.kit, node.kit.office_key("new office key")
    (member,) = kit.roster.members
    changed = {"title_en": NEW_TITLE["en"], "title_zh": NEW_TITLE["zh-CN"], "office": key.public_key}
    following = kit.next_roster(changed={member.name: changed})
    kit.record(kit.roster_entry(following, [member.member_id]))
    kit.roster, kit.keys[member.member_id] = following, key
    kit.deposit(member.member_id)
    await node.catch_up()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    told = Told(tmp_path_factory.mktemp("node"))
    with structlog.testing.capture_logs():
        told.start()
        yield told
        told.stop()


@dataclass
class Visit:
    """One opened browser page and what it said and asked for."""

    page: Any
    node: Told
    locale: str
    complaints: list[str] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.locale]

    def go(self, path: str) -> None:
        self.page.goto(self.node.address + path)
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path} is too wide"


@pytest.fixture(params=["zh-CN 1280", "zh-CN 390", "en 1280", "en 390"])
def visit(request: pytest.FixtureRequest, browser: Any, node: Told) -> Iterator[Visit]:
    locale, width = request.param.split()
    context = browser.new_context(locale=locale, viewport={"width": int(width), "height": 900})
    made = Visit(context.new_page(), node, locale)
    made.page.on("console", lambda message: made.complaints.append(message.text))
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.on("request", lambda asked: made.asked.append(asked))
    yield made
    assert made.complaints == []
    assert {urlsplit(asked.url).netloc for asked in made.asked} == {urlsplit(node.address).netloc}
    context.close()


def test_every_page_opens_from_links_without_a_complaint(visit: Visit) -> None:
    ids = visit.node.ids
    for path in (
        "/", "/ui/checkpoint", "/ui/rosters", "/ui/search", f"/ui/rights/{ids['title'].hex()}",
        f"/ui/assets/{ids['asset'].hex()}", f"/ui/parties/{ids['carol'].hex()}", f"/ui/entries/{ids['licence'].hex()}",
    ):  # fmt: skip
        visit.go(path)
        assert visit.page.get_attribute("html", "lang") == visit.locale
        assert visit.page.locator("h1").count() == 1
        assert visit.page.locator("main, header, footer, nav").count() == 4
        unnamed = (
            "[...document.querySelectorAll('input,button')].filter(each => !each.labels?.length && !each.innerText)"
        )
        assert visit.page.evaluate(f"{unnamed}.length") == 0
    visit.go("/")
    visit.page.locator("#entries a").first.click()
    assert "/ui/entries/" in visit.page.url


def test_new_entries_appear_by_themselves(visit: Visit) -> None:
    visit.go("/")
    visit.page.wait_for_selector("#live:not(:empty)")
    assert visit.page.inner_text("#live").startswith(visit.words["live"])
    entry = visit.node.deposit(sha256(visit.locale.encode()))
    visit.page.wait_for_selector(f"#entries a[href='/ui/entries/{entry}']")


def test_a_page_that_nobody_looks_at_gives_its_stream_back(visit: Visit) -> None:
    visit.go("/")
    visit.page.wait_for_selector("#live:not(:empty)")
    seen = "Object.defineProperty(document, 'hidden', {{value: {}, configurable: true}});"
    change = "document.dispatchEvent(new Event('visibilitychange'))"
    with visit.page.expect_event("requestfailed", lambda asked: asked.url.endswith("/events")):
        visit.page.evaluate(seen.format("true") + change)
    with visit.page.expect_request("**/events"):
        visit.page.evaluate(seen.format("false") + change)


def test_the_rosters_are_reached_from_the_overview_and_say_what_changed(visit: Visit) -> None:
    visit.go("/")
    title = NEW_TITLE[visit.locale]
    assert title in visit.page.inner_text("#members")
    visit.page.locator("#ledger a[href='/ui/rosters#roster-2']").click()
    assert visit.page.url.endswith("/ui/rosters#roster-2")
    assert visit.page.evaluate("document.querySelector('#roster-2').getBoundingClientRect().top < innerHeight")
    assert visit.page.locator("section[id^='roster-'] > h2").count() == 2
    newest, first = visit.page.inner_text("#roster-2"), visit.page.inner_text("#roster-1")
    assert (title in newest, title in first) == (True, False)
    assert "office" in visit.page.inner_text("#roster-2 tbody td:last-child")
    with visit.page.expect_download() as download:
        visit.page.click("#roster-2 a[download]")
    assert download.value.suggested_filename == "roster-2.zip"
    assert visit.page.locator("#roster-1 a[download]").count() == 0


def test_a_right_shows_its_chain_of_title_as_a_drawing_and_in_words(visit: Visit) -> None:
    visit.go(f"/ui/rights/{visit.node.ids['title'].hex()}")
    assert visit.words["registered"] in visit.page.inner_text(".status")
    assert visit.page.locator(".timeline > li").count() == 17
    assert visit.page.locator(".timeline > li.changed").count() == 1
    widths = visit.page.evaluate(
        "[...document.querySelectorAll('rect.bar')].map(each => each.getBoundingClientRect().width)"
    )
    assert len(widths) == visit.page.locator(".lanes tbody tr").count()
    assert all(width > 0 for width in widths)
    visit.page.emulate_media(media="print")
    assert visit.page.is_hidden("nav")
    assert visit.page.is_visible(".timeline")


def test_a_file_is_sought_by_its_digest_and_never_uploaded(visit: Visit, tmp_path: Path) -> None:
    deposited, other = FILE + visit.locale.encode(), FILE + b"other"
    entry = visit.node.deposit(sha256(deposited))
    for content, target in ((deposited, f"/ui/entries/{entry}"), (other, None)):
        (tmp_path / "file.csv").write_bytes(content)
        visit.go("/ui/search")
        visit.page.set_input_files("#file", str(tmp_path / "file.csv"))
        visit.page.wait_for_url(f"**/ui/search?q={sha256(content).hex()}")
        if target is None:
            assert visit.words["none"] in visit.page.inner_text("#found")
        else:
            assert visit.page.locator(f"#found a[href='{target}']").count() == 1
    for asked in visit.asked:
        assert (asked.method, asked.post_data_buffer) == ("GET", None), "nothing is sent but addresses"


def test_the_language_switch_keeps_the_page_and_is_remembered(visit: Visit) -> None:
    other = "en" if visit.locale == "zh-CN" else "zh-CN"
    visit.go(f"/ui/parties/{visit.node.ids['alice'].hex()}")
    visit.page.click(".language")
    assert visit.page.get_attribute("html", "lang") == other
    assert "/ui/parties/" in visit.page.url
    visit.go("/ui/checkpoint")
    assert visit.page.get_attribute("html", "lang") == other


def test_the_keyboard_reaches_the_content_and_every_control(visit: Visit) -> None:
    visit.go("/ui/search")
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.className") == "skip"
    visit.page.keyboard.press("Enter")
    assert visit.page.evaluate("document.activeElement.id") == "content"
    reached = set()
    for _ in range(4):
        visit.page.keyboard.press("Tab")
        reached.add(visit.page.evaluate("document.activeElement.id || document.activeElement.type"))
    assert {"q", "submit", "file"} <= reached


def test_the_offline_page_works_from_the_node_and_asks_it_for_nothing(visit: Visit) -> None:
    visit.go("/")
    assert verify_page_digest() in visit.page.inner_text("main")
    visit.asked.clear()
    visit.go("/verify")
    assert visit.page.is_visible("button.check")
    assert [asked.url for asked in visit.asked] == [f"{visit.node.address}/verify"]


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_pages_work_without_javascript(browser: Any, node: Told, locale: str) -> None:
    context = browser.new_context(locale=locale, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{node.address}/ui/search")
    assert page.is_hidden("#file")
    assert page.is_visible("#without-script")
    page.fill("#q", "2026BJ0000000001")
    page.click("form#search button")
    assert page.locator(f"#found a[href='/ui/rights/{node.ids['title'].hex()}']").count() == 1
    page.goto(node.address)
    assert page.locator("#entries a").count() > 20
    context.close()


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_a_lost_stream_is_said(browser: Any, tmp_path: Path, locale: str) -> None:
    told = Told(tmp_path)
    with structlog.testing.capture_logs():
        told.start()
        context = browser.new_context(locale=locale)
        page = context.new_page()
        page.goto(told.address)
        page.wait_for_selector("#live:not(:empty)")
        told.stop()
        page.wait_for_selector("#live.lost")
        assert page.inner_text("#live").startswith(WORDS[locale]["lost"])
        context.close()
