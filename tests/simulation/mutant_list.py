"""The seeded rule bugs and the test that must notice each. Spec: docs/spec/consensus.md sections 2.4, 2.5, 4, 5 D."""

from __future__ import annotations

from typing import Final

from simulation.mutants import Mutant

_TWO_VIEWS = "test_explorer.py::test_no_reachable_vote_set_of_two_views_breaks_a_promise[4-14189]"
_TABLE = "test_explorer.py::test_the_guard_equals_its_table_on_every_input"

GUARD: Final = (
    Mutant(
        "finalize-after-nullify",
        "guard.py",
        "if own.nullify or own.finalize is not None:",
        "if (own.nullify and kind is not Kind.FINALIZE) or own.finalize is not None:",
        _TWO_VIEWS,
    ),
    Mutant(
        "nullify-after-finalize",
        "guard.py",
        "if own.nullify or own.finalize is not None:",
        "if own.nullify or (own.finalize is not None and kind is not Kind.NULLIFY):",
        _TWO_VIEWS,
    ),
    Mutant(
        "double-notarize",
        "guard.py",
        "return own.notarize is None and view == at.cur",
        "return view == at.cur",
        _TWO_VIEWS,
    ),
    Mutant(
        "double-finalize",
        "guard.py",
        "if own.nullify or own.finalize is not None:",
        "if own.nullify or (own.finalize is not None and kind is not Kind.FINALIZE):",
        _TABLE,
    ),
    Mutant(
        "finalize-without-notarization",
        "guard.py",
        "and at.notarized == digest and at.executed",
        "and at.executed",
        _TWO_VIEWS,
    ),
    Mutant(
        "finalize-another-block-than-notarized",
        "guard.py",
        "return own.notarize in (None, digest) and at.notarized == digest",
        "return at.notarized == digest",
        _TABLE,
    ),
    Mutant(
        "finalize-unexecuted",
        "guard.py",
        "and at.notarized == digest and at.executed",
        "and at.notarized == digest",
        _TABLE,
    ),
    Mutant(
        "vote-below-final",
        "guard.py",
        "if not at.epoch_open or view <= at.final_view:",
        "if not at.epoch_open:",
        _TABLE,
    ),
    Mutant(
        "vote-in-a-closed-epoch",
        "guard.py",
        "if not at.epoch_open or view <= at.final_view:",
        "if view <= at.final_view:",
        _TABLE,
    ),
    Mutant(
        "nullify-ahead-of-cur",
        "guard.py",
        "return digest is None and view == at.cur",
        "return digest is None",
        _TWO_VIEWS,
    ),
    Mutant(
        "notarize-ahead-of-cur",
        "guard.py",
        "return own.notarize is None and view == at.cur",
        "return own.notarize is None",
        _TABLE,
    ),
)

MUTANTS: Final = GUARD
