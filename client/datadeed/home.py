"""What the client remembers on this machine: which ledgers it knows, and what it keeps for each.

    $DATADEED_HOME (default: the platform's data folder)
      ledgers/<fingerprint>/
        genesis.json              exact bytes, of that hash
        nodes.json                addresses of institutions' nodes
        checkpoint                the newest proven checkpoint, as it was signed
        rosters/1.json            the founding roster, exact bytes
        rosters/<version>.zip     each later one with what proves it under the one before: `/rosters/<version>/evidence`
        keys/<name>.key           party keys, encrypted; beside each its <name>.enrol-request.json
        disclosures/<entry>.json  openings of sealed fields
        manifests/<entry>.json    files of a batch deposit
        drafts/<entry>.json       drafts that this machine made or signed, until they are recorded
        forks/                    pairs of checkpoints that do not agree: evidence, never deleted

Everything is owner-only and written whole or not at all. What is left out: what is trusted and why (`memory.py`).
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datadeed.keyring import LockedKey, read_key
from datadeed.nodes import node_url
from datadeed.owner_files import create_owned, read_limited, write_owned
from datadeed.rosters import EVIDENCE_BYTES_MAX, read_step
from datadeed.sealing import DISCLOSURES_BYTES_MAX, DisclosureFile
from datadeed_ledger.encoding import from_hex, jcs, parse_jcs
from datadeed_ledger.errors import DatadeedError, Malformed, Unproven
from datadeed_ledger.evidence.rosters import Rosters
from datadeed_ledger.notes import NOTE_BYTES_MAX
from datadeed_ledger.roster import GENESIS_BYTES_MAX, Genesis, Roster

HOME_VARIABLE: Final = "DATADEED_HOME"
NODES_BYTES_MAX: Final = 64 * 1024
_NAME_CHARS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


class NotConnected(DatadeedError):
    """This machine does not know the ledger or key, or knows several and was not told which; says what to do."""


def default_home() -> Path:
    """$DATADEED_HOME, or the folder where this platform keeps a user's application data. Raises `NotConnected`."""
    if chosen := os.environ.get(HOME_VARIABLE):
        return Path(chosen)
    try:
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "datadeed"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Application Support" / "datadeed"
        return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "datadeed"
    except RuntimeError as error:  # a user without a home, as in some containers
        raise NotConnected(f"this user has no home folder; set {HOME_VARIABLE} to a folder of its own") from error


@dataclass(frozen=True, slots=True)
class Home:
    """The client's folder."""

    path: Path

    def fingerprints(self) -> tuple[str, ...]:
        """The ledgers that this machine is connected to, ascending."""
        folder = self.path / "ledgers"
        if not folder.is_dir():
            return ()
        return tuple(sorted(each.name for each in folder.iterdir() if (each / "genesis.json").is_file()))

    def ledger(self, wanted: str | None = None) -> LedgerFolder:
        """The folder of the ledger whose fingerprint begins with `wanted`; of the only one, if nothing is wanted.

        Raises `NotConnected` unless that is exactly one.
        """
        found = [each for each in self.fingerprints() if each.startswith(wanted or "")]
        if len(found) == 1:
            return LedgerFolder.open(self.path / "ledgers" / found[0])
        if found:
            raise NotConnected(f"this machine knows {len(found)} such ledgers; name one: {', '.join(found)}")
        what = f"no ledger {wanted}" if wanted else "no ledger"
        raise NotConnected(f"this machine knows {what}; run `datadeed connect URL --fingerprint HEX` first")

    def rosters(self, fingerprint: bytes) -> Rosters | None:
        """Every roster of this ledger that was proven here; None if this machine never met the ledger."""
        path = self.path / "ledgers" / fingerprint.hex()
        return LedgerFolder.open(path).rosters() if (path / "genesis.json").is_file() else None

    def folder_of(self, genesis: Genesis) -> LedgerFolder:
        """What is kept of this ledger; nothing yet, if it is new."""
        return LedgerFolder(self.path / "ledgers" / genesis.fingerprint.hex(), genesis)

    def add(self, genesis: Genesis, urls: tuple[str, ...]) -> LedgerFolder:
        """The folder of this ledger, made if it is new; the addresses replace those known before."""
        folder = self.folder_of(genesis)
        write_owned(folder.path / "rosters" / "1.json", genesis.roster.document)
        folder.keep_node_urls(urls)
        write_owned(folder.path / "genesis.json", genesis.document)  # last: with it the folder counts
        return LedgerFolder.open(folder.path)


