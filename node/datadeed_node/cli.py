"""The `datadeed-node` command. Each command shows what it did, or says what is wrong and what to do next.

Exit codes: 0 done · 1 it did not work, with the reason and the next step · 2 wrong use of the command.
"""

from __future__ import annotations

import sys

import typer

from datadeed.display import speak_any_script
from datadeed_ledger.errors import DatadeedError
from datadeed_node import cli_ceremony, cli_demo, cli_operate, cli_roster, cli_verify
from datadeed_node.database import StoreDamaged, StoreForeign, StoreLocked
from datadeed_node.mistakes import Mistake
from datadeed_node.terminal import explained, stop

app = typer.Typer(
    name="datadeed-node",
    help="An institution's node of a ledger of deeds to data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("init")(cli_ceremony.init)
app.add_typer(cli_ceremony.genesis_app, name="genesis")
app.add_typer(cli_roster.roster_app, name="roster")
app.command("rekey")(cli_roster.rekey)
app.command("run")(cli_operate.run)
app.command("enrol")(cli_operate.enrol)
app.command("status")(cli_operate.status)
app.command("verify")(cli_verify.verify)
app.command("demo")(cli_demo.demo)


def main() -> None:
    """What the `datadeed-node` command runs."""
    speak_any_script()
    try:
        app()
    except (DatadeedError, Mistake, StoreLocked, StoreForeign, StoreDamaged, OSError) as failure:
        stop(*explained(failure), as_json="--json" in sys.argv)
