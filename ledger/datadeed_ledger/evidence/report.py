"""What a judge is told: one of four outcomes, the steps in their order, and the facts that the steps proved.

Values only; wording stands in `catalogue.py`, the checks in `judge.py`. Nothing here says what *is*: a pack speaks as
of its checkpoint. Spec: docs/spec/events.md, "The proof report a judge needs"; docs/spec/evidence.md section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any, Final

from datadeed_ledger.encoding import Json
from datadeed_ledger.errors import Malformed, Refused, Unproven
from datadeed_ledger.evidence.codecs import Disclosure, ItemProof
from datadeed_ledger.evidence.names import PackKind
from datadeed_ledger.records import Dispute, Freeze, Holder, Licence, Pending, Pledge


class Outcome(StrEnum):
    """The four answers. PASSED is the only one that proves anything."""

    PASSED = "passed"
    NOT_ON_LEDGER = "not on the ledger"
    INCONSISTENT = "inconsistent"
    CANNOT_DECIDE = "cannot decide"

    @property
    def zh(self) -> str:
        return _OUTCOMES_ZH[self]


_OUTCOMES_ZH: Final = {
    Outcome.PASSED: "核验通过",
    Outcome.NOT_ON_LEDGER: "未在链上",
    Outcome.INCONSISTENT: "与链上记录不一致",
    Outcome.CANNOT_DECIDE: "无法判定",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered check. ok: True ✔, False ✘, None where there was nothing to check (not provided)."""

    number: int
    name: str
    ok: bool | None
    en: str
    zh: str


class NotProven(Unproven):
    """A step of the proof does not hold. steps: those before it, and itself as the last.

    refused: at step `rules`, the rule of the register that an entry of the history broke; else None.
    """

    def __init__(
        self, outcome: Outcome, step: Step, reason: str, before: tuple[Step, ...], refused: Refused | None = None
    ) -> None:
        super().__init__(step.name, reason)
        self.outcome = outcome
        self.steps = (*before, step)
        self.refused = refused


class Unreadable(Malformed):
    """The pack, or what was asked of it, cannot be read; nothing is decided. steps: those before it, and itself."""

    outcome: Final = Outcome.CANNOT_DECIDE

    def __init__(self, step: Step, reason: str, before: tuple[Step, ...]) -> None:
        super().__init__(f"{step.name}: {reason}")
        self.step = step.name
        self.reason = reason
        self.steps = (*before, step)


@dataclass(frozen=True, slots=True)
class Institution:
    """A member of the roster, in words."""

    name: str
    roles: tuple[str, ...]
    title_en: str
    title_zh: str


@dataclass(frozen=True, slots=True)
class Cosigner:
    """An institution that signed the checkpoint, and when by its own clock (seconds since 1970)."""

    institution: Institution
    time_s: int


@dataclass(frozen=True, slots=True)
class CheckpointFacts:
    """What everything in the pack hangs on. time_s: the lower median of the cosigners' times."""

    size: int
    root: bytes
    height: int
    header_id: bytes
    header_time_ms: int
    slack_ms: int
    time_s: int
    quorum: int
    cosigners: tuple[Cosigner, ...]
    members: tuple[Institution, ...]


@dataclass(frozen=True, slots=True)
class RosterFacts:
    """A roster that governed blocks of this ledger up to the pack's checkpoint.

    height: of the first block under it; log_size: leaves before that; since_ms: time of the block that recorded it.
    joined, left: names, against the version before; none of the founding one. cosigned_by: members of the version
    before that signed the checkpoint of the change; cosigned_s: when, the lower median; None for the founding one.
    """

    version: int
    digest: bytes
    height: int
    log_size: int
    since_ms: int
    quorum: int
    members: tuple[Institution, ...]
    joined: tuple[str, ...]
    left: tuple[str, ...]
    cosigned_by: tuple[str, ...]
    cosigned_s: int | None


