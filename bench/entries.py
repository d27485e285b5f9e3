"""Entries for the bench, signed before anything is measured: signing is the enterprises' work and not the nodes'."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from datadeed_ledger.encoding import encode, sha256
from datadeed_ledger.entry import Body, Entry, key_proof_message
from datadeed_ledger.keys import ENTRY_TAG, SigningKey

EXPIRES_AHEAD_MS = 24 * 3600 * 1000
PARTIES = 4


@dataclass(frozen=True, slots=True)
class Party:
    """One of the depositing parties."""

    party: bytes
    key: SigningKey


@dataclass(frozen=True, slots=True)
class Signed:
    """One entry, ready to be sent."""

    entry_id: bytes
    data: bytes


def parties() -> list[Party]:
    return [Party(os.urandom(16), SigningKey(os.urandom(32))) for _ in range(PARTIES)]


def enrol(fingerprint: bytes, party: Party, office: bytes, office_key: SigningKey) -> Signed:
    """The enrolment of `party` by the institution with member id `office`."""
    data = {
        "party": party.party,
        "public_key": party.key.public_key,
        "key_proof": party.key.sign(key_proof_message(fingerprint, party.party, party.key.public_key)),
        "party_type": "enterprise",
        "name": os.urandom(32),
        "credit_code": os.urandom(32),
    }
    body = Body(fingerprint, "enrol", (office,), os.urandom(16), _expires_ms(), data)
    entry = Entry.build(body, {office: office_key})
    return Signed(entry.entry_id, entry.data)


def deposits(fingerprint: bytes, who: list[Party], count: int) -> list[Signed]:
    """`count` single deposits, each with a nonce, a digest and sealed fields of its own, by the parties in turn."""
    return [_deposit(fingerprint, who[at % len(who)]) for at in range(count)]


def _deposit(fingerprint: bytes, party: Party) -> Signed:
    data = {
        "digest": os.urandom(32),
        "algorithm": "sha-256",
        "scope": "full",
        "size_bytes": 1_000_000,
        "media_type": "text/csv",
        "formed_at": None,
        "file_name": os.urandom(32),
        "description": os.urandom(32),
    }
    body = Body(fingerprint, "deposit", (party.party,), os.urandom(16), _expires_ms(), data)
    # As Entry.build does, without parsing the result again: the nodes will.
    body_bytes = body.to_bytes()
    signed = encode([body_bytes, [party.key.sign(ENTRY_TAG + body_bytes)]])
    return Signed(sha256(body_bytes), signed)


def _expires_ms() -> int:
    return time.time_ns() // 1_000_000 + EXPIRES_AHEAD_MS
