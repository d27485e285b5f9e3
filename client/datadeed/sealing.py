"""Sealed fields: what an entry says in private, and the openings by which its signers can show it later.

On the ledger stands a commitment of 32 bytes; salt and value stay with whoever sealed it. Erasing an opening leaves
every proof valid and the field closed for ever. A *disclosure file* holds the openings of one entry, owner-only, JCS:
`{"entry_id":hex,"format":…,"ledger":hex,"openings":[{"path":…,"salt":hex,"value":… or null}]}`. What is
left out: packing openings as evidence (the ledger room's `Disclosure`, which knows the log index).
Spec: docs/spec/ledger.md section 2, "Sealed field".
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from datadeed_ledger.encoding import Json, from_hex, jcs, parse_jcs
from datadeed_ledger.entry import SALT_BYTES, SEALED_PATHS, Body, seal
from datadeed_ledger.errors import Malformed
from datadeed_ledger.roster import members_of

DISCLOSURES_FORMAT: Final = "datadeed-disclosures/v1"
DISCLOSURES_BYTES_MAX: Final = 1024 * 1024  # a dozen fields of prose of SEALED_CHARS_MAX each
SEALED_CHARS_MAX: Final = 20_000  # prose that a person still reads before signing


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens one sealed field of one entry. path: its dotted name; salt: 16 bytes; value: None says nothing."""

    path: str
    salt: bytes = field(repr=False)
    value: str | None = field(repr=False)

    def to_json(self) -> Json:
        return {"path": self.path, "salt": self.salt.hex(), "value": self.value}

    @classmethod
    def from_json(cls, value: Json) -> Opening:
        item = members_of(value, "opening", ("path", "salt", "value"))
        path, salt, text = item["path"], item["salt"], item["value"]
        if not isinstance(path, str) or not isinstance(salt, str):
            raise Malformed("an opening's path and salt are strings")
        if text is not None and not isinstance(text, str):
            raise Malformed("an opening's value is a string or null")
        return cls(path, from_hex(salt, length=SALT_BYTES), _prose(text))


@dataclass(slots=True)
class Sealer:
    """Seals the fields of one entry, each under a salt of its own. nonce: the entry's, 16 bytes."""

    nonce: bytes
    openings: list[Opening] = field(default_factory=list)

    def seal(self, path: str, value: str | None) -> bytes:
        """The commitment to `value` at `path`, 32 bytes; its opening is kept. Raises `Malformed` on too long a text."""
        opening = Opening(path, os.urandom(SALT_BYTES), _prose(value))
        self.openings.append(opening)
        return seal(opening.salt, self.nonce, path, value)


@dataclass(frozen=True, slots=True)
class DisclosureFile:
    """The openings of one entry, as they lie on disk. ledger, entry_id: 32 bytes."""

    ledger: bytes
    entry_id: bytes
    openings: tuple[Opening, ...]

    def to_bytes(self) -> bytes:
        return jcs(
            {
                "entry_id": self.entry_id.hex(),
                "format": DISCLOSURES_FORMAT,
                "ledger": self.ledger.hex(),
                "openings": [opening.to_json() for opening in self.openings],
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> DisclosureFile:
        """Raises `Malformed` on any other spelling."""
        value = parse_jcs(data, bytes_max=DISCLOSURES_BYTES_MAX, allow_null=True)
        item = members_of(value, "disclosure file", ("entry_id", "format", "ledger", "openings"))
        ledger, entry_id = item["ledger"], item["entry_id"]
        if item["format"] != DISCLOSURES_FORMAT or not isinstance(ledger, str) or not isinstance(entry_id, str):
            raise Malformed(f"not a disclosure file of format {DISCLOSURES_FORMAT}")
        return cls(from_hex(ledger, length=32), from_hex(entry_id, length=32), parse_openings(item["openings"]))


def parse_openings(value: Json) -> tuple[Opening, ...]:
    """A JSON array of openings, ascending by path, each field once. Raises `Malformed`."""
    if not isinstance(value, list):
        raise Malformed("openings are an array")
    openings = tuple(Opening.from_json(item) for item in value)
    paths = [opening.path for opening in openings]
    if paths != sorted(set(paths)):
        raise Malformed("openings are not in ascending order of their paths, each field once")
    return openings


def in_order(openings: Iterable[Opening]) -> tuple[Opening, ...]:
    """As a file holds them: ascending by path."""
    return tuple(sorted(openings, key=lambda opening: opening.path))


def opened_values(body: Body, openings: Iterable[Opening]) -> Mapping[str, str | None]:
    """The values of the fields that `openings` open, by path. Raises `Malformed` when one does not open its field."""
    values: dict[str, str | None] = {}
    for opening in openings:
        if opening.path not in SEALED_PATHS[body.kind]:
            raise Malformed(f"{body.kind} has no sealed field {opening.path[:80]!r}")
        if seal(opening.salt, body.nonce, opening.path, opening.value) != _sealed(body, opening.path):
            raise Malformed(f"salt and value do not open {opening.path}: what is shown would not be what is signed")
        values[opening.path] = opening.value
    return values


def unopened_paths(body: Body, openings: Iterable[Opening]) -> tuple[str, ...]:
    """The sealed fields of `body` that nothing here opens; a map that is nil has none."""
    opened = {opening.path for opening in openings}
    return tuple(path for path in SEALED_PATHS[body.kind] if path not in opened and _sealed(body, path) is not None)


def _sealed(body: Body, path: str) -> object:
    """The commitment at `path`, or None where a map on the way is nil."""
    value: object = body.data
    for name in path.split("."):
        if value is None:
            return None
        assert isinstance(value, Mapping), "a sealed path of the schema leads through maps"
        value = value[name]
    return value


def _prose(value: str | None) -> str | None:
    if value is None:
        return None
    if len(value) > SEALED_CHARS_MAX:
        raise Malformed(f"a sealed text has {len(value)} characters, at most {SEALED_CHARS_MAX} are allowed")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Malformed("a sealed text has half a character (a lone surrogate); remove it") from error
    return value
