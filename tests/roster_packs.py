"""Packs under rosters that changed, good and each broken in one way, named after what was broken: for every verifier.

The parts are changed in a pack that was good; or a forger, who holds every key, made the ledger itself wrong and packed
it by the ordinary builder. All that is wrong in a change of the roster cannot be decided, at step `rosters`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from epochs import (
    BUREAU,
    COURT,
    ROSTER_2,
    ROSTER_3,
    Forger,
    Told,
    change_entry,
    offices,
    roster_of,
    rotated,
    signers_of,
    told,
)
from evidencekit import (
    BLOCK_MS,
    CAROL,
    FILE,
    FILES,
    OFFICE,
    ORIGIN,
    ROSTER,
    checkpoint_note,
    item_proof,
    key,
)
from timestamp_responses import imprint, info, response

from datadeed_ledger.checkpoint import Checkpoint, policy_text, tlog_proof_text
from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.evidence.build import (
    Part,
    absence_parts,
    asset_parts,
    entry_parts,
    export_parts,
    presence_parts,
    title_parts,
)
from datadeed_ledger.evidence.codecs import entry_twin
from datadeed_ledger.evidence.consistency import ConsistencyProof
from datadeed_ledger.evidence.container import write_container
from datadeed_ledger.evidence.names import CONSISTENCY, ROSTER_STEP
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import consistency_path, inclusion_path, root_at
from datadeed_ledger.roster import Roster

NEVER = "right/" + 64 * "e"
NUMBER = "number/2026BJ0000000001"
SUFFIXES = (*ROSTER_STEP, CONSISTENCY)
STAGES = {
    1: "under roster 1",
    2: "at the end of roster 1",
    3: "under roster 2",
    4: "at the end of roster 2",
    5: "under roster 3",
}

Parts = dict[str, bytes]


@dataclass(frozen=True)
class RosterPack:
    """name: what is good, or what was broken; ask, file: what a verifier brings; verdict: outcome and failing step."""

    name: str
    pack: bytes
    verdict: tuple[str, str | None]
    ask: str | None = None
    file: bytes | None = None


GOOD = ("passed", None)
CONTAINER = ("cannot decide", "container")
WALK = ("cannot decide", "rosters")


def roster_packs() -> Iterator[RosterPack]:
    """Every one of them, in a fixed order; the names are distinct."""
    yield from _good_kinds()
    yield from _good_stamps()
    yield from _broken_names()
    yield from _broken_parts()
    yield from _broken_steps()
    yield from _forged_changes()
    yield from _forged_blocks()
    yield from _broken_stamps()


def _packed(parts: Iterable[Part] | Parts) -> bytes:
    return write_container(parts.items() if isinstance(parts, dict) else parts)


def _entry_of(story: Told, name: str) -> Parts:
    return dict(entry_parts(story.ledger, story.entries[name].entry_id))


# --- good ------------------------------------------------------------------------------------------------------------


def _good_kinds() -> Iterator[RosterPack]:
    for stage, where in STAGES.items():
        story = told(stage)
        right = story.entries["right"].entry_id
        deposit = _packed(_entry_of(story, "deposit"))
        yield RosterPack(f"good, entry {where}", deposit, GOOD, file=FILE)
        yield RosterPack(
            f"good, title {where}", _packed(title_parts(story.ledger, right)), GOOD, f"right/{right.hex()}"
        )
        yield RosterPack(f"good, absence {where}", _packed(absence_parts(story.ledger, NEVER)), GOOD, NEVER)
        yield RosterPack(f"good, presence {where}", _packed(presence_parts(story.ledger, NUMBER)), GOOD, NUMBER)
    for stage in (3, 5):
        story = told(stage)
        items = [item_proof(story.index("batch"), 3)]
        batch = _packed(entry_parts(story.ledger, story.entries["batch"].entry_id, items=items))
        yield RosterPack(f"good, item {STAGES[stage]}", batch, GOOD, file=FILES[3])
        for name in ("first change", "joined", "transfer"):
            yield RosterPack(f"good, the entry of {name} {STAGES[stage]}", _packed(_entry_of(story, name)), GOOD)
    story = told()
    yield RosterPack("good, export under roster 3", _packed(export_parts(story.ledger)), GOOD, "register")
    asset = story.entries["asset"].entry_id
    yield RosterPack("good, asset under roster 3", _packed(asset_parts(story.ledger, asset)), GOOD)
    for name in ("second change", "rotated", "licence"):
        yield RosterPack(f"good, the entry of {name} under roster 3", _packed(_entry_of(story, name)), GOOD)
    last = _packed(_entry_of(told(4), "second change"))
    yield RosterPack("good, the entry that ends roster 2 at its end", last, GOOD)


# --- time-stamps -----------------------------------------------------------------------------------------------------


def stamped(size: int, roster: Roster, **signers: Iterable[str]) -> Parts:
    """The parts of a time-stamp over the log of `size` leaves, its checkpoint signed by the roster given."""
    ledger = told().ledger
    checkpoint = Checkpoint(ORIGIN, size, root_at(size, ledger.hash))
    header = Header.parse(ledger.header_at(ledger.block_height_of(size - 1)))
    newest = len(ledger.leaves)
    note = checkpoint_note(size, checkpoint.root, header.time_ms // 1000 + 1, roster=roster, **signers)
    token = response(info(stamped=imprint(digest=sha256(checkpoint.body)), time=b"20301231235959Z"))
    proof = ConsistencyProof(size, newest, consistency_path(size, newest, ledger.hash))
    return {
        f"timestamps/{size}.checkpoint": note,
        f"timestamps/{size}.tsr": token,
        f"timestamps/{size}.consistency.txt": proof.to_text(),
    }


def sizes() -> dict[str, int]:
    """Log sizes at which a roster governs."""
    ledger = told().ledger
    first, second = (ledger.changes[version].index + 2 for version in (2, 3))
    after = [Header.parse(data).log_size for data in ledger.headers]
    return {
        "in roster 1": after[3],
        "at the end of roster 1": first,
        "at the first block of roster 2": min(size for size in after if size > first),
        "at the end of roster 2": second,
        "at the first block of roster 3": min(size for size in after if size > second),
        "at the end": len(ledger.leaves),
    }


_GOVERNS = {
    "in roster 1": ROSTER,
    "at the end of roster 1": ROSTER,
    "at the first block of roster 2": ROSTER_2,
    "at the end of roster 2": ROSTER_2,
    "at the first block of roster 3": ROSTER_3,
    "at the end": ROSTER_3,
}


def _good_stamps() -> Iterator[RosterPack]:
    entry = _entry_of(told(), "deposit")
    every: Parts = {}
    for where, size in sizes().items():
        parts = stamped(size, _GOVERNS[where])
        yield RosterPack(f"good, stamped {where}", _packed(entry | parts), GOOD)
        every |= parts
    yield RosterPack("good, stamped everywhere", _packed(entry | every), GOOD)


def _broken_stamps() -> Iterator[RosterPack]:
    entry, verdict = _entry_of(told(), "deposit"), ("inconsistent", "timestamps")
    for where, size in sizes().items():
        roster = ROSTER if _GOVERNS[where] is ROSTER_2 else ROSTER_2
        # Three sign, a quorum of their own roster; one of them is no member of the one that governs, or had other keys.
        names = [each.name for each in roster.members if each.name != "notary.cn"]
        parts = stamped(size, roster, signers=names, log=["exchange.cn"])
        yield RosterPack(f"stamped {where} by roster {roster.version}", _packed(entry | parts), verdict)
    few = stamped(sizes()["at the end of roster 1"], ROSTER, signers=["court.cn", "notary.cn"])
    yield RosterPack("stamped at the end of roster 1 by two", _packed(entry | few), verdict)


# --- parts of good packs, changed ------------------------------------------------------------------------------------


def _broken_names() -> Iterator[RosterPack]:
    parts = _entry_of(told(), "deposit")
    second, third = _folder(parts, 2), _folder(parts, 3)
    without = {name: data for name, data in parts.items() if not name.startswith("rosters/")}

    def under(version: str, folder: Parts) -> Parts:
        return {f"rosters/{version}/{suffix}": data for suffix, data in folder.items()}

    many = {name: b"x" for version in range(2, 258) for name in under(str(version), second)}
    for what, broken, verdict in (
        ("no changes at all", without, ("cannot decide", "checkpoint")),
        ("the first change missing", without | under("3", third), CONTAINER),
        ("the second change missing", without | under("2", second), WALK),
        ("the changes under each other's version", without | under("2", third) | under("3", second), WALK),
        ("the first change twice", without | under("2", second) | under("3", second), WALK),
        ("a change more", parts | under("4", third), WALK),
        ("a gap in the versions", without | under("2", second) | under("4", third), CONTAINER),
        ("versions from 1", without | under("1", second) | under("2", third), CONTAINER),
        ("a version in another spelling", without | under("02", second) | under("3", third), CONTAINER),
        ("too many versions", without | many, CONTAINER),
        ("a version beyond all", parts | under(str(2**64), third), CONTAINER),
        ("a part that no change has", parts | {"rosters/2/policy.txt": b"x"}, CONTAINER),
        ("a part outside of a version", parts | {"rosters/document.json": b"x"}, CONTAINER),
    ):
        yield RosterPack(what, _packed(broken), verdict)
    first = dict(entry_parts(told(1).ledger, told(1).entries["deposit"].entry_id))
    yield RosterPack("a change in a pack under roster 1", _packed(first | under("2", second)), WALK)
    end = dict(entry_parts(told(2).ledger, told(2).entries["deposit"].entry_id))
    yield RosterPack("a change in a pack at the end of roster 1", _packed(end | under("2", second)), WALK)


def _folder(parts: Parts, version: int) -> Parts:
    """The parts of one change by their names in its folder, in order."""
    return {suffix: parts[f"rosters/{version}/{suffix}"] for suffix in SUFFIXES}


def _broken_parts() -> Iterator[RosterPack]:
    parts = _entry_of(told(), "deposit")
    for version in (2, 3):
        for suffix in SUFFIXES:
            name = f"rosters/{version}/{suffix}"
            data = parts[name]
            yield RosterPack(f"removed {name}", _packed({key: parts[key] for key in parts if key != name}), CONTAINER)
            for what, at in (("first", 0), ("middle", len(data) // 2), ("last", len(data) - 1)):
                changed = data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]
                yield RosterPack(f"{name}: {what} byte", _packed(parts | {name: changed}), WALK)
            yield RosterPack(f"{name}: a byte more", _packed(parts | {name: data + b"\n"}), WALK)
            yield RosterPack(f"{name}: empty", _packed(parts | {name: b""}), WALK)
    for suffix in SUFFIXES:
        one, other = f"rosters/2/{suffix}", f"rosters/3/{suffix}"
        yield RosterPack(
            f"{suffix} of the changes swapped", _packed(parts | {one: parts[other], other: parts[one]}), WALK
        )


def _broken_steps() -> Iterator[RosterPack]:
    """Parts of one change replaced by others that are true, and prove something else."""
    story, parts = told(), _entry_of(told(), "deposit")
    ledger, folder = story.ledger, _folder(_entry_of(told(), "deposit"), 2)
    index, size = ledger.changes[2].index, ledger.changes[2].index + 2
    note = folder["checkpoint"]

    def proof(at: int, under: int = size, embedded: bytes = note) -> bytes:
        return tlog_proof_text(at, inclusion_path(at, under, ledger.hash), embedded)

    def consistency(old: int, new: int) -> bytes:
        return ConsistencyProof(old, new, consistency_path(old, new, ledger.hash)).to_text()

    newest, pack_note = len(ledger.leaves), ledger.checkpoint
    before = Header.parse(ledger.header_at(ledger.block_height_of(index) - 1))
    later = Header.parse(ledger.header_at(ledger.block_height_of(size)))
    path = ConsistencyProof.parse(folder[CONSISTENCY]).path
    for what, changes in {
        "the entry's proof embeds the pack's checkpoint": {"entry.tlog-proof": proof(index, newest, pack_note)},
        "the header's proof embeds the pack's checkpoint": {"header.tlog-proof": proof(index + 1, newest, pack_note)},
        "the entry's proof is that of the header": {"entry.tlog-proof": proof(index + 1)},
        "the header's proof is that of the entry": {"header.tlog-proof": proof(index)},
        "the header of the block before": {"header.txt": before.to_bytes(), "header.tlog-proof": proof(before.index)},
        "the header of the block after, under its own checkpoint": {
            "header.txt": later.to_bytes(),
            "checkpoint": (signed := _note(story, later.log_size, ROSTER)),
            "header.tlog-proof": proof(later.index, later.log_size, signed),
            "entry.tlog-proof": proof(index, later.log_size, signed),
            CONSISTENCY: consistency(later.log_size, newest),
        },
        "a checkpoint of the block after": _resigned(story, folder, later.log_size, ROSTER),
        "the pack's checkpoint instead of the boundary's": {
            "checkpoint": pack_note,
            "entry.tlog-proof": proof(index, newest, pack_note),
            "header.tlog-proof": proof(index + 1, newest, pack_note),
            CONSISTENCY: ConsistencyProof(newest, newest, ()).to_text(),
        },
        "cosigned by two members": _resigned(story, folder, size, ROSTER, signers=["court.cn", "notary.cn"]),
        "cosigned by a quorum of the next roster": _resigned(
            story, folder, size, _both(), signers=["court.cn", "notary.cn", "bureau.cn"], log=["office.cn"]
        ),
        "no log key signed": _resigned(story, folder, size, ROSTER, log=[]),
        "a log key of the next roster signed alone": _resigned(
            story, folder, size, _both(), signers=[each.name for each in ROSTER.members], log=["bureau.cn"]
        ),
        "cosigned before its block": _resigned(story, folder, size, ROSTER, early_s=3600),
        "another root": {"checkpoint": checkpoint_note(size, sha256(b"another"), before.time_ms // 1000 + 100)},
        "the consistency proof of another size": {CONSISTENCY: consistency(size - 2, newest)},
        "the consistency proof to another size": {CONSISTENCY: consistency(size, newest - 1)},
        "the consistency proof reversed": {CONSISTENCY: ConsistencyProof(size, newest, path[::-1]).to_text()},
        "the consistency proof without its last hash": {
            CONSISTENCY: ConsistencyProof(size, newest, path[:-1]).to_text()
        },
        "the consistency proof empty": {CONSISTENCY: ConsistencyProof(size, newest, ()).to_text()},
        "the document with a space": {"document.json": b" " + folder["document.json"]},
        "the document of the founders": {"document.json": ROSTER.document},
        "the twin of another index": {"entry.json": entry_twin(story.entries["first change"], index + 1)},
        "the twin of another entry": {"entry.json": entry_twin(story.entries["second change"], index)},
        "another entry of that log": {
            "entry.msgpack": story.entries["deposit"].data,
            "entry.json": entry_twin(story.entries["deposit"], index),
        },
    }.items():
        changed = {f"rosters/2/{suffix}": data for suffix, data in changes.items()}
        yield RosterPack(f"first change: {what}", _packed(parts | changed), WALK)
    names = [each.name for each in ROSTER.members][:3]
    good = {
        f"rosters/2/{suffix}": data for suffix, data in _resigned(story, folder, size, ROSTER, signers=names).items()
    }
    yield RosterPack("good, first change: another quorum cosigned", _packed(parts | good), GOOD)
    for what, policy in {
        "of the founders": policy_text(ROSTER, ROSTER.members[0].log),
        "of roster 2": policy_text(ROSTER_2, ROSTER_2.members[-1].log),
        "with a log key that did not sign": policy_text(ROSTER_3, ROSTER_3.members[0].log),
    }.items():
        yield RosterPack(f"policy {what}", _packed(parts | {"policy.txt": policy}), ("inconsistent", "policy"))
    for what, roster in {"the founders": ROSTER, "roster 2": ROSTER_2}.items():
        signed = _note(story, newest, roster)
        under = {name: data.replace(pack_note, signed) for name, data in parts.items() if name.endswith("tlog-proof")}
        changed = parts | under | {"checkpoint": signed}
        # of the five members of roster 3 three signed as members of roster 2, one of them with its former key
        yield RosterPack(f"the pack's checkpoint signed by {what}", _packed(changed), ("cannot decide", "checkpoint"))


def _both() -> Roster:
    """The members of rosters 1 and 2 in one."""
    return roster_of(9, {each.name: each for each in (*ROSTER.members, *ROSTER_2.members)}.values())


def _note(story: Told, size: int, roster: Roster, early_s: int = 0, **signers: Any) -> bytes:
    header = Header.parse(story.ledger.header_at(story.ledger.block_height_of(size - 1)))
    time_s = header.time_ms // 1000 + 1 - early_s
    return checkpoint_note(size, root_at(size, story.ledger.hash), time_s, roster=roster, **signers)


def _resigned(story: Told, folder: Parts, size: int, roster: Roster, early_s: int = 0, **signers: Any) -> Parts:
    """The change under another checkpoint of its log, with the proofs that lead there."""
    signed, ledger = _note(story, size, roster, early_s, **signers), story.ledger
    index = ledger.changes[2].index
    newest = len(ledger.leaves)

    def proof(at: int) -> bytes:
        return tlog_proof_text(at, inclusion_path(at, size, ledger.hash), signed)

    path = consistency_path(size, newest, ledger.hash)
    return folder | {
        "checkpoint": signed,
        "entry.tlog-proof": proof(index),
        "header.tlog-proof": proof(index + 1),
        CONSISTENCY: ConsistencyProof(size, newest, path).to_text(),
    }


# --- ledgers that a forger made --------------------------------------------------------------------------------------


def _changed(forger: Forger, following: Roster = ROSTER_2, by: Iterable[bytes] | None = None) -> Entry:
    return change_entry(forger.pen, forger.roster, following, by)


def _members(*names: str) -> frozenset[bytes]:
    return frozenset(sha256(name.encode()) for name in names)


def _with_keys(**secrets: str) -> Callable[[Forger], Entry]:
    """The right signers; those named sign with the key of another label."""

    def make(forger: Forger) -> Entry:
        entry = _changed(forger)
        return forger.resigned(entry, {sha256(f"{name}.cn".encode()): key(label) for name, label in secrets.items()})

    return make


def _body(**changes: Any) -> Callable[[Forger], Entry]:
    return lambda forger: forger.resigned(_changed(forger), {}, **changes)


def _roster_2(*changed: Any, version: int = 2) -> Roster:
    """Roster 2 with members more or others in their place."""
    members = {each.name: each for each in (*ROSTER_2.members, *changed)}
    return roster_of(version, members.values())


def _refused_rosters() -> tuple[Roster, ...]:
    """Too small, with another pin, with a person in a title, with a vote key that is another member's."""
    named = {each.name: each for each in ROSTER_2.members}
    exchange, bureau = named["exchange.cn"], named["bureau.cn"]
    pinned = replace(exchange, tls=sha256(b"another certificate"))
    personal = replace(exchange, title_en="Ask court@example.cn")
    reused = replace(bureau, vote=ROSTER.members[3].vote)
    small = roster_of(2, [each for each in ROSTER_2.members if each != exchange])
    return small, _roster_2(pinned), _roster_2(personal), _roster_2(reused)


