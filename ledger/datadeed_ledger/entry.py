"""An entry: one signed statement by one or more signers, and the only thing that ever changes the register.

    body      = {"v": 1, "ledger": bin[32], "kind": str, "by": [bin[16 or 32], …], "nonce": bin[16], "expires": ms,
                 "data": map}
    entry     = [body as bin, [signature bin[64], …]]      one signature for each of "by", in that order
    entry id  = H(body bytes)                              signature: Ed25519 over "datadeed/entry/v1\\n" || body

Parsing decides everything that the bytes alone can decide; whose keys sign and what the rules permit is admission.py.
Also here: sealed fields and the proof of possession of a key. Spec: docs/spec/ledger.md section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from datadeed_ledger.encoding import Value, decode_shaped, encode, sha256
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.events import READERS, SCHEMAS
from datadeed_ledger.keys import ENTRY_TAG, KEY_TAG, SEAL_TAG, SIGNATURE_BYTES, SigningKey
from datadeed_ledger.schema import read, sealed_paths

ENTRY_BYTES_MAX: Final = 60 * 1024  # of whatever kind: a leaf fits a tlog-tiles bundle, and every block has room
ORDINARY_BYTES_MAX: Final = 16 * 1024  # of every kind but these, so that thousands fit a block
AMEND_ROSTER: Final = "amend_roster"  # the one kind that ends an epoch
LONG_KINDS: Final = frozenset(("amend_rules", AMEND_ROSTER))  # they carry a document
SIGNERS_MAX: Final = 64  # 32 holders before and 32 after; each costs a signature check
NONCE_BYTES: Final = 16
SALT_BYTES: Final = 16
PARTY_ID_BYTES: Final = 16
MEMBER_ID_BYTES: Final = 32
EXPIRES_AHEAD_MS_MAX: Final = 30 * 24 * 3600 * 1000  # a withheld last signature is no option for ever

_VERSION: Final = 1
_BODY_KEYS: Final = ("by", "data", "expires", "kind", "ledger", "nonce", "v")
_U64_MAX: Final = 2**64 - 1


def bytes_max_of(kind: str) -> int:
    """How long an entry of this kind may be, its signatures included."""
    return ENTRY_BYTES_MAX if kind in LONG_KINDS else ORDINARY_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Body:
    """What is signed. by: ascending distinct party (16 bytes) or member (32 bytes) ids; expires_ms: last block time."""

    ledger: bytes
    kind: str
    by: tuple[bytes, ...]
    nonce: bytes
    expires_ms: int
    data: Mapping[str, Any]  # exactly as events.SCHEMAS[kind] says

    def to_value(self) -> dict[str, Value]:
        return {
            "v": _VERSION,
            "ledger": self.ledger,
            "kind": self.kind,
            "by": list(self.by),
            "nonce": self.nonce,
            "expires": self.expires_ms,
            "data": self.data,
        }

    def to_bytes(self) -> bytes:
        return encode(self.to_value())

    @classmethod
    def parse(cls, data: bytes) -> Body:
        """The body that these bytes spell. Raises `Malformed`."""
        return cls.inside(data, len(data))

    @classmethod
    def inside(cls, data: bytes, size: int) -> Body:
        """As `parse`, of an entry of `size` bytes, which its kind bounds before any field is looked at."""
        return decode_shaped(data, lambda value: cls._of_value(value, size), bytes_max=ENTRY_BYTES_MAX)

    @classmethod
    def _of_value(cls, value: object, size: int) -> Body:
        if type(value) is not dict or tuple(value) != _BODY_KEYS:
            raise Malformed(f"a body is a map with exactly {', '.join(_BODY_KEYS)}, in this order")
        kind, version, expires_ms = value["kind"], value["v"], value["expires"]
        if type(version) is not int or version != _VERSION:
            raise Malformed(f"v: {_VERSION} is expected")
        if type(expires_ms) is not int or not 0 <= expires_ms <= _U64_MAX:
            raise Malformed("expires: milliseconds since 1970 are expected, 0 to 2**64 - 1")
        if type(kind) is not str or kind not in READERS:
            raise Malformed(f"kind: one of {', '.join(READERS)} is expected")
        _check_size(kind, size)
        ledger = _fixed(value["ledger"], 32, "ledger")
        nonce = _fixed(value["nonce"], NONCE_BYTES, "nonce")
        return cls(ledger, kind, _signers(value["by"]), nonce, expires_ms, _data(kind, value["data"]))


@dataclass(frozen=True, slots=True)
class Entry:
    """A body with its signatures. data: the canonical bytes, which are the log's leaf data."""

    body: Body
    body_bytes: bytes
    signatures: tuple[bytes, ...]
    data: bytes
    entry_id: bytes  # H(body_bytes), 32 bytes

    @property
    def kind(self) -> str:
        return self.body.kind

    @property
    def message(self) -> bytes:
        """What each signature covers."""
        return ENTRY_TAG + self.body_bytes

    @classmethod
    def parse(cls, data: bytes) -> Entry:
        """The entry that these bytes spell. Raises `Malformed`, and nothing else, on any other bytes."""
        draft = Draft.parse(data)
        if None in draft.signatures:
            raise Malformed(f"signature: {SIGNATURE_BYTES} bytes are expected, not nil")
        signatures = cast("tuple[bytes, ...]", draft.signatures)
        return cls(draft.body, draft.body_bytes, signatures, data, sha256(draft.body_bytes))

    @classmethod
    def build(cls, body: Body, keys: Mapping[bytes, SigningKey]) -> Entry:
        """`body` signed by all of its signers. keys: one for each id in `body.by`. Raises `Malformed`."""
        draft = Draft.of(body)
        for signer, key in keys.items():
            draft = draft.sign(signer, key)
        return draft.complete()


