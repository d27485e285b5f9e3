"""Becoming the same member again after a restart. Spec section 2.8.

Votes, certificates and bodies come back from rows; what execution said does not. A vote table that may have lost a
row never votes again in its epoch. An epoch that begins has no rows yet: the sentinel that the epoch before it left at
the same block proves that they were not lost, and with the new sentinel the ended epoch's rows go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from datadeed_consensus.admission import Admission
from datadeed_consensus.leadership import Leadership, Own
from datadeed_consensus.messages import Proposal, decode_message
from datadeed_consensus.proposals import base_of
from datadeed_consensus.replica import Candidate, Replica
from datadeed_consensus.rows import Loaded


def restore(replica: Replica, admission: Admission, leadership: Leadership, rows: Mapping[bytes, bytes]) -> None:
    """From the rows as the driver kept them. The sentinel row is written again, or for the first time."""
    loaded = replica.rows.load(rows, replica.floor)
    if loaded.floor is not None and not loaded.damage:
        replica.floor = replace(loaded.floor, time_ms=replica.floor.time_ms)
    leadership.floor_seen(replica.turn.mono_ms - replica.parameters.min_block_interval_ms)
    for certificate in loaded.certificates:
        if certificate.statement.view > replica.floor.view:
            admission.restore(certificate)
    for evidence in loaded.evidence:
        admission.remember(evidence)
    _restore_votes(replica, admission, loaded)
    _restore_bodies(replica, leadership, loaded)
    if loaded.damage and replica.members.own is not None:
        replica.stop_voting(loaded.damage)
    elif not loaded.may_vote:
        replica.stop_voting("its vote table was lost before")
    else:
        replica.turn.put(*replica.rows.sentinel(replica.floor, may_vote=True))
    replica.turn.delete(replica.rows.of_ended_epochs(rows))


def _restore_votes(replica: Replica, admission: Admission, loaded: Loaded) -> None:
    for vote in loaded.votes:
        if vote.statement.view > replica.floor.view:
            replica.ballot.restore(vote)
            admission.place(vote)  # commonware #4275: own votes count after a restart too


def _restore_bodies(replica: Replica, leadership: Leadership, loaded: Loaded) -> None:
    for block in loaded.bodies:
        replica.blocks.add(replica.setup.read_meta(block), block)
    for data in loaded.proposals:
        message = decode_message(data, replica.setup.epoch_id, replica.members.size)
        assert isinstance(message, Proposal), "a proposal row holds a proposal"
        meta, said = replica.setup.read_meta(message.block), message.vote.statement
        replica.blocks.add(meta, message.block)
        replica.candidates[said.view] = Candidate(said, base_of(message, meta), is_own=True)
        leadership.own = Own(said.view, data, replica.turn.mono_ms - replica.parameters.delta_ms)
