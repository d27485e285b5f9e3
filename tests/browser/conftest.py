"""A real Chromium, headless, and verify.html as a file on disk; tests skip with a reason where there is no Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datadeed.judge_page import verify_page


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """For one module at a time: while it is open, its thread has an event loop that runs."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no Chromium here (Debian: apt install chromium fonts-noto-cjk)")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """verify.html as a court keeps it: a file."""
    path = tmp_path_factory.mktemp("page") / "verify.html"
    path.write_bytes(verify_page())
    return path
