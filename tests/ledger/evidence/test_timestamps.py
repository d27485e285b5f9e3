"""Time-stamps of checkpoints in packs: what a real authority signs is accepted, what is not over this ledger refused.

The authority is `openssl ts` itself. What needs X.509 is tested in tests/client/test_timestamps.py; here the check of
the authority is a function that says yes, or no.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from evidencekit import ALICE, FINGERPRINT, ORIGIN, Ledger, Pen, checkpoint_note
from hypothesis import given
from hypothesis import strategies as st
from stamped_packs import stamped_packs
from timestamp_authority import Authority

from datadeed_ledger.checkpoint import Checkpoint
from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence import NotProven, Outcome, Stamp, Unreadable, entry_pack, title_pack, verify_pack
from datadeed_ledger.evidence.consistency import ConsistencyProof
from datadeed_ledger.evidence.container import read_container, write_container
from datadeed_ledger.merkle import consistency_path
from datadeed_ledger.notes import Note
from datadeed_ledger.timestamp_token import TimestampToken, timestamp_request, with_sorted_certificates

YEAR_MS = 365 * 86_400_000


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.found(tmp_path_factory.mktemp("authority") / "own")


class Stamped:
    """A ledger whose entries came in three blocks, its checkpoint after the second stamped."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.ledger = Ledger()
        self.pen = Pen(self.ledger)
        self.ledger.add(self.pen.enrol(ALICE, "alice"))
        self.deposit = self.record(b"one")
        self.keep(self.ledger.checkpoint)
        self.later = self.record(b"two")

    def record(self, file: bytes) -> Entry:
        entry = self.pen.deposit(ALICE, file)
        self.ledger.add(entry)
        return entry

    def keep(self, note: bytes) -> Stamp:
        body = Note.parse(note).body
        stamp = Stamp(Checkpoint.parse(body).size, note, self.authority.stamp(body))
        self.ledger.stamps.append(stamp)
        return stamp

    @property
    def size(self) -> int:
        return self.ledger.stamps[0].size

    def pack(self) -> bytes:
        return entry_pack(self.ledger, self.deposit.entry_id)


@pytest.fixture(scope="module")
def stamped(authority: Authority) -> Stamped:
    return Stamped(authority)


@pytest.fixture(scope="module")
def parts(stamped: Stamped) -> dict[str, bytes]:
    return dict(read_container(stamped.pack()))


def named(stamped: Stamped, suffix: str) -> str:
    return f"timestamps/{stamped.size}.{suffix}"


def refused(parts: dict[str, bytes]) -> NotProven:
    with pytest.raises(NotProven) as failure:
        verify_pack(write_container(parts.items()), FINGERPRINT)
    assert failure.value.step == "timestamps"
    assert failure.value.steps[-1].number == 18
    return failure.value


# --- what holds ------------------------------------------------------------------------------------------------------


def test_a_pack_brings_the_oldest_time_stamp_that_covers_its_entry(stamped: Stamped, parts: dict[str, bytes]) -> None:
    later = Stamped(stamped.authority)
    later.keep(later.ledger.checkpoint)
    assert [name for name in parts if name.startswith("timestamps/")] == [
        named(stamped, suffix) for suffix in ("checkpoint", "tsr", "consistency.txt")
    ]
    assert set(parts) & {named(later, "tsr")}
    (facts,) = verify_pack(later.pack(), FINGERPRINT).timestamps
    assert (facts.size, facts.covers) == (later.size, (later.ledger.indexes[later.deposit.entry_id],))


def test_what_is_stamped_is_the_checkpoints_three_lines(stamped: Stamped, parts: dict[str, bytes]) -> None:
    body = b"".join(parts[named(stamped, "checkpoint")].splitlines(keepends=True)[:3])
    token = TimestampToken.parse(parts[named(stamped, "tsr")])
    assert token.imprint == sha256(body)
    assert (token.accuracy_ms, token.nonce) == (1000, 2**63 + 12345)
    assert stamped.authority.accepts(body, parts[named(stamped, "tsr")])
    assert not stamped.authority.accepts(parts[named(stamped, "checkpoint")], parts[named(stamped, "tsr")])


def test_without_an_authority_that_is_trusted_no_token_passes(stamped: Stamped) -> None:
    report = verify_pack(stamped.pack(), FINGERPRINT)
    step = report.steps[-1]
    assert (report.outcome, step.name, step.ok) == (Outcome.PASSED, "timestamps", None)
    assert "authority's signature not checked" in step.en
    assert "签名未核验" in step.zh
    (facts,) = report.timestamps
    assert facts.authority is None


def test_with_one_the_step_holds_and_names_it(stamped: Stamped) -> None:
    seen: list[tuple[bytes, bytes]] = []

    def check(response: bytes, body: bytes) -> str:
        seen.append((response, body))
        return "CN=Trusted"

    report = verify_pack(stamped.pack(), FINGERPRINT, check_authority=check)
    stamp = stamped.ledger.stamps[0]
    assert seen == [(stamp.response, Note.parse(stamp.note).body)]
    assert (report.steps[-1].ok, report.timestamps[0].authority) == (True, "CN=Trusted")
    assert "CN=Trusted" in report.steps[-1].zh


