"""The Go program on stock packages, built once; tests that need it skip, with the reason, where it cannot be built."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "stock"
BUILD_S = 120


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed")
    built = tmp_path_factory.mktemp("go") / "stock"
    settings = os.environ | {"GOFLAGS": "-mod=readonly -buildvcs=false", "GOTOOLCHAIN": "local"}
    sources = built.parent / "source"
    shutil.copytree(SOURCE, sources)
    try:
        command = [go, "build", "-o", str(built), "."]
        made = subprocess.run(command, cwd=sources, env=settings, capture_output=True, timeout=BUILD_S, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("golang.org/x/mod cannot be fetched in time")
    if made.returncode:
        reason = made.stderr.decode()
        missing = ("dial tcp", "no such host", "lookup ", "module lookup disabled", "requires go", "i/o timeout")
        if any(word in reason for word in missing):
            pytest.skip(f"the Go program cannot be built here: {reason.strip()[:200]}")
        pytest.fail(reason)
    return built
