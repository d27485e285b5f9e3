"""What a pack answers: subjects, their records in the state map, and histories that leave nothing out.

The verifier works out from the entries which subjects the pack must answer and in which order, computes their prefixes
itself, and then demands exactly the entries and records that belong to them. Here a replay of the rules will plug in: a
`Title` holds all that it needs. Spec: docs/spec/ledger.md sections 5 and 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datadeed_ledger.admission import touched
from datadeed_ledger.encoding import jcs, sha256
from datadeed_ledger.entry import PARTY_ID_BYTES, Entry
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence.ground import Ground
from datadeed_ledger.evidence.names import Contents, map_proof_part, record_part
from datadeed_ledger.evidence.recorded import KEY_GIVING, KeyHistory, Recorded
from datadeed_ledger.evidence.trail import Undecided, in_part, require
from datadeed_ledger.merkle import Frontier, leaf_hash
from datadeed_ledger.records import LICENCE, OWN, Events, Licence, Party, Record, Right, Rules
from datadeed_ledger.statemap import MapProof, subject_prefix

RULES = "rules"
DEPOSIT_KINDS = ("deposit", "deposit_batch")


def parties_of(entries: Iterable[Entry]) -> list[bytes]:
    """The parties among the signers, ascending."""
    return sorted({signer for entry in entries for signer in entry.body.by if len(signer) == PARTY_ID_BYTES})


def subjects_of(entry: Entry) -> set[str]:
    """The subjects whose histories the entry belongs to, by its fields alone."""
    return {subject for subject, _ in touched(entry)}


def deposits_of(entry: Entry) -> Iterator[bytes]:
    """The ids of the deposits that the entry refers to."""
    data: Mapping[str, Any] = entry.body.data
    description = data.get("description")
    for source in (data, description):
        if isinstance(source, Mapping):
            for reference in source.get("deposits", ()):
                yield reference["deposit"]


# --- an entry pack ---------------------------------------------------------------------------------------------------


def find_entry(entries: Sequence[Recorded]) -> Recorded:
    """The one entry that an entry pack is for: the last; the others may only give keys. Raises `Unproven`."""
    about = entries[-1]
    needed = {Party.subject_of(party) for party in parties_of(recorded.entry for recorded in entries)}
    begun: set[str] = set()
    for recorded in entries[:-1]:
        subject = Party.subject_of(recorded.entry.body.data.get("party", b""))
        gives_key = recorded.entry.kind in KEY_GIVING and subject in needed
        require(gives_key, f"entry {recorded.index} gives no signer's key; an entry pack is for one entry")
        first = subject not in begun
        require(first == (recorded.entry.kind == "enrol"), f"the keys of {subject} do not begin with its enrolment")
        begun.add(subject)
    return about


# --- the state -------------------------------------------------------------------------------------------------------


def prove_absence(contents: Contents, subject: str, ground: Ground) -> None:
    """Raise `Unproven` unless the state holds no record at all under `subject`."""
    with in_part(map_proof_part(1)):
        proof = MapProof.parse(contents.map_proofs[0])
        proof.verify(ground.header.state_root, subject_prefix(subject))
        require(not proof.pairs, f"{subject} has {len(proof.pairs)} records")


@dataclass(frozen=True, slots=True)
class Proven:
    """The records under one subject, all of them, as of the newest header."""

    subject: str
    records: Mapping[bytes, bytes]  # by map key, in key order
    typed: tuple[Record, ...]

    @property
    def own(self) -> Right | Party | Rules:
        """The subject's own record, which comes first in key order. Raises `Unproven` if it has none."""
        first = self.typed[0] if self.typed else None
        if not isinstance(first, (Right, Party, Rules)):
            raise Unproven("records", f"{self.subject} has no record of its own")
        return first


