"""Four nodes as real processes, founded in a test's folder on free ports; seen only from outside."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from institutions import free_port

from datadeed import HeldKey, Ledger, read_office_key
from datadeed_ledger.encoding import sha256
from datadeed_node.config import Config
from datadeed_node.demo.processes import INSTITUTIONS, NodeProcess, Nodes, found_ledger
from datadeed_node.founding import consensus_parameters, rule_set_data
from datadeed_node.key_files import read_key
from datadeed_node.layout import after
from datadeed_node.store import Store


def founded(folder: Path) -> Nodes:
    """A ledger of four institutions, none of them running yet."""
    return found_ledger(
        folder,
        [(free_port(), free_port()) for _ in INSTITUTIONS],
        rules=rule_set_data("demo-fast"),
        consensus=consensus_parameters(),
        time_ms=time.time_ns() // 1_000_000,
    )


def free_base_port() -> int:
    """A port from which on the demonstration's ports are free: four for APIs, and four for links from 10 above."""
    while True:
        base = free_port()
        try:
            for port in (*range(base, base + 4), *range(base + 10, base + 14)):
                with socket.socket() as listener:
                    listener.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            continue
        return base


@contextmanager
def running(folder: Path) -> Iterator[Nodes]:
    """As `founded`, all running and ready; stopped in the end."""
    nodes = founded(folder)
    try:
        nodes.start()
        nodes.wait_ready()
        yield nodes
    finally:
        nodes.stop()


def office_key(nodes: Nodes, node: NodeProcess) -> HeldKey:
    return read_office_key(node.folder / "keys" / "office.key", nodes.genesis.roster)


def office_key_of(node: NodeProcess) -> HeldKey:
    """The key in the node's folder, as the institution of its name, whatever the roster in force says of both."""
    return HeldKey(sha256(node.name.encode()), read_key(node.folder / "keys" / "office.key"))


def ledger(nodes: Nodes, home: Path, *, patience_s: float = 60.0) -> Ledger:
    """A client that signs as the court; it knows all four nodes and turns to the next when one fails."""
    key = office_key(nodes, nodes["court"])
    fingerprint = nodes.genesis.fingerprint.hex()
    return Ledger.connect(nodes.running()[0].api, fingerprint, signer=key, home=home, patience_s=patience_s)


def status_of(node: NodeProcess) -> dict[str, Any]:
    """What the node says of itself; fails when it does not answer."""
    found = node.status()
    assert found is not None, f"{node.name} does not answer: {node.last_words()}"
    return found


def is_level(nodes: Nodes, node: NodeProcess) -> bool:
    """Whether `node` has published all that the others had published a moment ago, while entries flow."""
    others = [status_of(each)["published_size"] for each in nodes.running() if each is not node]
    own = node.status()
    return own is not None and own["published_size"] >= min(others)


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One run of `datadeed-node`."""
    return _run("datadeed_node.cli", arguments, environment)


def client_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One run of `datadeed`."""
    return _run("datadeed.cli", arguments, environment)


def _run(module: str, arguments: tuple[str, ...], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"from {module} import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", **environment},
        timeout=120,
    )


def verified(node: NodeProcess) -> dict[str, Any]:
    """What `datadeed-node verify --json` says of a stopped node that must be whole."""
    done = command("verify", str(node.folder), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["ok"] is True
    return found


def assert_stores_agree(nodes: Nodes) -> int:
    """Leaves, headers, records and map roots of all stopped nodes are byte-identical at their common height.

    How many entries they have in common: leaves that are no headers.
    """
    stores = [Store.open(Config.load(node.folder).data_folder, nodes.genesis) for node in nodes.nodes]
    try:
        common = min(store.tip.height for store in stores)
        size = stores[0].header_index(common) + 1
        logs = [list(store.leaves(0, size)) for store in stores]
        assert all(log == logs[0] for log in logs)
        level = [store for store in stores if store.tip.height == common]
        records = [list(store.snapshot().scan(b"r", after(b"r"))) for store in level]
        assert all(found == records[0] for found in records)
        assert len({store.state_map.root for store in level}) == 1
        return size - (common + 1)
    finally:
        for store in stores:
            store.close()


def get(node: NodeProcess, path: str) -> httpx.Response:
    return httpx.get(node.api + path, timeout=20)
