"""The text of a consistency proof: that an earlier checkpoint and a later one are of the same log, which only grew.

Spec: docs/spec/evidence.md section 8, docs/spec/ledger.md section 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from datadeed_ledger.checkpoint import PATH_HASHES_MAX, Checkpoint
from datadeed_ledger.encoding import decimal, from_b64, to_b64
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence.trail import require
from datadeed_ledger.merkle import HASH_BYTES, TREE_SIZE_MAX, verify_consistency

_FORMAT: Final = "datadeed-consistency/v1"


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """The hashes that lead from a log of `old` leaves to the same log of `new` leaves."""

    old: int
    new: int
    path: tuple[bytes, ...]

    def to_text(self) -> bytes:
        """The format's name, `from`, `to`, one hash in base64 a line."""
        lines = [_FORMAT, f"from {self.old}", f"to {self.new}", *(to_b64(each) for each in self.path)]
        return ("\n".join(lines) + "\n").encode("ascii")

    @classmethod
    def parse(cls, data: bytes) -> ConsistencyProof:
        """The proof that this text spells. Raises Malformed; proves nothing by itself."""
        try:
            lines = data.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise Malformed("a consistency proof is ASCII text") from error
        head = lines[:1] == [_FORMAT] and lines[-1] == "" and 4 <= len(lines) <= 5 + PATH_HASHES_MAX
        if not head or not lines[1].startswith("from ") or not lines[2].startswith("to "):
            raise Malformed(f"a consistency proof is {_FORMAT}, from, to, at most {PATH_HASHES_MAX + 1} hashes")
        sizes = [decimal(line.partition(" ")[2], maximum=TREE_SIZE_MAX) for line in lines[1:3]]
        return cls(sizes[0], sizes[1], tuple(from_b64(line, length=HASH_BYTES) for line in lines[3:-1]))


def prove_consistency(data: bytes, old: Checkpoint, new: Checkpoint) -> None:
    """Raise `Unproven` or `Malformed` unless this text leads from the one checkpoint to the other."""
    proof = ConsistencyProof.parse(data)
    require((proof.old, proof.new) == (old.size, new.size), "the proof is between other sizes")
    verify_consistency(proof.old, proof.new, proof.path, old.root, new.root)
