"""Exhaustive search of the voting rules in small scopes: every honest vote set that the real guard permits.

A state is what the honest members have signed, nothing else. Byzantine votes are always available, any message may
be late for ever, and a member may hold any subset of the certificates that exist; so a vote is possible in a state as
soon as the guard allows it in *some* situation that the state permits. That covers crashes, partitions and every
order of delivery. Members are interchangeable: states are kept up to renaming.

It leaves out signatures, codecs, clocks, execution verdicts and epochs, and it says nothing about liveness. The
checks are plain arithmetic over vote sets and share no code with the production predicates.
Spec: docs/spec/consensus.md sections 2.4, 2.5 (R8, the parts about parent and gap), 3 and 5 A.
"""

from __future__ import annotations

import itertools
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from datadeed_consensus.guard import Kind, OwnVotes, Situation, may_vote
from datadeed_ledger.roster import faults_max, quorum

Guard = Callable[[Kind, int, bytes | None, OwnVotes, Situation], bool]

GENESIS = -1  # the parent of a block that stands on the epoch's floor
FIRST_VARIANTS = 2  # distinct blocks on one parent that a lying leader may propose in view 1

# Own votes of one member in one view: digests notarized (bit set), nullified, digests finalized (bit set). With the
# real guard each bit set has at most one bit; the sets exist so that broken guards can be told from working ones.
ViewVotes = tuple[int, bool, int]
MemberVotes = tuple[ViewVotes, ...]
State = tuple[MemberVotes, ...]

NOTHING: ViewVotes = (0, False, 0)


