"""Watches a simulated cluster from outside and stops it at the first broken promise.

It sees what members sign, what reaches their disks, what they send and what they deliver; it counts with its own
arithmetic and shares no predicate with the product. Numbers I1-I13 are those of section 5 B of the specification,
D1 and D3 the design decisions, R8 and 2.9 the vote-time checks. It leaves out liveness, which `swarm` demands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from simulation.blocks import GENESIS, ToyBlock
from simulation.signatures import Keyring, signatures_in
from simulation.statements import FINALIZE, NOTARIZE, NULLIFY, Said, conflict, epoch_id_in, read_statement

FUTURE_MS = 500  # D_future
PAST_MS = 2_000  # D_past
SLACK_MS_MAX = 128_000

Signed = tuple[int, Said]


class Violation(AssertionError):
    """A promise is broken; the message starts with its name."""


class Progress(Protocol):
    """What the core shows of itself."""

    @property
    def view(self) -> int: ...
    @property
    def final_view(self) -> int: ...
    @property
    def final_height(self) -> int: ...


def demand(holds: bool, claim: str) -> None:
    if not holds:
        raise Violation(claim)


@dataclass(slots=True)
class _Seat:
    """What is known of one running member (a twin is a second seat of one member). Views are of its epoch."""

    durable: set[bytes] = field(default_factory=set)  # own signatures on its disk
    epoch: int = 1
    view: int = 0
    final_view: int = 0
    floor_view: int = 0  # of the newest certificate that it delivered with
    voted_view: int = 0  # highest view with a durable own notarize or nullify


class Observer:
    """One for a cluster. `liars`: member indexes of which nothing is demanded.

    Members keep their index over all epochs, whatever their place in a roster. Views belong to an epoch, the chain to
    all of them.
    """

    def __init__(self, keyring: Keyring, size: int, epoch: tuple[bytes, int], liars: Iterable[int] = ()) -> None:
        self._epochs: dict[bytes, int] = {}
        self._quorums: dict[int, int] = {}
        self.epoch_begins(*epoch, size)
        self.liars = frozenset(liars)
        self.counts: Counter[str] = Counter()
        self.chain: list[bytes] = [GENESIS.digest]  # by height: finalized by a quorum, itself or a descendant
        self.roots: list[bytes] = [GENESIS.root]  # by height: as the first to deliver it found
        self.blocks: dict[bytes, ToyBlock] = {GENESIS.digest: GENESIS}
        self.evidence: set[tuple[int, int]] = set()  # (view, member)
        self._keyring = keyring
        self._seats: dict[int, _Seat] = {}
        self._said: dict[tuple[int, int, int], list[Said]] = {}  # (member, epoch, view) -> all that it said
        self._votes: dict[Said, set[int]] = {}
        self._notarized: dict[tuple[int, int], Said] = {}  # (epoch, view) -> statement with a quorum
        self._nullified: dict[tuple[int, int], Said] = {}
        self._finalized: dict[tuple[int, int], Said] = {}
        self._final_view: dict[int, int] = {}  # by epoch
        self._open_views: dict[int, int] = {}  # by epoch: the lowest view that nothing clears

    def epoch_begins(self, epoch_id: bytes, epoch: int, size: int) -> None:
        """An epoch of `size` members is known of."""
        self._epochs[epoch_id] = epoch
        self._quorums[epoch] = size - (size - 1) // 3

    @property
    def quorum(self) -> int:
        """Of the first epoch."""
        return self._quorums[1]

    # --- what members sign, keep and send -------------------------------------------------------------------------

    def block(self, block: ToyBlock) -> None:
        """A block's content, whoever made it: the digest speaks for it from now on."""
        self.blocks[block.digest] = block

    def signed(self, member: int, statement: bytes, utc_ms: int, valid: Collection[bytes] = ()) -> None:
        """A key was used. A liar's signature counts at once; an honest one when it is durable.

        valid: the blocks that the signer has found valid in this life.
        """
        said = self._statement(statement)
        if member in self.liars:
            self._count(member, said)
            return
        demand(said.kind == NULLIFY or said.block in valid, f"R8, R11: {said} about a block not executed")
        if said.kind == NOTARIZE and not self._is_again(said):
            self._check_time(said, utc_ms)

    def _statement(self, data: bytes) -> Said:
        epoch_id = epoch_id_in(data)
        assert epoch_id in self._epochs, "a statement of an epoch that nobody knows"
        return read_statement(data, epoch_id, self._epochs[epoch_id])

    def kept(self, seat: int, member: int, values: Iterable[bytes]) -> None:
        """Rows are durable on this seat's disk."""
        if member in self.liars:
            return
        state = self._seats.setdefault(seat, _Seat())
        fresh: list[Said] = []
        for value in values:
            for signature, (signer, said) in self._read(value):
                if signer == member and signature not in state.durable:
                    state.durable.add(signature)
                    fresh.append(said)
        # One batch is one instant: what it proves together is counted before the highest vote is judged.
        for said in sorted(fresh, key=lambda said: (said.view, said.kind)):
            demand(said.epoch == state.epoch, f"2.11: member {member} votes in epoch {said.epoch}, not {state.epoch}")
            if said.kind != FINALIZE:
                state.voted_view = max(state.voted_view, said.view)
            self._honest(member, said)

    def dropped(self, seat: int, member: int, values: Iterable[bytes]) -> None:
        """Rows leave this seat's disk (2.4): never one with an own vote above the final view there."""
        if member in self.liars:
            return
        state = self._seats.setdefault(seat, _Seat())
        floor = state.epoch, state.floor_view
        for value in values:
            for _, (signer, said) in self._read(value):
                if signer == member and (said.epoch, said.view) > floor:
                    raise Violation(f"2.4: member {member} deletes {said}, final is {floor}")

    def sent(self, seat: int, member: int, data: bytes) -> None:
        """A member lets a message out (I7)."""
        if member in self.liars:
            return
        durable = self._seats.setdefault(seat, _Seat()).durable
        for signature in signatures_in(data):
            signer, statement = self._keyring.made.get(signature, (None, b""))
            if signer == member and signature not in durable:
                raise Violation(f"I7: member {member} sent a vote that is not on its disk: {statement.hex()}")

    def _read(self, data: bytes) -> Iterable[tuple[bytes, Signed]]:
        for signature in signatures_in(data):
            made = self._keyring.made.get(signature)
            if made is not None:
                yield signature, (made[0], self._statement(made[1]))

    def _honest(self, member: int, said: Said) -> None:
        for earlier in self._said.get((member, said.epoch, said.view), ()):
            demand(not conflict(earlier, said), f"I6: member {member} said {earlier} and {said}")
        if said.kind != FINALIZE:
            open_view = self._open_views.get(said.epoch, 1)
            demand(said.view <= open_view, f"D1: member {member} said {said}, {open_view} is open")
        if said.kind == NOTARIZE:
            self._check_proposal(said)
        self._count(member, said)

    def _count(self, member: int, said: Said) -> None:
        signers = self._votes.setdefault(said, set())
        if member in signers:
            return
        self._said.setdefault((member, said.epoch, said.view), []).append(said)
        signers.add(member)
        if len(signers) == self._quorums[said.epoch]:
            self._certified(said)

    def _certified(self, said: Said) -> None:
        """A quorum has said this: what must hold of all certificates together."""
        at = said.epoch, said.view
        if said.kind == NOTARIZE:
            demand(at not in self._notarized, f"I2: two blocks notarized in view {at}")
            self._notarized[at] = said
        elif said.kind == NULLIFY:
            self._nullified[at] = said
            self.counts["nullifications"] += 1
        else:
            notarized = self._notarized.get(at)
            demand(notarized is not None and notarized.block == said.block, f"I4: {said} without notarization")
            self._finalized[at] = said
            self._final_view[said.epoch] = max(said.view, self._final_view.get(said.epoch, 0))
            self._ordain(said)
        demand(not (at in self._nullified and at in self._finalized), f"I3: view {at}")
        self._open(said.epoch)

    def _open(self, epoch: int) -> None:
        view, final_view = self._open_views.get(epoch, 1), self._final_view.get(epoch, 0)
        while (epoch, view) in self._notarized or (epoch, view) in self._nullified or view <= final_view:
            view += 1
        self._open_views[epoch] = view

    def _ordain(self, said: Said) -> None:
        """I1 and I8 over certificates: a finalized block and its ancestors join the one chain."""
        block = self.blocks[said.block]
        fresh = [said.block]
        while block.height > len(self.chain):
            fresh.append(block.parent)
            block = self.blocks[block.parent]
        if block.height < len(self.chain):
            demand(self.chain[block.height] == fresh[-1], f"I1: {said} stands beside the finalized chain")
            self._check_epoch(said)
            return
        demand(block.parent == self.chain[-1], f"I1: {said} does not descend from the last finalized block")
        for digest in reversed(fresh):
            below = self.blocks[self.chain[-1]]
            demand(self.blocks[digest].time_ms > below.time_ms, f"I8: time falls at height {len(self.chain)}")
            self.chain.append(digest)
        self._check_epoch(said)

    def _check_epoch(self, said: Said) -> None:
        """D6: one chain through all epochs, and each block is finalized by its own."""
        ended = sum(self.blocks[digest].ends_epoch for digest in self.chain[: said.height])
        demand(said.epoch == ended + 1, f"D6: {said} finalizes a block of epoch {ended + 1}")

    def _is_again(self, said: Said) -> bool:
        """R15: a block that ends the epoch and was notarized before."""
        before = self._notarized.get((said.epoch, said.parent_view))
        return said.ends_epoch and before is not None and before.block == said.block

    # --- what an honest notarize vote promises ------------------------------------------------------------------------

    def _check_proposal(self, said: Said) -> None:
        """R8: the block stands on a proven base, every skipped view is proven, and D3."""
        block = self.blocks[said.block]
        demand(block.height == said.height, f"R8: {said} for a block of height {block.height}")
        demand(block.ends_epoch == said.ends_epoch, f"R8: {said} says otherwise of the epoch's end than its block")
        skipped = ((said.epoch, view) for view in range(said.parent_view + 1, said.view))
        demand(all(at in self._nullified for at in skipped), f"R8: a gap below {said} is not nullified")
        if self._is_again(said):
            self.counts["proposed again"] += 1
            return
        parent = self._notarized.get((said.epoch, said.parent_view))
        if said.parent_view == 0:
            is_floor = block.parent == GENESIS.digest if said.epoch == 1 else self.blocks[block.parent].ends_epoch
            demand(is_floor, f"R8: {said} stands on view 0 but not on its epoch's floor")
        else:
            demand(parent is not None and parent.block == block.parent, f"R8: the parent of {said} is not notarized")
            demand(parent is not None and not parent.ends_epoch, f"R15: {said} stands on a block that ends the epoch")
        parent_block = self.blocks[block.parent]
        demand(parent_block.height + 1 == block.height, f"R8: the height of {said} does not follow")
        demand(parent_block.time_ms < block.time_ms, f"R8: the time of {said} does not rise")
        if block.entries and said.parent_view > 0:
            final = self._finalized.get((said.epoch, said.parent_view))
            demand(final is not None, f"D3: {said} has entries on a parent that is not final")

    def _check_time(self, said: Said, utc_ms: int) -> None:
        """2.9: the time of a block as the voter's own clock sees it when it signs."""
        block = self.blocks[said.block]
        demand(block.slack_ms <= SLACK_MS_MAX, f"2.9: slack {block.slack_ms}")
        ahead_ms = block.time_ms - utc_ms
        demand(ahead_ms <= FUTURE_MS, f"2.9: a block {ahead_ms} ms in the future was notarized")
        demand(-ahead_ms <= block.slack_ms, f"2.9: a block {-ahead_ms} ms old was notarized, slack {block.slack_ms}")

    # --- what members deliver -------------------------------------------------------------------------------------

    def delivered(self, seat: int, digest: bytes, height: int, root: bytes, certificate: bytes) -> None:
        """A block is committed and durable at an honest seat (I1, I5, I8, I9)."""
        demand(height < len(self.chain), f"I1: seat {seat} delivered height {height}, which nobody finalized")
        demand(self.chain[height] == digest, f"I1: seat {seat} delivered another block at height {height}")
        if height == len(self.roots):
            self.roots.append(root)
            self.counts["commits"] += 1
            self.counts["commits with entries"] += bool(self.blocks[digest].entries)
        demand(self.roots[height] == root, f"I9: seat {seat} has another root at height {height}")
        if certificate:
            state = self._seats.setdefault(seat, _Seat())
            state.floor_view = self._check_certificate(certificate, digest, state.epoch)
        if self.blocks[digest].ends_epoch:
            demand(bool(certificate), f"2.11: seat {seat} ends an epoch without a certificate of its last block")
            before = self._seats.setdefault(seat, _Seat())
            self._seats[seat] = _Seat(durable=before.durable, epoch=before.epoch + 1)
            self.counts["epochs crossed"] += 1
        self.counts["deliveries"] += 1

    def _check_certificate(self, certificate: bytes, digest: bytes, epoch: int) -> int:
        """I5: a quorum of different members, all saying the one thing that the certificate is for. Gives its view."""
        said = [signed for _, signed in self._read(certificate)]
        statements = {statement for _, statement in said}
        demand(len(statements) == 1, "I5: a certificate over several statements")
        statement = statements.pop()
        demand((statement.kind, statement.block) == (FINALIZE, digest), "I5: it does not finalize this block")
        signers = {member for member, _ in said}
        demand(statement.epoch == epoch, "I5: the certificate is of another epoch")
        demand(len(signers) == len(said) >= self._quorums[epoch], "I5: fewer than a quorum signed")
        demand(statement == self._finalized.get((epoch, statement.view)), "I5: nobody else knows this finalization")
        return statement.view

    def accused(self, evidence: bytes) -> None:
        """I12: evidence is two conflicting votes of one liar."""
        pair = [signed for _, signed in self._read(evidence)]
        demand(len(pair) == 2, "I12: evidence does not carry two real signatures")
        (one, first), (other, second) = pair
        demand(one == other, "I12: evidence of two different members")
        demand(one in self.liars, f"I12: honest member {one} is accused")
        demand(conflict(first, second), f"I12: evidence of no offence: {first}, {second}")
        self.evidence.add((first.view, one))
        self.counts["evidence"] += 1

    # --- after every step -----------------------------------------------------------------------------------------

    def stepped(self, seat: int, core: Progress) -> None:
        """I8: an honest member's view and final view only rise, and it never votes ahead of its view."""
        state = self._seats.setdefault(seat, _Seat())
        demand(core.view >= state.view, f"I8: seat {seat} went from view {state.view} back to {core.view}")
        demand(core.final_view >= state.final_view, f"I8: the final view of seat {seat} fell")
        demand(core.view > core.final_view, f"I8: seat {seat} is in view {core.view}, final is {core.final_view}")
        state.view, state.final_view = core.view, core.final_view

    def restarted(self, seat: int, core: Progress) -> None:
        """After a crash the view may fall back, but never below a view that the disk shows votes in."""
        state = self._seats.setdefault(seat, _Seat())
        state.view = 0
        demand(core.final_view >= state.final_view, f"I8: seat {seat} lost its final view in a crash")
        demand(core.view >= state.voted_view, f"I8: seat {seat} came back to {core.view} below own votes")

    @property
    def open_view(self) -> int:
        """Of the first epoch, as all that follows unless told otherwise."""
        return self._open_views.get(1, 1)

    def notarized(self, view: int, epoch: int = 1) -> Said | None:
        return self._notarized.get((epoch, view))

    def nullified(self, view: int, epoch: int = 1) -> bool:
        return (epoch, view) in self._nullified

    def finalized(self, view: int, epoch: int = 1) -> Said | None:
        return self._finalized.get((epoch, view))

    def said(self, member: int, view: int, epoch: int = 1) -> tuple[Said, ...]:
        """Everything that the member is known to have said in a view."""
        return tuple(self._said.get((member, epoch, view), ()))
