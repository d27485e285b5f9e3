"""The zip container: what the writer writes, what any honest tool writes, and every way in which one may not be."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence import container
from datadeed_ledger.evidence.container import read_container, write_container

PARTS = [
    ("README.txt", b"for people"),
    ("genesis.json", b"{}"),
    ("records/00ff.msgpack", bytes(range(256))),
    ("e", b""),
]
PACK = write_container(PARTS)
LOCAL_BYTES = 30
CENTRAL_BYTES = 46
END_BYTES = 22


def stored(*parts: tuple[str, bytes], **attributes: object) -> bytes:
    """What Python's own zipfile writes, with these attributes on every member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for name, data in parts:
            member = zipfile.ZipInfo(name)
            member.external_attr = 0o644 << 16
            for attribute, value in attributes.items():
                setattr(member, attribute, value)
            file.writestr(member, data)
    return buffer.getvalue()


def directory_at(pack: bytes) -> int:
    return int(struct.unpack_from("<I", pack, len(pack) - 6)[0])


def changed(pack: bytes, position: int, data: bytes) -> bytes:
    return pack[:position] + data + pack[position + len(data) :]


def test_what_is_written_is_read_in_its_order() -> None:
    assert list(read_container(PACK).items()) == PARTS


def test_the_writer_spells_like_a_zip_tool_that_is_told_no_dates() -> None:
    assert stored(*PARTS) == PACK


def test_a_zip_tool_reads_what_is_written() -> None:
    with zipfile.ZipFile(io.BytesIO(PACK)) as file:
        assert file.testzip() is None
        assert [(name, file.read(name)) for name in file.namelist()] == PARTS


@pytest.mark.parametrize(
    "attributes",
    [
        {"date_time": (2026, 11, 23, 9, 30, 0)},
        {"external_attr": 0o100600 << 16},
        {"external_attr": 0, "create_system": 0},
        {"create_version": 63},
    ],
    ids=["a date", "a regular file's mode", "another system", "a newer writer"],
)
def test_the_same_parts_packed_again_by_another_tool_are_the_same_evidence(attributes: dict[str, object]) -> None:
    assert list(read_container(stored(*PARTS, **attributes)).items()) == PARTS


def test_every_changed_byte_outside_of_a_parts_content_is_seen() -> None:
    for position in range(len(PACK)):
        for flip in (0x01, 0x20, 0x80):
            other = changed(PACK, position, bytes((PACK[position] ^ flip,)))
            try:
                parts = read_container(other)
            except Malformed:
                continue
            pytest.fail(f"byte {position} changed by {flip:#x} and the container read {list(parts)}")


def test_every_truncation_and_every_extension_is_seen() -> None:
    for end in range(len(PACK)):
        with pytest.raises(Malformed):
            read_container(PACK[:end])
    for other in (b"\0" + PACK, PACK + b"\0", PACK + PACK):
        with pytest.raises(Malformed):
            read_container(other)


def test_bytes_between_members_and_before_the_directory_are_seen() -> None:
    first_end = LOCAL_BYTES + len("README.txt") + len(PARTS[0][1])
    with pytest.raises(Malformed, match="does not end where its end record begins"):
        read_container(PACK[:first_end] + b"hidden" + PACK[first_end:])
    directory, end = directory_at(PACK), len(PACK) - END_BYTES
    gap = PACK[:directory] + b"hidden" + PACK[directory:end]
    moved = gap + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(PARTS), len(PARTS), end - directory, directory + 6, 0)
    with pytest.raises(Malformed, match="between the last part and the directory"):
        read_container(moved)


def test_bytes_between_the_directory_and_the_end_record_are_seen() -> None:
    directory, end = directory_at(PACK), len(PACK) - END_BYTES
    size = end - directory + 6
    tail = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(PARTS), len(PARTS), size, directory, 0)
    with pytest.raises(Malformed, match="between the zip's directory and its end record"):
        read_container(PACK[:end] + b"hidden" + tail)


def test_a_directory_that_lists_more_than_it_holds_is_seen() -> None:
    counts = struct.pack("<2H", len(PARTS) + 1, len(PARTS) + 1)
    with pytest.raises(Malformed, match="cut off"):
        read_container(changed(PACK, len(PACK) - 14, counts))


def test_a_name_that_runs_over_the_directory_is_seen() -> None:
    last_row = PACK.rfind(b"PK\1\2")
    with pytest.raises(Malformed, match="name is cut off"):
        read_container(changed(PACK, last_row + 28, struct.pack("<H", 2)))


def test_a_part_that_overlaps_the_next_is_seen() -> None:
    """Two rows of one place, as in an overlapping zip bomb."""
    one = write_container([("a", b"x" * 100)])
    directory, end = directory_at(one), len(one) - END_BYTES
    row = one[directory:end]
    tail = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 2, 2, 2 * len(row), directory, 0)
    with pytest.raises(Malformed, match="does not begin where"):
        read_container(one[:directory] + row + row + tail)


