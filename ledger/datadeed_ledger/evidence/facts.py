"""The facts of a report, drawn from what was proven: who, what, when, under whose word.

Spec: docs/spec/events.md, "The proof report a judge needs".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from datadeed_ledger.encoding import decode
from datadeed_ledger.entry import PARTY_ID_BYTES, sealed_fields
from datadeed_ledger.evidence.codecs import Disclosure, readable
from datadeed_ledger.evidence.ground import Ground
from datadeed_ledger.evidence.holdings import Proven
from datadeed_ledger.evidence.recorded import Recorded
from datadeed_ledger.evidence.report import (
    CheckpointFacts,
    Cosigner,
    EntryFacts,
    Institution,
    RecordFacts,
    Signer,
)
from datadeed_ledger.records import RECORD_BYTES_MAX
from datadeed_ledger.roster import Member, Roster


def checkpoint_facts(ground: Ground) -> CheckpointFacts:
    signed, header = ground.signed, ground.header
    institutions = {member.name: _institution(member) for member in ground.roster.members}
    return CheckpointFacts(
        size=signed.checkpoint.size,
        root=signed.checkpoint.root,
        height=header.height,
        header_id=ground.header_id,
        header_time_ms=header.time_ms,
        slack_ms=header.slack_ms,
        time_s=signed.time_s,
        quorum=ground.roster.quorum,
        cosigners=tuple(Cosigner(institutions[name], time_s) for name, time_s in signed.cosigners.items()),
        members=tuple(institutions.values()),
    )


def entry_facts(
    entries: Sequence[Recorded], disclosures: Sequence[Disclosure], ground: Ground
) -> tuple[EntryFacts, ...]:
    enrolled_by: dict[bytes, Institution | None] = {
        recorded.entry.body.data["party"]: _by_id(recorded.entry.body.by[0], ground.roster)
        for recorded in entries
        if recorded.entry.kind == "enrol"
    }
    return tuple(
        EntryFacts(
            index=recorded.index,
            entry_id=recorded.entry.entry_id,
            kind=recorded.entry.kind,
            height=recorded.header.height,
            block_id=recorded.block_id,
            block_time_ms=recorded.header.time_ms,
            slack_ms=recorded.header.slack_ms,
            signers=tuple(_signer(signer, enrolled_by, ground.roster) for signer in recorded.entry.body.by),
            data=readable(recorded.entry.body.data),
            opened=(opened := tuple(item for item in disclosures if item.entry == recorded.index)),
            unopened=tuple(sorted(set(sealed_fields(recorded.entry)) - {item.path for item in opened})),
        )
        for recorded in entries
    )


def record_facts(proven: Iterable[Proven]) -> tuple[RecordFacts, ...]:
    return tuple(
        RecordFacts(answer.subject, key, readable(decode(data, bytes_max=RECORD_BYTES_MAX)))
        for answer in proven
        for key, data in answer.records.items()
    )


def _institution(member: Member) -> Institution:
    return Institution(member.name, member.roles, member.title_en, member.title_zh)


def _by_id(member_id: bytes, roster: Roster) -> Institution | None:
    member = roster.by_id(member_id)
    return None if member is None else _institution(member)


def _signer(signer: bytes, enrolled_by: dict[bytes, Institution | None], roster: Roster) -> Signer:
    if len(signer) == PARTY_ID_BYTES:
        return Signer(signer, None, enrolled_by.get(signer))
    return Signer(signer, _by_id(signer, roster), None)
