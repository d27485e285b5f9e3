"""`datadeed prove`: an evidence pack, fetched, completed and verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datadeed.cli.options import PATIENCE_DEFAULT, AsJson, Patience, WhichLedger, open_ledger
from datadeed.cli.packs import PackFile, pack_rows, refuse_existing, write_pack
from datadeed.display import Screen, facts, next_step
from datadeed.words import AFTER, TITLES


def prove(
    subject: Annotated[
        str, typer.Argument(metavar="ENTRY_ID|RIGHT_ID", help="An entry's or a right's id. 条目或权利编号。")
    ],
    output: PackFile,
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
    """Get an evidence pack and verify it before it is written. 取得证据包，核验后写入。"""
    refuse_existing(output)
    with open_ledger(ledger, patience) as book:
        evidence = book.prove(subject, item=item, manifest=manifest, only_entry=only_entry)
        fingerprint = book.fingerprint
    document = write_pack(output, evidence, fingerprint)
    after = next_step(AFTER["proven"], path=str(output), fingerprint=fingerprint)
    Screen(as_json=as_json).result(document, facts(TITLES["proven"], pack_rows(output, evidence)), after)
