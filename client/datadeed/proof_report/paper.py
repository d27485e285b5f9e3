"""Pages of a PDF: A4, one embedded font that knows Chinese, marks drawn, a footer with page x/y on every page.

A document is drawn twice, first only to count its pages; the same content gives the same bytes. A character that the
font lacks is shown as its code point. Needs the optional dependency `fpdf2`. Spec: docs/spec/evidence.md, "The report".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import TYPE_CHECKING, Final

from datadeed.display import TOOL
from datadeed.proof_report import qr
from datadeed.proof_report.plain import printable
from datadeed.proof_report.typesetting import broken
from datadeed.proof_report.values import Mark
from datadeed.proof_report.words import FOOTER
from datadeed_ledger.errors import Malformed

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

# Millimetres on A4.
WIDTH: Final = 210.0
HEIGHT: Final = 297.0
LEFT: Final = 18.0
RIGHT: Final = 192.0
TOP: Final = 16.0
BOTTOM: Final = 277.0
LEADING: Final = 0.52  # mm from line to line for each point of size
INK: Final = (17, 17, 17)
GREY: Final = (95, 95, 95)
BLUE: Final = (18, 58, 107)
GREEN: Final = (10, 107, 45)
RED: Final = (161, 22, 22)
_FAMILY: Final = "report"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MARK_COLOURS: Final = {Mark.HELD: GREEN, Mark.FAILED: RED, Mark.MISSING: GREY, Mark.STATED: GREY}

Colour = tuple[int, int, int]


class Paper:
    """Pages being written from top to bottom. y: where the next line begins, in mm from the page's top."""

    def __init__(self, title: str, footer: str, time_ms: int, pages: int) -> None:
        self._pdf, self._font = _new_pdf()
        self._glyphs = frozenset(self._font.cmap)
        self._pdf.set_title(title)
        self._pdf.set_lang("zh-CN")
        self._pdf.set_creator(TOOL)
        self._pdf.set_creation_date(moment_of(time_ms))
        self._widths: dict[str, float] = {}
        self._footer = footer
        self._pages = pages
        self._time_ms = time_ms
        self.y = TOP
        self._new_page()

    @property
    def pages(self) -> int:
        return self._pdf.page

    # --- text --------------------------------------------------------------------------------------------------------

    def width_of(self, text: str, size: float) -> float:
        """Millimetres; the font sets every character beside the last, without pairs."""
        text = printable(text, self._glyphs)
        for character in text:
            if character not in self._widths:
                self._pdf.set_font(_FAMILY, size=1000)
                self._widths[character] = self._pdf.get_string_width(character) / 1000
        return sum(self._widths[character] for character in text) * size

    def lines(self, text: str, size: float, left: float = LEFT, right: float = RIGHT) -> list[str]:
        return broken(printable(text, self._glyphs), right - left, lambda piece: self.width_of(piece, size))

    def write(self, text: str, size: float, *, left: float = LEFT, right: float = RIGHT, colour: Colour = INK) -> None:
        """`text` in as many lines as it needs, on a new page where this one is full."""
        for line in self.lines(text, size, left, right):
            self.room(size * LEADING)
            self.put(line, left, self.y, size, colour)
            self.y += size * LEADING

    def put(self, line: str, x: float, y: float, size: float, colour: Colour = INK) -> None:
        """One line that fits, with its top at `y`."""
        self._pdf.set_font(_FAMILY, size=size)
        self._pdf.set_text_color(*colour)
        self._pdf.text(x, y + size * LEADING * 0.78, printable(line, self._glyphs))

    def centred(self, text: str, size: float, colour: Colour = INK) -> None:
        for line in self.lines(text, size):
            self.room(size * LEADING)
            self.put(line, (WIDTH - self.width_of(line, size)) / 2, self.y, size, colour)
            self.y += size * LEADING

    def room(self, height: float) -> None:
        """Begin a new page unless this one still has `height`."""
        if self.y + height > BOTTOM:
            self._new_page()

    def _new_page(self) -> None:
        self._pdf.add_page()
        number = self._pdf.page
        words = f"{FOOTER.zh} {FOOTER.en}".format(page=number, pages=self._pages)
        self._pdf.set_draw_color(*GREY)
        self._pdf.set_line_width(0.15)
        self._pdf.line(LEFT, BOTTOM + 3, RIGHT, BOTTOM + 3)
        self.put(words, RIGHT - self.width_of(words, 8), BOTTOM + 4, 8, GREY)
        at = BOTTOM + 4
        for line in self.lines(self._footer, 7, LEFT, RIGHT - 30):
            self.put(line, LEFT, at, 7, GREY)
            at += 7 * LEADING
        self.y = TOP

    # --- drawing -----------------------------------------------------------------------------------------------------

    def mark(self, mark: Mark, x: float, y: float, size: float) -> None:
        """✔ ✘ – · as strokes, in a square of `size` mm with its top left at x, y."""
        self._pdf.set_draw_color(*_MARK_COLOURS[mark])
        self._pdf.set_line_width(size * 0.16)
        strokes = {
            Mark.HELD: ((0.1, 0.55, 0.4, 0.85), (0.4, 0.85, 0.95, 0.15)),
            Mark.FAILED: ((0.15, 0.15, 0.85, 0.85), (0.15, 0.85, 0.85, 0.15)),
            Mark.MISSING: ((0.15, 0.5, 0.85, 0.5),),
            Mark.STATED: (),
        }
        if mark is Mark.STATED:
            self._pdf.set_fill_color(*GREY)
            self._pdf.ellipse(x + 0.35 * size, y + 0.35 * size, 0.3 * size, 0.3 * size, style="F")
        for x1, y1, x2, y2 in strokes[mark]:
            self._pdf.line(x + x1 * size, y + y1 * size, x + x2 * size, y + y2 * size)

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        self._pdf.set_draw_color(*colour)
        self._pdf.set_line_width(0.5)
        self._pdf.rect(x, y, width, height)

    def qr_code(self, text: str, x: float, y: float, size: float) -> None:
        side, squares = qr.dark_squares(text)
        unit = size / side
        self._pdf.set_fill_color(0, 0, 0)
        for column, row in squares:
            self._pdf.rect(x + column * unit, y + row * unit, unit, unit, style="F")

    # --- the whole ---------------------------------------------------------------------------------------------------

    def attach(self, name: str, data: bytes, mime_type: str) -> None:
        """Attach `data` as it is, uncompressed, so that its bytes lie in the file in one piece."""
        time = moment_of(self._time_ms)
        self._pdf.embed_file(
            bytes=data, basename=name, mime_type=mime_type, modification_date=time, creation_date=time, compress=False
        )

    def to_bytes(self) -> bytes:
        return bytes(self._pdf.output())

    def close(self) -> None:
        """Let go of the font's file."""
        self._font.close()


