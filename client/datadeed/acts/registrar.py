"""What a registrar does: examines, announces, decides, corrects; and imports what was registered before this ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from datadeed.acts.act import Act, Id, on_right
from datadeed.composing import DEFAULT_REGIME, entry_id, holders, party_id


def publish(right: Id) -> Act:
    """Accept an application into publicity; again before the window ends, to extend it."""
    return on_right("publish", right)


def request_correction(right: Id, reasons: Sequence[str]) -> Act:
    """Ask the applicants to correct an application. reasons: codes of the rule set."""
    return on_right("request_correction", right, reasons=list(reasons))


def decide_objection(
    right: Id, objection: Id, outcome: Literal["upheld", "dismissed"], *, reasons: str | None = None
) -> Act:
    """Decide an open objection. reasons: sealed."""
    return on_right("decide_objection", right, objection=entry_id(objection), outcome=outcome, reasons=reasons)


def register(right: Id, *, registration_no: str, certificate_no: str) -> Act:
    """Register and announce a right whose window is over."""
    return on_right("register", right, registration_no=registration_no, certificate_no=certificate_no)


def refuse(right: Id, *, ground: str) -> Act:
    """Refuse an application. ground: a code of the rule set."""
    return reject(right, right, ground=ground)


def approve(right: Id, request: Id, *, certificate_no: str | None = None) -> Act:
    """Approve a pending request; certificate_no: of a new certificate, if one is issued."""
    return on_right("approve", right, request=entry_id(request), certificate_no=certificate_no)


def reject(right: Id, request: Id, *, ground: str) -> Act:
    """Reject a pending request. ground: a code of the rule set."""
    return on_right("reject", right, request=entry_id(request), ground=ground)


def revoke(right: Id, *, ground: str, judgment_no: str | None = None) -> Act:
    """Revoke a right, also an expired one; its record stays. judgment_no: sealed."""
    return on_right("revoke", right, ground=ground, judgment_no=judgment_no)


def correct_record(
    right: Id,
    target: Id,
    *,
    reason: str,
    description: Mapping[str, Any] | None = None,
    certificate_no: str | None = None,
    holders_after: Mapping[Id, int] | None = None,
    until: str | None = None,
    undo_end: bool = False,
    ruling_no: str | None = None,
) -> Act:
    """Put the record right, from now on. target: the entry whose effect was wrong; undo_end: registered again."""
    return on_right(
        "correct_record",
        right,
        target=entry_id(target),
        description=description,
        certificate_no=certificate_no,
        holders=None if holders_after is None else holders(holders_after),
        until=until,
        status="registered" if undo_end else None,
        reason=reason,
        ruling_no=ruling_no,
    )


def import_right(
    description: Mapping[str, Any],
    holders_of_record: Mapping[Id, int],
    *,
    registrar: bytes,
    registration_no: str,
    certificate_no: str,
    announced_on: str,
    until: str,
    regime: str = DEFAULT_REGIME,
) -> Act:
    """Put a right on record that was registered before this ledger; every holder signs too. registrar: a member id."""
    data = {
        "regime": regime,
        "registrar": registrar,
        "applicants": holders(holders_of_record),
        "description": description,
        "registration_no": registration_no,
        "certificate_no": certificate_no,
        "announced_on": announced_on,
        "until": until,
    }
    return Act("import_right", data, tuple(holders_of_record))


def suspend(party: Id, *, reason: str) -> Act:
    """Refuse a party's entries until it is reinstated. reason: a code of the rule set."""
    return Act("suspend", {"party": party_id(party), "reason": reason})


def reinstate(party: Id, *, reason: str) -> Act:
    """Lift this institution's own suspension of a party."""
    return Act("reinstate", {"party": party_id(party), "reason": reason})


def note_dispute(right: Id, *, case_no: str | None = None) -> Act:
    """Note that somebody disputes the right. case_no: sealed."""
    return on_right("note_dispute", right, case_no=case_no)


def end_dispute(right: Id, dispute: Id) -> Act:
    """End a note of a dispute."""
    return on_right("end_dispute", right, dispute=entry_id(dispute))


def amend_rules(rules: Mapping[str, Any], *, effective: str | int, members: Sequence[Id]) -> Act:
    """The next version of the rule set. effective: RFC 3339 or milliseconds; members: who signs, a quorum in all."""
    return Act("amend_rules", {"rules": rules, "effective": effective}, tuple(members))
