"""The state map `mpt1`: one root over all records, with proofs of what is there, what is not, and what is all.

A path-compressed binary Merkle tree over 65-byte keys; its shape depends on the key set alone.

    EMPTY          = H("")
    leaf(k, v)     = H(00 || uvarint(65) || k || uvarint(32) || v)
    inner(b, l, r) = H(01 || uvarint(b) || l || r)

b is the first bit (most significant first) in which the keys of the two sides differ; the left side has 0 there.
The top 16 bits of the tree live here as an immutable value, one hash for each 16-bit *bucket* that is not empty; the
pairs of a bucket enter through one function, so that an update reads and re-hashes only the buckets that it changes.
Left out: the records themselves, and where pairs are kept. Spec: docs/spec/ledger.md section 5.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from datadeed_ledger.encoding import decimal, from_b64, from_hex, sha256, to_b64
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.keys import SUBJECT_TAG

KEY_BYTES: Final = 65
KEY_BITS: Final = 8 * KEY_BYTES
VALUE_BYTES: Final = 32
BUCKET_BITS: Final = 16  # a million records make buckets of about 15, and a whole top of 65,536 hashes
BUCKETS: Final = 1 << BUCKET_BITS
MAP_PROOF_BYTES_MAX: Final = 4 * 1024 * 1024  # as every part of an evidence pack
EMPTY_ROOT: Final = sha256(b"")

Pair = tuple[bytes, bytes]
"""key (65 bytes), value (32 bytes: the hash of a record)"""

BucketReader = Callable[[int], Sequence[Pair]]
"""bucket (0 to 65,535) -> its pairs in key order"""

_LEAF = b"\x00\x41"
_LEAF_VALUE = b"\x20"
_INNER = [
    b"\x01" + (bytes((b,)) if b < 128 else bytes((b & 127 | 128, b >> 7)))  # uvarint in two bytes reaches 16,383
    for b in range(KEY_BITS)
]


def subject_key(subject: str, kind: int = 0, sub: bytes = bytes(32)) -> bytes:
    """The 65-byte key of a record: H(tag || subject) || kind || sub. kind: 0 to 255 (records.py); sub: 32 bytes."""
    if len(sub) != 32:
        raise Malformed("a key's last part has 32 bytes")
    return subject_prefix(subject, kind) + sub


def subject_prefix(subject: str, kind: int | None = None) -> bytes:
    """What all keys of a subject (32 bytes), or of one kind under it (33 bytes), begin with."""
    if not subject.isascii():
        raise Malformed("a subject is ASCII text like right/<hex id>")
    start = sha256(SUBJECT_TAG + subject.encode("ascii"))
    return start if kind is None else start + bytes((kind,))


class _Node(NamedTuple):
    """A place in the top of the tree. hash: of the whole subtree; with one side only, that side's own hash."""

    hash: bytes
    left: _Node | None = None
    right: _Node | None = None


