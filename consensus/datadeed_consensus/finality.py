"""From a notarized block to a committed one: finalize votes and delivery. Spec rules R11, R12.

A finalized block is committed when it and its ancestors above the floor are held and executed, lowest first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from datadeed_consensus.admission import Admission
from datadeed_consensus.blocks import Held, Verdict
from datadeed_consensus.effects import Deliver, EpochEnded
from datadeed_consensus.guard import Kind
from datadeed_consensus.leadership import Leadership
from datadeed_consensus.replica import Replica
from datadeed_consensus.setup import Floor
from datadeed_consensus.votes import Certificate

WORK_UNKNOWN_MS: Final = 5  # after entries were delivered an older WorkPending(True) may not be true any more


class Finality:
    def __init__(self, replica: Replica, admission: Admission, leadership: Leadership) -> None:
        self._replica = replica
        self._admission = admission
        self._leadership = leadership

    def vote(self) -> None:
        """R11: finalize every notarized block that the guard lets, in views left long ago too."""
        for certificate in self._replica.tally.notarizations():
            if not self._replica.halted and self._is_executed(certificate):
                self._admission.say(certificate.statement.of_kind(Kind.FINALIZE))

    def _is_executed(self, certificate: Certificate) -> bool:
        """Whether the block and its ancestors above the floor are held and valid; asks for what can be executed."""
        replica = self._replica
        path, missing = replica.blocks.chain(certificate.statement.block_hash, replica.floor)
        verdict = None
        for held in path if missing is None else []:
            verdict = replica.blocks.verdict(held, replica.floor)
            if verdict is Verdict.INVALID:
                self._diverged(held)
        return verdict is Verdict.VALID

    def commit(self) -> None:
        """R12: deliver what is proven final, as far as it is held and executed."""
        replica = self._replica
        for certificate in replica.tally.finalizations():
            if certificate.statement.height > replica.floor.height and self._prove(certificate):
                break
        while not replica.halted and not replica.ended:
            held = replica.blocks.next_final(replica.floor)
            verdict = None if held is None else replica.blocks.verdict(held, replica.floor)
            if held is None or verdict in (Verdict.UNKNOWN, Verdict.RUNNING):
                return
            if verdict is Verdict.INVALID:
                self._diverged(held)
            else:
                self._deliver(held)

    def _prove(self, certificate: Certificate) -> bool:
        """Mark the finalized block and its ancestors down to the floor, if all of them are held."""
        replica = self._replica
        path, missing = replica.blocks.chain(certificate.statement.block_hash, replica.floor)
        if missing is not None:
            return False
        if path[0].meta.parent != replica.floor.digest:
            replica.halt("safety", f"height {path[0].meta.height} is final on a chain that is not this member's")
            return False
        for held in path:
            held.is_final = True
        path[-1].finalization = certificate
        return True

    def _diverged(self, held: Held) -> None:
        # At least f+1 honest members found it valid: the disk, the program or its version is wrong here.
        text = f"block {held.meta.height} {held.meta.digest.hex()} has a quorum and does not execute: {held.reason}"
        self._replica.halt("divergence", text)

    def _deliver(self, held: Held) -> None:
        replica, meta, proof = self._replica, held.meta, held.finalization
        floor = replace(replica.floor, height=meta.height, digest=meta.digest, time_ms=meta.time_ms)
        if proof is not None:
            floor = replace(floor, view=proof.statement.view, certificate=proof.data)
        self._move(floor, held)
        certificate = b"" if proof is None else proof.data
        puts = (replica.rows.sentinel(floor, replica.ballot.is_open or replica.members.own is None),)
        replica.turn.deliver(Deliver(held.data, meta.digest, meta.height, floor.view, certificate, puts))
        if meta.ends_epoch:
            replica.end()

    def close(self) -> None:
        """2.11: say that the epoch is over, when everything else of the step is said."""
        floor = self._replica.floor
        self._replica.turn.close(EpochEnded(floor.height, floor.digest))

    def _move(self, floor: Floor, held: Held) -> None:
        replica = self._replica
        raised = floor.view > replica.floor.view
        replica.floor = floor
        self._leadership.floor_seen(held.seen_ms)
        if not held.meta.is_empty:
            replica.work_known_ms = replica.turn.mono_ms + WORK_UNKNOWN_MS
        replica.blocks.rebase(floor)
        if raised:
            replica.tally.drop_through(floor.view)
            replica.ballot.drop_through(floor.view)
            replica.turn.delete(replica.rows.prune(floor.view))
