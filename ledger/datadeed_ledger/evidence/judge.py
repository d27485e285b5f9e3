"""The judge: verify a whole pack offline, from the ledger's fingerprint alone.

`verify_pack` walks the steps of the catalogue in order and returns a `Report`, or raises `NotProven` (a step does not
hold) or `Unreadable` (nothing can be decided) with the steps up to there; no bytes make it raise anything else. The
checks stand in the modules that it calls; here is only their order, and what each found.

    container → fingerprint → checkpoint → header → policy → inclusion → blocks → signatures → question → records
    → history → deposits → items → disclosures → file → rules

Left out: replaying the rules of the register over a history; step `rules` says so.
Spec: docs/spec/evidence.md section 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datadeed_ledger.encoding import time_text
from datadeed_ledger.evidence.answers import (
    Proven,
    check_deposits,
    find_entry,
    find_right,
    prove_absence,
    prove_history,
    prove_records,
    title_subjects,
)
from datadeed_ledger.evidence.catalogue import (
    NO_FILE,
    NO_HISTORY,
    NO_ITEMS,
    NOTHING_ASKED,
    NOTHING_OPENED,
    conclusion,
)
from datadeed_ledger.evidence.codecs import Disclosure, ItemProof, check_question
from datadeed_ledger.evidence.container import read_container
from datadeed_ledger.evidence.facts import checkpoint_facts, entry_facts, record_facts
from datadeed_ledger.evidence.ground import Ground, lay_ground
from datadeed_ledger.evidence.names import Contents, PackKind, sort_parts
from datadeed_ledger.evidence.opened import match_file, prove_disclosures, prove_items
from datadeed_ledger.evidence.recorded import KeyHistory, Recorded, check_signatures, prove_blocks, prove_entry
from datadeed_ledger.evidence.report import Outcome, Report
from datadeed_ledger.evidence.trail import Trail, Undecided


@dataclass(frozen=True, slots=True)
class Question:
    """What the one who verifies brings along. file_digest: 32 bytes, of the file in hand; ask: a subject; at: ms."""

    file_digest: bytes | None
    ask: str | None
    at: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a kind of pack proved beside its entries. about: the entries that the pack is for, by log index."""

    subjects: tuple[str, ...]
    about: tuple[Recorded, ...] = ()
    proven: tuple[Proven, ...] = ()
    items: tuple[ItemProof, ...] = ()


def verify_pack(
    data: bytes,
    fingerprint: bytes,
    *,
    file_digest: bytes | None = None,
    ask: str | None = None,
    at: int | None = None,
) -> Report:
    """What the pack proves. Raises `NotProven` (an `Unproven`) or `Unreadable` (a `Malformed`), nothing else.

    fingerprint: 32 bytes, from a trusted place, never from the pack. file_digest: SHA-256 of the disputed file.
    ask: the subject in question, like `right/<64 hex>`; an absence pack answers nothing without it.
    at: a moment in ms since 1970; `Report.state_at` then tells the right or asset as of it.
    """
    trail, question = Trail(), Question(file_digest, ask, at)
    with trail.step("container"):
        contents = sort_parts(read_container(data))
        trail.held("container", f"Kind: {contents.kind}.", f"类型：{contents.kind}。")
    ground = lay_ground(contents, fingerprint, trail)
    entries, keys = _entries(contents, ground, trail)
    answer = _answer(contents, entries, keys, ground, question, trail)
    disclosures = _disclosures(contents, entries, trail)
    matches = _file(entries, answer, question, trail)
    trail.missing("rules", NO_HISTORY)
    return _report(contents, ground, entries, answer, disclosures, matches, trail)


def _entries(contents: Contents, ground: Ground, trail: Trail) -> tuple[tuple[Recorded, ...], KeyHistory]:
    """Steps inclusion, blocks, signatures; an absence pack has no entries."""
    if not contents.entries:
        return (), KeyHistory()
    count = len(contents.entries)
    with trail.step("inclusion"):
        logged = [prove_entry(part, ground) for part in contents.entries]
        trail.held("inclusion", f"{count} entries.", f"共 {count} 条。")
    with trail.step("blocks"):
        entries = prove_blocks(logged, contents.blocks, ground)
        trail.held("blocks", f"{len(contents.blocks)} blocks.", f"共 {len(contents.blocks)} 个区块。")
    with trail.step("signatures"):
        keys = check_signatures(entries, ground)
        signatures = sum(len(recorded.entry.signatures) for recorded in entries)
        trail.held("signatures", f"{signatures} signatures.", f"共 {signatures} 个签名。")
    return entries, keys


def _answer(
    contents: Contents,
    entries: tuple[Recorded, ...],
    keys: KeyHistory,
    ground: Ground,
    question: Question,
    trail: Trail,
) -> Answer:
    match contents.kind:
        case PackKind.ABSENCE:
            return _absence(contents, ground, question, trail)
        case PackKind.TITLE:
            return _title(contents, entries, keys, ground, question, trail)
        case _:
            return _entry(contents, entries, question, trail)


