"""One real consensus core whose peers are played by the test: a toy chain, cheap keys, the test's clock.

Builds and executions are answered at once unless the test switches that off. It keeps what a driver keeps (rows, the
delivered chain) and checks the driver's contract on every step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from datadeed_consensus import effects as fx
from datadeed_consensus import messages as wire
from datadeed_consensus.core import BlockMeta, Core, Floor, Setup, epoch_id
from datadeed_consensus.guard import Kind
from datadeed_consensus.members import Members
from datadeed_consensus.parameters import Parameters
from datadeed_consensus.votes import Certificate, Statement, Vote
from datadeed_ledger.encoding import decode, encode
from datadeed_ledger.errors import Malformed

EPOCH_ID = epoch_id(bytes(32), 1, b"\x01" * 32, b"\x02" * 32)
UTC_MS = 1_790_000_000_000
EffectT = TypeVar("EffectT", bound=fx.Effect)
MessageT = TypeVar("MessageT", bound=wire.Message)


@dataclass(frozen=True, slots=True)
class Block:
    """A toy block: [height, parent, time, slack, content, ends_epoch]; `bad` content does not execute."""

    height: int
    parent: bytes
    time_ms: int
    content: bytes = b""
    slack_ms: int = 2_000
    ends_epoch: bool = False

    @property
    def data(self) -> bytes:
        return encode([self.height, self.parent, self.time_ms, self.slack_ms, self.content, self.ends_epoch])

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.data).digest()

    def child(self, content: bytes = b"", later_ms: int = 1) -> Block:
        return Block(self.height + 1, self.digest, self.time_ms + later_ms, content)


GENESIS = Block(0, bytes(32), UTC_MS - 1_000, slack_ms=0)


def parse(data: bytes) -> Block:
    value = decode(data, bytes_max=wire.BLOCK_BYTES_MAX)
    if not isinstance(value, list) or len(value) != 6 or type(value[0]) is not int:
        raise Malformed("not a toy block")
    height, parent, time_ms, slack_ms, content, ends_epoch = value
    return Block(height, parent, time_ms, content, slack_ms, ends_epoch)


def read_meta(data: bytes) -> BlockMeta:
    block = parse(data)
    digest = hashlib.sha256(data).digest()
    is_empty = not block.content
    return BlockMeta(digest, block.height, block.parent, block.time_ms, block.slack_ms, is_empty, block.ends_epoch)


def keys(size: int) -> tuple[bytes, ...]:
    return tuple(hashlib.sha256(b"member %d" % index).digest() for index in range(size))


def signature(public_key: bytes, message: bytes) -> bytes:
    return hashlib.sha512(public_key + message).digest()


def make_setup(size: int = 4, own: int | None = 0, parameters: Parameters | None = None) -> Setup:
    public = keys(size)
    return Setup(
        epoch=1,
        epoch_id=EPOCH_ID,
        vote_keys=public,
        own=own,
        parameters=parameters or Parameters(),
        read_meta=read_meta,
        sign=lambda message: signature(public[own or 0], message),
        verify=lambda key, message, signed: signed == signature(key, message),
    )


class Peers:
    """Every member's key in the test's hand: any vote, certificate or proposal, honest or not."""

    def __init__(self, size: int = 4, own: int | None = None) -> None:
        self.size = size
        self.members = Members(make_setup(size))
        self._quorum = [index for index in range(size) if index != own or size < 4][: self.members.quorum]
        self._keys = keys(size)

    def sign(self, statement: Statement, signer: int) -> Vote:
        return Vote(statement, signer, signature(self._keys[signer], self.members.message(statement)))

    def notarize(self, block: Block, view: int, parent_view: int) -> Statement:
        return Statement(Kind.NOTARIZE, view, block.height, parent_view, block.ends_epoch, block.digest)

    def certificate(self, statement: Statement, signers: Iterable[int] | None = None) -> Certificate:
        chosen = self._quorum if signers is None else signers
        return Certificate.of([self.sign(statement, signer) for signer in chosen], self.size)

    def notarization(self, block: Block, view: int, parent_view: int) -> Certificate:
        return self.certificate(self.notarize(block, view, parent_view))

    def finalization(self, block: Block, view: int, parent_view: int) -> Certificate:
        return self.certificate(self.notarize(block, view, parent_view).of_kind(Kind.FINALIZE))

    def nullification(self, view: int) -> Certificate:
        return self.certificate(Statement(Kind.NULLIFY, view))

    def proposal(
        self, block: Block, view: int, parent: Certificate | None = None, skipped: Sequence[Certificate] | None = None
    ) -> wire.Proposal:
        """By the view's leader; what is skipped is nullified unless given."""
        parent_view = 0 if parent is None else parent.statement.view
        first = max(parent_view + 1, view - wire.NULLIFICATIONS_MAX)
        proofs = [self.nullification(each) for each in range(first, view)] if skipped is None else skipped
        vote = self.sign(self.notarize(block, view, parent_view), self.members.leader(view))
        return wire.Proposal(block.data, parent, tuple(proofs), vote)


