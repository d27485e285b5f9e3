"""A pack under a retired roster, before a verifier who knows that it is retired (docs/spec/evidence.md section 12)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from epochs import ROSTER_2, Forger, Told, change_entry, rotated, step_of, told
from evidencekit import CAROL, FINGERPRINT, GENESIS, ORIGIN, ROSTER, checkpoint_note
from timestamp_responses import der, imprint, info, integer, response

from datadeed_ledger.checkpoint import Checkpoint
from datadeed_ledger.encoding import sha256, time_text
from datadeed_ledger.evidence import NotProven, Outcome, Report, Rosters, Stamp, verify_pack
from datadeed_ledger.evidence.build import absence_parts, entry_parts, title_parts
from datadeed_ledger.evidence.container import write_container
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import root_at
from datadeed_ledger.roster import Genesis, Roster

NEVER = "right/" + 64 * "e"


def known(versions: int) -> Rosters:
    """What a verifier has proven elsewhere."""
    rosters, story = Rosters.founded(GENESIS), told()
    for version in range(2, versions + 1):
        rosters = rosters.follow(step_of(story.ledger, story.ledger.changes[version]))
    return rosters


def anybody(response: bytes, body: bytes) -> str:
    """Every authority is trusted."""
    return "an authority"


def generalized(time_ms: int) -> bytes:
    """As a token spells it: a fraction without the zeros at its end, none where nothing is left."""
    text = time_text(time_ms)
    fraction = text[19:23].rstrip("0").rstrip(".")
    return (text[:4] + text[5:7] + text[8:10] + text[11:13] + text[14:16] + text[17:19] + fraction + "Z").encode()


def stamp(story: Told, size: int, time_ms: int, *rest: bytes) -> Stamp:
    """A token of this time over the log of `size` leaves, which some roster of the story governs."""
    checkpoint = Checkpoint(ORIGIN, size, root_at(size, story.ledger.hash))
    header = Header.parse(story.ledger.header_at(story.ledger.block_height_of(size - 1)))
    note = checkpoint_note(
        size, checkpoint.root, header.time_ms // 1000 + 1, roster=ROSTER if header.roster_version == 1 else ROSTER_2
    )
    token = response(info(*rest, stamped=imprint(digest=sha256(checkpoint.body)), time=generalized(time_ms)))
    return Stamp(size, note, token)


@pytest.fixture
def story() -> Told:
    """Up to the last block under roster 2, to put time-stamps on."""
    forger, before = Forger(told(3)), told(3)
    return Told(forger, forger.pen, before.entries)


def end(story: Told) -> int:
    return len(story.ledger.leaves)


RETIRED = known(3).in_force[2].since_ms


def entry_of(story: Told, name: str = "deposit") -> bytes:
    return write_container(entry_parts(story.ledger, story.entries[name].entry_id))


def title_of(story: Told) -> bytes:
    return write_container(title_parts(story.ledger, story.entries["right"].entry_id))


def judged(pack: bytes, rosters: Rosters, check: Callable[[bytes, bytes], str] | None = anybody) -> Report:
    return verify_pack(pack, FINGERPRINT, check_authority=check, known=rosters)


def refused(pack: bytes, rosters: Rosters, check: Callable[[bytes, bytes], str] | None = anybody) -> NotProven:
    with pytest.raises(NotProven) as caught:
        judged(pack, rosters, check)
    assert caught.value.step == "retirement"
    return caught.value


@pytest.mark.parametrize("versions", [1, 2])
def test_a_roster_of_which_no_later_one_is_known_counts(story: Told, versions: int) -> None:
    step = judged(entry_of(story), known(versions)).steps[-1]
    assert (step.name, step.ok, "Roster 2 is the newest" in step.en) == ("retirement", True, True)


def test_without_known_rosters_there_is_no_step(story: Told) -> None:
    assert verify_pack(entry_of(story), FINGERPRINT).steps[-1].name == "timestamps"


def test_a_retired_roster_counts_for_nothing_by_itself(story: Told) -> None:
    error = refused(entry_of(story), known(3))
    assert error.outcome is Outcome.CANNOT_DECIDE
    assert "ask the ledger for a newer pack" in error.reason
    assert time_text(RETIRED) in error.reason


def test_an_entry_counts_with_an_older_token_that_covers_it(story: Told) -> None:
    size = told().ledger.changes[2].index + 2
    story.ledger.stamps.append(stamp(story, size, RETIRED - 60_000))
    step = judged(entry_of(story), known(3)).steps[-1]
    assert (step.ok, f"was retired at {time_text(RETIRED)}" in step.en) == (True, True)


def test_the_token_must_be_of_an_authority_that_was_checked(story: Told) -> None:
    story.ledger.stamps.append(stamp(story, end(story), RETIRED - 60_000))
    assert judged(entry_of(story), known(3)).steps[-1].ok
    assert refused(entry_of(story), known(3), None).outcome is Outcome.CANNOT_DECIDE


def test_a_token_must_be_over_all_that_the_pack_is_for(story: Told) -> None:
    """A title pack speaks of the state at its newest header; an entry pack up to the header of the entry's block."""
    header = Header.parse(story.ledger.header_at(story.ledger.block_height_of(story.index("deposit"))))
    story.ledger.stamps.append(stamp(story, header.log_size, RETIRED - 60_000))
    assert judged(entry_of(story), known(3)).steps[-1].ok
    assert refused(title_of(story), known(3)).outcome is Outcome.CANNOT_DECIDE
    story.ledger.stamps.append(stamp(story, end(story), RETIRED - 60_000))
    story.ledger.stamps.pop(0)
    assert judged(title_of(story), known(3)).steps[-1].ok


