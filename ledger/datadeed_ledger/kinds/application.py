"""From an application to a registered right: apply, publish and register; and import_right, the short way.

Spec: docs/spec/events.md, "Kinds"; what happens in between is examination.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from datadeed_ledger.calendar_days import add_years, day_text, parse_day
from datadeed_ledger.events import Apply, ImportRight, Publish, Register
from datadeed_ledger.kinds.common import (
    REGISTRAR,
    deposits_exist,
    due_day,
    holders_of,
    number_is_unused,
    parties_of,
    put,
    right_exists,
    right_of,
    view_of,
)
from datadeed_ledger.kinds.description import (
    a_deposit_is_the_applicant_s_or_a_notary_s,
    agreement_end_is_stated,
    agreement_ends_after_today,
    described_deposits,
    description_codes_are_listed,
)
from datadeed_ledger.kinds.row import Case, Row, Signers, SignerSets, precondition
from datadeed_ledger.records import NO_EVENTS, NumberUse, Right
from datadeed_ledger.refusals import refused
from datadeed_ledger.state import Overlay

# --- apply -----------------------------------------------------------------------------------------------------------


def _every_applicant(case: Case[Apply]) -> SignerSets:
    return (parties_of(case.data["applicants"]),)


@precondition(401)
def regime_is_in_force(case: Case[Apply]) -> None:
    expected = case.context.rules.regime
    if case.data["regime"] != expected:
        raise refused(401, regime=case.data["regime"], expected=expected)


@precondition(402)
def registrar_is_one(case: Case[Apply]) -> None:
    member = case.context.roster.by_id(case.data["registrar"])
    if member is None or "registrar" not in member.roles:
        raise refused(402)


def _opened(case: Case[Apply]) -> Right:
    """The right that the entry opens, in examination."""
    data = case.data
    return Right(
        subject=Right.subject_of(case.entry.entry_id),
        stage="examining",
        due=None,
        ended_at=None,
        regime=data["regime"],
        registrar=data["registrar"],
        holders=holders_of(data["applicants"]),
        description=case.entry.entry_id,
        agreement_end=data["description"]["agreement_end"],
        registration_no=None,
        certificate_no=None,
        announced_on=None,
        until=None,
        pledge=None,
        freezes=(),
        disputes=(),
        pending=(),
        open_objections=0,
        licences_ever=0,
        events=NO_EVENTS,
    )


def _apply(case: Case[Apply], overlay: Overlay) -> None:
    put(overlay, _opened(case))


# --- import_right ----------------------------------------------------------------------------------------------------


def _registrar_and_holders(case: Case[ImportRight]) -> SignerSets:
    return (parties_of(case.data["applicants"]) | {case.data["registrar"]},)


@precondition(409)
def announced_by_today(case: Case[ImportRight]) -> None:
    announced, today = case.data["announced_on"], day_text(case.context.today)
    if announced > today:
        raise refused(409, announced_on=announced, today=today)


@precondition(410)
def last_day_follows_the_announcement(case: Case[ImportRight]) -> None:
    announced, until = case.data["announced_on"], case.data["until"]
    if until < announced:
        raise refused(410, announced_on=announced, until=until)


@precondition(411)
def last_day_is_within_the_term(case: Case[ImportRight]) -> None:
    data = case.data
    latest = _last_day(case, data["announced_on"], data["description"]["agreement_end"])
    if data["until"] > latest:
        raise refused(411, until=data["until"], latest=latest)


def _last_day(case: Case[Any], announced_on: str, agreement_end: str | None) -> str:
    """The term counts from the announcement and is capped by the source agreement's end."""
    until = day_text(add_years(parse_day(announced_on), case.context.rules.term_years))
    return until if agreement_end is None else min(until, agreement_end)


def _import(case: Case[ImportRight], overlay: Overlay) -> None:
    data = case.data
    _put_registered(overlay, _opened(case), data, announced_on=data["announced_on"], until=data["until"])


# --- publish ---------------------------------------------------------------------------------------------------------


@precondition(502)
def application_can_be_published(case: Case[Publish]) -> None:
    """While it is examined; and again before the window's end, which then moves."""
    seen, due = view_of(case), right_of(case).due
    window_open = seen.status == "publicity" and due is not None and seen.today <= parse_day(due)
    if seen.status != "examining" and not window_open:
        raise refused(502, status=seen.status)


