"""A block's header: the last leaf of its block, the one thing that consensus votes on, and what a judge reads.

Exactly these lines, in this order, single spaces, a newline after each (the height-1 header of some ledger):

    datadeed-header/v1
    ledger sha256:5daf0fcfa1d7f8b1aa19ef0214f3fabc5a0343ccc486e352f159204102f0e35b
    origin ledger.example.cn/dataip
    height 1
    time 2026-11-22T04:01:00.000Z
    slack 2000
    previous sha256:b2c35455e31a21263ac9205e6deb1bf77c2b8e0eecfe32c8b855bf0e644e1fcf
    first 1
    entries 4 sha256:6c1eba440d6464e35ec68ebb049e58c9c0431dc3f8a67784afe6959a3d999ed1
    tree 5 TOnKfDE3p6KchuZHi+4qUaJRTHabpPiZvtkMj1OY7eQ=
    state mpt1 +CG8VNqxZutZOti9mse1YxB3I3ciwHunV4JRBmRWslw=
    roster 1 sha256:d675c9398eb46e3ae4e53e564978a6681276cb7a0ca3524e536e30b143238b7a
    next-roster 1 sha256:d675c9398eb46e3ae4e53e564978a6681276cb7a0ca3524e536e30b143238b7a

Here is what one header says by itself; how it follows from its parent is chain.py. Spec: docs/spec/ledger.md section 3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from datadeed_ledger.encoding import decimal, from_b64, from_hex, parse_time, sha256, time_text, to_b64
from datadeed_ledger.errors import Malformed
from datadeed_ledger.merkle import HASH_BYTES, TREE_SIZE_MAX

HEADER_BYTES_MAX: Final = 2048  # the longest origin and the longest numbers need 1,100
HEADER_FIRST_BYTE: Final = b"d"  # an entry's leaf begins with 92, so the two kinds of leaf cannot be mistaken
SLACK_MS_MAX: Final = 128_000  # D_past doubled six times: the coarsest time that consensus ever accepts
NO_PREVIOUS: Final = bytes(HASH_BYTES)  # what the genesis block names as its parent
_ORIGIN = re.compile(r"[!-*,-~]{1,255}")
_LINES = re.compile(
    r"datadeed-header/v1\n"
    r"ledger sha256:(?P<ledger>.{64})\n"
    r"origin (?P<origin>.{1,255})\n"
    r"height (?P<height>.{1,20})\n"
    r"time (?P<time>.{24})\n"
    r"slack (?P<slack>.{1,6})\n"
    r"previous sha256:(?P<previous>.{64})\n"
    r"first (?P<first>.{1,20})\n"
    r"entries (?P<entries>\d{1,20}) sha256:(?P<entries_digest>.{64})\n"
    r"tree (?P<tree_size>\d{1,20}) (?P<tree_root>.{44})\n"
    r"state mpt1 (?P<state_root>.{44})\n"
    r"roster (?P<roster_version>\d{1,20}) sha256:(?P<roster_digest>.{64})\n"
    r"next-roster (?P<next_roster_version>\d{1,20}) sha256:(?P<next_roster_digest>.{64})\n",
    re.ASCII,
)
_HASHES: Final = (
    "ledger",
    "previous",
    "entries_digest",
    "tree_root",
    "state_root",
    "roster_digest",
    "next_roster_digest",
)


@dataclass(frozen=True, slots=True)
class Header:
    """One block's header. Hashes have 32 bytes; sizes, counts and indexes are below 2**53."""

    ledger: bytes  # the fingerprint
    origin: str
    height: int
    time_ms: int
    slack_ms: int  # how far behind real time `time_ms` may be
    previous: bytes  # H of the previous header's bytes; 32 zero bytes at height 0
    first: int  # log index of the block's first leaf
    entries: int  # how many entries the block has
    entries_digest: bytes  # H(LEAF(e1) || LEAF(e2) || …)
    tree_size: int  # all leaves before this header
    tree_root: bytes
    state_root: bytes  # after this block
    roster_version: int  # in force for this block
    roster_digest: bytes
    next_roster_version: int  # in force for the next; differs only in a block that ends an epoch
    next_roster_digest: bytes

    def __post_init__(self) -> None:
        """Raise Malformed unless the lines agree with each other."""
        if not _ORIGIN.fullmatch(self.origin):
            raise Malformed("a header's origin is printable ASCII without space or '+'")
        if any(len(getattr(self, name)) != HASH_BYTES for name in _HASHES):
            raise Malformed("a header's hashes have 32 bytes")
        if not 0 <= self.slack_ms <= SLACK_MS_MAX:
            raise Malformed(f"a header's slack is 0 to {SLACK_MS_MAX} ms")
        if min(self.height, self.first, self.entries) < 0 or self.first < self.height:
            raise Malformed("a header's height and first index count from 0, and each block adds a leaf")
        if self.tree_size != self.first + self.entries or self.tree_size >= TREE_SIZE_MAX:
            raise Malformed("a header's tree is its first index and its entries, below 2**53")
        if self.roster_version < 1:
            raise Malformed("a header's roster version counts from 1")
        kept = self.next_roster_version == self.roster_version
        if kept != (self.next_roster_digest == self.roster_digest):
            raise Malformed("a header's next roster has another digest exactly when it has another version")
        if not kept and self.next_roster_version != self.roster_version + 1:
            raise Malformed("a header's next roster is the roster or the version after it")

    @property
    def index(self) -> int:
        """The header's own log index."""
        return self.first + self.entries

    @property
    def log_size(self) -> int:
        """Leaves of the log that ends with this header."""
        return self.first + self.entries + 1

    @property
    def ends_epoch(self) -> bool:
        """Whether another roster follows."""
        return self.next_roster_version != self.roster_version

    @property
    def digest(self) -> bytes:
        """The block's id, H(header bytes)."""
        return sha256(self.to_bytes())

    def to_bytes(self) -> bytes:
        """The header's one spelling, as it stands in the log."""
        return (
            f"datadeed-header/v1\n"
            f"ledger sha256:{self.ledger.hex()}\n"
            f"origin {self.origin}\n"
            f"height {self.height}\n"
            f"time {time_text(self.time_ms)}\n"
            f"slack {self.slack_ms}\n"
            f"previous sha256:{self.previous.hex()}\n"
            f"first {self.first}\n"
            f"entries {self.entries} sha256:{self.entries_digest.hex()}\n"
            f"tree {self.tree_size} {to_b64(self.tree_root)}\n"
            f"state mpt1 {to_b64(self.state_root)}\n"
            f"roster {self.roster_version} sha256:{self.roster_digest.hex()}\n"
            f"next-roster {self.next_roster_version} sha256:{self.next_roster_digest.hex()}\n"
        ).encode("ascii")

    @classmethod
    def parse(cls, data: bytes) -> Header:
        """The header that these bytes spell. Raises Malformed on any other bytes."""
        if len(data) > HEADER_BYTES_MAX:
            raise Malformed(f"a header has at most {HEADER_BYTES_MAX} bytes")
        try:
            lines = _LINES.fullmatch(data.decode("ascii"))
        except UnicodeDecodeError as error:
            raise Malformed("a header is ASCII text") from error
        if lines is None:
            raise Malformed("a header has exactly its thirteen lines, in order")
        header = cls(
            ledger=from_hex(lines["ledger"]),
            origin=lines["origin"],
            height=decimal(lines["height"], maximum=TREE_SIZE_MAX),
            time_ms=parse_time(lines["time"]),
            slack_ms=decimal(lines["slack"], maximum=SLACK_MS_MAX),
            previous=from_hex(lines["previous"]),
            first=decimal(lines["first"], maximum=TREE_SIZE_MAX),
            entries=decimal(lines["entries"], maximum=TREE_SIZE_MAX),
            entries_digest=from_hex(lines["entries_digest"]),
            tree_size=decimal(lines["tree_size"], maximum=TREE_SIZE_MAX),
            tree_root=from_b64(lines["tree_root"]),
            state_root=from_b64(lines["state_root"]),
            roster_version=decimal(lines["roster_version"], maximum=TREE_SIZE_MAX),
            roster_digest=from_hex(lines["roster_digest"]),
            next_roster_version=decimal(lines["next_roster_version"], maximum=TREE_SIZE_MAX),
            next_roster_digest=from_hex(lines["next_roster_digest"]),
        )
        assert header.to_bytes() == data, "every field was read from its one spelling"
        return header
