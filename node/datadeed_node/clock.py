"""The two clocks of a node: one that only runs forward, for time-outs, and the world's, for block times."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """offset_ms: how far the world's clock is off on purpose; tests only."""

    offset_ms: int = 0

    def mono_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def utc_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.offset_ms
