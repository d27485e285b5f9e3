"""Getting what is missing: bodies that a certificate names, and pages of the final chain. Spec rules R13, R16.

What is wanted is derived at every step; only the asking is remembered. An answer counts if it was asked for and is
proven by its digest and a verified certificate; anything else is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from datadeed_consensus.admission import Admission, Admitted
from datadeed_consensus.effects import Send
from datadeed_consensus.messages import RANGE_BYTES_MAX, GetBlock, GetRange, Range, encode_message
from datadeed_consensus.replica import Replica
from datadeed_consensus.setup import BlockMeta
from datadeed_consensus.votes import Certificate
from datadeed_ledger.errors import Malformed

GRACE_MS: Final = 50  # a body on its way is not asked for: votes may overtake it
RETRY_MS: Final = 200  # doubled each time
RETRY_MAX_MS: Final = 30_000
IN_FLIGHT_MAX: Final = 8


@dataclass(slots=True)
class _Request:
    next_ms: int
    attempts: int = 0
    asked: set[int] = field(default_factory=set)


_Key = bytes | int  # a block's digest, or the height from which a page is wanted


class Fetch:
    def __init__(self, replica: Replica, admission: Admission) -> None:
        self._replica = replica
        self._admission = admission
        self._requests: dict[_Key, _Request] = {}
        self._down: set[int] = set()

    def link(self, peer: int, is_up: bool) -> None:
        """Peers without a link are asked only if nobody else can be."""
        if is_up:
            self._down.discard(peer)
        else:
            self._down.add(peer)

    def ask(self) -> None:
        """Ask for all that is wanted and not asked yet, or not answered in time."""
        turn, wants = self._replica.turn, self._wants()
        self._requests = {key: each for key, each in self._requests.items() if key in wants}
        for key, signers in list(wants.items())[:IN_FLIGHT_MAX]:
            grace_ms = GRACE_MS if isinstance(key, bytes) else 0
            request = self._requests.setdefault(key, _Request(turn.mono_ms + grace_ms))
            if turn.due(request.next_ms):
                self._send(key, request, signers)
                turn.due(request.next_ms)

    def _send(self, key: _Key, request: _Request, signers: tuple[int, ...]) -> None:
        replica = self._replica
        others = [peer for peer in signers if peer != replica.members.own]
        peers = [peer for peer in others if peer not in self._down] or others
        request.next_ms = replica.turn.mono_ms + min(RETRY_MS << min(request.attempts, 16), RETRY_MAX_MS)
        if peers:
            peer = peers[(request.attempts + (replica.members.own or 0)) % len(peers)]
            request.asked.add(peer)
            message = GetBlock(key) if isinstance(key, bytes) else GetRange(key, RANGE_BYTES_MAX)
            replica.turn.send(Send(peer, encode_message(replica.setup.epoch_id, message)))
        request.attempts += 1

    def _wants(self) -> dict[_Key, tuple[int, ...]]:
        """What is missing, and who signed that it exists."""
        replica, wants = self._replica, dict[_Key, tuple[int, ...]]()
        proven = replica.proven()
        if proven is not None and replica.blocks.next_final(replica.floor) is None:
            wants.update(self._missing_of(proven))
        for certificate in replica.tally.notarizations():
            digest = certificate.statement.block_hash
            if proven is None:
                _, missing = replica.blocks.chain(digest, replica.floor)
            else:  # its ancestors come with the final chain
                missing = None if replica.blocks.get(digest) else digest
            if missing is not None:
                wants.setdefault(missing, certificate.signers)
        return wants

    def _missing_of(self, proven: Certificate) -> dict[_Key, tuple[int, ...]]:
        replica, said = self._replica, proven.statement
        _, missing = replica.blocks.chain(said.block_hash, replica.floor)
        if missing is None:
            return {}
        if said.height == replica.floor.height + 1:
            return {said.block_hash: proven.signers}
        return {replica.floor.height + 1: proven.signers}

    def block(self, peer: int, data: bytes) -> None:
        """The answer to GetBlock. Raises `Malformed`."""
        meta = self._replica.setup.read_meta(data)
        request = self._requests.get(meta.digest)
        if request is not None and peer in request.asked:
            self._replica.blocks.add(meta, data)

    def range(self, peer: int, page: Range) -> None:
        """The answer to GetRange: links down from a verified finalization prove every block. Raises `Malformed`."""
        replica = self._replica
        request = self._requests.get(replica.floor.height + 1)
        if request is None or peer not in request.asked:
            return
        metas = [replica.setup.read_meta(block) for block in page.blocks]
        self._check_links(metas, page.finalization)
        if self._admission.certificate(peer, page.finalization) is not Admitted.HELD:
            return
        for meta, data in zip(metas, page.blocks, strict=True):
            held = replica.blocks.add(meta, data)
            held.is_final = True
        held.finalization = page.finalization

    def _check_links(self, metas: list[BlockMeta], finalization: Certificate) -> None:
        floor, said = self._replica.floor, finalization.statement
        height, parent = floor.height, floor.digest
        for meta in metas:
            if (meta.height, meta.parent) != (height + 1, parent):
                raise Malformed("a page's blocks do not follow each other from the height that was asked for")
            height, parent = meta.height, meta.digest
        if (said.height, said.block_hash, said.ends_epoch) != (height, parent, metas[-1].ends_epoch):
            raise Malformed("a page's finalization is not of its last block")
