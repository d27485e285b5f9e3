"""The SDK against real nodes on this machine: honest, late, silent and lying ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from paper_ledger import (
    PaperLedger,
    PaperNode,
    closed_port_url,
    describe,
    found,
    now_ms,
    office,
    party,
    problem,
    serving,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import datadeed
from datadeed import (
    AsyncLedger,
    Behind,
    Busy,
    Fork,
    Ledger,
    Malformed,
    NotConnected,
    NotOnLedger,
    Pending,
    Refused,
    Unfinished,
    Unproven,
    Unreachable,
)
from datadeed.digests import FileDigest
from datadeed.home import Home, LedgerFolder
from datadeed.keyring import HeldKey
from datadeed.manifest import Manifest
from datadeed.memory import Memory
from datadeed_ledger.checkpoint import Checkpoint
from datadeed_ledger.encoding import sha256, to_b64
from datadeed_ledger.entry import Entry, check_disclosure
from datadeed_ledger.evidence import PackKind, verify_pack
from datadeed_ledger.notes import Note

T = TypeVar("T")
PATIENCE_S = 3.0


def told(home: Home, *nodes: PaperNode) -> LedgerFolder:
    """This machine knows the ledger through these nodes, in this order."""
    return home.add(nodes[0].ledger.genesis, tuple(node.url for node in nodes))


def opened(home: Home, key: HeldKey | None = None) -> Ledger:
    return Ledger.open(home=home.path, signer=key, patience_s=PATIENCE_S)


@pytest.fixture
def book(home: Home, node: PaperNode, key: HeldKey) -> Iterator[Ledger]:
    told(home, node)
    with opened(home, key) as book:
        yield book


def today(days: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(hours=8, days=days)).date().isoformat()


# --- connecting ------------------------------------------------------------------------------------------------------


def test_connecting_checks_the_fingerprint_and_remembers_the_ledger(home: Home, node: PaperNode) -> None:
    fingerprint = node.ledger.genesis.fingerprint.hex()
    with Ledger.connect(node.url, fingerprint.upper(), home=home.path) as book:
        assert (book.fingerprint, book.genesis) == (fingerprint, node.ledger.genesis)
    folder = home.ledger()
    assert folder.node_urls() == (node.url, "http://127.0.0.1:1")
    assert folder.newest_checkpoint() == node.ledger.checkpoint
    assert node.calls == ["GET /genesis", "GET /checkpoint", "GET /tile/entries/000.p/5", "GET /tile/0/000.p/5"]


def test_another_ledger_is_not_connected(home: Home, node: PaperNode) -> None:
    with pytest.raises(Unproven, match=r"fingerprint: .* serves the ledger"):
        Ledger.connect(node.url, "ab" * 32, home=home.path, patience_s=0.1)
    assert home.fingerprints() == ()


def test_a_checkpoint_without_a_quorum_is_not_connected_to(home: Home, node: PaperNode) -> None:
    size, root = node.ledger.frontier.size, node.ledger.frontier.root
    node.ledger.checkpoint = node.ledger.cosigned(Checkpoint("ledger.example.cn/dataip", size, root), by=())
    with pytest.raises(Unproven, match="0 members cosigned"):
        Ledger.connect(node.url, node.ledger.genesis.fingerprint.hex(), home=home.path, patience_s=0.1)
    assert home.fingerprints() == ()


@pytest.mark.parametrize("blocks", [0, 1, 2, 3, 130, 258])
def test_a_checkpoint_of_any_size_is_proven_from_tiles(home: Home, blocks: int) -> None:
    ledger = PaperLedger()
    for number in range(blocks):
        ledger.enrol(party(number))
    node = PaperNode(ledger)
    with serving(node):
        told(home, node)
        with opened(home) as book:
            head = book.checkpoint()
    assert (head.checkpoint.size, head.header.height) == (2 * blocks + 1, blocks)
    assert len(node.calls) <= 5


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/tile/entries/000.p/5", b""),
        ("/tile/entries/000.p/5", b"\x00\x01a"),
        ("/tile/0/000.p/5", bytes(5 * 32)),
        ("/tile/0/000.p/5", bytes(31)),
        ("/checkpoint", b"garbage"),
    ],
)
def test_a_lie_about_the_last_leaf_is_found(home: Home, node: PaperNode, path: str, body: bytes) -> None:
    told(home, node)
    node.lie = lambda request: Response(body) if request.url.path == path else None
    with Ledger.open(home=home.path, patience_s=0.1) as book, pytest.raises(Unproven):
        book.checkpoint()


def test_the_checkpoint_of_an_empty_log_is_none(home: Home, node: PaperNode) -> None:
    told(home, node)
    note = node.ledger.cosigned(Checkpoint("ledger.example.cn/dataip", 0, sha256(b"")))
    node.lie = lambda request: Response(note)
    with Ledger.open(home=home.path, patience_s=0.1) as book, pytest.raises(Unproven, match="empty log"):
        book.checkpoint()


def test_a_ledger_that_this_machine_does_not_know_is_named(home: Home) -> None:
    with pytest.raises(NotConnected, match="datadeed connect"):
        opened(home)


# --- depositing ------------------------------------------------------------------------------------------------------


def test_a_file_is_deposited_by_its_digest_alone(book: Ledger, node: PaperNode, tmp_path: Path) -> None:
    path = tmp_path / "measurements.csv"
    path.write_bytes(b"a,b\n1,2\n")
    receipt = book.deposit(path, description="第一批", formed_at="2026-11-01T00:00:00.000Z")
    data = receipt.entry.body.data
    assert (data["digest"], data["size_bytes"], data["media_type"]) == (sha256(b"a,b\n1,2\n"), 8, "text/csv")
    assert node.ledger.leaf(receipt.index) == receipt.entry.data
    assert not any(b"a,b" in body or b"measurements" in body for body in node.bodies)


def test_what_was_sealed_can_be_opened_from_this_machine(book: Ledger, home: Home, tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"x")
    receipt = book.deposit(tmp_path / "x.bin", description="prose")
    openings = home.ledger().disclosures(receipt.entry_id).openings
    assert {each.path: each.value for each in openings} == {"file_name": "x.bin", "description": "prose"}
    for each in openings:
        check_disclosure(receipt.entry, each.path, each.salt, each.value)


@pytest.mark.parametrize("source", [b"the bytes", FileDigest.of_bytes(b"the bytes")])
def test_bytes_and_ready_digests_are_deposited_alike(book: Ledger, source: Any) -> None:
    receipt = book.deposit(source, scope="sample", media_type="text/plain")
    data = receipt.entry.body.data
    assert (data["digest"], data["size_bytes"], data["scope"]) == (sha256(b"the bytes"), 9, "sample")
    assert book.deposit(source).entry.body.data["media_type"] == "application/octet-stream"


def test_a_folder_is_one_entry_with_its_manifest_kept(book: Ledger, home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(7):
        (folder / f"{number}.txt").write_text(str(number))
    done = book.deposit_folder(folder)
    data = done.receipt.entry.body.data
    assert (data["count"], data["root"]) == (7, done.manifest.root)
    assert Manifest.read(done.manifest_path) == done.manifest
    assert done.manifest_path == home.ledger().manifest_path(done.receipt.entry_id)


def test_without_a_signer_nothing_is_composed(home: Home, node: PaperNode) -> None:
    told(home, node)
    with opened(home) as book, pytest.raises(Malformed, match="nobody signs"):
        book.deposit(b"x")
    assert node.calls == []


def test_a_refusal_comes_with_its_number_and_forgets_the_draft_but_not_the_openings(book: Ledger, home: Home) -> None:
    with pytest.raises(Refused) as error:
        book.deposit(b"x", signers=[party(77)], description="prose")
    assert error.value.number > 0
    assert error.value.zh
    folder = home.ledger().path
    assert list((folder / "drafts").iterdir()) == []
    assert len(list((folder / "disclosures").iterdir())) == 1


# --- rights ----------------------------------------------------------------------------------------------------------


def test_the_life_of_a_right_from_application_to_transfer(book: Ledger, node: PaperNode) -> None:
    deposit = book.deposit(b"12345")
    right = book.apply(describe(deposit.entry_id)).entry_id
    registrar = office("registrar")
    book.submit("publish", {"right": right.hex()}, signers=[registrar])
    numbers = {"registration_no": "2026BJ0000000001", "certificate_no": "11000000000000001"}
    book.submit("register", {"right": right, **numbers}, signers=[registrar])
    both = [party(1), party(2)]
    license_ = book.license(right, party(2).signer_id.hex(), start=today(), end=today(30), fee="CNY 5.00", signers=both)
    assert license_.entry.body.data["use"] == ["*"]
    narrow = book.license(
        right.hex(),
        party(2).signer_id,
        start=today(),
        end=today(1),
        signers=both,
        type="ordinary",
        territory=["CN-11"],
        industry=["64"],
        use=["internal"],
    )
    assert narrow.entry.body.data["territory"] == ["CN-11"]
    transfer = book.transfer(right, {party(2).signer_id.hex(): 10_000}, price="CNY 9.00", signers=both)
    assert transfer.entry.kind == "transfer"
    book.submit("approve", {"right": right, "request": transfer.entry_id}, signers=[registrar])
    assert book.right(right) == {"id": right.hex()}
    assert book.party(party(1).signer_id) == {"id": party(1).signer_id.hex()}


def test_several_applicants_must_say_their_shares(book: Ledger) -> None:
    deposit = book.deposit(b"12345")
    both = [party(1), party(2)]
    with pytest.raises(Malformed, match="applicants="):
        book.apply(describe(deposit.entry_id), signers=both)
    shares: dict[str | bytes, int] = {party(1).signer_id: 2_500, party(2).signer_id.hex(): 7_500}
    receipt = book.apply(describe(deposit.entry_id), signers=both, applicants=shares, registrar="ip-office.example.cn")
    assert [holder["share"] for holder in receipt.entry.body.data["applicants"]] == [2_500, 7_500]


def test_an_unknown_registrar_or_party_is_named(book: Ledger) -> None:
    with pytest.raises(Malformed, match=r"this ledger has ip-office\.example\.cn"):
        book.apply(describe(bytes(32)), registrar="court.example.cn")
    with pytest.raises(Malformed, match="is not a party"):
        book.license(bytes(32), "someone", start=today(), end=today())
    with pytest.raises(Malformed, match="is not an entry's id"):
        book.receipt("ab")


# --- drafts ----------------------------------------------------------------------------------------------------------


def test_a_draft_is_signed_elsewhere_and_submitted_here(book: Ledger, home: Home) -> None:
    deposit = book.deposit(b"12345")
    data = {
        "regime": "cnipa_data_ip",
        "registrar": sha256(b"ip-office.example.cn"),
        "applicants": [{"party": party(1).signer_id, "share": 0}, {"party": party(2).signer_id, "share": 0}],
        "description": describe(deposit.entry_id),
    }
    draft = book.draft("apply", data, by=[party(1).signer_id, party(2).signer_id.hex()])
    half = draft.sign(party(1))
    with pytest.raises(Malformed, match="still to be signed"):
        book.submit_draft(half)
    receipt = book.submit_draft(half.sign(party(2)))
    assert receipt.entry_id == draft.entry_id
    assert list((home.ledger().path / "drafts").iterdir()) == []


def test_institutions_are_named_as_signers_by_name_or_id(book: Ledger) -> None:
    ids = {sha256(b"court.example.cn"), sha256(b"notary.example.cn")}
    data = {"deposit": bytes(32), "item": None, "record_number": None}
    draft = book.draft("notarize", data, by=["court.example.cn", sha256(b"notary.example.cn").hex()])
    assert set(draft.draft.body.by) == ids
    with pytest.raises(Malformed, match="no member id"):
        book.draft("notarize", data, by=["ab" * 32])


def test_a_draft_for_another_ledger_is_not_submitted_here(book: Ledger, key: HeldKey) -> None:
    draft = datadeed.OpenDraft.compose(bytes(32), "publish", {"right": bytes(32)}, [key.signer_id], now_ms())
    with pytest.raises(Malformed, match="for the ledger 0000"):
        book.submit_draft(draft.sign(key))


def test_an_entry_that_could_not_be_handed_in_is_kept_and_submitted_later(
    home: Home, node: PaperNode, key: HeldKey
) -> None:
    told(home, node)
    node.lie = lambda request: problem(503, "busy", "the room is full", retry_after_s=1)
    with Ledger.open(home=home.path, signer=key, patience_s=0.1) as book:
        with pytest.raises(Unfinished, match="room is full") as error:
            book.deposit(b"x")
        assert (type(error.value.__cause__), error.value.retry_after_s) == (Busy, 1)
        (path,) = (home.ledger().path / "drafts").iterdir()
        assert path == error.value.draft_path
        node.lie = lambda request: None
        receipt = book.submit_draft(datadeed.OpenDraft.parse(path.read_bytes()))
    assert receipt.entry_id.hex() == path.stem
    assert not path.exists()


# --- several nodes ---------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(ledger: PaperLedger) -> Iterator[tuple[PaperNode, PaperNode]]:
    """Two nodes of one ledger."""
    one, two = PaperNode(ledger), PaperNode(ledger)
    with serving(one, two):
        yield one, two


Lie = Callable[[Request], Response | None]


def only(path: str, answer: Callable[[], Response]) -> Lie:
    return lambda request: answer() if request.url.path == path else None


@pytest.mark.parametrize(
    "lie",
    [
        only("/entries", lambda: problem(503, "busy", "full", retry_after_s=60)),
        only("/entries", lambda: problem(409, "refused", "not you", rule=1)),
        only("/entries", lambda: problem(400, "malformed", "not that")),
        only("/entries", lambda: problem(500, "", "broken")),
        only("/entries", lambda: JSONResponse({"entry_id": "00" * 32, "status": "pending"}, 202)),
        only("/entries", lambda: JSONResponse({"entry_id": "00" * 32, "tlog_proof": "x"})),
        only("/entries", lambda: JSONResponse(["no receipt"])),
        only("/entries", lambda: Response(b"\xff\xfe")),
    ],
)
def test_whatever_the_first_node_does_the_second_records(
    home: Home, pair: tuple[PaperNode, PaperNode], key: HeldKey, lie: Lie
) -> None:
    pair[0].lie = lie
    told(home, *pair)
    with opened(home, key) as book:
        receipt = book.deposit(b"x")
        assert book.node_urls[0] == pair[1].url
    assert pair[0].bodies[0] == pair[1].bodies[0] == receipt.entry.data


def test_a_node_that_refuses_connections_is_passed_over(home: Home, node: PaperNode, key: HeldKey) -> None:
    home.add(node.ledger.genesis, (closed_port_url(), node.url))
    with opened(home, key) as book:
        assert book.deposit(b"x").index > 0


def test_a_busy_node_serves_when_it_says_so(home: Home, node: PaperNode, key: HeldKey) -> None:
    told(home, node)
    answers = [problem(503, "busy", "full", retry_after_s=1)]
    node.lie = lambda request: answers.pop() if answers else None
    with opened(home, key) as book:
        assert book.deposit(b"x").index > 0
    assert node.calls == ["POST /entries", "POST /entries"]
    assert node.bodies[0] == node.bodies[1]


def test_when_no_node_answers_the_error_names_them(home: Home, ledger: PaperLedger, key: HeldKey) -> None:
    urls = (closed_port_url(), closed_port_url())
    home.add(ledger.genesis, urls)
    with Ledger.open(home=home.path, signer=key, patience_s=0.1) as book, pytest.raises(Unfinished) as error:
        book.deposit(b"x")
    assert isinstance(error.value.__cause__, Unreachable)
    assert all(url in str(error.value) for url in urls)


def test_an_entry_that_does_not_become_final_is_pending(home: Home, node: PaperNode, key: HeldKey) -> None:
    told(home, node)
    node.lie = lambda request: JSONResponse({"entry_id": "00" * 32, "status": "pending"}, 202)
    with Ledger.open(home=home.path, signer=key, patience_s=0.1) as book:
        with pytest.raises(Unfinished, match="not final yet") as error:
            book.deposit(b"x")
        assert isinstance(error.value.__cause__, Pending)
        with pytest.raises(Pending):
            book.wait(_deposit(node.ledger, 1))


def test_an_entry_recorded_with_other_signatures_is_still_this_entry(
    home: Home, node: PaperNode, ledger: PaperLedger
) -> None:
    told(home, node)
    entry = Entry.parse(ledger.leaf(1))
    resigned = Entry.parse(entry.data.replace(entry.signatures[0], bytes(64)))
    assert resigned.entry_id == entry.entry_id
    with opened(home) as book:
        assert book.wait(resigned).entry.data == entry.data


def test_a_node_that_gives_another_entry_for_an_id_is_passed_over(
    home: Home, pair: tuple[PaperNode, PaperNode], ledger: PaperLedger
) -> None:
    one, three = Entry.parse(ledger.leaf(1)), Entry.parse(ledger.leaf(3))
    swap = JSONResponse({"entry": to_b64(three.data)})
    pair[0].lie = only(f"/entries/{one.entry_id.hex()}", lambda: swap)
    told(home, *pair)
    with opened(home) as book:
        assert book.entry(one.entry_id.hex()) == one


def test_an_entry_that_nobody_knows_is_not_on_the_ledger(book: Ledger) -> None:
    with pytest.raises(NotOnLedger, match="abab"):
        book.entry("ab" * 32)


def test_receipts_of_recorded_entries_are_fetched_and_verified(book: Ledger, ledger: PaperLedger) -> None:
    entry = Entry.parse(ledger.leaf(1))
    assert book.receipt(entry.entry_id).index == 1


def test_many_entries_are_handed_in_as_batches_and_each_is_proven(
    book: Ledger, node: PaperNode, ledger: PaperLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datadeed.conversation.BATCH_ENTRIES_MAX", 3)
    entries = [book.draft("publish", {"right": bytes(32)}, [office("registrar").signer_id])]
    refused = entries[0].sign(office("registrar")).complete()
    good = [_deposit(ledger, number) for number in range(4)]
    results = book.record_all([*good[:2], refused, *good[2:]])
    assert [type(each).__name__ for each in results] == ["Receipt", "Receipt", "Refused", "Receipt", "Receipt"]
    assert [call for call in node.calls if "batch" in call] == ["POST /entries/batch"] * 2


def test_a_receipt_is_asked_for_where_a_node_only_says_that_it_has_the_entry(
    home: Home, node: PaperNode, ledger: PaperLedger
) -> None:
    told(home, node)
    entry = Entry.parse(ledger.leaf(1))
    recorded = {"entry_id": entry.entry_id.hex(), "status": "recorded", "index": 1, "height": 1}
    node.lie = only("/entries", lambda: JSONResponse(recorded))
    with opened(home) as book:
        assert book.wait(entry).index == 1
    assert node.calls == ["POST /entries", f"GET /entries/{entry.entry_id.hex()}/receipt"]


@pytest.mark.parametrize("valid_ms", [0, -1, 30 * 24 * 3_600_000])
def test_a_draft_that_no_block_could_record_is_not_made(book: Ledger, valid_ms: int) -> None:
    with pytest.raises(Malformed, match="at most 30 days"):
        book._counter.draft("publish", {"right": bytes(32)}, [bytes(16)], valid_ms)


def test_sending_does_not_wait_and_waiting_records(book: Ledger, ledger: PaperLedger) -> None:
    entry = _deposit(ledger, 1)
    book.send(entry)
    receipt = book.wait(entry)
    assert receipt.entry_id == entry.entry_id


def _deposit(ledger: PaperLedger, number: int) -> Entry:
    data = {
        "digest": sha256(bytes([number])),
        "algorithm": "sha-256",
        "scope": "full",
        "size_bytes": 1,
        "media_type": "text/plain",
        "formed_at": None,
        "file_name": bytes(32),
        "description": bytes(32),
    }
    return ledger.entry("deposit", [party(1)], data, b"deposit" + bytes([number]))


# --- what was seen before --------------------------------------------------------------------------------------------


def newest(home: Home) -> Checkpoint:
    checkpoint = Memory(home.ledger()).newest()
    assert checkpoint is not None
    return checkpoint


def test_the_longest_checkpoint_is_remembered_across_programs(home: Home, node: PaperNode, key: HeldKey) -> None:
    told(home, node)
    with opened(home, key) as book:
        receipt = book.deposit(b"x")
    assert newest(home) == receipt.head.checkpoint
    with opened(home, key) as book:
        again = book.deposit(b"y")
    assert newest(home) == again.head.checkpoint
    assert node.calls.count("GET /consistency") == 1


def test_a_node_that_is_behind_is_passed_over(home: Home, ledger: PaperLedger) -> None:
    late, level = PaperNode(ledger.twin()), PaperNode(ledger)
    ledger.enrol(party(3))
    with serving(late, level):
        told(home, level)
        with opened(home) as book:
            book.checkpoint()
        told(home, late, level)
        with opened(home) as book:
            assert book.checkpoint().checkpoint.size == 7
    assert late.calls
    assert level.calls[-4:-3] == ["GET /consistency"] or "GET /consistency" in level.calls


def test_when_every_node_is_behind_that_is_said(home: Home, ledger: PaperLedger) -> None:
    late, level = PaperNode(ledger.twin()), PaperNode(ledger)
    ledger.enrol(party(3))
    with serving(late, level):
        told(home, level)
        with opened(home) as book:
            book.checkpoint()
        told(home, late)
        with Ledger.open(home=home.path, patience_s=0.1) as book, pytest.raises(Behind, match="5 leaves"):
            book.checkpoint()
    assert newest(home).size == 7
    assert not (home.ledger().path / "forks").exists()


@pytest.mark.parametrize("longer", [True, False])
def test_a_fork_is_reported_and_both_checkpoints_are_kept(home: Home, ledger: PaperLedger, longer: bool) -> None:
    other = ledger.twin()
    ledger.enrol(party(3))
    other.enrol(party(4))
    if longer:
        other.enrol(party(5))
    seen, forked = PaperNode(ledger), PaperNode(other)
    with serving(seen, forked):
        told(home, seen)
        with opened(home) as book:
            book.checkpoint()
        told(home, forked, seen)
        with opened(home) as book, pytest.raises(Fork, match="a quorum signed both") as error:
            book.checkpoint()
    assert error.value.step == "consistency"
    kept = {path.read_bytes() for path in (home.ledger().path / "forks").iterdir()}
    assert kept == {ledger.checkpoint, other.checkpoint}
    assert newest(home).root == ledger.frontier.root, "what was seen first stays what is remembered"


def test_a_shorter_fork_is_a_fork_too(home: Home, ledger: PaperLedger) -> None:
    other = ledger.twin()
    other.enrol(party(4))
    ledger.enrol(party(3))
    ledger.enrol(party(5))
    seen, forked = PaperNode(ledger), PaperNode(other)
    with serving(seen, forked):
        told(home, seen)
        with opened(home) as book:
            book.checkpoint()
        told(home, forked, seen)
        with opened(home) as book, pytest.raises(Fork, match="a quorum signed both"):
            book.checkpoint()


@pytest.mark.parametrize("path", [["AA=="], "x", [5] * 200, ["AAAA"]])
def test_a_consistency_proof_in_another_form_shows_nothing_either_way(
    home: Home, node: PaperNode, ledger: PaperLedger, path: Any
) -> None:
    told(home, node)
    with opened(home) as book:
        book.checkpoint()
    ledger.enrol(party(3))
    node.lie = only("/consistency", lambda: JSONResponse({"path": path}))
    with Ledger.open(home=home.path, patience_s=0.1) as book, pytest.raises(Busy, match="no node could show"):
        book.checkpoint()
    assert newest(home).size == 5


def test_one_lying_node_is_outvoted_by_a_proof(home: Home, pair: tuple[PaperNode, PaperNode]) -> None:
    ledger = pair[0].ledger
    told(home, *pair)
    with opened(home) as book:
        book.checkpoint()
    ledger.enrol(party(3))
    wrong = JSONResponse({"path": ["A" * 43 + "="] * 3})
    pair[0].lie = only("/consistency", lambda: wrong)
    with opened(home) as book:
        assert book.checkpoint().checkpoint.size == 7


def test_another_program_may_remember_more_meanwhile(home: Home, node: PaperNode, ledger: PaperLedger) -> None:
    folder = told(home, node)
    with opened(home) as book:
        book.checkpoint()
    ledger.enrol(party(3))
    longer = ledger.twin()
    longer.enrol(party(4))

    def meanwhile(request: Request) -> None:
        if request.url.path == "/consistency" and newest(home).size == 5:
            node.ledger = longer
            folder.remember_checkpoint(longer.checkpoint)

    node.lie = meanwhile
    with opened(home) as book:
        assert book.checkpoint().checkpoint.size == 7
    assert newest(home).size == 9


def test_a_checkpoint_is_compared_once(home: Home, node: PaperNode, ledger: PaperLedger) -> None:
    told(home, node)
    late = ledger.twin()
    ledger.enrol(party(3))
    with opened(home) as book:
        book.checkpoint()
        node.ledger = late
        entry = Entry.parse(ledger.leaf(1))
        consistency = ledger
        node.lie = lambda request: (
            PaperNode(consistency)._answer(request, b"") if "consis" in request.url.path else None
        )
        for _ in range(3):
            with pytest.raises(Behind):
                Ledger(book._conversation, book._transport).receipt(entry.entry_id)
            book._conversation.session.patience_s = 0.01
    assert node.calls.count("GET /consistency") == 1


def test_only_so_many_agreed_checkpoints_are_kept(monkeypatch: pytest.MonkeyPatch, book: Ledger) -> None:
    monkeypatch.setattr("datadeed.memory.AGREED_MAX", 2)
    for number in range(4):
        book.deposit(bytes([number]))
    assert len(book._conversation.memory._agreed) == 2


# --- proving ---------------------------------------------------------------------------------------------------------


def test_an_entry_pack_is_verified_before_it_is_given(book: Ledger) -> None:
    receipt = book.deposit(b"x")
    evidence = book.prove(receipt.entry_id)
    report = verify_pack(evidence.pack, bytes.fromhex(book.fingerprint), file_digest=sha256(b"x"))
    assert (report.kind, evidence.report.about) == (PackKind.ENTRY, (receipt.index,))


def test_a_right_is_proven_with_its_whole_history_and_the_entry_alone_if_asked(book: Ledger) -> None:
    deposit = book.deposit(b"12345")
    right = book.apply(describe(deposit.entry_id)).entry_id
    assert book.prove(right).report.kind is PackKind.TITLE
    assert book.prove(right, only_entry=True).report.kind is PackKind.ENTRY


def test_any_file_of_a_folder_is_proven_later(book: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(7):
        (folder / f"{number}.txt").write_text(str(number))
    done = book.deposit_folder(folder)
    elsewhere = tmp_path / "copy.txt"
    elsewhere.write_text("4")
    evidence = book.prove(done.receipt.entry_id, item=elsewhere)
    assert evidence.report.kind is PackKind.ITEM
    assert [item.item for item in evidence.report.items] == [4]
    assert evidence.report.file_matches == (f"item 4 of entry {done.receipt.index}",)
    moved = tmp_path / "manifest.json"
    done.manifest_path.rename(moved)
    with pytest.raises(Malformed, match="--manifest"):
        book.prove(done.receipt.entry_id, item=elsewhere)
    assert book.prove(done.receipt.entry_id, item=elsewhere, manifest=moved).pack == evidence.pack
    elsewhere.write_text("8")
    with pytest.raises(Unproven, match="another file, or changed"):
        book.prove(done.receipt.entry_id, item=elsewhere, manifest=moved)
    other = book.deposit(b"x")
    (folder / "4.txt").write_text("4")
    with pytest.raises(Unproven, match="which has no items"):
        book.prove(other.entry_id, item=folder / "4.txt", manifest=moved)
    (folder / "8.txt").write_text("8")
    second = book.deposit_folder(folder)
    with pytest.raises(Unproven, match="manifest is of another batch"):
        book.prove(second.receipt.entry_id, item=folder / "4.txt", manifest=moved)


def test_a_pack_that_does_not_verify_is_never_given(
    home: Home, pair: tuple[PaperNode, PaperNode], key: HeldKey
) -> None:
    told(home, *pair)
    with opened(home, key) as book:
        receipt = book.deposit(b"x")
        path = f"/entries/{receipt.entry_id.hex()}/evidence"
        good = book.prove(receipt.entry_id).pack
        pair[0].lie = only(path, lambda: Response(good[:-1] + b"\x01"))
        assert book.prove(receipt.entry_id).pack == good
        pair[1].lie = pair[0].lie
        book._conversation.session.patience_s = 0.1
        with pytest.raises(Unproven):
            book.prove(receipt.entry_id)


# --- the twin --------------------------------------------------------------------------------------------------------


def run(main: Awaitable[T]) -> T:
    async def within() -> T:
        return await asyncio.wait_for(main, 60)

    return asyncio.run(within())


def test_the_asynchronous_twin_does_the_same(home: Home, node: PaperNode, key: HeldKey, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_text("a")

    async def main() -> None:
        fingerprint = node.ledger.genesis.fingerprint.hex()
        connected = await AsyncLedger.connect(node.url, fingerprint, home=home.path, signer=key)
        await connected.close()
        told(home, node)
        async with AsyncLedger.open(home=home.path, signer=key, patience_s=PATIENCE_S) as book:
            receipts = await asyncio.gather(*(book.deposit(bytes([number])) for number in range(8)))
            assert len({receipt.index for receipt in receipts}) == 8
            deposit = receipts[0]
            right = (await book.apply(describe(deposit.entry_id))).entry_id
            registrar = office("registrar")
            await book.submit("publish", {"right": right}, signers=[registrar])
            numbers = {"registration_no": "2026BJ0000000001", "certificate_no": "11000000000000001"}
            await book.submit("register", {"right": right, **numbers}, signers=[registrar])
            both = [party(1), party(2)]
            await book.license(right, party(2).signer_id, start=today(), end=today(), signers=both)
            await book.transfer(right, {party(2).signer_id: 10_000}, signers=both)
            done = await book.deposit_folder(tmp_path / "folder")
            assert (await book.prove(done.receipt.entry_id, item=tmp_path / "folder" / "a")).report.items
            draft = book.draft(
                "end_license", {"right": right, "license": bytes(32), "reason": "agreement"}, [party(2).signer_id]
            )
            with pytest.raises(Refused):
                await book.submit_draft(draft.sign(party(2)))
            entry = _deposit(node.ledger, 99)
            await book.send(entry)
            assert (await book.wait(entry)).entry_id == entry.entry_id
            assert [type(each) for each in await book.record_all([entry])] == [datadeed.Receipt]
            assert (await book.receipt(entry.entry_id)).entry == await book.entry(entry.entry_id)
            assert (await book.checkpoint()).checkpoint.size == node.ledger.frontier.size
            assert await book.right(right) == {"id": right.hex()}
            assert await book.party(party(1).signer_id) == {"id": party(1).signer_id.hex()}

    run(main())


def test_a_failed_connection_of_either_twin_leaves_nothing_open(home: Home, node: PaperNode) -> None:
    with pytest.raises(Unproven):
        run(AsyncLedger.connect(node.url, "ab" * 32, home=home.path, patience_s=0.1))


def test_the_twins_have_the_same_words() -> None:
    def public(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert public(Ledger) == public(AsyncLedger)


def test_every_public_name_is_there() -> None:
    assert sorted(datadeed.__all__) == datadeed.__all__
    assert all(hasattr(datadeed, name) for name in datadeed.__all__)


def test_a_note_in_memory_is_one_that_was_signed(book: Ledger, home: Home) -> None:
    book.deposit(b"x")
    note = home.ledger().newest_checkpoint()
    assert note is not None
    assert len(Note.parse(note).lines) == 5
    assert found().origin.encode() in note
