"""The roster that shall follow the present one: put together from cards, judged before anybody signs, told in words.

It travels as a draft of the `amend_roster` entry (`datadeed.drafts`), so that every signer signs the same file. Judged
here is everything that the two rosters and the draft alone decide, through the ledger's own rules; what they must ask
the state about (whether the entry is recorded already, whether a key is or was a party's) is left open, and told.
Spec: docs/spec/ledger.md section 6; docs/rosters.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

from datadeed.drafts import OpenDraft
from datadeed_ledger.admission import judge
from datadeed_ledger.encoding import Json, parse_jcs, sha256, time_text
from datadeed_ledger.entry import AMEND_ROSTER, Entry
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence.rosters import Nothing
from datadeed_ledger.keys import SIGNATURE_BYTES, verify
from datadeed_ledger.kinds.offices import next_roster
from datadeed_ledger.kinds.row import Case, Precondition
from datadeed_ledger.kinds.succession import keys_of, with_new_keys
from datadeed_ledger.register import Register
from datadeed_ledger.roster import GENESIS_BYTES_MAX, Genesis, Member, Roster
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.state import Context
from datadeed_node.ceremony import Card
from datadeed_node.mistakes import Mistake

LEFT_OPEN = {
    104: "whether this entry is recorded already (104)",
    986: "whether a key is or was a party's (986)",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be different. removed: names."""

    added: Sequence[Card] = ()
    removed: Sequence[str] = ()
    replaced: Sequence[Card] = ()


@dataclass(frozen=True)
class Proposal:
    """A draft of `amend_roster`, and what it means on top of the roster in force. Its signatures are true."""

    genesis: Genesis
    present: Roster
    following: Roster
    draft: OpenDraft
    left_open: tuple[int, ...] = field(default=())  # numbers of the refusals that only the nodes can decide

    @classmethod
    def of(cls, genesis: Genesis, present: Roster, draft: OpenDraft, time_ms: int) -> Proposal:
        """The proposal that `draft` is, judged as of `time_ms`. Raises Malformed, Mistake, Refused or Unproven."""
        following = roster_of(draft, genesis)
        if draft.draft.body.ledger != genesis.fingerprint:
            raise Mistake(
                f"the draft is for the ledger {draft.draft.body.ledger.hex()}, not {genesis.fingerprint.hex()}",
                "do not sign it; ask whoever made it",
            )
        if following.version <= present.version:
            _is_over(present, following)
        check_signatures(draft, present, following)
        open_ = judged(draft, Context(genesis.fingerprint, 1, time_ms, present, RuleSet.from_json(genesis.rules)))
        return cls(genesis, present, following, draft, tuple(each.number for each in open_))

    @cached_property
    def joins(self) -> tuple[Member, ...]:
        return tuple(each for each in self.following.members if self.present.by_id(each.member_id) is None)

    @cached_property
    def leaves(self) -> tuple[Member, ...]:
        return tuple(each for each in self.present.members if self.following.by_id(each.member_id) is None)

    @cached_property
    def stays(self) -> tuple[tuple[Member, Member], ...]:
        """Members of both rosters, (before, after)."""
        pairs = ((before, self.following.by_id(before.member_id)) for before in self.present.members)
        return tuple((before, after) for before, after in pairs if after is not None)

    @property
    def new_keys(self) -> dict[str, list[str]]:
        """For what a member that stays has new keys, by its name."""
        found = {
            before.name: [purpose for purpose, key in keys_of(after).items() if key != keys_of(before)[purpose]]
            for before, after in self.stays
        }
        return {name: purposes for name, purposes in found.items() if purposes}

    @property
    def other_changes(self) -> dict[str, list[str]]:
        """What else is different about a member that stays: `field: before → after`, by its name."""
        found = {before.name: list(_differences(before, after)) for before, after in self.stays}
        return {name: changes for name, changes in found.items() if changes}

    @property
    def signers(self) -> tuple[tuple[str, bool], ...]:
        """(name, whether it has signed) of all that the draft asks for, in order of names."""
        missing = self.draft.draft.missing
        named = ((self.office(signer).name, signer not in missing) for signer in self.draft.draft.body.by)
        return tuple(sorted(named))

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name, signed in self.signers if not signed)

    def office(self, signer: bytes) -> Member:
        """The institution that signs under this id: as it is now, or as the document makes it a member."""
        return _office(signer, self.present, self.following)

    def facts(self) -> list[tuple[str, str]]:
        """For people, a line each."""
        before, after = self.present, self.following
        missing = self.missing
        return [
            ("ledger", self.genesis.fingerprint.hex()),
            ("roster", f"{before.version} → {after.version}"),
            ("document", after.digest.hex()),
            *(
                ("joins", f"{each.name} · {', '.join(each.roles)} · {each.title_en} · {each.title_zh}")
                for each in self.joins
            ),
            *(("leaves", f"{each.name} · {each.title_en} · {each.title_zh}") for each in self.leaves),
            *(("new keys", f"{name}: {', '.join(purposes)}") for name, purposes in self.new_keys.items()),
            *(("changes", f"{name}: {'; '.join(changes)}") for name, changes in self.other_changes.items()),
            ("members", f"{before.size} → {after.size}"),
            ("may fail", f"{before.faults} → {after.faults}"),
            ("quorum", f"{before.quorum} of {before.size} → {after.quorum} of {after.size}"),
            *(("signs", f"{name}: {'signed' if signed else 'not yet'}") for name, signed in self.signers),
            ("until", time_text(self.draft.draft.body.expires_ms)),
            *(("not checked", LEFT_OPEN[number]) for number in self.left_open),
            *([] if missing else [("signatures", "complete")]),
        ]

    def to_json(self) -> dict[str, Json]:
        """For programs."""
        before, after = self.present, self.following
        return {
            "ledger": self.genesis.fingerprint.hex(),
            "entry_id": self.draft.entry_id.hex(),
            "document": after.digest.hex(),
            "version": {"before": before.version, "after": after.version},
            "joins": [each.to_json() for each in self.joins],
            "leaves": [each.name for each in self.leaves],
            "new_keys": {name: list[Json](purposes) for name, purposes in self.new_keys.items()},
            "changes": {name: list[Json](changes) for name, changes in self.other_changes.items()},
            "members": {"before": before.size, "after": after.size},
            "faults": {"before": before.faults, "after": after.faults},
            "quorum": {"before": before.quorum, "after": after.quorum},
            "signers": dict(self.signers),
            "missing": list(self.missing),
            "expires": time_text(self.draft.draft.body.expires_ms),
            "not_checked": [LEFT_OPEN[number] for number in self.left_open],
        }


