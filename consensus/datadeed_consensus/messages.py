"""Consensus messages between members, and their one spelling. Spec section 2.2; golden bytes in docs/spec/golden.md.

Every message is the canonical MessagePack array [type, epoch_id, fields…]. A decoder raises `Malformed` and nothing
else, and bounds a message by its type before reading on. Nested certificates, blocks and evidence travel as bin, so
that they are passed on byte for byte. Signatures are not checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from datadeed_consensus.fields import NUMBER_MAX, binary, list_of, number
from datadeed_consensus.votes import CERTIFICATE_BYTES_MAX, EVIDENCE_BYTES_MAX, Certificate, Vote
from datadeed_ledger.encoding import Decoded, Value, decode, encode
from datadeed_ledger.errors import Malformed

BLOCK_BYTES_MAX: Final = 4 * 1024 * 1024  # ledger.md section 3
RANGE_BYTES_MAX: Final = 8 * 1024 * 1024  # of blocks in a page, or one block where that is more
RANGE_BLOCKS_MAX: Final = 64
RANGE_BLOCKS_LIMIT: Final = 1024  # a decoder's limit: a page may run on to the first certified block
NULLIFICATIONS_MAX: Final = 128  # inline in a proposal; older ones by GetCertificates
PAGE_VIEWS: Final = 64  # of a Status, and of GetCertificates
HAVE_BYTES: Final = PAGE_VIEWS * 3 // 8
VIEW_MAX: Final = NUMBER_MAX - PAGE_VIEWS  # of a page's first view
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


@dataclass(frozen=True, slots=True)
class VoteMessage:
    """One vote, accepted only from its signer."""

    vote: Vote


@dataclass(frozen=True, slots=True)
class Certificates:
    certificates: tuple[Certificate, ...]


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


@dataclass(frozen=True, slots=True)
class GetCertificates:
    """Asks for every certificate held of the views from `from_view` up to but without `to_view`."""

    from_view: int
    to_view: int


@dataclass(frozen=True, slots=True)
class GetBlock:
    digest: bytes


@dataclass(frozen=True, slots=True)
class BlockMessage:
    block: bytes


@dataclass(frozen=True, slots=True)
class GetRange:
    from_height: int
    bytes_max: int


@dataclass(frozen=True, slots=True)
class Range:
    """Consecutive blocks, lowest first, and the finalization of the last; hash links prove the rest."""

    blocks: tuple[bytes, ...]
    finalization: Certificate


@dataclass(frozen=True, slots=True)
class EvidenceMessage:
    """`data` as `votes.Evidence.to_bytes` spells it."""

    data: bytes


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


def encode_message(epoch_id: bytes, message: Message) -> bytes:
    kind = _TYPE_OF[type(message)]
    return encode([kind, epoch_id, *(_plain(getattr(message, name)) for name in _FORMS[kind].names)])


def decode_message(data: bytes, epoch_id: bytes, size: int) -> Message | None:
    """The message that `data` spells in an epoch of `size` members; None if it is of another epoch."""
    # byte 0 is the array's header, byte 1 the type, which bounds the rest before it is read
    form = _FORMS.get(data[1]) if len(data) > 1 else None
    if form is None:
        raise Malformed("not a consensus message of a known type")
    items = list_of(decode(data, bytes_max=form.bytes_max), 2 + len(form.names), 2 + len(form.names))
    if binary(items[1], 32) != epoch_id:
        return None
    return form.read(items[2:], size)


Request = Status | GetBlock | GetRange


def decode_request(data: bytes) -> tuple[bytes, Request] | None:
    """What a member of another epoch asks for, with that epoch's id; None if it asks for nothing."""
    form = _FORMS.get(data[1]) if len(data) > 1 else None
    if form is None or form.type not in (Status, GetBlock, GetRange):
        return None
    items = list_of(decode(data, bytes_max=form.bytes_max), 2 + len(form.names), 2 + len(form.names))
    request = form.read(items[2:], 0)
    assert isinstance(request, Status | GetBlock | GetRange), "these three forms and no other"
    return binary(items[1], 32), request


