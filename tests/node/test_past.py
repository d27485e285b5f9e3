"""A right at an earlier time: whatever stood in the state then is what the fold of its history gives now."""

from __future__ import annotations

from pathlib import Path

import pytest
from told_register import ToldRegister, a_long_story, commit, six, snapshot_of, tell

from datadeed_ledger.rules import shipped
from datadeed_node.past import Fold, Standing, height_at, standing_now
from datadeed_node.store import Store


def folded(fold: Fold) -> Standing | None:
    for _ in fold.steps():
        pass
    return fold.standing()


def test_the_fold_up_to_any_block_is_what_stood_then(tmp_path: Path) -> None:
    kit = ToldRegister(six())
    a_long_story(kit)
    store = Store.open(tmp_path, six())
    rights = [entry.entry_id for _, entry in kit.told if entry.kind == "apply"]
    stood = [
        (store.tip.log_size, {right: standing_now(snapshot_of(store), right) for right in rights})
        for _ in tell(store, kit.told)
    ]
    newest = snapshot_of(store)
    compared = 0
    for stop, standings in stood:
        for right, standing in standings.items():
            fold = Fold(newest, right, stop)
            assert folded(fold) == standing
            assert fold.is_whole == (standing == stood[-1][1][right])
            compared += standing is not None
    assert compared > 100
    assert len({each.right.stage for _, all_of in stood for each in all_of.values() if each is not None}) >= 6


def test_entries_of_the_block_that_amends_the_rules_are_folded_under_the_rules_before_it(tmp_path: Path) -> None:
    kit = ToldRegister(six())
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    store = Store.open(tmp_path, six())
    list(tell(store, kit.told))
    kit.now_ms = store.tip.header.time_ms + 1000
    amend = kit.amend_entry(effective=kit.now_ms, publicity_working_days=1)
    publish = kit.publish_entry(right)
    commit(store, kit.now_ms, amend, publish)
    commit(store, kit.now_ms + 1, kit.freeze_entry(right))
    ten_days = standing_now(snapshot_of(store), right)
    assert ten_days is not None
    assert ten_days.right.due is not None
    assert shipped("beijing-2023")["publicity_working_days"] == 10
    fold = Fold(snapshot_of(store), right, store.tip.header.first)
    past = folded(fold)
    assert past is not None
    assert not fold.is_whole
    assert (past.right.stage, past.right.due) == ("publicity", ten_days.right.due)
    assert past.right.freezes == ()


def test_the_block_of_a_time_is_the_last_one_that_is_not_later(tmp_path: Path) -> None:
    kit = ToldRegister(six())
    kit.enrol("alice", "bob", "carol")
    store = Store.open(tmp_path, six())
    list(tell(store, kit.told))
    snapshot = snapshot_of(store)
    founded = six().time_ms
    assert height_at(snapshot, founded - 1) is None
    assert height_at(snapshot, founded) == 0
    first = kit.told[0][0]
    assert [height_at(snapshot, first + at) for at in (-1, 0, 1, 2, 1000)] == [0, 1, 2, 3, 3]


@pytest.mark.parametrize("stop", [0, 1])
def test_nothing_stood_before_it_was_opened(tmp_path: Path, stop: int) -> None:
    kit = ToldRegister(six())
    (alice,) = kit.enrol("alice")
    right = kit.application(alice)
    store = Store.open(tmp_path, six())
    list(tell(store, kit.told))
    assert folded(Fold(snapshot_of(store), right, stop)) is None
    assert standing_now(snapshot_of(store), bytes(32)) is None
