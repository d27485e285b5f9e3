"""Nodes as what they are: one operating-system process each, with its own folder, keys, store, ports and log file.

Tests of the whole cluster and the benchmark start their nodes with this too. Each node is `datadeed-node run DIR` and
is only ever seen from outside: over its API, its files and its exit code.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from datadeed_ledger.encoding import Json
from datadeed_ledger.roster import Genesis
from datadeed_node import ceremony
from datadeed_node.mistakes import Mistake

START_DEADLINE_S = 60.0  # a machine that compiles everything for the first time and is busy besides
STOP_DEADLINE_S = 20.0
LOOK_S = 0.05  # between two looks at a node
ORIGIN = "ledger.example.cn/dataip"
_LOG_LINES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Institution:
    """A member of the demonstration's roster."""

    short: str
    role: str
    title_en: str
    title_zh: str

    @property
    def name(self) -> str:
        return f"{self.short}.example.cn"


INSTITUTIONS = (
    Institution("court", "court", "Example Internet Court", "示例互联网法院"),
    Institution("exchange", "exchange", "Example Data Exchange", "示例数据交易所"),
    Institution("ip-office", "registrar", "Example IP Office", "示例知识产权局"),
    Institution("notary", "notary", "Example Notary Office", "示例公证处"),
)


@dataclass(slots=True)
class NodeProcess:
    """One node. api: its address; log: where its standard error goes."""

    name: str
    folder: Path
    api: str
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it is not ready yet."""
        assert self.process is None, f"{self.name} runs already"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 this very program
                [sys.executable, "-m", "datadeed_node", "run", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Its own session: Ctrl-C is the demonstration's, which then stops its nodes in order.
                start_new_session=True,
                env={**os.environ, **self.environment},
            )

    def kill(self) -> None:
        """SIGKILL: nothing more is done or written."""
        assert self.process is not None, f"{self.name} does not run"
        self.process.kill()
        self.process.wait()
        self.process = None

    def ask_to_stop(self) -> None:
        """SIGTERM, if it runs."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)

    def ended(self) -> int:
        """Wait for one that was asked to stop, and SIGKILL one that does not; the exit code, 0 if it did not run."""
        if self.process is None:
            return 0
        try:
            code = self.process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process = None
        return code

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def status(self) -> dict[str, Any] | None:
        """What the node says of itself, or None while it does not answer."""
        return self._asked("/status")

    def is_ready(self) -> bool:
        """A quorum is connected to it and a checkpoint is published."""
        health = self._asked("/health")
        return health is not None and bool(health["ready"])

    def last_words(self) -> str:
        """The end of its log, for whoever has to find out why it stopped."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-_LOG_LINES_SHOWN:])

    def _asked(self, path: str) -> dict[str, Any] | None:
        try:
            answer = httpx.get(self.api + path, timeout=5.0)
        except httpx.HTTPError:
            return None
        if answer.status_code != httpx.codes.OK:
            return None
        found: dict[str, Any] = answer.json()
        return found


@dataclass(frozen=True, slots=True)
class Nodes:
    """All nodes of one ledger on this machine."""

    genesis: Genesis
    nodes: tuple[NodeProcess, ...]

    def __getitem__(self, short: str) -> NodeProcess:
        """The node of the institution whose name begins so."""
        return next(node for node in self.nodes if node.name.startswith(short))

    def start(self) -> None:
        for node in self.nodes:
            node.start()

    def stop(self) -> dict[str, int]:
        """Stop those that run; the exit codes by name. All are asked before any is waited for."""
        for node in self.nodes:
            node.ask_to_stop()
        return {node.name: node.ended() for node in self.nodes}

    def wait_ready(self, deadline_s: float = START_DEADLINE_S) -> None:
        """Wait until every running node is ready. Raises Mistake when one stops or the deadline passes."""
        self.wait(lambda: all(node.is_ready() for node in self.running()), "every node is ready", deadline_s)

    def running(self) -> list[NodeProcess]:
        return [node for node in self.nodes if node.process is not None]

    def wait(self, condition: Callable[[], bool], what: str, deadline_s: float) -> float:
        """Wait until `condition` holds; the seconds that it took. Raises Mistake."""
        begun_s = time.monotonic()
        pause = threading.Event()
        while not condition():
            for node in self.running():
                if not node.is_running():
                    raise Mistake(f"{node.name} has stopped:\n{node.last_words()}", f"read {node.log}")
            if time.monotonic() - begun_s > deadline_s:
                raise Mistake(f"not in {deadline_s:g} s: {what}", f"read the logs in {self.nodes[0].log.parent}")
            pause.wait(LOOK_S)
        return time.monotonic() - begun_s

    def are_level(self) -> bool:
        """Whether all running nodes stand on one block, and have published it."""
        found = [node.status() for node in self.running()]
        tips = {None if each is None else (each["block_id"], each["published_size"]) for each in found}
        return (
            len(tips) == 1
            and None not in tips
            and all(each["published_size"] == each["log_size"] for each in found if each)
        )


def found_ledger(
    folder: Path,
    ports: Sequence[tuple[int, int]],
    *,
    rules: dict[str, Json],
    consensus: dict[str, Json],
    time_ms: int,
) -> Nodes:
    """Let four institutions found a ledger in `folder`, as they would by commands. ports: (api, peer) of each."""
    nodes, cards = [], []
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    for institution, (api_port, peer_port) in zip(INSTITUTIONS, ports, strict=True):
        home = folder / "nodes" / institution.short
        binding = ceremony.Binding("127.0.0.1", api_port, "127.0.0.1", peer_port)
        api = f"http://127.0.0.1:{api_port}"
        cards.append(ceremony.init(home, _identity(institution, api, f"127.0.0.1:{peer_port}"), binding))
        nodes.append(NodeProcess(institution.name, home, api, folder / "logs" / f"{institution.short}.log"))
    file = folder / ceremony.GENESIS_FILE
    genesis = ceremony.propose(cards, origin=ORIGIN, rules=rules, consensus=consensus, time_ms=time_ms)
    file.write_bytes(genesis.document)
    for node in nodes:
        ceremony.sign(node.folder, file)
    for node in nodes:
        ceremony.install(node.folder, file)
    return Nodes(genesis, tuple(nodes))


def _identity(institution: Institution, api: str, peer: str) -> ceremony.Identity:
    return ceremony.Identity(
        name=institution.name,
        roles=(institution.role,),
        title_en=institution.title_en,
        title_zh=institution.title_zh,
        api=api,
        peer=peer,
        origin=ORIGIN,
    )
