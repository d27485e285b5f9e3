"""Every clause of the vote guard, against the spec's sentences in another shape (consensus.md section 2.4)."""

from __future__ import annotations

from itertools import product

import pytest

from datadeed_consensus.guard import Kind, OwnVotes, Situation, may_vote

A, B = b"a" * 32, b"b" * 32


def allowed(kind: Kind, view: int, digest: bytes | None, own: OwnVotes, at: Situation) -> bool:
    """The spec's table, read as what each kind must not find."""
    forbidden = {
        Kind.NOTARIZE: [own.notarize, own.nullify, own.finalize, view != at.cur, digest is None],
        Kind.NULLIFY: [own.nullify, own.finalize, view != at.cur, digest is not None],
        Kind.FINALIZE: [
            own.nullify,
            own.finalize,
            digest is None,
            own.notarize is not None and own.notarize != digest,
            at.notarized is None or at.notarized != digest,
            not at.executed,
        ],
    }[kind]
    return at.epoch_open and view > at.final_view and not any(forbidden)


def test_the_guard_is_the_table_of_the_spec_in_every_case() -> None:
    own_votes = [OwnVotes(*votes) for votes in product((None, A, B), (False, True), (None, A, B))]
    situations = [
        Situation(*each) for each in product((False, True), (0, 4, 5), (4, 5, 6), (None, A, B), (False, True))
    ]
    permitted = 0
    for kind, digest, own, at in product(Kind, (None, A, B), own_votes, situations):
        assert may_vote(kind, 5, digest, own, at) == allowed(kind, 5, digest, own, at), (kind, digest, own, at)
        permitted += allowed(kind, 5, digest, own, at)
    assert permitted == 24 + 36 + 24  # counted by hand: notarize, nullify, finalize


OPEN = Situation(epoch_open=True, final_view=4, cur=5, notarized=A, executed=True)


@pytest.mark.parametrize(
    ("claim", "kind", "digest", "own"),
    [
        ("finalize after nullify", Kind.FINALIZE, A, OwnVotes(nullify=True)),
        ("nullify after finalize", Kind.NULLIFY, None, OwnVotes(finalize=A)),
        ("notarize twice", Kind.NOTARIZE, B, OwnVotes(notarize=A)),
        ("notarize after nullify", Kind.NOTARIZE, A, OwnVotes(nullify=True)),
        ("finalize another than it notarized", Kind.FINALIZE, A, OwnVotes(notarize=B)),
        ("finalize what is not notarized", Kind.FINALIZE, B, OwnVotes()),
    ],
)
def test_an_honest_member_never_signs(claim: str, kind: Kind, digest: bytes | None, own: OwnVotes) -> None:
    assert not may_vote(kind, 5, digest, own, OPEN)


def test_a_member_that_notarized_may_still_nullify_and_one_that_left_may_still_finalize() -> None:
    assert may_vote(Kind.NULLIFY, 5, None, OwnVotes(notarize=A), OPEN)
    later = Situation(epoch_open=True, final_view=4, cur=9, notarized=A, executed=True)
    assert may_vote(Kind.FINALIZE, 5, A, OwnVotes(), later)
