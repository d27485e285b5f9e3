"""Breaking text into lines for paper: Chinese between any two characters, Latin between words, digests anywhere.

No line begins with a closing mark of punctuation or ends with an opening one. Widths come from outside, so that this
knows no font.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

_CLOSING: Final = "，。；：、）》】」”’！？,.;:)%]}"
_OPENING: Final = "（《【「“‘([{"
_WORD: Final = re.compile(r"[!-~\u00a1-\u024f]+|\s+|.", re.DOTALL)


def broken(text: str, width_max: float, width_of: Callable[[str], float]) -> list[str]:
    """`text` in lines of at most `width_max`; a piece that is wider than a whole line is broken anywhere."""
    lines: list[str] = []
    line, width = "", 0.0
    for piece in _pieces(text):
        piece_width = width_of(piece)
        if width + piece_width > width_max and line.strip():
            lines.append(line.rstrip())
            line, width = "", 0.0
            piece = piece.lstrip()
            piece_width = width_of(piece)
        while piece_width > width_max:
            fits = _fitting(piece, width_max, width_of)
            lines.append(piece[:fits])
            piece = piece[fits:]
            piece_width = width_of(piece)
        line, width = line + piece, width + piece_width
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> Iterator[str]:
    """What may not be broken where another break is at hand."""
    held = ""
    for found in _WORD.findall(text):
        if not held or (held[-1] not in _OPENING and found[0] not in _CLOSING):
            if held:
                yield held
            held = found
        else:
            held += found
    if held:
        yield held


def _fitting(piece: str, width_max: float, width_of: Callable[[str], float]) -> int:
    """How many characters of `piece` fit into a line; at least one."""
    width = 0.0
    for count, character in enumerate(piece):
        width += width_of(character)
        if width > width_max:
            return max(count, 1)
    return len(piece)
