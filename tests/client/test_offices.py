"""Offices, holders and a judge at their commands, against a node that is really served.

One institution has every role, so one office key acts for registrar, court and exchange; the rules are `demo-fast`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import Command, Ended
from served_in_thread import serving_in_thread
from served_node import Served

from datadeed import EnrolRequest, Ledger
from datadeed.acts import court, registrar
from datadeed.counter import utc_ms
from datadeed.keyring import HeldKey
from datadeed_ledger.encoding import sha256, time_text
from datadeed_ledger.entry import Entry


def today(days: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(hours=8, days=days)).date().isoformat()


class Desks:
    """Everybody's commands on one machine. parties: by the name of their key."""

    def __init__(self, run: Command, node: Served, folder: Path) -> None:
        self.run, self.node, self.folder = run, node, folder
        self.fingerprint = node.institutions.genesis.fingerprint.hex()
        self.member, self.office_key = node.institutions.office("registrar")
        self.office = folder / "office.key"
        self.office.write_text(sha256(f"office {self.member.name}".encode()).hex() + "\n")
        self.office.chmod(0o600)
        self.parties: dict[str, str] = {}
        self.ok("connect", f"http://127.0.0.1:{node.port}", "--fingerprint", self.fingerprint)

    def ok(self, *words: object) -> Any:
        """What a command that has to succeed says with --json."""
        ended = self.run(*words, "--json")
        assert ended.code == 0, ended.out + ended.err
        return ended.json

    def act(self, *words: object) -> str:
        """An act of the office; its entry's id."""
        entry_id: str = self.ok(*words, "--office", self.office)["entry_id"]
        return entry_id

    def refused(self, *words: object) -> int:
        """The number of the rule that refuses an act of the office."""
        ended = self.run(*words, "--office", self.office, "--json")
        assert ended.code == 3, ended.out
        return int(ended.json["error"]["message"].split()[1].rstrip(":"))

    def enrol(self, name: str) -> str:
        request_path = self.folder / f"{name}.request.json"
        self.ok("key", "new", name, "--name", f"{name} 公司", "--credit-code", "", "-o", request_path)
        request = EnrolRequest.parse(request_path.read_bytes())
        body = request.body(self.member.member_id, utc_ms() + 3_600_000)
        with Ledger.open() as ledger:
            ledger.wait(Entry.build(body, {self.member.member_id: self.office_key}))
        self.parties[name] = request.party.hex()
        return self.parties[name]

    def signed_by(self, kind: str, data: dict[str, Any], *names: str) -> Ended:
        """An entry that these parties sign, as a draft that travels between them; how its submission ended."""
        source, draft = self.folder / "data.json", self.folder / f"{kind}.{len(list(self.folder.iterdir()))}.draft.json"
        source.write_text(json.dumps(data))
        by = [word for name in names for word in ("--by", name)]
        self.ok("draft", kind, "--data", source, *by, "-o", draft)
        for name in names:
            self.ok("sign", draft, "--key", name, "--yes")
        return self.run("submit", draft, "--json")

    def recorded(self, kind: str, data: dict[str, Any], *names: str) -> str:
        ended = self.signed_by(kind, data, *names)
        assert ended.code == 0, ended.out
        entry_id: str = ended.json["entry_id"]
        return entry_id

    def description(self, deposit: str, **changed: Any) -> dict[str, Any]:
        return {
            "object_name": "空气质量",
            "industry": "64",
            "sources": ["self_collected"],
            "personal_data": False,
            "data_format": "csv",
            "size_bytes": 3,
            "update_frequency": "daily",
            "deposits": [{"deposit": deposit, "item": None}],
        } | changed

    def application(self, holder: str) -> str:
        (self.folder / "file").write_text(f"{holder} {len(list(self.folder.iterdir()))}")
        deposit = self.ok("deposit", self.folder / "file", "--key", holder)["entry_id"]
        data = {
            "regime": "cnipa_data_ip",
            "registrar": self.member.member_id.hex(),
            "applicants": [{"party": self.parties[holder], "share": 10_000}],
            "description": self.description(deposit),
        }
        return self.recorded("apply", data, holder)

    def registered(self, holder: str) -> str:
        right = self.application(holder)
        self.act("register", "accept", right)
        self.act("register", "register", right)
        return right

    def pack(self, *words: object) -> Path:
        path = self.folder / f"pack-{len(list(self.folder.iterdir()))}.zip"
        self.ok("prove", *words, "-o", path)
        return path

    def verified(self, pack: Path, *words: object) -> Any:
        return self.ok("verify", pack, "--fingerprint", self.fingerprint, *words)["report"]


