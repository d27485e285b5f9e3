"""Performing flows over real HTTP on this machine, blocking and with asyncio, within their bounds."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from paper_ledger import PaperNode, closed_port_url
from starlette.responses import Response

from datadeed.session import Answer, Attempt, Flow, NoAnswer, Pause, Request, work
from datadeed.transport import Asynchronous, Blocking
from datadeed_ledger.errors import Busy

Run = Callable[[Flow[Any]], Any]


def run_blocking(flow: Flow[Any]) -> Any:
    transport = Blocking()
    try:
        return transport.run(flow)
    finally:
        transport.close()


def run_asynchronous(flow: Flow[Any]) -> Any:
    async def main() -> Any:
        transport = Asynchronous()
        try:
            return await transport.run(flow)
        finally:
            await transport.close()

    return asyncio.run(main())


@pytest.fixture(params=[run_blocking, run_asynchronous], ids=["blocking", "asyncio"])
def run(request: pytest.FixtureRequest) -> Run:
    chosen: Run = request.param
    return chosen


def attempt(url: str, request: Request) -> Flow[Answer | NoAnswer]:
    reply = yield Attempt(url, request)
    assert reply is not None
    return reply


def test_an_answer_comes_with_status_type_retry_after_and_body(run: Run, node: PaperNode) -> None:
    node.lie = lambda request: Response(b"later", 503, {"retry-after": "7"}, "text/plain")
    answer = run(attempt(node.url, Request("POST", "/entries", b"\x92", "application/msgpack")))
    assert (answer.status, answer.retry_after_s, answer.body) == (503, 7, b"later")
    assert answer.content_type.startswith("text/plain")
    assert (node.calls, node.bodies) == (["POST /entries"], [b"\x92"])


@pytest.mark.parametrize("value", ["", "soon", "-1", "1.5", "٣", "9" * 20])
def test_a_retry_after_that_is_no_whole_number_counts_for_nothing(run: Run, node: PaperNode, value: str) -> None:
    header = {"retry-after": value.encode().decode("latin-1")}
    node.lie = lambda request: Response(b"", 503, header)
    assert run(attempt(node.url, Request("GET", "/"))).retry_after_s is None


def test_a_refused_connection_is_no_answer(run: Run) -> None:
    answer = run(attempt(closed_port_url(), Request("GET", "/")))
    assert isinstance(answer, NoAnswer)
    assert answer.reason == "no connection"


def test_an_answer_of_too_many_bytes_is_none(run: Run, node: PaperNode) -> None:
    node.lie = lambda request: Response(b"x" * 1001)
    request = Request("GET", "/", bytes_max=1000)
    assert run(attempt(node.url, request)) == NoAnswer(node.url, "an answer of more than 1000 bytes")
    node.lie = lambda request: Response(b"x" * 1000)
    assert len(run(attempt(node.url, request)).body) == 1000


def test_a_redirect_is_not_followed(run: Run, node: PaperNode) -> None:
    node.lie = lambda request: Response(b"", 302, {"location": "https://elsewhere.example/"})
    assert run(attempt(node.url, Request("GET", "/"))).status == 302


def test_a_compressed_answer_is_none(run: Run, node: PaperNode) -> None:
    node.lie = lambda request: Response(b"\x1f\x8b", headers={"content-encoding": "gzip"})
    assert run(attempt(node.url, Request("GET", "/"))) == NoAnswer(node.url, "a compressed answer")


@contextmanager
def raw_server(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """A server that says exactly what `talk` sends; `talk` may wait for the event, which is set at the end."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                talk(connection, over)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            thread.join(10)


def test_a_server_that_says_nothing_is_given_up_in_time(run: Run) -> None:
    with raw_server(lambda connection, over: (over.wait(20), None)[1]) as url:
        assert run(attempt(url, Request("GET", "/", timeout_s=0.2))) == NoAnswer(url, "no answer in time")


def test_a_server_that_trickles_is_given_up_in_time(run: Run) -> None:
    def trickle(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not over.wait(0.05):
            try:
                connection.sendall(b"x")
            except OSError:
                return

    with raw_server(trickle) as url:
        answer = run(attempt(url, Request("GET", "/", timeout_s=0.4)))
        assert answer == NoAnswer(url, "an answer that was not whole after 0.4 s")


@pytest.mark.parametrize("said", [b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", b""])
def test_a_server_that_does_not_speak_http_is_no_answer(run: Run, said: bytes) -> None:
    with raw_server(lambda connection, over: connection.sendall(said)) as url:
        answer = run(attempt(url, Request("GET", "/")))
        assert isinstance(answer, NoAnswer)
        assert "Error" in answer.reason


def test_a_pause_lets_time_go_by_and_work_is_done(run: Run) -> None:
    def flow() -> Flow[int]:
        yield Pause(0.01)
        return (yield from work(lambda: 5))

    assert run(flow()) == 5


def test_closing_ends_a_pause() -> None:
    transport = Blocking()
    waiting = threading.Event()

    def flow() -> Flow[None]:
        waiting.set()
        yield Pause(60)

    threading.Thread(target=lambda: (waiting.wait(10), transport.close()), daemon=True).start()
    with pytest.raises(Busy, match="closed while it waited"):
        transport.run(flow())


def test_a_flow_is_closed_when_it_is_given_up(node: PaperNode) -> None:
    closed: list[bool] = []

    def flow() -> Flow[None]:
        try:
            yield Pause(0)
            raise KeyboardInterrupt
        finally:
            closed.append(True)

    with pytest.raises(KeyboardInterrupt):
        run_blocking(flow())
    assert closed == [True]


def test_work_does_not_block_the_loop() -> None:
    async def main() -> list[str]:
        order: list[str] = []
        begun, may_end = threading.Event(), threading.Event()

        def slow() -> None:
            begun.set()
            assert may_end.wait(10)
            order.append("work")

        transport = Asynchronous()
        task = asyncio.create_task(transport.run(work(slow)))
        await asyncio.to_thread(begun.wait, 10)
        order.append("loop")
        may_end.set()
        await task
        await transport.close()
        return order

    assert asyncio.run(main()) == ["loop", "work"]
