"""Whether block headers could stand in one chain, most of which is missing (docs/spec/evidence.md sections 4, 11)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from datadeed_ledger.evidence.trail import require
from datadeed_ledger.header import Header


def check_chain(headers: Iterable[Header]) -> None:
    """Raise `Unproven` unless these headers, by height, could stand in one chain; the same one may come repeatedly."""
    by_height: dict[int, Header] = {}
    for header in headers:
        known = by_height.setdefault(header.height, header)
        require(known == header, f"two headers for one height, {header.height}")
    check_ascending(header for _, header in sorted(by_height.items()))


def check_ascending(headers: Iterable[Header]) -> None:
    """Raise `Unproven` unless these headers, in this order, could stand in one chain."""
    for before, after in pairwise(headers):
        where = f"the headers at heights {before.height} and {after.height}"
        gap = after.height - before.height
        require(gap > 0 and before.time_ms < after.time_ms, f"{where} do not ascend")
        # Every block between them has a leaf at least, its header.
        require(before.log_size + gap - 1 <= after.first, f"{where} leave no room for the blocks between")
        if gap == 1:
            linked = after.first == before.log_size and after.previous == before.digest
            require(linked, f"{where} are not linked")
