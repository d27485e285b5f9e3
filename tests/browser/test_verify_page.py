"""verify.html as a judge uses it: from a file, in both languages and two widths, without one request or complaint."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from browser.corpus import NEVER, RIGHT, TOLD
from evidencekit import FILE, FINGERPRINT
from histories import BROKEN, every_kind_of_event
from roster_packs import roster_packs
from stamped_packs import stamped_packs

from datadeed import judge_page
from datadeed.judge_page import PAGE_BYTES_MAX, verify_page, verify_page_digest
from datadeed_ledger.encoding import sha256, time_text
from datadeed_ledger.evidence import Outcome, absence_pack, entry_pack, title_pack, verify_pack
from datadeed_ledger.evidence.build import title_parts
from datadeed_ledger.evidence.catalogue import DETAIL, STEPS, stopped
from datadeed_ledger.evidence.container import read_container, write_container
from datadeed_ledger.evidence.report import Step
from datadeed_ledger.notes import Note

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
    docket, right = every_kind_of_event()
    (folder / "eventful.zip").write_bytes(write_container(title_parts(docket.archive(), right)))
    (folder / "eventful.txt").write_text(docket.ledger.hex())
    docket, right, entry = next(iter(BROKEN))()
    docket.force(entry)
    (folder / "broken.zip").write_bytes(write_container(title_parts(docket.archive(), right)))
    (folder / "broken.txt").write_text(docket.ledger.hex())
    stamped = {name: pack for name, pack, _ in stamped_packs()}
    (folder / "stamped.zip").write_bytes(stamped["entry stamped/good"])
    changed = next(each for each in roster_packs() if each.name == "good, title under roster 3")
    (folder / "rosters.zip").write_bytes(changed.pack)
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


def test_a_file_that_was_changed_since_it_was_chosen_is_asked_for_again(
    visit: Visit, files: Path, tmp_path: Path
) -> None:
    chosen = tmp_path / "pack.zip"
    chosen.write_bytes((files / "entry.zip").read_bytes())
    visit.page.set_input_files("#pack", str(chosen))
    visit.page.fill("#fingerprint", FINGERPRINT.hex())
    chosen.write_bytes((files / "title.zip").read_bytes())
    visit.page.click("button[type=submit]")
    visit.page.wait_for_selector("#complaint:not(:empty)")
    assert visit.page.is_hidden("#result")
    assert visit.check(chosen) == words_of(visit)[0]
    assert visit.page.inner_text("#complaint") == ""


def test_a_browser_without_ed25519_of_its_own_gives_the_same_answers(
    browser: Any, page_file: Path, files: Path
) -> None:
    context = browser.new_context(locale="en")
    context.add_init_script("Object.defineProperty(globalThis.crypto, 'subtle', { value: undefined })")
    old = Visit(context.new_page())
    old.page.goto(page_file.as_uri())
    assert old.page.evaluate("crypto.subtle === undefined")
    assert old.check(files / "rosters.zip") == "Passed"
    parts = dict(read_container((files / "rosters.zip").read_bytes()))
    note = Note.parse(parts["rosters/2/checkpoint"])
    for at, line in enumerate(note.lines):
        other = replace(line, signature=line.signature[:-40] + bytes(8) + line.signature[-32:])
        parts["rosters/2/checkpoint"] = replace(note, lines=(*note.lines[:at], other, *note.lines[at + 1 :])).to_bytes()
        (files / f"forged-{at}.zip").write_bytes(write_container(parts.items()))
        assert old.check(files / f"forged-{at}.zip") == "Cannot decide"
        assert "signature is bad" in old.page.inner_text("li.failed")
    context.close()


def test_what_cannot_be_read_and_another_fingerprint_decide_nothing(visit: Visit, files: Path) -> None:
    undecided = words_of(visit)[3]
    assert visit.check(files / "cut.zip") == undecided
    assert visit.check(files / "title.zip", fingerprint="0" * 64) == undecided


def test_a_fingerprint_is_taken_as_people_write_it(visit: Visit, files: Path) -> None:
    typed = " ".join(FINGERPRINT.hex().upper()[at : at + 8] for at in range(0, 64, 8))
    assert visit.check(files / "title.zip", fingerprint=f"sha256:{typed}") == words_of(visit)[0]


def test_a_hand_held_scanner_types_the_fingerprint_and_presses_enter(visit: Visit, files: Path) -> None:
    """The QR code of a fingerprint is its hex digits; a scanner of that kind is a keyboard."""
    visit.page.set_input_files("#pack", str(files / "title.zip"))
    visit.page.focus("#fingerprint")
    visit.page.keyboard.type(FINGERPRINT.hex() + "\n")
    visit.page.wait_for_selector("#result[aria-busy=false] #outcome")
    assert visit.page.inner_text("#outcome")[2:] == words_of(visit)[0]


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


def test_what_fails_is_told_in_the_language_of_the_page_and_the_reason_stands_beside_it(
    visit: Visit, files: Path
) -> None:
    zh = visit.page.evaluate("document.documentElement.lang") == "zh-CN"
    for name, given, step in (("cut.zip", FINGERPRINT.hex(), "container"), ("title.zip", "0" * 64, "fingerprint")):
        visit.check(files / name, fingerprint=given)
        number, words = list(STEPS).index(step) + 1, STEPS[step]
        failed = visit.page.inner_text("li.failed")
        ended, detail, *_ = visit.page.locator("#result section").first.locator("p").all_inner_texts()
        if zh:
            assert ended.startswith(f"核验终止于第 {number} 步「{words.name_zh}」（{step}）。缺少判断依据")
            assert failed.startswith(f"✘ 不成立：{words.zh} 技术细节（原文）：")
            assert detail.startswith("技术细节（原文）：")
        else:
            assert ended.startswith(f"The verification ended at step {number} ({step}). Something to decide by")
            assert failed.startswith(f"✘ Not so: {words.en} Technical detail: ")
            assert detail.startswith("Technical detail: ")


def test_a_rule_that_was_broken_is_told_by_its_number(visit: Visit, files: Path) -> None:
    assert visit.check(files / "broken.zip", fingerprint=(files / "broken.txt").read_text()) == words_of(visit)[2]
    zh = visit.page.evaluate("document.documentElement.lang") == "zh-CN"
    ended = visit.page.locator("#result section p").first.inner_text()
    assert re.search(r"日志序号 [0-9]+ 的条目（.*）违反第 [0-9]+ 号规则" if zh else r"step 16 \(rules\)", ended)


def test_a_time_stamp_is_told_with_its_time_and_that_nobody_checked_who_signed_it(visit: Visit, files: Path) -> None:
    assert visit.check(files / "stamped.zip") == words_of(visit)[0]
    (token,) = verify_pack((files / "stamped.zip").read_bytes(), FINGERPRINT).timestamps
    zh = visit.page.evaluate("document.documentElement.lang") == "zh-CN"
    told = visit.page.locator("#result section").nth(5).locator("p").all_inner_texts()
    (line,) = (line for line in told if (f"序列号 {token.serial} " if zh else f"serial {token.serial} ") in line)
    assert ("签名未核验" if zh else "signature not checked") in line
    assert all(text in line for text in (time_text(token.time_ms), time_text(token.checkpoint_time_s * 1000)))
    assert "未提供" not in "".join(told)


def test_what_was_superseded_is_told_old_and_new(visit: Visit, files: Path) -> None:
    assert visit.check(files / "eventful.zip", fingerprint=(files / "eventful.txt").read_text()) == words_of(visit)[0]
    report = verify_pack((files / "eventful.zip").read_bytes(), bytes.fromhex((files / "eventful.txt").read_text()))
    told = visit.page.locator("#result section").nth(16).locator("p").all_inner_texts()
    assert len(told) == len(report.superseded) > 10
    for each, line in zip(report.superseded, told, strict=True):
        assert f"{each.by} ({each.kind})" in line.replace("（", " (").replace("）", ")")
        assert line.count(" → ") == 1
        assert all(value in line for value in _values(each.was) | _values(each.became))


def _values(value: Any) -> set[str]:
    """Every value in a readable record that is not another's container."""
    if isinstance(value, dict):
        return {found for item in value.values() for found in _values(item)}
    if isinstance(value, list):
        return {found for item in value for found in _values(item)}
    return {"–" if value is None else str(value).lower() if isinstance(value, bool) else str(value)}


