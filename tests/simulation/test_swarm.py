"""No seed breaks a promise: whole clusters in random trouble, hundreds of runs in the test, thousands in the soak.

A failure names its seed and the command that repeats it. The work is spread over all cores; chunks are fixed, so the
numbers do not depend on how many there are.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from simulation.campaign import Chunks, started, summary, whole
from simulation.swarm import VIEWS_MIN, run_seed, run_seeds

SEEDS = 200
CHUNK = 10
SOAK_SEEDS = 5_000
SOAK_CHUNK = 50
MUST_OCCUR = (
    "commits",
    "commits with entries",
    "nullifications",
    "crashes",
    "partitions",
    "equivocations",
    "evidence",
)
TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def chunks() -> Iterator[Chunks]:
    """All seeds of the test, under way at once."""
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        yield started(pool, run_seeds, SEEDS, CHUNK)


def _demand_all(total: Counter[str]) -> None:
    print(f"\nsimulation: {summary(total)}")
    missing = [name for name in MUST_OCCUR if not total[name]]
    assert not missing, f"the campaign never saw {missing}"
    assert total["views"] >= VIEWS_MIN * total["seeds"]


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_seed_breaks_a_promise_or_stays_stuck(first: int, chunks: Chunks) -> None:
    assert chunks[first].result()["seeds"] == CHUNK


def test_the_campaign_saw_every_kind_of_trouble(chunks: Chunks) -> None:
    total: Counter[str] = Counter()
    for chunk in chunks.values():
        total.update(chunk.result())
    assert total["seeds"] == SEEDS
    _demand_all(total)


@pytest.mark.soak
@pytest.mark.timeout(24 * 3600)
def test_no_seed_of_the_long_campaign_breaks_a_promise() -> None:
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        total = whole(started(pool, run_seeds, SOAK_SEEDS, SOAK_CHUNK), SOAK_SEEDS)
    assert total["seeds"] == SOAK_SEEDS
    _demand_all(total)


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_one_seed_is_one_run_byte_for_byte(hash_seed: str) -> None:
    """I15, in other processes too, where sets and dictionaries of bytes iterate in another order."""
    code = "from simulation.swarm import run_seed; print(*(run_seed(seed).trace for seed in (1, 2, 3)))"
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(TESTS)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == [run_seed(seed).trace for seed in (1, 2, 3)]
