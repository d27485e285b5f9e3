"""What stands on a right: acts and requests, put there for a claim."""

from __future__ import annotations

from registerkit import COURT, RegisterKit

from datadeed_ledger.records import Freeze, Pending


def freeze(kit: RegisterKit) -> Freeze:
    return Freeze(bytes(32), COURT, kit.now_ms, kit.day(30), 1)


def pending_change(kit: RegisterKit, lapses: int) -> Pending:
    return Pending(b"c" * 32, "change", kit.day(lapses))
