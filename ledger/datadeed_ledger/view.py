"""What time alone has done to a record: lapses, computed and never swept.

A view is a pure function of the record, the moment and the rule set in force; preconditions, API, report and judge all
use this one. "Until D" holds while the day of the moment is at most D. Kinds still to come extend it.
Spec: docs/spec/events.md, "Time".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from datadeed_ledger.calendar_days import add_months, day_of, day_text, parse_day
from datadeed_ledger.records import Dispute, Freeze, Licence, Pending, Right
from datadeed_ledger.rules import RuleSet

Status = Literal[
    "examining",
    "correcting",
    "publicity",
    "registered",
    "rejected",
    "withdrawn",
    "deemed_withdrawn",
    "cancelled",
    "revoked",
    "expired",
]
OPEN_APPLICATION: Final = ("examining", "correcting", "publicity")


@dataclass(frozen=True, slots=True)
class RightView:
    """A right at one moment. today: the moment's day."""

    today: int
    status: Status
    renewal_pending: bool  # past its last day, and valid only because a renewal was requested in time
    due_over: bool  # the correction or publicity period is over, the time of grace included
    freeze: Freeze | None  # the one in effect, with its computed last day
    disputes: tuple[Dispute, ...]  # those that still stand
    pending: tuple[Pending, ...]  # requests that still stand

    @property
    def valid(self) -> bool:
        return self.status == "registered"

    @property
    def ended(self) -> bool:
        return self.status != "registered" and self.status not in OPEN_APPLICATION


def view(right: Right, time_ms: int, rules: RuleSet) -> RightView:
    """`right` as it stands at `time_ms`, if no entry comes in between."""
    today = day_of(time_ms)
    filed = day_of(time_ms - 1000 * rules.filing_grace_s)
    due_over = right.due is not None and filed > parse_day(right.due)
    pending = tuple(item for item in right.pending if today <= parse_day(item.lapses))
    renewing = any(item.kind == "renew" for item in pending)
    past = right.until is not None and today > parse_day(right.until)
    seen = RightView(
        today=today,
        status=_status(right, due_over=due_over, expired=past and not renewing),
        renewal_pending=past and renewing,
        due_over=due_over,
        freeze=freeze_in_effect(right.freezes, today),
        disputes=tuple(item for item in right.disputes if today <= parse_day(item.until)),
        pending=pending,
    )
    # With the right end its freezes and requests.
    return replace(seen, renewal_pending=False, freeze=None, pending=()) if seen.ended else seen


def licence_stands(licence: Licence, seen: RightView) -> bool:
    """Until its last day, also before its start; with the right end its licences."""
    return seen.valid and seen.today <= parse_day(licence.end)


def licence_in_force(licence: Licence, seen: RightView) -> bool:
    """A standing licence from its start on."""
    return licence_stands(licence, seen) and parse_day(licence.start) <= seen.today


def freeze_in_effect(freezes: Sequence[Freeze], today: int) -> Freeze | None:
    """The first freeze of the queue that has not run out; each takes effect on the day after the one before it ends."""
    start = today
    for freeze in freezes:
        until = parse_day(freeze.until) if freeze.until is not None else add_months(start, freeze.months)
        if today <= until:
            return replace(freeze, until=day_text(until))
        start = until + 1
    return None


def _status(right: Right, *, due_over: bool, expired: bool) -> Status:
    if right.stage == "correcting" and due_over:
        return "deemed_withdrawn"
    if right.stage == "registered" and expired:
        return "expired"
    return right.stage
