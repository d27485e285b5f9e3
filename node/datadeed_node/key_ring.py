"""All keys in a node's folder, to be asked for by the public key that a roster names.

The present keys lie in `keys/` and `tls/`, those prepared for a roster to come in `next-keys/` and `next-tls/` under
the same file names, as far as they change. For each purpose a node takes the file, from either place, whose public key
the roster in force names; so nothing has to be moved at the moment when a roster changes. What it lacks it does
without: without its vote key it follows. The office key stays with the operator's commands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from datadeed.owner_files import read_limited
from datadeed_ledger.errors import Malformed
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.roster import Member
from datadeed_node.certificates import pin_of_pem
from datadeed_node.config import Config
from datadeed_node.key_files import read_key
from datadeed_node.links import Certificate

PURPOSES = ("vote", "cosign", "log")
CERTIFICATE_BYTES_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """The secret keys of one member of one roster, as far as this node has them."""

    vote: SigningKey | None = field(default=None, repr=False)
    cosign: SigningKey | None = field(default=None, repr=False)
    log: SigningKey | None = field(default=None, repr=False)

    @property
    def missing(self) -> tuple[str, ...]:
        """The purposes for which this node has no key."""
        return tuple(name for name in PURPOSES if getattr(self, name) is None)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """signing: by (purpose, public key). certificates: by pin, the present one first."""

    signing: Mapping[tuple[str, bytes], SigningKey] = field(repr=False)
    certificates: Mapping[bytes, Certificate]

    @classmethod
    def load(cls, config: Config) -> KeyRing:
        """Every key in the node's folder. Raises Malformed; a purpose needs a file in one of the two places."""
        signing: dict[tuple[str, bytes], SigningKey] = {}
        for purpose in PURPOSES:
            files = config.key_files(purpose)
            for path in [path for path in files if path.is_file()] or files[:1]:
                key = read_key(path)
                signing.setdefault((purpose, key.public_key), key)
        certificates: dict[bytes, Certificate] = {}
        pairs = config.certificate_files()
        for certificate, key_file in [pair for pair in pairs if pair[0].is_file()] or pairs[:1]:
            if not certificate.is_file() or not key_file.is_file():
                raise Malformed(f"{certificate} or {key_file} is missing; restore both from your copy")
            pin = pin_of_pem(read_limited(certificate, bytes_max=CERTIFICATE_BYTES_MAX))
            certificates.setdefault(pin, Certificate(certificate, key_file))
        return cls(signing, certificates)

    def of(self, member: Member) -> NodeKeys:
        """The keys that this roster's member needs, those that are here."""
        named = {"vote": member.vote, "cosign": member.cosign.public_key, "log": member.log.public_key}
        return NodeKeys(**{purpose: self.signing.get((purpose, public)) for purpose, public in named.items()})

    def certificate(self, pin: bytes | None) -> Certificate:
        """The one with this pin; where there is none, the present one."""
        found = None if pin is None else self.certificates.get(pin)
        return found or next(iter(self.certificates.values()))
