"""Requests, which take effect only when the registrar approves them: transfer (others follow as rows).

A request takes a slot of the right; while one stands in it, every other such request and `license` is refused.
Spec: docs/spec/events.md, "Slots".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from datadeed_ledger.calendar_days import add_days, day_text
from datadeed_ledger.events import Holders, OnRight, Transfer
from datadeed_ledger.kinds.common import (
    parties_of,
    put,
    right_exists,
    right_is_not_frozen,
    right_is_valid,
    right_of,
    slot_is_free,
)
from datadeed_ledger.kinds.row import Case, Row, Signers, SignerSets, precondition
from datadeed_ledger.records import Holder, Pending, RequestKind, Right
from datadeed_ledger.refusals import refused
from datadeed_ledger.state import Overlay


def take_slot(case: Case[OnRight], kind: RequestKind) -> Right:
    """The right with this entry pending. What stood in the slot before has lapsed, or the slot were not free."""
    right = right_of(case)
    lapses = add_days(case.context.today, case.context.rules.request_max_days)
    others = tuple(item for item in right.pending if (item.kind == "renew") != (kind == "renew"))
    return replace(right, pending=(*others, Pending(case.entry.entry_id, kind, day_text(lapses))))


def _holders(holders: Holders) -> tuple[Holder, ...]:
    return tuple(Holder(holder["party"], holder["share"]) for holder in holders)


def _transfer_signers(case: Case[Transfer]) -> SignerSets:
    right = right_of(case)
    pledgee = frozenset((right.pledge.pledgee,)) if right.pledge is not None else frozenset()
    return (right.parties | parties_of(case.data["holders_after"]) | pledgee,)


@precondition(604)
def holders_would_change(case: Case[Transfer]) -> None:
    if _holders(case.data["holders_after"]) == right_of(case).holders:
        raise refused(604)


def _request_transfer(case: Case[Transfer], overlay: Overlay) -> None:
    put(overlay, take_slot(case, "transfer"))


def _take_title(case: Case[Transfer], overlay: Overlay) -> None:
    """Licences survive: they are records of their own."""
    right = right_of(case).without_pending(case.entry.entry_id)
    put(overlay, replace(right, holders=_holders(case.data["holders_after"])))


TRANSFER: Final = Row[Transfer](
    kind="transfer",
    zh="转让",
    finds=(right_exists,),
    signers=Signers(
        "every holder before and every holder after, and the pledgee if there is a pledge",
        "转让前后的全体登记主体，有质押的另加质权人",
        _transfer_signers,
    ),
    preconditions=(right_is_valid, right_is_not_frozen, slot_is_free, holders_would_change),
    effect=_request_transfer,
    effect_en="a pending request; approved: the holders after are the holders of record, licences survive",
    approval=_take_title,
)

ROWS: Final = (TRANSFER,)
REQUESTS: Final[Mapping[str, Row[Any]]] = {row.kind: row for row in ROWS}
