"""One institution's word on the log: it cosigns every new checkpoint, gathers the others', and publishes at a quorum.

It signs each size once, in order, and only what extends the log that it signed before; the signature is in the batch
that makes the block durable, so it is stored before anybody can see it, and after a restart the same one is served
again. A node that catches up signs only the newest, and every *boundary*: the checkpoint that ends with the block which
names the next roster. It never signs two roots for one size, nor a smaller tree after a larger one. Cosignatures that
come late are gathered too. Lost ones are asked for.

Each size is signed, gathered and judged under the roster that its last header names. A boundary is gathered until it is
proven under the roster before, and kept for ever; nothing is published under a roster whose boundary is not kept. Who
is no member of a roster signs nothing under it, and takes its boundary whole from the others.
Spec: docs/spec/ledger.md section 4; docs/spec/node.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import structlog

from datadeed_ledger.chain import Tip
from datadeed_ledger.checkpoint import Checkpoint, cosign, sign_checkpoint
from datadeed_ledger.errors import Malformed
from datadeed_ledger.header import Header
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.roster import Member, Roster
from datadeed_node import layout
from datadeed_node.clock import Clock
from datadeed_node.cosigner_messages import Ask, AskBoundary, Boundary, Cosignature, parse_message
from datadeed_node.database import Batch, StoreDamaged
from datadeed_node.gathering import ANOTHER_LOG, Gathering, Gatherings, checkpoint_of, own_cosignature, root_at
from datadeed_node.metrics import Metrics
from datadeed_node.snapshot import Moment, Snapshot
from datadeed_node.store import Store

log = structlog.get_logger(__name__)

AHEAD_MAX = 64  # a peer's cosignatures of sizes that are not committed here yet
ASK_S = 1.0  # how long the newest checkpoint may stay unpublished before the others are asked again


@dataclass(frozen=True, slots=True)
class CosignerKeys:
    """The two keys with which an institution speaks for the log."""

    cosign: SigningKey = field(repr=False)
    log: SigningKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Signing:
    """What one batch makes durable."""

    cosignatures: tuple[Cosignature, ...] = ()
    boundaries: tuple[int, ...] = ()  # versions of the rosters whose boundary it keeps


class Cosigner:
    """The cosigning of the node of the member called `name`. Peers are member names.

    keys: this node's under one roster, None where it lacks one of them. `send(peer, payload)`: to one peer, or to all.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        keys: Callable[[Roster], CosignerKeys | None],
        clock: Clock,
        metrics: Metrics,
        *,
        send: Callable[[str | None, bytes], None],
        published: Callable[[Snapshot], None],
    ) -> None:
        self._store = store
        self._name = name
        self._keys = keys
        self._clock = clock
        self._metrics = metrics
        self._send = send
        self._published = published
        row = store.cosigned()
        self._last = None if row is None else own_cosignature(row)
        self._signing = _Signing()
        self._open = Gatherings(store, name, clock)
        self._ahead: dict[str, dict[int, Cosignature]] = {}  # by peer, by size; not verified
        self._newest_of: dict[str, int] = {}  # by peer: the largest size that it says it signed
        self.snapshot: Snapshot | None = None

    # --- signing -----------------------------------------------------------------------------------------------------

    def sign(self, tip: Tip, batch: Batch) -> bool:
        """Put into `batch` what must be durable before `committed`, and say whether there is anything.

        Cosignatures of `tip`, which is or extends the store's, and of boundaries that this node still owes its word on:
        none that is not later than what was signed, or too early by this node's clock. And boundaries that are proven.
        """
        unproven = self._open.boundaries
        proven = tuple(version for version, each in unproven.items() if each.is_proven)
        for version in proven:
            batch.put(layout.boundary_key(version), unproven[version].note)
            batch.delete(layout.own_boundary_key(version))
        signed: list[Cosignature] = []
        for checkpoint, header in self._owed(tip):
            own = self._cosigned(checkpoint, header)
            if own is None:
                break
            signed.append(own)
            batch.put(layout.COSIGNED, own.to_bytes())
            version = header.next_roster_version
            if header.ends_epoch and version not in proven and self._store.boundaries.checkpoint(version) is None:
                batch.put(layout.own_boundary_key(version), own.to_bytes())
        self._signing = _Signing(tuple(signed), proven)
        return bool(signed or proven)

    def committed(self) -> None:
        """The store's tip is durable, and with it what `sign` put: gather for it, tell the others."""
        signing, self._signing = self._signing, _Signing()
        for version in signing.boundaries:
            self._open.kept(version)
        if signing.cosignatures:
            self._last = signing.cosignatures[-1]
        tip = self._store.tip
        if self._open.find_boundaries():
            self._forget_strangers()
        if tip.header.ends_epoch or self._speaks_under(self._store.roster_of(tip.header)):
            self._open.open_tip()
        words = signing.cosignatures
        if not words and self._last is not None and self._last.size == tip.log_size:
            words = (self._last,)  # as it was given before this start
        for own in words:
            self._open.count_own(own)
            self._send(None, own.to_bytes())
        self._gather_ahead()
        for opened in self._open.cosigned():
            self._settle(opened)

    @property
    def unproven(self) -> tuple[int, ...]:
        """The versions of the rosters in force so far whose beginning is not proven here yet."""
        return tuple(sorted(self._open.boundaries))

    def unsigned(self) -> bool:
        """Whether there is something for `sign` to do on the store's tip, if the clock allows it."""
        proven = any(each.is_proven for each in self._open.boundaries.values())
        return proven or any(self._owed(self._store.tip))

    # --- with the others ---------------------------------------------------------------------------------------------

    @property
    def is_behind(self) -> bool:
        """More members than may lie say that they have committed what is not committed here."""
        size, roster = self._store.tip.log_size, self._store.roster
        return sum(self._newest_of.get(member.name, 0) > size for member in roster.members) > roster.faults

    def received(self, peer: str, payload: bytes) -> None:
        """A message of a peer's cosigner. Raises Malformed."""
        match parse_message(payload):
            case Ask(size):
                if self._last is not None and self._last.size >= size and not self._is_ahead(self._last):
                    self._send(peer, self._last.to_bytes())
            case AskBoundary(version):
                self._tell_boundary(peer, version)
            case Boundary(version, checkpoint):
                self._take_boundary(peer, version, checkpoint)
            case Cosignature() as cosignature:
                self._newest_of[peer] = max(cosignature.size, self._newest_of.get(peer, 0))
                if cosignature.size > self._store.tip.log_size:
                    waiting = self._ahead.setdefault(peer, {})
                    waiting[cosignature.size] = cosignature
                    if len(waiting) > AHEAD_MAX:
                        del waiting[min(waiting)]
                else:
                    self._gather(peer, cosignature)

    def peer_up(self, peer: str) -> None:
        """Tell a peer that has just come up this node's newest word, and both of boundaries that are not proven."""
        self._newest_of.pop(peer, None)
        if self._last is not None and not self._is_ahead(self._last):
            self._send(peer, self._last.to_bytes())
        self._repeat_boundaries(peer)

    def ask(self) -> None:
        """Where something has stayed unproven: repeat this node's word and ask for the others'."""
        if any(self._is_late(each) for each in self._open.boundaries.values()):
            self._repeat_boundaries(None)
        newest = self._open.at(self._store.tip.log_size)
        unpublished = self.snapshot is None or self.snapshot.size < self._store.tip.log_size
        if newest is None or not unpublished or not self._is_late(newest):
            return
        if self._last is not None and not self._is_ahead(self._last):
            self._send(None, self._last.to_bytes())
        self._send(None, Ask(newest.size).to_bytes())

    # --- what to sign ------------------------------------------------------------------------------------------------

    def _owed(self, tip: Tip) -> Iterator[tuple[Checkpoint, Header]]:
        """What this node has a voice on and has not signed, ascending: never a smaller tree after a larger one."""
        store, signed = self._store, 0 if self._last is None else self._last.size
        if store.tip.log_size < signed:
            return
        for _, each in sorted(self._open.boundaries.items()):
            if each.size > signed and self._speaks_under(each.roster):
                signed = each.size
                yield each.checkpoint, each.header
        if tip.log_size > signed and self._speaks_under(store.roster_of(tip.header)):
            yield checkpoint_of(tip), tip.header

    def _cosigned(self, checkpoint: Checkpoint, header: Header) -> Cosignature | None:
        """This node's cosignature, or None where its clock says that it would be too early."""
        time_s = self._clock.utc_ms() // 1000
        if time_s * 1000 + 999 < header.time_ms - header.slack_ms:
            return None
        if self._last is not None:
            self._require_extended(self._last)
        speaker = self._speaker(self._store.roster_of(header))
        assert speaker is not None, "who may not speak owes nothing"
        member, keys = speaker
        line = cosign(checkpoint, member.cosign, keys.cosign, time_s)
        return Cosignature(checkpoint.size, checkpoint.root, line.signature)

    def _speaker(self, roster: Roster) -> tuple[Member, CosignerKeys] | None:
        """As whom this node speaks under this roster."""
        member = roster.by_name(self._name)
        keys = None if member is None else self._keys(roster)
        return None if member is None or keys is None else (member, keys)

    def _speaks_under(self, roster: Roster) -> bool:
        return self._speaker(roster) is not None

    def _is_ahead(self, own: Cosignature) -> bool:
        """Signed with a store that had more than this one has: not to be told now."""
        return own.size > self._store.tip.log_size

    def _require_extended(self, signed: Cosignature) -> None:
        if root_at(self._store, signed.size) != signed.root:
            raise StoreDamaged(ANOTHER_LOG.format(size=signed.size))

    # --- boundaries --------------------------------------------------------------------------------------------------

    def _tell_boundary(self, peer: str, version: int) -> None:
        kept = self._store.boundaries.checkpoint(version)
        if kept is not None:
            self._send(peer, Boundary(version, kept).to_bytes())
        elif version in self._open.own:
            self._send(peer, self._open.own[version].to_bytes())

    def _take_boundary(self, peer: str, version: int, note: bytes) -> None:
        """Take over a boundary that is missing here; one that is not missing, or not here yet, is passed over."""
        opened = self._open.boundaries.get(version)
        if opened is None or opened.is_proven:
            return
        signed = opened.take(note)
        if signed.checkpoint.root != opened.checkpoint.root:
            self._fork(peer, opened, signed.note)
            return
        self._settle(opened)

    def _repeat_boundaries(self, peer: str | None) -> None:
        """Give this node's word on what is not proven here, and ask for the whole."""
        for version in self._open.boundaries:
            if version in self._open.own:
                self._send(peer, self._open.own[version].to_bytes())
            self._send(peer, AskBoundary(version).to_bytes())

    # --- gathering ---------------------------------------------------------------------------------------------------

    def _forget_strangers(self) -> None:
        """Who is neither in the roster in force nor in the one before it is not linked any more."""
        names = {member.name for roster in self._store.rosters[-2:] for member in roster.members}
        for gone in (self._ahead.keys() | self._newest_of.keys()) - names:
            self._ahead.pop(gone, None)
            self._newest_of.pop(gone, None)

    def _gather_ahead(self) -> None:
        """Count what came before its block did; its link may be gone by now, so a bad one is only passed over."""
        size = self._store.tip.log_size
        for peer, waiting in self._ahead.items():
            found = waiting.get(size)
            for each in [each for each in waiting if each <= size]:
                del waiting[each]
            if found is not None:
                try:
                    self._gather(peer, found)
                except Malformed as error:
                    log.info("cosignature passed over", reason=str(error))

    def _gather(self, peer: str, cosignature: Cosignature) -> None:
        """Count one cosignature of a committed size, and publish where that makes a quorum or adds to one.

        Raises Malformed where the signature is not the peer's under the roster that governs this size.
        """
        opened = self._open.at(cosignature.size)
        if opened is None or peer in opened.lines:
            return
        member = opened.roster.by_name(peer)
        if member is None:
            raise Malformed(f"{peer} cosigned {opened.size} leaves and is no member of roster {opened.roster.version}")
        other = opened.add(member, cosignature)
        if other is None:
            self._settle(opened)
        else:
            self._fork(peer, opened, other.to_bytes())

    def _fork(self, peer: str, opened: Gathering, other: bytes) -> None:
        if peer in opened.disputed_by:
            return
        opened.disputed_by.add(peer)
        self._metrics.alarms.labels("fork").inc()
        log.critical(
            "two roots for one size",
            peer=peer,
            size=opened.size,
            own_root=opened.checkpoint.root.hex(),
            other=other.decode(),
            next_step="keep this line: it proves that an institution signed another log; call its operator",
        )

    def _settle(self, opened: Gathering) -> None:
        """Add this node's log line where enough have cosigned, and publish what may be published now."""
        speaker = self._speaker(opened.roster) if opened.is_cosigned else None
        if speaker is not None and self._name not in opened.log_lines:
            member, keys = speaker
            opened.log_lines[self._name] = sign_checkpoint(opened.checkpoint, member.log, keys.log)
        begun = all(version > opened.roster.version for version in self._open.boundaries)
        if opened.is_proven and begun and opened.moment is not None:
            self._publish(opened, opened.moment)

    def _publish(self, opened: Gathering, moment: Moment) -> None:
        """Every line was verified when it was gathered; together they are what `verify_checkpoint` asks for."""
        note = opened.note
        if self.snapshot is not None and self.snapshot.checkpoint == note:
            return
        if self.snapshot is None or self.snapshot.size < opened.size:
            self._metrics.proof_latency.observe((self._clock.mono_ms() - opened.since_ms) / 1000)
        self._open.drop_before(opened.size)
        self.snapshot = Snapshot(moment, note)
        self._published(self.snapshot)

    def _is_late(self, opened: Gathering) -> bool:
        return self._clock.mono_ms() - opened.since_ms >= ASK_S * 1000
