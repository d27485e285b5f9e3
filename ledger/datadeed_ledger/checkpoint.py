"""Checkpoints, who signed them, and when one is *proven*; tlog-proof and witness-policy texts (C2SP, unchanged).

A checkpoint commits to the whole log in three lines and is signed in two ways:

    ledger.example.cn/dataip
    18
    iXWayAM80ewTGjY3cGu8XuBHwWCLsJfZ52pl2mR/GEs=

    — ledger.example.cn/dataip <base64 of key id || signature>          0x01: the serving institution, over the text
    — exchange.example.cn <base64 of key id || u64 time || signature>   0x04: cosignature/v1, one per institution

Left out: collecting signatures and refusing to sign two roots (the node's), and that the last header is indeed the
checkpoint's last leaf (the caller verifies its inclusion). Spec: docs/spec/ledger.md sections 4 and 7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from datadeed_ledger.encoding import decimal, from_b64, to_b64
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.header import Header
from datadeed_ledger.keys import SigningKey, is_valid
from datadeed_ledger.merkle import HASH_BYTES, TREE_SIZE_MAX, verify_inclusion
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, NOTE_BYTES_MAX, Note, SignatureLine, VerifierKey
from datadeed_ledger.roster import Roster

PATH_HASHES_MAX: Final = 53  # a log has fewer than 2**53 leaves
TLOG_PROOF_BYTES_MAX: Final = NOTE_BYTES_MAX + 4096
TIME_BYTES: Final = 8
_BODY = re.compile(rb"([!-*,-~]{1,255})\n([0-9]{1,20})\n([A-Za-z0-9+/]{43}=)\n")
_TLOG_PROOF_HEAD: Final = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log's name, its size in leaves, and its root."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> bytes:
        """The three lines that the signatures cover."""
        return f"{self.origin}\n{self.size}\n{to_b64(self.root)}\n".encode("ascii")

    @classmethod
    def parse(cls, body: bytes) -> Checkpoint:
        """The checkpoint that three lines spell. Raises Malformed, also for an extension line."""
        lines = _BODY.fullmatch(body)
        if lines is None:
            raise Malformed("a checkpoint is three lines: origin, size, root in base64")
        origin, size, root = (part.decode("ascii") for part in lines.groups())
        return cls(origin, decimal(size, maximum=TREE_SIZE_MAX), from_b64(root, length=HASH_BYTES))


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint that is proven under one roster."""

    note: bytes  # as it was read, with all its lines
    checkpoint: Checkpoint
    log_signers: tuple[str, ...]  # members whose log key signed, in the note's order
    cosigners: Mapping[str, int]  # member -> POSIX seconds of its cosignature, in the note's order
    time_s: int  # the lower median of all of these


def sign_checkpoint(checkpoint: Checkpoint, vkey: VerifierKey, key: SigningKey) -> SignatureLine:
    """The 0x01 line of the institution that serves this checkpoint."""
    assert vkey.key_type == LOG_TYPE, "a log key signs checkpoints"
    assert vkey.public_key == key.public_key, "the key is that of its name"
    return SignatureLine(vkey.name, vkey.key_id, key.sign(checkpoint.body))


def cosign(checkpoint: Checkpoint, vkey: VerifierKey, key: SigningKey, time_s: int) -> SignatureLine:
    """The 0x04 line of one institution at `time_s` POSIX seconds."""
    assert vkey.key_type == COSIGNATURE_TYPE, "a cosign key cosigns"
    assert vkey.public_key == key.public_key, "the key is that of its name"
    signature = key.sign(_cosigned(checkpoint.body, time_s))
    return SignatureLine(vkey.name, vkey.key_id, time_s.to_bytes(TIME_BYTES, "big") + signature)


def check_log_line(checkpoint: Checkpoint, vkey: VerifierKey, line: SignatureLine) -> None:
    """Raise Unproven unless `line` is this log key's signature on the checkpoint."""
    _require((line.name, line.key_id) == (vkey.name, vkey.key_id), "a line is by another key")
    _require(is_valid(vkey.public_key, checkpoint.body, line.signature), f"{vkey.name}'s log signature is bad")


def check_cosignature(checkpoint: Checkpoint, vkey: VerifierKey, line: SignatureLine) -> int:
    """The POSIX seconds at which `line` cosigned. Raises Unproven unless it is this key's cosignature."""
    _require((line.name, line.key_id) == (vkey.name, vkey.key_id), "a line is by another key")
    time_s = int.from_bytes(line.signature[:TIME_BYTES], "big")
    good = is_valid(vkey.public_key, _cosigned(checkpoint.body, time_s), line.signature[TIME_BYTES:])
    _require(good, f"{vkey.name}'s cosignature is bad")
    return time_s


