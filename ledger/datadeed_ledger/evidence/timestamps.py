"""Time-stamp tokens: a time for a checkpoint from somebody outside of the ledger, so that not even all of its
institutions together can say later that it is older than it is.

What is stamped is a checkpoint's body, its three lines and nothing else: signature lines differ between replicas and
come later. A token in a pack stands with its checkpoint, proven like any, and with the consistency proof from there to
the pack's own; so it covers every leaf below its size, and says of them "not later than".

Checked here: all but the authority's signature. That needs X.509 and the certificates that a court trusts, which
whoever verifies brings along as an `AuthorityCheck`; without one a token is reported as present and never as passed.
Spec: docs/spec/evidence.md section 8; docs/spec/ledger.md section 7.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from datadeed_ledger.checkpoint import Checkpoint, SignedCheckpoint, verify_checkpoint
from datadeed_ledger.encoding import sha256, time_text
from datadeed_ledger.errors import Unproven
from datadeed_ledger.evidence.consistency import prove_consistency
from datadeed_ledger.evidence.names import Contents, TimestampPart, timestamp_part
from datadeed_ledger.evidence.report import TimestampFacts
from datadeed_ledger.evidence.rosters import Rosters
from datadeed_ledger.evidence.trail import Undecided, in_part, require
from datadeed_ledger.roster import Roster
from datadeed_ledger.timestamp_token import TimestampToken

CLOCKS_APART_MS_MAX: Final = 60_000  # the authority's clock may be so far behind the institutions'

AuthorityCheck = Callable[[bytes, bytes], str]
"""(time-stamp response, the bytes that it is over) -> who signed it; raises Unproven where nobody trusted did"""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A published checkpoint with the time-stamp response over its body, as a node keeps them."""

    size: int
    note: bytes
    response: bytes


@dataclass(frozen=True, slots=True)
class Stamped:
    """A token that is over a checkpoint of this ledger. authority: None where its signature was not checked."""

    signed: SignedCheckpoint
    token: TimestampToken
    authority: str | None

    def facts(self, about: Sequence[int]) -> TimestampFacts:
        """For the report. about: the log indexes of the entries that the pack is for."""
        size = self.signed.checkpoint.size
        return TimestampFacts(
            size=size,
            checkpoint_time_s=self.signed.time_s,
            time_ms=self.token.time_ms,
            accuracy_ms=self.token.accuracy_ms,
            serial=f"{self.token.serial:x}",
            authority=self.authority,
            covers=tuple(index for index in about if index < size),
        )


def read_stamp(stamp: Stamp, roster: Roster) -> Stamped:
    """What a kept stamp says. Raises Unproven or Malformed unless it is over its own, proven, checkpoint in time."""
    signed = verify_checkpoint(stamp.note, roster, None)
    checkpoint = signed.checkpoint
    require(checkpoint.size == stamp.size, f"the checkpoint has {checkpoint.size} leaves, not {stamp.size}")
    token = TimestampToken.parse(stamp.response)
    require(token.imprint == sha256(checkpoint.body), "the time-stamp is over something else than this checkpoint")
    early = token.latest_ms + CLOCKS_APART_MS_MAX < signed.time_s * 1000
    said = time_text(token.time_ms)
    require(not early, f"the time-stamp says {said}, before the checkpoint was signed, {signed.time_s} s since 1970")
    return Stamped(signed, token, None)


def prove_timestamps(
    contents: Contents, newest: Checkpoint, rosters: Rosters, check_authority: AuthorityCheck | None
) -> tuple[Stamped, ...]:
    """Every token of the pack, held against the pack's checkpoint. Raises Unproven or Malformed."""
    found = tuple(_prove(part, newest, rosters.at(part.size).roster) for part in contents.timestamps)
    if check_authority is None:
        return found
    pairs = zip(found, contents.timestamps, strict=True)
    return tuple(_with_authority(each, part, check_authority) for each, part in pairs)


def _prove(part: TimestampPart, newest: Checkpoint, roster: Roster) -> Stamped:
    with in_part(f"timestamps/{part.size}"):
        stamped = read_stamp(Stamp(part.size, part.checkpoint, part.response), roster)
    with in_part(timestamp_part(part.size, "consistency.txt")):
        prove_consistency(part.consistency, stamped.signed.checkpoint, newest)
    return stamped


def _with_authority(stamped: Stamped, part: TimestampPart, check: AuthorityCheck) -> Stamped:
    """A token of an authority that the verifier does not trust decides nothing; it does not contradict the ledger."""
    try:
        authority = check(part.response, stamped.signed.checkpoint.body)
    except Unproven as error:
        name = timestamp_part(part.size, "tsr")
        raise Undecided("timestamps", f"{name}: no authority that you trust signed it: {error.reason}") from error
    return Stamped(stamped.signed, stamped.token, authority)
