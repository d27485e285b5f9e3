"""The overlay: what is changed on top of a state, without a trace when it is taken back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerkit import MemoryState, RegisterKit, pid

from datadeed_ledger.merkle import Frontier, leaf_hash
from datadeed_ledger.state import Overlay, StateChanges, StateReader

ENTRY = RegisterKit().enrol_entry("alice")
A, B = b"a" * 32, b"b" * 32


def base() -> MemoryState:
    state = MemoryState()
    state.records = {A + b"\x00" + bytes(32): b"own", A + b"\x01" + bytes(32): b"one", B + b"\x01" + bytes(32): b"two"}
    state.leaves = {0: b"leaf"}
    state.indexes = {b"id": 0}
    state.frontiers = {"right/00": Frontier.EMPTY.append(bytes(32))}
    return state


def test_what_was_not_changed_is_the_base_s() -> None:
    reader: StateReader = Overlay(base())
    assert reader.record(A + b"\x00" + bytes(32)) == b"own"
    assert reader.record(A + b"\x07" + bytes(32)) is None
    assert reader.entry_index(b"id") == 0
    assert reader.entry_index(b"other") is None
    assert reader.leaf(0) == b"leaf"
    assert reader.events_frontier("right/00").size == 1
    assert reader.events_frontier("right/01") == Frontier.EMPTY
    assert list(reader.records_under(A)) == [(A + b"\x00" + bytes(32), b"own"), (A + b"\x01" + bytes(32), b"one")]


def test_changes_show_at_once_and_the_base_stays() -> None:
    state = base()
    overlay = Overlay(state)
    overlay.put(A + b"\x01" + bytes(32), None)
    overlay.put(A + b"\x01" + b"\x01" * 32, b"three")
    assert list(overlay.records_under(A + b"\x01")) == [(A + b"\x01" + b"\x01" * 32, b"three")]
    assert overlay.record(A + b"\x01" + bytes(32)) is None
    assert state.record(A + b"\x01" + bytes(32)) == b"one"
    assert list(overlay.records_under(B)) == [(B + b"\x01" + bytes(32), b"two")]


def test_a_prefix_shorter_than_a_subject_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="at least one subject"):
        Overlay(base()).records_under(A[:31])


def test_an_entry_of_the_block_is_found_before_it_is_committed() -> None:
    overlay = Overlay(base())
    overlay.note_entry(ENTRY, 7)
    assert overlay.entry_index(ENTRY.entry_id) == 7
    assert overlay.leaf(7) == ENTRY.data


def test_a_touch_appends_index_and_leaf_to_the_subject_s_events() -> None:
    overlay = Overlay(base())
    frontier = overlay.touch("right/00", 258, b"h" * 32)
    expected = base().frontiers["right/00"].append(leaf_hash(b"\x00" * 6 + b"\x01\x02" + b"h" * 32))
    assert frontier == overlay.events_frontier("right/00") == expected
    assert overlay.changes().touched == (("right/00", 1, 258),)


def test_a_rollback_leaves_no_trace() -> None:
    overlay = Overlay(base())
    overlay.put(B + bytes(33), b"kept")
    overlay.touch("right/00", 1, bytes(32))
    before, savepoint = overlay.changes(), overlay.savepoint()
    overlay.put(A + b"\x00" + bytes(32), b"changed")
    overlay.put(A + b"\x00" + bytes(32), None)
    overlay.put(B + bytes(33), b"changed")
    overlay.touch("right/00", 2, bytes(32))
    overlay.touch("party/00", 2, bytes(32))
    overlay.note_entry(ENTRY, 2)
    overlay.rollback(savepoint)
    assert overlay.changes() == before
    assert overlay.record(A + b"\x00" + bytes(32)) == b"own"
    assert overlay.entry_index(ENTRY.entry_id) is None


def test_nothing_changed_is_no_changes() -> None:
    assert Overlay(base()).changes() == StateChanges.none()


KEYS = st.builds(lambda at, kind: bytes([at]) * 32 + bytes([kind]) + bytes(32), st.integers(0, 2), st.integers(0, 2))
STEPS = st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=2)) | st.just("save") | st.just("back"), max_size=40)


@given(STEPS)
def test_an_overlay_agrees_with_a_copy_of_everything(steps: list[Any]) -> None:
    overlay, model, saved = Overlay(MemoryState()), dict[bytes, bytes | None](), []
    for step in steps:
        if step == "save":
            saved.append((overlay.savepoint(), dict(model)))
        elif step == "back":
            if saved:
                savepoint, model = saved.pop()
                overlay.rollback(savepoint)
        else:
            overlay.put(*step)
            model[step[0]] = step[1]
    assert overlay.changes().records == model
    for at in range(3):
        under = {key: value for key, value in model.items() if key[0] == at and value is not None}
        assert list(overlay.records_under(bytes([at]) * 32)) == sorted(under.items())


def test_a_refused_entry_in_the_middle_of_a_block_leaves_no_trace() -> None:
    kit = RegisterKit()
    entry = kit.enrol_entry("alice")
    kit.record(entry)
    assert kit.refusal(entry).number == 104
    assert kit.refusal(kit.enrol_entry("alice")).number == 201
    assert kit.party(pid("alice")).events.count == 1
