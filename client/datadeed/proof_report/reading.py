"""How a report reads what the judge proved: names, times and signers as one line each.

Values here are bare: no language, or both. Spec: docs/spec/events.md, "The proof report a judge needs".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from datadeed.kind_words import KIND_WORDS
from datadeed.proof_report.words import ROLE_WORDS, STATUS_WORDS, TEXTS
from datadeed.words import Words
from datadeed_ledger.calendar_days import OFFSET_MS
from datadeed_ledger.encoding import Json, sha256, time_text
from datadeed_ledger.evidence import Report
from datadeed_ledger.evidence.report import EntryFacts, Institution, Signer

DEPOSITS: Final = ("deposit", "deposit_batch")
KEY_GIVING: Final = ("enrol", "update_party")
IDENTITY: Final = ("name", "credit_code")


def about(report: Report) -> list[EntryFacts]:
    """The entries that the pack is for, by log index."""
    wanted = set(report.about)
    return [entry for entry in report.entries if entry.index in wanted]


def field(entry: EntryFacts, name: str) -> Json:
    """A field of the entry's readable data; None where it has none."""
    return entry.data.get(name) if isinstance(entry.data, dict) else None


def moment(time_ms: int) -> str:
    """One time in UTC and as the clock of the register says, +08:00."""
    local = time_text(time_ms + OFFSET_MS)
    return f"{time_text(time_ms)} = {local[:10]} {local[11:-1]} +08:00"


def kind_words(kind: str) -> Words:
    return KIND_WORDS.get(kind, Words(kind, kind))


def status_words(status: str) -> Words:
    return STATUS_WORDS.get(status, Words(status, status))


def institution(member: Institution) -> str:
    roles = "、".join(ROLE_WORDS[role].zh if role in ROLE_WORDS else role for role in member.roles)
    roles_en = ", ".join(member.roles)
    titles = dict.fromkeys((member.title_zh, member.title_en))
    return f"{' '.join(titles)} ({member.name}; {roles} {roles_en})"


def members_by_id(report: Report) -> Mapping[str, Institution]:
    """Whoever was a member, as named last, by the id, in hex, that entries and records name them by."""
    ever = {member.name: member for roster in report.rosters for member in roster.members}
    return {sha256(name.encode()).hex(): ever[name] for name in sorted(ever)}


def signer(each: Signer) -> str:
    if each.institution is not None:
        return institution(each.institution)
    label = f"party/{each.signer.hex()}"
    if each.enrolled_by is None:
        return label
    words = TEXTS["enrolled_by"]
    return f"{label} · {words.zh} {words.en} {institution(each.enrolled_by)}"


def parties(report: Report) -> list[str]:
    """The pseudonyms, in hex, of those who sign or hold what the pack is for, in order of first appearance."""
    found = [each.signer.hex() for entry in about(report) for each in entry.signers if each.institution is None]
    for state in (report.state_at, report.state):
        found += [holder.party.hex() for holder in (state.holders if state is not None else ())]
    return list(dict.fromkeys(found))


def key_giving(report: Report, party: str) -> list[EntryFacts]:
    """The entries here that gave the party its key and its sealed names."""
    return [entry for entry in report.entries if entry.kind in KEY_GIVING and field(entry, "party") == party]


def opened_identity(report: Report, party: str) -> Iterator[tuple[str, str]]:
    """What the pack opens of a party's sealed name and credit code, the newest of each: field and value."""
    found: dict[str, str] = {}
    for entry in key_giving(report, party):
        for item in entry.opened:
            if item.path in IDENTITY and item.value is not None:
                found[item.path] = item.value
    yield from sorted(found.items(), reverse=True)


def share(basis_points: int) -> str:
    """A share of 10,000 as a percentage; 0 where all hold jointly."""
    if basis_points == 0:
        return f"{TEXTS['joint'].zh} {TEXTS['joint'].en}"
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d} %" if rest else f"{whole} %"
