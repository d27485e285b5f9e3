"""correct_record: what the record says is put right, from now on. What stood before stays what it was.

It states anew the fields that it names and undoes a wrong cancellation, revocation or transfer. Licences, pledge and
freezes of a right that was ended by mistake were kept in the records, so they stand again as far as their own time
lasts. Left out: corrections of an application (examination.py).
Spec: docs/spec/events.md, "Enforcement, revocation, correction".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from datadeed_ledger.calendar_days import add_years, day_text, parse_day
from datadeed_ledger.events import CorrectRecord, DepositRef
from datadeed_ledger.kinds.common import (
    acting_registrar,
    deposits_exist,
    holders_are_enrolled,
    holders_of,
    listed,
    members_with,
    number_is_unused,
    parties_of,
    pledgee_of,
    put,
    right_exists,
    right_of,
    view_of,
)
from datadeed_ledger.kinds.enforcement import right_was_registered
from datadeed_ledger.kinds.row import Case, Row, Signers, SignerSets, precondition
from datadeed_ledger.records import NumberUse
from datadeed_ledger.refusals import refused
from datadeed_ledger.state import Overlay
from datadeed_ledger.view import standing_freezes

_FIELDS: Final = ("description", "certificate_no", "holders", "until", "status")


# --- what the entry finds --------------------------------------------------------------------------------------------


def _deposits(case: Case[CorrectRecord]) -> Sequence[DepositRef]:
    description = case.data["description"]
    return () if description is None else description["deposits"]


@precondition(901)
def target_is_of_this_right_s_history(case: Case[CorrectRecord]) -> None:
    right, target = case.data["right"], case.data["target"]
    entry = case.register.entry(target)
    if entry is None or right not in (target, entry.body.data.get("right")):
        raise refused(901, target=target.hex())


# --- who signs -------------------------------------------------------------------------------------------------------


def _is_the_registrar_s(case: Case[CorrectRecord]) -> bool:
    """Only a description that keeps deposits and agreement_end, and a certificate number."""
    data, right = case.data, right_of(case)
    if data["holders"] is not None or data["until"] is not None or data["status"] is not None:
        return False
    after = data["description"]
    if after is None:
        return True
    entry = case.register.entry(right.description)
    assert entry is not None, "the description in force was recorded"
    kept: bool = after["deposits"] == entry.body.data["description"]["deposits"]
    return kept and after["agreement_end"] == right.agreement_end  # a renewal may have moved it since


def _correctors(case: Case[CorrectRecord]) -> SignerSets:
    """A court may correct everything. All whom it concerns may, but not without the registrar: or holders could pass by
    an approval, or lift a revocation."""
    right, roster = right_of(case), case.context.roster
    registrars = acting_registrar(roster, right.registrar)
    courts = members_with(roster, "court")
    if _is_the_registrar_s(case):
        return (*registrars, *courts)
    concerned = right.parties | parties_of(case.data["holders"] or ()) | pledgee_of(right)
    return (*courts, *(concerned | registrar for registrar in registrars))


# --- what must hold --------------------------------------------------------------------------------------------------


@precondition(902)
def something_is_corrected(case: Case[CorrectRecord]) -> None:
    if all(value is None for name, value in case.data.items() if name in _FIELDS):
        raise refused(902)


@precondition(602)
def a_frozen_record_is_a_court_s_to_correct(case: Case[CorrectRecord]) -> None:
    """Beyond what the registrar corrects alone, as a freeze would be no freeze otherwise. Also of a right that has
    ended, because its freeze may stand again."""
    by_a_court = case.by in members_with(case.context.roster, "court")
    frozen = bool(standing_freezes(right_of(case).freezes, case.context.today))
    if frozen and not by_a_court and not _is_the_registrar_s(case):
        raise refused(602)


@precondition(903)
def corrected_fields_differ(case: Case[CorrectRecord]) -> None:
    right, data = right_of(case), case.data
    if data["until"] is not None and data["until"] == right.until:
        raise refused(903, field="until")
    if data["holders"] is not None and holders_of(data["holders"]) == right.holders:
        raise refused(903, field="holders")


@precondition(904)
def an_end_by_an_entry_is_undone(case: Case[CorrectRecord]) -> None:
    status = view_of(case).status
    if case.data["status"] is not None and status not in ("cancelled", "revoked"):
        raise refused(904, status=status)


@precondition(111)
def corrected_codes_are_listed(case: Case[CorrectRecord]) -> None:
    description, rules = case.data["description"], case.context.rules
    listed("reason", case.data["reason"], rules.reasons["correct_record"])
    if description is not None:
        listed("description.industry", description["industry"], rules.industries)
        listed("description.data_format", description["data_format"], rules.formats)


@precondition(404)
def corrected_agreement_end_is_stated(case: Case[CorrectRecord]) -> None:
    description = case.data["description"]
    if description is None:
        return
    if description["sources"] != ["self_collected"] and description["agreement_end"] is None:
        raise refused(404)


@precondition(905)
def corrected_last_day_is_within_bounds(case: Case[CorrectRecord]) -> None:
    """From the announcement to one term after the last day of record: no single act does more than a renewal."""
    right, until = right_of(case), case.data["until"]
    if until is None:
        return
    assert right.announced_on is not None, "right_was_registered comes first"
    assert right.until is not None, "right_was_registered comes first"
    latest = day_text(add_years(parse_day(right.until), case.context.rules.term_years))
    if not right.announced_on <= until <= latest:
        raise refused(905, until=until, earliest=right.announced_on, latest=latest)


@precondition(906)
def last_day_is_within_the_agreement(case: Case[CorrectRecord]) -> None:
    """Of the two as they will stand; so who corrects one of them may have to correct the other."""
    right, description = right_of(case), case.data["description"]
    until = case.data["until"] or right.until
    agreement_end = right.agreement_end if description is None else description["agreement_end"]
    if until is not None and agreement_end is not None and until > agreement_end:
        raise refused(906, until=until, agreement_end=agreement_end)


# --- what it changes -------------------------------------------------------------------------------------------------


def _correct_record(case: Case[CorrectRecord], overlay: Overlay) -> None:
    data, right = case.data, right_of(case)
    if data["holders"] is not None:
        right = replace(right, holders=holders_of(data["holders"]), pending=())
    if view_of(case).ended:  # what was pending ended with the right, and does not come back with it
        right = replace(right, pending=())
    if data["status"] is not None:
        right = replace(right, stage="registered", ended_at=None)
    if data["until"] is not None:
        right = replace(right, until=data["until"])
    if data["description"] is not None:
        end = data["description"]["agreement_end"]
        right = replace(right, description=case.entry.entry_id, agreement_end=end)
    if data["certificate_no"] is not None:
        right = replace(right, certificate_no=data["certificate_no"])
        put(overlay, NumberUse(NumberUse.subject_of(data["certificate_no"]), data["right"]))
    put(overlay, right)


CORRECT_RECORD: Final = Row[CorrectRecord](
    kind="correct_record",
    zh="更正",
    finds=(right_exists, target_is_of_this_right_s_history, *deposits_exist(_deposits)),
    signers=Signers(
        "a court; or the registrar with every holder before and after, and the pledgee if there is a pledge; or the "
        "registrar alone for a description that keeps deposits and agreement_end, and for a certificate number",
        "法院；或登记机构与更正前后的全体登记主体（有质押的另加质权人）；仅更正说明（存证与协议终止日期不变）或证书编号的，"
        "登记机构可单独",
        _correctors,
    ),
    preconditions=(
        right_was_registered,
        something_is_corrected,
        a_frozen_record_is_a_court_s_to_correct,
        an_end_by_an_entry_is_undone,
        holders_are_enrolled("holders"),
        corrected_fields_differ,
        corrected_codes_are_listed,
        corrected_agreement_end_is_stated,
        corrected_last_day_is_within_bounds,
        last_day_is_within_the_agreement,
        number_is_unused("certificate_no"),
    ),
    effect=_correct_record,
    effect_en="from now on the record says what the entry states; what stood before stays what it was",
)

ROWS: Final = (CORRECT_RECORD,)
