"""A running ledger changes its members: nodes over real sockets, TLS and LevelDB cross the ends of epochs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from cluster_in_process import Cluster, Crash, count_effects
from institutions import Institutions, run, until
from succession import Succession

from datadeed_consensus import effects as fx
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Busy
from datadeed_ledger.roster import Roster
from datadeed_node.newest_roster import newest_known
from datadeed_node.node import Node
from datadeed_node.store import Store
from datadeed_node.store_check import check_store


class Ledger(Cluster):
    """A cluster whose roster changes."""

    def __init__(self, folder: Path, **config: int) -> None:
        super().__init__(folder, **config)
        self.succession = Succession(self.institutions)
        self._deposits = 0

    async def amended(self, entry: Entry, door: int = 0) -> None:
        """The entry is in the log, and every running node goes on in the epoch that it begins."""
        await self.nodes[door].submit(entry.data)
        await self.recorded(entry)
        await self.in_epoch(self.succession.roster.version)

    async def in_epoch(self, version: int, *which: int) -> None:
        nodes = [self.nodes[at] for at in which or self.nodes]
        await until(lambda: all(node.status()["roster_version"] == version for node in nodes), f"epoch {version}")
        await until(lambda: all(node._driver.term.roster.version == version for node in nodes), f"term {version}")

    async def deposit(self, door: int = 0, *, at: Iterable[int] = ()) -> Entry:
        """One more entry, by an institution that never leaves, recorded at every running node, or at these."""
        self._deposits += 1
        entry = self.institutions.deposit(self._deposits)
        await self.nodes[door].submit(entry.data)
        nodes = [self.nodes[each] for each in at or self.nodes]
        await until(lambda: all(node.store.entry_index(entry.entry_id) is not None for node in nodes), "recorded")
        return entry

    async def lose_store(self, at: int) -> None:
        """The node is gone, and with it its database; its keys and its file of starts are not."""
        await self.crash(at)
        shutil.rmtree(self.institutions.config(at).data_folder)

    def damage_votes(self, at: int) -> None:
        """A bit of every consensus row of a node that is down has turned."""
        store = Store.open(self.institutions.config(at).data_folder, self.institutions.genesis)
        batch = store.batch()
        turned = [(key, value[:-1] + bytes((value[-1] ^ 1,))) for key, value in store.consensus_rows().items()]
        store.add_consensus_rows(batch, turned, ())
        batch.write()
        store.close()

    def voters(self, version: int) -> set[str]:
        """Whose votes in this epoch were heard on the wire."""
        return {sender for epoch, sender, _ in self.recorder.votes if epoch == version}


def names(institutions: Institutions, *which: int) -> set[str]:
    return {institutions.names[at] for at in which}


def linked(node: Node) -> set[str]:
    return {peer.name for peer in node.peers() if peer.connected}


def is_member(node: Node) -> bool:
    return bool(node.status()["is_member"])


# --- crossing --------------------------------------------------------------------------------------------------------


def test_four_institutions_change_a_title_of_theirs_and_go_on_under_the_next_roster(tmp_path: Path) -> None:
    async def main() -> None:
        ledger = Ledger(tmp_path)
        async with ledger.running():
            before = await ledger.deposit()
            first = ledger.nodes[0]._driver.term
            await until(lambda: all(len(linked(node)) == 3 for node in ledger.nodes.values()), "all are linked")
            links = {at: set(node._links._up.values()) for at, node in ledger.nodes.items()}
            await ledger.amended(ledger.succession.change(ledger.succession.rekeyed(2, "office")), door=1)
            for at in range(4):
                await ledger.deposit(at)
            second = ledger.nodes[0]._driver.term
            assert second.epoch_id != first.epoch_id
            assert all(node.may_vote and is_member(node) for node in ledger.nodes.values())
            assert ledger.voters(1) == ledger.voters(2) == names(ledger.institutions, 0, 1, 2, 3)
            assert links == {at: set(node._links._up.values()) for at, node in ledger.nodes.items()}, "no link ended"
            await ledger.level()
            ledger.assert_agreement()
            assert b"datadeed_epoch 2.0" in ledger.nodes[2].metrics.exposition()
            assert ledger.nodes[2].status()["unproven_rosters"] == []
            header = ledger.nodes[3].store.tip.header
            assert (header.roster_version, header.roster_digest) == (2, ledger.succession.roster.digest)
            assert ledger.nodes[3].store.entry_index(before.entry_id) is not None

    run(main())


def test_an_institution_makes_all_its_keys_new_and_takes_part_under_them(tmp_path: Path) -> None:
    async def main() -> None:
        ledger = Ledger(tmp_path)
        async with ledger.running():
            await ledger.deposit()
            await ledger.amended(
                ledger.succession.change(ledger.succession.rekeyed(1, "vote", "cosign", "log", "tls", "office"))
            )
            for at in range(4):
                await ledger.deposit(at)
            assert ledger.nodes[1].may_vote
            assert ledger.voters(2) == names(ledger.institutions, 0, 1, 2, 3)
            await ledger.level()
            for at in range(4):  # every connection from now on shows and demands the new pin
                await ledger.crash(at)
                await ledger.start(at)
            await ledger.deposit(1)
            others = names(ledger.institutions, 0, 2, 3)
            await until(lambda: linked(ledger.nodes[1]) == others, "linked under the new key")
            own = ledger.succession.member(1)
            assert {ledger.nodes[at]._links._up[own.name].pin for at in (0, 2, 3)} == {own.tls}
            await ledger.level()
            ledger.assert_agreement()

    run(main())


def test_a_member_joins_from_the_founding_document_and_votes(tmp_path: Path) -> None:
    async def main() -> None:
        ledger = Ledger(tmp_path)
        succession = ledger.succession
        async with ledger.running():
            await ledger.deposit()
            await ledger.amended(succession.change(succession.rekeyed(0, "vote")))
            joining = succession.joining("university.example.cn", "supervisor")
            newcomer = await ledger.start(4)
            assert (newcomer.member, newcomer.may_vote, is_member(newcomer)) == (None, False, False)
            await ledger.nodes[0].submit((entry := succession.change(joining)).data)
            await ledger.recorded(entry)
            await ledger.in_epoch(3)
            assert newcomer.may_vote
            assert is_member(newcomer)
            for at in range(5):
                await ledger.deposit(at)
            assert ledger.voters(3) == names(ledger.institutions, 0, 1, 2, 3, 4)
            assert names(ledger.institutions, 4).isdisjoint(ledger.voters(1) | ledger.voters(2))
            await ledger.level()
            ledger.assert_agreement()

    run(main())


def test_a_name_between_the_others_moves_their_places_and_nothing_else(tmp_path: Path) -> None:
    async def main() -> None:
        ledger = Ledger(tmp_path)
        succession = ledger.succession
        async with ledger.running():
            await ledger.deposit()
            joining = succession.joining("a-first.example.cn", "supervisor")
            await ledger.start(4)
            await ledger.amended(succession.change(joining))
            for at in range(5):
                await ledger.deposit(at)
            assert ledger.voters(2) == names(ledger.institutions, 0, 1, 2, 3, 4)
            assert all(node._driver.term.core.penalties == (0,) * 5 for node in ledger.nodes.values())
            await ledger.level()
            ledger.assert_agreement()

    run(main())


def test_who_leaves_serves_on_and_leads_on_who_was_away(tmp_path: Path) -> None:
    async def main() -> None:
        ledger = Ledger(tmp_path)
        succession = ledger.succession
        async with ledger.running():
            await ledger.deposit()
            joining = succession.joining("university.example.cn", "supervisor")
            await ledger.start(4)
            await ledger.crash(2)
            await ledger.amended(succession.change(joining, without=[3]))
            left = ledger.nodes[3]
            assert (left.may_vote, is_member(left)) == (False, False)
            assert left.member is not None, "it is still called by the name that it had"
            entry = await ledger.deposit(at=(0, 1, 4))
            for at in (0, 1):  # the one that left is the only one of the first roster that is still there
                await ledger.crash(at)
            back = await ledger.start(2)
            await until(lambda: back.store.roster.version == 2, "led on by who left")
            for at in (0, 1):
                await ledger.start(at)
            await ledger.deposit(at=(0, 1, 2, 4))
            assert back.store.entry_index(entry.entry_id) is not None
            assert left.status()["is_member"] is False
            assert names(ledger.institutions, 3).isdisjoint(ledger.voters(2))
            with pytest.raises(Busy, match="not a member"):
                await left.submit(entry.data)

            await ledger.crash(3)  # and it does so after a restart too
            await ledger.start(3)
            for at in (0, 1):
                await ledger.crash(at)
            await ledger.lose_store(2)
            back = await ledger.start(2)
            await until(lambda: back.store.roster.version == 2, "led on once more")
            assert not back.may_vote

    run(main())


def test_who_slept_while_it_was_voted_out_is_told_by_those_to_whom_it_is_nobody_now(tmp_path: Path) -> None:
    async def main() -> None:
        ledger = Ledger(tmp_path)
        succession = ledger.succession
        async with ledger.running():
            await ledger.deposit()
            joining = succession.joining("university.example.cn", "supervisor")
            await ledger.start(4)
            await ledger.crash(3)
            await ledger.amended(succession.change(joining, without=[3]))
            await ledger.deposit(at=(0, 1, 2, 4))
            left = await ledger.start(3)
            assert is_member(left)
            await ledger.in_epoch(2)
            assert (left.may_vote, is_member(left)) == (False, False)
            assert left.store.tip.header.ends_epoch
            assert names(ledger.institutions, 3).isdisjoint(ledger.voters(2))

    run(main(), deadline_s=120)


def test_what_waits_at_a_node_that_leaves_is_given_up_there_and_recorded_by_the_others(tmp_path: Path) -> None:
    async def main() -> None:
        ledger = Ledger(tmp_path)
        succession = ledger.succession
        joining = succession.joining("university.example.cn", "supervisor")
        async with ledger.running(0, 3, 4):  # too few: nothing is recorded yet
            leaving, deposit = ledger.nodes[3], ledger.institutions.deposit(99)
            await until(lambda: ledger.institutions.names[0] in linked(leaving), "linked")
            await leaving.submit(deposit.data)
            waiting = asyncio.create_task(leaving.wait_proven(deposit.entry_id, 60))
            changing = succession.change(joining, without=[3])
            await leaving.submit(changing.data)
            await until(lambda: ledger.nodes[0].pending(changing.entry_id) is not None, "told")
            await ledger.start(1)
            await ledger.in_epoch(2)
            with pytest.raises(Busy, match="not a member"):
                await waiting
            nodes = [ledger.nodes[at] for at in (0, 1, 4)]
            await until(lambda: all(node.store.entry_index(deposit.entry_id) for node in nodes), "recorded")
            await ledger.deposit(at=(0, 1, 4))
            assert len(leaving._mempool) == 0, "and nothing that the others tell piles up there"

    run(main(), deadline_s=120)


# --- who was away, who crashes, who may not vote ---------------------------------------------------------------------


def test_who_was_away_during_two_changes_crosses_both_and_votes(tmp_path: Path) -> None:
    async def main() -> None:
        ledger = Ledger(tmp_path)
        succession = ledger.succession
        async with ledger.running():
            await ledger.deposit()
            prepared = succession.rekeyed(3, "vote", "cosign", "log")
            await ledger.crash(3)
            await ledger.amended(succession.change(succession.rekeyed(1, "vote", "tls"), prepared))
            await ledger.deposit(1)
            await ledger.amended(succession.change(succession.rekeyed(2, "cosign", "log")))
            await ledger.deposit(2)
            back = await ledger.start(3)
            assert back.store.roster.version == 1
            await ledger.in_epoch(3)
            assert back.may_vote
            await ledger.crash(0)  # nothing is recorded without the one that was away
            await ledger.deposit(3)
            assert names(ledger.institutions, 3) <= ledger.voters(3)
            await ledger.start(0)
            await ledger.level()
            ledger.assert_agreement()

    run(main(), deadline_s=120)


def crashing(node: Node, crash_before: int, names: list[str]) -> None:
    """Make the node crash in place of this effect; the effects up to then are in `names`."""
    count_effects(node, crash_before, lambda _, effect: names.append(type(effect).__name__))


async def crashed_or(node: Node, is_done: Callable[[], object]) -> None:
    await until(lambda: not node._running or is_done(), "a crash, or what was to be done")


def test_alone_a_crash_between_any_two_effects_around_the_end_leaves_this_epoch_or_the_next(tmp_path: Path) -> None:
    """The effects of one member are the same in every run, so the sweep meets each of them."""

    async def cross_once(folder: Path, crash_before: int) -> list[str]:
        """Crash once on the way into the next epoch, start again; the effects up to the crash."""
        ledger, names = Ledger(folder, size=1), list[str]()
        changing = ledger.succession.change(ledger.succession.rekeyed(0, "vote", "cosign", "log", "tls"))
        node = await ledger.start(0, before=lambda node: crashing(node, crash_before, names))
        await node.submit(changing.data)
        await crashed_or(node, lambda: node._driver.term.roster.version == 2)
        if node._running:
            deposit = ledger.institutions.deposit(0)
            await node.submit(deposit.data)
            await crashed_or(node, lambda: node.store.entry_index(deposit.entry_id) is not None)
        crashed = not node._running
        await ledger.crash(0)
        again = await ledger.start(0)
        check_store(again.store)
        assert again.may_vote
        await again.submit(changing.data)
        await ledger.in_epoch(2)
        assert again.may_vote
        await ledger.deposit()
        await ledger.level()
        await again.stop()
        return names if crashed else []

    async def main() -> None:
        swept: list[str] = []
        for crash_before in range(1, 200):
            names = await cross_once(tmp_path / str(crash_before), crash_before)
            if not names:
                break
            swept = names
        else:
            pytest.fail("one change and one entry take fewer than 200 effects")
        ended = swept.index("EpochEnded")
        assert {"Persist", "Build", "Execute", "Deliver"} <= set(swept[:ended])
        assert {"Persist", "Build", "Execute", "Deliver"} <= set(swept[ended:])

    run(main(), deadline_s=180)


def test_one_of_four_crashes_between_any_two_effects_around_the_end_and_stays_the_same_member(tmp_path: Path) -> None:
    async def main() -> None:
        ledger = Ledger(tmp_path)
        succession, names = ledger.succession, list[str]()
        async with ledger.running(0, 1, 2):
            for crash_before in range(2, 50, 2):
                victim = await ledger.start(3, before=lambda node, at=crash_before: crashing(node, at, names))
                following = succession.rekeyed(3, *(["vote"] if crash_before % 4 else ["office"]))
                changing = succession.change(following)
                await ledger.nodes[0].submit(changing.data)
                version = succession.roster.version
                await crashed_or(victim, lambda node=victim, at=version: node._driver.term.roster.version == at)
                await ledger.crash(3)
                again = await ledger.start(3)
                await ledger.in_epoch(version)
                assert again.may_vote
                await ledger.deposit(3)
                await ledger.crash(3)
                succession.settle(3)
            await ledger.start(3)
            await ledger.level()
            ledger.assert_agreement()
            assert {"Persist", "Deliver", "EpochEnded", "Broadcast", "Execute", "Wake"} <= set(names)

    run(main(), deadline_s=180)


def crash_at_the_end(node: Node) -> None:
    """Make the node crash where the next epoch would begin: the last block is durable, and nothing else is done."""
    join = node._join

    def joined() -> None:
        join()
        perform = node._driver.perform

        async def performed(effect: fx.Effect) -> None:
            if isinstance(effect, fx.EpochEnded):
                node._running = False
                raise Crash("the epoch has ended")
            await perform(effect)

        node._driver.perform = performed

    node._join = joined


def test_all_crash_on_the_last_block_and_the_chain_alone_says_which_epoch_begins(tmp_path: Path) -> None:
    async def main() -> None:
        ledger = Ledger(tmp_path)
        succession = ledger.succession
        for at in range(4):
            await ledger.start(at, before=crash_at_the_end)
        async with ledger.running_now():
            await ledger.deposit()
            changing = succession.change(succession.rekeyed(0, "vote", "cosign"), succession.rekeyed(1, "log"))
            await ledger.nodes[2].submit(changing.data)
            nodes = list(ledger.nodes.values())
            await until(lambda: not any(node._running for node in nodes), "all are gone")
            assert {node.store.roster.version for node in nodes} == {2}
            for at in range(4):
                await ledger.crash(at)
            for at in range(4):
                await ledger.start(at)
            await ledger.in_epoch(2)
            assert all(node.may_vote for node in ledger.nodes.values())
            for at in range(4):
                await ledger.deposit(at)
            await ledger.level()
            ledger.assert_agreement()

    run(main())


def test_a_silent_node_stays_silent_over_the_end_of_an_epoch_and_votes_under_its_next_key(tmp_path: Path) -> None:
    async def main() -> None:
        ledger = Ledger(tmp_path)
        succession = ledger.succession
        async with ledger.running():
            await ledger.deposit()
            await ledger.lose_store(3)
            silent = await ledger.start(3)
            assert not silent.may_vote
            await ledger.amended(succession.change(succession.rekeyed(3, "cosign", "log")))
            await ledger.deposit(3)
            assert not silent.may_vote
            assert is_member(silent)
            await ledger.crash(3)
            silent = await ledger.start(3)
            assert not silent.may_vote
            await ledger.deposit(3)
            assert names(ledger.institutions, 3).isdisjoint(ledger.voters(2))
            succession.settle(3)
            await ledger.amended(succession.change(succession.rekeyed(3, "vote")))
            await ledger.deposit(3)
            assert silent.may_vote
            assert names(ledger.institutions, 3) <= ledger.voters(3)
            await ledger.crash(3)
            again = await ledger.start(3)
            assert again.may_vote
            await ledger.level()
            ledger.assert_agreement()

    run(main(), deadline_s=120)


def test_a_key_whose_vote_rows_were_damaged_is_silent_also_after_its_institution_was_away_from_the_roster(
    tmp_path: Path,
) -> None:
    """The core's rows know only the epoch before: between two memberships they would forget whom the loss concerned."""

    async def main() -> None:
        ledger = Ledger(tmp_path)
        succession = ledger.succession
        async with ledger.running():
            await ledger.deposit()
            joining, member = succession.joining("university.example.cn", "supervisor"), succession.member(3)
            await ledger.start(4)
            await ledger.amended(succession.change(joining))
            await ledger.crash(3)
            ledger.damage_votes(3)
            silent = await ledger.start(3)
            await until(lambda: not silent.may_vote, "silent")
            await ledger.amended(succession.change(without=[3]))
            await ledger.deposit(at=(0, 1, 2, 4))
            await ledger.nodes[0].submit(succession.change(member).data)
            await ledger.in_epoch(4)
            await ledger.deposit(3)
            assert is_member(silent)
            assert not silent.may_vote
            assert names(ledger.institutions, 3).isdisjoint(ledger.voters(4))

    run(main(), deadline_s=120)


