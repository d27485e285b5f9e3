"""The certificate 登记证书 of a registered right, as PDF, with the evidence pack attached inside it.

It says what the pack proves as of its checkpoint, and nothing else: holders of record, numbers, dates, status. The pack
lies in the file uncompressed, in one piece, so that a verifier finds it. The same pack gives the same bytes.
Spec: docs/spec/evidence.md, "The certificate".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from datadeed.display import TOOL
from datadeed.proof_report.attached import pack_inside
from datadeed.proof_report.certificate_words import CERTIFICATE, CERTIFICATE_TITLE, DIGEST_OF_PACK
from datadeed.proof_report.paper import BLUE, GREEN, GREY, HEIGHT, INK, LEADING, LEFT, RED, RIGHT, Paper, document
from datadeed.proof_report.reading import (
    about,
    institution,
    members_by_id,
    moment,
    opened_identity,
    share,
    status_words,
)
from datadeed.proof_report.words import TEXTS
from datadeed.words import Words
from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence import PackKind, Report, StateAt
from datadeed_ledger.evidence.report import EntryFacts

ATTACHED: Final = "evidence.zip"
_QR_MM: Final = 32.0
_VALUES: Final = LEFT + 52  # where the column of values begins
_OPENING: Final = ("apply", "import_right")
_REGISTERING: Final = ("register", "import_right")


@dataclass(frozen=True, slots=True)
class HolderOfRecord:
    """party: pseudonym, in hex; share: in words; names: what the pack opens of its sealed names."""

    party: str
    share: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says, all of it as of `time_ms`, the time of the pack's newest block.

    registrar: in words; opened_by, registered_by: the entries; counts: what else is of record, by its name.
    """

    right: str
    origin: str
    fingerprint: str
    time_ms: int
    log_size: int
    status: str
    holders: tuple[HolderOfRecord, ...]
    registration_no: str
    certificate_no: str | None
    announced_on: str
    until: str
    registrar: str
    opened_by: EntryFacts
    registered_by: EntryFacts
    history: int
    counts: dict[str, int]

    @property
    def valid(self) -> bool:
        """Whether the right was registered and within its term."""
        return self.status == "registered"

    @classmethod
    def of(cls, report: Report) -> Certificate:
        """Raises `Malformed` unless the report proves the whole history of a right that was registered."""
        state = report.state
        if report.kind is not PackKind.TITLE or state is None or not isinstance(state.record, dict):
            raise Malformed("a certificate is made from a right's whole history, with its rules replayed")
        record = state.record
        registration_no, announced_on = record["registration_no"], record["announced_on"]
        if not isinstance(registration_no, str) or not isinstance(announced_on, str) or state.until is None:
            raise Malformed(f"{state.subject} has no registration of record; its status is {state.status}")
        certificate_no = record["certificate_no"]
        registrar = str(record["registrar"])
        member = members_by_id(report).get(registrar)
        return cls(
            right=state.subject,
            origin=report.origin,
            fingerprint=report.fingerprint.hex(),
            time_ms=state.time_ms,
            log_size=report.checkpoint.size,
            status=state.status or "",
            holders=tuple(_holders(state, report)),
            registration_no=registration_no,
            certificate_no=certificate_no if isinstance(certificate_no, str) else None,
            announced_on=announced_on,
            until=state.until,
            registrar=registrar if member is None else institution(member),
            opened_by=_entry_of(report, _OPENING),
            registered_by=_entry_of(report, _REGISTERING),
            history=state.entries,
            counts={
                "pledge": int(state.pledge is not None),
                "freezes": len(state.freezes),
                "disputes": len(state.disputes),
                "pending": len(state.pending),
                "licences": sum(each.stands for each in state.licences),
            },
        )


def _holders(state: StateAt, report: Report) -> Iterator[HolderOfRecord]:
    for each in state.holders:
        party = each.party.hex()
        names = tuple(value for _, value in opened_identity(report, party))
        yield HolderOfRecord(party, share(each.share), names)


def _entry_of(report: Report, kinds: tuple[str, ...]) -> EntryFacts:
    """The newest entry of the history of one of these kinds; a registered right has one."""
    return [entry for entry in about(report) if entry.kind in kinds][-1]


def pdf_certificate(certificate: Certificate, pack: bytes) -> bytes:
    """The whole file, with `pack` attached."""
    digest = sha256(pack).hex()
    title = f"{CERTIFICATE_TITLE.zh} {CERTIFICATE_TITLE.en}"
    footer = f"{DIGEST_OF_PACK.zh} {DIGEST_OF_PACK.en}: {digest}"

    def draw(paper: Paper) -> None:
        _head(paper, certificate)
        for words, value in _rows(certificate):
            _row(paper, words, value)
        _closing(paper, certificate)

    data = document(title, footer, certificate.time_ms, draw, ((ATTACHED, pack, "application/zip"),))
    assert pack_inside(data) == pack, "verifiers find the pack in the file"
    return data


