"""`datadeed exchange …`: data assets and contracts of record, signed by the exchange and those concerned."""

from __future__ import annotations

from typing import Annotated

import typer

from datadeed.acts import Act, exchange
from datadeed.cli.acting import Reason, act_command
from datadeed_ledger.errors import Malformed

app = typer.Typer(
    help="What a data exchange does: assets and contracts of record. 数据交易机构事项。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
OnRight = Annotated[str | None, typer.Option("--right", metavar="RIGHT_ID", help="A registered right. 登记权利。")]
Pseudonym = typer.Argument(metavar="PARTY", help="The party, which signs too. 主体（共同签署）。")


@act_command(app, "register-asset")
def register_asset(
    party: Annotated[str, Pseudonym],
    industry: Annotated[str, typer.Option(help="A division of GB/T 4754-2017. 行业代码。")],
    category: Annotated[str, typer.Option(help="A code of the rule set. 资产类别代码。")],
    right: OnRight = None,
    deposit: Annotated[
        list[str] | None,
        typer.Option(metavar="ENTRY_ID[:ITEM]", help="A deposit of the data; repeat it. 存证条目编号。"),
    ] = None,
    product_name: Annotated[str | None, typer.Option(help="Its name; sealed. 产品名称（密封）。")] = None,
    valuation: Annotated[str | None, typer.Option(help="Its value; sealed. 估值（密封）。")] = None,
) -> Act:
    """List a data asset; exchange and party sign, so give -o. 数据资产登记。"""
    return exchange.register_asset(
        party,
        industry=industry,
        category=category,
        right=right,
        deposits=[_deposit(text) for text in deposit or []],
        product_name=product_name,
        valuation=valuation,
    )


@act_command(app, "delist")
def delist(
    asset: Annotated[str, typer.Argument(metavar="ASSET_ID", help="The asset: its entry's id. 资产条目编号。")],
    reason: Reason,
) -> Act:
    """Take an asset off the list. 数据资产下架。"""
    return exchange.delist_asset(asset, reason=reason)


@act_command(app, "record-contract")
def record_contract(
    seller: Annotated[str, typer.Option(help="The selling party. 卖方主体。")],
    buyer: Annotated[str, typer.Option(help="The buying party. 买方主体。")],
    subject_matter: Annotated[str, typer.Option(help="data_set, api_service, report, model or licence. 合同标的。")],
    start: Annotated[str, typer.Option(help="First day, YYYY-MM-DD. 起始日。")],
    end: Annotated[str, typer.Option(help="Last day, YYYY-MM-DD. 终止日。")],
    asset: Annotated[str | None, typer.Option(metavar="ASSET_ID", help="A listed asset. 数据资产。")] = None,
    right: OnRight = None,
    amount: Annotated[str | None, typer.Option(help="Its amount; sealed. 金额（密封）。")] = None,
    contract: Annotated[str | None, typer.Option(help="What identifies it; sealed. 合同识别信息（密封）。")] = None,
) -> Act:
    """Put a contract on record; exchange, seller and buyer sign, so give -o. 数据交易合同备案。"""
    return exchange.record_contract(
        seller,
        buyer,
        subject_matter=subject_matter,
        start=start,
        end=end,
        asset=asset,
        right=right,
        amount=amount,
        contract=contract,
    )


def _deposit(text: str) -> tuple[str, int | None]:
    entry, colon, item = text.partition(":")
    if colon and not (item.isascii() and item.isdigit() and len(item) <= 10):
        raise Malformed(f"{text[:80]!r}: ENTRY_ID, or ENTRY_ID:ITEM with the item's place in the batch, is expected")
    return entry, int(item) if colon else None
