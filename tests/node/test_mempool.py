"""The mempool: what comes in, what is refused and how, what leaves; each signature verified once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from institutions import Institutions
from succession import Succession

from datadeed_ledger import chain
from datadeed_ledger.encoding import encode
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Busy, DatadeedError, Malformed, Refused
from datadeed_node.clock import Clock
from datadeed_node.mempool import Limits, Mempool
from datadeed_node.metrics import Metrics
from datadeed_node.signatures import Signatures
from datadeed_node.store import Store


class Bench:
    """A mempool over a real store in which party 1 is enrolled."""

    def __init__(self, folder: Path, entries_max: int = 1000, bytes_max: int = 1 << 20) -> None:
        self.four = Institutions(folder)
        self.store = Store.open(folder / "data", self.four.genesis)
        self.metrics = Metrics()
        self.signatures = Signatures(self.metrics)
        self.levels: list[bool] = []
        self.dropped: list[tuple[bytes, DatadeedError]] = []
        self.pool = Mempool(
            self.store,
            self.signatures,
            self.metrics,
            Clock(),
            Limits(entries_max, bytes_max),
            changed=self.levels.append,
            dropped=lambda entry_id, error: self.dropped.append((entry_id, error)),
        )
        self.pool.admit(self.four.enrol(1).data, "api")
        self.commit()

    def commit(self, time_ms: int = 0, count: int = 1000) -> chain.Built:
        tip = self.store.tip
        time_ms = max(time_ms, tip.header.time_ms + 1)
        candidates = self.pool.candidates(count, 1 << 20)
        built = chain.build(tip, self.store, candidates, time_ms, 2000, self.signatures.check)
        self.pool.left_out(built.left_out)
        self.store.prepare(built.executed, tip.height + 1, b"x").write()
        self.store.adopt(built.executed)
        self.pool.committed(built.executed)
        return built

    @property
    def checks(self) -> float:
        value = self.metrics.registry.get_sample_value("datadeed_signature_checks_total")
        assert value is not None
        return value


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_an_entry_comes_in_once_and_leaves_when_it_is_recorded(bench: Bench) -> None:
    entry = bench.four.deposit(1, party=1)
    assert bench.pool.admit(entry.data, "api") == (entry, True)
    assert bench.pool.admit(entry.data, "gossip") == (entry, False)
    assert bench.pool.get(entry.entry_id) == entry
    bench.commit()
    assert len(bench.pool) == bench.pool.waiting_bytes == 0
    assert bench.pool.admit(entry.data, "api") == (entry, False)
    assert len(bench.pool) == 0
    assert bench.levels[-1] is False


def test_work_is_a_level_that_rises_with_the_first_and_falls_with_the_last(bench: Bench) -> None:
    bench.levels.clear()
    for number in range(3):
        bench.pool.admit(bench.four.deposit(number, party=1).data, "api")
    assert bench.levels == [True]
    bench.commit(count=2)
    assert bench.levels[-1] is True
    bench.commit(count=2)
    assert bench.levels[-1] is False


def test_each_signature_is_verified_once_from_the_door_to_the_block(bench: Bench) -> None:
    before = bench.checks
    entries = [bench.four.deposit(number, party=1) for number in range(50)]
    for entry in entries:
        bench.pool.admit(entry.data, "api")
        bench.pool.admit(entry.data, "gossip")
    built = bench.commit()
    assert len(built.executed.entries) == 50
    assert bench.checks == before + 50


def test_what_a_proposal_brings_first_is_parsed_and_verified_once(bench: Bench) -> None:
    entry = bench.four.deposit(1, party=1)
    before = bench.checks
    assert not bench.pool.knows(entry.data)
    bench.pool.learn(entry.data)
    assert bench.pool.parse(entry.data) is bench.pool.parse(entry.data)
    bench.pool.validate(entry)
    assert bench.checks == before + 1
    bench.pool.learn(b"no entry")
    assert len(bench.pool) == 0


def test_gossip_that_comes_after_its_block_is_known_by_its_hash(bench: Bench) -> None:
    entry = bench.four.deposit(1, party=1)
    assert not bench.pool.was_recorded(entry.data)
    bench.pool.admit(entry.data, "api")
    assert not bench.pool.was_recorded(entry.data)
    bench.commit()
    assert bench.pool.was_recorded(entry.data)


def test_a_remembered_signature_is_bound_to_every_byte_of_it(bench: Bench) -> None:
    entry = bench.four.deposit(1, party=1)
    bench.pool.admit(entry.data, "api")
    for at in (0, 31, 32, 63):
        wrong = bytearray(entry.signatures[0])
        wrong[at] ^= 1
        bad = Entry.parse(encode([entry.body_bytes, [bytes(wrong)]]))
        with pytest.raises(Refused) as error:
            bench.pool.validate(bad)
        assert error.value.number == 108


@pytest.mark.parametrize("cut", [0, 1, 10, -1])
def test_bytes_that_are_no_entry_are_malformed(bench: Bench, cut: int) -> None:
    data = bench.four.deposit(1, party=1).data[:cut]
    with pytest.raises(Malformed):
        bench.pool.admit(data, "api")
    with pytest.raises(Malformed):
        bench.pool.admit(bench.four.deposit(1, party=1).data + b"\x00", "api")


def test_what_the_rules_refuse_is_refused_at_the_door_with_its_number(bench: Bench) -> None:
    now_ms = time.time_ns() // 1_000_000
    other = Institutions(bench.four.folder / "other")
    for entry, number in (
        (other.deposit(1, party=1), 101),
        (bench.four.deposit(1, party=1, expires_ms=now_ms - 1000), 102),
        (bench.four.deposit(1, party=1, expires_ms=now_ms + 40 * 86_400_000), 103),
        (bench.four.deposit(1, party=2), 105),
    ):
        with pytest.raises(Refused) as error:
            bench.pool.admit(entry.data, "api")
        assert error.value.number == number
    assert len(bench.pool) == 0


def test_a_dependent_entry_is_refused_until_what_it_needs_is_recorded(bench: Bench) -> None:
    bench.pool.admit(bench.four.enrol(2).data, "api")
    deposit = bench.four.deposit(1, party=2)
    with pytest.raises(Refused):
        bench.pool.admit(deposit.data, "api")
    bench.commit()
    assert bench.pool.admit(deposit.data, "api") == (deposit, True)


def test_a_full_pool_is_busy_before_it_verifies_anything_and_takes_all_on_retry(tmp_path: Path) -> None:
    bench = Bench(tmp_path, entries_max=10)
    entries = [bench.four.deposit(number, party=1) for number in range(35)]
    left, rounds = [entry.data for entry in entries], 0
    while left:
        before, taken = bench.checks, []
        for data in left:
            try:
                bench.pool.admit(data, "api")
                taken.append(data)
            except Busy:
                continue
        assert len(taken) == min(10, len(left))
        assert bench.checks == before + len(taken)
        bench.commit()
        left = [data for data in left if data not in taken]
        rounds += 1
    assert rounds == 4
    assert all(bench.store.entry_index(entry.entry_id) is not None for entry in entries)


def test_the_pool_is_bounded_in_bytes_too(tmp_path: Path) -> None:
    first = Institutions(tmp_path / "measure").deposit(1, party=1).data
    bench = Bench(tmp_path / "bench", bytes_max=5 * len(first) + 1)
    for number in range(5):
        bench.pool.admit(bench.four.deposit(number, party=1).data, "api")
    with pytest.raises(Busy):
        bench.pool.admit(bench.four.deposit(5, party=1).data, "api")


def test_what_can_pass_no_more_leaves_when_a_block_is_built_and_says_why(bench: Bench) -> None:
    first, second = (
        bench.four.enrol(7),
        bench.four.entry(
            "enrol",
            {office.member_id: key for office, key in [bench.four.office("registrar")]},
            dict(bench.four.enrol(7).body.data),
            77,
        ),
    )
    bench.pool.admit(first.data, "api")
    bench.pool.admit(second.data, "api")
    built = bench.commit()
    assert [entry.entry_id for entry in built.executed.entries] == [first.entry_id]
    ((dropped, error),) = bench.dropped
    assert dropped == second.entry_id
    assert isinstance(error, Refused)
    assert bench.pool.reason_dropped(second.entry_id) is error
    assert len(bench.pool) == 0


def test_what_has_expired_leaves_when_a_later_block_is_committed(bench: Bench) -> None:
    now_ms = time.time_ns() // 1_000_000
    entry = bench.four.deposit(1, party=1, expires_ms=now_ms + 60_000)
    bench.pool.admit(entry.data, "api")
    bench.commit(time_ms=now_ms + 60_000, count=0)
    assert len(bench.pool) == 1
    bench.commit(time_ms=now_ms + 60_001, count=0)
    assert len(bench.pool) == 0
    ((dropped, error),) = bench.dropped
    assert dropped == entry.entry_id
    assert isinstance(error, Refused)
    assert error.number == 102


def test_candidates_are_the_oldest_within_both_limits(bench: Bench) -> None:
    entries = [bench.four.deposit(number, party=1) for number in range(10)]
    for entry in entries:
        bench.pool.admit(entry.data, "api")
    assert bench.pool.candidates(3, 1 << 20) == entries[:3]
    assert bench.pool.candidates(100, 4 * len(entries[0].data) + 5) == entries[:4]


def test_a_change_of_the_roster_waits_like_any_other_entry_and_is_taken_first(bench: Bench) -> None:
    succession = Succession(bench.four)
    waiting = bench.four.deposit(1, party=1)
    changing = succession.change(succession.rekeyed(1, "vote"))
    for entry in (waiting, changing):
        bench.pool.admit(entry.data, "gossip")
    assert bench.commit().executed.entries == (changing,)
    assert bench.store.roster == succession.roster
    assert bench.commit().executed.entries == (waiting,)


def test_what_waits_is_judged_again_under_the_roster_that_follows(bench: Bench) -> None:
    """What was signed under an office key that is replaced can never pass; a party's deposit still can."""
    succession, rival = Succession(bench.four), Succession(bench.four)
    changing, late = succession.change(succession.rekeyed(0, "office")), rival.change(rival.rekeyed(1, "log"))
    by_office, by_party = bench.four.deposit(1), bench.four.deposit(2, party=1)
    for entry in (changing, late, by_office, by_party):
        bench.pool.admit(entry.data, "api")
    assert bench.commit().executed.entries == (changing,)
    assert bench.pool.ids() == [late.entry_id, by_office.entry_id, by_party.entry_id]
    for entry_id in (*bench.pool.ids(), changing.entry_id):
        bench.pool.judge_again(entry_id)
    assert bench.pool.ids() == [by_party.entry_id]
    assert {entry_id: error.number for entry_id, error in bench.dropped if isinstance(error, Refused)} == {
        late.entry_id: 108,
        by_office.entry_id: 108,
    }
    assert bench.levels[-1] is True
