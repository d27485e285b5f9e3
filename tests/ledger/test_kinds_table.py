"""Every precondition of every kind, once met and once not: the refusal has the number that the table gives.

A case builds one entry from a fresh register: one that passes, or one that only this precondition refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from registerkit import (
    COURT,
    EXCHANGE,
    HOUR_MS,
    NOTARY,
    OFFICE,
    OTHER_OFFICE,
    RegisterKit,
    key,
    pid,
    shares,
)

from datadeed_ledger.entry import Entry
from datadeed_ledger.events import SCHEMAS
from datadeed_ledger.kinds.general import EVERY_ENTRY
from datadeed_ledger.kinds.row import OF_WHAT_FAILS
from datadeed_ledger.kinds.table import KINDS
from datadeed_ledger.records import Dispute, Freeze, Pending, Pledge
from datadeed_ledger.refusals import CATALOGUE

ANY = "any"
DAY_MS = 24 * HOUR_MS
CaseMaker = Callable[[RegisterKit, bool], Entry]


@dataclass(frozen=True)
class Claim:
    """One precondition of one kind. number: of the refusal when it is not met."""

    kind: str
    name: str
    number: int
    make: CaseMaker

    def __str__(self) -> str:
        return f"{self.kind}-{self.number}-{self.make.__name__}"


CLAIMS: list[Claim] = []


def claim(kind: str, name: str, number: int) -> Callable[[CaseMaker], CaseMaker]:
    def register(make: CaseMaker) -> CaseMaker:
        CLAIMS.append(Claim(kind, name, number, make))
        return make

    return register


@pytest.mark.parametrize("case", CLAIMS, ids=str)
def test_an_entry_that_meets_the_precondition_is_recorded(case: Claim) -> None:
    kit = RegisterKit()
    kit.record(case.make(kit, True))


@pytest.mark.parametrize("case", CLAIMS, ids=str)
def test_an_entry_that_does_not_is_refused_with_its_number(case: Claim) -> None:
    kit = RegisterKit()
    refusal = kit.refusal(case.make(kit, False))
    assert refusal.number == case.number
    assert "{" not in refusal.en + refusal.zh
    assert re.search("[一-鿿]", refusal.zh)


def preconditions() -> Iterator[tuple[str, str, int]]:
    for precondition in EVERY_ENTRY:
        yield ANY, precondition.name, precondition.number
    yield ANY, "signatures", 108
    for kind, row in KINDS.items():
        yield kind, "signers", 109
        for precondition in (*row.finds, *row.preconditions):
            yield kind, precondition.name, precondition.number


def test_every_precondition_of_every_kind_has_a_case() -> None:
    tried = {(case.kind, case.name) for case in CLAIMS}
    assert tried == {(kind, name) for kind, name, _ in preconditions()}
    for kind, name, number in preconditions():
        numbers = {case.number for case in CLAIMS if (case.kind, case.name) == (kind, name)}
        assert numbers == {number} or number == OF_WHAT_FAILS


def test_the_catalogue_holds_the_numbers_in_use_and_no_other() -> None:
    assert {number for _, _, number in preconditions()} - {OF_WHAT_FAILS} == CATALOGUE.keys()


def test_every_kind_has_its_fields_and_its_row() -> None:
    assert list(KINDS) == list(SCHEMAS)
    assert all(row.kind == kind for kind, row in KINDS.items())


# --- the specification -----------------------------------------------------------------------------------------------

SPECIFICATION = Path(__file__).parents[2] / "docs" / "spec" / "events.md"


def specified_kinds() -> dict[str, tuple[str, set[int]]]:
    rows = re.findall(r"^\| `([a-z_]+)` (\S+) \|.*\|([^|]*)\|$", SPECIFICATION.read_text(encoding="utf-8"), re.M)
    return {kind: (zh, {int(number) for number in re.findall(r"\b[1-8]\d\d\b", last)}) for kind, zh, last in rows}


def test_the_specification_s_table_of_kinds_is_the_code_s() -> None:
    built = {
        kind: (
            row.zh,
            {item.number for item in (*row.finds, *row.preconditions) if item.number != OF_WHAT_FAILS},
        )
        for kind, row in KINDS.items()
    }
    assert specified_kinds() == built


def test_the_specification_s_fields_are_the_code_s() -> None:
    text = SPECIFICATION.read_text(encoding="utf-8")
    for kind, schema in SCHEMAS.items():
        found = re.search(rf"^\| `{kind}` \S+ \|([^|]*)\|", text, re.M)
        assert found is not None
        assert set(re.findall(r"`([a-z_]+)`", found[1])) == set(schema.__annotations__), kind


def test_the_specification_lists_every_refusal_with_its_texts() -> None:
    text = SPECIFICATION.read_text(encoding="utf-8")
    listed = {int(number): (en, zh) for number, en, zh in re.findall(r"^\| (\d{3}) \| (.*) \| (.*) \|$", text, re.M)}
    assert listed == dict(CATALOGUE)


# --- any entry -------------------------------------------------------------------------------------------------------


def any_entry(kit: RegisterKit, **changed: Any) -> Entry:
    (alice,) = kit.enrol("alice")
    entry = kit.deposit_entry(alice)
    return kit.entry("deposit", (alice,), entry.body.data, **changed)


@claim(ANY, "entry_is_for_this_ledger", 101)
def ledger(kit: RegisterKit, passes: bool) -> Entry:
    return any_entry(kit) if passes else any_entry(kit, ledger=bytes(32))


@claim(ANY, "entry_has_not_expired", 102)
def expired(kit: RegisterKit, passes: bool) -> Entry:
    return any_entry(kit, expires_ms=kit.now_ms if passes else kit.now_ms - 1)


@claim(ANY, "entry_expires_soon_enough", 103)
def expires(kit: RegisterKit, passes: bool) -> Entry:
    latest = kit.now_ms + 30 * DAY_MS
    return any_entry(kit, expires_ms=latest if passes else latest + 1)


@claim(ANY, "entry_is_new", 104)
def repeated(kit: RegisterKit, passes: bool) -> Entry:
    entry = any_entry(kit)
    if not passes:
        kit.record(entry)
    return entry


@claim(ANY, "parties_are_enrolled", 105)
def party_signer(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    kit.keys[pid("nobody")] = key("party nobody")
    return kit.deposit_entry(pid("alice" if passes else "nobody"))


@claim(ANY, "institutions_are_members", 106)
def institution_signer(kit: RegisterKit, passes: bool) -> Entry:
    kit.keys[bytes(32)] = key("no member")
    return kit.deposit_entry(EXCHANGE if passes else bytes(32))


@claim(ANY, "parties_are_not_suspended", 107)
def suspended(kit: RegisterKit, passes: bool) -> Entry:
    entry = any_entry(kit)
    kit.put(replace(kit.party(pid("alice")), suspended_by=() if passes else (COURT,)))
    return entry


@claim(ANY, "signatures", 108)
def signature(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    if not passes:
        kit.keys[pid("alice")] = key("another")
    return kit.deposit_entry(pid("alice"))


# --- parties ---------------------------------------------------------------------------------------------------------


@claim("enrol", "signers", 109)
def by_a_party(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.enrol_entry("bob", by=EXCHANGE if passes else alice)


@claim("enrol", "signers", 109)
def by_two_institutions(kit: RegisterKit, passes: bool) -> Entry:
    entry = kit.enrol_entry("bob")
    return entry if passes else kit.entry("enrol", (OFFICE, COURT), entry.body.data)


@claim("enrol", "party_id_is_new", 201)
def id_taken(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    new = kit.enrol_entry("bob")
    if passes:
        return new
    own = key("a third key")
    proof = own.sign(b"datadeed/key/v1\n" + new.body.ledger + pid("alice") + own.public_key)
    return kit.enrol_entry("alice", public_key=own.public_key, key_proof=proof)


@claim("enrol", "key_is_new", 202)
def key_taken(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    return kit.enrol_entry("bob") if passes else with_key(kit, "bob", key("party alice"))


@claim("enrol", "key_is_no_institution_s", 203)
def key_of_an_institution(kit: RegisterKit, passes: bool) -> Entry:
    return with_key(kit, "bob", key("vote other" if passes else "vote court.example.cn"))


@claim("enrol", "key_is_possessed", 204)
def key_not_possessed(kit: RegisterKit, passes: bool) -> Entry:
    return kit.enrol_entry("bob") if passes else kit.enrol_entry("bob", key_proof=bytes(64))


def with_key(kit: RegisterKit, name: str, own: Any) -> Entry:
    body = kit.enrol_entry(name).body
    proof = own.sign(b"datadeed/key/v1\n" + body.ledger + pid(name) + own.public_key)
    return kit.enrol_entry(name, public_key=own.public_key, key_proof=proof)


@claim("update_party", "party_is_enrolled", 205)
def of_nobody(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    entry = kit.update_entry(pid("alice"), (pid("alice"),), key("new"))
    if passes:
        return entry
    return kit.entry("update_party", (OFFICE,), entry.body.data | {"party": pid("nobody")})


@claim("update_party", "signers", 109)
def by_another_party(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice", "bob")
    return kit.update_entry(pid("alice"), (pid("alice" if passes else "bob"),), key("new"))


@claim("update_party", "signers", 109)
def identity_changed_alone(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    by = (alice, OFFICE) if passes else (alice,)
    return kit.update_entry(alice, by, key("new"), reason="renaming", name=bytes(32))


@claim("update_party", "signers", 109)
def recovered_by_another_institution(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.update_entry(alice, (OFFICE if passes else OTHER_OFFICE,), key("new"), reason="recovery")


@claim("update_party", "signers", 109)
def the_institution_alone_only_recovers(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.update_entry(alice, (OFFICE,), key("new"), reason="recovery" if passes else "rotation")


@claim("update_party", "key_is_new", 202)
def key_from_before(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    kit.record(kit.update_entry(alice, (alice,), key("new")))
    kit.keys[alice] = key("new")
    return kit.update_entry(alice, (alice,), key("newer" if passes else "party alice"))


@claim("update_party", "key_is_no_institution_s", 203)
def an_institution_s_key(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.update_entry(alice, (alice,), key("new" if passes else "office court.example.cn"))


@claim("update_party", "key_is_possessed", 204)
def new_key_not_possessed(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.update_entry(alice, (alice,), key("new"), **({} if passes else {"key_proof": bytes(64)}))


# --- deposits --------------------------------------------------------------------------------------------------------


@claim("deposit", "signers", 109)
def by_two(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    entry = kit.deposit_entry(alice)
    return entry if passes else kit.entry("deposit", (alice, bob), entry.body.data)


@claim("deposit", "no_personal_data_in_clear", 110)
def mobile_number(kit: RegisterKit, passes: bool) -> Entry:
    return kit.deposit_entry(OFFICE, media_type="text/1381234567" if passes else "text/13812345678")


@claim("deposit", "no_personal_data_in_clear", 110)
def identity_number(kit: RegisterKit, passes: bool) -> Entry:
    return kit.deposit_entry(OFFICE, media_type=f"text/{'' if passes else '1'}1010519491231002x")


@claim("deposit_batch", "signers", 109)
def batch_by_two(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    entry = kit.batch_entry(alice)
    return entry if passes else kit.entry("deposit_batch", (alice, OFFICE), entry.body.data)


@claim("notarize", "signers", 109)
def by_no_notary(kit: RegisterKit, passes: bool) -> Entry:
    return kit.notarize_entry(kit.deposit(OFFICE), by=NOTARY if passes else COURT)


@claim("notarize", "deposit_is_recorded", 301)
def of_no_deposit(kit: RegisterKit, passes: bool) -> Entry:
    return kit.notarize_entry(kit.deposit(OFFICE) if passes else bytes(32))


@claim("notarize", "it_is_a_deposit", 302)
def of_an_enrolment(kit: RegisterKit, passes: bool) -> Entry:
    enrolment = kit.record(kit.enrol_entry("alice"))
    return kit.notarize_entry(kit.batch(OFFICE) if passes else enrolment)


@claim("notarize", "one_file_has_no_items", 303)
def item_of_one_file(kit: RegisterKit, passes: bool) -> Entry:
    return kit.notarize_entry(kit.deposit(OFFICE), item=None if passes else 0)


@claim("notarize", "item_is_in_the_batch", 304)
def item_beyond(kit: RegisterKit, passes: bool) -> Entry:
    return kit.notarize_entry(kit.batch(OFFICE, count=5), item=4 if passes else 5)


# --- applications ----------------------------------------------------------------------------------------------------


@claim("apply", "signers", 109)
def one_applicant_missing(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.apply_entry([alice, bob], [kit.deposit(alice)], by=(alice, bob) if passes else (alice,))


@claim("apply", "signers", 109)
def one_signer_too_many(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.apply_entry([alice], [kit.deposit(alice)], by=(alice,) if passes else (alice, bob))


@claim("apply", "deposit_is_recorded", 301)
def without_deposit(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    deposit = kit.deposit(alice)
    return kit.apply_entry([alice], [deposit] if passes else [deposit, bytes(32)])


@claim("apply", "it_is_a_deposit", 302)
def with_an_enrolment(kit: RegisterKit, passes: bool) -> Entry:
    enrolment, alice = kit.record(kit.enrol_entry("alice")), pid("alice")
    deposit = kit.deposit(alice)
    return kit.apply_entry([alice], [deposit] if passes else [deposit, enrolment])


@claim("apply", "one_file_has_no_items", 303)
def with_item_of_one_file(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    refs = [{"deposit": kit.deposit(alice), "item": None if passes else 7}]
    return kit.apply_entry([alice], [], described={"deposits": refs})


@claim("apply", "item_is_in_the_batch", 304)
def with_item_beyond(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    refs = [{"deposit": kit.batch(alice, count=3), "item": 2 if passes else 3}]
    return kit.apply_entry([alice], [], described={"deposits": refs})


@claim("apply", "regime_is_in_force", 401)
def other_regime(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    regime = "cnipa_data_ip" if passes else "nda_data_property"
    return kit.apply_entry([alice], [kit.deposit(alice)], regime=regime)


@claim("apply", "registrar_is_one", 402)
def to_a_court(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.apply_entry([alice], [kit.deposit(alice)], registrar=OTHER_OFFICE if passes else COURT)


@claim("apply", "registrar_is_one", 402)
def to_a_stranger(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.apply_entry([alice], [kit.deposit(alice)], registrar=OFFICE if passes else bytes(32))


@claim("apply", "description_codes_are_listed", 111)
def industry(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.apply_entry([alice], [kit.deposit(alice)], described={"industry": "97" if passes else "98"})


@claim("apply", "description_codes_are_listed", 111)
def data_format(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.apply_entry([alice], [kit.deposit(alice)], described={"data_format": "json" if passes else "papyrus"})


@claim("apply", "a_deposit_is_the_applicant_s_or_a_notary_s", 403)
def with_a_stranger_s_deposit(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.apply_entry([alice], [kit.deposit(bob), kit.deposit(alice if passes else EXCHANGE)])


@claim("apply", "a_deposit_is_the_applicant_s_or_a_notary_s", 403)
def with_a_notary_s_deposit(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.apply_entry([alice], [kit.deposit(NOTARY if passes else OFFICE)])


@claim("apply", "agreement_end_is_stated", 404)
def agreement_without_end(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    described = {
        "sources": ["self_collected", "by_agreement"],
        "agreement_end": kit.day(1) if passes else None,
    }
    return kit.apply_entry([alice], [kit.deposit(alice)], described=described)


@claim("apply", "agreement_ends_after_today", 405)
def agreement_ends_today(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    described = {"agreement_end": kit.day(1 if passes else 0)}
    return kit.apply_entry([alice], [kit.deposit(alice)], described=described)


# --- publicity and registration --------------------------------------------------------------------------------------


@claim("publish", "right_exists", 501)
def publish_nothing(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    return kit.publish_entry(right if passes else bytes(32))


@claim("publish", "signers", 109)
def publish_by_another_registrar(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.publish_entry(kit.application(alice), by=OFFICE if passes else OTHER_OFFICE)


@claim("publish", "application_can_be_published", 502)
def publish_again(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)  # on Monday 2026-11-23: ten working days end on Monday 2026-12-07
    kit.go_to("2026-12-07" if passes else "2026-12-08")
    return kit.publish_entry(right)


@claim("publish", "application_can_be_published", 502)
def publish_what_is_registered(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.publish_entry(kit.application(alice) if passes else kit.registered(alice))


@claim("publish", "calendar_covers_the_window", 503)
def publish_beyond_the_calendar(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    kit.go_to("2027-12-17" if passes else "2027-12-20")  # covered until Friday 2027-12-31
    return kit.publish_entry(right)


@claim("register", "right_exists", 501)
def register_nothing(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)
    kit.go_to("2026-12-08")
    return kit.register_entry(right if passes else bytes(32))


@claim("register", "signers", 109)
def register_by_another_registrar(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)
    kit.go_to("2026-12-08")
    return kit.register_entry(right, by=OFFICE if passes else OTHER_OFFICE)


@claim("register", "application_was_published", 504)
def register_unpublished(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice) if passes else kit.application(alice)
    kit.go_to("2026-12-08")
    return kit.register_entry(right)


@claim("register", "window_is_over", 505)
def register_within_the_grace(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)
    kit.go_to("2026-12-08", hour=0)
    kit.now_ms += 900_000 - (0 if passes else 1)  # 900 s after midnight
    return kit.register_entry(right)


@claim("register", "no_objection_is_open", 506)
def register_over_an_objection(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)
    kit.change_right(right, open_objections=0 if passes else 1)
    kit.go_to("2026-12-08")
    return kit.register_entry(right)


@claim("register", "no_personal_data_in_clear", 110)
def number_like_a_mobile(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)
    kit.go_to("2026-12-08")
    return kit.register_entry(right, registration_no=f"BJ13812345678{'9' if passes else 'X'}XX")


@claim("register", "number_is_new", 507)
def registration_number_used(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    kit.registered(alice, number=1)
    right = kit.published(alice)
    kit.go_to(kit.day(15))
    return kit.register_entry(right, number=2, **({} if passes else {"registration_no": "2026BJ0000000001"}))


@claim("register", "number_is_new", 507)
def certificate_number_used(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    kit.registered(alice, number=1)
    right = kit.published(alice)
    kit.go_to(kit.day(15))
    return kit.register_entry(right, number=2, **({} if passes else {"certificate_no": "11000000000000001"}))


# --- acts on a registered right --------------------------------------------------------------------------------------


def freeze(kit: RegisterKit) -> Freeze:
    return Freeze(bytes(32), COURT, kit.now_ms, kit.day(30), 1)


def pending_change(kit: RegisterKit, lapses: int) -> Pending:
    return Pending(b"c" * 32, "change", kit.day(lapses))


@claim("license", "right_exists", 501)
def license_of_nothing(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    entry = kit.license_entry(right, bob)
    return entry if passes else kit.entry("license", (alice, bob), entry.body.data | {"right": bytes(32)})


@claim("license", "signers", 109)
def without_the_licensee(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.license_entry(kit.registered(alice), bob, by=(alice, bob) if passes else (alice,))


@claim("license", "signers", 109)
def without_one_holder(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob, carol = kit.enrol("alice", "bob", "carol")
    right = kit.registered(alice, bob)
    return kit.license_entry(right, carol, by=(alice, bob, carol) if passes else (alice, carol))


@claim("license", "signers", 109)
def without_the_pledgee(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob, bank = kit.enrol("alice", "bob", "bank")
    right = kit.registered(alice)
    kit.change_right(right, pledge=Pledge(bytes(32), bank, "2027-01-01"))
    return kit.license_entry(right, bob, by=(alice, bob, bank) if passes else (alice, bob))


@claim("license", "signers", 109)
def sublicence_without_the_licensee(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob, carol = kit.enrol("alice", "bob", "carol")
    right = kit.registered(alice)
    parent = kit.licensed(right, bob, sublicensing=True)
    return kit.license_entry(right, carol, parent=parent, by=(bob, carol) if passes else (alice, carol))


@claim("license", "right_is_valid", 601)
def license_of_an_expired_right(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)  # on 2026-12-08
    kit.go_to("2029-12-08" if passes else "2029-12-09")
    return kit.license_entry(right, bob, end=kit.today)


@claim("license", "right_is_valid", 601)
def license_of_an_application(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.license_entry(kit.registered(alice) if passes else kit.published(alice), bob)


@claim("license", "right_is_not_frozen", 602)
def license_of_a_frozen_right(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    kit.change_right(right, freezes=(freeze(kit),))
    kit.go_to(kit.day(31 if passes else 30))
    return kit.license_entry(right, bob)


@claim("license", "slot_is_free", 603)
def license_beside_a_transfer(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    kit.transfer(right, bob)
    kit.go_to(kit.day(91 if passes else 90))  # the request lapses after its ninetieth day
    return kit.license_entry(right, bob)


@claim("license", "scope_codes_are_listed", 111)
def territory(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.license_entry(kit.registered(alice), bob, territory=["CN-81" if passes else "HK"])


@claim("license", "scope_codes_are_listed", 111)
def licensed_industry(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.license_entry(kit.registered(alice), bob, industry=["01", "97" if passes else "98"])


@claim("license", "scope_codes_are_listed", 111)
def use(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.license_entry(kit.registered(alice), bob, use=["resale" if passes else "war"])


@claim("license", "ends_today_or_later", 702)
def ended_already(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    return kit.license_entry(right, bob, start="2026-01-01", end=kit.day(0 if passes else -1))


@claim("license", "ends_after_it_starts", 703)
def ends_before_it_starts(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    return kit.license_entry(right, bob, start=kit.day(9), end=kit.day(9 if passes else 8))


@claim("license", "ends_within_the_right", 704)
def outlives_the_right(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    return kit.license_entry(right, bob, end="2029-12-08" if passes else "2029-12-09")


@claim("license", "licences_are_few_enough", 711)
def too_many(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    kit.rules = replace(kit.rules, licences_max=2)
    for _ in range(1 if passes else 2):
        kit.licensed(right, bob)
    return kit.license_entry(right, bob)


@claim("license", "no_standing_licence_conflicts", 705)
def beside_an_exclusive_one(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob, carol = kit.enrol("alice", "bob", "carol")
    right = kit.registered(alice)
    kit.licensed(right, bob, type="exclusive", territory=["CN-11"])
    return kit.license_entry(right, carol, territory=["CN-31" if passes else "CN-11"])


def sublicence(kit: RegisterKit, above: dict[str, Any], **changed: Any) -> Entry:
    """carol's, under a licence of bob's; with equal scope and time unless they differ."""
    alice, bob, carol = kit.enrol("alice", "bob", "carol")
    right = kit.registered(alice)
    parent = kit.licensed(right, bob, **({"sublicensing": True, "start": kit.day(5)} | above))
    return kit.license_entry(right, carol, by=(bob, carol), **({"parent": parent, "start": kit.day(5)} | changed))


@claim("license", "parent_stands", 701)
def under_no_licence(kit: RegisterKit, passes: bool) -> Entry:
    return sublicence(kit, {}) if passes else sublicence(kit, {}, parent=bytes(32))


@claim("license", "parent_stands", 701)
def under_an_ended_licence(kit: RegisterKit, passes: bool) -> Entry:
    entry = sublicence(kit, {"end": kit.day(35), "start": kit.day(30)}, start=kit.day(30), end=kit.day(35))
    kit.go_to(entry.body.data["end"])
    kit.go_to(kit.day(0 if passes else 1))
    return kit.entry("license", entry.body.by, entry.body.data)


@claim("license", "sublicence_is_ordinary", 706)
def exclusive_sublicence(kit: RegisterKit, passes: bool) -> Entry:
    return sublicence(kit, {"type": "exclusive"}, type="ordinary" if passes else "exclusive")


@claim("license", "parent_allows_sublicences", 707)
def under_a_closed_licence(kit: RegisterKit, passes: bool) -> Entry:
    return sublicence(kit, {"sublicensing": passes})


@claim("license", "parent_is_no_sublicence", 708)
def under_a_sublicence(kit: RegisterKit, passes: bool) -> Entry:
    entry = sublicence(kit, {}, sublicensing=True)
    licence = kit.record(entry)
    kit.enrol("dora")
    data = entry.body.data | ({} if passes else {"parent": licence, "licensee": pid("dora")})
    return kit.entry("license", (pid("carol"), pid("bob" if passes else "dora")), data)


@claim("license", "sublicence_stays_in_scope", 709)
def wider_territory(kit: RegisterKit, passes: bool) -> Entry:
    return sublicence(kit, {}, territory=["CN-11"] if passes else ["CN-11", "CN-12"])


@claim("license", "sublicence_stays_in_scope", 709)
def every_use(kit: RegisterKit, passes: bool) -> Entry:
    return sublicence(kit, {"use": ["*"] if passes else ["internal"]}, use=["*"])


@claim("license", "sublicence_stays_in_time", 710)
def starts_earlier(kit: RegisterKit, passes: bool) -> Entry:
    return sublicence(kit, {"start": "2026-12-12"}, start="2026-12-12" if passes else "2026-12-11")


@claim("license", "sublicence_stays_in_time", 710)
def ends_later(kit: RegisterKit, passes: bool) -> Entry:
    return sublicence(kit, {"end": "2027-12-12"}, end="2027-12-12" if passes else "2027-12-13")


@claim("end_license", "right_exists", 501)
def end_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    licence = kit.licensed(right, bob)
    return kit.end_license_entry(right if passes else bytes(32), licence, (bob,))


@claim("end_license", "licence_to_end_stands", 701)
def end_no_licence(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    licence = kit.licensed(right, bob)
    return kit.end_license_entry(right, licence if passes else bytes(32), (bob,))


@claim("end_license", "licence_to_end_stands", 701)
def end_a_lapsed_licence(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    licence = kit.licensed(right, bob, end=kit.day(3))
    kit.go_to(kit.day(3 if passes else 4))
    return kit.end_license_entry(right, licence, (bob,))


@claim("end_license", "signers", 109)
def end_by_the_holder_alone(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    licence = kit.licensed(right, bob)
    return kit.end_license_entry(right, licence, (alice, bob) if passes else (alice,))


@claim("end_license", "signers", 109)
def end_by_an_exchange(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    return kit.end_license_entry(right, kit.licensed(right, bob), (COURT if passes else EXCHANGE,))


@claim("end_license", "end_reason_is_listed", 111)
def end_for_no_reason(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    return kit.end_license_entry(right, kit.licensed(right, bob), (bob,), reason="breach" if passes else "whim")


@claim("transfer", "right_exists", 501)
def transfer_of_nothing(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    return kit.transfer_entry(right, shares(bob)) if passes else moved(kit, right, bytes(32))


def moved(kit: RegisterKit, right: bytes, to: bytes) -> Entry:
    """A transfer whose data names another right."""
    entry = kit.transfer_entry(right, shares(pid("bob")))
    return kit.entry("transfer", entry.body.by, entry.body.data | {"right": to})


@claim("transfer", "signers", 109)
def without_the_next_holder(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.transfer_entry(kit.registered(alice), shares(bob), by=(alice, bob) if passes else (alice,))


@claim("transfer", "signers", 109)
def transfer_without_the_pledgee(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob, bank = kit.enrol("alice", "bob", "bank")
    right = kit.registered(alice)
    kit.change_right(right, pledge=Pledge(bytes(32), bank, "2027-01-01"))
    return kit.transfer_entry(right, shares(bob), by=(alice, bob, bank) if passes else (alice, bob))


@claim("transfer", "right_is_valid", 601)
def transfer_of_an_expired_right(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    kit.go_to("2029-12-08" if passes else "2029-12-09")
    return kit.transfer_entry(right, shares(bob))


@claim("transfer", "right_is_not_frozen", 602)
def transfer_of_a_frozen_right(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    if not passes:
        kit.change_right(right, freezes=(freeze(kit),))
    return kit.transfer_entry(right, shares(bob))


@claim("transfer", "slot_is_free", 603)
def transfer_beside_a_change(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    kit.change_right(right, pending=(pending_change(kit, -1 if passes else 0),))
    return kit.transfer_entry(right, shares(bob))


@claim("transfer", "slot_is_free", 603)
def transfer_beside_a_renewal(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    renewal = Pending(b"r" * 32, "renew", kit.day(9))
    kit.change_right(right, pending=(renewal,) if passes else (renewal, pending_change(kit, 9)))
    return kit.transfer_entry(right, shares(bob))


@claim("transfer", "holders_would_change", 604)
def transfer_to_oneself(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    return kit.transfer_entry(kit.registered(alice), shares(bob if passes else alice))


# --- decisions -------------------------------------------------------------------------------------------------------


def requested(kit: RegisterKit) -> tuple[bytes, bytes]:
    """A right of alice's and its pending transfer to bob."""
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    return right, kit.transfer(right, bob)


