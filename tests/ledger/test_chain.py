"""One block after another: what is built is what is checked, and nothing else passes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import load_vector
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger.block import BLOCK_BYTES_MAX, ENTRY_FRAME_BYTES, FRAME_BYTES, Block
from datadeed_ledger.chain import Executed, build, check, genesis_block
from datadeed_ledger.encoding import encode, jcs, sha256
from datadeed_ledger.entry import Body, Entry, key_proof_message
from datadeed_ledger.errors import Malformed, Refused
from datadeed_ledger.header import SLACK_MS_MAX
from datadeed_ledger.keys import SigningKey, verify
from datadeed_ledger.merkle import Frontier, leaf_hash, tree_root
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, VerifierKey
from datadeed_ledger.roster import Genesis, Member, Roster
from datadeed_ledger.rulebook import RuleBook
from datadeed_ledger.rules import RuleSet, shipped
from datadeed_ledger.state import StateChanges
from datadeed_ledger.statemap import Pair, StateMap, subject_key

ORIGIN = "ledger.example.cn/dataip"
FOUNDED_MS = 1_795_320_000_000
ROLES = {
    "court.example.cn": "court",
    "exchange.example.cn": "exchange",
    "ip-office.example.cn": "registrar",
    "notary.example.cn": "notary",
}
PARTY = b"party-pseudonym!"
SEAL = bytes(32)


def key(label: str) -> SigningKey:
    return SigningKey(sha256(label.encode()))


def member(name: str, role: str) -> Member:
    return Member(
        name=name,
        roles=(role,),
        api=f"https://{name}",
        peer=f"{name}:7000",
        title_en=name,
        title_zh=name,
        vote=key(f"vote {name}").public_key,
        office=key(f"office {name}").public_key,
        tls=sha256(name.encode()),
        cosign=VerifierKey(name, COSIGNATURE_TYPE, key(f"cosign {name}").public_key),
        log=VerifierKey(ORIGIN, LOG_TYPE, key(f"log {name}").public_key),
    )


ROSTER = Roster.of(1, [member(name, role) for name, role in ROLES.items()])
GENESIS = Genesis.of(ORIGIN, FOUNDED_MS, {}, {}, shipped("demo-fast"), ROSTER)
RULES = RuleSet.from_json(GENESIS.rules)
OFFICES = {member.member_id: key(f"office {member.name}") for member in ROSTER.members}
COURT, EXCHANGE, OFFICE, NOTARY = OFFICES


def check_signature(public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
    verify(public_key, message, signature)


class Memory:
    """A committed ledger in memory: the state that the next block stands on."""

    def __init__(self, genesis: Genesis = GENESIS, rules: RuleSet = RULES) -> None:
        self.records: dict[bytes, bytes] = {}
        self.leaves: list[bytes] = []
        self.indexes: dict[bytes, int] = {}
        self.frontiers: dict[str, Frontier] = {}
        self.events: dict[str, list[int]] = {}
        self.state_map = StateMap()
        self.roster = genesis.roster
        self.rules = rules
        self.commit(genesis_block(genesis, rules))

    def commit(self, executed: Executed) -> Executed:
        for key_of_record, record in executed.changes.records.items():
            if record is None:
                del self.records[key_of_record]
            else:
                self.records[key_of_record] = record
        self.leaves += [*executed.block.entries, executed.block.header_bytes]
        self.indexes.update(dict(executed.changes.entries))
        self.frontiers.update(executed.changes.frontiers)
        for subject, _, index in executed.changes.touched:
            self.events.setdefault(subject, []).append(index)
        self.state_map = executed.state_map or self.state_map
        self.roster = executed.next_roster or self.roster
        self.tip = executed.tip
        return executed

    def record(self, key: bytes) -> bytes | None:
        return self.records.get(key)

    def records_under(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        return [(key, record) for key, record in sorted(self.records.items()) if key.startswith(prefix)]

    def entry_index(self, entry_id: bytes) -> int | None:
        return self.indexes.get(entry_id)

    def leaf(self, index: int) -> bytes:
        return self.leaves[index]

    def events_frontier(self, subject: str) -> Frontier:
        return self.frontiers.get(subject, Frontier.EMPTY)

    def event_index(self, subject: str, position: int) -> int:
        return self.events[subject][position]

    def read_bucket(self, bucket: int) -> Sequence[Pair]:
        start = bucket.to_bytes(2, "big")
        return [(key, sha256(record)) for key, record in sorted(self.records.items()) if key.startswith(start)]

    def rules_at(self, time_ms: int) -> RuleSet:
        return RuleBook(self.rules).in_force(self, time_ms)

    def add(self, *entries: Entry) -> Executed:
        """Build a block of these entries one second later, and commit it."""
        built = build(self.tip, self, entries, self.tip.header.time_ms + 1000, 2000, check_signature)
        assert built.left_out == ()
        return self.commit(built.executed)


class NoState:
    """A ledger that must not be asked anything."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"an empty block read {name} of the state")


