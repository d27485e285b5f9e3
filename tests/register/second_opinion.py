"""A second opinion on every case: the naive model, told the same steps, comes to the same verdict and the same answers.

The narrator of a case says what he expects of the ledger; that the model, which is written from the rules by other
means, expects it too ties both to each other: neither can drift with the code. Random registers are test_stateful.py's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from register.model import Model, answers
from register.model_court import WholeLaw, judge
from register.model_values import Event
from register.model_world import institutions
from registerkit import RegisterKit

from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Refused
from datadeed_ledger.records import Licence, Right
from datadeed_ledger.rules import shipped
from datadeed_ledger.view import RightView


class SecondOpinion:
    """The model of one case. kit: the register that the ledger's own rules keep."""

    def __init__(self, kit: RegisterKit) -> None:
        self.kit = kit
        self.model = Model(kit.ledger, kit.now_ms, shipped("beijing-2023"))

    def on(self, entry: Entry, refusal: Refused | None) -> None:
        """Agree with what the ledger did with the entry: recorded it, or refused it with this number."""
        body, members = entry.body, institutions(self.kit.roster)
        event = Event(
            kind=body.kind,
            by=frozenset(body.by),
            data=body.data,
            id=entry.entry_id,
            time=self.kit.now_ms,
            block=len(self.model.events) + 1,
            ledger=body.ledger,
            expires=body.expires_ms,
            keys={signer: self.kit.keys[signer].public_key for signer in body.by},
        )
        faults = judge(self.model, members, event)
        if refusal is not None:
            assert refusal.number in faults, f"{body.kind}: refused with {refusal.number}, the model says {faults}"
            return
        assert not faults, f"{body.kind}: recorded, the model says {faults}"
        if body.kind == "reinstate":
            able = WholeLaw(self.model, members, event).suspend_by()
            event = replace(event, could_reinstate=frozenset().union(*able))
        self.model.events.append(event)

    def as_of(self, time_ms: int, right: Right, seen: RightView, licences: Sequence[Licence]) -> None:
        """Agree with the ledger's record and view of a moment. licences: those that stand then."""
        known = [event for event in self.model.events if event.time <= time_ms]
        then = replace(self.model, events=known)
        situation = then.situation(right.right_id, time_ms)
        assert situation is not None
        found = answers(situation, time_ms, then.rules_at(time_ms, len(known) + 1))
        ledger = {
            "status": seen.status,
            "holders": [(holder.party, holder.share) for holder in right.holders],
            "description": right.description,
            "until": right.until,
            "due": right.due,
            "renewal_pending": seen.renewal_pending,
            "renewal_due": seen.renewal_due,
            "pledge": None if seen.pledge is None else (seen.pledge.id, seen.pledge.pledgee, seen.pledge.debt_due),
            "freezes": [(freeze.id, freeze.since, freeze.until) for freeze in seen.freezes],
            "disputes": [(dispute.id, dispute.until) for dispute in seen.disputes],
            "pending": sorted((item.id, item.kind, item.lapses) for item in seen.pending),
            "licences": sorted(licence.id for licence in licences),
            "events": right.events.count,
        }
        assert {name: found[name] for name in ledger} == ledger
