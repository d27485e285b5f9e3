"""docs/judge.zh.md and docs/judge.en.md say what happens: every command in them is run as a stranger would run it.

The stranger has the page, a pack, the disputed file, the fingerprint, and the certificates of an authority; nothing of
the ledger. The blocks of a page run in one shell, in their order.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from epochs import told as told_of_rosters
from evidencekit import FILE, FINGERPRINT, Story, story
from timestamp_authority import Authority

from datadeed.judge_page import verify_page, verify_page_digest
from datadeed_ledger.checkpoint import Checkpoint, parse_tlog_proof
from datadeed_ledger.encoding import sha256
from datadeed_ledger.evidence import Stamp, entry_pack
from datadeed_ledger.evidence.container import read_container, write_container
from datadeed_ledger.notes import Note

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"```(bash|console)\n(.*?)```", re.DOTALL)
PAGE, VERIFY, UNPACK, SIGNED, CLIMB, TIMES, FILES, STAMPS, OTHER = range(9)


@dataclass(frozen=True)
class Words:
    """What a page's commands print."""

    holds: str
    fails: str
    signed: str
    count: str
    has_file: str
    named: str
    unnamed: str


PAGES = {
    "judge.zh.md": Words(
        " 成立",
        " 不成立",
        "签署成立",
        "成立 {} 家，至少需要 3 家",
        "载有该文件的哈希值",
        "document.json 即所载名册",
        "document.json 不是所载名册",
    ),
    "judge.en.md": Words(
        " stands",
        " does NOT stand",
        "signed at ",
        "{} signed, at least 3 are needed",
        "holds this file's hash",
        "document.json is the one that was named",
        "document.json is NOT the one that was named",
    ),
}

pytestmark = [
    pytest.mark.parametrize("page", PAGES),
    pytest.mark.skipif(
        any(shutil.which(tool) is None for tool in ("bash", "unzip", "sha256sum", "openssl", "od", "cmp")),
        reason="bash, unzip, sha256sum, openssl, od or cmp is not installed",
    ),
]


def blocks(page: str) -> list[str]:
    found = BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
    assert [kind for kind, _ in found] == ["bash", "console", *["bash"] * 7]
    return [text if kind == "bash" else text.replace("$ ", "") for kind, text in found]


@dataclass(frozen=True)
class Case:
    """A stamped pack of the story's deposit, and the authority."""

    parts: dict[str, bytes]
    authority: Authority


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    authority = Authority.found(tmp_path_factory.mktemp("authority") / "own")
    told: Story = story()
    body = Note.parse(told.ledger.checkpoint).body
    stamp = Stamp(Checkpoint.parse(body).size, told.ledger.checkpoint, authority.stamp(body))
    told.ledger.stamps.append(stamp)
    parts = dict(read_container(entry_pack(told.ledger, told.deposit.entry_id)))
    told.ledger.stamps.pop()
    return Case(parts | {"verify.html": verify_page()}, authority)


@cache
def machine() -> dict[str, str]:
    """The environment of somebody else's machine, with `datadeed` installed."""
    return {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": "/nonexistent", "COLUMNS": "200"}


def run(folder: Path, case: Case, page: str, *numbers: int, file: bytes = FILE, **changed: bytes) -> str:
    """What these blocks of the page print. changed: parts of the pack, `__` for a dot."""
    parts = case.parts | {name.replace("__", ".").replace("_", "-"): data for name, data in changed.items()}
    (folder / "evidence.zip").write_bytes(write_container(parts.items()))
    (folder / "disputed.file").write_bytes(file)
    shutil.copy(case.authority.root, folder / "tsa-roots.pem")
    texts = blocks(page)
    script = "\n".join(texts[number] for number in numbers).replace("FINGERPRINT", FINGERPRINT.hex())
    ended = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=machine(), capture_output=True, timeout=120, check=False
    )
    return ended.stdout.decode() + ended.stderr.decode()


def test_a_good_pack_is_good_by_every_command(page: str, case: Case, tmp_path: Path) -> None:
    words = PAGES[page]
    told = run(tmp_path, case, page, PAGE, VERIFY, UNPACK, SIGNED, CLIMB, TIMES, FILES, STAMPS)
    assert f"{verify_page_digest()}  verify.html" in told
    assert "核验通过 · passed" in told
    assert '"outcome": "passed"' in told
    assert f"{FINGERPRINT.hex()}  genesis.json" in told
    assert told.count(words.signed) == 4
    assert words.count.format(4) in told
    proofs = [name for name in case.parts if name.endswith(".tlog-proof")]
    assert told.count(words.holds + "\n") == len(proofs)
    assert words.fails not in told
    ledgers = re.findall(r":ledger sha256:([0-9a-f]{64})", told)
    assert len(ledgers) >= 2
    assert set(ledgers) == {FINGERPRINT.hex()}
    assert told.count(words.has_file) == 1
    assert "Verification: OK" in told
    assert "Time stamp: " in told


def test_a_stock_tool_for_c2sp_agrees(page: str, case: Case, tmp_path: Path, program: Path) -> None:
    (tmp_path / "stock").symlink_to(program)
    script = run(tmp_path, case, page, UNPACK)
    assert "genesis.json" in script
    text = blocks(page)[OTHER].replace("stock ", "../stock ")
    ended = subprocess.run(["bash", "-e", "-c", text], cwd=tmp_path / "pack", capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, Note.parse(case.parts["checkpoint"]).body), ended.stderr


def test_another_file_gives_no_line(page: str, case: Case, tmp_path: Path) -> None:
    assert PAGES[page].has_file not in run(tmp_path, case, page, UNPACK, FILES, file=FILE + b" ")


