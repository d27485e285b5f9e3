"""The timing of one ledger, fixed by its founding document: integers in milliseconds, and the back-off over them.

Sizes and counts that bound memory are not here: each stands beside the code that it bounds. Spec sections 2.6, 2.9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from datadeed_ledger.encoding import Json
from datadeed_ledger.errors import Malformed

PARAMETER_MS_MAX = 3_600_000
SLACK_DOUBLINGS_MAX = 6  # a block never states a worse accuracy than 2^6 times `past_ms`
BACKOFF_ROUNDS_MAX = 64  # 1.5^64 is beyond every cap that PARAMETER_MS_MAX allows


@dataclass(frozen=True, slots=True)
class Parameters:
    """Defaults are for one country, 25 to 50 ms one way."""

    delta_ms: int = 300  # Δ: bound on a one-way delay
    budget_ms: int = 300  # B: building a block, or executing one
    min_block_interval_ms: int = 20  # since the parent was first seen; no delay on an idle ledger
    idle_ms: int = 60_000  # a heartbeat block after this long without one
    status_ms: int = 1_000  # between Status messages while anything is unfinalized
    status_idle_ms: int = 5_000  # and otherwise
    backoff_max_ms: int = 60_000  # cap of a view's time-out
    future_ms: int = 500  # D_future: how far ahead of a voter's clock a block may be
    past_ms: int = 2_000  # D_past: how far behind, doubled while nothing becomes final

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is not int or not 1 <= value <= PARAMETER_MS_MAX:
                raise Malformed(f"consensus.{field.name} is not an integer from 1 to {PARAMETER_MS_MAX}")
        if self.backoff_max_ms < self.view_ms:
            raise Malformed(f"consensus.backoff_max_ms is below the time-out of a view, {self.view_ms} ms")
        if self.min_block_interval_ms * 4 > self.proposal_ms:
            raise Malformed(f"consensus.min_block_interval_ms is above a quarter of {self.proposal_ms} ms")

    @classmethod
    def from_json(cls, consensus: Mapping[str, Json]) -> Parameters:
        """The `consensus` object of genesis.json: any of the names above; what is absent has its default."""
        known = {field.name for field in fields(cls)}
        values: dict[str, int] = {}
        for name, value in consensus.items():
            if name not in known or type(value) is not int:
                raise Malformed(f"consensus.{name} is not one of {', '.join(sorted(known))} with an integer")
            values[name] = value
        return cls(**values)

    @property
    def gate_ms(self) -> int:
        """T_gate: how long a leader with work waits for its parent to become final."""
        return 2 * self.delta_ms

    @property
    def proposal_ms(self) -> int:
        """T_prop: an armed view without a proposal is given up after this."""
        return self.gate_ms + self.budget_ms + 3 * self.delta_ms

    @property
    def view_ms(self) -> int:
        """T_view: an armed view without a certificate is given up after this."""
        return self.gate_ms + 2 * self.budget_ms + 4 * self.delta_ms

    @property
    def tail_ms(self) -> int:
        """T_tail: entries notarized but not final this long after are finalized by one empty block."""
        return 2 * self.delta_ms

    @property
    def silent_ms(self) -> int:
        """T_silent: a leader not heard for this long, while a quorum is, is not waited for."""
        return 10 * self.view_ms

    def backed_off(self, base_ms: int, gap: int, faults: int) -> int:
        """`base_ms` times min(1.5^⌊gap/(f+1)⌋, backoff_max/T_view), in integers."""
        rounds = min(gap // (faults + 1), BACKOFF_ROUNDS_MAX)
        grown: int = base_ms * 3**rounds // 2**rounds
        return min(grown, base_ms * self.backoff_max_ms // self.view_ms)

    def slack_ms(self, gap: int, faults: int) -> int:
        """The accuracy that a leader states for its block."""
        return self.past_ms << min(gap // (faults + 1), SLACK_DOUBLINGS_MAX)

    def slack_allowed_ms(self, gap: int, faults: int) -> int:
        """The worst accuracy that a voter accepts: one doubling more, as its gap may lag behind the leader's."""
        return self.past_ms << min(gap // (faults + 1) + 1, SLACK_DOUBLINGS_MAX)

    @property
    def slack_max_ms(self) -> int:
        return self.past_ms << SLACK_DOUBLINGS_MAX
