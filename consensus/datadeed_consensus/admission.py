"""One door for every vote, certificate and piece of evidence, whatever message brought it. Spec rules R1, R2, R3.

Nothing is kept unverified, and data that is merely stale or early is dropped without blame.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from datadeed_consensus.allowance import Allowance
from datadeed_consensus.effects import Broadcast, RecordEvidence
from datadeed_consensus.guard import Kind
from datadeed_consensus.messages import Certificates, EvidenceMessage, Message, VoteMessage, encode_message
from datadeed_consensus.replica import Replica
from datadeed_consensus.tally import SLOTS_BELOW
from datadeed_consensus.votes import Certificate, Evidence, Offence, Statement, Vote

VOTES_AHEAD: Final = 16  # views above cur
CERTIFICATES_AHEAD: Final = 256
CHECKS_PER_SECOND: Final = 2_000  # signatures checked for one peer: 40 times what 50 views a second need at n = 4
CHECKS_BURST: Final = 8_000
EVIDENCE_PER_MEMBER_MAX: Final = 256  # one is enough to convict


class Admitted(Enum):
    HELD = "valid, and held now or before"
    IGNORED = "not judged: stale, early, or beyond the peer's allowance"
    INVALID = "a signature does not hold"


class Admission:
    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._checks = Allowance(replica.members.size, CHECKS_PER_SECOND, CHECKS_BURST)
        self._evidence: set[tuple[int, int, Offence]] = set()
        self._convictions = [0] * replica.members.size

    # Votes

    def vote(self, vote: Vote) -> Admitted:
        """R1, R2. HELD means that the signer's slot says just this."""
        replica, statement = self._replica, vote.statement
        if not replica.settled_view < statement.view <= replica.cur + VOTES_AHEAD:
            return Admitted.IGNORED
        held = replica.tally.vote(statement.view, statement.kind, vote.signer)
        if held is not None and held.statement == statement:
            return Admitted.HELD
        offences = replica.tally.offences(vote)
        if not offences and not self._is_wanted(statement):
            return Admitted.IGNORED
        verified = self._verify(vote.signer, [vote])
        if verified is not Admitted.HELD:
            return verified
        self._convict(offences)
        self.place(vote)
        return Admitted.HELD if held is None else Admitted.IGNORED

    def _is_wanted(self, statement: Statement) -> bool:
        """Whether the vote may still decide something: below cur only finalize votes do."""
        replica, view = self._replica, statement.view
        if replica.tally.certificate(view, statement.kind) is not None:
            return False
        if view >= replica.cur:
            return True
        notarized = replica.tally.certificate(view, Kind.NOTARIZE) is not None
        return statement.kind is Kind.FINALIZE and (notarized or view >= replica.cur - SLOTS_BELOW)

    def place(self, vote: Vote) -> None:
        """Count a verified vote."""
        self._replica.turn.changed = True
        certificate = self._replica.tally.place(vote)
        if certificate is not None:
            self._hold(certificate)

    def cast(self, statement: Statement) -> Vote | None:
        """Vote if the guard allows it; the vote is a row before it counts. Sending it is the caller's."""
        vote = self._replica.ballot.cast(statement, self._replica.situation(statement.view))
        if vote is not None:
            self._convict(self._replica.tally.offences(vote))
            self.place(vote)
        return vote

    def say(self, statement: Statement) -> None:
        """Vote if the guard allows it, and tell everybody."""
        vote = self.cast(statement)
        if vote is not None:
            self._broadcast(VoteMessage(vote))

    # Certificates

    def certificate(self, peer: int, certificate: Certificate) -> Admitted:
        """R1, R3: from `peer`, who answers for its signatures."""
        replica, statement = self._replica, certificate.statement
        if statement.view <= replica.floor.view:
            return Admitted.IGNORED
        held = replica.tally.certificate(statement.view, statement.kind)
        if held is not None and held.statement == statement:
            return Admitted.HELD
        in_window = replica.settled_view < statement.view <= replica.cur + CERTIFICATES_AHEAD
        if statement.kind is not Kind.FINALIZE and not in_window:
            return Admitted.IGNORED
        verified = self._verify(peer, replica.tally.unverified(certificate))
        if verified is not Admitted.HELD:
            return verified
        if held is None:
            self._hold(certificate)
        else:
            self._conflict(held, certificate)
        for vote in certificate.votes():
            self._certified_vote(vote)
        return Admitted.HELD

    def _certified_vote(self, vote: Vote) -> None:
        replica, statement = self._replica, vote.statement
        if vote.signer == replica.members.own and replica.ballot.vote(statement.view, statement.kind) is None:
            replica.stop_voting(f"a vote of its own in view {statement.view} is not in its vote table")
        self._convict(replica.tally.offences(vote))
        if replica.cur - SLOTS_BELOW <= statement.view <= replica.cur + VOTES_AHEAD:
            replica.tally.place(vote)

    def restore(self, certificate: Certificate) -> None:
        """Take back a certificate that a row remembers."""
        statement = certificate.statement
        held = self._replica.tally.certificate(statement.view, statement.kind)
        if held is None:
            self._replica.tally.hold(certificate)
            self._check_promises(certificate)
        else:
            self._conflict(held, certificate)

    def _hold(self, certificate: Certificate) -> None:
        """R3: keep it and pass it on, once."""
        self._replica.tally.hold(certificate)
        self._replica.rows.put_certificate(certificate)
        self._broadcast(Certificates((certificate,)))
        self._check_promises(certificate)

    def _check_promises(self, certificate: Certificate) -> None:
        """Section 3: of one view's certificates, those for blocks agree, and none finalizes a nullified view."""
        tally, statement = self._replica.tally, certificate.statement
        for kind in Kind:
            other = tally.certificate(statement.view, kind)
            if other is None or other is certificate:
                continue
            kinds = {kind, statement.kind}
            is_block_pair = kinds == {Kind.NOTARIZE, Kind.FINALIZE}
            if kinds == {Kind.NULLIFY, Kind.FINALIZE} or (
                is_block_pair and other.statement.block_hash != statement.block_hash
            ):
                self._safety_alarm(statement.view)

    def _conflict(self, held: Certificate, certificate: Certificate) -> None:
        assert held.statement != certificate.statement
        self._replica.rows.put_certificate(certificate, conflicting=True)
        self._safety_alarm(certificate.statement.view)

    def _safety_alarm(self, view: int) -> None:
        self._replica.halt("safety", f"two certificates of view {view} contradict each other: more than f members lie")

    # Evidence

    def evidence(self, peer: int, data: bytes) -> None:
        """Evidence that a peer passes on. Raises `Malformed`."""
        replica, setup = self._replica, self._replica.setup
        evidence = Evidence.parse(data, replica.members.size, setup.epoch, setup.epoch_id)
        if self._is_news(evidence):
            verified = [self._verify(peer, [vote]) for vote in (evidence.first, evidence.second)]
            if verified == [Admitted.HELD, Admitted.HELD]:
                self._convict([evidence])

    def remember(self, evidence: Evidence) -> None:
        self._evidence.add(evidence.key)
        self._convictions[evidence.first.signer] += 1

    def _is_news(self, evidence: Evidence) -> bool:
        room = self._convictions[evidence.first.signer] < EVIDENCE_PER_MEMBER_MAX
        return room and evidence.key not in self._evidence

    def _convict(self, found: list[Evidence]) -> None:
        """Keep verified evidence, and tell everybody once."""
        setup = self._replica.setup
        for evidence in found:
            if self._is_news(evidence):
                self.remember(evidence)
                key = self._replica.rows.put_evidence(evidence)
                data = evidence.to_bytes(setup.epoch, setup.epoch_id)
                self._replica.turn.say(RecordEvidence(key, data))
                self._broadcast(EvidenceMessage(data))

    def _verify(self, peer: int, votes: list[Vote]) -> Admitted:
        replica = self._replica
        if not self._checks.spend(peer, len(votes), replica.turn.mono_ms):
            return Admitted.IGNORED
        if replica.members.all_hold(votes):
            return Admitted.HELD
        self.blame(peer)
        return Admitted.INVALID

    def blame(self, peer: int) -> None:
        """Count a message that no honest peer sends."""
        self._replica.penalties[peer] += 1

    def _broadcast(self, message: Message) -> None:
        self._replica.turn.send(Broadcast(encode_message(self._replica.setup.epoch_id, message)))
