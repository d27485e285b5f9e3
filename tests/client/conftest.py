"""What the client's tests share: a founded ledger, folders of their own, and keys that are cheap to open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Command, runner
from paper_ledger import CHEAP, Host, PaperLedger, PaperNode, found, party, serving

from datadeed import keyring
from datadeed.home import Home, LedgerFolder
from datadeed.keyring import HeldKey
from datadeed.passphrase import FILE_VARIABLE


@pytest.fixture(autouse=True)
def _no_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees this user's home, ledgers, passphrase or proxies."""
    for name in list(os.environ):
        if name.startswith("DATADEED_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DATADEED_HOME", str(tmp_path / "home"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """The `datadeed` command in an empty folder, on a wide terminal, with keys that are cheap to open."""
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setattr("datadeed.cli.keys.new_party_key", lambda secret: keyring.new_party_key(secret, CHEAP))
    monkeypatch.setattr(
        "datadeed.cli.rotating.next_party_key", lambda party, secret: keyring.next_party_key(party, secret, CHEAP)
    )
    monkeypatch.chdir(tmp_path)
    return runner(capsys, monkeypatch)


@pytest.fixture(scope="session", autouse=True)
def _hosts() -> Iterator[None]:
    yield
    Host.stop_all()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def folder(home: Home) -> LedgerFolder:
    """A ledger that this machine knows, without any node that answers."""
    return home.add(found(), ("http://127.0.0.1:1",))


@pytest.fixture
def passphrase_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "passphrase"
    path.write_bytes(b"correct horse battery staple\n")
    monkeypatch.setenv(FILE_VARIABLE, str(path))
    return path


@pytest.fixture
def ledger() -> PaperLedger:
    """A ledger with two enrolled parties."""
    ledger = PaperLedger()
    ledger.enrol(party(1))
    ledger.enrol(party(2))
    return ledger


@pytest.fixture
def node(ledger: PaperLedger) -> Iterator[PaperNode]:
    node = PaperNode(ledger)
    with serving(node):
        yield node


@pytest.fixture
def key() -> HeldKey:
    return party(1)
