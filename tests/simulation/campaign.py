"""A campaign over many seeds on all cores: chunks of seeds under way at once, and their added counts in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor

Chunks = dict[int, Future[Counter[str]]]


def started(pool: ProcessPoolExecutor, run: Callable[[Iterable[int]], Counter[str]], seeds: int, chunk: int) -> Chunks:
    """`run` over all seeds from 0 on, `chunk` at a time; by the first seed of each chunk."""
    return {first: pool.submit(run, range(first, first + chunk)) for first in range(0, seeds, chunk)}


def whole(chunks: Chunks, seeds: int) -> Counter[str]:
    """All chunks' counts, added; says after each how far the campaign is. Raises what a seed raised."""
    total: Counter[str] = Counter()
    for chunk in chunks.values():
        total.update(chunk.result())
        print(f"{total['seeds']:,} of {seeds:,} seeds", flush=True)
    return total


def summary(total: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(total.items()))
