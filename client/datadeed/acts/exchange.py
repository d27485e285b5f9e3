"""What a data exchange does: lists data assets and puts contracts on record. A contract of record changes no title."""

from __future__ import annotations

from collections.abc import Iterable

from datadeed.acts.act import Act, Id, references
from datadeed.composing import entry_id, party_id


def register_asset(
    party: Id,
    *,
    industry: str,
    category: str,
    right: Id | None = None,
    deposits: Iterable[tuple[Id, int | None]] = (),
    product_name: str | None = None,
    valuation: str | None = None,
) -> Act:
    """List a data asset of `party`, who signs too. deposits: (entry, item of a batch or None)."""
    data = {
        "right": None if right is None else entry_id(right),
        "party": party_id(party),
        "industry": industry,
        "category": category,
        "deposits": references(deposits),
        "product_name": product_name,
        "valuation": valuation,
    }
    return Act("register_asset", data, (party,))


def delist_asset(asset: Id, *, reason: str) -> Act:
    """Take an asset off the list; the exchange or the party alone. reason: a code of the rule set."""
    return Act("delist_asset", {"asset": entry_id(asset), "reason": reason})


def record_contract(
    seller: Id,
    buyer: Id,
    *,
    subject_matter: str,
    start: str,
    end: str,
    asset: Id | None = None,
    right: Id | None = None,
    amount: str | None = None,
    contract: str | None = None,
) -> Act:
    """Put a contract on record; seller and buyer sign too. At least one of asset and right is named."""
    data = {
        "asset": None if asset is None else entry_id(asset),
        "right": None if right is None else entry_id(right),
        "seller": party_id(seller),
        "buyer": party_id(buyer),
        "subject_matter": subject_matter,
        "start": start,
        "end": end,
        "amount": amount,
        "contract": contract,
    }
    return Act("record_contract", data, (seller, buyer))