def prove_records(contents: Contents, subjects: Sequence[str], ground: Ground) -> tuple[Proven, ...]:
    """What the state holds under each subject. Raise `Unproven` unless proofs and records are exactly those.

    The right's proof comes first and that of the rules last; the parties' may lie in any order between them, because
    published packs have them in another than ours.
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
            for key, _ in proof.pairs:
                require(key in contents.records, f"the record of {key.hex()} is missing")
        proven[subject] = _proven(subject, proof, contents.records)
    listed = {key for answer in proven.values() for key in answer.records}
    for key in contents.records:
        require(key in listed, f"{record_part(key)} is a record that no map proof lists")
    return tuple(proven[subject] for subject in subjects)


def _proven(subject: str, proof: MapProof, records: Mapping[bytes, bytes]) -> Proven:
    typed: list[Record] = []
    for key, value in proof.pairs:
        with in_part(record_part(key)):
            require(sha256(records[key]) == value, "the record is not the one that the state holds")
            typed.append(_typed(key, subject, records[key]))
    return Proven(subject, {key: records[key] for key, _ in proof.pairs}, tuple(typed))


def _typed(key: bytes, subject: str, data: bytes) -> Record:
    """The record of that kind of key. Raises `Unproven` unless it names its own subject and its own place."""
    record_types: dict[tuple[str, int], type[Record]] = {
        ("right", OWN): Right,
        ("right", LICENCE): Licence,
        ("party", OWN): Party,
        (RULES, OWN): Rules,
    }
    record_type = record_types.get((subject.partition("/")[0], key[32]))
    if record_type is None:
        raise Malformed(f"this version does not know records of kind {key[32]:02x} under {subject}")
    record = record_type.from_bytes(data)
    own = record.subject == subject and record.key == key
    require(own, "the record names another subject or stands under another key")
    return record


# --- a title pack ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Title:
    """A right with all that a judgement of its history needs.

    history: every entry that touched the right, in log order; deposits: those that it refers to; proven: in the
    order of `subjects`, which is the right, the signers' parties by pseudonym, the rules.
    """

    right: bytes
    subjects: tuple[str, ...]
    history: tuple[Recorded, ...]
    deposits: tuple[Recorded, ...]
    proven: tuple[Proven, ...]

    @property
    def subject(self) -> str:
        return self.subjects[0]


def find_right(entries: Sequence[Recorded]) -> bytes:
    """The right that a title pack is for: the one that an entry of it opened. Raises `Undecided`."""
    opened = [recorded.entry.entry_id for recorded in entries if _opens_right(recorded.entry)]
    if len(opened) != 1:
        raise Undecided("question", f"{len(opened)} rights are opened by entries here; a title pack is for one")
    return opened[0]


def _opens_right(entry: Entry) -> bool:
    return Right.subject_of(entry.entry_id) in subjects_of(entry)


def title_subjects(right: bytes, entries: Iterable[Entry]) -> tuple[str, ...]:
    """What a title pack answers, in its order: the right, the signers' parties by pseudonym, the rules."""
    parties = (Party.subject_of(party) for party in parties_of(entries))
    return Right.subject_of(right), *parties, RULES


def prove_history(
    right: bytes, entries: Sequence[Recorded], proven: tuple[Proven, ...], keys: KeyHistory, ground: Ground
) -> Title:
    """Raise `Unproven` unless every subject's record commits to exactly the entries of it that are here."""
    subjects = tuple(answer.subject for answer in proven)
    of_entry = {recorded.index: subjects_of(recorded.entry) for recorded in entries}
    histories = {
        subject: [recorded for recorded in entries if subject in of_entry[recorded.index]] for subject in subjects
    }
    for answer in proven:
        _check_events(answer, histories[answer.subject])
        if isinstance(answer.own, Party):
            _check_party(answer.own, keys)
        if isinstance(answer.own, Rules):
            _check_rules(answer.own, ground)
    history = tuple(histories[subjects[0]])
    referred = {deposit for recorded in history for deposit in deposits_of(recorded.entry)}
    deposits = tuple(recorded for recorded in entries if recorded.entry.entry_id in referred)
    for recorded in entries:
        placed = recorded.entry.entry_id in referred or not of_entry[recorded.index].isdisjoint(subjects)
        require(placed, f"entry {recorded.index} belongs to no history and no deposit that the pack is for")
    return Title(right, subjects, history, deposits, proven)


def _check_events(answer: Proven, history: Sequence[Recorded]) -> None:
    committed = answer.own.events
    rebuilt = Events.of(
        Frontier.EMPTY.extend(leaf_hash(recorded.index.to_bytes(8, "big") + recorded.leaf) for recorded in history)
    )
    subject = answer.subject
    require(
        committed.count == rebuilt.count,
        f"{subject} was touched by {committed.count} entries, {rebuilt.count} of them are here",
    )
    require(committed.root == rebuilt.root, f"the entries here are not those that touched {subject}, in their order")


def _check_party(record: Party, keys: KeyHistory) -> None:
    given = keys.given(bytes.fromhex(record.subject.partition("/")[2]))
    assert given, "the party signed an entry here, and its signature held with a key that was given here"
    data = given[-1].entry.body.data
    last = (data["public_key"], data["name"], data["credit_code"])
    same = (record.public_key, record.name, record.credit_code) == last
    require(same, f"the record of {record.subject} is not what its last key-giving entry says")


def _check_rules(record: Rules, ground: Ground) -> None:
    genesis = ground.genesis
    founding = Rules.of_genesis(genesis.time_ms, sha256(jcs(genesis.rules))).versions
    require(record.versions[:1] == founding, "the first rule set of record is not that of the founding document")
    amendments = len(record.versions) - 1
    require(amendments == record.events.count, f"{amendments} amendments of record, {record.events.count} entries")


def check_deposits(title: Title) -> None:
    """Raise `Unproven` unless every deposit that the right's history refers to is here, and is a deposit."""
    kinds = {recorded.entry.entry_id: recorded.entry.kind for recorded in title.deposits}
    for recorded in title.history:
        for deposit in deposits_of(recorded.entry):
            where = f"entry {recorded.index} refers to the deposit {deposit.hex()}"
            require(deposit in kinds, f"{where}, which is missing")
            require(kinds[deposit] in DEPOSIT_KINDS, f"{where}, which is no deposit")
