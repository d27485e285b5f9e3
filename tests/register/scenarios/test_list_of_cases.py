"""The list of cases in the specification is the list of tests, and each test opens as minutes do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from register.cast import Signers

from datadeed_ledger.events import SCHEMAS

FOLDER = Path(__file__).parent
SPECIFICATION = Path(__file__).parents[3] / "docs" / "spec" / "scenarios.md"
VERBS = {name for name in vars(Signers) if re.fullmatch(r"[a-z]+s(_[a-z_]+)?", name)} - {"ids", "keys"}


def cases() -> list[tuple[int, str, str, str]]:
    """Number, test, file and docstring of every case, by number."""
    found = []
    for path in FOLDER.glob("test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            numbered = re.match(r"test_(\d\d)_", node.name) if isinstance(node, ast.FunctionDef) else None
            if numbered and isinstance(node, ast.FunctionDef):
                found.append((int(numbered[1]), node.name, path.name, ast.get_docstring(node) or ""))
    return sorted(found)


def test_the_specification_lists_every_case_with_its_test() -> None:
    text = SPECIFICATION.read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d+) \| .+ \| `(\w+)` in `(\w+\.py)` \|$", text, re.MULTILINE)
    assert [(int(number), test, file) for number, test, file in listed] == [case[:3] for case in cases()]


def test_cases_are_numbered_without_a_gap_and_say_what_the_register_must_answer() -> None:
    assert [number for number, *_ in cases()] == list(range(1, len(cases()) + 1))
    for number, test, _, minutes in cases():
        assert minutes.startswith(f"Case {number}. "), test
        assert "The register must answer" in " ".join(minutes.split()), test


def test_every_kind_but_the_batch_deposit_takes_part_in_a_case() -> None:
    narrated = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("test_*.py"))
    narrated += (FOLDER.parent / "minutes.py").read_text(encoding="utf-8")
    assert {verb for verb in VERBS if f".{verb}(" not in narrated} == set()
    verbs = (FOLDER.parent / "cast.py").read_text(encoding="utf-8")
    recorded = set(re.findall(r'_records\(\s*"([a-z_]+)"', verbs))
    assert set(SCHEMAS) - recorded <= {"enrol", "deposit_batch", "amend_roster"}
