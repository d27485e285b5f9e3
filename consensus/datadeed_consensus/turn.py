"""One step under way: its clock, the one timer, and the effects it will return in the order that the driver owes.

Timers are levels, not edges: a rule asks `due(at)` whenever it is looked at, and what is not yet due becomes part of
the next `Wake`. Nothing is armed, cancelled or forgotten.
"""

from __future__ import annotations

from dataclasses import replace

from datadeed_consensus import effects as fx


class Turn:
    def __init__(self) -> None:
        self.mono_ms = 0
        self.utc_ms = 0
        self.changed = False  # since the last pass over the rules began
        self._wake_ms: int | None = None
        self._puts: dict[bytes, bytes] = {}
        self._deletes: list[bytes] = []
        self._delivers: list[fx.Deliver] = []
        self._said: list[fx.Effect] = []
        self._sent: list[fx.Effect] = []
        self._ordered: list[fx.Effect] = []
        self._ended: list[fx.Effect] = []

    def begin(self, mono_ms: int, utc_ms: int) -> None:
        self.mono_ms = max(self.mono_ms, mono_ms)
        self.utc_ms = utc_ms
        self._puts, self._deletes, self._delivers = {}, [], []
        self._said, self._sent, self._ordered, self._ended = [], [], [], []

    def begin_pass(self) -> None:
        self.changed = False
        self._wake_ms = None

    def due(self, at_mono_ms: int) -> bool:
        """Whether that time has come; if not, the core is woken then at the latest."""
        if at_mono_ms <= self.mono_ms:
            return True
        if self._wake_ms is None or at_mono_ms < self._wake_ms:
            self._wake_ms = at_mono_ms
        return False

    def due_utc(self, at_utc_ms: int) -> bool:
        return self.due(self.mono_ms + at_utc_ms - self.utc_ms)

    def put(self, key: bytes, value: bytes) -> None:
        self._puts[key] = value
        self.changed = True

    def is_put(self, key: bytes) -> bool:
        return key in self._puts

    def delete(self, keys: list[bytes]) -> None:
        self._deletes.extend(keys)

    def deliver(self, effect: fx.Deliver) -> None:
        self._delivers.append(effect)
        self.changed = True

    def say(self, effect: fx.Alarm | fx.RecordEvidence) -> None:
        self._said.append(effect)

    def send(self, effect: fx.Send | fx.Broadcast | fx.ServeBlock | fx.ServeRange | fx.ServeEnd) -> None:
        self._sent.append(effect)

    def order(self, effect: fx.Build | fx.Execute) -> None:
        self._ordered.append(effect)

    def close(self, effect: fx.EpochEnded) -> None:
        """The last effect but `Wake`; whatever was ordered for later is no longer wanted."""
        self._ended = [effect]
        self._ordered = []
        self._wake_ms = None

    def end(self) -> tuple[fx.Effect, ...]:
        durable: list[fx.Effect] = []
        if self._delivers:
            first, last = self._delivers[0], len(self._delivers) - 1
            self._delivers[0] = replace(first, puts=tuple({**self._puts, **dict(first.puts)}.items()))
            self._delivers[last] = replace(self._delivers[last], deletes=tuple(self._deletes))
            durable.extend(self._delivers)
        elif self._puts:
            durable.append(fx.Persist(tuple(self._puts.items()), tuple(self._deletes)))
        return (*durable, *self._said, *self._sent, *self._ordered, *self._ended, fx.Wake(self._wake_ms))