NO_STATE: Any = NoState()


def entry(kind: str, by: bytes, data: dict[str, Any], number: int, ledger: bytes = GENESIS.fingerprint) -> Entry:
    body = Body(ledger, kind, (by,), number.to_bytes(16, "big"), FOUNDED_MS + 86_400_000, data)
    return Entry.build(body, {by: OFFICES[by] if by in OFFICES else key("party")})


def deposit(number: int, by: bytes = PARTY, media_type: str = "text/plain") -> Entry:
    return entry(
        "deposit",
        by,
        {
            "digest": sha256(b"%d" % number),
            "algorithm": "sha-256",
            "scope": "full",
            "size_bytes": number,
            "media_type": media_type,
            "formed_at": None,
            "file_name": SEAL,
            "description": SEAL,
        },
        number,
    )


def enrol(number: int = 0, by: bytes = OFFICE) -> Entry:
    proof = key("party").sign(key_proof_message(GENESIS.fingerprint, PARTY, key("party").public_key))
    data = {
        "party": PARTY,
        "public_key": key("party").public_key,
        "key_proof": proof,
        "party_type": "enterprise",
        "name": SEAL,
        "credit_code": SEAL,
    }
    return entry("enrol", by, data, number)


@pytest.fixture
def ledger() -> Memory:
    """Genesis, and a block that enrols the party."""
    memory = Memory()
    memory.add(enrol())
    return memory


def built(ledger: Memory, *entries: Entry, later_ms: int = 1000) -> Executed:
    return build(ledger.tip, ledger, entries, ledger.tip.header.time_ms + later_ms, 2000, check_signature).executed


# --- founding --------------------------------------------------------------------------------------------------------


def test_the_genesis_block_holds_the_rules_record_and_nothing_else() -> None:
    founded = genesis_block(GENESIS, RULES)
    header = founded.block.header
    assert (header.height, header.time_ms, header.slack_ms, header.previous) == (0, FOUNDED_MS, 0, bytes(32))
    assert (header.first, header.entries, header.tree_size) == (0, 0, 0)
    assert header.tree_root == header.entries_digest == sha256(b"")
    assert (header.ledger, header.origin) == (GENESIS.fingerprint, ORIGIN)
    assert header.roster_digest == header.next_roster_digest == ROSTER.digest
    assert list(founded.changes.records) == [subject_key("rules")]
    assert founded.state_map is not None
    assert header.state_root == founded.state_map.root
    assert list(founded.state_map.dirty) == [int.from_bytes(subject_key("rules")[:2], "big")]
    assert founded.tip.frontier == Frontier.EMPTY.append(leaf_hash(founded.block.header_bytes))
    assert founded.tip.log_size == 1
    assert (founded.entries, founded.changes.entries, founded.changes.touched) == ((), (), ())


def test_a_ledger_does_not_start_under_other_rules_than_its_genesis_carries() -> None:
    with pytest.raises(AssertionError, match="rules that its genesis carries"):
        genesis_block(GENESIS, RuleSet.load("beijing-2023"))


