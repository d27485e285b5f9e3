"""A court's hand on a right, and notes of disputes: note_dispute, end_dispute, freeze, renew_freeze and unfreeze.

Freezes of several courts queue: one is in effect, the others wait in ledger order. What time alone does to the queue is
view.py's; an entry that changes the queue writes it out as it then stands. Left out: enforcement (enforcement.py).
Spec: docs/spec/events.md, "Freezes and their queue".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from datadeed_ledger.calendar_days import add_days, add_months, day_text, parse_day
from datadeed_ledger.events import EndDispute, FreezeRight, NoteDispute, RenewFreeze, Unfreeze
from datadeed_ledger.kinds.common import acting_registrar, members_with, put, right_exists, right_of, view_of
from datadeed_ledger.kinds.row import Case, Row, Signers, SignerSets, precondition
from datadeed_ledger.records import Dispute, Freeze
from datadeed_ledger.refusals import refused
from datadeed_ledger.roster import Roster
from datadeed_ledger.state import Overlay
from datadeed_ledger.view import begun

# --- note_dispute ----------------------------------------------------------------------------------------------------


def _noters(case: Case[NoteDispute]) -> SignerSets:
    roster = case.context.roster
    return (
        *members_with(roster, "court"),
        *members_with(roster, "supervisor"),
        *acting_registrar(roster, right_of(case).registrar),
    )


@precondition(655)
def disputes_are_few_enough(case: Case[NoteDispute]) -> None:
    if len(view_of(case).disputes) >= case.context.rules.disputes_max:
        raise refused(655, count=case.context.rules.disputes_max)


def _note_dispute(case: Case[NoteDispute], overlay: Overlay) -> None:
    until = add_days(case.context.today, case.context.rules.dispute_days)
    noted = Dispute(case.entry.entry_id, case.entry.body.by[0], day_text(until))
    put(overlay, replace(right_of(case), disputes=(*view_of(case).disputes, noted)))


# --- end_dispute -----------------------------------------------------------------------------------------------------


@precondition(656)
def dispute_to_end_stands(case: Case[EndDispute]) -> None:
    if all(item.id != case.data["dispute"] for item in view_of(case).disputes):
        raise refused(656, dispute=case.data["dispute"].hex())


def _noter_or_court(case: Case[EndDispute]) -> SignerSets:
    (noted,) = (item for item in view_of(case).disputes if item.id == case.data["dispute"])
    return (frozenset((noted.by,)), *members_with(case.context.roster, "court"))


def _end_dispute(case: Case[EndDispute], overlay: Overlay) -> None:
    left = tuple(item for item in view_of(case).disputes if item.id != case.data["dispute"])
    put(overlay, replace(right_of(case), disputes=left))


# --- freeze ----------------------------------------------------------------------------------------------------------


def acting_court(roster: Roster, court: bytes) -> SignerSets:
    """The court that issued a freeze; any court, if that one has left (or is no court any more)."""
    courts = members_with(roster, "court")
    issuing = frozenset((court,))
    return (issuing,) if issuing in courts else courts


def _any_court(case: Case[FreezeRight]) -> SignerSets:
    return members_with(case.context.roster, "court")


@precondition(650)
def freeze_is_short_enough(case: Case[FreezeRight | RenewFreeze]) -> None:
    most = case.context.rules.freeze_max_months
    if case.data["months"] > most:
        raise refused(650, months=case.data["months"], most=most)


@precondition(653)
def freezes_are_few_enough(case: Case[FreezeRight]) -> None:
    if len(view_of(case).freezes) >= case.context.rules.freezes_max:
        raise refused(653, count=case.context.rules.freezes_max)


@precondition(654)
def right_has_not_ended(case: Case[FreezeRight]) -> None:
    seen = view_of(case)
    if seen.ended:
        raise refused(654, status=seen.status)


def _freeze(case: Case[FreezeRight], overlay: Overlay) -> None:
    before, time_ms = view_of(case).freezes, case.context.time_ms
    asked = Freeze(case.entry.entry_id, case.entry.body.by[0], since=None, until=None, months=case.data["months"])
    put(overlay, replace(right_of(case), freezes=(*before, asked) if before else (begun(asked, time_ms),)))


# --- renew_freeze and unfreeze ---------------------------------------------------------------------------------------

OfFreeze = RenewFreeze | Unfreeze


@precondition(651)
def freeze_stands(case: Case[OfFreeze]) -> None:
    """In effect or queued."""
    if all(item.id != case.data["freeze"] for item in view_of(case).freezes):
        raise refused(651, freeze=case.data["freeze"].hex())


def _issuing_court(case: Case[OfFreeze]) -> SignerSets:
    (named,) = (item for item in view_of(case).freezes if item.id == case.data["freeze"])
    return acting_court(case.context.roster, named.court)


@precondition(652)
def freeze_is_in_effect(case: Case[RenewFreeze]) -> None:
    first = view_of(case).freezes[0]
    if first.id != case.data["freeze"]:
        raise refused(652, freeze=case.data["freeze"].hex(), first=first.id.hex())


def _renew_freeze(case: Case[RenewFreeze], overlay: Overlay) -> None:
    first, *queue = view_of(case).freezes
    assert first.until is not None, "the view gives the one in effect its days"
    until = max(parse_day(first.until), add_months(case.context.today, case.data["months"]))
    put(overlay, replace(right_of(case), freezes=(replace(first, until=day_text(until)), *queue)))


def _unfreeze(case: Case[Unfreeze], overlay: Overlay) -> None:
    """If it was in effect, the next of the queue takes effect at once and its term runs from now."""
    left = tuple(item for item in view_of(case).freezes if item.id != case.data["freeze"])
    if left and left[0].until is None:
        left = (begun(left[0], case.context.time_ms), *left[1:])
    put(overlay, replace(right_of(case), freezes=left))


_ISSUING_EN: Final = "the court that issued the freeze, or any court if that one has left"
_ISSUING_ZH: Final = "作出该保全的法院；该法院已退出的，由任一法院"

NOTE_DISPUTE: Final = Row[NoteDispute](
    kind="note_dispute",
    zh="争议标注",
    finds=(right_exists,),
    signers=Signers(
        "a court, a supervisor, or the competent registrar (any registrar if that one has left)",
        "法院、监督机构，或该权利的登记机构（已退出的，由任一登记机构）",
        _noters,
    ),
    preconditions=(disputes_are_few_enough,),
    effect=_note_dispute,
    effect_en="a note of a dispute, which stands for the rule set's dispute_days",
)

END_DISPUTE: Final = Row[EndDispute](
    kind="end_dispute",
    zh="争议标注解除",
    finds=(right_exists, dispute_to_end_stands),
    signers=Signers("the institution that noted the dispute, or a court", "作出标注的机构，或法院", _noter_or_court),
    preconditions=(),
    effect=_end_dispute,
    effect_en="the note is removed",
)

FREEZE: Final = Row[FreezeRight](
    kind="freeze",
    zh="保全",
    finds=(right_exists,),
    signers=Signers("a court", "法院", _any_court),
    preconditions=(freeze_is_short_enough, right_has_not_ended, freezes_are_few_enough),
    effect=_freeze,
    effect_en="a freeze in effect at once; behind another that stands, it queues and its term runs from that one's end",
)

RENEW_FREEZE: Final = Row[RenewFreeze](
    kind="renew_freeze",
    zh="续行保全",
    finds=(right_exists, freeze_stands),
    signers=Signers(_ISSUING_EN, _ISSUING_ZH, _issuing_court),
    preconditions=(freeze_is_short_enough, freeze_is_in_effect),
    effect=_renew_freeze,
    effect_en="its last day is the later of the old one and today + months",
)

UNFREEZE: Final = Row[Unfreeze](
    kind="unfreeze",
    zh="解除保全",
    finds=(right_exists, freeze_stands),
    signers=Signers(_ISSUING_EN, _ISSUING_ZH, _issuing_court),
    preconditions=(),
    effect=_unfreeze,
    effect_en="the freeze is ended or leaves the queue; the next one takes effect at once if this one was in effect",
)

ROWS: Final = (NOTE_DISPUTE, END_DISPUTE, FREEZE, RENEW_FREEZE, UNFREEZE)
