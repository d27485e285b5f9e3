"""A receipt is believed only after every step; each altered part is refused at its own step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paper_ledger import ROLES, PaperLedger, found, member, office, party

from datadeed.receipts import Known, verify_receipt
from datadeed_ledger.checkpoint import Checkpoint
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Malformed, Unproven

Document = dict[str, Any]


@pytest.fixture(scope="module")
def case() -> tuple[PaperLedger, Entry]:
    ledger = PaperLedger()
    for number in (1, 2, 3):
        ledger.enrol(party(number))
    entry = Entry.parse(ledger.leaf(3))
    assert entry.kind == "enrol"
    return ledger, entry


def known(ledger: PaperLedger) -> Known:
    return Known.founded(ledger.genesis)


def test_a_good_receipt_says_where_when_and_by_whom(case: tuple[PaperLedger, Entry]) -> None:
    ledger, entry = case
    receipt = verify_receipt(known(ledger), entry, ledger.receipt(entry.entry_id))
    assert (receipt.entry_id, receipt.index, receipt.height) == (entry.entry_id, 3, 2)
    assert receipt.time_ms == ledger.headers[2].time_ms
    assert receipt.institutions == tuple(member.name for member in ledger.roster.members)
    assert receipt.head.checkpoint.size == ledger.frontier.size


def swapped(name: str, other: str) -> Callable[[Document], None]:
    return lambda document: document.update({name: document[other]})


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (lambda document: document.update(entry_id="00" * 32), "receipt"),
        (lambda document: document.pop("index"), "answer"),
        (lambda document: document.update(index="3"), "answer"),
        (lambda document: document.update(height=-1), "answer"),
        (lambda document: document.update(tlog_proof=5), "answer"),
        (lambda document: document.update(index=5), "receipt"),
        (lambda document: document.update(height=3), "blocks"),
        (swapped("tlog_proof", "block_header_proof"), "receipt"),
        (swapped("block_header_proof", "header_proof"), "blocks"),
        (swapped("block_header", "header"), "blocks"),
        (swapped("header", "block_header"), "checkpoint"),
        (swapped("header_proof", "block_header_proof"), "header"),
    ],
)
def test_each_altered_part_fails_at_its_step(case: tuple[PaperLedger, Entry], change: Any, step: str) -> None:
    ledger, entry = case
    document = ledger.receipt(entry.entry_id)
    change(document)
    with pytest.raises(Unproven) as error:
        verify_receipt(known(ledger), entry, document)
    assert error.value.step == step


def test_another_entry_at_that_place_is_not_this_one(case: tuple[PaperLedger, Entry]) -> None:
    ledger, entry = case
    other = Entry.parse(ledger.leaf(5))
    document = ledger.receipt(other.entry_id) | {"entry_id": entry.entry_id.hex()}
    with pytest.raises(Unproven, match="inclusion"):
        verify_receipt(known(ledger), entry, document)


def test_a_block_that_holds_another_entry_does_not_cover_this_one(case: tuple[PaperLedger, Entry]) -> None:
    ledger, entry = case
    header = ledger.headers[1]
    proof = {"block_header": header.to_bytes().decode(), "block_header_proof": ledger.proof(header.index), "height": 1}
    with pytest.raises(Unproven, match="does not cover"):
        verify_receipt(known(ledger), entry, ledger.receipt(entry.entry_id) | proof)


def test_a_receipt_of_another_ledger_of_the_same_institutions_proves_nothing(case: tuple[PaperLedger, Entry]) -> None:
    ledger, entry = case
    other = PaperLedger(found(consensus={"another": True}))
    with pytest.raises(Unproven, match="header is of another ledger"):
        verify_receipt(known(other), entry, ledger.receipt(entry.entry_id))


def test_a_header_of_an_unknown_roster_cannot_be_judged(case: tuple[PaperLedger, Entry]) -> None:
    ledger, entry = case
    later = ledger.twin()
    later.amend(joins=[member("university.example.cn", "supervisor")])
    assert verify_receipt(known(ledger), entry, later.receipt(entry.entry_id)).institutions == tuple(ROLES)
    later.enrol(party(4))
    with pytest.raises(Unproven, match=r"roster: .*names roster 2, .*not known here"):
        verify_receipt(known(ledger), entry, later.receipt(entry.entry_id))


def test_two_of_four_institutions_are_no_quorum(case: tuple[PaperLedger, Entry]) -> None:
    ledger, entry = case
    weak = ledger.twin()
    checkpoint = Checkpoint(ledger.genesis.origin, ledger.frontier.size, ledger.frontier.root)
    weak.checkpoint = weak.cosigned(checkpoint, by=("court.example.cn", "notary.example.cn"))
    with pytest.raises(Unproven, match="2 members cosigned, 3 are needed"):
        verify_receipt(known(ledger), entry, weak.receipt(entry.entry_id))
    weak.checkpoint = weak.cosigned(checkpoint, by=("court.example.cn", "notary.example.cn", "exchange.example.cn"))
    verify_receipt(known(ledger), entry, weak.receipt(entry.entry_id))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_changed_byte_of_a_receipt_is_believed(case: tuple[PaperLedger, Entry], data: st.DataObject) -> None:
    ledger, entry = case
    document = ledger.receipt(entry.entry_id)
    whole = verify_receipt(known(ledger), entry, document)
    name = data.draw(st.sampled_from(["tlog_proof", "block_header", "block_header_proof", "header", "header_proof"]))
    text = bytearray(document[name].encode())
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] ^= 1 << data.draw(st.integers(0, 6))
    changed = bytes(text).decode("utf-8", "surrogateescape")
    with pytest.raises((Unproven, Malformed)):
        verify_receipt(known(ledger), entry, document | {name: changed})
    assert whole.index == 3


def test_the_registrar_enrolled_them() -> None:
    assert office("registrar").public_key in {member.office for member in found().roster.members}
