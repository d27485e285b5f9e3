"""New keys beside the present ones: prepared, named by a roster, put into place; whole at every step of it."""

from __future__ import annotations

import os
import stat
from itertools import count
from pathlib import Path

import pytest
from founders import FOUNDERS, founded_by, institution, with_card

from datadeed_ledger.kinds.succession import keys_of
from datadeed_ledger.roster import Roster
from datadeed_node import ceremony, next_keys
from datadeed_node.mistakes import Mistake

EVERY = next_keys.PURPOSES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The court's folder; the others' lie beside it."""
    for at, short in enumerate(FOUNDERS):
        institution(tmp_path, short, 8400 + at)
    return tmp_path / "court"


def founding(folder: Path) -> Roster:
    return founded_by([ceremony.read_card(folder.parent / short / "card.json") for short in FOUNDERS]).roster


def after_rekey(folder: Path, *purposes: str) -> Roster:
    """The roster that names the keys that are prepared here now."""
    return with_card(founding(folder), next_keys.prepare(folder, purposes))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_only_the_keys_that_were_chosen_are_new_and_the_present_ones_stay(folder: Path) -> None:
    before = files(folder)
    card = next_keys.prepare(folder, ("vote", "tls"))
    after = files(folder)
    assert {name: after[name] for name in before} == before
    assert sorted(after.keys() - before.keys()) == [
        "next-card.json",
        "next-keys/vote.key",
        "next-tls/cert.pem",
        "next-tls/key.pem",
    ]
    old, new = keys_of(ceremony.read_card(folder / "card.json").member), keys_of(card.member)
    assert {purpose for purpose in EVERY if old[purpose] != new[purpose]} == {"vote", "tls"}
    assert ceremony.Card.parse((folder / "next-card.json").read_bytes()) == card
    assert next_keys.purposes_without_key(folder, card.member) == []


def test_prepared_keys_are_for_their_owner_alone_as_the_present_ones_are(folder: Path) -> None:
    next_keys.prepare(folder, EVERY)
    modes = {name: stat.S_IMODE((folder / name).stat().st_mode) for name in (*files(folder), "next-keys", "next-tls")}
    for name in EVERY[:-1]:
        assert modes[f"next-keys/{name}.key"] == modes[f"keys/{name}.key"] == 0o600
    assert modes["next-tls/key.pem"] == modes["tls/key.pem"] == 0o600
    assert modes["next-keys"] == modes["next-tls"] == 0o700
    assert modes["next-card.json"] == modes["card.json"]


@pytest.mark.parametrize("purposes", [("vote",), ("tls",), ("office", "cosign", "log"), EVERY])
def test_once_a_roster_names_them_they_take_the_present_ones_place(folder: Path, purposes: tuple[str, ...]) -> None:
    before, modes = files(folder), {path: path.stat().st_mode for path in folder.rglob("*")}
    roster = after_rekey(folder, *purposes)
    assert sorted(next_keys.settle(folder, roster)) == sorted(purposes)
    after = files(folder)
    assert after.keys() == before.keys()
    assert {path: path.stat().st_mode for path in folder.rglob("*")} == modes
    member = roster.by_name("court.example.cn")
    assert member is not None
    assert ceremony.read_card(folder / "card.json").member == member
    assert next_keys.purposes_without_key(folder, member) == []
    held = next_keys.held_keys(folder)
    assert {purpose: list(keys) for purpose, keys in held.items()} == {
        purpose: [key] for purpose, key in keys_of(member).items()
    }


def test_what_is_replaced_is_overwritten_and_not_only_removed(folder: Path, tmp_path: Path) -> None:
    roster = after_rekey(folder, *EVERY)
    secrets = [folder / "keys" / f"{name}.key" for name in EVERY[:-1]]
    secrets += [folder / "tls" / "key.pem", folder / "next-tls" / "key.pem"]
    links = [tmp_path / f"link-{at}" for at in range(len(secrets))]
    for path, link in zip(secrets, links, strict=True):
        os.link(path, link)
    next_keys.settle(folder, roster)
    for path, link in zip(secrets, links, strict=True):
        assert set(link.read_bytes()) == {0}, path


def test_before_a_roster_names_them_nothing_is_moved(folder: Path) -> None:
    next_keys.prepare(folder, ("vote", "tls"))
    before = files(folder)
    with pytest.raises(Mistake, match="does not name the prepared keys: vote, tls"):
        next_keys.settle(folder, founding(folder))
    assert files(folder) == before


def test_a_roster_that_names_some_of_them_is_not_enough(folder: Path) -> None:
    card = next_keys.prepare(folder, ("vote", "cosign"))
    present = ceremony.read_card(folder / "card.json").member
    half = ceremony.Card(card.origin, next_keys.replace(present, vote=card.member.vote))
    with pytest.raises(Mistake, match="does not name the prepared keys: cosign"):
        next_keys.settle(folder, with_card(founding(folder), half))


def test_no_key_is_removed_while_the_folder_lacks_another_that_the_roster_names(folder: Path) -> None:
    roster = after_rekey(folder, "vote")
    (folder / "keys" / "log.key").unlink()
    before = files(folder)
    with pytest.raises(Mistake, match="does not hold: log"):
        next_keys.settle(folder, roster)
    assert files(folder) == before


def test_whoever_left_the_roster_settles_nothing(folder: Path) -> None:
    next_keys.prepare(folder, ("vote",))
    others = [member for member in founding(folder).members if member.name != "court.example.cn"]
    with pytest.raises(Mistake, match="does not name the prepared keys: vote"):
        next_keys.settle(folder, _without_rules(others))


def _without_rules(members: list[ceremony.Member]) -> Roster:
    """A roster of these, of whom one is a court in the one's stead that left."""
    first = next_keys.replace(members[0], roles=("court",))
    return Roster.of(2, [first, *members[1:]])


