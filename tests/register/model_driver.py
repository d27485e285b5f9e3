"""A random register, year by year: who hands in what, when; mostly what is permitted, and much that is nearly so.

Everything follows from one seed. Whom an entry needs and what stands is looked up in the model; then, often, one thing
is made wrong: a signer too many or too few, another licence, a day too late, a used number, somebody else's key.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from register.model import APPLICATION, period_over, status
from register.model_court import WholeLaw
from register.model_days import day, later, start_of
from register.model_makers import DAY, HOUR, UNKNOWN, Makers
from register.model_values import Event, Situation
from register.model_world import ROLES, Attempt, World
from registerkit import FINGERPRINT, key, pid

from datadeed_ledger.errors import Malformed
from datadeed_ledger.events import SCHEMAS
from datadeed_ledger.keys import SigningKey

SECOND = 1000
WEIGHTS: Mapping[str, float] = {
    "enrol": 1,
    "update_party": 2,
    "suspend": 2,
    "reinstate": 2,
    "deposit": 2,
    "deposit_batch": 1,
    "notarize": 1,
    "apply": 3,
    "import_right": 2,
    "request_correction": 2,
    "correct": 3,
    "publish": 3,
    "object": 3,
    "decide_objection": 2,
    "register": 3,
    "change": 5,
    "renew": 9,
    "cancel": 2,
    "transfer": 8,
    "pledge": 6,
    "release_pledge": 4,
    "license": 14,
    "end_license": 5,
    "approve": 20,
    "reject": 4,
    "withdraw": 4,
    "note_dispute": 2,
    "end_dispute": 3,
    "freeze": 6,
    "renew_freeze": 4,
    "unfreeze": 4,
    "enforce_transfer": 3,
    "revoke": 0.5,
    "correct_record": 4,
    "register_asset": 3,
    "delist_asset": 1,
    "record_contract": 4,
    "amend_rules": 1,
}


class Driver(Makers):
    """One run; `chance` decides everything."""

    def __init__(self, chance: random.Random, rules: Mapping[str, Any], begins: str, *, rights: int = 34) -> None:
        self.random = chance
        self.world = World(rules, start_of(date.fromisoformat(begins)) + 9 * HOUR)
        self.rights_wanted = rights
        self.nonce = 0
        self.suspended: set[bytes] = set()
        self.rules = rules  # of the block that is being built
        self.rights: list[bytes] = []
        self.chosen: Situation | None = None
        self.new_keys: dict[bytes, SigningKey] = {}
        self.away: list[str] = []
        self.parties: list[bytes] = []
        self.old_keys: dict[bytes, list[SigningKey]] = {}
        self.assets: list[bytes] = []
        self.recorded: list[Attempt] = []
        self.seen: dict[bytes, Situation] = {}
        self.malformed = 0
        self.kinds = [kind for kind in WEIGHTS if kind in SCHEMAS]
        self.weights = [WEIGHTS[kind] for kind in self.kinds]
        for _ in range(12):
            self.hand_in(self.party_enrolled())

    # --- time ---

    @property
    def now(self) -> int:
        return self.world.now_ms

    @property
    def today(self) -> date:
        return day(self.now)

    def day_text(self, ahead: int) -> str:
        return later(self.today, ahead).isoformat()

    def let_time_pass(self) -> None:
        """The next block: often soon, sometimes on the edge of a day on which something ends, sometimes much later."""
        pick = self.random.random()
        if pick < 0.55:
            step = self.random.randrange(1, 3 * HOUR)
        elif pick < 0.80:
            step = self.random.randrange(HOUR, 3 * DAY)
        elif pick < 0.82:
            step = self.random.randrange(3 * DAY, 25 * DAY)
        elif pick < 0.835:
            step = self.to_a_month_s_end()
        elif pick < 0.8365:
            step = self.random.randrange(60 * DAY, 300 * DAY)
        else:
            step = self.to_an_edge()
        self.change_roster()
        self.look_at_the_register(step)
        self.world.begin_block(self.now + step)
        self.rules = self.world.model.rules_at(self.now, self.world.block)

    def to_a_month_s_end(self) -> int:
        """How long until some hour of one of the next days numbered 28 to 31: there months are not all alike."""
        wanted = self.random.choice((28, 29, 30, 31))
        ahead = next((days for days in range(1, 40) if later(self.today, days).day == wanted), 40)
        return start_of(later(self.today, ahead)) + self.random.randrange(DAY) - self.now

    def look_at_the_register(self, step: int) -> None:
        """Sometimes both sides are asked for everything as of a moment before the next block."""
        if self.random.random() < 0.02:
            ahead = self.random.choice((0, self.random.randrange(step), min(self.to_an_edge(), step - 1)))
            self.world.look_around(self.now + ahead)

    def to_an_edge(self) -> int:
        """How long until just before, on or after the end of a day that counts for some right."""
        ends = [end for right in self.some_rights(5) for end in self.ends(self.look(right)) if end >= self.today]
        near = [end for end in ends if (end - self.today).days < 9 or self.random.random() < 0.001]
        if not near:
            return HOUR
        over = start_of(later(self.random.choice(near), 1))
        grace = self.rules["filing_grace_s"] * SECOND
        exact = (over - 1, over, over + grace - 1, over + grace, over + grace + 1, over - DAY, over + DAY)
        ahead = [moment for moment in exact if moment > self.now]
        return (self.random.choice(ahead) if ahead else over + 2 * DAY) - self.now

    def ends(self, right: Situation) -> list[date]:
        """Days on whose end something of this right lapses."""
        found = [right.due, right.until, *(until for _, until in right.disputes), *(end for _, end in right.requests)]
        found += [item["until"] for item in right.freezes[:1]]
        found += [date.fromisoformat(item.data["end"]) for item in right.licences]
        if right.until is not None:
            found.append(right.until - timedelta(days=self.rules["renewal_due_days"] + 1))
        return [end for end in found if end is not None]

    def change_roster(self) -> None:
        """Now and then institutions leave, and come back."""
        if self.away and self.random.random() < 0.2:
            self.away = []
        elif not self.away and self.random.random() < 0.03:
            self.away = [self.random.choice(sorted(ROLES))]
        self.world.set_roster(self.away)

    # --- looking around ---

    def look(self, right: bytes) -> Situation:
        """The right as of now: as the model tells it, remembered until an entry touches it."""
        if right not in self.seen:
            found = self.world.model.situation(right, self.now)
            assert found is not None
            self.seen[right] = found
        self.seen[right].let_pass(self.today)
        return self.seen[right]

    def some_rights(self, count: int) -> list[bytes]:
        return self.random.sample(self.rights, min(count, len(self.rights)))

    def a_right(self, suits: Callable[[Situation], bool]) -> Situation | None:
        """One that suits, mostly; None if there is none at all."""
        if self.chosen is not None:
            return self.chosen
        tried: list[Situation] = []
        wanted = self.random.random() < 0.97
        for right in self.some_rights(14):
            tried.append(self.look(right))
            if suits(tried[-1]) == wanted:
                return tried[-1]
        return self.random.choice(tried) if tried and self.random.random() < 0.05 else None

    def a_party(self) -> bytes:
        return self.random.choice(self.parties or [pid("nobody")])

    def a_seal(self) -> bytes:
        return self.random.randbytes(32)

    def an_entry(self) -> bytes:
        return self.random.choice(self.world.model.events).id

    def member(self, role: str | None = None) -> bytes:
        able = self.world.institutions.with_role(role) if role else list(self.world.institutions.roles)
        return self.random.choice(able or [UNKNOWN])

    def reason(self, kind: str, word: str = "reasons") -> str:
        return self.random.choice(self.rules[word][kind])

    # --- one attempt ---

    def step(self) -> None:
        """Hands in one entry, in this block or the next."""
        if self.random.random() < 0.45:
            self.let_time_pass()
        attempt = self.candidate()
        if attempt is not None:
            if self.random.random() < 0.2:
                attempt = self.spoilt(attempt)
            self.hand_in(attempt)

    def candidate(self) -> Attempt | None:
        if self.recorded and self.random.random() < 0.005:
            return self.random.choice(self.recorded)
        self.chosen = None
        kind = self.random.choices(self.kinds, self.weights)[0]
        if self.random.random() < 0.3:
            kind = self.next_step_of_an_application() or kind
        if kind in ("apply", "import_right") and len(self.rights) < self.rights_wanted:
            pass
        elif kind in ("apply", "import_right") and self.random.random() < 0.6:
            return None
        elif len(self.rights) < 5 and "right" in SCHEMAS[kind].__annotations__:
            kind = "apply"
        data: Mapping[str, Any] | Attempt | None = getattr(self, f"make_{kind}")()
        if data is None or isinstance(data, Attempt):
            return data
        return self.attempt(kind, data)

    def next_step_of_an_application(self) -> str | None:
        """What is likely to come next for some right that is not registered yet; `chosen` is that right."""
        looked_at = map(self.look, self.some_rights(20))
        open_ones = [right for right in looked_at if status(right, self.now, self.rules) in APPLICATION]
        if not open_ones:
            return "apply" if len(self.rights) < self.rights_wanted else None
        right = self.chosen = self.random.choice(open_ones)
        if right.stage == "examining":
            return self.random.choice(("publish", "publish", "publish", "publish", "request_correction"))
        if right.stage == "correcting":
            return self.random.choice(("correct", "correct", "correct", "request_correction"))
        if right.objections:
            return self.random.choice(("decide_objection", "decide_objection", "withdraw", "object", "register"))
        steps = ("object", "object", "object", "request_correction", "publish", "withdraw", "freeze")
        return "register" if period_over(right, self.now, self.rules) else self.random.choice(steps)

    def attempt(self, kind: str, data: Mapping[str, Any], by: Iterable[bytes] | None = None) -> Attempt:
        """Signed by whom the rules ask for, if they can be told."""
        self.nonce += 1
        expires = self.now + self.random.choice((0, HOUR, DAY, 30 * DAY))
        attempt = Attempt(kind, frozenset(by or [self.member()]), data, expires, self.nonce)
        if by is None:
            attempt = replace(attempt, by=self.signers(attempt))
        return attempt

    def signers(self, attempt: Attempt) -> frozenset[bytes]:
        data = attempt.data
        event = Event(
            attempt.kind, attempt.by, data, UNKNOWN, self.now, self.world.block, FINGERPRINT, attempt.expires_ms, {}
        )
        right = self.look(event.right) if event.right in self.seen else None
        law = WholeLaw(self.world.model, self.world.institutions, event, right=right, rules=self.rules)
        if set(law.row()) & {301, 302, 205, 501, 701, 801}:
            return attempt.by
        return self.random.choice(law.signers() or [attempt.by]) or attempt.by

    def hand_in(self, attempt: Attempt) -> bytes | None:
        try:
            entry_id = self.world.attempt(attempt, at_the_door=self.random.random() < 0.1)
        except Malformed:
            self.malformed += 1
            return None
        if entry_id is not None:
            self.remember(attempt, entry_id)
        return entry_id

    def remember(self, attempt: Attempt, entry_id: bytes) -> None:
        data = attempt.data
        self.recorded.append(attempt)
        self.seen.pop(data.get("right") or b"", None)
        if attempt.kind in ("enrol", "update_party"):
            party = data["party"]
            self.old_keys.setdefault(party, []).append(self.world.keys.get(party, key("nobody's")))
            self.world.keys[party] = self.new_keys[data["public_key"]]
        if attempt.kind == "enrol":
            self.parties.append(data["party"])
        if attempt.kind in ("suspend", "reinstate"):
            party = data["party"]
            self.suspended -= {party}
            self.suspended |= {party} if self.world.model.suspenders(party) else set()
        if attempt.kind in ("apply", "import_right"):
            self.rights.append(entry_id)
        if attempt.kind == "register_asset":
            self.assets.append(entry_id)

    # --- spoiling ---

    def spoilt(self, attempt: Attempt) -> Attempt:
        """The same with one thing wrong, or perhaps only different."""
        way = self.random.choice((self.other_signers, self.other_signers, self.other_field, self.other_field, self.odd))
        return way(attempt)

    def other_signers(self, attempt: Attempt) -> Attempt:
        signers = sorted(attempt.by)
        pick = self.random.random()
        stranger = self.random.choice((self.a_party(), self.member(), self.member("registrar"), self.member("court")))
        if pick < 0.45 and len(signers) > 1:
            signers.remove(self.random.choice(signers))
        elif pick < 0.7:
            signers.append(stranger)
        else:
            signers[self.random.randrange(len(signers))] = stranger
        return replace(attempt, by=frozenset(signers))

    def odd(self, attempt: Attempt) -> Attempt:
        """Another ledger, a time to live that is over or too long, an old or a stranger's key, a party unknown."""
        signer = self.random.choice(sorted(attempt.by))
        old = self.random.choice([*self.old_keys.get(signer, []), key("nobody's")])
        return self.random.choice(
            (
                replace(attempt, ledger=UNKNOWN),
                replace(attempt, expires_ms=self.now - 1),
                replace(attempt, expires_ms=self.now + 30 * DAY + 1),
                replace(attempt, keys={signer: old}),
                replace(attempt, by=attempt.by | {pid("nobody")}),
                replace(attempt, by=frozenset({UNKNOWN})),
            )
        )

    def other_field(self, attempt: Attempt) -> Attempt:
        name = self.random.choice(sorted(attempt.data))
        value = self.other_value(name, attempt.data[name])
        return replace(attempt, data={**attempt.data, name: value})

    def other_value(self, name: str, value: Any) -> Any:
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            return self.random.choice((max(value - 1, 1), value + 1, 1000))
        if isinstance(value, dict):
            inner = self.random.choice(("industry", "data_format", "agreement_end", "sources", "deposits"))
            return {**value, inner: self.other_value(inner, value[inner])}
        if isinstance(value, bytes):
            return self.other_id(name, value)
        if isinstance(value, list):
            return self.other_list(name, value)
        return self.other_text(name, value)

    def other_id(self, name: str, value: bytes) -> bytes:
        if len(value) == 16:
            return self.random.choice((self.a_party(), pid("nobody")))
        if name == "right":
            return self.random.choice((*self.some_rights(1), UNKNOWN))
        return self.random.choice((self.an_entry(), UNKNOWN, self.member(), *self.some_rights(1)))

    def other_list(self, name: str, value: list[Any]) -> list[Any]:
        if name == "sources":
            return self.random.choice((["self_collected"], ["by_agreement"], ["by_agreement", "self_collected"]))
        if name == "deposits":
            return [{"deposit": self.an_entry(), "item": self.random.choice((None, 0, 3))}]
        if name in ("holders_after", "applicants", "holders"):
            return self.some_holders()
        if name in ("territory", "industry", "use"):
            return self.random.choice((["*"], ["zz"]))
        return self.random.choice((value[:-1], ["other"], ["zz"], [UNKNOWN]))

    def other_text(self, name: str, value: str | None) -> str | None:
        if name in ("registration_no", "certificate_no"):
            used = sorted(self.world.model.numbers_ever())
            right_sort = [number for number in used if value is None or len(number) == len(value)]
            return self.random.choice([*right_sort, None if name == "certificate_no" else value])
        if name in ("start", "end", "until", "announced_on", "agreement_end", "debt_due"):
            around = [date.fromisoformat(value)] if value else []
            around += [self.today, *(end for right in self.some_rights(1) for end in self.ends(self.look(right)))]
            return later(self.random.choice(around), self.random.choice((-1, 0, 1, 400))).isoformat()
        if name in ("reason", "ground", "industry", "category", "data_format", "regime"):
            return self.random.choice(("zz", "other"))
        choices = {
            "type": ("exclusive", "sole", "ordinary"),
            "outcome": ("upheld", "dismissed"),
            "status": ("registered", None),
        }
        return self.random.choice(choices.get(name, (value,)))
