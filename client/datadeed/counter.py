"""What is done at the counter: compose, sign, keep what is private, hand in, and wait for the receipt.

Each dealing is a flow (`session.py`). Before anything is handed in, the openings of its sealed fields and the entry
itself are on this machine's disk: if the power fails after that, `datadeed submit` finds the draft, and submitting it
again is the same entry. After a receipt or a refusal the draft is removed. Openings and manifests stay even then: that
an entry is refused is the nodes' word, and if they were wrong nobody else could ever open it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack

from datadeed.composing import ALGORITHM, media_type_of
from datadeed.conversation import Conversation
from datadeed.digests import FileDigest, digest_file
from datadeed.drafts import OpenDraft
from datadeed.folder import Progress, ignore_progress, read_folder
from datadeed.home import LedgerFolder
from datadeed.keyring import HeldKey
from datadeed.manifest import Manifest, root_of
from datadeed.owner_files import write_owned
from datadeed.problems import Unfinished
from datadeed.receipts import Receipt
from datadeed.sealing import DisclosureFile
from datadeed.session import Flow, work
from datadeed_ledger.entry import EXPIRES_AHEAD_MS_MAX
from datadeed_ledger.errors import Busy, Malformed, Refused

AT_ONCE_MS: Final = 3600 * 1000  # for what is handed in now
DRAFT_MS: Final = 14 * 24 * 3600 * 1000  # for what travels between several signers
_CLOCKS_MS: Final = 300 * 1000  # how far this machine's clock may be ahead of the ledger's


def utc_ms() -> int:
    """Milliseconds since 1970 by this machine's clock; only ever used for an entry's expiry."""
    return time.time_ns() // 1_000_000


class DepositWords(TypedDict, total=False):
    """What may be said of a deposit. scope: full, sample or manifest; formed_at: a claim; the last two are sealed."""

    scope: str
    media_type: str | None
    formed_at: int | str | None
    file_name: str | None
    description: str | None


class FolderWords(TypedDict, total=False):
    """What may be said of a folder's deposit. formed_at: a claim; description: sealed; progress: told of each file."""

    formed_at: int | str | None
    description: str | None
    progress: Progress


@dataclass(frozen=True, slots=True)
class FolderDeposit:
    """A folder that is deposited as one batch. manifest_path: where this machine keeps the manifest."""

    receipt: Receipt
    manifest: Manifest
    manifest_path: Path


@dataclass(frozen=True, slots=True)
class Counter:
    """The dealings of those who hold keys on this machine."""

    conversation: Conversation
    now_ms: Callable[[], int] = utc_ms

    @property
    def folder(self) -> LedgerFolder:
        return self.conversation.folder

    def draft(self, kind: str, plain: Mapping[str, Any], by: Sequence[bytes], valid_ms: int = DRAFT_MS) -> OpenDraft:
        """An unsigned draft for the signers `by`. Raises `Malformed`."""
        if not 0 < valid_ms <= EXPIRES_AHEAD_MS_MAX - _CLOCKS_MS:
            raise Malformed("a draft is valid for at most 30 days, less five minutes for clocks that differ")
        return OpenDraft.compose(self.folder.genesis.fingerprint, kind, plain, by, self.now_ms() + valid_ms)

    def submit(self, kind: str, plain: Mapping[str, Any], signers: Sequence[HeldKey]) -> Flow[Receipt]:
        """One entry, signed by all of `signers`, until it is recorded and proven."""
        draft = self.draft(kind, plain, [key.signer_id for key in signers], AT_ONCE_MS)
        for key in signers:
            draft = draft.sign(key)
        return (yield from self.submit_draft(draft))

    def submit_draft(self, draft: OpenDraft) -> Flow[Receipt]:
        """A draft with all its signatures, until it is recorded and proven.

        Raises `Malformed` if a signature is missing, `Unfinished` when patience ends before it is proven.
        """
        self.check_ledger(draft)
        entry = draft.complete()
        yield from work(lambda: self.keep(draft))
        try:
            receipt = yield from self.conversation.record(entry)
        except Refused:
            self.folder.forget_draft(draft.entry_id)
            raise
        except Busy as error:
            raise Unfinished(error, self.folder.draft_path(draft.entry_id)) from error
        self.folder.forget_draft(draft.entry_id)
        return receipt

    def keep(self, draft: OpenDraft) -> None:
        """Put a draft and its openings on this machine's disk."""
        fingerprint = self.folder.genesis.fingerprint
        self.folder.keep_disclosures(DisclosureFile(fingerprint, draft.entry_id, draft.openings))
        write_owned(self.folder.draft_path(draft.entry_id), draft.to_bytes())

    def check_ledger(self, draft: OpenDraft) -> None:
        """Raise `Malformed` if the draft is for another ledger: a signature on it would not be meant for this one."""
        if draft.draft.body.ledger != self.folder.genesis.fingerprint:
            raise Malformed(f"the draft is for the ledger {draft.draft.body.ledger.hex()}; choose that with --ledger")

    def deposit(
        self,
        source: str | Path | bytes | FileDigest,
        signers: Sequence[HeldKey],
        **words: Unpack[DepositWords],
    ) -> Flow[Receipt]:
        """A file by its digest; only that leaves this machine. source: a path, the bytes, or a digest made before."""
        name = words.get("file_name")
        if isinstance(source, (str, Path)):
            path = Path(source)
            name = name or path.name
            digest = yield from work(lambda: digest_file(path))
        else:
            digest = FileDigest.of_bytes(source) if isinstance(source, bytes) else source
        data = {
            "digest": digest.digest,
            "algorithm": ALGORITHM,
            "scope": words.get("scope", "full"),
            "size_bytes": digest.size_bytes,
            "media_type": words.get("media_type") or media_type_of(name or ""),
            "formed_at": words.get("formed_at"),
            "file_name": name,
            "description": words.get("description"),
        }
        return (yield from self.submit("deposit", data, signers))

    def deposit_folder(
        self, folder: str | Path, signers: Sequence[HeldKey], **words: Unpack[FolderWords]
    ) -> Flow[FolderDeposit]:
        """Every regular file below a folder as one batch; the manifest is on disk before anything is handed in."""
        contents = yield from work(lambda: read_folder(Path(folder), words.get("progress", ignore_progress)))
        data = {
            "root": root_of(contents.files),
            "algorithm": ALGORITHM,
            "count": len(contents.files),
            "formed_at": words.get("formed_at"),
            "description": words.get("description"),
        }
        draft = self.draft("deposit_batch", data, [key.signer_id for key in signers], AT_ONCE_MS)
        manifest = Manifest.of(self.folder.genesis.fingerprint, draft.entry_id, contents)
        path = self.folder.manifest_path(draft.entry_id)
        yield from work(lambda: write_owned(path, manifest.to_bytes()))
        for key in signers:
            draft = draft.sign(key)
        receipt = yield from self.submit_draft(draft)
        return FolderDeposit(receipt, manifest, path)
