"""`datadeed verify`: judge an evidence pack, offline, and file a report.

Exit code 0 proven, 1 not proven, 2 unreadable. A pack may lie inside a PDF, as in a certificate. Where this machine has
met the ledger, the pack's rosters are held against those that were proven here: one that was retired since proves
nothing any more without a time-stamp.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from datadeed.cli.filing import Filing
from datadeed.cli.options import AsJson
from datadeed.digests import digest_file
from datadeed.display import Screen, next_step
from datadeed.home import Home, NotConnected, default_home, fingerprint_of
from datadeed.moments import moment_of
from datadeed.proof_report.making import HandedPack, check_output
from datadeed.proof_report.points import report_of, report_of_failure
from datadeed.report import not_proven, not_proven_json, proven, proven_json
from datadeed.timestamp_authorities import trusted_authorities
from datadeed.words import AFTER, after_failed_step
from datadeed_ledger.evidence import NotProven, Unreadable, verify_pack
from datadeed_ledger.evidence.rosters import Rosters


def verify(
    pack: Annotated[
        Path,
        typer.Argument(metavar="PACK.zip|CERT.pdf", help="The evidence pack, or a PDF with one inside. 证据包或证书。"),
    ],
    fingerprint: Annotated[
        str, typer.Option(help="The ledger's fingerprint, from a place that you trust. 来自可信处的账本指纹。")
    ],
    file: Annotated[Path | None, typer.Option(help="The disputed file, to be compared. 争议文件。")] = None,
    ask: Annotated[
        str | None,
        typer.Option(metavar="SUBJECT", help="The question: right/<id>, right/<id>/licence, number/<no> … 所问对象。"),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="How it stood as of this time: RFC 3339, or a date for its end. 时点。"),
    ] = None,
    timestamp_roots: Annotated[
        Path | None,
        typer.Option(
            metavar="CERTS.pem", help="Certificates of time-stamp authorities that you trust. 可信时间戳机构的证书。"
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.pdf|FILE.html|FILE.json", help="Also write the proof report. 另存证明报告。"),
    ] = None,
    made_by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who makes the report, as it will say. 报告制作人。")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify an evidence pack offline, step by step. 离线核验证据包。"""
    expected = fingerprint_of(fingerprint)
    time_ms = None if at is None else moment_of(at)
    check_authority = None if timestamp_roots is None else trusted_authorities(timestamp_roots)
    if report is not None:
        check_output(report)
    handed = HandedPack.read(pack)
    disputed = None if file is None else digest_file(file)
    digest = None if disputed is None else disputed.digest
    filing = Filing(report, handed, expected, file, disputed, ask, at, timestamp_roots, made_by)
    screen = Screen(as_json=as_json)
    try:
        found = verify_pack(
            handed.pack,
            expected,
            file_digest=digest,
            ask=ask,
            at=time_ms,
            check_authority=check_authority,
            known=_known_rosters(expected),
        )
    except (NotProven, Unreadable) as failure:
        filed = filing.write(partial(report_of_failure, failure))
        words = after_failed_step(failure.step)
        document = not_proven_json(failure) | {"next": words.en, "next_zh": words.zh} | filed
        screen.result(document, not_proven(failure), next_step(words))
        raise typer.Exit(1 if isinstance(failure, NotProven) else 2) from failure
    filed = filing.write(partial(report_of, found))
    screen.result(proven_json(found) | filed, proven(found), next_step(AFTER["verified"]))


def _known_rosters(fingerprint: bytes) -> Rosters | None:
    """What this machine's user has proven of the ledger's rosters; None where it never met the ledger."""
    try:
        return Home(default_home()).rosters(fingerprint)
    except NotConnected:  # a user without a home folder
        return None
