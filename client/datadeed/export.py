"""The register as tables, drawn from a verified export pack, and as CSV that a spreadsheet opens.

Every row stands in the pack as a record of the state map, and the pack proves that none is missing; what time alone has
done (a status) is computed here as of the pack's last header. CSV: UTF-8 with a byte order mark, a header in both
languages, and no cell that a spreadsheet would take for a formula. Spec: docs/sdk.md, "Export".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from datadeed.conversation import Conversation
from datadeed.kind_words import COLUMN_WORDS
from datadeed.proving import Evidence
from datadeed.session import Flow
from datadeed_ledger.encoding import jcs, sha256, time_text
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence import PackKind
from datadeed_ledger.evidence.container import read_container
from datadeed_ledger.evidence.holdings import parse_record_list
from datadeed_ledger.evidence.names import EXPORT_PROOFS, map_proof_part, record_list_part
from datadeed_ledger.records import LICENCE, OWN, Asset, Licence, Party, Right, Rules
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.statemap import MapProof
from datadeed_ledger.view import licence_in_force, licence_stands, view

TABLES: Final = ("rights", "licences", "assets", "parties")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")  # how a spreadsheet knows a formula, or a command
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Export:
    """A verified export pack as records. time_ms: of its last header; rules: in force at that time.

    members: the name of every institution that ever was a member, by its id.
    """

    time_ms: int
    log_size: int
    rules: RuleSet
    members: Mapping[bytes, str]
    records: Mapping[bytes, tuple[str, bytes]]

    def rows(self, table: str) -> tuple[Row, ...]:
        """The rows of a table, each with the time that it is as of. Raises `Malformed` on an unknown name."""
        if table not in TABLES:
            raise Malformed(f"{table[:40]!r} is no table of the register; one of {', '.join(TABLES)} is expected")
        draw: dict[str, Callable[[], Iterator[Row]]] = {
            "rights": self._rights,
            "licences": self._licences,
            "assets": self._assets,
            "parties": self._parties,
        }
        as_of = {"as_of": time_text(self.time_ms), "log_size": str(self.log_size)}
        return tuple({**row, **as_of} for row in draw[table]())

    def _rights(self) -> Iterator[Row]:
        for subject, data in self._of("right/", OWN):
            right = Right.from_bytes(data)
            seen = view(right, self.time_ms, self.rules)
            yield {
                "right": subject.removeprefix("right/"),
                "status": seen.status,
                "registration_no": right.registration_no or "",
                "certificate_no": right.certificate_no or "",
                "announced_on": right.announced_on or "",
                "until": right.until or "",
                "due": right.due or "",
                "registrar": self._name(right.registrar),
                "holders": " ".join(f"{each.party.hex()}={each.share}" for each in right.holders),
                "pledgee": right.pledge.pledgee.hex() if right.pledge else "",
                "frozen_by": self._name(seen.freeze.court) if seen.freeze else "",
                "disputes": str(len(seen.disputes)),
                "pending": " ".join(each.kind for each in seen.pending),
                "open_objections": str(right.open_objections),
                "licences_ever": str(right.licences_ever),
                "events": str(right.events.count),
            }

    def _licences(self) -> Iterator[Row]:
        rights = {subject: Right.from_bytes(data) for subject, data in self._of("right/", OWN)}
        for subject, data in self._of("right/", LICENCE):
            licence = Licence.from_bytes(data)
            seen = view(rights[subject], self.time_ms, self.rules)
            yield {
                "license": licence.id.hex(),
                "right": subject.removeprefix("right/"),
                "licensee": licence.licensee.hex(),
                "type": licence.type,
                "territory": " ".join(licence.territory),
                "industry": " ".join(licence.industry),
                "use": " ".join(licence.use),
                "start": licence.start,
                "end": licence.end,
                "parent": licence.parent.hex() if licence.parent else "",
                "stands": _yes(licence_stands(licence, seen)),
                "in_force": _yes(licence_in_force(licence, seen)),
            }

    def _assets(self) -> Iterator[Row]:
        for subject, data in self._of("asset/", OWN):
            asset = Asset.from_bytes(data)
            yield {
                "asset": subject.removeprefix("asset/"),
                "status": asset.stage,
                "party": asset.party.hex(),
                "exchange": self._name(asset.exchange),
                "right": asset.right.hex() if asset.right else "",
                "industry": asset.industry,
                "category": asset.category,
                "contracts": str(asset.contracts),
                "events": str(asset.events.count),
            }

    def _parties(self) -> Iterator[Row]:
        for subject, data in self._of("party/", OWN):
            party = Party.from_bytes(data)
            yield {
                "party": subject.removeprefix("party/"),
                "party_type": party.party_type,
                "enrolled_by": self._name(party.enrolled_by),
                "public_key": party.public_key.hex(),
                "suspended_by": " ".join(self._name(each) for each in party.suspended_by),
                "events": str(party.events.count),
            }

    def _of(self, prefix: str, kind: int) -> Iterator[tuple[str, bytes]]:
        for key, (subject, data) in sorted(self.records.items(), key=lambda item: (item[1][0], item[0])):
            if subject.startswith(prefix) and key[32] == kind:
                yield subject, data

    def _name(self, member_id: bytes) -> str:
        return self.members.get(member_id) or member_id.hex()


def read_export(conversation: Conversation, evidence: Evidence) -> Flow[Export]:
    """The export that was verified, with the rule set that its own record names. Raises `Unproven`, `Malformed`."""
    report = evidence.report
    if report.kind is not PackKind.EXPORT:
        raise Malformed(f"tables are drawn from an export pack; this one is of kind {report.kind}")
    data = _records(evidence.pack)
    records = {each.key: (each.subject, data[each.key]) for each in report.records}
    members = {sha256(each.name.encode()): each.name for roster in report.rosters for each in roster.members}
    time_ms = report.checkpoint.header_time_ms
    recorded = next(Rules.from_bytes(data) for subject, data in records.values() if subject == Rules.SUBJECT)
    rules = yield from _rules(conversation, recorded, time_ms)
    return Export(time_ms, report.checkpoint.size, rules, members, records)


def _records(pack: bytes) -> dict[bytes, bytes]:
    """The bytes of every record of a verified export pack by map key."""
    parts = read_container(pack)
    found: dict[bytes, bytes] = {}
    for number in range(1, EXPORT_PROOFS + 1):
        keys = [key for key, _ in MapProof.parse(parts[map_proof_part(number)]).pairs]
        found.update(zip(keys, parse_record_list(parts[record_list_part(number)]), strict=True))
    return found


def csv_bytes(rows: Sequence[Row], table: str) -> bytes:
    """The rows as a file for spreadsheets; without rows, the header alone."""
    out = io.StringIO()
    columns = COLUMNS[table]
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([f"{COLUMN_WORDS[name].zh} {name}" for name in columns])
    writer.writerows([plain_cell(row[name]) for name in columns] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def plain_cell(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _rules(conversation: Conversation, recorded: Rules, time_ms: int) -> Flow[RuleSet]:
    """The rule set of the last version in force at that time: the founding one, or a node's word under its hash."""
    genesis = RuleSet.from_json(conversation.folder.genesis.rules)
    version = [each for each in recorded.versions if each.effective <= time_ms][-1]
    if version.hash == genesis.digest:
        return genesis
    document: dict[str, Any] = yield from conversation.told(f"/rules?version={version.version}")
    rules = document.get("rules")
    if not isinstance(rules, dict) or sha256(jcs(rules)) != version.hash:
        raise Unproven("rules", f"the node's rule set {version.version} is not the one whose hash is recorded")
    return RuleSet.from_json(rules)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "rights": (
        "right",
        "status",
        "registration_no",
        "certificate_no",
        "announced_on",
        "until",
        "due",
        "registrar",
        "holders",
        "pledgee",
        "frozen_by",
        "disputes",
        "pending",
        "open_objections",
        "licences_ever",
        "events",
        "as_of",
        "log_size",
    ),
    "licences": (
        "license",
        "right",
        "licensee",
        "type",
        "territory",
        "industry",
        "use",
        "start",
        "end",
        "parent",
        "stands",
        "in_force",
        "as_of",
        "log_size",
    ),
    "assets": (
        "asset",
        "status",
        "party",
        "exchange",
        "right",
        "industry",
        "category",
        "contracts",
        "events",
        "as_of",
        "log_size",
    ),
    "parties": ("party", "party_type", "enrolled_by", "public_key", "suspended_by", "events", "as_of", "log_size"),
}
