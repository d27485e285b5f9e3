"""The proof report 证明报告 of twenty points, as HTML for print and as PDF; the certificate 登记证书.

    values.py    what a report is, and its digest        words.py   every text, English and Chinese
    points.py    the twenty points of a verification     page.py    a report as one HTML file
    paper.py     pages of a PDF                          report_pdf.py, certificate.py   what stands on them
    attached.py  a pack inside a PDF

Nothing is checked here: the ledger room's judge did, and a report says what it found. Spec: docs/spec/events.md, "The
proof report a judge needs"; docs/spec/evidence.md, "The report".
"""
