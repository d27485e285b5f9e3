"""docs/sdk.md says what happens: its commands and its programs are run, in order, against a real ledger."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
from paper_ledger import CHEAP, PaperNode, now_ms, office

import datadeed
from datadeed import keyring
from datadeed.cli import main
from datadeed.enrolment import EnrolRequest
from datadeed.words import KINDS
from datadeed_ledger.entry import Entry

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sdk.md"
BLOCK = re.compile(r"```(console|python)\n(.*?)```", re.DOTALL)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passphrase_file: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datadeed.cli.keys.new_party_key", lambda secret: keyring.new_party_key(secret, CHEAP))
    (tmp_path / "measurements.csv").write_text("a,b\n1,2\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("a")
    (tmp_path / "folder" / "b.txt").write_text("b")
    data = {"digest": "ab" * 32, "algorithm": "sha-256", "scope": "full", "size_bytes": 1, "media_type": "text/csv"}
    (tmp_path / "data.json").write_text(json.dumps(data))
    return tmp_path


def enrol(node: PaperNode, place: Path) -> None:
    """What `datadeed-node enrol` does with the request file."""
    request = EnrolRequest.parse((place / "enrol-request.json").read_bytes())
    registrar = office("registrar")
    body = request.body(registrar.signer_id, now_ms() + 3_600_000)
    node.ledger.add(Entry.build(body, {registrar.signer_id: registrar.key}))


class Reader:
    """Someone who follows the page, and fills in the ids that the ledger gave."""

    def __init__(self, node: PaperNode, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.node, self.place, self.monkeypatch = node, place, monkeypatch
        self.words = {"URL": node.url, "FINGERPRINT": node.ledger.genesis.fingerprint.hex()}
        self.names: dict[str, object] = {"passphrase": (place / "passphrase").read_bytes().strip()}

    def command(self, line: str) -> None:
        words = [self.words.get(word, word) for word in shlex.split(line)]
        self.monkeypatch.setattr(sys, "argv", words)
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        assert not code, line
        if words[1:3] == ["key", "new"]:
            enrol(self.node, self.place)
        if words[1] in ("deposit", "deposit-folder"):
            name = {"deposit": "ENTRY_ID", "deposit-folder": "BATCH_ID"}[words[1]]
            self.words[name] = list(self.node.ledger.indexes)[-1].hex()


def test_the_page_can_be_followed_from_beginning_to_end(
    node: PaperNode, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = Reader(node, place, monkeypatch)
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert [kind for kind, _ in blocks] == ["console", "console", "console", "python", "python"]
    for kind, text in blocks:
        if kind == "python":
            exec(compile(text, str(PAGE), "exec"), reader.names)
        else:
            for line in text.splitlines():
                reader.command(line.removeprefix("$ "))
    assert "Traceback" not in capsys.readouterr().err


def test_the_page_names_every_command_and_every_error() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for command in (
        "connect",
        "key new",
        "key show",
        "deposit",
        "deposit-folder",
        "draft",
        "sign",
        "submit",
        "prove",
        "verify",
    ):
        assert f"datadeed {command}" in page
    public_errors = {name for name in datadeed.__all__ if isinstance(getattr(datadeed, name), type)}
    for error, _, code, _ in KINDS:
        if error.__name__ in public_errors:
            assert error.__name__ in page
        assert f"| {code} |" in page
