"""A right for people: its record, what time has made of it, its burdens, its licences, and its chain of title.

All of it as of the published checkpoint, or as of an earlier time that was asked for; never as what it "is".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from datadeed_ledger.calendar_days import parse_day
from datadeed_ledger.entry import Entry
from datadeed_ledger.records import Licence, Right
from datadeed_ledger.view import RightView, licence_in_force, licence_stands, view
from datadeed_node.api.asking import AskedTime
from datadeed_node.api.turns import Turn
from datadeed_node.pages.lanes import Bar, bars_of
from datadeed_node.pages.pieces import Fact, Piece, Teller, day, identity, moment, plain
from datadeed_node.pages.title_chain import SHOWN_MAX, Event, Step, event_of, steps_of
from datadeed_node.past import Standing, standing_now
from datadeed_node.register_rows import industry_in
from datadeed_node.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence as a row."""

    entry: Piece
    licensee: Piece
    type: str
    scope: str
    term: str
    standing: str


@dataclass(frozen=True, slots=True)
class RightPage:
    """What the page of a right shows. earlier, later: where the chain goes on; None of events: too long to draw."""

    right: str
    status: str
    marks: tuple[str, ...]
    facts: tuple[Fact, ...]
    burdens: tuple[Fact, ...]
    licences: tuple[LicenceRow, ...]
    licences_ever: int
    count: int
    events: tuple[Event, ...] | None
    bars: tuple[Bar, ...]
    start: Piece
    end: Piece
    earlier: int | None
    later: int | None


async def right_page(
    snapshot: Snapshot, right: bytes, time: AskedTime, first: int, teller: Teller, turn: Turn
) -> RightPage | None:
    """The page of a right from the event `first` of its chain on; None where nothing had opened it by then."""
    steps = await steps_of(snapshot, right, time.stop, turn)
    standing = _standing(snapshot, right, time, steps)
    if standing is None:
        return None
    seen = view(standing.right, time.time_ms, snapshot.rules_at(time.time_ms))
    shown = replace(teller, short=True)
    count = standing.right.events.count
    return RightPage(
        right=right.hex(),
        status=teller.speech.value(seen.status),
        marks=tuple(_marks(standing, seen, teller)),
        facts=tuple(_facts(snapshot, standing.right, teller)),
        burdens=tuple(_burdens(standing, seen, shown)),
        licences=tuple(_licence(each, seen, shown) for each in standing.licences if licence_stands(each, seen)),
        licences_ever=standing.right.licences_ever,
        count=count,
        events=None if steps is None else await _events(steps, first, shown, turn),
        bars=() if steps is None else await bars_of(steps, seen, time.time_ms, shown, turn),
        start=moment(steps[0].time_ms if steps else time.time_ms),
        end=moment(time.time_ms),
        earlier=max(0, first - SHOWN_MAX) if first else None,
        later=first + SHOWN_MAX if steps is not None and first + SHOWN_MAX < count else None,
    )


async def _events(steps: Sequence[Step], first: int, teller: Teller, turn: Turn) -> tuple[Event, ...]:
    """A page of the chain, in slices, because each entry is compared with all that stood before it."""
    found: list[Event] = []
    for position, step in list(enumerate(steps, 1))[first : first + SHOWN_MAX]:
        found.append(event_of(position, step, teller))
        await turn.rest()
    return tuple(found)


def _standing(snapshot: Snapshot, right: bytes, time: AskedTime, steps: list[Step] | None) -> Standing | None:
    """What was recorded by then: the end of the fold, or the record itself where nothing is asked about the past."""
    if time.text is None:
        return standing_now(snapshot, right)
    return steps[-1].after if steps else None


def _marks(standing: Standing, seen: RightView, teller: Teller) -> Iterator[str]:
    """Short words beside the status."""
    speech = teller.speech
    marks = {
        "renewal_pending": seen.renewal_pending,
        "renewal_due": seen.renewal_due,
        "frozen": seen.freeze is not None,
        "pledged": seen.pledge is not None,
        "disputed": bool(seen.disputes),
        "licensed": any(licence_stands(licence, seen) for licence in standing.licences),
    }
    return (speech(name) for name, holds in marks.items() if holds)


def _facts(snapshot: Snapshot, right: Right, teller: Teller) -> Iterator[Fact]:
    speech = teller.speech
    index = snapshot.entry_index(right.description)
    assert index is not None, "a description was set by a recorded entry"
    industry = industry_in(Entry.parse(snapshot.leaf(index)))
    yield Fact(speech("right_id"), (identity(right.right_id),))
    yield Fact(speech("holders" if right.announced_on else "applicants"), teller.holders(right.holders))
    yield Fact(speech("registrar"), (teller.member(right.registrar),))
    yield Fact(speech("registration_no"), plain(right.registration_no))
    yield Fact(speech("certificate_no"), plain(right.certificate_no))
    yield Fact(speech("announced_on"), day(right.announced_on))
    yield Fact(speech("until"), day(right.until))
    if right.due is not None:
        yield Fact(speech("due"), day(right.due))
    if right.ended_at is not None:
        yield Fact(speech("ended_at"), (moment(right.ended_at),))
    yield Fact(speech("agreement_end"), day(right.agreement_end))
    yield Fact(speech("industry"), plain(industry))
    yield Fact(speech("regime"), plain(right.regime))
    yield Fact(speech("description"), (teller.entry(right.description),))
    yield Fact(speech("events_count"), plain(str(right.events.count)))


def _burdens(standing: Standing, seen: RightView, teller: Teller) -> Iterator[Fact]:
    speech = teller.speech
    if seen.pledge is not None:
        debt = Piece(f"{speech('debt_due')} {seen.pledge.debt_due}")
        yield Fact(speech("pledge"), (teller.party(seen.pledge.pledgee), debt, teller.entry(seen.pledge.id)))
    for freeze in seen.freezes:
        days = f"{speech('in_effect')} – {freeze.until}" if freeze.since is not None else speech("queued")
        yield Fact(speech("freeze"), (teller.member(freeze.court), Piece(days), teller.entry(freeze.id)))
    for dispute in seen.disputes:
        yield Fact(speech("dispute"), (teller.member(dispute.by), *day(dispute.until), teller.entry(dispute.id)))
    for request in seen.pending:
        lapses = Piece(f"{speech.value(request.kind)} · {speech('lapses')} {request.lapses}")
        yield Fact(speech("request"), (lapses, teller.entry(request.id)))
    for objection in standing.objections:
        yield Fact(
            speech("objection"), (teller.party(objection.by), Piece(objection.ground), teller.entry(objection.id))
        )


def _licence(licence: Licence, seen: RightView, teller: Teller) -> LicenceRow:
    speech = teller.speech
    begun = licence_in_force(licence, seen)
    assert begun or parse_day(licence.start) > seen.today, "a standing licence has begun, or begins later"
    return LicenceRow(
        entry=teller.entry(licence.id),
        licensee=teller.party(licence.licensee),
        type=speech.value(licence.type),
        scope=" · ".join(_atoms(each, teller) for each in (licence.territory, licence.industry, licence.use)),
        term=f"{licence.start} – {licence.end}",
        standing=speech("in_force" if begun else "stands"),
    )


def _atoms(atoms: tuple[str, ...], teller: Teller) -> str:
    return teller.speech("everything") if atoms == ("*",) else ", ".join(atoms)
