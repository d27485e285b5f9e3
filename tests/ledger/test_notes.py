"""Signed notes and verifier keys (c2sp.org/signed-note)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger.errors import Malformed
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, NOTE_BYTES_MAX, Note, SignatureLine, VerifierKey

# The worked example of golang.org/x/mod/sumdb/note's package documentation.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GREETING = (
    b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    + "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNX".encode()
    + b"gKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_the_published_example_reads_back() -> None:
    key, note = VerifierKey.parse(PETER), Note.parse(GREETING)
    assert key.text == PETER
    assert note.to_bytes() == GREETING
    assert note.lines[0].key_id == key.key_id
    assert (key.name, key.key_type) == ("PeterNeumann", LOG_TYPE)


def test_every_substring_and_every_changed_byte_of_a_key_is_refused() -> None:
    for start in range(len(PETER)):
        for end in range(start, len(PETER) + 1):
            if (start, end) != (0, len(PETER)):
                with pytest.raises(Malformed):
                    VerifierKey.parse(PETER[start:end])
    for position, old in enumerate(PETER):
        for new in "A+9z ":
            if new != old:
                with pytest.raises(Malformed):
                    VerifierKey.parse(PETER[:position] + new + PETER[position + 1 :])


def test_a_key_whose_base64_has_a_plus_splits_at_the_first_two() -> None:
    key = next(
        key
        for byte in range(256)
        if "+" in (key := VerifierKey("court.example.cn", COSIGNATURE_TYPE, bytes([byte]) * 32)).text.split("+", 2)[2]
    )
    assert VerifierKey.parse(key.text) == key


@pytest.mark.parametrize(
    ("name", "key_type", "size"), [("a b", 1, 32), ("a+b", 1, 32), ("", 1, 32), ("a", 2, 32), ("a", 1, 31)]
)
def test_keys_that_cannot_be_named_do_not_exist(name: str, key_type: int, size: int) -> None:
    with pytest.raises(Malformed):
        VerifierKey(name, key_type, bytes(size))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("no empty line", b"text\n" + b"x"),
        ("no newline at the end", GREETING[:-1]),
        ("an empty line at the end", GREETING + b"\n"),
        ("no signature", b"text\n\n"),
        ("a hyphen for the dash", GREETING.replace("—".encode(), b"-")),
        ("two spaces", GREETING.replace(b"Neumann x", b"Neumann  x")),
        ("no signature after the name", "text\n\n— Peter\n".encode()),
        ("a signature that is only a key id", "text\n\n— Peter AAAAAA==\n".encode()),
        ("base64 with a space bit set", GREETING.replace(b"JnAM=", b"JnAN=")),
        ("junk between signatures", GREETING + b"junk\n"),
        ("a name that is not ASCII", "text\n\n— Pét AAAAAAAA\n".encode()),
        ("text that is not UTF-8", b"\xff" + GREETING),
        ("too many lines", GREETING[:-1] + b"\n" + GREETING.split(b"\n\n")[1] * 100),
        ("too long", b"a" * NOTE_BYTES_MAX + GREETING),
    ],
)
def test_other_notes_are_malformed(name: str, data: bytes) -> None:
    with pytest.raises(Malformed):
        Note.parse(data)


@given(st.binary(max_size=120))
def test_hostile_notes_are_malformed_or_read_back(tail: bytes) -> None:
    for data in (tail, GREETING + tail, tail + b"\n\n" + "— a AAAAAAAA\n".encode()):
        try:
            note = Note.parse(data)
        except Malformed:
            continue
        assert note.to_bytes() == data


def test_a_line_is_written_as_it_is_read() -> None:
    line = SignatureLine("a", b"\x01\x02\x03\x04", b"sig")
    assert Note.parse(b"text\n\n" + line.to_bytes()).lines == (line,)


def test_the_published_checkpoint_reads_back(vectors: Path) -> None:
    data = (vectors / "packs" / "checkpoint").read_bytes()
    assert Note.parse(data).to_bytes() == data
