"""The twenty points of a verification, whether it passed or where it stopped.

Every step of the verification stands in the point that it belongs to, with its mark; a point that nothing speaks to
says *not provided*. Spec: docs/spec/events.md, "The proof report a judge needs".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from datadeed.proof_report import handed_points, record_points, state_points, time_points, trust_points
from datadeed.proof_report.plain import plain
from datadeed.proof_report.values import LINES_MAX, Handed, Line, Mark, Point, ProofReport
from datadeed.proof_report.words import AND_MORE, NOT_PROVIDED, NOT_REACHED, POINT_TITLES
from datadeed_ledger.evidence import NotProven, Outcome, Report, Step, Unreadable

# The point that each step of the verification speaks to.
STEP_POINTS: Final = {
    "container": 2,
    "fingerprint": 20,
    "checkpoint": 11,
    "header": 11,
    "policy": 15,
    "inclusion": 8,
    "blocks": 8,
    "signatures": 5,
    "question": 10,
    "records": 10,
    "history": 10,
    "deposits": 10,
    "items": 3,
    "disclosures": 19,
    "file": 2,
    "rules": 16,
    "time": 16,
    "timestamps": 6,
    "rosters": 11,
    "retirement": 11,
}
_ELSEWHERE: Final = 1
_STEP_MARKS: Final = {True: Mark.HELD, False: Mark.FAILED, None: Mark.MISSING}


def report_of(report: Report, handed: Handed) -> ProofReport:
    """The proof report of a pack that passed."""
    found: dict[int, Iterable[Line]] = {
        1: handed_points.conclusion(report),
        2: handed_points.files(handed, report.steps),
        3: record_points.digests(report),
        4: record_points.places(report),
        5: record_points.signers(report),
        6: time_points.times(report),
        7: record_points.before_chaining(report),
        8: record_points.inclusion(report),
        9: trust_points.consistency(report, handed),
        10: record_points.completeness(report),
        11: trust_points.institutions(report),
        12: trust_points.interest(report),
        13: trust_points.qualifications(),
        14: handed_points.making(handed),
        15: handed_points.alone(handed),
        16: state_points.states(report),
        17: state_points.superseded(report),
        18: time_points.anomalies(report),
        19: record_points.sealed(report),
        20: handed_points.fingerprint(handed, report.origin),
    }
    return _report(report.outcome, report.steps, found, handed)


def report_of_failure(failure: NotProven | Unreadable, handed: Handed) -> ProofReport:
    """The proof report of a verification that stopped: at which step, why, and what had been found by then."""
    found: dict[int, Iterable[Line]] = {
        1: handed_points.stopped(failure.outcome, failure.steps[-1], failure.reason),
        2: handed_points.files(handed, failure.steps),
        7: record_points.nothing_before(),
        13: trust_points.qualifications(),
        14: handed_points.making(handed),
        15: handed_points.alone(handed),
        20: handed_points.fingerprint(handed, None),
    }
    return _report(failure.outcome, failure.steps, found, handed)


def _report(outcome: Outcome, steps: Sequence[Step], found: dict[int, Iterable[Line]], handed: Handed) -> ProofReport:
    nothing = Line.of(Mark.MISSING, NOT_PROVIDED if outcome is Outcome.PASSED else NOT_REACHED)
    points = tuple(
        Point(number, title, _bounded([*_step_lines(steps, number), *found.get(number, ())]) or (nothing,))
        for number, title in enumerate(POINT_TITLES, start=1)
    )
    return ProofReport(outcome, handed.fingerprint.hex(), handed.made_at_ms, handed.tool, points)


def _step_lines(steps: Sequence[Step], number: int) -> Iterator[Line]:
    for step in steps:
        if STEP_POINTS.get(step.name, _ELSEWHERE) == number:
            yield Line(_STEP_MARKS[step.ok], plain(step.zh), plain(step.en))


def _bounded(lines: Sequence[Line]) -> tuple[Line, ...]:
    if len(lines) <= LINES_MAX:
        return tuple(lines)
    more = Line.of(Mark.STATED, AND_MORE, count=len(lines) - LINES_MAX + 1)
    return (*islice(lines, LINES_MAX - 1), more)
