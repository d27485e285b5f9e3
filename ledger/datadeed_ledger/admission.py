"""Admission: the one path by which an entry is judged and takes effect.

The same functions decide at the door, when a block is built, when a proposal is checked, on replay and before the
judge; a check that stood in one of these and not in another would one day halt the ledger.
Any entry that parses is either accepted or `Refused`; nothing else comes out. Spec: docs/spec/events.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from datadeed_ledger.entry import PARTY_ID_BYTES, Entry
from datadeed_ledger.errors import Unproven
from datadeed_ledger.kinds.general import EVERY_ENTRY
from datadeed_ledger.kinds.offices import office_of
from datadeed_ledger.kinds.row import Case, Precondition, Row, walk
from datadeed_ledger.kinds.table import KINDS
from datadeed_ledger.merkle import leaf_hash
from datadeed_ledger.records import Asset, Events, Party, Right, Rules
from datadeed_ledger.refusals import refused
from datadeed_ledger.register import Register
from datadeed_ledger.state import CheckSignature, Context, Overlay, StateReader
from datadeed_ledger.statemap import subject_key

Historied = type[Right] | type[Asset] | type[Party] | type[Rules]
"""A kind of record that commits to the history of its subject"""


def validate(entry: Entry, state: StateReader, context: Context, check_signature: CheckSignature) -> None:
    """Raise `Refused` unless the rules permit `entry` on top of `state` in the block of `context`."""
    judge(Case(entry, entry.body.data, Register(state), context), check_signature)


def apply(overlay: Overlay, entry: Entry, index: int, context: Context, check_signature: CheckSignature) -> None:
    """Judge `entry` and record it at log index `index`. Raises `Refused` and then leaves no trace."""
    case: Case[Any] = Case(entry, entry.body.data, Register(overlay), context)
    judge(case, check_signature)
    KINDS[entry.kind].effect(case, overlay)
    for subject, record_type in touched(entry):
        touch(overlay, subject, record_type, index, entry)
    overlay.note_entry(entry, index)


def touched(entry: Entry) -> Iterator[tuple[str, Historied]]:
    """The subjects whose events `entry` joins, decided by its fields alone."""
    data, opens = entry.body.data, KINDS[entry.kind].opens
    if opens == "right":
        yield Right.subject_of(entry.entry_id), Right
    if opens == "asset":
        yield Asset.subject_of(entry.entry_id), Asset
    if opens == "rules":
        yield Rules.SUBJECT, Rules
    if data.get("right") is not None:
        yield Right.subject_of(data["right"]), Right
    if data.get("asset") is not None:
        yield Asset.subject_of(data["asset"]), Asset
    if data.get("party") is not None:
        yield Party.subject_of(data["party"]), Party


def signing_key(signer: bytes, case: Case[Any]) -> bytes:
    """The key under which `signer`'s signature counts now: the party's of record, or the member's office key."""
    if len(signer) == PARTY_ID_BYTES:
        party = case.register.party(signer)
        assert party is not None, "parties_are_enrolled comes first"
        return party.public_key
    member = office_of(case, signer)
    assert member is not None, "institutions_are_members comes first"
    return member.office


def judge(case: Case[Any], check_signature: CheckSignature) -> None:
    """Raise `Refused` unless the rules permit the case's entry where it stands."""
    row = KINDS[case.entry.kind]
    walk(case, EVERY_ENTRY)
    _check_signatures(case, check_signature)
    walk(case, (*row.finds, _signers_are_those(row), *row.preconditions))


def touch(overlay: Overlay, subject: str, record_type: Historied, index: int, entry: Entry) -> None:
    """The entry at log index `index` joins the events of `subject`, whose record commits to them."""
    frontier = overlay.touch(subject, index, leaf_hash(entry.data))
    key = subject_key(subject)
    data = overlay.record(key)
    assert data is not None, f"an entry touched {subject}, which has no record"
    overlay.put(key, replace(record_type.from_bytes(data), events=Events.of(frontier)).to_bytes())


def _signers_are_those(row: Row[Any]) -> Precondition[Any]:
    def check(case: Case[Any]) -> None:
        if case.by not in row.signers.of(case):
            raise refused(109, signers=row.signers.en, signers_zh=row.signers.zh)

    return Precondition(109, "signers_are_those", check)


def _check_signatures(case: Case[Any], check_signature: CheckSignature) -> None:
    entry, message = case.entry, case.entry.message
    for signer, signature in zip(entry.body.by, entry.signatures, strict=True):
        try:
            check_signature(signing_key(signer, case), message, signature, entry)
        except Unproven:
            raise refused(108, signer=signer.hex()) from None