def test_a_token_over_the_entry_without_its_header_does_not_cover_it(story: Told) -> None:
    """The entries of one block: a checkpoint never ends between them, but a forger's may."""
    index = story.index("joined")
    size = index + 1
    checkpoint = Checkpoint(ORIGIN, size, root_at(size, story.ledger.hash))
    note = checkpoint_note(size, checkpoint.root, RETIRED // 1000 - 120, roster=ROSTER_2)
    when = generalized(RETIRED - 60_000)
    token = response(info(stamped=imprint(digest=sha256(checkpoint.body)), time=when))
    story.ledger.stamps.append(Stamp(size, note, token))
    assert refused(entry_of(story, "joined"), known(3)).outcome is Outcome.CANNOT_DECIDE


@pytest.mark.parametrize(
    ("before_ms", "accuracy_s", "counts"),
    [
        (2000, 0, True),
        (1000, 0, True),
        (999, 0, False),
        (998, 0, False),
        (0, 0, False),
        (-60_000, 0, False),
        (3000, 1, True),
        (3000, 3, False),
    ],
)
def test_the_token_is_older_than_the_retirement(story: Told, before_ms: int, accuracy_s: int, counts: bool) -> None:
    """The last moment that a token can mean is 999 ms and its accuracy after its second; retired was on a whole one."""
    assert RETIRED % 1000 == 0
    accuracy = [der(0x30, integer(accuracy_s))] if accuracy_s else []
    story.ledger.stamps.append(stamp(story, end(story), RETIRED - before_ms, *accuracy))
    if counts:
        assert judged(title_of(story), known(3)).steps[-1].ok
    else:
        assert refused(title_of(story), known(3)).outcome is Outcome.CANNOT_DECIDE


def test_the_checkpoint_that_ends_a_roster_counts_without_a_token() -> None:
    pack = entry_of(told(4))
    step = judged(pack, known(3)).steps[-1]
    assert (step.ok, "retired roster 2" in step.en) == (True, True)


def test_a_pack_under_a_roster_retired_twice_over_is_retired_when_it_first_was() -> None:
    step = refused(entry_of(told(1)), known(3))
    assert (
        f"roster 1, which signed the pack's checkpoint, was retired at {time_text(known(2).in_force[1].since_ms)}"
        in (step.reason)
    )


def test_an_absence_counts_with_a_token_over_the_whole_log(story: Told) -> None:
    parts = dict(absence_parts(story.ledger, NEVER))
    with pytest.raises(NotProven) as caught:
        verify_pack(write_container(parts.items()), FINGERPRINT, ask=NEVER, check_authority=anybody, known=known(3))
    assert caught.value.step == "retirement"


# --- two histories ---------------------------------------------------------------------------------------------------


def test_another_roster_of_the_same_version_is_a_second_history() -> None:
    forger = Forger(told(1))
    court = rotated(ROSTER.members[0], "of another history")
    following = Roster.of(2, [court, *ROSTER.members[1:]])
    forger.seal(change_entry(forger.pen, ROSTER, following), following=following)
    entry = forger.pen.deposit(CAROL, b"x")
    forger.seal(entry)
    pack = write_container(entry_parts(forger, entry.entry_id))
    verify_pack(pack, FINGERPRINT)
    error = refused(pack, known(3))
    assert (error.outcome, "two histories" in error.reason) == (Outcome.INCONSISTENT, True)
    assert "roster 2 is another" in error.reason


def test_the_same_roster_from_another_place_of_the_log_is_a_second_history() -> None:
    forger = Forger(told(1))
    forger.seal()
    forger.seal(change_entry(forger.pen, ROSTER, ROSTER_2), following=ROSTER_2)
    entry = forger.pen.deposit(CAROL, b"x")
    forger.seal(entry)
    pack = write_container(entry_parts(forger, entry.entry_id))
    verify_pack(pack, FINGERPRINT)
    assert refused(pack, known(2)).outcome is Outcome.INCONSISTENT


@pytest.mark.parametrize("blocks", [1, 2])
def test_a_log_that_goes_on_under_a_roster_that_ended_is_a_second_history(blocks: int) -> None:
    """What retired keys can still sign: the ledger as if they had never been replaced."""
    forger = Forger(told(1))
    entry = forger.pen.deposit(CAROL, b"a past that never was")
    forger.seal(entry)
    if blocks == 2:
        forger.seal()
    pack = write_container(entry_parts(forger, entry.entry_id))
    verify_pack(pack, FINGERPRINT)
    error = refused(pack, known(2))
    assert (error.outcome, "two histories" in error.reason) == (Outcome.INCONSISTENT, True)
    assert "roster 1 ended with" in error.reason


def test_rosters_of_another_ledger_fit_no_pack(story: Told) -> None:
    other = Genesis.of(ORIGIN, GENESIS.time_ms + 1, {}, {}, GENESIS.rules, ROSTER)
    error = refused(entry_of(story), Rosters.founded(other))
    assert (error.outcome, "another ledger's" in error.reason) == (Outcome.INCONSISTENT, True)
