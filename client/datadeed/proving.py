"""Fetching evidence: a pack from a node, completed with what only its holder knows, verified offline before it is kept.

The id of a right or asset is the id of the entry that opened it, so one id may ask for either: an entry of a kind that
opens one gives its whole history, every other one itself. Spec: docs/spec/ledger.md section 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datadeed.conversation import Conversation
from datadeed.digests import digest_file
from datadeed.manifest import Manifest
from datadeed.session import Flow, work
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence import Report, add_to_pack, verify_pack

OPENS: Final = {"apply": "right", "import_right": "right", "register_asset": "asset"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A pack and what it proves, as verified on this machine."""

    pack: bytes
    report: Report


def prove(
    conversation: Conversation, entry_id: bytes, *, only_entry: bool = False, at: int | None = None
) -> Flow[Evidence]:
    """The pack of a right or asset if `entry_id` opened one, else of the entry. only_entry: of the entry in any case.

    at: a moment in ms since 1970; the report then says how the right or asset stood as of it.
    """
    entry = yield from conversation.entry(entry_id)
    kind = "entry" if only_entry else OPENS.get(entry.kind, "entry")
    pack, report = yield from conversation.evidence(kind, entry_id)
    if at is None:
        return Evidence(pack, report)
    # Asked of the pack that is here: a time that it does not cover is no fault of the node's.
    asked, fingerprint = f"{kind}/{entry_id.hex()}", conversation.folder.genesis.fingerprint
    return Evidence(pack, (yield from work(lambda: verify_pack(pack, fingerprint, ask=asked, at=at))))


def prove_absent(conversation: Conversation, subject: str, kind: str | None = None) -> Flow[Evidence]:
    """The pack that nothing is recorded under `subject`; kind: that a right has no licence, or no open objection.

    Raises `Present` where something is.
    """
    return Evidence(*(yield from conversation.absence(subject, kind)))


def prove_register(conversation: Conversation) -> Flow[Evidence]:
    """The pack of the whole register: every record, and that none is missing."""
    return Evidence(*(yield from conversation.export()))


def prove_item(
    conversation: Conversation, entry_id: bytes, file: Path, manifest_path: Path | None = None
) -> Flow[Evidence]:
    """The pack of a batch deposit with the item that `file` is. manifest_path: if this machine does not keep it."""
    path = manifest_path or conversation.folder.manifest_path(entry_id)
    if not path.is_file():
        raise Malformed(f"the batch's manifest is not at {path}; name the file with --manifest")
    manifest = yield from work(lambda: Manifest.read(path))
    digest = (yield from work(lambda: digest_file(file))).digest
    item = manifest.find(digest, file.name)
    entry = yield from conversation.entry(entry_id)
    check_manifest(manifest, entry)
    bare = yield from prove(conversation, entry_id)
    proof = manifest.item_proof(item, bare.report.about[-1])
    fingerprint = conversation.folder.genesis.fingerprint
    pack = add_to_pack(bare.pack, fingerprint, items=(proof,))
    return Evidence(pack, verify_pack(pack, fingerprint, file_digest=digest, ask=f"entry/{entry_id.hex()}"))


def check_manifest(manifest: Manifest, entry: Entry) -> None:
    """Raise `Unproven` unless the manifest is of this very batch."""
    if entry.kind != "deposit_batch":
        raise Unproven("items", f"entry {entry.entry_id.hex()} is a {entry.kind}, which has no items")
    data = entry.body.data
    if (manifest.root, manifest.count) != (data["root"], data["count"]):
        raise Unproven("items", "the manifest is of another batch than the entry")
