"""Licences of record: license and end_license, and when two of them conflict.

A licence has three independent axes (territory, industry, use), each a set of flat codes or "*", which means every
code, also later ones. Spec: docs/spec/events.md, "Scope of a licence".
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from datadeed_ledger.calendar_days import day_text, parse_day
from datadeed_ledger.events import EndLicense, License
from datadeed_ledger.kinds.common import (
    listed,
    members_with,
    pledgee_of,
    put,
    right_exists,
    right_is_not_frozen,
    right_is_valid,
    right_of,
    slot_is_free,
    view_of,
)
from datadeed_ledger.kinds.row import Case, Row, Signers, SignerSets, precondition
from datadeed_ledger.records import Licence, Right
from datadeed_ledger.refusals import refused
from datadeed_ledger.state import Overlay
from datadeed_ledger.view import licence_stands

_EVERY: Final = "*"


def meets(a: Collection[str], b: Collection[str]) -> bool:
    """Whether two sets of codes have one in common."""
    return _EVERY in a or _EVERY in b or any(code in b for code in a)


def inside(a: Collection[str], b: Collection[str]) -> bool:
    """Whether `b` covers all of `a`."""
    return _EVERY in b or (_EVERY not in a and all(code in b for code in a))


def conflict(a: Licence, b: Licence) -> bool:
    """Whether both cannot stand under one licensor: time and all axes meet, and not both are ordinary."""
    return (
        not (a.type == b.type == "ordinary")
        and a.start <= b.end  # dates of one spelling compare as text
        and b.start <= a.end
        and meets(a.territory, b.territory)
        and meets(a.industry, b.industry)
        and meets(a.use, b.use)
    )


def proposed(case: Case[License]) -> Licence:
    """The licence that the entry asks for."""
    data = case.data
    return Licence(
        subject=Right.subject_of(data["right"]),
        id=case.entry.entry_id,
        parent=data["parent"],
        licensee=data["licensee"],
        type=data["type"],
        territory=tuple(data["territory"]),
        industry=tuple(data["industry"]),
        use=tuple(data["use"]),
        start=data["start"],
        end=data["end"],
        sublicensing=data["sublicensing"],
    )


def _parent(case: Case[License]) -> Licence | None:
    """The licence above a sublicence; `parent_stands` has been asked before."""
    if case.data["parent"] is None:
        return None
    return case.register.licence(case.data["right"], case.data["parent"])


def _licence_signers(case: Case[License]) -> SignerSets:
    licensee, parent = frozenset((case.data["licensee"],)), _parent(case)
    if parent is not None:
        return (licensee | {parent.licensee},)
    right = right_of(case)
    return (right.parties | licensee | pledgee_of(right),)


# --- license ---------------------------------------------------------------------------------------------------------


@precondition(701)
def parent_stands(case: Case[License]) -> None:
    parent, wanted = _parent(case), case.data["parent"]
    if wanted is not None and (parent is None or not licence_stands(parent, view_of(case))):
        raise refused(701, licence=wanted.hex())


@precondition(111)
def scope_codes_are_listed(case: Case[License]) -> None:
    data, rules = case.data, case.context.rules
    for name, codes, known in (
        ("territory", data["territory"], rules.territories),
        ("industry", data["industry"], rules.industries),
        ("use", data["use"], rules.uses),
    ):
        for code in codes:
            listed(name, code, known)


@precondition(702)
def ends_today_or_later(case: Case[License]) -> None:
    end, today = case.data["end"], case.context.today
    if parse_day(end) < today:
        raise refused(702, end=end, today=day_text(today))


@precondition(703)
def ends_after_it_starts(case: Case[License]) -> None:
    start, end = case.data["start"], case.data["end"]
    if end < start:
        raise refused(703, start=start, end=end)


@precondition(704)
def ends_within_the_right(case: Case[License]) -> None:
    end, until = case.data["end"], right_of(case).until
    if until is None or end > until:
        raise refused(704, end=end, until=str(until))


@precondition(711)
def licences_are_few_enough(case: Case[License]) -> None:
    count = right_of(case).licences_ever
    if count >= case.context.rules.licences_max:
        raise refused(711, count=count)


@precondition(705)
def no_standing_licence_conflicts(case: Case[License]) -> None:
    asked, seen = proposed(case), view_of(case)
    for other in case.register.licences(case.data["right"]):
        if other.parent == asked.parent and conflict(asked, other) and licence_stands(other, seen):
            raise refused(705, licence=other.id.hex())


@precondition(706)
def sublicence_is_ordinary(case: Case[License]) -> None:
    if _parent(case) is not None and case.data["type"] != "ordinary":
        raise refused(706)


@precondition(707)
def parent_allows_sublicences(case: Case[License]) -> None:
    parent = _parent(case)
    if parent is not None and not parent.sublicensing:
        raise refused(707, licence=parent.id.hex())


@precondition(708)
def parent_is_no_sublicence(case: Case[License]) -> None:
    parent = _parent(case)
    if parent is not None and parent.parent is not None:
        raise refused(708, licence=parent.id.hex())


@precondition(709)
def sublicence_stays_in_scope(case: Case[License]) -> None:
    parent, asked = _parent(case), proposed(case)
    if parent is None:
        return
    for axis, wanted, given in (
        ("territory", asked.territory, parent.territory),
        ("industry", asked.industry, parent.industry),
        ("use", asked.use, parent.use),
    ):
        if not inside(wanted, given):
            raise refused(709, licence=parent.id.hex(), axis=axis)


@precondition(710)
def sublicence_stays_in_time(case: Case[License]) -> None:
    parent, data = _parent(case), case.data
    if parent is not None and not (parent.start <= data["start"] and data["end"] <= parent.end):
        raise refused(710, licence=parent.id.hex(), start=parent.start, end=parent.end)


def _license(case: Case[License], overlay: Overlay) -> None:
    right = right_of(case)
    put(overlay, proposed(case))
    put(overlay, replace(right, licences_ever=right.licences_ever + 1))


# --- end_license -----------------------------------------------------------------------------------------------------


@precondition(701)
def licence_to_end_stands(case: Case[EndLicense]) -> None:
    licence = case.register.licence(case.data["right"], case.data["license"])
    if licence is None or not licence_stands(licence, view_of(case)):
        raise refused(701, licence=case.data["license"].hex())


@precondition(111)
def end_reason_is_listed(case: Case[EndLicense]) -> None:
    listed("reason", case.data["reason"], case.context.rules.reasons["end_license"])


def _licence(case: Case[EndLicense]) -> Licence:
    licence = case.register.licence(case.data["right"], case.data["license"])
    assert licence is not None, "licence_to_end_stands comes first"
    return licence


def _end_signers(case: Case[EndLicense]) -> SignerSets:
    licence = _licence(case)
    alone = frozenset((licence.licensee,))
    sets = [right_of(case).parties | alone, alone, *members_with(case.context.roster, "court")]
    if licence.parent is not None:
        parent = case.register.licence(case.data["right"], licence.parent)
        assert parent is not None, "a sublicence falls with its parent"
        sets.append(alone | {parent.licensee})
    return tuple(sets)


def _end_license(case: Case[EndLicense], overlay: Overlay) -> None:
    """The licence and the sublicences under it, which fall with it."""
    ended = _licence(case)
    for licence in case.register.licences(case.data["right"]):
        if ended.id in (licence.id, licence.parent):
            overlay.put(licence.key, None)


LICENSE: Final = Row[License](
    kind="license",
    zh="许可备案",
    finds=(right_exists, parent_stands),
    signers=Signers(
        "every holder and the licensee, and the pledgee if there is a pledge; for a sublicence the parent's licensee "
        "and the sublicensee",
        "全体登记主体与被许可人，有质押的另加质权人；分许可由上级被许可人与分被许可人",
        _licence_signers,
    ),
    preconditions=(
        right_is_valid,
        right_is_not_frozen,
        slot_is_free,
        scope_codes_are_listed,
        ends_today_or_later,
        ends_after_it_starts,
        ends_within_the_right,
        licences_are_few_enough,
        sublicence_is_ordinary,
        parent_allows_sublicences,
        parent_is_no_sublicence,
        sublicence_stays_in_scope,
        sublicence_stays_in_time,
        no_standing_licence_conflicts,
    ),
    effect=_license,
    effect_en="a licence of record at once",
)

END_LICENSE: Final = Row[EndLicense](
    kind="end_license",
    zh="许可终止",
    finds=(right_exists, licence_to_end_stands),
    signers=Signers(
        "every holder and the licensee, or the licensee alone, or a court; for a sublicence also the parent's licensee "
        "and the sublicensee",
        "全体登记主体与被许可人，或被许可人单独，或法院；分许可亦可由上级被许可人与分被许可人",
        _end_signers,
    ),
    preconditions=(end_reason_is_listed,),
    effect=_end_license,
    effect_en="the licence is ended, and its sublicences with it",
)

ROWS: Final = (LICENSE, END_LICENSE)
