"""The demonstration from an empty folder to its end: nodes, story, evidence, a kill and a return, and what is left.

A folder that an earlier demonstration made is begun anew; any other folder with something in it is left alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from datadeed.words import AFTER
from datadeed_ledger.roster import quorum
from datadeed_node.demo.law_story import LawStory
from datadeed_node.demo.narrative import Narrative
from datadeed_node.demo.processes import INSTITUTIONS, Nodes, found_ledger
from datadeed_node.demo.story import LICENSEE, Story
from datadeed_node.founding import consensus_parameters, rule_set_data
from datadeed_node.mistakes import Mistake

MARK = ".datadeed-demo"  # says that the folder is a demonstration's and may be begun anew
RULES = "demo-fast"
VICTIM = "exchange"
PEER_PORTS_FROM = 10  # peer ports lie this far above the API ports
LEVEL_DEADLINE_S = 60.0
WATCH_S = 1.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command was asked for."""

    folder: Path
    file: Path
    deposited_folder: Path
    base_port: int


class Demonstration:
    """One run; use as a context, which stops the nodes in the end."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._narrative = Narrative()
        self._nodes: Nodes | None = None

    def __enter__(self) -> Demonstration:
        return self

    def __exit__(self, *_: object) -> None:
        if self._nodes is not None:
            self._nodes.stop()

    def perform(self) -> Nodes:
        """Tell the whole story; the nodes go on running."""
        wish = self._wish
        # Python's library is what is deposited: this process compiles nothing into it meanwhile, and the nodes have
        # imported what they need before.
        sys.dont_write_bytecode = True
        begin(wish.folder)
        nodes = self._nodes = self._found()
        story = Story(wish.folder, nodes, self._narrative)
        story.enrol()
        story.deposit(wish.file, wish.deposited_folder)
        story.register()
        story.license()
        story.transfer()
        law = LawStory(story, nodes, self._narrative, RULES)
        law.examine()
        law.renew_and_pledge()
        law.freeze_and_enforce()
        story.prove()
        law.look_back()
        self._verify_offline(story)
        self._kill_and_return(story)
        story.close()
        self._write_record(story)
        return nodes

    def tell_end(self) -> None:
        """Where everything is, and commands to go on with."""
        record = json.loads((self._wish.folder / "demo.json").read_text(encoding="utf-8"))
        narrative = self._narrative
        narrative.chapter("Yours", "接下来")
        narrative.done("the ledger's fingerprint", record["fingerprint"])
        for node in record["nodes"]:
            narrative.done(node["name"], f"{node['api']}  (routes: {node['api']}/docs)")
        narrative.note("ready-made commands, as the first enterprise:")
        home = shell_quoted(str(Path(record["homes"]["blue-river"])))
        environment = f"DATADEED_HOME={home} DATADEED_PASSPHRASE_FILE={home}/passphrase"
        datadeed, operate = _command("datadeed"), _command("datadeed-node")
        narrative.command(f"{environment} {datadeed} deposit README.md")
        narrative.command(f"{environment} {datadeed} prove {record['right']} -o title.zip")
        title = shell_quoted(record["packs"]["title"])
        narrative.command(
            f"{datadeed} verify {title} --fingerprint {record['fingerprint']} --ask right/{record['right']}"
        )
        narrative.command(f"{operate} status {record['nodes'][0]['api']}")
        narrative.command(f"curl -N '{record['nodes'][0]['api']}/events?from=0'")

    def serve(self) -> None:
        """Go on until Ctrl-C, and say when a node stops."""
        assert self._nodes is not None, "performed before"
        self._narrative.done("serving until Ctrl-C")
        waiting, gone = threading.Event(), set[str]()
        while True:
            waiting.wait(WATCH_S)
            for node in self._nodes.nodes:
                if not node.is_running() and node.name not in gone:
                    gone.add(node.name)
                    self._narrative.note(f"{node.name} has stopped; start it with:")
                    self._narrative.command(f"{_command('datadeed-node')} run {shell_quoted(str(node.folder))}")

    def stop_and_verify(self) -> None:
        """Stop all nodes in order, and verify each store from its leaves."""
        assert self._nodes is not None, "performed before"
        self._narrative.chapter("The nodes stop, and each store is verified from its leaves", "停机并自叶校验")
        codes = self._nodes.stop()
        for node in self._nodes.nodes:
            if codes[node.name]:
                raise Mistake(
                    f"{node.name} ended with exit code {codes[node.name]}:\n{node.last_words()}", f"read {node.log}"
                )
            with self._narrative.doing(f"datadeed-node verify {node.folder}"):
                _checked([sys.executable, "-m", "datadeed_node", "verify", str(node.folder), "--json"])

    # --- chapters ----------------------------------------------------------------------------------------------------

    def _found(self) -> Nodes:
        wish = self._wish
        self._narrative.chapter("Four institutions found a ledger", "四家机构共建账本")
        ports = [(wish.base_port + at, wish.base_port + PEER_PORTS_FROM + at) for at in range(len(INSTITUTIONS))]
        with self._narrative.doing("each makes its own keys and card; all sign one founding document"):
            nodes = found_ledger(
                wish.folder,
                ports,
                rules=rule_set_data(RULES),
                consensus=consensus_parameters(),
                time_ms=time.time_ns() // 1_000_000,
            )
        for institution, node in zip(INSTITUTIONS, nodes.nodes, strict=True):
            self._narrative.note(f"{institution.title_en} {institution.title_zh} · {node.name} · {node.api}")
        self._narrative.done("the ledger's fingerprint", nodes.genesis.fingerprint.hex())
        # From here on the nodes are this demonstration's to stop, also when not all of them come up.
        self._nodes = nodes
        with self._narrative.doing("four processes, each with its own LevelDB, joined by mutual TLS 1.3"):
            nodes.start()
            nodes.wait_ready()
        return nodes

    def _verify_offline(self, story: Story) -> None:
        self._narrative.chapter("A stranger verifies it, offline", "第三方离线核验")
        assert story.told.item is not None, "the folder was deposited before"
        fingerprint = story.owner.ledger.fingerprint
        questions = {
            "deposit": ["--file", str(self._wish.file)],
            "item": ["--file", str(story.told.item)],
            "title": ["--ask", f"right/{story.told.right}"],
        }
        for name, question in questions.items():
            pack = story.told.packs[name]
            with self._narrative.doing(f"datadeed verify {pack.name} {' '.join(question)}"):
                _checked([*_client(), "verify", str(pack), "--fingerprint", fingerprint, *question, "--json"])
        self._narrative.note(AFTER["verified"].label)

    def _kill_and_return(self, story: Story) -> None:
        assert self._nodes is not None, "founded before"
        nodes = self._nodes
        victim = nodes[VICTIM]
        members = len(nodes.nodes)
        self._narrative.chapter("One node is killed; the ledger goes on", "一个节点被强制终止，账本继续运行")
        victim.kill()
        self._narrative.done(f"SIGKILL to {victim.name}", f"{quorum(members)} of {members} institutions are enough")
        begun_s = time.monotonic()
        receipt = story.deposit_small("deposit_while_one_is_down")
        self._narrative.done(
            "a deposit is final without it", ", ".join(receipt.institutions), seconds=time.monotonic() - begun_s
        )
        victim.start()
        seconds = nodes.wait(nodes.are_level, f"{victim.name} has caught up", LEVEL_DEADLINE_S)
        self._narrative.done(f"{victim.name} is back and level with the others", seconds=seconds)
        receipt = story.deposit_small("deposit_after_its_return")
        nodes.wait(nodes.are_level, "all nodes are level", LEVEL_DEADLINE_S)
        self._narrative.done("all four agree, byte for byte", _agreed_header(nodes, receipt.height))

    def _write_record(self, story: Story) -> None:
        folder, told = self._wish.folder.resolve(), story.told
        assert self._nodes is not None, "founded before"
        record = {
            "fingerprint": self._nodes.genesis.fingerprint.hex(),
            "origin": self._nodes.genesis.origin,
            "nodes": [
                {"name": node.name, "api": node.api, "folder": str(node.folder.resolve())} for node in self._nodes.nodes
            ],
            "entries": told.entries,
            "right": told.right,
            "packs": {name: str(path.resolve()) for name, path in told.packs.items()},
            "file": str(self._wish.file.resolve()),
            "item": str(told.item),
            "folder": str(self._wish.deposited_folder),
            "homes": {path.name: str(path) for path in sorted((folder / "parties").iterdir())},
            "licensee": LICENSEE.name,
        }
        text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
        (folder / "demo.json").write_text(text, encoding="utf-8")


def begin(folder: Path) -> None:
    """Make `folder` an empty folder of a demonstration. Raises Mistake where something else lies in it."""
    if folder.exists() and not folder.is_dir():
        raise Mistake(f"{folder} is a file", "choose another folder with --dir")
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise Mistake(f"{folder} holds something that no demonstration made", "choose another folder with --dir")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("Made by `datadeed-node demo`, which begins this folder anew each time.\n")


def shell_quoted(text: str) -> str:
    """`text` as one word of a shell's command."""
    return text if text.isascii() and all(each.isalnum() or each in "/._-" for each in text) else f"'{text}'"


def _agreed_header(nodes: Nodes, height: int) -> str:
    """The header that every node serves at `height`. Raises Mistake if they differ."""
    headers = {httpx.get(f"{node.api}/headers/{height}", timeout=10).content for node in nodes.nodes}
    if len(headers) != 1:
        raise Mistake(f"the nodes do not agree on the header at height {height}", "keep the folder: this is a defect")
    return next(line for line in headers.pop().decode().splitlines() if line.startswith("state "))


def _checked(command: list[str]) -> None:
    # Nothing that the operator's own environment says about keys or ledgers may play a part.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATADEED_")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603 its own
    if done.returncode:
        raise Mistake(
            f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}", "this is a defect"
        )


def _client() -> list[str]:
    return [sys.executable, "-c", "from datadeed.cli import main; main()"]


def _command(name: str) -> str:
    """How a shell finds the command `name` that belongs to this Python."""
    if shutil.which(name) is not None:
        return name
    beside = Path(sys.executable).with_name(name)
    try:
        return shell_quoted(str(beside.relative_to(Path.cwd())))
    except ValueError:
        return shell_quoted(str(beside))
