"""The exchange's register: register_asset, delist_asset and record_contract.

An asset lists what a party offers; a contract of record makes a trade traceable. Neither changes a title, and an asset
is not ended by what becomes of the right that it names. Left out: licences (licence.py).
Spec: docs/spec/events.md, "Assets and contracts".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from datadeed_ledger.events import DelistAsset, DepositRef, RecordContract, RegisterAsset
from datadeed_ledger.kinds.common import deposits_exist, listed, members_with, put
from datadeed_ledger.kinds.row import Case, Row, Signers, SignerSets, precondition
from datadeed_ledger.records import NO_EVENTS, Asset, Right
from datadeed_ledger.refusals import refused
from datadeed_ledger.roster import Roster
from datadeed_ledger.state import Overlay
from datadeed_ledger.view import RightView, licence_stands, view

NamesRight = RegisterAsset | RecordContract
NamesAsset = DelistAsset | RecordContract


# --- the right and the asset that an entry may name ------------------------------------------------------------------


def _right(case: Case[NamesRight]) -> Right | None:
    return None if case.data["right"] is None else case.register.right(case.data["right"])


def _seen(case: Case[NamesRight]) -> RightView | None:
    right = _right(case)
    return None if right is None else view(right, case.context.time_ms, case.context.rules)


def _asset(case: Case[NamesAsset]) -> Asset | None:
    return None if case.data["asset"] is None else case.register.asset(case.data["asset"])


@precondition(501)
def named_right_exists(case: Case[NamesRight]) -> None:
    named = case.data["right"]
    if named is not None and _right(case) is None:
        raise refused(501, right=named.hex())


@precondition(911)
def named_asset_exists(case: Case[NamesAsset]) -> None:
    named = case.data["asset"]
    if named is not None and _asset(case) is None:
        raise refused(911, asset=named.hex())


@precondition(601)
def named_right_is_valid(case: Case[NamesRight]) -> None:
    seen = _seen(case)
    if seen is not None and not seen.valid:
        raise refused(601, status=seen.status)


@precondition(602)
def named_right_is_not_frozen(case: Case[NamesRight]) -> None:
    seen = _seen(case)
    if seen is not None and seen.freeze is not None:
        raise refused(602)


@precondition(912)
def named_asset_is_listed(case: Case[NamesAsset]) -> None:
    asset = _asset(case)
    if asset is not None and asset.stage != "listed":
        raise refused(912)


# --- who signs -------------------------------------------------------------------------------------------------------


def acting_exchange(roster: Roster, exchange: bytes) -> SignerSets:
    """The exchange that lists an asset; any exchange, if that one has left (or is no exchange any more)."""
    exchanges, listing = members_with(roster, "exchange"), frozenset((exchange,))
    return (listing,) if listing in exchanges else exchanges


def _exchange_and_party(case: Case[RegisterAsset]) -> SignerSets:
    party = frozenset((case.data["party"],))
    return tuple(exchange | party for exchange in members_with(case.context.roster, "exchange"))


def _exchange_or_party(case: Case[DelistAsset]) -> SignerSets:
    asset = _asset(case)
    assert asset is not None, "named_asset_exists comes first"
    return (*acting_exchange(case.context.roster, asset.exchange), frozenset((asset.party,)))


def _exchange_and_both(case: Case[RecordContract]) -> SignerSets:
    asset, roster = _asset(case), case.context.roster
    exchanges = members_with(roster, "exchange") if asset is None else acting_exchange(roster, asset.exchange)
    both = frozenset((case.data["seller"], case.data["buyer"]))
    return tuple(exchange | both for exchange in exchanges)


# --- register_asset --------------------------------------------------------------------------------------------------


def _deposits(case: Case[RegisterAsset]) -> Sequence[DepositRef]:
    return case.data["deposits"]


@precondition(913)
def party_is_a_holder(case: Case[RegisterAsset]) -> None:
    right = _right(case)
    if right is not None and case.data["party"] not in right.parties:
        raise refused(913, party=case.data["party"].hex())


@precondition(914)
def deposits_are_the_party_s(case: Case[RegisterAsset]) -> None:
    for ref in case.data["deposits"]:
        deposit = case.register.entry(ref["deposit"])
        assert deposit is not None, "deposit_is_recorded comes first"
        if case.data["party"] not in deposit.body.by:
            raise refused(914, deposit=ref["deposit"].hex())


@precondition(111)
def asset_codes_are_listed(case: Case[RegisterAsset]) -> None:
    listed("industry", case.data["industry"], case.context.rules.industries)
    listed("category", case.data["category"], case.context.rules.categories)


def _register_asset(case: Case[RegisterAsset], overlay: Overlay) -> None:
    data = case.data
    (exchange,) = case.by - {data["party"]}
    asset = Asset(
        subject=Asset.subject_of(case.entry.entry_id),
        party=data["party"],
        exchange=exchange,
        right=data["right"],
        industry=data["industry"],
        category=data["category"],
        stage="listed",
        contracts=0,
        events=NO_EVENTS,
    )
    put(overlay, asset)


# --- delist_asset ----------------------------------------------------------------------------------------------------


@precondition(111)
def delisting_reason_is_listed(case: Case[DelistAsset]) -> None:
    listed("reason", case.data["reason"], case.context.rules.reasons["delist_asset"])


def _delist_asset(case: Case[DelistAsset], overlay: Overlay) -> None:
    asset = _asset(case)
    assert asset is not None, "named_asset_exists comes first"
    put(overlay, replace(asset, stage="delisted"))


# --- record_contract -------------------------------------------------------------------------------------------------


@precondition(915)
def something_is_traded(case: Case[RecordContract]) -> None:
    if case.data["asset"] is None and case.data["right"] is None:
        raise refused(915)


@precondition(916)
def seller_is_not_the_buyer(case: Case[RecordContract]) -> None:
    if case.data["seller"] == case.data["buyer"]:
        raise refused(916)


@precondition(917)
def contract_ends_after_it_starts(case: Case[RecordContract]) -> None:
    if case.data["end"] < case.data["start"]:
        raise refused(917, start=case.data["start"], end=case.data["end"])


@precondition(918)
def asset_is_the_seller_s(case: Case[RecordContract]) -> None:
    asset = _asset(case)
    if asset is not None and asset.party != case.data["seller"]:
        raise refused(918)


@precondition(919)
def seller_may_trade_the_right(case: Case[RecordContract]) -> None:
    """A holder of record, or a licensee who may sublicense."""
    right, seen, seller = _right(case), _seen(case), case.data["seller"]
    if right is None or seen is None or seller in right.parties:
        return
    for licence in case.register.licences(right.right_id):
        sublicenses = licence.sublicensing and licence.parent is None
        if licence.licensee == seller and sublicenses and licence_stands(licence, seen):
            return
    raise refused(919, party=seller.hex())


def _record_contract(case: Case[RecordContract], overlay: Overlay) -> None:
    """A right that is named only has one event more."""
    asset = _asset(case)
    if asset is not None:
        put(overlay, replace(asset, contracts=asset.contracts + 1))


REGISTER_ASSET: Final = Row[RegisterAsset](
    kind="register_asset",
    zh="数据资产登记",
    finds=(named_right_exists, *deposits_exist(_deposits)),
    signers=Signers("an exchange and the party", "一个交易机构与该主体", _exchange_and_party),
    preconditions=(
        named_right_is_valid,
        named_right_is_not_frozen,
        party_is_a_holder,
        deposits_are_the_party_s,
        asset_codes_are_listed,
    ),
    effect=_register_asset,
    effect_en="an asset with this entry's id, listed by the signing exchange",
    opens="asset",
)

DELIST_ASSET: Final = Row[DelistAsset](
    kind="delist_asset",
    zh="下架",
    finds=(named_asset_exists,),
    signers=Signers(
        "the exchange that lists the asset (any exchange if it has left), or the party",
        "登记该资产的交易机构（已退出的，由任一交易机构），或该主体",
        _exchange_or_party,
    ),
    preconditions=(named_asset_is_listed, delisting_reason_is_listed),
    effect=_delist_asset,
    effect_en="the asset is delisted",
)

RECORD_CONTRACT: Final = Row[RecordContract](
    kind="record_contract",
    zh="数据交易合同备案",
    finds=(named_asset_exists, named_right_exists),
    signers=Signers(
        "seller, buyer and the exchange that lists the asset (any exchange if it has left, or if no asset is named)",
        "出让方、受让方与登记该资产的交易机构（已退出或未指明资产的，为任一交易机构）",
        _exchange_and_both,
    ),
    preconditions=(
        something_is_traded,
        seller_is_not_the_buyer,
        contract_ends_after_it_starts,
        named_asset_is_listed,
        asset_is_the_seller_s,
        named_right_is_valid,
        named_right_is_not_frozen,
        seller_may_trade_the_right,
    ),
    effect=_record_contract,
    effect_en="a contract of record: traceable trade, no change of title",
)

ROWS: Final = (REGISTER_ASSET, DELIST_ASSET, RECORD_CONTRACT)
