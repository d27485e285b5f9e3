"""The model's values: one event as it was handed in, and one right's situation while its story is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from register.model_days import day, months_later, start_of


@dataclass(frozen=True)
class Event:
    """One entry as the model sees it. keys: the public key with which each signer really signed."""

    kind: str
    by: frozenset[bytes]
    data: Mapping[str, Any]
    id: bytes
    time: int
    block: int
    ledger: bytes
    expires: int
    keys: Mapping[bytes, bytes]
    could_reinstate: frozenset[bytes] = frozenset()  # of a reinstatement: who of its day's roster could sign one

    @cached_property
    def today(self) -> date:
        return day(self.time)

    @cached_property
    def right(self) -> bytes | None:
        """Which right it touches."""
        return self.id if self.kind in ("apply", "import_right") else self.data.get("right")

    @cached_property
    def asset(self) -> bytes | None:
        """Which asset it touches."""
        return self.id if self.kind == "register_asset" else self.data.get("asset")


@dataclass
class Situation:
    """One right at one moment, after the story so far. Lists hold only what still stands."""

    id: bytes
    application: Event
    stage: str
    regime: str
    registrar: bytes
    holders: list[Mapping[str, Any]]
    described_by: Event
    agreement_end: str | None
    due: date | None = None
    ended_at: int | None = None
    registration_no: str | None = None
    certificate_no: str | None = None
    announced_on: date | None = None
    until: date | None = None
    pledge: Event | None = None
    freezes: list[dict[str, Any]] = field(default_factory=list)  # the first is in effect
    disputes: list[tuple[Event, date]] = field(default_factory=list)
    requests: list[tuple[Event, date]] = field(default_factory=list)
    licences: list[Event] = field(default_factory=list)
    objections: list[Event] = field(default_factory=list)
    licences_ever: int = 0
    count: int = 0

    @property
    def parties(self) -> frozenset[bytes]:
        return frozenset(holder["party"] for holder in self.holders)

    @property
    def renewal(self) -> Event | None:
        return next((event for event, _ in self.requests if event.kind == "renew"), None)

    @property
    def slot(self) -> Event | None:
        return next((event for event, _ in self.requests if event.kind != "renew"), None)

    def licence(self, licence: bytes) -> Event | None:
        return next((event for event in self.licences if event.id == licence), None)

    def without(self, licence: bytes) -> None:
        """The licence ends, and those under it."""
        self.licences = [item for item in self.licences if licence not in (item.id, item.data["parent"])]

    def let_pass(self, today: date) -> None:
        """What has lapsed before `today` is gone; the next freeze of the queue takes effect the day after the last."""
        self.licences = [item for item in self.licences if item.data["end"] >= today.isoformat()]
        self.requests = [(item, lapses) for item, lapses in self.requests if lapses >= today]
        self.disputes = [(item, until) for item, until in self.disputes if until >= today]
        while self.freezes and self.freezes[0]["until"] < today:
            gone = self.freezes.pop(0)
            self.next_freeze(start_of(gone["until"] + timedelta(days=1)))

    def next_freeze(self, since: int) -> None:
        """The first of the queue takes effect at `since`, unless it already has."""
        if self.freezes and self.freezes[0]["until"] is None:
            first = self.freezes[0]
            first.update(since=since, until=months_later(day(since), first["event"].data["months"]))
