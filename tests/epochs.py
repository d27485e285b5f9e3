"""A ledger whose members change twice, and a forger who holds every key of it.

Roster 1 are the four founders. With roster 2 the registrar `office.cn` leaves and the registrar `bureau.cn` joins; with
roster 3 `academy.cn` joins and `court.cn` has other keys. A right is registered under roster 1 by a registrar that then
leaves, transferred under roster 2 by the one that joined, licensed under roster 3.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from evidencekit import (
    ALICE,
    BLOCK_MS,
    BOB,
    CAROL,
    FILE,
    FILES,
    NOTARY,
    OFFICE,
    ORIGIN,
    ROSTER,
    SECRETS,
    Ledger,
    Pen,
    checkpoint_note,
    key,
    member,
)

from datadeed_ledger.block import entries_digest
from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Body, Entry
from datadeed_ledger.evidence import RosterStep
from datadeed_ledger.evidence.reader import RosterChange
from datadeed_ledger.evidence.succession import roster_step
from datadeed_ledger.header import Header
from datadeed_ledger.kinds.succession import with_new_keys
from datadeed_ledger.merkle import leaf_hash, new_nodes
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, VerifierKey
from datadeed_ledger.roster import Member, Roster

BUREAU, ACADEMY, COURT, EXCHANGE = (sha256(name) for name in (b"bureau.cn", b"academy.cn", b"court.cn", b"exchange.cn"))
SECOND_FILE = b"deposited by a member of roster 2"


def rotated(before: Member, label: str) -> Member:
    """The same member and certificate with four other keys."""
    name = before.name
    return replace(
        before,
        vote=key(f"vote {name} {label}").public_key,
        office=key(f"office {name} {label}").public_key,
        cosign=VerifierKey(name, COSIGNATURE_TYPE, key(f"cosign {name} {label}").public_key),
        log=VerifierKey(ORIGIN, LOG_TYPE, key(f"log {name} {label}").public_key),
    )


def roster_of(version: int, members: Iterable[Member]) -> Roster:
    return Roster.of(version, sorted(members, key=lambda each: each.name))


_SECOND = [each for each in ROSTER.members if each.name != "office.cn"] + [member("bureau.cn", "registrar")]
ROSTER_2 = roster_of(2, _SECOND)
_THIRD = [rotated(each, "2") if each.name == "court.cn" else each for each in _SECOND]
ROSTER_3 = roster_of(3, [*_THIRD, member("academy.cn", "notary")])
ROSTERS = {1: ROSTER, 2: ROSTER_2, 3: ROSTER_3}


def signers_of(present: Roster, following: Roster) -> frozenset[bytes]:
    """Every member of the present roster, and whoever has new keys."""
    return frozenset(each.member_id for each in present.members) | with_new_keys(present, following)


def offices(present: Roster, following: Roster) -> dict[bytes, Any]:
    """The office keys of members by their ids; of present members the present ones."""
    return {each.member_id: SECRETS[each.office] for each in (*following.members, *present.members)}


def change_entry(pen: Pen, present: Roster, following: Roster, by: Iterable[bytes] | None = None) -> Entry:
    pen.keys |= offices(present, following)
    signers = signers_of(present, following) if by is None else by
    return pen.entry("amend_roster", signers, lambda _: {"roster": following.document})


def step_of(ledger: Ledger, change: RosterChange) -> RosterStep:
    """What proves a change, as one who follows the ledger gets it."""
    return RosterStep.of(change.version, roster_step(ledger, change))


@dataclass(frozen=True)
class Told:
    """The story up to some block; entries that were not recorded by then are missing."""

    ledger: Ledger
    pen: Pen
    entries: Mapping[str, Entry]

    def index(self, name: str) -> int:
        return self.ledger.indexes[self.entries[name].entry_id]


def _first(ledger: Ledger, pen: Pen, told: dict[str, Entry]) -> None:
    ledger.add(pen.enrol(ALICE, "alice"), pen.enrol(BOB, "bob"), pen.enrol(CAROL, "carol"))
    told["deposit"] = pen.deposit(ALICE, FILE)
    ledger.add(told["deposit"])
    told["right"] = right = pen.apply(ALICE, [(told["deposit"], None)])
    ledger.add(right)
    ledger.add(pen.on_right("publish", right, [OFFICE]))
    number = {"registration_no": "2026BJ0000000001", "certificate_no": "11000000000000001"}
    ledger.add(pen.on_right("register", right, [OFFICE], **number))
    ledger.add()


def _second(ledger: Ledger, pen: Pen, told: dict[str, Entry]) -> None:
    told["first change"] = change_entry(pen, ROSTER, ROSTER_2)
    ledger.add(told["first change"])


def _third(ledger: Ledger, pen: Pen, told: dict[str, Entry]) -> None:
    right = told["right"]
    told["batch"] = pen.batch(NOTARY, FILES)
    told["joined"] = pen.deposit(BUREAU, SECOND_FILE)
    ledger.add(told["batch"], told["joined"])
    ledger.add(pen.update(ALICE, "alice 2", "renaming", ALICE, BUREAU))
    told["transfer"] = pen.transfer(right, [ALICE, BOB], BOB)
    ledger.add(told["transfer"])
    ledger.add(pen.on_right("approve", right, [BUREAU], request=told["transfer"].entry_id, certificate_no=None))
    ledger.add()


def _fourth(ledger: Ledger, pen: Pen, told: dict[str, Entry]) -> None:
    told["second change"] = change_entry(pen, ROSTER_2, ROSTER_3)
    ledger.add(told["second change"])
    pen.keys[COURT] = key("office court.cn 2")


def _fifth(ledger: Ledger, pen: Pen, told: dict[str, Entry]) -> None:
    right = told["right"]
    told["rotated"] = pen.deposit(COURT, b"with its new key")
    ledger.add(told["rotated"], pen.deposit(ACADEMY, b"by who joined last"))
    told["licence"] = pen.license(right, [ALICE, BOB], ALICE)
    ledger.add(told["licence"])
    told["asset"] = pen.entry(
        "register_asset",
        [EXCHANGE, BOB],
        lambda sealed: {
            "right": right.entry_id,
            "party": BOB,
            "industry": "64",
            "category": "data_set",
            "deposits": [],
            "product_name": sealed("product_name", "a product"),
            "valuation": sealed("valuation"),
        },
    )
    ledger.add(told["asset"])
    seals = {"ruling_no": bytes(32), "notice_no": bytes(32)}
    ledger.add(pen.on_right("freeze", right, [COURT], months=6, **seals))
    ledger.add()


# The newest header then stands under roster 1, ends it, under 2, ends it, under 3.
STAGES: tuple[Callable[[Ledger, Pen, dict[str, Entry]], None], ...] = (_first, _second, _third, _fourth, _fifth)


@lru_cache(maxsize=len(STAGES))
def told(stages: int = len(STAGES)) -> Told:
    """Told once up to this stage, 1 to 5; nobody may write on it."""
    ledger = Ledger()
    pen = Pen(ledger)
    entries: dict[str, Entry] = {}
    for stage in STAGES[:stages]:
        stage(ledger, pen, entries)
    return Told(ledger, pen, entries)


class Forger(Ledger):
    """A ledger in the hands of somebody who holds every key: it appends whatever leaves and headers it likes."""

    def __init__(self, before: Told) -> None:
        self.__dict__ = copy.deepcopy(before.ledger.__dict__)
        self.pen = copy.deepcopy(before.pen)
        self.pen.ledger = self

    def seal(self, *entries: Entry, following: Roster | None = None, note: Any = None, **changes: Any) -> Header:
        """Append these entries and a header over them with any of its lines changed, cosigned by the present roster.

        following: the roster that the block puts in force; note: signs the checkpoint of (size, root, time in s).
        """
        hashes = [leaf_hash(entry.data) for entry in entries]
        parent, before, present = self.tip.header, self.before.extend(hashes), self.roster
        after = following or present
        header = replace(
            parent,
            height=parent.height + 1,
            time_ms=parent.time_ms + BLOCK_MS,
            previous=self.tip.digest,
            first=len(self.leaves),
            entries=len(entries),
            entries_digest=entries_digest(hashes),
            tree_size=before.size,
            tree_root=before.root,
            roster_version=present.version,
            roster_digest=present.digest,
            next_roster_version=after.version,
            next_roster_digest=after.digest,
        )
        self._append(replace(header, **changes), [entry.data for entry in entries])
        made, size = self.tip.header, len(self.leaves)
        sign = note or (lambda *what: checkpoint_note(*what, roster=present))
        self.checkpoint = sign(size, self.before.root, parent.time_ms // 1000 + BLOCK_MS // 1000 + 1)
        if following is not None:
            self.changes[following.version] = RosterChange(following.version, size - 2, self.checkpoint)
            self.roster = following
        return made

    def _append(self, header: Header, entries: list[bytes]) -> None:
        data = header.to_bytes()
        leaves = [*entries, data]
        self.firsts.append(len(self.leaves))
        self.indexes |= {sha256(Entry.parse(leaf).body_bytes): len(self.leaves) + at for at, leaf in enumerate(entries)}
        self.leaves += leaves
        self.headers.append(data)
        hashes = [leaf_hash(leaf) for leaf in leaves]
        self.nodes |= {(level, index): hashed for level, index, hashed in new_nodes(self.before, hashes)}
        self.before = self.before.extend(hashes)
        self.tip = replace(self.tip, header=header, header_bytes=data, frontier=self.before)

    def resigned(self, entry: Entry, keys: Mapping[bytes, Any], **changes: Any) -> Entry:
        """The entry with other fields in its body, signed with these keys where the pen has others."""
        body: Body = replace(entry.body, **changes)
        return Entry.build(body, {signer: {**self.pen.keys, **keys}[signer] for signer in body.by})
