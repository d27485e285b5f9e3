"""What every test may use: the published vectors, where they are, and one deterministic hypothesis profile."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

VECTORS = Path(__file__).resolve().parents[2] / "shared" / "vectors"

settings.register_profile(
    "commit", max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("soak", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("DATADEED_HYPOTHESIS", "commit"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `--dist loadgroup` a file's tests go to one process, but for files that name a group to share one with."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of published vectors; the test skips where it is absent."""
    if not VECTORS.is_dir():
        pytest.skip(f"published vectors are not here ({VECTORS})")
    return VECTORS


def load_vector(name: str) -> Any:
    """The JSON vector file `name`, or None where the folder is absent; for parametrised cases."""
    path = VECTORS / name
    return json.loads(path.read_text()) if path.is_file() else None
