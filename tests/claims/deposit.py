"""Claims about deposits and their notarization."""

from __future__ import annotations

from registerkit import COURT, NOTARY, OFFICE, RegisterKit

from claims import claim
from datadeed_ledger.entry import Entry


@claim("deposit", "signers", 109)
def by_two(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    entry = kit.deposit_entry(alice)
    return entry if passes else kit.entry("deposit", (alice, bob), entry.body.data)


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
