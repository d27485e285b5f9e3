"""The Byzantine cast: one small class for each way of lying, named for what it does.

Most run a real core and twist what comes out of it; `Puppet` runs none and does what a test tells it. A liar signs
whatever it likes with its own key and nothing with anybody else's. Spec: docs/spec/consensus.md section 5 C.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulation.blocks import ToyBlock
from simulation.member import Member
from simulation.signatures import forged
from simulation.statements import FINALIZE, NOTARIZE, NULLIFY, Said, statement_bytes

from datadeed_consensus.guard import Kind
from datadeed_consensus.messages import (
    BlockMessage,
    Certificates,
    GetBlock,
    GetRange,
    Message,
    Proposal,
    Range,
    Status,
    VoteMessage,
    decode_message,
    encode_message,
)
from datadeed_consensus.votes import Statement, Vote

if TYPE_CHECKING:
    from simulation.cluster import Cluster


class Liar(Member):
    """Signs and sends anything; the hooks are `twist` for what its own core says and `overhear` for what it hears."""

    honest = False

    def __init__(self, cluster: Cluster, seat: int, index: int) -> None:
        super().__init__(cluster, seat, index)
        self.lies = 0  # how often it did what it is named for
        self.lied_in: set[int] = set()  # views in which it proposed two blocks

    # --- tools --------------------------------------------------------------------------------------------------------

    def vote(self, said: Said) -> Vote:
        """Its true signature under any statement."""
        statement = statement_bytes(self.cluster.epoch_id, self.cluster.epoch, said)
        self.cluster.observer.signed(self.index, statement, self.utc_ms)
        return Vote(_product(said), self.index, self.cluster.keyring.sign(self.index, statement))

    def tell(self, peers: Iterable[int], *messages: Message) -> None:
        for message in messages:
            data = encode_message(self.cluster.epoch_id, message)
            for peer in peers:
                self.cluster.post(self.seat, peer, data)

    def tell_all(self, *messages: Message) -> None:
        self.tell(self.everybody, *messages)

    @property
    def everybody(self) -> list[int]:
        return self.cluster.others(self.index)

    def decoded(self, data: bytes) -> Message:
        message = decode_message(data, self.cluster.epoch_id, len(self.cluster.keyring.public))
        assert message is not None, "members of one cluster share an epoch"
        return message

    def propose(self, original: Proposal, block: ToyBlock) -> Proposal:
        """The same proposal with another block under an own vote."""
        self.cluster.observer.block(block)
        statement = original.vote.statement
        said = Said(NOTARIZE, statement.view, block.height, statement.parent_view, block.ends_epoch, block.digest)
        return Proposal(block.to_bytes(), original.parent, original.nullifications, self.vote(said))

    # --- hooks --------------------------------------------------------------------------------------------------------

    def emit(self, peers: Iterable[int], data: bytes) -> None:
        self.twist(list(peers), self.decoded(data), data)

    def hear(self, peer: int, data: bytes) -> None:
        if self.alive:
            self.overhear(peer, self.decoded(data))
        super().hear(peer, data)

    def twist(self, peers: list[int], message: Message, data: bytes) -> None:
        """What to do with a message of its own core; as it stands: send it."""
        for peer in peers:
            self.cluster.post(self.seat, peer, data)

    def overhear(self, peer: int, message: Message) -> None:
        """What to do on hearing a message, before its own core does."""


def _product(said: Said) -> Statement:
    if said.kind == NULLIFY:
        return Statement(Kind.NULLIFY, said.view)
    return Statement(Kind(said.kind), said.view, said.height, said.parent_view, said.ends_epoch, said.block)


def said_of(statement: Statement) -> Said:
    return Said(
        int(statement.kind),
        statement.view,
        statement.height,
        statement.parent_view,
        statement.ends_epoch,
        statement.block_hash,
    )


# --- without a core --------------------------------------------------------------------------------------------------


class Puppet(Liar):
    """Says only what a test tells it; keeps what it hears."""

    def __init__(self, cluster: Cluster, seat: int, index: int) -> None:
        super().__init__(cluster, seat, index)
        self.heard: list[tuple[int, Message]] = []

    def start(self) -> None:
        """Nothing to start."""

    def hear(self, peer: int, data: bytes) -> None:
        message = self.decoded(data)
        self.heard.append((peer, message))
        self.overhear(peer, message)

    def proposal(self, view: int, block: ToyBlock, template: Proposal | None = None) -> Proposal:
        """A proposal of its own; the base and its proof come from `template`, genesis without one."""
        self.cluster.observer.block(block)
        parent_view = 0 if template is None or template.parent is None else template.parent.statement.view
        said = Said(NOTARIZE, view, block.height, parent_view, block.ends_epoch, block.digest)
        parent = None if template is None else template.parent
        nullifications = () if template is None else template.nullifications
        return Proposal(block.to_bytes(), parent, nullifications, self.vote(said))


# --- leaders ---------------------------------------------------------------------------------------------------------


class Equivocator(Liar):
    """Proposes one block to half of the members and another to the rest, and votes for both to everybody."""

    def twist(self, peers: list[int], message: Message, data: bytes) -> None:
        if not isinstance(message, Proposal) or len(peers) == 1:
            super().twist(peers, message, data)
            return
        second = self.propose(message, ToyBlock.parse(message.block).varied(salt=1))
        half = len(peers) // 2
        self.tell(peers[:half], message)
        self.tell(peers[half:], second)
        self.tell_all(VoteMessage(second.vote), VoteMessage(message.vote))
        self.lied_in.add(message.vote.statement.view)
        self.lies += 1


class Withholder(Liar):
    """Shows its blocks to just enough members for a notarization, and never hands a block out afterwards."""

    def twist(self, peers: list[int], message: Message, data: bytes) -> None:
        if isinstance(message, (BlockMessage, Range)):
            self.lies += 1
            return
        if isinstance(message, Proposal):
            peers = peers[: self.cluster.observer.quorum - 1]
            self.lies += 1
        super().twist(peers, message, data)


class WrongLeader(Liar):
    """Proposes blocks that no honest member may accept: another kind of wrong each time."""

    def twist(self, peers: list[int], message: Message, data: bytes) -> None:
        if not isinstance(message, Proposal):
            super().twist(peers, message, data)
            return
        block = ToyBlock.parse(message.block)
        wrongs = (
            ToyBlock(block.height, block.parent, block.time_ms, block.slack_ms, bytes(32), block.entries),
            ToyBlock(block.height + 1, block.parent, block.time_ms, block.slack_ms, block.root, block.entries),
            ToyBlock(block.height, bytes(32), block.time_ms, block.slack_ms, block.root, block.entries),
            ToyBlock(block.height, block.parent, block.time_ms + 3_600_000, block.slack_ms, block.root, block.entries),
            ToyBlock(block.height, block.parent, block.time_ms - 600_000, 0, block.root, block.entries),
            ToyBlock(block.height, block.parent, block.time_ms, 1 << 40, block.root, block.entries),
        )
        self.tell(peers, self.propose(message, wrongs[self.lies % len(wrongs)]))
        self.lies += 1


class LateLeader(Liar):
    """Proposes only to f+1 members, a moment before they would give up."""

    def twist(self, peers: list[int], message: Message, data: bytes) -> None:
        if not isinstance(message, Proposal):
            super().twist(peers, message, data)
            return
        some = peers[: len(self.cluster.keyring.public) - self.cluster.observer.quorum + 1]
        delay_ms = self.cluster.parameters.proposal_ms - 60
        self.cluster.after(delay_ms, lambda: self.tell(some, message))
        self.lies += 1


class Flooder(Liar):
    """As a leader sends twenty different blocks; at all times votes for views far ahead."""

    def twist(self, peers: list[int], message: Message, data: bytes) -> None:
        if isinstance(message, Proposal):
            block = ToyBlock.parse(message.block)
            self.tell(peers, *(self.propose(message, block.varied(salt)) for salt in range(1, 20)))
            self.lies += 1
        if isinstance(message, Status):
            ahead = (message.cur + 10, message.cur + 100, message.cur + 10**9)
            self.tell(peers, *(VoteMessage(self.vote(Said(NULLIFY, view))) for view in ahead))
        super().twist(peers, message, data)


# --- voters ----------------------------------------------------------------------------------------------------------


class Silent(Liar):
    """Follows everything and says nothing."""

    def twist(self, peers: list[int], message: Message, data: bytes) -> None:
        self.lies += 1


class VoteForEverything(Liar):
    """Notarizes, nullifies and finalizes whatever it hears of."""

    def __init__(self, cluster: Cluster, seat: int, index: int) -> None:
        super().__init__(cluster, seat, index)
        self._done: set[Said] = set()

    def overhear(self, peer: int, message: Message) -> None:
        for statement in _statements_of(message):
            said = said_of(statement)
            kinds = (NULLIFY,) if said.kind == NULLIFY else (NOTARIZE, NULLIFY, FINALIZE)
            for each in (said.of_kind(kind) for kind in kinds):
                if each not in self._done:
                    self._done.add(each)
                    self.tell_all(VoteMessage(self.vote(each)))
                    self.lies += 1


class Nuller(Liar):
    """Gives up every view as soon as it hears of it, and signs nothing else."""

    def __init__(self, cluster: Cluster, seat: int, index: int) -> None:
        super().__init__(cluster, seat, index)
        self._highest = 0

    def overhear(self, peer: int, message: Message) -> None:
        for statement in _statements_of(message):
            for view in range(max(self._highest, statement.view - 2) + 1, statement.view + 2):
                self._highest = view
                self.tell_all(VoteMessage(self.vote(Said(NULLIFY, view))))
                self.lies += 1

    def twist(self, peers: list[int], message: Message, data: bytes) -> None:
        if not isinstance(message, (VoteMessage, Proposal)):
            super().twist(peers, message, data)


class FinalizeWithholder(Liar):
    """Takes part in everything but never helps to finalize, nor passes finalizations on."""

    def twist(self, peers: list[int], message: Message, data: bytes) -> None:
        if isinstance(message, VoteMessage) and message.vote.statement.kind is Kind.FINALIZE:
            self.lies += 1
            return
        if isinstance(message, Certificates):
            kept = tuple(each for each in message.certificates if each.statement.kind is not Kind.FINALIZE)
            if not kept:
                return
            self.tell(peers, Certificates(kept))
            return
        super().twist(peers, message, data)


class Framer(Liar):
    """Puts honest members' names under votes that they never cast, and its own true votes under bad signatures."""

    def overhear(self, peer: int, message: Message) -> None:
        if not isinstance(message, VoteMessage):
            return
        vote = message.vote
        turned = Said(NULLIFY, vote.statement.view + (vote.statement.kind is Kind.NULLIFY))
        self.tell_all(
            VoteMessage(Vote(_product(turned), vote.signer, vote.signature)),
            VoteMessage(Vote(vote.statement, self.index, vote.signature)),
            VoteMessage(Vote(vote.statement, self.index, forged(self.lies))),
        )
        self.lies += 1