def published_ledger(vectors: Path) -> Memory:
    """The foreign ledger. Its rules are abbreviated, so the shipped set stands in for them under their hash."""
    genesis = Genesis.parse((vectors / "packs" / "genesis.json").read_bytes())
    return Memory(genesis, replace(RuleSet.load("beijing-2023"), digest=sha256(jcs(genesis.rules))))


def published_blocks() -> list[Block]:
    blocks: list[Block] = []
    entries: list[bytes] = []
    for leaf in load_vector("packs/log.json"):
        data = bytes.fromhex(leaf["leaf"])
        if leaf["kind"] == "header":
            blocks.append(Block.parse(encode([data, entries])))
            entries = []
        else:
            entries.append(data)
    return blocks


def test_the_published_genesis_block_is_rebuilt(vectors: Path) -> None:
    assert published_ledger(vectors).leaves == [published_blocks()[0].header_bytes]


def test_the_published_ledger_replays_to_its_roots_and_records(vectors: Path) -> None:
    ledger = published_ledger(vectors)
    for block in published_blocks()[1:]:
        assert ledger.commit(check(ledger.tip, ledger, block, check_signature)).block == block
    assert [leaf.hex() for leaf in ledger.leaves] == [leaf["leaf"] for leaf in load_vector("packs/log.json")]
    state = {bytes.fromhex(row[2]): bytes.fromhex(row[3]) for row in load_vector("packs/state.json")}
    assert ledger.records == state


# --- building and checking -------------------------------------------------------------------------------------------


def test_a_block_passes_as_exactly_what_was_built(ledger: Memory) -> None:
    made = built(ledger, deposit(1), deposit(2))
    passed = check(ledger.tip, ledger, Block.parse(made.block.to_bytes()), check_signature)
    assert passed == made
    assert passed.entries == (deposit(1), deposit(2))
    first = ledger.tip.log_size
    assert passed.changes.entries == ((deposit(1).entry_id, first), (deposit(2).entry_id, first + 1))
    assert passed.leaf_hashes == (
        leaf_hash(deposit(1).data),
        leaf_hash(deposit(2).data),
        leaf_hash(made.block.header_bytes),
    )


def test_the_log_of_a_tip_ends_with_its_header(ledger: Memory) -> None:
    ledger.add(*(deposit(number) for number in range(1, 6)))
    ledger.add()
    hashes = [leaf_hash(leaf) for leaf in ledger.leaves]
    header = ledger.tip.header
    assert ledger.tip.frontier == Frontier.EMPTY.extend(hashes)
    assert (header.tree_size, header.tree_root) == (len(hashes) - 1, tree_root(hashes[:-1]))
    assert ledger.leaves[header.index] == ledger.tip.header_bytes
    assert ledger.tip.log_size == len(hashes)
    assert ledger.tip.digest == sha256(ledger.tip.header_bytes)
    assert ledger.tip.height == 3


def test_the_state_root_is_that_of_all_records(ledger: Memory) -> None:
    values = {key: sha256(record) for key, record in ledger.records.items()}
    assert len(values) == 3
    assert ledger.tip.header.state_root == StateMap().update(values, lambda _: ()).root


def test_courts_come_first_and_the_rest_stays_in_order(ledger: Memory) -> None:
    numbers = {1: PARTY, 2: COURT, 3: EXCHANGE, 4: COURT, 5: PARTY}
    made = built(ledger, *(deposit(number, by) for number, by in numbers.items()))
    assert [item.body.nonce[-1] for item in made.entries] == [2, 4, 1, 3, 5]
    swapped = [made.entries[at] for at in (0, 2, 1, 3, 4)]
    with pytest.raises(Malformed, match="by a court do not stand first"):
        check(ledger.tip, ledger, resealed(ledger, made, swapped), check_signature)


