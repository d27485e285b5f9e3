"""The chain of title drawn: who stood on record, and what lay on the right, as bars over time.

The axis runs from the entry that opened the right to the moment that the page is of, so that a bar which reaches the
right edge stood then. What ended by time alone ends where the view says that it did. Each bar is told in words too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from datadeed_ledger.calendar_days import DAY_MS, OFFSET_MS, parse_day
from datadeed_ledger.records import Freeze, Right
from datadeed_ledger.view import RightView
from datadeed_node.api.turns import Turn
from datadeed_node.pages.pieces import Piece, Teller, moment
from datadeed_node.pages.title_chain import Step
from datadeed_node.past import Standing
from datadeed_node.register_rows import last_days

BARS_MAX: Final = 60  # beyond, a drawing shows nothing any more
WIDTH_MIN: Final = 0.6  # per cent, so that what lasted a moment is seen
_QUEUED: Final = b"queued"


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the drawing. x, width: per cent of the axis; still: it stood at the axis' end."""

    topic: str
    label: str
    values: tuple[Piece, ...]
    start: Piece
    end: Piece
    still: bool
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class _Span:
    """What stood from one moment to another. start_ms: 0 of what begins with its entry; end_ms: None if it stands."""

    topic: str
    label: str
    values: tuple[Piece, ...]
    start_ms: int
    end_ms: int | None = None


@dataclass(slots=True)
class _Spans:
    """Open and closed spans while the steps are walked through."""

    teller: Teller
    open: dict[bytes, _Span] = field(default_factory=dict)  # by id; a freeze that queues by its id and b"queued"
    last_ms: dict[bytes, int] = field(default_factory=dict)  # by id: when its day ends it, if no entry does before
    done: list[_Span] = field(default_factory=list)

    def take(self, standing: Standing, time_ms: int) -> None:
        """What is recorded from `time_ms` on."""
        found = dict(self._standing(standing))
        for key, span in list(self.open.items()):
            if key not in found:
                begun = found.get(key.removesuffix(_QUEUED))
                self._close(key, time_ms if begun is None else begun[0].start_ms or time_ms, span)
        for key, (span, last_ms) in found.items():
            self.open.setdefault(key, replace(span, start_ms=span.start_ms or time_ms))
            if last_ms is not None:
                self.last_ms[key] = last_ms

    def promote(self, queue: Sequence[Freeze], end_ms: int) -> None:
        """Freezes of the recorded queue that time alone has let take effect by `end_ms`."""
        begins_ms = end_ms + 1
        for freeze, last_day in last_days(queue):
            if freeze.since is None and begins_ms <= end_ms:
                self._close(freeze.id + _QUEUED, begins_ms, self.open[freeze.id + _QUEUED])
                self.open[freeze.id] = self._effective(freeze, begins_ms)
                self.last_ms[freeze.id] = _day_end(last_day)
            begins_ms = _day_end(last_day) + 1

    def finish(self, right_ended_ms: int | None, end_ms: int) -> list[_Span]:
        for key, span in list(self.open.items()):
            self._close(key, right_ended_ms, span)
        spans = [replace(span, end_ms=self._within(span.end_ms, end_ms)) for span in self.done]
        return sorted(spans, key=lambda span: span.start_ms)

    def _close(self, key: bytes, time_ms: int | None, span: _Span) -> None:
        ends = [each for each in (time_ms, self.last_ms.get(key)) if each is not None]
        self.done.append(replace(span, end_ms=min(ends) if ends else None))
        del self.open[key]

    @staticmethod
    def _within(ended_ms: int | None, end_ms: int) -> int | None:
        return None if ended_ms is None or ended_ms > end_ms else ended_ms

    def _standing(self, standing: Standing) -> Iterator[tuple[bytes, tuple[_Span, int | None]]]:
        right, teller = standing.right, self.teller
        word = "applicants" if right.announced_on is None else "holders"
        holders = b"".join(holder.party + holder.share.to_bytes(2, "big") for holder in right.holders)
        yield word.encode() + holders, (self._span("title", word, teller.holders(right.holders)), None)
        for licence in standing.licences:
            values = (teller.party(licence.licensee), Piece(teller.speech.value(licence.type)))
            yield licence.id, (self._span("use", "licence", values), _day_end(parse_day(licence.end)))
        if right.pledge is not None:
            yield right.pledge.id, (self._span("security", "pledge", (teller.party(right.pledge.pledgee),)), None)
        for freeze in right.freezes:
            if freeze.since is None or freeze.until is None:
                waits = (teller.member(freeze.court), Piece(teller.speech("queued")))
                yield freeze.id + _QUEUED, (self._span("waiting", "freeze", waits), None)
            else:
                yield freeze.id, (self._effective(freeze, freeze.since), _day_end(parse_day(freeze.until)))
        for dispute in right.disputes:
            yield (
                dispute.id,
                (self._span("court", "dispute", (teller.member(dispute.by),)), _day_end(parse_day(dispute.until))),
            )

    def _effective(self, freeze: Freeze, since_ms: int) -> _Span:
        return replace(self._span("court", "freeze", (self.teller.member(freeze.court),)), start_ms=since_ms)

    def _span(self, topic: str, word: str, values: tuple[Piece, ...]) -> _Span:
        return _Span(topic, self.teller.speech(word), values, 0)


async def bars_of(steps: Sequence[Step], seen: RightView, end_ms: int, teller: Teller, turn: Turn) -> tuple[Bar, ...]:
    """The drawing of a history up to `end_ms`. seen: the right at that moment."""
    spans = _Spans(teller)
    for step in steps:
        spans.take(step.after, step.time_ms)
        await turn.rest()
    if not steps:
        return ()
    last = steps[-1].after
    spans.promote(last.right.freezes, end_ms)
    found = spans.finish(_ended(last.right, seen), end_ms)
    start_ms = steps[0].time_ms
    return tuple(_bar(span, start_ms, end_ms) for span in found[:BARS_MAX])


def _ended(right: Right, seen: RightView) -> int | None:
    """When the right ended, by an entry or by time; None while it has not."""
    if not seen.ended:
        return None
    if right.ended_at is not None:
        return right.ended_at
    last_day = right.due if seen.status == "deemed_withdrawn" else right.until
    return None if last_day is None else _day_end(parse_day(last_day))


def _day_end(day: int) -> int:
    return (day + 1) * DAY_MS - OFFSET_MS - 1


def _bar(span: _Span, start_ms: int, end_ms: int) -> Bar:
    stop_ms = end_ms if span.end_ms is None else span.end_ms
    length_ms = max(1, end_ms - start_ms)
    width = max(WIDTH_MIN, 100 * (stop_ms - span.start_ms) / length_ms)
    x = min(100 * (span.start_ms - start_ms) / length_ms, 100 - WIDTH_MIN)
    width = min(width, 100 - x)
    return Bar(
        topic=span.topic,
        label=span.label,
        values=span.values,
        start=moment(span.start_ms),
        end=moment(stop_ms),
        still=span.end_ms is None,
        x=f"{x:.2f}%",
        width=f"{width:.2f}%",
    )