def _with_a_party(forger: Forger) -> Entry:
    return _changed(forger, by=[*signers_of(ROSTER, ROSTER_2), CAROL])


def _with_an_outsider(forger: Forger) -> Entry:
    forger.pen.keys[sha256(b"outsider.cn")] = key("outsider")
    return _changed(forger, by=[*signers_of(ROSTER, ROSTER_2), sha256(b"outsider.cn")])


def _entries() -> Mapping[str, tuple[Callable[[Forger], Entry], Roster]]:
    """An entry that the rules refuse, or that changes nothing, with the roster that its block names all the same."""
    small, pinned, personal, reused = _refused_rosters()
    three_left = roster_of(2, [each for each in ROSTER.members if each.name != "notary.cn"])
    renewed = _roster_2(rotated(ROSTER_2.members[1], "2"))
    silent = signers_of(ROSTER, renewed) - {renewed.members[1].member_id}
    two_and_new = _members("court.cn", "notary.cn", "bureau.cn")
    three = _members("court.cn", "exchange.cn", "notary.cn")
    return {
        "without who joins": (lambda forger: _changed(forger, by=three), ROSTER_2),
        "by two members and who joins": (lambda forger: _changed(forger, by=two_and_new), ROSTER_2),
        "by who joins alone": (lambda forger: _changed(forger, by=[BUREAU]), ROSTER_2),
        "with a party": (_with_a_party, ROSTER_2),
        "with an outsider": (_with_an_outsider, ROSTER_2),
        "a member signed with another key": (_with_keys(court="office court.cn 2"), ROSTER_2),
        "who joins signed with another key": (_with_keys(bureau="carol"), ROSTER_2),
        "for another ledger": (_body(ledger=bytes(32)), ROSTER_2),
        "expired": (_body(expires_ms=1), ROSTER_2),
        "expires too late": (_body(expires_ms=2**53), ROSTER_2),
        "without a member whose keys are new": (lambda forger: _changed(forger, renewed, silent), renewed),
        "three members, and one left": (lambda forger: _changed(forger, three_left), three_left),
        "version 3": (lambda forger: _changed(forger, _roster_2(version=3)), _roster_2(version=3)),
        "fewer than four members": (lambda forger: _changed(forger, small), small),
        "one left and one with another pin": (lambda forger: _changed(forger, pinned), pinned),
        "a person in a title": (lambda forger: _changed(forger, personal), personal),
        "a key of a member for another": (lambda forger: _changed(forger, reused), reused),
    }  # fmt: skip