@dataclass(frozen=True, slots=True)
class StateMap:
    """The map as it stands after some block: a value that updates never change."""

    root: bytes = EMPTY_ROOT
    dirty: Mapping[int, bytes | None] = field(default_factory=dict, compare=False, repr=False)
    """Bucket hashes that the last update changed, None for a bucket that became empty: what a store must write."""
    _top: _Node | None = field(default=None, compare=False, repr=False)

    @classmethod
    def from_buckets(cls, buckets: Mapping[int, bytes]) -> StateMap:
        """The map with these hashes of the buckets that are not empty, as a store gives them back."""
        top = _replaced(None, 0, sorted(buckets.items()))
        return cls(top.hash if top else EMPTY_ROOT, {}, top)

    def bucket_hashes(self) -> Iterator[tuple[int, bytes]]:
        """Every bucket that is not empty with its hash, in order."""
        return _buckets_under(self._top, 0, 0)

    def update(self, changes: Mapping[bytes, bytes | None], read_bucket: BucketReader) -> StateMap:
        """The map after these changes (None removes a key). read_bucket: the pairs *before* the change."""
        by_bucket: dict[int, dict[bytes, bytes | None]] = {}
        for key, value in changes.items():
            assert len(key) == KEY_BYTES, "a key has 65 bytes"
            assert value is None or len(value) == VALUE_BYTES, "a value is a hash"
            by_bucket.setdefault(key[0] << 8 | key[1], {})[key] = value
        dirty: dict[int, bytes | None] = {}
        for bucket in sorted(by_bucket):
            merged = {**dict(read_bucket(bucket)), **by_bucket[bucket]}
            pairs = [(key, value) for key, value in sorted(merged.items()) if value is not None]
            dirty[bucket] = _subtree(pairs) if pairs else None
        top = _replaced(self._top, 0, list(dirty.items()))
        return StateMap(top.hash if top else EMPTY_ROOT, dirty, top)

    def prove(self, prefix: bytes, read_bucket: BucketReader) -> MapProof:
        """The proof of every pair under `prefix` (0 to 65 bytes), or that there is none."""
        if len(prefix) > KEY_BYTES:
            raise Malformed("a prefix has at most 65 bytes")
        if self._top is None:
            return MapProof(self.root, prefix, (), None, ())
        walk = prefix.ljust(KEY_BYTES, b"\x00")
        named = _find(self._top, prefix)
        if named and 8 * len(prefix) <= BUCKET_BITS:
            steps, first = _approach(self._top, walk, 8 * len(prefix))
            buckets = [bucket for bucket, _ in _buckets_under(named, 8 * len(prefix), first)]
            pairs = tuple(pair for bucket in buckets for pair in read_bucket(bucket))
            return MapProof(self.root, prefix, pairs, None, tuple(reversed(steps)))
        steps, bucket = _approach(self._top, walk, BUCKET_BITS)
        held = read_bucket(bucket)
        start = bisect_left(held, (prefix,))
        found = tuple(pair for pair in held[start:] if pair[0].startswith(prefix))
        at = _narrow(held, walk, max(1, len(found)), steps)
        return MapProof(self.root, prefix, found, None if found else held[at], tuple(reversed(steps)))


