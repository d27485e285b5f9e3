"""`datadeed prove`: an evidence pack of what is recorded, or that something is not; fetched, completed, verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datadeed.cli.options import PATIENCE_DEFAULT, AsJson, Patience, WhichLedger, open_ledger
from datadeed.cli.packs import PackFile, pack_rows, refuse_existing, write_pack
from datadeed.display import Screen, facts, next_step
from datadeed.state_report import state_json, state_table
from datadeed.words import AFTER, TITLES
from datadeed_ledger.errors import Malformed


def prove(
    output: PackFile,
    subject: Annotated[
        str | None,
        typer.Argument(metavar="[ENTRY_ID|RIGHT_ID|ASSET_ID]", help="An id. 条目、权利或资产编号。"),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Also as of this time: RFC 3339, or a date for its end. 时点。"),
    ] = None,
    absent: Annotated[
        str | None,
        typer.Option(metavar="SUBJECT", help="Instead, that nothing is recorded under number/…, right/… 证明不存在。"),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="With --absent right/…: no licence, or no open objection. 不存在何种记录。")
    ] = None,
    item: Annotated[
        Path | None, typer.Option(help="A file of the deposited batch, to be proven itself. 批量存证中的文件。")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="The batch's manifest, if this machine does not keep it. 清单文件。")
    ] = None,
    only_entry: Annotated[
        bool, typer.Option("--entry", help="The entry alone, also if it opened a right. 仅该条目。")
    ] = False,
    ledger: WhichLedger = None,
    patience: Patience = PATIENCE_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Get an evidence pack and verify it before it is written. 取得证据包，核验后写入。

    Of a right or asset: its whole history, replayed. With --absent: that something was never recorded, as of now.
    """
    refuse_existing(output)
    with open_ledger(ledger, patience) as book:
        if absent is not None:
            _only_absence(subject, at, item)
            evidence = book.prove_absent(absent, kind=kind)
        elif subject is not None and kind is None:
            evidence = book.prove(subject, item=item, manifest=manifest, only_entry=only_entry, at=at)
        else:
            raise Malformed("say what to prove: an id, or --absent SUBJECT; --kind belongs to --absent")
        fingerprint = book.fingerprint
    document = write_pack(output, evidence, fingerprint)
    report = evidence.report
    states = []
    if report.state_at is not None:
        document["state_at"] = state_json(report)
        states = [state_table(TITLES["state_at"], report.state_at, report)]
    shown = {"path": str(output), "fingerprint": fingerprint}
    if absent is None:
        after = next_step(AFTER["proven"], **shown)
    else:
        after = next_step(AFTER["proven_absent"], **shown, ask=report.answers[0])
    Screen(as_json=as_json).result(document, facts(TITLES["proven"], pack_rows(output, evidence)), *states, after)


def _only_absence(subject: str | None, at: str | None, item: Path | None) -> None:
    """Raise `Malformed` where something else is asked for beside an absence."""
    if subject is not None or at is not None or item is not None:
        raise Malformed("--absent proves that nothing is recorded as of the newest checkpoint; give no id and no --at")
