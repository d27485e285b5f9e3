"""`datadeed draft`, `sign` and `submit`: an entry that several have to sign, on its way between them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from datadeed.cli.data_files import read_data
from datadeed.cli.options import (
    DEFAULT_KEY,
    PATIENCE_DEFAULT,
    AsJson,
    OfficeKey,
    Patience,
    WhichKey,
    WhichLedger,
    named_signer,
    open_ledger,
    signing_key,
)
from datadeed.cli.recorded import draft_document, draft_rows, missing_row, recorded_document, recorded_rows
from datadeed.cli.templates import show_template
from datadeed.composing import signer_ids
from datadeed.conversation import Conversation
from datadeed.counter import DRAFT_MS, Counter
from datadeed.desk import known_ledger
from datadeed.display import Screen, facts, next_step
from datadeed.drafts import DRAFT_BYTES_MAX, OpenDraft
from datadeed.owner_files import create_owned, read_limited, write_owned
from datadeed.words import AFTER, NOT_SIGNED, SIGN_THIS, TITLES
from datadeed_ledger.errors import Malformed

DAY_MS: Final = 24 * 3600 * 1000
DraftFile = Annotated[Path, typer.Argument(metavar="DRAFT", help="The draft file. 草稿文件。")]


def draft(
    kind: Annotated[str, typer.Argument(help="The kind of entry, like license or transfer. 条目种类。")],
    data: Annotated[Path | None, typer.Option(help="Its data as a JSON file. 数据（JSON 文件）。")] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Only show an example of its data. 仅显示数据示例与字段说明。")
    ] = False,
    by: Annotated[
        list[str] | None,
        typer.Option(help="Who signs: a party, an institution, or a key of this machine; repeat it. 签署人，可重复。"),
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The draft file. 草稿文件。")] = None,
    days: Annotated[int, typer.Option(min=1, max=29, help="How long it may be recorded. 有效天数。")] = DRAFT_MS
    // DAY_MS,
    ledger: WhichLedger = None,
    as_json: AsJson = False,
) -> None:
    """Write down an entry for its signers; nothing is signed or handed in yet. 起草条目。"""
    if template:
        show_template(kind, ledger, as_json=as_json)
        return
    if data is None:
        raise Malformed(f"name the data with --data FILE; `datadeed draft {kind} --template` shows an example")
    counter = _counter(ledger)
    plain = read_data(data)
    signers = [named_signer(counter.folder, text) for text in by or [DEFAULT_KEY]]
    made = counter.draft(kind, plain, signer_ids(signers, counter.folder.roster), days * DAY_MS)
    path = output or Path(f"{kind}-{made.entry_id.hex()[:12]}.draft.json")
    create_owned(path, made.to_bytes())
    Screen(as_json=as_json).result(
        draft_document(made, path),
        facts(TITLES["drafted"], [("draft", str(path)), *draft_rows(made)]),
        next_step(AFTER["drafted"], path=str(path)),
    )


def sign(
    file: DraftFile,
    key: WhichKey = DEFAULT_KEY,
    office: OfficeKey = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. 不再询问。")] = False,
    sight_unseen: Annotated[
        bool,
        typer.Option("--sight-unseen", help="Sign although some sealed fields cannot be shown. 允许密封字段未披露。"),
    ] = False,
    ledger: WhichLedger = None,
    as_json: AsJson = False,
) -> None:
    """Show what a draft says, and sign it. 显示并签署草稿。"""
    counter = _counter(ledger)
    opened = _read_draft(file)
    counter.check_ledger(opened)
    screen = Screen(as_json=as_json)
    screen.show(facts(TITLES["draft"], draft_rows(opened)))
    if opened.unopened and not sight_unseen:
        fields = ", ".join(opened.unopened)
        raise Malformed(
            f"the sealed fields {fields} cannot be shown; ask for the draft with them, or use --sight-unseen"
        )
    if not yes and not _confirmed():
        raise Malformed(NOT_SIGNED.label)
    signed = opened.sign(signing_key(counter.folder, key, office))
    counter.keep(signed)
    write_owned(file, signed.to_bytes())
    after = AFTER["incomplete" if signed.draft.missing else "complete"]
    screen.result(
        draft_document(signed, file),
        facts(TITLES["signed"], [("draft", str(file)), missing_row(signed)]),
        next_step(after, path=str(file)),
    )


def submit(
    file: DraftFile, ledger: WhichLedger = None, patience: Patience = PATIENCE_DEFAULT, as_json: AsJson = False
) -> None:
    """Hand in a draft that all have signed, and wait until it is recorded and proven. 提交草稿并等待上链。"""
    opened = _read_draft(file)
    with open_ledger(ledger, patience) as book:
        receipt = book.submit_draft(opened)
    Screen(as_json=as_json).result(
        recorded_document(receipt),
        facts(TITLES["recorded"], [("kind", receipt.entry.kind), *recorded_rows(receipt)]),
        next_step(AFTER["deposited"], id=receipt.entry_id.hex()),
    )


def _counter(ledger: str | None) -> Counter:
    conversation: Conversation = known_ledger(None, ledger, PATIENCE_DEFAULT)
    return Counter(conversation)


def _read_draft(file: Path) -> OpenDraft:
    return OpenDraft.parse(read_limited(file, bytes_max=DRAFT_BYTES_MAX))


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise Malformed("no terminal to ask at; read the draft and give --yes")
    answer: bool = typer.confirm(SIGN_THIS.label, err=True)
    return answer
