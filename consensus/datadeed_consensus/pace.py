"""Which view is open, whether it is armed, and when it is given up. Spec rules R4, R10, R14, sections 2.6 and 2.7.

Everything is derived from what is held now, at every step: no edge can be missed, no timer forgotten.
"""

from __future__ import annotations

from typing import Final

from datadeed_consensus.admission import Admission
from datadeed_consensus.guard import Kind
from datadeed_consensus.replica import Replica
from datadeed_consensus.votes import Statement

SYNC_BLOCKS_MAX: Final = 64  # bodies above the floor that a lagging member keeps


class Pace:
    def __init__(self, replica: Replica, admission: Admission) -> None:
        self._replica = replica
        self._admission = admission
        self._entered_ms = 0
        self._heard_ms = [0] * replica.members.size

    def start(self) -> None:
        now = self._replica.turn.mono_ms
        self._entered_ms = now
        self._heard_ms = [now] * self._replica.members.size

    def heard(self, peer: int) -> None:
        self._heard_ms[peer] = self._replica.turn.mono_ms

    def advance(self) -> None:
        """R4: enter the smallest view that nothing clears; one is left only with a certificate for it or above."""
        replica, tally = self._replica, self._replica.tally
        proven = tally.finalizations()
        cur = max(replica.cur, replica.floor.view + 1, proven[0].statement.view + 1 if proven else 0)
        while tally.is_cleared(cur):
            cur += 1
        if proven:
            tally.surpass(proven[0].statement.view)
        if cur != replica.cur:
            replica.cur = cur
            replica.armed_ms = None
            replica.turn.changed = True
            self._entered_ms = replica.turn.mono_ms
            self._release()

    def _release(self) -> None:
        """2.12: below cur only what may still become final is kept."""
        replica, cur = self._replica, self._replica.cur
        replica.tally.release_below(cur)
        for view in [view for view in replica.candidates if view < cur]:
            del replica.candidates[view]
        for view in [view for view in replica.faults if view < cur]:
            del replica.faults[view]
        wanted = {each.statement.block_hash for each in replica.candidates.values()}
        for certificate in replica.tally.notarizations() + replica.tally.finalizations():
            path, _ = replica.blocks.chain(certificate.statement.block_hash, replica.floor)
            near = (each for each in path if each.meta.height <= replica.floor.height + SYNC_BLOCKS_MAX)
            wanted.update(each.meta.digest for each in (*near, *path[-1:]))
        replica.blocks.keep(wanted, replica.ballot.notarized())

    def arm(self) -> None:
        """2.7: whether the view runs against timers. Armed at one member is armed at all: see the spec, 3."""
        replica = self._replica
        if not self._is_armed():
            replica.armed_ms = None
        elif replica.armed_ms is None:
            replica.armed_ms = replica.turn.mono_ms

    def _is_armed(self) -> bool:
        replica, view = self._replica, self._replica.cur
        return (
            replica.work
            or view in replica.candidates
            or view in replica.faults
            or replica.tally.count(view, Kind.NULLIFY) > replica.members.faults
            or (self._has_tail() and replica.turn.due(self._entered_ms + replica.parameters.tail_ms))
            or replica.turn.due(self._entered_ms + replica.parameters.idle_ms)
        )

    def _has_tail(self) -> bool:
        """Entries notarized and not final on the path that the next block would stand on."""
        replica = self._replica
        for certificate in reversed(replica.tally.notarizations()):
            path, missing = replica.blocks.chain(certificate.statement.block_hash, replica.floor)
            if missing is None:
                return any(not each.meta.is_empty for each in path)
        return False

    def give_up(self) -> None:
        """R10: nullify the view, where the guard allows it."""
        replica, view = self._replica, self._replica.cur
        own = replica.ballot.said(view)
        if replica.ballot.is_open and not own.nullify and self._is_hopeless(view):
            self._admission.say(Statement(Kind.NULLIFY, view))

    def _is_hopeless(self, view: int) -> bool:
        replica, leader = self._replica, self._replica.members.leader(self._replica.cur)
        if view in replica.faults or replica.tally.vote(view, Kind.NULLIFY, leader) is not None:
            return True
        if replica.armed_ms is None:
            return False
        if view in replica.candidates:
            return replica.turn.due(replica.armed_ms + self._scaled(replica.parameters.view_ms))
        if self._is_silent(leader):
            return True
        return replica.turn.due(replica.armed_ms + self._scaled(replica.parameters.proposal_ms))

    def _scaled(self, base_ms: int) -> int:
        return self._replica.parameters.backed_off(base_ms, self._replica.gap, self._replica.members.faults)

    def _is_silent(self, leader: int) -> bool:
        """R14: with work here, a leader that a quorum's worth of others outlasted is not waited for. A hint only."""
        replica, members, silent_ms = self._replica, self._replica.members, self._replica.parameters.silent_ms
        if leader == members.own or not replica.work:
            return False
        since_ms = replica.turn.mono_ms - silent_ms
        others = sum(1 for peer, at in enumerate(self._heard_ms) if at > since_ms and peer not in (leader, members.own))
        return self._heard_ms[leader] <= since_ms and others >= members.quorum - 1
