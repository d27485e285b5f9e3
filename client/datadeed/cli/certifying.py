"""`datadeed certificate`: the certificate of a registered right as PDF, with its evidence pack inside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datadeed.cli.options import PATIENCE_DEFAULT, AsJson, Patience, WhichLedger, ledger_folder, open_ledger
from datadeed.cli.packs import refuse_existing
from datadeed.composing import entry_id
from datadeed.display import Row, Screen, facts, next_step
from datadeed.owner_files import create_owned, read_limited
from datadeed.proof_report.certificate import Certificate, pdf_certificate
from datadeed.proof_report.certificate_words import AFTER_CERTIFICATE, CERTIFICATE_MADE
from datadeed.proving import Evidence
from datadeed_ledger.encoding import Json, sha256, time_text
from datadeed_ledger.evidence import verify_pack
from datadeed_ledger.evidence.container import PACK_BYTES_MAX


def certificate(
    right: Annotated[str, typer.Argument(metavar="RIGHT_ID", help="The right's id. 权利编号。")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="CERT.pdf", help="The certificate. 登记证书。")],
    pack: Annotated[
        Path | None,
        typer.Option(help="Of this pack, such as one with opened fields, instead of a new one. 依此证据包。"),
    ] = None,
    ledger: WhichLedger = None,
    patience: Patience = PATIENCE_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Make a certificate that holds its own proof. 制作自带证据包的登记证书。

    It names the holders of record as of the checkpoint, and is preliminary evidence.
    """
    refuse_existing(output)
    evidence = _fetched(right, ledger, patience) if pack is None else _kept(right, pack, ledger)
    made = Certificate.of(evidence.report)
    data = pdf_certificate(made, evidence.pack)
    create_owned(output, data)
    holders = [f"party/{each.party} · {each.share}" for each in made.holders]
    rows: list[Row] = [
        ("file", str(output)),
        ("digest", sha256(data).hex()),
        ("registration_no", made.registration_no),
        ("holders", holders),
        ("status", made.status),
        ("until", made.until),
        ("as_of", time_text(made.time_ms)),
    ]
    document: dict[str, Json] = {
        "as_of": time_text(made.time_ms),
        "certificate": str(output),
        "holders": [{"party": each.party, "share": each.share} for each in made.holders],
        "pack_sha256": sha256(evidence.pack).hex(),
        "registration_no": made.registration_no,
        "sha256": sha256(data).hex(),
        "status": made.status,
        "valid": made.valid,
    }
    after = next_step(AFTER_CERTIFICATE, path=str(output), fingerprint=made.fingerprint)
    Screen(as_json=as_json).result(document, facts(CERTIFICATE_MADE, rows), after)


def _fetched(right: str, ledger: str | None, patience: float) -> Evidence:
    with open_ledger(ledger, patience) as book:
        return book.prove(right)


def _kept(right: str, pack: Path, ledger: str | None) -> Evidence:
    """A pack from a file, verified here, also against the rosters that were proven here."""
    data = read_limited(pack, bytes_max=PACK_BYTES_MAX)
    rosters = ledger_folder(ledger).rosters()
    asked = f"right/{entry_id(right).hex()}"
    return Evidence(data, verify_pack(data, rosters.genesis.fingerprint, ask=asked, known=rosters))
