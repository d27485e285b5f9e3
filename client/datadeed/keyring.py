"""Keys that sign entries: a party's, encrypted on disk, and an institution's office key.

A key file is JCS text, owner-only:
`{"format":"datadeed-key/v1","kdf":{"algorithm":"argon2id13","memory_bytes":N,"operations":N,"salt":hex},
"party":hex,"public_key":hex,"secret":b64}`; `secret` is libsodium's secretbox (nonce first) over seed || party under
the key that argon2id makes of the passphrase. The clear fields serve `key show` and are compared with the secret when
it is opened. What is left out: where the file lies (`home.py`), how the passphrase is asked for (`passphrase.py`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nacl import pwhash, secret
from nacl.exceptions import CryptoError

from datadeed.owner_files import check_owner_only, read_limited
from datadeed_ledger.encoding import Json, from_b64, from_hex, jcs, parse_jcs, to_b64
from datadeed_ledger.errors import DatadeedError, Malformed
from datadeed_ledger.keys import SEED_BYTES, SigningKey
from datadeed_ledger.roster import Roster, members_of

KEY_FORMAT: Final = "datadeed-key/v1"
PARTY_BYTES: Final = 16
SALT_BYTES: Final = 16
KEY_FILE_BYTES_MAX: Final = 4096
_ALGORITHM: Final = "argon2id13"


class WrongPassphrase(DatadeedError):
    """The passphrase does not open this key file."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess at a passphrase costs. memory_bytes: argon2id's memory; operations: its passes."""

    memory_bytes: int
    operations: int

    def __post_init__(self) -> None:
        # The upper bounds stop a planted file from exhausting the machine of whoever opens it.
        if not pwhash.argon2id.MEMLIMIT_MIN <= self.memory_bytes <= 2**30 or not 1 <= self.operations <= 20:
            raise Malformed("argon2id of a key file takes 8 KiB to 1 GiB of memory and 1 to 20 operations")


STANDARD_COST: Final = Cost(pwhash.argon2id.MEMLIMIT_MODERATE, pwhash.argon2id.OPSLIMIT_MODERATE)  # 256 MiB, 0.7 s


@dataclass(frozen=True, slots=True)
class HeldKey:
    """An open signing key and the id that it signs as; a party's pseudonym, or an institution's member id."""

    signer_id: bytes  # 16 or 32 bytes
    key: SigningKey = field(repr=False)

    @property
    def public_key(self) -> bytes:
        """32 bytes, Ed25519."""
        return self.key.public_key


@dataclass(frozen=True, slots=True)
class LockedKey:
    """A key file as it lies on disk. party: 16 bytes; salt: 16 bytes; secret: nonce and secretbox."""

    party: bytes
    public_key: bytes
    cost: Cost
    salt: bytes
    secret: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        kdf: dict[str, Json] = {
            "algorithm": _ALGORITHM,
            "memory_bytes": self.cost.memory_bytes,
            "operations": self.cost.operations,
            "salt": self.salt.hex(),
        }
        return jcs(
            {
                "format": KEY_FORMAT,
                "kdf": kdf,
                "party": self.party.hex(),
                "public_key": self.public_key.hex(),
                "secret": to_b64(self.secret),
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> LockedKey:
        """The key file that `data` spells. Raises `Malformed`."""
        names = ("format", "kdf", "party", "public_key", "secret")
        item = members_of(parse_jcs(data, bytes_max=KEY_FILE_BYTES_MAX), "key file", names)
        kdf = members_of(item["kdf"], "kdf", ("algorithm", "memory_bytes", "operations", "salt"))
        memory_bytes, operations = kdf["memory_bytes"], kdf["operations"]
        if item["format"] != KEY_FORMAT or kdf["algorithm"] != _ALGORITHM:
            raise Malformed(f"the key file is not {KEY_FORMAT} with {_ALGORITHM}")
        if type(memory_bytes) is not int or type(operations) is not int:
            raise Malformed("the key file's memory_bytes and operations are integers")
        return cls(
            party=from_hex(_text(item["party"]), length=PARTY_BYTES),
            public_key=from_hex(_text(item["public_key"]), length=32),
            cost=Cost(memory_bytes, operations),
            salt=from_hex(_text(kdf["salt"]), length=SALT_BYTES),
            secret=from_b64(_text(item["secret"]), length=SEED_BYTES + PARTY_BYTES + 40),
        )

    def open(self, passphrase: bytes) -> HeldKey:
        """The key itself. Raises `WrongPassphrase`, or `Malformed` where the clear fields were altered."""
        try:
            plain = secret.SecretBox(_derive(passphrase, self.salt, self.cost)).decrypt(self.secret)
        except CryptoError as error:
            raise WrongPassphrase("the passphrase does not open this key; try again") from error
        held = HeldKey(plain[SEED_BYTES:], SigningKey(plain[:SEED_BYTES]))
        if (held.signer_id, held.public_key) != (self.party, self.public_key):
            raise Malformed("the key file's clear fields were altered; restore it from a copy")
        return held


def new_party_key(passphrase: bytes, cost: Cost = STANDARD_COST) -> tuple[HeldKey, LockedKey]:
    """A fresh key under a fresh random pseudonym: nothing ties two of them together. Open, and locked for the disk."""
    return lock(os.urandom(SEED_BYTES), os.urandom(PARTY_BYTES), passphrase, cost)


def next_party_key(party: bytes, passphrase: bytes, cost: Cost = STANDARD_COST) -> tuple[HeldKey, LockedKey]:
    """A fresh key for a party that has one already. party: 16 bytes."""
    return lock(os.urandom(SEED_BYTES), party, passphrase, cost)


def lock(seed: bytes, party: bytes, passphrase: bytes, cost: Cost = STANDARD_COST) -> tuple[HeldKey, LockedKey]:
    """The key of `seed`, open and as a file under `passphrase`; a new salt and nonce each time."""
    if not passphrase:
        raise Malformed("an empty passphrase protects nothing; give one of several words")
    held, salt = HeldKey(party, SigningKey(seed)), os.urandom(SALT_BYTES)
    box = secret.SecretBox(_derive(passphrase, salt, cost)).encrypt(seed + party)
    return held, LockedKey(party, held.public_key, cost, salt, bytes(box))


def read_key(path: Path) -> LockedKey:
    """The key file at `path`. Raises `Malformed` where others may read it or it is not one."""
    check_owner_only(path)
    return LockedKey.parse(read_limited(path, bytes_max=KEY_FILE_BYTES_MAX))


def read_office_key(path: Path, roster: Roster) -> HeldKey:
    """An institution's office key (64 hex digits and a newline, as a node keeps it), as the member it belongs to.

    Raises `Malformed` where others may read the file, it is not a key, or no member of `roster` has this key.
    """
    check_owner_only(path)
    text = read_limited(path, bytes_max=KEY_FILE_BYTES_MAX).decode("ascii", "replace")
    key = SigningKey(from_hex(text.removesuffix("\n"), length=SEED_BYTES))
    for member in roster.members:
        if member.office == key.public_key:
            return HeldKey(member.member_id, key)
    raise Malformed(
        f"{path} holds no office key of a member of this ledger's roster {roster.version}, the newest that is known "
        "here; if the members have changed since, run `datadeed connect` again"
    )


def _derive(passphrase: bytes, salt: bytes, cost: Cost) -> bytes:
    return pwhash.argon2id.kdf(
        secret.SecretBox.KEY_SIZE, passphrase, salt, opslimit=cost.operations, memlimit=cost.memory_bytes
    )


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise Malformed("a text field of the key file is not a string")
    return value
