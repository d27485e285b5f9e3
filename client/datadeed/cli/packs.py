"""How commands write an evidence pack and show what it proves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datadeed.display import Row
from datadeed.owner_files import create_owned
from datadeed.proving import Evidence
from datadeed_ledger.encoding import Json, sha256
from datadeed_ledger.errors import Malformed

PackFile = Annotated[Path, typer.Option("-o", "--output", help="The evidence pack. 证据包。")]


def refuse_existing(output: Path) -> None:
    """Raise `Malformed` before any work is done for a file that could not be written."""
    if output.exists():
        raise Malformed(f"{output} is there already and is never written over; choose another name")


def write_pack(output: Path, evidence: Evidence, fingerprint: str) -> dict[str, Json]:
    """Write the pack; the document that says what it is."""
    create_owned(output, evidence.pack)
    report = evidence.report
    return {
        "conclusion": {"en": report.conclusion_en, "zh": report.conclusion_zh},
        "fingerprint": fingerprint,
        "kind": report.kind.value,
        "pack": str(output),
        "sha256": sha256(evidence.pack).hex(),
        "size_bytes": len(evidence.pack),
        "subjects": list(report.answers),
    }


def pack_rows(output: Path, evidence: Evidence) -> list[Row]:
    """The same for people."""
    report = evidence.report
    return [
        ("pack", str(output)),
        ("kind", report.kind.value),
        ("size", f"{len(evidence.pack)} bytes"),
        ("digest", sha256(evidence.pack).hex()),
        ("conclusion", [report.conclusion_zh, report.conclusion_en]),
    ]
