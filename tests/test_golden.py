"""The page of golden bytes says what the code does, and every format in it reads back."""

from __future__ import annotations

from pathlib import Path

from golden import (
    AFTER,
    BOUNDARY_CHECKPOINT,
    BOUNDARY_LEAVES,
    CHECKPOINT,
    ENTRY,
    EPOCH_ID,
    GENESIS,
    HEADER,
    NOTE,
    ROSTER,
    ROSTER_2,
    STEP,
    page,
)

from datadeed_consensus.messages import Message, decode_message
from datadeed_ledger.checkpoint import Checkpoint, verify_checkpoint
from datadeed_ledger.entry import Entry
from datadeed_ledger.evidence.consistency import ConsistencyProof, prove_consistency
from datadeed_ledger.evidence.rosters import Rosters
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import leaf_hash, tree_root
from datadeed_ledger.roster import Genesis, Roster

PAGE = Path(__file__).resolve().parents[1] / "docs" / "spec" / "golden.md"


def test_the_page_is_what_the_code_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "a format changed: write the page anew (see tests/golden.py)"


def test_the_examples_read_back() -> None:
    assert Entry.parse(ENTRY.data) == ENTRY
    assert Header.parse(HEADER.to_bytes()) == HEADER
    assert Genesis.parse(GENESIS.document) == GENESIS
    assert Roster.parse(ROSTER.document, GENESIS.origin) == ROSTER
    assert verify_checkpoint(NOTE, ROSTER, HEADER).checkpoint == CHECKPOINT


def test_the_change_of_the_roster_is_proven_and_leads_on() -> None:
    rosters = Rosters.founded(GENESIS).follow(STEP)
    assert (rosters.newest, rosters.in_force[1].log_size) == (ROSTER_2, 4)
    assert rosters.governing(AFTER, last=True) == ROSTER_2
    after = leaf_hash(AFTER.to_bytes())
    newest = Checkpoint(GENESIS.origin, 5, tree_root([*BOUNDARY_LEAVES, after]))
    prove_consistency(ConsistencyProof(4, 5, (after,)).to_text(), BOUNDARY_CHECKPOINT, newest)


def test_every_message_of_the_page_reads_back_and_none_is_missing() -> None:
    blocks = page().split("### Message ")[1:]
    found: list[Message | None] = []
    for block in blocks:
        digits = block.split("```")[1].replace("\n", "")
        found.append(decode_message(bytes.fromhex(digits), EPOCH_ID, ROSTER.size))
    assert {type(message) for message in found} == set(Message.__args__)