def _forged_changes() -> Iterator[RosterPack]:
    for what, (make, following) in _entries().items():
        forger = Forger(told(1))
        entry = make(forger)
        named = {"next_roster_version": 2} if following.version != 2 else {}
        forger.seal(entry, following=replace(following, version=2), **named)
        forger.seal()
        yield RosterPack(f"forged, {what}", _forged(forger), WALK)
    for what, changes in _headers().items():
        forger = Forger(told(1))
        forger.seal(_changed(forger), following=ROSTER_2, **changes(forger))
        forger.seal()
        yield RosterPack(f"forged, {what}", _forged(forger), WALK)
    another = _roster_2(rotated(ROSTER_2.members[1], "3"))
    forger = Forger(told(1))
    forger.seal(_changed(forger), following=another)
    forger.seal()
    parts = dict(entry_parts(forger, told(1).entries["deposit"].entry_id))
    parts["rosters/2/document.json"] = another.document
    yield RosterPack("forged, the header names a document that the entry does not carry", _packed(parts), WALK)
    yield RosterPack("good, forged by nobody", _forged(_second_epoch()), GOOD)
    enough = Forger(told(1))
    enough.seal(_changed(enough, by=_members("court.cn", "exchange.cn", "notary.cn", "bureau.cn")), following=ROSTER_2)
    enough.seal()
    yield RosterPack("good, a quorum and who joins signed", _forged(enough), GOOD)
    yield from _forged_orders()
    yield from _forged_places()


