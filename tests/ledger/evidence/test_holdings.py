"""What the state holds and does not hold: absence by kind, presence, assets with their history, the whole register."""

from __future__ import annotations

from dataclasses import replace

import pytest
from docket import Docket
from registerkit import OFFICE, key, pid

from datadeed_ledger.encoding import encode, sha256
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence import (
    NotProven,
    Outcome,
    PackKind,
    Unreadable,
    absence_pack,
    asset_pack,
    export_pack,
    presence_pack,
    verify_pack,
)
from datadeed_ledger.evidence.build import absence_parts, asset_parts, export_parts, presence_parts
from datadeed_ledger.evidence.codecs import Place
from datadeed_ledger.evidence.container import read_container, write_container
from datadeed_ledger.evidence.holdings import parse_record_list
from datadeed_ledger.records import LICENCE, OBJECTION, NumberUse
from datadeed_ledger.statemap import subject_key, subject_prefix

ALICE, BOB, CAROL = (pid(name) for name in ("alice", "bob", "carol"))
NEVER = "right/" + 64 * "e"
Parts = dict[str, bytes]


def registered() -> tuple[Docket, bytes]:
    docket = Docket()
    docket.enrol("alice", "bob", "carol")
    return docket, docket.registered(ALICE)


def judged(docket: Docket, parts: Parts, ask: str | None = None) -> NotProven | Unreadable:
    with pytest.raises((NotProven, Unreadable)) as failure:
        verify_pack(write_container(parts.items()), docket.ledger, ask=ask)
    error = failure.value
    assert isinstance(error, (NotProven, Unreadable))
    return error


# --- absence by kind -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["licence", "objection"])
def test_a_right_without_any_is_proven_to_have_none(kind: str) -> None:
    docket, right = registered()
    question = f"right/{right.hex()}/{kind}"
    report = verify_pack(absence_pack(docket.archive(), question), docket.ledger, ask=question)
    assert (report.kind, report.answers, report.records) == (PackKind.ABSENCE, (question,), ())
    assert question in report.conclusion_zh
    assert report.conclusion_en.startswith("As of 2026-")


def test_a_place_by_kind_is_a_prefix_of_33_bytes() -> None:
    right = 64 * "a"
    assert Place.of(f"right/{right}/licence") == Place(f"right/{right}", LICENCE)
    assert Place.of(f"right/{right}/objection") == Place(f"right/{right}", OBJECTION)
    place = Place.of(f"right/{right}/licence")
    assert place is not None
    assert place.prefix == subject_prefix(f"right/{right}") + b"\x01"
    assert Place.of("register") is None


@pytest.mark.parametrize("text", [f"asset/{64 * 'a'}/licence", f"right/{64 * 'a'}/dispute", "right/aa/licence", "all"])
def test_other_questions_are_malformed(text: str) -> None:
    with pytest.raises(Malformed, match="is not a question"):
        Place.of(text)


def test_a_licence_past_its_last_day_has_a_record_and_does_not_stand() -> None:
    docket, right = registered()
    docket.licensed(right, BOB, end=docket.day(5))
    question = f"right/{right.hex()}/licence"
    docket.go_to(docket.day(6))
    docket.deposit(ALICE)
    report = verify_pack(absence_pack(docket.archive(), question), docket.ledger, ask=question)
    assert report.kind is PackKind.ABSENCE
    (licence,) = (record.record for record in report.records)
    assert isinstance(licence, dict)
    assert licence["licensee"] == BOB.hex()


def test_a_licence_on_its_last_day_still_stands() -> None:
    docket, right = registered()
    licence = docket.licensed(right, BOB, end=docket.day(5))
    docket.go_to(docket.day(5), hour=23)
    docket.deposit(ALICE)
    with pytest.raises(NotProven, match=f"of record is the licence {licence.hex()}") as failure:
        absence_pack(docket.archive(), f"right/{right.hex()}/licence")
    assert (failure.value.step, failure.value.outcome) == ("records", Outcome.INCONSISTENT)


def test_an_open_objection_is_no_absence() -> None:
    docket = Docket()
    docket.enrol("alice", "bob")
    right = docket.published(ALICE)
    docket.record(docket.object_entry(right, BOB))
    with pytest.raises(NotProven, match="of record is right/"):
        absence_pack(docket.archive(), f"right/{right.hex()}/objection")


def test_the_absence_of_one_kind_answers_no_other_question() -> None:
    docket, right = registered()
    docket.licensed(right, BOB)
    pack = absence_pack(docket.archive(), f"right/{right.hex()}/objection")
    for ask in (f"right/{right.hex()}/licence", f"right/{right.hex()}"):
        with pytest.raises(NotProven, match="the proof answers another question"):
            verify_pack(pack, docket.ledger, ask=ask)


# --- presence --------------------------------------------------------------------------------------------------------


