"""How commands show an entry that is recorded and proven."""

from __future__ import annotations

from datadeed.display import Row
from datadeed.receipts import Receipt
from datadeed_ledger.encoding import Json, time_text


def recorded_document(receipt: Receipt) -> dict[str, Json]:
    """For programs. `receipt` is the node's own document, which was verified and can be verified again."""
    return {
        "entry_id": receipt.entry_id.hex(),
        "height": receipt.height,
        "index": receipt.index,
        "institutions": list(receipt.institutions),
        "kind": receipt.entry.kind,
        "log_size": receipt.head.checkpoint.size,
        "receipt": receipt.document,
        "time": time_text(receipt.time_ms),
    }


def recorded_rows(receipt: Receipt) -> list[Row]:
    """For people."""
    return [
        ("entry", receipt.entry_id.hex()),
        ("index", f"{receipt.index} / {receipt.head.checkpoint.size}"),
        ("block", str(receipt.height)),
        ("time", f"{time_text(receipt.time_ms)} (± {receipt.block.slack_ms} ms)"),
        ("institutions", receipt.institutions),
    ]
