"""What a core is made from: the epoch, its members' keys, the timing, and the four functions it borrows.

Spec sections 2.1 and "How it meets the ledger".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from datadeed_consensus.parameters import Parameters
from datadeed_ledger.encoding import sha256
from datadeed_ledger.keys import EPOCH_TAG


def epoch_id(fingerprint: bytes, epoch: int, roster_digest: bytes, consensus_digest: bytes) -> bytes:
    """SHA256(tag ‖ fingerprint ‖ u64 epoch ‖ H(roster document) ‖ H(JCS(genesis.consensus))), 32 bytes."""
    return sha256(EPOCH_TAG + fingerprint + epoch.to_bytes(8, "big") + roster_digest + consensus_digest)


@dataclass(frozen=True, slots=True)
class BlockMeta:
    """All that consensus knows of a block."""

    digest: bytes  # of the header's bytes; fixes everything else
    height: int
    parent: bytes  # digest
    time_ms: int
    slack_ms: int
    is_empty: bool
    ends_epoch: bool


@dataclass(frozen=True, slots=True)
class Floor:
    """The last committed block. Genesis: view 0 and no certificate.

    view, certificate: of the newest `Deliver` that carried one. They count only where the core's own rows do not
    know the block better.
    """

    height: int
    digest: bytes
    time_ms: int
    view: int
    certificate: bytes


@dataclass(frozen=True, slots=True)
class Setup:
    epoch: int
    epoch_id: bytes
    vote_keys: tuple[bytes, ...]  # by signer index
    own: int | None  # signer index; None follows without voting
    parameters: Parameters
    read_meta: Callable[[bytes], BlockMeta]  # raises Malformed
    sign: Callable[[bytes], bytes]  # a statement's bytes
    verify: Callable[[bytes, bytes, bytes], bool]  # (public key, message, signature)
    is_new: bool = True  # False where this member had rows before: then rows without a sentinel are a loss
