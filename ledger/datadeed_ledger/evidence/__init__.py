"""Evidence packs: one file that proves what the ledger recorded, checked whole and offline (docs/spec/evidence.md)."""

from datadeed_ledger.evidence.build import (
    absence_pack,
    add_to_pack,
    asset_pack,
    entry_pack,
    export_pack,
    presence_pack,
    title_pack,
)
from datadeed_ledger.evidence.codecs import Disclosure, ItemProof
from datadeed_ledger.evidence.judge import verify_pack
from datadeed_ledger.evidence.names import PackKind, RosterStep
from datadeed_ledger.evidence.reader import EvidenceReader
from datadeed_ledger.evidence.report import (
    LeftToQuorum,
    LicenceAt,
    NotProven,
    Outcome,
    Report,
    RosterFacts,
    StateAt,
    Step,
    Superseded,
    TimestampFacts,
    Unreadable,
)
from datadeed_ledger.evidence.rosters import Rosters
from datadeed_ledger.evidence.timestamps import AuthorityCheck, Stamp

__all__ = [
    "AuthorityCheck",
    "Disclosure",
    "EvidenceReader",
    "ItemProof",
    "LeftToQuorum",
    "LicenceAt",
    "NotProven",
    "Outcome",
    "PackKind",
    "Report",
    "RosterFacts",
    "RosterStep",
    "Rosters",
    "Stamp",
    "StateAt",
    "Step",
    "Superseded",
    "TimestampFacts",
    "Unreadable",
    "absence_pack",
    "add_to_pack",
    "asset_pack",
    "entry_pack",
    "export_pack",
    "presence_pack",
    "title_pack",
    "verify_pack",
]