def test_who_joined_and_who_left_is_told_of_every_change_of_the_roster(visit: Visit, files: Path) -> None:
    assert visit.check(files / "rosters.zip") == words_of(visit)[0]
    assert visit.page.get_attribute("li[data-step=rosters]", "value") == "19"
    report = verify_pack((files / "rosters.zip").read_bytes(), FINGERPRINT)
    told = visit.page.locator("#result section").nth(10).locator("p").all_inner_texts()
    changes = [line for line in told if re.match("名册版本|roster ", line)]
    assert len(changes) == len(report.rosters) - 1 == 2
    for roster, line in zip(report.rosters[1:], changes, strict=True):
        assert str(roster.version) in line
        assert all(name in line for name in (*roster.joined, *roster.left, *roster.cosigned_by))


def test_the_words_of_the_steps_are_those_of_every_other_verifier() -> None:
    steps = {name: [words.zh, words.en, words.name_zh] for name, words in STEPS.items()}
    del steps["retirement"]  # only a verifier with a memory of the ledger has this step
    assert _catalogue("STEP_WORDS") == steps
    assert _catalogue("WORDS")["detail"] == [*reversed(DETAIL)]
    meanings = _catalogue("MEANINGS")
    assert set(meanings) == {outcome.value for outcome in Outcome} - {"passed"}
    for outcome, (zh, en) in meanings.items():
        ended = stopped(Step(1, "container", False, "", ""), Outcome(outcome))
        assert (ended[0].endswith(f"(container). {en}"), ended[1].endswith(f"（container）。{zh}")) == (True, True)


def _catalogue(name: str) -> dict[str, list[str]]:
    """A table of the page's words as its source has it, by the keys that stand on one line with their words."""
    source = (Path(judge_page.__file__).parent / "90-words.js").read_text()
    table = source.partition(f"const {name} = {{\n")[2].partition("\n};")[0]
    return {key: json.loads(words) for key, words in re.findall(r'^  "?([a-z_ ]+)"?: (\[".*\]),$', table, re.MULTILINE)}


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
