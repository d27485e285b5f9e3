"""The pages under several rosters: who is in force, since when, what changed, and institutions by the name of then."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from following_rosters import JOINING, amend_roster, following, joining
from institutions import Institutions, run
from seats import Seat, deliver
from served_node import Served, served
from succession import Succession
from told_register import served_register

from datadeed_ledger.encoding import sha256, time_text
from datadeed_ledger.header import Header
from datadeed_ledger.roster import Roster
from datadeed_node.api.turns import Turn
from datadeed_node.pages import rosters_view
from datadeed_node.pages.pieces import Teller
from datadeed_node.pages.rosters_view import RosterView, roster_views
from datadeed_node.pages.words import Speech
from datadeed_node.snapshot import Snapshot

LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
OLD, NEW = {"zh": "知识产权局", "en": "The old office"}, {"zh": "数据局", "en": "The new office"}


async def shown(node: Served, path: str, language: str) -> str:
    """What a reader sees of the page, in one line."""
    answer = await node.client.get(path, headers={"accept-language": LANGUAGES[language]})
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


async def renamed(node: Served, succession: Succession, titles: dict[str, str]) -> Roster:
    """The one institution is called so from the next block on."""
    member = replace(succession.member(0), title_zh=titles["zh"], title_en=titles["en"])
    await node.recorded(succession.change(member))
    return succession.roster


# --- a served node ---------------------------------------------------------------------------------------------------


def test_pages_name_the_roster_in_force_and_the_institution_as_it_was_called_then(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            succession = Succession(node.institutions)
            await renamed(node, succession, OLD)
            early = node.deposit()
            await node.recorded(early)
            roster = await renamed(node, succession, NEW)
            for language in LANGUAGES:
                say = Speech("zh" if language == "zh" else "en")
                page = await shown(node, "/", language)
                assert OLD[language] in page, "the checkpoint still stands under the roster before"
                assert say("roster_next", version=3) in page
            late = node.deposit()
            await node.recorded(late)
            store = node.node.store
            since = Header.parse(store.leaf(store.roster_index(3) + 1))
            for language in LANGUAGES:
                say = Speech("zh" if language == "zh" else "en")
                page = await shown(node, "/", language)
                assert NEW[language] in page
                assert OLD[language] not in page
                assert say("roster_since", version=3, height=since.height + 1) in page
                assert say("roster_follows") not in page
                page = await shown(node, "/ui/checkpoint", language)
                assert f"{say('roster_version')} 3" in page
                for entry, version, title in ((early, 2, OLD), (late, 3, NEW)):
                    page = await shown(node, f"/ui/entries/{entry.entry_id.hex()}", language)
                    assert f"{say('roster_version')} {version}" in page
                    assert f"{say('signers')} {title[language]} (" in page
                page = await shown(node, "/ui/rosters", language)
                assert [say("roster_number", version=version) in page for version in (1, 2, 3, 4)] == [True] * 3 + [
                    False
                ]
                assert say("renamed", title=OLD[language]) in page
                assert roster.digest.hex() in page
                assert say("of_members", count=1, size=1, quorum=1) in page
            html = (await node.client.get("/ui/rosters")).text
            assert time_text(since.time_ms) in html
            links = set(re.findall(r'href="(/[^"#?]*)"', html))
            assert {"/rosters/3", "/rosters/3/evidence", "/rosters/2/evidence", "/rosters/1", "/genesis"} <= links
            assert "/rosters/1/evidence" not in links
            for link in links:
                assert (await node.client.get(link)).status_code == 200, link

    run(main())


def test_a_ledger_that_never_changed_has_one_roster_on_its_page(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(node.deposit())
            page = await shown(node, "/ui/rosters", "en")
            assert "Roster 1 in force" in page
            assert "Recorded by" not in page
            assert "roster/2" not in (await node.client.get("/ui/rosters")).text

    run(main())


def test_the_chain_of_title_names_who_signed_as_it_was_called_then(tmp_path: Path) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            kit = node.kit
            (alice,) = kit.enrol("alice")
            right = kit.registered(alice)
            (office,) = kit.roster.members
            following = kit.next_roster(changed={office.name: {"title_en": NEW["en"]}})
            kit.record(kit.roster_entry(following, [office.member_id]))
            kit.roster = following
            freeze = kit.frozen(right)
            await node.catch_up()
            html = (await node.client.get(f"/ui/rights/{right.hex()}", headers={"accept-language": "en"})).text
            chain = re.findall(r'<li class="[^"]*" value="\d+">.*?</li>', html, re.DOTALL)
            assert len(chain) == 4
            before = f"{office.title_en} ({office.name})"
            assert [(before in each, NEW["en"] in each) for each in chain[1:]] == [(True, False)] * 2 + [(False, True)]
            assert freeze.hex() in html

    run(main())


# --- who joins, who leaves -------------------------------------------------------------------------------------------


class Changed:
    """Four institutions; one joins, the last leaves and the first gets new keys; and the snapshot after that."""

    def __init__(self, folder: Path) -> None:
        four = Institutions(folder)
        self.first, (self.rekeyed, *_, self.leaving) = four.genesis.roster, four.names
        second = following(self.first, joins=(joining(four),), leaves=(self.leaving,), rekeyed=(self.rekeyed,))
        seats = [Seat(four, name) for name in four.names[:3]]
        self.boundary = seats[0].build(amend_roster(four, self.first, second))
        for executed in (lambda: self.boundary, lambda: seats[0].build()):
            block = executed()
            for seat in seats:
                seat.commit(block)
            deliver(seats)
            for seat in seats:
                seat.keep()
            deliver(seats)
        self.snapshot: Snapshot = seats[0].published[-1]
        assert self.snapshot.rosters == (self.first, second)

    def views(self, language: str = "en") -> tuple[RosterView, ...]:
        speech = Speech("zh" if language == "zh" else "en")
        return asyncio.run(roster_views(self.snapshot, Teller(speech, self.snapshot.rosters), Turn()))


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    return Changed(tmp_path)


def test_each_roster_tells_who_joined_who_left_and_who_has_new_keys(changed: Changed) -> None:
    second, first = changed.views()
    assert [(each.version, each.in_force) for each in (second, first)] == [(2, True), (1, False)]
    changes = {member.name: member.changes for member in second.members}
    assert changes.pop(JOINING) == ("joined",)
    assert changes.pop(changed.rekeyed) == ("new keys: cosign, log, office, vote",)
    assert set(changes.values()) == {()}
    assert [member.name for member in second.left] == [changed.leaving]
    assert [member.name for member in first.members] == [member.name for member in changed.first.members]
    assert first.left == ()
    facts = {fact.label: [piece.text for piece in fact.values] for fact in second.facts}
    assert facts["First block, in force since"][0] == str(changed.boundary.tip.header.height + 1)
    assert facts["Checkpoint of the change signed by"][0] == "3 of 4 institutions; 3 are needed"
    assert len(facts["Signed by"]) == 5, "all members before, and the one that joins"
    assert facts["Recorded by"] == [changed.boundary.entries[0].entry_id.hex()]


def test_who_has_left_is_named_and_said_to_have_left(changed: Changed) -> None:
    teller = Teller(Speech("en"), changed.snapshot.rosters)
    left, stays = sha256(changed.leaving.encode()), sha256(changed.rekeyed.encode())
    assert teller.member(left).text == f"{changed.leaving} ({changed.leaving}; no member any more)"
    assert teller.under(changed.first).member(left).text == f"{changed.leaving} ({changed.leaving})"
    assert teller.member(stays).text == f"{changed.rekeyed} ({changed.rekeyed})"
    joined = sha256(JOINING.encode())
    assert teller.under(changed.first).member(joined).text == f"{JOINING} ({JOINING})"
    assert teller.member(bytes(32)).text == bytes(32).hex()


def test_other_roles_and_addresses_are_told_in_both_languages(changed: Changed) -> None:
    member = changed.first.members[0]
    other = replace(member, roles=("court", "supervisor"), api="https://elsewhere.example")
    for language, words in (("en", ("roles before: court", "other addresses")), ("zh", ("原角色：法院", "地址变更"))):
        speech = Speech("zh" if language == "zh" else "en")
        assert rosters_view._changes(other, changed.first, speech) == words
        assert rosters_view._changes(member, changed.first, speech) == ()


def test_only_the_newest_rosters_are_shown(changed: Changed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rosters_view, "SHOWN_MAX", 1)
    (only,) = changed.views()
    assert only.version == 2
