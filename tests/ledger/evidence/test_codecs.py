"""Items, disclosures, twins and questions: one spelling each."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from evidencekit import FILES, item_proof, story
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger.encoding import jcs, parse_jcs, sha256
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence.codecs import (
    Disclosure,
    ItemProof,
    check_question,
    disclosures_bytes,
    entry_twin,
    parse_disclosures,
    readable,
)

ITEM = item_proof(6, 2).to_bytes()
SALT = bytes(range(16))


def test_an_item_reads_as_it_is_written_and_verifies_under_its_batch() -> None:
    proof = ItemProof.parse(ITEM)
    assert proof == item_proof(6, 2)
    batch = story().batch.body.data
    proof.verify(batch["root"], batch["count"])
    with pytest.raises(Unproven, match="inclusion"):
        proof.verify(batch["root"], batch["count"] + 4)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text + b"\n",
        lambda text: text.replace(b"/v1", b"/v2"),
        lambda text: text.replace(b"batch 6", b"batch 06"),
        lambda text: text.replace(b"batch 6", b"batch\t6"),
        lambda text: text.replace(b"item 2 of 5", b"item 2"),
        lambda text: text.replace(b"item 2 of 5", b"item 2 of 4294967296"),
        lambda text: text.replace(b"digest ", b"digest  "),
        lambda text: text.replace(b"digest ", b"digest 00"),
        lambda text: text + b"AAAA\n",
        lambda text: text + b"\xff\n",
        lambda text: text + 33 * (b"A" * 43 + b"=\n"),
        lambda _: b"\n",
    ],
)
def test_an_item_has_one_spelling(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Malformed):
        ItemProof.parse(change(ITEM))


@given(st.binary(max_size=400))
def test_no_bytes_make_an_item_raise_anything_else(data: bytes) -> None:
    for text in (data, ITEM[: len(data)] + data):
        try:
            assert ItemProof.parse(text).to_bytes() == text
        except Malformed:
            continue


def test_disclosures_are_ordered_by_entry_and_path_as_numbers_and_bytes() -> None:
    rows = [Disclosure(entry, path, SALT, None) for entry, path in ((10, "a"), (9, "b"), (9, "a"))]
    parsed = parse_disclosures(disclosures_bytes(rows))
    assert [(row.entry, row.path) for row in parsed] == [(9, "a"), (9, "b"), (10, "a")]
    assert parsed == tuple(reversed(rows))


@pytest.mark.parametrize(
    "text",
    [
        b"[]",
        b"{}",
        b"null",
        b"[1]",
        b'[{"entry":1,"path":"a","salt":"%s"}]' % SALT.hex().encode(),
        b'[{"entry":-1,"path":"a","salt":"%s","value":null}]' % SALT.hex().encode(),
        b'[{"entry":true,"path":"a","salt":"%s","value":null}]' % SALT.hex().encode(),
        b'[{"entry":1,"path":1,"salt":"%s","value":null}]' % SALT.hex().encode(),
        b'[{"entry":1,"path":"a","salt":1,"value":null}]',
        b'[{"entry":1,"path":"a","salt":"00","value":null}]',
        b'[{"entry":1,"path":"a","salt":"%s","value":1}]' % SALT.hex().encode(),
        b'[{"entry":1,"path":"a","salt":"%s","value":"\\ud800"}]' % SALT.hex().encode(),
        b'[{"entry":1, "path":"a","salt":"%s","value":null}]' % SALT.hex().encode(),
    ],
)
def test_disclosures_have_one_spelling(text: bytes) -> None:
    with pytest.raises(Malformed):
        parse_disclosures(text)


def test_disclosures_out_of_order_or_twice_are_refused() -> None:
    rows = [Disclosure(1, "a", SALT, "x").to_json(), Disclosure(1, "b", SALT, "y").to_json()]
    for wrong in ([rows[1], rows[0]], [rows[0], rows[0]]):
        with pytest.raises(Malformed, match="ascending"):
            parse_disclosures(jcs(wrong))


def test_a_twin_spells_every_type_so_that_an_editor_can_show_it() -> None:
    value = {"a": b"\x00\xff", "b": 2**64 - 1, "c": None, "d": True, "e": ["x", -1], "f": {}}
    twin = {"a": "00ff", "b": "18446744073709551615", "c": None, "d": True, "e": ["x", "-1"], "f": {}}
    assert readable(value) == twin


def test_an_entrys_twin_is_jcs_with_its_id_and_index() -> None:
    entry = story().deposit
    twin = parse_jcs(entry_twin(entry, 5), bytes_max=100_000, allow_null=True)
    assert isinstance(twin, dict)
    assert (twin["id"], twin["index"]) == (entry.entry_id.hex(), "5")
    assert twin["signatures"] == [signature.hex() for signature in entry.signatures]
    assert isinstance(twin["body"], dict)
    assert twin["body"]["v"] == "1"
    assert twin["body"]["by"] == [signer.hex() for signer in entry.body.by]


@pytest.mark.parametrize(
    "text",
    [
        "right/" + "0f" * 32,
        "asset/" + "0" * 64,
        "key/" + "0" * 64,
        "entry/" + "0" * 64,
        "party/" + "0" * 32,
        "rules",
        "number/2026BJ0000000001",
        "number/11000000000000001",
    ],
)
def test_a_question_names_a_subject(text: str) -> None:
    assert check_question(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rules ",
        "right/" + "0F" * 32,
        "right/" + "0" * 63,
        "party/" + "0" * 64,
        "number/1",
        "number/" + "a" * 16,
        "right/" + "0" * 64 + "\n",
        "other/" + "0" * 64,
        "right/" + "٠" * 64,
    ],
)
def test_a_question_that_no_subject_answers_is_refused(text: str) -> None:
    """Its absence could be proven for ever, and would mean nothing."""
    with pytest.raises(Malformed, match="is not a question"):
        check_question(text)


def test_the_batch_of_the_story_holds_its_files() -> None:
    assert [item_proof(6, at).digest for at in range(5)] == [sha256(file) for file in FILES]
