"""The law of imports, sentence by sentence: a right from before this ledger, as stated by the registrar."""

from __future__ import annotations

from dataclasses import replace

import pytest
from registerkit import OFFICE, RegisterKit, pid

from datadeed_ledger.kinds.table import KINDS
from datadeed_ledger.records import Holder, NumberUse
from datadeed_ledger.statemap import subject_key

ALICE, BOB = pid("alice"), pid("bob")


@pytest.fixture
def kit() -> RegisterKit:
    kit = RegisterKit()
    kit.enrol("alice", "bob")
    return kit


def test_an_imported_right_is_registered_at_once_under_the_numbers_it_bears(kit: RegisterKit) -> None:
    entry = kit.import_entry([ALICE, BOB], announced_on="2024-03-01", until="2027-02-28")
    right = kit.record(entry)
    record = kit.right(right)
    assert (record.right_id, record.description) == (entry.entry_id, entry.entry_id)
    assert (record.stage, record.registrar) == ("registered", OFFICE)
    assert record.holders == tuple(Holder(party, 0) for party in sorted((ALICE, BOB)))
    assert (record.announced_on, record.until) == ("2024-03-01", "2027-02-28")
    assert (record.registration_no, record.certificate_no) == ("2023BJ0000000001", "12000000000000001")
    assert record.events.count == 1
    for number in (record.registration_no, record.certificate_no):
        assert NumberUse.from_bytes(kit.state.records[subject_key(f"number/{number}")]).right == right


def test_the_table_says_that_an_import_is_as_stated_by_the_registrar() -> None:
    assert "before chaining: as stated by the registrar" in KINDS["import_right"].effect_en


def test_a_right_that_has_expired_can_be_imported_and_is_expired(kit: RegisterKit) -> None:
    right = kit.record(kit.import_entry([ALICE], announced_on="2023-07-05", until="2026-07-05"))
    assert kit.seen(right).status == "expired"


def test_an_import_may_state_an_agreement_that_has_ended(kit: RegisterKit) -> None:
    described = {"sources": ["by_agreement"], "agreement_end": "2025-12-31"}
    entry = kit.import_entry([ALICE], described=described, announced_on="2023-07-05", until="2025-12-31")
    assert kit.seen(kit.record(entry)).status == "expired"


def test_an_imported_right_is_licensed_changed_and_renewed_like_another(kit: RegisterKit) -> None:
    right = kit.record(kit.import_entry([ALICE], announced_on="2024-02-29", until="2027-02-28"))
    kit.licensed(right, BOB, end="2027-02-28")
    kit.record(kit.change_entry(right))
    renewal = kit.record(kit.renew_entry(right))
    kit.record(kit.approve_entry(right, renewal))
    assert kit.right(right).until == "2030-02-28"


def test_an_import_s_last_day_may_lie_before_the_formula_s(kit: RegisterKit) -> None:
    kit.rules = replace(kit.rules, term_years=5)
    kit.record(kit.import_entry([ALICE], announced_on="2023-07-05", until="2026-07-05"))
    kit.record(kit.import_entry([ALICE], number=2, announced_on="2023-07-05", until="2028-07-05"))
