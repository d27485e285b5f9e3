"""A store over three epochs: found whole, made whole again, and the first fault named, each under its own roster."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from altered_rows import BUFFER, put_row, row_of
from following_rosters import JOINING, amend_roster, following, joining, secret
from institutions import Institutions, key
from seats import Seat, deliver

from datadeed_consensus.core import epoch_id
from datadeed_consensus.guard import Kind
from datadeed_consensus.votes import Certificate, Statement, Vote
from datadeed_ledger.chain import Executed
from datadeed_ledger.encoding import jcs, sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.header import Header
from datadeed_ledger.keys import VOTE_TAG
from datadeed_ledger.roster import Genesis, Roster
from datadeed_node import layout
from datadeed_node.database import StoreDamaged
from datadeed_node.fault import Fault
from datadeed_node.repair import rebuild
from datadeed_node.store import Store
from datadeed_node.store_check import check_store
from datadeed_node.verify_store import Verified, verify_store


def certificate(genesis: Genesis, roster: Roster, header: Header, digest: bytes) -> bytes:
    """All members' votes that make this block final in the epoch of `roster`."""
    statement = Statement(Kind.FINALIZE, header.height, header.height, 0, header.ends_epoch, digest)
    epoch = epoch_id(genesis.fingerprint, roster.version, roster.digest, sha256(jcs(genesis.consensus)))
    prefixes = {Kind.FINALIZE: VOTE_TAG + bytes((Kind.FINALIZE,)) + epoch}
    message = statement.to_bytes(prefixes, roster.version)
    votes = [
        Vote(statement, at, secret("vote", member.name, member.vote).sign(message))
        for at, member in enumerate(roster.members)
    ]
    return Certificate.of(votes, roster.size).data


@dataclass(frozen=True)
class Epochs:
    """A closed store of the first founder: two epochs behind it, and whatever it signed, gathered and published."""

    four: Institutions
    folder: Path
    rosters: tuple[Roster, ...]
    headers: list[Header]  # by height

    def verified(self) -> Verified:
        return verify_store(self.four.config(0), self.four.genesis, lambda *_: None)

    def open_checked(self) -> Store:
        store = Store.open(self.folder, self.four.genesis)
        try:
            check_store(store)
        except StoreDamaged:
            store.close()
            raise
        return store

    def index(self, version: int) -> int:
        """The log index of the entry that names this roster."""
        return next(each.first for each in self.headers if each.ends_epoch and each.next_roster_version == version)


def tell(folder: Path) -> Epochs:
    """Ten blocks: at height 3 one joins and the last leaves, at height 6 the first two get new keys."""
    four = Institutions(folder)
    first = four.genesis.roster
    second = following(first, joins=(joining(four),), leaves=(four.names[3],))
    third = following(second, rekeyed=tuple(four.names[:2]))
    seats = [Seat(four, name) for name in (*four.names, JOINING)]
    headers: list[Header] = [seats[0].store.tip.header]

    def commit(*entries: Entry, certified: bool = True) -> Executed:
        executed = seats[0].build(*entries)
        header, roster = executed.tip.header, seats[0].store.roster
        data = certificate(four.genesis, roster, header, executed.tip.digest) if certified else b""
        headers.append(header)
        for seat in seats:
            seat.commit(executed, certificate=data)
        for _ in range(2):
            deliver(seats)
            for seat in seats:
                seat.keep()
        return executed

    commit(four.enrol(1))
    commit(certified=False)
    commit(amend_roster(four, first, second))
    by_joined = {sha256(JOINING.encode()): key(f"office {JOINING}")}
    commit(four.entry("deposit", by_joined, four.deposit(2).body.data, 2))
    commit(certified=False)
    commit(amend_roster(four, second, third, 9_000_001))
    commit(four.deposit(3, party=1), certified=False)
    commit(four.deposit(4, party=1))
    snapshot = seats[0].cosigner.snapshot
    assert snapshot is not None
    assert snapshot.size == seats[0].store.tip.log_size
    batch = seats[0].store.batch()
    batch.put(layout.PUBLISHED, snapshot.checkpoint)
    batch.write()
    for seat in seats:
        seat.store.close()
    return Epochs(four, four.folder / four.names[0] / "data", (first, second, third), headers)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Epochs:
    return tell(tmp_path_factory.mktemp("epochs"))


@pytest.fixture
def epochs(told: Epochs, tmp_path: Path) -> Iterator[Epochs]:
    """A copy to be damaged."""
    kept = tmp_path / "kept"
    shutil.copytree(told.folder, kept)
    yield told
    for folder in told.folder.parent.glob("data*"):
        shutil.rmtree(folder)
    shutil.copytree(kept, told.folder)


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


