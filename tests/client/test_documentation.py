"""docs/sdk.md says what happens: its commands and its programs are run, in order, against a real ledger."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Command
from paper_ledger import CHEAP
from served_in_thread import serving_in_thread
from served_node import Served

import datadeed
from datadeed import Ledger, keyring
from datadeed.cli import court, exchange, register
from datadeed.counter import utc_ms
from datadeed.enrolment import EnrolRequest
from datadeed.templates import template
from datadeed.words import KINDS
from datadeed_ledger.calendar_days import day_of
from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Entry

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sdk.md"
ENTRY = re.compile(r"(?:条目|entry) +([0-9a-f]{64})")
NAME = re.compile(r"\b(?:URL|FINGERPRINT|MEMBER|PARTY|[A-Z]+_ID)\b")
# The id that a command shows, by what the page calls it.
SHOWS = {"deposit": "ENTRY_ID", "deposit-folder": "BATCH_ID", "submit": "RIGHT_ID", "court freeze": "FREEZE_ID"}
BLOCK = re.compile(r"```(console|python)\n(.*?)```", re.DOTALL)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passphrase_file: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setattr("datadeed.cli.keys.new_party_key", lambda secret: keyring.new_party_key(secret, CHEAP))
    (tmp_path / "measurements.csv").write_text("a,b\n1,2\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("a")
    (tmp_path / "folder" / "b.txt").write_text("b")
    data = {"digest": "ab" * 32, "algorithm": "sha-256", "scope": "full", "size_bytes": 1, "media_type": "text/csv"}
    (tmp_path / "data.json").write_text(json.dumps(data))
    return tmp_path


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "nodes").mkdir()
    with serving_in_thread(tmp_path / "nodes") as node:
        yield node


class Reader:
    """Someone who follows the page, and fills in the ids that the commands showed."""

    def __init__(self, node: Served, place: Path, run: Command) -> None:
        self.node, self.place, self.run = node, place, run
        self.member, self.office_key = node.institutions.office("registrar")
        office = place / "office.key"
        office.write_text(sha256(f"office {self.member.name}".encode()).hex() + "\n")
        office.chmod(0o600)
        self.words = {
            "URL": f"http://127.0.0.1:{node.port}",
            "FINGERPRINT": node.institutions.genesis.fingerprint.hex(),
            "MEMBER": self.member.name,
        }
        self.names: dict[str, object] = {
            "passphrase": (place / "passphrase").read_bytes().strip(),
            "office_file": office,
        }

    def command(self, line: str) -> None:
        words = [NAME.sub(lambda found: self.words[found[0]], word) for word in shlex.split(line)]
        ended = self.run(*words[1:])
        assert ended.code == 0, line + ended.out + ended.err
        if words[1:3] == ["key", "new"]:
            self.enrol()
        name = SHOWS.get(words[1], SHOWS.get(" ".join(words[1:3])))
        if name is not None and (found := ENTRY.search(ended.out)):
            self.words[name] = found[1]
        if words[1] == "deposit":
            self.write_application()

    def enrol(self) -> None:
        """What `datadeed-node enrol` does with the request file."""
        request = EnrolRequest.parse((self.place / "enrol-request.json").read_bytes())
        body = request.body(self.member.member_id, utc_ms() + 3_600_000)
        with Ledger.open() as ledger:
            ledger.wait(Entry.build(body, {self.member.member_id: self.office_key}))
        self.words["PARTY"] = request.party.hex()

    def write_application(self) -> None:
        """What the reader makes of the template."""
        example = template("apply", self.node.institutions.genesis.rules, day_of(utc_ms()))
        example["registrar"] = self.member.member_id.hex()
        example["applicants"] = [{"party": self.words["PARTY"], "share": 10_000}]
        description = example["description"]
        assert isinstance(description, dict)
        description["deposits"] = [{"deposit": self.words["ENTRY_ID"], "item": None}]
        (self.place / "application.json").write_text(json.dumps(example))


def test_the_page_can_be_followed_from_beginning_to_end(node: Served, place: Path, run: Command) -> None:
    reader = Reader(node, place, run)
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert [kind for kind, _ in blocks] == 7 * ["console"] + 3 * ["python"]
    for kind, text in blocks:
        if kind == "python":
            exec(compile(text, str(PAGE), "exec"), reader.names)
        else:
            for line in text.splitlines():
                reader.command(line.removeprefix("$ "))


def test_the_page_names_every_command_and_every_error() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for app in (register.app, court.app, exchange.app):
        for each in app.registered_commands:
            assert f"`{each.name}`" in page or f" {each.name}" in page, each.name
    for command in (
        "connect",
        "disclose",
        "forget",
        "key new",
        "key show",
        "deposit",
        "deposit-folder",
        "draft",
        "sign",
        "submit",
        "prove",
        "verify",
        "certificate",
    ):
        assert f"datadeed {command}" in page
    public_errors = {name for name in datadeed.__all__ if isinstance(getattr(datadeed, name), type)}
    for error, _, code, _ in KINDS:
        if error.__name__ in public_errors:
            assert error.__name__ in page
        assert f"| {code} |" in page
