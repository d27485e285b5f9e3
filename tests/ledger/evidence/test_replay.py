"""The judge replays the rules: what a dishonest quorum signed against a rule is refused, with the rule's number.

Each history here is whole and every signature, proof and record fits; only a rule was not asked. What was permitted
passes, and the report says which checks needed more of the ledger than the pack holds.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from docket import Docket
from histories import (
    ALICE,
    BOB,
    BROKEN,
    CAROL,
    Story,
    a_court_of_its_time_behind_others,
    changed_roles,
    every_kind_of_event,
    opened,
    registered,
)
from registerkit import COURT, OFFICE, OTHER_COURT, check_signature, key, shares

from datadeed_ledger.admission import judge
from datadeed_ledger.entry import Entry
from datadeed_ledger.evidence import NotProven, Outcome, Report, Unreadable, title_pack, verify_pack
from datadeed_ledger.evidence.build import entry_parts, title_parts
from datadeed_ledger.evidence.container import write_container
from datadeed_ledger.evidence.replay import PackState
from datadeed_ledger.kinds.row import Case
from datadeed_ledger.kinds.table import KINDS
from datadeed_ledger.records import Holder, Rules
from datadeed_ledger.register import Register
from datadeed_ledger.state import OutOfReach
from datadeed_ledger.statemap import subject_key, subject_prefix

ENDS = ("msgpack", "tlog-proof", "json")


def proven(docket: Docket, right: bytes, **question: Any) -> Report:
    return verify_pack(title_pack(docket.archive(), right), docket.ledger, **question)


def broken(docket: Docket, right: bytes) -> NotProven:
    pack = write_container(title_parts(docket.archive(), right))
    with pytest.raises(NotProven) as failure:
        verify_pack(pack, docket.ledger)
    return failure.value


# --- rosters that change -------------------------------------------------------------------------------------------


def test_who_is_a_registrar_a_court_or_an_exchange_is_asked_of_the_roster_of_each_block() -> None:
    report = proven(*changed_roles())
    assert report.rules_replayed
    about = [(entry.kind, entry.roster) for entry in report.entries if entry.index in report.about]
    changed = [("license", 2), ("record_contract", 2), ("transfer", 2), ("approve", 2), ("freeze", 2), ("freeze", 3)]
    assert about == [*[(kind, 1) for kind in ("apply", "publish", "register")], *changed]
    assert report.state is not None
    assert len(report.state.freezes) == 2


def test_who_was_a_court_when_it_signed_stands_first_in_its_block() -> None:
    error = broken(*a_court_of_its_time_behind_others())
    assert (error.step, "by a court does not stand first" in error.reason) == ("rules", True)


# --- one rule broken -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("story", BROKEN, ids=lambda story: story.__name__)
def test_a_history_in_which_a_rule_was_broken_is_refused(story: Story) -> None:
    docket, right, entry = story()
    assert docket.refusal(entry).number == BROKEN[story]
    docket.force(entry)
    error = broken(docket, right)
    assert (error.step, error.outcome) == ("rules", Outcome.INCONSISTENT)
    assert error.refused is not None
    assert error.refused.number == BROKEN[story]
    index = 2 * len(docket.log) - 1
    assert error.reason == f"entry {index} ({entry.kind}) breaks rule {BROKEN[story]}: {error.refused.en}"
    assert error.refused.zh in error.steps[-1].zh


def test_a_court_s_entry_stands_first_in_its_block() -> None:
    """A freeze and the transfer that it would stop, in one block: no quorum may choose their order."""
    docket, right = registered()
    freeze, transfer = docket.freeze_entry(right), docket.transfer_entry(right, shares(BOB))
    with docket.in_one_block():
        docket.record(transfer)
        docket.record(freeze)
    error = broken(docket, right)
    assert (error.step, error.refused) == ("rules", None)
    assert error.reason == f"entry {docket.indexes[-1]} by a court does not stand first in its block"


def test_several_entries_of_one_block_are_judged_in_their_order() -> None:
    docket, right = registered()
    freeze, dispute = docket.freeze_entry(right), docket.note_dispute_entry(right, by=OFFICE)
    with docket.in_one_block():
        docket.record(freeze)
        docket.record(dispute)
    assert proven(docket, right).rules_replayed
    refused = docket.transfer_entry(right, shares(BOB))
    with docket.in_one_block():
        docket.record(docket.unfreeze_entry(right, freeze.entry_id))
        docket.force(docket.freeze_entry(right, by=OTHER_COURT))
        docket.force(refused)
    error = broken(docket, right)
    assert error.refused is not None
    assert error.refused.number == 602


# --- one event left out, added, moved or changed ---------------------------------------------------------------------


def a_whole_history() -> tuple[Docket, bytes]:
    """Seven events of Alice's right, and a deposit of hers that no right names."""
    docket, right = registered()
    licence = docket.licensed(right, BOB)
    docket.record(docket.end_license_entry(right, licence, [BOB]))
    docket.deposit(ALICE)
    docket.frozen(right)
    docket.record(docket.note_dispute_entry(right))
    return docket, right


