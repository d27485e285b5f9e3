"""Long answers in slices: what takes more than a moment lets the loop have its turn in between.

The same loop takes part in consensus; an answer that held it for a tenth of a second would be felt by all institutions.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

SLICE_S: Final = 0.002  # work between two turns of the loop


class Turn:
    """One answer's share of the loop."""

    def __init__(self) -> None:
        self._ends_s = monotonic() + SLICE_S

    async def rest(self) -> None:
        """Let the loop have its turn, if this answer has had its slice."""
        if monotonic() > self._ends_s:
            await asyncio.sleep(0)
            self._ends_s = monotonic() + SLICE_S
