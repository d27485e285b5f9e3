"""`datadeed register …`: what a registrar puts on record, signed with its office key. Its lists: register_lists.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from datadeed.acts import Act, registrar
from datadeed.cli.acting import Ground, HolderShares, Reason, RightId, RulingNo, act_command, shares_of
from datadeed.cli.court import end_dispute, note_dispute, reinstate, revoke, suspend
from datadeed.cli.data_files import read_data
from datadeed.cli.register_lists import export, find, show_lists
from datadeed.cli.registering import register
from datadeed_ledger.errors import Malformed

app = typer.Typer(
    help="What a registrar does: lists, examination, announcement, decisions. 登记机构事项。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
RequestId = Annotated[str, typer.Argument(metavar="REQUEST_ID", help="The request: its entry's id. 申请事项编号。")]
CertificateNo = Annotated[str | None, typer.Option(help="A new certificate's number, 17 digits. 新证书编号。")]

app.command("list")(show_lists)
app.command("find")(find)
app.command("export")(export)
app.command("register")(register)
for name, command in (
    ("note-dispute", note_dispute),
    ("end-dispute", end_dispute),
    ("revoke", revoke),
    ("suspend", suspend),
    ("reinstate", reinstate),
):
    act_command(app, name)(command)


@act_command(app, "accept", "publish")
def accept(right: RightId) -> Act:
    """Accept an application into publicity; `accept` and `publish` are one command. 受理并公示。"""
    return registrar.publish(right)


@act_command(app, "correct", "request-correction")
def correct(
    right: RightId,
    reason: Annotated[list[str], typer.Option(help="A code of the rule set; repeat it. 补正事项代码。")],
) -> Act:
    """Ask the applicants to correct an application. 补正通知。"""
    return registrar.request_correction(right, reason)


@act_command(app, "decide")
def decide(
    right: RightId,
    objection: Annotated[str, typer.Argument(metavar="OBJECTION_ID", help="The objection's entry. 异议条目编号。")],
    outcome: Annotated[str, typer.Option(help="upheld or dismissed. 成立或驳回。")],
    reasons: Annotated[str | None, typer.Option(help="The reasons; sealed. 决定理由（密封）。")] = None,
) -> Act:
    """Decide an open objection. 异议决定。"""
    if outcome not in ("upheld", "dismissed"):
        raise Malformed("an objection is upheld or dismissed")
    decided = cast('Literal["upheld", "dismissed"]', outcome)
    return registrar.decide_objection(right, objection, decided, reasons=reasons)


@act_command(app, "refuse")
def refuse(right: RightId, ground: Ground) -> Act:
    """Refuse an application. 不予登记。"""
    return registrar.refuse(right, ground=ground)


@act_command(app, "approve")
def approve(right: RightId, request: RequestId, certificate_no: CertificateNo = None) -> Act:
    """Approve a pending request. 核准。"""
    return registrar.approve(right, request, certificate_no=certificate_no)


@act_command(app, "reject")
def reject(right: RightId, request: RequestId, ground: Ground) -> Act:
    """Reject a pending request. 驳回。"""
    return registrar.reject(right, request, ground=ground)


@act_command(app, "import")
def import_right(
    data: Annotated[Path, typer.Option(help="`datadeed draft import_right --template` shows it. 数据（JSON 文件）。")],
) -> Act:
    """Put on record a right registered before this ledger; every holder signs too, so give -o. 存量导入。"""
    plain = read_data(data)
    applicants = plain.get("applicants")
    holders = applicants if isinstance(applicants, list) else []
    parties = (each.get("party") for each in holders if isinstance(each, dict))
    return Act("import_right", plain, tuple(party for party in parties if isinstance(party, str)))


@act_command(app, "correct-record")
def correct_record(
    right: RightId,
    target: Annotated[str, typer.Argument(metavar="ENTRY_ID", help="The entry to put right. 所更正的条目编号。")],
    reason: Reason,
    description: Annotated[
        Path | None, typer.Option(help="The complete right description as a JSON file. 更正后的说明（JSON 文件）。")
    ] = None,
    certificate_no: CertificateNo = None,
    holder: HolderShares = None,
    until: Annotated[str | None, typer.Option(help="The right last day, YYYY-MM-DD. 更正后的届满日。")] = None,
    undo_end: Annotated[bool, typer.Option("--undo-end", help="Registered again. 恢复登记。")] = False,
    ruling_no: RulingNo = None,
) -> Act:
    """Put the record right, from now on; what stood before stays what it was. 更正。"""
    return registrar.correct_record(
        right,
        target,
        reason=reason,
        description=None if description is None else read_data(description),
        certificate_no=certificate_no,
        holders_after=shares_of(holder) if holder else None,
        until=until,
        undo_end=undo_end,
        ruling_no=ruling_no,
    )


@act_command(app, "amend-rules")
def amend_rules(
    rules: Annotated[Path, typer.Argument(metavar="RULES.json", help="The next rule set. 下一版规则集。")],
    effective: Annotated[str, typer.Option(help="From when, like 2027-01-01T00:00:00.000Z. 生效时间。")],
) -> Act:
    """The next version of the rule set; a quorum of members signs: --with each, and -o. 规则变更。"""
    return registrar.amend_rules(read_data(rules), effective=effective, members=())
