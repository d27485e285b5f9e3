"""The ground of a pack: founding document, rosters, proven checkpoint, newest header, policy; all else stands on it.

Spec: docs/spec/ledger.md sections 4, 6 and 7; docs/spec/evidence.md section 4, up to step 5, and section 11.
"""

from __future__ import annotations

from dataclasses import dataclass

from datadeed_ledger.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    TlogProof,
    parse_tlog_proof,
    policy_text,
    verify_checkpoint,
)
from datadeed_ledger.encoding import sha256
from datadeed_ledger.evidence.headers import check_ascending
from datadeed_ledger.evidence.names import CHECKPOINT, GENESIS, HEADER, HEADER_PROOF, Contents
from datadeed_ledger.evidence.rosters import Rosters, require_named, walk_rosters
from datadeed_ledger.evidence.trail import Trail, in_part, require
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import leaf_hash
from datadeed_ledger.notes import Note
from datadeed_ledger.roster import Genesis, Roster


@dataclass(frozen=True, slots=True)
class Ground:
    """What is proven before any entry or record is looked at. header: the checkpoint's last leaf; header_id: its H.

    rosters: every one up to that which the header names, under which the checkpoint is proven.
    """

    genesis: Genesis
    signed: SignedCheckpoint
    header: Header
    header_id: bytes
    rosters: Rosters

    @property
    def roster(self) -> Roster:
        """The one that the checkpoint is proven under: the newest here."""
        return self.rosters.newest

    @property
    def checkpoint(self) -> Checkpoint:
        return self.signed.checkpoint

    def proof(self, data: bytes) -> TlogProof:
        """A tlog-proof of this pack. Raises `Unproven` if it embeds another checkpoint than the pack's, to the byte."""
        proof = parse_tlog_proof(data, known_note=self.signed.note)
        require(proof.note == self.signed.note, "the checkpoint inside is not the pack's checkpoint, byte for byte")
        return proof

    def own_header(self, data: bytes) -> Header:
        """A block header. Raises `Unproven` unless it is of this ledger and names the rosters that govern its place."""
        header = Header.parse(data)
        require(header.ledger == self.genesis.fingerprint, "the header is of another ledger")
        require(header.origin == self.genesis.origin, "the header is of another origin")
        self.roster_of(header)
        return header

    def roster_of(self, header: Header) -> Roster:
        """The roster that governs this header's block. Raises `Undecided` unless the header names it."""
        return self.rosters.governing(header, last=header.log_size == self.checkpoint.size)


def lay_ground(contents: Contents, fingerprint: bytes, trail: Trail) -> Ground:
    """Steps fingerprint, rosters, checkpoint, header, policy."""
    with trail.step("fingerprint"):
        found = sha256(contents.genesis)
        require(found == fingerprint, f"the founding document's SHA-256 is {found.hex()}, not {fingerprint.hex()}")
        with in_part(GENESIS):
            genesis = Genesis.parse(contents.genesis)
        trail.held("fingerprint", f"{genesis.origin}, {found.hex()}.", f"{genesis.origin}，{found.hex()}。")
    rosters = _rosters(contents, genesis, trail)
    with trail.step("checkpoint"):
        ground = _proven_checkpoint(contents, rosters)
        signers = ", ".join(ground.signed.cosigners)
        count, size = len(ground.signed.cosigners), ground.roster.size
        trail.held(
            "checkpoint",
            f"{count} of {size} institutions, {ground.roster.quorum} are needed: {signers}.",
            f"{size} 家节点机构中的 {count} 家已签署，至少需 {ground.roster.quorum} 家：{signers}。",
        )
    with trail.step("header"):
        with in_part(HEADER):
            ground.own_header(contents.header)
        with in_part(HEADER_PROOF):
            proof = ground.proof(contents.header_proof)
            require(proof.index == ground.checkpoint.size - 1, "the index is not the checkpoint's last")
            proof.verify(leaf_hash(contents.header), ground.checkpoint)
        trail.held("header", f"Height {ground.header.height}.", f"区块高度 {ground.header.height}。")
    with trail.step("policy"):
        _check_policy(contents.policy, ground)
        trail.held("policy")
    return ground


def _rosters(contents: Contents, genesis: Genesis, trail: Trail) -> Rosters:
    """Step rosters, where the pack has changes of the roster; else the founding roster is all."""
    if not contents.rosters:
        return Rosters.founded(genesis)
    with trail.step("rosters"):
        with in_part(CHECKPOINT):
            newest = Checkpoint.parse(Note.parse(contents.checkpoint).body)
        rosters = walk_rosters(contents, genesis, newest)
        with in_part(HEADER):
            header = Header.parse(contents.header)
            require_named(header, rosters.newest)
            check_ascending([*(boundary.header for boundary in rosters.boundaries()), header])
        indexes = ", ".join(str(boundary.index) for boundary in rosters.boundaries())
        version = rosters.newest.version
        trail.held(
            "rosters",
            f"Roster {version}; changes at log indexes {indexes}.",
            f"名册第 {version} 版；变更条目的日志序号：{indexes}。",
        )
    return rosters


def _proven_checkpoint(contents: Contents, rosters: Rosters) -> Ground:
    with in_part(HEADER):
        header = Header.parse(contents.header)
        require_named(header, rosters.newest)
    with in_part(CHECKPOINT):
        signed = verify_checkpoint(contents.checkpoint, rosters.newest, header)
    return Ground(rosters.genesis, signed, header, sha256(contents.header), rosters)


def _check_policy(policy: bytes, ground: Ground) -> None:
    """The policy names one log key, any of those that signed this checkpoint; nothing else in it is free."""
    signers = (ground.roster.by_name(name) for name in ground.signed.log_signers)
    allowed = [policy_text(ground.roster, member.log) for member in signers if member is not None]
    require(policy in allowed, "policy.txt is not the one that the roster and the checkpoint give")
