"""Entries: one spelling, nothing smuggled, sealed fields and drafts."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import msgpack
import pytest
from claims import every_claim
from hypothesis import given
from hypothesis import strategies as st
from registerkit import COURT, FINGERPRINT, OFFICE, RegisterKit, key, pid

from datadeed_ledger.encoding import encode, sha256
from datadeed_ledger.entry import (
    ENTRY_BYTES_MAX,
    ORDINARY_BYTES_MAX,
    SEALED_PATHS,
    Body,
    Draft,
    Entry,
    check_disclosure,
    key_proof_message,
    seal,
    sealed_fields,
)
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.events import SCHEMAS


def of_every_kind() -> dict[str, Entry]:
    """One entry that passes of every kind: that of the first claim about its signers."""
    makers = {each.kind: each.make for each in reversed(every_claim()) if each.name == "signers"}
    return {kind: makers[kind](RegisterKit(), True) for kind in SCHEMAS}


ENTRIES = of_every_kind()
DEPOSIT = ENTRIES["deposit"]


def reordered(entry: Entry, change: dict[str, Any]) -> bytes:
    """The entry with a changed body, whatever its shape, and its old signatures."""
    body: Any = msgpack.unpackb(entry.body_bytes) | change
    return encode([encode(body), list(entry.signatures)])


def with_data(entry: Entry, **change: Any) -> bytes:
    return reordered(entry, {"data": {**entry.body.data, **change}})


def malformed(data: bytes, match: str | None = None) -> None:
    with pytest.raises(Malformed, match=match):
        Entry.parse(data)


def test_there_is_an_entry_of_every_kind_to_try() -> None:
    assert ENTRIES.keys() == SCHEMAS.keys()


@pytest.mark.parametrize("kind", SCHEMAS)
def test_an_entry_parses_to_itself(kind: str) -> None:
    entry = ENTRIES[kind]
    parsed = Entry.parse(entry.data)
    assert parsed == entry
    assert parsed.entry_id == sha256(entry.body_bytes)
    assert encode([parsed.body.to_bytes(), list(parsed.signatures)]) == entry.data


def test_the_bytes_of_an_entry_stay_what_they_are() -> None:
    body = Body(bytes(range(32)), "publish", (COURT,), bytes(range(16)), 1_795_924_860_000, {"right": bytes(32)})
    entry = Entry.build(body, {COURT: key("office court.example.cn")})
    assert entry.entry_id.hex() == "4f15e38293f957dcccb749e0f8b937cb2a0033b662841e1a12862a70452f7706"
    assert sha256(entry.data).hex() == "487f20841a2944f99935a17618f1219af0a9ff1af0f816b4b194d9b552dda697"
    assert entry.body_bytes == b"".join(
        (
            b"\x87",
            *(b"\xa2by", b"\x91\xc4\x20" + COURT),
            *(b"\xa4data", b"\x81\xa5right\xc4\x20" + bytes(32)),
            *(b"\xa7expires", b"\xcf" + (1_795_924_860_000).to_bytes(8, "big")),
            *(b"\xa4kind", b"\xa7publish"),
            *(b"\xa6ledger", b"\xc4\x20" + bytes(range(32))),
            *(b"\xa5nonce", b"\xc4\x10" + bytes(range(16))),
            *(b"\xa1v", b"\x01"),
        )
    )


@pytest.mark.parametrize("kind", SCHEMAS)
def test_no_truncation_parses(kind: str) -> None:
    data = ENTRIES[kind].data
    for size in range(len(data)):
        malformed(data[:size])
    malformed(data + b"\x00", "not canonical")


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_field_must_be_there_and_none_other(kind: str) -> None:
    entry = ENTRIES[kind]
    for name in entry.body.data:
        malformed(
            reordered(entry, {"data": {key: value for key, value in entry.body.data.items() if key != name}}),
            f"data: missing fields: {name}; too many: 0",
        )
    malformed(with_data(entry, zzz=1), "data: missing fields: none; too many: 1")


ODD_VALUES: list[Any] = [
    None,
    True,
    False,
    -1,
    0,
    2**63,
    2**64 - 1,
    "",
    "*",
    "9999-12-31",
    "a\x00b",
    "\ud7ff\U0010ffff",
    b"",
    bytes(16),
    bytes(32),
    bytes(33),
    [],
    [[]],
    ["*", "*"],
    {},
    {"party": bytes(16), "share": True},
    [{"party": bytes(16), "share": 10_000}] * 2,
    1.5,
    msgpack.ExtType(1, b"x"),
    msgpack.Timestamp(0, 0),
]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_an_odd_value_in_any_field_is_malformed_or_read_as_it_stands(kind: str) -> None:
    entry = ENTRIES[kind]
    for name in entry.body.data:
        for value in ODD_VALUES:
            body: Any = msgpack.unpackb(entry.body_bytes)
            body["data"][name] = value
            data = encode([msgpack.packb(body), list(entry.signatures)])
            try:
                parsed = Entry.parse(data)
            except Malformed:
                continue
            assert parsed.data == data
            assert parsed.body.data[name] == value
            assert type(parsed.body.data[name]) is type(value)
            assert parsed.body.to_bytes() == parsed.body_bytes


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"v": 2}, "v: 1 is expected"),
        ({"v": True}, "v: 1 is expected"),
        ({"kind": "unheard_of"}, "kind: one of enrol"),
        ({"kind": 7}, "kind: one of enrol"),
        ({"ledger": bytes(31)}, "ledger: 32 bytes"),
        ({"nonce": bytes(17)}, "nonce: 16 bytes"),
        ({"nonce": "0" * 16}, "nonce: 16 bytes"),
        ({"expires": -1}, "expires"),
        ({"expires": True}, "expires"),
        ({"by": []}, "by: 1 to 64"),
        ({"by": COURT}, "by: 1 to 64"),
        ({"by": [at.to_bytes(16, "big") for at in range(65)]}, "by: 1 to 64"),
        ({"by": [bytes(15)]}, "16 bytes .* or 32"),
        ({"by": ["x" * 16]}, "16 bytes .* or 32"),
        ({"by": [bytes(16), bytes(16)]}, "ascending"),
        ({"by": [COURT, bytes(16)]}, "ascending"),
        ({"by": [bytes(16), COURT]}, "2 signers and 1 signatures"),
        ({"extra": 1}, "a body is a map with exactly"),
        ({"data": []}, "data: a map is expected, not a list of 0"),
    ],
)
def test_a_body_has_one_shape(change: dict[str, Any], match: str) -> None:
    malformed(reordered(DEPOSIT, change), match)


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        [],
        [b"", []],
        [DEPOSIT.body_bytes],
        [DEPOSIT.body_bytes, DEPOSIT.signatures, []],
        [DEPOSIT.body_bytes, DEPOSIT.signatures[0]],
        ["body", list(DEPOSIT.signatures)],
        [DEPOSIT.body_bytes, []],
        [DEPOSIT.body_bytes, [None]],
        [DEPOSIT.body_bytes, [bytes(63)]],
        [DEPOSIT.body_bytes, [*DEPOSIT.signatures, bytes(64)]],
        [encode([1, 2]), list(DEPOSIT.signatures)],
    ],
)
def test_an_entry_has_one_shape(value: Any) -> None:
    malformed(encode(value))


def test_keys_out_of_order_are_another_spelling() -> None:
    body: Any = msgpack.unpackb(DEPOSIT.body_bytes)
    backwards = msgpack.packb(dict(reversed(body.items())))
    malformed(encode([backwards, list(DEPOSIT.signatures)]), "in this order")
    body["data"] = dict(reversed(body["data"].items()))
    malformed(encode([msgpack.packb(body), list(DEPOSIT.signatures)]), "data: keys are expected in ascending order")


def test_a_repeated_key_or_a_longer_form_is_another_spelling() -> None:
    body = DEPOSIT.body_bytes
    malformed(encode([body[:-1] + b"\xcc\x01", list(DEPOSIT.signatures)]), "another spelling")
    repeated = b"\x88" + body[1:-3] + b"\xa1v\x01" + b"\xa1v\x01"
    malformed(encode([repeated, list(DEPOSIT.signatures)]), "another spelling")


def test_deep_nesting_is_malformed_and_costs_no_stack() -> None:
    malformed(b"\x91" * 10_000, "not canonical")
    malformed(with_data(DEPOSIT, formed_at=[[[[[[[[[[]]]]]]]]]]), "data.formed_at: a whole number")


def test_an_entry_has_a_size_limit() -> None:
    malformed(bytes(ENTRY_BYTES_MAX + 1), "61441 bytes, at most 61440 are allowed")
    kit = RegisterKit()
    codes = [f"{at:032}" for at in range(300)]
    kit.enrol("alice")
    right = kit.application(pid("alice"))
    with pytest.raises(Malformed, match="at most 16384 are allowed for an entry of the kind license"):
        kit.license_entry(right, pid("alice"), territory=codes, industry=codes)


def test_the_size_limit_of_an_ordinary_kind_counts_the_signatures_and_comes_before_its_fields() -> None:
    room = ORDINARY_BYTES_MAX - len(with_data(DEPOSIT, media_type="")) - 2  # of the longer text's own length
    for surplus, match in ((0, "data.media_type"), (1, "16385 bytes, at most 16384 .* of the kind deposit")):
        data = with_data(DEPOSIT, media_type="x" * (room + surplus))
        assert len(data) == ORDINARY_BYTES_MAX + surplus
        malformed(data, match)
    malformed(encode([DEPOSIT.body_bytes, [None] * 65]), "65 signatures; at most 64")


@given(st.binary(max_size=600))
def test_any_bytes_are_malformed_or_an_entry_of_exactly_them(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert Entry.parse(data).data == data


@given(st.sampled_from(sorted(ENTRIES)), st.data())
def test_a_mutated_entry_is_malformed_or_an_entry_of_exactly_its_bytes(kind: str, draw: st.DataObject) -> None:
    data = bytearray(ENTRIES[kind].data)
    for _ in range(draw.draw(st.integers(1, 3))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    try:
        entry = Entry.parse(bytes(data))
    except Malformed:
        return
    assert entry.data == bytes(data)
    assert encode([entry.body.to_bytes(), list(entry.signatures)]) == bytes(data)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=8) | st.binary(max_size=33),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(ENTRIES)), st.data())
def test_any_value_anywhere_in_the_data_is_malformed_or_reencodes_the_same(kind: str, draw: st.DataObject) -> None:
    entry = ENTRIES[kind]
    name = draw.draw(st.sampled_from(sorted(entry.body.data)))
    data = with_data(entry, **{name: draw.draw(VALUES)})
    try:
        parsed = Entry.parse(data)
    except Malformed:
        return
    assert encode([parsed.body.to_bytes(), list(parsed.signatures)]) == data


# --- fields that are easy to get wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("license", "end", "2027-02-29"),
        ("license", "end", "20271207"),
        ("license", "end", "2027-W49-2"),
        ("license", "end", "2027-12-7"),
        ("license", "end", "0000-01-01"),
        ("license", "end", "２０２７-12-07"),
        ("license", "end", "2027-12-07\n"),
        ("license", "sublicensing", 1),
        ("license", "territory", []),
        ("license", "territory", ["*", "CN-11"]),
        ("license", "territory", ["CN-31", "CN-11"]),
        ("license", "territory", ["CN-11", "CN-11"]),
        ("license", "territory", ["C" * 33]),
        ("license", "territory", [f"{at:03}" for at in range(301)]),
        ("license", "type", "Ordinary"),
        ("deposit", "size_bytes", True),
        ("deposit", "size_bytes", -1),
        ("deposit", "formed_at", 253402300800000),
        ("deposit", "media_type", "text"),
        ("deposit", "media_type", "TEXT/csv"),
        ("deposit", "media_type", "text/csv; charset=utf-8"),
        ("deposit", "media_type", "text/csv\n"),
        ("deposit", "media_type", "a/" + "b" * 99),
        ("deposit", "media_type", "someone@example.cn/x"),
        ("deposit", "algorithm", "SHA-256"),
        ("deposit_batch", "count", 0),
        ("deposit_batch", "count", 2**32),
        ("notarize", "item", 2**32),
        ("apply", "regime", ""),
        ("apply", "applicants", []),
        ("apply", "applicants", [{"party": bytes(16), "share": 10_000}] * 2),
        ("apply", "applicants", [{"party": bytes([at]) + bytes(15), "share": 0} for at in range(33)]),
        ("apply", "applicants", [{"party": bytes(16), "share": 9_999}]),
        ("apply", "applicants", [{"party": bytes(16), "share": 10_001}]),
        ("apply", "applicants", [{"party": bytes([at]) + bytes(15), "share": 5_000} for at in (1, 0)]),
        ("register", "registration_no", "2026bj0000000001"),
        ("register", "registration_no", "2026BJ000000001"),
        ("register", "certificate_no", "1" * 18),
        ("register", "certificate_no", "１" * 17),
        ("approve", "certificate_no", ""),
    ],
)
def test_a_value_outside_its_type_is_malformed_and_named(kind: str, field: str, value: Any) -> None:
    malformed(with_data(ENTRIES[kind], **{field: value}), rf"^data\.{field}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sources", []),
        ("sources", ["self_collected", "self_collected"]),
        ("sources", ["stolen"]),
        ("deposits", []),
        ("deposits", [{"deposit": bytes(32), "item": None}] * 2),
        ("deposits", [{"deposit": bytes([at]) * 32, "item": None} for at in range(17)]),
        ("deposits", [{"deposit": bytes(32), "item": -1}]),
        ("deposits", [{"deposit": bytes(32)}]),
        ("record_count", -1),
        ("personal_data", None),
        ("update_frequency", "hourly"),
        ("agreement_end", "2026-13-01"),
    ],
)
def test_a_description_is_as_strict(field: str, value: Any) -> None:
    apply = ENTRIES["apply"]
    description = {**apply.body.data["description"], field: value}
    malformed(with_data(apply, description=description), rf"^data\.description\.{field}")


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("license", "end", "9999-12-31"),
        ("license", "start", "0001-01-01"),
        ("license", "territory", ["*"]),
        ("deposit", "size_bytes", 2**64 - 1),
        ("deposit", "formed_at", 253402300799999),
        ("deposit", "media_type", "a/" + "b" * 98),
        ("deposit_batch", "count", 2**32 - 1),
        ("apply", "applicants", [{"party": bytes([at]) + bytes(15), "share": 0} for at in range(32)]),
        ("apply", "applicants", [{"party": bytes([at]) + bytes(15), "share": 5_000} for at in (0, 1)]),
    ],
)
def test_the_outermost_values_are_read(kind: str, field: str, value: Any) -> None:
    assert Entry.parse(with_data(ENTRIES[kind], **{field: value})).body.data[field] == value


# --- building --------------------------------------------------------------------------------------------------------


def test_a_draft_gathers_signatures_in_any_order() -> None:
    entry = ENTRIES["transfer"]
    draft = Draft.of(entry.body)
    assert draft.missing == entry.body.by
    with pytest.raises(Malformed, match="still to be signed by"):
        draft.complete()
    keys = {pid("alice"): key("party alice"), pid("bob"): key("party bob")}
    for signer in reversed(entry.body.by):
        draft = Draft.parse(draft.to_bytes()).sign(signer, keys[signer])
    assert draft.missing == ()
    assert draft.complete() == entry


def test_a_draft_takes_no_stranger_s_signature() -> None:
    with pytest.raises(Malformed, match="not among the signers"):
        Draft.of(DEPOSIT.body).sign(COURT, key("office court.example.cn"))


def test_a_draft_is_as_strict_as_an_entry() -> None:
    data = Draft.of(ENTRIES["transfer"].body).to_bytes()
    malformed(data, "not nil")
    for broken in (data[:-1], data + b"\xc0", encode([DEPOSIT.body_bytes, [None, None]])):
        with pytest.raises(Malformed):
            Draft.parse(broken)


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, 1.5, object(), "\ud800", {1: 2}, {1: 2, "a": 3}])
def test_what_cannot_be_spelled_cannot_be_built(value: Any) -> None:
    body = replace(DEPOSIT.body, data={**DEPOSIT.body.data, "size_bytes": value})
    with pytest.raises(Malformed):
        Draft.of(body)


# --- sealed fields ---------------------------------------------------------------------------------------------------

SALT = bytes(range(16))


def test_a_seal_stays_what_it_is() -> None:
    expected = sha256(b"datadeed/seal/v1\n" + SALT + bytes(16) + encode(["name", "示例"]))
    assert seal(SALT, bytes(16), "name", "示例") == expected
    assert seal(SALT, bytes(16), "name", None) == sha256(b"datadeed/seal/v1\n" + SALT + bytes(16) + b"\x92\xa4name\xc0")


def test_a_disclosure_opens_its_field_and_no_other() -> None:
    kit = RegisterKit()
    entry = kit.apply_entry([OFFICE[:16]], [], by=(COURT,), described={"deposits": [{"deposit": SALT * 2, "item": 0}]})
    nonce = entry.body.nonce
    value = "城市空气质量监测数据"
    description = {**entry.body.data["description"]}
    description["object_name"] = seal(SALT, nonce, "description.object_name", value)
    sealed = Entry.parse(with_data(entry, description=description))
    check_disclosure(sealed, "description.object_name", SALT, value)
    for path, salt, claimed, reason in (
        ("description.object_name", SALT, value + " ", "do not open"),
        ("description.object_name", SALT, None, "do not open"),
        ("description.object_name", bytes(16), value, "do not open"),
        ("description.object_name", SALT + b"\x00", value, "16 bytes"),
        ("description.scenario", SALT, value, "do not open"),
        ("description.industry", SALT, "64", "no sealed field"),
        ("object_name", SALT, value, "no sealed field"),
    ):
        with pytest.raises(Unproven, match=reason):
            check_disclosure(sealed, path, salt, claimed)


@pytest.mark.parametrize(("salt", "nonce"), [(bytes(15), bytes(16)), (bytes(16), bytes(17))])
def test_salt_and_nonce_have_sixteen_bytes(salt: bytes, nonce: bytes) -> None:
    with pytest.raises(Malformed, match="16 bytes"):
        seal(salt, nonce, "name", "x")


def test_a_map_that_is_nil_has_no_sealed_fields() -> None:
    bare = Entry.parse(with_data(ENTRIES["correct_record"], description=None))
    assert set(sealed_fields(bare)) == {"ruling_no"}


def test_every_sealed_field_has_a_path() -> None:
    assert SEALED_PATHS["enrol"] == ("credit_code", "name")
    assert SEALED_PATHS["publish"] == ()
    assert SEALED_PATHS["apply"] == tuple(
        f"description.{name}"
        for name in (
            "algorithm_rules",
            "intended_use",
            "object_name",
            "sample",
            "scenario",
            "source_contract",
            "structure",
        )
    )
    assert sealed_fields(ENTRIES["enrol"])["name"] == ENTRIES["enrol"].body.data["name"]


def test_a_key_proof_binds_ledger_party_and_key() -> None:
    assert key_proof_message(FINGERPRINT, pid("a"), SALT * 2) == (
        b"datadeed/key/v1\n" + FINGERPRINT + pid("a") + SALT * 2
    )
