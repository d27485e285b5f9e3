"""Text from outside, made harmless for paper: no control, and no mark that turns, joins or hides what is read.

Such a character is shown as its code point, `[U+202E]`, so that a reader sees that it was there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from typing import Final

# Controls, format marks (bidirectional ones among them), surrogates, private use, unassigned, line separators.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANKS: Final = frozenset({"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800"})  # letters that look like nothing


def plain(text: str) -> str:
    """`text` with every hidden character as its code point."""
    return "".join(_shown(each) if _is_hidden(each) else each for each in text)


def printable(text: str, glyphs: Container[int]) -> str:
    """`plain(text)` with every character that has no glyph as its code point. glyphs: code points."""
    return "".join(each if ord(each) in glyphs else _shown(each) for each in plain(text))


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN or character in _BLANKS


def _shown(character: str) -> str:
    return f"[U+{ord(character):04X}]"
