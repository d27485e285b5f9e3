"""/events: nothing is missed, nothing comes twice, and a reader that comes back goes on where it was."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from institutions import run, soon
from served_node import Served, served

from datadeed_ledger.encoding import from_b64
from datadeed_ledger.entry import Entry
from datadeed_node.api import stream


async def events(node: Served, path: str, count: int, **headers: str) -> list[dict[str, Any]]:
    """The first `count` events of a stream."""
    found: list[dict[str, Any]] = []
    async with node.client.stream("GET", path, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for identifier, document in parsed(answer.aiter_lines()):
            assert identifier == document["index"]
            found.append(document)
            if len(found) == count:
                break
    return found


async def parsed(lines: AsyncIterator[str]) -> AsyncIterator[tuple[int, dict[str, Any]]]:
    identifier = -1
    async for line in lines:
        if line.startswith("id: "):
            identifier = int(line[4:])
        elif line.startswith("data: "):
            yield identifier, json.loads(line[6:])


def test_every_entry_comes_once_in_log_order_from_any_index(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            entries = [node.deposit() for _ in range(30)]
            await node.recorded(*entries)
            found = await soon(events(node, "/events?from=0", 30))
            assert [from_b64(each["entry"]) for each in found] == [entry.data for entry in entries]
            middle = found[10]["index"]
            assert await soon(events(node, f"/events?from={middle}", 20)) == found[10:]

    run(main())


def test_last_event_id_resumes_after_it_and_beats_from(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(*[node.deposit() for _ in range(10)])
            found = await soon(events(node, "/events?from=0", 10))
            last = {"last-event-id": str(found[3]["index"])}
            assert await soon(events(node, "/events?from=0", 6, **last)) == found[4:]

    run(main())


def test_without_an_index_only_what_comes_after_is_told(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(*[node.deposit() for _ in range(3)])
            later = node.deposit()
            async with node.client.stream("GET", "/events") as answer:
                await node.recorded(later)
                _, document = await soon(anext(parsed(answer.aiter_lines())))
            assert Entry.parse(from_b64(document["entry"])) == later

    run(main())


def test_a_silent_stream_shows_that_it_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.05)

    async def main() -> None:
        async with served(tmp_path) as node, node.client.stream("GET", "/events") as answer:
            seen: list[str] = []
            async for line in answer.aiter_lines():
                seen.append(line)
                if seen.count(": here") == 3:
                    break

    run(main())


def test_more_streams_than_allowed_are_busy_and_places_come_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STREAMS_MAX", 1)

    async def main() -> None:
        async with served(tmp_path) as node:
            await node.recorded(node.deposit())
            async with node.client.stream("GET", "/events?from=0") as first:
                await soon(anext(first.aiter_lines()))
                busy = await node.client.get("/events")
                assert (busy.status_code, busy.json()["kind"]) == (503, "busy")
            assert len(await soon(events(node, "/events?from=0", 1))) == 1

    run(main())


def test_an_index_in_another_spelling_is_400(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node:
            for query in ("from=-1", "from=x", "from=01", "from=99999999999999999999"):
                answer = await node.client.get(f"/events?{query}")
                assert (answer.status_code, answer.json()["kind"]) == (400, "malformed")
            answer = await node.client.get("/events", headers={"last-event-id": "x"})
            assert (answer.status_code, answer.json()["kind"]) == (400, "malformed")

    run(main())


def test_streams_end_when_the_node_stops(tmp_path: Path) -> None:
    async def main() -> None:
        async with served(tmp_path) as node, node.client.stream("GET", "/events") as answer:
            lines = answer.aiter_lines()
            await soon(anext(lines))
            await soon(node.server.stop())
            assert [line async for line in lines if line] == []

    run(main())
