"""A right or asset as of a moment, on the screen: what a replay of its history found, and what stood before.

Everything here is "as of" a stated time; nothing says what is. Spec: docs/spec/evidence.md section 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.table import Table

from datadeed.display import Row, facts, lines_of
from datadeed.words import (
    BEFORE_IT_OPENED,
    CORRECTION,
    IN_FORCE,
    LAPSED,
    NOTHING,
    QUEUED,
    RENEWAL_DUE,
    RENEWAL_PENDING,
    STANDS,
    TITLES,
    UNTIL,
    Words,
)
from datadeed_ledger.encoding import Json, sha256, time_text
from datadeed_ledger.evidence import Report
from datadeed_ledger.evidence.report import LicenceAt, StateAt, Superseded
from datadeed_ledger.records import Freeze


def replayed(report: Report) -> Iterator[RenderableType]:
    """What the replay of a history found: the state as of the newest header and as of the time asked."""
    for title, state in (("state", report.state), ("state_at", report.state_at)):
        if state is not None:
            yield state_table(TITLES[title], state, report)
    if report.superseded:
        yield facts(TITLES["superseded"], [("superseded", [_superseded(each) for each in report.superseded])])
    if report.left_to_quorum:
        left = sorted({f"{each.number} {each.name}" for each in report.left_to_quorum})
        yield facts(TITLES["left_to_quorum"], [("left_to_quorum", left)])


def state_table(title: Words, state: StateAt, report: Report) -> Table:
    """One state, with the time that it is as of. report: names the institutions."""
    names = {sha256(member.name.encode()): member.name for each in report.rosters for member in each.members}
    rows: list[Row] = [
        ("as_of", time_text(state.time_ms)),
        ("subject", state.subject),
        ("entries_by_then", str(state.entries)),
        ("rules", str(state.rules)),
        ("status", _status(state)),
    ]
    if state.holders:
        rows.append(("holders", [f"party/{each.party.hex()} · {each.share}" for each in state.holders]))
    if state.until is not None:
        rows.append(("until", state.until))
    rows += [
        ("pledge", "" if state.pledge is None else f"party/{state.pledge.pledgee.hex()} · {state.pledge.id.hex()}"),
        ("freezes", [_freeze(each, names) for each in state.freezes]),
        ("disputes", [f"{each.id.hex()} · {each.until}" for each in state.disputes]),
        ("pending", [f"{each.kind} · {each.id.hex()} · {each.lapses}" for each in state.pending]),
        ("licences", [_licence(each) for each in state.licences]),
    ]
    return facts(title, [(name, value or NOTHING.label) for name, value in rows])


def state_json(report: Report) -> Json:
    """The state as of the time asked, for programs; null where no time was asked about."""
    document = report.to_json()
    assert isinstance(document, dict), "a report is an object"
    return document["state_at"]


def _status(state: StateAt) -> str:
    if state.status is None:
        return BEFORE_IT_OPENED.label
    renewal = RENEWAL_PENDING.label if state.renewal_pending else RENEWAL_DUE.label if state.renewal_due else ""
    return f"{state.status} · {renewal}" if renewal else state.status


def _freeze(freeze: Freeze, names: Mapping[bytes, str]) -> str:
    days = QUEUED.label if freeze.since is None else f"{UNTIL.label} {freeze.until}"
    return f"{freeze.id.hex()} · {names.get(freeze.court, freeze.court.hex())} · {days}"


def _licence(state: LicenceAt) -> str:
    licence = state.licence
    words = IN_FORCE if state.in_force else STANDS if state.stands else LAPSED
    return f"{licence.type} · party/{licence.licensee.hex()} · {licence.start} – {licence.end} · {words.label}"


def _superseded(each: Superseded) -> str:
    name = f"{each.what} {each.id.hex()}" if each.id else each.what
    was, became = "; ".join(lines_of(each.was, name)), "; ".join(lines_of(each.became, name))
    mark = f" · {CORRECTION.label}" if each.corrected else ""
    return f"{was} → {became} · {each.kind} #{each.by}{mark}"
