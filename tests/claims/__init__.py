"""Claims about the table of kinds: each precondition of each kind once met and once not.

One module for each module of `datadeed_ledger.kinds`; all that stand in this folder are found. A claim builds one entry
from a fresh register: one that passes, or one that only this precondition refuses. tests/ledger/test_kinds_table.py
tries them all, and that none is missing.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from registerkit import RegisterKit

from datadeed_ledger.entry import Entry

ANY = "any"  # in place of a kind: what holds for every entry
CaseMaker = Callable[[RegisterKit, bool], Entry]


@dataclass(frozen=True)
class Claim:
    """One precondition of one kind. number: of the refusal when it is not met."""

    kind: str
    name: str
    number: int
    make: CaseMaker

    def __str__(self) -> str:
        return f"{self.kind}-{self.number}-{self.make.__name__}"


_CLAIMS: list[Claim] = []


def claim(kind: str, name: str, number: int) -> Callable[[CaseMaker], CaseMaker]:
    """The function makes an entry of `kind`: one that passes, or one that its precondition `name` refuses."""

    def register(make: CaseMaker) -> CaseMaker:
        _CLAIMS.append(Claim(kind, name, number, make))
        return make

    return register


def every_claim() -> list[Claim]:
    """The claims of all modules of this folder."""
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        import_module(f"{__name__}.{module}")
    return _CLAIMS
