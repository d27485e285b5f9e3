"""One spelling per value: canonical MessagePack, JCS, and the text forms of bytes, numbers and times.

Every decoder here encodes what it read and compares; a difference is `Malformed`. Sizes are bounded before work is
done on them. Nothing here knows what the values mean. Spec: docs/spec/ledger.md section 1.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, TypeVar

import msgpack

from datadeed_ledger.errors import Malformed

Value: TypeAlias = "None | bool | int | str | bytes | Sequence[Value] | Mapping[str, Value]"
Decoded: TypeAlias = "None | bool | int | str | bytes | list[Decoded] | dict[str, Decoded]"
Json: TypeAlias = "None | bool | int | str | list[Json] | dict[str, Json]"

Shaped = TypeVar("Shaped")

DEPTH_MAX = 8  # nested arrays and maps, the outermost is 1: deep enough for every schema, shallow for any stack
SAFE_INTEGER_MAX = 2**53 - 1  # JSON integers beyond this are rounded by JavaScript
TIME_MS_MAX = 253402300799999  # 9999-12-31T23:59:59.999Z, the last time that RFC 3339 can spell

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,19}")


def sha256(data: bytes) -> bytes:
    """H of the spec: 32 bytes."""
    return hashlib.sha256(data).digest()


# --- canonical MessagePack -------------------------------------------------------------------------------------------


def encode(value: Value) -> bytes:
    """The one MessagePack spelling of `value`: shortest forms, map keys sorted by their UTF-8 bytes."""
    packed: bytes = msgpack.packb(_sorted(value), use_bin_type=True)
    return packed


def _sorted(value: Value) -> object:
    # Code-point order of str is byte order of its UTF-8, so `sorted` is the order that the spec asks for.
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_sorted(item) for item in value]
    return value


def decode(data: bytes, *, bytes_max: int) -> Decoded:
    """The value that `data` spells. Raises `Malformed` unless `data` is at most `bytes_max` bytes and canonical."""
    if len(data) > bytes_max:
        raise Malformed(f"{len(data)} bytes, at most {bytes_max} are allowed here")
    try:
        decoded: Decoded = msgpack.unpackb(data, raw=False, use_list=True, strict_map_key=True)
        _check(decoded, 1)
        same = msgpack.packb(decoded, use_bin_type=True) == data
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException) as error:
        raise Malformed(f"not canonical MessagePack: {error}") from error
    if not same:
        raise Malformed("not canonical MessagePack: another spelling of the same value, or bytes after it")
    return decoded


def decode_shaped(data: bytes, shape: Callable[[object], Shaped], *, bytes_max: int) -> Shaped:
    """As `decode`, where `shape` already checks each type, the keys' order and so the depth: four times as fast.

    shape: returns what it makes of the decoded value, or raises `Malformed` on anything but the one shape it knows.
    """
    if len(data) > bytes_max:
        raise Malformed(f"{len(data)} bytes, at most {bytes_max} are allowed here")
    try:
        decoded = msgpack.unpackb(data, raw=False, use_list=True, strict_map_key=True)
        shaped = shape(decoded)
        same = msgpack.packb(decoded, use_bin_type=True) == data
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException) as error:
        raise Malformed(f"not canonical MessagePack: {error}") from error
    if not same:
        raise Malformed("not canonical MessagePack: another spelling of the same value, or bytes after it")
    return shaped


def _check(value: object, depth: int) -> None:
    """Raise `ValueError` unless types, key order and depth of `value` are those of the spec."""
    kind = type(value)
    if kind is bytes or kind is str or kind is int or kind is bool or value is None:
        return
    if depth > DEPTH_MAX:
        raise ValueError(f"nested deeper than {DEPTH_MAX}")
    if isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, dict):
        _check_map(value, depth)
    else:
        raise ValueError(f"{kind.__name__} is not allowed; only nil, bool, int, str, bin, array and map are")


def _check_map(value: dict[object, object], depth: int) -> None:
    previous: str | None = None
    for key, item in value.items():
        if not isinstance(key, str):
            raise ValueError("a map key is not a string")
        if previous is not None and key <= previous:
            raise ValueError("map keys are not in ascending order")
        previous = key
        _check(item, depth + 1)


# --- JCS (RFC 8785) over objects, arrays, strings, integers, booleans -------------------------------------------------


def jcs(value: Json) -> bytes:
    """The RFC 8785 text of `value` as UTF-8, without a newline."""
    return json.dumps(_jcs_sorted(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


def _jcs_sorted(value: Json) -> Json:
    # RFC 8785 sorts by UTF-16 code units, which differs from Python's order outside the basic plane.
    if isinstance(value, dict):
        return {key: _jcs_sorted(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, list):
        return [_jcs_sorted(item) for item in value]
    return value


def parse_jcs(data: bytes, *, bytes_max: int, allow_null: bool = False) -> Json:
    """The value of a JCS text. Raises `Malformed` on any other spelling, on floats, and on nulls unless allowed."""
    if len(data) > bytes_max:
        raise Malformed(f"{len(data)} bytes of JSON, at most {bytes_max} are allowed here")
    try:
        value: Json = json.loads(data.decode("utf-8"), parse_constant=_no_constant, parse_float=_no_constant)
        _check_json(value, 1, allow_null=allow_null)
        same = jcs(value) == data
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not RFC 8785 JSON: {error}") from error
    if not same:
        raise Malformed("not RFC 8785 JSON: another spelling of the same value (order, spaces or escapes)")
    return value


def _no_constant(text: str) -> Json:
    raise ValueError(f"{text} is not allowed; numbers are integers")


def _check_json(value: Json, depth: int, *, allow_null: bool) -> None:
    if value is None and not allow_null:
        raise ValueError("null is not allowed")
    if type(value) is int and abs(value) > SAFE_INTEGER_MAX:
        raise ValueError("an integer is beyond ±(2^53 - 1)")
    if isinstance(value, (list, dict)) and depth > 2 * DEPTH_MAX:
        raise ValueError("nested too deep")
    if isinstance(value, list):
        for item in value:
            _check_json(item, depth + 1, allow_null=allow_null)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not key.isascii():
                raise ValueError("a key is not ASCII")
            _check_json(item, depth + 1, allow_null=allow_null)


# --- text forms ------------------------------------------------------------------------------------------------------


def to_b64(data: bytes) -> str:
    """Standard padded base64 on one line."""
    return base64.b64encode(data).decode("ascii")


def from_b64(text: str, *, length: int | None = None) -> bytes:
    """The bytes that `text` spells (exactly `length` of them, if given). Raises `Malformed` on another spelling."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error) as error:
        raise Malformed("not standard padded base64") from error
    if to_b64(data) != text:
        raise Malformed("base64 with another spelling of the same bytes")
    return _sized(data, length, "base64")


