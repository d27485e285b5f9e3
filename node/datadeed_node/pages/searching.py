"""One search box: an id, a digest, a number, a party, a key or a log index, found as everything that it may be.

Nothing is guessed: a text has one of a few exact forms, and each form is looked up where such a name stands. A file is
sought by its digest, which the browser computes. Bounded: a digest may have been deposited very often.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from datadeed_ledger.entry import Entry
from datadeed_ledger.header import HEADER_FIRST_BYTE
from datadeed_ledger.records import KeyUse, NumberUse, Party
from datadeed_ledger.register import Register
from datadeed_ledger.statemap import subject_key
from datadeed_node.pages.overview import Recorded, recorded
from datadeed_node.pages.pieces import Piece, Teller
from datadeed_node.snapshot import Snapshot

QUERY_LENGTH_MAX: Final = 200
DEPOSITS_SHOWN: Final = 50
_HEX_ID: Final = re.compile(r"[0-9a-f]{64}")
_PARTY: Final = re.compile(r"[0-9a-f]{32}")
_NUMBER: Final = re.compile(r"[0-9A-Z]{16}|[0-9]{17}")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,14}")
_PREFIX: Final = re.compile(r"(?:right|asset|party|entry|key|number|sha-?256)[/:=]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. label: as what; row: the entry beside it, where it is one."""

    label: str
    target: Piece
    row: Recorded | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found. query: as it was read; absence: the subjects whose absence a pack would prove."""

    query: str
    hits: tuple[Hit, ...]
    is_name: bool
    cut: bool
    absence: tuple[str, ...]


def search(snapshot: Snapshot, text: str, teller: Teller) -> Found:
    """Everything that `text` names as of the snapshot."""
    query = _PREFIX.sub("", "".join(text[:QUERY_LENGTH_MAX].split()), count=1)
    lower = query.lower()
    seeker = _Seeker(snapshot, teller)
    absence: tuple[str, ...] = ()
    if _HEX_ID.fullmatch(lower):
        name = bytes.fromhex(lower)
        hits = list(islice(seeker.by_id(name), DEPOSITS_SHOWN + 4))
        absence = (f"right/{lower}", f"asset/{lower}", f"key/{lower}")
    elif _PARTY.fullmatch(lower):
        hits, absence = list(seeker.party(bytes.fromhex(lower))), (f"party/{lower}",)
    elif _NUMBER.fullmatch(query.upper()):
        query = query.upper()
        hits, absence = list(seeker.number(query)), (f"number/{query}",)
    elif _INDEX.fullmatch(query):
        hits = list(seeker.index(int(query)))
    else:
        return Found(query, (), is_name=False, cut=False, absence=())
    cut = len(hits) > DEPOSITS_SHOWN
    return Found(query, tuple(hits[:DEPOSITS_SHOWN]), is_name=True, cut=cut, absence=() if hits else absence)


@dataclass(frozen=True, slots=True)
class _Seeker:
    snapshot: Snapshot
    teller: Teller

    def by_id(self, name: bytes) -> Iterator[Hit]:
        index, register = self.snapshot.entry_index(name), Register(self.snapshot)
        if register.right(name) is not None:
            yield self._hit("as_right", self.teller.right(name))
        if register.asset(name) is not None:
            yield self._hit("as_asset", self.teller.asset(name))
        if index is not None:
            yield self._entry("as_entry", index)
        yield from self._key(name)
        for deposit in self.snapshot.deposits(name):
            yield self._entry("as_digest", deposit)

    def party(self, name: bytes) -> Iterator[Hit]:
        if self.snapshot.record(subject_key(Party.subject_of(name))) is not None:
            yield self._hit("as_party", self.teller.party(name))

    def number(self, number: str) -> Iterator[Hit]:
        record = self.snapshot.record(subject_key(NumberUse.subject_of(number)))
        if record is not None:
            yield self._hit("as_number", self.teller.right(NumberUse.from_bytes(record).right))

    def index(self, index: int) -> Iterator[Hit]:
        if index < self.snapshot.size and not self.snapshot.leaf(index).startswith(HEADER_FIRST_BYTE):
            yield self._entry("as_entry", index)

    def _key(self, name: bytes) -> Iterator[Hit]:
        record = self.snapshot.record(subject_key(KeyUse.subject_of(name)))
        if record is not None:
            yield self._hit("as_key", self.teller.party(KeyUse.from_bytes(record).party))

    def _hit(self, label: str, target: Piece) -> Hit:
        return Hit(self.teller.speech(label), target, None)

    def _entry(self, label: str, index: int) -> Hit:
        entry = Entry.parse(self.snapshot.leaf(index))
        row = recorded(self.snapshot, index, entry, self.teller)
        return Hit(self.teller.speech(label), row.entry, row)
