"""What a member must not forget, as rows: own votes, bodies it voted for, certificates, evidence, and the sentinel.

A row's key is letter ‖ u64 epoch ‖ u64 view ‖ rest, its value payload ‖ H(key ‖ payload)[:8]. The sentinel row is
always there and tells an empty table from a lost one; it holds the floor too. Rows of a view are deleted only when
the floor is at or above it. Spec section 2.8; the driver stores rows without reading them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from datadeed_consensus.fields import binary, list_of, number
from datadeed_consensus.messages import BLOCK_BYTES_MAX, MESSAGE_BYTES_MAX
from datadeed_consensus.setup import Floor, Setup
from datadeed_consensus.turn import Turn
from datadeed_consensus.votes import CERTIFICATE_BYTES_MAX, Certificate, Evidence, Vote
from datadeed_ledger.encoding import Value, decode, encode, sha256
from datadeed_ledger.errors import Malformed

_VOTE, _BLOCK, _PROPOSAL, _CERTIFICATE, _EVIDENCE, _SENTINEL = b"v", b"b", b"p", b"c", b"e", b"s"
_CHECK_BYTES = 8
_SENTINEL_BYTES_MAX = CERTIFICATE_BYTES_MAX + 256


@dataclass(slots=True)
class Loaded:
    """What the rows of this epoch say. `damage` is empty where they are whole."""

    damage: str = ""
    floor: Floor | None = None  # its time is not in the row
    may_vote: bool = True
    votes: list[Vote] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    proposals: list[bytes] = field(default_factory=list)  # own, ascending by view
    certificates: list[Certificate] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)


class Rows:
    """The only writer of rows. It remembers which keys it wrote for a view, so that they can be deleted."""

    def __init__(self, setup: Setup, turn: Turn) -> None:
        self._setup = setup
        self._turn = turn
        self._epoch = setup.epoch.to_bytes(8, "big")
        self._member = b"" if setup.own is None else setup.vote_keys[setup.own]
        self._keys: dict[int, set[bytes]] = {}

    def put_vote(self, vote: Vote) -> None:
        view = vote.statement.view
        self._put(_VOTE, view, bytes([vote.statement.kind]), encode(vote.to_value()))

    def put_body(self, view: int, block: bytes) -> None:
        """The body that this member votes for in `view`."""
        self._put(_BLOCK, view, b"", block)

    def put_proposal(self, view: int, message: bytes) -> None:
        """The own proposal, to be sent again as it is."""
        self._put(_PROPOSAL, view, b"", message)

    def put_certificate(self, certificate: Certificate, conflicting: bool = False) -> None:
        """A second certificate that must not exist is kept beside the first."""
        rest = bytes([certificate.statement.kind, conflicting])
        self._put(_CERTIFICATE, certificate.statement.view, rest, certificate.data)

    def put_evidence(self, evidence: Evidence) -> bytes:
        """Evidence is never deleted. Gives the row's key."""
        view, signer, offence = evidence.key
        rest = signer.to_bytes(2, "big") + bytes([offence])
        data = evidence.to_bytes(self._setup.epoch, self._setup.epoch_id)
        key, value = _row(_EVIDENCE + self._epoch + view.to_bytes(8, "big") + rest, data)
        self._turn.put(key, value)
        return key

    def sentinel(self, floor: Floor, may_vote: bool) -> tuple[bytes, bytes]:
        owner: list[Value] = [self._setup.epoch_id, self._member, may_vote]
        payload = encode([*owner, floor.height, floor.digest, floor.view, floor.certificate])
        return _row(_SENTINEL + self._epoch, payload)

    def prune(self, final_view: int) -> list[bytes]:
        """The keys of every row at or below the durable final view, which are to be deleted."""
        gone = list[bytes]()
        for view in sorted(view for view in self._keys if view <= final_view):
            keys = sorted(self._keys.pop(view))
            fresh = {key for key in keys if self._turn.is_put(key)}
            if fresh:  # written in this very step, and what it says is sent: deleted by a later step
                self._keys[view] = fresh
            gone += [key for key in keys if key not in fresh]
        return gone

    def _put(self, letter: bytes, view: int, rest: bytes, payload: bytes) -> None:
        key, value = _row(letter + self._epoch + view.to_bytes(8, "big") + rest, payload)
        self._keys.setdefault(view, set()).add(key)
        self._turn.put(key, value)

    def load(self, rows: Mapping[bytes, bytes], floor: Floor) -> Loaded:
        """Everything of this epoch, and whether a vote may be missing."""
        loaded = Loaded()
        own = {key: value for key, value in sorted(rows.items()) if key[1:9] == self._epoch}
        if any(key[1:9] > self._epoch for key in rows):
            loaded.damage = "the vote table is of a later epoch than the chain"
        for key, value in own.items():
            try:
                self._read(key, _checked(key, value), loaded)
            except Malformed as error:
                loaded.damage = f"row {key.hex()}: {error}"
        if loaded.floor is None and not loaded.damage:
            self._begin(own, rows, floor, loaded)
        if loaded.floor is not None and (loaded.floor.height, loaded.floor.digest) != (
            floor.height,
            floor.digest,
        ):
            loaded.damage = f"the chain ends at height {floor.height}, the vote table at {loaded.floor.height}"
        return loaded

    def _begin(self, own: Mapping[bytes, bytes], rows: Mapping[bytes, bytes], floor: Floor, loaded: Loaded) -> None:
        """Without a sentinel: this epoch begins here, or the vote table is lost."""
        before = None if own else self._before(rows)
        if before is None:
            if own or floor.height > 0 or not self._setup.is_new:
                loaded.damage = "the sentinel row is missing: the vote table was lost, or is of another database"
        elif (before.floor.height, before.floor.digest) != (floor.height, floor.digest):
            loaded.damage = f"the chain ends at height {floor.height}, the ended epoch's table at {before.floor.height}"
        else:  # a key whose votes were lost stays silent: it may have voted here before the loss
            loaded.may_vote = before.may_vote or before.member != self._member

    def _before(self, rows: Mapping[bytes, bytes]) -> _Sentinel | None:
        """What the epoch before this one left."""
        key = _SENTINEL + (self._setup.epoch - 1).to_bytes(8, "big")
        try:
            return _Sentinel.parse(_checked(key, rows[key])) if key in rows else None
        except Malformed:
            return None

    def of_ended_epochs(self, rows: Mapping[bytes, bytes]) -> list[bytes]:
        """The keys of rows that no vote can need any more; evidence is kept."""
        return [key for key in sorted(rows) if key[1:9] < self._epoch and key[:1] != _EVIDENCE]

    def _read(self, key: bytes, payload: bytes, loaded: Loaded) -> None:
        size, view = len(self._setup.vote_keys), int.from_bytes(key[9:17], "big")
        letter = key[:1]
        if letter == _SENTINEL:
            self._read_sentinel(payload, loaded)
            return
        if letter == _EVIDENCE:
            found = Evidence.parse(payload, size, self._setup.epoch, self._setup.epoch_id)
            loaded.evidence.append(found)
            return
        self._keys.setdefault(view, set()).add(key)
        if letter == _VOTE:
            loaded.votes.append(Vote.from_value(decode(payload, bytes_max=1024), size))
        elif letter == _BLOCK:
            loaded.bodies.append(binary(payload, 1, BLOCK_BYTES_MAX))
        elif letter == _PROPOSAL:
            loaded.proposals.append(binary(payload, 1, MESSAGE_BYTES_MAX))
        elif letter == _CERTIFICATE:
            loaded.certificates.append(Certificate.parse(payload, size))
        else:
            raise Malformed("a row of no known kind")

    def _read_sentinel(self, payload: bytes, loaded: Loaded) -> None:
        found = _Sentinel.parse(payload)
        if (found.epoch_id, found.member) != (self._setup.epoch_id, self._member):
            raise Malformed("the vote table is of another ledger or another vote key")
        loaded.floor, loaded.may_vote = found.floor, found.may_vote


