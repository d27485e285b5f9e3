"""What comes in: bodies within bounds of size and time, ids and numbers in their one spelling.

uvicorn has no limit on bodies and none on how slowly they come, so both are here; the same for headers and connections
stands in `server.py`.
"""

from __future__ import annotations

import asyncio
from datetime import date

from starlette.requests import ClientDisconnect, Request

from datadeed_ledger.calendar_days import parse_day
from datadeed_ledger.encoding import decimal, from_hex
from datadeed_ledger.errors import Malformed
from datadeed_node.api.problems import BadTransfer, NotFound

BODY_DEADLINE_S = 10.0  # 4 MiB in this time is 3.4 Mbit/s
MSGPACK_TYPES = frozenset(("application/msgpack", "application/x-msgpack", "application/vnd.msgpack"))


async def read_msgpack(request: Request, bytes_max: int) -> bytes:
    """The whole body. Raises BadTransfer when it is of another type, longer than `bytes_max`, or too slow."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in MSGPACK_TYPES:
        raise BadTransfer(
            415, "wrong-type", f"the body is {content_type[:80] or 'of no type'}; application/msgpack is expected"
        )
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdecimal() and int(declared) > bytes_max:
        raise _too_large(bytes_max)
    try:
        async with asyncio.timeout(BODY_DEADLINE_S):
            return await _read(request, bytes_max)
    except TimeoutError as error:
        raise BadTransfer(408, "too-slow", f"the body was not whole after {BODY_DEADLINE_S:g} s") from error
    except ClientDisconnect as error:
        raise Malformed("the connection ended before the body did") from error


async def _read(request: Request, bytes_max: int) -> bytes:
    pieces: list[bytes] = []
    room = bytes_max
    async for piece in request.stream():
        room -= len(piece)
        if room < 0:
            raise _too_large(bytes_max)
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _too_large(bytes_max: int) -> BadTransfer:
    return BadTransfer(413, "too-large", f"this route takes at most {bytes_max} bytes")


def id_in_path(text: str, length: int, what: str) -> bytes:
    """An id of `length` bytes from a path. Raises NotFound: a name in another spelling names nothing."""
    try:
        return from_hex(text, length=length)
    except Malformed as error:
        raise NotFound(f"{text[:80]!r} is not {what}: {2 * length} lower-case hex digits are") from error


def number(text: str, what: str) -> int:
    """A log index, size or height from a path or a query. Raises Malformed."""
    try:
        return decimal(text, maximum=2**53 - 1)
    except Malformed as error:
        raise Malformed(f"{what}: {error}") from error


def day(text: str, what: str) -> int:
    """A day (counted from 1970) from a query. Raises Malformed."""
    try:
        exists = date.fromisoformat(text).isoformat() == text
    except ValueError:
        exists = False
    if not exists:
        raise Malformed(f"{what}: a date that exists, spelled YYYY-MM-DD, is expected")
    return parse_day(text)
