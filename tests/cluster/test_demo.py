"""The demonstration as a command: the whole main job on four processes, what it leaves, what a judge makes of it."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from altered_rows import put_row
from real_cluster import client_command, command, free_base_port

from datadeed_node.config import Config
from datadeed_node.database import Database
from datadeed_node.layout import after

STEPS = {
    "enrol_blue_river",
    "enrol_summit",
    "enrol_harbour",
    "deposit",
    "notarize",
    "deposit_folder",
    "apply",
    "publish",
    "register",
    "license",
    "transfer",
    "approve",
    "second_deposit",
    "second_apply",
    "request_correction",
    "correct",
    "amend_rules",
    "second_publish",
    "object",
    "decide_objection",
    "renew",
    "approve_renewal",
    "pledge",
    "approve_pledge",
    "frozen_transfer",
    "freeze",
    "second_freeze",
    "unfreeze",
    "enforce_transfer",
    "deposit_while_one_is_down",
    "deposit_after_its_return",
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of a demonstration that ran to its end, and its record."""
    root = tmp_path_factory.mktemp("demo")
    files = root / "files"
    (files / "sub").mkdir(parents=True)
    for number in range(300):
        (files / "sub" / f"{number}.csv").write_text(f"row {number}\n" * 50)
    deposited = root / "measurements.csv"
    deposited.write_text("sensor,flow\n" + "A,17\n" * 1000)
    folder = root / "shown"
    done = command(
        *("demo", "--once", "--dir", str(folder), "--file", str(deposited), "--folder", str(files)),
        *("--base-port", str(free_base_port())),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, json.loads((folder / "demo.json").read_text())


def test_the_record_names_everything(shown: tuple[Path, dict[str, Any]]) -> None:
    folder, record = shown
    assert len(bytes.fromhex(record["fingerprint"])) == 32
    assert [node["name"] for node in record["nodes"]] == [
        "court.example.cn",
        "exchange.example.cn",
        "ip-office.example.cn",
        "notary.example.cn",
    ]
    assert all(node["api"].startswith("http://127.0.0.1:") for node in record["nodes"])
    assert all((Path(node["folder"]) / "data").is_dir() for node in record["nodes"])
    assert set(record["entries"]) == STEPS
    assert record["right"] == record["entries"]["apply"]
    assert {Path(path).parent for path in record["packs"].values()} == {folder / "evidence"}


def test_every_pack_is_proven_offline_and_not_with_another_fingerprint(shown: tuple[Path, dict[str, Any]]) -> None:
    _, record = shown
    questions = {
        "deposit": ("--file", record["file"]),
        "item": ("--file", record["item"]),
        "title": ("--ask", f"right/{record['right']}"),
    }
    for name, question in questions.items():
        pack = record["packs"][name]
        proven = client_command("verify", pack, "--fingerprint", record["fingerprint"], *question, "--json")
        assert proven.returncode == 0, proven.stdout + proven.stderr
        other = client_command("verify", pack, "--fingerprint", "00" * 32, *question)
        assert other.returncode in (1, 2), other.stdout


def test_another_file_is_not_proven(shown: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    _, record = shown
    other = tmp_path / "other.csv"
    other.write_bytes(Path(record["file"]).read_bytes() + b"\n")
    done = client_command(
        *("verify", record["packs"]["deposit"], "--fingerprint", record["fingerprint"], "--file", str(other))
    )
    assert done.returncode == 1


def test_a_changed_byte_in_any_part_that_counts_is_not_proven(
    shown: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    _, record = shown
    with zipfile.ZipFile(record["packs"]["item"]) as pack:
        parts = {name: pack.read(name) for name in pack.namelist()}
    item = next(name for name in parts if name.startswith("items/"))
    entry = next(name for name in parts if name.endswith(".msgpack"))
    for name in ("genesis.json", "checkpoint", entry, item):
        spoilt = bytearray(parts[name])
        spoilt[len(spoilt) // 2] ^= 1
        path = tmp_path / "spoilt.zip"
        with zipfile.ZipFile(path, "w") as pack:
            for each, data in parts.items():
                pack.writestr(zipfile.ZipInfo(each), bytes(spoilt) if each == name else data)
        done = client_command("verify", str(path), "--fingerprint", record["fingerprint"])
        assert done.returncode in (1, 2), name
        assert "Traceback" not in done.stderr


def test_a_second_demonstration_begins_its_folder_anew_and_leaves_other_folders_alone(
    shown: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    done = command("demo", "--once", "--dir", str(tmp_path))
    assert done.returncode == 1
    assert "no demonstration made" in done.stderr
    assert (tmp_path / "precious.txt").read_text() == "mine"


# --- verify ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def node_folder(shown: tuple[Path, dict[str, Any]], tmp_path: Path) -> Path:
    """A copy of one stopped node's folder, to be damaged."""
    _, record = shown
    folder = tmp_path / "node"
    shutil.copytree(record["nodes"][0]["folder"], folder)
    return folder


def rows(folder: Path, prefix: bytes) -> list[tuple[bytes, bytes]]:
    database = Database(Config.load(folder).data_folder, write_buffer_bytes=4 * 2**20)
    try:
        return list(database.scan(prefix, after(prefix)))
    finally:
        database.close()


def put(folder: Path, key: bytes, value: bytes | None) -> None:
    """Alter, add or (None) delete one row of a stopped node's store."""
    put_row(Config.load(folder).data_folder, key, value)


def fault(folder: Path) -> dict[str, Any]:
    done = command("verify", str(folder), "--json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    found = json.loads(done.stdout)
    assert found["ok"] is False
    named: dict[str, Any] = found["fault"]
    return named


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


def test_an_untouched_store_is_whole(node_folder: Path) -> None:
    done = command("verify", str(node_folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert not list(node_folder.glob("verify-*"))


@pytest.mark.parametrize("letter", ["r", "n", "h", "x", "d", "i", "e", "f", "b", "m", "t", "p", "k"])
def test_an_altered_row_of_any_kind_is_found_and_named(node_folder: Path, letter: str) -> None:
    found = rows(node_folder, letter.encode())
    if not found:
        assert letter == "n", "a small log may have no stored tree nodes; every other kind of row is there"
        return
    key, value = found[len(found) // 2]
    put(node_folder, key, flipped(value))
    if letter == "m":
        assert command("verify", str(node_folder)).returncode == 1
        return
    named = fault(node_folder)
    assert named["key"] == key.hex() or named["block"] is not None, named


def test_an_altered_entry_is_named_by_block_entry_and_key(node_folder: Path) -> None:
    entries = [(key, value) for key, value in rows(node_folder, b"l") if not value.startswith(b"d")]
    for key, value in (entries[0], entries[-1]):
        put(node_folder, key, flipped(value))
        named = fault(node_folder)
        assert (named["entry"], named["key"]) == (int.from_bytes(key[1:], "big"), key.hex())
        assert named["block"] is not None
        put(node_folder, key, value)
    assert command("verify", str(node_folder)).returncode == 0


def test_an_altered_header_is_named_by_its_block(node_folder: Path) -> None:
    headers = [(key, value) for key, value in rows(node_folder, b"l") if value.startswith(b"d")]
    key, value = headers[3]
    put(node_folder, key, value.replace(b"slack 2000", b"slack 2001"))
    assert fault(node_folder)["block"] == 3


def test_a_deleted_and_an_added_row_are_found(node_folder: Path) -> None:
    key, value = rows(node_folder, b"r")[0]
    put(node_folder, key, None)
    assert "missing" in fault(node_folder)["what"]
    put(node_folder, key, value)
    extra = flipped(key)
    put(node_folder, extra, value)
    assert "added" in fault(node_folder)["what"]
    put(node_folder, extra, None)
    assert command("verify", str(node_folder)).returncode == 0


def test_a_missing_leaf_is_named(node_folder: Path) -> None:
    key, _ = rows(node_folder, b"l")[5]
    put(node_folder, key, None)
    assert fault(node_folder)["key"] == key.hex()


def test_a_file_that_leveldb_cannot_read_is_named(node_folder: Path) -> None:
    data = node_folder / "data"
    files = [path for path in data.iterdir() if path.suffix in (".ldb", ".log") and path.stat().st_size > 1000]
    assert files
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2] + bytes((whole[len(whole) // 2] ^ 1,)) + whole[len(whole) // 2 + 1 :])
        assert fault(node_folder)["file"] == str(path)
        path.write_bytes(whole)


def test_a_store_that_a_node_has_open_is_not_verified(node_folder: Path) -> None:
    database = Database(Config.load(node_folder).data_folder, write_buffer_bytes=4 * 2**20)
    done = command("verify", str(node_folder))
    database.close()
    assert done.returncode == 1
    assert "another process" in done.stderr
