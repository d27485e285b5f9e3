"""What an RFC 3161 time-stamp response says: over which bytes, and when. Not whether its authority signed it.

Read strictly as DER, from the first byte to the last, so that there is one reading of each response: a tool that checks
the authority's signature on the same bytes speaks of the same imprint and time. Certificates and the signature itself
are passed over unread; they need X.509, which is not of this room (`evidence/timestamps.py` takes a function for it).

    TimeStampResp ::= SEQUENCE { SEQUENCE { status INTEGER 0, … }, ContentInfo }
    ContentInfo   ::= SEQUENCE { OID id-signedData, [0] { SEQUENCE { version, digestAlgorithms,
                      SEQUENCE { OID id-ct-TSTInfo, [0] { OCTET STRING of TSTInfo } }, …, signerInfos } } }
    TSTInfo       ::= SEQUENCE { version 1, policy OID, SEQUENCE { SEQUENCE { OID, NULL? }, hash OCTET STRING },
                      serial INTEGER, genTime GeneralizedTime, accuracy?, ordering?, nonce?, tsa?, extensions? }

Spec: RFC 3161 section 2.4.2; docs/spec/evidence.md section 8.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from datadeed_ledger.encoding import parse_time, sha256
from datadeed_ledger.errors import Malformed

RESPONSE_BYTES_MAX: Final = 64 * 1024  # a response with its chain of certificates has 2 to 10 KiB
_INTEGER, _OCTETS, _OID, _TIME, _SEQUENCE, _SET = 0x02, 0x04, 0x06, 0x18, 0x30, 0x31
_BOOLEAN, _NULL, _EXPLICIT, _MILLIS, _MICROS, _EXTENSIONS = 0x01, 0x05, 0xA0, 0x80, 0x81, 0xA1
_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2
_TST_INFO: Final = bytes.fromhex("2a864886f70d0109100104")  # 1.2.840.113549.1.9.16.1.4
_SHA256: Final = bytes.fromhex("608648016503040201")  # 2.16.840.1.101.3.4.2.1
_GRANTED: Final = b"\x00"
_GEN_TIME: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:\.([0-9]{0,8}[1-9]))?Z")


@dataclass(frozen=True, slots=True)
class TimestampToken:
    """What the token states. imprint: 32 bytes, SHA-256 of what was stamped; serial: of the token at its authority.

    time_ms: genTime, ms since 1970, what is finer cut off; accuracy_ms: how far genTime may be off, rounded up, None
    where the authority does not say; nonce: the asker's, if it sent one.
    """

    imprint: bytes
    time_ms: int
    accuracy_ms: int | None
    serial: int
    nonce: int | None

    @property
    def latest_ms(self) -> int:
        """The last moment that the token can mean: its second may be cut off, and the authority's clock be off."""
        return self.time_ms + 999 + (self.accuracy_ms or 0)

    @classmethod
    def parse(cls, response: bytes) -> TimestampToken:
        """The token in a time-stamp response. Raises Malformed, also where the response refuses to give one."""
        return cls._of_info(_tst_info(_signed_data(response)))

    @classmethod
    def _of_info(cls, data: bytes) -> TimestampToken:
        outer = _Der(data)
        info = outer.enter(_SEQUENCE)
        outer.end()
        if info.take(_INTEGER) != b"\x01":
            raise Malformed("a time-stamp is of version 1")
        info.take(_OID)  # the authority's policy
        imprint = _imprint(info.enter(_SEQUENCE))
        serial = _integer(info.take(_INTEGER))
        time_ms = _time_ms(info.take(_TIME))
        accuracy_ms = _accuracy_ms(info.enter(_SEQUENCE)) if info.tag == _SEQUENCE else None
        if info.tag == _BOOLEAN:
            info.take(_BOOLEAN)
        nonce = _integer(info.take(_INTEGER)) if info.tag == _INTEGER else None
        for optional in (_EXPLICIT, _EXTENSIONS):  # the authority's name, extensions
            if info.tag == optional:
                info.take(optional)
        info.end()
        return cls(imprint, time_ms, accuracy_ms, serial, nonce)


