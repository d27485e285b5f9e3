"""`datadeed-node verify`, steps (3) and (4): whatever in the store is signed, under the roster that governs it.

Certificates and checkpoints of an epoch hold under its own roster alone: the header of the block says which it is, and
the log, replayed into the replica, what that roster consists of.
"""

from __future__ import annotations

from datadeed_consensus.guard import Kind
from datadeed_consensus.votes import Certificate
from datadeed_ledger.checkpoint import Checkpoint, check_cosignature, verify_checkpoint
from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import DatadeedError, Malformed
from datadeed_ledger.evidence.timestamps import read_stamp
from datadeed_ledger.header import HEADER_FIRST_BYTE, Header
from datadeed_ledger.keys import VOTE_TAG, is_valid
from datadeed_ledger.merkle import root_at
from datadeed_ledger.notes import Note, SignatureLine
from datadeed_ledger.roster import Roster
from datadeed_node import layout
from datadeed_node.cosigner_messages import FIRST_CHANGED, Cosignature
from datadeed_node.database import Database, StoreDamaged
from datadeed_node.epochs import Epochs
from datadeed_node.fault import Fault, Progress
from datadeed_node.gathering import own_cosignature
from datadeed_node.roster_rows import boundary_header, require_boundary
from datadeed_node.stamps import stamp_of_row
from datadeed_node.store import Store


