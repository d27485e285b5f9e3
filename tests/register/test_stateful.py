"""A random register against a naive model of it: the same verdict for every entry, the same answers at every time."""

from __future__ import annotations

import pytest
from register.model_driver import Driver

from datadeed_ledger.rules import shipped


def run(seed: int, events: int) -> Driver:
    """A register of this seed until so many entries are recorded."""
    driver = Driver(seed, shipped("beijing-2023" if seed % 4 else "demo-fast"), "2023-07-10")
    world = driver.world
    while len(world.model.events) < events:
        driver.step()
        if driver.random.random() < 0.05:
            world.compare(driver.some_rights(1))
    world.compare(world.model.rights())
    return driver


@pytest.mark.parametrize("seed", range(3))
def test_register_and_naive_model_agree(seed: int) -> None:
    run(seed, 300)
