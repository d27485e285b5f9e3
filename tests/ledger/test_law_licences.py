"""The law of licences where it meets requests, renewals and the rule set's lists, sentence by sentence.

That scopes meet and lie inside as sets do, and the conflicts of types, is in test_kinds.py.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from registerkit import RegisterKit, pid, shares

from datadeed_ledger.rules import RuleSet
from datadeed_ledger.view import licence_in_force, licence_stands

ALICE, BOB, CAROL, DORA = pid("alice"), pid("bob"), pid("carol"), pid("dora")
RULES = RuleSet.load("beijing-2023")


@pytest.fixture
def kit() -> RegisterKit:
    kit = RegisterKit()
    kit.enrol("alice", "bob", "carol", "dora")
    return kit


@pytest.fixture
def right(kit: RegisterKit) -> bytes:
    """Registered on 2026-12-08, until 2029-12-08."""
    return kit.registered(ALICE)


# --- the lists -------------------------------------------------------------------------------------------------------


def test_the_lists_are_flat_and_have_the_sizes_that_the_specification_says() -> None:
    provinces = {code for code in RULES.territories if code.startswith("CN-")}
    assert len(provinces) == 34
    assert all(len(code) == 2 for code in RULES.territories - provinces)
    assert RULES.industries == {f"{division:02}" for division in range(1, 98)}
    assert RULES.uses == {"research", "internal", "product", "service", "model_training", "resale"}


def test_no_place_has_two_spellings(kit: RegisterKit, right: bytes) -> None:
    for code in ("CN", "HK", "MO", "TW"):
        assert kit.refusal(kit.license_entry(right, BOB, territory=[code])).number == 111


@pytest.mark.parametrize(
    ("axis", "listed"), [("territory", "territories"), ("industry", "industries"), ("use", "uses")]
)
def test_a_star_includes_codes_that_are_listed_later(kit: RegisterKit, right: bytes, axis: str, listed: str) -> None:
    everything = {"territory": ["*"], "industry": ["*"], "use": ["*"]}
    kit.licensed(right, BOB, type="exclusive", **everything)
    entry = kit.license_entry(right, CAROL, **(everything | {axis: ["later"]}))
    assert kit.refusal(entry).number == 111
    kit.rules = replace(kit.rules, **{listed: getattr(kit.rules, listed) | {"later"}})
    assert kit.refusal(entry).number == 705


def test_a_licence_of_every_code_by_name_does_not_include_later_ones(kit: RegisterKit, right: bytes) -> None:
    kit.licensed(right, BOB, type="exclusive", use=sorted(kit.rules.uses))
    kit.rules = replace(kit.rules, uses=kit.rules.uses | {"later"})
    kit.licensed(right, CAROL, use=["later"])


# --- standing and in force -------------------------------------------------------------------------------------------


def test_a_licence_stands_before_its_start_and_conflicts_then(kit: RegisterKit, right: bytes) -> None:
    licence_id = kit.licensed(right, BOB, type="exclusive", start="2028-01-01", end="2028-12-31")
    licence = kit.licence(right, licence_id)
    assert licence is not None
    assert licence_stands(licence, kit.seen(right))
    assert not licence_in_force(licence, kit.seen(right))
    assert kit.refusal(kit.license_entry(right, CAROL, start="2028-12-31", end="2028-12-31")).number == 705
    kit.licensed(right, CAROL, start="2027-01-01", end="2027-12-31")


def test_a_licence_that_stands_before_its_start_can_be_ended(kit: RegisterKit, right: bytes) -> None:
    licence = kit.licensed(right, BOB, start="2028-01-01", end="2028-12-31")
    kit.record(kit.end_license_entry(right, licence, (BOB,)))
    assert kit.licence(right, licence) is None


def test_licences_survive_a_transfer_and_bind_the_next_holder(kit: RegisterKit, right: bytes) -> None:
    licence = kit.licensed(right, BOB, type="exclusive")
    kit.record(kit.approve_entry(right, kit.transfer(right, CAROL)))
    assert kit.licence(right, licence) is not None
    assert kit.refusal(kit.license_entry(right, DORA)).number == 705
    kit.record(kit.end_license_entry(right, licence, (CAROL, BOB)))
    kit.licensed(right, DORA)


def test_licences_survive_a_change_of_the_description(kit: RegisterKit, right: bytes) -> None:
    licence = kit.licensed(right, BOB)
    kit.record(kit.approve_entry(right, kit.record(kit.change_entry(right))))
    assert kit.licence(right, licence) is not None


def test_after_a_renewal_licences_may_end_by_the_new_last_day(kit: RegisterKit, right: bytes) -> None:
    kit.go_to("2029-12-01")
    renewal = kit.record(kit.renew_entry(right))
    assert kit.refusal(kit.license_entry(right, BOB, end="2030-01-01")).number == 704
    kit.record(kit.approve_entry(right, renewal))
    kit.licensed(right, BOB, end="2032-12-08")


# --- parents ---------------------------------------------------------------------------------------------------------


def test_sublicences_conflict_with_no_main_licence_and_those_of_two_parents_never(
    kit: RegisterKit, right: bytes
) -> None:
    first = kit.licensed(right, BOB, sublicensing=True)
    second = kit.licensed(right, CAROL, sublicensing=True)
    kit.licensed(right, DORA, by=(BOB, DORA), parent=first)
    kit.licensed(right, DORA, by=(CAROL, DORA), parent=second)


def test_a_sublicence_needs_no_holder_and_survives_a_transfer(kit: RegisterKit, right: bytes) -> None:
    parent = kit.licensed(right, BOB, sublicensing=True)
    kit.record(kit.approve_entry(right, kit.transfer(right, CAROL)))
    below = kit.licensed(right, DORA, by=(BOB, DORA), parent=parent)
    assert kit.licence(right, below) is not None


def test_the_licensee_of_a_sublicence_has_no_say_in_a_cancellation(kit: RegisterKit, right: bytes) -> None:
    parent = kit.licensed(right, BOB, type="exclusive", sublicensing=True)
    kit.licensed(right, DORA, by=(BOB, DORA), parent=parent)
    kit.record(kit.cancel_entry(right, by=(ALICE, BOB)))


def test_an_exclusive_licence_bars_no_transfer_and_no_pledge(kit: RegisterKit, right: bytes) -> None:
    kit.licensed(right, BOB, type="exclusive")
    kit.pledged(right, DORA)
    kit.record(kit.transfer_entry(right, shares(CAROL), by=(ALICE, CAROL, DORA)))
