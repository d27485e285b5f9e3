"""`datadeed register list`, `find` and `export`: what awaits somebody, rights by query, and the register as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table
from rich.text import Text

from datadeed.cli.options import PATIENCE_DEFAULT, AsJson, Patience, WhichLedger, open_ledger
from datadeed.cli.packs import pack_rows, refuse_existing, write_pack
from datadeed.display import Screen, facts, next_step, safe
from datadeed.export import TABLES, csv_bytes
from datadeed.inquiries import WORK_LISTS
from datadeed.kind_words import COLUMN_WORDS, WORK_LIST_WORDS
from datadeed.owner_files import create_owned
from datadeed.words import AFTER, AS_OF, NO_LATER, TITLES, Words
from datadeed_ledger.encoding import Json

WORK_COLUMNS: Final = ("right", "kind", "due", "status", "registrar", "court", "holders")
RIGHT_COLUMNS: Final = ("right", "status", "registration_no", "until", "industry", "holders", "pending")
ID_CHARS: Final = 64  # an id stays in one line, to be copied
MemberName = Annotated[str | None, typer.Option(help="Only what is this member's. 仅该机构的。")]


def show_lists(
    which: Annotated[
        list[str] | None, typer.Option("--list", help=f"One of {', '.join(WORK_LISTS)}; repeat it. 工作清单。")
    ] = None,
    within_days: Annotated[
        int | None, typer.Option(min=0, max=36_600, help="Only what has a day within so many days. 几日之内到期。")
    ] = None,
    registrar: MemberName = None,
    court: MemberName = None,
    ledger: WhichLedger = None,
    patience: Patience = PATIENCE_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """What awaits registrars and courts, as one node says. 工作清单。"""
    with open_ledger(ledger, patience) as book:
        work = book.work(which, within_days=within_days, registrar=registrar, court=court)
    lists: dict[str, Json] = {name: list(items) for name, items in work.lists.items()}
    tables = [_table(WORK_LIST_WORDS[name], WORK_COLUMNS, items) for name, items in work.lists.items()]
    document: Json = {"as_of": dict(work.as_of), "lists": lists, "today": work.today}
    Screen(as_json=as_json).result(document, _as_of(work.as_of), *tables)


def find(
    holder: Annotated[str | None, typer.Option(metavar="PARTY", help="A holder of record. 登记主体。")] = None,
    status: Annotated[str | None, typer.Option(help="As examining, publicity, registered, expired. 状态。")] = None,
    industry: Annotated[str | None, typer.Option(help="A division of GB/T 4754-2017. 行业代码。")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Announced on or after this day. 公告日起。")] = None,
    until: Annotated[str | None, typer.Option(help="Announced on or before this day. 公告日止。")] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="As of this moment. 时点。")] = None,
    ledger: WhichLedger = None,
    patience: Patience = PATIENCE_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Rights by holder, status, industry and time, as one node says. 查询权利。"""
    with open_ledger(ledger, patience) as book:
        told = book.rights(holder=holder, status=status, industry=industry, since=since, until=until, at=at)
    rows: list[Json] = list(told.items)
    table = _table(TITLES["rights"], RIGHT_COLUMNS, told.items)
    Screen(as_json=as_json).result({"as_of": dict(told.as_of), "at": at, "rights": rows}, _as_of(told.as_of), table)


def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="The CSV file. CSV 文件。")],
    pack: Annotated[Path, typer.Option("--pack", help="The pack that proves it. 证明其完整的证据包。")],
    table: Annotated[str, typer.Option(help=f"One of {', '.join(TABLES)}. 表。")] = "rights",
    ledger: WhichLedger = None,
    patience: Patience = PATIENCE_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """A table of the whole register, drawn from a pack that proves that nothing is missing. 导出登记簿。"""
    refuse_existing(output)
    refuse_existing(pack)
    with open_ledger(ledger, patience) as book:
        evidence = book.export()
        rows = book.tables(evidence).rows(table)
        fingerprint = book.fingerprint
    document = write_pack(pack, evidence, fingerprint)
    create_owned(output, csv_bytes(rows, table))
    document |= {"csv": str(output), "rows": len(rows), "table": table}
    shown = [("file", str(output)), ("rows", str(len(rows))), *pack_rows(pack, evidence)]
    after = next_step(AFTER["exported"], path=str(pack), fingerprint=fingerprint)
    Screen(as_json=as_json).result(document, facts(TITLES["exported"], shown), after)


def _table(title: Words, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Table | Text:
    """One line for an empty list. Under the right's id stands the id of the entry that the row is about, if another."""
    heading = f"{title.label} ({len(rows)})"
    if not rows:
        return Text(heading, style="bold")
    table = Table(title=heading, title_justify="left", title_style="bold")
    for name in columns:
        table.add_column(COLUMN_WORDS[name].label, overflow="fold", min_width=ID_CHARS if name == "right" else None)
    for row in rows:
        table.add_row(*(Text("\n".join(safe(line) for line in _cell(row, name))) for name in columns))
    return table


def _cell(row: Mapping[str, Any], name: str) -> list[str]:
    value = row.get(name)
    match value:
        case None:
            return []
        case {"name": institution, "id": member_id}:
            return [str(institution or member_id)]
        case [*items]:
            return [f"{x.get('party')}={x.get('share')}" if isinstance(x, dict) else str(x) for x in items]
    if name == "due" and row.get("due_over") is True:
        return [str(value), NO_LATER.label]
    if name == "right" and row.get("id", value) != value:
        return [str(value), str(row["id"])]
    return [str(value)]


def _as_of(as_of: Mapping[str, Json]) -> Text:
    lines = (words.format(time=as_of["time"], size=as_of["log_size"]) for words in (AS_OF.zh, AS_OF.en))
    return Text("\n".join(safe(line) for line in lines))
