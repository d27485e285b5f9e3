"""What we write, the Go project's own transparency-log packages accept; what they sign, we accept.

`stock/` is a small Go program on golang.org/x/mod/sumdb/note and /tlog with nothing of ours in it. These tests skip,
with the reason, where Go is not installed or its module cannot be fetched.
"""

from __future__ import annotations

import copy
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from epochs import ROSTERS
from epochs import told as told_of_rosters
from evidencekit import ORIGIN, ROLES, ROSTER, Ledger, checkpoint_note, key, member, story

from datadeed_ledger.checkpoint import Checkpoint, parse_tlog_proof, verify_checkpoint
from datadeed_ledger.encoding import sha256, to_b64
from datadeed_ledger.errors import Unproven
from datadeed_ledger.evidence import entry_pack
from datadeed_ledger.evidence.consistency import ConsistencyProof
from datadeed_ledger.evidence.container import read_container
from datadeed_ledger.merkle import consistency_path
from datadeed_ledger.notes import LOG_TYPE, Note, VerifierKey
from datadeed_ledger.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, entry_bundle, hash_tile


@dataclass(frozen=True)
class Stock:
    """The built program, and a folder for what it reads."""

    program: Path
    folder: Path

    def run(self, *arguments: object) -> subprocess.CompletedProcess[bytes]:
        command = [str(self.program), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, timeout=60, check=False, cwd=self.folder)

    def file(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def accepts(self, *arguments: object) -> bool:
        ended = self.run(*arguments)
        assert b"panic" not in ended.stderr, ended.stderr
        return ended.returncode == 0


@pytest.fixture
def stock(program: Path, tmp_path: Path) -> Stock:
    return Stock(program, tmp_path)


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """A ledger of more than 256 leaves, so that it has a full tile."""
    told = copy.deepcopy(story().ledger)  # which others read, too
    while told.before.size <= TILE_WIDTH + 40:
        told.add()
    return told


LOG_KEY = member("office.cn", "registrar").log.text
COSIGN_KEYS = [each.cosign.text for each in ROSTER.members]


def test_x_mod_opens_our_checkpoint_by_its_log_line(stock: Stock, ledger: Ledger) -> None:
    note = stock.file("checkpoint", ledger.checkpoint)
    ended = stock.run("note", note, LOG_KEY)
    assert (ended.returncode, ended.stdout) == (0, Note.parse(ledger.checkpoint).body), ended.stderr
    assert not stock.accepts("note", note, VerifierKey(ORIGIN, LOG_TYPE, key("log court.cn").public_key).text)


def test_every_members_line_is_a_cosignature_of_c2sp(stock: Stock, ledger: Ledger) -> None:
    note = stock.file("checkpoint", ledger.checkpoint)
    assert stock.accepts("note", note, LOG_KEY, *COSIGN_KEYS)
    three = checkpoint_note(7, sha256(b"root"), 1_795_320_000, signers=list(ROLES)[:3])
    assert stock.accepts("note", stock.file("three", three), LOG_KEY, *COSIGN_KEYS[:3])
    assert not stock.accepts("note", stock.file("three", three), LOG_KEY, *COSIGN_KEYS)


def test_a_changed_note_is_refused_by_both(stock: Stock, ledger: Ledger) -> None:
    for at in range(0, len(ledger.checkpoint), 37):
        changed = ledger.checkpoint[:at] + bytes((ledger.checkpoint[at] ^ 1,)) + ledger.checkpoint[at + 1 :]
        if Note.parse(ledger.checkpoint).body in changed and changed.count(b"\n") == ledger.checkpoint.count(b"\n"):
            continue  # a signature line was changed: which one, the next test asks
        assert not stock.accepts("note", stock.file("changed", changed), LOG_KEY), at


def test_a_changed_line_does_not_count_for_either(stock: Stock, ledger: Ledger) -> None:
    note = Note.parse(ledger.checkpoint)
    for at, line in enumerate(note.lines):
        broken = replace(line, signature=line.signature[:-1] + bytes((line.signature[-1] ^ 1,)))
        lines = (*note.lines[:at], broken, *note.lines[at + 1 :])
        changed = Note(note.body, lines).to_bytes()
        with pytest.raises(Unproven):
            verify_checkpoint(changed, ROSTER, None)
        assert not stock.accepts("note", stock.file("changed", changed), LOG_KEY, *COSIGN_KEYS)


def test_we_accept_a_checkpoint_that_x_mod_signed(stock: Stock) -> None:
    ours = Note.parse(checkpoint_note(5, sha256(b"root"), 1_795_320_000))
    seed = sha256(b"log office.cn")
    vkey = member("office.cn", "registrar").log
    skey = f"PRIVATE+KEY+{vkey.name}+{vkey.key_id.hex()}+{to_b64(bytes([LOG_TYPE]) + seed)}"
    ended = stock.run("sign", stock.file("text", ours.body), skey)
    theirs = Note.parse(ended.stdout)
    assert (ended.returncode, theirs.body, len(theirs.lines)) == (0, ours.body, 1), ended.stderr
    assert theirs.lines[0] == ours.lines[0]  # Ed25519 signs alike
    signed = verify_checkpoint(Note(theirs.body, (*theirs.lines, *ours.lines[1:])).to_bytes(), ROSTER, None)
    assert signed.checkpoint == Checkpoint(ORIGIN, 5, sha256(b"root"))
    assert signed.log_signers == ("office.cn",)


def test_x_mod_climbs_every_proof_of_a_pack(stock: Stock) -> None:
    told = story()
    parts = read_container(entry_pack(told.ledger, told.deposit.entry_id))
    proofs = [name for name in parts if name.endswith(".tlog-proof")]
    assert len(proofs) >= 4
    for name in proofs:
        stem = name.removesuffix(".tlog-proof")
        leaf = parts.get(f"{stem}.msgpack") or parts[f"{stem}.txt"]
        proof, data = stock.file(name, parts[name]), stock.file("leaf", leaf)
        assert stock.accepts("inclusion", proof, data, LOG_KEY, *COSIGN_KEYS), name
        assert not stock.accepts("inclusion", proof, stock.file("other", leaf + b"x"), LOG_KEY, *COSIGN_KEYS)
        moved = replace(parse_tlog_proof(parts[name]), index=parse_tlog_proof(parts[name]).index ^ 1)
        assert not stock.accepts("inclusion", stock.file("moved", moved.to_text()), data, LOG_KEY)


def test_x_mod_climbs_and_follows_every_change_of_the_members(stock: Stock) -> None:
    after = told_of_rosters()
    parts = read_container(entry_pack(after.ledger, after.entries["deposit"].entry_id))
    signed = {
        version: [roster.members[-1].log.text, *(each.cosign.text for each in roster.members)]
        for version, roster in ROSTERS.items()
    }
    (exchange,) = (each.cosign.text for each in ROSTERS[1].members if each.name == "exchange.cn")  # signs all of them
    newest = stock.file("newest", parts["checkpoint"])
    for version in (2, 3):
        step = {name.rpartition("/")[2]: data for name, data in parts.items() if name.startswith(f"rosters/{version}/")}
        boundary = stock.file("boundary", step["checkpoint"])
        for leaf, proof in (("entry.msgpack", "entry.tlog-proof"), ("header.txt", "header.tlog-proof")):
            files = stock.file("proof", step[proof]), stock.file("leaf", step[leaf])
            assert stock.accepts("inclusion", *files, *signed[version - 1])
            assert not stock.accepts(
                "inclusion", files[0], stock.file("other", step[leaf] + b"x"), *signed[version - 1]
            )
        consistency = stock.file("consistency", step["consistency.txt"])
        assert stock.accepts("consistency", boundary, newest, consistency, exchange)
        other = stock.file("other", parts[f"rosters/{5 - version}/consistency.txt"])
        assert not stock.accepts("consistency", boundary, newest, other, exchange)


def test_x_mod_follows_the_log_from_one_checkpoint_to_the_next(stock: Stock) -> None:
    told = Ledger()
    notes = {told.before.size: told.checkpoint}
    while told.before.size < 12:
        told.add()
        notes[told.before.size] = told.checkpoint
    newest = max(notes)
    for size, note in notes.items():
        proof = ConsistencyProof(size, newest, consistency_path(size, newest, told.hash))
        files = (stock.file("old", note), stock.file("new", told.checkpoint))
        if size == newest:
            continue  # x/mod asks for no proof of equal sizes
        assert stock.accepts("consistency", *files, stock.file("proof", proof.to_text()), LOG_KEY), size
        forked = checkpoint_note(size, sha256(b"fork"), 1_795_320_000)
        assert not stock.accepts("consistency", stock.file("fork", forked), files[1], stock.folder / "proof", LOG_KEY)


def test_x_mod_reads_the_whole_log_from_our_tiles(stock: Stock, ledger: Ledger) -> None:
    size, level = ledger.before.size, 0
    while size >> TILE_HEIGHT * level:
        count = size >> TILE_HEIGHT * level
        for index in range(-(-count // TILE_WIDTH)):
            width = min(TILE_WIDTH, count - index * TILE_WIDTH)
            tile = Tile(level, index, width)
            stock.file(f"log/{tile.path}", hash_tile(tile, ledger.hash))
            if level == 0:
                bundle = Tile(None, index, width)
                stock.file(f"log/{bundle.path}", entry_bundle(bundle, ledger.leaf))
        level += 1
    assert level == 2
    note = stock.file("checkpoint", ledger.checkpoint)
    ended = stock.run("tiles", stock.folder / "log", note, LOG_KEY)
    assert ended.returncode == 0, ended.stderr
    full = stock.folder / "log" / "tile" / "0" / "000"
    full.write_bytes(bytes((full.read_bytes()[0] ^ 1,)) + full.read_bytes()[1:])
    assert not stock.accepts("tiles", stock.folder / "log", note, LOG_KEY)
