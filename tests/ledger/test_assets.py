"""The exchange's assets and contracts of record: each sentence of the specification on them."""

from __future__ import annotations

import pytest
from registerkit import COURT, EXCHANGE, OFFICE, ROLES, RegisterKit, key, member_id, pid, roster, shares

from datadeed_ledger.merkle import Frontier, leaf_hash
from datadeed_ledger.records import Asset, Events
from datadeed_ledger.register import Register

ALICE, BOB, CAROL, DORA = pid("alice"), pid("bob"), pid("carol"), pid("dora")
OTHER_EXCHANGE = member_id("other-exchange.example.cn")
WITH_BOTH = ROLES | {"other-exchange.example.cn": ("exchange",)}


@pytest.fixture
def kit() -> RegisterKit:
    """A roster with two exchanges."""
    kit = RegisterKit()
    kit.roster = roster(WITH_BOTH)
    kit.keys[OTHER_EXCHANGE] = key("office other-exchange.example.cn")
    kit.enrol("alice", "bob", "carol", "dora")
    return kit


def asset_of(kit: RegisterKit, asset: bytes) -> Asset:
    found = Register(kit.state).asset(asset)
    assert found is not None
    return found


def events_of(kit: RegisterKit, *entries: bytes) -> Events:
    frontier = Frontier.EMPTY
    for entry_id in entries:
        index = kit.state.indexes[entry_id]
        frontier = frontier.append(leaf_hash(index.to_bytes(8, "big") + leaf_hash(kit.state.leaf(index))))
    return Events.of(frontier)


# --- assets ----------------------------------------------------------------------------------------------------------