def alter(epochs: Epochs, key: bytes, value: bytes | None) -> None:
    assert row_of(epochs.folder, key) != value
    put_row(epochs.folder, key, value)


def row(epochs: Epochs, key: bytes) -> bytes:
    found = row_of(epochs.folder, key)
    assert found is not None
    return found


# --- whole -----------------------------------------------------------------------------------------------------------


def test_a_store_over_three_epochs_is_found_whole(epochs: Epochs) -> None:
    found = epochs.verified()
    assert (found.height, found.log_size) == (8, epochs.headers[-1].log_size)
    assert found.published_size == found.log_size
    epochs.open_checked().close()


def test_a_boundary_that_is_not_proven_yet_is_no_fault(epochs: Epochs) -> None:
    """As long as nothing was published under its roster."""
    alter(epochs, layout.PUBLISHED, None)
    alter(epochs, layout.boundary_key(3), None)
    assert epochs.verified().published_size == 0
    epochs.open_checked().close()


# --- one fault each --------------------------------------------------------------------------------------------------


def other_epoch(epochs: Epochs, height: int, roster: Roster) -> bytes:
    header = epochs.headers[height]
    data = certificate(epochs.four.genesis, roster, header, header.digest)
    return layout.u64(header.index) + layout.u64(height) + data