@dataclass(frozen=True, slots=True)
class Block:
    """A possible block: its number is its digest here."""

    number: int
    view: int
    parent: int  # number of the parent block, or GENESIS

    @property
    def digest(self) -> bytes:
        return self.number.to_bytes(32, "big")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is explored and under which rules; the defaults are the specification's."""

    members: int
    views: int
    guard: Guard = may_vote
    faults: Callable[[int], int] = faults_max
    quorum: Callable[[int], int] = quorum
    gap_proof: bool = True  # R8: every skipped view is nullified
    parent_proof: bool = True  # R8: the parent is notarized
    remembers: bool = True  # own votes survive a crash
    later_variants: int = 1  # distinct blocks on one parent in the views after the first
    agreement_only: bool = False  # judge certificates, not the single member: does the rule's absence fork?
    blocks: tuple[Block, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", tuple(_all_blocks(self.views, self.later_variants)))

    @property
    def honest(self) -> int:
        return self.members - self.faults(self.members)

    @property
    def honest_needed(self) -> int:
        """Honest votes that complete a certificate, the liars' being there for the asking."""
        return self.quorum(self.members) - self.faults(self.members)


@dataclass(frozen=True, slots=True)
class Certificates:
    """What honest votes plus all liars' votes can prove in a state: bit sets of blocks, and of views (bit = view)."""

    notarized: int
    nullified: int
    finalized: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A reachable state that breaks a promise; `votes` is how many honest votes lead there."""

    claim: str
    votes: int
    state: State


@dataclass(frozen=True, slots=True)
class Exploration:
    states: int
    finding: Finding | None


def _all_blocks(views: int, later_variants: int) -> Iterator[Block]:
    """Every parent that an earlier view could give, times the variants of a lying leader."""
    earlier: list[Block] = []
    number = 0
    for view in range(1, views + 1):
        fresh = []
        for parent in [GENESIS, *(block.number for block in earlier)]:
            for _ in range(FIRST_VARIANTS if view == 1 else later_variants):
                fresh.append(Block(number, view, parent))
                number += 1
        yield from fresh
        earlier += fresh


# --- the search ------------------------------------------------------------------------------------------------------


def explore(scope: Scope, states_max: int = 10_000_000) -> Exploration:
    """All reachable states, breadth first; stops at the first that breaks a promise."""
    start: State = tuple((NOTHING,) * scope.views for _ in range(scope.honest))
    seen = {start}
    queue = deque([(start, 0)])
    moves = _Moves(scope)
    while queue:
        state, votes = queue.popleft()
        certificates = prove(scope, state)
        claim = broken_promise(scope, state, certificates)
        if claim is not None:
            return Exploration(len(seen), Finding(claim, votes, state))
        for following in moves.from_state(state, certificates):
            if following not in seen:
                seen.add(following)
                queue.append((following, votes + 1))
        assert len(seen) <= states_max, "the scope is larger than the caller expected"
    return Exploration(len(seen), None)


class _Moves:
    """The votes that a member may add, remembered by its own votes and the certificates around it."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._known: dict[tuple[MemberVotes, Certificates], tuple[MemberVotes, ...]] = {}

    def from_state(self, state: State, certificates: Certificates) -> Iterator[State]:
        previous: MemberVotes | None = None
        for position, member in enumerate(state):  # sorted: equal members stand together
            if member == previous:
                continue
            previous = member
            for changed in self._of_member(member, certificates):
                yield tuple(sorted((*state[:position], changed, *state[position + 1 :])))

    def _of_member(self, member: MemberVotes, certificates: Certificates) -> tuple[MemberVotes, ...]:
        key = (member, certificates)
        moves = self._known.get(key)
        if moves is None:
            moves = self._known[key] = tuple(self._computed(member, certificates))
        return moves

    def _computed(self, member: MemberVotes, certificates: Certificates) -> Iterator[MemberVotes]:
        scope = self._scope
        for view in range(1, scope.views + 1):
            notarize, nullify, finalize = member[view - 1]
            here = [block for block in scope.blocks if block.view == view]
            if not nullify and self._permitted(Kind.NULLIFY, view, None, member, certificates):
                yield _with(member, view, (notarize, True, finalize))
            for block in here:
                bit = 1 << block.number
                proposable = not notarize & bit and justified(scope, block, certificates)
                if proposable and self._permitted(Kind.NOTARIZE, view, block, member, certificates):
                    yield _with(member, view, (notarize | bit, nullify, finalize))
                if not finalize & bit and self._permitted(Kind.FINALIZE, view, block, member, certificates):
                    yield _with(member, view, (notarize, nullify, finalize | bit))

    def _permitted(
        self, kind: Kind, view: int, block: Block | None, member: MemberVotes, certificates: Certificates
    ) -> bool:
        scope = self._scope
        digest = None if block is None else block.digest
        recollections = [_own(member[view - 1])]
        if not scope.remembers:
            recollections.append(OwnVotes())
        return any(
            scope.guard(kind, view, digest, own, situation)
            for situation in situations(scope, view, certificates)
            for own in recollections
        )


def _with(member: MemberVotes, view: int, votes: ViewVotes) -> MemberVotes:
    return (*member[: view - 1], votes, *member[view:])


def _own(votes: ViewVotes) -> OwnVotes:
    notarize, nullify, finalize = votes
    return OwnVotes(_lowest_digest(notarize), nullify, _lowest_digest(finalize))


def _lowest_digest(bits: int) -> bytes | None:
    return ((bits & -bits).bit_length() - 1).to_bytes(32, "big") if bits else None


# --- what a state proves ---------------------------------------------------------------------------------------------


def prove(scope: Scope, state: State) -> Certificates:
    """The certificates that exist in `state`, all liars voting for everything."""
    needed = scope.honest_needed
    notarized = finalized = nullified = 0
    for block in scope.blocks:
        bit, index = 1 << block.number, block.view - 1
        if sum(1 for member in state if member[index][0] & bit) >= needed:
            notarized |= bit
        if sum(1 for member in state if member[index][2] & bit) >= needed:
            finalized |= bit
    for index in range(scope.views):
        if sum(member[index][1] for member in state) >= needed:
            nullified |= 1 << (index + 1)
    return Certificates(notarized, nullified, finalized)


def cleared(scope: Scope, view: int, certificates: Certificates) -> bool:
    """R4 as sets: the view has a notarization or nullification."""
    if certificates.nullified >> view & 1:
        return True
    return any(block.view == view and certificates.notarized >> block.number & 1 for block in scope.blocks)


def justified(scope: Scope, block: Block, certificates: Certificates) -> bool:
    """R8 as sets: the parent is notarized and every view in between is nullified."""
    parent_view = 0
    if block.parent != GENESIS:
        parent_view = scope.blocks[block.parent].view
        if scope.parent_proof and not certificates.notarized >> block.parent & 1:
            return False
    between = range(parent_view + 1, block.view)
    return not scope.gap_proof or all(certificates.nullified >> view & 1 for view in between)


def situations(scope: Scope, view: int, certificates: Certificates) -> Iterator[Situation]:
    """Every situation that a member may be in: it may lag, and it may lack any certificate and any body."""
    reach = 1
    while reach <= scope.views and cleared(scope, reach, certificates):
        reach += 1
    finals = [0, *(block.view for block in scope.blocks if certificates.finalized >> block.number & 1)]
    held: list[bytes | None] = [None]
    held += [b.digest for b in scope.blocks if b.view == view and certificates.notarized >> b.number & 1]
    for final_view in finals:
        for cur in range(final_view + 1, max(reach, final_view + 1) + 1):
            for notarized in held:
                for executed in (False, True):
                    yield Situation(True, final_view, cur, notarized, executed)


# --- the promises ----------------------------------------------------------------------------------------------------


def broken_promise(scope: Scope, state: State, certificates: Certificates) -> str | None:
    """The first promise that the state breaks, or None. Numbers are those of section 5 B."""
    for view in range(1, scope.views + 1):
        here = [block.number for block in scope.blocks if block.view == view]
        notarized = [number for number in here if certificates.notarized >> number & 1]
        finalized = [number for number in here if certificates.finalized >> number & 1]
        if len(notarized) > 1:
            return "I2: two blocks notarized in one view"
        if finalized and certificates.nullified >> view & 1:
            return "I3: a view both finalized and nullified"
        if not set(finalized) <= set(notarized):
            return "I4: finalized without a notarization"
        if not scope.agreement_only and any(_conflicting(member[view - 1]) for member in state):
            return "I6: an honest member signed conflicting votes"
        voted = any(member[view - 1][0] or member[view - 1][1] for member in state)
        if voted and not all(cleared(scope, lower, certificates) for lower in range(1, view)):
            return "D1: a vote in a view while a lower one is open"
    return None if _on_one_chain(scope, certificates) else "I1: two finalized blocks are not on one chain"


def _conflicting(votes: ViewVotes) -> bool:
    """The four kinds of evidence of section 2.10, over one member's votes in one view."""
    notarize, nullify, finalize = votes
    if notarize & (notarize - 1) or finalize & (finalize - 1):
        return True
    if nullify and finalize:
        return True
    return bool(notarize and finalize and notarize != finalize)


def _on_one_chain(scope: Scope, certificates: Certificates) -> bool:
    chains = [set(_ancestry(scope, block)) for block in scope.blocks if certificates.finalized >> block.number & 1]
    chains.sort(key=len)
    return all(shorter <= longer for shorter, longer in itertools.pairwise(chains))


def _ancestry(scope: Scope, block: Block) -> Iterator[int]:
    while True:
        yield block.number
        if block.parent == GENESIS:
            return
        block = scope.blocks[block.parent]


def main(arguments: list[str]) -> int:
    """`python -m simulation.explorer MEMBERS VIEWS`: explores one scope with the real guard and prints the count."""
    members, views = (int(argument) for argument in arguments)
    result = explore(Scope(members, views))
    print(f"n={members}, {views} views: {result.states:,} states, {result.finding or 'no violation'}")
    return 0 if result.finding is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
