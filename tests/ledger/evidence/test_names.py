"""The closed list of parts and the shapes that they make."""

from __future__ import annotations

import pytest

from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence.names import GROUND, PackKind, sort_parts

KEY = "0a" * 65
ABSENCE = {name: name.encode() for name in GROUND} | {"map-proof-1.txt": b"m"}
ENTRY_PARTS = {f"entry-7.{suffix}": suffix.encode() for suffix in ("msgpack", "tlog-proof", "json")}
BLOCK_PARTS = {f"block-2.{suffix}": suffix.encode() for suffix in ("txt", "tlog-proof")}
ENTRY = {name: name.encode() for name in GROUND} | ENTRY_PARTS | BLOCK_PARTS
TITLE = ENTRY | {"map-proof-2.txt": b"n", "map-proof-1.txt": b"m", f"records/{KEY}.msgpack": b"r"}
PRESENCE = ABSENCE | {f"records/{KEY}.msgpack": b"r"}
EXPORT = {name: name.encode() for name in GROUND}
EXPORT |= {f"map-proof-{at}.txt": b"m%d" % at for at in range(1, 257)}
EXPORT |= {f"records-{at}.msgpack": b"l%d" % at for at in range(1, 257)}


def test_parts_find_their_places() -> None:
    contents = sort_parts(TITLE | {"disclosures.json": b"d", "README.txt": b"", "verify.html": b""})
    assert contents.kind is PackKind.TITLE
    assert (contents.genesis, contents.header_proof) == (b"genesis.json", b"header.tlog-proof")
    assert [(entry.index, entry.leaf, entry.proof, entry.twin) for entry in contents.entries] == [
        (7, b"msgpack", b"tlog-proof", b"json")
    ]
    assert (contents.blocks[2].header, contents.blocks[2].proof) == (b"txt", b"tlog-proof")
    assert contents.map_proofs == (b"m", b"n")
    assert contents.records == {bytes.fromhex(KEY): b"r"}
    assert contents.disclosures == b"d"


def test_entries_ascend_by_number_whatever_their_order_in_the_file() -> None:
    more = {name.replace("7", "10"): data for name, data in ENTRY_PARTS.items()}
    assert [entry.index for entry in sort_parts(more | ENTRY).entries] == [7, 10]


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        (ABSENCE, "absence"),
        (PRESENCE, "presence"),
        (EXPORT, "export"),
        (ENTRY, "entry"),
        (ENTRY | {"items/0.txt": b""}, "item"),
        (TITLE, "title"),
    ],
)
def test_the_parts_tell_the_kind(parts: dict[str, bytes], kind: str) -> None:
    assert sort_parts(parts).kind == kind


@pytest.mark.parametrize("parts", [ABSENCE, EXPORT, ENTRY, TITLE], ids=["absence", "export", "entry", "title"])
def test_every_part_of_a_set_is_needed(parts: dict[str, bytes]) -> None:
    for name in parts:
        if not name.startswith("records/") and (len(parts) > 100 or name != "map-proof-2.txt"):  # only answers tell
            with pytest.raises(Malformed, match=r"missing|one map proof"):
                sort_parts({other: data for other, data in parts.items() if other != name})


@pytest.mark.parametrize(
    "name",
    [
        "entry-07.json",
        "entry-7.txt",
        "entry-.json",
        "block-1.json",
        "map-proof-0.txt",
        "map-proof-4.txt",
        "Readme.txt",
        "items/a.txt",
        "records/00.msgpack",
        f"records/{KEY.upper()}.msgpack",
        "genesis.json/x",
        "x",
        "entry-99999999999999999999.json",
    ],
)
def test_a_part_that_no_pack_has_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        sort_parts(TITLE | {name: b""})


def test_a_change_of_the_roster_has_eight_parts() -> None:
    with pytest.raises(Malformed, match="is missing"):
        sort_parts(ENTRY | {"rosters/2/document.json": b""})


def stamp_parts(size: int) -> dict[str, bytes]:
    return {f"timestamps/{size}.{suffix}": suffix.encode() for suffix in ("checkpoint", "tsr", "consistency.txt")}


@pytest.mark.parametrize("missing", ["checkpoint", "tsr", "consistency.txt"])
def test_a_time_stamp_has_three_parts(missing: str) -> None:
    parts = ENTRY | stamp_parts(18)
    del parts[f"timestamps/18.{missing}"]
    with pytest.raises(Malformed, match=f"timestamps/18.{missing} is missing"):
        sort_parts(parts)


@pytest.mark.parametrize("pack", [ENTRY, TITLE, ABSENCE, EXPORT])
def test_any_pack_may_have_time_stamps_and_they_are_sorted_by_size(pack: dict[str, bytes]) -> None:
    contents = sort_parts(pack | stamp_parts(18) | stamp_parts(9))
    assert [(part.size, part.response) for part in contents.timestamps] == [(9, b"tsr"), (18, b"tsr")]


def test_a_pack_has_at_most_sixteen_time_stamps() -> None:
    parts = {name: data for size in range(17) for name, data in stamp_parts(size).items()}
    with pytest.raises(Malformed, match="at most 16"):
        sort_parts(ENTRY | parts)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (ABSENCE | BLOCK_PARTS, "blocks, which have no place in a pack of the kind absence"),
        (ABSENCE | {"disclosures.json": b""}, "disclosures, which have no place"),
        (ABSENCE | {"items/0.txt": b""}, "items, which have no place in a pack of the kind absence"),
        (TITLE | {"items/0.txt": b""}, "items, which have no place in a pack of the kind title"),
        (EXPORT | {f"records/{KEY}.msgpack": b""}, "records, which have no place in a pack of the kind export"),
        (TITLE | {"records-1.msgpack": b""}, "lists of records, which have no place in a pack of the kind title"),
        (ENTRY | {f"records/{KEY}.msgpack": b""}, "records, which have no place in a pack of the kind entry"),
        (ABSENCE | {"map-proof-2.txt": b""}, "with as many lists of records; this one has 2 and 0"),
        (ABSENCE | {"records-1.msgpack": b""}, "this one has 1 and 1"),
        (EXPORT | {"map-proof-257.txt": b"", "records-257.msgpack": b""}, "this one has 257 and 257"),
    ],
)
def test_a_part_of_another_kind_is_refused(parts: dict[str, bytes], reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        sort_parts(parts)
