"""What a vote's signed bytes say, read and written from the specification alone, and what no honest member says twice.

The observer and the liars use this instead of the product's own codec: a slip there must not hide itself here.
Spec: docs/spec/consensus.md sections 2.1 and 2.10.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

NOTARIZE, NULLIFY, FINALIZE = 1, 2, 3

_TAG = b"datadeed/vote/v1\n"
_HEAD = Struct(">B32sQQ")  # kind, epoch_id, epoch, view
_BLOCK = Struct(">QQB32s")  # height, parent_view, ends_epoch, block hash


@dataclass(frozen=True, slots=True)
class Said:
    """One statement. A nullify's last four fields are zero and mean nothing."""

    kind: int
    view: int
    height: int = 0
    parent_view: int = 0
    ends_epoch: bool = False
    block: bytes = b""
    epoch: int = 1

    def of_kind(self, kind: int) -> Said:
        """The same view (and block, where the kind has one), said in another way."""
        if kind == NULLIFY:
            return Said(NULLIFY, self.view, epoch=self.epoch)
        return Said(kind, self.view, self.height, self.parent_view, self.ends_epoch, self.block, self.epoch)


def statement_bytes(epoch_id: bytes, epoch: int, said: Said) -> bytes:
    head = _TAG + _HEAD.pack(said.kind, epoch_id, epoch, said.view)
    if said.kind == NULLIFY:
        return head
    return head + _BLOCK.pack(said.height, said.parent_view, said.ends_epoch, said.block)


def epoch_id_in(data: bytes) -> bytes:
    """Which epoch a statement says it is of."""
    epoch_id: bytes = _HEAD.unpack_from(data, len(_TAG))[1]
    return epoch_id


def read_statement(data: bytes, epoch_id: bytes, epoch: int) -> Said:
    """What `data` says; asserts that it is exactly the specified bytes for this epoch."""
    assert data.startswith(_TAG), f"a signed statement without the vote tag: {data.hex()}"
    kind, its_epoch_id, its_epoch, view = _HEAD.unpack_from(data, len(_TAG))
    assert (its_epoch_id, its_epoch) == (epoch_id, epoch), "a statement of another epoch"
    if kind == NULLIFY:
        said = Said(NULLIFY, view, epoch=epoch)
    else:
        height, parent_view, ends_epoch, block = _BLOCK.unpack_from(data, len(_TAG) + _HEAD.size)
        said = Said(kind, view, height, parent_view, bool(ends_epoch), block, epoch)
    assert statement_bytes(epoch_id, epoch, said) == data, f"a statement with other bytes: {data.hex()}"
    return said


def conflict(one: Said, other: Said) -> bool:
    """Whether signing both is one of the four offences: two blocks notarized, two finalized, finalized and
    nullified, or one notarized and another finalized, in one view."""
    if one == other or (one.epoch, one.view) != (other.epoch, other.view):
        return False
    kinds = {one.kind, other.kind}
    if kinds == {NULLIFY, FINALIZE}:
        return True
    if NULLIFY in kinds:
        return False
    if len(kinds) == 1:
        return True
    return one.block != other.block