@pytest.fixture
def desks(run: Command, tmp_path: Path, passphrase_file: Path) -> Iterator[Desks]:
    (tmp_path / "nodes").mkdir()
    with serving_in_thread(tmp_path / "nodes") as node:
        desks = Desks(run, node, tmp_path)
        desks.enrol("anna")
        desks.enrol("boris")
        yield desks


def test_an_application_is_corrected_accepted_and_registered_with_demonstration_numbers(desks: Desks) -> None:
    right = desks.application("anna")
    desks.act("register", "correct", right, "--reason", "description_unclear", "--reason", "source_not_shown")
    deposit = desks.ok("deposit", desks.folder / "file", "--key", "anna")["entry_id"]
    desks.recorded("correct", {"right": right, "description": desks.description(deposit, size_bytes=4)}, "anna")
    desks.act("register", "publish", right)
    shown = desks.run("register", "register", right, "--office", desks.office)
    assert (shown.code, "DEMO" in shown.out, "并非官方编号" in shown.out) == (0, True, True)
    other = desks.application("boris")
    desks.act("register", "accept", other)
    second = desks.ok("register", "register", other, "--office", desks.office)
    assert second["registration_no"][8:15] == "0000002"
    report = desks.verified(desks.pack(right), "--ask", f"right/{right}")
    assert (report["state"]["status"], report["rules_replayed"]) == ("registered", True)


def test_a_freeze_beats_a_transfer_that_waits_for_approval(desks: Desks) -> None:
    right = desks.registered("anna")
    transfer = {"right": right, "holders_after": [{"party": desks.parties["boris"], "share": 10_000}], "price": "1"}
    request = desks.recorded("transfer", transfer, "anna", "boris")
    freeze = desks.act("court", "freeze", right, "--months", 12, "--ruling-no", "(2026)京73财保1号")
    assert desks.refused("register", "approve", right, request)
    (frozen,) = desks.ok("register", "list", "--list", "freezes")["lists"]["freezes"]
    assert (frozen["id"], frozen["kind"], frozen["right"]) == (freeze, "freeze", right)
    desks.act("court", "renew-freeze", right, freeze, "--months", 24)
    desks.act("court", "unfreeze", right, freeze)
    desks.act("register", "approve", right, request)
    (found,) = desks.ok("register", "find", "--holder", desks.parties["boris"])["rights"]
    assert (found["right"], found["status"]) == (right, "registered")


def test_how_it_stood_at_an_earlier_time_is_proven(desks: Desks) -> None:
    right = desks.registered("anna")
    before = desks.ok("prove", right, "-o", desks.folder / "before.zip")
    moment = desks.verified(Path(before["pack"]))["state"]["time_ms"]
    desks.act("court", "enforce", right, "--holder", desks.parties["boris"], "--ruling-no", "x")
    at = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
    proven = desks.ok("prove", right, "--at", at, "-o", desks.folder / "at.zip")
    assert proven["state_at"]["holders"] == [{"party": desks.parties["anna"], "share": 10_000}]
    report = desks.verified(desks.folder / "at.zip", "--at", at)
    assert report["state_at"]["holders"] == proven["state_at"]["holders"]
    assert report["state"]["holders"] == [{"party": desks.parties["boris"], "share": 10_000}]
    shown = desks.run("verify", desks.folder / "at.zip", "--fingerprint", desks.fingerprint, "--at", today(-1))
    assert (shown.code, "尚未产生" in shown.out, "As of the time asked about" in shown.out) == (0, True, True)
    later = desks.run("verify", desks.folder / "at.zip", "--fingerprint", desks.fingerprint, "--at", today(2))
    assert (later.code, "无法判定" in later.out, "an earlier one" in later.out) == (1, True, True)
    future = desks.run("prove", right, "--at", today(2), "-o", desks.folder / "future.zip")
    assert (future.code, "an earlier one" in future.err, (desks.folder / "future.zip").exists()) == (1, True, False)


