"""`datadeed verify`: judge an evidence pack, offline. Exit code 0 proven, 1 not proven, 2 unreadable."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datadeed.cli.options import AsJson
from datadeed.digests import digest_file
from datadeed.display import Screen, next_step
from datadeed.home import fingerprint_of
from datadeed.moments import moment_of
from datadeed.owner_files import read_limited
from datadeed.report import not_proven, not_proven_json, proven, proven_json
from datadeed.timestamp_authorities import trusted_authorities
from datadeed.words import AFTER, after_failed_step
from datadeed_ledger.evidence import NotProven, Unreadable, verify_pack
from datadeed_ledger.evidence.container import PACK_BYTES_MAX


def verify(
    pack: Annotated[Path, typer.Argument(metavar="PACK.zip", help="The evidence pack. 证据包。")],
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
    as_json: AsJson = False,
) -> None:
    """Verify an evidence pack offline, step by step. 离线核验证据包。"""
    expected = fingerprint_of(fingerprint)
    time_ms = None if at is None else moment_of(at)
    check_authority = None if timestamp_roots is None else trusted_authorities(timestamp_roots)
    data = read_limited(pack, bytes_max=PACK_BYTES_MAX)
    digest = None if file is None else digest_file(file).digest
    screen = Screen(as_json=as_json)
    try:
        report = verify_pack(data, expected, file_digest=digest, ask=ask, at=time_ms, check_authority=check_authority)
    except (NotProven, Unreadable) as failure:
        words = after_failed_step(failure.step)
        document = not_proven_json(failure) | {"next": words.en, "next_zh": words.zh}
        screen.result(document, not_proven(failure), next_step(words))
        raise typer.Exit(1 if isinstance(failure, NotProven) else 2) from failure
    screen.result(proven_json(report), proven(report), next_step(AFTER["verified"]))
