"""The second half of the story: correction and objection, renewal, pledge, freezes and what they beat, enforcement.

Every act goes through the SDK and waits until it is final; what a rule refuses is shown with the rule's own words.
Spec: docs/spec/events.md.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Final

from datadeed import HeldKey, Receipt
from datadeed_ledger.calendar_days import add_days, day_of, day_text
from datadeed_ledger.encoding import jcs, time_text
from datadeed_ledger.errors import Refused
from datadeed_ledger.evidence import verify_pack
from datadeed_node.demo.enterprises import Enterprise
from datadeed_node.demo.narrative import Narrative
from datadeed_node.demo.processes import Nodes
from datadeed_node.demo.story import BUYER, LICENSEE, OWNER, WHOLE, Story
from datadeed_node.founding import rule_set_data

AMENDED_WINDOW_DAYS: Final = 1
AHEAD_MS: Final = 1500  # how far ahead the amended rules take effect: long enough to be final before
DEBT_DAYS: Final = 200


class LawStory:
    """Goes on where `story` stands: a right, licensed and transferred once."""

    def __init__(self, story: Story, nodes: Nodes, narrative: Narrative, rules: str) -> None:
        self._story = story
        self._nodes = nodes
        self._narrative = narrative
        self._rules = rules
        self._ip_office = story.office("ip-office")
        self._court = story.office("court")

    @property
    def _holder(self) -> Enterprise:
        """The holder of record of the first right: the buyer, since the transfer was approved."""
        return self._story.buyer

    def examine(self) -> None:
        """A second application: corrected, published under amended rules, objected to in vain."""
        self._narrative.chapter("A second application is corrected and objected to", "第二件申请：补正与异议")
        ledger = self._story.licensee.ledger
        deposit = ledger.deposit(b"sensor,model\nA,17\n", file_name="second.csv")
        self._told("second_deposit", deposit)
        description = self._story.description(deposit.entry_id)
        applied = ledger.apply(description)
        right = self._told("second_apply", applied).entry_id
        with self._narrative.doing("the IP office asks for a correction, the applicant corrects in time"):
            asked = {"right": right, "reasons": ["description_unclear"]}
            self._told("request_correction", ledger.submit("request_correction", asked, signers=[self._ip_office]))
            corrected = {"right": right, "description": {**description, "scenario": "signal control at crossings"}}
            self._told("correct", ledger.submit("correct", corrected))
        self._amend()
        with self._narrative.doing("published: the window is now one working day"):
            published = ledger.submit("publish", {"right": right}, signers=[self._ip_office])
        self._told("second_publish", published)
        with self._narrative.doing(f"{BUYER.name} objects; the IP office dismisses it, with sealed reasons"):
            objection = {"right": right, "ground": "prior_right", "evidence": "an earlier deposit"}
            objected = self._told("object", self._holder.ledger.submit("object", objection))
            decision = {
                "right": right,
                "objection": objected.entry_id,
                "outcome": "dismissed",
                "reasons": "not earlier",
            }
            self._told("decide_objection", ledger.submit("decide_objection", decision, signers=[self._ip_office]))
        self._refused(
            "registering before the window is over",
            ledger.submit,
            "register",
            {"right": right, "registration_no": "DEMO202600000002", "certificate_no": "20260000000000003"},
            signers=[self._ip_office],
        )

    def _amend(self) -> None:
        """Three of four institutions sign the next rule set; it governs from its effective time on."""
        rules = rule_set_data(self._rules) | {"publicity_working_days": AMENDED_WINDOW_DAYS}
        effective = time.time_ns() // 1_000_000 + AHEAD_MS
        quorum = [self._story.office(short) for short in ("court", "ip-office", "notary")]
        data = {"rules": jcs(rules), "effective": effective}
        with self._narrative.doing("three of four institutions amend the rules: publicity of one working day"):
            self._told("amend_rules", self._story.owner.ledger.submit("amend_rules", data, signers=quorum))
            threading.Event().wait(max(0.0, effective / 1000 - time.time() + 0.05))
        self._narrative.note(f"in force from {time_text(effective)} on; due days that were stored before never move")

    def renew_and_pledge(self) -> None:
        """The first right: renewed while it is due, then pledged; a pledge blocks what the pledgee did not sign."""
        self._narrative.chapter("The first right is renewed and pledged", "续展与质押")
        ledger, right = self._holder.ledger, self._story.right
        shown = ledger.right(right)
        due = "renewal is due" if shown["view"]["renewal_due"] else "renewal is not due"
        self._narrative.note(f"last day of record {shown['record']['until']}; {due}")
        renewal = {"right": right, "agreement_end": None, "authorisation": "board resolution 7"}
        requested = self._told("renew", ledger.submit("renew", renewal))
        self._approve("approve_renewal", requested)
        self._narrative.done("renewed", f"until {ledger.right(right)['record']['until']}")
        day = day_of(requested.time_ms)
        data = {
            "right": right,
            "pledgee": self._story.licensee.key.signer_id,
            "debt_due": day_text(add_days(day, DEBT_DAYS)),
            "debt_amount": "CNY 3000000.00",
            "contract": None,
        }
        both = [self._holder.key, self._story.licensee.key]
        self._approve("approve_pledge", self._told("pledge", ledger.submit("pledge", data, signers=both)))
        self._narrative.done(f"pledged to {LICENSEE.name}", "recorded; effect against third parties is not claimed")
        self._refused(
            "a licence that the pledgee did not sign",
            ledger.license,
            right,
            self._story.owner.party,
            start=day_text(day),
            end=day_text(add_days(day, 30)),
            signers=[self._holder.key, self._story.owner.key],
        )

    def freeze_and_enforce(self) -> None:
        """A freeze beats a transfer that was only requested; a second one queues; the court enforces."""
        self._narrative.chapter("The court freezes and enforces", "法院保全与执行")
        ledger, right = self._holder.ledger, self._story.right
        wanted = {"right": right, "holders_after": [{"party": self._story.owner.key.signer_id, "share": WHOLE}]}
        signers = [self._holder.key, self._story.owner.key, self._story.licensee.key]
        back = ledger.submit("transfer", wanted | {"price": None, "contract": None}, signers=signers)
        self._told("frozen_transfer", back)
        self._narrative.done(f"a transfer back to {OWNER.name} is requested, not yet approved")
        first = self._freeze("freeze", "(2026) 1 No. 101")
        self._refused("approving the transfer now", self._approved, back)
        second = self._freeze("second_freeze", "(2026) 1 No. 202")
        self._narrative.done("a second freeze waits behind the first", _freezes(ledger.right(right)))
        with self._narrative.doing("the first is released: the second takes effect at once"):
            release = {"right": right, "freeze": first.entry_id, "ruling_no": "(2026) 1 No. 303"}
            self._told("unfreeze", ledger.submit("unfreeze", release, signers=[self._court]))
        effective = ledger.right(right)["view"]["freeze"]
        assert effective is not None, "the second freeze took effect"
        self._narrative.note(f"in effect: {effective['id'][:16]}…, until {effective['until']}")
        assert effective["id"] == second.entry_id.hex(), "it was the next in the queue"
        data = {
            "right": right,
            "holders_after": [{"party": self._story.licensee.key.signer_id, "share": WHOLE}],
            "ends": [],
            "ends_pledge": True,
            "ruling_no": "(2026) 1 No. 404",
        }
        with self._narrative.doing(f"enforcement: {LICENSEE.name} is the holder of record; freezes and pledge end"):
            self._told("enforce_transfer", ledger.submit("enforce_transfer", data, signers=[self._court]))

    def look_back(self) -> None:
        """The title pack again, as of registration and of the newest checkpoint: computed from its proven history."""
        self._narrative.chapter("The register as of an earlier time, proven", "回到过去某一时点，有据可证")
        pack = self._story.told.packs["title"].read_bytes()
        for what, time_ms in (("as of registration", self._story.registered.time_ms), ("as of its checkpoint", None)):
            report = verify_pack(pack, self._nodes.genesis.fingerprint, at=time_ms)
            state = report.state_at or report.state
            assert state is not None, "a title pack tells the state of its right"
            parties = ", ".join(holder.party.hex() for holder in state.holders)
            self._narrative.done(f"{what}, {time_text(state.time_ms)}", f"holder of record {parties}")
            self._narrative.note(f"{state.entries} entries by then; status {state.status}, until {state.until}")

    # --- steps -------------------------------------------------------------------------------------------------------

    def _freeze(self, step: str, ruling: str) -> Receipt:
        data = {"right": self._story.right, "months": 12, "ruling_no": ruling, "notice_no": None}
        with self._narrative.doing(f"the court freezes the right for 12 months ({ruling})"):
            receipt = self._holder.ledger.submit("freeze", data, signers=[self._court])
        return self._told(step, receipt)

    def _approve(self, step: str, request: Receipt) -> None:
        self._told(step, self._approved(request))

    def _approved(self, request: Receipt) -> Receipt:
        data = {"right": self._story.right, "request": request.entry_id, "certificate_no": None}
        office: HeldKey = self._ip_office
        return self._holder.ledger.submit("approve", data, signers=[office])

    def _refused(self, what: str, act: Any, *arguments: Any, **words: Any) -> None:
        """Do what a rule refuses, and show what the rule says."""
        try:
            act(*arguments, **words)
        except Refused as refusal:
            self._narrative.done(f"{what} is refused by rule {refusal.number}", refusal.zh)
            self._narrative.note(refusal.en)
        else:
            raise AssertionError(f"{what}: a rule should have refused it")

    def _told(self, step: str, receipt: Receipt) -> Receipt:
        self._story.told.entries[step] = receipt.entry_id.hex()
        return receipt


def _freezes(shown: dict[str, Any]) -> str:
    return ", ".join(f"{freeze['id'][:8]}… {freeze['until'] or 'queued'}" for freeze in shown["record"]["freezes"])
