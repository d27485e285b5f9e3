"""The ground of a pack: founding document, proven checkpoint, newest header, policy. All else is checked against it.

Spec: docs/spec/ledger.md sections 4, 6 and 7; docs/spec/evidence.md section 4, steps 2 to 5.
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
from datadeed_ledger.evidence.names import CHECKPOINT, GENESIS, HEADER, HEADER_PROOF, Contents
from datadeed_ledger.evidence.trail import Trail, Undecided, in_part, require
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import leaf_hash
from datadeed_ledger.roster import Genesis, Roster


@dataclass(frozen=True, slots=True)
class Ground:
    """What is proven before any entry or record is looked at. header: the checkpoint's last leaf; header_id: its H."""

    genesis: Genesis
    signed: SignedCheckpoint
    header: Header
    header_id: bytes

    @property
    def roster(self) -> Roster:
        return self.genesis.roster

    @property
    def checkpoint(self) -> Checkpoint:
        return self.signed.checkpoint

    def proof(self, data: bytes) -> TlogProof:
        """A tlog-proof of this pack. Raises `Unproven` if it embeds another checkpoint than the pack's, to the byte."""
        proof = parse_tlog_proof(data, known_note=self.signed.note)
        require(proof.note == self.signed.note, "the checkpoint inside is not the pack's checkpoint, byte for byte")
        return proof

    def own_header(self, data: bytes) -> Header:
        """A block header. Raises `Unproven` unless it is of this ledger and of the roster that is known here."""
        header = Header.parse(data)
        require(header.ledger == self.genesis.fingerprint, "the header is of another ledger")
        require(header.origin == self.genesis.origin, "the header is of another origin")
        check_roster(header, self.roster)
        return header


def lay_ground(contents: Contents, fingerprint: bytes, trail: Trail) -> Ground:
    """Steps fingerprint, checkpoint, header, policy."""
    with trail.step("fingerprint"):
        found = sha256(contents.genesis)
        require(found == fingerprint, f"the founding document's SHA-256 is {found.hex()}, not {fingerprint.hex()}")
        with in_part(GENESIS):
            genesis = Genesis.parse(contents.genesis)
        trail.held("fingerprint", f"{genesis.origin}, {found.hex()}.", f"{genesis.origin}，{found.hex()}。")
    with trail.step("checkpoint"):
        ground = _proven_checkpoint(contents, genesis)
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


def _proven_checkpoint(contents: Contents, genesis: Genesis) -> Ground:
    with in_part(HEADER):
        header = Header.parse(contents.header)
        check_roster(header, genesis.roster)
    with in_part(CHECKPOINT):
        signed = verify_checkpoint(contents.checkpoint, genesis.roster, header)
    return Ground(genesis, signed, header, sha256(contents.header))


def check_roster(header: Header, roster: Roster) -> None:
    """Raise `Undecided` if the header stands under a later roster: this version cannot walk there from genesis yet."""
    if (header.roster_version, header.roster_digest) != (roster.version, roster.digest):
        raise Undecided(
            "roster",
            f"the header at height {header.height} names roster {header.roster_version} "
            f"(sha256:{header.roster_digest.hex()}); this version knows roster 1 of the founding document alone",
        )


def _check_policy(policy: bytes, ground: Ground) -> None:
    """The policy names one log key, any of those that signed this checkpoint; nothing else in it is free."""
    signers = (ground.roster.by_name(name) for name in ground.signed.log_signers)
    allowed = [policy_text(ground.roster, member.log) for member in signers if member is not None]
    require(policy in allowed, "policy.txt is not the one that the founding document and the checkpoint give")
