"""Showing things on a terminal: text from outside made harmless, tables for people, one JSON document for programs.

Text from entries, packs and nodes can hold terminal controls and marks that turn the direction of writing; both can
make a screen say what the bytes do not. They are shown as what they are: `\\u202e`.
"""

from __future__ import annotations

import io
import json
import sys
import unicodedata
from collections.abc import Iterable
from typing import Final

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from datadeed.words import LABELS, Words
from datadeed_ledger.encoding import Json

_UNSAFE_CATEGORIES: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def safe(text: str) -> str:
    """`text` with every character that is not plainly visible written as its escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if unicodedata.category(each) not in _UNSAFE_CATEGORIES else _escape(each) for each in text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Screen:
    """Where a command says what it did. as_json: one document on standard output, and nothing else there."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._console = Console(highlight=False, soft_wrap=False)
        self.notes = Console(stderr=True, highlight=False)

    def result(self, document: Json, *shown: RenderableType) -> None:
        """What the command found: `document` for programs, `shown` for people."""
        if self.as_json:
            write_json(document)
            return
        for each in shown:
            self._console.print(each)

    def show(self, *shown: RenderableType) -> None:
        """Something for people beside the result; with --json it goes where errors go."""
        console = self.notes if self.as_json else self._console
        for each in shown:
            console.print(each)


def write_json(document: Json) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def facts(title: Words, rows: Iterable[tuple[str, str]]) -> Table:
    """A small table of two columns. rows: a key of LABELS and its value, which may come from outside."""
    table = Table(
        title=title.label, title_justify="left", title_style="bold", show_header=False, box=None, padding=(0, 2)
    )
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(Text(LABELS[name].label), Text(safe(value)))
    return table


def next_step(words: Words, **values: str) -> Text:
    """The line that a command ends with: what to do now, in both languages."""
    text = Text("→ ", style="bold green")
    text.append(safe(words.en.format(**values)), style="none")
    text.append("\n  " + safe(words.zh.format(**values)), style="none")
    return text


def speak_any_script() -> None:
    """Never fail to print: what a terminal's encoding lacks is shown as its escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
