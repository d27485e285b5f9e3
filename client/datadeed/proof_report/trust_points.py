"""Points of a report about those who vouch for the ledger: consistency, members, interest, qualifications."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from datadeed.proof_report.reading import DEPOSITS, about, field, institution, members_by_id, moment
from datadeed.proof_report.values import Handed, Line, Mark
from datadeed.proof_report.words import TEXTS
from datadeed_ledger.evidence import Report
from datadeed_ledger.evidence.report import EntryFacts, Institution, RosterFacts


def consistency(report: Report, handed: Handed) -> Iterator[Line]:
    """Point 9: the pack's checkpoint beside the newest one that the verifier's machine remembers."""
    checkpoint, known = report.checkpoint, handed.known
    root = f"{checkpoint.root.hex()} · {report.origin}"
    yield Line.of(Mark.HELD, TEXTS["checkpoint"], root, size=checkpoint.size)
    if known is None:
        yield Line.of(Mark.MISSING, TEXTS["known_none"])
    elif known.size != checkpoint.size:
        yield Line.of(Mark.MISSING, TEXTS["known_other"], known.root.hex(), known=known.size, size=checkpoint.size)
    elif known.root == checkpoint.root:
        yield Line.of(Mark.HELD, TEXTS["known_same"], known.root.hex())
    else:
        yield Line.of(Mark.FAILED, TEXTS["known_fork"], known.root.hex())


def institutions(report: Report) -> Iterator[Line]:
    """Point 11: the threshold, and every member with its roles and whether it signed the checkpoint."""
    checkpoint = report.checkpoint
    signed = {each.institution.name: each.time_s for each in checkpoint.cosigners}
    members = len(checkpoint.members)
    yield Line.of(Mark.HELD, TEXTS["threshold"], signed=len(signed), quorum=checkpoint.quorum, members=members)
    for member in checkpoint.members:
        if member.name in signed:
            time = moment(signed[member.name] * 1000)
            yield Line.of(Mark.HELD, TEXTS["member_signed"], f"{institution(member)} · {time}")
        else:
            yield Line.of(Mark.MISSING, TEXTS["member_silent"], institution(member))
    for roster in report.rosters:
        yield from _roster(roster)
    if not any(step.name == "retirement" for step in report.steps):
        yield Line.of(Mark.MISSING, TEXTS["roster_later"], version=report.rosters[-1].version)


def _roster(roster: RosterFacts) -> Iterator[Line]:
    """Since when it governed, and how it came: who signed the change, who joined and who left."""
    version, value = roster.version, f"{moment(roster.since_ms)} · sha256:{roster.digest.hex()}"
    sizes = {"members": len(roster.members), "quorum": roster.quorum}
    yield Line.of(Mark.HELD, TEXTS["roster"], value, version=version, height=roster.height, **sizes)
    if roster.cosigned_s is None:
        return
    names, count = ", ".join(roster.cosigned_by), len(roster.cosigned_by)
    signed = f"{moment(roster.cosigned_s * 1000)} · {names}"
    yield Line.of(Mark.HELD, TEXTS["roster_change"], signed, version=version, before=version - 1, count=count)
    for text, who in (("roster_joined", roster.joined), ("roster_left", roster.left)):
        if who:
            yield Line.of(Mark.STATED, TEXTS[text], ", ".join(who), version=version)


def interest(report: Report) -> Iterator[Line]:
    """Point 12: members that act in their own cause, as far as the entries tell, and who acted in office."""
    if not report.entries:
        yield Line.of(Mark.MISSING, TEXTS["interest_unknown"])
        return
    own = [entry for entry in report.entries if entry.kind in DEPOSITS and _institutions(entry)]
    concerned = {
        member.name: member for entry in own for member in _institutions(entry) if "notary" not in member.roles
    }
    for entry in own:
        for member in _institutions(entry):
            yield Line.of(Mark.STATED, TEXTS["interest_deposit"], institution(member), index=entry.index)
    parties = [entry for entry in report.entries if field(entry, "party_type") == "member"]
    for entry in parties:
        names = "; ".join(institution(member) for member in _institutions(entry))
        yield Line.of(Mark.STATED, TEXTS["interest_party"], f"party/{field(entry, 'party')} · {names}")
    office = _in_office(report)
    for name, member in concerned.items():
        if "court" in member.roles and office[name]:
            yield Line.of(Mark.FAILED, TEXTS["interest_court"], institution(member))
    if concerned:
        others = sum(each.institution.name not in concerned for each in report.checkpoint.cosigners)
        yield Line.of(Mark.STATED, TEXTS["interest_quorum"], count=others, quorum=report.checkpoint.quorum)
    if not own and not parties:
        yield Line.of(Mark.STATED, TEXTS["no_interest"])
    for member in members_by_id(report).values():
        if office[member.name]:
            yield Line.of(Mark.STATED, TEXTS["acted"], institution(member), count=office[member.name])


def qualifications() -> Iterator[Line]:
    """Point 13: attachments of the platform, blank here."""
    for name in ("filing", "security", "crypto"):
        yield Line.of(Mark.MISSING, TEXTS[name])


def _institutions(entry: EntryFacts) -> list[Institution]:
    return [each.institution for each in entry.signers if each.institution is not None]


def _in_office(report: Report) -> Counter[str]:
    """How many of the entries that the pack is for each member signed, deposits in its own name left out."""
    return Counter(
        member.name for entry in about(report) if entry.kind not in DEPOSITS for member in _institutions(entry)
    )