@dataclass(frozen=True, slots=True)
class Draft:
    """A body and the signatures that it has so far: what travels between the signers."""

    body: Body
    body_bytes: bytes
    signatures: tuple[bytes | None, ...]  # one place for each of body.by

    @classmethod
    def of(cls, body: Body) -> Draft:
        """An unsigned draft. Raises `Malformed` unless the body has the one right shape."""
        try:
            body_bytes = body.to_bytes()
        except (TypeError, ValueError, OverflowError) as error:
            raise Malformed(f"a body holds only what MessagePack can spell: {error}") from error
        parsed = Body.parse(body_bytes)
        return cls(parsed, body_bytes, (None,) * len(parsed.by))

    def sign(self, signer: bytes, key: SigningKey) -> Draft:
        """With `signer`'s signature. Raises `Malformed` if the draft does not ask for that signer."""
        if signer not in self.body.by:
            raise Malformed(f"{signer.hex()} is not among the signers of this draft")
        at = self.body.by.index(signer)
        signature = key.sign(ENTRY_TAG + self.body_bytes)
        return Draft(self.body, self.body_bytes, (*self.signatures[:at], signature, *self.signatures[at + 1 :]))

    @property
    def missing(self) -> tuple[bytes, ...]:
        """Who has yet to sign."""
        return tuple(
            signer for signer, signature in zip(self.body.by, self.signatures, strict=True) if signature is None
        )

    def complete(self) -> Entry:
        """The entry. Raises `Malformed` while a signature is missing."""
        if self.missing:
            raise Malformed(f"still to be signed by {', '.join(signer.hex() for signer in self.missing)}")
        return Entry.parse(encode([self.body_bytes, list(self.signatures)]))

    def to_bytes(self) -> bytes:
        """As an entry, with nil where a signature is missing."""
        return encode([self.body_bytes, list(self.signatures)])

    @classmethod
    def parse(cls, data: bytes) -> Draft:
        """The draft that these bytes spell; its signatures are judged when the entry is. Raises `Malformed`."""
        return decode_shaped(data, lambda value: cls._of_value(value, len(data)), bytes_max=ENTRY_BYTES_MAX)

    @classmethod
    def _of_value(cls, value: object, size: int) -> Draft:
        if type(value) is not list or len(value) != 2:
            raise Malformed("an entry is an array of a body and its signatures")
        body_bytes, signatures = value
        if type(body_bytes) is not bytes or type(signatures) is not list:
            raise Malformed("an entry's body is bin and its signatures are an array")
        if len(signatures) > SIGNERS_MAX:
            raise Malformed(f"{len(signatures)} signatures; at most {SIGNERS_MAX} are allowed")
        for signature in signatures:
            if signature is not None:
                _fixed(signature, SIGNATURE_BYTES, "signature")
        body = Body.inside(body_bytes, size)
        if len(signatures) != len(body.by):
            raise Malformed(f"{len(body.by)} signers and {len(signatures)} signatures; one each is expected")
        return cls(body, body_bytes, tuple(signatures))


