"""Receipts: what the client believes about an entry that a node says is recorded, after checking every step of it.

A receipt is JSON from a node: the entry's tlog-proof, its block's header with a proof, and the newest header with a
proof, all against one checkpoint. The steps, in this order:

    (1) the newest header is of this ledger and of a roster that is known here;
    (2) the checkpoint is proven under that roster and ends with that header, which is its last leaf, and that roster
        still governed a log of that size;
    (3) the entry's bytes stand at its index;
    (4) its block's header stands in the log, is of this ledger, and covers that index.

What is left out: that this checkpoint agrees with those seen before (`memory.py`), and getting to know a later roster
(`rosters.py`). Spec: docs/spec/ledger.md section 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from datadeed.problems import text_of, whole_of
from datadeed_ledger.checkpoint import Checkpoint, SignedCheckpoint, TlogProof, parse_tlog_proof, verify_checkpoint
from datadeed_ledger.encoding import Json
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Unproven
from datadeed_ledger.evidence.rosters import Rosters
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import leaf_hash
from datadeed_ledger.roster import Genesis, Roster

_WHAT = "the receipt"


@dataclass(frozen=True, slots=True)
class Head:
    """A proven checkpoint and the header that is its last leaf."""

    signed: SignedCheckpoint
    header: Header

    @property
    def checkpoint(self) -> Checkpoint:
        return self.signed.checkpoint


class Retired(Unproven):
    """Members of a roster signed a log that went on after it had ended. head: what they signed, proven under it."""

    def __init__(self, head: Head, until: int) -> None:
        version, size = head.header.roster_version, head.checkpoint.size
        reason = f"roster {version} governed until the log had {until} leaves, and its members signed one of {size}"
        super().__init__("roster", reason)
        self.head = head


@dataclass(frozen=True, slots=True)
class Known:
    """What the verifier knows beforehand: the founding document, and every roster that was proven since."""

    rosters: Rosters

    @classmethod
    def founded(cls, genesis: Genesis) -> Known:
        """The founding document alone."""
        return cls(Rosters.founded(genesis))

    @property
    def genesis(self) -> Genesis:
        return self.rosters.genesis

    def roster_of(self, header: Header) -> Roster:
        """The roster that a header names. Raises `Unproven` when it is none of those known here."""
        for known in self.rosters.in_force:
            roster = known.roster
            if (roster.version, roster.digest) == (header.roster_version, header.roster_digest):
                return roster
        found = f"roster {header.roster_version}, sha256:{header.roster_digest.hex()}"
        raise Unproven("roster", f"the header at height {header.height} names {found}, which is not known here")

    def check_term(self, head: Head) -> None:
        """Raise `Retired` where a later roster governs a log of that size, `Unproven` where this one does not yet.

        head: proven under the roster that it names.
        """
        header = head.header
        if header.roster_version < self.rosters.at(header.log_size).roster.version:
            raise Retired(head, self.rosters.in_force[header.roster_version].log_size)
        self.rosters.governing(header, last=True)

    def own_header(self, data: bytes) -> Header:
        """A header of this ledger. Raises `Malformed` or `Unproven`."""
        header = Header.parse(data)
        _require(header.ledger == self.genesis.fingerprint, "header", "the header is of another ledger")
        _require(header.origin == self.genesis.origin, "header", "the header is of another origin")
        return header


def prove_head(known: Known, header_bytes: bytes, proof: TlogProof) -> Head:
    """Steps (1) and (2). Raises `Unproven` or `Malformed`."""
    header = known.own_header(header_bytes)
    signed = verify_checkpoint(proof.note, known.roster_of(header), header)
    _require(proof.index == signed.checkpoint.size - 1, "header", "the header is not the checkpoint's last leaf")
    proof.verify(leaf_hash(header_bytes), signed.checkpoint)
    head = Head(signed, header)
    known.check_term(head)
    return head


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry that is recorded: proven, not merely promised. entry_id: 32 bytes; index: its place in the log."""

    entry: Entry
    index: int
    block: Header  # of the block that records the entry
    head: Head
    document: dict[str, Json] = field(repr=False)  # as the node gave it, to be kept or checked again

    @property
    def entry_id(self) -> bytes:
        return self.entry.entry_id

    @property
    def height(self) -> int:
        return self.block.height

    @property
    def time_ms(self) -> int:
        """The block's time, the only clock of law."""
        return self.block.time_ms

    @property
    def institutions(self) -> tuple[str, ...]:
        """Who signed the checkpoint that proves it."""
        return tuple(self.head.signed.cosigners)


def newest_header(document: dict[str, Any]) -> bytes:
    """The newest header in a receipt, not believed yet: it names the roster to be known. Raises `Unproven`."""
    return _bytes(document, "header")


def verify_receipt(known: Known, entry: Entry, document: dict[str, Any]) -> Receipt:
    """The receipt that `document` is for `entry`. Raises `Unproven` or `Malformed`, naming the step."""
    _require(document.get("entry_id") == entry.entry_id.hex(), "receipt", "it is for another entry")
    index, height = whole_of(document, "index", _WHAT), whole_of(document, "height", _WHAT)
    head_proof = _proof(document, "header_proof")
    head = prove_head(known, _bytes(document, "header"), head_proof)
    entry_proof, block_proof = _proof(document, "tlog_proof"), _proof(document, "block_header_proof")
    same = entry_proof.note == block_proof.note == head_proof.note
    _require(same, "receipt", "its proofs do not lead to one checkpoint")
    _require(entry_proof.index == index, "receipt", "its proof is of another index")
    entry_proof.verify(leaf_hash(entry.data), head.checkpoint)
    block_bytes = _bytes(document, "block_header")
    block = known.own_header(block_bytes)
    _require(block_proof.index == block.index, "blocks", "the block's header does not stand where it says")
    block_proof.verify(leaf_hash(block_bytes), head.checkpoint)
    covers = block.height == height and block.first <= index < block.index
    _require(covers, "blocks", "the block does not cover the entry")
    return Receipt(entry, index, block, head, document)


def _proof(document: dict[str, Any], name: str) -> TlogProof:
    return parse_tlog_proof(_bytes(document, name))


def _bytes(document: dict[str, Any], name: str) -> bytes:
    return text_of(document, name, _WHAT).encode("utf-8", "surrogatepass")


def _require(condition: bool, step: str, reason: str) -> None:
    if not condition:
        raise Unproven(step, reason)
