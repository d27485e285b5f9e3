"""The records of the state map: frozen values, each with its one spelling in bytes and the key under which it stands.

All fields are present from the first day, also those that only later kinds fill (pledge, freezes, disputes), because
the bytes are hashed. Lapses by time are never written here: view.py computes them.
Left out: who may change what (kinds/). Spec: docs/spec/events.md, "Records".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from datadeed_ledger.encoding import decode, encode, sha256
from datadeed_ledger.events import CertificateNo, PartyType, RegistrationNo
from datadeed_ledger.merkle import EMPTY_ROOT, Frontier
from datadeed_ledger.schema import (
    U32,
    Code,
    Date,
    Digest,
    Id,
    Items,
    Mid,
    Ms,
    Pid,
    PublicKey,
    Reader,
    Seal,
    Text,
    Whole,
    read,
    reader,
    value_of,
)
from datadeed_ledger.statemap import subject_key

RECORD_BYTES_MAX: Final = 1024 * 1024  # far above 32 holders and any queue of freezes
RECORDS_CACHED: Final = 4096  # decoded records kept, by their bytes: a pure memory, about 4 MiB

OWN: Final = 0  # kinds of key under one subject
LICENCE: Final = 1
OBJECTION: Final = 2

Stage = Literal[
    "examining", "correcting", "publicity", "registered", "rejected", "withdrawn", "cancelled", "revoked", "expired"
]
RequestKind = Literal["change", "transfer", "pledge", "cancel", "renew"]
Subject = Annotated[str, Text(r"(?:right|asset|party|key|number)/[0-9A-Za-z]{1,64}|rules", "a subject")]
CodeSet = tuple[Annotated[str, Text(r"\*|[0-9A-Za-z][0-9A-Za-z_.-]{0,31}", "a code or '*'")], ...]


@dataclass(frozen=True, slots=True)
class Events:
    """How many entries touched the subject, and the root of their tree (leaf data: u64be(index) || LEAF(entry))."""

    count: Annotated[int, Whole(0, 2**53 - 1)]
    root: Digest

    @classmethod
    def of(cls, frontier: Frontier) -> Events:
        return cls(frontier.size, frontier.root)


NO_EVENTS: Final = Events(0, EMPTY_ROOT)


class Record:
    """What all records can do; the fields are the subclass's."""

    __slots__ = ()
    subject: str

    @property
    def key(self) -> bytes:
        """Where it stands in the state map, 65 bytes."""
        return subject_key(self.subject)

    def to_bytes(self) -> bytes:
        return encode(value_of(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The record that these bytes spell. Raises `Malformed`."""
        record: Self = _remembered(cls, data)
        return record


def _read(cls: Any, data: bytes) -> Any:
    return read(_reader(cls), decode(data, bytes_max=RECORD_BYTES_MAX), "record")


# The same bytes are the same record of a class, so remembering changes nothing but the time it takes.
_reader: Callable[[Any], Reader] = cache(reader)
_remembered: Callable[[Any, bytes], Any] = lru_cache(maxsize=RECORDS_CACHED)(_read)


@dataclass(frozen=True, slots=True)
class Party(Record):
    """An enrolled party: pseudonym, key in force, sealed identity."""

    subject: Subject
    party_type: PartyType
    enrolled_by: Mid
    public_key: PublicKey
    name: Seal
    credit_code: Seal
    suspended_by: tuple[Mid, ...]
    events: Events

    @staticmethod
    def subject_of(party: bytes) -> str:
        return f"party/{party.hex()}"


@dataclass(frozen=True, slots=True)
class KeyUse(Record):
    """A public key that a party has or had; kept for ever, so that no key comes back."""

    subject: Subject
    party: Pid

    @staticmethod
    def subject_of(public_key: bytes) -> str:
        return f"key/{public_key.hex()}"


@dataclass(frozen=True, slots=True)
class NumberUse(Record):
    """A registration or certificate number that was given to a right; kept for ever."""

    subject: Subject
    right: Id

    @staticmethod
    def subject_of(number: str) -> str:
        return f"number/{number}"


@dataclass(frozen=True, slots=True)
class Version:
    """One rule set in the order of amendment. effective: ms; hash: H of its JCS text."""

    version: Annotated[int, Whole(1, 2**32 - 1)]
    effective: Ms
    hash: Digest


@dataclass(frozen=True, slots=True)
class Rules(Record):
    """Which rule sets are or were in force."""

    subject: Subject
    versions: tuple[Version, ...]
    events: Events

    SUBJECT: ClassVar[str] = "rules"

    @classmethod
    def of_genesis(cls, time_ms: int, digest: bytes) -> Rules:
        """The record in the genesis block: the founding rule set, in force from `time_ms` on."""
        return cls(cls.SUBJECT, (Version(1, time_ms, digest),), NO_EVENTS)

    def in_force(self, time_ms: int) -> Version:
        """The last version whose time has come by then; the founding one before all."""
        return next((item for item in reversed(self.versions) if item.effective <= time_ms), self.versions[0])


@dataclass(frozen=True, slots=True)
class Holder:
    """A holder of record. share: hundredths of a per cent; 0 for all is joint ownership."""

    party: Pid
    share: Annotated[int, Whole(0, 10_000)]


@dataclass(frozen=True, slots=True)
class Pledge:
    """A pledge of record. debt_due is information only: a pledge never lapses by time."""

    id: Id
    pledgee: Pid
    debt_due: Date


@dataclass(frozen=True, slots=True)
class Freeze:
    """A court's freeze. since, until: None while it queues behind another; its term of `months` then runs."""

    id: Id
    court: Mid
    since: Ms | None
    until: Date | None
    months: U32


@dataclass(frozen=True, slots=True)
class Dispute:
    """A note that somebody disputes the right, until its day."""

    id: Id
    by: Mid
    until: Date


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that awaits its decision; it stands until the end of the day `lapses`."""

    id: Id
    kind: RequestKind
    lapses: Date


@dataclass(frozen=True, slots=True)
class Right(Record):
    """A right from its application on. description: the entry that set the description in force."""

    subject: Subject
    stage: Stage
    due: Date | None  # last day of the correction or publicity period, else None
    ended_at: Ms | None
    regime: Code
    registrar: Mid
    holders: Annotated[tuple[Holder, ...], Items(1, 32)]
    description: Id
    agreement_end: Date | None
    registration_no: RegistrationNo | None
    certificate_no: CertificateNo | None
    announced_on: Date | None
    until: Date | None
    pledge: Pledge | None
    freezes: tuple[Freeze, ...]
    disputes: tuple[Dispute, ...]
    pending: Annotated[tuple[Pending, ...], Items(0, 2)]
    open_objections: U32
    licences_ever: U32
    events: Events

    @staticmethod
    def subject_of(right: bytes) -> str:
        return f"right/{right.hex()}"

    @property
    def right_id(self) -> bytes:
        return bytes.fromhex(self.subject.partition("/")[2])

    @property
    def parties(self) -> frozenset[bytes]:
        """The holders of record, without their shares."""
        return frozenset(holder.party for holder in self.holders)

    def without_pending(self, request: bytes) -> Right:
        return replace(self, pending=tuple(item for item in self.pending if item.id != request))


@dataclass(frozen=True, slots=True)
class Licence(Record):
    """A licence of record. It stands until its last day, unless an entry or the right's end comes first."""

    subject: Subject
    id: Id
    parent: Id | None
    licensee: Pid
    type: Literal["exclusive", "sole", "ordinary"]
    territory: CodeSet
    industry: CodeSet
    use: CodeSet
    start: Date
    end: Date
    sublicensing: bool

    @property
    def key(self) -> bytes:
        return licence_key(self.subject, self.id)


def licence_key(subject: str, licence: bytes) -> bytes:
    """Where a licence of the right `subject` stands in the state map: kind 01, sub = H(licence id)."""
    return subject_key(subject, LICENCE, sha256(licence))


@dataclass(frozen=True, slots=True)
class Objection(Record):
    """An objection that awaits the registrar's decision; removed when it is decided, withdrawn or the right ends."""

    subject: Subject
    id: Id
    by: Pid
    ground: Code

    @property
    def key(self) -> bytes:
        return objection_key(self.subject, self.id)


def objection_key(subject: str, objection: bytes) -> bytes:
    """Where an open objection to the right `subject` stands in the state map: kind 02, sub = H(objection id)."""
    return subject_key(subject, OBJECTION, sha256(objection))


@dataclass(frozen=True, slots=True)
class Asset(Record):
    """A data asset that an exchange lists. contracts: those of record that name it."""

    subject: Subject
    party: Pid
    exchange: Mid
    right: Id | None
    industry: Code
    category: Code
    stage: Literal["listed", "delisted"]
    contracts: U32
    events: Events

    @staticmethod
    def subject_of(asset: bytes) -> str:
        return f"asset/{asset.hex()}"
