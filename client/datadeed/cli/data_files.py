"""Reads an entry's data from a JSON file that a person wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from datadeed.owner_files import read_limited
from datadeed_ledger.errors import Malformed

DATA_BYTES_MAX: Final = 1024 * 1024


def read_data(file: Path) -> dict[str, Any]:
    """A JSON object as a person writes it: any spacing and order, but no key twice and no fractions.

    Raises `Malformed`.
    """
    text = read_limited(file, bytes_max=DATA_BYTES_MAX)
    try:
        value = json.loads(
            text.decode("utf-8-sig"), object_pairs_hook=_unique, parse_float=_whole, parse_constant=_whole
        )
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{file} is not JSON data: {error}") from error
    if not isinstance(value, dict):
        raise Malformed(f"{file} is not a JSON object with the fields of the entry's data")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a field stands twice")
    return value


def _whole(text: str) -> Any:
    raise ValueError(f"{text} is not a whole number")