def from_hex(text: str, *, length: int | None = None) -> bytes:
    """The bytes of lower-case hex digits (exactly `length` bytes, if given). Raises `Malformed`."""
    if not _HEX.fullmatch(text):
        raise Malformed("not lower-case hex digits in pairs")
    return _sized(bytes.fromhex(text), length, "hex")


def _sized(data: bytes, length: int | None, form: str) -> bytes:
    if length is not None and len(data) != length:
        raise Malformed(f"{form} of {len(data)} bytes, {length} are expected")
    return data


def decimal(text: str, *, maximum: int = 2**63 - 1) -> int:
    """A decimal integer without sign or leading zero, 0 to `maximum`. Raises `Malformed`."""
    if not _DECIMAL.fullmatch(text):
        raise Malformed(f"{text[:32]!r} is not a decimal integer without sign or leading zero")
    number = int(text)
    if number > maximum:
        raise Malformed(f"{number} is over {maximum}")
    return number


def time_text(time_ms: int) -> str:
    """RFC 3339 UTC with milliseconds and `Z`. time_ms: milliseconds since 1970, 0 to TIME_MS_MAX."""
    if not 0 <= time_ms <= TIME_MS_MAX:
        raise Malformed(f"{time_ms} ms is outside the years 1970 to 9999")
    moment = _EPOCH + timedelta(milliseconds=time_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time_ms % 1000:03d}Z"


def parse_time(text: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 UTC time with milliseconds and `Z`. Raises `Malformed`."""
    if not _TIME.fullmatch(text):
        raise Malformed(f"{text[:32]!r} is not a time like 2026-11-22T04:12:09.104Z")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed(f"{text!r} is not a time that exists") from error
    time_ms = (moment - _EPOCH) // timedelta(milliseconds=1)
    if time_ms < 0 or time_text(time_ms) != text:
        raise Malformed(f"{text!r} is not a time from 1970 on in its one spelling")
    return time_ms
