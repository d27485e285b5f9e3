"""The Python judge and the page's own judge give the same outcome and the same failing step on one corpus."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from browser.corpus import Case, Verdict, corpus, judged

from datadeed_ledger.encoding import sha256

CASES = {case.name: case for case in corpus()}
PYTHON = {name: judged(case) for name, case in CASES.items()}
IN_PAGE = """async ([pack, fingerprint, options]) => {
  const bytes = Uint8Array.from(atob(pack), (character) => character.charCodeAt(0));
  const { outcome, steps } = await datadeedVerify(bytes, fingerprint, options);
  return { outcome, step: steps.find((step) => step.ok === false)?.name ?? null };
}"""


@pytest.fixture(scope="module")
def page(browser: Any, page_file: Path) -> Any:
    opened = browser.new_page()
    opened.goto(page_file.as_uri())
    return opened


@pytest.fixture(scope="module")
def there(page: Any) -> dict[str, Verdict]:
    """What the page answers, case by case."""
    return {name: in_page(page, case) for name, case in CASES.items()}


def in_page(page: Any, case: Case) -> Verdict:
    """What the page's judge answers."""
    options = {"ask": case.ask, "fileDigestHex": None if case.file is None else sha256(case.file).hex()}
    arguments = [base64.b64encode(case.pack).decode(), case.fingerprint.hex(), options]
    return Verdict(**page.evaluate(IN_PAGE, arguments))


def test_the_corpus_is_large_and_names_every_case_once() -> None:
    assert len(CASES) == len(list(corpus())) >= 300
    assert sum(case.good for case in CASES.values()) >= 10


def test_only_good_packs_pass() -> None:
    passed = {name for name, verdict in PYTHON.items() if verdict == Verdict("passed", None)}
    assert passed == {name for name, case in CASES.items() if case.good}


def test_both_verifiers_agree_on_every_case(there: dict[str, Verdict]) -> None:
    assert not {name: (PYTHON[name], there[name]) for name in CASES if PYTHON[name] != there[name]}


def test_the_corpus_reaches_every_outcome_and_every_step_that_these_packs_have(there: dict[str, Verdict]) -> None:
    verdicts = set(there.values())
    assert {verdict.outcome for verdict in verdicts} == {"passed", "not on the ledger", "inconsistent", "cannot decide"}
    steps = "container fingerprint checkpoint header policy inclusion blocks question records history deposits items"
    assert {verdict.step for verdict in verdicts} >= {*steps.split(), "disclosures", "file"}