@dataclass(frozen=True, slots=True)
class MapProof:
    """Every pair under `prefix`, or one other leaf that shows that there is none, and the way to the root."""

    root: bytes
    prefix: bytes  # 0 to 65 bytes; a lookup is 65
    pairs: tuple[Pair, ...]  # in key order
    other: Pair | None
    steps: tuple[tuple[int, bytes], ...]  # (bit, sibling hash), leaf to root

    def __post_init__(self) -> None:
        if len(self.root) != 32 or len(self.prefix) > KEY_BYTES:
            raise Malformed("a map proof has a 32-byte root and a prefix of at most 65 bytes")
        for key, value in (*self.pairs, *((self.other,) if self.other else ())):
            if len(key) != KEY_BYTES or len(value) != VALUE_BYTES:
                raise Malformed("a map proof's keys have 65 bytes and its values 32")
        for bit, sibling in self.steps:
            if not 0 <= bit < KEY_BITS or len(sibling) != 32:
                raise Malformed("a map proof's step is a bit below 520 and a 32-byte hash")

    def verify(self, root: bytes, prefix: bytes) -> None:
        """Raise Unproven unless the map with this root holds under `prefix` exactly `pairs`.

        prefix: computed by the verifier from the subject that is asked about, never taken from the proof.
        """
        _require(self.root == root, "the proof is for another root")
        _require(self.prefix == prefix, "the proof answers another question")
        bits = 8 * len(prefix)
        if self.pairs:
            _require(self.other is None, "pairs and another leaf at once")
            _require(all(key.startswith(prefix) for key, _ in self.pairs), "a pair is not under the prefix")
            keys = [key for key, _ in self.pairs]
            _require(all(a < b for a, b in pairwise(keys)), "pairs are not in key order")
            _require(all(bit < bits for bit, _ in self.steps), "a step goes below the prefix")
            walk, result = prefix, _subtree(self.pairs)
        elif self.other:
            walk = self.other[0]
            _require(not walk.startswith(prefix), "the other leaf is under the prefix")
            agree = all(_bit(walk, bit) == _bit(prefix, bit) for bit, _ in self.steps if bit < bits)
            _require(agree, "the other leaf does not stand where the prefix would")
            result = _leaf(*self.other)
        else:
            _require(not self.steps, "steps without a leaf")
            walk, result = prefix, EMPTY_ROOT
        _require(_climb(walk, result, self.steps) == root, "the steps lead to another root")

    def to_text(self) -> bytes:
        """Lines `root`, `prefix`, `pair`…, `other`, `step`… under the format's name, a newline after each."""
        lines = ["datadeed-map-proof/v1", f"root {to_b64(self.root)}", f"prefix {self.prefix.hex()}"]
        lines += [f"pair {key.hex()} {value.hex()}" for key, value in self.pairs]
        if self.other:
            lines.append(f"other {self.other[0].hex()} {self.other[1].hex()}")
        lines += [f"step {bit} {to_b64(sibling)}" for bit, sibling in self.steps]
        return ("\n".join(lines) + "\n").encode("ascii")

    @classmethod
    def parse(cls, data: bytes) -> MapProof:
        """The inverse of to_text. Raises Malformed on any other spelling; proves nothing by itself."""
        if len(data) > MAP_PROOF_BYTES_MAX:
            raise Malformed(f"a map proof has at most {MAP_PROOF_BYTES_MAX} bytes")
        try:
            lines = data.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise Malformed("a map proof is ASCII text") from error
        words = [line.split(" ") for line in lines[1:-1]]
        if len(words) < 2 or any(len(line) != 2 for line in words[:2]):
            raise Malformed("a map proof begins with its format, its root and its prefix")
        rest = words[2:]
        others = [_parse_pair(line) for line in rest if line[0] == "other"]
        proof = cls(
            root=from_b64(words[0][1]),
            prefix=from_hex(words[1][1]),
            pairs=tuple(_parse_pair(line) for line in rest if line[0] == "pair"),
            other=others[0] if others else None,
            steps=tuple(_parse_step(line) for line in rest if line[0] == "step"),
        )
        if proof.to_text() != data:
            raise Malformed("a map proof with a line too many, in another order or in another spelling")
        return proof


def _parse_pair(words: list[str]) -> Pair:
    if len(words) != 3:
        raise Malformed("a pair is a key and a value in hex")
    return from_hex(words[1]), from_hex(words[2])


def _parse_step(words: list[str]) -> tuple[int, bytes]:
    if len(words) != 3:
        raise Malformed("a step is a bit and a hash in base64")
    return decimal(words[1], maximum=KEY_BITS - 1), from_b64(words[2])


# --- hashes ----------------------------------------------------------------------------------------------------------


def _leaf(key: bytes, value: bytes) -> bytes:
    return hashlib.sha256(_LEAF + key + _LEAF_VALUE + value).digest()


def _inner(bit: int, left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_INNER[bit] + left + right).digest()


def _bit(key: bytes, bit: int) -> int:
    return key[bit >> 3] >> (7 - (bit & 7)) & 1


def _subtree(pairs: Sequence[Pair]) -> bytes:
    """The hash over one or more pairs in strictly ascending key order.

    Between neighbours stands the bit in which they differ; a smaller bit stands higher in the tree, so a stack joins
    everything that is deeper than the next gap. Linear, however uneven the tree is.
    """
    key, value = pairs[0]
    previous = int.from_bytes(key, "big")
    hashes, bits = [_leaf(key, value)], [-1]
    for key, value in pairs[1:]:
        number = int.from_bytes(key, "big")
        bit = KEY_BITS - (number ^ previous).bit_length()
        previous = number
        while bits[-1] > bit:
            right = hashes.pop()
            hashes[-1] = _inner(bits.pop(), hashes[-1], right)
        bits.append(bit)
        hashes.append(_leaf(key, value))
    while len(hashes) > 1:
        right = hashes.pop()
        hashes[-1] = _inner(bits.pop(), hashes[-1], right)
    return hashes[0]