def test_a_part_that_reaches_into_the_directory_is_seen() -> None:
    name, data = b"a", b"x"
    beyond = 200
    shared = struct.pack("<5H3I2H", 20, 0, 0, 0, 33, zlib.crc32(data), beyond, beyond, len(name), 0)
    body = b"PK\3\4" + shared + name + data
    row = b"PK\1\2" + struct.pack("<H", 788) + shared + struct.pack("<3H2I", 0, 0, 0, 0, 0) + name
    tail = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(row), len(body), 0)
    with pytest.raises(Malformed, match="reaches into the directory"):
        read_container(body + row + tail)


def test_a_name_that_stands_twice_is_seen() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = stored(("a", b"1"), ("a", b"2"))
    with pytest.raises(Malformed, match="the part a is there twice"):
        read_container(twice)
    with pytest.raises(Malformed, match="the part a is there twice"):
        write_container([("a", b"1"), ("a", b"2")])


@pytest.mark.parametrize("name", ["a/", "/a", "../a b", "ä", "a//b", "a\\b", "C:x"])
def test_names_that_an_unpacker_could_misread_are_refused(name: str) -> None:
    with pytest.raises(Malformed, match="name is 1 to 255"):
        read_container(stored((name, b"")))


def test_compressed_encrypted_streamed_and_odd_members_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a", b"x" * 1000)
    with pytest.raises(Malformed, match="stored as they are"):
        read_container(buffer.getvalue())
    with pytest.raises(Malformed, match="ordinary file"):
        read_container(stored(("a", b"/etc"), external_attr=0o120777 << 16))
    with pytest.raises(Malformed, match="ordinary file"):
        read_container(stored(("a", b""), external_attr=0x10))
    with pytest.raises(Malformed, match="extra field"):
        read_container(stored(("a", b""), extra=b"\1\0\0\0"))
    with pytest.raises(Malformed, match="comment"):
        read_container(stored(("a", b""), comment=b"hello"))


def test_members_with_different_attributes_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, mode in (("a", 0o644), ("b", 0o600)):
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            file.writestr(member, b"")
    with pytest.raises(Malformed, match="other attributes"):
        read_container(buffer.getvalue())


def test_a_zip_comment_and_zip64_are_refused() -> None:
    buffer = io.BytesIO(PACK)
    with zipfile.ZipFile(buffer, "a") as file:
        file.comment = b"PK"
    with pytest.raises(Malformed):
        read_container(buffer.getvalue())
    with pytest.raises(Malformed, match="zip64"):
        read_container(changed(PACK, len(PACK) - 14, b"\xff\xff\xff\xff"))


def test_a_crc_that_both_headers_agree_on_is_still_checked() -> None:
    first, row = 14, directory_at(PACK) + 16
    wrong = changed(changed(PACK, first, b"\0\0\0\0"), row, b"\0\0\0\0")
    with pytest.raises(Malformed, match="CRC-32"):
        read_container(wrong)


def test_limits_hold_for_reader_and_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    large = bytes(container.PART_BYTES_MAX + 1)
    with pytest.raises(Malformed, match="a part has at most"):
        write_container([("a", large)])
    with pytest.raises(Malformed, match="a part has at most"):
        read_container(stored(("a", large)))
    whole = large[:-1]
    with pytest.raises(Malformed, match="bytes together"):
        write_container((f"a{at}", whole) for at in range(17))
    with pytest.raises(Malformed, match="a pack of"):
        read_container(bytes(container.PACK_BYTES_MAX + 1))
    with pytest.raises(Malformed, match="name is 1 to 255"):
        write_container([("a" * 256, b"")])
    monkeypatch.setattr(container, "PARTS_MAX", 3)
    with pytest.raises(Malformed, match="at most 3"):
        write_container(PARTS)


def test_a_directory_that_promises_too_much_is_refused_before_anything_is_copied() -> None:
    """A few hundred bytes that speak of sizes near 4 GiB."""
    name = b"a"
    huge = 0xFFFFFFF0
    shared = struct.pack("<5H3I2H", 20, 0, 0, 0, 33, 0, huge, huge, len(name), 0)
    row = b"PK\1\2" + struct.pack("<H", 788) + shared + struct.pack("<3H2I", 0, 0, 0, 0, 0) + name
    tail = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(row), 0, 0)
    with pytest.raises(Malformed, match="a part has at most"):
        read_container(row + tail)


@given(st.dictionaries(st.from_regex(r"[A-Za-z0-9._-]{1,40}", fullmatch=True), st.binary(max_size=200), max_size=8))
def test_any_parts_come_back(parts: dict[str, bytes]) -> None:
    assert dict(read_container(write_container(parts.items()))) == parts


@given(st.binary(max_size=300), st.integers(0, len(PACK)), st.integers(0, len(PACK)))
def test_no_bytes_make_the_reader_raise_anything_else(noise: bytes, start: int, end: int) -> None:
    for data in (noise, PACK[:start] + noise + PACK[end:]):
        try:
            read_container(data)
        except Malformed:
            continue
        assert data == PACK
