"""The state map: published trees and proofs, a naive twin, and every way to bend a proof."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from conftest import load_vector
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.records import LICENCE, OBJECTION, OWN
from datadeed_ledger.statemap import (
    EMPTY_ROOT,
    BucketReader,
    MapProof,
    Pair,
    StateMap,
    subject_key,
    subject_prefix,
)

MPT1 = load_vector("mpt1.json") or {"trees": [], "proofs": []}


def uvarint(number: int) -> bytes:
    return bytes((number,)) if number < 128 else bytes((number & 127 | 128,)) + uvarint(number >> 7)


def bits_of(key: bytes) -> str:
    return "".join(f"{byte:08b}" for byte in key)


def naive_root(pairs: Mapping[bytes, bytes], depth: int = 0) -> bytes:
    """Section 5, word for word: split where the keys first differ."""
    if not pairs:
        return hashlib.sha256(b"").digest()
    if len(pairs) == 1:
        ((key, value),) = pairs.items()
        return hashlib.sha256(b"\x00" + uvarint(len(key)) + key + uvarint(len(value)) + value).digest()
    texts = {key: bits_of(key) for key in pairs}
    while len({text[depth] for text in texts.values()}) == 1:
        depth += 1
    sides = [{key: pairs[key] for key in pairs if texts[key][depth] == side} for side in "01"]
    left, right = naive_root(sides[0], depth), naive_root(sides[1], depth)
    return hashlib.sha256(b"\x01" + uvarint(depth) + left + right).digest()


class Pairs:
    """The pairs by bucket, as a store holds them; counts the buckets that are read."""

    def __init__(self, pairs: Mapping[bytes, bytes]) -> None:
        self.buckets: dict[int, list[Pair]] = {}
        self.reads: list[int] = []
        for key, value in sorted(pairs.items()):
            self.buckets.setdefault(int.from_bytes(key[:2], "big"), []).append((key, value))

    def __call__(self, bucket: int) -> Sequence[Pair]:
        self.reads.append(bucket)
        return self.buckets.get(bucket, [])


def map_of(pairs: Mapping[bytes, bytes]) -> StateMap:
    return StateMap().update(dict(pairs), Pairs({}))


def value_of(number: int) -> bytes:
    return hashlib.sha256(b"value %d" % number).digest()


# Keys that crowd together: the top bits, the middle and the last bits each from few choices.
KEYS = st.builds(
    lambda head, middle, tail: head + middle + bytes(65 - len(head) - len(middle) - len(tail)) + tail,
    st.sampled_from([b"\x00\x00", b"\x00\x01", b"\x01\x00", b"\x80\x00", b"\xff\xff", b"\xff\xfe", b"\x7f\xff"]),
    st.sampled_from([b"", b"\x01", b"\xff" * 30, b"\x00" * 30 + b"\x01"]),
    st.sampled_from([b"", b"\x01", b"\x80", b"\xff\xff"]),
)
MAPS = st.dictionaries(KEYS | st.binary(min_size=65, max_size=65), st.integers(0, 9).map(value_of), max_size=40)


def pairs_of(raw: Sequence[Sequence[str]]) -> dict[bytes, bytes]:
    return {bytes.fromhex(key): bytes.fromhex(value) for key, value in raw}


@pytest.mark.parametrize("tree", MPT1["trees"], ids=lambda tree: tree["name"])
def test_published_tree_has_its_root(tree: dict) -> None:
    pairs = pairs_of(tree["pairs"])
    assert map_of(pairs).root.hex() == tree["root"] == naive_root(pairs).hex()


@pytest.mark.parametrize("number", range(len(MPT1["proofs"])))
def test_published_proof_has_its_verdict(number: int) -> None:
    case = MPT1["proofs"][number]
    arguments = (
        bytes.fromhex(case["root"]),
        bytes.fromhex(case["prefix"]),
        tuple((bytes.fromhex(key), bytes.fromhex(value)) for key, value in case["pairs"]),
        (bytes.fromhex(case["other"][0]), bytes.fromhex(case["other"][1])) if case["other"] else None,
        tuple((bit, bytes.fromhex(sibling)) for bit, sibling in case["steps"]),
    )
    if case["valid"]:
        proof = MapProof(*arguments)
        proof.verify(*arguments[:2])
        assert MapProof.parse(proof.to_text()) == proof
    else:
        with pytest.raises((Unproven, Malformed)):
            MapProof(*arguments).verify(*arguments[:2])


def test_published_proofs_are_the_ones_built_here(vectors: Path) -> None:
    trees = {tree["root"]: pairs_of(tree["pairs"]) for tree in MPT1["trees"]}
    valid = [case for case in MPT1["proofs"] if case["valid"] and case["root"] in trees]
    assert len(valid) > 40
    for case in valid:
        pairs = trees[case["root"]]
        proof = map_of(pairs).prove(bytes.fromhex(case["prefix"]), Pairs(pairs))
        assert [[key.hex(), value.hex()] for key, value in proof.pairs] == case["pairs"]
        assert [[bit, sibling.hex()] for bit, sibling in proof.steps] == case["steps"]
        assert (list(map(bytes.hex, proof.other)) if proof.other else None) == case["other"]


def test_published_packs_hold_proofs_in_this_spelling(vectors: Path) -> None:
    texts = []
    for name in ("absence.zip", "title.zip"):
        with zipfile.ZipFile(vectors / "packs" / name) as pack:
            texts += [pack.read(part) for part in pack.namelist() if part.startswith("map-proof-")]
    assert len(texts) == 5
    for text in texts:
        proof = MapProof.parse(text)
        assert proof.to_text() == text
        proof.verify(proof.root, proof.prefix)


def test_published_records_give_the_published_state_root(vectors: Path) -> None:
    state = load_vector("packs/state.json")
    pairs = {}
    for subject, kind_and_sub, key, record, _ in state:
        raw = bytes.fromhex(kind_and_sub)
        assert subject_key(subject, raw[0], raw[1:]).hex() == key
        pairs[bytes.fromhex(key)] = hashlib.sha256(bytes.fromhex(record)).digest()
    with zipfile.ZipFile(vectors / "packs" / "absence.zip") as pack:
        proof = MapProof.parse(pack.read("map-proof-1.txt"))
    assert map_of(pairs).root == proof.root
    assert map_of(pairs).prove(proof.prefix, Pairs(pairs)) == proof


def test_keys_of_a_subject_share_its_prefix_and_differ_by_kind() -> None:
    assert subject_key("rules") == hashlib.sha256(b"datadeed/subject/v1\nrules").digest() + bytes(33)
    for kind in (OWN, LICENCE, OBJECTION):
        key = subject_key("right/aa", kind, b"s" * 32)
        assert key == subject_prefix("right/aa") + bytes([kind]) + b"s" * 32
        assert key[:33] == subject_prefix("right/aa", kind)
    for subject, sub in [("right/é", bytes(32)), ("right/aa", bytes(31))]:
        with pytest.raises(Malformed):
            subject_key(subject, 0, sub)


@given(MAPS, st.lists(st.tuples(KEYS | st.binary(min_size=65, max_size=65), st.none() | st.integers(0, 9))))
def test_any_updates_lead_to_the_root_of_what_is_left(before: dict, changes: list) -> None:
    updates = {key: None if number is None else value_of(number) for key, number in changes}
    updates |= dict.fromkeys(list(before)[::3])
    reader = Pairs(before)
    first = map_of(before)
    second = first.update(updates, reader)
    after = {key: value for key, value in {**before, **updates}.items() if value is not None}
    assert first.root == naive_root(before)
    assert second.root == naive_root(after)
    assert second == map_of(after)
    assert set(reader.reads) == {int.from_bytes(key[:2], "big") for key in updates} == set(second.dirty)
    assert len(reader.reads) == len(set(reader.reads))
    stored = {**dict(first.bucket_hashes()), **second.dirty}
    kept = {bucket: item for bucket, item in stored.items() if item is not None}
    assert dict(second.bucket_hashes()) == kept
    assert StateMap.from_buckets(kept) == second
    assert StateMap.from_buckets(kept).dirty == {}
    assert list(kept) == [] or list(dict(second.bucket_hashes())) == sorted(kept)


@given(MAPS, st.data())
def test_every_prefix_has_a_proof_that_lists_exactly_what_is_under_it(pairs: dict, data: st.DataObject) -> None:
    some_key = st.sampled_from(sorted(pairs)) | KEYS if pairs else KEYS
    prefix = data.draw(some_key)[: data.draw(st.sampled_from([0, 1, 2, 3, 32, 33, 34, 64, 65]))]
    whole = map_of(pairs)
    proof = whole.prove(prefix, Pairs(pairs))
    assert proof.pairs == tuple((key, pairs[key]) for key in sorted(pairs) if key.startswith(prefix))
    proof.verify(whole.root, prefix)
    assert MapProof.parse(proof.to_text()) == proof
    with pytest.raises(Unproven, match="another question"):
        proof.verify(whole.root, prefix[:-1] if prefix else b"\x00")
    with pytest.raises(Unproven, match="another root"):
        proof.verify(bytes(32), prefix)


def test_an_empty_map_proves_that_nothing_is_there() -> None:
    proof = StateMap().prove(b"", Pairs({}))
    assert proof == MapProof(EMPTY_ROOT, b"", (), None, ())
    proof.verify(EMPTY_ROOT, b"")
    assert proof.to_text() == b"datadeed-map-proof/v1\nroot 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nprefix \n"
    assert MapProof.parse(proof.to_text()) == proof


def test_an_update_of_nothing_changes_nothing() -> None:
    one = map_of({subject_key("rules"): value_of(1)})
    assert one.update({}, Pairs({})) == one
    assert one.update({}, Pairs({})).dirty == {}


def test_a_prefix_longer_than_a_key_is_refused() -> None:
    with pytest.raises(Malformed):
        StateMap().prove(bytes(66), Pairs({}))


@pytest.mark.parametrize(("key", "value"), [(bytes(64), bytes(32)), (bytes(65), bytes(31))])
def test_a_change_of_another_shape_is_a_bug(key: bytes, value: bytes) -> None:
    with pytest.raises(AssertionError):
        StateMap().update({key: value}, Pairs({}))


def example() -> tuple[StateMap, dict[bytes, bytes], BucketReader]:
    """Three subjects with several records each, two of them in one bucket."""
    twin = subject_key("right/a")[:3] + subject_key("right/b")[3:]
    keys = [subject_key("right/a", kind, bytes([sub]) * 32) for kind in (0, 1, 2) for sub in (0, 1)]
    keys += [twin, subject_key("party/c"), subject_key("rules"), subject_key("number/1")]
    pairs = {key: value_of(at) for at, key in enumerate(keys)}
    return map_of(pairs), pairs, Pairs(pairs)


def example_proofs() -> list[MapProof]:
    whole, _, reader = example()
    prefixes = [
        subject_prefix("right/a"),
        subject_prefix("right/a", LICENCE),
        subject_key("rules"),
        subject_prefix("right/never"),
        subject_prefix("rules", LICENCE),
        subject_key("right/a", 1, b"\x07" * 32),
    ]
    return [whole.prove(prefix, reader) for prefix in prefixes]


@pytest.mark.parametrize("number", range(6))
def test_every_changed_byte_of_a_proof_is_refused(number: int) -> None:
    proof = example_proofs()[number]
    text = proof.to_text()
    for at in range(len(text)):
        for other in (text[at] ^ 1, text[at] ^ 0x20, 0x0A, 0x20, 0xFF):
            if other == text[at]:
                continue
            with pytest.raises((Malformed, Unproven)):
                MapProof.parse(text[:at] + bytes([other]) + text[at + 1 :]).verify(proof.root, proof.prefix)


@pytest.mark.parametrize("number", range(6))
def test_every_moved_missing_or_repeated_line_of_a_proof_is_refused(number: int) -> None:
    proof = example_proofs()[number]
    lines = proof.to_text().split(b"\n")[:-1]
    variants = [lines[:at] + lines[at + 1 :] for at in range(len(lines))]
    variants += [lines[: at + 1] + lines[at:] for at in range(len(lines))]
    variants += [[*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]] for at in range(len(lines) - 1)]
    variants += [[*lines[:at], b"", *lines[at:]] for at in range(len(lines) + 1)]
    for variant in variants:
        with pytest.raises((Malformed, Unproven)):
            MapProof.parse(b"\n".join(variant) + b"\n").verify(proof.root, proof.prefix)


def test_a_proof_that_hides_or_invents_is_unproven() -> None:
    whole, pairs, reader = example()
    prefix = subject_prefix("right/a")
    true = whole.prove(prefix, reader)
    licences = whole.prove(subject_prefix("right/a", LICENCE), reader)
    stranger = (subject_key("rules"), pairs[subject_key("rules")])
    cases = [
        (MapProof(true.root, prefix, true.pairs[:-1], None, true.steps), "another root"),
        (MapProof(true.root, prefix, (*true.pairs, stranger), None, true.steps), "not under the prefix"),
        (MapProof(true.root, prefix, true.pairs[::-1], None, true.steps), "key order"),
        (MapProof(true.root, prefix, true.pairs[:1] * 2, None, true.steps), "key order"),
        (MapProof(true.root, prefix, true.pairs, stranger, true.steps), "at once"),
        (MapProof(true.root, prefix, licences.pairs, None, licences.steps), "below the prefix"),
        (MapProof(true.root, prefix, (), true.pairs[0], true.steps), "under the prefix"),
        (MapProof(true.root, prefix, (), None, true.steps), "without a leaf"),
        (MapProof(true.root, prefix, (), None, ()), "another root"),
        (MapProof(true.root, prefix, true.pairs, None, true.steps[::-1]), "do not fall"),
        (MapProof(true.root, prefix, true.pairs, None, (*true.steps, true.steps[-1])), "do not fall"),
    ]
    # A true leaf with its true steps, shown as if it stood where the prefix would stand.
    for key in pairs:
        lookup = whole.prove(key, reader)
        if not key.startswith(prefix):
            cases.append((MapProof(true.root, prefix, (), (key, pairs[key]), lookup.steps), "does not stand"))
    for proof, reason in cases:
        with pytest.raises(Unproven, match=reason):
            proof.verify(true.root, prefix)


@pytest.mark.parametrize(
    ("root", "prefix", "pairs", "other", "steps"),
    [
        (bytes(31), b"", (), None, ()),
        (bytes(32), bytes(66), (), None, ()),
        (bytes(32), b"", ((bytes(64), bytes(32)),), None, ()),
        (bytes(32), b"", ((bytes(65), bytes(33)),), None, ()),
        (bytes(32), b"", (), (bytes(65), bytes(31)), ()),
        (bytes(32), b"", (), None, ((520, bytes(32)),)),
        (bytes(32), b"", (), None, ((-1, bytes(32)),)),
        (bytes(32), b"", (), None, ((0, bytes(31)),)),
    ],
)
def test_a_proof_with_wrong_lengths_cannot_exist(
    root: bytes, prefix: bytes, pairs: tuple[Pair, ...], other: Pair | None, steps: tuple[tuple[int, bytes], ...]
) -> None:
    with pytest.raises(Malformed):
        MapProof(root, prefix, pairs, other, steps)


HEAD = b"datadeed-map-proof/v1\nroot 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nprefix \n"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        HEAD[:-1],
        HEAD.replace(b"/v1", b"/v2"),
        HEAD + b"\n",
        HEAD + b"pair\n",
        HEAD + b"pair aa\n",
        HEAD + b"other aa\n",
        HEAD + b"step 1\n",
        HEAD + b"step 01 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        HEAD + b"step 520 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        HEAD + b"note hello\n",
        HEAD.replace(b"prefix ", b"prefix"),
        HEAD.replace(b"prefix ", b"prefix AB"),
        HEAD.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + HEAD,
        HEAD + (b"other " + b"00" * 65 + b" " + b"00" * 32 + b"\n") * 2,
        HEAD + b"pair " + b"0" * (4 * 1024 * 1024),
    ],
)
def test_another_spelling_is_malformed(text: bytes) -> None:
    with pytest.raises(Malformed):
        MapProof.parse(text)


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: HEAD + text.encode()))
def test_any_bytes_are_malformed_or_spell_a_proof(data: bytes) -> None:
    try:
        proof = MapProof.parse(data)
    except Malformed:
        return
    assert proof.to_text() == data


@given(
    st.integers(0, 5).flatmap(
        lambda number: st.lists(st.sampled_from(example_proofs()[number].to_text().split(b"\n")), max_size=12)
    )
)
def test_any_lines_of_a_proof_are_malformed_or_spell_one(lines: list[bytes]) -> None:
    data = HEAD + b"\n".join(lines)
    try:
        proof = MapProof.parse(data)
    except Malformed:
        return
    assert proof.to_text() == data