def test_absence_is_proven_and_presence_is_said(desks: Desks) -> None:
    right = desks.registered("anna")
    number = desks.verified(desks.pack(right))["state"]["record"]["registration_no"]
    for subject, kind in (
        (f"right/{right}", "licence"),
        (f"right/{right}", "objection"),
        ("number/0000000000000000", ""),
    ):
        words = ("--kind", kind) if kind else ()
        pack = desks.pack("--absent", subject, *words)
        asked = f"{subject}/{kind}" if kind else subject
        assert desks.verified(pack, "--ask", asked)["answers"] == [asked]
        unasked = desks.run("verify", pack, "--fingerprint", desks.fingerprint)
        assert unasked.code == 1
    present = desks.run("prove", "--absent", f"number/{number}", "-o", desks.folder / "no.zip", "--json")
    assert (present.code, present.json["error"]["kind"]) == (1, "present")
    for words in (
        ("--absent", "who"),
        ("--absent", f"right/{right}", "--at", today()),
        (),
        (right, "--kind", "licence"),
    ):
        assert desks.run("prove", *words, "-o", desks.folder / "none.zip").code == 2
    assert not (desks.folder / "none.zip").exists()


def test_an_asset_and_a_contract_travel_between_exchange_and_parties(desks: Desks) -> None:
    right = desks.registered("anna")
    deposit = desks.ok("deposit", desks.folder / "file", "--key", "anna")["entry_id"]
    register = ("exchange", "register-asset", desks.parties["anna"], "--industry", "64", "--category", "data_set")
    alone = desks.run(*register, "--office", desks.office)
    assert (alone.code, "-o FILE" in alone.err) == (2, True)
    draft = desks.folder / "asset.draft.json"
    desks.ok(
        *register, "--right", right, "--deposit", deposit, "--valuation", "CNY 1", "--office", desks.office, "-o", draft
    )
    desks.ok("sign", draft, "--key", "anna", "--yes")
    asset = desks.ok("submit", draft)["entry_id"]
    contract = desks.folder / "contract.draft.json"
    desks.ok(
        *("exchange", "record-contract", "--seller", desks.parties["anna"], "--buyer", desks.parties["boris"]),
        *("--subject-matter", "data_set", "--start", today(), "--end", today(30), "--asset", asset),
        *("--amount", "CNY 5000.00", "--office", desks.office, "-o", contract),
    )
    for name in ("anna", "boris"):
        desks.ok("sign", contract, "--key", name, "--yes")
    desks.ok("submit", contract)
    report = desks.verified(desks.pack(asset), "--ask", f"asset/{asset}")
    assert (report["kind"], len(report["about"])) == ("asset", 2)
    table = desks.folder / "assets.csv"
    desks.ok("register", "export", "--table", "assets", "-o", table, "--pack", desks.folder / "assets.zip")
    (row,) = csv.DictReader(io.StringIO(table.read_text("utf-8-sig")))
    assert (row["数据资产编号 asset"], row["权利编号 right"], row["备案合同数 contracts"]) == (asset, right, "1")
    delisting = desks.folder / "delisting.draft.json"
    desks.ok("exchange", "delist", asset, "--reason", "seller_request", "--office", desks.office, "-o", delisting)
    desks.ok("submit", delisting)
    assert desks.verified(desks.pack(asset))["state"]["status"] == "delisted"


