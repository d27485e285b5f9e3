"""The parties of the demonstration: enterprises with homes and keys of their own, as the SDK's users are."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from datadeed import EnrolRequest, HeldKey, Ledger, Receipt, new_party_key
from datadeed.home import Home
from datadeed.owner_files import create_owned
from datadeed_node.demo.processes import NodeProcess, Nodes
from datadeed_node.enrolling import enrol

KEY_NAME = "default"


@dataclass(frozen=True, slots=True)
class Profile:
    """Who an enterprise is; all of it is invented."""

    short: str
    name: str
    credit_code: str


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A party with its own client folder. enrolled: the receipt of its enrolment."""

    profile: Profile
    home: Path
    passphrase_file: Path
    key: HeldKey
    ledger: Ledger = field(repr=False)
    enrolled: Receipt

    @property
    def party(self) -> str:
        """Its pseudonym, in hex."""
        return self.key.signer_id.hex()


def enrolled_enterprise(folder: Path, profile: Profile, nodes: Nodes, office: NodeProcess) -> Enterprise:
    """Connect, make a key, write the request, and let `office` enrol it: what `datadeed` and `datadeed-node` do."""
    home, fingerprint = folder / profile.short, nodes.genesis.fingerprint.hex()
    Ledger.connect(office.api, fingerprint, home=home).close()
    ledger_folder = Home(home).ledger(fingerprint)
    passphrase_file = home / "passphrase"
    passphrase = secrets.token_hex(16).encode()
    create_owned(passphrase_file, passphrase + b"\n")
    held, locked = new_party_key(passphrase)
    request = EnrolRequest.new(nodes.genesis.fingerprint, held, "enterprise", profile.name, profile.credit_code)
    ledger_folder.add_key(KEY_NAME, locked)
    ledger_folder.keep_enrol_request(KEY_NAME, request.to_bytes())
    create_owned(home / "enrol-request.json", request.to_bytes())
    receipt = enrol(office.folder, request, None)
    return Enterprise(profile, home, passphrase_file, held, Ledger.open(signer=held, home=home), receipt)
