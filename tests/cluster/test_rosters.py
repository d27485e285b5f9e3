"""Members change while the ledger runs, by commands alone: real processes, real stores, evidence over all of it."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flowing import flowing
from institutions import ORIGIN, free_port
from real_cluster import (
    assert_stores_agree,
    client_command,
    command,
    get,
    ledger,
    office_key_of,
    running,
    status_of,
    verified,
)

from datadeed_node.config import Config
from datadeed_node.demo.enterprises import Enterprise, Profile, enrolled_enterprise
from datadeed_node.demo.processes import NodeProcess, Nodes
from datadeed_node.store import Store

WITHIN_S = 60.0
DESCRIPTION = {
    "object_name": "Traffic flow of ring road 4",
    "scenario": "signal control",
    "structure": "one row a minute and sensor",
    "algorithm_rules": "cleaned and aggregated",
    "source_contract": None,
    "sample": None,
    "intended_use": "licensed to operators",
    "industry": "54",
    "sources": ["self_collected"],
    "personal_data": False,
    "data_format": "csv",
    "size_bytes": 8,
    "record_count": 1,
    "update_frequency": "monthly",
    "agreement_end": None,
}


def told(*arguments: str) -> dict[str, Any]:
    """What a command that must succeed says with --json."""
    done = command(*arguments, "--json")
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def refused(*arguments: str) -> str:
    """What a command that must not succeed says is wrong; it ends with what to do next."""
    done = command(*arguments)
    assert done.returncode == 1, (arguments, done.stdout, done.stderr)
    assert "→" in done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def joining(nodes: Nodes, folder: Path, short: str) -> NodeProcess:
    """One more institution, with a folder of its own and the ledger's founding document; its node does not run."""
    home, api, name = folder / "nodes" / short, f"http://127.0.0.1:{free_port()}", f"{short}.example.cn"
    told(
        *("init", str(home), "--name", name, "--role", "supervisor", "--title-en", "Example University"),
        *("--title-zh", "示例大学", "--api", api, "--peer", f"127.0.0.1:{free_port()}", "--origin", ORIGIN),
    )
    any_node, fingerprint = nodes.running()[0].api, nodes.genesis.fingerprint.hex()
    found = told("genesis", "install", str(home), "--node", any_node, "--fingerprint", fingerprint)
    assert found["named_in_genesis"] is False
    assert (home / "genesis.json").read_bytes() == nodes.genesis.document
    return NodeProcess(name, home, api, folder / "logs" / f"{short}.log")


def proposed(nodes: Nodes, draft: Path, *changes: str) -> dict[str, Any]:
    api, fingerprint = nodes.running()[0].api, nodes.genesis.fingerprint.hex()
    return told("roster", "propose", "--node", api, "--fingerprint", fingerprint, *changes, "-o", str(draft))


def changed(nodes: Nodes, draft: Path, signers: list[NodeProcess], *changes: str) -> dict[str, Any]:
    """A change of the roster by commands: proposed, signed by each, submitted; what `submit` says."""
    assert sorted(proposed(nodes, draft, *changes)["missing"]) == sorted(node.name for node in signers)
    for node in signers:
        told("roster", "sign", str(draft), "--dir", str(node.folder), "--yes")
    checked = told("roster", "check", str(draft))
    assert checked["missing"] == []
    found = told("roster", "submit", str(draft), "--node", nodes.running()[-1].api)
    assert found["version"] == checked["version"]["after"]
    assert found["governs_from_height"] == found["height"] + 1
    return found


def wait_for_roster(nodes: Nodes, version: int) -> None:
    """Until every running node has proven a block under that roster, or at least its beginning where nothing flows."""

    def reached() -> bool:
        found = [node.status() for node in nodes.running()]
        if not all(each is not None and each["roster_version"] == version for each in found):
            return False
        return nodes.are_level() or all(proven_roster(node) == version for node in nodes.running())

    nodes.wait(reached, f"roster {version} everywhere", WITHIN_S)


def proven_roster(node: NodeProcess) -> int:
    """The roster of the node's published checkpoint; 0 while it has published none."""
    answer = get(node, "/rosters")
    return answer.json()[-1]["version"] if answer.status_code == 200 else 0


def deposits(nodes: Nodes, home: Path, label: str) -> bytes:
    """A deposit by the court through the SDK; its id."""
    with ledger(nodes, home) as book:
        receipt = book.deposit(label.encode(), file_name=label)
    assert set(receipt.institutions) <= {node.name for node in nodes.nodes}
    return receipt.entry_id


def without(nodes: Nodes, short: str) -> Nodes:
    return replace(nodes, nodes=tuple(node for node in nodes.nodes if not node.name.startswith(short)))