def test_what_a_rule_refuses_is_left_out_and_named_and_leaves_no_trace(ledger: Memory) -> None:
    other_ledger = entry("deposit", PARTY, dict(deposit(3).body.data), 3, ledger=bytes(32))
    candidates = [deposit(1), deposit(1), other_ledger, enrol(4), deposit(2)]
    result = build(ledger.tip, ledger, candidates, ledger.tip.header.time_ms + 1, 0, check_signature)
    alone = build(ledger.tip, ledger, [deposit(1), deposit(2)], ledger.tip.header.time_ms + 1, 0, check_signature)
    assert result.executed == alone.executed
    assert alone.left_out == ()
    assert [item for item, _ in result.left_out] == [deposit(1), other_ledger, enrol(4)]
    assert [type(reason) for _, reason in result.left_out] == [Refused] * 3
    check(ledger.tip, ledger, result.executed.block, check_signature)


def test_a_block_of_which_all_is_refused_is_empty(ledger: Memory) -> None:
    result = build(ledger.tip, ledger, [enrol(9)], ledger.tip.header.time_ms + 1000, 2000, check_signature)
    assert (
        result.executed
        == build(ledger.tip, NO_STATE, [], ledger.tip.header.time_ms + 1000, 2000, check_signature).executed
    )
    assert len(result.left_out) == 1


def test_a_refused_entry_leaves_the_next_one_its_index(ledger: Memory) -> None:
    result = build(ledger.tip, ledger, [enrol(9), deposit(1)], ledger.tip.header.time_ms + 1000, 2000, check_signature)
    assert result.executed.changes.entries == ((deposit(1).entry_id, ledger.tip.log_size),)


def test_one_entry_may_stand_on_another_of_the_same_block() -> None:
    ledger = Memory()
    made = built(ledger, enrol(), deposit(1))
    assert made.entries == (enrol(), deposit(1))
    assert check(ledger.tip, ledger, made.block, check_signature) == made
    with pytest.raises(Malformed, match=r"entry 0, [0-9a-f]{64}: rule "):
        check(ledger.tip, ledger, resealed(ledger, made, [deposit(1), enrol()]), check_signature)


def test_a_block_stops_at_the_first_entry_that_finds_no_room(ledger: Memory) -> None:
    candidates = [deposit(1), deposit(2), deposit(3, media_type="a/" + "b" * 90), deposit(4)]
    room = FRAME_BYTES + sum(len(item.data) + ENTRY_FRAME_BYTES for item in (deposit(1), deposit(2), deposit(4)))
    time_ms = ledger.tip.header.time_ms + 1
    result = build(ledger.tip, ledger, candidates, time_ms, 0, check_signature, bytes_max=room)
    assert result.executed.entries == (deposit(1), deposit(2))
    assert result.left_out == ()
    refused_first = [enrol(9), *candidates]
    result = build(ledger.tip, ledger, refused_first, time_ms, 0, check_signature, bytes_max=room)
    assert result.executed.entries == (deposit(1), deposit(2))
    result = build(ledger.tip, ledger, candidates, time_ms, 0, check_signature, bytes_max=0)
    assert result.executed.entries == ()


