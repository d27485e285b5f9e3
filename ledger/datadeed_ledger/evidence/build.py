"""Building evidence packs from one snapshot of a ledger, each verified whole before it is returned.

`…_parts` yields a pack's parts one by one, so that a node can do something else between them; `finish_pack` closes and
verifies; `…_pack` does both. The order of parts is that of the published examples: ground, changes of the roster,
entries in log order with each block after its first entry, map proofs each with its records, then what the holder adds
(items, opened fields), then time-stamps.
Spec: docs/spec/ledger.md section 7; docs/spec/evidence.md section 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from datadeed_ledger.checkpoint import Checkpoint, policy_text, tlog_proof_text, verify_checkpoint
from datadeed_ledger.encoding import encode, sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence.answers import deposits_of, history_subjects, parties_of
from datadeed_ledger.evidence.codecs import (
    REGISTER,
    Disclosure,
    ItemProof,
    Place,
    disclosures_bytes,
    entry_twin,
    parse_disclosures,
)
from datadeed_ledger.evidence.consistency import ConsistencyProof
from datadeed_ledger.evidence.container import read_container, write_container
from datadeed_ledger.evidence.judge import verify_pack
from datadeed_ledger.evidence.names import (
    CHECKPOINT,
    DISCLOSURES,
    EXPORT_PROOFS,
    GENESIS,
    HEADER,
    HEADER_PROOF,
    POLICY,
    README,
    VERIFY_PAGE,
    PackKind,
    block_part,
    entry_part,
    item_part,
    map_proof_part,
    record_list_part,
    record_part,
    timestamp_part,
)
from datadeed_ledger.evidence.reader import EvidenceReader, RosterChange
from datadeed_ledger.evidence.readme import readme, readme_of_page, readme_of_rosters
from datadeed_ledger.evidence.recorded import KEY_GIVING
from datadeed_ledger.evidence.succession import Part, changes_of, roster_of_change, roster_parts
from datadeed_ledger.evidence.timestamps import Stamp
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import consistency_path, inclusion_path
from datadeed_ledger.notes import Note
from datadeed_ledger.records import Asset, Party, Right, Rules
from datadeed_ledger.roster import Genesis, Roster
from datadeed_ledger.statemap import subject_prefix


def entry_pack(
    reader: EvidenceReader,
    entry_id: bytes,
    *,
    items: Sequence[ItemProof] = (),
    disclosures: Sequence[Disclosure] = (),
) -> bytes:
    """The pack of one entry, with items of its batch if given. Raises `Unproven` if it is not under the checkpoint."""
    parts = entry_parts(reader, entry_id, items=items, disclosures=disclosures)
    return finish_pack(parts, Genesis.parse(reader.genesis_bytes).fingerprint, ask=f"entry/{entry_id.hex()}")


def title_pack(reader: EvidenceReader, right: bytes, *, disclosures: Sequence[Disclosure] = ()) -> bytes:
    """The pack of a right with its whole history. right: its 32-byte id. Raises `Unproven` if nothing opened it."""
    parts = title_parts(reader, right, disclosures=disclosures)
    return finish_pack(parts, Genesis.parse(reader.genesis_bytes).fingerprint, ask=Right.subject_of(right))


def asset_pack(reader: EvidenceReader, asset: bytes, *, disclosures: Sequence[Disclosure] = ()) -> bytes:
    """The pack of a data asset with its whole history. asset: its 32-byte id. Raises as `title_pack` does."""
    parts = asset_parts(reader, asset, disclosures=disclosures)
    return finish_pack(parts, Genesis.parse(reader.genesis_bytes).fingerprint, ask=Asset.subject_of(asset))


def absence_pack(reader: EvidenceReader, question: str) -> bytes:
    """The pack that nothing stands at the place that `question` names. Raises `Unproven` if something does."""
    return finish_pack(absence_parts(reader, question), Genesis.parse(reader.genesis_bytes).fingerprint, ask=question)


def presence_pack(reader: EvidenceReader, subject: str) -> bytes:
    """The pack of all records of a subject, without their history. Raises `Unproven` if there is none."""
    return finish_pack(presence_parts(reader, subject), Genesis.parse(reader.genesis_bytes).fingerprint, ask=subject)


def export_pack(reader: EvidenceReader) -> bytes:
    """The pack of every record of the register. Raises `Malformed` if it outgrows a container."""
    return finish_pack(export_parts(reader), Genesis.parse(reader.genesis_bytes).fingerprint, ask=REGISTER)


def finish_pack(parts: Iterable[Part], fingerprint: bytes, *, ask: str | None = None) -> bytes:
    """Close a pack and verify it as a judge will. Raises what `verify_pack` raises; then nothing must be handed out."""
    pack = write_container(parts)
    verify_pack(pack, fingerprint, ask=ask)
    return pack


def with_page(parts: Iterable[Part], page: bytes) -> Iterator[Part]:
    """`parts` with the offline page `page` after the README, which names its digest. Neither is part of the proof."""
    for name, data in parts:
        if name == README:
            yield name, data + readme_of_page(sha256(page))
            yield VERIFY_PAGE, page
        else:
            yield name, data


def add_to_pack(
    pack: bytes,
    fingerprint: bytes,
    *,
    items: Sequence[ItemProof] = (),
    disclosures: Sequence[Disclosure] = (),
) -> bytes:
    """The pack with what its holder alone knows: items of the batch, opened fields. Raises as `verify_pack` does."""
    parts = dict(read_container(pack))
    parts.update(_item_parts(items))
    if disclosures:
        known = parse_disclosures(parts[DISCLOSURES]) if DISCLOSURES in parts else ()
        parts[DISCLOSURES] = disclosures_bytes((*known, *disclosures))
    return finish_pack(parts.items(), fingerprint)


# --- parts, kind by kind ---------------------------------------------------------------------------------------------


def entry_parts(
    reader: EvidenceReader,
    entry_id: bytes,
    *,
    items: Sequence[ItemProof] = (),
    disclosures: Sequence[Disclosure] = (),
) -> Iterator[Part]:
    """The entry, and every key-giving entry that its signatures rest on, back to the enrolments."""
    source = _Source.of(reader)
    index = reader.entry_index(entry_id)
    if index is None or index >= source.checkpoint.size:
        raise Unproven("entry", f"no entry {entry_id.hex()} is under the published checkpoint")
    entries = source.with_keys({index: Entry.parse(reader.leaf(index))}, before=index)
    kind = PackKind.ITEM if items else PackKind.ENTRY
    yield from source.ground(kind, f"entry/{entry_id.hex()}")
    yield from source.entries(entries)
    yield from _item_parts(items)
    yield from _disclosure_parts(disclosures)
    yield from source.stamps((index,))


def title_parts(reader: EvidenceReader, right: bytes, *, disclosures: Sequence[Disclosure] = ()) -> Iterator[Part]:
    """The right's history, its deposits, the signers' parties' histories, the rules', and the records of all these."""
    return _history_parts(reader, PackKind.TITLE, Right.subject_of(right), disclosures)


def asset_parts(reader: EvidenceReader, asset: bytes, *, disclosures: Sequence[Disclosure] = ()) -> Iterator[Part]:
    """The same of a data asset."""
    return _history_parts(reader, PackKind.ASSET, Asset.subject_of(asset), disclosures)


def _history_parts(
    reader: EvidenceReader, kind: PackKind, subject: str, disclosures: Sequence[Disclosure]
) -> Iterator[Part]:
    source = _Source.of(reader)
    entries = source.history(subject)
    if not entries:
        raise Unproven(subject.partition("/")[0], f"nothing under the published checkpoint opened {subject}")
    for entry in list(entries.values()):
        entries |= source.deposits(entry)
    entries |= source.history(Rules.SUBJECT)
    entries = source.with_parties(entries)
    yield from source.ground(kind, subject)
    yield from source.entries(entries)
    yield from source.records(history_subjects(subject, entries.values()))
    yield from _disclosure_parts(disclosures)
    history = reader.subject_events(subject)
    yield from source.stamps((history[0], history[-1]))


def absence_parts(reader: EvidenceReader, question: str) -> Iterator[Part]:
    """The ground and one map proof; for `…/licence` the records of licences that are past their last day."""
    place, source = _place(question), _Source.of(reader)
    yield from source.ground(PackKind.ABSENCE, question, ask=question)
    yield from source.held(1, place.prefix, with_records=place.kind is not None)


def presence_parts(reader: EvidenceReader, subject: str) -> Iterator[Part]:
    """The ground, one map proof, and the records that it lists."""
    place, source = _place(subject), _Source.of(reader)
    if place.kind is not None or not reader.map_proof(place.prefix).pairs:
        raise Unproven("records", f"there is no record of its own under {subject}")
    yield from source.ground(PackKind.PRESENCE, subject, ask=subject)
    yield from source.held(1, place.prefix)


def export_parts(reader: EvidenceReader) -> Iterator[Part]:
    """The ground, and for each first byte of a key the map proof with the list of its records."""
    source = _Source.of(reader)
    yield from source.ground(PackKind.EXPORT, REGISTER, ask=REGISTER)
    for number in range(1, EXPORT_PROOFS + 1):
        proof = reader.map_proof(bytes((number - 1,)))
        yield map_proof_part(number), proof.to_text()
        yield record_list_part(number), encode([source.record(key) for key, _ in proof.pairs])


def _place(question: str) -> Place:
    place = Place.of(question)
    if place is None:
        raise Malformed(f"{question} is no place in the state; ask for a right, asset, party, key, number or the rules")
    return place


def _item_parts(items: Sequence[ItemProof]) -> Iterator[Part]:
    for item in sorted(items, key=lambda proof: proof.item):
        yield item_part(item.item), item.to_bytes()


def _disclosure_parts(disclosures: Sequence[Disclosure]) -> Iterator[Part]:
    if disclosures:
        yield DISCLOSURES, disclosures_bytes(disclosures)


@dataclass(frozen=True, slots=True)
class _Source:
    """A reader with what every part needs of it. Entries are kept by log index."""

    reader: EvidenceReader
    genesis: Genesis
    header: bytes  # the newest, the last leaf under the checkpoint
    changes: tuple[RosterChange, ...]
    roster: Roster  # the one that the newest header names
    checkpoint: Checkpoint
    log_signer: str

    @classmethod
    def of(cls, reader: EvidenceReader) -> _Source:
        genesis = Genesis.parse(reader.genesis_bytes)
        size = Checkpoint.parse(Note.parse(reader.checkpoint).body).size
        header = reader.header_at(reader.block_height_of(size - 1))
        changes = changes_of(reader, Header.parse(header))
        roster = roster_of_change(reader, changes[-1], genesis) if changes else genesis.roster
        signed = verify_checkpoint(reader.checkpoint, roster, None)
        return cls(reader, genesis, header, changes, roster, signed.checkpoint, signed.log_signers[0])

    def ground(self, kind: PackKind, what: str, ask: str = "") -> Iterator[Part]:
        """README, the five parts that every pack begins with, and every change of the roster."""
        member = self.roster.by_name(self.log_signer)
        assert member is not None, "the log signer is a member, or the checkpoint would not be proven"
        text = readme(kind, origin=self.genesis.origin, fingerprint=self.genesis.fingerprint, what=what, ask=ask)
        yield README, text + (readme_of_rosters(self.roster.version) if self.changes else b"")
        yield GENESIS, self.genesis.document
        yield CHECKPOINT, self.reader.checkpoint
        yield POLICY, policy_text(self.roster, member.log)
        yield HEADER, self.header
        yield HEADER_PROOF, self._proof(self.checkpoint.size - 1)
        for change in self.changes:
            yield from roster_parts(self.reader, change, self.checkpoint)

    def entries(self, entries: dict[int, Entry]) -> Iterator[Part]:
        """Each entry's three parts in log order, each block's two after its first entry."""
        height_before = -1
        for index, entry in sorted(entries.items()):
            yield entry_part(index, "msgpack"), entry.data
            yield entry_part(index, "tlog-proof"), self._proof(index)
            yield entry_part(index, "json"), entry_twin(entry, index)
            height = self.reader.block_height_of(index)
            if height != height_before:
                yield from self._block(height)
            height_before = height

    def records(self, subjects: Sequence[str]) -> Iterator[Part]:
        """Each subject's map proof with the records that it lists."""
        for number, subject in enumerate(subjects, start=1):
            yield from self.held(number, subject_prefix(subject))

    def held(self, number: int, prefix: bytes, *, with_records: bool = True) -> Iterator[Part]:
        """The map proof of what stands under a prefix, and these records."""
        proof = self.reader.map_proof(prefix)
        yield map_proof_part(number), proof.to_text()
        for key, _ in proof.pairs if with_records else ():
            yield record_part(key), self.record(key)

    def stamps(self, indexes: Sequence[int]) -> Iterator[Part]:
        """For each of these leaves the oldest time-stamp that covers it, if one is kept and under the checkpoint."""
        kept = (self.reader.stamp_after(index) for index in indexes)
        oldest = {stamp.size: stamp for stamp in kept if stamp is not None and stamp.size <= self.checkpoint.size}
        for _, stamp in sorted(oldest.items()):
            yield from self._stamp(stamp)

    def _stamp(self, stamp: Stamp) -> Iterator[Part]:
        path = consistency_path(stamp.size, self.checkpoint.size, self.reader.hash)
        yield timestamp_part(stamp.size, "checkpoint"), stamp.note
        yield timestamp_part(stamp.size, "tsr"), stamp.response
        proof = ConsistencyProof(stamp.size, self.checkpoint.size, path)
        yield timestamp_part(stamp.size, "consistency.txt"), proof.to_text()

    def record(self, key: bytes) -> bytes:
        record = self.reader.record(key)
        assert record is not None, "the map proof lists what the state holds"
        return record

    def history(self, subject: str) -> dict[int, Entry]:
        """Every entry that touched the subject."""
        return {index: Entry.parse(self.reader.leaf(index)) for index in self.reader.subject_events(subject)}

    def deposits(self, entry: Entry) -> dict[int, Entry]:
        """The deposits that the entry refers to."""
        indexes = [self.reader.entry_index(deposit) for deposit in deposits_of(entry)]
        return {index: Entry.parse(self.reader.leaf(index)) for index in indexes if index is not None}

    def with_parties(self, entries: dict[int, Entry]) -> dict[int, Entry]:
        """With the whole histories of the parties that signed, and of those that signed these, until none is new."""
        known: set[bytes] = set()
        while new := set(parties_of(entries.values())) - known:
            for party in sorted(new):
                entries = entries | self.history(Party.subject_of(party))
            known |= new
        return entries

    def with_keys(self, entries: dict[int, Entry], before: int) -> dict[int, Entry]:
        """With the key-giving entries before log index `before` of the parties that signed, until none is new."""
        known: set[bytes] = set()
        while new := set(parties_of(entries.values())) - known:
            for party in sorted(new):
                history = self.history(Party.subject_of(party))
                giving = {at: entry for at, entry in history.items() if at < before and entry.kind in KEY_GIVING}
                entries = giving | entries
            known |= new
        return entries

    def _block(self, height: int) -> Iterator[Part]:
        header = self.reader.header_at(height)
        index = Header.parse(header).index
        yield block_part(height, "txt"), header
        yield block_part(height, "tlog-proof"), self._proof(index)

    def _proof(self, index: int) -> bytes:
        path = inclusion_path(index, self.checkpoint.size, self.reader.hash)
        return tlog_proof_text(index, path, self.reader.checkpoint)
