"""What the commands of offices share: an act is composed, signed, and recorded, or written as a draft for others.

A command is a function from its own arguments to an `Act`; `act_command` adds whose key signs, who signs too, where a
draft goes, and `--json`, the same for all of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from datadeed.acts import Act
from datadeed.cli.options import (
    DEFAULT_KEY,
    PATIENCE_DEFAULT,
    AsJson,
    Patience,
    WhichKey,
    WhichLedger,
    ledger_folder,
    named_signer,
    open_ledger,
    signing_key,
)
from datadeed.cli.packs import refuse_existing
from datadeed.cli.recorded import draft_document, draft_rows, recorded_document, recorded_rows
from datadeed.composing import signer_ids
from datadeed.counter import DRAFT_MS, Counter
from datadeed.desk import known_ledger
from datadeed.display import Screen, facts, next_step
from datadeed.keyring import HeldKey
from datadeed.kind_words import KIND_WORDS
from datadeed.owner_files import create_owned
from datadeed.words import AFTER, TITLES
from datadeed_ledger.errors import Malformed

OFFICE_VARIABLE: Final = "DATADEED_OFFICE"
Compose: TypeAlias = Callable[..., Act]

ActingOffice = Annotated[
    Path | None,
    typer.Option(
        "--office", envvar=OFFICE_VARIABLE, help="The office key file of the institution that acts. 机构密钥文件。"
    ),
]
AlsoSigns = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="SIGNER", help="Who signs too; repeat it. Needs -o. 其他签署人，可重复。"),
]
DraftFile = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="Write the signed draft here instead of submitting it. 写为草稿，不提交。"),
]

RightId = Annotated[str, typer.Argument(metavar="RIGHT_ID", help="The right. 权利编号。")]
Ground = Annotated[str, typer.Option(help="A code of the rule set. 理由代码。")]
Reason = Annotated[str, typer.Option(help="A code of the rule set. 原因代码。")]
RulingNo = Annotated[str | None, typer.Option(help="The ruling's number; sealed. 裁定书文号（密封）。")]
HolderShares = Annotated[
    list[str] | None,
    typer.Option(
        "--holder",
        metavar="PARTY[=SHARE]",
        help="A holder afterwards and its share of 10000; without shares one holds all, several jointly. 登记主体。",
    ),
]


def act_command(app: typer.Typer, *names: str) -> Callable[[Compose], Compose]:
    """Make a function that composes an act a command of `app`, under each of `names`."""

    def add(compose: Compose) -> Compose:
        command = _command(compose)
        for name in names:
            app.command(name)(command)
        return compose

    return add


def shares_of(texts: list[str] | None) -> dict[str | bytes, int]:
    """Holders as people write them. Raises `Malformed` where some have a share and others none."""
    pairs = [text.partition("=") for text in texts or []]
    given = [share for _, equals, share in pairs if equals]
    if not pairs or (given and len(given) != len(pairs)) or not all(s.isascii() and s.isdigit() for s in given):
        raise Malformed("name every holder with --holder PARTY=SHARE, SHARE of 10000; or all of them without a share")
    alone = 10_000 if len(pairs) == 1 else 0
    return {party: int(share) if equals else alone for party, equals, share in pairs}


def _perform(
    act: Act,
    office: ActingOffice = None,
    key: WhichKey = DEFAULT_KEY,
    also: AlsoSigns = None,
    output: DraftFile = None,
    ledger: WhichLedger = None,
    patience: Patience = PATIENCE_DEFAULT,
    as_json: AsJson = False,
) -> None:
    folder = ledger_folder(ledger)
    others = [*act.also, *(named_signer(folder, text) for text in also or [])]
    if output is not None:
        refuse_existing(output)
    elif others:
        raise Malformed("others have to sign this too: write it as a draft with -o FILE, and pass that on")
    signer = signing_key(folder, key, office)
    screen = Screen(as_json=as_json)
    if output is not None:
        _write_draft(screen, act, signer, others, output, ledger)
        return
    with open_ledger(ledger, patience, signer) as book:
        receipt = book.perform(act)
    screen.result(
        recorded_document(receipt),
        facts(TITLES["recorded"], [("kind", KIND_WORDS[act.kind].label), *recorded_rows(receipt)]),
        next_step(AFTER["deposited"], id=receipt.entry_id.hex()),
    )


def _write_draft(
    screen: Screen, act: Act, signer: HeldKey, others: list[str | bytes], output: Path, ledger: str | None
) -> None:
    counter = Counter(known_ledger(None, ledger, PATIENCE_DEFAULT))
    by = signer_ids([signer.signer_id, *others], counter.folder.roster)
    draft = counter.draft(act.kind, act.data, by, DRAFT_MS).sign(signer)
    counter.keep(draft)
    create_owned(output, draft.to_bytes())
    after = AFTER["incomplete" if draft.draft.missing else "complete"]
    screen.result(
        draft_document(draft, output),
        facts(TITLES["signed"], [("draft", str(output)), *draft_rows(draft)]),
        next_step(after, path=str(output)),
    )


def _command(compose: Compose) -> Callable[..., None]:
    """`compose` with the options of `_perform`: what typer reads off its signature."""
    own = inspect.signature(compose, eval_str=True).parameters
    shared = dict(inspect.signature(_perform, eval_str=True).parameters)
    del shared["act"]

    def command(**given: Any) -> None:
        options = {name: given.pop(name) for name in shared}
        _perform(compose(**given), **options)

    parameters = [*own.values(), *shared.values()]
    command.__name__, command.__doc__ = compose.__name__, compose.__doc__
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    vars(command)["__signature__"] = inspect.Signature(parameters)
    return command
