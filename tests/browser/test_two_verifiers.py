"""The Python judge and the page's own judge give the same outcome and the same failing step on one corpus."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from browser.corpus import NEVER, Case, Verdict, corpus, judged, reported
from histories import BROKEN

from datadeed_ledger.encoding import sha256
from datadeed_ledger.evidence import StateAt, Superseded

IN_PAGE = """async ([pack, fingerprint, options]) => {
  const bytes = Uint8Array.from(atob(pack), (character) => character.charCodeAt(0));
  const { steps, ...told } = await datadeedVerify(bytes, fingerprint, options);
  return { ...told, step: steps.find((step) => step.ok === false)?.name ?? null };
}"""


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    """By name. Not made while tests are collected, which every process does that runs some of them."""
    return {case.name: case for case in corpus()}


@pytest.fixture(scope="module")
def here(cases: dict[str, Case]) -> dict[str, Verdict]:
    """What the Python judge answers, case by case."""
    return {name: judged(case) for name, case in cases.items()}


@pytest.fixture(scope="module")
def page(browser: Any, page_file: Path) -> Any:
    opened = browser.new_page()
    opened.goto(page_file.as_uri())
    return opened


@pytest.fixture(scope="module")
def told(page: Any, cases: dict[str, Case]) -> dict[str, Any]:
    """What the page answers, case by case."""
    return {name: in_page(page, case) for name, case in cases.items()}


@pytest.fixture(scope="module")
def there(told: dict[str, Any]) -> dict[str, Verdict]:
    return {name: Verdict(answer["outcome"], answer["step"]) for name, answer in told.items()}


def in_page(page: Any, case: Case) -> Any:
    """What the page's judge answers."""
    digest = None if case.file is None else sha256(case.file).hex()
    options = {"ask": case.ask, "fileDigestHex": digest, "at": case.at}
    return page.evaluate(IN_PAGE, [base64.b64encode(case.pack).decode(), case.fingerprint.hex(), options])


def state_here(state: StateAt | None) -> dict[str, Any] | None:
    """The Python judge's state as of a time, spelled as the page spells it."""
    if state is None:
        return None
    spelled = {
        "entries": state.entries,
        "rules": state.rules,
        "status": state.status,
        "time": state.time_ms,
    }
    if state.status is None or state.subject.startswith("asset/"):
        return spelled
    licences = [plain(each.licence) | {"stands": each.stands, "in_force": each.in_force} for each in state.licences]
    names = ("renewal_pending", "renewal_due", "holders", "until", "pledge", "freezes", "disputes", "pending")
    return spelled | {name: plain(getattr(state, name)) for name in names} | {"licences": by_id(licences)}


def state_there(state: dict[str, Any] | None, names: Iterable[str]) -> dict[str, Any] | None:
    if state is None:
        return None
    return {name: by_id(state[name]) if name == "licences" else state[name] for name in names}


def superseded_here(each: Superseded) -> dict[str, Any]:
    """As the page spells it, in texts."""
    what = f"{each.what} {each.id.hex()}" if each.id else each.what
    found = {"what": what, "was": each.was, "became": each.became, "since": each.since, "by": each.by}
    texts: dict[str, Any] = in_texts(found | {"kind": each.kind})
    return texts


def in_texts(value: Any) -> Any:
    """Whole numbers as texts: where the page counts, the readable twin of a record spells."""
    if isinstance(value, list):
        return [in_texts(item) for item in value]
    if isinstance(value, dict):
        return {name: in_texts(item) for name, item in value.items()}
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def by_id(licences: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(licences, key=lambda licence: str(licence["id"]))


def plain(value: Any) -> Any:
    """Records and bytes as the page has them: names and hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    return value


def test_the_corpus_is_large_and_names_every_case_once(cases: dict[str, Case]) -> None:
    assert len(cases) == len(list(corpus())) >= 500
    assert sum(case.good for case in cases.values()) >= 10


def test_only_good_packs_pass(cases: dict[str, Case], here: dict[str, Verdict]) -> None:
    passed = {name for name, verdict in here.items() if verdict == Verdict("passed", None)}
    assert passed == {name for name, case in cases.items() if case.good}


def test_both_verifiers_agree_on_every_case(here: dict[str, Verdict], there: dict[str, Verdict]) -> None:
    assert not {name: (verdict, there[name]) for name, verdict in here.items() if verdict != there[name]}


def test_the_corpus_reaches_every_outcome_and_every_step_that_these_packs_have(there: dict[str, Verdict]) -> None:
    verdicts = set(there.values())
    assert {verdict.outcome for verdict in verdicts} == {"passed", "not on the ledger", "inconsistent", "cannot decide"}
    steps = "container fingerprint checkpoint header policy inclusion blocks question records history deposits items"
    assert {verdict.step for verdict in verdicts} >= {*steps.split(), "disclosures", "file", "rules", "time", "rosters"}


def test_both_replays_end_with_the_same_states_and_leave_the_same_to_the_quorum(
    cases: dict[str, Case], told: dict[str, Any]
) -> None:
    replayed = 0
    for name, case in cases.items():
        if not name.startswith(("rules/good", "title/good", "rosters/good, title", "rosters/good, asset")):
            continue
        report = reported(case)
        for state, key in ((report.state, "state"), (report.state_at, "stateAt")):
            spelled = state_here(state)
            assert state_there(told[name].get(key), spelled or ()) == spelled, (name, key)
        assert [superseded_here(each) for each in report.superseded] == in_texts(told[name]["superseded"]), name
        left = [{"index": each.index, "kind": each.kind, "number": each.number} for each in report.left_to_quorum]
        assert told[name]["left"] == left, name
        replayed += report.rules_replayed
    assert replayed > 30


def test_a_rule_that_was_broken_is_named_alike(told: dict[str, Any]) -> None:
    for story, number in BROKEN.items():
        reason = told[f"rules/{story.__name__}"]["reason"]
        assert reason.endswith(f" breaks rule {number}"), (story.__name__, reason)


@pytest.mark.parametrize("at", [None, 1_795_320_060_000])
@pytest.mark.parametrize("name", ["entry", "item", "title", "absence"])
def test_both_agree_on_the_published_packs_whose_rules_neither_can_read(
    page: Any, vectors: Path, name: str, at: int | None
) -> None:
    pack, fingerprint = (vectors / "packs" / part for part in (f"{name}.zip", "FINGERPRINT.txt"))
    ask = NEVER if name == "absence" else None
    case = Case(name, pack.read_bytes(), bytes.fromhex(fingerprint.read_text().strip()), ask=ask, at=at)
    answer = in_page(page, case)
    verdict = Verdict("passed", None) if at is None else Verdict("cannot decide", "time")
    assert Verdict(answer["outcome"], answer["step"]) == verdict == judged(case)