def test_keys_are_not_prepared_twice(folder: Path) -> None:
    next_keys.prepare(folder, ("vote",))
    before = files(folder)
    with pytest.raises(Mistake, match="prepared already: vote") as caught:
        next_keys.prepare(folder, ("tls",))
    assert "--settle" in caught.value.next_step
    (folder / "next-card.json").unlink()
    with pytest.raises(Mistake, match="preparing was interrupted"):
        next_keys.prepare(folder, ("tls",))
    assert {**files(folder), "next-card.json": before["next-card.json"]} == before


def test_no_key_chosen_and_nothing_prepared_are_mistakes(folder: Path) -> None:
    with pytest.raises(Mistake, match="no key was chosen"):
        next_keys.prepare(folder, ())
    with pytest.raises(Mistake, match="nothing is prepared"):
        next_keys.settle(folder, founding(folder))


def test_a_folder_whose_keys_are_not_its_card_s_prepares_none(folder: Path) -> None:
    (folder / "keys" / "vote.key").write_text("11" * 32 + "\n")
    with pytest.raises(Mistake, match=r"other keys than its card\.json says: vote"):
        next_keys.prepare(folder, ("tls",))


def test_a_key_that_is_lost_is_replaced(folder: Path) -> None:
    (folder / "keys" / "vote.key").unlink()
    roster = after_rekey(folder, "vote")
    assert next_keys.settle(folder, roster) == ("vote",)
    member = roster.by_name("court.example.cn")
    assert member is not None
    assert next_keys.purposes_without_key(folder, member) == []


def test_wherever_it_is_interrupted_the_keys_in_force_are_whole_and_it_can_be_finished(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails at each of its syncs in turn, at one more than at the time before; then it is repaired."""
    expected = sorted(files(folder))
    roster = founding(folder)
    sync = os.fsync
    for number in count(1):
        roster = with_card(roster, next_keys.prepare(folder, EVERY))
        member = roster.by_name("court.example.cn")
        assert member is not None
        calls = count(1)

        def failing(descriptor: int, fails_at: int = number, calls: count[int] = calls) -> None:
            if next(calls) == fails_at:
                raise OSError("the disk is gone")
            sync(descriptor)

        monkeypatch.setattr(os, "fsync", failing)
        try:
            next_keys.settle(folder, roster)
        except OSError:
            assert next_keys.purposes_without_key(folder, member) == [], f"at sync {number}"
            monkeypatch.setattr(os, "fsync", sync)
            next_keys.settle(folder, roster)
        else:
            break
        finally:
            monkeypatch.setattr(os, "fsync", sync)
        assert sorted(files(folder)) == expected, f"at sync {number}"
        assert next_keys.purposes_without_key(folder, member) == []
        assert ceremony.read_card(folder / "card.json").member == member
    assert number > 15
