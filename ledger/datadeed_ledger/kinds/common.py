"""Preconditions, signers and small steps that several kinds share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from datadeed_ledger.calendar_days import day_text
from datadeed_ledger.entry import MEMBER_ID_BYTES, PARTY_ID_BYTES
from datadeed_ledger.events import DepositRef, Holder, OnRight
from datadeed_ledger.kinds.row import Case, Precondition, Signers, SignerSets, precondition
from datadeed_ledger.records import Holder as HolderOfRecord
from datadeed_ledger.records import Record, Right
from datadeed_ledger.refusals import refused
from datadeed_ledger.roster import Roster
from datadeed_ledger.state import Overlay
from datadeed_ledger.view import RightView, view

D = TypeVar("D")

# --- reading a case --------------------------------------------------------------------------------------------------


def right_of(case: Case[OnRight]) -> Right:
    """The right that the entry names; `right_exists` has been asked before."""
    right = case.register.right(case.data["right"])
    assert right is not None, "right_exists comes first in every row that names a right"
    return right


def view_of(case: Case[OnRight]) -> RightView:
    """That right as it stands at the block's time."""
    return view(right_of(case), case.context.time_ms, case.context.rules)


def parties_of(holders: Iterable[Holder]) -> frozenset[bytes]:
    return frozenset(holder["party"] for holder in holders)


def holders_of(holders: Iterable[Holder]) -> tuple[HolderOfRecord, ...]:
    """An entry's list of holders as it stands in the record."""
    return tuple(HolderOfRecord(holder["party"], holder["share"]) for holder in holders)


def pledgee_of(right: Right) -> frozenset[bytes]:
    return frozenset() if right.pledge is None else frozenset((right.pledge.pledgee,))


def members_with(roster: Roster, role: str) -> SignerSets:
    """Each member with this role, alone."""
    return tuple(frozenset((member.member_id,)) for member in roster.members if role in member.roles)


def acting_registrar(roster: Roster, registrar: bytes) -> SignerSets:
    """The competent registrar; any registrar, if that one has left (or is no registrar any more)."""
    member = roster.by_id(registrar)
    if member is not None and "registrar" in member.roles:
        return (frozenset((registrar,)),)
    return members_with(roster, "registrar")


def put(overlay: Overlay, record: Record) -> None:
    overlay.put(record.key, record.to_bytes())


def due_day(case: Case[Any], working_days: int, earlier: str | None) -> str | None:
    """The last day of a period that opens today, or goes on from one due `earlier`; None beyond the calendar."""
    end = case.context.rules.calendar.period_end(case.context.today, working_days)
    return None if end is None else max(day_text(end), earlier or "")


def without_objections(case: Case[OnRight], overlay: Overlay, only: bytes | None = None) -> Right:
    """The right with all its open objections closed, or one of them; their records are removed."""
    right, closed = right_of(case), case.register.objections(case.data["right"])
    if only is not None:
        closed = [objection for objection in closed if objection.id == only]
    for objection in closed:
        overlay.put(objection.key, None)
    return replace(right, open_objections=right.open_objections - len(closed))


# --- who signs -------------------------------------------------------------------------------------------------------


def _alone(case: Case[Any]) -> SignerSets:
    return (case.by,) if len(case.by) == 1 else ()


def _party_alone(case: Case[Any]) -> SignerSets:
    return (case.by,) if len(case.by) == 1 and len(case.entry.body.by[0]) == PARTY_ID_BYTES else ()


def _institution_alone(case: Case[Any]) -> SignerSets:
    return (case.by,) if len(case.by) == 1 and len(case.entry.body.by[0]) == MEMBER_ID_BYTES else ()


def _registrar_of_right(case: Case[OnRight]) -> SignerSets:
    return acting_registrar(case.context.roster, right_of(case).registrar)


