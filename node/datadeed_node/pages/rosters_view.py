"""The page of rosters: every version, since when it governs, who is in it, and what changed against the one before.

Spec: docs/spec/evidence.md section 11; docs/spec/node.md, "Pages for people".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from datadeed_ledger.entry import Entry
from datadeed_ledger.kinds.succession import keys_of
from datadeed_ledger.roster import Member, Roster
from datadeed_node.api.turns import Turn
from datadeed_node.pages.overview import proven_under
from datadeed_node.pages.pieces import Fact, Piece, Teller, identity, moment, plain
from datadeed_node.pages.words import Speech
from datadeed_node.roster_rows import boundary_header
from datadeed_node.snapshot import Snapshot

SHOWN_MAX: Final = 20  # rosters on the page: each brings a checkpoint whose signatures are verified once


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member of one roster. changes: in words, against the roster before; empty where nothing changed."""

    title: str
    name: str
    roles: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RosterView:
    """One roster on the page. left: the members of the one before that are in it no more."""

    version: int
    in_force: bool
    facts: tuple[Fact, ...]
    members: tuple[MemberRow, ...]
    left: tuple[MemberRow, ...]


async def roster_views(snapshot: Snapshot, teller: Teller, turn: Turn) -> tuple[RosterView, ...]:
    """The newest rosters, that in force first."""
    found: list[RosterView] = []
    for roster in reversed(snapshot.rosters[-SHOWN_MAX:]):
        found.append(_view(snapshot, roster, teller))
        await turn.rest()
    return tuple(found)


def in_force_facts(snapshot: Snapshot, speech: Speech) -> Iterator[Fact]:
    """Which roster the checkpoint stands under, since when, and whether another follows with the next block."""
    roster, header = snapshot.roster, snapshot.tip.header
    height, since_ms = _since(snapshot, roster)
    text = speech("roster_since", version=roster.version, height=height)
    yield Fact(speech("roster_in_force"), (Piece(text, _anchor(roster)), moment(since_ms)))
    if header.ends_epoch:
        yield Fact(speech("roster_follows"), plain(speech("roster_next", version=header.next_roster_version)))


def _view(snapshot: Snapshot, roster: Roster, teller: Teller) -> RosterView:
    before = snapshot.rosters[roster.version - 2] if roster.version > 1 else None
    speech = teller.speech
    left = () if before is None else tuple(each for each in before.members if roster.by_id(each.member_id) is None)
    return RosterView(
        version=roster.version,
        in_force=roster is snapshot.roster,
        facts=tuple(_facts(snapshot, roster, before, teller)),
        members=tuple(_row(each, speech, _changes(each, before, speech)) for each in roster.members),
        left=tuple(_row(each, speech, ()) for each in left),
    )


def _facts(snapshot: Snapshot, roster: Roster, before: Roster | None, teller: Teller) -> Iterator[Fact]:
    speech, (height, since_ms) = teller.speech, _since(snapshot, roster)
    yield Fact(speech("first_block"), (Piece(str(height)), moment(since_ms)))
    yield Fact(speech("threshold"), plain(speech("quorum_of", quorum=roster.quorum, size=roster.size)))
    if before is not None:
        change = snapshot.roster_change(roster.version)
        assert change is not None, "a roster up to the one in force has its change"
        entry = Entry.parse(snapshot.leaf(change.index))
        signed = proven_under(change.checkpoint, before, snapshot.genesis.origin)
        words = speech("of_members", count=len(signed.cosigners), size=before.size, quorum=before.quorum)
        yield Fact(speech("change_entry"), (teller.entry(entry.entry_id),))
        yield Fact(speech("signers"), tuple(teller.under(before).signer(each) for each in entry.body.by))
        yield Fact(speech("change_signed"), (Piece(words), moment(1000 * signed.time_s)))
    yield Fact(speech("roster_digest"), (identity(roster.digest),))


def _since(snapshot: Snapshot, roster: Roster) -> tuple[int, int]:
    """The height of the first block under the roster, and when it was recorded: the time of the block before."""
    if roster.version == 1:
        return 0, snapshot.genesis.time_ms
    header = boundary_header(snapshot, roster.version)
    return header.height + 1, header.time_ms


def _row(member: Member, speech: Speech, changes: tuple[str, ...]) -> MemberRow:
    roles = " · ".join(speech.value(role) for role in member.roles)
    return MemberRow(speech.member(member), member.name, roles, changes)


def _changes(member: Member, before: Roster | None, speech: Speech) -> tuple[str, ...]:
    """What is new about a member against the roster before."""
    if before is None:
        return ()
    old = before.by_id(member.member_id)
    if old is None:
        return (speech("joined"),)
    found: list[str] = []
    keys = [purpose for purpose, key in keys_of(member).items() if keys_of(old)[purpose] != key]
    if keys:
        found.append(speech("new_keys", keys=", ".join(keys)))
    if (old.title_en, old.title_zh) != (member.title_en, member.title_zh):
        found.append(speech("renamed", title=speech.member(old)))
    if old.roles != member.roles:
        found.append(speech("other_roles", roles=" · ".join(speech.value(role) for role in old.roles)))
    if (old.api, old.peer) != (member.api, member.peer):
        found.append(speech("other_address"))
    return tuple(found)


def _anchor(roster: Roster) -> str:
    return f"/ui/rosters#roster-{roster.version}"
