"""Statements, certificates and evidence as values: bytes, strictness, soundness. Spec: consensus.md 2.1, 2.2, 2.10."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_core import EPOCH_ID, Peers

from datadeed_consensus.guard import Kind
from datadeed_consensus.tally import Tally
from datadeed_consensus.votes import Certificate, Evidence, Offence, Statement, Vote, offence
from datadeed_ledger.encoding import decode, encode
from datadeed_ledger.errors import Malformed
from datadeed_ledger.roster import quorum

HASHES = st.sampled_from([b"a" * 32, b"b" * 32])
VIEWS = st.integers(1, 2**63 - 1)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    kind, view = draw(st.sampled_from(Kind)), draw(VIEWS)
    if kind is Kind.NULLIFY:
        return Statement(kind, view)
    height, parent_view = draw(VIEWS), draw(st.integers(0, view - 1))
    return Statement(kind, view, height, parent_view, draw(st.booleans()), draw(HASHES))


@given(statements())
def test_a_statement_signs_fixed_width_bytes_that_name_its_epoch(statement: Statement) -> None:
    head = b"datadeed/vote/v1\n" + bytes([statement.kind]) + EPOCH_ID + bytes(7) + b"\x01"
    expected = head + statement.view.to_bytes(8, "big")
    if statement.kind is not Kind.NULLIFY:
        numbers = statement.height.to_bytes(8, "big") + statement.parent_view.to_bytes(8, "big")
        expected += numbers + bytes([statement.ends_epoch]) + statement.block_hash
    assert Peers().members.message(statement) == expected


@given(statements(), statements())
def test_different_statements_sign_different_bytes(one: Statement, other: Statement) -> None:
    members = Peers().members
    assert (members.message(one) == members.message(other)) == (one == other)


@given(statements(), st.integers(0, 3), st.binary(min_size=64, max_size=64))
def test_a_vote_reads_back_as_it_was(statement: Statement, signer: int, signature: bytes) -> None:
    vote = Vote(statement, signer, signature)
    assert Vote.from_value(decode(encode(vote.to_value()), bytes_max=1024), 4) == vote


NOTARIZE = [1, 5, 2, 3, False, b"a" * 32]


@pytest.mark.parametrize(
    "value",
    [
        [2, 0],
        [2, 5, 1],
        [2, True],
        [4, 5],
        [1, 5],
        [True, *NOTARIZE[1:]],
        [2, *NOTARIZE[1:]],
        [1, 5, 0, 3, False, b"a" * 32],
        [1, 5, 2, 5, False, b"a" * 32],
        [1, 5, 2, -1, False, b"a" * 32],
        [1, 5, 2, 3, 0, b"a" * 32],
        [1, 5, 2, 3, False, b"a" * 31],
        [1, 2**63, 2, 3, False, b"a" * 32],
        [*NOTARIZE, 0],
        {},
        "vote",
    ],
)
def test_a_statement_of_another_shape_is_malformed(value: object) -> None:
    assert Statement.from_value(list(NOTARIZE)).kind is Kind.NOTARIZE
    with pytest.raises(Malformed):
        Statement.from_value(value)


# Certificates


@pytest.mark.parametrize("size", [4, 5, 7, 8, 9, 16, 31])
def test_a_certificate_reads_back_and_has_one_spelling(size: int) -> None:
    peers = Peers(size)
    for signers in (range(quorum(size)), range(size - quorum(size), size), range(size)):
        certificate = peers.certificate(Statement(Kind.NULLIFY, 9), signers)
        assert Certificate.parse(certificate.data, size) == certificate
        assert certificate.signers == tuple(signers)
        shuffled = [peers.sign(certificate.statement, signer) for signer in reversed(signers)]
        assert Certificate.of(shuffled, size) == certificate


def test_no_certificate_of_fewer_than_a_quorum_or_of_strangers_parses_at_any_size() -> None:
    for size in range(4, 101):
        votes = [Vote(Statement(Kind.NULLIFY, 1), signer, bytes(64)) for signer in range(size)]
        enough = Certificate.of(votes[: quorum(size)], size)
        assert Certificate.parse(enough.data, size).signers == tuple(range(quorum(size)))
        with pytest.raises(Malformed):
            Certificate.parse(Certificate.of(votes[: quorum(size) - 1], size).data, size)
        if size % 8:
            bitmap = bytearray((size + 7) // 8)
            for signer in (*range(quorum(size) - 1), size):
                bitmap[signer // 8] |= 0x80 >> signer % 8
            with pytest.raises(Malformed):
                Certificate.parse(encode([[2, 1], bytes(bitmap), bytes(64 * quorum(size))]), size)


@pytest.mark.parametrize(
    "broken",
    [
        [[2, 1], b"\xe0", bytes(64 * 2)],
        [[2, 1], b"\xe0", bytes(64 * 4)],
        [[2, 1], b"\xe0\x00", bytes(64 * 3)],
        [[2, 1], b"", bytes(64 * 3)],
        [[2, 1], 7, bytes(64 * 3)],
        [[2, 1], b"\xe0", bytes(64 * 3), 0],
        [[2, 1], b"\x00", b""],
    ],
)
def test_a_certificate_of_another_shape_is_malformed(broken: list[object]) -> None:
    assert Certificate.parse(encode([[2, 1], b"\xe0", bytes(64 * 3)]), 4).signers == (0, 1, 2)
    with pytest.raises(Malformed):
        Certificate.parse(encode(broken), 4)


@given(st.integers(4, 16), st.data())
def test_a_tally_certifies_exactly_at_a_quorum_of_one_identical_statement(size: int, data: st.DataObject) -> None:
    """commonware PR#733, ava #185: q = n - f, and votes for another statement do not count."""
    peers, tally = Peers(size), Tally(size, quorum(size))
    said: dict[Statement, set[int]] = {}
    certified: set[Statement] = set()
    options = [Statement(Kind.NOTARIZE, 3, 1, 0, False, digest) for digest in (b"a" * 32, b"b" * 32)]
    options.append(Statement(Kind.NULLIFY, 3))
    for statement, signer in data.draw(
        st.lists(st.tuples(st.sampled_from(options), st.integers(0, size - 1)), max_size=60)
    ):
        taken = tally.vote(3, statement.kind, signer)
        certificate = tally.place(peers.sign(statement, signer))
        if taken is None:
            said.setdefault(statement, set()).add(signer)
        expected = taken is None and len(said[statement]) == quorum(size)
        assert (certificate is not None) == expected
        if certificate is not None:
            tally.hold(certificate)
            certified.add(statement)
            assert set(certificate.signers) == said[statement]
    assert certified == {statement for statement, signers in said.items() if len(signers) >= quorum(size)}


