"""What pages are made of: pieces of text that may lead somewhere, and facts with a label.

Ids are shown as they are spelled and lead to their page; times are shown at +08:00, the clock of the register, beside
their machine's spelling. Left out: markup (templates) and escaping (rendering.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from datadeed_ledger.calendar_days import DAY_MS, OFFSET_MS, day_of, day_text
from datadeed_ledger.encoding import time_text
from datadeed_ledger.records import Holder
from datadeed_ledger.roster import Roster
from datadeed_node.pages.words import Speech

SHORT_DIGITS: Final = 12  # of an id where its whole length would drown the line; its page shows all of it


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text. link: where it leads, if anywhere; full: an id in full, or a time as machines spell it."""

    text: str
    link: str = ""
    form: Literal["text", "id", "time", "sealed"] = "text"
    full: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its values; no value is shown as "none"."""

    label: str
    values: tuple[Piece, ...]


def moment(time_ms: int) -> Piece:
    """A time at +08:00, to the second."""
    day, rest = day_of(time_ms), (time_ms + OFFSET_MS) % DAY_MS // 1000
    text = f"{day_text(day)} {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02} +08:00"
    return Piece(text, form="time", full=time_text(time_ms))


def day(text: str | None) -> tuple[Piece, ...]:
    return () if text is None else (Piece(text, form="time", full=text),)


def plain(text: str | None) -> tuple[Piece, ...]:
    return () if text is None else (Piece(text),)


def identity(data: bytes) -> Piece:
    """Bytes in full, leading nowhere."""
    return Piece(data.hex(), form="id", full=data.hex())


@dataclass(frozen=True, slots=True)
class Teller:
    """Names things in one language. short: ids are cut to their beginning.

    rosters: up to the one in force, oldest first; then: the roster under which what is told of was recorded.
    """

    speech: Speech
    rosters: tuple[Roster, ...]
    short: bool = False
    then: Roster | None = None

    def under(self, roster: Roster) -> Teller:
        """Institutions are named as this roster names them."""
        return replace(self, then=roster)

    def entry(self, entry_id: bytes) -> Piece:
        return self._linked("entries", entry_id)

    def right(self, right: bytes) -> Piece:
        return self._linked("rights", right)

    def asset(self, asset: bytes) -> Piece:
        return self._linked("assets", asset)

    def party(self, party: bytes) -> Piece:
        return self._linked("parties", party)

    def member(self, member_id: bytes) -> Piece:
        """An institution by its title; one that has left by its last title, and that it has; any other by its id."""
        named = None if self.then is None else self.then.by_id(member_id)
        present = named or self.rosters[-1].by_id(member_id)
        if present is not None:
            return Piece(f"{self.speech.member(present)} ({present.name})")
        for roster in reversed(self.rosters):
            if (member := roster.by_id(member_id)) is not None:
                return Piece(f"{self.speech.member(member)} ({member.name}; {self.speech('former')})")
        return identity(member_id)

    def signer(self, signer: bytes) -> Piece:
        """A party has 16 bytes, a member 32."""
        return self.party(signer) if len(signer) == 16 else self.member(signer)

    def holders(self, holders: Iterable[Holder]) -> tuple[Piece, ...]:
        """Each holder with its share, or that they hold jointly."""
        found: list[Piece] = []
        for holder in holders:
            whole, part = divmod(holder.share, 100)
            share = f"{whole}.{part:02}%" if part else f"{whole}%"
            found += [self.party(holder.party), Piece(f"({share if holder.share else self.speech('joint')})")]
        return tuple(found)

    def _linked(self, folder: str, name: bytes) -> Piece:
        full = name.hex()
        text = f"{full[:SHORT_DIGITS]}…" if self.short else full
        return Piece(text, f"/ui/{folder}/{full}", "id", full)
