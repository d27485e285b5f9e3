"""One corpus for every verifier: good packs, and each of them broken in one way, named after what was broken.

Parts are packed again with right checksums unless the container itself is what is broken, so that only the proof can
see the change. A case says what a verifier is given; what it must answer is whatever the two verifiers agree on, and
`passed` only for the cases called good.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from docket import Docket
from evidencekit import FILE, FILES, FINGERPRINT, checkpoint_note, item_proof, story
from histories import (
    ALICE,
    BOB,
    BROKEN,
    a_court_of_its_time_behind_others,
    changed_roles,
    every_kind_of_event,
    registered,
)
from registerkit import COURT, OTHER_COURT, shares
from roster_packs import roster_packs
from stamped_packs import stamped_packs

from datadeed_ledger.calendar_days import DAY_MS
from datadeed_ledger.encoding import jcs, parse_jcs, sha256
from datadeed_ledger.evidence import (
    NotProven,
    Outcome,
    Report,
    Unreadable,
    absence_pack,
    asset_pack,
    entry_pack,
    export_pack,
    presence_pack,
    title_pack,
    verify_pack,
)
from datadeed_ledger.evidence.build import asset_parts, title_parts
from datadeed_ledger.evidence.container import read_container, write_container
from datadeed_ledger.evidence.names import GROUND, NOT_PROOF
from datadeed_ledger.header import Header

TOLD = story()
RIGHT = f"right/{TOLD.right.entry_id.hex()}"
NEVER = "right/" + 64 * "e"
NUMBER = "number/2026BJ0000000001"
BATCH = TOLD.index(TOLD.batch)
EXPORT_STRIDE = 37  # an export pack has 512 parts of two sorts: every one of these is broken

Parts = dict[str, bytes]


@dataclass(frozen=True)
class Case:
    """What a verifier is given. name: the pack, then what was broken."""

    name: str
    pack: bytes
    fingerprint: bytes = FINGERPRINT
    ask: str | None = None
    file: bytes | None = None
    at: int | None = None

    @property
    def good(self) -> bool:
        return "/good" in self.name


@dataclass(frozen=True)
class Verdict:
    """What a verifier answered. step: the first that failed; None where none did."""

    outcome: str
    step: str | None


def reported(case: Case) -> Report:
    """The Python judge's report. Raises `NotProven` or `Unreadable`."""
    digest = None if case.file is None else sha256(case.file)
    return verify_pack(case.pack, case.fingerprint, file_digest=digest, ask=case.ask, at=case.at)


def judged(case: Case) -> Verdict:
    """The Python judge's answer."""
    try:
        report = reported(case)
    except NotProven as error:
        return Verdict(error.outcome.value, error.step)
    except Unreadable as error:
        return Verdict(Outcome.CANNOT_DECIDE.value, error.step)
    return Verdict(report.outcome.value, None)


def _sources() -> dict[str, tuple[bytes, str | None, bytes | None]]:
    ledger, pen = TOLD.ledger, TOLD.pen
    deposit = TOLD.deposit
    return {
        "entry": (entry_pack(ledger, deposit.entry_id), f"entry/{deposit.entry_id.hex()}", FILE),
        "opened": (entry_pack(ledger, deposit.entry_id, disclosures=pen.disclosures(deposit)), None, FILE),
        "item": (entry_pack(ledger, TOLD.batch.entry_id, items=[item_proof(BATCH, 3)]), None, FILES[3]),
        "title": (title_pack(ledger, TOLD.right.entry_id), RIGHT, None),
        "absence": (absence_pack(ledger, NEVER), NEVER, None),
        "presence": (presence_pack(ledger, NUMBER), NUMBER, None),
        "export": (export_pack(ledger), "register", None),
    }


def corpus() -> Iterator[Case]:
    """Every case, in a fixed order."""
    for name, (pack, ask, file) in _sources().items():
        good = Case(f"{name}/good", pack, ask=ask, file=file)
        yield good
        yield from _other_questions(good, name)
        yield from _broken_containers(good, name)
        yield from _broken_parts(good, name)
        yield from _broken_meaning(good, name)
        yield replace(
            good, name=f"{name}/{'good, ' if name == 'title' else ''}as of a time", at=TOLD.ledger.tip.header.time_ms
        )
    yield from (Case(name, pack, ask=ask) for name, pack, ask in stamped_packs())
    yield from _broken_rules()
    yield from _histories()
    yield from (Case(f"rosters/{each.name}", each.pack, ask=each.ask, file=each.file) for each in roster_packs())


def _other_questions(good: Case, name: str) -> Iterator[Case]:
    yield replace(good, name=f"{name}/another fingerprint", fingerprint=sha256(b"another ledger"))
    yield replace(good, name=f"{name}/another file", file=b"another file")
    for ask in (NEVER[:-1] + "f", "party/" + 32 * "0", "number/2026BJ0000000002", "entry/" + 64 * "1", "no question"):
        yield replace(good, name=f"{name}/asked {ask[:12]}", ask=ask)
    if name == "title":
        yield replace(good, name="title/good, asked rules", ask="rules")
    if name in ("absence", "presence"):  # these carry no subject of their own
        yield replace(good, name=f"{name}/nothing asked", ask=None)
    elif good.ask is not None:
        yield replace(good, name=f"{name}/good, nothing asked", ask=None)


