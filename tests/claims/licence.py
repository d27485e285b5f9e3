"""Claims about licences of record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from registerkit import COURT, EXCHANGE, RegisterKit, pid

from claims import claim
from claims.standing import freeze
from datadeed_ledger.entry import Entry
from datadeed_ledger.records import Pledge


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
