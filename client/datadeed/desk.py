"""What `Ledger` and `AsyncLedger` share: every dealing as a flow, from the arguments that a program would give.

Parties and entries may be given as bytes or as hex. Where no signer is named, the desk's own key signs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias, TypedDict

from datadeed.acts import Act
from datadeed.composing import DEFAULT_REGIME, WHOLE, apply_data, entry_id, holders, party_id, signer_ids
from datadeed.conversation import Conversation
from datadeed.counter import Counter, DepositWords, FolderDeposit, FolderWords
from datadeed.digests import FileDigest
from datadeed.disclosing import disclose, forget
from datadeed.drafts import OpenDraft
from datadeed.export import Export, read_export
from datadeed.home import Home, default_home
from datadeed.inquiries import WORK_LISTS, Told, WorkLists, rights, work_lists
from datadeed.keyring import HeldKey
from datadeed.moments import moment_of
from datadeed.nodes import Nodes
from datadeed.numbers import Numbers, next_numbers
from datadeed.owner_files import read_limited
from datadeed.proving import Evidence, prove, prove_absent, prove_item, prove_register
from datadeed.receipts import Receipt
from datadeed.session import Flow, Session, work
from datadeed_ledger.encoding import time_text
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence import verify_pack
from datadeed_ledger.evidence.container import PACK_BYTES_MAX
from datadeed_ledger.roster import Genesis, Roster

Id: TypeAlias = str | bytes
Signers: TypeAlias = Sequence[HeldKey]
EVERYTHING: Final = ("*",)


class ApplyWords(TypedDict, total=False):
    """registrar: a member's name, if the ledger has several; applicants: party -> share in hundredths of a per cent."""

    registrar: str | None
    applicants: Mapping[Id, int] | None
    regime: str


class LicenseWords(TypedDict, total=False):
    """The terms of a licence. territory, industry, use: codes, all if left out; fee, contract: sealed."""

    parent: Id | None
    type: str
    territory: Sequence[str]
    industry: Sequence[str]
    use: Sequence[str]
    sublicensing: bool
    fee: str | None
    contract: str | None


class TransferWords(TypedDict, total=False):
    """price, contract: sealed."""

    price: str | None
    contract: str | None


class ProveWords(TypedDict, total=False):
    """item: the file to prove as an item of a batch; manifest: if this machine does not keep the batch's manifest;
    only_entry: the entry alone, although it opened a right or an asset; at: as of this moment (RFC 3339, a date, ms).
    """

    item: str | Path | None
    manifest: str | Path | None
    only_entry: bool
    at: str | int | None


class WorkWords(TypedDict, total=False):
    """registrar, court: a member's name, only what is theirs; within_days: only what has a day within so many."""

    registrar: str | None
    court: str | None
    within_days: int | None


class RightsWords(TypedDict, total=False):
    """holder: a party; since, until: announced on or after, on or before that day; at: as of that moment."""

    holder: Id | None
    status: str | None
    industry: str | None
    since: str | None
    until: str | None
    at: str | int | None