def _climb(walk: bytes, result: bytes, steps: Sequence[tuple[int, bytes]]) -> bytes:
    """The root that these steps lead to from `result`, taking the walk key's side at each bit."""
    below = KEY_BITS
    for bit, sibling in steps:
        _require(bit < below, "the steps' bits do not fall")
        below = bit
        result = _inner(bit, sibling, result) if _bit(walk, bit) else _inner(bit, result, sibling)
    return result


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise Unproven("map", reason)


# --- the top of the tree ---------------------------------------------------------------------------------------------


def _replaced(node: _Node | None, depth: int, items: Sequence[tuple[int, bytes | None]]) -> _Node | None:
    """The subtree at `depth` with these buckets' hashes, in ascending order, put in their places."""
    if not items:
        return node
    if depth == BUCKET_BITS:
        return _Node(items[0][1]) if items[0][1] else None
    side = BUCKET_BITS - 1 - depth
    split = bisect_left(items, 1, key=lambda item: item[0] >> side & 1)
    left = _replaced(node.left if node else None, depth + 1, items[:split])
    right = _replaced(node.right if node else None, depth + 1, items[split:])
    if left and right:
        return _Node(_inner(depth, left.hash, right.hash), left, right)
    only = left or right
    return _Node(only.hash, left, right) if only else None


def _buckets_under(node: _Node | None, depth: int, first: int) -> Iterator[tuple[int, bytes]]:
    """The buckets under a node at `depth` whose first possible bucket is `first`."""
    if node is None:
        return
    if depth == BUCKET_BITS:
        yield first, node.hash
        return
    yield from _buckets_under(node.left, depth + 1, first)
    yield from _buckets_under(node.right, depth + 1, first | 1 << (BUCKET_BITS - 1 - depth))


def _find(top: _Node, prefix: bytes) -> _Node | None:
    """The node where all keys that begin with the first 16 bits of `prefix` stand, if there are any."""
    node: _Node | None = top
    for bit in range(min(8 * len(prefix), BUCKET_BITS)):
        if node:
            node = node.right if _bit(prefix, bit) else node.left
    return node


def _approach(top: _Node, walk: bytes, depth_max: int) -> tuple[list[tuple[int, bytes]], int]:
    """Go down along `walk`, taking the only side where there is one; steps, root first, and the first bucket there."""
    node, bucket = top, 0
    steps: list[tuple[int, bytes]] = []
    for depth in range(depth_max):
        to_right = node.left is None or (node.right is not None and _bit(walk, depth) == 1)
        here, beside = (node.right, node.left) if to_right else (node.left, node.right)
        assert here is not None, "a node has at least one side"
        if beside:
            steps.append((depth, beside.hash))
        node, bucket = here, bucket | to_right << (BUCKET_BITS - 1 - depth)
    return steps, bucket


def _narrow(pairs: Sequence[Pair], walk: bytes, count: int, steps: list[tuple[int, bytes]]) -> int:
    """Go down inside a bucket along `walk` to a subtree of `count` pairs, adding to steps; its first pair's place."""
    start, end = 0, len(pairs)
    while end - start > count:
        span = int.from_bytes(pairs[start][0], "big") ^ int.from_bytes(pairs[end - 1][0], "big")
        bit = KEY_BITS - span.bit_length()
        split = _boundary(pairs, start, end, bit)
        if _bit(walk, bit):
            steps.append((bit, _subtree(pairs[start:split])))
            start = split
        else:
            steps.append((bit, _subtree(pairs[split:end])))
            end = split
    return start


def _boundary(pairs: Sequence[Pair], start: int, end: int, bit: int) -> int:
    """Where the keys with 1 at `bit` begin, among neighbours that agree in all bits before it."""
    return bisect_left(pairs, 1, start, end, key=lambda pair: _bit(pair[0], bit))