Parts = dict[str, bytes]


def parts_of(docket: Docket, right: bytes) -> Parts:
    return dict(title_parts(docket.archive(), right))


def judged(docket: Docket, parts: Parts) -> NotProven | Unreadable:
    with pytest.raises((NotProven, Unreadable)) as failure:
        verify_pack(write_container(parts.items()), docket.ledger)
    error = failure.value
    assert isinstance(error, (NotProven, Unreadable))
    return error


def events_of(docket: Docket, right: bytes) -> list[int]:
    return docket.touched[f"right/{right.hex()}"]


def of_entry(parts: Parts, index: int) -> Parts:
    """The parts of one entry and of its block, which in these ledgers is its own."""
    own = (f"entry-{index}.", f"block-{(index + 1) // 2}.")
    return {name: data for name, data in parts.items() if name.startswith(own)}


def test_each_event_left_out_is_missed_by_the_count_that_the_record_commits_to() -> None:
    docket, right = a_whole_history()
    parts, events = parts_of(docket, right), events_of(docket, right)
    assert len(events) == 7
    for index in events[1:]:
        error = judged(docket, {name: data for name, data in parts.items() if name not in of_entry(parts, index)})
        assert (error.step, "was touched by 7 entries, 6 of them are here" in error.reason) == ("history", True)
    without_first = {name: data for name, data in parts.items() if name not in of_entry(parts, events[0])}
    assert judged(docket, without_first).step == "question"  # nothing opens the right any more


def test_an_entry_added_belongs_to_no_history() -> None:
    docket, right = a_whole_history()
    deposit = next(at for at, leaf in docket.state.leaves.items() if at > 15 and Entry.parse(leaf).kind == "deposit")
    other = Entry.parse(docket.state.leaves[deposit])
    extra = of_entry(dict(entry_parts(docket.archive(), other.entry_id)), deposit)
    error = judged(docket, parts_of(docket, right) | extra)
    assert (error.step, error.reason.partition(" belongs ")[0]) == ("history", f"entry {deposit}")


def test_an_event_of_later_cannot_be_added_to_a_pack_of_before() -> None:
    docket, right = a_whole_history()
    before = parts_of(docket, right)
    docket.record(docket.note_dispute_entry(right, by=OFFICE))
    added = of_entry(parts_of(docket, right), events_of(docket, right)[-1])
    error = judged(docket, before | added)
    assert (error.step, "is not the pack's checkpoint" in error.reason) == ("inclusion", True)


def test_two_events_cannot_change_places() -> None:
    docket, right = a_whole_history()
    parts, events = parts_of(docket, right), events_of(docket, right)
    for one, other in itertools.pairwise(events):
        swapped = {
            f"entry-{at}.{end}": parts[f"entry-{to}.{end}"] for at, to in ((one, other), (other, one)) for end in ENDS
        }
        error = judged(docket, parts | swapped)
        assert (error.step, "the proof is for index" in error.reason) == ("inclusion", True)