def _headers() -> Mapping[str, Callable[[Forger], dict[str, Any]]]:
    return {
        "the header keeps the roster": lambda _: {"next_roster_version": 1, "next_roster_digest": ROSTER.digest},
        "the header names another next roster": lambda _: {"next_roster_digest": ROSTER_3.digest},
        "the header names another roster": lambda _: {"roster_digest": ROSTER_3.digest},
        "the header is of another ledger": lambda _: {"ledger": bytes(32)},
        "the header is of another origin": lambda _: {"origin": "ledger.example.cn/another"},
        "the header claims two entries": lambda forger: {"entries": 2, "first": len(forger.leaves) - 1},
        "the header claims none": lambda forger: {"entries": 0, "first": len(forger.leaves) + 1},
    }


def _forged_orders() -> Iterator[RosterPack]:
    """Changes that do not come one after the other in one chain."""
    for what, changes in {
        "the second change in a block of the same height": {"height": -1},
        "the second change at the time of the first": {"time_ms": -60_000},
        "the second change not linked to the first": {"previous": bytes(32)},
        "the second change without room before it": {"height": 1},
    }.items():
        forger = Forger(told(1))
        first = forger.seal(_changed(forger), following=ROSTER_2)
        after = {
            name: value if isinstance(value, bytes) else getattr(first, name) + value for name, value in changes.items()
        }
        if "height" in changes:
            after["height"] = first.height + (0 if changes["height"] == -1 else 9)
        if "time_ms" in changes:
            after["time_ms"] = first.time_ms
        forger.seal(_changed(forger, ROSTER_3), following=ROSTER_3, **after)
        forger.seal()
        yield RosterPack(f"forged, {what}", _forged(forger), WALK)
    for what, changed in {
        "the newest header not linked to the change": {"previous": bytes(32)},
        "the newest header at the time of the change": {"time_ms": "same"},
    }.items():
        forger = Forger(told(1))
        last = forger.seal(_changed(forger), following=ROSTER_2)
        forger.seal(**({"time_ms": last.time_ms} if "time_ms" in changed else changed))
        yield RosterPack(f"forged, {what}", _forged(forger), WALK)


