"""Claims about the exchange's assets and contracts."""

from __future__ import annotations

from typing import Any

from registerkit import COURT, EXCHANGE, OFFICE, RegisterKit, pid

from claims import claim
from datadeed_ledger.entry import Entry

ALICE, BOB, CAROL = pid("alice"), pid("bob"), pid("carol")


def a_right(kit: RegisterKit) -> bytes:
    """Alice's; bob and carol are enrolled too."""
    kit.enrol("alice", "bob", "carol")
    return kit.registered(ALICE)


def with_deposits(kit: RegisterKit, *refs: dict[str, Any]) -> Entry:
    return kit.register_asset_entry(ALICE, deposits=list(refs))


def ref(deposit: bytes, item: int | None = None) -> dict[str, Any]:
    return {"deposit": deposit, "item": item}


# --- register_asset --------------------------------------------------------------------------------------------------


@claim("register_asset", "named_right_exists", 501)
def asset_of_no_right(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.register_asset_entry(ALICE, right if passes else bytes(32))


@claim("register_asset", "deposit_is_recorded", 301)
def asset_of_no_deposit(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    return with_deposits(kit, ref(kit.deposit(ALICE) if passes else bytes(32)))


@claim("register_asset", "it_is_a_deposit", 302)
def asset_of_an_application(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return with_deposits(kit, ref(kit.deposit(ALICE) if passes else right))


@claim("register_asset", "one_file_has_no_items", 303)
def asset_of_an_item_of_one_file(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    return with_deposits(kit, ref(kit.deposit(ALICE), None if passes else 0))


@claim("register_asset", "item_is_in_the_batch", 304)
def asset_of_an_item_beyond(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    return with_deposits(kit, ref(kit.batch(ALICE, count=5), 4 if passes else 5))


@claim("register_asset", "signers", 109)
def asset_without_the_party(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    return kit.register_asset_entry(ALICE, by=(EXCHANGE, ALICE) if passes else (EXCHANGE,))


@claim("register_asset", "signers", 109)
def asset_by_no_exchange(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    return kit.register_asset_entry(ALICE, by=(EXCHANGE if passes else OFFICE, ALICE))


@claim("register_asset", "named_right_is_valid", 601)
def asset_of_an_application_still_open(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    return kit.register_asset_entry(ALICE, kit.registered(ALICE) if passes else kit.application(ALICE))


@claim("register_asset", "named_right_is_valid", 601)
def asset_of_a_revoked_right(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    if not passes:
        kit.record(kit.revoke_entry(right))
    return kit.register_asset_entry(ALICE, right)


@claim("register_asset", "named_right_is_not_frozen", 602)
def asset_of_a_frozen_right(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    if not passes:
        kit.frozen(right)
    return kit.register_asset_entry(ALICE, right)


@claim("register_asset", "party_is_a_holder", 913)
def asset_of_another_s_right(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.register_asset_entry(ALICE if passes else BOB, right)


@claim("register_asset", "deposits_are_the_party_s", 914)
def asset_of_another_s_deposit(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice", "bob")
    return with_deposits(kit, ref(kit.deposit(ALICE)), ref(kit.deposit(ALICE if passes else BOB)))


@claim("register_asset", "asset_codes_are_listed", 111)
def asset_of_no_category(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    return kit.register_asset_entry(ALICE, category="model" if passes else "thing")


@claim("register_asset", "asset_codes_are_listed", 111)
def asset_of_no_industry(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    return kit.register_asset_entry(ALICE, industry="65" if passes else "00")


# --- delist_asset ----------------------------------------------------------------------------------------------------


@claim("delist_asset", "named_asset_exists", 911)
def delist_nothing(kit: RegisterKit, passes: bool) -> Entry:
    asset = kit.asset(*kit.enrol("alice"))
    return kit.delist_asset_entry(asset if passes else bytes(32))


@claim("delist_asset", "signers", 109)
def delist_by_a_court(kit: RegisterKit, passes: bool) -> Entry:
    asset = kit.asset(*kit.enrol("alice"))
    return kit.delist_asset_entry(asset, by=EXCHANGE if passes else COURT)


@claim("delist_asset", "signers", 109)
def delist_by_another_party(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice", "bob")
    return kit.delist_asset_entry(kit.asset(ALICE), by=ALICE if passes else BOB)


@claim("delist_asset", "named_asset_is_listed", 912)
def delist_twice(kit: RegisterKit, passes: bool) -> Entry:
    asset = kit.asset(*kit.enrol("alice"))
    if not passes:
        kit.record(kit.delist_asset_entry(asset, by=ALICE))
    return kit.delist_asset_entry(asset)


@claim("delist_asset", "delisting_reason_is_listed", 111)
def delist_for_no_reason(kit: RegisterKit, passes: bool) -> Entry:
    return kit.delist_asset_entry(kit.asset(*kit.enrol("alice")), reason="seller_request" if passes else "whim")


# --- record_contract -------------------------------------------------------------------------------------------------


@claim("record_contract", "named_asset_exists", 911)
def contract_on_no_asset(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice", "bob")
    asset = kit.asset(ALICE)
    return kit.record_contract_entry(ALICE, BOB, asset=asset if passes else bytes(32))


@claim("record_contract", "named_right_exists", 501)
def contract_on_no_right(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.record_contract_entry(ALICE, BOB, right=right if passes else bytes(32))


@claim("record_contract", "signers", 109)
def contract_without_the_buyer(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    by = (EXCHANGE, ALICE, BOB) if passes else (EXCHANGE, ALICE)
    return kit.record_contract_entry(ALICE, BOB, right=right, by=by)


@claim("record_contract", "signers", 109)
def contract_without_an_exchange(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    by = (EXCHANGE, ALICE, BOB) if passes else (ALICE, BOB)
    return kit.record_contract_entry(ALICE, BOB, right=right, by=by)


@claim("record_contract", "something_is_traded", 915)
def contract_on_nothing(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.record_contract_entry(ALICE, BOB, right=right if passes else None)


@claim("record_contract", "seller_is_not_the_buyer", 916)
def contract_with_oneself(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.record_contract_entry(ALICE, BOB if passes else ALICE, right=right)


@claim("record_contract", "contract_ends_after_it_starts", 917)
def contract_that_ends_before_it_starts(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    return kit.record_contract_entry(ALICE, BOB, right=right, start="2027-01-02", end=f"2027-01-0{2 if passes else 1}")


@claim("record_contract", "named_asset_is_listed", 912)
def contract_on_a_delisted_asset(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice", "bob")
    asset = kit.asset(ALICE)
    if not passes:
        kit.record(kit.delist_asset_entry(asset))
    return kit.record_contract_entry(ALICE, BOB, asset=asset)


@claim("record_contract", "asset_is_the_seller_s", 918)
def contract_on_another_s_asset(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice", "bob", "carol")
    return kit.record_contract_entry(ALICE if passes else CAROL, BOB, asset=kit.asset(ALICE))


@claim("record_contract", "named_right_is_valid", 601)
def contract_on_an_expired_right(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    kit.go_to("2029-12-08" if passes else "2029-12-09")
    return kit.record_contract_entry(ALICE, BOB, right=right)


@claim("record_contract", "named_right_is_not_frozen", 602)
def contract_on_a_frozen_right(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    kit.frozen(right, months=1)
    kit.go_to("2027-01-09" if passes else "2027-01-08")
    return kit.record_contract_entry(ALICE, BOB, right=right)


@claim("record_contract", "seller_may_trade_the_right", 919)
def contract_by_a_licensee_without_sublicensing(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    kit.licensed(right, CAROL, sublicensing=passes)
    return kit.record_contract_entry(CAROL, BOB, right=right)


@claim("record_contract", "seller_may_trade_the_right", 919)
def contract_by_a_licensee_whose_time_is_over(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    kit.licensed(right, CAROL, sublicensing=True)
    kit.go_to(kit.day(365 if passes else 366))
    return kit.record_contract_entry(CAROL, BOB, right=right)


@claim("record_contract", "seller_may_trade_the_right", 919)
def contract_by_a_sublicensee(kit: RegisterKit, passes: bool) -> Entry:
    right = a_right(kit)
    parent = kit.licensed(right, CAROL, sublicensing=True)
    (dora,) = kit.enrol("dora")
    kit.licensed(right, dora, parent=parent, sublicensing=True, by=(CAROL, dora))
    return kit.record_contract_entry(CAROL if passes else dora, BOB, right=right)