def test_the_register_is_a_table_that_a_pack_proves_complete(desks: Desks) -> None:
    rights = [desks.registered("anna"), desks.registered("boris")]
    desks.act("register", "note-dispute", rights[0], "--case-no", "(2026)京73民初1号")
    table, pack = desks.folder / "register.csv", desks.folder / "register.zip"
    done = desks.ok("register", "export", "-o", table, "--pack", pack)
    assert (done["rows"], done["kind"]) == (2, "export")
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"))))
    by_right = {row["权利编号 right"]: row for row in rows}
    assert by_right.keys() == set(rights)
    disputed = by_right[rights[0]]
    assert (disputed["状态 status"], disputed["争议标注数 disputes"]) == ("registered", "1")
    assert disputed["登记主体 holders"] == f"{desks.parties['anna']}=10000"
    report = desks.verified(pack, "--ask", "register")
    proven = {each["subject"] for each in report["records"]}
    assert {f"right/{right}" for right in rights} | {f"party/{each}" for each in desks.parties.values()} <= proven
    for name in ("licences", "assets", "parties"):
        out = desks.folder / f"{name}.csv"
        done = desks.ok("register", "export", "--table", name, "-o", out, "--pack", desks.folder / f"{name}.zip")
        assert done["rows"] == {"licences": 0, "assets": 0, "parties": 2}[name]
    wrong = desks.run(
        "register", "export", "--table", "x", "-o", desks.folder / "x.csv", "--pack", desks.folder / "x.zip"
    )
    assert (wrong.code, (desks.folder / "x.zip").exists()) == (2, False)
    again = desks.run("register", "export", "-o", table, "--pack", desks.folder / "other.zip")
    assert (again.code, "never written over" in again.err) == (2, True)


def test_work_lists_show_what_awaits_whom(desks: Desks) -> None:
    examined, pending = desks.application("anna"), desks.registered("anna")
    cancel = desks.recorded("cancel", {"right": pending, "reason": "no_longer_used"}, "anna")
    lists = desks.ok("register", "list")["lists"]
    assert [each["id"] for each in lists["applications"]] == [examined]
    assert [(each["id"], each["kind"]) for each in lists["requests"]] == [(cancel, "cancel")]
    soon = desks.ok("register", "list", "--list", "requests", "--within-days", 1)["lists"]
    assert soon == {"requests": []}
    shown = desks.run("register", "list", "--registrar", desks.member.name)
    for word in ("待审查的申请", examined, "时点", "As of", "Open objections 未决异议 (0)"):
        assert word in shown.out
    assert "\\u" not in shown.out
    unknown = desks.run("register", "list", "--list", "everything")
    assert (unknown.code, "is no work list" in unknown.err) == (2, True)
    desks.act("register", "reject", pending, cancel, "--ground", "other")
    desks.act("register", "refuse", examined, "--ground", "not_eligible_data")
    assert {name for name, items in desks.ok("register", "list")["lists"].items() if items} <= {"renewals"}
    (refused,) = desks.ok("register", "find", "--status", "rejected")["rights"]
    assert refused["right"] == examined
    announced = ("--from", today(), "--until", today(), "--industry", "64")
    assert [each["right"] for each in desks.ok("register", "find", *announced)["rights"]] == [pending]
    early = desks.run("register", "find", "--at", "2000-01-01", "--json")
    assert (early.code, "founded after" in early.json["error"]["message"]) == (1, True)


def test_licence_and_pledge_are_shown_as_of_the_checkpoint_and_ended_by_a_court(desks: Desks) -> None:
    right = desks.registered("anna")
    terms = {"right": right, "licensee": desks.parties["boris"], "type": "exclusive", "sublicensing": False}
    scope = {"territory": ["*"], "industry": ["*"], "use": ["*"], "start": today(), "end": today(30)}
    licence = desks.recorded("license", terms | scope, "anna", "boris")
    later = terms | scope | {"type": "ordinary", "territory": ["CN-11"], "start": today(31), "end": today(40)}
    desks.recorded("license", later, "anna", "boris")
    pledge = {"right": right, "pledgee": desks.parties["boris"], "debt_due": today(99), "debt_amount": "CNY 1"}
    desks.act("register", "approve", right, desks.recorded("pledge", pledge, "anna", "boris"))
    shown = desks.run("verify", desks.pack(right), "--fingerprint", desks.fingerprint).out
    for word in ("in force 生效", "stands 存续", f"party/{desks.parties['boris']} · "):
        assert word in shown
    table = desks.folder / "licences.csv"
    desks.ok("register", "export", "--table", "licences", "-o", table, "--pack", desks.folder / "licences.zip")
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"))))
    assert sorted((row["许可类型 type"], row["是否存续 stands"], row["是否生效 in_force"]) for row in rows) == [
        ("exclusive", "yes", "yes"),
        ("ordinary", "yes", "no"),
    ]
    present = desks.run("prove", "--absent", f"right/{right}", "--kind", "licence", "-o", desks.folder / "no.zip")
    assert (present.code, "datadeed prove" in present.err) == (1, True)
    desks.act("court", "end-license", right, licence, "--reason", "court_decision")
    desks.act("court", "release-pledge", right, "--reason", "court_decision")
    state = desks.verified(desks.pack(right))["state"]
    assert (state["pledge"], [each["licence"]["start"] for each in state["licences"]]) == (None, [today(31)])


