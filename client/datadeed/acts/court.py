"""What a court does: freezes, enforces, revokes, and what it may do in a registrar's or a party's place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datadeed.acts.act import Act, Id, on_right
from datadeed.acts.holder import end_license, release_pledge
from datadeed.acts.registrar import correct_record, end_dispute, note_dispute, reinstate, revoke, suspend
from datadeed.composing import entry_id, holders

__all__ = [
    "correct_record",
    "end_dispute",
    "end_license",
    "enforce_transfer",
    "freeze",
    "note_dispute",
    "reinstate",
    "release_pledge",
    "renew_freeze",
    "revoke",
    "suspend",
    "unfreeze",
]


def freeze(right: Id, *, months: int, ruling_no: str | None = None, notice_no: str | None = None) -> Act:
    """Freeze a right for so many months; behind another freeze it queues. ruling_no, notice_no: sealed."""
    return on_right("freeze", right, months=months, ruling_no=ruling_no, notice_no=notice_no)


def renew_freeze(
    right: Id, freeze: Id, *, months: int, ruling_no: str | None = None, notice_no: str | None = None
) -> Act:
    """Lengthen the freeze in effect to at least so many months from today."""
    texts = {"ruling_no": ruling_no, "notice_no": notice_no}
    return on_right("renew_freeze", right, freeze=entry_id(freeze), months=months, **texts)


def unfreeze(right: Id, freeze: Id, *, ruling_no: str | None = None) -> Act:
    """End this court's freeze; the next in the queue takes effect at once."""
    return on_right("unfreeze", right, freeze=entry_id(freeze), ruling_no=ruling_no)


def enforce_transfer(
    right: Id,
    holders_after: Mapping[Id, int],
    *,
    ends: Sequence[Id] = (),
    ends_pledge: bool = False,
    ruling_no: str | None = None,
) -> Act:
    """Transfer by enforcement: new holders, all freezes end. ends: licences that end with it."""
    return on_right(
        "enforce_transfer",
        right,
        holders_after=holders(holders_after),
        ends=[entry_id(each) for each in ends],
        ends_pledge=ends_pledge,
        ruling_no=ruling_no,
    )
