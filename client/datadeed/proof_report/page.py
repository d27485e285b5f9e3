"""A proof report as one HTML file for print: no script, no request, every text escaped.

Text from outside has lost its hidden marks before it comes here (plain.py). The report's canonical JSON stands in the
page, so that its digest can be computed again. Spec: docs/spec/evidence.md, "The report".
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from typing import Final

from datadeed.proof_report import qr
from datadeed.proof_report.values import Line, Mark, Point, ProofReport
from datadeed.proof_report.words import DIGEST_OF_REPORT, FOOTER, MARK_WORDS, REPORT_TITLE
from datadeed_ledger.evidence import Outcome

MARKS: Final = {Mark.HELD: "✔", Mark.FAILED: "✘", Mark.MISSING: "–", Mark.STATED: "·"}

_STYLE: Final = """
body{font:10pt/1.5 "Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif;color:#111;
max-width:180mm;margin:8mm auto;padding:0 4mm;overflow-wrap:anywhere}
header{display:flex;gap:6mm;align-items:flex-start}header>div{flex:1}svg{width:34mm;height:34mm}
h1{font-size:18pt;margin:0}h2{font-size:11pt;margin:5mm 0 1mm;color:#123a6b;break-after:avoid}
.outcome{font-size:14pt;padding:2mm 4mm;border:1.5pt solid;display:inline-block;margin:3mm 0}
.passed{color:#0a6b2d}.stopped{color:#a11616}ul{list-style:none;margin:0;padding:0}
li{padding-left:6mm;text-indent:-6mm;break-inside:avoid}li>*{text-indent:0}
b{display:inline-block;width:6mm;font-weight:700}.held b{color:#0a6b2d}.failed b{color:#a11616}.missing b{color:#555}
.en{color:#555;font-size:8.5pt}code{display:block;font:8.5pt/1.4 monospace;white-space:pre-wrap}
footer{margin-top:6mm;border-top:.5pt solid #999;font-size:8pt}
@page{size:A4;margin:16mm 14mm 20mm;@bottom-center{content:"{footer}";font-size:8pt}}
@media print{details{display:none}body{margin:0;padding:0;max-width:none}}
"""


def html_page(report: ProofReport) -> bytes:
    """The whole file."""
    style = _STYLE.replace("{footer}", _footer(report))
    style_hash = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'; form-action 'none'"
    title = f"{REPORT_TITLE.zh} {REPORT_TITLE.en}"
    head = (
        f'<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{style}</style></head>\n'
    )
    return (head + "<body>" + "\n".join(_body(report, title)) + "</body></html>\n").encode()


def _footer(report: ProofReport) -> str:
    """What stands at the foot of every printed page, as a value of the style sheet."""
    page = f"{FOOTER.zh} {FOOTER.en}".replace("{page}", '" counter(page) "').replace("{pages}", '" counter(pages) "')
    return f"{page} · {DIGEST_OF_REPORT.zh} {report.digest}"


def _body(report: ProofReport, title: str) -> Iterator[str]:
    passed = report.outcome is Outcome.PASSED
    yield f'<header><div><h1>{title}</h1><p class="outcome {"passed" if passed else "stopped"}">'
    yield f"{MARKS[Mark.HELD if passed else Mark.FAILED]} {report.outcome.zh} · {escape(report.outcome.value)}</p>"
    legend = " · ".join(f"{MARKS[mark]} {MARK_WORDS[mark].zh} {MARK_WORDS[mark].en}" for mark in Mark)
    yield f'<p class="en">{escape(legend)}</p></div>{qr.svg(report.fingerprint)}</header><main>'
    for point in report.points:
        yield from _point(point)
    digest = f"{DIGEST_OF_REPORT.zh} {DIGEST_OF_REPORT.en}"
    yield f"</main><footer>{digest}: <code>{report.digest}</code></footer>"
    yield f'<details><summary>report.json</summary><pre id="report-json">{escape(report.canonical().decode())}</pre>'
    yield "</details>"


def _point(point: Point) -> Iterator[str]:
    yield f'<section id="point-{point.number}"><h2>{point.number} {escape(point.title.zh)} '
    yield f'<span class="en">{escape(point.title.en)}</span></h2><ul>'
    yield from (_line(line) for line in point.lines)
    yield "</ul></section>"


def _line(line: Line) -> str:
    value = f"<code>{escape(line.value)}</code>" if line.value else ""
    kind = "missing" if line.mark is Mark.MISSING else line.mark.value
    words = f'{escape(line.zh)} <span class="en" lang="en">{escape(line.en)}</span>'
    return f'<li class="{kind}"><b>{MARKS[line.mark]}</b>{words}{value}</li>'