def _forged_places() -> Iterator[RosterPack]:
    """The entry is not the one of the block, or not alone, or the change stands where it cannot."""
    for what, after_ms, verdict in (
        ("good, it expires at the time of its block", 0, GOOD),
        ("it expired before", -1, WALK),
    ):
        forger = Forger(told(1))
        at = forger.tip.header.time_ms + BLOCK_MS + after_ms
        forger.seal(forger.resigned(_changed(forger), {}, expires_ms=at), following=ROSTER_2)
        forger.seal()
        yield RosterPack(f"{what}, forged" if verdict is GOOD else f"forged, {what}", _forged(forger), verdict)

    forger = Forger(told(1))
    other = _roster_2(replace(ROSTER_2.members[0], title_en="Another title"))
    forger.seal(_changed(forger, other), following=ROSTER_2)
    forger.seal()
    parts = dict(entry_parts(forger, told(1).entries["deposit"].entry_id))
    named = parts | {"rosters/2/document.json": ROSTER_2.document}
    yield RosterPack("forged, the entry carries another document", _packed(named), WALK)

    forger = Forger(told(1))
    change = _changed(forger)
    forger.seal(change)
    forger.seal(forger.pen.deposit(CAROL, b"in its place"), following=ROSTER_2)
    yield RosterPack("forged, the entry stands in an earlier block", _placed(forger, change, forger.tip.header), WALK)

    forger = Forger(told(1))
    change = _changed(forger)
    forger.seal(change, forger.pen.deposit(CAROL, b"beside it"), following=ROSTER_2)
    yield RosterPack("forged, the entry is not alone in its block", _placed(forger, change, forger.tip.header), WALK)

    forger = Forger(told(1))
    forger.roster = ROSTER_2
    forger.seal(_changed(forger, ROSTER_3), following=ROSTER_3)
    forger.roster = ROSTER
    forger.seal(_changed(forger), following=ROSTER_2)
    forger.roster = ROSTER_3
    forger.seal()
    yield RosterPack("forged, the second change stands before the first", _forged(forger), WALK)


