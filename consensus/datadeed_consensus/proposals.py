"""A leader's proposal: what it must carry, and when it gets this member's vote. Spec rules R7, R8, R9, section 2.9.

Two kinds of check, never mixed: a *fault* is deterministic and final, the view is nullified at once; what is only
*not yet* so is waited for and never remembered. The own proposal passes the same checks.
"""

from __future__ import annotations

from typing import Final

from datadeed_consensus.admission import Admission, Admitted
from datadeed_consensus.blocks import Held, Verdict
from datadeed_consensus.effects import Broadcast, Send
from datadeed_consensus.guard import Kind, OwnVotes
from datadeed_consensus.leadership import Leadership
from datadeed_consensus.messages import NULLIFICATIONS_MAX, GetCertificates, Proposal, VoteMessage, encode_message
from datadeed_consensus.replica import Candidate, Replica
from datadeed_consensus.setup import BlockMeta
from datadeed_consensus.votes import Certificate, Vote
from datadeed_ledger.errors import Malformed

ASK_AGAIN_MS: Final = 200  # for a nullification that a proposal leans on and did not carry


def fault_in(proposal: Proposal, meta: BlockMeta, slack_max_ms: int) -> str:
    """What is wrong with a proposal by itself; empty if nothing."""
    said, parent = proposal.vote.statement, proposal.parent
    if (said.block_hash, said.height, said.ends_epoch) != (meta.digest, meta.height, meta.ends_epoch):
        return "the leader's vote is not for this block"
    if meta.ends_epoch and meta.is_empty:
        return "an empty block ends the epoch"
    if not 0 <= meta.slack_ms <= slack_max_ms:
        return f"the block's slack of {meta.slack_ms} ms is above {slack_max_ms} ms"
    first = max(said.parent_view + 1, said.view - NULLIFICATIONS_MAX)
    carried = [(each.statement.kind, each.statement.view) for each in proposal.nullifications]
    if carried != [(Kind.NULLIFY, view) for view in range(first, said.view)]:
        return "the nullifications are not those of the skipped views"
    if (parent is None) != (said.parent_view == 0):
        return "only an epoch's first block has no parent certificate"
    return "" if parent is None else _fault_in_parent(parent, said.parent_view, meta)


def base_of(proposal: Proposal, meta: BlockMeta) -> bytes:
    """The digest of the block that a faultless proposal stands on."""
    return meta.parent if proposal.parent is None else proposal.parent.statement.block_hash


def _fault_in_parent(parent: Certificate, parent_view: int, meta: BlockMeta) -> str:
    said, found = parent.statement, (parent.statement.block_hash, parent.statement.height)
    if said.kind is Kind.NULLIFY or said.view != parent_view:
        return "the parent certificate is not for the parent"
    if said.ends_epoch:  # R15
        is_again = found == (meta.digest, meta.height)
        return "" if is_again else "on a block that ends the epoch stands only that block again"
    if found != (meta.parent, meta.height - 1):
        return "the parent certificate is not for the parent"
    if not meta.is_empty and said.kind is not Kind.FINALIZE:
        return "entries on a parent that is not proven final"
    return ""


