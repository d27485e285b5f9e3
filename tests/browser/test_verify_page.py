"""verify.html as a judge uses it: from a file, in both languages and two widths, without one request or complaint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from browser.corpus import NEVER, RIGHT, TOLD
from evidencekit import FILE, FINGERPRINT

from datadeed import judge_page
from datadeed.judge_page import PAGE_BYTES_MAX, verify_page, verify_page_digest
from datadeed_ledger.encoding import sha256, time_text
from datadeed_ledger.evidence import absence_pack, entry_pack, title_pack

OUTCOMES = {
    "zh-CN": ("核验通过", "未在链上", "与链上记录不一致", "无法判定"),
    "en": ("Passed", "Not on the ledger", "Inconsistent with the ledger", "Cannot decide"),
}


@dataclass
class Visit:
    """One opened page and everything that it said or asked for beyond itself."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def check(
        self, pack: Path, fingerprint: str = FINGERPRINT.hex(), file: Path | None = None, ask: str = "", at: str = ""
    ) -> str:
        """Fill the form in, press the button, and give the outcome's words."""
        self.page.set_input_files("#pack", str(pack))
        if file is not None:
            self.page.set_input_files("#file", str(file))
        self.page.fill("#fingerprint", fingerprint)
        self.page.fill("#ask", ask)
        self.page.fill("#at", at)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector("#result[aria-busy=false] #outcome")
        words: str = self.page.inner_text("#outcome")
        return words[2:]


