"""How long verify.html takes over a pack, in a real Chromium from a file; nothing where there is no Chromium."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
import time
from pathlib import Path

from datadeed.judge_page import verify_page


def page_seconds(pack: bytes, fingerprint: bytes, tries: int) -> list[float]:
    """Seconds from the press of the button to the outcome on the screen, once a try."""
    chromium = shutil.which("chromium")
    if chromium is None or importlib.util.find_spec("playwright") is None:
        return []
    from playwright.sync_api import sync_playwright

    taken = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        page_file, pack_file = Path(folder) / "verify.html", Path(folder) / "title.zip"
        page_file.write_bytes(verify_page())
        pack_file.write_bytes(pack)
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(tries):
            page = browser.new_page()
            page.goto(page_file.as_uri())
            page.set_input_files("#pack", str(pack_file))
            page.fill("#fingerprint", fingerprint.hex())
            begun = time.perf_counter()
            page.click("button[type=submit]")
            page.wait_for_selector("#outcome.passed", timeout=60_000)
            taken.append(time.perf_counter() - begun)
            page.close()
        browser.close()
    return taken
