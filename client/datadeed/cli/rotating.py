"""`datadeed key rotate`: a new key for a party that is enrolled, after a change of staff, a loss, or of the name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from datadeed.cli.options import PATIENCE_DEFAULT, AsJson, Patience, WhichLedger, ledger_folder, open_ledger
from datadeed.cli.packs import refuse_existing
from datadeed.cli.recorded import draft_document, draft_rows, recorded_document, recorded_rows
from datadeed.composing import registrar_id
from datadeed.counter import Counter
from datadeed.desk import known_ledger
from datadeed.display import Row, Screen, facts, next_step
from datadeed.drafts import OpenDraft
from datadeed.enrolment import UPDATE_REASONS, update_data
from datadeed.home import LedgerFolder
from datadeed.keyring import HeldKey, next_party_key
from datadeed.ledger import Ledger
from datadeed.owner_files import create_owned
from datadeed.passphrase import existing_passphrase, new_passphrase
from datadeed.problems import text_of
from datadeed.words import AFTER, TITLES
from datadeed_ledger.encoding import from_hex
from datadeed_ledger.errors import Malformed, Unproven


def rotate(
    key_name: Annotated[str, typer.Argument(metavar="KEY", help="The key that is replaced. 被更换的密钥。")],
    next_name: Annotated[str, typer.Argument(metavar="NEW_KEY", help="What the new one is called. 新密钥名称。")],
    reason: Annotated[str, typer.Option(help=f"One of {', '.join(UPDATE_REASONS)}. 原因。")] = "rotation",
    name: Annotated[str | None, typer.Option(help="A new name; sealed. 新名称（密封）。")] = None,
    credit_code: Annotated[str | None, typer.Option(help="A new credit code; sealed. 新信用代码（密封）。")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The draft, where the enrolling institution signs. 草稿。")
    ] = None,
    registrar: Annotated[
        str | None,
        typer.Option(
            metavar="MEMBER", help="Which registrar signs where the enrolling institution has left. 入册机构已退出时。"
        ),
    ] = None,
    ledger: WhichLedger = None,
    patience: Patience = PATIENCE_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Replace a party's key. A rotation is recorded at once; the rest the enrolling institution signs. 更换密钥。"""
    folder = ledger_folder(ledger)
    texts = {field: text for field, text in (("name", name), ("credit_code", credit_code)) if text is not None}
    with_office = reason != "rotation" or bool(texts)
    _refuse_early(folder, reason, next_name, output, with_office=with_office)
    party = folder.locked_key(key_name).party
    with open_ledger(ledger, patience) as book:
        record = _record(book.party(party))
        new, locked = next_party_key(party, new_passphrase())
        data = update_data(folder.genesis.fingerprint, record, new, reason, texts)
        signers = [] if reason == "recovery" else [folder.locked_key(key_name).open(existing_passphrase())]
        keepers = [_keeper(book, from_hex(record["enrolled_by"]), registrar)] if with_office else []
        by = [*(signer.signer_id for signer in signers), *keepers]
        counter = Counter(known_ledger(None, ledger, patience))
        draft = counter.draft("update_party", data, by)
        for signer in signers:
            draft = draft.sign(signer)
        folder.add_key(next_name, locked)  # before anything is handed in: it may be in force a moment later
        screen = Screen(as_json=as_json)
        if output is not None:
            counter.keep(draft)
            _write(screen, draft, new, output)
            return
        receipt = book.submit_draft(draft)
    document = {"key": next_name, "party": party.hex(), "public_key": new.public_key.hex()} | recorded_document(receipt)
    rows: list[Row] = [("key", next_name), ("public_key", new.public_key.hex()), *recorded_rows(receipt)]
    screen.result(document, facts(TITLES["key_replaced"], rows), next_step(AFTER["key_replaced"], key=next_name))


def _keeper(book: Ledger, enrolled_by: bytes, registrar: str | None) -> bytes:
    """Who signs for the party's identity: the institution that enrolled it; any registrar, once that one has left."""
    book.checkpoint()  # gets to know the roster in force
    if book.roster.by_id(enrolled_by) is None:
        return registrar_id(book.roster, registrar)
    if registrar is not None:
        raise Malformed("the enrolling institution is still a member: it signs this itself, leave out --registrar")
    return enrolled_by


def _refuse_early(folder: LedgerFolder, reason: str, next_name: str, output: Path | None, *, with_office: bool) -> None:
    """Raise `Malformed` before a key is made that would have no place, or a draft without one."""
    if reason not in UPDATE_REASONS:
        raise Malformed(f"{reason[:40]!r} is no reason for a new key; one of {', '.join(UPDATE_REASONS)} is expected")
    refuse_existing(folder.key_path(next_name))
    if output is not None:
        refuse_existing(output)
    elif with_office:
        raise Malformed("the enrolling institution signs this too: write it as a draft with -o FILE, and pass that on")


def _record(told: dict[str, Any]) -> dict[str, str]:
    """What a node says of the party, as far as an update repeats it. Raises `Unproven` on another form.

    A lie would only make an entry that the ledger refuses, or that the party does not recognise when it signs.
    """
    record = told.get("record")
    if not isinstance(record, dict):
        raise Unproven("answer", "the party's record is not an object")
    return {name: text_of(record, name, "the party's record") for name in ("enrolled_by", "name", "credit_code")}


def _write(screen: Screen, draft: OpenDraft, new: HeldKey, output: Path) -> None:
    create_owned(output, draft.to_bytes())
    rows: list[Row] = [("draft", str(output)), ("public_key", new.public_key.hex()), *draft_rows(draft)]
    after = AFTER["incomplete" if draft.draft.missing else "complete"]
    screen.result(draft_document(draft, output), facts(TITLES["drafted"], rows), next_step(after, path=str(output)))