@pytest.fixture(params=["zh-CN 1280", "zh-CN 390", "en 1280", "en 390"])
def visit(request: pytest.FixtureRequest, browser: Any, page_file: Path) -> Iterator[Visit]:
    locale, width = request.param.split()
    context = browser.new_context(locale=locale, viewport={"width": int(width), "height": 900})
    made = Visit(context.new_page())
    made.page.on("console", lambda message: made.complaints.append(message.text))
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.on("request", lambda asked: made.requests.append(asked.url))
    made.page.goto(page_file.as_uri())
    yield made
    assert made.complaints == []
    assert made.requests == [page_file.as_uri()]
    assert made.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing is cut off"
    context.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packs and files on disk."""
    folder = tmp_path_factory.mktemp("packs")
    title = title_pack(TOLD.ledger, TOLD.right.entry_id)
    (folder / "title.zip").write_bytes(title)
    (folder / "entry.zip").write_bytes(
        entry_pack(TOLD.ledger, TOLD.deposit.entry_id, disclosures=TOLD.pen.disclosures(TOLD.deposit))
    )
    (folder / "absence.zip").write_bytes(absence_pack(TOLD.ledger, NEVER))
    (folder / "cut.zip").write_bytes(title[:-9])
    (folder / "file.csv").write_bytes(FILE)
    (folder / "other.csv").write_bytes(FILE + b"3,99\n")
    (folder / "certificate.pdf").write_bytes(b"%PDF-1.7\nstream\n" + title + b"\nendstream\n%%EOF\n")
    return folder


def words_of(visit: Visit) -> tuple[str, str, str, str]:
    return OUTCOMES["zh-CN" if visit.page.evaluate("document.documentElement.lang") == "zh-CN" else "en"]


def test_a_deposited_file_passes_and_another_does_not(visit: Visit, files: Path) -> None:
    passed, _, inconsistent, _ = words_of(visit)
    assert visit.check(files / "entry.zip", file=files / "file.csv") == passed
    assert sha256(FILE).hex() in visit.page.inner_text("#result")
    assert visit.check(files / "entry.zip", file=files / "other.csv") == inconsistent
    assert visit.page.get_attribute("li.failed", "data-step") == "file"


def test_a_title_shows_its_twenty_points(visit: Visit, files: Path) -> None:
    assert visit.check(files / "title.zip", ask=RIGHT) == words_of(visit)[0]
    numbers = [text.split(" ")[0] for text in visit.page.locator("#result h3").all_inner_texts()]
    assert numbers[:20] == [str(number) for number in range(1, 21)]


def test_a_title_is_shown_as_of_a_time(visit: Visit, files: Path) -> None:
    passed, _, _, undecided = words_of(visit)
    newest = TOLD.ledger.tip.header.time_ms
    assert visit.check(files / "title.zip", at=time_text(newest)) == passed
    assert visit.page.inner_text("#result").count(time_text(newest)) >= 2
    assert visit.check(files / "title.zip", at="2020-01-01") == passed
    assert visit.check(files / "title.zip", at="2999-12-31") == undecided
    assert visit.page.get_attribute("li.failed", "data-step") == "time"


def test_a_time_that_is_none_is_said_and_nothing_is_checked(visit: Visit, files: Path) -> None:
    visit.page.set_input_files("#pack", str(files / "title.zip"))
    visit.page.fill("#fingerprint", FINGERPRINT.hex())
    for typed in ("2026-02-30", "yesterday", "2026-11-22T12:00", "2026-02-30T12:00Z"):
        visit.page.fill("#at", typed)
        visit.page.click("button[type=submit]")
        assert visit.page.inner_text("#complaint") != ""
        assert visit.page.is_hidden("#result")


def test_a_pack_inside_a_pdf_is_found(visit: Visit, files: Path) -> None:
    assert visit.check(files / "certificate.pdf") == words_of(visit)[0]


def test_an_absence_answers_only_what_is_asked(visit: Visit, files: Path) -> None:
    passed, _, _, undecided = words_of(visit)
    assert visit.check(files / "absence.zip") == undecided
    assert visit.check(files / "absence.zip", ask=NEVER) == passed


def test_what_cannot_be_read_and_another_fingerprint_decide_nothing(visit: Visit, files: Path) -> None:
    undecided = words_of(visit)[3]
    assert visit.check(files / "cut.zip") == undecided
    assert visit.check(files / "title.zip", fingerprint="0" * 64) == undecided


def test_a_fingerprint_is_taken_as_people_write_it(visit: Visit, files: Path) -> None:
    typed = " ".join(FINGERPRINT.hex().upper()[at : at + 8] for at in range(0, 64, 8))
    assert visit.check(files / "title.zip", fingerprint=f"sha256:{typed}") == words_of(visit)[0]


def test_missing_input_is_said_and_nothing_is_checked(visit: Visit, files: Path) -> None:
    visit.page.click("button[type=submit]")
    assert visit.page.inner_text("#complaint") != ""
    assert visit.page.is_hidden("#result")


def test_the_language_can_be_switched_with_the_report_standing(visit: Visit, files: Path) -> None:
    before = visit.check(files / "title.zip")
    visit.page.click("#language")
    assert visit.page.inner_text("#outcome")[2:] != before
    assert visit.page.inner_text("#outcome")[2:] == words_of(visit)[0]


def test_the_page_works_by_keyboard_alone(visit: Visit) -> None:
    reached = set()
    for _ in range(8):
        visit.page.keyboard.press("Tab")
        reached.add(visit.page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"language", "pack", "file", "fingerprint", "ask", "check"} <= reached


def test_the_page_is_its_sources_but_for_the_space_before_its_lines() -> None:
    folder = Path(judge_page.__file__).parent
    written = [line for path in sorted(folder.glob("*.js")) for line in path.read_text().splitlines()]
    page = verify_page().decode().partition("<script>")[2].partition("</script>")[0].splitlines()
    assert [line.strip().rstrip("-") for line in written if line] == [
        line.strip().rstrip("-") for line in page[1:-1] if line
    ]
    assert all(line.count("`") % 2 == 0 for line in written), "no text spans lines, so that no space in it is lost"


def test_the_page_is_small_and_always_the_same() -> None:
    assert len(verify_page()) <= PAGE_BYTES_MAX
    verify_page.cache_clear()
    assert sha256(verify_page()).hex() == verify_page_digest()
