"""An entry for people: its place, its signers, and every field of its data, none left out.

Sealed fields are shown as the commitments that they are. A field that names a thing on the ledger leads to its page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import SEALED_PATHS, Entry
from datadeed_ledger.header import Header
from datadeed_node.pages.pieces import Fact, Piece, Teller, day, identity, moment, plain
from datadeed_node.snapshot import Snapshot

_ENTRIES: Final = frozenset(
    ("deposit", "request", "license", "freeze", "objection", "dispute", "target", "parent", "ends")
)
_PARTIES: Final = frozenset(("party", "licensee", "pledgee", "seller", "buyer"))
_TIMES: Final = frozenset(("formed_at", "effective"))
_DAYS: Final = frozenset(("start", "end", "until", "announced_on", "agreement_end", "debt_due"))
_SHARES: Final = frozenset(("applicants", "holders", "holders_after"))
_DOCUMENTS: Final = frozenset(("rules", "roster"))


@dataclass(frozen=True, slots=True)
class EntryView:
    """What the page of a recorded entry shows."""

    entry_id: str
    index: int
    kind: str
    facts: tuple[Fact, ...]
    data: tuple[Fact, ...]


def entry_view(snapshot: Snapshot, index: int, entry: Entry, teller: Teller) -> EntryView:
    speech = teller.speech
    header = Header.parse(snapshot.header_at(snapshot.block_height_of(index)))
    teller = teller.under(snapshot.roster_of(header))
    label = "deposit_number" if entry.kind in ("deposit", "deposit_batch") else "entry_id"
    facts = (
        Fact(speech(label), (identity(entry.entry_id),)),
        Fact(speech("index"), plain(str(index))),
        Fact(speech("block"), plain(str(header.height))),
        Fact(speech("roster_version"), (Piece(str(header.roster_version), "/ui/rosters"),)),
        Fact(speech("time"), (moment(header.time_ms),)),
        Fact(speech("slack"), plain(speech("seconds", seconds=f"{header.slack_ms / 1000:g}"))),
        Fact(speech("signers"), tuple(teller.signer(signer) for signer in entry.body.by)),
        Fact(speech("expires"), (moment(entry.body.expires_ms),)),
    )
    data = tuple(data_facts(entry, teller))
    return EntryView(entry.entry_id.hex(), index, speech.kind(entry.kind), facts, data)


def data_facts(entry: Entry, teller: Teller) -> Iterator[Fact]:
    """Each field of the data with its label; a map's fields stand one by one."""
    yield from _Reader(entry.kind, frozenset(SEALED_PATHS[entry.kind]), teller).of_map(entry.body.data, "")


@dataclass(frozen=True, slots=True)
class _Reader:
    kind: str
    sealed: frozenset[str]
    teller: Teller

    def of_map(self, data: Mapping[str, Any], prefix: str) -> Iterator[Fact]:
        for name, value in data.items():
            path = prefix + name
            if isinstance(value, Mapping):
                yield from self.of_map(value, f"{path}.")
            else:
                yield Fact(self.teller.speech.field(self.kind, path), self._pieces(path, name, value))

    def _pieces(self, path: str, name: str, value: Any) -> tuple[Piece, ...]:
        if value is None:
            return ()
        if path in self.sealed:
            return (Piece(self.teller.speech("sealed"), form="sealed", full=value.hex()),)
        if not isinstance(value, (list, tuple)):
            return (self._piece(name, value),)
        if name in _SHARES:
            return tuple(piece for item in value for piece in self._share(item))
        if name == "deposits":
            return tuple(piece for item in value for piece in self._deposit(item))
        return tuple(self._piece(name, item) for item in value)

    def _share(self, item: Mapping[str, Any]) -> tuple[Piece, ...]:
        whole, part = divmod(item["share"], 100)
        share = f"{whole}.{part:02}%" if part else f"{whole}%"
        return self.teller.party(item["party"]), Piece(f"({share if item['share'] else self.teller.speech('joint')})")

    def _deposit(self, item: Mapping[str, Any]) -> Iterator[Piece]:
        yield self.teller.entry(item["deposit"])
        if item["item"] is not None:
            yield Piece(f"[{item['item']}]")

    def _piece(self, name: str, value: Any) -> Piece:
        if isinstance(value, bytes):
            return self._named(name, value)
        if isinstance(value, bool):
            return Piece(self.teller.speech("yes" if value else "no"))
        if isinstance(value, int):
            return moment(value) if name in _TIMES else Piece(str(value))
        if value == "*":
            return Piece(self.teller.speech("everything"))
        return day(value)[0] if name in _DAYS else Piece(self.teller.speech.value(value))

    def _named(self, name: str, value: bytes) -> Piece:
        if name in _DOCUMENTS:
            text = self.teller.speech("bytes", count=len(value), digest=sha256(value).hex())
            return Piece(text, "/ui/rosters" if name == "roster" else "")
        if name == "right":
            return self.teller.right(value)
        if name == "asset":
            return self.teller.asset(value)
        if name == "registrar":
            return self.teller.member(value)
        if name in _PARTIES:
            return self.teller.party(value)
        return self.teller.entry(value) if name in _ENTRIES else identity(value)
