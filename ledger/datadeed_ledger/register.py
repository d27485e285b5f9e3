"""The register as the rules read it: a state's bytes as typed records, each read at most once for one entry.

Writes go to the overlay; a `Register` therefore serves one judgement and is then thrown away.
Spec: docs/spec/events.md, "Records".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from datadeed_ledger.entry import Entry
from datadeed_ledger.records import (
    LICENCE,
    OBJECTION,
    Asset,
    KeyUse,
    Licence,
    NumberUse,
    Objection,
    Party,
    Right,
    Rules,
    licence_key,
    objection_key,
)
from datadeed_ledger.state import StateReader
from datadeed_ledger.statemap import subject_key, subject_prefix


@dataclass(frozen=True, slots=True)
class Register:
    """A typed reader of `state` that remembers what it has read."""

    state: StateReader
    _parties: dict[bytes, Party | None] = field(default_factory=dict)
    _rights: dict[bytes, Right | None] = field(default_factory=dict)
    _entries: dict[bytes, Entry | None] = field(default_factory=dict)

    def party(self, party: bytes) -> Party | None:
        """The party with this 16-byte pseudonym."""
        if party not in self._parties:
            data = self.state.record(subject_key(Party.subject_of(party)))
            self._parties[party] = None if data is None else Party.from_bytes(data)
        return self._parties[party]

    def right(self, right: bytes) -> Right | None:
        """The right with this 32-byte id."""
        if right not in self._rights:
            data = self.state.record(subject_key(Right.subject_of(right)))
            self._rights[right] = None if data is None else Right.from_bytes(data)
        return self._rights[right]

    def entry(self, entry_id: bytes) -> Entry | None:
        """The recorded entry with this id."""
        if entry_id not in self._entries:
            index = self.state.entry_index(entry_id)
            self._entries[entry_id] = None if index is None else Entry.parse(self.state.leaf(index))
        return self._entries[entry_id]

    def licence(self, right: bytes, licence: bytes) -> Licence | None:
        """The licence of record of this right, unless an entry ended it; time may have."""
        data = self.state.record(licence_key(Right.subject_of(right), licence))
        return None if data is None else Licence.from_bytes(data)

    def licences(self, right: bytes) -> list[Licence]:
        """Every licence of record of this right that no entry ended, in key order."""
        prefix = subject_prefix(Right.subject_of(right), LICENCE)
        return [Licence.from_bytes(data) for _, data in self.state.records_under(prefix)]

    def objection(self, right: bytes, objection: bytes) -> Objection | None:
        """The open objection to this right with this id."""
        data = self.state.record(objection_key(Right.subject_of(right), objection))
        return None if data is None else Objection.from_bytes(data)

    def objections(self, right: bytes) -> list[Objection]:
        """Every open objection to this right, in key order."""
        prefix = subject_prefix(Right.subject_of(right), OBJECTION)
        return [Objection.from_bytes(data) for _, data in self.state.records_under(prefix)]

    def asset(self, asset: bytes) -> Asset | None:
        """The data asset with this 32-byte id."""
        data = self.state.record(subject_key(Asset.subject_of(asset)))
        return None if data is None else Asset.from_bytes(data)

    def rules(self) -> Rules:
        """Which rule sets are or were in force."""
        data = self.state.record(subject_key(Rules.SUBJECT))
        assert data is not None, "the genesis block records the founding rules"
        return Rules.from_bytes(data)

    def key_used(self, public_key: bytes) -> bool:
        """Whether any party has, or ever had, this key."""
        return self.state.record(subject_key(KeyUse.subject_of(public_key))) is not None

    def number_used(self, number: str) -> bool:
        """Whether this registration or certificate number was ever given."""
        return self.state.record(subject_key(NumberUse.subject_of(number))) is not None
