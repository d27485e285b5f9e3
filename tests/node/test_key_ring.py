"""Which keys a node takes: those in its folder, present or prepared, whose public key the roster in force names."""

from __future__ import annotations

from pathlib import Path

import pytest
from institutions import Institutions, key
from succession import Succession

from datadeed_ledger.errors import Malformed
from datadeed_node.key_ring import KeyRing
from datadeed_node.terms import Own


@pytest.fixture
def four(tmp_path: Path) -> Institutions:
    return Institutions(tmp_path)


def test_present_and_prepared_keys_are_found_by_what_each_roster_names(four: Institutions) -> None:
    succession = Succession(four)
    before = succession.member(2)
    after = succession.rekeyed(2, "vote", "log", "tls")
    ring = KeyRing.load(four.config(2))
    for member in (before, after):
        keys = ring.of(member)
        assert keys.missing == ()
        assert keys.vote is not None
        assert keys.log is not None
        assert (keys.vote.public_key, keys.log.public_key) == (member.vote, member.log.public_key)
        assert ring.certificate(member.tls).certificate_file.parent.name == ("tls" if member is before else "next-tls")
    assert ring.of(after).cosign == ring.of(before).cosign


def test_a_key_that_is_not_in_the_folder_is_missing_and_no_other_takes_its_place(four: Institutions) -> None:
    ring = KeyRing.load(four.config(2))
    keys = ring.of(four.members[1])
    assert keys.missing == ("vote", "cosign", "log")
    present = four.folder / four.names[2] / "tls" / "cert.pem"
    assert ring.certificate(bytes(32)).certificate_file == ring.certificate(None).certificate_file == present


def test_the_certificate_is_that_of_the_newest_roster_that_names_the_node(four: Institutions) -> None:
    succession = Succession(four)
    founding = succession.roster
    succession.joining("university.example.cn", "court")
    succession.change(four.members[4], succession.rekeyed(0, "tls"))
    second = succession.roster
    succession.change(without=[0])
    own = Own(four.config(0))
    shown = [
        own.certificate(rosters).certificate_file.parent.name
        for rosters in ((founding,), (founding, second), (founding, second, succession.roster))
    ]
    assert shown == ["tls", "next-tls", "next-tls"]
    assert own.keys(succession.roster).missing == ("vote", "cosign", "log")


def test_a_purpose_without_any_file_and_a_file_that_is_none_are_refused(four: Institutions) -> None:
    folder = four.folder / four.names[0]
    vote = folder / "keys" / "vote.key"
    kept = vote.read_bytes()
    vote.unlink()
    with pytest.raises(Malformed, match=r"vote\.key is missing"):
        KeyRing.load(four.config(0))
    succession = Succession(four)
    renewed = succession.rekeyed(0, "vote")
    assert KeyRing.load(four.config(0)).of(renewed).missing == ()
    vote.write_bytes(kept)
    vote.chmod(0o600)
    (folder / "next-keys" / "vote.key").write_bytes(b"no key\n")
    with pytest.raises(Malformed, match="not a key file"):
        KeyRing.load(four.config(0))
    (folder / "next-keys" / "vote.key").unlink()
    (folder / "tls" / "key.pem").unlink()
    with pytest.raises(Malformed, match=r"key\.pem is missing"):
        KeyRing.load(four.config(0))


def test_a_prepared_file_that_cannot_be_read_leaves_the_keys_in_use_as_they_are(four: Institutions) -> None:
    own = Own(four.config(0))
    (four.folder / four.names[0] / "next-keys").mkdir()
    (four.folder / four.names[0] / "next-keys" / "log.key").write_bytes(b"no key\n")
    own.read_again()
    keys = own.keys(four.genesis.roster)
    assert keys.missing == ()
    assert keys.vote is not None
    assert keys.vote.public_key == key(f"vote {four.names[0]}").public_key