def test_a_lost_store_is_walked_again_without_a_vote_in_any_epoch_it_may_have_voted_in(tmp_path: Path) -> None:
    """The empty store stands under the founding roster, but the node has voted under its second key too."""

    async def main() -> None:
        ledger = Ledger(tmp_path)
        succession = ledger.succession
        async with ledger.running():
            await ledger.deposit()
            await ledger.amended(succession.change(succession.rekeyed(3, "vote")))
            await ledger.deposit(3)
            assert names(ledger.institutions, 3) <= ledger.voters(2)
            await ledger.lose_store(3)
            ledger.recorder.votes.clear()
            again = await ledger.start(3)
            assert not again.may_vote
            await ledger.in_epoch(2)
            await ledger.deposit(3)
            assert not again.may_vote
            assert ledger.voters(1) == set()
            assert names(ledger.institutions, 3).isdisjoint(ledger.voters(2))
            await ledger.level()
            ledger.assert_agreement()

    run(main(), deadline_s=120)


def test_who_begins_anew_finds_the_others_although_every_pin_it_knows_from_the_founding_has_changed(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        ledger = Ledger(tmp_path)
        succession, folder = ledger.succession, ledger.institutions.folder
        async with ledger.running():
            await ledger.deposit()
            for at in range(4):
                await ledger.amended(succession.change(succession.rekeyed(at, "tls")))
            await ledger.amended(succession.change(succession.rekeyed(3, "vote")))
            await ledger.deposit(3)
            await ledger.lose_store(3)
            again = await ledger.start(3)
            assert again.store.roster.version == 1
            await ledger.in_epoch(6)
            assert not again.may_vote
            await ledger.deposit(3)

            joining = succession.joining("university.example.cn", "supervisor")
            newcomer = await ledger.start(4)
            await ledger.nodes[0].submit((entry := succession.change(joining)).data)
            await ledger.in_epoch(7, 0, 1, 2, 3)
            assert newcomer.store.roster.version == 1, "by the founding document alone it finds nobody"
            await ledger.crash(4)
            (folder / joining.name / "newest-roster.json").write_bytes(ledger.nodes[0].store.roster.document)
            newcomer = await ledger.start(4)
            await ledger.recorded(entry)
            await ledger.in_epoch(7)
            assert newcomer.may_vote
            await ledger.deposit(4)
            await ledger.level()
            ledger.assert_agreement()

    run(main(), deadline_s=120)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 300_000, b'{"members":[],"version":9}'])
def test_a_file_that_is_no_roster_of_this_ledger_costs_nothing(tmp_path: Path, content: bytes) -> None:
    institutions = Institutions(tmp_path)
    founding, file = institutions.genesis.roster, tmp_path / "newest-roster.json"
    file.write_bytes(content)
    assert newest_known(file, founding, institutions.genesis.origin) is None
    assert file.read_bytes() == content
    following = Roster.of(2, founding.members)
    assert newest_known(file, following, institutions.genesis.origin) is None
    assert file.read_bytes() == following.document
    assert newest_known(file, founding, institutions.genesis.origin) == following
    assert file.read_bytes() == following.document
