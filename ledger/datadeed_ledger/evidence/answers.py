"""What a pack answers: one entry, or the history of a right or an asset that leaves nothing out.

The verifier works out from the entries which subjects the pack must answer and in which order, and then demands exactly
the entries that belong to them. Their records are holdings.py's, the replay of the rules replay.py's: a `Title` holds
all that it needs. Spec: docs/spec/ledger.md sections 5 and 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datadeed_ledger.admission import touched
from datadeed_ledger.encoding import jcs, sha256
from datadeed_ledger.entry import PARTY_ID_BYTES, Entry
from datadeed_ledger.evidence.ground import Ground
from datadeed_ledger.evidence.holdings import Proven
from datadeed_ledger.evidence.names import map_proof_part
from datadeed_ledger.evidence.recorded import KEY_GIVING, KeyHistory, Recorded
from datadeed_ledger.evidence.trail import Undecided, in_part, require
from datadeed_ledger.kinds.table import KINDS
from datadeed_ledger.merkle import Frontier, leaf_hash
from datadeed_ledger.records import Asset, Events, Party, Right, Rules
from datadeed_ledger.statemap import MapProof, subject_prefix

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


# --- a title or asset pack -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Title:
    """A right or an asset with all that a judgement of its history needs.

    history: every entry that touched it, in log order; deposits: those that it refers to; proven: in the order of
    `subjects`, which is the right or asset, the signers' parties by pseudonym, the rules.
    """

    subjects: tuple[str, ...]
    history: tuple[Recorded, ...]
    deposits: tuple[Recorded, ...]
    proven: tuple[Proven, ...]

    @property
    def subject(self) -> str:
        return self.subjects[0]


def find_subject(entries: Sequence[Recorded], first_proof: bytes) -> str:
    """The right or asset that the pack is for: the one opened here that its first map proof is about.

    A pack about a right has no other; one about an asset has whatever assets its party registered. What the proof
    names is only believed if an entry here opened it. Raises `Undecided` or `Malformed`.
    """
    opened = [subject for recorded in entries for subject in _opened_by(recorded.entry)]
    rights = [subject for subject in opened if subject.startswith("right/")]
    if len(rights) > 1:
        raise Undecided("question", f"{len(rights)} rights are opened by entries here; a title pack is for one")
    with in_part(map_proof_part(1)):
        prefix = MapProof.parse(first_proof).prefix
    for subject in opened:
        if subject_prefix(subject) == prefix:
            return subject
    if len(rights) == 1:
        return rights[0]  # and step records says what is wrong with the proof
    raise Undecided("question", "no entry here opens the right or asset that the first map proof is about")


def _opened_by(entry: Entry) -> Iterator[str]:
    match KINDS[entry.kind].opens:
        case "right":
            yield Right.subject_of(entry.entry_id)
        case "asset":
            yield Asset.subject_of(entry.entry_id)


def history_subjects(subject: str, entries: Iterable[Entry]) -> tuple[str, ...]:
    """What a pack about `subject` answers, in its order: it, the signers' parties by pseudonym, the rules."""
    parties = (Party.subject_of(party) for party in parties_of(entries))
    return subject, *parties, Rules.SUBJECT


def prove_history(entries: Sequence[Recorded], proven: tuple[Proven, ...], keys: KeyHistory, ground: Ground) -> Title:
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
    return Title(subjects, history, deposits, proven)


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
