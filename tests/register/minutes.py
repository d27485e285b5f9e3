"""A case before the register, told as minutes: dated steps by named people, refusals, and what stood as of a day.

Every step is a signed entry in a block of its own, judged by the real rules through the one path of admission (the kit
is docket.py's). Who signs is said by the narrator, never derived: `(alpha & beta).asks_to_transfer(...)` is signed by
these two. After each step the records are kept, so that a case can look back at any moment that a block has reached.
Each verdict and each answer is compared with the naive model's (second_opinion.py), and at the end of the case each
answer is proven offline, out of one evidence pack for each right.
Left out: consensus and storage; and sealed values, whose texts no rule reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from docket import Docket
from memorystate import MemoryState
from register.cast import Holding, Signers, moment, together
from register.second_opinion import SecondOpinion
from registerkit import ROLES, member_id, pid, roster

from datadeed_ledger.calendar_days import DAY_MS, day_text, parse_day
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Refused
from datadeed_ledger.evidence import StateAt, title_pack, verify_pack
from datadeed_ledger.records import Holder, Licence, Right
from datadeed_ledger.register import Register
from datadeed_ledger.rulebook import RuleBook
from datadeed_ledger.view import RightView, licence_in_force, licence_stands, view

MINUTE_MS = 60_000
OPENED = "2023-06-01"  # the register of every case; its first parties are enrolled on this day
INSTITUTIONS = {
    "the_office": "ip-office.example.cn",
    "other_office": "other-office.example.cn",
    "court_1": "court.example.cn",
    "court_2": "other-court.example.cn",
    "the_notary": "notary.example.cn",
    "the_exchange": "exchange.example.cn",
}


@dataclass(frozen=True)
class Standing:
    """What the register answered about a right as of a moment; whatever is not said does not stand."""

    status: str
    held_by: str
    licences: tuple[str, ...] = ()
    pledged_to: str = ""
    frozen: str = ""
    queued: tuple[str, ...] = ()
    disputes: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    renewal_due: bool = False


class Case:
    """One case: its register, its clock, and the records after each of its steps."""

    def __init__(self, opened: str = OPENED) -> None:
        self.kit = Docket(now_ms=moment(f"{opened} 09:00"))
        self.second_opinion = SecondOpinion(self.kit)
        self.names = {member_id(name): alias for alias, name in INSTITUTIONS.items()}
        self.history: list[tuple[int, dict[bytes, bytes]]] = []
        self.answers: dict[tuple[bytes, int], Standing] = {}  # by right and moment
        self.numbers = 0  # registration and certificate numbers given by the narrator so far

    # --- who takes part ----------------------------------------------------------------------------------------------

    def institution(self, alias: str) -> Signers:
        return Signers(self, (member_id(INSTITUTIONS[alias]),))

    def party(self, name: str, by: str = "the_office", party_type: str = "enterprise") -> Signers:
        """A party of this name, enrolled now by an institution."""
        self.names[pid(name)] = name
        self.record(self.kit.enrol_entry(name, by=member_id(INSTITUTIONS[by]), party_type=party_type))
        return Signers(self, (pid(name),))

    def leaves(self, alias: str) -> None:
        """The institution is no member of the roster any more."""
        gone = INSTITUTIONS[alias]
        left = {member.name: ROLES[member.name] for member in self.kit.roster.members if member.name != gone}
        self.kit.roster = roster(left, self.kit.roster.version + 1)

    # --- steps -------------------------------------------------------------------------------------------------------

    def on(self, date: str, at: str = "12:00") -> None:
        """The next step is recorded on this day, at this time of +08:00, and each one after it a millisecond later."""
        now = moment(f"{date} {at}")
        assert now > self.kit.now_ms, f"the minutes go backwards to {date} {at}"
        self.kit.now_ms = now - 1

    def record(self, entry: Entry) -> bytes:
        """Record the entry; returns its id. Raises `Refused`, at the door and when a block is built alike."""
        try:
            entry_id = self.kit.record(entry)
        except Refused as refusal:
            self.kit.refusal(entry)
            self.second_opinion.on(entry, refusal)
            raise
        self.second_opinion.on(entry, None)
        self.history.append((self.kit.now_ms, dict(self.kit.state.records)))
        return entry_id

    @contextmanager
    def is_refused(self, number: int) -> Iterator[None]:
        """The one step inside is refused with this number."""
        before = dict(self.kit.state.records)
        with pytest.raises(Refused) as caught:
            yield
        assert caught.value.number == number, f"{caught.value.number}: {caught.value.en}"
        assert self.kit.state.records == before

    def application_of(self, applicants: Holding, **described: Any) -> bytes:
        """An application, today, on a deposit of its first applicant."""
        by = together(applicants)
        return by.applies(applicants, by.first.deposits(), **described)

    def right_of(self, holders: Holding, since: str, **described: Any) -> bytes:
        """A right whose registration is announced on the day `since`, after an uneventful examination."""
        office = self.institution("the_office")
        announced = parse_day(since)
        self.on(day_text(announced - 40))
        right = self.application_of(holders, **described)
        self.on(day_text(announced - 35))
        office.publishes(right)
        self.on(since)
        office.registers(right)
        return right

    def next_numbers(self) -> tuple[str, str]:
        """A registration and a certificate number that nobody was given before."""
        self.numbers += 1
        return f"2026BJ{self.numbers:010}", f"11{self.numbers:015}"

    # --- what stood --------------------------------------------------------------------------------------------------

    def as_of(self, when: str | int, right: bytes) -> Standing:
        """What stood at the end of the day `when`, or of the minute 'YYYY-MM-DD HH:MM'; or at this ms since 1970."""
        time_ms, register = self._register_as_of(when)
        record = self.record_as_of(when, right)
        seen = view(record, time_ms, RuleBook(self.kit.rules).in_force(register.state, time_ms))
        licences = [item for item in register.licences(right) if licence_stands(item, seen)]
        self.second_opinion.as_of(time_ms, record, seen, licences)
        in_force = [licence_in_force(licence, seen) for licence in licences]
        answer = self._standing(seen, record.holders, zip(licences, in_force, strict=True))
        self.answers[right, time_ms] = answer
        return answer

    def prove_offline(self) -> None:
        """Whoever has the pack of a right and the ledger's fingerprint comes to every answer that the case gave."""
        if self.kit.roster.version > 1:
            return  # the docket's headers know the founding members only
        archive = self.kit.archive()
        packs = {right: title_pack(archive, right) for right, _ in self.answers}
        for (right, time_ms), answer in self.answers.items():
            state = verify_pack(packs[right], self.kit.ledger, at=time_ms).state_at
            assert state is not None
            standing = [(item.licence, item.in_force) for item in state.licences if item.stands]
            assert self._standing(state, state.holders, standing) == answer

    def asset_as_of(self, when: str, asset: bytes) -> tuple[str, int]:
        """Whether the asset was listed then, and how many contracts of record named it."""
        record = self._register_as_of(when)[1].asset(asset)
        assert record is not None, f"as of {when}, the asset had not been registered"
        return record.stage, record.contracts

    def history_of(self, right: bytes) -> list[str]:
        """The kinds of the entries that touched the right, in order."""
        entries = [Entry.parse(self.kit.state.leaf(at)) for at in self.kit.state.events[Right.subject_of(right)]]
        assert self.now(right).events.count == len(entries)
        return [entry.kind for entry in entries]

    def deposit_of(self, right: bytes) -> bytes:
        """The first deposit on which the right rests."""
        described = Register(self.kit.state).entry(self.now(right).description)
        assert described is not None
        return bytes(described.body.data["description"]["deposits"][0]["deposit"])

    def now(self, right: bytes) -> Right:
        """The record of the right as the last step left it."""
        return self.kit.right(right)

    def record_as_of(self, when: str | int, right: bytes) -> Right:
        """The record of the right then; what time alone has done to it since is not in it."""
        record = self._register_as_of(when)[1].right(right)
        assert record is not None, f"as of {when}, the right had not been applied for"
        return record

    def _register_as_of(self, when: str | int) -> tuple[int, Register]:
        """The moment, and the records after the last block of at most its time; the next block, even empty, decides."""
        next_block = self.kit.now_ms + 1
        if isinstance(when, int):
            time_ms = when
        elif " " in when:
            time_ms = min(moment(when) + MINUTE_MS - 1, max(moment(when), next_block))
        else:
            time_ms = moment(f"{when} 00:00") + DAY_MS - 1
        assert time_ms <= next_block, "cannot decide: no block has reached that moment"
        now = self.kit.state
        state = MemoryState()
        state.indexes, state.leaves, state.events = now.indexes, now.leaves, now.events
        state.records = next(records for time, records in reversed(self.history) if time <= time_ms)
        return time_ms, Register(state)

    def _standing(
        self, seen: RightView | StateAt, holders: Sequence[Holder], licences: Iterable[tuple[Licence, bool]]
    ) -> Standing:
        """In words. licences: those that stand, and whether each was in force."""
        recorded = sorted(licences, key=lambda item: self.kit.state.indexes[item[0].id])
        effective, *queue = seen.freezes or (None,)
        return Standing(
            status=f"{seen.status}{', renewal pending' if seen.renewal_pending else ''}",
            held_by=self._holders(holders),
            licences=tuple(self._licence(licence, in_force=in_force) for licence, in_force in recorded),
            pledged_to="" if seen.pledge is None else self.names[seen.pledge.pledgee],
            frozen="" if effective is None else f"{self.names[effective.court]} until {effective.until}",
            queued=tuple(f"{self.names[item.court]} for {item.months} months" for item in queue if item is not None),
            disputes=tuple(f"{self.names[item.by]} until {item.until}" for item in seen.disputes),
            pending=tuple(item.kind for item in seen.pending),
            renewal_due=seen.renewal_due,
        )

    def _holders(self, holders: Sequence[Holder]) -> str:
        if len(holders) == 1:
            return self.names[holders[0].party]
        if not any(holder.share for holder in holders):
            return " and ".join(sorted(self.names[holder.party] for holder in holders)) + " jointly"
        return ", ".join(sorted(f"{self.names[holder.party]} {holder.share / 100:g}%" for holder in holders))

    def _licence(self, licence: Licence, *, in_force: bool) -> str:
        kind = licence.type if licence.parent is None else f"sublicence {licence.type}"
        start = "" if in_force else f" from {licence.start}"
        return f"{kind} to {self.names[licence.licensee]}{start} until {licence.end}"
