"""Finding a deposit by the digest of its file: one row a deposit, written in the block's own batch.

A pure function of the block's entries, so `verify` makes the rows again. Files of a batch are not listed one by one:
the ledger holds their root alone, and who has the manifest knows which file belongs to it. Formats: layout.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from datadeed_ledger.chain import Executed
from datadeed_ledger.entry import Entry
from datadeed_node import layout

_DIGEST_OF: Final = {"deposit": "digest", "deposit_batch": "root"}


def deposited_digest(entry: Entry) -> bytes | None:
    """The digest that the entry deposits: of a file, or the root of a batch."""
    field = _DIGEST_OF.get(entry.kind)
    if field is None:
        return None
    digest: bytes = entry.body.data[field]
    return digest


def digest_rows(executed: Executed) -> Iterator[bytes]:
    """The keys of the rows that one block adds; their values are empty."""
    for index, entry in enumerate(executed.entries, executed.tip.header.first):
        digest = deposited_digest(entry)
        if digest is not None:
            yield layout.deposit_key(digest, index)
