"""The twenty points: of every kind of pack, of each outcome, with what a judge may not miss."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from docket import Docket
from registerkit import COURT, NOTARY, OFFICE
from reported import ALICE, NAME, Pack, damaged, exchanged, failed, handed, opened_title, packs, passed

from datadeed.proof_report import certificate_words, words
from datadeed.proof_report.plain import plain, printable
from datadeed.proof_report.points import STEP_POINTS, report_of
from datadeed.proof_report.values import LINES_MAX, HandedFile, Line, Mark, ProofReport
from datadeed.words import Words
from datadeed_ledger.checkpoint import Checkpoint
from datadeed_ledger.encoding import sha256
from datadeed_ledger.evidence import Outcome, entry_pack, title_pack, verify_pack
from datadeed_ledger.evidence.catalogue import STEPS
from datadeed_ledger.evidence.report import TimestampFacts

KINDS = ("title", "asset", "entry", "item", "absence", "presence", "export")


def lines(report: ProofReport, number: int) -> tuple[Line, ...]:
    return report.points[number - 1].lines


def said(report: ProofReport, number: int) -> str:
    return "\n".join(f"{line.mark}: {line.zh} {line.en} {line.value}" for line in lines(report, number))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_pack_has_twenty_points_in_both_languages(kind: str) -> None:
    report = passed(packs()[kind])
    assert report.outcome is Outcome.PASSED
    assert [point.title for point in report.points] == list(words.POINT_TITLES)
    for point in report.points:
        assert all(line.zh and line.en for line in point.lines), point.number
    assert lines(report, 1)[0].mark is Mark.HELD
    assert Mark.FAILED not in {line.mark for point in report.points for line in point.lines}


def test_every_step_of_the_catalogue_has_its_point() -> None:
    assert set(STEP_POINTS) == set(STEPS)
    report = verify_pack(packs()["title"].data, packs()["title"].fingerprint)
    shown = [line.en for point in report_of(report, handed(packs()["title"])).points for line in point.lines]
    for step in report.steps:
        assert plain(step.en) in shown


STEPS_BY_NAME = {name: number for number, name in enumerate(STEPS, start=1)}
FAILURES: dict[str, tuple[Any, Outcome, str, int]] = {
    "a damaged file": (lambda: failed(damaged(packs()["title"])), Outcome.CANNOT_DECIDE, "container", 2),
    "another ledger's fingerprint": (
        lambda: failed(packs()["title"], fingerprint=bytes(32)),
        Outcome.CANNOT_DECIDE,
        "fingerprint",
        20,
    ),
    "an entry never recorded": (
        lambda: failed(exchanged(packs()["title"], ".msgpack")),
        Outcome.NOT_ON_LEDGER,
        "inclusion",
        8,
    ),
    "another entry's proof": (
        lambda: failed(exchanged(packs()["title"], ".tlog-proof")),
        Outcome.INCONSISTENT,
        "inclusion",
        8,
    ),
    "another file": (
        lambda: failed(packs()["title"], file_digest=bytes(32)),
        Outcome.INCONSISTENT,
        "file",
        2,
    ),
    "an absence that nobody asked about": (
        lambda: failed(packs()["absence"]),
        Outcome.CANNOT_DECIDE,
        "question",
        10,
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_verification_that_stopped_names_its_step_and_leaves_the_rest_not_provided(case: str) -> None:
    make, outcome, step, number = FAILURES[case]
    report = make()
    assert report.outcome is outcome
    first = lines(report, 1)[0]
    assert first.mark is Mark.FAILED
    assert f"({step})" in first.en
    assert first.zh.startswith(f"未获证明。核验终止于第 {STEPS_BY_NAME[step]} 步「{STEPS[step].name_zh}」")
    detail = lines(report, 1)[1]
    assert (detail.mark, detail.zh, detail.en) == (Mark.STATED, "技术细节（原文）", "Technical detail")
    assert detail.value != ""
    assert detail.value not in first.zh, "the reason stands beside what it means, never in its place"
    assert [line.mark for line in lines(report, number)].count(Mark.FAILED) == 1
    assert {line.mark for line in lines(report, 16)} == {Mark.MISSING}
    assert "passed" not in said(report, 1)


def test_since_and_before_chaining_and_ownership_are_kept_apart() -> None:
    conclusion = said(passed(packs()["title"]), 1)
    for text in (
        "第十六条",
        "第十七条",
        "第十八条",
        "相反证据足以推翻",
        "preliminary evidence",
        "初步证据",
        "no ownership",
    ):
        assert text in conclusion
    inconsistent = said(failed(exchanged(packs()["title"], ".tlog-proof")), 1)
    assert "不得据此认定" in inconsistent
    assert "可以认定" not in inconsistent
    undecided = said(failed(damaged(packs()["title"])), 1)
    assert "可以认定" not in undecided
    assert "第十八条" in undecided


def test_no_text_of_ours_speaks_of_an_owner() -> None:
    texts = [*words.TEXTS.values(), *certificate_words.CERTIFICATE.values(), *words.POINT_TITLES]
    for text in texts:
        assert isinstance(text, Words)
        assert not re.search(r"\bowners?\b|\bowns\b", text.en), text.en
        assert not re.search("所有权人|权利人", text.zh), text.zh
    assert "holder of record" in words.TEXTS["holder"].en.lower()
    assert words.TEXTS["holder"].zh == "登记主体"


def test_the_state_names_holders_shares_burdens_and_its_time() -> None:
    state = said(passed(opened_title()), 16)
    for text in (
        "截至",
        "as of",
        "已登记",
        "登记主体",
        ALICE.hex(),
        NAME,
        "共同共有",
        "2026BJ0000000001",
        "保全",
        "争议标注",
    ):
        assert text in state
    assert "由条目" in said(passed(opened_title()), 17)
    before = verify_pack(packs()["title"].data, packs()["title"].fingerprint, at=1_795_406_400_000)
    asked = report_of(before, handed(packs()["title"]))
    assert "其时尚未产生" in said(asked, 16)


def test_sealed_fields_are_listed_as_opened_or_not() -> None:
    closed, opened = passed(packs()["title"]), passed(opened_title())
    assert f"主体 {ALICE.hex()} 的身份：未披露" in said(closed, 5)
    assert NAME in said(opened, 5)
    assert f"held: 条目 1：name，已披露 Entry 1: name, opened {NAME}" in said(opened, 19)
    assert "not provided: 条目 1：未披露 Entry 1: not opened credit_code" in said(opened, 19)


def test_a_key_change_is_an_anomaly_to_be_looked_at() -> None:
    assert "rotation" in said(passed(packs()["title"]), 18)
    assert "no key change" in said(passed(packs()["absence"]), 18)


# --- times -----------------------------------------------------------------------------------------------------------


def deposited(claimed_after_ms: int, by: bytes | None = None) -> ProofReport:
    docket = Docket()
    docket.enrol(NAME)
    deposit = docket.record(docket.deposit_entry(by or ALICE, formed_at=docket.now_ms + 1 + claimed_after_ms))
    return passed(Pack(entry_pack(docket.archive(), deposit), docket.ledger))


def test_the_times_stand_on_separate_lines_and_in_order() -> None:
    report = deposited(-60_000)
    times = lines(report, 6)
    wanted = ("自述的形成时间", "区块时间", "共同签署时间", "时间戳")
    for text in wanted:
        assert sum(text in line.zh and not line.zh.startswith("先后") for line in times) >= 1, text
    assert {line.mark for line in times if line.zh.startswith("先后")} == {Mark.HELD}
    assert next(line for line in times if "自述的形成时间" in line.zh).mark is Mark.STATED
    assert all("+08:00" in line.value for line in times if line.value)


def test_a_claim_later_than_its_block_is_out_of_order() -> None:
    report = deposited(60_000)
    assert report.outcome is Outcome.PASSED
    assert "failed: 先后" in said(report, 6)
    assert "failed: 先后" in said(report, 18)


def test_time_stamps_are_told_as_checked_or_not_each_on_its_lines() -> None:
    pack = packs()["entry"]
    report = verify_pack(pack.data, pack.fingerprint)
    facts = report.checkpoint
    checked = TimestampFacts(facts.size, facts.time_s, facts.time_s * 1000, 500, "0a1b", "CN=时间戳", report.about)
    unchecked = replace(checked, authority=None, serial="ff", time_ms=facts.time_s * 1000 - 62_501, covers=())
    stamped = report_of(replace(report, timestamps=(checked, unchecked)), handed(pack))
    times = said(stamped, 6)
    assert "held: 可信时间戳，签发机构 CN=时间戳" in times
    assert "stated: 可信时间戳；签发机构未核验" in times
    assert "held: 序列号 0a1b" in times
    assert "stated: 序列号 ff" in times
    assert "failed: 先后：可信时间戳 ff 早于其所覆盖的检查点" in times
    assert "failed: 先后" in said(stamped, 18)
    good = report_of(replace(report, timestamps=(checked,)), handed(pack))
    assert "held: 先后：可信时间戳均不早于" in said(good, 6)


# --- interest, notaries, consistency ---------------------------------------------------------------------------------


def test_a_court_that_deposits_and_decides_is_in_its_own_cause() -> None:
    docket = Docket()
    docket.enrol(NAME)
    own = docket.record(docket.deposit_entry(COURT))
    mine = docket.record(docket.deposit_entry(ALICE))
    right = docket.record(docket.apply_entry((ALICE,), (mine, own)))
    docket.frozen(right, COURT)
    interest = said(passed(Pack(title_pack(docket.archive(), right), docket.ledger)), 12)
    assert "failed: 有法院既为存证人又在此作出司法行为" in interest
    assert "除利害关系成员外，5 家签署检查点（法定门槛 5 家）" in interest


def test_a_members_own_deposit_is_an_interest_and_a_notarys_is_a_notarial_one() -> None:
    office = deposited(0, OFFICE)
    assert "成员机构以自身名义存证" in said(office, 12)
    assert "公证保全：未提供" in said(office, 7)
    notary = deposited(0, NOTARY)
    assert "由公证机构存证" in said(notary, 7)
    assert "公证保全：未提供" not in said(notary, 7)


def test_the_packs_checkpoint_is_compared_with_the_one_that_the_machine_remembers() -> None:
    pack = packs()["title"]
    facts = verify_pack(pack.data, pack.fingerprint).checkpoint
    same = Checkpoint("ledger.example.cn/dataip", facts.size, facts.root)
    cases = {
        Mark.HELD: same,
        Mark.FAILED: replace(same, root=bytes(32)),
        Mark.MISSING: replace(same, size=facts.size + 1),
    }
    for mark, known in cases.items():
        assert lines(passed(pack, known=known), 9)[-1].mark is mark
    assert lines(passed(pack), 9)[-1].mark is Mark.MISSING


# --- text from outside, the digest -----------------------------------------------------------------------------------


def test_marks_that_turn_or_hide_text_are_shown_as_code_points() -> None:
    report = passed(packs()["entry"], pack=HandedFile("a\u202egpj.zip\x1b[2J\u200b\n", 1, bytes(32)), made_by="\u2066x")
    assert "a[U+202E]gpj.zip[U+001B][2J[U+200B][U+000A]" in said(report, 2)
    assert "[U+2066]x" in said(report, 14)
    assert printable("中\U0001f600", {ord("中")}) == "中[U+1F600]"


def test_a_long_list_ends_with_how_much_is_left_out() -> None:
    pack = packs()["entry"]
    report = verify_pack(pack.data, pack.fingerprint)
    many = replace(report, entries=report.entries * LINES_MAX)
    sealed = lines(report_of(many, handed(pack)), 19)
    assert len(sealed) == LINES_MAX
    assert "另有" in sealed[-1].zh


def test_the_digest_is_that_of_the_canonical_json_and_changes_with_every_word() -> None:
    report = passed(packs()["entry"])
    assert report.digest == sha256(report.canonical()).hex()
    document = json.loads(report.canonical())
    assert document["schema"] == "datadeed-proof-report/v1"
    assert [point["number"] for point in document["points"]] == list(range(1, 21))
    assert passed(packs()["entry"]).digest == report.digest
    assert passed(packs()["entry"], made_by="x").digest != report.digest
