"""The reader of RFC 3161 responses on responses built by hand: every option there is, and every way to be another.

What real authorities send stands in test_timestamps.py.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from timestamp_responses import (
    IMPRINT,
    NULL,
    SHA256,
    SHA512,
    SIGNED_DATA,
    TST_INFO,
    der,
    imprint,
    info,
    integer,
    response,
)

from datadeed_ledger.encoding import parse_time
from datadeed_ledger.errors import Malformed
from datadeed_ledger.timestamp_token import RESPONSE_BYTES_MAX, TimestampToken, with_sorted_certificates


def test_a_response_with_nothing_that_may_be_left_out() -> None:
    token = TimestampToken.parse(response())
    assert token == TimestampToken(IMPRINT, parse_time("2026-11-22T04:12:09.000Z"), None, 5, None)


@pytest.mark.parametrize("algorithm", [SHA256, SHA256 + NULL])
def test_the_algorithm_may_have_no_parameters(algorithm: bytes) -> None:
    assert TimestampToken.parse(response(info(stamped=imprint(algorithm)))).imprint == IMPRINT


def test_a_response_with_everything_that_may_be_there() -> None:
    accuracy = der(0x30, integer(1), der(0x80, b"\x02"), der(0x81, b"\x03\x84"))
    rest = (accuracy, b"\x01\x01\xff", integer(2**64 - 1), der(0xA0, b"name"), der(0xA1, b"extensions"))
    lists = der(0xA0, der(0x30, b"certificate")) + der(0xA1, b"revoked")
    token = TimestampToken.parse(response(info(*rest), certificates=lists))
    assert (token.accuracy_ms, token.nonce) == (1003, 2**64 - 1)


@pytest.mark.parametrize(
    ("accuracy", "milliseconds"),
    [(b"", 0), (integer(60), 60_000), (der(0x80, b"\x01"), 1), (der(0x81, b"\x01"), 1), (der(0x81, b"\x03\xe8"), 1)],
)
def test_an_accuracy_is_rounded_up_to_milliseconds(accuracy: bytes, milliseconds: int) -> None:
    assert TimestampToken.parse(response(info(der(0x30, accuracy)))).accuracy_ms == milliseconds


@pytest.mark.parametrize(
    ("time", "read"),
    [
        (b"20261122041209.1Z", "2026-11-22T04:12:09.100Z"),
        (b"20261122041209.104Z", "2026-11-22T04:12:09.104Z"),
        (b"20261122041209.1049999Z", "2026-11-22T04:12:09.104Z"),
        (b"20240229235959Z", "2024-02-29T23:59:59.000Z"),
    ],
)
def test_what_is_finer_than_a_millisecond_is_cut_off(time: bytes, read: str) -> None:
    assert TimestampToken.parse(response(info(time=time))).time_ms == parse_time(read)


@pytest.mark.parametrize(
    "time",
    [
        b"",
        b"20261122041209",
        b"20261122041209.Z",
        b"20261122041209.10Z",
        b"20261122041209+0800",
        b"202611220412Z",
        b"20261322041209Z",
        b"20260229041209Z",
        b"20261122041260Z",
        b"19691231235959Z",
        b"2026112204120\xb2Z",
        b"20261122041209.123456789123Z",
    ],
)
def test_a_time_has_one_spelling(time: bytes) -> None:
    with pytest.raises(Malformed):
        TimestampToken.parse(response(info(time=time)))


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "granted with changes": (lambda: response(status=b"\x02\x01\x01"), "granted no time-stamp"),
    "rejected": (lambda: der(0x30, der(0x30, b"\x02\x01\x02")), "granted no time-stamp"),
    "no token": (lambda: der(0x30, der(0x30, b"\x02\x01\x00")), "nothing where 0x30 belongs"),
    "not signed data": (lambda: response(kind=TST_INFO), "token is signed data"),
    "signed data of another kind": (lambda: response(content=SIGNED_DATA), "no time-stamp"),
    "version 2": (lambda: response(info(version=b"\x02\x01\x02")), "version 1"),
    "another hash": (lambda: response(info(stamped=imprint(SHA512))), "not a SHA-256"),
    "parameters": (lambda: response(info(stamped=imprint(SHA256 + NULL + NULL))), "goes on"),
    "a short imprint": (lambda: response(info(stamped=imprint(digest=IMPRINT[:31]))), "32 bytes"),
    "a negative serial": (lambda: response(info(serial=b"\x02\x01\x80")), "negative"),
    "a long serial": (lambda: response(info(serial=der(2, b"\x01" * 22))), "too long"),
    "a padded serial": (lambda: response(info(serial=b"\x02\x02\x00\x05")), "another spelling"),
    "an empty serial": (lambda: response(info(serial=b"\x02\x00")), "another spelling"),
    "options out of order": (lambda: response(info(integer(5), b"\x01\x01\xff")), "goes on with 0x01"),
    "something after the token": (lambda: response(info() + NULL), "goes on with 0x05"),
    "something after the signers": (lambda: response(after=NULL), "goes on with 0x05"),
    "something after the response": (lambda: response() + NULL, "goes on with 0x05"),
    "an indefinite length": (lambda: b"\x30\x80" + response()[4:] + b"\x00\x00", "shortest form"),
    "a long length": (lambda: b"\x30\x83\x00" + response()[2:], "shortest form"),
    "a length of many bytes": (lambda: b"\x30\x85" + bytes(5), "shortest form"),
    "a cut length": (lambda: b"\x30\x82\x01", "shortest form"),
    "a tag alone": (lambda: b"\x30", "ends too early"),
    "an element that is longer than its place": (lambda: b"\x30\x03\x30\x05\x02", "ends too early"),
    "too long": (lambda: b"\x30" + bytes(RESPONSE_BYTES_MAX), "at most"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_response_is_refused(name: str) -> None:
    made, reason = REFUSED[name]
    with pytest.raises(Malformed, match=reason):
        TimestampToken.parse(made())


def test_certificates_are_sorted_and_nothing_else_moves() -> None:
    leaf, root = der(0x30, b"z leaf"), der(0x30, b"a root")
    given = response(certificates=der(0xA0, leaf, root))
    assert with_sorted_certificates(given) == response(certificates=der(0xA0, root, leaf))
    assert with_sorted_certificates(response()) == response()
    with pytest.raises(Malformed):
        with_sorted_certificates(response(certificates=der(0xA0, b"\x00\x01x")))
    with pytest.raises(Malformed):
        with_sorted_certificates(response(certificates=der(0xA0, b"\x30\x05x")))
