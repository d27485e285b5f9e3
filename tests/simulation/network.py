"""The weather between simulated members: loss, delay, duplication, reordering, walls in one or both directions.

A link carries whole messages or nothing. Delays are drawn for each message, so messages overtake each other. All
choices come from the given random numbers. It leaves out addressing and delivery, which the cluster does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

TAIL_PERMILLE = 50  # of messages take ten times as long, where the weather has a tail


@dataclass(slots=True)
class Weather:
    """delay_ms: least and most, one way; loss, duplication in thousandths; walls: (from, to) pairs of seats."""

    delay_ms: tuple[int, int] = (25, 50)
    loss_permille: int = 0
    duplicate_permille: int = 0
    tail: bool = False
    walls: set[tuple[int, int]] = field(default_factory=set)

    def arrivals_ms(self, source: int, target: int, random: Random) -> list[int]:
        """After how many ms the message arrives, once for each copy; empty if it is lost."""
        if (source, target) in self.walls or random.randrange(1000) < self.loss_permille:
            return []
        arrivals = [self._delay_ms(random)]
        if self.duplicate_permille and random.randrange(1000) < self.duplicate_permille:
            arrivals.append(self._delay_ms(random))
        return arrivals

    def _delay_ms(self, random: Random) -> int:
        least, most = self.delay_ms
        delay_ms = least + random.randrange(most - least + 1)
        if self.tail and random.randrange(1000) < TAIL_PERMILLE:
            delay_ms *= 10
        return delay_ms

    # --- walls --------------------------------------------------------------------------------------------------------

    def split(self, *groups: Iterable[int]) -> None:
        """Seats of different groups hear nothing of each other; replaces all other walls."""
        parts = [tuple(group) for group in groups]
        self.walls = {
            (source, target)
            for one in parts
            for other in parts
            if one is not other
            for source in one
            for target in other
        }

    def wall(self, source: int, target: int) -> None:
        """One direction only."""
        self.walls.add((source, target))

    def isolate(self, seat: int, seats: int) -> None:
        """Nothing to or from this seat, beside what walls there are."""
        for other in range(seats):
            if other != seat:
                self.walls |= {(seat, other), (other, seat)}

    def clear(self) -> None:
        self.walls.clear()
