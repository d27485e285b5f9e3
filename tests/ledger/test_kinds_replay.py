"""The published example ledger replays to its own records; no validly signed entry, however odd, stops a register."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from registerkit import (
    COURT,
    EXCHANGE,
    HOUR_MS,
    NOTARY,
    OFFICE,
    MemoryState,
    RegisterKit,
    check_signature,
    key,
    pid,
    shares,
)

from datadeed_ledger.admission import apply
from datadeed_ledger.encoding import TIME_MS_MAX, jcs, sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Malformed, Refused
from datadeed_ledger.events import SCHEMAS
from datadeed_ledger.header import Header
from datadeed_ledger.records import Asset, KeyUse, Licence, NumberUse, Objection, Party, Right, Rules
from datadeed_ledger.refusals import CATALOGUE
from datadeed_ledger.roster import Genesis
from datadeed_ledger.rules import RuleSet, shipped
from datadeed_ledger.state import Context, Overlay
from datadeed_ledger.view import view

# --- the example ledger ----------------------------------------------------------------------------------------------


def example(folder: Path) -> tuple[Genesis, RuleSet, list[dict[str, Any]], list[list[Any]]]:
    packs = folder / "packs"
    genesis = Genesis.parse((packs / "genesis.json").read_bytes())
    rules = RuleSet.from_json(shipped("beijing-2023") | genesis.rules)  # the example's own are abbreviated
    return genesis, rules, json.loads((packs / "log.json").read_text()), json.loads((packs / "state.json").read_text())


def replayed(genesis: Genesis, rules: RuleSet, log: list[dict[str, Any]]) -> Overlay:
    overlay = Overlay(MemoryState())
    founding = Rules.of_genesis(genesis.time_ms, sha256(jcs(genesis.rules)))
    overlay.put(founding.key, founding.to_bytes())
    leaves = [bytes.fromhex(item["leaf"]) for item in log]
    times = {
        item["height"]: Header.parse(leaf).time_ms for item, leaf in zip(log, leaves, strict=True) if leaf[0] == 0x64
    }
    for item, leaf in zip(log, leaves, strict=True):
        if leaf[0] == 0x92:
            context = Context(genesis.fingerprint, item["height"], times[item["height"]], genesis.roster, rules)
            apply(overlay, Entry.parse(leaf), item["index"], context, check_signature)
    return overlay


def test_the_example_ledger_replays_to_exactly_its_records(vectors: Path) -> None:
    genesis, rules, log, state = example(vectors)
    records = replayed(genesis, rules, log).changes().records
    assert records == {bytes.fromhex(item[2]): bytes.fromhex(item[3]) for item in state}
    for item in state:
        record_type = {"party": Party, "key": KeyUse, "number": NumberUse, "rules": Rules, "right": Right}
        read = Licence if item[1].startswith("01") else record_type[item[0].partition("/")[0]]
        record = read.from_bytes(bytes.fromhex(item[3]))
        assert record.subject == item[0]
        assert record.key.hex() == item[2]
        assert record.to_bytes().hex() == item[3]


def test_the_example_ledger_s_entries_have_their_ids(vectors: Path) -> None:
    for item in example(vectors)[2]:
        if item["kind"] != "header":
            entry = Entry.parse(bytes.fromhex(item["leaf"]))
            assert (entry.kind, entry.entry_id.hex()) == (item["kind"], item["id"])


def test_no_entry_of_the_example_ledger_is_recorded_twice_or_out_of_order(vectors: Path) -> None:
    genesis, rules, log, _ = example(vectors)
    overlay = replayed(genesis, rules, log)
    later = Context(genesis.fingerprint, 8, Header.parse(bytes.fromhex(log[-1]["leaf"])).time_ms, genesis.roster, rules)
    for item in log:
        if item["kind"] != "header":
            with pytest.raises(Refused):
                apply(overlay, Entry.parse(bytes.fromhex(item["leaf"])), 99, later, check_signature)


# --- odd entries -----------------------------------------------------------------------------------------------------

NAMES = ("alice", "bob", "carol")
PARTIES = [pid(name) for name in NAMES]
DATES = ["0001-01-01", "2026-11-22", "2026-11-23", "2026-12-08", "2029-12-08", "2030-01-01", "9999-12-31"]
CODES = ["01", "64", "98", "CN", "CN-11", "US", "csv", "internal", "other", "agreement", "cnipa_data_ip", "x"]
TEXTS = ["2026BJ0000000001", "Z" * 16, "1" * 17, "0" * 17, "text/csv", "sha-256", "full", "ordinary", "exclusive"]
NUMBERS = [0, 1, 4, 5, 9_999, 10_000, 2**32 - 1, 2**63, 2**64 - 1, TIME_MS_MAX]


Makers = dict[str, Callable[[], Entry]]


class Story:
    """A register to which a random hand submits entries that are signed rightly, and wrong in every other way.

    At its start there is something for every kind to act on: rights with and without a request, a pledge, a freeze and
    a note of a dispute; applications in every stage, one with an objection.
    """

    def __init__(self, seed: int) -> None:
        self.hand = Random(seed)
        self.oddness = 0.1
        rules = replace(RuleSet.load("beijing-2023"), filing_grace_s=0, renewal_due_days=2000)
        self.kit = RegisterKit(replace(rules, publicity_working_days=0))
        self.kit.enrol(*NAMES)
        (self.lost,) = self.kit.enrol("lost")  # who signs nothing, so that its keys may change
        self.kit.keys[pid("nobody")] = key("party nobody")
        alice, bob, carol = PARTIES
        self.ids: dict[str, list[bytes]] = {
            "deposit": [self.kit.deposit(alice), self.kit.batch(bob), self.kit.deposit(carol)]
        }
        self.registered, pledged, self.busy, disputed = (self.kit.registered(alice, number=at) for at in range(1, 5))
        self.request = self.kit.transfer(self.busy, carol)
        self.published, self.application = self.kit.published(bob), self.kit.application(*PARTIES)
        self.kit.rules = replace(rules, publicity_working_days=60)
        quiet, disputable, correcting = self.kit.published(alice), self.kit.published(alice), self.kit.correcting(carol)
        self.ids |= {
            "apply": [self.registered, pledged, self.busy, disputed, self.published, self.application],
            "object": [self.kit.record(self.kit.object_entry(disputable, carol))],
            "license": [self.kit.licensed(self.registered, bob, sublicensing=True)],
            "transfer": [self.request],
            "pledge": [self.kit.pledged(pledged, bob)],
            "freeze": [self.kit.frozen(disputed)],
            "note_dispute": [self.kit.record(self.kit.note_dispute_entry(disputed))],
        }
        self.kit.record(self.kit.suspend_entry(self.lost, COURT))
        self.asset = self.kit.asset(alice)
        self.ids["register_asset"] = [self.asset, self.kit.asset(bob)]
        self.ids["apply"] += [quiet, disputable, correcting]
        self.at = {
            "publish": self.application,
            "register": self.published,
            "object": quiet,
            "decide_objection": disputable,
            "correct": correcting,
            "license": self.registered,
            "end_license": self.registered,
            "pledge": self.registered,
            "release_pledge": pledged,
            "approve": self.busy,
            "end_dispute": disputed,
            "renew_freeze": disputed,
            "unfreeze": disputed,
        }

    def some(self, kind: str) -> bytes:
        """An id that fits, most of the time."""
        other = self.hand.choice(list(self.ids)) if self.hand.random() < 0.1 else kind
        return self.hand.choice(self.ids[other])

    def right_for(self, kind: str) -> bytes:
        """A right to which the kind applies, or any."""
        return self.at[kind] if kind in self.at and self.hand.random() < 0.7 else self.some("apply")

    def template(self, kind: str) -> Entry:
        right, party = self.right_for(kind), self.hand.choice(PARTIES)
        made = self.of_parties(party) | self.of_applications(right, party) | self.of_rights(right, party)
        return (made | self.of_decisions(right, party) | self.of_courts(right) | self.of_assets(right, party))[kind]()

    def of_parties(self, party: bytes) -> Makers:
        kit, number = self.kit, self.hand.randrange(10**6)
        return {
            "enrol": lambda: kit.enrol_entry(f"party {number}"),
            "update_party": lambda: kit.update_entry(self.lost, (OFFICE,), key(f"new {number}"), reason="recovery"),
            "suspend": lambda: kit.suspend_entry(self.lost, self.hand.choice([OFFICE, COURT])),
            "reinstate": lambda: kit.reinstate_entry(self.lost, self.hand.choice([OFFICE, COURT])),
            "deposit": lambda: kit.deposit_entry(party),
            "deposit_batch": lambda: kit.batch_entry(NOTARY),
            "notarize": lambda: kit.notarize_entry(self.some("deposit")),
            "amend_rules": lambda: kit.amend_entry(publicity_working_days=60, filing_grace_s=0, renewal_due_days=2000),
            "amend_roster": kit.roster_entry,
        }

    def of_applications(self, right: bytes, party: bytes) -> Makers:
        kit, number = self.kit, self.hand.randrange(10**6)
        listed = [{"deposit": deposit, "item": None} for deposit in self.ids["deposit"][:3]]
        return {
            "apply": lambda: kit.apply_entry([party], list({self.some("deposit") for _ in range(3)})),
            "import_right": lambda: kit.import_entry([party], number, described={"deposits": listed}),
            "publish": lambda: kit.publish_entry(right),
            "register": lambda: kit.register_entry(right, number),
            "request_correction": lambda: kit.request_correction_entry(right),
            "correct": lambda: kit.correct_entry(self.known(right), deposits=listed),
            "object": lambda: kit.object_entry(right, party),
            "decide_objection": lambda: kit.decide_entry(right, self.some("object"), "dismissed"),
        }

    def of_rights(self, right: bytes, party: bytes) -> Makers:
        kit, known = self.kit, self.known(right)
        return {
            "license": lambda: kit.license_entry(known, party, start="2027-01-01", end="2028-01-01"),
            "end_license": lambda: kit.end_license_entry(right, self.some("license"), (COURT,)),
            "transfer": lambda: kit.transfer_entry(known, shares(*self.hand.sample(PARTIES, 2))),
            "change": lambda: kit.change_entry(known),
            "renew": lambda: kit.renew_entry(known),
            "cancel": lambda: kit.cancel_entry(known),
            "pledge": lambda: kit.pledge_entry(known, party),
            "release_pledge": lambda: kit.release_pledge_entry(right, COURT),
        }

    def of_decisions(self, right: bytes, party: bytes) -> Makers:
        kit, request = self.kit, self.some(self.hand.choice(["transfer", "transfer", "pledge"]))
        holders = sorted(kit.right(right).parties) if right in self.ids["apply"] else [party]
        return {
            "approve": lambda: kit.approve_entry(right, request),
            "reject": lambda: kit.reject_entry(right, self.hand.choice([right, request])),
            "withdraw": lambda: kit.withdraw_entry(right, right, holders),
        }

    def of_courts(self, right: bytes) -> Makers:
        kit = self.kit
        return {
            "note_dispute": lambda: kit.note_dispute_entry(right),
            "end_dispute": lambda: kit.end_dispute_entry(right, self.some("note_dispute")),
            "freeze": lambda: kit.freeze_entry(right),
            "renew_freeze": lambda: kit.renew_freeze_entry(right, self.some("freeze")),
            "unfreeze": lambda: kit.unfreeze_entry(right, self.some("freeze")),
            "enforce_transfer": lambda: kit.enforce_transfer_entry(right, shares(self.hand.choice(PARTIES))),
            "revoke": lambda: kit.revoke_entry(right, COURT),
            "correct_record": lambda: kit.correct_record_entry(self.known(right), until="2028-06-01"),
        }

    def of_assets(self, right: bytes, party: bytes) -> Makers:
        kit, owned = self.kit, self.hand.choice([None, right])
        return {
            "register_asset": lambda: kit.register_asset_entry(party, owned),
            "delist_asset": lambda: kit.delist_asset_entry(self.some("register_asset")),
            "record_contract": lambda: kit.record_contract_entry(PARTIES[0], party, asset=self.asset, right=owned),
        }

    def known(self, right: bytes) -> bytes:
        """`right`, if it is one; else one that is."""
        return right if right in self.ids["apply"] else self.registered

    def odd_value(self, old: Any) -> Any:
        """Another value of the same type; nil and empty lists now and then."""
        ids = [one for known in self.ids.values() for one in known]
        pools: dict[type, list[Any]] = {
            bytes: [*ids, *PARTIES, OFFICE, COURT, bytes(32), bytes(16)],
            str: [*DATES, *CODES, *TEXTS],
            int: NUMBERS,
            bool: [True, False],
        }
        if isinstance(old, dict):
            return {name: self.maybe(value) for name, value in old.items()}
        if isinstance(old, list):
            items = [self.maybe(item) for item in old]
            return self.hand.choice([items, sorted(items, key=repr), items * 2, [], ["*"]])
        return self.hand.choice([*pools.get(type(old), [*DATES, *NUMBERS]), None])

    def maybe(self, old: Any) -> Any:
        return self.odd_value(old) if self.hand.random() < self.oddness else old

    def odd(self) -> Entry:
        """May raise `Malformed`, as the client who builds it would see."""
        self.oddness = self.hand.choice([0, 0.05, 0.1])
        template = self.template(self.hand.choice(sorted(SCHEMAS)))
        data = {name: self.maybe(value) for name, value in template.body.data.items()}
        everybody = [*PARTIES, OFFICE, COURT, NOTARY, EXCHANGE, pid("nobody")]
        by = self.hand.choice([list(template.body.by)] * 9 + [everybody, everybody[:3], everybody[3:4]])
        return self.kit.entry(template.kind, by, data)

    def submit(self) -> str:
        """How it ended: the kind that was recorded, or why nothing was."""
        try:
            entry = self.odd()
        except Malformed:
            return "malformed"
        try:
            recorded = self.kit.record(entry)
        except Refused:
            return str(self.kit.refusal(entry).number)  # refused again, and without a trace
        self.ids.setdefault("apply" if entry.kind == "import_right" else entry.kind, []).append(recorded)
        return entry.kind


def assert_whole(kit: RegisterKit) -> None:
    """Every record reads back to itself and has a view, now and when the world ends."""
    for at, data in kit.state.records.items():
        for record_type in (Right, Party, Licence, Objection, Asset, KeyUse, NumberUse, Rules):
            try:
                record = record_type.from_bytes(data)
            except Malformed:
                continue
            assert (record.key, record.to_bytes()) == (at, data)
            if isinstance(record, Right):
                for time_ms in (kit.now_ms, TIME_MS_MAX, 2**64 - 1):
                    view(record, time_ms, kit.rules)
            break
        else:
            raise AssertionError(f"{at.hex()} is no record")


SEEDS = range(40)


@cache
def outcomes(seed: int) -> Counter[str]:
    """How each of 40 odd entries ended, in a register that is whole afterwards."""
    story, ended = Story(seed), Counter[str]()
    for _ in range(40):
        ended[story.submit()] += 1
        story.kit.now_ms += story.hand.choice([0] * 12 + [1, 1, 30, 91]) * 24 * HOUR_MS
    assert_whole(story.kit)
    return ended


@pytest.mark.parametrize("seed", SEEDS)
def test_every_odd_entry_is_recorded_or_refused_and_nothing_else(seed: int) -> None:
    assert outcomes(seed).total() == 40


def test_the_odd_entries_are_of_every_kind_and_meet_many_refusals() -> None:
    ended = sum((outcomes(seed) for seed in SEEDS), Counter[str]())
    assert SCHEMAS.keys() <= ended.keys()
    assert len(ended.keys() & {str(number) for number in CATALOGUE}) > 15


@pytest.mark.parametrize("date", ["9996-12-31", "9999-12-30", "9999-12-31"])
def test_a_register_still_works_on_the_last_day_that_a_date_can_spell(date: str) -> None:
    kit = RegisterKit(replace(RuleSet.load("demo-fast"), calendar=far_calendar()))
    kit.enrol("alice", "bob")
    kit.go_to(date)
    right = kit.published(pid("alice"))
    kit.record(kit.register_entry(right))
    assert kit.right(right).until == "9999-12-31"
    kit.licensed(right, pid("bob"), start=date, end="9999-12-31")
    request = kit.transfer(right, pid("bob"))
    kit.now_ms = TIME_MS_MAX
    kit.record(kit.approve_entry(right, request) if date.startswith("9999") else kit.deposit_entry(OFFICE))
    assert_whole(kit)


def far_calendar() -> Any:
    return RuleSet.from_json(
        shipped("demo-fast") | {"calendar": {"covered_until": "9999-12-31", "holidays": [], "workdays": []}}
    ).calendar


@pytest.mark.parametrize("time_ms", [0, TIME_MS_MAX, 2**64 - 1, 2**80])
def test_judging_at_any_time_ends_in_an_answer(time_ms: int) -> None:
    story = Story(0)
    right, request = story.registered, story.request
    kit, alice, bob = story.kit, PARTIES[0], PARTIES[1]
    entries = [
        kit.publish_entry(story.application),
        kit.register_entry(story.published, 7),
        kit.license_entry(right, bob),
        kit.transfer_entry(right, shares(bob)),
        kit.request_correction_entry(story.application),
        kit.import_entry([alice], 99),
        kit.renew_entry(right),
        kit.freeze_entry(right),
        kit.approve_entry(story.busy, request),
        kit.withdraw_entry(story.busy, request, (alice, PARTIES[2])),
    ]
    kit.now_ms = time_ms
    for entry in entries:
        resigned = kit.entry(entry.kind, entry.body.by, entry.body.data, expires_ms=min(time_ms, 2**64 - 1))
        with contextlib.suppress(Refused):
            apply(Overlay(kit.state), resigned, 99, kit.context, check_signature)
