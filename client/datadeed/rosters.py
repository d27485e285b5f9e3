"""Getting to know the rosters that came after those known here: one by one, each proven under the one before it.

A header may name a later roster than any that is known. A node then shows, for each roster that is missing, the entry
that set it and the checkpoint that a quorum of the roster before signed over it; whichever node shows it, the proof is
the same. Nothing is kept here: whoever asked makes sure first that those checkpoints agree with what is remembered
(`conversation.py`). Spec: docs/spec/evidence.md section 11; docs/sdk.md, "What is verified".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from datadeed.problems import NotOnLedger
from datadeed.receipts import Head, Known
from datadeed.session import Answer, Flow, Request, Session, at_once
from datadeed_ledger.errors import Malformed, Refused, Unproven
from datadeed_ledger.evidence.container import read_container
from datadeed_ledger.evidence.names import ROSTER_VERSION_MAX, RosterStep
from datadeed_ledger.evidence.rosters import Rosters
from datadeed_ledger.header import Header
from datadeed_ledger.roster import Roster

EVIDENCE_BYTES_MAX: Final = 1024 * 1024  # an entry of 60 KiB, its document and its readable twin, four signed notes


@dataclass(frozen=True, slots=True)
class Change:
    """A roster that was proven. rosters: up to it; evidence: as the node at `url` sent it."""

    rosters: Rosters
    url: str
    evidence: bytes = field(repr=False)

    @property
    def before(self) -> Roster:
        return self.rosters.in_force[-2].roster

    @property
    def following(self) -> Roster:
        return self.rosters.newest

    @property
    def head(self) -> Head:
        """The checkpoint that proves it, of the log that ends with the block before."""
        boundary = self.rosters.in_force[-1].boundary
        assert boundary is not None, "a roster that followed has one"
        return Head(boundary.signed, boundary.header)


def read_step(version: int, evidence: bytes) -> RosterStep:
    """The parts that a node's `/rosters/<version>/evidence` holds. Raises `Malformed`; proves nothing by itself."""
    return RosterStep.of(version, read_container(evidence))


def find_changes(session: Session, known: Known, header_bytes: bytes, url: str) -> Flow[tuple[Change, ...]]:
    """What leads from the rosters that are known to the one that a header names; nothing, if that is known.

    The header is the word of the node at `url`, which is asked first. Raises `Unproven` when no node that answers can
    show a step, or they end at another roster than the header's; `Busy` when nobody can tell now.
    """
    header = known.own_header(header_bytes)
    version = header.roster_version
    if version > ROSTER_VERSION_MAX:
        raise Unproven("roster", f"{url} names roster {version}; there are at most {ROSTER_VERSION_MAX}")
    rosters, changes = known.rosters, list[Change]()
    while rosters.newest.version < version:
        change = yield from _ask(session, rosters, header, url)
        rosters = change.rosters
        changes.append(change)
    if changes:
        Known(rosters).roster_of(header)
    return tuple(changes)


def find_rival(session: Session, known: Known, header_bytes: bytes, url: str) -> Flow[Change | None]:
    """The proof that another roster than the one known here came into force, if the node at `url` has it.

    None where the header names no rival of a known roster. With the proof, a quorum of the roster before signed both.
    """
    header, in_force = known.own_header(header_bytes), known.rosters.in_force
    version = header.roster_version
    if not 2 <= version <= len(in_force) or in_force[version - 1].roster.digest == header.roster_digest:
        return None
    before = Rosters(known.genesis, in_force[: version - 1])
    change = yield from session.ask_one(url, _request(version), at_once(lambda answer: _proven(before, answer)))
    return change if change.following.digest == header.roster_digest else None


def _ask(session: Session, rosters: Rosters, header: Header, url: str) -> Flow[Change]:
    """The next change after those known, from the first node that proves it."""
    version = rosters.newest.version + 1
    read = at_once(lambda answer: _proven(rosters, answer))
    try:
        return (yield from session.ask_any(_request(version), read, first=url))
    except (NotOnLedger, Refused, Malformed) as error:
        what = f"{url} names roster {header.roster_version}, and no node that answers proves roster {version}"
        raise Unproven("roster", f"{what} ({error})") from error


def _proven(rosters: Rosters, answer: Answer) -> Change:
    """What a node's evidence proves to whoever knows `rosters`. Raises `Unproven` or `Malformed`."""
    step = read_step(rosters.newest.version + 1, answer.body)
    return Change(rosters.follow(step), answer.url, answer.body)


def _request(version: int) -> Request:
    return Request("GET", f"/rosters/{version}/evidence", bytes_max=EVIDENCE_BYTES_MAX)