def test_a_dispute_ends_and_a_wrong_revocation_is_corrected(desks: Desks) -> None:
    right = desks.registered("anna")
    dispute = desks.act("court", "note-dispute", right)
    assert desks.refused("court", "end-dispute", right, right)
    desks.act("register", "end-dispute", right, dispute)
    revoked = desks.act("register", "revoke", right, "--ground", "false_statement", "--judgment-no", "1")
    corrected = ("register", "correct-record", right, revoked, "--reason", "wrong_revocation", "--undo-end")
    desks.act(*corrected, "--ruling-no", "2")
    desks.act("register", "suspend", desks.parties["anna"], "--reason", "key_compromised")
    assert desks.signed_by("cancel", {"right": right, "reason": "other"}, "anna").code == 3
    desks.act("court", "reinstate", desks.parties["anna"], "--reason", "grounds_gone")
    shown = desks.run("verify", desks.pack(right), "--fingerprint", desks.fingerprint)
    for word in ("已被取代或更正的事项", "correction 更正", "检查点时点的状态", "registered"):
        assert word in shown.out
    wrong = desks.run("register", "decide", right, revoked, "--outcome", "maybe", "--office", desks.office)
    assert (wrong.code, "upheld or dismissed" in wrong.err) == (2, True)


def test_the_table_is_drawn_under_the_rules_that_were_in_force(desks: Desks) -> None:
    right = desks.registered("anna")
    rules = desks.folder / "rules.json"
    changed = desks.node.institutions.genesis.rules | {"name": "demo-slower", "request_max_days": 30}
    rules.write_text(json.dumps(changed))
    effective = utc_ms() + 4000
    desks.act("register", "amend-rules", rules, "--effective", time_text(effective))
    with Ledger.open(signer=HeldKey(desks.member.member_id, desks.office_key)) as ledger:
        while ledger.checkpoint().header.time_ms < effective:
            ledger.deposit(b"time goes by in blocks")
        export = ledger.tables(ledger.export())
    assert (export.rules.name, [row["right"] for row in export.rows("rights")]) == ("demo-slower", [right])


def test_a_right_of_before_this_ledger_is_imported_with_its_holder(desks: Desks) -> None:
    (desks.folder / "old").write_text("old")
    deposit = desks.ok("deposit", desks.folder / "old", "--key", "anna")["entry_id"]
    data = desks.folder / "import.json"
    old = {
        "regime": "cnipa_data_ip",
        "registrar": desks.member.member_id.hex(),
        "applicants": [{"party": desks.parties["anna"], "share": 10_000}],
        "description": desks.description(deposit),
        "registration_no": "2024BJ0000000001",
        "certificate_no": "11000000000000009",
        "announced_on": today(-30),
        "until": today(300),
    }
    data.write_text(json.dumps(old))
    draft = desks.folder / "import.draft.json"
    desks.ok("register", "import", "--data", data, "--office", desks.office, "-o", draft)
    desks.ok("sign", draft, "--key", "anna", "--yes")
    right = desks.ok("submit", draft)["entry_id"]
    report = desks.verified(desks.pack(right), "--ask", f"right/{right}")
    assert (report["kind"], report["state"]["status"]) == ("title", "registered")


