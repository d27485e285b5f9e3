"""A block: a header and the entries that it names, as it travels and as consensus passes it on.

On the wire it is canonical MessagePack, [header bin, [entry bin, …]], at most 4 MiB. Its id is the header's hash, and
the header's `entries` line proves the body by itself. Left out: what the entries mean and whether they may stand there
(chain.py); an entry is opaque bytes here. Spec: docs/spec/ledger.md section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from datadeed_ledger.encoding import decode, encode, sha256
from datadeed_ledger.errors import Malformed
from datadeed_ledger.header import HEADER_BYTES_MAX, Header
from datadeed_ledger.merkle import leaf_hash

BLOCK_BYTES_MAX: Final = 4 * 1024 * 1024  # a frame that four links carry within the build budget
LEAF_BYTES_MAX: Final = 65_535  # a tlog-tiles entry bundle gives each leaf a u16 length
FRAME_BYTES: Final = 16 + HEADER_BYTES_MAX  # at most, for everything of a block that is not an entry
ENTRY_FRAME_BYTES: Final = 3  # at most, for one entry's length


@dataclass(frozen=True, slots=True)
class Block:
    """A header with its entries; they fit together, whoever made the block."""

    header: Header
    header_bytes: bytes
    entries: tuple[bytes, ...]
    leaf_hashes: tuple[bytes, ...] = field(repr=False)  # of the entries, the header's own last
    digest: bytes  # the block's id, H(header bytes)

    @classmethod
    def of(cls, header: Header, entries: Sequence[bytes], entry_hashes: Sequence[bytes]) -> Block:
        """The block of this header. entry_hashes: LEAF(entry) for each entry, which the header's digest covers."""
        return cls._joined(header, header.to_bytes(), tuple(entries), tuple(entry_hashes))

    @classmethod
    def parse(cls, data: bytes) -> Block:
        """The block that these bytes spell. Raises Malformed, also if the header does not cover the entries."""
        value = decode(data, bytes_max=BLOCK_BYTES_MAX)
        if not isinstance(value, list) or len(value) != 2:
            raise Malformed("a block is an array of a header and its entries")
        header_bytes, entries = value
        if not isinstance(header_bytes, bytes) or not isinstance(entries, list):
            raise Malformed("a block's header is bin and its entries are an array")
        checked = [item for item in entries if isinstance(item, bytes) and 0 < len(item) <= LEAF_BYTES_MAX]
        if len(checked) != len(entries):
            raise Malformed(f"a block's entry is bin of 1 to {LEAF_BYTES_MAX} bytes")
        return cls._joined(
            Header.parse(header_bytes), header_bytes, tuple(checked), tuple(leaf_hash(item) for item in checked)
        )

    @classmethod
    def _joined(
        cls, header: Header, header_bytes: bytes, entries: tuple[bytes, ...], entry_hashes: tuple[bytes, ...]
    ) -> Block:
        if header.entries != len(entries) or header.entries_digest != entries_digest(entry_hashes):
            raise Malformed("a block's header names other entries than the block has")
        return cls(header, header_bytes, entries, (*entry_hashes, leaf_hash(header_bytes)), sha256(header_bytes))

    def to_bytes(self) -> bytes:
        """The block's one spelling on the wire."""
        return encode([self.header_bytes, list(self.entries)])


def entries_digest(entry_hashes: Sequence[bytes]) -> bytes:
    """H(LEAF(e1) || LEAF(e2) || …): what a header's `entries` line says of the body."""
    return sha256(b"".join(entry_hashes))
