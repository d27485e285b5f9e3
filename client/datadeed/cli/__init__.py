"""The `datadeed` command. Each command shows what it did, or says what is wrong and what to do next; never a traceback.

Exit codes: 0 done or proven · 1 not proven · 2 unreadable or wrong input · 3 refused by a rule · 4 busy, try again.
Spec: docs/sdk.md, "Commands".
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.text import Text

from datadeed.cli import (
    certifying,
    connecting,
    court,
    depositing,
    disclosing,
    drafting,
    exchange,
    keys,
    proving,
    register,
    verifying,
)
from datadeed.display import TOOL, Screen, next_step, safe, speak_any_script, write_json
from datadeed.words import explain
from datadeed_ledger.errors import DatadeedError

app = typer.Typer(
    name="datadeed",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"{TOOL}\n")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version. 显示版本。")
]


@app.callback()
def start(version: Version = False) -> None:
    """Deeds to data on a ledger that anyone can check. 数据存证、登记与核验。"""


app.add_typer(keys.app, name="key")
app.add_typer(register.app, name="register")
app.add_typer(court.app, name="court")
app.add_typer(exchange.app, name="exchange")
app.command("connect")(connecting.connect)
app.command("deposit")(depositing.deposit)
app.command("deposit-folder")(depositing.deposit_folder)
app.command("draft")(drafting.draft)
app.command("sign")(drafting.sign)
app.command("submit")(drafting.submit)
app.command("prove")(proving.prove)
app.command("disclose")(disclosing.disclose)
app.command("forget")(disclosing.forget)
app.command("verify")(verifying.verify)
app.command("certificate")(certifying.certificate)


def main() -> None:
    """What the `datadeed` command runs."""
    speak_any_script()
    try:
        app()
    except (DatadeedError, OSError) as error:
        sys.exit(_report(error, as_json="--json" in sys.argv))


def _report(error: DatadeedError | OSError, *, as_json: bool) -> int:
    """Say what went wrong and what to do next; the exit code."""
    explanation = explain(error)
    if as_json:
        words = explanation.next_step
        message = {"kind": explanation.kind, "message": explanation.message, "next": words.en, "next_zh": words.zh}
        write_json({"error": {**message, "message_zh": explanation.message_zh}})
        return explanation.exit_code
    text = Text("✘ ", style="bold red")
    text.append(safe(explanation.message), style="none")
    if explanation.message_zh:
        text.append("\n  " + safe(explanation.message_zh), style="none")
    Screen(as_json=False, to_errors=True).show(text, next_step(explanation.next_step))
    return explanation.exit_code
