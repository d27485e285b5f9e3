"""Which parts an evidence pack has: the closed list of names, and the shapes in which they make a pack.

Sorts a container's parts into `Contents` and says what is missing or too much; what is *in* a part is judged elsewhere.
Spec: docs/spec/evidence.md sections 2 and 11, docs/spec/ledger.md section 7.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from datadeed_ledger.encoding import decimal
from datadeed_ledger.errors import Malformed

README: Final = "README.txt"
VERIFY_PAGE: Final = "verify.html"
GENESIS: Final = "genesis.json"
CHECKPOINT: Final = "checkpoint"
POLICY: Final = "policy.txt"
HEADER: Final = "header.txt"
HEADER_PROOF: Final = "header.tlog-proof"
DISCLOSURES: Final = "disclosures.json"

# In this order; names within `rosters/<version>/`. A pack adds the way from there to its own checkpoint.
ROSTER_STEP: Final = (
    "document.json",
    "entry.msgpack",
    "entry.tlog-proof",
    "entry.json",
    "header.txt",
    "header.tlog-proof",
    "checkpoint",
)
CONSISTENCY: Final = "consistency.txt"

NOT_PROOF: Final = (README, VERIFY_PAGE)  # for people; may be missing, and may say anything
GROUND: Final = (GENESIS, CHECKPOINT, POLICY, HEADER, HEADER_PROOF)  # in every pack, in this order


TIMESTAMPS_MAX: Final = 16  # tokens in a pack; each brings a checkpoint with a signature a member
ROSTER_VERSION_MAX: Final = 256  # a pack brings every change of the roster: at most so many fit its 64 MiB
EXPORT_PROOFS: Final = 256  # one for each first byte of a map key: together they cover every key there can be


class PackKind(StrEnum):
    """What a pack answers. An item pack is an entry pack with items of the entry's batch.

    Title and asset packs have the same shape: the whole history of one right, or of one asset. So have absence and
    presence packs, but for the records.
    """

    ENTRY = "entry"
    ITEM = "item"
    TITLE = "title"
    ASSET = "asset"
    ABSENCE = "absence"
    PRESENCE = "presence"
    EXPORT = "export"


def entry_part(index: int, suffix: str) -> str:
    """suffix: `msgpack` (the leaf data), `tlog-proof` or `json` (the readable twin)."""
    return f"entry-{index}.{suffix}"


def block_part(height: int, suffix: str) -> str:
    """suffix: `txt` (the header's bytes) or `tlog-proof`."""
    return f"block-{height}.{suffix}"


def map_proof_part(number: int) -> str:
    return f"map-proof-{number}.txt"


def record_part(key: bytes) -> str:
    return f"records/{key.hex()}.msgpack"


def record_list_part(number: int) -> str:
    """The records that the map proof of this number lists; export packs alone have them."""
    return f"records-{number}.msgpack"


def item_part(item: int) -> str:
    return f"items/{item}.txt"


def timestamp_part(size: int, suffix: str) -> str:
    """suffix: `checkpoint` (what was stamped), `tsr` (the response) or `consistency.txt`. size: of the checkpoint."""
    return f"timestamps/{size}.{suffix}"


def roster_part(version: int, suffix: str) -> str:
    """suffix: one of `ROSTER_STEP` or `CONSISTENCY`. version: of the roster that the change brought."""
    return f"rosters/{version}/{suffix}"


@dataclass(frozen=True, slots=True)
class EntryPart:
    """The three parts of one entry. leaf: its bytes in the log; proof: a tlog-proof; twin: the same as JSON."""

    index: int
    leaf: bytes
    proof: bytes
    twin: bytes


@dataclass(frozen=True, slots=True)
class BlockPart:
    """The two parts of one block. header: its bytes, which are a leaf of the log; proof: a tlog-proof."""

    height: int
    header: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class TimestampPart:
    """The three parts of one time-stamp. checkpoint: a signed note; response: RFC 3161; consistency: a text."""

    size: int
    checkpoint: bytes
    response: bytes
    consistency: bytes


@dataclass(frozen=True, slots=True)
class RosterStep:
    """The seven parts that prove one change of the roster to whoever knows the roster before it.

    document: of the roster of `version`; leaf, proof, twin: the `amend_roster` entry; header, header_proof: of the
    block that records it; checkpoint: the boundary checkpoint, to which both proofs lead.
    """

    version: int
    document: bytes = field(repr=False)
    leaf: bytes = field(repr=False)
    proof: bytes = field(repr=False)
    twin: bytes = field(repr=False)
    header: bytes = field(repr=False)
    header_proof: bytes = field(repr=False)
    checkpoint: bytes = field(repr=False)

    @classmethod
    def of(cls, version: int, parts: Mapping[str, bytes]) -> RosterStep:
        """The step that these parts are, by their names within the folder. Raises `Malformed` on any others."""
        for name in ROSTER_STEP:
            if name not in parts:
                raise Malformed(f"the part {name} of the change to roster {version} is missing")
        if len(parts) > len(ROSTER_STEP):
            raise Malformed(f"a change of the roster has exactly the parts {', '.join(ROSTER_STEP)}")
        return cls(version, *(parts[name] for name in ROSTER_STEP))


@dataclass(frozen=True, slots=True)
class RosterPart:
    """The eight parts of one version in a pack. consistency: a text, from the boundary checkpoint to the pack's."""

    step: RosterStep
    consistency: bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """A pack's parts in their places, none left over. map_proofs[0] is map-proof-1; all that is numbered ascends.

    kind: as far as the parts alone tell it; an asset pack still is a title pack here.
    record_lists: of an export pack, by the number of their map proof. rosters: of the versions 2, 3, …
    """

    kind: PackKind
    genesis: bytes = field(repr=False)
    checkpoint: bytes = field(repr=False)
    policy: bytes = field(repr=False)
    header: bytes = field(repr=False)
    header_proof: bytes = field(repr=False)
    entries: tuple[EntryPart, ...]
    blocks: Mapping[int, BlockPart]
    map_proofs: tuple[bytes, ...]
    records: Mapping[bytes, bytes]
    record_lists: tuple[bytes, ...]
    items: Mapping[int, bytes]
    disclosures: bytes | None
    timestamps: tuple[TimestampPart, ...]
    rosters: tuple[RosterPart, ...] = ()


_Numbered = dict[int, dict[str, bytes]]
_ENTRY_SUFFIXES: Final = ("msgpack", "tlog-proof", "json")
_BLOCK_SUFFIXES: Final = ("txt", "tlog-proof")
_TIMESTAMP_SUFFIXES: Final = ("checkpoint", "tsr", CONSISTENCY)
_ROSTER_SUFFIXES: Final = (*ROSTER_STEP, CONSISTENCY)


class _Sorter:
    """Takes parts one by one; knows after the last whether they make a pack."""

    def __init__(self) -> None:
        self.fixed: dict[str, bytes] = {}
        self.entries: _Numbered = {}
        self.blocks: _Numbered = {}
        self.map_proofs: _Numbered = {}
        self.items: _Numbered = {}
        self.record_lists: _Numbered = {}
        self.timestamps: _Numbered = {}
        self.rosters: _Numbered = {}
        self.records: dict[bytes, bytes] = {}

    def take(self, name: str, data: bytes) -> None:
        if name in GROUND or name in NOT_PROOF or name == DISCLOSURES:
            self.fixed[name] = data
            return
        for pattern, place in _PATTERNS:
            if match := pattern.fullmatch(name):
                place(self, match, data)
                return
        raise Malformed(f"{name} is not a part of any evidence pack")

    def numbered(self, rows: _Numbered, match: re.Match[str], data: bytes) -> None:
        # Every part is named once, so a number's parts differ by suffix.
        rows.setdefault(decimal(match["number"]), {})[match["suffix"]] = data

    def record(self, match: re.Match[str], data: bytes) -> None:
        self.records[bytes.fromhex(match["key"])] = data


_Place = Callable[[_Sorter, "re.Match[str]", bytes], None]
_PATTERNS: Final[tuple[tuple[re.Pattern[str], _Place], ...]] = (
    (
        re.compile(r"entry-(?P<number>[0-9]{1,20})\.(?P<suffix>msgpack|tlog-proof|json)"),
        lambda sorter, match, data: sorter.numbered(sorter.entries, match, data),
    ),
    (
        re.compile(r"block-(?P<number>[0-9]{1,20})\.(?P<suffix>txt|tlog-proof)"),
        lambda sorter, match, data: sorter.numbered(sorter.blocks, match, data),
    ),
    (
        re.compile(r"map-proof-(?P<number>[0-9]{1,20})\.(?P<suffix>txt)"),
        lambda sorter, match, data: sorter.numbered(sorter.map_proofs, match, data),
    ),
    (
        re.compile(r"items/(?P<number>[0-9]{1,20})\.(?P<suffix>txt)"),
        lambda sorter, match, data: sorter.numbered(sorter.items, match, data),
    ),
    (
        re.compile(r"records-(?P<number>[0-9]{1,20})\.(?P<suffix>msgpack)"),
        lambda sorter, match, data: sorter.numbered(sorter.record_lists, match, data),
    ),
    (
        re.compile(r"timestamps/(?P<number>[0-9]{1,20})\.(?P<suffix>checkpoint|tsr|consistency\.txt)"),
        lambda sorter, match, data: sorter.numbered(sorter.timestamps, match, data),
    ),
    (
        re.compile(
            r"rosters/(?P<number>[0-9]{1,20})/"
            r"(?P<suffix>document\.json|entry\.(?:msgpack|tlog-proof|json)|header\.(?:txt|tlog-proof)"
            r"|checkpoint|consistency\.txt)"
        ),
        lambda sorter, match, data: sorter.numbered(sorter.rosters, match, data),
    ),
    (
        re.compile(r"records/(?P<key>[0-9a-f]{130})\.msgpack"),
        lambda sorter, match, data: sorter.record(match, data),
    ),
)


def sort_parts(parts: Mapping[str, bytes]) -> Contents:
    """The pack that these parts make. Raises `Malformed`, naming the part that is missing, unknown or too much."""
    sorter = _Sorter()
    for name, data in parts.items():
        sorter.take(name, data)
    for name in GROUND:
        if name not in sorter.fixed:
            raise Malformed(f"the part {name} is missing")
    entries = _complete(sorter.entries, entry_part, _ENTRY_SUFFIXES)
    blocks = _complete(sorter.blocks, block_part, _BLOCK_SUFFIXES)
    timestamps = _complete(sorter.timestamps, timestamp_part, _TIMESTAMP_SUFFIXES)
    rosters = _complete(sorter.rosters, roster_part, _ROSTER_SUFFIXES)
    contents = Contents(
        kind=_kind(sorter),
        genesis=sorter.fixed[GENESIS],
        checkpoint=sorter.fixed[CHECKPOINT],
        policy=sorter.fixed[POLICY],
        header=sorter.fixed[HEADER],
        header_proof=sorter.fixed[HEADER_PROOF],
        entries=tuple(EntryPart(number, *data) for number, data in entries),
        blocks={number: BlockPart(number, *data) for number, data in blocks},
        map_proofs=_in_row(sorter.map_proofs, map_proof_part),
        records=sorter.records,
        record_lists=_in_row(sorter.record_lists, record_list_part),
        items={number: data["txt"] for number, data in sorted(sorter.items.items())},
        disclosures=sorter.fixed.get(DISCLOSURES),
        timestamps=tuple(TimestampPart(number, *data) for number, data in timestamps),
        rosters=tuple(RosterPart(RosterStep(number, *data[:-1]), data[-1]) for number, data in rosters),
    )
    _check_shape(contents)
    return contents


def _complete(
    rows: _Numbered, name: Callable[[int, str], str], suffixes: tuple[str, ...]
) -> list[tuple[int, list[bytes]]]:
    for number, row in rows.items():
        for suffix in suffixes:
            if suffix not in row:
                raise Malformed(f"the part {name(number, suffix)} is missing")
    return [(number, [row[suffix] for suffix in suffixes]) for number, row in sorted(rows.items())]


def _in_row(rows: _Numbered, name: Callable[[int], str]) -> tuple[bytes, ...]:
    """The only part of each number, which count 1, 2, …"""
    for number in range(1, len(rows) + 1):
        if number not in rows:
            raise Malformed(f"the part {name(number)} is missing: they count 1, 2, …")
    return tuple(data for number in range(1, len(rows) + 1) for data in rows[number].values())


def _kind(sorter: _Sorter) -> PackKind:
    if not sorter.entries:
        if len(sorter.map_proofs) > 1 or sorter.record_lists:
            return PackKind.EXPORT
        return PackKind.PRESENCE if sorter.records else PackKind.ABSENCE
    if sorter.map_proofs:
        return PackKind.TITLE
    return PackKind.ITEM if sorter.items else PackKind.ENTRY


_WITHOUT_ENTRIES: Final = (PackKind.ABSENCE, PackKind.PRESENCE, PackKind.EXPORT)


def _check_shape(contents: Contents) -> None:
    """Raise `Malformed` if the pack has parts that its kind has no place for, or lacks one that it must have."""
    kind = contents.kind
    if len(contents.timestamps) > TIMESTAMPS_MAX:
        raise Malformed(f"a pack has at most {TIMESTAMPS_MAX} time-stamp tokens")
    for expected, part in enumerate(contents.rosters, start=2):
        if part.step.version != expected or expected > ROSTER_VERSION_MAX:
            raise Malformed(f"the versions under rosters/ count 2, 3, … up to at most {ROSTER_VERSION_MAX}")
    too_much = {
        "blocks": bool(contents.blocks) and kind in _WITHOUT_ENTRIES,
        "disclosures": contents.disclosures is not None and kind in _WITHOUT_ENTRIES,
        "items": bool(contents.items) and kind not in (PackKind.ENTRY, PackKind.ITEM),
        "records": bool(contents.records) and kind not in (PackKind.TITLE, PackKind.PRESENCE),
        "lists of records": bool(contents.record_lists) and kind is not PackKind.EXPORT,
    }
    for what, is_there in too_much.items():
        if is_there:
            raise Malformed(f"the pack has {what}, which have no place in a pack of the kind {kind}")
    proofs, lists = len(contents.map_proofs), len(contents.record_lists)
    if kind in (PackKind.ABSENCE, PackKind.PRESENCE) and proofs != 1:
        raise Malformed(f"a pack of the kind {kind} has one map proof, this one has {proofs} and no entry")
    if kind is PackKind.EXPORT and (proofs, lists) != (EXPORT_PROOFS, EXPORT_PROOFS):
        raise Malformed(
            f"without an entry a pack has one map proof, or, to export the register, {EXPORT_PROOFS} with as many "
            f"lists of records; this one has {proofs} and {lists}"
        )
