"""Anti-entropy: members say what they hold, and send each other what is lacking. Spec decision D5, sections 2.5, 2.12.

Own stored votes are sent again as they are, never made again. What a Status says is a hint: it decides only what is
sent or asked for, never what is believed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from datadeed_consensus import messages as wire
from datadeed_consensus.allowance import Allowance
from datadeed_consensus.effects import Broadcast, Send, ServeBlock, ServeEnd, ServeRange
from datadeed_consensus.guard import Kind, OwnVotes
from datadeed_consensus.leadership import Leadership
from datadeed_consensus.replica import Replica
from datadeed_consensus.votes import Certificate, Vote

PUSH_BYTES_MAX: Final = 64 * 1024  # a second and peer, twice as much at once
SERVED_PER_SECOND: Final = 50  # blocks and pages for one peer
SERVED_BURST: Final = 100
STATUS_BYTES: Final = 256  # what answering with the own wire.Status counts
PAGE_BELOW: Final = 48  # views below cur in the page that is said most often
_BITS = (Kind.NOTARIZE, Kind.NULLIFY, Kind.FINALIZE)


class StatusExchange:
    def __init__(self, replica: Replica, leadership: Leadership) -> None:
        self._replica = replica
        self._leadership = leadership
        size = replica.members.size
        self._pushes = Allowance(size, PUSH_BYTES_MAX, 2 * PUSH_BYTES_MAX)
        self._serves = Allowance(size, SERVED_PER_SECOND, SERVED_BURST)
        self._said_ms: int | None = None
        self._rounds = 0
        self._claimed_cur = [0] * size
        self._asked_from: dict[int, int] = {}  # peer -> view from which certificates were last asked
        self._chasing: int | None = None

    def tell(self) -> None:
        """Say the own wire.Status when its time has come; ask on for certificates that a peer claims."""
        replica, parameters = self._replica, self._replica.parameters
        period_ms = parameters.status_ms if self._is_unfinished() else parameters.status_idle_ms
        if self._said_ms is None or replica.turn.due(self._said_ms + period_ms):
            self._said_ms = replica.turn.mono_ms
            self._rounds += 1
            self._broadcast(self._own())
            nullify = replica.ballot.vote(replica.cur, Kind.NULLIFY)
            if nullify is not None:
                self._broadcast(wire.VoteMessage(nullify))
            period_ms = parameters.status_ms if self._is_unfinished() else parameters.status_idle_ms
            replica.turn.due(self._said_ms + period_ms)
        self._chase()

    def _is_unfinished(self) -> bool:
        replica, view = self._replica, self._replica.cur
        is_busy = replica.armed_ms is not None or replica.ballot.said(view) != OwnVotes()
        return is_busy or replica.gap > 0 or replica.proven() is not None

    def say_to(self, peer: int) -> None:
        self._send(peer, self._own())

    def _own(self) -> wire.Status:
        replica, floor = self._replica, self._replica.floor
        first = self._page_start()
        bits, highest = 0, len(_BITS) * wire.PAGE_VIEWS - 1
        for view in replica.tally.views():
            for place, kind in enumerate(_BITS, start=len(_BITS) * (view - first)):
                if 0 <= place <= highest and replica.tally.certificate(view, kind) is not None:
                    bits |= 1 << highest - place
        have = bits.to_bytes(wire.HAVE_BYTES, "big")
        return wire.Status(replica.cur, floor.height, floor.digest, floor.view, first, have)

    def _page_start(self) -> int:
        """The views around cur; where there are more, every second round another page of those below."""
        lowest, top = self._replica.floor.view + 1, self._replica.cur - PAGE_BELOW
        if top <= lowest:
            return lowest
        pages = (top - lowest) // wire.PAGE_VIEWS + 1
        return top if self._rounds % 2 else lowest + self._rounds // 2 % pages * wire.PAGE_VIEWS

    # What a peer said it holds

    def heard(self, peer: int, status: wire.Status) -> None:
        """Send what it lacks; if it claims more, let it see what is lacking here."""
        replica = self._replica
        self._claimed_cur[peer] = status.cur
        self._asked_from.pop(peer, None)
        self._chasing = peer
        proven = replica.proven()
        known = max(replica.floor.view, 0 if proven is None else proven.statement.view)
        claims_more = status.final_view > known or status.final_height > replica.floor.height + (proven is not None)
        if claims_more and self._pushes.spend(peer, STATUS_BYTES, replica.turn.mono_ms):
            self.say_to(peer)
        self._push(peer, status)

    def _push(self, peer: int, status: wire.Status) -> None:
        replica, floor = self._replica, self._replica.floor
        lacking = [] if status.final_view >= floor.view else [Certificate.parse(floor.certificate, self._size)]
        lacking += [each for each in replica.tally.finalizations() if each.statement.view > status.final_view]
        votes = list[Vote]()
        for view in self._held_views(max(status.first_view, floor.view + 1), status.first_view + wire.PAGE_VIEWS):
            has = self._bits(status, view)
            held = (replica.tally.certificate(view, kind) for kind in _BITS[:2] if kind not in has)
            lacking += [each for each in held if each is not None]
            votes += self._own_votes(view, status, has)
        self._push_certificates(peer, lacking)
        for vote in votes:
            self._push_vote(peer, vote)

    def _held_views(self, first: int, end: int) -> list[int]:
        """Those from `first` to before `end` in which there is anything to send, ascending: mostly a few of many."""
        replica = self._replica
        return sorted(view for view in {*replica.tally.views(), *replica.ballot.views()} if first <= view < end)

    @property
    def _size(self) -> int:
        return self._replica.members.size

    def _bits(self, status: wire.Status, view: int) -> set[Kind]:
        shift = 3 * (wire.PAGE_VIEWS - 1 - (view - status.first_view))
        bits = int.from_bytes(status.have, "big") >> shift
        return {kind for place, kind in enumerate(_BITS) if bits & 4 >> place}

    def _own_votes(self, view: int, status: wire.Status, has: set[Kind]) -> list[Vote]:
        """Own votes that may still count there."""
        wanted = {Kind.FINALIZE} - has
        if view >= status.cur and Kind.NOTARIZE not in has:
            wanted |= {Kind.NOTARIZE, Kind.NULLIFY} - has
        votes = (self._replica.ballot.vote(view, kind) for kind in _BITS if kind in wanted)
        return [vote for vote in votes if vote is not None]

    def _push_certificates(self, peer: int, lacking: Iterable[Certificate]) -> None:
        chosen = list[Certificate]()
        for certificate in lacking:
            if len(chosen) == 3 * wire.PAGE_VIEWS or not self._may_push(peer, certificate.data):
                break
            chosen.append(certificate)
        if chosen:
            self._send(peer, wire.Certificates(tuple(chosen)))

    def _push_vote(self, peer: int, vote: Vote) -> None:
        own, replica = self._leadership.own, self._replica
        is_proposal = own is not None and vote.statement.kind is Kind.NOTARIZE and own.view == vote.statement.view
        if own is not None and is_proposal and own.made_ms + replica.parameters.delta_ms <= replica.turn.mono_ms:
            if self._serves.spend(peer, 1, replica.turn.mono_ms):
                replica.turn.send(Send(peer, own.data))
        elif self._may_push(peer, vote.signature):
            self._send(peer, wire.VoteMessage(vote))

    def _may_push(self, peer: int, data: bytes) -> bool:
        return self._pushes.spend(peer, len(data) + 128, self._replica.turn.mono_ms)

    # wire.Certificates of views that a peer has left and this member has not

    def answered(self, peer: int) -> None:
        """wire.Certificates came from `peer`; it may have more."""
        self._chasing = peer

    def _chase(self) -> None:
        peer, cur = self._chasing, self._replica.cur
        self._chasing = None
        if peer is not None and self._claimed_cur[peer] > cur + 1 and self._asked_from.get(peer) != cur:
            self._asked_from[peer] = cur
            self._send(peer, wire.GetCertificates(cur, cur + wire.PAGE_VIEWS))

    def get_certificates(self, peer: int, asked: wire.GetCertificates) -> None:
        tally = self._replica.tally
        held = (tally.certificate(view, kind) for view in range(asked.from_view, asked.to_view) for kind in _BITS)
        self._push_certificates(peer, (each for each in held if each is not None))

    # Blocks

    def get_block(self, peer: int, asked: wire.GetBlock) -> None:
        replica = self._replica
        if not self._serves.spend(peer, 1, replica.turn.mono_ms):
            return
        held = replica.blocks.get(asked.digest)
        if held is None:
            replica.turn.send(ServeBlock(peer, asked.digest, replica.setup.epoch_id))
        else:
            replica.turn.send(Send(peer, wire.encode_block(replica.setup.epoch_id, held.data)))

    def get_range(self, peer: int, asked: wire.GetRange) -> None:
        replica = self._replica
        is_committed = asked.from_height <= replica.floor.height
        if is_committed and self._serves.spend(peer, 1, replica.turn.mono_ms):
            replica.turn.send(ServeRange(peer, asked.from_height, asked.bytes_max, replica.setup.epoch_id))

    # Members that are still in an epoch that has ended here

    def of_another_epoch(self, peer: int, data: bytes) -> None:
        """2.11.3: lead whoever is behind on to the end of its epoch. Raises `Malformed`."""
        found = wire.decode_request(data)
        if found is None or not self._serves.spend(peer, 1, self._replica.turn.mono_ms):
            return
        epoch_id, asked = found
        match asked:
            case wire.Status():
                self._replica.turn.send(ServeEnd(peer, epoch_id))
            case wire.GetBlock(digest):
                self._replica.turn.send(ServeBlock(peer, digest, epoch_id))
            case wire.GetRange(from_height, bytes_max):
                self._replica.turn.send(ServeRange(peer, from_height, bytes_max, epoch_id))

    def _send(self, peer: int, message: wire.Message) -> None:
        self._replica.turn.send(Send(peer, wire.encode_message(self._replica.setup.epoch_id, message)))

    def _broadcast(self, message: wire.Message) -> None:
        self._replica.turn.send(Broadcast(wire.encode_message(self._replica.setup.epoch_id, message)))
