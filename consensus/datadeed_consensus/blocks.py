"""Block bodies above the committed tip, and what executing them said. Spec sections 2.3, D3, R12, R13.

A verdict is on the block upon its own parent, so it never changes; it is never stored. Bodies of blocks that can
still become final are kept, and of all others none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from datadeed_consensus.effects import Execute
from datadeed_consensus.setup import BlockMeta, Floor
from datadeed_consensus.turn import Turn
from datadeed_consensus.votes import Certificate

KEPT_BYTES_MAX = 64 * 1024 * 1024  # of bodies that neither a certificate nor an open view asks for


class Verdict(Enum):
    UNKNOWN = "not asked"
    RUNNING = "asked"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(slots=True)
class Held:
    meta: BlockMeta
    data: bytes
    seen_ms: int  # monotonic
    verdict: Verdict = Verdict.UNKNOWN
    reason: str = ""
    is_final: bool = False  # proven by a finalization of it or of a descendant
    finalization: Certificate | None = None


class Blocks:
    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._held: dict[bytes, Held] = {}

    def get(self, digest: bytes) -> Held | None:
        return self._held.get(digest)

    def add(self, meta: BlockMeta, data: bytes) -> Held:
        held = self._held.setdefault(meta.digest, Held(meta, data, self._turn.mono_ms))
        self._turn.changed = True
        return held

    def settle(self, digest: bytes, ok: bool, reason: str) -> None:
        """The driver's answer to Execute."""
        held = self._held.get(digest)
        if held is not None:
            held.verdict = Verdict.VALID if ok else Verdict.INVALID
            held.reason = reason

    def verdict(self, held: Held, floor: Floor) -> Verdict:
        """What is known; asks for execution if that is possible now and was not done before."""
        if held.verdict is Verdict.UNKNOWN and self._can_run(held.meta, floor):
            held.verdict = Verdict.RUNNING
            self._turn.order(Execute(held.meta.digest, held.data, held.meta.parent))
        return held.verdict

    def _can_run(self, meta: BlockMeta, floor: Floor) -> bool:
        # D3: entries only on the committed tip; an empty block also on a valid block that is not committed yet.
        if meta.parent == floor.digest:
            return True
        parent = self._held.get(meta.parent)
        return meta.is_empty and parent is not None and parent.verdict is Verdict.VALID

    def chain(self, digest: bytes, floor: Floor) -> tuple[list[Held], bytes | None]:
        """The held blocks from just above the floor up to `digest`, lowest first, and the first digest missing
        below them. A chain that meets the floor's height beside the floor is missing nothing and starts there."""
        upwards: list[Held] = []
        while digest != floor.digest:
            held = self._held.get(digest)
            if held is None:
                return upwards[::-1], digest
            upwards.append(held)
            if held.meta.height <= floor.height + 1:
                break
            digest = held.meta.parent
        return upwards[::-1], None

    def next_final(self, floor: Floor) -> Held | None:
        """The proven child of the floor."""
        for held in self._held.values():
            if held.is_final and held.meta.parent == floor.digest:
                return held
        return None

    def rebase(self, floor: Floor) -> None:
        """Drop what does not descend from the new floor; what hangs in the air above it may still prove to."""
        lost = {digest for digest, held in self._held.items() if held.meta.height <= floor.height}
        while True:
            more = [
                digest
                for digest, held in self._held.items()
                if digest not in lost and held.meta.parent != floor.digest and self._is_loser(held.meta, floor, lost)
            ]
            if not more:
                break
            lost.update(more)
        self._held = {digest: held for digest, held in self._held.items() if digest not in lost}

    def _is_loser(self, meta: BlockMeta, floor: Floor, lost: set[bytes]) -> bool:
        return meta.parent in lost or meta.height == floor.height + 1

    def keep(self, wanted: set[bytes], spare: list[bytes]) -> None:
        """Keep final and `wanted` bodies, and of `spare` ones (newest first) as many as the limit allows."""
        room = KEPT_BYTES_MAX
        kept: set[bytes] = set(wanted)
        for digest in spare:
            held = self._held.get(digest)
            room -= 0 if held is None or digest in kept else len(held.data)
            if room >= 0:
                kept.add(digest)
        self._held = {digest: held for digest, held in self._held.items() if held.is_final or digest in kept}