def composed(genesis: Genesis, present: Roster, wanted: Wanted) -> Roster:
    """The roster after `present` with what is wanted. Raises Malformed or Mistake."""
    cards = (*wanted.added, *wanted.replaced)
    _check_origin(cards, genesis.origin)
    _check_named_once([*(card.member.name for card in cards), *wanted.removed])
    members = {member.name: member for member in present.members}
    for card in wanted.added:
        if card.member.name in members:
            raise Mistake(f"{card.member.name} is a member already", "give its card with --replace")
        members[card.member.name] = card.member
    for name in (*wanted.removed, *(card.member.name for card in wanted.replaced)):
        if present.by_name(name) is None:
            raise Mistake(
                f"{name} is no member of roster {present.version}",
                f"its members are {', '.join(member.name for member in present.members)}; a new one comes with --add",
            )
    for name in wanted.removed:
        del members[name]
    members |= {card.member.name: card.member for card in wanted.replaced}
    ordered = sorted(members.values(), key=lambda member: member.name.encode())
    if tuple(ordered) == present.members:
        raise Mistake("nothing would change", "say what shall with --add CARD, --remove NAME or --replace CARD")
    return Roster.of(present.version + 1, ordered)


def drafted(genesis: Genesis, present: Roster, following: Roster, by: Sequence[str], expires_ms: int) -> OpenDraft:
    """The unsigned draft. by: who signs; where nobody is named, all that stay or join. Raises Malformed or Mistake."""
    signers = [_named(name, present, following) for name in by]
    if not by:
        signers = [member.member_id for member in following.members]
    must = with_new_keys(present, following)
    if lacking := must - set(signers):
        names = ", ".join(sorted(_office(signer, present, following).name for signer in lacking))
        raise Mistake(f"who has new keys signs too, and --by does not name {names}", "name them, or leave out --by")
    of_present = [signer for signer in signers if present.by_id(signer) is not None]
    if len(set(of_present)) < present.quorum:
        raise Mistake(
            f"{len(set(of_present))} of the present members would sign, {present.quorum} of {present.size} must",
            "name more with --by; one that leaves may sign too",
        )
    data = {"roster": parse_jcs(following.document, bytes_max=GENESIS_BYTES_MAX)}
    return OpenDraft.compose(genesis.fingerprint, AMEND_ROSTER, data, signers, expires_ms)


