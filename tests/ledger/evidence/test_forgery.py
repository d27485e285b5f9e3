"""What a dishonest quorum could sign, and the judge refuses all the same: every cosignature is good here.

The forger holds all keys. It appends whatever leaves, records and headers it likes, cosigns the result, and packs it by
the ordinary builder. Rules are not replayed yet; what is refused here is what does not fit together.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from evidencekit import (
    ALICE,
    BLOCK_MS,
    CAROL,
    FINGERPRINT,
    FOUNDED_MS,
    OFFICE,
    ROSTER,
    Ledger,
    Pen,
    check_signature,
    checkpoint_note,
    key,
    story,
)

from datadeed_ledger.block import entries_digest
from datadeed_ledger.chain import build
from datadeed_ledger.encoding import encode, sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.evidence import NotProven, Outcome, Unreadable, verify_pack
from datadeed_ledger.evidence.build import absence_parts, entry_parts, title_parts
from datadeed_ledger.evidence.container import write_container
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import Frontier, leaf_hash, new_nodes
from datadeed_ledger.records import Events, Licence, Party, Right, Rules, Version, licence_key
from datadeed_ledger.statemap import StateMap, subject_key

TOLD = story()
RIGHT = TOLD.right.entry_id
SUBJECT = f"right/{RIGHT.hex()}"
NEVER = "right/" + 64 * "e"


class Forger(Ledger):
    """The story's ledger in the hands of a quorum that signs anything."""

    def __init__(self) -> None:
        self.__dict__ = copy.deepcopy(TOLD.ledger.__dict__)
        self.pen = copy.deepcopy(TOLD.pen)
        self.pen.ledger = self

    def seal(self, *entries: Entry, records: Mapping[bytes, bytes | None] | None = None, **changes: Any) -> None:
        """Append these entries and a header over them, with any of its lines changed, and cosign."""
        for place, record in (records or {}).items():
            if record is None:
                del self.records[place]
            else:
                self.records[place] = record
        values = {place: sha256(record) for place, record in self.records.items()}
        self.state_map = StateMap().update(values, lambda _: ())
        hashes = [leaf_hash(entry.data) for entry in entries]
        parent, first = self.tip.header, len(self.leaves)
        before = self.before.extend(hashes)
        header = replace(
            parent,
            height=parent.height + 1,
            time_ms=parent.time_ms + BLOCK_MS,
            previous=self.tip.digest,
            first=first,
            entries=len(entries),
            entries_digest=entries_digest(hashes),
            tree_size=before.size,
            tree_root=before.root,
            state_root=self.state_map.root,
        )
        self._append(replace(header, **changes), [entry.data for entry in entries])

    def _append(self, header: Header, entries: list[bytes]) -> None:
        data = header.to_bytes()
        hashes = [leaf_hash(leaf) for leaf in (*entries, data)]
        self.firsts.append(len(self.leaves))
        self.indexes |= {Entry.parse(leaf).entry_id: len(self.leaves) + at for at, leaf in enumerate(entries)}
        self.leaves += [*entries, data]
        self.headers.append(data)
        self.nodes |= {(level, index): hashed for level, index, hashed in new_nodes(self.before, hashes)}
        self.before = self.before.extend(hashes)
        self.tip = replace(self.tip, header=header, header_bytes=data, frontier=self.before)
        self.checkpoint = checkpoint_note(len(self.leaves), self.before.root, header.time_ms // 1000 + 1)

    def own_record(self) -> Right:
        return Right.from_bytes(self.records[subject_key(SUBJECT)])

    def touch(self, *entries: Entry) -> Events:
        """The right's events as if these entries, to be sealed next, touched it."""
        at = len(self.leaves)
        for entry in entries:
            self.touched[SUBJECT] = [*self.touched[SUBJECT], at]
            leaf = leaf_hash(at.to_bytes(8, "big") + leaf_hash(entry.data))
            self.frontiers[SUBJECT] = self.frontiers[SUBJECT].append(leaf)
            at += 1
        return Events.of(self.frontiers[SUBJECT])

    def act(self, *entries: Entry, records: Mapping[bytes, bytes | None] | None = None) -> None:
        """Seal entries that touch the right, with its record committing to them."""
        own = replace(self.own_record(), events=self.touch(*entries))
        self.seal(*entries, records={own.key: own.to_bytes(), **(records or {})})


def judged(pack: Any, ask: str | None = None) -> NotProven | Unreadable:
    with pytest.raises((NotProven, Unreadable)) as failure:
        verify_pack(write_container(pack), FINGERPRINT, ask=ask)
    error = failure.value
    assert isinstance(error, (NotProven, Unreadable))
    return error


def title(forger: Forger) -> NotProven | Unreadable:
    return judged(title_parts(forger, RIGHT))


def test_the_forger_is_believed_until_a_rule_is_broken() -> None:
    forger = Forger()
    forger.seal()
    report = verify_pack(write_container(title_parts(forger, RIGHT)), FINGERPRINT)
    assert report.about[-1] == forger.touched[SUBJECT][-1]
    assert report.rules_replayed
    forger.act(forger.pen.on_right("publish", TOLD.right, [OFFICE]))  # although the right is registered
    error = title(forger)
    assert isinstance(error, NotProven)
    assert (error.step, error.outcome, error.refused and error.refused.number) == ("rules", Outcome.INCONSISTENT, 502)
    assert f"entry {forger.touched[SUBJECT][-1]} (publish) breaks rule 502" in error.reason
    assert "违反第 502 号规则：该申请当前状态为 registered" in error.steps[-1].zh


# --- headers ---------------------------------------------------------------------------------------------------------


def test_a_header_of_another_ledger_is_refused() -> None:
    forger = Forger()
    forger.seal(ledger=bytes(32))
    error = judged(absence_parts(forger, NEVER), NEVER)
    assert (error.step, error.reason) == ("header", "header.txt: the header is of another ledger")


def test_a_header_of_another_origin_is_refused() -> None:
    forger = Forger()
    forger.seal(origin="ledger.example.cn/other")
    assert "of another log" in judged(absence_parts(forger, NEVER), NEVER).reason
    forger.seal()
    forger.seal(origin=ROSTER.members[0].log.name)
    entry = forger.pen.deposit(CAROL, b"x")
    forger.seal(entry, origin="ledger.example.cn/other")
    forger.seal(origin=ROSTER.members[0].log.name)
    error = judged(entry_parts(forger, entry.entry_id))
    assert (error.step, "of another origin" in error.reason) == ("blocks", True)


@pytest.mark.parametrize("last", [True, False])
def test_another_roster_cannot_be_decided(last: bool) -> None:
    forger = Forger()
    entry = forger.pen.deposit(CAROL, b"x")
    later = {"roster_version": 2, "roster_digest": bytes(32), "next_roster_version": 2, "next_roster_digest": bytes(32)}
    forger.seal(entry, **later)
    if not last:
        same = {"roster_version": 1, "roster_digest": ROSTER.digest}
        forger.seal(**same, **{f"next_{name}": value for name, value in same.items()})
    error = judged(entry_parts(forger, entry.entry_id))
    assert (error.step, error.outcome) == ("checkpoint" if last else "blocks", Outcome.CANNOT_DECIDE)
    assert "names roster 2" in error.reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"time_ms": FOUNDED_MS}, "do not ascend"),
        ({"previous": bytes(32)}, "are not linked"),
        ({"height": 11}, "do not ascend"),
        ({"height": 15}, "leave no room for the blocks between"),
    ],
)
def test_headers_that_cannot_stand_in_one_chain_are_refused(changes: dict[str, Any], reason: str) -> None:
    """An entry in block 12 and the newest header after it."""
    forger = Forger()
    entry = forger.pen.deposit(CAROL, b"x")
    forger.seal(entry)
    forger.seal(**changes)
    error = judged(entry_parts(forger, entry.entry_id))
    assert (error.step, reason in error.reason) == ("blocks", True)


