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
    RosterFacts,
    Signer,
)
from datadeed_ledger.kinds.offices import office_in
from datadeed_ledger.records import RECORD_BYTES_MAX
from datadeed_ledger.roster import Member


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
        recorded.entry.body.data["party"]: _by_id(recorded.entry.body.by[0], recorded, ground)
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
            roster=recorded.header.roster_version,
            signers=tuple(_signer(signer, enrolled_by, recorded, ground) for signer in recorded.entry.body.by),
            data=readable(recorded.entry.body.data),
            opened=(opened := tuple(item for item in disclosures if item.entry == recorded.index)),
            unopened=tuple(sorted(set(sealed_fields(recorded.entry)) - {item.path for item in opened})),
        )
        for recorded in entries
    )


def roster_facts(ground: Ground) -> tuple[RosterFacts, ...]:
    """Every roster that governed up to the checkpoint, in order."""
    rows: list[RosterFacts] = []
    before: frozenset[str] = frozenset()
    for each in ground.rosters.in_force:
        names = frozenset(member.name for member in each.roster.members)
        signed = None if each.boundary is None else each.boundary.signed
        rows.append(
            RosterFacts(
                version=each.roster.version,
                digest=each.roster.digest,
                height=each.height,
                log_size=each.log_size,
                since_ms=each.since_ms,
                quorum=each.roster.quorum,
                members=tuple(_institution(member) for member in each.roster.members),
                joined=tuple(sorted(names - before)) if rows else (),
                left=tuple(sorted(before - names)),
                cosigned_by=() if signed is None else tuple(signed.cosigners),
                cosigned_s=None if signed is None else signed.time_s,
            )
        )
        before = names
    return tuple(rows)


def record_facts(proven: Iterable[Proven]) -> tuple[RecordFacts, ...]:
    return tuple(
        RecordFacts(answer.subject, key, readable(decode(data, bytes_max=RECORD_BYTES_MAX)))
        for answer in proven
        for key, data in answer.records.items()
    )


def _institution(member: Member) -> Institution:
    return Institution(member.name, member.roles, member.title_en, member.title_zh)


def _by_id(member_id: bytes, recorded: Recorded, ground: Ground) -> Institution | None:
    """The institution as the roster names it under which the entry was recorded."""
    member = office_in(ground.roster_of(recorded.header), recorded.entry, member_id)
    return None if member is None else _institution(member)


def _signer(signer: bytes, enrolled_by: dict[bytes, Institution | None], recorded: Recorded, ground: Ground) -> Signer:
    if len(signer) == PARTY_ID_BYTES:
        return Signer(signer, None, enrolled_by.get(signer))
    return Signer(signer, _by_id(signer, recorded, ground), None)