def _check_size(kind: str, size: int) -> None:
    if size > bytes_max_of(kind):
        raise Malformed(f"{size} bytes, at most {bytes_max_of(kind)} are allowed for an entry of the kind {kind}")


def _signers(value: object) -> tuple[bytes, ...]:
    if type(value) is not list or not 1 <= len(value) <= SIGNERS_MAX:
        raise Malformed(f"by: 1 to {SIGNERS_MAX} signers are expected")
    previous = b""
    for signer in value:
        if type(signer) is not bytes or len(signer) not in (PARTY_ID_BYTES, MEMBER_ID_BYTES):
            raise Malformed("by: a signer is 16 bytes (party) or 32 bytes (member)")
        if signer <= previous:
            raise Malformed("by: signers are expected in ascending byte order, none twice")
        previous = signer
    return tuple(value)


def _data(kind: str, value: object) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], read(READERS[kind], value, "data"))


def _fixed(value: object, size: int, name: str) -> bytes:
    if type(value) is not bytes or len(value) != size:
        raise Malformed(f"{name}: {size} bytes are expected")
    return value


# --- sealed fields and keys ------------------------------------------------------------------------------------------


def seal(salt: bytes, nonce: bytes, path: str, value: str | None) -> bytes:
    """The commitment to one sealed field, 32 bytes.

    salt: 16 random bytes, one a field, never reused; nonce: the entry's; path: the field's dotted name in `data`.
    """
    _fixed(salt, SALT_BYTES, "salt")
    _fixed(nonce, NONCE_BYTES, "nonce")
    return sha256(SEAL_TAG + salt + nonce + encode([path, value]))


def sealed_fields(entry: Entry) -> dict[str, bytes]:
    """Every sealed field of `entry` by its dotted name; a map that is nil has none."""
    found = {path: _at(entry.body.data, path) for path in SEALED_PATHS[entry.kind]}
    return {path: sealed for path, sealed in found.items() if sealed is not None}


def check_disclosure(entry: Entry, path: str, salt: bytes, value: str | None) -> None:
    """Raise `Unproven` unless `salt` and `value` open the sealed field `path` of this entry."""
    if path not in SEALED_PATHS[entry.kind]:
        raise Unproven("disclosure", f"{entry.kind} has no sealed field {path[:80]!r}")
    if len(salt) != SALT_BYTES:
        raise Unproven("disclosure", f"a salt has {SALT_BYTES} bytes")
    if seal(salt, entry.body.nonce, path, value) != _at(entry.body.data, path):
        raise Unproven("disclosure", f"salt and value do not open {path}")


def key_proof_message(ledger: bytes, party: bytes, public_key: bytes) -> bytes:
    """What the holder of `public_key` signs to show that the party `party` possesses it on this ledger."""
    return KEY_TAG + ledger + party + public_key


SEALED_PATHS: Final = {kind: sealed_paths(schema) for kind, schema in SCHEMAS.items()}


def _at(data: Mapping[str, Any], path: str) -> bytes | None:
    value: Any = data
    for name in path.split("."):
        if value is None:
            return None
        value = value[name]
    return cast(bytes, value)
