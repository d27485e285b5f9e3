"""`enrol-request.json`: what a future party hands to the institution that shall enrol it. Also a later update's data.

It carries everything of the `enrol` entry that the party decides: pseudonym, key with proof of possession on this very
ledger, the entry's nonce, and name and credit code sealed under that nonce, with their openings, so that the office can
compare them with the papers it is shown. Whoever holds the file can open the two fields: it goes to that office alone.
The office adds its signature and the expiry, and nothing else. JCS, one spelling. Spec: docs/sdk.md, "Enrolment".
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from datadeed.keyring import PARTY_BYTES, HeldKey
from datadeed.sealing import Opening, Sealer, in_order, opened_values, parse_openings
from datadeed_ledger.encoding import Json, from_hex, jcs, parse_jcs
from datadeed_ledger.entry import MEMBER_ID_BYTES, NONCE_BYTES, Body, key_proof_message
from datadeed_ledger.errors import Malformed
from datadeed_ledger.keys import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verify
from datadeed_ledger.roster import members_of

UPDATE_REASONS: Final = ("rotation", "recovery", "renaming", "succession")
REQUEST_FORMAT: Final = "datadeed-enrol-request/v1"
REQUEST_BYTES_MAX: Final = 64 * 1024
PARTY_TYPES: Final = ("enterprise", "public_body", "person", "member")
_HEX_FIELDS: Final = {
    "credit_code": 32,
    "key_proof": SIGNATURE_BYTES,
    "ledger": 32,
    "name": 32,
    "nonce": NONCE_BYTES,
    "party": PARTY_BYTES,
    "public_key": PUBLIC_KEY_BYTES,
}


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """A party's request. name, credit_code: commitments of 32 bytes; openings: of exactly these two."""

    ledger: bytes
    party: bytes
    party_type: str
    public_key: bytes
    key_proof: bytes
    nonce: bytes
    name: bytes
    credit_code: bytes
    openings: tuple[Opening, ...] = field(repr=False)

    @classmethod
    def new(cls, ledger: bytes, key: HeldKey, party_type: str, name: str, credit_code: str | None) -> EnrolRequest:
        """A request of the party that holds `key`. Raises `Malformed` on an unknown party type."""
        sealer = Sealer(os.urandom(NONCE_BYTES))
        request = cls(
            ledger=ledger,
            party=key.signer_id,
            party_type=party_type,
            public_key=key.public_key,
            key_proof=key.key.sign(key_proof_message(ledger, key.signer_id, key.public_key)),
            nonce=sealer.nonce,
            name=sealer.seal("name", name),
            credit_code=sealer.seal("credit_code", credit_code),
            openings=in_order(sealer.openings),
        )
        request.check()
        return request

    @property
    def opened_name(self) -> str | None:
        """The name that the office compares with the papers."""
        return self._opened("name")

    @property
    def opened_credit_code(self) -> str | None:
        return self._opened("credit_code")

    def body(self, office: bytes, expires_ms: int) -> Body:
        """The `enrol` body for the institution with member id `office` to sign; ready for `Entry.build`."""
        data = {
            "party": self.party,
            "public_key": self.public_key,
            "key_proof": self.key_proof,
            "party_type": self.party_type,
            "name": self.name,
            "credit_code": self.credit_code,
        }
        return Body(self.ledger, "enrol", (office,), self.nonce, expires_ms, data)

    def check(self) -> None:
        """Raise `Unproven` when the key is not shown to be held, `Malformed` when the openings do not open."""
        if self.party_type not in PARTY_TYPES:
            raise Malformed(f"a party is one of {', '.join(PARTY_TYPES)}")
        if [opening.path for opening in self.openings] != ["credit_code", "name"]:
            raise Malformed("an enrol request opens exactly credit_code and name")
        opened_values(self.body(bytes(MEMBER_ID_BYTES), 0), self.openings)
        verify(self.public_key, key_proof_message(self.ledger, self.party, self.public_key), self.key_proof)

    def to_bytes(self) -> bytes:
        item: dict[str, Json] = {name: getattr(self, name).hex() for name in _HEX_FIELDS}
        openings: list[Json] = [opening.to_json() for opening in self.openings]
        return jcs(item | {"format": REQUEST_FORMAT, "openings": openings, "party_type": self.party_type})

    @classmethod
    def parse(cls, data: bytes) -> EnrolRequest:
        """The request that `data` spells, checked. Raises `Malformed`, or `Unproven` on a bad proof of possession."""
        names = (*_HEX_FIELDS, "format", "openings", "party_type")
        item = members_of(parse_jcs(data, bytes_max=REQUEST_BYTES_MAX, allow_null=True), "enrol request", names)
        if item["format"] != REQUEST_FORMAT:
            raise Malformed(f"not an enrol request of format {REQUEST_FORMAT}")
        fixed = {name: from_hex(_text(item[name]), length=length) for name, length in _HEX_FIELDS.items()}
        request = cls(**fixed, party_type=_text(item["party_type"]), openings=parse_openings(item["openings"]))
        request.check()
        return request

    def _opened(self, path: str) -> str | None:
        return next(opening.value for opening in self.openings if opening.path == path)


def update_data(
    ledger: bytes, record: Mapping[str, str], key: HeldKey, reason: str, texts: Mapping[str, str | None]
) -> dict[str, Any]:
    """Data of `update_party` in the plain spelling: the new key with its proof of possession, on this ledger.

    record: the party's, in readable form; reason: one of UPDATE_REASONS; texts: of name and credit_code where they
    change; else the seals of the record are repeated.
    """
    seals = {name: texts[name] if name in texts else {"sealed": record[name]} for name in ("name", "credit_code")}
    return {
        "party": key.signer_id,
        "public_key": key.public_key,
        "key_proof": key.key.sign(key_proof_message(ledger, key.signer_id, key.public_key)),
        "reason": reason,
        **seals,
    }


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise Malformed("a text field of the enrol request is not a string")
    return value