class OneCore:
    """A core and what its driver keeps for it. `sent` and `effects` collect since `forget` was last called."""

    def __init__(
        self,
        own: int | None = 0,
        size: int = 4,
        parameters: Parameters | None = None,
        answering: bool = True,
        setup: Setup | None = None,
    ) -> None:
        self.setup = setup or make_setup(size, own, parameters)
        self.peers = Peers(size, own)
        self.own = own
        self.now_ms = 5_000
        self.utc_ms = UTC_MS
        self.answering = answering
        self.rows: dict[bytes, bytes] = {}
        self.chain: list[Block] = [GENESIS]
        self.delivered: list[fx.Deliver] = []
        self.effects: list[fx.Effect] = []
        self.wake_ms: int | None = None
        self.content = b"entry"
        self.core = Core(self.setup, self.floor, {})

    @property
    def floor(self) -> Floor:
        tip = self.chain[-1]
        certificates = [each for each in self.delivered if each.certificate]
        view, certificate = (certificates[-1].view, certificates[-1].certificate) if certificates else (0, b"")
        return Floor(tip.height, tip.digest, tip.time_ms, view, certificate)

    def start(self) -> OneCore:
        self.given(fx.Start())
        return self

    def restart(self, rows: dict[bytes, bytes] | None = None, setup: Setup | None = None) -> OneCore:
        """A new core from what is on the disk."""
        self.rows = dict(self.rows if rows is None else rows)
        self.setup = setup or self.setup
        self.core = Core(self.setup, self.floor, dict(self.rows))
        self.forget()
        return self.start()

    def given(self, *inputs: fx.Input) -> list[fx.Effect]:
        """Feed inputs and, if answering, what the driver would answer. Gives the effects of all of it."""
        seen: list[fx.Effect] = []
        queue = list(inputs)
        while queue:
            effects = self.core.step(self.now_ms, self.utc_ms, queue.pop(0))
            check_order(effects)
            seen.extend(effects)
            for effect in effects:
                queue.extend(self._perform(effect))
        self.effects.extend(seen)
        return seen

    def _perform(self, effect: fx.Effect) -> list[fx.Input]:
        if isinstance(effect, (fx.Persist, fx.Deliver)):
            self.rows.update(effect.puts)
            for key in effect.deletes:
                self.rows.pop(key, None)
        if isinstance(effect, fx.Deliver):
            block = parse(effect.block)
            assert (block.height, block.parent) == (self.chain[-1].height + 1, self.chain[-1].digest)
            self.chain.append(block)
            self.delivered.append(effect)
        if isinstance(effect, fx.Wake):
            self.wake_ms = effect.at_mono_ms
        if not self.answering:
            return []
        if isinstance(effect, fx.Execute):
            return [self.executed(parse(effect.block))]
        if isinstance(effect, fx.Build):
            return [fx.Built(effect.view, self.build(effect).data)]
        return []

    def executed(self, block: Block) -> fx.Executed:
        is_bad = block.content.startswith(b"bad")
        return fx.Executed(block.digest, not is_bad, "its content is bad" if is_bad else "")

    def build(self, order: fx.Build) -> Block:
        height = next(block.height for block in self.known if block.digest == order.parent) + 1
        return Block(height, order.parent, order.time_ms, b"" if order.empty else self.content, order.slack_ms)

    @property
    def known(self) -> list[Block]:
        executed = [parse(each.block) for each in self.effects if isinstance(each, fx.Execute)]
        return [*self.chain, *executed]

    def hear(self, peer: int, *messages: wire.Message) -> list[fx.Effect]:
        return self.given(*(fx.Message(peer, wire.encode_message(EPOCH_ID, message)) for message in messages))

    def hear_votes(self, statement: Statement, *signers: int) -> list[fx.Effect]:
        seen: list[fx.Effect] = []
        for signer in signers:
            seen += self.hear(signer, wire.VoteMessage(self.peers.sign(statement, signer)))
        return seen

    def hear_certificates(self, *certificates: Certificate, peer: int | None = None) -> list[fx.Effect]:
        return self.hear(self.others[0] if peer is None else peer, wire.Certificates(certificates))

    def propose(self, proposal: wire.Proposal) -> list[fx.Effect]:
        return self.hear(self.peers.members.leader(proposal.vote.statement.view), proposal)

    def pass_ms(self, duration_ms: int) -> None:
        """Let time pass; the core is woken when it asked to be."""
        end_ms = self.now_ms + duration_ms
        while self.wake_ms is not None and self.wake_ms <= end_ms:
            self._to(max(self.wake_ms, self.now_ms))
            self.given(fx.Tick())
            assert self.wake_ms is None or self.wake_ms > self.now_ms, "a core that never sleeps"
        self._to(end_ms)

    def _to(self, now_ms: int) -> None:
        self.utc_ms += now_ms - self.now_ms
        self.now_ms = now_ms

    # What it did

    @property
    def others(self) -> list[int]:
        return [peer for peer in range(self.peers.size) if peer != self.own]

    def forget(self) -> None:
        self.effects = []

    def did(self, kind: type[EffectT]) -> list[EffectT]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def sent(self, kind: type[MessageT], to: int | None = None) -> list[MessageT]:
        """Messages of a kind: broadcast, or sent to one peer."""
        found = []
        for effect in self.effects:
            if (to is None and isinstance(effect, fx.Broadcast)) or (isinstance(effect, fx.Send) and effect.peer == to):
                message = wire.decode_message(effect.data, EPOCH_ID, self.peers.size)
                if isinstance(message, kind):
                    found.append(message)
        return found

    def votes(self, kind: Kind, view: int | None = None) -> list[Vote]:
        """Own votes broadcast, in whatever message."""
        sent = [each.vote for each in (*self.sent(wire.VoteMessage), *self.sent(wire.Proposal))]
        return [vote for vote in sent if vote.statement.kind is kind and view in (None, vote.statement.view)]

    def alarms(self) -> list[str]:
        return [alarm.name for alarm in self.did(fx.Alarm)]

    # Shortcuts

    def led_view(self, after: int = 0) -> int:
        """The first view after `after` that the core itself leads."""
        return next(view for view in range(after + 1, after + 99) if self.peers.members.leader(view) == self.own)

    def foreign_view(self, after: int = 0) -> int:
        return next(view for view in range(after + 1, after + 99) if self.peers.members.leader(view) != self.own)

    def enter(self, view: int) -> None:
        """Nullify every view below `view`."""
        self.hear_certificates(*(self.peers.nullification(each) for each in range(self.core.view, view)))
        assert self.core.view == view

    def finalize(self, block: Block, view: int, parent_view: int) -> Certificate:
        """Body and finalization of a block arrive, as they do from an honest quorum."""
        parent = self.peers.finalization(self.chain[-1], parent_view, 0) if parent_view else None
        self.hear_certificates(*(self.peers.nullification(each) for each in range(self.core.view, view)))
        self.propose(self.peers.proposal(block, view, parent))
        certificate = self.peers.finalization(block, view, parent_view)
        self.hear_certificates(self.peers.notarization(block, view, parent_view), certificate)
        assert self.chain[-1] == block, f"{block} was not delivered"
        return certificate


def check_order(effects: tuple[fx.Effect, ...]) -> None:
    """The contract of effects.py: at most one Persist, first; then deliveries; Wake last."""
    kinds = [type(effect) for effect in effects]
    assert kinds.count(fx.Persist) <= 1
    assert fx.Persist not in kinds or (kinds[0] is fx.Persist and fx.Deliver not in kinds)
    delivers = [index for index, kind in enumerate(kinds) if kind is fx.Deliver]
    assert delivers == list(range(len(delivers))), "deliveries come before everything else"
    assert kinds.count(fx.Wake) == 1
    assert kinds[-1] is fx.Wake


def with_parameters(setup: Setup, **changes: int) -> Setup:
    return replace(setup, parameters=replace(setup.parameters, **changes))
