"""Certificates and filed reports in a real Chromium: a certificate is dropped on verify.html, a report is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from reported import damaged, failed, opened_title, packs, passed

from datadeed.proof_report.certificate import Certificate, pdf_certificate
from datadeed.proof_report.page import html_page
from datadeed.proof_report.values import ProofReport
from datadeed_ledger.encoding import sha256
from datadeed_ledger.evidence import verify_pack


def test_a_certificate_dropped_on_the_judges_page_is_checked_by_the_pack_inside(
    browser: Any, page_file: Path, tmp_path: Path
) -> None:
    pack = opened_title()
    path = tmp_path / "certificate.pdf"
    path.write_bytes(pdf_certificate(Certificate.of(verify_pack(pack.data, pack.fingerprint)), pack.data))
    page = browser.new_context(locale="zh-CN").new_page()
    page.goto(page_file.as_uri())
    page.set_input_files("#pack", str(path))
    page.fill("#fingerprint", pack.fingerprint.hex())
    page.click("button[type=submit]")
    page.wait_for_selector("#result[aria-busy=false] #outcome")
    assert page.inner_text("#outcome").endswith("核验通过")


REPORTS = {"passed": lambda: passed(opened_title()), "stopped": lambda: failed(damaged(packs()["title"]))}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [1280, 390])
def test_a_report_opens_without_a_request_and_prints_with_page_numbers(
    name: str, width: int, browser: Any, tmp_path: Path
) -> None:
    report: ProofReport = REPORTS[name]()
    path = tmp_path / "report.html"
    path.write_bytes(html_page(report))
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda asked: requests.append(asked.url))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing is cut off"
    assert page.locator("section").count() == 20
    assert sha256(page.text_content("#report-json").encode()).hex() == report.digest
    printed = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    for number, sheet in enumerate(printed, start=1):
        text = sheet.get_textpage().get_text_range()
        assert f"page {number}/{len(printed)}" in text
        assert report.digest in text
    assert (complaints, requests) == ([], [path.as_uri()])
