"""RFC 6962 trees: published vectors, every small size, and every changed input."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import load_vector
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.merkle import (
    EMPTY_ROOT,
    TREE_SIZE_MAX,
    Frontier,
    HashReader,
    consistency_path,
    frontier_at,
    inclusion_path,
    leaf_hash,
    new_nodes,
    node_hash,
    root_at,
    tree_path,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

SIZE_MAX = 70  # past 64, so that every shape of up to six perfect subtrees occurs
LEAVES = [leaf_hash(f"leaf {index}".encode()) for index in range(SIZE_MAX)]
NODES = {(level, index): item for level, index, item in new_nodes(Frontier.EMPTY, LEAVES)}
READ: HashReader = lambda level, index: NODES[level, index]  # noqa: E731


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def naive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962, word for word."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*naive_path(index, leaves[:split]), naive_root(leaves[split:])]
    return [*naive_path(index - split, leaves[split:]), naive_root(leaves[:split])]


def naive_consistency(old: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, word for word."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if old <= split:
        return [*naive_consistency(old, leaves[:split], whole), naive_root(leaves[split:])]
    return [*naive_consistency(old - split, leaves[split:], False), naive_root(leaves[:split])]


def b64s(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(text) for text in texts or []]


def test_leaf_and_node_hashes_are_those_of_the_rfc() -> None:
    assert leaf_hash(b"") == hashlib.sha256(b"\x00").digest()
    assert leaf_hash(b"x") == hashlib.sha256(b"\x00x").digest()
    assert node_hash(b"l" * 32, b"r" * 32) == hashlib.sha256(b"\x01" + b"l" * 32 + b"r" * 32).digest()
    assert hashlib.sha256(b"").digest() == EMPTY_ROOT


@pytest.mark.parametrize(
    "case", (load_vector("rfc6962_inclusion.json") or {"cases": []})["cases"], ids=lambda case: case["name"]
)
def test_published_inclusion_vector_has_its_verdict(case: dict) -> None:
    arguments = (
        case["leafIdx"],
        case["treeSize"],
        base64.b64decode(case["leafHash"] or ""),
        b64s(case["proof"]),
        base64.b64decode(case["root"] or ""),
    )
    if case["wantErr"]:
        with pytest.raises(Unproven, match=r"^inclusion: "):
            verify_inclusion(*arguments)
    else:
        verify_inclusion(*arguments)


@pytest.mark.parametrize(
    "case", (load_vector("rfc6962_consistency.json") or {"cases": []})["cases"], ids=lambda case: case["name"]
)
def test_published_consistency_vector_has_its_verdict(case: dict) -> None:
    arguments = (
        case["size1"],
        case["size2"],
        b64s(case["proof"]),
        base64.b64decode(case["root1"] or ""),
        base64.b64decode(case["root2"] or ""),
    )
    # Section 8 is stricter in one thing: one published case compares two equal "roots" that are no hashes.
    if case["wantErr"] or len(arguments[3]) != 32:
        with pytest.raises(Unproven, match=r"^consistency: "):
            verify_consistency(*arguments)
    else:
        verify_consistency(*arguments)


def test_the_published_vectors_are_all_there(vectors: Path) -> None:
    for name in ("rfc6962_inclusion.json", "rfc6962_consistency.json"):
        cases = load_vector(name)["cases"]
        assert len(cases) == 98
        assert sum(not case["wantErr"] for case in cases) >= 5


@pytest.mark.parametrize("size", range(SIZE_MAX + 1))
def test_every_way_to_a_root_gives_the_rfc_root(size: int) -> None:
    leaves = LEAVES[:size]
    expected = naive_root(leaves)
    one_by_one = Frontier.EMPTY
    for item in leaves:
        one_by_one = one_by_one.append(item)
    assert one_by_one.root == expected
    assert one_by_one == Frontier.EMPTY.extend(leaves) == frontier_at(size, READ)
    assert root_at(size, READ) == tree_root(leaves) == expected


@pytest.mark.parametrize("size", range(SIZE_MAX + 1))
def test_new_nodes_are_exactly_the_complete_nodes_in_whatever_steps(size: int) -> None:
    nodes = new_nodes(Frontier.EMPTY, LEAVES[:size])
    assert {(level, index) for level, index, _ in nodes} == {
        (level, index) for level in range(8) for index in range(size >> level)
    }
    assert len(nodes) == len(set(nodes))
    for level, index, item in nodes:
        assert item == naive_root(LEAVES[index << level : (index + 1) << level])
    half = size // 2
    assert (
        new_nodes(Frontier.EMPTY, LEAVES[:half]) + new_nodes(Frontier.EMPTY.extend(LEAVES[:half]), LEAVES[half:size])
        == nodes
    )


@pytest.mark.parametrize("size", range(1, SIZE_MAX + 1))
def test_every_inclusion_path_is_the_rfc_path_and_verifies(size: int) -> None:
    root = root_at(size, READ)
    for index in range(size):
        path = inclusion_path(index, size, READ)
        assert list(path) == naive_path(index, LEAVES[:size])
        assert path == tree_path(LEAVES[:size], index)
        verify_inclusion(index, size, LEAVES[index], path, root)


@pytest.mark.parametrize("new", range(1, SIZE_MAX + 1))
def test_every_consistency_path_is_the_rfc_path_and_verifies(new: int) -> None:
    for old in range(1, new + 1):
        path = consistency_path(old, new, READ)
        assert list(path) == naive_consistency(old, LEAVES[:new])
        verify_consistency(old, new, path, root_at(old, READ), root_at(new, READ))


def damaged(path: Sequence[bytes]) -> list[list[bytes]]:
    """Every path with one hash changed, missing, repeated, moved, cut or grown."""
    other = leaf_hash(b"another")
    variants = [[*path, other], [other, *path]]
    for at in range(len(path)):
        variants.append([*path[:at], bytes([path[at][0] ^ 1]) + path[at][1:], *path[at + 1 :]])
        variants.append([*path[:at], *path[at + 1 :]])
        variants.append([*path[: at + 1], *path[at:]])
        variants.append([*path[:at], path[at][:-1], *path[at + 1 :]])
        variants.append([*path[:at], path[at] + b"\x00", *path[at + 1 :]])
    if len(path) > 1:
        variants.append(list(reversed(path)))
    return variants


@pytest.mark.parametrize("size", [*range(1, 20), 31, 32, 33, 64, 65])
def test_an_inclusion_proof_with_any_part_changed_is_unproven(size: int) -> None:
    root = root_at(size, READ)
    for index in range(size):
        leaf, path = LEAVES[index], inclusion_path(index, size, READ)
        wrong = [(index, size, leaf, variant, root) for variant in damaged(path)]
        wrong += [(other, size, leaf, path, root) for other in range(-1, size + 2) if other != index]
        wrong += [(index, size, LEAVES[index - 1] if size > 1 else EMPTY_ROOT, path, root)]
        wrong += [(index, size, leaf, path, EMPTY_ROOT), (index, size, leaf, path, root[:31])]
        wrong += [(index, size, leaf[:31], path, root), (index, 0, leaf, path, root)]
        wrong += [(index, TREE_SIZE_MAX + 1, leaf, path, root), (index, TREE_SIZE_MAX, leaf, path, root)]
        for arguments in wrong:
            with pytest.raises(Unproven, match=r"^inclusion: "):
                verify_inclusion(*arguments)


@pytest.mark.parametrize("new", [*range(1, 18), 31, 32, 33])
def test_a_consistency_proof_with_any_part_changed_is_unproven(new: int) -> None:
    new_root = root_at(new, READ)
    for old in range(1, new + 1):
        path, old_root = consistency_path(old, new, READ), root_at(old, READ)
        wrong = [(old, new, variant, old_root, new_root) for variant in damaged(path)]
        wrong += [(old, new, path, EMPTY_ROOT, new_root), (old, new, path, old_root, EMPTY_ROOT)]
        wrong += [(old, new, path, old_root[:31], new_root), (old, new, path, old_root, new_root + b"\x00")]
        wrong += [(0, new, path, old_root, new_root), (new + 1, new, path, old_root, new_root)]
        wrong += [(0, new, [], EMPTY_ROOT, new_root), (old, TREE_SIZE_MAX + 1, path, old_root, new_root)]
        wrong += [(old, TREE_SIZE_MAX, path, old_root, new_root)]
        for arguments in wrong:
            with pytest.raises(Unproven, match=r"^consistency: "):
                verify_consistency(*arguments)


def test_a_path_longer_than_the_claimed_size_allows_is_unproven_even_if_it_leads_to_the_root() -> None:
    with pytest.raises(Unproven, match="too long"):
        verify_inclusion(0, 1, LEAVES[1], [LEAVES[0]], root_at(2, READ))
    path, above = consistency_path(3, 5, READ), LEAVES[0]
    roots = [node_hash(above, root_at(size, READ)) for size in (3, 5)]
    with pytest.raises(Unproven, match="too long"):
        verify_consistency(3, 5, [*path, above], *roots)


def test_paths_outside_the_tree_are_refused() -> None:
    for index, size in [(-1, 1), (0, 0), (1, 1), (5, 3), (0, TREE_SIZE_MAX + 1)]:
        with pytest.raises(Malformed, match="is not in a tree"):
            inclusion_path(index, size, READ)
    for old, new in [(0, 0), (0, 3), (4, 3), (-1, 3), (1, TREE_SIZE_MAX + 1)]:
        with pytest.raises(Malformed, match="no consistency path"):
            consistency_path(old, new, READ)


@pytest.mark.parametrize("size", range(SIZE_MAX + 1))
def test_a_frontier_has_one_spelling(size: int) -> None:
    frontier = Frontier.EMPTY.extend(LEAVES[:size])
    data = frontier.to_bytes()
    assert Frontier.from_bytes(data) == frontier
    for wrong in [data[:-1], data + b"\x00", data + bytes(32), data[:8] + data[40:] + b"!"]:
        with pytest.raises(Malformed):
            Frontier.from_bytes(wrong)


@given(st.binary(max_size=200))
def test_a_frontier_from_any_bytes_is_malformed_or_spells_them(data: bytes) -> None:
    try:
        frontier = Frontier.from_bytes(data)
    except Malformed:
        return
    assert frontier.to_bytes() == data


@pytest.mark.parametrize(
    ("size", "hashes"),
    [(-1, ()), (0, (bytes(32),)), (1, ()), (1, (bytes(31),)), (3, (bytes(32),)), (TREE_SIZE_MAX + 1, (bytes(32),))],
)
def test_a_frontier_that_is_no_tree_cannot_exist(size: int, hashes: tuple[bytes, ...]) -> None:
    with pytest.raises(Malformed):
        Frontier(size, hashes)