def roster_of(draft: OpenDraft, genesis: Genesis) -> Roster:
    """The roster that the draft carries. Raises Malformed or Mistake."""
    _check_kind(draft)
    return next_roster(draft.draft.body.data["roster"], genesis.roster)


def addresses(draft: OpenDraft) -> tuple[str, ...]:
    """Where the members of the draft's document serve their API, as it says. Raises Malformed or Mistake."""
    _check_kind(draft)
    value = parse_jcs(draft.draft.body.data["roster"], bytes_max=GENESIS_BYTES_MAX)
    members = value.get("members") if isinstance(value, dict) else None
    found = [each.get("api") for each in members if isinstance(each, dict)] if isinstance(members, list) else []
    urls = tuple(url for url in found if isinstance(url, str))
    if not urls:
        raise Malformed("the draft's document names no members")
    return urls


def check_signatures(draft: OpenDraft, present: Roster, following: Roster) -> None:
    """Raise Unproven where a signature of the draft is not that institution's, Malformed where a signer is none."""
    entry = _entry(draft)
    for signer, signature in zip(draft.draft.body.by, draft.draft.signatures, strict=True):
        office = _office(signer, present, following)
        if signature is None:
            continue
        try:
            verify(office.office, entry.message, signature)
        except Unproven as error:
            raise Unproven("signature", f"the office key of {office.name} did not sign this draft") from error


def judged(draft: OpenDraft, context: Context) -> list[Precondition[Any]]:
    """What the rules cannot decide without the state. Raises Refused where they refuse; asks no signature."""
    entry, open_ = _entry(draft), list[Precondition[Any]]()
    judge(Case(entry, entry.body.data, Register(Nothing()), context, open_), lambda *_: None)
    return open_


def _check_kind(draft: OpenDraft) -> None:
    if draft.draft.body.kind != AMEND_ROSTER:
        raise Mistake(
            f"the draft is of the kind {draft.draft.body.kind}, not {AMEND_ROSTER}",
            "use `datadeed sign` for other drafts",
        )


def _entry(draft: OpenDraft) -> Entry:
    """The draft as an entry, zeros where a signature is missing."""
    part = draft.draft
    signatures = tuple(signature or bytes(SIGNATURE_BYTES) for signature in part.signatures)
    return Entry(part.body, part.body_bytes, signatures, part.to_bytes(), draft.entry_id)


def _is_over(present: Roster, following: Roster) -> NoReturn:
    if following.document == present.document:
        raise Mistake(f"roster {present.version} is in force already", "nothing remains to be done")
    raise Mistake(
        f"the draft makes roster {following.version}; another change came first, roster {present.version} is in force",
        "propose it again on top of the roster in force; signatures do not carry over",
    )


def _office(signer: bytes, present: Roster, following: Roster) -> Member:
    member = present.by_id(signer) or following.by_id(signer)
    if member is None:
        raise Malformed(f"the draft asks {signer.hex()} to sign, who is no institution of either roster")
    return member


def _named(name: str, present: Roster, following: Roster) -> bytes:
    if present.by_name(name) is None and following.by_name(name) is None:
        raise Mistake(f"--by names {name}, who is and becomes no member", "give members' names as the cards have them")
    return sha256(name.encode())


def _check_origin(cards: Iterable[Card], origin: str) -> None:
    strangers = sorted(card.member.name for card in cards if card.origin != origin)
    if strangers:
        raise Mistake(
            f"these cards are for another origin than {origin}: {', '.join(strangers)}",
            "let those institutions run `datadeed-node init` with this ledger's origin",
        )


def _check_named_once(names: Collection[str]) -> None:
    if twice := sorted({name for name in names if list(names).count(name) > 1}):
        raise Mistake(f"named more than once: {', '.join(twice)}", "say once what shall happen to each member")


def _differences(before: Member, after: Member) -> Iterable[str]:
    """What is different besides keys."""
    for name in ("roles", "title_en", "title_zh", "api", "peer"):
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            shown = (", ".join(each) if isinstance(each, tuple) else each for each in (one, other))
            yield f"{name} {' → '.join(shown)}"
