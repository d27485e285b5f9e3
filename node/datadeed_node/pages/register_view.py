"""Data assets and parties for people: the record, the rights that a party holds or held, the history."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Final

from datadeed_ledger.entry import Entry
from datadeed_ledger.records import Asset, Party
from datadeed_ledger.register import Register
from datadeed_ledger.view import view
from datadeed_node.api.turns import Turn
from datadeed_node.pages.overview import Recorded, recorded
from datadeed_node.pages.pieces import Fact, Piece, Teller, identity, plain
from datadeed_node.register_rows import by_holder
from datadeed_node.snapshot import Snapshot

HISTORY_SHOWN: Final = 200  # entries on one page
RIGHTS_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class History:
    """Entries that touched a subject; count: how many there are in all."""

    entries: tuple[Recorded, ...]
    count: int


@dataclass(frozen=True, slots=True)
class HeldRight:
    """A right as a row of its party's page."""

    right: Piece
    status: str
    registration_no: str
    until: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """held: with the party among the holders of record now; before: only earlier. cut: there are more."""

    held: tuple[HeldRight, ...]
    before: tuple[HeldRight, ...]
    cut: bool


async def history(snapshot: Snapshot, subject: str, teller: Teller, *, newest_first: bool = False) -> History:
    """The first entries that touched a subject, or the last."""
    indexes = snapshot.subject_events(subject)
    chosen = indexes[: -HISTORY_SHOWN - 1 : -1] if newest_first else indexes[:HISTORY_SHOWN]
    found: list[Recorded] = []
    turn = Turn()
    for index in chosen:
        found.append(recorded(snapshot, index, Entry.parse(snapshot.leaf(index)), teller))
        await turn.rest()
    return History(tuple(found), len(indexes))


def asset_facts(asset_id: bytes, asset: Asset, teller: Teller) -> tuple[Fact, ...]:
    speech = teller.speech
    return (
        Fact(speech("asset_id"), (identity(asset_id),)),
        Fact(speech("status"), plain(speech.value(asset.stage))),
        Fact(speech("party"), (teller.party(asset.party),)),
        Fact(speech("exchange"), (teller.member(asset.exchange),)),
        Fact(speech("right"), () if asset.right is None else (teller.right(asset.right),)),
        Fact(speech("industry"), plain(asset.industry)),
        Fact(speech("category"), plain(asset.category)),
        Fact(speech("contracts"), plain(str(asset.contracts))),
        Fact(speech("events_count"), plain(str(asset.events.count))),
    )


def party_facts(party_id: bytes, party: Party, teller: Teller) -> tuple[Fact, ...]:
    speech = teller.speech
    return (
        Fact(speech("party_id"), (identity(party_id),)),
        Fact(speech("party_type"), plain(speech.value(party.party_type))),
        Fact(speech("name"), (Piece(speech("sealed"), form="sealed", full=party.name.hex()),)),
        Fact(speech("credit_code"), (Piece(speech("sealed"), form="sealed", full=party.credit_code.hex()),)),
        Fact(speech("enrolled_by"), (teller.member(party.enrolled_by),)),
        Fact(speech("suspended_by"), tuple(teller.member(member) for member in party.suspended_by)),
        Fact(speech("public_key"), (identity(party.public_key),)),
        Fact(speech("events_count"), plain(str(party.events.count))),
    )


async def holdings(snapshot: Snapshot, party: bytes, teller: Teller) -> Holdings:
    """The rights that name the party, or named it once, as holder of record or applicant."""
    register, header = Register(snapshot), snapshot.tip.header
    rules = snapshot.rules_at(header.time_ms)
    rows = list(islice(snapshot.listed(by_holder(party)), RIGHTS_SHOWN + 1))
    held: list[HeldRight] = []
    before: list[HeldRight] = []
    turn = Turn()
    for _, right_id in rows[:RIGHTS_SHOWN]:
        right = register.right(right_id)
        assert right is not None, "a listed right is recorded"
        status = teller.speech.value(view(right, header.time_ms, rules).status)
        row = HeldRight(teller.right(right_id), status, right.registration_no or "", right.until or "")
        (held if party in right.parties else before).append(row)
        await turn.rest()
    return Holdings(tuple(held), tuple(before), len(rows) > RIGHTS_SHOWN)
