"""For each kind of entry data that fits the register as it stands, or does not quite: what the driver hands in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from register.model import APPLICATION, status
from register.model_amendments import amended
from register.model_days import later
from register.model_story import last_day
from register.model_values import Situation
from register.model_world import Attempt, document
from registerkit import FINGERPRINT, key, pid, shares

from datadeed_ledger.entry import key_proof_message
from datadeed_ledger.rules import RuleSet

HOUR, DAY = 3_600_000, 86_400_000
UNKNOWN = bytes(31) + b"?"
TERRITORIES = ("CN-11", "CN-31", "CN-44", "US")
INDUSTRIES = ("01", "64", "65")
USES = ("internal", "product", "research")
SEALED = (
    "object_name",
    "scenario",
    "structure",
    "algorithm_rules",
    "source_contract",
    "sample",
    "intended_use",
)
Data = Mapping[str, Any]


class Makers:
    """What a driver knows how to write; where it stands (`random`, `world`, `look`, …) is the driver's."""

    # --- parties ---

    def a_new_key(self) -> Any:
        """A key that nobody has yet, mostly."""
        used = [own for keys in self.old_keys.values() for own in keys]
        own = key(f"key {len(self.new_keys)}")
        if self.random.random() < 0.06 and used:
            own = self.random.choice(used)
        elif self.random.random() < 0.03:
            own = key(self.random.choice(("office", "vote")) + " court.example.cn")
        self.new_keys[own.public_key] = own
        return own

    def party_enrolled(self) -> Attempt:
        own = self.a_new_key()
        party = (
            pid(f"party {len(self.new_keys)}") if self.random.random() < 0.95 or not self.parties else self.a_party()
        )
        data = self.key_data(party, own) | {
            "party_type": self.random.choice(("enterprise", "public_body", "person", "member")),
            "name": self.a_seal(),
            "credit_code": self.a_seal(),
        }
        return self.attempt("enrol", data, [self.member()])

    def key_data(self, party: bytes, own: Any) -> dict[str, Any]:
        """A key and the proof of its possession, which now and then is for another party."""
        proven = party if self.random.random() < 0.95 else pid("somebody else")
        proof = own.sign(key_proof_message(FINGERPRINT, proven, own.public_key))
        return {"party": party, "public_key": own.public_key, "key_proof": proof}

    make_enrol = party_enrolled

    def make_update_party(self) -> Attempt:
        party = self.a_party()
        identity = self.world.model.identity(party)
        assert identity is not None
        reason = self.random.choice(("rotation", "recovery", "renaming", "succession"))
        data = self.key_data(party, self.a_new_key()) | {"reason": reason}
        data |= {"name": identity["name"], "credit_code": identity["credit_code"]}
        if self.random.random() < 0.4:
            data[self.random.choice(("name", "credit_code"))] = self.a_seal()
        return self.attempt("update_party", data)

    def make_suspend(self) -> Data | Attempt | None:
        if self.suspended and self.random.random() < 0.1:
            party = self.random.choice(sorted(self.suspended))
            again = self.random.choice(self.world.model.suspenders(party))
            return self.attempt("suspend", {"party": party, "reason": self.reason("suspend")}, [again])
        if self.suspended and self.random.random() < 0.85:
            return None
        return {"party": self.a_party(), "reason": self.reason("suspend")}

    def make_reinstate(self) -> Attempt:
        party = self.random.choice(sorted(self.suspended) or self.parties)
        data = {"party": party, "reason": self.reason("reinstate")}
        return self.attempt(
            "reinstate", data, [self.random.choice(self.world.model.suspenders(party) or [self.member()])]
        )

    # --- deposits ---

    def make_deposit(self) -> Attempt:
        data = {
            "digest": self.a_seal(),
            "algorithm": "sha-256",
            "scope": self.random.choice(("full", "sample", "manifest")),
            "size_bytes": self.random.randrange(2**40),
            "media_type": self.random.choice(
                ("text/csv", "text/csv", "text/csv", "application/json", "text/13812345678")
            ),
            "formed_at": self.random.choice((None, self.now)),
            "file_name": self.a_seal(),
            "description": self.a_seal(),
        }
        return self.attempt("deposit", data, [self.random.choice((self.a_party(), self.a_party(), self.member()))])

    def make_deposit_batch(self) -> Attempt:
        count = self.random.randint(1, 5)
        data = {"root": self.a_seal(), "algorithm": "sha-256", "count": count, "formed_at": None}
        data["description"] = self.a_seal()
        return self.attempt("deposit_batch", data, [self.random.choice((self.a_party(), self.member()))])

    def make_notarize(self) -> Data:
        return {**self.a_deposit_of(None), "record_number": self.a_seal()}

    def a_deposit_of(self, parties: Iterable[bytes] | None) -> dict[str, Any]:
        """A deposit of one of these parties or of a notary, if there is one."""
        kinds = ("deposit", "deposit_batch")
        own = set(parties or self.parties)
        events = [item for item in self.world.model.events if item.kind in kinds]
        found = [item for item in events if item.by & own] or events
        if not found:
            return {"deposit": UNKNOWN, "item": None}
        pick = self.random.choice(found)
        whole = pick.kind == "deposit" or self.random.random() < 0.5
        return {"deposit": pick.id, "item": None if whole else self.random.randrange(pick.data["count"])}

    # --- applications ---

    def some_holders(self, count: int | None = None) -> list[dict[str, Any]]:
        """Parties, alone, jointly or by shares."""
        able = [party for party in self.parties if party not in self.suspended] or self.parties
        parties = self.random.sample(able, min(len(able), count or self.random.choice((1, 1, 1, 2, 2, 3))))
        found = shares(*parties)
        if len(found) > 1 and self.random.random() < 0.5:
            rest = 10_000 - 1000 * (len(found) - 1)
            for at, holder in enumerate(found):
                holder["share"] = rest if at == 0 else 1000
        return found

    def a_description(self, parties: Iterable[bytes]) -> dict[str, Any]:
        sources = self.random.choice((["self_collected"], ["self_collected"], ["by_agreement"]))
        end = self.random.choice((None, 300, 800, 1500)) if sources == ["self_collected"] else 1200
        if self.random.random() < 0.04:
            end = self.random.choice((-1, 0, 1))
        listed = [self.a_deposit_of(parties)]
        if self.random.random() < 0.3:
            other = self.a_deposit_of(None)
            listed += [other] if other not in listed else []
        return {name: self.a_seal() for name in SEALED} | {
            "industry": self.random.choice(INDUSTRIES),
            "sources": sources,
            "personal_data": False,
            "data_format": "csv",
            "size_bytes": 38,
            "record_count": self.random.choice((None, 1)),
            "update_frequency": "monthly",
            "agreement_end": None if end is None else self.day_text(end),
            "deposits": listed,
        }

    def make_apply(self) -> Data | Attempt:
        holders = self.some_holders()
        parties = [holder["party"] for holder in holders]
        if self.random.random() < 0.4 and not self.a_deposit_by(parties):
            return replace(self.make_deposit(), by=frozenset(parties[:1]))
        return {
            "regime": self.rules["regime"],
            "registrar": self.member("registrar"),
            "applicants": holders,
            "description": self.a_description(parties),
        }

    def a_deposit_by(self, parties: Iterable[bytes]) -> bool:
        able = {*parties, *self.world.institutions.with_role("notary")}
        return any(item.kind.startswith("deposit") and item.by & able for item in self.world.model.events)

    def make_import_right(self) -> Data | Attempt:
        data = self.make_apply()
        if isinstance(data, Attempt):
            return data
        announced = later(self.today, -self.random.choice((0, 1, 300, 700, 1000, 1090, 1200, -1)))
        end = last_day(announced, data["description"]["agreement_end"], self.rules)
        until = later(end, -self.random.choice((0, 0, 0, 1, 40, -1)))
        if self.random.random() < 0.05:
            until = later(announced, self.random.choice((-1, 0)))
        return {**data, **self.two_numbers(), "announced_on": announced.isoformat(), "until": until.isoformat()}

    def two_numbers(self) -> dict[str, str]:
        number = len(self.world.model.events)
        return {"registration_no": f"2026BJ{number:010}", "certificate_no": f"11{number:015}"}

    def staged(self, *stages: str) -> Situation | None:
        return self.a_right(lambda right: status(right, self.now, self.rules) in stages)

    def about(self, right: Situation | None, **data: Any) -> Data | None:
        return None if right is None else {"right": right.id, **data}

    def make_publish(self) -> Data | None:
        return self.about(self.staged("examining", "examining", "examining", "publicity"))

    def make_request_correction(self) -> Data | None:
        reasons = self.random.sample(self.rules["reasons"]["request_correction"], self.random.randint(1, 3))
        return self.about(self.staged("examining", "publicity", "correcting"), reasons=reasons)

    def make_correct(self) -> Data | None:
        right = self.staged("correcting")
        return right and self.about(right, description=self.a_description(right.parties))

    def make_object(self) -> Data | Attempt | None:
        data = self.about(self.staged("publicity"), ground=self.reason("object", "grounds"), evidence=self.a_seal())
        return data and self.attempt("object", data, [self.a_party()])

    def make_decide_objection(self) -> Data | None:
        right = self.a_right(lambda right: bool(right.objections))
        if right is None:
            return None
        objection = self.random.choice([item.id for item in right.objections] or [self.an_entry()])
        outcome = self.random.choice(("upheld", "dismissed", "dismissed"))
        return self.about(right, objection=objection, outcome=outcome, reasons=self.a_seal())

    def make_register(self) -> Data | None:
        return self.about(self.staged("publicity"), **self.two_numbers())

    # --- requests ---

    def free(self, right: Situation) -> bool:
        """Valid, and neither a freeze nor a request stands in the way."""
        return not right.freezes and right.slot is None and status(right, self.now, self.rules) == "registered"

    def a_free_right(self) -> Situation | None:
        return self.a_right(self.free) if self.random.random() < 0.85 else self.staged("registered")

    def make_change(self) -> Data | None:
        right = self.a_free_right()
        if right is None:
            return None
        old = right.described_by.data["description"]
        described = self.a_description(right.parties) | {
            "agreement_end": right.agreement_end,
            "deposits": [dict(item) for item in old["deposits"]],
        }
        return self.about(right, description=described)

    def make_renew(self) -> Data | None:
        right = self.a_right(self.to_be_renewed)
        end = self.random.choice((None, None, self.day_text(0), self.day_text(400)))
        if right is not None and right.agreement_end is not None and self.random.random() < 0.85:
            end = self.day_text(self.random.choice((500, 3000)))
        return self.about(right, agreement_end=end, authorisation=self.a_seal())

    def to_be_renewed(self, right: Situation) -> bool:
        if right.until is None or right.renewal is not None or right.stage != "registered":
            return False
        ahead = (right.until - self.today).days
        return (
            -self.rules["late_renewal_days"]
            <= ahead + self.random.choice((-1, 0, 0, 0))
            <= self.rules["renewal_due_days"]
        )

    def make_cancel(self) -> Data | None:
        return self.about(self.a_free_right(), reason=self.reason("cancel"))

    def make_transfer(self) -> Data | None:
        right = self.a_free_right()
        after = self.some_holders(1 if self.random.random() < 0.6 else None)
        return self.about(right, holders_after=after, price=self.a_seal(), contract=self.a_seal())

    def make_pledge(self) -> Data | None:
        right = self.a_right(lambda right: right.pledge is None and not right.disputes and self.free(right))
        if self.random.random() < 0.1:
            right = self.staged("registered")
        due = self.day_text(self.random.randint(-5, 900))
        return self.about(
            right, pledgee=self.a_party(), debt_due=due, debt_amount=self.a_seal(), contract=self.a_seal()
        )

    def make_release_pledge(self) -> Data | None:
        return self.about(self.a_right(self.pledged), reason=self.reason("release_pledge"))

    def pledged(self, right: Situation) -> bool:
        return right.pledge is not None and (right.stage == "registered" or self.random.random() < 0.05)

    # --- licences ---

    def some_codes(self, codes: Iterable[str]) -> list[str]:
        if self.random.random() < 0.25:
            return ["*"]
        return sorted(self.random.sample(list(codes), self.random.randint(1, 2)))

    def make_license(self) -> Data | None:
        right = self.a_free_right()
        if right is None:
            return None
        start = later(self.today, self.random.choice((-30, 0, 0, 1, 60)))
        end = later(start, self.random.choice((0, 5, 90, 365, 900, 900)))
        if right.until is not None and self.random.random() < 0.9:
            end = min(end, right.until)
        data = {
            "right": right.id,
            "parent": None,
            "licensee": self.a_party(),
            "type": self.random.choice(("exclusive", "sole", "ordinary", "ordinary", "ordinary")),
            "territory": self.some_codes(TERRITORIES),
            "industry": self.some_codes(INDUSTRIES),
            "use": self.some_codes(USES),
            "start": start.isoformat(),
            "end": end.isoformat(),
            "sublicensing": self.random.random() < 0.6,
            "fee": self.a_seal(),
            "contract": self.a_seal(),
        }
        return self.under_another(right, data) if right.licences and self.random.random() < 0.5 else data

    def under_another(self, right: Situation, data: dict[str, Any]) -> Data:
        """A sublicence that mostly keeps to what its parent gives."""
        able = [item for item in right.licences if item.data["sublicensing"] and item.data["parent"] is None]
        parent = self.random.choice(able if able and self.random.random() < 0.85 else right.licences)
        data |= {"parent": parent.id, "type": self.random.choice(("ordinary",) * 9 + ("sole",))}
        for axis in ("territory", "industry", "use"):
            if self.random.random() < 0.9:
                data[axis] = list(parent.data[axis])[: self.random.choice((1, 2))]
        if self.random.random() < 0.9:
            data["start"] = max(data["start"], parent.data["start"])
            data["end"] = min(data["end"], parent.data["end"])
        return data

    def make_end_license(self) -> Data | None:
        right = self.a_right(lambda right: bool(right.licences))
        if right is None:
            return None
        licence = self.random.choice([item.id for item in right.licences] or [self.an_entry()])
        return self.about(right, license=licence, reason=self.reason("end_license"))

    # --- decisions ---

    def a_request(self) -> tuple[Situation | None, bytes]:
        right = self.a_right(lambda right: bool(right.requests))
        pending = [] if right is None else [item.id for item, _ in right.requests]
        return right, self.random.choice(pending) if pending else self.an_entry()

    def make_approve(self) -> Data | None:
        right, request = self.a_request()
        number = self.two_numbers()["certificate_no"] if self.random.random() < 0.3 else None
        return self.about(right, request=request, certificate_no=number)

    def make_reject(self) -> Data | None:
        right, request = self.a_request()
        if self.random.random() < 0.2:
            right = self.staged(*APPLICATION)
            request = UNKNOWN if right is None else right.id
        return self.about(right, request=request, ground=self.reason("reject", "grounds"))

    def make_withdraw(self) -> Data | None:
        right, target = self.a_request()
        if self.random.random() < 0.3:
            right = self.staged(*APPLICATION)
            target = UNKNOWN if right is None else right.id
        elif self.random.random() < 0.4:
            right = self.a_right(lambda right: bool(right.objections))
            target = right.objections[0].id if right and right.objections else UNKNOWN
        return self.about(right, target=target)

    # --- courts ---

    def any_right(self) -> Situation | None:
        return self.a_right(lambda right: True)

    def make_note_dispute(self) -> Data | None:
        return self.about(self.any_right(), case_no=self.a_seal())

    def make_end_dispute(self) -> Data | None:
        right = self.a_right(lambda right: bool(right.disputes))
        if right is None:
            return None
        dispute = self.random.choice([item.id for item, _ in right.disputes] or [self.an_entry()])
        return self.about(right, dispute=dispute)

    def make_freeze(self) -> Data | None:
        right = self.staged("registered", *APPLICATION)
        if right is not None and len(right.freezes) > 2 and self.random.random() < 0.7:
            return None
        months = self.some_months()
        return self.about(right, months=months, ruling_no=self.a_seal(), notice_no=self.a_seal())

    def some_months(self) -> int:
        most = self.rules["freeze_max_months"]
        return self.random.choice(
            (1, 1, min(2, most), min(6, most), most, most + 1 if self.random.random() < 0.2 else 1)
        )

    def a_freeze(self, right: Situation) -> bytes:
        found: bytes = self.random.choice([item["event"].id for item in right.freezes] or [self.an_entry()])
        return found

    def make_renew_freeze(self) -> Data | None:
        right = self.a_right(lambda right: bool(right.freezes))
        months = self.some_months()
        return right and self.about(
            right, freeze=self.a_freeze(right), months=months, ruling_no=self.a_seal(), notice_no=self.a_seal()
        )

    def make_unfreeze(self) -> Data | None:
        right = self.a_right(lambda right: bool(right.freezes))
        return right and self.about(right, freeze=self.a_freeze(right), ruling_no=self.a_seal())

    def make_enforce_transfer(self) -> Data | None:
        right = self.staged("registered")
        if right is None:
            return None
        licences = [item.id for item in right.licences]
        ends = self.random.sample(licences, self.random.randint(0, len(licences)))
        ends_pledge = self.random.random() < (0.7 if right.pledge else 0.1)
        after = self.some_holders(1 if self.random.random() < 0.7 else None)
        return self.about(right, holders_after=after, ends=ends, ends_pledge=ends_pledge, ruling_no=self.a_seal())

    def make_revoke(self) -> Data | None:
        right = self.staged(*(("registered", "expired") if self.random.random() < 0.9 else ("revoked", "examining")))
        return self.about(right, ground=self.reason("revoke", "grounds"), judgment_no=self.a_seal())

    def make_correct_record(self) -> Data | None:
        ended = ("cancelled", "revoked", "expired")
        right = self.staged(*(ended if self.random.random() < 0.5 else ("registered",)))
        if right is None:
            return None
        touched = [item.id for item in self.world.model.events if item.right == right.id]
        data: dict[str, Any] = dict.fromkeys(("description", "certificate_no", "holders", "until", "status"))
        for name in self.random.sample(sorted(data), self.random.choice((1, 1, 2))):
            data[name] = self.corrected(right, name)
        if right.stage in ("cancelled", "revoked") and self.random.random() < 0.8:
            data["status"] = "registered"
        target = self.random.choice(touched)
        return self.about(right, target=target, reason=self.reason("correct_record"), ruling_no=self.a_seal(), **data)

    def corrected(self, right: Situation, name: str) -> Any:
        if name == "description":
            return self.make_change_of(right) if self.random.random() < 0.8 else self.a_description(right.parties)
        if name == "certificate_no":
            return self.two_numbers()["certificate_no"]
        if name == "holders":
            return self.some_holders()
        if name == "until":
            base = right.until or self.today
            return later(base, self.random.choice((-200, -1, 1, 30, 400))).isoformat()
        return "registered"

    def make_change_of(self, right: Situation) -> dict[str, Any]:
        old = right.described_by.data["description"]
        return self.a_description(right.parties) | {
            "agreement_end": right.agreement_end,
            "deposits": [dict(item) for item in old["deposits"]],
        }

    # --- assets ---

    def make_register_asset(self) -> Data:
        right = self.a_free_right() if self.random.random() < 0.8 else None
        party = self.a_party()
        if right is not None and self.random.random() < 0.9:
            party = self.random.choice(sorted(right.parties))
        listed = [self.a_deposit_of([party])] if self.random.random() < 0.6 else []
        return {
            "right": None if right is None else right.id,
            "party": party,
            "industry": self.random.choice(INDUSTRIES),
            "category": self.random.choice(self.rules["categories"]),
            "deposits": listed,
            "product_name": self.a_seal(),
            "valuation": self.a_seal(),
        }

    def make_delist_asset(self) -> Data | None:
        if not self.assets or self.random.random() < 0.5:
            return None
        return {"asset": self.random.choice(self.assets), "reason": self.reason("delist_asset")}

    def make_record_contract(self) -> Data:
        right = self.staged("registered") if self.random.random() < 0.6 else None
        asset = (
            self.random.choice(self.assets) if self.assets and (right is None or self.random.random() < 0.4) else None
        )
        seller = self.a_party()
        if right is not None:
            licensees = [item.data["licensee"] for item in right.licences]
            seller = self.random.choice([*sorted(right.parties), *licensees])
        elif asset is not None:
            found = self.world.model.asset(asset, self.now)
            assert found is not None
            seller = found["party"]
        start = self.random.randint(-10, 10)
        return {
            "asset": asset,
            "right": None if right is None else right.id,
            "seller": seller,
            "buyer": self.a_party(),
            "subject_matter": self.random.choice(("data_set", "api_service", "report", "model", "licence")),
            "start": self.day_text(start),
            "end": self.day_text(start + self.random.choice((0, 100))),
            "amount": self.a_seal(),
            "contract": self.a_seal(),
        }

    # --- rules ---

    def make_amend_rules(self) -> Attempt:
        rules = amended(self.random, self.world.last_rules)
        text = document(rules)
        parsed = RuleSet.from_json(rules)
        self.world.sets[parsed.digest] = parsed
        effective = self.now + self.random.choice((0, 0, 0, HOUR, HOUR, 3 * DAY, 20 * DAY, -1, 366 * DAY + 1))
        members = sorted(self.world.institutions.roles)
        signers = self.random.sample(members, self.random.choice((len(members), self.world.institutions.quorum)))
        return self.attempt("amend_rules", {"rules": text, "effective": effective}, signers)