def test_an_authority_that_is_not_trusted_decides_nothing(stamped: Stamped) -> None:
    def check(response: bytes, body: bytes) -> str:
        raise Unproven("timestamps", "self-signed")

    with pytest.raises(NotProven, match=r"\.tsr: no authority that you trust signed it: self-signed") as failure:
        verify_pack(stamped.pack(), FINGERPRINT, check_authority=check)
    assert failure.value.outcome is Outcome.CANNOT_DECIDE


def test_no_pack_has_a_time_stamp_over_more_than_its_checkpoint_or_less_than_its_entry(stamped: Stamped) -> None:
    assert verify_pack(entry_pack(stamped.ledger, stamped.later.entry_id), FINGERPRINT).timestamps == ()
    early = Stamped(stamped.authority)
    behind, stamp = Ledger(), early.ledger.stamps[0]
    behind.stamps.append(replace(stamp, size=10_000))
    entry = Pen(behind).enrol(ALICE, "alice")
    behind.add(entry)
    report = verify_pack(entry_pack(behind, entry.entry_id), FINGERPRINT)
    assert (report.timestamps, report.steps[-1].ok) == ((), None)
    assert "no time-stamp token" in report.steps[-1].en


def test_a_title_pack_brings_one_for_its_first_and_one_for_its_last_entry(authority: Authority) -> None:
    told = Stamped(authority)
    right = told.pen.apply(ALICE, [(told.deposit, None)])
    told.ledger.add(right)
    told.keep(told.ledger.checkpoint)
    told.record(b"three")
    told.keep(told.ledger.checkpoint)
    sizes = [facts.size for facts in verify_pack(title_pack(told.ledger, right.entry_id), FINGERPRINT).timestamps]
    assert sizes == [told.ledger.stamps[1].size]
    told.ledger.stamps.pop(1)
    sizes = [facts.size for facts in verify_pack(title_pack(told.ledger, right.entry_id), FINGERPRINT).timestamps]
    assert sizes == [told.ledger.stamps[1].size]


# --- what does not ---------------------------------------------------------------------------------------------------


def test_a_token_over_another_checkpoint_is_refused(stamped: Stamped, parts: dict[str, bytes]) -> None:
    other = stamped.authority.stamp(Note.parse(stamped.ledger.checkpoint).body)
    error = refused(parts | {named(stamped, "tsr"): other})
    assert (error.outcome, "over something else than this checkpoint" in error.reason) == (Outcome.INCONSISTENT, True)


def test_a_checkpoint_of_another_ledger_is_refused(stamped: Stamped, parts: dict[str, bytes]) -> None:
    foreign = parts[named(stamped, "checkpoint")].replace(ORIGIN.encode(), b"ledger.example.cn/another!")
    body = Note.parse(foreign).body
    error = refused(
        parts | {named(stamped, "checkpoint"): foreign, named(stamped, "tsr"): stamped.authority.stamp(body)}
    )
    assert "the checkpoint is of another log" in error.reason


def test_a_checkpoint_that_no_quorum_signed_is_refused(stamped: Stamped, parts: dict[str, bytes]) -> None:
    checkpoint = Checkpoint.parse(Note.parse(parts[named(stamped, "checkpoint")]).body)
    note = checkpoint_note(checkpoint.size, checkpoint.root, 1_795_320_000, signers=["court.cn"])
    error = refused(parts | {named(stamped, "checkpoint"): note})
    assert "1 members cosigned" in error.reason


def test_a_proven_checkpoint_of_another_history_is_refused(stamped: Stamped, parts: dict[str, bytes]) -> None:
    forked = checkpoint_note(stamped.size, sha256(b"another history"), 1_795_320_000)
    token = stamped.authority.stamp(Note.parse(forked).body)
    error = refused(parts | {named(stamped, "checkpoint"): forked, named(stamped, "tsr"): token})
    assert (error.outcome, "consistency.txt" in error.reason) == (Outcome.INCONSISTENT, True)


def test_a_token_under_another_size_is_refused(stamped: Stamped, parts: dict[str, bytes]) -> None:
    moved = {
        name.replace(f"timestamps/{stamped.size}.", f"timestamps/{stamped.size - 1}."): data
        for name, data in parts.items()
    }
    assert f"{stamped.size} leaves, not {stamped.size - 1}" in refused(moved).reason