def test_two_headers_of_one_height_are_refused() -> None:
    forger = Forger()
    entry = forger.pen.deposit(CAROL, b"x")
    forger.seal(entry)
    forger.seal(height=12)
    error = judged(entry_parts(forger, entry.entry_id))
    assert (error.step, "two headers for one height" in error.reason) == ("blocks", True)


def test_a_header_that_does_not_cover_the_entry_before_it_is_refused() -> None:
    forger = Forger()
    entry = forger.pen.deposit(CAROL, b"x")
    first = len(forger.leaves)
    forger.seal(entry, first=first + 1, entries=0)
    error = judged(entry_parts(forger, entry.entry_id))
    assert (error.step, "the block of entry" in error.reason) == ("blocks", True)


# --- entries ---------------------------------------------------------------------------------------------------------


def resigned(entry: Entry, *signers: str, **changes: Any) -> Entry:
    body = replace(entry.body, **changes)
    return Entry.build(body, {signer: key(label) for signer, label in zip(body.by, signers, strict=True)})


@pytest.mark.parametrize(
    ("make", "step", "reason"),
    [
        (lambda pen: resigned(pen.deposit(CAROL, b"x"), "carol", ledger=bytes(32)), "inclusion", "for another ledger"),
        (lambda pen: resigned(pen.deposit(CAROL, b"x"), "bob"), "signatures", "is not by the key"),
        (lambda pen: resigned(pen.deposit(ALICE, b"x"), "alice"), "signatures", "is not by the key"),  # her old key
        (lambda pen: resigned(pen.deposit(CAROL, b"x"), "x", by=(bytes(16),)), "signatures", "no entry here gives"),
        (lambda pen: resigned(pen.deposit(CAROL, b"x"), "x", by=(bytes(32),)), "signatures", "no member of roster 1"),
    ],
    ids=["another ledger", "another's key", "an old key", "nobody", "no member"],
)
def test_an_entry_that_no_node_would_admit_is_refused(make: Callable[[Pen], Entry], step: str, reason: str) -> None:
    forger = Forger()
    entry = make(forger.pen)
    forger.seal(entry)
    error = judged(entry_parts(forger, entry.entry_id))
    assert (error.step, reason in error.reason) == (step, True)


