"""Amendments of the rules: what they change from when on, and what they cannot."""

from __future__ import annotations

from typing import Any

import pytest
from evidencekit import ALICE, GENESIS, ROLES, RULES, Ledger, Pen
from hypothesis import given
from hypothesis import strategies as st
from registerkit import HOUR_MS, OFFICE, RegisterKit, check_signature, key, member_id, roster

from datadeed_ledger.chain import build, check
from datadeed_ledger.encoding import jcs, sha256
from datadeed_ledger.entry import ENTRY_BYTES_MAX, Entry
from datadeed_ledger.errors import Malformed, Refused
from datadeed_ledger.events import DOCUMENT_BYTES_MAX
from datadeed_ledger.records import NO_EVENTS, Events, Rules, Version
from datadeed_ledger.register import Register
from datadeed_ledger.rulebook import RuleBook
from datadeed_ledger.rules import RuleSet, shipped
from datadeed_ledger.tiles import Tile, entry_bundle, parse_entry_bundle

DEMO = shipped("demo-fast")
MEMBERS = [sha256(name.encode()) for name in ROLES]


def with_use(*codes: str) -> dict[str, Any]:
    """The fields of a set that has these uses besides."""
    return {"uses": sorted({*RULES.uses, *codes})}


@pytest.fixture
def kit() -> RegisterKit:
    return RegisterKit()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def amendment(pen: Pen, effective: int, **fields: Any) -> Entry:
    """The ledger's founding rules with other `fields`, by three of the four members, the court not among them."""
    data = {"rules": jcs(DEMO | fields), "effective": effective}
    return pen.entry("amend_rules", MEMBERS[1:], lambda _: data)


def next_time(ledger: Ledger, blocks: int = 1) -> int:
    return ledger.tip.header.time_ms + blocks * 60_000


# --- from when on ----------------------------------------------------------------------------------------------------


def test_a_new_code_may_be_used_from_the_first_block_of_its_time_on(kit: RegisterKit) -> None:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    effective = kit.now_ms + HOUR_MS
    kit.record(kit.amend_entry(effective=effective, **with_use("benchmark")))
    kit.now_ms = effective - 1
    assert kit.refusal(kit.license_entry(right, bob, use=["benchmark"])).number == 111
    kit.now_ms = effective
    kit.licensed(right, bob, use=["benchmark"])


def test_an_amendment_never_governs_the_block_that_records_it(ledger: Ledger) -> None:
    pen = Pen(ledger)
    ledger.add(pen.enrol(ALICE, "alice"))
    deposit = pen.deposit(ALICE, b"file")
    ledger.add(deposit)
    time_ms = next_time(ledger)
    amended = amendment(pen, time_ms, formats=sorted({*RULES.formats, "zarr"}))
    application = pen.apply(ALICE, [(deposit, None)])
    described = application.body.data["description"] | {"data_format": "zarr"}
    in_new_format = pen.entry("apply", [ALICE], lambda _: dict(application.body.data) | {"description": described})
    built = build(ledger.tip, ledger, [amended, in_new_format], time_ms, 0, check_signature)
    assert built.executed.entries == (amended,)
    ((_, refusal),) = built.left_out
    assert isinstance(refusal, Refused)
    assert refusal.number == 111
    ledger.add(amended)
    assert ledger.tip.header.time_ms == time_ms
    ledger.add(in_new_format)


def test_a_day_that_was_computed_once_is_not_moved_by_later_rules(kit: RegisterKit) -> None:
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)
    due = kit.right(right).due
    kit.record(kit.amend_entry(publicity_working_days=1))
    assert kit.right(kit.published(alice)).due == kit.day(1)
    assert kit.right(right).due == due != kit.day(1)


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(0, 10))
def test_the_version_in_force_is_the_last_whose_time_has_come(times: list[int], now_ms: int) -> None:
    versions = tuple(Version(at, time, bytes(32)) for at, time in enumerate([0, *sorted(times)], 1))
    found = Rules(Rules.SUBJECT, versions, NO_EVENTS).in_force(now_ms)
    assert found.effective <= now_ms
    assert all(later.effective > now_ms for later in versions[found.version :])


