"""The container of an evidence pack: a zip of stored members, with one layout and nothing hidden in it.

Own reader and writer, because a general zip library forgives what a proof must not: bytes between members, two members
of one name, a directory that tells another story than the members it lists. What the parts mean stands in `names.py`.
Spec: docs/spec/evidence.md section 1, docs/spec/ledger.md section 7.

The rule, so that no single byte of a pack can change unseen:
- members lie back to back from byte 0, each a 30-byte header, its name, its bytes; the directory follows in the same
  order, then the 22-byte end record; no comment, no extra field, no data descriptor, no second disk, no zip64;
- every member is stored, its CRC-32 holds, its local header repeats the directory's fields;
- what stands in the directory alone (made-by version, attributes) is the same for every member: ordinary files.

Dates say nothing here. The writer always writes 1980-01-01; a reader takes any, if both places agree, because whoever
packs the same parts again with an ordinary tool has not changed the evidence.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from datadeed_ledger.errors import Malformed

PART_BYTES_MAX: Final = 4 * 1024 * 1024  # a block's entries, and any text that an editor still opens
PARTS_BYTES_MAX: Final = 64 * 1024 * 1024  # about 20,000 entries of a history
PARTS_MAX: Final = 65534  # one more is zip64
NAME_BYTES_MAX: Final = 255  # `records/<130 hex>.msgpack` is 146
PACK_BYTES_MAX: Final = PARTS_BYTES_MAX + PARTS_MAX * (30 + 46 + 2 * NAME_BYTES_MAX) + 22

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_LOCAL_MAGIC: Final = b"PK\x03\x04"
_CENTRAL_MAGIC: Final = b"PK\x01\x02"
_END_MAGIC: Final = b"PK\x05\x06"
_NAME: Final = re.compile(rb"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")

# The writer's spelling, which is that of the published examples.
_MADE_BY: Final = 3 << 8 | 20  # Unix, zip 2.0
_NEEDED: Final = 20
_DATE: Final = 1 << 5 | 1  # 1980-01-01, the first that zip can spell; the time of day is 0
_ATTRIBUTES: Final = 0o644 << 16
_NEEDED_ALLOWED: Final = (10, 20)  # 1.0 is what a stored member needs, 2.0 what most tools write
_FILE_TYPE_MASK: Final = 0o170000 << 16
_REGULAR_FILE: Final = 0o100000 << 16


@dataclass(frozen=True, slots=True)
class _Member:
    """One row of the directory. shared: what the local header must repeat; own: what the directory alone says."""

    name: str
    shared: tuple[int, ...]  # version needed, flags, method, time, date, CRC-32, both sizes
    own: tuple[int, ...]  # made by, internal and external attributes
    offset: int

    @property
    def crc(self) -> int:
        return self.shared[5]

    @property
    def size(self) -> int:
        return self.shared[7]


def write_container(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """The one zip that this project writes for `parts`, in their order. Raises `Malformed` over a limit."""
    body, directory, count = bytearray(), bytearray(), 0
    names: set[str] = set()
    total = 0
    for name, data in parts:
        encoded = name.encode()
        total += len(data)
        _check_name(encoded)
        _check_size(name, len(data), total)
        if name in names:
            raise Malformed(f"the part {name} is there twice")
        names.add(name)
        shared = (_NEEDED, 0, 0, 0, _DATE, zlib.crc32(data), len(data), len(data), len(encoded), 0)
        directory += _CENTRAL.pack(_CENTRAL_MAGIC, _MADE_BY, *shared, 0, 0, 0, _ATTRIBUTES, len(body)) + encoded
        body += _LOCAL.pack(_LOCAL_MAGIC, *shared) + encoded + data
        count += 1
    if count > PARTS_MAX:
        raise Malformed(f"{count} parts, a pack has at most {PARTS_MAX}")
    end = _END.pack(_END_MAGIC, 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)


def read_container(data: bytes) -> Mapping[str, bytes]:
    """The parts by name, in the order in which they lie. Raises `Malformed` unless every byte has its place."""
    if len(data) > PACK_BYTES_MAX:
        raise Malformed(f"a pack of {len(data)} bytes, at most {PACK_BYTES_MAX} are allowed")
    members, directory_at = _read_directory(data)
    parts: dict[str, bytes] = {}
    position = 0
    for member in members:
        if member.offset != position:
            raise Malformed(f"{member.name} does not begin where the part before it ends")
        if member.name in parts:
            raise Malformed(f"the part {member.name} is there twice")
        start = _check_local(data, member)
        position = start + member.size
        if position > directory_at:
            raise Malformed(f"{member.name} reaches into the directory")
        content = data[start:position]
        if zlib.crc32(content) != member.crc:
            raise Malformed(f"the bytes of {member.name} do not have the CRC-32 that the pack gives")
        parts[member.name] = content
    if position != directory_at:
        raise Malformed("there are bytes between the last part and the directory")
    return parts


def _read_directory(data: bytes) -> tuple[list[_Member], int]:
    """The directory's rows and where it begins; bounds are checked before anything is copied."""
    end_at = len(data) - _END.size
    if end_at < 0 or data[end_at : end_at + 4] != _END_MAGIC:
        raise Malformed("not an evidence pack: no zip end record in its last 22 bytes (cut off, or something appended)")
    _, disk, first_disk, count_here, count, size, offset, comment = _END.unpack_from(data, end_at)
    if disk or first_disk or comment or count_here != count or count > PARTS_MAX:
        raise Malformed("the zip's end record speaks of other disks, a comment, zip64 or two counts")
    if offset + size != end_at:
        raise Malformed("the zip's directory does not end where its end record begins")
    members: list[_Member] = []
    position, total = offset, 0
    for _ in range(count):
        member, position = _read_row(data, position, end_at)
        total += member.size
        _check_size(member.name, member.size, total)
        if members and member.own != members[0].own:
            raise Malformed(f"{member.name} has other attributes than the parts before it")
        members.append(member)
    if position != end_at:
        raise Malformed("there are bytes between the zip's directory and its end record")
    return members, offset


