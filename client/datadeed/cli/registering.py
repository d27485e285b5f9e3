"""`datadeed register register`: announces a right whose window is over, with given numbers or those of the scheme."""

from __future__ import annotations

from typing import Annotated

import typer

from datadeed.acts import registrar
from datadeed.cli.acting import ActingOffice, RightId
from datadeed.cli.options import (
    DEFAULT_KEY,
    PATIENCE_DEFAULT,
    AsJson,
    Patience,
    WhichKey,
    WhichLedger,
    ledger_folder,
    open_ledger,
    signing_key,
)
from datadeed.cli.recorded import recorded_document, recorded_rows
from datadeed.display import Row, Screen, facts, next_step
from datadeed.words import AFTER, TITLES
from datadeed_ledger.encoding import Json
from datadeed_ledger.errors import Malformed


def register(
    right: RightId,
    registration_no: Annotated[
        str | None, typer.Option(help="16 digits or capitals; both numbers, or none. 登记号。")
    ] = None,
    certificate_no: Annotated[str | None, typer.Option(help="17 digits. 证书编号。")] = None,
    office: ActingOffice = None,
    key: WhichKey = DEFAULT_KEY,
    ledger: WhichLedger = None,
    patience: Patience = PATIENCE_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Register and announce a right whose window is over; without numbers, with demonstration numbers. 登记公告。"""
    if (registration_no is None) != (certificate_no is None):
        raise Malformed("give both numbers with --registration-no and --certificate-no, or neither")
    signer = signing_key(ledger_folder(ledger), key, office)
    rows: list[Row] = []
    document: dict[str, Json] = {"numbering": None}
    with open_ledger(ledger, patience, signer) as book:
        if registration_no is None or certificate_no is None:
            numbers = book.next_numbers()
            registration_no, certificate_no = numbers.registration_no, numbers.certificate_no
            rows.append(("numbering", [numbers.scheme_zh, numbers.scheme_en]))
            document["numbering"] = {"en": numbers.scheme_en, "zh": numbers.scheme_zh}
        act = registrar.register(right, registration_no=registration_no, certificate_no=certificate_no)
        receipt = book.perform(act)
    document |= {"certificate_no": certificate_no, "registration_no": registration_no}
    rows = [("registration_no", registration_no), ("certificate_no", certificate_no), *rows, *recorded_rows(receipt)]
    after = next_step(AFTER["registered"], right=right)
    Screen(as_json=as_json).result(document | recorded_document(receipt), facts(TITLES["registered"], rows), after)
