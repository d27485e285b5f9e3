"""The store's rows: one letter for what it is, then a key whose byte order is the order that scans need.

    m                                 format version || fingerprint
    t                                 tip: u64 height
    l  u64 log index                  leaf data: an entry's or a header's bytes
    n  u8 level, u64 index            complete tree node of level 3 or higher; lower ones are hashed from the leaves
    h  u64 height                     u64 header's log index || u64 view || certificate (empty: a later one covers it)
    x  u64 header's log index         u64 height
    d  block digest                   u64 height
    r  65-byte map key                record
    b  u16                            hash of that bucket of the state map
    i  entry id                       log index, shortest big-endian
    e  H(subject), u32 position       log index, shortest big-endian
    f  H(subject)                     frontier of the subject's events tree
    q  list, u64 opening              right id: the register's lists in order of opening (register_rows.py)
    w  u8 list, u32 day, u64 opening  right id: open work in order of its day (register_rows.py)
    g  digest, u64 log index          empty: a deposit of this digest, or of a batch with this root (digest_rows.py)
    v  u64 roster version             u64 log index of the entry that names this roster; none for the founding one
    c  key                            a consensus row, opaque here
    k                                 this node's newest cosignature (cosigner.py)
    o  u64 roster version             this node's cosignature of the next row's checkpoint, until that is there
    z  u64 roster version             the checkpoint of the log that ends with the header after the entry of `v`,
                                      proven under the roster before (roster_rows.py); never changed
    p                                 the published checkpoint
    y  u64 log size                   a time-stamp over a published checkpoint of that size (stamps.py)
    s                                 u64 starts of this node || its vote keys that may vote no more (starts.py)

Everything but c, k, o, p, s, y and z is written once or is a pure function of the log. Integers are big-endian.
`opening` is the log index of the entry that opened a right. A list of `q` is a letter and its key: `a` all, `h` 16-byte
holder, `i` code of an industry (32 bytes, zeros after it), `s` u8 stage, `d` u32 day of announcement. A day is counted
from 0001-01-01; 0 is none. A store whose roster never changed has no rows v, o and z, like all that were written before
rosters could change: the format's number stayed.
"""

from __future__ import annotations

from datadeed_ledger.statemap import subject_prefix

FORMAT_NAME = b"datadeed-store/"
FORMAT = FORMAT_NAME + b"v3\n"  # v1 had no lists of the register, v2 no digests of deposits
NODE_LEVEL_MIN = 3  # eight leaves are hashed in 5 µs; storing their seven hashes would cost a tenth of the disk

META = b"m"
TIP = b"t"
COSIGNED = b"k"
PUBLISHED = b"p"
STARTS = b"s"


def u64(number: int) -> bytes:
    return number.to_bytes(8, "big")


def shortest(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def number_of(data: bytes) -> int:
    return int.from_bytes(data, "big")


def leaf_key(index: int) -> bytes:
    return b"l" + index.to_bytes(8, "big")


def node_key(level: int, index: int) -> bytes:
    return b"n" + bytes((level,)) + index.to_bytes(8, "big")


def height_key(height: int) -> bytes:
    return b"h" + u64(height)


def header_index_key(index: int) -> bytes:
    return b"x" + u64(index)


def digest_key(digest: bytes) -> bytes:
    return b"d" + digest


def record_key(map_key: bytes) -> bytes:
    return b"r" + map_key


def bucket_key(bucket: int) -> bytes:
    return b"b" + bucket.to_bytes(2, "big")


def entry_key(entry_id: bytes) -> bytes:
    return b"i" + entry_id


def event_key(subject: str, position: int) -> bytes:
    return b"e" + subject_prefix(subject) + position.to_bytes(4, "big")


def frontier_key(subject: str) -> bytes:
    return b"f" + subject_prefix(subject)


def rights_list(letter: bytes, key: bytes = b"") -> bytes:
    """What the keys of one list of rights begin with; `opening` follows."""
    return b"q" + letter + key


def work_list(number: int) -> bytes:
    """What the keys of one list of open work begin with; day and `opening` follow."""
    return b"w" + bytes((number,))


def stamp_key(size: int) -> bytes:
    return b"y" + u64(size)


def roster_key(version: int) -> bytes:
    return b"v" + u64(version)


def own_boundary_key(version: int) -> bytes:
    return b"o" + u64(version)


def boundary_key(version: int) -> bytes:
    return b"z" + u64(version)


def u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def deposit_key(digest: bytes, index: int) -> bytes:
    return deposits_of(digest) + u64(index)


def deposits_of(digest: bytes) -> bytes:
    """What the keys of the deposits of one digest begin with."""
    return b"g" + digest


def consensus_key(key: bytes) -> bytes:
    return b"c" + key


def after(prefix: bytes) -> bytes:
    """The first key after all that start with `prefix`, which starts with a letter."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes((stem[-1] + 1,))
