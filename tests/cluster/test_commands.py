"""The main job by commands alone, each a process of its own: found, run, enrol, deposit, prove, verify."""

from __future__ import annotations

import json
from pathlib import Path

from institutions import ORIGIN, ROLES, free_port
from real_cluster import client_command, command, founded

from datadeed_ledger.roster import Genesis
from datadeed_node.demo.processes import NodeProcess, Nodes


def found_by_commands(folder: Path) -> Nodes:
    """Four institutions that found a ledger with `init`, `genesis propose`, `sign`, `check` and `install`."""
    processes = []
    for name, (role,) in ROLES.items():
        home, api = folder / name, f"http://127.0.0.1:{free_port()}"
        done = command(
            *("init", str(home), "--name", name, "--role", role, "--title-en", f"Example {role}"),
            *("--title-zh", "示例机构", "--api", api, "--peer", f"127.0.0.1:{free_port()}", "--origin", ORIGIN),
        )
        assert done.returncode == 0, done.stderr
        assert "card.json" in done.stdout
        processes.append(NodeProcess(name, home, api, folder / f"{name}.log"))
    cards = [str(node.folder / "card.json") for node in processes]
    genesis = str(folder / "genesis.json")
    done = command("genesis", "propose", *cards, "--origin", ORIGIN, "--rules", "demo-fast", "-o", genesis)
    assert done.returncode == 0, done.stderr
    for node in processes:
        assert command("genesis", "sign", str(node.folder), "--genesis", genesis).returncode == 0
    for node in processes:
        assert command("genesis", "install", str(node.folder), "--genesis", genesis).returncode == 0
    return Nodes(Genesis.parse(Path(genesis).read_bytes()), tuple(processes))


def test_the_main_job_works_by_commands_alone(tmp_path: Path) -> None:
    nodes = found_by_commands(tmp_path)
    checked = json.loads(command("genesis", "check", str(tmp_path / "genesis.json"), "--json").stdout)
    fingerprint = checked["fingerprint"]
    assert (fingerprint, checked["missing"]) == (nodes.genesis.fingerprint.hex(), [])
    try:
        nodes.start()
        nodes.wait_ready()
        api = nodes["ip-office"].api
        status = command("status", api)
        assert status.returncode == 0, status.stderr
        assert fingerprint in status.stdout
        (tmp_path / "passphrase").write_text("several words that nobody guesses\n")
        client = {
            "DATADEED_HOME": str(tmp_path / "home"),
            "DATADEED_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
        }
        connected = client_command("connect", api, "--fingerprint", fingerprint, **client)
        assert connected.returncode == 0, connected.stderr
        request = tmp_path / "enrol-request.json"
        made = client_command(
            *("key", "new", "--name", "Blue River Data", "--credit-code", "X1", "-o", str(request)), **client
        )
        assert made.returncode == 0, made.stderr
        enrolled = command("enrol", str(nodes["ip-office"].folder), str(request), "--yes")
        assert enrolled.returncode == 0, enrolled.stderr
        assert "Blue River Data" in enrolled.stdout
        file, pack = tmp_path / "data.csv", tmp_path / "pack.zip"
        file.write_text("a,b\n1,2\n")
        deposited = client_command("deposit", str(file), "--json", **client)
        assert deposited.returncode == 0, deposited.stderr
        entry_id = json.loads(deposited.stdout)["entry_id"]
        proven = client_command("prove", entry_id, "-o", str(pack), **client)
        assert proven.returncode == 0, proven.stderr
    finally:
        nodes.stop()
    verified = client_command("verify", str(pack), "--fingerprint", fingerprint, "--file", str(file))
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_errors_end_with_the_next_thing_to_do_and_never_with_a_traceback(tmp_path: Path) -> None:
    wrong = {
        "no such genesis": ("genesis", "check", str(tmp_path / "none.json")),
        "no such folder": ("run", str(tmp_path / "none")),
        "nobody answers": ("status", f"http://127.0.0.1:{free_port()}"),
        "not an address": ("status", "nonsense"),
        "no such store": ("verify", str(tmp_path / "none")),
        "no such request": ("enrol", str(tmp_path), str(tmp_path / "none.json")),
        "no such card": (
            *("genesis", "propose", str(tmp_path / "card.json"), "--origin", ORIGIN),
            *("--rules", "demo-fast", "-o", str(tmp_path / "genesis.json")),
        ),
        "bad name": (
            *("init", str(tmp_path / "x"), "--name", "Bad Name", "--role", "court", "--title-en", "x"),
            *("--title-zh", "x", "--api", "http://127.0.0.1:1", "--peer", "127.0.0.1:2", "--origin", ORIGIN),
        ),
        "bad port": (
            *("init", str(tmp_path / "y"), "--name", "good", "--role", "court", "--title-en", "x"),
            *("--title-zh", "x", "--api", "http://127.0.0.1:1", "--peer", "nowhere", "--origin", ORIGIN),
        ),
    }
    for name, arguments in wrong.items():
        done = command(*arguments)
        assert done.returncode == 1, (name, done.stdout, done.stderr)
        assert "→" in done.stderr, name
        assert "Traceback" not in done.stderr, (name, done.stderr)


def test_with_json_an_error_is_one_document(tmp_path: Path) -> None:
    done = command("genesis", "check", str(tmp_path / "none.json"), "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert set(json.loads(done.stderr)) == {"error", "next"}


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    nodes = founded(tmp_path)
    node = nodes["court"]
    node.start()
    try:
        nodes.wait(lambda: node.status() is not None, "the node answers", 60)
        other = nodes["notary"]
        toml = other.folder / "node.toml"
        own, taken = other.api.rpartition(":")[2], node.api.rpartition(":")[2]
        toml.write_text(toml.read_text().replace(f"api_port = {own}", f"api_port = {taken}"))
        done = command("run", str(other.folder))
        assert done.returncode == 1
        assert f"127.0.0.1:{taken}" in done.stderr
        twice = command("run", str(node.folder))
        assert twice.returncode == 1
        assert "→" in twice.stderr
    finally:
        nodes.stop()
