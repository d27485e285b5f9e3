"""Options that several commands share, and what they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from datadeed.desk import known_ledger
from datadeed.home import Home, LedgerFolder, default_home
from datadeed.keyring import HeldKey, read_office_key
from datadeed.ledger import Ledger
from datadeed.passphrase import existing_passphrase
from datadeed.transport import Blocking

LEDGER_VARIABLE: Final = "DATADEED_LEDGER"
DEFAULT_KEY: Final = "default"

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output. 输出 JSON。")]
WhichLedger = Annotated[
    str | None,
    typer.Option(
        "--ledger", envvar=LEDGER_VARIABLE, help="The ledger's fingerprint or its beginning. 账本指纹或其开头。"
    ),
]
WhichKey = Annotated[str, typer.Option("--key", help="The name of the signing key. 签名密钥的名称。")]
OfficeKey = Annotated[
    Path | None,
    typer.Option("--office", help="Sign as an institution with this office key file instead. 以机构密钥文件签署。"),
]
Patience = Annotated[float, typer.Option("--patience", min=1, max=3600, help="Seconds to keep trying. 最长尝试秒数。")]
PATIENCE_DEFAULT: Final = 60.0


def ledger_folder(which: str | None) -> LedgerFolder:
    """What this machine keeps of the ledger that was chosen."""
    return Home(default_home()).ledger(which)


def open_ledger(which: str | None, patience_s: float, signer: HeldKey | None = None) -> Ledger:
    return Ledger(known_ledger(None, which, patience_s), Blocking(), signer)


def signing_key(folder: LedgerFolder, name: str, office: Path | None) -> HeldKey:
    """The key that signs: an institution's, or a party's after its passphrase."""
    if office is not None:
        return read_office_key(office, folder.roster)
    return folder.locked_key(name).open(existing_passphrase())


def named_signer(folder: LedgerFolder, text: str) -> str | bytes:
    """A signer as it was given, or the party of this machine's key of that name."""
    return folder.locked_key(text).party if text in folder.key_names() else text
