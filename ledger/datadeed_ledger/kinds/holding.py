"""Lists of holders that an entry gives without the signature of everybody on them.

Spec: docs/spec/events.md, "Enforcement, revocation, correction".
"""

from __future__ import annotations

from typing import Any

from datadeed_ledger.events import Holders
from datadeed_ledger.kinds.row import Case, Precondition, precondition
from datadeed_ledger.records import Holder
from datadeed_ledger.refusals import refused


def holders_of(holders: Holders) -> tuple[Holder, ...]:
    """The list as a record has it."""
    return tuple(Holder(holder["party"], holder["share"]) for holder in holders)


def holders_are_enrolled(field: str) -> Precondition[Any]:
    """Everybody in the list `field`, if there is one, is an enrolled party: a court does not enrol."""

    @precondition(205)
    def next_holders_are_enrolled(case: Case[Any]) -> None:
        for holder in case.data[field] or ():
            if case.register.party(holder["party"]) is None:
                raise refused(205, party=holder["party"].hex())

    return next_holders_are_enrolled
