"""The vote guard: the only place that decides whether a vote may be signed. Consensus spec section 2.4.

It knows nothing of timers, gates, clocks or messages: those only ever withhold a vote that the guard allows. Every
vote in the program passes here once, is made durable, and is afterwards re-sent, never re-made.
"""

from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What a vote says; the number is the byte in the signed statement."""

    NOTARIZE = 1
    NULLIFY = 2
    FINALIZE = 3


@dataclass(frozen=True, slots=True)
class OwnVotes:
    """This member's own durable votes in one view."""

    notarize: bytes | None = None  # block digest
    nullify: bool = False
    finalize: bytes | None = None  # block digest


@dataclass(frozen=True, slots=True)
class Situation:
    """What the guard must know besides the own votes of the view."""

    epoch_open: bool  # false also where the vote table was lost, or an alarm halted this member
    final_view: int  # durable
    cur: int
    notarized: bytes | None  # digest whose notarization in this very view is held
    executed: bool  # that block and its ancestors above final are held and executed valid


def may_vote(kind: Kind, view: int, digest: bytes | None, own: OwnVotes, at: Situation) -> bool:
    """Whether signing this vote keeps every promise of section 2.4."""
    if not at.epoch_open or view <= at.final_view:
        return False
    if own.nullify or own.finalize is not None:
        return False
    if kind is Kind.NULLIFY:
        return digest is None and view == at.cur
    if digest is None:
        return False
    if kind is Kind.NOTARIZE:
        return own.notarize is None and view == at.cur
    return own.notarize in (None, digest) and at.notarized == digest and at.executed
