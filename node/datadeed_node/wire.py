"""Frames on a link between two institutions, and the few control messages; bytes in, values out, no sockets.

    frame   = u32be length || u8 channel || payload         length counts the channel and the payload
    control = canonical MessagePack:  [1, version, fingerprint, member name] hello and its answer
                                      [2, n] ping   [3, n] pong

Each channel has its own limit, checked before the payload is waited for; until the hello has been answered only control
frames may come. What the other channels carry is their owners': consensus messages, an array of entries, cosignatures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from datadeed_consensus.messages import MESSAGE_BYTES_MAX
from datadeed_ledger.encoding import decode, encode
from datadeed_ledger.errors import Malformed
from datadeed_node.cosigner_messages import MESSAGE_BYTES_MAX as COSIGNER_BYTES_MAX

PROTOCOL_VERSION = 1
HEAD_BYTES = 5
ENTRIES_FRAME_BYTES_MAX = 256 * 1024  # a gossip frame; senders stop earlier, so that one frame is a slice of work


class Channel(IntEnum):
    """What a frame carries."""

    CONTROL = 0
    CONSENSUS = 1
    ENTRIES = 2
    COSIGNATURES = 3


# Payload bytes at most, by channel. A frame that says it is longer ends the link.
PAYLOAD_BYTES_MAX = {
    Channel.CONTROL: 1024,
    Channel.CONSENSUS: MESSAGE_BYTES_MAX,
    Channel.ENTRIES: ENTRIES_FRAME_BYTES_MAX,
    Channel.COSIGNATURES: COSIGNER_BYTES_MAX,
}


@dataclass(frozen=True, slots=True)
class Hello:
    """The first control message each way: which ledger, who, and in which version of this protocol."""

    version: int
    fingerprint: bytes  # of the ledger, 32 bytes
    name: str  # the sender's member name


@dataclass(frozen=True, slots=True)
class Ping:
    number: int


@dataclass(frozen=True, slots=True)
class Pong:
    number: int


Control = Hello | Ping | Pong


def frame_head(channel: Channel, payload_bytes: int) -> bytes:
    """What stands before a payload of this many bytes."""
    return (payload_bytes + 1).to_bytes(4, "big") + bytes((channel,))


def encode_control(message: Control) -> bytes:
    match message:
        case Hello(version, fingerprint, name):
            return encode([1, version, fingerprint, name])
        case Ping(number):
            return encode([2, number])
        case Pong(number):
            return encode([3, number])


def decode_control(payload: bytes) -> Control:
    """The control message that `payload` spells. Raises Malformed."""
    match decode(payload, bytes_max=PAYLOAD_BYTES_MAX[Channel.CONTROL]):
        case [1, int(version), bytes(fingerprint), str(name)] if len(fingerprint) == 32 and len(name) <= 63:
            return Hello(version, fingerprint, name)
        case [2, int(number)] if number >= 0:
            return Ping(number)
        case [3, int(number)] if number >= 0:
            return Pong(number)
    raise Malformed("not a control message: hello, ping or pong is expected")


def encode_entries(entries: Sequence[bytes]) -> bytes:
    return encode(list(entries))


def decode_entries(payload: bytes) -> list[bytes]:
    """The entries of one gossip frame, not yet looked into. Raises Malformed."""
    value = decode(payload, bytes_max=ENTRIES_FRAME_BYTES_MAX)
    if not isinstance(value, list):
        raise Malformed("a gossip frame is an array of entries")
    entries = [item for item in value if isinstance(item, bytes)]
    if len(entries) != len(value):
        raise Malformed("a gossip frame's entries are bin")
    return entries


class FrameReader:
    """Cuts a stream of bytes into frames. After it has raised Malformed the stream is of no more use."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._open = False

    def open(self) -> None:
        """Both sides have said hello: all channels may come from here on."""
        self._open = True

    @property
    def waiting_bytes(self) -> int:
        """Bytes of a frame that is not whole yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[tuple[Channel, bytes]]:
        """The frames that `data` completes. Raises Malformed on a frame that may not come."""
        buffer = self._buffer
        buffer += data
        frames: list[tuple[Channel, bytes]] = []
        start = 0
        while len(buffer) - start >= HEAD_BYTES:
            length = int.from_bytes(buffer[start : start + 4], "big")
            channel = self._channel(buffer[start + 4], length - 1)
            end = start + 4 + length
            if len(buffer) < end:
                break
            frames.append((channel, bytes(buffer[start + HEAD_BYTES : end])))
            start = end
            if channel is Channel.CONTROL and not self._open:
                break  # the answer decides what may follow
        if start:
            del buffer[:start]
        return frames

    def _channel(self, code: int, payload_bytes: int) -> Channel:
        try:
            channel = Channel(code)
        except ValueError as error:
            raise Malformed(f"a frame of channel {code}; 0 to 3 exist") from error
        if not self._open and channel is not Channel.CONTROL:
            raise Malformed("a frame before the hello")
        if not 0 <= payload_bytes <= PAYLOAD_BYTES_MAX[channel]:
            raise Malformed(f"a frame of {payload_bytes} bytes on {channel.name}, at most {PAYLOAD_BYTES_MAX[channel]}")
        return channel
