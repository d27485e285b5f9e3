"""Sealed fields and the JSON spelling of data: what is written is what is read, and nothing is hidden."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadeed.sealing import (
    SEALED_CHARS_MAX,
    DisclosureFile,
    Opening,
    Sealer,
    in_order,
    opened_values,
    parse_openings,
    unopened_paths,
)
from datadeed.spelling import KINDS, data_of, plain_of
from datadeed_ledger.encoding import jcs
from datadeed_ledger.entry import SEALED_PATHS, Body, Entry, check_disclosure
from datadeed_ledger.errors import Malformed
from datadeed_ledger.keys import SigningKey

NONCE = bytes(range(16))
ID = "ab" * 32
PARTY = "0f" * 16

DEPOSIT: dict[str, Any] = {
    "digest": ID,
    "algorithm": "sha-256",
    "scope": "full",
    "size_bytes": 12,
    "media_type": "text/csv",
    "formed_at": "2026-11-22T04:12:09.104Z",
    "file_name": "data.csv",
    "description": None,
}
DESCRIPTION: dict[str, Any] = {
    "object_name": "气象观测",
    "scenario": "forecasts",
    "structure": None,
    "algorithm_rules": None,
    "source_contract": None,
    "sample": None,
    "intended_use": None,
    "industry": "64",
    "sources": ["self_collected"],
    "personal_data": False,
    "data_format": "csv",
    "size_bytes": "18446744073709551615",
    "record_count": None,
    "update_frequency": "monthly",
    "agreement_end": None,
    "deposits": [{"deposit": ID, "item": 3}],
}
APPLY: dict[str, Any] = {
    "regime": "cnipa_data_ip",
    "registrar": ID,
    "applicants": [{"party": PARTY, "share": 10000}],
    "description": DESCRIPTION,
}
LICENSE: dict[str, Any] = {
    "right": ID,
    "parent": None,
    "licensee": PARTY,
    "type": "ordinary",
    "territory": ["CN-11"],
    "industry": ["*"],
    "use": ["internal"],
    "start": "2026-12-01",
    "end": "2027-12-01",
    "sublicensing": False,
    "fee": "CNY 1200.00",
    "contract": None,
}
EXAMPLES: dict[str, dict[str, Any]] = {"deposit": DEPOSIT, "apply": APPLY, "license": LICENSE}


def composed(kind: str, plain: dict[str, Any]) -> tuple[Body, list[Opening]]:
    sealer = Sealer(NONCE)
    body = Body(bytes(32), kind, (bytes(16),), NONCE, 0, data_of(kind, plain, sealer))
    return body, sealer.openings


@pytest.mark.parametrize("kind", EXAMPLES)
def test_what_was_written_is_shown_again_once_it_is_opened(kind: str) -> None:
    plain = EXAMPLES[kind]
    body, openings = composed(kind, plain)
    shown = plain_of(body, opened_values(body, openings))
    assert shown == json.loads(json.dumps(plain))
    again, _ = composed(kind, shown)
    assert plain_of(again, {}).keys() == shown.keys()


@pytest.mark.parametrize("kind", EXAMPLES)
def test_unopened_fields_show_their_commitment_and_can_be_copied_as_they_are(kind: str) -> None:
    body, _ = composed(kind, EXAMPLES[kind])
    shown = plain_of(body, {})
    copied, openings = composed(kind, shown)
    assert (copied.data, openings) == (body.data, [])


def test_optional_and_sealed_fields_may_be_left_out() -> None:
    short = {name: DEPOSIT[name] for name in ("digest", "algorithm", "scope", "size_bytes", "media_type")}
    body, openings = composed("deposit", short)
    assert body.data["formed_at"] is None
    assert {opening.path: opening.value for opening in openings} == {"file_name": None, "description": None}


def test_values_of_a_program_pass_as_they_are() -> None:
    body, _ = composed("deposit", DEPOSIT | {"digest": bytes.fromhex(ID), "formed_at": 1, "file_name": bytes(32)})
    assert (body.data["digest"], body.data["formed_at"], body.data["file_name"]) == (bytes.fromhex(ID), 1, bytes(32))


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("deposit", {"digest": "ab"}, "data.digest"),
        ("deposit", {"digest": "AB" * 32}, "data.digest: not lower-case hex"),
        ("deposit", {"digest": 5}, "data.digest"),
        ("deposit", {"size_bytes": -1}, "data.size_bytes"),
        ("deposit", {"size_bytes": "01"}, "data.size_bytes"),
        ("deposit", {"size_bytes": True}, "data.size_bytes"),
        ("deposit", {"formed_at": "2026-11-22T04:12:09Z"}, "data.formed_at"),
        ("deposit", {"file_name": 5}, "data.file_name"),
        ("deposit", {"file_name": {"sealed": "ab"}}, "data.file_name"),
        ("deposit", {"file_name": {"sealed": 5}}, "data.file_name"),
        ("deposit", {"file_name": "x" * (SEALED_CHARS_MAX + 1)}, "at most 20000"),
        ("deposit", {"file_name": "\ud800"}, "lone surrogate"),
        ("deposit", {"extra": 1}, "'extra' is not a field"),
        ("deposit", {"scope": "half"}, "data.scope"),
        ("apply", {"applicants": {}}, "data.applicants: a list"),
        ("apply", {"applicants": [{"party": PARTY}]}, "data.applicants.0: share is missing"),
        ("apply", {"applicants": [5]}, "data.applicants.0: an object"),
        ("apply", {"description": None}, "data.description: an object"),
        ("license", {"start": "2026-02-30"}, "data.start"),
        ("license", {"territory": ["CN-31", "CN-11"]}, "data.territory"),
        ("sale", {}, "not a kind of entry"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(kind: str, change: dict[str, Any], words: str) -> None:
    with pytest.raises(Malformed, match=words.replace("*", r"\*")):
        composed(kind, EXAMPLES.get(kind, {}) | change)


def test_every_kind_reports_what_it_misses() -> None:
    for kind in KINDS:
        with pytest.raises(Malformed, match="is missing"):
            composed(kind, {})


def test_openings_open_in_the_ledger_rooms_sense() -> None:
    body, openings = composed("deposit", DEPOSIT)
    entry = Entry.build(body, {bytes(16): SigningKey(bytes(32))})
    for opening in openings:
        check_disclosure(entry, opening.path, opening.salt, opening.value)


def test_each_field_has_a_salt_of_its_own() -> None:
    _, openings = composed("apply", APPLY)
    assert len({opening.salt for opening in openings}) == len(openings) == len(SEALED_PATHS["apply"]) == 7


def test_an_opening_that_does_not_open_is_refused() -> None:
    body, openings = composed("deposit", DEPOSIT)
    wrong = Opening(openings[0].path, openings[0].salt, "something else")
    with pytest.raises(Malformed, match="do not open"):
        opened_values(body, [wrong])
    with pytest.raises(Malformed, match="no sealed field"):
        opened_values(body, [Opening("digest", bytes(16), None)])


def test_unopened_paths_are_exactly_those_without_an_opening() -> None:
    body, openings = composed("deposit", DEPOSIT)
    assert unopened_paths(body, openings) == ()
    assert unopened_paths(body, [each for each in openings if each.path != "file_name"]) == ("file_name",)


def test_a_disclosure_file_comes_back_as_it_was() -> None:
    _, openings = composed("deposit", DEPOSIT)
    file = DisclosureFile(bytes(32), bytes.fromhex(ID), in_order(openings))
    assert DisclosureFile.parse(file.to_bytes()) == file


def test_values_are_not_in_any_repr() -> None:
    _, openings = composed("deposit", DEPOSIT)
    assert "data.csv" not in repr(openings)


@pytest.mark.parametrize(
    "value",
    [
        {},
        [5],
        [{"path": "a", "salt": "00" * 16}],
        [{"path": 5, "salt": "00" * 16, "value": None}],
        [{"path": "a", "salt": "00" * 15, "value": None}],
        [{"path": "a", "salt": "00" * 16, "value": 5}],
        [{"path": "b", "salt": "00" * 16, "value": ""}, {"path": "a", "salt": "00" * 16, "value": ""}],
        [{"path": "a", "salt": "00" * 16, "value": ""}, {"path": "a", "salt": "01" * 16, "value": ""}],
    ],
)
def test_other_openings_are_malformed(value: Any) -> None:
    with pytest.raises(Malformed):
        parse_openings(value)


@pytest.mark.parametrize("change", [{"format": "x"}, {"ledger": "00"}, {"entry_id": 5}, {"extra": 1}])
def test_another_disclosure_file_is_malformed(change: dict[str, Any]) -> None:
    item = json.loads(DisclosureFile(bytes(32), bytes(32), ()).to_bytes())
    with pytest.raises(Malformed):
        DisclosureFile.parse(jcs(item | change))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(ID),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(st.sampled_from(sorted(EXAMPLES)), st.data())
def test_no_value_in_any_field_fails_otherwise_than_malformed(kind: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(EXAMPLES[kind])))
    plain = EXAMPLES[kind] | {name: data.draw(JSON)}
    try:
        body, openings = composed(kind, plain)
    except Malformed:
        return
    assert plain_of(body, opened_values(body, openings)).keys() == plain.keys()


@given(st.binary(max_size=300))
def test_no_bytes_make_the_disclosure_parser_fail_otherwise(data: bytes) -> None:
    with pytest.raises(Malformed):
        DisclosureFile.parse(data)
