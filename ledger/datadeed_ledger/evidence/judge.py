"""The judge: verify a whole pack offline, from the ledger's fingerprint alone.

`verify_pack` walks the steps of the catalogue in order and returns a `Report`, or raises `NotProven` (a step does not
hold) or `Unreadable` (nothing can be decided) with the steps up to there; no bytes make it raise anything else. The
checks stand in the modules that it calls; here is only their order, and what each found.

    container → fingerprint → rosters → checkpoint → header → policy → inclusion → blocks → signatures → question
    → records → history → deposits → items → disclosures → file → rules → time → timestamps → retirement

Spec: docs/spec/evidence.md section 4; sections 11 and 12 for rosters and retirement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datadeed_ledger.encoding import time_text
from datadeed_ledger.evidence.answers import (
    Title,
    check_deposits,
    find_entry,
    find_subject,
    history_subjects,
    prove_history,
)
from datadeed_ledger.evidence.catalogue import (
    NO_FILE,
    NO_HISTORY,
    NO_ITEMS,
    NO_TIME,
    NO_TIMESTAMPS,
    NOTHING_ASKED,
    NOTHING_OPENED,
    UNCHECKED_TIMESTAMPS,
    UNREADABLE_RULES,
    conclusion,
)
from datadeed_ledger.evidence.codecs import REGISTER, Disclosure, ItemProof, Place, check_question
from datadeed_ledger.evidence.container import read_container
from datadeed_ledger.evidence.facts import checkpoint_facts, entry_facts, record_facts, roster_facts
from datadeed_ledger.evidence.ground import Ground, lay_ground
from datadeed_ledger.evidence.holdings import Proven, check_empty, prove_place, prove_records, prove_register
from datadeed_ledger.evidence.moments import check_decidable, state_at, superseded
from datadeed_ledger.evidence.names import Contents, PackKind, sort_parts
from datadeed_ledger.evidence.opened import match_file, prove_disclosures, prove_items
from datadeed_ledger.evidence.recorded import KeyHistory, Recorded, check_signatures, prove_blocks, prove_entry
from datadeed_ledger.evidence.replay import Replayed, founding_rules, replay
from datadeed_ledger.evidence.report import Outcome, Report, StateAt, Superseded
from datadeed_ledger.evidence.retirement import check_retirement
from datadeed_ledger.evidence.rosters import Rosters
from datadeed_ledger.evidence.timestamps import AuthorityCheck, Stamped, prove_timestamps
from datadeed_ledger.evidence.trail import Trail, Undecided


@dataclass(frozen=True, slots=True)
class Question:
    """What the one who verifies brings along. file_digest: 32 bytes, of the file in hand; ask: a subject; at: ms."""

    file_digest: bytes | None
    ask: str | None
    at: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a kind of pack proved beside its entries. about: the entries that the pack is for, by log index.

    what: that the conclusion speaks of; title: the whole history, where the kind holds one.
    """

    kind: PackKind
    what: str
    subjects: tuple[str, ...]
    about: tuple[Recorded, ...] = ()
    proven: tuple[Proven, ...] = ()
    items: tuple[ItemProof, ...] = ()
    title: Title | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What a replay of the rules showed; nothing, where there was none."""

    replayed: Replayed | None = None
    state: StateAt | None = None
    state_at: StateAt | None = None
    superseded: tuple[Superseded, ...] = ()


def verify_pack(
    data: bytes,
    fingerprint: bytes,
    *,
    file_digest: bytes | None = None,
    ask: str | None = None,
    at: int | None = None,
    check_authority: AuthorityCheck | None = None,
    known: Rosters | None = None,
) -> Report:
    """What the pack proves. Raises `NotProven` (an `Unproven`) or `Unreadable` (a `Malformed`), nothing else.

    fingerprint: 32 bytes, from a trusted place, never from the pack. file_digest: SHA-256 of the disputed file.
    ask: the subject in question, like `right/<64 hex>`; an absence pack answers nothing without it.
    at: a moment in ms since 1970; `Report.state_at` then tells the right or asset as of it.
    check_authority: checks who signed a time-stamp; without it no token counts as checked.
    known: rosters of this ledger that were proven elsewhere; without them nobody can tell that a roster was retired.
    """
    trail, question = Trail(), Question(file_digest, ask, at)
    with trail.step("container"):
        parts = read_container(data)
        contents = sort_parts(parts)
        trail.held("container", f"{len(parts)} parts.", f"共 {len(parts)} 个部分。")
    ground = lay_ground(contents, fingerprint, trail)
    entries, keys = _entries(contents, ground, trail)
    answer = _answer(contents, entries, keys, ground, question, trail)
    disclosures = _disclosures(contents, entries, trail)
    matches = _file(entries, answer, question, trail)
    judged = _rules(entries, answer, ground, question, trail)
    stamped = _timestamps(contents, ground, check_authority, trail)
    if known is not None:
        with trail.step("retirement"):
            trail.held("retirement", *check_retirement(ground, known, stamped, _speaks_of(answer, ground)))
    return _report(ground, entries, answer, disclosures, matches, judged, stamped, trail)


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
        case PackKind.ABSENCE | PackKind.PRESENCE:
            return _place(contents, ground, question, trail)
        case PackKind.EXPORT:
            return _register(contents, ground, question, trail)
        case PackKind.TITLE:
            return _title(contents, entries, keys, ground, question, trail)
        case _:
            return _entry(contents, entries, question, trail)


def _place(contents: Contents, ground: Ground, question: Question, trail: Trail) -> Answer:
    """The subject comes from the question alone: taken from the proof, a pack could answer what nobody asked."""
    with trail.step("question"):
        if question.ask is None:
            reason = f"a pack of the kind {contents.kind} answers only the subject that is asked about; name it"
            raise Undecided("question", reason)
        asked, place = question.ask, Place.of(question.ask)
        if place is None:
            raise Undecided("question", "the state says nothing of single entries; ask for a right, party, key …")
        trail.held("question", f"{asked}.", f"{asked}。")
    with trail.step("records"):
        proven = prove_place(contents, place, ground)
        empty = contents.kind is PackKind.ABSENCE or place.kind is not None
        if empty:
            check_empty(place, proven, ground)
            trail.held("records", f"Nothing stands under {asked}.", f"{asked} 项下无任何存续记录。")
        else:
            count = len(proven.records)
            trail.held("records", f"{count} records under {asked}.", f"{asked} 项下共 {count} 条记录。")
    kind = PackKind.ABSENCE if empty else PackKind.PRESENCE
    return Answer(kind, asked, (asked,), proven=(proven,))


def _register(contents: Contents, ground: Ground, question: Question, trail: Trail) -> Answer:
    with trail.step("question"):
        _check_asked(question, (REGISTER,), trail)
    with trail.step("records"):
        proven = prove_register(contents, ground)
        count = sum(len(answer.records) for answer in proven)
        trail.held("records", f"All {count} records.", f"全部 {count} 条记录。")
    return Answer(PackKind.EXPORT, str(count), (REGISTER,), proven=proven)


def _title(
    contents: Contents,
    entries: tuple[Recorded, ...],
    keys: KeyHistory,
    ground: Ground,
    question: Question,
    trail: Trail,
) -> Answer:
    with trail.step("question"):
        subject = find_subject(entries, contents.map_proofs[0])
        subjects = history_subjects(subject, (recorded.entry for recorded in entries))
        _check_asked(question, subjects, trail)
    with trail.step("records"):
        proven = prove_records(contents, subjects, ground)
        trail.held("records", f"{len(contents.records)} records.", f"共 {len(contents.records)} 条记录。")
    with trail.step("history"):
        title = prove_history(entries, proven, keys, ground)
        count = len(title.history)
        trail.held("history", f"{title.subject}: {count} entries.", f"{title.subject}：{count} 条。")
    with trail.step("deposits"):
        check_deposits(title)
        trail.held("deposits", f"{len(title.deposits)} deposits.", f"共 {len(title.deposits)} 份存证。")
    kind = PackKind.ASSET if subject.startswith("asset/") else PackKind.TITLE
    return Answer(kind, subject, subjects, title.history, proven, title=title)


def _entry(contents: Contents, entries: tuple[Recorded, ...], question: Question, trail: Trail) -> Answer:
    with trail.step("question"):
        about = find_entry(entries)
        subjects = (f"entry/{about.entry.entry_id.hex()}",)
        _check_asked(question, subjects, trail)
    if not contents.items:
        trail.missing("items", NO_ITEMS)
        return Answer(contents.kind, subjects[0], subjects, (about,))
    with trail.step("items"):
        items = prove_items(contents.items, about)
        trail.held("items", f"{len(items)} items.", f"共 {len(items)} 项。")
    return Answer(contents.kind, "、".join(str(item.item) for item in items), subjects, (about,), items=items)


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


def _rules(entries: Sequence[Recorded], answer: Answer, ground: Ground, question: Question, trail: Trail) -> Judged:
    """Steps rules and time: a history is judged again, entry by entry."""
    if answer.title is None:
        trail.missing("rules", NO_HISTORY)
        _check_time(question, trail, "only a pack with the whole history of a right or asset tells its state at a time")
        return Judged()
    founding = founding_rules(ground)
    if founding is None:
        trail.missing("rules", UNREADABLE_RULES)
        _check_time(question, trail, "without the rules that were in force nobody can tell what had lapsed by then")
        return Judged()
    with trail.step("rules"):
        replayed = replay(answer.title, entries, founding, ground)
        left = len(replayed.left_to_quorum)
        trail.held(
            "rules",
            f"{len(entries)} entries; {left} checks that need more of the ledger rest on the institutions.",
            f"共 {len(entries)} 条；另有 {left} 项核查需账本其他内容，依赖节点机构。",
        )
    state = state_at(replayed, ground.header.time_ms)
    if question.at is None:
        trail.missing("time", NO_TIME)
        return Judged(replayed, state, superseded=superseded(replayed))
    with trail.step("time"):
        check_decidable(question.at, ground)
        then = state_at(replayed, question.at)
        time, status = time_text(question.at), then.status or "-"
        trail.held(
            "time",
            f"As of {time}: {status}, after {then.entries} entries.",
            f"截至 {time}：{status}，其时共 {then.entries} 条。",
        )
    return Judged(replayed, state, then, superseded(replayed))


def _check_time(question: Question, trail: Trail, reason: str) -> None:
    if question.at is not None:
        with trail.step("time"):
            raise Undecided("time", reason)


def _timestamps(
    contents: Contents, ground: Ground, check_authority: AuthorityCheck | None, trail: Trail
) -> tuple[Stamped, ...]:
    """A token passes only where its authority's signature was checked too."""
    if not contents.timestamps:
        trail.missing("timestamps", NO_TIMESTAMPS)
        return ()
    with trail.step("timestamps"):
        stamped = prove_timestamps(contents, ground.checkpoint, ground.rosters, check_authority)
        times = ", ".join(f"{time_text(each.token.time_ms)} {each.authority or ''}".rstrip() for each in stamped)
        if check_authority is None:
            en, zh = UNCHECKED_TIMESTAMPS
            trail.missing("timestamps", (f"{en} They say: {times}.", f"{zh}令牌所载：{times}。"))
        else:
            trail.held("timestamps", f"{times}.", f"{times}。")
    return stamped


