"""The roster in force, from the API of nodes and proven from the fingerprint: for commands without the node's store.

The client proves the newest checkpoint, along all rosters since the founding; that checkpoint's header names the digest
of the roster that governs the next block, and a document of that digest is it, whoever sent it. So a change counts from
its own block on, even while no other follows. What this cannot see is a change that is recorded and not proven yet.
Nothing is remembered between two commands.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from datadeed.connecting import connect
from datadeed.conversation import Conversation
from datadeed.counter import Counter
from datadeed.drafts import OpenDraft
from datadeed.head import BUNDLE_BYTES_MAX
from datadeed.home import Home
from datadeed.receipts import Receipt
from datadeed.session import Answer, Request, at_once
from datadeed.transport import Blocking
from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Busy, Malformed, Unproven
from datadeed_ledger.header import Header
from datadeed_ledger.roster import GENESIS_BYTES_MAX, Genesis, Roster
from datadeed_ledger.tiles import TILE_WIDTH, Tile, parse_entry_bundle
from datadeed_node.config import Config
from datadeed_node.database import StoreLocked
from datadeed_node.mistakes import Mistake
from datadeed_node.opening import read_genesis
from datadeed_node.store import Store

PATIENCE_S = 10.0
_LOOK_S = 2.0  # for a node to answer, before the next one is asked


@dataclass(frozen=True, slots=True)
class Reached:
    """A ledger whose nodes answer. roster: the one in force for the next block."""

    url: str
    roster: Roster
    _conversation: Conversation
    _transport: Blocking

    @property
    def genesis(self) -> Genesis:
        return self._conversation.folder.genesis

    def submit(self, draft: OpenDraft) -> Receipt:
        """Hand in a draft that all have signed, and wait until it is recorded and proven."""
        return self._transport.run(Counter(self._conversation).submit_draft(draft))

    def wait(self, entry: Entry) -> Receipt:
        """Hand in a signed entry, and wait until it is recorded and proven."""
        return self._transport.run(self._conversation.record(entry))


@contextmanager
def reached(urls: Sequence[str], fingerprint: bytes, patience_s: float = PATIENCE_S) -> Iterator[Reached]:
    """The ledger with this fingerprint, through the first of these addresses that answers.

    Raises Busy or Mistake where none does, Unproven where one answers for another ledger or without proof.
    """
    transport = Blocking()
    try:
        with tempfile.TemporaryDirectory() as home:
            url, conversation = _connected(transport, Home(Path(home)), urls, fingerprint, patience_s)
            head = transport.run(conversation.head())
            yield Reached(url, _in_force(transport, conversation, head.header), conversation, transport)
    finally:
        transport.close()


def roster_of_node(folder: Path, url: str) -> Roster:
    """The roster in force as the node in `folder` has it: from its store, or from its API at `url` while it runs.

    Raises Mistake where it has never run, or where the checkpoint with which that roster begins is not published.
    """
    config = Config.load(folder)
    genesis = read_genesis(config)
    if not config.data_folder.is_dir():
        raise Mistake(f"{config.data_folder} is not there: this node has never run", f"datadeed-node run {folder}")
    try:
        store = Store.open(config.data_folder, genesis)
    except StoreLocked:
        with reached([url], genesis.fingerprint) as ledger:
            return ledger.roster
    with closing(store):
        version = store.roster.version
        if version > 1 and store.roster_change(version) is None:
            raise Mistake(
                f"the checkpoint with which roster {version} begins is not published yet",
                f"let `datadeed-node run {folder}` run until it is",
            )
        return store.roster


def _connected(
    transport: Blocking, home: Home, urls: Sequence[str], fingerprint: bytes, patience_s: float
) -> tuple[str, Conversation]:
    """The first of several that answers at once; a single one is waited for."""
    silent = []
    for url in urls if len(urls) > 1 else ():
        try:
            transport.run(connect(home, url, fingerprint, _LOOK_S))
        except Busy as failure:
            silent.append(str(failure))
        else:
            urls = [url]
            break
    if len(urls) != 1:
        raise Mistake(f"no node could be asked: {'; '.join(silent)}", "name a node that runs with --node URL")
    return urls[0], transport.run(connect(home, urls[0], fingerprint, patience_s))


def _in_force(transport: Blocking, conversation: Conversation, header: Header) -> Roster:
    """The roster that governs the block after the one of this proven header."""
    genesis = conversation.folder.genesis
    digest = header.next_roster_digest
    if digest == genesis.roster.digest:
        return genesis.roster
    request, document_of = _of_entry(header) if header.ends_epoch else _of_version(header)

    def read(answer: Answer) -> Roster:
        document = document_of(answer.body)
        if sha256(document) != digest:
            what = f"another roster {header.next_roster_version} than the newest header names"
            raise Unproven("roster", f"{answer.url} sent {what}")
        return Roster.parse(document, genesis.origin)

    return transport.run(conversation.session.ask(request, at_once(read)))


def _of_version(header: Header) -> tuple[Request, Callable[[bytes], bytes]]:
    """Where the document of the roster of the header's own block is served, and how to find it in the answer."""
    return Request("GET", f"/rosters/{header.roster_version}", bytes_max=GENESIS_BYTES_MAX), bytes


def _of_entry(header: Header) -> tuple[Request, Callable[[bytes], bytes]]:
    """The same for the next roster while no block stands under it: the leaf before the header is the entry."""
    index = header.index - 1
    bundle = Tile(None, index // TILE_WIDTH, min(TILE_WIDTH, header.index + 1 - index // TILE_WIDTH * TILE_WIDTH))

    def document_of(data: bytes) -> bytes:
        leaves = parse_entry_bundle(data)
        if len(leaves) != bundle.width:
            raise Malformed(f"{bundle.path} has {len(leaves)} leaves, {bundle.width} are expected")
        document = Entry.parse(leaves[index % TILE_WIDTH]).body.data.get("roster")
        if not isinstance(document, bytes):
            raise Malformed(f"log entry {index} carries no roster")
        return document

    return Request("GET", f"/{bundle.path}", bytes_max=BUNDLE_BYTES_MAX), document_of
