"""The SDK for programs with a running event loop: `Ledger`, word for word, with `await`.

    from datadeed import AsyncLedger

    async with AsyncLedger.open(signer=key) as ledger:
        receipts = await asyncio.gather(*(ledger.deposit(path) for path in paths))

It performs the same flows as its twin (`desk.py`). Files are read in worker threads. Spec: docs/sdk.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Unpack

from datadeed.acts import Act
from datadeed.composing import entry_id, party_id
from datadeed.connecting import connect
from datadeed.conversation import Conversation
from datadeed.counter import DepositWords, FolderDeposit, FolderWords
from datadeed.desk import (
    ApplyWords,
    Desk,
    Id,
    LicenseWords,
    ProveWords,
    RightsWords,
    Signers,
    TransferWords,
    WorkWords,
    known_ledger,
)
from datadeed.digests import FileDigest
from datadeed.drafts import OpenDraft
from datadeed.export import Export
from datadeed.home import Home, default_home, fingerprint_of
from datadeed.inquiries import Told, WorkLists
from datadeed.keyring import HeldKey
from datadeed.numbers import Numbers
from datadeed.proving import Evidence
from datadeed.receipts import Head, Receipt
from datadeed.session import PATIENCE_S
from datadeed.transport import Asynchronous
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import DatadeedError


class AsyncLedger(Desk):
    """One ledger, from one event loop. Close it, or use `async with`."""

    def __init__(self, conversation: Conversation, transport: Asynchronous, signer: HeldKey | None = None) -> None:
        super().__init__(conversation, signer)
        self._transport = transport

    @classmethod
    def open(
        cls,
        fingerprint: str | None = None,
        *,
        signer: HeldKey | None = None,
        home: Path | None = None,
        patience_s: float = PATIENCE_S,
    ) -> AsyncLedger:
        """A ledger that this machine is connected to: the only one, or the one whose fingerprint begins so."""
        return cls(known_ledger(home, fingerprint, patience_s), Asynchronous(), signer)

    @classmethod
    async def connect(
        cls,
        url: str,
        fingerprint: str,
        *,
        signer: HeldKey | None = None,
        home: Path | None = None,
        patience_s: float = PATIENCE_S,
    ) -> AsyncLedger:
        """Get to know the ledger with this fingerprint through one of its nodes, and remember it."""
        flow = connect(Home(home or default_home()), url, fingerprint_of(fingerprint), patience_s)
        transport = Asynchronous()
        try:
            return cls(await transport.run(flow), transport, signer)
        except DatadeedError:
            await transport.close()
            raise

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    async def __aenter__(self) -> AsyncLedger:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def deposit(
        self,
        source: str | Path | bytes | FileDigest,
        *,
        signers: Signers | None = None,
        **words: Unpack[DepositWords],
    ) -> Receipt:
        """Put a file's digest on the ledger. source: its path, its bytes, or a digest made elsewhere."""
        return await self._transport.run(self._deposit(source, signers, words))

    async def deposit_folder(
        self, folder: str | Path, *, signers: Signers | None = None, **words: Unpack[FolderWords]
    ) -> FolderDeposit:
        """Put every regular file below a folder on the ledger as one batch."""
        return await self._transport.run(self._deposit_folder(folder, signers, words))

    async def apply(
        self,
        description: Mapping[str, Any],
        *,
        signers: Signers | None = None,
        **words: Unpack[ApplyWords],
    ) -> Receipt:
        """Apply for registration; the receipt's entry id is the right's id from now on."""
        return await self._transport.run(self._apply(description, signers, words))

    async def license(
        self,
        right: Id,
        licensee: Id,
        *,
        start: str,
        end: str,
        signers: Signers | None = None,
        **words: Unpack[LicenseWords],
    ) -> Receipt:
        """Put a licence on record; holders and licensee sign."""
        return await self._transport.run(self._license(right, licensee, start, end, signers, words))

    async def transfer(
        self,
        right: Id,
        holders_after: Mapping[Id, int],
        *,
        signers: Signers | None = None,
        **words: Unpack[TransferWords],
    ) -> Receipt:
        """Request a transfer; holders before and after sign. holders_after: party -> share of 10,000."""
        return await self._transport.run(self._transfer(right, holders_after, signers, words))

    async def submit(self, kind: str, data: Mapping[str, Any], *, signers: Signers | None = None) -> Receipt:
        """Any kind of entry with its data in the spelling of docs/sdk.md, signed here by all of `signers`."""
        return await self._transport.run(self._submit(kind, data, signers))

    async def perform(self, act: Act, *, signers: Signers | None = None) -> Receipt:
        """An act of datadeed.acts, signed here by all of `signers`."""
        return await self._transport.run(self._perform(act, signers))

    async def submit_draft(self, draft: OpenDraft) -> Receipt:
        """A draft that all of its signers have signed."""
        return await self._transport.run(self._counter.submit_draft(draft))

    async def send(self, entry: Entry) -> None:
        """Hand in a signed entry and do not wait: nothing is promised before `wait` returns."""
        await self._transport.run(self._conversation.send(entry))

    async def wait(self, entry: Entry) -> Receipt:
        """Wait until a signed entry is final, handing it in again where needed."""
        return await self._transport.run(self._conversation.record(entry))

    async def record_all(self, entries: Sequence[Entry]) -> list[Receipt | DatadeedError]:
        """Many signed entries at once: for each, in order, its receipt, or the `Refused` or `Busy` that it met."""
        return await self._transport.run(self._conversation.record_all(entries))

    async def receipt(self, entry: Id) -> Receipt:
        """The receipt of an entry that is recorded."""
        return await self._transport.run(self._conversation.receipt(entry_id(entry)))

    async def entry(self, entry: Id) -> Entry:
        """A recorded or pending entry."""
        return await self._transport.run(self._conversation.entry(entry_id(entry)))

    async def checkpoint(self) -> Head:
        """The newest checkpoint, proven, and its header."""
        return await self._transport.run(self._conversation.head())

    async def prove(self, subject: Id, **words: Unpack[ProveWords]) -> Evidence:
        """The evidence pack of an entry, or of a right or asset by the id of the entry that opened it."""
        return await self._transport.run(self._prove(subject, words))

    async def prove_absent(self, subject: str, *, kind: str | None = None) -> Evidence:
        """The pack that nothing is recorded under `subject`, like `number/…`; kind: licence or objection, of a right.

        Raises `Present` where something is.
        """
        return await self._transport.run(self._prove_absent(subject, kind))

    async def export(self) -> Evidence:
        """The pack of the whole register: every record, and the proof that none is missing."""
        return await self._transport.run(self._export())

    async def tables(self, evidence: Evidence) -> Export:
        """A verified export as tables: rights, licences, assets, parties."""
        return await self._transport.run(self._tables(evidence))

    async def disclose(self, subject: Id | Path, fields: Sequence[str], **words: Unpack[ProveWords]) -> Evidence:
        """A pack with sealed fields opened by what this machine keeps. subject: an id, or a pack's file.

        fields: paths, or `<log index>:<path>` where several entries of the pack have it.
        """
        return await self._transport.run(self._disclose(subject, fields, words))

    async def right(self, right: Id) -> dict[str, Any]:
        """What one node says of a right: its word, not a proof."""
        return await self._transport.run(self._told("rights", entry_id(right).hex()))

    async def party(self, party: Id) -> dict[str, Any]:
        """What one node says of a party: its word, not a proof."""
        return await self._transport.run(self._told("parties", party_id(party).hex()))

    async def work(self, lists: Sequence[str] | None = None, **words: Unpack[WorkWords]) -> WorkLists:
        """What awaits registrars and courts, as one node says: all work lists, or those named. Not a proof."""
        return await self._transport.run(self._work(lists, words))

    async def rights(self, **words: Unpack[RightsWords]) -> Told:
        """Rights by holder, status, industry and time, as one node says. Not a proof; `export` is one."""
        return await self._transport.run(self._rights(words))

    async def next_numbers(self) -> Numbers:
        """Numbers for one registration by the built-in demonstration scheme, proven not to have been given yet."""
        return await self._transport.run(self._next_numbers())
