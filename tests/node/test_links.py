"""Links over real TLS sockets: who may come in, what is carried, and what ends a connection without harm to others."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from institutions import Institutions, free_port, run, until
from succession import Succession

from datadeed_ledger.encoding import encode
from datadeed_ledger.roster import Roster
from datadeed_node import link as link_module
from datadeed_node.certificates import link_issuer, make_certificate
from datadeed_node.links import Certificate, Identity, Links
from datadeed_node.metrics import Metrics
from datadeed_node.wire import Channel, Hello, encode_control, frame_head


class Side:
    """One institution's links, and all that happened on them."""

    def __init__(self, four: Institutions, at: int, fingerprint: bytes | None = None, queue: int = 8 << 20) -> None:
        config = four.config(at)
        self.port = config.peer_port
        self.heard: list[tuple[str, Channel, bytes]] = []
        self.changes: list[tuple[str, bool]] = []
        self.metrics = Metrics()
        self.links = Links(
            Identity(config.name, fingerprint or four.genesis.fingerprint, Certificate(*config.certificate_files()[0])),
            self.metrics,
            queue_bytes_max=queue,
            received=lambda peer, channel, payload: self.heard.append((peer, channel, payload)),
            changed=lambda peer, up: self.changes.append((peer, up)),
        )
        self.links.expect(four.genesis.roster, None)

    def connected(self) -> set[str]:
        return {peer.name for peer in self.links.peers() if peer.connected}

    @property
    def refused(self) -> float:
        value = self.metrics.registry.get_sample_value("datadeed_links_refused_total")
        assert value is not None
        return value


@asynccontextmanager
async def running(*sides: Side) -> AsyncIterator[None]:
    for side in sides:
        await side.links.start("127.0.0.1", side.port)
    try:
        yield
    finally:
        for side in sides:
            await side.links.stop()


@pytest.fixture
def four(tmp_path: Path) -> Institutions:
    return Institutions(tmp_path)


def client_context(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=link_issuer())
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


