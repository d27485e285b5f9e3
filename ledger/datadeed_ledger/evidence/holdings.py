"""What the state holds: map proofs with the records that they list, under subjects that the verifier computes himself.

Four ways of asking: every subject of a history (title and asset packs), that a place is empty (absence), what stands at
a place (presence), and everything there is (export). A record counts only where it names its own subject and place.
Spec: docs/spec/ledger.md section 5; docs/spec/evidence.md section 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from datadeed_ledger.calendar_days import day_of, parse_day
from datadeed_ledger.encoding import decode, sha256
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence.codecs import Place
from datadeed_ledger.evidence.container import PART_BYTES_MAX
from datadeed_ledger.evidence.ground import Ground
from datadeed_ledger.evidence.names import Contents, map_proof_part, record_list_part, record_part
from datadeed_ledger.evidence.trail import in_part, require
from datadeed_ledger.records import (
    LICENCE,
    OBJECTION,
    OWN,
    RECORD_BYTES_MAX,
    Asset,
    KeyUse,
    Licence,
    NumberUse,
    Objection,
    Party,
    Record,
    Right,
    Rules,
)
from datadeed_ledger.state import SUBJECT_BYTES
from datadeed_ledger.statemap import MapProof, subject_prefix

_TYPES: Final[Mapping[tuple[str, int], type[Record]]] = {
    ("right", OWN): Right,
    ("right", LICENCE): Licence,
    ("right", OBJECTION): Objection,
    ("asset", OWN): Asset,
    ("party", OWN): Party,
    ("key", OWN): KeyUse,
    ("number", OWN): NumberUse,
    ("rules", OWN): Rules,
}


@dataclass(frozen=True, slots=True)
class Proven:
    """The records under one subject, all of them, as of the newest header."""

    subject: str
    records: Mapping[bytes, bytes]  # by map key, in key order
    typed: tuple[Record, ...]

    @property
    def own(self) -> Right | Asset | Party | Rules:
        """The subject's own record, which comes first in key order. Raises `Unproven` if it has none."""
        first = self.typed[0] if self.typed else None
        if not isinstance(first, (Right, Asset, Party, Rules)):
            raise Unproven("records", f"{self.subject} has no record of its own")
        return first


# --- one place -------------------------------------------------------------------------------------------------------


def prove_place(contents: Contents, place: Place, ground: Ground) -> Proven:
    """What the state holds at `place`, all of it, maybe nothing. Raises `Unproven` unless the pack shows just that."""
    with in_part(map_proof_part(1)):
        proof = MapProof.parse(contents.map_proofs[0])
        proof.verify(ground.header.state_root, place.prefix)
        count = len(proof.pairs)
        require(
            count == len(contents.records), f"{place.subject} has {count} records, {len(contents.records)} are here"
        )
    _check_present(proof, contents.records)
    return _proven(place.subject, proof, contents.records)


def check_empty(place: Place, proven: Proven, ground: Ground) -> None:
    """Raise `Unproven` unless nothing of the place stands at the time of the newest header.

    A licence past its last day has a record until an entry removes it, and stands no more.
    """
    today = day_of(ground.header.time_ms)
    for record in proven.typed:
        past = isinstance(record, Licence) and parse_day(record.end) < today and place.kind == LICENCE
        name = f"the licence {record.id.hex()}, until {record.end}" if isinstance(record, Licence) else record.subject
        require(past, f"of record is {name}")


# --- the subjects of a history ---------------------------------------------------------------------------------------


def prove_records(contents: Contents, subjects: Sequence[str], ground: Ground) -> tuple[Proven, ...]:
    """What the state holds under each subject. Raise `Unproven` unless proofs and records are exactly those.

    The first subject's proof comes first and that of the rules last; the parties' may lie in any order between them,
    because published packs have them in another than ours.
    """
    count = len(contents.map_proofs)
    require(count == len(subjects), f"{count} map proofs for the {len(subjects)} subjects {', '.join(subjects)}")
    prefixes = {subject_prefix(subject): subject for subject in subjects}
    proven: dict[str, Proven] = {}
    for number, data in enumerate(contents.map_proofs, start=1):
        with in_part(map_proof_part(number)):
            proof = MapProof.parse(data)
            subject = prefixes.pop(proof.prefix, None)
            misplaced = subject in (subjects[0], subjects[-1]) and number != subjects.index(subject) + 1
            if subject is None or misplaced:
                raise Unproven("records", f"it is not the proof of a subject that stands at place {number}")
            proof.verify(ground.header.state_root, subject_prefix(subject))
            _check_present(proof, contents.records)
        proven[subject] = _proven(subject, proof, contents.records)
    listed = {key for answer in proven.values() for key in answer.records}
    for key in contents.records:
        require(key in listed, f"{record_part(key)} is a record that no map proof lists")
    return tuple(proven[subject] for subject in subjects)