def document(
    title: str,
    footer: str,
    time_ms: int,
    draw: Callable[[Paper], None],
    attachments: Iterable[tuple[str, bytes, str]] = (),
) -> bytes:
    """The PDF that `draw` draws. time_ms: what the file says of when it was made; attachments: name, bytes, type."""
    with closing(Paper(title, footer, time_ms, 0)) as counted:
        draw(counted)
    with closing(Paper(title, footer, time_ms, counted.pages)) as paper:
        draw(paper)
        assert paper.pages == counted.pages, "the footer's height does not depend on the number in it"
        for name, data, mime_type in attachments:
            paper.attach(name, data, mime_type)
        return paper.to_bytes()


def moment_of(time_ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=time_ms - time_ms % 1000)


def _new_pdf() -> tuple[FPDF, TTFFont]:
    """A document with the font, which holds its file open until it is closed."""
    try:
        from fpdf import FPDF
        from fpdf.fonts import TTFFont
    except ImportError as error:
        raise Malformed(qr.INSTALL) from error
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells every table of the font that it leaves out
    pdf = FPDF(unit="mm", format="A4")
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(0)
    with resources.as_file(resources.files(__package__) / "font" / "NotoSansSC-subset.ttf") as font:
        pdf.add_font(_FAMILY, fname=font)
    added = pdf.fonts[_FAMILY]
    assert isinstance(added, TTFFont), "a file was added"
    return pdf, added