Change = Callable[[Epochs], tuple[bytes, bytes | None]]
FAULTS: dict[str, tuple[Change, str, int | None, Callable[[Epochs], int] | None]] = {
    "a roster's row lost": (
        lambda _: (layout.roster_key(2), None),
        "the row of roster 2 is missing",
        3,
        lambda epochs: epochs.index(2),
    ),
    "a roster's row altered": (
        lambda epochs: (layout.roster_key(3), layout.u64(epochs.index(2))),
        "the row of roster 3 was altered",
        6,
        lambda epochs: epochs.index(3),
    ),
    "a roster's row added": (
        lambda epochs: (layout.roster_key(4), layout.u64(epochs.index(3))),
        "the row of roster 4 was added",
        6,
        lambda epochs: epochs.index(3),
    ),
    "a boundary lost": (
        lambda _: (layout.boundary_key(2), None),
        "the checkpoint that proves the beginning of roster 2 is missing",
        3,
        lambda epochs: epochs.index(2),
    ),
    "a boundary altered": (
        lambda epochs: (layout.boundary_key(2), row(epochs, layout.boundary_key(2)).replace(b"\n\xe2", b"\n\n\xe2", 1)),
        "the checkpoint that proves the beginning of roster 2 does not hold",
        3,
        lambda epochs: epochs.index(2),
    ),
    "a boundary of another roster": (
        lambda epochs: (layout.boundary_key(3), row(epochs, layout.boundary_key(2))),
        "the checkpoint that proves the beginning of roster 3 does not hold",
        6,
        lambda epochs: epochs.index(3),
    ),
    "a boundary of no roster": (
        lambda epochs: (layout.boundary_key(4), row(epochs, layout.boundary_key(3))),
        "a roster that the log does not name",
        None,
        None,
    ),
    "an own word of no roster": (
        lambda epochs: (layout.own_boundary_key(1), row(epochs, layout.COSIGNED)),
        "a roster that the log does not name",
        None,
        None,
    ),
    "an own word beside a proven boundary": (
        lambda epochs: (layout.own_boundary_key(2), row(epochs, layout.COSIGNED)),
        "although the beginning is proven",
        None,
        None,
    ),
    "a certificate of the next epoch": (
        lambda epochs: (layout.height_key(4), other_epoch(epochs, 4, epochs.rosters[2])),
        "the certificate of block 4 does not carry the signature of court.example.cn, member 0 of roster 2",
        4,
        None,
    ),
    "a certificate of the epoch before": (
        lambda epochs: (layout.height_key(4), other_epoch(epochs, 4, epochs.rosters[0])),
        "the certificate of block 4",
        4,
        None,
    ),
    "an end without a certificate": (
        lambda epochs: (layout.height_key(3), row(epochs, layout.height_key(3))[:16]),
        "the certificate of block 3 cannot be read",
        3,
        None,
    ),
    "an entry by who joined altered": (
        lambda epochs: (
            layout.leaf_key(epochs.headers[4].first),
            flipped(row(epochs, layout.leaf_key(epochs.headers[4].first))),
        ),
        "does not carry the signature of " + sha256(JOINING.encode()).hex(),
        4,
        lambda epochs: epochs.headers[4].first,
    ),
    "the roster's entry altered": (
        lambda epochs: (
            layout.leaf_key(epochs.index(3)),
            row(epochs, layout.leaf_key(epochs.index(3))).replace(b"http://127.0.0.1:1", b"http://127.0.0.1:2"),
        ),
        "is not the one that was recorded there",
        6,
        lambda epochs: epochs.index(3),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_verify_names_the_first_fault_of_a_store_over_epochs(epochs: Epochs, fault: str) -> None:
    change, message, block, entry = FAULTS[fault]
    key, value = change(epochs)
    alter(epochs, key, value)
    with pytest.raises(Fault, match=message) as raised:
        epochs.verified()
    found = raised.value
    assert (found.block, found.entry, found.key) == (block, None if entry is None else entry(epochs), key.hex())


def test_an_own_word_on_an_unproven_boundary_is_looked_at(epochs: Epochs) -> None:
    alter(epochs, layout.PUBLISHED, None)
    alter(epochs, layout.boundary_key(3), None)
    alter(epochs, layout.own_boundary_key(3), row(epochs, layout.COSIGNED))
    with pytest.raises(Fault, match="beginning of roster 3 does not hold: it is over"):
        epochs.verified()


def test_the_newest_cosignature_is_of_the_roster_of_its_size(epochs: Epochs) -> None:
    """The key of the first founder changed with roster 3; under roster 2 its newest word would not be its own."""
    genesis, newest = epochs.four.genesis, epochs.headers[-1]
    assert newest.roster_version == 3
    store = Store.open(epochs.folder, genesis)
    boundary = store.roster_change(3)
    store.close()
    assert boundary is not None
    alter(epochs, layout.PUBLISHED, boundary.checkpoint)
    assert epochs.verified().published_size == epochs.headers[6].log_size, "published under roster 2"
    alter(epochs, layout.COSIGNED, flipped(row(epochs, layout.COSIGNED)))
    with pytest.raises(Fault, match="newest cosignature does not hold"):
        epochs.verified()


# --- the look at a start, and repair ---------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["a boundary lost", "a boundary altered", "a boundary of another roster"])
def test_a_start_finds_a_lost_or_damaged_boundary(epochs: Epochs, fault: str) -> None:
    alter(epochs, *FAULTS[fault][0](epochs))
    with pytest.raises(StoreDamaged, match=r"beginning of roster|row of the store"):
        epochs.open_checked()


def test_a_rebuilt_store_has_its_rosters_and_what_proves_them(epochs: Epochs) -> None:
    alter(epochs, layout.leaf_key(epochs.headers[8].first), b"\x00")
    own = row(epochs, layout.COSIGNED)
    boundaries = [row(epochs, layout.boundary_key(version)) for version in (2, 3)]
    rebuild(epochs.folder, epochs.four.genesis, write_buffer_bytes=BUFFER)
    store = epochs.open_checked()
    assert store.tip.height == 6, "block 7 carries no certificate"
    assert store.rosters == epochs.rosters
    assert [store.boundaries.checkpoint(version) for version in (2, 3)] == boundaries
    assert store.cosigned() == own
    store.close()


def test_a_rebuilt_store_goes_without_a_boundary_that_does_not_hold(epochs: Epochs) -> None:
    alter(epochs, *FAULTS["a boundary altered"][0](epochs))
    rebuild(epochs.folder, epochs.four.genesis, write_buffer_bytes=BUFFER)
    store = epochs.open_checked()
    assert store.tip.height == 8
    assert store.boundaries.checkpoint(2) is None, "it is asked for again"
    assert store.boundaries.checkpoint(3) is not None
    store.close()
    assert epochs.verified().published_size == 0


def test_a_store_rebuilt_to_before_a_boundary_keeps_its_word_on_it(epochs: Epochs) -> None:
    word = row(epochs, layout.COSIGNED)
    alter(epochs, layout.own_boundary_key(3), word)
    alter(epochs, layout.leaf_key(epochs.headers[5].index), b"\x00")
    rebuild(epochs.folder, epochs.four.genesis, write_buffer_bytes=BUFFER)
    store = epochs.open_checked()
    assert (store.tip.height, store.rosters) == (4, epochs.rosters[:2])
    assert store.boundaries.own(3) == word
    assert store.boundaries.checkpoint(3) is None, "what it would prove is not in this log yet"
    store.close()
