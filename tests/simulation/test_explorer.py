"""The voting rules hold in every state of a small scope, and every way to break them shows within ten votes."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable

import pytest
from simulation.explorer import Guard, Scope, explore

from datadeed_consensus.guard import Kind, OwnVotes, Situation, may_vote

A, B = bytes([1]) * 32, bytes([2]) * 32


@pytest.mark.parametrize(
    ("members", "states"),
    [(4, 14_189), (5, 60_673), pytest.param(6, 206_105, marks=pytest.mark.soak)],
)
def test_no_reachable_vote_set_of_two_views_breaks_a_promise(members: int, states: int) -> None:
    result = explore(Scope(members, views=2))
    assert result.finding is None
    # A smaller count would mean that a rule forbids what it should not; a larger one that it allows more.
    assert result.states == states


def test_a_leader_that_varies_its_block_in_every_view_breaks_no_promise() -> None:
    result = explore(Scope(4, views=2, later_variants=2))
    assert result.finding is None
    assert result.states == 48_260


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_reachable_vote_set_of_three_views_breaks_a_promise() -> None:
    result = explore(Scope(4, views=3), states_max=20_000_000)
    assert result.finding is None
    assert result.states > 1_000_000


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_reachable_vote_set_of_seven_members_breaks_a_promise() -> None:
    result = explore(Scope(7, views=2), states_max=20_000_000)
    assert result.finding is None
    assert result.states > 1_000_000


# --- broken rules ----------------------------------------------------------------------------------------------------


def _forgetting(name: str) -> Guard:
    """The real guard, blind to one of the own votes."""

    def guard(kind: Kind, view: int, digest: bytes | None, own: OwnVotes, at: Situation) -> bool:
        blank = getattr(OwnVotes(), name)
        return may_vote(kind, view, digest, dataclasses.replace(own, **{name: blank}), at)

    return guard


def _only_for(kind: Kind, loose: Guard) -> Guard:
    """`loose` for votes of one kind, the real guard for the others."""

    def guard(asked: Kind, view: int, digest: bytes | None, own: OwnVotes, at: Situation) -> bool:
        return (loose if asked is kind else may_vote)(asked, view, digest, own, at)

    return guard


def _finalize_what_is_not_notarized(kind: Kind, view: int, digest: bytes | None, own: OwnVotes, at: Situation) -> bool:
    held = Situation(at.epoch_open, at.final_view, at.cur, digest, True)
    return may_vote(kind, view, digest, own, held if kind is Kind.FINALIZE else at)


def _vote_ahead(kind: Kind, view: int, digest: bytes | None, own: OwnVotes, at: Situation) -> bool:
    return may_vote(kind, view, digest, own, Situation(at.epoch_open, at.final_view, view, at.notarized, at.executed))


BROKEN_RULES: dict[str, tuple[Scope, str]] = {
    "nullify-after-finalize": (Scope(4, 2, guard=_only_for(Kind.NULLIFY, _forgetting("finalize"))), "I6"),
    "finalize-after-nullify": (Scope(4, 2, guard=_only_for(Kind.FINALIZE, _forgetting("nullify"))), "I6"),
    "notarize-twice": (Scope(4, 2, guard=_only_for(Kind.NOTARIZE, _forgetting("notarize"))), "I6"),
    "finalize-another-block": (Scope(4, 2, guard=_only_for(Kind.FINALIZE, _forgetting("notarize"))), "I6"),
    "finalize-without-notarization": (Scope(4, 2, guard=_finalize_what_is_not_notarized), "I4"),
    "vote-ahead-of-cur": (Scope(4, 2, guard=_vote_ahead), "D1"),
    "forgotten-votes": (Scope(4, 2, remembers=False), "I6"),
    "no-gap-proof": (Scope(4, 2, gap_proof=False), "I1"),
    "free-parent": (Scope(4, 2, parent_proof=False), "I1"),
    "quorum-2f+1-of-5": (Scope(5, 2, quorum=lambda size: 2 * ((size - 1) // 3) + 1), "I2"),
    "quorum-3-of-6": (Scope(6, 2, quorum=lambda size: 3), "I2"),
}


@pytest.mark.parametrize("name", BROKEN_RULES)
def test_a_broken_rule_breaks_a_promise_within_ten_votes(name: str) -> None:
    scope, claim = BROKEN_RULES[name]
    finding = explore(scope).finding
    assert finding is not None, f"the explorer let {name} pass"
    assert finding.claim.startswith(claim), finding
    assert finding.votes <= 10, finding


FORKING_RULES: dict[str, tuple[Scope, str]] = {
    name: (dataclasses.replace(BROKEN_RULES[name][0], agreement_only=True), claim)
    for name, claim in {
        "nullify-after-finalize": "I3",
        "finalize-after-nullify": "I3",
        "notarize-twice": "I2",
        "forgotten-votes": "I2",
    }.items()
}


@pytest.mark.parametrize("name", FORKING_RULES)
def test_a_rule_that_binds_one_member_is_what_keeps_the_members_agreed(name: str) -> None:
    scope, claim = FORKING_RULES[name]
    finding = explore(scope).finding
    assert finding is not None, f"{name} is harmless?"
    assert finding.claim.startswith(claim), finding


# --- the guard itself ------------------------------------------------------------------------------------------------


def _reference(kind: int, view: int, digest: bytes | None, own: OwnVotes, at: Situation) -> bool:
    """Section 2.4 as a table: per kind, the clauses that must all hold."""
    both = [at.epoch_open, at.final_view < view, not own.nullify, own.finalize is None]
    clauses: dict[int, Callable[[], list[bool]]] = {
        1: lambda: [digest is not None, own.notarize is None, view == at.cur],
        2: lambda: [digest is None, view == at.cur],
        3: lambda: [
            digest is not None,
            own.notarize is None or own.notarize == digest,
            at.notarized is not None and at.notarized == digest,
            at.executed,
        ],
    }
    return all(both + clauses[kind]())


def test_the_guard_equals_its_table_on_every_input() -> None:
    digests = (None, A, B)
    allowed = 0
    for votes in itertools.product(digests, (False, True), digests):
        own = OwnVotes(*votes)
        for state in itertools.product((False, True), range(4), range(1, 5), digests, (False, True)):
            at = Situation(*state)
            for kind, view, digest in itertools.product(Kind, range(1, 4), digests):
                said = may_vote(kind, view, digest, own, at)
                assert said is _reference(int(kind), view, digest, own, at), (kind, view, digest, own, at)
                allowed += said
    assert allowed > 0
