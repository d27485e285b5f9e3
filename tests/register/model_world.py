"""Both sides of the comparison: the ledger's own rules on a state in memory, and the naive model, asked the same.

`World.attempt` hands one entry to both and holds them to one verdict; `World.compare` asks both for every right as of
now. A difference is a `Disagreement`, which carries the seed and all that was accepted up to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from register.model import Model, answers
from register.model_court import WholeLaw, judge
from register.model_law import Institutions
from register.model_values import Event
from registerkit import FINGERPRINT, MemoryState, check_signature, key, member_id, roster

from datadeed_ledger.admission import apply, validate
from datadeed_ledger.encoding import jcs
from datadeed_ledger.entry import Body, Entry
from datadeed_ledger.errors import Refused
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.records import NumberUse, Rules
from datadeed_ledger.register import Register
from datadeed_ledger.roster import Roster
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.state import Context, Overlay
from datadeed_ledger.statemap import subject_key
from datadeed_ledger.view import licence_in_force, licence_stands, view

ROLES = {
    "court.example.cn": ("court",),
    "exchange.example.cn": ("exchange",),
    "ip-office.example.cn": ("registrar",),
    "notary.example.cn": ("notary",),
    "other-court.example.cn": ("court",),
    "other-office.example.cn": ("exchange", "registrar"),
    "procurator.example.cn": ("supervisor",),
}


LOOKED_BACK_AT = 8  # rights, at each moment; all were compared at the time


class Disagreement(AssertionError):
    """The two sides answer differently."""


class State(MemoryState):
    """Committed state in dictionaries, with the records of a subject found at once."""

    def __init__(self) -> None:
        super().__init__()
        self.subjects: dict[bytes, dict[bytes, bytes]] = {}

    def records_under(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        own = self.subjects.get(prefix[:32], {})
        return sorted(item for item in own.items() if item[0].startswith(prefix))

    def commit(self, changes: Any, leaves: Mapping[int, bytes]) -> None:
        super().commit(changes, leaves)
        for at, record in changes.records.items():
            own = self.subjects.setdefault(at[:32], {})
            if record is None:
                own.pop(at, None)
            else:
                own[at] = record


@dataclass(frozen=True)
class Attempt:
    """What somebody hands in. expires_ms, ledger and keys differ from what is right only on purpose."""

    kind: str
    by: frozenset[bytes]
    data: Mapping[str, Any]
    expires_ms: int
    nonce: int
    ledger: bytes = FINGERPRINT
    keys: Mapping[bytes, SigningKey] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """What the ledger answered for each right as of a time, after a block."""

    time_ms: int
    block: int
    answers: Mapping[bytes, Mapping[str, Any]]


def institutions(members: Roster) -> Institutions:
    return Institutions(
        roles={member_id(item.name): tuple(item.roles) for item in members.members},
        offices={member_id(item.name): item.office for item in members.members},
        keys={
            public
            for item in members.members
            for public in (item.office, item.vote, item.cosign.public_key, item.log.public_key)
        },
    )


@lru_cache
def members_without(*left: str) -> tuple[Roster, Institutions]:
    """Everybody but these, for the ledger and for the model."""
    members = roster({name: roles for name, roles in ROLES.items() if name not in left})
    return members, institutions(members)


class World:
    """One register, twice. now_ms, block: the block that is being built."""

    def __init__(self, rules: Mapping[str, Any], now_ms: int) -> None:
        self.founding = RuleSet.from_json(dict(rules))
        self.model = Model(FINGERPRINT, now_ms, rules)
        self.state = State()
        record = Rules.of_genesis(now_ms, self.founding.digest)
        self.state.records[record.key] = record.to_bytes()
        self.sets = {self.founding.digest: self.founding}
        self.keys: dict[bytes, SigningKey] = {member_id(name): key(f"office {name}") for name in ROLES}
        self.set_roster()
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.numbers: Counter[str] = Counter()  # how often each refusal was given
        self.moments: list[Moment] = []
        self.compared = 0  # answers about one right at one moment
        self.block = 0
        self.begin_block(now_ms)

    # --- blocks ---

    def begin_block(self, now_ms: int) -> None:
        """Commits what the last block held, and opens the next at `now_ms`."""
        self.block += 1
        self.now_ms = now_ms
        self.context = Context(FINGERPRINT, self.block, now_ms, self.roster, self.rules_now(now_ms))

    def rules_now(self, time_ms: int) -> RuleSet:
        versions = [item for item in Register(self.state).rules().versions if item.effective <= time_ms]
        return self.sets[versions[-1].hash]

    @property
    def last_rules(self) -> Mapping[str, Any]:
        """The rule set that was recorded last, in force or not yet."""
        return self.model.rules_at(2**63, self.block + 1)

    def set_roster(self, without: Iterable[str] = ()) -> None:
        """From the next block on."""
        self.roster, self.institutions = members_without(*without)

    # --- entries ---

    def attempt(self, attempt: Attempt, *, at_the_door: bool = False) -> bytes | None:
        """The id of the entry, if both sides accept it; None if both refuse it."""
        entry, event = self.made(attempt)
        faults = judge(self.model, self.institutions, event)
        refusal = self.refusal(entry, at_the_door=at_the_door)
        self.hold_together(event, faults, refusal)
        if refusal is not None:
            self.refused[event.kind] += 1
            self.numbers[str(refusal.number)] += 1
            return None
        self.accepted[event.kind] += 1
        if event.kind == "reinstate":
            able = WholeLaw(self.model, self.institutions, event).suspend_by()
            event = replace(event, could_reinstate=frozenset().union(*able))
        self.model.events.append(event)
        return event.id

    def made(self, attempt: Attempt) -> tuple[Entry, Event]:
        """Raises `Malformed` where no rule is asked."""
        signing = {signer: attempt.keys.get(signer) or self.key_of(signer) for signer in attempt.by}
        body = Body(
            ledger=attempt.ledger,
            kind=attempt.kind,
            by=tuple(sorted(attempt.by)),
            nonce=attempt.nonce.to_bytes(16, "big"),
            expires_ms=attempt.expires_ms,
            data=attempt.data,
        )
        entry = Entry.build(body, signing)
        public = {signer: own.public_key for signer, own in signing.items()}
        event = Event(
            attempt.kind,
            attempt.by,
            attempt.data,
            entry.entry_id,
            self.now_ms,
            self.block,
            attempt.ledger,
            attempt.expires_ms,
            public,
        )
        return entry, event

    def key_of(self, signer: bytes) -> SigningKey:
        return self.keys.get(signer) or key(f"stranger {signer.hex()}")

    def refusal(self, entry: Entry, *, at_the_door: bool) -> Refused | None:
        """The ledger's verdict; what it permits is recorded."""
        overlay, index = Overlay(self.state), len(self.state.leaves)
        try:
            if at_the_door:
                validate(entry, self.state, self.context, check_signature)
            apply(overlay, entry, index, self.context, check_signature)
        except Refused as refusal:
            if overlay.changes().records:
                raise Disagreement("a refused entry left a trace") from refusal
            return refusal
        self.state.commit(overlay.changes(), {index: entry.data})
        return None

    def hold_together(self, event: Event, faults: set[int | str], refusal: Refused | None) -> None:
        known = all(isinstance(fault, int) for fault in faults)
        wrong_number = refusal is not None and known and refusal.number not in faults
        if (refusal is None) == bool(faults) or wrong_number:
            said = "accepted" if refusal is None else str(refusal)
            words = sorted(str(fault) for fault in faults) or "accepted"
            raise Disagreement(f"{event.kind} in block {event.block}: the ledger says {said}, the model {words}", event)

    # --- questions ---

    def look_around(self, time_ms: int) -> None:
        """Both sides' answers for everything as of `time_ms`, before which nothing more will be recorded."""
        moment = Moment(
            time_ms, self.block, {right: self.ledger_answers(right, time_ms) for right in self.model.rights()}
        )
        self.moments.append(moment)
        self.hold_moment(moment)
        self.hold_parties()
        self.hold_assets()

    def look_back(self) -> None:
        """The model, which knows the whole story now, still gives the same answers for the moments looked at."""
        for moment in self.moments:
            some = dict(sorted(moment.answers.items())[:LOOKED_BACK_AT])
            self.hold_moment(replace(moment, answers=some))

    def compare(self, right: bytes) -> None:
        """Both sides' answers for one right as of now."""
        self.hold_moment(Moment(self.now_ms, self.block, {right: self.ledger_answers(right, self.now_ms)}))

    def hold_moment(self, moment: Moment) -> None:
        rules = self.model.rules_at(moment.time_ms, moment.block + 1)
        for right, theirs in moment.answers.items():
            found = self.model.situation(right, moment.time_ms)
            assert found is not None
            self.compared += 1
            hold(f"right {right.hex()[:8]} at {moment.time_ms}", answers(found, moment.time_ms, rules), theirs)

    def hold_parties(self) -> None:
        register = Register(self.state)
        for event in self.model.events:
            if event.kind != "enrol":
                continue
            party = event.data["party"]
            record, identity = register.party(party), self.model.identity(party)
            assert record is not None
            assert identity is not None
            mine = {name: identity[name] for name in ("public_key", "name", "credit_code")} | {
                "party_type": event.data["party_type"],
                "enrolled_by": event.by,
                "suspended_by": self.model.suspenders(party),
                "events": self.model.count("party", party),
            }
            theirs = {name: getattr(record, name) for name in mine} | {
                "enrolled_by": {record.enrolled_by},
                "suspended_by": sorted(record.suspended_by),
                "events": record.events.count,
            }
            hold(f"party {party.hex()[:8]}", mine, theirs)

    def hold_assets(self) -> None:
        register = Register(self.state)
        for event in self.model.events:
            if event.kind == "register_asset":
                record, mine = register.asset(event.id), self.model.asset(event.id, self.now_ms)
                assert record is not None
                assert mine is not None
                theirs = {name: getattr(record, name) for name in mine} | {"events": record.events.count}
                hold(f"asset {event.id.hex()[:8]}", mine, theirs)

    def hold_numbers(self) -> None:
        """Every number that was ever given leads to its right, and no other number does."""
        given = self.model.numbers_ever()
        mine = {NumberUse.subject_of(number): right for number, right in given.items()}
        records = [self.state.records.get(subject_key(subject)) for subject in mine]
        theirs = {use.subject: use.right for use in map(NumberUse.from_bytes, filter(None, records))}
        hold("numbers", mine, theirs)
        assert not Register(self.state).number_used("11999999999999999")

    def ledger_answers(self, right: bytes, time_ms: int) -> dict[str, Any]:
        register = Register(self.state)
        record = register.right(right)
        if record is None:
            raise Disagreement(f"no record of the right {right.hex()}")
        seen = view(record, time_ms, self.rules_now(time_ms))
        licences = register.licences(right)
        return {
            "stage": record.stage,
            "status": seen.status,
            "ended_at": record.ended_at,
            "regime": record.regime,
            "registrar": record.registrar,
            "holders": [(holder.party, holder.share) for holder in record.holders],
            "description": record.description,
            "agreement_end": record.agreement_end,
            "due": record.due,
            "registration_no": record.registration_no,
            "certificate_no": record.certificate_no,
            "announced_on": record.announced_on,
            "until": record.until,
            "renewal_pending": seen.renewal_pending,
            "renewal_due": seen.renewal_due,
            "window_open": seen.window_open,
            "pledge": None if seen.pledge is None else (seen.pledge.id, seen.pledge.pledgee, seen.pledge.debt_due),
            "freezes": [(item.id, item.since, item.until) for item in seen.freezes],
            "disputes": [(item.id, item.until) for item in seen.disputes],
            "pending": sorted((item.id, item.kind, item.lapses) for item in seen.pending),
            "open_objections": record.open_objections,
            "objections": sorted(item.id for item in register.objections(right)),
            "licences": sorted(item.id for item in licences if licence_stands(item, seen)),
            "in_force": sorted(item.id for item in licences if licence_in_force(item, seen)),
            "licences_ever": record.licences_ever,
            "events": record.events.count,
        }


def hold(what: str, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    """Raises `Disagreement` unless both say the same."""
    if mine != theirs:
        said = [
            f"{name}: the model says {mine.get(name)}, the ledger {theirs.get(name)}"
            for name in sorted(mine.keys() | theirs.keys())
            if mine.get(name) != theirs.get(name)
        ]
        raise Disagreement(f"{what}: {'; '.join(said)}")


def document(rules: Mapping[str, Any]) -> bytes:
    return jcs(dict(rules))