def test_a_full_block_fits_the_wire(ledger: Memory) -> None:
    candidates = [deposit(number) for number in range(1, 1 + BLOCK_BYTES_MAX // len(deposit(70_000).data))]

    def trusting(public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
        """Signatures are not what this test is about."""

    time_ms = ledger.tip.header.time_ms + 1
    made = build(ledger.tip, ledger, candidates, time_ms, 0, trusting).executed
    assert 1000 < len(made.entries) < len(candidates)
    data = made.block.to_bytes()
    assert BLOCK_BYTES_MAX - FRAME_BYTES - 400 < len(data) <= BLOCK_BYTES_MAX
    known = {item.data: item for item in candidates}
    passed = check(ledger.tip, ledger, Block.parse(data), trusting, known.__getitem__)
    assert passed == made
    assert all(item is known[item.data] for item in passed.entries)


# --- empty blocks ----------------------------------------------------------------------------------------------------


def test_an_empty_block_never_reads_the_state(ledger: Memory) -> None:
    made = build(ledger.tip, NO_STATE, [], ledger.tip.header.time_ms + 1, 0, check_signature).executed
    assert check(ledger.tip, NO_STATE, made.block, check_signature) == made
    assert made.state_map is None
    assert made.changes == StateChanges.none()
    assert made.block.header.state_root == ledger.tip.header.state_root
    assert made.tip.log_size == ledger.tip.log_size + 1


def test_an_empty_block_may_extend_a_parent_that_is_not_committed(ledger: Memory) -> None:
    parent = built(ledger, deposit(1))
    child = build(parent.tip, NO_STATE, [], parent.tip.header.time_ms + 1, 0, check_signature).executed
    grandchild = build(child.tip, NO_STATE, [], child.tip.header.time_ms + 1, 0, check_signature).executed
    for executed in (parent, child, grandchild):
        assert ledger.commit(check(ledger.tip, ledger, executed.block, check_signature)) == executed


# --- what is refused -------------------------------------------------------------------------------------------------


def test_a_block_needs_a_time_after_its_parent_s(ledger: Memory) -> None:
    for later_ms in (0, -1):
        time_ms = ledger.tip.header.time_ms + later_ms
        with pytest.raises(AssertionError):
            build(ledger.tip, ledger, [], time_ms, 0, check_signature)
        made = built(ledger)
        header = replace(made.block.header, time_ms=time_ms)
        with pytest.raises(Malformed, match="not later than its parent"):
            check(ledger.tip, NO_STATE, Block.of(header, [], []), check_signature)


CHANGES = {
    "ledger": bytes(32),
    "origin": "ledger.example.cn/other",
    "height": 3,
    "previous": bytes(32),
    "tree_root": bytes(32),
    "state_root": bytes(32),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("numbers", [(), (1, 2)], ids=["empty", "two entries"])
def test_a_header_with_another_line_is_refused_by_name(ledger: Memory, name: str, numbers: tuple[int, ...]) -> None:
    made = built(ledger, *(deposit(number) for number in numbers))
    with pytest.raises(Malformed, match=f"another {name} than follows"):
        check(ledger.tip, ledger, resealed(ledger, made, made.entries, **{name: CHANGES[name]}), check_signature)


@pytest.mark.parametrize("numbers", [(), (1,)], ids=["empty", "one entry"])
@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"first": 4, "tree_size": 4}, "first"),
        ({"roster_version": 2, "next_roster_version": 2}, "roster_version"),
        ({"roster_digest": bytes(32), "next_roster_digest": bytes(32)}, "roster_digest"),
        ({"next_roster_version": 2, "next_roster_digest": bytes(32)}, "next_roster_version"),
    ],
)
def test_a_header_with_other_lines_is_refused_by_name(
    ledger: Memory, numbers: tuple[int, ...], changes: dict[str, Any], name: str
) -> None:
    made = built(ledger, *(deposit(number) for number in numbers))
    if "first" in changes:
        changes = {"first": 4, "tree_size": 4 + len(numbers)}
    with pytest.raises(Malformed, match=f"another {name} than follows"):
        check(ledger.tip, ledger, resealed(ledger, made, made.entries, **changes), check_signature)


def test_time_and_slack_are_the_proposer_s_to_say(ledger: Memory) -> None:
    made = built(ledger, deposit(1))
    changed = resealed(ledger, made, made.entries, slack_ms=SLACK_MS_MAX, time_ms=made.block.header.time_ms + 5)
    assert check(ledger.tip, ledger, changed, check_signature).block == changed


def test_a_block_of_another_parent_is_refused(ledger: Memory) -> None:
    made = built(ledger, deposit(1), later_ms=60_000)
    sibling = ledger.add(deposit(2))
    with pytest.raises(Malformed, match="another height"):
        check(sibling.tip, ledger, made.block, check_signature)
    with pytest.raises(Malformed, match="not later"):
        check(made.tip, ledger, sibling.block, check_signature)