def test_a_token_older_than_its_checkpoint_is_refused(stamped: Stamped, parts: dict[str, bytes]) -> None:
    checkpoint = Checkpoint.parse(Note.parse(parts[named(stamped, "checkpoint")]).body)
    token_ms = TimestampToken.parse(parts[named(stamped, "tsr")]).time_ms
    ahead = checkpoint_note(checkpoint.size, checkpoint.root, (token_ms + YEAR_MS) // 1000)
    assert "before the checkpoint was signed" in refused(parts | {named(stamped, "checkpoint"): ahead}).reason
    within = checkpoint_note(checkpoint.size, checkpoint.root, token_ms // 1000 + 55)
    assert verify_pack(
        write_container((parts | {named(stamped, "checkpoint"): within}).items()), FINGERPRINT
    ).timestamps


@pytest.mark.parametrize("at", [0, -1])
def test_a_consistency_proof_that_leads_elsewhere_is_refused(
    stamped: Stamped, parts: dict[str, bytes], at: int
) -> None:
    proof = ConsistencyProof.parse(parts[named(stamped, "consistency.txt")])
    path = list(proof.path)
    path[at] = sha256(path[at])
    refused(parts | {named(stamped, "consistency.txt"): replace(proof, path=tuple(path)).to_text()})
    for sizes in ((proof.old - 1, proof.new), (proof.old, proof.new + 1)):
        text = ConsistencyProof(*sizes, proof.path).to_text()
        assert "between other sizes" in refused(parts | {named(stamped, "consistency.txt"): text}).reason


def test_a_response_that_grants_nothing_cannot_be_decided(stamped: Stamped, parts: dict[str, bytes]) -> None:
    rejected = stamped.authority.answer(timestamp_request(b"x", 7)[:-3])  # cut: the authority rejects it
    with pytest.raises(Unreadable, match="granted no time-stamp"):
        verify_pack(write_container((parts | {named(stamped, "tsr"): rejected}).items()), FINGERPRINT)


PACKS = {name: (pack, ask) for name, pack, ask in stamped_packs()}


@pytest.mark.parametrize("name", PACKS)
def test_of_the_packs_made_by_hand_exactly_the_good_ones_pass(name: str) -> None:
    pack, ask = PACKS[name]
    if "/good" in name:
        assert verify_pack(pack, FINGERPRINT, ask=ask).timestamps
        return
    with pytest.raises((NotProven, Unreadable)) as failure:
        verify_pack(pack, FINGERPRINT, ask=ask)
    at_once = ("/removed", "/seventeen", "another spelling")
    assert failure.value.step == ("container" if any(word in name for word in at_once) else "timestamps")


# --- the formats -----------------------------------------------------------------------------------------------------


def changed(data: bytes) -> Iterator[bytes]:
    """Every byte changed, every end cut off, something added."""
    for at in range(len(data)):
        yield data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]
        yield data[:at]
    yield data + b"\x00"


def test_no_byte_of_a_response_makes_the_reader_fail_otherwise(authority: Authority) -> None:
    response = authority.stamp(b"text\n")
    whole = TimestampToken.parse(response)
    info = response.index(whole.imprint)
    for each in changed(response):
        try:
            token = TimestampToken.parse(each)
        except Malformed:
            continue
        same = each[info : info + 32] == whole.imprint
        assert (token.imprint == whole.imprint) is same
        assert len(each) == len(response)
    assert with_sorted_certificates(with_sorted_certificates(response)) == with_sorted_certificates(response)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_readers_fail_otherwise(data: bytes) -> None:
    for read in (TimestampToken.parse, ConsistencyProof.parse, with_sorted_certificates):
        with pytest.raises(Malformed):
            read(data)


@pytest.mark.parametrize("nonce", [1, 127, 128, 255, 256, 2**63, 2**64 - 1])
def test_our_request_is_one_that_an_authority_answers(authority: Authority, nonce: int) -> None:
    token = TimestampToken.parse(authority.answer(timestamp_request(b"text\n", nonce)))
    assert (token.nonce, token.imprint) == (nonce, sha256(b"text\n"))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"datadeed-consistency/v1\nfrom 1\nto 2\n\n",
        b"datadeed-consistency/v1\nfrom 01\nto 2\n",
        b"datadeed-consistency/v1\nto 1\nfrom 2\n",
        b"datadeed-consistency/v1\nfrom 1\nto 2",
        b"datadeed-consistency/v2\nfrom 1\nto 2\n",
        b"datadeed-consistency/v1\nfrom 1\nto 2\nAAAA\n",
        b"datadeed-consistency/v1\nfrom 1\nto 2\n" + b"A" * 43 + b"=\r\n",
        "datadeed-consistency/v1\nfrom ٤\nto 2\n".encode(),
        b"datadeed-consistency/v1\nfrom 1\nto 2\n" + 55 * (b"A" * 43 + b"=\n"),
    ],
)
def test_a_consistency_proof_has_one_spelling(text: bytes) -> None:
    with pytest.raises(Malformed):
        ConsistencyProof.parse(text)


def test_consistency_proofs_of_every_pair_of_sizes_are_read_as_they_were_written(stamped: Stamped) -> None:
    sizes = range(1, stamped.ledger.before.size + 1)
    for old in sizes:
        for new in range(old, sizes[-1] + 1):
            proof = ConsistencyProof(old, new, consistency_path(old, new, stamped.ledger.hash))
            assert ConsistencyProof.parse(proof.to_text()) == proof
