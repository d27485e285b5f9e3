"""Requests, which take effect only when the registrar approves them: transfer, change, pledge, cancel and renew.

A request takes a slot of the right; while one stands in it, every other such request and `license` is refused. The
release of a pledge stands here too, but waits for nobody. Spec: docs/spec/events.md, "Slots".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from datadeed_ledger.calendar_days import add_days, add_years, day_text, parse_day
from datadeed_ledger.events import Cancel, Change, Description, OnRight, PledgeRight, ReleasePledge, Renew, Transfer
from datadeed_ledger.kinds.common import (
    holders_of,
    listed,
    members_with,
    parties_of,
    pledgee_of,
    put,
    right_exists,
    right_is_not_frozen,
    right_is_valid,
    right_of,
    slot_is_free,
    view_of,
)
from datadeed_ledger.kinds.description import agreement_end_is_stated, description_codes_are_listed
from datadeed_ledger.kinds.row import Case, Row, Signers, SignerSets, precondition
from datadeed_ledger.records import Pending, Pledge, RequestKind, Right
from datadeed_ledger.refusals import refused
from datadeed_ledger.state import Overlay
from datadeed_ledger.view import licence_stands, renewal_is_open


def take_slot(case: Case[OnRight], kind: RequestKind, overlay: Overlay) -> None:
    """This entry is pending. What stood in the slot before has lapsed, or the slot were not free.

    A late renewal revives a right that had expired, but no request that ended with it.
    """
    right = right_of(case)
    lapses = add_days(case.context.today, case.context.rules.request_max_days)
    before = () if view_of(case).ended else right.pending
    others = tuple(item for item in before if (item.kind == "renew") != (kind == "renew"))
    put(overlay, replace(right, pending=(*others, Pending(case.entry.entry_id, kind, day_text(lapses)))))


def _granted(case: Case[OnRight]) -> Right:
    """The right without this request, which is approved."""
    return right_of(case).without_pending(case.entry.entry_id)


def _every_holder(case: Case[OnRight]) -> SignerSets:
    return (right_of(case).parties,)


EVERY_HOLDER: Final = Signers[OnRight]("every holder", "全体登记主体", _every_holder)

# --- transfer --------------------------------------------------------------------------------------------------------


def _transfer_signers(case: Case[Transfer]) -> SignerSets:
    right = right_of(case)
    return (right.parties | parties_of(case.data["holders_after"]) | pledgee_of(right),)


@precondition(604)
def holders_would_change(case: Case[Transfer]) -> None:
    if holders_of(case.data["holders_after"]) == right_of(case).holders:
        raise refused(604)


def _request_transfer(case: Case[Transfer], overlay: Overlay) -> None:
    take_slot(case, "transfer", overlay)


def _take_title(case: Case[Transfer], overlay: Overlay) -> None:
    """Licences survive: they are records of their own."""
    put(overlay, replace(_granted(case), holders=holders_of(case.data["holders_after"])))


# --- change ----------------------------------------------------------------------------------------------------------


@precondition(605)
def agreement_end_is_kept(case: Case[Change]) -> None:
    kept = right_of(case).agreement_end
    if case.data["description"]["agreement_end"] != kept:
        raise refused(605, agreement_end=str(kept or "-"))


@precondition(606)
def deposits_are_kept(case: Case[Change]) -> None:
    if case.data["description"]["deposits"] != _description_in_force(case)["deposits"]:
        raise refused(606)


def _description_in_force(case: Case[Change]) -> Description:
    entry = case.register.entry(right_of(case).description)
    assert entry is not None, "the entry that set the description was recorded"
    description: Description = entry.body.data["description"]
    return description


def _request_change(case: Case[Change], overlay: Overlay) -> None:
    take_slot(case, "change", overlay)


def _change(case: Case[Change], overlay: Overlay) -> None:
    """The description in force is the request's, not the approval's: there it can be read."""
    put(overlay, replace(_granted(case), description=case.entry.entry_id))


# --- renew -----------------------------------------------------------------------------------------------------------


@precondition(607)
def right_can_be_renewed(case: Case[Renew]) -> None:
    """Valid, also by a renewal that is judged again; or expired, if the rule set allows late ones."""
    seen = view_of(case)
    if not seen.valid and not _is_open(case):
        raise refused(607, status=seen.status, until=str(right_of(case).until or "-"))


@precondition(608)
def renewal_has_begun(case: Case[Renew]) -> None:
    first = _until(case) - case.context.rules.renewal_due_days
    if case.context.today < first:
        raise refused(608, first=day_text(first))


@precondition(609)
def no_renewal_is_pending(case: Case[Renew]) -> None:
    for item in view_of(case).pending:
        if item.kind == "renew" and item.id != case.entry.entry_id:
            raise refused(609, request=item.id.hex())


@precondition(610)
def right_would_last_longer(case: Case[Renew]) -> None:
    until = _renewed_until(case)
    if until <= _until(case):
        raise refused(610, until=day_text(until))


def _is_open(case: Case[Renew]) -> bool:
    return renewal_is_open(right_of(case), case.context.today, case.context.rules)


def _until(case: Case[Renew]) -> int:
    until = right_of(case).until
    assert until is not None, "right_can_be_renewed comes first"
    return parse_day(until)


def _agreement_end(case: Case[Renew]) -> str | None:
    """The one of record, unless the renewal states another."""
    return case.data["agreement_end"] or right_of(case).agreement_end


def _renewed_until(case: Case[Renew]) -> int:
    """The term counts from the old last day, also when it is past."""
    until, agreement_end = add_years(_until(case), case.context.rules.term_years), _agreement_end(case)
    return until if agreement_end is None else min(until, parse_day(agreement_end))


def _request_renewal(case: Case[Renew], overlay: Overlay) -> None:
    take_slot(case, "renew", overlay)


def _renew(case: Case[Renew], overlay: Overlay) -> None:
    until = day_text(_renewed_until(case))
    put(overlay, replace(_granted(case), until=until, agreement_end=_agreement_end(case)))


# --- cancel ----------------------------------------------------------------------------------------------------------


def _cancel_signers(case: Case[Cancel]) -> SignerSets:
    right, seen = right_of(case), view_of(case)
    exclusive = frozenset(
        licence.licensee
        for licence in case.register.licences(case.data["right"])
        if licence.type == "exclusive" and licence_stands(licence, seen)
    )
    return (right.parties | pledgee_of(right) | exclusive,)


@precondition(111)
def cancel_reason_is_listed(case: Case[Cancel]) -> None:
    listed("reason", case.data["reason"], case.context.rules.reasons["cancel"])


def _request_cancellation(case: Case[Cancel], overlay: Overlay) -> None:
    take_slot(case, "cancel", overlay)


def _cancel(case: Case[Cancel], overlay: Overlay) -> None:
    """The end of a right closes what is pending; what else ends with it is computed, and is back if this is undone."""
    put(overlay, replace(right_of(case), stage="cancelled", ended_at=case.context.time_ms, pending=()))


# --- pledge and release_pledge ---------------------------------------------------------------------------------------


def _pledge_signers(case: Case[PledgeRight]) -> SignerSets:
    return (right_of(case).parties | {case.data["pledgee"]},)


@precondition(611)
def no_pledge_stands(case: Case[PledgeRight]) -> None:
    pledge = right_of(case).pledge
    if pledge is not None:
        raise refused(611, pledgee=pledge.pledgee.hex())


@precondition(612)
def no_dispute_is_noted(case: Case[PledgeRight]) -> None:
    count = len(view_of(case).disputes)
    if count:
        raise refused(612, count=count)


def _request_pledge(case: Case[PledgeRight], overlay: Overlay) -> None:
    take_slot(case, "pledge", overlay)


def _pledge(case: Case[PledgeRight], overlay: Overlay) -> None:
    pledge = Pledge(case.entry.entry_id, case.data["pledgee"], case.data["debt_due"])
    put(overlay, replace(_granted(case), pledge=pledge))


@precondition(613)
def a_pledge_stands(case: Case[ReleasePledge]) -> None:
    if view_of(case).pledge is None:
        raise refused(613)


@precondition(111)
def release_reason_is_listed(case: Case[ReleasePledge]) -> None:
    listed("reason", case.data["reason"], case.context.rules.reasons["release_pledge"])


def _release_signers(case: Case[ReleasePledge]) -> SignerSets:
    return (pledgee_of(right_of(case)), *members_with(case.context.roster, "court"))


def _release_pledge(case: Case[ReleasePledge], overlay: Overlay) -> None:
    put(overlay, replace(right_of(case), pledge=None))


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

CHANGE: Final = Row[Change](
    kind="change",
    zh="变更",
    finds=(right_exists,),
    signers=EVERY_HOLDER,
    preconditions=(
        right_is_valid,
        right_is_not_frozen,
        slot_is_free,
        description_codes_are_listed,
        agreement_end_is_stated,
        agreement_end_is_kept,
        deposits_are_kept,
    ),
    effect=_request_change,
    effect_en="a pending request; approved: this description is in force",
    approval=_change,
)

RENEW: Final = Row[Renew](
    kind="renew",
    zh="续展",
    finds=(right_exists,),
    signers=EVERY_HOLDER,
    preconditions=(right_can_be_renewed, renewal_has_begun, no_renewal_is_pending, right_would_last_longer),
    effect=_request_renewal,
    effect_en="a pending request, which keeps the right valid; approved: until the earlier of the old last day + "
    "term_years and agreement_end",
    approval=_renew,
)

CANCEL: Final = Row[Cancel](
    kind="cancel",
    zh="注销",
    finds=(right_exists,),
    signers=Signers(
        "every holder, the pledgee if there is a pledge, and the licensees of standing exclusive licences",
        "全体登记主体，有质押的另加质权人，有存续独占许可的另加其被许可人",
        _cancel_signers,
    ),
    preconditions=(right_is_valid, right_is_not_frozen, slot_is_free, cancel_reason_is_listed),
    effect=_request_cancellation,
    effect_en="a pending request; approved: the right is cancelled",
    approval=_cancel,
)

PLEDGE: Final = Row[PledgeRight](
    kind="pledge",
    zh="质押",
    finds=(right_exists,),
    signers=Signers("every holder and the pledgee", "全体登记主体与质权人", _pledge_signers),
    preconditions=(right_is_valid, right_is_not_frozen, slot_is_free, no_pledge_stands, no_dispute_is_noted),
    effect=_request_pledge,
    effect_en="a pending request; approved: a pledge of record, which never lapses by time",
    approval=_pledge,
)

RELEASE_PLEDGE: Final = Row[ReleasePledge](
    kind="release_pledge",
    zh="质押注销",
    finds=(right_exists, a_pledge_stands),
    signers=Signers("the pledgee, or a court", "质权人，或法院", _release_signers),
    preconditions=(release_reason_is_listed,),
    effect=_release_pledge,
    effect_en="the pledge is cleared at once",
)

ROWS: Final = (TRANSFER, CHANGE, RENEW, CANCEL, PLEDGE, RELEASE_PLEDGE)
REQUESTS: Final[Mapping[str, Row[Any]]] = {row.kind: row for row in ROWS if row.approval is not None}
