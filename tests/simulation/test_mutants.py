"""The seeded rule bugs still fit the rules as they are written, and those of the guard are caught on every run.

`make mutants` runs them all; here only what takes seconds.
"""

from __future__ import annotations

import pytest
from simulation.mutant_list import GUARD, MUTANTS
from simulation.mutants import PACKAGE, Mutant, Verdict, judged


def named(mutant: Mutant) -> str:
    return mutant.name


@pytest.mark.parametrize("mutant", MUTANTS, ids=named)
def test_a_mutant_applies_to_the_rules_as_they_are(mutant: Mutant) -> None:
    for edit in mutant.edits:
        source = (PACKAGE / edit.module).read_text(encoding="utf-8")
        assert edit.applied(source) != source


def test_no_two_mutants_are_the_same() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len({mutant.edits for mutant in MUTANTS}) == len(MUTANTS) >= 30


@pytest.mark.parametrize("mutant", GUARD, ids=named)
def test_a_broken_guard_is_caught(mutant: Mutant) -> None:
    outcome = judged(mutant)
    assert outcome.verdict is Verdict.CAUGHT, outcome.output
