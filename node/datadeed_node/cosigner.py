"""One institution's word on the log: it cosigns every new checkpoint, gathers the others', and publishes at a quorum.

It signs each size once, in order, and only what extends the log that it signed before; the signature is in the batch
that makes the block durable, so it is stored before anybody can see it, and after a restart the same one is served
again. A node that catches up signs only the newest. It never signs two roots for one size, nor a smaller tree after a
larger one. Cosignatures that come late are gathered too. Lost ones are asked for. Spec: docs/spec/ledger.md section 4.

    message = canonical MessagePack: [1, size, root, time || signature] a cosignature, [2, size] a request
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from datadeed_ledger.chain import Tip
from datadeed_ledger.checkpoint import Checkpoint, check_cosignature, cosign, lower_median, sign_checkpoint
from datadeed_ledger.encoding import decode, encode
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.merkle import HASH_BYTES, frontier_at
from datadeed_ledger.notes import Note, SignatureLine
from datadeed_ledger.roster import Member
from datadeed_node import layout
from datadeed_node.clock import Clock
from datadeed_node.database import StoreDamaged
from datadeed_node.metrics import Metrics
from datadeed_node.snapshot import Moment, Snapshot
from datadeed_node.store import Row, Store

log = structlog.get_logger(__name__)

COSIGNATURE_BYTES = 8 + 64  # u64be time || Ed25519
MESSAGE_BYTES_MAX = 1024
MOMENTS_MAX = 64  # committed and not yet published; each keeps a LevelDB snapshot and a state map's changed paths
AHEAD_MAX = 64  # a peer's cosignatures of sizes that are not committed here yet
ASK_S = 1.0  # how long the newest checkpoint may stay unpublished before the others are asked again


@dataclass(frozen=True, slots=True)
class Cosignature:
    """One institution's cosignature, as it travels and as this node keeps its own."""

    size: int
    root: bytes
    signed: bytes  # u64be POSIX seconds || signature

    def to_bytes(self) -> bytes:
        return encode([1, self.size, self.root, self.signed])


@dataclass(frozen=True, slots=True)
class Ask:
    """Please send your newest cosignature if it is of this size or a larger one."""

    size: int

    def to_bytes(self) -> bytes:
        return encode([2, self.size])


def parse_message(data: bytes) -> Cosignature | Ask:
    """The message that `data` spells. Raises Malformed."""
    match decode(data, bytes_max=MESSAGE_BYTES_MAX):
        case [1, int(size), bytes(root), bytes(signed)] if (
            size > 0 and len(root) == HASH_BYTES and len(signed) == COSIGNATURE_BYTES
        ):
            return Cosignature(size, root, signed)
        case [2, int(size)] if size > 0:
            return Ask(size)
    raise Malformed("not a message of cosigners: a cosignature or a request is expected")


@dataclass(frozen=True, slots=True)
class CosignerKeys:
    """The two keys with which an institution speaks for the log."""

    cosign: SigningKey
    log: SigningKey


@dataclass(slots=True)
class _Open:
    """A committed size whose checkpoint is being gathered."""

    checkpoint: Checkpoint
    moment: Moment
    since_ms: int
    lines: dict[str, SignatureLine] = field(default_factory=dict)  # by member name
    times_s: list[int] = field(default_factory=list)
    disputed_by: set[str] = field(default_factory=set)  # who cosigned another root of this size

    def is_early(self) -> bool:
        """Whether the cosigners' time lies before the block's: such a note is refused, a later line may mend it."""
        header = self.moment.tip.header
        return lower_median(self.times_s) * 1000 + 999 < header.time_ms - header.slack_ms


