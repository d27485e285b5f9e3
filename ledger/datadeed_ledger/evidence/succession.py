"""Building the parts of a change of the roster, for packs and for whoever follows the ledger.

Names of parts are those within `rosters/<version>/`; whoever takes them verifies them, with `Rosters.follow`.
Spec: docs/spec/evidence.md section 11.
"""

from __future__ import annotations

from collections.abc import Iterator

from datadeed_ledger.checkpoint import Checkpoint, tlog_proof_text
from datadeed_ledger.entry import Entry
from datadeed_ledger.evidence.codecs import entry_twin
from datadeed_ledger.evidence.consistency import ConsistencyProof
from datadeed_ledger.evidence.names import CONSISTENCY, roster_part
from datadeed_ledger.evidence.reader import EvidenceReader, RosterChange
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import consistency_path, inclusion_path
from datadeed_ledger.roster import Genesis, Roster

Part = tuple[str, bytes]


def changes_of(reader: EvidenceReader, newest: Header) -> tuple[RosterChange, ...]:
    """Every change up to the roster that the newest header names, ascending; what lacks one fails its own check."""
    changes = []
    for version in range(2, newest.roster_version + 1):
        if (change := reader.roster_change(version)) is None:
            break
        changes.append(change)
    return tuple(changes)


def roster_of_change(reader: EvidenceReader, change: RosterChange, genesis: Genesis) -> Roster:
    """The roster that the change put in force."""
    return Roster.parse(Entry.parse(reader.leaf(change.index)).body.data["roster"], genesis.origin)


def roster_step(reader: EvidenceReader, change: RosterChange) -> dict[str, bytes]:
    """The seven parts that prove this change to whoever knows the roster before, in the order of `ROSTER_STEP`."""
    entry, size = Entry.parse(reader.leaf(change.index)), change.index + 2

    def proof(index: int) -> bytes:
        return tlog_proof_text(index, inclusion_path(index, size, reader.hash), change.checkpoint)

    return {
        "document.json": entry.body.data["roster"],
        "entry.msgpack": entry.data,
        "entry.tlog-proof": proof(change.index),
        "entry.json": entry_twin(entry, change.index),
        "header.txt": reader.leaf(change.index + 1),
        "header.tlog-proof": proof(change.index + 1),
        "checkpoint": change.checkpoint,
    }


def roster_parts(reader: EvidenceReader, change: RosterChange, newest: Checkpoint) -> Iterator[Part]:
    """The eight parts of the change in a pack under the checkpoint `newest`."""
    for name, data in roster_step(reader, change).items():
        yield roster_part(change.version, name), data
    size = change.index + 2
    path = consistency_path(size, newest.size, reader.hash)
    yield roster_part(change.version, CONSISTENCY), ConsistencyProof(size, newest.size, path).to_text()
