"""Replaying the rules of the register over the histories in a pack, as the institutions judged each entry.

A pack holds a part of the ledger: the complete histories of some subjects, and nothing of any other. `PackState` reads
that part as the rules read a whole ledger, and raises `OutOfReach` for the rest. So every entry is judged by the same
rows and the same walk as at admission, under the roster and the rule set of its block; a precondition that needs more
is left to the quorum that recorded the entry, and named. In the end the records must be those that the state proves.

Left out: signatures, which step `signatures` has checked under the same keys.
Spec: docs/spec/evidence.md section 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any, Final

from datadeed_ledger.admission import judge, touch, touched
from datadeed_ledger.chain import COURT
from datadeed_ledger.encoding import decode
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Malformed, Refused
from datadeed_ledger.evidence.answers import Title
from datadeed_ledger.evidence.ground import Ground
from datadeed_ledger.evidence.holdings import Proven
from datadeed_ledger.evidence.recorded import Recorded
from datadeed_ledger.evidence.report import LeftToQuorum
from datadeed_ledger.evidence.trail import RuleBroken, require
from datadeed_ledger.header import Header
from datadeed_ledger.kinds.row import Case, Precondition
from datadeed_ledger.kinds.table import KINDS
from datadeed_ledger.merkle import Frontier
from datadeed_ledger.records import RECORD_BYTES_MAX, Right, Rules
from datadeed_ledger.refusals import refused
from datadeed_ledger.register import Register
from datadeed_ledger.rulebook import RuleBook
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.state import SUBJECT_BYTES, Context, OutOfReach, Overlay, StateChanges
from datadeed_ledger.statemap import subject_prefix

OF_ITS_HISTORY: Final = 901  # the rule that a correction's target is an entry of the right's own history
_LASTING: Final = ("key/", "number/")  # records that no entry ever changes or removes: once seen, always there


class PackState:
    """What a pack says of the state after each of its entries. Satisfies `StateReader`.

    Known are the records of the subjects whose histories are complete here. Whoever reads another's gets `OutOfReach`,
    also where an entry here wrote it, because an entry that is not here may have changed it since.
    """

    def __init__(self, subjects: Iterable[str], entries: Iterable[Recorded], founded: Rules) -> None:
        self._subjects = frozenset(subjects)
        self._records: dict[bytes, dict[bytes, bytes]] = {subject_prefix(subject): {} for subject in self._subjects}
        self._records[subject_prefix(Rules.SUBJECT)] = {founded.key: founded.to_bytes()}
        self._lasting: dict[bytes, bytes] = {}
        self._here = {recorded.entry.entry_id for recorded in entries}
        self._indexes: dict[bytes, int] = {}
        self._leaves: dict[int, bytes] = {}
        self._frontiers: dict[str, Frontier] = {}
        self._events: dict[str, list[int]] = {subject: [] for subject in self._subjects}

    def knows(self, subject: str) -> bool:
        return subject in self._subjects

    def under(self, subject: str) -> dict[bytes, bytes]:
        """The records of a known subject, in key order."""
        return dict(sorted(self._records[subject_prefix(subject)].items()))

    def commit(self, entry: Entry, index: int, changes: StateChanges) -> None:
        """The entry is recorded at `index` and changed this."""
        self._indexes[entry.entry_id] = index
        self._leaves[index] = entry.data
        self._frontiers.update(changes.frontiers)
        for subject, _, at in changes.touched:
            self._events[subject].append(at)
        for key, record in changes.records.items():
            known = self._records.get(key[:SUBJECT_BYTES])
            if known is None:
                self._remember_lasting(key, record)
            elif record is None:
                known.pop(key, None)
            else:
                known[key] = record

    def _remember_lasting(self, key: bytes, record: bytes | None) -> None:
        value = None if record is None else decode(record, bytes_max=RECORD_BYTES_MAX)
        if record is not None and isinstance(value, dict) and str(value["subject"]).startswith(_LASTING):
            self._lasting[key] = record

    # --- StateReader ---

    def record(self, key: bytes) -> bytes | None:
        known = self._records.get(key[:SUBJECT_BYTES])
        if known is not None:
            return known.get(key)
        if key in self._lasting:
            return self._lasting[key]
        raise OutOfReach

    def records_under(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        known = self._records.get(prefix[:SUBJECT_BYTES])
        if known is None:
            raise OutOfReach
        return [(key, known[key]) for key in sorted(known) if key.startswith(prefix)]

    def entry_index(self, entry_id: bytes) -> int | None:
        """None for an entry of the pack that comes later: it was not recorded yet."""
        if entry_id not in self._here:
            raise OutOfReach
        return self._indexes.get(entry_id)

    def leaf(self, index: int) -> bytes:
        return self._leaves[index]

    def events_frontier(self, subject: str) -> Frontier:
        return self._frontiers.get(subject, Frontier.EMPTY)

    def event_index(self, subject: str, position: int) -> int:
        return self._events[subject][position]


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the subject's history, and what it changed of the subject's records; None removes."""

    recorded: Recorded
    records: Mapping[bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A history that kept the rules. changes: one for each entry that touched the subject, in log order."""

    subject: str
    changes: tuple[Change, ...]
    left_to_quorum: tuple[LeftToQuorum, ...]
    state: PackState  # after the last entry
    book: RuleBook


def founding_rules(ground: Ground) -> RuleSet | None:
    """The rule set of the founding document; None if this version cannot read it, as in the published examples."""
    try:
        return RuleSet.from_json(ground.genesis.rules)
    except Malformed:
        return None


def replay(title: Title, entries: Sequence[Recorded], founding: RuleSet, ground: Ground) -> Replayed:
    """Judge every entry where it stands. Raises `Unproven` (`RuleBroken` for a rule) unless all of it follows."""
    founded = Rules.of_genesis(ground.genesis.time_ms, founding.digest)
    state = PackState(title.subjects, entries, founded)
    replaying = _Replay(title.subject, state, RuleBook(founding), ground)
    for recorded in entries:
        replaying.take(recorded)
    for answer in title.proven:
        _compare(answer, state.under(answer.subject))
    return Replayed(title.subject, tuple(replaying.changes), tuple(replaying.left), state, replaying.book)


class _Replay:
    """One run over the entries of a pack, in log order."""

    def __init__(self, subject: str, state: PackState, book: RuleBook, ground: Ground) -> None:
        self.book = book
        self.changes: list[Change] = []
        self.left: list[LeftToQuorum] = []
        self._own = subject_prefix(subject)
        self._subject = subject
        self._state = state
        self._ground = ground
        self._context: Context | None = None
        self._others_in = -1  # height of the last block with an entry that no court signed

    def take(self, recorded: Recorded) -> None:
        """Judge the entry, and let it take effect as far as the pack reaches."""
        entry, index = recorded.entry, recorded.index
        self._check_place(recorded)
        overlay, left_open = Overlay(self._state), list[Precondition[Any]]()
        case: Case[Any] = Case(entry, entry.body.data, Register(overlay), self._in_block(recorded.header), left_open)
        try:
            judge(case, _already_checked)
        except Refused as refusal:
            raise RuleBroken(index, entry.kind, refusal) from refusal
        for each in left_open:
            self._check_completeness(recorded, each)
            self.left.append(LeftToQuorum(index, entry.kind, each.number, each.name))
        # An effect on a subject that is not here changes nothing here.
        with suppress(OutOfReach):
            KINDS[entry.kind].effect(case, overlay)
        subjects = [subject for subject in touched(entry) if self._state.knows(subject[0])]
        for subject, record_type in subjects:
            touch(overlay, subject, record_type, index, entry)
        changes = overlay.changes()
        self._state.commit(entry, index, changes)
        if self._subject in (subject for subject, _ in subjects):
            own = {key: data for key, data in changes.records.items() if key.startswith(self._own)}
            self.changes.append(Change(recorded, own))

    def _check_completeness(self, recorded: Recorded, left_open: Precondition[Any]) -> None:
        """An entry that is not here is none of a history that is whole here; so what asks for one of it is broken."""
        data = recorded.entry.body.data
        if left_open.number == OF_ITS_HISTORY and self._state.knows(Right.subject_of(data["right"])):
            refusal = refused(OF_ITS_HISTORY, target=data["target"].hex())
            raise RuleBroken(recorded.index, recorded.entry.kind, refusal)

    def _check_place(self, recorded: Recorded) -> None:
        """Raise `Unproven` if a court's entry stands behind another's in one block: a freeze goes before all else."""
        roster = self._ground.roster_of(recorded.header)
        court = any(COURT in member.roles for member in map(roster.by_id, recorded.entry.body.by) if member)
        behind = self._others_in == recorded.header.height
        require(not (court and behind), f"entry {recorded.index} by a court does not stand first in its block")
        if not court:
            self._others_in = recorded.header.height

    def _in_block(self, header: Header) -> Context:
        """What stands around the entries of this block; its first entry finds the state before it."""
        if self._context is None or self._context.height != header.height:
            rules = self.book.in_force(self._state, header.time_ms)
            ledger, roster = self._ground.genesis.fingerprint, self._ground.roster_of(header)
            self._context = Context(ledger, header.height, header.time_ms, roster, rules)
        return self._context


def _already_checked(public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
    """Step `signatures` checked it: a party's key of record is what its last key-giving entry here gave."""


def _compare(answer: Proven, replayed: Mapping[bytes, bytes]) -> None:
    """Raise `Unproven` unless the subject's records, byte for byte, are those that the replay ends with."""
    if dict(answer.records) == replayed:
        return
    own = next(iter(answer.records))
    if answer.records.keys() != replayed.keys():
        named = f"{len(replayed)} records, {len(answer.records)} are proven"
    elif answer.records[own] == replayed[own]:
        named = "another licence or objection than is proven"
    else:
        record = type(answer.own).from_bytes(replayed[own])
        differing = [
            item.name for item in fields(record) if getattr(record, item.name) != getattr(answer.own, item.name)
        ]
        named = f"another {', '.join(differing)} than is proven"
    require(False, f"from the history of {answer.subject} follows {named}")