def subjects(docket: Docket, right: bytes) -> list[str]:
    record = docket.right(right)
    return [
        f"right/{right.hex()}",
        f"party/{ALICE.hex()}",
        f"key/{key('party alice').public_key.hex()}",
        f"number/{record.registration_no}",
        f"number/{record.certificate_no}",
        f"asset/{docket.asset(ALICE, right).hex()}",
        "rules",
    ]


def test_what_stands_under_a_subject_is_proven_present_and_complete() -> None:
    docket, right = registered()
    docket.licensed(right, BOB)
    for subject in subjects(docket, right):
        report = verify_pack(presence_pack(docket.archive(), subject), docket.ledger, ask=subject)
        assert (report.kind, report.answers, report.rules_replayed) == (PackKind.PRESENCE, (subject,), False)
        assert {record.subject for record in report.records} == {subject}
        assert len(report.records) == (2 if subject.startswith("right/") else 1)


def test_what_is_not_there_has_no_presence_pack() -> None:
    docket, right = registered()
    for question in (NEVER, f"right/{right.hex()}/licence"):
        with pytest.raises(Unproven, match="there is no record of its own"):
            presence_pack(docket.archive(), question)
    with pytest.raises(Malformed, match="is no place in the state"):
        presence_pack(docket.archive(), f"entry/{right.hex()}")


def test_a_record_left_out_of_a_presence_is_missed() -> None:
    docket, right = registered()
    docket.licensed(right, BOB)
    ask = f"right/{right.hex()}"
    parts = dict(presence_parts(docket.archive(), ask))
    for name in [name for name in parts if name.startswith("records/")]:
        fewer = {other: data for other, data in parts.items() if other != name}
        error = judged(docket, fewer, ask)
        assert (error.step, error.reason) == ("records", f"map-proof-1.txt: {ask} has 2 records, 1 are here")


def test_a_record_of_another_subject_is_no_presence() -> None:
    docket, right = registered()
    number = docket.right(right).registration_no
    other = NumberUse("number/2026BJ0000000077", right)
    docket.state.records[subject_key(f"number/{number}")] = other.to_bytes()
    error = judged(docket, dict(presence_parts(docket.archive(), f"number/{number}")), f"number/{number}")
    assert "the record names another subject" in error.reason


def test_a_presence_answers_nothing_without_a_question() -> None:
    docket, _ = registered()
    error = judged(docket, dict(presence_parts(docket.archive(), "rules")))
    assert (error.step, error.outcome) == ("question", Outcome.CANNOT_DECIDE)
    absence = dict(absence_parts(docket.archive(), NEVER))
    assert judged(docket, absence, "register").step == "question"


# --- an asset with its history ---------------------------------------------------------------------------------------


def listed() -> tuple[Docket, bytes]:
    """Alice's asset on her right with a deposit of its own, traded once; another asset of hers beside it."""
    docket, right = registered()
    docket.asset(ALICE)
    deposit = docket.deposit(ALICE)
    entry = docket.register_asset_entry(ALICE, right, deposits=[{"deposit": deposit, "item": None}])
    asset = docket.record(entry)
    docket.record(docket.record_contract_entry(ALICE, BOB, asset=asset))
    docket.record(docket.delist_asset_entry(asset, by=ALICE))
    return docket, asset


def test_an_asset_s_pack_holds_its_whole_history_and_is_replayed() -> None:
    docket, asset = listed()
    report = verify_pack(asset_pack(docket.archive(), asset), docket.ledger, ask=f"asset/{asset.hex()}")
    assert (report.kind, report.rules_replayed) == (PackKind.ASSET, True)
    kinds = [entry.kind for entry in report.entries if entry.index in report.about]
    assert kinds == ["register_asset", "record_contract", "delist_asset"]
    assert report.answers[0] == f"asset/{asset.hex()}"
    assert report.state is not None
    assert (report.state.status, report.superseded) == ("delisted", ())
    assert ("register_asset", 601) in {(left.kind, left.number) for left in report.left_to_quorum}
    assert f"asset/{asset.hex()}" in report.conclusion_zh


def test_an_asset_is_told_as_of_any_time() -> None:
    docket, asset = listed()
    pack = asset_pack(docket.archive(), asset)
    moments = (docket.log[0][0], docket.now_ms - 1, docket.now_ms)
    states = [verify_pack(pack, docket.ledger, at=at).state_at for at in moments]
    assert [state and state.status for state in states] == [None, "listed", "delisted"]


def test_a_broken_rule_in_an_asset_s_history_is_refused() -> None:
    docket, asset = listed()
    docket.force(docket.record_contract_entry(ALICE, BOB, asset=asset))  # although it is delisted
    error = judged(docket, dict(asset_parts(docket.archive(), asset)))
    assert isinstance(error, NotProven)
    assert (error.step, error.refused and error.refused.number) == ("rules", 912)


