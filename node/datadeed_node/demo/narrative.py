"""How the demonstration speaks: chapters, what happens in each, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.rule import Rule
from rich.text import Text

from datadeed.display import safe


class Narrative:
    """One telling, on standard output."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._chapters = 0

    def chapter(self, en: str, zh: str) -> None:
        self._chapters += 1
        self._console.print()
        self._console.print(Rule(f"[bold]{self._chapters}. {en}[/] · {zh}", align="left", style="cyan"))

    def done(self, what: str, detail: str = "", *, seconds: float | None = None) -> None:
        """One thing that has happened."""
        line = Text("  ✔ ", style="green").append(safe(what), style="none")
        if detail:
            line.append(f"  {safe(detail)}", style="dim")
        if seconds is not None:
            line.append(f"  {seconds:.2f} s", style="cyan")
        self._console.print(line, soft_wrap=True)

    def note(self, text: str) -> None:
        self._console.print(Text(f"    {safe(text)}", style="dim"), soft_wrap=True)

    def command(self, text: str) -> None:
        """A command to copy; never broken over lines."""
        self._console.print(Text(f"    {text}", style="yellow"), soft_wrap=True)

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Something that takes a moment; told when it is done."""
        begun_s = time.monotonic()
        with self._console.status(f"{what}…"):
            yield
        self.done(what, seconds=time.monotonic() - begun_s)

    @contextmanager
    def counting(self, what: str) -> Iterator[Progress]:
        """A bar for a long count."""
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=self._console, transient=True) as bar:
            bar.add_task(what, total=None)
            yield bar
