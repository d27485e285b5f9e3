"""`datadeed disclose` and `datadeed forget`: sealed fields, shown to whom they concern or to nobody any more."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from datadeed.cli.options import PATIENCE_DEFAULT, AsJson, Patience, WhichLedger, ledger_folder, open_ledger
from datadeed.cli.packs import pack_rows, refuse_existing, write_pack
from datadeed.composing import entry_id
from datadeed.disclosing import SealedField, sealed_in
from datadeed.disclosing import forget as forget_openings
from datadeed.display import Row, Screen, facts, lines_of, next_step
from datadeed.ledger import Ledger
from datadeed.owner_files import read_limited
from datadeed.words import AFTER, FORGET_THIS, NOT_FORGOTTEN, SEALED_STATES, TITLES
from datadeed_ledger.encoding import Json
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence.container import PACK_BYTES_MAX

FieldPaths = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        metavar="PATH",
        help="A sealed field, like description.object_name, or 12:contract for that of entry 12; repeat it. 密封字段。",
    ),
]


def disclose(
    subject: Annotated[
        str, typer.Argument(metavar="PACK.zip|ENTRY_ID", help="A pack, or whose pack to fetch. 证据包或编号。")
    ],
    field: FieldPaths = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The new pack. 新证据包。")] = None,
    only_entry: Annotated[
        bool, typer.Option("--entry", help="The entry alone, also if it opened a right. 仅该条目。")
    ] = False,
    ledger: WhichLedger = None,
    patience: Patience = PATIENCE_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Open chosen sealed fields in a pack; without --field, show which there are. 披露所选密封字段。"""
    screen = Screen(as_json=as_json)
    with open_ledger(ledger, patience) as book:
        if not field:
            _show_fields(screen, book, subject, ledger, only_entry=only_entry)
            return
        if output is None:
            raise Malformed("name the new pack with -o FILE; the pack that is there stays as it is")
        refuse_existing(output)
        evidence = book.disclose(_source(subject), field, only_entry=only_entry)
        fingerprint = book.fingerprint
    document = write_pack(output, evidence, fingerprint)
    opened = [(each.index, item) for each in evidence.report.entries for item in each.opened]
    document["opened"] = [{"index": index, "path": item.path, "value": item.value} for index, item in opened]
    rows: list[Row] = [*pack_rows(output, evidence)]
    rows += [("opened", lines_of(item.value, f"{index}:{item.path}")) for index, item in opened]
    after = next_step(AFTER["proven"], path=str(output), fingerprint=fingerprint)
    screen.result(document, facts(TITLES["disclosed"], rows), after)


def forget(
    entry: Annotated[str, typer.Argument(metavar="ENTRY_ID", help="Whose sealed fields. 条目编号。")],
    field: FieldPaths = None,
    every: Annotated[bool, typer.Option("--all", help="All of its sealed fields. 全部密封字段。")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. 不再询问。")] = False,
    ledger: WhichLedger = None,
    as_json: AsJson = False,
) -> None:
    """Erase what opens sealed fields from this machine; all proofs stay valid. 删除密封字段的披露数据。"""
    if bool(field) == every:
        raise Malformed("say which fields with --field PATH, or --all")
    folder = ledger_folder(ledger)
    if not yes and not _confirmed():
        raise Malformed(NOT_FORGOTTEN.label)
    erased = forget_openings(folder, entry_id(entry), field or None)
    Screen(as_json=as_json).result(
        {"entry_id": entry, "forgotten": list(erased)},
        facts(TITLES["forgotten"], [("entry", entry), ("data", erased)]),
        next_step(AFTER["forgotten"]),
    )


def _source(subject: str) -> str | Path:
    return Path(subject) if Path(subject).is_file() else subject


def _show_fields(screen: Screen, book: Ledger, subject: str, ledger: str | None, *, only_entry: bool) -> None:
    source = _source(subject)
    if isinstance(source, Path):
        pack = read_limited(source, bytes_max=PACK_BYTES_MAX)
    else:
        pack = book.prove(source, only_entry=only_entry).pack
    fields = sealed_in(pack, ledger_folder(ledger))
    document: list[Json] = [
        {
            "entry_id": each.entry_id.hex(),
            "index": each.index,
            "kind": each.kind,
            "path": each.path,
            "state": each.state,
        }
        for each in fields
    ]
    screen.result(document, facts(TITLES["sealed"], [("data", [_line(each) for each in fields])]))


def _document(field: SealedField) -> Json:
    return {
        "entry_id": field.entry_id.hex(),
        "index": field.index,
        "kind": field.kind,
        "path": field.path,
        "state": field.state,
    }


def _line(field: SealedField) -> str:
    return f"{field.name}  {field.kind}  {SEALED_STATES[field.state].label}"


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise Malformed("no terminal to ask at; give --yes")
    answer: bool = typer.confirm(FORGET_THIS.label, err=True)
    return answer
