"""The parts that only packs have: readable twins, batch items, disclosures; and the subjects that one may ask about.

Each has one spelling. Entries, headers, proofs and notes have their own modules.
Spec: docs/spec/evidence.md section 3, docs/spec/ledger.md sections 5 and 7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from datadeed_ledger.encoding import Json, Value, decimal, from_b64, from_hex, jcs, parse_jcs, to_b64
from datadeed_ledger.entry import SALT_BYTES, Entry
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence.container import PART_BYTES_MAX
from datadeed_ledger.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from datadeed_ledger.records import LICENCE, OBJECTION
from datadeed_ledger.statemap import subject_prefix

ITEM_FORMAT: Final = "datadeed-item/v1"
ITEM_COUNT_MAX: Final = 2**32 - 1
ITEM_PATH_MAX: Final = 32  # hashes; as many as the levels of the largest batch

REGISTER: Final = "register"  # the question that an export pack answers

_RECORDED: Final = re.compile(
    r"((?:right|asset|key)/[0-9a-f]{64}|party/[0-9a-f]{32}|number/(?:[0-9A-Z]{16}|[0-9]{17})|rules)"
    r"|(right/[0-9a-f]{64})/(licence|objection)"
)
_OTHER: Final = re.compile(rf"entry/[0-9a-f]{{64}}|{REGISTER}")
_KINDS: Final = {"licence": LICENCE, "objection": OBJECTION}


def readable(value: Value) -> Json:
    """The readable twin of a binary value: bin as hex, integers as decimal strings, nil as null."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {key: readable(item) for key, item in value.items()}
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return str(value)
    return [readable(item) for item in value]


def entry_twin(entry: Entry, index: int) -> bytes:
    """`entry-<index>.json`: JCS text of the whole entry, derived from its bytes alone."""
    twin: dict[str, Json] = {
        "body": readable(entry.body.to_value()),
        "id": entry.entry_id.hex(),
        "index": str(index),
        "signatures": [signature.hex() for signature in entry.signatures],
    }
    return jcs(twin)


def check_question(text: str) -> str:
    """`text` as a question that a pack can answer. Raises `Malformed` on any other spelling of a subject.

    A subject that nobody could ever register has no record either, so a proof of its absence would mean nothing.
    """
    if not _RECORDED.fullmatch(text) and not _OTHER.fullmatch(text):
        raise Malformed(
            f"{text[:80]!r} is not a question: right/<64 hex>, right/<64 hex>/licence, right/<64 hex>/objection, "
            "asset/<64 hex>, key/<64 hex>, entry/<64 hex>, party/<32 hex>, number/<registration or certificate "
            f"number>, rules or {REGISTER} is expected"
        )
    return text


@dataclass(frozen=True, slots=True)
class Place:
    """What a question about the state asks for: all records of a subject, or those of one kind under it."""

    subject: str
    kind: int | None = None

    @property
    def prefix(self) -> bytes:
        """What the map keys of all these records begin with: 32 or 33 bytes."""
        return subject_prefix(self.subject, self.kind)

    @classmethod
    def of(cls, question: str) -> Place | None:
        """The place that the question names; None for `entry/…` and `register`. Raises `Malformed` on another text."""
        match = _RECORDED.fullmatch(check_question(question))
        if match is None:
            return None
        subject, owner, kind = match.groups()
        return cls(subject) if subject else cls(owner, _KINDS[kind])