class Desk:
    """One ledger's counter, and whose key signs unless another is named."""

    def __init__(self, conversation: Conversation, signer: HeldKey | None = None) -> None:
        self._conversation = conversation
        self._counter = Counter(conversation)
        self._signer = signer

    @property
    def genesis(self) -> Genesis:
        """The ledger's founding document."""
        return self._conversation.folder.genesis

    @property
    def roster(self) -> Roster:
        """The newest roster that was proven here: the institutions in force, as far as this machine has asked."""
        return self._conversation.known.rosters.newest

    @property
    def fingerprint(self) -> str:
        """The ledger's fingerprint, in hex."""
        return self.genesis.fingerprint.hex()

    @property
    def node_urls(self) -> tuple[str, ...]:
        """The nodes in the order in which they are asked."""
        return self._conversation.session.nodes.in_order()

    def draft(self, kind: str, data: Mapping[str, Any], by: Sequence[Id]) -> OpenDraft:
        """An unsigned draft that may travel between its signers. by: parties or institutions, by id or name."""
        return self._counter.draft(kind, data, signer_ids(by, self.roster))

    def forget(self, entry: Id, fields: Sequence[str] | None = None) -> tuple[str, ...]:
        """Erase what opens these sealed fields of an entry (all, if None) from this machine; which were erased."""
        return forget(self._conversation.folder, entry_id(entry), fields)

    def _deposit(
        self, source: str | Path | bytes | FileDigest, signers: Signers | None, words: DepositWords
    ) -> Flow[Receipt]:
        return self._counter.deposit(source, self._signers(signers), **words)

    def _deposit_folder(self, folder: str | Path, signers: Signers | None, words: FolderWords) -> Flow[FolderDeposit]:
        return self._counter.deposit_folder(folder, self._signers(signers), **words)

    def _submit(self, kind: str, data: Mapping[str, Any], signers: Signers | None) -> Flow[Receipt]:
        return self._counter.submit(kind, data, self._signers(signers))

    def _perform(self, act: Act, signers: Signers | None) -> Flow[Receipt]:
        return self._submit(act.kind, act.data, signers)

    def _apply(self, description: Mapping[str, Any], signers: Signers | None, words: ApplyWords) -> Flow[Receipt]:
        who = self._signers(signers)
        shares = words.get("applicants")
        if shares is None and len(who) != 1:
            raise Malformed("several applicants: say who holds which share with applicants={party: share, …}")
        data = apply_data(
            self.roster,
            description,
            {who[0].signer_id: WHOLE} if shares is None else shares,
            words.get("registrar"),
            words.get("regime", DEFAULT_REGIME),
        )
        return self._counter.submit("apply", data, who)

    def _license(
        self, right: Id, licensee: Id, start: str, end: str, signers: Signers | None, words: LicenseWords
    ) -> Flow[Receipt]:
        parent = words.get("parent")
        data = {
            "right": entry_id(right),
            "parent": None if parent is None else entry_id(parent),
            "licensee": party_id(licensee),
            "type": words.get("type", "ordinary"),
            "territory": words.get("territory", EVERYTHING),
            "industry": words.get("industry", EVERYTHING),
            "use": words.get("use", EVERYTHING),
            "start": start,
            "end": end,
            "sublicensing": words.get("sublicensing", False),
            "fee": words.get("fee"),
            "contract": words.get("contract"),
        }
        return self._submit("license", data, signers)

    def _transfer(
        self, right: Id, holders_after: Mapping[Id, int], signers: Signers | None, words: TransferWords
    ) -> Flow[Receipt]:
        data = {"right": entry_id(right), "holders_after": holders(holders_after), **words}
        return self._submit("transfer", data, signers)

    def _prove(self, subject: Id, words: ProveWords) -> Flow[Evidence]:
        item, manifest = words.get("item"), words.get("manifest")
        if item is None:
            at = words.get("at")
            return prove(
                self._conversation,
                entry_id(subject),
                only_entry=words.get("only_entry", False),
                at=None if at is None else moment_of(at),
            )
        manifest_path = None if manifest is None else Path(manifest)
        return prove_item(self._conversation, entry_id(subject), Path(item), manifest_path)

    def _disclose(self, subject: Id | Path, fields: Sequence[str], words: ProveWords) -> Flow[Evidence]:
        folder = self._conversation.folder
        if isinstance(subject, Path):
            pack = yield from work(lambda: read_limited(subject, bytes_max=PACK_BYTES_MAX))
        else:
            pack = (yield from self._prove(subject, words)).pack
        opened = yield from work(lambda: disclose(pack, folder, fields))
        return Evidence(opened, verify_pack(opened, folder.genesis.fingerprint))

    def _prove_absent(self, subject: str, kind: str | None) -> Flow[Evidence]:
        return prove_absent(self._conversation, subject, kind)

    def _export(self) -> Flow[Evidence]:
        return prove_register(self._conversation)

    def _tables(self, evidence: Evidence) -> Flow[Export]:
        return read_export(self._conversation, evidence)

    def _work(self, lists: Sequence[str] | None, words: WorkWords) -> Flow[WorkLists]:
        within_days = words.get("within_days")
        query = {
            "registrar": words.get("registrar"),
            "court": words.get("court"),
            "within_days": None if within_days is None else str(within_days),
        }
        return work_lists(self._conversation, names=tuple(lists or WORK_LISTS), query=query)

    def _rights(self, words: RightsWords) -> Flow[Told]:
        holder, at = words.get("holder"), words.get("at")
        query = {
            "holder": None if holder is None else party_id(holder).hex(),
            "status": words.get("status"),
            "industry": words.get("industry"),
            "from": words.get("since"),
            "until": words.get("until"),
            "at": None if at is None else time_text(moment_of(at)),
        }
        return rights(self._conversation, query)

    def _next_numbers(self) -> Flow[Numbers]:
        return next_numbers(self._conversation)

    def _told(self, path: str, subject: str) -> Flow[dict[str, Any]]:
        return self._conversation.told(f"/{path}/{subject}")

    def _signers(self, signers: Signers | None) -> Signers:
        if signers is not None:
            return signers
        if self._signer is None:
            raise Malformed("nobody signs: open the ledger with signer=…, or name the signers")
        return (self._signer,)


def known_ledger(home: Path | None, fingerprint: str | None, patience_s: float) -> Conversation:
    """The dealings with a ledger that this machine is connected to. Raises `NotConnected`."""
    folder = Home(home or default_home()).ledger(fingerprint)
    return Conversation.of(folder, Session(Nodes(folder.node_urls()), patience_s))