@dataclass(frozen=True, slots=True)
class TimestampFacts:
    """A time-stamp token over an earlier checkpoint of this ledger: all below its size is not later than its time.

    checkpoint_time_s: of the institutions, seconds; time_ms, accuracy_ms: of the token, None where it names none;
    serial: hex, of the token at its authority; authority: who signed it, None where that was not checked;
    covers: which of the entries that the pack is for, by log index.
    """

    size: int
    checkpoint_time_s: int
    time_ms: int
    accuracy_ms: int | None
    serial: str
    authority: str | None
    covers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed an entry. institution: None for a party, whose pseudonym is all that the ledger knows in clear.

    enrolled_by: the institution that enrolled the party.
    """

    signer: bytes
    institution: Institution | None
    enrolled_by: Institution | None


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """One entry as it was proven. data: its readable twin; opened, unopened: its sealed fields.

    roster: version of the one that its block stands under; the institutions are those that it names.
    """

    index: int
    entry_id: bytes
    kind: str
    height: int
    block_id: bytes
    block_time_ms: int
    slack_ms: int
    roster: int
    signers: tuple[Signer, ...]
    data: Json
    opened: tuple[Disclosure, ...]
    unopened: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """One record of the state map as of the checkpoint. record: its readable twin."""

    subject: str
    key: bytes
    record: Json


@dataclass(frozen=True, slots=True)
class LeftToQuorum:
    """A precondition that needs more of the ledger than the pack holds, so that only the institutions judged it.

    index: of the entry in the log; number, name: of the precondition, as the specification lists them.
    """

    index: int
    kind: str
    number: int
    name: str


@dataclass(frozen=True, slots=True)
class LicenceAt:
    """A licence of record as of a moment, whether it then stood and was in force."""

    licence: Licence
    stands: bool
    in_force: bool


@dataclass(frozen=True, slots=True)
class StateAt:
    """A right or asset as of a moment, computed from its complete history; never "is".

    entries: how many of its history were recorded by then. status: None before anything opened it; then all else is
    empty. rules: version of the rule set in force. freezes: the one in effect with its days, then those that queue.
    record: its own record after the last of those entries, lapses by time not yet applied.
    """

    subject: str
    time_ms: int
    entries: int
    rules: int
    status: str | None
    renewal_pending: bool
    renewal_due: bool
    holders: tuple[Holder, ...]
    until: str | None
    pledge: Pledge | None
    freezes: tuple[Freeze, ...]
    disputes: tuple[Dispute, ...]
    pending: tuple[Pending, ...]
    licences: tuple[LicenceAt, ...]
    record: Json


@dataclass(frozen=True, slots=True)
class Superseded:
    """What stood in the record and no longer does: what replaced it, and which entry did.

    what: a field of the record, or licence, freeze, dispute, request, objection with its id (else empty).
    was, became: readable values; became is None where nothing followed. since: log index of the entry that had set it;
    by, kind: of the entry that replaced it; corrected: by a correction of the record, which changes nothing backwards.
    """

    what: str
    id: bytes
    was: Json
    became: Json
    since: int | None
    by: int
    kind: str
    corrected: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What a pack proves, all of it. answers: the subjects that one may ask about and that it answers.

    about: log indexes of the entries that the pack is for, the others only give keys, deposits or rules;
    file_matches: where the digest of the file in hand was found, in words; None where no file was given;
    rosters: every roster that governed, in order, the last is that of the checkpoint;
    rules_replayed: whether the rules were replayed over the history; if so, left_to_quorum is what that could not
    judge, state the subject as of the newest header, superseded what stood before; state_at: as of the time asked.
    """

    kind: PackKind
    outcome: Outcome
    conclusion_en: str
    conclusion_zh: str
    steps: tuple[Step, ...]
    fingerprint: bytes
    origin: str
    checkpoint: CheckpointFacts
    answers: tuple[str, ...]
    about: tuple[int, ...]
    entries: tuple[EntryFacts, ...]
    records: tuple[RecordFacts, ...]
    items: tuple[ItemProof, ...]
    file_matches: tuple[str, ...] | None
    rules_replayed: bool
    left_to_quorum: tuple[LeftToQuorum, ...] = ()
    state: StateAt | None = None
    state_at: StateAt | None = None
    superseded: tuple[Superseded, ...] = ()
    timestamps: tuple[TimestampFacts, ...] = ()
    rosters: tuple[RosterFacts, ...] = ()

    def to_json(self) -> Json:
        """For machines: field names as here, bytes as hex."""
        return _plain(self)


def _plain(value: Any) -> Json:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, StrEnum):
        return value.value
    assert value is None or isinstance(value, (bool, int, str)), "a report holds plain values"
    return value