@dataclass(frozen=True, slots=True)
class ItemProof:
    """One item of a deposited batch. batch: log index of the `deposit_batch` entry; item: 0-based, below count.

    digest: the file's SHA-256; path: sibling hashes of 32 bytes, leaf to root, of the RFC 6962 tree over the items.
    """

    batch: int
    item: int
    count: int
    digest: bytes
    path: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        head = f"{ITEM_FORMAT}\nbatch {self.batch}\nitem {self.item} of {self.count}\ndigest {self.digest.hex()}\n"
        return (head + "".join(f"{to_b64(sibling)}\n" for sibling in self.path)).encode()

    @classmethod
    def parse(cls, data: bytes) -> ItemProof:
        """Raises `Malformed` on any other spelling."""
        lines = _lines(data)
        if len(lines) < 4 or lines[0] != ITEM_FORMAT or len(lines) > 4 + ITEM_PATH_MAX:
            raise Malformed(
                f"an item is {ITEM_FORMAT}, batch, item, digest, at most {ITEM_PATH_MAX} hashes, a line each"
            )
        item, of, count = _after(lines[2], "item").partition(" of ")
        if not of:
            raise Malformed("the third line of an item is 'item <i> of <count>'")
        return cls(
            decimal(_after(lines[1], "batch")),
            decimal(item),
            decimal(count, maximum=ITEM_COUNT_MAX),
            from_hex(_after(lines[3], "digest"), length=HASH_BYTES),
            tuple(from_b64(line, length=HASH_BYTES) for line in lines[4:]),
        )

    def verify(self, root: bytes, count: int) -> None:
        """Raise `Unproven` unless a batch of `count` items with this root holds the digest at this place.

        root, count: from the `deposit_batch` entry; the count that the item itself states is compared by the caller.
        """
        verify_inclusion(self.item, count, leaf_hash(self.digest), self.path, root)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What opens one sealed field. entry: log index; path: the field's dotted name; salt: 16 bytes."""

    entry: int
    path: str
    salt: bytes
    value: str | None

    def to_json(self) -> Json:
        return {"entry": self.entry, "path": self.path, "salt": self.salt.hex(), "value": self.value}

    @classmethod
    def from_json(cls, value: Json) -> Disclosure:
        if not isinstance(value, dict) or value.keys() != {"entry", "path", "salt", "value"}:
            raise Malformed("a disclosure has exactly the keys entry, path, salt, value")
        entry, path, salt, text = value["entry"], value["path"], value["salt"], value["value"]
        if type(entry) is not int or entry < 0 or not isinstance(path, str) or not isinstance(salt, str):
            raise Malformed("a disclosure's entry is a log index, its path and salt are strings")
        if text is not None and not isinstance(text, str):
            raise Malformed("a disclosed value is a string or null")
        return cls(entry, path, from_hex(salt, length=SALT_BYTES), text)


def disclosures_bytes(disclosures: Iterable[Disclosure]) -> bytes:
    """`disclosures.json`: JCS, ascending by entry, then path."""
    ordered = sorted(disclosures, key=_place)
    return jcs([disclosure.to_json() for disclosure in ordered])


def parse_disclosures(data: bytes) -> tuple[Disclosure, ...]:
    """Raises `Malformed` unless they are one or more, each field once, in ascending order."""
    value = parse_jcs(data, bytes_max=PART_BYTES_MAX, allow_null=True)
    if not isinstance(value, list) or not value:
        raise Malformed("disclosures.json is an array of at least one disclosure; leave the part out if there is none")
    disclosures = tuple(Disclosure.from_json(item) for item in value)
    places = [_place(disclosure) for disclosure in disclosures]
    if any(left >= right for left, right in pairwise(places)):
        raise Malformed("disclosures are not in ascending order of entry and path, each field once")
    return disclosures


def _place(disclosure: Disclosure) -> tuple[int, bytes]:
    # A lone surrogate cannot get here: JCS text is UTF-8.
    return disclosure.entry, disclosure.path.encode()


def _lines(data: bytes) -> Sequence[str]:
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise Malformed("an item is ASCII text") from error
    if not text.endswith("\n"):
        raise Malformed("an item's last line ends in a newline")
    return text[:-1].split("\n")


def _after(line: str, word: str) -> str:
    before, space, rest = line.partition(" ")
    if before != word or not space:
        raise Malformed(f"a line '{word} …' is expected, not {line[:80]!r}")
    return rest