class Proposals:
    def __init__(self, replica: Replica, admission: Admission, leadership: Leadership) -> None:
        self._replica = replica
        self._admission = admission
        self._leadership = leadership
        self._asked_ms: dict[int, int] = {}  # view -> when its nullification was last asked for

    def receive(self, peer: int, proposal: Proposal) -> None:
        """R7: at most one a view, the first whose leader vote holds. Raises `Malformed`."""
        replica, said = self._replica, proposal.vote.statement
        view = said.view
        if said.kind is not Kind.NOTARIZE or not proposal.vote.signer == peer == replica.members.leader(view):
            raise Malformed("a proposal comes from its view's leader with the leader's notarize vote")
        meta = replica.setup.read_meta(proposal.block)
        admitted = self._admission.vote(proposal.vote)
        if view < replica.cur:
            self._late_body(view, meta, proposal.block)
        elif admitted is Admitted.HELD:
            self._admit(peer, proposal, meta)

    def _late_body(self, view: int, meta: BlockMeta, block: bytes) -> None:
        notarization = self._replica.tally.certificate(view, Kind.NOTARIZE)
        if notarization is not None and notarization.statement.block_hash == meta.digest:
            self._replica.blocks.add(meta, block)

    def _admit(self, peer: int, proposal: Proposal, meta: BlockMeta) -> None:
        replica, said = self._replica, proposal.vote.statement
        if said.view in replica.candidates or said.view in replica.faults:
            return
        fault = fault_in(proposal, meta, replica.parameters.slack_max_ms)
        carried = proposal.nullifications if proposal.parent is None else (proposal.parent, *proposal.nullifications)
        if not fault:
            admitted = [self._admission.certificate(peer, each) for each in carried]
            fault = "a certificate in it does not hold" if Admitted.INVALID in admitted else ""
        if fault:
            self._fault(said.view, fault)
        else:
            replica.candidates[said.view] = Candidate(said, base_of(proposal, meta))
            replica.blocks.add(meta, proposal.block)

    def _fault(self, view: int, fault: str) -> None:
        replica = self._replica
        replica.faults[view] = fault
        replica.turn.changed = True
        replica.alarm("invalid-proposal", f"view {view} of member {replica.members.leader(view)}: {fault}")

    def consider(self) -> None:
        """R8, R9: vote for the open view's candidate, or find the fault in it, or wait."""
        replica, view = self._replica, self._replica.cur
        candidate = replica.candidates.get(view)
        if candidate is None or view in replica.faults or not replica.ballot.is_open:
            return
        held = replica.blocks.get(candidate.statement.block_hash)
        if held is None or replica.ballot.said(view) != OwnVotes():
            return
        fault = self._fault_on_chain(candidate, held)
        if fault:
            self._fault(view, fault)
        elif self._is_ready(candidate, held):
            self._vote(candidate, held)

    def _fault_on_chain(self, candidate: Candidate, held: Held) -> str:
        """What is wrong with a block where it stands, as far as is known by now."""
        replica, meta, parent_view = self._replica, held.meta, candidate.statement.parent_view
        floor = replica.floor
        if parent_view < floor.view:
            return "it stands below the final block"
        stands_on_floor = meta.parent == floor.digest
        if parent_view == floor.view and replica.proven() is None and not stands_on_floor:
            return "it does not stand on the final block"
        parent = replica.blocks.get(meta.parent)
        if stands_on_floor or parent is not None:
            height = floor.height if parent is None else parent.meta.height
            time_ms = floor.time_ms if parent is None else parent.meta.time_ms
            if meta.height != height + 1 or meta.time_ms <= time_ms:
                return "its height or its time does not follow from its parent's"
        return f"it does not execute: {held.reason}" if held.verdict is Verdict.INVALID else ""

    def _is_ready(self, candidate: Candidate, held: Held) -> bool:
        """Local conditions: whatever fails here may hold later."""
        replica, parent_view = self._replica, candidate.statement.parent_view
        if not self._is_base(parent_view, candidate.base) or not self._skipped_are_nullified(candidate):
            return False
        if replica.blocks.verdict(held, replica.floor) is not Verdict.VALID:
            return False
        if candidate.is_again:  # its time was judged when it was new
            return True
        parameters, turn = replica.parameters, replica.turn
        allowed_ms = parameters.slack_allowed_ms(replica.gap, replica.members.faults)
        in_time = held.meta.slack_ms <= allowed_ms and held.meta.time_ms >= turn.utc_ms - held.meta.slack_ms
        return in_time and turn.due_utc(held.meta.time_ms - parameters.future_ms)

    def _is_base(self, parent_view: int, digest: bytes) -> bool:
        """Whether a certificate of `parent_view` for that block is held, or was when it became final."""
        replica = self._replica
        if parent_view == replica.floor.view:
            return digest == replica.floor.digest and replica.proven() is None
        certificates = (replica.tally.certificate(parent_view, kind) for kind in (Kind.NOTARIZE, Kind.FINALIZE))
        return any(each is not None and each.statement.block_hash == digest for each in certificates)

    def _skipped_are_nullified(self, candidate: Candidate) -> bool:
        # A view between the parent and cur is cleared, so what is not notarized is nullified (D1).
        replica, said = self._replica, candidate.statement
        for certificate in replica.tally.notarizations():
            view = certificate.statement.view
            if said.parent_view < view < said.view and replica.tally.certificate(view, Kind.NULLIFY) is None:
                self._ask_for(view, said.view)
                return False
        return True

    def _ask_for(self, view: int, cur: int) -> None:
        """An older nullification than a proposal carries: its leader has it."""
        replica, leader = self._replica, self._replica.members.leader(cur)
        if replica.turn.due(self._asked_ms.get(view, -ASK_AGAIN_MS) + ASK_AGAIN_MS) and leader != replica.members.own:
            self._asked_ms = {view: replica.turn.mono_ms}
            request = encode_message(replica.setup.epoch_id, GetCertificates(view, view + 1))
            replica.turn.send(Send(leader, request))
            replica.turn.due(replica.turn.mono_ms + ASK_AGAIN_MS)

    def _vote(self, candidate: Candidate, held: Held) -> None:
        """R9: the body is durable with the vote."""
        replica, said = self._replica, candidate.statement
        vote = self._admission.cast(said)
        if vote is None:
            return
        data = self._leadership.proposal(vote, held) if candidate.is_own else self._second(vote, held)
        replica.turn.send(Broadcast(data))

    def _second(self, vote: Vote, held: Held) -> bytes:
        self._replica.rows.put_body(vote.statement.view, held.data)
        return encode_message(self._replica.setup.epoch_id, VoteMessage(vote))
