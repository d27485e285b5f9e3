"""The trail of a verification: steps that held, in order, and the first that did not.

A check raises `Unproven` or `Malformed` with its reason; the trail says which step of the pack that was and keeps what
came before, so that the judge reads the same list up to the point where it stops.
Spec: docs/spec/evidence.md section 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from datadeed_ledger.errors import Malformed, Refused, Unproven
from datadeed_ledger.evidence.catalogue import STEPS, failed, not_provided, passed
from datadeed_ledger.evidence.report import NotProven, Outcome, Step, Unreadable


class Undecided(Unproven):
    """A check that cannot answer, whatever its step usually means: another roster's word, nothing to compare with."""


class NotThere(Unproven):
    """The log does not hold what the pack says that it holds."""


class RuleBroken(Unproven):
    """An entry of a history that a rule of the register does not permit where it stands."""

    def __init__(self, index: int, kind: str, refusal: Refused) -> None:
        super().__init__("rules", f"entry {index} ({kind}) breaks rule {refusal.number}: {refusal.en}")
        self.zh = f"日志序号 {index} 的条目（{kind}）违反第 {refusal.number} 号规则：{refusal.zh}"
        self.refusal = refusal


class Trail:
    """Steps so far. A step is entered with `step`, and closed by `held` or `missing` inside it."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Run the checks of one step. Raises `NotProven` or `Unreadable`, with the steps before, and nothing else."""
        try:
            yield
        except Undecided as error:
            raise self._not_proven(name, Outcome.CANNOT_DECIDE, error.reason) from error
        except NotThere as error:
            raise self._not_proven(name, Outcome.NOT_ON_LEDGER, error.reason) from error
        except RuleBroken as error:
            step, before = failed(name, error.reason, error.zh), tuple(self.steps)
            raise NotProven(STEPS[name].failed, step, error.reason, before, error.refusal) from error
        except Unproven as error:
            raise self._not_proven(name, STEPS[name].failed, error.reason) from error
        except Malformed as error:
            raise Unreadable(failed(name, str(error)), str(error), tuple(self.steps)) from error

    def held(self, name: str, en: str = "", zh: str = "") -> None:
        """The step held; en, zh: what it found."""
        self.steps.append(passed(name, en, zh))

    def missing(self, name: str, wording: tuple[str, str]) -> None:
        """There was nothing to check."""
        self.steps.append(not_provided(name, *wording))

    def _not_proven(self, name: str, outcome: Outcome, reason: str) -> NotProven:
        return NotProven(outcome, failed(name, reason), reason, tuple(self.steps))


@contextmanager
def in_part(name: str) -> Iterator[None]:
    """Name the part of the pack that a check speaks of."""
    try:
        yield
    except Unproven as error:
        raise type(error)(error.step, f"{name}: {error.reason}") from error
    except Malformed as error:
        raise Malformed(f"{name}: {error}") from error


def require(condition: bool, reason: str) -> None:
    """Raise `Unproven` with this reason unless the condition holds; the trail knows the step."""
    if not condition:
        raise Unproven("evidence", reason)
