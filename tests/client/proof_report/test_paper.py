"""Reports as PDF and HTML: everything is there and legible, nothing is cut, the digest can be computed again."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import resources
from itertools import product

import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from reported import Pack, damaged, exchanged, failed, opened_title, packs, passed

from datadeed.kind_words import KIND_WORDS
from datadeed.proof_report import certificate_words, qr, words
from datadeed.proof_report.page import html_page
from datadeed.proof_report.paper import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from datadeed.proof_report.report_pdf import pdf_report
from datadeed.proof_report.typesetting import broken
from datadeed.proof_report.values import HandedFile, ProofReport
from datadeed.words import Words
from datadeed_ledger.encoding import sha256
from datadeed_ledger.evidence.catalogue import STEPS

POINT_MM = 72 / 25.4
FONT = resources.files("datadeed.proof_report") / "font" / "NotoSansSC-subset.ttf"
KINDS = ("title", "asset", "entry", "item", "absence", "presence", "export")


@lru_cache(maxsize=1)
def glyphs() -> frozenset[int]:
    with resources.as_file(FONT) as path, TTFont(path) as font:
        return frozenset(font.getBestCmap())


def report_of_kind(kind: str) -> ProofReport:
    return passed(opened_title() if kind == "title" else packs()[kind])


@lru_cache(maxsize=1)
def reports() -> dict[str, ProofReport]:
    """Of every kind, and of each outcome that is not passed."""
    title = packs()["title"]
    return {
        **{kind: report_of_kind(kind) for kind in KINDS},
        "not on the ledger": failed(exchanged(title, ".msgpack")),
        "inconsistent": failed(exchanged(title, ".tlog-proof")),
        "cannot decide": failed(damaged(title)),
    }


NAMES = (*KINDS, "not on the ledger", "inconsistent", "cannot decide")


@lru_cache(maxsize=16)
def pdf_of(name: str) -> bytes:
    return pdf_report(reports()[name])


def pages_of(pdf: bytes) -> Iterator[pypdfium2.PdfPage]:
    yield from pypdfium2.PdfDocument(pdf)


def text_of(pdf: bytes) -> str:
    """All text, without blanks and line ends, and without the footers that stand between the pages' texts."""
    texts = []
    for page in pages_of(pdf):
        bottom = (HEIGHT - BOTTOM - 2) * POINT_MM
        texts.append(page.get_textpage().get_text_bounded(bottom=bottom))
    return squeezed("".join(texts))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", NAMES)
def test_every_point_and_every_line_is_in_the_pdf(name: str) -> None:
    report, text = reports()[name], text_of(pdf_of(name))
    at = -1
    for point in report.points:
        title = f"{point.number}{squeezed(point.title.zh)}"
        found = text.find(title, at + 1)
        assert found > at, point.title.zh
        at = found
        for line in point.lines:
            for part in (line.zh, line.en, line.value):
                assert squeezed(part) in text, part


@pytest.mark.parametrize("name", NAMES)
def test_nothing_lies_outside_of_the_margins_and_no_character_without_a_glyph_is_written(name: str) -> None:
    for page in pages_of(pdf_of(name)):
        assert page.get_size() == pytest.approx((WIDTH * POINT_MM, HEIGHT * POINT_MM), abs=0.1)
        textpage = page.get_textpage()
        for at in range(textpage.count_chars()):
            character = textpage.get_text_range(at, 1)
            if not character.strip():
                continue
            assert ord(character) in glyphs(), hex(ord(character))
            left, bottom, right, top = textpage.get_charbox(at)
            assert left >= LEFT * POINT_MM - 1
            assert right <= RIGHT * POINT_MM + 1
            assert top <= (HEIGHT - TOP) * POINT_MM + 1
            assert bottom >= (HEIGHT - BOTTOM - 12) * POINT_MM


@pytest.mark.parametrize("name", NAMES)
def test_every_page_has_its_number_and_the_reports_digest(name: str) -> None:
    pdf = pdf_of(name)
    count = len(pypdfium2.PdfDocument(pdf))
    for number, page in enumerate(pages_of(pdf), start=1):
        footer = squeezed(page.get_textpage().get_text_bounded(top=(HEIGHT - BOTTOM - 2) * POINT_MM))
        assert f"第{number}/{count}页page{number}/{count}" in footer
        assert reports()[name].digest in footer


def test_the_json_attached_to_the_pdf_has_the_digest_on_its_pages() -> None:
    report = report_of_kind("entry")
    document = pypdfium2.PdfDocument(pdf_of("entry"))
    (attached,) = (document.get_attachment(at) for at in range(document.count_attachments()))
    assert attached.get_name() == "report.json"
    assert sha256(bytes(attached.get_data())).hex() == report.digest


def test_the_same_report_gives_the_same_bytes() -> None:
    for name in ("entry", "inconsistent"):
        assert pdf_report(reports()[name]) == pdf_of(name)
        assert html_page(reports()[name]) == html_page(reports()[name])