def encode_end(epoch_id: bytes, certificate: bytes) -> bytes:
    """The answer to `ServeEnd`; `certificate` is that of the epoch's last block, as `Deliver` gave it."""
    return encode([_TYPE_OF[Certificates], epoch_id, [certificate]])


def encode_block(epoch_id: bytes, block: bytes) -> bytes:
    """The answer to `ServeBlock`."""
    return encode_message(epoch_id, BlockMessage(block))


def encode_range(epoch_id: bytes, blocks: Sequence[bytes], certificate: bytes) -> bytes:
    """The answer to `ServeRange`; `certificate` is the last block's, as `Deliver` gave it."""
    return encode([_TYPE_OF[Range], epoch_id, list(blocks), certificate])


@dataclass(frozen=True, slots=True)
class _Form:
    """How one type is spelled: its fields in order, and how they are read back."""

    type: type[Message]
    bytes_max: int
    read: Callable[[list[Decoded], int], Message]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.type.__dataclass_fields__)


def _plain(value: object) -> Value:
    match value:
        case Certificate():
            return value.data
        case Vote():
            return value.to_value()
        case tuple():
            return [_plain(each) for each in value]
        case None | int() | bytes():
            return value
    raise AssertionError(f"{type(value).__name__} is no field of a message")


def _certificate(value: Decoded, size: int) -> Certificate:
    return Certificate.parse(binary(value, 1, CERTIFICATE_BYTES_MAX), size)


def _certificates(value: Decoded, size: int, maximum: int) -> tuple[Certificate, ...]:
    return tuple(_certificate(each, size) for each in list_of(value, 0, maximum))


def _proposal(items: list[Decoded], size: int) -> Proposal:
    parent = None if items[1] is None else _certificate(items[1], size)
    nullifications = _certificates(items[2], size, NULLIFICATIONS_MAX)
    return Proposal(_block(items[0]), parent, nullifications, Vote.from_value(items[3], size))


def _block(value: Decoded) -> bytes:
    return binary(value, 1, BLOCK_BYTES_MAX)


def _status(items: list[Decoded], _: int) -> Status:
    cur, height, final_hash, final_view, first_view, have = items
    final = number(height), binary(final_hash, 32), number(final_view)
    return Status(number(cur, 1), *final, number(first_view, 1, VIEW_MAX), binary(have, HAVE_BYTES))


def _get_certificates(items: list[Decoded], _: int) -> GetCertificates:
    from_view = number(items[0], 1, VIEW_MAX)
    return GetCertificates(from_view, number(items[1], from_view + 1, from_view + PAGE_VIEWS))


def _range(items: list[Decoded], size: int) -> Range:
    blocks = tuple(_block(each) for each in list_of(items[0], 1, RANGE_BLOCKS_LIMIT))
    return Range(blocks, _certificate(items[1], size))


_PROPOSAL_BYTES_MAX = BLOCK_BYTES_MAX + (NULLIFICATIONS_MAX + 2) * CERTIFICATE_BYTES_MAX
_FORMS: Final = {  # by the number on the wire
    1: _Form(Proposal, _PROPOSAL_BYTES_MAX, _proposal),
    2: _Form(VoteMessage, _SMALL, lambda items, size: VoteMessage(Vote.from_value(items[0], size))),
    3: _Form(Certificates, _LISTS, lambda items, size: Certificates(_certificates(items[0], size, 3 * PAGE_VIEWS))),
    4: _Form(Status, _SMALL, _status),
    5: _Form(GetCertificates, _SMALL, _get_certificates),
    6: _Form(GetBlock, _SMALL, lambda items, _: GetBlock(binary(items[0], 32))),
    7: _Form(BlockMessage, BLOCK_BYTES_MAX + _SMALL, lambda items, _: BlockMessage(_block(items[0]))),
    8: _Form(GetRange, _SMALL, lambda items, _: GetRange(number(items[0], 1), number(items[1], 1, RANGE_BYTES_MAX))),
    9: _Form(Range, MESSAGE_BYTES_MAX, _range),
    10: _Form(EvidenceMessage, 2 * _SMALL, lambda items, _: EvidenceMessage(binary(items[0], 1, EVIDENCE_BYTES_MAX))),
}
_TYPE_OF: Final[dict[type[Message], int]] = {form.type: kind for kind, form in _FORMS.items()}
