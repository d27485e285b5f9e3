"""`datadeed key new` and `datadeed key show`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from datadeed.cli.options import DEFAULT_KEY, AsJson, WhichLedger, ledger_folder
from datadeed.cli.rotating import rotate
from datadeed.display import Screen, facts, next_step
from datadeed.enrolment import PARTY_TYPES, EnrolRequest
from datadeed.keyring import new_party_key
from datadeed.owner_files import create_owned
from datadeed.passphrase import new_passphrase
from datadeed.words import AFTER, CREDIT_CODE, NAME, TITLES, Words
from datadeed_ledger.encoding import Json
from datadeed_ledger.errors import Malformed

app = typer.Typer(
    help="Keys that sign for a party. 主体密钥。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
KeyName = Annotated[str, typer.Argument(metavar="[KEY]", help="What this machine calls the key. 密钥在本机的名称。")]


@app.command("new")
def new(
    key_name: KeyName = DEFAULT_KEY,
    party_type: Annotated[
        str, typer.Option("--type", help=f"One of {', '.join(PARTY_TYPES)}. 主体类型。")
    ] = "enterprise",
    name: Annotated[str | None, typer.Option(help="The party's name; sealed. 主体名称（密封）。")] = None,
    credit_code: Annotated[str | None, typer.Option(help="Its credit code; sealed. 统一社会信用代码（密封）。")] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="The request file. 入册申请文件。")] = Path(
        "enrol-request.json"
    ),
    ledger: WhichLedger = None,
    as_json: AsJson = False,
) -> None:
    """Make a key, a random pseudonym and an enrol request for the connected ledger. 生成密钥、假名与入册申请。"""
    folder = ledger_folder(ledger)
    path = folder.key_path(key_name)
    for taken in (path, output):
        if taken.exists():
            raise Malformed(f"{taken} is there already and is never written over; choose another name")
    name = _answer(name, NAME)
    credit_code = _answer(credit_code, CREDIT_CODE) or None
    if not name:
        raise Malformed("a party has a name; it is sealed, and only whom you show it can read it")
    held, locked = new_party_key(new_passphrase())
    request = EnrolRequest.new(folder.genesis.fingerprint, held, party_type, name, credit_code)
    folder.add_key(key_name, locked)
    folder.keep_enrol_request(key_name, request.to_bytes())
    create_owned(output, request.to_bytes())
    party = held.signer_id.hex()
    rows = [("party", party), ("public_key", held.public_key.hex()), ("key_file", str(path)), ("request", str(output))]
    document: dict[str, Json] = {
        "key": key_name,
        "key_file": str(path),
        "ledger": folder.genesis.fingerprint.hex(),
        "party": party,
        "public_key": held.public_key.hex(),
        "request": str(output),
    }
    Screen(as_json=as_json).result(
        document, facts(TITLES["key_made"], rows), next_step(AFTER["key_made"], path=str(output))
    )


@app.command("show")
def show(
    key_name: Annotated[
        str | None, typer.Argument(metavar="[KEY]", help="One key; all if left out. 密钥名称。")
    ] = None,
    ledger: WhichLedger = None,
    as_json: AsJson = False,
) -> None:
    """Show the keys that this machine keeps for a ledger, without opening them. 显示本机密钥（不解密）。"""
    folder = ledger_folder(ledger)
    names = folder.key_names() if key_name is None else (key_name,)
    keys = [(name, folder.locked_key(name)) for name in names]
    Screen(as_json=as_json).result(
        [
            {
                "key": name,
                "key_file": str(folder.key_path(name)),
                "ledger": folder.genesis.fingerprint.hex(),
                "party": key.party.hex(),
                "public_key": key.public_key.hex(),
            }
            for name, key in keys
        ],
        *(
            facts(
                TITLES["key"],
                [
                    ("key", name),
                    ("party", key.party.hex()),
                    ("public_key", key.public_key.hex()),
                    ("key_file", str(folder.key_path(name))),
                ],
            )
            for name, key in keys
        ),
        *([] if keys else [next_step(AFTER["connected"])]),
    )


app.command("rotate")(rotate)


def _answer(given: str | None, question: Words) -> str:
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise Malformed("no terminal to ask at: give --name and --credit-code ('' for none)")
    answer: str = typer.prompt(question.label, default="", show_default=False, err=True)
    return answer
