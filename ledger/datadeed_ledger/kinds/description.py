"""What must hold of a complete description: in an application, an import, a correction, a change.

Spec: docs/spec/events.md, "Kinds".
"""

from __future__ import annotations

from collections.abc import Sequence

from datadeed_ledger.calendar_days import day_text, parse_day
from datadeed_ledger.entry import MEMBER_ID_BYTES, PARTY_ID_BYTES
from datadeed_ledger.events import Apply, Change, Correct, DepositRef
from datadeed_ledger.kinds.common import listed
from datadeed_ledger.kinds.row import Case, precondition
from datadeed_ledger.refusals import refused

Described = Apply | Correct | Change


def described_deposits(case: Case[Described]) -> Sequence[DepositRef]:
    return case.data["description"]["deposits"]


@precondition(111)
def description_codes_are_listed(case: Case[Described]) -> None:
    description, rules = case.data["description"], case.context.rules
    listed("description.industry", description["industry"], rules.industries)
    listed("description.data_format", description["data_format"], rules.formats)


@precondition(403)
def a_deposit_is_the_applicant_s_or_a_notary_s(case: Case[Described]) -> None:
    """The parties who sign are all applicants."""
    applicants = {signer for signer in case.by if len(signer) == PARTY_ID_BYTES}
    for ref in described_deposits(case):
        deposit = case.register.entry(ref["deposit"])
        assert deposit is not None, "deposit_is_recorded comes first"
        if any(signer in applicants or _is_notary(case, signer) for signer in deposit.body.by):
            return
    raise refused(403)


def _is_notary(case: Case[Described], signer: bytes) -> bool:
    member = case.context.roster.by_id(signer) if len(signer) == MEMBER_ID_BYTES else None
    return member is not None and "notary" in member.roles


@precondition(404)
def agreement_end_is_stated(case: Case[Described]) -> None:
    description = case.data["description"]
    if description["sources"] != ["self_collected"] and description["agreement_end"] is None:
        raise refused(404)


@precondition(405)
def agreement_ends_after_today(case: Case[Described]) -> None:
    end = case.data["description"]["agreement_end"]
    if end is not None and parse_day(end) <= case.context.today:
        raise refused(405, agreement_end=end, today=day_text(case.context.today))
