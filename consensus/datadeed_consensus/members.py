"""The members of one epoch: who leads, what a vote's signature covers, and whether it holds. Spec section 2.1."""

from __future__ import annotations

from datadeed_consensus.guard import Kind
from datadeed_consensus.leader import leader_order
from datadeed_consensus.setup import Setup
from datadeed_consensus.votes import Statement, Vote
from datadeed_ledger.keys import VOTE_TAG
from datadeed_ledger.roster import faults_max, quorum


class Members:
    def __init__(self, setup: Setup) -> None:
        self.own = setup.own
        self.size = len(setup.vote_keys)
        self.faults = faults_max(self.size)
        self.quorum = quorum(self.size)
        self._keys = setup.vote_keys
        self._verify = setup.verify
        self._epoch = setup.epoch
        self._order = leader_order(setup.epoch_id, setup.vote_keys)
        self._prefixes = {kind: VOTE_TAG + bytes([kind]) + setup.epoch_id for kind in Kind}

    def leader(self, view: int) -> int:
        return self._order[view % self.size]

    def message(self, statement: Statement) -> bytes:
        """The bytes that a vote for `statement` signs."""
        return statement.to_bytes(self._prefixes, self._epoch)

    def all_hold(self, votes: list[Vote]) -> bool:
        """Whether every signature of these votes for one statement is its signer's."""
        message = self.message(votes[0].statement) if votes else b""
        return all(self._verify(self._keys[vote.signer], message, vote.signature) for vote in votes)
