"""One roster after the other, for institutions of a test: who joins, who leaves, who makes new keys, and the entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from institutions import Institutions, key

from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.notes import VerifierKey
from datadeed_ledger.roster import Member, Roster
from datadeed_node.certificates import make_certificate, pin_of_pem
from datadeed_node.key_files import write_key

NUMBERS_FROM = 1 << 32  # nonces of its own entries: away from those that a test counts itself


class Succession:
    """roster: the newest that an entry was made for. Who joins is counted on in `institutions.members`."""

    def __init__(self, institutions: Institutions) -> None:
        self.institutions = institutions
        self.roster = institutions.genesis.roster
        self._office_keys: dict[str, SigningKey] = {}

    def member(self, at: int) -> Member:
        """The institution as the newest roster has it."""
        found = self.roster.by_name(self.institutions.names[at])
        assert found is not None, "a member"
        return found

    def joining(self, name: str, *roles: str) -> Member:
        """An institution that is no member yet; its number is the next one."""
        member = self.institutions.institution(name, roles)
        self.institutions.members.append(member)
        self.institutions.names.append(name)
        return member

    def rekeyed(self, at: int, *purposes: str) -> Member:
        """This member with new keys, which lie prepared in its folder. purposes: vote, cosign, log, tls, office."""
        member, folder = self.member(at), self.institutions.folder / self.institutions.names[at]
        for purpose in purposes:
            if purpose == "tls":
                member = replace(member, tls=_prepared_certificate(folder / "next-tls", member.name))
                continue
            label = self._label(purpose, member.name)
            public = key(label).public_key
            if purpose == "office":
                member = replace(member, office=public)
                continue
            (folder / "next-keys").mkdir(exist_ok=True)
            write_key(folder / "next-keys" / f"{purpose}.key", sha256(label.encode()))
            if purpose == "vote":
                member = replace(member, vote=public)
            elif purpose == "cosign":
                member = replace(member, cosign=_renewed(member.cosign, public))
            else:
                member = replace(member, log=_renewed(member.log, public))
        return member

    def settle(self, at: int) -> None:
        """The prepared keys take the place of those before them, as an operator sees to it when they are in force."""
        folder = self.institutions.folder / self.institutions.names[at]
        for prepared, present in (("next-keys", "keys"), ("next-tls", "tls")):
            for file in sorted((folder / prepared).glob("*")):
                file.replace(folder / present / file.name)

    def change(self, *members: Member, without: Iterable[int] = ()) -> Entry:
        """The entry for the next roster: these members are added or take the place of those of their name."""
        gone = {self.institutions.names[at] for at in without}
        following = {member.name: member for member in self.roster.members if member.name not in gone}
        following |= {member.name: member for member in members}
        roster = Roster.of(self.roster.version + 1, [following[name] for name in sorted(following)])
        signing = {member.member_id: member.name for member in (*self.roster.members, *roster.members)}
        signers = {member_id: self._office_key(name) for member_id, name in signing.items()}
        entry = self.institutions.entry(
            "amend_roster", signers, {"roster": roster.document}, NUMBERS_FROM + roster.version
        )
        for member in members:
            renewed = key(self._label("office", member.name))
            if renewed.public_key == member.office:
                self._office_keys[member.name] = renewed
        self.roster = roster
        return entry

    def _office_key(self, name: str) -> SigningKey:
        return self._office_keys.get(name, key(f"office {name}"))

    def _label(self, purpose: str, name: str) -> str:
        """What the key is made from that a member gets with the next roster."""
        return f"{purpose} {name} {self.roster.version + 1}"


def _renewed(old: VerifierKey, public_key: bytes) -> VerifierKey:
    return VerifierKey(old.name, old.key_type, public_key)


def _prepared_certificate(folder: Path, name: str) -> bytes:
    """A new certificate in `next-tls`; its pin."""
    folder.mkdir()
    certificate, private = make_certificate(name)
    (folder / "cert.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(private)
    return pin_of_pem(certificate)