# --- the whole register ----------------------------------------------------------------------------------------------


def prove_register(contents: Contents, ground: Ground) -> tuple[Proven, ...]:
    """Every record that the state holds, by subject in order of keys. Raise `Unproven` unless none is missing.

    The proofs are for the 256 first bytes that a key can have, in order, so no key lies between them.
    """
    records: dict[bytes, bytes] = {}
    for number, (data, listed) in enumerate(zip(contents.map_proofs, contents.record_lists, strict=True), start=1):
        with in_part(map_proof_part(number)):
            proof = MapProof.parse(data)
            proof.verify(ground.header.state_root, bytes((number - 1,)))
        with in_part(record_list_part(number)):
            given = parse_record_list(listed)
            require(len(given) == len(proof.pairs), f"{len(given)} records for {len(proof.pairs)} pairs of the proof")
            for (key, value), record in zip(proof.pairs, given, strict=True):
                require(sha256(record) == value, f"the record of {key.hex()} is not the one that the state holds")
                records[key] = record
    return tuple(_by_subject(records))


def parse_record_list(data: bytes) -> list[bytes]:
    """The records of one list of an export pack. Raises `Malformed`."""
    value = decode(data, bytes_max=PART_BYTES_MAX)
    if not isinstance(value, list):
        raise Malformed("a list of records is an array")
    records = [record for record in value if isinstance(record, bytes)]
    if len(records) != len(value):
        raise Malformed("a list of records holds nothing else than their bytes")
    return records


def _by_subject(records: Mapping[bytes, bytes]) -> Iterable[Proven]:
    """Records in key order, those of one subject together."""
    grouped: dict[bytes, dict[bytes, bytes]] = {}
    for key, record in records.items():
        grouped.setdefault(key[:SUBJECT_BYTES], {})[key] = record
    for held in grouped.values():
        subject = _stated_subject(next(iter(held.values())))
        yield Proven(subject, held, tuple(_typed(key, subject, record) for key, record in held.items()))


def _stated_subject(record: bytes) -> str:
    """The subject that a record names, whose place is checked with it."""
    value = decode(record, bytes_max=RECORD_BYTES_MAX)
    subject = value.get("subject") if isinstance(value, dict) else None
    if not isinstance(subject, str) or not subject.isascii():
        raise Malformed("a record names its subject")
    return subject


# --- one proof -------------------------------------------------------------------------------------------------------


def _check_present(proof: MapProof, records: Mapping[bytes, bytes]) -> None:
    for key, _ in proof.pairs:
        require(key in records, f"the record of {key.hex()} is missing")


def _proven(subject: str, proof: MapProof, records: Mapping[bytes, bytes]) -> Proven:
    typed: list[Record] = []
    for key, value in proof.pairs:
        with in_part(record_part(key)):
            require(sha256(records[key]) == value, "the record is not the one that the state holds")
            typed.append(_typed(key, subject, records[key]))
    return Proven(subject, {key: records[key] for key, _ in proof.pairs}, tuple(typed))


def _typed(key: bytes, subject: str, data: bytes) -> Record:
    """The record of that kind of key. Raises `Unproven` unless it names its own subject and its own place."""
    kind = key[SUBJECT_BYTES]
    record_type = _TYPES.get((subject.partition("/")[0], kind))
    if record_type is None:
        raise Malformed(f"this version does not know records of kind {kind:02x} under {subject[:80]}")
    record = record_type.from_bytes(data)
    own = record.subject == subject and record.key == key
    require(own, "the record names another subject or stands under another key")
    return record
