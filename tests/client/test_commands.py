"""The `datadeed` command as people and programs use it: what it shows, what it writes, how it ends."""

from __future__ import annotations

import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from command_line import Command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paper_ledger import PaperLedger, PaperNode, found, now_ms, office, party, problem, serving
from starlette.responses import Response

from datadeed.display import lines_of, safe, speak_any_script
from datadeed.enrolment import EnrolRequest
from datadeed.home import Home
from datadeed.words import LABELS, TITLES, explain
from datadeed_ledger.encoding import jcs, sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import DatadeedError


def today(days: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(hours=8, days=days)).date().isoformat()


@pytest.fixture
def connected(run: Command, node: PaperNode) -> PaperNode:
    assert run("connect", node.url, "--fingerprint", node.ledger.genesis.fingerprint.hex()).code == 0
    return node


def enrol(run: Command, node: PaperNode, key_name: str, tmp_path: Path) -> bytes:
    """A new key of this machine, enrolled by the registrar from its request file; the party's id."""
    request_path = tmp_path / f"{key_name}-request.json"
    made = run("key", "new", key_name, "--name", "示例公司", "--credit-code", "", "-o", request_path, "--json")
    assert made.code == 0, made.err
    request = EnrolRequest.parse(request_path.read_bytes())
    registrar = office("registrar")
    body = request.body(registrar.signer_id, now_ms() + 3_600_000)
    node.ledger.add(Entry.build(body, {registrar.signer_id: registrar.key}))
    assert made.json["party"] == request.party.hex()
    return request.party


@pytest.fixture
def enrolled(run: Command, connected: PaperNode, passphrase_file: Path, tmp_path: Path) -> PaperNode:
    enrol(run, connected, "default", tmp_path)
    return connected


def office_file(role: str, tmp_path: Path) -> Path:
    path = tmp_path / f"{role}.key"
    name = next(each.name for each in found().roster.members if role in each.roles)
    path.write_text(sha256(f"office {name}".encode()).hex() + "\n")
    path.chmod(0o600)
    return path


# --- connect ---------------------------------------------------------------------------------------------------------


