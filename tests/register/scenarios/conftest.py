"""The cast of every case: who appears in a test's signature is enrolled when the register opens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from register.cast import Signers
from register.minutes import INSTITUTIONS, OPENED, Case


@pytest.fixture
def opened() -> str:
    """The day on which the register is opened; a case that needs another one says so by `parametrize`."""
    return OPENED


@pytest.fixture
def case(opened: str) -> Iterator[Case]:
    told = Case(opened)
    yield told
    told.prove_offline()


def _institution(alias: str) -> object:
    @pytest.fixture(name=alias)
    def institution(case: Case) -> Signers:
        return case.institution(alias)

    return institution


def _party(name: str) -> object:
    @pytest.fixture(name=name)
    def party(case: Case) -> Signers:
        return case.party(name)

    return party


the_office, other_office, court_1, court_2, the_notary, the_exchange = map(_institution, INSTITUTIONS)
alpha, beta, gamma, delta, bank = map(_party, ("alpha", "beta", "gamma", "delta", "bank"))
