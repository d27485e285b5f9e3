"""A case at the exchange: an asset, and a contract of record by a licensee that may sublicense."""

from __future__ import annotations

from register.cast import Signers
from register.minutes import Case, Standing


def test_39_an_asset_and_contracts_of_record_trace_a_trade_and_change_no_title(
    case: Case,
    the_exchange: Signers,
    court_1: Signers,
    alpha: Signers,
    beta: Signers,
    gamma: Signers,
    delta: Signers,
) -> None:
    """Case 39. Alpha lists its data as an asset (数据资产); beta, which may sublicense, sells to gamma there.

    Each contract of record (合同备案) says who traded with whom under which right; holder of record stays alpha. Delta,
    whose licence allows no sublicence, cannot sell, nor can gamma, whose licence is one; under a freeze nobody can. The
    register must answer which trades were recorded, and that none of them changed the title.
    """
    right = case.right_of(alpha, since="2026-03-02")
    upper = (alpha & beta).licenses(right, beta, "2027-12-31", sublicensing=True)
    (beta & gamma).licenses(right, gamma, "2027-12-31", under=upper, sublicensing=True)
    (alpha & delta).licenses(right, delta, "2027-12-31")
    case.on("2026-04-01")
    with case.is_refused(913):
        (the_exchange & beta).registers_asset(beta, right)
    asset = (the_exchange & alpha).registers_asset(alpha, right, [case.deposit_of(right)])
    case.on("2026-04-08")
    trade = the_exchange & beta & gamma
    with case.is_refused(918):
        trade.records_contract(beta, gamma, asset=asset)
    trade.records_contract(beta, gamma, right=right)
    (the_exchange & alpha & gamma).records_contract(alpha, gamma, asset=asset, right=right)
    for seller, buyer in ((delta, gamma), (gamma, delta)):
        with case.is_refused(919):
            (the_exchange & seller & buyer).records_contract(seller, buyer, right=right)
    case.on("2026-05-06")
    freeze = court_1.freezes(right, months=1)
    with case.is_refused(602):
        trade.records_contract(beta, gamma, right=right)
    case.on("2026-05-07")
    court_1.unfreezes(right, freeze)
    alpha.delists_asset(asset, reason="seller_request")
    with case.is_refused(912):
        (the_exchange & alpha & gamma).records_contract(alpha, gamma, asset=asset)
    trade.records_contract(beta, gamma, right=right)

    case.on("2026-05-08")
    licences = (
        "ordinary to beta until 2027-12-31",
        "sublicence ordinary to gamma until 2027-12-31",
        "ordinary to delta until 2027-12-31",
    )
    assert case.as_of("2026-03-31", right) == Standing("registered", "alpha", licences)
    assert case.as_of("2026-05-06", right) == Standing(
        "registered", "alpha", licences, frozen="court_1 until 2026-06-06"
    )
    assert case.as_of("2026-05-07", right) == Standing("registered", "alpha", licences)
    assert case.asset_as_of("2026-05-06", asset) == ("listed", 1)
    assert case.asset_as_of("2026-05-07", asset) == ("delisted", 1)
    assert case.history_of(right)[-6:] == [
        "register_asset",
        "record_contract",
        "record_contract",
        "freeze",
        "unfreeze",
        "record_contract",
    ]
