"""Entries as the log holds them: inclusion, blocks, signatures with the keys that were in force.

Keys come from the pack itself: a party's from the `enrol` and `update_party` entries before the entry in question, an
institution's office key from the roster that the entry's block names. Whether *all* of a party's key-giving entries are
here, its record's events tell (answers.py); an entry pack has no such record.
Spec: docs/spec/ledger.md sections 2, 3 and 7.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import PARTY_ID_BYTES, Entry, key_proof_message
from datadeed_ledger.errors import Unproven
from datadeed_ledger.evidence.codecs import entry_twin
from datadeed_ledger.evidence.ground import Ground
from datadeed_ledger.evidence.headers import check_chain
from datadeed_ledger.evidence.names import BlockPart, EntryPart, block_part, entry_part
from datadeed_ledger.evidence.trail import NotThere, in_part, require
from datadeed_ledger.header import Header
from datadeed_ledger.keys import verify
from datadeed_ledger.kinds.offices import office_in
from datadeed_ledger.merkle import leaf_hash

KEY_GIVING = ("enrol", "update_party")


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry that the checkpoint's log holds at `index`. leaf: LEAF(entry), 32 bytes."""

    index: int
    entry: Entry
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Recorded(Logged):
    """An entry with the block that recorded it. block_id: H(header bytes)."""

    header: Header
    block_id: bytes


def prove_entry(part: EntryPart, ground: Ground) -> Logged:
    """Raise `Unproven` unless the log holds this entry at this index and its twin is the same entry."""
    with in_part(entry_part(part.index, "msgpack")):
        entry = Entry.parse(part.leaf)
        require(entry.body.ledger == ground.genesis.fingerprint, "the entry was signed for another ledger")
    leaf = leaf_hash(part.leaf)
    with in_part(entry_part(part.index, "tlog-proof")):
        proof = ground.proof(part.proof)
        require(proof.index == part.index, f"the proof is for index {proof.index}")
        try:
            proof.verify(leaf, ground.checkpoint)
        except Unproven as error:
            raise NotThere(error.step, error.reason) from error
    with in_part(entry_part(part.index, "json")):
        require(part.twin == entry_twin(entry, part.index), "the readable text is not the one that the entry gives")
    return Logged(part.index, entry, leaf)


def prove_blocks(entries: Sequence[Logged], blocks: Mapping[int, BlockPart], ground: Ground) -> tuple[Recorded, ...]:
    """The entries with their blocks. Raise `Unproven` unless each entry has its block here and each block an entry."""
    headers = [_prove_block(part, ground) for _, part in sorted(blocks.items())]
    check_chain([*headers, *(boundary.header for boundary in ground.rosters.boundaries()), ground.header])
    firsts = [header.first for header in headers]
    recorded: list[Recorded] = []
    used: set[int] = set()
    for logged in entries:
        at = bisect_right(firsts, logged.index) - 1
        require(at >= 0 and logged.index < headers[at].index, f"the block of entry {logged.index} is missing")
        used.add(at)
        block_id = sha256(blocks[headers[at].height].header)
        recorded.append(Recorded(logged.index, logged.entry, logged.leaf, headers[at], block_id))
    for at, header in enumerate(headers):
        require(at in used, f"{block_part(header.height, 'txt')} is the block of no entry here")
    return tuple(recorded)


def _prove_block(part: BlockPart, ground: Ground) -> Header:
    with in_part(block_part(part.height, "txt")):
        header = ground.own_header(part.header)
        require(header.height == part.height, f"the header is that of height {header.height}")
    with in_part(block_part(part.height, "tlog-proof")):
        proof = ground.proof(part.proof)
        require(proof.index == header.index, f"the header's place is {header.index}, the proof is for {proof.index}")
        proof.verify(leaf_hash(part.header), ground.checkpoint)
    return header


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """Which key a party had when, from the key-giving entries at hand."""

    _given: dict[bytes, list[Recorded]] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Sequence[Recorded]) -> KeyHistory:
        history = cls()
        for recorded in entries:
            if recorded.entry.kind in KEY_GIVING:
                history._given.setdefault(recorded.entry.body.data["party"], []).append(recorded)
        return history

    def given(self, party: bytes) -> Sequence[Recorded]:
        """The party's key-giving entries here, in log order."""
        return self._given.get(party, ())

    def key(self, party: bytes, index: int) -> bytes:
        """The key that the party's last key-giving entry before `index` gave. Raises `Unproven` if none is here."""
        before = [recorded for recorded in self.given(party) if recorded.index < index]
        require(bool(before), f"no entry here gives the key that party {party.hex()} had at log index {index}")
        key: bytes = before[-1].entry.body.data["public_key"]
        return key


def check_signatures(entries: Sequence[Recorded], ground: Ground) -> KeyHistory:
    """Raise `Unproven` unless every signature of every entry, and every proof of possession, holds."""
    keys = KeyHistory.of(entries)
    for recorded in entries:
        with in_part(entry_part(recorded.index, "msgpack")):
            _check_entry(recorded, keys, ground)
    return keys


def _check_entry(recorded: Recorded, keys: KeyHistory, ground: Ground) -> None:
    entry, roster = recorded.entry, ground.roster_of(recorded.header)
    for signer, signature in zip(entry.body.by, entry.signatures, strict=True):
        if len(signer) == PARTY_ID_BYTES:
            key = keys.key(signer, recorded.index)
        else:
            member = office_in(roster, entry, signer)
            require(member is not None, f"the signer {signer.hex()} is no member of roster {roster.version}")
            assert member is not None, "required above"
            key = member.office
        verify(key, entry.message, signature)
    if entry.kind in KEY_GIVING:
        data = entry.body.data
        message = key_proof_message(entry.body.ledger, data["party"], data["public_key"])
        verify(data["public_key"], message, data["key_proof"])