def test_an_asset_has_its_entry_s_id_and_is_listed_by_the_exchange_that_signs(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    entry = kit.register_asset_entry(ALICE, right, by=(OTHER_EXCHANGE, ALICE))
    asset = kit.record(entry)
    assert asset_of(kit, asset) == Asset(
        subject=f"asset/{entry.entry_id.hex()}",
        party=ALICE,
        exchange=OTHER_EXCHANGE,
        right=right,
        industry="64",
        category="data_set",
        stage="listed",
        contracts=0,
        events=events_of(kit, asset),
    )


def test_an_asset_needs_no_right_and_no_deposits(kit: RegisterKit) -> None:
    assert asset_of(kit, kit.asset(ALICE)).right is None


def test_an_asset_touches_its_right_and_its_party_and_changes_neither(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    before, party = kit.right(right), kit.party(ALICE)
    kit.asset(ALICE, right)
    assert kit.right(right).events.count == before.events.count + 1
    assert kit.party(ALICE).events.count == party.events.count + 1
    assert kit.right(right).holders == before.holders


def test_one_of_several_holders_registers_alone(kit: RegisterKit) -> None:
    right = kit.registered(ALICE, BOB)
    assert asset_of(kit, kit.asset(BOB, right)).party == BOB


def test_a_right_can_be_named_by_several_assets_of_several_exchanges(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    kit.asset(ALICE, right)
    kit.record(kit.register_asset_entry(ALICE, right, by=(OTHER_EXCHANGE, ALICE)))


def test_deposits_are_by_the_party_also_in_a_batch(kit: RegisterKit) -> None:
    listed = [{"deposit": kit.batch(ALICE, count=3), "item": 2}, {"deposit": kit.deposit(ALICE), "item": None}]
    kit.record(kit.register_asset_entry(ALICE, deposits=listed))


@pytest.mark.parametrize("by", [EXCHANGE, ALICE])
def test_the_exchange_or_the_party_delists(kit: RegisterKit, by: bytes) -> None:
    asset = kit.asset(ALICE)
    delisting = kit.record(kit.delist_asset_entry(asset, by=by))
    record = asset_of(kit, asset)
    assert (record.stage, record.events) == ("delisted", events_of(kit, asset, delisting))


@pytest.mark.parametrize("by", [OTHER_EXCHANGE, OFFICE, COURT, BOB])
def test_nobody_else_delists(kit: RegisterKit, by: bytes) -> None:
    assert kit.refusal(kit.delist_asset_entry(kit.asset(ALICE), by=by)).number == 109


def test_if_the_listing_exchange_has_left_any_exchange_acts(kit: RegisterKit) -> None:
    asset = kit.asset(ALICE)
    kit.roster = roster({name: roles for name, roles in WITH_BOTH.items() if name != "exchange.example.cn"}, version=2)
    kit.record(kit.record_contract_entry(ALICE, BOB, asset=asset, by=(OTHER_EXCHANGE, ALICE, BOB)))
    kit.record(kit.delist_asset_entry(asset, by=OTHER_EXCHANGE))


def test_what_becomes_of_the_right_does_not_delist(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    asset = kit.asset(ALICE, right)
    kit.record(kit.enforce_transfer_entry(right, shares(BOB)))
    kit.record(kit.revoke_entry(right))
    assert asset_of(kit, asset).stage == "listed"


# --- contracts -------------------------------------------------------------------------------------------------------


def test_a_contract_changes_no_title_and_touches_the_asset_and_the_right_that_it_names(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    asset = kit.asset(ALICE, right)
    before = kit.right(right)
    contract = kit.record(kit.record_contract_entry(ALICE, BOB, asset=asset, right=right))
    assert kit.right(right).holders == before.holders
    assert kit.right(right).events.count == before.events.count + 1
    record = asset_of(kit, asset)
    assert (record.contracts, record.events) == (1, events_of(kit, asset, contract))


def test_a_contract_on_an_asset_alone_does_not_touch_the_asset_s_right(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    asset = kit.asset(ALICE, right)
    before = kit.right(right)
    for _ in range(2):
        kit.record(kit.record_contract_entry(ALICE, BOB, asset=asset))
    assert (kit.right(right), asset_of(kit, asset).contracts) == (before, 2)


def test_a_contract_on_a_right_alone_is_recorded_by_any_exchange(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    for exchange in (EXCHANGE, OTHER_EXCHANGE):
        kit.record(kit.record_contract_entry(ALICE, BOB, right=right, by=(exchange, ALICE, BOB)))


def test_a_contract_on_an_asset_is_recorded_by_the_exchange_that_lists_it(kit: RegisterKit) -> None:
    asset = kit.asset(ALICE)
    entry = kit.record_contract_entry(ALICE, BOB, asset=asset, by=(OTHER_EXCHANGE, ALICE, BOB))
    assert kit.refusal(entry).number == 109


@pytest.mark.parametrize("missing", [EXCHANGE, ALICE, BOB])
def test_exchange_seller_and_buyer_sign_together(kit: RegisterKit, missing: bytes) -> None:
    everybody = {EXCHANGE, ALICE, BOB}
    right = kit.registered(ALICE)
    assert kit.refusal(kit.record_contract_entry(ALICE, BOB, right=right, by=everybody - {missing})).number == 109


def test_a_licensee_who_may_sublicense_sells_also_before_the_licence_is_in_force(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    kit.licensed(right, CAROL, start="2027-06-01", end="2028-06-01", sublicensing=True)
    kit.record(kit.record_contract_entry(CAROL, BOB, right=right, subject_matter="licence"))


def test_neither_a_sublicensee_nor_a_stranger_nor_a_former_holder_sells(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    parent = kit.licensed(right, CAROL, sublicensing=True)
    kit.licensed(right, DORA, parent=parent, by=(CAROL, DORA), sublicensing=True)
    for seller in (DORA, BOB):
        assert kit.refusal(kit.record_contract_entry(seller, ALICE, right=right)).number == 919
    kit.record(kit.approve_entry(right, kit.transfer(right, BOB)))
    assert kit.refusal(kit.record_contract_entry(ALICE, BOB, right=right)).number == 919


def test_a_contract_may_lie_in_the_past(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    kit.record(kit.record_contract_entry(ALICE, BOB, right=right, start="2025-01-01", end="2025-12-31"))


def test_an_asset_of_a_frozen_right_stays_listed_and_a_contract_that_names_the_right_is_refused(
    kit: RegisterKit,
) -> None:
    right = kit.registered(ALICE)
    asset = kit.asset(ALICE, right)
    kit.frozen(right)
    assert kit.refusal(kit.record_contract_entry(ALICE, BOB, asset=asset, right=right)).number == 602
    kit.record(kit.record_contract_entry(ALICE, BOB, asset=asset))
