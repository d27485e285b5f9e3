"""What the builder of a pack asks of a ledger: one snapshot of log, state and indexes under one published checkpoint.

A node's store answers from one database snapshot, so that every proof in a pack is against the same checkpoint although
blocks go on. Spec: docs/spec/evidence.md section 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from datadeed_ledger.evidence.timestamps import Stamp
from datadeed_ledger.state import StateReader
from datadeed_ledger.statemap import MapProof


@dataclass(frozen=True, slots=True)
class RosterChange:
    """How a roster after the founding one came into force; everything else about it is read from the log.

    index: of the `amend_roster` entry, which is alone in its block; the header that records it is the next leaf.
    checkpoint: of the log that ends with that header, `index + 2` leaves, proven under the roster before.
    """

    version: int
    index: int
    checkpoint: bytes


class EvidenceReader(StateReader, Protocol):
    """The ledger as its published checkpoint covers it: the last leaf is the newest header, the state is its own."""

    @property
    def genesis_bytes(self) -> bytes:
        """The founding document, exactly."""
        ...

    @property
    def checkpoint(self) -> bytes:
        """The published checkpoint: a signed note with a quorum's cosignatures."""
        ...

    def header_at(self, height: int) -> bytes:
        """The header's bytes at this height."""
        ...

    def block_height_of(self, index: int) -> int:
        """The height of the block that holds the leaf at this log index."""
        ...

    def hash(self, level: int, index: int) -> bytes:
        """The 32-byte hash of a complete node of the log's tree."""
        ...

    def map_proof(self, prefix: bytes) -> MapProof:
        """The proof of every pair under this prefix, in the state of the last header."""
        ...

    def subject_events(self, subject: str) -> Sequence[int]:
        """The log indexes of the entries that touched the subject, ascending; none if nothing did."""
        ...

    def stamp_after(self, index: int) -> Stamp | None:
        """The time-stamp over the smallest checkpoint that covers this leaf, of those that are kept."""
        ...

    def roster_change(self, version: int) -> RosterChange | None:
        """How the roster of this version (2, 3, …) came into force; None for one that no published block stands under.

        There for every version from 2 to the one that the newest header under the checkpoint names as its roster.
        """
        ...
