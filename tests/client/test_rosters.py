"""The SDK on ledgers whose roster changes: it walks from roster to roster on proofs alone, and follows their nodes."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command_line import Command
from paper_ledger import ORIGIN, PaperLedger, PaperNode, describe, member, office, party, problem, serving
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from datadeed import AsyncLedger, Behind, Busy, Fork, Ledger, Malformed, Unproven
from datadeed.home import Home
from datadeed.keyring import HeldKey
from datadeed_ledger.block import entries_digest
from datadeed_ledger.checkpoint import Checkpoint, parse_tlog_proof
from datadeed_ledger.encoding import sha256, time_text
from datadeed_ledger.evidence.container import read_container, write_container
from datadeed_ledger.header import Header
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.merkle import leaf_hash, new_nodes
from datadeed_ledger.roster import Roster

JOINING = "university.example.cn"
NOWHERE = "http://127.0.0.1:1"  # the address of every founding member
LEAVING = "notary.example.cn"


def joining(api: str = NOWHERE, name: str = JOINING) -> Any:
    return member(name, "supervisor", api)


def after_a_change(ledger: PaperLedger, api: str = NOWHERE) -> None:
    """One institution joins, and a block stands under the new roster."""
    ledger.amend(joins=[joining(api)])
    ledger.enrol(party(7))


@contextmanager
def opened(home: Home, *nodes: PaperNode, key: HeldKey | None = None, patience_s: float = 3.0) -> Iterator[Ledger]:
    """The ledger as this machine knows it, asked through these nodes; as long as they are its nodes."""
    home.add(nodes[0].ledger.genesis, tuple(node.url for node in nodes))
    with Ledger.open(home=home.path, signer=key, patience_s=patience_s) as book:
        yield book


def versions(home: Home) -> list[int]:
    """Of the rosters that are kept on disk."""
    return [each.roster.version for each in home.ledger().rosters().in_force]


# --- getting to know it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", [lambda book: book.checkpoint(), lambda book: book.deposit(b"x").head])
def test_a_client_that_slept_through_a_change_proves_it_and_goes_on(
    home: Home, node: PaperNode, key: HeldKey, ask: Callable[[Ledger], Any]
) -> None:
    with opened(home, node, key=key) as book:
        book.checkpoint()
        after_a_change(node.ledger, api="https://university.example")
        head = ask(book)
        assert head.header.roster_version == 2
        assert set(head.signed.cosigners) == {each.name for each in node.ledger.roster.members}
        assert book.roster == node.ledger.roster
        assert book.node_urls == (node.url, NOWHERE, "https://university.example"), "its nodes are asked too"
    assert versions(home) == [1, 2]
    assert home.ledger().rosters().in_force[1].log_size == node.ledger.changes[2].index + 2
    assert home.ledger().node_urls() == (node.url, NOWHERE, "https://university.example")
    assert node.calls.count("GET /rosters/2/evidence") == 1
    with Ledger.open(home=home.path) as book:
        book.checkpoint()
        assert book.roster == node.ledger.roster
    assert node.calls.count("GET /rosters/2/evidence") == 1, "what was proven is kept"


def test_a_ledger_under_its_fourth_roster_is_connected_to_from_the_fingerprint(home: Home, node: PaperNode) -> None:
    for number in range(3):
        node.ledger.amend(joins=[joining(f"https://n{number}.example", f"joining-{number}.example.cn")])
        node.ledger.enrol(party(10 + number))
    with Ledger.connect(node.url, node.ledger.genesis.fingerprint.hex(), home=home.path) as book:
        assert book.roster == node.ledger.roster
        assert book.node_urls == (node.url, NOWHERE, *(f"https://n{number}.example" for number in range(3)))
    assert versions(home) == [1, 2, 3, 4]
    assert home.ledger().newest_checkpoint() == node.ledger.checkpoint
    node.calls.clear()
    with Ledger.connect(node.url, node.ledger.genesis.fingerprint.hex(), home=home.path):
        assert versions(home) == [1, 2, 3, 4]
    assert not any("rosters" in call for call in node.calls), "connecting again proves nothing twice"


def test_a_checkpoint_that_ends_with_the_change_still_stands_under_the_roster_before(
    home: Home, node: PaperNode
) -> None:
    with opened(home, node) as book:
        node.ledger.amend(joins=[joining()])
        assert book.checkpoint().header.ends_epoch
        assert book.roster.version == 1
        node.ledger.enrol(party(7))
        assert book.checkpoint().header.roster_version == 2


def test_signers_are_named_by_the_roster_in_force(home: Home, node: PaperNode) -> None:
    data = {"right": bytes(32), "license": bytes(32), "reason": "agreement"}
    with opened(home, node) as book:
        with pytest.raises(Malformed, match="is not a party"):
            book.draft("end_license", data, [JOINING])
        node.ledger.amend(joins=[joining()], leaves=[LEAVING])
        node.ledger.enrol(party(7))
        book.checkpoint()
        assert book.draft("end_license", data, [JOINING]).draft.body.by == (joining().member_id,)
        with pytest.raises(Malformed, match="is not a party"):
            book.draft("end_license", data, [LEAVING])


def test_the_asynchronous_twin_walks_the_same_way(home: Home, node: PaperNode, key: HeldKey) -> None:
    home.add(node.ledger.genesis, (node.url,))

    async def main() -> None:
        async with AsyncLedger.open(home=home.path, signer=key, patience_s=3.0) as book:
            await book.checkpoint()
            after_a_change(node.ledger)
            receipts = await asyncio.gather(*(book.deposit(bytes([number])) for number in range(4)))
            assert {receipt.head.header.roster_version for receipt in receipts} == {2}
            assert book.roster == node.ledger.roster

    asyncio.run(main())
    assert versions(home) == [1, 2]


def test_several_threads_of_one_program_learn_of_two_changes_at_once(home: Home, node: PaperNode, key: HeldKey) -> None:
    with opened(home, node, key=key) as book, ThreadPoolExecutor(8) as threads:
        book.checkpoint()
        after_a_change(node.ledger)
        node.ledger.amend(joins=[joining("https://third.example", "third.example.cn")])
        node.ledger.add()
        receipts = list(threads.map(lambda number: book.deposit(bytes([number])), range(16)))
        assert {receipt.head.header.roster_version for receipt in receipts} == {3}
        assert book.roster == node.ledger.roster
        assert book.node_urls == (node.url, NOWHERE, "https://third.example")
    assert versions(home) == [1, 2, 3]


def test_what_another_program_of_this_user_learned_is_known(home: Home, node: PaperNode) -> None:
    with opened(home, node) as sleeping:
        sleeping.checkpoint()
        after_a_change(node.ledger)
        with Ledger.open(home=home.path) as other:
            other.checkpoint()
        assert sleeping.checkpoint().header.roster_version == 2
    assert node.calls.count("GET /rosters/2/evidence") == 1


def test_nodes_of_members_that_left_are_asked_no_more(home: Home, ledger: PaperLedger) -> None:
    """The founding members' address is that of one node, the joining ones' that of another."""
    first, second = PaperNode(ledger), PaperNode(ledger)
    with serving(first, second):
        elsewhere = [replace(each, api=second.url) for each in ledger.roster.members]
        with opened(home, first) as book:
            book.checkpoint()
            home.ledger().keep_node_urls((first.url, NOWHERE))
            following = Roster.of(2, elsewhere)
            ledger.add(ledger.roster_entry(following, ledger.roster.members))
            ledger.enrol(party(7))
            book.checkpoint()
            assert book.node_urls == (first.url, second.url), "no member has the old address now"


def test_an_office_whose_key_has_changed_is_told_to_connect_again(
    home: Home, node: PaperNode, run: Command, tmp_path: Path
) -> None:
    def accept() -> Any:
        return run("register", "accept", "ab" * 32, "--office", path)

    ledger, secret = node.ledger, sha256(b"the registrar's next office key")
    path = tmp_path / "office.key"
    path.write_text(secret.hex() + "\n")
    path.chmod(0o600)
    connect = ("connect", node.url, "--fingerprint", ledger.genesis.fingerprint.hex())
    assert run(*connect).code == 0
    members = [
        replace(each, office=SigningKey(secret).public_key) if "registrar" in each.roles else each
        for each in ledger.roster.members
    ]
    ledger.add(ledger.roster_entry(Roster.of(2, members), ledger.roster.members))
    ledger.add()
    ended = accept()
    assert (ended.code, "roster 1" in ended.err, "datadeed connect" in ended.err) == (2, True, True)
    assert run(*connect).code == 0
    assert accept().code == 3, "signed under the new key, and refused by a rule: there is no such right"


def test_another_registrar_signs_for_a_party_whose_enrolling_institution_has_left(
    home: Home, node: PaperNode, run: Command, passphrase_file: Path, tmp_path: Path
) -> None:
    ledger, left = node.ledger, "ip-office.example.cn"
    record = {"enrolled_by": sha256(left.encode()).hex(), "name": "00" * 32, "credit_code": "00" * 32}
    assert run("connect", node.url, "--fingerprint", ledger.genesis.fingerprint.hex()).code == 0
    assert run("key", "new", "--name", "x", "--credit-code", "").code == 0
    node.lie = lambda request: JSONResponse({"record": record}) if "parties" in request.url.path else None

    def recovered(name: str, *options: str) -> Any:
        draft = tmp_path / f"{name}.json"
        return run("key", "rotate", "default", name, "--reason", "recovery", "-o", draft, "--json", *options)

    assert recovered("early").json["missing"] == [record["enrolled_by"]]
    ended = recovered("still-there", "--registrar", left)
    assert (ended.code, "signs this itself" in ended.out) == (2, True)
    others = [member(f"office-{number}.example.cn", "registrar") for number in (1, 2)]
    ledger.amend(joins=others[:1], leaves=[left])
    ledger.add()
    assert recovered("late").json["missing"] == [others[0].member_id.hex()]
    ledger.amend(joins=others[1:])
    ledger.add()
    ended = recovered("which")
    assert (ended.code, "office-1.example.cn, office-2.example.cn" in ended.out) == (2, True)
    chosen = recovered("chosen", "--registrar", "office-2.example.cn")
    assert chosen.json["missing"] == [others[1].member_id.hex()]


# --- evidence --------------------------------------------------------------------------------------------------------


def test_packs_from_before_and_after_a_change_are_proven(home: Home, node: PaperNode, key: HeldKey) -> None:
    with opened(home, node, key=key) as book:
        deposit = book.deposit(b"x").entry_id
        early = book.prove(deposit)
        after_a_change(node.ledger)
        late = book.prove(deposit)
        assert [len(each.report.rosters) for each in (early, late)] == [1, 2]
        assert versions(home) == [1, 2], "a pack's newest header is learned from like any"


def test_the_tables_of_an_export_name_institutions_that_have_left(home: Home, node: PaperNode) -> None:
    node.ledger.amend(joins=[member("office.example.cn", "registrar")], leaves=["ip-office.example.cn"])
    node.ledger.add()
    with opened(home, node) as book:
        rows = book.tables(book.export()).rows("parties")
    assert {row["enrolled_by"] for row in rows} == {"ip-office.example.cn"}


def test_what_this_machine_knows_of_rosters_is_held_against_a_pack(
    home: Home, node: PaperNode, key: HeldKey, run: Command, tmp_path: Path
) -> None:
    fingerprint = node.ledger.genesis.fingerprint.hex()
    with opened(home, node, key=key) as book:
        deposit = book.deposit(b"x").entry_id
        (tmp_path / "early.zip").write_bytes(book.prove(deposit).pack)
        node.ledger.amend(joins=[joining()])
        (tmp_path / "last.zip").write_bytes(book.prove(deposit).pack)
        node.ledger.enrol(party(7))
        (tmp_path / "late.zip").write_bytes(book.prove(deposit).pack)

    def verified(name: str) -> Any:
        return run("verify", tmp_path / name, "--fingerprint", fingerprint, "--json")

    assert [verified(name).code for name in ("early.zip", "last.zip", "late.zip")] == [1, 0, 0]
    assert verified("early.zip").json["outcome"] == "cannot decide"
    assert "ask the ledger for a newer pack" in verified("early.zip").json["reason"]
    assert "--timestamp-roots" in verified("early.zip").json["next"]
    (home.ledger().path / "rosters" / "2.zip").unlink()
    assert verified("early.zip").code == 0, "who does not know of the change cannot tell"
    shutil.rmtree(home.path)
    assert [verified(name).code for name in ("early.zip", "last.zip", "late.zip")] == [0, 0, 0]


def test_no_certificate_is_made_of_a_pack_that_a_retired_roster_signed(
    home: Home, node: PaperNode, key: HeldKey, run: Command, tmp_path: Path
) -> None:
    registrar = office("registrar")
    numbers = {"registration_no": "2026BJ0000000001", "certificate_no": "11000000000000001"}
    with opened(home, node, key=key) as book:
        right = book.apply(describe(book.deposit(b"12345").entry_id)).entry_id
        book.submit("publish", {"right": right}, signers=[registrar])
        book.submit("register", {"right": right, **numbers}, signers=[registrar])
        (tmp_path / "early.zip").write_bytes(book.prove(right).pack)
        after_a_change(node.ledger)
        (tmp_path / "late.zip").write_bytes(book.prove(right).pack)

    def certified(name: str) -> Any:
        return run("certificate", right.hex(), "-o", tmp_path / f"{name}.pdf", "--pack", tmp_path / f"{name}.zip")

    ended = certified("early")
    assert (ended.code, "ask the ledger for a newer pack" in ended.err) == (1, True)
    assert certified("late").code == 0
    assert [path.name for path in tmp_path.glob("*.pdf")] == ["late.pdf"]


def test_connect_says_which_roster_is_in_force_and_its_members(home: Home, node: PaperNode, run: Command) -> None:
    node.ledger.amend(joins=[joining()], leaves=[LEAVING])
    node.ledger.enrol(party(7))
    fingerprint = node.ledger.genesis.fingerprint.hex()
    told = run("connect", node.url, "--fingerprint", fingerprint, "--json").json
    assert (told["roster"], JOINING in told["members"], LEAVING in told["members"]) == (2, True, False)
    shown = run("connect", node.url, "--fingerprint", fingerprint).out
    assert f"2 · {time_text(node.ledger.headers[-2].time_ms)}" in shown
    assert JOINING in shown


# --- nodes that cannot or do not tell the truth ----------------------------------------------------------------------


def only(path: str, answer: Callable[[], Response]) -> Callable[[Request], Response | None]:
    return lambda request: answer() if request.url.path == path else None


def evidence_of(ledger: PaperLedger, **changed: bytes) -> Response:
    """What proves roster 2 on this ledger, with some parts changed."""
    names = {"document": "document.json", "header": "header.txt", "note": "checkpoint", "leaf": "entry.msgpack"}
    parts = ledger.roster_evidence(2) | {names[name]: data for name, data in changed.items()}
    return Response(write_container(parts.items()))


def other_document(ledger: PaperLedger) -> Response:
    return evidence_of(ledger, document=Roster.of(2, ledger.rosters[0].members).document)


def other_entry(ledger: PaperLedger) -> Response:
    return evidence_of(ledger, leaf=ledger.leaf(1))


def other_checkpoint(ledger: PaperLedger) -> Response:
    return evidence_of(ledger, note=ledger.checkpoint)


def other_change(ledger: PaperLedger) -> Response:
    """Well proven, but another than the header names."""
    other = PaperLedger(ledger.genesis)
    after_a_change(other, api="https://elsewhere.example")
    return evidence_of(other)


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        (other_document, r"rosters/2/header\.txt"),
        (other_entry, r"rosters/2/entry\.msgpack"),
        (other_checkpoint, r"rosters/2/checkpoint"),
        (other_change, "roster 2.*not known here"),
        (lambda ledger: Response(b"not a zip"), "zip"),
        (lambda ledger: evidence_of(ledger, header=b""), r"rosters/2/header\.txt"),
        (lambda ledger: Response(write_container(list(ledger.roster_evidence(2).items())[:-1])), "is missing"),
        (lambda ledger: problem(404, "not-found", "no roster 2"), "no node that answers proves roster 2"),
        (lambda ledger: problem(400, "malformed", "what?"), "no node that answers proves roster 2"),
    ],
)
def test_evidence_that_does_not_prove_the_roster_is_not_believed(
    home: Home, node: PaperNode, lie: Callable[[PaperLedger], Response], reason: str
) -> None:
    with opened(home, node, patience_s=0.1) as book:
        book.checkpoint()
        before = home.ledger().newest_checkpoint()
        after_a_change(node.ledger)
        node.lie = only("/rosters/2/evidence", lambda: lie(node.ledger))
        with pytest.raises(Unproven, match=reason):
            book.checkpoint()
        assert (versions(home), home.ledger().newest_checkpoint()) == ([1], before)
        assert book.node_urls == (node.url,)
        node.lie = lambda request: None
        assert book.checkpoint().header.roster_version == 2


def test_a_change_that_two_of_four_have_cosigned_is_none(home: Home, node: PaperNode) -> None:
    with opened(home, node, patience_s=0.1) as book:
        node.ledger.amend(joins=[joining()], by=("court.example.cn", LEAVING))
        node.ledger.enrol(party(7))
        with pytest.raises(Unproven, match=r"rosters/2/checkpoint: 2 members cosigned, 3 are needed"):
            book.checkpoint()
        assert versions(home) == [1]
        fingerprint = node.ledger.genesis.fingerprint.hex()
        with pytest.raises(Unproven, match="3 are needed"):
            Ledger.connect(node.url, fingerprint, home=home.path / "elsewhere", patience_s=0.1)
    assert Home(home.path / "elsewhere").fingerprints() == ()


@pytest.mark.parametrize(("version", "asked"), [(2**52, 0), (257, 0), (256, 1)])
def test_a_chain_of_rosters_without_end_is_not_walked(
    home: Home, node: PaperNode, key: HeldKey, version: int, asked: int
) -> None:
    """The newest header of a receipt names a roster far ahead."""
    far = replace(
        node.ledger.tip.header,
        roster_version=version,
        roster_digest=bytes(32),
        next_roster_version=version,
        next_roster_digest=bytes(32),
    )

    def receipt(request: Request) -> Response | None:
        if request.url.path != "/entries":
            return None
        honest = node.ledger.receipt(node.ledger.enrol(party(9)).entry_id)
        return JSONResponse(honest | {"header": far.to_bytes().decode()})

    node.lie = receipt
    with opened(home, node, key=key, patience_s=0.1) as book, pytest.raises(Unproven, match="roster"):
        book.wait(node.ledger.entry("deposit", [key], deposit_data(), b"one"))
    assert sum("rosters" in call for call in node.calls) == asked
    assert versions(home) == [1]


def test_a_header_that_names_a_roster_of_a_known_version_wrongly_is_no_evidence_against_anybody(
    home: Home, node: PaperNode, key: HeldKey
) -> None:
    with opened(home, node, key=key, patience_s=0.1) as book:
        after_a_change(node.ledger)
        book.checkpoint()
        wrong = replace(node.ledger.tip.header, roster_digest=bytes(32), next_roster_digest=bytes(32)).to_bytes()
        entry = node.ledger.enrol(party(9))
        path = f"/entries/{entry.entry_id.hex()}/receipt"
        receipt = node.ledger.receipt(entry.entry_id) | {"header": wrong.decode()}
        node.lie = only(path, lambda: JSONResponse(receipt))
        with pytest.raises(Unproven, match=r"roster 2, sha256:0000.*not known here"):
            book.receipt(entry.entry_id)
    assert not (home.ledger().path / "forks").exists()


def deposit_data() -> dict[str, Any]:
    sealed = {"file_name": bytes(32), "description": bytes(32)}
    media = {"media_type": "text/csv", "formed_at": None}
    return {"digest": bytes(32), "algorithm": "sha-256", "scope": "full", "size_bytes": 1, **media, **sealed}


def test_where_one_node_lies_or_is_busy_another_proves_the_roster(home: Home, ledger: PaperLedger) -> None:
    pair = PaperNode(ledger), PaperNode(ledger)
    with serving(*pair), opened(home, *pair) as book:
        book.checkpoint()
        after_a_change(ledger)
        pair[0].lie = only("/rosters/2/evidence", lambda: problem(503, "busy", "later", retry_after_s=1))
        assert book.checkpoint().header.roster_version == 2
    assert pair[1].calls.count("GET /rosters/2/evidence") == 1


def test_where_nobody_can_tell_now_it_is_busy_and_not_a_lie(home: Home, node: PaperNode) -> None:
    with opened(home, node, patience_s=0.1) as book:
        after_a_change(node.ledger)
        node.lie = only("/rosters/2/evidence", lambda: problem(503, "busy", "later", retry_after_s=1))
        with pytest.raises(Busy, match="later"):
            book.checkpoint()


def test_a_node_behind_the_change_is_behind_and_another_is_asked(home: Home, ledger: PaperLedger) -> None:
    late, level = PaperNode(ledger.twin()), PaperNode(ledger)
    with serving(late, level):
        after_a_change(ledger)
        with opened(home, level) as book:
            book.checkpoint()
        with opened(home, late, level) as book:
            assert book.checkpoint().header.roster_version == 2
        with opened(home, late, patience_s=0.1) as book, pytest.raises(Behind, match="leaves"):
            book.checkpoint()
    assert not (home.ledger().path / "forks").exists()


def test_a_node_whose_institution_has_left_is_passed_over_for_one_that_goes_on(
    home: Home, ledger: PaperLedger, key: HeldKey
) -> None:
    """It serves the log up to the change for ever, and nothing that is known says that this is old."""
    deposited = ledger.entry("deposit", [key], deposit_data(), b"one")
    ledger.add(deposited)
    ledger.amend(joins=[joining()])
    left, level = PaperNode(ledger.twin()), PaperNode(ledger)
    ledger.enrol(party(7))
    asked: list[Callable[[Ledger], Any]] = [
        lambda book: book.checkpoint().checkpoint.size,
        lambda book: book.receipt(deposited.entry_id).head.checkpoint.size,
        lambda book: verified_size(book.prove(deposited.entry_id).pack),
    ]
    with serving(left, level):
        for number, ask in enumerate(asked):
            elsewhere = Home(home.path / str(number))
            with opened(elsewhere, left, level) as book:
                assert ask(book) == ledger.frontier.size
                assert book.roster.version == 2


def verified_size(pack: bytes) -> int:
    return parse_tlog_proof(read_container(pack)["header.tlog-proof"]).checkpoint.size


def test_where_every_node_s_log_ends_with_the_change_that_is_what_is_known(home: Home, ledger: PaperLedger) -> None:
    pair = PaperNode(ledger), PaperNode(ledger)
    with serving(*pair), opened(home, *pair) as book:
        ledger.amend(joins=[joining()])
        assert book.checkpoint().header.ends_epoch
        assert book.checkpoint().checkpoint.size == ledger.frontier.size
    assert [node.calls.count("GET /checkpoint") for node in pair] in ([3, 1], [2, 2])


# --- institutions that lie -------------------------------------------------------------------------------------------


def forked(home: Home) -> set[bytes]:
    """The checkpoints that are kept as evidence."""
    return {path.read_bytes() for path in (home.ledger().path / "forks").iterdir()}


def test_a_change_on_another_log_than_the_one_that_was_seen_is_a_fork(home: Home, node: PaperNode) -> None:
    rival = node.ledger.twin()
    rival.enrol(party(8))
    after_a_change(rival)
    with opened(home, node, patience_s=0.1) as book:
        node.ledger.enrol(party(9))
        book.checkpoint()
        seen = node.ledger.checkpoint
        node.ledger = rival
        with pytest.raises(Fork, match="a quorum signed both"):
            book.checkpoint()
    assert forked(home) == {seen, rival.changes[2].checkpoint}
    assert versions(home) == [1]
    assert home.ledger().newest_checkpoint() == seen


def test_two_rosters_of_one_version_are_a_fork(home: Home, node: PaperNode) -> None:
    rival = node.ledger.twin()
    after_a_change(rival, api="https://elsewhere.example")
    with opened(home, node, patience_s=0.1) as book:
        after_a_change(node.ledger)
        book.checkpoint()
        seen, node.ledger = node.ledger.checkpoint, rival
        with pytest.raises(Fork, match="different institutions are roster 2"):
            book.checkpoint()
        assert forked(home) == {seen, rival.changes[2].checkpoint}
        node.lie = only("/rosters/2/evidence", lambda: problem(404, "not-found", "no roster 2"))
        with pytest.raises(Unproven, match="no roster 2"):
            book.checkpoint()


def goes_on(ledger: PaperLedger) -> PaperLedger:
    """The same log up to its change of the roster, and one more block that the roster before has signed."""
    twin, last = ledger.twin(), ledger.tip.header
    twin.rosters = twin.rosters[:1]
    header = replace(
        last,
        height=last.height + 1,
        time_ms=last.time_ms + 1,
        previous=last.digest,
        first=last.log_size,
        entries=0,
        entries_digest=entries_digest([]),
        tree_size=last.log_size,
        tree_root=twin.frontier.root,
        next_roster_version=last.roster_version,
        next_roster_digest=last.roster_digest,
    )
    hashes = [leaf_hash(header.to_bytes())]
    twin.nodes |= {(level, index): node for level, index, node in new_nodes(twin.frontier, hashes)}
    twin.frontier = twin.frontier.extend(hashes)
    twin.leaves.append(header.to_bytes())
    twin.headers.append(header)
    twin.checkpoint = twin.cosigned(Checkpoint(ORIGIN, twin.frontier.size, twin.frontier.root))
    assert Header.parse(twin.leaves[-1]).roster_version == 1
    return twin


@pytest.mark.parametrize("ask", ["checkpoint", "receipt", "connect"])
def test_what_institutions_sign_after_their_roster_has_ended_is_not_believed(
    home: Home, node: PaperNode, ask: str
) -> None:
    """Their log is the true one up to the change, so that consistency alone would not show the lie."""
    entry = node.ledger.enrol(party(5))
    with opened(home, node) as book:
        node.ledger.amend(joins=[joining()])
        book.checkpoint()
        lying = goes_on(node.ledger)
        truth = node.ledger.twin()
        truth.enrol(party(7))
        node.ledger = truth
        book.checkpoint()
        assert (versions(home), lying.frontier.size < truth.frontier.size) == ([1, 2], True)
        home.ledger().remember_checkpoint(truth.changes[2].checkpoint)
        node.ledger = lying
        what = r"roster 1 governed until the log had \d+ leaves, and its members signed one of \d+"
        asked: dict[str, Callable[[], object]] = {
            "checkpoint": book.checkpoint,
            "receipt": lambda: book.receipt(entry.entry_id),
            "connect": lambda: Ledger.connect(node.url, book.fingerprint, home=home.path, patience_s=0.1),
        }
        with pytest.raises(Fork, match=what):
            asked[ask]()
    assert forked(home) == {truth.changes[2].checkpoint, lying.checkpoint}
    assert home.ledger().newest_checkpoint() == truth.changes[2].checkpoint
