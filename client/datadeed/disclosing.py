"""Opening sealed fields in a pack, chosen one by one, and forgetting what opens them.

What opens a field lies on this machine alone: in the entry's disclosure file, or, for an enrolment, in the request
that `datadeed key new` wrote. A field is named by its path, or by `<log index>:<path>` where several entries of the
pack have it. Forgetting erases salt and value here; every proof stays valid, and the field closed for whoever has no
copy.
Spec: docs/sdk.md, "Sealed fields".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from datadeed.drafts import DRAFT_BYTES_MAX, OpenDraft
from datadeed.enrolment import REQUEST_BYTES_MAX, EnrolRequest
from datadeed.home import LedgerFolder
from datadeed.owner_files import read_limited, write_owned
from datadeed.sealing import DisclosureFile, Opening
from datadeed_ledger.entry import Entry, sealed_fields
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence import Disclosure, Report, add_to_pack, verify_pack
from datadeed_ledger.evidence.container import read_container
from datadeed_ledger.evidence.names import entry_part

State = Literal["opened", "can be opened", "closed"]


@dataclass(frozen=True, slots=True)
class SealedField:
    """One sealed field of an entry in a pack. state: opened in the pack, can be opened here, or closed."""

    index: int
    entry_id: bytes
    kind: str
    path: str
    state: State

    @property
    def name(self) -> str:
        """As a person names it to open it."""
        return f"{self.index}:{self.path}"


def openings_of(folder: LedgerFolder, entry: Entry) -> Mapping[str, Opening]:
    """What this machine has that opens fields of `entry`, by path."""
    kept = folder.disclosures(entry.entry_id).openings
    if not kept and entry.kind == "enrol":
        kept = _enrolment(folder, entry)
    return {opening.path: opening for opening in kept}


def sealed_in(pack: bytes, folder: LedgerFolder) -> tuple[SealedField, ...]:
    """Every sealed field of the pack's entries, in log order. Raises what `verify_pack` raises."""
    report = verify_pack(pack, folder.genesis.fingerprint)
    return tuple(_sealed(report, _entries(pack, report), folder))


def disclose(pack: bytes, folder: LedgerFolder, wanted: Sequence[str]) -> bytes:
    """The pack with the fields `wanted` opened, verified. Raises `Malformed` where one cannot be opened here."""
    report = verify_pack(pack, folder.genesis.fingerprint)
    entries = _entries(pack, report)
    fields = tuple(_sealed(report, entries, folder))
    disclosures = []
    for name in dict.fromkeys(wanted):
        field = _chosen(fields, name)
        opening = openings_of(folder, entries[field.index])[field.path]
        disclosures.append(Disclosure(field.index, field.path, opening.salt, opening.value))
    if len({(each.entry, each.path) for each in disclosures}) != len(disclosures):
        raise Malformed("a field is named twice; name each once")
    return add_to_pack(pack, folder.genesis.fingerprint, disclosures=disclosures)


def forget(folder: LedgerFolder, entry_id: bytes, paths: Iterable[str] | None = None) -> tuple[str, ...]:
    """Erase what opens these fields of an entry (all, if None) from this machine's files; which were erased.

    Raises `Malformed` where nothing here opens one of them. Copies elsewhere (other signers, packs, backups) remain.
    """
    known = folder.disclosures(entry_id).openings
    wanted = {opening.path for opening in known} if paths is None else set(paths)
    missing = wanted - {opening.path for opening in known}
    if missing or not wanted:
        what = ", ".join(sorted(missing)) or "any field"
        raise Malformed(f"nothing on this machine opens {what} of {entry_id.hex()}")
    left = tuple(opening for opening in known if opening.path not in wanted)
    _forget_in_draft(folder, entry_id, wanted)  # first: after a power cut the disclosure file still says what to do
    if left:
        folder.keep_disclosures(DisclosureFile(folder.genesis.fingerprint, entry_id, left))
    else:
        folder.forget_disclosures(entry_id)
    return tuple(sorted(wanted))


def _sealed(report: Report, entries: Mapping[int, Entry], folder: LedgerFolder) -> Iterator[SealedField]:
    for facts in report.entries:
        opened = {each.path for each in facts.opened}
        openings = openings_of(folder, entries[facts.index])
        for path in sealed_fields(entries[facts.index]):
            state: State = "opened" if path in opened else "can be opened" if path in openings else "closed"
            yield SealedField(facts.index, facts.entry_id, facts.kind, path, state)


def _chosen(fields: Sequence[SealedField], name: str) -> SealedField:
    """The one field of this name that can be opened here. Raises `Malformed`."""
    named = [each for each in fields if name in (each.path, each.name)]
    found = [each for each in named if each.state == "can be opened"]
    if len(found) == 1:
        return found[0]
    if found:
        raise Malformed(f"several entries here have a field {name}: say which, {' or '.join(x.name for x in found)}")
    if not named:
        known = ", ".join(sorted({each.path for each in fields})) or "none"
        raise Malformed(f"no entry of the pack has a sealed field {name[:80]!r}; sealed here: {known}")
    if any(each.state == "opened" for each in named):
        raise Malformed(f"{name} is opened in the pack already")
    raise Malformed(f"nothing on this machine opens {name}: whoever sealed or signed it has salt and value, if anybody")


def _entries(pack: bytes, report: Report) -> dict[int, Entry]:
    parts = read_container(pack)
    return {facts.index: Entry.parse(parts[entry_part(facts.index, "msgpack")]) for facts in report.entries}


def _enrolment(folder: LedgerFolder, entry: Entry) -> tuple[Opening, ...]:
    for path in sorted((folder.path / "keys").glob("*.enrol-request.json")):
        request = EnrolRequest.parse(read_limited(path, bytes_max=REQUEST_BYTES_MAX))
        if (request.party, request.nonce) == (entry.body.data["party"], entry.body.nonce):
            return request.openings
    return ()


def _forget_in_draft(folder: LedgerFolder, entry_id: bytes, paths: set[str]) -> None:
    """A draft that is kept stays what was signed, without what opens these fields."""
    path = folder.draft_path(entry_id)
    if path.is_file():
        kept = OpenDraft.parse(read_limited(path, bytes_max=DRAFT_BYTES_MAX))
        left = tuple(opening for opening in kept.openings if opening.path not in paths)
        write_owned(path, OpenDraft(kept.draft, left).to_bytes())
