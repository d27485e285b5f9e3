"""`datadeed deposit` and `datadeed deposit-folder`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from datadeed.cli.options import (
    DEFAULT_KEY,
    PATIENCE_DEFAULT,
    AsJson,
    OfficeKey,
    Patience,
    WhichKey,
    WhichLedger,
    ledger_folder,
    open_ledger,
    signing_key,
)
from datadeed.cli.recorded import recorded_document, recorded_rows
from datadeed.counter import FolderDeposit
from datadeed.display import Row, Screen, facts, next_step
from datadeed.ledger import Ledger
from datadeed.owner_files import create_owned
from datadeed.words import AFTER, READING, TITLES
from datadeed_ledger.encoding import Json
from datadeed_ledger.errors import Malformed

FormedAt = Annotated[
    str | None,
    typer.Option(help="When it came to be, as a claim, like 2026-11-22T04:12:09.104Z. 声称的形成时间。"),
]
Prose = Annotated[str | None, typer.Option(help="A description; sealed. 说明（密封）。")]


def deposit(
    file: Annotated[Path, typer.Argument(help="The file. 文件。")],
    description: Prose = None,
    scope: Annotated[str, typer.Option(help="full, sample or manifest. 存证范围。")] = "full",
    media_type: Annotated[str | None, typer.Option(help="Its type, if the name does not say. 媒体类型。")] = None,
    formed_at: FormedAt = None,
    key: WhichKey = DEFAULT_KEY,
    office: OfficeKey = None,
    ledger: WhichLedger = None,
    patience: Patience = PATIENCE_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Put a file's digest on the ledger; the file stays here. 存证：仅提交哈希值，文件不离开本机。"""
    signer = signing_key(ledger_folder(ledger), key, office)
    with open_ledger(ledger, patience, signer) as book:
        receipt = book.deposit(file, description=description, scope=scope, media_type=media_type, formed_at=formed_at)
    data = receipt.entry.body.data
    rows: list[Row] = [("file", str(file)), ("digest", data["digest"].hex()), ("size", f"{data['size_bytes']} bytes")]
    document: dict[str, Json] = {"digest": data["digest"].hex(), "file": str(file), "size_bytes": data["size_bytes"]}
    Screen(as_json=as_json).result(
        document | recorded_document(receipt),
        facts(TITLES["deposited"], [*rows, *recorded_rows(receipt)]),
        next_step(AFTER["deposited"], id=receipt.entry_id.hex()),
    )


def deposit_folder(
    folder: Annotated[Path, typer.Argument(help="The folder. 文件夹。")],
    description: Prose = None,
    formed_at: FormedAt = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Also write the manifest here. 清单另存为。")
    ] = None,
    key: WhichKey = DEFAULT_KEY,
    office: OfficeKey = None,
    ledger: WhichLedger = None,
    patience: Patience = PATIENCE_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Put every file below a folder on the ledger as one batch. 批量存证：整个文件夹一次提交。

    Symbolic links and special files are not followed and not deposited; the manifest lists them.
    """
    if output is not None and output.exists():
        raise Malformed(f"{output} is there already and is never written over; choose another name")
    signer = signing_key(ledger_folder(ledger), key, office)
    screen = Screen(as_json=as_json)
    with open_ledger(ledger, patience, signer) as book:
        done = _with_progress(screen, book, folder, description, formed_at)
    if output is not None:
        create_owned(output, done.manifest.to_bytes())
    _show(screen, done, folder, output)


def _with_progress(
    screen: Screen, book: Ledger, folder: Path, description: str | None, formed_at: str | None
) -> FolderDeposit:
    columns = (TextColumn(READING.label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen.notes, transient=True) as bar:
        task = bar.add_task("")
        return book.deposit_folder(
            folder,
            description=description,
            formed_at=formed_at,
            progress=lambda files, total, path: bar.update(task, completed=files, total=total),
        )


def _show(screen: Screen, done: FolderDeposit, folder: Path, output: Path | None) -> None:
    manifest, receipt = done.manifest, done.receipt
    left_out: list[Json] = [{"path": each.path, "reason": each.reason} for each in manifest.left_out]
    document: dict[str, Json] = {
        "count": manifest.count,
        "folder": str(folder),
        "left_out": left_out,
        "manifest": str(output or done.manifest_path),
        "root": manifest.root.hex(),
    }
    rows: list[Row] = [
        ("file", str(folder)),
        ("batch", str(manifest.count)),
        ("manifest", str(output or done.manifest_path)),
        *(("left_out", f"{each.path}: {each.reason}") for each in manifest.left_out),
        *recorded_rows(receipt),
    ]
    screen.result(
        document | recorded_document(receipt),
        facts(TITLES["deposited"], rows),
        next_step(AFTER["batch"], id=receipt.entry_id.hex()),
    )
