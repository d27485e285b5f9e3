"""RFC 3161 responses built by hand, with every option and without; no authority signs them.

Written apart from the reader that they try (`datadeed_ledger.timestamp_token`).
"""

from __future__ import annotations

from datadeed_ledger.encoding import sha256

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
SHA256 = bytes.fromhex("0609608648016503040201")
SHA512 = bytes.fromhex("0609608648016503040203")
POLICY = bytes.fromhex("06042a030401")
NULL = b"\x05\x00"
IMPRINT = sha256(b"stamped")


def der(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    if len(content) < 128:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int) -> bytes:
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def imprint(algorithm: bytes = SHA256 + NULL, digest: bytes = IMPRINT) -> bytes:
    return der(0x30, der(0x30, algorithm), der(4, digest))


def info(
    *rest: bytes,
    version: bytes = b"\x02\x01\x01",
    stamped: bytes | None = None,
    serial: bytes = b"\x02\x01\x05",
    time: bytes = b"20261122041209Z",
) -> bytes:
    return der(0x30, version, POLICY, stamped or imprint(), serial, der(0x18, time), *rest)


def response(
    token: bytes | None = None,
    *,
    status: bytes = b"\x02\x01\x00",
    kind: bytes = SIGNED_DATA,
    content: bytes = TST_INFO,
    certificates: bytes = b"",
    after: bytes = b"",
) -> bytes:
    encapsulated = der(0x30, content, der(0xA0, der(4, token or info())))
    signed = der(0x30, integer(3), der(0x31), encapsulated, certificates, der(0x31), after)
    return der(0x30, der(0x30, status), der(0x30, kind, der(0xA0, signed)))
