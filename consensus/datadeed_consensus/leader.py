"""Who leads a view: round robin over an order that no member can choose. Spec section 2.1.

Never a function of certificates, whose bytes differ between replicas.
"""

from __future__ import annotations

from collections.abc import Sequence

from datadeed_ledger.encoding import sha256


def leader_order(epoch_id: bytes, vote_keys: Sequence[bytes]) -> tuple[int, ...]:
    """Signer indexes ordered by SHA256(epoch_id ‖ vote key); the leader of view v stands at v mod n."""
    return tuple(sorted(range(len(vote_keys)), key=lambda index: sha256(epoch_id + vote_keys[index])))
