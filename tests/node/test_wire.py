"""Frames: cut the same however the bytes arrive, and refused at the first byte that no member sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger.errors import Malformed
from datadeed_node.wire import (
    ENTRIES_FRAME_BYTES_MAX,
    PAYLOAD_BYTES_MAX,
    Channel,
    FrameReader,
    Hello,
    Ping,
    Pong,
    decode_control,
    decode_entries,
    encode_control,
    encode_entries,
    frame_head,
)

FRAMES = st.lists(st.tuples(st.sampled_from([Channel.CONSENSUS, Channel.ENTRIES]), st.binary(max_size=300)), max_size=8)


def opened() -> FrameReader:
    reader = FrameReader()
    reader.open()
    return reader


def frame(channel: Channel, payload: bytes) -> bytes:
    return frame_head(channel, len(payload)) + payload


@given(FRAMES, st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_frames_come_out_as_they_went_in_however_the_bytes_are_cut(
    frames: list[tuple[Channel, bytes]], cuts: list[int]
) -> None:
    data = b"".join(frame(channel, payload) for channel, payload in frames)
    reader, got, at = opened(), [], 0
    while at < len(data):
        step = cuts[at % len(cuts)]
        got += reader.feed(data[at : at + step])
        at += step
    assert got == frames
    assert reader.waiting_bytes == 0


@given(st.binary(max_size=400))
def test_garbage_is_malformed_or_waits_and_nothing_else(data: bytes) -> None:
    reader = opened()
    try:
        for channel, payload in reader.feed(data):
            assert len(payload) <= PAYLOAD_BYTES_MAX[channel]
    except Malformed:
        return


@pytest.mark.parametrize("channel", list(Channel))
def test_a_frame_over_its_channels_limit_is_refused_before_its_payload_comes(channel: Channel) -> None:
    limit = PAYLOAD_BYTES_MAX[channel]
    assert opened().feed(frame_head(channel, limit)) == []
    with pytest.raises(Malformed, match="at most"):
        opened().feed(frame_head(channel, limit + 1))


def test_an_empty_frame_without_a_channel_is_refused() -> None:
    with pytest.raises(Malformed):
        opened().feed(bytes(5))


@pytest.mark.parametrize("channel", [Channel.CONSENSUS, Channel.ENTRIES, Channel.COSIGNATURES])
def test_only_control_frames_come_before_the_hello(channel: Channel) -> None:
    with pytest.raises(Malformed, match="before the hello"):
        FrameReader().feed(frame(channel, b""))


def test_what_follows_the_hello_is_cut_only_after_it_was_answered() -> None:
    reader = FrameReader()
    data = frame(Channel.CONTROL, b"hello") + frame(Channel.CONSENSUS, b"vote")
    assert reader.feed(data) == [(Channel.CONTROL, b"hello")]
    reader.open()
    assert reader.feed(b"") == [(Channel.CONSENSUS, b"vote")]


@pytest.mark.parametrize("message", [Hello(1, bytes(32), "court.example.cn"), Ping(7), Pong(2**40)])
def test_control_messages_are_read_back(message: Hello | Ping | Pong) -> None:
    assert decode_control(encode_control(message)) == message


@given(st.binary(max_size=100))
def test_a_decoder_of_control_messages_raises_malformed_only(data: bytes) -> None:
    try:
        message = decode_control(data)
    except Malformed:
        return
    assert encode_control(message) == data


@given(st.lists(st.binary(max_size=100), max_size=20))
def test_entries_are_read_back(entries: list[bytes]) -> None:
    assert decode_entries(encode_entries(entries)) == entries


@pytest.mark.parametrize(
    "data", [b"", b"\xc0", b"\x91\x01", b"\x91\xa1a", b"\x90\x90", bytes(ENTRIES_FRAME_BYTES_MAX + 1)]
)
def test_what_is_no_array_of_bin_is_no_gossip(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode_entries(data)
