"""Folders become batches: every file accounted for, every item provable from the manifest alone."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadeed.digests import FileDigest, digest_file
from datadeed.folder import FolderContents, FoundFile, LeftOut, ignore_progress, read_folder
from datadeed.manifest import Manifest
from datadeed_ledger.encoding import jcs, sha256
from datadeed_ledger.errors import Malformed, Unproven

LEDGER, ENTRY = bytes(range(32)), bytes(32)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "b" / "deep").mkdir(parents=True)
    (folder / "empty").mkdir()
    for name, text in {"a.txt": "a", "b/deep/c.txt": "c", "b/two.txt": "2", "ä.txt": "ä", "b.txt": "a"}.items():
        (folder / name).write_text(text)
    return folder


def contents(folder: Path) -> FolderContents:
    return read_folder(folder, ignore_progress)


def test_every_regular_file_is_found_in_one_order(tree: Path) -> None:
    found = contents(tree)
    assert [file.path for file in found.files] == ["a.txt", "b.txt", "b/deep/c.txt", "b/two.txt", "ä.txt"]
    assert found.left_out == ()
    assert found.files[3].digest == FileDigest(sha256(b"2"), 1)


def test_progress_counts_every_file(tree: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    read_folder(tree, lambda done, total, path: seen.append((done, total, path)))
    assert [(done, total) for done, total, _ in seen] == [(at, 5) for at in range(1, 6)]


def test_links_and_special_files_are_not_followed_and_are_stated(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    (tree / "link").symlink_to(tmp_path / "outside")
    (tree / "loop").symlink_to(tree)
    (tree / "dangling").symlink_to(tree / "nothing")
    (tree / "file-link").symlink_to(tree / "a.txt")
    os.mkfifo(tree / "pipe")
    (tree / os.fsdecode(b"caf\xe9")).write_text("latin-1")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(tree)  # a socket's path is short
        try:
            listener.bind("sock")
        finally:
            os.chdir(here)
        found = contents(tree)
    assert len(found.files) == 5
    assert {(each.path, each.reason) for each in found.left_out} == {
        ("link", "symbolic link"),
        ("loop", "symbolic link"),
        ("dangling", "symbolic link"),
        ("file-link", "symbolic link"),
        ("pipe", "not a regular file"),
        ("sock", "not a regular file"),
        ("caf\\udce9", "name that is not UTF-8 text"),
    }


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Malformed, match="no regular file"):
        contents(tmp_path / "empty")
    (tmp_path / "file").write_text("")
    with pytest.raises(Malformed, match="not a folder"):
        contents(tmp_path / "file")


def test_a_folder_with_too_many_files_is_refused(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datadeed.folder.FILES_MAX", 4)
    with pytest.raises(Malformed, match="more than 4"):
        contents(tree)


def test_a_file_that_vanishes_ends_the_walk(tree: Path) -> None:
    def vanish(done: int, total: int, path: str) -> None:
        (tree / "b/two.txt").unlink(missing_ok=True)

    with pytest.raises(FileNotFoundError):
        read_folder(tree, vanish)


def test_a_file_that_changes_while_it_is_read_is_not_deposited(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    real = hashlib.file_digest

    def slow(file: Any, name: str) -> Any:
        digest = real(file, name)
        with (tree / "a.txt").open("a") as other:
            other.write("more")
        return digest

    monkeypatch.setattr(hashlib, "file_digest", slow)
    with pytest.raises(Malformed, match="changed while it was read"):
        digest_file(tree / "a.txt")


def test_only_a_regular_file_has_a_digest(tree: Path) -> None:
    with pytest.raises(Malformed, match="not a regular file"):
        digest_file(tree)
    with pytest.raises(Malformed, match="32 bytes"):
        FileDigest(b"short", 1)


# --- manifest --------------------------------------------------------------------------------------------------------


def files(count: int) -> tuple[FoundFile, ...]:
    return tuple(FoundFile(f"{at:03}", FileDigest.of_bytes(at.to_bytes(2, "big"))) for at in range(count))


def manifest(count: int = 5) -> Manifest:
    return Manifest.of(LEDGER, ENTRY, FolderContents(files(count), (LeftOut("link", "symbolic link"),)))


def test_a_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(manifest().to_bytes())
    assert Manifest.read(path) == manifest()


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9])
def test_every_item_of_a_manifest_can_be_proven(count: int) -> None:
    whole = manifest(count)
    for item in range(count):
        proof = whole.item_proof(item, 77)
        assert (proof.batch, proof.item, proof.count) == (77, item, count)
        proof.verify(whole.root, count)
        with pytest.raises(Unproven):
            proof.verify(sha256(b"another root"), count)


def test_an_item_is_found_by_its_digest_and_if_there_are_several_by_its_name(tree: Path) -> None:
    whole = Manifest.of(LEDGER, ENTRY, contents(tree))
    digest = sha256(b"a")
    assert [whole.find(digest), whole.find(digest, "b.txt"), whole.find(digest, "other.txt")] == [0, 1, 0]
    with pytest.raises(Unproven, match="another file, or changed"):
        whole.find(sha256(b"b"))


@pytest.mark.parametrize(
    "change",
    [
        lambda item: item.update(count=4),
        lambda item: item.update(root="00" * 32),
        lambda item: item["items"][0].update(digest="00" * 32),
        lambda item: item["items"].reverse(),
        lambda item: item["items"][0].update(size_bytes="1"),
        lambda item: item["items"][0].update(size_bytes=-1),
        lambda item: item["items"][0].update(path=5),
        lambda item: item.update(items=[]),
        lambda item: item.update(left_out=None),
        lambda item: item.update(left_out=[5]),
        lambda item: item.update(format="x"),
        lambda item: item.update(algorithm="md5"),
        lambda item: item.update(ledger="00"),
    ],
)
def test_another_manifest_is_malformed(change: Any) -> None:
    item = json.loads(manifest().to_bytes())
    change(item)
    with pytest.raises(Malformed):
        Manifest.parse(jcs(item))


@settings(max_examples=30)
@given(st.binary(max_size=200))
def test_no_bytes_make_the_parser_fail_otherwise(data: bytes) -> None:
    with pytest.raises(Malformed):
        Manifest.parse(data)
