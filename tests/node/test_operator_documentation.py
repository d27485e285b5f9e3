"""The commands that the operators' pages show are commands of `datadeed-node`, with options that it has."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from datadeed_node.cli import app

DOCS = Path(__file__).resolve().parents[2] / "docs"
SHOWN = re.compile(r"^\$ (datadeed-node .+)$|`(datadeed-node [^`]+)`", re.MULTILINE)
LINES = [
    (page, next(filter(None, found)))
    for page in ("operate.md", "rosters.md")
    for found in SHOWN.findall((DOCS / page).read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("page", "line"), LINES)
def test_a_command_of_the_page_is_there_with_its_options(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands") and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    assert not hasattr(command, "commands") or not words or words == ["…"], f"no command {words[:1]}"
    known = {name for each in command.params for name in each.opts} | {"--help"}
    used = {word for word in words if word.startswith("-")}
    assert used <= known, f"{page}: {line}"


def test_the_pages_show_all_commands_of_a_change() -> None:
    shown = {tuple(line.split()[1:3]) for page, line in LINES if page == "rosters.md"}
    assert {("roster", name) for name in ("propose", "check", "sign", "submit")} <= shown
