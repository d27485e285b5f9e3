"""Points of a report about the right or asset: how it stood at the times named, and what was replaced before.

Everything is "as of" a time; nothing says what is. Spec: docs/spec/evidence.md section 6.
"""

from __future__ import annotations

from collections.abc import Iterator

from datadeed.display import lines_of
from datadeed.proof_report.reading import (
    institution,
    kind_words,
    members_by_id,
    moment,
    opened_identity,
    share,
    status_words,
)
from datadeed.proof_report.record_points import WHOLE, records
from datadeed.proof_report.values import Line, Mark
from datadeed.proof_report.words import RECORD_WORDS, TEXTS
from datadeed.words import IN_FORCE, LAPSED, QUEUED, STANDS, UNTIL, Words
from datadeed_ledger.evidence import PackKind, Report
from datadeed_ledger.evidence.report import LicenceAt, StateAt, Superseded
from datadeed_ledger.records import Freeze

_NUMBERS = ("registration_no", "certificate_no", "announced_on")
_ENCUMBRANCES = ("pledge", "freeze", "dispute", "pending", "licence")


def states(report: Report) -> Iterator[Line]:
    """Point 16: the right or asset as of the time asked about and as of the checkpoint."""
    if report.state is None:
        if report.kind is PackKind.PRESENCE:
            yield from records(report)
        elif report.kind in WHOLE:
            yield from records(report, report.answers[0])
        else:
            yield Line.of(Mark.MISSING, TEXTS["no_state"])
        return
    if report.state_at is not None:
        yield from state(report.state_at, report)
    yield from state(report.state, report)
    left = sorted({f"{each.number} {each.name}" for each in report.left_to_quorum})
    if left:
        yield Line.of(Mark.STATED, TEXTS["left"], "; ".join(left))


def state(at: StateAt, report: Report) -> Iterator[Line]:
    """One state, with the time that it is as of."""
    yield Line.of(Mark.HELD, TEXTS["state_header"], subject=at.subject, time=moment(at.time_ms))
    yield Line.of(Mark.HELD, TEXTS["by_then"], str(at.entries), rules=at.rules)
    if at.status is None:
        yield Line.of(Mark.HELD, TEXTS["nothing_yet"])
        return
    status = status_words(at.status)
    yield Line(Mark.HELD, TEXTS["status"].zh.format(status=status.zh), TEXTS["status"].en.format(status=status.en))
    for each in at.holders:
        names = [value for _, value in opened_identity(report, each.party.hex())]
        yield Line.of(Mark.HELD, TEXTS["holder"], " · ".join([f"party/{each.party.hex()}", share(each.share), *names]))
    for name in _NUMBERS:
        value = at.record.get(name) if isinstance(at.record, dict) else None
        if isinstance(value, str):
            yield Line.of(Mark.HELD, TEXTS[name], value)
    if at.until is not None:
        yield Line.of(Mark.HELD, TEXTS["until"], at.until)
    if at.subject.startswith("right/"):
        yield from _encumbrances(at, report)


def _encumbrances(at: StateAt, report: Report) -> Iterator[Line]:
    found = {
        "pledge": [f"party/{at.pledge.pledgee.hex()} · {at.pledge.id.hex()}"] if at.pledge is not None else [],
        "freeze": [_freeze(each, report) for each in at.freezes],
        "dispute": [f"{each.id.hex()} · {UNTIL.label} {each.until}" for each in at.disputes],
        "pending": [f"{kind_words(each.kind).label} · {each.id.hex()} · {each.lapses}" for each in at.pending],
        "licence": [_licence(each) for each in at.licences],
    }
    for name in _ENCUMBRANCES:
        for value in found[name]:
            yield Line.of(Mark.HELD, TEXTS[name], value)
    absent = [TEXTS[name].label for name in _ENCUMBRANCES if not found[name]]
    if absent:
        yield Line.of(Mark.HELD, TEXTS["none_of"], ", ".join(absent))


def _freeze(freeze: Freeze, report: Report) -> str:
    member = members_by_id(report).get(freeze.court.hex())
    court = freeze.court.hex() if member is None else institution(member)
    days = QUEUED.label if freeze.since is None else f"{UNTIL.label} {freeze.until}"
    return f"{court} · {days} · {freeze.id.hex()}"


def _licence(at: LicenceAt) -> str:
    licence = at.licence
    words = IN_FORCE if at.in_force else STANDS if at.stands else LAPSED
    return f"{licence.type} · party/{licence.licensee.hex()} · {licence.start} – {licence.end} · {words.label}"


def superseded(report: Report) -> Iterator[Line]:
    """Point 17: in log order, with the entry that replaced it; a correction works forward only."""
    if not report.rules_replayed:
        yield Line.of(Mark.MISSING, TEXTS["superseded_unknown"])
    elif not report.superseded:
        yield Line.of(Mark.HELD, TEXTS["none_superseded"])
    for each in report.superseded:
        kind = kind_words(each.kind)
        what = RECORD_WORDS.get(each.what, Words(each.what, each.what))
        words = TEXTS["corrected" if each.corrected else "replaced"]
        fill = {"what": what.zh, "what_en": what.en, "kind": kind.zh, "kind_en": kind.en}
        yield Line.of(Mark.HELD, words, _change(each), by=str(each.by), **fill)


def _change(each: Superseded) -> str:
    name = f"{each.what} {each.id.hex()}" if each.id else each.what
    return f"{'; '.join(lines_of(each.was, name))} → {'; '.join(lines_of(each.became, name))}"
