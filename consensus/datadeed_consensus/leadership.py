"""Leading a view: on which base to build, when, and the proposal that proves it. Spec rules R5, R6, D2, D3, 2.9."""

from __future__ import annotations

from dataclasses import dataclass

from datadeed_consensus.blocks import Held, Verdict
from datadeed_consensus.effects import Build, Built
from datadeed_consensus.guard import Kind, OwnVotes
from datadeed_consensus.messages import NULLIFICATIONS_MAX, Proposal, encode_message
from datadeed_consensus.replica import Candidate, Replica
from datadeed_consensus.setup import BlockMeta
from datadeed_consensus.votes import Certificate, Statement, Vote
from datadeed_ledger.errors import Malformed


@dataclass(frozen=True, slots=True)
class Base:
    """What the next block stands on: the final block, or a notarized one above it."""

    view: int
    height: int
    digest: bytes
    time_ms: int
    seen_ms: int
    is_final: bool
    ends_epoch: bool = False


@dataclass(frozen=True, slots=True)
class _Order:
    view: int
    base: Base
    time_ms: int
    slack_ms: int


@dataclass(frozen=True, slots=True)
class Own:
    """The last own proposal, to be sent again as it is."""

    view: int
    data: bytes
    made_ms: int


class Leadership:
    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._order: _Order | None = None
        self._floor_seen_ms = 0
        self.own: Own | None = None

    def floor_seen(self, seen_ms: int) -> None:
        """When the block that is now the floor was first seen."""
        self._floor_seen_ms = seen_ms

    def propose(self) -> None:
        """R6: order a block where this member leads the open view and has not voted in it."""
        replica, view = self._replica, self._replica.cur
        ordered = self._order is not None and self._order.view == view
        if ordered or replica.armed_ms is None or not self._may_lead(view):
            return
        base = self._base()
        if base is None or not self._is_time(base):
            return
        gate_ms = replica.armed_ms + replica.parameters.gate_ms
        if (replica.work or base.ends_epoch) and not base.is_final and not replica.turn.due(gate_ms):
            return
        if base.ends_epoch:
            self._again(base)
            return
        self._build(base, is_empty=not (replica.work and base.is_final))

    def _may_lead(self, view: int) -> bool:
        replica = self._replica
        return (
            replica.ballot.is_open
            and replica.members.leader(view) == replica.members.own
            and replica.ballot.said(view) == OwnVotes()
            and view not in replica.candidates
            and view not in replica.faults
        )

    def _is_time(self, base: Base) -> bool:
        parameters, turn = self._replica.parameters, self._replica.turn
        interval_is_over = turn.due(base.seen_ms + parameters.min_block_interval_ms)
        clock_is_past = turn.due_utc(base.time_ms - parameters.future_ms // 2 + 1)
        return interval_is_over and clock_is_past

    def _base(self) -> Base | None:
        """R5: the highest notarized block that is held and valid, with every view above it nullified."""
        replica, floor = self._replica, self._replica.floor
        if replica.proven() is not None:
            return None  # a final block is known and not committed yet
        for certificate in reversed(replica.tally.notarizations()):
            said = certificate.statement
            held = replica.blocks.get(said.block_hash)
            if held is not None and held.verdict is Verdict.VALID:
                times = held.meta.time_ms, held.seen_ms
                return Base(said.view, said.height, said.block_hash, *times, is_final=False, ends_epoch=said.ends_epoch)
            is_nullified = replica.tally.certificate(said.view, Kind.NULLIFY) is not None
            if not is_nullified or (held is not None and held.verdict is Verdict.RUNNING):
                return None
        return Base(floor.view, floor.height, floor.digest, floor.time_ms, self._floor_seen_ms, is_final=True)

    def _build(self, base: Base, is_empty: bool) -> None:
        replica, turn = self._replica, self._replica.turn
        time_ms = max(turn.utc_ms, base.time_ms + 1)
        slack_ms = replica.parameters.slack_ms(replica.gap, replica.members.faults)
        self._order = _Order(replica.cur, base, time_ms, slack_ms)
        deadline_ms = turn.mono_ms + replica.parameters.budget_ms
        turn.order(Build(replica.cur, base.digest, is_empty, time_ms, slack_ms, deadline_ms))

    def _again(self, base: Base) -> None:
        """R15: on a block that ends the epoch nothing stands but that block, until it is final."""
        replica = self._replica
        said = Statement(Kind.NOTARIZE, replica.cur, base.height, base.view, ends_epoch=True, block_hash=base.digest)
        replica.candidates[said.view] = Candidate(said, base.digest, is_own=True)
        replica.turn.changed = True

    def built(self, given: Built) -> None:
        """The driver's answer. What it built is checked like anybody's proposal before it gets a vote."""
        order, replica = self._order, self._replica
        if order is None or given.view != order.view:
            return
        self._order = None
        if order.view != replica.cur:
            return
        meta = None if given.block is None else self._read(given.block)
        if given.block is None or meta is None or not self._is_as_ordered(meta, order):
            replica.faults[order.view] = "no block could be built"
            replica.alarm("not-built", f"view {order.view}: the driver gave no block that fits the order")
            return
        replica.blocks.add(meta, given.block)
        said = Statement(Kind.NOTARIZE, order.view, meta.height, order.base.view, meta.ends_epoch, meta.digest)
        replica.candidates[order.view] = Candidate(said, order.base.digest, is_own=True)

    def _read(self, block: bytes) -> BlockMeta | None:
        try:
            return self._replica.setup.read_meta(block)
        except Malformed:
            return None

    def _is_as_ordered(self, meta: BlockMeta, order: _Order) -> bool:
        ordered = (order.base.digest, order.base.height + 1, order.time_ms, order.slack_ms)
        is_allowed = not (meta.ends_epoch and meta.is_empty) and (meta.is_empty or order.base.is_final)
        return is_allowed and (meta.parent, meta.height, meta.time_ms, meta.slack_ms) == ordered

    def proposal(self, vote: Vote, held: Held) -> bytes:
        """The message for the own vote, kept as a row beside it."""
        replica, said = self._replica, vote.statement
        first = max(said.parent_view + 1, said.view - NULLIFICATIONS_MAX)
        nullifications = tuple(self._held(view, Kind.NULLIFY) for view in range(first, said.view))
        proposal = Proposal(held.data, self._parent(said.parent_view), nullifications, vote)
        data = encode_message(replica.setup.epoch_id, proposal)
        replica.rows.put_proposal(said.view, data)
        self.own = Own(said.view, data, replica.turn.mono_ms)
        return data

    def _parent(self, view: int) -> Certificate | None:
        replica = self._replica
        if view == 0:
            return None
        if view == replica.floor.view:
            return Certificate.parse(replica.floor.certificate, replica.members.size)
        return replica.tally.certificate(view, Kind.FINALIZE) or self._held(view, Kind.NOTARIZE)

    def _held(self, view: int, kind: Kind) -> Certificate:
        certificate = self._replica.tally.certificate(view, kind)
        assert certificate is not None, "a leader holds what cleared every view below its own (D1)"
        return certificate
