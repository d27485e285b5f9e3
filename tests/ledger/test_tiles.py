"""tlog-tiles: paths in one spelling, contents that rebuild the tree."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger.errors import Malformed
from datadeed_ledger.merkle import TREE_SIZE_MAX, Frontier, leaf_hash, new_nodes, tree_root
from datadeed_ledger.tiles import LEVEL_MAX, Tile, entry_bundle, hash_tile, parse_entry_bundle

PATHS = {
    "tile/0/000": Tile(0, 0, 256),
    "tile/0/000.p/1": Tile(0, 0, 1),
    "tile/1/255.p/255": Tile(1, 255, 255),
    "tile/entries/x001/x234/067": Tile(None, 1_234_067, 256),
    "tile/entries/x001/000.p/16": Tile(None, 1000, 16),
    "tile/6/x035/x184/x372/x088/831": Tile(6, TREE_SIZE_MAX // 256, 256),
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_and_its_tile_name_each_other(path: str) -> None:
    assert Tile.parse(path) == PATHS[path]
    assert PATHS[path].path == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/x01/001",
        "tile/0/001/001",
        "tile/0/x001",
        "tile/00/000",
        "tile/7/000",
        "tile/63/000",
        "tile/-1/000",
        "tile/data/000",
        "tile/Entries/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/0/x035/x184/x372/x088/832",
        "tile/0/" + "x000/" * 3000 + "000",
        "tile/0/../000",
        "tile/8/entries/000",
    ],
)
def test_another_path_is_malformed(path: str) -> None:
    with pytest.raises(Malformed):
        Tile.parse(path)


@given(
    st.text(max_size=40) | st.from_regex(r"\Atile/(entries|[0-9]{1,2})/(x[0-9]{3}/){0,5}[0-9]{3}(\.p/[0-9]{1,3})?\Z")
)
def test_any_text_is_malformed_or_spells_a_tile(path: str) -> None:
    try:
        tile = Tile.parse(path)
    except Malformed:
        return
    assert tile.path == path


@given(st.none() | st.integers(0, LEVEL_MAX), st.integers(0, TREE_SIZE_MAX // 256), st.integers(1, 256))
def test_every_tile_has_a_path(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile


LEAVES = [b"leaf %d" % index for index in range(700)]
NODES = {(level, at): item for level, at, item in new_nodes(Frontier.EMPTY, [leaf_hash(leaf) for leaf in LEAVES])}


def test_tiles_of_hashes_rebuild_the_root_of_the_log() -> None:
    def read(level: int, index: int) -> bytes:
        return NODES[level, index]

    level_0 = b"".join(hash_tile(Tile(0, at, width), read) for at, width in [(0, 256), (1, 256), (2, 188)])
    leaf_hashes = [level_0[at : at + 32] for at in range(0, len(level_0), 32)]
    assert leaf_hashes == [leaf_hash(leaf) for leaf in LEAVES]
    level_1 = hash_tile(Tile(1, 0, 2), read)
    assert [level_1[:32], level_1[32:]] == [tree_root(leaf_hashes[:256]), tree_root(leaf_hashes[256:512])]


def test_a_tile_is_in_the_log_only_when_all_its_hashes_are_final() -> None:
    assert Tile(0, 2, 188).is_in(700)
    assert not Tile(0, 2, 189).is_in(700)
    assert Tile(None, 2, 188).is_in(700)
    assert not Tile(None, 2, 189).is_in(700)
    assert Tile(1, 0, 2).is_in(700)
    assert Tile(1, 0, 2).is_in(512)
    assert not Tile(1, 0, 2).is_in(511)
    assert not Tile(2, 0, 1).is_in(65_535)
    assert Tile(2, 0, 1).is_in(65_536)


def test_a_bundle_gives_each_leaf_its_length() -> None:
    tile = Tile(None, 2, 188)
    bundle = entry_bundle(tile, LEAVES.__getitem__)
    assert bundle.startswith(b"\x00\x08leaf 512\x00\x08leaf 513")
    assert parse_entry_bundle(bundle) == tuple(LEAVES[512:])
    longest = b"\x92" * 65_535
    assert parse_entry_bundle(entry_bundle(Tile(None, 0, 1), lambda _: longest)) == (longest,)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x02a", b"\x00\x01ab", b"\x00\x01a" * 257])
def test_a_bundle_that_is_not_whole_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_entry_bundle(data)


@given(st.binary(max_size=100))
def test_any_bytes_are_malformed_or_a_bundle(data: bytes) -> None:
    try:
        leaves = parse_entry_bundle(data)
    except Malformed:
        return
    assert entry_bundle(Tile(None, 0, len(leaves)), leaves.__getitem__) == data


def test_a_bundle_has_no_hashes_and_a_tile_no_leaves() -> None:
    with pytest.raises(AssertionError):
        hash_tile(Tile(None, 0, 1), lambda _level, _index: hashlib.sha256(b"").digest())
    with pytest.raises(AssertionError):
        entry_bundle(Tile(0, 0, 1), lambda _: b"")
