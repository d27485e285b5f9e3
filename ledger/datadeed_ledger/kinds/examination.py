"""While an application is examined: request_correction, correct, object and decide_objection.

Each moves the application between examining, correcting and publicity. A period's last day is computed once, when the
entry that opens it is recorded; a missed correction is a withdrawal that nobody records (view.py).
Spec: docs/spec/events.md, "Examination".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from datadeed_ledger.calendar_days import day_text
from datadeed_ledger.events import Correct, DecideObjection, Object, OnRight, RequestCorrection
from datadeed_ledger.kinds.common import (
    PARTY,
    REGISTRAR,
    deposits_exist,
    due_day,
    listed,
    put,
    right_exists,
    right_of,
    view_of,
    without_objections,
)
from datadeed_ledger.kinds.description import (
    a_deposit_is_the_applicant_s_or_a_notary_s,
    agreement_end_is_stated,
    agreement_ends_after_today,
    described_deposits,
    description_codes_are_listed,
)
from datadeed_ledger.kinds.row import Case, Row, Signers, SignerSets, precondition
from datadeed_ledger.records import Objection
from datadeed_ledger.refusals import refused
from datadeed_ledger.state import Overlay
from datadeed_ledger.view import OPEN_APPLICATION

# --- request_correction ----------------------------------------------------------------------------------------------


@precondition(406)
def application_can_be_corrected(case: Case[RequestCorrection]) -> None:
    status = view_of(case).status
    if status not in OPEN_APPLICATION:
        raise refused(406, status=status)


@precondition(407)
def calendar_covers_the_correction(case: Case[RequestCorrection]) -> None:
    if _correction_due(case) is None:
        raise refused(407, covered_until=day_text(case.context.rules.calendar.covered_until))


@precondition(111)
def correction_reasons_are_listed(case: Case[RequestCorrection]) -> None:
    for reason in case.data["reasons"]:
        listed("reasons", reason, case.context.rules.reasons["request_correction"])


def _correction_due(case: Case[RequestCorrection]) -> str | None:
    """A request that repeats another never shortens the time that the first gave."""
    right = right_of(case)
    return due_day(case, case.context.rules.correction_working_days, right.due if right.stage == "correcting" else None)


def _request_correction(case: Case[RequestCorrection], overlay: Overlay) -> None:
    due = _correction_due(case)
    assert due is not None, "calendar_covers_the_correction comes first"
    put(overlay, replace(without_objections(case, overlay), stage="correcting", due=due))


# --- correct ---------------------------------------------------------------------------------------------------------


def _every_applicant(case: Case[OnRight]) -> SignerSets:
    return (right_of(case).parties,)


@precondition(408)
def correction_is_asked_for(case: Case[Correct]) -> None:
    """Until the due day, the time of grace included; after it the application is deemed withdrawn."""
    status = view_of(case).status
    if status != "correcting":
        raise refused(408, status=status)


def _correct(case: Case[Correct], overlay: Overlay) -> None:
    corrected = replace(
        right_of(case),
        stage="examining",
        due=None,
        description=case.entry.entry_id,
        agreement_end=case.data["description"]["agreement_end"],
    )
    put(overlay, corrected)


# --- object ----------------------------------------------------------------------------------------------------------


@precondition(508)
def window_is_open(case: Case[Object]) -> None:
    seen = view_of(case)
    if not seen.window_open:
        raise refused(508, status=seen.status, due=str(right_of(case).due or "-"))


@precondition(509)
def objector_is_no_applicant(case: Case[Object]) -> None:
    if case.by & right_of(case).parties:
        raise refused(509)


@precondition(510)
def objector_has_no_other_open(case: Case[Object]) -> None:
    for objection in case.register.objections(case.data["right"]):
        if objection.by in case.by:
            raise refused(510, objection=objection.id.hex())


@precondition(511)
def objections_are_few_enough(case: Case[Object]) -> None:
    count = right_of(case).open_objections
    if count >= case.context.rules.objections_max:
        raise refused(511, count=count)


@precondition(111)
def objection_ground_is_listed(case: Case[Object]) -> None:
    listed("ground", case.data["ground"], case.context.rules.grounds["object"])


def _object(case: Case[Object], overlay: Overlay) -> None:
    right = right_of(case)
    put(overlay, Objection(right.subject, case.entry.entry_id, case.entry.body.by[0], case.data["ground"]))
    put(overlay, replace(right, open_objections=right.open_objections + 1))


# --- decide_objection ------------------------------------------------------------------------------------------------


@precondition(512)
def objection_is_open(case: Case[DecideObjection]) -> None:
    objection = case.data["objection"]
    if case.register.objection(case.data["right"], objection) is None:
        raise refused(512, objection=objection.hex())


def _decide(case: Case[DecideObjection], overlay: Overlay) -> None:
    """Upheld: the publicity is void, and with it every other objection to it."""
    if case.data["outcome"] == "upheld":
        put(overlay, replace(without_objections(case, overlay), stage="examining", due=None))
    else:
        put(overlay, without_objections(case, overlay, only=case.data["objection"]))


REQUEST_CORRECTION: Final = Row[RequestCorrection](
    kind="request_correction",
    zh="补正通知",
    finds=(right_exists,),
    signers=REGISTRAR,
    preconditions=(application_can_be_corrected, calendar_covers_the_correction, correction_reasons_are_listed),
    effect=_request_correction,
    effect_en="stage correcting, its last day stored as `due`; a publicity is void; repeated: `due` may only move on",
)

CORRECT: Final = Row[Correct](
    kind="correct",
    zh="补正",
    finds=(right_exists, *deposits_exist(described_deposits)),
    signers=Signers("every applicant", "全体申请人", _every_applicant),
    preconditions=(
        correction_is_asked_for,
        description_codes_are_listed,
        a_deposit_is_the_applicant_s_or_a_notary_s,
        agreement_end_is_stated,
        agreement_ends_after_today,
    ),
    effect=_correct,
    effect_en="stage examining, under this description",
)

OBJECT: Final = Row[Object](
    kind="object",
    zh="异议",
    finds=(right_exists,),
    signers=PARTY,
    preconditions=(
        window_is_open,
        objector_is_no_applicant,
        objector_has_no_other_open,
        objections_are_few_enough,
        objection_ground_is_listed,
    ),
    effect=_object,
    effect_en="an open objection: the right cannot be registered until it is decided or withdrawn",
)

DECIDE_OBJECTION: Final = Row[DecideObjection](
    kind="decide_objection",
    zh="异议处理",
    finds=(right_exists, objection_is_open),
    signers=REGISTRAR,
    preconditions=(),
    effect=_decide,
    effect_en="the objection is closed; upheld: the publicity is void, all its objections closed, stage examining",
)

ROWS: Final = (REQUEST_CORRECTION, CORRECT, OBJECT, DECIDE_OBJECTION)
