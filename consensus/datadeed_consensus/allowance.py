"""How much of a costly thing each peer may ask for: a token bucket a peer, in whole units. Spec section 2.12."""

from __future__ import annotations


class Allowance:
    def __init__(self, size: int, per_second: int, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst * 1000  # thousandths of a unit, so that milliseconds refill without rounding
        self._left = [self._burst] * size
        self._at_ms = [0] * size

    def spend(self, peer: int, units: int, now_ms: int) -> bool:
        """Take `units` if the peer has them left."""
        refill = (now_ms - self._at_ms[peer]) * self._per_second
        left = min(self._burst, self._left[peer] + refill)
        self._at_ms[peer] = now_ms
        allowed = left >= units * 1000
        self._left[peer] = left - units * 1000 if allowed else left
        return allowed
