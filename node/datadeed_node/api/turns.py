"""Long answers: in slices, so that the loop has its turn in between, and a few at a time.

The same loop takes part in consensus; an answer that held it for a tenth of a second would be felt by all institutions,
and so would a hundred answers that each take their slice in every turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

from datadeed_ledger.errors import Busy

SLICE_S: Final = 0.002  # work between two turns of the loop
RETRY_AFTER_S: Final = 2


class Turn:
    """One answer's share of the loop."""

    def __init__(self) -> None:
        self._ends_s = monotonic() + SLICE_S

    async def rest(self) -> None:
        """Let the loop have its turn, if this answer has had its slice."""
        if monotonic() > self._ends_s:
            await asyncio.sleep(0)
            self._ends_s = monotonic() + SLICE_S


class Gate:
    """Lets `at_once_max` answers of one sort be worked on; of `asked_max` the others wait; beyond: Busy."""

    def __init__(self, what: str, *, at_once_max: int, asked_max: int) -> None:
        self._what = what
        self._rooms = asyncio.Semaphore(at_once_max)
        self._asked = 0
        self._asked_max = asked_max

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """Work on one answer, once there is room. Raises Busy."""
        if self._asked >= self._asked_max:
            raise Busy(f"as many {self._what} as this node works on at a time are asked for", RETRY_AFTER_S)
        self._asked += 1
        try:
            async with self._rooms:
                yield
        finally:
            self._asked -= 1