def test_before_all_time_the_founding_version_is_in_force() -> None:
    record = Rules.of_genesis(1000, bytes(32))
    assert record.in_force(0) == record.versions[0]


# --- what the record says --------------------------------------------------------------------------------------------


def test_every_amendment_adds_one_version_and_one_event(ledger: Ledger) -> None:
    pen = Pen(ledger)
    first = amendment(pen, next_time(ledger), **with_use("benchmark"))
    ledger.add(first)
    second = amendment(pen, next_time(ledger, 5), **with_use("benchmark", "escrow"))
    ledger.add(second)
    record = Register(ledger).rules()
    assert record.versions == (
        Version(1, GENESIS.time_ms, RULES.digest),
        Version(2, first.body.data["effective"], sha256(first.body.data["rules"])),
        Version(3, second.body.data["effective"], sha256(second.body.data["rules"])),
    )
    assert record.events == Events.of(ledger.events_frontier("rules"))
    assert record.events.count == 2
    assert ledger.subject_events("rules") == [ledger.indexes[each.entry_id] for each in (first, second)]
    at = [first.body.data["effective"] - 1, first.body.data["effective"], second.body.data["effective"]]
    assert [sorted(ledger.rules_at(time_ms).uses - RULES.uses) for time_ms in at] == [
        [],
        ["benchmark"],
        ["benchmark", "escrow"],
    ]


def test_a_text_is_read_once_and_the_founding_one_never_from_the_log(ledger: Ledger) -> None:
    pen = Pen(ledger)
    entry = amendment(pen, next_time(ledger), **with_use("benchmark"))
    ledger.add(entry)
    book = RuleBook(RULES)
    assert book.in_force(ledger, GENESIS.time_ms) is RULES
    assert book.in_force(ledger, next_time(ledger)) is book.in_force(ledger, next_time(ledger))
    assert book.in_force(ledger, next_time(ledger)) == RuleSet.parse(entry.body.data["rules"])


def test_two_amendments_of_one_block_follow_one_another(ledger: Ledger) -> None:
    pen, time_ms = Pen(ledger), next_time(ledger)
    enrolment = pen.enrol(ALICE, "alice")  # touches another subject first
    first = amendment(pen, time_ms, **with_use("benchmark"))
    forgets = amendment(pen, time_ms, **with_use("escrow"))
    keeps = amendment(pen, time_ms, **with_use("benchmark", "escrow"))
    goes_back = amendment(pen, time_ms, **with_use("benchmark"))
    built = build(ledger.tip, ledger, [enrolment, first, forgets, keeps, goes_back], time_ms, 0, check_signature)
    assert built.executed.entries == (enrolment, first, keeps)
    assert [entry for entry, _ in built.left_out] == [forgets, goes_back]
    for (_, refusal), code in zip(built.left_out, ("benchmark", "escrow"), strict=True):
        assert isinstance(refusal, Refused)
        assert (refusal.number, code in refusal.en) == (956, True)
    assert check(ledger.tip, ledger, built.executed.block, check_signature) == built.executed


def test_a_code_of_a_version_that_is_not_in_force_yet_stays_too(kit: RegisterKit) -> None:
    kit.record(kit.amend_entry(effective=kit.now_ms + HOUR_MS, **with_use("benchmark")))
    assert kit.refusal(kit.amend_entry(effective=kit.now_ms + HOUR_MS, **with_use("escrow"))).number == 956
    kit.record(kit.amend_entry(effective=kit.now_ms + HOUR_MS, **with_use("benchmark", "escrow")))


@pytest.mark.parametrize("name", [name for name, _ in RULES.lists()])
def test_no_list_loses_a_code(kit: RegisterKit, name: str) -> None:
    field, _, kind = name.partition(".")
    rules: Any = shipped("beijing-2023")
    codes = rules[field][kind] if kind else rules[field]
    shorter = codes[:-1] or ["unheard-of"]
    entry = kit.amend_entry(**{field: rules[field] | {kind: shorter} if kind else shorter})
    refusal = kit.refusal(entry)
    assert (refusal.number, name in refusal.en, codes[-1] in refusal.en) == (956, True, True)