def applied(nodes: Nodes, folder: Path) -> tuple[Enterprise, bytes]:
    """An enterprise that applied for a right, and the right."""
    profile = Profile("blue-river", "Blue River Data Co.", "91110000DEMO00001X")
    owner = enrolled_enterprise(folder / "parties", profile, nodes, nodes["ip-office"])
    deposit = owner.ledger.deposit(b"a,b\n1,2\n", file_name="data.csv")
    listed = [{"deposit": deposit.entry_id, "item": None}]
    return owner, owner.ledger.apply({**DESCRIPTION, "deposits": listed}).entry_id


def as_registrar(owner: Enterprise, nodes: Nodes, kind: str, data: dict[str, Any]) -> None:
    owner.ledger.submit(kind, data, signers=[office_key_of(nodes["ip-office"])])


@pytest.mark.timeout(900)
def test_one_joins_one_leaves_one_rotates_its_keys_and_the_evidence_spans_all_of_it(tmp_path: Path) -> None:
    """Entries flow all the time from clients that know the founding roster alone."""
    with running(tmp_path) as four, ExitStack() as stack:
        owner, right = applied(four, tmp_path)
        stack.callback(owner.ledger.close)
        fifth = joining(four, tmp_path, "university")
        five = replace(four, nodes=(*four.nodes, fifth))
        stack.callback(five.stop)
        with flowing(four, tmp_path, writers=1) as flow:
            changed(four, tmp_path / "join.json", list(five.nodes), "--add", str(fifth.folder / "card.json"))
            wait_for_roster(four, 2)
            fifth.start()
            wait_for_roster(five, 2)
            as_registrar(owner, five, "publish", {"right": right})
            five["exchange"].kill()  # four of five are needed: the new one votes
            flow.wait_for_one_after(time.monotonic(), WITHIN_S)
            five["exchange"].start()
            wait_for_roster(five, 2)

            staying = without(five, "exchange")
            changed(five, tmp_path / "leave.json", list(staying.nodes), "--remove", "exchange.example.cn")
            wait_for_roster(staying, 3)
            five.wait(lambda: not status_of(five["exchange"])["is_member"], "the exchange has left", WITHIN_S)
            five["exchange"].ask_to_stop()
            assert five["exchange"].ended() == 0

            rotated(staying, tmp_path)
            staying["court"].kill()  # three of four are needed: the notary votes with its new key
            flow.wait_for_one_after(time.monotonic(), WITHIN_S)
            staying["court"].start()
            numbers = {"registration_no": "DEMO202600000001", "certificate_no": "20260000000000001"}
            as_registrar(owner, staying, "register", {"right": right, **numbers})
            wait_for_roster(staying, 4)
        begun_anew(staying, fifth)
        pack = tmp_path / "right.zip"
        pack.write_bytes(owner.ledger.prove(right).pack)
        assert set(five.stop().values()) == {0}
    assert assert_stores_agree(five) > 0
    for node in five.nodes:
        verified(node)
    checked = client_command("verify", str(pack), "--fingerprint", five.genesis.fingerprint.hex())
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with ZipFile(pack) as parts:
        steps = {name.split("/")[1] for name in parts.namelist() if name.startswith("rosters/")}
    assert steps == {"2", "3", "4"}
    assert {each.receipt.block.roster_version for each in flow.acknowledged} == {1, 2, 3, 4}
    with closing(Store.open(Config.load(fifth.folder).data_folder, five.genesis)) as store:
        for each in flow.acknowledged:
            assert store.entry_index(each.receipt.entry_id) == each.receipt.index
    print(f"{len(flow.acknowledged)} entries acknowledged under four rosters, none lost")


def begun_anew(nodes: Nodes, node: NodeProcess) -> None:
    """A member that lost its store walks from the founding roster to the one in force; nobody else is disturbed."""
    node.kill()
    shutil.rmtree(node.folder / "data")
    node.start()
    nodes.wait(nodes.are_level, "all nodes are level", WITHIN_S)
    assert status_of(node)["may_vote"] is False


def rotated(nodes: Nodes, folder: Path) -> None:
    """The notary's five keys are replaced, and the old ones destroyed, while its node runs; then it is restarted."""
    notary = nodes["notary"]
    before = {path: path.read_bytes() for path in sorted(notary.folder.glob("[kt]*s/*"))}
    told("rekey", str(notary.folder), "--all")
    assert "prepared already" in refused("rekey", str(notary.folder), "--vote")
    assert "does not name the prepared keys" in refused("rekey", str(notary.folder), "--settle")
    changed(nodes, folder / "rekey.json", list(nodes.nodes), "--replace", str(notary.folder / "next-card.json"))
    wait_for_roster(nodes, 4)
    found = told("rekey", str(notary.folder), "--settle")
    assert (sorted(found["settled"]), found["roster_version"]) == (["cosign", "log", "office", "tls", "vote"], 4)
    after = {path: path.read_bytes() for path in sorted(notary.folder.glob("[kt]*s/*"))}
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())
    assert not list(notary.folder.glob("next-*"))
    notary.kill()
    notary.start()
    wait_for_roster(nodes, 4)
    assert status_of(notary)["may_vote"] is True


