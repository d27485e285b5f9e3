"""What holds for every entry, whatever its kind. Spec: docs/spec/events.md, "Every entry"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from datadeed_ledger.entry import EXPIRES_AHEAD_MS_MAX, PARTY_ID_BYTES
from datadeed_ledger.kinds.offices import office_of
from datadeed_ledger.kinds.row import Case, precondition
from datadeed_ledger.refusals import refused

# 18-character identity numbers, 11-digit mobile numbers, e-mail addresses; a longer run of digits is none of them.
_PERSONAL: Final = re.compile(r"(?<![0-9])(?:[1-9][0-9]{16}[0-9Xx]|1[3-9][0-9]{9})(?![0-9])|[^@\s]@[^@\s]")


def looks_personal(text: str) -> bool:
    """Whether an identity number, a mobile number or an e-mail address seems to stand in `text`."""
    return _PERSONAL.search(text) is not None


def clear_texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in an entry's data with the dotted name of its field, whatever its kind: so no new field escapes."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from clear_texts(item, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for item in value:
            yield from clear_texts(item, name)


@precondition(101)
def entry_is_for_this_ledger(case: Case[Any]) -> None:
    if case.entry.body.ledger != case.context.ledger:
        raise refused(101, ledger=case.context.ledger.hex())


@precondition(102)
def entry_has_not_expired(case: Case[Any]) -> None:
    if case.context.time_ms > case.entry.body.expires_ms:
        raise refused(102, expires=case.entry.body.expires_ms)


@precondition(103)
def entry_expires_soon_enough(case: Case[Any]) -> None:
    if case.entry.body.expires_ms > case.context.time_ms + EXPIRES_AHEAD_MS_MAX:
        raise refused(103)


@precondition(104)
def entry_is_new(case: Case[Any]) -> None:
    if case.register.state.entry_index(case.entry.entry_id) is not None:
        raise refused(104)


@precondition(105)
def parties_are_enrolled(case: Case[Any]) -> None:
    for signer in case.entry.body.by:
        if len(signer) == PARTY_ID_BYTES and case.register.party(signer) is None:
            raise refused(105, signer=signer.hex())


@precondition(106)
def institutions_are_members(case: Case[Any]) -> None:
    for signer in case.entry.body.by:
        if len(signer) != PARTY_ID_BYTES and office_of(case, signer) is None:
            raise refused(106, signer=signer.hex())


@precondition(107)
def parties_are_not_suspended(case: Case[Any]) -> None:
    for signer in case.entry.body.by:
        party = case.register.party(signer) if len(signer) == PARTY_ID_BYTES else None
        if party is not None and party.suspended_by:
            raise refused(107, signer=signer.hex())


@precondition(110)
def no_personal_data_in_clear(case: Case[Any]) -> None:
    for field, text in clear_texts(case.data):
        if looks_personal(text):
            raise refused(110, field=field)


EVERY_ENTRY: Final = (
    entry_is_for_this_ledger,
    entry_has_not_expired,
    entry_expires_soon_enough,
    entry_is_new,
    parties_are_enrolled,
    institutions_are_members,
    parties_are_not_suspended,
    no_personal_data_in_clear,
)
