"""Each signature is verified once a node: at the door, by gossip or in a proposal, whichever comes first.

What was verified is remembered under H(public key || signature || message), every byte that the verdict depends on, in
a table of bounded size that forgets the oldest. Only good signatures are remembered; a bad one is verified again, at
its sender's cost.
"""

from __future__ import annotations

from hashlib import sha256

from datadeed_ledger.entry import Entry
from datadeed_ledger.keys import verify
from datadeed_node.metrics import Metrics

# Everything that may wait in the mempool and what is in flight, with room; about 13 MB when full.
REMEMBERED_MAX = 65_536


class Signatures:
    """Satisfies `CheckSignature` by calling `check`."""

    def __init__(self, metrics: Metrics) -> None:
        self._good: dict[bytes, None] = {}
        self._checks = metrics.signature_checks

    def check(self, public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
        """Raise Unproven unless `signature` over `message` is by this key."""
        del entry
        digest = sha256(public_key + signature + message).digest()
        if digest in self._good:
            return
        self._checks.inc()
        verify(public_key, message, signature)
        if len(self._good) >= REMEMBERED_MAX:
            del self._good[next(iter(self._good))]
        self._good[digest] = None
