"""As whom an institution signs: a member of the roster in force, or one whom the entry itself makes a member.

Only `amend_roster` does that: a member new to the roster signs under the office key that the document gives it.
Spec: docs/spec/ledger.md section 6.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from datadeed_ledger.entry import AMEND_ROSTER, Entry
from datadeed_ledger.errors import Malformed
from datadeed_ledger.kinds.row import Case
from datadeed_ledger.roster import Member, Roster

_parse: Final = lru_cache(maxsize=4)(Roster.parse)  # each precondition asks; the same bytes are the same roster


def next_roster(document: bytes, present: Roster) -> Roster:
    """The roster that the data of an `amend_roster` entry spells, of the ledger of `present`. Raises `Malformed`."""
    return _parse(document, present.members[0].log.name)


def roster_of(case: Case[Any]) -> Roster | None:
    """The roster that the case's entry carries, if it carries one that can be read."""
    return roster_in(case.context.roster, case.entry)


def roster_in(present: Roster, entry: Entry) -> Roster | None:
    """The roster that an entry recorded under `present` carries, if it carries one that can be read."""
    if entry.kind != AMEND_ROSTER:
        return None
    try:
        return next_roster(entry.body.data["roster"], present)
    except Malformed:
        return None


def office_of(case: Case[Any], signer: bytes) -> Member | None:
    """The institution whose office key checks the signature of this 32-byte id."""
    return office_in(case.context.roster, case.entry, signer)


def office_in(present: Roster, entry: Entry, signer: bytes) -> Member | None:
    """The institution that signs as this 32-byte id an entry that is recorded under `present`."""
    member = present.by_id(signer)
    following = roster_in(present, entry) if member is None else None
    return member if following is None else following.by_id(signer)
