"""Key files: encrypted, strict, and worth nothing without their passphrase."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_ledger import CHEAP, found, key_of, office

from datadeed import passphrase
from datadeed.keyring import Cost, LockedKey, WrongPassphrase, lock, new_party_key, read_key, read_office_key
from datadeed_ledger.encoding import jcs, sha256
from datadeed_ledger.errors import Malformed
from datadeed_ledger.keys import verify

SECRET = b"correct horse"


def test_a_key_comes_back_only_under_its_passphrase() -> None:
    held, locked = new_party_key(SECRET, CHEAP)
    opened = LockedKey.parse(locked.to_bytes()).open(SECRET)
    assert (opened.signer_id, opened.public_key) == (held.signer_id, held.public_key)
    verify(held.public_key, b"message", opened.key.sign(b"message"))
    with pytest.raises(WrongPassphrase):
        locked.open(b"correct horsf")


def test_every_key_has_its_own_pseudonym_salt_and_nonce() -> None:
    one, two = new_party_key(SECRET, CHEAP)[1], new_party_key(SECRET, CHEAP)[1]
    again = lock(bytes(32), one.party, SECRET, CHEAP)[1]
    assert len({one.party, two.party}) == len({one.salt, two.salt, again.salt}) - 1 == 2
    assert len({each.secret[:24] for each in (one, two, again)}) == 3


def test_the_seed_is_not_in_the_file_and_not_in_any_repr() -> None:
    seed = bytes(range(32))
    held, locked = lock(seed, bytes(16), SECRET, CHEAP)
    for text in (repr(held), repr(locked), locked.to_bytes().decode()):
        assert seed.hex() not in text
        assert repr(seed)[2:20] not in text


def test_an_empty_passphrase_is_refused() -> None:
    with pytest.raises(Malformed, match="empty passphrase"):
        new_party_key(b"", CHEAP)


@pytest.mark.parametrize(("memory_bytes", "operations"), [(8191, 1), (2**30 + 1, 1), (8192, 0), (8192, 21)])
def test_a_planted_file_cannot_exhaust_the_machine(memory_bytes: int, operations: int) -> None:
    with pytest.raises(Malformed, match="1 GiB"):
        Cost(memory_bytes, operations)


Change = Callable[[dict[str, Any]], None]


@pytest.mark.parametrize(
    "change",
    [
        lambda item: item.update(format="datadeed-key/v2"),
        lambda item: item["kdf"].update(algorithm="argon2i"),
        lambda item: item["kdf"].update(memory_bytes="8192"),
        lambda item: item["kdf"].update(operations=True),
        lambda item: item["kdf"].update(salt="00"),
        lambda item: item.update(party=item["party"][:-2]),
        lambda item: item.update(party=5),
        lambda item: item.update(public_key=item["public_key"].upper() + "x"),
        lambda item: item.update(secret=item["secret"][:-4]),
        lambda item: item.update(extra=1),
        lambda item: item.pop("secret"),
    ],
)
def test_another_shape_of_key_file_is_malformed(change: Change) -> None:
    item = json.loads(new_party_key(SECRET, CHEAP)[1].to_bytes())
    change(item)
    with pytest.raises(Malformed):
        LockedKey.parse(jcs(item))


@pytest.mark.parametrize("name", ["party", "public_key"])
def test_altered_clear_fields_are_found_when_the_key_is_opened(name: str) -> None:
    item = json.loads(new_party_key(SECRET, CHEAP)[1].to_bytes())
    item[name] = "00" * (len(item[name]) // 2)
    with pytest.raises(Malformed, match="altered"):
        LockedKey.parse(jcs(item)).open(SECRET)


@given(st.binary(max_size=400))
def test_no_bytes_make_the_parser_fail_otherwise(data: bytes) -> None:
    with pytest.raises(Malformed):
        LockedKey.parse(data)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(new_party_key(SECRET, CHEAP)[1].to_bytes())
    path.chmod(0o644)
    with pytest.raises(Malformed, match="chmod 600"):
        read_key(path)
    path.chmod(0o600)
    read_key(path).open(SECRET)


def test_an_office_key_signs_as_the_member_it_belongs_to(tmp_path: Path) -> None:
    path = tmp_path / "office.key"
    path.write_text(sha256(b"office notary.example.cn").hex() + "\n")
    path.chmod(0o600)
    held = read_office_key(path, found().roster)
    assert (held.signer_id, held.public_key) == (office("notary").signer_id, office("notary").public_key)


@pytest.mark.parametrize("text", ["00" * 32, "", "zz" * 32, "00" * 31])
def test_a_key_of_no_member_signs_for_nobody(tmp_path: Path, text: str) -> None:
    path = tmp_path / "office.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(Malformed):
        read_office_key(path, found().roster)


def test_the_passphrase_is_the_first_line_of_its_file(passphrase_file: Path) -> None:
    passphrase_file.write_bytes(b"words with spaces \r\nsecond line\n")
    assert passphrase.existing_passphrase() == passphrase.new_passphrase() == b"words with spaces "
    passphrase_file.write_bytes(b"\nsecond line\n")
    with pytest.raises(Malformed, match="empty line"):
        passphrase.existing_passphrase()


class Terminal:
    """Someone who types `answers`, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(passphrase.getpass, "getpass", self.answer)

    def answer(self, question: str) -> str:
        self.questions.append(question)
        return self.answers.pop(0)


def test_a_new_passphrase_is_typed_twice_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch, "one two", "one two", "one two", "one tow", "again")
    assert passphrase.new_passphrase() == b"one two"
    with pytest.raises(Malformed, match="differ"):
        passphrase.new_passphrase()
    assert passphrase.existing_passphrase() == b"again"
    assert all("口令" in question for question in terminal.questions)


def test_without_file_or_terminal_the_message_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(Malformed, match=passphrase.FILE_VARIABLE):
        passphrase.existing_passphrase()


def test_key_labels_of_the_kit_are_distinct() -> None:
    assert key_of("a").public_key != key_of("b").public_key
