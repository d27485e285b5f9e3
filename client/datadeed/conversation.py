"""What the client says to a ledger's nodes and believes of their answers: every dealing once, as a flow.

Nothing is returned that was not verified: a receipt step by step, a pack whole, an entry by its id, and the checkpoint
behind each against the newest one that this machine remembers. Where the ledger's roster has changed, the new one is
proven from the last that is known, kept, and its nodes are asked from then on. What is left out: composing entries
(`composing.py`), who signs (`keyring.py`), sockets (`transport.py`). Records of rights and parties are the exception:
`told` gives one node's word and says so; whoever needs more asks for a pack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from datadeed.head import CHECKPOINT, read_last
from datadeed.home import LedgerFolder
from datadeed.memory import Memory
from datadeed.nodes import urls_after
from datadeed.problems import Behind, Pending, json_object, text_of
from datadeed.receipts import Head, Known, Receipt, newest_header, prove_head, verify_receipt
from datadeed.rosters import Change, find_changes, find_rival
from datadeed.session import Answer, Flow, Reader, Request, Session, at_once, work
from datadeed_ledger.checkpoint import TlogProof, parse_tlog_proof
from datadeed_ledger.encoding import Value, encode, from_b64
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Busy, DatadeedError, Refused, Unproven
from datadeed_ledger.evidence import Report, verify_pack
from datadeed_ledger.evidence.codecs import REGISTER, check_question
from datadeed_ledger.evidence.container import PACK_BYTES_MAX, read_container
from datadeed_ledger.evidence.names import HEADER, HEADER_PROOF

MSGPACK_TYPE: Final = "application/msgpack"
WAIT_TIMEOUT_S: Final = 20.0  # longer than a node holds the line for a receipt
BATCH_ENTRIES_MAX: Final = 100
EVIDENCE_TIMEOUT_S: Final = 120.0
_FOLDERS: Final = {"asset": "assets", "entry": "entries", "right": "rights"}


Verified: TypeAlias = tuple[bytes, Report]
"""A pack, and what it proves: its bytes as the node sent them, its report as this machine found it."""


@dataclass(slots=True)
class Conversation:
    """The dealings with one ledger. session: its nodes; memory: what was proven before.

    _passed: nodes whose log ended with a change of the roster, and that were passed over once for that.
    """

    folder: LedgerFolder
    session: Session
    memory: Memory
    known: Known
    _passed: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, folder: LedgerFolder, session: Session) -> Conversation:
        return cls(folder, session, Memory(folder), Known(folder.rosters()))

    def head(self) -> Flow[Head]:
        """The newest checkpoint of the first node that is not behind."""
        return self.session.ask(CHECKPOINT, self._head_reader())

    def send(self, entry: Entry) -> Flow[None]:
        """Hand in `entry` without waiting; a node's acceptance promises nothing."""
        request = Request("POST", "/entries", entry.data, MSGPACK_TYPE)
        yield from self.session.ask(request, at_once(lambda answer: None))

    def record(self, entry: Entry) -> Flow[Receipt]:
        """Hand in `entry` and wait until it is final; the same bytes go to node after node until one proves it."""
        request = Request("POST", "/entries?wait=true", entry.data, MSGPACK_TYPE, timeout_s=WAIT_TIMEOUT_S)
        return (yield from self.session.ask(request, self._receipt_reader(entry)))

    def record_all(self, entries: Sequence[Entry]) -> Flow[list[Receipt | DatadeedError]]:
        """As `record` for many at once: for each, in order, its receipt or why it has none."""
        results: list[Receipt | DatadeedError] = []
        for first in range(0, len(entries), BATCH_ENTRIES_MAX):
            some = entries[first : first + BATCH_ENTRIES_MAX]
            data: Value = [entry.data for entry in some]
            request = Request("POST", "/entries/batch", encode(data), MSGPACK_TYPE)
            yield from self.session.ask(request, at_once(lambda answer: None))
            # What a batch's answer says of each is one node's word; asking for each receipt settles it.
            for entry in some:
                outcome = yield from self._outcome(entry)
                results.append(outcome)
        return results

    def entry(self, entry_id: bytes) -> Flow[Entry]:
        """A recorded or pending entry by its id; its bytes prove that they are of that id."""
        return (yield from self.session.ask(_entry_request(entry_id), at_once(lambda answer: _entry(answer, entry_id))))

    def receipt(self, entry_id: bytes) -> Flow[Receipt]:
        """The receipt of a recorded entry."""
        entry = yield from self.entry(entry_id)
        request = Request("GET", f"/entries/{entry_id.hex()}/receipt")
        return (yield from self.session.ask(request, self._receipt_reader(entry)))

    def evidence(self, kind: str, subject_id: bytes) -> Flow[Verified]:
        """A pack for an entry (`entry`), a right or an asset, verified whole before it is returned."""
        path = f"/{_FOLDERS[kind]}/{subject_id.hex()}/evidence"
        return (yield from self._pack(path, f"{kind}/{subject_id.hex()}"))

    def absence(self, subject: str, kind: str | None) -> Flow[Verified]:
        """A pack that nothing is recorded under `subject`, or of a right nothing of `kind` (licence, objection).

        Raises `Present` where something is.
        """
        asked = check_question(subject if kind is None else f"{subject}/{kind}")
        query = {"subject": subject} if kind is None else {"subject": subject, "kind": kind}
        return (yield from self._pack(f"/absence?{urlencode(query)}", asked))

    def export(self) -> Flow[Verified]:
        """Every record of the register with the proof that none is missing, verified whole."""
        return (yield from self._pack("/register/export", REGISTER))

    def told(self, path: str) -> Flow[dict[str, Any]]:
        """One node's unproven word on `path`, a JSON object."""
        return (yield from self.session.ask(Request("GET", path), at_once(lambda a: json_object(a.body, path))))

    def take(self, changes: Sequence[Change]) -> Flow[None]:
        """Keep changes of the roster that were proven, each after its checkpoint agrees with what is remembered."""
        for change in changes:
            yield from self.memory.agree(self.session, change.head, change.url, 0)
            self.folder.keep_roster(change.following.version, change.evidence)
            self.folder.keep_node_urls(urls_after(self.folder.node_urls(), change.before, change.following))
        if changes:
            self._recall()
            self._passed.clear()

    def _recall(self) -> None:
        """Know what this machine knows: another program of this user may have learned more."""
        self.known = Known(self.folder.rosters())
        self.session.nodes.replace(self.folder.node_urls())

    def _learn(self, header: bytes, url: str) -> Flow[None]:
        """Get to know the roster that the newest header of the node at `url` names, if it is a later one.

        Raises `Fork` where a quorum signed it beside another that is known.
        """
        if self.known.own_header(header).roster_version > self.known.rosters.newest.version:
            self._recall()
        yield from self.take((yield from find_changes(self.session, self.known, header, url)))
        rival = yield from find_rival(self.session, self.known, header, url)
        if rival is not None:
            version = rival.following.version
            raise self.memory.fork(rival.head, f"are of logs in which different institutions are roster {version}")

    def _pack(self, path: str, asked: str) -> Flow[Verified]:
        request = Request("GET", path, timeout_s=EVIDENCE_TIMEOUT_S, bytes_max=PACK_BYTES_MAX)
        return (yield from self.session.ask(request, self._pack_reader(asked)))

    def _outcome(self, entry: Entry) -> Flow[Receipt | DatadeedError]:
        try:
            return (yield from self.record(entry))
        except (Refused, Busy) as error:
            return error

    def _receipt_reader(self, entry: Entry) -> Reader[Receipt]:
        size_min = self.memory.size

        def read(answer: Answer) -> Flow[Receipt]:
            document = json_object(answer.body, "the receipt")
            if answer.status == 202:
                raise Pending(f"{answer.url}: {entry.entry_id.hex()} is accepted and not final yet", retry_after_s=0)
            if "tlog_proof" not in document:  # recorded before: its receipt is asked for
                request = Request("GET", f"/entries/{entry.entry_id.hex()}/receipt")
                return (yield from self.session.ask_one(answer.url, request, read))
            yield from self._learn(newest_header(document), answer.url)
            receipt = yield from self._verified(entry, document, answer.url)
            yield from self._agree(receipt.head, answer.url, size_min)
            return receipt

        return read

    def _verified(self, entry: Entry, document: dict[str, Any], url: str) -> Flow[Receipt]:
        with self.memory.keeping_lies():
            try:
                return verify_receipt(self.known, entry, document)
            except Unproven as error:
                if error.step != "inclusion":
                    raise
                # One body may be signed more than once; whichever signatures came first are recorded.
                read = at_once(lambda answer: _entry(answer, entry.entry_id))
                recorded = yield from self.session.ask_one(url, _entry_request(entry.entry_id), read)
                return verify_receipt(self.known, recorded, document)

    def _head_reader(self) -> Reader[Head]:
        size_min = self.memory.size

        def read(answer: Answer) -> Flow[Head]:
            header, proof = yield from read_last(self.session, answer)
            return (yield from self._head(header, proof, answer.url, size_min))

        return read

    def _head(self, header: bytes, proof: TlogProof, url: str, size_min: int) -> Flow[Head]:
        """The newest header and checkpoint of the node at `url`, proven, and in agreement with what is remembered."""
        yield from self._learn(header, url)
        with self.memory.keeping_lies():
            head = prove_head(self.known, header, proof)
        yield from self._agree(head, url, size_min)
        return head

    def _agree(self, head: Head, url: str, size_min: int) -> Flow[None]:
        """Believe a proven checkpoint. Raises `Behind` the first time that a node's ends with a change of the roster.

        An institution that has left goes on serving that one for ever, so the others are asked first how it goes on.
        """
        yield from self.memory.agree(self.session, head, url, size_min)
        if head.header.ends_epoch and url not in self._passed:
            self._passed.add(url)
            raise Behind(f"{url} shows a log that ends with a change of the roster; others may show how it goes on")

    def _pack_reader(self, asked: str) -> Reader[Verified]:
        size_min = self.memory.size

        def read(answer: Answer) -> Flow[Verified]:
            report = yield from work(lambda: verify_pack(answer.body, self.folder.genesis.fingerprint, ask=asked))
            parts = read_container(answer.body)
            yield from self._head(parts[HEADER], parse_tlog_proof(parts[HEADER_PROOF]), answer.url, size_min)
            return answer.body, report

        return read


def _entry_request(entry_id: bytes) -> Request:
    return Request("GET", f"/entries/{entry_id.hex()}")


def _entry(answer: Answer, entry_id: bytes) -> Entry:
    document = json_object(answer.body, "the entry")
    entry = Entry.parse(from_b64(text_of(document, "entry", "the entry")))
    if entry.entry_id != entry_id:
        raise Unproven("answer", f"{answer.url} sent another entry than {entry_id.hex()}")
    return entry