def test_a_slot_keeps_the_first_vote_and_counts_a_signer_once() -> None:
    """commonware #2043, ava #555."""
    peers, tally = Peers(), Tally(4, 3)
    statement = Statement(Kind.NULLIFY, 1)
    first = peers.sign(statement, 0)
    assert tally.place(first) is None
    assert tally.place(first) is None
    assert tally.place(Vote(statement, 0, bytes(64))) is None
    assert tally.vote(1, Kind.NULLIFY, 0) == first
    assert tally.count(1, Kind.NULLIFY) == 1
    assert tally.place(peers.sign(statement, 1)) is None, "signer 0 counts once"
    assert tally.place(peers.sign(statement, 2)) is not None


# Evidence


def conflicting(one: Statement, other: Statement) -> bool:
    """Section 2.10 in other words: what an honest member, by section 2.4, never signs both of."""
    if one.view != other.view or one == other:
        return False
    kinds = sorted((one.kind, other.kind))
    if kinds[0] == kinds[1] or kinds == [Kind.NULLIFY, Kind.FINALIZE]:
        return True
    return kinds == [Kind.NOTARIZE, Kind.FINALIZE] and one.block_hash != other.block_hash


def test_evidence_is_exactly_a_pair_that_the_guard_forbids() -> None:
    blocks = [
        (height, parent, ends, digest)
        for height, parent, ends, digest in product((1, 2), (0, 1), (False, True), (b"a" * 32, b"b" * 32))
    ]
    said = [
        Statement(kind, view, *fields)
        for kind, view in product(Kind, (3, 4))
        for fields in (blocks if kind is not Kind.NULLIFY else [()])
    ]
    peers = Peers()
    found = set()
    for one, other in [*combinations(said, 2), *((each, each) for each in said)]:
        evidence = Evidence.of(peers.sign(one, 1), peers.sign(other, 1))
        assert (evidence is not None) == conflicting(one, other), (one, other)
        assert evidence == Evidence.of(peers.sign(other, 1), peers.sign(one, 1)), "a pair has one order"
        if evidence is not None:
            found.add(evidence.offence)
            assert Evidence.parse(evidence.to_bytes(1, EPOCH_ID), 4, 1, EPOCH_ID) == evidence
    assert found == set(Offence)


def test_two_votes_of_two_members_are_no_evidence() -> None:
    peers = Peers()
    one, other = (Statement(Kind.NOTARIZE, 3, 1, 0, False, digest) for digest in (b"a" * 32, b"b" * 32))
    assert Evidence.of(peers.sign(one, 0), peers.sign(other, 1)) is None
    assert offence(one, other) is Offence.DOUBLE_NOTARIZE


def test_evidence_in_another_spelling_or_of_another_epoch_is_malformed() -> None:
    peers = Peers()
    one, other = (Statement(Kind.NOTARIZE, 3, 1, 0, False, digest) for digest in (b"a" * 32, b"b" * 32))
    evidence = Evidence.of(peers.sign(one, 0), peers.sign(other, 0))
    assert evidence is not None
    good = evidence.to_bytes(1, EPOCH_ID)
    swapped = replace(evidence, first=evidence.second, second=evidence.first).to_bytes(1, EPOCH_ID)
    renamed = replace(evidence, offence=Offence.DOUBLE_FINALIZE).to_bytes(1, EPOCH_ID)
    same = replace(evidence, second=evidence.first).to_bytes(1, EPOCH_ID)
    for bad in (swapped, renamed, same, evidence.to_bytes(2, EPOCH_ID), evidence.to_bytes(1, bytes(32)), good[:-1]):
        with pytest.raises(Malformed):
            Evidence.parse(bad, 4, 1, EPOCH_ID)