class Cosigner:
    """The cosigning of one node. `send(peer, payload)`: to one peer, or to all where peer is None."""

    def __init__(
        self,
        store: Store,
        member: Member,
        keys: CosignerKeys,
        clock: Clock,
        metrics: Metrics,
        *,
        send: Callable[[int | None, bytes], None],
        published: Callable[[Snapshot], None],
    ) -> None:
        self._store = store
        self._member = member
        self._keys = keys
        self._clock = clock
        self._metrics = metrics
        self._send = send
        self._published = published
        row = store.cosigned()
        self._last = None if row is None else _own(row)
        self._open: dict[int, _Open] = {}
        self._ahead: dict[int, dict[int, Cosignature]] = {}  # by peer, by size; not verified
        self._newest_of: dict[int, int] = {}  # by peer: the largest size that it says it signed
        self.snapshot: Snapshot | None = None

    # --- signing -----------------------------------------------------------------------------------------------------

    def sign(self, tip: Tip) -> Row | None:
        """Cosign `tip`, which extends the store's, and return the row that must be durable before `committed`.

        None where nothing may be signed: not later than what was signed, or too early by this node's clock.
        """
        time_s = self._clock.utc_ms() // 1000
        if time_s * 1000 + 999 < tip.header.time_ms - tip.header.slack_ms:
            return None
        if self._last is not None:
            if tip.log_size <= self._last.size or self._store.tip.log_size < self._last.size:
                return None
            self._require_extended(self._last)
        checkpoint = Checkpoint(tip.header.origin, tip.log_size, tip.frontier.root)
        line = cosign(checkpoint, self._member.cosign, self._keys.cosign, time_s)
        self._last = Cosignature(checkpoint.size, checkpoint.root, line.signature)
        return layout.COSIGNED, self._last.to_bytes()

    def committed(self) -> None:
        """The store's tip is durable, and with it what `sign` gave for it: gather for it, tell the others."""
        tip = self._store.tip
        checkpoint = Checkpoint(tip.header.origin, tip.log_size, tip.frontier.root)
        self._open[tip.log_size] = _Open(checkpoint, Moment(self._store), self._clock.mono_ms())
        while len(self._open) > MOMENTS_MAX:
            del self._open[next(iter(self._open))]
        if self._last is not None and self._last.size == tip.log_size:
            self._gather(self._member, self._last)
            self._send(None, self._last.to_bytes())
        for peer, waiting in self._ahead.items():
            found = waiting.pop(tip.log_size, None)
            if found is not None:
                self._gather_early(peer, found)
        for waiting in self._ahead.values():
            for size in [size for size in waiting if size < tip.log_size]:
                del waiting[size]

    def unsigned(self) -> bool:
        """Whether this node still owes its word on the newest block."""
        return self._last is None or self._last.size < self._store.tip.log_size

    # --- with the others ---------------------------------------------------------------------------------------------

    @property
    def is_behind(self) -> bool:
        """More members than may lie say that they have committed what is not committed here."""
        size = self._store.tip.log_size
        return sum(newest > size for newest in self._newest_of.values()) > self._store.roster.faults

    def received(self, peer: int, payload: bytes) -> None:
        """A message of a peer's cosigner. Raises Malformed."""
        match parse_message(payload):
            case Ask(size):
                if self._last is not None and self._last.size >= size and not self._is_ahead(self._last):
                    self._send(peer, self._last.to_bytes())
            case Cosignature() as cosignature:
                self._newest_of[peer] = max(cosignature.size, self._newest_of.get(peer, 0))
                if cosignature.size > self._store.tip.log_size:
                    waiting = self._ahead.setdefault(peer, {})
                    waiting[cosignature.size] = cosignature
                    if len(waiting) > AHEAD_MAX:
                        del waiting[min(waiting)]
                else:
                    self._gather(self._store.roster.members[peer], cosignature)

    def peer_up(self, peer: int) -> None:
        """Tell a peer that has just come up this node's newest word."""
        self._newest_of.pop(peer, None)
        if self._last is not None and not self._is_ahead(self._last):
            self._send(peer, self._last.to_bytes())

    def ask(self) -> None:
        """Where the newest checkpoint has stayed unpublished: repeat this node's word and ask for the others'."""
        newest = self._open.get(self._store.tip.log_size)
        unpublished = self.snapshot is None or self.snapshot.size < self._store.tip.log_size
        if newest is None or not unpublished or self._clock.mono_ms() - newest.since_ms < ASK_S * 1000:
            return
        if self._last is not None and not self._is_ahead(self._last):
            self._send(None, self._last.to_bytes())
        self._send(None, Ask(newest.checkpoint.size).to_bytes())

    # --- inside ------------------------------------------------------------------------------------------------------

    def _is_ahead(self, own: Cosignature) -> bool:
        """Signed but not durable yet, or not even here any more: not to be told now."""
        return own.size > self._store.tip.log_size

    def _require_extended(self, signed: Cosignature) -> None:
        tip = self._store.tip
        frontier = tip.frontier if tip.log_size == signed.size else frontier_at(signed.size, self._store.hash)
        if frontier.root != signed.root:
            raise StoreDamaged(f"this node has signed another log of size {signed.size} than the one in its store")

    def _gather_early(self, peer: int, cosignature: Cosignature) -> None:
        """Count what came before its block did; its link may be gone by now, so a bad one is only passed over."""
        try:
            self._gather(self._store.roster.members[peer], cosignature)
        except Malformed as error:
            log.info("cosignature passed over", reason=str(error))

    def _gather(self, member: Member, cosignature: Cosignature) -> None:
        """Count one cosignature of a committed size, and publish where that makes a quorum or adds to one.

        Raises Malformed where the signature is not the member's.
        """
        opened = self._open.get(cosignature.size)
        if opened is None or member.name in opened.lines:
            return
        line = SignatureLine(member.cosign.name, member.cosign.key_id, cosignature.signed)
        told = Checkpoint(opened.checkpoint.origin, cosignature.size, cosignature.root)
        try:
            time_s = check_cosignature(told, member.cosign, line)
        except Unproven as error:
            raise Malformed(f"a cosignature that {member.name} did not make: {error}") from error
        if told.root != opened.checkpoint.root:
            if member.name in opened.disputed_by:
                return
            opened.disputed_by.add(member.name)
            self._metrics.alarms.labels("fork").inc()
            log.critical(
                "two roots for one size",
                peer=member.name,
                size=told.size,
                own_root=opened.checkpoint.root.hex(),
                other=Note(told.body, (line,)).to_bytes().decode(),
                next_step="keep this line: it proves that an institution signed another log; call its operator",
            )
            return
        opened.lines[member.name] = line
        opened.times_s.append(time_s)
        if len(opened.lines) >= self._store.roster.quorum and not opened.is_early():
            self._publish(opened)

    def _publish(self, opened: _Open) -> None:
        """Every line was verified when it was gathered; together they are what `verify_checkpoint` asks for."""
        checkpoint, roster = opened.checkpoint, self._store.roster
        log_line = sign_checkpoint(checkpoint, self._member.log, self._keys.log)
        lines = [opened.lines[member.name] for member in roster.members if member.name in opened.lines]
        note = Note(checkpoint.body, (log_line, *lines)).to_bytes()
        if self.snapshot is None or self.snapshot.size < checkpoint.size:
            self._metrics.proof_latency.observe((self._clock.mono_ms() - opened.since_ms) / 1000)
        for size in [size for size in self._open if size < checkpoint.size]:
            del self._open[size]
        self.snapshot = Snapshot(opened.moment, note, self._member.log)
        self._published(self.snapshot)


def _own(row: bytes) -> Cosignature:
    match parse_message(row):
        case Cosignature() as cosignature:
            return cosignature
    raise StoreDamaged("the row of this node's newest cosignature cannot be read")