async def dial(side: Side, folder: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", side.port, ssl=client_context(folder))


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the other side closes before long; what it says until then is passed over."""
    try:
        while await asyncio.wait_for(reader.read(1000), 10):
            pass
    except (ConnectionError, ssl.SSLError):
        pass
    return True


def test_four_institutions_are_all_linked_and_frames_arrive_in_order(four: Institutions) -> None:
    async def main() -> None:
        sides = [Side(four, at) for at in range(4)]
        async with running(*sides):
            await until(lambda: all(len(side.connected()) == 3 for side in sides), "everybody is linked")
            for at, side in enumerate(sides):
                for number in range(50):
                    side.links.broadcast(Channel.CONSENSUS, b"%d %d" % (at, number) * 100)
            await until(lambda: all(len(side.heard) == 150 for side in sides), "all frames are there")
            for at, side in enumerate(sides):
                for peer in set(range(4)) - {at}:
                    heard = [payload for frm, _, payload in side.heard if frm == four.names[peer]]
                    assert heard == [b"%d %d" % (peer, number) * 100 for number in range(50)]

    run(main())


def test_a_large_frame_arrives_whole(four: Institutions) -> None:
    async def main() -> None:
        first, second = Side(four, 0), Side(four, 1)
        async with running(first, second):
            await until(first.connected, "linked")
            block = bytes(range(256)) * (4 * 1024 * 1024 // 256)
            first.links.send(four.names[1], Channel.CONSENSUS, block)
            await until(lambda: second.heard, "the block arrives")
            assert second.heard == [(four.names[0], Channel.CONSENSUS, block)]

    run(main())


def test_a_peer_that_restarts_is_met_again(four: Institutions) -> None:
    async def main() -> None:
        first, second = Side(four, 0), Side(four, 1)
        async with running(first):
            async with running(second):
                await until(first.connected, "linked")
            await until(lambda: not first.connected(), "the loss is noticed")
            async with running(again := Side(four, 1)):
                await until(lambda: first.connected() and again.connected(), "linked again")
            assert first.changes[:3] == [(four.names[1], up) for up in (True, False, True)]

    run(main())


def test_a_stranger_with_a_certificate_of_the_right_form_is_refused(four: Institutions, tmp_path: Path) -> None:
    certificate, private = make_certificate("court.example.cn")
    (tmp_path / "cert.pem").write_bytes(certificate)
    (tmp_path / "key.pem").write_bytes(private)

    async def main() -> None:
        side = Side(four, 1)
        async with running(side):
            reader, writer = await dial(side, tmp_path)
            hello = encode_control(Hello(1, four.genesis.fingerprint, "court.example.cn"))
            writer.write(frame_head(Channel.CONTROL, len(hello)) + hello)
            assert await ended(reader)
            assert side.refused == 1
            assert side.changes == []
            writer.close()

    run(main())


def test_a_client_without_a_certificate_is_refused(four: Institutions) -> None:
    async def main() -> None:
        side = Side(four, 1)
        async with running(side):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            reader, writer = await asyncio.open_connection("127.0.0.1", side.port, ssl=context)
            assert await ended(reader)
            assert side.changes == []
            writer.close()

    run(main())


def test_a_server_whose_certificate_is_not_the_pinned_one_is_left(four: Institutions) -> None:
    """Whoever sits at a member's address without its key learns nothing, not even a hello."""
    heard: list[bytes] = []

    async def main() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                heard.append(await reader.read(1000))
            except (ConnectionError, ssl.SSLError):
                heard.append(b"")
            writer.close()

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_verify_locations(cadata=link_issuer())
        context.verify_mode = ssl.CERT_REQUIRED
        folder = four.folder / four.names[2] / "tls"
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        server = await asyncio.start_server(serve, "127.0.0.1", four.config(1).peer_port, ssl=context)
        async with running(first := Side(four, 0)):
            await until(lambda: first.refused, "the impostor was dialled and left")
            assert first.connected() == set()
            assert set(heard) <= {b""}
        server.close()
        await server.wait_closed()

    run(main())


@pytest.mark.parametrize(
    "hello",
    [
        Hello(2, bytes(32), "court.example.cn"),
        Hello(1, bytes(32), "court.example.cn"),
        Hello(1, bytes(32), "notary.example.cn"),
    ],
    ids=["another version", "another ledger", "another name"],
)
def test_a_wrong_hello_ends_the_link(four: Institutions, hello: Hello) -> None:
    async def main() -> None:
        side = Side(four, 1)
        async with running(side):
            reader, writer = await dial(side, four.folder / four.names[0] / "tls")
            data = encode_control(hello)
            writer.write(frame_head(Channel.CONTROL, len(data)) + data)
            assert await ended(reader)
            assert side.changes == []
            writer.close()

    run(main())


def test_nodes_of_two_ledgers_do_not_link(four: Institutions) -> None:
    async def main() -> None:
        first, other = Side(four, 0), Side(four, 1, fingerprint=bytes(32))
        async with running(first, other):
            await until(lambda: other.refused, "refused")
            assert first.connected() == other.connected() == set()

    run(main())


async def greet(side: Side, four: Institutions) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A link of the first institution to `side`, made by hand."""
    reader, writer = await dial(side, four.folder / four.names[0] / "tls")
    hello = encode_control(Hello(1, four.genesis.fingerprint, four.names[0]))
    writer.write(frame_head(Channel.CONTROL, len(hello)) + hello)
    head = await reader.readexactly(5)
    await reader.readexactly(int.from_bytes(head[:4], "big") - 1)
    return reader, writer


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff" * 5,
        bytes(5),
        frame_head(Channel.ENTRIES, 1 << 30),
        frame_head(Channel.CONTROL, 3) + b"\xc1\xc1\xc1",
        frame_head(Channel.CONTROL, 1) + encode([]),
    ],
    ids=["http", "ones", "zeros", "huge", "not msgpack", "no message"],
)
def test_garbage_from_a_member_ends_that_link_only(four: Institutions, garbage: bytes) -> None:
    async def main() -> None:
        side, friend = Side(four, 1), Side(four, 2)
        async with running(side, friend):
            await until(lambda: friend.connected(), "the friend is linked")
            reader, writer = await greet(side, four)
            await until(lambda: len(side.connected()) == 2, "linked by hand")
            writer.write(garbage)
            assert await ended(reader)
            await until(lambda: side.connected() == {four.names[2]}, "only the friend is left")
            side.links.send(four.names[2], Channel.CONSENSUS, b"still here")
            await until(lambda: friend.heard, "the friend hears")
            writer.close()

    run(main())


def test_who_says_nothing_after_the_handshake_is_dropped(four: Institutions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "HELLO_S_MAX", 0.2)

    async def main() -> None:
        side = Side(four, 1)
        async with running(side):
            reader, writer = await dial(side, four.folder / four.names[0] / "tls")
            assert await ended(reader)
            assert side.refused == 1
            writer.close()

    run(main())


def test_who_sends_a_frame_drop_by_drop_is_dropped(four: Institutions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "FRAME_S_MAX", 0.3)

    async def main() -> None:
        side = Side(four, 1)
        async with running(side):
            reader, writer = await greet(side, four)
            await until(side.connected, "linked")
            writer.write(frame_head(Channel.CONSENSUS, 1000))

            async def drip() -> None:
                while not writer.is_closing():
                    writer.write(b".")
                    await asyncio.sleep(0.02)

            dripping = asyncio.create_task(drip())
            assert await ended(reader)
            dripping.cancel()
            await until(lambda: not side.connected(), "dropped")
            assert side.heard == []
            writer.close()

    run(main())


def test_a_newer_connection_of_the_same_institution_replaces_the_older(four: Institutions) -> None:
    async def main() -> None:
        side = Side(four, 1)
        async with running(side):
            old, old_writer = await greet(side, four)
            await until(side.connected, "linked")
            _, new_writer = await greet(side, four)
            assert await ended(old)
            new_writer.write(frame_head(Channel.COSIGNATURES, 3) + b"new")
            await until(lambda: side.heard, "the new one is heard")
            assert side.heard == [(four.names[0], Channel.COSIGNATURES, b"new")]
            assert side.changes == [(four.names[0], up) for up in (True, False, True)]
            old_writer.close()
            new_writer.close()

    run(main())


def test_a_peer_that_does_not_read_costs_a_bounded_queue_and_gossip_gives_way_first(four: Institutions) -> None:
    async def main() -> None:
        side = Side(four, 1, queue=6 << 20)
        async with running(side):
            reader, writer = await greet(side, four)
            await until(side.connected, "linked")
            frame = bytes(200_000)
            writer.transport.pause_reading()

            def dropped(channel: str) -> float:
                labels = {"peer": four.names[0], "channel": channel}
                return side.metrics.registry.get_sample_value("datadeed_frames_dropped_total", labels) or 0.0

            for _ in range(200):
                side.links.send(four.names[0], Channel.ENTRIES, frame)
                await asyncio.sleep(0)
            assert dropped("entries") > 0
            for _ in range(5):
                side.links.send(four.names[0], Channel.CONSENSUS, frame)
            assert dropped("consensus") == 0
            for _ in range(100):
                side.links.send(four.names[0], Channel.CONSENSUS, frame)
                await asyncio.sleep(0)
            assert dropped("consensus") > 0
            writer.transport.abort()
            del reader

    run(main())


# --- one roster after the other --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a-first.example.cn", "university.example.cn"], ids=["who dials", "who is dialled"])
def test_where_a_roster_follows_links_stay_up_and_who_joins_is_linked(four: Institutions, name: str) -> None:
    async def main() -> None:
        succession = Succession(four)
        first, second, third = Side(four, 0), Side(four, 1), Side(four, 2)
        succession.joining(name, "supervisor")
        joining = Side(four, 4)
        async with running(first, second, third, joining):
            await until(lambda: all(len(side.connected()) == 2 for side in (first, second, third)), "linked")
            assert joining.connected() == set(), "nobody takes a link of somebody whom no roster names"
            changes = [list(side.changes) for side in (first, second, third)]
            succession.change(four.members[4])
            for side in (first, second, third, joining):
                side.links.expect(succession.roster, four.genesis.roster)
            await until(lambda: all(four.names[4] in side.connected() for side in (first, second, third)), "joined")
            for side, before in zip((first, second, third), changes, strict=True):
                assert side.changes == [*before, (four.names[4], True)]
            assert [peer.is_member for peer in first.links.peers()] == [True] * 4

    run(main())


def test_who_left_is_linked_for_one_more_roster(four: Institutions) -> None:
    async def main() -> None:
        succession = Succession(four)
        sides = [Side(four, at) for at in range(4)]
        async with running(*sides):
            await until(lambda: all(len(side.connected()) == 3 for side in sides), "linked")
            founding = succession.roster
            succession.joining("university.example.cn", "court")
            succession.change(four.members[4], without=[0])
            second = succession.roster
            for side in sides:
                side.links.expect(second, founding)
            left = {peer.name for peer in sides[3].links.peers() if not peer.is_member}
            assert left == {four.names[0]} <= sides[3].connected()
            succession.change(succession.rekeyed(1, "log"))
            for side in sides[1:]:
                side.links.expect(succession.roster, second)
            await until(lambda: four.names[0] not in sides[3].connected(), "the link ended")
            assert sides[3].connected() == {four.names[1], four.names[2]}
            await until(lambda: not sides[0].connected(), "its other end too")
            refused = sides[1].refused
            await until(lambda: sides[1].refused > refused, "and is not taken again")

    run(main())


def test_a_member_with_a_new_key_is_known_by_the_old_and_the_new_pin_until_the_next_roster(four: Institutions) -> None:
    async def main() -> None:
        succession = Succession(four)
        side, friend = Side(four, 1), Side(four, 0)
        founding = succession.roster
        succession.change(succession.rekeyed(0, "tls"))
        second, (old, new) = succession.roster, four.config(0).certificate_files()
        async with running(side), running(friend):
            await until(side.connected, "linked under the old key")
            for each in (side, friend):
                each.links.expect(second, founding)
            assert side.links._up[four.names[0]].pin == founding.members[0].tls
            friend.links.show(Certificate(*new))
            side.links.drop(four.names[0], "test")
            await until(lambda: (four.names[0], False) in side.changes, "the link is lost")
            await until(side.connected, "linked under the new key")
            assert side.links._up[four.names[0]].pin == second.members[0].tls
            friend.links.show(Certificate(*old))
            side.links.drop(four.names[0], "test")
            await until(lambda: side.changes.count((four.names[0], True)) == 3, "the old one is still accepted")
            third = Roster.of(3, second.members)
            side.links.expect(third, second)
            await until(lambda: not side.connected(), "under the roster after the next it is not")
            refused = side.refused
            await until(lambda: side.refused > refused, "nor taken again")
            friend.links.show(Certificate(*new))
            await until(side.connected, "the new one is")

    run(main())


def test_a_member_that_has_moved_is_dialled_where_the_newest_roster_says(four: Institutions) -> None:
    async def main() -> None:
        succession = Succession(four)
        side, moved = Side(four, 0), Side(four, 1)
        moved.port = free_port()
        async with running(side, moved):
            succession.change(replace(succession.member(1), peer=f"127.0.0.1:{moved.port}"))
            side.links.expect(succession.roster, four.genesis.roster)
            await until(side.connected, "found at its new address")

    run(main())
