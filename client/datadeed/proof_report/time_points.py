"""Points of a report about time: every time on a line of its own, their order, and what is out of order.

The only clock of law is the block's; cosignatures, claims and receipts are evidence beside it.
Spec: docs/spec/events.md, "Time".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from datadeed.proof_report.reading import about, field, moment
from datadeed.proof_report.values import Line, Mark
from datadeed.proof_report.words import TEXTS
from datadeed_ledger.evidence import PackKind, Report
from datadeed_ledger.evidence.report import EntryFacts, TimestampFacts
from datadeed_ledger.evidence.timestamps import CLOCKS_APART_MS_MAX

SECOND_MS = 1000
WHOLE = (PackKind.TITLE, PackKind.ASSET)


def times(report: Report) -> Iterator[Line]:
    """Point 6."""
    claimed = list(_claimed(report))
    if not claimed:
        yield Line.of(Mark.MISSING, TEXTS["no_formed"])
    for entry, time_ms in claimed:
        yield Line.of(Mark.STATED, TEXTS["formed"], moment(time_ms), index=entry.index)
    for entry in about(report):
        value = f"{moment(entry.block_time_ms)} (± {entry.slack_ms} ms)"
        yield Line.of(Mark.HELD, TEXTS["block_time"], value, index=entry.index)
    checkpoint = report.checkpoint
    newest = f"{moment(checkpoint.header_time_ms)} (± {checkpoint.slack_ms} ms)"
    yield Line.of(Mark.HELD, TEXTS["newest_block"], newest)
    cosigned = moment(checkpoint.time_s * SECOND_MS)
    yield Line.of(Mark.HELD, TEXTS["cosigned"], cosigned, count=len(checkpoint.cosigners))
    yield from _tokens(report)
    yield from order(report)


def order(report: Report) -> Iterator[Line]:
    """Whether the times follow each other as they should, a line for each pair of clocks."""
    claimed = list(_claimed(report))
    late = [entry for entry, time_ms in claimed if time_ms > entry.block_time_ms]
    for entry in late:
        yield Line.of(Mark.FAILED, TEXTS["order_claimed_late"], index=entry.index)
    if claimed and not late:
        yield Line.of(Mark.HELD, TEXTS["order_claimed"])
    if report.entries:
        ascending = _ascending(report)
        yield Line.of(*((Mark.HELD, TEXTS["order_blocks"]) if ascending else (Mark.FAILED, TEXTS["order_blocks_not"])))
    in_order = _cosigned_after(report)
    name = "order_cosigned" if in_order else "order_cosigned_early"
    yield Line.of(Mark.HELD if in_order else Mark.FAILED, TEXTS[name])
    early = [stamp for stamp in report.timestamps if not _stamped_after(stamp)]
    for stamp in early:
        yield Line.of(Mark.FAILED, TEXTS["order_tokens_early"], serial=stamp.serial)
    if report.timestamps and not early:
        yield Line.of(Mark.HELD, TEXTS["order_tokens"])


def anomalies(report: Report) -> Iterator[Line]:
    """Point 18: changes of keys, suspensions, clocks out of order."""
    found = [line for line in order(report) if line.mark is Mark.FAILED]
    for entry in report.entries:
        if entry.kind in ("update_party", "suspend"):
            name = "key_change" if entry.kind == "update_party" else "suspension"
            value = f"party/{field(entry, 'party')} · {moment(entry.block_time_ms)}"
            found.append(
                Line.of(Mark.STATED, TEXTS[name], value, index=entry.index, reason=str(field(entry, "reason")))
            )
    yield from found
    if not found:
        yield Line.of(Mark.HELD, TEXTS["no_anomaly"])
    if report.kind not in WHOLE:
        yield Line.of(Mark.STATED, TEXTS["keys_partly"])


def _tokens(report: Report) -> Iterator[Line]:
    """The time-stamps; where there are none, the step says so."""
    for stamp in report.timestamps:
        time = moment(stamp.time_ms) + ("" if stamp.accuracy_ms is None else f" (± {stamp.accuracy_ms} ms)")
        if stamp.authority is None:
            yield Line.of(Mark.STATED, TEXTS["token_unchecked"], time)
        else:
            yield Line.of(Mark.HELD, TEXTS["token"], time, authority=stamp.authority)
        covers = ", ".join(map(str, stamp.covers)) or "–"
        mark = Mark.STATED if stamp.authority is None else Mark.HELD
        yield Line.of(mark, TEXTS["token_value"], serial=stamp.serial, size=stamp.size, covers=covers)


def _stamped_after(stamp: TimestampFacts) -> bool:
    """As the judge counts: an authority's clock may be a minute behind."""
    latest_ms = stamp.time_ms + (stamp.accuracy_ms or 0) + SECOND_MS + CLOCKS_APART_MS_MAX
    return latest_ms >= stamp.checkpoint_time_s * SECOND_MS


def _claimed(report: Report) -> Iterator[tuple[EntryFacts, int]]:
    """The entries that claim when their data were formed, with that time in ms."""
    for entry in report.entries:
        claim = field(entry, "formed_at")
        if isinstance(claim, str) and claim.isascii() and claim.isdecimal():
            yield entry, int(claim)


def _ascending(report: Report) -> bool:
    entries = sorted(report.entries, key=lambda entry: entry.index)
    return all(
        before.height == after.height or before.block_time_ms < after.block_time_ms
        for before, after in pairwise(entries)
    )


def _cosigned_after(report: Report) -> bool:
    """A cosignature's time covers its whole second."""
    checkpoint = report.checkpoint
    return checkpoint.time_s * SECOND_MS + SECOND_MS - 1 >= checkpoint.header_time_ms - checkpoint.slack_ms
