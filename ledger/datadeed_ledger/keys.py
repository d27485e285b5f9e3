"""Ed25519 keys and the tags that keep one meaning's signatures from serving another.

One rule decides admission everywhere: a signature is valid as libsodium verifies it (small-order and non-canonical
keys and non-canonical S are refused). Keys are made elsewhere: this room has no randomness.
Spec: docs/spec/ledger.md section 2, "One signature rule".
"""

from __future__ import annotations

from typing import Final

from nacl import bindings
from nacl.exceptions import BadSignatureError, CryptoError

from datadeed_ledger.errors import Unproven

ENTRY_TAG: Final = b"datadeed/entry/v1\n"  # an entry's body
KEY_TAG: Final = b"datadeed/key/v1\n"  # proof that a party possesses the key that it enrols
SEAL_TAG: Final = b"datadeed/seal/v1\n"  # a sealed field's commitment
SUBJECT_TAG: Final = b"datadeed/subject/v1\n"  # a state-map subject
EPOCH_TAG: Final = b"datadeed/epoch/v1\n"  # one roster's term, in every vote
VOTE_TAG: Final = b"datadeed/vote/v1\n"  # a consensus statement
GENESIS_TAG: Final = b"datadeed/genesis/v1\n"  # an institution's signature on the founding document

SEED_BYTES: Final = 32
PUBLIC_KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

_open = bindings.crypto_sign_open


class SigningKey:
    """An Ed25519 key pair from its 32-byte seed. The seed never appears in `repr`."""

    __slots__ = ("_secret", "public_key")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise ValueError(f"a seed is {SEED_BYTES} bytes, not {len(seed)}")
        self.public_key, self._secret = bindings.crypto_sign_seed_keypair(seed)

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of `message`, deterministic."""
        return bindings.crypto_sign(message, self._secret)[:SIGNATURE_BYTES]

    def __repr__(self) -> str:
        return f"SigningKey(public_key={self.public_key.hex()})"


def is_valid(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether libsodium accepts `signature` over `message`; for a tally that counts. Elsewhere use `verify`."""
    if len(public_key) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        _open(signature + message, public_key)
    except (BadSignatureError, CryptoError):
        return False
    return True


def verify(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Raise `Unproven` unless libsodium accepts the 64-byte `signature` over `message` by the 32-byte key."""
    if not is_valid(public_key, message, signature):
        raise Unproven("signature", f"the signature is not by the key {public_key.hex()[:16]}…")
