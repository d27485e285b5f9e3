"""The newest checkpoint of a node, proven from what every C2SP log serves: `/checkpoint` and tiles.

The last leaf comes from the last bundle of leaves, its inclusion path from the tiles of hashes that it crosses, at most
one a level for a checkpoint of any size. Nothing of it is believed before `receipts.prove_head` has climbed to the
root, under the roster that the leaf names: whoever reads it may have to get to know that roster first (`rosters.py`).
Spec: docs/spec/ledger.md section 4, "Served".
"""

from __future__ import annotations

from datadeed.session import Answer, Flow, Request, Session, at_once
from datadeed_ledger.checkpoint import Checkpoint, TlogProof
from datadeed_ledger.errors import Malformed
from datadeed_ledger.merkle import HASH_BYTES, inclusion_path, node_hash
from datadeed_ledger.notes import NOTE_BYTES_MAX, Note
from datadeed_ledger.tiles import LEVEL_MAX, TILE_HEIGHT, TILE_WIDTH, Tile, parse_entry_bundle

BUNDLE_BYTES_MAX = TILE_WIDTH * (2 + 65_535)
CHECKPOINT = Request("GET", "/checkpoint", bytes_max=NOTE_BYTES_MAX)


def read_last(session: Session, answer: Answer) -> Flow[tuple[bytes, TlogProof]]:
    """The last leaf under a node's `/checkpoint` and its proof, neither believed yet; asks that node further."""
    checkpoint = Checkpoint.parse(Note.parse(answer.body).body)
    if checkpoint.size < 1:
        raise Malformed("a ledger's log begins with its founding block; the checkpoint is of an empty log")
    last = checkpoint.size - 1
    bundle = _tile(None, last // TILE_WIDTH, checkpoint.size)
    data = yield from _fetch(session, answer.url, bundle, BUNDLE_BYTES_MAX)
    leaves = parse_entry_bundle(data)
    if len(leaves) != bundle.width:
        raise Malformed(f"{bundle.path} has {len(leaves)} leaves, {bundle.width} are expected")
    path = yield from _path_of_last(session, answer.url, checkpoint.size)
    return leaves[-1], TlogProof(last, path, answer.body)


def _path_of_last(session: Session, url: str, size: int) -> Flow[tuple[bytes, ...]]:
    """The inclusion path of the last leaf: tried on the tiles that are here, until none is lacking."""
    tiles: dict[tuple[int, int], bytes] = {}
    while True:
        try:
            return inclusion_path(size - 1, size, lambda level, index: _node(tiles, level, index))
        except _Lacking as lacking:
            tile = _tile(lacking.level, lacking.index, size)
            data = yield from _fetch(session, url, tile, TILE_WIDTH * HASH_BYTES)
            if len(data) != tile.width * HASH_BYTES:
                raise Malformed(f"{tile.path} has {len(data)} bytes, {tile.width * HASH_BYTES} are expected") from None
            tiles[lacking.level, lacking.index] = data


class _Lacking(Exception):
    """A tile that the path needs is not here yet."""

    def __init__(self, level: int, index: int) -> None:
        super().__init__(f"tile {level}/{index}")
        self.level, self.index = level, index


def _node(tiles: dict[tuple[int, int], bytes], level: int, index: int) -> bytes:
    """A complete node of the tree, folded from the hashes of its tile."""
    tile_level, height = divmod(level, TILE_HEIGHT)
    tile_index, place = divmod(index << height, TILE_WIDTH)
    if (tile_level, tile_index) not in tiles:
        raise _Lacking(tile_level, tile_index)
    data = tiles[tile_level, tile_index]
    hashes = [data[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at in range(place, place + (1 << height))]
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def _tile(level: int | None, index: int, size: int) -> Tile:
    """The tile as a log of `size` leaves has it."""
    assert level is None or level <= LEVEL_MAX, "a log has fewer than 2**53 leaves"
    hashes = size >> TILE_HEIGHT * (level or 0)
    return Tile(level, index, min(TILE_WIDTH, hashes - index * TILE_WIDTH))


def _fetch(session: Session, url: str, tile: Tile, bytes_max: int) -> Flow[bytes]:
    request = Request("GET", f"/{tile.path}", bytes_max=bytes_max)
    return (yield from session.ask_one(url, request, at_once(lambda answer: answer.body)))
