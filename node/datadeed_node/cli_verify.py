"""`datadeed-node verify DIR`: the store's verification with its progress and its outcome, for people or as JSON."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from datadeed.display import write_json
from datadeed_ledger.encoding import Json
from datadeed_node.config import Config
from datadeed_node.fault import Fault
from datadeed_node.mistakes import Mistake
from datadeed_node.opening import read_genesis
from datadeed_node.terminal import EXIT_FAILED, errors, print_facts, say, say_next
from datadeed_node.verify_store import verify_store

STEPS = {
    "replay": "replaying every block from its leaves",
    "certificates": "checking certificates",
    "rows": "comparing every row",
}
REPAIR = (
    "keep a copy of the folder, check the disk, then `datadeed-node run {folder}`: the node rebuilds its store from "
    "what holds and from the other institutions, and votes no more in this epoch"
)


def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A stopped node's folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")] = False,
) -> None:
    """Re-read everything that a stopped node has stored and derive it again from the log; names the first fault."""
    config = Config.load(folder)
    genesis = read_genesis(config)
    if not config.data_folder.is_dir():
        raise Mistake(f"{config.data_folder} is not there: this node has never run", f"datadeed-node run {folder}")
    try:
        with _Bar(shown=not as_json) as bar:
            found = verify_store(config, genesis, bar.report)
    except Fault as fault:
        _say_fault(fault, folder, as_json=as_json)
        sys.exit(EXIT_FAILED)
    document: dict[str, Json] = {"ok": True, **asdict(found)}
    if as_json:
        write_json(document)
        return
    del document["ok"]
    print_facts(
        f"{config.name}: everything is what its leaves make it",
        [(name.replace("_", " "), str(value)) for name, value in document.items()],
    )


def _say_fault(fault: Fault, folder: Path, *, as_json: bool) -> None:
    if as_json:
        where: dict[str, Json] = {"block": fault.block, "entry": fault.entry, "key": fault.key, "file": fault.file}
        write_json({"ok": False, "fault": {"what": fault.what, **where}, "next": REPAIR.format(folder=folder)})
        return
    say(f"✘ {fault.what}", style="bold red")
    for name, value in (("block", fault.block), ("log entry", fault.entry), ("key", fault.key), ("file", fault.file)):
        if value is not None:
            say(f"  {name}: {value}")
    say_next(REPAIR.format(folder=folder))


class _Bar:
    """One bar a step, on standard error."""

    def __init__(self, *, shown: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=errors, disable=not shown, transient=True)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def report(self, step: str, done: int, total: int) -> None:
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(STEPS[step], total=total or None)
        self._progress.update(self._tasks[step], completed=done)
