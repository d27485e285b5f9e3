"""Blocks on the wire: golden bytes, one spelling, and a header that covers its entries."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import load_vector
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger.block import (
    BLOCK_BYTES_MAX,
    ENTRY_FRAME_BYTES,
    FRAME_BYTES,
    LEAF_BYTES_MAX,
    Block,
    entries_digest,
)
from datadeed_ledger.encoding import encode, sha256
from datadeed_ledger.errors import Malformed
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import EMPTY_ROOT, leaf_hash

ENTRIES = (b"\x92\xc4\x01a\x90", b"\x92\xc4\x01b\x90")


def header_of(entries: tuple[bytes, ...]) -> Header:
    return Header(
        ledger=bytes(32),
        origin="ledger.example.cn/dataip",
        height=1,
        time_ms=1_795_320_729_104,
        slack_ms=0,
        previous=bytes(32),
        first=1,
        entries=len(entries),
        entries_digest=sha256(b"".join(leaf_hash(item) for item in entries)),
        tree_size=1 + len(entries),
        tree_root=EMPTY_ROOT,
        state_root=EMPTY_ROOT,
        roster_version=1,
        roster_digest=bytes(32),
        next_roster_version=1,
        next_roster_digest=bytes(32),
    )


def block_of(entries: tuple[bytes, ...]) -> Block:
    return Block.of(header_of(entries), entries, [leaf_hash(item) for item in entries])


def test_a_block_is_canonical_messagepack_of_header_and_entries() -> None:
    block = block_of(ENTRIES)
    header = block.header.to_bytes()
    assert block.to_bytes() == (
        b"\x92\xc5" + len(header).to_bytes(2, "big") + header + b"\x92\xc4\x05" + ENTRIES[0] + b"\xc4\x05" + ENTRIES[1]
    )
    assert Block.parse(block.to_bytes()) == block
    assert block.header_bytes == header
    assert block.digest == block.header.digest == sha256(header)
    assert block.leaf_hashes == (*(leaf_hash(item) for item in ENTRIES), leaf_hash(header))


def test_an_empty_block_is_a_header_and_no_entries() -> None:
    block = block_of(())
    assert Block.parse(block.to_bytes()) == block
    assert block.header.entries_digest == sha256(b"") == entries_digest(())
    assert block.to_bytes().endswith(b"\x90")


def test_published_blocks_are_covered_by_their_headers() -> None:
    leaves = load_vector("packs/log.json")
    if leaves is None:
        pytest.skip("published vectors are not here")
    entries: list[bytes] = []
    blocks = []
    for leaf in leaves:
        data = bytes.fromhex(leaf["leaf"])
        if leaf["kind"] == "header":
            blocks.append(Block.parse(encode([data, entries])))
            entries = []
        else:
            entries.append(data)
    assert [len(block.entries) for block in blocks] == [0, 4, 1, 0, 1, 1, 2, 1]


@pytest.mark.parametrize(
    "entries",
    [
        ENTRIES[:1],
        ENTRIES[::-1],
        (*ENTRIES, ENTRIES[0]),
        (ENTRIES[0], ENTRIES[1] + b"\x00"),
        (ENTRIES[0] + ENTRIES[1][:1], ENTRIES[1][1:]),
        (),
    ],
)
def test_a_block_with_other_entries_than_its_header_names_is_malformed(entries: tuple[bytes, ...]) -> None:
    with pytest.raises(Malformed, match="other entries"):
        Block.parse(encode([header_of(ENTRIES).to_bytes(), list(entries)]))


def test_a_count_that_differs_from_the_entries_is_malformed() -> None:
    header = replace(header_of(ENTRIES), entries=3, tree_size=4)
    with pytest.raises(Malformed, match="other entries"):
        Block.parse(encode([header.to_bytes(), list(ENTRIES)]))


HEADER_BYTES = header_of(ENTRIES).to_bytes()


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        [HEADER_BYTES],
        [HEADER_BYTES, list(ENTRIES), []],
        [HEADER_BYTES.decode(), list(ENTRIES)],
        [HEADER_BYTES, ENTRIES[0]],
        [HEADER_BYTES, {"a": 1}],
        [HEADER_BYTES, [ENTRIES[0], "text"]],
        [HEADER_BYTES, [ENTRIES[0], None]],
        [HEADER_BYTES, [ENTRIES[0], b""]],
        [HEADER_BYTES, [ENTRIES[0], bytes(LEAF_BYTES_MAX + 1)]],
        [HEADER_BYTES[:-1], list(ENTRIES)],
        {"header": HEADER_BYTES},
    ],
)
def test_another_shape_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        Block.parse(encode(value))


def test_the_largest_block_fits_and_one_byte_more_does_not() -> None:
    room = BLOCK_BYTES_MAX - FRAME_BYTES
    whole, rest = divmod(room, LEAF_BYTES_MAX + ENTRY_FRAME_BYTES)
    entries = (bytes([0x92]) * LEAF_BYTES_MAX,) * whole + (bytes([0x92]) * (rest - ENTRY_FRAME_BYTES),)
    data = block_of(entries).to_bytes()
    assert BLOCK_BYTES_MAX - FRAME_BYTES < len(data) <= BLOCK_BYTES_MAX
    assert Block.parse(data).to_bytes() == data
    with pytest.raises(Malformed, match="at most"):
        Block.parse(bytes(BLOCK_BYTES_MAX + 1))


def test_every_changed_byte_is_malformed_or_another_block() -> None:
    data = block_of(ENTRIES).to_bytes()
    entries_start = data.index(ENTRIES[0])
    for at in range(len(data)):
        for other in {data[at] ^ 1, data[at] ^ 0x80, 0x0A, 0x00} - {data[at]}:
            changed = data[:at] + bytes([other]) + data[at + 1 :]
            try:
                block = Block.parse(changed)
            except Malformed:
                continue
            assert at < entries_start, "the header covers every byte of the entries"
            assert block.to_bytes() == changed
            assert block.digest != sha256(HEADER_BYTES)


@given(st.binary(max_size=200))
def test_any_bytes_are_malformed_or_spell_a_block(data: bytes) -> None:
    try:
        block = Block.parse(data)
    except Malformed:
        return
    assert block.to_bytes() == data


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=20).map(tuple))
def test_any_entries_travel_unchanged(entries: tuple[bytes, ...]) -> None:
    block = block_of(entries)
    assert Block.parse(block.to_bytes()) == block
    assert block.entries == entries
