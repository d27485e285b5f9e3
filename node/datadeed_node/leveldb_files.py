"""Which of LevelDB's files is damaged: their own checksums, read without LevelDB, which often does not say.

Only asked after LevelDB has refused to open or to read. Formats: leveldb/doc/log_format.md (MANIFEST and *.log: records
in blocks of 32 KiB) and table_format.md (*.ldb: blocks, each with its type and checksum, found through an index block).
Checksums are CRC-32C, masked; computed here in plain Python, a second for ten megabytes, which this rare case bears.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_LOG_BLOCK_BYTES = 32 * 1024
_LOG_HEAD_BYTES = 7  # u32 checksum, u16 length, u8 type
_FOOTER_BYTES = 48
_MAGIC = bytes.fromhex("57fb808b247547db")
_TRAILER_BYTES = 5  # u8 type, u32 checksum
_SNAPPY = 1


class _Damaged(Exception):
    """What is wrong with one file."""


def damaged_file(folder: Path) -> tuple[Path, str] | None:
    """The first damaged file of the LevelDB database in `folder` and what is wrong with it, or None."""
    current = folder / "CURRENT"
    for path in (
        current,
        *sorted(folder.glob("MANIFEST-*")),
        *sorted(folder.glob("*.ldb")),
        *sorted(folder.glob("*.log")),
    ):
        try:
            if path == current:
                _check_current(path)
            elif path.suffix == ".ldb":
                _check_table(path.read_bytes())
            else:
                _check_log(path.read_bytes())
        except (_Damaged, OSError) as damage:
            return path, str(damage)
    return None


def _check_current(path: Path) -> None:
    name = path.read_bytes()
    if not name.endswith(b"\n") or not path.with_name(name[:-1].decode("ascii", "replace")).is_file():
        raise _Damaged("it does not name a MANIFEST that is here")


def _check_log(data: bytes) -> None:
    """Every record's checksum. A record that was only begun when the power went is no damage: LevelDB ends there."""
    at = 0
    while at + _LOG_HEAD_BYTES <= len(data):
        room = _LOG_BLOCK_BYTES - at % _LOG_BLOCK_BYTES
        if room < _LOG_HEAD_BYTES:
            at += room
            continue
        length = int.from_bytes(data[at + 4 : at + 6], "little")
        if not any(data[at : at + _LOG_HEAD_BYTES]):
            at += room  # space that was set aside and not written
            continue
        end = at + _LOG_HEAD_BYTES + length
        if length > room - _LOG_HEAD_BYTES:
            raise _Damaged(f"the record at byte {at} is longer than its block")
        if end > len(data):
            return
        _check_sum(data[at + 6 : end], data[at : at + 4], f"the record at byte {at}")
        at = end


def _check_table(data: bytes) -> None:
    if len(data) < _FOOTER_BYTES or data[-8:] != _MAGIC:
        raise _Damaged("it does not end as a table does: cut, or not a table")
    meta_at, meta_size, index_at, index_size = _numbers(data[-_FOOTER_BYTES:], 4)
    for at, size in ((meta_at, meta_size), (index_at, index_size)):
        for handle in _handles(_block(data, at, size)):
            _block(data, *_numbers(handle, 2))


def _block(data: bytes, at: int, size: int) -> bytes:
    """One block, its checksum verified, unpacked."""
    end = at + size + _TRAILER_BYTES
    if end > len(data):
        raise _Damaged(f"the block at byte {at} runs over the end of the file")
    _check_sum(data[at : at + size + 1], data[at + size + 1 : end], f"the block at byte {at}")
    block = data[at : at + size]
    return _unsnapped(block) if data[at + size] == _SNAPPY else block


def _handles(block: bytes) -> Iterator[bytes]:
    """The values of an index block: where other blocks lie."""
    restarts = int.from_bytes(block[-4:], "little")
    at, end = 0, len(block) - 4 - 4 * restarts
    while at < end:
        _, at = _varint(block, at)  # bytes of the key shared with the one before
        own, at = _varint(block, at)
        length, at = _varint(block, at)
        yield block[at + own : at + own + length]
        at += own + length


def _numbers(data: bytes, count: int) -> list[int]:
    found, at = [], 0
    for _ in range(count):
        number, at = _varint(data, at)
        found.append(number)
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise _Damaged("a number runs over the end of its block")
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def _unsnapped(data: bytes) -> bytes:
    """Snappy's raw format: literals and copies of what was written before."""
    size, at = _varint(data, 0)
    out = bytearray()
    while at < len(data):
        tag, kind = data[at] >> 2, data[at] & 3
        at += 1
        if kind == 0:
            more = max(0, tag - 59)
            length = (int.from_bytes(data[at : at + more], "little") if more else tag) + 1
            out += data[at + more : at + more + length]
            at += more + length
            continue
        if kind == 1:
            length, back = (tag & 7) + 4, (tag >> 3) << 8 | data[at]
            at += 1
        else:
            more = 2 if kind == 2 else 4
            length, back = tag + 1, int.from_bytes(data[at : at + more], "little")
            at += more
        for _ in range(length):
            out.append(out[-back])
    if len(out) != size:
        raise _Damaged("a packed block unpacks to another size")
    return bytes(out)


def _table() -> list[int]:
    rows = []
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        rows.append(number)
    return rows


_CRC_ROWS = _table()


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli)."""
    rows, crc = _CRC_ROWS, 0xFFFFFFFF
    for byte in data:
        crc = rows[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def _check_sum(data: bytes, stored: bytes, what: str) -> None:
    crc = crc32c(data if len(stored) == 4 else b"")
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    if masked != int.from_bytes(stored, "little"):
        raise _Damaged(f"the checksum of {what} does not hold")
