"""Where a key's passphrase comes from: the file that $DATADEED_PASSPHRASE_FILE names, or a question at the terminal."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Final

from datadeed.owner_files import read_limited
from datadeed.words import NEW_PASSPHRASE, PASSPHRASE
from datadeed_ledger.errors import Malformed

FILE_VARIABLE: Final = "DATADEED_PASSPHRASE_FILE"
_BYTES_MAX: Final = 4096


def existing_passphrase() -> bytes:
    """The passphrase of a key that is there. Raises `Malformed` when there is nobody to ask."""
    return from_file() or _asked(PASSPHRASE.label)


def new_passphrase() -> bytes:
    """A passphrase for a new key, typed twice where it is typed."""
    given = from_file()
    if given is not None:
        return given
    first = _asked(NEW_PASSPHRASE.label)
    if _asked(NEW_PASSPHRASE.label) != first:
        raise Malformed("the two passphrases differ; run the command again")
    return first


def from_file() -> bytes | None:
    """The first line of the passphrase file, or None where the variable is not set."""
    path = os.environ.get(FILE_VARIABLE)
    if not path:
        return None
    line = read_limited(Path(path), bytes_max=_BYTES_MAX).partition(b"\n")[0].removesuffix(b"\r")
    if not line:
        raise Malformed(f"{path} begins with an empty line; its first line is the passphrase")
    return line


def _asked(question: str) -> bytes:
    if not sys.stdin.isatty():
        raise Malformed(f"no terminal to ask for the passphrase; put it in a file and set {FILE_VARIABLE}")
    return getpass.getpass(f"{question}: ").encode("utf-8", "surrogateescape")