def _placed(forger: Forger, change: Entry, header: Header) -> bytes:
    """A pack whose change shows this entry, wherever it stands, with this header; and one block more."""
    note, size, index = forger.checkpoint, header.log_size, forger.indexes[change.entry_id]
    forger.seal()
    newest = len(forger.leaves)
    paths = {at: inclusion_path(at, size, forger.hash) for at in (index, header.index)}
    parts = dict(zip(ROSTER_STEP, (
        ROSTER_2.document,
        change.data,
        tlog_proof_text(index, paths[index], note),
        entry_twin(change, header.first),
        header.to_bytes(),
        tlog_proof_text(header.index, paths[header.index], note),
        note,
    ), strict=True))  # fmt: skip
    parts[CONSISTENCY] = ConsistencyProof(size, newest, consistency_path(size, newest, forger.hash)).to_text()
    forger.changes.clear()  # the builder would show the entry of the block
    made = dict(entry_parts(forger, told(1).entries["deposit"].entry_id))
    made["policy.txt"] = policy_text(ROSTER_2, ROSTER_2.members[-1].log)
    return _packed(made | {f"rosters/2/{suffix}": data for suffix, data in parts.items()})


def _second_epoch_begun() -> Forger:
    """Up to the change itself."""
    forger = Forger(told(1))
    forger.seal(_changed(forger), following=ROSTER_2)
    return forger