def test_a_node_that_lost_its_votes_is_silent_and_votes_again_with_a_new_key(tmp_path: Path) -> None:
    profiles = [
        Profile(short, f"{short} Ltd.", f"91110000DEMO0000{short[:1].upper()}") for short in ("summit", "harbour")
    ]
    with running(tmp_path) as nodes:
        before = deposits(nodes, tmp_path / "home", "before the loss")
        lost = nodes["ip-office"]
        lost.kill()
        shutil.rmtree(lost.folder / "data")
        lost.start()
        wait_for_roster(nodes, 1)
        assert status_of(lost)["may_vote"] is False
        shown = command("status", lost.api).stdout
        assert "rekey DIR --vote" in shown

        told("rekey", str(lost.folder), "--vote", "--office")
        changed(nodes, tmp_path / "rekey.json", list(nodes.nodes), "--replace", str(lost.folder / "next-card.json"))
        wait_for_roster(nodes, 2)
        assert status_of(lost)["may_vote"] is True
        late = joining(nodes, tmp_path, "university")
        kept, given = (Config.load(each.folder).newest_roster_file for each in (lost, late))
        assert json.loads(given.read_bytes())["version"] == 2
        assert given.read_bytes() == kept.read_bytes()
        for profile in profiles:  # the office key in force is the prepared one; then it is in its place
            enrolled_enterprise(tmp_path / "parties", profile, nodes, lost).ledger.close()
            if profile is profiles[0]:
                told("rekey", str(lost.folder), "--settle")
        nodes["notary"].kill()  # three of four are needed
        after = deposits(nodes, tmp_path / "home", "with the new vote key")
        nodes["notary"].start()
        wait_for_roster(nodes, 2)
        assert {get(lost, f"/entries/{entry.hex()}").json()["status"] for entry in (before, after)} == {"recorded"}
        nodes.stop()
        assert_stores_agree(nodes)
        for node in nodes.nodes:
            verified(node)


def test_commands_refuse_what_is_wrong_before_anybody_signs(tmp_path: Path) -> None:
    with running(tmp_path) as nodes:
        api, fingerprint = nodes["court"].api, nodes.genesis.fingerprint.hex()
        fifth = joining(nodes, tmp_path, "university")
        card, draft = str(fifth.folder / "card.json"), tmp_path / "change.json"
        install = ("genesis", "install", str(fifth.folder))
        assert "no founding member" in refused(*install, "--genesis", str(tmp_path / "genesis.json"))
        assert "may serve any document" in refused(*install, "--node", api)
        assert "serves the ledger" in refused(*install, "--node", api, "--fingerprint", "00" * 32)
        told(*install, "--genesis", str(tmp_path / "genesis.json"), "--fingerprint", fingerprint)
        asked = ("roster", "propose", "--node", api, "--fingerprint", fingerprint, "-o", str(draft))
        assert "serves the ledger" in refused(*asked[:5], "00" * 32, *asked[6:], "--add", card)
        assert "nothing would change" in refused(*asked)
        assert "at least 4 are needed" in refused(*asked, "--remove", "notary.example.cn")
        assert not draft.exists()
        by = ("court", "ip-office", "notary", "university")
        names = [word for short in by for word in ("--by", f"{short}.example.cn")]
        shown = command(*asked, "--add", card, *names)
        assert shown.returncode == 0, shown.stderr
        for words in ("joins", "Example University", "4 → 5", "3 of 4 → 4 of 5", "roster sign"):
            assert words in shown.stdout
        assert "exists already" in refused(*asked, "--add", card)
        assert "not signed yet by court" in refused("roster", "submit", str(draft), "--node", api)
        exchange = str(nodes["exchange"].folder)
        assert "does not ask exchange" in refused("roster", "sign", str(draft), "--dir", exchange, "--yes")
        assert "nothing was signed" in refused("roster", "sign", str(draft), "--dir", str(fifth.folder))
        (fifth.folder / "keys" / "vote.key").write_text("11" * 32 + "\n")
        sign = ("roster", "sign", str(draft), "--dir")
        assert "does not hold: vote" in refused(*sign, str(fifth.folder), "--yes")
        for short in by[:3]:
            told(*sign, str(nodes[short].folder), "--yes")
        checked = told("roster", "check", str(draft))  # asks the nodes that the document names
        assert checked["missing"] == ["university.example.cn"]
        assert checked["signers"]["court.example.cn"] is True
        assert "roster version" in command("status", api).stdout
