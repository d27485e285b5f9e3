"""A proof report as PDF: the twenty points, the report's digest on every page, its canonical JSON attached.

Spec: docs/spec/evidence.md, "The report".
"""

from __future__ import annotations

from typing import Final

from datadeed.proof_report.paper import BLUE, GREEN, GREY, INK, LEADING, LEFT, RED, RIGHT, TOP, Paper, document
from datadeed.proof_report.values import Line, Mark, Point, ProofReport
from datadeed.proof_report.words import DIGEST_OF_REPORT, MARK_WORDS, REPORT_TITLE
from datadeed_ledger.evidence import Outcome

ATTACHED: Final = "report.json"
_QR_MM: Final = 34.0
_INDENT: Final = LEFT + 6
_ZH: Final = 9.5
_EN: Final = 8.0
_VALUE: Final = 8.5
_GAP: Final = 3.0
_TOGETHER_MM: Final = 40.0


def pdf_report(report: ProofReport) -> bytes:
    """The whole file."""
    title = f"{REPORT_TITLE.zh} {REPORT_TITLE.en}"
    footer = f"{DIGEST_OF_REPORT.zh} {DIGEST_OF_REPORT.en}: {report.digest}"
    attached = (ATTACHED, report.canonical(), "application/json")

    def draw(paper: Paper) -> None:
        _head(paper, report, title)
        for point in report.points:
            _point(paper, point)

    return document(title, footer, report.made_at_ms, draw, (attached,))


def _head(paper: Paper, report: ProofReport, title: str) -> None:
    paper.qr_code(report.fingerprint, RIGHT - _QR_MM, TOP - 4, _QR_MM)
    paper.write(title, 18, right=RIGHT - _QR_MM)
    paper.y += 3
    passed = report.outcome is Outcome.PASSED
    colour = GREEN if passed else RED
    words = f"{report.outcome.zh} · {report.outcome.value}"
    height = 14 * LEADING + 4
    paper.box(LEFT, paper.y, paper.width_of(words, 14) + 14, height, colour)
    paper.mark(Mark.HELD if passed else Mark.FAILED, LEFT + 3, paper.y + 3.4, 4.5)
    paper.put(words, LEFT + 10, paper.y + 2, 14, colour)
    paper.y += height + 3
    _legend(paper)
    paper.y = max(paper.y, TOP - 4 + _QR_MM + 2)


def _legend(paper: Paper) -> None:
    for mark in Mark:
        words = MARK_WORDS[mark]
        paper.mark(mark, LEFT, paper.y + 0.5, 2.8)
        paper.write(f"{words.zh} {words.en}", 7.5, left=_INDENT, right=RIGHT - _QR_MM, colour=GREY)


def _point(paper: Paper, point: Point) -> None:
    paper.y += 3
    paper.room(12 * LEADING + 2 * _ZH * LEADING)  # a title never stands alone at the foot of a page
    title = f"{point.number}  {point.title.zh}"
    beside = LEFT + paper.width_of(title, 12) + 3
    paper.put(point.title.en, beside, paper.y + 0.9, 9.5, BLUE)
    paper.write(title, 12, colour=BLUE)
    for line in point.lines:
        _line(paper, line)


def _line(paper: Paper, line: Line) -> None:
    """A line with what belongs to it on one page, if it is not longer than a few lines."""
    paper.y += 0.6
    beside = _INDENT + paper.width_of(line.zh, _ZH) + _GAP
    end = beside + paper.width_of(line.en, _EN) + _GAP
    one_row = end - _GAP <= RIGHT
    value_beside = one_row and end + paper.width_of(line.value, _VALUE) <= RIGHT
    below = 0 if value_beside or not line.value else len(paper.lines(line.value, _VALUE, _INDENT)) * _VALUE
    words = _ZH if one_row else _height(paper, line)
    paper.room(min((words + below) * LEADING, _TOGETHER_MM))
    paper.mark(line.mark, LEFT + 0.5, paper.y + 0.9, 3.2)
    colour = RED if line.mark is Mark.FAILED else INK
    if one_row:
        paper.put(line.zh, _INDENT, paper.y, _ZH, colour)
        paper.put(line.en, beside, paper.y + 0.5, _EN, GREY)
        if value_beside:
            paper.put(line.value, end, paper.y + 0.4, _VALUE)
        paper.y += _ZH * LEADING
    else:
        paper.write(line.zh, _ZH, left=_INDENT, colour=colour)
        paper.write(line.en, _EN, left=_INDENT, colour=GREY)
    if below:
        paper.write(line.value, _VALUE, left=_INDENT)


def _height(paper: Paper, line: Line) -> float:
    """Of the words in both languages one below the other, in points."""
    return len(paper.lines(line.zh, _ZH, _INDENT)) * _ZH + len(paper.lines(line.en, _EN, _INDENT)) * _EN
