"""Statements, certificates, evidence, messages, parameters: golden and hostile bytes (consensus.md 2.1, 2.2, 2.6)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadeed_consensus import messages
from datadeed_consensus.guard import Kind
from datadeed_consensus.leader import leader_order
from datadeed_consensus.messages import decode_message, encode_message
from datadeed_consensus.parameters import Parameters
from datadeed_consensus.votes import Certificate, Evidence, Offence, Statement, Vote, offence
from datadeed_ledger.encoding import encode, sha256
from datadeed_ledger.errors import Malformed
from datadeed_ledger.keys import VOTE_TAG

EPOCH_ID, HASH, OTHER = sha256(b"epoch"), sha256(b"block"), sha256(b"other")
PREFIXES = {kind: VOTE_TAG + bytes([kind]) + EPOCH_ID for kind in Kind}
NOTARIZE = Statement(Kind.NOTARIZE, 7, 5, 6, ends_epoch=False, block_hash=HASH)
FINALIZE = NOTARIZE.of_kind(Kind.FINALIZE)
NULLIFY = Statement(Kind.NULLIFY, 7)
REBLOCKED = Statement(Kind.NOTARIZE, 7, 5, 6, ends_epoch=False, block_hash=OTHER)


def vote(statement: Statement, signer: int) -> Vote:
    return Vote(statement, signer, bytes([signer]) * 64)


CERTIFICATE = Certificate.of([vote(NOTARIZE, signer) for signer in (3, 0, 1)], 4)
SKIPPED = Certificate.of([vote(NULLIFY, signer) for signer in (0, 1, 2)], 4)
EVERY_MESSAGE: list[messages.Message] = [
    messages.Proposal(b"block", None, (), vote(NOTARIZE, 1)),
    messages.Proposal(b"block", CERTIFICATE, (SKIPPED,), vote(NOTARIZE, 1)),
    messages.VoteMessage(vote(FINALIZE, 2)),
    messages.Certificates((CERTIFICATE, SKIPPED)),
    messages.Status(9, 4, HASH, 6, 7, bytes(messages.HAVE_BYTES)),
    messages.GetCertificates(5, 69),
    messages.GetBlock(HASH),
    messages.BlockMessage(b"block"),
    messages.GetRange(1, 1000),
    messages.Range((b"block", b"next"), CERTIFICATE),
    messages.EvidenceMessage(b"evidence"),
]


def test_statement_bytes_are_the_fixed_width_ones_of_the_spec() -> None:
    u64 = (1).to_bytes(8, "big") + (7).to_bytes(8, "big")
    body = (5).to_bytes(8, "big") + (6).to_bytes(8, "big") + b"\x00" + HASH
    assert NOTARIZE.to_bytes(PREFIXES, 1) == b"datadeed/vote/v1\n\x01" + EPOCH_ID + u64 + body
    assert NULLIFY.to_bytes(PREFIXES, 1) == b"datadeed/vote/v1\n\x02" + EPOCH_ID + u64
    assert FINALIZE.to_bytes(PREFIXES, 1) == b"datadeed/vote/v1\n\x03" + EPOCH_ID + u64 + body


def test_a_certificate_has_a_bitmap_and_signatures_in_index_order() -> None:
    signatures = bytes([0]) * 64 + bytes([1]) * 64 + bytes([3]) * 64
    assert CERTIFICATE.data == encode([[1, 7, 5, 6, False, HASH], b"\xd0", signatures])
    assert Certificate.parse(CERTIFICATE.data, 4) == CERTIFICATE


@pytest.mark.parametrize(
    ("claim", "bitmap", "signatures", "size"),
    [
        ("fewer than a quorum", b"\xc0", 2, 4),
        ("2f+1 where n = 5 needs 4", b"\xe0", 3, 5),
        ("a signer beyond the roster", b"\xc8", 3, 4),
        ("a bitmap of another length", b"\xe0\x00", 3, 4),
        ("a signature too few", b"\xe0", 2, 4),
        ("a signature too many", b"\xe0", 4, 4),
        ("nobody", b"\x00", 0, 4),
    ],
)
def test_a_certificate_is_refused_with(claim: str, bitmap: bytes, signatures: int, size: int) -> None:
    data = encode([[1, 7, 5, 6, False, HASH], bitmap, bytes(64 * signatures)])
    with pytest.raises(Malformed):
        Certificate.parse(data, size)


@pytest.mark.parametrize(
    "value",
    [
        [1, 7],
        [2, 7, 5, 6, False, HASH],
        [4, 7, 5, 6, False, HASH],
        [1, 7, 5, 7, False, HASH],  # a parent view that is not below
        [1, 7, 0, 6, False, HASH],  # the genesis is never voted on
        [1, 7, 5, 6, 0, HASH],
        [1, 7, 5, 6, False, HASH[:31]],
        [1, 0, 5, 0, False, HASH],
        [True, 7, 5, 6, False, HASH],
        [2, True],
    ],
)
def test_statements_of_another_shape_are_malformed(value: list[object]) -> None:
    with pytest.raises(Malformed):
        Statement.from_value(value)


@pytest.mark.parametrize("message", EVERY_MESSAGE, ids=lambda message: type(message).__name__)
def test_every_message_reads_back_and_every_cut_of_it_is_malformed(message: messages.Message) -> None:
    data = encode_message(EPOCH_ID, message)
    assert decode_message(data, EPOCH_ID, 4) == message
    assert decode_message(data, OTHER, 4) is None
    for end in range(len(data)):
        with pytest.raises(Malformed):
            decode_message(data[:end], EPOCH_ID, 4)
    with pytest.raises(Malformed):
        decode_message(data + b"\x00", EPOCH_ID, 4)


@given(st.sampled_from(EVERY_MESSAGE), st.data())
def test_a_changed_byte_is_malformed_or_another_message(message: messages.Message, data: st.DataObject) -> None:
    raw = bytearray(encode_message(EPOCH_ID, message))
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] ^= data.draw(st.integers(1, 255))
    try:
        read = decode_message(bytes(raw), EPOCH_ID, 4)
    except Malformed:
        return
    assert read != message
    assert read is None or encode_message(EPOCH_ID, read) == bytes(raw)


@given(st.binary(max_size=200))
def test_hostile_bytes_are_malformed_and_nothing_else(data: bytes) -> None:
    try:
        message = decode_message(data, EPOCH_ID, 4)
    except Malformed:
        return
    assert message is None or encode_message(EPOCH_ID, message) == data


def test_only_pairs_that_no_honest_member_signs_are_evidence() -> None:
    assert offence(NOTARIZE, REBLOCKED) is Offence.DOUBLE_NOTARIZE
    assert offence(FINALIZE, REBLOCKED.of_kind(Kind.FINALIZE)) is Offence.DOUBLE_FINALIZE
    assert offence(NULLIFY, FINALIZE) is Offence.NULLIFY_FINALIZE
    assert offence(REBLOCKED, FINALIZE) is Offence.NOTARIZE_FINALIZE_MISMATCH
    honest = [
        (NOTARIZE, NOTARIZE),
        (NOTARIZE, NULLIFY),
        (NOTARIZE, FINALIZE),
        (NULLIFY, Statement(Kind.FINALIZE, 8, 5, 6)),
    ]
    assert [offence(*pair) for pair in honest] == [None] * 4


def test_evidence_has_one_spelling_and_is_of_one_member() -> None:
    one, other = vote(NOTARIZE, 2), vote(REBLOCKED, 2)
    evidence = Evidence.of(one, other)
    assert evidence is not None
    assert evidence == Evidence.of(other, one)
    data = evidence.to_bytes(1, EPOCH_ID)
    assert Evidence.parse(data, 4, 1, EPOCH_ID) == evidence
    assert Evidence.of(one, vote(REBLOCKED, 1)) is None
    assert Evidence.of(one, one) is None
    swapped = encode([1, EPOCH_ID, 1, evidence.second.to_value(), evidence.first.to_value()])
    with pytest.raises(Malformed):
        Evidence.parse(swapped, 4, 1, EPOCH_ID)
    with pytest.raises(Malformed):
        Evidence.parse(data, 4, 2, EPOCH_ID)


def test_the_leader_order_is_a_permutation_that_the_epoch_chooses() -> None:
    keys = [sha256(bytes([index])) for index in range(7)]
    orders = {leader_order(sha256(bytes([epoch])), keys) for epoch in range(20)}
    assert all(sorted(order) == list(range(7)) for order in orders)
    assert len(orders) > 10


def test_default_time_outs_are_those_of_the_spec() -> None:
    parameters = Parameters.from_json({})
    assert (parameters.gate_ms, parameters.proposal_ms, parameters.view_ms) == (600, 1800, 2400)
    assert (parameters.tail_ms, parameters.silent_ms, parameters.idle_ms) == (600, 24_000, 60_000)


@given(st.integers(0, 400), st.integers(0, 10), st.sampled_from([1800, 2400]))
def test_back_off_is_the_formula_rounded_down_and_never_shrinks(gap: int, faults: int, base_ms: int) -> None:
    parameters = Parameters()
    factor = min(Fraction(3, 2) ** (gap // (faults + 1)), Fraction(60_000, 2400))
    assert parameters.backed_off(base_ms, gap, faults) == base_ms * factor // 1
    assert parameters.backed_off(base_ms, gap + 1, faults) >= parameters.backed_off(base_ms, gap, faults)


def test_a_voter_allows_one_doubling_more_than_a_leader_states_and_never_over_128_s() -> None:
    parameters = Parameters()
    for gap in range(40):
        assert parameters.slack_ms(gap, 1) <= parameters.slack_allowed_ms(gap, 1) <= parameters.slack_max_ms == 128_000
    assert [parameters.slack_ms(gap, 1) for gap in (0, 1, 2, 4)] == [2000, 2000, 4000, 8000]


@pytest.mark.parametrize(
    "consensus",
    [
        {"delta": 1},
        {"delta_ms": "1"},
        {"delta_ms": True},
        {"delta_ms": 0},
        {"past_ms": 3_600_001},
        {"backoff_max_ms": 100},
        {"min_block_interval_ms": 1000},
    ],
)
def test_parameters_that_cannot_work_are_malformed(consensus: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        Parameters.from_json(consensus)
