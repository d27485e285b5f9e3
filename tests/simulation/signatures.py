"""Keyed-hash signatures for simulated members, and a register of every signature that was ever made.

Fast, deterministic, and recognisable: each signature starts with a mark, so that an observer finds signatures in any
bytes on the wire or on a disk without knowing how messages are spelled. Only a key's owner calls `sign`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

MARK = b"\xf5sgn\xfa\x00\xf6="
SIGNATURE_BYTES = 64


class Keyring:
    """The vote keys of all members; a public key is 32 bytes as in production."""

    def __init__(self, seed: int, members: int) -> None:
        self.public = tuple(_derived(b"public", seed, index) for index in range(members))
        self._secret = {key: _derived(b"secret", seed, index) for index, key in enumerate(self.public)}
        self.made: dict[bytes, tuple[int, bytes]] = {}  # signature -> (member, what it signs)

    def another(self, member: int, serial: int) -> bytes:
        """A further vote key of the member."""
        key = _derived(b"public %d of" % serial, 0, member) if serial else self.public[member]
        self._secret.setdefault(key, _derived(b"secret %d of" % serial, 0, member))
        return key

    def sign(self, member: int, message: bytes, key: bytes | None = None) -> bytes:
        signature = self._signature(self.public[member] if key is None else key, message)
        self.made[signature] = (member, message)
        return signature

    def verify(self, public_key: bytes, message: bytes, signature: bytes) -> bool:
        return signature == self._signature(public_key, message)

    def _signature(self, public_key: bytes, message: bytes) -> bytes:
        digest = hashlib.blake2b(message, key=self._secret[public_key], digest_size=SIGNATURE_BYTES - len(MARK))
        return MARK + digest.digest()


def _derived(what: bytes, seed: int, index: int) -> bytes:
    return hashlib.sha256(b"%s %d %d" % (what, seed, index)).digest()


def forged(salt: int) -> bytes:
    """64 bytes that look like a signature and are nobody's."""
    return MARK + hashlib.blake2b(b"%d" % salt, digest_size=SIGNATURE_BYTES - len(MARK)).digest()


def signatures_in(data: bytes) -> Iterator[bytes]:
    """Everything in `data` that looks like a signature."""
    at = data.find(MARK)
    while at >= 0:
        yield data[at : at + SIGNATURE_BYTES]
        at = data.find(MARK, at + SIGNATURE_BYTES)
