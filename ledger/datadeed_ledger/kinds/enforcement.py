"""What is done to a right against its holders: enforce_transfer by a court, revoke by registrar or court.

Left out: freezes (court.py), and how a wrong act is undone (correction.py).
Spec: docs/spec/events.md, "Enforcement, revocation, correction".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from datadeed_ledger.events import EnforceTransfer, OnRight, Revoke
from datadeed_ledger.kinds.common import (
    acting_registrar,
    holders_are_enrolled,
    holders_of,
    listed,
    members_with,
    put,
    right_exists,
    right_is_valid,
    right_of,
    view_of,
)
from datadeed_ledger.kinds.court import acting_court
from datadeed_ledger.kinds.row import Case, Row, Signers, SignerSets, precondition
from datadeed_ledger.refusals import refused
from datadeed_ledger.state import Overlay
from datadeed_ledger.view import licence_stands

# --- enforce_transfer ------------------------------------------------------------------------------------------------


def _first_court(case: Case[EnforceTransfer]) -> SignerSets:
    """The court whose freeze ranks first, or it and another; any court, if no freeze stands or that one has left."""
    courts, freeze = members_with(case.context.roster, "court"), view_of(case).freeze
    if freeze is None:
        return courts
    alone = acting_court(case.context.roster, freeze.court)
    return (*alone, *(first | other for first in alone for other in courts if first != other))


@precondition(604)
def holders_would_differ(case: Case[EnforceTransfer]) -> None:
    if holders_of(case.data["holders_after"]) == right_of(case).holders:
        raise refused(604)


@precondition(701)
def ended_licences_stand(case: Case[EnforceTransfer]) -> None:
    seen = view_of(case)
    for wanted in case.data["ends"]:
        licence = case.register.licence(case.data["right"], wanted)
        if licence is None or not licence_stands(licence, seen):
            raise refused(701, licence=wanted.hex())


@precondition(850)
def ended_pledge_stands(case: Case[EnforceTransfer]) -> None:
    if case.data["ends_pledge"] and right_of(case).pledge is None:
        raise refused(850)


def _enforce_transfer(case: Case[EnforceTransfer], overlay: Overlay) -> None:
    """Named licences end, with the sublicences under them; all others, and a pledge that is not named, go along."""
    right, data = right_of(case), case.data
    if data["ends"]:
        for licence in case.register.licences(data["right"]):
            if licence.id in data["ends"] or licence.parent in data["ends"]:
                overlay.put(licence.key, None)
    enforced = replace(
        right,
        holders=holders_of(data["holders_after"]),
        pledge=None if data["ends_pledge"] else right.pledge,
        freezes=(),
        pending=(),
    )
    put(overlay, enforced)


# --- revoke ----------------------------------------------------------------------------------------------------------


def _registrar_or_court(case: Case[Revoke]) -> SignerSets:
    roster = case.context.roster
    return (*acting_registrar(roster, right_of(case).registrar), *members_with(roster, "court"))


@precondition(851)
def right_was_registered(case: Case[OnRight]) -> None:
    if right_of(case).registration_no is None:
        raise refused(851, status=view_of(case).status)


@precondition(852)
def right_is_not_revoked(case: Case[Revoke]) -> None:
    """Revoked ranks before cancelled and expired, so these can still be revoked."""
    if right_of(case).stage == "revoked":
        raise refused(852)


@precondition(111)
def revocation_ground_is_listed(case: Case[Revoke]) -> None:
    listed("ground", case.data["ground"], case.context.rules.grounds["revoke"])


def _revoke(case: Case[Revoke], overlay: Overlay) -> None:
    """Requests are closed for good. Licences, pledge and freezes stay in the record; the view ends them."""
    put(overlay, replace(right_of(case), stage="revoked", ended_at=case.context.time_ms, pending=()))


ENFORCE_TRANSFER: Final = Row[EnforceTransfer](
    kind="enforce_transfer",
    zh="执行过户",
    finds=(right_exists,),
    signers=Signers(
        "the court whose freeze is in effect (any court if it has left), alone or together with another court; any "
        "court if no freeze stands",
        "生效保全的法院（已退出的，由任一法院）单独或与另一法院共同；无存续保全的，由任一法院",
        _first_court,
    ),
    preconditions=(
        right_is_valid,
        holders_are_enrolled("holders_after"),
        holders_would_differ,
        ended_licences_stand,
        ended_pledge_stands,
    ),
    effect=_enforce_transfer,
    effect_en="the holders after are the holders of record; all freezes end, of licences and pledge only those named; "
    "what is pending is closed",
)

REVOKE: Final = Row[Revoke](
    kind="revoke",
    zh="撤销",
    finds=(right_exists,),
    signers=Signers(
        "the competent registrar (any registrar if that one has left), or a court",
        "该权利的登记机构（已退出的，由任一登记机构），或法院",
        _registrar_or_court,
    ),
    preconditions=(right_was_registered, right_is_not_revoked, revocation_ground_is_listed),
    effect=_revoke,
    effect_en="the right is revoked, also if it had expired or was cancelled; the record stays, marked",
)

ROWS: Final = (ENFORCE_TRANSFER, REVOKE)
