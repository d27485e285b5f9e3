"""How the operator's commands speak: tables for people, JSON for programs, errors that end with the next thing to do.

Results go to standard output; with --json one document goes there and nothing else. Errors go to standard error. Text
that may come from outside is made harmless first (datadeed.display). This decides nothing about the ledger.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import NoReturn

from rich.console import Console
from rich.text import Text

from datadeed.display import safe
from datadeed.words import explain
from datadeed_ledger.errors import DatadeedError
from datadeed_node.database import StoreDamaged, StoreForeign, StoreLocked
from datadeed_node.mistakes import Mistake

EXIT_FAILED = 1

output = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

Failure = DatadeedError | Mistake | StoreLocked | StoreForeign | StoreDamaged | OSError


def say(text: str, style: str = "") -> None:
    """One line for people."""
    output.print(Text(safe(text), style=style), soft_wrap=True)


def say_next(text: str) -> None:
    """What to do now."""
    output.print(Text("→ ", style="bold green").append(safe(text), style="none"), soft_wrap=True)


def print_facts(title: str, facts: Iterable[tuple[str, str]]) -> None:
    """Names and values, a line each; a fingerprint is never broken over lines, so that it can be copied."""
    rows = [(safe(name), safe(value)) for name, value in facts]
    width = max(len(name) for name, _ in rows)
    say(title, style="bold")
    for name, value in rows:
        line = Text(f"  {name:<{width}}  ", style="cyan").append(value, style="none")
        output.print(line, soft_wrap=True)


def stop(problem: str, next_step: str, *, as_json: bool) -> NoReturn:
    """Say what is wrong and what to do next, and leave with exit code 1."""
    if as_json:
        sys.stderr.write(json.dumps({"error": problem, "next": next_step}, ensure_ascii=False) + "\n")
    else:
        for number, line in enumerate(problem.splitlines()):
            errors.print(
                Text("  " if number else "✘ ", style="bold red").append(safe(line), style="none"), soft_wrap=True
            )
        errors.print(Text("→ ", style="bold green").append(safe(next_step), style="none"), soft_wrap=True)
    sys.exit(EXIT_FAILED)


def explained(failure: Failure) -> tuple[str, str]:
    """What went wrong and the next thing to do, for whatever a command lets through."""
    if isinstance(failure, Mistake):
        return failure.problem, failure.next_step
    if isinstance(failure, StoreLocked):
        return str(failure), "stop the node that runs in this folder (Ctrl-C or SIGTERM), then run the command again"
    if isinstance(failure, StoreForeign):
        return str(failure), "check that genesis.json and data/ in the folder belong together; move the wrong one away"
    if isinstance(failure, StoreDamaged):
        return str(failure), "check the disk; `datadeed-node run` fetches from the other nodes what is missing"
    explanation = explain(failure)
    chinese = f" · {explanation.message_zh}" if explanation.message_zh else ""
    return explanation.message + chinese, explanation.next_step.en
