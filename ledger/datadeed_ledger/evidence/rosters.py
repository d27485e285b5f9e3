"""The walk over the changes of the roster: from the founding roster, step by step, to the one that signs now.

A step proves the next roster to whoever knows the one before: a checkpoint cosigned by a quorum of that one ends with
the header that names the next; the `amend_roster` entry, the leaf before, carries its document; and the rules permit
the entry, by the same walk over its preconditions as at admission. `Rosters` is what was walked so far. The judge of a
pack, a client that remembers a ledger and a node take their rosters from here.

Left out: that the checkpoint of a step belongs to the log that is in question, which a consistency proof shows; and the
two preconditions that need the state of that time (104 the entry is new, 986 no key is a party's), which rest on the
quorum. Spec: docs/spec/evidence.md section 11, docs/spec/ledger.md section 6.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Never

from datadeed_ledger.admission import judge
from datadeed_ledger.checkpoint import Checkpoint, SignedCheckpoint, TlogProof, parse_tlog_proof, verify_checkpoint
from datadeed_ledger.entry import AMEND_ROSTER, MEMBER_ID_BYTES, Entry
from datadeed_ledger.errors import Refused, Unproven
from datadeed_ledger.evidence.codecs import entry_twin
from datadeed_ledger.evidence.consistency import prove_consistency
from datadeed_ledger.evidence.headers import check_ascending
from datadeed_ledger.evidence.names import CONSISTENCY, Contents, RosterStep, roster_part
from datadeed_ledger.evidence.trail import Undecided, in_part, require
from datadeed_ledger.header import Header
from datadeed_ledger.keys import verify
from datadeed_ledger.kinds.row import Case, Precondition
from datadeed_ledger.merkle import leaf_hash
from datadeed_ledger.register import Register
from datadeed_ledger.roster import Genesis, Roster
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.state import Context, OutOfReach

NOT_JUDGED: Final = frozenset((104, 986))  # preconditions that need the state before the boundary block


@dataclass(frozen=True, slots=True)
class Boundary:
    """How a roster came into force. signed: the boundary checkpoint, whose last leaf is `header`.

    index: of the entry in the log, the leaf before the header.
    """

    index: int
    entry: Entry
    header: Header
    signed: SignedCheckpoint


@dataclass(frozen=True, slots=True)
class InForce:
    """A roster and where it governs from. since_ms: time of the block that recorded it; boundary: None, the founders.

    log_size: leaves before the first block under it; height: of that block.
    """

    roster: Roster
    since_ms: int
    boundary: Boundary | None = None

    @property
    def log_size(self) -> int:
        return 0 if self.boundary is None else self.boundary.header.log_size

    @property
    def height(self) -> int:
        return 0 if self.boundary is None else self.boundary.header.height + 1


@dataclass(frozen=True, slots=True)
class Rosters:
    """Every roster of a ledger from the founding one to the newest that was proven; roster v is in_force[v - 1]."""

    genesis: Genesis
    in_force: tuple[InForce, ...]

    @classmethod
    def founded(cls, genesis: Genesis) -> Rosters:
        """The founding roster alone."""
        return cls(genesis, (InForce(genesis.roster, genesis.time_ms),))

    @property
    def newest(self) -> Roster:
        return self.in_force[-1].roster

    def boundaries(self) -> Iterator[Boundary]:
        """Of every version after the first, ascending."""
        return (each.boundary for each in self.in_force if each.boundary is not None)

    def at(self, log_size: int) -> InForce:
        """What governs the block with which the log has `log_size` leaves; after the last change, the newest."""
        return self.in_force[max(bisect_left(self.in_force, log_size, key=lambda each: each.log_size), 1) - 1]

    def governing(self, header: Header, *, last: bool) -> Roster:
        """The roster of this header's place. Raises `Undecided` unless the header names it, and what follows it.

        last: whether the header ends the log that is in question; what follows it then is its own to say.
        """
        place = self.at(header.log_size)
        roster = place.roster
        require_named(header, roster)
        straddles = header.first < place.log_size
        follows = self.in_force[roster.version : roster.version + 1]
        ends = bool(follows) and follows[0].log_size == header.log_size
        expected = follows[0].roster if ends else roster
        named = (header.next_roster_version, header.next_roster_digest)
        free = last and not follows
        if straddles or not (free or named == (expected.version, expected.digest)):
            raise Undecided(
                "roster",
                f"the header at height {header.height} names {header.next_roster_version} as the next roster, "
                f"which is not what the changes of the roster give for its place",
            )
        return roster

    def follow(self, step: RosterStep) -> Rosters:
        """With the roster that this step proves. Raises `Unproven` or `Malformed`, naming the part; section 11."""
        present = self.newest
        origin, version = self.genesis.origin, present.version + 1
        with in_part(roster_part(version, "document.json")):
            following = Roster.parse(step.document, origin)
            numbers = {version, step.version, following.version}
            require(len(numbers) == 1, f"version {following.version} cannot follow version {present.version}")
        with in_part(roster_part(version, "header.txt")):
            header = self._boundary_header(step.header, following)
        with in_part(roster_part(version, "checkpoint")):
            signed = verify_checkpoint(step.checkpoint, present, header)
        with in_part(roster_part(version, "header.tlog-proof")):
            proof = _proof(step.header_proof, signed, header.index)
            proof.verify(leaf_hash(step.header), signed.checkpoint)
        with in_part(roster_part(version, "entry.msgpack")):
            entry = Entry.parse(step.leaf)
            carries = entry.kind == AMEND_ROSTER and entry.body.data["roster"] == step.document
            require(carries, f"the entry does not put roster {version} in force")
        with in_part(roster_part(version, "entry.tlog-proof")):
            proof = _proof(step.proof, signed, header.first)
            proof.verify(leaf_hash(step.leaf), signed.checkpoint)
        with in_part(roster_part(version, "entry.json")):
            require(step.twin == entry_twin(entry, header.first), "the readable text is not the one of the entry")
        with in_part(roster_part(version, "entry.msgpack")):
            _check_permitted(entry, self._context(header))
        boundary = Boundary(header.first, entry, header, signed)
        return Rosters(self.genesis, (*self.in_force, InForce(following, header.time_ms, boundary)))

    def _boundary_header(self, data: bytes, following: Roster) -> Header:
        """The header that ends the newest epoch with one entry and names `following`."""
        header = Header.parse(data)
        require(header.ledger == self.genesis.fingerprint, "the header is of another ledger")
        require(header.origin == self.genesis.origin, "the header is of another origin")
        require_named(header, self.newest)
        named = (header.next_roster_version, header.next_roster_digest)
        require(named == (following.version, following.digest), "the header names another next roster")
        require(header.entries == 1, f"the block has {header.entries} entries; a change of the roster is alone in it")
        before = self.in_force[-1].boundary
        check_ascending([header] if before is None else [before.header, header])
        return header

    def _context(self, header: Header) -> Context:
        return Context(self.genesis.fingerprint, header.height, header.time_ms, self.newest, _any_rules())


def require_named(header: Header, roster: Roster) -> None:
    """Raise `Undecided` unless the header names this roster as the one in force."""
    if (header.roster_version, header.roster_digest) != (roster.version, roster.digest):
        raise Undecided(
            "roster",
            f"the header at height {header.height} names roster {header.roster_version} "
            f"(sha256:{header.roster_digest.hex()}); proven for its place is roster {roster.version}",
        )


def walk_rosters(contents: Contents, genesis: Genesis, newest: Checkpoint) -> Rosters:
    """Every roster that the pack's parts prove. newest: the pack's checkpoint, which is only believed so far.

    Raises `Unproven` or `Malformed`, also where header.txt is not under the last of them.
    """
    rosters = Rosters.founded(genesis)
    for part in contents.rosters:
        rosters = rosters.follow(part.step)
        boundary = rosters.in_force[-1].boundary
        assert boundary is not None, "a roster that followed has one"
        with in_part(roster_part(part.step.version, CONSISTENCY)):
            prove_consistency(part.consistency, boundary.signed.checkpoint, newest)
    return rosters


def _proof(data: bytes, signed: SignedCheckpoint, index: int) -> TlogProof:
    """A proof of the leaf at `index` that embeds the boundary checkpoint, to the byte."""
    proof = parse_tlog_proof(data, known_note=signed.note)
    require(proof.note == signed.note, "the checkpoint inside is not the one of this change, byte for byte")
    require(proof.index == index, f"the proof is for index {proof.index}, not {index}")
    return proof


def _check_permitted(entry: Entry, context: Context) -> None:
    """Raise `Unproven` unless the rules permit the entry in its block, as far as they need no state."""
    members_only = all(len(signer) == MEMBER_ID_BYTES for signer in entry.body.by)
    require(members_only, "a party is among the signers (rule 109)")
    left_open = list[Precondition[Any]]()
    try:
        judge(Case(entry, entry.body.data, Register(Nothing()), context, left_open), _check_signature)
    except Refused as refusal:
        raise Unproven("rosters", f"the entry breaks rule {refusal.number}: {refusal.en}") from refusal
    assert {each.number for each in left_open} == NOT_JUDGED, "all other preconditions are judged here"


def _check_signature(public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
    verify(public_key, message, signature)


class Nothing:
    """The state before a boundary block, of which the walk knows nothing. Satisfies `StateReader`."""

    def record(self, key: bytes) -> Never:
        raise OutOfReach

    def records_under(self, prefix: bytes) -> Never:
        raise OutOfReach

    def entry_index(self, entry_id: bytes) -> Never:
        raise OutOfReach

    def leaf(self, index: int) -> Never:
        raise OutOfReach

    def events_frontier(self, subject: str) -> Never:
        raise OutOfReach

    def event_index(self, subject: str, position: int) -> Never:
        raise OutOfReach


@lru_cache(maxsize=1)
def _any_rules() -> RuleSet:
    """A context has a rule set, and this kind asks it nothing: no rule of `amend_roster` differs between pilots."""
    return RuleSet.load("demo-fast")