def test_connect_shows_the_ledger_and_its_institutions(run: Command, node: PaperNode, home: Home) -> None:
    fingerprint = node.ledger.genesis.fingerprint.hex()
    ended = run("connect", node.url, "--fingerprint", fingerprint)
    assert ended.code == 0
    for word in (fingerprint, "示例court Example court (court.example.cn)", node.url, "datadeed key new", "已连接"):
        assert word in ended.out
    assert home.fingerprints() == (fingerprint,)
    again = run("connect", node.url, "--fingerprint", fingerprint, "--json").json
    assert (again["fingerprint"], again["log_size"], again["nodes"][0]) == (fingerprint, 5, node.url)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--fingerprint", "ab" * 32), 1, "serves the ledger"),
        (("--fingerprint", "ab"), 2, "64 hex digits"),
        ((), 2, "Missing option"),
    ],
)
def test_connect_says_what_is_wrong(
    run: Command, node: PaperNode, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ended = run("connect", node.url, "--patience", "1", *arguments)
    assert (ended.code, words in ended.err) == (code, True)


def test_a_wrong_address_is_named(run: Command) -> None:
    ended = run("connect", "http://node.example", "--fingerprint", "ab" * 32)
    assert (ended.code, "https://… is expected" in ended.err) == (2, True)


# --- key -------------------------------------------------------------------------------------------------------------


def test_a_new_key_is_encrypted_and_its_request_opens_the_name(
    run: Command, connected: PaperNode, passphrase_file: Path, home: Home, tmp_path: Path
) -> None:
    ended = run("key", "new", "--name", "示例公司", "--credit-code", "91110000MA01X")
    assert ended.code == 0
    assert "enrol-request.json" in ended.out
    request = EnrolRequest.parse((tmp_path / "enrol-request.json").read_bytes())
    assert (request.opened_name, request.opened_credit_code) == ("示例公司", "91110000MA01X")
    assert request.ledger == connected.ledger.genesis.fingerprint
    folder = home.ledger()
    held = folder.locked_key("default").open(passphrase_file.read_bytes().strip())
    assert (held.signer_id, held.public_key) == (request.party, request.public_key)
    assert (folder.path / "keys" / "default.enrol-request.json").read_bytes() == request.to_bytes()
    assert (tmp_path / "enrol-request.json").stat().st_mode & 0o077 == 0


def test_key_show_lists_keys_without_opening_them(
    run: Command, connected: PaperNode, passphrase_file: Path, tmp_path: Path
) -> None:
    assert run("key", "show", "--json").json == []
    assert "datadeed key new" in run("key", "show").out
    one = enrol(run, connected, "one", tmp_path)
    two = enrol(run, connected, "two", tmp_path)
    passphrase_file.unlink()
    assert [each["party"] for each in run("key", "show", "--json").json] == [one.hex(), two.hex()]
    assert one.hex() in run("key", "show", "one").out
    ended = run("key", "show", "three")
    assert (ended.code, "known: one, two" in ended.err) == (2, True)


def test_nothing_is_written_over(run: Command, enrolled: PaperNode, tmp_path: Path) -> None:
    again = run("key", "new", "--name", "x", "--credit-code", "", "-o", tmp_path / "other.json")
    assert (again.code, "never written over" in again.err) == (2, True)
    (tmp_path / "there.json").write_text("")
    taken = run("key", "new", "second", "--name", "x", "--credit-code", "", "-o", tmp_path / "there.json")
    assert (taken.code, "there.json is there already" in taken.err) == (2, True)


def test_without_a_terminal_name_and_passphrase_must_be_given(
    run: Command, connected: PaperNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert "give --name" in run("key", "new").err
    assert "a party has a name" in run("key", "new", "--name", "", "--credit-code", "").err
    assert "DATADEED_PASSPHRASE_FILE" in run("key", "new", "--name", "x", "--credit-code", "").err


class Terminal(io.StringIO):
    """A person who types lines."""

    def isatty(self) -> bool:
        return True


def test_at_a_terminal_name_and_code_are_asked_for(
    run: Command, connected: PaperNode, passphrase_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("示例公司\n\n"))
    assert run("key", "new", "--json").code == 0
    request = EnrolRequest.parse((tmp_path / "enrol-request.json").read_bytes())
    assert (request.opened_name, request.opened_credit_code) == ("示例公司", None)


# --- deposit, prove, verify ------------------------------------------------------------------------------------------


def test_from_a_file_to_a_proof_that_a_stranger_can_check(
    run: Command, enrolled: PaperNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "数据.csv"
    file.write_text("a,b\n")
    deposited = run("deposit", file, "--description", "hourly", "--formed-at", "2026-11-01T00:00:00.000Z")
    assert deposited.code == 0
    assert sha256(b"a,b\n").hex() in deposited.out
    again = run("deposit", file, "--json").json
    assert (again["digest"], again["institutions"]) == (
        sha256(b"a,b\n").hex(),
        [m.name for m in found().roster.members],
    )
    assert again["receipt"]["entry_id"] == again["entry_id"]
    pack = tmp_path / "pack.zip"
    proven = run("prove", again["entry_id"], "-o", pack)
    assert (proven.code, "datadeed verify" in proven.out) == (0, True)
    taken = run("prove", again["entry_id"], "-o", pack)
    assert (taken.code, "never written over" in taken.err) == (2, True)

    monkeypatch.setenv("DATADEED_HOME", str(tmp_path / "a stranger's"))
    fingerprint = enrolled.ledger.genesis.fingerprint.hex()
    verified = run("verify", pack, "--fingerprint", fingerprint, "--file", file, "--ask", f"entry/{again['entry_id']}")
    assert verified.code == 0
    for word in ("核验通过 · passed", "✔", "signatures", "示例court Example court", "一并归档"):
        assert word in verified.out
    document = run("verify", pack, "--fingerprint", fingerprint, "--json").json
    assert (document["proven"], document["outcome"], document["report"]["kind"]) == (True, "passed", "entry")
    file.write_text("a,c\n")
    other = run("verify", pack, "--fingerprint", fingerprint, "--file", file)
    assert other.code == 1
    for word in ("与链上记录不一致 · inconsistent", "✘", "which of its versions"):
        assert word in other.out
    assert not (tmp_path / "a stranger's").exists(), "a judge needs no folder"


def test_a_folder_becomes_one_batch_and_any_file_of_it_a_proof(
    run: Command, enrolled: PaperNode, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number}.txt").write_text(str(number))
    (folder / "link").symlink_to(folder / "1.txt")
    shown = run("deposit-folder", folder)
    assert (shown.code, "link: symbolic link" in shown.out, "--item FILE" in shown.out) == (0, True, True)
    manifest = tmp_path / "manifest.json"
    done = run("deposit-folder", folder, "--description", "x", "-o", manifest, "--json").json
    assert (done["count"], done["manifest"]) == (20, str(manifest))
    assert done["left_out"] == [{"path": "link", "reason": "symbolic link"}]
    pack = tmp_path / "item.zip"
    proven = run(
        "prove", done["entry_id"], "--item", folder / "7.txt", "--manifest", manifest, "-o", pack, "--json"
    ).json
    assert (proven["kind"], proven["sha256"]) == ("item", sha256(pack.read_bytes()).hex())
    verified = run("verify", pack, "--fingerprint", proven["fingerprint"], "--file", folder / "7.txt")
    assert (verified.code, "item" in verified.out) == (0, True)
    taken = run("deposit-folder", folder, "-o", manifest)
    assert (taken.code, "never written over" in taken.err) == (2, True)


def test_an_institution_deposits_with_its_office_key(run: Command, connected: PaperNode, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = run("deposit", tmp_path / "file", "--office", office_file("notary", tmp_path), "--json")
    assert done.code == 0, done.out
    entry = Entry.parse(connected.ledger.leaf(done.json["index"]))
    assert entry.body.by == (office("notary").signer_id,)


def test_a_refusal_says_its_rule_in_both_languages(
    run: Command, connected: PaperNode, passphrase_file: Path, tmp_path: Path
) -> None:
    assert run("key", "new", "--name", "x", "--credit-code", "").code == 0
    (tmp_path / "file").write_text("x")
    refused = run("deposit", tmp_path / "file")
    assert refused.code == 3
    assert refused.err.startswith("✘ rule ")
    assert "按规则所述修改后重新提交" in refused.err
    error = run("deposit", tmp_path / "file", "--json").json["error"]
    assert (error["kind"], bool(error["message_zh"]), bool(error["next"])) == ("refused", True, True)


@pytest.mark.parametrize(
    ("lie", "code", "kind"),
    [
        (lambda request: problem(503, "busy", "full", retry_after_s=1), 4, "busy"),
        (lambda request: Response(b"garbage"), 1, "unproven"),
        (lambda request: problem(400, "malformed", "not that"), 2, "malformed"),
        (lambda request: problem(404, "not-found", "nobody knows"), 1, "not-found"),
    ],
)
def test_every_kind_of_error_has_its_exit_code(
    run: Command, enrolled: PaperNode, tmp_path: Path, lie: Any, code: int, kind: str
) -> None:
    (tmp_path / "file").write_text("x")
    enrolled.lie = lie
    ended = run("deposit", tmp_path / "file", "--patience", "1", "--json")
    assert (ended.code, ended.json["error"]["kind"]) == (code, kind)


def test_an_entry_that_nobody_could_record_yet_is_submitted_again_and_is_the_same(
    run: Command, enrolled: PaperNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    spaced = tmp_path / "Application Support"
    shutil.copytree(tmp_path / "home", spaced)
    monkeypatch.setenv("DATADEED_HOME", str(spaced))
    (tmp_path / "file").write_text("x")
    enrolled.lie = lambda request: problem(503, "busy", "full", retry_after_s=1)
    ended = run("deposit", tmp_path / "file", "--patience", "1")
    assert ended.code == 4
    command = ended.err.partition("`")[2].partition("`")[0]
    enrolled.lie = lambda request: None
    words = shlex.split(command)
    path = Path(words[2])
    recorded = run(*words[1:], "--json")
    assert (recorded.code, recorded.json["entry_id"], path.exists()) == (0, path.stem, False)


def test_a_wrong_passphrase_is_said(run: Command, enrolled: PaperNode, passphrase_file: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    passphrase_file.write_text("something else")
    ended = run("deposit", tmp_path / "file")
    assert (ended.code, "does not open this key" in ended.err) == (2, True)


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_file_that_cannot_be_read_is_named(run: Command, enrolled: PaperNode, name: str) -> None:
    ended = run("deposit", name)
    assert (ended.code, name in ended.err) == (2, True)


# --- drafts ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def right(enrolled: PaperNode, run: Command, tmp_path: Path, home: Home) -> str:
    """A right of the party of the key `default`, registered."""
    (tmp_path / "file").write_text("x")
    deposit = run("deposit", tmp_path / "file", "--json").json["entry_id"]
    description = {
        "object_name": "空气质量",
        "industry": "64",
        "sources": ["self_collected"],
        "personal_data": False,
        "data_format": "csv",
        "size_bytes": 1,
        "update_frequency": "daily",
        "deposits": [{"deposit": deposit, "item": None}],
    }
    holder = home.ledger().locked_key("default").party.hex()
    registrar = office("registrar").signer_id.hex()
    applicants = [{"party": holder, "share": 10_000}]
    data = {"regime": "cnipa_data_ip", "registrar": registrar, "applicants": applicants, "description": description}
    applied = alone(run, tmp_path, "apply", data, ["--key", "default"], "default")
    key = ["--office", str(office_file("registrar", tmp_path))]
    alone(run, tmp_path, "publish", {"right": applied}, key, "ip-office.example.cn")
    numbers = {"registration_no": "2026BJ0000000001", "certificate_no": "11000000000000001"}
    alone(run, tmp_path, "register", {"right": applied, **numbers}, key, registrar)
    return applied


def alone(run: Command, tmp_path: Path, kind: str, data: dict[str, Any], key: list[str], by: str) -> str:
    """Draft, sign and submit an entry with one signer; its id."""
    (tmp_path / "data.json").write_text(json.dumps(data, indent=2))
    draft = tmp_path / f"{kind}.draft.json"
    for command in (
        ["draft", kind, "--data", tmp_path / "data.json", "--by", by, "-o", draft],
        ["sign", draft, "--yes", *key],
    ):
        ended = run(*command)
        assert ended.code == 0, ended.err
    submitted = run("submit", draft, "--json")
    assert submitted.code == 0, submitted.out
    entry_id: str = submitted.json["entry_id"]
    return entry_id


def test_a_licence_travels_between_two_companies_as_a_file(
    run: Command, enrolled: PaperNode, right: str, tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = home.ledger().locked_key("default").party.hex()
    licensee = enrol(run, enrolled, "second", tmp_path).hex()
    terms = {
        "right": right,
        "licensee": licensee,
        "type": "ordinary",
        "territory": ["*"],
        "industry": ["*"],
        "use": ["internal"],
        "start": today(),
        "end": today(30),
        "sublicensing": False,
        "fee": "CNY 1200.00",
    }
    (tmp_path / "data.json").write_text(json.dumps(terms))
    drafted = run("draft", "license", "--data", tmp_path / "data.json", "--by", "default", "--by", licensee)
    assert (drafted.code, "datadeed sign" in drafted.out) == (0, True)
    (path,) = tmp_path.glob("license-*.draft.json")
    half = run("sign", path, "--yes")
    assert 'fee: "CNY 1200.00"' in half.out
    assert (half.code, licensee in half.out, "pass" in half.out) == (0, True, True)
    early = run("submit", path)
    assert (early.code, f"still to be signed by {licensee}" in early.err) == (2, True)
    whole = run("sign", path, "--key", "second", "--yes", "--json")
    assert (whole.code, whole.json["missing"], whole.json["readable"]["by"]) == (0, [], sorted([holder, licensee]))
    assert "CNY 1200.00" in whole.err, "with --json the draft is shown beside the document"
    recorded = run("submit", path)
    assert (recorded.code, "license" in recorded.out) == (0, True)
    pack = tmp_path / "title.zip"
    assert run("prove", right, "-o", pack).code == 0
    verified = run(
        "verify", pack, "--fingerprint", enrolled.ledger.genesis.fingerprint.hex(), "--ask", f"right/{right}"
    )
    assert (verified.code, "record" in verified.out) == (0, True)


def write_draft(run: Command, tmp_path: Path, data: str = "", **changes: Any) -> Path:
    path = tmp_path / "one.draft.json"
    deposit = {
        "digest": "ab" * 32,
        "algorithm": "sha-256",
        "scope": "full",
        "size_bytes": 1,
        "media_type": "text/csv",
        "file_name": "x.csv",
    }
    (tmp_path / "data.json").write_text(data or json.dumps(deposit | changes))
    ended = run("draft", "deposit", "--data", tmp_path / "data.json", "-o", path)
    assert ended.code == 0, ended.err
    return path


def test_signing_is_asked_for_and_a_no_signs_nothing(
    run: Command, enrolled: PaperNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_draft(run, tmp_path)
    before = path.read_bytes()
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert "give --yes" in run("sign", path).err
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    ended = run("sign", path)
    assert (ended.code, "Nothing was signed" in ended.err, path.read_bytes()) == (2, True, before)
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert run("sign", path).code == 0
    assert path.read_bytes() != before


def test_what_cannot_be_shown_is_not_signed(run: Command, enrolled: PaperNode, tmp_path: Path) -> None:
    path = write_draft(run, tmp_path, file_name={"sealed": "cd" * 32})
    ended = run("sign", path, "--yes")
    assert (ended.code, "file_name cannot be shown" in ended.err, "(sealed)" in ended.out) == (2, True, True)
    assert run("sign", path, "--yes", "--sight-unseen").code == 0


def test_text_that_turns_the_direction_of_writing_is_shown_as_what_it_is(
    run: Command, enrolled: PaperNode, tmp_path: Path
) -> None:
    path = write_draft(run, tmp_path, file_name="CNY \u202e00.0021\x1b[2J")
    ended = run("sign", path, "--yes")
    assert r"CNY \u202e00.0021\u001b[2J" in ended.out
    assert "\u202e" not in ended.out
    assert "\x1b" not in ended.out


def test_a_draft_for_another_ledger_is_not_signed(
    run: Command, enrolled: PaperNode, tmp_path: Path, home: Home
) -> None:
    path = write_draft(run, tmp_path)
    other = found(consensus={"another": True})
    home.add(other, ("http://127.0.0.1:1",))
    ended = run("sign", path, "--yes", "--ledger", other.fingerprint.hex()[:12])
    assert (ended.code, "choose that with --ledger" in ended.err) == (2, True)
    several = run("sign", path, "--yes")
    assert (several.code, "knows 2 such ledgers" in several.err) == (2, True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("[]", "not a JSON object"),
        ("{", "not JSON data"),
        ('{"digest": 1.5}', "1.5 is not a whole number"),
        ('{"digest": NaN}', "NaN is not a whole number"),
        ('{"digest": 1, "digest": 2}', "a field stands twice"),
        ("[" * 100_000, "not JSON data"),
        ("{}", "digest is missing"),
    ],
)
def test_data_that_is_not_the_entrys_is_named(
    run: Command, connected: PaperNode, tmp_path: Path, data: str, words: str
) -> None:
    (tmp_path / "data.json").write_text(data)
    ended = run("draft", "deposit", "--data", tmp_path / "data.json", "--by", "ab" * 16)
    assert (ended.code, words in ended.err) == (2, True)


def test_an_altered_draft_is_neither_signed_nor_submitted(run: Command, enrolled: PaperNode, tmp_path: Path) -> None:
    path = write_draft(run, tmp_path)
    path.write_bytes(path.read_bytes().replace(b"x.csv", b"y.csv"))
    for command in ("sign", "submit"):
        ended = run(command, path)
        assert (ended.code, "do not open file_name" in ended.err) == (2, True)


# --- verify ----------------------------------------------------------------------------------------------------------

FINGERPRINT_FILE = "FINGERPRINT.txt"


@pytest.fixture
def packs(vectors: Path) -> Path:
    return vectors / "packs"


@pytest.fixture
def fingerprint(packs: Path) -> str:
    return (packs / FINGERPRINT_FILE).read_text().strip()


@pytest.mark.parametrize(
    ("pack", "arguments"),
    [
        ("entry.zip", ("--file", "deposit.bin")),
        ("item.zip", ("--file", "item3.bin")),
        ("title.zip", ("--ask", "right/ebc3a03424084143fa59ac7291b85bf29d88a89a39aec818111b656f7d2b8541")),
        ("absence.zip", ("--ask", "right/" + 64 * "e")),
    ],
)
def test_packs_of_an_independent_generator_are_proven(
    run: Command, packs: Path, fingerprint: str, pack: str, arguments: tuple[str, str]
) -> None:
    option, value = arguments
    asked = (option, packs / value if option == "--file" else value)
    assert run("verify", packs / pack, "--fingerprint", fingerprint, *asked).code == 0
    assert run("verify", packs / pack, "--fingerprint", fingerprint, *asked, "--json").json["proven"] is True


@pytest.mark.parametrize(
    ("pack", "arguments", "code", "words"),
    [
        ("entry.zip", ("--fingerprint", "ab" * 32), 1, "compare the fingerprint"),
        ("absence.zip", (), 1, "--ask SUBJECT"),
        ("title.zip", ("--ask", "right/" + 64 * "e"), 1, "--ask SUBJECT"),
        ("title.zip", ("--ask", "who?"), 2, "--ask SUBJECT"),
        ("deposit.bin", (), 2, "ask for it again"),
        ("checkpoint", (), 2, "ask for it again"),
        ("missing.zip", (), 2, "check the path"),
        (".", (), 2, "not a regular file"),
    ],
)
def test_what_is_not_proven_says_why_and_what_to_do(
    run: Command, packs: Path, fingerprint: str, pack: str, arguments: tuple[str, ...], code: int, words: str
) -> None:
    given_fingerprint = () if "--fingerprint" in arguments else ("--fingerprint", fingerprint)
    ended = run("verify", packs / pack, *given_fingerprint, *arguments)
    assert (ended.code, words in ended.out + ended.err) == (code, True)
    document = run("verify", packs / pack, *given_fingerprint, *arguments, "--json").json
    assert document.get("proven", False) is False


def test_a_failed_verification_in_json_names_step_and_reason(run: Command, packs: Path, fingerprint: str) -> None:
    document = run(
        "verify", packs / "entry.zip", "--fingerprint", fingerprint, "--file", packs / "item3.bin", "--json"
    ).json
    assert (document["outcome"], document["step"], document["readable"]) == ("inconsistent", "file", True)
    assert document["steps"][-1]["ok"] is False
    assert document["next_zh"]


@pytest.fixture(scope="module")
def small_pack() -> tuple[bytes, str]:
    ledger = PaperLedger()
    entry = ledger.enrol(party(1))
    from datadeed_ledger.evidence import entry_pack

    return entry_pack(ledger, entry.entry_id), ledger.genesis.fingerprint.hex()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.binary(max_size=40).map(lambda tail: b"PK\x03\x04" + tail))
def test_no_bytes_make_verify_fail_otherwise(run: Command, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "pack.zip").write_bytes(data)
    assert run("verify", tmp_path / "pack.zip", "--fingerprint", "ab" * 32).code == 2


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_changed_byte_of_a_pack_is_called_proven(
    run: Command, tmp_path: Path, small_pack: tuple[bytes, str], data: st.DataObject
) -> None:
    pack, fingerprint = small_pack
    readme = pack.index(b"genesis.json") - 30
    at = data.draw(st.integers(readme, len(pack) - 1))
    changed = pack[:at] + bytes([pack[at] ^ 1 << data.draw(st.integers(0, 7))]) + pack[at + 1 :]
    (tmp_path / "pack.zip").write_bytes(changed)
    ended = run("verify", tmp_path / "pack.zip", "--fingerprint", fingerprint, "--json")
    assert (ended.code in (1, 2), ended.json["proven"]) == (True, False)


def test_verify_is_a_program_of_its_own_that_prints_on_any_terminal(
    small_pack: tuple[bytes, str], tmp_path: Path
) -> None:
    (tmp_path / "pack.zip").write_bytes(small_pack[0])
    command = [str(Path(sys.executable).with_name("datadeed")), "verify", "pack.zip", "--fingerprint", small_pack[1]]
    plain = {"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = subprocess.run(command, cwd=tmp_path, env=plain, capture_output=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"\\u6838\\u9a8c\\u901a\\u8fc7" in ended.stdout
    (tmp_path / "pack.zip").write_bytes(small_pack[0][:-1])
    ended = subprocess.run(command, cwd=tmp_path, env=plain, capture_output=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (2, b"")


def test_the_command_imports_neither_node_nor_consensus() -> None:
    script = (
        "import sys, datadeed.cli; print([m for m in sys.modules if m.startswith(('datadeed_node', 'datadeed_c'))])"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60, check=True)
    assert ended.stdout.strip() == b"[]"


# --- words -----------------------------------------------------------------------------------------------------------


def test_help_shows_every_command(run: Command) -> None:
    shown = run("--help").out
    for name in ("connect", "deposit", "deposit-folder", "draft", "sign", "submit", "prove", "verify", "key"):
        assert f"\n  {name} " in shown


def test_streams_that_have_no_encoding_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    speak_any_script()
    assert sys.stdout is stream


def test_the_version_is_that_of_the_distribution(run: Command) -> None:
    assert run("--version").out == f"datadeed {version('datadeed')}\n"


@given(st.text())
def test_whatever_is_shown_has_no_control_and_no_turning_mark(text: str) -> None:
    shown = safe(text)
    assert shown.replace("\u3000", "").isprintable()
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def test_plain_text_of_any_script_is_shown_as_it_is() -> None:
    assert safe("数据知识产权 — plain, é, 𝄞") == "数据知识产权 — plain, é, 𝄞"


def test_nested_data_is_shown_line_by_line() -> None:
    value: Any = {"a": {"b": [1, None]}, "c": {"sealed": "ab"}, "d": []}
    assert lines_of(value) == ["a.b.0: 1", "a.b.1: null", "c: (sealed) （密封） ab"]


def test_every_message_is_there_in_both_languages() -> None:
    for words in (*LABELS.values(), *TITLES.values()):
        assert words.en.isascii()
        assert not words.zh.isascii()


def test_an_error_of_no_known_kind_still_says_what_to_do() -> None:
    explanation = explain(DatadeedError("something new"))
    assert (explanation.exit_code, explanation.message) == (1, "something new")
    assert explanation.next_step.en


@pytest.fixture
def other_node() -> Iterator[PaperNode]:
    node = PaperNode(PaperLedger(found(consensus={"another": True})))
    with serving(node):
        yield node


def test_two_ledgers_live_side_by_side(run: Command, connected: PaperNode, other_node: PaperNode, home: Home) -> None:
    fingerprint = other_node.ledger.genesis.fingerprint.hex()
    assert run("connect", other_node.url, "--fingerprint", fingerprint).code == 0
    assert len(home.fingerprints()) == 2
    ended = run("key", "show", "--ledger", fingerprint[:10], "--json")
    assert (ended.code, ended.json) == (0, [])


def test_jcs_is_what_drafts_are_written_in(run: Command, enrolled: PaperNode, tmp_path: Path) -> None:
    text = write_draft(run, tmp_path).read_bytes()
    assert jcs(json.loads(text)) == text
