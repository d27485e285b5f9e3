"""Long answers: slices between which the loop goes on, a few answers at a time, pages bounded in bytes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from institutions import run, until
from told_register import served_register

from datadeed_ledger.errors import Busy
from datadeed_node.api import history
from datadeed_node.api.evidence import _collected
from datadeed_node.api.turns import Gate


def test_the_loop_has_its_turn_between_the_parts_of_a_pack() -> None:
    """A hundred parts of a millisecond each: after every slice of two, whatever else waits goes on."""

    def parts() -> Iterator[tuple[str, bytes]]:
        for number in range(100):
            end_s = time.perf_counter() + 0.001
            while time.perf_counter() < end_s:
                pass
            yield f"part-{number}", b""

    async def main() -> None:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        watching = asyncio.create_task(others())
        assert len(await _collected(parts())) == 100
        watching.cancel()
        assert turns >= 25

    run(main())


def test_a_gate_lets_some_in_holds_some_and_turns_the_rest_away() -> None:
    async def main() -> None:
        gate = Gate("long answers", at_once_max=2, asked_max=5)
        inside, done = asyncio.Event(), 0

        async def answer() -> None:
            nonlocal done
            async with gate.entered():
                await inside.wait()
                done += 1

        answers = [asyncio.create_task(answer()) for _ in range(7)]
        await until(lambda: sum(each.done() for each in answers) == 2, "two are turned away")
        for each in answers:
            if each.done():
                with pytest.raises(Busy, match="as many long answers"):
                    each.result()
        assert gate._rooms.locked()
        inside.set()
        await asyncio.gather(*answers, return_exceptions=True)
        assert done == 5
        async with gate.entered():
            assert gate._asked == 1, "whoever is done, or was turned away, holds no place"

    run(main())


def test_a_page_of_a_history_ends_where_its_bytes_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with served_register(tmp_path) as node:
            (alice,) = node.kit.enrol("alice")
            right = node.kit.registered(alice)
            await node.catch_up()
            whole = await node.get(f"/rights/{right.hex()}/history")
            monkeypatch.setattr(history, "HISTORY_BYTES_MAX", 1)
            entries, begin = [], 0
            while begin < whole["count"]:
                page = await node.get(f"/rights/{right.hex()}/history?from={begin}")
                assert len(page["entries"]) == 1
                entries += page["entries"]
                begin += 1
            assert entries == whole["entries"]
            assert len(entries) == 3

    run(main())
