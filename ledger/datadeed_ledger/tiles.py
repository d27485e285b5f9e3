"""The log as C2SP tlog-tiles: immutable files of 256 hashes, or of 256 leaves, by which any tool can follow the log.

    tile/<L>/<N>[.p/<W>]       hashes of nodes at level 8 * L, from 256 * N on; W of them where fewer than 256 exist
    tile/entries/<N>[.p/<W>]   leaves from 256 * N on, each as u16be length || leaf data

N is written in groups of three digits, all but the last with an `x` before it: 1234067 is x001/x234/067.
Left out: serving them (the node's). Spec: docs/spec/ledger.md section 4.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from datadeed_ledger.encoding import decimal
from datadeed_ledger.errors import Malformed
from datadeed_ledger.merkle import TREE_SIZE_MAX, HashReader

TILE_WIDTH: Final = 256
TILE_HEIGHT: Final = 8  # levels of the tree in one tile
LEVEL_MAX: Final = 6  # level 48 of a tree below 2**53 leaves
_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?")

LeafReader = Callable[[int], bytes]
"""log index -> leaf data"""


@dataclass(frozen=True, slots=True)
class Tile:
    """The name of one tile or entry bundle."""

    level: int | None  # None: a bundle of leaves
    index: int  # of the tile in its level
    width: int  # 256, or fewer for a partial tile

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= LEVEL_MAX:
            raise Malformed(f"a tile's level is 0 to {LEVEL_MAX}")
        if not 0 <= self.index <= TREE_SIZE_MAX // TILE_WIDTH or not 1 <= self.width <= TILE_WIDTH:
            raise Malformed(f"a tile has an index below 2**45 and 1 to {TILE_WIDTH} hashes")

    @property
    def path(self) -> str:
        """As it stands in a URL or a folder, without a leading slash."""
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(groups)}{partial}"

    @classmethod
    def parse(cls, path: str) -> Tile:
        """The tile that this path names. Raises Malformed on any other spelling."""
        parts = _PATH.fullmatch(path) if len(path) <= 64 else None
        if parts is None:
            raise Malformed("a tile's path is tile/<level or entries>/<index in threes>[.p/<width>]")
        level = None if parts[1] == "entries" else decimal(parts[1])
        index = int(parts[2].replace("/", "").replace("x", ""))
        tile = cls(level, index, decimal(parts[3]) if parts[3] else TILE_WIDTH)
        if tile.path != path:
            raise Malformed("a tile's path in another spelling")
        return tile

    def is_in(self, size: int) -> bool:
        """Whether a log of `size` leaves has all that this tile holds."""
        return self.index * TILE_WIDTH + self.width <= size >> TILE_HEIGHT * (self.level or 0)


def hash_tile(tile: Tile, read: HashReader) -> bytes:
    """The hashes of a tile, 32 bytes each."""
    assert tile.level is not None, "a bundle has leaves, not hashes"
    level, first = tile.level * TILE_HEIGHT, tile.index * TILE_WIDTH
    return b"".join(read(level, index) for index in range(first, first + tile.width))


def entry_bundle(tile: Tile, read_leaf: LeafReader) -> bytes:
    """The leaves of a bundle, u16be length || data each."""
    assert tile.level is None, "a tile of hashes has no leaves"
    first = tile.index * TILE_WIDTH
    leaves = [read_leaf(index) for index in range(first, first + tile.width)]
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def parse_entry_bundle(data: bytes) -> tuple[bytes, ...]:
    """The leaves of a bundle. Raises Malformed unless it is whole and has 1 to 256 of them."""
    leaves: list[bytes] = []
    at = 0
    while at < len(data) and len(leaves) < TILE_WIDTH:
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        leaves.append(data[at + 2 : end])
        at = end
    if at != len(data) or not leaves:
        raise Malformed(f"an entry bundle is 1 to {TILE_WIDTH} leaves, each after its two bytes of length")
    return tuple(leaves)
