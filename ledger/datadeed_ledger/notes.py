"""Signed notes and verifier keys of C2SP (c2sp.org/signed-note), unchanged.

A note is text that ends in a newline, an empty line, and signature lines `— <name> <base64 of key id || signature>`.
A verifier key is `<name>+<key id in hex>+<base64 of type || public key>`; the base64 may contain `+`, so it splits at
the first two only. What a checkpoint's lines mean stands in `checkpoint.py`. Spec: docs/spec/ledger.md section 4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from datadeed_ledger.encoding import from_b64, from_hex, sha256, to_b64
from datadeed_ledger.errors import Malformed

LOG_TYPE: Final = 0x01  # Ed25519 over the note's body: the log's own signature
COSIGNATURE_TYPE: Final = 0x04  # Ed25519 over "cosignature/v1\ntime T\n" || body
KEY_ID_BYTES: Final = 4
NOTE_BYTES_MAX: Final = 64 * 1024  # 31 members and their lines need 5 KiB
LINES_MAX: Final = 100  # as golang.org/x/mod/sumdb/note
_NAME = re.compile(r"[!-*,-~]{1,255}")  # printable ASCII without space and `+`
_DASH = "— ".encode()


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named, typed public key. public_key: 32 bytes, Ed25519."""

    name: str
    key_type: int
    public_key: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise Malformed("a key name is printable ASCII without space or '+'")
        if self.key_type not in (LOG_TYPE, COSIGNATURE_TYPE) or len(self.public_key) != 32:
            raise Malformed("a verifier key is of type 0x01 or 0x04 with a 32-byte Ed25519 public key")

    @property
    def key_id(self) -> bytes:
        """H(name || 0A || type || public key)[:4]."""
        return sha256(self.name.encode() + b"\n" + bytes([self.key_type]) + self.public_key)[:KEY_ID_BYTES]

    @property
    def text(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_b64(bytes([self.key_type]) + self.public_key)}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """The key that `text` spells. Raises `Malformed`, also when the key id is not that of the key."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise Malformed("a verifier key is <name>+<key id>+<base64>")
        key_id = from_hex(parts[1], length=KEY_ID_BYTES)
        raw = from_b64(parts[2], length=33)
        key = cls(parts[0], raw[0], raw[1:])
        if key.key_id != key_id:
            raise Malformed(f"the key id of {key.name} does not belong to its key")
        return key


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One `— name base64` line. signature: the bytes after the 4-byte key id."""

    name: str
    key_id: bytes
    signature: bytes

    def to_bytes(self) -> bytes:
        return _DASH + f"{self.name} {to_b64(self.key_id + self.signature)}\n".encode()


@dataclass(frozen=True, slots=True)
class Note:
    """A signed text. body: UTF-8 that ends in a newline, as the signatures cover it."""

    body: bytes
    lines: tuple[SignatureLine, ...]

    def to_bytes(self) -> bytes:
        return self.body + b"\n" + b"".join(line.to_bytes() for line in self.lines)

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """The note that `data` spells, signatures unchecked. Raises `Malformed` on any other spelling."""
        if len(data) > NOTE_BYTES_MAX:
            raise Malformed(f"a note is at most {NOTE_BYTES_MAX} bytes")
        split = data.rfind(b"\n\n")
        if split < 0 or not data.endswith(b"\n"):
            raise Malformed("a note is text, an empty line, and signature lines that end in a newline")
        raw_lines = data[split + 2 :].split(b"\n")[:-1]
        if not 1 <= len(raw_lines) <= LINES_MAX:
            raise Malformed(f"a note has 1 to {LINES_MAX} signature lines")
        note = cls(data[: split + 1], tuple(_parse_line(line) for line in raw_lines))
        try:
            note.body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("a note's text is not UTF-8") from error
        if note.to_bytes() != data:
            raise Malformed("a note with another spelling")
        return note


def _parse_line(line: bytes) -> SignatureLine:
    try:
        text = line.removeprefix(_DASH).decode("ascii")
    except UnicodeDecodeError as error:
        raise Malformed("a signature line is not ASCII after its dash") from error
    name, space, encoded = text.partition(" ")
    if not line.startswith(_DASH) or not space or not _NAME.fullmatch(name):
        raise Malformed("a signature line is '— <name> <base64>'")
    raw = from_b64(encoded)
    if len(raw) <= KEY_ID_BYTES:
        raise Malformed("a signature line is too short")
    return SignatureLine(name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])