def timestamp_request(stamped: bytes, nonce: int) -> bytes:
    """The request for a token over these bytes, with the authority's certificates in it. nonce: 64 random bits."""
    assert 0 < nonce < 2**64, "a nonce is positive and has at most 64 bits"
    algorithm = _encoded(_SEQUENCE, _encoded(_OID, _SHA256) + _encoded(_NULL, b""))
    imprint = _encoded(_SEQUENCE, algorithm + _encoded(_OCTETS, sha256(stamped)))
    number = _encoded(_INTEGER, nonce.to_bytes(nonce.bit_length() // 8 + 1, "big"))
    wants_certificates = _encoded(_BOOLEAN, b"\xff")
    return _encoded(_SEQUENCE, _encoded(_INTEGER, b"\x01") + imprint + number + wants_certificates)


def with_sorted_certificates(response: bytes) -> bytes:
    """The response with its certificates in the order that DER demands of a set, and nothing else changed.

    Authorities send them leaf first; strict readers refuse that. The order is under no signature. Raises Malformed.
    """
    signed = _signed_data(response)
    signed.take(_INTEGER)
    signed.take(_SET)
    signed.take(_SEQUENCE)
    if signed.tag != _EXPLICIT:
        return response
    start, stop = signed.place(_EXPLICIT)
    level = _Der(response, start, stop)
    certificates = []
    while level.tag is not None:
        certificates.append(level.whole())
    return response[:start] + b"".join(sorted(certificates)) + response[stop:]


def _signed_data(response: bytes) -> _Der:
    """The fields of the SignedData in a response that granted a token."""
    if len(response) > RESPONSE_BYTES_MAX:
        raise Malformed(f"a time-stamp response has at most {RESPONSE_BYTES_MAX} bytes")
    outer = _Der(response)
    body = outer.enter(_SEQUENCE)
    outer.end()
    if body.enter(_SEQUENCE).take(_INTEGER) != _GRANTED:
        raise Malformed("the authority granted no time-stamp")
    content = body.enter(_SEQUENCE)
    body.end()
    if content.take(_OID) != _SIGNED_DATA:
        raise Malformed("a time-stamp token is signed data")
    explicit = content.enter(_EXPLICIT)
    content.end()
    signed = explicit.enter(_SEQUENCE)
    explicit.end()
    return signed


def _tst_info(signed: _Der) -> bytes:
    """The TSTInfo in a SignedData, whose fields are read to its end."""
    signed.take(_INTEGER)
    signed.take(_SET)
    encapsulated = signed.enter(_SEQUENCE)
    for optional in (_EXPLICIT, _EXTENSIONS):  # certificates, revocation lists
        if signed.tag == optional:
            signed.take(optional)
    signed.take(_SET)
    signed.end()
    if encapsulated.take(_OID) != _TST_INFO:
        raise Malformed("the signed data is no time-stamp")
    wrapped = encapsulated.enter(_EXPLICIT)
    encapsulated.end()
    info = wrapped.take(_OCTETS)
    wrapped.end()
    return info


def _imprint(imprint: _Der) -> bytes:
    algorithm = imprint.enter(_SEQUENCE)
    if algorithm.take(_OID) != _SHA256:
        raise Malformed("the time-stamp's imprint is not a SHA-256")
    if algorithm.tag == _NULL:
        algorithm.take(_NULL)
    algorithm.end()
    digest = imprint.take(_OCTETS)
    imprint.end()
    if len(digest) != 32:
        raise Malformed("the time-stamp's imprint is not 32 bytes")
    return digest


def _time_ms(text: bytes) -> int:
    found = _GEN_TIME.fullmatch(text.decode("latin-1"))
    if found is None:
        raise Malformed("the time of the time-stamp is not YYYYMMDDhhmmss[.s]Z")
    year, month, day, hour, minute, second, fraction = found.groups()
    millis = (fraction or "")[:3].ljust(3, "0")
    return parse_time(f"{year}-{month}-{day}T{hour}:{minute}:{second}.{millis}Z")


def _accuracy_ms(accuracy: _Der) -> int:
    total_us = 0
    for tag, unit_us in ((_INTEGER, 1_000_000), (_MILLIS, 1000), (_MICROS, 1)):
        if accuracy.tag == tag:
            total_us += _integer(accuracy.take(tag)) * unit_us
    accuracy.end()
    return -(-total_us // 1000)


def _integer(data: bytes) -> int:
    """A non-negative integer of at most 160 bits (RFC 3161's bound on serial numbers)."""
    if not data or len(data) > 21 or data[0] & 0x80 or (len(data) > 1 and data[0] == 0 and not data[1] & 0x80):
        raise Malformed("an integer of the time-stamp is negative, too long or in another spelling")
    return int.from_bytes(data, "big")


class _Der:
    """A cursor over the elements of one level. Tags of one byte, definite lengths in their shortest form.

    start, stop: where the level lies in `data`.
    """

    def __init__(self, data: bytes, start: int = 0, stop: int | None = None) -> None:
        self._data = data
        self._at = start
        self._stop = len(data) if stop is None else stop

    @property
    def tag(self) -> int | None:
        """The tag of the next element; None after the last."""
        return self._data[self._at] if self._at < self._stop else None

    def take(self, tag: int) -> bytes:
        """The content of the next element, which has this tag. Raises Malformed."""
        start, stop = self.place(tag)
        return self._data[start:stop]

    def enter(self, tag: int) -> _Der:
        """The elements inside the next one. Raises Malformed."""
        return _Der(self._data, *self.place(tag))

    def whole(self) -> bytes:
        """The next element with its tag and length. Raises Malformed where there is none."""
        start = self._at
        self.place(self.tag or _SEQUENCE)
        return self._data[start : self._at]

    def end(self) -> None:
        """Raise Malformed unless every element was taken."""
        if self.tag is not None:
            raise Malformed(f"a time-stamp response goes on with {self.tag:#04x} where it should end")

    def place(self, tag: int) -> tuple[int, int]:
        """Where the content of the next element, which has this tag, starts and stops; go on behind it."""
        if self.tag != tag:
            found = "nothing" if self.tag is None else f"{self.tag:#04x}"
            raise Malformed(f"a time-stamp response has {found} where {tag:#04x} belongs")
        start, length = self._length()
        if start + length > self._stop:
            raise Malformed("a time-stamp response ends too early")
        self._at = start + length
        return start, self._at

    def _length(self) -> tuple[int, int]:
        """Where the next element's content starts, and its length."""
        at = self._at + 1
        if at >= self._stop:
            raise Malformed("a time-stamp response ends too early")
        first = self._data[at]
        if first < 0x80:
            return at + 1, first
        count = first & 0x7F
        digits = self._data[at + 1 : min(at + 1 + count, self._stop)]
        length = int.from_bytes(digits, "big")
        if not 1 <= count <= 4 or len(digits) != count or length < 0x80 or digits[0] == 0:
            raise Malformed("a length in a time-stamp response is not in its shortest form")
        return at + 1 + count, length


def _encoded(tag: int, content: bytes) -> bytes:
    assert len(content) < 0x80, "a request has short elements only"
    return bytes((tag, len(content))) + content
