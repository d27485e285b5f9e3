"""The face of the consensus room: one member of one epoch, as a pure state machine.

`Core(setup, floor, rows)` from what the disk holds, then `step` for every input. A step takes the input in and then
looks at every rule until none has more to do, so the rules are levels: what holds decides, not what happened last.
Left out: what a block means (the driver executes it), disk, network and clock. Spec sections 2.5, 2.8, 2.13.
"""

from __future__ import annotations

from collections.abc import Mapping

from datadeed_consensus import effects as fx
from datadeed_consensus import messages as wire
from datadeed_consensus.admission import Admission
from datadeed_consensus.fetch import Fetch
from datadeed_consensus.finality import Finality
from datadeed_consensus.leadership import Leadership
from datadeed_consensus.pace import Pace
from datadeed_consensus.proposals import Proposals
from datadeed_consensus.replica import Replica
from datadeed_consensus.restart import restore
from datadeed_consensus.setup import BlockMeta, Floor, Setup, epoch_id
from datadeed_consensus.status import StatusExchange
from datadeed_ledger.errors import Malformed

__all__ = ["BlockMeta", "Core", "Floor", "Setup", "epoch_id"]


class Core:
    def __init__(self, setup: Setup, floor: Floor, rows: Mapping[bytes, bytes]) -> None:
        """rows: all that this core ever put and did not delete, under any epoch."""
        self._replica = replica = Replica(setup, floor)
        self._admission = Admission(replica)
        self._leadership = Leadership(replica)
        self._pace = Pace(replica, self._admission)
        self._proposals = Proposals(replica, self._admission, self._leadership)
        self._finality = Finality(replica, self._admission, self._leadership)
        self._fetch = Fetch(replica, self._admission)
        self._status = StatusExchange(replica, self._leadership)
        self._rows: Mapping[bytes, bytes] = rows

    # For status and metrics

    @property
    def view(self) -> int:
        return self._replica.cur

    @property
    def final_view(self) -> int:
        return self._replica.floor.view

    @property
    def final_height(self) -> int:
        return self._replica.floor.height

    @property
    def leader(self) -> int:
        """Signer index of the open view's leader."""
        return self._replica.members.leader(self._replica.cur)

    @property
    def has_ended(self) -> bool:
        return self._replica.ended

    @property
    def is_voting(self) -> bool:
        return self._replica.ballot.is_open

    @property
    def penalties(self) -> tuple[int, ...]:
        """By signer index: messages that no honest member sends."""
        return tuple(self._replica.penalties)

    # The contract

    def step(self, now_mono_ms: int, now_utc_ms: int, given: fx.Input) -> tuple[fx.Effect, ...]:
        """What the driver owes for this input, in order. The first input is `Start`."""
        replica = self._replica
        replica.turn.begin(now_mono_ms, now_utc_ms)
        if not replica.ended:
            self._take(given)
            self._settle()
        return replica.turn.end()

    def _take(self, given: fx.Input) -> None:
        match given:
            case fx.Message(peer, data):
                self._receive(peer, data)
            case fx.Executed(digest, ok, reason):
                self._replica.blocks.settle(digest, ok, reason)
            case fx.Built():
                self._leadership.built(given)
            case fx.WorkPending(pending):
                self._replica.work_pending = pending
                self._replica.work_known_ms = self._replica.turn.mono_ms
            case fx.PeerUp(peer):
                self._fetch.link(peer, is_up=True)
                self._status.say_to(peer)
            case fx.PeerDown(peer):
                self._fetch.link(peer, is_up=False)
            case fx.Start():
                self._pace.start()
                restore(self._replica, self._admission, self._leadership, self._rows)
                self._rows = {}
            case fx.Tick():
                pass

    def _settle(self) -> None:
        turn = self._replica.turn
        turn.changed = True
        while turn.changed:
            turn.begin_pass()
            self._finality.commit()
            if self._replica.ended:
                self._finality.close()
                return
            self._pace.advance()
            self._pace.arm()
            self._proposals.consider()
            self._finality.vote()
            self._pace.give_up()
            self._leadership.propose()
        self._fetch.ask()
        self._status.tell()

    def _receive(self, peer: int, data: bytes) -> None:
        setup, members = self._replica.setup, self._replica.members
        if not 0 <= peer < members.size or peer == members.own:
            return
        try:
            self._dispatch(peer, data, setup.epoch_id, members.size)
        except Malformed:
            self._admission.blame(peer)

    def _dispatch(self, peer: int, data: bytes, epoch: bytes, size: int) -> None:
        """Raises `Malformed`."""
        message = wire.decode_message(data, epoch, size)
        if message is not None:
            self._pace.heard(peer)
        match message:
            case wire.VoteMessage(vote):
                if vote.signer != peer:
                    raise Malformed("a vote comes from its signer only")
                self._admission.vote(vote)
            case wire.Certificates(certificates):
                for certificate in certificates:
                    self._admission.certificate(peer, certificate)
                self._status.answered(peer)
            case wire.Proposal():
                self._proposals.receive(peer, message)
            case wire.Status():
                self._status.heard(peer, message)
            case wire.BlockMessage(block):
                self._fetch.block(peer, block)
            case wire.Range():
                self._fetch.range(peer, message)
            case wire.GetBlock():
                self._status.get_block(peer, message)
            case wire.GetRange():
                self._status.get_range(peer, message)
            case wire.GetCertificates():
                self._status.get_certificates(peer, message)
            case wire.EvidenceMessage(evidence):
                self._admission.evidence(peer, evidence)
            case None:
                self._status.of_another_epoch(peer, data)
