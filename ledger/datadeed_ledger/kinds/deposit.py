"""What is kept: deposit, deposit_batch and notarize. They prove existence and integrity from now on, and no right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from datadeed_ledger.events import Deposit, DepositBatch, DepositRef, Notarize
from datadeed_ledger.kinds.common import NOTARY, PARTY_OR_INSTITUTION, deposits_exist
from datadeed_ledger.kinds.row import Case, Row, no_effect


def _notarized(case: Case[Notarize]) -> Sequence[DepositRef]:
    return ({"deposit": case.data["deposit"], "item": case.data["item"]},)


DEPOSIT: Final = Row[Deposit](
    kind="deposit",
    zh="存证",
    finds=(),
    signers=PARTY_OR_INSTITUTION,
    preconditions=(),
    effect=no_effect,
    effect_en="existence and integrity of the file from now on; no right",
)

DEPOSIT_BATCH: Final = Row[DepositBatch](
    kind="deposit_batch",
    zh="批量存证",
    finds=(),
    signers=PARTY_OR_INSTITUTION,
    preconditions=(),
    effect=no_effect,
    effect_en="existence and integrity of every item from now on; no right",
)

NOTARIZE: Final = Row[Notarize](
    kind="notarize",
    zh="公证保全",
    finds=deposits_exist(_notarized),
    signers=NOTARY,
    preconditions=(),
    effect=no_effect,
    effect_en="the deposit, or one item of it, is marked as kept by a notary",
)

ROWS: Final = (DEPOSIT, DEPOSIT_BATCH, NOTARIZE)
