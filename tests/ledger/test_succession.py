"""Changes of the roster: who signs them, the block that they end an epoch with, and the roster that follows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evidencekit import ALICE, ROSTER, Ledger, Pen, check_signature, key, member
from registerkit import OFFICE, RegisterKit
from registerkit import key as office_key

from datadeed_ledger.block import Block, entries_digest
from datadeed_ledger.chain import Executed, build, check
from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Malformed, Refused
from datadeed_ledger.merkle import leaf_hash
from datadeed_ledger.roster import Member, Roster

JOINING = "university.example.cn"
MEMBERS = [each.member_id for each in ROSTER.members]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def joined(version: int = 2) -> Roster:
    """The founding members and one more."""
    members: list[Member] = [*ROSTER.members, member(JOINING, "supervisor")]
    return Roster.of(version, sorted(members, key=lambda each: each.name))


def change(pen: Pen, following: Roster) -> Entry:
    """By all present members and the one that joins."""
    pen.keys[sha256(JOINING.encode())] = key(f"office {JOINING}")
    signers = {each.member_id for each in (*ROSTER.members, *following.members)}
    return pen.entry("amend_roster", signers, lambda _: {"roster": following.document})


def block_of(ledger: Ledger, *entries: Entry) -> Executed:
    made = build(ledger.tip, ledger, entries, ledger.tip.header.time_ms + 1000, 2000, check_signature)
    assert check(ledger.tip, ledger, Block.parse(made.executed.block.to_bytes()), check_signature) == made.executed
    return made.executed


# --- the block -------------------------------------------------------------------------------------------------------


def test_the_block_that_records_a_change_names_the_next_roster_and_ends_the_epoch(ledger: Ledger) -> None:
    made = block_of(ledger, change(Pen(ledger), joined()))
    header = made.tip.header
    assert made.next_roster == joined()
    assert header.ends_epoch
    assert (header.roster_version, header.roster_digest) == (1, ROSTER.digest)
    assert (header.next_roster_version, header.next_roster_digest) == (2, joined().digest)


def test_the_document_is_the_leaf_before_the_header_of_the_block_that_ends_the_epoch(ledger: Ledger) -> None:
    ledger.add(change(Pen(ledger), joined()))
    recorded = Entry.parse(ledger.leaf(ledger.tip.header.index - 1))
    assert sha256(recorded.body.data["roster"]) == ledger.tip.header.next_roster_digest


def test_the_next_block_stands_under_the_next_roster_and_its_new_member_signs(ledger: Ledger) -> None:
    pen = Pen(ledger)
    ledger.add(change(pen, joined()))
    assert ledger.roster == joined()
    made = block_of(ledger, pen.deposit(sha256(JOINING.encode()), b"a file"))
    assert len(made.entries) == 1
    header = made.tip.header
    assert (header.roster_version, header.next_roster_version, header.ends_epoch) == (2, 2, False)
    assert made.next_roster is None


def test_a_change_is_taken_before_all_others_and_alone(ledger: Ledger) -> None:
    pen = Pen(ledger)
    enrolment, changing = pen.enrol(ALICE, "alice"), change(pen, joined())
    made = build(ledger.tip, ledger, [enrolment, changing], ledger.tip.header.time_ms + 1, 0, check_signature)
    assert made.executed.entries == (changing,)
    assert made.left_out == ()


def test_a_change_that_is_refused_bars_nobody(ledger: Ledger) -> None:
    pen = Pen(ledger)
    enrolment, changing = pen.enrol(ALICE, "alice"), change(pen, joined(version=3))
    made = build(ledger.tip, ledger, [enrolment, changing], ledger.tip.header.time_ms + 1, 0, check_signature)
    assert made.executed.entries == (enrolment,)
    assert [entry for entry, _ in made.left_out] == [changing]


def test_of_two_changes_one_is_taken_and_the_other_can_never_follow(ledger: Ledger) -> None:
    pen = Pen(ledger)
    one, other = change(pen, joined()), change(pen, joined())
    ledger.add(one)
    made = build(ledger.tip, ledger, [other], ledger.tip.header.time_ms + 1, 0, check_signature)
    assert made.executed.entries == ()
    assert isinstance(made.left_out[0][1], Refused)
    assert made.left_out[0][1].number in (109, 982)


@pytest.mark.parametrize("first", [True, False])
def test_a_block_with_a_change_and_another_entry_is_refused(ledger: Ledger, first: bool) -> None:
    pen = Pen(ledger)
    enrolment, changing = pen.enrol(ALICE, "alice"), change(pen, joined())
    entries = [changing, enrolment] if first else [enrolment, changing]
    hashes = [leaf_hash(entry.data) for entry in entries]
    frontier = ledger.tip.frontier.extend(hashes)
    header = replace(
        block_of(ledger, changing).tip.header,
        entries=2,
        entries_digest=entries_digest(hashes),
        tree_size=frontier.size,
        tree_root=frontier.root,
    )
    lying = Block.of(header, [entry.data for entry in entries], hashes)
    with pytest.raises(Malformed, match="not alone in it"):
        check(ledger.tip, ledger, lying, check_signature)


def test_a_header_that_hides_the_change_or_names_another_roster_is_refused(ledger: Ledger) -> None:
    made = block_of(ledger, change(Pen(ledger), joined()))
    header, entries, hashes = made.tip.header, made.block.entries, made.leaf_hashes[:-1]
    hiding = replace(header, next_roster_version=1, next_roster_digest=ROSTER.digest)
    naming = replace(header, next_roster_digest=sha256(b"another roster"))
    for lying in (hiding, naming):
        with pytest.raises(Malformed, match="next_roster"):
            check(ledger.tip, ledger, Block.of(lying, list(entries), hashes), check_signature)


def test_a_block_without_a_change_that_claims_to_end_the_epoch_is_refused(ledger: Ledger) -> None:
    made = block_of(ledger, Pen(ledger).enrol(ALICE, "alice"))
    lying = replace(made.tip.header, next_roster_version=2, next_roster_digest=joined().digest)
    block = Block.of(lying, list(made.block.entries), made.leaf_hashes[:-1])
    with pytest.raises(Malformed, match="next_roster"):
        check(ledger.tip, ledger, block, check_signature)


# --- who signs with which key ----------------------------------------------------------------------------------------


def test_who_joins_signs_only_a_change_of_the_roster(ledger: Ledger) -> None:
    pen = Pen(ledger)
    change(pen, joined())
    made = build(
        ledger.tip,
        ledger,
        [pen.deposit(sha256(JOINING.encode()), b"a file")],
        ledger.tip.header.time_ms + 1,
        0,
        check_signature,
    )
    assert [error.number for _, error in made.left_out if isinstance(error, Refused)] == [106]


def test_who_joins_signs_under_the_office_key_of_the_document(ledger: Ledger) -> None:
    pen = Pen(ledger)
    change(pen, joined())
    pen.keys[sha256(JOINING.encode())] = key("a key that the document does not name")
    signers = {each.member_id for each in joined().members}
    wrong = pen.entry("amend_roster", signers, lambda _: {"roster": joined().document})
    made = build(ledger.tip, ledger, [wrong], ledger.tip.header.time_ms + 1, 0, check_signature)
    assert [error.number for _, error in made.left_out if isinstance(error, Refused)] == [108]


def test_a_present_member_signs_under_its_present_office_key_and_then_under_the_new_one() -> None:
    kit = RegisterKit()
    before, after = office_key("office ip-office.example.cn"), kit.office_key("new office key")
    following = kit.next_roster(changed={"ip-office.example.cn": {"office": after.public_key}})
    changing = kit.roster_entry(following, [each.member_id for each in kit.roster.members])
    kit.keys[OFFICE] = after
    early = kit.roster_entry(following, [each.member_id for each in kit.roster.members])
    kit.keys[OFFICE] = after
    assert kit.refusal(kit.entry(early.kind, early.body.by, early.body.data)).number == 108
    kit.keys[OFFICE] = before
    kit.record(changing)
    kit.roster = following
    assert kit.refusal(kit.enrol_entry("alice")).number == 108
    kit.keys[OFFICE] = after
    kit.record(kit.enrol_entry("alice"))
