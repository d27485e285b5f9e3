"""Points of a report about the entries: digests, places, signers, before chaining, inclusion, completeness, seals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from datadeed.display import lines_of
from datadeed.proof_report.reading import (
    DEPOSITS,
    IDENTITY,
    about,
    field,
    key_giving,
    kind_words,
    opened_identity,
    parties,
    signer,
)
from datadeed.proof_report.values import Line, Mark
from datadeed.proof_report.words import TEXTS
from datadeed_ledger.evidence import PackKind, Report
from datadeed_ledger.evidence.report import EntryFacts, Signer

WHOLE = (PackKind.TITLE, PackKind.ASSET)


def digests(report: Report) -> Iterator[Line]:
    """Point 3: what was deposited, with algorithm and scope; the items that were proven of a batch."""
    found = [entry for entry in report.entries if entry.kind in DEPOSITS]
    if not found:
        yield Line.of(Mark.MISSING, TEXTS["no_digest"])
    for entry in found:
        if entry.kind == "deposit":
            words = {"algorithm": field(entry, "algorithm"), "scope": field(entry, "scope")}
            yield Line.of(Mark.HELD, TEXTS["deposited"], str(field(entry, "digest")), index=entry.index, **words)
        else:
            words = {"algorithm": field(entry, "algorithm"), "count": field(entry, "count")}
            yield Line.of(Mark.HELD, TEXTS["batch"], str(field(entry, "root")), index=entry.index, **words)
    for item in report.items:
        words_of_item = {"item": item.item, "count": item.count, "index": item.batch}
        yield Line.of(Mark.HELD, TEXTS["item"], item.digest.hex(), **words_of_item)


def places(report: Report) -> Iterator[Line]:
    """Point 4: id, log index, block height and block of every entry that the pack is for."""
    entries = about(report)
    if not entries:
        yield Line.of(Mark.MISSING, TEXTS["no_place"])
    for entry in entries:
        kind = kind_words(entry.kind)
        value = f"entry/{entry.entry_id.hex()}"
        yield Line.of(Mark.HELD, TEXTS["place"], value, index=entry.index, kind=kind.zh, kind_en=kind.en)
        yield Line.of(Mark.HELD, TEXTS["block"], entry.block_id.hex(), index=entry.index, height=entry.height)


def signers(report: Report) -> Iterator[Line]:
    """Point 5: who deposited and signed, and whether the identity commitments of the parties are opened."""
    counted: Counter[Signer] = Counter()
    for entry in about(report):
        counted.update(entry.signers)
        if entry.kind in DEPOSITS:
            for each in entry.signers:
                yield Line.of(Mark.HELD, TEXTS["depositor"], signer(each), index=entry.index)
    for each, count in counted.items():
        yield Line.of(Mark.HELD, TEXTS["signer"], signer(each), count=count)
    for party in parties(report):
        yield from _identity(report, party)


def _identity(report: Report, party: str) -> Iterator[Line]:
    given = key_giving(report, party)
    opened = list(opened_identity(report, party))
    for name, text in opened:
        yield Line.of(Mark.HELD, TEXTS["identity_opened"], text, party=party, field=name)
    if not given:
        yield Line.of(Mark.MISSING, TEXTS["identity_absent"], party=party)
    elif not opened:
        commitments = [f"{name} {value}" for name in IDENTITY if isinstance(value := field(given[-1], name), str)]
        yield Line.of(Mark.MISSING, TEXTS["identity_closed"], " · ".join(commitments), party=party)


def before_chaining(report: Report) -> Iterator[Line]:
    """Point 7: what speaks of the time before chaining; the ledger itself says nothing of it."""
    yield from _no_collection()
    notarized = False
    for entry in report.entries:
        by_notary = any(each.institution and "notary" in each.institution.roles for each in entry.signers)
        if entry.kind == "notarize":
            notarized = True
            yield Line.of(Mark.HELD, TEXTS["notary"], _signed_by(entry), index=entry.index)
        elif entry.kind in DEPOSITS and by_notary:
            notarized = True
            yield Line.of(Mark.HELD, TEXTS["notary_deposit"], _signed_by(entry), index=entry.index)
        elif entry.kind == "import_right":
            yield Line.of(Mark.STATED, TEXTS["imported"], index=entry.index)
        if entry.kind in DEPOSITS:
            for item in entry.opened:
                if item.path == "description" and item.value is not None:
                    yield Line.of(Mark.STATED, TEXTS["described"], item.value, index=entry.index)
    if not notarized:
        yield Line.of(Mark.MISSING, TEXTS["no_notary"])


def nothing_before() -> Iterator[Line]:
    """Point 7 of a verification that stopped."""
    yield from _no_collection()
    yield Line.of(Mark.MISSING, TEXTS["no_notary"])


def _no_collection() -> Iterator[Line]:
    for name in ("device", "method", "environment"):
        yield Line.of(Mark.MISSING, TEXTS[name])


def _signed_by(entry: EntryFacts) -> str:
    return "; ".join(signer(each) for each in entry.signers)


def inclusion(report: Report) -> Iterator[Line]:
    """Point 8, beside its steps: the entries whose paths were computed anew."""
    if report.entries:
        indexes = ", ".join(str(entry.index) for entry in report.entries)
        yield Line.of(Mark.HELD, TEXTS["paths"], indexes, count=len(report.entries))


def completeness(report: Report) -> Iterator[Line]:
    """Point 10, beside its steps: how many events there are, or that the pack is not for a history."""
    if report.kind in WHOLE:
        yield Line.of(Mark.HELD, TEXTS["complete"], report.answers[0], count=len(report.about))
    elif report.kind in (PackKind.ENTRY, PackKind.ITEM):
        yield Line.of(Mark.MISSING, TEXTS["only_entry"])
    else:
        yield Line.of(Mark.HELD, TEXTS["asked"], ", ".join(report.answers))


def sealed(report: Report) -> Iterator[Line]:
    """Point 19: every sealed field of the entries here, opened or not."""
    any_sealed = False
    for entry in report.entries:
        for item in entry.opened:
            any_sealed = True
            value = TEXTS["opened_nothing"].label if item.value is None else item.value
            yield Line.of(Mark.HELD, TEXTS["opened"], value, index=entry.index, path=item.path)
        if entry.unopened:
            any_sealed = True
            yield Line.of(Mark.MISSING, TEXTS["unopened"], ", ".join(entry.unopened), index=entry.index)
    if not any_sealed:
        yield Line.of(Mark.STATED, TEXTS["no_sealed"])


def records(report: Report, subject: str | None = None) -> Iterator[Line]:
    """The records of the state map as of the checkpoint, of one subject or of all."""
    for record in report.records:
        if subject in (None, record.subject):
            yield Line.of(Mark.HELD, TEXTS["record"], "; ".join(lines_of(record.record)), subject=record.subject)
