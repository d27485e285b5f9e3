"""What the client remembers, where, and that it is what it was."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from paper_ledger import CHEAP, PaperLedger, found, member

from datadeed.home import Home, LedgerFolder, NotConnected, default_home, fingerprint_of
from datadeed.keyring import new_party_key
from datadeed.nodes import Nodes, node_url, urls_after, urls_from
from datadeed.sealing import DisclosureFile, Opening
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence.container import write_container
from datadeed_ledger.evidence.rosters import Rosters
from datadeed_ledger.roster import Roster

URL = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"DATADEED_HOME": "/chosen"}, "/chosen"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/datadeed"),
        ("linux", {}, "HOME/.local/share/datadeed"),
        ("darwin", {}, "HOME/Library/Application Support/datadeed"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/datadeed"),
        ("win32", {}, "HOME/AppData/Local/datadeed"),
    ],
)
def test_the_default_folder_is_the_platforms(
    platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATADEED_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert default_home() == Path(expected.replace("HOME", str(Path.home())))


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("DATADEED_HOME")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(NotConnected, match="set DATADEED_HOME"):
        default_home()


def test_the_only_ledger_is_meant_and_of_several_the_named_one(home: Home) -> None:
    with pytest.raises(NotConnected, match="datadeed connect"):
        home.ledger()
    one, two = found(consensus={"a": 1}), found(consensus={"a": 2})
    home.add(one, (URL,))
    assert home.ledger().genesis == one
    home.add(two, (URL,))
    with pytest.raises(NotConnected, match="knows 2 such ledgers"):
        home.ledger()
    assert home.ledger(two.fingerprint.hex()[:8]).genesis == two
    with pytest.raises(NotConnected, match="no ledger ffff"):
        home.ledger("ffff" * 16)


def test_an_altered_founding_document_is_found(folder: LedgerFolder) -> None:
    document = folder.path / "genesis.json"
    document.write_bytes(document.read_bytes().replace(b"Example court", b"Another court"))
    with pytest.raises(Malformed, match="altered"):
        LedgerFolder.open(folder.path)


def test_addresses_are_replaced_and_the_rest_stays_when_a_ledger_is_connected_again(folder: LedgerFolder) -> None:
    folder.remember_checkpoint(b"note")
    again = Home(folder.path.parent.parent).add(folder.genesis, ("https://a.example", "https://b.example"))
    assert again.node_urls() == ("https://a.example", "https://b.example")
    assert again.newest_checkpoint() == b"note"
    assert again.rosters() == Rosters.founded(folder.genesis)


@pytest.mark.parametrize("text", [b"{}", b"[]", b"[5]", b'["ftp://a"]'])
def test_a_damaged_list_of_nodes_is_malformed(folder: LedgerFolder, text: bytes) -> None:
    (folder.path / "nodes.json").write_bytes(text)
    with pytest.raises(Malformed):
        folder.node_urls()


def amended(home: Home, rosters: int = 3) -> tuple[LedgerFolder, PaperLedger]:
    """A ledger under roster `rosters`, and its folder, in which every later one is kept."""
    ledger = PaperLedger()
    folder = home.add(ledger.genesis, (URL,))
    for version in range(2, rosters + 1):
        name = f"joining-{version}.example.cn"
        ledger.amend(joins=[member(name, "supervisor")])
        folder.keep_roster(version, write_container(ledger.roster_evidence(version).items()))
    return folder, ledger


def test_later_rosters_that_were_proven_are_known_with_the_log_size_from_which_they_govern(home: Home) -> None:
    folder, ledger = amended(home, rosters=11)
    found = folder.rosters()
    assert [each.roster for each in found.in_force] == ledger.rosters
    assert [each.log_size for each in found.in_force] == [0, *range(3, 23, 2)]
    assert folder.roster == ledger.roster
    again = home.add(ledger.genesis, ("https://a.example",))
    assert again.rosters() == found, "connecting again forgets none"


def test_a_roster_file_that_was_altered_is_named_and_is_not_believed(home: Home) -> None:
    folder, ledger = amended(home)
    path = folder.path / "rosters" / "2.zip"
    whole = path.read_bytes()
    for wrong in (b"", whole[:-1], whole.replace(b"Example court", b"Another court")):
        path.write_bytes(wrong)
        with pytest.raises(Malformed, match=r"2\.zip was altered; delete it"):
            folder.rosters()
    path.unlink()
    assert folder.roster == ledger.rosters[0], "without it the ones after prove nothing"
    path.write_bytes(whole)
    assert folder.roster == ledger.roster


def test_a_roster_without_its_proof_in_an_old_folder_is_not_known(folder: LedgerFolder) -> None:
    document = folder.genesis.roster.document.replace(b'"version":1}', b'"version":2}')
    (folder.path / "rosters" / "2.json").write_bytes(document)
    assert folder.roster == folder.genesis.roster


def test_keys_are_kept_by_name_and_never_written_over(folder: LedgerFolder) -> None:
    assert folder.key_names() == ()
    locked = new_party_key(b"secret", CHEAP)[1]
    folder.add_key("one", locked)
    assert (folder.key_names(), folder.locked_key("one")) == (("one",), locked)
    with pytest.raises(FileExistsError):
        folder.add_key("one", new_party_key(b"secret", CHEAP)[1])
    with pytest.raises(NotConnected, match="known: one"):
        folder.locked_key("two")


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b", "é", "x" * 65])
def test_a_keys_name_is_no_path(folder: LedgerFolder, name: str) -> None:
    with pytest.raises(Malformed, match="letters, digits"):
        folder.key_path(name)


def test_openings_are_kept_by_entry(folder: LedgerFolder) -> None:
    fingerprint, entry_id = folder.genesis.fingerprint, bytes(32)
    assert folder.disclosures(entry_id) == DisclosureFile(fingerprint, entry_id, ())
    folder.keep_disclosures(DisclosureFile(fingerprint, entry_id, ()))
    assert not (folder.path / "disclosures").exists()
    file = DisclosureFile(fingerprint, entry_id, (Opening("name", bytes(16), "x"),))
    folder.keep_disclosures(file)
    assert folder.disclosures(entry_id) == file
    other = DisclosureFile(bytes(32), entry_id, file.openings)
    folder.keep_disclosures(other)
    with pytest.raises(Malformed, match="another entry"):
        folder.disclosures(entry_id)


def test_a_draft_that_is_gone_is_forgotten_quietly(folder: LedgerFolder) -> None:
    folder.forget_draft(bytes(32))
    assert not folder.draft_path(bytes(32)).exists()


@pytest.mark.parametrize("text", ["AB" * 32, "sha256:" + "ab" * 32, " ab" * 32 + "\n", "ab" * 32])
def test_a_fingerprint_is_read_as_people_write_it(text: str) -> None:
    assert fingerprint_of(text) == bytes([0xAB]) * 32


@pytest.mark.parametrize("text", ["", "ab" * 31, "ab" * 33, "zz" * 32, "SHA512:" + "ab" * 32])
def test_anything_else_is_no_fingerprint(text: str) -> None:
    with pytest.raises(Malformed, match="64 hex digits"):
        fingerprint_of(text)


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://node.example/", "https://node.example"),
        ("https://node.example:8443/ledger/", "https://node.example:8443/ledger"),
        ("http://127.0.0.1:8400", "http://127.0.0.1:8400"),
        ("http://localhost:8400", "http://localhost:8400"),
        ("http://[::1]:8400", "http://[::1]:8400"),
    ],
)
def test_an_address_is_https_or_of_this_machine(text: str, url: str) -> None:
    assert node_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "node.example",
        "http://node.example",
        "http://127.0.0.1.example",
        "ftp://127.0.0.1",
        "https://",
        "https://user:word@node.example",
        "https://node.example?x=1",
        "https://node.example#x",
        "https://node.example:99999",
        "https://node.example:0",
        "https://[::1",
        "https://nöde.example",
        "https://node.example/a b",
        "https://node.example/\n",
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(Malformed, match="not a node's address"):
        node_url(text)


def test_the_node_that_served_last_is_asked_first() -> None:
    a, b, c = (f"https://{name}.example" for name in "abc")
    nodes = Nodes((a, b, a, c))
    assert nodes.in_order() == (a, b, c)
    nodes.served(b)
    assert nodes.in_order() == (b, c, a)
    nodes.failed(a)
    assert nodes.in_order() == (b, c, a)
    nodes.failed(b)
    assert nodes.in_order() == (c, a, b)
    with pytest.raises(Malformed, match="at least one node"):
        Nodes(())


def test_when_the_nodes_change_the_preferred_one_stays_if_it_is_still_there() -> None:
    a, b, c, d = (f"https://{name}.example" for name in "abcd")
    nodes = Nodes((a, b, c))
    nodes.served(b)
    nodes.replace((c, b, d))
    assert nodes.in_order() == (b, d, c)
    nodes.replace((d, a))
    assert nodes.in_order() == (d, a)
    nodes.failed(b)
    nodes.served(c)
    assert nodes.in_order() == (d, a), "an answer of one that is gone changes nothing"
    with pytest.raises(Malformed, match="at least one node"):
        nodes.replace(())


def test_the_addresses_follow_the_roster_and_those_that_no_member_had_stay() -> None:
    court, office, notary = (
        member(f"{name}.example.cn", role, f"https://{name}.example")
        for name, role in (("court", "court"), ("ip-office", "registrar"), ("notary", "notary"))
    )
    before, after = (
        Roster.of(1, [court, office]),
        Roster.of(2, [replace(court, api="https://new.example"), office, notary]),
    )
    given = "https://proxy.example"
    urls = urls_from(f"{given}/", before)
    assert urls == (given, "https://court.example", "https://ip-office.example")
    assert urls_after(urls, before, after) == (
        given, "https://ip-office.example", "https://new.example", "https://notary.example",
    )  # fmt: skip
