"""Every precondition of every kind, once met and once not: the refusal has the number that the table gives.

The cases are in tests/claims, a module for each module of kinds; here they are tried, and counted against the table and
against the specification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from claims import ANY, Claim, every_claim
from registerkit import RegisterKit

from datadeed_ledger.events import SCHEMAS
from datadeed_ledger.kinds.general import EVERY_ENTRY
from datadeed_ledger.kinds.row import OF_WHAT_FAILS
from datadeed_ledger.kinds.table import KINDS
from datadeed_ledger.refusals import CATALOGUE

CLAIMS = every_claim()


@pytest.mark.parametrize("case", CLAIMS, ids=str)
def test_an_entry_that_meets_the_precondition_is_recorded(case: Claim) -> None:
    kit = RegisterKit()
    kit.record(case.make(kit, True))


@pytest.mark.parametrize("case", CLAIMS, ids=str)
def test_an_entry_that_does_not_is_refused_with_its_number(case: Claim) -> None:
    kit = RegisterKit()
    refusal = kit.refusal(case.make(kit, False))
    assert refusal.number == case.number
    assert "{" not in refusal.en + refusal.zh
    assert re.search("[一-鿿]", refusal.zh)


UNUSED = 980  # was what a node said of a change of the roster before it could carry one; never to mean anything else


def preconditions() -> Iterator[tuple[str, str, int]]:
    for precondition in EVERY_ENTRY:
        yield ANY, precondition.name, precondition.number
    yield ANY, "signatures", 108
    for kind, row in KINDS.items():
        yield kind, "signers", 109
        for precondition in (*row.finds, *row.preconditions):
            yield kind, precondition.name, precondition.number


def test_every_precondition_of_every_kind_has_a_case() -> None:
    tried = {(case.kind, case.name) for case in CLAIMS}
    assert tried == {(kind, name) for kind, name, _ in preconditions()}
    for kind, name, number in preconditions():
        numbers = {case.number for case in CLAIMS if (case.kind, case.name) == (kind, name)}
        assert numbers == {number} or number == OF_WHAT_FAILS


def test_the_catalogue_holds_the_numbers_in_use_and_no_other() -> None:
    asked = {number for _, _, number in preconditions()} - {OF_WHAT_FAILS}
    assert asked == CATALOGUE.keys()
    assert UNUSED not in asked


def test_every_kind_has_its_fields_and_its_row() -> None:
    assert KINDS.keys() == SCHEMAS.keys()
    assert all(row.kind == kind for kind, row in KINDS.items())


# --- the specification -----------------------------------------------------------------------------------------------

SPECIFICATION = Path(__file__).parents[2] / "docs" / "spec" / "events.md"


def specified_kinds() -> dict[str, tuple[str, set[int]]]:
    rows = re.findall(r"^\| `([a-z_]+)` (\S+) \|.*\|([^|]*)\|$", SPECIFICATION.read_text(encoding="utf-8"), re.M)
    return {kind: (zh, {int(number) for number in re.findall(r"\b[1-9]\d\d\b", last)}) for kind, zh, last in rows}


def test_the_specification_s_table_of_kinds_is_the_code_s() -> None:
    built = {
        kind: (
            row.zh,
            {item.number for item in (*row.finds, *row.preconditions) if item.number != OF_WHAT_FAILS},
        )
        for kind, row in KINDS.items()
    }
    assert specified_kinds() == built


def test_the_specification_s_fields_are_the_code_s() -> None:
    text = SPECIFICATION.read_text(encoding="utf-8")
    for kind, schema in SCHEMAS.items():
        found = re.search(rf"^\| `{kind}` \S+ \|([^|]*)\|", text, re.M)
        assert found is not None
        assert set(re.findall(r"`([a-z_]+)`", found[1])) == set(schema.__annotations__), kind


def test_the_specification_lists_every_refusal_with_its_texts() -> None:
    text = SPECIFICATION.read_text(encoding="utf-8")
    listed = {int(number): (en, zh) for number, en, zh in re.findall(r"^\| (\d{3}) \| (.*) \| (.*) \|$", text, re.M)}
    assert listed == dict(CATALOGUE)