def _second_epoch() -> Forger:
    """Roster 2 in force and one block more."""
    forger = _second_epoch_begun()
    forger.seal()
    return forger


def _forged(forger: Forger) -> bytes:
    """The pack of the story's deposit in a forged ledger."""
    return _packed(entry_parts(forger, told(1).entries["deposit"].entry_id))


def _forged_blocks() -> Iterator[RosterPack]:
    """Entries and blocks that are wrong under the roster of their place, in a ledger whose changes are good."""
    old_names = {"roster_version": 1, "roster_digest": ROSTER.digest}
    still = {"next_roster_version": 1, "next_roster_digest": ROSTER.digest}
    new_names = {"roster_version": 2, "roster_digest": ROSTER_2.digest}
    leads_on = {"next_roster_version": 3, "next_roster_digest": ROSTER_3.digest}
    for what, changes in {
        "a block after the change that names the roster before": old_names | still,
        "a block after the change that ends the roster before once more": old_names,
        "a block that ends the roster in the middle of it": leads_on,
    }.items():
        forger = _second_epoch()
        entry = forger.pen.deposit(CAROL, b"x")
        forger.seal(entry, **changes)
        forger.seal()
        pack = _packed(entry_parts(forger, entry.entry_id))
        yield RosterPack(f"forged, {what}", pack, ("cannot decide", "blocks"))
    early = Forger(told(1))
    entry = early.pen.deposit(CAROL, b"x")
    early.seal(entry, **new_names, next_roster_version=2, next_roster_digest=ROSTER_2.digest)
    early.seal(_changed(early), following=ROSTER_2)
    early.seal()
    pack = _packed(entry_parts(early, entry.entry_id))
    yield RosterPack("forged, a block before the change that names the roster after", pack, ("cannot decide", "blocks"))
    ending = Forger(told(1))
    entry = ending.pen.deposit(CAROL, b"x")
    ending.seal(entry, next_roster_version=2, next_roster_digest=ROSTER_2.digest)
    ending.seal()
    pack = _packed(entry_parts(ending, entry.entry_id))
    yield RosterPack("forged, a block that ends roster 1 and nothing follows", pack, ("cannot decide", "blocks"))
    unlinked = _second_epoch_begun()
    entry = unlinked.pen.deposit(CAROL, b"x")
    unlinked.seal(entry, previous=bytes(32))
    unlinked.seal()
    pack = _packed(entry_parts(unlinked, entry.entry_id))
    yield RosterPack("forged, a block that is not linked to the change before it", pack, ("inconsistent", "blocks"))
    reaching = _second_epoch()
    entry, first = reaching.pen.deposit(CAROL, b"x"), len(reaching.leaves)
    reaching.seal(entry, first=first - 3, entries=4)
    reaching.seal()
    pack = _packed(entry_parts(reaching, entry.entry_id))
    yield RosterPack("forged, a block that reaches back over the change", pack, ("cannot decide", "blocks"))
    yield from _forged_signers()
    yield _another_history()


