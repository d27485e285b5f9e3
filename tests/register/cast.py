"""Those who sign, and what they do, in the language of the register: one verb a kind of entry.

`alpha.deposits()`, `(alpha & beta).asks_to_transfer(right, to=beta)`, `court_1.freezes(right, months=12)`: whoever
stands before the verb signs, nobody else; the step is recorded on the case's day and its entry's id returned, or it is
refused. Data that a case does not speak of is filled in so that it hinders nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from registerkit import ALL, OFFICE

from datadeed_ledger.encoding import jcs, sha256
from datadeed_ledger.entry import key_proof_message
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.register import Register
from datadeed_ledger.rules import shipped

if TYPE_CHECKING:
    from register.minutes import Case

EVERY = ("*",)


@dataclass(frozen=True)
class Scope:
    """How far a licence reaches, on each of its three axes."""

    territory: tuple[str, ...] = EVERY
    industry: tuple[str, ...] = EVERY
    use: tuple[str, ...] = EVERY


EVERYTHING = Scope()


@dataclass(frozen=True)
class Signers:
    """One or several parties and institutions that sign one entry together. ids: theirs."""

    case: Case = field(compare=False, repr=False)
    ids: tuple[bytes, ...]
    keys: Mapping[bytes, SigningKey] = field(default_factory=dict, compare=False, repr=False)  # other than the case's

    def __and__(self, others: Signers) -> Signers:
        return Signers(self.case, (*self.ids, *others.ids), {**self.keys, **others.keys})

    @property
    def id(self) -> bytes:
        assert len(self.ids) == 1, "these are several"
        return self.ids[0]

    @property
    def first(self) -> Signers:
        return replace(self, ids=self.ids[:1])

    def with_key(self, own: SigningKey) -> Signers:
        """Whoever signs as this one, with this key."""
        return replace(self, keys={self.id: own})

    # --- parties and deposits ----------------------------------------------------------------------------------------

    def updates_key_of(self, party: Signers, new_key: SigningKey, reason: str = "rotation") -> bytes:
        record = self.case.kit.party(party.id)
        updated = self._records(
            "update_party",
            party=party.id,
            public_key=new_key.public_key,
            key_proof=new_key.sign(key_proof_message(self.case.kit.ledger, party.id, new_key.public_key)),
            reason=reason,
            name=record.name,
            credit_code=record.credit_code,
        )
        self.case.kit.keys[party.id] = new_key
        return updated

    def suspends(self, party: Signers, reason: str = "key_compromised") -> bytes:
        return self._records("suspend", party=party.id, reason=reason)

    def reinstates(self, party: Signers, reason: str = "grounds_gone") -> bytes:
        return self._records("reinstate", party=party.id, reason=reason)

    def deposits(self) -> bytes:
        return self._records(
            "deposit",
            digest=sha256(self.case.kit.made.to_bytes(8, "big")),
            algorithm="sha-256",
            scope="full",
            size_bytes=38,
            media_type="text/csv",
            formed_at=None,
            file_name=self._seal("file_name"),
            description=self._seal("description"),
        )

    def notarizes(self, deposit: bytes) -> bytes:
        return self._records("notarize", deposit=deposit, item=None, record_number=self._seal("record_number"))

    # --- from the application to the registration --------------------------------------------------------------------

    def applies(self, applicants: Holding, deposit: bytes, registrar: bytes = OFFICE, **described: Any) -> bytes:
        return self._records(
            "apply",
            regime="cnipa_data_ip",
            registrar=registrar,
            applicants=listed(applicants),
            description=self.case.kit.description([deposit], **described),
        )

    def imports(self, holders: Holding, deposit: bytes, announced_on: str, until: str, **described: Any) -> bytes:
        registration_no, certificate_no = self.case.next_numbers()
        return self._records(
            "import_right",
            regime="cnipa_data_ip",
            registrar=OFFICE,
            applicants=listed(holders),
            description=self.case.kit.description([deposit], **described),
            registration_no=registration_no,
            certificate_no=certificate_no,
            announced_on=announced_on,
            until=until,
        )

    def requests_correction(self, right: bytes, *reasons: str) -> bytes:
        return self._records("request_correction", right=right, reasons=list(reasons or ("description_unclear",)))

    def corrects(self, right: bytes, **described: Any) -> bytes:
        return self._records("correct", right=right, description=self._description_of(right, described))

    def publishes(self, right: bytes) -> bytes:
        return self._records("publish", right=right)

    def objects(self, right: bytes, ground: str = "prior_right") -> bytes:
        return self._records("object", right=right, ground=ground, evidence=self._seal("evidence"))

    def decides_objection(self, right: bytes, objection: bytes, outcome: str) -> bytes:
        seal = self._seal("reasons")
        return self._records("decide_objection", right=right, objection=objection, outcome=outcome, reasons=seal)

    def registers(self, right: bytes) -> bytes:
        registration_no, certificate_no = self.case.next_numbers()
        return self._records("register", right=right, registration_no=registration_no, certificate_no=certificate_no)

    # --- requests and their decision ---------------------------------------------------------------------------------

    def asks_to_change(self, right: bytes, **described: Any) -> bytes:
        return self._records("change", right=right, description=self._description_of(right, described))

    def asks_to_renew(self, right: bytes, agreement_end: str | None = None) -> bytes:
        seal = self._seal("authorisation")
        return self._records("renew", right=right, agreement_end=agreement_end, authorisation=seal)

    def asks_to_cancel(self, right: bytes, reason: str = "no_longer_used") -> bytes:
        return self._records("cancel", right=right, reason=reason)

    def asks_to_transfer(self, right: bytes, to: Holding) -> bytes:
        return self._records(
            "transfer",
            right=right,
            holders_after=listed(to),
            price=self._seal("price"),
            contract=self._seal("contract"),
        )

    def asks_to_pledge(self, right: bytes, to: Signers, debt_due: str = "2030-12-31") -> bytes:
        return self._records(
            "pledge",
            right=right,
            pledgee=to.id,
            debt_due=debt_due,
            debt_amount=self._seal("debt_amount"),
            contract=self._seal("contract"),
        )

    def releases_pledge(self, right: bytes, reason: str = "debt_paid") -> bytes:
        return self._records("release_pledge", right=right, reason=reason)

    def approves(self, right: bytes, request: bytes, certificate_no: str | None = None) -> bytes:
        return self._records("approve", right=right, request=request, certificate_no=certificate_no)

    def rejects(self, right: bytes, request: bytes, ground: str = "documents_incomplete") -> bytes:
        return self._records("reject", right=right, request=request, ground=ground)

    def withdraws(self, right: bytes, target: bytes) -> bytes:
        return self._records("withdraw", right=right, target=target)

    # --- licences ----------------------------------------------------------------------------------------------------

    def licenses(
        self,
        right: bytes,
        to: Signers,
        until: str,
        scope: Scope = EVERYTHING,
        *,
        since: str | None = None,
        kind: str = "ordinary",
        under: bytes | None = None,
        sublicensing: bool = False,
    ) -> bytes:
        return self._records(
            "license",
            right=right,
            parent=under,
            licensee=to.id,
            type=kind,
            territory=list(scope.territory),
            industry=list(scope.industry),
            use=list(scope.use),
            start=since or self.case.kit.today,
            end=until,
            sublicensing=sublicensing,
            fee=self._seal("fee"),
            contract=self._seal("contract"),
        )

    def ends_license(self, right: bytes, licence: bytes, reason: str = "agreement") -> bytes:
        return self._records("end_license", right=right, license=licence, reason=reason)

    # --- courts ------------------------------------------------------------------------------------------------------

    def notes_dispute(self, right: bytes) -> bytes:
        return self._records("note_dispute", right=right, case_no=self._seal("case_no"))

    def ends_dispute(self, right: bytes, dispute: bytes) -> bytes:
        return self._records("end_dispute", right=right, dispute=dispute)

    def freezes(self, right: bytes, months: int) -> bytes:
        seals = {name: self._seal(name) for name in ("ruling_no", "notice_no")}
        return self._records("freeze", right=right, months=months, **seals)

    def renews_freeze(self, right: bytes, freeze: bytes, months: int) -> bytes:
        seals = {name: self._seal(name) for name in ("ruling_no", "notice_no")}
        return self._records("renew_freeze", right=right, freeze=freeze, months=months, **seals)

    def unfreezes(self, right: bytes, freeze: bytes) -> bytes:
        return self._records("unfreeze", right=right, freeze=freeze, ruling_no=self._seal("ruling_no"))

    def enforces_transfer(
        self, right: bytes, to: Holding, *, ends: Sequence[bytes] = (), ends_pledge: bool = False
    ) -> bytes:
        return self._records(
            "enforce_transfer",
            right=right,
            holders_after=listed(to),
            ends=list(ends),
            ends_pledge=ends_pledge,
            ruling_no=self._seal("ruling_no"),
        )

    def revokes(self, right: bytes, ground: str = "court_judgment") -> bytes:
        return self._records("revoke", right=right, ground=ground, judgment_no=self._seal("judgment_no"))

    def corrects_record(self, right: bytes, target: bytes, reason: str = "registrar_error", **put_right: Any) -> bytes:
        fields = dict.fromkeys(("description", "certificate_no", "holders", "until", "status")) | put_right
        if put_right.get("description") is not None:
            fields["description"] = self._description_of(right, put_right["description"])
        if put_right.get("holders") is not None:
            fields["holders"] = listed(put_right["holders"])
        seal = self._seal("ruling_no")
        return self._records("correct_record", right=right, target=target, reason=reason, ruling_no=seal, **fields)

    # --- the exchange ------------------------------------------------------------------------------------------------

    def registers_asset(self, party: Signers, right: bytes | None = None, deposits: Sequence[bytes] = ()) -> bytes:
        return self._records(
            "register_asset",
            right=right,
            party=party.id,
            industry="64",
            category="data_set",
            deposits=[{"deposit": deposit, "item": None} for deposit in deposits],
            product_name=self._seal("product_name"),
            valuation=self._seal("valuation"),
        )

    def delists_asset(self, asset: bytes, reason: str = "contract_ended") -> bytes:
        return self._records("delist_asset", asset=asset, reason=reason)

    def records_contract(
        self, seller: Signers, buyer: Signers, *, asset: bytes | None = None, right: bytes | None = None
    ) -> bytes:
        return self._records(
            "record_contract",
            asset=asset,
            right=right,
            seller=seller.id,
            buyer=buyer.id,
            subject_matter="data_set",
            start=self.case.kit.today,
            end=self.case.kit.day(365),
            amount=self._seal("amount"),
            contract=self._seal("contract"),
        )

    # --- the ledger's own terms --------------------------------------------------------------------------------------

    def amends_rules(self, effective: str, **fields: Any) -> bytes:
        """The shipped rules with these fields, in force from the moment 'YYYY-MM-DD HH:MM'."""
        document = jcs(shipped("beijing-2023") | fields)
        return self._records("amend_rules", rules=document, effective=moment(effective))

    # --- how it is recorded ------------------------------------------------------------------------------------------

    def _records(self, kind: str, /, **data: Any) -> bytes:
        kit = self.case.kit
        kept = {signer: kit.keys[signer] for signer in self.keys}
        kit.keys.update(self.keys)
        try:
            return self.case.record(kit.entry(kind, self.ids, data))
        finally:
            kit.keys.update(kept)

    def _seal(self, path: str) -> bytes:
        return self.case.kit.a_seal(path)

    def _description_of(self, right: bytes, changed: Mapping[str, Any]) -> dict[str, Any]:
        """The description in force, with these fields changed."""
        found = Register(self.case.kit.state).entry(self.case.now(right).description)
        assert found is not None
        return {**found.body.data["description"], **changed}


Holding = Signers | Mapping[Signers, int]
"""Who holds a right: one alone all of it, several jointly, or each a share of 10,000"""


def listed(holding: Holding) -> list[dict[str, Any]]:
    """The holders as an entry spells them."""
    if isinstance(holding, Signers):
        share = ALL if len(holding.ids) == 1 else 0
        return [{"party": party, "share": share} for party in sorted(holding.ids)]
    return sorted(({"party": one.id, "share": share} for one, share in holding.items()), key=lambda item: item["party"])


def together(holding: Holding) -> Signers:
    """All of these holders, signing."""
    if isinstance(holding, Signers):
        return holding
    first, *others = holding
    for other in others:
        first &= other
    return first


def moment(text: str) -> int:
    """Milliseconds since 1970 of 'YYYY-MM-DD HH:MM', +08:00."""
    since = datetime.fromisoformat(f"{text}+08:00") - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(milliseconds=1)
