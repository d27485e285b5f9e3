"""What each accepted event does to a right: the effects, one method a kind, in the order of a right's life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from register.model_days import Rules, later, months_later, working_days_later, years_later
from register.model_values import Event, Situation


@dataclass
class Story:
    """Tells one event of a right under the rules of its time. Whatever fails here ought to have been refused."""

    right: Situation
    rules: Rules

    def tell(self, event: Event) -> None:
        getattr(self, event.kind)(event)

    # --- the application ---

    def publish(self, event: Event) -> None:
        self._open("publicity", working_days_later(event.today, self.rules["publicity_working_days"], self.rules))

    def request_correction(self, event: Event) -> None:
        self._open("correcting", working_days_later(event.today, self.rules["correction_working_days"], self.rules))
        self.right.objections = []

    def correct(self, event: Event) -> None:
        self.right.described_by = event
        self.right.agreement_end = event.data["description"]["agreement_end"]
        self._examined_again()

    def object(self, event: Event) -> None:
        self.right.objections.append(event)

    def decide_objection(self, event: Event) -> None:
        if event.data["outcome"] == "upheld":
            self._examined_again()
        else:
            self._drop_objection(event.data["objection"])

    def register(self, event: Event) -> None:
        right = self.right
        right.stage, right.due = "registered", None
        right.registration_no, right.certificate_no = event.data["registration_no"], event.data["certificate_no"]
        right.announced_on = event.today
        right.until = last_day(event.today, right.agreement_end, self.rules)

    # --- requests and their decision ---

    def request(self, event: Event) -> None:
        if self.ended(event):
            self.right.requests = []  # a late renewal revives the right, and no request that ended with it
        self.right.requests.append((event, later(event.today, self.rules["request_max_days"])))

    change = renew = cancel = transfer = pledge = request

    def approve(self, event: Event) -> None:
        request = next(item for item, _ in self.right.requests if item.id == event.data["request"])
        self._drop_request(request.id)
        if event.data["certificate_no"] is not None:
            self.right.certificate_no = event.data["certificate_no"]
        getattr(self, f"approved_{request.kind}")(request, event)

    def approved_change(self, request: Event, _decision: Event) -> None:
        self.right.described_by = request

    def approved_renew(self, request: Event, _decision: Event) -> None:
        self.right.agreement_end = request.data["agreement_end"] or self.right.agreement_end
        assert self.right.until is not None
        self.right.until = last_day(self.right.until, self.right.agreement_end, self.rules)

    def approved_cancel(self, _request: Event, decision: Event) -> None:
        self._end("cancelled", decision)

    def approved_transfer(self, request: Event, _decision: Event) -> None:
        self.right.holders = list(request.data["holders_after"])

    def approved_pledge(self, request: Event, _decision: Event) -> None:
        self.right.pledge = request

    def reject(self, event: Event) -> None:
        if event.data["request"] == self.right.id:
            self._end("rejected", event)
        else:
            self._drop_request(event.data["request"])

    def withdraw(self, event: Event) -> None:
        if event.data["target"] == self.right.id:
            self._end("withdrawn", event)
        else:
            self._drop_request(event.data["target"])
            self._drop_objection(event.data["target"])

    # --- licences and pledge ---

    def license(self, event: Event) -> None:
        self.right.licences.append(event)
        self.right.licences_ever += 1

    def end_license(self, event: Event) -> None:
        self.right.without(event.data["license"])

    def release_pledge(self, _event: Event) -> None:
        self.right.pledge = None

    # --- courts ---

    def note_dispute(self, event: Event) -> None:
        self.right.disputes.append((event, later(event.today, self.rules["dispute_days"])))

    def end_dispute(self, event: Event) -> None:
        self.right.disputes = [item for item in self.right.disputes if item[0].id != event.data["dispute"]]

    def freeze(self, event: Event) -> None:
        self.right.freezes.append({"event": event, "since": None, "until": None})
        self.right.next_freeze(event.time)

    def renew_freeze(self, event: Event) -> None:
        first = self.right.freezes[0]
        first["until"] = max(first["until"], months_later(event.today, event.data["months"]))

    def unfreeze(self, event: Event) -> None:
        self.right.freezes = [item for item in self.right.freezes if item["event"].id != event.data["freeze"]]
        self.right.next_freeze(event.time)

    def enforce_transfer(self, event: Event) -> None:
        self.right.holders = list(event.data["holders_after"])
        self.right.freezes, self.right.requests = [], []
        for licence in event.data["ends"]:
            self.right.without(licence)
        if event.data["ends_pledge"]:
            self.right.pledge = None

    def revoke(self, event: Event) -> None:
        self._end("revoked", event)

    def correct_record(self, event: Event) -> None:
        right, data = self.right, event.data
        if self.ended(event):
            right.requests = []  # what an end has closed does not come back when the end is undone
        if data["description"] is not None:
            right.described_by = event
            right.agreement_end = data["description"]["agreement_end"]
        if data["certificate_no"] is not None:
            right.certificate_no = data["certificate_no"]
        if data["holders"] is not None:
            right.holders, right.requests = list(data["holders"]), []
        if data["until"] is not None:
            right.until = date.fromisoformat(data["until"])
        if data["status"] is not None:
            right.stage, right.ended_at = "registered", None

    # --- what only names the right ---

    def register_asset(self, _event: Event) -> None:
        pass

    def record_contract(self, _event: Event) -> None:
        pass

    # --- shared ---

    def ended(self, event: Event) -> bool:
        right = self.right
        expired = right.until is not None and right.until < event.today and right.renewal is None
        return right.stage not in ("examining", "correcting", "publicity", "registered") or expired

    def _open(self, stage: str, due: date | None) -> None:
        """A period begins, or goes on; repeated, it never becomes shorter."""
        assert due is not None
        right = self.right
        right.due = due if right.stage != stage or right.due is None else max(right.due, due)
        right.stage = stage

    def _examined_again(self) -> None:
        self.right.stage, self.right.due, self.right.objections = "examining", None, []

    def _end(self, stage: str, event: Event) -> None:
        right = self.right
        right.stage, right.due, right.ended_at = stage, None, event.time
        right.requests, right.objections = [], []

    def _drop_request(self, request: bytes) -> None:
        self.right.requests = [item for item in self.right.requests if item[0].id != request]

    def _drop_objection(self, objection: bytes) -> None:
        self.right.objections = [item for item in self.right.objections if item.id != objection]


def last_day(since: date, agreement_end: str | None, rules: Rules) -> date:
    """The term from `since`, capped by the source agreement's end."""
    term = years_later(since, rules["term_years"])
    return term if agreement_end is None else min(term, date.fromisoformat(agreement_end))