def test_a_key_is_replaced_by_its_party_and_after_a_loss_by_the_office(desks: Desks) -> None:
    (desks.folder / "file").write_text("x")
    replaced = desks.ok("key", "rotate", "anna", "anna-2")
    assert replaced["party"] == desks.parties["anna"]
    old = desks.run("deposit", desks.folder / "file", "--key", "anna", "--json")
    assert (old.code, old.json["error"]["kind"]) == (3, "refused")
    desks.ok("deposit", desks.folder / "file", "--key", "anna-2")
    draft = desks.folder / "recovery.draft.json"
    needs = desks.run("key", "rotate", "anna-2", "anna-3", "--reason", "recovery")
    assert (needs.code, "-o FILE" in needs.err) == (2, True)
    asked = desks.ok("key", "rotate", "anna-2", "anna-3", "--reason", "recovery", "-o", draft)
    assert asked["missing"] == [desks.member.member_id.hex()]
    desks.ok("sign", draft, "--office", desks.office, "--yes", "--sight-unseen")
    desks.ok("submit", draft)
    desks.ok("deposit", desks.folder / "file", "--key", "anna-3")


def test_a_new_name_is_signed_by_party_and_office(desks: Desks) -> None:
    draft = desks.folder / "renaming.draft.json"
    words = ("--reason", "renaming", "--name", "新名称公司")
    asked = desks.ok("key", "rotate", "boris", "boris-2", *words, "-o", draft)
    assert asked["missing"] == [desks.member.member_id.hex()]
    shown = desks.run("sign", draft, "--office", desks.office, "--yes", "--sight-unseen")
    assert (shown.code, "新名称公司" in shown.out) == (0, True)
    desks.ok("submit", draft)
    taken = desks.run("key", "rotate", "boris", "boris-2")
    assert (taken.code, "is there already" in taken.err) == (2, True)
    unknown = desks.run("key", "rotate", "boris", "boris-3", "--reason", "boredom")
    assert (unknown.code, "no reason for a new key" in unknown.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("register", "decide", "ab" * 32, "cd" * 32, "--outcome", "dismissed"), 3, "rule "),
        (("register", "register", "ab" * 32, "--certificate-no", "11000000000000001"), 2, "or neither"),
        (("register", "refuse", "ab", "--ground", "other"), 2, "64 hex digits"),
        (("court", "freeze", "ab" * 32, "--months", "0"), 2, "--months"),
        (
            ("exchange", "register-asset", "ab" * 16, "--industry", "64", "--category", "x", "--deposit", "ab:c"),
            2,
            ":ITEM",
        ),
    ],
)
def test_what_an_office_mistypes_is_named(desks: Desks, words: tuple[str, ...], code: int, said: str) -> None:
    ended = desks.run(*words, "--office", desks.office)
    assert (ended.code, said in ended.err) == (code, True), ended.err


@pytest.mark.parametrize("holders", [("a=1", "b"), (), ("a=x",)])
def test_holders_without_a_whole_are_named(desks: Desks, holders: tuple[str, ...]) -> None:
    words = [word for holder in holders for word in ("--holder", holder)]
    ended = desks.run("court", "enforce", "ab" * 32, *words, "--office", desks.office)
    assert (ended.code, "--holder PARTY=SHARE" in ended.err) == (2, True)


def test_the_sdk_performs_acts_and_asks_the_same_questions(desks: Desks) -> None:
    right = desks.application("anna")
    with Ledger.open(signer=HeldKey(desks.member.member_id, desks.office_key)) as office:
        office.perform(registrar.publish(right))
        numbers = office.next_numbers()
        office.perform(
            registrar.register(right, registration_no=numbers.registration_no, certificate_no=numbers.certificate_no)
        )
        freeze = office.perform(court.freeze(right, months=6)).entry_id
        assert [each["id"] for each in office.work(["freezes"]).lists["freezes"]] == [freeze.hex()]
        assert [each["right"] for each in office.rights(status="registered").items] == [right]
        assert office.prove_absent(f"right/{right}", kind="licence").report.answers == (f"right/{right}/licence",)
        (row,) = office.tables(office.export()).rows("rights")
        assert (row["right"], row["frozen_by"]) == (right, desks.member.name)