def test_an_event_changed_and_signed_again_is_not_on_the_ledger() -> None:
    docket, right = a_whole_history()
    parts = parts_of(docket, right)
    for index in events_of(docket, right):
        entry = Entry.parse(parts[f"entry-{index}.msgpack"])
        body = replace(entry.body, nonce=bytes(16))
        changed = Entry.build(body, {signer: docket.keys[signer] for signer in body.by})
        error = judged(docket, parts | {f"entry-{index}.msgpack": changed.data})
        assert (error.step, error.outcome) == ("inclusion", Outcome.NOT_ON_LEDGER)


# --- records that do not follow --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "differing"),
    [
        ({"holders": (Holder(BOB, 10_000),)}, "another holders than is proven"),
        ({"until": "2099-12-31"}, "another until than is proven"),
        ({"freezes": (), "disputes": ()}, "another freezes, disputes than is proven"),
        ({"stage": "revoked", "ended_at": 1}, "another stage, ended_at than is proven"),
        ({"licences_ever": 0}, "another licences_ever than is proven"),
    ],
)
def test_a_record_that_does_not_follow_from_its_history_is_refused(changed: dict[str, Any], differing: str) -> None:
    docket, right = a_whole_history()
    docket.change_right(right, **changed)
    error = broken(docket, right)
    assert (error.step, error.refused) == ("rules", None)
    assert error.reason == f"from the history of right/{right.hex()} follows {differing}"


def test_a_licence_that_nobody_recorded_or_with_another_scope_is_refused() -> None:
    docket, right = registered()
    licence = docket.licence(right, docket.licensed(right, BOB))
    assert licence is not None
    docket.put(replace(licence, use=("*",)))
    assert broken(docket, right).reason.endswith("follows another licence or objection than is proven")
    docket.put(replace(licence, id=bytes(32)))
    assert broken(docket, right).reason.endswith("follows 2 records, 3 are proven")


def test_a_party_that_was_never_suspended_is_not_suspended_in_its_record() -> None:
    docket, right = registered()
    docket.put(replace(docket.party(ALICE), suspended_by=(COURT,)))
    assert (
        broken(docket, right).reason
        == f"from the history of party/{ALICE.hex()} follows another suspended_by than is proven"
    )


# --- what was permitted ----------------------------------------------------------------------------------------------


def test_a_history_that_kept_the_rules_is_replayed_to_its_records() -> None:
    docket, right = a_whole_history()
    report = proven(docket, right)
    assert (report.rules_replayed, report.outcome) == (True, Outcome.PASSED)
    (step,) = (step for step in report.steps if step.name == "rules")
    assert "each entry was permitted where it stands" in step.en


def test_what_needs_more_of_the_ledger_is_left_to_the_quorum_and_named() -> None:
    docket, right = registered()
    report = proven(docket, right)
    named = [(left.kind, left.number, left.name) for left in report.left_to_quorum]
    assert ("enrol", 202, "key_is_new") in named
    assert ("register", 507, "number_is_new") in named
    assert {number for _, number, _ in named} == {202, 507}
    assert {left.index for left in report.left_to_quorum} <= {entry.index for entry in report.entries}


def test_a_number_that_the_same_right_used_before_is_judged_here() -> None:
    docket, right = registered()
    used = docket.right(right).certificate_no
    request = docket.transfer(right, BOB)
    docket.force(docket.approve_entry(right, request, certificate_no=used))
    error = broken(docket, right)
    assert error.refused is not None
    assert error.refused.number == 507


def test_each_entry_is_judged_under_the_rules_of_its_block() -> None:
    """Ninety days for a request at first, then none: what was pending under the old rules stays what it was."""
    docket, right = registered()
    request = docket.transfer(right, BOB)
    docket.record(docket.amend_entry(request_max_days=0, freeze_max_months=1, effective=docket.now_ms + 1000))
    docket.go_to(docket.day(30))
    docket.record(docket.approve_entry(right, request))
    report = proven(docket, right)
    assert report.rules_replayed
    assert (report.state and report.state.rules) == 2
    docket.force(docket.freeze_entry(right, months=6))
    error = broken(docket, right)
    assert error.refused is not None
    assert "1" in error.refused.en


