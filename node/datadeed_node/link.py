"""One TLS connection to one institution: who is on the other side, frames in, coalesced frames out, bounded both ways.

The other side is known by the pin of its certificate (roster, `tls`) before a byte of it is read; TLS 1.3 reports a
refused certificate only at the first read, so the link counts as up only after hello and answer. Frames wait in a
queue of bounded bytes and leave in one write a turn of the loop. What does not fit is dropped and counted: consensus,
gossip and cosigning all say again what was lost. Left out: who dials whom and when (links.py).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol, cast

from datadeed_ledger.errors import Malformed
from datadeed_node.certificates import pin_of_der
from datadeed_node.wire import (
    PROTOCOL_VERSION,
    Channel,
    FrameReader,
    Hello,
    Ping,
    Pong,
    decode_control,
    encode_control,
    frame_head,
)

HELLO_S_MAX = 5.0  # from the end of the TLS handshake to hello; a silent connection is dropped then
FRAME_S_MAX = 30.0  # a frame that has begun must be whole by then
SILENT_S_MAX = 15.0  # nothing received, although we ping every few seconds
WRITE_HIGH_BYTES = 1024 * 1024  # in the transport; beyond it frames wait in our own queue
# Of the queue's bytes, what gossip may fill: votes and blocks must find room behind it.
GOSSIP_SHARE = 3


class LinkOwner(Protocol):
    """Who makes links and is told what happens on them."""

    fingerprint: bytes
    own_name: str
    queue_bytes_max: int

    def expected(self, pin: bytes, link: Link) -> str | None:
        """The name of the member with this pin, if a link with it may exist in this direction."""
        ...

    def up(self, link: Link) -> None: ...

    def down(self, link: Link, reason: str) -> None: ...

    def received(self, link: Link, channel: Channel, payload: bytes) -> None: ...

    def dropped(self, link: Link, channel: Channel) -> None: ...


class Link(asyncio.Protocol):
    """One connection, from the TLS handshake's end to its close."""

    def __init__(self, owner: LinkOwner, *, dialled: str | None) -> None:
        loop = asyncio.get_running_loop()
        self.dialled = dialled  # the name that was dialled; None: the other side has dialled us
        self.name: str | None = None  # the member on the other side, known by its pin
        self.pin = b""
        self.is_up = False
        self.round_trip_ms: float | None = None
        self.bytes_in = 0
        self.bytes_out = 0
        self.closed: asyncio.Future[None] = loop.create_future()
        self._owner = owner
        self._clock: Callable[[], float] = loop.time
        self._call_soon = loop.call_soon
        self._transport: asyncio.Transport | None = None
        self._reader = FrameReader()
        self._queue: list[bytes] = []
        self._queue_bytes = 0
        self._flushing = False
        self._writable = True
        self._born_at = self._heard_at = self._frame_from = self._clock()
        self._pinged_at = 0.0
        self._reason = ""
        self._dropped = False

    # --- asyncio.Protocol --------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_BYTES)
        try:
            self.pin = self._shown_pin()
        except Malformed as error:
            self.drop(str(error))
            return
        self.name = self._owner.expected(self.pin, self)
        if self.name is None:
            self.drop("its certificate is not one that the roster pins here")
            return
        if self.dialled is not None:
            self._say_hello()

    def data_received(self, data: bytes) -> None:
        self._heard_at = self._clock()
        self.bytes_in += len(data)
        begun_before = self._reader.waiting_bytes > 0
        try:
            frames = self._reader.feed(data)
            if frames or not begun_before:
                self._frame_from = self._heard_at
            while frames and not self._dropped:
                for channel, payload in frames:
                    self._frame(channel, payload)
                frames = self._reader.feed(b"")
        except Malformed as error:
            self.drop(f"bytes that no member sends: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._dropped = True
        self._queue.clear()
        if not self.closed.done():
            self.closed.set_result(None)
        self._owner.down(self, self._reason or (str(exc) if exc else "closed by the other side"))
        self.is_up = False

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._flush()

    # --- for the owner -----------------------------------------------------------------------------------------------

    @property
    def queued_bytes(self) -> int:
        return self._queue_bytes

    def send(self, channel: Channel, payload: bytes) -> None:
        """Queue one frame; dropped and counted where the queue is full."""
        if self._dropped:
            return
        room = self._owner.queue_bytes_max
        if channel is Channel.ENTRIES:
            room //= GOSSIP_SHARE
        if self._queue_bytes + len(payload) > room:
            self._owner.dropped(self, channel)
            return
        self._queue.append(frame_head(channel, len(payload)))
        self._queue.append(payload)
        self._queue_bytes += len(payload)
        if not self._flushing:
            self._flushing = True
            self._call_soon(self._flush)

    def check(self, now: float) -> None:
        """Drop a link that hangs, ping one that lives; called every second or so."""
        if not self.is_up:
            if now - self._born_at > HELLO_S_MAX:
                self.drop("no hello in time")
        elif self._reader.waiting_bytes and now - self._frame_from > FRAME_S_MAX:
            self.drop("a frame that does not end")
        elif now - self._heard_at > SILENT_S_MAX:
            self.drop("silent, also when pinged")
        elif now - self._pinged_at >= SILENT_S_MAX / 5:
            self._pinged_at = now
            self._control(Ping(int(now * 1000)))

    def hold(self, *, held: bool) -> None:
        """Stop or go on reading, so that a peer that sends faster than we work is slowed down."""
        if self._transport is not None and not self._transport.is_closing():
            if held:
                self._transport.pause_reading()
            else:
                self._heard_at = self._frame_from = self._clock()
                self._transport.resume_reading()

    def drop(self, reason: str) -> None:
        """Close at once; what is queued is lost."""
        self._reason = self._reason or reason
        self._dropped = True
        if self._transport is not None:
            self._transport.abort()

    def close(self, reason: str) -> None:
        """Close after what is queued has left."""
        self._reason = self._reason or reason
        self._flush()
        if self._transport is not None:
            self._transport.close()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _shown_pin(self) -> bytes:
        assert self._transport is not None
        session = self._transport.get_extra_info("ssl_object")
        assert isinstance(session, ssl.SSLObject | ssl.SSLSocket), "links are TLS only"
        certificate = session.getpeercert(binary_form=True)
        if certificate is None:
            raise Malformed("no certificate")
        return pin_of_der(certificate)

    def _frame(self, channel: Channel, payload: bytes) -> None:
        if channel is not Channel.CONTROL:
            self._owner.received(self, channel, payload)
            return
        match decode_control(payload):
            case Hello() as hello:
                self._greeted(hello)
            case Ping(number):
                self._control(Pong(number))
            case Pong(number):
                self.round_trip_ms = max(0.0, self._clock() * 1000 - number)

    def _greeted(self, hello: Hello) -> None:
        assert self.name is not None, "nothing is read before the pin is known"
        if self.is_up:
            raise Malformed("a second hello")
        if hello.version != PROTOCOL_VERSION:
            raise Malformed(f"protocol version {hello.version}; this node speaks {PROTOCOL_VERSION}")
        if hello.fingerprint != self._owner.fingerprint:
            raise Malformed(f"a node of another ledger ({hello.fingerprint.hex()[:16]}…)")
        if hello.name != self.name:
            raise Malformed(f"it calls itself {hello.name} with the certificate of {self.name}")
        if self.dialled is None:
            self._say_hello()
        self._reader.open()
        self.is_up = True
        self._owner.up(self)

    def _say_hello(self) -> None:
        self._control(Hello(PROTOCOL_VERSION, self._owner.fingerprint, self._owner.own_name))

    def _control(self, message: Hello | Ping | Pong) -> None:
        self.send(Channel.CONTROL, encode_control(message))

    def _flush(self) -> None:
        self._flushing = False
        if self._transport is None or not self._writable or not self._queue:
            return
        data = b"".join(self._queue)
        self._queue.clear()
        self._queue_bytes = 0
        self.bytes_out += len(data)
        self._transport.write(data)
