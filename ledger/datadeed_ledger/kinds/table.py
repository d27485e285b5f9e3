"""The table of kinds: everything that the ledger records, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from datadeed_ledger.kinds import (
    amendment,
    application,
    asset,
    correction,
    court,
    decision,
    deposit,
    enforcement,
    examination,
    licence,
    party,
    request,
    succession,
)
from datadeed_ledger.kinds.row import Row

_ROWS: Final[tuple[Row[Any], ...]] = (
    *party.ROWS,
    *deposit.ROWS,
    *application.ROWS,
    *examination.ROWS,
    *licence.ROWS,
    *request.ROWS,
    *decision.ROWS,
    *court.ROWS,
    *enforcement.ROWS,
    *correction.ROWS,
    *asset.ROWS,
    *amendment.ROWS,
    *succession.ROWS,
)

KINDS: Final[Mapping[str, Row[Any]]] = {row.kind: row for row in _ROWS}
