"""Consensus messages between members, and their one spelling. Spec section 2.2; golden bytes in docs/spec/consensus.md.

Every message is the canonical MessagePack array [type, epoch_id, fields…]. A decoder raises `Malformed` and nothing
else, and bounds a message by its type before reading on. Nested certificates, blocks and evidence travel as bin, so
that they are passed on byte for byte. Signatures are not checked here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from datadeed_consensus.fields import NUMBER_MAX, binary, list_of, number
from datadeed_consensus.votes import CERTIFICATE_BYTES_MAX, EVIDENCE_BYTES_MAX, Certificate, Evidence, Vote
from datadeed_ledger.encoding import Decoded, Value, decode, encode
from datadeed_ledger.errors import Malformed

BLOCK_BYTES_MAX: Final = 4 * 1024 * 1024  # ledger.md section 3
RANGE_BYTES_MAX: Final = 8 * 1024 * 1024  # of blocks in a page, or one block where that is more
RANGE_BLOCKS_MAX: Final = 64
RANGE_BLOCKS_LIMIT: Final = 1024  # a decoder's limit: a page may run on to the first certified block
NULLIFICATIONS_MAX: Final = 128  # inline in a proposal; older ones by GetCertificates
PAGE_VIEWS: Final = 64  # of a Status, and of GetCertificates
HAVE_BYTES: Final = PAGE_VIEWS * 3 // 8
MESSAGE_BYTES_MAX: Final = RANGE_BYTES_MAX + BLOCK_BYTES_MAX

_SMALL = 1024
_LISTS = 512 * 1024


@dataclass(frozen=True, slots=True)
class Proposal:
    """A leader's block with all that proves its base: the parent's certificate and the skipped views'.

    The leader's notarize vote is its signature; a second proposal in a view is a double vote.
    """

    block: bytes
    parent: Certificate | None  # None only for an epoch's first block, whose parent_view is 0
    nullifications: tuple[Certificate, ...]  # ascending, the newest of the views in (parent_view, view)
    vote: Vote

    def fields(self) -> list[Value]:
        parent = None if self.parent is None else self.parent.data
        return [self.block, parent, [each.data for each in self.nullifications], self.vote.to_value()]

    @classmethod
    def from_fields(cls, items: list[Decoded], size: int) -> Proposal:
        block, parent, nullifications, vote = items
        return cls(
            binary(block, 1, BLOCK_BYTES_MAX),
            None if parent is None else _certificate(parent, size),
            _certificates(nullifications, size, NULLIFICATIONS_MAX),
            Vote.from_value(vote, size),
        )


@dataclass(frozen=True, slots=True)
class VoteMessage:
    """One vote, accepted only from its signer."""

    vote: Vote

    def fields(self) -> list[Value]:
        return [self.vote.to_value()]

    @classmethod
    def from_fields(cls, items: list[Decoded], size: int) -> VoteMessage:
        return cls(Vote.from_value(items[0], size))


@dataclass(frozen=True, slots=True)
class Certificates:
    certificates: tuple[Certificate, ...]

    def fields(self) -> list[Value]:
        return [[each.data for each in self.certificates]]

    @classmethod
    def from_fields(cls, items: list[Decoded], size: int) -> Certificates:
        return cls(_certificates(items[0], size, 3 * PAGE_VIEWS))


@dataclass(frozen=True, slots=True)
class Status:
    """What a member holds: a hint, never a proof. `have`: 3 bits a view from `first_view`, most significant first:
    notarization, nullification, finalization."""

    cur: int
    final_height: int
    final_hash: bytes
    final_view: int
    first_view: int
    have: bytes

    def fields(self) -> list[Value]:
        return [self.cur, self.final_height, self.final_hash, self.final_view, self.first_view, self.have]

    @classmethod
    def from_fields(cls, items: list[Decoded], size: int) -> Status:
        cur, height, final_hash, final_view, first_view, have = items
        del size
        return cls(
            number(cur, 1),
            number(height),
            binary(final_hash, 32),
            number(final_view),
            number(first_view, 1),
            binary(have, HAVE_BYTES),
        )


@dataclass(frozen=True, slots=True)
class GetCertificates:
    """Asks for every certificate held of the views from `from_view` up to but without `to_view`."""

    from_view: int
    to_view: int

    def fields(self) -> list[Value]:
        return [self.from_view, self.to_view]

    @classmethod
    def from_fields(cls, items: list[Decoded], size: int) -> GetCertificates:
        del size
        from_view = number(items[0], 1, NUMBER_MAX - PAGE_VIEWS)
        return cls(from_view, number(items[1], from_view + 1, from_view + PAGE_VIEWS))


@dataclass(frozen=True, slots=True)
class GetBlock:
    digest: bytes

    def fields(self) -> list[Value]:
        return [self.digest]

    @classmethod
    def from_fields(cls, items: list[Decoded], size: int) -> GetBlock:
        del size
        return cls(binary(items[0], 32))


@dataclass(frozen=True, slots=True)
class BlockMessage:
    block: bytes

    def fields(self) -> list[Value]:
        return [self.block]

    @classmethod
    def from_fields(cls, items: list[Decoded], size: int) -> BlockMessage:
        del size
        return cls(binary(items[0], 1, BLOCK_BYTES_MAX))


@dataclass(frozen=True, slots=True)
class GetRange:
    from_height: int
    bytes_max: int

    def fields(self) -> list[Value]:
        return [self.from_height, self.bytes_max]

    @classmethod
    def from_fields(cls, items: list[Decoded], size: int) -> GetRange:
        del size
        return cls(number(items[0], 1), number(items[1], 1, RANGE_BYTES_MAX))


@dataclass(frozen=True, slots=True)
class Range:
    """Consecutive blocks, lowest first, and the finalization of the last; hash links prove the rest."""

    blocks: tuple[bytes, ...]
    finalization: Certificate

    def fields(self) -> list[Value]:
        return [list(self.blocks), self.finalization.data]

    @classmethod
    def from_fields(cls, items: list[Decoded], size: int) -> Range:
        blocks = [binary(each, 1, BLOCK_BYTES_MAX) for each in list_of(items[0], 1, RANGE_BLOCKS_LIMIT)]
        return cls(tuple(blocks), _certificate(items[1], size))


@dataclass(frozen=True, slots=True)
class EvidenceMessage:
    """`data` as `votes.Evidence.to_bytes` spells it."""

    data: bytes

    def fields(self) -> list[Value]:
        return [self.data]

    @classmethod
    def from_fields(cls, items: list[Decoded], size: int) -> EvidenceMessage:
        del size
        return cls(binary(items[0], 1, EVIDENCE_BYTES_MAX))


Message = (
    Proposal
    | VoteMessage
    | Certificates
    | Status
    | GetCertificates
    | GetBlock
    | BlockMessage
    | GetRange
    | Range
    | EvidenceMessage
)

# (class, type number, number of fields, bytes at most). 11 is kept for the end of an epoch.
_FORMS: Final[tuple[tuple[type[Message], int, int, int], ...]] = (
    (Proposal, 1, 4, BLOCK_BYTES_MAX + (NULLIFICATIONS_MAX + 2) * CERTIFICATE_BYTES_MAX),
    (VoteMessage, 2, 1, _SMALL),
    (Certificates, 3, 1, _LISTS),
    (Status, 4, 6, _SMALL),
    (GetCertificates, 5, 2, _SMALL),
    (GetBlock, 6, 1, _SMALL),
    (BlockMessage, 7, 1, BLOCK_BYTES_MAX + _SMALL),
    (GetRange, 8, 2, _SMALL),
    (Range, 9, 2, MESSAGE_BYTES_MAX),
    (EvidenceMessage, 10, 1, EVIDENCE_BYTES_MAX + _SMALL),
)
_BY_TYPE = {number_: (form, count, bytes_max) for form, number_, count, bytes_max in _FORMS}
_TYPE_OF: dict[type[Message], int] = {form: number_ for form, number_, _, _ in _FORMS}


def encode_message(epoch_id: bytes, message: Message) -> bytes:
    return encode([_TYPE_OF[type(message)], epoch_id, *message.fields()])


def decode_message(data: bytes, epoch_id: bytes, size: int) -> Message | None:
    """The message that `data` spells in an epoch of `size` members; None if it is of another epoch."""
    # byte 0 is the array's header, byte 1 the type, which bounds the rest before it is read
    known = _BY_TYPE.get(data[1]) if len(data) > 1 else None
    if known is None:
        raise Malformed("not a consensus message of a known type")
    form, count, bytes_max = known
    items = list_of(decode(data, bytes_max=bytes_max), count + 2, count + 2)
    if binary(items[1], 32) != epoch_id:
        return None
    return form.from_fields(items[2:], size)


def encode_block(epoch_id: bytes, block: bytes) -> bytes:
    """The answer to `ServeBlock`."""
    return encode_message(epoch_id, BlockMessage(block))


def encode_range(epoch_id: bytes, blocks: Sequence[bytes], certificate: bytes) -> bytes:
    """The answer to `ServeRange`; `certificate` is the last block's, as `Deliver` gave it."""
    return encode([_TYPE_OF[Range], epoch_id, list(blocks), certificate])


def encode_evidence(epoch_id: bytes, epoch: int, evidence: Evidence) -> bytes:
    return encode_message(epoch_id, EvidenceMessage(evidence.to_bytes(epoch, epoch_id)))


def _certificate(value: Decoded, size: int) -> Certificate:
    return Certificate.parse(binary(value, 1, CERTIFICATE_BYTES_MAX), size)


def _certificates(value: Decoded, size: int, maximum: int) -> tuple[Certificate, ...]:
    return tuple(_certificate(each, size) for each in list_of(value, 0, maximum))
