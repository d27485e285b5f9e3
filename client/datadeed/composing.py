"""The data of the entries that enterprises make most, from the arguments that a person would give.

Everything comes out in the plain spelling of `spelling.py`, texts still unsealed. Whatever is not here is submitted as
its kind and data; nothing here is a rule: the ledger decides. Spec: docs/spec/events.md section 3.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from typing import Any, Final

from datadeed_ledger.encoding import from_hex
from datadeed_ledger.entry import MEMBER_ID_BYTES, PARTY_ID_BYTES
from datadeed_ledger.errors import Malformed
from datadeed_ledger.roster import Roster

ALGORITHM: Final = "sha-256"
DEFAULT_REGIME: Final = "cnipa_data_ip"
UNKNOWN_MEDIA_TYPE: Final = "application/octet-stream"
WHOLE: Final = 10_000  # shares are hundredths of a per cent


def media_type_of(name: str) -> str:
    """What a file's name says of its content; `application/octet-stream` when it says nothing."""
    guessed, encoding = mimetypes.guess_type(name)
    return guessed.lower() if guessed and not encoding else UNKNOWN_MEDIA_TYPE


def holders(shares: Mapping[str | bytes, int]) -> list[dict[str, Any]]:
    """Holders of record from party → share in hundredths of a per cent; all 0 is joint ownership."""
    rows = sorted((party_id(party), share) for party, share in shares.items())
    return [{"party": party, "share": share} for party, share in rows]


def apply_data(
    roster: Roster,
    description: Mapping[str, Any],
    applicants: Mapping[str | bytes, int],
    registrar: str | None,
    regime: str,
) -> dict[str, Any]:
    return {
        "regime": regime,
        "registrar": registrar_id(roster, registrar),
        "applicants": holders(applicants),
        "description": description,
    }


def registrar_id(roster: Roster, name: str | None) -> bytes:
    """The member id of the registrar called `name`; of the only one, if no name is given. Raises `Malformed`."""
    registrars = [member for member in roster.members if "registrar" in member.roles]
    found = [member for member in registrars if name in (None, member.name)]
    if len(found) != 1:
        names = ", ".join(member.name for member in registrars)
        raise Malformed(f"name the competent registrar; this ledger has {names}")
    return found[0].member_id


def party_id(party: str | bytes) -> bytes:
    """A party's 16-byte pseudonym, from itself or from its hex. Raises `Malformed`."""
    if isinstance(party, bytes):
        return party
    try:
        return from_hex(party, length=PARTY_ID_BYTES)
    except Malformed as error:
        raise Malformed(f"{party[:40]!r} is not a party: 32 hex digits, as `datadeed key show` says") from error


def entry_id(value: str | bytes) -> bytes:
    """An entry's 32-byte id, from itself or from its hex. Raises `Malformed`."""
    if isinstance(value, bytes):
        return value
    try:
        return from_hex(value, length=32)
    except Malformed as error:
        raise Malformed(f"{value[:80]!r} is not an entry's id: 64 hex digits are expected") from error


def signer_ids(texts: Sequence[str | bytes], roster: Roster) -> tuple[bytes, ...]:
    """Who shall sign, from ids, a party's hex, an institution's name or its member id in hex. Raises `Malformed`."""
    found: list[bytes] = []
    for text in texts:
        if isinstance(text, bytes):
            found.append(text)
            continue
        member = roster.by_name(text)
        if member is not None:
            found.append(member.member_id)
        elif len(text) == 2 * MEMBER_ID_BYTES and roster.by_id(entry_id(text)) is not None:
            found.append(entry_id(text))
        elif len(text) == 2 * MEMBER_ID_BYTES:
            raise Malformed(f"{text} is no member id of this ledger's institutions")
        else:
            found.append(party_id(text))
    return tuple(found)