# --- on links --------------------------------------------------------------------------------------------------------


class StatusLiar(Liar):
    """Claims to be far ahead or far behind, and answers every request with rubbish."""

    def twist(self, peers: list[int], message: Message, data: bytes) -> None:
        if isinstance(message, Status):
            self.lies += 1
            ahead = 10**6 if self.lies % 2 else 0
            far = message.final_view + ahead
            self.tell(
                peers, Status(far + 1, message.final_height + ahead, bytes(32), far, far + 1, bytes(len(message.have)))
            )
        elif isinstance(message, (BlockMessage, Range)):
            self.tell(peers, BlockMessage(b"rubbish" * 100))
        else:
            super().twist(peers, message, data)

    def overhear(self, peer: int, message: Message) -> None:
        if isinstance(message, (GetBlock, GetRange)):
            self.tell([peer], BlockMessage(b"rubbish" * 1000))


class PageForger(Liar):
    """Votes like everybody, and serves pages of the final chain with other blocks under the true certificate."""

    def twist(self, peers: list[int], message: Message, data: bytes) -> None:
        if isinstance(message, Range):
            blocks = tuple(ToyBlock.parse(block).varied(salt=77).to_bytes() for block in message.blocks)
            self.tell(peers, Range(blocks, message.finalization))
            self.lies += 1
        else:
            super().twist(peers, message, data)


def _statements_of(message: Message) -> list[Statement]:
    if isinstance(message, (VoteMessage, Proposal)):
        return [message.vote.statement]
    if isinstance(message, Certificates):
        return [each.statement for each in message.certificates]
    return []


CAST: tuple[type[Liar], ...] = (
    Equivocator,
    Withholder,
    WrongLeader,
    LateLeader,
    Flooder,
    Silent,
    VoteForEverything,
    Nuller,
    FinalizeWithholder,
    Framer,
    StatusLiar,
    PageForger,
)
