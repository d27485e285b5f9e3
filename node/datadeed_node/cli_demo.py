"""`datadeed-node demo`: the whole main job on this machine, on real files."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer

from datadeed_node.demo.perform import Demonstration, Wish
from datadeed_node.demo.story import default_file, default_folder
from datadeed_node.mistakes import Mistake
from datadeed_node.terminal import say

BASE_PORT = 8400


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop at the end instead of serving until Ctrl-C.")] = False,
    folder: Annotated[Path, typer.Option("--dir", help="Where everything is put; begun anew each time.")] = Path(
        "demo"
    ),
    file: Annotated[Path | None, typer.Option(help="The file to deposit. Default: one of Python's own.")] = None,
    deposited: Annotated[
        Path | None, typer.Option("--folder", help="The folder to deposit. Default: Python's standard library.")
    ] = None,
    base_port: Annotated[
        int, typer.Option(min=1024, max=65000, help="APIs from here, links from 10 above.")
    ] = BASE_PORT,
) -> None:
    """Four institutions, a right from deposit to transfer, its evidence, and a node that dies and returns."""
    wish = Wish(folder, file or default_file(), deposited or default_folder(), base_port)
    if not wish.file.is_file():
        raise Mistake(f"{wish.file} is not a file", "name one with --file")
    if not wish.deposited_folder.is_dir():
        raise Mistake(f"{wish.deposited_folder} is not a folder", "name one with --folder")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager stops it as Ctrl-C does
    with Demonstration(wish) as demonstration:
        try:
            demonstration.perform()
            demonstration.tell_end()
            if once:
                demonstration.stop_and_verify()
            else:
                demonstration.serve()
        except KeyboardInterrupt:
            say("Stopping the nodes…")
