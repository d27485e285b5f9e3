"""Typed fields of decoded MessagePack: each function returns what it was given, or raises `Malformed`."""

from __future__ import annotations

from datadeed_ledger.encoding import Decoded
from datadeed_ledger.errors import Malformed

NUMBER_MAX = 2**63 - 1  # views and heights; a window above one still fits a u64


def number(value: Decoded, minimum: int = 0, maximum: int = NUMBER_MAX) -> int:
    if type(value) is not int or not minimum <= value <= maximum:
        raise Malformed(f"not an integer from {minimum} to {maximum}")
    return value


def binary(value: Decoded, minimum: int, maximum: int | None = None) -> bytes:
    if type(value) is not bytes or not minimum <= len(value) <= (minimum if maximum is None else maximum):
        raise Malformed(f"not bin of {minimum} to {minimum if maximum is None else maximum} bytes")
    return value


def list_of(value: Decoded, minimum: int, maximum: int) -> list[Decoded]:
    if type(value) is not list or not minimum <= len(value) <= maximum:
        raise Malformed(f"not an array of {minimum} to {maximum} items")
    return value
