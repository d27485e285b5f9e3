"""A node's term: what it is in one epoch. Which member with which keys, its consensus core, and who is which signer.

Peers are known by their names, which mean the same under every roster; the core of an epoch counts signers by their
place in its roster. A term is where the one is turned into the other. A node that is no member, that lacks its vote
key, or whose key is silent (starts.py) has a core that follows without voting.
Spec: docs/spec/consensus.md 2.11. Left out: when a term ends (driver.py), links (links.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from datadeed_consensus.core import BlockMeta, Core, Setup
from datadeed_consensus.parameters import Parameters
from datadeed_ledger.errors import Malformed
from datadeed_ledger.keys import is_valid
from datadeed_ledger.roster import Member, Roster
from datadeed_node.config import Config
from datadeed_node.epochs import Epochs
from datadeed_node.key_ring import KeyRing, NodeKeys
from datadeed_node.links import Certificate
from datadeed_node.starts import Voting
from datadeed_node.store import Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Term:
    """member: this node in the roster that governs; None where it is not one of its members."""

    core: Core
    roster: Roster
    epoch_id: bytes
    own_name: str
    member: Member | None
    others: frozenset[str]  # names of the other members

    def place(self, name: str) -> int | None:
        """The signer index of another member; None of somebody who is none in this epoch."""
        return self.roster.index_of(name) if name in self.others else None

    def name(self, place: int) -> str:
        return self.roster.members[place].name


class Own:
    """This node's part in each roster: its member record, its keys, its certificate."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.name = config.name
        self._ring = KeyRing.load(config)

    def read_again(self) -> None:
        """Keys for the roster that now follows may have come into the folder since the node started."""
        try:
            self._ring = KeyRing.load(self._config)
        except Malformed as error:
            log.critical("keys cannot be read", reason=str(error), next_step="the ones read before stay in use")

    def keys(self, roster: Roster) -> NodeKeys:
        """What this node has of the keys that the roster names for it; none of them where it is no member."""
        member = roster.by_name(self.name)
        return NodeKeys() if member is None else self._ring.of(member)

    def certificate(self, rosters: tuple[Roster, ...]) -> Certificate:
        """What the node shows when the last of `rosters` is in force: what the newest that names it pins."""
        members = (roster.by_name(self.name) for roster in reversed(rosters))
        return self._ring.certificate(next((member.tls for member in members if member is not None), None))


class Terms:
    """Begins terms: each from where the store stands."""

    def __init__(
        self, store: Store, epochs: Epochs, own: Own, voting: Voting, read_meta: Callable[[bytes], BlockMeta]
    ) -> None:
        self._store = store
        self._epochs = epochs
        self._own = own
        self._voting = voting
        self._read_meta = read_meta

    def begin(self) -> Term:
        """The term of the epoch that the next block belongs to."""
        roster, name = self._store.roster, self._own.name
        member = roster.by_name(name)
        keys = self._own.keys(roster)
        votes = self._votes(roster, member, keys)
        assert keys.vote is not None or not votes, "who votes has the key"
        setup = Setup(
            epoch=roster.version,
            epoch_id=self._epochs.id_of(roster),
            vote_keys=tuple(each.vote for each in roster.members),
            own=roster.index_of(name) if votes else None,
            parameters=Parameters.from_json(self._store.genesis.consensus),
            read_meta=self._read_meta,
            sign=_never if keys.vote is None else keys.vote.sign,
            verify=is_valid,
        )
        core = Core(setup, self._epochs.floor(), self._store.consensus_rows())
        others = frozenset(each.name for each in roster.members) - {name}
        return Term(core, roster, setup.epoch_id, name, member, others)

    def _votes(self, roster: Roster, member: Member | None, keys: NodeKeys) -> bool:
        """Whether this node votes under this roster; where not, say why."""
        if member is None:
            left = any(each.by_name(self._own.name) for each in self._store.rosters)
            next_step = "it follows the others until the chain makes it one"
            if left:
                next_step = "it has left: it serves those who are behind for one more epoch, and may then be stopped"
            log.warning("not a member of the roster in force", roster=roster.version, next_step=next_step)
            return False
        if keys.missing:
            log.critical(
                "keys are missing that the roster names for this node",
                roster=roster.version,
                missing=", ".join(keys.missing),
                next_step="put their files into keys/ or next-keys/ and restart; without its vote key it follows only",
            )
        if self._voting.is_silent(member.vote):
            log.critical(
                "this node follows without voting",
                roster=roster.version,
                reason="votes under its vote key may have been lost",
                next_step="give it a new vote key through an amend_roster entry",
            )
            return False
        return keys.vote is not None and self._voting.begin(member.vote)


def _never(statement: bytes) -> bytes:
    raise AssertionError("who has no vote key votes for nothing")