def _absence(contents: Contents, ground: Ground, question: Question, trail: Trail) -> Answer:
    """The subject comes from the question alone: taken from the proof, a pack could answer what nobody asked."""
    with trail.step("question"):
        if question.ask is None:
            raise Undecided("question", "an absence pack answers only the subject that is asked about; name it")
        subject = check_question(question.ask)
        if subject.startswith("entry/"):
            raise Undecided("question", "the state says nothing of single entries; ask for a right, party, key …")
        trail.held("question", f"{subject}.", f"{subject}。")
    with trail.step("records"):
        prove_absence(contents, subject, ground)
        trail.held("records", f"No record under {subject}.", f"{subject} 项下无任何记录。")
    return Answer((subject,))


def _title(
    contents: Contents,
    entries: tuple[Recorded, ...],
    keys: KeyHistory,
    ground: Ground,
    question: Question,
    trail: Trail,
) -> Answer:
    with trail.step("question"):
        right = find_right(entries)
        subjects = title_subjects(right, (recorded.entry for recorded in entries))
        _check_asked(question, subjects, trail)
    with trail.step("records"):
        proven = prove_records(contents, subjects, ground)
        trail.held("records", f"{len(contents.records)} records.", f"共 {len(contents.records)} 条记录。")
    with trail.step("history"):
        title = prove_history(right, entries, proven, keys, ground)
        count = len(title.history)
        trail.held("history", f"{title.subject}: {count} entries.", f"{title.subject}：{count} 条。")
    with trail.step("deposits"):
        check_deposits(title)
        trail.held("deposits", f"{len(title.deposits)} deposits.", f"共 {len(title.deposits)} 份存证。")
    return Answer(subjects, title.history, proven)


def _entry(contents: Contents, entries: tuple[Recorded, ...], question: Question, trail: Trail) -> Answer:
    with trail.step("question"):
        about = find_entry(entries)
        subjects = (f"entry/{about.entry.entry_id.hex()}",)
        _check_asked(question, subjects, trail)
    if not contents.items:
        trail.missing("items", NO_ITEMS)
        return Answer(subjects, (about,))
    with trail.step("items"):
        items = prove_items(contents.items, about)
        trail.held("items", f"{len(items)} items.", f"共 {len(items)} 项。")
    return Answer(subjects, (about,), items=items)


def _check_asked(question: Question, subjects: Sequence[str], trail: Trail) -> None:
    if question.ask is None:
        trail.missing("question", NOTHING_ASKED)
        return
    asked = check_question(question.ask)
    if asked not in subjects:
        raise Undecided("question", f"the pack answers {', '.join(subjects)}, not {asked}")
    trail.held("question", f"{asked}.", f"{asked}。")


def _disclosures(contents: Contents, entries: Sequence[Recorded], trail: Trail) -> tuple[Disclosure, ...]:
    if contents.disclosures is None:
        trail.missing("disclosures", NOTHING_OPENED)
        return ()
    with trail.step("disclosures"):
        disclosures = prove_disclosures(contents.disclosures, entries)
        trail.held("disclosures", f"{len(disclosures)} fields.", f"共 {len(disclosures)} 个字段。")
    return disclosures


def _file(entries: Sequence[Recorded], answer: Answer, question: Question, trail: Trail) -> tuple[str, ...] | None:
    if question.file_digest is None:
        trail.missing("file", NO_FILE)
        return None
    with trail.step("file"):
        matches = match_file(question.file_digest, entries, answer.items)
        trail.held("file", f"{', '.join(matches)}.", f"{'、'.join(matches)}。")
    return matches


def _report(
    contents: Contents,
    ground: Ground,
    entries: Sequence[Recorded],
    answer: Answer,
    disclosures: Sequence[Disclosure],
    matches: tuple[str, ...] | None,
    trail: Trail,
) -> Report:
    absence_or_title = contents.kind in (PackKind.ABSENCE, PackKind.TITLE)
    time_ms = ground.header.time_ms if absence_or_title else answer.about[-1].header.time_ms
    items = "、".join(str(item.item) for item in answer.items)
    en, zh = conclusion(
        contents.kind,
        time=time_text(time_ms),
        index=answer.about[-1].index if answer.about else 0,
        count=len(answer.about),
        what=items or answer.subjects[0],
    )
    return Report(
        kind=contents.kind,
        outcome=Outcome.PASSED,
        conclusion_en=en,
        conclusion_zh=zh,
        steps=tuple(trail.steps),
        fingerprint=ground.genesis.fingerprint,
        origin=ground.genesis.origin,
        checkpoint=checkpoint_facts(ground),
        answers=answer.subjects,
        about=tuple(recorded.index for recorded in answer.about),
        entries=entry_facts(entries, disclosures, ground),
        records=record_facts(answer.proven),
        items=answer.items,
        file_matches=matches,
        rules_replayed=False,
    )
