"""What entries do, sentence by sentence: effects, who may sign, what survives, what is judged again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from registerkit import (
    ALL,
    COURT,
    FINGERPRINT,
    NOTARY,
    OFFICE,
    OTHER_COURT,
    OTHER_OFFICE,
    ROLES,
    RegisterKit,
    check_signature,
    key,
    pid,
    roster,
    shares,
)

from datadeed_ledger.admission import apply
from datadeed_ledger.entry import Entry
from datadeed_ledger.kinds.licence import inside, meets
from datadeed_ledger.merkle import Frontier, leaf_hash
from datadeed_ledger.records import (
    NO_EVENTS,
    Dispute,
    Events,
    Freeze,
    Holder,
    KeyUse,
    Licence,
    NumberUse,
    Party,
    Pending,
    Pledge,
    Right,
    Rules,
)
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.state import Context, Overlay
from datadeed_ledger.statemap import subject_key

ALICE, BOB, CAROL, DORA = pid("alice"), pid("bob"), pid("carol"), pid("dora")


@pytest.fixture
def kit() -> RegisterKit:
    kit = RegisterKit()
    kit.enrol("alice", "bob", "carol", "dora")
    return kit


def without(name: str) -> dict[str, tuple[str, ...]]:
    return {other: roles for other, roles in ROLES.items() if other != name}


def events_of(kit: RegisterKit, *entries: Entry) -> Events:
    frontier = Frontier.EMPTY
    for entry in entries:
        index = kit.state.indexes[entry.entry_id]
        frontier = frontier.append(leaf_hash(index.to_bytes(8, "big") + leaf_hash(entry.data)))
    return Events.of(frontier)


# --- parties ---------------------------------------------------------------------------------------------------------


def test_enrolment_makes_a_party_and_marks_its_key_used() -> None:
    kit = RegisterKit()
    entry = kit.enrol_entry("alice", by=COURT, party_type="person")
    kit.record(entry)
    data = entry.body.data
    assert kit.party(ALICE) == Party(
        subject=f"party/{ALICE.hex()}",
        party_type="person",
        enrolled_by=COURT,
        public_key=key("party alice").public_key,
        name=data["name"],
        credit_code=data["credit_code"],
        suspended_by=(),
        events=events_of(kit, entry),
    )
    stored = kit.state.records[subject_key(f"key/{data['public_key'].hex()}")]
    assert KeyUse.from_bytes(stored).party == ALICE


def test_a_new_key_counts_from_the_next_entry_on(kit: RegisterKit) -> None:
    rotation = kit.update_entry(ALICE, (ALICE,), key("new"))
    kit.record(rotation)
    assert kit.refusal(kit.deposit_entry(ALICE)).number == 108
    kit.keys[ALICE] = key("new")
    kit.deposit(ALICE)
    assert kit.party(ALICE).public_key == key("new").public_key
    assert kit.party(ALICE).events.count == 2


def test_a_stolen_key_is_replaced_by_the_institution_alone_also_while_the_party_is_suspended(kit: RegisterKit) -> None:
    kit.put(replace(kit.party(ALICE), suspended_by=(COURT,)))
    assert kit.refusal(kit.update_entry(ALICE, (ALICE,), key("thief"))).number == 107
    kit.record(kit.update_entry(ALICE, (OFFICE,), key("saved"), reason="recovery", name=bytes(32)))
    party = kit.party(ALICE)
    assert (party.public_key, party.name) == (key("saved").public_key, bytes(32))
    assert party.suspended_by == (COURT,)


def test_a_renaming_needs_both_and_changes_the_seals(kit: RegisterKit) -> None:
    kit.record(kit.update_entry(ALICE, (ALICE, OFFICE), key("new"), reason="renaming", credit_code=bytes(32)))
    assert kit.party(ALICE).credit_code == bytes(32)


def test_the_institution_may_confirm_a_rotation_too(kit: RegisterKit) -> None:
    kit.record(kit.update_entry(ALICE, (ALICE, OFFICE), key("new")))


def test_if_the_enrolling_institution_has_left_any_registrar_acts_for_it(kit: RegisterKit) -> None:
    kit.roster = roster(without("ip-office.example.cn"), version=2)
    assert kit.refusal(kit.update_entry(ALICE, (COURT,), key("new"), reason="recovery")).number == 109
    kit.record(kit.update_entry(ALICE, (OTHER_OFFICE,), key("new"), reason="recovery"))


# --- deposits --------------------------------------------------------------------------------------------------------


def test_deposits_and_their_notarization_change_no_record(kit: RegisterKit) -> None:
    before = dict(kit.state.records)
    deposit, batch = kit.deposit(ALICE), kit.batch(NOTARY)
    for entry in (kit.notarize_entry(deposit), kit.notarize_entry(batch), kit.notarize_entry(batch, item=4)):
        kit.record(entry)
    kit.record(kit.notarize_entry(deposit))  # a second notarization is another fact
    assert kit.state.records == before


def test_a_deposit_of_the_same_block_can_be_referred_to(kit: RegisterKit) -> None:
    overlay = Overlay(kit.state)
    deposit = kit.deposit_entry(ALICE)
    application = kit.apply_entry([ALICE], [deposit.entry_id])
    for index, entry in enumerate((deposit, application), 100):
        apply(overlay, entry, index, kit.context, check_signature)
    assert overlay.changes().entries == ((deposit.entry_id, 100), (application.entry_id, 101))


# --- from application to right ---------------------------------------------------------------------------------------


def test_an_application_opens_a_right_with_its_own_id(kit: RegisterKit) -> None:
    entry = kit.apply_entry([ALICE, BOB], [kit.deposit(BOB)], described={"agreement_end": "2028-01-01"})
    right = kit.record(entry)
    assert kit.right(right) == Right(
        subject=f"right/{entry.entry_id.hex()}",
        stage="examining",
        due=None,
        ended_at=None,
        regime="cnipa_data_ip",
        registrar=OFFICE,
        holders=tuple(Holder(party, 0) for party in sorted((ALICE, BOB))),
        description=entry.entry_id,
        agreement_end="2028-01-01",
        registration_no=None,
        certificate_no=None,
        announced_on=None,
        until=None,
        pledge=None,
        freezes=(),
        disputes=(),
        pending=(),
        open_objections=0,
        licences_ever=0,
        events=events_of(kit, entry),
    )
    assert kit.right(right).right_id == right


def test_a_batch_deposit_of_the_applicant_will_do_whole_or_by_item(kit: RegisterKit) -> None:
    batch = kit.batch(ALICE)
    refs = [{"deposit": batch, "item": None}, {"deposit": batch, "item": 0}]
    kit.record(kit.apply_entry([ALICE], [], described={"deposits": refs}))


def test_a_notary_that_has_left_no_longer_vouches(kit: RegisterKit) -> None:
    entry = kit.apply_entry([ALICE], [kit.deposit(NOTARY)])
    kit.roster = roster(without("notary.example.cn"), version=2)
    assert kit.refusal(entry).number == 403


def test_publication_stores_the_window_s_last_day_once(kit: RegisterKit) -> None:
    right = kit.published(ALICE)
    assert (kit.right(right).stage, kit.right(right).due) == ("publicity", "2026-12-07")
    kit.rules = replace(kit.rules, publicity_working_days=99)
    kit.go_to("2026-12-08")
    kit.record(kit.register_entry(right))  # a later rule set never moves a due day


def test_publishing_again_moves_the_window(kit: RegisterKit) -> None:
    right = kit.published(ALICE)
    kit.go_to("2026-12-07")
    kit.record(kit.publish_entry(right))
    assert kit.right(right).due == "2026-12-21"


def test_a_window_of_no_days_is_over_at_once() -> None:
    kit = RegisterKit(RuleSet.load("demo-fast"))
    kit.enrol("alice")
    right = kit.published(ALICE)
    assert kit.right(right).due == "2026-11-22"
    assert kit.refusal(kit.publish_entry(right)).number == 502
    kit.record(kit.register_entry(right))
    assert kit.right(right).until == "2029-11-23"


def test_registration_announces_today_and_computes_the_last_day(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    record = kit.right(right)
    assert (record.stage, record.due) == ("registered", None)
    assert (record.announced_on, record.until) == ("2026-12-08", "2029-12-08")
    assert (record.registration_no, record.certificate_no) == ("2026BJ0000000001", "11000000000000001")
    for number in ("2026BJ0000000001", "11000000000000001"):
        assert NumberUse.from_bytes(kit.state.records[subject_key(f"number/{number}")]).right == right


@pytest.mark.parametrize(
    ("agreement_end", "until"),
    [("2027-01-31", "2027-01-31"), ("2029-12-07", "2029-12-07"), ("2031-01-01", "2029-12-08")],
)
def test_the_last_day_is_capped_by_the_agreement_s(kit: RegisterKit, agreement_end: str, until: str) -> None:
    assert kit.right(kit.registered(ALICE, agreement_end=agreement_end)).until == until


def test_a_right_whose_agreement_ended_during_examination_is_registered_and_expired(kit: RegisterKit) -> None:
    right = kit.registered(ALICE, agreement_end="2026-11-24")
    assert kit.right(right).until == "2026-11-24"
    assert kit.seen(right).status == "expired"


def test_if_the_registrar_has_left_any_registrar_acts(kit: RegisterKit) -> None:
    right = kit.application(ALICE)
    kit.roster = roster(ROLES | {"ip-office.example.cn": ("supervisor",)}, version=2)
    assert kit.refusal(kit.publish_entry(right, by=OFFICE)).number == 109
    kit.record(kit.publish_entry(right, by=OTHER_OFFICE))


def test_a_freeze_hinders_no_registration_and_no_rejection(kit: RegisterKit) -> None:
    freeze = Freeze(bytes(32), COURT, kit.now_ms, "2029-01-01", 36)
    first, second = kit.published(ALICE), kit.published(BOB)
    for right in (first, second):
        kit.change_right(right, freezes=(freeze,))
    kit.go_to("2026-12-08")
    kit.record(kit.register_entry(first))
    kit.record(kit.reject_entry(second, second))
    assert kit.right(first).freezes == (freeze,)


# --- licences --------------------------------------------------------------------------------------------------------


def test_a_licence_is_of_record_at_once(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    entry = kit.license_entry(right, BOB, start="2027-01-01", end="2027-12-31", use=["*"], sublicensing=True)
    licence = kit.record(entry)
    assert kit.licence(right, licence) == Licence(
        subject=f"right/{right.hex()}",
        id=licence,
        parent=None,
        licensee=BOB,
        type="ordinary",
        territory=("CN-11", "CN-31"),
        industry=("*",),
        use=("*",),
        start="2027-01-01",
        end="2027-12-31",
        sublicensing=True,
    )
    assert kit.right(right).licences_ever == 1
    assert kit.right(right).events.count == 4


def test_a_holder_may_take_a_licence_of_its_own_right(kit: RegisterKit) -> None:
    right = kit.registered(ALICE, BOB)
    kit.licensed(right, ALICE)


@pytest.mark.parametrize(
    ("first", "second", "conflict"),
    [
        ("ordinary", "ordinary", False),
        ("ordinary", "sole", True),
        ("sole", "ordinary", True),
        ("exclusive", "ordinary", True),
        ("ordinary", "exclusive", True),
        ("sole", "sole", True),
    ],
)
def test_licences_conflict_unless_both_are_ordinary(kit: RegisterKit, first: str, second: str, conflict: bool) -> None:
    right = kit.registered(ALICE)
    kit.licensed(right, BOB, type=first)
    entry = kit.license_entry(right, CAROL, type=second)
    if conflict:
        assert kit.refusal(entry).number == 705
    else:
        kit.record(entry)


@pytest.mark.parametrize(
    ("changed", "conflict"),
    [
        ({"territory": ["*"]}, True),
        ({"territory": ["US"]}, False),
        ({"industry": ["64", "65"]}, True),
        ({"use": ["research"]}, False),
        ({"start": "2027-06-02"}, False),
        ({"start": "2027-06-01"}, True),
        ({"end": "2026-12-31"}, False),
        ({"end": "2027-01-01"}, True),
    ],
)
def test_licences_conflict_only_where_time_and_every_axis_meet(
    kit: RegisterKit, changed: dict[str, object], conflict: bool
) -> None:
    right = kit.registered(ALICE)
    kit.licensed(right, BOB, type="exclusive", industry=["64"], start="2027-01-01", end="2027-06-01")
    entry = kit.license_entry(right, CAROL, type="sole", **changed)
    if conflict:
        assert kit.refusal(entry).number == 705
    else:
        kit.record(entry)


def test_a_licence_that_stands_no_more_conflicts_with_nothing(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    lapsing = kit.licensed(right, BOB, type="exclusive", end=kit.day(5))
    ended = kit.licensed(right, BOB, type="exclusive", start=kit.day(6), end=kit.day(99))
    kit.record(kit.end_license_entry(right, ended, (BOB,)))
    kit.go_to(kit.day(6))
    kit.licensed(right, CAROL, type="exclusive", start="2020-01-01")
    assert kit.licence(right, lapsing) is not None  # no entry ended it, so its record stays


def test_the_licences_of_another_right_are_no_conflict(kit: RegisterKit) -> None:
    first, second = kit.registered(ALICE), kit.registered(ALICE, number=2)
    kit.licensed(first, BOB, type="exclusive")
    kit.licensed(second, CAROL, type="exclusive")


def test_a_sublicence_is_between_licensee_and_sublicensee_and_meets_no_main_licence(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    parent = kit.licensed(right, BOB, type="exclusive", sublicensing=True)
    for party in (CAROL, DORA):
        kit.licensed(right, party, by=(BOB, party), parent=parent)
    assert kit.right(right).licences_ever == 3


def test_a_sublicence_falls_with_its_parent_and_no_other_does(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    parent = kit.licensed(right, BOB, sublicensing=True)
    below = kit.licensed(right, CAROL, by=(BOB, CAROL), parent=parent)
    beside = kit.licensed(right, DORA)
    kit.record(kit.end_license_entry(right, parent, (COURT,)))
    assert kit.licence(right, parent) is kit.licence(right, below) is None
    assert kit.licence(right, beside) is not None
    assert kit.refusal(kit.end_license_entry(right, below, (CAROL,))).number == 701
    assert kit.right(right).licences_ever == 3


@pytest.mark.parametrize("by", [(BOB, CAROL), (CAROL,), (ALICE, CAROL), (COURT,), (OTHER_COURT,)])
def test_a_sublicence_is_ended_by_its_parties_the_holder_or_a_court(kit: RegisterKit, by: tuple[bytes, ...]) -> None:
    right = kit.registered(ALICE)
    parent = kit.licensed(right, BOB, sublicensing=True)
    below = kit.licensed(right, CAROL, by=(BOB, CAROL), parent=parent)
    kit.record(kit.end_license_entry(right, below, by))
    assert kit.licence(right, parent) is not None


def test_a_freeze_does_not_hinder_the_end_of_a_licence(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    licence = kit.licensed(right, BOB)
    kit.change_right(right, freezes=(Freeze(bytes(32), COURT, kit.now_ms, "2029-01-01", 36),))
    kit.record(kit.end_license_entry(right, licence, (BOB,)))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (["*"], ["x"], (True, False)),
        (["x"], ["*"], (True, True)),
        (["*"], ["*"], (True, True)),
        (["x"], ["x", "y"], (True, True)),
        (["x", "y"], ["x"], (True, False)),
        (["x"], ["y"], (False, False)),
    ],
)
def test_scopes_meet_and_lie_inside_as_sets_do(a: list[str], b: list[str], expected: tuple[bool, bool]) -> None:
    assert (meets(a, b), inside(a, b)) == expected
    assert meets(b, a) == meets(a, b)


# --- requests and decisions ------------------------------------------------------------------------------------------


def test_a_transfer_waits_in_its_slot_and_changes_no_holder(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    request = kit.transfer(right, BOB)
    record = kit.right(right)
    assert record.pending == (Pending(request, "transfer", "2027-03-08"),)
    assert record.parties == {ALICE}


def test_an_approved_transfer_changes_the_holders_and_licences_survive(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    licence = kit.licensed(right, CAROL, type="exclusive")
    request = kit.transfer(right, BOB, DORA)
    kit.record(kit.approve_entry(right, request, certificate_no="11000000000000009"))
    record = kit.right(right)
    assert record.holders == tuple(Holder(party, 0) for party in sorted((BOB, DORA)))
    assert record.pending == ()
    assert record.certificate_no == "11000000000000009"
    assert kit.licence(right, licence) is not None
    assert NumberUse.from_bytes(kit.state.records[subject_key("number/11000000000000009")]).right == right
    assert subject_key("number/11000000000000001") in kit.state.records
    assert record.events.count == 6


def test_an_approval_without_a_number_keeps_the_certificate(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    kit.record(kit.approve_entry(right, kit.transfer(right, BOB)))
    assert kit.right(right).certificate_no == "11000000000000001"


def test_a_change_of_shares_alone_is_a_transfer(kit: RegisterKit) -> None:
    right = kit.registered(ALICE, BOB)
    after = [{"party": party, "share": ALL // 2} for party in sorted((ALICE, BOB))]
    request = kit.record(kit.transfer_entry(right, after))
    kit.record(kit.approve_entry(right, request))
    assert [holder.share for holder in kit.right(right).holders] == [5_000, 5_000]


def test_of_two_transfers_the_first_takes_the_slot(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    first = kit.transfer(right, BOB)
    second = kit.transfer_entry(right, shares(CAROL))
    assert kit.refusal(second).number == 603
    kit.record(kit.reject_entry(right, first))
    kit.record(second)


def test_a_lapsed_request_leaves_its_slot_to_the_next(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    kit.transfer(right, BOB)
    renewal = Pending(bytes(32), "renew", "2029-12-31")
    kit.change_right(right, pending=(*kit.right(right).pending, renewal))
    kit.go_to("2027-03-09")
    request = kit.transfer(right, CAROL)
    assert kit.right(right).pending == (renewal, Pending(request, "transfer", "2027-06-07"))


def test_an_approval_judges_by_who_would_have_to_sign_now(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    kit.change_right(right, pledge=Pledge(bytes(32), DORA, "2027-01-01"))
    request = kit.record(kit.transfer_entry(right, shares(BOB), by=(ALICE, BOB, DORA)))
    kit.change_right(right, pledge=None)  # the pledgee signed, and would not have to now
    kit.record(kit.approve_entry(right, request))


def test_an_approval_does_not_judge_the_request_s_signatures_and_expiry_again(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    request = kit.transfer(right, BOB)
    kit.record(kit.update_entry(ALICE, (ALICE,), key("new")))
    kit.go_to(kit.day(60))
    kit.record(kit.approve_entry(right, request))
    assert kit.right(right).parties == {BOB}


@pytest.mark.parametrize("stage", ["examining", "publicity"])
def test_a_rejected_or_withdrawn_application_is_closed_with_its_time(kit: RegisterKit, stage: str) -> None:
    def opened() -> bytes:
        return kit.published(ALICE) if stage == "publicity" else kit.application(ALICE)

    first, second = opened(), opened()
    kit.record(kit.reject_entry(first, first))
    kit.record(kit.withdraw_entry(second, second, (ALICE,)))
    for right, ended in ((first, "rejected"), (second, "withdrawn")):
        record = kit.right(right)
        assert (record.stage, record.due, record.ended_at) == (ended, None, kit.now_ms)
        assert kit.refusal(kit.publish_entry(right)).number == 502
        assert kit.refusal(kit.reject_entry(right, right)).number == 801


def test_a_withdrawn_request_frees_its_slot_and_cannot_be_approved(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    request = kit.transfer(right, BOB)
    kit.record(kit.withdraw_entry(right, request, (ALICE, BOB)))
    assert kit.right(right).pending == ()
    assert kit.refusal(kit.approve_entry(right, request)).number == 801


def test_a_freeze_hinders_no_withdrawal_of_a_request(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    request = kit.transfer(right, BOB)
    kit.change_right(right, freezes=(Freeze(bytes(32), COURT, kit.now_ms, "2029-01-01", 36),))
    kit.record(kit.withdraw_entry(right, request, (ALICE, BOB)))


def test_a_dispute_bars_neither_licence_nor_transfer(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    kit.change_right(right, disputes=(Dispute(bytes(32), COURT, kit.day(30)),))
    kit.licensed(right, BOB)
    kit.transfer(right, BOB)


# --- records ---------------------------------------------------------------------------------------------------------


def test_the_founding_record_of_the_rules_names_their_hash() -> None:
    kit = RegisterKit()
    record = Rules.from_bytes(kit.state.records[subject_key("rules")])
    assert record.events == NO_EVENTS
    assert [(item.version, item.effective, item.hash) for item in record.versions] == [
        (1, kit.now_ms, kit.rules.digest)
    ]


def test_signing_touches_nothing_but_what_the_fields_name(kit: RegisterKit) -> None:
    right = kit.registered(ALICE)
    before = {party: kit.party(party).events for party in (ALICE, BOB)}
    kit.licensed(right, BOB)
    kit.transfer(right, BOB)
    assert {party: kit.party(party).events for party in (ALICE, BOB)} == before


def test_judging_changes_no_state(kit: RegisterKit) -> None:
    records, context = dict(kit.state.records), kit.context
    assert context == Context(FINGERPRINT, context.height, kit.now_ms, kit.roster, kit.rules)
    apply(Overlay(kit.state), kit.deposit_entry(ALICE), 0, context, check_signature)
    assert kit.state.records == records
