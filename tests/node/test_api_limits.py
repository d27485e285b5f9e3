"""What a node does with senders that are too large, too slow, or too many; the time-outs are shortened here."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from institutions import run, soon, until
from served_node import MSGPACK, Served, served

from datadeed_ledger.entry import ENTRY_BYTES_MAX
from datadeed_node.api import entries, intake, server


async def raw(node: Served, *pieces: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that has sent these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    return reader, writer


HEAD = b"POST /entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/msgpack\r\n"


def test_a_body_over_the_limit_is_413_before_it_is_read(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            reader, writer = await raw(node, HEAD, b"content-length: 1000000000\r\n\r\n")
            assert (await soon(reader.readline())).startswith(b"HTTP/1.1 413")
            writer.close()
            answer = await node.post(bytes(ENTRY_BYTES_MAX + 1))
            assert (answer.status_code, answer.json()["kind"]) == (413, "too-large")
            assert (await node.post(bytes(ENTRY_BYTES_MAX))).status_code == 400

    run(main())


def test_a_body_without_a_length_is_cut_off_at_the_limit(tmp_path: Path) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * 1024 * 1024:
            sent += 65536
            yield bytes(65536)

    async def main() -> None:
        async with served(tmp_path) as node:
            try:
                answer = await node.client.post("/entries/batch", content=endless(), headers=MSGPACK)
                assert answer.status_code == 413
            except httpx.TransportError:
                pass  # whoever goes on sending may lose the answer with the connection
            assert sent < entries.BATCH_BYTES_MAX + 8 * 1024 * 1024

    run(main())


def test_a_body_that_trickles_is_408_and_the_connection_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "BODY_DEADLINE_S", 0.3)

    async def main() -> None:
        async with served(tmp_path) as node:
            reader, writer = await raw(node, HEAD, b"content-length: 100\r\n\r\n", b"x")
            answer = await soon(reader.read())
            assert answer.startswith(b"HTTP/1.1 408")
            assert b'"kind": "too-slow"' in answer
            writer.close()

    run(main())


@pytest.mark.parametrize("begun", [b"", b"POST /entries HTTP/1.1\r\nhost:", b"\r\n"])
def test_a_head_that_never_ends_ends_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(server, "HEAD_DEADLINE_S", 0.3)

    async def main() -> None:
        async with served(tmp_path) as node:
            reader, writer = await raw(node, begun)
            with_reset = await asyncio.gather(soon(reader.read()), return_exceptions=True)
            assert with_reset == [b""] or isinstance(with_reset[0], ConnectionError)
            writer.close()

    run(main())


def test_a_slow_second_request_on_a_kept_connection_is_cut_off_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_DEADLINE_S", 0.3)

    async def main() -> None:
        async with served(tmp_path) as node:
            reader, writer = await raw(node, b"GET /genesis HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await soon(reader.readline())).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.5)  # kept alive meanwhile: nothing is begun
            writer.write(b"GET /genesis HT")
            await writer.drain()
            rest = await asyncio.gather(soon(reader.read()), return_exceptions=True)
            assert isinstance(rest[0], bytes | ConnectionError)
            writer.close()

    run(main())


def test_others_are_served_while_slow_clients_hold_their_connections(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            slow = [await raw(node, HEAD, b"content-length: 1000\r\n\r\n", b"x") for _ in range(100)]
            answer = await node.post(node.deposit(), "/entries?wait=true")
            assert answer.status_code == 200
            for _, writer in slow:
                writer.close()

    run(main())


def test_more_connections_than_allowed_are_turned_away_and_places_come_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS_MAX", 5)

    async def main() -> None:
        async with served(tmp_path) as node:
            held = [await raw(node) for _ in range(5)]
            reader, writer = await raw(node, b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await soon(reader.readline())).startswith(b"HTTP/1.1 503")
            writer.close()
            for _, each in held:
                each.close()
            await until(lambda: len(node.server._server.server_state.connections) == 0, "connections gone")
            assert (await node.client.get("/health")).status_code == 200

    run(main())


def test_a_reader_that_does_not_read_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "WRITE_STALL_S", 0.3)

    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(*[node.deposit() for _ in range(255)])
            node.server._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            with socket.socket() as deaf:
                deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                deaf.setblocking(False)
                loop = asyncio.get_running_loop()
                await loop.sock_connect(deaf, ("127.0.0.1", node.port))
                # Several at once, so that answers still wait to be begun when the connection is cut.
                await loop.sock_sendall(deaf, b"GET /tile/entries/000 HTTP/1.1\r\nhost: x\r\n\r\n" * 10)
                own, connections = deaf.getsockname(), node.server._server.server_state.connections
                await until(lambda: any(each.client == own for each in connections), "connected")
                await until(lambda: all(each.client != own for each in connections), "cut off")
            assert (await node.client.get("/health")).status_code == 200

    run(main())


def test_garbage_instead_of_http_is_400(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            reader, writer = await raw(node, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20)
            assert (await soon(reader.readline())).startswith(b"HTTP/1.1 400")
            writer.close()

    run(main())
