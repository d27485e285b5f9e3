"""RFC 6962 Merkle trees: the log, a right's event list, a deposit batch.

    LEAF(d) = SHA-256(00 || d)      NODE(l, r) = SHA-256(01 || l || r)      root of no leaves = SHA-256("")

Builders face their verifiers: `inclusion_path` / `verify_inclusion`, `consistency_path` / `verify_consistency`.
A node is named (level, index): level 0 holds the leaf hashes, node (k, i) covers leaves [i * 2**k, (i + 1) * 2**k),
and only *complete* nodes, which never change again, have a name. Storage enters as one function, `HashReader`.
Left out: where nodes are kept, and whose word a root is (checkpoint.py). Spec: docs/spec/ledger.md sections 3 and 8.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from datadeed_ledger.errors import Malformed, Unproven

HASH_BYTES: Final = 32
TREE_SIZE_MAX: Final = 2**53 - 1  # leaves; every implementation, JavaScript's too, can count so far exactly
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

HashReader = Callable[[int, int], bytes]
"""(level, index) -> the 32-byte hash of that complete node."""

Node = tuple[int, int, bytes]
"""level, index, hash"""


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(00 || data)"""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 || left || right)"""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of a tree's perfect subtrees, left to right, largest first: all that appending needs to know."""

    size: int  # leaves
    hashes: tuple[bytes, ...]  # one for each set bit of size

    EMPTY: ClassVar[Frontier]

    def __post_init__(self) -> None:
        if not 0 <= self.size <= TREE_SIZE_MAX:
            raise Malformed(f"a tree has 0 to 2**53 - 1 leaves, not {self.size}")
        if len(self.hashes) != self.size.bit_count():
            raise Malformed("a frontier has one hash for each set bit of its size")
        if any(len(item) != HASH_BYTES for item in self.hashes):
            raise Malformed("a frontier's hashes have 32 bytes each")

    @property
    def root(self) -> bytes:
        """The root of the whole tree."""
        return _fold(self.hashes) if self.hashes else EMPTY_ROOT

    def append(self, hash_of_leaf: bytes) -> Frontier:
        """The frontier after one more leaf."""
        return self.extend((hash_of_leaf,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """The frontier after these leaves."""
        stack = list(self.hashes)
        size = self.size
        for item in leaf_hashes:
            stack.append(item)
            carry = size
            while carry & 1:
                right = stack.pop()
                stack[-1] = node_hash(stack[-1], right)
                carry >>= 1
            size += 1
        return Frontier(size, tuple(stack))

    def to_bytes(self) -> bytes:
        """u64be size || hashes"""
        return self.size.to_bytes(8, "big") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """The inverse of to_bytes; Malformed if the length does not fit the size."""
        size, rest = int.from_bytes(data[:8], "big"), data[8:]
        if len(data) < 8 or len(rest) != HASH_BYTES * size.bit_count():
            raise Malformed("a frontier is a u64 size and one 32-byte hash for each set bit of it")
        return cls(size, tuple(rest[at : at + HASH_BYTES] for at in range(0, len(rest), HASH_BYTES)))


Frontier.EMPTY = Frontier(0, ())


def new_nodes(frontier: Frontier, leaf_hashes: Iterable[bytes]) -> list[Node]:
    """Every node that appending these leaves completes, the leaves included: what a store must keep."""
    stack = list(frontier.hashes)
    size = frontier.size
    nodes: list[Node] = []
    for item in leaf_hashes:
        stack.append(item)
        nodes.append((0, size, item))
        level, carry = 0, size
        while carry & 1:
            right = stack.pop()
            stack[-1] = node_hash(stack[-1], right)
            carry >>= 1
            level += 1
            nodes.append((level, carry, stack[-1]))
        size += 1
    return nodes


def frontier_at(size: int, read: HashReader) -> Frontier:
    """The frontier of the first `size` leaves."""
    return Frontier(size, tuple(read(level, index) for level, index in _peaks(size)))


def root_at(size: int, read: HashReader) -> bytes:
    """The root of the first `size` leaves."""
    return frontier_at(size, read).root


def inclusion_path(index: int, size: int, read: HashReader) -> tuple[bytes, ...]:
    """The sibling hashes from leaf `index` up to the root of the first `size` leaves (RFC 6962, 2.1.1)."""
    if not 0 <= index < size <= TREE_SIZE_MAX:
        raise Malformed(f"leaf {index} is not in a tree of {size} leaves; ask for an index below the size")
    return tuple(_siblings(0, index, size, read))


def consistency_path(old: int, new: int, read: HashReader) -> tuple[bytes, ...]:
    """The hashes that show the tree of `old` leaves to be the beginning of that of `new` (RFC 6962, 2.1.2).

    It climbs from the last perfect subtree of the old tree; a verifier who knows the old root can do without
    that subtree's own hash when it *is* the old tree.
    """
    if not 0 < old <= new <= TREE_SIZE_MAX:
        raise Malformed(f"no consistency path from {old} to {new} leaves; sizes go from 1 and do not fall")
    if old == new:
        return ()
    level = (old & -old).bit_length() - 1
    index = (old >> level) - 1
    own = () if index == 0 else (read(level, index),)
    return own + tuple(_siblings(level, index, new, read))


def verify_inclusion(index: int, size: int, hash_of_leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Raise Unproven unless the tree of `size` leaves with this root holds this leaf at `index`.

    path: sibling hashes of 32 bytes, leaf to root. Size and root come from a checkpoint, never from the proof.
    """
    _require(0 <= index < size <= TREE_SIZE_MAX, "inclusion", f"index {index} is outside a tree of {size}")
    _require_hashes("inclusion", (hash_of_leaf, root, *path))
    position, last, result = index, size - 1, hash_of_leaf
    for sibling in path:
        _require(last != 0, "inclusion", "the path is too long")
        if position & 1 or position == last:
            result = node_hash(sibling, result)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            result = node_hash(result, sibling)
        position >>= 1
        last >>= 1
    _require(last == 0, "inclusion", "the path is too short")
    _require(result == root, "inclusion", "the path leads to another root")


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raise Unproven unless the tree (old, old_root) is the beginning of the tree (new, new_root).

    A size of zero is refused: everything begins with nothing, so such a proof would say nothing.
    """
    _require(0 < old <= new <= TREE_SIZE_MAX, "consistency", f"sizes {old} and {new} have no proof")
    _require_hashes("consistency", (old_root, new_root, *path))
    if old == new:
        _require(not path, "consistency", "equal sizes need no path")
        _require(old_root == new_root, "consistency", "two roots for one size")
        return
    _require(bool(path), "consistency", "the path is empty")
    if old & (old - 1) == 0:
        path = (old_root, *path)
    position, last = old - 1, new - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old_result = new_result = path[0]
    for sibling in path[1:]:
        _require(last != 0, "consistency", "the path is too long")
        if position & 1 or position == last:
            old_result = node_hash(sibling, old_result)
            new_result = node_hash(sibling, new_result)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            new_result = node_hash(new_result, sibling)
        position >>= 1
        last >>= 1
    _require(last == 0, "consistency", "the path is too short")
    _require(old_result == old_root, "consistency", "the path leads to another old root")
    _require(new_result == new_root, "consistency", "the path leads to another new root")


def tree_root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root of a small tree that is wholly in memory."""
    return Frontier.EMPTY.extend(leaf_hashes).root


def tree_path(leaf_hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The inclusion path of one leaf of a small tree that is wholly in memory."""
    nodes = {(level, at): item for level, at, item in new_nodes(Frontier.EMPTY, leaf_hashes)}
    return inclusion_path(index, len(leaf_hashes), lambda level, at: nodes[level, at])


def _peaks(size: int) -> Iterator[tuple[int, int]]:
    """The names of the perfect subtrees of a tree, left to right."""
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            yield level, (size >> level) - 1


def _fold(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring perfect subtrees, the smallest (rightmost) joined first."""
    result = hashes[-1]
    for left in reversed(hashes[:-1]):
        result = node_hash(left, result)
    return result


def _siblings(level: int, index: int, size: int, read: HashReader) -> Iterator[bytes]:
    """What joins node (level, index) on its way up: siblings in its perfect subtree, then all to the right of
    that subtree as one hash, then the perfect subtrees to its left, nearest first."""
    peaks = list(_peaks(size))
    own = next(at for at, (high, peak) in enumerate(peaks) if index >> (high - level) == peak)
    for step in range(level, peaks[own][0]):
        yield read(step, index >> (step - level) ^ 1)
    if own + 1 < len(peaks):
        yield _fold([read(*peak) for peak in peaks[own + 1 :]])
    for peak in reversed(peaks[:own]):
        yield read(*peak)


def _require_hashes(step: str, hashes: Iterable[bytes]) -> None:
    _require(all(len(item) == HASH_BYTES for item in hashes), step, "a hash does not have 32 bytes")


def _require(condition: bool, step: str, reason: str) -> None:
    if not condition:
        raise Unproven(step, reason)