def test_a_changed_leaf_does_not_stand(page: str, case: Case, tmp_path: Path) -> None:
    words = PAGES[page]
    told = run(
        tmp_path, case, page, UNPACK, CLIMB, header__txt=case.parts["header.txt"].replace(b"slack 2", b"slack 3")
    )
    assert f"header.txt{words.fails}" in told
    assert told.count(words.fails) == 1


@pytest.mark.parametrize("which", ["index", "sibling", "longer", "shorter", "checkpoint"])
def test_a_changed_proof_does_not_stand(page: str, case: Case, tmp_path: Path, which: str) -> None:
    name = max((name for name in case.parts if name.startswith("entry-") and name.endswith(".tlog-proof")), key=len)
    data = case.parts[name]
    proof = parse_tlog_proof(data)
    last = data.split(b"\n")[1 + len(proof.path)]
    changed = {
        "index": data.replace(b"index %d" % proof.index, b"index %d" % (proof.index + 1)),
        "sibling": data.replace(last, last.swapcase()),
        "longer": data.replace(last, last + b"\n" + last),
        "shorter": data.replace(last + b"\n", b""),
        "checkpoint": data[:-3] + b"A=\n",
    }[which]
    assert changed != data
    folder = tmp_path
    parts = case.parts | {name: changed}
    told = run(folder, Case(parts, case.authority), page, UNPACK, CLIMB)
    stem = name.removesuffix(".tlog-proof")
    assert f"{stem}.msgpack{PAGES[page].fails}" in told


def test_signatures_that_do_not_hold_are_not_counted(page: str, case: Case, tmp_path: Path) -> None:
    words, note = PAGES[page], Note.parse(case.parts["checkpoint"])
    (tmp_path / "cut").mkdir()
    told = run(tmp_path / "cut", case, page, UNPACK, SIGNED, checkpoint=Note(note.body, note.lines[:-2]).to_bytes())
    assert words.count.format(2) in told
    checkpoint = Checkpoint.parse(note.body)
    other = Checkpoint(checkpoint.origin, checkpoint.size, sha256(b"another root"))
    (tmp_path / "other").mkdir()
    told = run(tmp_path / "other", case, page, UNPACK, SIGNED, checkpoint=Note(other.body, note.lines).to_bytes())
    assert words.count.format(0) in told


@pytest.fixture(scope="module")
def changed(case: Case) -> Case:
    """A pack of the same ledger after its members changed twice."""
    after = told_of_rosters()
    return Case(dict(read_container(entry_pack(after.ledger, after.entries["deposit"].entry_id))), case.authority)


def test_every_change_of_the_members_is_signed_by_those_before(page: str, changed: Case, tmp_path: Path) -> None:
    words = PAGES[page]
    said = run(tmp_path, changed, page, UNPACK, SIGNED, CLIMB, TIMES)
    assert said.count(words.signed) == 4 + 4 + 5
    assert said.count(words.count.format(4)) == 2
    assert words.count.format(5).replace("3", "4") in said
    assert said.count(words.named) == 2
    proofs = [name for name in changed.parts if name.endswith(".tlog-proof")]
    assert (said.count(words.holds + "\n"), words.fails in said) == (len(proofs), False)
    assert len(re.findall(r"^rosters/[23]/header.txt:time ", said, re.MULTILINE)) == 2


def test_a_change_that_is_not_what_was_signed_shows(page: str, changed: Case, tmp_path: Path) -> None:
    words, parts = PAGES[page], changed.parts
    other = parts["rosters/3/document.json"]
    swapped = Case(parts | {"rosters/2/document.json": other}, changed.authority)
    (tmp_path / "swapped").mkdir()
    said = run(tmp_path / "swapped", swapped, page, UNPACK, SIGNED)
    assert (said.count(words.named), said.count(words.unnamed)) == (1, 1)
    note = Note.parse(parts["rosters/2/checkpoint"])
    few = Note(note.body, note.lines[:-2]).to_bytes()
    (tmp_path / "few").mkdir()
    said = run(tmp_path / "few", Case(parts | {"rosters/2/checkpoint": few}, changed.authority), page, UNPACK, SIGNED)
    assert words.count.format(2) in said
    entry = parts["rosters/2/entry.msgpack"]
    (tmp_path / "entry").mkdir()
    lying = Case(parts | {"rosters/2/entry.msgpack": entry[:-1] + b"x"}, changed.authority)
    said = run(tmp_path / "entry", lying, page, UNPACK, CLIMB)
    assert f"rosters/2/entry.msgpack{words.fails}" in said


def test_a_token_over_something_else_is_not_verified(page: str, case: Case, tmp_path: Path) -> None:
    (name,) = (name for name in case.parts if name.endswith(".tsr"))
    parts = case.parts | {name: case.authority.stamp(b"something else")}
    told = run(tmp_path, Case(parts, case.authority), page, UNPACK, STAMPS)
    assert "Verification: OK" not in told
    assert "Verification: FAILED" in told


def test_both_pages_have_the_same_commands(page: str, case: Case) -> None:
    """Only what they print differs."""

    def bare(text: str) -> str:
        return re.sub(r'echo "[^"]*"|echo "[^"]*\$\(.*', "echo", text)

    assert [bare(each) for each in blocks(page)] == [bare(each) for each in blocks("judge.en.md")]


def test_the_page_names_every_outcome_and_the_limits(page: str, case: Case) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for outcome in ("核验通过", "未在链上", "与链上记录不一致", "无法判定"):
        assert outcome in text
    limits = text.partition("\n## 六" if "zh" in page else "\n## 6")[2].partition("\n## ")[0]
    assert len(re.findall(r"^\d+\. \*\*", limits, re.MULTILINE)) == 11
