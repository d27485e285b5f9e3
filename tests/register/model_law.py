"""Which entries the rules permit: for every kind who must sign and what must hold, each fault by its number.

All faults of an entry are found, not the first alone, so the order in which a ledger asks does not matter here: it
refuses rightly iff there is a fault, and its number is one of these.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from nacl.exceptions import BadSignatureError, CryptoError
from nacl.signing import VerifyKey
from register.model import APPLICATION, Model, lifted, period_over, status
from register.model_days import Rules, later, working_days_later
from register.model_story import last_day
from register.model_values import Event, Situation

DAY_MS = 24 * 3600 * 1000
SLOT = ("change", "transfer", "pledge", "cancel")
Signers = frozenset[bytes]
Fault = int | str  # the number of a refusal
NOBODY = "of a right that has ended, nobody can say who would have to sign"  # no fault alone; it excuses a 109


@dataclass(frozen=True)
class Institutions:
    """The roster of a block: roles of each member, its office key, every key that any member has, the quorum."""

    roles: Mapping[bytes, tuple[str, ...]]
    offices: Mapping[bytes, bytes]
    keys: Collection[bytes]

    def with_role(self, *roles: str) -> list[bytes]:
        return [member for member, own in self.roles.items() if set(roles) & set(own)]

    @property
    def quorum(self) -> int:
        """A third less one may fail."""
        return len(self.roles) - (len(self.roles) - 1) // 3


def party(signer: bytes) -> bool:
    return len(signer) == 16


def ones(signers: Iterable[bytes]) -> list[Signers]:
    """Any one of these alone."""
    return [frozenset({signer}) for signer in signers]


def looks_personal(text: str | None) -> bool:
    """Whether it reads like an identity number, a mobile number or an e-mail address, with or without neighbours."""
    return bool(re.search(r"(?<!\d)(1[3-9]\d{9}|\d{17}[\dXx])(?!\d)|@", text or ""))


@dataclass
class Law:
    """The judgement of one entry at its time."""

    model: Model
    institutions: Institutions
    event: Event
    own: bytes | None = None  # a request that is judged again does not stand in its own way
    right: Situation | None = None  # that it is about, and the rules of its block, if they are known already
    rules: Rules | None = None

    def __post_init__(self) -> None:
        if self.rules is None:
            self.rules = self.model.rules_at(self.event.time, self.event.block)
        self.today = self.event.today.isoformat()
        self.data = self.event.data
        right = self.data.get("right")
        if self.right is None and right is not None:
            self.right = self.model.situation(right, self.event.time)

    # --- every entry ---

    def faults(self) -> set[Fault]:
        """Empty: the entry may be recorded."""
        found = set(self.general()) | set(self.row())
        return set() if found == {NOBODY} else {109 if fault == NOBODY else fault for fault in found}

    def general(self) -> Iterator[Fault]:
        event, model = self.event, self.model
        if event.ledger != model.ledger:
            yield 101
        if event.time > event.expires:
            yield 102
        if event.expires > event.time + 30 * DAY_MS:
            yield 103
        if model.find(event.id) is not None:
            yield 104
        for signer in event.by:
            yield from self.signer(signer)
        if any(looks_personal(event.data.get(name)) for name in ("media_type", "registration_no")):
            yield 110

    def signer(self, signer: bytes) -> Iterator[Fault]:
        if not party(signer):
            key = self.institutions.offices.get(signer)
            unknown = 106
        else:
            identity = self.model.identity(signer)
            key = None if identity is None else identity["public_key"]
            unknown = 105
            if self.model.suspenders(signer):
                yield 107
        if key is None:
            yield unknown
        elif key != self.event.keys[signer]:
            yield 108

    def row(self) -> Iterator[Fault]:
        """The faults of this kind; nothing more can be said of a right that is not there."""
        if "right" in self.data and self.data["right"] is not None and self.right is None:
            yield 501
            if self.data.get("asset") is not None and self.model.asset(self.data["asset"], self.event.time) is None:
                yield 911
            return
        yield from getattr(self, self.event.kind)()
        if self.event.by not in self.signers():
            yield 109
        elif self.right is not None and not self.lives:
            yield NOBODY

    def signers(self) -> list[Signers]:
        """The sets of signers of which one must have signed, exactly. Where nobody can be named, nobody is missing."""
        found: list[Signers] = getattr(self, f"{self.event.kind}_by", self.registrar_by)()
        return found

    # --- what many kinds ask ---

    @property
    def standing(self) -> Situation:
        assert self.right is not None
        return self.right

    @property
    def status(self) -> str:
        return status(self.standing, self.event.time, self.rules)

    @property
    def lives(self) -> bool:
        """Neither an application that is closed nor a right that has ended."""
        return self.status in (*APPLICATION, "registered")

    @property
    def in_time(self) -> bool:
        return not period_over(self.standing, self.event.time, self.rules)

    def registrar_by(self) -> list[Signers]:
        """The competent registrar; any if it has left."""
        registrars = self.institutions.with_role("registrar")
        named = self.standing.registrar
        return ones([named] if named in registrars else registrars)

    def courts(self) -> list[Signers]:
        return ones(self.institutions.with_role("court"))

    @property
    def pledged(self) -> Event | None:
        """The pledge that stands: with a right it ends."""
        return self.standing.pledge if self.lives else None

    @property
    def pledgees(self) -> Signers:
        """The pledgee of record, who also has a say in what becomes of a right that has ended."""
        pledge = self.standing.pledge
        return frozenset() if pledge is None else frozenset({pledge.data["pledgee"]})

    @property
    def holders(self) -> Signers:
        return self.standing.parties

    def valid(self) -> Iterator[Fault]:
        if self.status != "registered":
            yield 601

    def not_frozen(self) -> Iterator[Fault]:
        if self.standing.freezes:
            yield 602

    def slot_free(self) -> Iterator[Fault]:
        slot = self.standing.slot
        if slot is not None and slot.id != self.own:
            yield 603

    def act(self) -> Iterator[Fault]:
        """What a freeze and the slot stand in the way of."""
        yield from self.valid()
        yield from self.not_frozen()
        yield from self.slot_free()

    def listed(self, codes: Iterable[str], where: str) -> Iterator[Fault]:
        if any(code != "*" and code not in self.rules[where] for code in codes):
            yield 111

    def reason(self, word: str = "reasons") -> Iterator[Fault]:
        said = self.data.get("reason") or self.data.get("ground") or self.data.get("reasons")
        codes = [said] if isinstance(said, str) else said
        assert codes is not None
        if any(code not in self.rules[word][self.event.kind] for code in codes):
            yield 111

    def number_new(self, *numbers: str | None) -> Iterator[Fault]:
        used = self.model.numbers_ever()
        if any(number in used for number in numbers if number is not None):
            yield 507

    def enrolled(self, *parties: bytes) -> Iterator[Fault]:
        if any(self.model.identity(item) is None for item in parties):
            yield 205

    # --- parties ---

    def enrol_by(self) -> list[Signers]:
        return ones(self.institutions.roles)

    def enrol(self) -> Iterator[Fault]:
        if self.model.enrolment(self.data["party"]) is not None:
            yield 201
        yield from self.new_key()

    def new_key(self) -> Iterator[Fault]:
        if self.data["public_key"] in self.model.keys_ever():
            yield 202
        if self.data["public_key"] in self.institutions.keys:
            yield 203
        if not self.possessed():
            yield 204

    def possessed(self) -> bool:
        """Whether the new key signed over the ledger, the party and itself."""
        data = self.data
        message = b"datadeed/key/v1\n" + self.model.ledger + data["party"] + data["public_key"]
        try:
            VerifyKey(data["public_key"]).verify(message, data["key_proof"])
        except (BadSignatureError, CryptoError):
            return False
        return True

    def keepers(self) -> list[bytes]:
        """Who enrolled the party; any registrar if that institution has left."""
        enrolment = self.model.enrolment(self.data["party"])
        if enrolment is None:
            return []
        (institution,) = enrolment.by
        return [institution] if institution in self.institutions.roles else self.institutions.with_role("registrar")

    def update_party_by(self) -> list[Signers]:
        old, own = self.model.identity(self.data["party"]), self.data["party"]
        if old is None:
            return [self.event.by]
        if self.data["reason"] == "recovery":
            return ones(self.keepers())
        confirmed = [frozenset({own, keeper}) for keeper in self.keepers()]
        if all(old[seal] == self.data[seal] for seal in ("name", "credit_code")):
            return [frozenset({own}), *confirmed]
        return confirmed

    def update_party(self) -> Iterator[Fault]:
        yield from self.enrolled(self.data["party"])
        yield from self.new_key()

    def suspend_by(self) -> list[Signers]:
        if self.model.enrolment(self.data["party"]) is None:
            return [self.event.by]
        return [*ones(self.keepers()), *self.courts()]

    reinstate_by = suspend_by

    def suspend(self) -> Iterator[Fault]:
        yield from self.enrolled(self.data["party"])
        yield from self.reason()
        if self.event.by & set(self.model.suspenders(self.data["party"])):
            yield 206

    def reinstate(self) -> Iterator[Fault]:
        yield from self.enrolled(self.data["party"])
        yield from self.reason()
        if not self.liftable():
            yield 207

    def liftable(self) -> set[bytes]:
        """Whose suspensions this entry lifts: the signer's own, else those of whom nobody else could lift them."""
        suspenders = set(self.model.suspenders(self.data["party"]))
        return lifted(suspenders, self.event.by, frozenset().union(*self.suspend_by()))

    # --- deposits ---

    def deposit_by(self) -> list[Signers]:
        return [self.event.by] if len(self.event.by) == 1 else []

    deposit_batch_by = deposit_by

    def deposit(self) -> Iterator[Fault]:
        yield from ()

    deposit_batch = deposit

    def notarize_by(self) -> list[Signers]:
        return ones(self.institutions.with_role("notary"))

    def notarize(self) -> Iterator[Fault]:
        yield from self.deposits([self.data])

    def deposits(self, listed: Iterable[Mapping[str, Any]]) -> Iterator[Fault]:
        """Each is recorded, is a deposit, and has the item that is named."""
        for item in listed:
            found = self.model.find(item["deposit"])
            if found is None:
                yield 301
            elif found.kind not in ("deposit", "deposit_batch"):
                yield 302
            elif item["item"] is not None and found.kind == "deposit":
                yield 303
            elif item["item"] is not None and item["item"] >= found.data["count"]:
                yield 304

    # --- applications ---

    def apply_by(self) -> list[Signers]:
        return [frozenset(holder["party"] for holder in self.data["applicants"])]

    def apply(self) -> Iterator[Fault]:
        yield from self.application(self.data["description"], self.apply_by()[0])
        if self.data["regime"] != self.rules["regime"]:
            yield 401
        if self.data["registrar"] not in self.institutions.with_role("registrar"):
            yield 402

    def application(self, description: Mapping[str, Any], applicants: Signers) -> Iterator[Fault]:
        yield from self.deposits(description["deposits"])
        yield from self.described(description)
        depositors: set[bytes] = set()
        for item in description["deposits"]:
            found = self.model.find(item["deposit"])
            depositors |= frozenset() if found is None else found.by
        if not depositors & (applicants | set(self.institutions.with_role("notary"))):
            yield 403
        yield from self.agreement_stated(description)
        end = description["agreement_end"]
        if end is not None and end <= self.today and self.event.kind != "import_right":
            yield 405

    def agreement_stated(self, description: Mapping[str, Any]) -> Iterator[Fault]:
        if description["agreement_end"] is None and list(description["sources"]) != ["self_collected"]:
            yield 404

    def described(self, description: Mapping[str, Any]) -> Iterator[Fault]:
        yield from self.listed([description["industry"]], "industries")
        yield from self.listed([description["data_format"]], "formats")

    def import_right_by(self) -> list[Signers]:
        return [self.apply_by()[0] | {self.data["registrar"]}]

    def import_right(self) -> Iterator[Fault]:
        data = self.data
        yield from self.apply()
        yield from self.number_new(data["registration_no"], data["certificate_no"])
        announced = date.fromisoformat(data["announced_on"])
        if data["until"] > last_day(announced, data["description"]["agreement_end"], self.rules).isoformat():
            yield 411
        if data["announced_on"] > self.today:
            yield 409
        if data["until"] < data["announced_on"]:
            yield 410

    def request_correction(self) -> Iterator[Fault]:
        yield from self.reason()
        if self.status not in APPLICATION:
            yield 406
        if working_days_later(self.event.today, self.rules["correction_working_days"], self.rules) is None:
            yield 407

    def correct_by(self) -> list[Signers]:
        return [self.holders]

    def correct(self) -> Iterator[Fault]:
        if self.status != "correcting":
            yield 408
        yield from self.application(self.data["description"], self.holders)

    def publish(self) -> Iterator[Fault]:
        right = self.standing
        window_runs = right.due is not None and self.event.today <= right.due  # the grace is for those who file
        if self.status != "examining" and not (self.status == "publicity" and window_runs):
            yield 502
        if working_days_later(self.event.today, self.rules["publicity_working_days"], self.rules) is None:
            yield 503

    def object_by(self) -> list[Signers]:
        return [self.event.by] if len(self.event.by) == 1 and all(map(party, self.event.by)) else []

    def object(self) -> Iterator[Fault]:
        yield from self.reason("grounds")
        if self.status != "publicity" or not self.in_time:
            yield 508
        if self.event.by & self.holders:
            yield 509
        if any(self.event.by == item.by for item in self.standing.objections):
            yield 510
        if len(self.standing.objections) >= self.rules["objections_max"]:
            yield 511

    def decide_objection(self) -> Iterator[Fault]:
        if all(item.id != self.data["objection"] for item in self.standing.objections):
            yield 512

    def register(self) -> Iterator[Fault]:
        if self.status != "publicity":
            yield 504
        elif self.in_time:
            yield 505
        if self.standing.objections:
            yield 506
        yield from self.number_new(self.data["registration_no"], self.data["certificate_no"])

    # --- requests ---

    def change_by(self) -> list[Signers]:
        return [self.holders]

    renew_by = change_by

    def change(self) -> Iterator[Fault]:
        yield from self.act()
        yield from self.described(self.data["description"])
        yield from self.agreement_stated(self.data["description"])
        old = self.current_description()
        if self.standing.agreement_end != self.data["description"]["agreement_end"]:
            yield 605
        if list(map(dict, old["deposits"])) != list(map(dict, self.data["description"]["deposits"])):
            yield 606

    def current_description(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.standing.described_by.data["description"]
        return found

    def renew(self) -> Iterator[Fault]:
        right = self.standing
        if right.renewal is not None and right.renewal.id != self.own:
            yield 609
        if right.stage != "registered":
            yield 607
            return
        assert right.until is not None
        end = self.data["agreement_end"] or right.agreement_end
        if last_day(right.until, end, self.rules) <= right.until:
            yield 610
        if later(right.until, self.rules["late_renewal_days"]) < self.event.today and self.own is None:
            yield 607
        if self.event.today < right.until - timedelta(days=self.rules["renewal_due_days"]):
            yield 608

    def cancel_by(self) -> list[Signers]:
        exclusive = {item.data["licensee"] for item in self.standing.licences if item.data["type"] == "exclusive"}
        return [self.holders | self.pledgees | exclusive]

    def cancel(self) -> Iterator[Fault]:
        yield from self.act()
        yield from self.reason()

    def transfer_by(self) -> list[Signers]:
        return [self.holders | {holder["party"] for holder in self.data["holders_after"]} | self.pledgees]

    def transfer(self) -> Iterator[Fault]:
        yield from self.act()
        yield from self.holders_change(self.data["holders_after"])

    def holders_change(self, after: Iterable[Mapping[str, Any]]) -> Iterator[Fault]:
        if list(map(dict, after)) == list(map(dict, self.standing.holders)):
            yield 604

    def pledge_by(self) -> list[Signers]:
        return [self.holders | {self.data["pledgee"]}]

    def pledge(self) -> Iterator[Fault]:
        yield from self.act()
        if self.pledged is not None:
            yield 611
        if self.standing.disputes:
            yield 612

    def release_pledge_by(self) -> list[Signers]:
        return [self.pledgees, *self.courts()]

    def release_pledge(self) -> Iterator[Fault]:
        yield from self.reason()
        if self.pledged is None:
            yield 613

    # --- decisions ---

    def pending(self, request: bytes) -> Event | None:
        return next((item for item, _ in self.standing.requests if self.lives and item.id == request), None)

    def approve(self) -> Iterator[Fault]:
        request = self.pending(self.data["request"])
        if request is None:
            yield 801
            return
        now = replace(request, time=self.event.time, block=self.event.block)
        again = type(self)(self.model, self.institutions, now, own=request.id, right=self.right, rules=self.rules)
        yield from (fault for fault in again.row() if fault not in (109, NOBODY))
        if not any(needed <= request.by for needed in again.signers()):
            yield 802
        if any(self.model.suspenders(signer) for signer in request.by):
            yield 107
        yield from self.number_new(self.data["certificate_no"])

    def reject(self) -> Iterator[Fault]:
        yield from self.reason("grounds")
        if self.data["request"] == self.standing.id:
            if self.status not in APPLICATION:
                yield 801
        elif self.pending(self.data["request"]) is None:
            yield 801

    def withdraw_by(self) -> list[Signers]:
        target = self.model.find(self.data["target"])
        return [self.event.by if target is None else target.by]

    def withdraw(self) -> Iterator[Fault]:
        target = self.data["target"]
        if target == self.standing.id:
            if self.status not in APPLICATION:
                yield 801
            if self.standing.freezes:
                yield 803
        elif self.pending(target) is None and all(item.id != target for item in self.standing.objections):
            yield 801