def _broken_containers(good: Case, name: str) -> Iterator[Case]:
    pack, parts = good.pack, dict(read_container(good.pack))
    directory = struct.unpack_from("<I", pack, len(pack) - 6)[0]
    bytes_of = {
        "empty": b"",
        "cut by one byte": pack[:-1],
        "cut in half": pack[: len(pack) // 2],
        "a byte before": b"\0" + pack,
        "a byte after": pack + b"\0",
        "a byte between": pack[:directory] + b"\0" + pack[directory:],
        "text": b"not a pack",
        "end record's count": _changed(pack, len(pack) - 12, 1),
        "end record's comment": _changed(pack, len(pack) - 2, 1),
        "directory's first checksum": _changed(pack, directory + 16, 1),
        "directory's first size": _changed(pack, directory + 24, 1),
        "directory's first flag": _changed(pack, directory + 8, 8),
        "directory's first attributes": _changed(pack, directory + 41, 64),
        "first local header": _changed(pack, 6, 1),
        "first local name": _changed(pack, 30, 1),
        "first content": _changed(pack, 30 + len(next(iter(parts))), 1),
    }
    for what, data in bytes_of.items():
        yield replace(good, name=f"{name}/container: {what}", pack=data)
    first = next(iter(parts))
    unknown = write_container([*parts.items(), (first + "x", parts[first])])
    yield replace(good, name=f"{name}/container: an unknown part", pack=unknown)
    for extra in ("rosters/2/document.json", "timestamps/9.tsr", "entry-01.json", "map-proof-999.txt", "items/0.txt"):
        yield replace(good, name=f"{name}/added {extra}", pack=write_container([*parts.items(), (extra, b"x")]))


def _broken_parts(good: Case, name: str) -> Iterator[Case]:
    parts = dict(read_container(good.pack))
    counted = [part for part in parts if part not in NOT_PROOF]
    if name == "export":
        counted = [part for at, part in enumerate(counted) if at % EXPORT_STRIDE == 0 or part in GROUND]
    for part in counted:
        less = {key: data for key, data in parts.items() if key != part}
        yield _with(good, name, f"{'good, ' if part == 'disclosures.json' else ''}removed {part}", less)
        data = parts[part]
        for what, at in (("first", 0), ("middle", len(data) // 2), ("last", len(data) - 1)):
            yield _with(good, name, f"{part}: {what} byte", parts | {part: _changed(data, at, 1)})
        yield _with(good, name, f"{part}: a byte more", parts | {part: data + b"\n"})
        yield _with(good, name, f"{part}: empty", parts | {part: b""})
    for number in sorted({part.split(".")[0] for part in counted if part.startswith("entry-")}):
        yield _with(good, name, f"removed all of {number}", _without_entry(parts, number))
    for part in NOT_PROOF:
        yield _with(good, name, f"good, another {part}", parts | {part: b"anything"})
    for suffix in (".msgpack", ".tlog-proof", ".json", ".txt") if name != "export" else ():
        alike = [part for part in counted if part.endswith(suffix)]
        for one, other in pairwise(alike):
            # the proofs of parties may stand in any order
            fine = "good, " if one.startswith("map-proof") and one != "map-proof-1.txt" and other != alike[-1] else ""
            yield _with(good, name, f"{fine}{one} and {other} swapped", parts | {one: parts[other], other: parts[one]})


def _without_entry(parts: Parts, number: str) -> Parts:
    """Without the entry, and without its block if it is the only entry of it here."""
    log_index = int(number.partition("-")[2])
    height = TOLD.ledger.block_height_of(log_index)
    header = Header.parse(TOLD.ledger.header_at(height))
    others = [f"entry-{at}.json" in parts for at in range(header.first, header.index) if at != log_index]
    gone = (f"{number}.",) if any(others) else (f"{number}.", f"block-{height}.")
    return {part: data for part, data in parts.items() if not part.startswith(gone)}


def _broken_meaning(good: Case, name: str) -> Iterator[Case]:
    parts = dict(read_container(good.pack))
    tip = TOLD.ledger.tip
    time_s = tip.header.time_ms // 1000 + 1
    three = ("court.cn", "exchange.cn", "notary.cn")
    for what, note in {
        "good, another quorum cosigned": checkpoint_note(tip.log_size, tip.frontier.root, time_s, signers=three),
        "only two cosigned": checkpoint_note(tip.log_size, tip.frontier.root, time_s, signers=three[:2]),
        "no log key signed": checkpoint_note(tip.log_size, tip.frontier.root, time_s, log=()),
        "cosigned before its block": checkpoint_note(tip.log_size, tip.frontier.root, time_s - 3600),
        "a smaller log": checkpoint_note(tip.log_size - 1, tip.frontier.root, time_s),
        "another root": checkpoint_note(tip.log_size, sha256(b"another root"), time_s),
    }.items():
        yield _with(good, name, what, _under(parts, note))
    if "disclosures.json" not in parts:
        return
    rows = parse_jcs(parts["disclosures.json"], bytes_max=10_000, allow_null=True)
    assert isinstance(rows, list), "disclosures are an array"
    variants = {
        "in another order": rows[::-1],
        "one twice": [rows[0], *rows],
        "another value": [{**rows[0], "value": "something else"}, *rows[1:]],
        "another salt": [{**rows[0], "salt": 32 * "0"}, *rows[1:]],
        "another path": [{**rows[0], "path": "digest"}, *rows[1:]],
        "of an entry that is not here": [{**rows[0], "entry": 999}],
        "none": [],
        "with a field more": [{**rows[0], "note": "x"}],
    }
    for what, value in variants.items():
        yield _with(good, name, f"disclosures {what}", parts | {"disclosures.json": jcs(value)})


def _under(parts: Parts, note: bytes) -> Parts:
    """The same parts under another signed checkpoint."""
    old = parts["checkpoint"]
    return {part: data.replace(old, note) if part.endswith("tlog-proof") else data for part, data in parts.items()} | {
        "checkpoint": note
    }


def _with(good: Case, name: str, what: str, parts: Parts) -> Case:
    return replace(good, name=f"{name}/{what}", pack=write_container(parts.items()))


def _changed(data: bytes, at: int, bits: int) -> bytes:
    return data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :]


# --- the rules of the register ---------------------------------------------------------------------------------------


def _history(docket: Docket, right: bytes, name: str) -> Case:
    return Case(f"rules/{name}", write_container(title_parts(docket.archive(), right)), docket.ledger)


def _broken_rules() -> Iterator[Case]:
    """Signed by a full quorum against a rule, or with a record that does not follow."""
    for broken in BROKEN:
        docket, right, entry = broken()
        docket.force(entry)
        yield _history(docket, right, broken.__name__)
    docket, right = registered()
    with docket.in_one_block():
        docket.record(docket.transfer_entry(right, shares(BOB)))
        docket.record(docket.freeze_entry(right))
    yield _history(docket, right, "a court's entry behind another's")
    yield _history(*a_court_of_its_time_behind_others(), "an entry by a court of its time behind another's")
    changes: tuple[dict[str, Any], ...] = (
        {"until": "2099-12-31"},
        {"stage": "revoked", "ended_at": 1},
        {"licences_ever": 9},
    )
    for changed in changes:
        docket, right = registered()
        docket.change_right(right, **changed)
        yield _history(docket, right, f"a record with another {', '.join(changed)}")
    docket, right = registered()
    docket.put(replace(docket.party(ALICE), suspended_by=(COURT,)))
    yield _history(docket, right, "a party that is suspended by nobody's entry")


def _histories() -> Iterator[Case]:
    """Two rights and an asset, as of times at which something changes, and between."""
    docket, right = every_kind_of_event()
    good = _history(docket, right, "good, every kind of event")
    yield good
    times = [time_ms for time_ms, _ in docket.log]
    later = (
        times[0] - 1,
        times[-1] + 1,
        *times[:: len(times) // 8],
        *(time_ms + 40 * DAY_MS for time_ms in times[5:-1:9]),
    )
    for at in sorted({at for at in later if at <= docket.now_ms + 1}):
        yield replace(good, name=f"rules/good, every kind of event, as of {at}", at=at)
    yield replace(good, name="rules/every kind of event, as of a later time", at=docket.now_ms + 2)
    yield _history(*changed_roles(), "good, roles that change with the roster")
    docket, right = _queued()
    good = _history(docket, right, "good, freezes that queue")
    for days in (0, 100, 200, 400, 800, 1200):
        yield replace(
            good, name=f"rules/good, freezes that queue, {days} days on", at=docket.log[-1][0] + days * DAY_MS
        )
    docket, right = registered()
    asset = docket.asset(ALICE, right)
    good = Case("rules/good, an asset", asset_pack(docket.archive(), asset), docket.ledger)
    yield good
    yield replace(good, name="rules/good, an asset, before it was listed", at=docket.log[0][0])
    docket.record(docket.delist_asset_entry(asset))
    docket.force(docket.delist_asset_entry(asset))
    yield Case("rules/an asset delisted twice", write_container(asset_parts(docket.archive(), asset)), docket.ledger)


def _queued() -> tuple[Docket, bytes]:
    """A licensed and pledged right with a request pending, under freezes of two courts; then years without an entry."""
    docket, right = registered()
    docket.licensed(right, BOB, end=docket.day(90))
    docket.pledged(right, BOB)
    docket.record(docket.change_entry(right))
    docket.frozen(right, months=6)
    docket.frozen(right, months=3, by=OTHER_COURT)
    docket.frozen(right, months=2)
    docket.now_ms += 1300 * DAY_MS
    return docket, right
