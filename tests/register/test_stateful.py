"""A random register against a naive model of it: the same verdict for every entry, the same answers at every time.

A short version runs with all tests. The long one, `make soak`, is the bar: 200 registers of at least 30 rights and
2,000 recorded entries, each looked at as of at least 50 random times, without a disagreement. It prints what it tried;
DATADEED_SEED is its first seed, DATADEED_REGISTERS how many it drives.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from register.model_driver import WEIGHTS, Driver
from register.model_world import Disagreement

from datadeed_ledger.events import SCHEMAS
from datadeed_ledger.rules import shipped

SHORT_EVENTS, SHORT_RIGHTS = 260, 10
LONG_EVENTS, LONG_RIGHTS, LONG_TIMES = 2000, 34, 50
LONG_RUNS = int(os.environ.get("DATADEED_REGISTERS", "200"))


@dataclass(frozen=True)
class Result:
    """What one run did; fault: the first disagreement, if there was one."""

    seed: int
    events: int
    rights: int
    times: int
    compared: int
    until: str
    accepted: Counter[str]
    refused: Counter[str]
    numbers: Counter[str]
    fault: str | None = None


def driver_of(seed: int, rights: int) -> Driver:
    """Three of four registers are under the rules of Beijing, the fourth under those for demonstrations."""
    return Driver(
        random.Random(seed), shipped("beijing-2023" if seed % 4 else "demo-fast"), "2023-07-10", rights=rights
    )


def drive(driver: Driver, events: int, times: int) -> None:
    """Until so many entries are recorded and so many moments looked at. Raises `Disagreement`."""
    world = driver.world
    while len(world.model.events) < events or len(world.moments) < times:
        driver.step()
        if driver.rights and driver.random.random() < 0.05:
            world.compare(driver.random.choice(driver.rights))
    world.look_around(world.now_ms)
    world.look_back()
    world.hold_numbers()


def run(seed: int) -> Result:
    """One long run, in a process of its own."""
    driver, fault = driver_of(seed, LONG_RIGHTS), None
    try:
        drive(driver, LONG_EVENTS, LONG_TIMES)
    except Disagreement as disagreement:
        fault = str(disagreement.args[0])
    world = driver.world
    return Result(
        seed=seed,
        events=len(world.model.events),
        rights=len(driver.rights),
        times=len(world.moments),
        compared=world.compared,
        until=driver.today.isoformat(),
        accepted=world.accepted,
        refused=world.refused,
        numbers=world.numbers,
        fault=fault,
    )


NO_REGISTER_S = {"amend_roster"}  # changes no record: tests/ledger/test_succession.py


def test_every_kind_is_tried() -> None:
    assert set(WEIGHTS) == set(SCHEMAS) - NO_REGISTER_S


@pytest.mark.parametrize("seed", range(5))
def test_a_short_random_register_and_the_naive_model_agree(seed: int) -> None:
    driver = driver_of(seed, SHORT_RIGHTS)
    drive(driver, SHORT_EVENTS, times=4)
    world = driver.world
    assert len(driver.rights) >= SHORT_RIGHTS
    assert sum(world.refused.values()) > 50, "the driver also hands in what must be refused"
    assert len(world.accepted) > 25, "and most of what there is"


class RegisterMachine(RuleBasedStateMachine):
    """The same, step by step: where there is a disagreement, hypothesis looks for a shorter story that shows it."""

    def __init__(self) -> None:
        super().__init__()
        self.driver = driver_of(1, rights=6)
        drive(self.driver, 60, times=0)

    @rule(chance=st.integers(0, 2**32 - 1))
    def somebody_hands_something_in(self, chance: int) -> None:
        self.driver.random.seed(chance)
        self.driver.step()

    @rule(chance=st.integers(0, 2**32 - 1))
    def time_passes(self, chance: int) -> None:
        self.driver.random.seed(chance)
        self.driver.let_time_pass()

    @invariant()
    def everything_is_answered_alike(self) -> None:
        self.driver.world.look_around(self.driver.world.now_ms)


RegisterMachine.TestCase.settings = settings(max_examples=6, stateful_step_count=40)
TestRegisterMachine = RegisterMachine.TestCase


@pytest.mark.soak
def test_long_random_registers_and_the_naive_model_agree(capsys: pytest.CaptureFixture[str]) -> None:
    first = int(os.environ.get("DATADEED_SEED", "1000"))
    seeds = range(first, first + LONG_RUNS)
    results: list[Result] = []
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool, capsys.disabled():
        for result in pool.map(run, seeds):
            results.append(result)
            print(
                f"seed {result.seed}: {result.events} recorded, {sum(result.refused.values())} refused, "
                f"{result.rights} rights, {result.times} times, {result.compared} answers, until {result.until}:",
                result.fault or "agreed",
                flush=True,
            )
        report(results)
    assert [(result.seed, result.fault) for result in results if result.fault] == []
    assert all(result.rights >= 30 and result.events >= 2000 and result.times >= 50 for result in results)
    for kind in SCHEMAS.keys() - NO_REGISTER_S:
        assert sum(result.accepted[kind] for result in results) > 0, f"no {kind} was ever accepted"
        assert sum(result.refused[kind] for result in results) > 0, f"no {kind} was ever refused"


def report(results: list[Result]) -> None:
    """The totals: by kind, and by the number of the refusal."""
    accepted: Counter[str] = sum((result.accepted for result in results), Counter())
    refused: Counter[str] = sum((result.refused for result in results), Counter())
    numbers: Counter[str] = sum((result.numbers for result in results), Counter())
    print(f"{len(results)} registers, seeds {results[0].seed} to {results[-1].seed}")
    for kind in sorted(SCHEMAS):
        print(f"  {kind:20} accepted {accepted[kind]:8} refused {refused[kind]:8}")
    print("  refusals by number:", ", ".join(f"{number}: {count}" for number, count in sorted(numbers.items())))
    print(f"  answers compared: {sum(result.compared for result in results)}")
