"""Breaks the consensus rules one by one and demands that a named test notices each: the tests' own test.

A mutant is an exact replacement in a copy of one consensus module; the copy comes first on the path of a process that
runs the named tests. A replacement that does not apply exactly once is an error: the rule moved, so must the mutant.
The named tests must pass on an unchanged copy, or their failing would prove nothing.

    .venv/bin/python tests/simulation/mutants.py [NAME ...]

prints a table and ends with 1 if a mutant survives. Spec: docs/spec/consensus.md section 5 D.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "consensus" / "datadeed_consensus"
TEST_TIMEOUT_S = 120  # a mutant that never ends is a mutant that was noticed

# Runs pytest on the package that PYTHONPATH names, and says so if it is another.
_RUN = """
import pathlib, sys
import datadeed_consensus, pytest
here = pathlib.Path(datadeed_consensus.__file__).parent
assert here == pathlib.Path(sys.argv[1]), f"the tests would run {here}"
sys.exit(pytest.main(sys.argv[2:]))
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """`old` occurs exactly once in `module`."""

    module: str
    old: str
    new: str

    def applied(self, source: str) -> str:
        """The broken module. Raises `ValueError` where the rule is no longer written like this."""
        if source.count(self.old) != 1:
            raise ValueError(f"{self.module}: the text to replace occurs {source.count(self.old)} times: {self.old}")
        broken = source.replace(self.old, self.new)
        compile(broken, self.module, "exec")
        return broken


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule broken on purpose, and the test that must notice."""

    name: str
    test: str
    edits: tuple[Edit, ...]

    def apply(self, package: Path) -> None:
        """Break the copy. Raises `ValueError` where an edit does not fit."""
        for edit in self.edits:
            module = package / edit.module
            module.write_text(edit.applied(module.read_text(encoding="utf-8")), encoding="utf-8")


class Verdict(Enum):
    CAUGHT = "caught"
    SURVIVED = "SURVIVED"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Outcome:
    mutant: Mutant
    verdict: Verdict
    output: str


def judged(mutant: Mutant) -> Outcome:
    """Runs the mutant's test on the broken copy."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder) / PACKAGE.name
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        try:
            mutant.apply(copy)
        except (ValueError, SyntaxError) as error:
            return Outcome(mutant, Verdict.ERROR, str(error))
        code, output = run_tests(copy, [mutant.test])
    verdicts = {0: Verdict.SURVIVED, 1: Verdict.CAUGHT}
    return Outcome(mutant, verdicts.get(code, Verdict.ERROR), output)


def run_tests(package: Path, tests: Iterable[str]) -> tuple[int, str]:
    """pytest's exit code and output over this copy of the consensus package."""
    options = ["-q", "-x", "--no-header", "--tb=line", "-p", "no:cacheprovider", f"--timeout={TEST_TIMEOUT_S}"]
    command = [sys.executable, "-c", _RUN, str(package), *options, *(f"tests/simulation/{test}" for test in tests)]
    path = os.pathsep.join((str(package.parent), str(REPOSITORY / "tests")))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout[-4000:] + run.stderr[-4000:]


def healthy(mutants: Sequence[Mutant]) -> str:
    """Nothing, if all named tests pass on an unchanged copy; else what they said."""
    with tempfile.TemporaryDirectory(prefix="mutant-none-") as folder:
        copy = Path(folder) / PACKAGE.name
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        code, output = run_tests(copy, sorted({mutant.test for mutant in mutants}))
    return "" if code == 0 else output


def main(names: Sequence[str]) -> int:
    from simulation.mutant_list import MUTANTS

    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    if not chosen:
        print(f"no mutant of that name; there are {', '.join(mutant.name for mutant in MUTANTS)}")
        return 2
    width = max(len(mutant.name) for mutant in chosen)
    caught = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        control = pool.submit(healthy, chosen)
        for outcome in pool.map(judged, chosen):
            print(f"{outcome.mutant.name:{width}} | {outcome.mutant.test} | {outcome.verdict.value}", flush=True)
            caught += outcome.verdict is Verdict.CAUGHT
            if outcome.verdict is Verdict.ERROR:
                print(outcome.output)
        complaint = control.result()
    print(f"{caught} of {len(chosen)} mutants caught")
    if complaint:
        print(f"the named tests do not pass on the rules as they are:\n{complaint}")
    return 0 if caught == len(chosen) and not complaint else 1


if __name__ == "__main__":
    sys.path.insert(0, str(REPOSITORY / "tests"))
    sys.exit(main(sys.argv[1:]))
