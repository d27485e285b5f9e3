"""A proof report as values: twenty points, each with lines, each line with its mark; and the report's digest.

The digest is the SHA-256 of the report's canonical JSON (RFC 8785). That JSON is attached to the PDF as `report.json`
and stands in the HTML, so that anybody can compute the digest again without our tools. Spec: docs/spec/evidence.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from datadeed.proof_report.plain import plain
from datadeed.words import Words
from datadeed_ledger.checkpoint import Checkpoint
from datadeed_ledger.encoding import Json, jcs, sha256
from datadeed_ledger.evidence import Outcome

SCHEMA: Final = "datadeed-proof-report/v1"
POINTS: Final = 20
LINES_MAX: Final = 2000  # of one point; a longer list ends with the number of those that are left out


class Mark(StrEnum):
    """What a line is: checked and so, checked and not so, not provided; or stated, with nothing to check."""

    HELD = "held"
    FAILED = "failed"
    MISSING = "not provided"
    STATED = "stated"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a point. value: what needs no translation, like a digest; it may be empty."""

    mark: Mark
    zh: str
    en: str
    value: str = ""

    @classmethod
    def of(cls, mark: Mark, words: Words, value: str = "", **fill: object) -> Line:
        """The line in the catalogue's words. fill: what stands in their braces; all of it is made harmless."""
        en, zh = (each.format(**{name: str(item) for name, item in fill.items()}) for each in words)
        return cls(mark, plain(zh), plain(en), plain(value))


@dataclass(frozen=True, slots=True)
class Point:
    """One of the twenty points; it always has a line."""

    number: int
    title: Words
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ProofReport:
    """All that a report says. fingerprint: in hex, as it was given; made_at_ms: since 1970."""

    outcome: Outcome
    fingerprint: str
    made_at_ms: int
    tool: str
    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        assert [point.number for point in self.points] == list(range(1, POINTS + 1)), "twenty points in their order"
        assert all(point.lines for point in self.points), "a point without anything says so"

    def to_json(self) -> dict[str, Json]:
        return {
            "schema": SCHEMA,
            "outcome": self.outcome.value,
            "fingerprint": self.fingerprint,
            "made_at_ms": str(self.made_at_ms),
            "tool": self.tool,
            "points": [_point_json(point) for point in self.points],
        }

    def canonical(self) -> bytes:
        """RFC 8785 text of the report: what its digest is computed over."""
        return jcs(self.to_json())

    @property
    def digest(self) -> str:
        """SHA-256 of `canonical()`, in hex."""
        return sha256(self.canonical()).hex()


def _point_json(point: Point) -> dict[str, Json]:
    lines: list[Json] = [
        {"mark": line.mark.value, "zh": line.zh, "en": line.en, "value": line.value} for line in point.lines
    ]
    return {"number": point.number, "zh": point.title.zh, "en": point.title.en, "lines": lines}


@dataclass(frozen=True, slots=True)
class HandedFile:
    """A file that was handed in: its name, size in bytes, SHA-256 (32 bytes) recomputed now."""

    name: str
    size_bytes: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed in, asked and used. pack: the file given; attached: the pack inside it, if that was a PDF.

    known: the newest checkpoint that the verifier's machine remembers of this ledger; command: what repeats all this;
    made_by: who makes the report, as stated.
    """

    pack: HandedFile
    fingerprint: bytes
    command: str
    tool: str
    made_at_ms: int
    page_digest: str
    attached: HandedFile | None = None
    file: HandedFile | None = None
    ask: str | None = None
    at_ms: int | None = None
    known: Checkpoint | None = None
    made_by: str | None = None
