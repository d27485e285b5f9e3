"""An evidence pack inside a PDF: attached as it is, uncompressed, so that its bytes lie in the file in one piece.

What is found is only handed to the judge, who trusts none of it. `verify.html` finds a pack by the same rule.
Spec: docs/spec/evidence.md, "The certificate".
"""

from __future__ import annotations

from typing import Final

from datadeed_ledger.evidence.container import PACK_BYTES_MAX

PDF_BEGINS: Final = b"%PDF-"
PDF_BYTES_MAX: Final = PACK_BYTES_MAX + 16 * 1024 * 1024  # the pages around the pack
_END: Final = b"PK\x05\x06"
_BEGIN: Final = b"PK\x03\x04"
_END_BYTES: Final = 22


def is_pdf(data: bytes) -> bool:
    return data.startswith(PDF_BEGINS)


def pack_inside(pdf: bytes) -> bytes | None:
    """The last pack in the file that begins and ends where its own end record says; None if there is none."""
    at = pdf.rfind(_END, 0, len(pdf) - _END_BYTES + len(_END))
    while at >= 0:
        directory_bytes, directory_at = _u32(pdf, at + 12), _u32(pdf, at + 16)
        begin = at - directory_bytes - directory_at
        if begin >= 0 and pdf.startswith(_BEGIN, begin):
            return pdf[begin : at + _END_BYTES]
        at = pdf.rfind(_END, 0, at + len(_END) - 1)
    return None


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")
