"""Points of a report that come from what was handed in and asked: conclusion, files, making, checking alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from datadeed.proof_report.plain import plain
from datadeed.proof_report.reading import moment
from datadeed.proof_report.values import Handed, HandedFile, Line, Mark
from datadeed.proof_report.words import TEXTS
from datadeed_ledger.evidence import Outcome, Report, Step
from datadeed_ledger.evidence.catalogue import stopped as stopped_at


def conclusion(report: Report) -> Iterator[Line]:
    """Point 1: one sentence with its limits; since chaining, before chaining, and title kept apart."""
    yield Line(Mark.HELD, plain(report.conclusion_zh), plain(report.conclusion_en))
    for name in ("since", "doubts", "before", "no_title"):
        yield Line.of(Mark.STATED, TEXTS[name])


def stopped(outcome: Outcome, step: Step, reason: str) -> Iterator[Line]:
    """Point 1 of a verification that stopped: where and what that means; the reason is a technical detail beside it."""
    en, zh = stopped_at(step, outcome)
    yield Line.of(Mark.FAILED, TEXTS["not_proven"], stopped=zh, stopped_en=en)
    yield Line.of(Mark.STATED, TEXTS["detail"], reason)
    if outcome is not Outcome.CANNOT_DECIDE:
        yield Line.of(Mark.FAILED, TEXTS["since_failed"])
    for name in ("before", "no_title"):
        yield Line.of(Mark.STATED, TEXTS[name])


def files(handed: Handed, steps: Sequence[Step]) -> Iterator[Line]:
    """Point 2: the files, their sizes and digests as computed now; what was asked. The step says what was compared."""
    yield from _file("handed", handed.pack)
    if handed.attached is not None:
        yield from _file("attached", handed.attached)
    if handed.file is not None:
        yield from _file("disputed", handed.file)
    elif all(step.name != "file" for step in steps):
        yield Line.of(Mark.MISSING, TEXTS["no_disputed"])
    if handed.ask is not None:
        yield Line.of(Mark.STATED, TEXTS["asked"], handed.ask)
    if handed.at_ms is not None:
        yield Line.of(Mark.STATED, TEXTS["asked_at"], moment(handed.at_ms))


def _file(name: str, file: HandedFile) -> Iterator[Line]:
    yield Line.of(Mark.STATED, TEXTS[name], f"{file.name} · {file.size_bytes} bytes")
    yield Line.of(Mark.HELD, TEXTS["digest_now"], file.digest.hex())


def making(handed: Handed) -> Iterator[Line]:
    """Point 14: who made the report, when, with what, and the command that repeats it."""
    if handed.made_by is None:
        yield Line.of(Mark.MISSING, TEXTS["no_made_by"])
    else:
        yield Line.of(Mark.STATED, TEXTS["made_by"], handed.made_by)
    yield Line.of(Mark.STATED, TEXTS["made_at"], moment(handed.made_at_ms))
    yield Line.of(Mark.STATED, TEXTS["tool"], handed.tool)
    yield Line.of(Mark.STATED, TEXTS["command"], handed.command)


def alone(handed: Handed) -> Iterator[Line]:
    """Point 15: three steps that need nothing of ours but the verifier, which has a published digest."""
    for name in ("alone_1", "alone_2", "alone_3"):
        yield Line.of(Mark.STATED, TEXTS[name])
    yield Line.of(Mark.STATED, TEXTS["verifier"], handed.page_digest)


def fingerprint(handed: Handed, origin: str | None) -> Iterator[Line]:
    """Point 20: what the verification stands on, and how the report's own digest is computed."""
    yield Line.of(Mark.STATED, TEXTS["fingerprint"], handed.fingerprint.hex())
    if origin is not None:
        yield Line.of(Mark.HELD, TEXTS["origin"], origin)
    yield Line.of(Mark.STATED, TEXTS["digest_how"])