def _head(paper: Paper, certificate: Certificate) -> None:
    paper.box(LEFT - 8, 8, RIGHT - LEFT + 16, HEIGHT - 14, BLUE)
    paper.y += 6
    paper.centred(CERTIFICATE_TITLE.zh, 26, BLUE)
    paper.centred(CERTIFICATE_TITLE.en, 11, BLUE)
    paper.y += 3
    as_of = {"time": moment(certificate.time_ms), "size": certificate.log_size}
    paper.centred(CERTIFICATE["as_of"].zh.format(**as_of), 9)
    paper.centred(CERTIFICATE["as_of"].en.format(**as_of), 8, GREY)
    if not certificate.valid:
        paper.y += 2
        paper.centred(CERTIFICATE["not_valid"].zh, 12, RED)
        paper.centred(CERTIFICATE["not_valid"].en, 9, RED)
    paper.y += 4


def _rows(certificate: Certificate) -> Iterator[tuple[Words, list[str]]]:
    status = status_words(certificate.status)
    yield TEXTS["registration_no"], [certificate.registration_no]
    yield TEXTS["certificate_no"], [certificate.certificate_no or "–"]
    yield TEXTS["holder"], [_holder(each) for each in certificate.holders]
    yield CERTIFICATE["status"], [f"{status.zh} {status.en}"]
    yield TEXTS["announced_on"], [certificate.announced_on]
    yield TEXTS["until"], [certificate.until]
    yield CERTIFICATE["registrar"], [certificate.registrar]
    encumbered = CERTIFICATE["encumbered"]
    yield CERTIFICATE["encumbrances"], [each.format(**certificate.counts) for each in (encumbered.zh, encumbered.en)]
    yield CERTIFICATE["right"], [certificate.right]
    for name, entry in (("opened_by", certificate.opened_by), ("registered_by", certificate.registered_by)):
        words = CERTIFICATE[name]
        filled = Words(words.en.format(index=entry.index), words.zh.format(index=entry.index))
        yield filled, [f"entry/{entry.entry_id.hex()}", moment(entry.block_time_ms)]
    yield CERTIFICATE["history"], [str(certificate.history)]
    yield TEXTS["origin"], [certificate.origin]


def _holder(holder: HolderOfRecord) -> str:
    names = f"{' · '.join(holder.names)} ({CERTIFICATE['name'].zh}) · " if holder.names else ""
    return f"{names}party/{holder.party} · {holder.share}"


def _row(paper: Paper, words: Words, values: list[str]) -> None:
    paper.y += 1.2
    labels = [*((line, 9.5) for line in paper.lines(words.zh, 9.5, LEFT, _VALUES - 3))]
    labels += [(line, 7.5) for line in paper.lines(words.en, 7.5, LEFT, _VALUES - 3)]
    lines = [sized for value in values for sized in _sized(paper, value)]
    heights = [sum(size for _, size in column) * LEADING for column in (labels, lines)]
    paper.room(min(max(heights), 60.0))
    top = paper.y
    for line, size in labels:
        paper.put(line, LEFT, paper.y, size, BLUE if size > 9 else GREY)
        paper.y += size * LEADING
    bottom, paper.y = paper.y, top
    for line, size in lines:
        paper.room(size * LEADING)
        paper.put(line, _VALUES, paper.y, size)
        paper.y += size * LEADING
    paper.y = max(paper.y, bottom if paper.y >= top else 0.0)


def _sized(paper: Paper, value: str) -> list[tuple[str, float]]:
    """The lines of a value with their size: smaller where that keeps it in fewer lines."""
    size = 9.5 if len(paper.lines(value, 9.5, _VALUES, RIGHT)) == 1 else 8.5
    return [(line, size) for line in paper.lines(value, size, _VALUES, RIGHT)]


def _closing(paper: Paper, certificate: Certificate) -> None:
    paper.y += 3
    texts = [(CERTIFICATE["preliminary"], INK), (CERTIFICATE["made"], INK), (CERTIFICATE["check"], INK)]
    paper.room(_QR_MM + 8)
    paper.qr_code(certificate.fingerprint, RIGHT - _QR_MM, paper.y, _QR_MM)
    bottom = paper.y + _QR_MM
    for words, colour in texts:
        right = RIGHT - _QR_MM - 3
        paper.write(words.zh, 8.5, right=right, colour=GREEN if words is CERTIFICATE["check"] else colour)
        paper.write(words.en, 7, right=right, colour=GREY)
        paper.y += 1
    paper.y = max(paper.y, bottom) if paper.y > bottom - _QR_MM else paper.y
    paper.write(f"{TEXTS['fingerprint'].zh} {TEXTS['fingerprint'].en}", 7.5, colour=GREY)
    paper.write(certificate.fingerprint, 9)
    paper.write(TOOL, 7, colour=GREY)
