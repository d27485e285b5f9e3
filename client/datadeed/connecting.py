"""Getting to know a ledger: its founding document against the fingerprint, its nodes, its newest proven checkpoint.

The fingerprint is the one thing that a person must bring from a place that they trust; everything else is proven from
it. Nothing is written to disk before that.
"""

from __future__ import annotations

from datadeed.conversation import Conversation
from datadeed.head import CHECKPOINT, read_head
from datadeed.home import Home
from datadeed.nodes import Nodes, node_url
from datadeed.receipts import Known
from datadeed.session import Answer, Flow, Request, Session, at_once
from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Unproven
from datadeed_ledger.roster import GENESIS_BYTES_MAX, Genesis

_GENESIS = Request("GET", "/genesis", bytes_max=GENESIS_BYTES_MAX)


def connect(home: Home, url: str, fingerprint: bytes, patience_s: float) -> Flow[Conversation]:
    """Make this machine know the ledger with that fingerprint, through the node at `url`.

    Raises `Unproven` when the node serves another ledger or a checkpoint that no quorum signed.
    """
    first = Session(Nodes((node_url(url),)), patience_s)
    genesis = yield from first.ask(_GENESIS, at_once(lambda answer: _founding(answer, fingerprint)))
    known = Known(genesis, (genesis.roster,))
    head = yield from first.ask(CHECKPOINT, lambda answer: read_head(first, known, answer))
    urls = tuple(dict.fromkeys((node_url(url), *(node_url(member.api) for member in genesis.roster.members))))
    conversation = Conversation.of(home.add(genesis, urls), Session(Nodes(urls), patience_s))
    memory = conversation.memory
    yield from memory.agree(conversation.session, head, node_url(url), memory.size)
    return conversation


def _founding(answer: Answer, fingerprint: bytes) -> Genesis:
    found = sha256(answer.body)
    if found != fingerprint:
        raise Unproven("fingerprint", f"{answer.url} serves the ledger {found.hex()}, not {fingerprint.hex()}")
    return Genesis.parse(answer.body)
