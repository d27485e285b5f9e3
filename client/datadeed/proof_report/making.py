"""Making a report on this machine: reading what is handed in, naming what repeats it, writing the file.

Reads the disk and nothing else. What is proven the judge says; what stands in the report, points.py.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datadeed.home import Home, NotConnected
from datadeed.memory import Memory
from datadeed.owner_files import create_owned, read_limited
from datadeed.proof_report.attached import PDF_BYTES_MAX, is_pdf, pack_inside
from datadeed.proof_report.page import html_page
from datadeed.proof_report.report_pdf import pdf_report
from datadeed.proof_report.values import HandedFile, ProofReport
from datadeed_ledger.checkpoint import Checkpoint
from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence.container import PACK_BYTES_MAX

_WRITERS: Final[dict[str, Callable[[ProofReport], bytes]]] = {
    ".html": html_page,
    ".pdf": pdf_report,
    ".json": ProofReport.canonical,
}


@dataclass(frozen=True, slots=True)
class HandedPack:
    """A pack as it was handed in: alone, or attached inside a PDF."""

    pack: bytes
    file: HandedFile
    attached: HandedFile | None

    @classmethod
    def read(cls, path: Path) -> HandedPack:
        """Raises `Malformed` for a file that is larger than any pack or certificate."""
        data = read_limited(path, bytes_max=PDF_BYTES_MAX)
        handed = HandedFile(path.name, len(data), sha256(data))
        inside = pack_inside(data) if is_pdf(data) else None
        if inside is not None:
            return cls(inside, handed, HandedFile("evidence.zip", len(inside), sha256(inside)))
        if len(data) > PACK_BYTES_MAX:
            raise Malformed(f"{path} is larger than {PACK_BYTES_MAX} bytes; no file of this kind is")
        return cls(data, handed, None)


def check_output(path: Path) -> None:
    """Raise `Malformed` before any work for a report that could not be written."""
    if path.suffix.lower() not in _WRITERS:
        raise Malformed(f"a report is written as {', '.join(_WRITERS)}; {path.name} is none of these")
    if path.exists():
        raise Malformed(f"{path} is there already and is never written over; choose another name")


def write_report(path: Path, report: ProofReport) -> None:
    """Write the report in the form that the file's name asks for."""
    create_owned(path, _WRITERS[path.suffix.lower()](report))


def known_checkpoint(home: Home, fingerprint: bytes) -> Checkpoint | None:
    """The newest checkpoint of this ledger that this machine has proven; None if it never met the ledger."""
    try:
        folder = home.ledger(fingerprint.hex())
    except NotConnected:
        return None
    return Memory(folder).newest()


def repeating_command(name: str, fingerprint: bytes, **options: str | None) -> str:
    """The command line that verifies again. options: by their name, with `_` for `-`; None where it was not given."""
    words = ["datadeed", "verify", name, "--fingerprint", fingerprint.hex()]
    for option, value in options.items():
        if value is not None:
            words += [f"--{option.replace('_', '-')}", value]
    return shlex.join(words)