@claim("approve", "right_exists", 501)
def approve_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.approve_entry(right if passes else bytes(32), request)


@claim("approve", "request_is_pending", 801)
def approve_no_request(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.approve_entry(right, request if passes else bytes(32))


@claim("approve", "request_is_pending", 801)
def approve_an_application(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    application = kit.application(pid("alice"))
    return kit.approve_entry(right, request) if passes else kit.approve_entry(application, application)


@claim("approve", "request_is_pending", 801)
def approve_a_lapsed_request(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    kit.go_to(kit.day(90 if passes else 91))
    return kit.approve_entry(right, request)


@claim("approve", "request_is_pending", 801)
def approve_after_the_end(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    kit.go_to("2029-12-08")
    request = kit.transfer(right, bob)
    kit.go_to("2029-12-08" if passes else "2029-12-09")
    return kit.approve_entry(right, request)


@claim("approve", "signers", 109)
def approve_by_another_registrar(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.approve_entry(right, request, by=OFFICE if passes else OTHER_OFFICE)


@claim("approve", "request_signers_would_do_now", 802)
def approve_past_a_new_pledgee(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    kit.enrol("bank")
    pledgee = pid("alice" if passes else "bank")
    kit.change_right(right, pledge=Pledge(bytes(32), pledgee, "2027-01-01"))
    return kit.approve_entry(right, request)


@claim("approve", "request_signers_are_not_suspended_now", 107)
def approve_for_a_suspended_party(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    kit.put(replace(kit.party(pid("bob")), suspended_by=() if passes else (COURT,)))
    return kit.approve_entry(right, request)


@claim("approve", "request_passes_now", 602)
def approve_past_a_freeze(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    if not passes:
        kit.change_right(right, freezes=(freeze(kit),))
    return kit.approve_entry(right, request)


@claim("approve", "request_passes_now", 604)
def approve_what_has_come_about(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    if not passes:  # as a court's enforcement would, had it not closed the request
        after = kit.right(kit.registered(pid("bob"), number=2)).holders
        kit.change_right(right, holders=after)
    return kit.approve_entry(right, request)


@claim("approve", "number_is_new", 507)
def approve_with_a_used_number(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    number = "11000000000000002" if passes else "11000000000000001"
    return kit.approve_entry(right, request, certificate_no=number)


@claim("reject", "right_exists", 501)
def reject_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.reject_entry(right if passes else bytes(32), request)


@claim("reject", "rejected_is_pending", 801)
def reject_a_registered_right(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice) if passes else kit.registered(alice)
    return kit.reject_entry(right, right)


@claim("reject", "rejected_is_pending", 801)
def reject_what_was_decided(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    if not passes:
        kit.record(kit.approve_entry(right, request))
    return kit.reject_entry(right, request)


@claim("reject", "signers", 109)
def reject_by_a_court(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.reject_entry(right, request, by=OFFICE if passes else COURT)


@claim("reject", "ground_is_listed", 111)
def reject_on_no_ground(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.reject_entry(right, request, ground="other" if passes else "whim")


@claim("withdraw", "right_exists", 501)
def withdraw_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    return kit.withdraw_entry(right if passes else bytes(32), request, (pid("alice"), pid("bob")))


@claim("withdraw", "withdrawn_is_pending", 801)
def withdraw_what_was_decided(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    if not passes:
        kit.record(kit.reject_entry(right, request))
    return kit.withdraw_entry(right, request, (pid("alice"), pid("bob")))


@claim("withdraw", "withdrawn_is_pending", 801)
def withdraw_after_a_missed_due_day(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    kit.change_right(right, stage="correcting", due=kit.day(0 if passes else -1))
    return kit.withdraw_entry(right, right, (alice,))


@claim("withdraw", "signers", 109)
def withdraw_by_one_of_two(kit: RegisterKit, passes: bool) -> Entry:
    right, request = requested(kit)
    by = (pid("alice"), pid("bob"))
    return kit.withdraw_entry(right, request, by if passes else by[:1])


@claim("withdraw", "application_is_not_frozen", 803)
def withdraw_a_frozen_application(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    if not passes:
        kit.change_right(right, freezes=(freeze(kit),))
    return kit.withdraw_entry(right, right, (alice,))


def test_a_dispute_bars_neither_licence_nor_transfer() -> None:
    kit = RegisterKit()
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    kit.change_right(right, disputes=(Dispute(bytes(32), COURT, kit.day(30)),))
    kit.licensed(right, bob)
    kit.transfer(right, bob)
