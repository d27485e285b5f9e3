"""Headers: golden bytes, one spelling, and lines that agree with each other."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from conftest import load_vector
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Malformed
from datadeed_ledger.header import HEADER_BYTES_MAX, NO_PREVIOUS, SLACK_MS_MAX, Header
from datadeed_ledger.merkle import EMPTY_ROOT, TREE_SIZE_MAX, Frontier, leaf_hash

HEADER = Header(
    ledger=b"L" * 32,
    origin="ledger.example.cn/dataip",
    height=412,
    time_ms=1_795_320_729_104,
    slack_ms=2000,
    previous=b"P" * 32,
    first=1_048_560,
    entries=16,
    entries_digest=b"E" * 32,
    tree_size=1_048_576,
    tree_root=b"T" * 32,
    state_root=b"S" * 32,
    roster_version=7,
    roster_digest=b"R" * 32,
    next_roster_version=7,
    next_roster_digest=b"R" * 32,
)

# The golden bytes of the format: a change here is a change of every ledger.
GOLDEN = (
    "datadeed-header/v1\n"
    f"ledger sha256:{'4c' * 32}\n"
    "origin ledger.example.cn/dataip\n"
    "height 412\n"
    "time 2026-11-22T04:12:09.104Z\n"
    "slack 2000\n"
    f"previous sha256:{'50' * 32}\n"
    "first 1048560\n"
    f"entries 16 sha256:{'45' * 32}\n"
    "tree 1048576 VFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFQ=\n"
    "state mpt1 U1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1M=\n"
    f"roster 7 sha256:{'52' * 32}\n"
    f"next-roster 7 sha256:{'52' * 32}\n"
).encode()


def test_a_header_is_exactly_its_golden_lines() -> None:
    assert HEADER.to_bytes() == GOLDEN
    assert Header.parse(GOLDEN) == HEADER
    assert HEADER.digest == sha256(GOLDEN)
    assert (HEADER.index, HEADER.log_size, HEADER.ends_epoch) == (1_048_576, 1_048_577, False)
    assert GOLDEN[0] == 0x64


def test_published_headers_are_re_encoded_and_chain_into_the_published_log() -> None:
    leaves = load_vector("packs/log.json")
    if leaves is None:
        pytest.skip("published vectors are not here")
    frontier, previous, headers = Frontier.EMPTY, NO_PREVIOUS, 0
    for leaf in leaves:
        data = bytes.fromhex(leaf["leaf"])
        if leaf["kind"] == "header":
            header = Header.parse(data)
            assert header.to_bytes() == data
            assert header.digest.hex() == leaf["id"]
            assert header.previous == previous
            assert (header.height, header.index) == (leaf["height"], leaf["index"])
            assert (header.tree_size, header.tree_root) == (frontier.size, frontier.root)
            previous, headers = header.digest, headers + 1
        else:
            assert data[0] == 0x92
        frontier = frontier.append(leaf_hash(data))
    assert (headers, frontier.size) == (8, 18)


def test_a_header_that_ends_an_epoch_names_the_version_after() -> None:
    last = replace(HEADER, next_roster_version=8, next_roster_digest=b"N" * 32)
    assert last.ends_epoch
    assert Header.parse(last.to_bytes()) == last


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"origin": ""}, "origin"),
        ({"origin": "a b"}, "origin"),
        ({"origin": "a+b"}, "origin"),
        ({"origin": "a\n"}, "origin"),
        ({"origin": "é"}, "origin"),
        ({"origin": "a" * 256}, "origin"),
        ({"ledger": bytes(31)}, "32 bytes"),
        ({"state_root": bytes(33)}, "32 bytes"),
        ({"next_roster_digest": b""}, "32 bytes"),
        ({"slack_ms": -1}, "slack"),
        ({"slack_ms": SLACK_MS_MAX + 1}, "slack"),
        ({"height": -1}, "count from 0"),
        ({"first": -1, "tree_size": 15}, "count from 0"),
        ({"entries": -1, "tree_size": 1_048_559}, "count from 0"),
        ({"first": 411, "tree_size": 427}, "each block adds a leaf"),
        ({"tree_size": 1_048_577}, "first index and its entries"),
        ({"first": TREE_SIZE_MAX - 16, "tree_size": TREE_SIZE_MAX}, "below"),
        ({"roster_version": 0, "next_roster_version": 0}, "from 1"),
        ({"next_roster_version": 8}, "another digest"),
        ({"next_roster_digest": b"N" * 32}, "another digest"),
        ({"next_roster_version": 9, "next_roster_digest": b"N" * 32}, "version after"),
        ({"next_roster_version": 6, "next_roster_digest": b"N" * 32}, "version after"),
    ],
)
def test_a_header_whose_lines_disagree_cannot_exist(changes: dict, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        replace(HEADER, **changes)


def test_a_time_that_text_cannot_spell_is_malformed() -> None:
    for time_ms in (-1, 253_402_300_800_000):
        with pytest.raises(Malformed):
            replace(HEADER, time_ms=time_ms).to_bytes()


def test_the_largest_header_fits() -> None:
    largest = Header(
        ledger=EMPTY_ROOT,
        origin="o" * 255,
        height=TREE_SIZE_MAX - 2,
        time_ms=253_402_300_799_999,
        slack_ms=SLACK_MS_MAX,
        previous=EMPTY_ROOT,
        first=TREE_SIZE_MAX - 2,
        entries=1,
        entries_digest=EMPTY_ROOT,
        tree_size=TREE_SIZE_MAX - 1,
        tree_root=EMPTY_ROOT,
        state_root=EMPTY_ROOT,
        roster_version=TREE_SIZE_MAX - 1,
        roster_digest=EMPTY_ROOT,
        next_roster_version=TREE_SIZE_MAX,
        next_roster_digest=NO_PREVIOUS,
    )
    assert len(largest.to_bytes()) < HEADER_BYTES_MAX
    assert Header.parse(largest.to_bytes()) == largest


def test_every_changed_byte_is_malformed_or_another_header() -> None:
    for at, other in [(at, other) for at in range(len(GOLDEN)) for other in range(256) if other != GOLDEN[at]]:
        changed = GOLDEN[:at] + bytes([other]) + GOLDEN[at + 1 :]
        try:
            header = Header.parse(changed)
        except Malformed:
            continue
        assert header.to_bytes() == changed
        assert sum(getattr(header, item.name) != getattr(HEADER, item.name) for item in fields(Header)) == 1


@pytest.mark.parametrize(
    "text",
    [
        b"",
        GOLDEN[:-1],
        GOLDEN + b"\n",
        GOLDEN + b"extra 1\n",
        GOLDEN.replace(b"\n", b"\r\n"),
        GOLDEN.replace(b"height 412", b"height 0412"),
        GOLDEN.replace(b"height 412", b"height +412"),
        GOLDEN.replace(b"height 412", b"height 4_12"),
        GOLDEN.replace(b"height 412", b"height  412"),
        GOLDEN.replace(b"slack 2000", b"slack 128001"),
        GOLDEN.replace(b"slack 2000", b"slack "),
        GOLDEN.replace(b"4c", b"4C"),
        GOLDEN.replace(b"VFQ=\n", b"VFR=\n"),
        GOLDEN.replace(b"mpt1", b"mpt2"),
        GOLDEN.replace(b"header/v1", b"header/v2"),
        GOLDEN.replace(b"22T04", b"32T04"),
        GOLDEN.replace(b"sha256", b"sha512"),
        GOLDEN.replace(b"412", "٤١٢".encode()),
        b"\n".join(sorted(GOLDEN.split(b"\n")[:-1])) + b"\n",
        b"\xef\xbb\xbf" + GOLDEN,
        GOLDEN + b"d" * HEADER_BYTES_MAX,
    ],
)
def test_another_spelling_is_malformed(text: bytes) -> None:
    with pytest.raises(Malformed):
        Header.parse(text)


@given(st.binary(max_size=100) | st.lists(st.sampled_from(GOLDEN.split(b"\n")), max_size=15).map(b"\n".join))
def test_any_bytes_are_malformed_or_spell_a_header(data: bytes) -> None:
    try:
        header = Header.parse(data)
    except Malformed:
        return
    assert header.to_bytes() == data


@given(st.integers(0, len(GOLDEN)), st.integers(0, 3), st.binary(max_size=3))
def test_any_splice_is_malformed_or_spells_a_header(at: int, cut: int, put: bytes) -> None:
    data = GOLDEN[:at] + put + GOLDEN[at + cut :]
    try:
        header = Header.parse(data)
    except Malformed:
        return
    assert header.to_bytes() == data
