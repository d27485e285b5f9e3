"""What becomes of an application or a request: approve, reject and withdraw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from datadeed_ledger.entry import Entry
from datadeed_ledger.events import Approve, OnRight, Reject, Withdraw
from datadeed_ledger.kinds.common import (
    REGISTRAR,
    listed,
    number_is_unused,
    put,
    right_exists,
    right_of,
    view_of,
    without_objections,
)
from datadeed_ledger.kinds.general import parties_are_not_suspended
from datadeed_ledger.kinds.request import REQUESTS
from datadeed_ledger.kinds.row import OF_WHAT_FAILS, Case, Row, Signers, SignerSets, precondition, walk
from datadeed_ledger.records import NumberUse, Right, Stage
from datadeed_ledger.refusals import refused
from datadeed_ledger.state import Overlay
from datadeed_ledger.view import OPEN_APPLICATION


def _is_pending(case: Case[OnRight], request: bytes) -> bool:
    """Whether `request` is a request of the right that stands, or is the application itself and still open."""
    seen = view_of(case)
    if request == case.data["right"]:
        return seen.status in OPEN_APPLICATION
    return any(item.id == request for item in seen.pending)


def _recorded(case: Case[OnRight], entry_id: bytes) -> Entry:
    entry = case.register.entry(entry_id)
    assert entry is not None, "what is pending was recorded"
    return entry


def _close_application(case: Case[OnRight], stage: Stage, overlay: Overlay) -> None:
    """With it the objections to it."""
    right = without_objections(case, overlay)
    put(overlay, replace(right, stage=stage, due=None, ended_at=case.context.time_ms))


# --- approve ---------------------------------------------------------------------------------------------------------


@precondition(801)
def request_is_pending(case: Case[Approve]) -> None:
    """An application is not approved: it is published and registered."""
    request = case.data["request"]
    if request == case.data["right"] or not _is_pending(case, request):
        raise refused(801, request=request.hex())


def _request(case: Case[Approve]) -> Case[Any]:
    """The request as a case of its own, before the register as it stands now."""
    return case.about(_recorded(case, case.data["request"]))


@precondition(802)
def request_signers_would_do_now(case: Case[Approve]) -> None:
    """Those required now are among those who signed; their signatures are not judged again."""
    request = _request(case)
    signers = REQUESTS[request.entry.kind].signers
    if not any(wanted <= request.by for wanted in signers.of(request)):
        had = ", ".join(signer.hex() for signer in request.entry.body.by)
        raise refused(802, signers_had=had, signers=signers.en, signers_zh=signers.zh)


@precondition(107)
def request_signers_are_not_suspended_now(case: Case[Approve]) -> None:
    parties_are_not_suspended.check(_request(case))


@precondition(OF_WHAT_FAILS)
def request_passes_now(case: Case[Approve]) -> None:
    """Its whole row, as if recorded now; what fails is refused with its own number."""
    request = _request(case)
    row = REQUESTS[request.entry.kind]
    walk(request, (*row.finds, *row.preconditions))


def _approve(case: Case[Approve], overlay: Overlay) -> None:
    request = _request(case)
    approval = REQUESTS[request.entry.kind].approval
    assert approval is not None, "a request has an approval"
    approval(request, overlay)
    number = case.data["certificate_no"]
    if number is not None:
        changed = overlay.record(right_of(case).key)
        assert changed is not None, "an approval keeps the right"
        put(overlay, replace(Right.from_bytes(changed), certificate_no=number))
        put(overlay, NumberUse(NumberUse.subject_of(number), case.data["right"]))


# --- reject ----------------------------------------------------------------------------------------------------------


@precondition(801)
def rejected_is_pending(case: Case[Reject]) -> None:
    if not _is_pending(case, case.data["request"]):
        raise refused(801, request=case.data["request"].hex())


@precondition(111)
def ground_is_listed(case: Case[Reject]) -> None:
    listed("ground", case.data["ground"], case.context.rules.grounds["reject"])


def _reject(case: Case[Reject], overlay: Overlay) -> None:
    if case.data["request"] == case.data["right"]:
        _close_application(case, "rejected", overlay)
    else:
        put(overlay, right_of(case).without_pending(case.data["request"]))


# --- withdraw --------------------------------------------------------------------------------------------------------


@precondition(801)
def withdrawn_is_pending(case: Case[Withdraw]) -> None:
    """A request, the application itself, or an objection to it."""
    target = case.data["target"]
    if not _is_pending(case, target) and not _is_open_objection(case, target):
        raise refused(801, request=target.hex())


def _is_open_objection(case: Case[Withdraw], target: bytes) -> bool:
    return case.register.objection(case.data["right"], target) is not None


def _all_its_signers(case: Case[Withdraw]) -> SignerSets:
    return (frozenset(_recorded(case, case.data["target"]).body.by),)


@precondition(803)
def application_is_not_frozen(case: Case[Withdraw]) -> None:
    if case.data["target"] == case.data["right"] and view_of(case).freeze is not None:
        raise refused(803)


def _withdraw(case: Case[Withdraw], overlay: Overlay) -> None:
    if case.data["target"] == case.data["right"]:
        _close_application(case, "withdrawn", overlay)
    elif _is_open_objection(case, case.data["target"]):
        put(overlay, without_objections(case, overlay, only=case.data["target"]))
    else:
        put(overlay, right_of(case).without_pending(case.data["target"]))


APPROVE: Final = Row[Approve](
    kind="approve",
    zh="核准",
    finds=(right_exists, request_is_pending),
    signers=REGISTRAR,
    preconditions=(
        request_signers_would_do_now,
        request_signers_are_not_suspended_now,
        request_passes_now,
        number_is_unused("certificate_no"),
    ),
    effect=_approve,
    effect_en="the request takes effect; a new certificate number, if given, replaces the old one",
)

REJECT: Final = Row[Reject](
    kind="reject",
    zh="驳回",
    finds=(right_exists, rejected_is_pending),
    signers=REGISTRAR,
    preconditions=(ground_is_listed,),
    effect=_reject,
    effect_en="the request is closed; of the right itself: the application is refused",
)

WITHDRAW: Final = Row[Withdraw](
    kind="withdraw",
    zh="撤回",
    finds=(right_exists, withdrawn_is_pending),
    signers=Signers("all signers of what is withdrawn", "被撤回条目的全体签名人", _all_its_signers),
    preconditions=(application_is_not_frozen,),
    effect=_withdraw,
    effect_en="the request, the objection or the application is closed",
)

ROWS: Final = (APPROVE, REJECT, WITHDRAW)
