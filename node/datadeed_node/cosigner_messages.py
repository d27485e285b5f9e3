"""What cosigners tell each other: one cosignature, or the whole checkpoint that ends an epoch; and questions for both.

    message = canonical MessagePack
        [1, size, root, time || signature]    the sender's 0x04 cosignature of the checkpoint (size, root)
        [2, size]                             please send your newest cosignature if it is of this size or a larger one
        [3, version, checkpoint]              the boundary checkpoint that proves the beginning of this roster
        [4, version]                          please send that, or, while you have none, your cosignature for it

Who sends is known by the link. Spec: docs/spec/node.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from datadeed_ledger.encoding import decode, encode
from datadeed_ledger.errors import Malformed
from datadeed_ledger.merkle import HASH_BYTES

COSIGNATURE_BYTES = 8 + 64  # u64be time || Ed25519
MESSAGE_BYTES_MAX = 32 * 1024  # a checkpoint with every line of 31 members and the longest names needs 17 KiB
FIRST_CHANGED = 2  # roster 1 is the founding document's


@dataclass(frozen=True, slots=True)
class Cosignature:
    """One institution's cosignature, as it travels and as this node keeps its own."""

    size: int
    root: bytes
    signed: bytes  # u64be POSIX seconds || signature

    def to_bytes(self) -> bytes:
        return encode([1, self.size, self.root, self.signed])


@dataclass(frozen=True, slots=True)
class Ask:
    """Please send your newest cosignature if it is of this size or a larger one."""

    size: int

    def to_bytes(self) -> bytes:
        return encode([2, self.size])


@dataclass(frozen=True, slots=True)
class Boundary:
    """The checkpoint of the log that ends with the block which names the roster of this version; a signed note."""

    version: int
    checkpoint: bytes

    def to_bytes(self) -> bytes:
        return encode([3, self.version, self.checkpoint])


@dataclass(frozen=True, slots=True)
class AskBoundary:
    """Please send the boundary checkpoint of this roster, or your cosignature for it."""

    version: int

    def to_bytes(self) -> bytes:
        return encode([4, self.version])


Message = Cosignature | Ask | Boundary | AskBoundary


def parse_message(data: bytes) -> Message:
    """The message that `data` spells. Raises Malformed; what a checkpoint says is not looked at."""
    match decode(data, bytes_max=MESSAGE_BYTES_MAX):
        case [1, int(size), bytes(root), bytes(signed)] if (
            size > 0 and len(root) == HASH_BYTES and len(signed) == COSIGNATURE_BYTES
        ):
            return Cosignature(size, root, signed)
        case [2, int(size)] if size > 0:
            return Ask(size)
        case [3, int(version), bytes(checkpoint)] if version >= FIRST_CHANGED:
            return Boundary(version, checkpoint)
        case [4, int(version)] if version >= FIRST_CHANGED:
            return AskBoundary(version)
    raise Malformed("not a message of cosigners: a cosignature, a boundary checkpoint or a request is expected")
