"""How commands show an entry: recorded and proven, or still a draft on its way between its signers."""

from __future__ import annotations

from pathlib import Path

from datadeed.display import Row, lines_of
from datadeed.drafts import OpenDraft
from datadeed.receipts import Receipt
from datadeed.words import NOTHING
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


def draft_document(opened: OpenDraft, path: Path) -> dict[str, Json]:
    return {
        "draft": str(path),
        "entry_id": opened.entry_id.hex(),
        "missing": [signer.hex() for signer in opened.draft.missing],
        "readable": opened.readable,
        "unopened": list(opened.unopened),
    }


def missing_row(opened: OpenDraft) -> Row:
    """Who has yet to sign."""
    return "missing", [signer.hex() for signer in opened.draft.missing] or [NOTHING.label]


def draft_rows(opened: OpenDraft) -> list[Row]:
    """Everything that a signature would cover, line by line."""
    readable = opened.readable
    signers = [f"{signer.hex()}{'' if signer in opened.draft.missing else ' ✔'}" for signer in opened.draft.body.by]
    rows: list[Row] = [
        ("kind", opened.draft.body.kind),
        ("entry", opened.entry_id.hex()),
        ("fingerprint", opened.draft.body.ledger.hex()),
        ("expires", str(readable["expires"])),
        ("by", signers),
        ("data", lines_of(readable["data"])),
    ]
    return rows if not opened.unopened else [*rows, ("unopened", ", ".join(opened.unopened))]