class SignedRows:
    """The signed rows of one store, held against the replica that its leaves make. Every check raises Fault."""

    def __init__(self, database: Database, replica: Store, own_name: str, progress: Progress) -> None:
        self._database = database
        self._replica = replica
        self._own_name = own_name
        self._progress = progress
        self._epochs = Epochs(replica)

    # --- (3) ---------------------------------------------------------------------------------------------------------

    def check_certificates(self, last: int) -> None:
        """Every certificate holds in its epoch. Each epoch's last block has one, which covers all before in it."""
        for height in range(1, last + 1):
            self._progress("certificates", height, last)
            header, data = Header.parse(self._replica.header_at(height)), self._replica.finality(height).certificate
            if data or height == last or header.ends_epoch:
                wrong = self._wrong_certificate(header, data)
                if wrong:
                    what = f"the certificate of block {height} {wrong}"
                    raise Fault(what, height, key=layout.height_key(height).hex())

    def _wrong_certificate(self, header: Header, data: bytes) -> str:
        roster = self._replica.roster_of(header)
        try:
            certificate = Certificate.parse(data, roster.size)
        except Malformed as error:
            return f"cannot be read: {error}"
        statement = certificate.statement
        if statement.kind is not Kind.FINALIZE:
            return "does not make it final"
        named = (statement.height, statement.ends_epoch, statement.block_hash)
        if named != (header.height, header.ends_epoch, sha256(self._replica.header_at(header.height))):
            return "is for another block"
        message = self._message(certificate, roster)
        for vote in certificate.votes():
            member = roster.members[vote.signer]
            if not is_valid(member.vote, message, vote.signature):
                return f"does not carry the signature of {member.name}, member {vote.signer} of roster {roster.version}"
        return ""

    def _message(self, certificate: Certificate, roster: Roster) -> bytes:
        """What the votes of this certificate signed, if it is of the epoch that `roster` governs."""
        prefix = VOTE_TAG + bytes((Kind.FINALIZE,)) + self._epochs.id_of(roster)
        return certificate.statement.to_bytes({Kind.FINALIZE: prefix}, roster.version)

    # --- (4) ---------------------------------------------------------------------------------------------------------

    def check_published(self) -> int:
        """The size under the published checkpoint; 0 where none was published yet."""
        note = self._database.get(layout.PUBLISHED)
        if note is None:
            return 0
        key = layout.PUBLISHED.hex()
        try:
            size = Checkpoint.parse(Note.parse(note).body).size
            header = self._header_of(size)
            signed = verify_checkpoint(note, self._replica.roster_of(header), header)
        except (DatadeedError, StoreDamaged) as error:
            raise Fault(f"the published checkpoint does not hold: {error}", key=key) from error
        if signed.checkpoint.root != root_at(size, self._replica.hash):
            raise Fault(f"the published checkpoint of {size} leaves is not of this log", key=key)
        return size

    def check_boundaries(self, published_size: int) -> None:
        """Every roster up to that of the published checkpoint has the checkpoint that proves its beginning.

        That of a later one may be missing still; whichever is there holds, under the roster before.
        """
        published = self._header_of(published_size).roster_version if published_size else 1
        for version in range(FIRST_CHANGED, self._replica.roster.version + 1):
            key, index = layout.boundary_key(version), self._replica.roster_index(version)
            note, block = self._database.get(key), self._replica.block_height_of(index)
            what = f"the checkpoint that proves the beginning of roster {version}"
            if note is None and version <= published:
                raise Fault(f"{what} is missing", block, index, key.hex())
            if note is not None:
                try:
                    require_boundary(self._replica, self._replica.rosters, version, note)
                except DatadeedError as error:
                    raise Fault(f"{what} does not hold: {error}", block, index, key.hex()) from error
        for letter in (b"z", b"o"):
            for key, _ in self._database.scan(letter, layout.after(letter)):
                if not FIRST_CHANGED <= layout.number_of(key[1:]) <= self._replica.roster.version:
                    raise Fault("a row about the beginning of a roster that the log does not name", key=key.hex())

    def check_cosigned(self) -> None:
        """This node's newest cosignature, and those of boundaries that are not proven yet, are by its own keys."""
        row = self._database.get(layout.COSIGNED)
        if row is not None:
            self._check_own(layout.COSIGNED, row, None, "the node's newest cosignature")
        for version in range(FIRST_CHANGED, self._replica.roster.version + 1):
            key = layout.own_boundary_key(version)
            row = self._database.get(key)
            if row is None:
                continue
            what = f"the node's cosignature for the beginning of roster {version}"
            if self._database.get(layout.boundary_key(version)) is not None:
                raise Fault(f"{what} is there although the beginning is proven", key=key.hex())
            self._check_own(key, row, boundary_header(self._replica, version).log_size, what)

    def check_stamps(self) -> None:
        """Every time-stamp that is kept is over a proven checkpoint of this log; who signed it is not looked at."""
        for key, value in self._database.scan(layout.stamp_key(0), layout.after(b"y")):
            try:
                header = self._header_of(layout.number_of(key[1:]))
                signed = read_stamp(stamp_of_row(key, value), self._replica.roster_of(header)).signed.checkpoint
            except (DatadeedError, StoreDamaged) as error:
                raise Fault(f"a time-stamp does not hold: {error}", key=key.hex()) from error
            if signed.root != root_at(signed.size, self._replica.hash):
                raise Fault(f"the time-stamp over {signed.size} leaves is not of this log", key=key.hex())

    # --- inside ------------------------------------------------------------------------------------------------------

    def _header_of(self, size: int) -> Header:
        """The last header of the log of this size. Raises Malformed where there is none."""
        if not 0 < size <= self._replica.tip.log_size:
            raise Malformed(f"the log has no {size} leaves")
        leaf = self._replica.leaf(size - 1)
        if not leaf.startswith(HEADER_FIRST_BYTE):
            raise Malformed(f"the log of {size} leaves does not end with a block")
        return Header.parse(leaf)

    def _check_own(self, key: bytes, row: bytes, size: int | None, what: str) -> None:
        """A row of this node's own word. size: of which it must be, if of one alone."""
        try:
            own: Cosignature = own_cosignature(row)
            if size not in (None, own.size):
                raise Malformed(f"it is over {own.size} leaves, not {size}")
            header = self._header_of(own.size)
            roster = self._replica.roster_of(header)
            member = roster.by_name(self._own_name)
            if member is None:
                raise Malformed(f"{self._own_name} is no member of roster {roster.version}")
            line = SignatureLine(member.cosign.name, member.cosign.key_id, own.signed)
            check_cosignature(Checkpoint(header.origin, own.size, own.root), member.cosign, line)
            if root_at(own.size, self._replica.hash) != own.root:
                raise Malformed(f"it is over another log of {own.size} leaves")
        except (DatadeedError, StoreDamaged) as error:
            raise Fault(f"{what} does not hold: {error}", key=key.hex()) from error