@precondition(503)
def calendar_covers_the_window(case: Case[Publish]) -> None:
    if _window_end(case) is None:
        raise refused(503, covered_until=day_text(case.context.rules.calendar.covered_until))


def _window_end(case: Case[Publish]) -> str | None:
    """Publishing again never shortens a window that is open."""
    right = right_of(case)
    return due_day(case, case.context.rules.publicity_working_days, right.due)


def _publish(case: Case[Publish], overlay: Overlay) -> None:
    end = _window_end(case)
    assert end is not None, "calendar_covers_the_window comes first"
    put(overlay, replace(right_of(case), stage="publicity", due=end))


# --- register --------------------------------------------------------------------------------------------------------


@precondition(504)
def application_was_published(case: Case[Register]) -> None:
    seen = view_of(case)
    if seen.status != "publicity":
        raise refused(504, status=seen.status)


@precondition(505)
def window_is_over(case: Case[Register]) -> None:
    if not view_of(case).due_over:
        raise refused(505, due=str(right_of(case).due))


@precondition(506)
def no_objection_is_open(case: Case[Register]) -> None:
    count = right_of(case).open_objections
    if count:
        raise refused(506, count=count)


def _register(case: Case[Register], overlay: Overlay) -> None:
    right, today = right_of(case), day_text(case.context.today)
    until = _last_day(case, today, right.agreement_end)
    _put_registered(overlay, right, case.data, announced_on=today, until=until)


def _put_registered(
    overlay: Overlay, right: Right, numbered: Register | ImportRight, *, announced_on: str, until: str
) -> None:
    """The right as registered under its two numbers, which nobody can use again."""
    numbers = (numbered["registration_no"], numbered["certificate_no"])
    registered = replace(
        right,
        stage="registered",
        due=None,
        registration_no=numbers[0],
        certificate_no=numbers[1],
        announced_on=announced_on,
        until=until,
    )
    put(overlay, registered)
    for number in numbers:
        put(overlay, NumberUse(NumberUse.subject_of(number), right.right_id))


APPLY: Final = Row[Apply](
    kind="apply",
    zh="登记申请",
    finds=deposits_exist(described_deposits),
    signers=Signers("every applicant", "全体申请人", _every_applicant),
    preconditions=(
        regime_is_in_force,
        registrar_is_one,
        description_codes_are_listed,
        a_deposit_is_the_applicant_s_or_a_notary_s,
        agreement_end_is_stated,
        agreement_ends_after_today,
    ),
    effect=_apply,
    effect_en="a right with this entry's id, stage examining, the applicants its holders",
    opens="right",
)

IMPORT_RIGHT: Final = Row[ImportRight](
    kind="import_right",
    zh="存量导入",
    finds=deposits_exist(described_deposits),
    signers=Signers("the registrar named and every holder", "所列登记机构与全体登记主体", _registrar_and_holders),
    preconditions=(
        regime_is_in_force,
        registrar_is_one,
        description_codes_are_listed,
        a_deposit_is_the_applicant_s_or_a_notary_s,
        agreement_end_is_stated,
        announced_by_today,
        last_day_follows_the_announcement,
        last_day_is_within_the_term,
        number_is_unused("registration_no"),
        number_is_unused("certificate_no"),
    ),
    effect=_import,
    effect_en="a registered right with this entry's id, from before this ledger; before chaining: as stated by the "
    "registrar",
    opens="right",
)

PUBLISH: Final = Row[Publish](
    kind="publish",
    zh="公示",
    finds=(right_exists,),
    signers=REGISTRAR,
    preconditions=(application_can_be_published, calendar_covers_the_window),
    effect=_publish,
    effect_en="stage publicity; its last day is computed once and stored as `due`",
)

REGISTER: Final = Row[Register](
    kind="register",
    zh="登记公告",
    finds=(right_exists,),
    signers=REGISTRAR,
    preconditions=(
        application_was_published,
        window_is_over,
        no_objection_is_open,
        number_is_unused("registration_no"),
        number_is_unused("certificate_no"),
    ),
    effect=_register,
    effect_en="registered, announced today, until the earlier of today + term_years and agreement_end",
)

ROWS: Final = (APPLY, IMPORT_RIGHT, PUBLISH, REGISTER)
