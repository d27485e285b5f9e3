"""A right or asset as of any moment, and what stood in its record before: both from a history that was replayed.

The state at a moment is the fold of the entries in blocks of at most that time, seen through the same `view` as the
rules, the API and every page use. Nothing here says what *is*. Spec: docs/spec/evidence.md section 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from datadeed_ledger.encoding import Json, decode, time_text
from datadeed_ledger.evidence.codecs import readable
from datadeed_ledger.evidence.ground import Ground
from datadeed_ledger.evidence.replay import Change, Replayed
from datadeed_ledger.evidence.report import LicenceAt, StateAt, Superseded
from datadeed_ledger.evidence.trail import Undecided
from datadeed_ledger.records import (
    LICENCE,
    OBJECTION,
    OWN,
    RECORD_BYTES_MAX,
    Asset,
    Dispute,
    Freeze,
    Licence,
    Objection,
    Pending,
    Right,
)
from datadeed_ledger.register import Register
from datadeed_ledger.schema import value_of
from datadeed_ledger.state import SUBJECT_BYTES
from datadeed_ledger.view import RightView, licence_in_force, licence_stands, view

KIND_AT: Final = SUBJECT_BYTES  # the byte of a map key that says which kind of record stands there

CORRECTION: Final = "correct_record"
_FIELDS: Final = ("holders", "description", "agreement_end", "registration_no", "certificate_no", "until", "pledge")


def check_decidable(time_ms: int, ground: Ground) -> None:
    """Raise `Undecided` unless the newest header is of that time or later: what came after it nobody here knows."""
    newest = ground.header.time_ms
    if time_ms > newest:
        raise Undecided(
            "time", f"{time_text(time_ms)} is after the newest proven header, {time_text(newest)}; get a newer pack"
        )


def state_at(replayed: Replayed, time_ms: int) -> StateAt:
    """The subject as of `time_ms`; `check_decidable` has been asked."""
    records: dict[bytes, bytes] = {}
    entries = 0
    for change in replayed.changes:
        if change.recorded.header.time_ms > time_ms:
            break
        entries += 1
        _fold(records, change)
    return _seen(replayed, time_ms, entries, records)


def _fold(records: dict[bytes, bytes], change: Change) -> None:
    for key, data in change.records.items():
        if data is None:
            records.pop(key, None)
        else:
            records[key] = data


def _seen(replayed: Replayed, time_ms: int, entries: int, records: Mapping[bytes, bytes]) -> StateAt:
    own = _own(records)
    right = Right.from_bytes(own) if own is not None and replayed.subject.startswith("right/") else None
    asset = Asset.from_bytes(own) if own is not None and right is None else None
    seen = None if right is None else view(right, time_ms, replayed.book.in_force(replayed.state, time_ms))
    status = asset.stage if asset is not None else (seen.status if seen is not None else None)
    return StateAt(
        subject=replayed.subject,
        time_ms=time_ms,
        entries=entries,
        # An amendment takes effect in its own block at the earliest, so the last record serves every moment before.
        rules=Register(replayed.state).rules().in_force(time_ms).version,
        status=status,
        renewal_pending=seen is not None and seen.renewal_pending,
        renewal_due=seen is not None and seen.renewal_due,
        holders=right.holders if right is not None else (),
        until=right.until if right is not None else None,
        pledge=seen.pledge if seen is not None else None,
        freezes=seen.freezes if seen is not None else (),
        disputes=seen.disputes if seen is not None else (),
        pending=seen.pending if seen is not None else (),
        licences=tuple(_licences(records, seen)) if seen is not None else (),
        record=None if own is None else _readable(own),
    )


def _own(records: Mapping[bytes, bytes]) -> bytes | None:
    return next((data for key, data in records.items() if key[KIND_AT] == OWN), None)


def _licences(records: Mapping[bytes, bytes], seen: RightView) -> Iterator[LicenceAt]:
    for key, data in sorted(records.items()):
        if key[KIND_AT] == LICENCE:
            licence = Licence.from_bytes(data)
            yield LicenceAt(licence, licence_stands(licence, seen), licence_in_force(licence, seen))


# --- what stood before -----------------------------------------------------------------------------------------------

_Value = tuple[str, bytes]
"""What is replaced as one: a field's name with b"", or what an item is called with its id"""


def superseded(replayed: Replayed) -> tuple[Superseded, ...]:
    """Everything of the right's record that an entry replaced or ended, in log order. What time ended is not here."""
    if not replayed.subject.startswith("right/"):
        return ()
    found: list[Superseded] = []
    records: dict[bytes, bytes] = {}
    since: dict[_Value, int] = {}
    for change in replayed.changes:
        time_ms = change.recorded.header.time_ms
        keys = sorted(key for key in change.records if key[KIND_AT] != OWN)
        before = dict(_values(replayed, records, keys, time_ms))
        _fold(records, change)
        after = dict(_values(replayed, records, keys, time_ms))
        for value, was in before.items():
            became = after.get(value)
            if was != became and was is not None and not _fulfilled(change, value):
                found.append(_superseded(change, value, _spelt(was), _spelt(became), since.get(value)))
        since |= {value: change.recorded.index for value, became in after.items() if became != before.get(value)}
    return tuple(found)


def _values(
    replayed: Replayed, records: Mapping[bytes, bytes], keys: Sequence[bytes], time_ms: int
) -> Iterator[tuple[_Value, object]]:
    """What one entry may set and another replace, as it stands at that time: of the own record, and under `keys`."""
    own = _own(records)
    if own is None:
        return
    right = Right.from_bytes(own)
    seen = view(right, time_ms, replayed.book.in_force(replayed.state, time_ms))
    for name in (*_FIELDS, "stage"):
        yield (name, b""), getattr(right, name)
    items: tuple[tuple[str, Sequence[Freeze | Dispute | Pending]], ...] = (
        ("freeze", seen.freezes),
        ("dispute", seen.disputes),
        ("request", seen.pending),
    )
    for what, listed in items:
        for item in listed:
            yield (what, item.id), item
    for key in keys:
        data = records.get(key)
        if data is not None and key[KIND_AT] == OBJECTION:
            objection = Objection.from_bytes(data)
            yield ("objection", objection.id), objection
        elif data is not None and licence_stands(Licence.from_bytes(data), seen):
            licence = Licence.from_bytes(data)
            yield ("licence", licence.id), licence


def _spelt(value: object) -> Json:
    return readable(value_of(value))


def _readable(record: bytes) -> Json:
    return readable(decode(record, bytes_max=RECORD_BYTES_MAX))


def _fulfilled(change: Change, value: _Value) -> bool:
    """A stage is followed by the next and a request by its approval: nothing is superseded, unless it is corrected."""
    entry = change.recorded.entry
    approved = entry.kind == "approve" and value == ("request", entry.body.data["request"])
    return approved or (value[0] == "stage" and entry.kind != CORRECTION)


def _superseded(change: Change, value: _Value, was: Json, became: Json, since: int | None) -> Superseded:
    entry = change.recorded.entry
    what, item = value
    return Superseded(
        what=what,
        id=item,
        was=was,
        became=became,
        since=since,
        by=change.recorded.index,
        kind=entry.kind,
        corrected=entry.kind == CORRECTION,
    )