def test_a_key_without_proof_of_possession_is_refused() -> None:
    forger = Forger()
    enrolment = forger.pen.enrol(bytes(16), "dave")
    data = {**enrolment.body.data, "key_proof": bytes(64)}
    entry = resigned(enrolment, "office office.cn", data=data)
    forger.seal(entry)
    error = judged(entry_parts(forger, entry.entry_id))
    assert (error.step, "is not by the key" in error.reason) == ("signatures", True)


def test_a_kind_that_this_version_does_not_know_cannot_be_read() -> None:
    forger = Forger()
    entry = TOLD.deposit
    body = encode({**entry.body.to_value(), "kind": "freeze"})
    leaf = encode([body, [bytes(64)]])
    forger.act()
    parts = dict(entry_parts(forger, entry.entry_id))
    parts["entry-5.msgpack"] = leaf
    error = judged(parts.items())
    assert isinstance(error, Unreadable)
    assert error.step == "inclusion"


# --- histories and records -------------------------------------------------------------------------------------------


def test_an_event_that_the_record_does_not_commit_to_is_refused() -> None:
    forger = Forger()
    entry = forger.pen.on_right("publish", TOLD.right, [OFFICE])
    forger.touch(entry)
    forger.seal(entry)
    assert "was touched by 6 entries, 7 of them are here" in title(forger).reason


def test_a_record_that_commits_to_another_event_is_refused() -> None:
    forger = Forger()
    own = replace(forger.own_record(), events=Events(6, bytes(32)))
    forger.seal(records={own.key: own.to_bytes()})
    assert f"not those that touched {SUBJECT}, in their order" in title(forger).reason


def test_events_in_another_order_are_refused() -> None:
    forger = Forger()
    order = [forger.touched[SUBJECT][at] for at in (0, 2, 1, 3, 4, 5)]
    leaves = [leaf_hash(at.to_bytes(8, "big") + leaf_hash(forger.leaves[at])) for at in order]
    own = replace(forger.own_record(), events=Events.of(Frontier.EMPTY.extend(leaves)))
    forger.seal(records={own.key: own.to_bytes()})
    assert f"not those that touched {SUBJECT}, in their order" in title(forger).reason


