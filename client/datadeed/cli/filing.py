"""How `datadeed verify --report` files its report: what it says of what was handed in, and where it is written."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from datadeed.digests import FileDigest
from datadeed.display import TOOL
from datadeed.home import Home, default_home
from datadeed.judge_page import verify_page_digest
from datadeed.moments import moment_of
from datadeed.proof_report.making import HandedPack, known_checkpoint, repeating_command, write_report
from datadeed.proof_report.values import Handed, HandedFile, ProofReport
from datadeed_ledger.encoding import Json


@dataclass(frozen=True, slots=True)
class Filing:
    """One verification as its command line asked for it. path: of the report; None where none is wanted.

    file: the disputed file, with its digest in `disputed`; at: as it was typed; roots: the file of authorities.
    """

    path: Path | None
    pack: HandedPack
    fingerprint: bytes
    file: Path | None
    disputed: FileDigest | None
    ask: str | None
    at: str | None
    roots: Path | None
    made_by: str | None

    def write(self, make: Callable[[Handed], ProofReport]) -> dict[str, Json]:
        """Write the report that `make` makes, if one is wanted; what a program is told of it."""
        if self.path is None:
            return {}
        report = make(self._handed())
        write_report(self.path, report)
        return {"report_file": str(self.path), "report_sha256": report.digest}

    def _handed(self) -> Handed:
        disputed = None
        if self.file is not None and self.disputed is not None:
            disputed = HandedFile(self.file.name, self.disputed.size_bytes, self.disputed.digest)
        return Handed(
            pack=self.pack.file,
            attached=self.pack.attached,
            file=disputed,
            fingerprint=self.fingerprint,
            command=self._command(),
            tool=TOOL,
            made_at_ms=time.time_ns() // 1_000_000,
            made_by=self.made_by,
            page_digest=verify_page_digest(),
            ask=self.ask,
            at_ms=None if self.at is None else moment_of(self.at),
            known=known_checkpoint(Home(default_home()), self.fingerprint),
        )

    def _command(self) -> str:
        """By the files' names alone: where they lie on this machine concerns nobody."""
        file, roots = (None if path is None else path.name for path in (self.file, self.roots))
        name = self.pack.file.name
        return repeating_command(name, self.fingerprint, file=file, ask=self.ask, at=self.at, timestamp_roots=roots)