@dataclass(frozen=True, slots=True)
class _Sentinel:
    """member: its vote key; empty of a follower. The floor's time is not in the row."""

    epoch_id: bytes
    member: bytes
    may_vote: bool
    floor: Floor

    @classmethod
    def parse(cls, payload: bytes) -> _Sentinel:
        items = list_of(decode(payload, bytes_max=_SENTINEL_BYTES_MAX), 7, 7)
        certificate = binary(items[6], 0, CERTIFICATE_BYTES_MAX)
        floor = Floor(number(items[3]), binary(items[4], 32), 0, number(items[5]), certificate)
        return cls(binary(items[0], 32), binary(items[1], 0, 32), items[2] is True, floor)


def evidence_in(rows: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """The evidence of every epoch by its row's key, as `RecordEvidence` told of it once. Damaged rows are not in it."""
    kept = dict[bytes, bytes]()
    for key, value in sorted(rows.items()):
        if key[:1] == _EVIDENCE:
            try:
                kept[key] = _checked(key, value)
            except Malformed:
                continue  # `load` says so of this epoch's
    return kept


def _row(key: bytes, payload: bytes) -> tuple[bytes, bytes]:
    return key, payload + sha256(key + payload)[:_CHECK_BYTES]


def _checked(key: bytes, value: bytes) -> bytes:
    payload = value[:-_CHECK_BYTES]
    if _row(key, payload)[1] != value:
        raise Malformed("the checksum does not hold")
    return payload
