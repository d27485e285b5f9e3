"""Getting to know a ledger: its founding document against the fingerprint, its nodes, its newest proven checkpoint.

The fingerprint is the one thing that a person must bring from a place that they trust; everything else is proven from
it. Nothing is written to disk before that.
"""

from __future__ import annotations

from datadeed.conversation import Conversation
from datadeed.head import CHECKPOINT, read_last
from datadeed.home import Home
from datadeed.memory import Memory
from datadeed.nodes import Nodes, node_url, urls_from
from datadeed.receipts import Head, Known, prove_head
from datadeed.rosters import Change, find_changes
from datadeed.session import Answer, Flow, Request, Session, at_once
from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Unproven
from datadeed_ledger.roster import GENESIS_BYTES_MAX, Genesis

_GENESIS = Request("GET", "/genesis", bytes_max=GENESIS_BYTES_MAX)


def connect(home: Home, url: str, fingerprint: bytes, patience_s: float) -> Flow[Conversation]:
    """Make this machine know the ledger with that fingerprint, through the node at `url`.

    Raises `Unproven` when the node serves another ledger, a checkpoint that no quorum signed, or one under a roster
    that it cannot show to follow from the founding one.
    """
    first = Session(Nodes((node_url(url),)), patience_s)
    genesis = yield from first.ask(_GENESIS, at_once(lambda answer: _founding(answer, fingerprint)))
    folder = home.folder_of(genesis)  # of an earlier time, if there is one
    known = Known(folder.rosters())
    with Memory(folder).keeping_lies():
        head, changes = yield from first.ask(CHECKPOINT, lambda answer: _read(first, known, answer))
    rosters = changes[-1].rosters if changes else known.rosters
    urls = urls_from(url, rosters.newest)
    conversation = Conversation.of(home.add(genesis, urls), Session(Nodes(urls), patience_s))
    yield from conversation.take(changes)
    memory = conversation.memory
    yield from memory.agree(conversation.session, head, node_url(url), memory.size)
    return conversation


def _read(session: Session, known: Known, answer: Answer) -> Flow[tuple[Head, tuple[Change, ...]]]:
    """A node's newest checkpoint, proven, and the changes of the roster that lead to it."""
    header, proof = yield from read_last(session, answer)
    changes = yield from find_changes(session, known, header, answer.url)
    return prove_head(Known(changes[-1].rosters) if changes else known, header, proof), changes


def _founding(answer: Answer, fingerprint: bytes) -> Genesis:
    found = sha256(answer.body)
    if found != fingerprint:
        raise Unproven("fingerprint", f"{answer.url} serves the ledger {found.hex()}, not {fingerprint.hex()}")
    return Genesis.parse(answer.body)