def _forged_signers() -> Iterator[RosterPack]:
    signatures = ("inconsistent", "signatures")
    forger = _second_epoch()
    gone = forger.pen.deposit(OFFICE, b"by who left")
    forger.seal(gone)
    yield RosterPack("forged, a deposit by who left", _packed(entry_parts(forger, gone.entry_id)), signatures)
    forger = Forger(told(1))
    forger.pen.keys |= offices(ROSTER, ROSTER_2)
    early = forger.pen.deposit(BUREAU, b"by who has not joined")
    forger.seal(early)
    forger.seal(_changed(forger), following=ROSTER_2)
    forger.seal()
    yield RosterPack(
        "forged, a deposit by who had not joined yet", _packed(entry_parts(forger, early.entry_id)), signatures
    )
    for stage, label, what in (
        (3, "office court.cn 2", "a new key before its time"),
        (5, "office court.cn", "a former key"),
    ):
        forger = Forger(told(stage))
        forger.pen.keys[COURT] = key(label)
        entry = forger.pen.deposit(COURT, b"x")
        forger.seal(entry)
        yield RosterPack(f"forged, a deposit under {what}", _packed(entry_parts(forger, entry.entry_id)), signatures)


def _another_history() -> RosterPack:
    """Two ledgers that part before the change: each change is good, and one is shown in the other's pack."""
    packs: list[Parts] = []
    for file in (b"one history", b"another history"):
        forger = Forger(told(1))
        forger.seal(forger.pen.deposit(CAROL, file))
        forger.seal(_changed(forger), following=ROSTER_2)
        forger.seal()
        packs.append(dict(entry_parts(forger, told(1).entries["deposit"].entry_id)))
    one, other = packs
    foreign = {name: data for name, data in other.items() if name.startswith("rosters/")}
    path = {"rosters/2/consistency.txt": one["rosters/2/consistency.txt"]}
    return RosterPack("forged, the change of another history", _packed(one | foreign | path), WALK)
