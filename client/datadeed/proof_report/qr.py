"""QR codes as the squares that are dark, to be drawn in any picture. Needs the optional dependency `segno`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from datadeed_ledger.errors import Malformed

QUIET: Final = 4  # squares left light around a code, as its standard asks
INSTALL: Final = "reports and certificates need more programs: pip install 'datadeed[pdf]'"


def dark_squares(text: str) -> tuple[int, list[tuple[int, int]]]:
    """How many squares a side has, quiet zone included, and (column, row) of the dark ones. Raises `Malformed`."""
    try:
        import segno
    except ImportError as error:
        raise Malformed(INSTALL) from error
    rows = segno.make(text, error="m", micro=False, boost_error=False).matrix
    return len(rows) + 2 * QUIET, [(column + QUIET, row + QUIET) for row, column in _dark(rows)]


def _dark(rows: tuple[bytearray, ...]) -> Iterator[tuple[int, int]]:
    for row, squares in enumerate(rows):
        for column, square in enumerate(squares):
            if square:
                yield row, column


def svg(text: str) -> str:
    """The code as one SVG element that scales."""
    side, squares = dark_squares(text)
    path = "".join(f"M{column} {row}h1v1h-1z" for column, row in squares)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" aria-label="QR">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>'
    )