def _speaks_of(answer: Answer, ground: Ground) -> int:
    """The leaves of the log that hold all that the pack is for."""
    of_one_entry = answer.kind in (PackKind.ENTRY, PackKind.ITEM)
    return answer.about[-1].header.log_size if of_one_entry else ground.checkpoint.size


def _report(
    ground: Ground,
    entries: Sequence[Recorded],
    answer: Answer,
    disclosures: Sequence[Disclosure],
    matches: tuple[str, ...] | None,
    judged: Judged,
    stamped: Sequence[Stamped],
    trail: Trail,
) -> Report:
    of_one_entry = answer.kind in (PackKind.ENTRY, PackKind.ITEM)
    time_ms = answer.about[-1].header.time_ms if of_one_entry else ground.header.time_ms
    en, zh = conclusion(
        answer.kind,
        time=time_text(time_ms),
        index=answer.about[-1].index if answer.about else 0,
        count=len(answer.about),
        what=answer.what,
    )
    return Report(
        kind=answer.kind,
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
        rules_replayed=judged.replayed is not None,
        left_to_quorum=judged.replayed.left_to_quorum if judged.replayed is not None else (),
        state=judged.state,
        state_at=judged.state_at,
        superseded=judged.superseded,
        timestamps=tuple(each.facts([recorded.index for recorded in answer.about]) for each in stamped),
        rosters=roster_facts(ground),
    )