@pytest.mark.parametrize("code", ["CN", "HK", "MO", "TW"])
def test_no_amendment_gives_a_place_a_second_spelling(kit: RegisterKit, code: str) -> None:
    refusal = kit.refusal(kit.amend_entry(territories=sorted({*kit.rules.territories, code})))
    assert (refusal.number, "one spelling" in refusal.en) == (951, True)


# --- who signs -------------------------------------------------------------------------------------------------------


def test_any_quorum_of_members_will_do_whatever_their_roles(kit: RegisterKit) -> None:
    members = [each.member_id for each in kit.roster.members]
    assert (kit.roster.size, kit.roster.quorum) == (6, 5)
    for missing in members:
        kit.record(kit.amend_entry([each for each in members if each != missing]))
    kit.record(kit.amend_entry(members))
    assert len(Register(kit.state).rules().versions) == 8


# --- size ------------------------------------------------------------------------------------------------------------


def longest_rules() -> bytes:
    """A rule set of exactly as many bytes as an entry may carry."""
    value: Any = shipped("beijing-2023") | {"about": {"en": "x", "zh": "x"}}
    room = DOCUMENT_BYTES_MAX - len(jcs(value))
    padding, codes = room % 35, room // 35
    value["formats"] = sorted([*value["formats"], *(f"x{at:031}" for at in range(codes))])
    value["about"] = {"en": "x" * (1 + padding), "zh": "x"}
    return jcs(value)


def test_the_longest_rules_signed_by_the_largest_roster_are_an_entry_that_fits_a_leaf(kit: RegisterKit) -> None:
    names = {f"m{at:02}.example.cn": ("court" if at % 2 else "registrar",) for at in range(31)}
    kit.roster = roster(names)
    kit.keys |= {member_id(name): key(f"office {name}") for name in names}
    data = {"rules": longest_rules(), "effective": kit.now_ms}
    assert len(data["rules"]) == DOCUMENT_BYTES_MAX
    entry = kit.entry("amend_rules", map(member_id, names), data)
    kit.record(entry)
    assert ENTRY_BYTES_MAX - 1024 < len(entry.data) <= ENTRY_BYTES_MAX
    bundle = entry_bundle(Tile(None, 0, 2), lambda _: entry.data)
    assert parse_entry_bundle(bundle) == (entry.data, entry.data)


def test_longer_rules_are_malformed_before_anybody_reads_them(kit: RegisterKit) -> None:
    with pytest.raises(Malformed, match=r"data.rules: 1 to 57344 bytes are expected, not 57345 bytes"):
        kit.entry("amend_rules", (OFFICE,), {"rules": longest_rules() + b" ", "effective": 0})
    with pytest.raises(Malformed, match=r"data.rules: 1 to 57344 bytes are expected, not 0 bytes"):
        kit.entry("amend_rules", (OFFICE,), {"rules": b"", "effective": 0})
    with pytest.raises(Malformed, match="at most 61440"):
        kit.entry("amend_rules", (OFFICE,), {"rules": bytes(ENTRY_BYTES_MAX), "effective": 0})


@given(st.binary(max_size=200) | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_malformed_rules(document: bytes) -> None:
    with pytest.raises(Malformed):
        RuleSet.parse(document)


TEXT = jcs(DEMO)


@given(st.data())
def test_a_mutated_text_is_malformed_or_the_rules_of_exactly_its_bytes(draw: st.DataObject) -> None:
    document = bytearray(TEXT)
    for _ in range(draw.draw(st.integers(1, 3))):
        document[draw.draw(st.integers(0, len(TEXT) - 1))] = draw.draw(st.integers(0, 255))
    try:
        rules = RuleSet.parse(bytes(document))
    except Malformed:
        return
    assert rules.digest == sha256(bytes(document))


def test_what_is_no_rule_set_is_refused_with_the_reason(kit: RegisterKit) -> None:
    refusal = kit.refusal(kit.amend_entry(calendar={"covered_until": "2027-02-30", "holidays": [], "workdays": []}))
    assert (refusal.number, "rules.calendar.covered_until: a date that exists" in refusal.en) == (951, True)