def _read_row(data: bytes, position: int, end_at: int) -> tuple[_Member, int]:
    if position + _CENTRAL.size > end_at:
        raise Malformed("the zip's directory is cut off")
    fields = _CENTRAL.unpack_from(data, position)
    magic, made_by, *shared = fields[:10]
    name_bytes, extra_bytes, comment_bytes, disk, internal, external, offset = fields[10:]
    if magic != _CENTRAL_MAGIC or extra_bytes or comment_bytes or disk:
        raise Malformed("a row of the zip's directory is damaged, or has an extra field, a comment or another disk")
    row_end = position + _CENTRAL.size + name_bytes
    name = data[position + _CENTRAL.size : row_end]
    if row_end > end_at:
        raise Malformed("a part's name is cut off")
    _check_name(name)
    _check_ordinary(tuple(shared), internal, external)
    return _Member(name.decode("ascii"), tuple(shared), (made_by, internal, external), offset), row_end


def _check_ordinary(shared: tuple[int, ...], internal: int, external: int) -> None:
    needed, flags, method, _, _, _, packed, size = shared
    if needed not in _NEEDED_ALLOWED or flags or method or packed != size:
        raise Malformed("a part is compressed, encrypted, streamed or of a newer zip; parts are stored as they are")
    if internal or external & 0xFFFF or external & _FILE_TYPE_MASK not in (0, _REGULAR_FILE):
        raise Malformed("a part is marked as something else than an ordinary file")


def _check_local(data: bytes, member: _Member) -> int:
    """Where the member's bytes begin. Raises `Malformed` unless its local header says what the directory says."""
    name = member.name.encode("ascii")
    expected = _LOCAL.pack(_LOCAL_MAGIC, *member.shared, len(name), 0) + name
    start = member.offset + len(expected)
    if data[member.offset : start] != expected:
        raise Malformed(f"the header of {member.name} does not say what the zip's directory says")
    return start


def _check_name(name: bytes) -> None:
    if len(name) > NAME_BYTES_MAX or not _NAME.fullmatch(name):
        raise Malformed(
            f"a part's name is 1 to {NAME_BYTES_MAX} letters, digits, '.', '_' and '-', with single '/' between"
        )


def _check_size(name: str, size: int, total: int) -> None:
    if size > PART_BYTES_MAX:
        raise Malformed(f"{name} has {size} bytes, a part has at most {PART_BYTES_MAX}")
    if total > PARTS_BYTES_MAX:
        raise Malformed(f"the parts have more than {PARTS_BYTES_MAX} bytes together")
