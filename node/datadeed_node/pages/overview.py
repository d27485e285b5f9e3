"""The overview and the checkpoint page: which ledger this is, who signed its newest checkpoint, what came last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from datadeed_ledger.checkpoint import SignedCheckpoint, verify_checkpoint
from datadeed_ledger.entry import Entry
from datadeed_ledger.header import HEADER_FIRST_BYTE, Header
from datadeed_ledger.roster import Member, Roster
from datadeed_node.node import Node
from datadeed_node.pages.pieces import Fact, Piece, Teller, identity, moment, plain
from datadeed_node.pages.words import Speech
from datadeed_node.snapshot import Snapshot

NEWEST_ENTRIES: Final = 20
LEAVES_LOOKED_MAX: Final = 400  # for them: a log of empty blocks has only headers
RIGHT_OPENERS: Final = ("apply", "import_right")


@dataclass(frozen=True, slots=True)
class AsOf:
    """The moment that a page is of."""

    height: int
    size: int
    time: Piece

    @classmethod
    def of(cls, snapshot: Snapshot) -> AsOf:
        header = snapshot.tip.header
        return cls(header.height, snapshot.size, moment(header.time_ms))


@dataclass(frozen=True, slots=True)
class Institution:
    """One member as a row. signed: when it cosigned this checkpoint, if it did; connected: None for this node."""

    title: str
    name: str
    roles: str
    signed: Piece | None
    connected: bool | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """One entry as a row. about: the right, asset or party that it concerns."""

    index: int
    time: Piece
    kind: str
    entry: Piece
    about: tuple[Piece, ...]


def institutions(node: Node, snapshot: Snapshot | None, speech: Speech) -> tuple[Institution, ...]:
    """All members of the roster under which the checkpoint is proven, or of the newest before there is one."""
    cosigners = {} if snapshot is None else signatures(snapshot).cosigners
    connected: dict[str, bool | None] = {peer.name: peer.connected for peer in node.peers()}
    connected[node.name] = None
    roster = node.store.roster if snapshot is None else snapshot.roster
    return tuple(
        _institution(member, speech, cosigners.get(member.name), connected.get(member.name, False))
        for member in roster.members
    )


def _institution(member: Member, speech: Speech, signed_s: int | None, connected: bool | None) -> Institution:
    return Institution(
        title=speech.member(member),
        name=member.name,
        roles=" · ".join(speech.value(role) for role in member.roles),
        signed=None if signed_s is None else moment(1000 * signed_s),
        connected=connected,
    )


def signatures(snapshot: Snapshot) -> SignedCheckpoint:
    """Who signed the checkpoint, verified once for each."""
    return proven_under(snapshot.checkpoint, snapshot.roster, snapshot.genesis.origin)


def proven_under(note: bytes, roster: Roster, origin: str) -> SignedCheckpoint:
    """Who signed this checkpoint of a time when `roster` was in force, verified once for each."""
    return _verified(note, roster.document, origin)


@lru_cache(maxsize=64)
def _verified(note: bytes, roster: bytes, origin: str) -> SignedCheckpoint:
    return verify_checkpoint(note, Roster.parse(roster, origin), None)


def ledger_facts(snapshot: Snapshot, speech: Speech) -> tuple[Fact, ...]:
    """What a reader looks at first."""
    header, roster = snapshot.tip.header, snapshot.roster
    count = len(signatures(snapshot).cosigners)
    signed = speech("of_members", count=count, size=roster.size, quorum=roster.quorum)
    return (
        Fact(speech("height"), plain(str(header.height))),
        Fact(speech("log_size"), plain(str(snapshot.size))),
        Fact(speech("block_time"), (moment(header.time_ms),)),
        Fact(speech("signed_by"), (Piece(signed, "/ui/checkpoint"),)),
    )


def checkpoint_facts(snapshot: Snapshot, speech: Speech) -> tuple[Fact, ...]:
    """Everything that the checkpoint and its last header say."""
    header, roster, signed = snapshot.tip.header, snapshot.roster, signatures(snapshot)
    count = len(signed.cosigners)
    publishers = ", ".join(signed.log_signers)
    return (
        Fact(speech("origin"), plain(snapshot.genesis.origin)),
        Fact(speech("log_size"), plain(str(snapshot.size))),
        Fact(speech("root"), (identity(signed.checkpoint.root),)),
        Fact(speech("height"), plain(str(header.height))),
        Fact(speech("block_id"), (identity(snapshot.tip.digest),)),
        Fact(speech("block_time"), (moment(header.time_ms),)),
        Fact(speech("slack"), plain(speech("seconds", seconds=f"{header.slack_ms / 1000:g}"))),
        Fact(speech("state_root"), (identity(header.state_root),)),
        Fact(speech("cosign_time"), (moment(1000 * signed.time_s),)),
        Fact(speech("threshold"), plain(speech("of_members", count=count, size=roster.size, quorum=roster.quorum))),
        Fact(speech("log_line"), plain(publishers)),
        Fact(speech("roster_version"), (Piece(str(header.roster_version), "/ui/rosters"),)),
    )


def newest(snapshot: Snapshot, speech: Speech) -> tuple[Recorded, ...]:
    """The last entries, the newest first."""
    teller = Teller(speech, snapshot.rosters, short=True)
    return tuple(recorded(snapshot, index, entry, teller) for index, entry in _last_entries(snapshot))


def recorded(snapshot: Snapshot, index: int, entry: Entry, teller: Teller) -> Recorded:
    """One entry as a row."""
    header = Header.parse(snapshot.header_at(snapshot.block_height_of(index)))
    return Recorded(
        index=index,
        time=moment(header.time_ms),
        kind=teller.speech.kind(entry.kind),
        entry=teller.entry(entry.entry_id),
        about=subjects(entry, teller),
    )


def subjects(entry: Entry, teller: Teller) -> tuple[Piece, ...]:
    """The rights, assets and parties that the entry concerns, each with its page."""
    data, found = entry.body.data, []
    if entry.kind in RIGHT_OPENERS:
        found.append(teller.right(entry.entry_id))
    elif entry.kind == "register_asset":
        found.append(teller.asset(entry.entry_id))
    if isinstance(data.get("asset"), bytes):
        found.append(teller.asset(data["asset"]))
    if isinstance(data.get("right"), bytes):
        found.append(teller.right(data["right"]))
    if isinstance(data.get("party"), bytes):
        found.append(teller.party(data["party"]))
    return tuple(found)


def _last_entries(snapshot: Snapshot) -> Iterator[tuple[int, Entry]]:
    found = 0
    for index in range(snapshot.size - 1, max(-1, snapshot.size - 1 - LEAVES_LOOKED_MAX), -1):
        data = snapshot.leaf(index)
        if not data.startswith(HEADER_FIRST_BYTE):
            yield index, Entry.parse(data)
            found += 1
        if found == NEWEST_ENTRIES:
            return
