"""`datadeed prove`: an evidence pack, fetched, completed and verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datadeed.cli.options import PATIENCE_DEFAULT, AsJson, Patience, WhichLedger, open_ledger
from datadeed.display import Row, Screen, facts, next_step
from datadeed.owner_files import create_owned
from datadeed.words import AFTER, TITLES
from datadeed_ledger.encoding import Json, sha256
from datadeed_ledger.errors import Malformed


def prove(
    subject: Annotated[
        str, typer.Argument(metavar="ENTRY_ID|RIGHT_ID", help="An entry's or a right's id. 条目或权利编号。")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The evidence pack. 证据包。")],
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
    if output.exists():
        raise Malformed(f"{output} is there already and is never written over; choose another name")
    with open_ledger(ledger, patience) as book:
        evidence = book.prove(subject, item=item, manifest=manifest, only_entry=only_entry)
        fingerprint = book.fingerprint
    create_owned(output, evidence.pack)
    report = evidence.report
    digest = sha256(evidence.pack).hex()
    document: dict[str, Json] = {
        "conclusion": {"en": report.conclusion_en, "zh": report.conclusion_zh},
        "fingerprint": fingerprint,
        "kind": report.kind.value,
        "pack": str(output),
        "sha256": digest,
        "size_bytes": len(evidence.pack),
        "subjects": list(report.answers),
    }
    rows: list[Row] = [
        ("pack", str(output)),
        ("kind", report.kind.value),
        ("size", f"{len(evidence.pack)} bytes"),
        ("digest", digest),
        ("conclusion", [report.conclusion_zh, report.conclusion_en]),
    ]
    after = next_step(AFTER["proven"], path=str(output), fingerprint=fingerprint)
    Screen(as_json=as_json).result(document, facts(TITLES["proven"], rows), after)