@dataclass(frozen=True, slots=True)
class LedgerFolder:
    """What is kept of one ledger. genesis: of that fingerprint, checked when opened."""

    path: Path
    genesis: Genesis

    @classmethod
    def open(cls, path: Path) -> LedgerFolder:
        """Raises `Malformed` when the folder's genesis.json is not that of the folder's name."""
        genesis = Genesis.parse(read_limited(path / "genesis.json", bytes_max=GENESIS_BYTES_MAX))
        if genesis.fingerprint.hex() != path.name:
            raise Malformed(f"{path / 'genesis.json'} was altered; delete the file and connect again")
        return cls(path, genesis)

    def node_urls(self) -> tuple[str, ...]:
        """Where this ledger's nodes answer, in the order in which they are tried."""
        data = read_limited(self.path / "nodes.json", bytes_max=NODES_BYTES_MAX)
        value = parse_jcs(data, bytes_max=NODES_BYTES_MAX)
        if not isinstance(value, list) or not value:
            raise Malformed(f"{self.path / 'nodes.json'} is not a list of addresses; connect again")
        return tuple(node_url(text if isinstance(text, str) else "") for text in value)

    def keep_node_urls(self, urls: tuple[str, ...]) -> None:
        """Ask these nodes from now on."""
        write_owned(self.path / "nodes.json", jcs(list(urls)))

    def rosters(self) -> Rosters:
        """Every roster that was proven to belong to this ledger, proven again from what is kept."""
        rosters = Rosters.founded(self.genesis)
        while (path := self._roster_path(rosters.newest.version + 1)).is_file():
            evidence = read_limited(path, bytes_max=EVIDENCE_BYTES_MAX)
            try:
                rosters = rosters.follow(read_step(rosters.newest.version + 1, evidence))
            except (Malformed, Unproven) as error:
                raise Malformed(f"{path} was altered; delete it, and it is asked for again ({error})") from error
        return rosters

    @property
    def roster(self) -> Roster:
        """The newest roster that is known here: whom to ask, and whose offices sign now."""
        return self.rosters().newest

    def keep_roster(self, version: int, evidence: bytes) -> None:
        """Keep what proves a later roster; the one before it is kept already."""
        write_owned(self._roster_path(version), evidence)

    def _roster_path(self, version: int) -> Path:
        return self.path / "rosters" / f"{version}.zip"

    def newest_checkpoint(self) -> bytes | None:
        """The note that was remembered last, or None before the first."""
        path = self.path / "checkpoint"
        return read_limited(path, bytes_max=NOTE_BYTES_MAX) if path.is_file() else None

    def remember_checkpoint(self, note: bytes) -> None:
        write_owned(self.path / "checkpoint", note)

    def keep_fork(self, name: str, note: bytes) -> Path:
        """Keep one of two checkpoints that contradict each other."""
        path = self.path / "forks" / f"{name}.checkpoint"
        write_owned(path, note)
        return path

    def key_path(self, name: str) -> Path:
        """Where the key `name` lies. Raises `Malformed` unless the name is letters, digits, '-' and '_'."""
        if not 1 <= len(name) <= 64 or not _NAME_CHARS.issuperset(name):
            raise Malformed("a key's name is 1 to 64 letters, digits, '-' or '_'")
        return self.path / "keys" / f"{name}.key"

    def key_names(self) -> tuple[str, ...]:
        return tuple(sorted(path.stem for path in (self.path / "keys").glob("*.key")))

    def locked_key(self, name: str) -> LockedKey:
        """The key file called `name`. Raises `NotConnected` when there is none."""
        path = self.key_path(name)
        if not path.is_file():
            known = ", ".join(self.key_names()) or "none"
            raise NotConnected(f"this ledger has no key {name!r} (known: {known}); make one with `datadeed key new`")
        return read_key(path)

    def add_key(self, name: str, key: LockedKey) -> Path:
        """Write a new key file; FileExistsError when the name is taken, because a key is never written over."""
        path = self.key_path(name)
        create_owned(path, key.to_bytes())
        return path

    def keep_enrol_request(self, name: str, request: bytes) -> None:
        """Keep what opens the sealed name and credit code of the party that the key `name` is for."""
        create_owned(self.key_path(name).with_suffix(".enrol-request.json"), request)

    def disclosures(self, entry_id: bytes) -> DisclosureFile:
        """The openings kept for an entry; empty when there are none."""
        path = self.path / "disclosures" / f"{entry_id.hex()}.json"
        if not path.is_file():
            return DisclosureFile(self.genesis.fingerprint, entry_id, ())
        file = DisclosureFile.parse(read_limited(path, bytes_max=DISCLOSURES_BYTES_MAX))
        if (file.ledger, file.entry_id) != (self.genesis.fingerprint, entry_id):
            raise Malformed(f"{path} belongs to another entry")
        return file

    def keep_disclosures(self, file: DisclosureFile) -> None:
        if file.openings:
            write_owned(self.path / "disclosures" / f"{file.entry_id.hex()}.json", file.to_bytes())

    def forget_disclosures(self, entry_id: bytes) -> None:
        (self.path / "disclosures" / f"{entry_id.hex()}.json").unlink(missing_ok=True)

    def manifest_path(self, entry_id: bytes) -> Path:
        return self.path / "manifests" / f"{entry_id.hex()}.json"

    def draft_path(self, entry_id: bytes) -> Path:
        return self.path / "drafts" / f"{entry_id.hex()}.json"

    def forget_draft(self, entry_id: bytes) -> None:
        self.draft_path(entry_id).unlink(missing_ok=True)


def fingerprint_of(text: str) -> bytes:
    """A ledger's fingerprint as people write it: 64 hex digits in either case, `sha256:` before it or not, spaces."""
    plain = "".join(text.split()).lower().removeprefix("sha256:")
    try:
        return from_hex(plain, length=32)
    except Malformed as error:
        raise Malformed("a ledger's fingerprint is 64 hex digits; copy it from the place that you trust") from error
