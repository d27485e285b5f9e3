"""Showing things on a terminal: text from outside made harmless, tables for people, one JSON document for programs.

Text from entries, packs and nodes can hold terminal controls and marks that turn the direction of writing; both can
make a screen say what the bytes do not. They are shown as what they are: `\\u202e`.
"""

from __future__ import annotations

import io
import json
import shlex
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Final, TypeAlias

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from datadeed.words import LABELS, SEALED_FIELD, Words
from datadeed_ledger.encoding import Json

TOOL: Final = f"datadeed {version('datadeed')}"

Row: TypeAlias = tuple[str, str | Sequence[str]]
"""A key of LABELS and its value, a line or several; they may come from outside."""

_WIDE_SPACE: Final = "\u3000"  # of Chinese text; Python counts every other space than the ASCII one as not printable


def safe(text: str) -> str:
    """`text` with every character that is not plainly visible written as its escape."""
    return "".join(each if each.isprintable() or each == _WIDE_SPACE else _escape(each) for each in text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Screen:
    """Where a command says what it did. as_json: one document on standard output, and nothing else there."""

    def __init__(self, *, as_json: bool, to_errors: bool = False) -> None:
        self.as_json = as_json
        self._to_errors = as_json or to_errors
        self._console = Console(highlight=False, soft_wrap=False)
        self.notes = Console(stderr=True, highlight=False)

    def result(self, document: Json, *shown: RenderableType) -> None:
        """What the command found: `document` for programs, `shown` for people."""
        if self.as_json:
            write_json(document)
            return
        self.show(*shown)

    def show(self, *shown: RenderableType) -> None:
        """Something for people beside the result; with --json it goes where errors go."""
        console = self.notes if self._to_errors else self._console
        for each in shown:
            # Running text is wrapped by the terminal, so that a command copied from it is whole.
            console.print(each, soft_wrap=isinstance(each, Text))


def write_json(document: Json) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def facts(title: Words, rows: Iterable[Row]) -> Table:
    """A small table of two columns."""
    table = Table(title=title.label, title_justify="left", title_style="bold", show_header=False, box=None)
    table.padding = (0, 2)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        lines = [value] if isinstance(value, str) else value
        table.add_row(Text(LABELS[name].label), Text("\n".join(safe(line) for line in lines)))
    return table


def lines_of(value: Json, path: str = "") -> list[str]:
    """`value` as lines `dotted.name: value`, so that nothing is hidden in a nested structure."""
    if isinstance(value, dict) and set(value) == {"sealed"}:
        return [f"{path}: {SEALED_FIELD.label} {value['sealed']}"]
    if isinstance(value, dict):
        return [line for name, item in value.items() for line in lines_of(item, f"{path}.{name}" if path else name)]
    if isinstance(value, list):
        return [line for at, item in enumerate(value) for line in lines_of(item, f"{path}.{at}")]
    return [f"{path}: {json.dumps(value, ensure_ascii=False)}"]


def next_step(words: Words, **values: str) -> Text:
    """The line that a command ends with: what to do now, in both languages. values: what stands in its braces."""
    quoted = {name: shlex.quote(value) for name, value in values.items()}
    en, zh = (each.format(**quoted) if values else each for each in words)
    text = Text("→ ", style="bold green")
    text.append(safe(en), style="none")
    text.append("\n  " + safe(zh), style="none")
    return text


def speak_any_script() -> None:
    """Never fail to print: what a terminal's encoding lacks is shown as its escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