def test_an_asset_s_events_cannot_be_left_out() -> None:
    docket, asset = listed()
    parts = dict(asset_parts(docket.archive(), asset))
    index = docket.touched[f"asset/{asset.hex()}"][-1]
    gone = (f"entry-{index}.", f"block-{(index + 1) // 2}.")
    error = judged(docket, {name: data for name, data in parts.items() if not name.startswith(gone)})
    assert (error.step, "was touched by 3 entries, 2 of them are here" in error.reason) == ("history", True)


def test_an_asset_that_nobody_registered_has_no_pack() -> None:
    docket, _ = registered()
    with pytest.raises(Unproven, match="nothing under the published checkpoint opened asset/"):
        asset_pack(docket.archive(), bytes(32))


# --- the whole register ----------------------------------------------------------------------------------------------


def test_the_register_is_exported_whole() -> None:
    docket, right = registered()
    docket.licensed(right, BOB)
    docket.asset(ALICE, right)
    report = verify_pack(export_pack(docket.archive()), docket.ledger, ask="register")
    assert (report.kind, report.answers) == (PackKind.EXPORT, ("register",))
    assert {record.key for record in report.records} == set(docket.state.records)
    assert {record.subject.partition("/")[0] for record in report.records} == {
        "right",
        "party",
        "key",
        "number",
        "asset",
        "rules",
    }
    assert f"exactly {len(docket.state.records)} records" in report.conclusion_en
    assert verify_pack(export_pack(docket.archive()), docket.ledger).outcome is Outcome.PASSED


def test_an_empty_register_is_exported_with_its_rules_alone() -> None:
    docket = Docket()
    report = verify_pack(export_pack(docket.archive()), docket.ledger)
    assert [record.subject for record in report.records] == ["rules"]


def exported() -> tuple[Docket, Parts, int]:
    """An export, and the number of the proof under which Alice's record stands."""
    docket, _ = registered()
    return docket, dict(export_parts(docket.archive())), subject_key(f"party/{ALICE.hex()}")[0] + 1


def test_a_record_left_out_of_an_export_is_missed() -> None:
    docket, parts, number = exported()
    name = f"records-{number}.msgpack"
    held = parse_record_list(parts[name])
    error = judged(docket, parts | {name: encode(held[1:])})
    assert (error.step, error.reason) == (
        "records",
        f"{name}: {len(held) - 1} records for {len(held)} pairs of the proof",
    )


def test_a_record_changed_in_an_export_is_noticed() -> None:
    docket, parts, number = exported()
    name = f"records-{number}.msgpack"
    changed = replace(docket.party(ALICE), suspended_by=(OFFICE,)).to_bytes()
    held = [
        changed if sha256(data) == sha256(docket.party(ALICE).to_bytes()) else data
        for data in parse_record_list(parts[name])
    ]
    assert "is not the one that the state holds" in judged(docket, parts | {name: encode(held)}).reason


def test_the_proofs_of_an_export_stand_in_the_order_of_all_first_bytes() -> None:
    docket, parts, number = exported()
    other = number % 256 + 1
    swapped = {
        **parts,
        f"map-proof-{number}.txt": parts[f"map-proof-{other}.txt"],
        f"map-proof-{other}.txt": parts[f"map-proof-{number}.txt"],
    }
    assert "the proof answers another question" in judged(docket, swapped).reason
    fewer = {name: data for name, data in parts.items() if name not in ("map-proof-256.txt", "records-256.msgpack")}
    assert "this one has 255 and 255" in judged(docket, fewer).reason


def test_an_export_answers_no_other_question() -> None:
    docket, parts, _ = exported()
    assert judged(docket, parts, NEVER).reason == f"the pack answers register, not {NEVER}"


@pytest.mark.parametrize(
    ("listed", "reason"),
    [(encode({"a": 1}), "is an array"), (encode([b"", 1]), "nothing else"), (b"\xc1", "canonical")],
)
def test_a_list_of_records_is_an_array_of_their_bytes(listed: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        parse_record_list(listed)


@pytest.mark.parametrize("record", [b"\x80", encode({"subject": 1}), encode({"subject": "rights/é"}), encode([1])])
def test_an_export_of_what_is_no_record_is_unreadable(record: bytes) -> None:
    docket, _ = registered()
    docket.state.records[subject_key("number/2026BJ0000000088")] = record
    error = judged(docket, dict(export_parts(docket.archive())))
    assert isinstance(error, Unreadable)
    assert error.step == "records"


def test_a_pack_made_again_has_the_same_bytes() -> None:
    docket, _ = registered()
    archive = docket.archive()
    assert export_pack(archive) == export_pack(archive)
    assert list(read_container(export_pack(archive)))[-2:] == ["map-proof-256.txt", "records-256.msgpack"]