PARTY_OR_INSTITUTION: Final = Signers[Any]("one party or one institution", "一个主体或一个节点机构", _alone)
PARTY: Final = Signers[Any]("one party", "一个主体", _party_alone)
INSTITUTION: Final = Signers[Any]("one institution", "一个节点机构", _institution_alone)
NOTARY: Final = Signers[Any](
    "one notary of the roster", "名册内一个公证机构", lambda case: members_with(case.context.roster, "notary")
)
REGISTRAR: Final = Signers[OnRight](
    "the competent registrar, or any registrar if that one has left",
    "该权利的登记机构；该机构已退出的，由任一登记机构",
    _registrar_of_right,
)


# --- what must hold --------------------------------------------------------------------------------------------------


@precondition(501)
def right_exists(case: Case[OnRight]) -> None:
    if case.register.right(case.data["right"]) is None:
        raise refused(501, right=case.data["right"].hex())


@precondition(601)
def right_is_valid(case: Case[OnRight]) -> None:
    seen = view_of(case)
    if not seen.valid:
        raise refused(601, status=seen.status)


@precondition(602)
def right_is_not_frozen(case: Case[OnRight]) -> None:
    if view_of(case).freeze is not None:
        raise refused(602)


@precondition(603)
def slot_is_free(case: Case[OnRight]) -> None:
    """Change, transfer, pledge and cancel share one slot; a request that is judged again does not bar itself."""
    for item in view_of(case).pending:
        if item.kind != "renew" and item.id != case.entry.entry_id:
            raise refused(603, request=item.id.hex())


def listed(field: str, code: str, codes: Iterable[str]) -> None:
    """Raise refusal 111 unless `code` is one of the rule set's `codes`, or stands for all of them."""
    if code != "*" and code not in codes:
        raise refused(111, field=field, code=code)


def number_is_unused(field: str) -> Precondition[Any]:
    """The number in `field`, if there is one, was never given before."""

    @precondition(507)
    def number_is_new(case: Case[Any]) -> None:
        number = case.data[field]
        if number is not None and case.register.number_used(number):
            raise refused(507, number=number)

    return number_is_new


def holders_are_enrolled(field: str) -> Precondition[Any]:
    """Everybody in the list `field`, if there is one, is an enrolled party: a court does not enrol."""

    @precondition(205)
    def next_holders_are_enrolled(case: Case[Any]) -> None:
        for holder in case.data[field] or ():
            if case.register.party(holder["party"]) is None:
                raise refused(205, party=holder["party"].hex())

    return next_holders_are_enrolled


def deposits_exist(refs_of: Callable[[Case[D]], Sequence[DepositRef]]) -> tuple[Precondition[D], ...]:
    """Every deposit that the entry refers to is recorded, is a deposit, and has the item named."""

    def each(case: Case[D]) -> Iterable[tuple[DepositRef, str, Any]]:
        for ref in refs_of(case):
            deposit = case.register.entry(ref["deposit"])
            yield ref, ref["deposit"].hex(), deposit

    @precondition(301)
    def deposit_is_recorded(case: Case[D]) -> None:
        for _, name, deposit in each(case):
            if deposit is None:
                raise refused(301, deposit=name)

    @precondition(302)
    def it_is_a_deposit(case: Case[D]) -> None:
        for _, name, deposit in each(case):
            if deposit.kind not in ("deposit", "deposit_batch"):
                raise refused(302, deposit=name)

    @precondition(303)
    def one_file_has_no_items(case: Case[D]) -> None:
        for ref, name, deposit in each(case):
            if deposit.kind == "deposit" and ref["item"] is not None:
                raise refused(303, deposit=name)

    @precondition(304)
    def item_is_in_the_batch(case: Case[D]) -> None:
        for ref, name, deposit in each(case):
            item = ref["item"]
            if deposit.kind == "deposit_batch" and item is not None and item >= deposit.body.data["count"]:
                raise refused(304, deposit=name, count=deposit.body.data["count"])

    return deposit_is_recorded, it_is_a_deposit, one_file_has_no_items, item_is_in_the_batch