def test_a_block_with_an_entry_that_a_rule_refuses_is_invalid(ledger: Memory) -> None:
    made = built(ledger, deposit(1))
    forged = replace(deposit(2), data=deposit(2).data[:-1] + bytes([deposit(2).data[-1] ^ 1]))
    for wrong in (enrol(9), deposit(1), forged):
        block = resealed(ledger, made, [deposit(1), wrong])
        with pytest.raises(Malformed, match=r"^the block's entry 1, [0-9a-f]{64}: rule [0-9]+: ") as caught:
            check(ledger.tip, ledger, block, check_signature)
        assert isinstance(caught.value.__cause__, Refused)


def test_a_block_with_an_entry_that_does_not_parse_is_invalid(ledger: Memory) -> None:
    made = built(ledger, deposit(1))
    broken = replace(deposit(2), data=deposit(2).data[:-1])
    header_as_entry = replace(deposit(2), data=made.block.header_bytes)
    for wrong in (broken, header_as_entry):
        with pytest.raises(Malformed, match=r"^the block's entry 1: "):
            check(ledger.tip, ledger, resealed(ledger, made, [deposit(1), wrong]), check_signature)


def test_entries_stand_only_on_the_state_that_the_parent_names(ledger: Memory) -> None:
    parent = built(Memory(), enrol())
    with pytest.raises(AssertionError, match="state that their parent names"):
        build(parent.tip, Memory(), [deposit(1)], parent.tip.header.time_ms + 1, 0, check_signature)
    ledger.roster = Roster.of(2, ROSTER.members)
    with pytest.raises(AssertionError, match="roster that it names"):
        built(ledger, deposit(1))


def resealed(on: Memory, made: Executed, entries: Sequence[Entry], /, **changes: Any) -> Block:
    """The block with these entries under a header that covers them, and with these lines changed."""
    hashes = [leaf_hash(item.data) for item in entries]
    tree = on.tip.frontier.extend(hashes)
    lines: dict[str, Any] = {
        "entries": len(entries),
        "entries_digest": sha256(b"".join(hashes)),
        "tree_size": tree.size,
        "tree_root": tree.root,
        **changes,
    }
    return Block.of(replace(made.block.header, **lines), [item.data for item in entries], hashes)


# --- many blocks -----------------------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.integers(1, 30), max_size=6), max_size=8))
def test_any_run_of_blocks_replays_to_the_same_ledger(blocks: list[list[int]]) -> None:
    leader, follower = Memory(), Memory()
    leader.add(enrol())
    follower.commit(check(follower.tip, follower, leader_block(leader, 1), check_signature))
    for numbers in blocks:
        candidates = [deposit(number, COURT if number % 7 == 0 else PARTY) for number in numbers]
        time_ms = leader.tip.header.time_ms + 1
        result = build(leader.tip, leader, candidates, time_ms, 0, check_signature)
        assert len(result.executed.entries) + len(result.left_out) == len(numbers)
        leader.commit(result.executed)
        follower.commit(check(follower.tip, follower, Block.parse(result.executed.block.to_bytes()), check_signature))
    assert vars(leader) == vars(follower)
    recorded = [Entry.parse(leaf).entry_id for leaf in leader.leaves if leaf[:1] == b"\x92"]
    assert len(recorded) == len(set(recorded))
    assert leader.indexes == {
        sha256(Entry.parse(leaf).body_bytes): at for at, leaf in enumerate(leader.leaves) if leaf[:1] == b"\x92"
    }


def leader_block(ledger: Memory, height: int) -> Block:
    """A committed block, as it is served."""
    headers = [at for at, leaf in enumerate(ledger.leaves) if leaf[:1] == b"d"]
    entries = ledger.leaves[headers[height - 1] + 1 : headers[height]]
    return Block.parse(encode([ledger.leaves[headers[height]], entries]))
