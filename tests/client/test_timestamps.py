"""Who signed a time-stamp: `datadeed verify --timestamp-roots` with a real authority, a stranger, and broken tokens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import Command
from evidencekit import ALICE, FINGERPRINT, Ledger, Pen
from timestamp_authority import Authority

from datadeed.timestamp_authorities import trusted_authorities
from datadeed_ledger.checkpoint import Checkpoint
from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence import Stamp, entry_pack
from datadeed_ledger.notes import Note

TEXT = b"three\nlines\nhere\n"


@dataclass(frozen=True)
class Court:
    """A stamped pack, the authority that stamped it, and one that did not."""

    pack: bytes
    authority: Authority
    stranger: Authority


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Court:
    folder = tmp_path_factory.mktemp("authorities")
    authority, stranger = Authority.found(folder / "own"), Authority.found(folder / "other", "Stranger")
    ledger = Ledger()
    entry = Pen(ledger).enrol(ALICE, "alice")
    ledger.add(entry)
    body = Note.parse(ledger.checkpoint).body
    ledger.stamps.append(Stamp(Checkpoint.parse(body).size, ledger.checkpoint, authority.stamp(body)))
    return Court(entry_pack(ledger, entry.entry_id), authority, stranger)


def test_the_trusted_authority_is_named_on_a_line_of_its_own(run: Command, court: Court, tmp_path: Path) -> None:
    (tmp_path / "pack.zip").write_bytes(court.pack)
    asked = ("verify", tmp_path / "pack.zip", "--fingerprint", FINGERPRINT.hex())
    ended = run(*asked, "--timestamp-roots", court.authority.root)
    assert ended.code == 0, ended.out
    assert "时间戳" in ended.out
    assert "CN=Test Authority,O=Example,C=CN" in ended.out
    told = run(*asked, "--timestamp-roots", court.authority.root, "--json").json["report"]
    assert told["steps"][-1] | {"en": "", "zh": ""} == {
        "en": "", "zh": "", "name": "timestamps", "number": 18, "ok": True,
    }  # fmt: skip
    assert told["timestamps"][0]["authority"] == "CN=Test Authority,O=Example,C=CN"


def test_without_certificates_the_token_is_present_and_not_passed(run: Command, court: Court, tmp_path: Path) -> None:
    (tmp_path / "pack.zip").write_bytes(court.pack)
    ended = run("verify", tmp_path / "pack.zip", "--fingerprint", FINGERPRINT.hex())
    assert ended.code == 0
    assert "时间戳机构签名未核验" in ended.out
    assert "authority's signature not checked" in ended.out


def test_a_stranger_decides_nothing_and_the_next_step_is_said(run: Command, court: Court, tmp_path: Path) -> None:
    (tmp_path / "pack.zip").write_bytes(court.pack)
    asked = ("verify", tmp_path / "pack.zip", "--fingerprint", FINGERPRINT.hex())
    ended = run(*asked, "--timestamp-roots", court.stranger.root, "--json")
    assert (ended.code, ended.json["outcome"], ended.json["step"]) == (1, "cannot decide", "timestamps")
    assert "no authority that you trust signed it" in ended.json["reason"]
    assert "--timestamp-roots" in ended.json["next"]


def test_what_is_no_file_of_certificates_is_said(run: Command, court: Court, tmp_path: Path) -> None:
    (tmp_path / "pack.zip").write_bytes(court.pack)
    (tmp_path / "none.pem").write_bytes(b"-----BEGIN NOTHING-----\n")
    asked = ("verify", tmp_path / "pack.zip", "--fingerprint", FINGERPRINT.hex(), "--timestamp-roots")
    ended = run(*asked, tmp_path / "none.pem")
    assert (ended.code, "not a file of certificates in PEM" in ended.err) == (2, True)
    assert run(*asked, tmp_path / "missing.pem").code != 0


def test_the_check_agrees_with_openssl_on_every_changed_byte_that_it_refuses(court: Court) -> None:
    """OpenSSL asks more (that the certificate is the one named in the token), so it may refuse what we accept."""
    response = court.authority.stamp(TEXT)
    check = trusted_authorities(court.authority.root)
    assert check(response, TEXT) == "CN=Test Authority,O=Example,C=CN"
    assert court.authority.accepts(TEXT, response)
    imprint = response.index(sha256(TEXT))
    # The token's own fields, from the imprint to the authority's certificate, are under its signature.
    for at in range(imprint, imprint + 60):
        with pytest.raises((Unproven, Malformed)):
            check(response[:at] + bytes((response[at] ^ 1,)) + response[at + 1 :], TEXT)
    with pytest.raises((Unproven, Malformed)):
        check(response[:-1] + bytes((response[-1] ^ 1,)), TEXT)
    for at in range(0, len(response), 7):
        changed = response[:at] + bytes((response[at] ^ 0xFF,)) + response[at + 1 :]
        try:
            check(changed, TEXT)
        except (Unproven, Malformed):
            continue


@pytest.mark.parametrize("data", [b"", TEXT + b" "])
def test_a_token_over_other_bytes_is_refused(court: Court, data: bytes) -> None:
    check = trusted_authorities(court.authority.root)
    with pytest.raises(Unproven, match="Mismatch between messages"):
        check(court.authority.stamp(TEXT), data)
