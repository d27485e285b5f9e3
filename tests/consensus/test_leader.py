"""Leaders, quorums and the epoch's name. Spec: consensus.md section 2.1."""

from __future__ import annotations

import hashlib
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from one_core import EPOCH_ID, Peers, keys

from datadeed_consensus.core import epoch_id
from datadeed_consensus.leader import leader_order
from datadeed_ledger.roster import faults_max, quorum


@given(st.integers(4, 31), st.integers(1, 2**40))
def test_in_any_n_views_in_a_row_everybody_leads_once(size: int, first: int) -> None:
    members = Peers(size).members
    assert Counter(members.leader(view) for view in range(first, first + size)) == dict.fromkeys(range(size), 1)


@given(st.integers(4, 31), st.integers(1, 2**40))
def test_f_plus_one_leaders_in_a_row_include_an_honest_one(size: int, first: int) -> None:
    members = Peers(size).members
    assert len({members.leader(view) for view in range(first, first + members.faults + 1)}) > members.faults


def test_the_order_is_by_the_hash_of_epoch_and_key() -> None:
    public = keys(7)
    expected = sorted(range(7), key=lambda index: hashlib.sha256(EPOCH_ID + public[index]).digest())
    assert leader_order(EPOCH_ID, public) == tuple(expected)
    assert leader_order(b"\x07" * 32, public) != tuple(expected)


def test_two_quorums_share_an_honest_member_at_every_size() -> None:
    for size in range(1, 101):
        faults, needed = faults_max(size), quorum(size)
        assert 3 * faults < size <= 3 * faults + 3
        assert needed == size - faults
        assert 2 * needed - size >= faults + 1, "their intersection is more than the faulty"
        assert needed <= size - faults, "the honest alone are a quorum"


def test_the_epoch_id_binds_ledger_epoch_roster_and_timing() -> None:
    said = (b"\x01" * 32, 7, b"\x02" * 32, b"\x03" * 32)
    fields = said[0] + (7).to_bytes(8, "big") + said[2] + said[3]
    assert epoch_id(*said) == hashlib.sha256(b"datadeed/epoch/v1\n" + fields).digest()
    others = [
        (b"\x09" * 32, 7, said[2], said[3]),
        (said[0], 8, said[2], said[3]),
        (said[0], 7, b"\x09" * 32, said[3]),
        (said[0], 7, said[2], b"\x09" * 32),
    ]
    assert len({epoch_id(*each) for each in (said, *others)}) == 5