def test_rules_that_are_not_in_force_yet_do_not_count() -> None:
    docket, right = registered()
    docket.record(docket.amend_entry(freeze_max_months=1, effective=docket.now_ms + 3_600_000))
    docket.frozen(right, months=6)
    assert proven(docket, right).rules_replayed


def test_a_party_s_keys_and_suspensions_are_replayed_with_its_history() -> None:
    docket, right = registered()
    docket.record(docket.entry("suspend", (OFFICE,), {"party": ALICE, "reason": "key_compromised"}))
    docket.record(docket.update_entry(ALICE, [OFFICE], key("alice 2"), reason="recovery"))
    docket.keys[ALICE] = key("alice 2")
    docket.record(docket.entry("reinstate", (OFFICE,), {"party": ALICE, "reason": "grounds_gone"}))
    docket.licensed(right, BOB)
    assert proven(docket, right).rules_replayed


def test_assets_and_contracts_on_a_right_are_judged_as_far_as_the_right_goes() -> None:
    docket, right = registered()
    asset = docket.asset(ALICE, right)
    docket.record(docket.record_contract_entry(ALICE, BOB, asset=asset, right=right))
    docket.record(docket.delist_asset_entry(asset))
    report = proven(docket, right)
    left = {(entry.kind, entry.number) for entry in report.left_to_quorum}
    assert {("record_contract", 911), ("record_contract", 912), ("record_contract", 918)} <= left
    assert ("record_contract", 919) not in left  # whether the seller may trade the right, the right's history says


def test_holders_who_do_not_sign_are_left_to_the_quorum() -> None:
    docket, right = registered()
    docket.record(docket.enforce_transfer_entry(right, shares(CAROL)))
    report = proven(docket, right)
    assert ("enforce_transfer", 205) in {(left.kind, left.number) for left in report.left_to_quorum}
    assert report.state is not None
    assert [holder.party for holder in report.state.holders] == [CAROL]


def test_a_history_with_every_kind_of_event_is_replayed() -> None:
    docket, right = every_kind_of_event()
    report = proven(docket, right)
    assert report.rules_replayed
    # of other rights, or of no right
    elsewhere = {"import_right", "delist_asset", "notarize", "deposit_batch", "amend_roster"}
    assert {entry.kind for entry in report.entries} == set(KINDS) - elsewhere
    assert (report.state and report.state.status) == "revoked"


def test_an_imported_right_is_replayed() -> None:
    docket = opened()
    entry = docket.import_entry([ALICE])
    docket.record(entry)
    docket.licensed(entry.entry_id, BOB)
    assert proven(docket, entry.entry_id).rules_replayed


def test_a_part_of_the_ledger_answers_for_its_own_subjects_alone() -> None:
    founded = Rules.of_genesis(1, bytes(32))
    state = PackState(["rules", "right/aa"], [], founded)
    assert state.record(founded.key) == founded.to_bytes()
    assert state.record(subject_key("right/aa")) is None
    assert list(state.records_under(subject_prefix("right/aa", 1))) == []
    for ask in (
        lambda: state.record(subject_key("right/bb")),
        lambda: state.records_under(subject_prefix("right/bb", 1)),
        lambda: state.entry_index(bytes(32)),
    ):
        with pytest.raises(OutOfReach):
            ask()


def test_a_walk_over_a_whole_ledger_never_leaves_anything_open() -> None:
    docket, right = registered()
    entry = docket.license_entry(right, BOB)
    part = PackState([], [], Rules.of_genesis(1, bytes(32)))
    with pytest.raises(OutOfReach):
        judge(Case(entry, entry.body.data, Register(part), docket.context), check_signature)
