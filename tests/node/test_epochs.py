"""A running ledger changes its members: nodes over real sockets, TLS and LevelDB cross the ends of epochs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cluster_in_process import Cluster
from institutions import Institutions, run, until
from succession import Succession

from datadeed_ledger.entry import Entry
from datadeed_node.node import Node


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

    run(main())
