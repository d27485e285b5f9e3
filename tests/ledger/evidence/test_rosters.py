"""Packs under rosters that changed: every change is walked, and each block is judged under the roster of its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from epochs import ACADEMY, BUREAU, COURT, ROSTER_2, ROSTER_3, ROSTERS, Forger, change_entry, step_of, told
from evidencekit import CAROL, FINGERPRINT, GENESIS, OFFICE, ROSTER, key
from roster_packs import RosterPack, roster_packs

from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence import (
    NotProven,
    Report,
    Rosters,
    RosterStep,
    Unreadable,
    entry_pack,
    title_pack,
    verify_pack,
)
from datadeed_ledger.evidence.build import entry_parts
from datadeed_ledger.evidence.container import read_container, write_container
from datadeed_ledger.evidence.names import ROSTER_STEP
from datadeed_ledger.evidence.rosters import Nothing
from datadeed_ledger.evidence.succession import roster_step
from datadeed_ledger.header import Header
from datadeed_ledger.roster import Roster
from datadeed_ledger.state import OutOfReach

PACKS = {each.name: each for each in roster_packs()}


def judged(pack: RosterPack) -> tuple[str, str | None]:
    digest = None if pack.file is None else sha256(pack.file)
    try:
        verify_pack(pack.pack, FINGERPRINT, ask=pack.ask, file_digest=digest)
    except (NotProven, Unreadable) as error:
        return error.outcome.value, error.step
    return "passed", None


def walked(versions: int = 3) -> Rosters:
    """The rosters up to this version, from their steps alone."""
    rosters, ledger = Rosters.founded(GENESIS), told().ledger
    for version in range(2, versions + 1):
        rosters = rosters.follow(step_of(ledger, ledger.changes[version]))
    return rosters


def report_of(name: str, stage: int = 5) -> Report:
    story = told(stage)
    return verify_pack(entry_pack(story.ledger, story.entries[name].entry_id), FINGERPRINT)


def test_the_packs_are_many_and_each_has_a_name() -> None:
    assert len(PACKS) == len(list(roster_packs())) > 200
    assert sum(name.startswith("good, ") for name in PACKS) > 40


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_is_judged_as_its_name_says(name: str) -> None:
    assert judged(PACKS[name]) == PACKS[name].verdict
    assert (PACKS[name].verdict[0] == "passed") == name.startswith("good, ")


def test_no_byte_of_a_change_can_be_another() -> None:
    story = told()
    parts = dict(entry_parts(story.ledger, story.entries["deposit"].entry_id))
    for name in [part for part in parts if part.startswith("rosters/")]:
        data = parts[name]
        for at in range(0, len(data), 97):
            changed = data[:at] + bytes((data[at] ^ 4,)) + data[at + 1 :]
            with pytest.raises((NotProven, Unreadable)) as caught:
                verify_pack(write_container((parts | {name: changed}).items()), FINGERPRINT)
            assert caught.value.step == "rosters", (name, at)


# --- the walk --------------------------------------------------------------------------------------------------------


def test_a_walk_tells_every_roster_and_where_it_governs_from() -> None:
    rosters, ledger = walked(), told().ledger
    assert [each.roster for each in rosters.in_force] == [ROSTER, ROSTER_2, ROSTER_3]
    assert rosters.newest == ROSTER_3
    sizes = [0, *(ledger.changes[version].index + 2 for version in (2, 3))]
    assert [each.log_size for each in rosters.in_force] == sizes
    for each in rosters.in_force[1:]:
        header = Header.parse(ledger.header_at(each.height))
        assert (header.first, header.roster_version) == (each.log_size, each.roster.version)
        before = Header.parse(ledger.header_at(each.height - 1))
        assert (before.time_ms, before.ends_epoch) == (each.since_ms, True)
    assert (rosters.in_force[0].height, rosters.in_force[0].since_ms) == (0, GENESIS.time_ms)
    boundaries = list(rosters.boundaries())
    assert [each.index for each in boundaries] == [size - 2 for size in sizes[1:]]
    assert [each.signed.checkpoint.size for each in boundaries] == sizes[1:]


def test_every_header_of_the_ledger_stands_under_the_roster_that_it_names() -> None:
    rosters, ledger = walked(), told().ledger
    for data in ledger.headers:
        header = Header.parse(data)
        roster = ROSTERS[header.roster_version]
        assert rosters.governing(header, last=False) == roster
        assert rosters.at(header.log_size).roster == roster
        assert walked(2).governing(header, last=header.ends_epoch) == roster if header.roster_version < 3 else True


def test_the_last_header_alone_may_name_a_roster_that_is_not_known_yet() -> None:
    ending = Header.parse(told().ledger.leaf(told().ledger.changes[3].index + 1))
    assert walked(2).governing(ending, last=True) == ROSTER_2
    with pytest.raises(Unproven, match="as the next roster"):
        walked(2).governing(ending, last=False)


def test_a_header_that_ends_a_roster_names_the_one_that_followed() -> None:
    ending = Header.parse(told().ledger.leaf(told().ledger.changes[3].index + 1))
    other = replace(ending, next_roster_digest=sha256(b"another roster"))
    for last in (False, True):
        assert walked(3).governing(ending, last=last) == ROSTER_2
        with pytest.raises(Unproven, match="as the next roster"):
            walked(3).governing(other, last=last)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"height": 0}, "do not ascend"),
        ({"time_ms": 0}, "do not ascend"),
        ({"previous": bytes(32)}, "are not linked"),
        ({"height": 9}, "leave no room for the blocks between"),
    ],
)
def test_a_step_that_cannot_come_after_the_one_before_is_refused(changes: dict[str, Any], reason: str) -> None:
    forger = Forger(told(1))
    first = forger.seal(change_entry(forger.pen, ROSTER, ROSTER_2), following=ROSTER_2)
    if "height" in changes:
        changes = {"height": first.height + changes["height"]}
    if "time_ms" in changes:
        changes = {"time_ms": first.time_ms}
    forger.seal(change_entry(forger.pen, ROSTER_2, ROSTER_3), following=ROSTER_3, **changes)
    rosters = Rosters.founded(GENESIS).follow(step_of(forger, forger.changes[2]))
    with pytest.raises(Unproven, match=reason):
        rosters.follow(step_of(forger, forger.changes[3]))


@pytest.mark.parametrize("versions", [1, 3])
def test_a_step_that_does_not_come_next_is_refused(versions: int) -> None:
    story = told()
    for version in (2, 3):
        if version != versions + 1:
            with pytest.raises(Unproven, match="cannot follow"):
                walked(versions).follow(step_of(story.ledger, story.ledger.changes[version]))


def test_a_step_under_another_number_is_refused() -> None:
    step = step_of(told().ledger, told().ledger.changes[2])
    with pytest.raises(Unproven, match="cannot follow"):
        walked(1).follow(replace(step, version=3))


def test_a_step_is_made_of_its_seven_parts() -> None:
    ledger = told().ledger
    parts = roster_step(ledger, ledger.changes[2])
    assert tuple(parts) == ROSTER_STEP
    assert RosterStep.of(2, parts) == step_of(ledger, ledger.changes[2])
    for missing in ROSTER_STEP:
        with pytest.raises(Malformed, match=f"{missing} of the change to roster 2 is missing"):
            RosterStep.of(2, {name: data for name, data in parts.items() if name != missing})
    with pytest.raises(Malformed, match="exactly the parts"):
        RosterStep.of(2, parts | {"consistency.txt": b""})


def test_a_pack_holds_the_step_that_the_ledger_gives_alone() -> None:
    story = told()
    parts = read_container(entry_pack(story.ledger, story.entries["deposit"].entry_id))
    for version in (2, 3):
        for name, data in roster_step(story.ledger, story.ledger.changes[version]).items():
            assert parts[f"rosters/{version}/{name}"] == data


def test_the_parts_of_rosters_stand_after_the_ground_in_order() -> None:
    story = told()
    names = list(read_container(entry_pack(story.ledger, story.entries["deposit"].entry_id)))
    folder = [*ROSTER_STEP, "consistency.txt"]
    at = names.index("header.tlog-proof") + 1
    assert names[at : at + 16] == [f"rosters/{version}/{name}" for version in (2, 3) for name in folder]


@pytest.mark.parametrize(
    "asked",
    [
        lambda state: state.record(b""),
        lambda state: state.records_under(b""),
        lambda state: state.entry_index(b""),
        lambda state: state.leaf(0),
        lambda state: state.events_frontier("rules"),
        lambda state: state.event_index("rules", 0),
    ],
)
def test_the_walk_judges_without_any_state(asked: Callable[[Nothing], object]) -> None:
    with pytest.raises(OutOfReach):
        asked(Nothing())


# --- what the report says --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stage", "versions"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
def test_the_report_says_which_rosters_governed_and_since_when(stage: int, versions: int) -> None:
    report, rosters = report_of("deposit", stage), walked()
    assert [each.version for each in report.rosters] == list(range(1, versions + 1))
    for facts, each in zip(report.rosters, rosters.in_force, strict=False):
        assert (facts.log_size, facts.height, facts.since_ms) == (each.log_size, each.height, each.since_ms)
        assert (facts.digest, facts.quorum) == (each.roster.digest, each.roster.quorum)
        assert [member.name for member in facts.members] == [member.name for member in each.roster.members]
    assert [member.name for member in report.checkpoint.members] == [each.name for each in ROSTERS[versions].members]
    assert report.checkpoint.quorum == ROSTERS[versions].quorum
    names = [step.name for step in report.steps]
    assert names[:3] == (
        ["container", "fingerprint", "rosters"] if versions > 1 else ["container", "fingerprint", "checkpoint"]
    )
    assert "retirement" not in names


def test_the_report_says_who_joined_who_left_and_who_signed_the_change() -> None:
    first, second, third = report_of("deposit").rosters
    assert (first.joined, first.left, first.cosigned_by, first.cosigned_s) == ((), (), (), None)
    assert (second.joined, second.left) == (("bureau.cn",), ("office.cn",))
    assert (third.joined, third.left) == (("academy.cn",), ())
    assert second.cosigned_by == tuple(member.name for member in ROSTER.members)
    assert third.cosigned_by == tuple(member.name for member in ROSTER_2.members)
    assert second.cosigned_s is not None
    assert second.cosigned_s * 1000 > second.since_ms


def test_an_entry_is_told_with_its_roster_and_the_institutions_of_that_roster() -> None:
    story = told()
    report = verify_pack(title_pack(story.ledger, story.entries["right"].entry_id), FINGERPRINT)
    by_index = {entry.index: entry for entry in report.entries}
    versions = {name: by_index[story.index(name)].roster for name in ("deposit", "right", "transfer", "licence")}
    assert versions == {"deposit": 1, "right": 1, "transfer": 2, "licence": 3}
    signed = {signer.signer: signer.institution for entry in report.entries for signer in entry.signers}
    for who, name in ((OFFICE, "office.cn"), (BUREAU, "bureau.cn"), (COURT, "court.cn")):
        institution = signed[who]
        assert institution is not None
        assert institution.name == name
    enrolled_by = {
        signer.enrolled_by.name for entry in report.entries for signer in entry.signers if signer.enrolled_by
    }
    assert enrolled_by == {"office.cn"}


def test_who_joins_with_an_entry_is_named_in_it() -> None:
    entry = report_of("second change").entries[0]
    names = {signer.institution.name for signer in entry.signers if signer.institution is not None}
    assert (entry.roster, ACADEMY in {signer.signer for signer in entry.signers}) == (2, True)
    assert names == {member.name for member in ROSTER_3.members}


def test_the_rules_are_replayed_under_the_roster_of_each_block() -> None:
    story = told()
    report = verify_pack(title_pack(story.ledger, story.entries["right"].entry_id), FINGERPRINT)
    assert report.rules_replayed
    kinds = [entry.kind for entry in report.entries if entry.index in report.about]
    assert kinds == ["apply", "publish", "register", "transfer", "approve", "license", "register_asset", "freeze"]
    assert report.state is not None
    assert (report.state.status, len(report.state.freezes)) == ("registered", 1)


def test_a_step_by_a_quorum_and_the_one_that_has_a_new_key_follows() -> None:
    """A change of one vote key alone, by a quorum and the member that changes it."""
    forger = Forger(told(1))
    court = ROSTER.members[0]
    label = "vote court.cn renewed"
    following = Roster.of(2, [replace(court, vote=key(label).public_key), *ROSTER.members[1:]])
    entry = change_entry(forger.pen, ROSTER, following, [each.member_id for each in ROSTER.members[:3]])
    forger.seal(entry, following=following)
    rosters = Rosters.founded(GENESIS).follow(step_of(forger, forger.changes[2]))
    assert rosters.newest == following
    forger.seal(deposit := forger.pen.deposit(CAROL, b"x"))
    assert verify_pack(write_container(entry_parts(forger, deposit.entry_id)), FINGERPRINT).rosters[1].joined == ()


@pytest.mark.parametrize(("stage", "version"), [(1, 1), (2, 1), (3, 2), (5, 3)])
def test_the_readme_says_where_the_keys_are(stage: int, version: int) -> None:
    story = told(stage)
    text = read_container(entry_pack(story.ledger, story.entries["deposit"].entry_id))["README.txt"].decode()
    assert (f"rosters/{version}/document.json" in text) == (version > 1)