def test_a_report_needs_no_font_and_no_network_of_the_reader() -> None:
    pdf = pdf_of("entry")
    assert b"/FontFile2" in pdf
    assert b"/URI" not in pdf
    assert b"/JavaScript" not in pdf


def test_characters_without_a_glyph_are_written_as_code_points() -> None:
    odd = "\U0001f600\u0e01\ufffd\u202e"
    report = passed(packs()["entry"], pack=HandedFile(f"{odd}喆.zip", 1, bytes(32)))
    text = text_of(pdf_report(report))
    assert "[U+1F600][U+0E01][U+FFFD][U+202E]喆.zip" in text


# --- the font --------------------------------------------------------------------------------------------------------


def test_the_font_is_small_and_has_every_character_of_ours_and_of_gb_2312() -> None:
    assert len(FONT.read_bytes()) <= 4 * 1024 * 1024
    assert "SIL OPEN FONT LICENSE" in FONT.parent.joinpath("OFL.txt").read_text()
    tables: list[Sequence[Words]] = [
        words.POINT_TITLES,
        list(words.TEXTS.values()),
        list(words.STATUS_WORDS.values()),
        list(words.ROLE_WORDS.values()),
        list(words.MARK_WORDS.values()),
        list(certificate_words.CERTIFICATE.values()),
        list(KIND_WORDS.values()),
        [Words(step.en, step.zh) for step in STEPS.values()],
    ]
    texts = "".join(text for table in tables for each in table for text in each)
    gb_2312 = "".join(bytes(pair).decode("gb2312", "ignore") for pair in product(range(0xB0, 0xF8), range(0xA1, 0xFF)))
    assert len(gb_2312) == 6763
    assert {each for each in texts + gb_2312 if ord(each) not in glyphs()} == set()
    assert {each for each in "喆堃玥珺淼犇燚𬭊𬍛鿍䶮" if ord(each) not in glyphs()} == set()


# --- breaking lines --------------------------------------------------------------------------------------------------


@given(st.text(alphabet="中文字，。（）ab0/. -", max_size=80), st.integers(min_value=3, max_value=20))
def test_broken_lines_fit_and_lose_nothing_but_blanks(text: str, width: int) -> None:
    lines = broken(text, width, lambda piece: float(len(piece)))
    assert squeezed("".join(lines)) == squeezed(text)
    assert all(len(line.rstrip()) <= width for line in lines)


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    lines = broken("登记证书（初步证据）、《规则》。" * 6, 7, lambda piece: float(len(piece)))
    assert len(lines) > 10
    assert not any(line[0] in "）、》。" or line[-1] in "（《" for line in lines)
    assert broken("ab cd", 3, lambda piece: float(len(piece))) == ["ab", "cd"]
    assert broken("f" * 10, 4, lambda piece: float(len(piece))) == ["ffff", "ffff", "ff"]


# --- HTML ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_page_holds_every_point_and_the_json_of_its_digest(name: str) -> None:
    report = reports()[name]
    page = html_page(report).decode()
    for point in report.points:
        assert f'<section id="point-{point.number}">' in page
        for line in point.lines:
            for part in (line.zh, line.en, line.value):
                assert html.escape(part) in page
    (text,) = re.findall(r'<pre id="report-json">(.*?)</pre>', page, re.DOTALL)
    assert sha256(html.unescape(text).encode()).hex() == report.digest
    assert page.count(report.digest) >= 2


def test_the_page_asks_nothing_of_anybody_and_runs_nothing() -> None:
    page = html_page(report_of_kind("title")).decode()
    assert "default-src 'none'" in html.unescape(page)
    for word in ("<script", "<img", "<link", "src=", "href=", "url(", "@import", "onload"):
        assert word not in page


def test_text_of_others_is_escaped() -> None:
    evil = '</pre><script>alert("x")</script>\u202e&'
    page = html_page(passed(packs()["entry"], made_by=evil)).decode()
    assert "<script" not in page
    assert "\u202e" not in page
    assert html.escape('</pre><script>alert("x")</script>[U+202E]&') in page


def test_the_code_is_that_of_the_fingerprint_with_its_quiet_zone() -> None:
    side, squares = qr.dark_squares("ab" * 32)
    assert all(qr.QUIET <= each < side - qr.QUIET for square in squares for each in square)
    assert (qr.QUIET, qr.QUIET) in squares
    assert qr.dark_squares("ab" * 32) != qr.dark_squares("ac" * 32)
    assert qr.svg("ab" * 32).count("M") == len(squares) + 1


def test_a_report_of_another_pack_is_another_report() -> None:
    pack = packs()["entry"]
    other = Pack(pack.data + b"", pack.fingerprint, f"entry/{pack.fingerprint.hex()}")
    assert failed(other, ask=other.ask).digest != report_of_kind("entry").digest
