"""What applicants, holders and others concerned do. Where several have to sign, the act travels as a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datadeed.acts.act import Act, Id, on_right
from datadeed.composing import entry_id, holders, party_id


def correct(right: Id, description: Mapping[str, Any]) -> Act:
    """Answer a request for correction with the complete next description; every applicant signs."""
    return on_right("correct", right, description=description)


def object_to(right: Id, *, ground: str, evidence: str | None = None) -> Act:
    """Object to an application in its publicity window. ground: a code of the rule set; evidence: sealed."""
    return on_right("object", right, ground=ground, evidence=evidence)


def change(right: Id, description: Mapping[str, Any]) -> Act:
    """Request a change of the description; deposits and agreement_end stay. Every holder signs."""
    return on_right("change", right, description=description)


def renew(right: Id, *, agreement_end: str | None = None, authorisation: str | None = None) -> Act:
    """Request renewal; every holder signs. agreement_end: the source agreement's last day, if there is one."""
    return on_right("renew", right, agreement_end=agreement_end, authorisation=authorisation)


def cancel(right: Id, *, reason: str) -> Act:
    """Request cancellation; holders, pledgee and licensees of standing exclusive licences sign."""
    return on_right("cancel", right, reason=reason)


def transfer(
    right: Id, holders_after: Mapping[Id, int], *, price: str | None = None, contract: str | None = None
) -> Act:
    """Request a transfer; holders before and after, and the pledgee if there is one, sign."""
    return on_right("transfer", right, holders_after=holders(holders_after), price=price, contract=contract)


def pledge(
    right: Id, pledgee: Id, *, debt_due: str, debt_amount: str | None = None, contract: str | None = None
) -> Act:
    """Request a pledge; every holder and the pledgee sign. debt_due: information only."""
    texts = {"debt_amount": debt_amount, "contract": contract}
    return on_right("pledge", right, pledgee=party_id(pledgee), debt_due=debt_due, **texts)


def release_pledge(right: Id, *, reason: str) -> Act:
    """Release the pledge of record; the pledgee or a court signs."""
    return on_right("release_pledge", right, reason=reason)


def end_license(right: Id, license: Id, *, reason: str) -> Act:  # noqa: A002 - the field's name
    """End a licence of record; holders and licensee, the licensee alone, or a court."""
    return on_right("end_license", right, license=entry_id(license), reason=reason)


def withdraw(right: Id, target: Id) -> Act:
    """Withdraw an application (the right's id), a request or an objection; all who signed it sign."""
    return on_right("withdraw", right, target=entry_id(target))
