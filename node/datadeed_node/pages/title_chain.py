"""The chain of title of one right: what each entry changed, found by folding the history as when it was recorded.

Nothing is told from an entry's own words: each is applied by its kind's effect (past.py), and what differs in the
record before and after is what it changed. Bounded, because each entry costs as much as recording it did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from datadeed_ledger.entry import Entry
from datadeed_ledger.header import Header
from datadeed_ledger.records import Right
from datadeed_ledger.roster import Roster
from datadeed_node.api.turns import Turn
from datadeed_node.pages.entry_view import data_facts
from datadeed_node.pages.pieces import Fact, Piece, Teller, day, moment, plain
from datadeed_node.past import Fold, Standing
from datadeed_node.snapshot import Snapshot

FOLDED_MAX: Final = 600  # entries, under a second of work in slices; a longer history is in the pack and in the JSON
SHOWN_MAX: Final = 100  # entries of the chain on one page
_TOPICS: Final = {
    "examination": ("apply", "import_right", "request_correction", "correct", "publish", "object", "decide_objection"),
    "use": ("license", "end_license", "register_asset", "delist_asset", "record_contract"),
    "security": ("pledge", "release_pledge"),
    "court": ("freeze", "renew_freeze", "unfreeze", "note_dispute", "end_dispute", "enforce_transfer"),
}
TOPIC_OF: Final = {kind: topic for topic, kinds in _TOPICS.items() for kind in kinds}  # all others: title
_REFERENCES: Final = ("request", "license", "freeze", "dispute", "objection", "target")


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the history, with what was recorded before it and after it. roster: that of its block."""

    index: int
    roster: Roster
    time_ms: int
    entry: Entry
    before: Standing | None
    after: Standing


@dataclass(frozen=True, slots=True)
class Change:
    """What one entry changed. before, after: empty where there was or is none."""

    label: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the chain as it is shown. position: its number in the right's history, from 1."""

    position: int
    index: int
    time: Piece
    kind: str
    topic: str
    topic_name: str
    title_changed: bool
    entry: Piece
    signers: tuple[Piece, ...]
    refers_to: tuple[Piece, ...]
    changes: tuple[Change, ...]


async def steps_of(snapshot: Snapshot, right: bytes, stop: int, turn: Turn) -> list[Step] | None:
    """The right's history up to log index `stop`, folded; None where it is too long to fold for a page."""
    indexes = [index for index in snapshot.subject_events(Right.subject_of(right)) if index < stop]
    if len(indexes) > FOLDED_MAX:
        return None
    fold, found = Fold(snapshot, right, stop), list[Step]()
    before: Standing | None = None
    for index, _ in zip(indexes, fold.steps(), strict=True):
        after = fold.standing()
        assert after is not None, "the first entry opened the right"
        header = Header.parse(snapshot.header_at(snapshot.block_height_of(index)))
        entry = Entry.parse(snapshot.leaf(index))
        found.append(Step(index, snapshot.roster_of(header), header.time_ms, entry, before, after))
        before = after
        await turn.rest()
    return found


def event_of(position: int, step: Step, teller: Teller) -> Event:
    """One step of the chain in words."""
    topic = TOPIC_OF.get(step.entry.kind, "title")
    before = None if step.before is None else step.before.right.holders
    data = step.entry.body.data
    return Event(
        position=position,
        index=step.index,
        time=moment(step.time_ms),
        kind=teller.speech.kind(step.entry.kind),
        topic=topic,
        topic_name=teller.speech(topic),
        title_changed=before is not None and before != step.after.right.holders,
        entry=teller.entry(step.entry.entry_id),
        signers=tuple(teller.under(step.roster).signer(signer) for signer in step.entry.body.by),
        refers_to=tuple(teller.entry(data[name]) for name in _REFERENCES if isinstance(data.get(name), bytes)),
        changes=tuple(_changes(step, teller)),
    )


# --- what differs ----------------------------------------------------------------------------------------------------


def _changes(step: Step, teller: Teller) -> Iterator[Change]:
    before = {} if step.before is None else _told(step.before, teller)
    after = _told(step.after, teller)
    for name, value in after.items():
        stood = before.get(name, ())
        if stood != value and (name != "description" or stood):  # who opens a right always describes it
            yield Change(teller.speech(name), stood, value)
    gone, come = ({} if step.before is None else _held(step.before, teller)), _held(step.after, teller)
    for key, (name, value) in come.items():
        if key not in gone:
            yield Change(teller.speech(name), (), (*value, *_terms(step.entry, name, teller)))
        elif gone[key] != (name, value):
            yield Change(teller.speech(name), gone[key][1], value)
    for key, (name, value) in gone.items():
        if key not in come:
            yield Change(teller.speech(name), value, ())


def _told(standing: Standing, teller: Teller) -> Mapping[str, tuple[Piece, ...]]:
    """The fields of which a right has one."""
    right = standing.right
    return {
        "status": plain(teller.speech.value(right.stage)),
        "applicants" if right.announced_on is None else "holders": teller.holders(right.holders),
        "registration_no": plain(right.registration_no),
        "certificate_no": plain(right.certificate_no),
        "announced_on": day(right.announced_on),
        "until": day(right.until),
        "due": day(right.due),
        "agreement_end": day(right.agreement_end),
        "description": (teller.entry(right.description),),
    }


def _held(standing: Standing, teller: Teller) -> dict[bytes, tuple[str, tuple[Piece, ...]]]:
    """What a right may have several of, by id: (word, how it is told)."""
    right, speech = standing.right, teller.speech
    found: dict[bytes, tuple[str, tuple[Piece, ...]]] = {}
    if right.pledge is not None:
        found[right.pledge.id] = ("pledge", (teller.party(right.pledge.pledgee),))
    for freeze in right.freezes:
        days = (Piece(speech("queued")),) if freeze.since is None else (*_until(teller), *day(freeze.until))
        found[freeze.id] = ("freeze", (teller.member(freeze.court), *days))
    for dispute in right.disputes:
        found[dispute.id] = ("dispute", (teller.member(dispute.by), *_until(teller), *day(dispute.until)))
    for pending in right.pending:
        found[pending.id] = ("request", (Piece(speech.value(pending.kind)), *_until(teller), *day(pending.lapses)))
    for licence in standing.licences:
        terms = Piece(f"{speech.value(licence.type)} · {licence.start} – {licence.end}")
        found[licence.id] = ("licence", (teller.party(licence.licensee), terms))
    for objection in standing.objections:
        found[objection.id] = ("objection", (teller.party(objection.by), Piece(objection.ground)))
    return found


def _until(teller: Teller) -> tuple[Piece, ...]:
    return (Piece(teller.speech("till")),)


def _terms(entry: Entry, name: str, teller: Teller) -> Iterable[Piece]:
    """What a request asks for, which the record does not repeat: holders after a transfer, a pledgee."""
    if name != "request":
        return ()
    wanted = [fact for field, fact in zip(entry.body.data, data_facts(entry, teller), strict=False) if field in _ASKED]
    return tuple(piece for fact in wanted for piece in _labelled(fact))


_ASKED: Final = ("holders_after", "pledgee")


def _labelled(fact: Fact) -> tuple[Piece, ...]:
    return (Piece(f"{fact.label}:"), *fact.values)
