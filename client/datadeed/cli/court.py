"""`datadeed court …`: what a court puts on record, signed with its office key."""

from __future__ import annotations

from typing import Annotated

import typer

from datadeed.acts import Act, court
from datadeed.cli.acting import Ground, HolderShares, Reason, RightId, RulingNo, act_command, shares_of

app = typer.Typer(
    help="What a court does: freeze, enforce, revoke. 法院事项。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
FreezeId = Annotated[str, typer.Argument(metavar="FREEZE_ID", help="The freeze: its entry's id. 保全条目编号。")]
Months = Annotated[int, typer.Option(min=1, help="Its term in months. 期限（月）。")]
NoticeNo = Annotated[
    str | None, typer.Option(help="The number of the notice to assist; sealed. 协助执行通知书文号（密封）。")
]


@act_command(app, "freeze")
def freeze(right: RightId, months: Months, ruling_no: RulingNo = None, notice_no: NoticeNo = None) -> Act:
    """Freeze a right; behind another freeze it queues. 保全（另有保全时轮候）。"""
    return court.freeze(right, months=months, ruling_no=ruling_no, notice_no=notice_no)


@act_command(app, "renew-freeze")
def renew_freeze(
    right: RightId, freeze: FreezeId, months: Months, ruling_no: RulingNo = None, notice_no: NoticeNo = None
) -> Act:
    """Lengthen the freeze in effect. 续行保全。"""
    return court.renew_freeze(right, freeze, months=months, ruling_no=ruling_no, notice_no=notice_no)


@act_command(app, "unfreeze")
def unfreeze(right: RightId, freeze: FreezeId, ruling_no: RulingNo = None) -> Act:
    """End a freeze; the next in the queue takes effect at once. 解除保全。"""
    return court.unfreeze(right, freeze, ruling_no=ruling_no)


@act_command(app, "enforce")
def enforce(
    right: RightId,
    holder: HolderShares = None,
    ends: Annotated[
        list[str] | None,
        typer.Option("--ends", metavar="LICENCE_ID", help="A licence that ends with it; repeat it. 一并终止的许可。"),
    ] = None,
    ends_pledge: Annotated[bool, typer.Option("--ends-pledge", help="The pledge ends with it. 质押一并终止。")] = False,
    ruling_no: RulingNo = None,
) -> Act:
    """Transfer a right by enforcement. 执行过户。"""
    return court.enforce_transfer(
        right, shares_of(holder), ends=ends or (), ends_pledge=ends_pledge, ruling_no=ruling_no
    )


@act_command(app, "note-dispute")
def note_dispute(
    right: RightId, case_no: Annotated[str | None, typer.Option(help="The case number; sealed. 案号（密封）。")] = None
) -> Act:
    """Note that a right is disputed. 争议标注。"""
    return court.note_dispute(right, case_no=case_no)


@act_command(app, "end-dispute")
def end_dispute(
    right: RightId,
    dispute: Annotated[str, typer.Argument(metavar="DISPUTE_ID", help="The note's entry. 标注条目编号。")],
) -> Act:
    """End a note of a dispute. 解除争议标注。"""
    return court.end_dispute(right, dispute)


@act_command(app, "revoke")
def revoke(
    right: RightId,
    ground: Ground,
    judgment_no: Annotated[str | None, typer.Option(help="The judgment's number; sealed. 判决书文号（密封）。")] = None,
) -> Act:
    """Revoke a right, also an expired one. 撤销。"""
    return court.revoke(right, ground=ground, judgment_no=judgment_no)


@act_command(app, "release-pledge")
def release_pledge(right: RightId, reason: Reason) -> Act:
    """Release the pledge of record. 解除质押。"""
    return court.release_pledge(right, reason=reason)


@act_command(app, "end-license")
def end_license(
    right: RightId,
    license: Annotated[  # noqa: A002 - the field's name
        str, typer.Argument(metavar="LICENCE_ID", help="The licence: its entry's id. 许可条目编号。")
    ],
    reason: Reason,
) -> Act:
    """End a licence of record. 终止许可。"""
    return court.end_license(right, license, reason=reason)


@act_command(app, "suspend")
def suspend(party: Annotated[str, typer.Argument(metavar="PARTY", help="The party. 主体。")], reason: Reason) -> Act:
    """Have a party's entries refused until it is reinstated. 停用主体。"""
    return court.suspend(party, reason=reason)


@act_command(app, "reinstate")
def reinstate(party: Annotated[str, typer.Argument(metavar="PARTY", help="The party. 主体。")], reason: Reason) -> Act:
    """Lift this institution's own suspension. 恢复主体。"""
    return court.reinstate(party, reason=reason)