def test_a_history_that_refers_to_what_is_no_deposit_is_refused() -> None:
    forger = Forger()
    enrolment = Entry.parse(forger.leaves[1])
    right = forger.pen.apply(ALICE, [(enrolment, None)])
    record = replace(forger.own_record(), subject=f"right/{right.entry_id.hex()}")
    at = len(forger.leaves)
    frontier = Frontier.EMPTY.append(leaf_hash(at.to_bytes(8, "big") + leaf_hash(right.data)))
    forger.touched[record.subject] = [at]
    record = replace(record, events=Events.of(frontier))
    forger.seal(right, records={record.key: record.to_bytes()})
    error = judged(title_parts(forger, right.entry_id))
    assert (error.step, "which is no deposit" in error.reason) == ("deposits", True)


def test_two_rights_in_one_pack_cannot_be_decided() -> None:
    forger = Forger()
    second = forger.pen.apply(ALICE, [(TOLD.deposit, None)])
    built = build(forger.tip, forger, [second], forger.tip.header.time_ms + BLOCK_MS, 2000, check_signature)
    forger._commit(built.executed)
    parts = dict(title_parts(forger, RIGHT)) | dict(entry_parts(forger, second.entry_id))
    error = judged(parts.items())
    assert (error.step, error.outcome) == ("question", Outcome.CANNOT_DECIDE)
    assert "2 rights are opened" in error.reason


def _licence(forger: Forger) -> tuple[bytes, Licence]:
    place = licence_key(SUBJECT, TOLD.licence.entry_id)
    return place, Licence.from_bytes(forger.records[place])


def _party(forger: Forger, **changes: Any) -> dict[bytes, bytes | None]:
    subject = f"party/{ALICE.hex()}"
    party = replace(Party.from_bytes(forger.records[subject_key(subject)]), **changes)
    return {subject_key(subject): party.to_bytes()}


def _rules(forger: Forger, **changes: Any) -> dict[bytes, bytes | None]:
    rules = replace(Rules.from_bytes(forger.records[subject_key("rules")]), **changes)
    return {subject_key("rules"): rules.to_bytes()}


def _moved_licence(forger: Forger) -> dict[bytes, bytes | None]:
    place, licence = _licence(forger)
    return {place: replace(licence, id=bytes(32)).to_bytes()}


def _foreign_licence(forger: Forger) -> dict[bytes, bytes | None]:
    place, licence = _licence(forger)
    return {place: replace(licence, subject=NEVER).to_bytes()}


RECORDS: dict[str, tuple[Callable[[Forger], dict[bytes, bytes | None]], str, str]] = {
    "of another subject": (_foreign_licence, "records", "names another subject"),
    "under another's key": (_moved_licence, "records", "stands under another key"),
    "of an unknown kind": (
        lambda _: {subject_key(SUBJECT, 3): b"\x80"},
        "records",
        "does not know records of kind 03",
    ),
    "that is no record": (lambda _: {subject_key(SUBJECT): b"\x80"}, "records", "missing fields"),
    "missing, with a licence standing": (
        lambda _: {subject_key(SUBJECT): None},
        "history",
        "has no record of its own",
    ),
    "missing altogether": (
        lambda forger: {subject_key(SUBJECT): None, _licence(forger)[0]: None},
        "history",
        "has no record of its own",
    ),
    "with another key than the last": (
        lambda forger: _party(forger, public_key=key("alice").public_key),
        "history",
        "is not what its last key-giving entry says",
    ),
    "with another name": (lambda forger: _party(forger, name=bytes(32)), "history", "is not what its last"),
    "with other founding rules": (
        lambda forger: _rules(forger, versions=(Version(1, FOUNDED_MS, bytes(32)),)),
        "history",
        "the first rule set of record is not that of the founding document",
    ),
    "with rules that no entry amended": (
        lambda forger: _rules(
            forger,
            versions=(*Rules.from_bytes(forger.records[subject_key("rules")]).versions, Version(2, 2**41, bytes(32))),
        ),
        "history",
        "1 amendments of record, 0 entries",
    ),
    "with rules' events that are not here": (
        lambda forger: _rules(forger, events=Events(1, bytes(32))),
        "history",
        "rules was touched by 1 entries, 0 of them are here",
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_that_does_not_fit_is_refused(name: str) -> None:
    make, step, reason = RECORDS[name]
    forger = Forger()
    forger.seal(records=make(forger))
    error = title(forger)
    assert (error.step, reason in error.reason) == (step, True), error