def verify_checkpoint(note_bytes: bytes, roster: Roster, last_header: Header | None) -> SignedCheckpoint:
    """Read a signed checkpoint and raise Unproven unless it is proven (section 4).

    (1) The text is a checkpoint of the ledger whose log keys the roster has. (2) Every line by a key of the roster
    is good; unknown keys are ignored, a key's second line is skipped. (3) A quorum of members cosigned. (4) At least
    one member's log key signed. (5) last_header, if given, is a header of this roster at the checkpoint's end, and
    the cosigners' time is not before its own. Raises Malformed if the bytes are no signed checkpoint.
    """
    note = Note.parse(note_bytes)
    checkpoint = Checkpoint.parse(note.body)
    _require(checkpoint.origin == roster.members[0].log.name, "the checkpoint is of another log")
    keys = {
        (key.name, key.key_id): (member.name, key) for member in roster.members for key in (member.cosign, member.log)
    }
    seen: set[tuple[str, bytes]] = set()
    log_signers: list[str] = []
    cosigners: dict[str, int] = {}
    for line in note.lines:
        named = (line.name, line.key_id)
        if named not in keys or named in seen:
            continue
        seen.add(named)
        member, key = keys[named]
        if key.key_type == COSIGNATURE_TYPE:
            cosigners[member] = check_cosignature(checkpoint, key, line)
        else:
            check_log_line(checkpoint, key, line)
            log_signers.append(member)
    _require(len(cosigners) >= roster.quorum, f"{len(cosigners)} members cosigned, {roster.quorum} are needed")
    _require(bool(log_signers), "no member's log key signed")
    time_s = lower_median(list(cosigners.values()))
    if last_header is not None:
        _check_header(checkpoint, time_s, roster, last_header)
    return SignedCheckpoint(note_bytes, checkpoint, tuple(log_signers), cosigners, time_s)


def _check_header(checkpoint: Checkpoint, time_s: int, roster: Roster, header: Header) -> None:
    _require(header.origin == checkpoint.origin, "the last header is of another log")
    _require(header.log_size == checkpoint.size, "the header is not the checkpoint's last leaf")
    named = (header.roster_version, header.roster_digest)
    _require(named == (roster.version, roster.digest), "the last header names another roster")
    # A cosignature's T covers its whole second.
    early = time_s * 1000 + 999 < header.time_ms - header.slack_ms
    _require(not early, "the cosigners signed before the block's time")


def lower_median(times_s: Sequence[int]) -> int:
    """The middle one, of an even number the earlier of the two in the middle."""
    return sorted(times_s)[(len(times_s) - 1) // 2]


def policy_text(roster: Roster, log_vkey: VerifierKey) -> bytes:
    """The tlog-policy by which anybody's tool can check a checkpoint that `log_vkey` signed."""
    names = " ".join(member.name for member in roster.members)
    lines = [f"log {log_vkey.text}"]
    lines += [f"witness {member.name} {member.cosign.text}" for member in roster.members]
    lines += [f"group Q {roster.quorum} {names}", "quorum Q"]
    return ("\n".join(lines) + "\n").encode("ascii")


@dataclass(frozen=True, slots=True)
class TlogProof:
    """One leaf's way to a checkpoint, with the checkpoint."""

    index: int
    path: tuple[bytes, ...]  # sibling hashes, leaf to root
    note: bytes  # the signed checkpoint, byte for byte

    def to_text(self) -> bytes:
        """`c2sp.org/tlog-proof@v1`, the index, one hash a line, an empty line, the checkpoint verbatim."""
        lines = [_TLOG_PROOF_HEAD, f"index {self.index}", *(to_b64(item) for item in self.path)]
        return ("\n".join(lines) + "\n\n").encode("ascii") + self.note

    @property
    def checkpoint(self) -> Checkpoint:
        """What the proof says to lead to; whose word that is, only verify_checkpoint tells."""
        return Checkpoint.parse(Note.parse(self.note).body)

    def verify(self, hash_of_leaf: bytes, checkpoint: Checkpoint) -> None:
        """Raise Unproven unless this leaf stands at `index` under a checkpoint that the verifier trusts."""
        verify_inclusion(self.index, checkpoint.size, hash_of_leaf, self.path, checkpoint.root)


def tlog_proof_text(index: int, path: Sequence[bytes], note: bytes) -> bytes:
    """The tlog-proof of leaf `index` under the signed checkpoint `note`."""
    return TlogProof(index, tuple(path), note).to_text()


def parse_tlog_proof(data: bytes, *, known_note: bytes | None = None) -> TlogProof:
    """The proof that these bytes spell. Raises Malformed; proves nothing by itself. No `extra` line is allowed.

    known_note: a checkpoint that was parsed before; one that is the same to the byte is not parsed again.
    """
    if len(data) > TLOG_PROOF_BYTES_MAX:
        raise Malformed(f"a tlog-proof has at most {TLOG_PROOF_BYTES_MAX} bytes")
    head, empty_line, note = data.partition(b"\n\n")
    try:
        first, *rest = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("a tlog-proof is ASCII text before its checkpoint") from error
    if first != _TLOG_PROOF_HEAD or not rest or not rest[0].startswith("index ") or not empty_line:
        raise Malformed(f"a tlog-proof is {_TLOG_PROOF_HEAD}, an index, hashes, an empty line, a checkpoint")
    if len(rest) > PATH_HASHES_MAX + 1:
        raise Malformed(f"a tlog-proof has at most {PATH_HASHES_MAX} hashes")
    if note != known_note:
        Checkpoint.parse(Note.parse(note).body)
    index = decimal(rest[0].removeprefix("index "), maximum=TREE_SIZE_MAX)
    return TlogProof(index, tuple(_path_hash(line) for line in rest[1:]), note)


@lru_cache(maxsize=4096)
def _path_hash(line: str) -> bytes:
    """One hash of a path. The proofs of one pack share all but their lowest; so this is remembered."""
    return from_b64(line, length=HASH_BYTES)


def _cosigned(body: bytes, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n".encode("ascii") + body


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise Unproven("checkpoint", reason)
