"""A naive model of the register: the plain list of what was accepted, read again from its start for every answer.

Written from the rules of the domain, not from the ledger's code. The ledger writes records and computes what time has
done to them when asked; the model has no records and does the opposite: it plays the whole story again, day by day,
and sweeps away what has lapsed before each event. That the two agree is the claim of test_stateful.py.
What each kind of entry asks for is in model_law.py. Left out: bytes, signatures as arithmetic, proofs, storage.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from register.model_days import Rules, day, later
from register.model_story import Story
from register.model_values import Event, Situation

APPLICATION = ("examining", "correcting", "publicity")
NUMBERED = ("registration_no", "certificate_no")


@dataclass
class Model:
    """All that was accepted since `founded`, under the founding `rules`; every question reads it all again."""

    ledger: bytes
    founded: int
    rules: Rules
    events: list[Event] = field(default_factory=list)

    # --- what holds for all ---

    def rules_at(self, time: int, block: int) -> Rules:
        """The last set recorded before this block that was effective by its time."""
        found = self.rules
        for event in self.events:
            if event.kind == "amend_rules" and event.block < block and event.data["effective"] <= time:
                found = parsed(event.data["rules"])
        return found

    def find(self, entry_id: bytes) -> Event | None:
        return next((event for event in self.events if event.id == entry_id), None)

    def enrolment(self, party: bytes) -> Event | None:
        return next((event for event in self.events if event.kind == "enrol" and event.data["party"] == party), None)

    def identity(self, party: bytes) -> Mapping[str, Any] | None:
        """The last enrolment or update: key and identity seals in force."""
        found = None
        for event in self.events:
            if event.kind in ("enrol", "update_party") and event.data["party"] == party:
                found = event.data
        return found

    def suspenders(self, party: bytes) -> list[bytes]:
        """Who has suspended the party, ascending."""
        found: set[bytes] = set()
        for event in self.events:
            if event.kind == "suspend" and event.data["party"] == party:
                found |= event.by
            if event.kind == "reinstate" and event.data["party"] == party:
                found -= lifted(found, event.by, event.could_reinstate)
        return sorted(found)

    def keys_ever(self) -> set[bytes]:
        return {event.data["public_key"] for event in self.events if event.kind in ("enrol", "update_party")}

    def numbers_ever(self) -> dict[str, bytes]:
        """Registration and certificate numbers alike, and the right that has or had each."""
        found: dict[str, bytes] = {}
        for event in self.events:
            for name in NUMBERED:
                number = event.data.get(name)
                if number is not None and event.right is not None:
                    found.setdefault(number, event.right)
        return found

    def rights(self) -> list[bytes]:
        return [event.id for event in self.events if event.kind in ("apply", "import_right")]

    def count(self, name: str, value: object) -> int:
        """How many events have this in the field `name` of their data."""
        return sum(event.data.get(name) == value for event in self.events)

    # --- one right ---

    def situation(self, right: bytes, time: int, block: int | None = None) -> Situation | None:
        """The right at `time`; block: the one that is being built, whose earlier entries count."""
        amendments: list[Event] = []
        found: Situation | None = None
        for event in self.events:
            if event.kind == "amend_rules":
                amendments.append(event)
            if event.right != right or event.time > time:
                continue
            if found is None:
                found = _beginning(event)
            else:
                found.let_pass(event.today)
                Story(found, _rules_of(self.rules, amendments, event)).tell(event)
            found.count += 1
        if found is not None:
            found.let_pass(day(time))
        return found

    def asset(self, asset: bytes, time: int) -> dict[str, Any] | None:
        """The asset at `time`."""
        found: dict[str, Any] | None = None
        for event in self.events:
            if event.asset != asset or event.time > time:
                continue
            if found is None:
                (exchange,) = (signer for signer in event.by if len(signer) == 32)
                found = {**_picked(event.data, "party", "right", "industry", "category"), "exchange": exchange}
                found.update(stage="listed", contracts=0, events=0)
            found["events"] += 1
            found["contracts"] += event.kind == "record_contract"
            if event.kind == "delist_asset":
                found["stage"] = "delisted"
        return found


@lru_cache
def parsed(rules: bytes) -> Rules:
    """The text of an amendment; nobody changes what is returned."""
    found: Rules = json.loads(rules)
    return found


def _rules_of(founding: Rules, amendments: Sequence[Event], event: Event) -> Rules:
    past = [item for item in amendments if item.block < event.block and item.data["effective"] <= event.time]
    return parsed(past[-1].data["rules"]) if past else founding


def _picked(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: data[name] for name in names}


def _beginning(event: Event) -> Situation:
    data = event.data
    found = Situation(
        id=event.id,
        application=event,
        stage="examining",
        regime=data["regime"],
        registrar=data["registrar"],
        holders=list(data["applicants"]),
        described_by=event,
        agreement_end=data["description"]["agreement_end"],
    )
    if event.kind == "import_right":
        found.stage = "registered"
        found.registration_no, found.certificate_no = data["registration_no"], data["certificate_no"]
        found.announced_on, found.until = date.fromisoformat(data["announced_on"]), date.fromisoformat(data["until"])
    return found


def lifted(suspenders: set[bytes], by: frozenset[bytes], able: frozenset[bytes]) -> set[bytes]:
    """Whose suspensions `by` lifts: its own, else those of institutions that are no longer able to."""
    return suspenders & by or suspenders - able


def status(right: Situation, time: int, rules: Rules) -> str:
    """The stage as time has left it."""
    if right.stage == "correcting" and period_over(right, time, rules):
        return "deemed_withdrawn"
    if right.stage == "registered" and right.until is not None and right.until < day(time):
        return "expired" if right.renewal is None else "registered"
    return right.stage


def period_over(right: Situation, time: int, rules: Rules) -> bool:
    """Whether the window or the time to correct is over, the time of grace included."""
    return right.due is not None and day(time - 1000 * rules["filing_grace_s"]) > right.due


def renewal_due(right: Situation, today: date, rules: Rules) -> bool:
    """Whether a renewal may be asked for, and nobody has."""
    if right.stage != "registered" or right.until is None or right.renewal is not None:
        return False
    first = right.until - timedelta(days=rules["renewal_due_days"])
    return first <= today <= later(right.until, rules["late_renewal_days"])


def answers(right: Situation, time: int, rules: Rules) -> dict[str, Any]:
    """Everything that may be asked of a right as of `time`, as plain values."""
    now = status(right, time, rules)
    lives = now in (*APPLICATION, "registered")
    today = day(time)
    return {
        "stage": right.stage,
        "status": now,
        "ended_at": right.ended_at,
        "regime": right.regime,
        "registrar": right.registrar,
        "holders": [(holder["party"], holder["share"]) for holder in right.holders],
        "description": right.described_by.id,
        "agreement_end": right.agreement_end,
        "due": _text(right.due),
        "registration_no": right.registration_no,
        "certificate_no": right.certificate_no,
        "announced_on": _text(right.announced_on),
        "until": _text(right.until),
        "renewal_pending": now == "registered" and right.until is not None and right.until < today,
        "renewal_due": renewal_due(right, today, rules),
        "window_open": now == "publicity" and not period_over(right, time, rules),
        "pledge": _pledge(right.pledge) if lives else None,
        "freezes": [_freeze(item) for item in right.freezes if lives],
        "disputes": [(item.id, until.isoformat()) for item, until in right.disputes],
        "pending": sorted((item.id, item.kind, lapses.isoformat()) for item, lapses in right.requests if lives),
        "open_objections": len(right.objections),
        "objections": sorted(item.id for item in right.objections),
        "licences": sorted(item.id for item in right.licences if lives),
        "in_force": sorted(item.id for item in right.licences if lives and item.data["start"] <= today.isoformat()),
        "licences_ever": right.licences_ever,
        "events": right.count,
    }


def _text(when: date | None) -> str | None:
    return None if when is None else when.isoformat()


def _freeze(item: Mapping[str, Any]) -> tuple[bytes, int | None, str | None]:
    return item["event"].id, item["since"], _text(item["until"])


def _pledge(event: Event | None) -> tuple[bytes, bytes, str] | None:
    return None if event is None else (event.id, event.data["pledgee"], event.data["debt_due"])
