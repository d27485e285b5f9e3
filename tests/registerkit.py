"""A register in memory with everybody's keys: makes a valid entry of every kind, and records or refuses it at once.

Rules, state and effects are the ledger room's own, through the one path of admission; blocks, proofs and storage are
left out: an entry's log index is the number of entries before it. Salts and nonces are made from counters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from memorystate import MemoryState

from datadeed_ledger.admission import apply, validate
from datadeed_ledger.calendar_days import DAY_MS, OFFSET_MS, day_of, day_text, parse_day
from datadeed_ledger.encoding import jcs, sha256
from datadeed_ledger.entry import Body, Entry, key_proof_message, seal
from datadeed_ledger.errors import Refused
from datadeed_ledger.keys import SigningKey, verify
from datadeed_ledger.kinds.succession import with_new_keys
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, VerifierKey
from datadeed_ledger.records import Licence, Party, Record, Right, Rules
from datadeed_ledger.register import Register
from datadeed_ledger.roster import Member, Roster
from datadeed_ledger.rulebook import RuleBook
from datadeed_ledger.rules import RuleSet, shipped
from datadeed_ledger.state import Context, Overlay, StateChanges
from datadeed_ledger.view import RightView, view

ORIGIN = "ledger.example.cn/dataip"
FINGERPRINT = sha256(b"a register for tests")
ROLES = {
    "court.example.cn": ("court",),
    "exchange.example.cn": ("exchange",),
    "ip-office.example.cn": ("registrar",),
    "notary.example.cn": ("notary",),
    "other-court.example.cn": ("court",),
    "other-office.example.cn": ("registrar",),
}
HOUR_MS = 3_600_000
MONDAY_NOON_MS = (parse_day("2026-11-23") * DAY_MS - OFFSET_MS) + 12 * HOUR_MS
ALL = 10_000  # the whole of a right, in shares


def key(label: str) -> SigningKey:
    return SigningKey(sha256(label.encode()))


def member_id(name: str) -> bytes:
    return sha256(name.encode())


def member(name: str, roles: tuple[str, ...]) -> Member:
    return Member(
        name=name,
        roles=roles,
        api="http://127.0.0.1:1",
        peer=f"{name}:7000",
        title_en=name,
        title_zh=name,
        vote=key(f"vote {name}").public_key,
        office=key(f"office {name}").public_key,
        tls=sha256(name.encode()),
        cosign=VerifierKey(name, COSIGNATURE_TYPE, key(f"cosign {name}").public_key),
        log=VerifierKey(ORIGIN, LOG_TYPE, key(f"log {name}").public_key),
    )


def roster(roles: Mapping[str, tuple[str, ...]] = ROLES, version: int = 1) -> Roster:
    return Roster.of(version, [member(name, roles[name]) for name in sorted(roles)])


COURT = member_id("court.example.cn")
EXCHANGE = member_id("exchange.example.cn")
OFFICE = member_id("ip-office.example.cn")
NOTARY = member_id("notary.example.cn")
OTHER_COURT = member_id("other-court.example.cn")
OTHER_OFFICE = member_id("other-office.example.cn")


class RegisterKit:
    """One register. `now_ms` is the time of the next block, `roster` that in force then, `rules` the founding ones."""

    def __init__(self, rules: RuleSet | None = None, now_ms: int = MONDAY_NOON_MS) -> None:
        self.rules = rules or RuleSet.load("beijing-2023")
        self.roster = roster()
        self.ledger = FINGERPRINT
        self.now_ms = now_ms
        self.state = MemoryState()
        self.keys = {member_id(name): key(f"office {name}") for name in ROLES}
        self.office_keys = {each.public_key: each for each in self.keys.values()}
        self.made = 0  # entries made so far: their nonces
        founding = Rules.of_genesis(now_ms, self.rules.digest)
        self.put(founding)

    # --- time and state ----------------------------------------------------------------------------------------------

    @property
    def context(self) -> Context:
        return Context(self.ledger, len(self.state.leaves), self.now_ms, self.roster, self.rules_in_force)

    @property
    def rules_in_force(self) -> RuleSet:
        """In the next block: those of the last amendment whose time has come."""
        return RuleBook(self.rules).in_force(self.state, self.now_ms)

    @property
    def today(self) -> str:
        return day_text(day_of(self.now_ms))

    def day(self, days_ahead: int) -> str:
        """The date `days_ahead` days from today."""
        return day_text(day_of(self.now_ms) + days_ahead)

    def go_to(self, date: str, *, hour: int = 12) -> None:
        """The next block is of this date, at this full hour of +08:00."""
        self.now_ms = parse_day(date) * DAY_MS - OFFSET_MS + hour * HOUR_MS

    def put(self, record: Record) -> None:
        """Set a record without an entry: what kinds that do not exist yet would have written."""
        self.state.records[record.key] = record.to_bytes()

    def right(self, right: bytes) -> Right:
        found = Register(self.state).right(right)
        assert found is not None
        return found

    def party(self, party: bytes) -> Party:
        found = Register(self.state).party(party)
        assert found is not None
        return found

    def licence(self, right: bytes, licence: bytes) -> Licence | None:
        return Register(self.state).licence(right, licence)

    def change_right(self, right: bytes, **changes: Any) -> None:
        self.put(replace(self.right(right), **changes))

    def seen(self, right: bytes) -> RightView:
        return view(self.right(right), self.now_ms, self.rules_in_force)

    # --- recording ---------------------------------------------------------------------------------------------------

    def entry(self, kind: str, by: Iterable[bytes], data: Mapping[str, Any], **changed: Any) -> Entry:
        """An entry signed by all of `by`. changed: fields of the body that shall be different."""
        self.made += 1
        body = Body(
            ledger=self.ledger,
            kind=kind,
            by=tuple(sorted(set(by))),
            nonce=self.made.to_bytes(16, "big"),
            expires_ms=self.now_ms + HOUR_MS,
            data=data,
        )
        body = replace(body, **changed)
        return Entry.build(body, {signer: self.keys[signer] for signer in body.by})

    def record(self, entry: Entry) -> bytes:
        """Record `entry` in a block of its own; returns its id. Raises `Refused`."""
        overlay, index = Overlay(self.state), len(self.state.leaves)
        validate(entry, self.state, self.context, check_signature)
        apply(overlay, entry, index, self.context, check_signature)
        self.state.commit(overlay.changes(), {index: entry.data})
        return entry.entry_id

    def refusal(self, entry: Entry) -> Refused:
        """Why the rules refuse `entry` now, at the door and when a block is built; it leaves no trace."""
        overlay = Overlay(self.state)
        refusals: list[Refused] = []
        for judge in (
            lambda: validate(entry, self.state, self.context, check_signature),
            lambda: apply(overlay, entry, len(self.state.leaves), self.context, check_signature),
        ):
            try:
                judge()
            except Refused as refusal:
                refusals.append(refusal)
        assert overlay.changes() == StateChanges.none(), "a refused entry left a trace"
        assert len(refusals) == 2, "the entry was not refused"
        assert refusals[0].number == refusals[1].number
        return refusals[0]

    # --- entries of every kind, with data that passes unless `changed` says otherwise ---

    def a_seal(self, path: str = "name", value: str | None = None) -> bytes:
        return seal(bytes(16), (self.made + 1).to_bytes(16, "big"), path, value)

    def enrol_entry(self, name: str, by: bytes = OFFICE, **changed: Any) -> Entry:
        """Enrol the party called `name`, whose id and key follow from the name."""
        party, own = pid(name), key(f"party {name}")
        self.keys[party] = own
        data: dict[str, Any] = {
            "party": party,
            "public_key": own.public_key,
            "key_proof": own.sign(key_proof_message(self.ledger, party, own.public_key)),
            "party_type": "enterprise",
            "name": self.a_seal("name", name),
            "credit_code": self.a_seal("credit_code"),
        }
        return self.entry("enrol", (by,), data | changed)

    def enrol(self, *names: str) -> list[bytes]:
        """Enrol parties; returns their ids."""
        for name in names:
            self.record(self.enrol_entry(name))
        return [pid(name) for name in names]

    def update_entry(self, party: bytes, by: Iterable[bytes], new_key: SigningKey, **changed: Any) -> Entry:
        """Rotate to `new_key`, keeping the identity seals."""
        record = self.party(party)
        data: dict[str, Any] = {
            "party": party,
            "public_key": new_key.public_key,
            "key_proof": new_key.sign(key_proof_message(self.ledger, party, new_key.public_key)),
            "reason": "rotation",
            "name": record.name,
            "credit_code": record.credit_code,
        }
        return self.entry("update_party", by, data | changed)

    def suspend_entry(self, party: bytes, by: bytes = OFFICE, reason: str = "other") -> Entry:
        return self.entry("suspend", (by,), {"party": party, "reason": reason})

    def reinstate_entry(self, party: bytes, by: bytes = OFFICE, reason: str = "other") -> Entry:
        return self.entry("reinstate", (by,), {"party": party, "reason": reason})

    def deposit_entry(self, by: bytes, **changed: Any) -> Entry:
        data: dict[str, Any] = {
            "digest": sha256(self.made.to_bytes(8, "big")),
            "algorithm": "sha-256",
            "scope": "full",
            "size_bytes": 38,
            "media_type": "text/csv",
            "formed_at": None,
            "file_name": self.a_seal("file_name", "data.csv"),
            "description": self.a_seal("description"),
        }
        return self.entry("deposit", (by,), data | changed)

    def deposit(self, by: bytes) -> bytes:
        return self.record(self.deposit_entry(by))

    def batch_entry(self, by: bytes, **changed: Any) -> Entry:
        data: dict[str, Any] = {
            "root": sha256(b"root"),
            "algorithm": "sha-256",
            "count": 5,
            "formed_at": None,
            "description": self.a_seal("description"),
        }
        return self.entry("deposit_batch", (by,), data | changed)

    def batch(self, by: bytes, count: int = 5) -> bytes:
        return self.record(self.batch_entry(by, count=count))

    def notarize_entry(self, deposit: bytes, item: int | None = None, by: bytes = NOTARY) -> Entry:
        data = {"deposit": deposit, "item": item, "record_number": self.a_seal("record_number", "(2026)1")}
        return self.entry("notarize", (by,), data)

    def description(self, listed: Sequence[bytes], **changed: Any) -> dict[str, Any]:
        sealed = (
            "object_name",
            "scenario",
            "structure",
            "algorithm_rules",
            "source_contract",
            "sample",
            "intended_use",
        )
        return {
            **{name: self.a_seal(f"description.{name}") for name in sealed},
            "industry": "64",
            "sources": ["self_collected"],
            "personal_data": False,
            "data_format": "csv",
            "size_bytes": 38,
            "record_count": 1,
            "update_frequency": "monthly",
            "agreement_end": None,
            "deposits": [{"deposit": deposit, "item": None} for deposit in listed],
        } | changed

    def apply_entry(
        self,
        applicants: Sequence[bytes],
        deposits: Sequence[bytes],
        *,
        by: Iterable[bytes] | None = None,
        described: Mapping[str, Any] | None = None,
        **changed: Any,
    ) -> Entry:
        data: dict[str, Any] = {
            "regime": "cnipa_data_ip",
            "registrar": OFFICE,
            "applicants": shares(*applicants),
            "description": self.description(deposits, **(described or {})),
        }
        return self.entry("apply", applicants if by is None else by, data | changed)

    def application(self, *applicants: bytes, **described: Any) -> bytes:
        """An application of the applicants with a deposit of the first; returns the right's id."""
        return self.record(self.apply_entry(applicants, [self.deposit(applicants[0])], described=described))

    def import_entry(
        self,
        holders: Sequence[bytes],
        number: int = 1,
        *,
        by: Iterable[bytes] | None = None,
        described: Mapping[str, Any] | None = None,
        **changed: Any,
    ) -> Entry:
        """A right that was announced a year ago for three, with a deposit of the first holder."""
        listed = () if "deposits" in (described or {}) else (self.deposit(holders[0]),)
        year = int(self.today[:4])
        data: dict[str, Any] = {
            "regime": "cnipa_data_ip",
            "registrar": OFFICE,
            "applicants": shares(*holders),
            "description": self.description(listed, **(described or {})),
            "registration_no": f"2023BJ{number:010}",
            "certificate_no": f"12{number:015}",
            "announced_on": f"{year - 1}{self.today[4:]}",
            "until": f"{year + 2}{self.today[4:]}",
        } | changed
        return self.entry("import_right", (*holders, data["registrar"]) if by is None else by, data)

    def request_correction_entry(self, right: bytes, by: bytes = OFFICE, reasons: Sequence[str] = ("other",)) -> Entry:
        return self.entry("request_correction", (by,), {"right": right, "reasons": list(reasons)})

    def correcting(self, *applicants: bytes) -> bytes:
        """An application whose correction has just been requested."""
        right = self.application(*applicants)
        self.record(self.request_correction_entry(right))
        return right

    def correct_entry(self, right: bytes, *, by: Iterable[bytes] | None = None, **described: Any) -> Entry:
        """The complete next description, with a new deposit of an applicant's unless it says otherwise."""
        applicants = self.right(right).parties if by is None else by
        listed = () if "deposits" in described else (self.deposit(min(self.right(right).parties)),)
        data = {"right": right, "description": self.description(listed, **described)}
        return self.entry("correct", applicants, data)

    def object_entry(self, right: bytes, by: bytes, ground: str = "prior_right") -> Entry:
        return self.entry("object", (by,), {"right": right, "ground": ground, "evidence": self.a_seal("evidence")})

    def decide_entry(self, right: bytes, objection: bytes, outcome: str, by: bytes = OFFICE) -> Entry:
        data = {"right": right, "objection": objection, "outcome": outcome, "reasons": self.a_seal("reasons")}
        return self.entry("decide_objection", (by,), data)

    def publish_entry(self, right: bytes, by: bytes = OFFICE) -> Entry:
        return self.entry("publish", (by,), {"right": right})

    def published(self, *applicants: bytes, **described: Any) -> bytes:
        """A right in its publicity window, which has just begun."""
        right = self.application(*applicants, **described)
        self.record(self.publish_entry(right))
        return right

    def register_entry(self, right: bytes, number: int = 1, by: bytes = OFFICE, **changed: Any) -> Entry:
        data: dict[str, Any] = {
            "right": right,
            "registration_no": f"2026BJ{number:010}",
            "certificate_no": f"11{number:015}",
        }
        return self.entry("register", (by,), data | changed)

    def registered(self, *holders: bytes, number: int = 1, **described: Any) -> bytes:
        """A right that was registered just now, fifteen days after it was published."""
        right = self.published(*holders, **described)
        self.go_to(self.day(15))
        self.record(self.register_entry(right, number))
        return right

    def license_entry(
        self, right: bytes, licensee: bytes, *, by: Iterable[bytes] | None = None, **changed: Any
    ) -> Entry:
        data: dict[str, Any] = {
            "right": right,
            "parent": None,
            "licensee": licensee,
            "type": "ordinary",
            "territory": ["CN-11", "CN-31"],
            "industry": ["*"],
            "use": ["internal", "product"],
            "start": self.today,
            "end": self.day(365),
            "sublicensing": False,
            "fee": self.a_seal("fee", "CNY 1200.00"),
            "contract": self.a_seal("contract"),
        }
        signers = (*self.right(right).parties, licensee) if by is None else by
        return self.entry("license", signers, data | changed)

    def licensed(self, right: bytes, licensee: bytes, **changed: Any) -> bytes:
        return self.record(self.license_entry(right, licensee, **changed))

    def end_license_entry(self, right: bytes, licence: bytes, by: Iterable[bytes], reason: str = "agreement") -> Entry:
        return self.entry("end_license", by, {"right": right, "license": licence, "reason": reason})

    def transfer_entry(
        self, right: bytes, after: Sequence[Mapping[str, Any]], *, by: Iterable[bytes] | None = None
    ) -> Entry:
        data = {
            "right": right,
            "holders_after": list(after),
            "price": self.a_seal("price", "CNY 5000.00"),
            "contract": self.a_seal("contract"),
        }
        everybody = (*self.right(right).parties, *(holder["party"] for holder in after))
        return self.entry("transfer", everybody if by is None else by, data)

    def transfer(self, right: bytes, *after: bytes) -> bytes:
        """A pending transfer to these parties; returns the request's id."""
        return self.record(self.transfer_entry(right, shares(*after)))

    def change_entry(self, right: bytes, *, by: Iterable[bytes] | None = None, **described: Any) -> Entry:
        """Another description, which keeps the deposits and the agreement's end."""
        record = self.right(right)
        before = Entry.parse(self.state.leaf(self.state.indexes[record.description])).body.data["description"]
        kept = {"deposits": before["deposits"], "agreement_end": record.agreement_end}
        data = {"right": right, "description": self.description((), **(kept | {"industry": "65"} | described))}
        return self.entry("change", record.parties if by is None else by, data)

    def renew_entry(
        self, right: bytes, *, by: Iterable[bytes] | None = None, agreement_end: str | None = None
    ) -> Entry:
        data = {"right": right, "agreement_end": agreement_end, "authorisation": self.a_seal("authorisation")}
        return self.entry("renew", self.right(right).parties if by is None else by, data)

    def cancel_entry(self, right: bytes, *, by: Iterable[bytes] | None = None, reason: str = "other") -> Entry:
        return self.entry("cancel", self.right(right).parties if by is None else by, {"right": right, "reason": reason})

    def pledge_entry(self, right: bytes, pledgee: bytes, *, by: Iterable[bytes] | None = None) -> Entry:
        data = {
            "right": right,
            "pledgee": pledgee,
            "debt_due": self.day(365),
            "debt_amount": self.a_seal("debt_amount", "CNY 900000.00"),
            "contract": self.a_seal("contract"),
        }
        return self.entry("pledge", (*self.right(right).parties, pledgee) if by is None else by, data)

    def pledged(self, right: bytes, pledgee: bytes) -> bytes:
        """A pledge of record; returns its id."""
        request = self.record(self.pledge_entry(right, pledgee))
        self.record(self.approve_entry(right, request))
        return request

    def release_pledge_entry(self, right: bytes, by: bytes, reason: str = "debt_paid") -> Entry:
        return self.entry("release_pledge", (by,), {"right": right, "reason": reason})

    def approve_entry(
        self, right: bytes, request: bytes, by: bytes = OFFICE, certificate_no: str | None = None
    ) -> Entry:
        return self.entry("approve", (by,), {"right": right, "request": request, "certificate_no": certificate_no})

    def reject_entry(self, right: bytes, request: bytes, by: bytes = OFFICE, ground: str = "other") -> Entry:
        return self.entry("reject", (by,), {"right": right, "request": request, "ground": ground})

    def withdraw_entry(self, right: bytes, target: bytes, by: Iterable[bytes]) -> Entry:
        return self.entry("withdraw", by, {"right": right, "target": target})

    def note_dispute_entry(self, right: bytes, by: bytes = COURT) -> Entry:
        return self.entry("note_dispute", (by,), {"right": right, "case_no": self.a_seal("case_no", "(2026)1")})

    def end_dispute_entry(self, right: bytes, dispute: bytes, by: bytes = COURT) -> Entry:
        return self.entry("end_dispute", (by,), {"right": right, "dispute": dispute})

    def freeze_entry(self, right: bytes, by: bytes = COURT, months: int = 6) -> Entry:
        data = {"right": right, "months": months, "ruling_no": self.a_seal("ruling_no"), "notice_no": bytes(32)}
        return self.entry("freeze", (by,), data)

    def frozen(self, right: bytes, by: bytes = COURT, months: int = 6) -> bytes:
        """A freeze of the right, in effect or queued; returns its id."""
        return self.record(self.freeze_entry(right, by, months))

    def renew_freeze_entry(self, right: bytes, freeze: bytes, by: bytes = COURT, months: int = 6) -> Entry:
        data = {"right": right, "freeze": freeze, "months": months}
        return self.entry("renew_freeze", (by,), data | {"ruling_no": self.a_seal("ruling_no"), "notice_no": bytes(32)})

    def unfreeze_entry(self, right: bytes, freeze: bytes, by: bytes = COURT) -> Entry:
        data = {"right": right, "freeze": freeze, "ruling_no": self.a_seal("ruling_no")}
        return self.entry("unfreeze", (by,), data)

    def enforce_transfer_entry(
        self, right: bytes, after: Sequence[Mapping[str, Any]], *, by: Iterable[bytes] = (COURT,), **changed: Any
    ) -> Entry:
        data: dict[str, Any] = {
            "right": right,
            "holders_after": list(after),
            "ends": [],
            "ends_pledge": False,
            "ruling_no": self.a_seal("ruling_no"),
        }
        return self.entry("enforce_transfer", by, data | changed)

    def revoke_entry(self, right: bytes, by: bytes = OFFICE, ground: str = "court_judgment") -> Entry:
        data = {"right": right, "ground": ground, "judgment_no": self.a_seal("judgment_no")}
        return self.entry("revoke", (by,), data)

    def correct_record_entry(
        self, right: bytes, target: bytes | None = None, *, by: Iterable[bytes] = (COURT,), **changed: Any
    ) -> Entry:
        """Put right the effect of `target`, or else of the application. changed: at least one field to be corrected."""
        data: dict[str, Any] = {
            "right": right,
            "target": target or right,
            "description": None,
            "certificate_no": None,
            "holders": None,
            "until": None,
            "status": None,
            "reason": "registrar_error",
            "ruling_no": self.a_seal("ruling_no"),
        }
        return self.entry("correct_record", by, data | changed)

    def register_asset_entry(
        self, party: bytes, right: bytes | None = None, *, by: Iterable[bytes] | None = None, **changed: Any
    ) -> Entry:
        data: dict[str, Any] = {
            "right": right,
            "party": party,
            "industry": "64",
            "category": "data_set",
            "deposits": [],
            "product_name": self.a_seal("product_name"),
            "valuation": self.a_seal("valuation"),
        }
        return self.entry("register_asset", (EXCHANGE, party) if by is None else by, data | changed)

    def asset(self, party: bytes, right: bytes | None = None) -> bytes:
        """A listed asset of the party; returns its id."""
        return self.record(self.register_asset_entry(party, right))

    def delist_asset_entry(self, asset: bytes, by: bytes = EXCHANGE, reason: str = "other") -> Entry:
        return self.entry("delist_asset", (by,), {"asset": asset, "reason": reason})

    def record_contract_entry(
        self,
        seller: bytes,
        buyer: bytes,
        *,
        asset: bytes | None = None,
        right: bytes | None = None,
        by: Iterable[bytes] | None = None,
        **changed: Any,
    ) -> Entry:
        data: dict[str, Any] = {
            "asset": asset,
            "right": right,
            "seller": seller,
            "buyer": buyer,
            "subject_matter": "data_set",
            "start": self.today,
            "end": self.day(365),
            "amount": self.a_seal("amount", "CNY 9000.00"),
            "contract": self.a_seal("contract"),
        }
        return self.entry("record_contract", (EXCHANGE, seller, buyer) if by is None else by, data | changed)

    def amend_entry(self, by: Iterable[bytes] | None = None, *, effective: int | None = None, **fields: Any) -> Entry:
        """The shipped rules with other `fields`, in force at once, by a quorum of the roster."""
        members = [each.member_id for each in self.roster.members]
        data = {
            "rules": jcs(shipped("beijing-2023") | fields),
            "effective": self.now_ms if effective is None else effective,
        }
        return self.entry("amend_rules", members[: self.roster.quorum] if by is None else by, data)

    def roster_entry(
        self,
        following: Roster | None = None,
        by: Iterable[bytes] | None = None,
        *,
        document: bytes | None = None,
    ) -> Entry:
        """The next roster by everybody who must sign it; unless told otherwise the notary's vote key changes."""
        if following is None:
            following = self.next_roster(changed={"notary.example.cn": {"vote": key("another vote key").public_key}})
        new = with_new_keys(self.roster, following)
        signers = new | {each.member_id for each in self.roster.members[: self.roster.quorum]}
        for member_of_either in (*following.members, *self.roster.members):  # present members keep their present keys
            self.keys[member_of_either.member_id] = self.office_keys[member_of_either.office]
        data = {"roster": following.document if document is None else document}
        return self.entry("amend_roster", signers if by is None else by, data)

    def next_roster(
        self,
        *,
        changed: Mapping[str, Mapping[str, Any]] | None = None,
        joining: Iterable[Member] = (),
        leaving: Iterable[str] = (),
        version: int | None = None,
    ) -> Roster:
        """The roster after the present one. changed: fields of present members."""
        kept = [
            replace(each, **(changed or {}).get(each.name, {}))
            for each in self.roster.members
            if each.name not in set(leaving)
        ]
        members = sorted((*kept, *joining), key=lambda each: each.name)
        return Roster.of(self.roster.version + 1 if version is None else version, members)

    def office_key(self, label: str) -> SigningKey:
        """A key that this kit can sign with as an institution."""
        made = key(label)
        self.office_keys[made.public_key] = made
        return made


def pid(name: str) -> bytes:
    """The pseudonym of the party called `name`, 16 bytes."""
    return sha256(name.encode())[:16]


def shares(*parties: bytes) -> list[dict[str, Any]]:
    """These parties as holders: one alone holds all, several hold jointly."""
    share = ALL if len(parties) == 1 else 0
    return [{"party": party, "share": share} for party in sorted(parties)]


def check_signature(public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
    verify(public_key, message, signature)
