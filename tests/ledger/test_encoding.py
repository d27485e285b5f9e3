"""One spelling per value (docs/spec/ledger.md section 1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger import encoding
from datadeed_ledger.encoding import (
    DEPTH_MAX,
    decimal,
    decode,
    encode,
    from_b64,
    from_hex,
    jcs,
    parse_jcs,
    parse_time,
    time_text,
    to_b64,
)
from datadeed_ledger.errors import Malformed

LIMIT = 1 << 16
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
leaves = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), texts, st.binary(max_size=40))
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


@given(values.filter(lambda value: depth(value) <= DEPTH_MAX))
def test_every_value_has_one_spelling_that_reads_back(value: object) -> None:
    data = encode(value)
    assert decode(data, bytes_max=LIMIT) == value
    assert encode(decode(data, bytes_max=LIMIT)) == data


@given(st.binary(max_size=60))
def test_hostile_bytes_are_malformed_or_canonical(data: bytes) -> None:
    try:
        value = decode(data, bytes_max=LIMIT)
    except Malformed:
        return
    assert encode(value) == data


def test_golden_bytes() -> None:
    value = {"v": 1, "by": [b"\x01"], "kind": "deposit", "expires": 2**32, "data": {}, "n": -129, "ok": True, "z": None}
    assert encode(value).hex() == (
        "88a2627991c40101a46461746180a765787069726573cf0000000100000000a46b696e64a76465706f736974a16ed1ff7f"
        "a26f6bc3a17601a17ac0"
    )


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a byte after the value", b"\xc0\xc0"),
        ("nothing", b""),
        ("an integer in two bytes that fits one", b"\xcc\x01"),
        ("a signed spelling of a positive integer", b"\xd0\x01"),
        ("a string in two bytes of length that fits one", b"\xd9\x01a"),
        ("bin 16 that fits bin 8", b"\xc5\x00\x01a"),
        ("array 16 that fits fixarray", b"\xdc\x00\x01\xc0"),
        ("map 16 that fits fixmap", b"\xde\x00\x01\xa1a\xc0"),
        ("keys out of order", b"\x82\xa1b\xc0\xa1a\xc0"),
        ("a key twice", b"\x82\xa1a\xc0\xa1a\xc0"),
        ("a key that is no string", b"\x81\x01\xc0"),
        ("a key of bytes", b"\x81\xc4\x01a\xc0"),
        ("a float", b"\xcb" + bytes(8)),
        ("an extension", b"\xc7\x01\x05\x00"),
        ("a timestamp", b"\xd6\xff" + bytes(4)),
        ("bad UTF-8", b"\xa1\xff"),
        ("a surrogate", b"\xa3\xed\xa0\x80"),
        ("an array longer than its bytes", b"\xdd\xff\xff\xff\xff"),
        ("too deep", b"\x91" * (DEPTH_MAX + 1) + b"\xc0"),
        ("deep enough to break a stack", b"\x91" * 50_000 + b"\xc0"),
        ("a reserved byte", b"\xc1"),
    ],
)
def test_other_spellings_are_malformed(name: str, data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(data, bytes_max=LIMIT)


def test_the_deepest_allowed_value_reads_back() -> None:
    assert encode(decode(b"\x91" * DEPTH_MAX + b"\xc0", bytes_max=LIMIT)) == b"\x91" * DEPTH_MAX + b"\xc0"


def test_size_is_checked_before_work() -> None:
    assert decode(b"\xa1a", bytes_max=2) == "a"
    with pytest.raises(Malformed, match="3 bytes, at most 2"):
        decode(b"\xa2ab", bytes_max=2)


def test_jcs_sorts_by_utf16_units_and_keeps_text_as_it_is() -> None:
    assert jcs({"b": [1, True, "é\n\u2028"], "a": "\u0001"}) == '{"a":"\\u0001","b":[1,true,"é\\n\u2028"]}'.encode()
    assert jcs({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()  # as in RFC 8785, 3.2.3


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1.0}',
        b"[1e2]",
        b"[-0]",
        b"[NaN]",
        b'{"b":1,"a":2}',
        b'{"a":1,"a":2}',
        b"[1, 2]",
        b"[1]\n",
        b'["\\u00e9"]',
        b'["\\/"]',
        b'["\\ud800"]',
        b"[9007199254740992]",
        b"[null]",
        b"\xff",
        b"",
        b'{"\xc3\xa9":1}',
        b"[" * 40 + b"]" * 40,
        b"[" * 100_000,
        b"9" * 5000,
    ],
)
def test_other_json_is_malformed(text: bytes) -> None:
    with pytest.raises(Malformed):
        parse_jcs(text, bytes_max=1 << 20)


def test_json_null_only_where_allowed() -> None:
    assert parse_jcs(b'{"a":[null]}', bytes_max=99, allow_null=True) == {"a": [None]}
    with pytest.raises(Malformed, match="null"):
        parse_jcs(b'{"a":[null]}', bytes_max=99)
    with pytest.raises(Malformed, match="12 bytes of JSON"):
        parse_jcs(b'{"a":[null]}', bytes_max=11)


@given(st.binary(max_size=50))
def test_base64_and_hex_read_back(data: bytes) -> None:
    assert from_b64(to_b64(data)) == data
    assert from_hex(data.hex()) == data


@pytest.mark.parametrize("text", ["YQ=", "YQ", "YR==", "Y Q==", "YQ==\n", "Y_==", "YQ==YQ==", "é"])
def test_other_base64_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        from_b64(text)


@pytest.mark.parametrize("text", ["A0", "a", "0x", "a0\n", " a0", "a0 "])
def test_other_hex_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        from_hex(text)


def test_exact_lengths_are_asked_for() -> None:
    assert from_hex("a0", length=1) == b"\xa0"
    with pytest.raises(Malformed, match="hex of 1 bytes, 2 are expected"):
        from_hex("a0", length=2)
    with pytest.raises(Malformed, match="base64 of 1 bytes, 2 are expected"):
        from_b64("YQ==", length=2)


@pytest.mark.parametrize("text", ["", "00", "01", "-1", "+1", "1_0", "1 ", "٤", "1\n", "9" * 19, "9" * 30])
def test_other_decimals_are_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        decimal(text)


def test_decimal_limits() -> None:
    assert decimal("0") == 0
    assert decimal(str(2**63 - 1)) == 2**63 - 1
    with pytest.raises(Malformed, match="over 9"):
        decimal("10", maximum=9)


@given(st.integers(0, encoding.TIME_MS_MAX))
def test_time_reads_back(time_ms: int) -> None:
    assert parse_time(time_text(time_ms)) == time_ms


def test_time_golden() -> None:
    assert time_text(1795320000000) == "2026-11-22T04:00:00.000Z"
    assert time_text(encoding.TIME_MS_MAX) == "9999-12-31T23:59:59.999Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T04:00:00Z",
        "2026-11-22T04:00:00.000+00:00",
        "2026-11-22t04:00:00.000z",
        "2026-02-29T00:00:00.000Z",
        "2026-11-22T24:00:00.000Z",
        "2026-11-22T23:59:60.000Z",
        "1969-12-31T23:59:59.999Z",
        "0000-01-01T00:00:00.000Z",
        "2026-11-22T04:00:00.000Z\n",
        "٢026-11-22T04:00:00.000Z",
    ],
)
def test_other_times_are_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        parse_time(text)


@pytest.mark.parametrize("time_ms", [-1, encoding.TIME_MS_MAX + 1])
def test_times_outside_rfc3339_have_no_text(time_ms: int) -> None:
    with pytest.raises(Malformed):
        time_text(time_ms)
