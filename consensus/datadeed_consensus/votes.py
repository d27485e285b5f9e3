"""What members sign: statements, votes, certificates, and pairs of votes that convict. Spec sections 2.1, 2.2, 2.10.

Values and their one spelling; whether a signature holds is `members.py`, who may sign is `guard.py`. Statement
bytes are fixed-width; everything else is canonical MessagePack.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct

from datadeed_consensus.fields import binary, list_of, number
from datadeed_consensus.guard import Kind
from datadeed_ledger.encoding import Decoded, Value, decode, encode
from datadeed_ledger.errors import Malformed
from datadeed_ledger.roster import quorum

DIGEST_BYTES = 32
SIGNATURE_BYTES = 64
CERTIFICATE_BYTES_MAX = 128 + 66 * 256  # 256 members, far above the 31 of a roster
EVIDENCE_BYTES_MAX = 1024

_HEAD = Struct(">QQ")
_BODY = Struct(">QQB")


@dataclass(frozen=True, slots=True)
class Statement:
    """What one vote says. A nullify says nothing about blocks: its other fields stay zero."""

    kind: Kind
    view: int
    height: int = 0
    parent_view: int = 0
    ends_epoch: bool = False
    block_hash: bytes = b""  # 32 bytes, or none in a nullify

    def to_bytes(self, prefixes: dict[Kind, bytes], epoch: int) -> bytes:
        """tag ‖ kind ‖ epoch_id (these three are the prefix) ‖ u64 epoch ‖ u64 view, and for a block
        ‖ u64 height ‖ u64 parent_view ‖ u8 ends_epoch ‖ block_hash[32]."""
        head = prefixes[self.kind] + _HEAD.pack(epoch, self.view)
        if self.kind is Kind.NULLIFY:
            return head
        return head + _BODY.pack(self.height, self.parent_view, self.ends_epoch) + self.block_hash

    def of_kind(self, kind: Kind) -> Statement:
        """The same block in the same view, said by the other kind of block vote."""
        return Statement(kind, self.view, self.height, self.parent_view, self.ends_epoch, self.block_hash)

    def to_value(self) -> Value:
        if self.kind is Kind.NULLIFY:
            return [int(self.kind), self.view]
        return [int(self.kind), self.view, self.height, self.parent_view, self.ends_epoch, self.block_hash]

    @classmethod
    def from_value(cls, value: Decoded) -> Statement:
        items = list_of(value, 2, 6)
        view = number(items[1], 1)
        if items[0] == Kind.NULLIFY and len(items) == 2:
            return cls(Kind.NULLIFY, view)
        if items[0] not in (Kind.NOTARIZE, Kind.FINALIZE) or len(items) != 6 or type(items[4]) is not bool:
            raise Malformed("a statement is [2, view] or [1 or 3, view, height, parent_view, ends_epoch, hash]")
        kind, height, parent_view = Kind(number(items[0])), number(items[2], 1), number(items[3])
        if parent_view >= view:
            raise Malformed("a statement's parent_view is not below its view")
        return cls(kind, view, height, parent_view, items[4], binary(items[5], DIGEST_BYTES))


@dataclass(frozen=True, slots=True)
class Vote:
    statement: Statement
    signer: int  # index in the roster
    signature: bytes  # 64 bytes

    def to_value(self) -> Value:
        return [self.statement.to_value(), self.signer, self.signature]

    @classmethod
    def from_value(cls, value: Decoded, size: int) -> Vote:
        items = list_of(value, 3, 3)
        signer = number(items[1], 0, size - 1)
        return cls(Statement.from_value(items[0]), signer, binary(items[2], SIGNATURE_BYTES))


@dataclass(frozen=True, slots=True)
class Certificate:
    """A quorum's votes for one identical statement. `data` is its canonical spelling, kept for passing on."""

    statement: Statement
    signers: tuple[int, ...]  # ascending
    signatures: tuple[bytes, ...]  # in the same order
    data: bytes

    @classmethod
    def of(cls, votes: Iterable[Vote], size: int) -> Certificate:
        """[statement, signer bitmap (bit i is 0x80 >> i % 8 of byte i // 8), signatures in index order]."""
        ordered = sorted(votes, key=lambda vote: vote.signer)
        statement = ordered[0].statement
        bitmap = bytearray((size + 7) // 8)
        for vote in ordered:
            assert vote.statement == statement, "a certificate is of one identical statement"
            bitmap[vote.signer // 8] |= 0x80 >> vote.signer % 8
        signatures = tuple(vote.signature for vote in ordered)
        data = encode([statement.to_value(), bytes(bitmap), b"".join(signatures)])
        return cls(statement, tuple(vote.signer for vote in ordered), signatures, data)

    @classmethod
    def parse(cls, data: bytes, size: int) -> Certificate:
        """Raises `Malformed` unless well-formed for `size` members with at least a quorum of signers."""
        items = list_of(decode(data, bytes_max=CERTIFICATE_BYTES_MAX), 3, 3)
        bitmap = binary(items[1], (size + 7) // 8)
        signers = tuple(i for i in range(len(bitmap) * 8) if bitmap[i // 8] & (0x80 >> i % 8))
        if len(signers) < quorum(size) or signers[-1] >= size:
            raise Malformed(f"a certificate needs at least {quorum(size)} signers, each below {size}")
        joined = binary(items[2], SIGNATURE_BYTES * len(signers))
        signatures = tuple(joined[i : i + SIGNATURE_BYTES] for i in range(0, len(joined), SIGNATURE_BYTES))
        return cls(Statement.from_value(items[0]), signers, signatures, data)

    def votes(self) -> list[Vote]:
        return [Vote(self.statement, *pair) for pair in zip(self.signers, self.signatures, strict=True)]


class Offence(IntEnum):
    """Which promise of section 2.4 a pair of votes breaks."""

    DOUBLE_NOTARIZE = 1
    DOUBLE_FINALIZE = 2
    NULLIFY_FINALIZE = 3
    NOTARIZE_FINALIZE_MISMATCH = 4


def offence(first: Statement, second: Statement) -> Offence | None:
    """What it is to sign both; None where an honest member may."""
    if first == second or first.view != second.view:
        return None
    match sorted((first.kind, second.kind)):
        case [Kind.NOTARIZE, Kind.NOTARIZE]:
            return Offence.DOUBLE_NOTARIZE
        case [Kind.FINALIZE, Kind.FINALIZE]:
            return Offence.DOUBLE_FINALIZE
        case [Kind.NULLIFY, Kind.FINALIZE]:
            return Offence.NULLIFY_FINALIZE
        case [Kind.NOTARIZE, Kind.FINALIZE] if first.block_hash != second.block_hash:
            return Offence.NOTARIZE_FINALIZE_MISMATCH
    return None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two votes of one member in one view that no honest member signs together, in their one order."""

    offence: Offence
    first: Vote
    second: Vote

    @classmethod
    def of(cls, one: Vote, other: Vote) -> Evidence | None:
        kind = offence(one.statement, other.statement)
        if kind is None or one.signer != other.signer:
            return None
        first, second = sorted((one, other), key=lambda vote: encode(vote.to_value()))
        return cls(kind, first, second)

    @property
    def key(self) -> tuple[int, int, Offence]:
        """One offence is recorded once: (view, signer, offence) within an epoch."""
        return self.first.statement.view, self.first.signer, self.offence

    def to_bytes(self, epoch: int, epoch_id: bytes) -> bytes:
        """[epoch, epoch_id, offence, vote, vote]: with that epoch's roster all that a judge needs."""
        votes = [self.first.to_value(), self.second.to_value()]
        return encode([epoch, epoch_id, int(self.offence), *votes])

    @classmethod
    def parse(cls, data: bytes, size: int, epoch: int, epoch_id: bytes) -> Evidence:
        """Raises `Malformed` unless a conflicting pair of this epoch; the signatures are not checked here."""
        items = list_of(decode(data, bytes_max=EVIDENCE_BYTES_MAX), 5, 5)
        evidence = cls.of(Vote.from_value(items[3], size), Vote.from_value(items[4], size))
        if evidence is None or evidence.to_bytes(epoch, epoch_id) != data:
            raise Malformed("evidence is not an ordered pair of conflicting votes of one member of this epoch")
        return evidence
